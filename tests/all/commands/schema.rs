//! The schemas where editors find them: what `init` and `schema --write` write, and that Taplo, on which Even
//! Better TOML is built, finds and uses it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::support::need::need;
use crate::support::{Shell, World, stderr};

#[test]
fn init_writes_the_project_file_alone_and_the_schema_where_it_is_asked_for() {
    let world = World::new(Shell::Bash);
    let repo = world.directory("repo");
    let output = world.run_in(&repo, ["init", "--schema", "work"]);
    insta::assert_snapshot!(stderr(&output), @r"
    claude-bedrock: wrote and allowed ~/repo/.claude-bedrock.toml
      .claude-bedrock.schema.json next to it is for editors
    ");
    let text = fs::read_to_string(repo.join(".claude-bedrock.toml")).unwrap();
    assert!(text.starts_with("#:schema ./.claude-bedrock.schema.json\n"), "{text}");
    let printed = world.run(["schema", "--project"]).stdout;
    assert_eq!(fs::read(repo.join(".claude-bedrock.schema.json")).unwrap(), printed);

    let plain = world.directory("plain");
    assert!(world.run_in(&plain, ["init", "work"]).status.success());
    assert_eq!(fs::read_dir(&plain).unwrap().count(), 1);
    assert!(
        !fs::read_to_string(plain.join(".claude-bedrock.toml"))
            .unwrap()
            .contains("#:schema")
    );
}

#[test]
fn a_link_in_the_schemas_place_is_replaced_and_not_followed() {
    let world = World::new(Shell::Bash);
    let rc = world.write(".bashrc", "mine\n");
    let repo = world.directory("stranger");
    symlink(&rc, repo.join(".claude-bedrock.schema.json")).unwrap();
    assert!(world.run_in(&repo, ["init", "--schema", "work"]).status.success());
    assert_eq!(fs::read_to_string(rc).unwrap(), "mine\n");
    assert!(!repo.join(".claude-bedrock.schema.json").is_symlink());
}

#[test]
fn schema_writes_beside_the_files_and_says_which_line_they_lack() {
    let world = World::new(Shell::Bash);
    let output = world.run(["schema", "--write"]);
    insta::assert_snapshot!(stderr(&output), @r"
    claude-bedrock: wrote ~/.config/claude-bedrock/config.schema.json
      editors use it if ~/.config/claude-bedrock/config.toml begins with this line: #:schema ./config.schema.json
    ");
    let path = world.config_path().with_file_name("config.schema.json");
    assert_eq!(fs::read(path).unwrap(), world.run(["schema"]).stdout);
    world.config(&format!(
        "#:schema ./config.schema.json\n{}",
        crate::support::world::CONFIG
    ));
    insta::assert_snapshot!(stderr(&world.run(["schema", "--write"])), @"claude-bedrock: wrote ~/.config/claude-bedrock/config.schema.json");
    assert!(world.run(["list"]).status.success());

    let none = world.run(["schema", "--write", "--project"]);
    assert_eq!(none.status.code(), Some(2));
    world.unallowed_project("repo", "profile = \"work\"\n");
    let inner = world.directory("repo/inner");
    assert!(
        world
            .run_in(&inner, ["schema", "--write", "--project"])
            .status
            .success()
    );
    assert!(world.path("repo/.claude-bedrock.schema.json").exists());
}

#[test]
fn taplo_checks_both_files_by_their_first_line() {
    let taplo = need("Taplo");
    let world = World::new(Shell::Bash);
    let repo = world.directory("repo");
    world.run_in(&repo, ["init", "--schema", "work"]);
    world.run(["schema", "--write"]);
    let lint = |path: &Path| {
        let mut command = world.command(&taplo);
        let output = command.arg("lint").arg(path).output().unwrap();
        (output.status.success(), stderr(&output))
    };
    let project = repo.join(".claude-bedrock.toml");
    let (good, text) = lint(&project);
    assert!(good, "{text}");
    let written = fs::read_to_string(&project).unwrap();
    fs::write(&project, format!("{written}regoin = \"x\"\n")).unwrap();
    let (good, text) = lint(&project);
    assert!(!good && text.contains("'regoin' was unexpected"), "{text}");

    let first = "#:schema ./config.schema.json\n";
    world.config(&format!("{first}{}", crate::support::world::CONFIG));
    let (good, text) = lint(&world.config_path());
    assert!(good, "{text}");
    world.config(&format!("{first}[profiles.a]\nendpoint = \"runtime\"\n"));
    assert!(!lint(&world.config_path()).0);
}
