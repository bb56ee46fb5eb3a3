//! How long a profile's credentials still last, as far as files tell: the session of IAM Identity Center, or
//! what a `credential_process` said last. Nothing is called, so it may be asked at a change of directory.

use std::ffi::OsStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use crate::aws::cache::{Cache, Found};
use crate::aws::session::{self, Token};
use crate::aws_files::{Base, Files, FlawKind, Keys};
use crate::load::Active;
use crate::session::Session;
use crate::system::time::{self, ago, spoken};
use crate::system::variables::value_in;

/// What there is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// A session of Identity Center.
    Session(Token),
    /// Credentials that are fetched again when they end, by a command which may want a login then.
    Credentials(SystemTime),
    /// Keys that another tool has written with their end, and must renew.
    Keys(SystemTime),
}

/// When keys of a file end, by the word of the tool that wrote them.
pub fn of_keys(keys: &Keys) -> Option<SystemTime> {
    end_of(keys.end.as_deref().filter(|_| keys.token.is_some())?)
}

/// A time as tools write it into the credentials file: in quotes; as seconds or milliseconds of Unix; with its
/// offset twice (yawsso); with a zone's name behind the offset (Go); with `GMT`, or an offset of hours only.
fn end_of(text: &str) -> Option<SystemTime> {
    let text = text.trim().trim_matches(['"', '\'']);
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: u64 = text.parse().ok()?;
        return match text.len() {
            10 => UNIX_EPOCH.checked_add(Duration::from_secs(number)),
            13 => UNIX_EPOCH.checked_add(Duration::from_millis(number)),
            _ => None,
        };
    }
    let words: Vec<&str> = text.split_whitespace().take(3).collect();
    let hours = text.len().checked_sub(3).and_then(|at| text.get(at..));
    time::moment(text)
        .or_else(|| time::moment(text.strip_suffix("+0000")?))
        .or_else(|| time::moment(text.strip_suffix("GMT")?))
        .or_else(|| time::moment(&words.join(" ")))
        .or_else(|| {
            hours.filter(|hours| hours.starts_with(['+', '-']))?;
            time::moment(&format!("{text}00"))
        })
        .or_else(|| {
            let date = DateTime::from_str(text, Format::HttpDate).ok()?;
            SystemTime::try_from(date).ok()
        })
}

/// The expiry of `active` in a shell; `None` if no file tells.
pub fn of(shell: &Session, active: &Active) -> Option<Expiry> {
    let variables = super::variables_by_files(shell, active)?;
    let kept = || match Cache::of(shell, active)?.read() {
        Found::Record(record) => Some(Expiry::Credentials(UNIX_EPOCH + Duration::from_secs(record.expires?))),
        Found::Nothing | Found::Damaged => None,
    };
    let decision = match Files::read(&variables).decide_in(&variables) {
        Err(flaw) if flaw.kind == FlawKind::Mfa => return kept(),
        decided => decided.ok()?,
    };
    match decision.base {
        Base::Sso(sso) => Some(Expiry::Session(session::token(&sso))),
        Base::Process(_) => kept(),
        Base::Keys(keys) => Some(Expiry::Keys(of_keys(&keys)?)),
        Base::Environment => {
            let end = value_in(&variables, "AWS_CREDENTIAL_EXPIRATION").and_then(OsStr::to_str)?;
            Some(Expiry::Credentials(time::moment(end)?))
        }
        _ => None,
    }
}

impl Expiry {
    /// Whether nothing works before a login.
    pub fn is_over(&self) -> bool {
        match self {
            Self::Session(Token::Valid { .. } | Token::Renewable { .. }) | Self::Credentials(_) => false,
            Self::Session(Token::Absent | Token::Unreadable(_) | Token::Expired { .. }) => true,
            Self::Keys(at) => *at <= SystemTime::now(),
        }
    }

    /// When it ends or ended; `None` if there is no session.
    pub fn at(&self) -> Option<SystemTime> {
        match self {
            Self::Session(Token::Valid { until, .. }) => Some(*until),
            Self::Session(Token::Expired { at, .. } | Token::Renewable { at })
            | Self::Credentials(at)
            | Self::Keys(at) => Some(*at),
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
            Self::Session(token) => match token.words() {
                words if self.is_over() => format!("session {words}: {log_in}"),
                words => format!("session {words}"),
            },
            Self::Credentials(at) => match self.left() {
                Some(left) => format!("credentials expire in {}", spoken(left)),
                None => format!("credentials expired {}", ago(*at)),
            },
            Self::Keys(at) => match self.left() {
                Some(left) => format!(
                    "keys expire in {}, only the tool that wrote them renews them",
                    spoken(left)
                ),
                None => format!("keys expired {}: renew them with the tool that wrote them", ago(*at)),
            },
        }
    }

    /// In the fewest words, for a column.
    pub fn brief(&self) -> String {
        match self {
            Self::Session(Token::Absent) => "not logged in".to_owned(),
            Self::Session(Token::Unreadable(_)) => "unreadable".to_owned(),
            Self::Session(Token::Renewable { .. }) => "to be renewed".to_owned(),
            _ => match (self.left(), self.at()) {
                (Some(left), _) => format!("{} left", spoken(left)),
                (None, Some(at)) => format!("over {}", ago(at)),
                (None, None) => String::new(),
            },
        }
    }

    /// Whether it will soon be in the way, or wants a renewal that may fail.
    pub fn is_soon(&self) -> bool {
        match self {
            // Renewed without anybody being asked, as far as one can know.
            Self::Session(Token::Valid { renewable: true, .. }) => false,
            Self::Session(Token::Renewable { .. }) => true,
            _ => self.left().is_some_and(|left| left < SOON),
        }
    }

    /// For `--json`.
    pub fn json(&self) -> serde_json::Value {
        serde_json::json!({ "state": self.state(), "expires": self.at().and_then(time::written) })
    }

    /// One word for programs.
    pub fn state(&self) -> &'static str {
        match self {
            Self::Session(Token::Absent) => "absent",
            Self::Session(Token::Unreadable(_)) => "unreadable",
            Self::Session(Token::Expired { .. }) => "expired",
            Self::Session(Token::Renewable { .. }) => "renewable",
            Self::Credentials(_) | Self::Keys(_) if self.left().is_none() => "expired",
            Self::Session(Token::Valid { .. }) | Self::Credentials(_) | Self::Keys(_) => "valid",
        }
    }
}

/// Below this the line on entering says how long the session still lasts.
const SOON: Duration = Duration::from_hours(1);

/// What the line on entering says: only what will soon be in the way.
pub fn warning(shell: &Session, active: &Active) -> Option<String> {
    let expiry = of(shell, active)?;
    (expiry.is_over() || expiry.is_soon()).then(|| expiry.words(&active.profile.name))
}
