//! What a shell carries, and how it goes from one prompt to the next.

pub mod difference;
pub mod links;
pub mod load;
pub mod private;
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
use difference::{Changes, Snapshot, Target, Targets, value_in};
use load::{Active, Load};
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
    /// Whether there was a state that could not be read.
    unreadable: bool,
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
        let snapshot: Snapshot = std::env::vars_os().collect();
        let value = value_in(&snapshot, state::VARIABLE).filter(|value| !value.is_empty());
        let state = value.and_then(State::decode);
        Self {
            directory: paths::working_directory(),
            fixed: Vec::new(),
            unreadable: value.is_some() && state.is_none(),
            state: state.unwrap_or_else(State::new),
            snapshot,
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

    /// The changes after which nothing in the shell comes from this program.
    pub fn unloaded(&self) -> Result<Changes> {
        let (mut changes, _) = difference::between(&self.snapshot, &self.state, None)?;
        changes.carry(&self.snapshot, &State::new());
        if self.state.choice_before.is_some() {
            changes.change(&self.snapshot, paths::PROFILE_VARIABLE, None);
        }
        Ok(changes)
    }

    /// The variables as they would be without this program.
    pub fn restored(&self) -> Snapshot {
        match difference::between(&self.snapshot, &self.state, None) {
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
        environment.insert(ACTIVE_VARIABLE.into(), OsString::from(&active.profile.name));
        Ok(environment)
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
            let (changes, state) = difference::between(&self.snapshot, &self.state, name.zip(targets.as_ref()))?;
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
                let restored = difference::between(&self.snapshot, &self.state, None);
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
            changes.change(
                &self.snapshot,
                paths::PROFILE_VARIABLE,
                choice.value().map(OsString::from),
            );
        }
        changes.carry(&self.snapshot, &state);
        Step { changes, notices, load }
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

    /// The line on entering and leaving.
    fn say_where(&self, active: Option<&Active>, changes: &Changes, notices: &mut Vec<Notice>) {
        let before = value_in(&self.snapshot, ACTIVE_VARIABLE).map(|name| name.to_string_lossy());
        let text = match (active, before) {
            (Some(active), Some(before)) if before == active.profile.name && changes.variables.is_empty() => return,
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
