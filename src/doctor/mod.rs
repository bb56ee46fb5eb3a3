//! `doctor`: everything that can be wrong between a profile and a model, each with its fix.
//!
//! First what can be seen on this machine, in a fixed order; then the calls to AWS, side by side, each told as
//! soon as it is known. Every line has a code that `docs/doctor.md` explains.

mod live;
mod local;
mod network;
mod sessions;
pub mod ticket;
mod token;

use serde::Serialize;

use crate::aws::{self, Account, Trouble, payer};
use crate::catalog::unsupported;
use crate::diagnostic::{Diagnostic, Result, Severity};
use crate::environment::Method;
use crate::load::{self, Active};
use crate::profile::choice::Choice;
use crate::session::Session;
use crate::system::paths;

/// How grave a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// In order.
    Good,
    /// Something to know.
    Doubtful,
    /// Something does not work.
    Broken,
}

/// A line of the checklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// How grave it is.
    pub level: Level,
    /// The code of the check, or of the lint.
    pub code: &'static str,
    /// What was found, in one line.
    pub finding: String,
    /// What to type or do; `None` if there is nothing to do.
    pub fix: Option<String>,
}

impl Line {
    fn new(level: Level, code: &'static str, finding: impl Into<String>, fix: Option<String>) -> Self {
        Self {
            level,
            code,
            finding: finding.into(),
            fix,
        }
    }

    fn good(code: &'static str, finding: impl Into<String>) -> Self {
        Self::new(Level::Good, code, finding, None)
    }

    fn doubtful(code: &'static str, finding: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(Level::Doubtful, code, finding, Some(fix.into()))
    }

    fn broken(code: &'static str, finding: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(Level::Broken, code, finding, Some(fix.into()))
    }

    fn of_finding(code: &'static str, finding: &Diagnostic) -> Self {
        let level = match finding.severity {
            Severity::Error => Level::Broken,
            Severity::Warning => Level::Doubtful,
        };
        let place = finding
            .place
            .as_ref()
            .map(|place| format!(" ({place})"))
            .unwrap_or_default();
        let fix = match finding.help.join("; ") {
            fix if !fix.is_empty() => Some(fix),
            _ if finding.place.is_some() => Some("correct it there; the line itself: claude-bedrock lint".to_owned()),
            _ => None,
        };
        Self::new(
            level,
            finding.code.unwrap_or(code),
            format!("{}{place}", finding.redacted_message()),
            fix,
        )
    }

    fn of_trouble(code: &'static str, trouble: &Trouble) -> Self {
        Self::broken(code, trouble.in_full(), &trouble.fix)
    }
}

/// What to check.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The profile [default: the one that is active here].
    pub profile: Option<String>,
    /// Make no network calls.
    pub offline: bool,
    /// Ask every model for one token, which costs money.
    pub invoke: bool,
}

/// Checks everything and reports each line as soon as it is known. Returns whether nothing is broken.
pub fn run(options: &Options, tell: &mut dyn FnMut(&Line)) -> Result<bool> {
    let mut healthy = true;
    let mut told = std::collections::BTreeSet::new();
    let mut tell = |line: Line| {
        // A cause that spoils several checks is reported once.
        if told.insert(line.finding.clone()) {
            healthy &= line.level != Level::Broken;
            tell(&line);
        }
    };
    let choice = match &options.profile {
        Some(name) => Choice::Profile(name.clone()),
        None => Choice::of(paths::chosen_profile().as_deref()),
    };
    let session = Session::inherited();
    let load = load::load_in(&session, &choice);
    local::machine(&session, &load, &mut tell);
    sessions::background(&mut tell);
    if let Some(active) = &load.active {
        local::profile(&session, active, &mut tell);
        sessions::endpoints(&session, active, &mut tell);
        sessions::scrub(&session, active, &mut tell);
        local::kept(&session, active, &mut tell);
        if let Some(payer) = payer::machine(&session, active) {
            tell(machines_role(active, &payer));
        }
        match Account::open(&session, active) {
            Ok(account) => {
                local::account(&account, &mut tell);
                aws::block_on(live::run(&account, active, options, &mut tell))?;
            }
            Err(finding) => tell(Line::of_finding("CD30", &finding)),
        }
    }
    local::catalog(&mut tell);
    tell(Line::good("CD50", unsupported::sentence()));
    Ok(healthy)
}

/// Reports that this machine's role decides who pays: intended with `ambient`, by accident with an AWS profile.
fn machines_role(active: &Active, payer: &str) -> Line {
    if Method::of(&active.profile) == Method::Ambient {
        return Line::good("CD10", format!("{payer} pays"));
    }
    Line::broken(
        "CB038",
        format!(
            "the AWS profile of `{}` gives no credentials: {payer} would pay",
            active.profile.name
        ),
        "fix the AWS profile; or, if that role is what you want: auth = { method = \"ambient\" }",
    )
}

fn is_called(active: &Active, options: &Options) -> bool {
    !options.offline && Method::of(&active.profile) != Method::Gateway
}
