//! What is changed inside a project, by hand or by a command that takes on credentials: it stays, whole, and one line
//! says so; `status`, `list`, `doctor` and the prompt's variable say it too. And shells that `exec` starts.

use crate::support::terminal::Turn;
use crate::support::world::{PROGRAM, found};
use crate::support::{Shell, World};

/// What decides who pays, and where.
const NAMES: [&str; 8] = [
    "AWS_PROFILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_VAULT",
    "AWS_REGION",
    "AWS_ROLE_ARN",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

type Values = [Option<&'static str>; 8];

/// What a user has before, takes on inside, and has outside then.
struct Row {
    name: &'static str,
    before: Values,
    inside: Values,
    outside: Values,
    /// What the line inside says.
    says: &'static str,
}

const OUR_PROFILE: Option<&str> = Some("bedrock-work");
const OUR_REGION: Option<&str> = Some("eu-west-1");

const ROWS: &[Row] = &[
    Row {
        name: "aws configure export-credentials",
        before: [Some("mine"), None, None, None, None, Some("us-west-2"), None, None],
        inside: [
            OUR_PROFILE,
            Some("AKIA"),
            Some("secret"),
            Some("token"),
            None,
            OUR_REGION,
            None,
            None,
        ],
        outside: [
            OUR_PROFILE,
            Some("AKIA"),
            Some("secret"),
            Some("token"),
            None,
            OUR_REGION,
            None,
            None,
        ],
        says: "AWS profile bedrock-work would pay",
    },
    Row {
        name: "granted's assume, in the project's own region",
        before: [
            Some("mine"),
            Some("OLD"),
            Some("old"),
            None,
            None,
            Some("us-west-2"),
            None,
            None,
        ],
        inside: [
            None,
            Some("AKIA"),
            Some("secret"),
            Some("token"),
            None,
            OUR_REGION,
            None,
            None,
        ],
        outside: [
            None,
            Some("AKIA"),
            Some("secret"),
            Some("token"),
            None,
            OUR_REGION,
            None,
            None,
        ],
        says: "the account of the keys in AWS_ACCESS_KEY_ID would pay",
    },
    Row {
        name: "an aws-vault subshell's variables over those of another",
        before: [
            None,
            Some("OLD"),
            Some("old"),
            Some("oldtoken"),
            Some("old"),
            None,
            None,
            None,
        ],
        inside: [
            None,
            Some("AKIA"),
            Some("secret"),
            None,
            Some("prod"),
            Some("us-east-2"),
            None,
            None,
        ],
        outside: [
            None,
            Some("AKIA"),
            Some("secret"),
            None,
            Some("prod"),
            Some("us-east-2"),
            None,
            None,
        ],
        says: "the account of the keys in AWS_ACCESS_KEY_ID would pay",
    },
    Row {
        name: "another AWS profile",
        before: [Some("mine"), None, None, None, None, Some("us-west-2"), None, None],
        inside: [Some("infra"), None, None, None, None, OUR_REGION, None, None],
        outside: [Some("infra"), None, None, None, None, OUR_REGION, None, None],
        says: "AWS_PROFILE is infra, not bedrock-work; AWS profile infra would pay",
    },
    Row {
        name: "a role by a web identity, as on a cluster",
        before: [
            Some("mine"),
            None,
            None,
            None,
            None,
            Some("us-west-2"),
            Some("arn:old"),
            None,
        ],
        inside: [None, None, None, None, None, OUR_REGION, Some("arn:new"), None],
        outside: [None, None, None, None, None, OUR_REGION, Some("arn:new"), None],
        says: "AWS_ROLE_ARN is set",
    },
    Row {
        name: "a container's role",
        before: [Some("mine"), Some("OLD"), Some("old"), None, None, None, None, None],
        inside: [
            None,
            None,
            None,
            None,
            None,
            OUR_REGION,
            None,
            Some("http://127.0.0.1/c"),
        ],
        outside: [
            None,
            None,
            None,
            None,
            None,
            OUR_REGION,
            None,
            Some("http://127.0.0.1/c"),
        ],
        says: "or without one the role that AWS_CONTAINER_CREDENTIALS_FULL_URI leads to, would pay",
    },
    Row {
        name: "keys and a label, where there was none",
        before: [Some("mine"), None, None, None, None, Some("us-west-2"), None, None],
        inside: [
            None,
            Some("AKIA"),
            Some("secret"),
            Some("token"),
            Some("prod"),
            OUR_REGION,
            None,
            None,
        ],
        outside: [
            None,
            Some("AKIA"),
            Some("secret"),
            Some("token"),
            Some("prod"),
            OUR_REGION,
            None,
            None,
        ],
        says: "the account of the keys in AWS_ACCESS_KEY_ID would pay",
    },
    Row {
        name: "a region alone",
        before: [
            Some("mine"),
            Some("OLD"),
            Some("old"),
            None,
            Some("old"),
            Some("us-west-2"),
            None,
            None,
        ],
        inside: [OUR_PROFILE, None, None, None, None, Some("us-east-2"), None, None],
        outside: [
            Some("mine"),
            Some("OLD"),
            Some("old"),
            None,
            Some("old"),
            Some("us-east-2"),
            None,
            None,
        ],
        says: "AWS_REGION is us-east-2, not eu-west-1; work again: claude-bedrock use --clear",
    },
    Row {
        name: "what was there before, by hand",
        before: [
            Some("mine"),
            Some("OLD"),
            Some("old"),
            None,
            None,
            Some("us-west-2"),
            None,
            None,
        ],
        inside: [Some("mine"), None, None, None, None, OUR_REGION, None, None],
        outside: [
            Some("mine"),
            Some("OLD"),
            Some("old"),
            None,
            None,
            Some("us-west-2"),
            None,
            None,
        ],
        says: "AWS_PROFILE is mine, not bedrock-work",
    },
];

fn values(turn: &Turn) -> [Option<&str>; 8] {
    NAMES.map(|name| turn.get(name))
}

fn change(shell: Shell, from: &[Option<&str>; 8], to: &Values) -> String {
    let changed = NAMES
        .iter()
        .zip(from.iter().zip(to))
        .filter(|(_, (from, to))| from != to);
    let lines: Vec<String> = changed
        .map(|(name, (_, value))| value.map_or_else(|| shell.unset(name), |value| shell.export(name, value)))
        .collect();
    lines.join("; ")
}

fn world(shell: Shell, row: &Row) -> World {
    let mut world = World::new(shell);
    for (name, value) in NAMES.iter().zip(row.before) {
        if let Some(value) = value {
            world.set(name, value);
        }
    }
    world.project("repo", "profile = \"work\"\n");
    world.project("other", "profile = \"home\"\n");
    world.settle();
    world
}

const OURS: [Option<&str>; 8] = [OUR_PROFILE, None, None, None, None, OUR_REGION, None, None];

#[test]
fn credentials_stay_whole_and_are_told() {
    for shell in found() {
        for row in ROWS {
            let place = format!("{}, {}", shell.name(), row.name);
            let world = world(shell, row);
            let mut terminal = world.start();
            let turn = terminal.run("cd repo");
            assert_eq!(values(&turn), OURS, "{place}: {}", turn.stderr);
            let turn = terminal.run(&change(shell, &OURS, &row.inside));
            assert_eq!(values(&turn), row.inside, "{place}: inside");
            assert!(turn.stderr.contains(row.says), "{place}: {}", turn.stderr);
            assert_eq!(turn.get("CLAUDE_BEDROCK_ACTIVE"), Some("work*"), "{place}");
            let again = terminal.run(shell.nothing());
            assert_eq!(again.stderr, "", "{place}: said once");
            let status = terminal.run(
                "claude-bedrock status; claude-bedrock list; claude-bedrock status --format '{profile} {account}'",
            );
            let said = format!("{}{}", status.stdout, status.stderr);
            for words in ["changed", "! work", "work* ", "claude-bedrock use --clear"] {
                assert!(said.contains(words), "{place}: {words}: {said}");
            }
            let turn = terminal.run("cd ..");
            assert_eq!(values(&turn), row.outside, "{place}: outside: {}", turn.stderr);
            let stays = row.outside != row.before && row.outside[0] != Some("mine");
            assert_eq!(
                turn.stderr.contains("stay as they were set inside"),
                stays,
                "{place}: {}",
                turn.stderr
            );
            if stays {
                let turn = terminal.run("claude-bedrock use --clear");
                assert_eq!(values(&turn), row.before, "{place}: brought back: {}", turn.stderr);
                assert_eq!(turn.get("CLAUDE_BEDROCK_STATE"), None, "{place}");
            }
        }
    }
}

#[test]
fn credentials_go_along_straight_into_another_project_and_come_out_of_it() {
    for shell in found() {
        let row = &ROWS[1];
        let world = world(shell, row);
        let mut terminal = world.start();
        terminal.run("cd repo");
        terminal.run(&change(shell, &OURS, &row.inside));
        let turn = terminal.run("cd ../other");
        assert_eq!(
            values(&turn),
            [Some("own"), None, None, None, None, Some("us-east-1"), None, None],
            "{}",
            shell.name()
        );
        let turn = terminal.run("cd ..");
        assert_eq!(values(&turn), row.outside, "{}: {}", shell.name(), turn.stderr);
        let says = "stay as they were set inside";
        assert!(turn.stderr.contains(says), "{}: {}", shell.name(), turn.stderr);
        let turn = terminal.run("claude-bedrock use --clear");
        assert_eq!(values(&turn), row.before, "{}: {}", shell.name(), turn.stderr);
        assert_eq!(turn.get("CLAUDE_BEDROCK_STATE"), None, "{}", shell.name());
    }
}

/// As `awsume -u` drops all: keys from before with no region would be nobody's account.
#[test]
fn what_is_dropped_inside_does_not_come_back() {
    for shell in found() {
        let row = &ROWS[2];
        let world = world(shell, row);
        let mut terminal = world.start();
        terminal.run("cd repo");
        let turn = terminal.run(&change(shell, &OURS, &[None; 8]));
        assert!(
            turn.stderr.contains("AWS_PROFILE is unset"),
            "{}: {}",
            shell.name(),
            turn.stderr
        );
        let turn = terminal.run("cd ..");
        assert_eq!(values(&turn), [None; 8], "{}: {}", shell.name(), turn.stderr);
        let turn = terminal.run("claude-bedrock use --clear");
        assert_eq!(values(&turn), row.before, "{}: {}", shell.name(), turn.stderr);
    }
}

#[test]
fn use_makes_the_profile_hold_again() {
    for shell in found() {
        let row = &ROWS[0];
        let world = world(shell, row);
        let mut terminal = world.start();
        terminal.run("cd repo");
        terminal.run(&change(shell, &OURS, &row.inside));
        let turn = terminal.run("claude-bedrock use --clear");
        assert_eq!(values(&turn), OURS, "{}: {}", shell.name(), turn.stderr);
        assert_eq!(turn.get("CLAUDE_BEDROCK_ACTIVE"), Some("work"), "{}", shell.name());
        let turn = terminal.run("cd ..");
        assert_eq!(values(&turn), row.before, "{}: {}", shell.name(), turn.stderr);
    }
}

/// The line by which a shell starts another one of its kind that reads the same rc file.
fn nested(world: &World, by: &str) -> String {
    let program = world.shell.program().unwrap();
    let words = world
        .shell
        .interactive(world.path(world.shell.rc_file()).to_str().unwrap());
    let words: Vec<String> = words
        .iter()
        .map(|word| world.shell.quote(word.to_str().unwrap()))
        .collect();
    format!("{by} {} {}", program.display(), words.join(" "))
}

#[test]
fn a_shell_under_exec_keeps_the_profile_and_gives_back_what_was_there() {
    for shell in found().into_iter().filter(|shell| *shell != Shell::Powershell) {
        let row = &ROWS[1];
        let world = world(shell, row);
        let mut terminal = world.start();
        terminal.record();
        let program = shell.call(PROGRAM);
        terminal.send(&nested(&world, &format!("{program} exec -p work --")));
        let turn = terminal.record();
        assert_eq!(values(&turn), OURS, "{}: {}", shell.name(), turn.stderr);
        assert!(!turn.stderr.contains("left work"), "{}: {}", shell.name(), turn.stderr);
        let status = terminal.run("claude-bedrock status");
        assert!(
            status.stdout.contains("by exec -p"),
            "{}: {}",
            shell.name(),
            status.stdout
        );
        assert_eq!(values(&terminal.run("cd other")), OURS, "{}: as by use", shell.name());
        let turn = terminal.run("claude-bedrock use --clear");
        assert_eq!(values(&turn)[0], Some("own"), "{}: {}", shell.name(), turn.stderr);
        let turn = terminal.run("cd ..");
        assert_eq!(values(&turn), row.before, "{}: {}", shell.name(), turn.stderr);
    }
}

#[test]
fn what_came_without_its_state_is_told() {
    for shell in found() {
        let mut world = World::new(shell);
        world.set("AWS_PROFILE", "bedrock-work");
        world.set("ANTHROPIC_MODEL", "eu.anthropic.claude-sonnet-4-6");
        world.set("CLAUDE_BEDROCK_ACTIVE", "work");
        let mut terminal = world.start();
        let turn = terminal.record();
        assert_eq!(turn.stderr, "", "{}", shell.name());
        assert_eq!(
            turn.get("AWS_PROFILE"),
            Some("bedrock-work"),
            "{}: nobody can tell",
            shell.name()
        );
        let status = terminal.run("claude-bedrock status");
        let words = "as work sets them, but without CLAUDE_BEDROCK_STATE";
        assert!(status.stdout.contains(words), "{}: {}", shell.name(), status.stdout);
        assert!(
            status.stdout.contains("unset ANTHROPIC_MODEL AWS_PROFILE"),
            "{}",
            status.stdout
        );
    }
}

#[test]
fn a_value_that_was_not_exported_is_there_again() {
    for shell in found().into_iter().filter(|shell| *shell != Shell::Powershell) {
        let mut world = World::new(shell);
        world.before_hook = if shell == Shell::Fish {
            "set -g AWS_PROFILE \"it's mine\"\n".to_owned()
        } else {
            "AWS_PROFILE=\"it's mine\"\n".to_owned()
        };
        world.project("repo", "profile = \"work\"\n");
        world.project("other", "profile = \"home\"\n");
        world.settle();
        let mut terminal = world.start();
        assert_eq!(
            terminal.run_and_pass("cd repo", "\"$AWS_PROFILE\"").arguments,
            ["bedrock-work"],
            "{}",
            shell.name()
        );
        assert_eq!(
            terminal.run_and_pass("cd ../other", "\"$AWS_PROFILE\"").arguments,
            ["own"],
            "{}",
            shell.name()
        );
        let turn = terminal.run_and_pass("cd ..", "\"$AWS_PROFILE\"");
        assert_eq!(turn.arguments, ["it's mine"], "{}", shell.name());
        assert_eq!(turn.get("AWS_PROFILE"), None, "{}: not exported", shell.name());
    }
}
