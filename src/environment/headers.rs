//! Request headers, among them the guardrail's: lines of `Name: Value` with real newlines between them.
//! Claude Code fails on JSON there, and takes commas or a literal `\n` for a part of one wrong header.

use crate::diagnostic::{Diagnostic, Result};
use crate::environment::{Environment, Wanted};
use crate::profile::value::{Header, Secret, Value};
use crate::profile::{Profile, keys};

/// The headers of a guardrail, by the profile's key.
const GUARDRAIL: [(&str, &str); 3] = [
    ("guardrail.id", "X-Amzn-Bedrock-GuardrailIdentifier"),
    ("guardrail.version", "X-Amzn-Bedrock-GuardrailVersion"),
    ("guardrail.trace", "X-Amzn-Bedrock-Trace"),
];

/// The variable.
const VARIABLE: &str = "ANTHROPIC_CUSTOM_HEADERS";

pub(super) fn add(profile: &Profile, environment: &mut Environment) -> Result<()> {
    let mut lines: Vec<(String, Header)> = Vec::new();
    let mut place = None;
    complete_guardrail(profile)?;
    for (key, header) in GUARDRAIL {
        let (Some(value), Some(located)) = (profile.settings.text(key), profile.settings.get(key)) else {
            continue;
        };
        let value = if key == "guardrail.trace" {
            value.to_uppercase()
        } else {
            value.to_owned()
        };
        lines.push((header.to_owned(), Header::Text(value)));
        place.get_or_insert_with(|| located.place.clone());
    }
    for (name, located) in profile.settings.below(keys::HEADERS) {
        let set_by_guardrail = GUARDRAIL
            .iter()
            .find(|(key, header)| header.eq_ignore_ascii_case(name) && profile.settings.get(key).is_some());
        if let Some((key, _)) = set_by_guardrail {
            return Err(Diagnostic::at(
                located.place.clone(),
                format!("the header `{name}` is also set by `{key}`"),
            )
            .help("keep one of them; the guardrail's own keys are the safer place")
            .into());
        }
        let twin = profile
            .settings
            .below(keys::HEADERS)
            .find(|(other, _)| *other < name && other.eq_ignore_ascii_case(name));
        if let Some((other, _)) = twin {
            return Err(Diagnostic::at(
                located.place.clone(),
                format!("the header `{name}` is also set as `{other}`"),
            )
            .help("header names have no case; keep one of them")
            .into());
        }
        let header = match &located.value {
            Value::Text(value) => Header::Text(value.clone()),
            Value::Secret(secret) => Header::Secret(Box::new(secret.clone())),
            Value::Flag(_) | Value::Unset | Value::List(_) => continue,
        };
        lines.push((name.to_owned(), header));
        place.get_or_insert_with(|| located.place.clone());
    }
    if lines.is_empty() {
        return Ok(());
    }
    let texts: Option<Vec<String>> = lines
        .iter()
        .map(|(name, header)| match header {
            Header::Text(value) => Some(format!("{name}: {value}")),
            Header::Secret(_) => None,
        })
        .collect();
    let wanted = match texts {
        Some(texts) => Wanted::Text(texts.join("\n")),
        None => Wanted::Secret(Secret::Headers(lines)),
    };
    environment.want(VARIABLE, wanted, place);
    Ok(())
}

/// Bedrock wants a guardrail's ID and version together.
fn complete_guardrail(profile: &Profile) -> Result<()> {
    let get = |key| profile.settings.get(key);
    match (get("guardrail.id"), get("guardrail.version"), get("guardrail.trace")) {
        (Some(id), None, _) => Err(Diagnostic::at(id.place.clone(), "the guardrail has no `version`")
            .help("try the working draft first: version = \"DRAFT\"")
            .into()),
        (None, Some(part), _) | (None, None, Some(part)) => {
            Err(Diagnostic::at(part.place.clone(), "the guardrail has no `id`")
                .help("write: id = \"…\", its ID or ARN")
                .into())
        }
        _ => Ok(()),
    }
}
