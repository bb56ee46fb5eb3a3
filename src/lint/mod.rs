//! What can be known to be wrong, or likely to be, before anything is called: one list with stable codes.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::rc::Rc;
use std::time::SystemTime;

use crate::aws_files::{Base, Files, has_region_shape};
use crate::catalog::geography::{self};
use crate::catalog::model::Form;
use crate::diagnostic::{Diagnostic, Place, Source};
use crate::environment::{Endpoint, Method, is_isolated};
use crate::profile::Profile;
use crate::profile::keys::{ENV, HEADERS};
use crate::profile::value::{Secret, Value};
use crate::system::command_line;
use crate::system::text::nearest;
use crate::system::variables::{Snapshot, value_in};
use crate::variables;

mod kinds;
mod life;
mod models;
mod names;

pub use kinds::{LINTS, Lint, by_code, is_of_aws_files, markdown};
pub use life::ends;

/// What the machine has, as far as profiles depend on it.
#[derive(Debug, Default)]
pub struct Machine {
    /// The files of AWS, read once.
    aws: Files,
    /// The shell's variables as they are without any profile.
    variables: Snapshot,
    /// What the account of a profile was seen to have, where it was asked.
    seen: Option<fn(&Profile) -> Option<Seen>>,
}

/// What an account was seen to have in a region.
#[derive(Debug)]
pub struct Seen {
    /// The day, `YYYY-MM-DD`.
    pub day: String,
    /// The account, where it is known.
    pub account: Option<String>,
    /// The IDs and ARNs of its inference profiles, and of the models that it can call without.
    pub ids: BTreeSet<String>,
}

impl Machine {
    /// The machine with the shell's variables as they are without any profile.
    pub fn of(variables: &Snapshot) -> Self {
        Self {
            aws: Files::read(variables),
            variables: variables.clone(),
            seen: None,
        }
    }

    /// The same, with what accounts were seen to have.
    pub fn seeing(self, seen: fn(&Profile) -> Option<Seen>) -> Self {
        Self {
            seen: Some(seen),
            ..self
        }
    }

    fn has_bearer_token(&self) -> bool {
        value_in(&self.variables, "AWS_BEARER_TOKEN_BEDROCK")
            .is_some_and(|token| !token.to_string_lossy().trim().is_empty())
    }
}

/// What is doubtful about a profile that is understood, on this machine.
pub fn findings(profile: &Profile, machine: &Machine) -> Vec<Diagnostic> {
    let mut findings = Findings {
        profile,
        found: Vec::new(),
        seen: machine.seen.and_then(|seen| seen(profile)),
        now: SystemTime::now(),
    };
    findings.placeholders();
    findings.regions();
    findings.authentication(machine);
    findings.models();
    findings.pins();
    findings.geographies();
    findings.guardrail();
    findings.requests();
    findings.variables();
    findings.found
}

/// Whether a header's value looks like several headers in one piece: with a newline that is none, or a comma
/// before what looks like another name.
fn holds_headers(value: &str) -> bool {
    let begins_header = |rest: &str| {
        rest.trim_start().split_once(':').is_some_and(|(name, _)| {
            name.contains('-') && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
    };
    value.contains("\\n") || value.trim_start().starts_with('{') || value.split(',').skip(1).any(begins_header)
}

/// Whether a secret's command prints AWS credentials, which are not one secret.
fn exports_credentials(line: &str) -> bool {
    let words = command_line::split(line).unwrap_or_default();
    words.iter().any(|word| word == "export-credentials")
        || words.windows(2).any(|pair| pair == ["--format", "env"])
        || words.iter().any(|word| word == "--format=env")
}

/// Variables without effect while Bedrock is called, and what has the effect.
const WITHOUT_EFFECT: &[(&str, &str)] = &[
    ("ANTHROPIC_API_KEY", "remove it; on Bedrock `auth` decides"),
    ("ANTHROPIC_BASE_URL", "write: base_url = \"…\""),
    ("AWS_ENDPOINT_URL", "write: base_url = \"…\""),
    ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "write: base_url = \"…\""),
    ("AWS_USE_FIPS_ENDPOINT", "write: fips = true"),
];

/// What has been found of one profile.
struct Findings<'a> {
    profile: &'a Profile,
    found: Vec<Diagnostic>,
    seen: Option<Seen>,
    now: SystemTime,
}

impl Findings<'_> {
    fn text(&self, key: &str) -> Option<&str> {
        self.profile.settings.text(key)
    }

    /// Adds a warning at the place of a key; at the profile's own where the key is not there.
    fn warn(&mut self, code: &'static str, key: &str, message: String, help: String) {
        self.fault(code, key, message, help);
        if let Some(finding) = self.found.pop() {
            self.found.push(finding.warning());
        }
    }

    /// The same as an error.
    fn fault(&mut self, code: &'static str, key: &str, message: String, help: String) {
        let located = self.profile.settings.get(key).map(|located| located.place.clone());
        let finding = Diagnostic {
            place: located.or_else(|| self.profile.place.clone()),
            ..Diagnostic::error(message)
        };
        self.found.push(finding.code(code).help(help));
    }

    fn regions(&mut self) {
        let profile = self.profile;
        if self.text("region").is_none() {
            let message = format!("the profile `{}` has no region", profile.name);
            self.warn("CB002", "region", message, "write: region = \"us-east-1\"".to_owned());
        }
        for key in ["region", "small_fast_region"] {
            let Some(name) = profile.settings.text(key) else {
                continue;
            };
            if !has_region_shape(name) {
                let message = format!("`{name}` does not look like a region; Claude Code skips it silently");
                self.warn("CB003", key, message, "a region looks like: eu-west-1".to_owned());
            } else if !geography::is_known(name) {
                let help = match nearest(name, geography::regions()) {
                    _ if name.starts_with("cn-") => "China has no Bedrock; use a region elsewhere".to_owned(),
                    Some(known) => format!("did you mean `{known}`?"),
                    None => "if it is new, all is well".to_owned(),
                };
                let message = format!("`{name}` is not among the regions that are known to have Bedrock");
                self.warn("CB004", key, message, help);
            }
        }
        if let (Some(region), Some(chosen)) = (self.known_region("region"), self.named_geography())
            && !geography::can_call(region, chosen)
        {
            let message = format!("the geography `{chosen}` cannot be called from {region}");
            self.warn(
                "CB005",
                "geography",
                message,
                format!("from there: {}", callable(region)),
            );
        }
    }

    /// The region at a key, where it is known what it can call.
    fn known_region(&self, key: &str) -> Option<&'static str> {
        let region = self.text(key)?;
        geography::regions().find(|known| *known == region)
    }

    /// The geography that the profile names for models that have none.
    fn named_geography(&self) -> Option<&'static str> {
        let chosen = self.text("geography")?;
        ["us", "eu", "apac", "jp", "au", "us-gov", "global"]
            .into_iter()
            .find(|name| *name == chosen)
    }

    fn authentication(&mut self, machine: &Machine) {
        let method = Method::of(self.profile);
        if let (Method::AwsProfile, Some(name)) = (method, self.profile.settings.text("auth.profile"))
            && machine.aws.exist()
        {
            let mut variables = machine.variables.clone();
            let needs_keys = machine
                .aws
                .decide(name, &variables)
                .is_ok_and(|decision| decision.base == Base::Environment);
            for name in crate::variables::CREDENTIALS {
                if !(needs_keys && crate::variables::KEYS.contains(name)) {
                    variables.remove(OsStr::new(name));
                }
            }
            if !is_isolated(self.profile) {
                // Taken away while the profile is active.
                for name in crate::variables::MACHINE {
                    variables.remove(OsStr::new(name));
                }
            }
            variables.insert("AWS_PROFILE".into(), name.into());
            for difference in machine.aws.of_all(name, &variables) {
                self.warn(difference.code, "auth.profile", difference.message, difference.help);
            }
        }
        if let Some(name) = self.profile.settings.text("auth.tools").filter(|_| machine.aws.exist()) {
            let mut found = machine.aws.of_profile(name, &machine.variables);
            // What else may be odd about it is the business of those tools.
            found.retain(|difference| difference.code == "CB014");
            for difference in found {
                self.warn(difference.code, "auth.tools", difference.message, difference.help);
            }
        }
        if method == Method::Ambient && machine.has_bearer_token() {
            let message = format!(
                "AWS_BEARER_TOKEN_BEDROCK is set here, and beats all other credentials under `{}`",
                self.profile.name
            );
            let help = "unset it, or give the profile a method of its own".to_owned();
            self.warn("CB015", "auth.method", message, help);
        }
        let profile = self.profile;
        for (path, located) in profile.settings.iter() {
            if let Value::Secret(Secret::Command { line, .. }) = &located.value
                && exports_credentials(line)
            {
                let message = format!("the command of `{path}` prints AWS credentials, not a secret");
                let help = "name the AWS profile instead: auth = { method = \"aws-profile\", profile = \"…\" }";
                self.warn("CB010", path, message, help.to_owned());
            }
        }
    }

    fn guardrail(&mut self) {
        let profile = self.profile;
        if self.text("guardrail.version").is_some_and(|version| version != "DRAFT") {
            let message = "this version of the guardrail cannot be changed".to_owned();
            let help = "try version = \"DRAFT\" first: a guardrail can block Claude Code's own system prompt";
            self.warn("CB013", "guardrail.version", message, help.to_owned());
        }
        if let Some(Form::Arn(arn)) = profile.settings.text("guardrail.id").map(Form::of) {
            self.arn("guardrail.id", arn, "region");
        }
    }

    fn requests(&mut self) {
        let profile = self.profile;
        if Endpoint::of(profile).has_mantle() && self.text("service_tier").is_some() {
            let message = "Claude Code does not send the service tier to Mantle".to_owned();
            let help = "remove `service_tier`, or write: endpoint = \"bedrock\"".to_owned();
            self.warn("CB008", "service_tier", message, help);
        }
        for key in ["base_url", "auth.base_url"] {
            let Some(host) = self.text(key).and_then(|url| url.strip_prefix("http://")) else {
                continue;
            };
            let host = host.split(['/', ':']).next().unwrap_or_default();
            if host != "localhost" && !host.starts_with("127.") && !host.starts_with('[') {
                let message = format!("`{key}` is not encrypted and not on this machine");
                self.warn("CB011", key, message, "write: https://…".to_owned());
            }
        }
        if let (Some(url), Some(region)) = (self.text("base_url"), self.text("region"))
            && let Some(other) = names::region_of_host(url).filter(|other| other != region)
        {
            let message =
                format!("`base_url` is a host of {other}, but requests are signed for {region}, which AWS refuses");
            let help = format!("make both the same: region = \"{other}\", or the host of {region}");
            self.fault("CB044", "base_url", message, help);
        }
        for (name, located) in profile.settings.below(HEADERS) {
            let Value::Text(value) = &located.value else { continue };
            if !value.is_empty() && variables::is_secret(name, value) {
                self.plain_header(name, value, &located.place);
            } else if holds_headers(value) {
                let message =
                    format!("the value of the header `{name}` looks like several headers, and is sent as one");
                let help = "give each a line of its own below [headers]".to_owned();
                self.warn("CB016", &format!("{HEADERS}.{name}"), message, help);
            }
        }
    }

    /// The place is shown without the value, wherever in the file it stands.
    fn plain_header(&mut self, name: &str, value: &str, place: &Place) {
        let text = place.source.text().replace(value, &"*".repeat(value.len()));
        let place = Place {
            source: Rc::new(Source::new(place.source.path.clone(), text)),
            span: place.span.clone(),
        };
        let message = format!("the header `{name}` looks like a secret in plain text");
        let finding = Diagnostic::at(place, message).warning().code("CB019");
        self.found.push(
            finding
                .help(format!(
                    "store it (claude-bedrock secret set NAME), and write: \"{name}\" = {{ keyring = \"NAME\" }}"
                ))
                .help("or: { command = \"…\" }, { file = \"path\" }, { env = \"NAME\" }"),
        );
    }

    fn variables(&mut self) {
        let profile = self.profile;
        for (name, help) in WITHOUT_EFFECT {
            let key = format!("{ENV}.{name}");
            if profile.settings.text(&key).is_some() {
                let message = format!("`{name}` has no effect on Claude Code's requests to Bedrock");
                self.warn("CB022", &key, message, (*help).to_owned());
            }
        }
    }
}

fn callable(region: &str) -> String {
    let names: Vec<&str> = geography::callable_from(region).collect();
    names.join(", ")
}

/// Findings in the order of their places, without those that say the same of the same place, as profiles
/// that extend one another do.
pub fn without_repetition(mut findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut seen = BTreeSet::new();
    findings.sort_by_key(|finding| {
        let place = finding.place.as_ref();
        place.map(|place| (place.source.path.clone(), place.span.start))
    });
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
    fn several_headers_in_one_value_are_told_from_a_value() {
        for value in [r"a\nX-B: c", "{\"X-B\": \"c\"}", "a, X-Team: b", "a,X-B:c"] {
            assert!(holds_headers(value), "{value}");
        }
        for value in [
            "a",
            "a, b",
            "https://x.example/a,b:c",
            "text/plain; q=1, text/html",
            "12:30, 13:00",
            "C:\\dir",
        ] {
            assert!(!holds_headers(value), "{value}");
        }
    }

    #[test]
    fn commands_that_print_credentials_are_known() {
        for line in [
            "aws configure export-credentials --format env",
            "aws configure export-credentials --profile x --format=env",
            "aws configure 'export-credentials'",
        ] {
            assert!(exports_credentials(line), "{line}");
        }
        assert!(!exports_credentials("vault kv get --format table x"));
    }
}
