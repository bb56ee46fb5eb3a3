//! The only place that opens files. A stranger can put a FIFO, a device or a link to `/dev/zero` wherever the program
//! looks, so every file is opened without waiting, must be a regular one, and is read up to a bound.
//!
//! `clippy.toml` forbids the functions of the standard library that would open a file elsewhere.

#![allow(clippy::disallowed_methods, reason = "this is the place that may")]

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::Path;

/// The largest project file, in bytes. It is read before anyone has allowed it.
pub const PROJECT: u64 = 64 << 10;

/// The largest file of the user's own: profiles, Claude Code's settings, shell start-up files, AWS files.
/// A thousand profiles take about a quarter of it.
pub const OWN: u64 = 1 << 20;

/// The largest file that git keeps to say where something else is.
pub const GIT: u64 = 4 << 10;

/// The largest record that the program writes for itself.
pub const RECORD: u64 = 4 << 20;

/// The largest file of the system's: certificates, user and group names.
pub const SYSTEM: u64 = 16 << 20;

/// Opens a regular file to read it, without waiting for a writer if it is something else. Errors: those of the system,
/// and `InvalidInput` for anything but a regular file. The metadata is that of the open file.
pub fn open(path: &Path) -> io::Result<(File, Metadata)> {
    // Not by opening it: a device can do something when it is opened.
    if !fs::metadata(path)?.is_file() {
        return Err(not_regular());
    }
    open_known(path)
}

/// Opens what was a regular file when it was looked at, if no link is on the way to it: one call then tells what
/// looking at each directory would. `None` if there is one, where it cannot be opened so, and before Linux 5.6.
#[cfg(target_os = "linux")]
pub fn open_plain(path: &Path) -> Option<(File, Metadata)> {
    use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
    if path.components().any(|part| part == std::path::Component::ParentDir) {
        return None;
    }
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = File::from(openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS).ok()?);
    let metadata = file.metadata().ok()?;
    metadata.is_file().then_some((file, metadata))
}

/// Other systems have no such call.
#[cfg(not(target_os = "linux"))]
pub fn open_plain(_: &Path) -> Option<(File, Metadata)> {
    None
}

/// Opens what was a regular file when it was looked at.
pub fn open_known(path: &Path) -> io::Result<(File, Metadata)> {
    let mut options = File::options();
    options.read(true);
    without_waiting(&mut options);
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(not_regular());
    }
    Ok((file, metadata))
}

/// Opens a regular file in a directory that is the user's alone, unless it is a link.
pub fn open_unlinked(path: &Path) -> io::Result<(File, Metadata)> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::NOFOLLOW;
        options.custom_flags(flags.bits().cast_signed());
    }
    #[cfg(not(unix))]
    if fs::symlink_metadata(path)?.is_symlink() {
        return Err(not_regular());
    }
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(not_regular());
    }
    Ok((file, metadata))
}

/// The standard library opens every file with `O_CLOEXEC` as it is.
#[cfg(unix)]
fn without_waiting(options: &mut fs::OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    options.custom_flags(flags.bits().cast_signed());
}

#[cfg(not(unix))]
fn without_waiting(_: &mut fs::OpenOptions) {}

fn not_regular() -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, "it is not a regular file")
}

/// Reads an open file of `length` bytes. Errors: `FileTooLarge` where there are more than `limit`.
pub fn read_open(file: File, length: u64, limit: u64) -> io::Result<Vec<u8>> {
    let too_large = || io::Error::new(ErrorKind::FileTooLarge, format!("it has more than {limit} bytes"));
    if length > limit {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default() + 1);
    // Not up to its length alone: it may grow, and files of /proc have none.
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(too_large());
    }
    Ok(bytes)
}

/// Reads a regular file of at most `limit` bytes.
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let (file, metadata) = open(path)?;
    read_open(file, metadata.len(), limit)
}

/// Reads a regular file of at most `limit` bytes in UTF-8.
pub fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    String::from_utf8(read(path, limit)?).map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is not UTF-8"))
}

/// Opens the user's own file to lock it or to replace its content; a new one has mode 0600. Not through a link.
pub fn open_lock(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.create(true).truncate(false).read(true).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::NOFOLLOW;
        options.mode(0o600).custom_flags(flags.bits().cast_signed());
    }
    let file = options.open(path)?;
    if !file.metadata()?.is_file() {
        return Err(not_regular());
    }
    Ok(file)
}

/// Opens a directory, to lock it.
pub fn open_directory(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    without_waiting(&mut options);
    let directory = options.open(path)?;
    if directory.metadata()?.is_dir() {
        Ok(directory)
    } else {
        Err(ErrorKind::NotADirectory.into())
    }
}

/// Marks the user's own file as used now. A failure does not matter.
pub fn touch(path: &Path) {
    let mut options = File::options();
    options.append(true);
    without_waiting(&mut options);
    let now = std::time::SystemTime::now();
    let _ = options.open(path).and_then(|file| file.set_modified(now));
}

/// Opens a file to append to, such as the one that a runner of jobs names; a new one is made. It may be a pipe.
pub fn open_to_append(path: &Path) -> io::Result<File> {
    File::options().append(true).create(true).open(path)
}

/// Writes a generated file for anybody to read, over what is there.
pub fn write_public(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = File::options();
    options.create(true).truncate(true).write(true);
    without_waiting(&mut options);
    let mut file = options.open(path)?;
    if !file.metadata()?.is_file() {
        return Err(not_regular());
    }
    file.write_all(content)
}

/// The terminal, to write a question to.
#[cfg(unix)]
pub fn terminal() -> io::Result<File> {
    File::options().read(true).write(true).open("/dev/tty")
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// What a stranger can put where a file is expected. Nothing may wait for it or read it without an end.
    #[test]
    fn only_regular_files_of_a_bounded_size_are_read() {
        let scratch = tempfile::tempdir().unwrap();
        let path = |name: &str| scratch.path().join(name);
        rustix::fs::mknodat(
            rustix::fs::CWD,
            path("fifo"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RWXU,
            0,
        )
        .unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
        fs::create_dir(path("directory")).unwrap();
        symlink("/dev/zero", path("endless")).unwrap();
        symlink("/dev/tty", path("terminal")).unwrap();
        symlink(path("fifo"), path("to-fifo")).unwrap();
        symlink("loop", path("loop")).unwrap();
        for name in ["fifo", "socket", "directory", "endless", "terminal", "to-fifo"] {
            let error = read(&path(name), 10).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name}: {error}");
        }
        // A FIFO that takes a file's place after it was looked at.
        assert_eq!(open_known(&path("fifo")).unwrap_err().kind(), ErrorKind::InvalidInput);
        assert!(open_lock(&path("fifo")).is_err());
        assert!(open_lock(&path("endless")).is_err(), "a link is not followed");
        assert!(write_public(&path("fifo"), b"x").is_err());
        assert!(read(&path("loop"), 10).is_err());
        assert_eq!(read(&path("missing"), 10).unwrap_err().kind(), ErrorKind::NotFound);
        for (length, fits) in [(0, true), (9, true), (10, true), (11, false), (5000, false)] {
            fs::write(path("file"), vec![b'x'; length]).unwrap();
            match read(&path("file"), 10) {
                Ok(bytes) => assert!(fits && bytes.len() == length, "{length}"),
                Err(error) => assert!(!fits && error.kind() == ErrorKind::FileTooLarge, "{length}: {error}"),
            }
        }
        // A sparse file of any size costs nothing.
        File::create(path("sparse")).unwrap().set_len(1 << 40).unwrap();
        assert_eq!(read(&path("sparse"), 10).unwrap_err().kind(), ErrorKind::FileTooLarge);
        // A file that says it is empty is still bounded.
        assert_eq!(
            read(Path::new("/proc/self/maps"), 10).unwrap_err().kind(),
            ErrorKind::FileTooLarge
        );
    }
}
