//! The rc files of a shell: where its hook belongs, and where it may stand already.

use std::path::PathBuf;
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
}

/// The path that a shell prints after a mark; what its own files may print stands before it.
pub(super) fn said(command: &mut Command) -> Option<PathBuf> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (_, path) = text.rsplit_once('\u{1e}')?;
    Some(PathBuf::from(path.trim_end_matches(['\r', '\n'])))
}
