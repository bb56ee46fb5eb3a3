//! `export`: what to change in this shell, here and now; and the environment as a document.

use serde_json::{Map, Value};

use crate::command::env_lines;
use crate::diagnostic::Result;
use crate::exit::Exit;
use crate::profile::choice::Choice;
use crate::prompt::{self, Step};
use crate::session::{Look, Session, ShellHolds};
use crate::shell::Shell;
use crate::system::paths::{self, Verbosity};
use crate::{console, context};

/// Shown by `--help` after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock export json      a JSON object; null if a variable is unset
  claude-bedrock export dotenv    NAME=value lines for tools that read .env files, quoted where needed
  claude-bedrock export env-file  the same without quotes: docker and podman run --env-file, GitLab's dotenv reports
  claude-bedrock export github    in a GitHub Actions step: sets them for the steps after it, secrets masked

Values may be secret: this command exists to print them.";

#[derive(clap::Args, Debug)]
pub struct Args {
    /// What to print
    #[arg(value_parser = ["json", "dotenv", "env-file", "github", "bash", "zsh", "fish", "powershell"])]
    pub format: String,
}

/// The last line of every answer to a hook.
pub const END: &[u8] = b"# claude-bedrock: end\n";

/// A line of an answer that says that the profile which was asked for cannot be loaded: a wrapped command is not
/// started then.
const REFUSED: &[u8] = b"# claude-bedrock: refused\n";

/// The words after `export`, for a shell.
pub struct Arguments {
    caller: Caller,
    /// The shell is in a directory that has been deleted, where it cannot start a program.
    nowhere: bool,
    /// Everything is to be restored as it was without this program, because the hook is being removed.
    leave: bool,
    look: Look,
}

/// The hook that asks, and what it knows of its shell.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The shell.
    pub shell: Shell,
    /// Only problems are reported.
    pub quiet: bool,
    /// It compares whole seconds.
    pub coarse: bool,
    /// Messages go into the answer, and the hook shows them when it is time to.
    pub hold: bool,
    /// What the shell does not allow to change.
    pub holds: ShellHolds,
}

impl Caller {
    /// A caller that knows nothing.
    pub fn new(shell: Shell) -> Self {
        Self {
            shell,
            quiet: false,
            coarse: false,
            hold: false,
            holds: ShellHolds::default(),
        }
    }
}

impl Arguments {
    /// The arguments of this process, if they are exactly a hook's call.
    pub fn from_process() -> Option<Self> {
        let mut words = std::env::args_os().skip(1);
        if words.next()? != "export" {
            return None;
        }
        let mut arguments = Self::of(Shell::from_name(words.next()?.to_str()?)?);
        let caller = &mut arguments.caller;
        while let Some(word) = words.next() {
            match word.to_str()? {
                "--quiet" => caller.quiet = true,
                "--coarse" => caller.coarse = true,
                "--hold" => caller.hold = true,
                "--fixed" => caller.holds.fixed = names(words.next()?.to_str()?),
                "--said" => caller.holds.said = true,
                "--given" => caller.holds.given = names(words.next()?.to_str()?),
                "--errors" => console::speak_on(words.next()?.to_str()?.parse().ok()?),
                "--nowhere" => arguments.nowhere = true,
                "--late" => arguments.look = Look::Late,
                "--first-late" => arguments.look = Look::FirstLate,
                "--by-cd" => arguments.look = Look::ByCd,
                "--leave" => arguments.leave = true,
                _ => return None,
            }
        }
        Some(arguments)
    }

    fn of(shell: Shell) -> Self {
        Self {
            caller: Caller::new(shell),
            nowhere: false,
            leave: false,
            look: Look::First,
        }
    }
}

/// The names in a list with blanks between them.
pub fn names(words: &str) -> Vec<String> {
    words.split_whitespace().map(str::to_owned).collect()
}

/// Prints the code that brings a shell up to date.
pub fn run(arguments: &Arguments) -> Result<Exit> {
    // A zsh that has no descriptor left starts the program all the same, with nowhere to answer to.
    if console::had_no_stdout() {
        return Ok(Exit::Found);
    }
    let choice = Choice::of(paths::chosen_profile().as_deref());
    let mut session = Session::inherited();
    if arguments.nowhere {
        session.directory = None;
    }
    let caller = &arguments.caller;
    session.look = arguments.look;
    session.shell_holds.clone_from(&caller.holds);
    if caller.shell.quirks().blank_counts_as_unset {
        session.take_blank_for_unset();
    }
    if arguments.leave {
        console::print_values(answer(caller.shell.changes(&session.leaving())))?;
        return Ok(Exit::Done);
    }
    let step = step(&session, &choice, caller)?;
    // The process ends, which takes them away at once.
    std::mem::forget((session, step));
    Ok(Exit::Done)
}

/// Takes one step, prints its code and says what it has to say.
pub fn step(session: &Session, choice: &Choice, caller: &Caller) -> Result<Step> {
    let shell = caller.shell;
    let mut step = prompt::step(session, choice);
    if shell.quirks().names_its_directory
        && let Some(directory) = paths::logical_directory()
    {
        step.load.watch.links_of(&directory);
    }
    if paths::verbosity() == Verbosity::Debug {
        console::say(&format!("claude-bedrock: watching {:#?}", step.load.watch));
    }
    let mut code = if step.leaves {
        shell.remember().into()
    } else {
        Vec::new()
    };
    code.extend(shell.changes(&step.changes));
    if step.load.failed {
        code.extend(REFUSED);
    }
    code.extend(shell.watched(&step.load.watch, caller.coarse));
    code.extend(shell.same(&step.compared));
    if caller.hold {
        let text = console::notable(&step.notices, caller.quiet);
        if !text.is_empty() {
            code.extend(shell.hold(&shell.quote(text.trim_end().as_ref())));
        }
    }
    console::print_values(answer(code))?;
    if !caller.hold {
        console::notify(&step.notices, caller.quiet);
    }
    Ok(step)
}

/// Code with the end mark: a hook evaluates nothing of an answer without it, because the answer is incomplete.
fn answer(mut code: Vec<u8>) -> Vec<u8> {
    code.extend_from_slice(END);
    code
}

/// Prints the environment in a format: the changes for a shell, else the whole as a document.
pub fn print(format: &str, quiet: bool) -> Result<Exit> {
    match Shell::from_name(format) {
        Some(shell) => {
            let mut arguments = Arguments::of(shell);
            arguments.caller.quiet = quiet;
            run(&arguments)
        }
        None => document(format),
    }
}

/// Prints the whole environment of this directory's profile. Unlike a shell, whoever reads it starts from
/// nothing, so it does not depend on what this shell holds already.
fn document(format: &str) -> Result<Exit> {
    let choice = Choice::of(paths::chosen_profile().as_deref());
    let session = Session::inherited();
    let load = crate::load::load_in(&session, &choice);
    if let Some(finding) = load.findings.into_iter().next() {
        return Err(finding.into());
    }
    let active = load.active.ok_or_else(context::nothing_active)?;
    let values = context::values(&session, &active.environment)?;
    if format == "github" {
        return super::github::print(&active.environment, &values, &session);
    }
    let set = || {
        values
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.as_deref()?)))
    };
    let text = match format {
        "dotenv" => set().map(|(name, value)| env_lines::dotenv(name, value)).collect(),
        "env-file" => set()
            .map(|(name, value)| env_lines::env_file(name, value))
            .collect::<Result<String>>()?,
        _ => {
            let object: Map<String, Value> = values.into_iter().map(|(name, value)| (name, value.into())).collect();
            console::json(&Value::Object(object)) + "\n"
        }
    };
    console::print_values(text)?;
    Ok(Exit::Done)
}
