//! What happens while a secret is waited for: Ctrl-C, and a command that asks at the terminal.

use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

use super::loading::without_state;
use super::{Case, counted, project, seen};
use crate::support::{Shell, World};

pub const CASES: &[Case] = &[
    Case::new("ctrl_c_cancels_a_slow_command", ctrl_c_cancels_a_slow_command).in_every_shell(),
    Case::new(
        "ctrl_c_after_use_cancels_a_slow_command",
        ctrl_c_after_use_cancels_a_slow_command,
    )
    .in_every_shell(),
    Case::new("a_command_can_ask_at_the_terminal", a_command_can_ask_at_the_terminal).in_every_shell(),
    Case::new(
        "ctrl_z_does_not_stop_what_is_waited_for",
        ctrl_z_does_not_stop_what_is_waited_for,
    )
    .in_every_shell(),
    Case::new(
        "ctrl_c_cancels_waiting_for_a_keyring",
        ctrl_c_cancels_waiting_for_a_keyring,
    )
    .in_every_shell(),
    Case::new(
        "a_keyring_that_never_answers_is_given_up",
        a_keyring_that_never_answers_is_given_up,
    ),
];

/// A line that makes the shell say so when it is interrupted, where shells can.
fn set_trap(shell: Shell) -> &'static str {
    if shell.is_posix() {
        "trap 'echo mine >&2' INT"
    } else {
        shell.nothing()
    }
}

/// The user's trap is there, and was not run.
fn check_trap(shell: Shell, terminal: &mut crate::support::terminal::Terminal) {
    if shell.is_posix() {
        assert_eq!(terminal.run("kill -INT $$").stderr, "mine\n");
    }
}

fn ctrl_c_cancels_a_slow_command(world: &mut World) {
    let (program, runs) = counted(world, "slow", "exec sleep 300");
    project(world, &format!("{{ command = \"{program}\" }}"));
    let mut terminal = world.start();
    let before = terminal.run(set_trap(world.shell));
    terminal.send("cd repo");
    terminal.wait(|_| runs() == 1);
    terminal.interrupt();
    let cancelled = terminal.record();
    let said = seen(world, &cancelled.stderr);
    insta::allow_duplicates! { insta::assert_snapshot!(said, @r#"
    claude-bedrock: the secret's command `[HOME]/bin/slow` was cancelled
     --> ~/.config/claude-bedrock/config.toml:3:40
      |
    3 | [LINE]
      | ^
      |
      = help: try it: [HOME]/bin/slow
      = help: to try again, leave the directory and come back
    "#) };
    assert_eq!(without_state(&cancelled), before.environment);
    let again = terminal.run(world.shell.nothing());
    assert_eq!((again.stderr.as_str(), runs()), ("", 1));
    check_trap(world.shell, &mut terminal);
    // Coming back tries again.
    world.program("bin/slow", "#!/bin/sh\necho token\n");
    terminal.run("cd ..");
    assert_eq!(terminal.run("cd repo").get("AWS_BEARER_TOKEN_BEDROCK"), Some("token"));
}

fn ctrl_c_after_use_cancels_a_slow_command(world: &mut World) {
    let (program, runs) = counted(world, "slow", "exec sleep 300");
    project(world, &format!("{{ command = \"{program}\" }}"));
    let mut terminal = world.start();
    let before = terminal.run(set_trap(world.shell));
    terminal.send("claude-bedrock use work");
    terminal.wait(|_| runs() == 1);
    terminal.interrupt();
    let cancelled = terminal.record();
    assert!(cancelled.stderr.contains("was cancelled"), "{}", cancelled.stderr);
    assert_eq!(
        cancelled.stderr.matches("claude-bedrock:").count(),
        1,
        "{}",
        cancelled.stderr
    );
    for name in ["AWS_REGION", "CLAUDE_CODE_USE_BEDROCK", "AWS_BEARER_TOKEN_BEDROCK"] {
        assert_eq!(cancelled.get(name), before.get(name), "{name}");
    }
    let again = terminal.run(world.shell.nothing());
    assert_eq!((again.stderr.as_str(), runs()), ("", 1));
    check_trap(world.shell, &mut terminal);
}

fn a_command_can_ask_at_the_terminal(world: &mut World) {
    let (program, runs) = counted(world, "asks", "read -r one; read -r two </dev/tty; echo \"$one-$two\"");
    project(world, &format!("{{ command = \"{program}\" }}"));
    let mut terminal = world.start();
    terminal.send("cd repo");
    terminal.wait(|_| runs() == 1);
    terminal.send_to_program("first");
    terminal.send_to_program("second");
    let inside = terminal.record();
    assert_eq!(inside.get("AWS_BEARER_TOKEN_BEDROCK"), Some("first-second"));
    // The terminal is the shell's again.
    assert_eq!(terminal.run(world.shell.nothing()).stderr, "");
}

fn ctrl_z_does_not_stop_what_is_waited_for(world: &mut World) {
    let (program, runs) = counted(world, "asks", "read -r word; echo \"$word\"");
    project(world, &format!("{{ command = \"{program}\" }}"));
    let mut terminal = world.start();
    terminal.send("cd repo");
    terminal.wait(|_| runs() == 1);
    terminal.suspend();
    terminal.send_to_program("token");
    assert_eq!(terminal.record().get("AWS_BEARER_TOKEN_BEDROCK"), Some("token"));
}

/// A bus that takes connections and says nothing.
fn silent_bus(world: &mut World) -> UnixListener {
    let path = world.path("silent");
    let listener = UnixListener::bind(&path).unwrap();
    world.set("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", path.display()));
    project(world, "{ keyring = \"work\" }");
    listener
}

fn ctrl_c_cancels_waiting_for_a_keyring(world: &mut World) {
    let bus = silent_bus(world);
    let mut terminal = world.start();
    let before = terminal.run(set_trap(world.shell));
    terminal.send("cd repo");
    let connection = bus.accept().unwrap();
    terminal.interrupt();
    let cancelled = terminal.record();
    let said = seen(world, &cancelled.stderr);
    insta::allow_duplicates! { insta::assert_snapshot!(said, @r#"
    claude-bedrock: waiting for the keyring was cancelled
     --> ~/.config/claude-bedrock/config.toml:3:40
      |
    3 | [LINE]
      | ^
      |
      = help: to try again, leave the directory and come back
    "#) };
    assert_eq!(without_state(&cancelled), before.environment);
    assert_eq!(terminal.run(world.shell.nothing()).stderr, "");
    check_trap(world.shell, &mut terminal);
    drop(connection);
}

fn a_keyring_that_never_answers_is_given_up(world: &mut World) {
    let _bus = silent_bus(world);
    let mut terminal = world.start();
    let before = terminal.record();
    let start = Instant::now();
    let inside = terminal.run("cd repo");
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    insta::assert_snapshot!(seen(world, &inside.stderr), @r#"
    claude-bedrock: the keyring cannot be reached: it does not answer within 10 s
     --> ~/.config/claude-bedrock/config.toml:3:40
      |
    3 | [LINE]
      | ^
      |
      = help: use { command = "…" } or { file = "…" } instead, or start a keyring
      = help: to try again, leave the directory and come back
    "#);
    assert_eq!(without_state(&inside), before.environment);
    assert_eq!(terminal.run(":").stderr, "");
}
