//! Answers without a server, for fuzzing: arbitrary bytes in AWS's place go through the SDK's readers and our own.

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;

use crate::aws::error::{Call, Trouble};
use crate::aws::{block_on, http, providers};

/// Answers every request with the same.
#[derive(Clone, Debug)]
struct Canned {
    status: u16,
    kind: &'static str,
    body: Vec<u8>,
}

impl HttpConnector for Canned {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let status = StatusCode::try_from(self.status).expect("a status");
        let mut response = HttpResponse::new(status, SdkBody::from(self.body.clone()));
        response.headers_mut().insert("content-type", self.kind);
        HttpConnectorFuture::new(async move { http::looked_at(response, "aws.example").await })
    }
}

impl HttpClient for Canned {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// What is made of an answer: `None` if it is one that was asked for. The number chooses the question, the status and
/// the kind of content.
pub fn trouble(number: u8, body: &[u8]) -> Option<Trouble> {
    const STATUS: [u16; 8] = [200, 400, 403, 404, 429, 500, 503, 302];
    const KINDS: [&str; 3] = ["application/json", "text/xml", "text/html"];
    let canned = Canned {
        status: STATUS[usize::from(number & 7)],
        kind: KINDS[usize::from(number >> 3) % KINDS.len()],
        body: body.to_vec(),
    };
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "canned");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .retry_config(RetryConfig::disabled())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(canned)
        .build();
    let call = |action| Call::of("work", "eu-west-1", action);
    let asked = async {
        match number >> 6 {
            0 => {
                let client = aws_sdk_sts::Client::new(&config);
                let answer = client
                    .assume_role()
                    .role_arn("arn:aws:iam::1:role/x")
                    .role_session_name("x");
                match answer.send().await {
                    Ok(answer) => providers::of_sts(answer.credentials(), "sts:AssumeRole").err(),
                    Err(error) => Some(Trouble::of_call(&error, &call("sts:AssumeRole"))),
                }
            }
            1 => {
                let client = aws_sdk_bedrock::Client::new(&config);
                let error = client.list_inference_profiles().send().await.err()?;
                Some(Trouble::of_call(&error, &call("bedrock:ListInferenceProfiles")))
            }
            2 => {
                let client = aws_sdk_sso::Client::new(&config);
                let asked = client
                    .get_role_credentials()
                    .role_name("x")
                    .account_id("1")
                    .access_token("x");
                let error = asked.send().await.err()?;
                Some(Trouble::of_call(&error, &call("sso:GetRoleCredentials")))
            }
            _ => {
                let client = aws_sdk_ssooidc::Client::new(&config);
                let asked = client
                    .create_token()
                    .client_id("x")
                    .client_secret("x")
                    .grant_type("refresh_token");
                let error = asked.send().await.err()?;
                Some(Trouble::of_call(&error, &call("sso-oauth:CreateToken")))
            }
        }
    };
    block_on(asked).ok()?
}
