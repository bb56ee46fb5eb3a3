//! Keys and values as they are typed on a command line.

use toml_edit::{InlineTable, Value};

use crate::diagnostic::{Diagnostic, Result};
use crate::profile::keys::{ENV, HEADERS, KEYS, Kind, MODEL_LABELS, OVERRIDES};
use crate::profile::read::Scope;

/// A value on its way into a file: the dotted path of its key, split, and the value.
pub type Entry = (Vec<String>, Value);

/// A dotted path in its parts. What follows `env.` and `headers.` is one name, dots and all.
pub fn split(path: &str) -> Vec<String> {
    match path.split_once('.') {
        Some((table @ (ENV | HEADERS), name)) => vec![table.to_owned(), name.to_owned()],
        _ => path.split('.').map(str::to_owned).collect(),
    }
}

/// The value that `text` means for the key at the dotted `path`. Errors: no such key, or a value that it
/// cannot have.
pub fn typed(path: &str, text: &str, scope: Scope) -> Result<Value> {
    let parts = split(path);
    if let [table, name] = parts.as_slice() {
        match table.as_str() {
            ENV if text == "false" => {
                crate::variables::check_free_name(name)?;
                return Ok(false.into());
            }
            ENV => {
                crate::variables::check_free_name(name)?;
                return Ok(unquoted(text).into());
            }
            HEADERS => return Ok(header(path, name, text)),
            _ => {}
        }
    }
    if path.strip_prefix(OVERRIDES).is_some_and(|rest| rest.starts_with('.')) {
        return Ok(text.into());
    }
    let label = MODEL_LABELS.iter().any(|(label, _)| {
        path.strip_suffix(label)
            .and_then(|rest| rest.strip_suffix('.'))
            .is_some_and(|key| {
                KEYS.iter()
                    .any(|known| known.path == key && matches!(known.kind, Kind::Model))
            })
    });
    if label {
        return Ok(text.into());
    }
    if let Some(table) = path.strip_suffix(".timeout").filter(|table| is_secret(table)) {
        return text
            .parse::<i64>()
            .map(Into::into)
            .map_err(|_| Diagnostic::error(format!("`{table}.timeout` is a whole number of seconds")).into());
    }
    let key = KEYS.iter().find(|key| key.path == path && scope.allows(path));
    let Some(key) = key else {
        let known = KEYS.iter().map(|key| key.path).filter(|path| scope.allows(path));
        return Err(Diagnostic::error(format!("there is no key `{path}`"))
            .did_you_mean(path, known)
            .help("all keys: claude-bedrock schema --reference; a header: headers.X-Team; a variable: env.NAME")
            .into());
    };
    match key.kind {
        Kind::Flag => match text {
            "true" => Ok(true.into()),
            "false" => Ok(false.into()),
            _ => Err(Diagnostic::error(format!("`{path}` is true or false")).into()),
        },
        Kind::OneOf(words) if !words.contains(&text) => {
            Err(Diagnostic::error(format!("`{path}` is one of: {}", words.join(", ")))
                .did_you_mean(text, words.iter().copied())
                .into())
        }
        Kind::Secret => secret(path, text),
        Kind::Models => Ok(text.split(',').map(str::trim).collect::<toml_edit::Array>().into()),
        _ => Ok(text.into()),
    }
}

/// A header's text, or where its secret is: as a TOML table, or as `keyring:NAME` where the name says that it is one.
fn header(path: &str, name: &str, text: &str) -> Value {
    let is_place = text.trim_start().starts_with('{') || crate::variables::is_secret(name, "");
    match secret(path, text) {
        Ok(place) if is_place => place,
        _ => text.into(),
    }
}

fn is_secret(path: &str) -> bool {
    KEYS.iter()
        .any(|key| key.path == path && matches!(key.kind, Kind::Secret))
}

/// `"false"` in quotes is the text.
fn unquoted(text: &str) -> &str {
    text.strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or(text)
}

/// Where a secret is: `keyring:NAME`, `command:…`, `file:PATH`, `env:NAME`, or the same as a TOML table. What is
/// neither is not shown: it may be the secret itself.
pub fn secret(path: &str, text: &str) -> Result<Value> {
    const KINDS: [&str; 4] = ["keyring", "command", "file", "env"];
    if let Some((kind, rest)) = text.split_once(':')
        && KINDS.contains(&kind)
        && !rest.trim().is_empty()
    {
        let mut table = InlineTable::new();
        table.insert(kind, rest.trim().into());
        return Ok(table.into());
    }
    match text.parse::<Value>() {
        Ok(value) if value.is_inline_table() => Ok(value),
        _ => {
            let name = path.rsplit('.').next().unwrap_or(path);
            Err(Diagnostic::error(format!(
                "`{path}` must say where the secret is, not be the secret; nothing was written"
            ))
            .help("one of: keyring:NAME, command:'op read op://…', file:PATH, env:NAME")
            .help(format!(
                "put it into the keyring: claude-bedrock secret set NAME, then: {name} is keyring:NAME"
            ))
            .into())
        }
    }
}
