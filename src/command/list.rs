//! `list`: the profiles you have.

use serde_json::json;

use crate::command::overview::{self, Overview, Row};
use crate::console::layout::Screen;
use crate::diagnostic::{Diagnostic, Result};
use crate::exit::Exit;
use crate::session::Session;
use crate::system::paths;
use crate::{changed, console, context, lint, load};

/// Shown by `--help` after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock list
  claude-bedrock list --json | jq -r '.[].name'

The columns: the name (* the active one), region, account, login, main model, description, as far as they fit. --json
has all of it, and more.";

#[derive(clap::Args, Debug)]
pub struct Args {
    /// Also abstract profiles, which only others extend
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub report: super::Report,
}

/// Prints every profile. One that is broken is marked, and its error follows on stderr.
pub fn run(arguments: &Args) -> Result<Exit> {
    let profiles = load::summaries()?;
    let session = Session::inherited();
    let active = session.state.profile.clone();
    let here = context::active_of(None).ok().map(|(_, active)| active);
    let changed = here
        .as_ref()
        .map(|active| changed::in_shell(&session, active))
        .unwrap_or_default();
    let mut broken = Vec::new();
    let mut ending = Vec::new();
    let mut rows = Vec::new();
    let mut objects = Vec::new();
    for (name, profile) in &profiles {
        let is_active = active.as_ref() == Some(name);
        let is_changed = is_active && !changed.is_empty();
        let mark = match (is_active, is_changed) {
            (_, true) => '!',
            (true, false) => '*',
            (false, false) => ' ',
        };
        let of = |profile: &crate::profile::Profile| {
            let overview = Overview::of(profile, &session)?;
            Ok((overview.json(profile), overview))
        };
        let mut object = json!({ "name": name, "active": is_active, "changed": is_changed });
        match profile.as_ref().map_err(Clone::clone).and_then(of) {
            Ok((_, overview)) if overview.is_abstract && !is_active && !arguments.all => continue,
            Ok((columns, overview)) => {
                super::extend(&mut object, columns);
                let ends = profile.as_ref().map(lint::ends).unwrap_or_default();
                for (model, stage) in &ends {
                    let message = format!("{name}: {model} {}", stage.words());
                    ending.push(
                        Diagnostic::error(message)
                            .warning()
                            .help("what replaces it: claude-bedrock lint"),
                    );
                }
                object["ends"] = ends
                    .iter()
                    .map(|(model, stage)| json!({ "model": model, "life": stage.words() }))
                    .collect();
                rows.push(Row {
                    mark,
                    profile: Ok(overview),
                });
            }
            Err(finding) => {
                object["error"] = json!(finding.redacted_message());
                rows.push(Row {
                    mark,
                    profile: Err((name.clone(), overview::problem(&finding))),
                });
                broken.push(finding);
            }
        }
        objects.push(object);
    }
    if arguments.report.json {
        console::print_json(&json!(objects))?;
    } else if profiles.is_empty() {
        let path = paths::user_config().map_or_else(|| "config.toml".to_owned(), |path| paths::display(&path));
        console::say(&format!(
            "claude-bedrock: there is no profile yet\n  have one written from what is there: claude-bedrock setup\n  or write one into {path}: claude-bedrock add NAME"
        ));
    } else {
        console::print(overview::table(&rows, Screen::of_output()))?;
    }
    if let Some(active) = here.filter(|_| !changed.is_empty()) {
        console::report(&Diagnostic::error(changed::line(&session, &active, &changed)).warning());
    }
    for finding in ending.iter().chain(broken.iter().map(AsRef::as_ref)) {
        console::report(finding);
    }
    Ok(Exit::found_if(!broken.is_empty()))
}
