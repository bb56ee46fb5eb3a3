//! `export dotenv` and `export env-file`: lines of NAME=value in the form that the programs reading them expect.
//! docs/ci.md has the table of readers, each of which was tried.

use crate::diagnostic::{Diagnostic, Result};

/// A line of a `.env` file. A plain value stands bare: Docker and GitLab take quotes for a part of it. In single quotes
/// every other reader takes all as it is, newlines too; only a value with such a quote needs double ones and escapes.
pub fn dotenv(name: &str, value: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-./:@%+=,".contains(c);
    if value.chars().all(is_plain) {
        return format!("{name}={value}\n");
    }
    if !value.contains('\'') {
        return format!("{name}='{value}'\n");
    }
    let mut quoted = String::new();
    for c in value.chars() {
        if matches!(c, '"' | '\\' | '$' | '`') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    format!("{name}=\"{quoted}\"\n")
}

/// A line of what `docker run --env-file`, podman and GitLab's `dotenv` reports read: the value to the end of the line, no
/// quotes. Errors: the value has several lines, or blanks at its ends, which some of them cut off.
pub fn env_file(name: &str, value: &str) -> Result<String> {
    let why = if value.contains(['\n', '\r']) {
        "has several lines"
    } else if value.trim() != value {
        "begins or ends with a blank"
    } else {
        return Ok(format!("{name}={value}\n"));
    };
    Err(Diagnostic::error(format!(
        "`{name}` {why}, which no env file can hold; nothing was printed"
    ))
    .help("for programs that know quotes: claude-bedrock export dotenv; for any: claude-bedrock export json")
    .help("in a container: docker run --env NAME takes a value from the environment, under: claude-bedrock exec")
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_quoted_only_where_it_needs_it() {
        for (value, line) in [
            ("1", "A=1\n"),
            ("", "A=\n"),
            ("arn:aws:bedrock:eu-west-1:1:x/y", "A=arn:aws:bedrock:eu-west-1:1:x/y\n"),
            ("https://a.example/b?c=d&e", "A='https://a.example/b?c=d&e'\n"),
            ("a b", "A='a b'\n"),
            ("X: 1\nY: $2", "A='X: 1\nY: $2'\n"),
            ("it's $1", "A=\"it's \\$1\"\n"),
        ] {
            assert_eq!(dotenv("A", value), line);
        }
        assert_eq!(env_file("A", "a b#'\"$c").unwrap(), "A=a b#'\"$c\n");
        assert!(env_file("A", "a\nb").is_err() && env_file("A", " a").is_err());
    }
}
