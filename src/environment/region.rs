//! The region, and the geography whose prefix Claude Code puts on models that it maps itself.

use crate::catalog::{geography, model};
use crate::environment::{Endpoint, Environment};
use crate::profile::Profile;

/// The geographies that `ANTHROPIC_BEDROCK_REGION_PREFIX` understands (Claude Code 2.1.330).
const CLIENT_PREFIXES: &[&str] = &["us", "eu", "apac", "jp", "au", "global"];

pub(super) fn add(profile: &Profile, endpoint: Endpoint, environment: &mut Environment) {
    // Both names, because Claude Code reads the second where the first has a wrong shape, and other
    // tools read only the second.
    environment.copy("AWS_REGION", profile, "region");
    environment.copy("AWS_DEFAULT_REGION", profile, "region");
    if !endpoint.has_bedrock() {
        return;
    }
    let Some(geography) = chosen(profile).filter(|geography| CLIENT_PREFIXES.contains(geography)) else {
        return;
    };
    let explicit = profile.settings.get("geography").filter(|_| named(profile).is_some());
    let derived = profile.settings.text("region").map(geography::derived_by_client);
    if explicit.is_some() || derived != Some(geography) {
        let place = explicit
            .or_else(|| profile.settings.get("region"))
            .map(|located| located.place.clone());
        environment.set("ANTHROPIC_BEDROCK_REGION_PREFIX", geography, place);
    }
}

/// The geography that the profile names, which may be `none`.
fn named(profile: &Profile) -> Option<&str> {
    profile.settings.text("geography").filter(|name| *name != "auto")
}

/// Whether models are to have no prefix.
pub(super) fn is_none(profile: &Profile) -> bool {
    named(profile) == Some("none")
}

/// The geography that the profile names, or that the region belongs to.
fn chosen(profile: &Profile) -> Option<&str> {
    match named(profile) {
        None => profile.settings.text("region").map(geography::of_region),
        Some("none") => None,
        name => name,
    }
}

/// The geography that the model `name` gets: the one that the profile names, or the one that the region at
/// `key` can call and the model has.
pub(super) fn of_model<'a>(profile: &'a Profile, key: &str, name: &str) -> Option<&'a str> {
    match named(profile) {
        None => {
            let model = model::by_anthropic_id(model::split_suffix(name).0);
            profile
                .settings
                .text(key)
                .map(|region| geography::of_model(region, model))
        }
        Some("none") => None,
        name => name,
    }
}
