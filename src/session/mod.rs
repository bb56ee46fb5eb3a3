//! A shell as it stands: its variables, and what this program did to them before.

pub mod stash;
pub mod state;
pub mod transition;

use std::ffi::OsString;
use std::path::PathBuf;

use crate::system::paths;
use crate::system::variables::{Snapshot, value_in};
use state::State;
use transition::Changes;

/// A shell as it stands: its variables, and what this program did to them before.
pub struct Session {
    /// The variables.
    pub snapshot: Snapshot,
    /// The working directory with links resolved; `None` where it was deleted.
    pub directory: Option<PathBuf>,
    /// What is held.
    pub state: State,
    /// The variables that the shell will not let be changed.
    pub shell_holds: ShellHolds,
    /// Whether there was a state that could not be read.
    pub unreadable: bool,
}

/// Variables that a shell will not let be changed, as its hook has found.
#[derive(Clone, Debug, Default)]
pub struct ShellHolds {
    /// They are read-only there.
    pub fixed: Vec<String>,
    /// The user has been told so, by this shell.
    pub said: bool,
    /// Each is hidden by one of the same name, of a function or of one command.
    pub given: Vec<String>,
}

impl Session {
    /// The session of the shell that started this process.
    pub fn inherited() -> Self {
        let snapshot: Snapshot = std::env::vars_os().collect();
        let value = value_in(&snapshot, state::VARIABLE).filter(|value| !value.is_empty());
        let state = value.and_then(State::decode);
        Self {
            directory: paths::working_directory(),
            shell_holds: ShellHolds::default(),
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

    /// The changes that leave nothing of this program's behind.
    pub fn leaving(&self) -> Changes {
        let mut changes = match transition::between(&self.snapshot, &self.state, None) {
            Ok((changes, _)) => changes,
            Err(_) => Changes::default(),
        };
        changes.change(&self.snapshot, paths::PROFILE_VARIABLE, None);
        changes.carry(&self.snapshot, &State::new());
        changes
    }

    /// The variables as they would be without this program.
    pub fn restored(&self) -> Snapshot {
        match transition::between(&self.snapshot, &self.state, None) {
            Ok((mut changes, _)) => {
                changes.carry(&self.snapshot, &State::new());
                changes.applied_to(&self.snapshot)
            }
            Err(_) => self.snapshot.clone(),
        }
    }
}
