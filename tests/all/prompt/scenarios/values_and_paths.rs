//! Behaviours 9 to 12: whatever a directory, a value or a path is made of.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::Scenario;
use crate::support::world::{CONFIG, PROGRAM, World};
use crate::support::{Shell, executable};

pub const TABLE: &[Scenario] = &[
    Scenario::new(9, "directories_of_any_name", directories_of_any_name),
    Scenario::new(10, "values_of_any_content", values_of_any_content),
    Scenario::new(11, "a_project_behind_a_link", a_project_behind_a_link),
    Scenario::new(
        11,
        "a_working_directory_that_is_deleted",
        a_working_directory_that_is_deleted,
    ),
    Scenario::new(11, "a_directory_that_may_not_be_read", a_directory_that_may_not_be_read),
    Scenario::new(11, "invalid_utf8_elsewhere", invalid_utf8_elsewhere).only(&[Shell::Bash, Shell::Zsh, Shell::Fish]),
    Scenario::new(12, "a_program_under_any_path", a_program_under_any_path),
];

fn directories_of_any_name(world: &mut World) {
    let names = [
        "with space",
        "quote's",
        "double\"quote",
        "$test",
        "`touch ran`",
        "$(touch ran)",
        "new\nline",
        "-dash",
        "é♀😀",
        "backspace\\breturn\\r",
        "tab\tand\rreturn",
        "[glob]*?",
        "semi;colon&&",
        "’smart‘",
        "{brace}",
        "%s%n",
        "!bang",
        "#hash",
        "~",
    ];
    // PowerShell itself takes `\\` for a separator, also where it is none.
    let names: Vec<&str> = names
        .into_iter()
        .filter(|name| world.shell != Shell::Powershell || !name.contains('\\'))
        .collect();
    for (index, name) in names.iter().enumerate() {
        world.project(name, "profile = \"work\"\n");
        world.set(&format!("TARGET_{index}"), world.path(name));
    }
    world.settle();
    let mut terminal = world.start();
    for (index, name) in names.iter().enumerate() {
        let inside = terminal.run(&world.shell.cd_to_variable(&format!("TARGET_{index}")));
        assert_eq!(
            inside.get("AWS_PROFILE"),
            Some("bedrock-work"),
            "{name:?}: {}",
            inside.stderr
        );
        world.config(&CONFIG.replace("eu-west-1", &format!("region-{index}")));
        let edited = terminal.run(world.shell.nothing());
        assert_eq!(
            edited.get("AWS_REGION"),
            Some(format!("region-{index}").as_str()),
            "{name:?}"
        );
        assert_eq!(
            terminal.run(&world.shell.cd_to_variable("HOME")).get("AWS_PROFILE"),
            None,
            "{name:?}"
        );
    }
    assert!(!world.path("ran").exists());
}

fn values_of_any_content(world: &mut World) {
    let values = [
        "'",
        "\"",
        "$HOME",
        "`id`",
        "\\",
        "\\\\\\",
        "!",
        "%s",
        ";",
        "&&",
        "\n",
        "\r",
        "\r\n",
        "\t",
        "é♀",
        "😀",
        "\u{1}",
        "x\n",
        "x\n\n",
        "‘’‚‛“”",
        "-n",
        "~",
        "*",
        "",
        " ",
        "$(id)",
        "a'b\"c\\d`e$f",
        "\u{7f}",
        "\u{2028}",
        "\u{1b}[31m",
        "[char]10",
        "{a,b}",
        "#x",
        "=ls",
    ];
    let mut config = format!("{CONFIG}\n[profiles.work.env]\n");
    for (index, value) in values.iter().enumerate() {
        let escaped: String = value
            .chars()
            .fold(String::new(), |text, c| text + &format!("\\U{:08x}", c as u32));
        config.push_str(&format!("VALUE_{index} = \"{escaped}\"\n"));
        // And what was there before is as odd as what is set.
        world.set(&format!("VALUE_{index}"), format!("{value}{value}"));
    }
    world.config(&config);
    world.project("repo", "profile = \"work\"\n");
    let mut terminal = world.start();
    let before = terminal.record();
    let inside = terminal.run("cd repo");
    for (index, value) in values.iter().enumerate() {
        assert_eq!(inside.get(&format!("VALUE_{index}")), Some(*value));
    }
    assert_eq!(terminal.run("cd ..").environment, before.environment);
}

fn a_project_behind_a_link(world: &mut World) {
    world.project("real/repo", "profile = \"work\"\n");
    world.directory("real/repo/sub");
    world.project("other", "profile = \"home\"\n");
    world.directory("other/sub");
    symlink(world.path("real/repo"), world.path("link")).unwrap();
    world.settle();
    let mut terminal = world.start();
    assert_eq!(terminal.run("cd link/sub").get("AWS_PROFILE"), Some("bedrock-work"));
    assert_eq!(terminal.run("cd ~").get("AWS_PROFILE"), None);
    assert_eq!(terminal.run("cd link").get("AWS_PROFILE"), Some("bedrock-work"));
    // The link moves while the shell is in it, and the user goes where it leads now.
    symlink(world.path("other"), world.path("new")).unwrap();
    fs::rename(world.path("new"), world.path("link")).unwrap();
    let path = world.path("link");
    let turn = terminal.run(&format!("cd {}", world.shell.quote(path.to_str().unwrap())));
    assert_eq!(turn.get("AWS_PROFILE"), Some("own"));
}

fn a_working_directory_that_is_deleted(world: &mut World) {
    let path = world.directory("gone/inner");
    world.project("gone", "profile = \"work\"\n");
    let mut terminal = world.start();
    assert_eq!(terminal.run("cd gone/inner").get("AWS_PROFILE"), Some("bedrock-work"));
    fs::remove_dir_all(path.parent().unwrap()).unwrap();
    let deleted = terminal.run(world.shell.nothing());
    assert_eq!(
        (deleted.get("AWS_PROFILE"), deleted.stderr.as_str()),
        (None, "claude-bedrock: left work\n")
    );
    for _ in 0..3 {
        assert_eq!(terminal.run(world.shell.nothing()).stderr, "");
    }
    assert_eq!(terminal.run(&world.shell.cd_to_variable("HOME")).stderr, "");
    assert_eq!(
        terminal.run("claude-bedrock use work").get("AWS_PROFILE"),
        Some("bedrock-work")
    );
}

/// As root every directory may be read, and the scenario shows only that nothing is said.
fn a_directory_that_may_not_be_read(world: &mut World) {
    let path = world.directory("closed/repo");
    world.project("closed/repo", "profile = \"work\"\n");
    world.settle();
    let mut terminal = world.start();
    terminal.run("cd closed/repo");
    fs::set_permissions(path.parent().unwrap(), fs::Permissions::from_mode(0o000)).unwrap();
    let turn = terminal.run(world.shell.nothing());
    fs::set_permissions(path.parent().unwrap(), fs::Permissions::from_mode(0o755)).unwrap();
    assert!(
        ["", "claude-bedrock: left work\n"].contains(&turn.stderr.as_str()),
        "{}",
        turn.stderr
    );
    assert_eq!(
        terminal.run(world.shell.nothing()).get("AWS_PROFILE"),
        Some("bedrock-work")
    );
}

/// PowerShell's .NET replaces such bytes itself, before any hook sees them.
fn invalid_utf8_elsewhere(world: &mut World) {
    world.set("BYTES", OsString::from_vec(b"a\xff\xfeb".to_vec()));
    world.set("AWS_REGION", OsString::from_vec(b"r\xe9gion".to_vec()));
    world.project("repo", "profile = \"work\"\n");
    let mut terminal = world.start();
    let before = terminal.record();
    let inside = terminal.run("cd repo");
    assert_eq!(inside.get("AWS_REGION"), Some("eu-west-1"));
    let after = terminal.run("cd ..");
    assert_eq!(after.environment, before.environment);
    assert_eq!(
        after.environment[std::ffi::OsStr::new("AWS_REGION")],
        OsString::from_vec(b"r\xe9gion".to_vec())
    );
}

fn a_program_under_any_path(world: &mut World) {
    let directory = world.directory("pro grams $HOME 'quoted' \"é\" [x]");
    world.program = directory.join("claude-bedrock");
    executable(&world.program, fs::read(PROGRAM).unwrap());
    world.project("repo", "profile = \"work\"\n");
    world.hook_options = "--alias cb".into();
    let mut terminal = world.start();
    assert_eq!(terminal.run("cd repo").get("AWS_PROFILE"), Some("bedrock-work"));
    assert_eq!(terminal.run("cb use home").get("AWS_PROFILE"), Some("own"));
    assert_eq!(terminal.run("cb off").get("AWS_PROFILE"), None);
}
