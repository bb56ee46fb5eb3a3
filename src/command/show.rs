//! `show`: a profile in full, each value with the file and line that it comes from.

use clap_complete::engine::ArgValueCompleter;
use serde_json::{Map, Value as Json, json};

use crate::claude::shadow::is_secret;
use crate::command::{self, Report};
use crate::diagnostic::{Diagnostic, Place, Result};
use crate::environment::{Environment, Setting, Wanted};
use crate::exit::Exit;
use crate::profile::Profile;
use crate::profile::keys::{ENV, HEADERS};
use crate::profile::value::Value;
use crate::system::text::visible;
use crate::{console, context, load};

/// What `--help` shows after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock show          the profile that is active here, as the project refines it
  claude-bedrock show work     a profile by itself";

#[derive(clap::Args, Debug)]
pub struct Args {
    /// The profile; without it the one that is active here
    #[arg(add = ArgValueCompleter::new(command::complete::profiles))]
    pub profile: Option<String>,
    #[command(flatten)]
    pub report: Report,
}

/// Prints a profile.
pub fn run(arguments: &Args) -> Result<Exit> {
    let profile = match &arguments.profile {
        Some(name) => named(name)?,
        None => context::active_of(None)?.1.profile,
    };
    let environment = Environment::of(&profile)?;
    console::print(if arguments.report.json {
        json(&profile, &environment)
    } else {
        text(&profile, &environment)
    })?;
    Ok(Exit::Done)
}

fn named(name: &str) -> Result<Profile> {
    let mut profiles = load::summaries()?;
    match profiles.remove(name) {
        Some(profile) => profile,
        None => Err(Diagnostic::error(format!("there is no profile `{name}`"))
            .did_you_mean(name, profiles.keys().map(String::as_str))
            .help("see what there is: claude-bedrock list")
            .into()),
    }
}

/// What stands for a value that is nobody's business.
const HIDDEN: &str = "********";

/// The variable or header that a setting is for; nothing for one of the program's own keys.
fn named_by(path: &str) -> &str {
    [ENV, HEADERS]
        .iter()
        .find_map(|table| path.strip_prefix(table)?.strip_prefix('.'))
        .unwrap_or_default()
}

/// The text of a value, unless it is or looks like a secret that stands in the file in plain text.
fn unless_secret(name: &str, text: &str) -> String {
    if is_secret(name, text) { HIDDEN } else { text }.to_owned()
}

/// A value as it may be shown: of a secret only where it is. `None` where the variable is unset.
fn shown(name: &str, setting: &Setting) -> Option<String> {
    match &setting.wanted {
        Wanted::Text(text) => Some(unless_secret(name, text)),
        Wanted::Secret(secret) => Some(format!("({secret})")),
        Wanted::Unset => None,
    }
}

fn text(profile: &Profile, environment: &Environment) -> String {
    let mut head = vec![vec!["profile".to_owned(), profile.name.clone()]];
    if !profile.extends.is_empty() {
        head.push(vec!["extends".to_owned(), profile.extends.join(", ")]);
    }
    let settings: Vec<Vec<String>> = profile
        .settings
        .iter()
        .map(|(path, located)| {
            let value = match &located.value {
                Value::Text(text) if is_secret(named_by(path), text) => HIDDEN.to_owned(),
                value => value.shown(),
            };
            vec![path.to_owned(), value, located.place.to_string()]
        })
        .collect();
    let (set, unset): (Vec<_>, Vec<_>) = environment
        .iter()
        .partition(|(_, setting)| !matches!(setting.wanted, Wanted::Unset));
    let variables: Vec<Vec<String>> = set
        .iter()
        .map(|(name, setting)| {
            let value = visible(&shown(name, setting).unwrap_or_default());
            vec![
                (*name).to_owned(),
                value,
                setting.place.as_ref().map(Place::to_string).unwrap_or_default(),
            ]
        })
        .collect();
    let unset: Vec<&str> = unset.iter().map(|(name, _)| *name).collect();
    format!(
        "{}\n{}\nsets\n{}\nunsets\n{}\n",
        console::table(&head),
        console::table(&settings),
        console::table(&variables),
        unset.join("\n")
    )
}

fn json(profile: &Profile, environment: &Environment) -> String {
    let place = |place: &Place| json!({ "file": place.source.path.to_string_lossy(), "line": place.line(), "column": place.column() });
    let settings: Map<String, Json> = profile
        .settings
        .iter()
        .map(|(path, located)| {
            let value = match &located.value {
                Value::Text(text) => json!(unless_secret(named_by(path), text)),
                Value::Flag(flag) => json!(flag),
                Value::Unset => json!(false),
                Value::List(texts) => json!(texts),
                Value::Secret(secret) => json!({ "secret": secret.to_string() }),
            };
            (
                path.to_owned(),
                json!({ "value": value, "from": place(&located.place) }),
            )
        })
        .collect();
    let variables: Map<String, Json> = environment
        .iter()
        .map(|(name, setting)| {
            (
                name.to_owned(),
                json!({ "value": shown(name, setting), "from": setting.place.as_ref().map(place) }),
            )
        })
        .collect();
    format!(
        "{:#}\n",
        json!({ "name": profile.name, "extends": profile.extends, "settings": settings, "variables": variables })
    )
}
