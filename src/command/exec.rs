//! `exec`: one command under a profile, the shell untouched.

use std::process::Command;

use crate::cli::Exec;
use crate::command::export;
use crate::diagnostic::{Diagnostic, Result};
use crate::paths;
use crate::session::Session;
use crate::session::load;
use crate::session::state::Choice;

/// The exit statuses that shells give a command that cannot be run, or is not found.
const CANNOT_RUN: u8 = 126;
const NOT_FOUND: u8 = 127;

/// Becomes the command. On Unix nothing stays between it and the caller.
pub fn run(arguments: &Exec) -> Result<u8> {
    let choice = match &arguments.profile {
        Some(name) => Choice::Profile(name.clone()),
        None => Choice::of(paths::chosen_profile().as_deref()),
    };
    let session = Session::inherited();
    let load = load::load(session.directory.as_deref(), &choice);
    let Some(active) = load.active else {
        return Err(load
            .findings
            .into_iter()
            .next()
            .unwrap_or_else(export::nothing_active)
            .into());
    };
    let environment = session.environment_of(&active)?;
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
