//! Values of a profile, and where each was written.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::diagnostic::Place;
use crate::system::text::visible;

/// Where a secret comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Secret {
    /// The system's keyring, under this name.
    Keyring(String),
    /// What a command prints, within so many seconds.
    Command {
        /// The command line, split as a POSIX shell splits words; no shell runs it.
        line: String,
        /// The time limit.
        seconds: u64,
    },
    /// The content of a file of the user's own.
    File(String),
    /// Another variable of the environment.
    Env(String),
    /// Request headers, some of which hold secrets, one a line.
    Headers(Vec<(String, Header)>),
}

/// The value of a request header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Header {
    /// This text.
    Text(String),
    /// A secret.
    Secret(Box<Secret>),
}

impl Secret {
    /// Whether a command provides it.
    pub fn runs_command(&self) -> bool {
        match self {
            Self::Command { .. } => true,
            Self::Keyring(_) | Self::File(_) | Self::Env(_) => false,
            Self::Headers(headers) => headers
                .iter()
                .any(|(_, header)| matches!(header, Header::Secret(secret) if secret.runs_command())),
        }
    }
}

/// How long a secret's command may take, unless the profile says otherwise.
pub const COMMAND_SECONDS: u64 = 60;

/// A value in a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// Text.
    Text(String),
    /// `true` or `false`.
    Flag(bool),
    /// Where a secret is.
    Secret(Secret),
    /// `false` in `env`: the variable is unset.
    Unset,
    /// An array of texts.
    List(Vec<String>),
}

impl Value {
    /// The value in a form that is safe to show: for a secret only its place.
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) => visible(text),
            Self::Flag(flag) => flag.to_string(),
            Self::Unset => "false".to_owned(),
            Self::List(texts) => visible(&texts.join(", ")),
            Self::Secret(secret) => visible(&secret.to_string()),
        }
    }
}

impl std::fmt::Display for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Keyring(name) => write!(formatter, "keyring: {name}"),
            Self::Command { line, .. } => write!(formatter, "command: {line}"),
            Self::File(path) => write!(formatter, "file: {path}"),
            Self::Env(name) => write!(formatter, "variable: {name}"),
            Self::Headers(headers) => {
                let shown = |(name, header): &(String, Header)| match header {
                    Header::Text(_) => name.clone(),
                    Header::Secret(secret) => format!("{name} ({secret})"),
                };
                write!(
                    formatter,
                    "{}",
                    headers.iter().map(shown).collect::<Vec<_>>().join(", ")
                )
            }
        }
    }
}

/// A value and where it was written.
#[derive(Clone, Debug)]
pub struct Located {
    /// The value.
    pub value: Value,
    /// Its place in a file.
    pub place: Place,
}

/// Values by the path of their key; `env.NAME` for variables.
#[derive(Clone, Debug, Default)]
pub struct Settings(BTreeMap<String, Located>);

impl Settings {
    /// The text at `path`.
    pub fn text(&self, path: &str) -> Option<&str> {
        match &self.0.get(path)?.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The flag at `path`; `false` if it is not set.
    pub fn flag(&self, path: &str) -> bool {
        matches!(self.0.get(path).map(|located| &located.value), Some(Value::Flag(true)))
    }

    /// The value at `path` and its place.
    pub fn get(&self, path: &str) -> Option<&Located> {
        self.0.get(path)
    }

    /// All values in the order of their paths.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Located)> {
        self.0.iter().map(|(path, located)| (path.as_str(), located))
    }

    /// The values below a table, by the rest of their path.
    pub fn below<'a>(&'a self, table: &'a str) -> impl Iterator<Item = (&'a str, &'a Located)> {
        self.iter()
            .filter_map(move |(path, located)| Some((path.strip_prefix(table)?.strip_prefix('.')?, located)))
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts `inner` over these values, key by key. An `auth` table that names its method stands for
    /// itself: parts of another method must not be mixed into it.
    pub fn refine(&mut self, inner: &Self) {
        if inner.0.contains_key("auth.method") {
            self.0.retain(|path, _| !path.starts_with("auth."));
        }
        self.0
            .extend(inner.0.iter().map(|(path, located)| (path.clone(), located.clone())));
    }

    /// Puts one value in.
    pub fn insert(&mut self, path: String, located: Located) {
        self.0.insert(path, located);
    }

    /// Removes one key.
    pub fn remove(&mut self, path: &str) -> Option<Located> {
        self.0.remove(path)
    }
}
