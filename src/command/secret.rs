//! `secret`: what is in the keyring, and moving secrets there.

use std::io::{IsTerminal, Read};

use clap_complete::engine::ArgValueCompleter;
use serde_json::json;

use crate::command::{self, Report};
use crate::console;
use crate::diagnostic::{Diagnostic, Result};
use crate::edit::plaintext::Plan;
use crate::exit::Exit;
use crate::secret::{Flaw, ONE_LINE, keyring, single_line};

/// What to do with the secrets in the keyring.
#[derive(Debug, clap::Subcommand)]
pub enum Action {
    /// Store a secret, typed without echo or read from a pipe
    #[command(
        after_help = "Examples:\n  claude-bedrock secret set work-key                    asks for it\n  op read op://team/key | claude-bedrock secret set work-key\n\nIt replaces a secret of that name. In a profile: api_key = { keyring = \"work-key\" }\nA secret is never an argument: other users see those, and your shell keeps them."
    )]
    Set(Name),
    /// Print a secret
    #[command(
        after_help = "Examples:\n  claude-bedrock secret get work-key | wc -c\n  claude-bedrock secret get work-key --reveal\n\nA terminal shows it only with --reveal, so that it does not stay on the screen by accident.\nExit status 1 if the keyring has no such secret."
    )]
    Get(Get),
    /// Remove a secret
    #[command(
        after_help = "Example:\n  claude-bedrock secret remove work-key\n\nExit status 1 if the keyring has no such secret."
    )]
    Remove(Name),
    /// Show the names of the secrets, never their values
    #[command(
        after_help = "Example:\n  claude-bedrock secret list --json\n\nOnly secrets that `claude-bedrock` has stored are shown."
    )]
    List(Report),
    /// Move plain-text secrets from config.toml into the keyring
    #[command(
        after_help = "Examples:\n  claude-bedrock secret import --dry-run    what would change\n  claude-bedrock secret import\n\nEach becomes { keyring = \"PROFILE-key\" }; comments and order are kept. The old file is not kept, because it held the secrets."
    )]
    Import(Import),
}

#[derive(clap::Args, Debug)]
pub struct Name {
    /// The secret's name in the keyring
    #[arg(add = ArgValueCompleter::new(command::complete::secrets))]
    pub name: String,
}

#[derive(clap::Args, Debug)]
pub struct Get {
    #[command(flatten)]
    pub secret: Name,
    /// Print it even to a terminal
    #[arg(long)]
    pub reveal: bool,
}

#[derive(clap::Args, Debug)]
pub struct Import {
    /// Change nothing, only show what would change
    #[arg(long)]
    pub dry_run: bool,
}

/// The longest secret that is read from a pipe. A variable cannot hold more.
const LONGEST: u64 = 1 << 17;

/// Runs the subcommand.
pub fn run(action: &Action) -> Result<Exit> {
    match action {
        Action::Set(secret) => set(&secret.name),
        Action::Get(arguments) => get(arguments),
        Action::Remove(secret) => remove(&secret.name),
        Action::List(report) => list(report),
        Action::Import(arguments) => import(arguments),
    }
}

fn set(name: &str) -> Result<Exit> {
    check_name(name)?;
    let raw = if std::io::stdin().is_terminal() {
        typed(name)?
    } else {
        piped()?
    };
    let value = single_line(&raw).map_err(|flaw| match flaw {
        Flaw::Empty => Diagnostic::error("nothing was entered, so nothing is stored")
            .help(format!("try again: claude-bedrock secret set {name}")),
        Flaw::Lines => Diagnostic::error("the text has more than one line, so nothing is stored").help(ONE_LINE),
    })?;
    keyring::set(name, value)?;
    console::say(&format!("claude-bedrock: stored `{name}` in the keyring"));
    Ok(Exit::Done)
}

/// One line from the terminal, not shown while it is typed.
fn typed(name: &str) -> Result<String> {
    ask(&format!("{} (not shown): ", crate::system::text::visible(name)))
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

/// While it lives, a signal that ends the program restores the terminal's modes first.
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
            "stdin has more than {LONGEST} bytes; that is not a secret, so nothing is stored"
        ))
        .into());
    }
    String::from_utf8(raw).map_err(|_| Diagnostic::error("stdin is not UTF-8, so nothing is stored").into())
}

fn get(arguments: &Get) -> Result<Exit> {
    let name = &arguments.secret.name;
    check_name(name)?;
    if std::io::stdout().is_terminal() && !arguments.reveal {
        return Err(Diagnostic::error(format!("`{name}` is not shown on a terminal"))
            .help(format!("to show it anyway: claude-bedrock secret get {name} --reveal"))
            .into());
    }
    match keyring::get(name)? {
        Some(value) => console::print_values(format!("{value}\n")).map(|()| Exit::Done),
        None => Ok(missing(name)),
    }
}

fn remove(name: &str) -> Result<Exit> {
    check_name(name)?;
    if !keyring::remove(name)? {
        return Ok(missing(name));
    }
    console::say(&format!("claude-bedrock: removed `{name}` from the keyring"));
    Ok(Exit::Done)
}

/// Reports that there is no such secret; returns the exit status for it.
fn missing(name: &str) -> Exit {
    let finding = Diagnostic::error(format!("the keyring holds no secret `{name}`"))
        .help("see which it holds: claude-bedrock secret list");
    console::report(&finding);
    Exit::Found
}

fn list(report: &Report) -> Result<Exit> {
    let names = keyring::list()?;
    if report.json {
        console::print_json(&json!(names))?;
    } else if names.is_empty() {
        console::say("claude-bedrock: there are no secrets yet; store one: claude-bedrock secret set NAME");
    } else {
        console::print(
            names
                .iter()
                .map(|name| crate::system::text::visible(name) + "\n")
                .collect::<String>(),
        )?;
    }
    Ok(Exit::Done)
}

fn import(arguments: &Import) -> Result<Exit> {
    let plan = Plan::read()?;
    let path = crate::system::paths::display(&plan.path);
    if plan.moves.is_empty() {
        console::say(&format!("claude-bedrock: {path} contains no secret in plain text"));
        return Ok(Exit::Done);
    }
    let difference = plan.difference();
    if arguments.dry_run {
        console::print(difference)?;
        console::say(&format!(
            "claude-bedrock: nothing was changed; without --dry-run this would be stored and written into {path}"
        ));
        return Ok(Exit::Done);
    }
    let finding = plan.remains();
    plan.carry_out()?;
    console::print(difference)?;
    console::say(&format!(
        "claude-bedrock: stored in the keyring, and {path} is rewritten\n  the old file is not kept, because it held the secrets; if it was copied (backups, version control), replace the secrets"
    ));
    if let Some(finding) = finding {
        console::report(&finding);
    }
    Ok(Exit::Done)
}

fn check_name(name: &str) -> Result<()> {
    if name.trim().is_empty() || name.contains(char::is_control) {
        return Err(Diagnostic::error("a secret's name is one line of visible text")
            .help("such as: claude-bedrock secret set work-key")
            .into());
    }
    Ok(())
}
