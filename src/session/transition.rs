//! The difference between what is set and what is wanted, and what to remember so that leaving restores.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};

use crate::diagnostic::{Diagnostic, Result};
use crate::session::stash;
use crate::session::state::{ACTIVE_VARIABLE, Held, Previous, State, VARIABLE};
use crate::system::variables::{Snapshot, bytes_of, value_in, value_of};
use crate::variables;

/// Previous values longer than this wait in the stash, so that the state fits into its variable.
const LONG: usize = 1024;

/// Where all previous values together are longer than this, they wait there, too.
const LONG_TOGETHER: usize = 16 * 1024;

/// What to change in the shell.
#[derive(Debug, Default)]
pub struct Changes {
    /// Values by variable; `None` to unset it.
    pub variables: BTreeMap<String, Option<OsString>>,
    /// Variables whose previous values have been lost with the stash.
    pub lost: Vec<String>,
}

/// What a variable is to become.
#[derive(Clone, Debug)]
pub enum Target {
    /// This value, or none.
    Value {
        /// The value.
        value: Option<String>,
        /// The keyed hash of where a secret came from.
        origin: Option<[u8; 8]>,
    },
    /// What it is: a secret that was fetched before and comes from the same place.
    Same,
}

/// What every variable of a profile is to become.
pub type Targets = BTreeMap<String, Target>;

/// What to change so that `snapshot`, in which `state` holds its variables, becomes what `wanted` says;
/// with the state that remembers it.
pub fn between(snapshot: &Snapshot, state: &State, wanted: Option<(&str, &Targets)>) -> Result<(Changes, State)> {
    let mut transition = Transition {
        snapshot,
        state,
        kept: None,
        changes: Changes::default(),
        held: BTreeMap::new(),
        stashed: BTreeMap::new(),
    };
    let same_profile = wanted.is_some_and(|(name, _)| state.profile.as_deref() == Some(name));
    let names: BTreeSet<&str> = state
        .held
        .keys()
        .map(String::as_str)
        .chain(
            wanted
                .iter()
                .flat_map(|(_, targets)| targets.keys().map(String::as_str)),
        )
        .collect();
    for name in names {
        match wanted.and_then(|(_, targets)| targets.get(name)) {
            Some(Target::Value { value, origin }) => transition.set(name, value.as_deref(), *origin, same_profile),
            Some(Target::Same) => transition.hold(name),
            None => transition.restore(name),
        }
    }
    transition.finish(wanted.map(|(name, _)| name.to_owned()))
}

struct Transition<'a> {
    snapshot: &'a Snapshot,
    state: &'a State,
    /// The stash of `state`, read when it is needed.
    kept: Option<stash::Values>,
    changes: Changes,
    held: BTreeMap<String, Held>,
    stashed: stash::Values,
}

impl Transition<'_> {
    /// Leaves a variable as it is, and goes on remembering what it was.
    fn hold(&mut self, name: &str) {
        if let Some(held) = self.state.held.get(name) {
            self.keep(name, held.previous.clone(), held.mark, held.origin);
        }
    }

    fn set(&mut self, name: &str, value: Option<&str>, origin: Option<[u8; 8]>, same_profile: bool) {
        let current = value_in(self.snapshot, name);
        let mark = value.map(|value| self.state.mark(value.as_bytes()));
        let held = self.state.held.get(name);
        // The user's own change inside the project stays while the profile wants nothing new.
        if let Some(held) = held.filter(|held| same_profile && held.mark == mark) {
            self.keep(name, held.previous.clone(), mark, origin);
            return;
        }
        let previous = match held {
            Some(held) if !self.changed_by_user(name, held) => held.previous.clone(),
            _ => current.map_or(Previous::Unset, |value| Previous::Value(bytes_of(value).to_vec())),
        };
        self.keep(name, previous, mark, origin);
        if current != value.map(OsStr::new) {
            self.changes
                .variables
                .insert(name.to_owned(), value.map(OsString::from));
        }
    }

    fn restore(&mut self, name: &str) {
        let Some(held) = self.state.held.get(name) else { return };
        if self.changed_by_user(name, held) {
            return;
        }
        let value = match &held.previous {
            Previous::Unset => None,
            Previous::Value(bytes) => Some(value_of(bytes.clone())),
            Previous::Stashed => {
                let value = self.stashed_value(name).map(value_of);
                if value.is_none() {
                    self.changes.lost.push(name.to_owned());
                }
                value
            }
        };
        if value_in(self.snapshot, name) != value.as_deref() {
            self.changes.variables.insert(name.to_owned(), value);
        }
    }

    /// Remembers what `name` was. Secret and long values go to the stash.
    fn keep(&mut self, name: &str, previous: Previous, mark: Option<[u8; 8]>, origin: Option<[u8; 8]>) {
        let previous = match previous {
            Previous::Value(bytes) if !variables::is_harmless(name) || bytes.len() > LONG => {
                self.stashed.insert(name.to_owned(), bytes);
                Previous::Stashed
            }
            Previous::Stashed => {
                if let Some(bytes) = self.stashed_value(name) {
                    self.stashed.insert(name.to_owned(), bytes);
                }
                Previous::Stashed
            }
            other => other,
        };
        self.held.insert(name.to_owned(), Held { previous, mark, origin });
    }

    fn changed_by_user(&self, name: &str, held: &Held) -> bool {
        value_in(self.snapshot, name).map(|value| self.state.mark(bytes_of(value))) != held.mark
    }

    fn stashed_value(&mut self, name: &str) -> Option<Vec<u8>> {
        let values = self
            .kept
            .get_or_insert_with(|| self.state.stash.as_ref().and_then(stash::get).unwrap_or_default());
        values.get(name).cloned()
    }

    /// Moves all previous values to the stash where there are too many for a variable.
    fn shorten(&mut self) {
        let length = |held: &Held| match &held.previous {
            Previous::Value(bytes) => bytes.len(),
            Previous::Unset | Previous::Stashed => 0,
        };
        if self.held.values().map(length).sum::<usize>() <= LONG_TOGETHER {
            return;
        }
        for (name, held) in &mut self.held {
            match std::mem::replace(&mut held.previous, Previous::Stashed) {
                Previous::Value(bytes) => _ = self.stashed.insert(name.clone(), bytes),
                other => held.previous = other,
            }
        }
    }

    fn finish(mut self, profile: Option<String>) -> Result<(Changes, State)> {
        self.shorten();
        let mut state = self.state.clone();
        if self.stashed.is_empty() {
            state.stash = None;
        } else if self.kept.as_ref() != Some(&self.stashed) {
            let name = stash::put(&self.stashed).map_err(|error| {
                let names: Vec<&str> = self.stashed.keys().map(String::as_str).collect();
                Diagnostic::error(format!(
                    "your own {} cannot be kept safe for later: {error}",
                    names.join(", ")
                ))
                .help("so the profile is not loaded; unset them, or make the state directory writable (docs/files.md)")
            })?;
            state.stash = Some(name);
        }
        state.held = std::mem::take(&mut self.held);
        state.profile = profile;
        Ok((self.changes, state))
    }
}

impl Changes {
    /// Adds the program's own two variables, where they change.
    pub fn carry(&mut self, snapshot: &Snapshot, state: &State) {
        let encoded = (!state.is_empty()).then(|| OsString::from(state.encode()));
        self.change(snapshot, VARIABLE, encoded);
        self.change(snapshot, ACTIVE_VARIABLE, state.profile.as_ref().map(OsString::from));
    }

    /// Adds one variable, where it changes.
    pub fn change(&mut self, snapshot: &Snapshot, name: &str, value: Option<OsString>) {
        if value_in(snapshot, name) != value.as_deref() {
            self.variables.insert(name.to_owned(), value);
        }
    }

    /// `snapshot` with the changes made.
    pub fn applied_to(&self, snapshot: &Snapshot) -> Snapshot {
        let mut result = snapshot.clone();
        for (name, value) in &self.variables {
            match value {
                Some(value) => result.insert(name.into(), value.clone()),
                None => result.remove(OsStr::new(name)),
            };
        }
        result
    }
}
