//! Profiles made of what is there already: `~/.aws/config`, variables, Claude Code's settings, shell lines, and the
//! files of other programs.
//!
//! Whatever the source, it is read into [`Reading`]s: what stands together there. A reading becomes one profile, and
//! each name in it is used exactly once: it is taken, it is left with a reason, or it is none of Claude Code's
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
    /// Something that would have to be worked out; as it is written.
    Open(String),
}

impl Value {
    /// The text, where it is one.
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

/// What stands together in a source.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// What it is called there: a function, an alias, a service. None for what holds in the whole source.
    pub label: Option<String>,
    /// The variables in their order; of two of one name the last counts.
    pub variables: Vec<Variable>,
    /// Keys of Claude Code's settings beside the variables.
    pub keys: Vec<(String, serde_json::Value)>,
    /// What was seen that is no part of it: what, and why.
    pub notes: Vec<(String, String)>,
    /// What else is to be known of it.
    pub remarks: Vec<(String, String)>,
    /// Whether every variable is meant for Claude Code, whatever its name.
    pub is_claudes: bool,
}

/// A profile that could be written.
#[derive(Debug, Default)]
pub struct Found {
    /// The profile; its secrets are where `secrets` says.
    pub draft: Draft,
    /// What cannot be a part of it: what, and why.
    pub unmapped: Vec<(String, String)>,
    /// What else is to be known of it.
    pub notes: Vec<(String, String)>,
    /// What it takes: the name in the source, and the key of the profile.
    pub taken: Vec<(String, String)>,
    /// Names that are none of Claude Code's.
    pub aside: Vec<String>,
    /// Secrets on their way.
    pub secrets: Vec<Moved>,
    /// Why it is no set-up of Bedrock's; then it is not written.
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
