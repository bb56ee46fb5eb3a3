//! The models, the request headers, and the keys of Claude Code's settings beside `env`.

use serde_json::Value as Json;
use toml_edit::InlineTable;

use super::{Reader, Value};
use crate::claude::settings::{AUTH_REFRESH, CREDENTIAL_EXPORT};
use crate::claude::shadow::is_secret;
use crate::import::shell::aws_profile_option;
use crate::system::text::visible;
use crate::variables::MODEL_LABELS;

/// The models that a picker shows, with the variable of each.
const LABELLED: [(&str, &str); 5] = [
    ("opus", "ANTHROPIC_DEFAULT_OPUS_MODEL"),
    ("sonnet", "ANTHROPIC_DEFAULT_SONNET_MODEL"),
    ("haiku", "ANTHROPIC_DEFAULT_HAIKU_MODEL"),
    ("fable", "ANTHROPIC_DEFAULT_FABLE_MODEL"),
    ("custom", "ANTHROPIC_CUSTOM_MODEL_OPTION"),
];

/// The geographies that Claude Code knows as a prefix, in lower case alone (2.1.332, seen on the wire).
const PREFIXES: [&str; 6] = ["us", "eu", "apac", "jp", "au", "global"];

/// The guardrail's headers, in lower case.
const GUARDRAIL: [(&str, &str); 3] = [
    ("x-amzn-bedrock-guardrailidentifier", "guardrail.id"),
    ("x-amzn-bedrock-guardrailversion", "guardrail.version"),
    ("x-amzn-bedrock-trace", "guardrail.trace"),
];

const HEADERS: &str = "ANTHROPIC_CUSTOM_HEADERS";

/// The background model's old variable, and its region.
const OLD: &str = "ANTHROPIC_SMALL_FAST_MODEL";
const SMALL_REGION: &str = "ANTHROPIC_SMALL_FAST_MODEL_AWS_REGION";

impl Reader<'_> {
    pub(super) fn models(&mut self) {
        self.main();
        let old = self.text(OLD);
        for (alias, variable) in LABELLED {
            let path = format!("models.{alias}");
            let mut id = self.text(variable);
            let labels: Vec<(&str, String, String)> = MODEL_LABELS
                .iter()
                .filter_map(|(label, ending)| {
                    let name = format!("{variable}{ending}");
                    Some((*label, self.text(&name)?, name))
                })
                .collect();
            if alias == "haiku"
                && let Some(old) = &old
            {
                if id.as_ref().is_some_and(|id| id != old) {
                    self.cannot(
                        variable,
                        format!("{OLD} beats it for the background model, and a profile has one"),
                    );
                } else if id.is_some() {
                    self.took(variable, &path);
                }
                self.took(OLD, &path);
                id = Some(old.clone());
            } else if id.is_some() {
                self.took(variable, &path);
            }
            let Some(id) = id else {
                for (_, _, name) in labels {
                    self.cannot(&name, format!("it labels {variable}, which is not set"));
                }
                continue;
            };
            if labels.is_empty() {
                self.found.draft.put(&path, id);
                continue;
            }
            let mut table = InlineTable::new();
            table.insert("id", id.into());
            for (label, text, name) in labels {
                table.insert(label, text.into());
                self.took(&name, &format!("{path}.{label}"));
            }
            self.found.draft.put(&path, table);
        }
        if self.found.draft.has("models.haiku") {
            self.key(SMALL_REGION, "small_fast_region");
        } else {
            self.leave(
                SMALL_REGION,
                "it counts only for a pinned background model, and none is",
            );
        }
        self.geography();
        if self.wishes.pin && self.found.draft.text("endpoint") != Some("mantle") {
            self.found.draft.pin_models();
        }
        self.found.unpinned = ["opus", "sonnet", "haiku"]
            .into_iter()
            .filter(|family| !self.found.draft.has(&format!("models.{family}")))
            .collect();
    }

    /// The option, the variable, the setting: the first of them counts.
    fn main(&mut self) {
        let setting = self.keys.remove("model");
        let option = self.text("--model");
        let variable = self.text("ANTHROPIC_MODEL");
        let setting = match &setting {
            Some(Json::String(text)) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Some(_) => {
                self.cannot(
                    "model",
                    "its value is not a string: Claude Code drops the whole file because of it",
                );
                None
            }
            None => None,
        };
        let mut winner: Option<&str> = None;
        for (name, value) in [("--model", option), ("ANTHROPIC_MODEL", variable), ("model", setting)] {
            let Some(value) = value else { continue };
            match winner {
                Some(winner) => self.cannot(name, format!("{winner} beats it")),
                None => {
                    self.put(name, "models.main", &value);
                    winner = Some(name);
                }
            }
        }
    }

    fn geography(&mut self) {
        const VARIABLE: &str = "ANTHROPIC_BEDROCK_REGION_PREFIX";
        let Some(prefix) = self.text(VARIABLE) else { return };
        if PREFIXES.contains(&prefix.as_str()) {
            self.put(VARIABLE, "geography", &prefix);
        } else {
            self.cannot(
                VARIABLE,
                format!(
                    "Claude Code ignores `{}`: it knows {}",
                    visible(&prefix),
                    PREFIXES.join(", ")
                ),
            );
        }
    }

    pub(super) fn headers(&mut self) {
        let Some(raw) = self.left.get(HEADERS).and_then(Value::text).map(str::to_owned) else {
            self.text(HEADERS);
            return;
        };
        if self.text(HEADERS).is_none() {
            return;
        }
        let (mut wrong, mut lines): (bool, Vec<(String, String)>) = (false, Vec::new());
        // Articles write `\n` where a newline must be.
        for line in raw
            .replace("\\n", "\n")
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            match line.split_once(':').map(|(name, value)| (name.trim(), value.trim())) {
                Some((name, value)) if is_header(name) => {
                    // The last of two counts, in any case.
                    lines.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
                    lines.push((name.to_owned(), value.to_owned()));
                }
                _ => wrong = true,
            }
        }
        if wrong {
            self.cannot(HEADERS, "one of its lines is not `Name: Value`");
        } else {
            self.took(HEADERS, "headers");
        }
        let has = |name: &str| lines.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        // Bedrock's own keys go together; a part alone stays a header.
        let is_guardrail = has(GUARDRAIL[0].0) && has(GUARDRAIL[1].0);
        for (name, value) in lines {
            let small = name.to_ascii_lowercase();
            let key = GUARDRAIL
                .iter()
                .find(|(header, _)| *header == small)
                .map(|(_, path)| *path);
            if let Some(path) = key.filter(|_| is_guardrail) {
                let is_trace = path == "guardrail.trace";
                let text = if is_trace { value.to_lowercase() } else { value.clone() };
                if !is_trace || ["enabled", "disabled", "enabled_full"].contains(&text.as_str()) {
                    self.found.draft.put(path, text);
                    continue;
                }
            }
            let path = format!("headers.{name}");
            let is_hidden = is_secret(&name.replace('-', "_"), &value)
                || ["authorization", "x-api-key", "api-key", "cookie"].contains(&small.as_str());
            if is_hidden && !value.is_empty() {
                self.hide(HEADERS, &path, Value::Text(value));
            } else {
                self.found.draft.put(&path, value);
            }
        }
    }

    /// The keys beside `env`.
    pub(super) fn settings(&mut self) {
        self.overrides();
        self.available();
        if let Some(command) = self.keys.remove(CREDENTIAL_EXPORT) {
            self.credential_export(command.as_str().unwrap_or_default());
        }
        if let Some(command) = self.keys.remove(AUTH_REFRESH) {
            self.auth_refresh(command.as_str().unwrap_or_default());
        }
        if self.keys.remove("apiKeyHelper").is_some() {
            self.cannot(
                "apiKeyHelper",
                "its token counts only for a gateway (CLAUDE_CODE_SKIP_BEDROCK_AUTH)",
            );
        }
        for key in [
            "fallbackModel",
            "deniedModels",
            "modelPicker",
            "allowedProviders",
            "forceLoginMethod",
        ] {
            if self.keys.remove(key).is_some() {
                self.cannot(key, "a profile has no such key; it stays in the settings");
            }
        }
        let rest: Vec<String> = std::mem::take(&mut self.keys)
            .into_iter()
            .map(|(key, _)| key)
            .filter(|key| key != "$schema")
            .collect();
        self.found.aside.extend(rest);
    }

    fn overrides(&mut self) {
        let Some(overrides) = self.keys.remove("modelOverrides") else {
            return;
        };
        for (id, target) in overrides.as_object().into_iter().flatten() {
            match target.as_str().filter(|target| !target.is_empty()) {
                Some(target) => {
                    self.found
                        .draft
                        .put_at(vec!["models".to_owned(), "overrides".to_owned(), id.clone()], target);
                }
                None => self.cannot(&format!("modelOverrides.{id}"), "its value is not a string"),
            }
        }
        self.took("modelOverrides", "models.overrides");
    }

    fn available(&mut self) {
        let enforced = self.keys.remove("enforceAvailableModels");
        let Some(models) = self.keys.remove("availableModels") else {
            if enforced.is_some() {
                self.cannot("enforceAvailableModels", "it counts only with availableModels");
            }
            return;
        };
        let names: Vec<&str> = models
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Json::as_str)
            .collect();
        if enforced == Some(Json::Bool(true)) && !names.is_empty() {
            let list: toml_edit::Array = names.into_iter().collect();
            self.found.draft.put("models.available", list);
            self.took("availableModels", "models.available");
            self.took("enforceAvailableModels", "models.available");
            return;
        }
        self.cannot(
            "availableModels",
            "without enforceAvailableModels it only shortens the picker; a profile's `models.available` enforces",
        );
        if enforced.is_some() {
            self.cannot("enforceAvailableModels", "it is off, or availableModels is empty");
        }
    }

    /// The command that prints credentials beats every variable but an API key.
    fn credential_export(&mut self, command: &str) {
        let shown = visible(command);
        if command.contains("claude-bedrock") {
            self.note(
                CREDENTIAL_EXPORT,
                "it is this program's own; `settings apply` writes it where it is wanted",
            );
            return self.took(CREDENTIAL_EXPORT, "");
        }
        let is_aws = command.contains("configure export-credentials");
        let profile = aws_profile_option(command);
        match self.found.draft.text("auth.method") {
            Some("api-key") => return self.cannot(CREDENTIAL_EXPORT, "the API key beats it"),
            Some("gateway") => {
                return self.cannot(CREDENTIAL_EXPORT, "the gateway signs, so Claude Code does not run it");
            }
            _ => {}
        }
        match (is_aws, profile) {
            (true, Some(profile)) if self.wishes.aws_profile.is_none() => {
                let is_same = self.found.draft.text("auth.profile") == Some(&profile);
                self.found.draft.entries.retain(|(path, _)| path[0] != "auth");
                self.found.secrets.retain(|moved| !moved.path.starts_with("auth."));
                self.found.notes.retain(|(name, _)| name != "credentials");
                self.found.draft.use_aws_profile(&profile);
                let taken = std::mem::take(&mut self.found.taken);
                for (name, path) in taken {
                    if path.starts_with("auth.") && !is_same {
                        let why = format!("awsCredentialExport beats it, with the AWS profile {}", visible(&profile));
                        self.cannot(&name, why);
                    } else {
                        self.took(&name, &path);
                    }
                }
                self.took(CREDENTIAL_EXPORT, "auth.profile");
            }
            _ => self.cannot(
                CREDENTIAL_EXPORT,
                format!(
                    "`{shown}` prints the credentials, and a profile cannot run it: keep it in the settings, or write it into ~/.aws/config (`credential_process = …`) and import again with --aws-profile NAME"
                ),
            ),
        }
    }

    fn auth_refresh(&mut self, command: &str) {
        let ours = self.found.draft.text("auth.profile").map(str::to_owned);
        let theirs = aws_profile_option(command);
        if command.contains("claude-bedrock") || (ours.is_some() && (theirs == ours || theirs.is_none())) {
            let why = format!(
                "`{}`: `claude-bedrock login` does it for the profile, and `settings apply` or the launcher gives that to Claude Code",
                visible(command)
            );
            self.note(AUTH_REFRESH, why);
            return self.took(AUTH_REFRESH, "");
        }
        let why = format!(
            "`{}` renews credentials; keep it in the settings, or name the AWS profile that it renews: --aws-profile NAME",
            visible(command)
        );
        self.cannot(AUTH_REFRESH, why);
    }
}

/// Whether a header's name is one that Claude Code can send (2.1.332: another is fatal).
fn is_header(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_".contains(&c))
}
