//! The watch: what a shell tests at each prompt, with its own builtins, to know that nothing has changed.
//!
//! A watch lists what the last load depended on: the working directory, files that exist and files that
//! do not. An existing file is compared with a *reference file* that bears the same modification time to
//! the nanosecond; neither newer nor older means unchanged. PowerShell compares the time itself.

use std::fs::{self, FileTimes, Metadata};
use std::io;
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::time::UNIX_EPOCH;
use std::time::{Duration, SystemTime};

use crate::system::files;
use crate::system::links::{self, Way};
use crate::system::time::Timestamp;
use crate::system::{paths, private};

/// How long a reference file is kept. One that is missed is made again, so this may be short.
const REFERENCE_AGE: Duration = Duration::from_hours(30 * 24);

/// One file or link in a watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watched {
    /// It existed, with this time.
    Existing {
        /// The path that was opened.
        path: PathBuf,
        /// Its modification time, links followed.
        time: Timestamp,
        /// The links on the way, and where they led.
        way: Way,
    },
    /// It existed, and nothing more about it matters: a trust record, whose name says it all.
    Present(PathBuf),
    /// Nothing was there, or a link that led nowhere.
    Absent {
        /// The path that was to be opened.
        path: PathBuf,
        /// Where the link led, if there was one.
        way: Option<Way>,
    },
    /// A link on the way to the working directory, as the shell names it.
    Link(PathBuf, Timestamp),
}

/// A variable whose value the shell compares with what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Its name.
    pub name: String,
    /// Whether it may hold a secret, of which the shell remembers no more than the length and the last characters.
    pub is_secret: bool,
    /// Whether it is set.
    pub is_there: bool,
}

/// How many of the last characters of a secret are remembered.
pub const LAST_CHARACTERS: usize = 4;

/// What the last load depended on.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    /// The working directory with links resolved; `None` if it was deleted.
    pub directory: Option<PathBuf>,
    /// Files and links in the order in which they were looked at.
    pub files: Vec<Watched>,
    /// Set where no test can see the next change.
    pub blind: bool,
}

impl Watch {
    /// Records a file that exists, before or after it was read. A path is recorded once.
    pub fn existing(&mut self, path: &Path, time: Timestamp) {
        self.existing_by(path, time, links::follow);
    }

    /// Records a file that exists, and to which no link leads.
    pub fn existing_plain(&mut self, path: &Path, time: Timestamp) {
        self.existing_by(path, time, |path, _| Way::plain(path));
    }

    fn existing_by(&mut self, path: &Path, time: Timestamp, way: impl FnOnce(&Path, Option<&Path>) -> Way) {
        let is_known = |watched: &Watched| matches!(watched, Watched::Existing { path: known, .. } if known == path);
        if !self.files.iter().any(is_known) {
            self.files.push(Watched::Existing {
                path: path.to_path_buf(),
                time,
                way: way(path, self.directory.as_deref()),
            });
        }
    }

    /// Records a file as it is now, or as absent.
    pub fn file(&mut self, path: &Path) {
        match fs::metadata(path) {
            Ok(metadata) => self.existing(path, Timestamp::of(&metadata)),
            Err(_) => self.absent(path),
        }
    }

    /// Whether there is something at `path`, which is recorded where its existence alone matters. Errors: it is
    /// unknown, because a directory on the way is not searchable.
    pub fn existence(&mut self, path: &Path) -> io::Result<bool> {
        let exists = match fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_symlink() => path.exists(),
            Ok(_) => true,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                self.missing(path);
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        if exists {
            self.present(path);
        } else {
            self.absent(path);
        }
        Ok(exists)
    }

    /// Records a file whose existence alone matters.
    pub fn present(&mut self, path: &Path) {
        self.files.push(Watched::Present(path.to_path_buf()));
    }

    /// Records a file that does not exist, though there may be a link that leads nowhere.
    pub fn absent(&mut self, path: &Path) {
        if !fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink()) {
            return self.missing(path);
        }
        self.files.push(Watched::Absent {
            path: path.to_path_buf(),
            way: Some(links::follow(path, self.directory.as_deref())),
        });
    }

    /// Records a path at which there is nothing, not even a link.
    pub fn missing(&mut self, path: &Path) {
        self.files.push(Watched::Absent {
            path: path.to_path_buf(),
            way: None,
        });
    }

    /// Records the links among the components of `path`.
    pub fn links_of(&mut self, path: &Path) {
        for ancestor in path.ancestors() {
            if let Ok(metadata) = fs::symlink_metadata(ancestor)
                && metadata.is_symlink()
            {
                self.files
                    .push(Watched::Link(ancestor.to_path_buf(), Timestamp::of(&metadata)));
            }
        }
    }

    /// Whether the next prompt must load once more whatever the tests say.
    pub fn is_unsettled(&self, coarse: bool) -> bool {
        let now = SystemTime::now();
        let moving = |links: &[(PathBuf, Timestamp)]| links.iter().any(|(_, time)| time.is_unsettled(now, coarse));
        self.blind
            || self.files.iter().any(|watched| match watched {
                Watched::Existing { time, way, .. } => time.is_unsettled(now, coarse) || moving(&way.links),
                Watched::Absent { way, .. } => way.as_ref().is_some_and(|way| moving(&way.links)),
                Watched::Link(_, time) => time.is_unsettled(now, coarse),
                Watched::Present(_) => false,
            })
    }
}

/// The directory of reference files.
pub struct References {
    directory: PathBuf,
}

impl References {
    /// Opens the directory, made where it is missing; `None` if no directory of the user's can be written.
    pub fn open() -> Option<Self> {
        [paths::state_directory(), paths::runtime_directory()]
            .into_iter()
            .flatten()
            .map(|directory| directory.join("references"))
            .find(|directory| private::directory(directory).is_ok())
            .map(|directory| Self { directory })
    }

    /// The file whose modification time is `time` to the nanosecond, made where it is missing; `None` if the file
    /// system cannot keep that time.
    pub fn at(&self, time: Timestamp) -> Option<PathBuf> {
        let path = self.directory.join(format!("{}.{:09}", time.seconds, time.nanoseconds));
        if fs::metadata(&path).is_ok_and(|metadata| Timestamp::of(&metadata) == time) {
            return Some(path);
        }
        self.prune();
        self.create(&path, time).then_some(path)
    }

    fn create(&self, path: &Path, time: Timestamp) -> bool {
        let made = tempfile::Builder::new()
            .prefix(".new")
            .tempfile_in(&self.directory)
            .and_then(|file| {
                file.as_file()
                    .set_times(FileTimes::new().set_modified(time.system_time()))?;
                let exact = Timestamp::of(&file.as_file().metadata()?) == time;
                if exact {
                    file.persist(path)?;
                }
                Ok(exact)
            });
        made.unwrap_or(false)
    }

    /// Removes reference files that were made long ago, at most once a day.
    fn prune(&self) {
        let marker = self.directory.join("pruned");
        let now = SystemTime::now();
        let age = |path: &Path| {
            fs::metadata(path)
                .and_then(|metadata| metadata.modified())
                .ok()
                .and_then(|time| now.duration_since(time).ok())
        };
        if age(&marker).is_some_and(|age| age < Duration::from_hours(24))
            || files::open_lock(&marker)
                .and_then(|file| file.set_modified(now))
                .is_err()
        {
            return;
        }
        for entry in fs::read_dir(&self.directory).into_iter().flatten().flatten() {
            let made = entry.metadata().and_then(|metadata| created(&metadata)).ok();
            if made
                .and_then(|made| now.duration_since(made).ok())
                .is_some_and(|age| age > REFERENCE_AGE)
            {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// When the file came to be; the modification time of a reference file says something else.
#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "the same shape as on other systems")]
fn created(metadata: &Metadata) -> std::io::Result<SystemTime> {
    use std::os::unix::fs::MetadataExt;
    Ok(UNIX_EPOCH + Duration::from_secs(metadata.ctime().unsigned_abs()))
}

/// When the file came to be; the modification time of a reference file says something else.
#[cfg(not(unix))]
fn created(metadata: &Metadata) -> std::io::Result<SystemTime> {
    metadata.created()
}

/// Two files that differ by the least time that the system knows, the first older. A shell that cannot tell them apart
/// compares whole seconds, or lives on a file system that does.
pub fn precision_probes() -> Option<(PathBuf, PathBuf)> {
    let references = References::open()?;
    // Windows counts in steps of a hundred.
    let step: u32 = if cfg!(windows) { 100 } else { 1 };
    let at = |steps: u32| {
        references.at(Timestamp {
            seconds: 1_000_000_000,
            nanoseconds: steps * step,
        })
    };
    Some((at(1)?, at(2)?))
}
