//! `plugin`: the files by which the plugin managers of a shell load the hook.
//!
//! `shells/` in the repository holds them ready made; a test keeps the two equal.

use std::path::PathBuf;

use clap::ValueHint;
use minijinja::context;

use crate::command::{self, hook};
use crate::console;
use crate::diagnostic::{Diagnostic, Result};
use crate::exit::Exit;
use crate::shell::{PluginFile, Shell};

/// What `--help` shows after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock plugin zsh --out ~/.oh-my-zsh/custom/plugins/claude-bedrock    then: plugins=(... claude-bedrock)
  claude-bedrock plugin fish --out ~/.config/fish
  claude-bedrock plugin bash > ~/.bash_it/custom/claude-bedrock.bash
  claude-bedrock plugin powershell --out ~/.local/share/powershell/Modules      then: Import-Module ClaudeBedrock

Other plugin managers: docs/shells.md. Without one, `claude-bedrock setup` adds a line to your rc file.";

#[derive(clap::Args, Debug)]
pub struct Args {
    /// The shell
    pub shell: Shell,
    /// Write all files of the plugin below this directory, instead of printing the one that is loaded
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub out: Option<PathBuf>,
}

/// Prints the file that managers load, or writes all of them below a directory.
pub fn run(arguments: &Args) -> Result<Exit> {
    let shell = arguments.shell;
    let Some(directory) = &arguments.out else {
        let (_, content) = shell.templates().plugin[0];
        console::print(render(shell, content)?)?;
        return Ok(Exit::Done);
    };
    for (name, content) in shell.templates().plugin {
        command::write_file(directory, name, render(shell, *content)?.as_bytes())?;
    }
    Ok(Exit::Done)
}

fn render(shell: Shell, content: PluginFile) -> Result<String> {
    let template = match content {
        PluginFile::Completion => return hook::render(shell, hook::Part::Completion, &hook::Options::default()),
        PluginFile::Template(template) => template,
    };
    let about = env!("CARGO_PKG_DESCRIPTION");
    hook::templates(shell)
        .render_str(template, context! { version => env!("CARGO_PKG_VERSION"), about })
        .map_err(|error| Diagnostic::error(format!("a {} template cannot be rendered: {error}", shell.name())).into())
}
