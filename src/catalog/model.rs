//! Models: Anthropic's names, Bedrock's names, and how to tell the forms of a model's name apart.
//!
//! The models are in `models.txt`.

use super::rows;

/// A model that Claude Code knows on Bedrock.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// Bedrock's ID, without a geography.
    pub bedrock: &'static str,
    /// Anthropic's IDs, the one without a date first.
    anthropic: &'static str,
    /// The geographies of its inference profiles.
    geographies: &'static str,
    /// Whether Mantle has it.
    pub is_on_mantle: bool,
    /// Its last day on Bedrock, `YYYY-MM-DD`, where AWS has announced one.
    pub end: Option<&'static str>,
}

impl Model {
    /// Whether it has an inference profile of that geography; `None` if no source tells.
    pub fn has(self, geography: &str) -> Option<bool> {
        (self.geographies != "?").then(|| self.geographies().any(|name| name == geography))
    }

    /// The geographies of its inference profiles, as far as they are known.
    pub fn geographies(self) -> impl Iterator<Item = &'static str> {
        self.geographies.split(',').filter(|name| *name != "?")
    }

    /// Mantle's ID, which has no date.
    pub fn mantle(self) -> String {
        format!("anthropic.{}", self.name())
    }

    /// Anthropic's ID without a date.
    pub fn name(self) -> &'static str {
        self.anthropic.split(',').next().unwrap_or_default()
    }
}

/// All of them, the newest of each family first.
pub fn all() -> impl Iterator<Item = Model> {
    rows(include_str!("models.txt")).filter_map(|mut row| {
        Some(Model {
            bedrock: row.next()?,
            anthropic: row.next()?,
            geographies: row.next()?,
            is_on_mantle: row.next()? == "mantle",
            end: row.next().filter(|end| *end != "-"),
        })
    })
}

/// The model that Anthropic calls `id`, without `[1m]`.
pub fn by_anthropic_id(id: &str) -> Option<Model> {
    // Most names that profiles hold are aliases, which are not worth a search.
    if !id.starts_with("claude-") {
        return None;
    }
    all().find(|model| model.anthropic.split(',').any(|known| known == id))
}

/// The model that Bedrock or Mantle calls `id`, without a geography and `[1m]`.
pub fn by_bedrock_id(id: &str) -> Option<Model> {
    all().find(|model| model.bedrock == id || (model.is_on_mantle && model.mantle() == id))
}

/// The family of a model, by any form of its name but an ARN of the account's own: `opus`, `sonnet` and so on.
pub fn family(name: &str) -> Option<&str> {
    let (_, rest) = name.split_once("claude-")?;
    rest.split('-')
        .find(|part| part.bytes().all(|byte| byte.is_ascii_lowercase()))
}

/// The geography that a name says, an ID's or that of an inference profile of AWS's own; `None` if it says none.
pub fn geography_in(name: &str) -> Option<&str> {
    let id = name
        .strip_prefix("arn:")
        .map_or(Some(name), |arn| Some(arn.split_once(":inference-profile/")?.1))?;
    match Form::of(id) {
        Form::Bedrock { geography, .. } => geography,
        _ => None,
    }
}

/// `name` without the suffix `[1m]`, and the suffix.
pub fn split_suffix(name: &str) -> (&str, &str) {
    name.find('[').map_or((name, ""), |at| name.split_at(at))
}

/// The forms of a model's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form<'a> {
    /// `opus`, `sonnet[1m]`, …: whatever Claude Code makes of it.
    Alias,
    /// `claude-…`, as Anthropic calls it.
    Anthropic,
    /// `anthropic.…`, with or without a geography before it.
    Bedrock {
        /// The geography.
        geography: Option<&'a str>,
        /// The rest, from `anthropic.` on, without `[1m]`.
        id: &'a str,
    },
    /// An ARN.
    Arn(Arn<'a>),
}

/// What an ARN names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A model in one region.
    FoundationModel,
    /// An inference profile of AWS's: a geography.
    InferenceProfile,
    /// An inference profile of the account's own.
    ApplicationProfile,
    /// Anything else: provisioned throughput, a prompt router, or what has been added since.
    Other,
}

/// The parts of an ARN, `arn:PARTITION:bedrock:REGION:ACCOUNT:RESOURCE`. Empty where there are fewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-us-gov` or `aws-cn`.
    pub partition: &'a str,
    /// `bedrock`, or another service whose ARN is no model's.
    pub service: &'a str,
    /// The region that it can be called in.
    pub region: &'a str,
    /// The account; empty for AWS's own.
    pub account: &'a str,
    /// What it names.
    pub resource: Resource,
}

impl<'a> Arn<'a> {
    fn of(text: &'a str) -> Self {
        let mut parts = text.splitn(6, ':').skip(1);
        let mut next = || parts.next().unwrap_or_default();
        let (partition, service, region, account) = (next(), next(), next(), next());
        let resource = match next().split_once('/') {
            Some(("foundation-model", _)) => Resource::FoundationModel,
            Some(("inference-profile", _)) => Resource::InferenceProfile,
            Some(("application-inference-profile", _)) => Resource::ApplicationProfile,
            _ => Resource::Other,
        };
        Self {
            partition,
            service,
            region,
            account,
            resource,
        }
    }
}

impl<'a> Form<'a> {
    /// The form of `name`.
    pub fn of(name: &'a str) -> Self {
        let (plain, _) = split_suffix(name);
        if plain.starts_with("arn:") {
            return Self::Arn(Arn::of(plain));
        }
        if plain.starts_with("claude-") {
            return Self::Anthropic;
        }
        if plain.starts_with("anthropic.") {
            return Self::Bedrock {
                geography: None,
                id: plain,
            };
        }
        match plain.split_once('.') {
            Some((geography, id)) if id.starts_with("anthropic.") => Self::Bedrock {
                geography: Some(geography),
                id,
            },
            _ => Self::Alias,
        }
    }
}

/// Whether a model's name can be right, as far as the table goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Knowledge {
    /// It is in the table, or of a form about which the table says nothing: an alias or an ARN.
    Plausible,
    /// It is not, and this is near to it, written in the same form.
    Near(String),
    /// It is not, and nothing is near.
    Unknown,
}

/// The version in a model's name, as one number: 406 for `claude-opus-4-6-v1` and for `Opus 4.6`; no date is one.
fn version(name: &str) -> Option<i32> {
    let name = name.split(['@', '[']).next().unwrap_or(name);
    let name = name.find("-v").map_or(name, |at| &name[..at]);
    let mut parts = name
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty());
    let number = |part: &str| (part.len() <= 2).then(|| part.parse().ok()).flatten();
    let major: i32 = parts.next().and_then(number)?;
    Some(major * 100 + parts.next().and_then(number).unwrap_or(0))
}

/// The model that a name means by its family and its version: that one, else the nearest version, the newest where none
/// is named; `None` if no family is named. Another family is another model at another price, however near its spelling
/// is.
fn meant(name: &str) -> Option<Model> {
    let name = name.to_lowercase();
    let lasting = || all().filter(|model| model.end.is_none());
    let family_of = |model: &Model| family(model.bedrock).filter(|family| name.contains(family));
    let wanted = version(&name);
    lasting()
        .filter(|model| family_of(model).is_some())
        .min_by_key(|model| match (wanted, version(model.name())) {
            (Some(wanted), Some(own)) => (wanted - own).abs(),
            _ => 0,
        })
}

/// The model that somebody means who writes it as people say it: `Claude Sonnet 4.6`, `opus4.8`. A family alone is an alias.
fn said(name: &str) -> Option<Model> {
    let letters: String = name
        .chars()
        .filter(char::is_ascii_alphabetic)
        .collect::<String>()
        .to_lowercase();
    let family = letters.strip_prefix("anthropic").unwrap_or(&letters);
    let family = family.strip_prefix("claude").unwrap_or(family);
    let plain = split_suffix(name).0;
    let is_alias = !plain.contains(|c: char| c.is_ascii_digit() || c == ' ');
    meant(name).filter(|model| !is_alias && self::family(model.bedrock) == Some(family))
}

/// What the table says of a model's name.
pub fn knowledge(name: &str) -> Knowledge {
    let (id, geography) = match Form::of(name) {
        Form::Alias => {
            return said(name).map_or(Knowledge::Plausible, |model| Knowledge::Near(model.name().to_owned()));
        }
        Form::Arn(_) => return Knowledge::Plausible,
        Form::Bedrock { geography, id } => (id.to_owned(), geography),
        Form::Anthropic => (bedrock_id(split_suffix(name).0, None), None),
    };
    if by_bedrock_id(&id).is_some() {
        return Knowledge::Plausible;
    }
    let lasting = || all().filter(|model| model.end.is_none());
    // A name is compared with names of its own form: Bedrock's may end in a correct date.
    let nearest = || match Form::of(name) {
        Form::Anthropic => {
            let names = lasting().flat_map(|model| model.anthropic.split(','));
            let near = crate::system::text::nearest(split_suffix(name).0, names)?;
            by_anthropic_id(near).map(|model| model.bedrock)
        }
        _ => crate::system::text::nearest(&id, lasting().map(|model| model.bedrock)),
    };
    let Some(near) = meant(&id).map(|model| model.bedrock).or_else(nearest) else {
        return Knowledge::Unknown;
    };
    // Only a profile that exists: the geography of the name, else one that the model has.
    let geography = geography.map(|geography| match by_bedrock_id(near) {
        Some(model) if model.has(geography) == Some(false) => model
            .geographies()
            .find(|other| *other == "global")
            .or_else(|| model.geographies().next())
            .unwrap_or(geography),
        _ => geography,
    });
    Knowledge::Near(match (Form::of(name), geography) {
        (Form::Anthropic, _) => by_bedrock_id(near).map_or_else(String::new, |model| model.name().to_owned()),
        (_, Some(geography)) => format!("{geography}.{near}"),
        (_, None) => near.to_owned(),
    })
}

/// What Claude Code is to be told for `name`. An Anthropic ID gets Bedrock's spelling and the prefix of
/// the geography; an alias, a Bedrock ID and an ARN go through as they are. The suffix `[1m]`, which asks
/// for the large context window, stays.
pub fn bedrock_id(name: &str, geography: Option<&str>) -> String {
    if !name.starts_with("claude-") {
        return name.to_owned();
    }
    let (id, suffix) = split_suffix(name);
    let bedrock = by_anthropic_id(id).map_or_else(|| format!("anthropic.{id}"), |model| model.bedrock.to_owned());
    match geography {
        Some(geography) => format!("{geography}.{bedrock}{suffix}"),
        None => format!("{bedrock}{suffix}"),
    }
}

/// What Claude Code is to be told for `name` where only Mantle is called: its IDs have neither a geography
/// nor a date.
pub fn mantle_id(name: &str) -> String {
    if !name.starts_with("claude-") {
        return name.to_owned();
    }
    let (id, suffix) = split_suffix(name);
    let undated = id
        .rsplit_once('-')
        .filter(|(_, last)| last.len() == 8 && last.bytes().all(|byte| byte.is_ascii_digit()));
    format!("anthropic.{}{suffix}", undated.map_or(id, |(start, _)| start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_anthropic_ids_are_rewritten() {
        for (name, id) in [
            ("sonnet", "sonnet"),
            ("opus[1m]", "opus[1m]"),
            ("claude-sonnet-4-6", "eu.anthropic.claude-sonnet-4-6"),
            ("claude-sonnet-4-6[1m]", "eu.anthropic.claude-sonnet-4-6[1m]"),
            ("claude-opus-4-6", "eu.anthropic.claude-opus-4-6-v1"),
            ("claude-haiku-4-5", "eu.anthropic.claude-haiku-4-5-20251001-v1:0"),
            ("us.anthropic.claude-sonnet-4-6", "us.anthropic.claude-sonnet-4-6"),
            ("anthropic.claude-sonnet-4-6", "anthropic.claude-sonnet-4-6"),
            (
                "arn:aws:bedrock:eu-west-1:1:inference-profile/x",
                "arn:aws:bedrock:eu-west-1:1:inference-profile/x",
            ),
        ] {
            assert_eq!(bedrock_id(name, Some("eu")), id);
        }
        assert_eq!(bedrock_id("claude-sonnet-4-6", None), "anthropic.claude-sonnet-4-6");
    }

    #[test]
    fn the_forms_of_a_name_are_told_apart() {
        assert_eq!(Form::of("opus[1m]"), Form::Alias);
        assert_eq!(Form::of("claude-opus-5"), Form::Anthropic);
        assert_eq!(
            Form::of("us-gov.anthropic.x[1m]"),
            Form::Bedrock {
                geography: Some("us-gov"),
                id: "anthropic.x"
            }
        );
        assert_eq!(
            Form::of("anthropic.x"),
            Form::Bedrock {
                geography: None,
                id: "anthropic.x"
            }
        );
        for (text, parts, resource) in [
            (
                "arn:aws:bedrock:us-east-1:1:application-inference-profile/anthropic.x[1m]",
                ["aws", "bedrock", "us-east-1", "1"],
                Resource::ApplicationProfile,
            ),
            (
                "arn:aws-us-gov:bedrock:us-gov-west-1:1:inference-profile/us-gov.anthropic.claude-opus-5",
                ["aws-us-gov", "bedrock", "us-gov-west-1", "1"],
                Resource::InferenceProfile,
            ),
            (
                "arn:aws-cn:bedrock:cn-north-1::foundation-model/anthropic.claude-opus-4-5-20251101-v1:0",
                ["aws-cn", "bedrock", "cn-north-1", ""],
                Resource::FoundationModel,
            ),
            (
                "arn:aws:bedrock:eu-west-1:1:provisioned-model/abc",
                ["aws", "bedrock", "eu-west-1", "1"],
                Resource::Other,
            ),
            ("arn:", ["", "", "", ""], Resource::Other),
        ] {
            let [partition, service, region, account] = parts;
            let arn = Arn {
                partition,
                service,
                region,
                account,
                resource,
            };
            assert_eq!(Form::of(text), Form::Arn(arn));
        }
    }

    #[test]
    fn what_is_suggested_exists_and_is_of_the_same_family() {
        for family_name in ["opus", "sonnet", "haiku", "fable"] {
            for version in ["9", "9-9", "4-9", "3-7", "5-x", "4-6-20251001", "x"] {
                for geography in ["us.", "eu.", "jp.", "au.", "apac.", "us-gov.", "global.", ""] {
                    let name = format!("{geography}anthropic.claude-{family_name}-{version}-v1:0");
                    let Knowledge::Near(near) = knowledge(&name) else {
                        continue;
                    };
                    assert_eq!(family(&near), Some(family_name), "{name} -> {near}");
                    let Form::Bedrock { geography, id } = Form::of(&near) else {
                        panic!("{near}")
                    };
                    let model = by_bedrock_id(id).unwrap_or_else(|| panic!("{near}"));
                    assert!(geography.is_none_or(|name| model.has(name) != Some(false)), "{near}");
                }
            }
        }
    }

    #[test]
    fn an_unknown_model_gets_the_nearest_known_one() {
        for name in [
            "sonnet",
            "claude-sonnet-4-6",
            "us.anthropic.claude-sonnet-4-6[1m]",
            "anthropic.claude-haiku-4-5",
            "arn:aws:bedrock:x",
        ] {
            assert_eq!(knowledge(name), Knowledge::Plausible, "{name}");
        }
        let near = |name: &str| Knowledge::Near(name.to_owned());
        assert_eq!(
            knowledge("us.anthropic.claude-sonnet-4-6-20251001-v1:0"),
            near("us.anthropic.claude-sonnet-4-6")
        );
        assert_eq!(knowledge("claude-sonet-4-6"), near("claude-sonnet-4-6"));
        assert_eq!(knowledge("claude-haku-4-5"), near("claude-haiku-4-5"));
        assert_eq!(knowledge("eu.anthropic.something-else"), Knowledge::Unknown);
        // By family and version, and not by spelling.
        for (name, wanted) in [
            ("us.anthropic.claude-opus-4-6", "us.anthropic.claude-opus-4-6-v1"),
            ("us.anthropic.claude-opus-5-6", "us.anthropic.claude-opus-5-5"),
            ("us.anthropic.claude-opus-4-8-v1:0", "us.anthropic.claude-opus-4-8"),
            ("us.anthropic.claude-haiku-6", "us.anthropic.claude-haiku-5-5"),
            (
                "us.anthropic.claude-sonnet-4-7-20260101-v1:0",
                "us.anthropic.claude-sonnet-4-6",
            ),
            ("claude-sonnet-latest", "claude-sonnet-5-5"),
            ("claude-opus-4-6-20260101", "claude-opus-4-6"),
            ("Claude Sonnet 4.6", "claude-sonnet-4-6"),
            ("opus4.8", "claude-opus-4-8"),
            ("sonnet-4-6", "claude-sonnet-4-6"),
            ("Anthropic Claude Haiku 4.5", "claude-haiku-4-5"),
        ] {
            assert_eq!(knowledge(name), near(wanted), "{name}");
        }
        for name in [
            "Sonnet",
            "OPUS",
            "opus[1m]",
            "opusplan",
            "default",
            "inherit",
            "gpt-4o",
            "prod-sonnet-4-6",
            "us.amazon.nova-pro-v1:0",
        ] {
            assert_eq!(knowledge(name), Knowledge::Plausible, "{name}");
        }
    }

    #[test]
    fn the_family_is_found_in_old_and_new_names() {
        for (name, wanted) in [
            ("us.anthropic.claude-haiku-4-5-20251001-v1:0", Some("haiku")),
            ("anthropic.claude-3-5-sonnet-20240620-v1:0", Some("sonnet")),
            ("claude-opus-5-5", Some("opus")),
            ("us.amazon.nova-pro-v1:0", None),
        ] {
            assert_eq!(family(name), wanted, "{name}");
        }
    }

    #[test]
    fn every_row_of_the_models_is_whole() {
        let text = include_str!("models.txt");
        assert_eq!(
            all().count(),
            text.lines().filter(|line| !line.starts_with('#')).count()
        );
        let mut names = std::collections::BTreeSet::new();
        for model in all() {
            let known = ["us", "eu", "jp", "au", "apac", "us-gov", "global"];
            assert!(model.geographies().all(|name| known.contains(&name)), "{model:?}");
            for name in model.anthropic.split(',').chain([model.bedrock]) {
                assert!(names.insert(name), "{name} stands twice");
            }
            assert!(model.bedrock.starts_with("anthropic.claude-"), "{model:?}");
        }
    }

    #[test]
    fn mantle_has_neither_geography_nor_date() {
        assert_eq!(mantle_id("claude-haiku-4-5-20251001"), "anthropic.claude-haiku-4-5");
        assert_eq!(mantle_id("claude-opus-5-5[1m]"), "anthropic.claude-opus-5-5[1m]");
        assert_eq!(mantle_id("anthropic.claude-haiku-4-5"), "anthropic.claude-haiku-4-5");
        assert_eq!(mantle_id("sonnet"), "sonnet");
    }
}
