//! `secret`: what is in the keyring, and moving secrets there.

use std::io::{IsTerminal, Read};

use serde_json::json;

use crate::cli::{Import, Report, Secret, SecretGet};
use crate::command;
use crate::diagnostic::{Diagnostic, Result};
use crate::secret::import::Plan;
use crate::secret::{Flaw, ONE_LINE, keyring, single_line};
use crate::session::Notice;

/// The longest secret that is read from a pipe. A variable cannot hold more.
const LONGEST: u64 = 1 << 17;

/// Does what the subcommand says.
pub fn run(action: &Secret) -> Result<u8> {
    match action {
        Secret::Set(secret) => set(&secret.name),
        Secret::Get(arguments) => get(arguments),
        Secret::Remove(secret) => remove(&secret.name),
        Secret::List(report) => list(report),
        Secret::Import(arguments) => import(arguments),
    }
}

fn set(name: &str) -> Result<u8> {
    check_name(name)?;
    let raw = if std::io::stdin().is_terminal() {
        typed(name)?
    } else {
        piped()?
    };
    let value = single_line(&raw).map_err(|flaw| match flaw {
        Flaw::Empty => Diagnostic::error("nothing was given, and nothing is stored")
            .help(format!("try again: claude-bedrock secret set {name}")),
        Flaw::Lines => Diagnostic::error("what was given has more than one line, and nothing is stored").help(ONE_LINE),
    })?;
    keyring::set(name, value)?;
    command::say(&format!("claude-bedrock: stored `{name}` in the keyring"));
    Ok(0)
}

/// One line from the terminal, not shown while it is typed.
fn typed(name: &str) -> Result<String> {
    ask(&format!("{} (not shown): ", crate::diagnostic::visible(name)))
        .map_err(|error| Diagnostic::error(format!("nothing can be read from the terminal: {error}")).into())
}

/// Echo is off before the question is there, so that a secret pasted at once is not shown either.
#[cfg(unix)]
fn ask(question: &str) -> std::io::Result<String> {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    let stdin = std::io::stdin();
    let before = tcgetattr(&stdin)?;
    let _echo = EchoBack::new();
    let mut silent = before.clone();
    silent.local_modes -= LocalModes::ECHO;
    silent.local_modes |= LocalModes::ECHONL;
    tcsetattr(&stdin, OptionalActions::Now, &silent)?;
    // To the terminal itself, wherever stdout and stderr go.
    let asked = crate::system::files::terminal();
    let asked = asked.and_then(|mut terminal| std::io::Write::write_all(&mut terminal, question.as_bytes()));
    let mut line = String::new();
    let read = asked.and_then(|()| stdin.read_line(&mut line));
    tcsetattr(&stdin, OptionalActions::Now, &before)?;
    read.map(|_| line)
}

/// While it lives, a signal that ends the program gives the terminal its modes back first.
#[cfg(unix)]
struct EchoBack([libc::sighandler_t; 3]);

/// What ends a program that waits for its user: Ctrl-C, the quit key, `kill`.
#[cfg(unix)]
const ENDING: [libc::c_int; 3] = [libc::SIGINT, libc::SIGQUIT, libc::SIGTERM];

/// The modes to give back, for the handler.
#[cfg(unix)]
static MODES: std::sync::OnceLock<libc::termios> = std::sync::OnceLock::new();

#[cfg(unix)]
extern "C" fn give_back(signal: libc::c_int) {
    // SAFETY: all three calls are async-signal-safe, and the modes are complete and never change.
    unsafe {
        if let Some(modes) = MODES.get() {
            libc::tcsetattr(libc::STDIN_FILENO, libc::TCSANOW, modes);
        }
        libc::signal(signal, libc::SIG_DFL);
        libc::raise(signal);
    }
}

#[cfg(unix)]
impl EchoBack {
    fn new() -> Self {
        MODES.get_or_init(|| {
            // SAFETY: all bits zero are modes of a terminal, and the call fills them in where there is one.
            unsafe {
                let mut modes = std::mem::zeroed();
                libc::tcgetattr(libc::STDIN_FILENO, &raw mut modes);
                modes
            }
        });
        let handler: extern "C" fn(libc::c_int) = give_back;
        // SAFETY: the handler makes async-signal-safe calls alone.
        Self(ENDING.map(|signal| unsafe { libc::signal(signal, handler as libc::sighandler_t) }))
    }
}

#[cfg(unix)]
impl Drop for EchoBack {
    fn drop(&mut self) {
        for (signal, before) in ENDING.into_iter().zip(self.0) {
            // SAFETY: puts back what was there.
            unsafe { libc::signal(signal, before) };
        }
    }
}

/// The same on Windows' console.
#[cfg(not(unix))]
fn ask(question: &str) -> std::io::Result<String> {
    rpassword::prompt_password(question)
}

/// All of stdin.
fn piped() -> Result<String> {
    let mut raw = Vec::new();
    let read = std::io::stdin().lock().take(LONGEST + 1).read_to_end(&mut raw);
    read.map_err(|error| Diagnostic::error(format!("stdin cannot be read: {error}")))?;
    if raw.len() as u64 > LONGEST {
        return Err(Diagnostic::error(format!(
            "stdin has more than {LONGEST} bytes; that is no secret, and nothing is stored"
        ))
        .into());
    }
    String::from_utf8(raw).map_err(|_| Diagnostic::error("stdin is not UTF-8, and nothing is stored").into())
}

fn get(arguments: &SecretGet) -> Result<u8> {
    let name = &arguments.secret.name;
    check_name(name)?;
    if std::io::stdout().is_terminal() && !arguments.reveal {
        return Err(Diagnostic::error(format!("`{name}` is not shown on a terminal"))
            .help(format!(
                "to show it all the same: claude-bedrock secret get {name} --reveal"
            ))
            .into());
    }
    match keyring::get(name)? {
        Some(value) => command::print_values(format!("{value}\n")).map(|()| 0),
        None => Ok(missing(name)),
    }
}

fn remove(name: &str) -> Result<u8> {
    check_name(name)?;
    if !keyring::remove(name)? {
        return Ok(missing(name));
    }
    command::say(&format!("claude-bedrock: removed `{name}` from the keyring"));
    Ok(0)
}

/// Says that there is no such secret; the exit status for it.
fn missing(name: &str) -> u8 {
    let finding = Diagnostic::error(format!("the keyring holds no secret `{name}`"))
        .help("see which it holds: claude-bedrock secret list");
    command::say_all(
        &[Notice {
            grave: true,
            text: finding.render(crate::cli::colored()),
        }],
        false,
    );
    1
}

fn list(report: &Report) -> Result<u8> {
    let names = keyring::list()?;
    if report.json {
        command::print(format!("{:#}\n", json!(names)))?;
    } else if names.is_empty() {
        command::say("claude-bedrock: there is no secret yet; store one: claude-bedrock secret set NAME");
    } else {
        command::print(
            names
                .iter()
                .map(|name| crate::diagnostic::visible(name) + "\n")
                .collect::<String>(),
        )?;
    }
    Ok(0)
}

fn import(arguments: &Import) -> Result<u8> {
    let plan = Plan::read()?;
    let path = crate::paths::display(&plan.path);
    if plan.moves.is_empty() {
        command::say(&format!("claude-bedrock: no secret stands in {path} in plain text"));
        return Ok(0);
    }
    let difference = plan.difference();
    if arguments.dry_run {
        command::print(difference)?;
        command::say(&format!(
            "claude-bedrock: nothing was changed; without --dry-run this would be stored and written into {path}"
        ));
        return Ok(0);
    }
    let finding = plan.remains();
    plan.carry_out()?;
    command::print(difference)?;
    command::say(&format!(
        "claude-bedrock: stored in the keyring, and {path} is written anew\n  the old file is not kept, because it held the secrets; where it was copied (backups, version control), replace the secrets"
    ));
    if let Some(finding) = finding {
        command::say_all(
            &[Notice {
                grave: true,
                text: finding.render(crate::cli::colored()),
            }],
            false,
        );
    }
    Ok(0)
}

fn check_name(name: &str) -> Result<()> {
    if name.trim().is_empty() || name.contains(char::is_control) {
        return Err(Diagnostic::error("a secret's name is one line of visible text")
            .help("such as: claude-bedrock secret set work-key")
            .into());
    }
    Ok(())
}
