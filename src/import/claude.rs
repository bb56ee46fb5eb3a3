//! From the `env` blocks of Claude Code's settings files, the stronger file over the weaker.

use std::path::Path;

use super::Variable;
use crate::claude::settings::{Found, Tier};

/// The variables of the user's, the project's and the local file. An administrator's stay where they are.
pub fn variables(directory: Option<&Path>) -> Vec<Variable> {
    let found = Found::in_directory(directory);
    let files = found.files.into_iter().filter(|file| file.tier != Tier::Managed);
    files
        .flat_map(|file| file.env)
        .map(|(name, value)| (name, Some(value.text)))
        .collect()
}

/// The variables in a pasted settings file or its `env`; `None` where it is no JSON object.
pub fn pasted(text: &str) -> Option<Vec<Variable>> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let object = value.as_object()?;
    let env = object
        .get("env")
        .and_then(serde_json::Value::as_object)
        .unwrap_or(object);
    Some(
        env.iter()
            .filter_map(|(name, value)| match value {
                serde_json::Value::String(text) => Some((name.clone(), Some(text.clone()))),
                serde_json::Value::Number(_) | serde_json::Value::Bool(_) => {
                    Some((name.clone(), Some(value.to_string())))
                }
                _ => None,
            })
            .collect(),
    )
}
