//! The behaviour table: what a shell integration must do, each line run in every shell that it concerns,
//! on a pseudo-terminal, in an isolated home, the environment read by a child process.

#[allow(dead_code, reason = "each test file uses a part")]
#[path = "../support/mod.rs"]
mod support;

mod adversity;
mod enter_and_leave;
mod guests;
mod hygiene;
mod one_command;
mod trust;
mod unanswered;
mod values_and_paths;

use libtest_mimic::{Arguments, Failed, Trial};
use support::{Shell, World, shell};

/// The behaviours are numbered from 1; docs/behaviours.md lists them.
const BEHAVIOURS: u8 = 24;

/// One line of the table.
pub struct Scenario {
    /// The number of the behaviour that it shows (docs/behaviours.md).
    behaviour: u8,
    name: &'static str,
    shells: &'static [Shell],
    run: fn(&mut World),
}

impl Scenario {
    const fn new(behaviour: u8, name: &'static str, run: fn(&mut World)) -> Self {
        Self {
            behaviour,
            name,
            shells: shell::ALL,
            run,
        }
    }

    const fn only(mut self, shells: &'static [Shell]) -> Self {
        self.shells = shells;
        self
    }
}

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    let tables: [&'static [Scenario]; 8] = [
        adversity::TABLE,
        enter_and_leave::TABLE,
        values_and_paths::TABLE,
        trust::TABLE,
        hygiene::TABLE,
        guests::TABLE,
        one_command::TABLE,
        unanswered::TABLE,
    ];
    for scenario in tables.into_iter().flatten() {
        for shell in scenario.shells {
            let found = shell.program().is_some();
            let name = format!("{}::{:02}_{}", shell.name(), scenario.behaviour, scenario.name);
            let (run, shell) = (scenario.run, *shell);
            let trial = Trial::test(name, move || {
                run(&mut World::new(shell));
                Ok::<(), Failed>(())
            });
            trials.push(trial.with_ignored_flag(!found));
        }
    }
    trials.push(Trial::test(
        "every_behaviour_has_a_scenario_in_every_shell",
        move || {
            for behaviour in 1..=BEHAVIOURS {
                for shell in shell::ALL {
                    let covers =
                        |scenario: &&Scenario| scenario.behaviour == behaviour && scenario.shells.contains(shell);
                    if !tables.into_iter().flatten().any(|scenario| covers(&scenario)) {
                        return Err(format!("behaviour {behaviour} has no scenario in {}", shell.name()).into());
                    }
                }
            }
            Ok(())
        },
    ));
    for shell in shell::ALL.iter().filter(|shell| shell.program().is_none()) {
        println!("skipped: {} is not on this machine", shell.name());
    }
    libtest_mimic::run(&arguments, trials).exit();
}
