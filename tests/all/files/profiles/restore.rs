//! Entering, changing and leaving profiles gives the user's environment back, whatever the profiles and whatever
//! was there before; and in between a shell holds exactly what `export json` says.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use proptest::prelude::{Just, Strategy, any, prop, prop_oneof};
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use super::{CREDENTIALS, OWNED, Shell, export, world};

/// Variables that are private, in the profiles' `env` and among what was there before.
const FREE: [&str; 4] = ["FREE_A", "FREE_B", "HTTP_PROXY", "ANTHROPIC_API_KEY"];

/// How often a shell is started, and what it does each time.
const STARTS: u32 = 3;
const PROFILES: usize = 6;
const ROUNDS: usize = 10;

/// One round: what the user's environment is, and the profiles' directories that are entered before leaving.
#[derive(Clone, Debug)]
struct Round {
    before: BTreeMap<&'static str, String>,
    path: Vec<Index>,
}

/// A profile's text and the text of its project file.
#[derive(Clone, Debug)]
struct Profile {
    config: String,
    project: String,
}

/// Values that shells, TOML or the state could spoil.
fn value() -> impl Strategy<Value = String> {
    let awkward = select(vec![
        "", " ", " a  b ", "it's", "\"q\"", "$HOME", "`id`", "$(id)", "a\\", "\\n", "!x", "%PATH%", "*", "~", "#",
        "a\nb\n", "a\r\nb\r", "\n", "é😀", "a=b;c", "\t", "-n", "{}", "1",
    ]);
    prop_oneof![
        4 => awkward.prop_map(str::to_owned),
        3 => "[ -~é\n]{0,12}",
        1 => (1000..3000_usize).prop_map(|length| "long ".repeat(length / 5)),
    ]
}

/// A TOML string: everything but letters and digits as an escape.
fn quoted(text: &str) -> String {
    let escaped = text.chars().map(|c| {
        if c.is_ascii_alphanumeric() {
            c.to_string()
        } else {
            format!("\\U{:08X}", c as u32)
        }
    });
    format!("\"{}\"", escaped.collect::<String>())
}

/// One of these lines, or none.
fn line(lines: &[&str]) -> impl Strategy<Value = String> + use<> {
    let mut lines: Vec<String> = lines.iter().map(|line| format!("{line}\n")).collect();
    lines.push(String::new());
    select(lines)
}

/// Lines that may stand in a profile and in a project file.
fn refinements() -> impl Strategy<Value = String> {
    let variable = (
        select(FREE.to_vec()),
        prop_oneof![value().prop_map(|value| quoted(&value)), Just("false".to_owned())],
    );
    let variables = prop::collection::btree_map(variable.0, variable.1, 0..4).prop_map(|map| {
        let lines: Vec<String> = map
            .into_iter()
            .map(|(name, value)| format!("env.{name} = {value}\n"))
            .collect();
        lines.concat()
    });
    (
        line(&[
            "region = \"us-east-1\"",
            "region = \"eu-west-1\"",
            "region = \"ap-northeast-1\"",
            "region = \"us-gov-west-1\"",
        ]),
        line(&["endpoint = \"mantle\"", "endpoint = \"both\"", "endpoint = \"bedrock\""]),
        line(&["geography = \"global\"", "geography = \"auto\"", "geography = \"none\""]),
        line(&[
            "models.main = \"sonnet\"",
            "models.main = \"claude-opus-5-5[1m]\"",
            "models.main = \"us.anthropic.claude-sonnet-4-6\"",
        ]),
        line(&[
            "models.haiku = \"claude-haiku-4-5\"",
            "models.haiku = { id = \"haiku\", name = \"It's small\", capabilities = \"effort\" }",
        ]),
        line(&["service_tier = \"flex\"", "service_tier = \"priority\""]),
        line(&[
            "guardrail = { id = \"abc\", version = \"1\" }",
            "guardrail = { id = \"abc\", version = \"DRAFT\", trace = \"enabled\" }",
        ]),
        line(&[
            "headers.X-A = \"it's\"",
            "headers = { X-A = \"a, b\", X-B = \"\\\"c\\\" $HOME\" }",
        ]),
        variables,
    )
        .prop_map(|(a, b, c, d, e, f, g, h, i)| [a, b, c, d, e, f, g, h, i].concat())
}

/// A profile with a method, refined by its project file.
fn profile() -> impl Strategy<Value = Profile> {
    let auth = line(&[
        "auth = { method = \"ambient\" }",
        "auth = { method = \"aws-profile\", profile = \"a b\" }",
        "auth = { method = \"aws-profile\", profile = \"p\", isolate = true }",
        "auth = { method = \"access-keys\", access_key_id = { env = \"PLANTED_ID\" }, secret_access_key = { file = \"~/.secrets/key\" } }",
        "auth = { method = \"access-keys\", access_key_id = { env = \"PLANTED_ID\" }, secret_access_key = { env = \"PLANTED_KEY\" }, session_token = { file = \"~/.secrets/token\" } }",
        "auth = { method = \"api-key\", api_key = { file = \"~/.secrets/api-key\" } }",
        "auth = { method = \"gateway\", base_url = \"https://llm.example.com\" }",
        "auth = { method = \"gateway\", base_url = \"http://localhost:1\", token = { env = \"PLANTED_GATEWAY\" } }",
    ]);
    (auth, refinements(), refinements()).prop_map(|(auth, refined, project)| Profile {
        config: auth + &refined,
        project,
    })
}

/// What a user had before: some of the owned variables, and some others.
fn round() -> impl Strategy<Value = Round> {
    let names: Vec<&str> = OWNED.into_iter().chain(CREDENTIALS).chain(FREE).collect();
    let before = prop::collection::btree_map(select(names), value(), 0..12);
    let path = prop::collection::vec(any::<Index>(), 1..4);
    (before, path).prop_map(|(before, path)| Round { before, path })
}

type Variables = BTreeMap<Vec<u8>, Vec<u8>>;

/// What `env -0` printed, without what belongs to the shell's own moving about.
fn recorded(path: &Path) -> Variables {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let lines = bytes.split(|byte| *byte == 0).filter(|line| !line.is_empty());
    let mut variables: Variables = lines
        .map(|line| {
            let at = line.iter().position(|byte| *byte == b'=').unwrap();
            (line[..at].to_vec(), line[at + 1..].to_vec())
        })
        .collect();
    for name in ["_", "PWD", "OLDPWD", "SHLVL"] {
        variables.remove(name.as_bytes());
    }
    variables
}

/// The names, for an error message, whose values differ.
fn differing(one: &Variables, other: &Variables) -> Vec<String> {
    let names: std::collections::BTreeSet<_> = one.keys().chain(other.keys()).collect();
    let show = |value: Option<&Vec<u8>>| {
        value.map(|value| String::from_utf8_lossy(value).chars().take(80).collect::<String>())
    };
    names
        .into_iter()
        .filter(|name| one.get(*name) != other.get(*name))
        .map(|name| {
            format!(
                "{}: {:?} / {:?}",
                String::from_utf8_lossy(name),
                show(one.get(name)),
                show(other.get(name))
            )
        })
        .collect()
}

/// Starts one shell, goes through all rounds in it, and compares.
fn check(shell: Shell, profiles: &[Profile], rounds: &[Round], entered: &Cell<usize>) -> Result<(), TestCaseError> {
    let world = world(shell);
    let mut config = String::from("trusted = [\"~/projects\"]\n");
    for (index, profile) in profiles.iter().enumerate() {
        config += &format!("[profiles.p{index}]\n{}", profile.config);
        world.unallowed_project(
            format!("projects/{index}"),
            &format!("profile = \"p{index}\"\n{}", profile.project),
        );
    }
    world.config(&config);
    let recorder = world.program("bin/record", "#!/bin/sh\nexec env -0 >\"$1\"\n");
    let record = |name: &str| {
        format!(
            "{} {}\n",
            shell.call(recorder.to_str().unwrap()),
            shell.quote(world.records().join(name).to_str().unwrap())
        )
    };
    let step = if shell == Shell::Powershell {
        "__ClaudeBedrockUpdate"
    } else {
        "__claude_bedrock_hook"
    };
    let go = |directory: &str| format!("cd {}\n{step}\n", shell.quote(world.path(directory).to_str().unwrap()));

    let mut script = world.load_line() + "\n";
    for (number, round) in rounds.iter().enumerate() {
        for name in OWNED.into_iter().chain(CREDENTIALS).chain(FREE) {
            let line = match round.before.get(name) {
                Some(value) => shell.export(name, value),
                None if shell == Shell::Powershell => format!("[Environment]::SetEnvironmentVariable('{name}', $null)"),
                None if shell == Shell::Fish => format!("set -e {name}; or true"),
                None => shell.unset(name),
            };
            script += &format!("{line}\n");
        }
        script += &record(&format!("{number}.before"));
        for (stop, index) in round.path.iter().enumerate() {
            script += &go(&format!("projects/{}", index.index(profiles.len())));
            script += &record(&format!("{number}.inside.{stop}"));
        }
        script += &go("");
        script += &record(&format!("{number}.after"));
    }
    let path = world.write("script", &script);
    let source = if shell == Shell::Powershell {
        ". ([ScriptBlock]::Create([IO.File]::ReadAllText($env:SCRIPT)))"
    } else {
        "source \"$SCRIPT\""
    };
    let output = world
        .command(shell.need())
        .env("SCRIPT", path)
        .env("CLAUDE_BEDROCK_LOG", "error")
        .args(shell.script(source))
        .output();
    let output = output.unwrap();
    // An isolated profile that no settings file serves is warned of; that is tested with the settings.
    let stderr = String::from_utf8_lossy(&output.stderr).replace("\n  ", " ");
    let said: Vec<&str> = stderr
        .lines()
        .filter(|line| !line.contains(" is isolated, and no settings file gives"))
        .collect();
    proptest::prop_assert_eq!(said, Vec::<&str>::new());

    for (number, round) in rounds.iter().enumerate() {
        let file = |name: String| recorded(&world.records().join(name));
        let before = file(format!("{number}.before"));
        for (stop, index) in round.path.iter().enumerate() {
            let index = index.index(profiles.len());
            let mut wanted = before.clone();
            let document =
                export(&world, &world.path(format!("projects/{index}")), None).map_err(TestCaseError::fail)?;
            for (name, value) in document {
                match value {
                    Some(value) => wanted.insert(name.into_bytes(), value.into_bytes()),
                    None => wanted.remove(name.as_bytes()),
                };
            }
            wanted.insert(b"CLAUDE_BEDROCK_ACTIVE".to_vec(), format!("p{index}").into_bytes());
            let mut inside = file(format!("{number}.inside.{stop}"));
            let state = inside.remove(&b"CLAUDE_BEDROCK_STATE"[..]);
            proptest::prop_assert!(state.is_some(), "round {number}: no state inside");
            let differing = differing(&inside, &wanted);
            proptest::prop_assert!(
                differing.is_empty(),
                "round {number}, stop {stop}, inside / wanted: {differing:#?}"
            );
            entered.set(entered.get() + 1);
        }
        let differing = differing(&file(format!("{number}.after")), &before);
        proptest::prop_assert!(differing.is_empty(), "round {number}, after / before: {differing:#?}");
    }
    Ok(())
}

fn leaving_restores_what_was_there(shell: Shell) {
    shell.need();
    let config = Config {
        cases: STARTS,
        max_shrink_time: 15_000,
        failure_persistence: None,
        ..Config::default()
    };
    let strategy = (
        prop::collection::vec(profile(), PROFILES),
        prop::collection::vec(round(), ROUNDS),
    );
    let entered = Cell::new(0);
    let result = TestRunner::new(config).run(&strategy, |(profiles, rounds)| {
        check(shell, &profiles, &rounds, &entered)
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    assert!(entered.get() >= ROUNDS * STARTS as usize, "profiles were entered");
}

#[test]
fn leaving_restores_any_environment_in_bash() {
    leaving_restores_what_was_there(Shell::Bash);
}

#[test]
fn leaving_restores_any_environment_in_zsh() {
    leaving_restores_what_was_there(Shell::Zsh);
}

#[test]
fn leaving_restores_any_environment_in_fish() {
    leaving_restores_what_was_there(Shell::Fish);
}

#[test]
fn leaving_restores_any_environment_in_powershell() {
    leaving_restores_what_was_there(Shell::Powershell);
}
