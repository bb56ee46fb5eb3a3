//! One file per command: read what it needs, call, print.

pub mod add;
pub mod allow;
pub mod aws_console;
pub mod aws_profiles;
pub mod choose;
pub mod claude;
pub mod complete;
pub mod completions;
pub mod create_profile;
pub mod credentials;
pub mod cwd_changed;
pub mod doctor;
pub mod edit;
mod env_lines;
pub mod exec;
pub mod expired;
pub mod explain;
pub mod export;
mod github;
pub mod help;
pub mod hook;
pub mod import;
pub mod import_sso;
pub mod init;
pub mod lint;
pub mod list;
pub mod login;
pub mod man;
pub mod models;
pub mod names;
pub mod offers;
pub mod overview;
pub mod plausible;
pub mod plugin;
pub mod policy;
pub mod rename;
pub mod schema;
pub mod secret;
pub mod segment;
pub mod set;
pub mod settings;
pub mod setup;
pub mod show;
pub mod status;
pub mod statusline;
pub mod undo;
pub mod whoami;

use std::fs;
use std::path::{Path, PathBuf};

use clap_complete::engine::ArgValueCompleter;

use crate::aws::Trouble;
use crate::diagnostic::{Diagnostic, Result, Source};
use crate::edit::Edit;
use crate::exit::Exit;
use crate::system::paths;
use crate::trust::Trust;
use crate::{command, console};

#[derive(clap::Args, Debug)]
pub struct Report {
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(clap::Args, Debug, Default)]
pub struct ProfileName {
    /// The profile [default: the one that is active here]
    #[arg(value_name = "PROFILE", add = ArgValueCompleter::new(command::complete::profiles))]
    pub profile: Option<String>,
}

/// Ends a command with an AWS error: as a wrong configuration, or as a problem found.
fn troubled(trouble: Trouble) -> Result<Exit> {
    if trouble.is_misuse() {
        return Err(trouble.into());
    }
    console::report(&Box::<Diagnostic>::from(trouble));
    Ok(Exit::Found)
}

/// Appends the entries of one JSON object to another.
fn extend(object: &mut serde_json::Value, more: serde_json::Value) {
    if let (Some(object), serde_json::Value::Object(more)) = (object.as_object_mut(), more) {
        object.extend(more);
    }
}

/// Writes a generated file into `directory`, which is created if needed.
fn write_file(directory: &Path, name: &str, content: &[u8]) -> Result<()> {
    let path = directory.join(name);
    let parent = path.parent().unwrap_or(directory);
    crate::system::private::refuse_anothers(&path)
        .and_then(|()| fs::create_dir_all(parent))
        .and_then(|()| crate::system::files::write_public(&path, content))
        .map_err(|error| Diagnostic::error(format!("{} cannot be written: {error}", paths::display(&path))).into())
}

/// Writes a change, or with `dry_run` only shows what it would be. A project file that was allowed stays so.
fn write_change(edit: &Edit, dry_run: bool) -> Result<()> {
    if dry_run {
        return show_change(edit);
    }
    let was_allowed = edit.is_project() && set::is_allowed(&edit.path());
    let backup = edit.backup_path();
    let difference = edit.save()?;
    if was_allowed {
        Trust::new().allow(&std::rc::Rc::new(Source::new(edit.path(), edit.after())))?;
    }
    report_change(&edit.path(), &difference, backup)
}

/// Shows which lines of a file would change.
fn show_change(edit: &Edit) -> Result<()> {
    edit.check()?;
    let difference = edit.difference();
    let path = paths::display(&edit.path());
    console::print(&difference)?;
    console::say(&if difference.is_empty() {
        format!("claude-bedrock: {path} already says so")
    } else {
        format!("claude-bedrock: would write {path}; nothing was changed (--dry-run)")
    });
    Ok(())
}

/// Says which lines of a file have changed, and where its last version is kept.
fn report_change(path: &Path, difference: &str, backup: Option<PathBuf>) -> Result<()> {
    let path = paths::display(path);
    if difference.is_empty() {
        console::say(&format!("claude-bedrock: {path} already says so"));
        return Ok(());
    }
    console::print(difference)?;
    let backup = backup
        .map(|backup| format!("; the last version is {}", paths::display(&backup)))
        .unwrap_or_default();
    console::say(&format!("claude-bedrock: wrote {path}{backup}"));
    Ok(())
}

/// The nearest project file upward.
fn nearest_project() -> Result<PathBuf> {
    let here = paths::working_directory()
        .ok_or_else(|| Diagnostic::error("the working directory has been deleted").help("go to another: cd ~"))?;
    let found = here
        .ancestors()
        .map(|directory| directory.join(paths::PROJECT_FILE))
        .find(|path| path.symlink_metadata().is_ok());
    found.ok_or_else(|| {
        Diagnostic::error(format!("there is no {} here or above", paths::PROJECT_FILE))
            .help("write one: claude-bedrock init PROFILE")
            .into()
    })
}
