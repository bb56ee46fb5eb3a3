//! `settings`: Claude Code's settings files, what in them beats the profile, and what this program puts there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap_complete::engine::ArgValueCompleter;
use serde_json::{Value, json};

use crate::claude::apply::{self, Change, File, Written};
use crate::claude::edit::Editor;
use crate::claude::launcher::program;
use crate::claude::policy;
use crate::claude::settings::{self, Candidate, Found, Settings, Tier};
use crate::claude::{json as claude_json, shadow, shown};
use crate::command::{self, Report};
use crate::diagnostic::{Diagnostic, Result, Severity};
use crate::exit::Exit;
use crate::load::{self, Active};
use crate::profile::choice::Choice;
use crate::session::Session;
use crate::system::{command_line, files, lines, paths, programs};
use crate::{console, context};

/// What to do with Claude Code's settings files.
#[derive(Debug, clap::Subcommand)]
pub enum Action {
    /// Show the settings files, and what in them beats the active profile
    #[command(
        after_help = "Examples:\n  claude-bedrock settings check\n  claude-bedrock settings check --user --json\n  claude-bedrock settings check --settings ci.json   what `claude --settings ci.json` gets here\n\nAn `env` in a settings file beats what the shell exports, and `awsCredentialExport` the credentials in it.\nExit status 1 if one does, or if Claude Code ignores a file."
    )]
    Check(Check),
    /// Write what Claude Code needs for the profile: awsAuthRefresh, awsCredentialExport, and with --env its variables
    #[command(
        after_help = "Examples:\n  claude-bedrock settings apply                  .claude/settings.local.json, for the profile that is active here\n  claude-bedrock settings apply --user -p work   everywhere\n  claude-bedrock settings apply --env            also for editors and programs that have no shell hook\n  claude-bedrock settings apply --user --statusline\n\nEverything else in the file stays byte for byte. A secret is never written."
    )]
    Apply(Apply),
    /// Remove exactly what `settings apply` wrote
    #[command(
        after_help = "Examples:\n  claude-bedrock settings remove\n  claude-bedrock settings remove --user --dry-run\n\nWhat has been edited since then stays."
    )]
    Remove(Remove),
}

#[derive(clap::Args, Debug)]
pub struct TierChoice {
    /// Yours, everywhere: ~/.claude/settings.json
    #[arg(long, conflicts_with_all = ["project", "local"])]
    pub user: bool,
    /// This repository's, shared: .claude/settings.json (checked and cleaned; `apply` writes none of yours there)
    #[arg(long, conflicts_with = "local")]
    pub project: bool,
    /// Yours in this repository: .claude/settings.local.json
    #[arg(long)]
    pub local: bool,
}

#[derive(clap::Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Apply {
    #[command(flatten)]
    pub tier: TierChoice,
    /// The profile [default: the one that is active here]
    #[arg(long, short, add = ArgValueCompleter::new(command::complete::profiles))]
    pub profile: Option<String>,
    /// Also write the profile's variables, but no secret
    #[arg(long)]
    pub env: bool,
    /// Also make `claude-bedrock statusline` Claude Code's status line, if it has none
    #[arg(long)]
    pub statusline: bool,
    /// Logins that Claude Code starts use a code, for a browser elsewhere; kept until the file has another command
    #[arg(long, visible_alias = "no-browser")]
    pub use_device_code: bool,
    /// Change nothing, only show what would change
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(clap::Args, Debug)]
pub struct Remove {
    #[command(flatten)]
    pub tier: TierChoice,
    /// Change nothing, only show what would change
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(clap::Args, Debug)]
pub struct Check {
    #[command(flatten)]
    pub tier: TierChoice,
    /// With what `claude --settings` gives, a file or JSON, over all but managed settings
    #[arg(long, value_name = "FILE|JSON", conflicts_with_all = ["user", "project", "local", "fix"])]
    pub settings: Option<String>,
    /// Remove what beats the profile
    #[arg(long)]
    pub fix: bool,
    /// With --fix: change nothing, only show what would change
    #[arg(long, requires = "fix")]
    pub dry_run: bool,
    #[command(flatten)]
    pub report: Report,
}

/// Shows the settings files and what in them beats the profile. Exit status 1 if something does.
pub fn check(arguments: &Check) -> Result<Exit> {
    let directory = paths::working_directory();
    let active = active_here()?;
    if arguments.fix {
        let active = active.as_ref().ok_or_else(context::nothing_active)?;
        fix(active, arguments.tier.chosen(), arguments.dry_run)?;
        if arguments.dry_run {
            return Ok(Exit::Done);
        }
    }
    let mut candidates: Vec<Candidate> = settings::candidates(directory.as_deref())
        .into_iter()
        .filter(|candidate| arguments.tier.chosen().is_none_or(|tier| tier == candidate.tier))
        .collect();
    let mut found = match arguments.tier.chosen() {
        Some(_) => Found::of(&candidates),
        None => Found::in_directory(directory.as_deref()),
    };
    if let Some(given) = &arguments.settings {
        found.give(given)?;
    }
    for settings in &found.files {
        let path = &settings.source.path;
        if candidates.iter().all(|candidate| candidate.path != *path) {
            let (tier, path) = (settings.tier, path.clone());
            let at = candidates.iter().take_while(|candidate| candidate.tier <= tier).count();
            candidates.insert(at, Candidate { tier, path });
        }
    }
    let mut findings = shadow::findings_in(&found, active.as_ref());
    if arguments.tier.chosen().is_none()
        && let Some(active) = &active
    {
        findings.extend(shadow::not_applied(active, &found.files));
        findings.extend(what_claude_says(active, &found.files));
    }
    if arguments.report.json {
        console::print_json(&as_json(&candidates, &found, &findings, active.as_ref()))?;
    } else {
        let rows: Vec<Vec<String>> = candidates.iter().map(|candidate| row(candidate, &found)).collect();
        console::print(console::table(&rows))?;
        let colored = console::colored();
        for finding in &findings {
            console::say(&format!("\n{}", finding.render(colored)));
        }
        if active.is_none() {
            console::say("claude-bedrock: no profile is active here to compare them with");
        }
    }
    let is_broken = |finding: &Diagnostic| finding.severity == Severity::Error;
    Ok(Exit::found_if(findings.iter().any(is_broken)))
}

/// Asks the installed Claude Code which provider it would ask here, and says where that is another than the profile's;
/// where managed settings want a later version of it, that it does not start. It answers from its files, without the
/// network (2.1.332, seen).
fn what_claude_says(active: &Active, files: &[Settings]) -> Vec<Diagnostic> {
    let session = Session::inherited();
    let mut variables = session.restored();
    active.environment.lay_over(&mut variables);
    let Ok(program) = program::find(&std::env::var_os("PATH").unwrap_or_default(), &[]) else {
        return Vec::new();
    };
    let ask = |arguments: &[&str]| {
        let output = std::process::Command::new(&program.path)
            .args(arguments)
            .env_clear()
            .envs(&variables)
            .stdin(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .output();
        output.map(|output| output.stdout).unwrap_or_default()
    };
    let version = || {
        let answer = ask(&["--version"]);
        let answer = String::from_utf8_lossy(&answer);
        answer.split_whitespace().next().unwrap_or_default().to_owned()
    };
    let findings = policy::too_old(files, version);
    if !findings.is_empty() {
        return findings;
    }
    let Some(provider) = policy::other_provider(active, &ask(&["auth", "status"])) else {
        return Vec::new();
    };
    let message = format!(
        "Claude Code, started here without the launcher, asks `{}` and not Bedrock by {}",
        crate::system::text::visible(&provider),
        active.profile.name
    );
    let help = "see what decides: claude auth status --text; start it so: claude-bedrock claude";
    vec![Diagnostic::error(message).help(help)]
}

/// Writes what Claude Code needs for a profile.
pub fn apply(arguments: &Apply) -> Result<Exit> {
    let active = match &arguments.profile {
        Some(name) => named(name)?,
        None => active_here()?.ok_or_else(context::nothing_active)?,
    };
    let tier = arguments.tier.chosen().unwrap_or(Tier::Local);
    if tier == Tier::Project {
        return Err(not_for_the_team(&active).into());
    }
    if tier == Tier::Local {
        refuse_shared(&active)?;
    }
    apply_to(
        &active,
        tier,
        Written {
            env: arguments.env,
            statusline: arguments.statusline,
            by_code: arguments.use_device_code,
            is_named: arguments.profile.is_some(),
        },
        arguments.dry_run,
    )
}

/// Why nothing is written into the settings that a team shares: on a colleague's machine the commands fail, and Claude
/// Code goes on with whatever account is there (2.1.332, seen).
fn not_for_the_team(active: &Active) -> Diagnostic {
    Diagnostic::error(format!(
        ".claude/settings.json is shared, and what would be written names {} and your profile {}; if a colleague has neither, Claude Code silently uses another account",
        paths::display(&programs::own()),
        active.profile.name
    ))
    .help("write it into your own .claude/settings.local.json: claude-bedrock settings apply")
    .help("what a team shares is the project file: claude-bedrock init; each member starts: claude-bedrock claude")
}

/// An error where the local settings are the team's after all: a link to them, or committed.
fn refuse_shared(active: &Active) -> Result<()> {
    let local = apply::path_of(Tier::Local)?;
    let shown = paths::display(&local);
    let quoted = |path: &Path| command_line::quote(&path.to_string_lossy());
    let project = local.with_file_name("settings.json");
    if local
        .canonicalize()
        .is_ok_and(|target| project.canonicalize().is_ok_and(|project| project == target))
    {
        let finding = Diagnostic::error(format!("{shown} is a link to .claude/settings.json, which is shared"));
        return Err(finding
            .help(format!("remove the link, then again: rm {}", quoted(&local)))
            .into());
    }
    if is_committed(&local) {
        return Err(Diagnostic::error(format!(
            "{shown} is in git, so it is shared, and what would be written names {} and your profile {}; if a colleague has neither, Claude Code silently uses another account",
            paths::display(&programs::own()),
            active.profile.name
        ))
        .help(format!("keep it out of git, then again: git rm --cached {}", quoted(&local)))
        .help("or everywhere, in your own settings: claude-bedrock settings apply --user")
        .into());
    }
    Ok(())
}

/// Whether git keeps the file. No program that the repository's configuration names is started.
fn is_committed(path: &Path) -> bool {
    let (Some(git), Some(directory)) = (programs::on_path("git"), path.parent()) else {
        return false;
    };
    std::process::Command::new(git)
        .args(["-c", "core.fsmonitor=false", "ls-files", "--error-unmatch", "--"])
        .arg(path.file_name().unwrap_or_default())
        .current_dir(directory)
        .env_remove("GIT_DIR")
        .env_remove("GIT_INDEX_FILE")
        .env_remove("GIT_WORK_TREE")
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Writes into the user's own settings what Claude Code needs for the active profile, wherever that is.
pub fn apply_to_user(active: &Active) -> Result<Exit> {
    apply_to(active, Tier::User, Written::default(), false)
}

fn apply_to(active: &Active, tier: Tier, mut written: Written, dry_run: bool) -> Result<Exit> {
    let path = apply::path_of(tier)?;
    let mut below = settings::candidates(paths::working_directory().as_deref());
    below.retain(|candidate| candidate.tier < tier && candidate.path != path);
    let below = Found::of(&below).files;
    let file = File::read(&path, tier)?;
    let own = Editor::new(&file.text)
        .get(&[settings::AUTH_REFRESH])
        .map(claude_json::decoded);
    let was_by_code = own
        .and_then(|command| shadow::Own::parse(&command, None))
        .is_some_and(|own| own.by_code);
    written.by_code |= was_by_code;
    let (mut members, left_out) = apply::members(active, written, &programs::own(), &below)?;
    if written.statusline {
        let member = apply::statusline(&programs::own())?;
        let found = settings::candidates(paths::working_directory().as_deref())
            .into_iter()
            .find(|candidate| has_other_statusline(candidate, &member.1));
        match found {
            Some(candidate) => console::say(&format!(
                "claude-bedrock: {} has a status line already, which stays; in its script: printf '%s' \"$json\" | claude-bedrock statusline",
                paths::display(&candidate.path)
            )),
            None => members.push(member),
        }
    }
    for line in left_out {
        console::say(&format!("claude-bedrock: {line}"));
    }
    let existing = Editor::new(&file.text);
    members.retain(|(path, _)| {
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        let secret = |value: &str| shadow::is_secret(names[names.len() - 1], &claude_json::decoded(value));
        let hidden = existing
            .get(&names)
            .is_some_and(|value| value.starts_with('"') && secret(value));
        if hidden {
            console::say(&format!(
                "claude-bedrock: {} stays as it is: its value looks like a secret",
                path.join(".")
            ));
        }
        !hidden
    });
    if members.is_empty() {
        console::say(&format!(
            "claude-bedrock: {} needs nothing in the settings ({})",
            active.profile.name,
            crate::environment::hint(&active.profile)
        ));
        return Ok(Exit::Done);
    }
    let change = file.with(&members)?;
    finish(&file, &change, &path, dry_run)?;
    if !dry_run
        && Found::of(&[Candidate { tier, path }])
            .files
            .iter()
            .any(|settings| settings.is_ignored)
    {
        console::say(
            "claude-bedrock: warning: Claude Code ignores this file for its comments, commas or types; see: claude-bedrock settings check",
        );
    }
    Ok(Exit::Done)
}

/// Whether a settings file names another status line than the one that would be written.
fn has_other_statusline(candidate: &Candidate, own: &str) -> bool {
    let text = files::read_text(&candidate.path, files::OWN).unwrap_or_default();
    let editor = Editor::new(&text);
    editor.get(&[apply::STATUS_LINE]).is_some_and(|value| value != own)
}

/// Removes what `apply` wrote.
pub fn remove(arguments: &Remove) -> Result<Exit> {
    let tier = arguments.tier.chosen().unwrap_or(Tier::Local);
    let path = apply::path_of(tier)?;
    let file = File::read(&path, tier)?;
    if let Some(change) = file.without()? {
        return finish(&file, &change, &path, arguments.dry_run);
    }
    console::say(&format!(
        "claude-bedrock: {} contains nothing from claude-bedrock",
        paths::display(&path)
    ));
    Ok(Exit::Done)
}

/// Removes members from the user's file, each by its path, and shows the difference; with `dry_run` it only shows it.
pub fn take_out_of_users(members: &[Vec<String>], dry_run: bool) -> Result<Exit> {
    let path = apply::path_of(Tier::User)?;
    let file = File::read(&path, Tier::User)?;
    finish(&file, &file.without_members(members).moved(), &path, dry_run)
}

/// Takes out of every file but the administrator's what beats the profile, and gives the directory its own
/// commands where others count.
fn fix(active: &Active, only: Option<Tier>, dry_run: bool) -> Result<Exit> {
    let is_home = paths::working_directory() == paths::home();
    let mut taken: BTreeSet<(PathBuf, String)> = BTreeSet::new();
    // What is taken out of a file may uncover the same in a lower one; what a higher one covers stays.
    loop {
        let mut found = Found::in_directory(paths::working_directory().as_deref());
        for settings in &mut found.files {
            let path = settings.source.path.clone();
            settings
                .env
                .retain(|(name, _)| !taken.contains(&(path.clone(), name.clone())));
        }
        let mut shadows = shadow::effective(active, &found.files);
        shadows.retain(|shadow| {
            !shadow.is_command()
                && shadow.leads.is_none()
                && !shadow.is_own
                && [Tier::User, Tier::Project, Tier::Local].contains(&shadow.tier)
                && only.is_none_or(|tier| tier == shadow.tier)
        });
        let Some(first) = shadows.first() else { break };
        let (path, tier) = (first.place.source.path.clone(), first.tier);
        shadows.retain(|shadow| shadow.place.source.path == path);
        let names: Vec<&str> = shadows.iter().map(|shadow| shadow.name.as_str()).collect();
        let file = File::read(&path, tier)?;
        // It counts in every directory, so it is changed for this one's sake only when it is named.
        let is_left = tier == Tier::User && only.is_none() && !is_home;
        finish(&file, &file.without_variables(&names), &path, dry_run || is_left)?;
        if is_left {
            console::say(
                "claude-bedrock: it counts in every directory, and stays; to change it: claude-bedrock settings check --fix --user",
            );
        }
        taken.extend(names.iter().map(|name| (path.clone(), (*name).to_owned())));
    }
    let found = Found::in_directory(paths::working_directory().as_deref());
    let shadows = shadow::effective(active, &found.files);
    // What this program wrote for another profile is rewritten.
    for tier in [Tier::User, Tier::Local] {
        let stale = || shadows.iter().filter(|shadow| shadow.is_own && shadow.tier == tier);
        let is_named = only == Some(tier) || (only.is_none() && (tier == Tier::Local || is_home));
        if stale().next().is_some() && is_named {
            let written = Written {
                env: stale().any(|shadow| !shadow.is_command()),
                ..Written::default()
            };
            apply_to(active, tier, written, dry_run)?;
        }
    }
    let found = Found::in_directory(paths::working_directory().as_deref());
    let needs_commands = shadow::effective(active, &found.files)
        .iter()
        .any(shadow::Shadow::is_command);
    if only.is_none() && (needs_commands || shadow::not_applied(active, &found.files).is_some()) {
        apply_to(active, Tier::Local, Written::default(), dry_run)?;
    }
    Ok(Exit::Done)
}

/// After `allow` and `init`: reports that an isolated profile needs a command in the settings, if it has none.
pub fn say_what_is_missing() {
    let Ok(Some(active)) = active_here() else { return };
    let found = Found::in_directory(paths::working_directory().as_deref());
    if let Some(finding) = shadow::not_applied(&active, &found.files) {
        console::report(&finding);
    }
}

/// Shows a change, and makes it.
fn finish(file: &File, change: &Change, path: &Path, dry_run: bool) -> Result<Exit> {
    let after = change.text.as_deref().unwrap_or_default();
    let shown = paths::display(path);
    if file.exists() && change.text.as_deref() == Some(&file.text) {
        console::say(&format!("claude-bedrock: {shown} already has it"));
        return Ok(Exit::Done);
    }
    let mut text = String::new();
    for line in lines::difference_shown((&file.text, &shown::shown(&file.text)), (after, &shown::shown(after))) {
        text.push_str(&format!("{}\n", crate::system::text::visible(&line)));
    }
    console::print(text)?;
    if dry_run {
        console::say(&format!("claude-bedrock: {shown} would change as follows"));
        return Ok(Exit::Done);
    }
    file.make(change)?;
    console::say(&format!(
        "claude-bedrock: {} {shown}",
        if change.text.is_none() { "removed" } else { "changed" }
    ));
    Ok(Exit::Done)
}

/// A profile by its name, as the project refines it.
fn named(name: &str) -> Result<Active> {
    let load = load::load(paths::working_directory().as_deref(), &Choice::Profile(name.to_owned()));
    match (load.active, load.findings.into_iter().next()) {
        (Some(active), _) => Ok(active),
        (None, Some(finding)) => Err(finding.into()),
        (None, None) => Err(context::nothing_active().into()),
    }
}

/// The active profile, if any; what is wrong with it is an error.
fn active_here() -> Result<Option<Active>> {
    let choice = Choice::of(paths::chosen_profile().as_deref());
    let load = load::load(paths::working_directory().as_deref(), &choice);
    match (load.active, load.findings.into_iter().next()) {
        (Some(active), _) => Ok(Some(active)),
        (None, Some(finding)) => Err(finding.into()),
        (None, None) => Ok(None),
    }
}

fn row(candidate: &Candidate, found: &Found) -> Vec<String> {
    let settings = found
        .files
        .iter()
        .find(|settings| settings.source.path == candidate.path);
    let what = match settings {
        Some(settings) => summary(settings),
        None if settings::is_too_large(&candidate.path) && candidate.tier != Tier::State => {
            "too large to be read here".to_owned()
        }
        None if found.broken.iter().any(|(broken, _)| broken == candidate) => "ignored by Claude Code".to_owned(),
        None => "not there".to_owned(),
    };
    vec![candidate.tier.name().to_owned(), paths::display(&candidate.path), what]
}

fn summary(settings: &Settings) -> String {
    if settings.is_ignored {
        return "ignored by Claude Code".to_owned();
    }
    let mut parts: Vec<String> = Vec::new();
    for (key, value) in [
        (settings::AUTH_REFRESH, &settings.auth_refresh),
        (settings::CREDENTIAL_EXPORT, &settings.credential_export),
        (settings::KEY_HELPER, &settings.key_helper),
    ] {
        match value
            .as_ref()
            .map(|value| shadow::Own::parse(&value.text, shadow::directory_of(value)))
        {
            Some(Some(own)) => parts.push(match own.profile {
                Some(name) => format!("{key} for {name}"),
                None => format!("{key} for the active profile"),
            }),
            Some(None) => parts.push(format!("{key} of another program")),
            None => {}
        }
    }
    match settings.env.len() {
        0 => {}
        1 => parts.push("1 variable".to_owned()),
        count => parts.push(format!("{count} variables")),
    }
    if parts.is_empty() {
        return "nothing about Bedrock".to_owned();
    }
    parts.join(", ")
}

fn as_json(candidates: &[Candidate], found: &Found, findings: &[Diagnostic], active: Option<&Active>) -> Value {
    let file = |candidate: &Candidate| {
        let settings = found
            .files
            .iter()
            .find(|settings| settings.source.path == candidate.path);
        let text = |value: &Option<settings::Value>| value.as_ref().map(|value| shadow::shown("", &value.text));
        json!({
            "tier": candidate.tier.name(),
            "path": candidate.path.to_string_lossy(),
            "exists": settings.is_some() || found.broken.iter().any(|(broken, _)| broken == candidate),
            "ignored": settings.map_or_else(|| found.broken.iter().any(|(broken, _)| broken == candidate), |settings| settings.is_ignored),
            settings::AUTH_REFRESH: settings.and_then(|settings| text(&settings.auth_refresh)),
            settings::CREDENTIAL_EXPORT: settings.and_then(|settings| text(&settings.credential_export)),
            settings::KEY_HELPER: settings.and_then(|settings| text(&settings.key_helper)),
            "env": settings.map(|settings| settings.env.iter().map(|(name, _)| name).collect::<Vec<_>>()),
        })
    };
    json!({
        "profile": active.map(|active| &active.profile.name),
        "files": candidates.iter().map(file).collect::<Vec<_>>(),
        "overrides": active.map(|active| shadow::effective(active, &found.files).iter().map(shadow_json).collect::<Vec<_>>()),
        "findings": findings.iter().map(Diagnostic::json).collect::<Vec<_>>(),
    })
}

/// What beats the profile, for programs.
pub fn shadow_json(shadow: &shadow::Shadow) -> Value {
    json!({
        "name": shadow.name,
        "tier": shadow.tier.name(),
        "file": shadow.place.source.path.to_string_lossy(),
        "line": shadow.place.line(),
        "value": shadow.theirs,
        "wanted": shadow.ours,
    })
}

impl TierChoice {
    /// The tier named on the command line, if any.
    pub fn chosen(&self) -> Option<Tier> {
        match (self.user, self.project, self.local) {
            (true, _, _) => Some(Tier::User),
            (_, true, _) => Some(Tier::Project),
            (_, _, true) => Some(Tier::Local),
            _ => None,
        }
    }
}
