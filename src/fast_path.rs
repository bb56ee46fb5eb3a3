//! The starts that hooks and Claude Code pay for many times a day, recognised before the command line's tree is
//! built, which would cost more than their work.

use crate::command;
use crate::diagnostic::Result;
use crate::exit::Exit;

/// Does the work if the command line is one of these starts: `export SHELL`, `expired`, Claude Code, a
/// completion, `status --format`, `exec`, or `credentials` that are kept. `tree` builds the command line's tree, which
/// most completions need.
pub fn run(tree: fn() -> clap::Command) -> Option<Result<Exit>> {
    if let Some(arguments) = command::export::Arguments::from_process() {
        return Some(command::export::run(&arguments));
    }
    if command::statusline::is_asked() {
        return Some(command::statusline::run());
    }
    if command::expired::is_asked() {
        return Some(command::expired::run());
    }
    if let Some(start) = command::claude::Start::from_process() {
        return Some(command::claude::run(&start));
    }
    if let Some(arguments) = command::complete::asked() {
        return Some(Ok(command::complete::run(&arguments, tree)));
    }
    if let Some(arguments) = command::status::Args::formatted() {
        return Some(command::status::run(&arguments));
    }
    if let Some(arguments) = command::exec::Args::from_process() {
        return Some(exec(&arguments));
    }
    command::credentials::run_kept(&command::credentials::Arguments::from_process()?)
}

/// Starts a command under a profile: Claude Code by its launcher, any other as it is.
pub fn exec(arguments: &command::exec::Args) -> Result<Exit> {
    match command::claude::Start::of_exec(arguments) {
        Some(start) => command::claude::run_under(arguments.profile.as_deref(), &start),
        None => command::exec::run(arguments),
    }
}
