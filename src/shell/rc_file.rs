//! The rc files of a shell: where its hook belongs, and where it may stand already.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::console;

/// How long a shell may take to tell a path before it is said that it is waited for.
const SILENCE: Duration = Duration::from_secs(1);

/// What a shell prints before the path that it was asked for, and behind it. Its own files may print, too, and may
/// leave something running that holds its output open.
const BEFORE: char = '\u{1e}';
const BEHIND: &str = "\u{1e}\u{1e}";

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
    /// Every file that may load the hook by hand, or name a plugin that brings it.
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

/// A line for an rc file of bash and zsh, which does nothing where the machine has not the program: rc files travel.
pub(super) fn guarded(program: &str, load: &str) -> String {
    format!("if command -v {program} >/dev/null; then {load}; fi")
}

/// The path that a shell prints between its marks. Where its own files make it wait, that is said.
pub(super) fn said(shell: &str, command: &mut Command) -> Option<PathBuf> {
    let command = command
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .stdout(Stdio::piped());
    let mut child = command.spawn().ok()?;
    let mut output = child.stdout.take()?;
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let (mut text, mut part) = (Vec::new(), [0; 4096]);
        while let Ok(length @ 1..) = output.read(&mut part) {
            text.extend_from_slice(&part[..length]);
            if text.ends_with(BEHIND.as_bytes()) {
                break;
            }
        }
        // No one listens after the main thread has ended.
        let _ = sender.send(text);
    });
    let text = receiver.recv_timeout(SILENCE).or_else(|_| {
        console::say(&format!(
            "claude-bedrock: waiting for {shell}, which runs its own files first, to say where the others are; Ctrl-C gives up, and nothing has been changed"
        ));
        receiver.recv()
    });
    let _ = child.wait();
    let text = String::from_utf8(text.ok()?).ok()?;
    let (_, path) = text.strip_suffix(BEHIND)?.rsplit_once(BEFORE)?;
    Some(PathBuf::from(path))
}
