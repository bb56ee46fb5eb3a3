//! `models`: what the account has in the profile's region.

use std::time::SystemTime;

use serde_json::{Map, Value, json};

use crate::aws::bedrock::InferenceProfile;
use crate::aws::listing::{self, Kept, Listing};
use crate::aws::{self, Account};
use crate::catalog::lifecycle::{self, Stage};
use crate::catalog::model::Form;
use crate::command::{self, ProfileName, Report};
use crate::diagnostic::{Diagnostic, Result};
use crate::environment::{Method, own, used};
use crate::exit::Exit;
use crate::lint::Seen;
use crate::load::Active;
use crate::session::Session;
use crate::system::paths;
use crate::system::text::visible;
use crate::{console, context};

/// Shown by `--help` after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock models work
  claude-bedrock models work --update --json
  claude-bedrock models create-profile team-blue --from sonnet --tag team=blue

The account's own application inference profiles come with their tags (bedrock:ListTagsForResource).
Kept for a day; lint and completion remember it for a month. Exit status 1 if the account cannot be asked.";

#[derive(clap::Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    pub action: Option<Action>,
    #[command(flatten)]
    pub profile: ProfileName,
    /// Ask again, even if today's answer is kept
    #[arg(long, visible_alias = "update")]
    pub refresh: bool,
    #[command(flatten)]
    pub report: Report,
}

#[derive(clap::Subcommand, Debug)]
pub enum Action {
    /// Make an inference profile in the account, whose tags tell costs apart
    #[command(after_help = command::create_profile::EXAMPLES)]
    CreateProfile(command::create_profile::Args),
}

/// A row of the table.
struct Row {
    id: String,
    name: String,
    geography: Option<String>,
    streaming: bool,
    status: String,
    used_for: Vec<String>,
    /// Whether it is an inference profile of the account's own.
    own: bool,
    tags: Vec<(String, String)>,
}

/// Prints the table. Exit status 1 if the account cannot be asked.
pub fn run(arguments: &Args) -> Result<Exit> {
    if let Some(Action::CreateProfile(arguments)) = &arguments.action {
        return command::create_profile::run(arguments);
    }
    let name = command::names::meant_if_given(arguments.profile.profile.as_deref())?;
    let (session, active) = context::active_of(name.as_deref())?;
    if Method::of(&active.profile) == Method::Gateway {
        return Err(Diagnostic::error(format!(
            "AWS cannot tell what is behind the gateway of `{}`",
            active.profile.name
        ))
        .help("ask whoever runs the gateway")
        .into());
    }
    let listing = match listing(&session, &active, arguments.refresh)? {
        Ok(listing) => listing,
        Err(trouble) => return command::troubled(trouble),
    };
    let rows = rows(&active, &listing);
    console::print(if arguments.report.json {
        console::json(&rows.iter().map(as_json).collect::<Value>()) + "\n"
    } else {
        table(&rows)
    })?;
    Ok(Exit::Done)
}

/// Asks the account of a profile what it has, and remembers it. What it was seen to have.
pub fn look(session: &Session, active: &Active) -> Result<std::result::Result<Option<Seen>, aws::Trouble>> {
    let asked = listing(session, active, true)?;
    Ok(asked.map(|_| listing::seen(&active.profile)))
}

/// The kept listing, else the account's.
fn listing(session: &Session, active: &Active, refresh: bool) -> Result<std::result::Result<Listing, aws::Trouble>> {
    let path = own::record(&active.profile);
    if let Some(path) = path.as_deref().filter(|_| !refresh) {
        match listing::read(path) {
            Kept::Listing(listing) if listing.age() <= listing::AGE => return Ok(Ok(listing)),
            Kept::Damaged => console::report(
                &Diagnostic::error("the kept list of models is damaged; a new one is fetched")
                    .warning()
                    .help("nothing to do"),
            ),
            Kept::Listing(_) | Kept::Nothing => {}
        }
    }
    let account = Account::open(session, active)?;
    let asked = aws::block_on(account.listing())?;
    if let (Ok(listing), Some(path)) = (&asked, &path)
        && let Err(error) = listing::write(path, listing)
    {
        let directory = path.parent().unwrap_or(path);
        console::report(
            &Diagnostic::error(format!(
                "the list of models cannot be kept in {}: {error}",
                paths::display(directory)
            ))
            .warning()
            .help("it is fetched each time until you can write there"),
        );
    }
    Ok(asked)
}

fn rows(active: &Active, listing: &Listing) -> Vec<Row> {
    let used = used::models(&active.profile, &active.environment);
    let roles = |names: &[&str]| {
        let fitting = used.iter().filter(|used| names.contains(&used.id.as_str()));
        fitting.flat_map(|used| used.roles.clone()).collect::<Vec<_>>()
    };
    let streams = |profile: &InferenceProfile| {
        let is_behind = |id: &str| profile.models.iter().any(|arn| arn.ends_with(&format!("/{id}")));
        listing
            .models
            .iter()
            .any(|model| model.streaming && is_behind(&model.id))
    };
    let of_profile = |profile: &InferenceProfile| Row {
        // An account's own is called by its ARN.
        id: if profile.own {
            profile.arn.clone()
        } else {
            profile.id.clone()
        },
        name: profile.name.clone(),
        geography: match Form::of(&profile.id) {
            Form::Bedrock { geography, .. } => geography.map(str::to_owned),
            _ => None,
        },
        streaming: streams(profile),
        status: status(&profile.id, if profile.active { "active" } else { "inactive" }),
        used_for: roles(&[&profile.id, &profile.arn]),
        own: profile.own,
        tags: profile.tags.clone(),
    };
    let is_claude = |text: &str| text.contains("anthropic.");
    let profiles = listing.profiles.iter();
    let wanted = profiles.filter(|profile| is_claude(&profile.id) || profile.models.iter().any(|arn| is_claude(arn)));
    let mut rows: Vec<Row> = wanted.map(of_profile).collect();
    let models = listing
        .models
        .iter()
        .filter(|model| model.on_demand && is_claude(&model.id));
    rows.extend(models.map(|model| Row {
        id: model.id.clone(),
        name: model.name.clone(),
        geography: None,
        streaming: model.streaming,
        status: status(&model.id, if model.legacy { "legacy" } else { "active" }),
        used_for: roles(&[&model.id]),
        own: false,
        tags: Vec::new(),
    }));
    rows.sort_by(|a, b| a.id.cmp(&b.id));
    rows
}

/// What AWS says of a model's state, with its last day where the catalog knows one.
fn status(id: &str, said: &str) -> String {
    match lifecycle::stage(id, SystemTime::now()) {
        Some(Stage::Retiring(day, _)) => format!("{said}, until {day}"),
        Some(Stage::Retired(Some(day))) => format!("{said}, retired {day}"),
        Some(Stage::Retired(None)) => format!("{said}, retired"),
        None => said.to_owned(),
    }
}

fn table(rows: &[Row]) -> String {
    let has_tags = rows.iter().any(|row| row.own);
    let heads = ["ID", "NAME", "GEOGRAPHY", "STREAMING", "STATUS", "USED FOR", "TAGS"];
    let head = heads[..if has_tags { 7 } else { 6 }]
        .iter()
        .map(|head| (*head).to_owned())
        .collect();
    let tags = |row: &Row| {
        let tags: Vec<String> = row.tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
        visible(&tags.join(", "))
    };
    let cells = |row: &Row| {
        let mut cells = vec![
            visible(&row.id),
            visible(&row.name),
            row.geography.clone().unwrap_or_else(|| "-".to_owned()),
            if row.streaming { "yes" } else { "no" }.to_owned(),
            row.status.clone(),
            row.used_for.join(", "),
        ];
        cells.extend(has_tags.then(|| tags(row)));
        cells
    };
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(rows.iter().map(cells)).collect();
    console::table(&rows)
}

fn as_json(row: &Row) -> Value {
    let tags: Map<String, Value> = row
        .tags
        .iter()
        .map(|(key, value)| (key.clone(), json!(value)))
        .collect();
    json!({
        "id": row.id, "name": row.name, "geography": row.geography, "streaming": row.streaming,
        "status": row.status, "used_for": row.used_for, "application": row.own, "tags": tags,
    })
}
