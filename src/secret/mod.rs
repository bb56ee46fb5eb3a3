//! Where secret values come from: the system's keyring, a command, a file, or another variable.
//!
//! A secret is fetched when a profile is loaded, never at an unchanged prompt. Nothing here puts a value
//! into a message.

mod command;
pub mod keyring;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, Result};
use crate::profile::value::{Header, Secret};
use crate::system::paths;
use crate::system::text::quoted;
use crate::system::time::Timestamp;
use crate::system::variables::{Snapshot, value_in};
use crate::system::{files, redact};
use crate::watch::Watch;

/// Fetches a secret. `variables` is the environment without any profile: what a command runs in, and
/// where other variables are looked up. `directory` is that of the file which asks for the secret: a
/// command runs there, and not in whatever directory the shell has come to.
pub fn fetch(secret: &Secret, variables: &Snapshot, directory: Option<&Path>) -> Result<String> {
    let raw = match secret {
        Secret::Keyring(name) => from_keyring(name)?,
        Secret::Command { line, seconds } => command::output(line, *seconds, variables, directory)?,
        Secret::File(name) => from_file(name)?,
        Secret::Env(name) => from_variable(name, variables)?,
        Secret::Headers(headers) => {
            let line = |(name, header): &(String, Header)| match header {
                Header::Text(text) => Ok(format!("{name}: {text}")),
                Header::Secret(secret) => Ok(format!("{name}: {}", fetch(secret, variables, directory)?)),
            };
            let lines: Result<Vec<String>> = headers.iter().map(line).collect();
            return Ok(lines?.join("\n"));
        }
    };
    match single_line(&raw) {
        Ok(value) => {
            redact::learn(value);
            Ok(value.to_owned())
        }
        Err(Flaw::Empty) => Err(Diagnostic::error(format!("the secret ({secret}) is empty"))
            .help(mend(secret))
            .into()),
        Err(Flaw::Lines) => Err(
            Diagnostic::error(format!("the secret ({secret}) has more than one line"))
                .help(ONE_LINE)
                .into(),
        ),
    }
}

/// More than any variable can hold.
const LONGEST: u64 = 1 << 17;

/// Why a text is not a secret.
pub enum Flaw {
    /// There is nothing.
    Empty,
    /// There is more than one line, or a NUL, which no variable can hold.
    Lines,
}

/// What to know about [`Flaw::Lines`].
pub const ONE_LINE: &str = "a secret is a single line; print or store only that";

/// The secret in `raw`: its only line, without the newline that programs and editors put at the end.
pub fn single_line(raw: &str) -> std::result::Result<&str, Flaw> {
    let value = raw
        .strip_suffix('\n')
        .map_or(raw, |line| line.strip_suffix('\r').unwrap_or(line));
    // A blank key is none: Claude Code would send it, and AWS refuse it.
    if value.trim().is_empty() && !value.contains(['\n', '\r']) {
        return Err(Flaw::Empty);
    }
    if value.contains(['\0', '\n', '\r']) {
        Err(Flaw::Lines)
    } else {
        Ok(value)
    }
}

/// Changes when the secret may have changed, without fetching it; recorded in `watch` where a shell can see it.
pub fn stamp(secret: &Secret, variables: &Snapshot, watch: &mut Watch) -> String {
    match secret {
        Secret::File(name) => {
            let Some(path) = paths::expand_home(name) else {
                return String::new();
            };
            let Ok(metadata) = fs::metadata(&path) else {
                watch.absent(&path);
                return String::new();
            };
            let time = Timestamp::of(&metadata);
            // Fixing a mode changes no modification time.
            let refused = private(&path, &metadata).is_err();
            watch.blind |= refused;
            watch.existing(&path, time);
            format!("{time:?} {refused}")
        }
        Secret::Env(name) => format!("{:?}", value_in(variables, name)),
        Secret::Keyring(_) | Secret::Command { .. } => String::new(),
        Secret::Headers(headers) => headers
            .iter()
            .filter_map(|(_, header)| match header {
                Header::Text(_) => None,
                Header::Secret(secret) => Some(stamp(secret, variables, watch)),
            })
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

fn from_keyring(name: &str) -> Result<String> {
    let value = keyring::get(name).map_err(|error| error.help("to try again, leave the directory and come back"))?;
    value.ok_or_else(|| {
        Diagnostic::error(format!("the keyring holds no secret `{name}`"))
            .help(mend(&Secret::Keyring(name.to_owned())))
            .into()
    })
}

fn from_file(name: &str) -> Result<String> {
    let path: PathBuf = paths::expand_home(name)
        .filter(|path| path.is_absolute())
        .ok_or_else(|| {
            Diagnostic::error(format!(
                "the secret's file `{name}` must be an absolute path or begin with `~/`"
            ))
        })?;
    let shown = paths::display(&path);
    let unreadable = |error: std::io::Error| {
        Diagnostic::error(format!("the secret's file {shown} cannot be read: {error}"))
            .help(format!("look at: ls -l {}", quoted(&path)))
    };
    // The file that is checked is the file that is read, whatever replaces it in between.
    let (file, metadata) = files::open(&path).map_err(|error| match error.kind() {
        ErrorKind::InvalidInput => Diagnostic::error(format!("the secret's file {shown} is not a regular file")),
        _ => unreadable(error),
    })?;
    private(&path, &metadata)?;
    let bytes = files::read_open(file, metadata.len(), LONGEST).map_err(|error| match error.kind() {
        ErrorKind::FileTooLarge => {
            Diagnostic::error(format!("the secret's file {shown} has more than {LONGEST} bytes"))
        }
        _ => unreadable(error),
    })?;
    String::from_utf8(bytes).map_err(|_| Diagnostic::error(format!("the secret's file {shown} is not UTF-8")).into())
}

/// Refuses a file that another user can read, or wrote.
#[cfg(unix)]
fn private(path: &Path, metadata: &fs::Metadata) -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    let shown = paths::display(path);
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(Diagnostic::error(format!(
            "the secret's file {shown} belongs to another user (ID {})",
            metadata.uid()
        ))
        .help(format!("if it is yours: sudo chown \"$USER\" {}", quoted(path)))
        .unwatchable()
        .into());
    }
    if metadata.mode() & 0o077 != 0 {
        return Err(Diagnostic::error(format!(
            "the secret's file {shown} can be read by others (mode {:04o})",
            metadata.mode() & 0o7777
        ))
        .help(format!("fix it: chmod 600 {}", quoted(path)))
        .unwatchable()
        .into());
    }
    Ok(())
}

/// Windows keeps access in lists that inherit from the user's own directory; there is no mode to check.
#[cfg(not(unix))]
fn private(_: &Path, _: &fs::Metadata) -> Result<()> {
    Ok(())
}

fn from_variable(name: &str, variables: &Snapshot) -> Result<String> {
    let value = value_in(variables, name).ok_or_else(|| {
        Diagnostic::error(format!("the variable {name}, which holds a secret, is not set"))
            .help(mend(&Secret::Env(name.to_owned())))
    })?;
    value
        .to_str()
        .map(str::to_owned)
        .ok_or_else(|| Diagnostic::error(format!("the variable {name} is not UTF-8")).into())
}

/// What to type so that the secret is there.
fn mend(secret: &Secret) -> String {
    match secret {
        Secret::Keyring(name) => format!("put it there: claude-bedrock secret set {name}"),
        Secret::Command { line, .. } => format!("see what it prints: {}", crate::system::text::visible(line)),
        Secret::File(path) => format!("write it into {path}, and: chmod 600 {path}"),
        Secret::Env(name) => format!("set {name} before the profile is loaded"),
        Secret::Headers(_) => "see where each is: claude-bedrock show".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_secret_is_none() {
        for blank in ["", "\n", "\r\n", "  ", "\t\n", "\u{a0}"] {
            assert!(matches!(single_line(blank), Err(Flaw::Empty)), "{blank:?}");
        }
        assert!(matches!(single_line(" a "), Ok(" a ")));
    }
}
