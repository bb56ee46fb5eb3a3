//! Which service is called, and under which address.

use crate::diagnostic::{Diagnostic, Place, Result};
use crate::environment::Environment;
use crate::profile::Profile;

/// Which of Bedrock's services Claude Code calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `InvokeModel` of the Bedrock runtime.
    Bedrock,
    /// Mantle, which speaks Anthropic's own API.
    Mantle,
    /// Mantle for models named `anthropic.…`, the runtime for the rest.
    Both,
}

impl Endpoint {
    /// The endpoint of a profile.
    pub fn of(profile: &Profile) -> Self {
        match profile.settings.text("endpoint") {
            Some("mantle") => Self::Mantle,
            Some("both") => Self::Both,
            _ => Self::Bedrock,
        }
    }

    /// Whether requests go to the Bedrock runtime.
    pub fn has_bedrock(self) -> bool {
        self != Self::Mantle
    }

    /// Whether requests go to Mantle.
    pub fn has_mantle(self) -> bool {
        self != Self::Bedrock
    }
}

pub(super) fn add(profile: &Profile, environment: &mut Environment) -> Result<Endpoint> {
    let endpoint = Endpoint::of(profile);
    let place = profile.settings.get("endpoint").map(|located| located.place.clone());
    if endpoint.has_bedrock() {
        environment.set("CLAUDE_CODE_USE_BEDROCK", "1", place.clone());
    }
    if endpoint.has_mantle() {
        environment.set("CLAUDE_CODE_USE_MANTLE", "1", place);
    }
    if let (Some(url), Some(located)) = (profile.settings.text("base_url"), profile.settings.get("base_url")) {
        set_addresses(environment, endpoint, url, &located.place);
    }
    if profile.settings.flag("fips") {
        fips(profile, endpoint, environment)?;
    }
    Ok(endpoint)
}

/// Sets the address of each service that is called. Claude Code wants `/anthropic` at the end of Mantle's.
pub(super) fn set_addresses(environment: &mut Environment, endpoint: Endpoint, url: &str, place: &Place) {
    if endpoint.has_bedrock() {
        environment.set("ANTHROPIC_BEDROCK_BASE_URL", url, Some(place.clone()));
    }
    if endpoint.has_mantle() {
        let trimmed = url.trim_end_matches('/');
        let mantle = if trimmed.ends_with("/anthropic") {
            trimmed.to_owned()
        } else {
            format!("{trimmed}/anthropic")
        };
        environment.set("ANTHROPIC_BEDROCK_MANTLE_BASE_URL", mantle, Some(place.clone()));
    }
}

/// `AWS_USE_FIPS_ENDPOINT` does not move Claude Code's requests; only the address does.
fn fips(profile: &Profile, endpoint: Endpoint, environment: &mut Environment) -> Result<()> {
    let Some(located) = profile.settings.get("fips") else {
        return Ok(());
    };
    let wrong = |message: &str| Diagnostic::at(located.place.clone(), message);
    if endpoint.has_mantle() {
        return Err(
            wrong("`fips` is for the endpoint `bedrock`; Mantle has no FIPS address")
                .help("remove `fips`, or write: endpoint = \"bedrock\"")
                .into(),
        );
    }
    if profile.settings.get("base_url").is_some() || profile.settings.get("auth.base_url").is_some() {
        return Err(wrong("`fips` and `base_url` both say which address is called")
            .help("keep one of them")
            .into());
    }
    let region = profile.settings.text("region").ok_or_else(|| {
        wrong("`fips` needs a `region`, whose FIPS address is called").help("write: region = \"us-east-1\"")
    })?;
    let domain = if region.starts_with("cn-") {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    };
    environment.set(
        "ANTHROPIC_BEDROCK_BASE_URL",
        format!("https://bedrock-runtime-fips.{region}.{domain}"),
        Some(located.place.clone()),
    );
    Ok(())
}
