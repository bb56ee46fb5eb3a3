//! The JSON Schemas of both files and the reference of every key, made from the one table of keys.

use serde_json::{Map, Value, json};

use crate::profile::schema::{ENV, HEADERS, KEYS, Key, Kind, MODEL_LABELS, Scope};

/// The schema of `config.toml`.
pub fn config_schema() -> Value {
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "claude-bedrock: config.toml",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "default_profile": { "type": "string", "description": "The profile that is active where no project file applies.", "examples": ["work"] },
            "trusted": {
                "type": "array",
                "items": { "type": "string", "pattern": "^(/|~(/|$)|[A-Za-z]:)" },
                "description": "Directories below which every project file is allowed. Counts in the user's own file only.",
                "examples": [["~/work"]],
            },
            "profiles": {
                "type": "object",
                "description": "Profiles by name.",
                "propertyNames": { "pattern": "^[\\p{L}\\p{N}_@+][\\p{L}\\p{N}_@+.-]*$", "not": { "const": "off" } },
                "additionalProperties": profile_schema(Scope::Profile, Map::new()),
            },
        },
    })
}

/// The schema of `.claude-bedrock.toml`.
pub fn project_schema() -> Value {
    let mut own = Map::new();
    own.insert(
        "profile".to_owned(),
        json!({ "type": "string", "description": "The profile that this directory and all below it use.", "examples": ["work"] }),
    );
    own.insert(
        "root".to_owned(),
        json!({ "type": "boolean", "description": "Whether project files above this one do not count.", "examples": [true] }),
    );
    let mut schema = profile_schema(Scope::Project, own);
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    schema["title"] = json!("claude-bedrock: .claude-bedrock.toml");
    schema
}

fn profile_schema(scope: Scope, mut properties: Map<String, Value>) -> Value {
    for key in KEYS.iter().filter(|key| scope.allows(key.path)) {
        match key.path.split_once('.') {
            None => {
                properties.insert(key.path.to_owned(), key_schema(key));
            }
            Some((table, name)) => {
                let entry = properties
                    .entry(table.to_owned())
                    .or_insert_with(|| json!({ "type": "object", "additionalProperties": false, "properties": {} }));
                entry["properties"][name] = key_schema(key);
            }
        }
    }
    properties.insert(
        HEADERS.to_owned(),
        json!({
            "type": "object",
            "description": "More request headers, one line each.",
            "propertyNames": { "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$" },
            "additionalProperties": { "type": "string" },
            "examples": [{ "X-Team": "platform" }],
        }),
    );
    properties.insert(
        ENV.to_owned(),
        json!({
            "type": "object",
            "description": "Any other variables, verbatim; false unsets one.",
            "propertyNames": { "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" },
            "additionalProperties": { "anyOf": [{ "type": "string" }, { "const": false }] },
            "examples": [{ "CLAUDE_CODE_MAX_OUTPUT_TOKENS": "16000", "HTTP_PROXY": false }],
        }),
    );
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

fn key_schema(key: &Key) -> Value {
    let mut schema = match key.kind {
        Kind::Text | Kind::Profile => json!({ "type": "string" }),
        Kind::OneOf(words) => json!({ "enum": words }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Account => json!({ "type": "string", "pattern": "^[0-9]{12}$" }),
        Kind::Url => json!({ "type": "string", "pattern": "^https?://." }),
        Kind::Secret => secret_schema(),
        Kind::Model => model_schema(),
    };
    schema["description"] = json!(key.summary);
    schema["examples"] = json!([example(key)]);
    schema
}

fn secret_schema() -> Value {
    let source = |name: &str, more: Value| {
        let mut properties = json!({ name: { "type": "string", "minLength": 1 } });
        if let (Some(own), Some(more)) = (properties.as_object_mut(), more.as_object()) {
            own.extend(more.clone());
        }
        json!({ "type": "object", "additionalProperties": false, "required": [name], "properties": properties })
    };
    json!({
        "oneOf": [
            source("keyring", json!({})),
            source("command", json!({ "timeout": { "type": "integer", "minimum": 1 } })),
            source("file", json!({})),
            source("env", json!({})),
        ]
    })
}

fn model_schema() -> Value {
    let mut properties = json!({ "id": { "type": "string", "minLength": 1 } });
    for (label, _) in MODEL_LABELS {
        properties[label] = json!({ "type": "string" });
    }
    json!({ "anyOf": [{ "type": "string", "minLength": 1 }, { "type": "object", "additionalProperties": false, "properties": properties }] })
}

/// The example of a key as JSON.
fn example(key: &Key) -> Value {
    let parsed: Result<Map<String, Value>, _> = toml::from_str(&format!("example = {}", key.example));
    parsed
        .ok()
        .and_then(|mut table| table.remove("example"))
        .unwrap_or(Value::Null)
}

/// The reference of every key, in Markdown.
pub fn markdown() -> String {
    let mut text = String::from(
        "# Every key of a profile\n\n\
         This page is generated from the table that the program itself reads by (`claude-bedrock schema --reference`); a test keeps it equal.\n\n\
         A profile is a table `[profiles.NAME]` in `config.toml`. A project file `.claude-bedrock.toml` may hold any of these keys at its top level, but for `extends`,\n\
         and refines the profile key by key; it also knows `profile = \"NAME\"` and `root = true`. `config.toml` also knows `default_profile = \"NAME\"` and\n\
         `trusted = [\"~/work\"]`. JSON Schemas for editors: `claude-bedrock schema`, `claude-bedrock schema --project`.\n\n\
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
        "\n## `headers`\n\nMore request headers, by name, one line each. A header that the guardrail sets may not stand here too.\n\n\
         | | |\n|---|---|\n| Type | table of text |\n| Default | none |\n| Sets | ANTHROPIC_CUSTOM_HEADERS, lines with real newlines between them |\n\
         | Example | `headers = { \"X-Team\" = \"platform\" }` |\n\
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
        Kind::Model => {
            let labels: Vec<String> = MODEL_LABELS.iter().map(|(label, _)| format!("`{label}`")).collect();
            format!("a model, or a table with `id`, {}", labels.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::schema::ALIASES;

    #[test]
    fn every_key_has_an_example_that_its_own_schema_accepts() {
        for key in KEYS {
            let value = example(key);
            assert!(!value.is_null(), "{}: the example is not TOML", key.path);
            let validator = jsonschema::validator_for(&key_schema(key)).unwrap();
            assert!(validator.is_valid(&value), "{}: {value}", key.path);
        }
    }

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

    /// Every TOML block of the documentation, and the file it is of.
    fn documented() -> Vec<(String, bool)> {
        let mut blocks = Vec::new();
        for file in ["README.md", "docs/bedrock-how-to.md"] {
            let text = std::fs::read_to_string(format!("{}/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
            let mut rest = text.as_str();
            while let Some((_, after)) = rest.split_once("```toml\n") {
                let (block, after) = after.split_once("```").unwrap();
                let is_config = block.contains("[profiles.") || block.contains("default_profile");
                blocks.push((block.to_owned(), is_config));
                rest = after;
            }
        }
        blocks
    }

    #[test]
    fn every_example_of_the_documentation_fits_its_schema() {
        let config = jsonschema::validator_for(&config_schema()).unwrap();
        let project = jsonschema::validator_for(&project_schema()).unwrap();
        let blocks = documented();
        assert!(blocks.len() >= 4, "{} blocks", blocks.len());
        for (block, is_config) in blocks {
            let value: Value = toml::from_str(&block).unwrap();
            let validator = if is_config { &config } else { &project };
            let errors: Vec<String> = validator
                .iter_errors(&value)
                .map(|error| format!("{error} at {}", error.instance_path()))
                .collect();
            assert_eq!(errors, Vec::<String>::new(), "{block}");
        }
        assert!(
            !config.is_valid(&json!({ "profiles": { "a": { "regoin": "x" } } })),
            "the schema refuses what the program refuses"
        );
        assert!(!project.is_valid(&json!({ "extends": "a" })));
    }
}
