//! `man`: the manual pages, made from the same text as `--help`.

use clap_mangen::Man;

use crate::cli::{self, Manual};
use crate::command;
use crate::diagnostic::{Diagnostic, Result};

/// Prints one page, or writes all of them.
pub fn run(arguments: &Manual) -> Result<u8> {
    let mut tree = cli::command();
    tree.build();
    if let Some(directory) = &arguments.out {
        for page in pages(&tree) {
            command::write_file(directory, &page.get_filename(), &rendered(&page)?)?;
        }
        return Ok(0);
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
    command::print_values(rendered(&page(wanted))?)?;
    Ok(0)
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
