//! `schema`: the JSON Schemas of both files, and the reference of every key.

use crate::cli::Schema;
use crate::command;
use crate::diagnostic::Result;
use crate::profile::reference;

/// Prints one of them.
pub fn run(arguments: &Schema) -> Result<u8> {
    command::print(match (arguments.reference, arguments.project) {
        (true, _) => reference::markdown(),
        (false, true) => format!("{:#}\n", reference::project_schema()),
        (false, false) => format!("{:#}\n", reference::config_schema()),
    })?;
    Ok(0)
}
