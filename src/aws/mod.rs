//! Amazon's side behind a narrow face: credentials, whose they are, and what Bedrock has.
//!
//! Nothing here runs at a prompt, except [`expiry`] and what it stands on ([`aws_files`](crate::aws_files),
//! [`session`], [`cache`]), which only reads small files. Calls are asynchronous so that `doctor` can make several at
//! once; everything else goes through [`block_on`]. Every error is one line that names the cause, and one that says
//! what to do ([`error`]).

pub mod assignments;
pub mod bedrock;
pub mod cache;
#[cfg(any(test, fuzzing))]
pub mod canned;
mod config;
mod credentials;
pub mod error;
pub mod expiry;
mod guard;
mod http;
mod identity;
pub mod listing;
pub mod messages;
mod names;
pub mod payer;
mod providers;
pub mod session;
pub mod signin;

use std::ffi::OsStr;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use aws_config::SdkConfig;
use tokio::sync::OnceCell;

use crate::aws_files::{self, Base, Decision, Difference, Files, Flaw, MachineRole};
use crate::context;
use crate::diagnostic::{Diagnostic, Result};
use crate::environment::{self, Environment, Method};
use crate::load::Active;
use crate::profile::Profile;
use crate::profile::value::Settings;
use crate::session::Session;
use crate::system::broken_pipe;
use crate::system::variables::{Snapshot, value_in};

pub use aws_credential_types::Credentials;
pub use config::Service;
pub use error::{Cause, Trouble};
pub use identity::Identity;

/// A profile's account, region and way in. Nothing is called before one of the calls is made.
#[derive(Debug)]
pub struct Account {
    /// The profile.
    pub profile: Profile,
    /// What the configuration files of AWS say.
    pub files: Arc<Files>,
    /// The variables of the profile, on top of those of the shell without any profile. They hold secrets.
    variables: Snapshot,
    /// The region that is called.
    region: String,
    /// Whether the user at the terminal may be asked for an MFA code.
    may_ask: bool,
    client: http::Client,
    config: OnceCell<std::result::Result<SdkConfig, Trouble>>,
    /// One for the account in all its regions.
    credentials: Arc<OnceCell<std::result::Result<Credentials, Trouble>>>,
}

impl Account {
    /// The account of a profile. Secrets are fetched, and this process takes on the profile's environment,
    /// so that the SDK and whatever it starts (`credential_process`) see what Claude Code would see and
    /// nothing else of the shell. Look at the shell's own variables before.
    pub fn open(session: &Session, active: &Active) -> Result<Self> {
        let mut variables = if environment::is_isolated(&active.profile) {
            // An isolated profile's own environment has no credentials.
            let whole = Environment::with_credentials(&active.profile)?;
            context::environment_with(session, active, &context::values(session, &whole)?)
        } else {
            context::environment_of(session, active)?
        };
        if Method::of(&active.profile) == Method::AwsProfile {
            let name = active.profile.settings.text("auth.profile").unwrap_or("default");
            let decided = Files::read(&variables).decide(name, &variables);
            let needs_keys = decided.is_ok_and(|decision| decision.base == Base::Environment);
            for name in crate::variables::CREDENTIALS {
                if !(needs_keys && crate::variables::KEYS.contains(name)) {
                    variables.remove(OsStr::new(name));
                }
            }
            variables.insert("AWS_PROFILE".into(), name.into());
        }
        crate::system::variables::take_on(&variables);
        guard::learn_from_variables(&variables);
        let files = Files::read(&variables);
        Ok(Self {
            client: http::Client::new(&variables, &files)?,
            profile: active.profile.clone(),
            region: files.region_in(variable(&variables, "AWS_PROFILE").unwrap_or("default"), &variables),
            files: Arc::new(files),
            variables,
            may_ask: false,
            config: OnceCell::new(),
            credentials: Arc::default(),
        })
    }

    /// The same account, called in another region.
    pub fn in_region(&self, region: &str) -> Self {
        let mut variables = self.variables.clone();
        variables.insert("AWS_REGION".into(), region.into());
        Self {
            region: region.to_owned(),
            profile: self.profile.clone(),
            files: Arc::clone(&self.files),
            variables,
            may_ask: self.may_ask,
            client: self.client.clone(),
            config: OnceCell::new(),
            credentials: Arc::clone(&self.credentials),
        }
    }

    /// The account of no profile, for calls that bring what they need: with the shell's variables as they are without this
    /// program, and none of its credentials.
    pub fn without_profile(session: &Session, region: &str) -> Result<Self> {
        let mut variables = session.restored();
        for name in crate::variables::CREDENTIALS {
            variables.remove(OsStr::new(name));
        }
        variables.insert("AWS_REGION".into(), region.into());
        crate::system::variables::take_on(&variables);
        guard::learn_from_variables(&variables);
        let files = Files::read(&variables);
        Ok(Self {
            client: http::Client::new(&variables, &files)?,
            profile: Profile {
                name: String::new(),
                settings: Settings::default(),
                extends: Vec::new(),
                place: None,
            },
            region: region.to_owned(),
            files: Arc::new(files),
            variables,
            may_ask: false,
            config: OnceCell::new(),
            credentials: Arc::default(),
        })
    }

    /// The same with these credentials, called in a region.
    fn with_credentials(&self, credentials: Credentials, region: &str) -> Self {
        Self {
            credentials: Arc::new(OnceCell::new_with(Some(Ok(credentials)))),
            ..self.in_region(region)
        }
    }

    /// The same, which asks on the terminal for the code of a device where the AWS profile wants one.
    pub fn asking(self) -> Self {
        Self { may_ask: true, ..self }
    }

    /// How the profile authenticates.
    pub fn method(&self) -> Method {
        Method::of(&self.profile)
    }

    /// The AWS profile that counts: the one that the profile names, else the shell's.
    pub fn aws_profile(&self) -> &str {
        self.variable("AWS_PROFILE").unwrap_or("default")
    }

    /// The region that is called, as Claude Code chooses it.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The credentials that Claude Code would use, as far as files tell.
    pub fn decision(&self) -> std::result::Result<Decision, Flaw> {
        self.files.decide_in(&self.variables)
    }

    /// A flaw of the AWS profile in words.
    pub fn said(&self, flaw: &Flaw) -> Difference {
        self.files.said(self.aws_profile(), flaw, &self.variables)
    }

    /// What Claude Code asks where nothing else gives credentials.
    pub fn machine_role(&self) -> Option<MachineRole> {
        aws_files::machine_role(&self.variables)
    }

    /// What is to be said about the files of AWS and the profile there that counts.
    pub fn differences(&self) -> Vec<Difference> {
        self.files.of_all(self.aws_profile(), &self.variables)
    }

    /// A variable of the profile's environment. An empty one counts as unset.
    pub fn variable(&self, name: &str) -> Option<&str> {
        variable(&self.variables, name)
    }

    /// The file with the certificates that are trusted in place of the system's, and what names it.
    pub fn ca_bundle(&self) -> Option<(&'static str, PathBuf)> {
        http::ca_bundle(&self.variables, &self.files)
    }

    /// The credentials, fetched once for all callers, not from this program's cache.
    pub async fn credentials(&self) -> std::result::Result<Credentials, Trouble> {
        self.credentials.get_or_init(|| credentials::fetch(self)).await.clone()
    }

    /// The credentials with a session token, from STS where they have none of their own.
    pub async fn temporary_credentials(&self) -> std::result::Result<Credentials, Trouble> {
        credentials::temporary(self).await
    }

    /// Forgets the credentials and what the files say, which a login may have written, so that they are fetched again.
    pub fn forget(&mut self) {
        self.files = Arc::new(Files::read(&self.variables));
        self.config = OnceCell::new();
        self.credentials = Arc::default();
    }

    /// How many seconds the servers' clocks are ahead of this machine's, by the last answer; `None` before
    /// there was one.
    pub fn clock_skew(&self) -> Option<i64> {
        self.client.clock_skew()
    }
}

/// The variables by which the files of AWS decide whose credentials `active` has in a shell; `None` if the profile
/// brings credentials of its own. No secret is in them but the shell's.
fn variables_by_files(shell: &Session, active: &Active) -> Option<Snapshot> {
    if !matches!(Method::of(&active.profile), Method::AwsProfile | Method::Ambient) {
        return None;
    }
    let mut variables = shell.restored();
    active.environment.lay_over(&mut variables);
    if let Some(name) = active.profile.settings.text("auth.profile") {
        variables.insert("AWS_PROFILE".into(), name.into());
    }
    Some(variables)
}

fn variable<'a>(variables: &'a Snapshot, name: &str) -> Option<&'a str> {
    value_in(variables, name)
        .and_then(OsStr::to_str)
        .filter(|value| !value.is_empty())
        // A blank one is none to Claude Code, which trims it.
        .filter(|value| name != "AWS_BEARER_TOKEN_BEDROCK" || !value.trim().is_empty())
}

/// Reads arbitrary bytes as credentials that a tool has left or printed, for fuzzing.
#[cfg(any(test, fuzzing))]
pub fn credentials_of_any_bytes(bytes: &[u8]) -> [Option<Credentials>; 2] {
    providers::of_any_bytes(bytes)
}

/// Runs calls to their end on this thread.
pub fn block_on<T>(future: impl Future<Output = T>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Diagnostic::error(format!("cannot start the network runtime: {error}"))
                .help("too many open files? see: ulimit -n")
        })?;
    // A server that hangs up is an error to report.
    let _guard = broken_pipe::fails();
    Ok(runtime.block_on(future))
}
