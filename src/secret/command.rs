//! A secret that a command prints: `op read …`, `pass show …`, `vault kv get …`.
//!
//! No shell runs it, and nothing of the directory that the shell has come to, which may be a stranger's,
//! decides what is run: neither a relative path nor a relative directory on `PATH`. The command gets the terminal
//! for itself while it runs, as a foreground job does: it may ask for a password, and Ctrl-C ends it alone, not
//! the user's shell.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::diagnostic::{Diagnostic, Result};
use crate::system::foreground::{self, Job};
use crate::system::variables::{Snapshot, value_in};
use crate::system::{command_line, paths, programs};

/// More bytes than any secret has. A command's output beyond it is not read.
const LONGEST: u64 = 1 << 16;

/// How often to check a command that has closed its output but not ended.
const STEP: Duration = Duration::from_millis(5);

/// What the command prints.
pub(super) fn output(line: &str, seconds: u64, variables: &Snapshot, directory: Option<&Path>) -> Result<String> {
    let words = command_line::split(line).map_err(|error| {
        Diagnostic::error(format!("the secret's command cannot be split into words: {error}"))
            .help(format!("it is: {line}"))
    })?;
    let [program, arguments @ ..] = words.as_slice() else {
        return Err(Diagnostic::error("the secret's command is empty").into());
    };
    let failed = |message: String| {
        Diagnostic::error(format!("the secret's command `{program}` {message}")).help(format!("try it: {line}"))
    };
    let path = find(program, variables).map_err(|message| failed(message.to_owned()))?;
    let mut command = Command::new(path);
    if let Some(directory) = directory {
        command.current_dir(directory);
    }
    command
        .args(arguments)
        .env_clear()
        .envs(variables)
        .stdout(Stdio::piped());
    let job = Job::of(&mut command);
    let mut child = command
        .spawn()
        .map_err(|error| failed(format!("cannot be run: {error}")))?;
    let Some((output, status)) = end(&mut child, Duration::from_secs(seconds)) else {
        job.kill(&mut child);
        let _ = child.wait();
        return Err(failed(format!("did not answer within {seconds} s"))
            .help("a longer limit: { command = \"…\", timeout = 120 }")
            .into());
    };
    if foreground::interrupted(status) {
        return Err(failed("was cancelled".to_owned())
            .help("to try again, leave the directory and come back")
            .into());
    }
    if output.len() as u64 == LONGEST {
        return Err(failed(format!("printed {LONGEST} bytes or more")).into());
    }
    if !status.success() {
        return Err(failed(format!("failed ({status})")).into());
    }
    String::from_utf8(output).map_err(|_| failed("printed something that is not UTF-8".to_owned()).into())
}

/// The program that a command's first word means.
fn find(program: &str, variables: &Snapshot) -> std::result::Result<PathBuf, &'static str> {
    if program.contains('/') {
        let path = paths::expand_home(program).filter(|path| path.is_absolute());
        return path.ok_or("is a relative path; write an absolute one, one that begins with ~/, or a name on PATH");
    }
    let path = value_in(variables, "PATH").unwrap_or_default();
    programs::find(program, path).ok_or("is not on PATH")
}

/// All that the child prints until it closes its output, and its status; `None` after the time limit.
fn end(child: &mut Child, limit: Duration) -> Option<(Vec<u8>, ExitStatus)> {
    let start = Instant::now();
    let stdout = child.stdout.take()?;
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut output = Vec::new();
        let _ = stdout.take(LONGEST).read_to_end(&mut output);
        // After the time limit no one is listening.
        let _ = sender.send(output);
    });
    let output = receiver.recv_timeout(limit).ok()?;
    loop {
        if let Some(status) = child.try_wait().ok()? {
            return Some((output, status));
        }
        thread::sleep(STEP.min(limit.checked_sub(start.elapsed())?));
    }
}
