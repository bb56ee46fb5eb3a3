//! Replacing a file that the user keeps by hand: whole or not at all, through links, with the same
//! permissions, never over somebody else's change, and with a backup.
//!
//! What the file holds is the caller's business; so is making sure that the new content is right.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, Result};
use crate::system::files;
use crate::system::links;
use crate::system::text::quoted;
use crate::system::{paths, private};

/// The largest file that is read, in bytes. No file of settings is near it.
pub const LARGEST: u64 = 32 << 20;

/// What the names of temporary files begin with, which are taken away when a crash has left them.
const TEMPORARY: &str = ".claude-bedrock-new-";

/// Which backup is kept, for the user alone to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backup {
    /// None, such as where the old content held secrets.
    No,
    /// The content before the last change, beside the file, under its name and `.backup`.
    Last,
    /// The same, but in the state directory: for a file of a repository, where it would be one to commit.
    Apart,
    /// The content before the first change, beside the file: a backup that already exists stays.
    First,
    /// The same, but in the state directory.
    FirstApart,
}

/// A file as it was when it was read.
#[derive(Debug)]
pub struct Original {
    /// The path by which the user knows it.
    pub path: PathBuf,
    /// What it leads to where it is a link, else the same.
    target: PathBuf,
    /// The content; `None` if there is no such file.
    bytes: Option<Vec<u8>>,
}

impl Original {
    /// Reads the file at `path`, which need not exist. Errors: a link that leads nowhere, anything but a
    /// regular file, one that cannot be read or is larger than 32 MiB.
    pub fn read(path: &Path) -> Result<Self> {
        let shown = paths::display(path);
        let unreadable = |error: std::io::Error| Diagnostic::error(format!("{shown} cannot be read: {error}"));
        let target = match path.canonicalize() {
            Ok(target) => target,
            Err(_) if path.is_symlink() => {
                return Err(Diagnostic::error(format!("{shown} is a link that leads nowhere"))
                    .help(format!("see where it leads: ls -l {}", quoted(path)))
                    .into());
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Self {
                    path: path.to_path_buf(),
                    target: path.to_path_buf(),
                    bytes: None,
                });
            }
            Err(error) => return Err(unreadable(error).into()),
        };
        let bytes = files::read(&target, LARGEST).map_err(|error| match error.kind() {
            ErrorKind::InvalidInput => Diagnostic::error(format!("{shown} is not a regular file")),
            ErrorKind::FileTooLarge => Diagnostic::error(format!("{shown} has more than {LARGEST} bytes")),
            _ => unreadable(error),
        })?;
        Ok(Self {
            path: path.to_path_buf(),
            target,
            bytes: Some(bytes),
        })
    }

    /// The same for a file of `directory`, of the repository around that or else of the directory itself: a link that
    /// leads out is not followed, since whoever made the repository may have laid it.
    pub fn read_in_repository(path: &Path, directory: &Path) -> Result<Self> {
        let top = paths::repository_top(directory).unwrap_or(directory);
        match links::leads_out(path, top) {
            // A link that leads nowhere has its own message.
            Some(target) if target.exists() => Err(Diagnostic::error(format!(
                "{} leads through a link to {}, outside the repository; nothing was changed",
                paths::display(path),
                paths::display(&target)
            ))
            .help(format!(
                "if you made the link: rm {}, and keep the file there",
                quoted(path)
            ))
            .into()),
            _ => Self::read(path),
        }
    }

    /// The content; `None` if there is no such file.
    pub fn bytes(&self) -> Option<&[u8]> {
        self.bytes.as_deref()
    }

    /// The byte order mark that the content begins with, else nothing. It is no part of the text, and stays.
    pub fn mark(&self) -> &'static str {
        const MARK: &str = "\u{feff}";
        match &self.bytes {
            Some(bytes) if bytes.starts_with(MARK.as_bytes()) => MARK,
            _ => "",
        }
    }

    /// `text` behind the mark with which the content begins, if it does.
    pub fn with_mark(&self, text: &str) -> String {
        self.mark().to_owned() + text
    }

    /// Where the backup is kept; `None` if there is none to keep.
    pub fn backup_path(&self, backup: Backup) -> Option<PathBuf> {
        self.bytes.as_ref()?;
        match backup {
            Backup::No => None,
            Backup::Apart | Backup::FirstApart => {
                let place = blake3::hash(self.target.as_os_str().as_encoded_bytes()).to_hex();
                let directory = paths::state_directory()?.join("backups");
                let end = self.target.extension().unwrap_or("toml".as_ref()).to_string_lossy();
                Some(directory.join(format!("{}.{end}", &place[..16])))
            }
            Backup::Last | Backup::First => Some(self.backup_beside()),
        }
    }

    /// Where a backup beside the file is, or would be.
    pub fn backup_beside(&self) -> PathBuf {
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(".backup");
        self.path.with_file_name(name)
    }

    /// Replaces the content. A file that did not exist is made for the user alone, with the directories
    /// above it. Errors leave the file as it was: it is read-only, it has changed since it was read, or the
    /// system refuses.
    pub fn replace(&self, content: &[u8], backup: Backup) -> Result<()> {
        self.write(content, backup, false)
    }

    /// The same, but a file that did not exist, and the directories above it, get the modes that the user's
    /// umask gives: for files that are no secret and that other programs expect to read.
    pub fn replace_shared(&self, content: &[u8], backup: Backup) -> Result<()> {
        self.write(content, backup, true)
    }

    fn write(&self, content: &[u8], backup: Backup, shared: bool) -> Result<()> {
        let shown = paths::display(&self.path);
        let failed = |error: std::io::Error| {
            Diagnostic::error(format!("{shown} cannot be written: {error}; nothing was changed"))
        };
        private::refuse_anothers(&self.target).map_err(failed)?;
        let parent = self.target.parent().unwrap_or(Path::new("/"));
        if self.bytes.is_none() && shared {
            fs::create_dir_all(parent).map_err(failed)?;
        } else if self.bytes.is_none() && !parent.is_dir() {
            private::make(parent).map_err(failed)?;
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(TEMPORARY);
        private::sweep(parent, TEMPORARY);
        #[cfg(unix)]
        if shared {
            // The umask takes away what it takes away from any new file.
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        }
        let mut file = builder.tempfile_in(parent).map_err(failed)?;
        file.write_all(content).map_err(failed)?;
        if self.bytes.is_some() {
            let metadata = fs::metadata(&self.target).map_err(failed)?;
            if metadata.permissions().readonly() {
                return Err(Diagnostic::error(format!("{shown} is read-only; nothing was changed"))
                    .help(format!("if it may be written: chmod u+w {}", quoted(&self.target)))
                    .into());
            }
            keep_owner(file.as_file(), &metadata).map_err(|error| {
                Diagnostic::error(format!("{shown} belongs to another user: {error}; nothing was changed"))
                    .help(format!("see whose it is: ls -l {}", quoted(&self.target)))
            })?;
            file.as_file().set_permissions(metadata.permissions()).map_err(failed)?;
        }
        file.as_file().sync_all().map_err(failed)?;
        // Two of this program take turns; where the system cannot lock a directory, the time between the
        // comparison and the replacement is short.
        let lock = files::open_directory(parent)
            .ok()
            .filter(|directory| directory.lock().is_ok());
        let now = Self::read(&self.path)?;
        if now.bytes != self.bytes || now.target != self.target {
            return Err(
                Diagnostic::error(format!("{shown} has been changed in the meantime; nothing was changed"))
                    .help("try again")
                    .into(),
            );
        }
        self.back_up(backup)?;
        let persisted = if self.bytes.is_none() {
            file.persist_noclobber(&self.target)
        } else {
            file.persist(&self.target)
        };
        persisted.map_err(|error| failed(error.error))?;
        drop(lock);
        Ok(())
    }

    fn back_up(&self, backup: Backup) -> Result<()> {
        let Some((bytes, path)) = self.bytes.as_ref().zip(self.backup_path(backup)) else {
            return Ok(());
        };
        if matches!(backup, Backup::First | Backup::FirstApart) && path.exists() {
            return Ok(());
        }
        let written = (|| {
            if matches!(backup, Backup::Apart | Backup::FirstApart) {
                return private::write(&path, bytes);
            }
            let parent = path.parent().unwrap_or(Path::new("/"));
            let mut file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(parent)?;
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            file.persist(&path)?;
            Ok::<(), std::io::Error>(())
        })();
        written.map_err(|error| {
            Diagnostic::error(format!(
                "the backup {} cannot be written: {error}; nothing was changed",
                paths::display(&path)
            ))
            .into()
        })
    }
}

/// Restores the owner and the group, if a user with more rights than the owner changes the file.
#[cfg(unix)]
fn keep_owner(file: &File, old: &fs::Metadata) -> std::io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let new = file.metadata()?;
    if (new.uid(), new.gid()) == (old.uid(), old.gid()) {
        return Ok(());
    }
    std::os::unix::fs::fchown(file, Some(old.uid()), Some(old.gid()))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same shape as on Unix")]
fn keep_owner(_: &File, _: &fs::Metadata) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn message(result: Result<impl std::fmt::Debug>) -> String {
        result.unwrap_err().message
    }

    #[test]
    fn the_permissions_and_the_link_stay_and_the_backup_is_private() {
        let directory = tempfile::tempdir().unwrap();
        let (link, file) = (directory.path().join("link"), directory.path().join("dotfiles-config"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&file, &link).unwrap();
        Original::read(&link).unwrap().replace(b"new", Backup::Last).unwrap();
        assert!(link.is_symlink());
        assert_eq!((fs::read(&file).unwrap(), mode(&file)), (b"new".to_vec(), 0o640));
        let backup = directory.path().join("link.backup");
        assert_eq!((fs::read(&backup).unwrap(), mode(&backup)), (b"old".to_vec(), 0o600));
        Original::read(&link).unwrap().replace(b"newer", Backup::First).unwrap();
        assert_eq!(fs::read(&backup).unwrap(), b"old", "the first backup stays");
        Original::read(&link).unwrap().replace(b"newest", Backup::Last).unwrap();
        assert_eq!(fs::read(&backup).unwrap(), b"newer");
    }

    #[test]
    fn a_missing_file_is_made_with_its_directories_and_has_no_backup() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a/b/config.toml");
        let original = Original::read(&path).unwrap();
        assert_eq!(original.bytes(), None);
        original.replace(b"x", Backup::Last).unwrap();
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        assert_eq!(original.backup_path(Backup::Last), None);
        assert!(!original.backup_beside().exists());
    }

    #[test]
    fn a_file_that_has_changed_meanwhile_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.toml");
        let absent = Original::read(&path).unwrap();
        fs::write(&path, "theirs").unwrap();
        assert!(message(absent.replace(b"mine", Backup::Last)).contains("in the meantime"));
        let original = Original::read(&path).unwrap();
        fs::write(&path, "theirs too").unwrap();
        assert!(message(original.replace(b"mine", Backup::Last)).contains("in the meantime"));
        assert_eq!(fs::read(&path).unwrap(), b"theirs too");
        assert_eq!(
            fs::read_dir(directory.path()).unwrap().count(),
            1,
            "nothing is left lying about"
        );
    }

    #[test]
    fn of_many_at_once_one_wins_and_the_others_are_told() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.toml");
        fs::write(&path, "old").unwrap();
        let originals: Vec<Original> = (0..8).map(|_| Original::read(&path).unwrap()).collect();
        let won = std::thread::scope(|scope| {
            let run = |(number, original): (usize, Original)| {
                scope.spawn(move || original.replace(number.to_string().as_bytes(), Backup::Last).is_ok())
            };
            let threads: Vec<_> = originals.into_iter().enumerate().map(run).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .filter(|won| *won)
                .count()
        });
        assert_eq!(won, 1);
    }

    #[test]
    fn what_cannot_be_replaced_is_refused_and_stays() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        fs::write(path("read-only"), "x").unwrap();
        fs::set_permissions(path("read-only"), fs::Permissions::from_mode(0o444)).unwrap();
        let original = Original::read(&path("read-only")).unwrap();
        assert!(message(original.replace(b"y", Backup::Last)).contains("read-only"));
        symlink(path("nowhere"), path("dangling")).unwrap();
        assert!(message(Original::read(&path("dangling"))).contains("leads nowhere"));
        fs::create_dir(path("directory")).unwrap();
        assert!(message(Original::read(&path("directory"))).contains("not a regular file"));
        assert_eq!(fs::read(path("read-only")).unwrap(), b"x");
    }
}
