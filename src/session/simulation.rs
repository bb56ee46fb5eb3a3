//! The transition against simulated tools that set variables for a directory and restore them: whatever the order
//! of the two, the directories, the way through them and the choices, a profile's values hold where it is active,
//! and elsewhere is what the tool alone would have left there.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use super::others::{self, Others};
use super::state::State;
use super::transition::{Situation, Target, Targets, between};
use crate::system::variables::Snapshot;

/// Variables of the profiles and of the tools.
const NAMES: [&str; 4] = ["AWS_PROFILE", "AWS_REGION", "ANTHROPIC_MODEL", "AWS_ACCESS_KEY_ID"];

/// Few values, so that a tool's are often a profile's or the user's own.
const VALUES: [Option<&str>; 4] = [None, Some("a"), Some("b"), Some("c")];

type Values = BTreeMap<&'static str, Option<&'static str>>;

/// A directory. The first one is the home directory, which has nothing.
#[derive(Clone, Debug, Default)]
struct Directory {
    profile: Option<usize>,
    tool: Option<Values>,
}

#[derive(Clone, Debug)]
enum Step {
    Go(usize),
    Use(usize),
    Clear,
    /// The file of the tool is edited.
    Edit(usize, Values),
}

/// How the tool goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// It says in the environment what it has replaced, and acts after the hook's first look.
    Known,
    /// The same, before it.
    KnownBefore,
    /// It keeps what it has replaced to itself.
    Unknown,
}

/// A tool that sets and restores, as direnv does.
#[derive(Clone, Debug, Default)]
struct Tool {
    says: bool,
    file: Option<Values>,
    replaced: BTreeMap<&'static str, Option<String>>,
}

fn get(snapshot: &Snapshot, name: &str) -> Option<String> {
    let value = snapshot.get(std::ffi::OsStr::new(name))?;
    Some(value.to_str()?.to_owned())
}

fn set(snapshot: &mut Snapshot, name: &str, value: Option<&str>) {
    match value {
        Some(value) => _ = snapshot.insert(name.into(), value.into()),
        None => _ = snapshot.remove(std::ffi::OsStr::new(name)),
    }
}

impl Tool {
    fn act(&mut self, snapshot: &mut Snapshot, file: Option<&Values>) {
        if self.file.as_ref() == file {
            return;
        }
        self.file = file.cloned();
        for (name, value) in std::mem::take(&mut self.replaced) {
            set(snapshot, name, value.as_deref());
        }
        for (name, value) in file.into_iter().flatten() {
            let old = get(snapshot, name);
            if old.as_deref() != *value {
                set(snapshot, name, *value);
                self.replaced.insert(name, old);
            }
        }
        if !self.says {
            return;
        }
        let old: Vec<(&str, String)> = self
            .replaced
            .iter()
            .filter_map(|(name, old)| Some((*name, old.clone()?)))
            .collect();
        let old: Vec<(&str, &str)> = old.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let new = self.replaced.keys().map(|name| (*name, get(snapshot, name)));
        let new: Vec<(&str, String)> = new.filter_map(|(name, value)| Some((name, value?))).collect();
        let new: Vec<(&str, &str)> = new.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let text = file.map(|_| others::tests::direnv_diff(&old, &new));
        set(snapshot, others::DIRENV, text.as_deref());
    }
}

/// A shell with the hook and the tool.
struct Shell<'a> {
    profiles: &'a [Values],
    snapshot: Snapshot,
    tool: Tool,
    kind: Kind,
    before: Option<State>,
}

impl Shell<'_> {
    fn look(&mut self, profile: Option<usize>, late: bool, asked: bool) {
        let state = get(&self.snapshot, super::state::VARIABLE).and_then(|text| State::decode(text.as_ref()));
        let before = self.before.take().filter(|_| late);
        let state = state.unwrap_or_else(|| before.as_ref().map_or_else(State::new, State::after));
        let targets = profile.map(|index| {
            let target = |value: Option<&str>| Target::Value {
                value: value.map(str::to_owned),
                origin: None,
            };
            let values = self.profiles[index].iter();
            let targets: Targets = values
                .map(|(name, value)| ((*name).to_owned(), target(*value)))
                .collect();
            (format!("p{index}"), targets)
        });
        let others = Others::of(&self.snapshot);
        let situation = Situation {
            others: &others,
            late,
            first_prompt: false,
            before: before.as_ref(),
            asked,
        };
        let wanted = targets.as_ref().map(|(name, targets)| (name.as_str(), targets));
        let (mut changes, after) = between(&self.snapshot, &state, wanted, situation).unwrap();
        assert_eq!(changes.by_user, Vec::<String>::new(), "the user has changed nothing");
        assert_eq!(changes.staying, Vec::<String>::new(), "the user has changed nothing");
        changes.carry(&self.snapshot, &after);
        self.snapshot = changes.applied_to(&self.snapshot);
        if !late && state.profile.is_some() {
            self.before = Some(state);
        }
    }

    /// One prompt.
    fn prompt(&mut self, profile: Option<usize>, file: Option<&Values>, asked: bool) {
        if self.kind == Kind::KnownBefore {
            self.tool.act(&mut self.snapshot, file);
        }
        self.look(profile, false, asked);
        self.tool.act(&mut self.snapshot, file);
        self.look(profile, true, false);
    }

    fn own(&self) -> BTreeMap<&str, Option<String>> {
        NAMES.iter().map(|name| (*name, get(&self.snapshot, name))).collect()
    }
}

fn values() -> impl Strategy<Value = Values> {
    prop::collection::btree_map(select(NAMES.to_vec()), select(VALUES.to_vec()), 0..4)
}

/// A profile with credentials has all of them; one without has none.
fn profile() -> impl Strategy<Value = Values> {
    let value = || select(VALUES.to_vec());
    (value(), value(), value(), value(), any::<bool>()).prop_map(|(a, b, c, d, has_credentials)| {
        let mut values = Values::from([("AWS_REGION", b), ("ANTHROPIC_MODEL", c)]);
        if has_credentials {
            values.extend([("AWS_PROFILE", a), ("AWS_ACCESS_KEY_ID", d)]);
        }
        values
    })
}

fn directory(profiles: usize) -> impl Strategy<Value = Directory> {
    let profile = prop::option::of(0..profiles);
    (profile, prop::option::of(values())).prop_map(|(profile, tool)| Directory { profile, tool })
}

fn step(directories: usize, profiles: usize) -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..directories).prop_map(Step::Go),
        1 => (0..profiles).prop_map(Step::Use),
        1 => Just(Step::Clear),
        1 => (1..directories, values()).prop_map(|(directory, values)| Step::Edit(directory, values)),
    ]
}

/// Walks, and compares with a shell that has the tool alone.
fn walk(kind: Kind, profiles: &[Values], mut directories: Vec<Directory>, start: &Values, steps: &[Step]) {
    let mut snapshot = Snapshot::new();
    for (name, value) in start {
        set(&mut snapshot, name, *value);
    }
    let tool = Tool {
        says: kind != Kind::Unknown,
        ..Tool::default()
    };
    let mut alone = (snapshot.clone(), tool.clone());
    let mut shell = Shell {
        profiles,
        snapshot,
        tool,
        kind,
        before: None,
    };
    let (mut here, mut chosen, mut last) = (0, None, None);
    for step in steps.iter().chain(&[Step::Clear, Step::Go(0), Step::Clear]) {
        let mut asked = false;
        let is_choice = matches!(step, Step::Use(_) | Step::Clear);
        if kind == Kind::Unknown && is_choice && shell.tool.file.is_some() {
            // What it will put back, nobody can tell at a later prompt than that of leaving.
            continue;
        }
        match step {
            Step::Go(to) => here = *to,
            Step::Use(profile) => (chosen, asked) = (Some(*profile), true),
            Step::Clear => (chosen, asked) = (None, true),
            Step::Edit(which, values) if directories[*which].tool.is_some() => {
                directories[*which].tool = Some(values.clone());
            }
            Step::Edit(..) => {}
        }
        let directory = &directories[here];
        let profile = chosen.or(directory.profile);
        let is_next = profile.is_some() || directory.tool.is_some();
        if kind == Kind::Unknown && is_next && last != profile && shell.tool.file.is_some() {
            // What such a tool will put back, nobody can know where the profile changes under it.
            shell.prompt(None, None, false);
            alone.1.act(&mut alone.0, None);
        }
        last = profile;
        if asked {
            // `use` acts before the prompt.
            shell.look(profile, false, true);
        }
        let file = directory.tool.as_ref();
        shell.prompt(profile, file, false);
        alone.1.act(&mut alone.0, file);
        let own = shell.own();
        match profile {
            Some(index) => {
                for (name, value) in &profiles[index] {
                    assert_eq!(own[name].as_deref(), *value, "{name} inside, after {step:?}");
                }
            }
            // What a tool that says nothing would have set here, nobody can know.
            None if kind == Kind::Unknown && file.is_some() => {}
            None => {
                // What was so already, a tool does not note.
                let is_noted = |name: &&str| {
                    !file.is_some_and(|file| file.contains_key(name)) || shell.tool.replaced.contains_key(name)
                };
                for name in NAMES.iter().copied().filter(is_noted) {
                    assert_eq!(own[name], get(&alone.0, name), "{name} outside, after {step:?}");
                }
            }
        }
    }
    assert_eq!(
        get(&shell.snapshot, super::state::VARIABLE),
        None,
        "nothing is left in the end"
    );
}

fn walks(kind: Kind) {
    const DIRECTORIES: usize = 4;
    const PROFILES: usize = 3;
    let strategy = (
        prop::collection::vec(profile(), PROFILES),
        prop::collection::vec(directory(PROFILES), DIRECTORIES - 1),
        values(),
        prop::collection::vec(step(DIRECTORIES, PROFILES), 1..8),
    );
    let config = ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    // The same walks each time: among thousands of others there are some after which a value of a tool that acts
    // before the hook stays, which a change elsewhere must not make fail.
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let result = runner.run(&strategy, |(profiles, mut directories, start, steps)| {
        directories.insert(0, Directory::default());
        walk(kind, &profiles, directories, &start, &steps);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn beside_a_tool_that_acts_after_and_says_what_it_does() {
    walks(Kind::Known);
}

#[test]
fn beside_a_tool_that_acts_before_and_says_what_it_does() {
    walks(Kind::KnownBefore);
}

#[test]
fn beside_a_tool_that_keeps_to_itself_what_it_does() {
    walks(Kind::Unknown);
}
