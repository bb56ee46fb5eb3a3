//! `exec`: one command under a profile, the shell untouched.

use std::process::Command;

use crate::cli::Exec;
use crate::diagnostic::{Diagnostic, Result};
use crate::paths;

/// The exit statuses that shells give a command that cannot be run, or is not found.
const CANNOT_RUN: u8 = 126;
const NOT_FOUND: u8 = 127;

/// Becomes the command. On Unix nothing stays between it and the caller.
pub fn run(arguments: &Exec) -> Result<u8> {
    let (session, active) = super::active_of(arguments.profile.as_deref())?;
    let mut environment = session.environment_to_pass_on(&active)?;
    if arguments.profile.is_some() {
        // A shell that is started so keeps the profile, as by `use`.
        environment.insert(paths::PROFILE_VARIABLE.into(), active.profile.name.clone().into());
    }
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
