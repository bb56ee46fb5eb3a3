//! One file per command: read what it needs, call, print.

pub mod add;
pub mod allow;
pub mod choose;
pub mod complete;
pub mod completions;
pub mod credentials;
pub mod doctor;
pub mod edit;
pub mod exec;
pub mod expired;
pub mod explain;
pub mod export;
mod github;
pub mod hook;
pub mod import;
pub mod init;
pub mod lint;
pub mod list;
pub mod login;
pub mod man;
pub mod models;
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

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::aws::Trouble;
use crate::diagnostic::{Diagnostic, Result, Source};
use crate::paths::{self, Verbosity};
use crate::profile::edit::Edit;
use crate::session::load::{self, Active};
use crate::session::state::Choice;
use crate::session::{Notice, Session};
use crate::system::redact;
use crate::trust::Trust;

/// The shell, and the profile `name` as it is here; without a name the one that is active here.
fn active_of(name: Option<&str>) -> Result<(Session, Active)> {
    let choice = match name {
        Some(name) => Choice::Profile(name.to_owned()),
        None => Choice::of(paths::chosen_profile().as_deref()),
    };
    let session = Session::inherited();
    let load = load::load(session.directory.as_deref(), &choice);
    match load.active {
        Some(active) => Ok((session, active)),
        None => Err(load
            .findings
            .into_iter()
            .next()
            .unwrap_or_else(export::nothing_active)
            .into()),
    }
}

/// Ends a command with an error of AWS: as a wrong configuration, or as something found broken.
fn troubled(trouble: Trouble) -> Result<u8> {
    if trouble.is_misuse() {
        return Err(trouble.into());
    }
    complain(&Box::<Diagnostic>::from(trouble));
    Ok(1)
}

/// Says what is wrong.
fn complain(finding: &Diagnostic) {
    if paths::verbosity() >= Verbosity::Error {
        let text = finding.render(crate::cli::colored());
        let _ = std::io::stderr().lock().write_all(format!("{text}\n").as_bytes());
    }
}

/// Writes a result to stdout. A secret that this run has fetched is hidden in it.
fn print(text: impl AsRef<str>) -> Result<()> {
    print_values(redact::without_known(text.as_ref()))
}

/// Writes a result that may hold secrets, because it is what hands them on.
fn print_values(bytes: impl AsRef<[u8]>) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout
        .write_all(bytes.as_ref())
        .and_then(|()| stdout.flush())
        .map_err(|error| {
            if error.kind() == std::io::ErrorKind::BrokenPipe {
                crate::broken_pipe::end();
            }
            Diagnostic::error(format!("the output cannot be written: {error}")).into()
        })
}

/// Writes a generated file into `directory`, which is made if need be.
fn write_file(directory: &Path, name: &str, content: &[u8]) -> Result<()> {
    let path = directory.join(name);
    let parent = path.parent().unwrap_or(directory);
    crate::session::private::refuse_anothers(&path)
        .and_then(|()| fs::create_dir_all(parent))
        .and_then(|()| crate::system::files::write_public(&path, content))
        .map_err(|error| Diagnostic::error(format!("{} cannot be written: {error}", paths::display(&path))).into())
}

/// Says something on stderr that is no result. Nobody is to be told if stderr is closed.
fn say(text: &str) {
    if paths::verbosity() >= Verbosity::Info {
        let text = redact::without_known(text);
        let _ = std::io::stderr().lock().write_all(format!("{text}\n").as_bytes());
    }
}

/// Says what a shell's step has to say, as far as the user wants to hear it.
fn say_all(notices: &[Notice], quiet: bool) {
    let verbosity = paths::verbosity();
    let wanted = |notice: &&Notice| {
        if notice.grave {
            verbosity >= Verbosity::Error
        } else {
            verbosity >= Verbosity::Info && !quiet
        }
    };
    let mut text = String::new();
    for notice in notices.iter().filter(wanted) {
        text.push_str(&notice.text);
        text.push('\n');
    }
    // In one write, so that the lines of two shells on one terminal do not mix.
    let text = redact::without_known(&text);
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
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
    print(&difference)?;
    say(&if difference.is_empty() {
        format!("claude-bedrock: {path} says so already")
    } else {
        format!("claude-bedrock: would write {path}; nothing was changed (--dry-run)")
    });
    Ok(())
}

/// Says which lines of a file have changed, and where its last version is kept.
fn report_change(path: &Path, difference: &str, backup: Option<PathBuf>) -> Result<()> {
    let path = paths::display(path);
    if difference.is_empty() {
        say(&format!("claude-bedrock: {path} says so already"));
        return Ok(());
    }
    print(difference)?;
    let backup = backup
        .map(|backup| format!("; the last version is {}", paths::display(&backup)))
        .unwrap_or_default();
    say(&format!("claude-bedrock: wrote {path}{backup}"));
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

/// Rows as a table with aligned columns, two spaces between them.
fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            // Not by a format's width, which ends at 65,535.
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width - cell.chars().count() + 2));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
