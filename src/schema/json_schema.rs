//! The JSON Schemas of both files, with which editors complete and check; made from the one table of keys.
//!
//! They say of a file what reading it says: `tests` hold both against the same texts. What only shows when
//! values meet, such as a key of another method of authentication, is left to `lint`, because the rest may
//! stand in a profile that is extended or in another file.

use serde_json::{Map, Value, json};

use crate::profile::keys::{ENV, HEADERS, KEYS, Key, Kind, MODEL_LABELS, TABLES};
use crate::profile::read::Scope;
use crate::profile::value::COMMAND_SECONDS;
use crate::system::paths;
use crate::system::text::INVISIBLE;
use crate::variables;

/// Names that can be typed, completed and shown anywhere, as `layers::check_name` has them.
const NAME: &str = r"^[\p{L}\p{N}_@+][\p{L}\p{N}_@+.-]*$";

/// Text on one line that shows what it is, as `system::text::is_steering` has it.
fn line() -> String {
    let ranges = INVISIBLE
        .iter()
        .map(|range| match (u32::from(*range.start()), u32::from(*range.end())) {
            (start, end) if end <= 0xffff => format!(r"\u{start:04x}-\u{end:04x}"),
            // Beyond, regular expressions have no escape in common.
            _ => format!("{}-{}", range.start(), range.end()),
        });
    format!(r"^[^\p{{Cc}}{}]+$", ranges.collect::<String>())
}

/// What a variable can hold.
const WITHOUT_NUL: &str = r"^[^\u0000]*$";

/// The schema of `config.toml`.
pub fn config() -> Value {
    let mut definitions = definitions(Scope::Profile);
    definitions.insert("profile".to_owned(), keys(Scope::Profile, Map::new()));
    let schema = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "default_profile": { "type": "string", "description": "The profile that is active where no project file applies.", "examples": ["work"] },
            "trusted": {
                "type": "array",
                "items": { "type": "string", "pattern": "^(/|~$|~/|[A-Za-z]:)" },
                "description": "Directories below which every project file is allowed. Counts in the user's own file only.",
                "examples": [["~/work"]],
            },
            "profiles": {
                "type": "object",
                "description": "Profiles by name.",
                "propertyNames": { "pattern": NAME, "not": { "const": paths::OFF } },
                "additionalProperties": reference("profile"),
            },
        },
    });
    root("claude-bedrock: config.toml", schema, definitions)
}

/// The schema of `.claude-bedrock.toml`.
pub fn project() -> Value {
    let mut own = Map::new();
    own.insert(
        "profile".to_owned(),
        json!({
            "anyOf": [{ "type": "string" }, { "const": false }],
            "description": "The profile that this directory and all below it use; `false`: none, not even the default one.",
            "examples": ["work", false],
        }),
    );
    own.insert(
        "team".to_owned(),
        json!({ "type": "string", "description": "Where the team's profiles are: shown to whoever lacks the profile, never called.", "examples": ["https://git.example.com/platform/bedrock-profiles"] }),
    );
    own.insert(
        "hint".to_owned(),
        json!({ "type": "string", "description": "What helps whoever lacks the profile, in the team's own words.", "examples": ["ask in #platform for access to acme-eu"] }),
    );
    own.insert(
        "root".to_owned(),
        json!({ "type": "boolean", "description": "Whether project files above this one do not count.", "examples": [true] }),
    );
    root(
        "claude-bedrock: .claude-bedrock.toml",
        keys(Scope::Project, own),
        definitions(Scope::Project),
    )
}

/// Draft 7, because Taplo and the editors that use it know none later.
fn root(title: &str, mut schema: Value, definitions: Map<String, Value>) -> Value {
    schema["title"] = json!(title);
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    schema["definitions"] = Value::Object(definitions);
    schema
}

/// What several keys refer to.
fn definitions(scope: Scope) -> Map<String, Value> {
    let all = [
        ("secret", secret()),
        ("model", model()),
        ("overrides", overrides()),
        ("headers", headers()),
        ("env", variables_schema(scope)),
    ];
    all.into_iter()
        .map(|(name, schema)| (name.to_owned(), schema))
        .collect()
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/definitions/{name}") })
}

fn overrides() -> Value {
    json!({
        "type": "object",
        "description": "What is sent for an Anthropic ID, such as an application inference profile's ARN.",
        "additionalProperties": { "type": "string", "pattern": r"^\P{Cc}+$" },
    })
}

/// A table of profile keys, in addition to the `own` ones of a file.
fn keys(scope: Scope, mut own: Map<String, Value>) -> Value {
    for key in KEYS.iter().filter(|key| scope.allows(key.path)) {
        let schema = of_key(key);
        match key.path.split_once('.') {
            None => {
                own.insert(key.path.to_owned(), schema);
            }
            Some((table, name)) => {
                let summary = TABLES
                    .iter()
                    .find(|(name, _)| *name == table)
                    .map(|(_, summary)| *summary);
                let entry = own.entry(table.to_owned()).or_insert_with(|| {
                    json!({ "type": "object", "description": summary, "additionalProperties": false, "properties": {} })
                });
                entry["properties"][name] = schema;
            }
        }
    }
    own["models"]["properties"]["overrides"] = reference("overrides");
    own.insert(HEADERS.to_owned(), reference("headers"));
    own.insert(ENV.to_owned(), reference("env"));
    json!({ "type": "object", "additionalProperties": false, "properties": own })
}

/// What a key's value may be, with its summary and its example.
fn of_key(key: &Key) -> Value {
    let mut schema = match key.kind {
        Kind::Text if key.path == "description" => json!({ "type": "string", "pattern": WITHOUT_NUL }),
        Kind::Text | Kind::Profile => json!({ "type": "string", "pattern": line() }),
        Kind::OneOf(words) => json!({ "enum": words }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Account => json!({ "type": "string", "pattern": "^[0-9]{12}$" }),
        Kind::Url => json!({ "type": "string", "pattern": "^https?://.", "allOf": [{ "pattern": line() }] }),
        // In draft 7 nothing counts beside `$ref`.
        Kind::Secret => json!({ "allOf": [reference("secret")] }),
        Kind::Models => json!({ "type": "array", "minItems": 1, "items": { "type": "string", "pattern": line() } }),
        Kind::Model => json!({ "allOf": [reference("model")] }),
    };
    schema["description"] = json!(key.summary);
    schema["examples"] = json!([example(key)]);
    schema
}

fn secret() -> Value {
    let place = |name: &str, summary: &str| {
        let text = json!({ "type": "string", "pattern": r"^[^\u0000]*[^\s\u0000][^\u0000]*$", "description": summary });
        json!({ "type": "object", "additionalProperties": false, "required": [name], "properties": { name: text } })
    };
    let mut command = place("command", "What prints it. No shell runs it.");
    command["properties"]["timeout"] = json!({
        "type": "integer", "minimum": 1, "description": "How many seconds it may take.", "default": COMMAND_SECONDS,
    });
    json!({
        "description": "Where a secret is, never the secret.",
        "oneOf": [
            place("keyring", "Its name in the system's keyring."),
            command,
            place("file", "A file of your own with the mode 0600: an absolute path, or one that begins with `~/`."),
            place("env", "Another variable."),
        ],
    })
}

fn model() -> Value {
    let name = json!({ "type": "string", "pattern": line() });
    let mut properties = Map::from_iter([("id".to_owned(), name.clone())]);
    for (label, _) in MODEL_LABELS {
        properties.insert((*label).to_owned(), json!({ "type": "string", "pattern": WITHOUT_NUL }));
    }
    json!({
        "description": "A model: an alias, an Anthropic ID, a Bedrock ID or an ARN; as a table, with what the picker shows of it.",
        "anyOf": [name, { "type": "object", "additionalProperties": false, "minProperties": 1, "properties": properties }],
    })
}

fn headers() -> Value {
    json!({
        "type": "object",
        "description": "More request headers, one line each.",
        "propertyNames": { "pattern": "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$" },
        "additionalProperties": { "anyOf": [{ "type": "string", "pattern": r"^\P{Cc}*$" }, reference("secret")] },
        "examples": [{ "X-Team": "platform", "X-Api-Key": { "keyring": "gateway-key" } }],
    })
}

fn variables_schema(scope: Scope) -> Value {
    let prefixes: Vec<&str> = variables::not_free_prefixes().collect();
    let mut forbidden = vec![json!({ "pattern": format!("^({})", prefixes.join("|")) })];
    let names: Vec<&str> = variables::not_free().collect();
    forbidden.push(json!({ "enum": names }));
    if scope == Scope::Project {
        // Lower case as well, which draft 7 has no other way to say.
        let either = |name: &str| name.chars().map(either_case).collect::<String>();
        let names: Vec<String> = variables::not_a_projects().map(either).collect();
        let prefixes: Vec<String> = variables::not_a_projects_prefixes().map(either).collect();
        forbidden.push(json!({ "pattern": format!("^(({})$|{})", names.join("|"), prefixes.join("|")) }));
    }
    json!({
        "type": "object",
        "description": "Any other variables, verbatim; false unsets one.",
        "propertyNames": {
            "pattern": "^[A-Za-z_][A-Za-z0-9_]*$",
            "not": { "anyOf": forbidden },
        },
        "additionalProperties": { "anyOf": [{ "type": "string", "pattern": WITHOUT_NUL }, { "const": false }] },
        "examples": [{ "CLAUDE_CODE_MAX_OUTPUT_TOKENS": "16000", "HTTP_PROXY": false }],
    })
}

fn either_case(c: char) -> String {
    if c.is_ascii_alphabetic() {
        format!("[{}{}]", c.to_ascii_uppercase(), c.to_ascii_lowercase())
    } else {
        c.to_string()
    }
}

/// The example of a key as JSON.
pub(super) fn example(key: &Key) -> Value {
    let parsed: Result<Map<String, Value>, _> = toml::from_str(&format!("example = {}", key.example));
    parsed
        .ok()
        .and_then(|mut table| table.remove("example"))
        .unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::diagnostic::Source;
    use crate::profile::layers;
    use crate::profile::layers::{Config, Project};

    #[test]
    fn every_key_has_an_example_that_its_own_schema_accepts() {
        for key in KEYS {
            let value = example(key);
            assert!(!value.is_null(), "{}: the example is not TOML", key.path);
            let mut schema = project();
            let mut of_key = &schema["properties"];
            for part in key.path.split('.') {
                of_key = if of_key.get(part).is_some() {
                    &of_key[part]
                } else {
                    &of_key["properties"][part]
                };
            }
            let wanted = of_key.clone();
            // `extends` is a key of profiles only.
            if wanted.is_null() {
                continue;
            }
            schema["properties"] = json!({ "it": wanted });
            let validator = jsonschema::validator_for(&schema).unwrap();
            assert!(validator.is_valid(&json!({ "it": value })), "{}: {value}", key.path);
        }
    }

    /// Every TOML block of the documentation, and whether it is of `config.toml`.
    fn documented() -> Vec<(String, bool)> {
        let root = env!("CARGO_MANIFEST_DIR");
        let pages = std::fs::read_dir(format!("{root}/docs"))
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let mut blocks = Vec::new();
        for file in pages
            .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
            .chain([format!("{root}/README.md").into()])
        {
            let text = std::fs::read_to_string(file).unwrap();
            let mut rest = text.as_str();
            while let Some((_, after)) = rest.split_once("```toml\n") {
                let (block, after) = after.split_once("```").unwrap();
                let is_config =
                    block.contains("[profiles.") || block.contains("default_profile") || block.contains("trusted");
                // Those for starship and mise are theirs.
                if !block.contains("CLAUDE_BEDROCK_ACTIVE") && !block.starts_with("tasks.") {
                    blocks.push((block.to_owned(), is_config));
                }
                rest = after;
            }
            // The reference's examples are single lines.
            for line in text.lines() {
                if let Some(example) = line
                    .strip_prefix("| Example | `")
                    .and_then(|rest| rest.strip_suffix("` |"))
                {
                    blocks.push((format!("[profiles.example]\n{example}\n"), true));
                }
            }
        }
        blocks
    }

    #[test]
    fn every_example_of_the_documentation_fits_its_schema_and_can_be_read() {
        let blocks = documented();
        assert!(blocks.len() >= 38, "{} blocks", blocks.len());
        for (block, is_config) in blocks {
            assert_eq!(judged(&block, is_config), (true, true), "{block}");
        }
    }

    /// Whether the schema accepts a file, and whether it can be read.
    fn judged(text: &str, is_config: bool) -> (bool, bool) {
        thread_local! {
            static VALIDATORS: [jsonschema::Validator; 2] =
                [project(), config()].map(|schema| jsonschema::validator_for(&schema).unwrap());
        }
        let value: Value = toml::from_str(text).unwrap();
        let by_schema = VALIDATORS.with(|validators| validators[usize::from(is_config)].is_valid(&value));
        let source = Rc::new(Source::new("x.toml".into(), text.to_owned()));
        let by_reader = if is_config {
            let table = layers::parse(&source).unwrap();
            Config::new(&source, table.get_ref()).is_ok_and(|config| {
                let names: Vec<String> = config.names().map(|(name, _)| name.to_owned()).collect();
                names.iter().all(|name| config.profile(name).is_ok())
            })
        } else {
            Project::parse(&source).is_ok()
        };
        (by_schema, by_reader)
    }

    /// Lines of a profile that are right.
    const GOOD: &[&str] = &[
        "",
        "description = \"\"",
        "description = \"two\\nlines\"",
        "region = \"eu-west-1\"",
        "region = \"not a region\"",
        "region = \"é\"",
        "geography = \"none\"",
        "account = \"123456789012\"",
        "endpoint = \"both\"",
        "base_url = \"http://localhost:8080\"",
        "fips = false",
        "small_fast_region = \"x\"",
        "service_tier = \"flex\"",
        "auth = {}",
        "auth.method = \"ambient\"",
        "auth = { method = \"aws-profile\", profile = \"a b\", isolate = true }",
        // Of another method, which may stand in what is extended.
        "auth.api_key = { keyring = \"x\" }",
        "auth.api_key = { command = \"op read x\" }",
        "auth.api_key = { command = \"op read x\", timeout = 1 }",
        "auth.token = { file = \"relative\" }",
        "auth.token = { env = \" x \" }",
        "models = {}",
        "models.main = \"anything at all\"",
        "models.opus = \"claude-opus-5-5[1m]\"",
        "models.opus = { id = \"x\" }",
        "models.opus = { name = \"\" }",
        "models.haiku = { id = \"x\", name = \"a\\nb\", description = \"\", capabilities = \"effort\" }",
        "guardrail = { id = \"x\", version = \"1\", trace = \"enabled_full\" }",
        "guardrail.trace = \"disabled\"",
        "headers = {}",
        "headers.X-A = \"\"",
        "headers = { \"X-A!#$%&'*+.^_`|~\" = \"é, \\\"b\\\": c\" }",
        "env = {}",
        "env.HTTP_PROXY = false",
        "env = { _A1 = \"a\\nb\", path_to = \"\" }",
    ];

    /// Lines of a profile that are wrong.
    const BAD: &[&str] = &[
        "regoin = \"x\"",
        "description = 1",
        "description = \"a\\u0000\"",
        "region = \"\"",
        "region = 1",
        "region = [\"x\"]",
        "region = \"a\\nb\"",
        "region = \"a\\u202eb\"",
        "region = \"a\\u200bb\"",
        "geography = \"US\"",
        "geography = \"\"",
        "account = \"12345678901\"",
        "account = 123456789012",
        "account = \"١٢٣٤٥٦٧٨٩٠١٢\"",
        "endpoint = \"runtime\"",
        "base_url = \"https://\"",
        "base_url = \"ftp://x\"",
        "base_url = \"localhost\"",
        "base_url = \"https://x\\ny\"",
        "fips = \"true\"",
        "fips = 1",
        "small_fast_region = \"\"",
        "service_tier = \"reserved\"",
        "auth = \"ambient\"",
        "auth.method = \"sso\"",
        "auth.methd = \"ambient\"",
        "auth.isolate = \"yes\"",
        "auth.profile = \"\"",
        "auth.api_key = \"plain\"",
        "auth.api_key = 1",
        "auth.api_key = {}",
        "auth.api_key = { keyring = \"\" }",
        "auth.api_key = { keyring = \" \" }",
        "auth.api_key = { keyring = \"a\", env = \"B\" }",
        "auth.api_key = { keyring = \"a\", timeout = 5 }",
        "auth.api_key = { command = \"a\", timeout = 0 }",
        "auth.api_key = { command = \"a\", timeout = -1 }",
        "auth.api_key = { command = \"a\", timeout = \"5\" }",
        "auth.api_key = { command = \"a\", timeout = 1.5 }",
        "auth.api_key = { timeout = 5 }",
        "auth.api_key = { vault = \"a\" }",
        "auth.api_key = { file = \"a\\u0000b\" }",
        "models = \"sonnet\"",
        "models.main = { id = \"x\" }",
        "models.main = \"\"",
        "models.opus = \"\"",
        "models.opus = {}",
        "models.opus = { id = \"\" }",
        "models.opus = { id = \"x\", label = \"y\" }",
        "models.opus = { id = 1 }",
        "models.opus = { id = \"x\", name = \"a\\u0000\" }",
        "models.instant = \"x\"",
        "guardrail = \"x\"",
        "guardrail.id = \"\"",
        "guardrail.trace = \"ENABLED\"",
        "guardrail.name = \"x\"",
        "headers = \"X-A: b\"",
        "headers = { \"X A\" = \"b\" }",
        "headers = { \"\" = \"b\" }",
        "headers = { \"X-É\" = \"b\" }",
        "headers.X-A = 1",
        "headers.X-A = false",
        "headers.X-A = \"a\\nb\"",
        "headers.X-A = \"a\\tb\"",
        "env = []",
        "env.A = 1",
        "env.A = true",
        "env.A = \"a\\u0000\"",
        "env.1A = \"x\"",
        "env = { \"A-B\" = \"x\" }",
        "env = { \"\" = \"x\" }",
        "env.PWD = \"x\"",
        "env.zsh_eval_context = \"x\"",
        "env.fish_greeting = \"x\"",
        "env.AWS_REGION = \"x\"",
        "env.AWS_PROFILE = false",
        "env.CLAUDE_BEDROCK_PROFILE = \"x\"",
        "env.ANTHROPIC_CUSTOM_HEADERS = \"x\"",
    ];

    /// What a profile of the user's may set and a project may not, and what it may.
    #[test]
    fn the_schema_knows_what_a_project_may_not_move() {
        let names = variables::not_a_projects().map(str::to_owned);
        let longer = variables::not_a_projects_prefixes().map(|start| format!("{start}_X"));
        for name in names.chain(longer) {
            for name in [name.to_lowercase(), name] {
                let line = format!("env.{name} = \"x\"");
                assert_eq!(judged(&line, false), (false, false), "{line}");
            }
        }
        for name in [
            "HOMEX",
            "MY_HOME",
            "AWS_CONFIG_FILES",
            "TMPDIRS",
            "CLAUDE_CODE_MAX_OUTPUT_TOKENS",
        ] {
            let line = format!("env.{name} = \"x\"");
            assert_eq!(judged(&line, false), (true, true), "{line}");
        }
        for name in ["AWS_CONFIG_FILE", "XDG_DATA_HOME", "CLAUDE_CONFIG_DIR"] {
            let text = format!("[profiles.a]\nenv.{name} = \"x\"");
            assert_eq!(judged(&text, true), (true, true), "{text}");
        }
        for c in INVISIBLE.iter().flat_map(|range| [*range.start(), *range.end()]) {
            let line = format!("region = \"a{c}b\"");
            assert_eq!(judged(&line, false), (false, false), "{:04x}", u32::from(c));
        }
    }

    #[test]
    fn what_can_be_read_fits_the_schema_and_what_cannot_does_not() {
        for (lines, verdict) in [(GOOD, true), (BAD, false)] {
            for line in lines {
                let text = format!("[profiles.a]\n{line}\n");
                assert_eq!(
                    judged(&text, true),
                    (verdict, verdict),
                    "profile: {line} (schema, reader)"
                );
                assert_eq!(
                    judged(line, false),
                    (verdict, verdict),
                    "project: {line} (schema, reader)"
                );
            }
        }
        for (text, is_config, verdict) in [
            ("extends = \"a\"", false, false),
            ("[profiles.a]\nextends = \"b\"", true, true),
            ("[profiles.a]\nextends = \"\"", true, false),
            ("[profiles.a]\nextends = true", true, false),
            ("profile = \"work\"\nroot = true", false, true),
            ("profile = 1", false, false),
            ("root = \"true\"", false, false),
            ("[profiles.a]\nprofile = \"b\"", true, false),
            ("[profiles.a]\nroot = true", true, false),
            ("default_profile = \"a\"\ntrusted = []", true, true),
            ("default_profile = 1", true, false),
            ("trusted = [\"~/work\", \"/srv\", \"~\"]", true, true),
            ("trusted = \"~/work\"", true, false),
            ("trusted = [\"work\"]", true, false),
            ("trusted = [\"~other/work\"]", true, false),
            ("trusted = [1]", true, false),
            ("profiles = []", true, false),
            ("profiles.a = 1", true, false),
            ("[profiles.off]", true, false),
            ("[profiles.-a]", true, false),
            ("[profiles.\".a\"]", true, false),
            ("[profiles.\"a b\"]", true, false),
            ("[profiles.\"\"]", true, false),
            ("[profiles.\"é_@+.-1\"]", true, true),
            ("[profiles.a]\n[other]", true, false),
            ("default_profile = \"a\"", false, false),
        ] {
            assert_eq!(judged(text, is_config), (verdict, verdict), "{text} (schema, reader)");
        }
    }
}
