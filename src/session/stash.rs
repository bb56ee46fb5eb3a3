//! Previous values that must not be in the environment: a profile hides the user's own secret keys from what runs under
//! it, so they wait in a 0600 file whose random name only the state knows.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use std::{fs, io};

use data_encoding::HEXLOWER;

use crate::system::files;
use crate::system::variables::random;
use crate::system::{paths, private};

/// A shell that has not loaded anything for this long has lost its stash.
const AGE: Duration = Duration::from_hours(30 * 24);

/// Values by variable.
pub type Values = BTreeMap<String, Vec<u8>>;

fn directories() -> impl Iterator<Item = PathBuf> {
    [paths::runtime_directory(), paths::state_directory()]
        .into_iter()
        .flatten()
        .map(|directory| directory.join("stash"))
}

/// Writes the values to a new file and returns its name.
pub fn put(values: &Values) -> io::Result<[u8; 16]> {
    let name = random();
    let content = postcard::to_allocvec(values).map_err(io::Error::other)?;
    let mut failure = io::Error::new(io::ErrorKind::NotFound, "there is no state directory (no HOME)");
    for directory in directories() {
        match private::write(&directory.join(HEXLOWER.encode(&name)), &content) {
            Ok(()) => {
                // Now and then is enough: there may be thousands.
                if name[0] < 8 {
                    prune(&directory);
                }
                return Ok(name);
            }
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// The values of a file; `None` if it is gone.
pub fn get(name: &[u8; 16]) -> Option<Values> {
    let path = directories()
        .map(|directory| directory.join(HEXLOWER.encode(name)))
        .find(|path| path.exists())?;
    // A stash in use must not be pruned.
    files::touch(&path);
    postcard::from_bytes(&files::read(&path, files::RECORD).ok()?).ok()
}

fn prune(directory: &PathBuf) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let age = entry
            .metadata()
            .and_then(|metadata| metadata.modified())
            .ok()
            .and_then(|time| time.elapsed().ok());
        if age.is_some_and(|age| age > AGE) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
