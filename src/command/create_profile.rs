//! `models create-profile`: an inference profile of the account's own, by whose tags the costs of a team or a client are
//! told apart. It is shown whole before it is made.

use clap_complete::engine::ArgValueCompleter;
use inquire::Confirm;
use serde_json::{Map, Value, json};

use crate::aws::bedrock::InferenceProfile;
use crate::aws::{self, Account, Trouble};
use crate::catalog::geography::partition_of;
use crate::catalog::model::{self, Form};
use crate::command;
use crate::console::layout::{Fact, Screen};
use crate::diagnostic::{Diagnostic, Result};
use crate::environment::{Method, own};
use crate::exit::Exit;
use crate::load::Active;
use crate::profile::keys::ALIASES;
use crate::system::command_line;
use crate::system::text::visible;
use crate::{console, context};

/// Shown by `--help` after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock models create-profile team-blue --from sonnet --tag team=blue
  claude-bedrock models create-profile client-x --from claude-opus-5-5 --tag client=x --tag cost-center=4711 -p work
  claude-bedrock set work models.sonnet team-blue    a profile that uses it

Shows what it will make and asks. Needs bedrock:CreateInferenceProfile and bedrock:TagResource. A tag shows in
the bill once it is activated as a cost allocation tag.";

#[derive(clap::Args, Debug)]
pub struct Args {
    /// Its name: letters, digits, and single blanks, `-` or `_` between them
    #[arg(value_parser = name)]
    pub name: String,
    /// The model: an alias of the profile, an ID, or an ARN
    #[arg(long, value_name = "MODEL", add = ArgValueCompleter::new(command::complete::models))]
    pub from: String,
    /// A tag that tells costs apart: KEY=VALUE (repeatable)
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = tag)]
    pub tags: Vec<(String, String)>,
    /// The profile whose account it is made in [default: the one that is active here]
    #[arg(long, short, value_name = "PROFILE", add = ArgValueCompleter::new(command::complete::profiles))]
    pub profile: Option<String>,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// Change nothing, only show what would be made
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// What a profile may be called: the service model of Bedrock, `InferenceProfileName`.
fn name(text: &str) -> std::result::Result<String, String> {
    let is_letter = |c: char| c.is_ascii_alphanumeric();
    let is_between = |c: char| " _-".contains(c);
    let has_pairs = text
        .as_bytes()
        .windows(2)
        .any(|pair| pair.iter().all(|byte| is_between(char::from(*byte))));
    let is_good = (1..=64).contains(&text.len())
        && text.starts_with(is_letter)
        && text.chars().all(|c| is_letter(c) || is_between(c))
        && !has_pairs;
    if is_good {
        Ok(text.to_owned())
    } else {
        Err("1 to 64 letters and digits, with single blanks, `-` or `_` between them".to_owned())
    }
}

/// A tag, as AWS takes them: `TagKey` and `TagValue` of the service model.
fn tag(text: &str) -> std::result::Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write KEY=VALUE")?;
    let is_good = |text: &str| {
        text.chars()
            .all(|c| c.is_ascii_alphanumeric() || " ._:/=+@-".contains(c))
    };
    if key.is_empty() || key.len() > 128 || value.len() > 256 || !is_good(key) || !is_good(value) {
        return Err("letters, digits, blanks and ._:/=+@-, 128 before the `=` and 256 after it".to_owned());
    }
    if key.to_ascii_lowercase().starts_with("aws:") {
        return Err("tags that begin with `aws:` are AWS's own".to_owned());
    }
    Ok((key.to_owned(), value.to_owned()))
}

/// What is known before it is made.
struct Plan {
    account: String,
    who: String,
    /// The ARN of what it is made from.
    from: String,
    /// The models behind that.
    models: Vec<String>,
    /// One of the same name, if there is one.
    same: Option<InferenceProfile>,
}

/// Shows the plan, asks, and creates the profile.
pub fn run(arguments: &Args) -> Result<Exit> {
    let tags = &arguments.tags;
    if let Some((key, _)) = tags
        .iter()
        .enumerate()
        .find_map(|(at, tag)| tags[..at].iter().any(|(key, _)| *key == tag.0).then_some(tag))
    {
        return Err(Diagnostic::error(format!("the tag `{}` is given twice", visible(key))).into());
    }
    let name = command::names::meant_if_given(arguments.profile.as_deref())?;
    let (session, active) = context::active_of(name.as_deref())?;
    if Method::of(&active.profile) == Method::Gateway {
        return Err(Diagnostic::error(format!(
            "no inference profile can be made behind the gateway of `{}`",
            active.profile.name
        ))
        .help("ask whoever runs the gateway")
        .into());
    }
    let wanted = wanted(arguments, &active)?;
    let account = Account::open(&session, &active)?;
    let plan = match aws::block_on(plan(&account, &arguments.name, &wanted))? {
        Ok(plan) => plan,
        Err(trouble) => return command::troubled(trouble),
    };
    if let Some(same) = &plan.same {
        return Err(Diagnostic::error(format!(
            "the account {} has an inference profile `{}` already: {}",
            visible(&plan.account),
            visible(&arguments.name),
            visible(&same.arn)
        ))
        .help("choose another name, or use that one")
        .into());
    }
    console::say(shown(arguments, &account, &plan).trim_end());
    if arguments.dry_run {
        console::say("claude-bedrock: nothing was made (--dry-run)");
        return Ok(Exit::Done);
    }
    if !arguments.yes {
        if !console::can_ask() {
            return Err(Diagnostic::error("there is no terminal to ask on; nothing was made")
                .help("to make it: --yes; to see it only: --dry-run")
                .into());
        }
        if !Confirm::new("Make this?").with_default(false).prompt().unwrap_or(false) {
            return Err(Diagnostic::error("cancelled; nothing was made").into());
        }
    }
    let made = aws::block_on(account.create_inference_profile(&arguments.name, &plan.from, tags))?;
    let arn = match made {
        Ok(arn) => arn,
        Err(trouble) => return command::troubled(trouble),
    };
    // The kept list lacks it.
    if let Some(path) = own::record(&active.profile) {
        let _ = std::fs::remove_file(path);
    }
    if arguments.json {
        let tags: Map<String, Value> = tags.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
        console::print_json(&json!({
            "name": arguments.name, "arn": arn, "account": plan.account, "region": account.region(), "from": plan.from,
            "tags": tags,
        }))?;
    } else {
        console::print(format!("{}\n", visible(&arn)))?;
    }
    let family = ALIASES.iter().find(|alias| plan.from.contains(&format!("-{alias}-")));
    console::say(&format!(
        "claude-bedrock: made; use it:\n  claude-bedrock set {} models.{} {}",
        command_line::quote(&active.profile.name),
        family.unwrap_or(&"main"),
        visible(&arn)
    ));
    Ok(Exit::Done)
}

/// The ID or ARN that `--from` stands for in the profile.
fn wanted(arguments: &Args, active: &Active) -> Result<String> {
    let given = model::split_suffix(arguments.from.trim()).0;
    command::plausible::check("models.main", given)?;
    let region = active.profile.settings.text("region").unwrap_or_default();
    let text = |variable: &str| active.environment.get(variable)?.wanted.text().map(str::to_owned);
    let geography = text("ANTHROPIC_BEDROCK_REGION_PREFIX")
        .unwrap_or_else(|| crate::catalog::geography::of_region(region).to_owned());
    let id = match Form::of(given) {
        Form::Alias => {
            let pinned = text(&format!("ANTHROPIC_DEFAULT_{}_MODEL", given.to_uppercase()));
            pinned.ok_or_else(|| {
                Diagnostic::error(format!(
                    "`{}` pins no model to `{}`, so it is unclear which model you mean",
                    active.profile.name,
                    visible(given)
                ))
                .help("name the model: --from claude-sonnet-4-6; or pin it: claude-bedrock set PROFILE models.sonnet …")
            })?
        }
        Form::Anthropic => model::bedrock_id(given, Some(&geography)),
        Form::Bedrock { .. } | Form::Arn(_) => given.to_owned(),
    };
    Ok(model::split_suffix(&id).0.to_owned())
}

/// Looks up the model it is made from, and a profile of the same name.
async fn plan(account: &Account, name: &str, wanted: &str) -> std::result::Result<Plan, Trouble> {
    let identity = account.identity().await?;
    let own = Box::pin(account.inference_profiles()).await?;
    let same = own.iter().find(|one| one.own && one.name == name).cloned();
    let known = own.iter().find(|one| one.id == wanted || one.arn == wanted).cloned();
    let (from, models) = match (known, Form::of(wanted)) {
        (Some(found), _) => (found.arn, found.models),
        // A model that can be called without an inference profile.
        (None, Form::Bedrock { geography: None, id }) => {
            let region = account.region();
            let arn = format!("arn:{}:bedrock:{region}::foundation-model/{id}", partition_of(region));
            (arn.clone(), vec![arn])
        }
        (None, Form::Arn(_)) if wanted.contains("::foundation-model/") => (wanted.to_owned(), vec![wanted.to_owned()]),
        (None, _) => {
            let found = account.inference_profile(wanted).await?;
            (found.arn, found.models)
        }
    };
    Ok(Plan {
        who: identity.who(),
        account: identity.account,
        from,
        models,
        same,
    })
}

fn shown(arguments: &Args, account: &Account, plan: &Plan) -> String {
    let regions: Vec<&str> = plan.models.iter().filter_map(|arn| arn.split(':').nth(3)).collect();
    let regions = regions
        .iter()
        .map(|region| if region.is_empty() { "every region" } else { region });
    let tags: Vec<String> = arguments
        .tags
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let facts = [
        Fact::new(
            "would make",
            &format!("the application inference profile {}", arguments.name),
        ),
        Fact::new("in", &format!("the account {}, {}", plan.account, account.region())),
        Fact::new("as", &plan.who),
        Fact::new("from", &plan.from),
        Fact::new("routes to", &regions.collect::<Vec<_>>().join(", ")),
        Fact::new(
            "tags",
            &if tags.is_empty() {
                "none".to_owned()
            } else {
                tags.join(", ")
            },
        ),
    ];
    Screen::of_errors().facts(&facts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_tags_are_those_that_aws_takes() {
        for good in ["a", "Team Blue", "team_blue-1", &"a".repeat(64)] {
            assert!(name(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "a--b", "a  b", "a.b", "ä", "a\nb", &"a".repeat(65)] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
        assert_eq!(tag("team=blue"), Ok(("team".into(), "blue".into())));
        assert_eq!(tag("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert_eq!(tag("a="), Ok(("a".into(), String::new())));
        for bad in [
            "team",
            "=x",
            "a=b\nc",
            "aws:x=y",
            "AWS:x=y",
            "ä=b",
            &format!("a={}", "b".repeat(257)),
        ] {
            assert!(tag(bad).is_err(), "{bad:?}");
        }
    }
}
