//! `edit`: the file in the user's own editor, checked before it takes effect, and never lost.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use clap_complete::engine::ArgValueCompleter;
use inquire::Confirm;

use crate::command::{self, set};
use crate::diagnostic::{Diagnostic, Result, Source};
use crate::exit::Exit;
use crate::rewrite::{Backup, Original};
use crate::schema::Kind;
use crate::system::{command_line, files, paths, programs};
use crate::trust::Trust;
use crate::{console, edit as change, load};

/// Shown by `--help` after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock edit work         $VISUAL, else $EDITOR, at the profile
  claude-bedrock edit --project    the nearest project file; what you save is allowed

You edit a copy. It replaces the file once it is valid; until then it is kept, and its path is shown.";

#[derive(clap::Args, Debug)]
pub struct Args {
    /// The profile at which the editor opens
    #[arg(value_name = "PROFILE", add = ArgValueCompleter::new(command::complete::profiles))]
    pub profile: Option<String>,
    /// The nearest project file instead
    #[arg(long, conflicts_with = "profile")]
    pub project: bool,
}

/// Editors that begin at a line when they are told `+N`.
const WITH_LINES: &[&str] = &[
    "vi",
    "vim",
    "nvim",
    "gvim",
    "view",
    "nano",
    "pico",
    "emacs",
    "emacsclient",
    "micro",
    "joe",
    "mg",
    "ne",
    "kak",
    "jed",
];

/// Opens a copy, and replaces the file with it once it is valid.
pub fn run(arguments: &Args) -> Result<Exit> {
    let (path, kind) = if arguments.project {
        (set::own_project()?, Kind::Project)
    } else {
        let path =
            paths::user_config().ok_or_else(|| Diagnostic::error("no home directory is known").help("set HOME"))?;
        (path, Kind::Config)
    };
    let original = Original::read(&path)?;
    let before = original.bytes().unwrap_or_default().to_vec();
    let line = match &arguments.profile {
        Some(name) => Some(line_of(&before, name).ok_or_else(|| {
            let names = load::summaries().unwrap_or_default();
            Diagnostic::error(format!("{} has no profile `{name}`", paths::display(&path)))
                .did_you_mean(name, names.keys().map(String::as_str))
                .help(format!(
                    "write it first: claude-bedrock add {}",
                    command_line::quote(name)
                ))
        })?),
        None => None,
    };
    let copy = Copy::of(&before)?;
    let text = loop {
        if let Err(finding) = open(&copy.path, line) {
            if files::read(&copy.path, files::OWN).is_ok_and(|bytes| bytes == before) {
                copy.remove();
                return Err(finding);
            }
            console::report(&finding);
            return Err(copy.kept(&path));
        }
        let bytes = files::read(&copy.path, files::OWN)
            .map_err(|error| Diagnostic::error(format!("{} cannot be read: {error}", paths::display(&copy.path))))?;
        if bytes == before {
            copy.remove();
            console::say(&format!("claude-bedrock: {} is unchanged", paths::display(&path)));
            return Ok(Exit::Done);
        }
        match check(&path, bytes, kind) {
            Ok(text) => break text,
            Err(finding) => {
                console::report(&finding);
                if !again() {
                    return Err(copy.kept(&path));
                }
            }
        }
    };
    let backup = match kind {
        Kind::Config => Backup::Last,
        Kind::Project => Backup::Apart,
    };
    if let Err(finding) = original.replace(text.as_bytes(), backup) {
        console::report(&finding);
        return Err(copy.kept(&path));
    }
    copy.remove();
    if kind == Kind::Project {
        Trust::new().allow(&Rc::new(Source::new(path.clone(), text.clone())))?;
    }
    let old = original.bytes().unwrap_or_default();
    let difference = change::difference(&String::from_utf8_lossy(old), &text);
    command::report_change(&path, &difference, original.backup_path(backup))?;
    if kind == Kind::Project {
        console::say("  and allowed it");
    }
    Ok(Exit::Done)
}

/// The text, if it is right: all of it, for the user has just seen all of it.
fn check(path: &Path, bytes: Vec<u8>, kind: Kind) -> Result<String> {
    let text = String::from_utf8(bytes).map_err(|_| Diagnostic::error("what was saved is not UTF-8"))?;
    for finding in change::findings(path, &text, kind)?.into_values() {
        finding?;
    }
    Ok(text)
}

/// Whether to open the editor again. Without a terminal there is no one to ask.
fn again() -> bool {
    console::can_ask() && Confirm::new("Edit again?").with_default(true).prompt().unwrap_or(false)
}

/// What the user edits: a separate file, in a directory that no other user can read.
struct Copy {
    path: PathBuf,
    directory: PathBuf,
}

impl Copy {
    fn of(content: &[u8]) -> Result<Self> {
        let made = || {
            let directory = tempfile::Builder::new()
                .prefix("claude-bedrock-edit-")
                .tempdir()?
                .keep();
            let path = directory.join("config.toml");
            crate::system::private::write(&path, content)?;
            Ok::<Self, std::io::Error>(Self { path, directory })
        };
        made().map_err(|error| Diagnostic::error(format!("a copy for the editor cannot be written: {error}")).into())
    }

    fn remove(&self) {
        // Also what the editor has left next to it, such as its own backup.
        let _ = fs::remove_dir_all(&self.directory);
    }

    fn kept(&self, path: &Path) -> Box<Diagnostic> {
        Diagnostic::error(format!("{} is unchanged", paths::display(path)))
            .help(format!("what you wrote is kept: {}", paths::display(&self.path)))
            .into()
    }
}

/// The line at which a profile begins.
fn line_of(bytes: &[u8], name: &str) -> Option<usize> {
    let text = String::from_utf8_lossy(bytes);
    let document = toml_edit::Document::parse(text.as_ref()).ok()?;
    let profiles = document.get("profiles")?.as_table_like()?;
    let item = profiles.get(name)?;
    let key = profiles.key(name).and_then(toml_edit::Key::span);
    let start = item.as_table().and_then(toml_edit::Table::span).or(key)?.start;
    Some(text[..start].matches('\n').count() + 1)
}

/// Runs the editor and waits for it.
fn open(copy: &Path, line: Option<usize>) -> Result<()> {
    let (variable, words) = editor()?;
    let [program, arguments @ ..] = words.as_slice() else {
        return Err(Diagnostic::error(format!("{variable} is blank")).into());
    };
    let failed = |what: String| {
        Diagnostic::error(format!(
            "the editor `{program}` ({variable}) {what}; nothing was changed"
        ))
        .help("use another one: EDITOR=nano claude-bedrock edit")
    };
    // A bare name never means a program in the current directory, whatever PATH says.
    let path = if program.contains(['/', '\\']) {
        PathBuf::from(program)
    } else {
        programs::on_path(program).ok_or_else(|| failed("is not on PATH".to_owned()))?
    };
    let mut editor = Command::new(path);
    editor.args(arguments);
    let name = Path::new(program).file_stem().unwrap_or_default();
    if let Some(line) = line.filter(|_| WITH_LINES.iter().any(|known| name == *known)) {
        editor.arg(format!("+{line}"));
    }
    let status = editor
        .arg(copy)
        .status()
        .map_err(|error| failed(format!("cannot be run: {error}")))?;
    if !status.success() {
        return Err(failed(format!("failed ({status})")).into());
    }
    Ok(())
}

/// The variable that names the editor, and its words.
fn editor() -> Result<(&'static str, Vec<String>)> {
    let (variable, line) = paths::editor().unwrap_or(("no variable", "vi".to_owned()));
    let words = command_line::split(&line)
        .map_err(|error| Diagnostic::error(format!("{variable} cannot be split into words: {error}")))?;
    Ok((variable, words))
}
