//! Whose account a profile's credentials belong to, as far as files tell. Nothing is called.

use crate::aws_files::{Base, Files};
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
