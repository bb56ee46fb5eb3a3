//! What is to be said about a profile of `~/.aws`: what makes it useless to Claude Code, and where the AWS CLI
//! and botocore read something else. Each has a code that `explain` knows.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use crate::aws_files::cli::{self, Cli, CliFiles};
use crate::aws_files::decision::text;
use crate::aws_files::{
    Base, Decision, Files, Flaw, MachineRole, Parsed, Source, Unusable, has_region_shape, machine_role,
};
use crate::system::variables::{Snapshot, value_in};
use crate::system::{command_line, paths, programs};

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
    pub(super) fn new(code: &'static str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            code,
            is_fatal: false,
            message: message.into(),
            help: help.into(),
        }
    }
}

/// A file and a line as people look them up.
pub(super) fn place(source: &Source, line: Option<usize>) -> String {
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

/// The code of a file that is there and counts for nothing.
pub(super) const UNUSABLE: &str = "CB037";

/// What to do about it.
pub(super) const REGULAR: &str = "put a regular file of yours there: ls -l";

/// Why a file that is there counts for nothing.
pub(super) fn unusable(source: &Source) -> Option<String> {
    let path = place(source, None);
    Some(match source.unusable.as_ref()? {
        Unusable::NotRegular => format!("{path} is a pipe or a device, which Claude Code reads more than once"),
        Unusable::Directory => {
            format!("{path} is a directory; Claude Code and the AWS CLI go on as if it were not there")
        }
        Unusable::Unreadable(why) => {
            format!("{path} cannot be read ({why}); Claude Code goes on as if it were not there")
        }
    })
}

impl Files {
    /// What the AWS CLI makes of the files; the refusal of one stops all its commands.
    pub(super) fn cli(&self, variables: &Snapshot) -> Result<Arc<CliFiles>, (&Source, cli::Refusal)> {
        let named = [super::CONFIG.0, super::CREDENTIALS.0].map(|name| value_in(variables, name).map(OsStr::to_owned));
        let mut parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        let depends_on_more = named
            .iter()
            .flatten()
            .any(|name| name.as_encoded_bytes().contains(&b'$'));
        let kept = match &mut *parsed {
            Some(kept) if kept.named == named && !depends_on_more => kept,
            other => other.insert(Parsed {
                files: self.parsed_as(&named, variables),
                named,
            }),
        };
        match &kept.files {
            Ok(files) => Ok(Arc::clone(files)),
            Err((true, refusal)) => Err((&self.config, refusal.clone())),
            Err((false, refusal)) => Err((&self.credentials, refusal.clone())),
        }
    }

    fn parsed_as(
        &self,
        [config, credentials]: &[Option<OsString>; 2],
        variables: &Snapshot,
    ) -> Result<Arc<CliFiles>, (bool, cli::Refusal)> {
        let parse = |source: &'_ Source| {
            if !source.is_utf8 && source.is_read {
                return Err(cli::Refusal {
                    line: None,
                    why: "bytes that are not UTF-8",
                });
            }
            cli::parse(source.ini.text())
        };
        let of = |own: &'_ Source, named: &Option<OsString>| match named {
            // To the AWS CLI an empty variable names no file; to Claude Code it is as good as none.
            Some(value) if value.is_empty() => Ok(Vec::new()),
            // It puts variables into the path, and any user's home directory; Claude Code does not.
            Some(value) if value.as_encoded_bytes().contains(&b'$') => {
                parse(&Source::read(value.to_str().map(|path| expanded(path, variables))))
            }
            _ => parse(own),
        };
        let config = of(&self.config, config).map_err(|refusal| (true, refusal))?;
        let credentials = of(&self.credentials, credentials).map_err(|refusal| (false, refusal))?;
        Ok(Arc::new(CliFiles::new(config, credentials)))
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
            if let Some(message) = unusable(source) {
                found.push(Difference::new(UNUSABLE, message, REGULAR));
            }
            if let Some(at) = source.ini.refused {
                let message = format!(
                    "{} names a profile __proto__, which makes Claude Code drop the whole file",
                    place(source, Some(source.ini.line_of(at)))
                );
                found.push(Difference::new(UNUSABLE, message, "rename that profile"));
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
            .flat_map(|cli| cli.names())
            .filter(|name| self.profile(name).is_none());
        names.map(str::to_owned).collect()
    }

    /// What is to be said of both, a file that spoils the profile once.
    pub fn of_all(&self, name: &str, variables: &Snapshot) -> Vec<Difference> {
        let of_profile = self.of_profile(name, variables);
        let is_told = of_profile.iter().any(|found| found.code == UNUSABLE);
        let mut found = self.of_files(variables);
        found.retain(|found| !(is_told && found.code == UNUSABLE));
        found.extend(of_profile);
        found
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
        found.extend(self.region(name, cli.as_deref()));
        if decided.is_ok()
            && text(variables, "AWS_WEB_IDENTITY_TOKEN_FILE").is_some()
            && theirs.is_some_and(|theirs| matches!(theirs, Cli::WebIdentity { .. }))
        {
            found.push(Difference::new(
                "CB039",
                format!("AWS_WEB_IDENTITY_TOKEN_FILE is set: the AWS CLI and botocore use its role, Claude Code the profile `{name}`"),
                "unset it if the profile should count: unset AWS_WEB_IDENTITY_TOKEN_FILE AWS_ROLE_ARN",
            ));
        }
        found
    }

    fn region(&self, name: &str, cli: Option<&CliFiles>) -> Option<Difference> {
        let own = self.value(name, "region");
        let theirs = cli
            .and_then(|cli| cli.value(name, "region"))
            .filter(|region| !region.is_empty());
        let counts = own.clone().filter(|region| has_region_shape(region));
        if let (Some(written), None) = (&own, &counts) {
            let message =
                format!("Claude Code ignores the region `{written}` of the AWS profile `{name}`, and calls us-east-1");
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
                "write one line: region = eu-west-1, in lower case, without a comment",
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
            "correct it, or `aws` will not work alongside Claude Code".to_owned(),
        ),
        Cli::Nothing | Cli::Machine => (
            format!("Claude Code uses {own} of the AWS profile `{name}`; the AWS CLI finds no credentials there"),
            "write keys in lower case, each on its own line".to_owned(),
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
            "remove it from the line",
        ),
        _ => {}
    }
    let is_shell = command.contains(['$', '|', '&', '<', '>', '*', '`', ';', '(', '~'])
        || command.split_whitespace().next().is_some_and(|word| word.contains('='));
    if is_shell {
        say(
            format!("{of} needs a shell (~, $, | and the like): Claude Code starts one, the AWS CLI does not"),
            "write full paths, or put the line into a script",
        );
    } else if let Some(program) = command_line::split(command).unwrap_or_default().first() {
        let path = Path::new(program);
        let is_there = if path.components().count() > 1 {
            path.exists()
        } else {
            programs::on_path(program).is_some()
        };
        if !is_there {
            let message = format!("{of} starts `{program}`, which does not exist");
            let mut difference = Difference::new(
                "CB036",
                message,
                "install it, or write its path; Claude Code starts it ten times for one prompt",
            );
            difference.is_fatal = true;
            found.push(difference);
        } else if path.components().count() > 1 && path.is_relative() {
            say(
                format!("{of} starts `{program}`, a path relative to the current directory"),
                "write its full path",
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
        format!(
            "the AWS profile `{name}` gives no credentials, and this machine has a role: Claude Code would bill {whose}"
        ),
        "fix the AWS profile, or say what you mean: auth = { method = \"ambient\" }",
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
