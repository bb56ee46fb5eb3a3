//! The block that `setup` keeps in an rc file, between two comment lines. Removing it restores the file to the byte,
//! whatever its line endings and its encoding.

use std::ops::Range;

const START: &str = "# >>> claude-bedrock setup";
const END: &str = "# <<< claude-bedrock setup <<<";

/// What `setup` created in addition to the block, and must remove with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made {
    /// Nothing.
    Nothing,
    /// A backup of this name next to the file.
    Backup(String),
    /// The file itself, and this many directories above it.
    File(usize),
}

impl Made {
    /// The block's first line.
    fn start(&self) -> String {
        match self {
            Self::Nothing => format!("{START} >>>"),
            Self::Backup(name) => format!("{START}: the file as it was is {name} >>>"),
            Self::File(directories) => format!("{START}: this file and {directories} directories are new >>>"),
        }
    }

    fn of(start: &str) -> Self {
        let said = start.strip_prefix(START).unwrap_or_default();
        let between = |before: &str, after: &str| said.strip_prefix(before)?.strip_suffix(after);
        if let Some(name) = between(": the file as it was is ", " >>>") {
            return Self::Backup(name.to_owned());
        }
        between(": this file and ", " directories are new >>>")
            .and_then(|count| count.parse().ok())
            .map_or(Self::Nothing, Self::File)
    }
}

/// A block in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its bytes, from the first line to the end of the last.
    range: Range<usize>,
    /// What stands between its first and last line.
    inner: Range<usize>,
    /// What was created with it.
    pub made: Made,
}

/// The block in `text`; an error with the line, counted from 1, if it is incomplete.
pub fn find(text: &[u8]) -> Result<Option<Block>, usize> {
    let (mut offset, mut found, mut open) = (0, None, None);
    for (index, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let next = offset + line.len();
        let is_comment = line.trim_ascii_start().starts_with(b"#");
        let words = String::from_utf8_lossy(if is_comment { line.trim_ascii() } else { b"" });
        if words.starts_with(START) {
            if found.is_some() || open.is_some() {
                return Err(index + 1);
            }
            open = Some((offset, next, Made::of(&words), index + 1));
        } else if words == END {
            let Some((start, inner, made, _)) = open.take() else {
                return Err(index + 1);
            };
            found = Some(Block {
                range: start..next,
                inner: inner..offset,
                made,
            });
        }
        offset = next;
    }
    match open {
        Some((.., line)) => Err(line),
        None => Ok(found),
    }
}

/// `text` with a block of `lines` at the byte `at`, where a line begins or the text ends.
pub fn added(text: &[u8], at: usize, lines: &str, made: &Made) -> Vec<u8> {
    let (before, after) = text.split_at(at);
    let mut with = before.to_vec();
    // One newline, which ends a last line that has none, and else is an empty line.
    if !before.is_empty() {
        with.push(b'\n');
    }
    with.extend(format!("{}\n{lines}{END}\n", made.start()).bytes());
    with.extend(after);
    with
}

impl Block {
    /// `text` with `lines` in the block.
    pub fn replaced(&self, text: &[u8], lines: &str) -> Vec<u8> {
        [&text[..self.inner.start], lines.as_bytes(), &text[self.inner.end..]].concat()
    }

    /// `text` without the block.
    pub fn removed(&self, text: &[u8]) -> Vec<u8> {
        let (before, after) = (&text[..self.range.start], &text[self.range.end..]);
        let before = match before.split_last() {
            // What has come after the block must not join a last line that had no newline.
            Some((b'\n', rest)) if after.is_empty() || rest.is_empty() || rest.ends_with(b"\n") => rest,
            _ => before,
        };
        [before, after].concat()
    }

    /// Whether the byte at `offset` is in the block.
    pub fn contains(&self, offset: usize) -> bool {
        self.range.contains(&offset)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LINES: &str = "eval \"$(claude-bedrock hook bash)\"\n";

    fn undone(with: &[u8]) -> Vec<u8> {
        find(with).unwrap().unwrap().removed(with)
    }

    proptest! {
        #[test]
        fn taking_out_what_was_put_in_leaves_every_byte(
            text in prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..80),
                proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), Just(b'#'), Just(b'x')], 0..12),
            ],
            directories in 0usize..3,
        ) {
            for made in [Made::Nothing, Made::File(directories), Made::Backup(".bashrc.backup".into())] {
                let with = added(&text, text.len(), LINES, &made);
                let block = find(&with).unwrap().unwrap();
                prop_assert_eq!(&block.made, &made);
                prop_assert_eq!(block.replaced(&with, LINES), with.clone());
                let other = block.replaced(&with, "another\nline\n");
                prop_assert_eq!(undone(&other), text.clone());
                prop_assert_eq!(undone(&with), text.clone());
            }
        }
    }

    #[test]
    fn a_block_between_two_lines_leaves_no_byte_behind() {
        for (text, at) in [
            ("a\nexec fish\n", 2),
            ("exec fish", 0),
            ("a\n\n  exec fish", 3),
            ("a\n\nexec fish\n", 3),
        ] {
            let with = added(text.as_bytes(), at, LINES, &Made::Nothing);
            assert!(with.ends_with(&text.as_bytes()[at..]), "{text:?}");
            assert_eq!(undone(&with), text.as_bytes(), "{text:?}");
        }
    }

    #[test]
    fn what_came_after_the_block_stays_a_line_of_its_own() {
        for (before, without) in [("abc", "abc\nmine\n"), ("abc\n", "abc\nmine\n"), ("", "mine\n")] {
            let mut with = added(before.as_bytes(), before.len(), LINES, &Made::Nothing);
            with.extend(b"mine\n");
            assert_eq!(String::from_utf8(undone(&with)).unwrap(), without);
        }
    }

    #[test]
    fn a_block_that_was_taken_apart_is_not_touched() {
        let whole = String::from_utf8(added(b"a\n", 2, LINES, &Made::Nothing)).unwrap();
        assert_eq!(find(whole.replace(END, "").as_bytes()), Err(3));
        assert_eq!(find(whole.replace(START, "# x").as_bytes()), Err(5));
        assert_eq!(find(whole.repeat(2).as_bytes()), Err(8));
        assert_eq!(find(b"nothing\n"), Ok(None));
    }

    #[test]
    fn an_editor_that_changes_line_endings_does_not_hide_it() {
        let with = added(b"a\n", 2, LINES, &Made::File(1));
        let changed = String::from_utf8(with).unwrap().replace('\n', "\r\n");
        assert_eq!(find(changed.as_bytes()).unwrap().unwrap().made, Made::File(1));
    }
}
