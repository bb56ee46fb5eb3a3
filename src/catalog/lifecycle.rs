//! When models end on Amazon Bedrock, which sets its own dates, and what replaces them: `retired.txt`, and the
//! last column of `models.txt`.

use std::time::{Duration, SystemTime};

use super::model::{self, Form, Resource};
use super::{geography, rows};
use crate::system::time;

/// The day on which the catalog was last held against its sources.
pub const DATE: &str = "2026-11-30";

/// How old the catalog may be before it is said: new models come every few months.
const OLD: Duration = Duration::from_hours(24 * 183);

/// How the life of a model stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// AWS has switched it off, on that day if a source tells it.
    Retired(Option<&'static str>),
    /// AWS will switch it off on that day, in so many days.
    Retiring(&'static str, u64),
}

impl Stage {
    /// In words, behind a model's name: `retired on 2026-10-14`, `retires in 39 days, on 2027-01-08`.
    pub fn words(self) -> String {
        match self {
            Self::Retired(Some(day)) => format!("retired on {day}"),
            Self::Retired(None) => "has been retired".to_owned(),
            Self::Retiring(day, 0) => format!("retires today, on {day}"),
            Self::Retiring(day, 1) => format!("retires tomorrow, on {day}"),
            Self::Retiring(day, days) => format!("retires in {days} days, on {day}"),
        }
    }
}

/// The beginning of a day, `YYYY-MM-DD`.
fn day(text: &str) -> Option<SystemTime> {
    time::moment(&format!("{text}T00:00:00Z"))
}

/// The end of the model that Bedrock calls `id`, without a geography; `None` if none is known.
fn end(id: &str) -> Option<&'static str> {
    retired()
        .find(|(known, ..)| *known == id)
        .map(|(_, _, end)| end)
        .or_else(|| model::by_bedrock_id(id)?.end)
}

fn retired() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    rows(include_str!("retired.txt")).filter_map(|mut row| Some((row.next()?, row.next()?, row.next()?)))
}

/// Bedrock's ID in a model's name of any form, without a geography. An ARN of the account's own holds none.
pub fn bedrock_part(name: &str) -> Option<String> {
    let (plain, _) = model::split_suffix(name);
    match Form::of(plain) {
        Form::Alias => None,
        Form::Anthropic => {
            let old = retired().find(|(_, names, _)| names.split(',').any(|known| known == plain));
            Some(old.map_or_else(|| model::bedrock_id(plain, None), |(id, ..)| id.to_owned()))
        }
        Form::Bedrock { id, .. } => Some(id.to_owned()),
        Form::Arn(arn) => match arn.resource {
            Resource::FoundationModel | Resource::InferenceProfile => {
                let (_, id) = plain.split_once('/')?;
                bedrock_part(id).filter(|id| id.starts_with("anthropic."))
            }
            Resource::ApplicationProfile | Resource::Other => None,
        },
    }
}

/// How the life of a model stands at `now`, by its name in any form; `None` if no end is known.
pub fn stage(name: &str, now: SystemTime) -> Option<Stage> {
    let end = end(&bedrock_part(name)?)?;
    let Some(last) = day(end) else {
        return Some(Stage::Retired(None));
    };
    Some(match last.duration_since(now) {
        Ok(left) => Stage::Retiring(end, left.as_secs().div_ceil(24 * 3600)),
        Err(_) => Stage::Retired(Some(end)),
    })
}

/// What replaces a model, in the form of its name: the newest of the family that has no end yet and that the
/// geography, or the region, has.
pub fn replacement(name: &str, region: Option<&str>, now: SystemTime) -> Option<String> {
    let bedrock = bedrock_part(name)?;
    let family = model::family(&bedrock)?;
    let (plain, suffix) = model::split_suffix(name);
    let inner = match Form::of(plain) {
        Form::Arn(_) => plain.split_once('/').map_or(plain, |(_, id)| id),
        _ => plain,
    };
    let geography = match Form::of(inner) {
        Form::Bedrock { geography, .. } => geography,
        _ => None,
    };
    let fits = |candidate: &model::Model| {
        let has = |geography: &str| candidate.has(geography) == Some(true);
        model::family(candidate.bedrock) == Some(family)
            && stage(candidate.bedrock, now).is_none()
            && match (geography, region) {
                (Some(geography), _) => has(geography),
                (None, Some(region)) => geography::callable_from(region).any(has),
                (None, None) => true,
            }
    };
    let new = model::all().find(fits)?;
    Some(match (Form::of(inner), geography) {
        (Form::Anthropic, _) => format!("{}{suffix}", new.name()),
        (_, Some(geography)) => format!("{geography}.{}{suffix}", new.bedrock),
        (_, None) => format!("{}{suffix}", new.bedrock),
    })
}

/// The catalog's age in words, where it is older than half a year.
pub fn is_old(now: SystemTime) -> bool {
    day(DATE)
        .and_then(|date| now.duration_since(date).ok())
        .is_some_and(|age| age > OLD)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> SystemTime {
        day(text).unwrap() + Duration::from_hours(9)
    }

    #[test]
    fn a_model_retires_whatever_the_form_of_its_name() {
        let now = at("2026-11-30");
        let opus = Some(Stage::Retiring("2027-01-08", 39));
        let sonnet = Some(Stage::Retired(Some("2026-10-14")));
        for (name, stage_now) in [
            ("claude-opus-4-1", opus),
            ("anthropic.claude-opus-4-1-20250805-v1:0", opus),
            ("us.anthropic.claude-opus-4-1-20250805-v1:0[1m]", opus),
            ("us.anthropic.claude-sonnet-4-20250514-v1:0", sonnet),
            ("claude-sonnet-4-0", sonnet),
            ("claude-sonnet-4-20250514", sonnet),
            (
                "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-20250514-v1:0",
                sonnet,
            ),
            (
                "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-20250514-v1:0",
                sonnet,
            ),
            ("claude-3-5-haiku-20241022", Some(Stage::Retired(Some("2026-06-19")))),
            (
                "eu.anthropic.claude-3-5-sonnet-20241022-v2:0",
                Some(Stage::Retired(None)),
            ),
            ("anthropic.claude-v2", Some(Stage::Retired(None))),
            ("claude-opus-5-5", None),
            ("us.anthropic.claude-haiku-4-5-20251001-v1:0", None),
            ("sonnet", None),
            ("arn:aws:bedrock:us-east-1:1:application-inference-profile/abc", None),
            ("claude-of-tomorrow", None),
        ] {
            assert_eq!(stage(name, now), stage_now, "{name}");
        }
        assert_eq!(
            stage("claude-opus-4-1", at("2027-01-09")),
            Some(Stage::Retired(Some("2027-01-08")))
        );
        assert_eq!(
            stage("claude-opus-4-1", at("2027-01-07")).map(Stage::words).as_deref(),
            Some("retires tomorrow, on 2027-01-08")
        );
    }

    #[test]
    fn a_retired_model_is_replaced_by_one_of_its_family_in_the_same_form() {
        let now = at("2026-11-30");
        for (name, region, wanted) in [
            ("claude-opus-4-1", None, Some("claude-opus-5-5")),
            (
                "us.anthropic.claude-opus-4-1-20250805-v1:0[1m]",
                None,
                Some("us.anthropic.claude-opus-5-5[1m]"),
            ),
            ("apac.anthropic.claude-sonnet-4-20250514-v1:0", None, None),
            ("claude-3-5-haiku-20241022", Some("eu-west-1"), Some("claude-haiku-5-5")),
            (
                "anthropic.claude-3-7-sonnet-20250219-v1:0",
                Some("us-east-1"),
                Some("anthropic.claude-sonnet-5-5"),
            ),
            (
                "arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.claude-sonnet-4-20250514-v1:0",
                None,
                Some("eu.anthropic.claude-sonnet-5-5"),
            ),
            ("sonnet", None, None),
        ] {
            assert_eq!(replacement(name, region, now).as_deref(), wanted, "{name}");
        }
    }

    #[test]
    fn every_row_is_whole_and_stands_once() {
        let text = include_str!("retired.txt");
        let rows: Vec<_> = retired().collect();
        assert_eq!(rows.len(), text.lines().filter(|line| !line.starts_with('#')).count());
        for (id, names, end) in rows {
            assert!(
                model::all().all(|model| model.bedrock != id),
                "{id} stands in models.txt too"
            );
            assert!(
                id.starts_with("anthropic.claude-") && names.starts_with("claude-"),
                "{id}"
            );
            assert!(end == "past" || day(end).is_some(), "{id}: {end}");
        }
        for model in model::all() {
            assert!(model.end.is_none_or(|end| day(end).is_some()), "{model:?}");
        }
        assert!(text.contains(DATE) && include_str!("models.txt").contains(DATE));
    }

    #[test]
    fn a_catalog_of_half_a_year_is_old() {
        assert!(!is_old(at("2026-12-01")));
        assert!(!is_old(at("2026-11-01")));
        assert!(is_old(at("2027-06-10")));
    }
}
