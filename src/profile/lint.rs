//! What can be known to be wrong, or likely to be, before anything is called: one list with stable codes.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::catalog::geography;
use crate::catalog::model::{self, Knowledge};
use crate::diagnostic::{Diagnostic, Place, nearest};
use crate::environment::{Endpoint, Method};
use crate::paths;
use crate::profile::Profile;
use crate::profile::schema::{ALIASES, Secret, Value};
use crate::session::difference::{Snapshot, value_in};

/// A kind of finding.
#[derive(Debug)]
pub struct Lint {
    /// Its code, which never changes its meaning.
    pub code: &'static str,
    /// What it is about, in a few words.
    pub title: &'static str,
    /// The whole story, for `explain`.
    pub story: &'static str,
}

/// All kinds. Facts about Claude Code were observed with version 2.1.330 in August 2026.
pub const LINTS: &[Lint] = &[
    Lint {
        code: "CB001",
        title: "the file cannot be understood",
        story: "The file is not TOML, or has a key, a type or a value that does not exist, or values that do not fit each other. Such a profile is not loaded: none of its variables is set. The message says what is allowed there; `claude-bedrock schema` prints a JSON Schema with which editors complete and check.",
    },
    Lint {
        code: "CB002",
        title: "no region",
        story: "Without AWS_REGION, Claude Code takes the region of the AWS profile, and then us-east-1 (before version 2.1.172 it failed with a cryptic authentication error). So it calls some region, perhaps one where the account has no access to models. Write `region` into the profile, or into one that it extends.",
    },
    Lint {
        code: "CB003",
        title: "a region of the wrong shape",
        story: "Claude Code skips a value of AWS_REGION silently that does not look like a region (`^[a-z]{2,}(-[a-z0-9]+){0,4}$`), and goes on as if there were none: AWS_DEFAULT_REGION, the AWS profile's region, us-east-1.",
    },
    Lint {
        code: "CB004",
        title: "an unknown region",
        story: "The region has the shape of one and is not in the table of regions with Bedrock. A plausible typo (eu-wets-1) is used as it is, and every request fails to connect. If the region is new, all is well: this is a warning, never an error.",
    },
    Lint {
        code: "CB005",
        title: "a geography that the region cannot call",
        story: "A model ID begins with the prefix of a geography (us., eu., jp., au., apac., us-gov.), whose inference profile can be called from the regions of that geography only. From another region Bedrock answers that the model identifier is invalid. Use the prefix of your region, or global., which every commercial region can call. What an account really has differs; the account decides.",
    },
    Lint {
        code: "CB006",
        title: "a model without an inference profile",
        story: "An ID that begins with `anthropic.` names the model itself, in one region. Most models are not offered so (\"on-demand throughput isn't supported\"); they are called through an inference profile, whose ID begins with a geography: us.anthropic.…, eu.anthropic.…, global.anthropic.…. Write Anthropic's ID (claude-…), and the profile puts the prefix there. On Mantle the bare ID is right.",
    },
    Lint {
        code: "CB007",
        title: "an unknown model",
        story: "Claude Code does not check a model ID at its start; a mistyped one fails at the first call with 400, \"The provided model identifier is invalid\". The table holds the models of August 2026, so a newer one is a warning here and works. us.anthropic.claude-sonnet-4-6-20251001-v1:0, which articles give, does not exist: it is us.anthropic.claude-sonnet-4-6.",
    },
    Lint {
        code: "CB008",
        title: "a service tier that is not sent",
        story: "Claude Code sends the service tier to the Bedrock runtime only, not to Mantle. With endpoint = \"both\" the models that go to Mantle are served at the default tier.",
    },
    Lint {
        code: "CB009",
        title: "a geography on Mantle",
        story: "Mantle has no cross-region routing: its IDs look like anthropic.claude-haiku-4-5, with neither a geography before nor a date behind. With endpoint = \"both\" an ID with a geography goes to the Bedrock runtime.",
    },
    Lint {
        code: "CB010",
        title: "credentials in a form that is not read",
        story: "`aws configure export-credentials --format env` prints shell code of several lines, which is neither a secret of one line nor what Claude Code's awsCredentialExport reads. Name the AWS profile instead: auth = { method = \"aws-profile\", profile = \"…\" }.",
    },
    Lint {
        code: "CB011",
        title: "an address without encryption",
        story: "The address begins with http:// and is not on this machine, so credentials and everything that you and Claude say cross the network in the clear. Use https://.",
    },
    Lint {
        code: "CB012",
        title: "models that are not pinned",
        story: "Without ANTHROPIC_DEFAULT_OPUS_MODEL, …_SONNET_… and …_HAIKU_…, Claude Code asks at its start which models the account has, by requests of one token that cost money and need permissions, and a new release may choose other models. Give models.opus, models.sonnet and models.haiku.",
    },
    Lint {
        code: "CB013",
        title: "a numbered guardrail version",
        story: "A guardrail can block Claude Code's own system prompt; then every request fails. The working draft (version = \"DRAFT\") can be mended at once, a numbered version cannot be changed. Try DRAFT first, and a number when it works.",
    },
    Lint {
        code: "CB014",
        title: "an AWS profile that does not exist",
        story: "The profile named by auth.profile stands neither in ~/.aws/config nor in ~/.aws/credentials (AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE move them). That is fatal to Claude Code at its first request. `aws configure list-profiles` prints what there is; `aws configure sso` writes a new one.",
    },
    Lint {
        code: "CB015",
        title: "a bearer token that beats everything",
        story: "AWS_BEARER_TOKEN_BEDROCK is set in this shell, and in Claude Code it beats access keys, AWS_PROFILE and awsCredentialExport. A profile with the method `ambient` leaves credentials as they are, so the token decides whose account pays. Unset it, or give the profile a method of its own; every other method unsets it.",
    },
];

/// The kind of that code, whatever the case.
pub fn by_code(code: &str) -> Option<&'static Lint> {
    LINTS.iter().find(|lint| lint.code.eq_ignore_ascii_case(code))
}

/// What the machine has, as far as profiles depend on it.
#[derive(Debug, Default)]
pub struct Machine {
    /// The profiles of the AWS configuration files; `None` where there is no such file.
    pub aws_profiles: Option<BTreeSet<String>>,
    /// Whether the shell has a bearer token of its own.
    pub has_bearer_token: bool,
}

impl Machine {
    /// The machine with the shell's variables as they are without any profile.
    pub fn of(variables: &Snapshot) -> Self {
        let path = |variable: &str, file: &str| match value_in(variables, variable) {
            Some(path) if !path.is_empty() => Some(PathBuf::from(path)),
            _ => paths::home().map(|home| home.join(".aws").join(file)),
        };
        let read = |path: Option<PathBuf>| std::fs::read_to_string(path?).ok();
        let config = read(path("AWS_CONFIG_FILE", "config"));
        let credentials = read(path("AWS_SHARED_CREDENTIALS_FILE", "credentials"));
        let aws_profiles = (config.is_some() || credentials.is_some()).then(|| {
            let sections = |text: Option<String>| sections(&text.unwrap_or_default());
            let named =
                sections(config)
                    .into_iter()
                    .filter_map(|section| match section.split_once(char::is_whitespace) {
                        Some(("profile", name)) => Some(name.trim().trim_matches('"').to_owned()),
                        None if section == "default" => Some(section),
                        _ => None,
                    });
            named.chain(sections(credentials)).collect()
        });
        Self {
            aws_profiles,
            has_bearer_token: value_in(variables, "AWS_BEARER_TOKEN_BEDROCK").is_some_and(|token| !token.is_empty()),
        }
    }
}

/// The names in square brackets of an AWS configuration file.
fn sections(text: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| Some(line.trim().strip_prefix('[')?.split(']').next()?.trim().to_owned()))
        .collect()
}

/// What is doubtful about a profile that is understood, on this machine.
pub fn findings(profile: &Profile, machine: &Machine) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    region(profile, &mut findings);
    authentication(profile, machine, &mut findings);
    models(profile, &mut findings);
    let endpoint = Endpoint::of(profile);
    let at = |key: &str| profile.settings.get(key).map(|located| located.place.clone());
    let mut warn = |code, place: Option<Place>, message: String, help: &str| {
        let finding = Diagnostic {
            place,
            code: Some(code),
            ..Diagnostic::error(message)
        };
        findings.push(finding.warning().help(help));
    };
    if endpoint.has_mantle() && at("service_tier").is_some() {
        warn(
            "CB008",
            at("service_tier"),
            "Claude Code does not send the service tier to Mantle".to_owned(),
            "take `service_tier` out, or write: endpoint = \"bedrock\"",
        );
    }
    for key in ["base_url", "auth.base_url"] {
        let Some(host) = profile.settings.text(key).and_then(|url| url.strip_prefix("http://")) else {
            continue;
        };
        let host = host.split(['/', ':']).next().unwrap_or_default();
        if host != "localhost" && !host.starts_with("127.") && !host.starts_with('[') {
            warn(
                "CB011",
                at(key),
                format!("`{key}` is not encrypted and not on this machine"),
                "write: https://…",
            );
        }
    }
    for (path, located) in profile.settings.iter() {
        if let Value::Secret(Secret::Command { line, .. }) = &located.value
            && line.contains("--format env")
        {
            warn(
                "CB010",
                Some(located.place.clone()),
                format!("the command of `{path}` prints shell code, not a secret"),
                "name the AWS profile instead: auth = { method = \"aws-profile\", profile = \"…\" }",
            );
        }
    }
    if profile
        .settings
        .text("guardrail.version")
        .is_some_and(|version| version != "DRAFT")
    {
        warn(
            "CB013",
            at("guardrail.version"),
            "this version of the guardrail cannot be changed".to_owned(),
            "try version = \"DRAFT\" first: a guardrail can block Claude Code's own system prompt",
        );
    }
    findings
}

fn authentication(profile: &Profile, machine: &Machine, findings: &mut Vec<Diagnostic>) {
    let place = |key: &str| profile.settings.get(key).map(|located| located.place.clone());
    let mut warn = |code, place, message: String, help: String| {
        findings.push(
            Diagnostic {
                place,
                code: Some(code),
                ..Diagnostic::error(message)
            }
            .warning()
            .help(help),
        );
    };
    match (
        Method::of(profile),
        profile.settings.text("auth.profile"),
        &machine.aws_profiles,
    ) {
        (Method::AwsProfile, Some(name), Some(known)) if !known.contains(name) => {
            let near = nearest(name, known.iter().map(String::as_str));
            let help = near.map_or_else(
                || "see what there is: aws configure list-profiles".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            warn(
                "CB014",
                place("auth.profile"),
                format!("there is no AWS profile `{name}` in the AWS configuration files"),
                help,
            );
        }
        (Method::Ambient, _, _) if machine.has_bearer_token => {
            let message = format!(
                "AWS_BEARER_TOKEN_BEDROCK is set here, and beats all other credentials under `{}`",
                profile.name
            );
            warn(
                "CB015",
                place("auth.method"),
                message,
                "unset it, or give the profile a method of its own".to_owned(),
            );
        }
        _ => {}
    }
}

fn region(profile: &Profile, findings: &mut Vec<Diagnostic>) {
    let mut warn = |code, place, message: String, help: String| {
        findings.push(
            Diagnostic {
                place,
                code: Some(code),
                ..Diagnostic::error(message)
            }
            .warning()
            .help(help),
        );
    };
    let Some(located) = profile.settings.get("region") else {
        let message = format!("the profile `{}` has no region", profile.name);
        warn("CB002", None, message, "write: region = \"us-east-1\"".to_owned());
        return;
    };
    for key in ["region", "small_fast_region"] {
        let (Some(name), Some(at)) = (profile.settings.text(key), profile.settings.get(key)) else {
            continue;
        };
        if !has_shape(name) {
            warn(
                "CB003",
                Some(at.place.clone()),
                format!("`{name}` does not look like a region; Claude Code skips it silently"),
                "a region looks like: eu-west-1".to_owned(),
            );
        } else if !geography::is_known(name) {
            let known = nearest(name, geography::regions());
            let help = known.map_or_else(
                || "if it is new, all is well".to_owned(),
                |known| format!("did you mean `{known}`?"),
            );
            warn(
                "CB004",
                Some(at.place.clone()),
                format!("`{name}` is not among the regions that are known to have Bedrock"),
                help,
            );
        }
    }
    let (Some(region), Some(chosen)) = (profile.settings.text("region"), profile.settings.text("geography")) else {
        return;
    };
    if geography::is_known(region) && !["auto", "none"].contains(&chosen) && !geography::can_call(region, chosen) {
        let place = profile
            .settings
            .get("geography")
            .map_or_else(|| located.place.clone(), |at| at.place.clone());
        warn(
            "CB005",
            Some(place),
            format!("the geography `{chosen}` cannot be called from {region}"),
            format!("from there: {}", callable(region)),
        );
    }
}

/// `^[a-z]{2,}(-[a-z0-9]+){0,4}$`, as Claude Code has it.
fn has_shape(region: &str) -> bool {
    let mut parts = region.split('-');
    let first = parts
        .next()
        .is_some_and(|part| part.len() >= 2 && part.bytes().all(|byte| byte.is_ascii_lowercase()));
    let rest: Vec<&str> = parts.collect();
    first
        && rest.len() <= 4
        && rest.iter().all(|part| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        })
}

fn callable(region: &str) -> String {
    let names: Vec<&str> = geography::callable_from(region).collect();
    names.join(", ")
}

fn models(profile: &Profile, findings: &mut Vec<Diagnostic>) {
    let endpoint = Endpoint::of(profile);
    let region = profile
        .settings
        .text("region")
        .filter(|region| geography::is_known(region));
    let keys = ["models.main".to_owned()]
        .into_iter()
        .chain(ALIASES.iter().map(|alias| format!("models.{alias}")));
    for key in keys {
        let (Some(name), Some(located)) = (profile.settings.text(&key), profile.settings.get(&key)) else {
            continue;
        };
        let mut warn = |code, message: String, help: String| {
            let place = Some(located.place.clone());
            findings.push(
                Diagnostic {
                    place,
                    code: Some(code),
                    ..Diagnostic::error(message)
                }
                .warning()
                .help(help),
            );
        };
        match model::Form::of(name) {
            model::Form::Bedrock { geography: None, .. } if !endpoint.has_mantle() => {
                let prefix = region.map_or("us", geography::of_region);
                warn(
                    "CB006",
                    format!("`{name}` names the model in one region, where it is rarely offered"),
                    format!("through an inference profile: {prefix}.{name}"),
                );
            }
            model::Form::Bedrock {
                geography: Some(prefix),
                ..
            } if endpoint == Endpoint::Mantle => {
                warn(
                    "CB009",
                    format!("Mantle has no geographies, but `{name}` begins with `{prefix}.`"),
                    format!("write: {}", &name[prefix.len() + 1..]),
                );
            }
            model::Form::Bedrock {
                geography: Some(prefix),
                ..
            } if region.is_some_and(|region| !geography::can_call(region, prefix)) => {
                let region = region.unwrap_or_default();
                warn(
                    "CB005",
                    format!("`{prefix}.` cannot be called from {region}"),
                    format!("from there: {}", callable(region)),
                );
            }
            _ => {}
        }
        let help = match model::knowledge(name) {
            Knowledge::Plausible => continue,
            Knowledge::Near(near) => format!("did you mean `{near}`?"),
            Knowledge::Unknown => "if it is new, all is well".to_owned(),
        };
        warn(
            "CB007",
            format!("`{name}` is not among the models that are known"),
            help,
        );
    }
    let unpinned: Vec<&str> = ["opus", "sonnet", "haiku"]
        .into_iter()
        .filter(|alias| profile.settings.get(&format!("models.{alias}")).is_none())
        .collect();
    if !unpinned.is_empty() {
        let message = format!("the profile `{}` does not pin {}", profile.name, unpinned.join(", "));
        let finding = Diagnostic {
            code: Some("CB012"),
            ..Diagnostic::error(message)
        };
        findings.push(
            finding
                .warning()
                .help("pinned models stop Claude Code's paid requests at its start: models.opus = \"…\" and so on"),
        );
    }
}

/// Findings without those that say the same of the same place, as profiles that extend one another do.
pub fn without_repetition(findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut seen = BTreeSet::new();
    findings
        .into_iter()
        .filter(|finding| {
            let place = finding
                .place
                .as_ref()
                .map(|place| (place.source.path.clone(), place.span.start));
            seen.insert((finding.code, place, finding.message.clone()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_in_order() {
        let codes: Vec<&str> = LINTS.iter().map(|lint| lint.code).collect();
        let mut sorted = codes.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(codes, sorted);
    }

    #[test]
    fn the_shape_of_a_region_is_claude_codes() {
        for region in ["eu-west-1", "us-gov-west-1", "ab"] {
            assert!(has_shape(region), "{region}");
        }
        for region in [
            "",
            "e",
            "EU-WEST-1",
            "eu_west_1",
            "eu-west-1 ",
            "eu--1",
            "a1-b",
            "aa-b-c-d-e-f",
        ] {
            assert!(!has_shape(region), "{region}");
        }
    }
}
