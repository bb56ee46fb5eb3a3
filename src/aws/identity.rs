//! Whose the credentials are, and whether that is the account which the profile wants.

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;

use crate::aws::error::{Call, Cause};
use crate::aws::{Account, Trouble, providers};
use crate::system::redact::redacted;

/// What STS says about credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The twelve digits of the account.
    pub account: String,
    /// The ARN of the user or of the role's session.
    pub arn: String,
}

impl Identity {
    /// The role or the user, without the rest of the ARN: `role/Developer`, `user/me`, `root`.
    pub fn who(&self) -> String {
        let resource = self.arn.splitn(6, ':').nth(5).unwrap_or(&self.arn);
        let mut parts = resource.split('/');
        match (parts.next(), parts.next()) {
            (Some("assumed-role"), Some(role)) => format!("role/{}", readable(role)),
            _ => resource.to_owned(),
        }
    }
}

/// Identity Center's `AWSReservedSSO_Developer_0123456789abcdef` is the permission set `Developer`.
fn readable(role: &str) -> &str {
    role.strip_prefix("AWSReservedSSO_")
        .and_then(|rest| rest.rsplit_once('_'))
        .map_or(role, |(name, _)| name)
}

/// An account's number as it is, which is no secret, also where a token happens to have the same digits; anything else
/// without secrets.
fn plain(text: &str) -> String {
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.to_owned()
    } else {
        redacted(text)
    }
}

/// An ARN without secrets, whose account is as it is.
fn plain_to_the_account(arn: &str) -> String {
    let parts = arn.splitn(6, ':').enumerate();
    let shown = parts.map(|(index, part)| if index == 4 { plain(part) } else { redacted(part) });
    shown.collect::<Vec<_>>().join(":")
}

impl Account {
    /// Whose the account's credentials are. An account that is not the one which the profile pins is
    /// [`Cause::WrongAccount`].
    pub async fn identity(&self) -> Result<Identity, Trouble> {
        let credentials = self.credentials().await?;
        self.identity_of(credentials).await
    }

    /// Whose these credentials are.
    pub async fn identity_of(&self, credentials: Credentials) -> Result<Identity, Trouble> {
        let config = self.bare_config().await;
        let config = config
            .to_builder()
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build();
        let answer = self
            .sts_in(&config, self.region())
            .get_caller_identity()
            .send()
            .await
            .map_err(|error| Trouble::of_call(&error, &Call::new(self, "sts:GetCallerIdentity")))?;
        let identity = Identity {
            account: plain(answer.account().unwrap_or_default()),
            arn: plain_to_the_account(answer.arn().unwrap_or_default()),
        };
        // An answer that is not from STS has neither.
        if identity.account.is_empty() || identity.arn.split(':').nth(4) != Some(&identity.account) {
            return Err(Trouble::new(
                Cause::Unreadable,
                "the response to sts:GetCallerIdentity cannot be read: it is cut off, or not from AWS",
                "try again; if it persists, a proxy or a VPN on the way corrupts it, or AWS_ENDPOINT_URL is wrong",
            ));
        }
        self.check_account(&identity.account)?;
        Ok(identity)
    }

    /// Whose the role of this EC2 instance is, if this is one: the one question about it that is asked.
    pub async fn instance(&self) -> Result<Identity, Trouble> {
        let credentials = providers::instance(self).await?;
        self.identity_of(credentials).await
    }

    /// Whether `account` is the one that the profile pins, if it pins one.
    pub fn check_account(&self, account: &str) -> Result<(), Trouble> {
        let Some(wanted) = self.profile.settings.text("account") else {
            return Ok(());
        };
        if wanted == account {
            return Ok(());
        }
        let name = &self.profile.name;
        Err(Trouble::new(
            Cause::WrongAccount,
            format!("the credentials of `{name}` belong to the account {account}, but the profile requires {wanted}"),
            format!("choose other credentials in its `auth`, or correct its `account`: claude-bedrock show {name}"),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_named_as_people_know_it() {
        for (arn, who) in [
            (
                "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Dev_Ops_0123456789abcdef/me@x",
                "role/Dev_Ops",
            ),
            ("arn:aws:sts::123456789012:assumed-role/build/session", "role/build"),
            ("arn:aws-us-gov:iam::123456789012:user/team/me", "user/team/me"),
            ("arn:aws:iam::123456789012:root", "root"),
            ("odd", "odd"),
        ] {
            let identity = Identity {
                account: String::new(),
                arn: arn.to_owned(),
            };
            assert_eq!(identity.who(), who);
        }
    }
}
