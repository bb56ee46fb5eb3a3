//! `rename`, `copy` and `remove`: profiles as a whole.

use std::path::PathBuf;

use crate::cli::{OneName, TwoNames};
use crate::command::{self, set};
use crate::diagnostic::Result;
use crate::paths;
use crate::profile::edit::Edit;

/// Gives a profile another name, also in the project files from here upward.
pub fn run(names: &TwoNames) -> Result<u8> {
    let mut edit = Edit::config()?;
    edit.rename(&names.from, &names.to)?;
    let projects = projects_naming(&names.from);
    command::write_change(&edit, names.dry_run)?;
    for path in projects {
        let mut project = Edit::project(&path)?;
        project.set_project_profile(&names.to);
        command::write_change(&project, names.dry_run)?;
    }
    if !names.dry_run && paths::chosen_profile().as_deref() == Some(&names.from) {
        command::say(&format!(
            "  this shell has chosen `{}`; now: claude-bedrock use {}",
            names.from, names.to
        ));
    }
    Ok(0)
}

/// The allowed project files from here upward that name a profile. Others, such as a stranger's, are not
/// touched.
fn projects_naming(name: &str) -> Vec<PathBuf> {
    let here = paths::working_directory().unwrap_or_default();
    here.ancestors()
        .map(|directory| directory.join(paths::PROJECT_FILE))
        .filter(|path| path.is_file())
        .filter(|path| Edit::project(path).is_ok_and(|project| project.project_profile() == Some(name)))
        .filter(|path| {
            let is_allowed = set::is_allowed(path);
            if !is_allowed {
                command::say(&format!(
                    "claude-bedrock: {} names `{name}` too; it is not allowed, and stays as it is",
                    paths::display(path)
                ));
            }
            is_allowed
        })
        .collect()
}

/// Writes a profile once more.
pub fn copy(names: &TwoNames) -> Result<u8> {
    let mut edit = Edit::config()?;
    edit.copy(&names.from, &names.to)?;
    command::write_change(&edit, names.dry_run)?;
    Ok(0)
}

/// Takes a profile out.
pub fn remove(name: &OneName) -> Result<u8> {
    let mut edit = Edit::config()?;
    edit.remove(&name.name)?;
    command::write_change(&edit, name.dry_run)?;
    for path in projects_naming(&name.name) {
        command::say(&format!("  {} still names it", paths::display(&path)));
    }
    Ok(0)
}
