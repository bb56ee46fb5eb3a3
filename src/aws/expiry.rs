//! How long a profile's credentials still last, as far as files tell: the session of IAM Identity Center, or
//! what a `credential_process` said last. Nothing is called, so it may be asked at a change of directory.

use std::ffi::OsStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::aws::cache::{Cache, Found};
use crate::aws::files::{Files, Source};
use crate::aws::session::{self, Token};
use crate::environment::{Method, Wanted};
use crate::load::Active;
use crate::session::Session;
use crate::system::time::{self, ago, spoken};
use crate::system::variables::{Snapshot, value_in};

/// What there is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// A session of Identity Center.
    Session(Token),
    /// Credentials that are fetched anew when they end, by a command which may want a login then.
    Credentials(SystemTime),
}

/// The expiry of `active` in a shell; `None` where no file tells.
pub fn of(shell: &Session, active: &Active) -> Option<Expiry> {
    let method = Method::of(&active.profile);
    if !matches!(method, Method::AwsProfile | Method::Ambient) {
        return None;
    }
    let mut variables: Snapshot = shell.restored();
    for (name, setting) in active.environment.iter() {
        match &setting.wanted {
            Wanted::Text(text) => variables.insert(name.into(), text.into()),
            Wanted::Secret(_) | Wanted::Unset => variables.remove(OsStr::new(name)),
        };
    }
    let get = |name: &str| {
        value_in(&variables, name)
            .and_then(OsStr::to_str)
            .filter(|value| !value.is_empty())
    };
    let name = active
        .profile
        .settings
        .text("auth.profile")
        .or_else(|| get("AWS_PROFILE"));
    if name.is_none() && get("AWS_ACCESS_KEY_ID").is_some() {
        return Some(Expiry::Credentials(time::moment(get("AWS_CREDENTIAL_EXPIRATION")?)?));
    }
    match Files::read(&variables).chain(name.unwrap_or("default")).pop()?.1 {
        Source::Sso(sso) => Some(Expiry::Session(session::token(&sso))),
        Source::Process => match Cache::of(shell, active)?.read() {
            Found::Record(record) => Some(Expiry::Credentials(UNIX_EPOCH + Duration::from_secs(record.expires?))),
            Found::Nothing | Found::Damaged => None,
        },
        _ => None,
    }
}

impl Expiry {
    /// Whether nothing works before a login.
    pub fn is_over(&self) -> bool {
        match self {
            Self::Session(token) => !matches!(token, Token::Valid { .. }),
            Self::Credentials(_) => false,
        }
    }

    /// When it ends; `None` where there is no session, or it is renewed without anybody being asked.
    pub fn at(&self) -> Option<SystemTime> {
        match self {
            Self::Session(Token::Valid { until }) => *until,
            Self::Session(Token::Expired { at }) | Self::Credentials(at) => Some(*at),
            Self::Session(Token::Absent | Token::Unreadable(_)) => None,
        }
    }

    /// How long it still lasts.
    pub fn left(&self) -> Option<Duration> {
        self.at()?.duration_since(SystemTime::now()).ok()
    }

    /// In a few words, for a profile of this name.
    pub fn words(&self, profile: &str) -> String {
        let log_in = format!("claude-bedrock login {profile}");
        match self {
            Self::Session(Token::Absent) => format!("not logged in: {log_in}"),
            Self::Session(Token::Unreadable(_)) => format!("session cannot be read: {log_in}"),
            Self::Session(Token::Expired { at }) => format!("session expired {}: {log_in}", ago(*at)),
            Self::Session(Token::Valid { until: None }) => "session renews itself".to_owned(),
            Self::Session(Token::Valid { until: Some(_) }) => {
                format!("session expires in {}", spoken(self.left().unwrap_or_default()))
            }
            Self::Credentials(at) => match self.left() {
                Some(left) => format!("credentials expire in {}", spoken(left)),
                None => format!("credentials expired {}", ago(*at)),
            },
        }
    }

    /// One word for programs.
    pub fn state(&self) -> &'static str {
        match self {
            Self::Session(Token::Absent) => "absent",
            Self::Session(Token::Unreadable(_)) => "unreadable",
            Self::Session(Token::Expired { .. }) => "expired",
            Self::Session(Token::Valid { until: None }) => "renewed",
            Self::Credentials(_) if self.left().is_none() => "expired",
            Self::Session(Token::Valid { .. }) | Self::Credentials(_) => "valid",
        }
    }
}

/// Below this the line on entering says how long the session still lasts.
const SOON: Duration = Duration::from_hours(1);

/// What the line on entering says: only what will soon be in the way.
pub fn warning(shell: &Session, active: &Active) -> Option<String> {
    let expiry = of(shell, active)?;
    let is_soon = expiry.left().is_some_and(|left| left < SOON);
    (expiry.is_over() || is_soon).then(|| expiry.words(&active.profile.name))
}
