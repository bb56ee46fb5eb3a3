//! A shell as it stands: its variables, and what this program did to them before.

pub mod stash;
pub mod state;
pub mod transition;

use std::ffi::OsString;
use std::path::PathBuf;

use crate::system::paths;
use crate::system::variables::{Snapshot, value_in};
use state::State;

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
    pub unreadable: bool,
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
