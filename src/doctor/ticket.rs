//! The checklist as a text for a ticket: no secrets, account numbers and e-mail addresses shortened.

use crate::doctor::{Level, Line};
use crate::system::redact::masked;
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
    shortened(&masked(&text))
}

/// The text without whole account numbers and without addresses of people.
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
    if let Some((name, host)) = word.split_once('@')
        && !name.is_empty()
        && host.contains('.')
    {
        return "…@…".to_owned();
    }
    let mut parts: Vec<String> = Vec::new();
    for part in word.split_inclusive(|c: char| !c.is_ascii_digit()) {
        let digits = part.trim_end_matches(|c: char| !c.is_ascii_digit());
        let is_account = digits.len() == 12;
        parts.push(if is_account {
            format!("…{}", &part[8..])
        } else {
            part.to_owned()
        });
    }
    parts.concat()
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
        ] {
            assert_eq!(shortened(text), short);
        }
    }
}
