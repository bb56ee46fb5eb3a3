//! What to change in the shell.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};

use crate::session::state::{self, ACTIVE_VARIABLE, State, VARIABLE};
use crate::system::variables::{Snapshot, value_in};

/// What to change in the shell.
#[derive(Debug, Default)]
pub struct Changes {
    /// Values by variable; `None` to unset it.
    pub variables: BTreeMap<String, Option<OsString>>,
    /// Variables whose previous values have been lost with the stash.
    pub lost: Vec<String>,
    /// Variables that the shell may hold unexported, and must put aside.
    pub aside: BTreeSet<String>,
    /// Variables that the shell must take back from where it put them aside.
    pub back: BTreeSet<String>,
    /// Variables of the profile that the user has changed and that keep their values.
    pub by_user: Vec<String>,
    /// Credentials that stay on leaving, because the user has changed a part of them.
    pub staying: Vec<String>,
    /// Whether the profile itself changes, rather than only changes by others being undone.
    pub is_new: bool,
}

impl Changes {
    /// Adds the program's own two variables, if they change.
    pub fn carry(&mut self, snapshot: &Snapshot, state: &State) {
        let encoded = (!state.is_empty()).then(|| OsString::from(state.encode()));
        self.change(snapshot, VARIABLE, encoded);
        let sign = if self.by_user.is_empty() { "" } else { state::CHANGED };
        let active = state
            .profile
            .as_ref()
            .map(|name| OsString::from(format!("{name}{sign}")));
        self.change(snapshot, ACTIVE_VARIABLE, active);
    }

    /// Adds one variable, if it changes.
    pub fn change(&mut self, snapshot: &Snapshot, name: &str, value: Option<OsString>) {
        if value_in(snapshot, name) != value.as_deref() {
            self.variables.insert(name.to_owned(), value);
        }
    }

    /// The variables of `snapshot` with the changes made.
    pub fn seen_over<'a>(&'a self, snapshot: &'a Snapshot) -> impl Iterator<Item = (&'a OsStr, &'a OsStr)> {
        let changed = self.variables.iter();
        let changed = changed.filter_map(|(name, value)| Some((OsStr::new(name), value.as_deref()?)));
        let is_kept = |name: &OsStr| !name.to_str().is_some_and(|name| self.variables.contains_key(name));
        let kept = snapshot
            .iter()
            .map(|(name, value)| (name.as_os_str(), value.as_os_str()));
        changed.chain(kept.filter(move |(name, _)| is_kept(name)))
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
