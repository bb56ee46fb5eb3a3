//! `export`: what to change in this shell, here and now; and the environment as a document.

use serde_json::{Map, Value};

use crate::command;
use crate::diagnostic::{Diagnostic, Result};
use crate::paths::{self, Verbosity};
use crate::session::state::Choice;
use crate::session::{Held, Session, Step};
use crate::shell::Shell;

/// The status where there is nobody to read the answer.
const UNREAD: u8 = 1;

/// The words after `export`, for a shell.
pub struct Arguments {
    caller: Caller,
    /// The shell is in a directory that has been deleted, where it cannot start a program.
    nowhere: bool,
    /// Everything is to be as it was without this program, because the hook goes.
    leave: bool,
}

/// The hook that asks, and what it knows of its shell.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The shell.
    pub shell: Shell,
    /// Only what is wrong is said.
    pub quiet: bool,
    /// It compares whole seconds.
    pub coarse: bool,
    /// What is to be said goes into the answer, into a variable that the hook prints when it is time to.
    pub hold: bool,
    /// What the shell will not let be changed.
    pub held: Held,
}

impl Caller {
    /// One that knows nothing.
    pub fn new(shell: Shell) -> Self {
        Self {
            shell,
            quiet: false,
            coarse: false,
            hold: false,
            held: Held::default(),
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
                "--fixed" => caller.held.fixed = names(words.next()?.to_str()?),
                "--said" => caller.held.said = true,
                "--given" => caller.held.given = names(words.next()?.to_str()?),
                "--errors" => speak_on(words.next()?.to_str()?.parse().ok()?),
                "--nowhere" => arguments.nowhere = true,
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
        }
    }
}

/// The names in a list with blanks between them.
pub fn names(words: &str) -> Vec<String> {
    words.split_whitespace().map(str::to_owned).collect()
}

/// Makes a descriptor that the hook has opened this process's stderr. What was stderr before is where the shell
/// would have said that it cannot start this program.
#[cfg(unix)]
fn speak_on(descriptor: i32) {
    // SAFETY: no memory is handed over, and a descriptor that is not open is an error without effect.
    unsafe {
        libc::dup2(descriptor, libc::STDERR_FILENO);
        libc::close(descriptor);
    }
}

/// Only hooks of Unix shells ask for it.
#[cfg(not(unix))]
fn speak_on(_: i32) {}

/// Prints the code that brings a shell up to date.
pub fn run(arguments: &Arguments) -> Result<u8> {
    // A zsh that has no descriptor left starts the program all the same, with nowhere to answer to.
    if crate::is_stdout_closed() {
        return Ok(UNREAD);
    }
    let choice = Choice::of(paths::chosen_profile().as_deref());
    let mut session = Session::inherited();
    if arguments.nowhere {
        session.directory = None;
    }
    session.shell_holds.clone_from(&arguments.caller.held);
    if arguments.caller.shell == Shell::Fish {
        session.take_blank_for_unset();
    }
    if arguments.leave {
        command::print(answer(arguments.caller.shell.changes(&session.leaving())))?;
        return Ok(0);
    }
    let step = step(&session, &choice, &arguments.caller)?;
    // The process ends, which takes them away at once.
    std::mem::forget((session, step));
    Ok(0)
}

/// Takes one step, prints its code and says what it has to say.
pub fn step(session: &Session, choice: &Choice, caller: &Caller) -> Result<Step> {
    let shell = caller.shell;
    let mut step = session.step(choice);
    if shell == Shell::Powershell
        && let Some(directory) = paths::logical_directory()
    {
        step.load.watch.links_of(&directory);
    }
    if paths::verbosity() == Verbosity::Debug {
        command::say(&format!("claude-bedrock: watching {:#?}", step.load.watch));
    }
    let mut code = shell.changes(&step.changes);
    code.extend(shell.watch(&step.load.watch, caller.coarse));
    if caller.hold {
        code.extend(shell.hold(&command::sayable(&step.notices, caller.quiet)));
    }
    command::print(answer(code))?;
    if !caller.hold {
        command::say_all(&step.notices, caller.quiet);
    }
    Ok(step)
}

/// Code as a hook takes it: one that does not end so is not whole, and a hook evaluates nothing of it.
fn answer(mut code: Vec<u8>) -> Vec<u8> {
    code.extend_from_slice(b"# claude-bedrock: end\n");
    code
}

/// Prints the environment in a format: the changes for a shell, else the whole as a document.
pub fn print(format: &str, quiet: bool) -> Result<u8> {
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
fn document(format: &str) -> Result<u8> {
    let choice = Choice::of(paths::chosen_profile().as_deref());
    let session = Session::inherited();
    let load = crate::session::load::load(session.directory.as_deref(), &choice);
    if let Some(finding) = load.findings.into_iter().next() {
        return Err(finding.into());
    }
    let active = load.active.ok_or_else(nothing_active)?;
    let values = session.values(&active.environment)?;
    if format == "github" {
        return super::github::print(&active.environment, &values, &session);
    }
    let text = if format == "json" {
        let object: Map<String, Value> = values.into_iter().map(|(name, value)| (name, value.into())).collect();
        format!("{:#}\n", Value::Object(object))
    } else {
        values
            .iter()
            .filter_map(|(name, value)| Some(dotenv(name, value.as_deref()?)))
            .collect()
    };
    command::print(text)?;
    Ok(0)
}

/// One line of a `.env` file. Single quotes are literal in every reader; only where the value has one
/// itself, or spans lines, are double quotes and escapes needed.
fn dotenv(name: &str, value: &str) -> String {
    if !value.contains(['\'', '\n', '\r']) {
        return format!("{name}='{value}'\n");
    }
    let mut quoted = String::new();
    for c in value.chars() {
        match c {
            '"' | '\\' | '$' | '`' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            c => quoted.push(c),
        }
    }
    format!("{name}=\"{quoted}\"\n")
}

/// That no profile is active, and what to do about it.
pub fn nothing_active() -> Diagnostic {
    Diagnostic::error("no profile is active here")
        .help("choose one for this directory: claude-bedrock init PROFILE")
        .help("or see what there is: claude-bedrock list")
}
