//! The surroundings of a Claude Code session: background jobs, and variables that redirect a part of its traffic.

use crate::claude::launcher::file;
use crate::claude::{self, SCRUB};
use crate::doctor::Line;
use crate::load::Active;
use crate::session::Session;
use crate::system::paths;
use crate::system::text::visible;
use crate::system::variables::value_in;

/// Background jobs whose settings file is gone: such a job dies when it is restarted.
pub(super) fn background(tell: &mut dyn FnMut(Line)) {
    for path in file::of_jobs().into_iter().filter(|path| !path.exists()) {
        tell(Line::doubtful(
            "CD41",
            format!(
                "a background session's settings are gone, and it would die when it is restarted: {}",
                paths::display(&path)
            ),
            "write them again: claude-bedrock claude respawn --all",
        ));
    }
}

/// Credentials that a session's tools could do without.
pub(super) fn scrub(session: &Session, active: &Active, tell: &mut dyn FnMut(Line)) {
    let own = active.environment.get(SCRUB).and_then(|setting| setting.wanted.text());
    let shell = session.restored();
    let inherited = value_in(&shell, SCRUB).and_then(|value| value.to_str());
    let value = own.or(inherited).unwrap_or_default().trim().to_ascii_lowercase();
    let is_on = ["1", "true", "yes", "on"].contains(&value.as_str());
    let can = claude::can_scrub();
    let name = &active.profile.name;
    if is_on && !can {
        tell(Line::broken(
            "CD43",
            format!("{SCRUB} is on, and bubblewrap (`bwrap`) is not on PATH: Claude Code does not start"),
            "install bubblewrap, or remove the variable",
        ));
    } else if !is_on && can && !active.environment.secrets().is_empty() {
        tell(Line::doubtful(
            "CD43",
            format!("everything that a session starts gets the credentials of {name}"),
            format!(
                "keep them to Claude Code: claude-bedrock set {name} auth.isolate true; or have it hide them: claude-bedrock set {name} env.{SCRUB} 1"
            ),
        ));
    }
}

/// Variables that move Claude Code's other calls than those to a model, and which those are (2.1.332, seen).
const ENDPOINTS: &[(&str, &str)] = &[
    ("AWS_ENDPOINT_URL", "its list of models, STS and the login"),
    ("AWS_ENDPOINT_URL_BEDROCK", "its list of models"),
    ("AWS_ENDPOINT_URL_STS", "the check of its credentials, and roles"),
    ("AWS_ENDPOINT_URL_SSO", "the credentials of Identity Center"),
    ("AWS_ENDPOINT_URL_SSO_OIDC", "the login's renewal"),
];

/// Addresses that other tools want, and that move a part of what Claude Code asks.
pub(super) fn endpoints(session: &Session, active: &Active, tell: &mut dyn FnMut(Line)) {
    let shell = session.restored();
    for (name, moved) in ENDPOINTS {
        let own = active.environment.get(name).and_then(|setting| setting.wanted.text());
        let inherited = value_in(&shell, name).map(|value| value.to_string_lossy().into_owned());
        let Some(address) = own
            .map(str::to_owned)
            .or(inherited)
            .filter(|address| !address.is_empty())
        else {
            continue;
        };
        tell(Line::doubtful(
            "CD42",
            format!(
                "{name} is {}: it moves {moved}, not the requests to a model",
                visible(&crate::system::redact::masked(&address))
            ),
            format!("for your own tools alone: endpoint_url in their profile of ~/.aws/config; here: unset {name}"),
        ));
    }
}
