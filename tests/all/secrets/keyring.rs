//! The commands that keep secrets in the keyring, and profiles that look there.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Output;

use super::bus::{self, Bus};
use super::{Case, project, seen};
use crate::support::World;
use crate::support::world::PROGRAM;

pub const CASES: &[Case] = &[
    Case::new(
        "a_secret_is_stored_shown_listed_and_removed",
        a_secret_is_stored_shown_listed_and_removed,
    )
    .with_keyring(),
    Case::new("what_is_no_secret_is_refused", what_is_no_secret_is_refused).with_keyring(),
    Case::new(
        "a_terminal_shows_a_secret_only_when_told_to",
        a_terminal_shows_a_secret_only_when_told_to,
    )
    .with_keyring(),
    Case::new("a_secret_is_typed_without_echo", a_secret_is_typed_without_echo).with_keyring(),
    Case::new(
        "a_profile_takes_its_secret_from_the_keyring",
        a_profile_takes_its_secret_from_the_keyring,
    )
    .with_keyring(),
    Case::new(
        "no_keyring_is_told_with_what_to_do_instead",
        no_keyring_is_told_with_what_to_do_instead,
    )
    .with_keyring(),
    Case::new(
        "no_bus_is_told_with_what_to_do_instead",
        no_bus_is_told_with_what_to_do_instead,
    ),
    Case::new("a_locked_keyring_is_told", a_locked_keyring_is_told).with_keyring(),
    Case::new(
        "a_locked_keyring_leaves_no_half_profile",
        a_locked_keyring_leaves_no_half_profile,
    )
    .with_keyring(),
    Case::new(
        "ctrl_c_at_the_question_for_a_secret_gives_the_echo_back",
        ctrl_c_at_the_question_for_a_secret_gives_the_echo_back,
    )
    .with_keyring(),
    Case::new(
        "names_are_completed_from_profiles_without_a_keyring",
        names_are_completed_from_profiles_without_a_keyring,
    ),
    Case::new(
        "import_moves_plain_text_into_the_keyring",
        import_moves_plain_text_into_the_keyring,
    )
    .with_keyring(),
    Case::new(
        "an_imported_key_goes_to_the_keyring",
        an_imported_key_goes_to_the_keyring,
    )
    .with_keyring(),
    Case::new("import_keeps_a_byte_order_mark", import_keeps_a_byte_order_mark).with_keyring(),
    Case::new("import_that_fails_changes_nothing", import_that_fails_changes_nothing).with_keyring(),
];

/// What came out: the status, stdout and stderr, the home directory hidden.
pub fn told(world: &World, output: &Output) -> String {
    let text = format!(
        "{}\n{}{}",
        output.status.code().unwrap(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    seen(world, &text)
}

/// What is said where the keyring is slow, as on a busy machine.
const WAITING: &str = "claude-bedrock: waiting for the keyring to be unlocked (Ctrl-C cancels)\n";

fn secret(world: &World, arguments: &[&str]) -> String {
    told(world, &world.run_with([&["secret"], arguments].concat(), b"")).replace(WAITING, "")
}

pub fn store(world: &World, name: &str, value: &str) {
    let output = world.run_with(["secret", "set", name], value.as_bytes());
    assert!(output.status.success(), "{}", told(world, &output));
}

fn a_secret_is_stored_shown_listed_and_removed(world: &mut World) {
    let _bus = Bus::with_keyring(world);
    insta::assert_snapshot!(secret(world, &["list"]), @r"
    0
    claude-bedrock: there are no secrets yet; store one: claude-bedrock secret set NAME
    ");
    assert_eq!(secret(world, &["list", "--json"]), "0\n[]\n");
    let stored = world.run_with(["secret", "set", "wörk key"], "hüsh 鍵 \n".as_bytes());
    insta::assert_snapshot!(told(world, &stored), @r"
    0
    claude-bedrock: stored `wörk key` in the keyring
    ");
    store(world, "another", "x");
    store(world, "another", "replaced\r\n");
    assert_eq!(secret(world, &["get", "wörk key"]), "0\nhüsh 鍵 \n");
    assert_eq!(secret(world, &["get", "another"]), "0\nreplaced\n");
    assert_eq!(secret(world, &["list"]), "0\nanother\nwörk key\n");
    assert_eq!(
        secret(world, &["list", "--json"]),
        "0\n[\n  \"another\",\n  \"wörk key\"\n]\n"
    );
    insta::assert_snapshot!(secret(world, &["remove", "wörk key"]), @r"
    0
    claude-bedrock: removed `wörk key` from the keyring
    ");
    insta::assert_snapshot!(secret(world, &["get", "wörk key"]), @r"
    1
    claude-bedrock: the keyring holds no secret `wörk key`
      see which it holds: claude-bedrock secret list
    ");
    insta::assert_snapshot!(secret(world, &["remove", "wörk key"]), @r"
    1
    claude-bedrock: the keyring holds no secret `wörk key`
      see which it holds: claude-bedrock secret list
    ");
    assert_eq!(secret(world, &["list"]), "0\nanother\n");
}

fn what_is_no_secret_is_refused(world: &mut World) {
    let _bus = Bus::with_keyring(world);
    let set = |value: &[u8]| told(world, &world.run_with(["secret", "set", "work"], value));
    insta::assert_snapshot!(set(b""), @r"
    2
    claude-bedrock: nothing was entered, so nothing is stored
      try again: claude-bedrock secret set work
    ");
    assert_eq!(set(b"\n"), set(b""));
    insta::assert_snapshot!(set(b"one\ntwo\n"), @r"
    2
    claude-bedrock: the text has more than one line, so nothing is stored
      a secret is a single line; print or store only that
    ");
    insta::assert_snapshot!(set(b"\xff\n"), @r"
    2
    claude-bedrock: stdin is not UTF-8, so nothing is stored
    ");
    insta::assert_snapshot!(set(&vec![b'x'; 200_000]), @r"
    2
    claude-bedrock: stdin has more than 131072 bytes; that is not a secret, so nothing is stored
    ");
    insta::assert_snapshot!(secret(world, &["set", " "]), @r"
    2
    claude-bedrock: a secret's name is one line of visible text
      such as: claude-bedrock secret set work-key
    ");
    let argument = secret(world, &["set", "work", "hush"]);
    assert!(
        argument.starts_with("2\nerror: unexpected argument 'hush' found"),
        "{argument}"
    );
    assert_eq!(secret(world, &["list", "--json"]), "0\n[]\n");
}

fn a_terminal_shows_a_secret_only_when_told_to(world: &mut World) {
    let _bus = Bus::with_keyring(world);
    store(world, "work", "hush");
    let mut terminal = world.start();
    let turn = terminal.run("claude-bedrock secret get work; (exit $?)");
    assert_eq!(turn.stdout, "");
    insta::assert_snapshot!(turn.stderr, @r"
    claude-bedrock: `work` is not shown on a terminal
      to show it anyway: claude-bedrock secret get work --reveal
    ");
    let turn = terminal.run("claude-bedrock secret get work --reveal");
    assert_eq!((turn.stdout.trim_end(), turn.stderr.as_str()), ("hush", ""));
    let turn = terminal.run("echo $(claude-bedrock secret get work)");
    assert_eq!((turn.stdout.trim_end(), turn.stderr.as_str()), ("hush", ""));
}

fn a_secret_is_typed_without_echo(world: &mut World) {
    let _bus = Bus::with_keyring(world);
    let mut terminal = world.start();
    // The pseudo-terminal of these tests echoes nothing by itself.
    terminal.run("stty echo");
    terminal.send("claude-bedrock secret set work");
    terminal.wait(|terminal| terminal.output().contains("work (not shown): "));
    terminal.send("hush-typed");
    terminal.run("stty -echo");
    assert!(!terminal.output().contains("hush"), "{}", terminal.output());
    assert_eq!(secret(world, &["get", "work"]), "0\nhush-typed\n");
}

fn ctrl_c_at_the_question_for_a_secret_gives_the_echo_back(world: &mut World) {
    let _bus = Bus::with_keyring(world);
    // A script's shell does not put the terminal right, as an interactive one does.
    let script = world.program(
        "bin/asks",
        "#!/bin/sh\ntrap : INT\nstty echo\nclaude-bedrock secret set work\nstty -a >~/modes\n",
    );
    let mut terminal = world.start();
    terminal.send(&format!("PATH={}:$PATH {}", program_directory(), script.display()));
    terminal.wait(|terminal| terminal.output().contains("work (not shown): "));
    terminal.interrupt();
    terminal.run("stty -echo");
    let modes = fs::read_to_string(world.path("modes")).unwrap();
    assert!(modes.contains(" echo ") && !modes.contains("-echo "), "{modes}");
    assert_eq!(secret(world, &["list", "--json"]), "0\n[]\n");
}

fn program_directory() -> String {
    let path = std::path::Path::new(PROGRAM);
    path.parent().unwrap().display().to_string()
}

fn a_profile_takes_its_secret_from_the_keyring(world: &mut World) {
    let _bus = Bus::with_keyring(world);
    project(world, "{ keyring = \"work-key\" }");
    let mut terminal = world.start();
    let before = terminal.record();
    let without = terminal.run("cd repo");
    insta::assert_snapshot!(seen(world, &without.stderr), @r#"
    claude-bedrock: the keyring holds no secret `work-key`
     --> ~/.config/claude-bedrock/config.toml:3:40
      |
    3 | [LINE]
      | ^
      |
      = help: put it there: claude-bedrock secret set work-key
    "#);
    assert_eq!(super::loading::without_state(&without), before.environment);
    assert_eq!(terminal.run(":").stderr, "");
    store(world, "work-key", "hush-keyring");
    terminal.run("cd ..");
    let inside = terminal.run("cd repo");
    assert_eq!(inside.get("AWS_BEARER_TOKEN_BEDROCK"), Some("hush-keyring"));
    assert_eq!(inside.stderr, "claude-bedrock: work (eu-west-1, API key)\n");
    assert_eq!(terminal.run("cd ..").environment, before.environment);
}

fn no_keyring_is_told_with_what_to_do_instead(world: &mut World) {
    let _bus = Bus::start(world);
    insta::assert_snapshot!(secret(world, &["get", "work"]), @r#"
    2
    claude-bedrock: the keyring cannot be reached: none is running (nothing on D-Bus is called org.freedesktop.secrets)
      use { command = "…" } or { file = "…" } instead, or start a keyring
    "#);
}

fn no_bus_is_told_with_what_to_do_instead(world: &mut World) {
    world.set("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    insta::assert_snapshot!(secret(world, &["list"]), @r#"
    2
    claude-bedrock: the keyring cannot be reached: Failed to connect to address `unix:path=/nonexistent/bus`: No such file or directory (os error 2)
      use { command = "…" } or { file = "…" } instead, or start a keyring
    "#);
    world.set("DBUS_SESSION_BUS_ADDRESS", "nonsense");
    insta::assert_snapshot!(secret(world, &["list"]), @r#"
    2
    claude-bedrock: the keyring cannot be reached: no secret service provider or dbus session found
      use { command = "…" } or { file = "…" } instead, or start a keyring
    "#);
}

fn a_locked_keyring_is_told(world: &mut World) {
    {
        let _bus = Bus::with_keyring(world);
        store(world, "work", "hush");
    }
    let _bus = Bus::start(world);
    bus::keyring(world, "--start");
    insta::assert_snapshot!(secret(world, &["get", "work"]), @r#"
    2
    claude-bedrock: the keyring is locked and was not unlocked (SS error: prompt dismissed)
      unlock it and try again, or use { command = "…" } or { file = "…" } instead
    "#);
}

fn a_locked_keyring_leaves_no_half_profile(world: &mut World) {
    {
        let _bus = Bus::with_keyring(world);
        store(world, "work-key", "hush");
    }
    let _bus = Bus::start(world);
    bus::keyring(world, "--start");
    project(world, "{ keyring = \"work-key\" }");
    let mut terminal = world.start();
    let before = terminal.record();
    let inside = terminal.run("cd repo");
    insta::assert_snapshot!(seen(world, &inside.stderr), @r#"
    claude-bedrock: the keyring is locked and was not unlocked (SS error: prompt dismissed)
     --> ~/.config/claude-bedrock/config.toml:3:40
      |
    3 | [LINE]
      | ^
      |
      = help: unlock it and try again, or use { command = "…" } or { file = "…" } instead
      = help: to try again, leave the directory and come back
    "#);
    assert_eq!(super::loading::without_state(&inside), before.environment);
    assert_eq!(terminal.run(":").stderr, "", "once");
}

fn names_are_completed_from_profiles_without_a_keyring(world: &mut World) {
    world.set("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    project(world, "{ keyring = \"work-key\" }");
    for action in ["set", "get", "remove"] {
        let answer = told(
            world,
            &world.run(["complete", "3", "--", "claude-bedrock", "secret", action, ""]),
        );
        assert_eq!(answer, "0\nwork-key\t\n", "{action}");
    }
    world.config("not TOML");
    assert_eq!(
        told(
            world,
            &world.run(["complete", "3", "--", "claude-bedrock", "secret", "get", ""])
        ),
        "0\n"
    );
}

const PLAIN: &str = "# mine\n[profiles.work] # the first\nregion = \"us-east-1\"\nauth = { method = \"api-key\", api_key = \"hush-key\" } # rotate in May\n\n\
                     [profiles.keys.auth]\nmethod = \"access-keys\"\naccess_key_id = \"hush-id\"\nsecret_access_key = '''\nhush-secret'''\n";

fn import_moves_plain_text_into_the_keyring(world: &mut World) {
    let _bus = Bus::with_keyring(world);
    // The file is a link, as those who keep their settings in a repository have it, and nobody else's to read.
    let real = world.write("dotfiles/bedrock.toml", PLAIN);
    fs::set_permissions(&real, fs::Permissions::from_mode(0o600)).unwrap();
    fs::remove_file(world.config_path()).unwrap();
    symlink(&real, world.config_path()).unwrap();
    insta::assert_snapshot!(secret(world, &["import", "--dry-run"]), @r#"
    0
    - auth = { method = "api-key", api_key = "…" } # rotate in May
    + auth = { method = "api-key", api_key = { keyring = "work-api_key" } } # rotate in May
    - access_key_id = "…"
    - secret_access_key = "…"
    + access_key_id = { keyring = "keys-access_key_id" }
    + secret_access_key = { keyring = "keys-secret_access_key" }
    claude-bedrock: nothing was changed; without --dry-run this would be stored and written into ~/.config/claude-bedrock/config.toml
    "#);
    assert_eq!(fs::read_to_string(&real).unwrap(), PLAIN);
    assert_eq!(secret(world, &["list", "--json"]), "0\n[]\n");
    insta::assert_snapshot!(secret(world, &["import"]), @r#"
    0
    - auth = { method = "api-key", api_key = "…" } # rotate in May
    + auth = { method = "api-key", api_key = { keyring = "work-api_key" } } # rotate in May
    - access_key_id = "…"
    - secret_access_key = "…"
    + access_key_id = { keyring = "keys-access_key_id" }
    + secret_access_key = { keyring = "keys-secret_access_key" }
    claude-bedrock: stored in the keyring, and ~/.config/claude-bedrock/config.toml is rewritten
      the old file is not kept, because it held the secrets; if it was copied (backups, version control), replace the secrets
    "#);
    assert!(world.config_path().is_symlink());
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o600);
    insta::assert_snapshot!(fs::read_to_string(&real).unwrap(), @r#"
    # mine
    [profiles.work] # the first
    region = "us-east-1"
    auth = { method = "api-key", api_key = { keyring = "work-api_key" } } # rotate in May

    [profiles.keys.auth]
    method = "access-keys"
    access_key_id = { keyring = "keys-access_key_id" }
    secret_access_key = { keyring = "keys-secret_access_key" }
    "#);
    for (name, value) in [
        ("work-api_key", "hush-key"),
        ("keys-access_key_id", "hush-id"),
        ("keys-secret_access_key", "hush-secret"),
    ] {
        assert_eq!(secret(world, &["get", name]), format!("0\n{value}\n"));
    }
    let names: Vec<_> = fs::read_dir(world.path("dotfiles"))
        .unwrap()
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    assert_eq!(names, ["bedrock.toml"]);
    insta::assert_snapshot!(secret(world, &["import"]), @r"
    0
    claude-bedrock: ~/.config/claude-bedrock/config.toml contains no secret in plain text
    ");
    let shown = told(world, &world.run(["export", "dotenv"]));
    assert!(shown.contains("no profile is active"), "{shown}");
    let values = told(
        world,
        &world.run(["exec", "-p", "keys", "--", "printenv", "AWS_SECRET_ACCESS_KEY"]),
    );
    assert_eq!(values, "0\nhush-secret\n");
}

fn import_keeps_a_byte_order_mark(world: &mut World) {
    let _bus = Bus::with_keyring(world);
    world.config(&format!("\u{feff}{PLAIN}"));
    let said = secret(world, &["import"]);
    assert!(said.starts_with("0\n") && said.contains("is rewritten"), "{said}");
    let after = fs::read_to_string(world.config_path()).unwrap();
    assert!(
        after.starts_with("\u{feff}# mine\n[profiles.work] # the first\n"),
        "{after}"
    );
    assert!(!after.contains("hush"), "{after}");
}

fn import_that_fails_changes_nothing(world: &mut World) {
    let bus = Bus::with_keyring(world);
    world.config(PLAIN);
    store(world, "keys-secret_access_key", "another one");
    insta::assert_snapshot!(secret(world, &["import"]), @r"
    2
    claude-bedrock: the keyring holds another secret `keys-secret_access_key` already; nothing was changed
      if you no longer need it: claude-bedrock secret remove keys-secret_access_key
    ");
    // What was stored before the failure is gone again.
    assert_eq!(secret(world, &["list"]), "0\nkeys-secret_access_key\n");
    assert_eq!(fs::read_to_string(world.config_path()).unwrap(), PLAIN);
    drop(bus);
    let failed = secret(world, &["import"]);
    assert!(
        failed.starts_with("2\nclaude-bedrock: the keyring cannot be reached: "),
        "{failed}"
    );
    assert!(failed.ends_with("\n  nothing was changed\n"), "{failed}");
    assert_eq!(fs::read_to_string(world.config_path()).unwrap(), PLAIN);
}

fn an_imported_key_goes_to_the_keyring(world: &mut World) {
    let _bus = Bus::with_keyring(world);
    let envrc = world.write(
        "repo/.envrc",
        "export CLAUDE_CODE_USE_BEDROCK=1 AWS_REGION=us-east-1\nexport AWS_BEARER_TOKEN_BEDROCK='hush-imported'\n",
    );
    let import = |arguments: &[&str]| {
        let output = world
            .command(PROGRAM)
            .args(["import", envrc.to_str().unwrap()])
            .args(arguments)
            .output()
            .unwrap();
        let all = [output.stdout, output.stderr].concat();
        let all = String::from_utf8(all).unwrap();
        assert!(!all.contains("hush"), "{all}");
        (output.status.code(), all)
    };
    let (status, said) = import(&["--dry-run"]);
    assert!(
        status == Some(0) && said.contains("secret: AWS_BEARER_TOKEN_BEDROCK: into the keyring as `repo-api_key`"),
        "{said}"
    );
    assert_eq!(secret(world, &["list", "--json"]), "0\n[]\n");
    let (status, said) = import(&["--yes"]);
    assert_eq!(status, Some(0), "{said}");
    assert_eq!(secret(world, &["get", "repo-api_key"]), "0\nhush-imported\n");
    let config = fs::read_to_string(world.config_path()).unwrap();
    assert!(
        config.contains("api_key = { keyring = \"repo-api_key\" }") && !config.contains("hush"),
        "{config}"
    );

    // Another secret of that name is not written over, and the file stays.
    fs::write(
        &envrc,
        "export AWS_REGION=us-east-1 AWS_BEARER_TOKEN_BEDROCK=hush-other\n",
    )
    .unwrap();
    world.config("");
    let (status, said) = import(&["--yes"]);
    assert!(
        status == Some(2) && said.contains("another secret `repo-api_key`"),
        "{said}"
    );
    assert_eq!(fs::read_to_string(world.config_path()).unwrap(), "");
    assert_eq!(secret(world, &["get", "repo-api_key"]), "0\nhush-imported\n");
}
