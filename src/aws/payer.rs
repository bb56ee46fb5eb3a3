//! Whose account a profile's credentials belong to, as far as files and variables tell. Nothing is called; `doctor`
//! alone asks.

use crate::aws_files::{Base, Files, MachineRole, machine_role};
use crate::load::Active;
use crate::profile::Profile;
use crate::session::Session;

/// The account's twelve digits: the one that the profile pins, else that of the AWS profile's role.
pub fn account(profile: &Profile, session: &Session) -> Option<String> {
    if let Some(account) = profile.settings.text("account") {
        return Some(account.to_owned());
    }
    let name = profile.settings.text("auth.profile")?;
    let variables = session.restored();
    let decision = Files::read(&variables).decide(name, &variables).ok()?;
    if let Some(role) = decision.roles.last() {
        return role.arn.split(':').nth(4).map(str::to_owned);
    }
    match decision.base {
        Base::Sso(sso) => Some(sso.account),
        _ => None,
    }
}

/// The role of the machine that Claude Code would take under `active` in a shell, in words; `None` if something else
/// decides, or where only a question tells.
pub fn machine(shell: &Session, active: &Active) -> Option<String> {
    let variables = super::variables_by_files(shell, active)?;
    let flaw = Files::read(&variables).decide_in(&variables).err()?;
    if flaw.stops() {
        return None;
    }
    match machine_role(&variables)? {
        MachineRole::WebIdentity(role) => Some(format!("this machine's role {role} (AWS_WEB_IDENTITY_TOKEN_FILE)")),
        MachineRole::Container => Some("this container's role (AWS_CONTAINER_CREDENTIALS_…)".to_owned()),
        MachineRole::Instance => None,
    }
}
