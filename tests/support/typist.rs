//! Somebody who types into a shell's own line editor, keys and not lines. The program behind the hook is a
//! stand-in which records what the shell makes of each line, so that no screen has to be read; only lists
//! are looked for on the screen. Waiting is for conditions.

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::pty::{self, Screen};
use super::world::PROGRAM;
use super::{Shell, World};

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

const PROMPT: &str = "ready>";

/// What the stand-in does when it is asked to complete: the program's own answer.
pub const HONEST: &str = "exec \"$PROGRAM\" \"$@\"";

pub struct Typist {
    pub world: World,
    child: Child,
    keyboard: File,
    screen: Screen,
    /// How much of the screen has been looked at.
    seen: usize,
    record: PathBuf,
}

/// Puts a stand-in on PATH that completes by the line `complete`, and records all else but what the hook asks.
/// A hook that is taken from it calls it again.
pub fn stand_in(world: &mut World, complete: &str) -> PathBuf {
    let record = world.records().join("record");
    let script = format!(
        "#!/bin/sh\n\
         PROGRAM='{PROGRAM}'\n\
         case $1 in\n\
         complete) {complete} ;;\n\
         hook) \"$PROGRAM\" \"$@\" | sed \"s|$PROGRAM|$0|g\"; exit ;;\n\
         completions | export) exec \"$PROGRAM\" \"$@\" ;;\n\
         esac\n\
         printf '%s\\0' \"$@\" >{0}.new\n\
         mv {0}.new {0}\n",
        record.display()
    );
    let path = world.program("bin/claude-bedrock", &script);
    let search = format!("{}:/usr/local/bin:/usr/bin:/bin", world.path("bin").display());
    world.set("PATH", search);
    path
}

impl Typist {
    /// Starts a shell with the hook, behind which `complete` answers.
    pub fn start_with(mut world: World, complete: &str) -> Self {
        let program = stand_in(&mut world, complete);
        let rc = format!(
            "{}\n{}\n{}\n{}\n",
            world.before_hook,
            world.load_line(),
            world.shell.hook_calls(program.to_str().unwrap()),
            world.after_hook
        );
        Self::start(world, &rc)
    }

    /// Starts a shell that reads `rc`.
    pub fn start(world: World, rc: &str) -> Self {
        let shell = world.shell;
        let prompt = match shell {
            Shell::Bash => format!("PS1='{PROMPT} '; unset HISTFILE; bind 'set enable-bracketed-paste off'\n"),
            Shell::Zsh => format!("PS1='{PROMPT} '; unset HISTFILE; unsetopt prompt_sp\n"),
            Shell::Fish => format!("function fish_prompt; echo -n '{PROMPT} '; end\nfunction fish_greeting; end\n"),
            Shell::Powershell => format!("function prompt {{ '{PROMPT} ' }}\n"),
        };
        let rc = world.write(shell.rc_file(), prompt + rc);
        let mut command = world.command(shell.need());
        command.env("TERM", "xterm");
        let arguments = shell.interactive(rc.to_str().unwrap());
        command.args(arguments.into_iter().filter(|argument| argument != "--noediting"));

        // PowerShell prompts before it takes over the echo, so that keys would be seen twice. readline needs it.
        let (keyboard, slave) = pty::open(100, 200, shell != Shell::Powershell);
        let end = || Stdio::from(slave.try_clone().unwrap());
        command.stdin(end()).stdout(end()).stderr(end());
        pty::lead_terminal(&mut command);
        let child = command.spawn().unwrap();
        drop((slave, command));

        let screen = pty::watch(&keyboard);
        let record = world.records().join("record");
        let mut typist = Self {
            world,
            child,
            keyboard,
            screen,
            seen: 0,
            record,
        };
        typist.wait_for(PROMPT);
        typist
    }

    /// Presses keys.
    pub fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Presses keys and Enter. Returns what the program was called with.
    pub fn enter(&mut self, keys: &str) -> Vec<String> {
        self.press(keys);
        self.press("\r");
        let record = self.record.clone();
        self.wait(keys, |_| record.exists());
        self.wait_for(PROMPT);
        let arguments = fs::read_to_string(&record).unwrap();
        fs::remove_file(record).unwrap();
        arguments.split_terminator('\0').map(str::to_owned).collect()
    }

    /// Clears the line, and waits until the shell has done all that was pressed before.
    pub fn clear(&mut self) {
        self.press("\x05\x15");
        self.enter("claude-bedrock cleared");
    }

    /// Waits until the screen shows `text`, and returns all that came up to then.
    pub fn wait_for(&mut self, text: &str) -> String {
        self.wait(text, |typist| typist.screen().contains(text));
        let screen = self.screen();
        self.seen = self.screen.lock().unwrap().len();
        screen
    }

    /// Waits until the screen shows `text` and, after it, the next prompt; returns all that came up to then.
    pub fn wait_for_prompt_after(&mut self, text: &str) -> String {
        self.wait(text, |typist| {
            let screen = typist.screen();
            screen.find(text).is_some_and(|at| screen[at..].contains(PROMPT))
        });
        let screen = self.screen();
        self.seen = self.screen.lock().unwrap().len();
        screen
    }

    /// Waits for the first of these that comes.
    pub fn wait_for_any(&mut self, texts: &[&str]) -> String {
        self.wait(&texts.join(", "), |typist| {
            let screen = typist.screen();
            texts.iter().any(|text| screen.contains(text))
        });
        let screen = self.screen();
        self.seen = self.screen.lock().unwrap().len();
        screen
    }

    /// The same as [`Self::wait_for_any`], or until a condition holds.
    pub fn wait_for_any_or(&mut self, texts: &[&str], condition: impl Fn() -> bool) -> String {
        self.wait(&texts.join(", "), |typist| {
            let screen = typist.screen();
            condition() || texts.iter().any(|text| screen.contains(text))
        });
        let screen = self.screen();
        self.seen = self.screen.lock().unwrap().len();
        screen
    }

    /// What has come since it was last looked at, without what moves the cursor, colours or rings.
    pub fn screen(&self) -> String {
        let bytes = self.screen.lock().unwrap()[self.seen..].to_vec();
        let text = String::from_utf8_lossy(&bytes);
        let mut plain = String::new();
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            if character != '\u{1b}' {
                plain.extend(Some(character).filter(|c| *c == '\n' || !c.is_control()));
                continue;
            }
            match characters.next() {
                Some('[') => characters.by_ref().find(|c| ('@'..='~').contains(c)),
                Some(']') => characters.by_ref().find(|c| *c == '\u{7}'),
                Some('(') => characters.next(),
                _ => None,
            };
        }
        plain
    }

    fn wait(&mut self, what: &str, condition: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !condition(self) {
            let ended = self.child.try_wait().unwrap();
            if ended.is_some() || start.elapsed() > PATIENCE {
                let screen = String::from_utf8_lossy(&self.screen.lock().unwrap()).into_owned();
                panic!(
                    "{} at {what:?}: {ended:?}\n{screen}\n{screen:?}",
                    self.world.shell.name()
                );
            }
            thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Typist {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
