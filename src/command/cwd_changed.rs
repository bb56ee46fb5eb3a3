//! `cwd-changed`: the hook `CwdChanged` that the launcher puts into a session. Where the Bash tool has gone to another
//! directory, its later commands get that directory's environment, as a shell would; the session itself goes on asking
//! the account that it was started for, and one line says so.
//!
//! Claude Code (2.1.332) reads what such a hook writes to `CLAUDE_ENV_FILE`, from a world-readable file; so no secret
//! is written there.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::claude::launcher::contents::TOOLS_FILE;
use crate::claude::shadow;
use crate::diagnostic::{Diagnostic, Result};
use crate::environment::{self, Wanted};
use crate::exit::Exit;
use crate::load::{self, Active, Load};
use crate::profile::choice::Choice;
use crate::session::Session;
use crate::session::state::{ACTIVE_VARIABLE, BEFORE_VARIABLE, VARIABLE};
use crate::session::transition::{self, Target, Targets};
use crate::system::variables::{Snapshot, value_in};
use crate::system::{files, paths};
use crate::{console, shell, variables};

/// More bytes than Claude Code ever sends.
const LONGEST: u64 = 1 << 20;

/// Answers the hook.
pub fn run() -> Result<Exit> {
    let mut bytes = Vec::new();
    let _ = std::io::stdin().lock().take(LONGEST).read_to_end(&mut bytes);
    let input: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let directory = |key: &str| input[key].as_str().map(PathBuf::from);
    let (Some(new), Some(own)) = (directory("new_cwd"), paths::active_profile()) else {
        return Ok(Exit::Done);
    };
    let mut session = Session::inherited();
    let now = session.snapshot.clone();
    session.take_blank_for_unset();
    let choice = Choice::of(paths::chosen_profile().as_deref());
    let here = load::load(Some(&new), &choice);
    let lines = if is_the_sessions(&here, &own, &session.snapshot) {
        let before = directory("old_cwd").map(|old| load::load(Some(&old), &choice));
        if before.is_none_or(|before| is_the_sessions(&before, &own, &session.snapshot)) {
            return Ok(Exit::Done);
        }
        say(&format!("the Bash tool has the environment of {own} again"))?;
        String::new()
    } else {
        let (lines, left_out) = lines(&session, here.active.as_ref(), &own, &now);
        say(&format!(
            "{}{}; the session itself goes on with {own}",
            what_applies(&here),
            if left_out.is_empty() {
                String::new()
            } else {
                format!(" (without its secrets: {})", left_out.join(", "))
            }
        ))?;
        lines
    };
    write(&now, &lines)
}

fn say(words: &str) -> Result<()> {
    console::print(format!(
        "{}\n",
        console::json_line(&json!({ "systemMessage": format!("claude-bedrock: {words}") }))
    ))
}

fn write(now: &Snapshot, lines: &str) -> Result<Exit> {
    let Some(path) = value_in(now, TOOLS_FILE).map(Path::new) else {
        return Ok(Exit::Done);
    };
    files::write_public(path, lines.as_bytes()).map_err(|error| {
        let shown = paths::display(path);
        Diagnostic::error(format!("the Bash tool keeps its environment: {shown}: {error}"))
    })?;
    Ok(Exit::Done)
}

/// Whether what applies in a directory is what the session was started with.
fn is_the_sessions(load: &Load, own: &str, snapshot: &Snapshot) -> bool {
    let Some(active) = load.active.as_ref().filter(|active| active.profile.name == own) else {
        return false;
    };
    active.environment.iter().all(|(name, setting)| match &setting.wanted {
        Wanted::Text(text) => value_in(snapshot, name).is_some_and(|value| value == OsStr::new(text)),
        Wanted::Unset => value_in(snapshot, name).is_none_or(OsStr::is_empty),
        Wanted::Secret(_) => true,
    })
}

fn what_applies(load: &Load) -> String {
    match (&load.active, load.findings.first()) {
        (Some(active), _) => format!(
            "here the Bash tool has the environment of {} ({})",
            active.profile.name,
            environment::hint(&active.profile)
        ),
        (None, Some(finding)) => format!("here the Bash tool has no profile: {}", finding.redacted_message()),
        (None, None) => "here the Bash tool has no profile".to_owned(),
    }
}

/// The lines for a POSIX shell that make the session's environment that of another directory, and the names of the
/// secrets that are left out.
fn lines(session: &Session, active: Option<&Active>, own: &str, now: &Snapshot) -> (String, Vec<String>) {
    let mut start = session.snapshot.clone();
    if session.state.is_empty() {
        // A background session, which has no state: what is its profile's own goes.
        let choice = Choice::Profile(own.to_owned());
        let project = value_in(now, "CLAUDE_PROJECT_DIR").map(PathBuf::from);
        if let Some(left) = load::load(project.as_deref(), &choice).active {
            start.retain(|name, value| {
                let setting = name.to_str().and_then(|name| left.environment.get(name));
                setting.is_none_or(|setting| setting.wanted.text().is_none_or(|text| *value != *text))
            });
        }
    }
    let mut left_out = Vec::new();
    let mut targets = Targets::new();
    for (name, setting) in active.into_iter().flat_map(|active| active.environment.iter()) {
        if matches!(setting.wanted, Wanted::Secret(_)) {
            left_out.push(name.to_owned());
        }
        let value = setting.wanted.text().map(str::to_owned);
        targets.insert(name.to_owned(), Target::Value { value, origin: None });
    }
    let wanted = active.map(|active| (active.profile.name.as_str(), &targets));
    let mut after = match transition::between(&start, &session.state, wanted, session.situation()) {
        Ok((changes, _)) => changes.applied_to(&start),
        Err(_) => start,
    };
    match active {
        Some(active) => after.insert(ACTIVE_VARIABLE.into(), OsString::from(&active.profile.name)),
        None => after.remove(OsStr::new(ACTIVE_VARIABLE)),
    };
    let names: BTreeSet<&OsString> = now.keys().chain(after.keys()).collect();
    let mut text = String::new();
    for name in names.into_iter().filter_map(|name| name.to_str()) {
        let value = value_in(&after, name);
        // The file that comes before may have unset what Claude Code itself has.
        let is_there = value_in(now, name) == value && !(value.is_some() && targets.contains_key(name));
        if is_there || [VARIABLE, BEFORE_VARIABLE].contains(&name) || !variables::is_name(name) {
            continue;
        }
        let is_secret = |value: &OsStr| value.to_str().is_none_or(|text| shadow::is_secret(name, text));
        match value {
            Some(value) if is_secret(value) => {
                left_out.push(name.to_owned());
                text.push_str(&format!("unset -v {name}\n"));
            }
            Some(value) => {
                let quoted = shell::POSIX.quote(value);
                text.push_str(&format!("export {name}={}\n", String::from_utf8_lossy(&quoted)));
            }
            None => text.push_str(&format!("unset -v {name}\n")),
        }
    }
    (text, left_out)
}
