//! Each command line that a page shows: those of the program are run, and the rest names what runs it.

use std::fs;

use super::pages;
use crate::support::world::PROGRAM;
use crate::support::{Shell, World};

/// What a command of another program is run by.
const ELSEWHERE: &[(&str, &str)] = &[
    ("./scripts/install", "commands::install"),
    ("./scripts/uninstall", "commands::install"),
    ("./scripts/test", "CI, as .ci/run"),
    ("cargo test --locked --test wire", "CI, as .ci/run"),
    ("cargo install --path .", "scripts/check-packages has what it builds"),
    ("./scripts/package", "scripts/check-packages, with REQUIRE=all"),
    ("./scripts/check-packages", "scripts/test, with REQUIRE=all"),
    (
        "sudo apt install ./target/package/",
        "scripts/check-packages, with dpkg",
    ),
    ("sudo rpm --install", "scripts/check-packages"),
    ("pipx install ./target/package/", "scripts/check-packages, with pip"),
    (
        "sh packaging/install.sh --from",
        "packaging::install_scripts, scripts/check-packages",
    ),
    // setup.rs types both at a terminal.
    ("claude-bedrock setup", "commands::setup"),
    ("exec $SHELL", "commands::setup"),
    ("cd repo", "whoever has one"),
];

/// The commands of a page's console blocks, each with what the lines of a document add to it.
fn shown(text: &str) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    for block in text.split("```console\n").skip(1) {
        let mut in_document = false;
        for line in block.split("```").next().unwrap().lines() {
            if let Some(command) = line.strip_prefix("$ ") {
                in_document = command.contains("<<'END'");
                commands.push(command.to_owned());
            } else if in_document {
                let last = commands.last_mut().unwrap();
                last.push('\n');
                last.push_str(line);
                in_document = line != "END";
            }
        }
    }
    commands
}

/// Where a reader of any page may stand: in a repository, with profiles, files of AWS and of the tools that they come from.
fn reader() -> World {
    let mut world = World::new(Shell::Bash);
    world.config("[profiles.own]\nregion = \"us-east-1\"\n");
    world.directory("bin");
    std::os::unix::fs::symlink(PROGRAM, world.path("bin/claude-bedrock")).unwrap();
    let search = format!("{}:/usr/bin:/bin", world.path("bin").display());
    world.set("PATH", search);
    world.set("AWS_REGION", "eu-west-1");
    world.set("AWS_PROFILE", "bedrock-acme");
    world.write(
        ".aws/config",
        "[profile corp]\nregion = eu-west-1\ncredential_process = true\n\
         [profile bedrock-acme]\nregion = eu-west-1\ncredential_process = true\n",
    );
    world.write(
        ".claude/settings.json",
        r#"{"env": {"CLAUDE_CODE_USE_BEDROCK": "1", "AWS_REGION": "eu-west-1", "AWS_PROFILE": "corp"}}"#,
    );
    world.write(
        "acme/.envrc",
        "export CLAUDE_CODE_USE_BEDROCK=1\nexport AWS_REGION=eu-west-1\nexport AWS_PROFILE=corp\n",
    );
    world.write(
        ".zshrc",
        "bedrock() { export CLAUDE_CODE_USE_BEDROCK=1 AWS_PROFILE=corp AWS_REGION=eu-west-1; }\n",
    );
    world.directory("hobby");
    world
}

/// Runs a page's commands one after the other, as its reader would. A profile that one way of several has written is
/// taken out before the next.
fn run(page: &str, commands: &[String]) {
    let world = reader();
    let without_acme = fs::read_to_string(world.config_path()).unwrap();
    for command in commands {
        if command.contains("import ") {
            fs::write(world.config_path(), &without_acme).unwrap();
            let _ = fs::remove_file(world.path("acme/.claude-bedrock.toml"));
        }
        let mut shell = world.command("sh");
        let output = shell
            .args(["-c", command])
            .current_dir(world.path("acme"))
            .output()
            .unwrap();
        let said = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        // 1 is an answer: `settings check` and `doctor` have found what they were asked for.
        let looks = command.contains("check") || command.contains("doctor");
        let good = output.status.success() || looks && output.status.code() == Some(1);
        assert!(good, "{page}: {command}\n{said}");
    }
}

#[test]
fn every_command_line_of_a_page_works() {
    let mut total = 0;
    for (page, text) in pages() {
        // commands/editing.rs compares what these print, too.
        if page == "docs/profiles.md" {
            continue;
        }
        let (own, others): (Vec<String>, Vec<String>) = shown(&text)
            .into_iter()
            .map(|command| command.split("  ").next().unwrap().to_owned())
            .partition(|command| !ELSEWHERE.iter().any(|(start, _)| command.starts_with(start)));
        total += own.len() + others.len();
        run(&page, &own);
    }
    assert!(total > 15, "{total}");
}
