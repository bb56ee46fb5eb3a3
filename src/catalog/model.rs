//! Models: Anthropic's names, Bedrock's names, and how to tell the forms of a model's name apart.
//!
//! Source: the model table of Claude Code 2.1.330, August 2026.

/// Models whose Bedrock ID is not simply `anthropic.` before Anthropic's ID.
const BEDROCK_IDS: &[(&str, &str)] = &[
    ("claude-opus-4-6", "anthropic.claude-opus-4-6-v1"),
    ("claude-opus-4-5", "anthropic.claude-opus-4-5-20251101-v1:0"),
    ("claude-opus-4-5-20251101", "anthropic.claude-opus-4-5-20251101-v1:0"),
    ("claude-opus-4-1", "anthropic.claude-opus-4-1-20250805-v1:0"),
    ("claude-opus-4-1-20250805", "anthropic.claude-opus-4-1-20250805-v1:0"),
    ("claude-sonnet-4-5", "anthropic.claude-sonnet-4-5-20250929-v1:0"),
    (
        "claude-sonnet-4-5-20250929",
        "anthropic.claude-sonnet-4-5-20250929-v1:0",
    ),
    ("claude-haiku-4-5", "anthropic.claude-haiku-4-5-20251001-v1:0"),
    ("claude-haiku-4-5-20251001", "anthropic.claude-haiku-4-5-20251001-v1:0"),
];

/// The models that Claude Code knows on Bedrock, without a geography.
const KNOWN: &[&str] = &[
    "anthropic.claude-opus-5-5",
    "anthropic.claude-opus-5",
    "anthropic.claude-opus-4-8",
    "anthropic.claude-opus-4-7",
    "anthropic.claude-opus-4-6-v1",
    "anthropic.claude-opus-4-5-20251101-v1:0",
    "anthropic.claude-opus-4-1-20250805-v1:0",
    "anthropic.claude-sonnet-5-5",
    "anthropic.claude-sonnet-5",
    "anthropic.claude-sonnet-4-6",
    "anthropic.claude-sonnet-4-5-20250929-v1:0",
    "anthropic.claude-haiku-5-5",
    "anthropic.claude-haiku-4-5-20251001-v1:0",
    "anthropic.claude-fable-5",
    "anthropic.claude-fable-5-1",
    "anthropic.claude-fable-5-2",
    "anthropic.claude-mythos-5",
    // Mantle's name of a model that has a date on Bedrock.
    "anthropic.claude-haiku-4-5",
];

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
    /// The ARN of a model, an inference profile or an application's.
    Arn,
}

impl<'a> Form<'a> {
    /// The form of `name`.
    pub fn of(name: &'a str) -> Self {
        let plain = name.split('[').next().unwrap_or(name);
        if plain.starts_with("arn:") {
            return Self::Arn;
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

/// What the table says of a model's name.
pub fn knowledge(name: &str) -> Knowledge {
    let (id, geography) = match Form::of(name) {
        Form::Alias | Form::Arn => return Knowledge::Plausible,
        Form::Bedrock { geography, id } => (id.to_owned(), geography),
        Form::Anthropic => (bedrock_id(name.split('[').next().unwrap_or(name), None), None),
    };
    if KNOWN.contains(&id.as_str()) {
        return Knowledge::Plausible;
    }
    // A date where there is none is the usual mistake: the longest known ID that it begins with is meant.
    let begins = KNOWN
        .iter()
        .filter(|known| id.starts_with(**known))
        .max_by_key(|known| known.len())
        .copied();
    let Some(near) = begins.or_else(|| crate::diagnostic::nearest(&id, KNOWN.iter().copied())) else {
        return Knowledge::Unknown;
    };
    Knowledge::Near(match (Form::of(name), geography) {
        (Form::Anthropic, _) => near.trim_start_matches("anthropic.").to_owned(),
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
    let (id, suffix) = name.find('[').map_or((name, ""), |at| name.split_at(at));
    let known = BEDROCK_IDS.iter().find(|(anthropic, _)| *anthropic == id);
    let bedrock = known.map_or_else(|| format!("anthropic.{id}"), |(_, bedrock)| (*bedrock).to_owned());
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
    let (id, suffix) = name.find('[').map_or((name, ""), |at| name.split_at(at));
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
        assert_eq!(
            Form::of("arn:aws:bedrock:us-east-1:1:application-inference-profile/anthropic.x"),
            Form::Arn
        );
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
        assert_eq!(knowledge("eu.anthropic.something-else"), Knowledge::Unknown);
    }

    #[test]
    fn mantle_has_neither_geography_nor_date() {
        assert_eq!(mantle_id("claude-haiku-4-5-20251001"), "anthropic.claude-haiku-4-5");
        assert_eq!(mantle_id("claude-opus-5-5[1m]"), "anthropic.claude-opus-5-5[1m]");
        assert_eq!(mantle_id("anthropic.claude-haiku-4-5"), "anthropic.claude-haiku-4-5");
        assert_eq!(mantle_id("sonnet"), "sonnet");
    }
}
