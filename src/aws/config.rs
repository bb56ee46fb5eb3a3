//! The SDK's configuration of a profile: region, endpoints, time limits.
//!
//! Endpoints (`AWS_ENDPOINT_URL` and those of each service), FIPS and dual-stack are what Claude Code makes of the
//! variables and of the AWS profile (seen with 2.1.332): they move the control plane, STS and Identity Center,
//! never the runtime. The SDK itself reads no file of `~/.aws`.

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

/// How often a call is tried: somebody is waiting, so twice.
const ATTEMPTS: u32 = 2;

/// A service that can have an address of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Bedrock's control plane.
    Bedrock,
    /// STS.
    Sts,
    /// Identity Center's portal.
    Sso,
    /// Identity Center's sign-in.
    SsoOidc,
    /// The console's sign-in.
    SignIn,
}

impl Service {
    /// The end of its variable, `AWS_ENDPOINT_URL_…`; in lower case its name in a section `[services]`.
    fn name(self) -> &'static str {
        match self {
            Self::Bedrock => "BEDROCK",
            Self::Sts => "STS",
            Self::Sso => "SSO",
            Self::SsoOidc => "SSO_OIDC",
            Self::SignIn => "SIGNIN",
        }
    }
}

pub(super) fn limits() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .read_timeout(READ)
        .operation_timeout(CALL)
        .build()
}

impl Account {
    fn loader(&self) -> ConfigLoader {
        #[expect(deprecated, reason = "the new name is in a crate that is needed for nothing else")]
        let none = {
            use aws_config::profile::profile_file::{ProfileFileKind, ProfileFiles};
            ProfileFiles::builder()
                .with_contents(ProfileFileKind::Config, "")
                .build()
        };
        aws_config::defaults(BehaviorVersion::latest())
            .profile_files(none)
            .http_client(self.client.clone())
            .region(Region::new(self.region().to_owned()))
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .sleep_impl(TokioSleep::new())
            .timeout_config(limits())
            .use_fips(self.profile.settings.flag("fips") || self.is_on("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"))
            .use_dual_stack(self.is_on("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"))
    }

    /// Whether a switch is on, which the SDK for JavaScript reads only as `true`.
    fn is_on(&self, variable: &str, key: &str) -> bool {
        match self.variable(variable) {
            Some(value @ ("true" | "false")) => value == "true",
            _ => self
                .files
                .setting(self.aws_profile(), key)
                .is_some_and(|value| value == "true"),
        }
    }

    /// The address of a service, where it is moved: by its own variable, by the one for all, by the AWS profile.
    pub(super) fn endpoint(&self, service: Service) -> Option<String> {
        let name = service.name();
        let variables = [format!("AWS_ENDPOINT_URL_{name}"), "AWS_ENDPOINT_URL".to_owned()];
        let variable = variables.iter().find_map(|name| self.variable(name)).map(str::to_owned);
        variable.or_else(|| self.files.endpoint(self.aws_profile(), &name.to_ascii_lowercase()))
    }

    /// STS in a region, with the credentials of `config`.
    pub(super) fn sts_in(&self, config: &SdkConfig, region: &str) -> aws_sdk_sts::Client {
        let builder = aws_sdk_sts::config::Builder::from(config).region(Region::new(region.to_owned()));
        aws_sdk_sts::Client::from_conf(match self.endpoint(Service::Sts) {
            Some(url) => builder.endpoint_url(url).build(),
            None => builder.build(),
        })
    }

    /// Identity Center's portal in a region.
    pub(super) async fn sso_in(&self, region: &str) -> aws_sdk_sso::Client {
        let builder =
            aws_sdk_sso::config::Builder::from(&self.bare_config().await).region(Region::new(region.to_owned()));
        aws_sdk_sso::Client::from_conf(match self.endpoint(Service::Sso) {
            Some(url) => builder.endpoint_url(url).build(),
            None => builder.build(),
        })
    }

    /// Identity Center's sign-in in a region.
    pub(super) async fn oidc_in(&self, region: &str) -> aws_sdk_ssooidc::Client {
        let builder =
            aws_sdk_ssooidc::config::Builder::from(&self.bare_config().await).region(Region::new(region.to_owned()));
        aws_sdk_ssooidc::Client::from_conf(match self.endpoint(Service::SsoOidc) {
            Some(url) => builder.endpoint_url(url).build(),
            None => builder.build(),
        })
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
