//! Findings about models: their IDs, their ARNs, and where their requests go.

use super::{Findings, callable, names};
use crate::catalog::geography::{self, partition_of};
use crate::catalog::lifecycle;
use crate::catalog::model::{self, Arn, Form, Knowledge, Resource};
use crate::diagnostic::Diagnostic;
use crate::environment::{Endpoint, models, own};
use crate::profile::keys::ALIASES;
use crate::profile::value::Value;
use crate::system::command_line;
use crate::variables;

impl Findings<'_> {
    pub(super) fn models(&mut self) {
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
                let right = match model::knowledge(&right) {
                    Knowledge::Near(near) => near,
                    Knowledge::Plausible | Knowledge::Unknown => right,
                };
                self.warn("CB042", key, message, format!("write: {right}"));
                continue;
            }
            match Form::of(name) {
                Form::Alias => self.own_profile(key, name),
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

    /// A word that is no alias, and no name of an inference profile that the account was seen to have.
    fn own_profile(&mut self, key: &str, name: &str) {
        if !own::is_name(self.profile, name) || own::arn(self.profile, name).is_some() {
            return;
        }
        let message = format!(
            "`{name}` is not an alias, and no inference profile of the account is known by this name; it is sent unchanged"
        );
        let near = crate::system::text::nearest(name, ALIASES.iter().copied());
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "to learn the account's names: claude-bedrock models {} --update",
                command_line::quote(&self.profile.name)
            ),
        };
        self.warn("CB007", key, message, help);
    }

    pub(super) fn anthropic_id(&mut self, key: &str, name: &str, region: &str) {
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

    pub(super) fn bedrock_id(&mut self, key: &str, name: &str, geography: Option<&str>, id: &str, region: &str) {
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
    pub(super) fn geography_of_model(&mut self, key: &str, geography: &str, model: model::Model) {
        if model.has(geography) != Some(false) {
            return;
        }
        let has: Vec<&str> = model.geographies().collect();
        let message = format!("`{}` is not known to have the geography `{geography}`", model.name());
        self.warn("CB005", key, message, format!("it has: {}", has.join(", ")));
    }

    pub(super) fn not_on_mantle(&mut self, key: &str, name: &str, model: model::Model) {
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
    pub(super) fn arn(&mut self, key: &str, arn: Arn<'_>, region: &str) {
        if arn.service != "bedrock" {
            let message = "this is not a Bedrock ARN".to_owned();
            let help = "such as: arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc";
            self.warn("CB020", key, message, help.to_owned());
            return;
        }
        let profile = self.profile;
        if let Some(wanted) = self.known_region(region) {
            if arn.partition != partition_of(wanted) {
                let message = format!("the ARN is in the partition {}, but {wanted} is not", arn.partition);
                let help = format!(
                    "the ARNs of {wanted} begin with arn:{}:bedrock:{wanted}:",
                    partition_of(wanted)
                );
                self.warn("CB020", key, message, help);
            } else if arn.region != wanted {
                let message = format!("the ARN is in {}, but the profile calls {wanted}", arn.region);
                self.warn(
                    "CB020",
                    key,
                    message,
                    format!("use the one in {wanted}, or write: {region} = \"{}\"", arn.region),
                );
            }
        }
        if let Some(account) = profile
            .settings
            .text("account")
            .filter(|own| !["", own].contains(&arn.account))
        {
            let message = format!("the ARN belongs to the account {}, not to {account}", arn.account);
            self.warn("CB020", key, message, "correct the ARN, or `account`".to_owned());
        }
        if arn.resource == Resource::FoundationModel {
            let message = "the ARN names the model in one region, where it is rarely offered".to_owned();
            let help = "use the ARN or the ID of an inference profile: us.anthropic.…".to_owned();
            self.warn("CB006", key, message, help);
        }
    }

    pub(super) fn knowledge(&mut self, key: &str, name: &str) {
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

    pub(super) fn pins(&mut self) {
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
    pub(super) fn geographies(&mut self) {
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
    pub(super) fn other_geographies(&mut self, residence: &str) {
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
}
