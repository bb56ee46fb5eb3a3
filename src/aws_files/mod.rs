//! `~/.aws/config` and `~/.aws/credentials`, as Claude Code reads them, and as the AWS CLI does where that differs.
//!
//! Nothing else in the program opens these files. [`ini`] knows what a line means, [`decision`] whose
//! credentials a profile leads to; [`cli`] reads the same bytes as the AWS CLI and botocore do, and
//! [`differences`] says where the two part. What Claude Code does is recorded in `tests/aws_files`.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

mod cli;
#[cfg(test)]
mod corpus;
mod decision;
mod differences;
mod flaws;
mod ini;

pub use decision::{
    Base, Decision, Flaw, FlawKind, Keys, MachineRole, Role, Sso, WebIdentity, has_region_shape, machine_role,
};
pub use differences::Difference;

use crate::system::variables::{Snapshot, value_in};
use crate::system::{files, paths};
use ini::{Ini, Prefix, Section};

/// Why a file that is there cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// A pipe, a socket, a device: whoever reads it may take it away from Claude Code, or wait for ever.
    NotRegular,
    /// A directory.
    Directory,
    /// The system's reason.
    Unreadable(String),
}

/// One of the two files.
#[derive(Debug, Default)]
struct Source {
    /// Where it is, if there is one.
    path: Option<PathBuf>,
    ini: Ini,
    /// Whether there is such a file, and it has been read.
    is_read: bool,
    is_utf8: bool,
    unusable: Option<Unusable>,
}

/// Both files. A missing one is empty.
#[derive(Debug, Default)]
pub struct Files {
    config: Source,
    credentials: Source,
    /// Where `[sso-session]` is looked for, if that is not the configuration file: a `~` in `AWS_CONFIG_FILE`
    /// is expanded for profiles only.
    sessions: Option<Source>,
    /// What the AWS CLI made of them last: it is asked once more for each profile.
    parsed: Mutex<Option<Parsed>>,
}

/// Both files as the AWS CLI takes them where its variables say so.
#[derive(Debug)]
struct Parsed {
    named: [Option<OsString>; 2],
    /// Else its refusal, and whether that is of the configuration file.
    files: Result<Arc<cli::CliFiles>, (bool, cli::Refusal)>,
}

const CONFIG: (&str, &str) = ("AWS_CONFIG_FILE", "config");
const CREDENTIALS: (&str, &str) = ("AWS_SHARED_CREDENTIALS_FILE", "credentials");

/// Names of JavaScript's own that no profile can have: the SDK finds a function there.
const INHERITED: [&str; 12] = [
    "__defineGetter__",
    "__defineSetter__",
    "__lookupGetter__",
    "__lookupSetter__",
    "__proto__",
    "constructor",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "toString",
    "valueOf",
];

impl Source {
    fn read(path: Option<PathBuf>) -> Self {
        let Some(path) = path else { return Self::default() };
        let (bytes, unusable) = match read(&path) {
            Ok(bytes) => (Some(bytes), None),
            Err(Failure::Absent) => (None, None),
            Err(Failure::Unusable(unusable)) => (None, Some(unusable)),
        };
        let is_read = bytes.is_some();
        let bytes = bytes.unwrap_or_default();
        Self {
            path: Some(path),
            is_utf8: str::from_utf8(&bytes).is_ok(),
            ini: Ini::new(bytes),
            is_read,
            unusable,
        }
    }
}

/// The largest file that is read: 20,000 profiles are 6 MB.
const LARGEST: u64 = 64 << 20;

enum Failure {
    Absent,
    Unusable(Unusable),
}

/// The content of a regular file. A pipe is never waited for.
fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let unusable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Failure::Absent,
        _ => Failure::Unusable(Unusable::Unreadable(error.to_string())),
    };
    let metadata = fs::metadata(path).map_err(unusable)?;
    if metadata.is_dir() {
        return Err(Failure::Unusable(Unusable::Directory));
    }
    if !metadata.is_file() {
        // `/dev/null` is how people say "none".
        let is_null = fs::canonicalize(path).is_ok_and(|path| path == Path::new("/dev/null"));
        return Err(if is_null {
            Failure::Absent
        } else {
            Failure::Unusable(Unusable::NotRegular)
        });
    }
    files::read(path, LARGEST).map_err(unusable)
}

/// The home directory, as the SDK finds it.
fn home(variables: &Snapshot) -> Option<PathBuf> {
    let variable = |name: &str| value_in(variables, name).filter(|value| !value.is_empty());
    variable("HOME")
        .or_else(|| variable("USERPROFILE"))
        .map(PathBuf::from)
        .or_else(paths::home)
}

/// Where a file is for Claude Code.
fn path(variables: &Snapshot, (variable, file): (&str, &str)) -> Option<PathBuf> {
    match value_in(variables, variable).filter(|value| !value.is_empty()) {
        Some(value) => match value.to_str().and_then(|value| value.strip_prefix("~/")) {
            Some(rest) => Some(home(variables)?.join(rest)),
            None => Some(PathBuf::from(value)),
        },
        None => Some(home(variables)?.join(".aws").join(file)),
    }
}

impl Files {
    /// The variables that say where the files are.
    pub const PLACES: [&str; 4] = [CONFIG.0, CREDENTIALS.0, "HOME", "USERPROFILE"];

    /// Whether `key` stands anywhere in them, in capitals or not.
    pub fn mention(&self, key: &str) -> bool {
        [&self.config, &self.credentials]
            .into_iter()
            .any(|source| source.ini.mentions(key))
    }

    /// Reads the files that `variables` name, else those below `~/.aws`.
    pub fn read(variables: &Snapshot) -> Self {
        let [config, credentials] = [CONFIG, CREDENTIALS].map(|file| path(variables, file));
        let named = value_in(variables, CONFIG.0).unwrap_or_else(|| OsStr::new(""));
        let sessions = named
            .as_encoded_bytes()
            .starts_with(b"~/")
            .then(|| Source::read(Some(PathBuf::from(named))));
        Self {
            config: Source::read(config),
            credentials: Source::read(credentials),
            sessions,
            parsed: Mutex::default(),
        }
    }

    /// Files of this content.
    #[cfg(any(test, fuzzing))]
    pub fn of(config: &[u8], credentials: &[u8]) -> Self {
        let source = |bytes: &[u8]| Source {
            path: None,
            ini: Ini::new(bytes.to_vec()),
            is_read: true,
            is_utf8: str::from_utf8(bytes).is_ok(),
            unusable: None,
        };
        Self {
            config: source(config),
            credentials: source(credentials),
            sessions: None,
            parsed: Mutex::default(),
        }
    }

    /// Where the configuration file is, if there is one.
    pub fn config_path(&self) -> Option<&Path> {
        self.config.path.as_deref()
    }

    /// Where the credentials file is, if there is one.
    pub fn credentials_path(&self) -> Option<&Path> {
        self.credentials.path.as_deref()
    }

    /// Whether one of the files is there, readable or not.
    pub fn exist(&self) -> bool {
        let is_there = |source: &Source| source.is_read || source.unusable.is_some();
        is_there(&self.config) || is_there(&self.credentials)
    }

    /// The profiles that Claude Code can use, in the order of their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let config = self.config.ini.names().filter_map(|(prefix, name)| match prefix {
            Some(Prefix::Profile) => Some(name),
            None if name == "default" => Some(name),
            _ => None,
        });
        let credentials = self
            .credentials
            .ini
            .names()
            .filter_map(|(prefix, name)| prefix.is_none().then_some(name));
        let names: BTreeSet<&str> = config.chain(credentials).collect();
        names
            .into_iter()
            .filter(|name| !name.is_empty() && !INHERITED.contains(name))
    }

    /// What the configuration file says of a profile.
    fn in_config(&self, name: &str) -> Option<Section> {
        let ini = &self.config.ini;
        let mut found = ini.section(Some(Prefix::Profile), name);
        // All other sections with a prefix can be named as well, prefix and all.
        if let (Some(prefix @ (Prefix::SsoSession | Prefix::Services)), rest) = ini::dotted(name) {
            let other = ini.section(Some(prefix), rest);
            found = [found, other].into_iter().flatten().max_by_key(|(at, _)| *at);
        }
        // `[profile default]` replaces `[default]` whole.
        if found.is_none() && name == "default" {
            found = ini.section(None, name);
        }
        found.map(|(_, section)| section)
    }

    /// What the credentials file says of a profile.
    fn in_credentials(&self, name: &str) -> Option<Section> {
        let (prefix, rest) = ini::dotted(name);
        self.credentials.ini.section(prefix, rest).map(|(_, section)| section)
    }

    /// What both files say of a profile, the credentials file over the configuration file, key by key.
    fn profile(&self, name: &str) -> Option<Section> {
        if INHERITED.contains(&name) {
            return None;
        }
        match (self.in_config(name), self.in_credentials(name)) {
            (Some(mut config), Some(credentials)) => {
                config.extend(credentials);
                Some(config)
            }
            (config, credentials) => config.or(credentials),
        }
    }

    /// A section `[sso-session NAME]`, which only the configuration file has.
    fn session(&self, name: &str) -> Option<Section> {
        let source = self.sessions.as_ref().unwrap_or(&self.config);
        source
            .ini
            .section(Some(Prefix::SsoSession), name)
            .map(|(_, section)| section)
    }

    /// Whether sections `[sso-session]` are looked for in another file than profiles, which is not there.
    fn hides_sessions(&self) -> bool {
        self.sessions.as_ref().is_some_and(|source| !source.is_read)
    }

    /// The sessions of Identity Center that sections `[sso-session]` and profiles in the older form name, those with a
    /// name first. Their account and role are empty.
    pub fn sso_sessions(&self) -> Vec<Sso> {
        let source = self.sessions.as_ref().unwrap_or(&self.config);
        let of = |name: Option<&str>, section: Option<Section>| {
            let mut section = section?;
            Some(Sso {
                session: name.map(str::to_owned),
                start_url: section.remove("sso_start_url")?.text,
                region: section.remove("sso_region")?.text,
                account: String::new(),
                role: String::new(),
            })
        };
        let named: BTreeSet<&str> = source
            .ini
            .names()
            .filter_map(|(prefix, name)| (prefix == Some(Prefix::SsoSession)).then_some(name))
            .collect();
        let mut found: Vec<Sso> = named
            .iter()
            .filter_map(|name| of(Some(name), self.session(name)))
            .collect();
        for name in self.names() {
            let section = self
                .profile(name)
                .filter(|section| !section.contains_key("sso_session"));
            if let Some(sso) = of(None, section)
                && !found.contains(&sso)
            {
                found.push(sso);
            }
        }
        found
    }

    /// Whether there is a profile of that name, whatever it holds.
    pub fn has_profile(&self, name: &str) -> bool {
        self.in_config(name).is_some() || self.in_credentials(name).is_some()
    }

    /// What a profile says for `key`.
    pub fn value(&self, profile: &str, key: &str) -> Option<String> {
        Some(self.profile(profile)?.remove(key)?.text)
    }

    /// What a profile says about addresses: there the configuration file wins.
    pub fn setting(&self, profile: &str, key: &str) -> Option<String> {
        let of = |section: Option<Section>| section.and_then(|mut section| section.remove(key));
        of(self.in_config(profile))
            .or_else(|| of(self.in_credentials(profile)))
            .map(|value| value.text)
    }

    /// The address that a profile gives a service, such as `sts`: by its section `[services]`, else for all.
    pub fn endpoint(&self, profile: &str, service: &str) -> Option<String> {
        let services = self.setting(profile, "services").and_then(|name| {
            let (_, mut section) = self.config.ini.section(Some(Prefix::Services), &name)?;
            section.remove(&format!("{service}.endpoint_url"))
        });
        services
            .map(|value| value.text)
            .or_else(|| self.setting(profile, "endpoint_url"))
    }
}
