//! Secrets: where they come from, what is said when they cannot be had, and that they appear nowhere else.
//! The keyring is a real gnome-keyring-daemon on a session bus of its own; the shells are on a
//! pseudo-terminal.

mod bus;
mod headers;
mod keyring;
mod loading;
mod nowhere_else;
mod waiting;

use libtest_mimic::Trial;

use crate::support::need::need;
use crate::support::{Shell, World, harness, shell};

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

/// A test for each case and each of its shells.
pub fn rows() -> Vec<Trial> {
    let cases = [
        headers::CASES,
        keyring::CASES,
        loading::CASES,
        waiting::CASES,
        nowhere_else::CASES,
    ];
    let rows = cases.into_iter().flatten().flat_map(|case| {
        case.shells.iter().map(|shell| {
            harness::row(format!("secrets::{}::{}", shell.name(), case.name), || {
                shell.need();
                if case.needs_keyring {
                    need("D-Bus");
                    need("gnome-keyring");
                }
                (case.run)(&mut World::new(*shell));
            })
        })
    });
    rows.collect()
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

/// What was said, without what differs from machine to machine: the home directory, and what follows from how long its name
/// is, where lines are broken and how much of the file's line is shown.
fn seen(world: &World, said: &str) -> String {
    let mut text = String::new();
    for line in said.replace(world.home().to_str().unwrap(), "[HOME]").lines() {
        let (number, rest) = line.split_once(" | ").unwrap_or(("", ""));
        let is_broken = line.starts_with("          ")
            || (said.contains(" --> ")
                && line.starts_with("  ")
                && !line.starts_with("   ")
                && !line[2..].starts_with(['-', '|', '=']));
        if is_broken {
            text.pop();
            text.push(' ');
            text.push_str(line.trim_start());
        } else if number.parse::<u32>().is_ok() {
            text.push_str(&format!("{number} | [LINE]"));
        } else if rest.trim_start().starts_with('^') {
            text.push_str("  | ^");
        } else {
            text.push_str(line);
        }
        text.push('\n');
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
