//! A throwaway home directory with nothing of the machine's user in it.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use super::terminal::Terminal;
use super::{Shell, executable, set_time, shell};

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_claude-bedrock");

/// Two profiles and no default.
pub const CONFIG: &str = r#"
[profiles.work]
region = "eu-west-1"
auth = { method = "aws-profile", profile = "bedrock-work" }
[profiles.work.models]
main = "eu.anthropic.claude-sonnet-4-6"

[profiles.home]
region = "us-east-1"
auth = { method = "aws-profile", profile = "own" }
"#;

pub struct World {
    root: tempfile::TempDir,
    pub shell: Shell,
    /// The environment in which shells and programs start.
    pub variables: Vec<(OsString, OsString)>,
    /// Lines of the rc file before the hook's line and after it.
    pub before_hook: String,
    pub after_hook: String,
    pub hook_options: String,
    /// The program that the hook is taken from.
    pub program: PathBuf,
}

impl World {
    pub fn new(shell: Shell) -> Self {
        let root = tempfile::Builder::new()
            .prefix("claude-bedrock-test-")
            .tempdir()
            .unwrap();
        let mut world = Self {
            root,
            shell,
            variables: Vec::new(),
            before_hook: String::new(),
            after_hook: String::new(),
            hook_options: String::new(),
            program: PROGRAM.into(),
        };
        fs::create_dir(world.home()).unwrap();
        fs::create_dir(world.root.path().join("records")).unwrap();
        // Without it, each interactive fish begins to make completions from manual pages, in the background.
        if shell == Shell::Fish {
            world.directory(".local/share/fish/generated_completions");
        }
        let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        let managed = world.root.path().join("etc/claude-code");
        let system = world.root.path().join("etc/config.toml");
        for (name, value) in [
            ("PATH", path.into()),
            ("HOME", world.home().into_os_string()),
            ("TERM", "dumb".into()),
            ("LANG", "C.UTF-8".into()),
            ("CLAUDE_BEDROCK_SYSTEM_CONFIG", system.into_os_string()),
            ("CLAUDE_BEDROCK_MANAGED_SETTINGS", managed.into_os_string()),
        ] {
            world.set(name, value);
        }
        world.config(CONFIG);
        world
    }

    pub fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// A path below the home directory.
    pub fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.home().join(relative)
    }

    pub fn records(&self) -> PathBuf {
        self.root.path().join("records")
    }

    pub fn set(&mut self, name: &str, value: impl Into<OsString>) {
        self.unset(name);
        self.variables.push((name.into(), value.into()));
    }

    pub fn unset(&mut self, name: &str) {
        self.variables.retain(|(known, _)| known != name);
    }

    pub fn directory(&self, relative: impl AsRef<Path>) -> PathBuf {
        let path = self.path(relative);
        fs::create_dir_all(&path).unwrap();
        path
    }

    /// Writes a file with the modes that a careful user has.
    pub fn write(&self, relative: impl AsRef<Path>, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        path
    }

    pub fn config_path(&self) -> PathBuf {
        self.path(".config/claude-bedrock/config.toml")
    }

    pub fn config(&self, text: &str) {
        self.write(".config/claude-bedrock/config.toml", text);
    }

    /// Writes a program.
    pub fn program(&self, relative: impl AsRef<Path>, text: &str) -> PathBuf {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        executable(&path, text);
        path
    }

    /// Gives every file that is there a time long ago, as if nobody had just written it.
    pub fn settle(&self) {
        let time = SystemTime::now() - Duration::from_hours(5);
        let mut directories = vec![self.home()];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(directory).unwrap().flatten() {
                let kind = entry.file_type().unwrap();
                if kind.is_dir() {
                    directories.push(entry.path());
                } else if kind.is_file() && !entry.path().to_string_lossy().contains("/references/") {
                    set_time(&entry.path(), time);
                }
            }
        }
    }

    /// A copy of the program under test that other users may start: the repository may lie where only its owner can go.
    pub fn program_for_others(&self) -> PathBuf {
        let top = self.root.path();
        let program = top.join("claude-bedrock");
        if !program.exists() {
            fs::set_permissions(top, fs::Permissions::from_mode(0o755)).unwrap();
            executable(&program, fs::read(PROGRAM).unwrap());
        }
        program
    }

    /// Puts a program between the hook and the real one, and returns what counts its calls.
    pub fn count_calls(&mut self) -> impl Fn() -> usize + use<> {
        let log = self.records().join("calls");
        fs::write(&log, "").unwrap();
        let program = self.program(
            "bin/counted",
            &format!("#!/bin/sh\necho >>{}\nexec '{PROGRAM}' \"$@\"\n", log.display()),
        );
        let line = self.shell.hook_calls(program.to_str().unwrap());
        self.after_hook.push_str(&line);
        move || fs::read_to_string(&log).unwrap().lines().count()
    }

    /// Writes a project file into a directory below the home directory, not yet allowed.
    pub fn unallowed_project(&self, directory: impl AsRef<Path>, text: &str) -> PathBuf {
        self.write(directory.as_ref().join(".claude-bedrock.toml"), text)
    }

    /// Writes a project file and allows it.
    pub fn project(&self, directory: impl AsRef<Path>, text: &str) -> PathBuf {
        let path = self.unallowed_project(directory, text);
        self.allow(&path);
        path
    }

    pub fn allow(&self, path: &Path) {
        let output = self.run(["allow".as_ref(), path.as_os_str()]);
        assert!(
            output.status.success(),
            "allow: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// A command in the world's environment, in its home directory.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(self.variables.iter().cloned())
            .current_dir(self.home());
        command
    }

    /// Runs the program under test.
    pub fn run(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Output {
        self.run_in(self.home(), arguments)
    }

    /// Runs the program under test in a directory.
    pub fn run_in(
        &self,
        directory: impl AsRef<Path>,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Output {
        let mut command = self.command(PROGRAM);
        command.args(arguments).current_dir(directory).output().unwrap()
    }

    /// Runs the program under test with something on stdin.
    pub fn run_with(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>, stdin: &[u8]) -> Output {
        let mut command = self.command(PROGRAM);
        command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A program that refuses before it reads has closed the pipe.
        let _ = child.stdin.take().unwrap().write_all(stdin);
        child.wait_with_output().unwrap()
    }

    /// The line that loads the hook.
    pub fn load_line(&self) -> String {
        self.shell.load(self.program.to_str().unwrap(), &self.hook_options)
    }

    /// Runs a script in the shell without a terminal.
    pub fn script(&self, script: &str) -> Output {
        self.command(self.shell.need())
            .args(self.shell.script(script))
            .output()
            .unwrap()
    }

    /// Starts an interactive shell with the hook in its rc file, in the home directory.
    pub fn start(&self) -> Terminal {
        self.start_in(&self.home())
    }

    pub fn start_in(&self, directory: &Path) -> Terminal {
        self.start_under(&[], directory)
    }

    /// Starts the shell by another program.
    pub fn start_under(&self, by: &[&str], directory: &Path) -> Terminal {
        let rc = format!(
            "{}{}\n{}\n{}\n",
            self.shell.quiet_prompt(),
            self.before_hook,
            self.load_line(),
            self.after_hook
        );
        let path = self.path(self.shell.rc_file());
        // Another shell may be reading it.
        let rc = if fs::read_to_string(&path).is_ok_and(|text| text == rc) {
            path
        } else {
            self.write(self.shell.rc_file(), rc)
        };
        self.start_reading(by, &rc, directory)
    }

    /// Starts an interactive shell in the home directory whose rc file is `rc` after what keeps prompts silent.
    pub fn start_with_rc(&self, rc: &str) -> Terminal {
        let rc = self.write(self.shell.rc_file(), format!("{}{rc}\n", self.shell.quiet_prompt()));
        self.start_reading(&[], &rc, &self.home())
    }

    /// Starts an interactive shell in the home directory whose rc file is as it stands there.
    pub fn start_as_it_is(&self) -> Terminal {
        self.start_as_it_is_in(&self.home())
    }

    pub fn start_as_it_is_in(&self, directory: &Path) -> Terminal {
        self.start_reading(&[], &self.path(self.shell.rc_file()), directory)
    }

    fn start_reading(&self, by: &[&str], rc: &Path, directory: &Path) -> Terminal {
        let program = self.shell.need();
        let mut command = match by {
            [] => self.command(&program),
            [first, rest @ ..] => {
                let mut command = self.command(first);
                command.args(rest).arg(&program);
                command
            }
        };
        command
            .args(self.shell.interactive(rc.to_str().unwrap()))
            .current_dir(directory);
        Terminal::start(self.shell, command, &self.records())
    }
}

/// The shells that this machine has; what follows from another is left out.
pub fn found() -> Vec<Shell> {
    shell::ALL
        .iter()
        .copied()
        .filter(|shell| shell.program().is_some())
        .collect()
}
