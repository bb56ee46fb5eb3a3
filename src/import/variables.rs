//! From a reading to a profile: what each name means as a key, and which values are secrets.
//!
//! Each name is removed from the reading when it is handled, and its handler decides what becomes of it: a key of the
//! profile, left out with a reason, or of no concern to Claude Code. Names that remain are handled last, so nothing is
//! dropped silently.

mod auth;
mod models;
mod region;

use std::collections::BTreeMap;

use super::{Found, Moved, Reading, Value, Variable};
use crate::claude::shadow::is_secret;
use crate::edit::{self, Draft};
use crate::profile::read::Scope;
use crate::system::text::visible;
use crate::system::variables::Snapshot;
use crate::variables;

/// The options of an import.
#[derive(Debug, Default)]
pub struct Wishes {
    /// The region, whatever the source says.
    pub region: Option<String>,
    /// The AWS profile that gives credentials, whatever the source says.
    pub aws_profile: Option<String>,
    /// Whether opus, sonnet and haiku are pinned where the source does not.
    pub pin: bool,
    /// Whether secrets are named by the variable that holds them, in the place where they are.
    pub secrets_stay: bool,
    /// Whether Bedrock is switched on elsewhere for whatever the source says.
    pub is_on: bool,
    /// The variables of this process, by which `~/.aws` is found.
    pub process: Snapshot,
}

/// Beginnings of the names that concern Claude Code, the AWS SDK in it, or its way to the network.
const CONCERNS: &[&str] = &[
    "ANTHROPIC_",
    "API_TIMEOUT_MS",
    "AWS_",
    "BASH_DEFAULT_TIMEOUT_MS",
    "BASH_MAX_",
    "CLAUDE_",
    "DISABLE_AUTOUPDATER",
    "DISABLE_AUTO_COMPACT",
    "DISABLE_BUG_COMMAND",
    "DISABLE_COMPACT",
    "DISABLE_COST_WARNINGS",
    "DISABLE_DOCTOR_COMMAND",
    "DISABLE_ERROR_REPORTING",
    "DISABLE_EXTRA_USAGE_COMMAND",
    "DISABLE_FEEDBACK_COMMAND",
    "DISABLE_GROWTHBOOK",
    "DISABLE_INSTALLATION_CHECKS",
    "DISABLE_INTERLEAVED_THINKING",
    "DISABLE_LOGIN_COMMAND",
    "DISABLE_LOGOUT_COMMAND",
    "DISABLE_MICROCOMPACT",
    "DISABLE_NON_ESSENTIAL_MODEL_CALLS",
    "DISABLE_PROMPT_CACHING",
    "DISABLE_TELEMETRY",
    "DISABLE_UPGRADE_COMMAND",
    "ENABLE_PROMPT_CACHING",
    "ENABLE_TOOL_SEARCH",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "MAX_MCP_OUTPUT_TOKENS",
    "MAX_THINKING_TOKENS",
    "MCP_T",
    "NODE_EXTRA_CA_CERTS",
    "NODE_TLS_REJECT_UNAUTHORIZED",
    "OTEL_",
    "SSL_CERT_",
    "USE_BUILTIN_RIPGREP",
    "VERTEX_",
    "CLOUD_ML_REGION",
];

/// What Claude Code and the hook set for their children, but users never do.
const OF_CLAUDE_CODE: &[&str] = &[
    "CLAUDECODE",
    "CLAUDE_CODE_CHILD_SESSION",
    "CLAUDE_CODE_ENTRYPOINT",
    "CLAUDE_CODE_EXECPATH",
    "CLAUDE_CODE_SESSION_ID",
    "CLAUDE_CODE_SSE_PORT",
    "CLAUDE_AGENT_SDK_VERSION",
    "CLAUDE_ENV_FILE",
    "CLAUDE_PID",
    "CLAUDE_PROJECT_DIR",
];

/// The variables whose text is a key's.
const KEYS: &[(&str, &str)] = &[
    ("ANTHROPIC_BEDROCK_SERVICE_TIER", "service_tier"),
    ("CLAUDE_CODE_SUBAGENT_MODEL", "models.subagent"),
    ("CLAUDE_CODE_WORKFLOW_SUBAGENT_MODEL", "models.workflow"),
    ("CLAUDE_CODE_AUTO_MODE_MODEL", "models.classifier"),
    ("CLAUDE_CODE_BG_CLASSIFIER_MODEL", "models.background_classifier"),
];

/// The providers beside Bedrock and Mantle, and whether each goes before Bedrock and before Mantle (Claude Code 2.1.332).
const PROVIDERS: &[(&str, bool, bool)] = &[
    ("CLAUDE_CODE_USE_GATEWAY", true, true),
    ("CLAUDE_CODE_USE_FOUNDRY", false, true),
    ("CLAUDE_CODE_USE_ANTHROPIC_AWS", false, true),
    ("CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD", false, true),
    ("CLAUDE_CODE_USE_VERTEX", false, false),
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

/// Whether a variable concerns Claude Code or what it calls Bedrock with.
pub fn concerns(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let is_proxy = upper.ends_with("_PROXY");
    let name = if is_proxy { upper.as_str() } else { name };
    name == "--model" || (CONCERNS.iter().any(|start| name.starts_with(start)) && !OF_CLAUDE_CODE.contains(&name))
}

/// Whether Claude Code takes a value for "on" (2.1.330).
fn is_on(value: &str) -> bool {
    ["1", "true", "yes", "on"].contains(&value.trim().to_lowercase().as_str())
}

/// Whether the variables switch Bedrock or Mantle on.
pub fn switches_on(variables: &[Variable]) -> bool {
    ["CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_MANTLE"]
        .iter()
        .any(|switch| {
            let last = variables.iter().rev().find(|variable| variable.name == *switch);
            last.and_then(|variable| variable.value.text()).is_some_and(is_on)
        })
}

/// The profile `name` of a reading.
pub fn profile(name: &str, reading: &Reading, wishes: &Wishes) -> Found {
    let mut reader = Reader {
        left: BTreeMap::new(),
        keys: reading.keys.iter().cloned().collect(),
        names: Vec::new(),
        is_claudes: reading.is_claudes,
        wishes,
        found: Found {
            draft: Draft::new(name),
            ..Found::default()
        },
    };
    reader.gather(reading);
    if !reader.provider() {
        reader.found.draft.entries.clear();
        reader.found.unmapped.extend(reading.notes.iter().cloned());
        return reader.found;
    }
    let profile = wishes
        .aws_profile
        .clone()
        .or(reader.peek("AWS_PROFILE").map(str::to_owned));
    // What is set in some branch, or worked out by the shell, is another region than that of ~/.aws.
    let is_elsewhere = ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().any(|name| {
        reading.notes.iter().any(|(noted, _)| noted == name)
            || matches!(reader.left.get(*name), Some(Value::Command(_) | Value::Open(_)))
    });
    reader.auth();
    reader.region(profile.as_deref(), is_elsewhere);
    if reading.notes.iter().any(|(noted, _)| noted == "AWS_PROFILE") {
        reader.found.notes.retain(|(name, _)| name != "credentials");
    }
    reader.models();
    reader.headers();
    for (variable, path) in KEYS {
        reader.key(variable, path);
    }
    reader.settings();
    reader.rest();
    let unreadable = reader.found.draft.take_out_unreadable();
    reader.found.unmapped.extend(unreadable);
    reader.found.unmapped.extend(reading.notes.iter().cloned());
    reader.found.notes.extend(reading.remarks.iter().cloned());
    reader.found
}

struct Reader<'a> {
    /// What has not been looked at yet.
    left: BTreeMap<String, Value>,
    /// Other settings that have not been looked at yet.
    keys: serde_json::Map<String, serde_json::Value>,
    /// The names in their order.
    names: Vec<String>,
    is_claudes: bool,
    wishes: &'a Wishes,
    found: Found,
}

impl Reader<'_> {
    /// Of two values of one name the last counts, which is reported if they differ.
    fn gather(&mut self, reading: &Reading) {
        let mut last: BTreeMap<&str, &Variable> = BTreeMap::new();
        for variable in &reading.variables {
            if let Some(before) = last.insert(&variable.name, variable) {
                if before.value != variable.value && concerns(&variable.name) {
                    let shown = |value: &Value| match value {
                        Value::Text(text) if is_secret(&variable.name, text) => "********".to_owned(),
                        Value::Text(text) => format!("`{}`", visible(text)),
                        Value::Command(_) | Value::Open(_) => "an expression".to_owned(),
                    };
                    let why = format!(
                        "it is {} in {} and {} in {}; the last one counts",
                        shown(&before.value),
                        before.place,
                        shown(&variable.value),
                        variable.place
                    );
                    self.note(&variable.name, why);
                }
            } else {
                self.names.push(variable.name.clone());
            }
            self.left.insert(variable.name.clone(), variable.value.clone());
        }
    }

    fn cannot(&mut self, name: &str, why: impl Into<String>) {
        self.found.unmapped.push((name.to_owned(), why.into()));
    }

    fn note(&mut self, name: &str, what: impl Into<String>) {
        self.found.notes.push((name.to_owned(), what.into()));
    }

    fn took(&mut self, name: &str, path: &str) {
        self.found.taken.push((name.to_owned(), path.to_owned()));
    }

    /// A text, without looking at it for good.
    fn peek(&self, name: &str) -> Option<&str> {
        self.left
            .get(name)
            .and_then(Value::text)
            .map(str::trim)
            .filter(|text| !text.is_empty())
    }

    fn has(&self, name: &str) -> bool {
        match self.left.get(name) {
            Some(Value::Text(text)) => !text.trim().is_empty(),
            Some(Value::Command(_) | Value::Open(_)) => true,
            None => false,
        }
    }

    /// Takes a name's text. A blank value counts as unset, and an expression is reported.
    fn text(&mut self, name: &str) -> Option<String> {
        match self.left.remove(name)? {
            Value::Text(text) if text.trim().is_empty() => {
                self.took(name, "");
                None
            }
            Value::Text(text) => Some(text.trim().to_owned()),
            Value::Command(command) => {
                self.cannot(
                    name,
                    format!("it is what `{}` prints, and import runs nothing", visible(&command)),
                );
                None
            }
            Value::Open(written) => {
                self.cannot(
                    name,
                    format!(
                        "`{}` would have to be evaluated, and import runs nothing",
                        visible(&written)
                    ),
                );
                None
            }
        }
    }

    /// Takes a name's value as a switch.
    fn switch(&mut self, name: &str) -> bool {
        self.text(name).is_some_and(|value| {
            self.took(name, "");
            is_on(&value)
        })
    }

    /// Leaves a name out, with a reason, if it has a value.
    fn leave(&mut self, name: &str, why: &str) {
        match self.left.remove(name) {
            Some(Value::Text(text)) if text.trim().is_empty() => self.took(name, ""),
            Some(_) => self.cannot(name, why),
            None => {}
        }
    }

    /// A text for a key, if the key can have it.
    fn put(&mut self, variable: &str, path: &str, value: &str) -> bool {
        if is_secret("", value) {
            self.cannot(
                variable,
                format!("it holds what looks like a secret, and `{path}` has no place for one"),
            );
            return false;
        }
        match edit::typed(path, value, Scope::Profile) {
            Ok(value) => {
                self.found.draft.put(path, value);
                self.took(variable, path);
                true
            }
            Err(finding) => {
                self.cannot(variable, finding.message);
                false
            }
        }
    }

    fn key(&mut self, variable: &str, path: &str) {
        if let Some(value) = self.text(variable) {
            self.put(variable, path, &value);
        }
    }

    /// A secret goes where the user wants it, and its place into the profile.
    fn hide(&mut self, variable: &str, path: &str, value: Value) {
        let place = match value {
            Value::Text(text) if text.trim().is_empty() => {
                self.took(variable, "");
                return;
            }
            // The 1Password CLI's references.
            Value::Text(text) if text.trim().starts_with("op://") => {
                format!("command:op read {}", shell_words::quote(text.trim()))
            }
            Value::Text(text) => {
                let value = text.trim().to_owned();
                // The place is filled in where the secret is stored.
                if let Ok(place) = edit::secret(path, &format!("env:{variable}")) {
                    self.found.draft.put(path, place);
                    self.took(variable, path);
                    self.found.secrets.push(Moved {
                        path: path.to_owned(),
                        variable: variable.to_owned(),
                        value,
                    });
                }
                return;
            }
            Value::Command(command) => place_of_command(&command),
            // Another variable, which the shell has.
            Value::Open(written) if written.strip_prefix('$').is_some_and(variables::is_name) => {
                format!("env:{}", &written[1..])
            }
            Value::Open(written) => {
                self.cannot(
                    variable,
                    format!(
                        "`{}` would have to be evaluated, and import runs nothing",
                        visible(&written)
                    ),
                );
                return;
            }
        };
        if let Ok(place) = edit::secret(path, &place) {
            self.found.draft.put(path, place);
            self.took(variable, path);
        }
    }

    /// Whether the reading is a set-up of Bedrock's; else why not.
    fn provider(&mut self) -> bool {
        let is_written =
            self.left.contains_key("CLAUDE_CODE_USE_BEDROCK") || self.left.contains_key("CLAUDE_CODE_USE_MANTLE");
        let mantle = self.switch("CLAUDE_CODE_USE_MANTLE");
        let mut bedrock = self.switch("CLAUDE_CODE_USE_BEDROCK");
        let mut others = Vec::new();
        let (mut before_bedrock, mut before_mantle) = (None, None);
        for (name, beats_bedrock, beats_mantle) in PROVIDERS {
            if self.switch(name) {
                before_bedrock = before_bedrock.or(beats_bedrock.then_some(*name));
                before_mantle = before_mantle.or(beats_mantle.then_some(*name));
                others.push(*name);
            }
        }
        if !bedrock && !mantle {
            let signs = self.signs();
            if is_written {
                return self.other("CLAUDE_CODE_USE_BEDROCK is off there");
            }
            if let [name, ..] = others.as_slice() {
                return self.other(&format!("{name} turns another provider on"));
            }
            if !self.wishes.is_on {
                let Some(sign) = signs else {
                    return self.not_on();
                };
                self.note(
                    "CLAUDE_CODE_USE_BEDROCK",
                    format!("it is not set there, so Claude Code does not use {sign} yet; with the profile it does"),
                );
            }
            bedrock = true;
        }
        let winner = if bedrock { before_bedrock } else { before_mantle };
        if let Some(name) = winner {
            return self.other(&format!("{name} turns on a provider that goes before Bedrock"));
        }
        for name in others {
            self.found.taken.retain(|(taken, _)| taken != name);
            self.cannot(
                name,
                "it turns another provider on, which Bedrock beats; the profile unsets it",
            );
        }
        if mantle {
            let endpoint = if bedrock { "both" } else { "mantle" };
            self.found.draft.put("endpoint", endpoint);
            self.took("CLAUDE_CODE_USE_MANTLE", "endpoint");
        }
        true
    }

    fn other(&mut self, why: &str) -> bool {
        self.found.is_other = Some(why.to_owned());
        false
    }

    fn not_on(&mut self) -> bool {
        let profile = self.peek("AWS_PROFILE").map(str::to_owned);
        let region = self
            .peek("AWS_REGION")
            .or(self.peek("AWS_DEFAULT_REGION"))
            .map(str::to_owned);
        let mut why = "nothing there turns Claude Code to Bedrock: CLAUDE_CODE_USE_BEDROCK is not set".to_owned();
        if self.peek("ANTHROPIC_BASE_URL").is_some() {
            why.push_str("; ANTHROPIC_BASE_URL is the address of a gateway that speaks Anthropic's own API");
        } else if profile.is_some() || region.is_some() {
            let option = |name: &str, value: Option<String>| {
                value.map_or_else(String::new, |value| format!(" --{name} {}", shell_words::quote(&value)))
            };
            why.push_str(&format!(
                "; to make a profile from these anyway: claude-bedrock add {}{}{}",
                self.found.draft.name,
                option("aws-profile", profile),
                option("region", region)
            ));
        }
        self.other(&why)
    }

    /// What is of use for Bedrock alone, where nothing says whether it is on.
    fn signs(&self) -> Option<String> {
        let by_name = self.names.iter().find(|name| {
            [
                "ANTHROPIC_BEDROCK_",
                "AWS_BEARER_TOKEN_BEDROCK",
                "CLAUDE_CODE_SKIP_BEDROCK_AUTH",
            ]
            .iter()
            .any(|start| name.starts_with(start))
                && self.has(name)
        });
        let by_model = || {
            self.names.iter().find(|name| {
                name.contains("_MODEL")
                    && self.peek(name).is_some_and(|value| {
                        value.starts_with("arn:aws")
                            || value.split('.').nth(1) == Some("anthropic")
                            || value.starts_with("anthropic.")
                    })
            })
        };
        let by_key = || {
            ["awsAuthRefresh", "awsCredentialExport"]
                .into_iter()
                .find(|key| self.keys.contains_key(*key))
                .map(str::to_owned)
        };
        by_name.or_else(by_model).cloned().or_else(by_key)
    }

    /// What is left.
    fn rest(&mut self) {
        for name in std::mem::take(&mut self.names) {
            let is_ours =
                variables::BEDROCK.contains(&name.as_str()) || variables::CREDENTIALS.contains(&name.as_str());
            if !is_ours && !self.is_claudes && !concerns(&name) {
                if self.left.remove(&name).is_some() {
                    self.found.aside.push(name);
                }
                continue;
            }
            if variables::is_label(&name) || OF_CLAUDE_CODE.contains(&name.as_str()) {
                self.leave(&name, "another program sets it for a session of its own");
                continue;
            }
            if let Some(Value::Text(text)) = self.left.get(&name)
                && text.trim().is_empty()
                && !is_ours
            {
                self.left.remove(&name);
                if variables::check_free_name(&name).is_ok() {
                    self.found.draft.put(&format!("env.{name}"), "");
                    self.took(&name, &format!("env.{name}"));
                } else {
                    self.cannot(&name, "it is blank");
                }
                continue;
            }
            let raw = self.left.get(&name).and_then(Value::text).map(str::to_owned);
            if self.text(&name).is_none() {
                continue;
            }
            let value = raw.unwrap_or_default();
            match (is_secret(&name, &value), variables::check_free_name(&name)) {
                _ if ["ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"].contains(&name.as_str()) => {
                    self.cannot(&name, "it has no effect with Bedrock on");
                }
                (_, Err(_)) if is_ours => {
                    self.cannot(
                        &name,
                        "no profile key sets this; while the profile is active it is unset",
                    );
                }
                (_, Err(finding)) => self.cannot(&name, finding.message),
                (true, _) => self.cannot(&name, "it looks like a secret, and `env` has no place for one"),
                (false, Ok(())) => {
                    self.found.draft.put(&format!("env.{name}"), value);
                    self.took(&name, &format!("env.{name}"));
                }
            }
        }
    }
}

/// The place of a secret that a command prints.
fn place_of_command(command: &str) -> String {
    let command = command.trim();
    let has_signs = command.contains(['|', ';', '&', '<', '>', '$', '`', '~', '*', '\n']);
    if let Ok([program, path]) = shell_words::split(command).as_deref()
        && program == "cat"
        && (path.starts_with('/') || path.starts_with("~/"))
        && !path.contains(['*', '$'])
    {
        return format!("file:{path}");
    }
    if has_signs {
        return format!("command:sh -c {}", shell_words::quote(command));
    }
    format!("command:{command}")
}

#[cfg(test)]
mod tests;
