//! An interactive shell on a pseudo-terminal. Its stderr goes to a file, so that both streams can be told
//! apart; its environment is read by a child process, so that nothing but what is exported counts.
//! Waiting is for conditions: a record that the child has written, a mark that it has printed.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::pty::{self, Screen};
use super::{Shell, executable};

/// Longer than anything takes on a busy machine; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_mins(1);

pub type Environment = BTreeMap<OsString, OsString>;

/// What happened between two records: the line that was typed, and the prompt after it.
#[derive(Debug)]
pub struct Turn {
    /// The exported variables, but for those that every shell changes by itself.
    pub environment: Environment,
    /// What the record's command line got as arguments.
    pub arguments: Vec<String>,
    /// What was said on stderr.
    pub stderr: String,
    /// What was said on stdout, with whatever the shell's line editor draws.
    pub stdout: String,
}

impl Turn {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.environment
            .get(OsStr::new(name))
            .map(|value| value.to_str().unwrap())
    }
}

/// What was said, with the lines joined that were broken to fit a prompt.
pub fn unbroken(said: &str) -> String {
    let mut text = String::new();
    for line in said.lines() {
        text.push_str(if line.starts_with("  ") { " " } else { "\n" });
        text.push_str(line.trim_start());
    }
    text
}

pub struct Terminal {
    shell: Shell,
    child: Child,
    master: File,
    output: Screen,
    records: PathBuf,
    recorder: PathBuf,
    stderr: PathBuf,
    stderr_seen: usize,
    stdout_seen: usize,
    count: usize,
    /// What ends the prompt, where lines must not be typed before it.
    prompt: Option<String>,
    /// How much had been written when the last line was typed.
    sent: usize,
}

impl Terminal {
    pub fn start(shell: Shell, mut command: Command, records: &Path) -> Self {
        // Without echo, so that its output is what programs say.
        let (master, slave) = pty::open(50, 400, false);
        let records = tempfile::Builder::new()
            .prefix("shell")
            .tempdir_in(records)
            .unwrap()
            .keep();
        let recorder = records.join("record");
        let directory = records.to_str().unwrap();
        let script = format!(
            "#!/bin/sh\nn=$1\nshift\nprintf '%s\\0' \"$@\" >{directory}/arguments.$n\n/usr/bin/env -0 >{directory}/new.$n\nmv {directory}/new.$n {directory}/record.$n\nprintf '\\036%s\\036' \"$n\"\n"
        );
        executable(&recorder, script);
        let stderr = records.join("stderr");
        let errors = File::options().append(true).create(true).open(&stderr).unwrap();
        let end = || Stdio::from(slave.try_clone().unwrap());
        command.stdin(end()).stdout(end()).stderr(errors);
        pty::lead_terminal(&mut command);
        let child = command.spawn().unwrap();
        drop(slave);
        drop(command);
        let output = pty::watch(&master);
        Self {
            shell,
            child,
            master,
            output,
            records,
            recorder,
            stderr,
            stderr_seen: 0,
            stdout_seen: 0,
            count: 0,
            prompt: None,
            sent: 0,
        }
    }

    /// Has each line wait for a prompt that ends with `prompt`, as a line editor needs it that tells Enter from a line
    /// feed.
    pub fn wait_for_prompt(mut self, prompt: &str) -> Self {
        self.prompt = Some(prompt.to_owned());
        self
    }

    /// Types a line.
    pub fn send(&mut self, line: &str) {
        if let Some(prompt) = self.prompt.clone() {
            self.wait(|terminal| {
                let output = terminal.output.lock().unwrap();
                find(&output[terminal.sent..], prompt.as_bytes()).is_some() && pty::passes_enter_on(&terminal.master)
            });
            self.sent = self.output.lock().unwrap().len();
        }
        self.master.write_all(line.as_bytes()).unwrap();
        self.master
            .write_all(if self.shell == Shell::Powershell { b"\r" } else { b"\n" })
            .unwrap();
    }

    /// The word that runs the recorder, for lines that record in the middle.
    pub fn recorder(&mut self) -> String {
        self.count += 1;
        format!("{} {}", self.recorder.display(), self.count)
    }

    /// Types a line, and records after the prompt that follows it.
    pub fn run(&mut self, line: &str) -> Turn {
        self.run_and_pass(line, "")
    }

    /// The same; the record also gets `words`, which the shell expands after the line's prompt.
    pub fn run_and_pass(&mut self, line: &str, words: &str) -> Turn {
        self.send(line);
        self.record_and_pass(words)
    }

    /// Types a line that itself holds what [`Self::recorder`] returned last.
    pub fn run_recording(&mut self, line: &str) -> Turn {
        self.send(line);
        self.wait_for_record()
    }

    /// Records what is now.
    pub fn record(&mut self) -> Turn {
        self.record_and_pass("")
    }

    fn record_and_pass(&mut self, words: &str) -> Turn {
        let recorder = self.recorder();
        self.send(&format!("{recorder} {words}"));
        self.wait_for_record()
    }

    fn wait_for_record(&mut self) -> Turn {
        let mark = format!("\u{1e}{}\u{1e}", self.count);
        let path = self.records.join(format!("record.{}", self.count));
        self.wait(|terminal| path.exists() && find(&terminal.output.lock().unwrap(), mark.as_bytes()).is_some());
        let output = self.output.lock().unwrap().clone();
        let end = find(&output, mark.as_bytes()).unwrap();
        let stdout = String::from_utf8_lossy(&output[self.stdout_seen.min(end)..end]).into_owned();
        self.stdout_seen = end + mark.len();
        let errors = fs::read(&self.stderr).unwrap();
        let stderr = String::from_utf8_lossy(&errors[self.stderr_seen..]).into_owned();
        // The recorder's own word, in a directory that was deleted.
        let stderr = stderr.replace("sh: 0: getcwd() failed: No such file or directory\n", "");
        self.stderr_seen = errors.len();
        let arguments = fs::read_to_string(self.records.join(format!("arguments.{}", self.count))).unwrap();
        Turn {
            environment: environment(&fs::read(path).unwrap()),
            arguments: arguments.split_terminator('\0').map(str::to_owned).collect(),
            stderr,
            stdout,
        }
    }

    /// Types a line for a program that reads from the terminal.
    pub fn send_to_program(&mut self, line: &str) {
        self.master.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    /// Sends a signal to what runs in the foreground, as its key does.
    pub fn interrupt(&mut self) {
        self.master.write_all(b"\x03").unwrap();
    }

    /// Stops what runs in the foreground, as its key does.
    pub fn suspend(&mut self) {
        self.master.write_all(b"\x1a").unwrap();
    }

    /// All that has been said on stdout.
    pub fn output(&self) -> String {
        String::from_utf8_lossy(&self.output.lock().unwrap()).into_owned()
    }

    /// Waits until `condition` holds.
    pub fn wait(&mut self, condition: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !condition(self) {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("{} has ended ({status}){}", self.shell.name(), self.transcript());
            }
            assert!(
                start.elapsed() < PATIENCE,
                "{} did not answer{}",
                self.shell.name(),
                self.transcript()
            );
            thread::sleep(Duration::from_millis(2));
        }
    }

    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    fn transcript(&self) -> String {
        let stdout = String::from_utf8_lossy(&self.output.lock().unwrap()).into_owned();
        let stderr = fs::read(&self.stderr).unwrap_or_default();
        format!(
            "\n--- stdout\n{stdout}\n--- stderr\n{}",
            String::from_utf8_lossy(&stderr)
        )
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// What every shell or the recorder itself changes from line to line.
const BOOKKEEPING: &[&str] = &["_", "PWD", "OLDPWD", "SHLVL", "LINES", "COLUMNS"];

fn environment(record: &[u8]) -> Environment {
    record
        .split(|byte| *byte == 0)
        .filter_map(|entry| {
            let equals = find(entry, b"=")?;
            Some((
                OsString::from_vec(entry[..equals].to_vec()),
                OsString::from_vec(entry[equals + 1..].to_vec()),
            ))
        })
        .filter(|(name, _)| !BOOKKEEPING.iter().any(|known| name.as_bytes() == known.as_bytes()))
        .collect()
}
