//! From `~/.aws/config`: a profile for each AWS profile that says where its credentials come from.

use super::Found;
use crate::aws::files::{Files, Source};
use crate::edit::{Draft, FALLBACK_REGION};

/// The profiles of both files, or the one named `only`.
pub fn profiles(files: &Files, only: Option<&str>) -> Vec<Found> {
    let names = files.names().filter(|name| only.is_none_or(|only| only == *name));
    names.map(|name| found(files, name)).collect()
}

fn found(files: &Files, name: &str) -> Found {
    let mut found = Found {
        draft: Draft::new(super::variables::profile_name(name)),
        ..Found::default()
    };
    let draft = &mut found.draft;
    let mut unmapped = |what: &str| found.unmapped.push((name.to_owned(), what.to_owned()));
    let description = match files.source(name) {
        Source::Sso(_) => "IAM Identity Center",
        Source::Process => "credential_process",
        Source::Role { .. } => "assumes a role",
        Source::WebIdentity => "web identity",
        Source::Console => "aws login",
        Source::Keys => "access keys",
        Source::Nothing | Source::Absent => {
            unmapped("says nothing about credentials; whoever assumes it must find some");
            "no credentials of its own"
        }
    };
    draft.put("description", format!("AWS profile {name}: {description}"));
    let region = files.value(name, "region");
    if region.is_none() {
        unmapped("has no region; us-east-1 is taken, which Claude Code would take too");
    }
    draft.put("region", region.unwrap_or(FALLBACK_REGION));
    draft.use_aws_profile(name);
    draft.pin_models();
    found
}
