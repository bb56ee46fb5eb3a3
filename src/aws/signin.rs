//! The AWS console in a browser, for credentials that a program has: a token of the sign-in service
//! (`getSigninToken`), and the link that it is good in.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html>
//!
//! Both are secrets: whoever has the link is the role. Credentials go to AWS's own sign-in host, or to one on this
//! machine (`AWS_ENDPOINT_URL_SIGNIN`), and nowhere else whatever a variable says.

use aws_credential_types::Credentials;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde_json::{Value, json};

use crate::aws::config::{Service, limits};
use crate::aws::error::{Call, find};
use crate::aws::http::{WebPage, host};
use crate::aws::{Account, Cause, Trouble, guard};
use crate::system::redact;

/// What the console's and the sign-in service's hosts end in, by the beginning of the region's name; the commercial
/// regions' comes last. The endpoint rules of AWS's `signin` service, as its SDKs ship them (2026-11).
const DOMAINS: [(&str, &str); 8] = [
    ("cn-", "amazonaws.cn"),
    ("us-gov-", "amazonaws-us-gov.com"),
    ("eusc-", "amazonaws-eusc.eu"),
    ("us-iso-", "c2shome.ic.gov"),
    ("us-isob-", "sc2shome.sgov.gov"),
    ("us-isof-", "csphome.hci.ic.gov"),
    ("eu-isoe-", "csphome.adc-e.uk"),
    ("", "aws.amazon.com"),
];

fn domain(region: &str) -> &'static str {
    let found = DOMAINS.iter().find(|(start, _)| region.starts_with(start));
    found.map_or("aws.amazon.com", |(_, domain)| domain)
}

/// The sign-in host of a region's partition. The European Sovereign Cloud has none but its regions'.
fn sign_in_host(region: &str) -> String {
    match domain(region) {
        domain @ "amazonaws-eusc.eu" => format!("https://{region}.signin.{domain}"),
        domain => format!("https://signin.{domain}"),
    }
}

/// The page of Bedrock in the console.
pub fn bedrock_page(region: &str) -> String {
    format!(
        "https://{region}.console.{}/bedrock/home?region={region}#/overview",
        domain(region)
    )
}

impl Account {
    /// The link that opens the console at Bedrock, good for a quarter of an hour. It is a secret. Errors: the credentials
    /// are none of a session, or AWS does not take them.
    pub async fn console_link(&self) -> Result<String, Trouble> {
        let credentials = self.credentials().await?;
        let Some(token) = credentials.session_token().filter(|token| !token.is_empty()) else {
            return Err(Trouble::new(
                Cause::NotApplicable,
                format!(
                    "`{}` has long-lived keys, but the console accepts only a session's credentials",
                    self.profile.name
                ),
                "use a role with them (role_arn and source_profile in ~/.aws/config), or sign in with the user's password",
            ));
        };
        let base = self.sign_in();
        let session = session(&credentials, token);
        let asked = format!("/federation?Action=getSigninToken&Session={}", in_query(&session));
        redact::learn(&in_query(&session));
        let token = self.sign_in_token(&base, asked).await?;
        redact::learn(&token);
        let link = format!(
            "{base}/federation?Action=login&Issuer=claude-bedrock&Destination={}&SigninToken={}",
            in_query(&bedrock_page(self.region())),
            in_query(&token)
        );
        redact::learn(&in_query(&token));
        Ok(link)
    }

    fn sign_in(&self) -> String {
        let moved = self.endpoint(Service::SignIn);
        let here = moved.filter(|url| guard::is_on_this_machine(guard::without_port(host(url))));
        here.map_or_else(
            || sign_in_host(self.region()),
            |url| url.trim_end_matches('/').to_owned(),
        )
    }

    async fn sign_in_token(&self, base: &str, asked: String) -> Result<String, Trouble> {
        let operation = Operation::builder()
            .service_name("signin")
            .operation_name("getSigninToken")
            .no_auth()
            .no_retry()
            .endpoint_url(base)
            .http_client(self.client.clone())
            .timeout_config(limits())
            .sleep_impl(TokioSleep::new())
            .serializer(|path: String| {
                let mut request = HttpRequest::new(SdkBody::empty());
                request.set_uri(path)?;
                Ok(request)
            })
            .deserializer(|response: &HttpResponse| read(response).map_err(OrchestratorError::operation))
            .build();
        operation.invoke(asked).await.map_err(|error| {
            if is_refusal(&error) {
                return Trouble::new(
                    Cause::AccessDenied,
                    format!("the console does not accept the credentials of `{}`", self.profile.name),
                    "it rejects credentials from GetSessionToken and expired ones: use a role, or log in again",
                );
            }
            Trouble::of_call(&error, &Call::new(self, "getSigninToken"))
        })
    }
}

/// The three parts of the credentials in the form that the service wants.
fn session(credentials: &Credentials, token: &str) -> String {
    json!({
        "sessionId": credentials.access_key_id(),
        "sessionKey": credentials.secret_access_key(),
        "sessionToken": token,
    })
    .to_string()
}

/// An answer that holds no token.
#[derive(Debug)]
struct NoToken(ErrorMetadata);

impl std::fmt::Display for NoToken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a response without a token")
    }
}

impl std::error::Error for NoToken {}

impl ProvideErrorMetadata for NoToken {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

fn read(response: &HttpResponse) -> Result<String, NoToken> {
    let body: Value = serde_json::from_slice(response.body().bytes().unwrap_or_default()).unwrap_or_default();
    let token = body["SigninToken"].as_str().filter(|token| !token.is_empty());
    match token.filter(|_| response.status().is_success()) {
        Some(token) => Ok(token.to_owned()),
        None => Err(NoToken(ErrorMetadata::builder().build())),
    }
}

/// Whether AWS has read the question and says no, which it does by a web page.
fn is_refusal(error: &SdkError<NoToken, HttpResponse>) -> bool {
    let is_no = |status: u16| (400..500).contains(&status) && status != 429;
    match error {
        SdkError::ServiceError(answer) => is_no(answer.raw().status().as_u16()),
        SdkError::DispatchFailure(failure) => failure
            .as_connector_error()
            .and_then(|error| find::<WebPage>(error))
            .is_some_and(|page| is_no(page.status)),
        _ => false,
    }
}

/// A value of a query: everything but the unreserved characters of RFC 3986 by its bytes.
fn in_query(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_partition_signs_in_at_a_host_of_its_own() {
        for (region, sign_in, page) in [
            (
                "us-east-1",
                "https://signin.aws.amazon.com",
                "https://us-east-1.console.aws.amazon.com/",
            ),
            (
                "ap-southeast-2",
                "https://signin.aws.amazon.com",
                "https://ap-southeast-2.console.aws.amazon.com/",
            ),
            (
                "cn-north-1",
                "https://signin.amazonaws.cn",
                "https://cn-north-1.console.amazonaws.cn/",
            ),
            (
                "us-gov-west-1",
                "https://signin.amazonaws-us-gov.com",
                "https://us-gov-west-1.console.amazonaws-us-gov.com/",
            ),
            (
                "eusc-de-east-1",
                "https://eusc-de-east-1.signin.amazonaws-eusc.eu",
                "https://eusc-de-east-1.console.amazonaws-eusc.eu/",
            ),
            (
                "us-iso-east-1",
                "https://signin.c2shome.ic.gov",
                "https://us-iso-east-1.console.c2shome.ic.gov/",
            ),
            (
                "us-isob-east-1",
                "https://signin.sc2shome.sgov.gov",
                "https://us-isob-east-1.console.sc2shome.sgov.gov/",
            ),
            (
                "us-isof-south-1",
                "https://signin.csphome.hci.ic.gov",
                "https://us-isof-south-1.console.csphome.hci.ic.gov/",
            ),
            (
                "eu-isoe-west-1",
                "https://signin.csphome.adc-e.uk",
                "https://eu-isoe-west-1.console.csphome.adc-e.uk/",
            ),
        ] {
            assert_eq!(sign_in_host(region), sign_in, "{region}");
            let bedrock = format!("{page}bedrock/home?region={region}#/overview");
            assert_eq!(bedrock_page(region), bedrock, "{region}");
        }
    }

    #[test]
    fn nothing_in_a_value_ends_it() {
        assert_eq!(in_query("a/b+c=&d #ä%"), "a%2Fb%2Bc%3D%26d%20%23%C3%A4%25");
    }
}
