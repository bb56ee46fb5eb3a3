//! The reference of every key, made from the one table of keys.

use crate::profile::keys::{KEYS, Kind, MODEL_LABELS};

/// The reference of every key, in Markdown.
pub fn markdown() -> String {
    let mut text = String::from(
        "# Every key of a profile\n\n\
         This page is generated from the table that the program itself reads by (`claude-bedrock schema --reference`); a test keeps it equal.\n\n\
         A profile is a table `[profiles.NAME]` in `config.toml`. A project file `.claude-bedrock.toml` may hold any of these keys at its top level, but for `extends`,\n\
         and refines the profile key by key; it also knows `profile = \"NAME\"` and `root = true`. `config.toml` also knows `default_profile = \"NAME\"` and\n\
         `trusted = [\"~/work\"]`. JSON Schemas for editors: `claude-bedrock schema`, `claude-bedrock schema --project`; with `--write` beside the\n\
         file, where Taplo and editors that use it find it by the first line `#:schema ./config.schema.json`. No command writes one unasked; `init --schema` writes both for a project file.\n\n\
         A *secret* is a table that says where the value is, never the value: `{ keyring = \"name\" }`, `{ command = \"op read op://…\", timeout = 60 }` (no shell runs it; it\n\
         runs in the directory of the file that names it, and is found by an absolute path, one below `~/`, or on PATH; the time limit in seconds), `{ file = \"~/path\" }` (your own, mode 0600) or `{ env = \"NAME\" }`.\n",
    );
    for key in KEYS {
        text.push_str(&format!("\n## `{}`\n\n{}\n\n", key.path, key.summary));
        let mut rows = vec![("Type", kind_text(key.kind)), ("Default", key.default.to_owned())];
        if !key.sets.is_empty() {
            rows.push(("Sets", key.sets.to_owned()));
        }
        rows.push(("Example", format!("`{} = {}`", key.path, key.example)));
        text.push_str("| | |\n|---|---|\n");
        for (name, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
            text.push_str(&format!("| {name} | {value} |\n"));
        }
    }
    text.push_str(
        "\n## `models.overrides`\n\nWhat is sent for an Anthropic ID, version by version: an application inference profile's ARN, mostly. It acts on Anthropic IDs and on \
         aliases that resolve to them, not on Bedrock IDs.\n\n\
         | | |\n|---|---|\n| Type | table of text |\n| Default | none |\n| Sets | modelOverrides, through the launcher and `settings apply` |\n\
         | Example | `models.overrides = { claude-opus-5 = \"arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc\" }` |\n\
         \n## `headers`\n\nMore request headers, by name, one line each. A value is a text, or says where a secret is, as in `auth`. A header that the guardrail sets may not stand here too.\n\n\
         | | |\n|---|---|\n| Type | table of text or secrets |\n| Default | none |\n| Sets | ANTHROPIC_CUSTOM_HEADERS, lines with real newlines between them |\n\
         | Example | `headers = { \"X-Team\" = \"platform\", \"X-Api-Key\" = { keyring = \"gateway-key\" } }` |\n\
         \n## `env`\n\nAny other variables, verbatim. Variables that a key sets, that steer the program, or that belong to a shell are errors.\n\n\
         | | |\n|---|---|\n| Type | table of text, or `false` to unset |\n| Default | none |\n| Sets | what it names |\n\
         | Example | `env = { CLAUDE_CODE_MAX_OUTPUT_TOKENS = \"16000\", HTTP_PROXY = false }` |\n",
    );
    text
}

fn kind_text(kind: Kind) -> String {
    match kind {
        Kind::Text => "text".to_owned(),
        Kind::Profile => "name of a profile".to_owned(),
        Kind::OneOf(words) => words
            .iter()
            .map(|word| format!("`{word}`"))
            .collect::<Vec<_>>()
            .join(", "),
        Kind::Flag => "`true` or `false`".to_owned(),
        Kind::Account => "text of 12 digits".to_owned(),
        Kind::Url => "address, `https://…`".to_owned(),
        Kind::Secret => "secret".to_owned(),
        Kind::Models => "array of models".to_owned(),
        Kind::Model => {
            let labels: Vec<String> = MODEL_LABELS.iter().map(|(label, _)| format!("`{label}`")).collect();
            format!("a model, or a table with `id`, {}", labels.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::keys::ALIASES;

    #[test]
    fn every_alias_has_a_key() {
        for alias in ALIASES {
            assert!(KEYS.iter().any(|key| key.path == format!("models.{alias}")));
        }
    }

    #[test]
    fn the_reference_in_the_documentation_is_this_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reference.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, markdown()).unwrap();
        }
        assert_eq!(
            std::fs::read_to_string(path).unwrap(),
            markdown(),
            "run: UPDATE_DOCS=1 cargo test reference"
        );
    }
}
