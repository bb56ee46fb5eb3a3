//! What can be known to be wrong, or likely to be, before anything is called: one list with stable codes.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::rc::Rc;
use std::time::SystemTime;

use crate::aws_files::{Base, Files, has_region_shape};
use crate::catalog::geography::{self, partition_of};
use crate::catalog::lifecycle;
use crate::catalog::model::{self, Arn, Form, Knowledge, Resource};
use crate::diagnostic::{Diagnostic, Place, Source};
use crate::environment::{Endpoint, Method, is_isolated, models};
use crate::profile::Profile;
use crate::profile::keys::{ENV, HEADERS};
use crate::profile::value::{Secret, Value};
use crate::system::command_line;
use crate::system::text::nearest;
use crate::system::variables::{Snapshot, value_in};
use crate::variables;

mod kinds;
mod life;
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
    ("ANTHROPIC_API_KEY", "take it out; on Bedrock `auth` decides"),
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
                    _ if name.starts_with("cn-") => "China has no Bedrock; take a region elsewhere".to_owned(),
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
            let mut found = machine.aws.of_files(&variables);
            found.extend(machine.aws.of_profile(name, &variables));
            for difference in found {
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

    fn models(&mut self) {
        let profile = self.profile;
        for &(key, _) in variables::MODELS {
            let Some(name) = profile.settings.text(key) else {
                continue;
            };
            // The background model may be called in a region of its own.
            let has_own = key == "models.haiku" && profile.settings.get("small_fast_region").is_some();
            let region = if has_own { "small_fast_region" } else { "region" };
            if names::placeholder(name).is_some() {
                continue;
            }
            if let Some(right) = names::without_foreign_spelling(name) {
                let message = format!("`{name}` is how other tools write it; Claude Code sends it as it stands");
                self.warn("CB042", key, message, format!("write: {right}"));
                continue;
            }
            match Form::of(name) {
                Form::Alias => {}
                Form::Anthropic => self.anthropic_id(key, name, region),
                Form::Bedrock { geography, id } => self.bedrock_id(key, name, geography, id, region),
                Form::Arn(arn) => {
                    self.arn(key, arn, region);
                    self.inside_arn(key, name, arn);
                }
            }
            if !self.lifecycle(key, name, region) {
                self.knowledge(key, name);
                self.not_seen(key, name, region);
            }
        }
    }

    fn anthropic_id(&mut self, key: &str, name: &str, region: &str) {
        let Some(model) = model::by_anthropic_id(model::split_suffix(name).0) else {
            return;
        };
        if Endpoint::of(self.profile) == Endpoint::Mantle {
            self.not_on_mantle(key, name, model);
            return;
        }
        let geography = match (self.named_geography(), self.known_region(region)) {
            (Some(named), _) => named,
            (None, Some(region)) if self.text("geography") != Some("none") => geography::of_model(region, Some(model)),
            _ => return,
        };
        self.geography_of_model(key, geography, model);
    }

    fn bedrock_id(&mut self, key: &str, name: &str, geography: Option<&str>, id: &str, region: &str) {
        let endpoint = Endpoint::of(self.profile);
        let known = model::by_bedrock_id(id);
        let region = self.known_region(region);
        match geography {
            None if endpoint.has_mantle() => match known {
                Some(model) if !model.is_on_mantle => self.not_on_mantle(key, name, model),
                Some(model) if model.mantle() != id => {
                    let message = format!("Mantle does not know `{name}`: its IDs have neither a date nor a version");
                    self.warn("CB009", key, message, format!("write: {}", model.mantle()));
                }
                _ => {}
            },
            None => {
                let prefix = region.map_or("us", |region| geography::of_model(region, known));
                let message = format!("`{name}` names the model in one region, where it is rarely offered");
                let id = known.map_or(name, |model| model.bedrock);
                self.warn(
                    "CB006",
                    key,
                    message,
                    format!("through an inference profile: {prefix}.{id}"),
                );
            }
            Some(prefix) if endpoint == Endpoint::Mantle => {
                let message = format!("Mantle has no geographies, but `{name}` begins with `{prefix}.`");
                let id = known.map_or_else(|| name[prefix.len() + 1..].to_owned(), model::Model::mantle);
                self.warn("CB009", key, message, format!("write: {id}"));
            }
            Some(prefix) => match region.filter(|region| !geography::can_call(region, prefix)) {
                Some(region) => {
                    let message = format!("`{prefix}.` cannot be called from {region}");
                    self.warn("CB005", key, message, format!("from there: {}", callable(region)));
                }
                None => {
                    if let Some(model) = known {
                        self.geography_of_model(key, prefix, model);
                    }
                }
            },
        }
    }

    /// Warns of a geography that a model is known not to have.
    fn geography_of_model(&mut self, key: &str, geography: &str, model: model::Model) {
        if model.has(geography) != Some(false) {
            return;
        }
        let has: Vec<&str> = model.geographies().collect();
        let message = format!("`{}` is not known to have the geography `{geography}`", model.name());
        self.warn("CB005", key, message, format!("it has: {}", has.join(", ")));
    }

    fn not_on_mantle(&mut self, key: &str, name: &str, model: model::Model) {
        if model.is_on_mantle {
            return;
        }
        let family = model.name().split('-').nth(1).unwrap_or_default();
        let other = model::all().find(|other| other.is_on_mantle && other.name().contains(family));
        let help = other.map_or_else(
            || "write: endpoint = \"bedrock\"".to_owned(),
            |other| format!("Mantle has {}; or write: endpoint = \"bedrock\"", other.name()),
        );
        self.warn("CB021", key, format!("Mantle is not known to have `{name}`"), help);
    }

    /// Warns of the ARN of a model or a guardrail that does not fit the region or the account.
    fn arn(&mut self, key: &str, arn: Arn<'_>, region: &str) {
        if arn.service != "bedrock" {
            let message = "this ARN is none of Bedrock's".to_owned();
            let help = "such as: arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc";
            self.warn("CB020", key, message, help.to_owned());
            return;
        }
        let profile = self.profile;
        if let Some(wanted) = self.known_region(region) {
            if arn.partition != partition_of(wanted) {
                let message = format!(
                    "the ARN is of the partition {}, which {wanted} is not in",
                    arn.partition
                );
                let help = format!(
                    "the ARNs of {wanted} begin with arn:{}:bedrock:{wanted}:",
                    partition_of(wanted)
                );
                self.warn("CB020", key, message, help);
            } else if arn.region != wanted {
                let message = format!("the ARN is of {}, but {wanted} is called", arn.region);
                self.warn(
                    "CB020",
                    key,
                    message,
                    format!("take the one of {wanted}, or write: {region} = \"{}\"", arn.region),
                );
            }
        }
        if let Some(account) = profile
            .settings
            .text("account")
            .filter(|own| !["", own].contains(&arn.account))
        {
            let message = format!("the ARN is of the account {}, not of {account}", arn.account);
            self.warn("CB020", key, message, "correct the ARN, or `account`".to_owned());
        }
        if arn.resource == Resource::FoundationModel {
            let message = "the ARN names the model in one region, where it is rarely offered".to_owned();
            let help = "take the ARN or the ID of an inference profile: us.anthropic.…".to_owned();
            self.warn("CB006", key, message, help);
        }
    }

    fn knowledge(&mut self, key: &str, name: &str) {
        if self.seen.as_ref().is_some_and(|seen| seen.ids.contains(name)) {
            return;
        }
        let help = match model::knowledge(name) {
            Knowledge::Plausible => return,
            Knowledge::Near(near) => format!("did you mean `{near}`?"),
            Knowledge::Unknown => format!("if it is newer than the catalog ({}), all is well", lifecycle::DATE),
        };
        let message = if name.contains("claude-sonnet-4-6-20251001") {
            format!("`{name}` does not exist, though articles name it")
        } else {
            format!("`{name}` is not among the models that are known")
        };
        self.warn("CB007", key, message, help);
    }

    fn pins(&mut self) {
        let unpinned: Vec<&str> = ["opus", "sonnet", "haiku"]
            .into_iter()
            .filter(|alias| self.profile.settings.get(&format!("models.{alias}")).is_none())
            .collect();
        if !unpinned.is_empty() {
            let message = format!(
                "the profile `{}` does not pin {}",
                self.profile.name,
                unpinned.join(", ")
            );
            let help = "pinned models stop Claude Code's paid requests at its start: models.opus = \"…\" and so on";
            self.warn("CB012", "", message, help.to_owned());
        }
    }

    /// Where requests go whose model Claude Code chooses.
    fn geographies(&mut self) {
        let profile = self.profile;
        if !Endpoint::of(profile).has_bedrock() {
            return;
        }
        if let Some(residence) = models::residence(profile) {
            self.other_geographies(residence);
            let free: Vec<&str> = ["opus", "sonnet", "haiku", "classifier"]
                .into_iter()
                .filter(|name| profile.settings.get(&format!("models.{name}")).is_none())
                .collect();
            if !free.is_empty() {
                let message = format!("requests may leave `{residence}`: {} not pinned", free.join(", "));
                let help = format!("pin what is missing, such as: models.{} = \"claude-…\"", free[0]);
                self.warn("CB024", "geography", message, help);
            }
            return;
        }
        // A geography that cannot be called has been named already.
        if self.found.iter().any(|finding| finding.code == Some("CB005")) {
            return;
        }
        let main = match self.text("models.main").unwrap_or("opus") {
            alias @ ("opus" | "sonnet" | "haiku" | "fable") => format!("models.{alias}"),
            _ => "models.main".to_owned(),
        };
        let Some(main) = models::geography_sent(profile, &main) else {
            return;
        };
        for alias in ["opus", "sonnet", "haiku", "fable"] {
            let key = format!("models.{alias}");
            if let Some(other) = models::geography_sent(profile, &key).filter(|other| *other != main) {
                let message = format!(
                    "`{alias}` is pinned to `{other}.`, but a sub-agent that asks for `{alias}` is sent to `{main}.`, as the main model is"
                );
                self.warn(
                    "CB025",
                    &key,
                    message,
                    format!("give both one geography: {main}.… or {other}.…"),
                );
            }
        }
    }

    /// Models of another geography than the one that the profile names.
    fn other_geographies(&mut self, residence: &str) {
        for (path, located) in self.profile.settings.below("models") {
            let names = match &located.value {
                Value::Text(text) => std::slice::from_ref(text),
                Value::List(texts) => texts.as_slice(),
                _ => continue,
            };
            let leaves = |name: &&String| model::geography_in(name).is_some_and(|geography| geography != residence);
            for name in names.iter().filter(leaves) {
                let message =
                    format!("`models.{path}` leaves the geography `{residence}`, which the profile names: `{name}`");
                let id = name.find("anthropic.").map_or("…", |at| &name[at..]);
                let finding = Diagnostic::at(located.place.clone(), message)
                    .code("CB023")
                    .help(format!("write: {residence}.{id}"))
                    .help("or, if requests may leave it: geography = \"auto\"");
                self.found.push(finding);
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
            let help = "take `service_tier` out, or write: endpoint = \"bedrock\"".to_owned();
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
            && let Some(other) = names::region_of_host(url).filter(|other| *other != region)
        {
            let message =
                format!("`base_url` is a host of {other}, but requests are signed for {region}, which AWS refuses");
            let help = format!("let both be the same: region = \"{other}\", or the host of {region}");
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
        let message = format!("the header `{name}` looks like a secret that stands in the file in plain text");
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
