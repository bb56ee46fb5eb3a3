//! `import`: profiles made from what already exists.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;

use clap::ValueHint;
use clap_complete::engine::ArgValueCompleter;
use inquire::{Confirm, Text};

use crate::aws_files::{Files, has_region_shape};
use crate::claude::edit::Editor;
use crate::claude::settings as settings_of;
use crate::diagnostic::{Diagnostic, Result};
use crate::edit::{self, Edit};
use crate::exit::Exit;
use crate::import::places::{Place, Stored};
use crate::import::variables::{Wishes, profile_name};
use crate::import::{self, Found, Reading, aws, formats, settings, text, variables};
use crate::profile::layers;
use crate::rewrite::Original;
use crate::session::Session;
use crate::system::paths;
use crate::system::text::visible;
use crate::variables::BEDROCK;
use crate::{command, console};

/// Shown by `--help` after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock import settings --name work    from Claude Code's settings, as they apply here
  claude-bedrock import settings --move --name work   and removes them from ~/.claude/settings.json
  claude-bedrock import ~/.zshrc --dry-run      from its lines, which are read and never run
  claude-bedrock import aws-config --aws-profile bedrock-work --name work
  claude-bedrock import .devcontainer/devcontainer.json --secrets file
  wl-paste | claude-bedrock import - --yes      from an article's lines
  claude-bedrock import                         from this shell's variables
  claude-bedrock import sso --start-url https://acme.awsapps.com/start    from every account and role you have

Takes what is there and adds nothing: no region, no models (--pin). Says what it cannot take and why. Secrets go to
the keyring, or where --secrets says. Without a terminal it needs --yes.";

#[derive(clap::Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Args {
    /// `settings`, `aws-config`, `sso`, `env` (the default), a file, or `-` for stdin
    #[arg(value_hint = ValueHint::FilePath)]
    pub source: Option<String>,
    /// The new profile's name
    #[arg(long)]
    pub name: Option<String>,
    /// If the source has several set-ups (functions, aliases, services, roles): only this one
    #[arg(long, value_name = "NAME")]
    pub only: Option<String>,
    /// From `aws-config`: only this AWS profile; else the one that gives credentials, whatever the source says
    #[arg(long, value_name = "NAME", add = ArgValueCompleter::new(command::complete::aws_profiles))]
    pub aws_profile: Option<String>,
    /// The region, whatever the source says
    #[arg(long, add = ArgValueCompleter::new(command::complete::regions))]
    pub region: Option<String>,
    /// If the source does not pin opus, sonnet and haiku, pin the region's newest
    #[arg(long)]
    pub pin: bool,
    /// From `settings`: remove from your own ~/.claude/settings.json what the profile takes from there
    #[arg(long = "move")]
    pub takes_out: bool,
    /// Where secrets go: `keyring`, `file`, `file:DIRECTORY`, `env`, or `command:LINE` with {name} in it
    #[arg(long, value_name = "WHERE", default_value = "keyring", value_parser = Place::parse)]
    pub secrets: Place,
    #[command(flatten)]
    pub sso: super::import_sso::Options,
    /// Write it without asking
    #[arg(long, short)]
    pub yes: bool,
    /// Change nothing, only show what would change
    #[arg(long)]
    pub dry_run: bool,
    /// Of the settings only those that count in every directory.
    #[arg(skip)]
    pub is_nowhere: bool,
}

impl Args {
    /// Of Claude Code's settings, without a question, and out of the user's own file. With `is_nowhere` those of the
    /// directory do not count.
    pub fn of_settings(name: &str, region: Option<&str>, is_nowhere: bool) -> Self {
        Self {
            is_nowhere,
            source: Some("settings".to_owned()),
            name: Some(name.to_owned()),
            only: None,
            aws_profile: None,
            region: region.map(str::to_owned),
            pin: false,
            takes_out: true,
            secrets: Place::Keyring,
            sso: super::import_sso::Options::default(),
            yes: true,
            dry_run: false,
        }
    }
}

/// The most that is read from stdin, in bytes.
const LONGEST: u64 = 4 << 20;

/// Shows what it would write, asks, and writes it.
pub fn run(arguments: &Args) -> Result<Exit> {
    if let Some(name) = &arguments.name {
        layers::check_name(name)?;
    }
    if let Some(region) = arguments.region.as_ref().filter(|region| !has_region_shape(region)) {
        return Err(Diagnostic::error(format!("`{}` is not a region", visible(region)))
            .help("such as: --region eu-west-1")
            .into());
    }
    if arguments.source.as_deref() == Some("sso") {
        return super::import_sso::run(arguments);
    }
    if let Some(option) = arguments.sso.given() {
        return Err(Diagnostic::error(format!("{option} is for `import sso`; nothing was written")).into());
    }
    if arguments.takes_out && arguments.source.as_deref() != Some("settings") {
        return Err(Diagnostic::error("--move is for `import settings`; nothing was written").into());
    }
    let mut file = Edit::config()?;
    let mut found = found(arguments)?;
    choose(arguments, &mut found)?;
    distinguish(&file.names(), arguments, &mut found);
    let only = found.len() == 1;
    for found in &mut found {
        let lines = arguments.secrets.settle(found);
        if !only {
            console::say(&format!("{}:", visible(&found.draft.name)));
        }
        explain(found, &lines);
    }
    for found in &mut found {
        region(arguments, found, only)?;
    }
    found.retain(|found| found.draft.has("region"));
    if found.is_empty() {
        return Err(
            Diagnostic::error("found nothing to make a profile from; nothing was written")
                .help("write one: claude-bedrock add NAME")
                .into(),
        );
    }
    for found in &found {
        file.add(&found.draft)?;
    }
    file.check()?;
    let moved = if arguments.takes_out { moved(&found) } else { Vec::new() };
    if arguments.dry_run {
        command::show_change(&file)?;
        if !moved.is_empty() {
            super::settings::take_out_of_users(&moved, true)?;
        }
        return Ok(Exit::Done);
    }
    if !moved.is_empty() && !arguments.yes && console::can_ask() {
        super::settings::take_out_of_users(&moved, true)?;
    }
    confirm(arguments, &found)?;
    write(arguments, &file, &found)?;
    if !moved.is_empty() {
        return super::settings::take_out_of_users(&moved, false);
    }
    Ok(Exit::Done)
}

/// Keys of settings beside `env` that a profile can have.
const MOVABLE: &[&str] = &[
    "model",
    "modelOverrides",
    "availableModels",
    "enforceAvailableModels",
    settings_of::AUTH_REFRESH,
    settings_of::CREDENTIAL_EXPORT,
    settings_of::KEY_HELPER,
];

/// The members of the user's own settings that are in the profiles now, each by the names that lead to it, and the
/// switches that every profile owns. A command of this program stays.
pub fn moved(found: &[Found]) -> Vec<Vec<String>> {
    let files = settings_of::Found::in_directory(paths::working_directory().as_deref()).files;
    let user = files
        .iter()
        .filter(|settings| settings.tier == settings_of::Tier::User && !settings.is_ignored);
    let is_in_a_profile = |name: &str| {
        found.iter().any(|found| {
            let taken = found.taken.iter().any(|(known, _)| known == name);
            taken || found.secrets.iter().any(|secret| secret.variable == name)
        })
    };
    let is_taken = |name: &String| {
        let is_switch = ["CLAUDE_CODE_USE_", "CLAUDE_CODE_SKIP_"]
            .iter()
            .any(|start| name.starts_with(start));
        (is_switch && BEDROCK.contains(&name.as_str())) || is_in_a_profile(name)
    };
    let mut moved = Vec::new();
    for settings in user {
        let variables = settings.env.iter().map(|(name, _)| name.clone());
        moved.extend(
            variables
                .filter(is_taken)
                .map(|name| vec![settings_of::ENV.to_owned(), name]),
        );
        let editor = Editor::new(settings.source.text());
        let is_there = |key: &&&str| {
            let value = editor.get(&[key]);
            value.is_some_and(|value| is_in_a_profile(key) && !value.contains("claude-bedrock"))
        };
        moved.extend(MOVABLE.iter().filter(is_there).map(|key| vec![(*key).to_owned()]));
    }
    moved
}

/// Drops what is not a Bedrock set-up, and what was not asked for. Errors: nothing is left, with the reason.
fn choose(arguments: &Args, found: &mut Vec<Found>) -> Result<()> {
    if let Some(only) = &arguments.only {
        let names: Vec<String> = found.iter().map(|found| found.draft.name.clone()).collect();
        found.retain(|found| found.draft.name == *only);
        if found.is_empty() {
            return Err(
                Diagnostic::error(format!("the source has no `{}`; nothing was written", visible(only)))
                    .did_you_mean(only, names.iter().map(String::as_str))
                    .help(format!("it has: {}", visible(&names.join(", "))))
                    .into(),
            );
        }
    }
    if !found.is_empty() && found.iter().all(|found| found.is_other.is_some()) {
        for found in found.iter() {
            explain(found, &[]);
        }
        let why = found
            .iter()
            .find_map(|found| found.is_other.clone())
            .unwrap_or_default();
        return Err(
            Diagnostic::error(format!("this is not a set-up of Claude Code on Bedrock: {why}"))
                .help("nothing was written")
                .into(),
        );
    }
    // What holds in the whole file is reported with the parts that are imported.
    let told: Vec<(String, String)> = found
        .iter_mut()
        .filter(|found| found.is_other.is_some())
        .flat_map(|found| std::mem::take(&mut found.unmapped))
        .collect();
    found.retain(|found| found.is_other.is_none());
    if let Some(first) = found.first_mut() {
        first.unmapped.extend(told);
    }
    if let (Some(name), [only]) = (&arguments.name, found.as_mut_slice()) {
        only.draft.name.clone_from(name);
    } else if arguments.name.is_some() && found.len() > 1 {
        let names: Vec<&str> = found.iter().map(|found| found.draft.name.as_str()).collect();
        let which = if arguments.source.as_deref() == Some("aws-config") {
            "--aws-profile NAME"
        } else {
            "--only NAME"
        };
        return Err(
            Diagnostic::error("--name is for one profile, and there are more; nothing was written")
                .help(format!("which one: {which}, of {}", visible(&names.join(", "))))
                .into(),
        );
    }
    Ok(())
}

/// Gives profiles of the same name distinct names, and drops those that already exist.
fn distinguish(known: &[String], arguments: &Args, found: &mut Vec<Found>) {
    found.retain(|found| {
        let is_known = known.contains(&found.draft.name);
        if is_known {
            let way = if arguments.name.is_some() {
                "another name"
            } else {
                "under another name"
            };
            console::say(&format!(
                "claude-bedrock: there is a profile `{0}` already; {way}: --name NAME",
                found.draft.name
            ));
        }
        !is_known
    });
    let mut taken: BTreeSet<String> = known.iter().cloned().collect();
    for found in found {
        let first = found.draft.name.clone();
        let mut number = 2;
        while !taken.insert(found.draft.name.clone()) {
            found.draft.name = format!("{first}-{number}");
            number += 1;
        }
        if found.draft.name != first {
            let why = format!(
                "another one becomes `{first}` too; this one is called `{}`",
                found.draft.name
            );
            found.notes.push((first, why));
        }
    }
}

/// The region where the source names none: asked for, or an error; if there are several profiles, that one is skipped.
fn region(arguments: &Args, found: &mut Found, only: bool) -> Result<()> {
    if let Some(region) = &arguments.region {
        found.draft.entries.retain(|(path, _)| path[0] != "region");
        found
            .draft
            .entries
            .insert(0, (edit::split("region"), region.to_ascii_lowercase().into()));
        return Ok(());
    }
    if found.draft.has("region") {
        return Ok(());
    }
    let can_ask = console::can_ask();
    if can_ask && !arguments.yes {
        let question = format!("Which region for `{}`?", visible(&found.draft.name));
        let answer = Text::new(&question).prompt().unwrap_or_default();
        let answer = answer.trim().to_ascii_lowercase();
        if has_region_shape(&answer) {
            found.draft.entries.insert(0, (edit::split("region"), answer.into()));
            return Ok(());
        }
    }
    let message = format!(
        "`{}` has no region: neither the source nor the AWS profile names one",
        visible(&found.draft.name)
    );
    if only {
        return Err(Diagnostic::error(message)
            .help("nothing was written; give it: --region us-east-1")
            .help("or write it into the source: AWS_REGION, or `region = …` of the AWS profile")
            .into());
    }
    console::say(&format!("  not taken: {message}; give it: --region REGION"));
    Ok(())
}

/// Stores the secrets, then writes the file; if that fails, everything is unchanged.
fn write(arguments: &Args, file: &Edit, found: &[Found]) -> Result<Exit> {
    let mut stored = Stored::default();
    let backup = file.backup_path();
    let result = arguments.secrets.store(found, &mut stored).and_then(|()| file.save());
    if result.is_err() {
        stored.take_back();
    }
    command::report_change(&file.path(), &result?, backup)?;
    let moves = matches!(arguments.secrets, Place::Keyring | Place::File(_));
    if moves && found.iter().any(|found| !found.secrets.is_empty()) {
        console::say("  remove the secrets from where they were, and replace them if that place was shared");
    }
    Ok(Exit::Done)
}

fn confirm(arguments: &Args, found: &[Found]) -> Result<()> {
    if arguments.yes {
        return Ok(());
    }
    let can_ask = console::can_ask();
    if !can_ask {
        return Err(Diagnostic::error("there is no terminal to ask on; nothing was written")
            .help("to write it: --yes; to see it only: --dry-run")
            .into());
    }
    for found in found {
        console::say(&found.draft.shown());
    }
    if Confirm::new("Write this?").with_default(true).prompt().unwrap_or(false) {
        return Ok(());
    }
    Err(Diagnostic::error("cancelled; nothing was written").into())
}

/// What could not be taken, which secrets move, and what Claude Code will choose by itself.
fn explain(found: &Found, secrets: &[(String, String)]) {
    for (name, what) in &found.notes {
        console::say(&format!("  note: {}: {}", visible(name), visible(what)));
    }
    for (name, why) in &found.unmapped {
        console::say(&format!("  not taken: {}: {}", visible(name), visible(why)));
    }
    for (name, place) in secrets {
        console::say(&format!("  secret: {}: {}", visible(name), visible(place)));
    }
    if !found.aside.is_empty() {
        const SHOWN: usize = 12;
        let mut names = found
            .aside
            .iter()
            .take(SHOWN)
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", ");
        if found.aside.len() > SHOWN {
            names.push_str(&format!(" and {} more", found.aside.len() - SHOWN));
        }
        console::say(&format!("  left alone, not part of a profile: {}", visible(&names)));
    }
    let is_for_bedrock = found.is_other.is_none() && found.draft.text("endpoint") != Some("mantle");
    if is_for_bedrock && !found.draft.has("models.main") {
        // What Claude Code takes then (2.1.332, seen).
        let first = ["opus", "sonnet"]
            .into_iter()
            .find(|family| found.draft.has(&format!("models.{family}")));
        console::say(&format!(
            "  not pinned there: the main model; a `model` in Claude Code's settings decides, else {} (--pin names one)",
            match first {
                Some(family) => format!("the pinned {family}"),
                None => "Opus, at its price".to_owned(),
            }
        ));
    }
    if !found.unpinned.is_empty() && is_for_bedrock {
        console::say(&format!(
            "  not pinned there: {}; Claude Code chooses the model itself, and tries it at each start (--pin)",
            found.unpinned.join(", ")
        ));
    }
}

fn found(arguments: &Args) -> Result<Vec<Found>> {
    let session = Session::inherited();
    // What this program wrote there does not count as a source.
    let process = session.restored();
    let home = paths::home().map(|home| home.to_string_lossy().into_owned());
    let mut wishes = Wishes {
        region: arguments.region.as_ref().map(|region| region.to_ascii_lowercase()),
        aws_profile: arguments.aws_profile.clone(),
        pin: arguments.pin,
        secrets_stay: arguments.secrets == Place::Env,
        is_on: false,
        process,
    };
    let one = |reading: Reading, wishes: &Wishes| vec![variables::profile("imported", &reading, wishes)];
    Ok(match arguments.source.as_deref().unwrap_or("env") {
        "aws-config" => {
            let files = Files::read(&session.snapshot);
            let mut found = aws::profiles(&files, arguments.aws_profile.as_deref(), &session.snapshot);
            for found in found.iter_mut().filter(|_| arguments.pin) {
                if let Some(region) = &wishes.region {
                    found.draft.put("region", region.as_str());
                }
                found.draft.pin_models();
                found.unpinned.clear();
            }
            found
        }
        "env" => {
            let variables = wishes
                .process
                .iter()
                .filter_map(|(name, value)| Some((name.to_str()?, value.to_str()?)))
                .map(|(name, value)| import::Variable {
                    name: name.to_owned(),
                    value: import::Value::Text(value.to_owned()),
                    place: "this shell".to_owned(),
                })
                .collect();
            let reading = Reading {
                variables,
                ..Reading::default()
            };
            one(reading, &wishes)
        }
        "settings" => {
            // The shell's switch counts for what the settings say.
            wishes.is_on = wishes
                .process
                .get(std::ffi::OsStr::new("CLAUDE_CODE_USE_BEDROCK"))
                .is_some_and(|value| value == "1");
            let directory = session.directory.as_deref().filter(|_| !arguments.is_nowhere);
            let reading = settings::reading(directory);
            if reading.variables.is_empty() && reading.keys.is_empty() && reading.notes.is_empty() {
                return Err(Diagnostic::error(
                    "Claude Code's settings say nothing about Bedrock here; nothing was written",
                )
                .help("looked for: ~/.claude/settings.json, .claude/settings.json, .claude/settings.local.json")
                .into());
            }
            one(reading, &wishes)
        }
        "-" => {
            let bytes = stdin()?;
            of_text(None, &bytes, home.as_deref(), &wishes)?
        }
        path => {
            let path = paths::expand_home(path).unwrap_or_else(|| path.into());
            of_text(Some(&path), &file(&path)?, home.as_deref(), &wishes)?
        }
    })
}

/// The profiles of a file or of stdin.
fn of_text(path: Option<&Path>, bytes: &[u8], home: Option<&str>, wishes: &Wishes) -> Result<Vec<Found>> {
    let text = text::of(bytes).ok_or_else(|| {
        if bytes.starts_with(b"SQLite format 3\0") {
            return Diagnostic::error("this is a database, which import does not read; nothing was written")
                .help("cc-switch: choose the provider there, which writes it into Claude Code's settings, then: claude-bedrock import settings")
                .into();
        }
        formats::not_understood(path)
    })?;
    let readings = formats::readings(path, &text, home)?;
    let default = path.map_or_else(|| "imported".to_owned(), |path| profile_name(&stem(path)));
    Ok(readings
        .iter()
        .map(|reading| {
            // A line, or an alias that hides the program, gives no name.
            let label = reading
                .label
                .as_deref()
                .filter(|label| *label != "claude" && !label.starts_with("line "));
            // A pattern of `case` may end in what stands for anything.
            let plain = |label: &str| profile_name(label.trim_end_matches(['*', '?', '-']));
            let name = label.map_or_else(|| default.clone(), plain);
            let mut found = variables::profile(&name, reading, wishes);
            if let (Some(label), Some(why)) = (label, &found.is_other) {
                found.unmapped.push((label.to_owned(), why.clone()));
            }
            found
        })
        .collect())
}

/// What a file's profile is called: as the file, or as its directory where the file's name says nothing.
fn stem(path: &Path) -> String {
    let here = paths::absolute(path);
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let is_home = here.parent().map(Path::to_path_buf) == paths::home();
    let is_rc = [
        "config.fish",
        "profile.ps1",
        "Microsoft.PowerShell_profile.ps1",
        "bashrc",
        "zshrc",
    ];
    if is_home || is_rc.contains(&name.as_str()) {
        return String::new();
    }
    let parent = here.parent().filter(|parent| {
        let name = parent.file_name().map(|name| name.to_string_lossy().into_owned());
        !name.is_some_and(|name| [".claude", ".devcontainer", ".vscode", "workflows"].contains(&name.as_str()))
    });
    let says_nothing = name.starts_with('.')
        || [
            "settings.json",
            "settings.local.json",
            "config.toml",
            "devcontainer.json",
            "mise.toml",
            "Dockerfile",
            "compose.yaml",
            "compose.yml",
            "docker-compose.yml",
            "docker-compose.yaml",
            "home.nix",
        ]
        .contains(&name.as_str());
    let named = if says_nothing {
        let outer = here.parent().and_then(Path::parent);
        parent.or(outer).and_then(Path::file_name)
    } else {
        here.file_stem()
    };
    named
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn file(path: &Path) -> Result<Vec<u8>> {
    let original = Original::read(path)?;
    let bytes = original.bytes().ok_or_else(|| {
        Diagnostic::error(format!("there is no {}", paths::display(path)))
            .help("from: settings, aws-config, sso, env, a file, or - for stdin")
    })?;
    Ok(bytes.to_vec())
}

fn stdin() -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(LONGEST)
        .read_to_end(&mut bytes)
        .map_err(|error| Diagnostic::error(format!("stdin cannot be read: {error}")))?;
    Ok(bytes)
}
