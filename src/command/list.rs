//! `list`: the profiles that there are.

use serde_json::json;

use crate::command::Report;
use crate::diagnostic::{Diagnostic, Result};
use crate::exit::Exit;
use crate::session::Session;
use crate::system::paths;
use crate::{changed, console, context, environment, load};

/// What `--help` shows after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock list
  claude-bedrock list --json | jq -r '.[].name'";

/// Prints every profile. One that is broken is marked, and its error follows on stderr.
pub fn run(report: &Report) -> Result<Exit> {
    let profiles = load::summaries()?;
    let session = Session::inherited();
    let active = session.state.profile.clone();
    let here = context::active_of(None).ok().map(|(_, active)| active);
    let changed = here
        .as_ref()
        .map(|active| changed::in_shell(&session, active))
        .unwrap_or_default();
    let mut broken = Vec::new();
    let mut rows = Vec::new();
    let mut objects = Vec::new();
    for (name, profile) in &profiles {
        let is_active = active.as_ref() == Some(name);
        let is_changed = is_active && !changed.is_empty();
        let mark = match (is_active, is_changed) {
            (_, true) => "!",
            (true, false) => "*",
            (false, false) => " ",
        };
        let mark = mark.to_owned();
        match profile {
            Ok(profile) => {
                let text = |key| profile.settings.text(key);
                objects.push(json!({
                    "name": name, "active": is_active, "changed": is_changed, "description": text("description"), "region": text("region"),
                    "auth": text("auth.method").unwrap_or("ambient"), "aws_profile": text("auth.profile"), "extends": profile.extends,
                }));
                let cells = [
                    name.as_str(),
                    text("region").unwrap_or("-"),
                    &environment::hint(profile),
                    text("description").unwrap_or(""),
                ]
                .map(crate::system::text::visible);
                rows.push([mark].into_iter().chain(cells).collect());
            }
            Err(finding) => {
                objects.push(json!({ "name": name, "active": is_active, "error": finding.redacted_message() }));
                rows.push(vec![mark, name.clone(), "broken".to_owned()]);
                broken.push(finding);
            }
        }
    }
    if report.json {
        console::print(format!("{:#}\n", json!(objects)))?;
    } else if rows.is_empty() {
        let path = paths::user_config().map_or_else(|| "config.toml".to_owned(), |path| paths::display(&path));
        console::say(&format!(
            "claude-bedrock: there is no profile yet; write one into {path}:\n\n  [profiles.work]\n  region = \"us-east-1\"\n  auth = {{ method = \"aws-profile\", profile = \"default\" }}"
        ));
    } else {
        console::print(console::table(&rows))?;
    }
    if let Some(active) = here.filter(|_| !changed.is_empty()) {
        console::report(&Diagnostic::error(changed::line(&session, &active, &changed)).warning());
    }
    for finding in &broken {
        console::report(finding);
    }
    Ok(Exit::found_if(!broken.is_empty()))
}
