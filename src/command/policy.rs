//! `policy`: the minimal IAM policy for a profile.

use crate::aws::listing;
use crate::command::ProfileName;
use crate::diagnostic::Result;
use crate::exit::Exit;
use crate::{console, context, policy};

/// Shown by `--help` after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock policy work
  claude-bedrock policy work --terraform > policy.tf

Needs no network; it knows what is behind an application inference profile once `models` has asked. The profile's `account` replaces `*` in the ARNs.";

#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    pub profile: ProfileName,
    /// As a Terraform resource
    #[arg(long)]
    pub terraform: bool,
}

/// Prints the policy.
pub fn run(arguments: &Args) -> Result<Exit> {
    let name = crate::command::names::meant_if_given(arguments.profile.profile.as_deref())?;
    let (_, active) = context::active_of(name.as_deref())?;
    let listing = listing::of_profile(&active.profile);
    let behind = |arn: &str| {
        let found = listing.as_ref()?.profiles.iter().find(|one| one.arn == arn)?;
        (!found.models.is_empty()).then(|| found.models.clone())
    };
    let document = policy::document(&active, &behind)?;
    console::print(if arguments.terraform {
        policy::terraform(&active.profile.name, &document)
    } else {
        format!("{}\n", console::json(&document))
    })?;
    if let Some(arn) = policy::guardrail_profiles(&active) {
        console::say(&format!(
            "claude-bedrock: a guardrail that works across regions needs bedrock:ApplyGuardrail on {arn} as well"
        ));
    }
    Ok(Exit::Done)
}
