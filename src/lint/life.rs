//! Findings about models: how long they live, how their names were copied, what the account was seen to have.

use std::time::SystemTime;

use super::{Findings, callable, names};
use crate::catalog::geography;
use crate::catalog::lifecycle::{self, Stage};
use crate::catalog::model::{self, Arn, Form, Resource};
use crate::environment::Endpoint;
use crate::profile::Profile;
use crate::profile::value::Value;
use crate::variables;

impl Findings<'_> {
    /// Values that were copied with a placeholder in them.
    pub(super) fn placeholders(&mut self) {
        let profile = self.profile;
        for (path, located) in profile.settings.iter() {
            let Value::Text(text) = &located.value else { continue };
            let matters = ["region", "base_url", "small_fast_region", "guardrail.id"].contains(&path)
                || path.starts_with("models.")
                || path.starts_with("auth.");
            if let Some(part) = names::placeholder(text).filter(|_| matters) {
                let message = format!("`{part}` is a placeholder: `{path}` was copied without its value");
                self.fault("CB041", path, message, "put your own value there".to_owned());
            }
        }
    }

    /// Whether a model's end is known, which is then said.
    pub(super) fn lifecycle(&mut self, key: &str, name: &str, region: &str) -> bool {
        let Some(stage) = lifecycle::stage(name, self.now) else {
            return false;
        };
        let help = match lifecycle::replacement(name, self.text(region), self.now) {
            Some(new) => format!("replace it by: {new}"),
            None => "see what the account has: claude-bedrock models --update".to_owned(),
        };
        let message = format!("`{name}` {} (Bedrock's own dates)", stage.words());
        match stage {
            Stage::Retired(_) => self.fault("CB040", key, message, help),
            Stage::Retiring(..) => self.warn("CB040", key, message, help),
        }
        true
    }

    /// The model inside an ARN of AWS's own.
    pub(super) fn inside_arn(&mut self, key: &str, name: &str, arn: Arn<'_>) {
        if arn.resource != Resource::InferenceProfile {
            return;
        }
        let (plain, _) = model::split_suffix(name);
        let Some((_, inner)) = plain.split_once('/') else {
            return;
        };
        if let Form::Bedrock {
            geography: Some(geography),
            ..
        } = Form::of(inner)
            && geography::is_known(arn.region)
            && !geography::can_call(arn.region, geography)
        {
            let message = format!("`{geography}.` cannot be called from {}, the ARN's region", arn.region);
            self.warn("CB005", key, message, format!("from there: {}", callable(arn.region)));
        }
        if lifecycle::stage(inner, self.now).is_none() {
            self.knowledge(key, inner);
        }
    }

    /// A model that the account was asked for, and had not.
    pub(super) fn not_seen(&mut self, key: &str, name: &str, region: &str) {
        let (plain, _) = model::split_suffix(name);
        let id = match Form::of(plain) {
            Form::Anthropic if Endpoint::of(self.profile) == Endpoint::Mantle => return,
            Form::Anthropic => {
                let known = model::by_anthropic_id(plain);
                let named = self.named_geography();
                let Some(geography) = named.or_else(|| Some(geography::of_model(self.text(region)?, known))) else {
                    return;
                };
                model::bedrock_id(plain, Some(geography))
            }
            Form::Alias | Form::Bedrock { geography: None, .. } => return,
            Form::Bedrock { .. } | Form::Arn(_) => plain.to_owned(),
        };
        // The background model's own region was not asked.
        if region != "region" {
            return;
        }
        let Some(seen) = self.seen.as_ref().filter(|seen| !seen.ids.contains(&id)) else {
            return;
        };
        let account = seen
            .account
            .as_ref()
            .map(|account| format!(" {account}"))
            .unwrap_or_default();
        let message = format!("the account{account} did not have `{id}` on {}", seen.day);
        let help = "what it has now: claude-bedrock models --update".to_owned();
        self.warn("CB043", key, message, help);
    }
}

/// The ends of a profile's models that are known, for `list`: the model, and how its life stands.
pub fn ends(profile: &Profile) -> Vec<(String, Stage)> {
    let now = SystemTime::now();
    let of_key = |&(key, _): &(&str, &str)| {
        let name = profile.settings.text(key)?;
        Some((name.to_owned(), lifecycle::stage(name, now)?))
    };
    variables::MODELS.iter().filter_map(of_key).collect()
}
