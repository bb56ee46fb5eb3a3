//! `completions`: a shell's completion script.

use crate::command::{self, hook};
use crate::diagnostic::Result;
use crate::shell::Shell;

/// Prints the script.
pub fn run(shell: Shell) -> Result<u8> {
    command::print(hook::render(shell, hook::Part::Completion, &hook::Options::default())?)?;
    Ok(0)
}
