//! Reading a configuration file so that the watch which follows cannot miss an edit.
//!
//! The file is opened, then asked for its times, then read: an edit that comes in between has a later
//! time than the one recorded, and the next prompt sees it. Most of the files that are looked for are not
//! there, which is asked first: that is cheaper than to fail in opening them.

use std::fs::{self, File, Metadata};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::diagnostic::{Diagnostic, Place, Result, Source};
use crate::system::files;
use crate::system::owners::Ownership;
use crate::system::paths;
use crate::system::text::quoted;
use crate::system::time::Timestamp;
use crate::watch::Watch;

/// Identifies a file's content among all that was ever at its path, without reading it. The change time cannot be set
/// by hand, as the modification time can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The device and the inode.
    pub place: (u64, u64),
    /// The length in bytes.
    pub size: u64,
    /// The last modification.
    pub modified: Timestamp,
    /// The last change of content, owner, mode or links.
    pub changed: Timestamp,
}

/// A file that was opened and may be read.
pub struct Opened {
    /// Where it is.
    pub path: PathBuf,
    /// Who may have written it.
    pub ownership: Ownership,
    /// What it was when it was opened; `None` if the system does not tell.
    pub identity: Option<Identity>,
    /// Whether the path itself is a link.
    pub is_link: bool,
    file: File,
    length: u64,
}

/// A file that was read.
pub struct Read {
    /// The content.
    pub source: Rc<Source>,
    /// Who may have written it.
    pub ownership: Ownership,
}

/// Reads `path` and records it in `watch`: as it is, or as absent. `Ok(None)` where there is no such file.
pub fn read(path: &Path, watch: &mut Watch) -> Result<Option<Read>> {
    opened(path, watch)?.map(Opened::read).transpose()
}

/// Opens `path` and records it in `watch`: as it is, or as absent. `Ok(None)` where there is no such file.
pub fn opened(path: &Path, watch: &mut Watch) -> Result<Option<Opened>> {
    let link = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if is_nothing_there(&error) => {
            watch.missing(path);
            return Ok(None);
        }
        Err(error) => return absent_or_unreadable(path, &error, watch),
    };
    // A path that is not a file is not opened to find that out; links are followed first.
    if !link.is_file() && !link.is_symlink() {
        watch.existing(path, Timestamp::of(&link));
        return Err(no_file(path, &link));
    }
    let (opening, is_plain) = if link.is_symlink() {
        (files::open(path), false)
    } else {
        match files::open_plain(path) {
            Some(opened) => (Ok(opened), true),
            None => (files::open_known(path), false),
        }
    };
    let (file, metadata) = match opening {
        Ok(opened) => opened,
        Err(error) => return absent_or_unreadable(path, &error, watch),
    };
    if is_plain {
        watch.existing_plain(path, Timestamp::of(&metadata));
    } else {
        watch.existing(path, Timestamp::of(&metadata));
    }
    let limit = limit(path);
    if metadata.len() > limit {
        return Err(too_large(path, metadata.len(), limit));
    }
    Ok(Some(Opened {
        path: path.to_path_buf(),
        ownership: Ownership::of(&metadata),
        identity: identity(&metadata),
        is_link: link.is_symlink(),
        length: metadata.len(),
        file,
    }))
}

impl Opened {
    /// Reads it.
    pub fn read(self) -> Result<Read> {
        let path = self.path.clone();
        self.decoded(|bytes| String::from_utf8(bytes).map_err(|error| not_utf8(&path, &error)))
    }

    /// Reads it as Claude Code reads its settings (2.1.332, seen): UTF-16 behind its byte order mark, and U+FFFD in
    /// place of bytes that are not UTF-8.
    pub fn read_as_settings(self) -> Result<Read> {
        self.decoded(|bytes| Ok(utf16(&bytes).unwrap_or_else(|| String::from_utf8_lossy(&bytes).into_owned())))
    }

    fn decoded(self, decode: impl FnOnce(Vec<u8>) -> Result<String>) -> Result<Read> {
        let path = &self.path;
        let limit = limit(path);
        let bytes = files::read_open(self.file, self.length, limit).map_err(|error| match error.kind() {
            ErrorKind::FileTooLarge => too_large(path, self.length.max(limit + 1), limit),
            _ => unreadable(path, &error),
        })?;
        let text = decode(bytes)?;
        // A byte order mark, which Windows' editors write, is no part of the text.
        let text = match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        };
        Ok(Read {
            source: Rc::new(Source::new(self.path, text)),
            ownership: self.ownership,
        })
    }
}

/// The text of bytes in little-endian UTF-16 behind its byte order mark, which Windows' older editors write.
pub fn utf16(bytes: &[u8]) -> Option<String> {
    let rest = bytes.strip_prefix(&[0xff, 0xfe])?;
    let units: Vec<u16> = rest
        .chunks(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair.get(1).copied().unwrap_or_default()]))
        .collect();
    Some(String::from_utf16_lossy(&units))
}

/// How much of a file is read: a project file is a stranger's until it has been reviewed.
fn limit(path: &Path) -> u64 {
    if path.file_name().is_some_and(|name| name == paths::PROJECT_FILE) {
        files::PROJECT
    } else if path.file_name().is_some_and(|name| name == paths::CLAUDE_STATE) {
        // Claude Code keeps its projects and histories there, too.
        files::SYSTEM
    } else {
        files::OWN
    }
}

fn too_large(path: &Path, length: u64, limit: u64) -> Box<Diagnostic> {
    Diagnostic::error(format!(
        "{} has {length} bytes; more than {limit} are not read",
        paths::display(path)
    ))
    .into()
}

fn is_nothing_there(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn absent_or_unreadable(path: &Path, error: &std::io::Error, watch: &mut Watch) -> Result<Option<Opened>> {
    if is_nothing_there(error) {
        watch.absent(path);
        return Ok(None);
    }
    // Whether the file exists is unknown, which does not mean that it is absent.
    if let Some(directory) = unsearchable(path) {
        return Err(Diagnostic::error(format!(
            "{} cannot be looked for: {} may not be searched",
            paths::display(path),
            paths::display(directory)
        ))
        .help(format!("if it is yours: chmod u+x {}", quoted(directory)))
        .unwatchable()
        .into());
    }
    // A socket cannot even be opened.
    match fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => {
            watch.existing(path, Timestamp::of(&metadata));
            Err(no_file(path, &metadata))
        }
        _ => Err(unreadable(path, error)),
    }
}

/// The outermost directory on the way to `path` that keeps the way closed.
pub fn unsearchable(path: &Path) -> Option<&Path> {
    let mut ways: Vec<&Path> = path.ancestors().collect();
    ways.reverse();
    let closed =
        |way: &&Path| fs::symlink_metadata(way).is_err_and(|error| error.kind() == ErrorKind::PermissionDenied);
    ways.into_iter().find(closed).and_then(Path::parent)
}

fn no_file(path: &Path, metadata: &Metadata) -> Box<Diagnostic> {
    let kind = if metadata.is_dir() {
        "a directory"
    } else {
        "not a regular file"
    };
    Diagnostic::error(format!("{} is {kind}", paths::display(path)))
        .help(format!(
            "a file of settings is expected there; move it away: mv {0} {0}.old",
            quoted(path)
        ))
        .into()
}

fn unreadable(path: &Path, error: &std::io::Error) -> Box<Diagnostic> {
    let mut finding = Diagnostic::error(format!("{} cannot be read: {error}", paths::display(path))).unwatchable();
    if error.kind() == ErrorKind::PermissionDenied {
        finding = finding.help(format!("if it is yours: chmod u+r {}", quoted(path)));
    }
    finding.into()
}

fn not_utf8(path: &Path, error: &std::string::FromUtf8Error) -> Box<Diagnostic> {
    let start = error.utf8_error().valid_up_to();
    let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
    let source = Rc::new(Source::new(path.to_path_buf(), text));
    Diagnostic::at(
        Place {
            source,
            span: start..start + char::REPLACEMENT_CHARACTER.len_utf8(),
        },
        "not UTF-8",
    )
    .help("save the file in UTF-8, which TOML requires")
    .into()
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "the same shape as on other systems")]
fn identity(metadata: &Metadata) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    let changed = Timestamp {
        seconds: metadata.ctime(),
        nanoseconds: u32::try_from(metadata.ctime_nsec()).unwrap_or_default(),
    };
    Some(Identity {
        place: (metadata.dev(), metadata.ino()),
        size: metadata.size(),
        modified: Timestamp::of(metadata),
        changed,
    })
}

/// Windows has no change time in the standard library.
#[cfg(not(unix))]
fn identity(_: &Metadata) -> Option<Identity> {
    None
}
