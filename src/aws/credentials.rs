//! The credentials of a profile, by its method of authentication.

use std::time::{Duration, SystemTime};

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;

use crate::aws::error::Call;
use crate::aws::files::Source;
use crate::aws::{Account, Cause, Trouble, session};
use crate::environment::Method;
use crate::system::redact;
use crate::system::{command_line, time};

/// How long credentials may take that come over the network.
const NETWORK: Duration = Duration::from_secs(8);

/// How long a `credential_process` may take, which may ask for a password or open a browser.
const PROCESS: Duration = Duration::from_mins(2);

/// Fetches the credentials of an account.
pub(super) async fn fetch(account: &Account) -> Result<Credentials, Trouble> {
    match account.method() {
        Method::AccessKeys => keys(account),
        Method::AwsProfile => {
            let name = account.aws_profile();
            let chain = account.files.chain(name);
            for (name, source) in &chain {
                check(account, name, source)?;
            }
            let provider = ProfileFileCredentialsProvider::builder()
                .configure(&account.provider_config())
                .profile_name(name)
                .build();
            let is_process = chain.iter().any(|(_, source)| *source == Source::Process);
            ask(account, provider, if is_process { PROCESS } else { NETWORK }).await
        }
        Method::Ambient => {
            let provider = DefaultCredentialsChain::builder()
                .configure(account.provider_config())
                .build()
                .await;
            ask(account, provider, PROCESS).await
        }
        Method::ApiKey => Err(not_applicable(
            account,
            "api-key",
            "its key is sent as a bearer token; Claude Code reads it from AWS_BEARER_TOKEN_BEDROCK",
        )),
        Method::Gateway => Err(not_applicable(
            account,
            "gateway",
            "the gateway signs requests itself; Claude Code needs no credentials",
        )),
    }
}

/// Credentials with a session token, which `awsCredentialExport` wants: keys that have none get one of STS,
/// good for an hour.
pub(super) async fn temporary(account: &Account) -> Result<Credentials, Trouble> {
    const SECONDS: i32 = 3600;
    let credentials = account.credentials().await?;
    if credentials.session_token().is_some_and(|token| !token.is_empty()) {
        return Ok(credentials);
    }
    let config = account.config().await?;
    let answer = aws_sdk_sts::Client::new(&config)
        .get_session_token()
        .duration_seconds(SECONDS)
        .send()
        .await
        .map_err(|error| {
            let trouble = Trouble::of_call(&error, &Call::new(account, "sts:GetSessionToken"));
            if trouble.cause == Cause::AccessDenied {
                let message = format!(
                    "the keys of `{}` have no session token and may not get one: {}",
                    account.profile.name, trouble.message
                );
                return Trouble::new(trouble.cause, message, trouble.fix);
            }
            trouble
        })?;
    let session = answer.credentials().ok_or_else(|| {
        Trouble::new(
            Cause::Unreadable,
            "the answer to sts:GetSessionToken holds no credentials",
            "try again; AWS_ENDPOINT_URL may be wrong",
        )
    })?;
    redact::learn(session.secret_access_key());
    redact::learn(session.session_token());
    Ok(Credentials::new(
        session.access_key_id(),
        session.secret_access_key(),
        Some(session.session_token().to_owned()),
        SystemTime::try_from(*session.expiration()).ok(),
        "sts:GetSessionToken",
    ))
}

fn not_applicable(account: &Account, method: &str, why: &str) -> Trouble {
    Trouble::new(
        Cause::NotApplicable,
        format!(
            "`{}` has no AWS credentials: its method is `{method}`",
            account.profile.name
        ),
        why,
    )
}

fn keys(account: &Account) -> Result<Credentials, Trouble> {
    let get = |name: &str| account.variable(name).map(str::to_owned);
    match (get("AWS_ACCESS_KEY_ID"), get("AWS_SECRET_ACCESS_KEY")) {
        (Some(id), Some(key)) => Ok(Credentials::new(
            id,
            key,
            get("AWS_SESSION_TOKEN"),
            None,
            "claude-bedrock",
        )),
        _ => Err(Trouble::new(
            Cause::Misconfigured,
            format!("the access keys of `{}` are not complete", account.profile.name),
            format!("see where they come from: claude-bedrock show {}", account.profile.name),
        )),
    }
}

async fn ask(account: &Account, provider: impl ProvideCredentials, limit: Duration) -> Result<Credentials, Trouble> {
    match tokio::time::timeout(limit, provider.provide_credentials()).await {
        Ok(Ok(credentials)) => {
            redact::learn(credentials.secret_access_key());
            credentials.session_token().map(redact::learn);
            Ok(credentials)
        }
        Ok(Err(error)) => Err(Trouble::of_credentials(
            &error,
            &Call::new(account, "fetching credentials"),
        )),
        Err(_) => Err(Trouble::new(
            Cause::TimedOut,
            format!(
                "the credentials of `{}` did not come within {} s",
                account.profile.name,
                limit.as_secs()
            ),
            "check the connection, the VPN and HTTPS_PROXY; then try again",
        )),
    }
}

/// An AWS profile that is not there, with the one that was probably meant.
pub fn absent(account: &Account, name: &str) -> Trouble {
    let near = crate::system::text::nearest(name, account.files.names());
    let fix = near.map_or_else(
        || format!("make it: aws configure sso --profile {}", command_line::quote(name)),
        |near| format!("did you mean `{near}`? Then: auth = {{ method = \"aws-profile\", profile = \"{near}\" }}"),
    );
    let file = account
        .files
        .config
        .as_deref()
        .map_or_else(|| "~/.aws/config".to_owned(), crate::system::paths::display);
    let message = format!("there is no AWS profile `{name}` in {file}");
    Trouble::new(Cause::Misconfigured, message, fix)
}

/// What can be said about a source of credentials before anything is asked over the network.
fn check(account: &Account, name: &str, source: &Source) -> Result<(), Trouble> {
    let profile = &account.profile.name;
    match source {
        Source::Absent => Err(absent(account, name)),
        Source::Nothing => Err(Trouble::new(
            Cause::Misconfigured,
            format!("the AWS profile `{name}` says nothing about credentials"),
            format!("complete it: aws configure sso --profile {}", command_line::quote(name)),
        )),
        Source::Role { mfa: true, .. } => Err(Trouble::new(
            Cause::Misconfigured,
            format!(
                "the AWS profile `{name}` assumes its role with a code of a device (mfa_serial), for which nobody can be asked here"
            ),
            "let a credential_process ask for it (such as aws-vault), or use Identity Center",
        )),
        Source::Sso(sso) => match session::token(sso) {
            session::Token::Valid { .. } => Ok(()),
            session::Token::Absent => Err(Trouble::new(
                Cause::SessionOver,
                format!("nobody is logged in to the session of the AWS profile `{name}`"),
                format!("log in: claude-bedrock login {profile}"),
            )),
            session::Token::Unreadable(path) => Err(Trouble::new(
                Cause::SessionOver,
                format!(
                    "the token of the AWS profile `{name}` cannot be read ({})",
                    crate::system::paths::display(&path)
                ),
                format!("log in again: claude-bedrock login {profile}"),
            )),
            session::Token::Expired { at } => Err(Trouble::new(
                Cause::SessionOver,
                format!("the session of the AWS profile `{name}` expired {}", time::ago(at)),
                format!("log in again: claude-bedrock login {profile}"),
            )),
        },
        _ => Ok(()),
    }
}
