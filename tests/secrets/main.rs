//! Secrets: where they come from, what is said when they cannot be had, and that they appear nowhere else.
//! The keyring is a real gnome-keyring-daemon on a session bus of its own; the shells are on a
//! pseudo-terminal.

#[allow(dead_code, reason = "each test file uses a part")]
#[path = "../support/mod.rs"]
mod support;

mod bus;
mod keyring;
mod loading;
mod nowhere_else;
mod waiting;

use libtest_mimic::{Arguments, Failed, Trial};
use support::{Shell, World, shell};

/// One test.
pub struct Case {
    name: &'static str,
    shells: &'static [Shell],
    needs_keyring: bool,
    run: fn(&mut World),
}

impl Case {
    /// A test in bash.
    const fn new(name: &'static str, run: fn(&mut World)) -> Self {
        Self {
            name,
            shells: &[Shell::Bash],
            needs_keyring: false,
            run,
        }
    }

    const fn in_every_shell(mut self) -> Self {
        self.shells = shell::ALL;
        self
    }

    const fn with_keyring(mut self) -> Self {
        self.needs_keyring = true;
        self
    }
}

fn main() {
    let arguments = Arguments::from_args();
    let missing = bus::missing();
    let mut trials = Vec::new();
    for case in [keyring::CASES, loading::CASES, waiting::CASES, nowhere_else::CASES]
        .into_iter()
        .flatten()
    {
        for shell in case.shells.iter().copied() {
            let name = format!("{}::{}", shell.name(), case.name);
            let run = case.run;
            let absent = case
                .needs_keyring
                .then_some(())
                .and(missing)
                .or(shell.program().is_none().then_some(shell.name()));
            if let Some(program) = absent {
                println!("skipped: {name} ({program} is not on this machine)");
            }
            let trial = Trial::test(name, move || {
                run(&mut World::new(shell));
                Ok::<(), Failed>(())
            });
            trials.push(trial.with_ignored_flag(absent.is_some()));
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// A user's file with one profile, whose API key is to be had there.
fn config(secret: &str) -> String {
    format!("[profiles.work]\nregion = \"eu-west-1\"\nauth = {{ method = \"api-key\", api_key = {secret} }}\n")
}

/// A project directory `repo` with that profile.
fn project(world: &World, secret: &str) {
    world.config(&config(secret));
    world.project("repo", "profile = \"work\"\n");
}

/// What was said, without what differs from machine to machine: the home directory, and how long its name is.
fn seen(world: &World, said: &str) -> String {
    let mut text = said.replace(world.home().to_str().unwrap(), "[HOME]");
    while text.contains("^^") {
        text = text.replace("^^", "^");
    }
    text
}

/// A program that leaves a line in a file whenever it starts, and what counts the lines.
fn counted(world: &World, name: &str, script: &str) -> (String, impl Fn() -> usize + use<>) {
    let log = world.records().join(format!("runs-of-{name}"));
    let program = world.program(
        format!("bin/{name}"),
        &format!("#!/bin/sh\necho >>{}\n{script}\n", log.display()),
    );
    let count = move || std::fs::read_to_string(&log).map_or(0, |text| text.lines().count());
    (program.to_str().unwrap().to_owned(), count)
}
