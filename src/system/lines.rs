//! Which lines of two texts differ.

use imara_diff::{Algorithm, Diff, Hunk, InternedInput};

use crate::system::redact::masked;

/// The most lines of a change that the question after an edit shows.
const SHOWN_LINES: usize = 12;

/// The lines that differ, `-` before the old and `+` before the new ones.
pub fn difference(before: &str, after: &str) -> Vec<String> {
    difference_shown((before, before), (after, after))
}

/// The lines that differ of two texts, each as it is and as it is shown, line for line.
pub fn difference_shown(before: (&str, &str), after: (&str, &str)) -> Vec<String> {
    // Comparing takes time by the product of what differs. A stranger's file may differ everywhere.
    const MOST: usize = 1 << 20;
    fn both<'a>((text, shown): (&'a str, &'a str)) -> (Vec<&'a str>, Vec<&'a str>) {
        (text.lines().collect(), shown.lines().collect())
    }
    let ((old, old_shown), (new, new_shown)) = (both(before), both(after));
    let gone = |at: usize| format!("- {}", old_shown.get(at).copied().unwrap_or_default().trim_end());
    let come = |at: usize| format!("+ {}", new_shown.get(at).copied().unwrap_or_default().trim_end());
    let start = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let behind = old[start..].iter().rev().zip(new[start..].iter().rev());
    let same = behind.take_while(|(old, new)| old == new).count();
    let (old_end, new_end) = (old.len() - same, new.len() - same);
    if (old_end - start).saturating_mul(new_end - start) > MOST {
        return (start..old_end).map(gone).chain((start..new_end).map(come)).collect();
    }
    let mut lines = InternedInput::default();
    lines.update_before(old.iter().copied());
    lines.update_after(new.iter().copied());
    let hunks = Diff::compute(Algorithm::Myers, &lines).hunks().collect::<Vec<_>>();
    let places = |range: std::ops::Range<u32>| range.filter_map(|at| usize::try_from(at).ok());
    let shown = |hunk: Hunk| {
        places(hunk.before)
            .map(gone)
            .chain(places(hunk.after).map(come))
            .collect::<Vec<_>>()
    };
    hunks.into_iter().flat_map(shown).collect()
}

/// All lines that differ, also where only a secret does, what looks like one hidden.
pub fn all_changed_lines(before: &str, after: &str) -> Vec<String> {
    difference_shown((before, &masked(before)), (after, &masked(after)))
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
