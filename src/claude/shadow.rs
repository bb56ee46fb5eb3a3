//! What in Claude Code's settings beats the environment that a profile exports.
//!
//! A settings file's `env` beats the shell's variables, and its `awsCredentialExport` beats the credentials
//! in them (Claude Code 2.1.330, seen on the wire). Both do so without a word.

use std::cell::OnceCell;
use std::path::Path;

use crate::claude::policy;
use crate::claude::record::Records;
use crate::claude::settings::{self, AUTH_REFRESH, CREDENTIAL_EXPORT, ENV, Found, KEY_HELPER, Settings, Tier, Value};
use crate::diagnostic::{Diagnostic, Place};
use crate::environment::{self, Method, Wanted};
use crate::load::Active;
use crate::system::command_line;
use crate::system::redact::masked;
use crate::system::text::visible;
use crate::variables;
pub use crate::variables::is_secret;
use crate::watch::Watch;

/// One thing that a settings file decides otherwise than the profile.
#[derive(Clone, Debug)]
pub struct Shadow {
    /// The variable, or the key of a command.
    pub name: String,
    /// Whose settings they are.
    pub tier: Tier,
    /// Where the value stands.
    pub place: Place,
    /// What the file says, fit to be shown.
    pub theirs: String,
    /// What the profile says, fit to be shown; `None` if it wants the variable unset.
    pub ours: Option<String>,
    /// What a variable does that no profile owns, but that leads Claude Code elsewhere than the shell.
    pub leads: Option<&'static str>,
    /// Whether `settings apply` wrote it, for another profile or for what this one said then.
    pub is_own: bool,
}

/// Variables of settings files that no profile owns, and what they do there.
const LEADING: [(&str, &str); 5] = [
    ("AWS_CONFIG_FILE", "reads its AWS profiles from that file"),
    ("AWS_SHARED_CREDENTIALS_FILE", "reads its AWS keys from that file"),
    (
        "AWS_ENDPOINT_URL",
        "asks that server for logins, credentials and lists, though not for models",
    ),
    (
        "AWS_ENDPOINT_URL_STS",
        "asks that server for roles and whose the credentials are",
    ),
    ("AWS_ENDPOINT_URL_BEDROCK", "asks that server for the lists of models"),
];

impl Shadow {
    /// In one line, for the prompt and for `status`.
    pub fn line(&self) -> String {
        format!(
            "{} in {} settings, {}, {}",
            self.name,
            self.tier.name(),
            self.place,
            self.contrast()
        )
    }

    /// Whether it is a command, and no variable.
    pub fn is_command(&self) -> bool {
        [AUTH_REFRESH, CREDENTIAL_EXPORT, KEY_HELPER].contains(&self.name.as_str())
    }

    /// As a finding at its place.
    pub fn finding(&self) -> Diagnostic {
        let message = format!(
            "`{}` {}: {} settings beat the environment",
            self.name,
            self.contrast(),
            self.tier.name()
        );
        let finding = Diagnostic::at(self.place.clone(), message);
        if self.leads.is_some() {
            let same = format!(
                "if that is intended, export it in the shell too, or in the profile: env.{}",
                self.name
            );
            return finding.warning().help(same);
        }
        if self.tier == Tier::State {
            return finding.help("quit every Claude Code, and remove it from the file's `env` by hand");
        }
        if self.is_own {
            let written = format!(
                "`settings apply` wrote it for another profile, or earlier; write it again: {}",
                self.again()
            );
            return finding.help(written);
        }
        if self.tier == Tier::Given {
            finding.help("remove it from what --settings gives; everything else there applies too")
        } else if self.tier == Tier::Managed {
            finding.help("ask whoever manages this machine to remove it from the file")
        } else if self.is_command() {
            finding.help("give this directory its own: claude-bedrock settings apply")
        } else {
            finding.help("remove it from the file: claude-bedrock settings check --fix")
        }
    }

    /// The command that rewrites this file for the profile that is active here.
    fn again(&self) -> String {
        let user = if self.tier == Tier::User { " --user" } else { "" };
        let env = if self.is_command() { "" } else { " --env" };
        format!("claude-bedrock settings apply{user}{env}")
    }

    fn contrast(&self) -> String {
        if let Some(leads) = self.leads {
            return format!("is `{}`: Claude Code {leads}, this shell does not", self.theirs);
        }
        let print_mode =
            if variables::KEYS.contains(&self.name.as_str()) && matches!(self.tier, Tier::Project | Tier::Local) {
                " in print mode (an interactive session signs with the shell's)"
            } else {
                ""
            };
        let contrast = match &self.ours {
            Some(ours) => format!("is `{}` instead of the profile's `{ours}`", self.theirs),
            None => format!("is `{}`, which the profile wants unset", self.theirs),
        };
        contrast + print_mode
    }
}

/// A value as it may be shown.
pub fn shown(name: &str, value: &str) -> String {
    if is_secret(name, value) {
        "********".to_owned()
    } else {
        visible(value)
    }
}

/// Whether Claude Code takes a value for "on" (2.1.330).
fn is_on(value: &str) -> bool {
    ["1", "true", "yes", "on"].contains(&value.to_lowercase().as_str())
}

/// Whether the file's value does what the profile wants. An empty one counts as unset.
fn agrees(name: &str, wanted: &Wanted, value: &str) -> bool {
    let is_flag = name.starts_with("CLAUDE_CODE_USE_") || name.starts_with("CLAUDE_CODE_SKIP_");
    match wanted {
        Wanted::Text(text) if is_flag => is_on(text) == is_on(value),
        Wanted::Text(text) => text == value,
        Wanted::Unset => value.is_empty() || (is_flag && !is_on(value)),
        Wanted::Secret(_) => false,
    }
}

/// The words for a login by a code.
const CODE_FLAGS: [&str; 2] = ["--use-device-code", "--no-browser"];

/// What this program wrote into a settings file: the command, and the profile that it names.
#[derive(Debug, PartialEq, Eq)]
pub struct Own {
    /// `login` or `credentials`.
    pub action: String,
    /// The profile; none where it is the one that is active.
    pub profile: Option<String>,
    /// Whether a login is by a code for a browser elsewhere.
    pub by_code: bool,
}

impl Own {
    /// Recognises a command line of this program in the settings of `directory`: by its bare name, which is found on
    /// `PATH`, or by an absolute path. One that lies in the repository around `directory`, as a relative one does, is
    /// the repository's own program, whatever its name.
    pub fn parse(command: &str, directory: Option<&Path>) -> Option<Self> {
        let words = command_line::split(command).ok()?;
        let ([program, action], rest) = words.split_first_chunk()?;
        let (profile, rest) = match rest.split_first() {
            Some((profile, rest)) if !profile.starts_with('-') => (Some(profile), rest),
            _ => (None, rest),
        };
        let is_ours = |word: &String| CODE_FLAGS.contains(&word.as_str()) || word == "--no-fallback";
        if !(rest.iter().all(is_ours) || rest == ["--format", "token"]) {
            return None;
        }
        let name = program.rsplit(['/', '\\']).next()?;
        let is_named = name == "claude-bedrock" || name == "claude-bedrock.exe";
        let is_own = is_named && (name == program || is_outside(Path::new(program), directory));
        (is_own && matches!(action.as_str(), "login" | "credentials")).then(|| Self {
            action: action.clone(),
            profile: profile.cloned(),
            by_code: rest.iter().any(|word| CODE_FLAGS.contains(&word.as_str())),
        })
    }
}

/// Whether `program` is an absolute path to no part of the repository around `directory`. The running program is none
/// wherever it lies.
fn is_outside(program: &Path, directory: Option<&Path>) -> bool {
    if !program.is_absolute() {
        return false;
    }
    let resolved = program.canonicalize().unwrap_or_else(|_| program.to_path_buf());
    if std::env::current_exe().is_ok_and(|own| own.canonicalize().is_ok_and(|own| own == resolved)) {
        return true;
    }
    let Some(directory) = directory else { return true };
    let top = crate::system::paths::repository_top(directory).unwrap_or(directory);
    let is_home = crate::system::paths::home().is_some_and(|home| home == top);
    is_home || !(program.starts_with(top) || resolved.starts_with(top))
}

/// Whether what stands at `place` is what `settings apply` wrote there. The records of the file are read where the first
/// of it is asked for.
fn is_own(records: &OnceCell<Option<Records>>, path: &[&str], place: &Place) -> bool {
    let records = records.get_or_init(|| Records::of(&place.source.path).ok());
    let written = &place.source.text()[place.span.clone()];
    records.as_ref().is_some_and(|records| records.has(path, written))
}

/// Everything in `files` that decides otherwise than the profile, in every file, the lowest tier first.
fn all(active: &Active, files: &[Settings]) -> Vec<Shadow> {
    let mut shadows = Vec::new();
    for settings in files.iter().filter(|settings| !settings.is_ignored) {
        let records = OnceCell::new();
        for (index, (name, value)) in settings.env.iter().enumerate() {
            let is_last = settings.env[index + 1..].iter().all(|(other, _)| other != name);
            let Some(setting) = active.environment.get(name).filter(|_| is_last) else {
                let leads = LEADING.iter().find(|(known, _)| known == name && is_last);
                shadows.extend(leads.map(|(_, leads)| Shadow {
                    name: name.clone(),
                    tier: settings.tier,
                    place: value.place.clone(),
                    theirs: shown(name, &value.text),
                    ours: None,
                    leads: Some(leads),
                    is_own: false,
                }));
                continue;
            };
            if !agrees(name, &setting.wanted, &value.text) {
                shadows.push(Shadow {
                    name: name.clone(),
                    tier: settings.tier,
                    place: value.place.clone(),
                    theirs: shown(name, &value.text),
                    ours: match &setting.wanted {
                        Wanted::Text(text) => Some(shown(name, text)),
                        Wanted::Secret(_) => Some("********".to_owned()),
                        Wanted::Unset => None,
                    },
                    leads: None,
                    is_own: is_own(&records, &[ENV, name], &value.place),
                });
            }
        }
        for (key, action, value) in commands(settings) {
            if beats(active, key, value) {
                shadows.push(Shadow {
                    name: key.to_owned(),
                    tier: settings.tier,
                    place: value.place.clone(),
                    theirs: visible(&masked(&value.text)),
                    ours: Some(format!("claude-bedrock {action} {}", active.profile.name)),
                    leads: None,
                    is_own: is_own(&records, &[key], &value.place),
                });
            }
        }
    }
    shadows
}

/// What counts in the end: of each name, what the highest tier says. Whoever asks what in settings files beats a
/// profile asks this.
///
/// The order, the lowest first: the shell, `~/.claude.json`, user, project, local (of the directory, the repository's
/// root, the main worktree), `--settings`, managed settings and their drop-ins. AWS keys of a project's or a local file
/// count in print mode alone; an interactive session takes those of the tiers around (2.1.332, seen), so both are said.
pub fn effective(active: &Active, files: &[Settings]) -> Vec<Shadow> {
    let last = |name: &str, in_a_repository: bool| {
        let counts = |settings: &&Settings| {
            let is_repositorys = matches!(settings.tier, Tier::Project | Tier::Local);
            !settings.is_ignored && (in_a_repository || !is_repositorys)
        };
        files.iter().rev().filter(counts).find_map(|settings| {
            let command = commands(settings).find(|(key, _, _)| *key == name);
            command.map(|(_, _, value)| value).or_else(|| {
                let mut variables = settings.env.iter().rev();
                variables.find(|(known, _)| *known == name).map(|(_, value)| value)
            })
        })
    };
    let counts = |shadow: &Shadow| {
        let is_key = variables::KEYS.contains(&shadow.name.as_str());
        let modes: &[bool] = if is_key { &[true, false] } else { &[true] };
        let is_last = |value: &Value| value.place.source.path == shadow.place.source.path;
        modes.iter().any(|mode| last(&shadow.name, *mode).is_some_and(is_last))
    };
    all(active, files).into_iter().filter(counts).collect()
}

fn commands(settings: &Settings) -> impl Iterator<Item = (&'static str, &'static str, &Value)> {
    let refresh = settings
        .auth_refresh
        .as_ref()
        .map(|value| (AUTH_REFRESH, "login", value));
    let export = settings
        .credential_export
        .as_ref()
        .map(|value| (CREDENTIAL_EXPORT, "credentials", value));
    let helper = settings
        .key_helper
        .as_ref()
        .map(|value| (KEY_HELPER, "credentials", value));
    refresh.into_iter().chain(export).chain(helper)
}

/// The directory whose settings hold a value: that of `.claude`.
pub fn directory_of(value: &Value) -> Option<&Path> {
    value.place.source.path.parent()?.parent()
}

/// Whether a command in the settings gives Claude Code another account's credentials than the profile's.
fn beats(active: &Active, key: &str, value: &Value) -> bool {
    let method = Method::of(&active.profile);
    // What the helper prints is sent where nothing is signed and no token is in the environment (2.1.332, seen).
    let is_helped = environment::helped(&active.profile).is_some();
    // A bearer token beats the command, and a gateway asks for none.
    if (key == KEY_HELPER) != is_helped || (!is_helped && matches!(method, Method::ApiKey | Method::Gateway)) {
        return false;
    }
    match Own::parse(&value.text, directory_of(value)) {
        Some(own) => own.profile.is_some_and(|name| name != active.profile.name),
        None => key != AUTH_REFRESH && method != Method::Ambient,
    }
}

/// Reports that an isolated profile's credentials do not reach Claude Code: no settings file has the command that
/// provides them.
pub fn not_applied(active: &Active, files: &[Settings]) -> Option<Diagnostic> {
    let is_helped = environment::helped(&active.profile).is_some();
    let is_given = Method::of(&active.profile) != Method::Gateway || is_helped;
    let has_command = |settings: &Settings| {
        if is_helped {
            has_helper(settings)
        } else {
            has_export(settings)
        }
    };
    if !environment::is_isolated(&active.profile) || !is_given || files.iter().any(has_command) {
        return None;
    }
    let message = format!(
        "{} is isolated, and no settings file gives Claude Code its credentials: it uses whatever else it finds",
        active.profile.name
    );
    Some(Diagnostic::error(message).help("write the command that provides them: claude-bedrock settings apply"))
}

fn has_export(settings: &Settings) -> bool {
    !settings.is_ignored && settings.credential_export.is_some()
}

fn has_helper(settings: &Settings) -> bool {
    !settings.is_ignored && settings.key_helper.is_some()
}

/// Everything about the settings in `directory` that is wrong for the active profile: files that Claude Code
/// ignores, and what beats the profile. For `doctor` and `settings check`.
pub fn findings(directory: Option<&Path>, active: Option<&Active>) -> Vec<Diagnostic> {
    let found = Found::in_directory(directory);
    let mut findings = findings_in(&found, active);
    findings.extend(active.and_then(|active| not_applied(active, &found.files)));
    findings
}

/// That a file has what Claude Code's own `/setup-bedrock` left (2.1.332, seen): the provider, a region, and a profile, a
/// token or pins, in the user's file, where it beats every profile from then on.
fn by_wizard(settings: &Settings) -> Option<Diagnostic> {
    let value = |name: &str| {
        settings
            .env
            .iter()
            .rev()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    };
    if settings.tier != Tier::User || settings.is_ignored || !is_on(&value("CLAUDE_CODE_USE_BEDROCK")?.text) {
        return None;
    }
    let region = value("AWS_REGION")?;
    let token = value("AWS_BEARER_TOKEN_BEDROCK").filter(|token| !token.text.is_empty());
    let has_pin = || {
        ["OPUS", "SONNET", "HAIKU"]
            .iter()
            .any(|family| value(&format!("ANTHROPIC_DEFAULT_{family}_MODEL")).is_some())
    };
    if token.is_none() && value("AWS_PROFILE").is_none() && !has_pin() {
        return None;
    }
    if is_own(&OnceCell::new(), &[ENV, "AWS_REGION"], &region.place) {
        return None;
    }
    let clear = if token.is_some() {
        ", with an API key in clear"
    } else {
        ""
    };
    let message = format!(
        "the user settings contain a Bedrock set-up, as Claude Code's /setup-bedrock leaves it{clear}: it beats every profile"
    );
    Some(
        Diagnostic::at(region.place.clone(), message)
            .warning()
            .help("make a profile from it, and remove it there: claude-bedrock import settings --move --name NAME"),
    )
}

/// What is wrong with files that have been read, and what in them beats the profile.
pub fn findings_in(found: &Found, active: Option<&Active>) -> Vec<Diagnostic> {
    let mut findings: Vec<Diagnostic> = found.broken.iter().map(|(_, finding)| finding.clone()).collect();
    for settings in &found.files {
        findings.extend(settings.lenient.iter().chain(&settings.faults).cloned());
    }
    for settings in found.files.iter().filter(|settings| !settings.is_ignored) {
        findings.extend(settings.notes.iter().cloned());
    }
    findings.extend(found.files.iter().filter_map(by_wizard));
    if let Some(active) = active {
        findings.extend(effective(active, &found.files).iter().map(Shadow::finding));
        findings.extend(policy::findings(active, &found.files));
    }
    findings
}

/// What the line on entering has to say. Files that cannot be read are left to `settings check`: nothing here
/// may disturb a prompt. Those with variables go into the watch, because an edit there may matter.
pub fn at_the_prompt(directory: Option<&Path>, active: &Active, watch: &mut Watch) -> Vec<String> {
    let mut files = Vec::new();
    let candidates = settings::candidates(directory).into_iter();
    // Megabytes of Claude Code's own state are nothing to be read at a prompt; `settings check` and `doctor` do.
    for candidate in candidates.filter(|candidate| candidate.tier != Tier::State) {
        let mut own = Watch::default();
        if let Ok(Some(settings)) = settings::read(&candidate, &mut own) {
            if !settings.env.is_empty() || settings.credential_export.is_some() || settings.key_helper.is_some() {
                watch.files.append(&mut own.files);
            }
            files.push(settings);
        }
    }
    let effective = effective(active, &files);
    let (own, others): (Vec<&Shadow>, Vec<&Shadow>) = effective
        .iter()
        .filter(|shadow| shadow.leads.is_none())
        .partition(|shadow| shadow.is_own);
    let mut lines: Vec<String> = others.into_iter().map(Shadow::line).collect();
    lines.extend(
        own.chunk_by(|one, other| one.place.source.path == other.place.source.path)
            .map(stale),
    );
    lines.extend(not_applied(active, &files).map(|finding| finding.message));
    lines
}

/// What one file still has of `settings apply` for another profile, in one line.
fn stale(shadows: &[&Shadow]) -> String {
    let names: Vec<&str> = shadows.iter().map(|shadow| shadow.name.as_str()).collect();
    // A variable asks for more than a command does.
    let first = shadows
        .iter()
        .find(|shadow| !shadow.is_command())
        .unwrap_or(&shadows[0]);
    format!(
        "{} in {} settings, as `settings apply` wrote for another profile, or earlier; write it again: {}",
        names.join(", "),
        first.tier.name(),
        first.again()
    )
}
