//! `explain`: the whole story of a finding.

use clap_complete::engine::ArgValueCompleter;

use crate::diagnostic::{Diagnostic, Result};
use crate::exit::Exit;
use crate::lint::{self, LINTS, Lint};
use crate::{command, console};

/// What `--help` shows after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock explain CB007
  claude-bedrock explain          the list of all";

#[derive(clap::Args, Debug)]
pub struct Args {
    /// The code, such as CB005
    #[arg(add = ArgValueCompleter::new(command::complete::codes))]
    pub code: Option<String>,
    /// All stories, in Markdown
    #[arg(long, conflicts_with = "code")]
    pub all: bool,
}

/// Prints one story, all of them, or the list of all kinds.
pub fn run(arguments: &Args) -> Result<Exit> {
    if arguments.all {
        console::print(lint::markdown())?;
        return Ok(Exit::Done);
    }
    let Some(code) = &arguments.code else {
        let rows: Vec<Vec<String>> = LINTS
            .iter()
            .map(|lint| vec![lint.code.to_owned(), lint.title.to_owned()])
            .collect();
        console::print(console::table(&rows))?;
        return Ok(Exit::Done);
    };
    let Some(Lint { code, title, story }) = lint::by_code(code) else {
        let finding = Diagnostic::error(format!("there is no finding `{code}`"));
        return Err(finding
            .did_you_mean(code, LINTS.iter().map(|lint| lint.code))
            .help("see all of them: claude-bedrock explain")
            .into());
    };
    console::print(format!("{code}: {title}\n\n{story}\n"))?;
    Ok(Exit::Done)
}
