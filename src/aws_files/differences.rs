//! What is to be said about a profile of `~/.aws`: what makes it useless to Claude Code, and where the AWS CLI
//! and botocore read something else. Each has a code that `explain` knows.

use std::path::{Path, PathBuf};

use crate::aws_files::cli::{self, Cli, CliFiles};
use crate::aws_files::decision::text;
use crate::aws_files::ini;
use crate::aws_files::{
    Base, Decision, Files, Flaw, FlawKind, MachineRole, Source, Unusable, has_region_shape, machine_role,
};
use crate::system::command_line;
use crate::system::variables::{Snapshot, value_in};
use crate::system::{paths, programs};

/// Something to be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The code of its kind.
    pub code: &'static str,
    /// Whether Claude Code gets no credentials because of it.
    pub is_fatal: bool,
    /// What was found, in one line without a final stop.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl Difference {
    fn new(code: &'static str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            code,
            is_fatal: false,
            message: message.into(),
            help: help.into(),
        }
    }
}

/// A file and a line as people look them up.
fn place(source: &Source, line: Option<usize>) -> String {
    let path = source
        .path
        .as_deref()
        .map_or_else(|| "~/.aws/config".to_owned(), paths::display);
    line.map_or_else(|| path.clone(), |line| format!("{path}:{line}"))
}

/// A path as Python's `os.path.expandvars` has it, for `$NAME` and `${NAME}`.
fn expanded(path: &str, variables: &Snapshot) -> PathBuf {
    let mut parts = path.split('$');
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = match part.strip_prefix('{').and_then(|part| part.split_once('}')) {
            Some(braced) => braced,
            None => {
                let is_of_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
                part.split_at(part.find(|character| !is_of_name(character)).unwrap_or(part.len()))
            }
        };
        match text(variables, name) {
            Some(value) => whole.push_str(value),
            None => whole.push_str(&format!("${name}")),
        }
        whole.push_str(rest);
    }
    PathBuf::from(whole)
}

/// The characters of names that the SDK reads after `profile`.
const NAME: &str = "letters, digits and _ - @ + . % : /";

impl Files {
    /// What the AWS CLI makes of the files; the refusal of one stops all its commands.
    fn cli(&self, variables: &Snapshot) -> Result<CliFiles, (&Source, cli::Refusal)> {
        let parse = |source: &'_ Source| {
            if !source.is_utf8 && source.is_read {
                return Err(cli::Refusal {
                    line: None,
                    why: "bytes that are not UTF-8",
                });
            }
            cli::parse(source.ini.text())
        };
        let of = |own: &'_ Source, name: &str| match value_in(variables, name) {
            // To the AWS CLI an empty variable names no file; to Claude Code it is as good as none.
            Some(value) if value.is_empty() => Ok(Vec::new()),
            // It puts variables into the path, and any user's home directory; Claude Code does not.
            Some(value) if value.as_encoded_bytes().contains(&b'$') => {
                parse(&Source::read(value.to_str().map(|path| expanded(path, variables))))
            }
            _ => parse(own),
        };
        let config = of(&self.config, super::CONFIG.0).map_err(|refusal| (&self.config, refusal))?;
        let credentials =
            of(&self.credentials, super::CREDENTIALS.0).map_err(|refusal| (&self.credentials, refusal))?;
        Ok(CliFiles::new(config, credentials))
    }

    /// What the AWS CLI does under these variables, in a word, for the corpus.
    #[cfg(test)]
    pub(super) fn cli_label(&self, variables: &Snapshot) -> String {
        let named = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];
        let name = named.iter().find_map(|name| value_in(variables, name)?.to_str());
        let Ok(files) = self.cli(variables) else {
            return "unparsable".to_owned();
        };
        match files.decide(name.unwrap_or("default"), variables) {
            Cli::Nothing if machine_role(variables).is_some() => "machine".to_owned(),
            found if found.asks_for_code() => "mfa".to_owned(),
            found => found.label(),
        }
    }

    /// What is to be said of the files, whatever the profile.
    pub fn of_files(&self, variables: &Snapshot) -> Vec<Difference> {
        let mut found = Vec::new();
        for source in [&self.config, &self.credentials] {
            let path = place(source, None);
            let what = match &source.unusable {
                Some(Unusable::NotRegular) => {
                    Some("is a pipe or a device, which Claude Code reads more than once".to_owned())
                }
                Some(Unusable::Directory) => {
                    Some("is a directory; Claude Code and the AWS CLI go on as if it were not there".to_owned())
                }
                Some(Unusable::Unreadable(why)) => Some(format!(
                    "cannot be read ({why}); Claude Code goes on as if it were not there"
                )),
                None => None,
            };
            if let Some(what) = what {
                let help = "put a regular file of yours there: ls -l";
                found.push(Difference::new("CB037", format!("{path} {what}"), help));
            }
            if let Some(at) = source.ini.refused {
                let message = format!(
                    "{} names a profile __proto__, at which Claude Code drops the whole file",
                    place(source, Some(source.ini.line_of(at)))
                );
                found.push(Difference::new("CB037", message, "rename that profile"));
            }
        }
        if let Err((source, refusal)) = self.cli(variables) {
            let message = format!(
                "the AWS CLI cannot read {}: {}; Claude Code can",
                place(source, refusal.line),
                refusal.why
            );
            let help = "correct the line: `aws` and Python's tools fail with every profile until then";
            found.push(Difference::new("CB033", message, help));
        }
        found
    }

    /// Profiles that only the AWS CLI can use.
    pub fn only_for_cli(&self, variables: &Snapshot) -> Vec<String> {
        let cli = self.cli(variables).ok();
        let names = cli
            .iter()
            .flat_map(CliFiles::names)
            .filter(|name| self.profile(name).is_none());
        names.map(str::to_owned).collect()
    }

    /// What is to be said of a profile under the variables that Claude Code gets.
    pub fn of_profile(&self, name: &str, variables: &Snapshot) -> Vec<Difference> {
        let mut found = Vec::new();
        let decided = self.decide(name, variables);
        let cli = self.cli(variables).ok();
        let theirs = cli.as_ref().map(|cli| cli.decide(name, variables));
        match &decided {
            Ok(decision) => {
                found.extend(theirs.as_ref().and_then(|theirs| differs(name, decision, theirs)));
                if let Base::Process(command) = &decision.base {
                    let said = cli
                        .as_ref()
                        .and_then(|cli| cli.value(&decision.profile, "credential_process"));
                    found.extend(process(&decision.profile, command, said));
                }
            }
            Err(flaw) => {
                found.push(self.told(name, flaw, theirs.as_ref()));
                found.extend(machine(name, flaw, variables));
            }
        }
        found.extend(self.region(name, cli.as_ref()));
        if decided.is_ok()
            && text(variables, "AWS_WEB_IDENTITY_TOKEN_FILE").is_some()
            && theirs.is_some_and(|theirs| matches!(theirs, Cli::WebIdentity { .. }))
        {
            found.push(Difference::new(
                "CB039",
                format!("AWS_WEB_IDENTITY_TOKEN_FILE is set: the AWS CLI and botocore use its role, Claude Code the profile `{name}`"),
                "unset it where the profile is to count: unset AWS_WEB_IDENTITY_TOKEN_FILE AWS_ROLE_ARN",
            ));
        }
        found
    }

    /// Why Claude Code cannot see a profile, where the name stands in one of the files.
    fn unseen(&self, name: &str) -> Option<(String, String)> {
        for (source, is_credentials) in [(&self.config, false), (&self.credentials, true)] {
            let mut number = 0;
            for line in source.ini.text().split('\n') {
                number += 1;
                let Some(rest) = line.trim_matches(ini::is_space).strip_prefix('[') else {
                    continue;
                };
                let Some(reason) = why_unseen(line, rest, name, is_credentials) else {
                    continue;
                };
                return Some((place(source, Some(number)), reason));
            }
        }
        None
    }

    /// A flaw in words.
    pub fn said(&self, name: &str, flaw: &Flaw, variables: &Snapshot) -> Difference {
        let theirs = self.cli(variables).ok().map(|cli| cli.decide(name, variables));
        self.told(name, flaw, theirs.as_ref())
    }

    /// A flaw in words, with what the AWS CLI makes of the profile.
    fn told(&self, name: &str, flaw: &Flaw, theirs: Option<&Cli>) -> Difference {
        let by = &flaw.profile;
        let via = if by == name {
            String::new()
        } else {
            format!(", which `{name}` assumes its role with,")
        };
        let of = format!("the AWS profile `{by}`{via}");
        let cli_can = match theirs {
            Some(Cli::Fails(_) | Cli::Absent | Cli::Nothing | Cli::Machine) | None => "",
            Some(_) => "; the AWS CLI can use it",
        };
        let show = format!("see it: claude-bedrock aws-profiles {}", command_line::quote(by));
        let (code, message, help) = match &flaw.kind {
            FlawKind::Absent => match self.unseen(by) {
                Some((place, reason)) => (
                    "CB030",
                    format!("Claude Code cannot see {of} ({place}): {reason}"),
                    format!(
                        "a name that every tool reads has {NAME} alone, in [profile NAME]; in the credentials file [NAME]"
                    ),
                ),
                None => {
                    let near = crate::system::text::nearest(by, self.names());
                    let help = near.map_or_else(
                        || format!("make it: aws configure sso --profile {}", command_line::quote(by)),
                        |near| format!("did you mean `{near}`? Then: auth = {{ method = \"aws-profile\", profile = \"{near}\" }}"),
                    );
                    (
                        "CB014",
                        format!(
                            "there is no {} in {}",
                            of.trim_start_matches("the "),
                            place(&self.config, None)
                        ),
                        help,
                    )
                }
            },
            FlawKind::Nothing => (
                "CB031",
                format!("{of} says nothing about credentials{}", self.capitals(by)),
                format!("complete it: aws configure sso --profile {}", command_line::quote(by)),
            ),
            FlawKind::HalfKeys => (
                "CB031",
                format!("{of} has one half of a key pair, which Claude Code passes over{cli_can}"),
                "write both aws_access_key_id and aws_secret_access_key".to_owned(),
            ),
            FlawKind::RoleWithoutSource => (
                "CB031",
                format!("{of} has a role_arn and nothing to assume it with"),
                "write source_profile or credential_source".to_owned(),
            ),
            FlawKind::RoleWithTwoSources => (
                "CB031",
                format!("{of} has both source_profile and credential_source, so that neither counts"),
                "keep one of them".to_owned(),
            ),
            FlawKind::Cycle => ("CB031", format!("{of} leads round in a circle of source_profile"), show),
            FlawKind::UnknownSource(value) => (
                "CB031",
                format!("{of} has a credential_source that Claude Code does not know: `{value}`{cli_can}"),
                "write Environment, EcsContainer or Ec2InstanceMetadata, with these capitals".to_owned(),
            ),
            FlawKind::NoKeysInEnvironment => (
                "CB031",
                format!("{of} takes its keys from the environment (credential_source), which has none"),
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a source_profile".to_owned(),
            ),
            FlawKind::Mfa => (
                "CB035",
                format!(
                    "{of} assumes its role with a code of a device (mfa_serial), for which Claude Code cannot ask{}",
                    if cli_can.is_empty() {
                        ""
                    } else {
                        "; `aws` works by the session that it keeps"
                    }
                ),
                "let a credential_process ask for it (such as aws-vault), or use Identity Center".to_owned(),
            ),
            FlawKind::NoSession(session) => (
                "CB031",
                format!("{of} names the sso_session `{session}`, of which there is no [sso-session {session}]"),
                "write that section into the configuration file: aws configure sso-session".to_owned(),
            ),
            FlawKind::SessionBehindTilde(session) => (
                "CB031",
                format!(
                    "Claude Code finds no [sso-session {session}]: AWS_CONFIG_FILE begins with ~, which it does not expand there"
                ),
                format!(
                    "write the path out: export AWS_CONFIG_FILE={}",
                    self.config_path()
                        .map(|path| command_line::quote(&path.to_string_lossy()))
                        .unwrap_or_default()
                ),
            ),
            FlawKind::SsoIncomplete(missing) => (
                "CB031",
                format!("{of} uses Identity Center and lacks {}", missing.join(", ")),
                format!("complete it: aws configure sso --profile {}", command_line::quote(by)),
            ),
        };
        Difference {
            is_fatal: true,
            ..Difference::new(code, message, help)
        }
    }

    /// Keys that Claude Code would understand, were they in small letters.
    fn capitals(&self, name: &str) -> String {
        let section = self.profile(name).unwrap_or_default();
        let key = section.keys().find(|key| {
            let small = key.to_ascii_lowercase();
            small != **key
                && ["aws_", "sso_", "credential_", "role_", "login_", "source_"]
                    .iter()
                    .any(|start| small.starts_with(start))
        });
        key.map_or_else(String::new, |key| {
            format!(": `{key}` has to be in small letters for it")
        })
    }

    fn region(&self, name: &str, cli: Option<&CliFiles>) -> Option<Difference> {
        let own = self.value(name, "region");
        let theirs = cli
            .and_then(|cli| cli.value(name, "region"))
            .filter(|region| !region.is_empty());
        let counts = own.clone().filter(|region| has_region_shape(region));
        if let (Some(written), None) = (&own, &counts) {
            let message = format!(
                "the region `{written}` of the AWS profile `{name}` counts as none for Claude Code, which then calls us-east-1"
            );
            return Some(Difference::new(
                "CB034",
                message,
                "write it as: region = eu-west-1, without quotes or anything else",
            ));
        }
        let theirs = theirs.filter(|theirs| Some(*theirs) != own.as_deref());
        if let Some(theirs) = theirs {
            let ours = counts.as_deref().unwrap_or("none (us-east-1)");
            let message = format!(
                "the region of the AWS profile `{name}` is {ours} for Claude Code, and `{theirs}` for the AWS CLI"
            );
            return Some(Difference::new(
                "CB034",
                message,
                "write one line: region = eu-west-1, in small letters, without a comment",
            ));
        }
        let capital = own.filter(|region| region.bytes().any(|byte| byte.is_ascii_uppercase()))?;
        let message =
            format!("the region `{capital}` of the AWS profile `{name}` has capitals, which go into the signature");
        Some(Difference::new(
            "CB034",
            message,
            format!("write: region = {}", capital.to_lowercase()),
        ))
    }
}

/// Why a line that begins with a bracket is not the head of the profile `name` for Claude Code.
fn why_unseen(line: &str, rest: &str, name: &str, is_credentials: bool) -> Option<String> {
    let inside = rest.rsplit_once(']').map_or(rest, |(inside, _)| inside);
    let uncommented = inside.split([';', '#']).next().unwrap_or_default();
    let (is_prefixed, bare) = match uncommented.trim().strip_prefix("profile") {
        Some(rest) if rest.starts_with(ini::is_space) => (true, rest.trim()),
        _ => (false, uncommented.trim()),
    };
    let unquoted = bare.trim_matches(['"', '\'']);
    if unquoted != name && inside.trim() != name {
        let is_case = unquoted.eq_ignore_ascii_case(name);
        return is_case.then(|| format!("it is written `{unquoted}` there, and capitals count"));
    }
    let closes = ini::between_brackets(line).is_some();
    let odd = unquoted.chars().find(|character| {
        !(character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '@' | '+' | '.' | '%' | ':' | '/'))
    });
    Some(match (is_credentials, is_prefixed) {
        (_, _) if !closes => "its line does not end with ], or has a comment in it".to_owned(),
        (true, true) => format!("in the credentials file the head is [{name}], without `profile`"),
        (false, false) if name != "default" => format!("in the configuration file the head is [profile {name}]"),
        _ => match odd {
            Some(' ') => "its name has a blank".to_owned(),
            Some(odd) => format!("its name has a `{odd}`"),
            None if inside != inside.trim() || inside.contains("  ") => "there are blanks in its brackets".to_owned(),
            None => "no key of it has a value".to_owned(),
        },
    })
}

/// What the AWS CLI would use in place of what Claude Code uses.
fn differs(name: &str, decision: &Decision, theirs: &Cli) -> Option<Difference> {
    if decision.label() == theirs.label() {
        return None;
    }
    // These are said for themselves.
    if matches!(theirs, Cli::WebIdentity { .. } | Cli::Environment) && !matches!(decision.base, Base::WebIdentity(_)) {
        return None;
    }
    let own = decision.words();
    let (message, help) = match theirs {
        Cli::Absent => (
            format!("Claude Code uses {own} of the AWS profile `{name}`, which the AWS CLI does not see"),
            "write its head as [profile NAME], and each head once".to_owned(),
        ),
        Cli::Fails(why) => (
            format!("Claude Code uses {own} of the AWS profile `{name}`; the AWS CLI ends with an error: {why}"),
            "correct it, or `aws` will not work beside Claude Code".to_owned(),
        ),
        Cli::Nothing | Cli::Machine => (
            format!("Claude Code uses {own} of the AWS profile `{name}`; the AWS CLI finds no credentials there"),
            "write keys in small letters, each on a line of its own".to_owned(),
        ),
        _ => (
            format!(
                "Claude Code uses {own} of the AWS profile `{name}`, the AWS CLI {}",
                theirs.words()
            ),
            "keep one of them: what `aws` shows is not what Claude Code bills".to_owned(),
        ),
    };
    Some(Difference::new("CB032", message, help))
}

/// What makes a command work in Claude Code and not in the AWS CLI, or the other way round.
fn process(name: &str, command: &str, theirs: Option<&str>) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut say = |message: String, help: &str| found.push(Difference::new("CB036", message, help));
    let of = format!("the credential_process of the AWS profile `{name}`");
    match theirs {
        Some(theirs) if theirs.contains('\n') => say(
            format!("{of} goes on in an indented line, which Claude Code does not read"),
            "write the command in one line",
        ),
        Some(theirs) if theirs != command => say(
            format!("{of} ends for Claude Code at a ` #` or ` ;`, which the AWS CLI passes on"),
            "take it out of the line",
        ),
        _ => {}
    }
    let is_shell = command.contains(['$', '|', '&', '<', '>', '*', '`', ';', '(', '~'])
        || command.split_whitespace().next().is_some_and(|word| word.contains('='));
    if is_shell {
        say(
            format!("{of} needs a shell (~, $, | and the like): Claude Code starts one, the AWS CLI does not"),
            "write paths out, or put the line into a script",
        );
    } else if let Some(program) = shell_words::split(command).unwrap_or_default().first() {
        let path = Path::new(program);
        let is_there = if path.components().count() > 1 {
            path.exists()
        } else {
            programs::on_path(program).is_some()
        };
        if !is_there {
            let message = format!("{of} starts `{program}`, which is not there");
            let mut difference = Difference::new(
                "CB036",
                message,
                "install it, or write its path; Claude Code starts it ten times for one prompt",
            );
            difference.is_fatal = true;
            found.push(difference);
        } else if path.components().count() > 1 && path.is_relative() {
            say(
                format!("{of} starts `{program}`, found from whatever directory one is in"),
                "write its path out",
            );
        }
    }
    found
}

/// Whose credentials pay where the profile gives none.
fn machine(name: &str, flaw: &Flaw, variables: &Snapshot) -> Option<Difference> {
    if flaw.stops() {
        return None;
    }
    let whose = match machine_role(variables)? {
        MachineRole::WebIdentity(role) => format!("the role {role} (AWS_WEB_IDENTITY_TOKEN_FILE)"),
        MachineRole::Container => "the container's role (AWS_CONTAINER_CREDENTIALS_…)".to_owned(),
        // Not said on a laptop: only a question would tell.
        MachineRole::Instance => return None,
    };
    Some(Difference::new(
        "CB038",
        format!("the AWS profile `{name}` gives nothing, and this machine has a role: Claude Code would bill {whose}"),
        "mend the AWS profile, or say what is meant: auth = { method = \"ambient\" }",
    ))
}

impl Decision {
    /// In one word each, as [`Cli::label`] has it.
    pub(super) fn label(&self) -> String {
        let mut label = match &self.base {
            Base::Keys(keys) => format!("keys {}", keys.id),
            Base::Process(_) => "process".to_owned(),
            Base::WebIdentity(identity) => format!("web identity {}", identity.role),
            Base::Sso(sso) => format!(
                "sso {} {} {}",
                sso.session.as_ref().unwrap_or(&sso.start_url),
                sso.account,
                sso.role
            ),
            Base::Login(session) => format!("login {session}"),
            Base::Environment => "environment".to_owned(),
            Base::Container | Base::Instance => "machine".to_owned(),
        };
        for role in &self.roles {
            label = format!("role {} by {label}", role.arn);
        }
        label
    }

    /// In a few words.
    pub fn words(&self) -> String {
        let base = match &self.base {
            Base::Keys(keys) => format!("the keys {}", keys.id),
            Base::Process(_) => "the credential_process".to_owned(),
            Base::WebIdentity(identity) => format!("the role {} (web identity)", identity.role),
            Base::Sso(sso) => format!("the Identity Center role {} in {}", sso.role, sso.account),
            Base::Login(_) => "the session of `aws login`".to_owned(),
            Base::Environment => "the keys in the environment".to_owned(),
            Base::Container => "the container's role".to_owned(),
            Base::Instance => "the instance's role".to_owned(),
        };
        match self.roles.last() {
            Some(role) => format!("the role {}, assumed with {base},", role.arn),
            None => base,
        }
    }
}

impl Cli {
    fn words(&self) -> String {
        match self {
            Self::Keys(id) => format!("the keys {id}"),
            Self::Process(_) => "its credential_process".to_owned(),
            Self::Role { arn, by, .. } => format!("the role {arn}, assumed with {}", by.words()),
            Self::WebIdentity { role } => format!("the role {role} (web identity)"),
            Self::Sso { account, role, .. } => format!("its Identity Center role {role} in {account}"),
            Self::Login(_) => "its session of `aws login`".to_owned(),
            Self::Environment => "the keys in the environment".to_owned(),
            Self::Machine => "the machine's role".to_owned(),
            Self::Nothing => "nothing".to_owned(),
            Self::Fails(why) => format!("nothing ({why})"),
            Self::Absent => "nothing: it does not see it".to_owned(),
        }
    }
}
