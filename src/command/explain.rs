//! `explain`: the whole story of a finding.

use crate::cli::Explain;
use crate::command;
use crate::diagnostic::{Diagnostic, Result};
use crate::profile::lint::{self, LINTS, Lint};

/// Prints one story, all of them, or the list of all kinds.
pub fn run(arguments: &Explain) -> Result<u8> {
    if arguments.all {
        command::print(lint::markdown())?;
        return Ok(0);
    }
    let Some(code) = &arguments.code else {
        let rows: Vec<Vec<String>> = LINTS
            .iter()
            .map(|lint| vec![lint.code.to_owned(), lint.title.to_owned()])
            .collect();
        command::print(command::table(&rows))?;
        return Ok(0);
    };
    let Some(Lint { code, title, story }) = lint::by_code(code) else {
        let finding = Diagnostic::error(format!("there is no finding `{code}`"));
        return Err(finding
            .did_you_mean(code, LINTS.iter().map(|lint| lint.code))
            .help("see all of them: claude-bedrock explain")
            .into());
    };
    command::print(format!("{code}: {title}\n\n{story}\n"))?;
    Ok(0)
}
