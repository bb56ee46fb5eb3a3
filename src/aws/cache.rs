//! The credentials that were fetched last, until five minutes before they expire.
//!
//! A record lies in a 0600 file in the runtime directory, which ends with the login session and is kept in memory, else
//! in the state directory. Its name says for whom it was fetched; a stamp in it says by which files of AWS, so that an
//! edit of them or a logout makes it worthless. Nothing here makes a network call.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use serde::{Deserialize, Serialize};

use crate::aws::error::Trouble;
use crate::aws::session;
use crate::aws_files::{Base, Files};
use crate::environment::Method;
use crate::load::Active;
use crate::session::Session;
use crate::system::files;
use crate::system::time::Timestamp;
use crate::system::variables::Snapshot;
use crate::system::{paths, private};

/// How long before they expire credentials are fetched again; Claude Code asks for new ones as early.
pub const EARLY: Duration = Duration::from_mins(5);

/// How long a record is kept after it has expired.
const AGE: Duration = Duration::from_hours(24);

/// Credentials that expire.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The ID of the access key.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: String,
    /// The session token, which is never empty.
    pub session_token: String,
    /// When they expire, in seconds since 1970; `None` if it is unknown.
    pub expires: Option<u64>,
}

impl std::fmt::Debug for Record {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Record(…{:?})", self.expires)
    }
}

impl Record {
    /// The credentials, to ask AWS about them.
    pub fn credentials(&self) -> Credentials {
        let token = Some(self.session_token.clone());
        Credentials::new(
            &self.access_key_id,
            &self.secret_access_key,
            token,
            None,
            "claude-bedrock",
        )
    }

    /// How long they are still valid; `None` if they have expired or it is unknown.
    pub fn left(&self) -> Option<Duration> {
        UNIX_EPOCH
            .checked_add(Duration::from_secs(self.expires?))?
            .duration_since(SystemTime::now())
            .ok()
    }
}

/// What a record's file holds.
#[derive(Debug)]
pub enum Found {
    /// Nothing that could be used.
    Nothing,
    /// Something truncated or foreign.
    Damaged,
    /// A record, though it may have expired.
    Record(Record),
}

/// The place of one record.
pub struct Cache {
    directory: PathBuf,
    name: String,
    /// Of the files of AWS on which the credentials depend.
    stamp: [u8; 32],
}

/// Held by the one who fetches.
#[derive(Debug)]
pub struct Turn(#[expect(dead_code, reason = "its end gives the turn to the next")] Option<File>);

impl Cache {
    /// The place for the credentials of `active`; `None` if there is no directory for it.
    pub fn of(session: &Session, active: &Active) -> Option<Self> {
        let directory = [paths::runtime_directory(), paths::state_directory()]
            .into_iter()
            .flatten()
            .find(|directory| directory.parent().is_some_and(Path::is_dir))
            .or_else(paths::state_directory)?;
        let method = Method::of(&active.profile);
        let mut variables: Snapshot = session.restored();
        variables.retain(|name, _| matters(name, method));
        let mut name = blake3::Hasher::new();
        name.update(env!("CARGO_PKG_VERSION").as_bytes());
        let mut add = |part: &OsStr| {
            name.update(&part.len().to_le_bytes());
            name.update(part.as_encoded_bytes());
        };
        add(active.profile.name.as_ref());
        for (key, located) in active.profile.settings.iter() {
            if ["account", "fips", "region"].contains(&key) || key.starts_with("auth.") || key.starts_with("env.") {
                add(key.as_ref());
                add(located.value.shown().as_ref());
            }
        }
        for (name, value) in &variables {
            add(name);
            add(value);
        }
        active.environment.lay_over(&mut variables);
        Some(Self {
            directory: directory.join("credentials"),
            name: name.finalize().to_hex()[..32].to_owned(),
            stamp: stamp(&Files::read(&variables), active, &variables),
        })
    }

    fn path(&self) -> PathBuf {
        self.directory.join(&self.name)
    }

    /// The record, unless it was made from other AWS files.
    pub fn read(&self) -> Found {
        // Credentials that another user could have put there do not count: they lead to another account.
        if !private::is_own(&self.directory) {
            return Found::Nothing;
        }
        let bytes = match files::read(&self.path(), files::RECORD) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Found::Nothing,
            Err(_) => return Found::Damaged,
        };
        let Some((sum, rest)) = bytes.split_first_chunk::<32>() else {
            return Found::Damaged;
        };
        if blake3::hash(rest) != *sum {
            return Found::Damaged;
        }
        match postcard::from_bytes::<([u8; 32], Record)>(rest) {
            Ok((stamp, record)) if stamp == self.stamp => Found::Record(record),
            Ok(_) => Found::Nothing,
            Err(_) => Found::Damaged,
        }
    }

    /// The record, if its credentials are still good for five minutes.
    pub fn fresh(&self) -> Option<Record> {
        match self.read() {
            Found::Record(record) => Some(record).filter(|record| record.left().is_some_and(|left| left > EARLY)),
            Found::Nothing | Found::Damaged => None,
        }
    }

    /// Keeps a record.
    pub fn write(&self, record: &Record) -> io::Result<()> {
        let rest = postcard::to_allocvec(&(self.stamp, record)).map_err(io::Error::other)?;
        let mut content = blake3::hash(&rest).as_bytes().to_vec();
        content.extend(rest);
        private::write(&self.path(), &content)?;
        self.prune();
        Ok(())
    }

    /// Drops the record, so that it is not handed out again.
    pub fn forget(&self) {
        let _ = fs::remove_file(self.path());
    }

    /// Waits until no other process is fetching these credentials. Errors: no file can be created there.
    pub fn turn(&self) -> io::Result<Turn> {
        private::directory(&self.directory)?;
        let file = files::open_lock(&self.lock_path())?;
        // On a file system without locks every process fetches.
        Ok(Turn(file.lock().is_ok().then_some(file)))
    }

    fn lock_path(&self) -> PathBuf {
        self.path().with_extension("lock")
    }

    /// Leaves a failure for those who have been waiting for their turn meanwhile, so that they do not all
    /// wait for it once more.
    pub fn leave_failure(&self, trouble: &Trouble) {
        let now = nanoseconds(SystemTime::now());
        if let Ok(content) = postcard::to_allocvec(&(now, trouble)) {
            // Nobody is worse off than without it.
            let _ = files::open_lock(&self.lock_path()).and_then(|mut file| {
                file.set_len(0)?;
                file.write_all(&content)
            });
        }
    }

    /// Another caller's failure after `since`, if there is one.
    pub fn failure_since(&self, since: SystemTime) -> Option<Trouble> {
        let bytes = files::read(&self.lock_path(), files::RECORD).ok()?;
        let (at, trouble): (u128, Trouble) = postcard::from_bytes(&bytes).ok()?;
        (at > nanoseconds(since)).then_some(trouble)
    }

    /// The directory, for messages.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Removes what has expired long ago, together with its lock.
    fn prune(&self) {
        for entry in fs::read_dir(&self.directory).into_iter().flatten().flatten() {
            let time = entry.metadata().and_then(|metadata| metadata.modified());
            let age = time.ok().and_then(|time| time.elapsed().ok());
            if age.is_some_and(|age| age > AGE) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

fn nanoseconds(time: SystemTime) -> u128 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos()
}

/// Whether a variable of the shell can lead to other credentials.
fn matters(name: &OsStr, method: Method) -> bool {
    // The last three lead on where an AWS profile has `credential_source`.
    const ALWAYS: [&str; 6] = [
        "HOME",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_ACCESS_KEY_ID",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    ];
    let is_of_aws = |start: &str| name.as_encoded_bytes().starts_with(start.as_bytes());
    ALWAYS.iter().any(|known| name == *known)
        || is_of_aws("AWS_ENDPOINT_URL")
        || (method == Method::Ambient && is_of_aws("AWS_"))
}

/// What the files of AWS are now: an edit, a login or a logout changes it.
fn stamp(files: &Files, active: &Active, variables: &Snapshot) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    let mut add = |path: &Path| {
        let identity = fs::metadata(path).map(|metadata| {
            let time = Timestamp::of(&metadata);
            (time.seconds, time.nanoseconds, metadata.len())
        });
        hasher.update(format!("{}{:?};", path.display(), identity.ok()).as_bytes());
    };
    for path in [files.config_path(), files.credentials_path()].into_iter().flatten() {
        add(path);
    }
    let mut variables = variables.clone();
    if let Some(name) = active.profile.settings.text("auth.profile") {
        variables.insert("AWS_PROFILE".into(), name.into());
    }
    if let Ok(decision) = files.decide_in(&variables)
        && let Base::Sso(sso) = decision.base
        && let Some(path) = session::path(&sso)
    {
        add(&path);
    }
    *hasher.finalize().as_bytes()
}
