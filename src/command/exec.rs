//! `exec`: one command under a profile, the shell untouched.

use std::ffi::OsStr;
use std::process::Command;

use crate::cli::Exec;
use crate::command::export::names;
use crate::diagnostic::{Diagnostic, Result};
use crate::paths;
use crate::session::difference::Snapshot;
use crate::session::state::Choice;
use crate::session::{Session, load};

/// The exit statuses that shells give a command that cannot be run, or is not found.
const CANNOT_RUN: u8 = 126;
const NOT_FOUND: u8 = 127;

/// Becomes the command. On Unix nothing stays between it and the caller.
pub fn run(arguments: &Exec) -> Result<u8> {
    let environment = if arguments.wrapped {
        wrapped(&names(arguments.keep.as_deref().unwrap_or_default()))?
    } else {
        let (session, active) = super::active_of(arguments.profile.as_deref())?;
        session.environment_of(&active)?
    };
    let [program, rest @ ..] = arguments.command.as_slice() else {
        return Err(Diagnostic::error("which command?").into());
    };
    let mut command = Command::new(program);
    command.args(rest).env_clear().envs(&environment);
    let error = become_command(&mut command)?;
    let status = if error.kind() == std::io::ErrorKind::NotFound {
        NOT_FOUND
    } else {
        CANNOT_RUN
    };
    super::say(
        &Diagnostic::error(format!("{} cannot be run: {error}", program.to_string_lossy()))
            .render(crate::cli::colored()),
    );
    Ok(status)
}

/// What a command gets that the hook wraps, where the hook cannot change the shell: what it would get in a shell
/// that is up to date. Variables that were given for the command alone stay as they are.
fn wrapped(kept: &[String]) -> Result<Snapshot> {
    let session = Session::inherited();
    let choice = Choice::of(paths::chosen_profile().as_deref());
    let load = load::load(session.directory.as_deref(), &choice);
    for finding in &load.findings {
        super::complain(finding);
    }
    let mut environment = match &load.active {
        Some(active) => session.environment_of(active)?,
        None => session.restored(),
    };
    for name in kept {
        if let Some((name, value)) = session.snapshot.get_key_value(OsStr::new(name)) {
            environment.insert(name.clone(), value.clone());
        }
    }
    Ok(environment)
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "the same shape as on other systems")]
fn become_command(command: &mut Command) -> Result<std::io::Error> {
    use std::os::unix::process::CommandExt;
    Ok(command.exec())
}

#[cfg(not(unix))]
fn become_command(command: &mut Command) -> Result<std::io::Error> {
    match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => Ok(error),
    }
}
