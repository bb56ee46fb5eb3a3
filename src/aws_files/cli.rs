//! The same files as the AWS CLI and botocore read them: Python's `configparser`, `configloader.py` and
//! `credentials.py` of botocore 1.44.8; the AWS CLI 2 has a copy. Only to say where they differ from Claude Code.

use std::collections::{BTreeMap, BTreeSet};

use crate::aws_files::decision::text;
use crate::system::variables::{Snapshot, value_in};

/// Values by key, in lower case; an empty one counts.
type Section = BTreeMap<String, String>;

/// Why the AWS CLI reads nothing of a file, and so runs no command at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The line, from 1; `None` if it is the file as a whole.
    pub(super) line: Option<usize>,
    pub(super) why: &'static str,
}

/// A file's sections, in their order.
type Sections = Vec<(String, Section)>;

/// What Python's `str.strip` takes away.
fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}

/// A section while it is read: the lines of each value.
type Open = Vec<(String, Vec<String>)>;

/// Reads a file as `configparser.RawConfigParser` does.
pub(super) fn parse(text: &str) -> Result<Sections, Refusal> {
    let mut reader = Reader::default();
    for (number, line) in text.split('\n').enumerate() {
        // Python takes a lone carriage return for the end of a line, too.
        for line in line.strip_suffix('\r').unwrap_or(line).split('\r') {
            reader.line(number + 1, line)?;
        }
    }
    reader.finish()
}

#[derive(Default)]
struct Reader {
    sections: Vec<(String, Open)>,
    heads: BTreeSet<String>,
    /// `[DEFAULT]`, whose values every section has.
    defaults: Open,
    current: Option<Current>,
    /// Whether the last key can go on in an indented line.
    has_key: bool,
    indent: usize,
    /// A line that makes no sense; said when the whole file has been read.
    bogus: Option<usize>,
}

#[derive(Clone, Copy)]
enum Current {
    Section(usize),
    Defaults,
}

impl Reader {
    fn open(&mut self) -> Option<&mut Open> {
        match self.current? {
            Current::Section(index) => Some(&mut self.sections[index].1),
            Current::Defaults => Some(&mut self.defaults),
        }
    }

    fn line(&mut self, number: usize, line: &str) -> Result<(), Refusal> {
        let refusal = |why| {
            Err(Refusal {
                line: Some(number),
                why,
            })
        };
        let value = line.trim_matches(is_space);
        if value.starts_with(['#', ';']) {
            return Ok(());
        }
        let (can_go_on, level) = (self.has_key, self.indent);
        let last = self.open().and_then(|open| open.last_mut()).filter(|_| can_go_on);
        if value.is_empty() {
            if let Some((_, lines)) = last {
                lines.push(String::new());
            }
            return Ok(());
        }
        let indent = line.chars().take_while(|character| is_space(*character)).count();
        if let Some((_, lines)) = last
            && indent > level
        {
            lines.push(value.to_owned());
            return Ok(());
        }
        self.indent = indent;
        if let Some(name) = head(value) {
            self.has_key = false;
            if name == "DEFAULT" {
                self.current = Some(Current::Defaults);
            } else if !self.heads.insert(name.to_owned()) {
                return refusal("the same section again");
            } else {
                self.sections.push((name.to_owned(), Vec::new()));
                self.current = Some(Current::Section(self.sections.len() - 1));
            }
            return Ok(());
        }
        let Some(at) = value.find(['=', ':']) else {
            if self.current.is_none() {
                return refusal("a line before the first section");
            }
            self.bogus.get_or_insert(number);
            return Ok(());
        };
        let Some(open) = self.open() else {
            return refusal("a line before the first section");
        };
        let key = value[..at].trim_end_matches(is_space).to_lowercase();
        if open.iter().any(|(known, _)| *known == key) {
            return refusal("the same key again in a section");
        }
        open.push((key.clone(), vec![value[at + 1..].trim_matches(is_space).to_owned()]));
        self.has_key = !key.is_empty();
        if key.is_empty() {
            self.bogus.get_or_insert(number);
        }
        Ok(())
    }

    fn finish(self) -> Result<Sections, Refusal> {
        if let Some(line) = self.bogus {
            return Err(Refusal {
                line: Some(line),
                why: "a line without a key",
            });
        }
        let joined = |open: &Open| -> Result<Section, Refusal> {
            let value = |(key, lines): &(String, Vec<String>)| {
                let value = lines.join("\n").trim_end_matches(is_space).to_owned();
                // An indented block below an empty value is a section of its own, in which each line has a `=`.
                let nested = value.strip_prefix('\n').unwrap_or_default();
                if nested
                    .lines()
                    .any(|line| !line.trim_matches(is_space).is_empty() && !line.contains('='))
                {
                    return Err(Refusal {
                        line: None,
                        why: "an indented line without `=` below an empty value",
                    });
                }
                Ok((key.clone(), value))
            };
            open.iter().map(value).collect()
        };
        let defaults = joined(&self.defaults)?;
        let section = |(name, open): &(String, Open)| {
            let mut section = defaults.clone();
            section.extend(joined(open)?);
            Ok((name.clone(), section))
        };
        self.sections.iter().map(section).collect()
    }
}

/// `\[(.+)\]`, at the beginning: what follows the last bracket does not count.
fn head(value: &str) -> Option<&str> {
    let name = &value.strip_prefix('[')?[..value[1..].rfind(']')?];
    (!name.is_empty()).then_some(name)
}

/// The words of a head, as `shlex.split` has them; `None` for an open quote.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next()? {
                        '\'' => break,
                        other => word.push(other),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next()? {
                        '"' => break,
                        '\\' => {
                            let escaped = characters.next()?;
                            if !matches!(escaped, '"' | '\\') {
                                word.push('\\');
                            }
                            word.push(escaped);
                        }
                        other => word.push(other),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(characters.next()?),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Some(words)
}

/// Where the AWS CLI takes credentials from.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Cli {
    /// Keys in a file, by their ID.
    Keys(String),
    /// `credential_process`.
    Process(String),
    /// A role, with the credentials behind it.
    Role { arn: String, by: Box<Self>, mfa: bool },
    /// A role by a token's file.
    WebIdentity { role: String },
    /// Identity Center: session or start URL, account, role.
    Sso {
        session: String,
        account: String,
        role: String,
    },
    /// `aws login`; an AWS CLI older than 2.32 does not know it.
    Login(String),
    /// The variables.
    Environment,
    /// The container's or the instance's role.
    Machine,
    /// It looks further, and finds the machine's role or nothing.
    Nothing,
    /// It ends with an error.
    Fails(&'static str),
    /// There is no such profile for it.
    Absent,
}

/// Both files for the AWS CLI.
#[derive(Debug)]
pub(super) struct CliFiles {
    profiles: BTreeMap<String, Section>,
    sessions: BTreeMap<String, Section>,
    /// The configuration file's sections alone, and the credentials file's.
    config: BTreeMap<String, Section>,
    credentials: BTreeMap<String, Section>,
}

impl CliFiles {
    pub(super) fn new(config: Sections, credentials: Sections) -> Self {
        let (mut in_config, mut sessions) = (BTreeMap::new(), BTreeMap::new());
        for (head, section) in config {
            // A word that only begins so counts as well.
            let named = || words(&head).and_then(|words| <[String; 2]>::try_from(words).ok());
            if head.starts_with("profile") {
                in_config.extend(named().map(|[_, name]| (name, section)));
            } else if head.starts_with("sso-session") {
                sessions.extend(named().map(|[_, name]| (name, section)));
            } else if head == "default" {
                in_config.insert(head, section);
            }
        }
        let credentials: BTreeMap<String, Section> = credentials.into_iter().collect();
        let mut profiles = in_config.clone();
        for (name, section) in &credentials {
            profiles.entry(name.clone()).or_default().extend(section.clone());
        }
        Self {
            profiles,
            sessions,
            config: in_config,
            credentials,
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.profiles.keys().map(String::as_str)
    }

    pub(super) fn value(&self, profile: &str, key: &str) -> Option<&str> {
        self.profiles.get(profile)?.get(key).map(String::as_str)
    }

    /// Where the credentials of a profile that `AWS_PROFILE` names come from.
    pub(super) fn decide(&self, name: &str, variables: &Snapshot) -> Cli {
        let is_named = value_in(variables, "AWS_PROFILE").is_some();
        if !self.profiles.contains_key(name) && (name != "default" || is_named) {
            return Cli::Absent;
        }
        match (
            text(variables, "AWS_ACCESS_KEY_ID"),
            text(variables, "AWS_SECRET_ACCESS_KEY"),
        ) {
            (Some(_), Some(_)) => return Cli::Environment,
            (Some(_), None) => return Cli::Fails("AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY"),
            _ => {}
        }
        let profile = self.profiles.get(name).cloned().unwrap_or_default();
        if assumes_role(&profile) {
            return self.role(name, &profile, &mut vec![name.to_owned()], variables);
        }
        self.own(name, &profile, Some(variables))
    }

    /// A profile's own credentials. Without variables it stands behind a role.
    fn own(&self, name: &str, profile: &Section, variables: Option<&Snapshot>) -> Cli {
        let variable = |name| variables.and_then(|variables| text(variables, name)).map(str::to_owned);
        let get = |key: &str| profile.get(key).cloned();
        let file = variable("AWS_WEB_IDENTITY_TOKEN_FILE").or_else(|| get("web_identity_token_file"));
        if file.is_some_and(|file| !file.is_empty()) {
            return match variable("AWS_ROLE_ARN").or_else(|| get("role_arn")) {
                Some(role) if role.chars().count() < SHORTEST_ROLE => Cli::Fails(SHORT_ROLE),
                Some(role) => Cli::WebIdentity { role },
                None => Cli::Fails("web_identity_token_file without role_arn"),
            };
        }
        if get("sso_account_id").is_some() || get("sso_role_name").is_some() {
            return self.sso(profile);
        }
        let keys = |section: Option<&Section>| {
            let section = section?;
            let id = section.get("aws_access_key_id")?;
            Some(match section.get("aws_secret_access_key") {
                Some(_) => Cli::Keys(id.clone()),
                None => Cli::Fails("aws_access_key_id without aws_secret_access_key in the same file"),
            })
        };
        keys(self.credentials.get(name))
            .or_else(|| get("login_session").map(Cli::Login))
            .or_else(|| get("credential_process").map(Cli::Process))
            .or_else(|| keys(self.config.get(name)))
            .unwrap_or(Cli::Nothing)
    }

    fn sso(&self, profile: &Section) -> Cli {
        let mut all = profile.clone();
        if let Some(name) = profile.get("sso_session") {
            let Some(session) = self.sessions.get(name) else {
                return Cli::Fails("its sso_session does not exist");
            };
            if ["sso_start_url", "sso_region"]
                .iter()
                .any(|key| !session.contains_key(*key))
            {
                return Cli::Fails("its sso_session lacks sso_start_url or sso_region");
            }
            for (key, value) in session {
                if all.insert(key.clone(), value.clone()).is_some_and(|own| own != *value) {
                    return Cli::Fails("the profile and its sso_session contradict each other");
                }
            }
        }
        let get = |key: &str| all.get(key).cloned();
        match (
            get("sso_start_url"),
            get("sso_region"),
            get("sso_account_id"),
            get("sso_role_name"),
        ) {
            (.., Some(account), Some(role)) if account.is_empty() || role.is_empty() => {
                Cli::Fails("sso_account_id or sso_role_name is blank")
            }
            (Some(url), Some(_), Some(account), Some(role)) => Cli::Sso {
                session: get("sso_session").unwrap_or(url),
                account,
                role,
            },
            _ => Cli::Fails("keys of Identity Center are missing"),
        }
    }

    fn role(&self, name: &str, profile: &Section, visited: &mut Vec<String>, variables: &Snapshot) -> Cli {
        let by = match (profile.get("source_profile"), profile.get("credential_source")) {
            (Some(_), Some(_)) => return Cli::Fails("source_profile and credential_source in one profile"),
            (None, None) => return Cli::Fails("role_arn without source_profile or credential_source"),
            (None, Some(source)) => match source.as_str() {
                "Environment" if text(variables, "AWS_ACCESS_KEY_ID").is_some() => Cli::Environment,
                "Environment" => Cli::Fails("credential_source = Environment, without keys there"),
                "EcsContainer" | "Ec2InstanceMetadata" => Cli::Machine,
                _ => Cli::Fails("credential_source has an unknown value"),
            },
            (Some(source), None) => {
                let Some(next) = self.profiles.get(source) else {
                    return Cli::Fails("source_profile does not exist");
                };
                let has_keys = next.contains_key("aws_access_key_id") || next.contains_key("aws_secret_access_key");
                if visited.contains(source) && (source != name || !has_keys) {
                    return Cli::Fails("the roles form a circle");
                }
                visited.push(source.clone());
                if has_keys || !assumes_role(next) {
                    match self.own(source, next, None) {
                        Cli::Nothing => Cli::Fails("source_profile has no credentials"),
                        found => found,
                    }
                } else {
                    self.role(source, next, visited, variables)
                }
            }
        };
        if let Cli::Fails(_) = by {
            return by;
        }
        if let Some(reason) = refused_unasked(profile) {
            return Cli::Fails(reason);
        }
        Cli::Role {
            arn: profile.get("role_arn").cloned().unwrap_or_default(),
            by: Box::new(by),
            mfa: profile.contains_key("mfa_serial"),
        }
    }
}

/// The fewest characters of a role's ARN.
const SHORTEST_ROLE: usize = 20;

const SHORT_ROLE: &str = "role_arn has fewer than 20 characters";

/// Why botocore does not even ask for the role: it checks what it would send by the API's description (`AssumeRole` of
/// botocore 1.44.8), but takes a blank name of the session for none, and a duration that is no number for none.
fn refused_unasked(profile: &Section) -> Option<&'static str> {
    let is_shorter = |key: &str, least: usize| profile.get(key).is_some_and(|value| value.chars().count() < least);
    let is_named = profile.get("role_session_name").is_some_and(|name| !name.is_empty());
    let duration = profile.get("duration_seconds").and_then(|value| integer(value));
    [
        (is_shorter("role_arn", SHORTEST_ROLE), SHORT_ROLE),
        (is_shorter("external_id", 2), "external_id has fewer than 2 characters"),
        (
            is_named && is_shorter("role_session_name", 2),
            "role_session_name has fewer than 2 characters",
        ),
        (
            duration.is_some_and(|seconds| seconds < 900),
            "duration_seconds is less than 900",
        ),
    ]
    .into_iter()
    .find_map(|(is_so, reason)| is_so.then_some(reason))
}

/// A whole number as Python's `int` reads it: with a sign, blanks around it, and single underscores between digits.
fn integer(text: &str) -> Option<i128> {
    let text = text.trim();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_number = digits
        .split('_')
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    let number = is_number.then(|| text.replace('_', ""))?;
    // Longer than any duration: not short.
    Some(number.parse().unwrap_or(i128::MAX))
}

fn assumes_role(profile: &Section) -> bool {
    profile.contains_key("role_arn") && !profile.contains_key("web_identity_token_file")
}

impl std::fmt::Debug for Cli {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.label())
    }
}

impl Cli {
    /// Whether a code of a device is asked for on the way.
    #[cfg(test)]
    pub(super) fn asks_for_code(&self) -> bool {
        matches!(self, Self::Role { by, mfa, .. } if *mfa || by.asks_for_code())
    }

    /// In one word each, for comparison: `role NAME by keys AKIA…`.
    pub(super) fn label(&self) -> String {
        match self {
            Self::Keys(id) => format!("keys {id}"),
            Self::Process(_) => "process".to_owned(),
            Self::Role { arn, by, .. } => format!("role {arn} by {}", by.label()),
            Self::WebIdentity { role } => format!("web identity {role}"),
            Self::Sso { session, account, role } => format!("sso {session} {account} {role}"),
            Self::Login(session) => format!("login {session}"),
            Self::Environment => "environment".to_owned(),
            Self::Machine => "machine".to_owned(),
            Self::Nothing => "nothing".to_owned(),
            Self::Fails(_) => "fails".to_owned(),
            Self::Absent => "absent".to_owned(),
        }
    }
}
