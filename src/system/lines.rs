//! Which lines of two texts differ.

use similar::{ChangeTag, TextDiff};

use crate::system::redact::masked;

/// The most lines of a change that the question after an edit shows.
const SHOWN_LINES: usize = 12;

/// The lines that differ, `-` before the old and `+` before the new ones.
pub fn difference(before: &str, after: &str) -> Vec<String> {
    // Comparing takes time by the product of what differs. A stranger's file may differ everywhere.
    const MOST: usize = 1 << 20;
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let same = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let (old, new) = (&old[same..], &new[same..]);
    let behind = old.iter().rev().zip(new.iter().rev());
    let same = behind.take_while(|(old, new)| old == new).count();
    let (old, new) = (&old[..old.len() - same], &new[..new.len() - same]);
    if old.len().saturating_mul(new.len()) > MOST {
        let old = old.iter().map(|line| format!("- {}", line.trim_end()));
        return old
            .chain(new.iter().map(|line| format!("+ {}", line.trim_end())))
            .collect();
    }
    TextDiff::from_lines(before, after)
        .iter_all_changes()
        .filter_map(|change| match change.tag() {
            ChangeTag::Equal => None,
            ChangeTag::Delete => Some(format!("- {}", change.value().trim_end())),
            ChangeTag::Insert => Some(format!("+ {}", change.value().trim_end())),
        })
        .collect()
}

/// All lines that differ, what looks like a secret hidden.
pub fn all_changed_lines(before: &str, after: &str) -> Vec<String> {
    difference(&masked(before), &masked(after))
}

/// The first lines that differ, what looks like a secret hidden.
pub fn changed_lines(before: &str, after: &str) -> Vec<String> {
    let mut lines = all_changed_lines(before, after);
    if lines.len() > SHOWN_LINES {
        let rest = lines.len() - SHOWN_LINES;
        lines.truncate(SHOWN_LINES);
        lines.push(format!("… and {rest} more lines"));
    }
    lines
}
