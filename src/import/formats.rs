//! Which format a text has, and what it says.

use std::path::Path;

use serde_json::Value as Json;

use super::words::Dialect;
use super::{Reading, Value, Variable, objects, shell, yaml};
use crate::diagnostic::{Diagnostic, Result};
use crate::variables::is_name;

/// What is understood, in words.
pub const UNDERSTOOD: &str = "understood are: Claude Code's and VS Code's settings.json, devcontainer.json, mise.toml, lines of bash, zsh, fish, PowerShell and cmd, .env and .envrc files, Dockerfiles, Compose files, GitHub workflows, home-manager's Nix, exports of cc-switch and clauth";

/// What the text of the file at `path`, or of stdin, says. Errors: broken JSON, with its place; nothing in it is
/// understood.
pub fn readings(path: Option<&Path>, text: &str, home: Option<&str>) -> Result<Vec<Reading>> {
    let name = path
        .and_then(Path::file_name)
        .map(|name| name.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    let readings = match Format::of(&name, text) {
        Format::Json => objects::json(path, text)?,
        Format::Toml => objects::toml(text).unwrap_or_default(),
        Format::Yaml => yaml::readings(text),
        Format::Dockerfile => shell::readings(&dockerfile(text), Dialect::Posix, home),
        Format::Nix => vec![nix(text)],
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
        let starts_json = text.trim_start().strip_prefix('{').map(str::trim_start);
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
