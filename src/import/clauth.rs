//! What two programs called clauth keep in TOML: the account switcher of crates.io (0.4), in
//! `~/.clauth/profiles/NAME/config.toml`, and the set-up for Bedrock from `PyPI` (0.1), in `~/.config/clauth/config.toml`.
//! Each is read as what Claude Code gets when that program starts it (read in their sources, November 2026).

use serde_json::Value as Json;

use super::{Reading, Value, Variable, objects};

/// The switcher's models, and the variable that it sets for each.
const MODELS: [(&str, &str); 5] = [
    ("opus", "ANTHROPIC_DEFAULT_OPUS_MODEL"),
    ("sonnet", "ANTHROPIC_DEFAULT_SONNET_MODEL"),
    ("haiku", "ANTHROPIC_DEFAULT_HAIKU_MODEL"),
    ("fable", "ANTHROPIC_DEFAULT_FABLE_MODEL"),
    ("subagent", "CLAUDE_CODE_SUBAGENT_MODEL"),
];

/// The switcher's list of accounts names them only.
const LIST: &str =
    "it lists clauth's accounts; each account's settings are in profiles/NAME/config.toml next to it: import that";

/// The content of such a file; `None` if it is another kind of file.
pub fn reading(value: &Json) -> Option<Reading> {
    if value.get("profiles").is_some_and(Json::is_array) && value.get("fallback_chain").is_some() {
        return Some(Reading {
            notes: vec![("profiles.toml".to_owned(), LIST.to_owned())],
            ..Reading::default()
        });
    }
    for_bedrock(value).or_else(|| switched(value))
}

fn variable(name: &str, text: &str, place: &str) -> Variable {
    Variable {
        name: name.to_owned(),
        value: Value::Text(text.to_owned()),
        place: format!("`{place}`"),
    }
}

/// The set-up for Bedrock, which always switches it on.
fn for_bedrock(value: &Json) -> Option<Reading> {
    let text = |pointer: &str| value.pointer(pointer)?.as_str().filter(|text| !text.is_empty());
    let profile = text("/aws/profile")?;
    if value.pointer("/models/provider_filter").is_none() && value.pointer("/cli/claude_cli_name").is_none() {
        return None;
    }
    let mut reading = Reading {
        variables: vec![
            variable("CLAUDE_CODE_USE_BEDROCK", "1", "clauth"),
            variable("AWS_PROFILE", profile, "aws.profile"),
        ],
        is_claudes: true,
        ..Reading::default()
    };
    for (pointer, place, name) in [
        ("/aws/region", "aws.region", "AWS_REGION"),
        (
            "/models/default_model_arn",
            "models.default_model_arn",
            "ANTHROPIC_MODEL",
        ),
    ] {
        reading
            .variables
            .extend(text(pointer).map(|text| variable(name, text, place)));
    }
    if text("/models/fast_model_arn").is_some() {
        let why = "clauth hands it to Claude Code as a region, so that it is never asked; if it is to be: models.haiku";
        reading.notes.push(("models.fast_model_arn".to_owned(), why.to_owned()));
    }
    Some(reading)
}

/// An account of the switcher's: `env` goes over all else.
fn switched(value: &Json) -> Option<Reading> {
    let object = value.as_object()?;
    let models = object.get("models").filter(|models| models.is_object());
    let text = |name: &str| object.get(name)?.as_str().filter(|text| !text.is_empty());
    let is_one = text("base_url").is_some()
        || text("api_key").is_some()
        || models.is_some_and(|models| models.get("default").is_some());
    if !is_one {
        return None;
    }
    let mut reading = Reading {
        is_claudes: true,
        ..Reading::default()
    };
    let model = |name: &str| models?.get(name)?.as_str().filter(|text| !text.is_empty());
    for (name, variable_name) in MODELS {
        let found = model(name).map(|text| variable(variable_name, text, &format!("models.{name}")));
        reading.variables.extend(found);
    }
    for (name, variable_name) in [
        ("base_url", "ANTHROPIC_BASE_URL"),
        // By a helper; where nothing is signed, that is what is sent.
        ("api_key", "ANTHROPIC_AUTH_TOKEN"),
    ] {
        reading
            .variables
            .extend(text(name).map(|text| variable(variable_name, text, name)));
    }
    if let Some(text) = model("default") {
        reading.keys.push(("model".to_owned(), text.into()));
    }
    let env = object
        .get("env")
        .map(|env| objects::variables(env, "env"))
        .unwrap_or_default();
    reading
        .variables
        .retain(|one| env.iter().all(|other| other.name != one.name));
    reading.variables.extend(env);
    Some(reading)
}
