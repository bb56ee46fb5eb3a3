//! `list`: the profiles that there are.

use serde_json::json;

use crate::cli::Report;
use crate::command;
use crate::diagnostic::{Diagnostic, Result};
use crate::environment;
use crate::paths;
use crate::session::Session;
use crate::session::changed;
use crate::session::load;

/// Prints every profile. One that is broken is marked, and its error follows on stderr.
pub fn run(report: &Report) -> Result<u8> {
    let profiles = load::summaries()?;
    let session = Session::inherited();
    let active = session.state.profile.clone();
    let here = command::active_of(None).ok().map(|(_, active)| active);
    let changed = here.as_ref().map(|active| changed::in_shell(&session, active)).unwrap_or_default();
    let mut broken = Vec::new();
    let mut rows = Vec::new();
    let mut objects = Vec::new();
    for (name, profile) in &profiles {
        let is_active = active.as_ref() == Some(name);
        let is_changed = is_active && !changed.is_empty();
        let mark = if is_changed { "!" } else if is_active { "*" } else { " " }.to_owned();
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
                .map(crate::diagnostic::visible);
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
        command::print(format!("{:#}\n", json!(objects)))?;
    } else if rows.is_empty() {
        let path = paths::user_config().map_or_else(|| "config.toml".to_owned(), |path| paths::display(&path));
        command::say(&format!(
            "claude-bedrock: there is no profile yet; write one into {path}:\n\n  [profiles.work]\n  region = \"us-east-1\"\n  auth = {{ method = \"aws-profile\", profile = \"default\" }}"
        ));
    } else {
        command::print(command::table(&rows))?;
    }
    if let Some(active) = here.filter(|_| !changed.is_empty() && !report.json) {
        command::complain(&Diagnostic::error(changed::line(&session, &active, &changed)).warning());
    }
    for finding in &broken {
        command::say(&finding.render(crate::cli::colored()));
    }
    Ok(u8::from(!broken.is_empty()))
}
