//! Every variable of the installed client that can decide who is asked, for what and where is owned, or was looked at
//! and left alone for a reason (`reviewed.toml`). A new release cannot bring one unseen.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use crate::support::world::PROGRAM;

/// Parts of names that decide.
const DECIDE: &str = "CLAUDE_CODE_USE_|_MODEL|_BASE_URL|_REGION|ENDPOINT|BEARER|AUTH_TOKEN|SKIP_[A-Z_]*AUTH|_SOCKET|CUSTOM_HEADERS|SERVICE_TIER|_HOST_AUTH|_HOST_CREDS|MANAGED_BY_HOST";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reviewed {
    /// The client's versions that these tests have met.
    versions: Vec<String>,
    /// A name, or the beginning of several with `*`, and why no profile owns it.
    reasons: BTreeMap<String, String>,
}

fn found(program: &Path, pattern: &str) -> BTreeSet<String> {
    let output = Command::new("grep")
        .args(["-aoE", pattern])
        .arg(program)
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(str::to_owned)
        .collect()
}

/// The names in the client that decide. Its text stands in it twice: as it is, and as compiled code, where names touch
/// each other; what only that gives and is a known name with more behind it is no name.
fn deciding(program: &Path) -> BTreeSet<String> {
    let all = found(program, "(CLAUDE_CODE|CLAUDE|ANTHROPIC|AWS)_[A-Z0-9_]+");
    let apart = found(
        program,
        "[\".,{ (`'[](CLAUDE_CODE|CLAUDE|ANTHROPIC|AWS)_[A-Z0-9_]+[\":,;=)!?&|}. `'\\]]",
    );
    let apart: BTreeSet<&str> = apart.iter().map(|text| &text[1..text.len() - 1]).collect();
    let pattern: Vec<&str> = DECIDE.split('|').collect();
    let decides = |name: &str| {
        pattern.iter().any(|part| match part.split_once("[A-Z_]*") {
            Some((start, end)) => name.find(start).is_some_and(|at| name[at..].contains(end)),
            None => name.contains(part),
        })
    };
    let is_joined = |name: &str| !apart.contains(name) && all.contains(&name[..name.len() - 1]);
    all.iter()
        .filter(|name| decides(name) && !is_joined(name))
        .cloned()
        .collect()
}

/// The variables that a profile owns, by what `export json` prints of one.
fn owned() -> BTreeSet<String> {
    let mut world = crate::support::World::new(crate::support::Shell::Bash);
    world.config("default_profile = \"work\"\n[profiles.work]\nregion = \"us-east-1\"\nauth = { method = \"aws-profile\", profile = \"x\" }\n");
    world.set("PATH", "/usr/bin:/bin");
    let output = world.command(PROGRAM).args(["export", "json"]).output().unwrap();
    let object: BTreeMap<String, serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    object.into_keys().collect()
}

pub fn every_selector_is_owned_or_reviewed(program: &Path) {
    let reviewed: Reviewed = toml::from_str(include_str!("reviewed.toml")).unwrap();
    let owned = owned();
    let names = deciding(program);
    assert!(
        names.len() > 80 && names.contains("CLAUDE_CODE_USE_BEDROCK"),
        "{names:?}"
    );
    let is_reviewed = |name: &str| {
        reviewed.reasons.keys().any(|known| match known.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => known == name,
        })
    };
    let unseen: Vec<&String> = names
        .iter()
        .filter(|name| !owned.contains(*name) && !is_reviewed(name))
        .collect();
    assert!(
        unseen.is_empty(),
        "this client has variables that nobody has looked at: {unseen:#?}\nown them (src/variables), or write into tests/wire/reviewed.toml why not"
    );
    for known in reviewed.reasons.keys() {
        assert!(!owned.contains(known), "{known} is owned and needs no reason");
    }
    let version = crate::client::version(program);
    let number = version.split(' ').next().unwrap_or_default();
    if !reviewed.versions.iter().any(|known| known == number) {
        println!("Claude Code {number} is new here and brings no selector: add it to tests/wire/reviewed.toml");
    }
}
