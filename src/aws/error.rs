//! Errors of AWS and of the way to it: one line that names the cause, one that says what to do.
//!
//! The SDK's errors are chains whose outer links say nothing ("dispatch failure") and whose inner ones are for
//! its authors. Here the link that tells the cause is looked for, by its type where it has one.

use std::error::Error;
use std::io;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::dns::ResolveDnsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde::{Deserialize, Serialize};

use crate::aws::Account;
use crate::aws::guard::Refusal;
use crate::aws::http::{CutOff, Unreached, WebPage};
use crate::aws::messages;
use crate::diagnostic::Diagnostic;
use crate::system::redact::redacted;

/// Signatures are good for five minutes before and after, by the servers' clocks:
/// <https://docs.aws.amazon.com/general/latest/gr/sigv4-troubleshooting.html>. In seconds.
pub const TOLERATED_SKEW: i64 = 300;

/// Codes that speak of a signature: the key, the clock, or the region that it was made for.
const SIGNATURE: [&str; 4] = [
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "RequestExpired",
    "RequestTimeTooSkewed",
];

/// What is behind an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// The credentials or the role may not do it.
    AccessDenied,
    /// AWS does not allow it to the account itself.
    AccountBlocked,
    /// A web page came instead of an answer: from a captive portal or a proxy.
    CaptivePortal,
    /// This machine's clock is off.
    ClockSkew,
    /// The credentials have expired.
    Expired,
    /// Anthropic does not serve the country that the request comes from.
    Location,
    /// Something in `~/.aws/config` or the profile is wrong or missing.
    Misconfigured,
    /// The account has no access to the model yet.
    ModelAccess,
    /// The server cannot be reached.
    NoNetwork,
    /// The method has no credentials that could be fetched.
    NotApplicable,
    /// What was asked for does not exist.
    NotFound,
    /// The model is to be called through an inference profile.
    OnDemand,
    /// Something else; the message is AWS's own.
    Other,
    /// The `credential_process` failed.
    Process,
    /// AWS rejects what the request contains.
    Request,
    /// The model has been switched off, or soon will be.
    Retired,
    /// The session of Identity Center is over or there is none, by the token's file.
    SessionOver,
    /// AWS itself is in trouble (5xx).
    ServiceDown,
    /// Too many requests.
    Throttled,
    /// No answer in time.
    TimedOut,
    /// The server's name cannot be resolved.
    UnknownHost,
    /// The server's certificate is not trusted, or it speaks no TLS.
    Tls,
    /// The answer is truncated or makes no sense.
    Unreadable,
    /// The credentials belong to another account than the one that the profile pins.
    WrongAccount,
    /// The keys are unknown or do not fit together.
    WrongKeys,
}

/// An error of AWS or of the way to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// What is behind it.
    pub cause: Cause,
    /// What happened, in one line without a final stop.
    pub message: String,
    /// What to do, in one line.
    pub fix: String,
    /// AWS's own words, where there were any.
    pub words: Option<String>,
}

impl Trouble {
    /// Whether a file has to be corrected, rather than something outside be waited for or renewed.
    pub fn is_misuse(&self) -> bool {
        matches!(
            self.cause,
            Cause::Misconfigured | Cause::NotApplicable | Cause::WrongAccount | Cause::WrongKeys
        )
    }
}

impl From<Trouble> for Box<Diagnostic> {
    fn from(trouble: Trouble) -> Self {
        Diagnostic::error(trouble.message).help(trouble.fix).into()
    }
}

/// What was called, for messages.
#[derive(Debug)]
pub(super) struct Call<'a> {
    /// The permission's name, such as `bedrock:InvokeModel`.
    action: &'a str,
    profile: &'a str,
    region: &'a str,
    skew: Option<i64>,
}

impl<'a> Call<'a> {
    pub(super) fn new(account: &'a Account, action: &'a str) -> Self {
        Self {
            action,
            profile: &account.profile.name,
            region: account.region(),
            skew: account.clock_skew(),
        }
    }

    /// The call of an account that there need not be.
    #[cfg(any(test, fuzzing))]
    pub(super) fn of(profile: &'a str, region: &'a str, action: &'a str) -> Self {
        Self {
            action,
            profile,
            region,
            skew: None,
        }
    }
}

/// The links of a chain of errors, from the outermost. What an `io::Error` carries is a link of its own,
/// which `source` leaves out.
fn links<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let next = |error: &&'a (dyn Error + 'static)| -> Option<&'a (dyn Error + 'static)> {
        let error = *error;
        match error.downcast_ref::<io::Error>() {
            Some(error) => error.get_ref().map(|inner| inner as &(dyn Error + 'static)),
            None => error.source(),
        }
    };
    std::iter::successors(Some(error), next)
}

pub(super) fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    links(error).find_map(|link| link.downcast_ref())
}

impl Trouble {
    /// An error of our own.
    pub fn new(cause: Cause, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            cause,
            // Errors are kept in records as well as shown, and an endpoint may echo what it was sent.
            message: redacted(&message.into()),
            fix: redacted(&fix.into()),
            words: None,
        }
    }

    /// With AWS's own words behind it, where it does not hold them already: Claude Code throws them away for every
    /// 404 (seen with 2.1.332).
    pub fn in_full(&self) -> String {
        match &self.words {
            Some(words) if !self.message.contains(words.as_str()) => {
                format!("{}; AWS says: {words}", self.message)
            }
            _ => self.message.clone(),
        }
    }

    /// A successful answer that holds nothing.
    pub(super) fn unreadable(call: &Call<'_>) -> Self {
        unreadable(200, call)
    }

    /// What is behind the error of a call.
    pub(super) fn of_call<E>(error: &SdkError<E, HttpResponse>, call: &Call<'_>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        match error {
            SdkError::ServiceError(service) => {
                let status = service.raw().status().as_u16();
                // What cannot be read counts as an error of the service, too.
                if status < 300 {
                    return unreadable(status, call);
                }
                let code = service.err().code().unwrap_or_default();
                let text = service.err().message().unwrap_or_default();
                Self::of_answer(code, text, status, call)
            }
            SdkError::TimeoutError(_) => timed_out(call),
            SdkError::ResponseError(answer) => unreadable(answer.raw().status().as_u16(), call),
            SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
                Some(error) => match find(error) {
                    Some(CutOff { status }) => unreadable(*status, call),
                    None => Self::of_way(error),
                },
                None => other(call, "the request could not be sent"),
            },
            error => match find::<CredentialsError>(error) {
                Some(error) => Self::of_credentials(error, call),
                None => other(call, &innermost(error)),
            },
        }
    }

    /// Why credentials cannot be fetched.
    pub(super) fn of_credentials(error: &CredentialsError, call: &Call<'_>) -> Self {
        if matches!(error, CredentialsError::ProviderTimedOut(_)) {
            return timed_out(call);
        }
        if let Some(error) = find(error) {
            return Self::of_way(error);
        }
        let text = innermost(error);
        if matches!(error, CredentialsError::CredentialsNotLoaded(_)) {
            return Self::new(
                Cause::Misconfigured,
                format!("there are no AWS credentials for `{}`", call.profile),
                format!("set its `auth`; what it has now: claude-bedrock show {}", call.profile),
            );
        }
        Self::new(
            Cause::Misconfigured,
            format!("cannot get the credentials of `{}`: {text}", call.profile),
            "look at the AWS profile in ~/.aws/config",
        )
    }

    /// Why an answer is an error.
    fn of_answer(code: &str, text: &str, status: u16, call: &Call<'_>) -> Self {
        let shown = sentence(text);
        Self {
            words: (!shown.is_empty()).then(|| shown.clone()),
            ..Self::understood(code, text, status, &shown, call)
        }
    }

    fn understood(code: &str, text: &str, status: u16, shown: &str, call: &Call<'_>) -> Self {
        let Call {
            action,
            profile,
            region,
            skew,
        } = *call;
        let says = |word: &str| text.to_ascii_lowercase().contains(word);
        // A successful answer that is truncated.
        if (200..300).contains(&status) {
            return unreadable(status, call);
        }
        if SIGNATURE.contains(&code) {
            let off = skew.filter(|skew| skew.abs() > TOLERATED_SKEW);
            if off.is_some() || says("signature expired") || says("not yet current") {
                return clock(off);
            }
        }
        if action.starts_with("sso:") && code == "ForbiddenException" {
            return Self::new(
                Cause::AccessDenied,
                "Identity Center does not grant you this account and role",
                "check sso_account_id and sso_role_name in ~/.aws/config, or ask whoever assigns roles",
            );
        }
        if let Some(known) = messages::of_answer(status, code, text) {
            let filled = |text: &str| {
                text.replace("{action}", action)
                    .replace("{region}", region)
                    .replace("{profile}", profile)
                    .replace("{there}", &there(text_region(shown), region))
                    .replace("{said}", shown)
            };
            return Self::new(known.cause, filled(known.means), filled(known.fix));
        }
        match code {
            _ if SIGNATURE.contains(&code) => Self::new(
                Cause::WrongKeys,
                format!("the secret access key of `{profile}` does not match its key ID"),
                format!("correct it: claude-bedrock show {profile} says where it comes from"),
            ),
            _ if status == 429 => Self::new(
                Cause::Throttled,
                format!("{action} in {region} was refused: too many requests (429)"),
                "wait a minute; if it persists, ask for a higher quota in the Service Quotas console",
            ),
            _ if says("model access is denied") => Self::new(
                Cause::ModelAccess,
                format!("the account has no access to the model in {region}: {shown}"),
                "open the model once in the Bedrock console, Model catalog; an administrator may have to",
            ),
            // A gateway's, or that of a wrong path of it.
            "" if status == 404 => Self::new(
                Cause::Misconfigured,
                format!(
                    "the server has nothing at the path of {action} (404){}",
                    after_colon(shown)
                ),
                format!("correct the path in base_url: claude-bedrock show {profile} says where it is set"),
            ),
            "ResourceNotFoundException" => Self::new(
                Cause::NotFound,
                format!("{action} in {region} finds no such resource: {shown}"),
                "check the ID and the region",
            ),
            _ if status == 403 || code.starts_with("AccessDenied") || code.starts_with("UnauthorizedOperation") => {
                Self::new(
                    Cause::AccessDenied,
                    format!("{action} is not allowed in {region}{}", after_colon(shown)),
                    format!("ask for the permission; the minimal policy: claude-bedrock policy {profile}"),
                )
            }
            _ if status >= 500 => Self::new(
                Cause::ServiceDown,
                format!("AWS itself failed at {action} in {region} ({status})"),
                "try again in a minute; https://health.aws.amazon.com lists outages",
            ),
            _ if shown.is_empty() => other(call, &format!("{code} ({status})")),
            _ => other(call, shown),
        }
    }

    /// Why a request got no answer.
    fn of_way(error: &ConnectorError) -> Self {
        if let Some(WebPage { host, status }) = find(error) {
            return Self::new(
                Cause::CaptivePortal,
                format!("got a web page instead of a response from {host} ({status}): a captive portal or a proxy"),
                "open any page in a browser and sign in to the network, or set HTTPS_PROXY",
            );
        }
        if let Some(refusal) = find::<Refusal>(error) {
            let host = match refusal {
                Refusal::Plain(host) | Refusal::Elsewhere(host) => host,
            };
            return Self::new(
                Cause::Misconfigured,
                format!("{refusal}, so nothing was sent"),
                format!(
                    "find what names {host} (AWS_ENDPOINT_URL, endpoint_url in ~/.aws/config, base_url) and remove it, or write https://"
                ),
            );
        }
        let host = find(error).map_or("AWS", |unreached: &Unreached| &unreached.host);
        if let Some(error) = find::<rustls::Error>(error) {
            return tls(error, host);
        }
        if find::<ResolveDnsError>(error).is_some() {
            return Self::new(
                Cause::UnknownHost,
                format!("no network: the name {host} cannot be resolved"),
                "check the connection and the VPN, and the region's spelling",
            );
        }
        if error.is_timeout() {
            return timed_out_at(host);
        }
        let text = innermost(error);
        if text.contains("tunnel error") || text.contains("proxy") {
            return Self::new(
                Cause::NoNetwork,
                format!("the proxy does not let {host} through ({text})"),
                "check HTTPS_PROXY and its password, or exempt the host with NO_PROXY",
            );
        }
        if let Some(error) = links(error).find_map(|link| link.downcast_ref::<io::Error>()) {
            let what = match error.kind() {
                io::ErrorKind::ConnectionRefused => "refuses the connection",
                io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => "cannot be reached",
                io::ErrorKind::TimedOut => return timed_out_at(host),
                _ => "broke the connection",
            };
            return Self::new(
                Cause::NoNetwork,
                format!("no network: {host} {what}"),
                "check the connection, the VPN and HTTPS_PROXY, and AWS_ENDPOINT_URL if it is set",
            );
        }
        Self::new(
            Cause::Unreadable,
            format!("{host} cut its response short"),
            "try again; if it persists, a proxy or a VPN on the way corrupts it",
        )
    }
}

fn after_colon(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!(": {text}")
    }
}

/// AWS's own words on one line, without the final stop.
fn sentence(text: &str) -> String {
    const LONGEST: usize = 300;
    let text = &redacted(text);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut = line.floor_char_boundary(LONGEST);
    if cut < line.len() {
        format!("{}…", &line[..cut])
    } else {
        line.trim_end_matches('.').to_owned()
    }
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    sentence(&links(error).last().map(ToString::to_string).unwrap_or_default())
}

/// The region in the ARN of what was refused: a geography routes a request to other regions than the one that
/// was called.
fn text_region(text: &str) -> Option<&str> {
    let (_, resource) = text.split_once("on resource: arn:")?;
    let region = resource.split(':').nth(2)?;
    (!region.is_empty() && region.len() < 24).then_some(region)
}

fn there(named: Option<&str>, called: &str) -> String {
    match named {
        Some(region) if region != called => format!(" in {region} (called from {called})"),
        _ => format!(" in {called}"),
    }
}

fn other(call: &Call<'_>, text: &str) -> Trouble {
    Trouble::new(
        Cause::Other,
        format!("{} in {} failed: {text}", call.action, call.region),
        format!("check the profile: claude-bedrock show {}", call.profile),
    )
}

fn timed_out(call: &Call<'_>) -> Trouble {
    timed_out_at(call.action)
}

fn timed_out_at(what: &str) -> Trouble {
    Trouble::new(
        Cause::TimedOut,
        format!("{what} did not answer in time"),
        "check the connection, the VPN and HTTPS_PROXY; then try again",
    )
}

fn unreadable(status: u16, call: &Call<'_>) -> Trouble {
    Trouble::new(
        Cause::Unreadable,
        format!(
            "the response to {} cannot be read: it is cut off, or not from AWS ({status})",
            call.action
        ),
        "try again; if it persists, a proxy or a VPN on the way corrupts it, or AWS_ENDPOINT_URL is wrong",
    )
}

fn clock(skew: Option<i64>) -> Trouble {
    let off = skew.map_or_else(
        || "is off by more than five minutes".to_owned(),
        |skew| {
            let direction = if skew > 0 { "behind" } else { "ahead" };
            format!("is {} min {direction}", skew.abs() / 60)
        },
    );
    Trouble::new(
        Cause::ClockSkew,
        format!("this machine's clock {off}, so AWS refuses its signatures"),
        "set the clock: timedatectl set-ntp true (in WSL: sudo hwclock -s)",
    )
}

/// The AWS CLI and this program read the first of the variables, Claude Code only the second.
const INSPECTING_PROXY: &str = "a proxy that inspects TLS? name its CA: export AWS_CA_BUNDLE=/path/to/ca.pem, and NODE_EXTRA_CA_CERTS for Claude Code";

fn tls(error: &rustls::Error, host: &str) -> Trouble {
    use rustls::CertificateError;
    let (what, fix) = match error {
        rustls::Error::InvalidCertificate(error) => match error {
            CertificateError::UnknownIssuer => ("is not trusted: its issuer is unknown here", INSPECTING_PROXY),
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
                "has expired, or this machine's clock is ahead",
                "check the clock: date -u",
            ),
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => (
                "is not valid yet: this machine's clock is behind",
                "set the clock: timedatectl set-ntp true",
            ),
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => (
                "belongs to another server",
                "a captive portal or a proxy? check HTTPS_PROXY, and AWS_ENDPOINT_URL if it is set",
            ),
            _ => ("is not valid", INSPECTING_PROXY),
        },
        _ => {
            return Trouble::new(
                Cause::Tls,
                format!("{host} does not speak TLS properly ({error})"),
                "a proxy or a captive portal? check HTTPS_PROXY, and AWS_ENDPOINT_URL if it is set",
            );
        }
    };
    Trouble::new(Cause::Tls, format!("the certificate of {host} {what}"), fix)
}
