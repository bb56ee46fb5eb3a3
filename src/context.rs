//! Which profile is active here, and the environment that it gives a process.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use crate::diagnostic::{Diagnostic, Result};
use crate::environment::{Environment, Setting, Wanted};
use crate::load::{self, Active};
use crate::profile::choice::Choice;
use crate::profile::value::Secret;
use crate::session::Session;
use crate::session::state::{self, ACTIVE_VARIABLE, State};
use crate::session::transition::{self, Target, Targets};
use crate::system::paths;
use crate::system::variables::{Snapshot, value_in};
use crate::{secret, variables};

/// The values of `environment`, secrets fetched; `None` if a variable is unset.
pub fn values(session: &Session, environment: &Environment) -> Result<BTreeMap<String, Option<String>>> {
    let variables = if environment.secrets().is_empty() {
        Snapshot::new()
    } else {
        session.restored()
    };
    let value = |name: &str, setting: &Setting| match &setting.wanted {
        Wanted::Text(text) => Ok(Some(text.clone())),
        Wanted::Unset => Ok(None),
        Wanted::Secret(secret) => fetch(name, setting, secret, &variables).map(Some),
    };
    environment
        .iter()
        .map(|(name, setting)| Ok((name.to_owned(), value(name, setting)?)))
        .collect()
}

/// The whole environment of `active`, secrets fetched: its variables on top of what the shell had without
/// this program, so that nothing of a profile that is loaded there is mixed in.
pub fn environment_of(session: &Session, active: &Active) -> Result<Snapshot> {
    Ok(environment_with(
        session,
        active,
        &values(session, &active.environment)?,
    ))
}

/// The same with values that have been fetched.
pub fn environment_with(session: &Session, active: &Active, values: &BTreeMap<String, Option<String>>) -> Snapshot {
    let mut environment = session.restored();
    for (name, value) in values {
        match value {
            Some(value) => environment.insert(name.into(), value.into()),
            None => environment.remove(OsStr::new(name)),
        };
    }
    if active.environment.get("AWS_PROFILE").is_some() {
        environment.retain(|name, _| !name.to_str().is_some_and(variables::is_label));
    }
    environment.insert(ACTIVE_VARIABLE.into(), OsString::from(&active.profile.name));
    environment
}

/// Set by direnv while it evaluates a `.envrc` (its standard library, 2.32).
const IN_ENVRC: &str = "DIRENV_IN_ENVRC";

/// The same for a command that may be a shell, or start one: with the state, so that it is left there as here.
/// Where the state cannot be kept, the command does without.
pub fn environment_to_pass_on(session: &Session, active: &Active) -> Result<Snapshot> {
    let values = values(session, &active.environment)?;
    Ok(environment_to_pass_on_with(session, active, &values))
}

/// The same with values that have been fetched.
pub fn environment_to_pass_on_with(
    session: &Session,
    active: &Active,
    values: &BTreeMap<String, Option<String>>,
) -> Snapshot {
    let start = session.restored();
    let mut targets = Targets::new();
    for (name, value) in values.clone() {
        targets.insert(name, Target::Value { value, origin: None });
    }
    if active.environment.get("AWS_PROFILE").is_some() {
        let labels = start.keys().filter_map(|name| name.to_str());
        for name in labels.filter(|name| variables::is_label(name)) {
            let (value, origin) = (None, None);
            targets.insert(name.to_owned(), Target::Value { value, origin });
        }
    }
    let wanted = Some((active.profile.name.as_str(), &targets));
    let Ok((mut changes, mut state)) = transition::between(&start, &State::new(), wanted, session.situation()) else {
        return environment_with(session, active, values);
    };
    state.by_exec = true;
    changes.carry(&start, &state);
    let mut environment = changes.applied_to(&start);
    // What direnv sees change in a `.envrc`, it puts back later: the state of the hook in the same shell stays the hook's.
    let hooks = [state::VARIABLE, ACTIVE_VARIABLE];
    if value_in(&session.snapshot, IN_ENVRC).is_some() && value_in(&session.snapshot, hooks[0]).is_some() {
        for name in hooks {
            match value_in(&session.snapshot, name) {
                Some(value) => environment.insert(name.into(), value.into()),
                None => environment.remove(OsStr::new(name)),
            };
        }
    }
    environment
}

/// Fetches a variable's secret; the error names the variable and the place that asks for it.
pub fn fetch(name: &str, setting: &Setting, secret: &Secret, around: &Snapshot) -> Result<String> {
    let directory = setting.place.as_ref().and_then(|place| place.source.path.parent());
    let value = secret::fetch(secret, around, directory).and_then(|value| {
        variables::check_length(name, value.len())?;
        Ok(value)
    });
    value.map_err(|finding| {
        Diagnostic {
            place: finding.place.clone().or_else(|| setting.place.clone()),
            ..*finding
        }
        .into()
    })
}

/// The shell, and the profile `name` as it is here; without a name the one that is active here.
pub fn active_of(name: Option<&str>) -> Result<(Session, Active)> {
    let session = Session::inherited();
    let choice = match name {
        Some(name) => Choice::Profile(name.to_owned()),
        None => chosen(&session),
    };
    let load = load::load_in(&session, &choice);
    match load.active {
        Some(active) => Ok((session, active)),
        None => Err(load.findings.into_iter().next().unwrap_or_else(nothing_active).into()),
    }
}

/// Whether no profile is meant to be active here.
pub fn nothing_applies() -> bool {
    let session = Session::inherited();
    let load = load::load_in(&session, &chosen(&session));
    load.active.is_none() && load.findings.is_empty()
}

/// What this shell has chosen. A background session of Claude Code's has the variables of its daemon, which another
/// directory's shell may have started; there the directory decides. The launcher, which knows better, blanks the state.
fn chosen(session: &Session) -> Choice {
    let is_daemons = value_in(&session.snapshot, "CLAUDE_CODE_SESSION_KIND").is_some_and(|kind| kind == "bg")
        && value_in(&session.snapshot, state::VARIABLE).is_some_and(|state| !state.is_empty());
    if is_daemons {
        Choice::Directory
    } else {
        Choice::of(paths::chosen_profile().as_deref())
    }
}

/// The error that no profile is active, with what to do about it.
pub fn nothing_active() -> Diagnostic {
    Diagnostic::error("no profile is active here")
        .help("choose one for this directory: claude-bedrock init PROFILE")
        .help("or see what there is: claude-bedrock list")
}
