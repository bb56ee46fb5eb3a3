//! `import`: profiles made of what is there already.

use std::io::{IsTerminal as _, Read as _};
use std::path::Path;

use clap::ValueHint;
use clap_complete::engine::ArgValueCompleter;
use inquire::Confirm;

use crate::aws_files::Files;
use crate::diagnostic::{Diagnostic, Result};
use crate::edit::{Edit, plaintext as secrets};
use crate::exit::Exit;
use crate::import::{self, Found, Variable, aws, claude, shell, variables};
use crate::profile::layers;
use crate::rewrite::Original;
use crate::session::Session;
use crate::system::paths;
use crate::system::text::visible;
use crate::{command, console};

/// What `--help` shows after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock import --dry-run               of the variables of this shell
  claude-bedrock import aws-config --aws-profile bedrock-work --name work
  claude-bedrock import settings --name work    of `env` in Claude Code's settings here
  claude-bedrock import ~/repo/.envrc           of its `export` lines, which are read and never run
  wl-paste | claude-bedrock import - --yes      of an article's lines

Shows what it cannot take and why. Secrets go to the keyring. Without a terminal it needs --yes.";

#[derive(clap::Args, Debug)]
pub struct Args {
    /// `aws-config`, `env` (the default), `settings`, a file with shell lines, or `-` for stdin
    #[arg(value_hint = ValueHint::FilePath)]
    pub source: Option<String>,
    /// The new profile's name
    #[arg(long)]
    pub name: Option<String>,
    /// From `aws-config`: only this AWS profile
    #[arg(long, value_name = "NAME", add = ArgValueCompleter::new(command::complete::aws_profiles))]
    pub aws_profile: Option<String>,
    /// Write it without a question
    #[arg(long, short)]
    pub yes: bool,
    /// Change nothing, only show what would change
    #[arg(long)]
    pub dry_run: bool,
}

/// The most that is read from stdin, in bytes.
const LONGEST: u64 = 4 << 20;

/// Shows what would be made, and makes it.
pub fn run(arguments: &Args) -> Result<Exit> {
    if let Some(name) = &arguments.name {
        layers::check_name(name)?;
    }
    let mut file = Edit::config()?;
    let known = file.names();
    let mut found = found(arguments)?;
    found.retain(|found| {
        let is_known = known.contains(&found.draft.name);
        if is_known {
            console::say(&format!(
                "claude-bedrock: there is a profile `{0}` already; under another name: --name NAME",
                found.draft.name
            ));
        }
        !is_known
    });
    for found in &found {
        explain(found);
    }
    found.retain(|found| !found.draft.entries.is_empty());
    if found.is_empty() {
        return Err(
            Diagnostic::error("nothing was found that a profile could be made of; nothing was written")
                .help("write one: claude-bedrock add NAME")
                .into(),
        );
    }
    for found in &found {
        file.add(&found.draft)?;
    }
    file.check()?;
    if arguments.dry_run {
        command::show_change(&file)?;
        return Ok(Exit::Done);
    }
    confirm(arguments, &found)?;
    write(&file, &found)
}

/// Stores the secrets, then writes the file; if that fails, the keyring is as it was.
fn write(file: &Edit, found: &[Found]) -> Result<Exit> {
    let moved: Vec<(String, String)> = found.iter().flat_map(|found| found.secrets.clone()).collect();
    let mut stored = Vec::new();
    let backup = file.backup_path();
    let result = secrets::store(&moved, &mut stored).and_then(|()| file.save());
    if result.is_err() {
        secrets::take_back(&stored);
    }
    command::report_change(&file.path(), &result?, backup)?;
    if !moved.is_empty() {
        console::say(
            "  the secrets are in the keyring; take them out of where they were, and replace them if it was shared",
        );
    }
    Ok(Exit::Done)
}

fn confirm(arguments: &Args, found: &[Found]) -> Result<()> {
    if arguments.yes {
        return Ok(());
    }
    let can_ask = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    if !can_ask {
        return Err(Diagnostic::error("nobody can be asked here; nothing was written")
            .help("to write it: --yes; to see it only: --dry-run")
            .into());
    }
    for found in found {
        console::say(&found.draft.shown());
    }
    if Confirm::new("Write this?").with_default(true).prompt().unwrap_or(false) {
        return Ok(());
    }
    Err(Diagnostic::error("cancelled; nothing was written").into())
}

/// What could not be taken, and which secrets move.
fn explain(found: &Found) {
    for (name, why) in &found.unmapped {
        console::say(&format!("  not taken: {}: {}", visible(name), visible(why)));
    }
    for (name, _) in &found.secrets {
        console::say(&format!("  secret: to the keyring as `{}`", visible(name)));
    }
}

fn found(arguments: &Args) -> Result<Vec<Found>> {
    let session = Session::inherited();
    let named = |default: &str| arguments.name.clone().unwrap_or_else(|| default.to_owned());
    let from = |default: &str, values: &[Variable]| vec![import::variables::profile(&named(default), values)];
    Ok(match arguments.source.as_deref().unwrap_or("env") {
        "aws-config" => {
            let files = Files::read(&session.snapshot);
            let mut found = aws::profiles(&files, arguments.aws_profile.as_deref(), &session.snapshot);
            match (&arguments.name, found.as_mut_slice()) {
                (Some(name), [only]) => only.draft.name.clone_from(name),
                (Some(_), [_, _, ..]) => {
                    return Err(Diagnostic::error("--name is for one profile, and there are more")
                        .help("which one: --aws-profile NAME")
                        .into());
                }
                _ => {}
            }
            found
        }
        "env" => {
            let values: Vec<Variable> = session
                .snapshot
                .iter()
                .filter_map(|(name, value)| Some((name.to_str()?.to_owned(), Some(value.to_str()?.to_owned()))))
                .collect();
            from("imported", &values)
        }
        "settings" => from("imported", &claude::variables(session.directory.as_deref())),
        "-" => from("imported", &pasted(&stdin()?)),
        path => {
            let path = paths::expand_home(path).unwrap_or_else(|| path.into());
            from(&variables::profile_name(&stem(&path)), &pasted(&text(&path)?))
        }
    })
}

fn stem(path: &Path) -> String {
    let here = paths::absolute(path);
    // An .envrc or .env is named after its directory.
    let is_hidden = path
        .file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let named = if is_hidden {
        here.parent().and_then(Path::file_name)
    } else {
        here.file_stem()
    };
    named
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// Settings or shell lines, whichever it is.
fn pasted(text: &str) -> Vec<Variable> {
    claude::pasted(text).unwrap_or_else(|| shell::variables(text))
}

fn text(path: &Path) -> Result<String> {
    let original = Original::read(path)?;
    let bytes = original.bytes().ok_or_else(|| {
        Diagnostic::error(format!("there is no {}", paths::display(path)))
            .help("from: aws-config, env, settings, a file, or - for stdin")
    })?;
    Ok(String::from_utf8_lossy(bytes).into_owned())
}

fn stdin() -> Result<String> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(LONGEST)
        .read_to_end(&mut bytes)
        .map_err(|error| Diagnostic::error(format!("stdin cannot be read: {error}")))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
