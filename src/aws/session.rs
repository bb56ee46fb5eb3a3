//! How long a session of IAM Identity Center still lasts, by the token that the AWS CLI has left in
//! `~/.aws/sso/cache`. Nothing is called.

use std::path::PathBuf;
use std::time::SystemTime;

use data_encoding::HEXLOWER;
use serde::Deserialize;

use crate::aws::files::Sso;
use crate::system::files;
use crate::system::paths;
use crate::system::time::moment;

/// What there is of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// None: nobody has logged in.
    Absent,
    /// A file that makes no sense, or belongs to somebody else.
    Unreadable(PathBuf),
    /// It was good until then, and cannot be renewed.
    Expired {
        /// When it ended.
        at: SystemTime,
    },
    /// It is good.
    Valid {
        /// When it ends; `None` where it is renewed without anybody being asked.
        until: Option<SystemTime>,
    },
}

/// The parts of a token's file that say how long it lasts. The token itself is not read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    expires_at: String,
    registration_expires_at: Option<String>,
    #[serde(default, deserialize_with = "is_there")]
    refresh_token: bool,
}

/// Whether a field is there; its value is a secret and goes nowhere.
fn is_there<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    serde::de::IgnoredAny::deserialize(deserializer).map(|_| true)
}

/// Where the AWS CLI and the SDKs keep the token: named by the SHA-1 of the session's name, in the older
/// form of the start URL. The directory cannot be moved.
pub(super) fn path(sso: &Sso) -> Option<PathBuf> {
    let key = sso.session.as_ref().unwrap_or(&sso.start_url);
    let name = HEXLOWER.encode(&sha1_smol::Sha1::from(key).digest().bytes());
    Some(paths::home()?.join(".aws/sso/cache").join(name + ".json"))
}

/// The token of a session, as it is now.
pub fn token(sso: &Sso) -> Token {
    let Some(path) = path(sso) else {
        return Token::Absent;
    };
    let bytes = match files::read(&path, files::OWN) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Token::Absent,
        Err(_) => return Token::Unreadable(path),
    };
    let Some((file, until)) = serde_json::from_slice::<File>(&bytes)
        .ok()
        .and_then(|file| Some((moment(&file.expires_at)?, file)))
        .map(|(until, file)| (file, until))
    else {
        return Token::Unreadable(path);
    };
    let now = SystemTime::now();
    let registered = file.registration_expires_at.as_deref().and_then(moment);
    if sso.session.is_some() && file.refresh_token && registered.is_some_and(|until| until > now) {
        return Token::Valid { until: None };
    }
    if until <= now {
        Token::Expired { at: until }
    } else {
        Token::Valid { until: Some(until) }
    }
}
