//! From `~/.aws/config`: a profile for each AWS profile that says where its credentials come from.

use super::Found;
use crate::aws_files::{Base, Decision, Files, FlawKind, has_region_shape};
use crate::edit::Draft;
use crate::system::text::is_steering;
use crate::system::variables::Snapshot;

/// The profiles of both files, or the one named `only`.
pub fn profiles(files: &Files, only: Option<&str>, variables: &Snapshot) -> Vec<Found> {
    let names = files.names().filter(|name| only.is_none_or(|only| only == *name));
    // A name that cannot be typed, and that no profile can hold, is useless.
    let names = names.filter(|name| !name.chars().any(is_steering));
    let mut profiles: Vec<Found> = names.map(|name| found(files, name, variables)).collect();
    if let (None, Some(last)) = (only, profiles.last_mut()) {
        for name in files.only_for_cli(variables) {
            for difference in files.of_profile(&name, variables) {
                last.unmapped.push((name.clone(), difference.message));
            }
        }
    }
    profiles
}

fn found(files: &Files, name: &str, variables: &Snapshot) -> Found {
    let mut found = Found {
        draft: Draft::new(super::variables::profile_name(name)),
        ..Found::default()
    };
    let draft = &mut found.draft;
    let mut unmapped = |what: &str| found.unmapped.push((name.to_owned(), what.to_owned()));
    let description = match files.decide(name, variables) {
        Ok(decision) => source(&decision),
        Err(flaw) => {
            if flaw.profile == name && flaw.kind == FlawKind::Nothing {
                unmapped("says nothing about credentials; whoever assumes it must find some");
            } else {
                unmapped(&files.said(name, &flaw, variables).message);
            }
            "no credentials of its own"
        }
    };
    draft.put("description", format!("AWS profile {name}: {description}"));
    match files.value(name, "region") {
        Some(region) if has_region_shape(&region) => draft.put("region", region),
        Some(region) => unmapped(&format!("`{region}` is not a region; Claude Code ignores it")),
        None => {}
    }
    draft.use_aws_profile(name);
    for (_, why) in found.draft.take_out_unreadable() {
        found.unmapped.push((name.to_owned(), why));
    }
    found.unpinned = vec!["opus", "sonnet", "haiku"];
    found
}

/// Where an AWS profile's credentials come from, in a few words.
fn source(decision: &Decision) -> &'static str {
    if !decision.roles.is_empty() {
        return "assumes a role";
    }
    match decision.base {
        Base::Sso(_) => "IAM Identity Center",
        Base::Process(_) => "credential_process",
        Base::WebIdentity(_) => "web identity",
        Base::Login(_) => "aws login",
        Base::Keys(_) => "access keys",
        Base::Environment | Base::Container | Base::Instance => "the machine's credentials",
    }
}
