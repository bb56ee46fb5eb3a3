//! A step of the hook: from what the shell has to what its directory and its choice ask for. The only place
//! that joins session, load, expiry and what beats the environment.

use std::collections::BTreeMap;
use std::ffi::OsString;

use crate::aws::expiry;
use crate::claude::shadow;
use crate::console::Notice;
use crate::context::fetch;
use crate::diagnostic::{Diagnostic, Result, Severity};
use crate::environment::{self, Wanted};
use crate::load::{self, Active, Load, summary};
use crate::profile::choice::Choice;
use crate::session::Session;
use crate::session::state::{self, ACTIVE_VARIABLE, State};
use crate::session::transition::{self, Changes, Target, Targets};
use crate::system::paths;
use crate::system::variables::{Snapshot, value_in};
use crate::watch::Watch;
use crate::{secret, variables};

/// What a shell has to do to be up to date.
pub struct Step {
    /// Variables to change.
    pub changes: Changes,
    /// What to say.
    pub notices: Vec<Notice>,
    /// What it all depended on, for the watch.
    pub load: Load,
}

/// Why a profile that is understood cannot be loaded.
struct Failure {
    /// What to say; `None` where the same was tried and said before.
    finding: Option<Box<Diagnostic>>,
    /// The hash of what was tried, where it must not be tried again at the next prompt.
    mark: Option<[u8; 8]>,
}

impl From<Box<Diagnostic>> for Failure {
    fn from(finding: Box<Diagnostic>) -> Self {
        Self {
            finding: Some(finding),
            mark: None,
        }
    }
}

/// What every variable of a profile is to become. Secrets are fetched, unless the variable holds one
/// already that comes from the same place, or the same attempt has just failed.
fn targets(session: &Session, active: &Active, watch: &mut Watch) -> std::result::Result<Targets, Failure> {
    let secrets = active.environment.secrets();
    let variables = if secrets.is_empty() {
        Snapshot::new()
    } else {
        session.restored()
    };
    let mut origins = BTreeMap::new();
    for (name, secret) in secrets {
        let stamp = secret::stamp(secret, &variables, watch);
        origins.insert(name, session.state.mark(format!("{secret:?} {stamp}").as_bytes()));
    }
    let attempt = session
        .state
        .mark(format!("{} {origins:?}", active.profile.name).as_bytes());
    if !origins.is_empty() && session.state.failed == Some(attempt) {
        return Err(Failure {
            finding: None,
            mark: Some(attempt),
        });
    }
    let same_profile = session.state.profile.as_ref() == Some(&active.profile.name);
    let mut targets = Targets::new();
    for (name, setting) in active.environment.iter() {
        let origin = origins.get(name).copied();
        let is_held = || session.state.held.get(name).is_some_and(|held| held.origin == origin);
        let target = match &setting.wanted {
            Wanted::Text(text) => Target::Value {
                value: Some(text.clone()),
                origin: None,
            },
            Wanted::Unset => Target::Value {
                value: None,
                origin: None,
            },
            Wanted::Secret(_) if same_profile && is_held() => Target::Same,
            Wanted::Secret(secret) => {
                let value = fetch(name, setting, secret, &variables).map_err(|finding| Failure {
                    finding: Some(finding),
                    mark: Some(attempt),
                })?;
                Target::Value {
                    value: Some(value),
                    origin,
                }
            }
        };
        targets.insert(name.to_owned(), target);
    }
    Ok(targets)
}

/// Refuses a profile where the shell has just failed to set it, or has before and nothing changed since.
fn refuse_fixed(session: &Session, active: &Active) -> std::result::Result<(), Failure> {
    if session.fixed.is_empty() && session.state.failed.is_none() {
        return Ok(());
    }
    let wanted: Vec<_> = active
        .environment
        .iter()
        .map(|(name, setting)| (name, &setting.wanted))
        .collect();
    // Of this shell: one that it starts inherits the state, but no variable is read-only there.
    let attempt = format!("{} {} {wanted:?}", paths::parent_process(), active.profile.name);
    let mark = Some(session.state.mark(attempt.as_bytes()));
    if !session.fixed.is_empty() {
        let finding = fixed(&session.fixed, &format!("so nothing of {} is set", active.profile.name));
        return Err(Failure {
            finding: Some(finding),
            mark,
        });
    }
    if session.state.failed == mark {
        return Err(Failure { finding: None, mark });
    }
    Ok(())
}

/// The step to what the working directory and `choice` ask for.
pub fn step(session: &Session, choice: &Choice) -> Step {
    let mut load = load::load(session.directory.as_deref(), choice);
    let targets = load
        .active
        .as_ref()
        .map(|active| {
            refuse_fixed(session, active)?;
            targets(session, active, &mut load.watch)
        })
        .transpose();
    if load.active.is_none() && !session.fixed.is_empty() {
        load.findings.push(*fixed(&session.fixed, "which keeps what is there"));
    }
    let result = targets.and_then(|targets| {
        let name = load.active.as_ref().map(|active| active.profile.name.as_str());
        let (changes, state) = transition::between(&session.snapshot, &session.state, name.zip(targets.as_ref()))?;
        if name.is_some() {
            fits(session, &changes, &state)?;
        }
        Ok((changes, state))
    });
    let mut notices = Vec::new();
    let mut settings = Vec::new();
    let (mut changes, mut state) = match result {
        Ok((changes, mut state)) => {
            state.failed = None;
            if let Some(active) = &load.active {
                settings = shadow::at_the_prompt(session.directory.as_deref(), active, &mut load.watch);
            }
            say_findings(session, &load, &settings, &changes, &mut state, &mut notices);
            (changes, state)
        }
        Err(failure) => {
            load.active = None;
            // Restoring fetches no secret and writes no stash, so it cannot fail for the same reason.
            let restored = transition::between(&session.snapshot, &session.state, None);
            let (changes, mut state) = restored.unwrap_or_else(|_| (Changes::default(), session.state.clone()));
            state.failed = failure.mark;
            if let Some(finding) = failure.finding {
                load.watch.blind |= finding.unwatchable;
                load.findings.push(*finding);
                say_findings(session, &load, &settings, &changes, &mut state, &mut notices);
            }
            (changes, state)
        }
    };
    if session.fixed.is_empty() {
        say_where(session, load.active.as_ref(), &changes, &mut notices);
    }
    if state.said != session.state.said {
        notices.extend(settings.iter().map(|line| Notice {
            grave: true,
            text: crate::system::text::visible(&format!("claude-bedrock: warning: {line}")),
        }));
    }
    let value = value_in(&session.snapshot, paths::PROFILE_VARIABLE).map(|value| value.to_string_lossy());
    let before = Choice::of(value.as_deref().filter(|value| !value.is_empty()));
    if before != *choice {
        state.choice_before = Some(before);
        changes.change(
            &session.snapshot,
            paths::PROFILE_VARIABLE,
            choice.value().map(OsString::from),
        );
    }
    changes.carry(&session.snapshot, &state);
    Step { changes, notices, load }
}

/// Whether the system can hand the changed variables to a process, one by one and together.
fn fits(session: &Session, changes: &Changes, state: &State) -> Result<()> {
    for (name, value) in &changes.variables {
        variables::check_length(name, value.as_ref().map_or(0, |value| value.len()))?;
    }
    variables::check_length(state::VARIABLE, state.encode().len())?;
    Ok(variables::check_total(&changes.applied_to(&session.snapshot))?)
}

/// Warnings, once: the state remembers which were shown.
fn say_findings(
    session: &Session,
    load: &Load,
    settings: &[String],
    changes: &Changes,
    state: &mut State,
    notices: &mut Vec<Notice>,
) {
    let colored = !paths::no_color() && is_terminal();
    let mut text: String = load.findings.iter().map(|finding| finding.render(false)).collect();
    text.extend(load.projects.iter().map(|project| project.path.to_string_lossy()));
    text.extend(settings.iter().map(String::as_str));
    let silent = load.findings.is_empty() && settings.is_empty();
    let mark = (!silent).then(|| state.mark(text.as_bytes()));
    if mark != state.said {
        notices.extend(load.findings.iter().map(|finding| Notice {
            grave: true,
            text: finding.render(colored),
        }));
    }
    state.said = mark;
    if session.unreadable {
        let finding = Diagnostic::error(format!(
            "the variable {} cannot be read; what it held is not restored",
            state::VARIABLE
        ))
        .warning();
        notices.push(Notice {
            grave: true,
            text: finding.help("start a new shell to begin afresh").render(colored),
        });
    }
    if !changes.lost.is_empty() {
        let finding = Diagnostic {
            severity: Severity::Warning,
            ..Diagnostic::error(format!(
                "the values that {} had before are lost",
                changes.lost.join(", ")
            ))
        };
        notices.push(Notice {
            grave: true,
            text: finding
                .help("they are unset now; set them again, or start a new shell")
                .render(colored),
        });
    }
}

/// The line on entering and leaving.
fn say_where(session: &Session, active: Option<&Active>, changes: &Changes, notices: &mut Vec<Notice>) {
    let before = value_in(&session.snapshot, ACTIVE_VARIABLE).map(|name| name.to_string_lossy());
    let text = match (active, before) {
        (Some(active), Some(before)) if before == active.profile.name && changes.variables.is_empty() => return,
        (Some(active), _) => {
            let warning = expiry::warning(session, active).map(|words| format!("; {words}"));
            format!("claude-bedrock: {}{}", summary(active), warning.unwrap_or_default())
        }
        (None, Some(before)) => format!("claude-bedrock: left {before}"),
        (None, None) => return,
    };
    notices.push(Notice {
        grave: false,
        text: crate::system::text::visible(&text),
    });
    let bearer = "AWS_BEARER_TOKEN_BEDROCK";
    if active.is_some_and(|active| environment::is_isolated(&active.profile))
        && changes.variables.get(bearer).is_some_and(Option::is_none)
    {
        notices.push(Notice {
            grave: false,
            text: format!("claude-bedrock: {bearer} is unset here, because it would beat the profile's credentials"),
        });
    }
}

/// That variables are read-only in the shell, and what follows.
fn fixed(names: &[String], consequence: &str) -> Box<Diagnostic> {
    let (names, are) = (names.join(", "), if names.len() == 1 { "is" } else { "are" });
    Diagnostic::error(format!("{names} {are} read-only in this shell, {consequence}"))
        .help("take the `readonly` or `declare -r` out of your shell's files, then start a new shell")
        .into()
}

fn is_terminal() -> bool {
    std::io::IsTerminal::is_terminal(&std::io::stderr())
}
