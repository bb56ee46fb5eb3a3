//! `schema`: the JSON Schemas of both files, and the reference of every key.
//!
//! An editor finds a schema by the first line of a file, `#:schema ./NAME`. The schema lies next to the file, so that
//! the line works without a network, in a colleague's checkout, and in a dotfiles directory.

use std::path::Path;

use crate::diagnostic::{Diagnostic, Result};
use crate::exit::Exit;
use crate::schema::{Kind, reference};
use crate::system::files;
use crate::system::paths;
use crate::{command, console};

/// Shown by `--help` after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock schema --write              next to your config.toml
  claude-bedrock schema --write --project    next to the nearest .claude-bedrock.toml
  claude-bedrock schema > elsewhere.json

Taplo and editors that use it (Even Better TOML) find it by the file's first line, which `init --schema` writes too:
  #:schema ./config.schema.json";

#[derive(clap::Args, Debug)]
pub struct Args {
    /// The schema of `.claude-bedrock.toml`
    #[arg(long)]
    pub project: bool,
    /// Write it next to the file, where editors find it, instead of printing it
    #[arg(long)]
    pub write: bool,
    /// Print the reference of every key, in Markdown, instead
    #[arg(long, conflicts_with_all = ["project", "write"])]
    pub reference: bool,
}

/// Prints one of them, or writes a schema to where an editor finds it.
pub fn run(arguments: &Args) -> Result<Exit> {
    let kind = if arguments.project { Kind::Project } else { Kind::Config };
    if arguments.write {
        write(kind)?;
    } else if arguments.reference {
        console::print_code(reference::markdown())?;
    } else {
        console::print_code(kind.text())?;
    }
    Ok(Exit::Done)
}

/// Writes a schema next to its file, and reports which line the file lacks.
fn write(kind: Kind) -> Result<()> {
    let file = match kind {
        Kind::Config => {
            paths::user_config().ok_or_else(|| Diagnostic::error("no home directory is known").help("set HOME"))?
        }
        Kind::Project => command::nearest_project()?,
    };
    let directory = file.parent().unwrap_or(Path::new("/"));
    if kind == Kind::Config {
        crate::system::private::directory(directory)
            .map_err(|error| Diagnostic::error(format!("{} cannot be made: {error}", paths::display(directory))))?;
    }
    let path = kind.write_into(directory)?;
    console::say(&format!("claude-bedrock: wrote {}", paths::display(&path)));
    let line = kind.line();
    let text = files::read_text(&file, files::OWN).unwrap_or_default();
    if !text.lines().any(|known| known == line.trim_end()) {
        console::say(&format!(
            "  editors use it if {} begins with this line: {}",
            paths::display(&file),
            line.trim_end()
        ));
    }
    Ok(())
}
