//! `setup --undo --all`: removes everything that this program has written on this machine for its user.

use std::fs;
use std::path::{Path, PathBuf};

use crate::claude::apply::{self, File};
use crate::claude::record;
use crate::claude::settings::Tier;
use crate::console;
use crate::diagnostic::{Diagnostic, Result};
use crate::exit::Exit;
use crate::setup::outside;
use crate::shell::Shell;
use crate::system::{paths, private};

/// This program's own directories, with what is in them.
fn directories() -> Vec<(PathBuf, &'static str)> {
    let config = paths::user_config().and_then(|path| Some(path.parent()?.to_path_buf()));
    let named = |directory: &Path| directory.file_name().is_some_and(|name| name == "claude-bedrock");
    let all = [
        (
            config.filter(|directory| named(directory)),
            "your profiles and their backups",
        ),
        (paths::state_directory(), "what was allowed, kept lists and credentials"),
        (paths::runtime_directory(), "what open shells will restore"),
    ];
    all.into_iter()
        .filter_map(|(directory, what)| Some((directory?, what)))
        .filter(|(directory, _)| directory.symlink_metadata().is_ok())
        .collect()
}

/// The file of profiles, where it lies in no directory of ours (`CLAUDE_BEDROCK_CONFIG`).
fn config_elsewhere() -> Option<PathBuf> {
    let path = paths::user_config()?;
    let is_ours = path.parent()?.file_name().is_some_and(|name| name == "claude-bedrock");
    (!is_ours && path.symlink_metadata().is_ok()).then_some(path)
}

/// Reports what `setup --undo` leaves in place.
pub fn say_what_is_left() {
    let mut left: Vec<String> = directories()
        .iter()
        .map(|(directory, what)| format!("{}   {what}", paths::display(directory)))
        .collect();
    left.extend(outside::made_link().map(|link| format!("{}   the launcher", paths::display(&link))));
    left.extend(
        changed()
            .iter()
            .map(|(file, _)| format!("{}   our lines, for that directory", paths::display(file))),
    );
    if left.is_empty() {
        return;
    }
    console::say(&format!(
        "claude-bedrock: left in its place:\n  {}\n  to remove all of it: claude-bedrock setup --undo --all",
        left.join("\n  ")
    ));
}

/// Removes our lines from the user's own settings of Claude Code and of editors, where `setup` puts them. Returns
/// whether it succeeded.
pub fn settings_of_the_user() -> bool {
    let user = apply::path_of(Tier::User).ok();
    let editors: Vec<PathBuf> = outside::editors().into_iter().map(|editor| editor.settings).collect();
    let mut is_whole = true;
    for (path, tier) in changed() {
        if user.as_ref().is_some_and(|user| is_same(user, &path)) || editors.iter().any(|own| is_same(own, &path)) {
            is_whole &= taken_out(&path, tier);
        }
    }
    is_whole
}

/// Removes our lines from a settings file, and reports it. Returns whether it succeeded.
fn taken_out(path: &Path, tier: Tier) -> bool {
    let result = File::read(path, tier).and_then(|file| match file.without()? {
        Some(change) => file.make(&change).map(|()| true),
        None => Ok(false),
    });
    match result {
        Ok(true) => console::say(&format!(
            "claude-bedrock: removed our lines from {}",
            paths::display(path)
        )),
        Ok(false) => {}
        Err(finding) => {
            console::report(&finding);
            return false;
        }
    }
    true
}

fn is_same(one: &Path, other: &Path) -> bool {
    one == other || one.canonicalize().is_ok_and(|one| one == other)
}

/// The settings files that have lines of ours: Claude Code's in the home directory and in repositories, and editors'.
fn changed() -> Vec<(PathBuf, Tier)> {
    let mut files = record::recorded_files();
    // Without a record, a command of this program still speaks for itself.
    files.extend(
        apply::path_of(Tier::User)
            .ok()
            .filter(|user| !files.iter().any(|file| is_same(user, file))),
    );
    let tier_of = |path: &Path| {
        let is_in_repository = path.ends_with(".claude/settings.local.json") || path.ends_with(".claude/settings.json");
        let is_users = apply::path_of(Tier::User).is_ok_and(|user| is_same(&user, path));
        if is_in_repository && !is_users {
            Tier::Local
        } else {
            Tier::User
        }
    };
    let with_tiers = files.into_iter().map(|path| {
        let tier = tier_of(&path);
        (path, tier)
    });
    with_tiers
        .filter(|(path, tier)| {
            File::read(path, *tier).is_ok_and(|file| file.without().is_ok_and(|change| change.is_some()))
        })
        .collect()
}

/// Shows what there is, asks unless `yes`, and takes out everything; `hooks` takes the hook out of the rc files.
pub fn all(yes: bool, hooks: impl FnOnce() -> Result<Exit>) -> Result<Exit> {
    let settings = changed();
    let editors = outside::editors();
    let found = directories();
    let elsewhere = config_elsewhere();
    let mut text = String::from("claude-bedrock: this removes the hook from every rc file, and:");
    for (directory, what) in &found {
        text.push_str(&format!("\n  {}   {what}", paths::display(directory)));
    }
    if let Some(path) = &elsewhere {
        text.push_str(&format!("\n  {}   your profiles", paths::display(path)));
    }
    for (file, _) in &settings {
        text.push_str(&format!("\n  our lines in {}", paths::display(file)));
    }
    text.push_str("\n  the link named claude and the process wrapper of editors, if they are ours");
    console::say(&text);
    if !yes {
        if !console::can_ask() {
            return Err(
                Diagnostic::error("there is no terminal to ask on, so nothing was changed")
                    .help("do it without asking: claude-bedrock setup --undo --all --yes")
                    .into(),
            );
        }
        let answer = inquire::Confirm::new("Remove all of this?")
            .with_default(false)
            .prompt();
        if !matches!(answer, Ok(true)) {
            console::say("claude-bedrock: cancelled; nothing was changed");
            return Ok(Exit::Child(130));
        }
    }
    let mut exit = hooks()?;
    for (path, tier) in &settings {
        if !taken_out(path, *tier) {
            exit = Exit::Found;
        }
    }
    outside::remove_link()?;
    for editor in &editors {
        outside::unwrap(editor)?;
    }
    let directories = found.into_iter().map(|(directory, _)| directory);
    for path in directories.chain(elsewhere) {
        let parents = path.parent().map(Path::to_path_buf);
        if let Err(error) = removed(&path) {
            console::report(&Diagnostic::error(format!(
                "{} cannot be removed: {error}",
                paths::display(&path)
            )));
            exit = Exit::Found;
        }
        remove_empty(parents);
    }
    remove_empty(paths::launcher_directory().and_then(|directory| Some(directory.parent()?.to_path_buf())));
    console::say("claude-bedrock: done; secrets in the keyring stay: to see them, first use `secret list`");
    if paths::hook_has_run() {
        let how = Shell::running().map_or_else(|| "open a new one".to_owned(), |shell| shell.to_leave());
        console::say(&format!("claude-bedrock: this shell still has the hook; {how}"));
    }
    Ok(exit)
}

/// Removes a directory and those above it, below the home directory and as long as they are empty.
fn remove_empty(directory: Option<PathBuf>) {
    let (Some(directory), Some(home)) = (directory, paths::home()) else {
        return;
    };
    for directory in directory
        .ancestors()
        .take_while(|path| *path != home && path.starts_with(&home))
    {
        if fs::remove_dir(directory).is_err() {
            break;
        }
    }
}

fn removed(path: &Path) -> std::io::Result<()> {
    private::refuse_anothers(path)?;
    // A link of the user's own (chezmoi, stow) goes, and not what it leads to.
    if path.symlink_metadata()?.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    }
}
