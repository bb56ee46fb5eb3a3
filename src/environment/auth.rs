//! How Claude Code authenticates. Claude Code prefers `AWS_PROFILE` to access keys where most AWS SDKs
//! prefer the keys, and a bearer token to both; so a method's variables are set and every other method's
//! are unset.

use crate::diagnostic::{Diagnostic, Result};
use crate::environment::Environment;
use crate::environment::endpoint::{Endpoint, set_addresses};
use crate::profile::Profile;
use crate::system::machine;
use crate::variables;

/// A method of authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A profile of `~/.aws/config`.
    AwsProfile,
    /// Access keys, signed with `SigV4`.
    AccessKeys,
    /// A Bedrock API key as a bearer token.
    ApiKey,
    /// A gateway that signs itself.
    Gateway,
    /// Whatever the user's environment has.
    Ambient,
}

/// The keys of each method below `auth`: their name, whether they are required, and the variable.
type MethodKey = (&'static str, bool, &'static str);

const ACCESS_KEYS: &[MethodKey] = &[
    ("auth.access_key_id", true, "AWS_ACCESS_KEY_ID"),
    ("auth.secret_access_key", true, "AWS_SECRET_ACCESS_KEY"),
    ("auth.session_token", false, "AWS_SESSION_TOKEN"),
];

impl Method {
    /// The method of a profile; without one, credentials are left as they are.
    pub fn of(profile: &Profile) -> Self {
        match profile.settings.text("auth.method") {
            Some("aws-profile") => Self::AwsProfile,
            Some("access-keys") => Self::AccessKeys,
            Some("api-key") => Self::ApiKey,
            Some("gateway") => Self::Gateway,
            _ => Self::Ambient,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::AwsProfile => "aws-profile",
            Self::AccessKeys => "access-keys",
            Self::ApiKey => "api-key",
            Self::Gateway => "gateway",
            Self::Ambient => "ambient",
        }
    }

    fn keys(self) -> &'static [MethodKey] {
        match self {
            Self::AwsProfile => &[("auth.profile", true, "AWS_PROFILE"), ("auth.isolate", false, "")],
            Self::AccessKeys => ACCESS_KEYS,
            Self::ApiKey => &[("auth.api_key", true, "AWS_BEARER_TOKEN_BEDROCK")],
            Self::Gateway => &[
                ("auth.base_url", true, ""),
                ("auth.token", false, "ANTHROPIC_AUTH_TOKEN"),
            ],
            Self::Ambient => &[],
        }
    }
}

pub(super) fn add(profile: &Profile, endpoint: Endpoint, environment: &mut Environment) -> Result<()> {
    let method = Method::of(profile);
    fits(profile, method)?;
    if is_isolated(profile) {
        environment.unset("AWS_BEARER_TOKEN_BEDROCK");
        return Ok(());
    }
    if method == Method::Ambient {
        return Ok(());
    }
    for name in variables::CREDENTIALS.iter().chain(variables::MACHINE) {
        environment.unset(name);
    }
    if machine::is_ec2() {
        environment.set(variables::NO_INSTANCE, "true", None);
    }
    for (key, _, variable) in method.keys().iter().filter(|(_, _, variable)| !variable.is_empty()) {
        environment.copy(variable, profile, key);
    }
    if let (Method::Gateway, Some(url), Some(located)) = (
        method,
        profile.settings.text("auth.base_url"),
        profile.settings.get("auth.base_url"),
    ) {
        if let Some(other) = profile.settings.get("base_url") {
            return Err(Diagnostic::at(
                other.place.clone(),
                "`base_url` and the gateway's `auth.base_url` both say which address is called",
            )
            .help("keep the gateway's")
            .into());
        }
        set_addresses(environment, endpoint, url, &located.place);
        let place = Some(located.place.clone());
        if endpoint.has_bedrock() {
            environment.set("CLAUDE_CODE_SKIP_BEDROCK_AUTH", "1", place.clone());
        }
        if endpoint.has_mantle() {
            environment.set("CLAUDE_CODE_SKIP_MANTLE_AUTH", "1", place);
        }
    }
    Ok(())
}

/// Whether credentials stay out of the shell.
pub fn is_isolated(profile: &Profile) -> bool {
    Method::of(profile) == Method::AwsProfile && profile.settings.flag("auth.isolate")
}

/// Every key below `auth` belongs to the method, and none that it needs is missing.
fn fits(profile: &Profile, method: Method) -> Result<()> {
    let keys = method.keys();
    for (name, located) in profile.settings.below("auth").filter(|(name, _)| *name != "method") {
        let path = format!("auth.{name}");
        if !keys.iter().any(|(key, _, _)| *key == path) {
            let owner = [Method::AwsProfile, Method::AccessKeys, Method::ApiKey, Method::Gateway]
                .into_iter()
                .find(|other| other.keys().iter().any(|(key, _, _)| *key == path));
            let finding = Diagnostic::at(
                located.place.clone(),
                format!("`{path}` means nothing with the method `{}`", method.name()),
            );
            return Err(match owner {
                Some(owner) => finding
                    .help(format!("write: method = \"{}\", or take the key out", owner.name()))
                    .into(),
                None => finding.into(),
            });
        }
    }
    let place = profile.settings.get("auth.method").map(|located| located.place.clone());
    if let Some((key, _, _)) = keys
        .iter()
        .find(|(key, required, _)| *required && profile.settings.get(key).is_none())
    {
        let finding = Diagnostic {
            place,
            ..Diagnostic::error(format!("the method `{}` needs `{key}`", method.name()))
        };
        let example = crate::profile::keys::KEYS
            .iter()
            .find(|known| known.path == *key)
            .map_or("…", |known| known.example);
        let name = key.trim_start_matches("auth.");
        return Err(finding
            .help(format!(
                "such as: auth = {{ method = \"{}\", {name} = {example} }}",
                method.name()
            ))
            .into());
    }
    Ok(())
}

/// A few words on whose credentials are used, for the line on entering.
pub fn hint(profile: &Profile) -> String {
    let account = profile
        .settings
        .text("account")
        .map(|account| format!(", account {account}"))
        .unwrap_or_default();
    let who = match Method::of(profile) {
        Method::AwsProfile => {
            let name = profile.settings.text("auth.profile").unwrap_or("default");
            let isolated = if is_isolated(profile) { ", isolated" } else { "" };
            format!("AWS profile {name}{isolated}")
        }
        Method::AccessKeys => "access keys".to_owned(),
        Method::ApiKey => "API key".to_owned(),
        Method::Gateway => "gateway".to_owned(),
        Method::Ambient => "your own AWS credentials".to_owned(),
    };
    format!("{who}{account}")
}
