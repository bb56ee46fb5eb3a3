//! What a shell carries, and how it goes from one prompt to the next.

pub mod changed;
pub mod difference;
pub mod links;
pub mod load;
pub mod others;
pub mod private;
#[cfg(test)]
mod simulation;
pub mod stash;
pub mod state;
pub mod watch;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use crate::aws::expiry;
use crate::claude::shadow;
use crate::diagnostic::{Diagnostic, Result, Severity};
use crate::environment::{self, Environment, Setting, Wanted, owned};
use crate::paths;
use crate::profile::schema::Secret;
use crate::secret;
use difference::{Changes, Situation, Snapshot, Target, Targets, value_in};
use load::{Active, Load};
use others::Others;
use state::{ACTIVE_VARIABLE, Choice, State};

/// A shell as it stands: its variables, and what this program did to them before.
pub struct Session {
    /// The variables.
    pub snapshot: Snapshot,
    /// The working directory with links resolved; `None` where it was deleted.
    pub directory: Option<PathBuf>,
    /// What is held.
    pub state: State,
    /// The variables that the shell could not change just now, because they are read-only there.
    pub fixed: Vec<String>,
    /// What other tools say that they have done to the variables.
    pub others: Others,
    /// Which look at the shell it is.
    pub look: Look,
    /// The state before the first look at this prompt.
    before: Option<State>,
    /// Whether there was a state that could not be read.
    unreadable: bool,
}

/// Which look at a shell it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// The first at a prompt: what has changed since the last one, the user's command has changed.
    #[default]
    First,
    /// After everything else that runs at a prompt: what has changed since the first look, other tools have.
    Late,
    /// The same at the first prompt of a shell.
    FirstLate,
    /// The user has asked for a profile: what was changed by hand gives way.
    Asked,
}

/// Something for the user's eyes, on stderr.
#[derive(Debug)]
pub struct Notice {
    /// Whether it is about something wrong, or only the line on entering and leaving.
    pub grave: bool,
    /// One or more lines without the last newline.
    pub text: String,
}

/// What a shell has to do to be up to date.
pub struct Step {
    /// Variables to change.
    pub changes: Changes,
    /// What to say.
    pub notices: Vec<Notice>,
    /// What it all depended on, for the watch.
    pub load: Load,
    /// The variables whose values the shell compares at each prompt.
    pub compared: Vec<String>,
    /// Whether a profile is left, which another tool may bring back at this very prompt.
    pub leaves: bool,
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

impl Session {
    /// The session of the shell that started this process.
    pub fn inherited() -> Self {
        let mut snapshot: Snapshot = std::env::vars_os().collect();
        let before = snapshot.remove(OsStr::new(state::BEFORE_VARIABLE));
        let value = value_in(&snapshot, state::VARIABLE).filter(|value| !value.is_empty());
        let state = value.and_then(State::decode);
        let before = before.and_then(|value| State::decode(&value));
        Self {
            directory: paths::working_directory(),
            fixed: Vec::new(),
            others: Others::of(&snapshot),
            look: Look::default(),
            unreadable: value.is_some() && state.is_none(),
            state: state.unwrap_or_else(|| before.as_ref().map_or_else(State::new, State::after)),
            before,
            snapshot,
        }
    }

    fn situation(&self) -> Situation<'_> {
        Situation {
            others: &self.others,
            late: matches!(self.look, Look::Late | Look::FirstLate),
            first_prompt: self.look == Look::FirstLate,
            before: self.before.as_ref(),
            asked: self.look == Look::Asked,
        }
    }

    /// fish cannot hide an exported universal variable of the user's, only blank it (`shell/fish.rs`); so there
    /// a blank variable that the profile wants unset is one that nobody has touched since.
    pub fn take_blank_for_unset(&mut self) {
        let unset = |name: &OsString| {
            let held = name.to_str().and_then(|name| self.state.held.get(name));
            held.is_some_and(|held| held.mark.is_none())
        };
        self.snapshot.retain(|name, value| !(value.is_empty() && unset(name)));
    }

    /// The variables as they would be without this program.
    pub fn restored(&self) -> Snapshot {
        match difference::between(&self.snapshot, &self.state, None, self.situation()) {
            Ok((mut changes, _)) => {
                changes.carry(&self.snapshot, &State::new());
                changes.applied_to(&self.snapshot)
            }
            Err(_) => self.snapshot.clone(),
        }
    }

    /// What every variable of a profile is to become. Secrets are fetched, unless the variable holds one
    /// already that comes from the same place, or the same attempt has just failed.
    fn targets(&self, active: &Active, watch: &mut watch::Watch) -> std::result::Result<Targets, Failure> {
        let secrets = active.environment.secrets();
        let variables = if secrets.is_empty() {
            Snapshot::new()
        } else {
            self.restored()
        };
        let mut origins = BTreeMap::new();
        for (name, secret) in secrets {
            let stamp = secret::stamp(secret, &variables, watch);
            origins.insert(name, self.state.mark(format!("{secret:?} {stamp}").as_bytes()));
        }
        let attempt = self
            .state
            .mark(format!("{} {origins:?}", active.profile.name).as_bytes());
        if !origins.is_empty() && self.state.failed == Some(attempt) {
            return Err(Failure {
                finding: None,
                mark: Some(attempt),
            });
        }
        let same_profile = self.state.profile.as_ref() == Some(&active.profile.name);
        let mut targets = Targets::new();
        for (name, setting) in active.environment.iter() {
            let origin = origins.get(name).copied();
            let is_held = || self.state.held.get(name).is_some_and(|held| held.origin == origin);
            let target = match &setting.wanted {
                Wanted::Text(text) => Target::Value {
                    value: Some(text.clone()),
                    origin: None,
                },
                Wanted::Unset => Target::Value {
                    value: None,
                    origin: None,
                },
                Wanted::Secret(_) if same_profile && is_held() && !self.must_be_set_again(name) => Target::Same,
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
        if active.environment.get("AWS_PROFILE").is_some() {
            for name in self.labels(same_profile) {
                let (value, origin) = (None, None);
                targets.insert(name.to_owned(), Target::Value { value, origin });
            }
        }
        Ok(targets)
    }

    /// The labels of other credentials, which a profile with credentials of its own takes away. What the user
    /// takes on while the profile is active brings its labels along, and they stay with it.
    fn labels(&self, same_profile: bool) -> impl Iterator<Item = &str> {
        let there = self.snapshot.keys().filter_map(|name| name.to_str());
        let there = there.filter(move |_| !same_profile || self.look != Look::First);
        let held = self.state.held.keys().map(String::as_str);
        there.chain(held).filter(|name| owned::is_label(name))
    }

    /// Whether a variable has to get its value once more, though the profile wants what it wanted before.
    fn must_be_set_again(&self, name: &str) -> bool {
        let mark = value_in(&self.snapshot, name).map(|value| self.state.mark(state::bytes_of(value)));
        let is_ours = self.state.held.get(name).is_some_and(|held| held.mark == mark);
        !is_ours && (self.look != Look::First || !self.others.about(name).is_empty() || !self.state.left.is_empty())
    }

    /// Refuses a profile where the shell has just failed to set it, or has before and nothing changed since.
    fn refuse_fixed(&self, active: &Active) -> std::result::Result<(), Failure> {
        if self.fixed.is_empty() && self.state.failed.is_none() {
            return Ok(());
        }
        let wanted: Vec<_> = active
            .environment
            .iter()
            .map(|(name, setting)| (name, &setting.wanted))
            .collect();
        // Of this shell: one that it starts inherits the state, but no variable is read-only there.
        let attempt = format!("{} {} {wanted:?}", paths::parent_process(), active.profile.name);
        let mark = Some(self.state.mark(attempt.as_bytes()));
        if !self.fixed.is_empty() {
            let finding = fixed(&self.fixed, &format!("so nothing of {} is set", active.profile.name));
            return Err(Failure {
                finding: Some(finding),
                mark,
            });
        }
        if self.state.failed == mark {
            return Err(Failure { finding: None, mark });
        }
        Ok(())
    }

    /// The values of `environment`, secrets fetched; `None` where a variable is unset.
    pub fn values(&self, environment: &Environment) -> Result<BTreeMap<String, Option<String>>> {
        let variables = if environment.secrets().is_empty() {
            Snapshot::new()
        } else {
            self.restored()
        };
        let value = |name: &str, setting: &Setting| match &setting.wanted {
            Wanted::Text(text) => Ok(Some(text.clone())),
            Wanted::Unset => Ok(None),
            Wanted::Secret(secret) => fetch(name, setting, secret, &variables).map(Some),
        };
        environment
            .iter()
            .map(|(name, setting)| Ok((name.to_owned(), value(name, setting)?)))
            .collect()
    }

    /// The whole environment of `active`, secrets fetched: its variables on top of what the shell had without
    /// this program, so that nothing of a profile that is loaded there is mixed in.
    pub fn environment_of(&self, active: &Active) -> Result<Snapshot> {
        let mut environment = self.restored();
        for (name, value) in self.values(&active.environment)? {
            match value {
                Some(value) => environment.insert(name.into(), value.into()),
                None => environment.remove(OsStr::new(&name)),
            };
        }
        if active.environment.get("AWS_PROFILE").is_some() {
            environment.retain(|name, _| !name.to_str().is_some_and(owned::is_label));
        }
        environment.insert(ACTIVE_VARIABLE.into(), OsString::from(&active.profile.name));
        Ok(environment)
    }

    /// The same for a command that may be a shell, or start one: with the state, so that it is left there as here.
    /// Where the state cannot be kept, the command does without.
    pub fn environment_to_pass_on(&self, active: &Active) -> Result<Snapshot> {
        let start = self.restored();
        let mut targets = Targets::new();
        for (name, value) in self.values(&active.environment)? {
            targets.insert(name, Target::Value { value, origin: None });
        }
        if active.environment.get("AWS_PROFILE").is_some() {
            for name in start.keys().filter_map(|name| name.to_str()).filter(|name| owned::is_label(name)) {
                let (value, origin) = (None, None);
                targets.insert(name.to_owned(), Target::Value { value, origin });
            }
        }
        let wanted = Some((active.profile.name.as_str(), &targets));
        let Ok((mut changes, mut state)) = difference::between(&start, &State::new(), wanted, self.situation()) else {
            return self.environment_of(active);
        };
        state.by_exec = true;
        changes.carry(&start, &state);
        Ok(changes.applied_to(&start))
    }

    /// The step to what the working directory and `choice` ask for.
    pub fn step(&self, choice: &Choice) -> Step {
        let mut load = load::load(self.directory.as_deref(), choice);
        let targets = load
            .active
            .as_ref()
            .map(|active| {
                self.refuse_fixed(active)?;
                self.targets(active, &mut load.watch)
            })
            .transpose();
        if load.active.is_none() && !self.fixed.is_empty() {
            load.findings.push(*fixed(&self.fixed, "which keeps what is there"));
        }
        let result = targets.and_then(|targets| {
            let name = load.active.as_ref().map(|active| active.profile.name.as_str());
            let wanted = name.zip(targets.as_ref());
            let (changes, state) = difference::between(&self.snapshot, &self.state, wanted, self.situation())?;
            if name.is_some() {
                self.fits(&changes, &state)?;
            }
            Ok((changes, state))
        });
        let mut notices = Vec::new();
        let mut settings = Vec::new();
        let (mut changes, mut state) = match result {
            Ok((changes, mut state)) => {
                state.failed = None;
                if let Some(active) = &load.active {
                    settings = shadow::at_the_prompt(self.directory.as_deref(), active, &mut load.watch);
                }
                self.say_findings(&load, &settings, &changes, &mut state, &mut notices);
                (changes, state)
            }
            Err(failure) => {
                load.active = None;
                // Restoring fetches no secret and writes no stash, so it cannot fail for the same reason.
                let restored = difference::between(&self.snapshot, &self.state, None, self.situation());
                let (changes, mut state) = restored.unwrap_or_else(|_| (Changes::default(), self.state.clone()));
                state.failed = failure.mark;
                if let Some(finding) = failure.finding {
                    load.watch.blind |= finding.unwatchable;
                    load.findings.push(*finding);
                    self.say_findings(&load, &settings, &changes, &mut state, &mut notices);
                }
                (changes, state)
            }
        };
        if self.fixed.is_empty() {
            self.say_where(load.active.as_ref(), &changes, &mut notices);
            self.say_changed(load.active.as_ref(), &changes, &mut state, &mut notices);
        }
        if state.said != self.state.said {
            notices.extend(settings.iter().map(|line| Notice {
                grave: true,
                text: crate::diagnostic::visible(&format!("claude-bedrock: warning: {line}")),
            }));
        }
        let value = value_in(&self.snapshot, paths::PROFILE_VARIABLE).map(|value| value.to_string_lossy());
        let before = Choice::of(value.as_deref().filter(|value| !value.is_empty()));
        if before != *choice {
            state.choice_before = Some(before);
            state.by_exec = false;
            changes.change(
                &self.snapshot,
                paths::PROFILE_VARIABLE,
                choice.value().map(OsString::from),
            );
        }
        changes.carry(&self.snapshot, &state);
        Step {
            compared: compared(&state),
            leaves: self.state.profile.is_some() && changes.is_new,
            changes,
            notices,
            load,
        }
    }

    /// Whether the system can hand the changed variables to a process, one by one and together.
    fn fits(&self, changes: &Changes, state: &State) -> Result<()> {
        for (name, value) in &changes.variables {
            owned::check_length(name, value.as_ref().map_or(0, |value| value.len()))?;
        }
        owned::check_length(state::VARIABLE, state.encode().len())?;
        Ok(owned::check_total(&changes.applied_to(&self.snapshot))?)
    }

    /// Warnings, once: the state remembers which were shown.
    fn say_findings(
        &self,
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
        if self.unreadable {
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

    /// Where the shell holds something else than the profile says, and what stays on leaving; each once.
    fn say_changed(&self, active: Option<&Active>, changes: &Changes, state: &mut State, notices: &mut Vec<Notice>) {
        let mut say = |text: String| {
            notices.push(Notice {
                grave: true,
                text: crate::diagnostic::visible(&format!("claude-bedrock: {text}")),
            });
        };
        if !changes.staying.is_empty() {
            let names = changes.staying.join(", ");
            say(format!(
                "{names} stay as they were set inside; what was there before: claude-bedrock use --clear"
            ));
        }
        let Some(active) = active.filter(|_| !changes.by_user.is_empty()) else {
            state.told = None;
            return;
        };
        let mut changed = changed::in_shell(self, active);
        changed.retain(|changed| !changes.variables.contains_key(&changed.name));
        let values: Vec<_> = changed.iter().map(|changed| value_in(&self.snapshot, &changed.name)).collect();
        let mark = Some(state.mark(format!("{values:?}").as_bytes()));
        if state.told != mark && !changed.is_empty() {
            say(changed::line(self, active, &changed));
        }
        state.told = mark;
    }

    /// The line on entering and leaving.
    fn say_where(&self, active: Option<&Active>, changes: &Changes, notices: &mut Vec<Notice>) {
        let before = self.state.profile.as_deref();
        let is_same = |name: &str| before == Some(name) && (!changes.is_new || changes.variables.is_empty());
        let text = match (active, before) {
            (Some(active), _) if is_same(&active.profile.name) => return,
            (Some(active), _) => {
                let warning = expiry::warning(self, active).map(|words| format!("; {words}"));
                format!("claude-bedrock: {}{}", summary(active), warning.unwrap_or_default())
            }
            (None, Some(before)) => format!("claude-bedrock: left {before}"),
            (None, None) => return,
        };
        notices.push(Notice {
            grave: false,
            text: crate::diagnostic::visible(&text),
        });
        let bearer = "AWS_BEARER_TOKEN_BEDROCK";
        if active.is_some_and(|active| environment::is_isolated(&active.profile))
            && changes.variables.get(bearer).is_some_and(Option::is_none)
        {
            notices.push(Notice {
                grave: false,
                text: format!(
                    "claude-bedrock: {bearer} is unset here, because it would beat the profile's credentials"
                ),
            });
        }
    }
}

/// That variables are read-only in the shell, and what follows.
fn fixed(names: &[String], consequence: &str) -> Box<Diagnostic> {
    let (names, are) = (names.join(", "), if names.len() == 1 { "is" } else { "are" });
    Diagnostic::error(format!("{names} {are} read-only in this shell, {consequence}"))
        .help("take the `readonly` or `declare -r` out of your shell's files, then start a new shell")
        .into()
}

/// Fetches a variable's secret; the error says which variable and where it is asked for.
fn fetch(name: &str, setting: &Setting, secret: &Secret, variables: &Snapshot) -> Result<String> {
    let directory = setting.place.as_ref().and_then(|place| place.source.path.parent());
    let value = secret::fetch(secret, variables, directory).and_then(|value| {
        owned::check_length(name, value.len())?;
        Ok(value)
    });
    value.map_err(|finding| {
        Diagnostic {
            place: finding.place.clone().or_else(|| setting.place.clone()),
            ..*finding
        }
        .into()
    })
}

/// Variables that decide who pays, though a profile wants them unset.
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

/// The variables whose values the shell compares at each prompt. Each costs a microsecond there, so of those
/// that a profile wants unset only the ones that decide who pays.
fn compared(state: &State) -> Vec<String> {
    let mut names = Vec::new();
    let is_set = |name: &&String| state.held[*name].mark.is_some();
    names.extend(state.held.keys().filter(is_set).map(String::as_str));
    if state.profile.is_some() {
        names.extend(DECISIVE);
    }
    if !state.left.is_empty() {
        names.extend(state.left.keys().map(String::as_str));
        names.extend([others::DIRENV, others::MISE]);
    }
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(*name));
    names.into_iter().map(str::to_owned).collect()
}

/// A profile in one line: name, region, whose account.
pub fn summary(active: &Active) -> String {
    let region = active.profile.settings.text("region").unwrap_or("no region");
    format!(
        "{} ({region}, {})",
        active.profile.name,
        environment::hint(&active.profile)
    )
}

fn is_terminal() -> bool {
    std::io::IsTerminal::is_terminal(&std::io::stderr())
}
