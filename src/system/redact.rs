//! What may be shown. No message, log or record contains anything that looks like a credential, or that this run has
//! fetched as a secret.
//!
//! Everything here takes time linear in the length of the text, whatever a stranger has written in it.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use crate::system::text::judged;

/// What credentials begin with: AWS access key IDs, Bedrock API keys, Anthropic, OpenAI-like, GitHub, GitLab and
/// Slack tokens.
const CREDENTIALS: &[&str] = &[
    "AKIA",
    "ASIA",
    "ABSK",
    "bedrock-api-key-",
    "sk-ant-",
    "sk-proj-",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "xoxb-",
];

/// The minimum length of a credential.
const SHORTEST_CREDENTIAL: usize = 16;

/// Words in a key's name that mark its value as private.
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

/// How many bytes in common with a secret count as a part of it: an endpoint may echo half a token.
const PART: usize = 12;

/// A shorter secret is hidden only where it stands alone, and only if it is no plain word.
const SHORT: usize = 8;

/// The secrets that this run has fetched.
static KNOWN: Mutex<Known> = Mutex::new(Known {
    secrets: Vec::new(),
    parts: None,
});

struct Known {
    secrets: Vec<String>,
    /// All pieces of [`PART`] bytes of the long ones, made when they are first looked for.
    parts: Option<HashSet<[u8; PART]>>,
}

/// Remembers a secret that this run has fetched, so that it is hidden wherever it comes back from.
pub fn learn(secret: &str) {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if !secret.is_empty() && known.secrets.iter().all(|other| other != secret) {
        known.secrets.push(secret.to_owned());
        known.parts = None;
    }
}

/// Forgets all of them, so that one input of a fuzzer is not slower than the one before.
#[cfg(fuzzing)]
pub fn forget() {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.secrets.clear();
    known.parts = None;
}

/// `text` with everything replaced by `*` that this run has fetched as a secret or that looks like a credential, and
/// the user and password of an address. The length in bytes stays.
pub fn redacted(text: &str) -> String {
    let mut hidden = looks(text);
    KNOWN
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .find(text, &mut hidden);
    covered(text, hidden)
}

/// `text` with everything replaced by `*` that this run has fetched as a secret.
pub fn without_known(text: &str) -> String {
    let mut hidden = Vec::new();
    KNOWN
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .find(text, &mut hidden);
    covered(text, hidden)
}

/// `text` with the user and the password of an address replaced by `*`: what says where it leads stays.
pub fn without_user(text: &str) -> String {
    let signs = text.match_indices("://");
    covered(text, signs.filter_map(|(at, _)| user(text.as_bytes(), at)).collect())
}

/// Start and end of what is hidden.
type Span = (usize, usize);

/// `text` with the spans replaced by as many `*` as they have bytes.
fn covered(text: &str, mut hidden: Vec<Span>) -> String {
    if hidden.is_empty() {
        return text.to_owned();
    }
    hidden.sort_unstable();
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    for (start, end) in hidden {
        let start = text.floor_char_boundary(start).max(at);
        let end = text.ceil_char_boundary(end);
        if end <= at {
            continue;
        }
        result.push_str(&text[at..start]);
        result.extend(std::iter::repeat_n('*', end - start));
        at = end;
    }
    result.push_str(&text[at..]);
    result
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=_-".contains(&byte)
}

/// What looks like a credential. Each byte is looked at a bounded number of times: behind a match the search goes on
/// at its end, and a word that is too short to match is short to look through again.
fn looks(text: &str) -> Vec<Span> {
    let bytes = text.as_bytes();
    let mut hidden = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        if rest[0] == b':' && rest.starts_with(b"://") {
            hidden.extend(user(bytes, at));
            at += "://".len();
            continue;
        }
        if b"ASbgsx".contains(&rest[0]) && CREDENTIALS.iter().any(|word| rest.starts_with(word.as_bytes())) {
            let length = rest.iter().position(|byte| !is_part(*byte)).unwrap_or(rest.len());
            if length >= SHORTEST_CREDENTIAL {
                hidden.push((at, at + length));
                at += length;
                continue;
            }
        }
        at += 1;
    }
    hidden
}

/// The user and the password of the address whose `://` is at a place.
fn user(bytes: &[u8], at: usize) -> Option<Span> {
    let start = at + "://".len();
    let length = bytes[start..].iter().position(|byte| b"/\"' \n".contains(byte));
    let end = length.map_or(bytes.len(), |length| start + length);
    let sign = bytes[start..end].iter().rposition(|byte| *byte == b'@')?;
    Some((start, start + sign))
}

impl Known {
    fn find(&mut self, text: &str, hidden: &mut Vec<Span>) {
        let bytes = text.as_bytes();
        if self.secrets.is_empty() || bytes.is_empty() {
            return;
        }
        for secret in self.secrets.iter().filter(|secret| secret.len() < PART) {
            let alone = |start: usize, end: usize| {
                let is_word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
                !is_word(start.checked_sub(1).and_then(|at| bytes.get(at))) && !is_word(bytes.get(end))
            };
            let is_plain = secret.len() < 4 || secret.chars().all(char::is_alphabetic);
            for (start, found) in text.match_indices(secret.as_str()) {
                let end = start + found.len();
                if secret.len() >= SHORT || (!is_plain && alone(start, end)) {
                    hidden.push((start, end));
                }
            }
        }
        let secrets = &self.secrets;
        let parts = self.parts.get_or_insert_with(|| {
            let long = secrets.iter().filter(|secret| secret.len() >= PART);
            let forms = long.flat_map(|secret| forms(secret));
            forms
                .flat_map(|form| {
                    form.as_bytes()
                        .windows(PART)
                        .filter_map(|part| <[u8; PART]>::try_from(part).ok())
                        .collect::<Vec<_>>()
                })
                .collect()
        });
        if parts.is_empty() {
            return;
        }
        for (start, part) in bytes.windows(PART).enumerate() {
            if <[u8; PART]>::try_from(part).is_ok_and(|part| parts.contains(&part)) {
                let end = start + PART;
                match hidden.last_mut() {
                    // Pieces that overlap are one.
                    Some(last) if last.1 >= start && last.0 <= start => last.1 = last.1.max(end),
                    _ => hidden.push((start, end)),
                }
            }
        }
    }
}

/// How a secret may come back: as it is, as it stands in a JSON text, and as it stands in an address.
fn forms(secret: &str) -> HashSet<String> {
    let mut forms = HashSet::from([secret.to_owned()]);
    if let Ok(quoted) = serde_json::to_string(secret) {
        forms.insert(quoted[1..quoted.len() - 1].to_owned());
    }
    for digits in [b"0123456789ABCDEF", b"0123456789abcdef"] {
        let mut encoded = String::new();
        for byte in secret.bytes() {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                encoded.push(char::from(byte));
            } else {
                let digit = |value: u8| char::from(digits[usize::from(value)]);
                encoded.extend(['%', digit(byte >> 4), digit(byte & 15)]);
            }
        }
        forms.insert(encoded);
    }
    forms
}

/// `text` of the same length in bytes and lines, with the values of sensitive keys, and what looks like a
/// credential anywhere, replaced by `*`, and characters that steer a terminal or disguise the text by `?`.
pub fn masked(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    // A value that begins on a sensitive key's line may go on below, up to the next key or table.
    let mut goes_on = false;
    for line in redacted(text).split_inclusive('\n') {
        let is_next = line.contains('=') || line.trim_start().starts_with('[');
        let hidden_from = hidden_from(line).or((goes_on && !is_next).then_some(0));
        goes_on = hidden_from.is_some();
        for (at, c, is_hidden) in judged(line) {
            let replacement = match c {
                '\n' | '\t' => c,
                _ if is_hidden => '?',
                c if hidden_from.is_some_and(|from| at >= from) && c.is_alphanumeric() => '*',
                c => {
                    masked.push(c);
                    continue;
                }
            };
            masked.extend(std::iter::repeat_n(replacement, c.len_utf8()));
        }
    }
    masked
}

fn is_in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-".contains(&byte)
}

/// From where on a line is private: behind the `=` or `:` of a key with a sensitive word in its name.
fn hidden_from(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !is_in_name(bytes[at]) {
            at += 1;
            continue;
        }
        let length = bytes[at..].iter().position(|byte| !is_in_name(*byte));
        let end = length.map_or(bytes.len(), |length| at + length);
        let name = &line[at..end];
        at = end;
        if !is_sensitive(name) {
            continue;
        }
        let sign = line[end..].find(|c: char| !c.is_whitespace() && !"\"'".contains(c))? + end;
        // Nothing but space and quotes is passed over, in which there is no name.
        at = sign;
        let Some(value) = line[sign..].strip_prefix(['=', ':']) else {
            continue;
        };
        let is_limit = name.to_ascii_lowercase().contains("tokens") && is_number(value);
        if !is_reference(value) && !is_limit {
            return Some(sign + 1);
        }
    }
    None
}

/// Whether the text is a number in quotes or bare: of `MAX_OUTPUT_TOKENS`, a limit.
fn is_number(value: &str) -> bool {
    let value = value.trim().trim_end_matches(',').trim_matches(['"', '\'']);
    !value.is_empty() && value.len() <= 9 && value.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a key or an option of this name has a private value.
pub fn is_sensitive(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    SENSITIVE.iter().any(|word| lower.contains(word))
}

/// Whether the text after a sensitive key's `=` only says where the secret is: `{ keyring = "work" }`.
fn is_reference(value: &str) -> bool {
    let inner = value.trim_start().strip_prefix('{').map(str::trim_start);
    inner.is_some_and(|inner| {
        let rest = REFERENCES.iter().find_map(|word| inner.strip_prefix(word));
        rest.is_some_and(|rest| rest.trim_start().starts_with('='))
    })
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    /// Texts that made an earlier redaction quadratic, and others of their kind: one byte more must not cost
    /// more than one byte. The bound is wide enough for a busy machine, and far below what a quadratic way takes
    /// (minutes).
    #[test]
    fn any_text_is_redacted_in_linear_time() {
        const LENGTH: usize = 256 << 10;
        learn("a-secret-that-is-long-enough-0123456789");
        for unit in [
            "AKIA",
            "AKIAIOSFODNN7EXAMPLE ",
            "AKIA ",
            "://",
            "://a@",
            "@",
            "a://b@c ",
            "token",
            "token ",
            "token=",
            "token \"'",
            "tokens \u{785}s=1 ",
            "secret é",
            "token\u{a0}\u{785}",
            "key = {",
            "secret\n",
            "a",
            "\n",
            "é",
            "a-secret-that-is-long-enough-012345678",
            "sk-ant-",
            "\u{202e}",
        ] {
            let text = unit.repeat(LENGTH / unit.len());
            let start = Instant::now();
            assert_eq!(masked(&text).len(), text.len(), "{unit:?}");
            assert!(start.elapsed().as_secs() < 10, "{unit:?}: {:?}", start.elapsed());
        }
    }

    #[test]
    fn a_secret_of_this_run_is_hidden_in_every_form_and_in_part() {
        const SECRET: &str = "q+Zt/\"7Hk=e4fS9-uW2_xY8vB1nM";
        learn(SECRET);
        learn("sk-1234");
        learn("Passw0rd9");
        for (text, shown) in [
            (format!("no {SECRET} here"), "no **************************** here"),
            (
                "the first half q+Zt/\"7Hk=e4fS9 too".to_owned(),
                "the first half *************** too",
            ),
            ("in JSON q+Zt/\\\"7Hk=e4fS9".to_owned(), "in JSON ****************"),
            (
                "in a URL ?t=q%2BZt%2F%227Hk%3De4fS9".to_owned(),
                "in a URL ?t=***********************",
            ),
            (
                "in a URL ?t=q%2bZt%2f%227Hk%3de4fS9".to_owned(),
                "in a URL ?t=***********************",
            ),
            ("key sk-1234, not mask-12345".to_owned(), "key *******, not mask-12345"),
            ("xPassw0rd9x".to_owned(), "x*********x"),
            ("a short piece 7Hk=e4fS".to_owned(), "a short piece 7Hk=e4fS"),
        ] {
            assert_eq!(redacted(&text), shown);
        }
    }

    #[test]
    fn a_secret_that_is_a_plain_short_word_does_not_garble_messages() {
        learn("secret");
        learn("work");
        assert_eq!(redacted("the secret of work"), "the secret of work");
    }

    proptest::proptest! {
        #[test]
        fn the_length_and_the_lines_stay(text in "(AKIA[A-Z0-9]{0,20}|token *[=:] *|://[a-z:]{0,8}@?|\\PC|\n|\t| ){0,30}") {
            let masked = masked(&text);
            proptest::prop_assert_eq!(masked.len(), text.len());
            proptest::prop_assert_eq!(masked.matches('\n').count(), text.matches('\n').count());
        }
    }
}
