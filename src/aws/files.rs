//! What `~/.aws/config` and `~/.aws/credentials` say, as far as the program itself must know: where
//! credentials come from, so that it can say what to do about them. The credentials are the SDK's to read.
//!
//! The format: <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::system::files;
use crate::system::paths;
use crate::system::variables::{Snapshot, value_in};

/// Values by key, in small letters.
type Section = BTreeMap<String, String>;

/// How an AWS profile gets its credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// IAM Identity Center.
    Sso(Sso),
    /// A command.
    Process,
    /// A role that is assumed with the credentials of another profile or of the machine.
    Role {
        /// The role's ARN.
        role: String,
        /// The profile whose credentials assume it; `None` for the machine's (`credential_source`).
        by: Option<String>,
        /// Whether it asks for a code of a device.
        mfa: bool,
    },
    /// A role that a file's web identity token assumes.
    WebIdentity,
    /// `aws login`: the credentials of a console session.
    Console,
    /// Keys in the file.
    Keys,
    /// The profile says nothing about credentials.
    Nothing,
    /// There is no such profile.
    Absent,
}

/// A session of IAM Identity Center.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sso {
    /// The name of the `[sso-session]`; `None` in the older form.
    pub session: Option<String>,
    /// The start URL.
    pub start_url: String,
    /// The region of Identity Center.
    pub region: Option<String>,
    /// The account and the role that the profile takes.
    pub account: Option<String>,
}

/// Both files. A missing one is empty.
#[derive(Debug, Default)]
pub struct Files {
    /// Where the configuration file is, should there be one.
    pub config: Option<PathBuf>,
    /// Where the credentials file is, should there be one.
    pub credentials: Option<PathBuf>,
    profiles: BTreeMap<String, Section>,
    sessions: BTreeMap<String, Section>,
}

impl Files {
    /// Reads the files that `variables` name, else those below `~/.aws`.
    pub fn read(variables: &Snapshot) -> Self {
        let path = |name: &str, file: &str| {
            let named = value_in(variables, name).filter(|value| !value.is_empty());
            match named.and_then(|value| value.to_str()) {
                Some(path) => paths::expand_home(path),
                None => paths::home().map(|home| home.join(".aws").join(file)),
            }
        };
        let text = |path: &Option<PathBuf>| {
            let path = path.as_ref()?;
            files::read_text(path, files::OWN).ok()
        };
        let mut files = Self {
            config: path("AWS_CONFIG_FILE", "config"),
            credentials: path("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
            ..Self::default()
        };
        files.add(&text(&files.config).unwrap_or_default(), false);
        files.add(&text(&files.credentials).unwrap_or_default(), true);
        files
    }

    /// Adds what a file says. In the credentials file each section is a profile.
    fn add(&mut self, text: &str, is_credentials: bool) {
        let mut section: Option<&mut Section> = None;
        for line in text.lines() {
            // An indented line belongs to a value with parts of its own, such as `s3`.
            if line.starts_with([' ', '\t', '#', ';']) {
                continue;
            }
            if let Some(rest) = line.strip_prefix('[') {
                let name = rest.split(']').next().unwrap_or_default().trim();
                let mut words = name.splitn(2, char::is_whitespace);
                let (first, rest) = (words.next().unwrap_or_default(), words.next().map(str::trim));
                let unquoted = |name: &str| name.trim_matches('"').to_owned();
                section = match (first, rest) {
                    (name, None) if is_credentials || name == "default" => {
                        Some(self.profiles.entry(unquoted(name)).or_default())
                    }
                    ("profile", Some(name)) => Some(self.profiles.entry(unquoted(name)).or_default()),
                    ("sso-session", Some(name)) => Some(self.sessions.entry(unquoted(name)).or_default()),
                    _ => None,
                };
                continue;
            }
            if let (Some(section), Some((key, value))) = (section.as_mut(), line.split_once('=')) {
                let end = [" #", " ;", "\t#", "\t;"]
                    .into_iter()
                    .filter_map(|mark| value.find(mark))
                    .min();
                let value = value[..end.unwrap_or(value.len())].trim();
                section.insert(key.trim().to_ascii_lowercase(), value.to_owned());
            }
        }
    }

    /// The names of the profiles.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.profiles.keys().map(String::as_str)
    }

    /// What a profile says for `key`. An empty value counts as none.
    pub fn value(&self, profile: &str, key: &str) -> Option<&str> {
        let value = self.profiles.get(profile)?.get(key)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    /// How `profile` gets its credentials, in the order in which the SDKs look.
    pub fn source(&self, profile: &str) -> Source {
        let Some(section) = self.profiles.get(profile) else {
            return Source::Absent;
        };
        let get = |key: &str| section.get(key).filter(|value| !value.is_empty());
        if let Some(role) = get("role_arn") {
            if get("web_identity_token_file").is_some() {
                return Source::WebIdentity;
            }
            return Source::Role {
                role: role.clone(),
                by: get("source_profile").cloned(),
                mfa: get("mfa_serial").is_some(),
            };
        }
        if let Some(sso) = self.sso(section) {
            return Source::Sso(sso);
        }
        if get("credential_process").is_some() {
            return Source::Process;
        }
        if get("aws_access_key_id").is_some() {
            return Source::Keys;
        }
        if get("login_session").is_some() {
            return Source::Console;
        }
        Source::Nothing
    }

    /// The profiles from `profile` to the one whose credentials everything begins with.
    pub fn chain(&self, profile: &str) -> Vec<(String, Source)> {
        let mut chain: Vec<(String, Source)> = Vec::new();
        let mut next = Some(profile.to_owned());
        while let Some(name) = next.take() {
            // A profile may assume its role with its own keys.
            if chain.iter().any(|(known, _)| *known == name) {
                break;
            }
            let source = self.source(&name);
            if let Source::Role { by, .. } = &source {
                next = by.clone();
            }
            chain.push((name, source));
        }
        chain
    }

    fn sso(&self, section: &Section) -> Option<Sso> {
        let name = section.get("sso_session");
        let session = name.and_then(|name| self.sessions.get(name));
        let get = |key: &str| {
            session
                .and_then(|session| session.get(key))
                .or_else(|| section.get(key))
                .cloned()
        };
        if name.is_none() && !section.contains_key("sso_start_url") {
            return None;
        }
        Some(Sso {
            session: name.cloned(),
            start_url: get("sso_start_url").unwrap_or_default(),
            region: get("sso_region"),
            account: section.get("sso_account_id").cloned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "\
[default]
region = eu-west-1 # near
s3 =
  region = no
[profile work]
sso_session = acme
sso_account_id = 123456789012
[sso-session acme]
sso_start_url = https://acme.awsapps.com/start
sso_region = us-east-1
[profile old]
SSO_Start_URL=https://old.awsapps.com/start
sso_region=us-west-2
[profile \"with space\"]
credential_process = tool --json
[profile role]
role_arn = arn:aws:iam::123456789012:role/x
source_profile = work
mfa_serial = arn:aws:iam::123456789012:mfa/me
[profile round]
role_arn = r
source_profile = round
[unknown]
region = no
";

    fn files() -> Files {
        let mut files = Files::default();
        files.add(CONFIG, false);
        files.add("[keys]\naws_access_key_id = AKIA\n[work]\nregion = eu-north-1\n", true);
        files
    }

    #[test]
    fn sections_values_and_comments_are_those_of_the_aws_cli() {
        let files = files();
        assert_eq!(files.value("default", "region"), Some("eu-west-1"));
        assert_eq!(files.value("work", "region"), Some("eu-north-1"));
        assert_eq!(files.value("unknown", "region"), None);
        assert_eq!(
            files.names().collect::<Vec<_>>(),
            ["default", "keys", "old", "role", "round", "with space", "work"]
        );
    }

    #[test]
    fn each_profile_says_where_its_credentials_come_from() {
        let files = files();
        let Source::Sso(work) = files.source("work") else {
            panic!()
        };
        assert_eq!(work.session.as_deref(), Some("acme"));
        assert_eq!(work.start_url, "https://acme.awsapps.com/start");
        assert_eq!(work.region.as_deref(), Some("us-east-1"));
        let Source::Sso(old) = files.source("old") else {
            panic!()
        };
        assert_eq!(
            (old.session, old.start_url.as_str()),
            (None, "https://old.awsapps.com/start")
        );
        assert_eq!(files.source("with space"), Source::Process);
        assert_eq!(files.source("keys"), Source::Keys);
        assert_eq!(files.source("default"), Source::Nothing);
        assert_eq!(files.source("nobody"), Source::Absent);
        assert!(matches!(files.source("role"), Source::Role { mfa: true, .. }));
    }

    #[test]
    fn a_role_leads_to_the_profile_that_it_begins_with() {
        let files = files();
        let names = |name: &str| files.chain(name).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names("role"), ["role", "work"]);
        assert_eq!(names("round"), ["round"], "an end, although it goes round");
    }
}
