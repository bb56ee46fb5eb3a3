//! The way out: what `--quiet` and `CLAUDE_BEDROCK_LOG` leave of what commands say, and never of what is wrong.

use std::process::Output;

use crate::support::world::{CONFIG, PROGRAM};
use crate::support::{Shell, World, stderr, stdout};

/// A world with a project file in `repo` that names `profile`.
fn place(profile: &str) -> World {
    let mut world = World::new(Shell::Bash);
    world.unallowed_project("repo", &format!("profile = \"{profile}\"\n"));
    world.set("PATH", "/usr/local/bin:/usr/bin:/bin");
    world
}

/// The same, where every project file counts, also one that names no profile that exists.
fn trusting(profile: &str) -> World {
    let world = place(profile);
    world.config(&format!("trusted = [\"~/repo\"]\n{CONFIG}"));
    world
}

fn run(world: &World, level: Option<&str>, words: &[&str]) -> Output {
    let mut command = world.command(PROGRAM);
    command.args(words).current_dir(world.path("repo"));
    if let Some(level) = level {
        command.env("CLAUDE_BEDROCK_LOG", level);
    }
    command.output().unwrap()
}

/// Commands that succeed and say something beside their result.
const TALKATIVE: &[&[&str]] = &[
    &["allow"],
    &["deny"],
    &["add", "new", "--region", "eu-west-1", "--ambient"],
    &["set", "work", "region", "eu-central-1"],
    &["set", "work", "region", "eu-central-1", "--dry-run"],
    &["copy", "work", "work-eu"],
    &["rename", "work", "acme"],
    &["remove", "home"],
    &["settings", "apply", "-p", "work"],
    &["settings", "apply", "-p", "work", "--dry-run"],
    &["settings", "remove"],
    &["schema", "--write"],
];

#[test]
fn quiet_reaches_every_command_and_leaves_its_result() {
    for words in TALKATIVE {
        let loud = run(&place("work"), None, words);
        assert_eq!(loud.status.code(), Some(0), "{words:?}: {}", stderr(&loud));
        assert_ne!(stderr(&loud), "", "{words:?} has nothing to say, which shows nothing");
        let mut quietly = vec!["--quiet"];
        quietly.extend(*words);
        let quiet = run(&place("work"), None, &quietly);
        assert_eq!(quiet.status.code(), Some(0), "{words:?}");
        assert_eq!(stderr(&quiet), "", "{words:?}");
        assert_eq!(stdout(&quiet), stdout(&loud), "{words:?}");
    }
}

/// Commands that find something wrong, the profile that the project names, the exit status, and words of the error.
const FAILING: &[(&[&str], &str, i32, &str)] = &[
    (
        &["exec", "-p", "work", "--", "no-such-command"],
        "work",
        127,
        "no-such-command",
    ),
    (&["exec", "-p", "work", "--", "/etc"], "work", 126, "/etc"),
    (&["exec", "-p", "wrok", "--", "true"], "work", 2, "wrok"),
    (&["status"], "wrok", 1, "wrok"),
    (&["status", "--format", "{profile}"], "wrok", 1, ""),
    (&["show", "wrok"], "work", 2, "wrok"),
    (&["lint", "missing.toml"], "work", 2, "missing.toml"),
    (&["use", "work"], "work", 2, "hook"),
    (&["export", "json"], "wrok", 2, "wrok"),
    (&["set", "wrok", "region", "eu-west-1"], "work", 2, "wrok"),
    (&["remove", "wrok"], "work", 2, "wrok"),
    (&["explain", "CB999"], "work", 2, "CB999"),
    (&["policy", "wrok"], "work", 2, "wrok"),
];

#[test]
fn errors_are_shown_at_every_level_but_off() {
    for (words, profile, status, error) in FAILING {
        let world = trusting(profile);
        for (level, quiet) in [
            (Some("error"), false),
            (None, true),
            (None, false),
            (Some("off"), false),
        ] {
            let mut line = if quiet { vec!["--quiet"] } else { Vec::new() };
            line.extend(*words);
            let output = run(&world, level, &line);
            assert_eq!(output.status.code(), Some(*status), "{line:?} {level:?}");
            let said = stderr(&output);
            if level == Some("off") {
                assert_eq!(said, "", "{line:?}");
            } else {
                assert!(said.contains(error), "{line:?} {level:?}: {said}");
            }
        }
    }
}
