//! The hook in the rc files: what `setup` adds and removes.

use std::fs;
use std::path::Path;

use crate::console;
use crate::diagnostic::{Diagnostic, Result};
use crate::exit::Exit;
use crate::rewrite::{Backup, Original};
use crate::setup::block::{self, Made};
use crate::setup::dotfiles::{self, Keeper};
use crate::setup::files;
use crate::setup::reached::{self, Reached};
use crate::shell::Shell;
use crate::shell::rc_file::{RcFile, RcFiles};
use crate::system::text::visible;
use crate::system::{paths, programs};

/// A change of one rc file.
pub(super) struct Change {
    original: Original,
    content: Vec<u8>,
    backup: Backup,
    lines: String,
    /// How far the shell reads the file, if the block is new.
    reached: Reached,
    /// The plugin manager that finds the file's name taken then.
    taken_from: Option<&'static str>,
    /// The program that manages the file, if one does.
    keeper: Option<Keeper>,
}

impl Change {
    /// What would keep the hook from loading, and what to do about plugin managers and dotfiles.
    fn warnings(&self) -> Vec<String> {
        let path = &self.original.path;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut warnings = Vec::new();
        if let Reached::OpenDocument(line) = self.reached {
            warnings.push(format!(
                "the here-document in line {line} of {name} seems to have no end, so the hook becomes part of it: end it"
            ));
        }
        if let Some(manager) = self.taken_from {
            warnings.push(format!(
                "{manager} would find {name} taken: before you install the plugin with {manager}, type: claude-bedrock setup --undo"
            ));
        }
        match &self.keeper {
            Some(Keeper::Link(target)) => warnings.push(format!(
                "{} is a link to {}, which is the file that changes: commit it there",
                paths::display(path),
                paths::display(target)
            )),
            Some(Keeper::Chezmoi(source)) => warnings.push(format!(
                "chezmoi generates {} from {}, and removes the hook the next time: add the lines there too",
                paths::display(path),
                paths::display(source)
            )),
            Some(Keeper::HomeManager) | None => {}
        }
        warnings
    }
}

/// What to do to an rc file, or why nothing is done.
pub(super) enum Step {
    Write(Change),
    Done(String),
    Refused(Box<Diagnostic>),
}

/// Carries out each step and reports it. Exit status 1 if one was refused.
pub(super) fn make(steps: &[Step]) -> Exit {
    let mut exit = Exit::Done;
    for step in steps {
        match done(step) {
            Ok(said) => console::say(&format!("claude-bedrock: {said}")),
            Err(finding) => {
                console::report(&finding);
                exit = Exit::Found;
            }
        }
    }
    exit
}

/// How a shell's line calls the program: by the name that PATH knows, else by its whole path.
pub(super) fn program(shell: Shell) -> String {
    let name = "claude-bedrock";
    if programs::on_path(name).is_some() {
        name.to_owned()
    } else {
        // A quoted word begins a command in every shell but PowerShell, whose line has the call operator.
        String::from_utf8_lossy(&shell.quote(programs::own().as_os_str())).into_owned()
    }
}

/// The rc files of a shell.
pub(super) fn rc_files(shell: Shell, launches: bool) -> Result<RcFiles> {
    shell
        .rc_files(&program(shell), launches)
        .ok_or_else(|| Diagnostic::error("no home directory is known").help("set HOME").into())
}

pub(super) fn steps(shells: &[Shell], launches: bool) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    for shell in shells {
        let files = rc_files(*shell, launches)?;
        if let Some((path, line)) = files::already(&files) {
            steps.push(Step::Done(format!(
                "{}:{line} already loads the hook; nothing was added for {}",
                paths::display(path),
                shell.name()
            )));
            continue;
        }
        let step_of = |target: &RcFile| step(target, *shell).unwrap_or_else(Step::Refused);
        steps.extend(files.targets.iter().map(step_of));
    }
    Ok(steps)
}

pub(super) fn step(target: &RcFile, shell: Shell) -> Result<Step> {
    let shown = paths::display(&target.path);
    let keeper = dotfiles::keeper(&target.path);
    if keeper == Some(Keeper::HomeManager) {
        return Err(made_by_home_manager(&shown, shell, &target.lines));
    }
    let original = Original::read(&target.path)?;
    let text = original.bytes().unwrap_or_default();
    let found = block::find(text).map_err(|line| taken_apart(&shown, line))?;
    let mut reached = Reached::Whole;
    let (content, backup) = if let Some(block) = found {
        let content = block.replaced(text, &target.lines);
        if content == text {
            return Ok(Step::Done(format!("{shown} already has the hook")));
        }
        (content, Backup::No)
    } else {
        reached = reached::reached(text);
        let at = match reached {
            Reached::Until { offset, .. } => offset,
            Reached::Whole | Reached::OpenDocument(_) => text.len(),
        };
        let backup = original.backup_beside();
        let (made, backup) = match original.bytes() {
            None => (Made::File(missing_directories(&target.path)), Backup::No),
            Some(_) if backup.symlink_metadata().is_ok() => (Made::Nothing, Backup::No),
            Some(_) => {
                let name = backup.file_name().unwrap_or_default().to_string_lossy().into_owned();
                (Made::Backup(name), Backup::First)
            }
        };
        (block::added(text, at, &target.lines, &made), backup)
    };
    Ok(Step::Write(Change {
        original,
        content,
        backup,
        lines: target.lines.clone(),
        reached,
        taken_from: shell.taken_from(&target.path),
        keeper,
    }))
}

pub(super) fn made_by_home_manager(shown: &str, shell: Shell, lines: &str) -> Box<Diagnostic> {
    let finding = Diagnostic::error(format!(
        "home-manager generates {shown} from your Nix configuration, so nothing was changed"
    ));
    let place = match shell.name() {
        "bash" => "programs.bash.initExtra",
        "zsh" => "programs.zsh.initContent",
        "fish" => "programs.fish.interactiveShellInit",
        _ => "the text of that file",
    };
    finding
        .help(format!("put into {place}: {}", lines.trim_end().replace('\n', "; ")))
        .into()
}

pub(super) fn taken_apart(shown: &str, line: usize) -> Box<Diagnostic> {
    Diagnostic::error(format!(
        "the block of `claude-bedrock setup` in {shown} has been taken apart"
    ))
    .help(format!("remove what is left of it, from line {line}, then try again"))
    .into()
}

pub(super) fn missing_directories(path: &Path) -> usize {
    path.ancestors()
        .skip(1)
        .take_while(|directory| !directory.exists())
        .count()
}

pub(super) fn done(step: &Step) -> Result<String> {
    match step {
        Step::Done(said) => Ok(said.clone()),
        Step::Refused(finding) => Err(finding.clone()),
        Step::Write(change) => {
            change
                .original
                .replace_shared(&change.content, change.backup)
                .map_err(|finding| {
                    let line = change.lines.lines().collect::<Vec<_>>().join("; ");
                    Box::new(finding.help(format!("or load the hook in your own way: {line}")))
                })?;
            let shown = paths::display(&change.original.path);
            let mut said = vec![format!("added the hook to {shown}")];
            said.extend(change.warnings());
            Ok(said.join("; "))
        }
    }
}

/// Removes every block again.
pub(super) fn undo(shells: &[Shell]) -> Result<Exit> {
    let (mut exit, mut found) = (Exit::Done, false);
    for shell in shells {
        let files = rc_files(*shell, true)?;
        let mut places: Vec<&Path> = files.all.iter().map(AsRef::as_ref).collect();
        places.extend(files.targets.iter().map(|target| target.path.as_path()));
        places.sort_unstable();
        places.dedup();
        for path in places {
            match taken_out(path) {
                Ok(None) => {}
                Ok(Some(said)) => {
                    found = true;
                    console::say(&format!("claude-bedrock: {said}"));
                }
                Err(finding) => {
                    found = true;
                    exit = Exit::Found;
                    console::report(&finding);
                }
            }
        }
    }
    if !found {
        console::say("claude-bedrock: nothing to remove");
    }
    Ok(exit)
}

pub(super) fn taken_out(path: &Path) -> Result<Option<String>> {
    // What cannot be read has no block of ours, or is said when it is to be written.
    let Ok(original) = Original::read(path) else {
        return Ok(None);
    };
    let Some(text) = original.bytes() else { return Ok(None) };
    let shown = paths::display(path);
    let Some(block) = block::find(text).map_err(|line| taken_apart(&shown, line))? else {
        return Ok(None);
    };
    let content = block.removed(text);
    let failed = |error: std::io::Error| Diagnostic::error(format!("{shown} cannot be removed: {error}"));
    match &block.made {
        Made::File(directories) if content.is_empty() => {
            fs::remove_file(path).map_err(failed)?;
            for directory in path.ancestors().skip(1).take(*directories) {
                // A directory that now holds something else stays.
                if fs::remove_dir(directory).is_err() {
                    break;
                }
            }
            return Ok(Some(format!("removed {shown}, which `setup` had created")));
        }
        made => {
            original.replace_shared(&content, Backup::No)?;
            if let Made::Backup(name) = made {
                let backup = path.with_file_name(name);
                if backup.parent() == path.parent()
                    && crate::system::files::read(&backup, crate::rewrite::LARGEST).is_ok_and(|old| old == content)
                {
                    let _ = fs::remove_file(backup);
                }
            }
        }
    }
    Ok(Some(format!("removed the hook from {shown}")))
}

/// What each step would write, file by file.
pub(super) fn plan(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Write(change) => {
                let place = match &change.reached {
                    Reached::Whole | Reached::OpenDocument(_) => "at the end of".to_owned(),
                    Reached::Until { line, text, .. } => format!(
                        "before line {line} (`{}`), after which nothing is read, of",
                        visible(text)
                    ),
                };
                text.push_str(&format!(
                    "# {place} {}\n{}\n",
                    paths::display(&change.original.path),
                    change.lines
                ));
                text.extend(change.warnings().iter().map(|warning| format!("# {warning}\n\n")));
            }
            Step::Done(said) => text.push_str(&format!("# {said}\n\n")),
            Step::Refused(finding) => text.push_str(&format!("# {}\n\n", finding.message)),
        }
    }
    text
}
