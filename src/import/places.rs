//! Where secrets go that leave a source: the keyring, a file, a command's answer, or where they are.

use std::path::PathBuf;

use super::{Found, Moved};
use crate::diagnostic::{Diagnostic, Result};
use crate::edit;
use crate::edit::plaintext as stored_secrets;
use crate::system::{paths, private};

/// The place that the user wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The system's keyring.
    Keyring,
    /// A file of mode 0600 for each, in this directory.
    File(PathBuf),
    /// What this command prints; `{name}` in it is the secret's name.
    Command(String),
    /// The variable that already has it.
    Env,
}

impl Place {
    /// As `--secrets` has it: `keyring`, `file`, `file:DIRECTORY`, `command:…`, `env`.
    pub fn parse(text: &str) -> std::result::Result<Self, String> {
        match text.split_once(':').unwrap_or((text, "")) {
            ("keyring", "") => Ok(Self::Keyring),
            ("env", "") => Ok(Self::Env),
            ("file", "") => paths::state_directory()
                .map(|directory| Self::File(directory.join("secrets")))
                .ok_or_else(|| "no home directory is known; write file:/a/directory".to_owned()),
            ("file", directory) => paths::expand_home(directory)
                .filter(|path| path.is_absolute())
                .map(Self::File)
                .ok_or_else(|| "the directory is an absolute path".to_owned()),
            ("command", line) if !line.trim().is_empty() => Ok(Self::Command(line.trim().to_owned())),
            ("command", _) => Err("say which: --secrets 'command:pass show bedrock/{name}'".to_owned()),
            _ => Err("one of: keyring, file, file:DIRECTORY, env, 'command:pass show bedrock/{name}'".to_owned()),
        }
    }

    /// Names the place of each secret in the profile, and says it: the secret's variable and where it goes.
    pub fn settle(&self, found: &mut Found) -> Vec<(String, String)> {
        let mut lines = Vec::new();
        for moved in &found.secrets {
            let name = name(&found.draft.name, moved);
            let (place, words) = match self {
                Self::Keyring => (format!("keyring:{name}"), format!("into the keyring as `{name}`")),
                Self::File(directory) => {
                    let path = directory.join(&name);
                    (
                        format!("file:{}", path.display()),
                        format!("into {}", paths::display(&path)),
                    )
                }
                Self::Command(line) => {
                    let line = line.replace("{name}", &shell_words::quote(&name));
                    (
                        format!("command:{line}"),
                        format!("what `{line}` prints; it is not stored there yet, so store it"),
                    )
                }
                Self::Env => {
                    let variable = variable(moved);
                    (
                        format!("env:{variable}"),
                        format!("stays in the variable {variable}, which the shell must have"),
                    )
                }
            };
            if let Ok(place) = edit::secret(&moved.path, &place) {
                found.draft.put(&moved.path, place);
            }
            lines.push((moved.variable.clone(), words));
        }
        lines
    }

    /// Stores the secrets; what was stored can be taken back. Errors: there is no keyring, or it has another secret
    /// of that name; a file cannot be written.
    pub fn store(&self, found: &[Found], stored: &mut Stored) -> Result<()> {
        let secrets: Vec<(String, String)> = found
            .iter()
            .flat_map(|found| {
                found
                    .secrets
                    .iter()
                    .map(|moved| (name(&found.draft.name, moved), moved.value.clone()))
            })
            .collect();
        match self {
            Self::Keyring => stored_secrets::store(&secrets, &mut stored.keyring).map_err(|finding| {
                finding
                    .help("without a keyring: --secrets file, --secrets env, --secrets 'command:pass show bedrock/{name}'")
                    .into()
            }),
            Self::File(directory) => {
                let unwritable = |error: std::io::Error| {
                    Diagnostic::error(format!(
                        "the secrets cannot be written to {}: {error}; nothing was changed",
                        paths::display(directory)
                    ))
                };
                if !secrets.is_empty() {
                    private::directory(directory).map_err(unwritable)?;
                }
                for (name, value) in secrets {
                    let path = directory.join(name);
                    let is_new = path.symlink_metadata().is_err();
                    private::write(&path, format!("{value}\n").as_bytes()).map_err(unwritable)?;
                    if is_new {
                        stored.files.push(path);
                    }
                }
                Ok(())
            }
            Self::Command(_) | Self::Env => Ok(()),
        }
    }
}

/// What is new since the import began.
#[derive(Debug, Default)]
pub struct Stored {
    keyring: Vec<String>,
    files: Vec<PathBuf>,
}

impl Stored {
    /// Takes it back, after something has failed.
    pub fn take_back(&self) {
        stored_secrets::take_back(&self.keyring);
        for path in &self.files {
            // The first error is the one to tell.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// A secret's name: the profile's, and the last part of its key.
fn name(profile: &str, moved: &Moved) -> String {
    let last = moved.path.rsplit('.').next().unwrap_or(&moved.path);
    format!("{profile}-{last}")
}

/// The variable that has the secret. A header is no variable: it gets one of its name.
fn variable(moved: &Moved) -> String {
    moved.path.strip_prefix("headers.").map_or_else(
        || moved.variable.clone(),
        |header| header.to_ascii_uppercase().replace('-', "_"),
    )
}
