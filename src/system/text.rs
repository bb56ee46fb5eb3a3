//! Text as people may see it: what steers a terminal made visible, what is too long shortened.

use std::path::Path;

use super::command_line;

/// The nearest of `known` to `given`, if one is near enough to be meant.
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let given = given.to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&given, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= 1 + name.len().max(given.len()) / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Whether a character steers what shows the text instead of being shown: control characters, and those of
/// Unicode that turn the direction of writing, break a line, or take no room at all, with which a
/// stranger's file could look like another. Joiners, which scripts and emoji need, are none.
pub fn is_steering(c: char) -> bool {
    const INVISIBLE: &[std::ops::RangeInclusive<char>] = &[
        '\u{ad}'..='\u{ad}',
        '\u{61c}'..='\u{61c}',
        '\u{200b}'..='\u{200b}',
        '\u{200e}'..='\u{200f}',
        '\u{2028}'..='\u{202e}',
        '\u{2060}'..='\u{206f}',
        '\u{feff}'..='\u{feff}',
        '\u{fff9}'..='\u{fffb}',
        '\u{e0000}'..='\u{e007f}',
    ];
    c.is_control() || (!c.is_ascii() && INVISIBLE.iter().any(|range| range.contains(&c)))
}

/// `text` with every character made visible that steers a terminal, so that a file's content or a
/// directory's name cannot. Newlines become visible too.
pub fn visible(text: &str) -> String {
    if !text.chars().any(is_steering) {
        return text.to_owned();
    }
    text.chars()
        .flat_map(|c| {
            c.escape_default()
                .filter(move |_| is_steering(c))
                .chain((!is_steering(c)).then_some(c))
        })
        .collect()
}

/// `text` with its middle left out, should a file's line-long name make it fill the screen.
pub fn shortened(text: &str) -> String {
    const LONGEST: usize = 600;
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let start = &text[..text.floor_char_boundary(LONGEST / 2)];
    let end = &text[text.ceil_char_boundary(text.len() - LONGEST / 4)..];
    format!("{start}…{end}")
}

/// `path` as a word that can be typed on this system's command line.
pub fn quoted(path: &Path) -> String {
    command_line::quote(&path.to_string_lossy())
}
