//! What the keys of Claude Code's settings hold, where another type makes the client drop the whole file. Each was tried
//! with 2.1.332; keys whose faults drop only themselves (hooks, `deniedModels`, `env`'s values) are not here.

use std::ops::Range;

use serde_json::Value;

use crate::claude::json::{self, Object};

/// What a value must be.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Text,
    /// A text that is run.
    Command,
    Flag,
    /// A whole number from 0.
    Count,
    Object,
    Array,
    /// An array of texts.
    Texts,
    /// An object whose values are texts.
    TextMap,
}

impl Shape {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Text | Self::Command => value.is_string(),
            Self::Flag => value.is_boolean(),
            Self::Count => value.is_u64(),
            Self::Object => value.is_object(),
            Self::Array => value.is_array(),
            Self::Texts => value
                .as_array()
                .is_some_and(|values| values.iter().all(Value::is_string)),
            Self::TextMap => value
                .as_object()
                .is_some_and(|object| object.values().all(Value::is_string)),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Text => "a string in double quotes",
            Self::Command => "a command in double quotes",
            Self::Flag => "true or false",
            Self::Count => "a whole number",
            Self::Object => "an object",
            Self::Array => "an array",
            Self::Texts => "an array of strings",
            Self::TextMap => "an object of strings",
        }
    }
}

/// The keys, those of inner objects with their path.
const SHAPES: &[(&[&str], Shape)] = &[
    (&["alwaysThinkingEnabled"], Shape::Flag),
    (&["apiKeyHelper"], Shape::Command),
    (&["attribution"], Shape::Object),
    (&["attribution", "commit"], Shape::Text),
    (&["availableModels"], Shape::Texts),
    (&["awsAuthRefresh"], Shape::Command),
    (&["awsCredentialExport"], Shape::Command),
    (&["cleanupPeriodDays"], Shape::Count),
    (&["disableAllHooks"], Shape::Flag),
    (&["enableAllProjectMcpServers"], Shape::Flag),
    (&["enabledPlugins"], Shape::Object),
    (&["enforceAvailableModels"], Shape::Flag),
    (&["fileSuggestion"], Shape::Object),
    (&["hooks"], Shape::Object),
    (&["includeCoAuthoredBy"], Shape::Flag),
    (&["language"], Shape::Text),
    (&["model"], Shape::Text),
    (&["modelOverrides"], Shape::TextMap),
    (&["outputStyle"], Shape::Text),
    (&["permissions"], Shape::Object),
    (&["permissions", "additionalDirectories"], Shape::Array),
    (&["permissions", "allow"], Shape::Array),
    (&["permissions", "ask"], Shape::Array),
    (&["permissions", "defaultMode"], Shape::Text),
    (&["permissions", "deny"], Shape::Array),
    (&["sandbox"], Shape::Object),
    (&["sandbox", "enabled"], Shape::Flag),
    (&["sandbox", "network"], Shape::Object),
    (&["spinnerTipsEnabled"], Shape::Flag),
    (&["statusLine"], Shape::Object),
    (&["statusLine", "command"], Shape::Text),
    (&["statusLine", "type"], Shape::Text),
    (&["worktree"], Shape::Object),
];

/// Inner keys that must be there.
const NEEDED: &[(&[&str], &str)] = &[(&["statusLine"], "type"), (&["statusLine"], "command")];

/// What makes the client drop these settings, a JSON object: the name of the key that is wrong, where its value stands,
/// and what it takes.
pub fn faults(text: &str, top: &Object) -> Vec<(&'static str, Range<usize>, String)> {
    let Ok(settings) = serde_json::from_str::<Value>(text) else {
        return Vec::new();
    };
    let mut faults = Vec::new();
    for (path, shape) in SHAPES {
        let value = path.iter().try_fold(&settings, |value, name| value.get(name));
        if value.is_some_and(|value| !shape.fits(value)) {
            faults.push((*path, format!("`{}` is {}", path.join("."), shape.words())));
        }
    }
    for (outer, inner) in NEEDED {
        let object = settings.get(outer[0]).and_then(Value::as_object);
        if object.is_some_and(|object| !object.contains_key(*inner)) {
            faults.push((*outer, format!("`{}` needs `{inner}`", outer[0])));
        }
    }
    let place = |path: &[&str]| {
        let outer = &top.get(path[0])?.value;
        let Some(name) = path.get(1) else {
            return Some(outer.span.clone());
        };
        let inner = json::object(text, outer).ok()?;
        Some(inner.get(name)?.value.span.clone())
    };
    faults
        .into_iter()
        .filter_map(|(path, message)| Some((path[0], place(path)?, message)))
        .collect()
}
