//! The first profile: what the machine has to make one of, and its text.

use std::path::Path;

use crate::aws_files::{Base, Files};
use crate::edit::Draft;
use crate::import::variables::{Wishes, profile_name};
use crate::import::{self, settings};
use crate::system::text::visible;
use crate::system::variables::{Snapshot, value_in};

/// The profile of Claude Code's settings, where most people's Bedrock stands; `None` where they say nothing of it, name
/// no region, or hold a secret, which only `import` moves. The finding says so. The account is that of the AWS profile that
/// they name, where the files say it.
pub fn of_settings(files: &Files, directory: Option<&Path>, variables: &Snapshot) -> (Option<Draft>, Option<String>) {
    let reading = settings::reading(directory);
    let wishes = Wishes {
        process: variables.clone(),
        ..Wishes::default()
    };
    let found = import::variables::profile("bedrock", &reading, &wishes);
    if found.is_other.is_some() || (reading.variables.is_empty() && reading.keys.is_empty()) {
        return (None, None);
    }
    if found.secrets.is_empty() && found.draft.has("region") && found.unmapped.is_empty() {
        let mut draft = found.draft;
        let known = draft
            .text("auth.profile")
            .and_then(|name| account(files, name, variables));
        if let Some(account) = known.filter(|_| !draft.has("account")) {
            draft.put("account", account);
        }
        return (Some(draft), None);
    }
    let told = "Claude Code's settings use Bedrock already; to make a profile of them: claude-bedrock import settings --name work";
    (None, Some(told.to_owned()))
}

/// Credentials that a profile can be made of.
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
            !name.to_lowercase().contains("bedrock"),
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
