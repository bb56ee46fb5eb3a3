//! Which lines of two texts differ.

use similar::{ChangeTag, TextDiff};

use crate::system::redact::masked;

/// The most lines of a change that the question after an edit shows.
const SHOWN_LINES: usize = 12;

/// The lines that differ, `-` before the old and `+` before the new ones.
pub fn difference(before: &str, after: &str) -> Vec<String> {
    TextDiff::from_lines(before, after)
        .iter_all_changes()
        .filter_map(|change| match change.tag() {
            ChangeTag::Equal => None,
            ChangeTag::Delete => Some(format!("- {}", change.value().trim_end())),
            ChangeTag::Insert => Some(format!("+ {}", change.value().trim_end())),
        })
        .collect()
}

/// The first lines that differ, what looks like a secret hidden.
pub fn changed_lines(before: &str, after: &str) -> Vec<String> {
    let mut lines = difference(&masked(before), &masked(after));
    if lines.len() > SHOWN_LINES {
        let rest = lines.len() - SHOWN_LINES;
        lines.truncate(SHOWN_LINES);
        lines.push(format!("… and {rest} more lines"));
    }
    lines
}
