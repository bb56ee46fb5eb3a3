//! The model that answers, what each alias means, and what the picker shows of it.

use crate::catalog::model;
use crate::diagnostic::{Diagnostic, Result};
use crate::environment::{Endpoint, Environment, own, region};
use crate::profile::Profile;
use crate::profile::keys::{MODEL_LABELS, OVERRIDES};
use crate::profile::value::Value;
use crate::variables;

pub(super) fn add(profile: &Profile, endpoint: Endpoint, environment: &mut Environment) -> Result<()> {
    for (key, variable) in variables::MODELS {
        set(profile, endpoint, environment, key, variable);
        for (label, ending) in MODEL_LABELS {
            let path = format!("{key}.{label}");
            let Some(located) = profile.settings.get(&path) else {
                continue;
            };
            if profile.settings.get(key).is_none() {
                let name = key.trim_start_matches("models.");
                return Err(Diagnostic::at(
                    located.place.clone(),
                    format!("`{path}` labels a model that is not set"),
                )
                .help(format!("write: {name} = {{ id = \"…\", {label} = \"…\" }}"))
                .into());
            }
            environment.copy(&format!("{variable}{ending}"), profile, &path);
        }
    }
    if let Some(located) = profile.settings.get("small_fast_region") {
        if profile.settings.get("models.haiku").is_none() {
            return Err(Diagnostic::at(
                located.place.clone(),
                "`small_fast_region` counts only for a pinned background model",
            )
            .help("write too: models.haiku = \"…\"")
            .into());
        }
        environment.copy("ANTHROPIC_SMALL_FAST_MODEL_AWS_REGION", profile, "small_fast_region");
    }
    Ok(())
}

/// The geography that no request of the profile may leave: the one that it names, if that is a part of the world.
pub fn residence(profile: &Profile) -> Option<&str> {
    let named = profile.settings.text("geography")?;
    (!["auto", "none", "global"].contains(&named)).then_some(named)
}

/// The geography of the model that a key names, as it is sent; `None` if it is not known.
pub fn geography_sent(profile: &Profile, key: &str) -> Option<String> {
    let name = spelt(profile, Endpoint::of(profile), key, profile.settings.text(key)?);
    model::geography_in(&name).map(str::to_owned)
}

/// The models that a session may use, as they are sent; `None` if it may use any.
pub fn available(profile: &Profile) -> Option<Vec<String>> {
    let endpoint = Endpoint::of(profile);
    match &profile.settings.get("models.available")?.value {
        Value::List(names) => Some(
            names
                .iter()
                .map(|name| spelt(profile, endpoint, "models.available", name))
                .collect(),
        ),
        _ => None,
    }
}

fn set(profile: &Profile, endpoint: Endpoint, environment: &mut Environment, key: &str, variable: &str) {
    let (Some(name), Some(located)) = (profile.settings.text(key), profile.settings.get(key)) else {
        return;
    };
    environment.set(
        variable,
        spelt(profile, endpoint, key, name),
        Some(located.place.clone()),
    );
}

/// A model's name as the endpoint that is called for it wants it.
fn spelt(profile: &Profile, endpoint: Endpoint, key: &str, name: &str) -> String {
    if !endpoint.has_bedrock() {
        return model::mantle_id(name);
    }
    if let Some(arn) = own::arn(profile, name) {
        return arn;
    }
    // An override acts on Anthropic's ID, and on no other spelling of it.
    let (id, _) = model::split_suffix(name);
    if profile
        .settings
        .below(OVERRIDES)
        .any(|(overridden, _)| overridden == id)
    {
        return name.to_owned();
    }
    // The background model is called in its own region, from which another geography may be called.
    let own_region = key == "models.haiku" && profile.settings.get("small_fast_region").is_some();
    let region = if own_region { "small_fast_region" } else { "region" };
    match region::of_model(profile, region, name) {
        Some(geography) => model::bedrock_id(name, Some(geography)),
        // Claude Code, which finds a region elsewhere, maps the name itself; without a prefix it would fail.
        None if !region::is_none(profile) => name.to_owned(),
        // With both endpoints an ID without a prefix goes to Mantle.
        None if endpoint.has_mantle() => model::mantle_id(name),
        None => model::bedrock_id(name, None),
    }
}
