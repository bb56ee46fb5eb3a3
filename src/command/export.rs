//! `export`: what to change in this shell, here and now; and the environment as a document.

use serde_json::{Map, Value};

use crate::diagnostic::Result;
use crate::exit::Exit;
use crate::profile::choice::Choice;
use crate::prompt::{self, Step};
use crate::session::Session;
use crate::shell::Shell;
use crate::system::paths::{self, Verbosity};
use crate::{console, context};

/// What `--help` shows after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock export json      a JSON object; null where a variable is unset
  claude-bedrock export dotenv    NAME='value' lines for tools that read .env files
  claude-bedrock export github    in a GitHub Actions step: sets them for the steps after it, secrets masked

Values may be secret: this is the command whose job is to print them.";

#[derive(clap::Args, Debug)]
pub struct Args {
    /// What to print
    #[arg(value_parser = ["json", "dotenv", "github", "bash", "zsh", "fish", "powershell"])]
    pub format: String,
}

/// The words after `export`, for a shell.
pub struct Arguments {
    shell: Shell,
    quiet: bool,
    coarse: bool,
    /// The shell is in a directory that has been deleted, where it cannot start a program.
    nowhere: bool,
    /// The variables that the shell could not change just now, because they are read-only there.
    fixed: Vec<String>,
}

impl Arguments {
    /// The arguments of this process, if they are exactly a hook's call.
    pub fn from_process() -> Option<Self> {
        let mut words = std::env::args_os().skip(1);
        if words.next()? != "export" {
            return None;
        }
        let mut arguments = Self {
            shell: Shell::from_name(words.next()?.to_str()?)?,
            quiet: false,
            coarse: false,
            nowhere: false,
            fixed: Vec::new(),
        };
        while let Some(word) = words.next() {
            match word.to_str()? {
                "--quiet" => arguments.quiet = true,
                "--coarse" => arguments.coarse = true,
                "--fixed" => arguments.fixed = names(words.next()?.to_str()?),
                "--nowhere" => arguments.nowhere = true,
                _ => return None,
            }
        }
        Some(arguments)
    }
}

fn names(words: &str) -> Vec<String> {
    words.split_whitespace().map(str::to_owned).collect()
}

/// Prints the code that brings a shell up to date.
pub fn run(arguments: &Arguments) -> Result<Exit> {
    let choice = Choice::of(paths::chosen_profile().as_deref());
    let mut session = Session::inherited();
    if arguments.nowhere {
        session.directory = None;
    }
    session.fixed.clone_from(&arguments.fixed);
    if arguments.shell.quirks().blank_counts_as_unset {
        session.take_blank_for_unset();
    }
    let step = step(&session, &choice, arguments.shell, arguments.coarse, arguments.quiet)?;
    // The process ends, which takes them away at once.
    std::mem::forget((session, step));
    Ok(Exit::Done)
}

/// Takes one step, prints its code and says what it has to say.
pub fn step(session: &Session, choice: &Choice, shell: Shell, coarse: bool, quiet: bool) -> Result<Step> {
    let mut step = prompt::step(session, choice);
    if shell.quirks().names_its_directory
        && let Some(directory) = paths::logical_directory()
    {
        step.load.watch.links_of(&directory);
    }
    if paths::verbosity() == Verbosity::Debug {
        console::say(&format!("claude-bedrock: watching {:#?}", step.load.watch));
    }
    let mut code = shell.changes(&step.changes);
    code.extend(shell.watched(&step.load.watch, coarse));
    console::print_values(code)?;
    console::notify(&step.notices, quiet);
    Ok(step)
}

/// Prints the environment in a format: the changes for a shell, else the whole as a document.
pub fn print(format: &str, quiet: bool) -> Result<Exit> {
    match Shell::from_name(format) {
        Some(shell) => run(&Arguments {
            shell,
            quiet,
            coarse: false,
            nowhere: false,
            fixed: Vec::new(),
        }),
        None => document(format),
    }
}

/// Prints the whole environment of this directory's profile. Unlike a shell, whoever reads it starts from
/// nothing, so it does not depend on what this shell holds already.
fn document(format: &str) -> Result<Exit> {
    let choice = Choice::of(paths::chosen_profile().as_deref());
    let session = Session::inherited();
    let load = crate::load::load(session.directory.as_deref(), &choice);
    if let Some(finding) = load.findings.into_iter().next() {
        return Err(finding.into());
    }
    let active = load.active.ok_or_else(context::nothing_active)?;
    let values = context::values(&session, &active.environment)?;
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
    console::print_values(text)?;
    Ok(Exit::Done)
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
