//! What may leave this machine, and what must not come back into a message.
//!
//! Bearer tokens and signatures go over TLS or stay on this machine, and the tokens of IAM Identity Center go to
//! AWS's own hosts alone, whatever `AWS_ENDPOINT_URL` or an AWS profile says. Whatever is sent as a secret is hidden
//! wherever an endpoint echoes it.

use std::net::IpAddr;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::Value;

use crate::claude::shadow;
use crate::system::redact;
use crate::system::variables::Snapshot;

/// Headers whose values are secrets. `Authorization` is one where it is no signature.
const SECRET_HEADERS: [&str; 3] = ["x-amz-sso_bearer_token", "x-amz-security-token", "authorization"];

/// The header in which the token of IAM Identity Center goes to its portal.
const SSO_TOKEN: &str = "x-amz-sso_bearer_token";

/// The hosts of AWS end so: its partitions, <https://docs.aws.amazon.com/general/latest/gr/rande.html>.
const AWS_DOMAINS: [&str; 7] = [
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".amazonaws.eu",
    ".api.aws",
    ".api.amazonwebservices.com.cn",
    ".c2s.ic.gov",
    ".sc2s.sgov.gov",
];

/// Why a request is not sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It would go over plain HTTP to this host.
    Plain(String),
    /// It would carry a token of IAM Identity Center to this host, which is not one of AWS.
    Elsewhere(String),
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Plain(host) => write!(formatter, "the request to {host} would go without TLS"),
            Self::Elsewhere(host) => write!(formatter, "an IAM Identity Center token would go to {host}"),
        }
    }
}

impl std::error::Error for Refusal {}

/// Whether a request may be sent to `host`, which may have a port.
pub(super) fn check(request: &HttpRequest, host: &str) -> Result<(), Refusal> {
    let is_secure = request.uri().starts_with("https:");
    let name = without_port(host);
    if is_on_this_machine(name) {
        return Ok(());
    }
    // Whatever it carries: a signature is as good as a password for as long as it lasts, and whoever is on the way can
    // answer what he likes.
    if !is_secure && !is_metadata(name) {
        return Err(Refusal::Plain(host.to_owned()));
    }
    let is_of_aws = AWS_DOMAINS.iter().any(|domain| name.ends_with(domain));
    if carries_sso_token(request) && !(is_secure && is_of_aws) {
        return Err(Refusal::Elsewhere(host.to_owned()));
    }
    Ok(())
}

/// Whether the request has a token of IAM Identity Center: in the header of the portal, or in the JSON by which
/// OIDC renews it (`CreateToken`).
fn carries_sso_token(request: &HttpRequest) -> bool {
    let body = request.body().bytes().unwrap_or_default();
    let has = |word: &[u8]| body.windows(word.len()).any(|part| part == word);
    request.headers().get(SSO_TOKEN).is_some() || has(b"\"refreshToken\"") || has(b"\"clientSecret\"")
}

pub(super) fn without_port(host: &str) -> &str {
    // A user and a password before the host are no part of its name.
    let host = host.rsplit('@').next().unwrap_or(host);
    match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => host.split(':').next().unwrap_or(host),
    }
}

pub(super) fn is_on_this_machine(name: &str) -> bool {
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The services of a machine or a container that hand out its credentials. They speak plain HTTP:
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>.
fn is_metadata(name: &str) -> bool {
    [
        "169.254.169.254",
        "169.254.170.2",
        "169.254.170.23",
        "fd00:ec2::254",
        "fd00:ec2::23",
    ]
    .contains(&name)
}

/// Remembers the secrets that go out with a request.
pub(super) fn learn_from_request(request: &HttpRequest) {
    for name in SECRET_HEADERS {
        let Some(value) = request.headers().get(name) else {
            continue;
        };
        match value.strip_prefix("Bearer ") {
            Some(token) => redact::learn(token),
            // A signature is good for one request.
            None if name == "authorization" => {}
            None => redact::learn(value),
        }
    }
    if let Some(body) = request.body().bytes() {
        learn_from_json(body);
    }
}

/// Remembers what a JSON text holds as tokens, keys and secrets.
pub(super) fn learn_from_json(text: &[u8]) {
    if text.first() == Some(&b'{')
        && let Ok(value) = serde_json::from_slice::<Value>(text)
    {
        learn_from(&value, false);
    }
}

fn learn_from(value: &Value, is_secret: bool) {
    match value {
        Value::String(text) if is_secret => redact::learn(text),
        Value::Array(values) => values.iter().for_each(|value| learn_from(value, is_secret)),
        Value::Object(members) => {
            for (name, value) in members {
                let name = name.to_ascii_lowercase();
                // `nextToken` of a list is none.
                let names_secret = [
                    "accesstoken",
                    "refreshtoken",
                    "idtoken",
                    "sessiontoken",
                    "secret",
                    "password",
                ];
                learn_from(value, names_secret.iter().any(|word| name.contains(word)));
            }
        }
        _ => {}
    }
}

/// Remembers the secrets among the variables of a profile.
pub(super) fn learn_from_variables(variables: &Snapshot) {
    for (name, value) in variables {
        if let (Some(name), Some(value)) = (name.to_str(), value.to_str())
            && name != "AWS_ACCESS_KEY_ID"
            && value.len() >= 6
            && shadow::is_secret(name, value)
        {
            redact::learn(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn request(uri: &str, header: &str, body: &'static str) -> HttpRequest {
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_uri(uri).unwrap();
        if !header.is_empty() {
            let value = if header == "authorization" {
                "Bearer the-token-of-somebody"
            } else {
                "the-token-of-somebody"
            };
            request.headers_mut().insert(header.to_owned(), value);
        }
        request
    }

    #[test]
    fn credentials_go_over_tls_and_sso_tokens_to_aws_alone() {
        const RENEWAL: &str = r#"{"clientId":"x","clientSecret":"y","refreshToken":"z"}"#;
        let plain = |host: &str| Err(Refusal::Plain(host.to_owned()));
        let elsewhere = |host: &str| Err(Refusal::Elsewhere(host.to_owned()));
        for (uri, header, body, wanted) in [
            (
                "https://portal.sso.us-east-1.amazonaws.com/federation",
                SSO_TOKEN,
                "",
                Ok(()),
            ),
            ("https://oidc.us-east-1.amazonaws.com/token", "", RENEWAL, Ok(())),
            (
                "https://portal.sso.cn-north-1.amazonaws.com.cn/x",
                SSO_TOKEN,
                "",
                Ok(()),
            ),
            ("http://127.0.0.1:8080/federation", SSO_TOKEN, "", Ok(())),
            ("http://[::1]:8080/federation", SSO_TOKEN, "", Ok(())),
            ("http://localhost/token", "", RENEWAL, Ok(())),
            (
                "http://portal.sso.us-east-1.amazonaws.com/x",
                SSO_TOKEN,
                "",
                plain("portal.sso.us-east-1.amazonaws.com"),
            ),
            ("https://evil.example/x", SSO_TOKEN, "", elsewhere("evil.example")),
            ("https://evil.example/token", "", RENEWAL, elsewhere("evil.example")),
            (
                "https://evilamazonaws.com/x",
                SSO_TOKEN,
                "",
                elsewhere("evilamazonaws.com"),
            ),
            (
                "https://amazonaws.com.evil.example/x",
                SSO_TOKEN,
                "",
                elsewhere("amazonaws.com.evil.example"),
            ),
            (
                "http://gateway.internal:4000/model",
                "authorization",
                "",
                plain("gateway.internal:4000"),
            ),
            (
                "http://sts.internal/",
                "",
                "Action=GetCallerIdentity",
                plain("sts.internal"),
            ),
            ("http://localstack:4566/", "", "", plain("localstack:4566")),
            ("http://10.0.0.7:4566/", "", "", plain("10.0.0.7:4566")),
            ("http://x@localhost:4566/", "", "", Ok(())),
            (
                "http://localhost@evil.example/",
                "",
                "",
                plain("localhost@evil.example"),
            ),
            (
                "http://bedrock.internal/model",
                "x-amz-security-token",
                "",
                plain("bedrock.internal"),
            ),
            (
                "http://127.0.0.1.evil.example/x",
                "authorization",
                "",
                plain("127.0.0.1.evil.example"),
            ),
            ("https://gateway.internal:4000/model", "authorization", "", Ok(())),
            ("http://169.254.169.254/latest", "", "", Ok(())),
            ("http://169.254.170.2/v2", "authorization", "", Ok(())),
        ] {
            let request = request(uri, header, body);
            let host = super::super::http::host(uri);
            assert_eq!(check(&request, host), wanted, "{uri}");
        }
    }

    #[test]
    fn what_is_sent_or_received_as_a_secret_is_hidden_afterwards() {
        learn_from_request(&request("https://x.amazonaws.com/", SSO_TOKEN, ""));
        learn_from_json(
            br#"{"roleCredentials":{"secretAccessKey":"S3cretKeyOfTheRole/abc"},"nextToken":"page-two-of-the-list"}"#,
        );
        let said = redact::redacted("the-token-of-somebody, S3cretKeyOfTheRole/abc, page-two-of-the-list");
        assert_eq!(
            said,
            "*********************, **********************, page-two-of-the-list"
        );
    }
}
