//! What makes a profile of `~/.aws` useless to Claude Code, in words.

use std::path::Path;

use crate::aws_files::cli::Cli;
use crate::aws_files::differences::{Difference, REGULAR, UNUSABLE, place, unusable};
use crate::aws_files::{Files, Flaw, FlawKind, ini};
use crate::system::command_line;
use crate::system::text::nearest;
use crate::system::variables::Snapshot;

/// The characters of names that the SDK reads after `profile`.
const NAME: &str = "letters, digits and _ - @ + . % : /";

fn fatal(code: &'static str, message: String, help: String) -> Difference {
    Difference {
        is_fatal: true,
        ..Difference::new(code, message, help)
    }
}

/// What to do about a profile of Identity Center.
fn session_help(profile: &str, kind: &FlawKind, config: Option<&Path>) -> String {
    match kind {
        FlawKind::NoSession(_) => {
            "write that section into the configuration file: aws configure sso-session".to_owned()
        }
        FlawKind::SessionBehindTilde(_) => {
            let path = config.map(Path::to_string_lossy).unwrap_or_default();
            format!(
                "write the full path: export AWS_CONFIG_FILE={}",
                command_line::quote(&path)
            )
        }
        _ => format!(
            "complete it: aws configure sso --profile {}",
            command_line::quote(profile)
        ),
    }
}

impl Files {
    /// A flaw in words.
    pub fn said(&self, name: &str, flaw: &Flaw, variables: &Snapshot) -> Difference {
        let theirs = self.cli(variables).ok().map(|cli| cli.decide(name, variables));
        self.told(name, flaw, theirs.as_ref())
    }

    /// A flaw in words, with what the AWS CLI makes of the profile.
    pub(super) fn told(&self, name: &str, flaw: &Flaw, theirs: Option<&Cli>) -> Difference {
        let by = &flaw.profile;
        let via = if by == name {
            String::new()
        } else {
            format!(", which `{name}` assumes its role with,")
        };
        let of = format!("the AWS profile `{by}`{via}");
        if let Some(unread) = self.unread(&flaw.kind) {
            return fatal(
                UNUSABLE,
                format!("of {of} not everything can be read: {unread}"),
                REGULAR.to_owned(),
            );
        }
        let cli_can = match theirs {
            Some(Cli::Fails(_) | Cli::Absent | Cli::Nothing | Cli::Machine) | None => "",
            Some(_) => "; the AWS CLI can use it",
        };
        let (code, message, help) = match &flaw.kind {
            FlawKind::Absent => return self.absent(by, &of),
            FlawKind::Nothing => (
                "CB031",
                format!("{of} says nothing about credentials{}", self.capitals(by)),
                format!("complete it: aws configure sso --profile {}", command_line::quote(by)),
            ),
            FlawKind::HalfKeys => (
                "CB031",
                format!("{of} has half a key pair, which Claude Code ignores{cli_can}"),
                "write both aws_access_key_id and aws_secret_access_key".to_owned(),
            ),
            FlawKind::RoleWithoutSource => (
                "CB031",
                format!("{of} has a role_arn and nothing to assume it with"),
                "write source_profile or credential_source".to_owned(),
            ),
            FlawKind::RoleWithTwoSources => (
                "CB031",
                format!("{of} has both source_profile and credential_source, so neither counts"),
                "keep one of them".to_owned(),
            ),
            FlawKind::Cycle => (
                "CB031",
                format!("{of} leads in a circle through source_profile"),
                format!("see it: claude-bedrock aws-profiles {}", command_line::quote(by)),
            ),
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
                    "{of} assumes its role with an MFA device's code (mfa_serial), which Claude Code cannot ask for{}",
                    if cli_can.is_empty() {
                        ""
                    } else {
                        "; `aws` works because it keeps the session"
                    }
                ),
                "claude-bedrock login asks for it and keeps the session, which settings apply hands to Claude Code; or use Identity Center".to_owned(),
            ),
            kind => (
                "CB031",
                Self::of_session(&of, kind),
                session_help(by, kind, self.config_path()),
            ),
        };
        fatal(code, message, help)
    }

    /// The file that may hold what seems to be missing, and cannot be read.
    fn unread(&self, kind: &FlawKind) -> Option<String> {
        let is_lack = matches!(
            kind,
            FlawKind::Absent
                | FlawKind::Nothing
                | FlawKind::HalfKeys
                | FlawKind::RoleWithoutSource
                | FlawKind::NoSession(_)
                | FlawKind::SsoIncomplete(_)
        );
        let mut sources = [&self.config, &self.credentials].into_iter().filter(|_| is_lack);
        sources.find_map(unusable)
    }

    /// A profile that Claude Code does not find, or only the AWS CLI does.
    fn absent(&self, name: &str, of: &str) -> Difference {
        if let Some((place, reason)) = self.unseen(name) {
            let help = format!(
                "a name that every tool reads consists of {NAME} alone: [profile NAME], in the credentials file [NAME]"
            );
            return fatal(
                "CB030",
                format!("Claude Code cannot see {of} ({place}): {reason}"),
                help,
            );
        }
        let help = nearest(name, self.names()).map_or_else(
            || format!("make it: aws configure sso --profile {}", command_line::quote(name)),
            |near| format!("did you mean `{near}`? Then: auth = {{ method = \"aws-profile\", profile = \"{near}\" }}"),
        );
        let of = of.trim_start_matches("the ");
        fatal(
            "CB014",
            format!("there is no {of} in {}", place(&self.config, None)),
            help,
        )
    }

    /// What a profile of Identity Center lacks.
    fn of_session(of: &str, kind: &FlawKind) -> String {
        match kind {
            FlawKind::NoSession(session) => {
                format!("{of} names the sso_session `{session}`, but there is no [sso-session {session}]")
            }
            FlawKind::SessionBehindTilde(session) => format!(
                "Claude Code finds no [sso-session {session}]: AWS_CONFIG_FILE begins with ~, which it does not expand there"
            ),
            FlawKind::SsoIncomplete(missing) => format!("{of} uses Identity Center and lacks {}", missing.join(", ")),
            _ => format!("{of} gives Claude Code no credentials"),
        }
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

    /// Keys that Claude Code would understand in lower case.
    fn capitals(&self, name: &str) -> String {
        let section = self.profile(name).unwrap_or_default();
        let key = section.keys().find(|key| {
            let small = key.to_ascii_lowercase();
            small != **key
                && ["aws_", "sso_", "credential_", "role_", "login_", "source_"]
                    .iter()
                    .any(|start| small.starts_with(start))
        });
        key.map_or_else(String::new, |key| format!(": `{key}` has to be in lower case for it"))
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
        return is_case.then(|| format!("it is written `{unquoted}` there, and case matters"));
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
            None => "none of its keys has a value".to_owned(),
        },
    })
}
