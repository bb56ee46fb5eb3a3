//! What a shell has chosen.

use serde::{Deserialize, Serialize};

/// What a shell chose: `use NAME`, `off` or `use --clear`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Choice {
    /// Whatever the directory says.
    Directory,
    /// No profile.
    Off,
    /// This profile.
    Profile(String),
}

impl Choice {
    /// The choice that the value of `CLAUDE_BEDROCK_PROFILE` stands for.
    pub fn of(value: Option<&str>) -> Self {
        match value {
            None => Self::Directory,
            Some(crate::system::paths::OFF) => Self::Off,
            Some(name) => Self::Profile(name.to_owned()),
        }
    }

    /// The value of `CLAUDE_BEDROCK_PROFILE` that stands for the choice.
    pub fn value(&self) -> Option<&str> {
        match self {
            Self::Directory => None,
            Self::Off => Some(crate::system::paths::OFF),
            Self::Profile(name) => Some(name),
        }
    }
}
