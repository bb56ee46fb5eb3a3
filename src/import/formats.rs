//! Which format a text has, and what it says.

use std::path::Path;

use serde_json::Value as Json;

use super::words::Dialect;
use super::{Reading, Value, Variable, objects, shell, yaml};
use crate::diagnostic::{Diagnostic, Result};
use crate::variables::is_name;

/// What is understood, in words.
pub const UNDERSTOOD: &str = "understood are: Claude Code's and VS Code's settings.json, devcontainer.json, mise.toml, lines of bash, zsh, fish, PowerShell, Nushell, Elvish and cmd, .env and .envrc files, Dockerfiles, Compose files, GitHub workflows, home-manager's Nix, exports of cc-switch and clauth";

/// What the text of the file at `path`, or of stdin, says. Errors: broken JSON, with its place; nothing in it is
/// understood.
pub fn readings(path: Option<&Path>, text: &str, home: Option<&str>) -> Result<Vec<Reading>> {
    let name = path
        .and_then(Path::file_name)
        .map(|name| name.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    let text = &plain(text);
    let readings = match Format::of(&name, text) {
        Format::Json => objects::json(path, &whole(text))?,
        Format::Toml => objects::toml(text).unwrap_or_default(),
        Format::Yaml => yaml::readings(text),
        Format::Dockerfile => shell::readings(&dockerfile(text), Dialect::Posix, home),
        Format::Nix => vec![nix(text)],
        Format::Nushell => shell::readings(&text.replace("$env.", "$env:"), Dialect::PowerShell, home),
        Format::Shell => shell::readings(text, Dialect::of(path, text), home),
    };
    let is_empty =
        |reading: &Reading| reading.variables.is_empty() && reading.keys.is_empty() && reading.notes.is_empty();
    if readings.iter().all(is_empty) {
        return Err(not_understood(path));
    }
    Ok(readings)
}

/// The answer to what nobody can read.
pub fn not_understood(path: Option<&Path>) -> Box<Diagnostic> {
    let what = path.map_or_else(|| "stdin".to_owned(), crate::system::paths::display);
    Diagnostic::error(format!("nothing in {what} is understood; nothing was written"))
        .help(UNDERSTOOD)
        .help("write a profile by hand: claude-bedrock add NAME")
        .into()
}

enum Format {
    Json,
    Toml,
    Yaml,
    Dockerfile,
    Nix,
    Nushell,
    Shell,
}

impl Format {
    fn of(name: &str, text: &str) -> Self {
        let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        if ends(&[".json", ".jsonc", ".json5", ".code-workspace"]) {
            return Self::Json;
        }
        if ends(&[".toml"]) {
            return Self::Toml;
        }
        if ends(&[".yml", ".yaml"]) {
            return Self::Yaml;
        }
        if ends(&[".nix"]) {
            return Self::Nix;
        }
        if name.starts_with("dockerfile") || name.starts_with("containerfile") || ends(&[".dockerfile"]) {
            return Self::Dockerfile;
        }
        let is_file_of_a_shell = [
            ".sh", ".bash", ".zsh", ".fish", ".ps1", ".psm1", ".bat", ".cmd", ".env", ".envrc", "rc",
        ];
        if ends(&is_file_of_a_shell) {
            return Self::Shell;
        }
        let mut lines = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        let first = lines.next().unwrap_or_default();
        if ends(&[".nu"]) || first.starts_with("$env.") {
            return Self::Nushell;
        }
        let starts_json = text.trim_start().strip_prefix('{').map(str::trim_start);
        // A part of a settings file, as articles show it.
        if first.starts_with('"') && first.contains("\":") {
            return Self::Json;
        }
        if starts_json.is_some_and(|rest| rest.starts_with(['"', '}', '/'])) || first == "[" || first.starts_with("[{")
        {
            return Self::Json;
        }
        if first.starts_with('[') && first.ends_with(']') && !first.starts_with("[[ ") && objects::toml(text).is_some()
        {
            return Self::Toml;
        }
        if ["FROM ", "ARG "].iter().any(|word| first.starts_with(word))
            || lines.clone().any(|line| line.starts_with("ENV "))
        {
            return Self::Dockerfile;
        }
        if first.ends_with('{') && text.contains("};") && text.contains(" = ")
            || first.starts_with("{ ") && first.contains(':')
        {
            return Self::Nix;
        }
        let is_key = |line: &str| {
            let line = line.trim_start_matches("- ");
            line.split_once(':').is_some_and(|(key, rest)| {
                !key.contains([' ', '=', '$', '"']) && (rest.is_empty() || rest.starts_with(' '))
            })
        };
        if is_key(first) && lines.take(3).all(|line| is_key(line) || line.starts_with("- ")) {
            return Self::Yaml;
        }
        Self::Shell
    }
}

/// The text without the fences that articles put around lines; each line stays where it is.
fn plain(text: &str) -> String {
    if !text.lines().any(|line| line.trim_start().starts_with("```")) {
        return text.to_owned();
    }
    let without = |line: &str| {
        let is_fence = line.trim_start().starts_with("```");
        if is_fence {
            "\n".to_owned()
        } else {
            line.to_owned() + "\n"
        }
    };
    text.lines().map(without).collect()
}

/// `"env": {…}` alone in the braces that an article leaves out, on the same lines.
fn whole(text: &str) -> String {
    let trimmed = text.trim();
    if trimmed.starts_with('"') {
        format!("{{{}}}", text.trim_end().trim_end_matches(','))
    } else {
        text.to_owned()
    }
}

/// `ENV A=b`, `ENV A b` and `ARG A=b` as lines of a shell, each in its line.
fn dockerfile(text: &str) -> String {
    let mut lines = String::new();
    let mut goes_on = false;
    for line in text.lines() {
        let trimmed = line.trim();
        let word = trimmed.split_whitespace().next().unwrap_or_default();
        let rest = trimmed[word.len()..].trim();
        if goes_on {
            lines.push_str(line);
        } else if word.eq_ignore_ascii_case("ENV") {
            let first = rest.split_whitespace().next().unwrap_or_default();
            if first.contains('=') || rest.is_empty() {
                lines.push_str(&format!("export {rest}"));
            } else {
                let value = rest[first.len()..].trim();
                lines.push_str(&format!("export {first}={}", shell_words::quote(value)));
            }
        } else if word.eq_ignore_ascii_case("ARG") {
            lines.push_str(rest);
        }
        let is_ours = goes_on || word.eq_ignore_ascii_case("ENV") || word.eq_ignore_ascii_case("ARG");
        goes_on = is_ours && trimmed.ends_with('\\');
        lines.push('\n');
    }
    lines
}

/// `NAME = "value";`, as in `home.sessionVariables` and `programs.claude-code.settings.env`.
fn nix(text: &str) -> Reading {
    let mut reading = Reading::default();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        let Some((path, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else {
            continue;
        };
        let name = path.trim().rsplit('.').next().unwrap_or_default().trim_matches('"');
        let value = value.split(" #").next().unwrap_or_default().trim();
        let Some(value) = value.strip_suffix(';').map(str::trim).filter(|_| is_name(name)) else {
            continue;
        };
        let inner = value
            .strip_prefix('"')
            .and_then(|value| value.strip_suffix('"'))
            .or_else(|| value.strip_prefix("''").and_then(|value| value.strip_suffix("''")));
        let value = match inner {
            Some(inner) if inner.contains("${") => Value::Open(inner.to_owned()),
            Some(inner) => Value::Text(inner.replace("\\\"", "\"").replace("\\n", "\n").replace("\\\\", "\\")),
            None if value.parse::<f64>().is_ok() || ["true", "false"].contains(&value) => Value::Text(value.to_owned()),
            None => Value::Open(value.to_owned()),
        };
        if ["awsAuthRefresh", "awsCredentialExport", "apiKeyHelper", "model"].contains(&name) {
            if let Value::Text(text) = value {
                reading.keys.push((name.to_owned(), Json::String(text)));
            }
        } else if name.chars().all(|c| !c.is_ascii_lowercase()) {
            reading.variables.push(Variable {
                name: name.to_owned(),
                value,
                place: format!("line {}", at + 1),
            });
        }
    }
    reading
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::import::variables::{Wishes, profile};

    const FILES: [&str; 12] = [
        "a.json",
        "mise.toml",
        "a.yml",
        "Dockerfile",
        "a.nix",
        "a.sh",
        "a.fish",
        "a.ps1",
        "a.bat",
        "a.nu",
        ".env",
        "a",
    ];

    /// What such files are made of.
    const PARTS: [&str; 44] = [
        "export ",
        "set -gx ",
        "set ",
        "$env:",
        "${env:",
        "alias w='",
        "function f ",
        "f() {",
        "}",
        "{",
        "if ",
        "then\n",
        "fi\n",
        "case x in\n",
        "a)",
        ";;",
        "esac\n",
        "end\n",
        "CLAUDE_CODE_USE_BEDROCK",
        "AWS_REGION",
        "=",
        ":",
        "1",
        "\"",
        "'",
        "`",
        "$(",
        ")",
        "${A:-",
        "\n",
        " ",
        "\\",
        "<<E\n",
        "- ",
        "env",
        "env:\n  ",
        "ENV ",
        "[env]\n",
        "[",
        "]",
        ",",
        "#",
        "é",
        "claude",
    ];

    proptest! {
        #[test]
        fn whatever_a_file_holds_is_read_without_a_fault(
            file in select(&FILES[..]),
            parts in prop::collection::vec(select(&PARTS[..]), 0..40),
        ) {
            let text: String = parts.concat();
            for reading in readings(Some(Path::new(file)), &text, Some("/home/x")).unwrap_or_default() {
                profile("work", &reading, &Wishes::default());
            }
        }
    }
}
