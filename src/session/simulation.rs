//! The transition against simulated tools that set variables for a directory and restore them: whatever the order
//! of the two, the directories, the way through them and the choices, a profile's values hold where it is active,
//! and elsewhere is what the tool alone would have left there.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{RngAlgorithm, TestCaseResult, TestRng, TestRunner};

use super::changes::Changes;
use super::others::{self, Others};
use super::state::State;
use super::transition::{Target, Targets, between};
use super::{Look, Session, ShellHolds};
use crate::system::variables::{Snapshot, random};

/// Variables of the profiles and of the tools.
const NAMES: [&str; 4] = [
    "AWS_PROFILE",
    "AWS_REGION",
    "ANTHROPIC_MODEL",
    "AWS_CREDENTIAL_EXPIRATION",
];

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
    /// One look, as the hook has the program take it.
    fn look(&mut self, profile: Option<usize>, look: Look) -> Changes {
        let state = get(&self.snapshot, super::state::VARIABLE).and_then(|text| State::decode(text.as_ref()));
        let before = self.before.take().filter(|_| look == Look::Late);
        let session = Session {
            directory: None,
            shell_holds: ShellHolds::default(),
            others: Others::of(&self.snapshot),
            look,
            unreadable: false,
            state: state.unwrap_or_else(|| before.as_ref().map_or_else(State::new, State::after)),
            before,
            snapshot: std::mem::take(&mut self.snapshot),
        };
        let target = |value: Option<&str>| Target::Value {
            value: value.map(str::to_owned),
            origin: None,
        };
        let targets = profile.map(|index| {
            let (name, values) = (format!("p{index}"), &self.profiles[index]);
            let mut targets: Targets = values
                .iter()
                .map(|(name, value)| ((*name).to_owned(), target(*value)))
                .collect();
            if values.contains_key("AWS_PROFILE") {
                let labels = session.labels(session.state.profile.as_ref() == Some(&name));
                targets.extend(labels.map(|label| (label.to_owned(), target(None))));
            }
            (name, targets)
        });
        let wanted = targets.as_ref().map(|(name, targets)| (name.as_str(), targets));
        let (mut changes, after) = between(&session.snapshot, &session.state, wanted, session.situation()).unwrap();
        changes.carry(&session.snapshot, &after);
        self.snapshot = changes.applied_to(&session.snapshot);
        if look != Look::Late && session.state.profile.is_some() {
            self.before = Some(session.state);
        }
        changes
    }

    /// One prompt.
    fn prompt(&mut self, profile: Option<usize>, file: Option<&Values>, asked: bool) {
        if self.kind == Kind::KnownBefore {
            self.tool.act(&mut self.snapshot, file);
        }
        let first = self.look(profile, if asked { Look::Asked } else { Look::First });
        self.tool.act(&mut self.snapshot, file);
        let late = self.look(profile, Look::Late);
        for changes in [first, late] {
            assert_eq!(changes.by_user, Vec::<String>::new(), "the user has changed nothing");
            assert_eq!(changes.staying, Vec::<String>::new(), "the user has changed nothing");
        }
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
            values.extend([("AWS_PROFILE", a), ("AWS_CREDENTIAL_EXPIRATION", d)]);
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
            shell.look(profile, Look::Asked);
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

/// The same walks each time, so that nobody's change fails by chance for what another one has done.
const FIXED_SEED: [u8; 32] = *b"the same walks for everybody....";

/// How many walks each seed gives.
const WALKS: u32 = 1000;

fn walks(kind: Kind) {
    const DIRECTORIES: usize = 4;
    const PROFILES: usize = 3;
    let strategy = (
        prop::collection::vec(profile(), PROFILES),
        prop::collection::vec(directory(PROFILES), DIRECTORIES - 1),
        values(),
        prop::collection::vec(step(DIRECTORIES, PROFILES), 1..8),
    );
    run(&strategy, |(profiles, mut directories, start, steps)| {
        directories.insert(0, Directory::default());
        walk(kind, &profiles, directories, &start, &steps);
        Ok(())
    });
}

/// Tries what `strategy` gives, from the fixed seed and from one that is another each time. The one that fails is
/// named: `SIMULATION_SEED` repeats it, and `SIMULATION_WALKS` says how many are tried.
fn run<S: Strategy>(strategy: &S, test: impl Fn(S::Value) -> TestCaseResult) {
    let given = std::env::var("SIMULATION_SEED").ok();
    let given = given.and_then(|text| HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok());
    let walks = std::env::var("SIMULATION_WALKS")
        .ok()
        .and_then(|walks| walks.parse().ok());
    for seed in [FIXED_SEED, given.unwrap_or_else(|| *blake3::hash(&random()).as_bytes())] {
        let config = ProptestConfig {
            cases: walks.unwrap_or(WALKS),
            failure_persistence: None,
            ..ProptestConfig::default()
        };
        let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
        if let Err(error) = runner.run(strategy, &test) {
            panic!("SIMULATION_SEED={}: {error}", HEXLOWER.encode(&seed));
        }
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

/// The parts of credentials, of which a profile with credentials of its own wants each but a label.
const PARTS: [&str; 4] = ["AWS_PROFILE", "AWS_CREDENTIAL_EXPIRATION", "AWS_ROLE_ARN", "AWS_VAULT"];

#[derive(Clone, Debug)]
enum Deed {
    Go(usize),
    Use(usize),
    Clear,
    /// Takes on credentials, by hand or by a tool.
    Take(Values),
}

fn parts() -> impl Strategy<Value = Values> {
    prop::collection::btree_map(select(PARTS.to_vec()), select(VALUES.to_vec()), 1..=4)
}

fn deed(directories: usize, profiles: usize) -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => (0..directories).prop_map(Deed::Go),
        1 => (0..profiles).prop_map(Deed::Use),
        1 => Just(Deed::Clear),
        3 => parts().prop_map(Deed::Take),
    ]
}

/// A profile with credentials has all of them but labels; one without has none.
fn profile_of_parts() -> impl Strategy<Value = Values> {
    let value = || select(VALUES.to_vec());
    (value(), value(), value(), any::<bool>()).prop_map(|(a, b, c, has_credentials)| {
        let mut values = Values::from([("ANTHROPIC_MODEL", c)]);
        if has_credentials {
            values.extend([
                ("AWS_PROFILE", a),
                ("AWS_CREDENTIAL_EXPIRATION", b),
                ("AWS_ROLE_ARN", None),
            ]);
        }
        values
    })
}

/// Whoever takes on credentials anywhere has, where no profile brings its own, a set that was there whole before.
fn take_on(profiles: &[Values], directories: &[Option<usize>], start: &Values, deeds: &[Deed]) {
    let mut snapshot = Snapshot::new();
    for (name, value) in start {
        set(&mut snapshot, name, *value);
    }
    let mut shell = Shell {
        profiles,
        snapshot,
        tool: Tool::default(),
        kind: Kind::Unknown,
        before: None,
    };
    let credentials = |shell: &Shell<'_>| PARTS.map(|name| get(&shell.snapshot, name));
    let mut wholes = vec![credentials(&shell)];
    let (mut here, mut chosen) = (0, None);
    for deed in deeds.iter().chain(&[Deed::Go(0), Deed::Clear]) {
        let mut asked = false;
        match deed {
            Deed::Go(to) => here = *to,
            Deed::Use(profile) => (chosen, asked) = (Some(*profile), true),
            Deed::Clear => (chosen, asked) = (None, true),
            Deed::Take(values) => {
                for (name, value) in values {
                    set(&mut shell.snapshot, name, *value);
                }
                wholes.push(credentials(&shell));
            }
        }
        let profile: Option<usize> = chosen.or(directories[here]);
        if asked {
            shell.look(profile, Look::Asked);
        }
        shell.look(profile, Look::First);
        shell.look(profile, Look::Late);
        let now = credentials(&shell);
        match profile
            .map(|profile| &profiles[profile])
            .filter(|values| values.contains_key("AWS_PROFILE"))
        {
            // The profile's, or as they were taken on over it.
            Some(values) => {
                let is_ours = PARTS[..3]
                    .iter()
                    .zip(&now)
                    .all(|(name, now)| now.as_deref() == values[name]);
                assert!(
                    is_ours || wholes.contains(&now),
                    "a mixture inside, after {deed:?}: {now:?}"
                );
            }
            None => assert!(wholes.contains(&now), "a mixture outside, after {deed:?}: {now:?}"),
        }
    }
    assert_eq!(
        get(&shell.snapshot, super::state::VARIABLE),
        None,
        "nothing is left in the end"
    );
}

#[test]
fn credentials_are_never_a_mixture() {
    const DIRECTORIES: usize = 4;
    const PROFILES: usize = 3;
    let strategy = (
        prop::collection::vec(profile_of_parts(), PROFILES),
        prop::collection::vec(prop::option::of(0..PROFILES), DIRECTORIES - 1),
        parts(),
        prop::collection::vec(deed(DIRECTORIES, PROFILES), 1..8),
    );
    run(&strategy, |(profiles, mut directories, start, deeds)| {
        directories.insert(0, None);
        take_on(&profiles, &directories, &start, &deeds);
        Ok(())
    });
}
