//! A step of the hook: from the shell's present variables to those that its directory and its choice ask for. The only
//! place that joins session, load, expiry and the settings that beat the environment.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use crate::aws::expiry;
use crate::claude::shadow;
use crate::console::Notice;
use crate::console::layout::{PROMPT_COLUMNS, Tone, painted};
use crate::context::fetch;
use crate::diagnostic::{Diagnostic, Result, Severity};
use crate::environment::{self, Wanted};
use crate::load::{self, Active, Load, summary};
use crate::profile::choice::Choice;
use crate::session::changes::Changes;
use crate::session::state::{self, ACTIVE_VARIABLE, Chosen, State};
use crate::session::transition::{self, Target, Targets};
use crate::session::{Look, Session, others};
use crate::system::paths;
use crate::system::text::visible;
use crate::system::variables::{Snapshot, value_in};
use crate::watch::{Compared, Watch};
use crate::{changed, console, secret, variables};

/// What a shell must do to be up to date.
pub struct Step {
    /// Variables to change.
    pub changes: Changes,
    /// What to say.
    pub notices: Vec<Notice>,
    /// Everything the step depended on, for the watch.
    pub load: Load,
    /// The variables whose values the shell compares at each prompt.
    pub compared: Vec<Compared>,
    /// Whether the step leaves a profile that another tool may bring back at this very prompt.
    pub leaves: bool,
    /// Whether the step was refused because of read-only variables.
    pub refused: bool,
    /// The variables that postpone the step to the next prompt.
    pub postponed: Option<Vec<String>>,
}

impl Step {
    /// A step that is postponed because these variables are hidden.
    fn postponed(mut load: Load, hidden: Vec<String>) -> Self {
        load.watch.blind = true;
        Self {
            compared: Vec::new(),
            leaves: false,
            changes: Changes::default(),
            notices: Vec::new(),
            load,
            refused: false,
            postponed: Some(hidden),
        }
    }
}

/// Why a valid profile cannot be loaded.
struct Failure {
    /// What to report; `None` if the same attempt was reported before.
    finding: Option<Box<Diagnostic>>,
    /// The hash of the attempt, if the next prompt must not repeat it.
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

/// The target of every variable of a profile. Secrets are fetched, unless the variable already holds one from the same
/// place, or the same attempt has just failed.
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
    let mut targets = Vec::new();
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
            Wanted::Secret(_) if same_profile && is_held() && !session.must_be_set_again(name) => Target::Same,
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
        targets.push((name.to_owned(), target));
    }
    let mut targets: Targets = targets.into_iter().collect();
    if active.environment.get("AWS_PROFILE").is_some() {
        for name in session.labels(same_profile) {
            let (value, origin) = (None, None);
            targets.insert(name.to_owned(), Target::Value { value, origin });
        }
    }
    Ok(targets)
}

/// Refuses a profile if the shell holds some of its variables read-only with another value.
fn refuse_fixed(session: &Session, active: &Active) -> std::result::Result<(), Failure> {
    let differs = |name: &str| match active.environment.get(name).map(|setting| &setting.wanted) {
        Some(Wanted::Text(text)) => value_in(&session.snapshot, name) != Some(OsStr::new(text)),
        Some(Wanted::Unset) => value_in(&session.snapshot, name).is_some(),
        Some(Wanted::Secret(_)) => true,
        None => name == ACTIVE_VARIABLE,
    };
    let fixed_names = session.shell_holds.fixed.iter().map(String::as_str);
    let names: Vec<&str> = fixed_names.filter(|name| differs(name)).collect();
    if names.is_empty() {
        return Ok(());
    }
    Err(fixed(&names, &format!("so nothing of {} is set", active.profile.name)).into())
}

/// The variables of the step that are hidden from this program.
fn hidden(session: &Session, load: &Load) -> Vec<String> {
    let own = [state::VARIABLE, ACTIVE_VARIABLE, paths::PROFILE_VARIABLE];
    let is_wanted = |name: &str| {
        let active = load.active.as_ref();
        active.is_some_and(|active| active.environment.get(name).is_some())
    };
    let concerns = |name: &str| own.contains(&name) || session.state.held.contains_key(name) || is_wanted(name);
    let given = session.shell_holds.given.iter();
    given.filter(|name| concerns(name)).cloned().collect()
}

fn is_fixed(session: &Session, name: &str) -> bool {
    session.shell_holds.fixed.iter().any(|fixed| fixed == name)
}

/// The error that variables keep their values because they are read-only.
fn stuck(session: &Session, changes: &Changes, state: &State) -> Option<Diagnostic> {
    let mut names: Vec<&str> = changes.variables.keys().map(String::as_str).collect();
    let active = value_in(&session.snapshot, ACTIVE_VARIABLE);
    names.extend((active != state.profile.as_ref().map(OsStr::new)).then_some(ACTIVE_VARIABLE));
    names.retain(|name| is_fixed(session, name));
    (!names.is_empty()).then(|| *fixed(&names, "which keeps what is there"))
}

/// The error that nothing can be changed, because the variables that record the step are read-only: without them,
/// nothing could be restored later.
fn blocked(session: &Session, changes: &Changes) -> Option<Notice> {
    let is_written = |name: &&str| is_fixed(session, name) && changes.variables.contains_key(*name);
    let names: Vec<&str> = [state::VARIABLE, paths::PROFILE_VARIABLE]
        .into_iter()
        .filter(is_written)
        .collect();
    if names.is_empty() {
        return None;
    }
    let active = value_in(&session.snapshot, ACTIVE_VARIABLE).map_or("no profile".into(), OsStr::to_string_lossy);
    let finding = fixed(&names, &format!("so nothing is changed: {active} stays set"));
    Some(told(&finding))
}

/// The step to the profile that the working directory and `choice` ask for.
pub fn step(session: &Session, choice: &Choice) -> Step {
    let mut load = load::load_in(session, choice);
    let hidden = hidden(session, &load);
    if !hidden.is_empty() {
        return Step::postponed(load, hidden);
    }
    let result = to_profile(session, &mut load);
    let mut refused = matches!(result, Err(Refusal { is_fixed: true, .. }));
    let mut notices = Vec::new();
    let mut settings = Vec::new();
    let (mut changes, mut state) = match result {
        Ok((changes, mut state)) => {
            state.failed = None;
            if let Some(active) = &load.active {
                settings = shadow::at_the_prompt(session.directory.as_deref(), active, &mut load.watch);
            }
            load.findings.extend(stuck(session, &changes, &state));
            say_findings(session, &load, &settings, &changes, &mut state, &mut notices);
            (changes, state)
        }
        Err(Refusal { failure, .. }) => {
            load.active = None;
            load.failed = true;
            // Restoring fetches no secret and writes no stash, so it cannot fail for the same reason.
            let restored = transition::between(&session.snapshot, &session.state, None, session.situation());
            let (changes, mut state) = restored.unwrap_or_else(|_| (Changes::default(), session.state.clone()));
            state.failed = failure.mark;
            if let Some(finding) = failure.finding {
                load.watch.blind |= finding.unwatchable;
                load.findings.push(*finding);
                load.findings.extend(stuck(session, &changes, &state));
                say_findings(session, &load, &settings, &changes, &mut state, &mut notices);
            }
            (changes, state)
        }
    };
    // If variables were just found to be read-only, the refused step has reported it.
    let holds = &session.shell_holds;
    if !refused && (holds.fixed.is_empty() || holds.said) {
        say_where(session, load.active.as_ref(), &changes, &mut notices);
        say_changed(session, load.active.as_ref(), &changes, &mut state, &mut notices);
    }
    if state.said != session.state.said {
        notices.extend(settings.iter().map(|line| Notice {
            grave: true,
            text: visible(&format!("claude-bedrock: warning: {line}")),
        }));
    }
    carry_choice(session, choice, &mut changes, &mut state);
    notices.extend(say_inherited(session, choice, &mut state));
    changes.carry(&session.snapshot, &state);
    if let Some(notice) = blocked(session, &changes) {
        refused = true;
        changes.variables.clear();
        notices = if holds.said { Vec::new() } else { vec![notice] };
    }
    changes.variables.retain(|name, _| !is_fixed(session, name));
    Step {
        compared: compared(session, &changes, &state),
        leaves: session.state.profile.is_some() && changes.is_new,
        changes,
        notices,
        load,
        refused,
        postponed: None,
    }
}

/// Why the directory's profile is not loaded.
struct Refusal {
    failure: Failure,
    /// Whether the shell holds variables that the profile has to set.
    is_fixed: bool,
}

/// The way from what the shell holds to the directory's profile, or to none.
fn to_profile(session: &Session, load: &mut Load) -> std::result::Result<(Changes, State), Refusal> {
    let targets = load
        .active
        .as_ref()
        .map(|active| {
            refuse_fixed(session, active)?;
            targets(session, active, &mut load.watch)
        })
        .transpose()
        .map_err(|failure| Refusal {
            failure,
            is_fixed: !session.shell_holds.fixed.is_empty(),
        })?;
    let name = load.active.as_ref().map(|active| active.profile.name.as_str());
    let wanted = name.zip(targets.as_ref());
    transition::between(&session.snapshot, &session.state, wanted, session.situation())
        .map_err(Failure::from)
        .and_then(|(changes, state)| {
            if name.is_some() {
                fits(session, &changes, &state)?;
            }
            Ok((changes, state))
        })
        .map_err(|failure| Refusal {
            failure,
            is_fixed: false,
        })
}

/// Has the variable of the choice say what is chosen now, and the state what was before.
fn carry_choice(session: &Session, choice: &Choice, changes: &mut Changes, state: &mut State) {
    let value = value_in(&session.snapshot, paths::PROFILE_VARIABLE).map(|value| value.to_string_lossy());
    let before = Choice::of(value.as_deref().filter(|value| !value.is_empty()));
    if before != *choice {
        state.choice_before = Some(before);
        state.by_exec = false;
        let value = choice.value().map(OsString::from);
        changes.change(&session.snapshot, paths::PROFILE_VARIABLE, value);
    }
}

/// Remembers where a choice was made, and reports it once in a shell that inherited it and is in another directory: a
/// terminal multiplexer or an editor passes on what some shell chose long ago.
fn say_inherited(session: &Session, choice: &Choice, state: &mut State) -> Option<Notice> {
    let Some(value) = choice.value().filter(|_| !state.by_exec) else {
        state.chosen = None;
        return None;
    };
    let directory = session.directory.as_deref()?;
    let here = Chosen {
        process: crate::system::machine::parent(),
        directory: state.mark(directory.as_os_str().as_encoded_bytes()),
    };
    let before = session.state.chosen;
    if session.look == Look::Asked {
        state.chosen = Some(here);
        return None;
    }
    // A user who sets the variable by other means knows it.
    let before = before.filter(|before| before.process != here.process)?;
    state.chosen = Some(here);
    let (name, _) = crate::profile::choice::split(value);
    let asked = if *choice == Choice::Off {
        "off".to_owned()
    } else {
        format!("use {}", visible(name))
    };
    (before.directory != here.directory).then(|| Notice {
        grave: true,
        text: format!(
            "claude-bedrock: `{asked}` applies here: it was chosen elsewhere, in an earlier shell\n  back to what the directory says: claude-bedrock use --clear"
        ),
    })
}

/// Variables that decide who pays, even if a profile unsets them.
const DECISIVE: &[&str] = &[
    "AWS_PROFILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_BEARER_TOKEN_BEDROCK",
    "ANTHROPIC_MODEL",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_MANTLE",
    "CLAUDE_CODE_USE_VERTEX",
    "CLAUDE_CODE_USE_FOUNDRY",
    "CLAUDE_CODE_USE_ANTHROPIC_AWS",
    "CLAUDE_CODE_USE_GATEWAY",
];

/// The variables whose values the shell compares at each prompt. Each costs a microsecond there, so of the variables
/// that a profile unsets only those that decide who pays are compared.
fn compared(session: &Session, changes: &Changes, state: &State) -> Vec<Compared> {
    let mut names = Vec::new();
    // What has just been left may come back at this very prompt.
    let of = if state.profile.is_some() { state } else { &session.state };
    let is_set = |name: &&String| of.held[*name].mark.is_some();
    names.extend(of.held.keys().filter(is_set).map(String::as_str));
    if of.profile.is_some() {
        names.extend(DECISIVE);
    }
    if !state.left.is_empty() {
        names.extend(state.left.keys().map(String::as_str));
        names.extend(others::RECORDS);
    }
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(*name));
    let is_secret = |name: &str| {
        let is_fetched = of.held.get(name).is_some_and(|held| held.origin.is_some());
        is_fetched || variables::SECRET.contains(&name) || others::RECORDS.contains(&name)
    };
    let compared = |name: &str| Compared {
        name: name.to_owned(),
        is_secret: is_secret(name),
        is_there: match changes.variables.get(name) {
            Some(value) => value.is_some(),
            None => value_in(&session.snapshot, name).is_some(),
        },
    };
    names.into_iter().map(compared).collect()
}

/// Whether the system can pass the changed variables to a process, one by one and together.
fn fits(session: &Session, changes: &Changes, state: &State) -> Result<()> {
    for (name, value) in &changes.variables {
        variables::check_length(name, value.as_ref().map_or(0, |value| value.len()))?;
    }
    variables::check_length(state::VARIABLE, state.encoded_length())?;
    Ok(variables::check_total(changes.seen_over(&session.snapshot))?)
}

/// A finding as a notice.
fn told(finding: &Diagnostic) -> Notice {
    Notice {
        grave: true,
        text: finding.render_within(PROMPT_COLUMNS, console::colored()),
    }
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
    let mut text: String = load.findings.iter().map(|finding| finding.render(false)).collect();
    text.extend(load.projects.iter().map(|project| project.path.to_string_lossy()));
    text.extend(settings.iter().map(String::as_str));
    let silent = load.findings.is_empty() && settings.is_empty();
    let mark = (!silent).then(|| state.mark(text.as_bytes()));
    if mark != state.said {
        notices.extend(load.findings.iter().map(told));
    }
    state.said = mark;
    if session.unreadable {
        let finding = Diagnostic::error(format!(
            "the variable {} cannot be read; what it held is not restored",
            state::VARIABLE
        ))
        .warning();
        notices.push(told(&finding.help("to recover, start a new shell")));
    }
    if !changes.lost.is_empty() {
        let finding = Diagnostic {
            severity: Severity::Warning,
            ..Diagnostic::error(format!(
                "the values that {} had before are lost",
                changes.lost.join(", ")
            ))
        };
        notices.push(told(
            &finding.help("they are unset now; set them again, or start a new shell"),
        ));
    }
}

/// Reports where the shell differs from the profile, and what stays on leaving; each once.
fn say_changed(
    session: &Session,
    active: Option<&Active>,
    changes: &Changes,
    state: &mut State,
    notices: &mut Vec<Notice>,
) {
    let mut say = |text: &str| {
        notices.push(Notice {
            grave: true,
            text: visible(&format!("claude-bedrock: {text}")),
        });
    };
    if !changes.staying.is_empty() {
        let names = changes.staying.join(", ");
        say(&format!(
            "{names} keep the values set inside; to restore the earlier ones: claude-bedrock use --clear"
        ));
    }
    let Some(active) = active.filter(|_| !changes.by_user.is_empty()) else {
        state.told = None;
        return;
    };
    let mut differing = changed::in_shell(session, active);
    differing.retain(|one| !changes.variables.contains_key(&one.name));
    let values: Vec<_> = differing
        .iter()
        .map(|one| value_in(&session.snapshot, &one.name))
        .collect();
    let mark = Some(state.mark(format!("{values:?}").as_bytes()));
    if state.told != mark && !differing.is_empty() {
        say(&changed::line(session, active, &differing));
    }
    state.told = mark;
}

/// The line on entering and leaving.
fn say_where(session: &Session, active: Option<&Active>, changes: &Changes, notices: &mut Vec<Notice>) {
    let before = session.state.profile.as_deref();
    let is_same = |name: &str| before == Some(name) && (!changes.is_new || changes.variables.is_empty());
    let text = match (active, before) {
        (Some(active), _) if is_same(&active.profile.name) => return,
        (Some(active), _) => {
            let line = format!("claude-bedrock: {}", summary(active));
            match expiry::warning(session, active) {
                Some(words) => visible(&format!("{line}; {words}")),
                None => visible(&line),
            }
        }
        (None, Some(before)) => {
            // First the event, then the problem that it caused.
            let notice = Notice {
                grave: false,
                text: visible(&format!("claude-bedrock: left {before}")),
            };
            notices.insert(0, notice);
            return;
        }
        (None, None) => return,
    };
    let is_danger = active.is_some_and(|active| active.profile.settings.flag("danger"));
    notices.push(Notice {
        grave: false,
        text: painted(&text, Tone::Bad, is_danger && console::colored()),
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

/// The error that variables are read-only in the shell, with the consequence.
fn fixed(names: &[&str], consequence: &str) -> Box<Diagnostic> {
    let (names, are) = (names.join(", "), if names.len() == 1 { "is" } else { "are" });
    Diagnostic::error(format!("{names} {are} read-only in this shell, {consequence}"))
        .help("remove the `readonly` or `declare -r` from your shell's files, then start a new shell")
        .into()
}
