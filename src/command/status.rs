//! `status`: what is active here, and why.

use std::ffi::OsString;

use serde_json::json;

use crate::aws::expiry::{self, Expiry};
use crate::aws::payer;
use crate::changed::InShell;
use crate::claude::settings::Found;
use crate::claude::shadow::{self, Shadow};
use crate::command::segment::Format;
use crate::command::{self, Report, overview};
use crate::console::layout::{Fact, Screen, Tone, painted};
use crate::diagnostic::{Diagnostic, Result};
use crate::exit::Exit;
use crate::load::{self, Active, FoundProject, Load};
use crate::profile::Reason;
use crate::profile::choice::Choice;
use crate::session::Session;
use crate::shell::{self, Shell};
use crate::system::paths;
use crate::trust::Verdict;
use crate::{console, environment};

/// Shown by `--help` after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock status
  claude-bedrock status --format '{profile} {region} {expires}'    for a prompt

Placeholders: {profile} {region} {model} {account} {expires} {danger}; {{ and }} are braces. If no profile is active, it prints nothing.
For the name alone a prompt needs no process: it is in CLAUDE_BEDROCK_ACTIVE.

Exit status 1 if a problem kept the profile from loading.";

#[derive(clap::Args, Debug)]
pub struct Args {
    /// In your own words, on one line
    #[arg(long, value_name = "FORMAT", conflicts_with = "json")]
    pub format: Option<String>,
    #[command(flatten)]
    pub report: Report,
}

impl Args {
    /// The arguments of this process, if they are a format and nothing else, as a prompt asks at each of its lines.
    /// What the command line's tree would read otherwise is left to it.
    pub fn formatted() -> Option<Self> {
        let words: Vec<OsString> = std::env::args_os().skip(1).collect();
        let format = match words.as_slice() {
            [command, option, format] if command == "status" && option == "--format" => format.to_str()?,
            [command, option] if command == "status" => option.to_str()?.strip_prefix("--format=")?,
            _ => return None,
        };
        (!format.is_empty() && !format.starts_with('-')).then(|| Self {
            format: Some(format.to_owned()),
            report: Report { json: false },
        })
    }
}

/// Prints what is active here. Exit status 1 if something is wrong.
pub fn run(arguments: &Args) -> Result<Exit> {
    let format = arguments.format.as_deref().map(Format::parse).transpose()?;
    let report = &arguments.report;
    let choice = Choice::of(paths::chosen_profile().as_deref());
    let session = Session::inherited();
    let load = load::load_in(&session, &choice);
    let loaded = session.state.profile.as_deref();
    let is_wanted = format.as_ref().is_none_or(Format::tells_expiry);
    let expiry = load.active.as_ref().filter(|_| is_wanted);
    let expiry = expiry.and_then(|active| expiry::of(&session, active));
    let shell = InShell::of(&session, load.active.as_ref());
    if let Some(format) = format {
        let is_changed = !shell.changed.is_empty();
        let line = load
            .active
            .as_ref()
            .map(|active| format.render(active, expiry.as_ref(), shell.account.as_deref(), is_changed));
        let is_danger = load
            .active
            .as_ref()
            .is_some_and(|active| active.profile.settings.flag("danger"));
        let line = line.map(|line| painted(&line, Tone::Bad, is_danger && console::colored_output()) + "\n");
        console::print(line.unwrap_or_default())?;
        return Ok(Exit::found_if(!load.findings.is_empty()));
    }
    let settings = Settings::of(&load);
    console::print(if report.json {
        json(&load, loaded, &settings, expiry.as_ref(), &shell, &session)
    } else {
        let state = State {
            load: &load,
            choice: &choice,
            loaded,
            settings: &settings,
            expiry: expiry.as_ref(),
            shell: &shell,
            session: &session,
        };
        text(&state, Screen::of_output())
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

/// Everything that `status` reports.
struct State<'a> {
    load: &'a Load,
    choice: &'a Choice,
    loaded: Option<&'a str>,
    settings: &'a Settings,
    expiry: Option<&'a Expiry>,
    shell: &'a InShell,
    session: &'a Session,
}

/// The first line, and what to type next.
struct Summary {
    tone: Tone,
    text: String,
    next: String,
}

impl State<'_> {
    fn is_loaded(&self, active: &Active) -> bool {
        self.loaded == Some(active.profile.name.as_str())
    }

    /// The gravest problem first: what keeps `claude` from working here and now.
    fn summary(&self) -> Summary {
        let summary = |tone, text: String, next: &str| Summary {
            tone,
            text,
            next: next.to_owned(),
        };
        let Some(active) = &self.load.active else {
            return self.inactive();
        };
        let name = &active.profile.name;
        if !self.is_loaded(active) {
            let state = match self.loaded {
                Some(other) => format!("still has {other} loaded"),
                None => "has not loaded it".to_owned(),
            };
            let next = if crate::system::paths::hook_has_run() {
                "press Enter: the hook loads it at the next prompt".to_owned()
            } else {
                let login = Shell::login().unwrap_or(shell::POSIX);
                format!(
                    "{}   (for good: claude-bedrock setup)",
                    login.load_line("claude-bedrock", false)
                )
            };
            return summary(Tone::Bad, format!("{name} applies here, but this shell {state}"), &next);
        }
        if !self.shell.changed.is_empty() {
            let next = self.shell.again.clone().unwrap_or_default();
            return summary(
                Tone::Bad,
                format!("{name} is active, but this shell has been changed since"),
                &next,
            );
        }
        if !self.settings.shadows.is_empty() {
            let text = format!("{name} is active, but Claude Code's settings files override it");
            return summary(Tone::Bad, text, "claude-bedrock settings check");
        }
        if self.settings.not_applied.is_some() {
            let text = format!("{name} is active, but Claude Code does not get its credentials");
            return summary(Tone::Bad, text, "claude-bedrock settings apply");
        }
        if let Some(expiry) = self.expiry.filter(|expiry| expiry.is_over()) {
            let text = format!("{name} is active, but {}", over(expiry));
            return summary(Tone::Bad, text, &format!("claude-bedrock login {name}"));
        }
        let account = payer::account(&active.profile, self.session).map(|account| format!("account {account}"));
        let model = overview::main_model(active).map(|model| overview::short_model(&model));
        let region = active.profile.settings.text("region").map(str::to_owned);
        let parts: Vec<String> = [region, account, model].into_iter().flatten().collect();
        let is_danger = active.profile.settings.flag("danger");
        let text = format!(
            "{name}{} is active: {}",
            if is_danger { " (danger)" } else { "" },
            parts.join(", ")
        );
        let tone = if is_danger { Tone::Bad } else { Tone::Good };
        summary(tone, text.trim_end_matches(": ").to_owned(), "claude")
    }

    fn inactive(&self) -> Summary {
        let summary = |tone, text: &str, next: &str| Summary {
            tone,
            text: format!("no profile is active here: {text}"),
            next: next.to_owned(),
        };
        if *self.choice == Choice::Off {
            return summary(Tone::Strong, "switched off in this shell", "claude-bedrock use --clear");
        }
        if let Some(place) = &self.load.switched_off {
            let text = format!("switched off in {place} (profile = false)");
            return summary(Tone::Strong, &text, "claude-bedrock use NAME   (for this shell)");
        }
        if self.load.failed {
            return summary(Tone::Bad, "it cannot be loaded", "see the message below");
        }
        let waiting = |found: &&FoundProject| matches!(found.verdict, Some(Verdict::Unknown { .. }));
        if let Some(project) = self.load.projects.iter().find(waiting) {
            let text = format!("{} is not allowed yet", paths::display(&project.path));
            return summary(Tone::Doubtful, &text, "claude-bedrock allow");
        }
        match load::summaries() {
            Ok(profiles) if profiles.is_empty() => {
                summary(Tone::Doubtful, "nothing is set up yet", "claude-bedrock setup")
            }
            _ => summary(
                Tone::Strong,
                "nothing names one",
                "claude-bedrock init NAME (here), or claude-bedrock use NAME (this shell)",
            ),
        }
    }
}

/// The notice that a login has ended.
fn over(expiry: &Expiry) -> String {
    match expiry.state() {
        "absent" => "you are not logged in".to_owned(),
        "unreadable" => "its session cannot be read".to_owned(),
        _ => format!("its session is {}", expiry.brief()),
    }
}

fn text(state: &State<'_>, screen: Screen) -> String {
    let summary = state.summary();
    let load = state.load;
    let mut facts = Vec::new();
    if let Some(active) = &load.active {
        let settings = &active.profile.settings;
        facts.push(Fact::new("because", &reason(&active.reason, state.shell.by_exec)));
        let region = settings.text("region");
        facts.push(Fact::new(
            "region",
            region.unwrap_or("none; Claude Code takes the AWS profile's, or us-east-1"),
        ));
        facts.extend(payer::account(&active.profile, state.session).map(|account| Fact::new("account", &account)));
        facts.push(Fact::new("credentials", &environment::way_in(&active.profile)));
        facts.extend(
            state
                .expiry
                .map(|expiry| Fact::new("login", &expiry.words(&active.profile.name))),
        );
        facts.extend(overview::main_model(active).map(|model| Fact::new("model", &model)));
        if settings.flag("danger") {
            facts.push(Fact::new("danger", "a profile to be careful with").tone(Tone::Bad));
        }
    }
    for (name, words) in state.shell.rows() {
        facts.push(Fact::new(name, &words).tone(Tone::Doubtful));
    }
    for project in &load.projects {
        let text = format!("{} ({})", paths::display(&project.path), verdict(project));
        facts.push(Fact::new("project", &text));
    }
    for shadow in &state.settings.shadows {
        facts.push(Fact::new("overridden", &shadow.line()).tone(Tone::Bad));
    }
    if let Some(finding) = &state.settings.not_applied {
        let text = format!("{}; {}", finding.message, finding.help.join("; "));
        facts.push(Fact::new("settings", &text).tone(Tone::Bad));
    }
    let wanted = load.active.as_ref().map(|active| active.profile.name.as_str());
    if let Some(name) = state.loaded.filter(|_| state.loaded != wanted) {
        facts.push(Fact::new("shell", &format!("still has {name} loaded")).tone(Tone::Bad));
    }
    facts.push(Fact::new("next", &summary.next).tone(Tone::Strong));
    let verdict = screen.folded(&crate::system::text::visible(&summary.text), 0);
    format!("{}\n{}", screen.paint(&verdict, summary.tone), screen.facts(&facts))
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

fn json(
    load: &Load,
    loaded: Option<&str>,
    settings: &Settings,
    expiry: Option<&Expiry>,
    shell: &InShell,
    session: &Session,
) -> String {
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
        "account": active.and_then(|active| payer::account(&active.profile, session)),
        "credentials": active.map(|active| environment::way_in(&active.profile)),
        "model": active.and_then(|active| active.environment.get("ANTHROPIC_MODEL")).and_then(|setting| setting.wanted.text()),
        "session": expiry.map(Expiry::json),
        "danger": active.is_some_and(|active| active.profile.settings.flag("danger")),
        "loaded": loaded,
        "by_exec": shell.by_exec,
        "changed": shell.json(),
        "would_pay": shell.account,
        "projects": projects,
        "overridden": settings.shadows.iter().map(command::settings::shadow_json).collect::<Vec<_>>(),
        "settings_needed": settings.not_applied.is_some(),
        "findings": findings,
    });
    console::json(&object) + "\n"
}
