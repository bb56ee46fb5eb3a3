//! `setup`: the first run. It finds and shows everything first, and changes nothing before the answer.

mod first;
mod hook;

use std::io::Write as _;

use crate::command::offers::{Offer, Offers};
use crate::console::layout::Screen;
use crate::diagnostic::{Diagnostic, Result};
use crate::exit::Exit;
use crate::setup::{files, outside};
use crate::shell::{self, Shell};
use crate::system::{paths, programs};
use crate::{command, console, doctor, load};

/// Shown by `--help` after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock setup                       shows what it would do, and asks
  claude-bedrock setup --yes --shell zsh
  claude-bedrock setup --print               only shows it
  claude-bedrock setup --undo                removes the hook and restores each file, to the byte
  claude-bedrock setup --undo --all          removes everything: profiles, records, settings (asks first)
  claude-bedrock setup --launcher            a link named claude, for the PATH of editors, cron, make and the Agent SDK
  claude-bedrock setup --editor              the process wrapper of VS Code, VSCodium, Cursor and their remote servers
  claude-bedrock setup --editor --undo       removes it again

The hook goes at the end of the file, or before a line such as `exec fish`, between two comment lines; a second run changes nothing.
Offers, each optional (answer c): the launcher for terminals and editors, moving a set-up out of Claude Code's
settings, renewing logins, keeping credentials from a session's tools. --yes takes what is preselected.
Without a terminal, pass --yes or --print. Exit status 1 if a file could not be written.";

#[derive(clap::Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Args {
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// This shell instead of those in use (repeatable)
    #[arg(long, value_name = "SHELL")]
    pub shell: Vec<Shell>,
    /// Change nothing, only show what would be written
    #[arg(long, conflicts_with = "yes")]
    pub print: bool,
    /// Do not run `doctor` afterwards, which asks AWS
    #[arg(long)]
    pub no_doctor: bool,
    /// Remove the hook from the rc files again, and our lines from your settings; profiles stay
    #[arg(long, conflicts_with = "print")]
    pub undo: bool,
    /// With --undo: remove everything, including profiles and records
    #[arg(long, requires = "undo", conflicts_with = "shell")]
    pub all: bool,
    /// Make a link named `claude` that starts Claude Code with the profile of its directory
    #[arg(long, conflicts_with_all = ["shell", "print"])]
    pub launcher: bool,
    /// Make VS Code and editors built on it start Claude Code with the profile of the workspace
    #[arg(long, conflicts_with_all = ["shell", "print"])]
    pub editor: bool,
}

/// The exit status of a program that Ctrl-C has ended.
const INTERRUPTED: u8 = 130;

/// The user cancelled, with Ctrl-C, Escape or an answer.
struct Cancelled;

/// Finds what to do, shows it, asks, and does it.
pub fn run(arguments: &Args) -> Result<Exit> {
    if arguments.launcher || arguments.editor {
        return set_up_outside(arguments);
    }
    let shells = shells(arguments)?;
    if arguments.undo {
        return if arguments.all {
            command::undo::all(arguments.yes, || hook::undo(&shells))
        } else {
            undo_hook(&shells)
        };
    }
    // A broken file is reported before anything is changed.
    let profiles = load::summaries()?;
    let asks = !arguments.yes && !arguments.print;
    if asks && !console::can_ask() {
        return Err(
            Diagnostic::error("there is no terminal to ask on, so nothing was changed")
                .help("see what would be done: claude-bedrock setup --print")
                .help("do it without asking: claude-bedrock setup --yes")
                .into(),
        );
    }
    let mut steps = hook::steps(&shells, true)?;
    let first = if profiles.is_empty() {
        match first::first_profiles(asks)? {
            Ok(first) => first,
            Err(Cancelled) => return Ok(cancelled()),
        }
    } else {
        first::First::default()
    };
    let has_profile = first.name().is_some();
    let mut offers = Offers::of(
        first.source.as_deref().filter(|_| !first.is_by_import),
        has_profile,
        first.has_login,
    );
    if arguments.print {
        console::print(plan(&steps, &first, has_profile, &offers, Screen::of_output()))?;
        return Ok(Exit::Done);
    }
    let everywhere = match first.name() {
        Some(_) if asks => match first::everywhere()? {
            Ok(everywhere) => everywhere,
            Err(Cancelled) => return Ok(cancelled()),
        },
        name => name.is_some(),
    };
    let changes = steps.iter().any(|step| matches!(step, hook::Step::Write(_))) || has_profile;
    if asks && changes && agree(&shells, &mut steps, &first, everywhere, &mut offers)?.is_err() {
        return Ok(cancelled());
    }
    let mut exit = hook::make(&steps);
    for (index, draft) in first.drafts.iter().enumerate() {
        command::add::write(draft, everywhere && index == 0, false)?;
    }
    let mut name = first.name().map(str::to_owned);
    if first.is_by_import && !first::import_settings(&first, everywhere, asks) {
        name = None;
    }
    if changes && !offers.make(name.as_deref()) {
        exit = Exit::Found;
    }
    let made = name.is_some();
    let Some(name) = name.or_else(|| profiles.into_keys().next()) else {
        if !first.is_told && !first.is_by_import {
            console::say(
                "claude-bedrock: no profile was written, because neither ~/.aws/config nor the environment has credentials; \
                 when one does, try again, or see: claude-bedrock add --help",
            );
        }
        return Ok(exit);
    };
    if changes && !arguments.no_doctor {
        check(&name)?;
    }
    let lacks_login = changes && !arguments.no_doctor && first::log_in(&name, asks, arguments.yes)?;
    for draft in &first.unseen {
        if arguments.no_doctor {
            console::say(&format!("claude-bedrock: {}", command::add::unseen(&draft.name)));
        } else {
            first::pin_what_is_seen(draft)?;
        }
    }
    if exit == Exit::Done && !paths::hook_has_run() {
        say_how_to_load(&shells, offers.has(Offer::Launcher));
    }
    for line in &first.also {
        console::say(&format!("claude-bedrock: {line}"));
    }
    console::say(&format!(
        "claude-bedrock: in a repository, type: claude-bedrock init {name}"
    ));
    say_what_is_missing(&name, lacks_login, everywhere && made);
    Ok(exit)
}

/// What is answered to the plan.
enum Answer {
    All,
    Choose,
}

/// Shows the plan, and asks, until it is agreed to as it is.
fn agree(
    shells: &[Shell],
    steps: &mut Vec<hook::Step>,
    first: &first::First,
    everywhere: bool,
    offers: &mut Offers,
) -> Result<std::result::Result<(), Cancelled>> {
    loop {
        let text = plan(steps, first, everywhere, offers, Screen::of_errors());
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
        match agreed()? {
            Ok(Answer::All) => return Ok(Ok(())),
            Ok(Answer::Choose) if first::picked(offers.choose())?.is_ok() => {
                *steps = hook::steps(shells, offers.has(Offer::Launcher))?;
            }
            _ => return Ok(Err(Cancelled)),
        }
    }
}

/// Asks whether the plan is to be carried out.
fn agreed() -> Result<std::result::Result<Answer, Cancelled>> {
    let answer = inquire::Text::new("Write this?")
        .with_default("y")
        .with_help_message("y: all of it; c: choose what; n: nothing")
        .prompt();
    Ok(match first::picked(answer)? {
        Ok(answer) => match answer.trim().to_lowercase().as_str() {
            "y" | "yes" => Ok(Answer::All),
            "c" | "choose" => Ok(Answer::Choose),
            _ => Err(Cancelled),
        },
        Err(cancelled) => Err(cancelled),
    })
}

/// Takes out again what stands in rc files and settings, and says what is left.
fn undo_hook(shells: &[Shell]) -> Result<Exit> {
    let exit = hook::undo(shells)?;
    let is_whole = command::undo::settings_of_the_user();
    command::undo::say_what_is_left();
    Ok(if is_whole { exit } else { Exit::Found })
}

/// The last line: the step that is left, else what to type.
fn say_what_is_missing(name: &str, lacks_login: bool, everywhere: bool) {
    let missing = if lacks_login {
        Some(format!("log in: claude-bedrock login {name}"))
    } else if programs::on_path("claude").is_none() {
        Some("install Claude Code: npm install -g @anthropic-ai/claude-code".to_owned())
    } else {
        None
    };
    match missing {
        Some(missing) => console::say(&format!("claude-bedrock: one step is left: {missing}")),
        None if everywhere => console::say("claude-bedrock: then type, in a new shell: claude"),
        None => {}
    }
}

/// Tells a running shell how to load the hook.
fn say_how_to_load(shells: &[Shell], launches: bool) {
    let line = running(shells)
        .map(|shell| {
            format!(
                "; for this one, type: {}",
                shell.load_line(&hook::program(shell), launches)
            )
        })
        .unwrap_or_default();
    console::say(&format!("claude-bedrock: new shells have the hook{line}"));
}

/// The launcher for programs without a shell hook. Exit status 1 if no editor is found.
fn set_up_outside(arguments: &Args) -> Result<Exit> {
    if arguments.launcher {
        if arguments.undo {
            console::say(&match outside::remove_link()? {
                Some(link) => format!("claude-bedrock: took out {}", paths::display(&link)),
                None => "claude-bedrock: claude-bedrock has made no link".to_owned(),
            });
        } else {
            let link = outside::make_link()?;
            let directory = link.parent().map(paths::display).unwrap_or_default();
            console::say(&format!(
                "claude-bedrock: {} starts Claude Code with the profile of its directory; put {directory} first into the PATH of editors, cron and make",
                paths::display(&link)
            ));
        }
    }
    if !arguments.editor {
        return Ok(Exit::Done);
    }
    let editors = outside::editors();
    if editors.is_empty() {
        return Err(
            Diagnostic::error("no editor was found: VS Code, VSCodium, Cursor, Windsurf")
                .help(format!(
                    "in an editor's settings: \"{}\": \"{}\"",
                    outside::WRAPPER,
                    programs::own().display()
                ))
                .into(),
        );
    }
    for editor in &editors {
        let settings = paths::display(&editor.settings);
        let said = match arguments.undo {
            true if outside::unwrap(editor)? => "removed the process wrapper from",
            true => "nothing from claude-bedrock is in",
            false if outside::wrap(editor)? => "set the process wrapper in",
            false => "the process wrapper is already set in",
        };
        console::say(&format!("claude-bedrock: {said} {settings} ({})", editor.name));
        for profile in &editor.apart {
            console::say(&format!(
                "claude-bedrock: one of the editor's profiles does not inherit it: {}",
                paths::display(profile)
            ));
        }
    }
    if !arguments.undo {
        console::say(
            "claude-bedrock: with a process wrapper the extension decides the permission mode itself, and no longer looks for its own updates; reload the editor's windows",
        );
    }
    Ok(Exit::Done)
}

/// What `doctor` finds about the profile. It does not decide the exit status here: the hook and the profile are in
/// place, and only a login may be missing.
fn check(name: &str) -> Result<()> {
    console::say(&format!(
        "claude-bedrock: checking the profile `{name}` (again at any time: claude-bedrock doctor {name})"
    ));
    let options = doctor::Options {
        profile: Some(name.to_owned()),
        ..doctor::Options::default()
    };
    let (_, mut lines) = command::doctor::checked(&options)?;
    // This shell cannot have the hook yet; the last lines say so.
    lines.retain(|line| line.code != "CD03");
    let screen = Screen::of_errors();
    console::say(command::doctor::shown(Some(name), &lines, false, screen).trim_end());
    Ok(())
}

fn cancelled() -> Exit {
    console::say("claude-bedrock: cancelled; nothing was changed");
    Exit::Child(INTERRUPTED)
}

/// The shell that `setup` was called from, if known.
fn running(shells: &[Shell]) -> Option<Shell> {
    match shells {
        [only] => Some(*only),
        _ => Shell::running().filter(|shell| shells.contains(shell)),
    }
}

fn shells(arguments: &Args) -> Result<Vec<Shell>> {
    let shells = if arguments.shell.is_empty() && arguments.undo {
        shell::ALL.to_vec()
    } else if arguments.shell.is_empty() {
        files::shells_in_use()
    } else {
        let mut shells = arguments.shell.clone();
        shells.dedup();
        shells
    };
    if shells.is_empty() {
        return Err(
            Diagnostic::error("found no shell with a hook: bash, zsh, fish, PowerShell")
                .help("name one: claude-bedrock setup --shell zsh")
                .into(),
        );
    }
    Ok(shells)
}

/// What would be written, file by file.
fn plan(steps: &[hook::Step], first: &first::First, everywhere: bool, offers: &Offers, screen: Screen) -> String {
    let mut text = hook::plan(steps);
    if let Some((name, path)) = first.name().zip(paths::user_config()) {
        let default = if everywhere {
            format!("default_profile = \"{name}\"\n\n")
        } else {
            String::new()
        };
        let imported = first.source.as_ref().filter(|_| first.is_by_import);
        let drafts = first.drafts.iter().chain(imported.map(|found| &found.draft));
        let shown: String = drafts.map(|draft| draft.shown() + "\n").collect();
        text.push_str(&format!("# in {}\n{default}{shown}", paths::display(&path)));
        if first.is_by_import {
            text.push_str("# by: claude-bedrock import settings --move, its secrets into the keyring\n");
        }
    }
    text + &offers.plan(screen)
}
