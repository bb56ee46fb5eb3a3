//! The behaviour table: what a shell integration must do, each line run in every shell that it concerns,
//! on a pseudo-terminal, in an isolated home, the environment read by a child process.

mod adversity;
mod enter_and_leave;
mod guests;
mod hygiene;
mod one_command;
mod trust;
mod unanswered;
mod values_and_paths;

use libtest_mimic::Trial;

use crate::support::{Shell, World, harness, shell};

const TABLES: [&[Scenario]; 8] = [
    adversity::TABLE,
    enter_and_leave::TABLE,
    values_and_paths::TABLE,
    trust::TABLE,
    hygiene::TABLE,
    guests::TABLE,
    one_command::TABLE,
    unanswered::TABLE,
];

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

/// A test for each row and each of its shells.
pub fn rows() -> Vec<Trial> {
    let rows = TABLES.into_iter().flatten().flat_map(|scenario| {
        scenario.shells.iter().map(|shell| {
            let name = format!(
                "prompt::scenarios::{}::{:02}_{}",
                shell.name(),
                scenario.behaviour,
                scenario.name
            );
            harness::row(name, || {
                shell.need();
                (scenario.run)(&mut World::new(*shell));
            })
        })
    });
    rows.collect()
}

#[test]
fn every_behaviour_has_a_scenario_in_every_shell() {
    for behaviour in 1..=BEHAVIOURS {
        for shell in shell::ALL {
            let covers = |scenario: &&Scenario| scenario.behaviour == behaviour && scenario.shells.contains(shell);
            assert!(
                TABLES.into_iter().flatten().any(|scenario| covers(&scenario)),
                "behaviour {behaviour} has no scenario in {}",
                shell.name()
            );
        }
    }
}
