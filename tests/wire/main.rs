//! What the hook exports is what arrives: the real Claude Code, started from inside each real shell after the
//! hook has loaded a profile, against a server that plays Bedrock and the rest of AWS.
//!
//! `scripts/test` installs the newest Claude Code below `target/`. The version is printed.

#[allow(dead_code, reason = "each test file uses a part")]
#[path = "../support/mod.rs"]
mod support;

mod answer;
mod apart;
mod calls;
mod client;
mod journeys;
mod matrix;
mod names;
mod plugin;
mod residency;
mod server;
mod signature;
mod sources;
mod stranger;
mod table;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::Trial;
use support::{harness, need, shell};

fn main() -> ExitCode {
    if let Some(program) = need::find("Claude Code") {
        println!("Claude Code {}", client::version(&program));
    }
    if !client::leave_the_network() {
        println!("this system gives no network of its own; only the proxy keeps requests on the machine");
    }
    let mut rows = Vec::new();
    for case in table::cases() {
        let name = case.name.clone();
        add(&mut rows, &name, move |shell, program| case.run(shell, program));
    }
    for (name, journey) in journeys::ALL {
        add(&mut rows, name, journey);
    }
    for journey in matrix::ALL {
        rows.push(harness::row(format!("launcher::{}", journey.name), move || {
            journey.run(&need::need("Claude Code"));
        }));
    }
    rows.push(harness::row(
        "docs/proof.md shows the matrix".to_owned(),
        matrix::is_printed,
    ));
    let mut add_once = |name: &str, run: fn(&Path)| {
        rows.push(harness::row(format!("launcher::{name}"), move || {
            run(&need::need("Claude Code"));
        }));
    };
    add_once(
        "every selector is owned or reviewed",
        names::every_selector_is_owned_or_reviewed,
    );
    add_once(
        "isolated credentials stay out of what a session starts",
        apart::isolated,
    );
    add_once("no request leaves a geography that the profile names", residency::stays);
    add_once(
        "the plug-in is taken, and a session starts with its line",
        plugin::plugin,
    );
    add_once("the Bash tool goes to another directory", apart::cd);
    add_once(
        "no trick of a stranger's clone reaches a session",
        stranger::a_real_session_in_a_strangers_clone_asks_your_account_or_is_not_started,
    );
    for (number, source) in sources::SOURCES.iter().enumerate() {
        let name = format!("import::{}", source.name);
        rows.push(harness::row(name, move || {
            sources::SOURCES[number].means_the_same_as_its_profile(&need::need("Claude Code"));
        }));
    }
    harness::main(rows)
}

/// Adds a test for each shell.
fn add(rows: &mut Vec<Trial>, name: &str, run: impl Fn(support::Shell, &Path) + Send + Sync + 'static) {
    let run = Arc::new(run);
    for shell in shell::ALL {
        let run = Arc::clone(&run);
        rows.push(harness::row(format!("{}::{name}", shell.name()), move || {
            shell.need();
            run(*shell, &need::need("Claude Code"));
        }));
    }
}
