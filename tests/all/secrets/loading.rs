//! Profiles whose secret comes from a command, a file or a variable, evaluated in bash: all variables of
//! the profile or none, and what is said.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::{Case, config, counted, project, seen};
use crate::support::World;
use crate::support::terminal::{Environment, Terminal, Turn};

pub const CASES: &[Case] = &[
    Case::new("a_command_runs_without_a_shell", a_command_runs_without_a_shell),
    Case::new(
        "a_command_runs_once_until_its_own_line_changes",
        a_command_runs_once_until_its_own_line_changes,
    ),
    Case::new(
        "a_command_that_does_not_answer_is_ended",
        a_command_that_does_not_answer_is_ended,
    ),
    Case::new(
        "a_command_that_closes_its_output_and_stays_is_ended",
        a_command_that_closes_its_output_and_stays_is_ended,
    ),
    Case::new("a_command_that_fails_is_told", a_command_that_fails_is_told),
    Case::new(
        "a_command_that_is_not_there_is_told",
        a_command_that_is_not_there_is_told,
    ),
    Case::new(
        "a_command_that_prints_nothing_is_told",
        a_command_that_prints_nothing_is_told,
    ),
    Case::new(
        "a_command_that_prints_two_lines_is_told",
        a_command_that_prints_two_lines_is_told,
    ),
    Case::new(
        "a_command_that_prints_for_ever_is_told",
        a_command_that_prints_for_ever_is_told,
    ),
    Case::new(
        "a_file_is_read_and_its_edit_noticed",
        a_file_is_read_and_its_edit_noticed,
    ),
    Case::new(
        "a_file_that_others_can_read_is_refused",
        a_file_that_others_can_read_is_refused,
    ),
    Case::new("a_file_that_is_missing_is_told", a_file_that_is_missing_is_told),
    Case::new("a_file_of_another_user_is_refused", a_file_of_another_user_is_refused),
    Case::new("a_variable_is_read", a_variable_is_read),
    Case::new("a_variable_that_is_not_set_is_told", a_variable_that_is_not_set_is_told),
    Case::new(
        "one_missing_secret_of_two_loads_neither",
        one_missing_secret_of_two_loads_neither,
    ),
];

const TOKEN: &str = "AWS_BEARER_TOKEN_BEDROCK";

/// The environment but for what only the program reads.
pub fn without_state(turn: &Turn) -> Environment {
    let mut environment = turn.environment.clone();
    environment.retain(|name, _| name != "CLAUDE_BEDROCK_STATE");
    environment
}

/// Enters the project, whose secret is to be had: every variable is set.
fn loaded(world: &World) -> (Terminal, Turn) {
    let mut terminal = world.start();
    let inside = terminal.run("cd repo");
    assert_eq!(inside.stderr, "claude-bedrock: work (eu-west-1, API key)\n");
    for (name, value) in [
        ("CLAUDE_CODE_USE_BEDROCK", "1"),
        ("AWS_REGION", "eu-west-1"),
        ("CLAUDE_BEDROCK_ACTIVE", "work"),
    ] {
        assert_eq!(inside.get(name), Some(value), "{name}");
    }
    (terminal, inside)
}

/// Enters the project, whose secret is not to be had: no variable is set. Returns what was said, which is
/// said once.
fn refused(world: &World) -> (Terminal, String) {
    let mut terminal = world.start();
    let before = terminal.record();
    let inside = terminal.run("cd repo");
    assert_eq!(without_state(&inside), before.environment);
    let again = terminal.run(":");
    assert_eq!(again.stderr, "", "at the second prompt");
    assert_eq!(without_state(&again), before.environment);
    let said = seen(world, &inside.stderr);
    (terminal, said)
}

fn a_command_runs_without_a_shell(world: &mut World) {
    let (program, _) = counted(world, "show", "printf '%s\\n' \"$#|$1|$2|$3\"");
    project(world, &format!("{{ command = \"'{program}' 'a b' $HOME *\" }}"));
    let (_, inside) = loaded(world);
    assert_eq!(inside.get(TOKEN), Some("3|a b|$HOME|*"));
}

fn a_command_runs_once_until_its_own_line_changes(world: &mut World) {
    let (program, runs) = counted(world, "show", "echo \"token-$1\"");
    project(world, &format!("{{ command = \"{program} one\" }}"));
    world.directory("repo/below");
    let (mut terminal, inside) = loaded(world);
    assert_eq!((inside.get(TOKEN), runs()), (Some("token-one"), 1));
    terminal.run(":");
    let below = terminal.run("cd below");
    assert_eq!((below.get(TOKEN), runs()), (Some("token-one"), 1));
    // Something else of the profile.
    world.config(&config(&format!("{{ command = \"{program} one\" }}")).replace("eu-west-1", "eu-west-3"));
    let edited = terminal.run(":");
    assert_eq!(
        (edited.get("AWS_REGION"), edited.get(TOKEN), runs()),
        (Some("eu-west-3"), Some("token-one"), 1)
    );
    world.config(&config(&format!("{{ command = \"{program} two\" }}")));
    assert_eq!((terminal.run(":").get(TOKEN), runs()), (Some("token-two"), 2));
    assert_eq!((terminal.run("cd ~").get(TOKEN), runs()), (None, 2));
    assert_eq!((terminal.run("cd repo").get(TOKEN), runs()), (Some("token-two"), 3));
}

fn a_command_that_does_not_answer_is_ended(world: &mut World) {
    let (program, runs) = counted(
        world,
        "slow",
        &format!("echo $$ >{}\nsleep 300\n:", world.records().join("id").display()),
    );
    project(world, &format!("{{ command = \"{program}\", timeout = 1 }}"));
    let (_, said) = refused(world);
    insta::assert_snapshot!(said, @r#"
    claude-bedrock: the secret's command `[HOME]/bin/slow` did not answer within 1 s
     --> ~/.config/claude-bedrock/config.toml:3:40
      |
    3 | [LINE]
      | ^
      |
      = help: try it: [HOME]/bin/slow
      = help: a longer limit: { command = "…", timeout = 120 }
    "#);
    assert_eq!(runs(), 1);
    let id = fs::read_to_string(world.records().join("id")).unwrap();
    assert!(
        !std::path::Path::new("/proc").join(id.trim()).exists(),
        "the command still runs"
    );
}

fn a_command_that_closes_its_output_and_stays_is_ended(world: &mut World) {
    let (program, runs) = counted(world, "stays", "echo token\nexec >&-\nsleep 300\n:");
    project(world, &format!("{{ command = \"{program}\", timeout = 1 }}"));
    insta::assert_snapshot!(refused(world).1, @r#"
    claude-bedrock: the secret's command `[HOME]/bin/stays` did not answer within 1 s
     --> ~/.config/claude-bedrock/config.toml:3:40
      |
    3 | [LINE]
      | ^
      |
      = help: try it: [HOME]/bin/stays
      = help: a longer limit: { command = "…", timeout = 120 }
    "#);
    assert_eq!(runs(), 1);
}

fn a_command_that_fails_is_told(world: &mut World) {
    let (program, runs) = counted(world, "fails", "echo hush; echo 'not signed in' >&2; exit 3");
    project(world, &format!("{{ command = \"{program} --now\" }}"));
    let (mut terminal, said) = refused(world);
    insta::assert_snapshot!(said, @r#"
    not signed in
    claude-bedrock: the secret's command `[HOME]/bin/fails` failed (exit status: 3)
     --> ~/.config/claude-bedrock/config.toml:3:40
      |
    3 | [LINE]
      | ^
      |
      = help: try it: [HOME]/bin/fails --now
    "#);
    assert_eq!(runs(), 1);
    // Coming back tries again.
    terminal.run("cd ..");
    terminal.run("cd repo");
    assert_eq!(runs(), 2);
}

fn a_command_that_is_not_there_is_told(world: &mut World) {
    project(world, "{ command = \"nonexistent-program read\" }");
    insta::assert_snapshot!(refused(world).1, @r#"
    claude-bedrock: the secret's command `nonexistent-program` is not on PATH
     --> ~/.config/claude-bedrock/config.toml:3:40
      |
    3 | [LINE]
      | ^
      |
      = help: try it: nonexistent-program read
    "#);
}

fn a_command_that_prints_nothing_is_told(world: &mut World) {
    project(world, "{ command = \"true\" }");
    insta::assert_snapshot!(refused(world).1, @r#"
    claude-bedrock: the secret (command: true) is empty
     --> ~/.config/claude-bedrock/config.toml:3:40
      |
    3 | [LINE]
      | ^
      |
      = help: see what it prints: true
    "#);
}

fn a_command_that_prints_two_lines_is_told(world: &mut World) {
    project(world, "{ command = \"printf 'hush-1\\\\nhush-2\\\\n'\" }");
    insta::assert_snapshot!(refused(world).1, @r#"
    claude-bedrock: the secret (command: printf 'hush-1\nhush-2\n') has more than one line
     --> ~/.config/claude-bedrock/config.toml:3:40
      |
    3 | [LINE]
      | ^
      |
      = help: a secret is a single line; print or store only that
    "#);
}

fn a_command_that_prints_for_ever_is_told(world: &mut World) {
    project(world, "{ command = \"yes hush\" }");
    insta::assert_snapshot!(refused(world).1, @r#"
    claude-bedrock: the secret's command `yes` printed 65536 bytes or more
     --> ~/.config/claude-bedrock/config.toml:3:40
      |
    3 | [LINE]
      | ^
      |
      = help: try it: yes hush
    "#);
}

fn secret_file(world: &World, mode: u32) -> String {
    let path = world.write("token", "hush-file\n");
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    "{ file = \"~/token\" }".to_owned()
}

fn a_file_is_read_and_its_edit_noticed(world: &mut World) {
    project(world, &secret_file(world, 0o600));
    let (mut terminal, inside) = loaded(world);
    assert_eq!(inside.get(TOKEN), Some("hush-file"));
    fs::write(world.path("token"), "hush-new").unwrap();
    assert_eq!(terminal.run(":").get(TOKEN), Some("hush-new"));
}

fn a_file_that_others_can_read_is_refused(world: &mut World) {
    project(world, &secret_file(world, 0o644));
    let (mut terminal, said) = refused(world);
    insta::assert_snapshot!(said, @r#"
    claude-bedrock: the secret's file ~/token can be read by others (mode 0644)
     --> ~/.config/claude-bedrock/config.toml:3:40
      |
    3 | [LINE]
      | ^
      |
      = help: fix it: chmod 600 [HOME]/token
    "#);
    // A mode shows in no file's time, yet mending it is noticed.
    fs::set_permissions(world.path("token"), fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(terminal.run(":").get(TOKEN), Some("hush-file"));
}

fn a_file_that_is_missing_is_told(world: &mut World) {
    project(world, "{ file = \"~/token\" }");
    let (mut terminal, said) = refused(world);
    insta::assert_snapshot!(said, @r#"
    claude-bedrock: the secret's file ~/token cannot be read: No such file or directory (os error 2)
     --> ~/.config/claude-bedrock/config.toml:3:40
      |
    3 | [LINE]
      | ^
      |
      = help: look at: ls -l [HOME]/token
    "#);
    secret_file(world, 0o600);
    assert_eq!(terminal.run(":").get(TOKEN), Some("hush-file"));
}

fn a_file_of_another_user_is_refused(world: &mut World) {
    // Only the administrator can give a file away.
    if !rustix::process::geteuid().is_root() {
        return;
    }
    project(world, &secret_file(world, 0o600));
    std::os::unix::fs::chown(world.path("token"), Some(12345), None).unwrap();
    insta::assert_snapshot!(refused(world).1, @r#"
    claude-bedrock: the secret's file ~/token belongs to another user (ID 12345)
     --> ~/.config/claude-bedrock/config.toml:3:40
      |
    3 | [LINE]
      | ^
      |
      = help: if it is yours: sudo chown "$USER" [HOME]/token
    "#);
}

fn a_variable_is_read(world: &mut World) {
    world.set("OWN_TOKEN", "hush-variable");
    project(world, "{ env = \"OWN_TOKEN\" }");
    let (mut terminal, inside) = loaded(world);
    assert_eq!(inside.get(TOKEN), Some("hush-variable"));
    assert_eq!(terminal.run("cd ..").get("OWN_TOKEN"), Some("hush-variable"));
}

fn a_variable_that_is_not_set_is_told(world: &mut World) {
    project(world, "{ env = \"OWN_TOKEN\" }");
    let (mut terminal, said) = refused(world);
    insta::assert_snapshot!(said, @r#"
    claude-bedrock: the variable OWN_TOKEN, which holds a secret, is not set
     --> ~/.config/claude-bedrock/config.toml:3:40
      |
    3 | [LINE]
      | ^
      |
      = help: set OWN_TOKEN before the profile is loaded
    "#);
    terminal.run("cd ..");
    terminal.run("export OWN_TOKEN=hush-variable");
    assert_eq!(terminal.run("cd repo").get(TOKEN), Some("hush-variable"));
}

fn one_missing_secret_of_two_loads_neither(world: &mut World) {
    world.config(
        "[profiles.work]\nregion = \"eu-west-1\"\n[profiles.work.auth]\nmethod = \"access-keys\"\n\
         access_key_id = { command = \"echo AKIA\" }\nsecret_access_key = { file = \"~/token\" }\n",
    );
    world.project("repo", "profile = \"work\"\n");
    insta::assert_snapshot!(refused(world).1, @r#"
    claude-bedrock: the secret's file ~/token cannot be read: No such file or directory (os error 2)
     --> ~/.config/claude-bedrock/config.toml:6:21
      |
    6 | [LINE]
      | ^
      |
      = help: look at: ls -l [HOME]/token
    "#);
}
