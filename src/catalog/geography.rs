//! Geographies: the prefixes of cross-region inference profiles, and the regions that can call them.
//!
//! Source: Amazon Bedrock user guide, "Supported Regions and models for inference profiles", and the
//! region tables of Claude Code 2.1.330; August 2026.

/// A geography and the regions from which its inference profiles can be called.
#[derive(Debug)]
pub struct Geography {
    /// The prefix without its dot.
    pub name: &'static str,
    /// The regions.
    pub regions: &'static [&'static str],
}

/// All geographies but `global`, which every commercial region can call. A region that stands in several
/// belongs first to the earlier: the newer models have a `jp.` or `au.` profile and no `apac.` one.
pub const GEOGRAPHIES: &[Geography] = &[
    Geography {
        name: "us",
        regions: &[
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
            "ca-central-1",
            "ca-west-1",
        ],
    },
    Geography {
        name: "eu",
        regions: &[
            "eu-central-1",
            "eu-central-2",
            "eu-north-1",
            "eu-south-1",
            "eu-south-2",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
        ],
    },
    Geography {
        name: "jp",
        regions: &["ap-northeast-1", "ap-northeast-3"],
    },
    Geography {
        name: "au",
        regions: &["ap-southeast-2", "ap-southeast-4"],
    },
    Geography {
        name: "apac",
        regions: &[
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-south-2",
            "ap-southeast-1",
            "ap-southeast-2",
            "ap-southeast-4",
        ],
    },
    Geography {
        name: "us-gov",
        regions: &["us-gov-west-1", "us-gov-east-1"],
    },
];

/// The geography of a region: the first that it can call, for a region that the table does not know the
/// one that Claude Code derives. The `apac.` profiles are of older models only, so a region that has no
/// other gets `global`.
pub fn of_region(region: &str) -> &'static str {
    let known = GEOGRAPHIES
        .iter()
        .find(|geography| geography.regions.contains(&region))
        .map(|geography| geography.name);
    match known.unwrap_or_else(|| derived_by_client(region)) {
        "apac" => "global",
        name => name,
    }
}

/// The geography that Claude Code 2.1.330 derives from a region when it maps a model itself.
pub fn derived_by_client(region: &str) -> &'static str {
    const PREFIXES: [(&str, &str); 4] = [("us-gov-", "us-gov"), ("us-", "us"), ("eu-", "eu"), ("ap-", "apac")];
    PREFIXES
        .iter()
        .find(|(prefix, _)| region.starts_with(prefix))
        .map_or("global", |(_, name)| name)
}

/// Commercial regions that belong to no geography but `global`.
const OTHERS: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-southeast-3",
    "ap-southeast-5",
    "ap-southeast-7",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
];

/// Every region that is known to have Bedrock.
pub fn regions() -> impl Iterator<Item = &'static str> {
    GEOGRAPHIES
        .iter()
        .flat_map(|geography| geography.regions.iter().copied())
        .chain(OTHERS.iter().copied())
}

/// Whether a region is known to have Bedrock.
pub fn is_known(region: &str) -> bool {
    regions().any(|known| known == region)
}

/// The geographies whose inference profiles can be called from a known region.
pub fn callable_from(region: &str) -> impl Iterator<Item = &'static str> {
    let own = GEOGRAPHIES
        .iter()
        .filter(move |geography| geography.regions.contains(&region))
        .map(|geography| geography.name);
    own.chain((!region.starts_with("us-gov-")).then_some("global"))
}

/// Whether a geography's inference profiles can be called from a known region.
pub fn can_call(region: &str, geography: &str) -> bool {
    callable_from(region).any(|name| name == geography)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_belong_to_the_geography_that_newer_models_have() {
        for (region, name) in [
            ("us-east-1", "us"),
            ("ca-central-1", "us"),
            ("eu-west-1", "eu"),
            ("ap-northeast-1", "jp"),
            ("ap-southeast-2", "au"),
            ("ap-south-1", "global"),
            ("us-gov-west-1", "us-gov"),
            ("sa-east-1", "global"),
            ("eu-future-9", "eu"),
        ] {
            assert_eq!(of_region(region), name, "{region}");
        }
    }
}
