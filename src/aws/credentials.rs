//! The credentials of a profile, by its method of authentication.

use std::io;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;

use crate::aws::error::Call;
use crate::aws::{Account, Cause, Trouble, providers};
use crate::aws_files::{Base, Decision, Flaw, FlawKind};
use crate::console;
use crate::environment::Method;
use crate::system::redact;

/// How long credentials may take that come over the network.
const NETWORK: Duration = Duration::from_secs(8);

/// How long a `credential_process` may take, which may ask for a password or open a browser.
const PROCESS: Duration = Duration::from_mins(2);

/// Fetches the credentials of an account.
pub(super) async fn fetch(account: &Account) -> Result<Credentials, Trouble> {
    match account.method() {
        Method::AccessKeys => keys(account),
        Method::AwsProfile => {
            let decision = match account.decision() {
                Err(flaw) if flaw.kind == FlawKind::Mfa => asking(account, &flaw)?,
                decided => decided.map_err(|flaw| refused(account, &flaw))?,
            };
            // Before the time runs.
            let codes = codes(&decision)?;
            let limit = if matches!(decision.base, Base::Process(_) | Base::Login(_)) {
                PROCESS
            } else {
                NETWORK
            };
            within(account, limit, Box::pin(providers::fetch(account, &decision, &codes))).await
        }
        Method::Ambient => match account.decision() {
            Ok(decision) => within(account, PROCESS, Box::pin(providers::fetch(account, &decision, &[]))).await,
            Err(flaw) if flaw.stops() => Err(refused(account, &flaw)),
            Err(_) => within(account, PROCESS, Box::pin(providers::machine(account))).await,
        },
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

/// The decision if an MFA code is needed and somebody at the terminal can be asked for it.
fn asking(account: &Account, flaw: &Flaw) -> Result<Decision, Trouble> {
    if !(account.may_ask && console::can_ask()) {
        let name = &account.profile.name;
        return Err(Trouble::new(
            Cause::SessionOver,
            account.said(flaw).message,
            format!("to enter the code on a terminal, which keeps the session: claude-bedrock login {name}"),
        ));
    }
    let asked = account.files.decide_asking(account.aws_profile(), &account.variables);
    asked.map_err(|flaw| refused(account, &flaw))
}

/// The MFA codes that the roles require, in their order. Each is good for one call.
fn codes(decision: &Decision) -> Result<Vec<Option<String>>, Trouble> {
    let ask = |device: &String| {
        // Stdout is for the credentials.
        console::ask(&format!("MFA code of {}: ", crate::system::text::visible(device)));
        let mut code = String::new();
        let read = io::stdin().read_line(&mut code);
        let code = code.trim().to_owned();
        if read.is_err() || code.is_empty() {
            let fix = "type the six digits that the device shows";
            return Err(Trouble::new(Cause::SessionOver, "no code was typed", fix));
        }
        Ok(code)
    };
    let roles = decision.roles.iter();
    roles.map(|role| role.device.as_ref().map(ask).transpose()).collect()
}

/// An AWS profile that gives no credentials, with what to do about it. Nothing else is tried: Claude Code would
/// take the machine's role.
fn refused(account: &Account, flaw: &Flaw) -> Trouble {
    let said = account.said(flaw);
    Trouble::new(Cause::Misconfigured, said.message, said.help)
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
                    "the keys of `{}` have no session token and are not allowed to get one: {}",
                    account.profile.name, trouble.message
                );
                return Trouble::new(trouble.cause, message, trouble.fix);
            }
            trouble
        })?;
    let session = answer.credentials().ok_or_else(|| {
        Trouble::new(
            Cause::Unreadable,
            "the response to sts:GetSessionToken contains no credentials",
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
            format!("the access keys of `{}` are incomplete", account.profile.name),
            format!("see where they come from: claude-bedrock show {}", account.profile.name),
        )),
    }
}

async fn within(
    account: &Account,
    limit: Duration,
    fetched: impl Future<Output = Result<Credentials, Trouble>>,
) -> Result<Credentials, Trouble> {
    let fetched = tokio::time::timeout(limit, fetched).await.unwrap_or_else(|_| {
        Err(Trouble::new(
            Cause::TimedOut,
            format!(
                "the credentials of `{}` did not arrive within {} s",
                account.profile.name,
                limit.as_secs()
            ),
            "check the connection, the VPN and HTTPS_PROXY; then try again",
        ))
    });
    if let Ok(credentials) = &fetched {
        redact::learn(credentials.secret_access_key());
        credentials.session_token().map(redact::learn);
    }
    fetched
}
