//! Where an rc file really comes from: a link into a dotfiles repository (stow), the Nix store (home-manager), or a
//! source that another program copies it from (chezmoi).

use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::system::{files, paths};

/// What manages an rc file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// It is a link to this file, which is the one that changes.
    Link(PathBuf),
    /// home-manager generated it, and it must not be changed.
    HomeManager,
    /// chezmoi generates it from this source, and removes what is only in the file.
    Chezmoi(PathBuf),
}

/// What manages the file at `path`, which need not exist; `None` for a plain file.
pub fn keeper(path: &Path) -> Option<Keeper> {
    let home = paths::home()?;
    let below = path.strip_prefix(&home).ok()?;
    if let Some(target) = led_to(path) {
        // A store need not be at the root: that of a user without rights is below its home.
        let parts: Vec<Component<'_>> = target.components().collect();
        let is_of_store = |pair: &[Component<'_>]| pair[0].as_os_str() == "nix" && pair[1].as_os_str() == "store";
        if parts.windows(2).any(is_of_store) {
            return Some(Keeper::HomeManager);
        }
        let home = home.canonicalize().unwrap_or(home);
        return (target != home.join(below)).then_some(Keeper::Link(target));
    }
    chezmoi(&home, below).map(Keeper::Chezmoi)
}

/// What a path leads to, where it or a directory of it is a link. What is not there yet is where its directory is.
fn led_to(path: &Path) -> Option<PathBuf> {
    let there = path.ancestors().find(|one| one.symlink_metadata().is_ok())?;
    let target = there.canonicalize().ok()?;
    let rest = path.strip_prefix(there).ok()?;
    let target = if rest.as_os_str().is_empty() {
        target
    } else {
        target.join(rest)
    };
    (target != path).then_some(target)
}

/// The chezmoi source of a file below home: the reference of its source state, 2.62.
fn chezmoi(home: &Path, below: &Path) -> Option<PathBuf> {
    let mut directory = chezmoi_directory(home);
    if let Ok(root) = files::read_text(&directory.join(".chezmoiroot"), files::OWN) {
        directory.push(root.trim());
    }
    for part in below {
        let wanted = part.to_str()?;
        let entries = fs::read_dir(&directory).ok()?;
        directory = entries
            .flatten()
            .find(|entry| {
                entry
                    .file_name()
                    .to_str()
                    .is_some_and(|name| made_of(name).as_deref() == Some(wanted))
            })?
            .path();
    }
    Some(directory)
}

/// Where chezmoi's sources are: as its configuration says, else in its own place.
fn chezmoi_directory(home: &Path) -> PathBuf {
    let said = ["toml", "yaml", "json"].iter().find_map(|end| {
        let path = paths::config_home()?.join("chezmoi/chezmoi").with_extension(end);
        let text = files::read_text(&path, files::OWN).ok()?;
        let line = text
            .lines()
            .find(|line| line.trim_start().trim_start_matches('"').starts_with("sourceDir"))?;
        let (_, value) = line.split_once(['=', ':'])?;
        let value = value.trim().trim_end_matches(',').trim_matches(['"', '\'']);
        Some(match value.strip_prefix("~/") {
            Some(rest) => home.join(rest),
            None => PathBuf::from(value),
        })
    });
    said.unwrap_or_else(|| {
        paths::place_of_another_tool("XDG_DATA_HOME")
            .unwrap_or_else(|| home.join(".local/share"))
            .join("chezmoi")
    })
}

/// The name of the file that chezmoi generates from a source; `None` if the source generates none.
fn made_of(source: &str) -> Option<String> {
    const ATTRIBUTES: &[&str] = &[
        "after_",
        "before_",
        "create_",
        "empty_",
        "encrypted_",
        "exact_",
        "executable_",
        "external_",
        "modify_",
        "once_",
        "onchange_",
        "private_",
        "readonly_",
        "symlink_",
    ];
    let mut name = source.strip_suffix(".tmpl").unwrap_or(source);
    while let Some(rest) = ATTRIBUTES.iter().find_map(|attribute| name.strip_prefix(attribute)) {
        name = rest;
    }
    if name.starts_with("remove_") || name.starts_with("run_") || name.starts_with('.') {
        return None;
    }
    Some(match name.strip_prefix("dot_") {
        Some(rest) => format!(".{rest}"),
        None => name.strip_prefix("literal_").unwrap_or(name).to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chezmois_names_are_read() {
        for (source, name) in [
            ("dot_bashrc", Some(".bashrc")),
            ("private_dot_config", Some(".config")),
            ("exact_private_dot_config", Some(".config")),
            ("dot_zshrc.tmpl", Some(".zshrc")),
            ("modify_dot_profile", Some(".profile")),
            ("fish", Some("fish")),
            ("remove_dot_bashrc", None),
            (".chezmoiroot", None),
        ] {
            assert_eq!(made_of(source).as_deref(), name, "{source}");
        }
    }
}
