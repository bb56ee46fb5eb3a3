//! The account's own inference profiles by their names: what `models` has seen is remembered, so that a profile can call
//! one by its name without asking AWS at a change of directory.

use std::path::PathBuf;

use crate::catalog::model::{Form, split_suffix};
use crate::environment::{Endpoint, Method, hint};
use crate::profile::Profile;
use crate::profile::keys::{ALIASES, OTHER_ALIASES};
use crate::profile::value::Value;
use crate::system::{files, paths};
use crate::variables;

/// The form of what is remembered: another one is another file.
const FORM: &str = "2";

/// Where it is remembered what the account of a profile has in its region; `None` if there is no home directory.
/// Profiles with the same AWS profile share it: it is the account's.
pub fn record(profile: &Profile) -> Option<PathBuf> {
    let region = profile.settings.text("region").unwrap_or_default();
    match (Method::of(profile), profile.settings.text("auth.profile")) {
        (Method::AwsProfile, Some(name)) => record_of(region, &format!("aws-profile\0{name}")),
        _ => record_of(region, &format!("{}\0{}", profile.name, hint(profile))),
    }
}

/// The same by the way in which the account is asked.
pub fn record_of(region: &str, way: &str) -> Option<PathBuf> {
    let key = format!("{}\0{FORM}\0{region}\0{way}", env!("CARGO_PKG_VERSION"));
    let name = blake3::hash(key.as_bytes()).to_hex()[..32].to_owned();
    paths::state_directory().map(|directory| directory.join("models").join(name))
}

/// Where the names are: beside the rest, which is too much to be read at a change of directory.
pub fn names(profile: &Profile) -> Option<PathBuf> {
    record(profile).map(|path| path.with_extension("names"))
}

/// What the file of the names holds: a line for each, the ARN before the name.
pub fn names_text<'a>(profiles: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let is_line = |text: &str| !text.contains(['\n', '\r', '\t']);
    let mut text = String::new();
    for (arn, name) in profiles.filter(|(arn, name)| is_line(arn) && is_line(name)) {
        text.push_str(&format!("{arn}\t{name}\n"));
    }
    text
}

/// Whether a model's name can only be that of an inference profile of the account's own: no alias, no ID, no ARN, and
/// nothing that another provider or a gateway calls a model.
pub fn is_name(profile: &Profile, name: &str) -> bool {
    let plain = split_suffix(name).0;
    Form::of(name) == Form::Alias
        && !plain.is_empty()
        && !ALIASES.contains(&plain)
        && !OTHER_ALIASES.contains(&plain)
        && !plain.contains(['.', ':', '/'])
        && Endpoint::of(profile).has_bedrock()
        && Method::of(profile) != Method::Gateway
}

/// The ARN of the account's own inference profile of a name, with the suffix of the name; `None` if the name is another
/// thing, or no such profile was seen, or more than one.
pub fn arn(profile: &Profile, name: &str) -> Option<String> {
    if !is_name(profile, name) {
        return None;
    }
    let (plain, suffix) = split_suffix(name);
    let text = files::read_text(&names(profile)?, files::OWN).ok()?;
    let mut found = text
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .filter(|(_, known)| *known == plain);
    let (arn, _) = found.next()?;
    (found.next().is_none() && arn.starts_with("arn:")).then(|| format!("{arn}{suffix}"))
}

/// Whether a profile calls one by its name, so that what is remembered decides what it means.
pub fn is_called_by_name(profile: &Profile) -> bool {
    let models = variables::MODELS
        .iter()
        .filter_map(|(key, _)| profile.settings.text(key));
    let available = match profile.settings.get("models.available").map(|located| &located.value) {
        Some(Value::List(names)) => names.as_slice(),
        _ => &[],
    };
    let mut all = models.chain(available.iter().map(String::as_str));
    all.any(|name| is_name(profile, name))
}
