//! Which project files may take effect.
//!
//! A record is a file whose name is the hash of a place and of the whole content, so that recording needs
//! no reading first, two shells that allow at once lose nothing, and an edit asks again. A place is a
//! canonical path, or the position inside a git repository, which all worktrees of one repository share.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::{fs, io};

use crate::diagnostic::{Diagnostic, Result, Source};
use crate::profile::command_files;
use crate::profile::{layers, source};
use crate::system::files;
use crate::system::links;
use crate::system::owners::{self, Ownership};
use crate::system::text::quoted;
use crate::system::{paths, private};
use crate::watch::Watch;

/// Whether a project file may take effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was allowed with this very content.
    Allowed,
    /// It is below a directory that the user's own file trusts.
    BelowTrusted(PathBuf),
    /// It was denied.
    Denied,
    /// Not decided yet.
    Unknown {
        /// What was allowed before an edit; `None` if nothing was.
        before: Option<String>,
        /// Whether the file itself is as it was allowed, and one that its commands read has changed.
        command_changed: bool,
    },
}

impl Verdict {
    /// Whether the file takes effect.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed | Self::BelowTrusted(_))
    }
}

/// The names of one file's records.
struct Place {
    hash: String,
}

impl Place {
    fn new(kind: &str, parts: &[&[u8]]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in [kind.as_bytes()].iter().chain(parts) {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        Self {
            hash: hasher.finalize().to_hex()[..32].to_owned(),
        }
    }

    fn allow(&self, text: &str) -> String {
        format!("allow/{}-{}", self.hash, &blake3::hash(text.as_bytes()).to_hex())
    }

    /// The record of the files that the commands in `text` read.
    fn files(&self, text: &str, files: &blake3::Hash) -> String {
        format!("{}-{}", self.allow(text), &files.to_hex()[..32])
    }

    fn deny(&self) -> String {
        format!("deny/{}", self.hash)
    }
}

/// The places of a project file: its path, and its position in a git repository if it is in one.
fn places(path: &Path) -> Vec<Place> {
    let mut places = vec![Place::new("path", &[path.as_os_str().as_encoded_bytes()])];
    if let Some((repository, position)) = repository_of(path) {
        let parts = [
            repository.as_os_str().as_encoded_bytes(),
            position.as_os_str().as_encoded_bytes(),
        ];
        places.push(Place::new("git", &parts));
    }
    places
}

/// The git repository that a file belongs to (the directory that its worktrees share), and the file's
/// position in its worktree.
pub fn repository_of(path: &Path) -> Option<(PathBuf, PathBuf)> {
    let directory = path.parent()?;
    let (repository, top) = LAST_REPOSITORY.with_borrow_mut(|last| match last {
        Some((known, found)) if known == directory => found.clone(),
        _ => last
            .insert((directory.to_path_buf(), find_repository(directory)))
            .1
            .clone(),
    })?;
    Some((repository, path.strip_prefix(top).ok()?.to_path_buf()))
}

/// Where a project file leads that is a link out of its repository. The target is not shown: a stranger's link may lead
/// to a private file of the user's.
pub fn leads_out(path: &Path) -> Option<PathBuf> {
    let directory = links::canonical(path.parent()?)?;
    let top = paths::repository_top(&directory).unwrap_or(&directory);
    let way = links::follow(&directory.join(path.file_name()?), None);
    (!way.target.starts_with(top)).then_some(way.target)
}

/// The repository around a directory, and the top of its worktree.
type Found = Option<(PathBuf, PathBuf)>;

thread_local! {
    /// What was found last: a load asks for the same directory on behalf of its project file and of its settings.
    static LAST_REPOSITORY: RefCell<Option<(PathBuf, Found)>> = const { RefCell::new(None) };
}

fn find_repository(directory: &Path) -> Found {
    let (top, dot_git, kind) = directory.ancestors().find_map(|directory| {
        let dot_git = directory.join(".git");
        let kind = fs::symlink_metadata(&dot_git).ok()?.file_type();
        Some((directory, dot_git, kind))
    })?;
    // A link may come out of a stranger's archive and lead to a repository that the user trusts.
    if kind.is_symlink() {
        return None;
    }
    if kind.is_dir() {
        return Some((links::canonical(&dot_git)?, top.to_path_buf()));
    }
    // A worktree: `.git` names the repository's record of it. The record must name the worktree in turn, and lie where
    // the repository keeps its records, or any directory could claim to belong to a repository that the user trusts.
    let text = files::read_text(&dot_git, files::GIT).ok()?;
    let record = links::canonical(&top.join(text.strip_prefix("gitdir:")?.trim()))?;
    if !record.join("commondir").exists() {
        return is_submodule(top, &record).then(|| (record, top.to_path_buf()));
    }
    let back = files::read_text(&record.join("gitdir"), files::GIT).ok()?;
    if links::canonical(&record.join(back.trim()))? != links::canonical(&dot_git)? {
        return None;
    }
    let common = files::read_text(&record.join("commondir"), files::GIT).ok()?;
    let repository = links::canonical(&record.join(common.trim()))?;
    (record.parent()? == repository.join("worktrees")).then(|| (repository, top.to_path_buf()))
}

/// Whether `repository`, which `.git` in `top` names, is that of a submodule checked out there: then it names the
/// checkout in turn. What its linked worktrees share with it is the repository.
fn is_submodule(top: &Path, repository: &Path) -> bool {
    // `git sparse-checkout` moves the line into the second (git 2.47).
    let worktree = ["config", "config.worktree"].into_iter().find_map(|name| {
        let config = files::read_text(&repository.join(name), files::GIT).ok()?;
        let value = |line: &str| {
            let value = line.trim().strip_prefix("worktree")?.trim_start().strip_prefix('=')?;
            Some(repository.join(git_value(value.trim_start())))
        };
        config.lines().find_map(value)
    });
    let worktree = worktree.and_then(|worktree| links::canonical(&worktree));
    worktree.is_some() && worktree == links::canonical(top)
}

/// A value of a git configuration, as git writes it: in quotes where it holds `#` or `;`, with `"` and `\` escaped.
fn git_value(text: &str) -> String {
    let (mut value, mut in_quotes) = (String::new(), false);
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => value.extend(characters.next()),
            '"' => in_quotes = !in_quotes,
            '#' | ';' if !in_quotes => break,
            c => value.push(c),
        }
    }
    value.trim_end().to_owned()
}

/// Whether something holds for one of these places, asked in their order.
fn any(places: &[Place], mut holds: impl FnMut(&Place) -> Result<bool>) -> Result<bool> {
    for place in places {
        if holds(place)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The error that a record cannot be looked up.
fn cannot_tell(source: &Source, record: &Path, error: &io::Error) -> Box<Diagnostic> {
    let project = paths::display(&source.path);
    let words = format!("{project} is not used, because it is unknown whether it is allowed");
    let finding = match source::unsearchable(record) {
        Some(directory) => Diagnostic::error(format!("{words}: {} may not be searched", paths::display(directory)))
            .help(format!("if it is yours: chmod u+x {}", quoted(directory))),
        None => Diagnostic::error(format!("{words}: {error}")),
    };
    finding.unwatchable().into()
}

/// The records of one user.
pub struct Trust {
    directory: Option<PathBuf>,
}

impl Trust {
    /// The records in the user's state directory.
    pub fn new() -> Self {
        Self {
            directory: paths::state_directory().map(|directory| directory.join("trust")),
        }
    }

    /// Whether `source` may take effect. What was looked up is recorded in `watch`. Errors: the records cannot be
    /// looked up.
    pub fn verdict(&self, source: &Rc<Source>, trusted: &[PathBuf], watch: &mut Watch) -> Result<Verdict> {
        let places = places(&source.path);
        // Records that another user could have made do not count.
        let is_own = self
            .directory
            .as_ref()
            .is_some_and(|directory| private::is_own(directory));
        let mut exists = |name: String| {
            let Some(path) = self.directory.as_ref().map(|directory| directory.join(name)) else {
                return Ok(false);
            };
            let exists = watch
                .existence(&path)
                .map_err(|error| cannot_tell(source, &path, &error))?;
            Ok(exists && is_own)
        };
        if any(&places, |place| exists(place.deny()))? {
            return Ok(Verdict::Denied);
        }
        if let Some(prefix) = trusted.iter().find(|prefix| paths::is_below(&source.path, prefix)) {
            return Ok(Verdict::BelowTrusted(prefix.clone()));
        }
        // The file first: nothing in it is parsed before the user has looked at it.
        if !any(&places, |place| exists(place.allow(source.text())))? {
            return Ok(Verdict::Unknown {
                before: self.allowed_before(&places),
                command_changed: false,
            });
        }
        let changed = Verdict::Unknown {
            before: Some(source.text().to_owned()),
            command_changed: true,
        };
        let files = match files_of_commands(source) {
            Ok(files) if files.is_empty() => return Ok(Verdict::Allowed),
            Ok(files) => files,
            Err(_) => return Ok(changed),
        };
        let hash = command_files::hash(&files);
        let allowed = any(&places, |place| exists(place.files(source.text(), &hash)))?;
        for path in &files {
            watch.file(path);
        }
        Ok(if allowed { Verdict::Allowed } else { changed })
    }

    /// The content that was allowed last in one of these places.
    fn allowed_before(&self, places: &[Place]) -> Option<String> {
        let entries = fs::read_dir(self.directory.as_ref()?.join("allow")).ok()?;
        let latest = entries
            .flatten()
            .filter(|entry| {
                places
                    .iter()
                    .any(|place| entry.file_name().to_string_lossy().starts_with(&place.hash))
            })
            .max_by_key(|entry| entry.metadata().and_then(|metadata| metadata.modified()).ok())?;
        files::read_text(&latest.path(), files::OWN).ok()
    }

    /// Records that `source` may take effect, with the files that its commands read as they are now.
    pub fn allow(&self, source: &Rc<Source>) -> Result<()> {
        let files = files_of_commands(source)?;
        self.allow_with(source, (!files.is_empty()).then(|| command_files::hash(&files)))
    }

    /// The same, with those files as they had this hash.
    pub fn allow_with(&self, source: &Source, files: Option<blake3::Hash>) -> Result<()> {
        for place in places(&source.path) {
            if let Some(hash) = files {
                self.write(&place.files(source.text(), &hash), source.text())?;
            }
            self.write(&place.allow(source.text()), source.text())?;
            self.remove(&place.deny())?;
        }
        Ok(())
    }

    /// Records that the file at `path` may not take effect, whatever it holds, and forgets that it might.
    pub fn deny(&self, path: &Path) -> Result<()> {
        let places = places(path);
        for place in &places {
            self.write(&place.deny(), &path.to_string_lossy())?;
        }
        let Some(directory) = &self.directory else {
            return Ok(());
        };
        for entry in fs::read_dir(directory.join("allow")).into_iter().flatten().flatten() {
            let name = entry.file_name();
            if places
                .iter()
                .any(|place| name.to_string_lossy().starts_with(&place.hash))
            {
                self.remove(&format!("allow/{}", name.to_string_lossy()))?;
            }
        }
        Ok(())
    }

    fn write(&self, name: &str, content: &str) -> Result<()> {
        let directory = self.directory.as_ref().ok_or_else(|| {
            Diagnostic::error("there is no place for trust records: no home directory is known").help("set HOME")
        })?;
        private::write(&directory.join(name), content.as_bytes()).map_err(|error| cannot_record(directory, &error))
    }

    fn remove(&self, name: &str) -> Result<()> {
        let Some(directory) = &self.directory else {
            return Ok(());
        };
        match fs::remove_file(directory.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(cannot_record(directory, &error)),
            _ => Ok(()),
        }
    }
}

/// The files that the commands in a project file read. Most have none, and are not parsed to find that out: a name in
/// TOML is written as it is, or with a backslash. A file that cannot be parsed has none either.
fn files_of_commands(source: &Rc<Source>) -> Result<Vec<PathBuf>> {
    if !source.text().contains("command") && !source.text().contains('\\') {
        return Ok(Vec::new());
    }
    layers::Project::parse(source).map_or_else(|_| Ok(Vec::new()), |project| command_files::of(&project))
}

fn cannot_record(directory: &Path, error: &io::Error) -> Box<Diagnostic> {
    Diagnostic::error(format!(
        "the trust record cannot be written in {}: {error}",
        paths::display(directory)
    ))
    .help(format!("look at: ls -ld {}", quoted(directory)))
    .into()
}

/// Whether a file of another user is in a world-writable place such as `/tmp`: it says nothing about the directories
/// below, and must not switch their profiles off.
pub fn is_litter(path: &Path, ownership: Ownership) -> bool {
    let directory = || path.parent().and_then(|directory| fs::metadata(directory).ok());
    owners::is_another_persons(ownership.owner)
        && directory().is_some_and(|metadata| {
            let directory = Ownership::of(&metadata);
            directory.is_sticky() && directory.mode & 0o022 != 0 && directory.owner != ownership.owner
        })
}

/// Refuses a project file that another user wrote or can write.
pub fn refuse_foreign(source: &Rc<Source>, ownership: Ownership) -> Result<()> {
    #[cfg(unix)]
    if ownership.owner != owners::this_user() {
        return Err(Diagnostic::error(format!(
            "{} is not used: it belongs to another user (ID {})",
            paths::display(&source.path),
            ownership.owner
        ))
        .help(owners::advice(
            ownership.owner,
            &format!(
                "if you trust it, make it yours: sudo chown \"$USER\" {}",
                quoted(&source.path)
            ),
        ))
        .unwatchable()
        .into());
    }
    layers::refuse_writable(&source.path, ownership)
}
