//! Files and directories that only the user can access: mode 0600 and 0700, written whole or not at all.
//!
//! They count only if no other user could have replaced them: every directory on the way, and every link, belongs to
//! the user or the administrator, and no other user can write in it. Otherwise nothing is written there, and nothing
//! there is trusted.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::system::files;
#[cfg(unix)]
use crate::system::owners::{self, Ownership};

/// What the names of files begin with that are being written.
const NEW: &str = ".new";

/// The limit of links to follow, as on Linux.
#[cfg(unix)]
const LINKS: usize = 40;

/// Makes `path` and what is missing above it, for the user alone. Errors: another user's directory is on the way or at
/// its end, others can write in one, or the user cannot.
pub fn directory(path: &Path) -> io::Result<()> {
    check_way(path)?;
    let metadata = match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => metadata,
        _ => {
            make(path)?;
            fs::metadata(path)?
        }
    };
    check_own(path, &metadata)?;
    #[cfg(unix)]
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK)?;
    Ok(())
}

/// Makes `path` and what is missing above it with mode 0700, wherever that is.
pub fn make(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Takes temporary files of this program's away that a crash has left in `directory` more than an hour ago.
pub fn sweep(directory: &Path, prefix: &str) {
    const AGE: Duration = Duration::from_hours(1);
    // tempfile's own part of a name.
    const RANDOM: usize = 6;
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_ours = name
            .to_str()
            .and_then(|name| name.strip_prefix(prefix))
            .is_some_and(|rest| rest.len() == RANDOM && rest.chars().all(|c| c.is_ascii_alphanumeric()));
        // Of the entry itself, not of what a link leads to.
        let is_old = || {
            let metadata = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            metadata.modified().ok()?.elapsed().ok()
        };
        if is_ours && is_old().is_some_and(|age| age > AGE) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Whether `path` is there, the user's own, and no other user can write it or anything on the way to it: anyone may
/// have put files into another directory, such as when a variable moves the state below `/tmp`.
pub fn is_own(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| check_own(path, &metadata).is_ok()) && check_way(path).is_ok()
}

#[cfg(unix)]
fn check_own(path: &Path, metadata: &fs::Metadata) -> io::Result<()> {
    let ownership = Ownership::of(metadata);
    if ownership.owner != owners::this_user() {
        return Err(another_persons(path, ownership.owner));
    }
    match owners::other_writers(path, ownership) {
        Some(who) => Err(denied(format!("{who} write in it"))),
        None => Ok(()),
    }
}

/// Windows keeps access in lists that inherit from the user's own directory; there is no mode to check.
#[cfg(not(unix))]
fn check_own(_: &Path, _: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn denied(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, message)
}

#[cfg(unix)]
fn another_persons(path: &Path, owner: u32) -> io::Error {
    let (shown, whose) = (crate::system::paths::display(path), owners::user(owner));
    let advice = owners::advice(owner, "choose a place of your own");
    denied(format!("{shown} belongs to the user {whose}: {advice}"))
}

/// Whether everything that exists on the way to `path`, links included, is the user's own or the administrator's, and
/// no other user can replace it. This process checks each only once.
pub fn check_way(path: &Path) -> io::Result<()> {
    static RIGHT: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
    let mut right = RIGHT.lock().unwrap_or_else(PoisonError::into_inner);
    follow(path, &mut right, &mut 0)
}

#[cfg(unix)]
fn follow(path: &Path, right: &mut Vec<PathBuf>, links: &mut usize) -> io::Result<()> {
    let ancestors: Vec<&Path> = path.ancestors().collect();
    for place in ancestors.into_iter().rev() {
        if place.as_os_str().is_empty() || right.iter().any(|known| known == place) {
            continue;
        }
        let metadata = match fs::symlink_metadata(place) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        let ownership = Ownership::of(&metadata);
        if owners::is_another_persons(ownership.owner) {
            return Err(another_persons(place, ownership.owner));
        }
        if metadata.is_symlink() {
            *links += 1;
            if *links > LINKS {
                return Err(io::Error::other("too many links"));
            }
            let target = place.parent().unwrap_or(place).join(fs::read_link(place)?);
            follow(&target, right, links)?;
        } else if metadata.is_dir()
            && !ownership.is_sticky()
            && let Some(who) = owners::other_writers(place, ownership)
        {
            let shown = crate::system::paths::display(place);
            return Err(denied(format!("{who} write in {shown}; fix it: chmod go-w {shown}")));
        }
        right.push(place.to_path_buf());
    }
    Ok(())
}

/// Windows keeps access in lists that inherit from the user's own directory; there is no mode to check.
#[cfg(not(unix))]
fn follow(_: &Path, _: &mut Vec<PathBuf>, _: &mut usize) -> io::Result<()> {
    Ok(())
}

/// Refuses to write `path` where this is the administrator's shell in another user's home (`sudo -s`, `sudo -E`,
/// `su -m`): what it would write, create or replace there would be root's from then on.
pub fn refuse_anothers(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if owners::this_user() == 0 {
        use std::os::unix::fs::MetadataExt;
        let nearest = path
            .ancestors()
            .find_map(|place| Some((place, fs::metadata(place).ok()?)));
        if let Some((place, metadata)) = nearest
            && owners::is_another_persons(metadata.uid())
        {
            return Err(another_persons(place, metadata.uid()));
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Whether a file could be written into `path`, which is made for that if need be.
pub fn check(path: &Path) -> io::Result<()> {
    directory(path)?;
    tempfile::Builder::new().prefix(NEW).tempfile_in(path).map(drop)
}

/// Writes `content` to `path`, mode 0600, so that a reader sees the old file or the new one.
pub fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let parent = path.parent().ok_or_else(|| io::Error::other("no directory"))?;
    directory(parent)?;
    let mut file = tempfile::Builder::new().prefix(NEW).tempfile_in(parent)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    sweep(parent, NEW);
    Ok(())
}

/// Writes a file, unless it has this content already: then it only counts as used. Returns whether it was written.
/// Errors: as those of [`write`].
pub fn renew(path: &Path, content: &[u8]) -> io::Result<bool> {
    if path.parent().is_some_and(is_own) && is_as_written(path, content).unwrap_or_default() {
        return Ok(false);
    }
    write(path, content)?;
    Ok(true)
}

/// A file's time is that of now again if it is older.
const TOUCHED: Duration = Duration::from_hours(24);

/// Whether a file of this user's alone, in a directory of this user's alone, holds `content`; its time is that of now
/// then, give or take [`TOUCHED`].
fn is_as_written(path: &Path, content: &[u8]) -> io::Result<bool> {
    let (mut file, metadata) = files::open_unlinked(path)?;
    #[cfg(unix)]
    let is_private = {
        use std::os::unix::fs::MetadataExt as _;
        metadata.mode() & 0o7777 == 0o600 && metadata.uid() == owners::this_user()
    };
    #[cfg(not(unix))]
    let is_private = true;
    if !is_private || metadata.len() != content.len() as u64 {
        return Ok(false);
    }
    let mut known = vec![0; content.len()];
    file.read_exact(&mut known)?;
    if known != content {
        return Ok(false);
    }
    if !metadata.modified()?.elapsed().is_ok_and(|age| age < TOUCHED) {
        file.set_modified(std::time::SystemTime::now())?;
    }
    Ok(true)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn what_a_crash_has_left_is_taken_away_and_nothing_else() {
        let scratch = tempfile::tempdir().unwrap();
        let path = |name: &str| scratch.path().join(name);
        let hours = |count: u64| std::time::SystemTime::now() - Duration::from_hours(count);
        for (name, age) in [
            (".newAb12Cd", 2),
            (".newZz99Yy", 0),
            (".newspaper-of-mine", 2),
            (".new", 2),
            ("file", 2),
        ] {
            fs::write(path(name), "x").unwrap();
            fs::File::options()
                .append(true)
                .open(path(name))
                .unwrap()
                .set_modified(hours(age))
                .unwrap();
        }
        symlink(path("file"), path(".newLinkLi")).unwrap();
        write(&path("written"), b"x").unwrap();
        let mut left: Vec<_> = fs::read_dir(scratch.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        left.sort();
        assert_eq!(
            left,
            [
                ".new",
                ".newLinkLi",
                ".newZz99Yy",
                ".newspaper-of-mine",
                "file",
                "written"
            ]
        );
    }

    /// Each way in which another user could replace the user's directory.
    #[test]
    fn every_directory_on_the_way_counts_and_not_only_the_last() {
        let scratch = tempfile::tempdir().unwrap();
        let root = scratch.path().canonicalize().unwrap();
        let leaf = root.join("a/b/c");
        directory(&leaf).unwrap();
        assert_eq!(fs::metadata(root.join("a/b")).unwrap().mode() & 0o777, 0o700);
        assert!(is_own(&leaf));
        let case = |name: &str, spoil: &dyn Fn(&Path)| {
            let own = root.join(name);
            let leaf = own.join("between/leaf");
            fs::create_dir_all(&leaf).unwrap();
            mode(&leaf, 0o700);
            spoil(&own);
            assert!(!is_own(&leaf), "{name}");
            assert!(directory(&leaf).is_err(), "{name}");
            assert!(write(&leaf.join("file"), b"x").is_err(), "{name}");
            assert!(!leaf.join("file").exists(), "{name}");
        };
        case("writable by all", &|own| mode(own, 0o777));
        case("writable between", &|own| mode(&own.join("between"), 0o707));
        case("writable leaf", &|own| mode(&own.join("between/leaf"), 0o722));
        if rustix::process::geteuid().is_root() {
            // A user of every system who is neither root nor unmapped.
            let daemon = Some(1);
            case("another's", &|own| {
                std::os::unix::fs::chown(own, daemon, daemon).unwrap();
            });
            case("another's leaf", &|own| {
                std::os::unix::fs::chown(own.join("between/leaf"), daemon, daemon).unwrap();
            });
            case("another's link", &|own| {
                fs::rename(own.join("between"), own.join("elsewhere")).unwrap();
                symlink("elsewhere", own.join("between")).unwrap();
                std::os::unix::fs::lchown(own.join("between"), daemon, daemon).unwrap();
            });
        }
        case("a link to a writable one", &|own| {
            fs::create_dir_all(own.join("open")).unwrap();
            mode(&own.join("open"), 0o777);
            fs::rename(own.join("between"), own.join("open/between")).unwrap();
            symlink("open/between", own.join("between")).unwrap();
        });
        // In a sticky directory, such as /tmp, nobody can replace what is not theirs.
        let sticky = root.join("sticky");
        fs::create_dir(&sticky).unwrap();
        mode(&sticky, 0o1777);
        directory(&sticky.join("mine/state")).unwrap();
        assert!(is_own(&sticky.join("mine/state")));
    }
}
