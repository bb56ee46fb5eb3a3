//! How long a session of IAM Identity Center still lasts, by the token that a login has left in
//! `~/.aws/sso/cache`, and as Claude Code judges it: `fromSso` of `@aws-sdk/token-providers` 3.1175.0.
//! Nothing is called.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use data_encoding::HEXLOWER;
use serde_json::{Map, Value};

use crate::aws_files::Sso;
use crate::system::files;
use crate::system::paths;
use crate::system::private;
use crate::system::time::{moment, spoken, until};

/// How long before its end a session (in the form with `sso_session`) no longer counts for Claude Code, unless
/// it can be renewed.
pub const EARLY: Duration = Duration::from_mins(5);

/// What there is of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// No token: there was no login.
    Absent,
    /// A file that makes no sense, or cannot be read.
    Unreadable(PathBuf),
    /// It ended then, and only a login helps.
    Expired {
        /// When it ended.
        at: SystemTime,
        /// Whether AWS has refused to renew it.
        refused: bool,
    },
    /// It ended then, and Claude Code will try to renew it. Whether AWS allows that is unknown: Identity Center ends
    /// sessions after some hours (8 by default), whatever the file says.
    Renewable {
        /// When it ended.
        at: SystemTime,
    },
    /// It is good.
    Valid {
        /// When it ends for Claude Code.
        until: SystemTime,
        /// Whether a renewal will be tried then.
        renewable: bool,
    },
}

impl Token {
    /// What there is to say of it, behind "session": `for 54 min`, `over for 3 h; a renewal will be tried`.
    pub fn words(&self) -> String {
        let over = |at: &SystemTime| format!("over for {}", spoken(at.elapsed().unwrap_or_default()));
        match self {
            Self::Absent => "absent".to_owned(),
            Self::Unreadable(path) => format!("unreadable ({})", paths::display(path)),
            Self::Expired { at, refused: false } => over(at),
            Self::Expired { at, refused: true } => format!("{}, and AWS has refused to renew it", over(at)),
            Self::Renewable { at } => format!("{}; a renewal will be tried", over(at)),
            Self::Valid {
                until: end,
                renewable: false,
            } => format!("for {}", spoken(until(*end))),
            Self::Valid {
                until: end,
                renewable: true,
            } => format!("for {}, then a renewal will be tried", spoken(until(*end))),
        }
    }
}

/// The token's file as a login has left it.
#[derive(Clone)]
pub(super) struct Kept {
    /// Where it is.
    pub(super) path: PathBuf,
    /// Every field, also those that are not ours to know.
    pub(super) fields: Map<String, Value>,
    /// When the token ends; `None` for a form that no tool has written.
    expires: Option<SystemTime>,
    /// Whether it stands there in a form that the client's JavaScript reads.
    is_read_by_client: bool,
}

impl Kept {
    /// A field's text; an empty one counts as none.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// When the token ends.
    pub(super) fn expires(&self) -> Option<SystemTime> {
        self.expires
    }

    /// Whether a renewal could be allowed at `then`, by what it takes and by the registration's end. The client
    /// tries without looking at the latter, and AWS refuses.
    pub(super) fn is_renewable_at(&self, then: SystemTime) -> bool {
        let registered = self.text("registrationExpiresAt").and_then(moment);
        self.has_all() && registered.is_none_or(|until| until > then)
    }

    /// Whether it has what a renewal takes.
    fn has_all(&self) -> bool {
        ["clientId", "clientSecret", "refreshToken"]
            .iter()
            .all(|name| self.text(name).is_some())
    }
}

/// Why there is no token.
#[derive(Debug)]
pub(super) enum Missing {
    Absent,
    Unreadable(PathBuf),
}

/// Where the AWS CLI and the SDKs keep the token: named by the SHA-1 of the session's name, in the older
/// form of the start URL. The directory cannot be moved.
pub(super) fn path(sso: &Sso) -> Option<PathBuf> {
    let key = sso.session.as_ref().unwrap_or(&sso.start_url);
    let name = HEXLOWER.encode(&sha1_smol::Sha1::from(key).digest().bytes());
    Some(paths::home()?.join(".aws/sso/cache").join(name + ".json"))
}

/// Files of the tokens' directory that the AWS CLI cannot parse: registrations of clients and tokens that something has
/// left empty or torn.
pub fn torn() -> Vec<PathBuf> {
    let directory = paths::home().map(|home| home.join(".aws/sso/cache"));
    let entries = directory.and_then(|directory| fs::read_dir(directory).ok());
    let mut torn: Vec<PathBuf> = entries
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .filter(|path| {
            let bytes = files::read(path, files::OWN);
            bytes.is_ok_and(|bytes| serde_json::from_slice::<Map<String, Value>>(&bytes).is_err())
        })
        .collect();
    torn.sort();
    torn
}

/// Reads the token of a session. It is a secret.
pub(super) fn kept(sso: &Sso) -> Result<Kept, Missing> {
    let path = path(sso).ok_or(Missing::Absent)?;
    let bytes = match files::read(&path, files::OWN) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Missing::Absent),
        Err(_) => return Err(Missing::Unreadable(path)),
    };
    let kept = of_bytes(path, &bytes)?;
    match unkept().get(&kept.path) {
        Some(renewal) if kept.fields.get("accessToken") == Some(&renewal.of) => {
            of_fields(kept.path, renewal.fields.clone())
        }
        _ => Ok(kept),
    }
}

/// The token that a file holds.
fn of_bytes(path: PathBuf, bytes: &[u8]) -> Result<Kept, Missing> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(fields)) => of_fields(path, fields),
        _ => Err(Missing::Unreadable(path)),
    }
}

fn of_fields(path: PathBuf, fields: Map<String, Value>) -> Result<Kept, Missing> {
    let written = fields.get("expiresAt").and_then(Value::as_str).unwrap_or_default();
    let kept = Kept {
        expires: moment(written),
        // Where JavaScript takes a blank for the `T`, it takes no other.
        is_read_by_client: !written.ends_with("UTC") && written.match_indices(' ').all(|(at, _)| at == 10),
        path,
        fields,
    };
    if kept.text("accessToken").is_none() || kept.expires.is_none() {
        return Err(Missing::Unreadable(kept.path));
    }
    Ok(kept)
}

/// A renewal that could not be written into the token's file.
struct Renewal {
    /// The token that it renews: a file with another one is newer.
    of: Value,
    /// What would stand in the file.
    fields: Map<String, Value>,
}

/// By the token's file, for as long as this process lives: a refresh token may be good for one renewal only.
static UNKEPT: Mutex<BTreeMap<PathBuf, Renewal>> = Mutex::new(BTreeMap::new());

fn unkept() -> std::sync::MutexGuard<'static, BTreeMap<PathBuf, Renewal>> {
    UNKEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has this process go on with a renewed token that cannot be kept.
pub(super) fn go_on_with(kept: &Kept, fields: Map<String, Value>) {
    let of = kept.fields.get("accessToken").cloned().unwrap_or_default();
    unkept().insert(kept.path.clone(), Renewal { of, fields });
}

/// The token of a session, as Claude Code judges it now.
pub fn token(sso: &Sso) -> Token {
    match kept(sso) {
        Ok(kept) => judged(&kept, sso.session.is_some(), SystemTime::now()),
        Err(Missing::Absent) => Token::Absent,
        Err(Missing::Unreadable(path)) => Token::Unreadable(path),
    }
}

/// What whatever a token's file holds is worth now, in the form with and without `sso_session`.
#[cfg(any(test, fuzzing))]
pub fn of_any_bytes(bytes: &[u8]) -> [Token; 2] {
    [true, false].map(|has_session| match of_bytes("/nonexistent/token".into(), bytes) {
        Ok(kept) => judged(&kept, has_session, SystemTime::now()),
        Err(Missing::Absent) => Token::Absent,
        Err(Missing::Unreadable(path)) => Token::Unreadable(path),
    })
}

/// What a token is worth at `now`. In the older form nothing is renewed, and it counts to its last second.
fn judged(kept: &Kept, has_session: bool, now: SystemTime) -> Token {
    let Some(end) = kept.expires else {
        return Token::Unreadable(kept.path.clone());
    };
    if !has_session {
        // A time in the oldest form is none for the client, which then never finds it over.
        return if end > now {
            Token::Valid {
                until: end,
                renewable: false,
            }
        } else {
            Token::Expired {
                at: end,
                refused: false,
            }
        };
    }
    // Where there is something to renew it with, a failed renewal leaves the token to its last second; else the
    // client wants more than five minutes. A time that it cannot read is over for it.
    let last = match (kept.is_read_by_client, kept.has_all()) {
        (false, _) => now.min(end),
        (true, true) => end,
        (true, false) => end - EARLY,
    };
    let refused = was_refused(&kept.path);
    if last > now {
        let renewable = !refused && kept.is_renewable_at(now.max(end - EARLY));
        return Token::Valid { until: last, renewable };
    }
    if !refused && kept.is_renewable_at(now) {
        return Token::Renewable { at: last };
    }
    Token::Expired { at: last, refused }
}

/// Where it is kept that AWS has refused to renew the token in a file, as that file is now.
fn refusal(path: &Path) -> Option<PathBuf> {
    let metadata = fs::metadata(path).ok()?;
    let key = format!(
        "{}\0{:?}\0{}",
        path.display(),
        metadata.modified().ok()?,
        metadata.len()
    );
    let name = blake3::hash(key.as_bytes()).to_hex()[..32].to_owned();
    Some(paths::state_directory()?.join("refused").join(name))
}

/// How long a refusal is remembered: no registration lasts longer.
const KEPT: Duration = Duration::from_hours(24 * 90);

fn was_refused(path: &Path) -> bool {
    refusal(path).is_some_and(|path| path.exists())
}

/// Remembers that AWS has refused to renew this token, until there is another one.
pub(super) fn remember_refusal(kept: &Kept) {
    if let Some(path) = refusal(&kept.path) {
        let entries = path.parent().and_then(|directory| fs::read_dir(directory).ok());
        for entry in entries.into_iter().flatten().flatten() {
            let age = entry.metadata().and_then(|metadata| metadata.modified()).ok();
            if age.and_then(|time| time.elapsed().ok()).is_some_and(|age| age > KEPT) {
                let _ = fs::remove_file(entry.path());
            }
        }
        // Without it a renewal is tried in vain once more.
        let _ = private::write(&path, b"");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// What a token with these fields is worth, `left` seconds before its end.
    fn worth(more: &Value, has_session: bool, left: i64) -> Token {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_592_388_128);
        let length = Duration::from_secs(left.unsigned_abs());
        let end = if left < 0 { now - length } else { now + length };
        let mut fields = json!({ "accessToken": "x" }).as_object().unwrap().clone();
        fields.extend(more.as_object().unwrap().clone());
        let kept = Kept {
            path: PathBuf::from("/nonexistent/token"),
            is_read_by_client: fields.get("oldest").is_none(),
            fields,
            expires: Some(end),
        };
        match judged(&kept, has_session, now) {
            Token::Valid { until, renewable } => Token::Valid {
                until: SystemTime::UNIX_EPOCH + until.duration_since(now).unwrap(),
                renewable,
            },
            Token::Renewable { at } => Token::Renewable {
                at: SystemTime::UNIX_EPOCH + now.duration_since(at).unwrap(),
            },
            Token::Expired { at, refused } => Token::Expired {
                at: SystemTime::UNIX_EPOCH + now.duration_since(at).unwrap(),
                refused,
            },
            other => other,
        }
    }

    /// `tests/aws_files/tokens.toml`, and what Claude Code made of each file (`scripts/record-aws-files --claude`).
    #[test]
    fn a_tokens_file_is_worth_what_claude_code_makes_of_it() {
        // Times that no tool writes, or tokens that are none: another login is asked for here. For ever good in the older
        // form is what JavaScript cannot read.
        const ASKED_ANEW: [&str; 12] = [
            "24 hours",
            "31st of June",
            "a list",
            "a number",
            "date alone",
            "mail",
            "year 10000",
            "access token null",
            "access token a number",
            "offset of hours",
            "comma",
            "second 60",
        ];
        const ONLY_IN_THE_OLDER_FORM: [&str; 8] = [
            "13th month",
            "a word",
            "capitals in a key",
            "empty",
            "no access token",
            "no end",
            "a list of tokens",
            "over, UTC",
        ];
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/aws_files");
        let cases: toml::Table = toml::from_str(&fs::read_to_string(directory.join("tokens.toml")).unwrap()).unwrap();
        let recorded: Value = serde_json::from_slice(&fs::read(directory.join("recorded.json")).unwrap()).unwrap();
        for case in cases["case"].as_array().unwrap() {
            let name = case["name"].as_str().unwrap();
            let (form, what) = name.strip_prefix("token, ").unwrap().split_once(", ").unwrap();
            let text = case["files"].as_table().unwrap().values().next().unwrap();
            let [session, older] = of_any_bytes(text.as_str().unwrap().as_bytes());
            let own = if form == "session" { session } else { older };
            let is_good = matches!(own, Token::Valid { .. });
            let theirs = recorded["cases"][name]["claude"]["is"].as_str().unwrap();
            let asked = ASKED_ANEW.contains(&what) || (form == "old form" && ONLY_IN_THE_OLDER_FORM.contains(&what));
            if !asked || is_good {
                assert_eq!(is_good, theirs.starts_with("sso "), "{name}: {theirs}, here {own:?}");
            }
        }
    }

    #[test]
    fn a_session_is_judged_by_every_field_that_decides_as_the_client_judges_it() {
        let after = |seconds: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let valid = |seconds, renewable| Token::Valid {
            until: after(seconds),
            renewable,
        };
        let expired = |seconds| Token::Expired {
            at: after(seconds),
            refused: false,
        };
        let all = json!({ "clientId": "x", "clientSecret": "x", "refreshToken": "x" });
        let with = |name: &str, value: Value| {
            let mut all = all.clone();
            all[name] = value;
            all
        };
        let none = json!({});
        let table = [
            // Nothing to renew it with: the last five minutes do not count.
            (&none, true, 3600, valid(3300, false)),
            (&none, true, 301, valid(1, false)),
            (&none, true, 300, expired(0)),
            (&none, true, 200, expired(100)),
            (&none, true, -3600, expired(3900)),
            // All there is to renew it with.
            (&all, true, 3600, valid(3600, true)),
            (&all, true, 200, valid(200, true)),
            (&all, true, -3600, Token::Renewable { at: after(3600) }),
            (&all, true, -3 * 86400, Token::Renewable { at: after(3 * 86400) }),
            // Half of it.
            (&with("refreshToken", Value::Null), true, -60, expired(360)),
            (&with("clientId", json!("")), true, -60, expired(360)),
            (&with("clientSecret", json!(7)), true, 3600, valid(3300, false)),
            // A registration that ends too soon.
            (
                &with("registrationExpiresAt", json!("2020-06-17T10:00:00Z")),
                true,
                -60,
                expired(60),
            ),
            (
                &with("registrationExpiresAt", json!("2020-06-17T10:12:08Z")),
                true,
                3600,
                valid(3600, false),
            ),
            (
                &with("registrationExpiresAt", json!("2020-06-17T10:12:08Z")),
                true,
                -60,
                Token::Renewable { at: after(60) },
            ),
            (
                &with("registrationExpiresAt", json!("2099-01-01T00:00:00UTC")),
                true,
                3600,
                valid(3600, true),
            ),
            (
                &with("registrationExpiresAt", Value::Null),
                true,
                -60,
                Token::Renewable { at: after(60) },
            ),
            // A time that the client cannot read.
            (
                &with("oldest", json!(true)),
                true,
                3600,
                Token::Renewable { at: after(0) },
            ),
            (&json!({ "oldest": true }), true, 3600, expired(0)),
            // The older form.
            (&all, false, 3600, valid(3600, false)),
            (&all, false, 10, valid(10, false)),
            (&all, false, -60, expired(60)),
        ];
        for (fields, has_session, left, wanted) in table {
            assert_eq!(
                worth(fields, has_session, left),
                wanted,
                "{fields} {has_session} {left}"
            );
        }
    }
}
