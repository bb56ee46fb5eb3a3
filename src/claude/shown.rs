//! A settings file as it may be shown: secrets are hidden, and what will run can be read.

use std::ops::Range;

use crate::claude::json::{self, Item, Kind};
use crate::claude::settings::{AUTH_REFRESH, CREDENTIAL_EXPORT, KEY_HELPER};
use crate::claude::shadow::{self, Own};
use crate::system::redact::masked;

/// Values that lie deeper are hidden by what they look like: settings have three levels.
const DEEPEST: usize = 16;

/// `text` with as many lines, each secret in it replaced by `********`.
pub fn shown(text: &str) -> String {
    let Some(top) = json::document(text).ok().and_then(|document| document.top) else {
        return masked(text);
    };
    let mut hidden = Vec::new();
    values(text, "", &top, 0, &mut hidden);
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    for (span, value) in hidden {
        shown.push_str(&between(&text[at..span.start]));
        shown.push_str(&value);
        at = span.end;
    }
    shown + &between(&text[at..])
}

/// What stands between values: names, brackets and space, and perhaps a comment.
fn between(text: &str) -> String {
    if text.contains('/') {
        masked(text)
    } else {
        text.to_owned()
    }
}

/// Each value below `item`, in order, as it may be shown.
fn values(text: &str, name: &str, item: &Item, depth: usize, hidden: &mut Vec<(Range<usize>, String)>) {
    let written = &text[item.span.clone()];
    let object = (item.kind == Kind::Object && depth < DEEPEST).then(|| json::object(text, item));
    match object {
        Some(Ok(object)) => {
            for member in &object.members {
                values(text, &member.name, &member.value, depth + 1, hidden);
            }
        }
        _ if item.kind == Kind::Text => hidden.push((item.span.clone(), value(name, written))),
        _ => hidden.push((item.span.clone(), masked(written))),
    }
}

fn value(name: &str, written: &str) -> String {
    let value = json::decoded(written);
    if [AUTH_REFRESH, CREDENTIAL_EXPORT, KEY_HELPER].contains(&name) {
        if Own::parse(&value, None).is_some() {
            return written.to_owned();
        }
        // Whoever wrote the command: words that look like a secret are hidden, and no others.
        let words: Vec<String> = value.split(' ').map(masked).collect();
        return json::encoded(&words.join(" "));
    }
    if shadow::is_secret(name, &value) {
        return "\"********\"".to_owned();
    }
    written.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: &str = r#"{"env": {"AWS_REGION": "eu-west-1", "AWS_BEARER_TOKEN_BEDROCK": "bedrock-api-key-abc"}, "awsCredentialExport": "/opt/bin/claude-bedrock credentials --no-fallback", "awsAuthRefresh": "aws sso login --profile dev", "apiKeyHelper": "print --key sk-ant-api03-0123456789", "permissions": {"allow": ["Bash(npm:*)"]}, "model": "opus"}"#;

    /// In one line, in one each, and with several in one.
    fn layouts() -> [String; 3] {
        [
            SETTINGS.to_owned(),
            SETTINGS.replace(", ", ",\n  "),
            SETTINGS.replace('{', "{\n").replace("}, ", "},\n"),
        ]
    }

    #[test]
    fn what_runs_can_be_read_and_no_secret_can_however_the_file_is_laid_out() {
        for text in layouts() {
            let shown = shown(&text);
            assert_eq!(shown.lines().count(), text.lines().count(), "{shown}");
            for readable in [
                "\"eu-west-1\"",
                "\"/opt/bin/claude-bedrock credentials --no-fallback\"",
                "\"aws sso login --profile dev\"",
                "print --key ",
                "Bash(npm:*)",
                "\"model\": \"opus\"",
            ] {
                assert!(shown.contains(readable), "{readable}: {shown}");
            }
            for secret in ["api-key-abc", "0123456789"] {
                assert!(!shown.contains(secret), "{shown}");
            }
        }
    }

    #[test]
    fn comments_deep_values_and_what_is_no_json_hide_what_looks_like_a_secret() {
        const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
        let deep = format!("{}\"{KEY}\"{}", "{\"a\":".repeat(40), "}".repeat(40));
        for text in [
            format!("{{\n  // {KEY}\n  \"a\": 1\n}}"),
            deep,
            format!("{{\"a\": [\"{KEY}\"]}}"),
            format!("{KEY} {{"),
        ] {
            let shown = shown(&text);
            assert!(!shown.contains(KEY), "{shown}");
            assert_eq!(shown.lines().count(), text.lines().count());
        }
    }
}
