//! `exec`: one command under a profile, the shell untouched.

use std::ffi::{OsStr, OsString};
use std::io::IsTerminal as _;
use std::process::Command;

use clap::ValueHint;
use clap_complete::engine::ArgValueCompleter;

use crate::command::export::names;
use crate::diagnostic::{Diagnostic, Result};
use crate::exit::Exit;
use crate::profile::choice::Choice;
use crate::session::Session;
use crate::system::paths;
use crate::system::variables::Snapshot;
use crate::{command, console, context, load};

/// Shown by `--help` after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock exec -- claude -p 'what is new?'    the profile of this directory
  claude-bedrock exec -p work -- claude
  claude-bedrock exec -p work                        a shell under it, until you leave it

Exit status: the command's own; 126 if it cannot be run, 127 if it is not found.";

#[derive(clap::Args, Debug)]
pub struct Args {
    /// The profile [default: this directory's]
    #[arg(long, short, add = ArgValueCompleter::new(command::complete::profiles))]
    pub profile: Option<String>,
    /// Also if no profile is active, as the hook's command functions need
    #[arg(long, hide = true)]
    pub wrapped: bool,
    /// Variables that were given for this command
    #[arg(long, hide = true)]
    pub keep: Option<String>,
    /// The command and its arguments [default: your shell]
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "COMMAND", value_hint = ValueHint::CommandWithArguments)]
    pub command: Vec<OsString>,
}

impl Args {
    /// The names of the variables that were given for this command.
    pub fn kept(&self) -> Vec<String> {
        names(self.keep.as_deref().unwrap_or_default())
    }

    /// The arguments of this process, if they are written as the hook and the documentation write them: options, `--`,
    /// and the command. What the command line's tree would read otherwise is left to it.
    pub fn from_process() -> Option<Self> {
        let mut words = std::env::args_os().skip(1);
        if words.next()? != "exec" {
            return None;
        }
        let mut arguments = Self {
            profile: None,
            wrapped: false,
            keep: None,
            command: Vec::new(),
        };
        loop {
            let word = words.next()?;
            match word.to_str()? {
                "--" => break,
                "--wrapped" if !arguments.wrapped => arguments.wrapped = true,
                "-p" | "--profile" if arguments.profile.is_none() => {
                    let name = words.next()?.into_string().ok()?;
                    arguments.profile = Some(name).filter(|name| !name.is_empty() && !name.starts_with('-'));
                    arguments.profile.as_ref()?;
                }
                option if arguments.keep.is_none() => arguments.keep = Some(option.strip_prefix("--keep=")?.to_owned()),
                _ => return None,
            }
        }
        arguments.command = words.collect();
        (!arguments.command.is_empty()).then_some(arguments)
    }
}

/// The shell for users who have none (POSIX; on Windows the command processor is found by this name, too).
const SHELL: &str = if cfg!(windows) { "cmd" } else { "/bin/sh" };

/// The exit statuses that shells give a command that cannot be run, or is not found.
const CANNOT_RUN: u8 = 126;
const NOT_FOUND: u8 = 127;

/// Becomes the command. On Unix nothing stays between it and the caller.
pub fn run(arguments: &Args) -> Result<Exit> {
    let shell = [paths::login_shell().map_or_else(|| SHELL.into(), OsString::from)];
    let (program, rest) = match arguments.command.as_slice() {
        [program, rest @ ..] => (program, rest),
        [] if arguments.profile.is_none() && !std::io::stdin().is_terminal() => {
            return Err(Diagnostic::error("which command? There is no terminal for a shell")
                .help("claude-bedrock exec -- COMMAND")
                .into());
        }
        [] => (&shell[0], [].as_slice()),
    };
    let kept = arguments.kept();
    let environment = if arguments.wrapped {
        wrapped(&kept)?
    } else {
        let name = command::names::meant_at_a_terminal(arguments.profile.as_deref())?;
        let (session, active) = context::active_of(name.as_deref())?;
        let mut environment = context::environment_to_pass_on(&session, &active)?;
        if arguments.profile.is_some() {
            // A shell started this way keeps the profile, as after `use`.
            environment.insert(paths::PROFILE_VARIABLE.into(), active.profile.name.clone().into());
        }
        environment
    };
    become_program(program, rest, &environment)
}

/// Becomes a program with exactly these variables. Returns if that fails, with the status that shells give.
pub fn become_program(program: &OsStr, arguments: &[OsString], environment: &Snapshot) -> Result<Exit> {
    let mut command = Command::new(program);
    command.args(arguments).env_clear().envs(environment);
    let error = become_command(&mut command)?;
    let status = if error.kind() == std::io::ErrorKind::NotFound {
        NOT_FOUND
    } else {
        CANNOT_RUN
    };
    console::report(&Diagnostic::error(format!(
        "{} cannot be run: {error}",
        program.to_string_lossy()
    )));
    Ok(Exit::Child(status))
}

/// What a command gets that the hook wraps, where the hook cannot change the shell: what it would get in a shell
/// that is up to date. Variables that were given for the command alone stay as they are.
fn wrapped(kept: &[String]) -> Result<Snapshot> {
    let session = Session::inherited();
    let choice = Choice::of(paths::chosen_profile().as_deref());
    let load = load::load_in(&session, &choice);
    for finding in &load.findings {
        console::report(finding);
    }
    let mut environment = match &load.active {
        Some(active) => context::environment_of(&session, active)?,
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
