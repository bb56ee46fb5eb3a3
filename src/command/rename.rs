//! `rename`, `copy` and `remove`: profiles as a whole.

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
    command::report_change(&edit.path(), &edit.save()?, true)?;
    for (path, was_allowed) in projects {
        let mut project = Edit::project(&path)?;
        project.set_project_profile(&names.to);
        let difference = project.save()?;
        if was_allowed {
            set::allow(&project)?;
        }
        command::report_change(&path, &difference, true)?;
    }
    if paths::chosen_profile().as_deref() == Some(&names.from) {
        command::say(&format!(
            "  this shell has chosen `{}`; now: claude-bedrock use {}",
            names.from, names.to
        ));
    }
    Ok(0)
}

/// The allowed project files from here upward that name a profile. Others, such as a stranger's, are not
/// touched.
fn projects_naming(name: &str) -> Vec<(std::path::PathBuf, bool)> {
    let here = paths::working_directory().unwrap_or_default();
    here.ancestors()
        .map(|directory| directory.join(paths::PROJECT_FILE))
        .filter(|path| path.is_file())
        .filter_map(|path| {
            let project = Edit::project(&path).ok()?;
            let is_named = project.project_profile() == Some(name);
            is_named.then(|| set::is_allowed(&path)).map(|allowed| (path, allowed))
        })
        .filter(|(path, allowed)| {
            if !allowed {
                command::say(&format!(
                    "claude-bedrock: {} names `{name}` too; it is not allowed, and stays as it is",
                    paths::display(path)
                ));
            }
            *allowed
        })
        .collect()
}

/// Writes a profile once more.
pub fn copy(names: &TwoNames) -> Result<u8> {
    let mut edit = Edit::config()?;
    edit.copy(&names.from, &names.to)?;
    command::report_change(&edit.path(), &edit.save()?, true)?;
    Ok(0)
}

/// Takes a profile out.
pub fn remove(name: &OneName) -> Result<u8> {
    let mut edit = Edit::config()?;
    edit.remove(&name.name)?;
    command::report_change(&edit.path(), &edit.save()?, true)?;
    for (path, _) in projects_naming(&name.name) {
        command::say(&format!("  {} still names it", paths::display(&path)));
    }
    Ok(0)
}
