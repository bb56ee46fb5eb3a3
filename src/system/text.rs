//! Text as people may see it: what steers a terminal made visible, what is too long shortened.

use std::path::Path;

use super::command_line;

/// The nearest of `known` to `given`, if one is near enough to be meant.
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // What is longer is no typing error, and comparing takes time by both lengths.
    if given.len() > 200 {
        return None;
    }
    let given = given.to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&given, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= 1 + name.len().max(given.len()) / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The most names that are offered for one that there is not.
const OFFERED: usize = 5;

/// Those of `known` that `given` may mean, the likeliest first and a few at most: one that is spelt nearly so, else
/// those that contain it, else those that have its characters in their order.
pub fn offered<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let known: Vec<&str> = known.into_iter().collect();
    if let Some(near) = nearest(given, known.iter().copied()) {
        return vec![near];
    }
    let mut found = containing(given, known.iter().copied());
    if found.is_empty() && given.chars().count() >= 3 {
        found = known.into_iter().filter(|name| is_scattered_in(given, name)).collect();
    }
    found.sort_by_key(|name| name.len());
    found.truncate(OFFERED);
    found
}

/// Those of `known` that contain `given`, whatever the case. A single character says too little.
pub fn containing<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    if given.chars().count() < 2 || given.len() > 200 {
        return Vec::new();
    }
    let given = given.to_lowercase();
    let known = known.into_iter();
    known.filter(|name| name.to_lowercase().contains(&given)).collect()
}

/// Whether `name` has the characters of `given` in their order, whatever lies between and whatever the case.
pub fn is_scattered_in(given: &str, name: &str) -> bool {
    let name = name.to_lowercase();
    let mut left = name.chars();
    given.to_lowercase().chars().all(|c| left.any(|other| other == c))
}

/// Characters of Unicode that turn the direction of writing, break a line, or take no room at all: those of
/// `Default_Ignorable_Code_Point` of Unicode 16, among them the joiners and variation selectors of emoji, and the
/// separators of lines and paragraphs. A name with one of these looks like the name without it.
pub const INVISIBLE: &[std::ops::RangeInclusive<char>] = &[
    '\u{ad}'..='\u{ad}',
    '\u{34f}'..='\u{34f}',
    '\u{61c}'..='\u{61c}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{200b}'..='\u{200f}',
    '\u{2028}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{3164}'..='\u{3164}',
    '\u{fe00}'..='\u{fe0f}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff0}'..='\u{fffb}',
    '\u{1bca0}'..='\u{1bca3}',
    '\u{1d173}'..='\u{1d17a}',
    '\u{e0000}'..='\u{e0fff}',
];

/// Whether a character steers what shows the text instead of being shown: a control character, or an invisible one,
/// with which a stranger's file could look like another.
pub fn is_steering(c: char) -> bool {
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
