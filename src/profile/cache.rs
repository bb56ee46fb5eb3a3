//! Profiles of large configuration files as they were understood last, so that a change of directory does
//! not parse a thousand profiles to use one.
//!
//! A record is valid for the very files it was made from: path, inode, size, modification and change time.
//! It is written only when those times lie so far back that no later edit can share them. A record that is
//! missing, torn or of another version is as good as none. Records hold no secrets, only where they are.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::SystemTime;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::diagnostic::{Place, Source};
use crate::profile::Profile;
use crate::profile::layers::Head;
use crate::profile::source::Opened;
use crate::profile::value::{Located, Settings, Value};
use crate::system::files;
use crate::system::{paths, private};

/// Parsing a smaller file costs less than asking for a record.
const SMALLEST: u64 = 4096;

/// The records of one state of the configuration files.
pub struct Cache {
    directory: PathBuf,
    /// Of the files' paths: whose records these are.
    owner: String,
    /// Of the files' identities: for which state of them.
    state: String,
    sources: Vec<Rc<Source>>,
    settled: bool,
}

/// A place as it is recorded: the file's index, and the bytes.
type Spot = (usize, usize, usize);

#[derive(Serialize, Deserialize)]
struct HeadRecord {
    default_profile: Option<(String, Spot)>,
    trusted: Vec<PathBuf>,
}

#[derive(Serialize, Deserialize)]
struct ProfileRecord {
    extends: Vec<String>,
    settings: Vec<(String, Value, Spot)>,
}

impl Cache {
    /// The records for `files`; `None` if the files are small, or there is no place for records.
    pub fn of(files: &[Opened]) -> Option<Self> {
        let identities = files.iter().map(|file| file.identity).collect::<Option<Vec<_>>>()?;
        if identities.iter().map(|identity| identity.size).sum::<u64>() < SMALLEST {
            return None;
        }
        let directory = paths::state_directory()?.join("cache");
        let mut owner = blake3::Hasher::new();
        let mut state = blake3::Hasher::new();
        state.update(env!("CARGO_PKG_VERSION").as_bytes());
        let now = SystemTime::now();
        let mut settled = true;
        for (file, identity) in files.iter().zip(identities) {
            owner.update(file.path.as_os_str().as_encoded_bytes()).update(b"\0");
            state.update(format!("{identity:?}").as_bytes());
            settled &= !identity.modified.is_unsettled(now, false) && !identity.changed.is_unsettled(now, false);
        }
        // What is trusted depends on it.
        state.update(format!("{:?}", paths::home()).as_bytes());
        let hash = |hasher: &blake3::Hasher| hasher.finalize().to_hex()[..32].to_owned();
        let sources = files
            .iter()
            .map(|file| Rc::new(Source::unread(file.path.clone())))
            .collect();
        Some(Self {
            directory,
            owner: hash(&owner),
            state: hash(&state),
            sources,
            settled,
        })
    }

    /// What stands at the top of the files.
    pub fn head(&self) -> Option<Head> {
        let record: HeadRecord = self.read("")?;
        let default_profile = match record.default_profile {
            Some((name, spot)) => Some((name, self.place(spot)?)),
            None => None,
        };
        Some(Head {
            default_profile,
            trusted: record.trusted,
        })
    }

    /// The profile `name` with what it extends.
    pub fn profile(&self, name: &str) -> Option<Profile> {
        let record: ProfileRecord = self.read(name)?;
        let mut settings = Settings::default();
        for (path, value, spot) in record.settings {
            settings.insert(
                path,
                Located {
                    value,
                    place: self.place(spot)?,
                },
            );
        }
        Some(Profile {
            name: name.to_owned(),
            settings,
            extends: record.extends,
            place: None,
        })
    }

    /// Records what was understood. That it cannot be written costs time at the next change, nothing else.
    pub fn store(&self, head: &Head, profile: Option<&Profile>) {
        if !self.settled || private::directory(&self.directory).is_err() {
            return;
        }
        self.remove_outdated();
        let spot = |place: &Place| self.spot(place);
        let default_profile = match &head.default_profile {
            Some((name, place)) => {
                let Some(spot) = spot(place) else { return };
                Some((name.clone(), spot))
            }
            None => None,
        };
        self.write(
            "",
            &HeadRecord {
                default_profile,
                trusted: head.trusted.clone(),
            },
        );
        let Some(profile) = profile else { return };
        let settings: Option<Vec<_>> = profile
            .settings
            .iter()
            .map(|(path, located)| Some((path.to_owned(), located.value.clone(), spot(&located.place)?)))
            .collect();
        if let Some(settings) = settings {
            self.write(
                &profile.name,
                &ProfileRecord {
                    extends: profile.extends.clone(),
                    settings,
                },
            );
        }
    }

    fn place(&self, (index, start, end): Spot) -> Option<Place> {
        Some(Place {
            source: Rc::clone(self.sources.get(index)?),
            span: start..end,
        })
    }

    fn spot(&self, place: &Place) -> Option<Spot> {
        let index = self
            .sources
            .iter()
            .position(|source| source.path == place.source.path)?;
        Some((index, place.span.start, place.span.end))
    }

    /// The record of a profile; of the head for the empty name, which no profile has.
    fn path(&self, name: &str) -> PathBuf {
        let name = &blake3::hash(name.as_bytes()).to_hex()[..16];
        self.directory.join(format!("{}-{}-{name}", self.owner, self.state))
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let bytes = files::read(&self.path(name), files::RECORD).ok()?;
        let (sum, content) = bytes.split_at_checked(blake3::OUT_LEN)?;
        if blake3::hash(content).as_bytes() != sum {
            return None;
        }
        postcard::from_bytes(content).ok()
    }

    fn write(&self, name: &str, record: &impl Serialize) {
        let Ok(content) = postcard::to_allocvec(record) else {
            return;
        };
        let written = tempfile::Builder::new()
            .prefix(".new")
            .tempfile_in(&self.directory)
            .and_then(|mut file| {
                file.write_all(blake3::hash(&content).as_bytes())?;
                file.write_all(&content)?;
                file.persist(self.path(name)).map_err(|error| error.error)
            });
        // The next load parses again.
        let _ = written;
    }

    /// Removes records of an earlier state of the same files.
    fn remove_outdated(&self) {
        let current = format!("{}-{}", self.owner, self.state);
        for entry in fs::read_dir(&self.directory).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with(&self.owner) && !name.starts_with(&current) {
                let _ = fs::remove_file(Path::new(&self.directory).join(&*name));
            }
        }
    }
}
