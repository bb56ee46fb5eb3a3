//! `set`: sets single values of a profile or a project file.

use std::path::Path;

use clap_complete::engine::ArgValueCompleter;

use crate::command::lint::Before;
use crate::diagnostic::{Diagnostic, Result};
use crate::edit::{self, Edit, Entry};
use crate::exit::Exit;
use crate::profile::read::Scope;
use crate::profile::source;
use crate::trust::{self, Trust};
use crate::watch::Watch;
use crate::{command, console};

/// Shown by `--help` after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock set work region eu-central-1
  claude-bedrock set work models.haiku claude-haiku-4-5 headers.X-Team platform
  claude-bedrock set work auth.method api-key auth.api_key keyring:work-key
  claude-bedrock set work env.HTTP_PROXY false        unset inside; '\"false\"' is the text
  claude-bedrock set work --unset guardrail
  claude-bedrock set --project models.main haiku      in the nearest project file
  claude-bedrock set work region eu-west-1 --dry-run  only shows what would change

All keys: claude-bedrock schema --reference. Comments and order stay; the last version is kept, and its path is shown.";

#[derive(clap::Args, Debug)]
pub struct Args {
    /// The profile (none with --project), then keys and values in turn
    #[arg(value_name = "PROFILE KEY VALUE", num_args = 0.., allow_hyphen_values = false, add = ArgValueCompleter::new(command::complete::set_words))]
    pub words: Vec<String>,
    /// Remove a key (repeatable)
    #[arg(long, value_name = "KEY", add = ArgValueCompleter::new(command::complete::keys))]
    pub unset: Vec<String>,
    /// Change the nearest project file
    #[arg(long)]
    pub project: bool,
    /// Change nothing, only show what would change
    #[arg(long)]
    pub dry_run: bool,
}

/// Sets and unsets.
pub fn run(arguments: &Args) -> Result<Exit> {
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
        return Err(Diagnostic::error("nothing to set: give a key and its value")
            .help("claude-bedrock set PROFILE KEY VALUE, or: claude-bedrock set PROFILE --unset KEY")
            .into());
    }
    let mut resolved = pairs.to_vec();
    for pair in resolved.chunks_exact_mut(2) {
        if let Some(arn) = command::plausible::of_own_profile(name, &pair[0], &pair[1]) {
            pair[1] = arn;
        }
    }
    let pairs = resolved.as_slice();
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
    for pair in pairs.chunks_exact(2) {
        command::plausible::check(&pair[0], &pair[1])?;
    }
    let before = Before::of(&edit.path());
    command::write_change(&edit, arguments.dry_run)?;
    before.report();
    if arguments.project && !is_allowed(&edit.path()) {
        console::say("  it is not allowed yet: claude-bedrock allow");
    }
    Ok(Exit::Done)
}

/// Keys and values in turn.
fn entries(pairs: &[String], scope: Scope) -> Result<Vec<Entry>> {
    pairs
        .chunks(2)
        .map(|pair| match pair {
            [key, value] => {
                let entry = (edit::split(key), edit::typed(key, value, scope)?);
                Ok(entry)
            }
            _ => Err(
                Diagnostic::error(format!("`{}` has no value; nothing was changed", pair[0]))
                    .help(format!("to remove it: --unset {}", pair[0]))
                    .into(),
            ),
        })
        .collect()
}

/// The nearest project file, unless it belongs to another user.
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
        .is_ok_and(|verdict| verdict.is_allowed())
}
