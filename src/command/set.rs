//! `set`: values of a profile or of a project file, one by one.

use std::path::Path;

use crate::cli::SetValues;
use crate::command::{self, lint::Before};
use crate::diagnostic::{Diagnostic, Result};
use crate::profile::edit::{self, Edit, Entry};
use crate::profile::schema::Scope;
use crate::profile::source;
use crate::session::watch::Watch;
use crate::trust::{self, Trust};

/// Sets and unsets.
pub fn run(arguments: &SetValues) -> Result<u8> {
    let scope = if arguments.project {
        Scope::Project
    } else {
        Scope::Profile
    };
    let (name, pairs) = match arguments.words.split_first() {
        _ if arguments.project => (None, arguments.words.as_slice()),
        Some((name, pairs)) => (Some(name.as_str()), pairs),
        None => {
            return Err(Diagnostic::error("which profile?")
                .help("claude-bedrock set PROFILE KEY VALUE")
                .help("in the nearest project file: claude-bedrock set --project KEY VALUE")
                .into());
        }
    };
    if pairs.is_empty() && arguments.unset.is_empty() {
        return Err(Diagnostic::error("what is to be set? Give a key and its value")
            .help("claude-bedrock set PROFILE KEY VALUE, or: claude-bedrock set PROFILE --unset KEY")
            .into());
    }
    let entries = entries(pairs, scope)?;
    let mut edit = if arguments.project {
        Edit::project(&own_project()?)?
    } else {
        Edit::config()?
    };
    for path in &arguments.unset {
        edit.unset(name, path)?;
    }
    edit.set(name, &entries)?;
    let before = Before::of(&edit.path());
    command::write_change(&edit, arguments.dry_run)?;
    before.report();
    if arguments.project && !is_allowed(&edit.path()) {
        command::say("  it is not allowed yet: claude-bedrock allow");
    }
    Ok(0)
}

/// Keys and values in turn.
fn entries(pairs: &[String], scope: Scope) -> Result<Vec<Entry>> {
    pairs
        .chunks(2)
        .map(|pair| match pair {
            [key, value] => Ok((edit::split(key), edit::typed(key, value, scope)?)),
            _ => Err(
                Diagnostic::error(format!("`{}` has no value; nothing was changed", pair[0]))
                    .help(format!("to take it out: --unset {}", pair[0]))
                    .into(),
            ),
        })
        .collect()
}

/// The nearest project file, unless it is somebody else's.
pub fn own_project() -> Result<std::path::PathBuf> {
    let path = command::nearest_project()?;
    if let Some(read) = source::read(&path, &mut Watch::default())? {
        trust::refuse_foreign(&read.source, read.ownership)?;
    }
    Ok(path)
}

/// Whether a project file may take effect as it stands.
pub fn is_allowed(path: &Path) -> bool {
    let Ok(Some(read)) = source::read(path, &mut Watch::default()) else {
        return false;
    };
    Trust::new()
        .verdict(&read.source, &[], &mut Watch::default())
        .is_allowed()
}
