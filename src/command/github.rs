//! `export github`: the environment for the following steps of a GitHub Actions job.
//!
//! Variables go into the file that `$GITHUB_ENV` names, and masks to the runner, which reads commands from
//! what a step prints, so that no secret is shown in a log. Formats: GitHub's "Workflow commands for GitHub
//! Actions", of November 2026.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use crate::claude::shadow;
use crate::console;
use crate::diagnostic::{Diagnostic, Result};
use crate::environment::{Environment, Wanted};
use crate::exit::Exit;
use crate::session::Session;
use crate::system::files;
use crate::system::paths;

/// Prints or writes the environment. Where the step's own output goes to `$GITHUB_ENV` (`>> "$GITHUB_ENV"`),
/// masks go to stderr, which the runner reads too; outside a runner everything is printed.
pub fn print(environment: &Environment, values: &BTreeMap<String, Option<String>>, session: &Session) -> Result<Exit> {
    let is_secret = |name: &str| {
        matches!(
            environment.get(name).map(|setting| &setting.wanted),
            Some(Wanted::Secret(_))
        )
    };
    let mut masks = String::new();
    let mut text = String::new();
    let before = session.restored();
    for (name, value) in values {
        match value {
            _ if is_refused(name) => {
                console::say(&format!(
                    "claude-bedrock: {name} is left out: the runner does not let a step set it"
                ));
            }
            Some(value) => {
                if is_secret(name) || shadow::is_secret(name, value) {
                    masks.push_str(&mask(value));
                }
                text.push_str(&assignment(name, value)?);
            }
            // A step cannot unset a variable of the job, only blank it, which counts as unset in Claude Code.
            None if before
                .get(std::ffi::OsStr::new(name))
                .is_some_and(|value| !value.is_empty()) =>
            {
                console::say(&format!(
                    "claude-bedrock: the job's {name} is set to blank: a step cannot unset it"
                ));
                text.push_str(&assignment(name, "")?);
            }
            None => {}
        }
    }
    match paths::github_environment() {
        Some(path) if is_stdout(&path) => {
            let _ = std::io::stderr().lock().write_all(masks.as_bytes());
            console::print_values(text)?;
        }
        Some(path) => {
            console::print_values(masks)?;
            let written = files::open_to_append(&path).and_then(|mut file| file.write_all(text.as_bytes()));
            written.map_err(|error| {
                Diagnostic::error(format!("{} cannot be written: {error}", paths::display(&path)))
                    .help("it is what GITHUB_ENV names; outside a runner, unset it")
            })?;
        }
        None => console::print_values(masks + &text)?,
    }
    Ok(Exit::Done)
}

/// Names that the runner refuses in `$GITHUB_ENV`.
fn is_refused(name: &str) -> bool {
    name == "NODE_OPTIONS" || name.starts_with("GITHUB_") || name.starts_with("RUNNER_")
}

/// One variable, between lines that are no part of it: a random word that no value can know beforehand.
fn assignment(name: &str, value: &str) -> Result<String> {
    let mut random = [0; 16];
    getrandom::fill(&mut random)
        .map_err(|error| Diagnostic::error(format!("the system provides no random numbers: {error}")))?;
    let word = format!("end_{}", data_encoding::HEXLOWER.encode(&random));
    Ok(format!("{name}<<{word}\n{value}\n{word}\n"))
}

/// The commands that hide a secret: as a whole, and each line of it, since logs are hidden line by line.
fn mask(value: &str) -> String {
    let escaped = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let mut commands = String::new();
    let mut add = |text: &str| {
        if !text.trim().is_empty() {
            commands.push_str(&format!("::add-mask::{}\n", escaped(text)));
        }
    };
    add(value);
    if value.contains(['\n', '\r']) {
        value.split(['\n', '\r']).for_each(&mut add);
    }
    commands
}

/// Whether stdout is appended to that file.
#[cfg(unix)]
fn is_stdout(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let (Ok(file), Ok(stdout)) = (std::fs::metadata(path), rustix::fs::fstat(std::io::stdout())) else {
        return false;
    };
    #[allow(
        clippy::unnecessary_cast,
        trivial_numeric_casts,
        reason = "not the same type on every system"
    )]
    let same = file.ino() == stdout.st_ino as u64 && file.dev() == stdout.st_dev as u64;
    same
}

/// There, a step appends by PowerShell's own pipeline, which cannot be told from the log.
#[cfg(not(unix))]
fn is_stdout(_: &Path) -> bool {
    false
}
