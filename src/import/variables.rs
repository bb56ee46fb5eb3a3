//! From variables to a profile: what each means as a key, and which are secrets.

use super::{Found, Variable};
use crate::claude::shadow::is_secret;
use crate::edit::{self, Draft};
use crate::profile::keys::{ALIASES, MODEL_LABELS};
use crate::profile::read::Scope;
use crate::variables;

/// The variables whose text is a key's.
const KEYS: &[(&str, &str)] = &[
    ("AWS_REGION", "region"),
    ("ANTHROPIC_MODEL", "models.main"),
    ("ANTHROPIC_CUSTOM_MODEL_OPTION", "models.custom"),
    ("CLAUDE_CODE_SUBAGENT_MODEL", "models.subagent"),
    ("CLAUDE_CODE_WORKFLOW_SUBAGENT_MODEL", "models.workflow"),
    ("CLAUDE_CODE_AUTO_MODE_MODEL", "models.classifier"),
    ("CLAUDE_CODE_BG_CLASSIFIER_MODEL", "models.background_classifier"),
    ("ANTHROPIC_SMALL_FAST_MODEL_AWS_REGION", "small_fast_region"),
    ("ANTHROPIC_BEDROCK_SERVICE_TIER", "service_tier"),
    ("ANTHROPIC_BEDROCK_REGION_PREFIX", "geography"),
];

/// The guardrail's headers, in small letters.
const GUARDRAIL: &[(&str, &str)] = &[
    ("x-amzn-bedrock-guardrailidentifier", "guardrail.id"),
    ("x-amzn-bedrock-guardrailversion", "guardrail.version"),
    ("x-amzn-bedrock-trace", "guardrail.trace"),
];

/// Beginnings of the variables that tune Claude Code, and go into `env`.
const TUNING: &[&str] = &[
    "CLAUDE_CODE_",
    "MAX_THINKING_TOKENS",
    "DISABLE_",
    "ENABLE_PROMPT_CACHING",
    "BASH_DEFAULT_TIMEOUT_MS",
    "BASH_MAX_",
    "MCP_T",
];

/// What Claude Code and the hook set for their children, and no user does.
const OF_CLAUDE_CODE: &[&str] = &[
    "CLAUDE_CODE_ENTRYPOINT",
    "CLAUDE_CODE_SSE_PORT",
    "CLAUDE_CODE_EXECPATH",
    "CLAUDE_CODE_SESSION_ID",
];

/// A name that can be a profile's: other characters become `-`.
pub fn profile_name(text: &str) -> String {
    let name: String = text
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || "-_.@+".contains(c) {
                c
            } else {
                '-'
            }
        })
        .collect();
    let name = name.trim_start_matches(['-', '.']);
    match name {
        "" | "off" => "imported".to_owned(),
        name => name.to_owned(),
    }
}

/// The profile `name` of these variables; of two values of one name the last counts.
pub fn profile(name: &str, variables: &[Variable]) -> Found {
    let mut reader = Reader {
        variables,
        found: Found {
            draft: Draft::new(name),
            ..Found::default()
        },
    };
    for (variable, value) in variables {
        if value.is_none() && (is_ours(variable) || tunes(variable)) {
            reader.cannot(variable, "a shell would have to work its value out, and nothing is run");
        }
    }
    reader.keys();
    reader.endpoint();
    reader.auth();
    reader.models();
    reader.headers();
    reader.tuning();
    let mut found = reader.found;
    if !found.draft.entries.is_empty() {
        if found.draft.text("region").is_none() {
            let why = "no variable names one; us-east-1 is taken, as Claude Code would";
            found.unmapped.push(("AWS_REGION".to_owned(), why.to_owned()));
            found
                .draft
                .entries
                .insert(0, (edit::split("region"), "us-east-1".into()));
        }
        if found.draft.text("endpoint") != Some("mantle") {
            found.draft.pin_models();
        }
    }
    found.unmapped.dedup();
    found
}

fn is_ours(name: &str) -> bool {
    variables::BEDROCK.contains(&name) || variables::CREDENTIALS.contains(&name)
}

fn tunes(name: &str) -> bool {
    TUNING.iter().any(|start| name.starts_with(start)) && !OF_CLAUDE_CODE.contains(&name)
}

struct Reader<'a> {
    variables: &'a [Variable],
    found: Found,
}

impl<'a> Reader<'a> {
    fn get(&self, name: &str) -> Option<&'a str> {
        let last = self.variables.iter().rev().find(|(known, _)| known == name)?;
        last.1.as_deref().filter(|value| !value.trim().is_empty())
    }

    fn is_on(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|value| ["1", "true", "yes", "on"].contains(&value.to_lowercase().as_str()))
    }

    fn cannot(&mut self, name: &str, why: impl Into<String>) {
        self.found.unmapped.push((name.to_owned(), why.into()));
    }

    /// Takes a variable's value for a key, if the key can have it.
    fn put(&mut self, variable: &str, path: &str, value: &str) {
        if is_secret("", value) {
            self.cannot(
                variable,
                format!("holds what looks like a secret, and `{path}` has no place for one"),
            );
            return;
        }
        match edit::typed(path, value, Scope::Profile) {
            Ok(value) => self.found.draft.put(path, value),
            Err(finding) => self.cannot(variable, finding.message),
        }
    }

    /// A secret goes to the keyring, and its place into the profile.
    fn hide(&mut self, path: &str, value: &str) {
        let name = format!("{}-{}", self.found.draft.name, path.rsplit('.').next().unwrap_or(path));
        if let Ok(place) = edit::secret(path, &format!("keyring:{name}")) {
            self.found.draft.put(path, place);
            self.found.secrets.push((name, value.trim().to_owned()));
        }
    }

    fn keys(&mut self) {
        if self.get("AWS_REGION").is_none()
            && let Some(region) = self.get("AWS_DEFAULT_REGION")
        {
            self.put("AWS_DEFAULT_REGION", "region", region);
        }
        for (variable, path) in KEYS {
            if let Some(value) = self.get(variable) {
                self.put(variable, path, value);
            }
        }
    }

    fn endpoint(&mut self) {
        let (mantle, bedrock) = (
            self.is_on("CLAUDE_CODE_USE_MANTLE"),
            self.is_on("CLAUDE_CODE_USE_BEDROCK"),
        );
        if mantle {
            self.found
                .draft
                .put("endpoint", if bedrock { "both" } else { "mantle" });
        }
        for other in [
            "CLAUDE_CODE_USE_VERTEX",
            "CLAUDE_CODE_USE_FOUNDRY",
            "CLAUDE_CODE_USE_ANTHROPIC_AWS",
            "CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD",
            "CLAUDE_CODE_USE_GATEWAY",
        ] {
            if self.is_on(other) {
                self.cannot(other, "turns another provider on; a profile unsets it");
            }
        }
        if self.get("ANTHROPIC_API_KEY").is_some() {
            self.cannot("ANTHROPIC_API_KEY", "has no effect with Bedrock");
        }
    }

    /// In the order in which Claude Code looks.
    fn auth(&mut self) {
        let address = self
            .get("ANTHROPIC_BEDROCK_BASE_URL")
            .map(|url| ("ANTHROPIC_BEDROCK_BASE_URL", url))
            .or_else(|| {
                self.get("ANTHROPIC_BEDROCK_MANTLE_BASE_URL")
                    .map(|url| ("ANTHROPIC_BEDROCK_MANTLE_BASE_URL", url))
            });
        let skips = self.is_on("CLAUDE_CODE_SKIP_BEDROCK_AUTH") || self.is_on("CLAUDE_CODE_SKIP_MANTLE_AUTH");
        if let Some((variable, url)) = address.filter(|_| skips) {
            self.found.draft.put("auth.method", "gateway");
            self.put(variable, "auth.base_url", url);
            if let Some(token) = self.get("ANTHROPIC_AUTH_TOKEN") {
                self.hide("auth.token", token);
            }
            return;
        }
        if let Some((variable, url)) = address {
            self.put(variable, "base_url", url);
        }
        if let Some(key) = self.get("AWS_BEARER_TOKEN_BEDROCK") {
            self.found.draft.put("auth.method", "api-key");
            self.hide("auth.api_key", key);
            for weaker in ["AWS_PROFILE", "AWS_ACCESS_KEY_ID"] {
                if self.get(weaker).is_some() {
                    self.cannot(weaker, "the API key beats it");
                }
            }
        } else if let Some(profile) = self.get("AWS_PROFILE") {
            self.found.draft.put("auth.method", "aws-profile");
            self.found.draft.put("auth.profile", profile);
            if self.get("AWS_ACCESS_KEY_ID").is_some() {
                self.cannot("AWS_ACCESS_KEY_ID", "AWS_PROFILE beats it in Claude Code");
            }
        } else if let (Some(id), Some(key)) = (self.get("AWS_ACCESS_KEY_ID"), self.get("AWS_SECRET_ACCESS_KEY")) {
            if self.get("AWS_SESSION_TOKEN").is_some() {
                self.cannot(
                    "AWS_SESSION_TOKEN",
                    "the keys are temporary and would be of no use soon; name their AWS profile: --aws-profile of `add`",
                );
            } else {
                self.found.draft.put("auth.method", "access-keys");
                self.hide("auth.access_key_id", id);
                self.hide("auth.secret_access_key", key);
            }
        }
    }

    fn models(&mut self) {
        for alias in ALIASES {
            let variable = format!("ANTHROPIC_DEFAULT_{}_MODEL", alias.to_uppercase());
            let Some(id) = self.get(&variable) else { continue };
            let labels: Vec<(&str, &str)> = MODEL_LABELS
                .iter()
                .filter_map(|(label, ending)| Some((*label, self.get(&format!("{variable}{ending}"))?)))
                .collect();
            if labels.is_empty() {
                self.put(&variable, &format!("models.{alias}"), id);
                continue;
            }
            let mut table = toml_edit::InlineTable::new();
            table.insert("id", id.into());
            for (label, text) in labels {
                table.insert(label, text.into());
            }
            self.found.draft.put(&format!("models.{alias}"), table);
        }
        if let Some(old) = self.get("ANTHROPIC_SMALL_FAST_MODEL") {
            // It beats the new name.
            self.put("ANTHROPIC_SMALL_FAST_MODEL", "models.haiku", old);
        }
    }

    fn headers(&mut self) {
        const VARIABLE: &str = "ANTHROPIC_CUSTOM_HEADERS";
        let Some(text) = self.get(VARIABLE) else { return };
        // Articles write `\n` where a newline must be.
        for line in text.replace("\\n", "\n").lines().filter(|line| !line.trim().is_empty()) {
            let Some((name, value)) = line.split_once(':').map(|(name, value)| (name.trim(), value.trim())) else {
                self.cannot(VARIABLE, "a line of it is no `Name: Value`");
                continue;
            };
            let small = name.to_ascii_lowercase();
            if let Some((_, path)) = GUARDRAIL.iter().find(|(header, _)| *header == small) {
                let value = if *path == "guardrail.trace" {
                    value.to_lowercase()
                } else {
                    value.to_owned()
                };
                self.put(VARIABLE, path, &value);
            } else if is_secret(&name.replace('-', "_"), value) || small.contains("authorization") {
                let why = format!(
                    "the header {} looks like a secret, and headers have no place for one",
                    crate::system::text::visible(name)
                );
                self.cannot(VARIABLE, why);
            } else if name.is_empty() || name.contains(|c: char| !c.is_ascii_alphanumeric() && !"-_".contains(c)) {
                self.cannot(VARIABLE, "a line of it is no `Name: Value`");
            } else {
                self.put(VARIABLE, &format!("headers.{name}"), value);
            }
        }
    }

    fn tuning(&mut self) {
        for (name, value) in self.variables {
            let Some(value) = value.as_deref().filter(|_| tunes(name) && !is_ours(name)) else {
                continue;
            };
            if is_secret(name, value) {
                self.cannot(name, "looks like a secret, and `env` has no place for one");
            } else if variables::check_free_name(name).is_ok() {
                self.found.draft.put(&format!("env.{name}"), value);
            }
        }
    }
}
