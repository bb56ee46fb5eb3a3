//! direnv for Claude Code on Amazon Bedrock: entering a directory exports its profile, leaving restores.
//!
//! One entry and one exit. `export`, which hooks run at every change of directory, and `credentials` are
//! recognised before the command line's whole tree is built, which would cost more than the work itself.

mod aws;
mod catalog;
mod claude;
mod cli;
mod command;
mod diagnostic;
mod doctor;
mod environment;
mod import;
mod paths;
mod policy;
mod profile;
mod rewrite;
mod secret;
mod session;
mod setup;
mod shell;
mod trust;

use std::process::ExitCode;

/// Wrong usage or configuration.
const MISUSE: u8 = 2;

fn main() -> ExitCode {
    // A reader that has gone (`hook | head -1`) ends the program quietly, as it ends other filters,
    // instead of failing a write. Rust ignores the signal by default.
    #[cfg(unix)]
    restore_sigpipe();
    let outcome = match command::export::Arguments::from_process() {
        Some(arguments) => command::export::run(&arguments),
        None if command::expired::is_asked() => command::expired::run(),
        None => command::credentials::Arguments::from_process()
            .and_then(|arguments| command::credentials::run_kept(&arguments))
            .unwrap_or_else(cli::run),
    };
    match outcome {
        Ok(status) => ExitCode::from(status),
        Err(finding) => {
            if paths::verbosity() > paths::Verbosity::Off {
                let text = finding.render(cli::colored());
                // Nobody to tell if stderr is closed.
                let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{text}\n").as_bytes());
            }
            ExitCode::from(MISUSE)
        }
    }
}

#[cfg(unix)]
fn restore_sigpipe() {
    // SAFETY: runs first in `main`, on the only thread, and installs the default action, not a handler.
    unsafe {
        libc::signal(libc::SIGPIPE, libc::SIG_DFL);
    }
}
