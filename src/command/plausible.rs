//! Mistyped values, caught when they are written: a region or a model that does not exist, but resembles one that does.
//! A value that resembles nothing in this program's tables is accepted: `lint` reports it.

use crate::aws::listing;
use crate::catalog::geography;
use crate::catalog::model::{self, Form, Knowledge};
use crate::diagnostic::{Diagnostic, Result};
use crate::profile::keys::{ALIASES, KEYS, Kind, OTHER_ALIASES};
use crate::system::text::{nearest, offered, visible};
use crate::{console, context, load};

/// Refuses a value that can only be a mistake.
pub fn check(path: &str, value: &str) -> Result<()> {
    match path {
        "region" | "small_fast_region" => region(path, value),
        _ if is_model(path) => model(path, value),
        _ => Ok(()),
    }
}

/// The ARN that a value stands for which is the name of one of the account's own inference profiles, by what the account
/// of `profile`, or of the one that is active here, was seen to have; it is said. A profile holds the ARN: names can be
/// given again.
pub fn of_own_profile(profile: Option<&str>, path: &str, value: &str) -> Option<String> {
    if !is_model(path) || ALIASES.contains(&value) || OTHER_ALIASES.contains(&value) || value.starts_with("arn:") {
        return None;
    }
    let profile = match profile {
        Some(name) => load::summaries().ok()?.remove(name)?.ok()?,
        None => context::active_of(None).ok()?.1.profile,
    };
    let listing = listing::of_profile(&profile)?;
    let found = listing.named(value)?;
    console::say(&format!(
        "claude-bedrock: `{}` is the application inference profile {} (seen on {})",
        visible(value),
        visible(&found.arn),
        listing.day()
    ));
    Some(found.arn.clone())
}

fn is_model(path: &str) -> bool {
    let is_of_kind = |kind: Kind| matches!(kind, Kind::Model | Kind::Models);
    path.starts_with("models.")
        && KEYS
            .iter()
            .any(|key| key.path == path && (is_of_kind(key.kind) || key.path != "description"))
}

fn region(path: &str, value: &str) -> Result<()> {
    let region = value.to_ascii_lowercase();
    if geography::is_known(&region) {
        return Ok(());
    }
    let letters = |name: &str| name.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    // Another number is a region that AWS has opened since; other letters are a mistake.
    let is_new = geography::regions().any(|known| letters(known) == letters(&region) && region != letters(&region));
    let distance = |known: &str| strsim::damerau_levenshtein(&region, known);
    let nearest = geography::regions().map(distance).min().unwrap_or(usize::MAX);
    let part = |name: &str| name.split('-').next().unwrap_or_default().to_owned();
    let is_known_part = geography::regions().any(|known| part(known) == part(&region));
    let is_near = nearest <= if is_known_part { 2 } else { 1 };
    let has_shape = crate::aws_files::has_region_shape(&region) && region.ends_with(|c: char| c.is_ascii_digit());
    if is_new || (!is_near && has_shape) {
        return Ok(());
    }
    Err(
        Diagnostic::error(format!("there is no region `{value}`; nothing was written"))
            .did_you_mean(&region, geography::regions())
            .help(format!("`{path}` is a region of AWS, such as eu-west-1"))
            .into(),
    )
}

fn model(path: &str, value: &str) -> Result<()> {
    value
        .split(',')
        .map(str::trim)
        .try_for_each(|name| one_model(path, name))
}

fn one_model(path: &str, value: &str) -> Result<()> {
    let (plain, _) = model::split_suffix(value);
    let refused = |near: Option<String>| {
        let finding = Diagnostic::error(format!("there is no model `{value}`; nothing was written"));
        let finding = match near {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding,
        };
        finding.help(format!(
            "`{path}` takes an alias ({}), an ID such as claude-sonnet-4-6, an ARN, or the name of an application inference profile; what the account has: claude-bedrock models",
            ALIASES.join(", ")
        ))
    };
    match Form::of(value) {
        Form::Alias => {
            let aliases = || ALIASES.iter().chain(OTHER_ALIASES).copied();
            if aliases().any(|alias| alias == plain) {
                return Ok(());
            }
            // Another provider's, a prompt router or a name that a gateway has made: not ours to judge.
            if plain.contains(['.', ':', '/']) {
                return Ok(());
            }
            let is_pin = ALIASES.iter().any(|alias| path == format!("models.{alias}"));
            let pinned = is_pin.then(|| model_for(plain)).flatten();
            let near = pinned.or_else(|| offered(plain, aliases()).first().map(|name| (*name).to_owned()));
            Err(refused(near.or_else(|| model_for(plain))).into())
        }
        Form::Arn(_) => Ok(()),
        Form::Anthropic | Form::Bedrock { .. } => {
            // What an account was seen to have is right, whatever the table says.
            if seen().any(|id| id == plain || id.ends_with(&format!(".{plain}"))) {
                return Ok(());
            }
            match model::knowledge(value) {
                Knowledge::Near(near) => Err(refused(Some(near)).into()),
                Knowledge::Plausible | Knowledge::Unknown => Ok(()),
            }
        }
    }
}

/// The model that a word without the usual form means, such as `opus5` or `sonnet-4.6`: the family, and the version
/// that begins with its digits.
fn model_for(word: &str) -> Option<String> {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let letters = |text: &str| {
        text.chars()
            .filter(char::is_ascii_alphabetic)
            .collect::<String>()
            .to_lowercase()
    };
    let family = nearest(&letters(word), ALIASES.iter().copied())?;
    let of_family = model::all().filter(|model| model::family(model.name()) == Some(family));
    let mut names: Vec<&str> = of_family.map(model::Model::name).collect();
    names.sort_unstable();
    names
        .into_iter()
        .rev()
        .find(|name| digits(name).starts_with(&digits(word)))
        .map(str::to_owned)
}

/// The inference profiles that accounts had when they were asked last.
fn seen() -> impl Iterator<Item = String> {
    listing::all()
        .into_iter()
        .flat_map(|listing| listing.profiles)
        .map(|profile| profile.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_only_be_a_mistake_is_refused_with_what_was_meant() {
        for (path, value, meant) in [
            ("region", "eu-wst-1", Some("eu-west-1")),
            ("region", "eu-wst", Some("eu-west-1")),
            ("region", "us-east1", Some("us-east-1")),
            ("small_fast_region", "us-wset-2", Some("us-west-2")),
            ("region", "EU-WEST-1", None),
            ("region", "eu-west-9", None),
            ("region", "mars-north-1", None),
            ("region", "eu-northwest-1", None),
            ("region", "su-east-1", Some("us-east-1")),
            ("models.main", "sonet", Some("sonnet")),
            ("models.main", "opsu[1m]", Some("opus")),
            ("models.opus", "opus5", Some("claude-opus-5")),
            ("models.sonnet", "sonnet-4.6", None),
            ("models.sonnet", "claude-sonet-4-6", Some("claude-sonnet-4-6")),
            ("models.main", "opusplan", None),
            ("models.main", "claude-sonnet-4-6[1m]", None),
            (
                "models.main",
                "arn:aws:bedrock:eu-west-1:1:application-inference-profile/x",
                None,
            ),
            ("models.available", "claude-opus-5-5, claude-haiku-4-5", None),
            ("models.available", "claude-opus-5-5, haikku", Some("haiku")),
            ("models.main", "amazon.nova-pro-v1:0", None),
            ("description", "sonet", None),
        ] {
            match (check(path, value), meant) {
                (Ok(()), None) => {}
                (Err(finding), Some(meant)) => {
                    let help = finding.help.join("\n");
                    assert!(
                        help.contains(&format!("did you mean `{meant}")),
                        "{path} {value}: {help}"
                    );
                }
                (answer, _) => panic!("{path} {value}: {answer:?}"),
            }
        }
    }
}
