//! From lines of a shell: `export A=b`, `set -gx A b`, `$env:A = "b"`, `A=b`. They are read as text and never
//! run; a value that a shell would have to work out has none here.

use super::Variable;
use crate::variables;

/// A word, and whether a shell would put something else in its place.
#[derive(Debug, Default)]
struct Word {
    text: String,
    is_dynamic: bool,
}

/// The variables that the lines set, in their order.
pub fn variables(text: &str) -> Vec<Variable> {
    commands(text).iter().flat_map(|words| assigned(words)).collect()
}

fn assigned(words: &[Word]) -> Vec<Variable> {
    // What articles put before a command.
    let words = match words {
        [prompt, rest @ ..] if ["$", "%", ">", "PS>"].contains(&prompt.text.as_str()) => rest,
        words => words,
    };
    let Some((first, rest)) = words.split_first() else {
        return Vec::new();
    };
    if let Some(name) = first.text.strip_prefix("$env:").or(first.text.strip_prefix("$Env:")) {
        return powershell(name, rest);
    }
    match first.text.as_str() {
        "export" | "declare" | "typeset" | "env" => rest.iter().filter_map(pair).collect(),
        "set" | "setx" | "setenv" | "set-env" => {
            let words: Vec<&Word> = rest.iter().filter(|word| !word.text.starts_with('-')).collect();
            match words.as_slice() {
                [name, values @ ..] if !values.is_empty() && variables::is_name(&name.text) => {
                    let value = values
                        .iter()
                        .map(|word| word.text.as_str())
                        .collect::<Vec<_>>()
                        .join(" ");
                    let is_static = values.iter().all(|word| !word.is_dynamic);
                    vec![(name.text.clone(), is_static.then_some(value))]
                }
                [assignment] => pair(assignment).into_iter().collect(),
                _ => Vec::new(),
            }
        }
        _ => words.iter().map_while(pair).collect(),
    }
}

fn powershell(name: &str, rest: &[Word]) -> Vec<Variable> {
    let (name, value, is_dynamic) = match (name.split_once('='), rest) {
        (Some((name, value)), []) if !value.is_empty() => (name, value.to_owned(), value.contains('$')),
        (Some((name, "")), [value, ..]) => (name, value.text.clone(), value.is_dynamic),
        (None, [sign, value, ..]) if sign.text == "=" => (name, value.text.clone(), value.is_dynamic),
        (None, [value, ..]) if value.text.starts_with('=') => (name, value.text[1..].to_owned(), value.is_dynamic),
        _ => return Vec::new(),
    };
    if !variables::is_name(name) {
        return Vec::new();
    }
    vec![(name.to_owned(), (!is_dynamic).then_some(value))]
}

fn pair(word: &Word) -> Option<Variable> {
    let (name, value) = word.text.split_once('=')?;
    variables::is_name(name).then(|| (name.to_owned(), (!word.is_dynamic).then(|| value.to_owned())))
}

/// The text as commands of words: quotes taken off, comments left out.
fn commands(text: &str) -> Vec<Vec<Word>> {
    let mut commands = vec![Vec::new()];
    let mut word: Option<Word> = None;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\r' => {}
            ' ' | '\t' => end(&mut commands, &mut word),
            '\n' | ';' | '&' | '|' => {
                end(&mut commands, &mut word);
                commands.push(Vec::new());
            }
            '#' if word.is_none() => while characters.next_if(|c| *c != '\n').is_some() {},
            '\\' => match characters.next() {
                // A line that goes on.
                Some('\n') | None => {}
                Some(c) => word.get_or_insert_default().text.push(c),
            },
            '\'' => {
                let word = word.get_or_insert_default();
                let is_ansi = word.text.ends_with('$') && word.text.matches('$').count() == 1;
                if is_ansi {
                    word.text.pop();
                    word.is_dynamic = false;
                }
                while let Some(c) = characters.next().filter(|c| *c != '\'') {
                    match c {
                        '\\' if is_ansi => match characters.next() {
                            Some('n') => word.text.push('\n'),
                            Some('t') => word.text.push('\t'),
                            Some(c) => word.text.push(c),
                            None => {}
                        },
                        c => word.text.push(c),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                while let Some(c) = characters.next().filter(|c| *c != '"') {
                    match c {
                        '\\' => match characters.next() {
                            Some('\n') | None => {}
                            Some(c @ ('"' | '\\' | '$' | '`')) => word.text.push(c),
                            Some(c) => word.text.extend(['\\', c]),
                        },
                        c => {
                            word.is_dynamic |= matches!(c, '$' | '`');
                            word.text.push(c);
                        }
                    }
                }
            }
            c => {
                let word = word.get_or_insert_default();
                word.is_dynamic |= matches!(c, '$' | '`' | '(');
                word.text.push(c);
            }
        }
    }
    end(&mut commands, &mut word);
    commands
}

fn end(commands: &mut [Vec<Word>], word: &mut Option<Word>) {
    if let (Some(word), Some(command)) = (word.take(), commands.last_mut()) {
        command.push(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, Option<String>)> {
        variables(text)
    }

    #[test]
    fn every_shells_lines_are_read() {
        for line in [
            "export A='b c'",
            "export A=\"b c\" # why",
            "$ export A=b\\ c",
            "A='b c'",
            "declare -x A='b c'",
            "set -gx A 'b c'",
            "set -Ux A b c",
            "$env:A = \"b c\"",
            "$env:A='b c'",
            "true && export A='b c'",
            "\texport A='b c'\r",
            "export \\\n A=$'b c'",
        ] {
            assert_eq!(read(line), [("A".to_owned(), Some("b c".to_owned()))], "{line}");
        }
    }

    #[test]
    fn a_value_over_two_lines_is_one() {
        let text = "export H=\"X-A: 1\nX-B: 2\"\nexport I=$'X-A: 1\\nX-B: 2'\n";
        let value = Some("X-A: 1\nX-B: 2".to_owned());
        assert_eq!(read(text), [("H".to_owned(), value.clone()), ("I".to_owned(), value)]);
    }

    #[test]
    fn nothing_is_worked_out() {
        for line in [
            "export A=$(touch /tmp/x)",
            "export A=\"$B\"",
            "export A=`id`",
            "set -gx A (id)",
            "$env:A = \"$B\"",
        ] {
            assert_eq!(read(line), [("A".to_owned(), None)], "{line}");
        }
        assert!(read("# export A=b\nalias x='export A=b'\necho export A=b\n").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_pasted_is_read_without_a_fault(text in "[ -~\n]{0,80}") {
            variables(&text);
        }
    }
}
