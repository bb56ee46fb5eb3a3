//! The system's keyring: Secret Service on Linux, Keychain on macOS, Credential Manager on Windows.
//!
//! The keyring must not block a prompt for ever. A keyring that does not even answer is given up after [`ANSWER`]. One
//! that answers may be locked and ask its user for a password in a window of its own: that is given [`UNLOCK`], with a
//! line that says what is waited for, and Ctrl-C ends it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

#[cfg(target_os = "macos")]
use apple_native_keyring_store::keychain as store;
use keyring_core::{Entry, Error};
#[cfg(windows)]
use windows_native_keyring_store as store;
#[cfg(all(unix, not(target_os = "macos")))]
use zbus_secret_service_keyring_store as store;

use crate::diagnostic::{Diagnostic, Result};
use crate::system::foreground::Wait;
use crate::system::paths;
use crate::system::paths::Verbosity;

/// Under which the keyring shows this program's entries; their user is the secret's name.
const SERVICE: &str = "claude-bedrock";

/// How long the keyring may take to answer at all.
const ANSWER: Duration = Duration::from_secs(10);

/// How long a user may take to unlock it.
const UNLOCK: Duration = Duration::from_mins(1);

/// After how long the user is told what the program waits for.
const SILENCE: Duration = Duration::from_secs(2);

/// How often Ctrl-C is looked for.
const STEP: Duration = Duration::from_millis(20);

type Store = Arc<keyring_core::CredentialStore>;

/// The secret of that name, if the keyring has one.
pub fn get(name: &str) -> Result<Option<String>> {
    let name = name.to_owned();
    ask(move |store| present(entry(store, &name)?.get_password()))
}

/// Stores a secret, over one that has this name already.
pub fn set(name: &str, value: &str) -> Result<()> {
    let (name, value) = (name.to_owned(), value.to_owned());
    ask(move |store| entry(store, &name)?.set_password(&value))
}

/// Removes a secret; `false` where there was none.
pub fn remove(name: &str) -> Result<bool> {
    let name = name.to_owned();
    let removed = ask(move |store| present(entry(store, &name)?.delete_credential()))?;
    Ok(removed.is_some())
}

/// The names of this program's secrets, in the order of the alphabet.
pub fn list() -> Result<Vec<String>> {
    ask(|store| {
        // Windows searches by a pattern of its own; there all entries are looked through.
        let attributes = if cfg!(windows) {
            HashMap::new()
        } else {
            HashMap::from([("service", SERVICE)])
        };
        let entries = store.search(&attributes)?;
        let mut names: Vec<String> = entries
            .iter()
            .filter_map(Entry::get_specifiers)
            .filter_map(|(service, name)| (service == SERVICE).then_some(name))
            .collect();
        names.sort();
        names.dedup();
        Ok(names)
    })
}

fn entry(store: &Store, name: &str) -> keyring_core::Result<Entry> {
    store.build(SERVICE, name, None)
}

fn present<T>(result: keyring_core::Result<T>) -> keyring_core::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What the thread that talks to the keyring reports.
enum Report<T> {
    /// The keyring is there.
    Connected,
    Done(keyring_core::Result<T>),
}

/// Asks the keyring, within the time limits.
fn ask<T: Send + 'static>(question: impl FnOnce(&Store) -> keyring_core::Result<T> + Send + 'static) -> Result<T> {
    let _wait = Wait::begin();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        // After the time limit no one is listening.
        let answer = store::Store::new().and_then(|store| {
            let store: Store = store;
            let _ = sender.send(Report::Connected);
            question(&store)
        });
        let _ = sender.send(Report::Done(answer));
    });
    let start = Instant::now();
    let (mut connected, mut told) = (false, false);
    loop {
        match receiver.recv_timeout(STEP) {
            Ok(Report::Connected) => connected = true,
            Ok(Report::Done(answer)) => return answer.map_err(|error| failure(&error)),
            Err(RecvTimeoutError::Disconnected) => return Err(unreachable("it did not answer")),
            Err(RecvTimeoutError::Timeout) => {}
        }
        let elapsed = start.elapsed();
        if Wait::is_interrupted() {
            return Err(cancelled());
        }
        if !connected && elapsed > ANSWER {
            return Err(unreachable(&format!(
                "it does not answer within {} s",
                ANSWER.as_secs()
            )));
        }
        if elapsed > UNLOCK {
            let message = format!("the keyring was not unlocked within {} s", UNLOCK.as_secs());
            return Err(Diagnostic::error(message).help(UNLOCKING).into());
        }
        if connected && !told && elapsed > SILENCE {
            told = true;
            if paths::verbosity() >= Verbosity::Info {
                let line = "claude-bedrock: waiting for the keyring to be unlocked (Ctrl-C cancels)\n";
                // If stderr is closed, there is no one to tell.
                let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
            }
        }
    }
}

/// What to do about a locked keyring.
const UNLOCKING: &str = "unlock it and try again, or use { command = \"…\" } or { file = \"…\" } instead";

fn cancelled() -> Box<Diagnostic> {
    Diagnostic::error("waiting for the keyring was cancelled").into()
}

fn unreachable(reason: &str) -> Box<Diagnostic> {
    Diagnostic::error(format!("the keyring cannot be reached: {reason}"))
        .help("use { command = \"…\" } or { file = \"…\" } instead, or start a keyring")
        .into()
}

/// An error of the keyring. Those that hold a secret's bytes are reported in this program's own words.
fn failure(error: &Error) -> Box<Diagnostic> {
    match error {
        Error::NoStorageAccess(reason) => {
            Diagnostic::error(format!("the keyring is locked and was not unlocked ({reason})"))
                .help(UNLOCKING)
                .into()
        }
        Error::PlatformFailure(reason) => {
            let reason = reason.to_string();
            if reason.contains("org.freedesktop.DBus.Error.ServiceUnknown") {
                return unreachable("none is running (nothing on D-Bus is called org.freedesktop.secrets)");
            }
            unreachable(reason.trim_start_matches("zbus error: "))
        }
        Error::BadEncoding(_) | Error::BadDataFormat(..) => {
            Diagnostic::error("what the keyring holds under this name is not UTF-8")
                .help("store it again: claude-bedrock secret set NAME")
                .into()
        }
        Error::Ambiguous(entries) => {
            Diagnostic::error(format!("the keyring holds {} secrets of this name", entries.len()))
                .help(format!(
                    "remove all but one with the keyring's own program; their service is `{SERVICE}`"
                ))
                .into()
        }
        other => Diagnostic::error(format!("the keyring refuses: {other}")).into(),
    }
}
