//! From the settings that Claude Code reads here: `env` of `~/.claude.json`, then the files from the user's to the
//! administrator's, the stronger over the weaker.

use std::path::Path;

use serde_json::Value as Json;

use super::{Reading, objects};
use crate::claude::settings::{self, Found, Tier};
use crate::diagnostic::Diagnostic;
use crate::rewrite::Original;
use crate::system::paths;

/// The settings that apply in `directory`. A file that Claude Code drops does not count, which is reported.
pub fn reading(directory: Option<&Path>) -> Reading {
    let mut whole = Reading {
        is_claudes: true,
        ..Reading::default()
    };
    if let Some(path) = global()
        && let Some(object) = parsed(&path)
        && let Some(env) = object.get("env").and_then(Json::as_object)
    {
        let mut only_env = serde_json::Map::new();
        only_env.insert("env".to_owned(), Json::Object(env.clone()));
        add(&mut whole, objects::settings(&only_env), &path);
    }
    let found = Found::in_directory(directory);
    for (candidate, finding) in &found.broken {
        let at = place(&candidate.path, Some(finding));
        whole.notes.push((at, finding.message.clone()));
    }
    for file in &found.files {
        let path = &file.source.path;
        if file.is_ignored {
            let first = file.lenient.iter().chain(&file.faults).next();
            let why = first.map_or_else(String::new, |finding| finding.message.clone());
            let why = format!("Claude Code drops the whole file: {why}");
            whole.notes.push((place(path, first), why));
            continue;
        }
        let Some(object) = serde_json::from_str::<Json>(file.source.text()).ok() else {
            continue;
        };
        let Some(object) = object.as_object() else { continue };
        let reading = objects::settings(object);
        if file.tier == Tier::Managed && !reading.variables.is_empty() {
            let why = "the administrator's settings beat every profile; what they set is taken, and stays there";
            whole.remarks.push((paths::display(path), why.to_owned()));
        }
        add(&mut whole, reading, path);
    }
    whole
}

/// Where a finding is, to the line, or the file.
fn place(path: &Path, finding: Option<&Diagnostic>) -> String {
    let place = finding.and_then(|finding| finding.place.as_ref());
    place.map_or_else(|| paths::display(path), ToString::to_string)
}

/// Puts a stronger file over what is there.
fn add(whole: &mut Reading, stronger: Reading, path: &Path) {
    for mut variable in stronger.variables {
        variable.place = paths::display(path);
        whole.variables.push(variable);
    }
    for (key, value) in stronger.keys {
        whole.keys.retain(|(known, _)| *known != key);
        whole.keys.push((key, value));
    }
}

/// `~/.claude.json`, which moves with `CLAUDE_CONFIG_DIR`.
fn global() -> Option<std::path::PathBuf> {
    let directory = settings::user_file()?.parent()?.to_path_buf();
    let inside = directory.join(".claude.json");
    let is_moved = paths::home().is_none_or(|home| home.join(".claude") != directory);
    if is_moved {
        return Some(inside);
    }
    Some(directory.parent()?.join(".claude.json"))
}

fn parsed(path: &Path) -> Option<serde_json::Map<String, Json>> {
    let original = Original::read(path).ok()?;
    let text = super::text::of(original.bytes()?)?;
    match serde_json::from_str(&text).ok()? {
        Json::Object(object) => Some(object),
        _ => None,
    }
}
