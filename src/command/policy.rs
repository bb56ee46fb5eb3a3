//! `policy`: the least IAM policy for a profile.

use crate::cli;
use crate::command;
use crate::diagnostic::Result;
use crate::policy;

/// Prints the policy.
pub fn run(arguments: &cli::Policy) -> Result<u8> {
    let (_, active) = command::active_of(arguments.profile.profile.as_deref())?;
    let document = policy::document(&active)?;
    command::print(if arguments.terraform {
        policy::terraform(&active.profile.name, &document)
    } else {
        format!("{document:#}\n")
    })?;
    if let Some(arn) = policy::guardrail_profiles(&active) {
        command::say(&format!(
            "claude-bedrock: a guardrail that works across regions needs bedrock:ApplyGuardrail on {arn} as well"
        ));
    }
    Ok(0)
}
