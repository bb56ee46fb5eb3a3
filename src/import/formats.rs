//! Which format a text has, and what it says.

use std::path::Path;

use serde_json::Value as Json;

use super::words::Dialect;
use super::{Reading, Value, Variable, objects, shell, yaml};
use crate::diagnostic::{Diagnostic, Result};
use crate::variables::is_name;

/// The formats that are understood, in words.
pub const UNDERSTOOD: &str = "import understands: Claude Code's and VS Code's settings.json, devcontainer.json, mise.toml, lines of bash, zsh, fish, PowerShell, Nushell, Elvish and cmd, .env and .envrc files, Dockerfiles, Compose files, GitHub workflows, GitLab's jobs, Makefiles, units of systemd, Nix, exports of cc-switch, clauth's config.toml";

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
        Format::Nix => nix(text, home),
        Format::Nushell => shell::readings(&nushell(text), Dialect::PowerShell, home),
        // Whoever reads such a file takes every line.
        Format::EnvFile => shell::readings(&format!("set -a; {}", env_file(text)), Dialect::Posix, home),
        Format::Elvish => shell::readings(&elvish(text), Dialect::Posix, home),
        Format::Make => shell::readings(&make(text), Dialect::Posix, home),
        Format::Unit => shell::readings(&unit(text), Dialect::Posix, home),
        Format::Shell => match Dialect::of(path, text) {
            Dialect::Cmd => shell::readings(&batch(text), Dialect::Cmd, home),
            dialect => shell::readings(text, dialect, home),
        },
    };
    let is_empty =
        |reading: &Reading| reading.variables.is_empty() && reading.keys.is_empty() && reading.notes.is_empty();
    if readings.iter().all(is_empty) {
        return Err(not_understood(path));
    }
    Ok(readings)
}

/// The error for an unknown format.
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
    Elvish,
    EnvFile,
    /// Makefiles and justfiles.
    Make,
    /// Units of systemd.
    Unit,
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
        if ends(&[".env"]) || name.starts_with(".env.") {
            return Self::EnvFile;
        }
        if ["makefile", "gnumakefile", "justfile", ".justfile"].contains(&name) || ends(&[".mk", ".just"]) {
            return Self::Make;
        }
        if ends(&[".service"]) {
            return Self::Unit;
        }
        if ends(&[".elv"]) || text.lines().any(|line| line.starts_with("set E:")) {
            return Self::Elvish;
        }
        let is_file_of_a_shell = [
            ".sh", ".bash", ".zsh", ".fish", ".ps1", ".psm1", ".bat", ".cmd", ".envrc", "rc",
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

/// `$env.A = "b"` and `load-env { A: "b", C: "d" }` as lines of PowerShell, each in its line.
fn nushell(text: &str) -> String {
    let mut lines = String::new();
    let mut in_record = false;
    for line in text.lines() {
        let mut rest = line.trim();
        if let Some(record) = rest
            .strip_prefix("load-env")
            .map(str::trim_start)
            .and_then(|rest| rest.strip_prefix('{'))
        {
            in_record = true;
            rest = record;
        }
        if in_record {
            let (record, after) = rest
                .split_once('}')
                .map_or((rest, None), |(record, after)| (record, Some(after)));
            for pair in record.split(',') {
                if let Some((name, value)) = pair.split_once(':') {
                    let name = name.trim().trim_matches(['"', '\'']);
                    lines.push_str(&format!("$env:{name} = {};", value.trim()));
                }
            }
            in_record = after.is_none();
        } else {
            lines.push_str(&line.replace("$env.", "$env:"));
        }
        lines.push('\n');
    }
    lines
}

/// Lines of `cmd.exe` with the branches that its brackets make as `if`, `else` and `fi`, each in its line.
fn batch(text: &str) -> String {
    let mut lines = String::new();
    for line in text.lines() {
        let trimmed = line.trim();
        let small = trimmed.to_ascii_lowercase();
        let opens = trimmed.ends_with('(');
        let goes_on = small.starts_with(')') && small.contains("else");
        let branches = ["if ", "for "].iter().any(|word| small.starts_with(word));
        // What a branch of one line sets.
        let set = small.match_indices("set").map(|(at, _)| at).find(|at| {
            *at > 0
                && small[..*at].ends_with([' ', '('])
                && ["set ", "setx "].iter().any(|word| small[*at..].starts_with(word))
        });
        if trimmed == ")" {
            lines.push_str("fi");
        } else if goes_on || branches {
            lines.push_str(if goes_on { "else" } else { "if" });
            if let Some(at) = set.filter(|_| !opens) {
                let command = trimmed[at..].split(')').next().unwrap_or_default();
                lines.push_str(&format!(" & {command}"));
            }
            if !opens {
                lines.push_str(" & fi");
            }
        } else {
            lines.push_str(line);
        }
        lines.push('\n');
    }
    lines
}

/// `set E:A = b` as lines of a shell, each in its line.
fn elvish(text: &str) -> String {
    let mut lines = String::new();
    for line in text.lines() {
        let assignment = line
            .trim()
            .strip_prefix("set E:")
            .and_then(|rest| rest.split_once(" = "));
        match assignment {
            Some((name, value)) => lines.push_str(&format!("set-env {name} {value}")),
            None => lines.push_str(line),
        }
        lines.push('\n');
    }
    lines
}

/// The lines of a `.env` file as its readers take them: blanks around the `=`, and a value without quotes up to the end of
/// its line or ` #`.
fn env_file(text: &str) -> String {
    let mut lines = String::new();
    let mut open: Option<char> = None;
    for line in text.lines() {
        let pair = line.split_once('=').map(|(name, value)| {
            let name = name.trim();
            (name.strip_prefix("export ").unwrap_or(name).trim(), value.trim())
        });
        match (open, pair) {
            (Some(quote), _) => {
                lines.push_str(line);
                if line.contains(quote) {
                    open = None;
                }
            }
            (None, Some((name, value))) if is_name(name) => {
                let quote = value.chars().next().filter(|c| ['"', '\''].contains(c));
                if let Some(quote) = quote {
                    lines.push_str(&format!("{name}={value}"));
                    open = (!value[1..].contains(quote)).then_some(quote);
                } else {
                    let value = value.split(" #").next().unwrap_or_default().trim();
                    let plain = shell_words::quote(value);
                    let written = if value.contains(['$', '`']) { value } else { &plain };
                    lines.push_str(&format!("{name}={written}"));
                }
            }
            (None, _) => lines.push_str(line),
        }
        lines.push('\n');
    }
    lines
}

/// `export A := b` and recipes as lines of a shell, each in its line.
fn make(text: &str) -> String {
    let mut lines = String::new();
    for line in text.lines() {
        let assignment = line.strip_prefix("export ").and_then(|rest| rest.split_once('='));
        if let Some((name, value)) = assignment {
            let name = name.trim_end_matches([':', '?', ' ']).trim();
            let value = value.split(" #").next().unwrap_or_default().trim();
            let inner = value.trim_matches(['"', '\'']);
            // What make or just would substitute is reported as it is written.
            let value = if inner.contains("$(") || inner.contains("{{") || value.contains('`') {
                format!("\"${{{}}}\"", inner.replace(['$', '{', '}', '"', '`'], ""))
            } else {
                shell_words::quote(inner).into_owned()
            };
            lines.push_str(&format!("export {name}={value}"));
        } else if line.starts_with("export ") {
            lines.push_str(line);
        } else if let Some(recipe) = line.strip_prefix('\t') {
            lines.push_str(recipe.trim_start_matches(['@', '-']));
        }
        lines.push('\n');
    }
    lines
}

/// `Environment=A=b "C=d e"` as lines of a shell, each in its line.
fn unit(text: &str) -> String {
    let mut lines = String::new();
    for line in text.lines() {
        if let Some(words) = line.trim().strip_prefix("Environment=") {
            lines.push_str(&format!("export {words}"));
        } else if let Some(file) = line.trim().strip_prefix("EnvironmentFile=") {
            lines.push_str(&format!("dotenv {}", file.trim_start_matches('-')));
        }
        lines.push('\n');
    }
    lines
}

/// `NAME = "value";`, as in `home.sessionVariables` and `programs.claude-code.settings.env`; texts of shells
/// (`shellHook`, `initExtra`) and aliases are read as what they are.
fn nix(text: &str, home: Option<&str>) -> Vec<Reading> {
    let mut reading = Reading::default();
    let mut of_shells: Vec<Variable> = Vec::new();
    let mut others = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let line = line.trim();
        let Some((path, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else {
            continue;
        };
        let name = path.trim().rsplit('.').next().unwrap_or_default().trim_matches('"');
        let value = value.split(" #").next().unwrap_or_default().trim();
        if let Some(first) = value.strip_prefix("''").filter(|first| !first.contains("''")) {
            let mut body = "\n".repeat(at) + first + "\n";
            for (_, line) in lines.by_ref() {
                let (inside, is_last) = line
                    .split_once("''")
                    .map_or((line, false), |(inside, _)| (inside, true));
                body.push_str(inside);
                body.push('\n');
                if is_last {
                    break;
                }
            }
            let dialect = if path.contains("fish") {
                Dialect::Fish
            } else {
                Dialect::of(None, &body)
            };
            let mut readings = shell::readings(&body, dialect, home).into_iter();
            if let Some(whole) = readings.next() {
                of_shells.extend(whole.variables);
                reading.notes.extend(whole.notes);
            }
            others.extend(readings);
            continue;
        }
        let Some(value) = value
            .strip_suffix(';')
            .map(str::trim)
            .filter(|_| is_name(&name.replace('-', "_")))
        else {
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
        } else if is_name(name) && name.chars().all(|c| !c.is_ascii_lowercase()) {
            reading.variables.push(Variable {
                name: name.to_owned(),
                value,
                place: format!("line {}", at + 1),
            });
        } else if let Value::Text(text) = value
            && text.contains("CLAUDE_CODE_USE_")
        {
            let line = format!("{}alias {name}={}", "\n".repeat(at), shell_words::quote(&text));
            others.extend(shell::readings(&line, Dialect::Posix, home).into_iter().skip(1));
        }
    }
    // What a shell alone sets loses to Claude Code's settings, which may stand in the same file.
    for variable in of_shells {
        match reading.variables.iter().find(|known| known.name == variable.name) {
            None => reading.variables.push(variable),
            Some(known) if known.value == variable.value => {}
            Some(known) => {
                let why = format!(
                    "{} says otherwise than {}, for a shell alone",
                    variable.place, known.place
                );
                reading.notes.push((variable.name, why));
            }
        }
    }
    let is_empty = reading.variables.is_empty() && reading.keys.is_empty() && reading.notes.is_empty();
    if is_empty && !others.is_empty() {
        return others;
    }
    let mut all = vec![reading];
    all.extend(others);
    all
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
