//! `status`: what is active here, and why.

use serde_json::json;

use crate::aws::expiry::{self, Expiry};
use crate::changed::InShell;
use crate::claude::settings::Found;
use crate::claude::shadow::{self, Shadow};
use crate::command::segment::Format;
use crate::command::{self, Report};
use crate::diagnostic::{Diagnostic, Result};
use crate::exit::Exit;
use crate::load::{self, FoundProject, Load};
use crate::profile::Reason;
use crate::profile::choice::Choice;
use crate::session::Session;
use crate::system::{paths, time};
use crate::trust::Verdict;
use crate::{console, environment};

/// What `--help` shows after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock status
  claude-bedrock status --format '{profile} {region} {expires}'    for a prompt

Placeholders: {profile} {region} {model} {account} {expires}; {{ and }} are braces. Nothing is printed where no profile is active.
For the name alone a prompt needs no process: it is in CLAUDE_BEDROCK_ACTIVE.

Exit status 1 where something is wrong, so that no profile could be loaded.";

#[derive(clap::Args, Debug)]
pub struct Args {
    /// In your own words, on one line
    #[arg(long, value_name = "FORMAT", conflicts_with = "json")]
    pub format: Option<String>,
    #[command(flatten)]
    pub report: Report,
}

/// Prints what is active here. Exit status 1 where something is wrong.
pub fn run(arguments: &Args) -> Result<Exit> {
    let format = arguments.format.as_deref().map(Format::parse).transpose()?;
    let report = &arguments.report;
    let choice = Choice::of(paths::chosen_profile().as_deref());
    let load = load::load(paths::working_directory().as_deref(), &choice);
    let session = Session::inherited();
    let loaded = session.state.profile.as_deref();
    let expiry = load.active.as_ref().and_then(|active| expiry::of(&session, active));
    let shell = InShell::of(&session, load.active.as_ref());
    if let Some(format) = format {
        let is_changed = !shell.changed.is_empty();
        let line = load
            .active
            .as_ref()
            .map(|active| format.render(active, expiry.as_ref(), shell.account.as_deref(), is_changed));
        console::print(line.map(|line| line + "\n").unwrap_or_default())?;
        return Ok(Exit::found_if(!load.findings.is_empty()));
    }
    let settings = Settings::of(&load);
    console::print(if report.json {
        json(&load, loaded, &settings, expiry.as_ref(), &shell)
    } else {
        text(&load, &choice, loaded, &settings, expiry.as_ref(), &shell)
    })?;
    if !report.json {
        for finding in &load.findings {
            console::report(finding);
        }
    }
    Ok(Exit::found_if(!load.findings.is_empty() || !shell.changed.is_empty()))
}

/// What Claude Code's settings files make of the active profile.
struct Settings {
    shadows: Vec<Shadow>,
    not_applied: Option<Diagnostic>,
}

impl Settings {
    fn of(load: &Load) -> Self {
        let files = Found::in_directory(load.watch.directory.as_deref()).files;
        let active = load.active.as_ref();
        Self {
            shadows: active
                .map(|active| shadow::effective(active, &files))
                .unwrap_or_default(),
            not_applied: active.and_then(|active| shadow::not_applied(active, &files)),
        }
    }
}

fn reason(reason: &Reason, by_exec: bool) -> String {
    match reason {
        Reason::Chosen if by_exec => format!(
            "by exec -p ({}); back to the directory's: claude-bedrock use --clear",
            paths::PROFILE_VARIABLE
        ),
        Reason::Chosen => format!(
            "chosen in this shell ({}); back to the directory's: claude-bedrock use --clear",
            paths::PROFILE_VARIABLE
        ),
        Reason::Project(place) => format!("named in {place}"),
        Reason::Default(place) => format!("the default of {place}"),
    }
}

fn text(
    load: &Load,
    choice: &Choice,
    loaded: Option<&str>,
    settings: &Settings,
    expiry: Option<&Expiry>,
    shell: &InShell,
) -> String {
    let mut rows = Vec::new();
    let mut row = |name: &str, value: String| rows.push(vec![name.to_owned(), crate::system::text::visible(&value)]);
    match &load.active {
        Some(active) => {
            row("profile", active.profile.name.clone());
            row("because", reason(&active.reason, shell.by_exec));
            row(
                "region",
                active
                    .profile
                    .settings
                    .text("region")
                    .unwrap_or("none; Claude Code takes the AWS profile's, or us-east-1")
                    .to_owned(),
            );
            row("account", environment::hint(&active.profile));
            if let Some(expiry) = expiry {
                row("login", expiry.words(&active.profile.name));
            }
            if let Some(model) = active
                .environment
                .get("ANTHROPIC_MODEL")
                .and_then(|setting| setting.wanted.text().map(str::to_owned))
            {
                row("model", model);
            }
        }
        None if *choice == Choice::Off => row(
            "profile",
            "none: switched off in this shell; back again: claude-bedrock use --clear".to_owned(),
        ),
        None => row(
            "profile",
            match &load.switched_off {
                Some(place) => format!("none: switched off in {place} (profile = false)"),
                None => "none".to_owned(),
            },
        ),
    }
    for (name, words) in shell.rows() {
        row(name, words);
    }
    for project in &load.projects {
        row(
            "project",
            format!("{} ({})", paths::display(&project.path), verdict(project)),
        );
    }
    for shadow in &settings.shadows {
        row("overridden", shadow.line());
    }
    if let Some(finding) = &settings.not_applied {
        row("settings", format!("{}; {}", finding.message, finding.help.join("; ")));
    }
    let wanted = load.active.as_ref().map(|active| active.profile.name.as_str());
    if loaded != wanted {
        let state = loaded.map_or_else(
            || "has no profile loaded".to_owned(),
            |name| format!("still has {name} loaded"),
        );
        row(
            "shell",
            format!("{state}; is the hook in its rc file? See: claude-bedrock hook --help"),
        );
    }
    console::table(&rows)
}

fn verdict(project: &FoundProject) -> &'static str {
    match (&project.verdict, project.refines) {
        (None, _) => "refused",
        (Some(Verdict::Unknown { .. }), _) => "not allowed yet",
        (Some(Verdict::Denied), _) => "denied",
        (Some(Verdict::Allowed), true) => "allowed, refines the profile",
        (Some(Verdict::Allowed), false) => "allowed",
        (Some(Verdict::BelowTrusted(_)), _) => "below a trusted directory",
    }
}

fn json(load: &Load, loaded: Option<&str>, settings: &Settings, expiry: Option<&Expiry>, shell: &InShell) -> String {
    let active = load.active.as_ref();
    let projects: Vec<_> = load
        .projects
        .iter()
        .map(|project| json!({ "path": project.path.to_string_lossy(), "verdict": verdict(project), "refines": project.refines }))
        .collect();
    let findings: Vec<_> = load.findings.iter().map(Diagnostic::json).collect();
    let object = json!({
        "profile": active.map(|active| &active.profile.name),
        "because": active.map(|active| match active.reason { Reason::Chosen => "chosen", Reason::Project(_) => "project", Reason::Default(_) => "default" }),
        "from": active.and_then(|active| match &active.reason {
            Reason::Chosen => None,
            Reason::Project(place) | Reason::Default(place) => Some(json!({ "file": place.source.path.to_string_lossy(), "line": place.line() })),
        }),
        "switched_off": load.switched_off.as_ref().map(|place| json!({ "file": place.source.path.to_string_lossy(), "line": place.line() })),
        "region": active.and_then(|active| active.profile.settings.text("region")),
        "account": active.map(|active| environment::hint(&active.profile)),
        "model": active.and_then(|active| active.environment.get("ANTHROPIC_MODEL")).and_then(|setting| setting.wanted.text()),
        "session": expiry.map(|expiry| json!({ "state": expiry.state(), "expires": expiry.at().and_then(time::written) })),
        "loaded": loaded,
        "by_exec": shell.by_exec,
        "changed": shell.json(),
        "would_pay": shell.account,
        "projects": projects,
        "overridden": settings.shadows.iter().map(command::settings::shadow_json).collect::<Vec<_>>(),
        "settings_needed": settings.not_applied.is_some(),
        "findings": findings,
    });
    format!("{object:#}\n")
}
