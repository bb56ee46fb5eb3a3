//! Where the launcher's settings files lie, how long, and how one is rewritten.
//!
//! A background session reads its file again whenever it is restarted, weeks later perhaps, and dies where it is
//! gone. So there is one file for a profile and what refines it, under a name that stays: each start replaces it
//! with what the profile says today. A file with a secret lies in the runtime directory, which does not outlive the
//! login; beside the others lies its *origin*, from which `respawn` and `attach` write it anew.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::claude::launcher::contents::Contents;
use crate::diagnostic::{Diagnostic, Result};
use crate::profile::choice::Choice;
#[cfg(unix)]
use crate::system::owners;
use crate::system::{files, paths, private};

/// A file that no start and no job has used for this long is removed.
const AGE: Duration = Duration::from_hours(60 * 24);

const DIRECTORY: &str = "launcher";

/// From what a settings file was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The working directory.
    pub directory: PathBuf,
    /// What the shell chose.
    pub choice: Choice,
    /// The user's own `--settings`.
    pub settings: Option<String>,
    /// Whether it is for the background.
    pub background: bool,
}

/// What makes a settings file another one.
pub struct Identity<'a> {
    /// The profile.
    pub profile: &'a str,
    /// The project files that refine it.
    pub refined_by: Vec<&'a Path>,
    /// The user's own `--settings`.
    pub settings: Option<&'a str>,
    /// Whether it is for the background.
    pub background: bool,
}

impl Identity<'_> {
    /// The file's name: the profile's, for people, and a hash.
    fn name(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        let config = paths::user_config().unwrap_or_default();
        let parts = std::iter::once(config.as_path()).chain(self.refined_by.iter().copied());
        for part in parts {
            hasher.update(part.as_os_str().as_encoded_bytes()).update(b"\0");
        }
        hasher.update(self.settings.unwrap_or_default().as_bytes());
        hasher.update(&[0, u8::from(self.background)]);
        format!("{}-{}", self.profile, &hasher.finalize().to_hex()[..16])
    }
}

/// Where a file can lie, the best place first.
fn directories(has_secret: bool) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = [paths::state_directory(), paths::runtime_directory()]
        .into_iter()
        .flatten()
        .collect();
    if has_secret {
        found.reverse();
    }
    // A home that cannot be written, as in some containers.
    #[cfg(unix)]
    found.push(std::env::temp_dir().join(format!("claude-bedrock-{}", owners::this_user())));
    found.into_iter().map(|directory| directory.join(DIRECTORY)).collect()
}

/// Writes a settings file and returns its path. Beside it lies what the session's Bash tool reads before each command.
pub fn write(identity: &Identity<'_>, contents: &mut Contents, for_tools: &str, origin: &Origin) -> Result<PathBuf> {
    let name = identity.name();
    let mut failure = None;
    for directory in directories(contents.has_secret) {
        let path = directory.join(format!("{name}.json"));
        let tools = directory.join(format!("{name}.sh"));
        contents.name_tools_file(&tools);
        let text = contents.text()?;
        let written = private::renew(&tools, for_tools.as_bytes());
        match written.and_then(|_| private::renew(&path, text.as_bytes())) {
            Ok(is_written) => {
                keep_origin(&name, origin);
                if is_written {
                    prune();
                }
                return Ok(path);
            }
            Err(error) => failure = Some((directory, error)),
        }
    }
    let (directory, error) = failure.unwrap_or_else(|| (PathBuf::new(), io::Error::other("no directory")));
    let message = format!(
        "the session's settings cannot be written to {}: {error}",
        paths::display(&directory)
    );
    Err(Diagnostic::error(message)
        .help("free some space there, or set XDG_STATE_HOME to a directory of your own")
        .into())
}

/// Keeps what the file was made from, but for settings with a secret, which must not outlive the login.
fn keep_origin(name: &str, origin: &Origin) {
    let is_inline = origin
        .settings
        .as_deref()
        .is_some_and(|text| text.trim_start().starts_with('{'));
    if let Some(directory) = paths::state_directory().filter(|_| !is_inline) {
        let path = directory.join(DIRECTORY).join(format!("{name}.origin"));
        // Without it a job cannot be given its file back, and says so.
        let _ = serde_json::to_vec(origin)
            .map_err(io::Error::other)
            .and_then(|bytes| private::renew(&path, &bytes));
    }
}

/// From what the settings file at `path` was made.
pub fn origin_of(path: &Path) -> Option<Origin> {
    let name = path.file_stem()?.to_str()?;
    let kept = paths::state_directory()?.join(DIRECTORY).join(format!("{name}.origin"));
    serde_json::from_slice(&files::read(&kept, files::RECORD).ok()?).ok()
}

/// The profile whose settings lie at `path`, by the file's name.
pub fn profile_of(path: &Path) -> Option<&str> {
    path.file_stem()?.to_str()?.rsplit_once('-').map(|(profile, _)| profile)
}

/// The settings files of ours that Claude Code's background jobs name, whether they are there or not.
pub fn of_jobs() -> Vec<PathBuf> {
    let Some(jobs) = paths::claude_directory().map(|directory| directory.join("jobs")) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = fs::read_dir(jobs)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|job| files::read(&job.path().join("state.json"), files::RECORD).ok())
        .filter_map(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok())
        .flat_map(|state| flags(&state))
        .filter(|path| is_ours(path))
        .collect();
    found.sort();
    found.dedup();
    found
}

/// The files that a job's flags name as settings.
fn flags(state: &serde_json::Value) -> Vec<PathBuf> {
    let flags: Vec<&str> = state["respawnFlags"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(serde_json::Value::as_str)
        .collect();
    let behind = flags.iter().filter_map(|flag| flag.strip_prefix("--settings="));
    let after = flags
        .windows(2)
        .filter(|pair| pair[0] == "--settings")
        .map(|pair| pair[1]);
    behind.chain(after).map(PathBuf::from).collect()
}

/// Whether a path is one of this module's, by its directory.
pub fn is_ours(path: &Path) -> bool {
    let parent = path.parent();
    directories(false)
        .iter()
        .any(|directory| parent == Some(directory.as_path()))
}

/// Removes files that have not been used for long and that no job names.
fn prune() {
    let kept = of_jobs();
    let is_kept = |path: &Path| kept.iter().any(|job| job.file_stem() == path.file_stem());
    let entries = directories(false)
        .into_iter()
        .filter(|directory| private::is_own(directory));
    for entry in entries.flat_map(|directory| fs::read_dir(directory).into_iter().flatten().flatten()) {
        let path = entry.path();
        let modified = entry.metadata().and_then(|metadata| metadata.modified());
        let is_old = modified.is_ok_and(|time| SystemTime::now().duration_since(time).is_ok_and(|age| age > AGE));
        if is_old && !is_kept(&path) {
            let _ = fs::remove_file(path);
        }
    }
}
