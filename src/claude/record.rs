//! What this program has put into a settings file, remembered in the state directory, so that it can take out
//! exactly that, also when the file has been edited since.
//!
//! A record is named by the file and by the content that the change leaves behind. It is written before the
//! file is: whoever is killed in between leaves a record of something that is not there, which does no harm.
//! It holds no secret: only what was written, and values that gave way to it.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::claude::edit::{Editor, Splice};
use crate::claude::json;
use crate::claude::settings::{AUTH_REFRESH, CREDENTIAL_EXPORT, ENV, KEY_HELPER};
use crate::claude::shadow::Own;
use crate::diagnostic::{Diagnostic, Result};
use crate::system::files;
use crate::system::{paths, private};

/// A member to be written: the names that lead to it, and its value as JSON.
pub type Member = (Vec<String>, String);

/// One member that was written.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Entry {
    /// The names that lead to it.
    pub path: Vec<String>,
    /// The value, as JSON.
    pub wrote: String,
    /// The value that gave way to it, as JSON.
    pub was: Option<String>,
}

/// One change of a file.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Record {
    /// The file, by which it is found again wherever it is.
    #[serde(default)]
    pub file: PathBuf,
    /// Whether the file was made.
    pub made: bool,
    /// The cuts.
    pub splices: Vec<Splice>,
    /// The members, in the order in which they were written.
    pub entries: Vec<Entry>,
    /// The hash of the content that was left behind.
    pub after: String,
}

/// The records of one file.
pub struct Records {
    file: PathBuf,
    directory: PathBuf,
    #[expect(clippy::struct_field_names, reason = "its name in the file")]
    records: Vec<Record>,
    /// The directory that the settings are of.
    root: Option<PathBuf>,
}

/// A file's content without what this program has put there.
#[derive(Debug, PartialEq, Eq)]
pub struct Pristine {
    /// The text; of a file that this program has made, possibly `{}`.
    pub text: String,
    /// Whether the file was made by this program and holds nothing else now.
    pub is_ours: bool,
    /// Whether something was taken out.
    pub changed: bool,
}

impl Records {
    /// The records of the file at `path`. Errors: no home directory is known.
    pub fn of(path: &Path) -> Result<Self> {
        let state = paths::state_directory().ok_or_else(|| {
            Diagnostic::error("there is no place to remember what is written: no home directory is known")
                .help("set HOME")
        })?;
        let resolved = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let name = blake3::hash(resolved.as_os_str().as_encoded_bytes()).to_hex();
        let directory = state.join("settings").join(&name[..32]);
        let mut found: Vec<(Option<std::time::SystemTime>, Record)> = fs::read_dir(&directory)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let record = serde_json::from_slice(&files::read(&entry.path(), files::RECORD).ok()?).ok()?;
                Some((entry.metadata().and_then(|metadata| metadata.modified()).ok(), record))
            })
            .collect();
        found.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
        Ok(Self {
            file: resolved,
            directory,
            root: path.parent().and_then(Path::parent).map(Path::to_path_buf),
            records: found.into_iter().map(|(_, record)| record).collect(),
        })
    }

    /// The text without what the records, or this program's own commands in it, say is ours.
    pub fn pristine(&self, text: &str) -> Pristine {
        let hash = hash(text);
        let exact = self.records.iter().find(|record| record.after == hash);
        if let Some((record, undone)) = exact.and_then(|record| Some((record, Editor::undone(text, &record.splices)?)))
        {
            return Pristine {
                text: undone,
                is_ours: record.made,
                changed: true,
            };
        }
        let mut editor = Editor::new(text);
        for entry in self.records.iter().flat_map(|record| record.entries.iter().rev()) {
            let path: Vec<&str> = entry.path.iter().map(String::as_str).collect();
            let is_object = entry.wrote == "{}";
            let unchanged = if is_object {
                editor.is_empty(&path)
            } else {
                editor.get(&path) == Some(&entry.wrote)
            };
            match &entry.was {
                _ if !unchanged => {}
                Some(was) => editor.set(&path, was),
                None => editor.remove(&path),
            }
        }
        // Without a record, a command of this program still speaks for itself.
        for key in [AUTH_REFRESH, CREDENTIAL_EXPORT, KEY_HELPER] {
            let is_own = |value: &str| {
                value.starts_with('"') && Own::parse(&json::decoded(value), self.root.as_deref()).is_some()
            };
            if editor.get(&[key]).is_some_and(is_own) {
                editor.remove(&[key]);
            }
        }
        Pristine {
            is_ours: self.records.iter().any(|record| record.made) && editor.is_empty(&[]),
            changed: !editor.splices.is_empty(),
            text: editor.text,
        }
    }

    /// Whether a member stands in the file as this program wrote it.
    pub fn has(&self, path: &[&str], written: &str) -> bool {
        let mut entries = self.records.iter().flat_map(|record| &record.entries);
        entries.any(|entry| entry.path == path && entry.wrote == written)
    }

    /// Remembers a change that is about to be made.
    pub fn store(&self, record: &Record) -> Result<()> {
        let record = Record {
            file: self.file.clone(),
            ..record.clone()
        };
        let record = &record;
        let content = serde_json::to_vec(record).unwrap_or_default();
        private::write(&self.path_of(record), &content).map_err(|error| {
            Diagnostic::error(format!(
                "cannot record in {} what is to be written: {error}; nothing was changed",
                paths::display(&self.directory)
            ))
            .into()
        })
    }

    /// Forgets every change but one. What is left over does no harm.
    pub fn forget_all_but(&self, kept: Option<&Record>) {
        let kept = kept.map(|record| self.path_of(record));
        for entry in fs::read_dir(&self.directory).into_iter().flatten().flatten() {
            if Some(entry.path()) != kept {
                let _ = fs::remove_file(entry.path());
            }
        }
        let _ = fs::remove_dir(&self.directory);
    }

    fn path_of(&self, record: &Record) -> PathBuf {
        self.directory.join(format!("{}.json", &record.after[..32]))
    }
}

/// Every file that has a record, wherever it is.
pub fn recorded_files() -> Vec<PathBuf> {
    let directories = paths::state_directory().and_then(|state| fs::read_dir(state.join("settings")).ok());
    let entries = directories.into_iter().flatten().flatten();
    let records = entries.flat_map(|directory| fs::read_dir(directory.path()).into_iter().flatten().flatten());
    let mut found: Vec<PathBuf> = records
        .filter_map(|entry| {
            let record: Record = serde_json::from_slice(&files::read(&entry.path(), files::RECORD).ok()?).ok()?;
            record.file.is_absolute().then_some(record.file)
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The hash by which a record knows a content.
pub fn hash(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

/// Writes members into a text and says what was done.
pub fn written(text: &str, made: bool, members: &[Member]) -> (String, Record) {
    let mut editor = Editor::new(text);
    let mut entries = Vec::new();
    for (path, value) in members {
        let names: Vec<&str> = path.iter().map(String::as_str).collect();
        if names.len() > 1 && editor.get(&names[..1]).is_none() {
            entries.push(Entry {
                path: vec![ENV.to_owned()],
                wrote: "{}".to_owned(),
                was: None,
            });
        }
        let was = editor.get(&names).map(str::to_owned);
        editor.set(&names, value);
        entries.push(Entry {
            path: path.clone(),
            wrote: value.clone(),
            was,
        });
    }
    let record = Record {
        file: PathBuf::new(),
        made,
        splices: editor.splices,
        entries,
        after: hash(&editor.text),
    };
    (editor.text, record)
}
