//! A command line as its user's system splits it into words: as a POSIX shell does, without expansions; on Windows
//! as programs there do (`CommandLineToArgvW`), where a backslash is a part of a path.

/// Why a line cannot be split.
#[derive(Debug, PartialEq, Eq)]
pub struct Unclosed;

impl std::fmt::Display for Unclosed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("missing closing quote")
    }
}

/// The words of `line`.
pub fn split(line: &str) -> Result<Vec<String>, Unclosed> {
    if cfg!(windows) {
        split_windows(line)
    } else {
        shell_words::split(line).map_err(|_| Unclosed)
    }
}

/// `word` as a person types it on this system's command line: quoted where it has to be.
pub fn quote(word: &str) -> String {
    if cfg!(windows) {
        quote_windows(word)
    } else {
        shell_words::quote(word).into_owned()
    }
}

/// Names and paths of Windows have no double quote, which cmd and PowerShell would read differently.
fn quote_windows(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-.:\\/@+=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("\"{word}\"")
    }
}

/// By the rules of <https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments>: blanks end a word
/// outside double quotes; backslashes count only before a quote, where two stand for one and an odd one makes the
/// quote a part of the word; inside quotes two quotes stand for one.
fn split_windows(line: &str) -> Result<Vec<String>, Unclosed> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            ' ' | '\t' | '\n' | '\r' if !quoted => words.extend(word.take()),
            '\\' => {
                let mut count = 1;
                while characters.next_if_eq(&'\\').is_some() {
                    count += 1;
                }
                let before_quote = characters.peek() == Some(&'"');
                let kept = if before_quote { count / 2 } else { count };
                let word = word.get_or_insert_default();
                word.extend(std::iter::repeat_n('\\', kept));
                if before_quote && count % 2 == 1 {
                    word.extend(characters.next());
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                if quoted && characters.next_if_eq(&'"').is_some() {
                    word.push('"');
                } else {
                    quoted = !quoted;
                }
            }
            character => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    if quoted { Err(Unclosed) } else { Ok(words) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_splits_as_its_programs_do() {
        for (line, words) in [
            (
                r"C:\tools\op.exe read op://vault/item",
                &[r"C:\tools\op.exe", "read", "op://vault/item"][..],
            ),
            (
                r#""C:\Program Files\op\op.exe" read x"#,
                &[r"C:\Program Files\op\op.exe", "read", "x"],
            ),
            // The examples of Microsoft's page.
            (r#""a b c" d e"#, &["a b c", "d", "e"]),
            (r#""ab\"c" "\\" d"#, &[r#"ab"c"#, r"\", "d"]),
            (r#"a\\\b d"e f"g h"#, &[r"a\\\b", "de fg", "h"]),
            (r#"a\\\"b c d"#, &[r#"a\"b"#, "c", "d"]),
            (r#"a\\\\"b c" d e"#, &[r"a\\b c", "d", "e"]),
            (r#"a"b"" c d""#, &[r#"ab" c d"#]),
            (r"\\server\share\x.exe  'a b'", &[r"\\server\share\x.exe", "'a", "b'"]),
            (r#"x """#, &["x", ""]),
            ("  ", &[]),
        ] {
            assert_eq!(split_windows(line).unwrap(), words, "{line}");
        }
        assert_eq!(split_windows(r#"x "y"#), Err(Unclosed));
    }

    #[test]
    fn windows_quotes_what_has_blanks() {
        for (word, quoted) in [
            ("bedrock-work", "bedrock-work"),
            (r"C:\op.exe", r"C:\op.exe"),
            ("my profile", "\"my profile\""),
            ("", "\"\""),
        ] {
            assert_eq!(quote_windows(word), quoted);
        }
    }

    #[test]
    #[cfg(unix)]
    fn elsewhere_quotes_are_those_of_a_shell() {
        assert_eq!(split(r"op 'a b' c\ d").unwrap(), ["op", "a b", "c d"]);
        assert_eq!(split("op 'a"), Err(Unclosed));
    }
}
