//! Profiles without an editor and with one: what changes in the file, and that nothing else does.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::typist::Typist;
use crate::support::{Shell, World, stderr};

const FILE: &str = r#"# The head of the file.

default_profile = "work" # mine

# Everything else goes by this.
[profiles.base] # shared
region = "us-east-1"   # near

# The company's.
[profiles.work]
extends = "base"
auth = { method = "aws-profile", profile = "bedrock-work" } # SSO

[profiles.work.models]
# cheap
main = "haiku"

[profiles.last]
region = 'eu-west-1'
# the end
"#;

fn world(config: &str) -> World {
    let world = World::new(Shell::Bash);
    world.config(config);
    world
}

fn text(world: &World) -> String {
    fs::read_to_string(world.config_path()).unwrap()
}

/// Runs the program, which must succeed, and gives its output.
fn run(world: &World, arguments: &[&str]) -> String {
    let output = world.run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// Runs the program, which must refuse and leave the file alone.
fn refused(world: &World, arguments: &[&str]) -> String {
    let before = fs::read(world.config_path()).ok();
    let output = world.run(arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stderr(&output));
    assert_eq!(fs::read(world.config_path()).ok(), before, "{arguments:?}");
    stderr(&output)
}

#[test]
fn a_first_profile_makes_the_file_with_its_schema() {
    let world = World::new(Shell::Bash);
    fs::remove_file(world.config_path()).unwrap();
    run(
        &world,
        &[
            "add",
            "work",
            "--region",
            "eu-west-1",
            "--aws-profile",
            "sso",
            "--header",
            "X-Team: platform",
            "--default",
        ],
    );
    insta::assert_snapshot!(text(&world), @r#"
    default_profile = "work"

    [profiles.work]
    region = "eu-west-1"
    auth = { method = "aws-profile", profile = "sso" }

    [profiles.work.headers]
    X-Team = "platform"

    [profiles.work.models]
    main = "sonnet"
    opus = "claude-opus-5-5"
    sonnet = "claude-sonnet-5-5"
    haiku = "claude-haiku-5-5"
    classifier = "claude-sonnet-5-5"
    "#);
    // Nothing is laid beside it: `schema --write` does that for whoever wants it.
    let names: Vec<_> = fs::read_dir(world.config_path().parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["config.toml"]);
    let shown = run(&world, &["export", "dotenv"]);
    assert!(
        shown.contains("ANTHROPIC_DEFAULT_HAIKU_MODEL=eu.anthropic.claude-haiku"),
        "{shown}"
    );
}

#[test]
fn a_profile_is_added_behind_the_others() {
    let world = world(FILE);
    let difference = run(
        &world,
        &[
            "add",
            "new",
            "--region",
            "us-west-2",
            "--api-key",
            "env:KEY",
            "--no-models",
        ],
    );
    assert_eq!(
        text(&world),
        format!(
            "{FILE}\n[profiles.new]\nregion = \"us-west-2\"\nauth = {{ method = \"api-key\", api_key = {{ env = \"KEY\" }} }}\n"
        )
    );
    assert!(difference.lines().all(|line| line.starts_with('+')), "{difference}");
    assert_eq!(
        fs::read_to_string(world.config_path().with_file_name("config.toml.backup")).unwrap(),
        FILE
    );
}

#[test]
fn what_add_lacks_is_said_where_nobody_can_be_asked() {
    let world = world(FILE);
    assert!(refused(&world, &["add", "new", "--region", "us-west-2"]).contains("--aws-profile"));
    assert!(refused(&world, &["add", "new", "--ambient"]).contains("--region us-east-1"));
    assert!(refused(&world, &["add", "work", "--ambient", "--region", "x"]).contains("already"));
    assert!(refused(&world, &["add", "-x"]).contains("unexpected"));
    let hush = refused(
        &world,
        &["add", "new", "--region", "us-west-2", "--api-key", "ABSKhush"],
    );
    assert!(hush.contains("keyring:NAME") && !hush.contains("hush"), "{hush}");
}

/// As at a terminal, where it is the answer to begin with. A region that AWS would not take is none.
#[test]
fn the_region_of_the_aws_profile_is_taken_where_nobody_can_be_asked() {
    let world = world("");
    let files = "[profile eu]\nregion = eu-west-1\n[profile none]\n[profile odd]\nregion = not a region\n";
    world.write(".aws/config", files);
    run(&world, &["add", "new", "--aws-profile", "eu"]);
    assert!(text(&world).contains("region = \"eu-west-1\""), "{}", text(&world));
    for name in ["none", "odd", "absent"] {
        let said = refused(&world, &["add", "other", "--aws-profile", name]);
        assert!(said.contains("--region us-east-1"), "{said}");
    }
}

#[test]
fn a_file_that_is_broken_stays_as_it_is() {
    for broken in [
        "[profiles.work\n",
        "[profiles.a]\nregion = \"x\n",
        "unknown = 1\n",
        "[profiles.a]\n[profiles.a]\n",
    ] {
        let world = world(broken);
        for arguments in [
            &["add", "new", "--region", "us-west-2", "--ambient"][..],
            &["set", "a", "region", "us-east-1"],
            &["remove", "a"],
            &["rename", "a", "b"],
            &["copy", "a", "b"],
        ] {
            let said = refused(&world, arguments);
            assert!(
                said.contains("nothing was changed") && said.contains("config.toml:"),
                "{said}"
            );
        }
    }
}

#[test]
fn set_changes_a_value_and_keeps_what_stands_around_it() {
    let world = world(FILE);
    run(&world, &["set", "base", "region", "eu-central-1"]);
    assert_eq!(text(&world), FILE.replace("\"us-east-1\"   #", "\"eu-central-1\"   #"));
    world.config(FILE);
    run(&world, &["set", "work", "models.main", "sonnet"]);
    assert_eq!(text(&world), FILE.replace("\"haiku\"", "\"sonnet\""));
    world.config(FILE);
    run(&world, &["set", "work", "auth.profile", "other"]);
    assert_eq!(text(&world), FILE.replace("bedrock-work", "other"));
    world.config(FILE);
    run(
        &world,
        &["set", "work", "auth.method", "api-key", "auth.api_key", "keyring:k"],
    );
    assert_eq!(
        text(&world),
        FILE.replace(
            "{ method = \"aws-profile\", profile = \"bedrock-work\" } #",
            "{ method = \"api-key\", api_key = { keyring = \"k\" } } #"
        )
    );
    world.config(FILE);
    run(&world, &["set", "last", "fips", "true"]);
    assert_eq!(
        text(&world),
        FILE.replace("'eu-west-1'\n", "'eu-west-1'\nfips = true\n")
    );
    world.config(FILE);
    run(&world, &["set", "work", "--unset", "models.main", "--unset", "extends"]);
    assert!(
        !text(&world).contains("main =") && !text(&world).contains("extends"),
        "{}",
        text(&world)
    );
}

#[test]
fn set_refuses_what_the_key_cannot_be() {
    let world = world(FILE);
    assert!(refused(&world, &["set", "work", "regoin", "x"]).contains("did you mean `region`"));
    assert!(refused(&world, &["set", "work", "fips", "yes"]).contains("true or false"));
    assert!(refused(&world, &["set", "work", "service_tier", "prioritty"]).contains("did you mean `priority`"));
    assert!(refused(&world, &["set", "wrok", "region", "x"]).contains("did you mean `work`"));
    assert!(refused(&world, &["set", "work", "region"]).contains("has no value"));
    assert!(refused(&world, &["set", "work", "extends", "nobody"]).contains("nobody"));
    assert!(refused(&world, &["set", "work", "--unset", "fips"]).contains("not set"));
    assert!(refused(&world, &["set", "work", "auth.method", "api-key"]).contains("api_key"));
}

#[test]
fn a_broken_profile_can_be_mended() {
    let world = world("[profiles.a]\nregion = 1\n[profiles.b]\nregion = \"us-east-1\"\n");
    run(&world, &["set", "b", "fips", "true"]);
    run(&world, &["set", "a", "region", "us-east-1"]);
    assert!(run(&world, &["list"]).contains("a "));
}

#[test]
fn a_project_files_value_is_set_and_stays_allowed() {
    let world = world(FILE);
    let project = world.project("repo", "profile = \"work\" # ours\n");
    let set = |arguments: &[&str]| {
        let mut command = world.command(crate::support::world::PROGRAM);
        command
            .args(arguments)
            .current_dir(world.path("repo"))
            .output()
            .unwrap()
    };
    let output = set(&["set", "--project", "models.main", "sonnet"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let text = fs::read_to_string(&project).unwrap();
    assert_eq!(text, "profile = \"work\" # ours\nmodels = { main = \"sonnet\" }\n");
    let status = set(&["status"]);
    assert!(status.status.success(), "{}", stderr(&status));
    let output = set(&["rename", "work", "acme"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(
        fs::read_to_string(&project)
            .unwrap()
            .starts_with("profile = \"acme\" # ours\n")
    );
    assert!(set(&["status"]).status.success());
}

#[test]
fn the_last_version_of_a_project_file_is_kept_outside_the_repository() {
    let mut world = world(FILE);
    let before = "profile = \"work\" # ours\n";
    let project = world.project("repo", before);
    editor(&mut world, "echo 'service_tier = \"flex\"' >> \"$file\"");
    for arguments in [
        &["set", "--project", "models.main", "sonnet"][..],
        &["rename", "work", "acme"],
        &["edit", "--project"],
    ] {
        let last = fs::read_to_string(&project).unwrap();
        let mut command = world.command(crate::support::world::PROGRAM);
        let output = command
            .args(arguments)
            .current_dir(world.path("repo"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        let said = stderr(&output);
        let told = said.lines().find_map(|line| {
            line.strip_prefix("claude-bedrock: wrote ~/repo/.claude-bedrock.toml; the last version is ~/")
        });
        let told = told.unwrap_or_else(|| panic!("{arguments:?}: {said}"));
        assert_eq!(fs::read_to_string(world.path(told)).unwrap(), last, "{arguments:?}");
        assert_ne!(fs::read_to_string(&project).unwrap(), last, "{arguments:?}");
        let left: Vec<_> = fs::read_dir(world.path("repo"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        assert_eq!(left, std::slice::from_ref(&project), "{arguments:?}");
    }
}

/// Every file of the home directory with its content.
fn everything(world: &World) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut left = vec![world.home()];
    while let Some(directory) = left.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else {
                let content = fs::read(&path).unwrap();
                found.insert(path, content);
            }
        }
    }
    found
}

#[test]
fn a_dry_run_shows_what_the_same_command_does_and_writes_nothing() {
    for arguments in [
        &["add", "new", "--ambient", "--region", "us-east-1", "--default"][..],
        &["set", "work", "models.main", "opus"],
        &["set", "work", "--unset", "models.main"],
        &["set", "--project", "models.main", "sonnet"],
        &["copy", "work", "second"],
        &["rename", "work", "acme"],
        &["remove", "last"],
    ] {
        let world = world(FILE);
        world.project("repo", "profile = \"work\"\n");
        let run = |more: &[&str]| {
            let mut command = world.command(crate::support::world::PROGRAM);
            command.args(arguments).args(more).current_dir(world.path("repo"));
            let output = command.output().unwrap();
            assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
            output
        };
        // What the program keeps for itself, such as its cache, is there before.
        let _ = world.run(["status"]);
        let before = everything(&world);
        let dry = run(&["--dry-run"]);
        assert_eq!(everything(&world), before, "{arguments:?}");
        let files = if arguments[0] == "rename" { 2 } else { 1 };
        let told = stderr(&dry).matches("claude-bedrock: would write ~/").count();
        assert_eq!(
            (told, stderr(&dry).contains("claude-bedrock: wrote")),
            (files, false),
            "{}",
            stderr(&dry)
        );
        let real = run(&[]);
        assert_eq!(dry.stdout, real.stdout, "{arguments:?}");
        assert!(!real.stdout.is_empty() && everything(&world) != before, "{arguments:?}");
    }
    // What could not be written is refused before it is shown.
    let world = world(FILE);
    assert!(refused(&world, &["rename", "last", "base", "--dry-run"]).contains("already"));
    assert!(refused(&world, &["remove", "base", "--dry-run"]).contains("extended by work"));
    assert!(refused(&world, &["set", "work", "extends", "none", "--dry-run"]).contains("nothing was changed"));
}

/// The commands of the blocks of docs/profiles.md, with what is shown below each.
fn documented() -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/profiles.md");
    let text = fs::read_to_string(path).unwrap();
    let mut found: Vec<(String, String)> = Vec::new();
    for block in text.split("```console\n").skip(1) {
        let block = block.split("```").next().unwrap();
        let mut in_document = false;
        for line in block.lines().map(|line| format!("{line}\n")) {
            if let Some(command) = line.strip_prefix("$ ") {
                in_document = command.contains("<<'END'");
                found.push((command.to_owned(), String::new()));
                continue;
            }
            let (command, output) = found.last_mut().unwrap();
            if in_document {
                command.push_str(&line);
                in_document = line != "END\n";
            } else {
                output.push_str(&line);
            }
        }
    }
    found
}

#[test]
#[cfg(unix)]
fn the_page_about_profiles_shows_what_the_commands_print() {
    let mut world = World::new(Shell::Bash);
    fs::remove_file(world.config_path()).unwrap();
    world.directory("bin");
    std::os::unix::fs::symlink(crate::support::world::PROGRAM, world.path("bin/claude-bedrock")).unwrap();
    let search = format!("{}:/usr/bin:/bin", world.path("bin").display());
    world.set("PATH", search);
    world.write(
        ".aws/config",
        "[profile corp]\nregion = eu-west-1\ncredential_process = true\n",
    );
    let commands = documented();
    assert!(commands.len() > 4, "{commands:?}");
    for (command, shown) in commands {
        let mut shell = world.command("sh");
        let output = shell.args(["-c", &format!("exec 2>&1\n{command}")]).output().unwrap();
        // An empty line of a difference ends with a blank, which the page does not keep.
        let printed = String::from_utf8_lossy(&output.stdout)
            .replace("+ \n", "+\n")
            .replace("- \n", "-\n");
        assert_eq!(printed, shown, "{command}");
        assert_eq!(output.status.code(), Some(0), "{command}");
    }
}

#[test]
fn rename_follows_the_name_through_the_file() {
    let world = world(FILE);
    run(&world, &["rename", "base", "ground"]);
    assert_eq!(
        text(&world),
        FILE.replace("profiles.base", "profiles.ground")
            .replace("\"base\"", "\"ground\"")
    );
    world.config(FILE);
    run(&world, &["rename", "work", "acme"]);
    assert_eq!(
        text(&world),
        FILE.replace("profiles.work", "profiles.acme")
            .replace("\"work\"", "\"acme\"")
    );
    assert!(refused(&world, &["rename", "acme", "base"]).contains("already"));
    assert!(refused(&world, &["rename", "acme", "off"]).contains("cannot be"));
}

#[test]
fn remove_takes_the_profile_with_its_own_comment() {
    let world = world(FILE);
    assert!(refused(&world, &["remove", "base"]).contains("extended by work"));
    run(&world, &["remove", "last"]);
    assert_eq!(
        text(&world),
        FILE.replace("\n[profiles.last]\nregion = 'eu-west-1'\n", "")
    );
    world.config(FILE);
    run(&world, &["remove", "work"]);
    let text = text(&world);
    assert!(!text.contains("work") && !text.contains("company"), "{text}");
    assert!(
        text.starts_with("# The head of the file.\n") && text.contains("# Everything else"),
        "{text}"
    );
}

#[test]
fn copy_writes_all_tables_once_more() {
    let world = world(FILE);
    run(&world, &["copy", "work", "twin"]);
    assert_eq!(
        text(&world),
        format!(
            "{FILE}\n[profiles.twin]\nextends = \"base\"\nauth = {{ method = \"aws-profile\", profile = \"bedrock-work\" }} # SSO\n\n[profiles.twin.models]\n# cheap\nmain = \"haiku\"\n"
        )
    );
}

#[test]
fn lines_end_and_the_file_begins_as_they_did_and_links_stay() {
    let world = World::new(Shell::Bash);
    let of_windows = |text: &str| format!("\u{feff}{}", text.replace('\n', "\r\n"));
    let dotfile = world.write("dotfiles/config.toml", of_windows(FILE));
    fs::remove_file(world.config_path()).unwrap();
    std::os::unix::fs::symlink(&dotfile, world.config_path()).unwrap();
    let said = run(&world, &["set", "last", "region", "eu-west-2"]);
    assert!(!said.contains("The head of the file"), "{said}");
    assert!(world.config_path().is_symlink());
    assert_eq!(
        fs::read_to_string(dotfile).unwrap(),
        of_windows(&FILE.replace("'eu-west-1'", "\"eu-west-2\""))
    );
}

/// An editor that runs a script on the file.
fn editor(world: &mut World, script: &str) {
    let path = world.program("bin/editor", &format!("#!/bin/sh\nfor file; do :; done\n{script}\n"));
    world.set("VISUAL", format!("'{}' --wait", path.display()));
}

#[test]
fn what_the_editor_saves_takes_the_files_place() {
    let mut world = world(FILE);
    editor(&mut world, "sed -i s/eu-west-1/eu-west-3/ \"$file\"");
    run(&world, &["edit"]);
    assert_eq!(text(&world), FILE.replace("eu-west-1", "eu-west-3"));
}

#[test]
fn an_editor_that_knows_lines_begins_at_the_profile() {
    let mut world = world(FILE);
    let path = world.program("bin/vim", "#!/bin/sh\necho \"$@\" > \"$HOME/arguments\"\n");
    world.set("VISUAL", path.as_os_str());
    run(&world, &["edit", "work"]);
    assert!(fs::read_to_string(world.path("arguments")).unwrap().starts_with("+10 "));
    assert!(refused(&world, &["edit", "nobody"]).contains("claude-bedrock add nobody"));
}

#[test]
fn what_is_wrong_is_kept_and_its_place_told() {
    let mut world = world(FILE);
    for (script, why) in [
        ("echo 'regoin = 1' >> \"$file\"", "regoin"),
        ("echo '[x' > \"$file\"", "config.toml:1"),
        ("echo '# more' >> \"$file\"; exit 3", "failed"),
    ] {
        editor(&mut world, script);
        let said = refused(&world, &["edit"]);
        assert!(said.contains(why), "{said}");
        let kept = said.split("kept: ").nth(1).unwrap().lines().next().unwrap();
        assert!(!fs::read_to_string(kept).unwrap().is_empty());
        fs::remove_dir_all(std::path::Path::new(kept).parent().unwrap()).unwrap();
    }
    editor(&mut world, "exit 1");
    assert!(!refused(&world, &["edit"]).contains("kept"));
    world.set("VISUAL", "/nowhere/editor");
    assert!(refused(&world, &["edit"]).contains("cannot be run"));
    world.set("VISUAL", "");
    world.set("EDITOR", "'");
    assert!(refused(&world, &["edit"]).contains("EDITOR cannot be split"));
}

#[test]
fn a_project_file_that_was_edited_is_allowed() {
    let mut world = world(FILE);
    let project = world.unallowed_project("repo", "profile = \"work\"\n");
    editor(&mut world, "echo 'service_tier = \"flex\"' >> \"$file\"");
    let mut command = world.command(crate::support::world::PROGRAM);
    let output = command
        .args(["edit", "--project"])
        .current_dir(project.parent().unwrap())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let mut command = world.command(crate::support::world::PROGRAM);
    let output = command
        .args(["export", "json"])
        .current_dir(project.parent().unwrap())
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("flex"));
}

#[test]
fn a_wish_that_was_mistyped_gets_the_nearest_command() {
    let world = world(FILE);
    assert!(stderr(&world.run(["renmae", "a", "b"])).contains("'rename'"));
}

/// A shell at whose terminal the program asks.
fn typist(config: &str) -> Typist {
    let world = world(config);
    world.write(".aws/config", "[profile corp]\nregion = eu-north-1\n");
    Typist::start(world, "")
}

#[test]
fn what_add_lacks_is_asked_on_a_terminal() {
    let mut typist = typist(FILE);
    typist.press(&format!("{} add new\r", crate::support::world::PROGRAM));
    typist.wait_for("Authenticate with which profile");
    typist.press("corp\r");
    typist.wait_for("Which region?");
    typist.press("\r");
    typist.wait_for("claude-bedrock init new");
    let written = text(&typist.world);
    assert!(
        written.contains(
            "[profiles.new]\nregion = \"eu-north-1\"\nauth = { method = \"aws-profile\", profile = \"corp\" }\n"
        ),
        "{written}"
    );
}

#[test]
fn ctrl_c_at_a_question_writes_nothing() {
    let mut typist = typist(FILE);
    typist.press(&format!("{} add new\r", crate::support::world::PROGRAM));
    typist.wait_for("Authenticate with which profile");
    typist.press("\u{3}");
    typist.wait_for("cancelled; nothing was written");
    assert_eq!(text(&typist.world), FILE);
}

#[test]
fn an_edit_that_is_wrong_is_offered_again() {
    let mut typist = {
        let mut world = world(FILE);
        editor(
            &mut world,
            "if [ -e \"$HOME/second\" ]; then sed -i /regoin/d \"$file\"; echo 'region = \"eu-west-9\"' >> \"$file\"; sed -i /eu-west-1/d \"$file\"\n\
             else touch \"$HOME/second\"; echo 'regoin = 1' >> \"$file\"; fi",
        );
        Typist::start(world, "")
    };
    typist.press(&format!("{} edit\r", crate::support::world::PROGRAM));
    let screen = typist.wait_for("Edit again?");
    assert!(screen.contains("did you mean `region`"), "{screen}");
    typist.press("\r");
    typist.wait_for("config.toml.backup");
    assert!(
        text(&typist.world).ends_with("# the end\nregion = \"eu-west-9\"\n"),
        "{}",
        text(&typist.world)
    );
}

#[test]
fn what_set_and_add_write_is_linted_at_once_and_nothing_else_is() {
    let world = world(
        "[profiles.old]\nregion = \"eu-wst\"\n[profiles.base]\nregion = \"us-east-1\"\n[profiles.above]\nextends = \"base\"\n",
    );
    let warned = |arguments: &[&str]| {
        let output = world.run(arguments);
        assert!(output.status.success(), "{}", stderr(&output));
        let text = stderr(&output);
        let lines = text
            .lines()
            .filter(|line| line.starts_with("warning") || line.contains("= help"));
        lines.map(|line| line.trim_start().to_owned()).collect::<Vec<_>>()
    };
    // What was doubtful before is `lint`'s to say.
    assert_eq!(warned(&["set", "base", "description", "shared"]), [] as [String; 0]);
    assert_eq!(
        warned(&["set", "base", "region", "us-east-7"]),
        [
            "warning[CB004]: `us-east-7` is not among the regions that are known to have Bedrock",
            "= help: did you mean `us-east-1`?",
        ]
    );
    assert_eq!(warned(&["set", "base", "region", "eu-west-1"]), [] as [String; 0]);
    assert_eq!(
        warned(&["set", "base", "models.opus", "us.anthropic.claude-opus-5-5"]),
        [
            "warning[CB005]: `us.` cannot be called from eu-west-1",
            "= help: from there: eu, global",
        ]
    );
    assert_eq!(
        warned(&["add", "whole", "--ambient", "--region", "eu-west-1"]),
        [] as [String; 0]
    );

    let project = world.project("repository", "profile = \"whole\"\n");
    let output = world
        .command(crate::support::world::PROGRAM)
        .args(["set", "--project", "region", "us-east-7"])
        .current_dir(project.parent().unwrap())
        .output()
        .unwrap();
    assert!(
        stderr(&output).contains("did you mean `us-east-1`?"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn models_of_the_profiles_geographies_complete_before_any_list_is_kept() {
    let world = world("[profiles.base]\nregion = \"eu-west-1\"\n[profiles.work]\nextends = \"base\"\n");
    let completed = |words: &[&str]| {
        let index = words.len().to_string();
        let arguments = ["complete", index.as_str(), "--", "claude-bedrock"];
        let text = run(&world, &[&arguments[..], words].concat());
        let value = |line: &str| line.split('\t').next().unwrap().to_owned();
        text.lines().map(value).collect::<Vec<_>>()
    };
    for words in [
        &["set", "work", "models.opus", "eu.anthropic.claude-opus-4-6"][..],
        &[
            "add",
            "new",
            "--extends",
            "base",
            "--opus",
            "eu.anthropic.claude-opus-4-6",
        ],
        &[
            "add",
            "new",
            "--region",
            "eu-north-1",
            "--opus",
            "eu.anthropic.claude-opus-4-6",
        ],
        &[
            "add",
            "new",
            "--region=eu-north-1",
            "--opus",
            "eu.anthropic.claude-opus-4-6",
        ],
    ] {
        assert_eq!(completed(words), ["eu.anthropic.claude-opus-4-6-v1"], "{words:?}");
    }
    assert_eq!(
        completed(&["set", "work", "models.haiku", "global.anthropic.claude-haiku-4"]),
        ["global.anthropic.claude-haiku-4-5-20251001-v1:0"]
    );
    assert_eq!(completed(&["set", "work", "models.opus", "us."]), [] as [String; 0]);
}
