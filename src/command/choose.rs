//! `use` and `off`: this shell's own choice of a profile.

use clap_complete::engine::ArgValueCompleter;

use crate::command::export::{self, Caller};
use crate::command::{self, names, overview};
use crate::console;
use crate::console::layout::Screen;
use crate::diagnostic::{Diagnostic, Result};
use crate::exit::Exit;
use crate::profile::choice::Choice;
use crate::profile::layers;
use crate::session::{Look, Session, ShellHolds};
use crate::shell::{self, Shell};

/// Shown by `--help` after the options.
pub const USE_EXAMPLES: &str = "\
Examples:
  claude-bedrock use work      this profile, until you say otherwise
  claude-bedrock use           choose one from the list
  claude-bedrock use 07        the only profile whose name contains 07
  claude-bedrock use work --region eu-west-1 --model haiku    with these values, in this shell only
  claude-bedrock use -         the previous choice
  claude-bedrock use --clear   whatever the directory says

Needs the hook in this shell. Other shells are not touched.";

/// Shown by `--help` after the options.
pub const OFF_EXAMPLES: &str = "\
Examples:
  claude-bedrock off
  claude-bedrock use --clear   back again: whatever the directory says";

#[derive(clap::Args, Debug, Default)]
pub struct Hooked {
    /// The shell that evaluates the output
    #[arg(long = "hook", hide = true)]
    pub shell: Option<Shell>,
    /// The shell compares whole seconds
    #[arg(long, hide = true)]
    pub coarse: bool,
    /// Variables that are read-only in the shell
    #[arg(long, hide = true)]
    pub fixed: Option<String>,
    /// The user has been told of them
    #[arg(long, hide = true)]
    pub said: bool,
    /// Variables of a function or of one command, which hide the shell's own
    #[arg(long, hide = true)]
    pub given: Option<String>,
}

#[derive(clap::Args, Debug)]
#[command(disable_help_flag = false)]
pub struct Use {
    /// The profile, a part of its name, or `-` for the previous choice [default: choose from a list]
    #[arg(add = ArgValueCompleter::new(command::complete::profiles))]
    pub profile: Option<String>,
    /// A different region from the profile's, in this shell only
    #[arg(long, value_name = "REGION", conflicts_with = "clear", add = ArgValueCompleter::new(command::complete::regions))]
    pub region: Option<String>,
    /// A different main model from the profile's, in this shell only
    #[arg(long, value_name = "MODEL", conflicts_with = "clear", add = ArgValueCompleter::new(command::complete::models))]
    pub model: Option<String>,
    /// Back to whatever the directory says
    #[arg(long, conflicts_with = "profile")]
    pub clear: bool,
    #[command(flatten)]
    pub hooked: Hooked,
}

/// `use NAME`, `use -` and `use --clear`.
pub fn use_profile(arguments: &Use, quiet: bool) -> Result<Exit> {
    let session = Session::inherited();
    let region = arguments.region.as_deref();
    let active = session.state.profile.as_deref();
    let of_profile = arguments.profile.as_deref().filter(|name| *name != "-").or(active);
    let given = arguments.model.as_deref();
    let own = given.and_then(|given| command::plausible::of_own_profile(of_profile, "models.main", given));
    let model = own.as_deref().or(given);
    let refines = region.is_some() || model.is_some();
    for (key, value) in [("region", region), ("models.main", model)] {
        if let Some(value) = value {
            command::plausible::check(key, value)?;
            if value.trim().is_empty() || value.contains(',') {
                return Err(Diagnostic::error(format!("`{value}` is no {}", key.trim_start_matches("models."))).into());
            }
        }
    }
    let region = region.map(str::to_ascii_lowercase);
    let chosen = |name: &str| Choice::refined(name, region.as_deref(), model);
    let choice = match arguments.profile.as_deref() {
        None if arguments.clear => Choice::Directory,
        None if refines => chosen(session.state.profile.as_deref().ok_or_else(|| {
            Diagnostic::error("no profile is active, so there is nothing to refine")
                .help("name one: claude-bedrock use NAME --region REGION")
        })?),
        None => match picked(&session, &arguments.hooked)? {
            Some(name) => chosen(&name),
            None => return Ok(Exit::Child(INTERRUPTED)),
        },
        Some("-") => session.state.choice_before.clone().ok_or_else(|| {
            Diagnostic::error("there is no previous choice").help("choose a profile: claude-bedrock use NAME")
        })?,
        Some(name) => {
            layers::check_name(name)?;
            chosen(&names::meant(name)?)
        }
    };
    choose(session, &choice, &arguments.hooked, quiet)
}

/// The exit status of a program that Ctrl-C has ended.
const INTERRUPTED: u8 = 130;

/// The profile that the user picks. Without a terminal the profiles are listed, and the command line is wrong.
fn picked(session: &Session, hooked: &Hooked) -> Result<Option<String>> {
    if console::can_ask() {
        hooked.shell.ok_or_else(without_hook)?;
        return names::pick("Use which profile in this shell?", |_| true);
    }
    let rows = names::rows(session, |_| true)?;
    console::say(overview::table(&rows, Screen::of_errors()).trim_end());
    Err(Diagnostic::error("which profile?")
        .help("claude-bedrock use NAME")
        .into())
}

/// `off`.
pub fn off(hooked: &Hooked, quiet: bool) -> Result<Exit> {
    choose(Session::inherited(), &Choice::Off, hooked, quiet)
}

fn choose(mut session: Session, choice: &Choice, hooked: &Hooked, quiet: bool) -> Result<Exit> {
    let shell = hooked.shell.ok_or_else(without_hook)?;
    session.look = Look::Asked;
    let caller = Caller {
        quiet,
        coarse: hooked.coarse,
        holds: ShellHolds {
            fixed: export::names(hooked.fixed.as_deref().unwrap_or_default()),
            said: hooked.said,
            given: export::names(hooked.given.as_deref().unwrap_or_default()),
        },
        ..Caller::new(shell)
    };
    session.shell_holds.clone_from(&caller.holds);
    if shell.quirks().blank_counts_as_unset {
        session.take_blank_for_unset();
    }
    if let Choice::Profile(_) = choice {
        let load = crate::load::load_in(&session, choice);
        if load.active.is_none()
            && let Some(finding) = load.findings.into_iter().next_back()
        {
            return Err(finding.into());
        }
    }
    let step = export::step(&session, choice, &caller)?;
    if let Some(names) = step.postponed {
        let are = if names.len() == 1 { "is" } else { "are" };
        let names = names.join(", ");
        let finding = Diagnostic::error(format!(
            "{names} {are} set here by a function or for one command, not by the shell itself"
        ));
        return Err(finding
            .help("choose the profile at the prompt, on a line of its own")
            .into());
    }
    if step.refused {
        return Ok(Exit::Found);
    }
    // A line if the step itself had nothing to say, because nothing changed.
    if !quiet && step.notices.is_empty() {
        let text = match &step.load.active {
            Some(active) => format!("claude-bedrock: {}", crate::load::summary(active)),
            None => "claude-bedrock: no profile is active".to_owned(),
        };
        console::say(&text);
    }
    Ok(Exit::Done)
}

fn without_hook() -> Diagnostic {
    let line = Shell::login()
        .unwrap_or(shell::POSIX)
        .load_line("claude-bedrock", false);
    Diagnostic::error("the hook is not loaded in this shell, and only it can change the shell's variables")
        .help(format!("load it now, and add the line to your rc file: {line}"))
        .help("or run one command under a profile: claude-bedrock exec -p NAME -- COMMAND")
}
