//! `use` and `off`: this shell's own choice of a profile.

use crate::cli::{Hooked, Use};
use crate::command;
use crate::command::export;
use crate::diagnostic::{Diagnostic, Result};
use crate::paths;
use crate::profile::layers;
use crate::session::{Look, Session};
use crate::session::state::Choice;
use crate::shell::Shell;

/// `use NAME`, `use -` and `use --clear`.
pub fn use_profile(arguments: &Use, quiet: bool) -> Result<u8> {
    let session = Session::inherited();
    let choice = match arguments.profile.as_deref() {
        None => Choice::Directory,
        Some("-") => session.state.choice_before.clone().ok_or_else(|| {
            Diagnostic::error("there is no choice before this one").help("choose a profile: claude-bedrock use NAME")
        })?,
        Some(name) => {
            layers::check_name(name)?;
            Choice::Profile(name.to_owned())
        }
    };
    choose(session, &choice, &arguments.hooked, quiet)
}

/// `off`.
pub fn off(hooked: &Hooked, quiet: bool) -> Result<u8> {
    choose(Session::inherited(), &Choice::Off, hooked, quiet)
}

fn choose(mut session: Session, choice: &Choice, hooked: &Hooked, quiet: bool) -> Result<u8> {
    let shell = hooked.shell.ok_or_else(without_hook)?;
    session.look = Look::Asked;
    if shell == Shell::Fish {
        session.take_blank_for_unset();
    }
    if let Choice::Profile(_) = choice {
        let load = crate::session::load::load(paths::working_directory().as_deref(), choice);
        if load.active.is_none()
            && let Some(finding) = load.findings.into_iter().next_back()
        {
            return Err(finding.into());
        }
    }
    let step = export::step(&session, choice, shell, hooked.coarse, quiet)?;
    // A word where the step itself had nothing to say, because nothing changed.
    if !quiet && step.notices.is_empty() {
        let text = match &step.load.active {
            Some(active) => format!("claude-bedrock: {}", crate::session::summary(active)),
            None => "claude-bedrock: no profile is active".to_owned(),
        };
        command::say(&text);
    }
    Ok(0)
}

fn without_hook() -> Diagnostic {
    let line = Shell::login().unwrap_or(Shell::Bash).load_line("claude-bedrock");
    Diagnostic::error("the hook is not loaded in this shell, and only it can change the shell's variables")
        .help(format!("load it now, and add the line to your rc file: {line}"))
        .help("or run one command under a profile: claude-bedrock exec -p NAME -- COMMAND")
}
