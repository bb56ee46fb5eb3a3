//! Which accounts and roles a person has at IAM Identity Center, and where Bedrock answers them.
//!
//! An organization has up to thousands of accounts, and the portal answers some twenty calls a second: it is asked by a
//! few at once, patiently, and never without an end.

use std::time::Duration;

use aws_config::Region;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::time::Instant;

use crate::aws::config::Service;
use crate::aws::error::Call;
use crate::aws::{Account, Cause, Trouble, providers};
use crate::aws_files::{Sso, has_region_shape};
use crate::system::redact::redacted;

/// How many calls may be under way at once.
const AT_ONCE: usize = 8;

/// How often the portal is asked before an answer of "too many requests" counts.
const ATTEMPTS: u32 = 6;

/// How long one question to the portal may take with all its attempts.
const PATIENCE: Duration = Duration::from_secs(40);

/// The entries of one page, which is the most that the portal gives.
const PAGE: i32 = 100;

/// No organization has more accounts, or roles in one account, than this: a longer list never ends.
const MOST: usize = 20_000;

/// How long Bedrock is asked in all. Where it was not, its answer is unknown.
const ASKING: Duration = Duration::from_mins(1);

/// What Bedrock says to a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bedrock {
    /// It lists inference profiles for the role.
    Answers,
    /// It denies the role everything, or the role is not assigned.
    Refuses,
    /// It was not asked, or there was no answer.
    Unknown,
}

/// A role in an account that a person may take on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The twelve digits of the account.
    pub account: String,
    /// What the organization calls it; any text.
    pub account_name: String,
    /// The permission set: letters, digits and `+=,.@_-`.
    pub role: String,
}

/// Everything that a person has.
#[derive(Debug, Default)]
pub struct Assignments {
    /// The roles, in the order of the accounts' names.
    pub all: Vec<Assignment>,
    /// Accounts whose roles could not be listed, and why.
    pub unknown: Vec<(String, Trouble)>,
}

/// Says how many of how many are done.
pub type Told<'a> = &'a dyn Fn(usize, usize);

impl Account {
    /// The token of a session of Identity Center, renewed where that is due and possible. It is a secret. Errors:
    /// [`Cause::SessionOver`] or [`Cause::Expired`] where only a login helps.
    pub async fn token_of_session(&self, sso: &Sso) -> Result<String, Trouble> {
        let name = sso.session.as_deref().unwrap_or(&sso.start_url);
        providers::access_token(self, name, sso).await
    }

    /// The roles of the person whose token it is. Errors: the accounts, or the roles of every account, cannot be
    /// listed.
    pub async fn assignments(&self, sso: &Sso, token: &str, told: Told<'_>) -> Result<Assignments, Trouble> {
        let portal = self.patient_portal(&sso.region).await;
        let accounts = self.accounts_of(&portal, token).await?;
        let total = accounts.len();
        told(0, total);
        let mut asked = stream::iter(accounts.into_iter().map(|(id, name)| {
            let portal = &portal;
            async move {
                let roles = self.roles_of(portal, token, &id).await;
                (id, name, roles)
            }
        }))
        .buffer_unordered(AT_ONCE);
        let mut found = Assignments::default();
        let mut done = 0;
        while let Some((account, account_name, roles)) = asked.next().await {
            done += 1;
            told(done, total);
            match roles {
                Ok(roles) => found.all.extend(roles.into_iter().map(|role| Assignment {
                    account: account.clone(),
                    account_name: account_name.clone(),
                    role,
                })),
                Err(trouble) => found.unknown.push((account, trouble)),
            }
        }
        if found.all.is_empty()
            && let Some((_, trouble)) = found.unknown.pop()
        {
            return Err(trouble);
        }
        found.all.sort_by_key(|one| {
            let name = one.account_name.to_lowercase();
            (name, one.account.clone(), one.role.clone())
        });
        found.unknown.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(found)
    }

    /// What Bedrock says to each role, asked by the role's own credentials in a region.
    pub async fn ask_bedrock(
        &self,
        sso: &Sso,
        token: &str,
        roles: &[(Assignment, String)],
        told: Told<'_>,
    ) -> Vec<Bedrock> {
        let mut answers = vec![Bedrock::Unknown; roles.len()];
        told(0, roles.len());
        let end = Instant::now() + ASKING;
        let mut asked = stream::iter(
            roles
                .iter()
                .enumerate()
                .map(|(index, (one, region))| async move { (index, self.bedrock_of(sso, token, one, region).await) }),
        )
        .buffer_unordered(AT_ONCE);
        let mut done = 0;
        while let Ok(Some((index, answer))) = tokio::time::timeout_at(end, asked.next()).await {
            done += 1;
            told(done, roles.len());
            answers[index] = answer;
        }
        answers
    }

    async fn bedrock_of(&self, sso: &Sso, token: &str, one: &Assignment, region: &str) -> Bedrock {
        if !has_region_shape(region) {
            return Bedrock::Unknown;
        }
        let sso = Sso {
            account: one.account.clone(),
            role: one.role.clone(),
            ..sso.clone()
        };
        let asked = async {
            let credentials = providers::role_credentials(self, token, &sso).await?;
            self.with_credentials(credentials, region).has_bedrock().await
        };
        match asked.await {
            Ok(()) => Bedrock::Answers,
            Err(trouble) if matches!(trouble.cause, Cause::AccessDenied | Cause::AccountBlocked) => Bedrock::Refuses,
            Err(_) => Bedrock::Unknown,
        }
    }

    async fn patient_portal(&self, region: &str) -> aws_sdk_sso::Client {
        let builder = aws_sdk_sso::config::Builder::from(&self.bare_config().await)
            .region(Region::new(region.to_owned()))
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .timeout_config(TimeoutConfig::builder().operation_timeout(PATIENCE).build());
        aws_sdk_sso::Client::from_conf(match self.endpoint(Service::Sso) {
            Some(url) => builder.endpoint_url(url).build(),
            None => builder.build(),
        })
    }

    /// The number and the name of each account.
    async fn accounts_of(&self, portal: &aws_sdk_sso::Client, token: &str) -> Result<Vec<(String, String)>, Trouble> {
        let action = "sso:ListAccounts";
        let mut accounts = Vec::new();
        let mut next = None;
        loop {
            let request = portal.list_accounts().access_token(token).max_results(PAGE);
            let answer = request.set_next_token(next.clone()).send().await;
            let page = answer.map_err(|error| Trouble::of_call(&error, &Call::new(self, action)))?;
            for account in page.account_list() {
                let id = account.account_id().unwrap_or_default();
                // They go into ~/.aws/config, where a line break would begin a foreign entry.
                if is_account(id) {
                    accounts.push((id.to_owned(), redacted(account.account_name().unwrap_or_default())));
                }
            }
            next = self.next_page(page.next_token(), next.as_deref(), accounts.len(), action)?;
            if next.is_none() {
                accounts.sort();
                accounts.dedup_by(|one, other| one.0 == other.0);
                return Ok(accounts);
            }
        }
    }

    async fn roles_of(&self, portal: &aws_sdk_sso::Client, token: &str, account: &str) -> Result<Vec<String>, Trouble> {
        let action = "sso:ListAccountRoles";
        let mut roles = Vec::new();
        let mut next = None;
        loop {
            let request = portal.list_account_roles().access_token(token).account_id(account);
            let answer = request.max_results(PAGE).set_next_token(next.clone()).send().await;
            let page = answer.map_err(|error| Trouble::of_call(&error, &Call::new(self, action)))?;
            let names = page.role_list().iter().filter_map(|role| role.role_name());
            roles.extend(names.filter(|name| is_role(name)).map(redacted));
            next = self.next_page(page.next_token(), next.as_deref(), roles.len(), action)?;
            if next.is_none() {
                roles.sort();
                roles.dedup();
                return Ok(roles);
            }
        }
    }

    /// The token of the page to come, if there is one; an error if the list goes on for ever.
    fn next_page(
        &self,
        next: Option<&str>,
        this: Option<&str>,
        so_far: usize,
        action: &str,
    ) -> Result<Option<String>, Trouble> {
        match next.filter(|next| !next.is_empty()) {
            Some(next) if Some(next) == this || so_far > MOST => Err(Trouble::unreadable(&Call::new(self, action))),
            next => Ok(next.map(str::to_owned)),
        }
    }
}

/// Twelve digits.
fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What IAM lets a role be called: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>.
fn is_role(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_numbers_and_names_of_iam_gets_into_a_file() {
        assert!(is_account("012345678901") && is_role("AWS_Power-User+=,.@1"));
        for text in [
            "",
            "12345678901",
            "1234567890123",
            "12345678901\n",
            "١٢٣٤٥٦٧٨٩٠١٢",
            "12345678901x",
        ] {
            assert!(!is_account(text), "{text:?}");
        }
        for text in [
            "",
            "a b",
            "a\ncredential_process = x",
            "ä",
            "a]",
            "a#",
            "a;",
            &"a".repeat(65),
        ] {
            assert!(!is_role(text), "{text:?}");
        }
    }
}
