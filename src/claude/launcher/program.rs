//! The real `claude`: the first on `PATH` that is not this program under that name, nor a script that calls it.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::claude::launcher::arguments;
use crate::diagnostic::{Diagnostic, Result};
use crate::system::{files, paths, private, programs};

/// The name by which Claude Code is called.
pub const NAME: &str = "claude";

/// What is to be started, and the first of its arguments: the script, where a runtime is started with one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The executable.
    pub path: PathBuf,
    /// The script that it runs, where it is a runtime such as `node`.
    pub script: Option<OsString>,
}

/// Finds the real `claude` in the directories of `path`, then where its installer puts it.
pub fn find(path: &OsStr) -> Result<Program> {
    let own = own_file();
    let installed = paths::home().map(|home| home.join(".local/bin").join(NAME));
    programs::find_all(NAME, path)
        .chain(installed.filter(|path| path.is_file()))
        .find(|candidate| !is_own(candidate, own.as_deref()))
        .map(|path| Program { path, script: None })
        .ok_or_else(|| {
            Diagnostic::error("there is no `claude` on PATH")
                .help("install Claude Code: https://code.claude.com/docs/en/setup")
                .into()
        })
}

/// This program's own file, with every link resolved.
fn own_file() -> Option<PathBuf> {
    std::env::current_exe().and_then(|path| path.canonicalize()).ok()
}

/// Whether a program that was named leads back to this one.
pub fn is_this_program(path: &Path) -> bool {
    is_own(path, own_file().as_deref())
}

/// Whether a program is this one: through a link, as another name of the same file, as a copy, or by a script
/// that names it.
fn is_own(candidate: &Path, own: Option<&Path>) -> bool {
    let Ok(target) = candidate.canonicalize() else {
        return false;
    };
    if own == Some(target.as_path()) {
        return true;
    }
    let Ok((mut file, _)) = files::open(&target) else {
        return false;
    };
    let mut start = Vec::new();
    let _ = file.by_ref().take(4096).read_to_end(&mut start);
    if start.starts_with(b"#!") {
        return memchr_of(&start, b"claude-bedrock");
    }
    own.is_some_and(|own| is_same(own, &target))
}

fn memchr_of(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}

/// The largest program that is compared with this one.
const PROGRAM: u64 = 1 << 30;

/// Whether two files are one, or copies of each other.
fn is_same(one: &Path, other: &Path) -> bool {
    let (Ok(one_is), Ok(other_is)) = (fs::metadata(one), fs::metadata(other)) else {
        return false;
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if one_is.dev() == other_is.dev() && one_is.ino() == other_is.ino() {
            return true;
        }
    }
    one_is.len() == other_is.len()
        && matches!((files::read(one, PROGRAM), files::read(other, PROGRAM)), (Ok(one), Ok(other)) if one == other)
}

/// What an editor's process wrapper was called with: a program, its script where it is a runtime with one, and the
/// arguments behind them.
pub fn wrapped(words: &[OsString]) -> Option<(Program, Vec<OsString>)> {
    let (first, rest) = words.split_first()?;
    let path = PathBuf::from(first);
    if !path.is_absolute() || !path.is_file() {
        return None;
    }
    let script = rest.first().filter(|word| {
        let path = Path::new(word);
        let is_script = path.extension().is_some_and(|ending| {
            ["js", "cjs", "mjs"]
                .iter()
                .any(|known| ending.eq_ignore_ascii_case(known))
        });
        path.is_absolute() && is_script
    });
    let arguments = rest[usize::from(script.is_some())..].to_vec();
    let script = script.cloned();
    Some((Program { path, script }, arguments))
}

/// Whether `word` is a command of the installed client: one that its help lists. The list is kept for as long as
/// the client's file stays the same.
pub fn lists(program: &Program, word: &str) -> bool {
    let kept = kept_list(program);
    let listed = kept
        .as_ref()
        .and_then(|path| files::read_text(path, files::RECORD).ok())
        .map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>());
    let listed = listed.unwrap_or_else(|| {
        let listed = ask(program);
        if let Some(path) = kept.filter(|_| !listed.is_empty()) {
            // Without the list the client is asked again.
            let _ = private::write(&path, listed.join("\n").as_bytes());
        }
        listed
    });
    listed.iter().any(|known| known == word)
}

/// Where the list of this very client is kept.
fn kept_list(program: &Program) -> Option<PathBuf> {
    let file = program.script.as_ref().map_or(program.path.as_path(), Path::new);
    let target = file.canonicalize().ok()?;
    let metadata = fs::metadata(&target).ok()?;
    let modified = metadata.modified().ok()?;
    let identity = format!("{} {} {modified:?}", target.display(), metadata.len());
    let name = &blake3::hash(identity.as_bytes()).to_hex()[..16];
    Some(
        paths::state_directory()?
            .join("launcher")
            .join(format!("commands-{name}")),
    )
}

fn ask(program: &Program) -> Vec<String> {
    let output = std::process::Command::new(&program.path)
        .args(&program.script)
        .arg("--help")
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .output();
    output.map_or_else(
        |_| Vec::new(),
        |output| arguments::listed(&String::from_utf8_lossy(&output.stdout)),
    )
}
