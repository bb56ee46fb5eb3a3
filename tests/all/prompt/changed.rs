//! What is changed inside a project, by hand or by a command that takes on credentials: it stays, whole, and one line
//! says so; `status`, `list`, `doctor` and the prompt's variable say it too. And shells that `exec` starts.

use crate::support::need::have;
use crate::support::shell::ALL;
use crate::support::terminal::{Turn, unbroken};
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

/// Whether these words were said, in whatever lines.
fn was_said(turn: &Turn, words: &str) -> bool {
    unbroken(&turn.stderr)
        .replace(';', "")
        .contains(&words.replace(';', ""))
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
            // What there is to type stands in a line of its own where both are too long for one of 80 columns.
            assert!(was_said(&turn, row.says), "{place}: {}", turn.stderr);
            let command = turn
                .stderr
                .lines()
                .any(|line| line == "  work again: claude-bedrock use --clear");
            assert!(command, "{place}: {}", turn.stderr);
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
                was_said(&turn, "keep the values set inside"),
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

/// The rows of the table of docs/shells.md that are tested here, where every shell is.
pub fn rows() -> impl Iterator<Item = (&'static str, Shell)> {
    let names = ["awsume", "keys by hand"];
    names
        .into_iter()
        .flat_map(|name| ALL.iter().map(move |shell| (name, *shell)))
}

/// How each shell calls awsume, as its `awsume-configure` sets it up.
fn awsume(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash | Shell::Zsh => "alias awsume='. awsume'\n",
        Shell::Fish => "function awsume; source (command --search awsume.fish) $argv; end\n",
        Shell::Powershell => "function awsume { awsume.ps1 @args }\n",
    }
}

/// awsume itself, with its line before the hook's and after it: taken on inside, straight to another project, out; and
/// dropped inside.
#[test]
fn what_awsume_takes_on_stays_whole_and_what_it_drops_is_gone() {
    for (shell, is_before) in found().into_iter().flat_map(|shell| [(shell, true), (shell, false)]) {
        let Some(program) = have("awsume") else { return };
        let mut world = World::new(shell);
        let bin = program.parent().unwrap().display();
        world.set("PATH", format!("{bin}:/usr/local/bin:/usr/bin:/bin"));
        world.set("AWSUME_SKIP_ALIAS_SETUP", "true");
        world.set("AWS_PROFILE", "mine");
        world.set("AWS_REGION", "us-west-2");
        world.write(
            ".aws/config",
            "[profile keys]\nregion = us-east-2\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = secret\n",
        );
        world.project("repo", "profile = \"work\"\n");
        world.project("other", "profile = \"home\"\n");
        world.settle();
        if is_before {
            awsume(shell).clone_into(&mut world.before_hook);
        } else {
            awsume(shell).clone_into(&mut world.after_hook);
        }
        let place = format!("{}, before: {is_before}", shell.name());
        let mut terminal = world.start();
        let before = terminal.record();
        terminal.run("cd repo");
        let turn = terminal.run("awsume keys");
        let keys = |turn: &Turn| {
            [
                "AWS_ACCESS_KEY_ID",
                "AWS_SECRET_ACCESS_KEY",
                "AWS_REGION",
                "AWSUME_PROFILE",
                "AWS_PROFILE",
            ]
            .map(|name| turn.get(name).filter(|value| !value.is_empty()).map(str::to_owned))
        };
        let taken = ["AKIAIOSFODNN7EXAMPLE", "secret", "us-east-2", "keys"].map(|text| Some(text.to_owned()));
        assert_eq!(keys(&turn)[..4], taken, "{place}: {}{}", turn.stdout, turn.stderr);
        let says = "the account of the keys in AWS_ACCESS_KEY_ID would pay";
        assert!(was_said(&turn, says), "{place}: {}", turn.stderr);
        let turn = terminal.run("cd ../other");
        assert_eq!(turn.get("AWS_PROFILE"), Some("own"), "{place}: {}", turn.stderr);
        assert_eq!(keys(&turn)[..2], [None, None], "{place}: {}", turn.stderr);
        let turn = terminal.run("cd ..");
        assert_eq!(keys(&turn)[..4], taken, "{place}: outside: {}", turn.stderr);
        assert_eq!(keys(&turn)[4], None, "{place}: outside: {}", turn.stderr);
        assert!(
            was_said(&turn, "keep the values set inside"),
            "{place}: {}",
            turn.stderr
        );
        let turn = terminal.run("claude-bedrock use --clear");
        let names = [
            "AWS_PROFILE",
            "AWS_REGION",
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWSUME_PROFILE",
        ];
        for name in names {
            assert_eq!(turn.get(name), before.get(name), "{place}: {name}: {}", turn.stderr);
        }
        terminal.run("cd repo");
        terminal.run("awsume keys");
        let turn = terminal.run("awsume -u");
        assert!(turn.stderr.contains("AWS_PROFILE is"), "{place}: {}", turn.stderr);
        let turn = terminal.run("cd ..");
        assert_eq!(keys(&turn), [const { None }; 5], "{place}: dropped: {}", turn.stderr);
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
        let says = "keep the values set inside";
        assert!(was_said(&turn, says), "{}: {}", shell.name(), turn.stderr);
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

/// Lines that a history forgets, behind one that changed the directory, and lines that do more than that.
#[test]
fn what_is_typed_in_a_project_is_the_users_whatever_the_line_before_was() {
    for shell in found() {
        let row = &ROWS[3];
        let mut world = world(shell, row);
        world.before_hook = match shell {
            Shell::Bash => "HISTCONTROL=ignorespace\n",
            Shell::Zsh => "setopt hist_ignore_space hist_no_store\n",
            _ => "",
        }
        .to_owned();
        for (enter, line) in [
            ("cd repo", format!(" {}", shell.export("AWS_PROFILE", "infra"))),
            (
                shell.nothing(),
                format!("cd repo; {}", shell.export("AWS_PROFILE", "infra")),
            ),
        ] {
            let place = format!("{}, {enter}, {line}", shell.name());
            let mut terminal = world.start();
            terminal.record();
            terminal.run(enter);
            let turn = terminal.run(&line);
            // bash has only the prompt: before it nobody has seen the profile's value.
            if shell == Shell::Bash && enter != "cd repo" {
                assert_eq!(
                    turn.get("AWS_PROFILE"),
                    Some("bedrock-work"),
                    "{place}: {}",
                    turn.stderr
                );
                continue;
            }
            assert_eq!(turn.get("AWS_PROFILE"), Some("infra"), "{place}: {}", turn.stderr);
            let words = "AWS_PROFILE is infra, not bedrock-work";
            assert!(was_said(&turn, words), "{place}: {}", turn.stderr);
        }
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
    for shell in found() {
        let row = &ROWS[1];
        let world = world(shell, row);
        // A PowerShell in a PowerShell takes turns with it at the terminal.
        let mut terminal = if shell == Shell::Powershell {
            world.start_under(&[PROGRAM, "exec", "-p", "work", "--"], &world.home())
        } else {
            let mut terminal = world.start();
            terminal.record();
            let program = shell.call(PROGRAM);
            terminal.send(&nested(&world, &format!("{program} exec -p work --")));
            terminal
        };
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

/// tmux and sudo themselves hand on the variables that they are told, with the state and without it.
#[test]
fn what_tmux_and_sudo_hand_on_is_told_without_its_state_and_restored_with_it() {
    let passed = "AWS_PROFILE ANTHROPIC_MODEL CLAUDE_BEDROCK_ACTIVE";
    let own = "HOME TERM CLAUDE_BEDROCK_SYSTEM_CONFIG CLAUDE_BEDROCK_MANAGED_SETTINGS";
    for (shell, with_state) in found().into_iter().flat_map(|shell| [(shell, false), (shell, true)]) {
        let passed = format!("{passed}{}", if with_state { " CLAUDE_BEDROCK_STATE" } else { "" });
        let mut world = World::new(shell);
        world.set("TMUX_TMPDIR", world.home());
        world.set("AWS_PROFILE", "mine");
        world.project("repo", "profile = \"work\"\n");
        world.write("tmux.conf", format!("set -g update-environment '{passed}'\n"));
        let asks = world.program(
            "asks",
            &format!("#!/bin/sh\ncd\n{PROGRAM} status; {PROGRAM} doctor --offline; {PROGRAM} export bash\n"),
        );
        world.settle();
        let list = format!("{own} {passed}").replace(' ', ",");
        let mut ways = Vec::new();
        if have("tmux").is_some() {
            ways.push("tmux -L t new-session -d -s two './tells; tmux -L t wait-for -S said' && tmux -L t wait-for said && tmux -L t kill-session -t two".to_owned());
        }
        if have("sudo").is_some() && have("root").is_some() {
            // Without the terminal, of which it would read what is typed next.
            let by = format!("#!/bin/sh\nexec setsid -w sudo --preserve-env={list} ./tells </dev/null\n");
            world.program("repo/by-sudo", &by);
            ways.push("./by-sudo".to_owned());
        }
        let said = world.path("said");
        world.program(
            "repo/tells",
            &format!("#!/bin/sh\n{} >{} 2>&1\n", asks.display(), said.display()),
        );
        let mut terminal = world.start();
        if have("tmux").is_some() {
            terminal.run("tmux -L t -f tmux.conf new-session -d -s one");
        }
        terminal.run("cd repo");
        for way in ways {
            let place = format!("{}, {way}", shell.name());
            let turn = terminal.run(&way);
            let said =
                std::fs::read_to_string(&said).unwrap_or_else(|_| panic!("{place}: {}{}", turn.stdout, turn.stderr));
            let words = "as work sets them, but without CLAUDE_BEDROCK_STATE";
            assert_eq!(
                said.matches(words).count(),
                if with_state { 0 } else { 2 },
                "{place}: {said}"
            );
            let gives_back = said.contains("AWS_PROFILE") && said.contains("mine");
            assert_eq!(gives_back, with_state, "{place}: {said}");
            std::fs::remove_file(world.path("said")).unwrap();
        }
        if have("tmux").is_some() {
            terminal.run("tmux -L t kill-server");
        }
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
