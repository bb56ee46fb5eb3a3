//! How far a shell reads an rc file: anything after `exec fish` or `return`, or in a here-document without an end, is
//! never run.

/// Where the reading ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reached {
    /// At the end of the file.
    Whole,
    /// Before the line at this byte.
    Until {
        /// Where the line begins.
        offset: usize,
        /// Its number, counted from 1.
        line: usize,
        /// What it says.
        text: String,
    },
    /// In a here-document that begins in this line and has no end.
    OpenDocument(usize),
}

/// Words that begin what only sometimes runs, and those that end it.
const OPENING: &[&str] = &[
    "if", "case", "for", "foreach", "while", "until", "select", "function", "begin", "switch", "try", "{", "(",
];
const CLOSING: &[&str] = &["fi", "esac", "done", "end", "}", ")"];

/// How far any shell reads `text`. If in doubt, to its end.
pub fn reached(text: &[u8]) -> Reached {
    let mut offset = 0;
    let mut depth = 0_usize;
    let mut is_continued = false;
    let mut document: Option<(String, usize)> = None;
    for (index, raw) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let start = offset;
        offset += raw.len();
        let line = String::from_utf8_lossy(raw);
        let line = line.trim();
        if let Some((end, _)) = &document {
            if line == end {
                document = None;
            }
            continue;
        }
        let was_continued = std::mem::replace(&mut is_continued, line.ends_with(['\\', '`']) || line.ends_with("&&"));
        if line.starts_with('#') {
            continue;
        }
        document = delimiter(line).map(|end| (end, index + 1));
        let words: Vec<&str> = line.split([' ', '\t', ';']).filter(|word| !word.is_empty()).collect();
        let (Some(first), Some(last)) = (words.first(), words.last()) else {
            continue;
        };
        if depth == 0 && !was_continued && ends_the_reading(&words) {
            let text = line.to_owned();
            return Reached::Until {
                offset: start,
                line: index + 1,
                text,
            };
        }
        let closes = CLOSING.contains(first) || first.starts_with('}');
        depth = depth.saturating_sub(usize::from(closes));
        let opens = OPENING.contains(first) || last.ends_with(['{', '(']);
        let is_whole = CLOSING.contains(last) && words.len() > 1 && !closes;
        depth += usize::from(opens && !is_whole);
    }
    document.map_or(Reached::Whole, |(_, line)| Reached::OpenDocument(line))
}

fn ends_the_reading(words: &[&str]) -> bool {
    match words {
        // With a redirection alone the shell stays.
        ["exec", command, ..] => !command.starts_with(|c: char| c.is_ascii_digit() || "<>&{".contains(c)),
        ["return" | "exit"] => true,
        ["return" | "exit", status, rest @ ..] => {
            let is_status = status.starts_with('#') || status.starts_with('$') || status.parse::<i32>().is_ok();
            is_status && (rest.is_empty() || rest[0].starts_with('#') || status.starts_with('#'))
        }
        _ => false,
    }
}

/// The line that ends the here-document which begins in `line`.
fn delimiter(line: &str) -> Option<String> {
    let (before, after) = line.split_once("<<")?;
    // `<<<` is a text, and `((1 << 2))` a number.
    if after.starts_with('<') || before.contains("((") {
        return None;
    }
    let word = after.trim_start_matches('-').trim_start();
    let word = word.split([' ', '\t', ';', '|', '>', ')', '&']).next()?;
    let word: String = word.chars().filter(|c| !"'\"\\".contains(*c)).collect();
    word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        .then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reading_ends_where_the_shell_becomes_another_program_or_returns() {
        for (text, wanted) in [
            ("a\nexec fish\n", 2),
            ("a\nexec fish", 2),
            ("exec tmux new -A -s main\nb\n", 1),
            ("a\n  exec -l zsh # at last\n", 2),
            ("a\nreturn\nb\n", 2),
            ("a\nreturn 0; b\n", 0),
            ("a\nexit 0 # for now\n", 2),
            ("if true; then\n  exec fish\nfi\nexec zsh\n", 4),
            ("f() {\n  return\n}\nreturn $x\n", 4),
            ("case $- in\n  *i*) ;;\n  *) return ;;\nesac\nb\n", 0),
            ("[[ $- == *i* ]] || return\nb\n", 0),
            ("[ -z \"$TMUX\" ] && exec tmux\n", 0),
            ("if [ -t 1 ]; then exec fish; fi\n", 0),
            ("true &&\n  exec fish\n", 0),
            ("exec 2>/dev/null\nexec >log\nexec {fd}>x\nexec 3<&-\n", 0),
            ("cat <<END\nexec fish\nEND\nb\n", 0),
            ("cat <<-'END'\n\texec fish\n\tEND\nexec fish\n", 4),
            ("x=$((1 << 3))\ny=<<<word\nexec fish\n", 3),
            ("# exec fish\necho exec fish\n", 0),
            ("function g\n  return\nend\nstatus is-interactive; or exit\n", 0),
            ("", 0),
        ] {
            let found = match reached(text.as_bytes()) {
                Reached::Until { line, offset, .. } => {
                    assert_eq!(text[..offset].lines().count() + 1, line, "{text:?}");
                    line
                }
                Reached::Whole => 0,
                Reached::OpenDocument(line) => panic!("{text:?}: open in line {line}"),
            };
            assert_eq!(found, wanted, "{text:?}");
        }
        assert_eq!(reached(b"a\ncat <<END\nb\n"), Reached::OpenDocument(2));
    }
}
