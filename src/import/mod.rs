//! Profiles made of what is there already: `~/.aws/config`, variables, Claude Code's settings, shell lines.
//!
//! Nothing is run, and nothing is written here; secrets stay apart from the profile on their way to the keyring.

pub mod aws;
pub mod claude;
pub mod shell;
pub mod variables;

use crate::edit::Draft;

/// A profile that could be written.
#[derive(Default)]
pub struct Found {
    /// The profile; its secrets are in the keyring, under the names below.
    pub draft: Draft,
    /// What cannot be a part of it: the name, and why.
    pub unmapped: Vec<(String, String)>,
    /// Names in the keyring and the secrets that go there.
    pub secrets: Vec<(String, String)>,
}

/// A variable and its value; the value is none where it depends on something that would have to be run.
pub type Variable = (String, Option<String>);
