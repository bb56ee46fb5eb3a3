//! The SDK's configuration of a profile: region, endpoints, time limits.
//!
//! Endpoints (`AWS_ENDPOINT_URL` and those of each service), FIPS and dual-stack come from the variables and
//! the AWS profile by the SDK itself, which sees the profile's environment ([`super::Account::open`]).

use std::time::Duration;

use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_smithy_async::rt::sleep::TokioSleep;

use crate::aws::{Account, Trouble};
use crate::environment::Method;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(4);

/// How long a server may say nothing.
const READ: Duration = Duration::from_secs(6);

/// How long one call may take with all its attempts.
const CALL: Duration = Duration::from_secs(8);

/// How often a call is tried: somebody waits, so twice.
const ATTEMPTS: u32 = 2;

fn limits() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .read_timeout(READ)
        .operation_timeout(CALL)
        .build()
}

impl Account {
    fn loader(&self) -> ConfigLoader {
        let loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(self.client.clone())
            .region(Region::new(self.region().to_owned()))
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .sleep_impl(TokioSleep::new())
            .timeout_config(limits());
        if self.profile.settings.flag("fips") {
            loader.use_fips(true)
        } else {
            loader
        }
    }

    /// What credentials are fetched with.
    pub(super) fn provider_config(&self) -> ProviderConfig {
        ProviderConfig::without_region()
            .with_region(Some(Region::new(self.region().to_owned())))
            .with_retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .with_sleep_impl(TokioSleep::new())
            .with_http_client(self.client.clone())
    }

    /// The configuration with the account's credentials in it, or the bearer token of an API key.
    pub(super) async fn config(&self) -> Result<SdkConfig, Trouble> {
        let load = async || {
            let loader = self.loader();
            if self.method() == Method::ApiKey {
                // The service's own configuration takes the token from AWS_BEARER_TOKEN_BEDROCK.
                return Ok(loader.no_credentials().load().await);
            }
            let credentials = self.credentials().await?;
            Ok(loader.credentials_provider(credentials).load().await)
        };
        self.config.get_or_init(load).await.clone()
    }

    /// The configuration for calls that need no credentials, or bring their own.
    pub(super) async fn bare_config(&self) -> SdkConfig {
        self.loader().no_credentials().load().await
    }
}
