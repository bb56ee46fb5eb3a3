//! `completions`: a shell's completion script.

use crate::command::hook;
use crate::console;
use crate::diagnostic::Result;
use crate::exit::Exit;
use crate::shell::Shell;

/// Shown by `--help` after the options.
pub const EXAMPLES: &str = "\
The hook brings completion with it; this is for shells without the hook.

Examples:
  claude-bedrock completions bash > ~/.local/share/bash-completion/completions/claude-bedrock
  claude-bedrock completions zsh > ~/.zfunc/_claude-bedrock
  claude-bedrock completions fish > ~/.config/fish/completions/claude-bedrock.fish";

#[derive(clap::Args, Debug)]
pub struct Args {
    /// The shell
    pub shell: Shell,
}

/// Prints the script.
pub fn run(shell: Shell) -> Result<Exit> {
    console::print_code(hook::render(shell, hook::Part::Completion, &hook::Options::default())?)?;
    Ok(Exit::Done)
}
