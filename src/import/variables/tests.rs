//! What is taken is what the source means, and nothing is dropped without a word.

use std::collections::BTreeSet;
use std::rc::Rc;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::super::{Reading, Value, Variable};
use super::*;
use crate::diagnostic::Source;
use crate::edit::findings;
use crate::environment::{Environment, Wanted};
use crate::profile::layers::{self, Config};
use crate::profile::{Reason, resolve};
use crate::schema::Kind as File;

/// Names of every kind, each with values that Claude Code takes for it.
const NAMES: &[(&str, &[&str])] = &[
    ("AWS_REGION", &["us-east-1", "EU-WEST-1", "us_west_2", ""]),
    ("AWS_DEFAULT_REGION", &["us-east-1", "ap-northeast-1"]),
    ("AWS_PROFILE", &["dev", "a b", ""]),
    ("AWS_DEFAULT_PROFILE", &["dev"]),
    ("AWS_ACCESS_KEY_ID", &["AKIAIOSFODNN7EXAMPLE"]),
    ("AWS_SECRET_ACCESS_KEY", &["wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"]),
    ("AWS_SESSION_TOKEN", &["hush-session", ""]),
    ("AWS_BEARER_TOKEN_BEDROCK", &["hush-bearer", " "]),
    ("AWS_CONFIG_FILE", &["/etc/aws/config"]),
    ("AWS_SHARED_CREDENTIALS_FILE", &["/etc/aws/credentials"]),
    ("AWS_USE_FIPS_ENDPOINT", &["true"]),
    ("AWS_VAULT", &["dev"]),
    ("CLAUDE_CODE_USE_MANTLE", &["1", "0"]),
    ("CLAUDE_CODE_USE_VERTEX", &["1", "0", ""]),
    ("CLAUDE_CODE_SKIP_BEDROCK_AUTH", &["1", "false"]),
    ("CLAUDE_CODE_SKIP_MANTLE_AUTH", &["1"]),
    ("ANTHROPIC_BEDROCK_BASE_URL", &["https://gateway.example.com/bedrock"]),
    (
        "ANTHROPIC_BEDROCK_MANTLE_BASE_URL",
        &["https://gateway.example.com/bedrock/anthropic"],
    ),
    ("ANTHROPIC_AUTH_TOKEN", &["hush-token"]),
    ("ANTHROPIC_API_KEY", &["hush-key", ""]),
    ("ANTHROPIC_BASE_URL", &["https://api.example.com"]),
    (
        "ANTHROPIC_MODEL",
        &["sonnet", "us.anthropic.claude-sonnet-4-6", "opus[1m]"],
    ),
    ("ANTHROPIC_DEFAULT_MODEL", &["opus"]),
    (
        "ANTHROPIC_DEFAULT_OPUS_MODEL",
        &["arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc"],
    ),
    ("ANTHROPIC_DEFAULT_OPUS_MODEL_NAME", &["Team Opus"]),
    (
        "ANTHROPIC_DEFAULT_OPUS_MODEL_SUPPORTED_CAPABILITIES",
        &["thinking,effort"],
    ),
    ("ANTHROPIC_DEFAULT_SONNET_MODEL", &["eu.anthropic.claude-sonnet-4-6"]),
    ("ANTHROPIC_DEFAULT_SONNET_MODEL_DESCRIPTION", &["Ours"]),
    (
        "ANTHROPIC_DEFAULT_HAIKU_MODEL",
        &["us.anthropic.claude-haiku-4-5-20251001-v1:0"],
    ),
    (
        "ANTHROPIC_SMALL_FAST_MODEL",
        &["us.anthropic.claude-haiku-4-5-20251001-v1:0", "us.x"],
    ),
    ("ANTHROPIC_SMALL_FAST_MODEL_AWS_REGION", &["us-west-2"]),
    ("ANTHROPIC_CUSTOM_MODEL_OPTION", &["global.anthropic.claude-opus-5"]),
    ("ANTHROPIC_CUSTOM_MODEL_OPTION_NAME", &["Mine"]),
    ("CLAUDE_CODE_SUBAGENT_MODEL", &["haiku"]),
    ("CLAUDE_CODE_SUBAGENT_MODEL_FORCE", &["1"]),
    (
        "ANTHROPIC_CUSTOM_HEADERS",
        &[
            "X-Team: a\nx-team: b",
            "X-Amzn-Bedrock-GuardrailIdentifier: g\nX-Amzn-Bedrock-GuardrailVersion: 1\nX-Amzn-Bedrock-Trace: ENABLED",
            "X-Amzn-Bedrock-GuardrailIdentifier: g",
            "x-api-key: hush-header\nX-Team: a",
            "nothing",
        ],
    ),
    ("ANTHROPIC_BEDROCK_SERVICE_TIER", &["priority", "reserved"]),
    ("ANTHROPIC_BEDROCK_REGION_PREFIX", &["eu", "EU", "us."]),
    ("CLAUDE_CODE_MAX_OUTPUT_TOKENS", &["16000"]),
    ("MAX_THINKING_TOKENS", &["1024"]),
    ("DISABLE_TELEMETRY", &["1"]),
    ("DISABLE_AUTO_TITLE", &["true"]),
    (
        "HTTPS_PROXY",
        &["http://proxy.example.com:8080", "http://me:hush@proxy.example.com"],
    ),
    ("no_proxy", &["localhost"]),
    ("NODE_EXTRA_CA_CERTS", &["/etc/ca.pem"]),
    ("API_TIMEOUT_MS", &["600000"]),
    ("OTEL_EXPORTER_OTLP_HEADERS", &["Authorization=Bearer hush"]),
    ("OTEL_METRICS_EXPORTER", &["otlp"]),
    ("GITHUB_TOKEN", &["hush-github"]),
    ("EDITOR", &["vim"]),
    ("PATH", &["/bin"]),
    ("CLAUDECODE", &["1"]),
    ("CLAUDE_CODE_SESSION_ID", &["x"]),
];

const KEYS: &[(&str, &str)] = &[
    ("model", "\"opus\""),
    (
        "modelOverrides",
        "{\"claude-opus-4-6\": \"arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/x\"}",
    ),
    ("availableModels", "[\"claude-opus-5\"]"),
    ("enforceAvailableModels", "true"),
    ("awsAuthRefresh", "\"aws sso login --profile dev\""),
    (
        "awsCredentialExport",
        "\"aws configure export-credentials --profile dev --format process\"",
    ),
    ("apiKeyHelper", "\"/usr/bin/key\""),
    ("permissions", "{}"),
    ("fallbackModel", "\"haiku\""),
];

fn variable(name: &str, value: &str) -> Variable {
    Variable {
        name: name.to_owned(),
        value: Value::Text(value.to_owned()),
        place: "line 1".to_owned(),
    }
}

fn variables() -> impl Strategy<Value = Vec<Variable>> {
    subsequence(NAMES.to_vec(), 0..=NAMES.len())
        .prop_shuffle()
        .prop_flat_map(|names| {
            names
                .into_iter()
                .map(|(name, values)| select(values.to_vec()).prop_map(move |value| variable(name, value)))
                .collect::<Vec<_>>()
        })
        .prop_map(|mut variables| {
            variables.push(variable("CLAUDE_CODE_USE_BEDROCK", "1"));
            variables
        })
}

/// The environment of the profile, checked by the reader itself.
fn environment(found: &Found) -> Environment {
    let path = std::path::Path::new("/config.toml");
    let mut draft = found.draft.clone();
    if !draft.has("region") {
        draft.put("region", "us-east-1");
    }
    let text = draft.toml();
    for (name, finding) in findings(path, &text, File::Config).unwrap_or_else(|error| panic!("{error:?}\n{text}")) {
        assert!(finding.is_ok(), "{name}: {finding:?}\n{text}");
    }
    let source = Rc::new(Source::new(path.to_path_buf(), text.clone()));
    let table = layers::parse(&source).unwrap();
    let configs = [Config::new(&source, table.get_ref()).unwrap()];
    let profile = resolve::extended(&configs, &draft.name, &Reason::Chosen).unwrap();
    Environment::of(&profile).unwrap_or_else(|error| panic!("{error:?}\n{text}"))
}

proptest! {
    #[test]
    fn each_name_is_used_once_and_what_is_taken_has_its_value(
        variables in variables(),
        keys in subsequence(KEYS.to_vec(), 0..=KEYS.len()),
        is_claudes in any::<bool>(),
        secrets_stay in any::<bool>(),
    ) {
        let reading = Reading {
            keys: keys.iter().map(|(key, value)| ((*key).to_owned(), serde_json::from_str(value).unwrap())).collect(),
            variables: variables.clone(),
            is_claudes,
            ..Reading::default()
        };
        let wishes = Wishes { secrets_stay, ..Wishes::default() };
        let found = profile("work", &reading, &wishes);
        prop_assert!(found.is_other.is_none(), "{found:?}");

        // Taken, left with a reason, or set aside: one of them, and once.
        let taken: Vec<&str> = found.taken.iter().map(|(name, _)| name.as_str()).collect();
        let left: BTreeSet<&str> = found.unmapped.iter().map(|(name, _)| name.as_str()).collect();
        let names = variables.iter().map(|variable| variable.name.as_str()).chain(keys.iter().map(|(key, _)| *key));
        for name in names {
            let as_taken = taken.iter().filter(|taken| **taken == name).count();
            let aside = usize::from(found.aside.iter().any(|aside| aside == name));
            let times = as_taken.min(1) + usize::from(left.contains(name)) + aside;
            let may_be_both = name == "ANTHROPIC_CUSTOM_HEADERS";
            prop_assert!(times == 1 || (may_be_both && times > 0), "{name}: {as_taken} {aside} {left:?}\n{found:?}");
        }

        // No secret is in the profile.
        let text = found.draft.toml();
        prop_assert!(!text.contains("hush") && !text.contains("wJalr") && !text.contains("AKIA"), "{text}");

        // The profile means what the source means.
        let environment = environment(&found);
        for (name, path) in &found.taken {
            let Some(variable) = variables.iter().find(|variable| variable.name == *name) else { continue };
            let value = variable.value.text().unwrap().trim();
            // A blank one is as good as none.
            if value.is_empty() {
                continue;
            }
            let wanted = environment.get(name).map(|setting| &setting.wanted);
            let is_flag = name.starts_with("CLAUDE_CODE_USE_") || name.starts_with("CLAUDE_CODE_SKIP_");
            match wanted {
                Some(Wanted::Text(text)) if is_flag => prop_assert!(is_on(value) && is_on(text), "{name}"),
                Some(Wanted::Text(text)) if name == "ANTHROPIC_CUSTOM_HEADERS" => {
                    for line in text.lines() {
                        let line = line.to_lowercase();
                        prop_assert!(value.to_lowercase().contains(&line), "{line}\n{value}");
                    }
                }
                Some(Wanted::Text(text)) if name.ends_with("_REGION") || name.ends_with("_PREFIX") => {
                    prop_assert_eq!(text, &value.to_lowercase());
                }
                Some(Wanted::Text(text)) => prop_assert_eq!(text, value, "{}\n{}", name, found.draft.toml()),
                Some(Wanted::Secret(_)) => prop_assert!(found.secrets.iter().any(|moved| moved.variable == *name), "{name}"),
                Some(Wanted::Unset) | None => {
                    let is_renamed = ["ANTHROPIC_SMALL_FAST_MODEL", "ANTHROPIC_BEDROCK_REGION_PREFIX"].contains(&name.as_str());
                    prop_assert!(is_renamed || path.is_empty() || path.starts_with("auth.") || !is_on(value), "{name} {path}\n{}", found.draft.toml());
                }
            }
        }
    }
}

#[test]
fn what_is_another_providers_is_no_profile() {
    for variables in [
        vec![variable("DISABLE_AUTO_TITLE", "true")],
        vec![variable("DISABLE_TELEMETRY", "1")],
        vec![
            variable("CLAUDE_CODE_USE_VERTEX", "1"),
            variable("CLOUD_ML_REGION", "us-east5"),
        ],
        vec![
            variable("CLAUDE_CODE_USE_ANTHROPIC_AWS", "1"),
            variable("AWS_REGION", "us-east-1"),
        ],
        vec![variable("CLAUDE_CODE_USE_FOUNDRY", "1")],
        vec![
            variable("CLAUDE_CODE_USE_BEDROCK", "0"),
            variable("AWS_REGION", "us-east-1"),
        ],
        vec![
            variable("CLAUDE_CODE_USE_BEDROCK", "enabled"),
            variable("AWS_REGION", "us-east-1"),
        ],
        vec![
            variable("CLAUDE_CODE_USE_BEDROCK", "1"),
            variable("CLAUDE_CODE_USE_GATEWAY", "1"),
        ],
        vec![
            variable("CLAUDE_CODE_USE_MANTLE", "1"),
            variable("CLAUDE_CODE_USE_FOUNDRY", "1"),
        ],
        vec![
            variable("ANTHROPIC_BASE_URL", "https://x"),
            variable("ANTHROPIC_AUTH_TOKEN", "y"),
        ],
        vec![variable("AWS_PROFILE", "dev"), variable("AWS_REGION", "us-east-1")],
        vec![],
    ] {
        let reading = Reading {
            variables: variables.clone(),
            is_claudes: true,
            ..Reading::default()
        };
        let found = profile("work", &reading, &Wishes::default());
        assert!(
            found.is_other.is_some() && found.draft.entries.is_empty(),
            "{variables:?}"
        );
    }
}
