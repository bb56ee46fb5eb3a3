//! Profiles made from what already exists: `~/.aws/config`, variables, Claude Code's settings, shell lines, and the
//! files of other programs.
//!
//! Every source is read into [`Reading`]s: the settings that belong together. A reading becomes one profile, and each
//! name in it is used exactly once: it is imported, it is left out with a reason, or it does not concern Claude Code
//! ([`variables`]). Nothing is run, and nothing is written here; secrets stay apart from the profile.

mod anchors;
pub mod aws;
mod clauth;
pub mod formats;
pub mod objects;
pub mod places;
pub mod settings;
pub mod shell;
pub mod sso;
pub mod text;
pub mod variables;
mod words;
mod yaml;

use crate::edit::Draft;

/// The value of a variable as a source gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// This text.
    Text(String),
    /// What a command prints.
    Command(String),
    /// Something that a shell would have to evaluate; as it is written.
    Open(String),
}

impl Value {
    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Command(_) | Self::Open(_) => None,
        }
    }
}

/// A variable in a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// Where it stands, in words: `line 3`.
    pub place: String,
}

/// Settings that belong together in a source.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// Its name there: of a function, an alias, a service. `None` for what applies to the whole source.
    pub label: Option<String>,
    /// The variables in order; of two with the same name the last counts.
    pub variables: Vec<Variable>,
    /// Keys of Claude Code's settings other than variables.
    pub keys: Vec<(String, serde_json::Value)>,
    /// What was found but is not part of it, and why.
    pub notes: Vec<(String, String)>,
    /// Remarks.
    pub remarks: Vec<(String, String)>,
    /// Whether every variable is meant for Claude Code, whatever its name.
    pub is_claudes: bool,
}

/// A profile that could be written.
#[derive(Debug, Default)]
pub struct Found {
    /// The profile; its secrets are where `secrets` says.
    pub draft: Draft,
    /// What cannot be imported, and why.
    pub unmapped: Vec<(String, String)>,
    /// Remarks.
    pub notes: Vec<(String, String)>,
    /// What is imported: the name in the source, and the key of the profile.
    pub taken: Vec<(String, String)>,
    /// Names that do not concern Claude Code.
    pub aside: Vec<String>,
    /// Secrets on their way.
    pub secrets: Vec<Moved>,
    /// Why it is not a Bedrock set-up; then it is not written.
    pub is_other: Option<String>,
    /// Families of models that Claude Code chooses by itself.
    pub unpinned: Vec<&'static str>,
}

/// A secret that leaves the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The key of the profile.
    pub path: String,
    /// The variable in the source.
    pub variable: String,
    /// The secret.
    pub value: String,
}
