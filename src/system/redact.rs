//! Hides what looks like a secret in text that goes out.

use crate::system::text::is_steering;

/// Words in a key's name that say its value is nobody's business.
const SENSITIVE: &[&str] = &[
    "secret",
    "token",
    "pass",
    "pwd",
    "api_key",
    "api-key",
    "apikey",
    "access_key",
    "access-key",
    "_key",
    "credential",
    "authorization",
    "bearer",
];

/// What a sensitive key's value begins with that only says where the secret is.
const REFERENCES: &[&str] = &["keyring", "command", "file", "env"];

/// Whether the text after a sensitive key's `=` only says where the secret is: `{ keyring = "work" }`.
fn is_reference(value: &str) -> bool {
    let inner = value.trim_start().strip_prefix('{').map(str::trim_start);
    inner.is_some_and(|inner| {
        let rest = REFERENCES.iter().find_map(|word| inner.strip_prefix(word));
        rest.is_some_and(|rest| rest.trim_start().starts_with('='))
    })
}

/// Where the value begins, if what follows a sensitive word is the end of a key.
fn value_after(rest: &str) -> Option<usize> {
    let name = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"_-".contains(c))?;
    let sign = rest[name..].find(|c: char| !c.is_whitespace() && !"\"'".contains(c))? + name;
    rest[sign..].starts_with(['=', ':']).then_some(sign + 1)
}

/// `text` of the same length in bytes and lines, with the values of sensitive keys, and what looks like a
/// credential anywhere, replaced by `*`, and characters that steer a terminal by `?`.
pub fn masked(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    // A value that begins on a sensitive key's line may go on below, up to the next key or table.
    let mut goes_on = false;
    for line in redacted(text).split_inclusive('\n') {
        let is_next = line.contains('=') || line.trim_start().starts_with('[');
        let hidden_from = hidden_from(line).or((goes_on && !is_next).then_some(0));
        goes_on = hidden_from.is_some();
        masked.extend(line.char_indices().map(|(at, c)| match c {
            '\n' | '\t' => c.to_string(),
            c if is_steering(c) => "?".repeat(c.len_utf8()),
            c if hidden_from.is_some_and(|from| at >= from) && c.is_alphanumeric() => "*".repeat(c.len_utf8()),
            c => c.to_string(),
        }));
    }
    masked
}

/// From where on a line is nobody's business.
fn hidden_from(line: &str) -> Option<usize> {
    let lower = line.to_ascii_lowercase();
    SENSITIVE
        .iter()
        .flat_map(|word| lower.match_indices(word))
        .filter_map(|(at, word)| Some(at + word.len() + value_after(&line[at + word.len()..])?))
        .filter(|from| !is_reference(&line[*from..]))
        .min()
}

/// What credentials begin with: AWS access key IDs, Bedrock API keys, Anthropic API keys.
const CREDENTIALS: &[&str] = &["AKIA", "ASIA", "ABSK", "bedrock-api-key-", "sk-ant-"];

/// `text` with what looks like a credential replaced by `*`, and a password in an address, too.
pub fn redacted(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "+/=_-".contains(c);
    let mut result = text.to_owned();
    let mut hide = |start: usize, end: usize| result.replace_range(start..end, &"*".repeat(end - start));
    for word in CREDENTIALS {
        for (at, _) in text.match_indices(word) {
            let end = text[at..]
                .find(|c| !is_part(c))
                .map_or(text.len(), |length| at + length);
            if end - at >= 16 {
                hide(at, end);
            }
        }
    }
    for (at, _) in text.match_indices("://") {
        let start = at + "://".len();
        let end = text[start..]
            .find(|c: char| "/\"' \n".contains(c))
            .map_or(text.len(), |length| start + length);
        if let Some(length) = text[start..end].rfind('@') {
            hide(start, start + length);
        }
    }
    result
}
