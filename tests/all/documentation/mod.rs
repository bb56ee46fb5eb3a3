//! README, docs/ and what stands beside them: links lead somewhere, commands work, messages are as quoted.

mod commands;
mod contributing;
mod links;
mod surfaces;

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::files::below;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every page that a user reads: its path below the repository, and its text.
fn pages() -> Vec<(String, String)> {
    let docs = below(&root().join("docs"))
        .into_iter()
        .map(|name| format!("docs/{name}"));
    let others = [
        "README.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "CODE_OF_CONDUCT.md",
        "packaging/README.md",
    ]
    .map(str::to_owned);
    docs.chain(others)
        .filter(|path| Path::new(path).extension().is_some_and(|end| end == "md"))
        .map(|path| {
            let text = fs::read_to_string(root().join(&path)).unwrap();
            (path, text)
        })
        .collect()
}

/// The lines of a page outside its code blocks.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    text.lines().filter(move |line| {
        if line.trim_start().starts_with("```") {
            inside = !inside;
            return false;
        }
        !inside
    })
}
