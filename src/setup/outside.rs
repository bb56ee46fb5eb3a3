//! The launcher for what starts Claude Code without a shell's hook: a link named `claude` for the PATH of editors,
//! cron, make and the Agent SDK, and the process wrapper of VS Code and its relatives.

use std::fs;
use std::path::{Path, PathBuf};

use crate::claude::apply::File;
use crate::claude::edit::Editor as Editing;
use crate::claude::json;
use crate::claude::launcher::program;
use crate::claude::settings::Tier;
use crate::diagnostic::{Diagnostic, Result};
use crate::system::{paths, programs};

/// The setting of Claude Code's extension: one executable, without arguments, that is started with the client's path
/// and arguments (read: anthropics/claude-code #8510, #10491, #56013).
pub const WRAPPER: &str = "claudeCode.claudeProcessWrapper";

/// The directories of editors that are VS Code or made from it, below the user's configuration.
const EDITORS: &[&str] = &["Code", "Code - Insiders", "VSCodium", "Cursor", "Windsurf"];

/// The directories of their servers on a remote machine, below the home directory.
const SERVERS: &[&str] = &[
    ".vscode-server",
    ".vscode-server-insiders",
    ".vscodium-server",
    ".cursor-server",
    ".windsurf-server",
];

/// An editor that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Editor {
    /// Its name.
    pub name: String,
    /// Its settings, which need not exist.
    pub settings: PathBuf,
    /// The settings of the editor's own profiles, which do not inherit those.
    pub apart: Vec<PathBuf>,
}

/// The editors and remote servers that are there.
pub fn editors() -> Vec<Editor> {
    let configuration = paths::editors_directory();
    let editors = configuration.iter().flat_map(|directory| {
        EDITORS
            .iter()
            .map(|name| (*name, directory.join(name).join("User")))
            .collect::<Vec<_>>()
    });
    let home = paths::home();
    let servers = home.iter().flat_map(|home| {
        SERVERS
            .iter()
            .map(|name| (*name, home.join(name).join("data/Machine")))
            .collect::<Vec<_>>()
    });
    editors
        .chain(servers)
        // A server's directory is made when the first settings are written.
        .filter(|(_, directory)| directory.is_dir() || directory.parent().is_some_and(Path::is_dir))
        .map(|(name, directory)| Editor {
            name: name.trim_start_matches('.').to_owned(),
            settings: directory.join("settings.json"),
            apart: profiles(&directory),
        })
        .collect()
}

/// The settings of an editor's own profiles.
fn profiles(directory: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(directory.join("profiles"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|profile| profile.path().join("settings.json"))
        .filter(|settings| settings.is_file())
        .collect();
    found.sort();
    found
}

/// Names this program as an editor's process wrapper, every other byte of its settings as it was. What was changed:
/// nothing where it already says so.
pub fn wrap(editor: &Editor) -> Result<bool> {
    let program = programs::own();
    let text = program
        .to_str()
        .ok_or_else(|| Diagnostic::error(format!("{} is not a path that JSON can hold", program.display())))?;
    let file = File::read(&editor.settings, Tier::User)?;
    let change = file.with(&[(vec![WRAPPER.to_owned()], json::encoded(text))])?;
    let changes = change.text.as_deref() != Some(file.text.as_str());
    if changes {
        file.make(&change)?;
    }
    Ok(changes)
}

/// Whether an editor names this program as its process wrapper already.
pub fn is_wrapped(editor: &Editor) -> bool {
    let own = programs::own();
    let text = crate::system::files::read_text(&editor.settings, crate::system::files::OWN).unwrap_or_default();
    let value = Editing::new(&text)
        .get(&[WRAPPER])
        .filter(|value| value.starts_with('"'))
        .map(json::decoded);
    value.is_some_and(|value| Path::new(&value) == own)
}

/// Removes the wrapper, if it was set by [`wrap`].
pub fn unwrap(editor: &Editor) -> Result<bool> {
    let file = File::read(&editor.settings, Tier::User)?;
    let Some(change) = file.without()? else {
        return Ok(false);
    };
    file.make(&change)?;
    Ok(true)
}

/// The link named `claude`.
pub fn link() -> Result<PathBuf> {
    let directory =
        paths::launcher_directory().ok_or_else(|| Diagnostic::error("no home directory is known").help("set HOME"))?;
    let name = if cfg!(windows) { "claude.exe" } else { program::NAME };
    Ok(directory.join(name))
}

/// The link, where it has been made and leads to this program.
pub fn made_link() -> Option<PathBuf> {
    link().ok().filter(|link| program::is_this_program(link))
}

/// Makes the link.
pub fn make_link() -> Result<PathBuf> {
    let link = link()?;
    let failed =
        |error: std::io::Error| Diagnostic::error(format!("{} cannot be made: {error}", paths::display(&link)));
    if let Some(directory) = link.parent() {
        fs::create_dir_all(directory).map_err(failed)?;
    }
    match fs::remove_file(&link) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error).into()),
        _ => {}
    }
    let program = programs::own();
    #[cfg(unix)]
    std::os::unix::fs::symlink(&program, &link).map_err(failed)?;
    #[cfg(not(unix))]
    fs::copy(&program, &link).map(drop).map_err(failed)?;
    Ok(link)
}

/// Removes the link.
pub fn remove_link() -> Result<Option<PathBuf>> {
    let link = link()?;
    match fs::remove_file(&link) {
        Ok(()) => {
            // If nothing else is in it.
            let _ = link.parent().map(fs::remove_dir);
            Ok(Some(link))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Diagnostic::error(format!("{} cannot be removed: {error}", paths::display(&link))).into()),
    }
}
