//! Where a shell holds something else than its profile says: which variables, who would pay, and what to type.

use std::ffi::OsStr;

use crate::environment::{Environment, Setting, Wanted};
use crate::load::{self, Active};
use crate::session::Session;
use crate::system::paths;
use crate::system::text::visible;
use crate::system::variables::{Snapshot, bytes_of, value_in, value_of};
use crate::variables;

/// One variable that is not what the profile says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Its name.
    pub name: String,
    /// Its value, shown; `None` if it is not set. A secret shows as that.
    pub found: Option<String>,
    /// What the profile says, shown; `None` if it wants it unset.
    pub wanted: Option<String>,
    /// The tool that has set it, as far as the environment tells.
    pub tool: Option<&'static str>,
}

/// Longer values are shortened: a line is to be read.
const SHOWN: usize = 60;

/// What a value looks like to a person. In variables that only the user knows, anything may be secret.
fn shown(name: &str, value: &OsStr) -> String {
    let is_plain = variables::is_shown(name);
    if !is_plain {
        return "set".to_owned();
    }
    let text = visible(&value.to_string_lossy());
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None if text.is_empty() => "blank".to_owned(),
        None => text,
    }
}

/// The variables of `active`'s environment that `session`'s shell does not hold as the profile says, where
/// the profile is loaded there.
pub fn in_shell(session: &Session, active: &Active) -> Vec<Changed> {
    if session.state.profile.as_ref() != Some(&active.profile.name) {
        return Vec::new();
    }
    of(session, &active.environment)
}

fn of(session: &Session, environment: &Environment) -> Vec<Changed> {
    let differs = |name: &str, wanted: &Wanted| {
        let found = value_in(&session.snapshot, name);
        match wanted {
            Wanted::Text(text) => found != Some(OsStr::new(text)),
            Wanted::Unset => found.is_some(),
            Wanted::Secret(_) => {
                let mark = found.map(|value| session.state.mark(bytes_of(value)));
                session.state.held.get(name).is_some_and(|held| held.mark != mark)
            }
        }
    };
    environment
        .iter()
        .filter(|(name, setting)| differs(name, &setting.wanted))
        .map(|(name, setting)| {
            let found = value_in(&session.snapshot, name);
            let value = found.map(|value| bytes_of(value).to_vec());
            Changed {
                name: name.to_owned(),
                found: found.map(|value| shown(name, value)),
                wanted: match &setting.wanted {
                    Wanted::Text(text) => Some(shown(name, OsStr::new(text))),
                    Wanted::Secret(_) => Some("the profile's".to_owned()),
                    Wanted::Unset => None,
                },
                tool: session.others.setter(name, &value).map(|claim| claim.tool),
            }
        })
        .collect()
}

impl Changed {
    /// In a few words: `AWS_PROFILE is infra, not bedrock-work`.
    pub fn words(&self) -> String {
        let by = self.tool.map(|tool| format!(" ({tool})")).unwrap_or_default();
        let name = &self.name;
        match (&self.found, &self.wanted) {
            (Some(found), Some(wanted)) if found == wanted || found == "set" => format!("{name} has another value{by}"),
            (Some(found), Some(wanted)) => format!("{name} is {found}{by}, not {wanted}"),
            (Some(found), None) if found == "set" => format!("{name} is set{by}"),
            (Some(found), None) => format!("{name} is set to {found}{by}"),
            (None, _) => format!("{name} is unset{by}"),
        }
    }
}

/// What differs, and who would pay where credentials do.
pub fn words(session: &Session, active: &Active, changed: &[Changed]) -> String {
    let words: Vec<String> = changed.iter().map(Changed::words).collect();
    let mut text = format!("differs from {}: {}", active.profile.name, words.join(", "));
    if changed.iter().any(|changed| variables::is_credential(&changed.name)) {
        text += &format!("; {} would pay", payer(&session.snapshot));
    }
    text
}

/// All of them in one line: what differs, who would pay, and what to type.
pub fn line(session: &Session, active: &Active, changed: &[Changed]) -> String {
    let name = &active.profile.name;
    format!(
        "{}; {name} again: {}",
        words(session, active, changed),
        again(session, name)
    )
}

/// What makes the shell as the profile says.
pub fn again(session: &Session, name: &str) -> String {
    let is_chosen = value_in(&session.snapshot, paths::PROFILE_VARIABLE).is_some();
    if is_chosen {
        format!("claude-bedrock use {name}")
    } else {
        "claude-bedrock use --clear".to_owned()
    }
}

/// Whose credentials Claude Code would use: a bearer token before a profile before keys (the order of the AWS
/// SDK for JavaScript, which it has).
pub fn payer(variables: &Snapshot) -> String {
    let get = |name: &str| value_in(variables, name).filter(|value| !value.is_empty());
    if get("AWS_BEARER_TOKEN_BEDROCK").is_some_and(|token| !token.to_string_lossy().trim().is_empty()) {
        return "the account of the API key in AWS_BEARER_TOKEN_BEDROCK".to_owned();
    }
    if let Some(profile) = get("AWS_PROFILE") {
        return format!("AWS profile {}", shown("AWS_PROFILE", profile));
    }
    if get("AWS_ACCESS_KEY_ID").is_some() {
        return "the account of the keys in AWS_ACCESS_KEY_ID".to_owned();
    }
    let role = [
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    ];
    match role.into_iter().find(|name| get(name).is_some()) {
        Some(name) => format!("the default AWS profile, or without one the role that {name} leads to,"),
        None => "the default AWS profile".to_owned(),
    }
}

/// What other tools have set for this directory, where the profile holds over it.
pub fn overruled(session: &Session, active: &Active) -> Vec<String> {
    let words = |(name, setting): (&str, &Setting)| {
        let claim = session
            .others
            .about(name)
            .iter()
            .rev()
            .find(|claim| claim.new.is_some())?;
        let found = value_in(&session.snapshot, name).map(|value| bytes_of(value).to_vec());
        let theirs = claim.new.clone().flatten();
        (found != theirs && setting.wanted.text().map(|text| text.as_bytes().to_vec()) == found).then(|| {
            let value = theirs.map_or("nothing".to_owned(), |value| shown(name, &value_of(value)));
            format!("{} sets {name} to {value} here; the profile's value holds", claim.tool)
        })
    };
    active.environment.iter().filter_map(words).collect()
}

/// Variables that are as a profile would set them, though none is loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strays {
    /// The profile that they look like.
    pub profile: String,
    /// Their names.
    pub names: Vec<String>,
}

impl Strays {
    /// What is known of them.
    pub fn finding(&self) -> String {
        format!(
            "{} as {} sets them, but without CLAUDE_BEDROCK_STATE",
            self.names.join(", "),
            self.profile
        )
    }

    /// What to type.
    pub fn fix(&self) -> String {
        format!("if they are not your own: unset {}", self.names.join(" "))
    }
}

/// Variables that seem to come from another shell without the state: they cannot be told from the user's own.
pub fn strays(session: &Session) -> Option<Strays> {
    let profiles = load::summaries().ok()?;
    let strays = profiles.into_values().flatten().filter_map(|profile| {
        let environment = Environment::of(&profile).ok()?;
        let is_here = |(name, setting): &(&str, &Setting)| {
            let found = value_in(&session.snapshot, name);
            found.is_some() && setting.wanted.text().map(OsStr::new) == found
        };
        let names: Vec<String> = environment
            .iter()
            .filter(is_here)
            .map(|(name, _)| name.to_owned())
            .collect();
        // A region alone, or that Bedrock is used, says nothing.
        let tells = names
            .iter()
            .any(|name| name == "AWS_PROFILE" || name.ends_with("_MODEL"));
        tells.then_some(Strays {
            profile: profile.name,
            names,
        })
    });
    strays.max_by_key(|strays| strays.names.len())
}

/// How a shell differs from its profile.
pub struct InShell {
    /// What is not as the profile says.
    pub changed: Vec<Changed>,
    /// Whose credentials would be used then, where they are not the profile's.
    pub account: Option<String>,
    /// Whether `exec` has set it all.
    pub by_exec: bool,
    /// What makes the shell as the profile says.
    pub again: Option<String>,
    overruled: Vec<String>,
    strays: Option<Strays>,
}

impl InShell {
    /// How `session` differs from what is to be `active` there.
    pub fn of(session: &Session, active: Option<&Active>) -> Self {
        let changed = active.map(|active| in_shell(session, active)).unwrap_or_default();
        let other_credentials = changed.iter().any(|changed| variables::is_credential(&changed.name));
        Self {
            account: other_credentials.then(|| payer(&session.snapshot)),
            again: active.map(|active| again(session, &active.profile.name)),
            overruled: active.map(|active| overruled(session, active)).unwrap_or_default(),
            strays: session.state.profile.is_none().then(|| strays(session)).flatten(),
            by_exec: session.state.by_exec,
            changed,
        }
    }

    /// As rows of a table: a word, and what it is about.
    pub fn rows(&self) -> Vec<(&'static str, String)> {
        let mut rows: Vec<_> = self
            .changed
            .iter()
            .map(|changed| ("changed", changed.words()))
            .collect();
        rows.extend(self.account.clone().map(|account| ("would pay", account)));
        rows.extend(self.overruled.iter().map(|words| ("beside", words.clone())));
        rows.extend(
            self.strays
                .as_ref()
                .map(|strays| ("strays", format!("{}; {}", strays.finding(), strays.fix()))),
        );
        rows
    }

    /// The changes as data.
    pub fn json(&self) -> serde_json::Value {
        let object = |changed: &Changed| {
            serde_json::json!({
                "name": changed.name, "found": changed.found, "wanted": changed.wanted, "tool": changed.tool,
            })
        };
        self.changed.iter().map(object).collect()
    }
}
