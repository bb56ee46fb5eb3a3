//! Under `set -x`, `set -v`, a DEBUG trap, `fish_trace` and `Set-PSDebug`, which people switch on while a colleague
//! looks on or a session is recorded: no value of the hook's is shown, and what the user does is traced as before.

use crate::support::terminal::{Terminal, Turn};
use crate::support::world::found;
use crate::support::{Shell, World};

use Shell::{Bash, Fish, Powershell, Zsh};

const PROFILE: &str = r#"
[profiles.work]
region = "eu-west-1"
[profiles.work.auth]
method = "access-keys"
access_key_id = { file = "~/.config/claude-bedrock/id" }
secret_access_key = { file = "~/.config/claude-bedrock/key" }
session_token = { file = "~/.config/claude-bedrock/token" }

[profiles.api]
region = "eu-west-1"
auth = { method = "api-key", api_key = { file = "~/.config/claude-bedrock/api" } }
"#;

/// What must be seen nowhere: what the profiles fetch, and the user's own.
const SECRETS: [&str; 5] = [
    "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    "IQoJb3JpZ2luX2VjEXAMPLETOKEN\"$(id)\\*==",
    "ABSKQmVkcm9ja0FQSUtleS1leGFtcGxlLWtleQ==",
    "myOwnSecretAccessKeyFromBefore0123456789",
    "ABSKbXlPd25CZWFyZXJUb2tlbkZyb21CZWZvcmU=",
];

/// How each shell is made to trace, and what it shows then of the line `echo seen`.
const WAYS: &[(Shell, &str, &str)] = &[
    (Bash, "set -x", "+ echo seen"),
    (Bash, "set -v", "echo seen"),
    (Bash, "set -xv", "+ echo seen"),
    (Bash, "set -T; trap 'echo \"DBG $BASH_COMMAND\"' DEBUG", "DBG echo seen"),
    (Zsh, "setopt xtrace", "> echo seen"),
    (Zsh, "setopt verbose", "echo seen"),
    (Zsh, "trap 'print -r -- \"DBG $ZSH_DEBUG_CMD\"' DEBUG", "DBG echo seen"),
    (Fish, "set -g fish_trace 1", "> echo seen"),
    (Powershell, "Set-PSDebug -Trace 1", ">>>> echo seen"),
    (Powershell, "Set-PSDebug -Trace 2", ">>>> echo seen"),
];

fn world(shell: Shell) -> World {
    let mut world = World::new(shell);
    world.config(PROFILE);
    for (name, value) in [
        ("id", "AKIAIOSFODNN7EXAMPLE"),
        ("key", SECRETS[0]),
        ("token", SECRETS[1]),
        ("api", SECRETS[2]),
    ] {
        use std::os::unix::fs::PermissionsExt as _;
        let path = world.write(format!(".config/claude-bedrock/{name}"), format!("{value}\n"));
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    world.set("AWS_SECRET_ACCESS_KEY", SECRETS[3]);
    world.set("AWS_BEARER_TOKEN_BEDROCK", SECRETS[4]);
    world.project("repo", "profile = \"work\"\n");
    world.program("bin/wrapped", "#!/bin/sh\necho wrapped\n");
    let path = format!("{}:/usr/bin:/bin", world.path("bin").display());
    world.set("PATH", path);
    "--wrap wrapped".clone_into(&mut world.hook_options);
    world.settle();
    world
}

fn check(turn: &Turn, place: &str) {
    for secret in SECRETS {
        for (stream, text) in [("stdout", &turn.stdout), ("stderr", &turn.stderr)] {
            // A trace may quote what it shows.
            let is_shown = |part: &str| text.contains(part);
            assert!(
                !is_shown(secret) && !is_shown(&secret[4..24]),
                "{place}: {stream}: {text}"
            );
        }
    }
}

fn traced(shell: Shell, switch_on: &str, seen: &str) {
    let place = format!("{}, {switch_on}", shell.name());
    let world = world(shell);
    let mut terminal = world.start();
    terminal.record();
    let step = |terminal: &mut Terminal, line: &str| {
        let turn = terminal.run(line);
        check(&turn, &format!("{place}: {line}"));
        turn
    };
    step(&mut terminal, switch_on);
    let turn = step(&mut terminal, "cd repo");
    assert_eq!(
        turn.get("AWS_SECRET_ACCESS_KEY"),
        Some(SECRETS[0]),
        "{place}: {}",
        turn.stderr
    );
    assert_eq!(turn.get("AWS_SESSION_TOKEN"), Some(SECRETS[1]), "{place}");
    for line in [
        shell.nothing(),
        "claude-bedrock use api",
        "wrapped",
        "cd ..",
        "claude-bedrock use --clear",
    ] {
        step(&mut terminal, line);
        let turn = step(&mut terminal, "echo seen");
        let text = format!("{}{}", turn.stdout, turn.stderr);
        assert!(text.contains(seen), "{place}: no trace after {line}: {text}");
    }
    let turn = step(&mut terminal, "wrapped");
    assert_eq!(turn.get("AWS_SECRET_ACCESS_KEY"), Some(SECRETS[3]), "{place}");
    assert_eq!(turn.get("AWS_BEARER_TOKEN_BEDROCK"), Some(SECRETS[4]), "{place}");
}

fn in_shell(shell: Shell) {
    shell.need();
    for (_, switch_on, seen) in WAYS.iter().filter(|(of, ..)| *of == shell) {
        traced(shell, switch_on, seen);
    }
}

#[test]
fn no_secret_is_traced_in_bash() {
    in_shell(Bash);
}

#[test]
fn no_secret_is_traced_in_zsh() {
    in_shell(Zsh);
}

#[test]
fn no_secret_is_traced_in_fish() {
    in_shell(Fish);
}

#[test]
fn no_secret_is_traced_in_powershell() {
    in_shell(Powershell);
}

/// What the shell lists of the hook's own variables and functions.
fn own_names(shell: Shell) -> &'static str {
    match shell {
        Bash => "declare -p ${!__claude_bedrock_*}; declare -f | grep -A3 claude_bedrock_same",
        Zsh => "typeset -m '__claude_bedrock_*'; functions -m '__claude_bedrock_*'",
        Fish => "set --show | string match -e claude_bedrock; functions __claude_bedrock_same",
        Powershell => "Get-Variable -Scope Global | Out-String -Width 900",
    }
}

#[test]
fn the_hooks_own_variables_hold_no_secret_and_a_changed_one_is_seen() {
    for shell in found() {
        let mut world = world(shell);
        let calls = world.count_calls();
        let mut terminal = world.start();
        terminal.run("cd repo");
        for profile in ["work", "api"] {
            let turn = terminal.run(&format!("claude-bedrock use {profile}"));
            assert_eq!(
                turn.get("CLAUDE_BEDROCK_ACTIVE"),
                Some(profile),
                "{}: {}",
                shell.name(),
                turn.stderr
            );
            let turn = terminal.run(own_names(shell));
            check(&turn, shell.name());
            assert!(
                turn.stdout.to_lowercase().contains("bedrock"),
                "{}: {}",
                shell.name(),
                turn.stdout
            );
        }
        // Nothing has changed, and nothing is started; the recorder's line is one prompt more.
        let before = calls();
        terminal.run(shell.nothing());
        assert_eq!(calls(), before, "{}", shell.name());
        let other = "ABSKT3RoZXJCZWRyb2NrQVBJS2V5LWV4YW1wbGUx";
        assert_eq!(other.len(), SECRETS[2].len());
        let turn = terminal.run(&shell.export("AWS_BEARER_TOKEN_BEDROCK", other));
        assert!(
            turn.stderr.contains("AWS_BEARER_TOKEN_BEDROCK has another value"),
            "{}: {}",
            shell.name(),
            turn.stderr
        );
        let turn = terminal.run(&shell.unset("AWS_BEARER_TOKEN_BEDROCK"));
        assert!(
            turn.stderr.contains("AWS_BEARER_TOKEN_BEDROCK is unset"),
            "{}: {}",
            shell.name(),
            turn.stderr
        );
        let before = calls();
        terminal.run(shell.nothing());
        assert_eq!(calls(), before, "{}", shell.name());
    }
}
