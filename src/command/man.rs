//! `man`: the manual pages, made from the same text as `--help`.

use std::path::PathBuf;

use clap::ValueHint;
use clap_complete::engine::ArgValueCompleter;
use clap_mangen::Man;

use crate::diagnostic::{Diagnostic, Result};
use crate::exit::Exit;
use crate::{command, console};

/// Shown by `--help` after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock man | man -l -            the overview
  claude-bedrock man secret set | man -l -
  claude-bedrock man --out ~/.local/share/man/man1

`scripts/install` puts them where `man` finds them.";

#[derive(clap::Args, Debug)]
pub struct Args {
    /// The command whose page to print [default: the overview]
    #[arg(value_name = "COMMAND", add = ArgValueCompleter::new(command::complete::commands))]
    pub command: Vec<String>,
    /// Write all pages into this directory
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with = "command")]
    pub out: Option<PathBuf>,
}

/// Prints one page, or writes all of them.
pub fn run(arguments: &Args, tree: clap::Command) -> Result<Exit> {
    // The foot of a page has room for the version alone.
    let mut tree = tree.version(env!("CARGO_PKG_VERSION"));
    tree.build();
    if let Some(directory) = &arguments.out {
        for page in pages(&tree) {
            command::write_file(directory, &page.get_filename(), &rendered(&page)?)?;
        }
        return Ok(Exit::Done);
    }
    let mut wanted = &tree;
    for name in &arguments.command {
        wanted = wanted
            .get_subcommands()
            .find(|command| command.get_name() == name && !command.is_hide_set())
            .ok_or_else(|| {
                let whole = arguments.command.join(" ");
                Diagnostic::error(format!("there is no command `{whole}`")).help("see all: claude-bedrock --help")
            })?;
    }
    console::print_code(rendered(&page(wanted))?)?;
    Ok(Exit::Done)
}

/// The pages of `tree` and of every command below it.
fn pages(tree: &clap::Command) -> Vec<Man> {
    let mut pages = vec![page(tree)];
    for command in tree.get_subcommands().filter(|command| !command.is_hide_set()) {
        pages.extend(self::pages(command));
    }
    pages
}

fn page(command: &clap::Command) -> Man {
    Man::new(command.clone()).manual("claude-bedrock")
}

fn rendered(page: &Man) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    page.render(&mut text)
        .map_err(|error| Diagnostic::error(format!("the page cannot be rendered: {error}")))?;
    Ok(text)
}
