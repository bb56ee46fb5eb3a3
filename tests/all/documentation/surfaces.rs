//! What docs/roll-out.md and docs/containers.md say that no other test shows.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Output;

use serde_json::Value;

use super::root;
use crate::support::{Shell, World};

fn page(name: &str) -> String {
    fs::read_to_string(root().join("docs").join(name)).unwrap()
}

/// The first code block of a page in a language.
fn block<'a>(page: &'a str, language: &str) -> &'a str {
    let (_, after) = page.split_once(&format!("```{language}\n")).unwrap();
    after.split("```").next().unwrap()
}

fn words(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// A machine with the administrator's file that the page shows, and a developer without one.
fn rolled_out() -> World {
    let world = World::new(Shell::Bash);
    fs::remove_file(world.config_path()).unwrap();
    let system = world.records().parent().unwrap().join("etc/config.toml");
    fs::create_dir_all(system.parent().unwrap()).unwrap();
    fs::write(&system, block(&page("roll-out.md"), "toml")).unwrap();
    fs::set_permissions(&system, fs::Permissions::from_mode(0o644)).unwrap();
    world
}

fn system(world: &World) -> std::path::PathBuf {
    world.records().parent().unwrap().join("etc/config.toml")
}

#[test]
fn the_administrators_file_is_the_lowest_layer_and_no_policy() {
    let world = rolled_out();
    let value = |name: &str, key: &str| -> String {
        let output = world.run(["show", name]);
        let said = words(&output);
        assert!(output.status.success(), "{said}");
        let line = said.lines().find(|line| line.split_whitespace().next() == Some(key));
        line.unwrap_or_else(|| panic!("{key}: {said}")).to_owned()
    };
    assert!(value("corp", "region").contains("eu-west-1"));
    assert!(value("corp", "account").contains("etc/config.toml:6"));
    assert!(words(&world.run(["status"])).contains("corp"), "its default counts");
    world.config("[profiles.corp]\nregion = \"eu-central-1\"\n\n[profiles.mine]\nextends = \"corp\"\nmodels = { main = \"haiku\" }\n");
    assert!(value("corp", "region").contains("eu-central-1"));
    assert!(value("corp", "account").contains("123456789012"));
    assert!(value("mine", "account").contains("123456789012"));
    assert!(value("mine", "models.main").contains("haiku"));
    // Whoever could write it would choose everybody's account.
    fs::set_permissions(system(&world), fs::Permissions::from_mode(0o666)).unwrap();
    let output = world.run(["list"]);
    assert!(
        !output.status.success() && words(&output).contains("others can write it"),
        "{}",
        words(&output)
    );
}

#[test]
fn trust_is_a_developers_own_and_not_the_administrators() {
    let world = rolled_out();
    let text = fs::read_to_string(system(&world)).unwrap();
    let trusted = format!("trusted = [\"{}\"]\n", world.home().display());
    world.unallowed_project("repo", "profile = \"corp\"\n");
    let status = || words(&world.run_in(world.path("repo"), ["status"]));
    fs::write(system(&world), format!("{trusted}{text}")).unwrap();
    assert!(status().contains("not allowed yet"), "{}", status());
    world.config(&trusted);
    assert!(status().contains("below a trusted directory"), "{}", status());
}

#[test]
fn a_check_in_ci_ends_with_1_where_a_project_file_is_wrong() {
    let world = rolled_out();
    for (text, status, says) in [
        ("profile = \"corp\"\n", 0, ""),
        ("profile = \"nobody\"\n", 1, "there is no profile `nobody`"),
        ("profil = \"corp\"\n", 1, "unknown key `profil`"),
        (
            "profile = \"corp\"\nmodels = { main = \"us.anthropic.claude-sonnet-4-6\" }\n",
            0,
            "CB005",
        ),
    ] {
        world.unallowed_project("repo", text);
        let output = world.run_in(world.path("repo"), ["lint", ".claude-bedrock.toml"]);
        assert_eq!(output.status.code(), Some(status), "{text}{}", words(&output));
        assert!(words(&output).contains(says), "{text}{}", words(&output));
    }
}

#[test]
fn one_command_needs_neither_a_home_nor_a_place_to_write_to() {
    let world = rolled_out();
    // What is meant for those who have a home directory does not stop the others.
    let text = fs::read_to_string(system(&world)).unwrap();
    fs::write(system(&world), format!("trusted = [\"~\", \"~/work\"]\n{text}")).unwrap();
    for home in [None, Some("/"), Some("/proc")] {
        let mut command = world.command(crate::support::world::PROGRAM);
        command
            .current_dir("/")
            .env_remove("HOME")
            .envs(home.map(|home| ("HOME", home)));
        let output = command.args(["exec", "-p", "corp", "--", "env"]).output().unwrap();
        assert!(output.status.success(), "{home:?}: {}", words(&output));
        assert!(
            words(&output).contains("\nAWS_PROFILE=corp\n"),
            "{home:?}: {}",
            words(&output)
        );
    }
}

#[test]
fn the_page_about_containers_has_the_options_of_the_feature() {
    let page = page("containers.md");
    let container: Value = serde_json::from_str(block(&page, "json")).unwrap();
    assert!(container["features"]["./claude-bedrock"].is_object());
    let feature = root().join("packaging/manifests/devcontainer/src/claude-bedrock/devcontainer-feature.json");
    let feature: Value = serde_json::from_str(&fs::read_to_string(feature).unwrap()).unwrap();
    let options: BTreeSet<&str> = feature["options"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let (_, table) = page.split_once("| Option of the feature |").unwrap();
    let told: BTreeSet<&str> = table
        .lines()
        .skip(2)
        .map_while(|line| line.strip_prefix("| `"))
        .filter_map(|line| line.split('`').next())
        .collect();
    assert_eq!(told, options);
}
