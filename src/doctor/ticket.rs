//! The checklist as a text for a ticket: no secrets, account numbers and e-mail addresses shortened.
//!
//! A ticket is read by strangers. So more is left out of it than of what the terminal shows: whatever only might be a
//! secret, such as the query of an address and the argument of an option `--password`.

use crate::doctor::{Level, Line};
use crate::system::redact::{is_sensitive, masked};
use crate::system::text::visible;

/// The whole text.
pub fn text(version: &str, profile: Option<&str>, lines: &[Line]) -> String {
    let count = |level: Level| lines.iter().filter(|line| line.level == level).count();
    let mut text = format!(
        "claude-bedrock {version} on {} {}\nprofile: {}\n{} broken, {} doubtful, {} good\n",
        std::env::consts::OS,
        std::env::consts::ARCH,
        profile.unwrap_or("none"),
        count(Level::Broken),
        count(Level::Doubtful),
        count(Level::Good),
    );
    for (level, word) in [
        (Level::Broken, "broken"),
        (Level::Doubtful, "doubtful"),
        (Level::Good, "good"),
    ] {
        for line in lines.iter().filter(|line| line.level == level) {
            text.push_str(&format!("\n{word} {}: {}", line.code, visible(&line.finding)));
            if let Some(fix) = line.fix.as_ref().filter(|_| level != Level::Good) {
                text.push_str(&format!("\n    {}", visible(fix)));
            }
        }
    }
    text.push('\n');
    text.split_inclusive('\n').map(|line| told(&masked(line))).collect()
}

/// A line without what might be a secret, and without whole account numbers and addresses of people.
fn told(line: &str) -> String {
    shortened(&without_arguments(&without_queries(line)))
}

/// The line without the queries and fragments of addresses, in which gateways take keys.
fn without_queries(line: &str) -> String {
    let ends_address = |c: char| c.is_whitespace() || "\"'`<>()".contains(c);
    let mut kept = String::with_capacity(line.len());
    for word in line.split_inclusive(ends_address) {
        let address = word.find("://");
        let query = address.and_then(|at| Some(at + word[at..].find(['?', '#'])?));
        if let Some(query) = query {
            kept.push_str(&word[..=query]);
            kept.push('…');
            kept.extend(word.chars().next_back().filter(|c| ends_address(*c)));
        } else {
            kept.push_str(word);
        }
    }
    kept
}

/// The line without the words behind options such as `--password`.
fn without_arguments(line: &str) -> String {
    let mut is_argument = false;
    line.split_inclusive(char::is_whitespace)
        .map(|word| {
            let name = word.trim_end();
            if std::mem::replace(
                &mut is_argument,
                name.starts_with('-') && is_sensitive(name) && !name.contains('='),
            ) {
                return format!("…{}", &word[name.len()..]);
            }
            word.to_owned()
        })
        .collect()
}

fn shortened(text: &str) -> String {
    let mut short = String::with_capacity(text.len());
    let mut word = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_alphanumeric() || "@.-_+".contains(c) {
            word.push(c);
            continue;
        }
        short.push_str(&of_word(&word));
        word.clear();
        short.push(c);
    }
    short.pop();
    short
}

fn of_word(word: &str) -> String {
    // Names of roles' sessions are often addresses, sometimes without the end of the host. A version is none:
    // claude-sonnet-4@20250514.
    if let Some((name, host)) = word.split_once('@')
        && !name.is_empty()
        && host.contains(char::is_alphabetic)
    {
        return "…@…".to_owned();
    }
    let is_digit = |c: char| c.is_ascii_digit();
    let mut short = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(c) = rest.chars().next() {
        let length = if is_digit(c) {
            rest.find(|c| !is_digit(c) && c != '-').unwrap_or(rest.len())
        } else {
            rest.find(is_digit).unwrap_or(rest.len())
        };
        let (part, behind) = rest.split_at(length);
        short.push_str(&without_account(part));
        rest = behind;
    }
    short
        .split_inclusive(|c: char| !c.is_ascii_alphanumeric())
        .map(|part| {
            let piece = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
            if is_random(piece) {
                format!("…{}", &part[piece.len()..])
            } else {
                part.to_owned()
            }
        })
        .collect()
}

/// Digits with hyphens, of which an account number shows its last four: 123456789012, and as the console writes it,
/// 1234-5678-9012.
fn without_account(part: &str) -> String {
    let hides = |digits: &str| digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let groups: Vec<&str> = part.split('-').collect();
    let short: Vec<String> = groups
        .iter()
        .map(|group| {
            if hides(group) {
                format!("…{}", &group[8..])
            } else {
                (*group).to_owned()
            }
        })
        .collect();
    let filled: Vec<&str> = groups.iter().copied().filter(|group| !group.is_empty()).collect();
    if let [_, _, last] = filled[..]
        && filled.iter().all(|group| group.len() == 4)
    {
        let end = &part[part.trim_end_matches('-').len()..];
        return format!("…{last}{end}");
    }
    short.join("-")
}

/// Whether letters and digits are mixed as only chance mixes them: a piece of a token, which no name of AWS is.
fn is_random(piece: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| piece.as_bytes().iter().any(kind);
    let is_mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase);
    is_mixed && (piece.len() >= 32 || (piece.len() >= 16 && has(u8::is_ascii_uppercase)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_and_people_are_shortened() {
        for (text, short) in [
            ("the account 123456789012", "the account …9012"),
            ("arn:aws:iam::123456789012:role/Dev", "arn:aws:iam::…9012:role/Dev"),
            ("role/Dev of ann.lee@acme.example, 5 min", "role/Dev of …@…, 5 min"),
            (
                "us.anthropic.claude-haiku-4-5-20251001-v1:0",
                "us.anthropic.claude-haiku-4-5-20251001-v1:0",
            ),
            ("1234567890123 is no account", "1234567890123 is no account"),
            ("-123456789012.", "-…9012."),
            ("the profile `Admin-1234-5678-9012`", "the profile `Admin-…9012`"),
            ("1234-5678-9012-dev", "…9012-dev"),
            ("123456789012-210987654321", "…9012-…4321"),
            ("on 2026-11-30", "on 2026-11-30"),
            ("assumed-role/Dev/ann.lee@acme is", "assumed-role/Dev/…@… is"),
            ("@anthropic-ai/claude-code", "@anthropic-ai/claude-code"),
            ("claude-sonnet-4@20250514", "claude-sonnet-4@20250514"),
        ] {
            assert_eq!(told(text), short);
        }
    }

    #[test]
    fn what_might_be_a_secret_is_left_out_and_names_stay() {
        for (text, short) in [
            (
                "is `https://gw.example/v1?key=abc&x=1` now",
                "is `https://gw.example/v1?…` now",
            ),
            ("https://gw.example/#a b", "https://gw.example/#… b"),
            ("what? https://gw.example", "what? https://gw.example"),
            ("https://gw.example/Zx81kQpLm20aVbNcXyTt/v1", "https://gw.example/…/v1"),
            (
                "`saml2aws login --password hush --username x`",
                "`saml2aws login --password … --username x`",
            ),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0", "….…"),
            ("0123456789abcdef0123456789abcdef01234567.json", "….json"),
            (
                "AWSReservedSSO_AdministratorAccess_0123456789abcdef",
                "AWSReservedSSO_AdministratorAccess_0123456789abcdef",
            ),
            (
                "application-inference-profile/a1b2c3d4e5f6",
                "application-inference-profile/a1b2c3d4e5f6",
            ),
            (
                "7f9c2ba4-e88f-41dd-a716-44665544000a",
                "7f9c2ba4-e88f-41dd-a716-44665544000a",
            ),
        ] {
            assert_eq!(told(text), short);
        }
    }
}
