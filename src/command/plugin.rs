//! `plugin`: the files by which the plugin managers of a shell load the hook, and the plug-in of Claude Code.
//!
//! `shells/` in the repository holds them ready made; a test keeps the two equal.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use clap::builder::PossibleValue;
use clap::{ValueEnum, ValueHint};
use minijinja::context;

use crate::command::{self, hook};
use crate::console;
use crate::diagnostic::{Diagnostic, Result};
use crate::exit::Exit;
use crate::shell::{self, PluginFile, Shell};

/// Shown by `--help` after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock plugin zsh --out ~/.oh-my-zsh/custom/plugins/claude-bedrock    then: plugins=(... claude-bedrock)
  claude-bedrock plugin fish --out ~/.config/fish
  claude-bedrock plugin bash > ~/.bash_it/custom/claude-bedrock.bash
  claude-bedrock plugin claude-code --out ~/plugins          then: claude --plugin-dir ~/plugins/bedrock-profiles
  claude-bedrock plugin powershell --out ~/.local/share/powershell/Modules      then: Import-Module ClaudeBedrock

Other plugin managers: docs/shells.md. Without one, `claude-bedrock setup` adds a line to your rc file.";

#[derive(clap::Args, Debug)]
pub struct Args {
    /// The shell, or Claude Code
    pub shell: For,
    /// Write all files of the plugin below this directory, instead of printing the one that is loaded
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub out: Option<PathBuf>,
}

/// What a plugin is for.
#[derive(Clone, Copy, Debug)]
pub enum For {
    /// A shell's plugin manager.
    Shell(Shell),
    /// Claude Code.
    ClaudeCode,
}

impl ValueEnum for For {
    fn value_variants<'a>() -> &'a [Self] {
        static ALL: LazyLock<Vec<For>> = LazyLock::new(|| {
            let shells = shell::ALL.iter().copied().map(For::Shell);
            shells.chain([For::ClaudeCode]).collect()
        });
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Self::Shell(shell) => shell.to_possible_value(),
            Self::ClaudeCode => Some(PossibleValue::new("claude-code")),
        }
    }
}

/// The plug-in of Claude Code; the client refuses names that begin with `claude-` (2.1.332).
const CLAUDE_CODE: &[(&str, &str)] = &[
    (
        "bedrock-profiles/.claude-plugin/plugin.json",
        include_str!("../../templates/claude-code/plugin.json.jinja"),
    ),
    (
        "bedrock-profiles/hooks/hooks.json",
        include_str!("../../templates/claude-code/hooks.json"),
    ),
    (
        "bedrock-profiles/commands/status.md",
        include_str!("../../templates/claude-code/status.md"),
    ),
    (
        "bedrock-profiles/commands/doctor.md",
        include_str!("../../templates/claude-code/doctor.md"),
    ),
    (
        "bedrock-profiles/README.md",
        include_str!("../../templates/claude-code/README.md"),
    ),
    ("bedrock-profiles/LICENSE", include_str!("../../LICENSE")),
];

/// Writes the plug-in of Claude Code, or prints what describes it.
fn claude_code(out: Option<&Path>) -> Result<Exit> {
    for (index, (name, content)) in CLAUDE_CODE.iter().enumerate() {
        let text = content.replace("{{ version }}", env!("CARGO_PKG_VERSION"));
        match out {
            Some(directory) => command::write_file(directory, name, text.as_bytes())?,
            None if index == 0 => console::print_code(text)?,
            None => {}
        }
    }
    Ok(Exit::Done)
}

/// Prints the file that managers load, or writes all of them below a directory.
pub fn run(arguments: &Args) -> Result<Exit> {
    let shell = match arguments.shell {
        For::Shell(shell) => shell,
        For::ClaudeCode => return claude_code(arguments.out.as_deref()),
    };
    let Some(directory) = &arguments.out else {
        let (_, content) = shell.templates().plugin[0];
        console::print_code(render(shell, content)?)?;
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
