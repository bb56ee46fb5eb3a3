//! What the hook exports is what arrives: the real Claude Code, started from inside each real shell after the
//! hook has loaded a profile, against a server that plays Bedrock and the rest of AWS.
//!
//! `scripts/test` installs the newest Claude Code below `target/`. The version is printed.

#[allow(dead_code, reason = "each test file uses a part")]
#[path = "../support/mod.rs"]
mod support;

mod answer;
mod client;
mod journeys;
mod matrix;
mod names;
mod server;
mod signature;
mod table;

use libtest_mimic::{Arguments, Failed, Trial};
use support::shell;

fn main() {
    let arguments = Arguments::from_args();
    let Some(program) = client::program() else {
        println!("skipped: wire (Claude Code is not below target/claude-code; scripts/test installs it)");
        return;
    };
    println!("Claude Code {}", client::version(&program));
    if !client::leave_the_network() {
        println!("this system gives no network of its own; only the proxy keeps requests on the machine");
    }
    let mut trials = Vec::new();
    let mut add = |name: &str, run: Box<dyn Fn(support::Shell) + Send + Sync>| {
        let run = std::sync::Arc::new(run);
        for shell in shell::ALL.iter().copied() {
            let name = format!("{}::{name}", shell.name());
            let absent = shell.program().is_none();
            if absent {
                println!("skipped: {name} ({} is not on this machine)", shell.name());
            }
            let run = std::sync::Arc::clone(&run);
            let trial = Trial::test(name, move || {
                run(shell);
                Ok::<(), Failed>(())
            });
            trials.push(trial.with_ignored_flag(absent));
        }
    };
    for case in table::cases() {
        let program = program.clone();
        add(&case.name.clone(), Box::new(move |shell| case.run(shell, &program)));
    }
    for (name, journey) in journeys::ALL {
        let program = program.clone();
        add(name, Box::new(move |shell| journey(shell, &program)));
    }
    let mut add_once = |name: &str, run: fn(&std::path::Path)| {
        let program = program.clone();
        trials.push(Trial::test(format!("launcher::{name}"), move || {
            run(&program);
            Ok::<(), Failed>(())
        }));
    };
    for (name, run) in matrix::ALL {
        add_once(name, *run);
    }
    add_once("every selector is owned or reviewed", names::every_selector_is_owned_or_reviewed);
    libtest_mimic::run(&arguments, trials).exit();
}
