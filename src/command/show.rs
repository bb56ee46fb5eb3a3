//! `show`: a profile in full, each value with its file and line.

use clap_complete::engine::ArgValueCompleter;
use serde_json::{Map, Value as Json, json};
use unicode_width::UnicodeWidthStr as _;

use crate::claude::shadow::is_secret;
use crate::command::{self, Report};
use crate::console::layout::{Fact, Screen, Tone};
use crate::diagnostic::{Diagnostic, Place, Result};
use crate::environment::{Environment, Setting, Wanted};
use crate::exit::Exit;
use crate::profile::Profile;
use crate::profile::keys::{ENV, HEADERS};
use crate::profile::value::Value;
use crate::system::text::visible;
use crate::{console, context, load};

/// Shown by `--help` after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock show          the profile that is active here, as the project refines it
  claude-bedrock show work     a profile by itself";

#[derive(clap::Args, Debug)]
pub struct Args {
    /// The profile [default: the one that is active here]
    #[arg(add = ArgValueCompleter::new(command::complete::profiles))]
    pub profile: Option<String>,
    #[command(flatten)]
    pub report: Report,
}

/// Prints a profile.
pub fn run(arguments: &Args) -> Result<Exit> {
    let profile = match &arguments.profile {
        Some(name) => named(&command::names::meant(name)?)?,
        None => context::active_of(None)?.1.profile,
    };
    let environment = Environment::of(&profile)?;
    console::print(if arguments.report.json {
        json(&profile, &environment)
    } else {
        text(&profile, &environment, Screen::of_output())
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

/// Shown instead of a private value.
const HIDDEN: &str = "********";

/// The variable or header that a setting is for; nothing for one of the program's own keys.
fn named_by(path: &str) -> &str {
    [ENV, HEADERS]
        .iter()
        .find_map(|table| path.strip_prefix(table)?.strip_prefix('.'))
        .unwrap_or_default()
}

/// The text of a value, unless it is or looks like a secret in plain text.
fn unless_secret(name: &str, text: &str) -> String {
    if is_secret(name, text) { HIDDEN } else { text }.to_owned()
}

/// A value as it may be shown: of a secret only where it is. `None` if the variable is unset.
fn shown(name: &str, setting: &Setting) -> Option<String> {
    match &setting.wanted {
        Wanted::Text(text) => Some(unless_secret(name, text)),
        Wanted::Secret(secret) => Some(format!("({secret})")),
        Wanted::Unset => None,
    }
}

fn text(profile: &Profile, environment: &Environment, screen: Screen) -> String {
    let mut head = vec![Fact::new("profile", &profile.name)];
    if !profile.extends.is_empty() {
        head.push(Fact::new("extends", &profile.extends.join(", ")));
    }
    let settings: Vec<[String; 3]> = profile
        .settings
        .iter()
        .map(|(path, located)| {
            let value = match &located.value {
                Value::Text(text) if is_secret(named_by(path), text) => HIDDEN.to_owned(),
                value => value.shown(),
            };
            [path.to_owned(), value, located.place.to_string()]
        })
        .collect();
    let (set, unset): (Vec<_>, Vec<_>) = environment
        .iter()
        .partition(|(_, setting)| !matches!(setting.wanted, Wanted::Unset));
    let variables: Vec<[String; 3]> = set
        .iter()
        .map(|(name, setting)| {
            let value = visible(&shown(name, setting).unwrap_or_default());
            let place = setting.place.as_ref().map(Place::to_string);
            [(*name).to_owned(), value, place.unwrap_or_default()]
        })
        .collect();
    let unset = format!(
        "{} other variables of Claude Code and AWS, so that nothing else decides; their names: claude-bedrock show {} --json",
        unset.len(),
        profile.name
    );
    format!(
        "{}\n{}\n{}\n{}\n{}",
        screen.facts(&head),
        table(&settings, screen),
        screen.paint("sets", Tone::Strong),
        table(&variables, screen),
        screen.facts(&[Fact::new("unsets", &unset)])
    )
}

/// Names, values and places in columns; where these do not fit, a line for each.
fn table(rows: &[[String; 3]], screen: Screen) -> String {
    let widest = |column: usize| rows.iter().map(|row| row[column].width()).max().unwrap_or_default();
    let (names, values, places) = (widest(0), widest(1), widest(2));
    let fits = |needed: usize| screen.width.is_none_or(|width| needed <= width);
    let pad = |text: &str, width: usize| " ".repeat(width.saturating_sub(text.width()) + 2);
    let mut text = String::new();
    for [name, value, place] in rows {
        let shown = (screen.paint(name, Tone::Strong), screen.paint(place, Tone::Faint));
        if fits(names + values + places + 4) {
            text.push_str(&format!(
                "{}{}{value}{}{}",
                shown.0,
                pad(name, names),
                pad(value, values),
                shown.1
            ));
        } else if fits(names + 2 + values) {
            let indent = names + 2;
            text.push_str(&format!("{}{}{value}", shown.0, pad(name, names)));
            if !place.is_empty() {
                text.push_str(&format!("\n{}{}", " ".repeat(indent), shown.1));
            }
        } else {
            text.push_str(&format!("{}\n  {}", shown.0, screen.folded(value, 2)));
            if !place.is_empty() {
                text.push_str(&format!("\n  {}", shown.1));
            }
        }
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
    }
    text
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
    console::json(
        &json!({ "name": profile.name, "extends": profile.extends, "settings": settings, "variables": variables }),
    ) + "\n"
}
