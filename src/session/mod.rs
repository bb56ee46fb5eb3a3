//! The present state of a shell: its variables, and what this program did to them before.

pub mod changes;
pub mod others;
#[cfg(test)]
mod simulation;
pub mod stash;
pub mod state;
pub mod transition;

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use crate::system::paths;
use crate::system::variables::{Snapshot, bytes_of, of_process, value_in};
use crate::variables;
use changes::Changes;
use others::Others;
use state::State;
use transition::Situation;

/// The present state of a shell: its variables, and what this program did to them before.
#[derive(Clone)]
pub struct Session {
    /// The variables.
    pub snapshot: Snapshot,
    /// The working directory with links resolved; `None` if it was deleted.
    pub directory: Option<PathBuf>,
    /// What is held.
    pub state: State,
    /// The variables that the shell does not allow to change.
    pub shell_holds: ShellHolds,
    /// What other tools report about the variables that they changed.
    pub others: Others,
    /// Which look at the shell this is.
    pub look: Look,
    /// The state before the first look at this prompt.
    before: Option<State>,
    /// Whether the shell had a state that could not be read.
    pub unreadable: bool,
}

/// Which look at a shell this is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// The first at a prompt: what has changed since the last one, the user's command has changed.
    #[default]
    First,
    /// The first after a line that did nothing but change the directory: what has changed, tools that act on that have.
    ByCd,
    /// After everything else that runs at a prompt: what has changed since the first look, other tools have.
    Late,
    /// The same at the first prompt of a shell.
    FirstLate,
    /// The user has asked for a profile: what was changed by hand gives way.
    Asked,
}

impl Look {
    /// Whether only other tools have acted since the last look: the second look at one prompt.
    pub fn is_late(self) -> bool {
        matches!(self, Self::Late | Self::FirstLate)
    }
}

/// Variables that a shell does not allow to change, as its hook has found.
#[derive(Clone, Debug, Default)]
pub struct ShellHolds {
    /// They are read-only there.
    pub fixed: Vec<String>,
    /// Whether this shell has told the user.
    pub said: bool,
    /// Each is hidden by a variable of the same name, set by a function or for one command.
    pub given: Vec<String>,
}

impl Session {
    /// The session of the shell that started this process.
    pub fn inherited() -> Self {
        let mut snapshot = of_process();
        let before = snapshot.remove(OsStr::new(state::BEFORE_VARIABLE));
        let value = value_in(&snapshot, state::VARIABLE).filter(|value| !value.is_empty());
        let state = value.and_then(State::decode);
        let before = before.and_then(|value| State::decode(&value));
        Self {
            directory: paths::working_directory(),
            shell_holds: ShellHolds::default(),
            others: Others::of(&snapshot),
            look: Look::default(),
            unreadable: value.is_some() && state.is_none(),
            state: state.unwrap_or_else(|| before.as_ref().map_or_else(State::new, State::after)),
            before,
            snapshot,
        }
    }

    pub fn situation(&self) -> Situation<'_> {
        Situation {
            others: &self.others,
            look: match self.look {
                // What the user was told of before is still the user's.
                Look::ByCd if self.state.told.is_some() => Look::First,
                look => look,
            },
            before: self.before.as_ref(),
        }
    }

    /// fish cannot hide an exported universal variable of the user's, only blank it (`shell/fish.rs`); so there a blank
    /// variable that the profile wants unset is one that has not been touched since.
    pub fn take_blank_for_unset(&mut self) {
        let unset = |name: &OsString| {
            let held = name.to_str().and_then(|name| self.state.held.get(name));
            held.is_some_and(|held| held.mark.is_none())
        };
        self.snapshot.retain(|name, value| !(value.is_empty() && unset(name)));
    }

    /// The changes that remove everything this program set.
    pub fn leaving(&self) -> Changes {
        let mut changes = match transition::between(&self.snapshot, &self.state, None, self.situation()) {
            Ok((changes, _)) => changes,
            Err(_) => Changes::default(),
        };
        changes.change(&self.snapshot, paths::PROFILE_VARIABLE, None);
        changes.carry(&self.snapshot, &State::none());
        changes
    }

    /// The variables as they would be without this program.
    pub fn restored(&self) -> Snapshot {
        match transition::between(&self.snapshot, &self.state, None, self.situation()) {
            Ok((mut changes, _)) => {
                changes.carry(&self.snapshot, &State::none());
                changes.applied_to(&self.snapshot)
            }
            Err(_) => self.snapshot.clone(),
        }
    }

    /// Whether one of these variables may differ without this program.
    pub fn holds(&self, names: &[&str]) -> bool {
        let is_held = |name: &&str| self.state.held.contains_key(*name) || self.state.left.contains_key(*name);
        names.iter().any(is_held)
    }

    /// The labels of other credentials, which a profile with credentials of its own takes away. What the user
    /// takes on while the profile is active brings its labels along, and they stay with it.
    pub fn labels(&self, same_profile: bool) -> impl Iterator<Item = &str> {
        let there = self.snapshot.keys().filter_map(|name| name.to_str());
        let there = there.filter(move |_| !same_profile || self.look != Look::First);
        let held = self.state.held.keys().map(String::as_str);
        there.chain(held).filter(|name| variables::is_label(name))
    }

    /// Whether a variable must be set again although its target is unchanged.
    pub fn must_be_set_again(&self, name: &str) -> bool {
        let mark = value_in(&self.snapshot, name).map(|value| self.state.mark(bytes_of(value)));
        let is_ours = self.state.held.get(name).is_some_and(|held| held.mark == mark);
        let by_others =
            !self.others.about(name).is_empty() || !self.state.left.is_empty() || !self.state.claimed.is_empty();
        !is_ours && (self.look != Look::First || by_others)
    }
}
