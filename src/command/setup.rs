//! `setup`: the first run. All is found and shown first; nothing is changed before the answer.

mod first;
mod hook;

use std::io::Write as _;

use crate::console::layout::Screen;
use crate::diagnostic::{Diagnostic, Result};
use crate::edit::Draft;
use crate::exit::Exit;
use crate::setup::{files, outside};
use crate::shell::{self, Shell};
use crate::system::{paths, programs};
use crate::{command, console, doctor, load};

/// What `--help` shows after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock setup                       shows what it would do, and asks
  claude-bedrock setup --yes --shell zsh
  claude-bedrock setup --print               only shows
  claude-bedrock setup --undo                takes the hook out again, each file as it was, to the byte
  claude-bedrock setup --undo --all          takes out everything: profiles, records, settings (asks first)
  claude-bedrock setup --launcher            a link named claude, for the PATH of editors, cron, make and the Agent SDK
  claude-bedrock setup --editor              the process wrapper of VS Code, VSCodium, Cursor and their remote servers
  claude-bedrock setup --editor --undo       takes it out again

The hook stands at the end of the file, or before a line such as `exec fish`, between two lines of comment; a second run changes nothing.
Without a terminal nothing is asked: --yes or --print is needed. Exit status 1 where a file could not be written.";

#[derive(clap::Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Args {
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// This shell instead of those that are in use (repeatable)
    #[arg(long, value_name = "SHELL")]
    pub shell: Vec<Shell>,
    /// Change nothing, only show what would be written
    #[arg(long, conflicts_with = "yes")]
    pub print: bool,
    /// Do not run `doctor` afterwards, which asks AWS
    #[arg(long)]
    pub no_doctor: bool,
    /// Take the hook out of the rc files again; profiles stay
    #[arg(long, conflicts_with = "print")]
    pub undo: bool,
    /// With --undo: everything, profiles and records, too
    #[arg(long, requires = "undo", conflicts_with = "shell")]
    pub all: bool,
    /// Make a link named `claude` that starts Claude Code with the profile of its directory
    #[arg(long, conflicts_with_all = ["shell", "print"])]
    pub launcher: bool,
    /// Have VS Code and its relatives start Claude Code with the profile of the workspace
    #[arg(long, conflicts_with_all = ["shell", "print"])]
    pub editor: bool,
}

/// The exit status of a program that Ctrl-C has ended.
const INTERRUPTED: u8 = 130;

/// What has been given up by Ctrl-C, Escape or an answer.
struct Cancelled;

/// Finds, shows, asks, does.
pub fn run(arguments: &Args) -> Result<Exit> {
    if arguments.launcher || arguments.editor {
        return set_up_outside(arguments);
    }
    let shells = shells(arguments)?;
    if arguments.undo && arguments.all {
        return command::undo::all(arguments.yes, || hook::undo(&shells));
    }
    if arguments.undo {
        let exit = hook::undo(&shells)?;
        command::undo::say_what_is_left();
        return Ok(exit);
    }
    // A file that is broken is said before anything is changed.
    let profiles = load::summaries()?;
    let asks = !arguments.yes && !arguments.print;
    if asks && !console::can_ask() {
        return Err(
            Diagnostic::error("there is no terminal to ask at, so nothing was changed")
                .help("see what would be done: claude-bedrock setup --print")
                .help("do it without asking: claude-bedrock setup --yes")
                .into(),
        );
    }
    let steps = hook::steps(&shells)?;
    let first::First {
        drafts,
        is_told,
        is_unseen,
    } = if profiles.is_empty() {
        match first::first_profiles(asks)? {
            Ok(first) => first,
            Err(Cancelled) => return Ok(cancelled()),
        }
    } else {
        first::First::default()
    };
    let first = drafts.first();
    if arguments.print {
        console::print(plan(&steps, &drafts, first.is_some()))?;
        return Ok(Exit::Done);
    }
    let everywhere = match first {
        Some(_) if asks => match first::everywhere()? {
            Ok(everywhere) => everywhere,
            Err(Cancelled) => return Ok(cancelled()),
        },
        first => first.is_some(),
    };
    let changes = steps.iter().any(|step| matches!(step, hook::Step::Write(_))) || first.is_some();
    if asks && changes {
        let _ = std::io::stderr()
            .lock()
            .write_all(plan(&steps, &drafts, everywhere).as_bytes());
        let answer = inquire::Confirm::new("Write this?").with_default(true).prompt();
        if !matches!(answer, Ok(true)) {
            return Ok(cancelled());
        }
    }
    let exit = hook::make(&steps);
    for (index, draft) in drafts.iter().enumerate() {
        command::add::write(draft, everywhere && index == 0, false)?;
    }
    let name = first
        .map(|first| first.name.clone())
        .or_else(|| profiles.into_keys().next());
    let Some(name) = name else {
        if !is_told {
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
    let lacks_login = changes && !arguments.no_doctor && first::log_in(&name, asks)?;
    if exit == Exit::Done && !paths::hook_has_run() {
        say_how_to_load(&shells);
    }
    if is_unseen {
        console::say(&format!("claude-bedrock: {}", command::add::unseen(&name)));
    }
    console::say(&format!(
        "claude-bedrock: in a repository, type: claude-bedrock init {name}"
    ));
    say_what_is_missing(&name, lacks_login, everywhere);
    Ok(exit)
}

/// The last line: the one thing that is missing, else what to type.
fn say_what_is_missing(name: &str, lacks_login: bool, everywhere: bool) {
    let missing = if lacks_login {
        Some(format!("log in: claude-bedrock login {name}"))
    } else if programs::on_path("claude").is_none() {
        Some("install Claude Code: npm install -g @anthropic-ai/claude-code".to_owned())
    } else {
        None
    };
    match missing {
        Some(missing) => console::say(&format!("claude-bedrock: one thing is missing: {missing}")),
        None if everywhere => console::say("claude-bedrock: then type, in a new shell: claude"),
        None => {}
    }
}

/// Tells a shell that is running already how it gets the hook.
fn say_how_to_load(shells: &[Shell]) {
    let line = running(shells)
        .map(|shell| format!("; for this one, type: {}", shell.load_line(&hook::program(shell))))
        .unwrap_or_default();
    console::say(&format!("claude-bedrock: new shells have the hook{line}"));
}

/// The launcher for what has no shell's hook. Exit status 1 where no editor is found.
fn set_up_outside(arguments: &Args) -> Result<Exit> {
    if arguments.launcher {
        if arguments.undo {
            console::say(&match outside::remove_link()? {
                Some(link) => format!("claude-bedrock: took out {}", paths::display(&link)),
                None => "claude-bedrock: there is no link of ours".to_owned(),
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
            Diagnostic::error("no editor is found: VS Code, VSCodium, Cursor, Windsurf")
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
            true if outside::unwrap(editor)? => "took the process wrapper out of",
            true => "nothing of ours is in",
            false if outside::wrap(editor)? => "named the process wrapper in",
            false => "the process wrapper is named already in",
        };
        console::say(&format!("claude-bedrock: {said} {settings} ({})", editor.name));
        for profile in &editor.apart {
            console::say(&format!(
                "claude-bedrock: a profile of the editor does not inherit it: {}",
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

/// What `doctor` finds of the profile. It decides nothing here: the hook and the profile are in their places,
/// and a login may be all that is missing.
fn check(name: &str) -> Result<()> {
    console::say(&format!(
        "claude-bedrock: checking the profile `{name}` (again at any time: claude-bedrock doctor {name})"
    ));
    let options = doctor::Options {
        profile: Some(name.to_owned()),
        ..doctor::Options::default()
    };
    let (_, mut lines) = command::doctor::checked(&options)?;
    // This shell cannot have the hook yet, which is said in the end.
    lines.retain(|line| line.code != "CD03");
    let screen = Screen::of_errors();
    console::say(command::doctor::shown(Some(name), &lines, false, screen).trim_end());
    Ok(())
}

fn cancelled() -> Exit {
    console::say("claude-bedrock: cancelled; nothing was changed");
    Exit::Child(INTERRUPTED)
}

/// The shell that `setup` was called from, as far as it can be known.
fn running(shells: &[Shell]) -> Option<Shell> {
    match shells {
        [only] => Some(*only),
        _ => Shell::login().filter(|shell| shells.contains(shell)),
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
            Diagnostic::error("no shell is found that has a hook: bash, zsh, fish, PowerShell")
                .help("name one: claude-bedrock setup --shell zsh")
                .into(),
        );
    }
    Ok(shells)
}

/// What would be written, file by file.
fn plan(steps: &[hook::Step], drafts: &[Draft], everywhere: bool) -> String {
    let mut text = hook::plan(steps);
    if let Some((first, path)) = drafts.first().zip(paths::user_config()) {
        let default = if everywhere {
            format!("default_profile = \"{}\"\n\n", first.name)
        } else {
            String::new()
        };
        let shown: String = drafts.iter().map(|draft| draft.shown() + "\n").collect();
        text.push_str(&format!("# in {}\n{default}{shown}", paths::display(&path)));
    }
    text
}
