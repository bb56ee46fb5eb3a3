//! Geographies: the prefixes of cross-region inference profiles, and the regions that can call them.

use super::model::Model;
use super::rows;

/// A region that is known to have Bedrock.
#[derive(Clone, Copy, Debug)]
struct Region {
    name: &'static str,
    /// The geographies that it can call, the preferred first.
    geographies: &'static str,
}

fn all() -> impl Iterator<Item = Region> {
    rows(include_str!("regions.txt")).filter_map(|mut row| {
        Some(Region {
            name: row.next()?,
            geographies: row.next()?,
        })
    })
}

/// The geography of models in a region, where nothing is known of the model: the first that the region can
/// call, for an unknown region the one that Claude Code derives. The `apac.` profiles are of older models
/// only, so a region that has no other gets `global`.
pub fn of_region(region: &str) -> &'static str {
    let known = callable_from(region).find(|name| *name != "apac");
    match known.unwrap_or_else(|| derived_by_client(region)) {
        "apac" => "global",
        name => name,
    }
}

/// The geography of one model in a region: the first that the region can call and the model has.
pub fn of_model(region: &str, model: Option<Model>) -> &'static str {
    model
        .and_then(|model| callable_from(region).find(|geography| model.has(geography) == Some(true)))
        .unwrap_or_else(|| of_region(region))
}

/// The geography that Claude Code 2.1.330 derives from a region when it maps a model itself.
pub fn derived_by_client(region: &str) -> &'static str {
    const PREFIXES: [(&str, &str); 4] = [("us-gov-", "us-gov"), ("us-", "us"), ("eu-", "eu"), ("ap-", "apac")];
    PREFIXES
        .iter()
        .find(|(prefix, _)| region.starts_with(prefix))
        .map_or("global", |(_, name)| name)
}

/// Every region that is known to have Bedrock.
pub fn regions() -> impl Iterator<Item = &'static str> {
    all().map(|region| region.name)
}

/// Whether a region is known to have Bedrock.
pub fn is_known(region: &str) -> bool {
    regions().any(|known| known == region)
}

/// The geographies whose inference profiles can be called from a region, the preferred first; none where
/// the region is not known.
pub fn callable_from(region: &str) -> impl Iterator<Item = &'static str> {
    all()
        .find(|known| known.name == region)
        .into_iter()
        .flat_map(|known| known.geographies.split(','))
}

/// Whether a geography's inference profiles can be called from a known region.
pub fn can_call(region: &str, geography: &str) -> bool {
    callable_from(region).any(|name| name == geography)
}

/// The regions that a geography's inference profiles route to, `-` for no region; none where it is unknown.
pub fn destinations(geography: &str) -> impl Iterator<Item = &'static str> {
    rows(include_str!("destinations.txt"))
        .filter_map(|mut row| Some((row.next()?, row.next()?)))
        .find(|(name, _)| *name == geography)
        .into_iter()
        .flat_map(|(_, regions)| regions.split(','))
}

/// The partition of a region, as ARNs begin with it.
pub fn partition_of(region: &str) -> &'static str {
    if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else if region.starts_with("cn-") {
        "aws-cn"
    } else {
        "aws"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::model;

    #[test]
    fn regions_belong_to_the_geography_that_newer_models_have() {
        for (region, name) in [
            ("us-east-1", "us"),
            ("ca-central-1", "us"),
            ("eu-west-1", "eu"),
            ("ap-northeast-1", "jp"),
            ("ap-southeast-2", "au"),
            ("ap-southeast-6", "au"),
            ("ap-south-1", "global"),
            ("ap-southeast-7", "global"),
            ("us-gov-west-1", "us-gov"),
            ("sa-east-1", "global"),
            ("cn-north-1", "global"),
            ("eu-future-9", "eu"),
        ] {
            assert_eq!(of_region(region), name, "{region}");
        }
    }

    #[test]
    fn a_model_gets_a_geography_that_it_and_the_region_have() {
        for (region, id, name) in [
            ("ap-northeast-1", "claude-opus-5-5", "jp"),
            ("ap-northeast-1", "claude-fable-5-1", "global"),
            ("ap-northeast-1", "claude-sonnet-4-0", "apac"),
            ("ap-south-1", "claude-sonnet-4-20250514", "apac"),
            ("ap-south-1", "claude-sonnet-4-6", "global"),
            ("ap-southeast-2", "claude-opus-4-6", "au"),
            ("ap-southeast-2", "claude-opus-4-5", "global"),
            ("ap-southeast-6", "claude-sonnet-4-6", "au"),
            ("ap-southeast-6", "claude-opus-4-5", "global"),
            ("ap-southeast-7", "claude-sonnet-4-0", "apac"),
            ("us-east-1", "claude-mythos-5", "us"),
            // None is known: the region's own, about which `lint` warns.
            ("eu-west-1", "claude-mythos-5", "eu"),
            ("us-gov-west-1", "claude-haiku-4-5", "us-gov"),
            // No source tells.
            ("eu-west-1", "claude-fable-5-2", "eu"),
            ("eu-west-1", "claude-of-tomorrow", "eu"),
            ("eu-future-9", "claude-opus-5-5", "eu"),
        ] {
            assert_eq!(of_model(region, model::by_anthropic_id(id)), name, "{region} {id}");
        }
    }

    #[test]
    fn every_geography_has_destinations_that_are_regions() {
        for region in all() {
            for geography in region.geographies.split(',') {
                assert!(destinations(geography).next().is_some(), "{geography}");
                assert!(destinations(geography).all(|name| name == "-" || is_known(name)));
            }
        }
    }

    #[test]
    fn every_row_of_the_regions_is_whole() {
        let text = include_str!("regions.txt");
        assert_eq!(
            all().count(),
            text.lines().filter(|line| !line.starts_with('#')).count()
        );
        for region in all() {
            let known = ["us", "eu", "jp", "au", "apac", "us-gov", "global"];
            assert!(
                region.geographies.split(',').all(|name| known.contains(&name)),
                "{region:?}"
            );
            assert_eq!(
                region.geographies.ends_with("global"),
                !region.name.starts_with("us-gov-"),
                "{region:?}"
            );
        }
    }
}
