//! Which credentials a profile of `~/.aws` means for Claude Code, decided as its AWS SDK decides:
//! `resolveProfileData` and `defaultProvider` of `@aws-sdk/credential-provider-ini`, `-node` and `-sso`
//! in `@aws-sdk/credential-providers` 3.1175.0.

use crate::aws_files::Files;
use crate::aws_files::ini::{self, Section};
use crate::system::variables::{Snapshot, value_in};

/// Where the first credentials come from.
#[derive(Clone, PartialEq, Eq)]
pub enum Base {
    /// Keys in a file.
    Keys(Keys),
    /// A role that a file's token assumes.
    WebIdentity(WebIdentity),
    /// A command, `credential_process`.
    Process(String),
    /// IAM Identity Center.
    Sso(Sso),
    /// `aws login`, by the value of `login_session`.
    Login(String),
    /// `AWS_ACCESS_KEY_ID` and its fellows.
    Environment,
    /// The container's role.
    Container,
    /// The EC2 instance's role.
    Instance,
}

/// Static keys.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    /// The ID, which is no secret.
    pub id: String,
    /// The secret access key.
    pub secret: String,
    /// The session token, for temporary keys.
    pub token: Option<String>,
    /// When they end, as the tool that wrote them says; the SDKs do not look at it.
    pub end: Option<String>,
}

/// Whether a tool says with this key when the keys that it wrote end: `x_security_token_expires` (saml2aws,
/// okta-aws-cli, Granted), `aws_session_expiration` (yawsso), `aws_expiration`, `expiration` (aws-mfa) and whatever
/// scripts make of the same words. Not `sso_…` or `password_…`, which end something else.
fn says_end(key: &str) -> bool {
    const ENDS: [&str; 4] = ["expires", "expiration", "expiry", "expire"];
    const OF_KEYS: [&str; 8] = [
        "x",
        "aws",
        "security",
        "session",
        "token",
        "credential",
        "credentials",
        "keys",
    ];
    const TIMES: [&str; 4] = ["at", "time", "date", "timestamp"];
    let key = key.to_ascii_lowercase();
    let mut words = key.split('_').skip_while(|word| OF_KEYS.contains(word));
    words.next().is_some_and(|word| ENDS.contains(&word)) && words.all(|word| TIMES.contains(&word))
}

/// A role that is assumed with the token in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebIdentity {
    /// The role's ARN.
    pub role: String,
    /// The path as it is written: a `~` is not expanded.
    pub token_file: String,
    /// The session's name, where one is given.
    pub session_name: Option<String>,
}

/// A session of IAM Identity Center.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sso {
    /// The name of the `[sso-session]`; `None` in the older form.
    pub session: Option<String>,
    /// The start URL.
    pub start_url: String,
    /// The region of Identity Center.
    pub region: String,
    /// The account that the profile takes.
    pub account: String,
    /// The role (permission set) that the profile takes.
    pub role: String,
}

/// A role that is assumed with the credentials before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The profile that says so.
    pub profile: String,
    /// The role's ARN.
    pub arn: String,
    /// The session's name, where one is given.
    pub session_name: Option<String>,
    /// The external ID, where one is given.
    pub external_id: Option<String>,
    /// How long the role's credentials are to last, as it is written.
    pub seconds: Option<String>,
    /// The device whose code is wanted (`mfa_serial`).
    pub device: Option<String>,
}

/// Whether a user can be asked for an MFA code.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Code {
    Asked,
    Nobody,
}

/// The credentials that Claude Code uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The profile of the first credentials.
    pub profile: String,
    /// The first credentials.
    pub base: Base,
    /// The roles that are assumed with them, one after another; the last one pays.
    pub roles: Vec<Role>,
    /// The `region` of the profile that was asked for: there roles are assumed. `None`: where Bedrock is called.
    pub sts_region: Option<String>,
}

/// Why a profile gives no credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The profile that it is about, which may be one further down a chain of roles.
    pub profile: String,
    /// What is wrong.
    pub kind: FlawKind,
}

/// What is wrong with a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlawKind {
    /// There is no such profile for Claude Code.
    Absent,
    /// It says nothing about credentials.
    Nothing,
    /// It has one half of a key pair.
    HalfKeys,
    /// `role_arn` with neither `source_profile` nor `credential_source`.
    RoleWithoutSource,
    /// `role_arn` with both of them.
    RoleWithTwoSources,
    /// `role_arn` leads back to a profile that it came through.
    Cycle,
    /// `credential_source` has a value that the SDK does not know.
    UnknownSource(String),
    /// `credential_source = Environment`, and the environment has no keys.
    NoKeysInEnvironment,
    /// The role wants a code of a device.
    Mfa,
    /// `sso_session` names a section that is not there.
    NoSession(String),
    /// The file is named with a `~`, which the reader of `[sso-session]` does not expand.
    SessionBehindTilde(String),
    /// Keys of Identity Center that are missing.
    SsoIncomplete(Vec<&'static str>),
}

impl Flaw {
    /// Whether Claude Code stops there. Else it looks on, and takes the role of the machine where it has one.
    pub fn stops(&self) -> bool {
        matches!(
            self.kind,
            FlawKind::Mfa | FlawKind::NoSession(_) | FlawKind::SessionBehindTilde(_) | FlawKind::SsoIncomplete(_)
        )
    }
}

/// A role of the machine, which pays where the profile gives nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MachineRole {
    /// `AWS_WEB_IDENTITY_TOKEN_FILE` and `AWS_ROLE_ARN`.
    WebIdentity(String),
    /// `AWS_CONTAINER_CREDENTIALS_FULL_URI` or `…_RELATIVE_URI`.
    Container,
    /// That of the EC2 instance, if this is one: only a question tells.
    Instance,
}

/// What Claude Code asks at last, as far as variables tell.
pub fn machine_role(variables: &Snapshot) -> Option<MachineRole> {
    let get = |name: &str| text(variables, name);
    if let (Some(_), Some(role)) = (get("AWS_WEB_IDENTITY_TOKEN_FILE"), get("AWS_ROLE_ARN")) {
        return Some(MachineRole::WebIdentity(role.to_owned()));
    }
    let container = get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").or_else(|| get("AWS_CONTAINER_CREDENTIALS_FULL_URI"));
    if container.is_some() {
        return Some(MachineRole::Container);
    }
    // Any word but this switches it off, as the SDK for JavaScript has it.
    let is_asked = get("AWS_EC2_METADATA_DISABLED").is_none_or(|value| value == "false");
    is_asked.then_some(MachineRole::Instance)
}

/// A variable's value; an empty one counts as unset.
pub(super) fn text<'a>(variables: &'a Snapshot, name: &str) -> Option<&'a str> {
    value_in(variables, name)
        .and_then(std::ffi::OsStr::to_str)
        .filter(|value| !value.is_empty())
}

fn has_keys(variables: &Snapshot) -> bool {
    ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
        .iter()
        .all(|name| value_in(variables, name).is_some_and(|value| !value.is_empty()))
}

/// `^[a-z]{2,}(-[a-z0-9]+){0,4}$`, in any case, as Claude Code has it: another value counts as none.
pub fn has_region_shape(region: &str) -> bool {
    let mut parts = region.split('-');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    first.len() >= 2
        && first.bytes().all(|byte| byte.is_ascii_alphabetic())
        && rest.len() <= 4
        && rest
            .iter()
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Where Claude Code calls when nothing says where.
pub const FALLBACK_REGION: &str = "us-east-1";

fn get<'a>(section: &'a Section, key: &str) -> Option<&'a str> {
    section.get(key).map(|value| value.text.as_str())
}

fn owned(section: &Section, key: &str) -> Option<String> {
    get(section, key).map(str::to_owned)
}

impl Files {
    /// The credentials that Claude Code uses under these variables.
    pub fn decide_in(&self, variables: &Snapshot) -> Result<Decision, Flaw> {
        let name = text(variables, "AWS_PROFILE");
        if name.is_none() && has_keys(variables) {
            return Ok(Decision {
                profile: "default".to_owned(),
                base: Base::Environment,
                roles: Vec::new(),
                sts_region: None,
            });
        }
        self.decide(name.unwrap_or("default"), variables)
    }

    /// The credentials that Claude Code uses with `AWS_PROFILE` of this name.
    pub fn decide(&self, name: &str, variables: &Snapshot) -> Result<Decision, Flaw> {
        self.decide_by(name, Code::Nobody, variables)
    }

    /// The same if a user can be asked for an MFA code, which Claude Code cannot do.
    pub fn decide_asking(&self, name: &str, variables: &Snapshot) -> Result<Decision, Flaw> {
        self.decide_by(name, Code::Asked, variables)
    }

    fn decide_by(&self, name: &str, code: Code, variables: &Snapshot) -> Result<Decision, Flaw> {
        let decided = self.resolve(name, &mut Vec::new(), false, code, variables);
        let flaw = match decided {
            Ok((profile, base, roles)) => {
                let sts_region = self.value(name, "region").filter(|_| !roles.is_empty());
                return Ok(Decision {
                    profile,
                    base,
                    roles,
                    sts_region,
                });
            }
            Err(flaw) => flaw,
        };
        // The next in the SDK's row is the process alone.
        match self.value(name, "credential_process").filter(|_| !flaw.stops()) {
            Some(command) => Ok(Decision {
                profile: name.to_owned(),
                base: Base::Process(command),
                roles: Vec::new(),
                sts_region: None,
            }),
            None => Err(flaw),
        }
    }

    fn resolve(
        &self,
        name: &str,
        visited: &mut Vec<String>,
        only_source: bool,
        code: Code,
        variables: &Snapshot,
    ) -> Result<(String, Base, Vec<Role>), Flaw> {
        let flaw = |kind| Flaw {
            profile: name.to_owned(),
            kind,
        };
        let found = |base| Ok((name.to_owned(), base, Vec::new()));
        let Some(section) = self.profile(name) else {
            return Err(flaw(FlawKind::Absent));
        };
        let keys = match (
            get(&section, "aws_access_key_id"),
            get(&section, "aws_secret_access_key"),
        ) {
            (Some(id), Some(secret)) => Some(Base::Keys(Keys {
                id: id.to_owned(),
                secret: secret.to_owned(),
                token: owned(&section, "aws_session_token"),
                end: section
                    .iter()
                    .find_map(|(key, value)| says_end(key).then(|| value.text.clone())),
            })),
            _ => None,
        };
        if let Some(keys) = keys.clone().filter(|_| !visited.is_empty()) {
            return found(keys);
        }
        let role = get(&section, "role_arn");
        let sources = (get(&section, "source_profile"), get(&section, "credential_source"));
        if only_source || (role.is_some() && (sources.0.is_some() != sources.1.is_some())) {
            return self.resolve_role(name, &section, visited, code, variables);
        }
        if let Some(keys) = keys {
            return found(keys);
        }
        if let (Some(role), Some(file)) = (role, get(&section, "web_identity_token_file")) {
            return found(Base::WebIdentity(WebIdentity {
                role: role.to_owned(),
                token_file: file.to_owned(),
                session_name: owned(&section, "role_session_name"),
            }));
        }
        if let Some(command) = get(&section, "credential_process") {
            return found(Base::Process(command.to_owned()));
        }
        if let Some(sso) = self.sso(&section).map_err(flaw)? {
            return found(Base::Sso(sso));
        }
        if let Some(session) = get(&section, "login_session") {
            return found(Base::Login(session.to_owned()));
        }
        let half = ["aws_access_key_id", "aws_secret_access_key"]
            .iter()
            .any(|key| get(&section, key).is_some());
        Err(flaw(match (role, sources) {
            (Some(_), (Some(_), Some(_))) => FlawKind::RoleWithTwoSources,
            (Some(_), _) => FlawKind::RoleWithoutSource,
            (None, _) if half => FlawKind::HalfKeys,
            (None, _) => FlawKind::Nothing,
        }))
    }

    fn resolve_role(
        &self,
        name: &str,
        section: &Section,
        visited: &mut Vec<String>,
        code: Code,
        variables: &Snapshot,
    ) -> Result<(String, Base, Vec<Role>), Flaw> {
        let flaw = |kind| Flaw {
            profile: name.to_owned(),
            kind,
        };
        let role = get(section, "role_arn");
        let source = if let Some(source) = get(section, "source_profile") {
            if visited.iter().any(|seen| seen == source) {
                return Err(flaw(FlawKind::Cycle));
            }
            visited.push(source.to_owned());
            let only_source = self.profile(source).is_some_and(|section| {
                get(&section, "role_arn").is_none() && get(&section, "credential_source").is_some()
            });
            self.resolve(source, visited, only_source, code, variables)
        } else {
            let base = match get(section, "credential_source") {
                Some("Environment") if has_keys(variables) => Ok(Base::Environment),
                Some("Environment") => Err(flaw(FlawKind::NoKeysInEnvironment)),
                Some("EcsContainer") => Ok(Base::Container),
                Some("Ec2InstanceMetadata") => Ok(Base::Instance),
                other => return Err(flaw(FlawKind::UnknownSource(other.unwrap_or_default().to_owned()))),
            };
            base.map(|base| (name.to_owned(), base, Vec::new()))
        };
        let Some(role) = role else { return source };
        // The code is asked for before the source's credentials are looked at.
        let device = owned(section, "mfa_serial");
        if device.is_some() && code == Code::Nobody {
            return Err(flaw(FlawKind::Mfa));
        }
        let (profile, base, mut roles) = source?;
        roles.push(Role {
            profile: name.to_owned(),
            arn: role.to_owned(),
            session_name: owned(section, "role_session_name"),
            external_id: owned(section, "external_id"),
            seconds: owned(section, "duration_seconds"),
            device,
        });
        Ok((profile, base, roles))
    }

    /// The session that a profile names; `None` if it names none.
    fn sso(&self, section: &Section) -> Result<Option<Sso>, FlawKind> {
        const KEYS: [&str; 5] = [
            "sso_session",
            "sso_start_url",
            "sso_account_id",
            "sso_region",
            "sso_role_name",
        ];
        if KEYS.iter().all(|key| get(section, key).is_none()) {
            return Ok(None);
        }
        let mut shared = (owned(section, "sso_start_url"), owned(section, "sso_region"));
        let session = owned(section, "sso_session");
        if let Some(name) = &session {
            let Some(session) = self.session(name) else {
                return Err(if self.hides_sessions() {
                    FlawKind::SessionBehindTilde(name.clone())
                } else {
                    FlawKind::NoSession(name.clone())
                });
            };
            shared = (owned(&session, "sso_start_url"), owned(&session, "sso_region"));
        }
        let (account, role) = (owned(section, "sso_account_id"), owned(section, "sso_role_name"));
        match (shared, account, role) {
            ((Some(start_url), Some(region)), Some(account), Some(role)) => Ok(Some(Sso {
                session,
                start_url,
                region,
                account,
                role,
            })),
            ((start_url, region), account, role) => {
                let all = [
                    ("sso_start_url", start_url),
                    ("sso_region", region),
                    ("sso_account_id", account),
                    ("sso_role_name", role),
                ];
                let missing = all.into_iter().filter(|(_, value)| value.is_none()).map(|(key, _)| key);
                Err(FlawKind::SsoIncomplete(missing.collect()))
            }
        }
    }

    /// The region that Claude Code calls with this profile: the variables, the profile, us-east-1. Values of
    /// another shape than a region's count as none, without a word.
    pub fn region_in(&self, profile: &str, variables: &Snapshot) -> String {
        let variable = |name: &str| Some(text(variables, name)?.trim_matches(ini::is_space).to_owned());
        ["AWS_REGION", "AWS_DEFAULT_REGION"]
            .into_iter()
            .filter_map(variable)
            .chain(self.value(profile, "region"))
            .find(|region| has_region_shape(region))
            .unwrap_or_else(|| FALLBACK_REGION.to_owned())
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Keys({}…)", self.id)
    }
}

impl std::fmt::Debug for Base {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Keys(keys) => keys.fmt(formatter),
            // A command may hold a password.
            Self::Process(_) => write!(formatter, "Process"),
            Self::WebIdentity(identity) => identity.fmt(formatter),
            Self::Sso(sso) => sso.fmt(formatter),
            Self::Login(session) => write!(formatter, "Login({session})"),
            Self::Environment => write!(formatter, "Environment"),
            Self::Container => write!(formatter, "Container"),
            Self::Instance => write!(formatter, "Instance"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::has_region_shape;

    #[test]
    fn the_shape_of_a_region_is_claude_codes() {
        for region in ["eu-west-1", "us-gov-west-1", "ab", "EU-WEST-1"] {
            assert!(has_region_shape(region), "{region}");
        }
        for region in [
            "",
            "e",
            "eu_west_1",
            "eu-west-1 ",
            "eu--1",
            "a1-b",
            "aa-b-c-d-e-f",
            "é-west",
        ] {
            assert!(!has_region_shape(region), "{region}");
        }
    }
}
