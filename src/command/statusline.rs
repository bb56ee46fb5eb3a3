//! `statusline`: one line for Claude Code's status line: whose account the session asks, where, for which model, and
//! how long the login still lasts. Claude Code (2.1.332) pipes JSON in and says nothing of that itself. Only small
//! files are read; nothing is called over the network.

use std::io::Read as _;

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr as _;

use crate::aws::{expiry, payer};
use crate::console;
use crate::diagnostic::Result;
use crate::exit::Exit;
use crate::load::{self, Active};
use crate::profile::choice::{self, Choice};
use crate::session::Session;
use crate::system::paths;
use crate::system::text::visible;

/// Shown by `--help` after the options.
pub const EXAMPLES: &str = "\
Examples:
  In Claude Code's settings: \"statusLine\": { \"type\": \"command\", \"command\": \"claude-bedrock statusline\" }
  In a script of your own, which has read the JSON: printf '%s' \"$json\" | claude-bedrock statusline

Profile, account, region, model, tier, login, cost and context, as far as they fit into COLUMNS. Never in colour.";

/// More bytes than Claude Code ever sends.
const LONGEST: u64 = 1 << 20;

/// Between two parts.
const BETWEEN: &str = " · ";

/// Whether this process was started for this alone.
pub fn is_asked() -> bool {
    std::env::args_os().skip(1).eq(["statusline"])
}

/// Prints the line. Missing parts are left out: a status line never fails.
pub fn run() -> Result<Exit> {
    let mut bytes = Vec::new();
    let _ = std::io::stdin().lock().take(LONGEST).read_to_end(&mut bytes);
    let input = input(&bytes);
    let session = Session::inherited();
    let name = paths::active_profile();
    let active = name.as_deref().and_then(|name| {
        let project = input["workspace"]["project_dir"].as_str().map(Into::into);
        let directory = project.or_else(|| session.directory.clone());
        load::load(directory.as_deref(), &choice_of(name)).active
    });
    let parts = parts(&input, name.as_deref(), active.as_ref(), &session);
    console::print(format!("{}\n", fitted(parts, paths::columns())))?;
    Ok(Exit::Done)
}

/// What Claude Code has piped in, as far as it can be read.
fn input(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_default()
}

/// The line for whatever is piped in, in so many columns, where no profile is active.
#[cfg(any(test, fuzzing))]
pub fn of_any_bytes(bytes: &[u8], columns: usize) -> String {
    fitted(parts(&input(bytes), None, None, &Session::inherited()), Some(columns))
}

/// What Claude Code shows at the start of a session: the profile, its account, region and login, or what is wrong.
/// Nothing where no profile has to do with the session.
pub fn session_started() -> Result<Exit> {
    let session = Session::inherited();
    let name = paths::active_profile();
    let choice = match &name {
        Some(name) => Choice::Profile(name.clone()),
        None => Choice::of(paths::chosen_profile().as_deref()),
    };
    let load = load::load(session.directory.as_deref(), &choice);
    let words = match (&name, &load.active, load.findings.first()) {
        (Some(name), Some(active), _) => {
            let mut parts = parts(&Value::Null, Some(name), Some(active), &session);
            parts.retain(|part| [0, 1, 3, 4].contains(&part.rank));
            fitted(parts, None)
        }
        (None, Some(active), _) => format!(
            "this session does not use the profile {} of its directory; start it with: claude-bedrock claude",
            active.profile.name
        ),
        (_, None, Some(finding)) => finding.redacted_message(),
        (_, None, None) => return Ok(Exit::Done),
    };
    let message = json!({ "systemMessage": format!("claude-bedrock: {words}") });
    console::print(format!("{}\n", console::json_line(&message)))?;
    Ok(Exit::Done)
}

/// The choice that leads to the active profile: with what the shell refines of it.
fn choice_of(name: &str) -> Choice {
    let chosen = paths::chosen_profile().filter(|chosen| choice::split(chosen).0 == name);
    Choice::Profile(chosen.unwrap_or_else(|| name.to_owned()))
}

/// A part of the line; the one with the highest rank is dropped first if room is short.
struct Part {
    rank: u8,
    text: String,
    /// A shorter form for narrow terminals.
    short: Option<String>,
}

fn parts(input: &Value, name: Option<&str>, active: Option<&Active>, session: &Session) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut add = |rank: u8, text: Option<String>| {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            let text = visible(&text);
            parts.push(Part {
                rank,
                text,
                short: None,
            });
        }
    };
    add(
        0,
        Some(name.map_or_else(|| "no Bedrock profile".to_owned(), str::to_owned)),
    );
    if let Some(active) = active {
        let settings = &active.profile.settings;
        add(4, payer::account(&active.profile, session));
        add(3, settings.text("region").map(str::to_owned));
        add(6, settings.text("service_tier").map(str::to_owned));
        let expiry = expiry::of(session, active).filter(|expiry| expiry.is_over() || expiry.left().is_some());
        add(1, expiry.map(|expiry| expiry.words(&active.profile.name)));
    } else if name.is_some() {
        add(1, Some("the profile cannot be read: claude-bedrock status".to_owned()));
    }
    add(5, input["model"]["display_name"].as_str().map(str::to_owned));
    let cost = input["cost"]["total_cost_usd"]
        .as_f64()
        .filter(|number| is_plausible(*number));
    add(7, cost.map(|dollars| format!("${dollars:.2}")));
    let used = input["context_window"]["used_percentage"]
        .as_f64()
        .filter(|number| is_plausible(*number));
    add(8, used.map(|percent| format!("{percent:.0}% context")));
    for part in &mut parts {
        let is_account = part.rank == 4 && part.text.len() == 12;
        part.short = is_account.then(|| format!("…{}", &part.text[8..]));
    }
    parts
}

/// Whether a number can be dollars or per cent, and has few digits.
fn is_plausible(number: f64) -> bool {
    (0.0..1e6).contains(&number)
}

/// The line in at most so many columns, but for what says the profile.
fn fitted(mut parts: Vec<Part>, columns: Option<usize>) -> String {
    let line = |parts: &[Part]| {
        parts
            .iter()
            .map(|part| part.text.as_str())
            .collect::<Vec<_>>()
            .join(BETWEEN)
    };
    let Some(columns) = columns else { return line(&parts) };
    let fits = |parts: &[Part]| line(parts).width() <= columns;
    if !fits(&parts) {
        for part in &mut parts {
            part.text = part.short.take().unwrap_or_else(|| part.text.clone());
        }
    }
    while parts.len() > 1 && !fits(&parts) {
        let last = parts.iter().map(|part| part.rank).max();
        parts.retain(|part| Some(part.rank) != last);
    }
    line(&parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_fits_and_keeps_the_profile_and_the_login_longest() {
        let part = |rank, text: &str, short: Option<&str>| Part {
            rank,
            text: text.to_owned(),
            short: short.map(str::to_owned),
        };
        let parts = || {
            vec![
                part(0, "work", None),
                part(4, "123456789012", Some("…9012")),
                part(3, "eu-west-1", None),
                part(1, "session expires in 5 min", None),
                part(7, "$0.42", None),
            ]
        };
        for (columns, expected) in [
            (
                None,
                "work · 123456789012 · eu-west-1 · session expires in 5 min · $0.42",
            ),
            (
                Some(66),
                "work · 123456789012 · eu-west-1 · session expires in 5 min · $0.42",
            ),
            (Some(60), "work · …9012 · eu-west-1 · session expires in 5 min · $0.42"),
            (Some(52), "work · …9012 · eu-west-1 · session expires in 5 min"),
            (Some(45), "work · eu-west-1 · session expires in 5 min"),
            (Some(33), "work · session expires in 5 min"),
            (Some(3), "work"),
        ] {
            assert_eq!(fitted(parts(), columns), expected, "{columns:?}");
        }
    }
}
