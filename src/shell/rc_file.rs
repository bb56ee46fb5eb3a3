//! The rc files of a shell: where its hook belongs, and where it may stand already.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A file that is to load the hook, and the lines with which it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RcFile {
    /// The file, which need not exist.
    pub path: PathBuf,
    /// The lines, each with its newline.
    pub lines: String,
}

/// The rc files of a shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RcFiles {
    /// Where the hook belongs.
    pub targets: Vec<RcFile>,
    /// Every file in which somebody may have put it by hand, or named a plugin that brings it.
    pub all: Vec<PathBuf>,
    /// What plugin managers keep beside these.
    pub plugins: Vec<Plugins>,
}

/// Where a plugin manager may have the hook from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plugins {
    /// A word of the rc files by which they load the manager; blank where the shell does so by itself.
    pub word: &'static str,
    /// Whether each line of its files names a plugin; otherwise they hold code.
    pub is_list: bool,
    /// Its files, which need not exist.
    pub files: Vec<PathBuf>,
}

/// The files in a directory whose names end so.
pub(super) fn files_in(directory: &Path, end: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|found| found == end))
        .collect();
    files.sort_unstable();
    files
}

/// The path that a shell prints after a mark; what its own files may print stands before it.
pub(super) fn said(command: &mut Command) -> Option<PathBuf> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (_, path) = text.rsplit_once('\u{1e}')?;
    Some(PathBuf::from(path.trim_end_matches(['\r', '\n'])))
}
