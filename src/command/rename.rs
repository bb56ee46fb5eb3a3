//! `rename`, `copy` and `remove`: profiles as a whole.

use std::path::PathBuf;

use clap_complete::engine::ArgValueCompleter;

use crate::command::{self, set};
use crate::console;
use crate::diagnostic::Result;
use crate::edit::Edit;
use crate::exit::Exit;
use crate::system::paths;

/// Shown by `--help` after the options.
pub const COPY_EXAMPLES: &str = "\
Example:
  claude-bedrock copy work work-eu";

/// Shown by `--help` after the options.
pub const REMOVE_EXAMPLES: &str = "\
Examples:
  claude-bedrock remove old
  claude-bedrock remove old --dry-run    only shows what would change

The last version stays in config.toml.backup. Secrets in the keyring stay: claude-bedrock secret remove NAME";

/// Shown by `--help` after the options.
pub const RENAME_EXAMPLES: &str = "\
Examples:
  claude-bedrock rename work acme
  claude-bedrock rename work acme --dry-run    only shows what would change

A project file that was allowed stays allowed. Project files in other directories are not searched.";

#[derive(clap::Args, Debug)]
pub struct OneName {
    /// The profile
    #[arg(value_name = "PROFILE", add = ArgValueCompleter::new(command::complete::profiles))]
    pub name: String,
    /// Change nothing, only show what would change
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(clap::Args, Debug)]
pub struct TwoNames {
    /// The profile
    #[arg(value_name = "PROFILE", add = ArgValueCompleter::new(command::complete::profiles))]
    pub from: String,
    /// The new name
    #[arg(value_name = "NEW")]
    pub to: String,
    /// Change nothing, only show what would change
    #[arg(long)]
    pub dry_run: bool,
}

/// Gives a profile another name, also in the project files from here upward.
pub fn run(names: &TwoNames) -> Result<Exit> {
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
        console::say(&format!(
            "  this shell has chosen `{}`; now: claude-bedrock use {}",
            names.from, names.to
        ));
    }
    Ok(Exit::Done)
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
                console::say(&format!(
                    "claude-bedrock: {} names `{name}` too; it is not allowed, and stays unchanged",
                    paths::display(path)
                ));
            }
            is_allowed
        })
        .collect()
}

/// Writes a copy of a profile.
pub fn copy(names: &TwoNames) -> Result<Exit> {
    let mut edit = Edit::config()?;
    edit.copy(&names.from, &names.to)?;
    command::write_change(&edit, names.dry_run)?;
    Ok(Exit::Done)
}

/// Removes a profile.
pub fn remove(name: &OneName) -> Result<Exit> {
    let mut edit = Edit::config()?;
    edit.remove(&name.name)?;
    command::write_change(&edit, name.dry_run)?;
    for path in projects_naming(&name.name) {
        console::say(&format!("  {} still names it", paths::display(&path)));
    }
    Ok(Exit::Done)
}
