//! Text that is safe to show: control characters made visible, long text shortened.

use std::path::Path;

use unicode_width::UnicodeWidthChar as _;

use super::command_line;

/// The member of `known` nearest to `given`, if it is near enough.
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A longer text is not a typing error, and comparing takes time proportional to both lengths.
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

/// The most names to suggest for an unknown one.
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

/// Characters that show as a blank and are none, or that Unicode says are no characters: a name with one of these looks
/// like another name. They are no mistake in somebody's own text, where they may stand, and are shown for what they are.
const BLANK: &[std::ops::RangeInclusive<char>] = &[
    '\u{a0}'..='\u{a0}',
    '\u{1680}'..='\u{1680}',
    '\u{2000}'..='\u{200a}',
    '\u{202f}'..='\u{202f}',
    '\u{205f}'..='\u{205f}',
    '\u{2800}'..='\u{2800}',
    '\u{3000}'..='\u{3000}',
    '\u{fdd0}'..='\u{fdef}',
    '\u{13430}'..='\u{1345f}',
];

/// How many marks one letter may have: enough for Hebrew with its cantillation. More would grow into the lines around.
const MARKS: usize = 4;

/// Whether a character is not shown as it is: one that steers, or one that looks like a blank.
fn is_disguise(c: char) -> bool {
    is_steering(c)
        || (!c.is_ascii() && (BLANK.iter().any(|range| range.contains(&c)) || u32::from(c) & 0xfffe == 0xfffe))
}

/// Whether a character takes no room of its own and is drawn over the one before.
fn is_mark(c: char) -> bool {
    !c.is_ascii() && c.width() == Some(0)
}

/// `text` with every character made visible that steers a terminal or takes part in a disguise, so that a file's
/// content or a directory's name cannot. Newlines become visible too.
pub fn visible(text: &str) -> String {
    shown(text, |_| 0)
}

/// `text` as it may go to a terminal or a log, whatever has got into it: like [`visible`], but with its lines and tabs,
/// and where it is `colored` with its colours.
pub fn fit(text: &str, colored: bool) -> String {
    shown(text, |rest| match rest.as_bytes()[0] {
        b'\n' | b'\t' => 1,
        0x1b if colored => length_of_colour(rest),
        _ => 0,
    })
}

/// The length of the colour (ECMA-48, SGR) that a text begins with, or 0.
fn length_of_colour(text: &str) -> usize {
    let Some(rest) = text.strip_prefix("\u{1b}[") else {
        return 0;
    };
    let digits = rest
        .bytes()
        .take_while(|byte| byte.is_ascii_digit() || *byte == b';')
        .count();
    if rest.as_bytes().get(digits) == Some(&b'm') {
        2 + digits + 1
    } else {
        0
    }
}

/// The characters of `text` with their places, and whether each is one that has to be made visible.
pub fn judged(text: &str) -> impl Iterator<Item = (usize, char, bool)> {
    let mut marks = 0;
    text.char_indices().map(move |(at, c)| {
        marks = if is_mark(c) { marks + 1 } else { 0 };
        (at, c, is_disguise(c) || marks > MARKS)
    })
}

/// `text` with what disguises itself made visible, but for so many bytes at a place as `kept` says.
fn shown(text: &str, kept: impl Fn(&str) -> usize) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut passed = 0;
    for (at, c, is_hidden) in judged(text) {
        if is_hidden && at >= passed {
            passed = at + kept(&text[at..]);
        }
        if is_hidden && at >= passed {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
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
