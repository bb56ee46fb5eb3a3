//! The first profile: the candidates that the machine offers, and its text.

use std::path::Path;

use crate::aws_files::{Base, Files};
use crate::edit::Draft;
use crate::import::variables::{Wishes, profile_name};
use crate::import::{self, Found, settings};
use crate::system::text::visible;
use crate::system::variables::{Snapshot, value_in};

/// What Claude Code's settings say of Bedrock, where most people's stands.
pub enum OfSettings {
    /// Nothing.
    Nothing,
    /// A profile, whole. Its account is that of the AWS profile that they name, where the files say it.
    Whole(Box<Found>),
    /// One that `import` alone makes: it has a secret, lacks a region, or something of it is no part of a profile.
    ByImport(Box<Found>),
}

/// The profile of Claude Code's settings, as they count in a directory.
pub fn of_settings(files: &Files, directory: Option<&Path>, variables: &Snapshot) -> OfSettings {
    let reading = settings::reading(directory);
    let wishes = Wishes {
        process: variables.clone(),
        ..Wishes::default()
    };
    let mut found = import::variables::profile("bedrock", &reading, &wishes);
    if found.is_other.is_some() || (reading.variables.is_empty() && reading.keys.is_empty()) {
        return OfSettings::Nothing;
    }
    if !found.secrets.is_empty() || !found.draft.has("region") || !found.unmapped.is_empty() {
        return OfSettings::ByImport(Box::new(found));
    }
    let known = found
        .draft
        .text("auth.profile")
        .and_then(|name| account(files, name, variables));
    if let Some(account) = known.filter(|_| !found.draft.has("account")) {
        found.draft.put("account", account);
    }
    OfSettings::Whole(Box::new(found))
}

/// Whether the credentials of an AWS profile come from a login, which ends.
pub fn has_login(files: &Files, name: &str, variables: &Snapshot) -> bool {
    let base = files.decide(name, variables).map(|decision| decision.base);
    matches!(base, Ok(Base::Sso(_) | Base::Login(_)))
}

/// Credentials that a profile can be made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The name that the profile would have.
    pub name: String,
    /// The AWS profile; `None` for the environment's own credentials.
    pub aws_profile: Option<String>,
    /// The region that the AWS profile or the environment names.
    pub region: Option<String>,
    /// The twelve digits of the account, where ~/.aws/config says it.
    pub account: Option<String>,
}

impl Candidate {
    /// Whether its name says what it is for.
    fn is_for_bedrock(&self) -> bool {
        let name = self.aws_profile.as_deref().unwrap_or_default();
        name.to_lowercase().contains("bedrock")
    }
}

impl std::fmt::Display for Candidate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.aws_profile {
            Some(name) => write!(formatter, "the AWS profile {}", visible(name))?,
            None => write!(formatter, "the credentials of this environment")?,
        }
        let account = self.account.as_ref().map(|account| format!("account {account}"));
        let known: Vec<String> = self.region.iter().cloned().chain(account).collect();
        if known.is_empty() {
            return Ok(());
        }
        write!(formatter, " ({})", visible(&known.join(", ")))
    }
}

/// The account of an AWS profile's role, as far as the files say it.
fn account(files: &Files, name: &str, variables: &Snapshot) -> Option<String> {
    let decision = files.decide(name, variables).ok()?;
    let account = match (decision.roles.last(), decision.base) {
        (Some(role), _) => role.arn.split(':').nth(4)?.to_owned(),
        (None, Base::Sso(sso)) => sso.account,
        _ => return None,
    };
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    is_account.then_some(account)
}

/// What there is, the likeliest first: what the environment selects, then AWS profiles whose names say Bedrock,
/// then the default one.
pub fn candidates(files: &Files, variables: &Snapshot) -> Vec<Candidate> {
    let variable = |name: &str| {
        let value = value_in(variables, name)?.to_str()?;
        Some(value.to_owned()).filter(|value| !value.is_empty())
    };
    let region = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"));
    let selected = variable("AWS_PROFILE");
    let has_keys = variable("AWS_BEARER_TOKEN_BEDROCK").is_some() || variable("AWS_ACCESS_KEY_ID").is_some();
    let mut found: Vec<Candidate> = files
        .names()
        .map(|name| Candidate {
            name: profile_name(name),
            aws_profile: Some(name.to_owned()),
            region: files.value(name, "region").or_else(|| region.clone()),
            account: account(files, name, variables),
        })
        .collect();
    let rank = |candidate: &Candidate| {
        let name = candidate.aws_profile.as_deref().unwrap_or_default();
        (
            Some(name) != selected.as_deref(),
            !candidate.is_for_bedrock(),
            name != "default",
        )
    };
    found.sort_by_key(rank);
    if has_keys {
        let selects = usize::from(found.first().is_some_and(|first| first.aws_profile == selected));
        let ambient = Candidate {
            name: "bedrock".to_owned(),
            aws_profile: None,
            region,
            account: None,
        };
        found.insert(selects, ambient);
    }
    found
}

/// Which candidates are preselected: the likeliest, and every AWS profile whose name says Bedrock.
pub fn usual(candidates: &[Candidate]) -> Vec<usize> {
    let is_usual = |(index, candidate): &(usize, &Candidate)| *index == 0 || candidate.is_for_bedrock();
    let usual = candidates.iter().enumerate().filter(is_usual);
    usual.map(|(index, _)| index).collect()
}

/// The profile, without pins.
pub fn draft(candidate: &Candidate, region: &str) -> Draft {
    let mut draft = Draft::new(&candidate.name);
    draft.put("region", region);
    if let Some(account) = &candidate.account {
        draft.put("account", account.as_str());
    }
    match &candidate.aws_profile {
        Some(name) => draft.use_aws_profile(name),
        None => draft.put("auth.method", "ambient"),
    }
    // Without a main model Claude Code takes Opus, at Opus prices.
    draft.put("models.main", "sonnet");
    draft
}
