//! What in Claude Code's settings says which models and providers may be asked, or which model is, besides the
//! variables: the administrator's policy above all. Keys as in Claude Code 2.1.332.

use std::path::Path;
use std::rc::Rc;

use serde_json::{Map, Value};

use crate::aws_files::Files;
use crate::claude::apply::STATUS_LINE;
use crate::claude::json::{self, Object};
use crate::claude::settings::{AUTH_REFRESH, CREDENTIAL_EXPORT, KEY_HELPER, Settings, Tier};
use crate::diagnostic::{Diagnostic, Place};
use crate::environment::{Endpoint, Method};
use crate::load::Active;
use crate::session::Session;
use crate::system::command_line;
use crate::system::programs;
use crate::system::text::visible;
use crate::variables;

/// One settings file, as far as its policy goes.
struct File<'a> {
    settings: &'a Settings,
    top: Object,
}

impl<'a> File<'a> {
    fn of(settings: &'a Settings) -> Option<Self> {
        let text = settings.source.text();
        let top = json::object(text, &json::document(text).ok()?.top?).ok()?;
        Some(Self { settings, top })
    }

    fn value(&self, key: &str) -> Option<(Value, Place)> {
        let member = self.top.get(key)?;
        let span = member.value.span.clone();
        let value = serde_json::from_str(&self.settings.source.text()[span.clone()]).ok()?;
        let source = Rc::clone(&self.settings.source);
        Some((value, Place { source, span }))
    }

    fn texts(&self, key: &str) -> Option<(Vec<String>, Place)> {
        let (value, place) = self.value(key)?;
        let texts = value.as_array()?.iter().filter_map(Value::as_str);
        Some((texts.map(str::to_owned).collect(), place))
    }
}

/// What in `files`, the lowest tier first, forbids what the profile asks, or decides instead of it.
pub fn findings(active: &Active, files: &[Settings]) -> Vec<Diagnostic> {
    let counting = files.iter().filter(|settings| !settings.is_ignored);
    let files: Vec<File<'_>> = counting.filter_map(File::of).collect();
    let mut findings = Vec::new();
    for file in &files {
        if file.settings.tier == Tier::Managed {
            findings.extend(providers(active, file));
            if let Some((_, place)) = file.value("policyHelper") {
                findings.push(
                    Diagnostic::at(place, "a program decides what Claude Code may do here (`policyHelper`)")
                        .warning()
                        .help("its answer is not visible here; ask whoever manages this machine"),
                );
            }
        }
        findings.extend(denied(active, file));
        findings.extend(gone(file));
    }
    findings.extend(available(active, &files));
    findings.extend(model(active, &files));
    findings.extend(renews_another(active, &files));
    findings
}

/// An `awsAuthRefresh` by `aws sso login` that renews another AWS profile than the one that signs: the client repeats
/// it and never recovers. Two AWS profiles of one session renew each other.
fn renews_another(active: &Active, files: &[File<'_>]) -> Option<Diagnostic> {
    let ours = active.profile.settings.text("auth.profile")?;
    let (value, place) = files.iter().rev().find_map(|file| file.value(AUTH_REFRESH))?;
    let words = command_line::split(value.as_str()?).ok()?;
    let theirs = renewed(&words)?;
    let aws = Files::read(&Session::inherited().restored());
    let session = |name: &str| {
        aws.value(name, "sso_session")
            .or_else(|| aws.value(name, "sso_start_url"))
    };
    if theirs == ours || session(theirs).is_some_and(|theirs| session(ours) == Some(theirs)) {
        return None;
    }
    let message = format!(
        "`{AUTH_REFRESH}` renews the AWS profile `{}`, and the profile {} signs with `{}`: when that login ends, Claude Code repeats the command and never recovers",
        visible(theirs),
        active.profile.name,
        visible(ours)
    );
    Some(
        Diagnostic::at(place, message).help("write one that follows the active profile: claude-bedrock settings apply"),
    )
}

/// The AWS profile that `aws sso login` or `aws login` renews, where the command names one.
fn renewed(words: &[String]) -> Option<&str> {
    let by_variable = words.iter().find_map(|word| word.strip_prefix("AWS_PROFILE="));
    let start = words.iter().position(|word| word == "aws" || word.ends_with("/aws"))?;
    let words = &words[start..];
    if !words.iter().any(|word| word == "login") {
        return None;
    }
    let next = words.iter().position(|word| word == "--profile");
    let by_option = next.and_then(|at| words.get(at + 1)).map(String::as_str);
    by_option
        .or_else(|| words.iter().find_map(|word| word.strip_prefix("--profile=")))
        .or(by_variable)
}

/// Managed settings that let no Claude Code of this version start; it is asked for where they name one.
pub fn too_old(files: &[Settings], version: impl FnOnce() -> String) -> Vec<Diagnostic> {
    let managed = files.iter().filter(|settings| settings.tier == Tier::Managed);
    let needed: Vec<(Value, Place)> = managed
        .filter_map(File::of)
        .filter_map(|file| file.value("requiredMinimumVersion"))
        .collect();
    if needed.is_empty() {
        return Vec::new();
    }
    let version = version();
    let numbers = |text: &str| -> Option<Vec<u64>> { text.trim().split('.').map(|part| part.parse().ok()).collect() };
    let is_older = |(value, _): &(Value, Place)| {
        let needed = value.as_str().and_then(numbers);
        needed
            .zip(numbers(&version))
            .is_some_and(|(needed, here)| here < needed)
    };
    needed
        .into_iter()
        .filter(is_older)
        .map(|(value, place)| {
            let needed = visible(value.as_str().unwrap_or_default());
            let message =
                format!("`requiredMinimumVersion` is {needed}, and Claude Code here is {version}: it does not start");
            Diagnostic::at(place, message).help("update it: claude update")
        })
        .collect()
}

/// Commands whose program is gone, because an upgrade has moved it: the client goes on without, or with other
/// credentials.
fn gone(file: &File<'_>) -> Vec<Diagnostic> {
    let commands = [AUTH_REFRESH, CREDENTIAL_EXPORT, KEY_HELPER]
        .into_iter()
        .filter_map(|key| {
            let (value, place) = file.value(key)?;
            Some((key, value.as_str()?.to_owned(), place))
        });
    let status = file.value(STATUS_LINE).and_then(|(value, place)| {
        let command = value.get("command")?.as_str()?.to_owned();
        Some((STATUS_LINE, command, place))
    });
    let commands = commands.chain(status).filter_map(|(key, command, place)| {
        let program = command_line::split(&command).ok()?.first()?.clone();
        let is_gone = if Path::new(&program).is_absolute() {
            // What the shell would have to expand is not judged.
            !program.contains(['$', '`', '*', '?', '[']) && !Path::new(&program).exists()
        } else {
            // Of bare names the shell has more than PATH has; these two it has not.
            ["claude-bedrock", "aws"].contains(&program.as_str()) && programs::on_path(&program).is_none()
        };
        is_gone.then_some((key, program, place))
    });
    commands
        .map(|(key, program, place)| {
            Diagnostic::at(
                place,
                format!("the program that `{key}` names is gone: {}", visible(&program)),
            )
            .help("if it was this program: claude-bedrock settings apply; else correct the path")
        })
        .collect()
}

/// `allowedProviders`, which counts in managed settings alone: any other provider is refused before a request.
fn providers(active: &Active, file: &File<'_>) -> Vec<Diagnostic> {
    let Some((allowed, place)) = file.texts("allowedProviders") else {
        return Vec::new();
    };
    let profile = &active.profile;
    let endpoint = Endpoint::of(profile);
    let moves = profile.settings.get("base_url").is_some() || Method::of(profile) == Method::Gateway;
    let needed = [
        ("bedrock", endpoint.has_bedrock()),
        ("mantle", endpoint.has_mantle()),
        ("customEndpoint", moves),
    ];
    let is_missing = |(name, is_needed): &(&str, bool)| *is_needed && !allowed.iter().any(|allowed| allowed == name);
    needed
        .into_iter()
        .filter(is_missing)
        .map(|(name, _)| {
            let message = format!(
                "`allowedProviders` does not name `{name}`: Claude Code makes no requests with the profile {}",
                profile.name
            );
            Diagnostic::at(place.clone(), message).help("ask whoever manages this machine to add it")
        })
        .collect()
}

/// The models that the profile names, as they are sent: their key and their ID.
fn sent(active: &Active) -> impl Iterator<Item = (&'static str, &str)> {
    let value = |variable: &str| active.environment.get(variable)?.wanted.text();
    variables::MODELS
        .iter()
        .filter_map(move |(key, variable)| Some((*key, value(variable)?)))
}

/// `deniedModels`, of any tier.
fn denied(active: &Active, file: &File<'_>) -> Vec<Diagnostic> {
    let Some((denied, place)) = file.texts("deniedModels") else {
        return Vec::new();
    };
    sent(active)
        .filter(|(_, id)| denied.iter().any(|denied| denied == id))
        .map(|(key, id)| {
            let message = format!(
                "`deniedModels` in {} settings has the profile's `{key}`: `{id}`",
                file.settings.tier.name()
            );
            Diagnostic::at(place.clone(), message).help("choose another model, or remove it from the list")
        })
        .collect()
}

/// `availableModels`, where they are enforced: a model that is not among them is replaced. Those of the profile's own
/// `models.available` go above all but managed ones.
fn available(active: &Active, files: &[File<'_>]) -> Vec<Diagnostic> {
    let enforced = files
        .iter()
        .rev()
        .find_map(|file| Some((file.value("enforceAvailableModels")?.0, file.settings.tier)));
    if !enforced.is_some_and(|(value, _)| value == true) {
        return Vec::new();
    }
    let has_own = active.profile.settings.get("models.available").is_some();
    let lists = files.iter().filter_map(|file| {
        let (list, place) = file.texts("availableModels")?;
        Some((file.settings.tier, list, place))
    });
    let lists: Vec<(Tier, Vec<String>, Place)> = lists
        .filter(|(tier, _, _)| !has_own || *tier == Tier::Managed)
        .collect();
    // Lists of one tier unite; a higher tier's counts.
    let Some((highest, _, place)) = lists.iter().max_by_key(|(tier, _, _)| *tier) else {
        return Vec::new();
    };
    let all: Vec<&String> = lists
        .iter()
        .filter(|(tier, _, _)| tier == highest)
        .flat_map(|(_, list, _)| list)
        .collect();
    if all.is_empty() {
        return Vec::new();
    }
    let is_id = |id: &str| id.contains('.') || id.starts_with("arn:");
    sent(active)
        .filter(|(key, id)| is_id(id) && *key != "models.custom" && !all.iter().any(|known| known == id))
        .map(|(key, id)| {
            let message = format!(
                "`availableModels` in {} settings is enforced and lacks the profile's `{key}`: `{id}`",
                highest.name()
            );
            Diagnostic::at(place.clone(), message)
                .help("Claude Code uses a model of its own choice instead; have the ID added, as it is sent (a family's name does not admit a pinned one)")
        })
        .collect()
}

/// A settings file's `model`, which decides where the profile names no main model.
fn model(active: &Active, files: &[File<'_>]) -> Option<Diagnostic> {
    if active.profile.settings.get("models.main").is_some() {
        return None;
    }
    let decides = |file: &File<'_>| file.value("model").filter(|(value, _)| value.is_string());
    let (value, place) = files.iter().rev().find_map(decides)?;
    let name = &active.profile.name;
    let shown = visible(value.as_str().unwrap_or_default());
    let message = format!("`model` is `{shown}` and decides: the profile {name} names no main model");
    Some(
        Diagnostic::at(place, message)
            .warning()
            .help(format!("name one: claude-bedrock set {name} models.main=sonnet")),
    )
}

/// The provider that Claude Code's `auth status` names, where it is another than the profile's.
pub fn other_provider(active: &Active, answer: &[u8]) -> Option<String> {
    let answer: Map<String, Value> = serde_json::from_slice(answer).ok()?;
    let provider = answer.get("apiProvider")?.as_str()?;
    let endpoint = Endpoint::of(&active.profile);
    let expected = if endpoint.has_bedrock() { "bedrock" } else { "mantle" };
    (provider != expected).then(|| provider.to_owned())
}
