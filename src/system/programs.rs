//! Where programs are, this one included.

use std::cell::LazyCell;
use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::system::paths::absolute;

/// The name of this program.
const NAME: &str = "claude-bedrock";

/// The path by which hooks, settings files and editors call this program: `claude-bedrock` on `PATH` where that leads
/// here, so that an upgrade which replaces a versioned directory behind a link (Homebrew, Nix, mise) does not break
/// them; else the path by which it was called; else its file.
pub fn own() -> PathBuf {
    static OWN: OnceLock<PathBuf> = OnceLock::new();
    OWN.get_or_init(find_own).clone()
}

fn find_own() -> PathBuf {
    let file = env::current_exe().unwrap_or_else(|_| PathBuf::from(NAME));
    let resolved = LazyCell::new(|| file.canonicalize().unwrap_or_else(|_| file.clone()));
    let leads_here = |path: &PathBuf| *path == file || path.canonicalize().is_ok_and(|path| path == *resolved);
    // A link called `claude` is the launcher, and nothing else.
    let is_named = |path: &PathBuf| path.file_stem().is_some_and(|name| name == NAME);
    let called = env::args_os().next().map(PathBuf::from).unwrap_or_default();
    let called = (called.components().count() > 1).then(|| absolute(&called));
    let path = env::var_os("PATH").unwrap_or_default();
    find_all(NAME, &path)
        .chain(called.filter(is_named))
        .find(leads_here)
        .unwrap_or_else(|| file.clone())
}

/// The program of that name in the directories of `path`, but for relative ones: those belong to whatever
/// directory one has come to, which may be a stranger's.
pub fn find(name: &str, path: &OsStr) -> Option<PathBuf> {
    find_all(name, path).next()
}

/// Every program of that name, in the order of the directories.
pub fn find_all(name: &str, path: &OsStr) -> impl Iterator<Item = PathBuf> {
    let endings = program_endings();
    env::split_paths(path)
        .filter(|directory| directory.is_absolute())
        .flat_map(move |directory| {
            let candidate = |ending: &String| directory.join(format!("{name}{ending}"));
            endings.iter().map(candidate).collect::<Vec<_>>()
        })
        .filter(|candidate| is_executable(candidate))
}

/// The directories of this process' own `PATH`, relative ones among them.
pub fn directories_on_path() -> impl Iterator<Item = PathBuf> {
    env::split_paths(&env::var_os("PATH").unwrap_or_default())
        .collect::<Vec<_>>()
        .into_iter()
}

/// What may follow a program's name in its file's: nothing, and on Windows what `PATHEXT` lists.
fn program_endings() -> Vec<String> {
    let mut endings = vec![String::new()];
    if cfg!(windows) {
        let listed = env::var("PATHEXT").unwrap_or_else(|_| ".COM;.EXE;.BAT;.CMD".to_owned());
        endings.extend(listed.split(';').map(str::to_owned));
    }
    endings
}

/// The same on this process' own `PATH`.
pub fn on_path(name: &str) -> Option<PathBuf> {
    find(name, &env::var_os("PATH")?)
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    path.is_file() && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}
