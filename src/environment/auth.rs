//! How Claude Code authenticates. Claude Code prefers `AWS_PROFILE` to access keys where most AWS SDKs
//! prefer the keys, and a bearer token to both; so a method's variables are set and every other method's
//! are unset.

use crate::diagnostic::{Diagnostic, Place, Result};
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

/// What every method with credentials of its own takes.
const APART: &[MethodKey] = &[("auth.isolate", false, ""), ("auth.tools", false, "")];

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
            Self::AwsProfile => &[("auth.profile", true, "AWS_PROFILE")],
            Self::AccessKeys => ACCESS_KEYS,
            Self::ApiKey => &[("auth.api_key", true, "AWS_BEARER_TOKEN_BEDROCK")],
            Self::Gateway => &[
                ("auth.base_url", true, ""),
                ("auth.token", false, "ANTHROPIC_AUTH_TOKEN"),
            ],
            Self::Ambient => &[],
        }
    }

    /// Whether the key at `path` means something with this method.
    fn takes(self, path: &str) -> bool {
        let has = |keys: &[MethodKey]| keys.iter().any(|(key, _, _)| *key == path);
        has(self.keys()) || (self != Self::Ambient && has(APART))
    }
}

pub(super) fn add(profile: &Profile, endpoint: Endpoint, environment: &mut Environment) -> Result<()> {
    let method = Method::of(profile);
    fits(profile, method)?;
    if method == Method::Ambient {
        return Ok(());
    }
    if is_isolated(profile) {
        apart(profile, method, endpoint, environment);
    } else {
        without_others(environment);
        for (key, _, variable) in method.keys().iter().filter(|(_, _, variable)| !variable.is_empty()) {
            environment.copy(variable, profile, key);
        }
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
        skip_signing(environment, endpoint, Some(&located.place));
    }
    Ok(())
}

/// Takes all other credentials away, those of the machine among them.
fn without_others(environment: &mut Environment) {
    for name in variables::CREDENTIALS.iter().chain(variables::MACHINE) {
        environment.unset(name);
    }
    if machine::is_ec2() {
        environment.set(variables::NO_INSTANCE, "true", None);
    }
}

/// What an isolated profile leaves in the shell: no credentials of its own, and the tools' account where one is
/// named. An inherited bearer token would beat what Claude Code is given.
fn apart(profile: &Profile, method: Method, endpoint: Endpoint, environment: &mut Environment) {
    environment.unset("AWS_BEARER_TOKEN_BEDROCK");
    if profile.settings.get("auth.tools").is_some() {
        without_others(environment);
        environment.copy("AWS_PROFILE", profile, "auth.tools");
    }
    if method == Method::ApiKey {
        // `apiKeyHelper` gives the key then, which counts only where nothing is signed (2.1.332, seen).
        let place = profile.settings.get("auth.isolate").map(|located| &located.place);
        skip_signing(environment, endpoint, place);
    }
}

fn skip_signing(environment: &mut Environment, endpoint: Endpoint, place: Option<&Place>) {
    if endpoint.has_bedrock() {
        environment.set("CLAUDE_CODE_SKIP_BEDROCK_AUTH", "1", place.cloned());
    }
    if endpoint.has_mantle() {
        environment.set("CLAUDE_CODE_SKIP_MANTLE_AUTH", "1", place.cloned());
    }
}

/// Whether credentials stay out of the shell.
pub fn is_isolated(profile: &Profile) -> bool {
    Method::of(profile) != Method::Ambient && profile.settings.flag("auth.isolate")
}

/// The variable of the token that an isolated profile's Claude Code is given by `apiKeyHelper`; `None` if there is
/// none, or where other credentials are given.
pub fn helped(profile: &Profile) -> Option<&'static str> {
    if !is_isolated(profile) {
        return None;
    }
    match Method::of(profile) {
        Method::ApiKey => Some("AWS_BEARER_TOKEN_BEDROCK"),
        Method::Gateway => profile.settings.get("auth.token").map(|_| "ANTHROPIC_AUTH_TOKEN"),
        _ => None,
    }
}

/// Every key below `auth` belongs to the method, and none that it needs is missing.
fn fits(profile: &Profile, method: Method) -> Result<()> {
    let keys = method.keys();
    for (name, located) in profile.settings.below("auth").filter(|(name, _)| *name != "method") {
        let path = format!("auth.{name}");
        if path == "auth.isolate" && method == Method::Ambient {
            return Err(Diagnostic::at(
                located.place.clone(),
                "`auth.isolate` keeps a profile's own credentials apart, and the method `ambient` has none",
            )
            .help("name a method with credentials, or remove the key")
            .into());
        }
        if path == "auth.tools" && !profile.settings.flag("auth.isolate") {
            return Err(Diagnostic::at(
                located.place.clone(),
                "`auth.tools` counts only if the profile's own credentials are kept apart",
            )
            .help("write too: isolate = true")
            .into());
        }
        if !method.takes(&path) {
            let owner = [Method::AwsProfile, Method::AccessKeys, Method::ApiKey, Method::Gateway]
                .into_iter()
                .find(|other| other.keys().iter().any(|(key, _, _)| *key == path));
            let finding = Diagnostic::at(
                located.place.clone(),
                format!("`{path}` means nothing with the method `{}`", method.name()),
            );
            return Err(match owner {
                Some(owner) => finding
                    .help(format!("write: method = \"{}\", or remove the key", owner.name()))
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

/// A few words on whose credentials are used, for the line on entering: with the account, where it is pinned.
pub fn hint(profile: &Profile) -> String {
    let account = profile.settings.text("account");
    let account = account
        .map(|account| format!(", account {account}"))
        .unwrap_or_default();
    format!("{}{account}", way_in(profile))
}

/// How a profile authenticates, in a few words.
pub fn way_in(profile: &Profile) -> String {
    let who = match Method::of(profile) {
        Method::AwsProfile => {
            let name = profile.settings.text("auth.profile").unwrap_or("default");
            format!("AWS profile {name}")
        }
        Method::AccessKeys => "access keys".to_owned(),
        Method::ApiKey => "API key".to_owned(),
        Method::Gateway => "gateway".to_owned(),
        Method::Ambient => "your own AWS credentials".to_owned(),
    };
    let apart = match (is_isolated(profile), profile.settings.text("auth.tools")) {
        (false, _) => String::new(),
        (true, None) => ", isolated".to_owned(),
        (true, Some(tools)) => format!(", isolated (tools: {tools})"),
    };
    format!("{who}{apart}")
}
