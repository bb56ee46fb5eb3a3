//! `whoami`: asks AWS whose credentials a profile has; also the text of `logout`.

use serde_json::json;

use crate::aws::{self, Account};
use crate::command::{self, ProfileName, Report};
use crate::diagnostic::{Diagnostic, Result};
use crate::environment::Method;
use crate::exit::Exit;
use crate::system::text::visible;
use crate::{console, context};

/// Shown by `--help` after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock whoami           for the profile that is active here
  claude-bedrock whoami work --json

Exit status 1 if AWS does not accept the credentials.";

/// Shown by `--help` after the options.
pub const LOGOUT_EXAMPLES: &str = "\
Examples:
  claude-bedrock logout           tells which of these you need; it changes nothing
  claude-bedrock off              this shell without a profile
  aws sso logout                  every session of IAM Identity Center, for all tools";

#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    pub profile: ProfileName,
    #[command(flatten)]
    pub report: Report,
}

/// Asks AWS (`sts:GetCallerIdentity`) and prints the answer. Exit status 1 if there is none.
pub fn run(arguments: &Args) -> Result<Exit> {
    let name = command::names::meant_if_given(arguments.profile.profile.as_deref())?;
    let (session, active) = context::active_of(name.as_deref())?;
    let name = &active.profile.name;
    if Method::of(&active.profile) == Method::Gateway {
        return Err(Diagnostic::error(format!(
            "`{name}` goes through a gateway, which signs requests itself: AWS does not know who you are"
        ))
        .help("what the profile is: claude-bedrock show")
        .into());
    }
    let account = Account::open(&session, &active)?;
    match aws::block_on(account.identity())? {
        Ok(identity) => {
            let region = active.profile.settings.text("region");
            console::print(if arguments.report.json {
                let object = json!({
                    "profile": name, "account": identity.account, "arn": identity.arn, "who": identity.who(), "region": region,
                });
                console::json(&object) + "\n"
            } else {
                let place = region.map(|region| format!(", {region}")).unwrap_or_default();
                let who = visible(&identity.who());
                format!(
                    "{who} in the account {} (profile {name}{place})\n",
                    visible(&identity.account)
                )
            })?;
            Ok(Exit::Done)
        }
        Err(trouble) => command::troubled(trouble),
    }
}

/// What people who look for `logout` want: there are two things that can end.
pub fn logout() -> Diagnostic {
    Diagnostic::error("there is no `logout`: a profile ends in its shell, a login ends for every tool on this machine")
        .help("this shell without a profile: claude-bedrock off")
        .help("every session of IAM Identity Center, including the AWS CLI's: aws sso logout")
        .help("a secret in the keyring: claude-bedrock secret remove NAME")
}
