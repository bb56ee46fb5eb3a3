//! `allow` and `deny`: which project files may take effect.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use clap::ValueHint;

use crate::diagnostic::{Diagnostic, Result, Source};
use crate::environment::{Environment, Wanted};
use crate::exit::Exit;
use crate::profile::layers::{Named, Project};
use crate::profile::source::{self, Read};
use crate::profile::value::Secret;
use crate::system::{lines, paths};
use crate::trust::{self, Trust, Verdict};
use crate::watch::Watch;
use crate::{command, console, load};

/// What `--help` shows after the options.
pub const ALLOW_EXAMPLES: &str = "\
Examples:
  claude-bedrock allow            the nearest project file
  claude-bedrock allow ~/repo

Prints what the file does before it is recorded. An edit asks again.";

/// What `--help` shows after the options.
pub const DENY_EXAMPLES: &str = "\
Examples:
  claude-bedrock deny             the nearest project file
  claude-bedrock deny ~/repo

Takes an `allow` back, and silences the question. `claude-bedrock allow` takes it back in turn.";

#[derive(clap::Args, Debug)]
pub struct Args {
    /// The project file or its directory; without it the nearest one upward
    #[arg(value_hint = ValueHint::AnyPath)]
    pub path: Option<PathBuf>,
}

/// Records that a project file may take effect, after saying what it does.
pub fn allow(arguments: &Args) -> Result<Exit> {
    let path = find(arguments.path.as_deref())?;
    let source = read(&path)?;
    let project = Project::parse(&source)?;
    let trust = Trust::new();
    if let Verdict::Unknown { before: Some(before) } = trust.verdict(&source, &[], &mut Watch::default()) {
        for line in lines::changed_lines(&before, source.text()) {
            console::say(&format!("  {}", crate::system::text::visible(&line)));
        }
    }
    for line in effects(&project)? {
        console::say(&format!("  {}", crate::system::text::visible(&line)));
    }
    trust.allow(&source)?;
    console::say(&format!("claude-bedrock: allowed {}", paths::display(&path)));
    command::settings::say_what_is_missing();
    Ok(Exit::Done)
}

/// Records that a project file may not take effect.
pub fn deny(arguments: &Args) -> Result<Exit> {
    let path = find(arguments.path.as_deref())?;
    Trust::new().deny(&path)?;
    console::say(&format!("claude-bedrock: denied {}", paths::display(&path)));
    Ok(Exit::Done)
}

/// What a project file does, line by line.
fn effects(project: &Project) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    let refined: Vec<&str> = project.settings.iter().map(|(path, _)| path).collect();
    match &project.profile {
        Some((Named::None, _)) => lines.push("profile  none from here down, not even the default one".to_owned()),
        Some((Named::Profile(name), place)) => {
            let profiles = load::summaries()?;
            match profiles.get(name) {
                Some(Ok(profile)) => {
                    let mut profile = profile.clone();
                    profile.settings.refine(&project.settings);
                    lines.push(format!(
                        "profile  {name} ({}, {})",
                        profile.settings.text("region").unwrap_or("no region"),
                        crate::environment::hint(&profile)
                    ));
                    let environment = Environment::of(&profile)?;
                    lines.extend(variables(&environment));
                    lines.extend(dangers(&environment));
                }
                Some(Err(finding)) => return Err(finding.clone()),
                None => {
                    let known = profiles.keys().map(String::as_str);
                    let finding = Diagnostic::at(place.clone(), format!("there is no profile `{name}`"))
                        .warning()
                        .did_you_mean(name, known);
                    lines.push(format!("profile  {name}, which does not exist yet"));
                    console::report(&finding);
                }
            }
        }
        None => lines.push("profile  whichever is active".to_owned()),
    }
    if !refined.is_empty() {
        lines.push(format!("refines  {}", refined.join(", ")));
    }
    if project.root {
        lines.push("root     files above it do not count".to_owned());
    }
    Ok(lines)
}

/// Variables by which whatever is started runs other code than it says, or finds other programs.
const CODE: &[&str] = &[
    "BASH_ENV",
    "EDITOR",
    "ENV",
    "JAVA_TOOL_OPTIONS",
    "NODE_OPTIONS",
    "PAGER",
    "PATH",
    "PERL5LIB",
    "PERL5OPT",
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "RUBYOPT",
    "SHELL",
    "SSH_ASKPASS",
    "SUDO_ASKPASS",
    "VISUAL",
    "ZDOTDIR",
];

/// The same by how they begin.
const CODE_BEGINS: &[&str] = &["DYLD_", "GIT_", "LD_", "NPM_CONFIG_", "npm_config_"];

/// Where the environment moves traffic, what it runs, and whose secrets it takes.
fn dangers(environment: &Environment) -> Vec<String> {
    let runs = |name: &str| CODE.contains(&name) || CODE_BEGINS.iter().any(|start| name.starts_with(start));
    let moves = |name: &str| {
        name.ends_with("_BASE_URL") || name.to_uppercase().ends_with("_PROXY") || name.starts_with("AWS_ENDPOINT_URL")
    };
    let mut lines = Vec::new();
    for (name, setting) in environment.iter() {
        match &setting.wanted {
            Wanted::Text(address) if moves(name) => lines.push(format!("traffic  {name} = {address}")),
            Wanted::Text(value) if runs(name) => lines.push(format!("code     {name} = {value}")),
            Wanted::Secret(secret @ Secret::Command { .. }) => lines.push(format!("runs     for {name}: {secret}")),
            Wanted::Secret(secret) => lines.push(format!("secret   for {name}: {secret}")),
            _ => {}
        }
    }
    lines
}

fn variables(environment: &Environment) -> Vec<String> {
    let names = |set: bool| -> Vec<&str> {
        environment
            .iter()
            .filter(|(_, setting)| (setting.wanted != Wanted::Unset) == set)
            .map(|(name, _)| name)
            .collect()
    };
    vec![
        format!("sets     {}", names(true).join(", ")),
        format!("unsets   {}", names(false).join(", ")),
    ]
}

/// The file that is meant: named itself, in a named directory, or the nearest upward.
fn find(path: Option<&Path>) -> Result<PathBuf> {
    let here = paths::working_directory()
        .ok_or_else(|| Diagnostic::error("the working directory has been deleted").help("go to another: cd ~"))?;
    let directory = match path {
        None => return command::nearest_project(),
        Some(path) if path.is_dir() => path,
        Some(path) if path.file_name().is_some_and(|name| name == paths::PROJECT_FILE) => path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or(&here),
        Some(path) => {
            return Err(Diagnostic::error(format!(
                "{} is no directory and not named {}",
                paths::display(path),
                paths::PROJECT_FILE
            ))
            .into());
        }
    };
    // The directory's links are resolved and the file's own is not, as when a shell enters it.
    let directory = directory
        .canonicalize()
        .map_err(|error| Diagnostic::error(format!("{} cannot be entered: {error}", paths::display(directory))))?;
    let file = directory.join(paths::PROJECT_FILE);
    if file.symlink_metadata().is_err() {
        return Err(Diagnostic::error(format!("there is no {}", paths::display(&file))).into());
    }
    Ok(file)
}

fn read(path: &Path) -> Result<Rc<Source>> {
    let Read { source, ownership, .. } = source::read(path, &mut Watch::default())?
        .ok_or_else(|| Diagnostic::error(format!("{} leads nowhere", paths::display(path))))?;
    trust::refuse_foreign(&source, ownership)?;
    Ok(source)
}
