//! The difference between the present and the wanted variables, and what to remember so that leaving restores.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};

use crate::diagnostic::{Diagnostic, Result};
use crate::session::Look;
use crate::session::changes::Changes;
use crate::session::others::{Others, Value};
use crate::session::stash;
use crate::session::state::{self, Held, Left, Previous, State};
use crate::system::variables::{Snapshot, bytes_of, value_in, value_of};
use crate::variables;

/// Previous values longer than this wait in the stash, so that the state fits into its variable.
const LONG: usize = 1024;

/// If all previous values together are longer than this, they wait there too.
const LONG_TOGETHER: usize = 16 * 1024;

/// A variable's target.
#[derive(Clone, Debug)]
pub enum Target {
    /// This value, or unset.
    Value {
        /// The value.
        value: Option<String>,
        /// The keyed hash of where a secret came from.
        origin: Option<[u8; 8]>,
    },
    /// Unchanged: a secret that was fetched before, from the same place.
    Same,
}

/// The target of every variable of a profile.
pub type Targets = BTreeMap<String, Target>;

/// What else decides, besides the variables and the state.
#[derive(Clone, Copy)]
pub struct Situation<'a> {
    /// What other tools report in the environment.
    pub others: &'a Others,
    /// Which look it is.
    pub look: Look,
    /// The state before the first look at this prompt.
    pub before: Option<&'a State>,
}

/// Who set a held variable's present value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// What the profile set.
    Profile,
    /// The value from before the profile: another tool has already restored it.
    Before,
    /// What another tool has set.
    Tool,
    /// What another tool has put back, because it is switched off.
    PutBack,
    /// What the user has set, by hand or by a command.
    User,
}

/// What to change so that `snapshot`, in which `state` holds its variables, becomes what `wanted` says;
/// with the state that remembers it.
pub fn between(
    snapshot: &Snapshot,
    state: &State,
    wanted: Option<(&str, &Targets)>,
    situation: Situation<'_>,
) -> Result<(Changes, State)> {
    let state = &*with_labels(snapshot, state, wanted, situation);
    let mut transition = Transition::new(snapshot, state, wanted, situation);
    transition.look();
    let targets = wanted.map(|(_, targets)| targets);
    let wanted_names = targets.into_iter().flat_map(|targets| targets.keys());
    let names: BTreeSet<&String> = state.held.keys().chain(wanted_names).collect();
    for name in names {
        match targets.and_then(|targets| targets.get(name)) {
            Some(target) => transition.want(name, target),
            None => transition.restore(name),
        }
    }
    transition.returned(targets);
    transition.finish(wanted)
}

/// `state`, as if it held the labels that have come since a profile with credentials of its own is active: they belong
/// to credentials that were taken on there, and were not there before.
fn with_labels<'a>(
    snapshot: &Snapshot,
    state: &'a State,
    wanted: Option<(&str, &Targets)>,
    situation: Situation<'_>,
) -> Cow<'a, State> {
    let mut state = Cow::Borrowed(state);
    let stays = wanted.is_some_and(|(name, _)| state.profile.as_deref() == Some(name));
    let by_user = situation.look == Look::First;
    if !state.held.contains_key("AWS_PROFILE") || (stays && by_user) {
        return state;
    }
    for name in snapshot
        .keys()
        .filter_map(|name| name.to_str())
        .filter(|name| variables::is_label(name))
    {
        state.to_mut().held.entry(name.to_owned()).or_insert(Held {
            previous: Previous::Unset,
            mark: None,
            origin: None,
        });
    }
    state
}

struct Transition<'a> {
    snapshot: &'a Snapshot,
    state: &'a State,
    situation: Situation<'a>,
    targets: Option<&'a Targets>,
    same_profile: bool,
    /// The stash of `state`, read when it is needed.
    kept: Option<stash::Values>,
    whose: BTreeMap<&'a str, Whose>,
    /// Whether the profile goes on wanting the same credentials.
    same_credentials: bool,
    /// Whether the user has changed a part of the credentials since the profile was loaded.
    touched: bool,
    /// What has been left before, and may come back.
    returning: BTreeMap<String, Left>,
    changes: Changes,
    /// In the order of the names.
    held: Vec<(String, Held)>,
    left: BTreeMap<String, Left>,
    stashed: stash::Values,
}

impl<'a> Transition<'a> {
    fn new(
        snapshot: &'a Snapshot,
        state: &'a State,
        wanted: Option<(&str, &'a Targets)>,
        situation: Situation<'a>,
    ) -> Self {
        let mut returning = state.left.clone();
        // What was held a moment ago. Its marks can be compared where the key is the same.
        if let Some(before) = situation.before.filter(|before| before.has_key_of(state)) {
            for (name, held) in &before.held {
                let left = returning.entry(name.clone()).or_insert_with(|| Left {
                    previous: held.previous.clone(),
                    marks: Vec::new(),
                    kept: false,
                });
                left.marks.push(held.mark);
            }
        }
        Self {
            snapshot,
            state,
            situation,
            targets: wanted.map(|(_, targets)| targets),
            same_profile: wanted.is_some_and(|(name, _)| state.profile.as_deref() == Some(name)),
            kept: None,
            whose: BTreeMap::new(),
            same_credentials: false,
            touched: false,
            returning,
            changes: Changes::default(),
            held: Vec::new(),
            left: BTreeMap::new(),
            stashed: stash::Values::new(),
        }
    }

    /// Finds out whose each held value is.
    fn look(&mut self) {
        let is_core = |name: &&String| variables::is_credential(name) && !variables::is_label(name);
        let targets = self.targets;
        let same = |name: &String| self.is_same(name);
        self.same_credentials = self.same_profile
            && targets.is_some_and(|targets| targets.keys().filter(is_core).all(same))
            && self.state.held.keys().filter(is_core).all(same);
        for name in self.state.held.keys() {
            let staying = if variables::is_credential(name) {
                self.same_credentials
            } else {
                self.same_profile
            };
            let whose = self.whose(name, staying);
            self.whose.insert(name, whose);
        }
        let mut credentials = self.whose.iter().filter(|(name, _)| variables::is_credential(name));
        self.touched = credentials.any(|(_, whose)| *whose == Whose::User)
            || (!self.same_profile
                && self
                    .state
                    .around
                    .is_some_and(|around| around != self.around(&self.state.held)));
    }

    /// Whether the profile wants of `name` what it wanted before.
    fn is_same(&self, name: &str) -> bool {
        let held = self.state.held.get(name);
        match self.targets.and_then(|targets| targets.get(name)) {
            Some(Target::Same) => held.is_some(),
            Some(Target::Value { value, .. }) => held.is_some_and(|held| held.mark == self.mark(value.as_deref())),
            None => false,
        }
    }

    fn mark(&self, value: Option<&str>) -> Option<[u8; 8]> {
        value.map(|value| self.state.mark(value.as_bytes()))
    }

    fn mark_of(&self, value: &Value) -> Option<[u8; 8]> {
        value.as_ref().map(|value| self.state.mark(value))
    }

    fn current(&self, name: &str) -> Value {
        value_in(self.snapshot, name).map(|value| bytes_of(value).to_vec())
    }

    fn whose(&mut self, name: &str, staying: bool) -> Whose {
        let current = self.current(name);
        let mark = self.mark_of(&current);
        let held = &self.state.held[name];
        // A tool that no longer has anything to put back has put it back.
        let was_claimed = self.state.claimed.iter().any(|claimed| claimed == name);
        let is_switched_off = was_claimed && self.situation.others.about(name).is_empty();
        let is_left = self.returning.get(name).is_some_and(|left| left.marks.contains(&mark));
        if mark == held.mark {
            return if is_switched_off && is_left {
                Whose::PutBack
            } else {
                Whose::Profile
            };
        }
        if !staying && self.value_before(name) == Some(current.clone()) {
            // A value that the user unset, and was told about, does not come back.
            let is_dropped = current.is_none() && self.state.told.is_some() && variables::is_credential(name);
            return if is_dropped { Whose::User } else { Whose::Before };
        }
        // So has one that says nothing and kept what an earlier profile set.
        if is_switched_off || (is_left && !self.situation.look.is_late()) {
            return Whose::PutBack;
        }
        let by_tool = self.situation.look.is_late() || self.situation.look == Look::ByCd || is_left;
        if by_tool || self.situation.others.setter(name, &current).is_some() {
            return Whose::Tool;
        }
        Whose::User
    }

    /// The value before the profile; `None` if it has been lost.
    fn value_before(&mut self, name: &str) -> Option<Value> {
        let previous = self.state.held[name].previous.clone();
        self.value_of(name, &previous)
    }

    fn value_of(&mut self, name: &str, previous: &Previous) -> Option<Value> {
        match previous {
            Previous::Unset => Some(None),
            Previous::Value(bytes) => Some(Some(bytes.clone())),
            Previous::Stashed => self.stashed_value(name).map(Some),
        }
    }

    /// The same for what has been left: what was there before another profile may be another value.
    fn value_of_left(&mut self, name: &str, previous: &Previous) -> Option<Value> {
        match previous {
            Previous::Stashed => {
                let value = self.stashed_value(&left_key(name)).or_else(|| self.stashed_value(name));
                value.map(Some)
            }
            other => self.value_of(name, other),
        }
    }

    /// What `name` would be without this program and without other tools that say what they replaced.
    fn own(&mut self, name: &str) -> Previous {
        let mut value = self.current(name);
        // One tool may have replaced another tool's value.
        for _ in self.situation.others.about(name) {
            match self.situation.others.setter(name, &value) {
                Some(claim) if claim.old != value => value = claim.old.clone(),
                _ => break,
            }
        }
        let mark = self.mark_of(&value);
        match self.returning.get(name).filter(|left| left.marks.contains(&mark)) {
            Some(left) => {
                let previous = left.previous.clone();
                let value = self.value_of_left(name, &previous).flatten();
                value.map_or(Previous::Unset, Previous::Value)
            }
            None => value.map_or(Previous::Unset, Previous::Value),
        }
    }

    /// The hash of the credentials around a profile that leaves them, but for what it holds, as they are.
    fn around(&mut self, held: &BTreeMap<String, Held>) -> [u8; 8] {
        let names = variables::CREDENTIALS.iter().chain(variables::MACHINE);
        let names = names.filter(|name| !held.contains_key(**name));
        let mut values = Vec::new();
        for name in names {
            values.push(match self.changes.variables.get(*name) {
                Some(value) => value
                    .as_ref()
                    .map_or(Previous::Unset, |value| Previous::Value(bytes_of(value).to_vec())),
                None => self.own(name),
            });
        }
        self.state.mark(format!("{values:?}").as_bytes())
    }

    /// Whether `name` goes with credentials that the user has changed.
    fn follows(&self, name: &str) -> bool {
        self.touched && (variables::is_credential(name) || variables::REGION.contains(&name))
    }

    fn want(&mut self, name: &str, target: &Target) {
        let held = self.state.held.get(name);
        let whose = self.whose.get(name).copied();
        let is_credential = variables::is_credential(name);
        let same = self.is_same(name) && self.same_profile && (!is_credential || self.same_credentials);
        if let Some(held) = held.filter(|_| same) {
            let by_tool = matches!(whose, Some(Whose::Tool | Whose::PutBack)) && !(is_credential && self.touched);
            let previous = match whose {
                Some(Whose::Tool) if self.situation.look == Look::FirstLate => self.own(name),
                _ if self.is_before_new(name) => as_previous(self.before(name)),
                _ => held.previous.clone(),
            };
            let origin = match target {
                Target::Value { origin, .. } => *origin,
                Target::Same => held.origin,
            };
            self.keep(name, previous, held.mark, origin);
            if by_tool || self.situation.look == Look::Asked {
                self.put(name, target);
            } else if whose == Some(Whose::User) {
                self.changes.by_user.push(name.to_owned());
            }
            return;
        }
        let previous = match held {
            Some(_) if self.follows(name) || whose == Some(Whose::User) => {
                self.current(name).map_or(Previous::Unset, Previous::Value)
            }
            Some(_) if self.is_before_new(name) => as_previous(self.before(name)),
            Some(held) => held.previous.clone(),
            None => self.own(name),
        };
        if let Target::Value { value, origin } = target {
            if held.is_none() && value.is_some() && value_in(self.snapshot, name).is_none() {
                self.changes.aside.insert(name.to_owned());
            }
            let mark = self.mark(value.as_deref());
            self.keep(name, previous, mark, *origin);
            self.changes.is_new = true;
        }
        self.put(name, target);
    }

    /// Whether the earlier value was taken on in a previous project, and has not been put back since.
    fn is_taken(&self, name: &str) -> bool {
        self.is_kept(name) && !self.is_put_back()
    }

    fn is_kept(&self, name: &str) -> bool {
        self.returning.get(name).is_some_and(|left| left.kept)
    }

    /// Whether a tool has restored the value from before it changed the credentials.
    fn is_put_back(&self) -> bool {
        let mut put_back = self.whose.iter().filter(|(_, whose)| **whose == Whose::PutBack);
        put_back.any(|(name, _)| self.is_kept(name))
    }

    /// What was there before a held variable, where a tool may have put it back in the meantime, with the set it is of.
    fn before(&mut self, name: &str) -> Option<Value> {
        let left = self.returning.get(name).filter(|left| left.kept && self.is_put_back());
        if let Some(previous) = left.map(|left| left.previous.clone()) {
            return self.value_of_left(name, &previous);
        }
        if self.whose.get(name) == Some(&Whose::PutBack) {
            let own = self.own(name);
            return self.value_of(name, &own);
        }
        self.value_before(name)
    }

    /// Whether that may be another than what is held.
    fn is_before_new(&self, name: &str) -> bool {
        self.whose.get(name) == Some(&Whose::PutBack) || (self.is_kept(name) && self.is_put_back())
    }

    /// Sets a variable to what the profile wants.
    fn put(&mut self, name: &str, target: &Target) {
        if let Target::Value { value, .. } = target
            && value_in(self.snapshot, name) != value.as_deref().map(OsStr::new)
        {
            let value = value.as_deref().map(OsString::from);
            self.changes.variables.insert(name.to_owned(), value);
        }
    }

    fn restore(&mut self, name: &str) {
        let Some(held) = self.state.held.get(name) else { return };
        self.changes.is_new = true;
        let whose = self.whose.get(name).copied();
        if self.follows(name) {
            if variables::is_credential(name) && self.current(name).is_some() {
                self.changes.staying.push(name.to_owned());
            }
            self.leave(name, &[held.mark], true);
            return;
        }
        if whose == Some(Whose::User) {
            return;
        }
        // So says a tool that acts as the directory changes, and keeps to itself what it puts there.
        let others = self.situation.others;
        if whose == Some(Whose::Tool)
            && self.situation.look == Look::ByCd
            && others.setter(name, &self.current(name)).is_none()
        {
            return;
        }
        // Credentials taken on in a previous project survive this one.
        let was_kept = self.is_taken(name);
        self.leave(name, &[held.mark], was_kept);
        // Without the profile there would be what the other tool has set, as long as it is in force.
        // One that carries this program's own state has set the profile itself (docs/ci.md).
        let is_other = others.about(state::VARIABLE).is_empty();
        let value = match others.set_to(name).filter(|_| is_other) {
            Some(value) => Some(value.clone()),
            None => self.before(name),
        };
        if was_kept && variables::is_credential(name) && value.as_ref().is_some_and(Option::is_some) {
            self.changes.staying.push(name.to_owned());
        }
        if value.is_none() {
            self.changes.lost.push(name.to_owned());
        }
        if value == Some(None) && held.mark.is_some() {
            self.changes.back.insert(name.to_owned());
        }
        self.change(name, value.flatten());
    }

    fn change(&mut self, name: &str, value: Value) {
        let value = value.map(value_of);
        if value_in(self.snapshot, name) != value.as_deref() {
            self.changes.variables.insert(name.to_owned(), value);
        }
    }

    /// Takes away what another tool has put back of a profile that was left before.
    fn returned(&mut self, targets: Option<&Targets>) {
        let is_free = |name: &String| {
            !self.state.held.contains_key(name) && !targets.is_some_and(|targets| targets.contains_key(name))
        };
        let free: BTreeMap<String, Left> = self
            .returning
            .iter()
            .filter(|(name, _)| is_free(name))
            .map(|(name, left)| (name.clone(), left.clone()))
            .collect();
        let back: BTreeSet<&String> = free
            .iter()
            .filter(|(name, left)| self.has_returned(name, left))
            .map(|(name, _)| name)
            .collect();
        let whole =
            (self.situation.look == Look::Asked && targets.is_none()) || back.iter().any(|name| free[*name].kept);
        for (name, left) in &free {
            let goes_back = back.contains(name) || (whole && left.kept);
            if goes_back {
                let value = self.value_of_left(name, &left.previous).flatten();
                self.change(name, value);
            }
            let kept = left.kept && !goes_back && targets.is_none();
            self.leave(name, &left.marks, kept);
        }
    }

    /// Whether a tool, and not the user, has put back what a profile had set.
    fn has_returned(&self, name: &str, left: &Left) -> bool {
        let current = self.current(name);
        let is_one = |value: &Value| left.marks.contains(&self.mark_of(value));
        let others = self.situation.others;
        // What it said it would do, it has done: it says so no more.
        let as_announced = self.state.left.contains_key(name) && !others.will_restore(name, is_one);
        is_one(&current) && others.setter(name, &current).is_none() && (self.situation.look.is_late() || as_announced)
    }

    /// Remembers what has been left, where it is known that it may come back, with what was there before all of it.
    fn leave(&mut self, name: &str, marks: &[Option<[u8; 8]>], kept: bool) {
        let mut all = self
            .returning
            .get(name)
            .map(|left| left.marks.clone())
            .unwrap_or_default();
        all.extend(marks);
        all.sort_unstable();
        all.dedup();
        let may_return = self
            .situation
            .others
            .will_restore(name, |value| all.contains(&self.mark_of(value)));
        if may_return || kept {
            let before = match self.returning.get(name).map(|left| left.previous.clone()) {
                Some(previous) => self.value_of_left(name, &previous),
                None => self.value_before(name),
            };
            let previous = before.flatten().map_or(Previous::Unset, Previous::Value);
            let previous = self.put_away(name, &left_key(name), previous);
            self.left.insert(
                name.to_owned(),
                Left {
                    previous,
                    marks: all,
                    kept,
                },
            );
        }
    }

    /// Remembers what `name` was.
    fn keep(&mut self, name: &str, previous: Previous, mark: Option<[u8; 8]>, origin: Option<[u8; 8]>) {
        // A tool that was there before an edit of the profile may put back what the profile set then.
        // One that was switched on since, and says nothing, may do so too.
        let was_kept = self.is_taken(name);
        if let Some(held) = self.state.held.get(name) {
            self.leave(
                name,
                &[held.mark],
                was_kept || (self.follows(name) && !self.same_profile),
            );
        } else if self.returning.contains_key(name) {
            self.leave(name, &[], false);
        }
        let previous = self.put_away(name, name, previous);
        self.held.push((name.to_owned(), Held { previous, mark, origin }));
    }

    /// Values of `name` that may be secret, and long ones, go to the stash, as `key`.
    fn put_away(&mut self, name: &str, key: &str, previous: Previous) -> Previous {
        match previous {
            Previous::Value(bytes) if !variables::is_harmless(name) || bytes.len() > LONG => {
                self.stashed.insert(key.to_owned(), bytes);
                Previous::Stashed
            }
            Previous::Stashed => {
                if let Some(bytes) = self.stashed_value(key) {
                    self.stashed.insert(key.to_owned(), bytes);
                }
                Previous::Stashed
            }
            other => other,
        }
    }

    fn stashed_value(&mut self, name: &str) -> Option<Vec<u8>> {
        let stash = self
            .state
            .stash
            .or(self.situation.before.and_then(|before| before.stash));
        let values = self
            .kept
            .get_or_insert_with(|| stash.as_ref().and_then(stash::get).unwrap_or_default());
        values.get(name).cloned()
    }

    /// Moves all previous values to the stash where there are too many for a variable.
    fn shorten(&mut self) {
        let length = |previous: &Previous| match previous {
            Previous::Value(bytes) => bytes.len(),
            Previous::Unset | Previous::Stashed => 0,
        };
        let held = self.held.iter().map(|(_, held)| length(&held.previous));
        let left = self.left.values().map(|left| length(&left.previous));
        if held.chain(left).sum::<usize>() <= LONG_TOGETHER {
            return;
        }
        let held = self
            .held
            .iter_mut()
            .map(|(name, held)| (name.clone(), &mut held.previous));
        let left = self
            .left
            .iter_mut()
            .map(|(name, left)| (left_key(name), &mut left.previous));
        for (name, previous) in held.chain(left) {
            match std::mem::replace(previous, Previous::Stashed) {
                Previous::Value(bytes) => _ = self.stashed.insert(name, bytes),
                other => *previous = other,
            }
        }
    }

    fn finish(mut self, wanted: Option<(&str, &Targets)>) -> Result<(Changes, State)> {
        self.shorten();
        let held = std::mem::take(&mut self.held).into_iter().collect();
        let mut state = self.state.emptied();
        let leaves_credentials = wanted.is_some_and(|(_, targets)| !targets.contains_key("AWS_PROFILE"));
        state.around = match state.around {
            _ if !leaves_credentials => None,
            // The user's change is one until the profile is left or asked for.
            Some(around)
                if self.same_profile && !self.situation.look.is_late() && self.situation.look != Look::Asked =>
            {
                Some(around)
            }
            _ => Some(self.around(&held)),
        };
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
        state.held = held;
        let is_claimed = |name: &&String| !self.situation.others.about(name).is_empty();
        state.claimed = state.held.keys().filter(is_claimed).cloned().collect();
        state.left = std::mem::take(&mut self.left);
        state.profile = wanted.map(|(name, _)| name.to_owned());
        state.by_exec &= self.same_profile;
        Ok((self.changes, state))
    }
}

fn as_previous(value: Option<Value>) -> Previous {
    value.flatten().map_or(Previous::Unset, Previous::Value)
}

/// Where the stash keeps what was there before a profile that has been left.
fn left_key(name: &str) -> String {
    format!("{name} before")
}
