//! How long a session of IAM Identity Center still lasts, by the token that the AWS CLI has left in
//! `~/.aws/sso/cache`. Nothing is called.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use data_encoding::HEXLOWER;
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::aws::files::Sso;
use crate::paths;
use crate::system::files;

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

/// A time as the AWS CLI writes it; older ones ended in `UTC`.
pub fn moment(text: &str) -> Option<SystemTime> {
    let text = text
        .strip_suffix("UTC")
        .map_or_else(|| text.to_owned(), |rest| format!("{rest}Z"));
    OffsetDateTime::parse(&text, &Rfc3339).ok().map(SystemTime::from)
}

/// A time as the AWS CLI writes it.
pub fn written(time: SystemTime) -> Option<String> {
    let whole = OffsetDateTime::from(time).replace_nanosecond(0).ok()?;
    whole.format(&Rfc3339).ok()
}

/// A length of time as people say it.
pub fn spoken(length: Duration) -> String {
    let minutes = length.as_secs() / 60;
    match minutes {
        0 => "less than a minute".to_owned(),
        1..=99 => format!("{minutes} min"),
        100..=2879 => format!("{} h", (minutes + 30) / 60),
        _ => format!("{} days", minutes / 1440),
    }
}

/// How long ago that was.
pub fn ago(at: SystemTime) -> String {
    format!("{} ago", spoken(at.elapsed().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_every_form_that_the_aws_cli_has_written() {
        let wanted = SystemTime::UNIX_EPOCH + Duration::from_secs(1_592_388_128);
        for text in [
            "2020-06-17T10:02:08Z",
            "2020-06-17T10:02:08UTC",
            "2020-06-17T12:02:08+02:00",
        ] {
            assert_eq!(moment(text), Some(wanted), "{text}");
        }
        for text in ["", "soon", "2020-06-17", "2020-13-17T10:02:08Z"] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn lengths_are_said_as_people_say_them() {
        for (seconds, words) in [
            (59, "less than a minute"),
            (12 * 60, "12 min"),
            (8 * 3600, "8 h"),
            (90 * 86_400, "90 days"),
        ] {
            assert_eq!(spoken(Duration::from_secs(seconds)), words);
        }
    }
}
