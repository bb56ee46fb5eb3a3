//! The real `claude`: the first on `PATH` that is not this program under that name, nor a script that calls it.

use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::io::Read as _;
use std::iter;
use std::path::{Path, PathBuf};

use crate::claude::launcher::arguments;
use crate::diagnostic::{Diagnostic, Result};
use crate::system::{files, paths, private, programs};

/// The name by which Claude Code is called.
pub const NAME: &str = "claude";

/// What is to be started, and the first of its arguments: where it is a runtime, its options and the script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The executable.
    pub path: PathBuf,
    /// Where it is a runtime such as `node`: what it is told before Claude Code's own arguments, the script last.
    pub script: Vec<OsString>,
}

/// Names what a launcher has started and by which process, so that a `claude` on `PATH` that calls `claude` in turn,
/// as the shims of version managers do, does not lead here again and again.
const STARTED: &str = "CLAUDE_BEDROCK_STARTED";

/// The entry of the environment that says so to what `program` calls. `before` was started in vain.
pub fn started_entry(program: &Program, before: &[PathBuf]) -> Option<(OsString, OsString)> {
    let paths = before.iter().chain([&program.path]);
    let mut value = OsString::from(format!("{} ", std::process::id()));
    value.push(std::env::join_paths(paths).ok()?);
    Some((STARTED.into(), value))
}

/// The programs by which this very start has come back to the launcher; usually none. What a session starts is
/// another start.
pub fn in_vain() -> Vec<PathBuf> {
    let value = std::env::var(STARTED).unwrap_or_default();
    let Some((process, paths)) = value.split_once(' ') else {
        return Vec::new();
    };
    let paths: Vec<PathBuf> = std::env::split_paths(paths).collect();
    let is_same = process == std::process::id().to_string();
    // A script that does not become what it calls; Claude Code, which may be one, says itself what it has started.
    let is_called = || {
        is_parent(process)
            && std::env::var_os("CLAUDECODE").is_none()
            && paths.last().is_some_and(|path| is_script(path))
    };
    if is_same || is_called() { paths } else { Vec::new() }
}

#[cfg(unix)]
fn is_parent(process: &str) -> bool {
    process == std::os::unix::process::parent_id().to_string()
}

/// There the launcher stays, and what it starts has another parent.
#[cfg(not(unix))]
fn is_parent(_: &str) -> bool {
    false
}

/// Whether a program is text for an interpreter.
fn is_script(path: &Path) -> bool {
    let mut start = [0; 2];
    files::open(path).is_ok_and(|(mut file, _)| file.read_exact(&mut start).is_ok()) && start == *b"#!"
}

/// Finds the real `claude` in the directories of `path`, then where its installer puts it; none that was started
/// `in_vain`.
pub fn find(path: &OsStr, in_vain: &[PathBuf]) -> Result<Program> {
    let own = Own::find();
    let installed = || paths::home().map(|home| home.join(".local/bin").join(NAME));
    programs::find_all(NAME, path)
        .chain(iter::once_with(installed).flatten().filter(|path| path.is_file()))
        .find(|candidate| !in_vain.contains(candidate) && !is_own(candidate, own.as_ref()))
        .map(|path| Program {
            path,
            script: Vec::new(),
        })
        .ok_or_else(|| {
            let finding = match in_vain.last() {
                Some(shim) => Diagnostic::error(format!(
                    "{} starts no Claude Code, but the `claude` on PATH again, and there is no other",
                    paths::display(shim)
                )),
                None => Diagnostic::error("there is no `claude` on PATH"),
            };
            finding
                .help("install Claude Code: https://code.claude.com/docs/en/setup")
                .into()
        })
}

/// This program's own file.
struct Own {
    path: PathBuf,
    metadata: Metadata,
}

impl Own {
    fn find() -> Option<Self> {
        let path = std::env::current_exe().ok()?;
        let metadata = fs::metadata(&path).ok()?;
        Some(Self { path, metadata })
    }
}

/// Whether a program that was named leads back to this one.
pub fn is_this_program(path: &Path) -> bool {
    path.is_file() && is_own(path, Own::find().as_ref())
}

/// Whether a program, a regular file, is this one: through a link, as another name of the same file, as a copy, or by a
/// script that names it.
fn is_own(candidate: &Path, own: Option<&Own>) -> bool {
    let Ok((file, metadata)) = files::open_known(candidate) else {
        return false;
    };
    if own.is_some_and(|own| is_one_file(own, candidate, &metadata)) {
        return true;
    }
    let mut start = Vec::with_capacity(START);
    let _ = file.take(START as u64).read_to_end(&mut start);
    if start.starts_with(b"#!") {
        return contains(&start, b"claude-bedrock");
    }
    own.is_some_and(|own| {
        own.metadata.len() == metadata.len()
            && matches!((files::read(&own.path, PROGRAM), files::read(candidate, PROGRAM)), (Ok(own), Ok(other)) if own == other)
    })
}

#[cfg(unix)]
fn is_one_file(own: &Own, _: &Path, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    own.metadata.dev() == other.dev() && own.metadata.ino() == other.ino()
}

#[cfg(not(unix))]
fn is_one_file(own: &Own, path: &Path, _: &Metadata) -> bool {
    matches!((own.path.canonicalize(), path.canonicalize()), (Ok(own), Ok(other)) if own == other)
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}

/// How much of a script is searched for this program's name, in bytes.
const START: usize = 4096;

/// The largest program that is compared with this one.
const PROGRAM: u64 = 1 << 30;

/// What an editor's process wrapper was called with: a program, its script where it is a runtime with one, and the
/// arguments behind them.
pub fn wrapped(words: &[OsString]) -> Option<(Program, Vec<OsString>)> {
    let (first, rest) = words.split_first()?;
    let path = PathBuf::from(first);
    if !path.is_absolute() || !path.is_file() {
        return None;
    }
    let is_script = |word: &OsString| {
        let path = Path::new(word);
        let ending = path.extension();
        path.is_absolute()
            && ending.is_some_and(|ending| SCRIPTS.iter().any(|known| ending.eq_ignore_ascii_case(known)))
    };
    let is_runtime = path
        .file_stem()
        .is_some_and(|name| RUNTIMES.iter().any(|known| name == *known));
    // A runtime's own options stand before its script.
    let script = rest.iter().position(is_script).filter(|at| is_runtime || *at == 0);
    let (script, arguments) = rest.split_at(script.map_or(0, |at| at + 1));
    let script = script.to_vec();
    Some((Program { path, script }, arguments.to_vec()))
}

/// What runs the client's script where it is none of its own executables.
const RUNTIMES: [&str; 4] = ["node", "nodejs", "bun", "deno"];

/// How the names of scripts end.
const SCRIPTS: [&str; 3] = ["js", "cjs", "mjs"];

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
    let file = program.script.last().map_or(program.path.as_path(), Path::new);
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
