//! Bad input: whatever a file, a variable or a machine holds, there is one clear message, the prompt lives, no
//! half profile is set, nothing is lost, and nothing is said again until something changes.
//!
//! Every message is a snapshot, to be read as its user reads it.

#![allow(clippy::too_many_lines, reason = "most of a test is the text that it expects")]

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::support::need::{have, need};
use crate::support::world::{CONFIG, PROGRAM};
use crate::support::{Shell, World};
use data_encoding::BASE64URL_NOPAD;
use insta::assert_snapshot;

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the user has of the variables that a profile owns.
const OWN: [(&str, &str); 5] = [
    ("AWS_REGION", "own-region"),
    ("AWS_PROFILE", "own-profile"),
    ("AWS_SESSION_TOKEN", "own-session-token"),
    ("ANTHROPIC_MODEL", ""),
    ("MY_OWN", "own"),
];

/// Values that no message may hold.
const SECRETS: [&str; 2] = ["hunter2", "own-session-token"];

/// Runs a command that must end by itself.
fn run(mut command: Command) -> Output {
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let id = rustix::process::Pid::from_child(&child);
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(child.wait_with_output()));
    if let Ok(output) = receiver.recv_timeout(PATIENCE) {
        return output.unwrap();
    }
    let _ = rustix::process::kill_process(id, rustix::process::Signal::KILL);
    panic!("{command:?} does not end");
}

/// What one run said, and how it ended.
#[derive(Debug)]
struct Said {
    status: Option<i32>,
    stdout: Vec<u8>,
    stderr: String,
}

/// A bash without a terminal. At each prompt it evaluates what `export` prints, as the hook does, and its
/// environment is the one of the next.
struct Prompt {
    world: World,
    directory: PathBuf,
    environment: BTreeMap<OsString, OsString>,
    /// What stands before every command, to run it as somebody else.
    by: Vec<String>,
    /// The program under test, where whoever runs the commands may start it.
    binary: PathBuf,
    /// What the shell has done before its prompt, in the directory.
    done: &'static str,
    /// Set where a test looks for secrets in messages by itself.
    secrets_may_be_shown: bool,
}

impl Prompt {
    fn new(world: World, directory: impl AsRef<Path>) -> Self {
        let directory = world.directory(directory);
        let mut environment: BTreeMap<OsString, OsString> = world.variables.iter().cloned().collect();
        environment.extend(OWN.map(|(name, value)| (name.into(), value.into())));
        Self {
            world,
            directory,
            environment,
            by: Vec::new(),
            binary: PROGRAM.into(),
            done: ":",
            secrets_may_be_shown: false,
        }
    }

    fn set(&mut self, name: &str, value: impl Into<OsString>) {
        self.environment.insert(name.into(), value.into());
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.environment
            .get(OsStr::new(name))
            .map(|value| value.to_str().unwrap())
    }

    fn command(&self, program: &str) -> Command {
        let mut words = self.by.iter().map(String::as_str).chain([program]);
        let mut command = Command::new(words.next().unwrap());
        command
            .args(words)
            .env_clear()
            .envs(&self.environment)
            .current_dir(&self.directory);
        command
    }

    /// Runs the program, its paths made the same in every run.
    fn program(&self, arguments: &[&str]) -> Said {
        let mut command = self.command("bash");
        let script = format!("{}; exec \"$0\" \"$@\"", self.done);
        command
            .args(["--norc", "--noprofile", "-c", &script])
            .arg(&self.binary)
            .args(arguments);
        self.said(run(command))
    }

    fn said(&self, output: Output) -> Said {
        let root = self.world.home().parent().unwrap().to_str().unwrap().to_owned();
        let stderr = String::from_utf8(output.stderr)
            .expect("messages are UTF-8")
            .replace(&root, "[ROOT]");
        assert!(!stderr.contains("panicked"), "{stderr}");
        assert!(output.status.signal().is_none(), "{}: {stderr}", output.status);
        for secret in SECRETS {
            assert!(
                self.secrets_may_be_shown || !stderr.contains(secret),
                "a secret is shown: {stderr}"
            );
        }
        let harmless = stderr.chars().all(|c| c == '\n' || !c.is_control());
        assert!(harmless, "control characters for the terminal: {stderr:?}");
        Said {
            status: output.status.code(),
            stdout: output.stdout,
            stderr,
        }
    }

    /// One prompt. The environment afterwards is what a child process finds.
    fn turn(&mut self) -> String {
        let script = format!(
            "{}; code=\"$(\"$0\" export bash)\"; status=$?; eval \"$code\" || exit 99; /usr/bin/env -0; exit \"$status\"",
            self.done
        );
        let mut command = self.command("bash");
        command.args(["--norc", "--noprofile", "-c", &script]).arg(&self.binary);
        let said = self.said(run(command));
        assert_eq!(said.status, Some(0), "{}", said.stderr);
        self.environment = environment(&said.stdout);
        said.stderr
    }

    /// The environment but for what the program and the shell keep there for themselves.
    fn profile(&self) -> BTreeMap<OsString, OsString> {
        let bookkeeping = ["CLAUDE_BEDROCK_STATE", "_", "PWD", "OLDPWD", "SHLVL"];
        let own = |name: &OsStr| bookkeeping.iter().any(|known| name == OsStr::new(known));
        self.environment
            .iter()
            .filter(|(name, _)| !own(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    /// Prompts in a place where no profile can be loaded. Returns the one message that there must be.
    fn refused_at_the_prompt(&mut self) -> String {
        let before = self.profile();
        let message = self.turn();
        assert_one_message(&message);
        assert_eq!(self.profile(), before, "half a profile, after:\n{message}");
        for _ in 0..2 {
            assert_eq!(self.turn(), "", "said again, after:\n{message}");
            assert_eq!(self.profile(), before, "half a profile, after:\n{message}");
        }
        message
    }

    /// The same; every command that needs a profile says the same, too.
    fn refused(&mut self) -> String {
        let message = self.refused_at_the_prompt();
        let status = self.program(&["status"]);
        // At the prompt the same words stand in shorter lines.
        let words = |text: &str| text.replace(';', "").split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(status.status, Some(1));
        assert_eq!(words(&status.stderr), words(&message), "status");
        let message = status.stderr;
        for arguments in [&["export", "json"][..], &["exec", "--", "true"]] {
            let said = self.program(arguments);
            assert_eq!(
                (said.status, said.stderr.as_str()),
                (Some(2), message.as_str()),
                "{arguments:?}"
            );
            assert!(said.stdout.is_empty(), "{arguments:?}");
        }
        message
    }

    /// Prompts where all is well, and nothing is said but the line on entering.
    fn loads(&mut self) {
        let line = self.turn();
        assert!(
            line.starts_with("claude-bedrock: work (") && line.lines().count() == 1,
            "{line}"
        );
        assert_eq!(self.get("CLAUDE_BEDROCK_ACTIVE"), Some("work"));
        assert_eq!(self.turn(), "");
    }

    /// Prompts where there is nothing to load and nothing to say.
    fn silent(&mut self) {
        let before = self.profile();
        for _ in 0..2 {
            assert_eq!(self.turn(), "");
            assert_eq!(self.profile(), before);
        }
    }
}

fn environment(record: &[u8]) -> BTreeMap<OsString, OsString> {
    let entries = record.split(|byte| *byte == 0).filter_map(|entry| {
        let equals = entry.iter().position(|byte| *byte == b'=')?;
        Some((
            OsString::from_vec(entry[..equals].to_vec()),
            OsString::from_vec(entry[equals + 1..].to_vec()),
        ))
    });
    entries.collect()
}

/// One message, of a length that fits on a screen.
fn assert_one_message(message: &str) {
    assert_eq!(
        message.matches("claude-bedrock:").count(),
        1,
        "not one message:\n{message}"
    );
    assert!(message.ends_with('\n') && !message.ends_with("\n\n"), "{message:?}");
    assert!(message.len() < 2500, "{} bytes: {}", message.len(), &message[..1000]);
}

/// A world in whose home directory no project is, and whose user's file is `config`.
fn with_config(config: impl AsRef<[u8]>) -> Prompt {
    let world = World::new(Shell::Bash);
    world.write(".config/claude-bedrock/config.toml", config);
    Prompt::new(world, "")
}

/// A world with a project that is below a trusted directory, so that nothing has to be allowed.
fn with_project(project: impl AsRef<[u8]>) -> Prompt {
    let world = World::new(Shell::Bash);
    world.config(&format!("trusted = [\"~\"]\n{CONFIG}"));
    world.write("repo/.claude-bedrock.toml", project);
    Prompt::new(world, "repo")
}

/// The messages of several inputs, one below the other.
fn messages(prompts: impl IntoIterator<Item = Prompt>) -> String {
    let mut all = String::new();
    for mut prompt in prompts {
        writeln!(all, "{}", prompt.refused()).unwrap();
    }
    all
}

/// The same in short: the first line and the place.
fn headlines(prompts: impl IntoIterator<Item = Prompt>) -> String {
    let mut all = String::new();
    for mut prompt in prompts {
        let message = prompt.refused();
        let place = message
            .lines()
            .find_map(|line| line.trim_start().strip_prefix("--> "))
            .unwrap_or("no place");
        let help: Vec<&str> = message
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("= help: "))
            .collect();
        writeln!(
            all,
            "{place}: {}",
            message.lines().next().unwrap().trim_start_matches("claude-bedrock: ")
        )
        .unwrap();
        for line in help {
            writeln!(all, "    {line}").unwrap();
        }
    }
    all
}

// ---------------------------------------------------------------------------------------------------------
// TOML.

#[test]
fn broken_toml_is_shown_with_its_place() {
    let texts = [
        "default_profile = \"work\"\n[profiles.work\nregion = \"eu-west-1\"\n",
        "[profiles.work]\nregion = eu-west-1\n",
        "[profiles.work]\nregion = \"eu-west-1\nauth = { method = \"ambient\" }\n",
        "[profiles.work]\nregion \"eu-west-1\"\n",
        "[profiles.work]\nregion =\n",
        "[profiles.work]\nregion = \"a\"\nregion = \"b\"\n",
        "[profiles.work]\nregion = \"a\"\n[profiles.work]\n",
        "[profiles.work]\ndescription = \"C:\\Users\"\n",
        "[profiles.work]\nregion = “eu-west-1”\n",
        "[profiles.work]\nauth = { method = \"aws-profile\" profile = \"x\" }\n",
        "profiles:\n  work:\n    region: eu-west-1\n",
        "{\"profiles\": {\"work\": {}}}\n",
        "<<<<<<< HEAD\n[profiles.work]\n=======\n",
        "[profiles.work]\n\tregion = 'a'''\n",
    ];
    assert_snapshot!(messages(texts.map(with_config)), @r#"
    claude-bedrock: unclosed table, expected `]`
     --> ~/.config/claude-bedrock/config.toml:2:15
      |
    2 | [profiles.work
      |               ^

    claude-bedrock: string values must be quoted, expected literal string
     --> ~/.config/claude-bedrock/config.toml:2:10
      |
    2 | region = eu-west-1
      |          ^^^^^^^^^

    claude-bedrock: invalid basic string, expected `"`
     --> ~/.config/claude-bedrock/config.toml:2:20
      |
    2 | region = "eu-west-1
      |                    ^

    claude-bedrock: key with no value, expected `=`
     --> ~/.config/claude-bedrock/config.toml:2:8
      |
    2 | region "eu-west-1"
      |        ^

    claude-bedrock: string values must be quoted, expected literal string
     --> ~/.config/claude-bedrock/config.toml:2:9
      |
    2 | region =
      |         ^

    claude-bedrock: duplicate key
     --> ~/.config/claude-bedrock/config.toml:3:1
      |
    3 | region = "b"
      | ^^^^^^

    claude-bedrock: duplicate key
     --> ~/.config/claude-bedrock/config.toml:3:11
      |
    3 | [profiles.work]
      |           ^^^^

    claude-bedrock: too few unicode value digits, expected unicode hexadecimal value
     --> ~/.config/claude-bedrock/config.toml:2:20
      |
    2 | description = "C:\Users"
      |                    ^

    claude-bedrock: string values must be quoted, expected literal string
     --> ~/.config/claude-bedrock/config.toml:2:10
      |
    2 | region = “eu-west-1”
      |          ^^^^^^^^^^^

    claude-bedrock: missing comma between key-value pairs, expected `,`
     --> ~/.config/claude-bedrock/config.toml:2:33
      |
    2 | auth = { method = "aws-profile" profile = "x" }
      |                                 ^

    claude-bedrock: invalid unquoted key, expected letters, numbers, `-`, `_`
     --> ~/.config/claude-bedrock/config.toml:1:9
      |
    1 | profiles:
      |         ^

    claude-bedrock: invalid key-value pair, expected key
     --> ~/.config/claude-bedrock/config.toml:1:1
      |
    1 | {"profiles": {"work": {}}}
      | ^

    claude-bedrock: invalid unquoted key, expected letters, numbers, `-`, `_`
     --> ~/.config/claude-bedrock/config.toml:1:1
      |
    1 | <<<<<<< HEAD
      | ^^^^^^^

    claude-bedrock: unexpected key or value, expected newline, `#`
     --> ~/.config/claude-bedrock/config.toml:2:14
      |
    2 |     region = 'a'''
      |                 ^
    "#);
}

#[test]
fn a_broken_project_file_is_shown_with_its_place() {
    assert_snapshot!(messages(["profile = \"work\n", "profile = \"work\"\n[models]\nmain = sonnet\n"].map(with_project)), @r#"
    claude-bedrock: invalid basic string, expected `"`
     --> ~/repo/.claude-bedrock.toml:1:16
      |
    1 | profile = "work
      |                ^

    claude-bedrock: string values must be quoted, expected literal string
     --> ~/repo/.claude-bedrock.toml:3:8
      |
    3 | main = sonnet
      |        ^^^^^^
    "#);
}

#[test]
fn toml_nested_without_end_is_refused_and_does_not_overflow_the_stack() {
    let deep = 100_000;
    let texts = [
        format!("a = {}", "[".repeat(deep)),
        format!("a = {}", "{b=".repeat(deep)),
        format!("{}b = 1\n", "a.".repeat(deep)),
        format!("[{}b]\n", "a.".repeat(deep)),
    ];
    for text in texts {
        let message = with_config(&text).turn();
        assert_one_message(&message);
        assert!(message.contains("config.toml:1:"), "{message}");
    }
}

#[test]
fn a_line_of_a_megabyte_does_not_fill_the_screen() {
    let long = "x".repeat((1 << 20) - 100);
    let work = "default_profile = \"work\"\n[profiles.work]\n";
    for (text, expected) in [
        (format!("{work}region = \"{long}\nz"), "config.toml:3:"),
        (
            format!("{work}region = {{ a = \"{long}\" }}\n"),
            "`region` is a table, but must be text in quotes",
        ),
        (format!("{work}{long} = 1\n"), "config.toml:3:1"),
        (format!("default_profile = \"{long}\"\n"), "there is no profile"),
    ] {
        let message = with_config(text).turn();
        assert_one_message(&message);
        assert!(message.contains(expected), "{message}");
    }
}

/// The keys of a profile.
const TOP_KEYS: &str = "description extends region geography account endpoint base_url fips small_fast_region \
     service_tier auth models guardrail headers env";

/// The keys of its tables.
const INNER_KEYS: &str = "auth.method auth.profile auth.isolate auth.access_key_id auth.secret_access_key \
     auth.session_token auth.api_key auth.base_url auth.token models.main models.opus models.sonnet models.haiku \
     models.fable guardrail.id guardrail.version guardrail.trace headers.X-Team";

#[test]
fn a_value_of_the_wrong_type_is_shown_for_every_key() {
    let config = |text: &str| with_config(format!("default_profile = \"work\"\n{text}\n"));
    let mut prompts = vec![
        with_config("default_profile = 1\n"),
        with_config("profiles = \"work\"\n"),
        with_config("trusted = \"~/work\"\n"),
        with_config("trusted = [1]\n"),
        with_config("trusted = [\"work\"]\n"),
        with_config("default_profile = \"work\"\n[profiles]\nwork = 1\n"),
    ];
    for key in TOP_KEYS.split_whitespace() {
        prompts.push(config(&format!("[profiles.work]\n{key} = 1")));
    }
    for key in INNER_KEYS.split_whitespace() {
        prompts.push(config(&format!("[profiles.work]\n{key} = [\"a\"]")));
    }
    for value in ["1", "1.5", "true", "2026-08-01", "[]", "{}"] {
        prompts.push(config(&format!("[profiles.work.env]\nA = {value}")));
    }
    prompts.extend(
        [
            "profile = 1\n",
            "root = \"yes\"\n",
            "region = true\n",
            "models = \"sonnet\"\n",
            "env = []\n",
        ]
        .map(with_project),
    );
    assert_snapshot!(headlines(prompts), @r#"
    ~/.config/claude-bedrock/config.toml:1:19: `default_profile` is an integer, but must be text in quotes
    ~/.config/claude-bedrock/config.toml:1:12: `profiles` is a string, but must be a table
    ~/.config/claude-bedrock/config.toml:1:11: `trusted` is a string, but must be an array of directories
    ~/.config/claude-bedrock/config.toml:1:12: `trusted` is an integer, but must be an array of directories
    ~/.config/claude-bedrock/config.toml:1:12: a trusted directory must be an absolute path or begin with `~/`
    ~/.config/claude-bedrock/config.toml:3:8: `profiles.work` is an integer, but must be a table
    ~/.config/claude-bedrock/config.toml:3:15: `description` is an integer, but must be text in quotes
    ~/.config/claude-bedrock/config.toml:3:11: `extends` is an integer, but must be text in quotes
    ~/.config/claude-bedrock/config.toml:3:10: `region` is an integer, but must be text in quotes
    ~/.config/claude-bedrock/config.toml:3:13: `geography` is an integer, but must be text in quotes
    ~/.config/claude-bedrock/config.toml:3:11: `account` is an integer, but must be text in quotes
    ~/.config/claude-bedrock/config.toml:3:12: `endpoint` is an integer, but must be text in quotes
    ~/.config/claude-bedrock/config.toml:3:12: `base_url` is an integer, but must be text in quotes
    ~/.config/claude-bedrock/config.toml:3:8: `fips` is an integer, but must be true or false
    ~/.config/claude-bedrock/config.toml:3:21: `small_fast_region` is an integer, but must be text in quotes
    ~/.config/claude-bedrock/config.toml:3:16: `service_tier` is an integer, but must be text in quotes
    ~/.config/claude-bedrock/config.toml:3:8: `auth` is an integer, but must be a table
    ~/.config/claude-bedrock/config.toml:3:10: `models` is an integer, but must be a table
    ~/.config/claude-bedrock/config.toml:3:13: `guardrail` is an integer, but must be a table
    ~/.config/claude-bedrock/config.toml:3:11: `headers` is an integer, but must be a table
        one entry for each header: headers = { "X-Name" = "value" }
    ~/.config/claude-bedrock/config.toml:3:7: `env` is an integer, but must be a table
    ~/.config/claude-bedrock/config.toml:3:15: `auth.method` is an array, but must be text in quotes
    ~/.config/claude-bedrock/config.toml:3:16: `auth.profile` is an array, but must be text in quotes
    ~/.config/claude-bedrock/config.toml:3:16: `auth.isolate` is an array, but must be true or false
    ~/.config/claude-bedrock/config.toml:3:22: `auth.access_key_id` is an array, but must be a table that says where the secret is
    ~/.config/claude-bedrock/config.toml:3:26: `auth.secret_access_key` is an array, but must be a table that says where the secret is
    ~/.config/claude-bedrock/config.toml:3:22: `auth.session_token` is an array, but must be a table that says where the secret is
    ~/.config/claude-bedrock/config.toml:3:16: `auth.api_key` is an array, but must be a table that says where the secret is
    ~/.config/claude-bedrock/config.toml:3:17: `auth.base_url` is an array, but must be text in quotes
    ~/.config/claude-bedrock/config.toml:3:14: `auth.token` is an array, but must be a table that says where the secret is
    ~/.config/claude-bedrock/config.toml:3:15: `models.main` is an array, but must be text in quotes
    ~/.config/claude-bedrock/config.toml:3:15: `models.opus` is an array, but must be text in quotes
    ~/.config/claude-bedrock/config.toml:3:17: `models.sonnet` is an array, but must be text in quotes
    ~/.config/claude-bedrock/config.toml:3:16: `models.haiku` is an array, but must be text in quotes
    ~/.config/claude-bedrock/config.toml:3:16: `models.fable` is an array, but must be text in quotes
    ~/.config/claude-bedrock/config.toml:3:16: `guardrail.id` is an array, but must be text in quotes
    ~/.config/claude-bedrock/config.toml:3:21: `guardrail.version` is an array, but must be text in quotes
    ~/.config/claude-bedrock/config.toml:3:19: `guardrail.trace` is an array, but must be text in quotes
    ~/.config/claude-bedrock/config.toml:3:18: `headers.X-Team` is an array, but must be text in quotes
    ~/.config/claude-bedrock/config.toml:3:5: `env.A` is an integer, but a variable is text, or `false` to unset it
        put it in quotes: A = "…"
    ~/.config/claude-bedrock/config.toml:3:5: `env.A` is a float, but a variable is text, or `false` to unset it
        put it in quotes: A = "…"
    ~/.config/claude-bedrock/config.toml:3:5: `env.A` is a boolean, but a variable is text, or `false` to unset it
        put it in quotes: A = "…"
    ~/.config/claude-bedrock/config.toml:3:5: `env.A` is a datetime, but a variable is text, or `false` to unset it
        put it in quotes: A = "…"
    ~/.config/claude-bedrock/config.toml:3:5: `env.A` is an array, but a variable is text, or `false` to unset it
        put it in quotes: A = "…"
    ~/.config/claude-bedrock/config.toml:3:5: `env.A` is a table, but a variable is text, or `false` to unset it
        put it in quotes: A = "…"
    ~/repo/.claude-bedrock.toml:1:11: `profile` is an integer, but must be text in quotes
    ~/repo/.claude-bedrock.toml:1:8: `root` is a string, but must be true or false
    ~/repo/.claude-bedrock.toml:1:10: `region` is a boolean, but must be text in quotes
    ~/repo/.claude-bedrock.toml:1:10: `models` is a string, but must be a table
    ~/repo/.claude-bedrock.toml:1:7: `env` is an array, but must be a table
    "#);
}

#[test]
fn a_value_that_cannot_be_is_shown_for_every_key() {
    let config = |text: &str| with_config(format!("default_profile = \"work\"\n[profiles.work]\n{text}\n"));
    let prompts = [
        config("region = \"\""),
        config("region = \"eu\\nwest\""),
        config("geography = \"emea\""),
        config("geography = \"us-gv\""),
        config("auth.method = \"aws_profile\""),
        config("auth.method = \"kerberos\""),
        config("models.main = \"\\u001b[31m\""),
        with_config("default_profile = \"a b\"\n[profiles.\"a b\"]\n"),
        with_config("default_profile = \"off\"\n[profiles.off]\n"),
        with_config("default_profile = \"-x\"\n[profiles.-x]\n"),
    ];
    assert_snapshot!(headlines(prompts), @"
    ~/.config/claude-bedrock/config.toml:3:10: `region` is empty
        leave the key out to leave it unset
    ~/.config/claude-bedrock/config.toml:3:10: `region` holds a control character
    ~/.config/claude-bedrock/config.toml:3:13: `geography` cannot be `emea`
        allowed: auto, us, eu, apac, jp, au, us-gov, global, none
    ~/.config/claude-bedrock/config.toml:3:13: `geography` cannot be `us-gv`
        did you mean `us-gov`?
        allowed: auto, us, eu, apac, jp, au, us-gov, global, none
    ~/.config/claude-bedrock/config.toml:3:15: `auth.method` cannot be `aws_profile`
        did you mean `aws-profile`?
        allowed: aws-profile, access-keys, api-key, gateway, ambient
    ~/.config/claude-bedrock/config.toml:3:15: `auth.method` cannot be `kerberos`
        allowed: aws-profile, access-keys, api-key, gateway, ambient
    ~/.config/claude-bedrock/config.toml:3:15: `models.main` holds a control character
    ~/.config/claude-bedrock/config.toml:2:11: `a b` cannot be a profile's name
        a name consists of letters, digits and - _ . @ +, and begins with neither - nor .
    ~/.config/claude-bedrock/config.toml:2:11: `off` cannot be a profile's name: it means no profile
    ~/.config/claude-bedrock/config.toml:2:11: `-x` cannot be a profile's name
        a name consists of letters, digits and - _ . @ +, and begins with neither - nor .
    ");
}

#[test]
fn an_unknown_key_is_shown_with_the_nearest_at_each_level() {
    let prompts = [
        with_config("default_profil = \"work\"\n"),
        with_config("[profile.work]\nregion = \"a\"\n"),
        with_config("[zebra]\n"),
        with_config("default_profile = \"work\"\n[profiles.work]\nRegion = \"a\"\n"),
        with_config("default_profile = \"work\"\n[profiles.work]\nmodel = \"a\"\n"),
        with_config("default_profile = \"work\"\n[profiles.work]\nzebra = \"a\"\n"),
        with_config("default_profile = \"work\"\n[profiles.work]\n\"\" = \"a\"\n"),
        with_config("default_profile = \"work\"\n[profiles.work]\n\"\\u001b[31m\" = \"a\"\n"),
        with_config("default_profile = \"work\"\n[profiles.work.models]\nmian = \"a\"\n"),
        with_config("default_profile = \"work\"\n[profiles.work.models]\nzebra = \"a\"\n"),
        with_config("default_profile = \"work\"\n[profiles.work]\nauth = { metod = \"a\" }\n"),
        with_config("default_profile = \"work\"\n[profiles.work.auth]\nzebra.deep = \"a\"\n"),
        with_project("profil = \"work\"\n"),
        with_project("profile = \"work\"\nroots = true\n"),
        with_project("profile = \"work\"\nextends = \"home\"\n"),
        with_project("profile = \"work\"\n[models]\nhiaku = \"a\"\n"),
        with_project("profile = \"work\"\n[profiles.work]\nregion = \"a\"\n"),
        with_project("default_profile = \"work\"\n"),
    ];
    assert_snapshot!(headlines(prompts), @r#"
    ~/.config/claude-bedrock/config.toml:1:1: unknown key `default_profil`
        did you mean `default_profile`?
    ~/.config/claude-bedrock/config.toml:1:2: unknown key `profile`
        did you mean `profiles`?
    ~/.config/claude-bedrock/config.toml:1:2: unknown key `zebra`
        known here: default_profile, profiles, trusted
    ~/.config/claude-bedrock/config.toml:3:1: unknown key `Region`
        did you mean `region`?
    ~/.config/claude-bedrock/config.toml:3:1: unknown key `model`
        did you mean `models`?
    ~/.config/claude-bedrock/config.toml:3:1: unknown key `zebra`
        known here: description, extends, abstract, danger, region, geography, account, endpoint, base_url, fips, small_fast_region, service_tier, auth, login, models, guardrail, env, headers
    ~/.config/claude-bedrock/config.toml:3:1: unknown key ``
        known here: description, extends, abstract, danger, region, geography, account, endpoint, base_url, fips, small_fast_region, service_tier, auth, login, models, guardrail, env, headers
    ~/.config/claude-bedrock/config.toml:3:1: unknown key `\u{1b}[31m`
        known here: description, extends, abstract, danger, region, geography, account, endpoint, base_url, fips, small_fast_region, service_tier, auth, login, models, guardrail, env, headers
    ~/.config/claude-bedrock/config.toml:3:1: unknown key `mian` in `models`
        did you mean `main`?
    ~/.config/claude-bedrock/config.toml:3:1: unknown key `zebra` in `models`
        known here: main, opus, sonnet, haiku, fable, custom, subagent, workflow, classifier, background_classifier, available, overrides
    ~/.config/claude-bedrock/config.toml:3:10: unknown key `metod` in `auth`
        did you mean `method`?
    ~/.config/claude-bedrock/config.toml:3:1: unknown key `zebra` in `auth`
        known here: method, profile, isolate, tools, access_key_id, secret_access_key, session_token, api_key, base_url, token
    ~/repo/.claude-bedrock.toml:1:1: unknown key `profil`
        did you mean `profile`?
    ~/repo/.claude-bedrock.toml:2:1: unknown key `roots`
        did you mean `root`?
    ~/repo/.claude-bedrock.toml:2:1: `extends` belongs in a profile, not in a project file
        a project file names one profile and refines it: profile = "…"
    ~/repo/.claude-bedrock.toml:3:1: unknown key `hiaku` in `models`
        did you mean `haiku`?
    ~/repo/.claude-bedrock.toml:2:2: unknown key `profiles`
        did you mean `profile`?
    ~/repo/.claude-bedrock.toml:1:1: unknown key `default_profile`
        known here: description, danger, region, geography, account, endpoint, base_url, fips, small_fast_region, service_tier, auth, models, guardrail, env, headers, profile, root, team, hint
    "#);
}

#[test]
fn a_name_that_no_variable_can_have_is_shown() {
    let names = [
        "\"\"",
        "1A",
        "A-B",
        "\"A B\"",
        "\"A=B\"",
        "\"É\"",
        "\"A\\nB\"",
        "\"A\\u0000\"",
        "CLAUDE_BEDROCK_STATE",
        "PWD",
        "AWS_REGION",
    ];
    let prompts = names.map(|name| {
        with_config(format!(
            "default_profile = \"work\"\n[profiles.work.env]\n{name} = \"x\"\n"
        ))
    });
    assert_snapshot!(headlines(prompts), @r#"
    ~/.config/claude-bedrock/config.toml:3:1: `` is not the name of a variable
        a name consists of letters, digits and _, and does not begin with a digit
    ~/.config/claude-bedrock/config.toml:3:1: `1A` is not the name of a variable
        a name consists of letters, digits and _, and does not begin with a digit
    ~/.config/claude-bedrock/config.toml:3:1: `A-B` is not the name of a variable
        a name consists of letters, digits and _, and does not begin with a digit
    ~/.config/claude-bedrock/config.toml:3:1: `A B` is not the name of a variable
        a name consists of letters, digits and _, and does not begin with a digit
    ~/.config/claude-bedrock/config.toml:3:1: `A=B` is not the name of a variable
        a name consists of letters, digits and _, and does not begin with a digit
    ~/.config/claude-bedrock/config.toml:3:1: `É` is not the name of a variable
        a name consists of letters, digits and _, and does not begin with a digit
    ~/.config/claude-bedrock/config.toml:3:1: `A\nB` is not the name of a variable
        a name consists of letters, digits and _, and does not begin with a digit
    ~/.config/claude-bedrock/config.toml:3:1: `A\u{0}` is not the name of a variable
        a name consists of letters, digits and _, and does not begin with a digit
    ~/.config/claude-bedrock/config.toml:3:1: `CLAUDE_BEDROCK_STATE` steers claude-bedrock itself and cannot be set by a profile
    ~/.config/claude-bedrock/config.toml:3:1: `PWD` belongs to the shell and cannot be set by a profile
    ~/.config/claude-bedrock/config.toml:3:1: `AWS_REGION` is set by claude-bedrock itself
        write: region = "…"
    "#);
}

#[test]
fn a_nul_in_a_value_is_shown_with_its_place() {
    let config = |text: &str| with_config(format!("default_profile = \"work\"\n[profiles.work]\n{text}\n"));
    let prompts = [
        config("env.A = \"a\\u0000b\""),
        config("region = \"a\\u0000b\""),
        config("models.main = \"a\\u0000\""),
        config("auth.profile = \"\\u0000\""),
        config("description = \"a\\u0000b\""),
        config("region = \"a\0b\""),
        with_project("profile = \"a\\u0000b\"\n"),
        with_project("profile = \"work\"\nenv.A = \"a\\u0000b\"\n"),
        with_config("default_profile = \"\\u0000\"\n"),
        with_config("trusted = [\"/a\\u0000b\"]\ndefault_profile = \"none\"\n"),
    ];
    assert_snapshot!(headlines(prompts), @r"
    ~/.config/claude-bedrock/config.toml:3:9: a NUL character, which no variable can hold
    ~/.config/claude-bedrock/config.toml:3:10: a NUL character, which no variable can hold
    ~/.config/claude-bedrock/config.toml:3:15: a NUL character, which no variable can hold
    ~/.config/claude-bedrock/config.toml:3:16: a NUL character, which no variable can hold
    ~/.config/claude-bedrock/config.toml:3:15: a NUL character, which no variable can hold
    ~/.config/claude-bedrock/config.toml:3:12: invalid basic string, expected non-double-quote visible characters, `\`
    ~/repo/.claude-bedrock.toml:1:11: there is no profile `a\u{0}b`
        there are: home, work
    ~/repo/.claude-bedrock.toml:2:9: a NUL character, which no variable can hold
    ~/.config/claude-bedrock/config.toml:1:19: there is no profile `\u{0}`
        no profile is written yet; the first goes into ~/.config/claude-bedrock/config.toml: [profiles.\u{0}]
    ~/.config/claude-bedrock/config.toml:2:19: there is no profile `none`
        no profile is written yet; the first goes into ~/.config/claude-bedrock/config.toml: [profiles.none]
    ");
}

#[test]
fn a_value_longer_than_the_system_allows_is_refused_and_the_longest_is_set() {
    // MAX_ARG_STRLEN with the name, the equals sign and the final NUL.
    let longest = 131_072 - "LONG=".len() - 1;
    let text = |length: usize| {
        format!(
            "default_profile = \"work\"\n[profiles.work]\nregion = \"eu-west-1\"\n[profiles.work.env]\nLONG = \"{}\"\n",
            "x".repeat(length)
        )
    };
    let mut prompt = with_config(text(longest));
    prompt.loads();
    assert_eq!(prompt.get("LONG").unwrap().len(), longest);
    let message = with_config(text(longest + 1)).refused();
    assert_snapshot!(message.lines().next().unwrap(), @"claude-bedrock: `LONG` would have 131072 bytes; a process accepts 131071 at most");
    // What the program sets by itself must fit, too: a region, an alias of a model, the AWS profile.
    for key in ["region", "models.main", "models.haiku", "auth.profile"] {
        let text = format!(
            "default_profile = \"work\"\n[profiles.work]\nauth.method = \"aws-profile\"\n{key} = \"{}\"\n",
            "x".repeat(140_000)
        );
        let message = with_config(text).refused();
        assert!(message.contains("config.toml:"), "{key}: {message}");
    }
}

/// Each value is short enough, all together are not: then no command could be started any more.
#[test]
fn more_than_the_system_can_hand_to_a_process_is_refused() {
    let long = "x".repeat(100_000);
    let world = World::new(Shell::Bash);
    let mut profiles = String::new();
    for layer in 0..3 {
        let values: String = (0..9).fold(String::new(), |text, index| {
            text + &format!("LONG_{layer}_{index} = \"{long}\"\n")
        });
        if layer == 0 {
            profiles = format!("trusted = [\"~\"]\ndefault_profile = \"work\"\n[profiles.work.env]\n{values}");
        } else {
            world.write(
                format!("{}.claude-bedrock.toml", "repo/".repeat(layer)),
                format!("[env]\n{values}"),
            );
        }
    }
    world.config(&profiles);
    Prompt::new(world, "repo/repo").refused();
}

/// The state must fit into one variable, however many variables it has to remember.
#[test]
fn a_profile_of_thousands_of_variables_is_set_and_left_or_refused() {
    let mut config =
        String::from("default_profile = \"work\"\n[profiles.work]\nregion = \"eu-west-1\"\n[profiles.work.env]\n");
    for index in 0..6000 {
        writeln!(config, "A_VARIABLE_WITH_A_LONG_NAME_{index:06} = \"x\"").unwrap();
    }
    let mut prompt = with_config(&config);
    let before = prompt.profile();
    let message = prompt.turn();
    if prompt.get("CLAUDE_BEDROCK_ACTIVE").is_none() {
        assert_one_message(&message);
        assert_eq!(prompt.profile(), before);
        return;
    }
    prompt.world.config("");
    prompt.turn();
    assert_eq!(prompt.profile(), before);
}

#[test]
fn extends_that_goes_in_a_circle_is_shown() {
    let prompts = [
        with_config("default_profile = \"a\"\n[profiles.a]\nextends = \"a\"\n"),
        with_config("default_profile = \"a\"\n[profiles.a]\nextends = \"b\"\n[profiles.b]\nextends = \"a\"\n"),
        with_config(
            "default_profile = \"a\"\n[profiles.a]\nextends = \"b\"\n[profiles.b]\nextends = \"c\"\n[profiles.c]\nextends = \"b\"\n",
        ),
    ];
    assert_snapshot!(messages(prompts), @r#"
    claude-bedrock: `extends` leads in a circle: a -> a
     --> ~/.config/claude-bedrock/config.toml:3:11
      |
    3 | extends = "a"
      |           ^^^
      |
      = help: remove one of the `extends`

    claude-bedrock: `extends` leads in a circle: a -> b -> a
     --> ~/.config/claude-bedrock/config.toml:5:11
      |
    5 | extends = "a"
      |           ^^^
      |
      = help: remove one of the `extends`

    claude-bedrock: `extends` leads in a circle: b -> c -> b
     --> ~/.config/claude-bedrock/config.toml:7:11
      |
    7 | extends = "b"
      |           ^^^
      |
      = help: remove one of the `extends`
    "#);
}

#[test]
fn an_unknown_profile_is_shown_with_what_there_is() {
    let chosen = |name: &str| {
        let mut prompt = with_config(CONFIG);
        prompt.set("CLAUDE_BEDROCK_PROFILE", name);
        prompt
    };
    let prompts = [
        with_project("profile = \"wrok\"\n"),
        with_project("profile = \"zebra\"\n"),
        with_project("profile = \"\"\n"),
        with_config(format!("default_profile = \"hom\"\n{CONFIG}")),
        with_config("default_profile = \"work\"\n"),
        with_config("default_profile = \"a\"\n[profiles.a]\nextends = \"bb\"\n[profiles.aa]\n"),
        chosen("wrok"),
        chosen("a\u{1b}[31m\nb"),
        chosen("-"),
    ];
    assert_snapshot!(messages(prompts), @r#"
    claude-bedrock: there is no profile `wrok`
     --> ~/repo/.claude-bedrock.toml:1:11
      |
    1 | profile = "wrok"
      |           ^^^^^^
      |
      = help: did you mean `work`?
      = help: write the profile: claude-bedrock add wrok

    claude-bedrock: there is no profile `zebra`
     --> ~/repo/.claude-bedrock.toml:1:11
      |
    1 | profile = "zebra"
      |           ^^^^^^^
      |
      = help: there are: home, work
      = help: write the profile: claude-bedrock add zebra

    claude-bedrock: there is no profile ``
     --> ~/repo/.claude-bedrock.toml:1:11
      |
    1 | profile = ""
      |           ^^
      |
      = help: there are: home, work

    claude-bedrock: there is no profile `hom`
     --> ~/.config/claude-bedrock/config.toml:1:19
      |
    1 | default_profile = "hom"
      |                   ^^^^^
      |
      = help: did you mean `home`?

    claude-bedrock: there is no profile `work`
     --> ~/.config/claude-bedrock/config.toml:1:19
      |
    1 | default_profile = "work"
      |                   ^^^^^^
      |
      = help: no profile is written yet; the first goes into ~/.config/claude-bedrock/config.toml: [profiles.work]

    claude-bedrock: there is no profile `bb`
     --> ~/.config/claude-bedrock/config.toml:3:11
      |
    3 | extends = "bb"
      |           ^^^^
      |
      = help: there are: a, aa

    claude-bedrock: there is no profile `wrok`
      did you mean `work`?
      this shell chose it (CLAUDE_BEDROCK_PROFILE); back to what the directory says: claude-bedrock use --clear

    claude-bedrock: there is no profile `a\u{1b}[31m\nb`
      there are: home, work
      this shell chose it (CLAUDE_BEDROCK_PROFILE); back to what the directory says: claude-bedrock use --clear

    claude-bedrock: there is no profile `-`
      there are: home, work
      this shell chose it (CLAUDE_BEDROCK_PROFILE); back to what the directory says: claude-bedrock use --clear
    "#);
}

// ---------------------------------------------------------------------------------------------------------
// Files that are none.

/// Puts something that is no file of settings at a path.
type Put = fn(&Path);

const ODDITIES: [(&str, Put); 6] = [
    ("a FIFO", |path| {
        let path = std::ffi::CString::new(path.to_str().unwrap()).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &path,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from(0o644),
            0,
        )
        .unwrap();
    }),
    ("a directory", |path| fs::create_dir(path).unwrap()),
    ("an endless device", |path| symlink("/dev/zero", path).unwrap()),
    ("an empty device", |path| symlink("/dev/null", path).unwrap()),
    ("a socket", |path| drop(UnixListener::bind(path).unwrap())),
    ("a link to itself", |path| symlink(path, path).unwrap()),
];

#[test]
fn what_is_no_file_is_named_in_the_users_own_place() {
    let mut all = String::new();
    for (name, put) in ODDITIES {
        let mut prompt = with_config("");
        fs::remove_file(prompt.world.config_path()).unwrap();
        put(&prompt.world.config_path());
        writeln!(all, "{name}:\n{}", prompt.refused()).unwrap();
        // Until something changes.
        remove(&prompt.world.config_path());
        prompt.world.config(&format!("default_profile = \"work\"\n{CONFIG}"));
        prompt.loads();
    }
    assert_snapshot!(all, @"
    a FIFO:
    claude-bedrock: ~/.config/claude-bedrock/config.toml is not a regular file
      a file of settings is expected there; move it away: mv [ROOT]/home/.config/claude-bedrock/config.toml [ROOT]/home/.config/claude-bedrock/config.toml.old

    a directory:
    claude-bedrock: ~/.config/claude-bedrock/config.toml is a directory
      a file of settings is expected there; move it away: mv [ROOT]/home/.config/claude-bedrock/config.toml [ROOT]/home/.config/claude-bedrock/config.toml.old

    an endless device:
    claude-bedrock: ~/.config/claude-bedrock/config.toml is not a regular file
      a file of settings is expected there; move it away: mv [ROOT]/home/.config/claude-bedrock/config.toml [ROOT]/home/.config/claude-bedrock/config.toml.old

    an empty device:
    claude-bedrock: ~/.config/claude-bedrock/config.toml is not a regular file
      a file of settings is expected there; move it away: mv [ROOT]/home/.config/claude-bedrock/config.toml [ROOT]/home/.config/claude-bedrock/config.toml.old

    a socket:
    claude-bedrock: ~/.config/claude-bedrock/config.toml is not a regular file
      a file of settings is expected there; move it away: mv [ROOT]/home/.config/claude-bedrock/config.toml [ROOT]/home/.config/claude-bedrock/config.toml.old

    a link to itself:
    claude-bedrock: ~/.config/claude-bedrock/config.toml cannot be read: Too many levels of symbolic links (os error 40)
    ");
}

#[test]
fn what_is_no_file_is_named_in_a_projects_place() {
    let mut all = String::new();
    for (name, put) in ODDITIES {
        let mut prompt = with_project("");
        let path = prompt.directory.join(".claude-bedrock.toml");
        fs::remove_file(&path).unwrap();
        put(&path);
        writeln!(all, "{name}:\n{}", prompt.refused()).unwrap();
        // `allow` and `init` refuse it, too, each in its own words.
        for command in [&["allow"][..], &["init", "work"]] {
            let said = prompt.program(command);
            assert_eq!(said.status, Some(2), "{name}: {command:?}");
            assert_one_message(&said.stderr);
        }
        remove(&path);
        prompt.world.write("repo/.claude-bedrock.toml", "profile = \"work\"\n");
        prompt.loads();
    }
    assert_snapshot!(all, @"
    a FIFO:
    claude-bedrock: ~/repo/.claude-bedrock.toml is not a regular file
      a file of settings is expected there; move it away: mv [ROOT]/home/repo/.claude-bedrock.toml [ROOT]/home/repo/.claude-bedrock.toml.old

    a directory:
    claude-bedrock: ~/repo/.claude-bedrock.toml is a directory
      a file of settings is expected there; move it away: mv [ROOT]/home/repo/.claude-bedrock.toml [ROOT]/home/repo/.claude-bedrock.toml.old

    an endless device:
    claude-bedrock: ~/repo/.claude-bedrock.toml is not a regular file
      a file of settings is expected there; move it away: mv [ROOT]/home/repo/.claude-bedrock.toml [ROOT]/home/repo/.claude-bedrock.toml.old

    an empty device:
    claude-bedrock: ~/repo/.claude-bedrock.toml is not a regular file
      a file of settings is expected there; move it away: mv [ROOT]/home/repo/.claude-bedrock.toml [ROOT]/home/repo/.claude-bedrock.toml.old

    a socket:
    claude-bedrock: ~/repo/.claude-bedrock.toml is not a regular file
      a file of settings is expected there; move it away: mv [ROOT]/home/repo/.claude-bedrock.toml [ROOT]/home/repo/.claude-bedrock.toml.old

    a link to itself:
    claude-bedrock: ~/repo/.claude-bedrock.toml cannot be read: Too many levels of symbolic links (os error 40)
    ");
}

fn remove(path: &Path) {
    if path.symlink_metadata().unwrap().is_dir() {
        fs::remove_dir(path).unwrap();
    } else {
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn a_link_that_leads_nowhere_is_no_file_and_nothing_is_said() {
    let mut prompt = with_project("");
    for path in [
        prompt.world.config_path(),
        prompt.directory.join(".claude-bedrock.toml"),
    ] {
        fs::remove_file(&path).unwrap();
        symlink("/dev/null/nowhere", path).unwrap();
    }
    prompt.silent();
}

#[test]
fn a_file_of_ten_mebibytes_is_refused() {
    let text = "# comment\n".repeat(1 << 20);
    assert_snapshot!(messages([with_project(&text), with_config(&text)]), @"
    claude-bedrock: ~/repo/.claude-bedrock.toml has 10485760 bytes; more than 65536 are not read

    claude-bedrock: ~/.config/claude-bedrock/config.toml has 10485760 bytes; more than 1048576 are not read
    ");
}

#[test]
fn a_file_that_is_not_utf_8_is_refused() {
    let utf16: Vec<u8> = "\u{feff}profile = \"work\"\r\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let prompts = [
        with_project(b"profile = \"work\"\n# caf\xe9\n"),
        with_project(b"\xff\n"),
        with_project(b"profile = \"work\"\n[env]\nA = \"\xc3"),
        with_project(utf16),
        with_config(b"[profiles.work.env]\nMY_TOKEN = \"hunter2\xff\"\n"),
    ];
    assert_snapshot!(messages(prompts), @r#"
    claude-bedrock: not UTF-8
     --> ~/repo/.claude-bedrock.toml:2:6
      |
    2 | # caf�
      |      ^
      |
      = help: save the file in UTF-8, which TOML requires

    claude-bedrock: not UTF-8
     --> ~/repo/.claude-bedrock.toml:1:1
      |
    1 | �
      | ^
      |
      = help: save the file in UTF-8, which TOML requires

    claude-bedrock: not UTF-8
     --> ~/repo/.claude-bedrock.toml:3:6
      |
    3 | A = "�
      |      ^
      |
      = help: save the file in UTF-8, which TOML requires

    claude-bedrock: not UTF-8
     --> ~/repo/.claude-bedrock.toml:1:1
      |
    1 | ��p?r?o?f?i?l?e? ?=? ?"?w?o?r?k?"???
      | ^
      |
      = help: save the file in UTF-8, which TOML requires

    claude-bedrock: not UTF-8
     --> ~/.config/claude-bedrock/config.toml:2:20
      |
    2 | MY_TOKEN = "*******�"
      |                    ^
      |
      = help: save the file in UTF-8, which TOML requires
    "#);
}

/// What Windows' editors write before the text, and between the lines.
#[test]
fn a_byte_order_mark_and_dos_lines_are_no_mistake() {
    let mut prompt = with_project("\u{feff}profile = \"work\"\r\n[models]\r\nmain = \"haiku\"\r\n");
    prompt.loads();
    let place = headlines([with_project(
        "\u{feff}profile = \"work\"\r\n[models]\r\nmian = \"haiku\"\r\n",
    )]);
    assert!(place.starts_with("~/repo/.claude-bedrock.toml:3:1: "), "{place}");
}

// ---------------------------------------------------------------------------------------------------------
// Somebody else's machine.

/// Has all commands run as a user without rights, who gets the whole world; where this user is such a one, it is this
/// user.
fn become_user(prompt: &mut Prompt, id: u32) {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let setpriv = need("setpriv");
    prompt.binary = prompt.world.program_for_others();
    let mut paths = vec![prompt.world.home()];
    while let Some(path) = paths.pop() {
        std::os::unix::fs::lchown(&path, Some(id), Some(id)).unwrap();
        if path.symlink_metadata().unwrap().is_dir() {
            paths.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    prompt.by = vec![
        setpriv.to_str().unwrap().to_owned(),
        format!("--reuid={id}"),
        format!("--regid={id}"),
        "--clear-groups".to_owned(),
        "--".to_owned(),
    ];
}

const NOBODY: u32 = 65534;

/// A user of whom the system knows nothing, not even a home directory.
const UNKNOWN: u32 = 54321;

#[test]
fn a_file_that_may_not_be_read_is_named_with_the_fix() {
    let mut all = String::new();
    for place in [".config/claude-bedrock/config.toml", "repo/.claude-bedrock.toml"] {
        let mut prompt = with_project("profile = \"work\"\n");
        let path = prompt.world.path(place);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
        become_user(&mut prompt, NOBODY);
        writeln!(all, "{}", prompt.refused()).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        prompt.loads();
    }
    assert_snapshot!(all, @"
    claude-bedrock: ~/.config/claude-bedrock/config.toml cannot be read: Permission denied (os error 13)
      if it is yours: chmod u+r [ROOT]/home/.config/claude-bedrock/config.toml

    claude-bedrock: ~/repo/.claude-bedrock.toml cannot be read: Permission denied (os error 13)
      if it is yours: chmod u+r [ROOT]/home/repo/.claude-bedrock.toml
    ");
}

#[test]
fn a_directory_that_may_not_be_searched_hides_what_is_in_it() {
    let mut prompt = with_project("profile = \"work\"\n");
    fs::set_permissions(prompt.world.path(".config"), fs::Permissions::from_mode(0o000)).unwrap();
    fs::remove_file(prompt.world.path("repo/.claude-bedrock.toml")).unwrap();
    become_user(&mut prompt, NOBODY);
    let said = prompt.turn();
    assert!(
        said.contains("cannot be looked for:\n  ~/.config may not be searched"),
        "{said}"
    );
    prompt.silent();
    fs::set_permissions(prompt.world.path(".config"), fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn without_any_home_nothing_is_said_and_the_prompt_lives() {
    let mut prompt = Prompt::new(World::new(Shell::Bash), "repo");
    prompt.environment.remove(OsStr::new("HOME"));
    // Without root the system knows this user's home, and takes it from there.
    if have("root").is_some() {
        become_user(&mut prompt, UNKNOWN);
    }
    prompt.silent();
    // What needs a place says so.
    prompt.world.write("repo/.claude-bedrock.toml", "profile = \"work\"\n");
    if !prompt.by.is_empty() {
        become_user(&mut prompt, UNKNOWN);
        let allow = prompt.program(&["allow"]);
        assert_eq!(allow.status, Some(2));
        assert_snapshot!(allow.stderr, @r#"
        claude-bedrock: there is no profile `work`
         --> [ROOT]/home/repo/.claude-bedrock.toml:1:11
          |
        1 | profile = "work"
          |           ^^^^^^
          |
          = help: what the file does is not known until there is one
          = help: write the profile: claude-bedrock add work
        "#);
        let hook = prompt.program(&["hook", "bash"]);
        assert_eq!((hook.status, hook.stderr.as_str()), (Some(0), ""));
    }
}

#[test]
fn without_home_a_file_named_by_a_variable_is_loaded() {
    let mut prompt = with_config(format!("default_profile = \"work\"\n{CONFIG}"));
    prompt.set("CLAUDE_BEDROCK_CONFIG", prompt.world.config_path());
    become_user(&mut prompt, UNKNOWN);
    prompt.environment.remove(OsStr::new("HOME"));
    // The user's own session token is to wait in a file, and there is no place for one.
    assert_snapshot!(prompt.refused_at_the_prompt(), @"
    claude-bedrock: your own AWS_SESSION_TOKEN cannot be kept safe for later:
      there is no state directory (no HOME)
      so the profile is not loaded
        unset them, or make the state directory writable (docs/files.md)
    ");
    prompt.environment.remove(OsStr::new("AWS_SESSION_TOKEN"));
    prompt.loads();
}

#[test]
fn a_home_that_is_no_directory_is_an_empty_one() {
    for home in [
        "/dev/null",
        "/etc/passwd",
        "/proc/nobody",
        "/proc/1",
        "/proc/self",
        "relative",
        "",
    ] {
        let mut prompt = Prompt::new(World::new(Shell::Bash), "repo");
        prompt.set("HOME", home);
        prompt.set("XDG_CONFIG_HOME", "/dev/null");
        prompt.set("XDG_STATE_HOME", "/dev/null");
        prompt.silent();
        let allow = prompt.program(&["allow"]);
        assert_eq!(allow.status, Some(2), "{home}");
        assert_one_message(&allow.stderr);
    }
}

/// A relative path would be another in every directory, and let a stranger's repository bring the user's file.
#[test]
fn a_home_that_is_relative_is_none() {
    for name in ["HOME", "XDG_CONFIG_HOME"] {
        let mut prompt = with_project("");
        prompt.set("HOME", "/dev/null");
        prompt.set(name, "mine");
        for file in [
            "repo/mine/.config/claude-bedrock/config.toml",
            "repo/mine/claude-bedrock/config.toml",
        ] {
            prompt
                .world
                .write(file, format!("default_profile = \"work\"\n{CONFIG}"));
        }
        fs::remove_file(prompt.directory.join(".claude-bedrock.toml")).unwrap();
        prompt.silent();
    }
}

#[test]
fn a_home_that_cannot_be_written_takes_nothing_from_the_prompt() {
    let mut prompt = with_config(format!("default_profile = \"work\"\n{CONFIG}"));
    prompt.environment.remove(OsStr::new("AWS_SESSION_TOKEN"));
    prompt.world.write("repo/.claude-bedrock.toml", "profile = \"work\"\n");
    become_user(&mut prompt, NOBODY);
    let home = prompt.world.home();
    let mode = |mode| fs::set_permissions(&home, fs::Permissions::from_mode(mode)).unwrap();
    mode(0o555);
    let allow = prompt.program(&["allow", "repo"]);
    let hook = prompt.program(&["hook", "bash"]);
    let before = prompt.profile();
    prompt.loads();
    // A value that must wait in a file keeps the profile from being loaded, whole.
    prompt.environment = before;
    prompt.set("AWS_SESSION_TOKEN", "own-session-token");
    let refused = prompt.refused_at_the_prompt();
    let status = prompt.program(&["status"]);
    mode(0o755);
    assert_eq!((hook.status, hook.stderr.as_str()), (Some(0), ""));
    assert_eq!(allow.status, Some(2));
    let status = String::from_utf8(status.stdout).unwrap();
    assert!(status.contains("this shell has not loaded it"), "{status}");
    assert_snapshot!(format!("{}\n{refused}", allow.stderr), @"
      profile  work (eu-west-1, AWS profile bedrock-work)
      sets     ANTHROPIC_MODEL = eu.anthropic.claude-sonnet-4-6
      sets     AWS_DEFAULT_REGION = eu-west-1
      sets     AWS_PROFILE = bedrock-work
      sets     AWS_REGION = eu-west-1
      sets     CLAUDE_CODE_USE_BEDROCK = 1
      unsets   61 other variables of Claude Code and AWS, so that nothing else decides
    claude-bedrock: the trust record cannot be written in ~/.local/state/claude-bedrock/trust: Permission denied (os error 13)
      look at: ls -ld [ROOT]/home/.local/state/claude-bedrock/trust

    claude-bedrock: your own AWS_SESSION_TOKEN cannot be kept safe for later:
      Permission denied (os error 13)
      so the profile is not loaded
        unset them, or make the state directory writable (docs/files.md)
    ");
}

#[test]
fn a_state_directory_that_is_spoilt_takes_nothing_from_the_prompt() {
    for (spoilt, by) in [
        (".local/state", "file"),
        (".local/state/claude-bedrock", "file"),
        (".local/state/claude-bedrock/references", "link"),
        (".local/state/claude-bedrock/trust", "file"),
    ] {
        let mut prompt = with_config(format!("default_profile = \"work\"\n{CONFIG}"));
        prompt.environment.remove(OsStr::new("AWS_SESSION_TOKEN"));
        let path = prompt.world.path(spoilt);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if by == "link" {
            symlink(prompt.world.path("nowhere"), &path).unwrap();
        } else {
            fs::write(&path, "spoilt").unwrap();
        }
        prompt.loads();
        prompt.world.write("repo/.claude-bedrock.toml", "profile = \"work\"\n");
        let allow = prompt.program(&["allow", "repo"]);
        assert_eq!(allow.status == Some(0), by == "link", "{spoilt}: {}", allow.stderr);
    }
}

#[test]
fn previous_values_whose_file_has_gone_are_named_once() {
    let spoils: [fn(&Path); 2] = [
        |path| fs::remove_file(path).unwrap(),
        |path| fs::write(path, "spoilt").unwrap(),
    ];
    let messages = spoils.map(|spoil| {
        let mut prompt = with_config(format!("default_profile = \"work\"\n{CONFIG}"));
        prompt.loads();
        let stash = prompt.world.path(".local/state/claude-bedrock/stash");
        let files: Vec<PathBuf> = fs::read_dir(stash)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        assert_eq!(files.len(), 1, "the session token waits in a file");
        spoil(&files[0]);
        prompt.world.config(CONFIG);
        let message = prompt.turn();
        assert_eq!(prompt.turn(), "");
        assert_eq!(prompt.get("AWS_SESSION_TOKEN"), None);
        assert_eq!(prompt.get("AWS_REGION"), Some("own-region"), "the rest is restored");
        message
    });
    assert_eq!(messages[0], messages[1]);
    assert_snapshot!(messages[0], @"
    claude-bedrock: left work
    claude-bedrock: warning: the values that AWS_SESSION_TOKEN had before are lost
      they are unset now; set them again, or start a new shell
    ");
}

#[test]
fn a_deleted_working_directory_leaves_the_profile_and_says_nothing_else() {
    let mut prompt = with_project("profile = \"work\"\n");
    let before = prompt.profile();
    prompt.loads();
    prompt.done = "mkdir gone && cd gone && rmdir ../gone";
    // Below a project that is still there, of which nothing is known any more.
    assert_eq!(prompt.turn(), "claude-bedrock: left work\n");
    assert_eq!(prompt.profile(), before);
    prompt.silent();
    let mut all = String::new();
    for arguments in [
        &["allow"][..],
        &["deny"],
        &["init", "work"],
        &["status"],
        &["export", "json"],
        &["exec", "true"],
        &["list"],
    ] {
        let said = prompt.program(arguments);
        writeln!(
            all,
            "{} {:?}:\n{}",
            arguments.join(" "),
            said.status.unwrap(),
            said.stderr
        )
        .unwrap();
    }
    assert_snapshot!(all, @"
    allow 2:
    claude-bedrock: the working directory has been deleted
      go to another: cd ~

    deny 2:
    claude-bedrock: the working directory has been deleted
      go to another: cd ~

    init work 2:
    claude-bedrock: the working directory has been deleted
      go to another: cd ~

    status 0:

    export json 2:
    claude-bedrock: no profile is active here
      choose one for this directory: claude-bedrock init PROFILE
      or see what there is: claude-bedrock list

    exec true 2:
    claude-bedrock: no profile is active here
      choose one for this directory: claude-bedrock init PROFILE
      or see what there is: claude-bedrock list

    list 0:
    ");
}

#[test]
fn a_project_directory_that_is_deleted_while_the_shell_is_in_it_is_left() {
    let mut prompt = with_project("profile = \"work\"\n");
    let before = prompt.profile();
    prompt.loads();
    prompt.done = "rm -r \"$PWD\"";
    assert_eq!(prompt.turn(), "claude-bedrock: left work\n");
    assert_eq!(prompt.profile(), before);
}

// ---------------------------------------------------------------------------------------------------------
// What was loaded breaks.

#[test]
fn a_profile_that_breaks_while_it_is_active_is_left_whole() {
    let mut prompt = with_project("profile = \"work\"\n");
    let before = prompt.profile();
    prompt.loads();
    prompt
        .world
        .write("repo/.claude-bedrock.toml", "profile = \"work\"\nregoin = 1\n");
    let message = prompt.turn();
    assert_eq!(prompt.profile(), before);
    assert_eq!(prompt.turn(), "");
    assert_snapshot!(message, @"
    claude-bedrock: left work
    claude-bedrock: unknown key `regoin`
     --> ~/repo/.claude-bedrock.toml:2:1
      |
    2 | regoin = 1
      | ^^^^^^
      |
      = help: did you mean `region`?
    ");
    // Another mistake is said; the same one again after it was mended, too.
    prompt.world.write("repo/.claude-bedrock.toml", "profile = \"wrok\"\n");
    assert_one_message(&prompt.refused());
    prompt.world.write("repo/.claude-bedrock.toml", "profile = \"work\"\n");
    prompt.loads();
    prompt.world.write("repo/.claude-bedrock.toml", "profile = \"wrok\"\n");
    assert!(prompt.turn().contains("there is no profile `wrok`"));
    assert_eq!(prompt.profile(), before);
}

// ---------------------------------------------------------------------------------------------------------
// Many at once.

#[test]
fn many_processes_that_allow_at_once_lose_nothing() {
    let world = World::new(Shell::Bash);
    let directories: Vec<PathBuf> = (0..8)
        .map(|index| {
            world
                .unallowed_project(format!("repo-{index}"), "profile = \"work\"\n")
                .parent()
                .unwrap()
                .to_path_buf()
        })
        .collect();
    // Each file by four processes, all at the same time.
    thread::scope(|scope| {
        for directory in directories.iter().cycle().take(directories.len() * 4) {
            let world = &world;
            scope.spawn(move || world.allow(directory));
        }
    });
    let mut prompt = Prompt::new(world, "");
    let before = prompt.environment.clone();
    for directory in directories {
        prompt.environment.clone_from(&before);
        prompt.directory = directory;
        prompt.loads();
    }
}

#[test]
fn many_prompts_at_once_say_nothing_but_their_line() {
    let prompt = with_project("profile = \"work\"\n");
    thread::scope(|scope| {
        for _ in 0..16 {
            let mut command = prompt.command(PROGRAM);
            command.args(["export", "bash"]);
            scope.spawn(|| {
                let said = prompt.said(run(command));
                assert_eq!(
                    said.stderr,
                    "claude-bedrock: work (eu-west-1, AWS profile bedrock-work)\n"
                );
            });
        }
    });
    // Every reference file is whole: the next prompt finds them all.
    let names = fs::read_dir(prompt.world.path(".local/state/claude-bedrock/references")).unwrap();
    let left: Vec<OsString> = names
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name.to_string_lossy().starts_with(".new"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

// ---------------------------------------------------------------------------------------------------------
// Streams.

#[test]
fn a_reader_that_stops_reading_is_no_error() {
    for arguments in [
        &["hook", "bash"][..],
        &["hook", "powershell"],
        &["--help"],
        &["completions", "zsh"],
        &["list"],
        &["show", "work"],
        &["export", "bash"],
    ] {
        let prompt = with_project("profile = \"work\"\n");
        // As `head -1` reads one line of `hook` and goes.
        let mut command = prompt.command(PROGRAM);
        let mut child = command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut reader = BufReader::with_capacity(1, child.stdout.take().unwrap());
        reader.read_line(&mut line).unwrap();
        drop(reader);
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        let entered = if arguments[0] == "export" {
            "claude-bedrock: work (eu-west-1, AWS profile bedrock-work)\n"
        } else {
            ""
        };
        assert_eq!(stderr, entered, "{arguments:?}");
    }
    // And one that reads nothing at all, before the program has written anything.
    let prompt = with_project("profile = \"work\"\n");
    for arguments in [
        "hook bash",
        "--help",
        "list",
        "show work",
        "status",
        "export json",
        "export bash",
    ] {
        let mut command = prompt.command("bash");
        let script = format!(
            "CLAUDE_BEDROCK_LOG=error; export CLAUDE_BEDROCK_LOG; {{ sleep 0.05; '{PROGRAM}' {arguments}; }} | :"
        );
        let said = prompt.said(run({
            command.args(["-c", &script]);
            command
        }));
        assert_eq!((said.status, said.stderr.as_str()), (Some(0), ""), "{arguments}");
    }
}

#[test]
fn a_full_device_is_said_once_with_status_2() {
    let prompt = with_project("profile = \"work\"\n");
    let mut all = String::new();
    for arguments in [
        &["hook", "bash"][..],
        &["list"],
        &["show", "work"],
        &["status"],
        &["completions", "fish"],
        &["export", "json"],
        &["export", "bash"],
    ] {
        let mut command = prompt.command(PROGRAM);
        command.args(arguments);
        let mut child = command
            .stdin(Stdio::null())
            .stdout(File::options().write(true).open("/dev/full").unwrap())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = {
            let _ = child.wait();
            child.wait_with_output().unwrap()
        };
        let said = prompt.said(output);
        writeln!(
            all,
            "{} {:?}: {}",
            arguments.join(" "),
            said.status,
            said.stderr.trim_end()
        )
        .unwrap();
    }
    assert_snapshot!(all, @"
    hook bash Some(2): claude-bedrock: the output cannot be written: No space left on device (os error 28)
    list Some(2): claude-bedrock: the output cannot be written: No space left on device (os error 28)
    show work Some(2): claude-bedrock: the output cannot be written: No space left on device (os error 28)
    status Some(2): claude-bedrock: the output cannot be written: No space left on device (os error 28)
    completions fish Some(2): claude-bedrock: the output cannot be written: No space left on device (os error 28)
    export json Some(2): claude-bedrock: the output cannot be written: No space left on device (os error 28)
    export bash Some(2): claude-bedrock: the output cannot be written: No space left on device (os error 28)
    ");
}

#[test]
fn closed_streams_are_no_error() {
    let mut prompt = with_project("profile = \"work\"\n");
    for redirection in ["2>&-", ">&- 2>&-", "<&- 2>&-", "2>/dev/full"] {
        for arguments in ["export bash", "hook zsh", "list", "status"] {
            let mut command = prompt.command("bash");
            command.args(["-c", &format!("'{PROGRAM}' {arguments} {redirection}")]);
            let said = prompt.said(run(command));
            // An answer to a hook that nobody can read is none, which the hook has to know.
            let status = i32::from(arguments == "export bash" && redirection.starts_with('>'));
            assert_eq!(
                (said.status, said.stderr.as_str()),
                (Some(status), ""),
                "{arguments} {redirection}"
            );
        }
    }
    // A message that nobody can read does not take the profile.
    prompt.loads();
}

// ---------------------------------------------------------------------------------------------------------
// Variables.

const STATE: &str = "CLAUDE_BEDROCK_STATE";

#[test]
fn a_state_that_cannot_be_read_is_said_once_and_the_prompt_goes_on() {
    let longest = "1".to_owned() + &"_".repeat(100_000);
    let huge = "1".to_owned() + &BASE64URL_NOPAD.encode(&[0xff; 64]);
    let mut first = None;
    for state in [
        "garbage",
        "1",
        "2",
        "1AAAA",
        "1!!",
        "\u{e9}",
        " ",
        "1\n",
        longest.as_str(),
        huge.as_str(),
    ] {
        let mut prompt = with_project("profile = \"work\"\n");
        prompt.set(STATE, state);
        let message = prompt.turn();
        assert_eq!(prompt.get("AWS_REGION"), Some("eu-west-1"), "{state:.20}");
        assert_eq!(prompt.turn(), "", "said again");
        let first = first.get_or_insert_with(|| message.clone());
        assert_eq!(message, *first, "{state:.20}");
        // Where there is nothing to load, it is said once, too.
        let mut prompt = Prompt::new(World::new(Shell::Bash), "");
        prompt.set(STATE, state);
        let before = prompt.profile();
        assert_one_message(&prompt.turn());
        assert_eq!(prompt.turn(), "", "said again: {state:.20}");
        assert_eq!(prompt.profile(), before);
    }
    let mut prompt = with_project("profile = \"work\"\n");
    prompt.set(STATE, OsString::from_vec(b"1\xff\xfe".to_vec()));
    assert_eq!(Some(prompt.turn()), first);
    assert_snapshot!(first.unwrap(), @"
    claude-bedrock: warning: the variable CLAUDE_BEDROCK_STATE cannot be read
      what it held is not restored
      to recover, start a new shell
    claude-bedrock: work (eu-west-1, AWS profile bedrock-work)
    ");
}

/// Bits of a real state turned at random: nothing panics, no variable of nobody's is touched, and the prompt
/// after it is quiet.
#[test]
fn a_state_that_is_damaged_anywhere_does_no_harm() {
    let mut prompt = with_project("profile = \"work\"\n");
    prompt.loads();
    let loaded = prompt.environment.clone();
    let bytes = BASE64URL_NOPAD
        .decode(&prompt.get(STATE).unwrap().as_bytes()[1..])
        .unwrap();
    for round in 0..120 {
        let mut damaged = bytes.clone();
        let place = round * 7919 % damaged.len();
        match round % 4 {
            0 => damaged[place] ^= 1 << (round % 8),
            1 => damaged[place] = 0xff,
            2 => damaged.truncate(place),
            _ => damaged.insert(place, 0x80),
        }
        prompt.environment.clone_from(&loaded);
        prompt.set(STATE, "1".to_owned() + &BASE64URL_NOPAD.encode(&damaged));
        let mut command = prompt.command(PROGRAM);
        command.args(["export", "bash"]);
        let said = prompt.said(run(command));
        assert_eq!(said.status, Some(0), "round {round}: {}", said.stderr);
        let code = String::from_utf8_lossy(&said.stdout).into_owned();
        assert!(!code.contains("$(") && !code.contains('`'), "round {round}: {code}");
        for line in code.lines().filter(|line| !line.starts_with("function ")) {
            let name = line
                .strip_prefix("\\builtin unset -v ")
                .and_then(|rest| rest.split(' ').next())
                .filter(|name| line.ends_with(&format!(" || __claude_bedrock_fixed+=' {name}'")));
            let shape = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            // What the hook keeps beside the watch, and how it finds what is read-only, in names of that shape.
            let is_own = [
                "# claude-bedrock: end",
                "__claude_bedrock_left=${CLAUDE_BEDROCK_STATE-}",
                "__claude_bedrock_values=\"",
                "\\builtin export -n __claude_bedrock_values",
                "if [[ ${BASH_VERSINFO[0]} -ge 5 ",
                "for __claude_bedrock_name in ",
                "[[ -n $__claude_bedrock_fixed ]] || {",
                "[[ -z ${",
                "}",
            ]
            .iter()
            .any(|start| line.starts_with(start));
            assert!(
                is_own || name.is_some_and(shape),
                "round {round}: no code of ours: {line:?}"
            );
        }
    }
}

/// Whoever can set a variable of a shell, over `ssh` or in a job, must not run code in it by that.
#[test]
fn the_names_in_a_state_are_not_code() {
    let mut prompt = with_project("profile = \"work\"\n");
    prompt.set("ANTHROPIC_CUSTOM_HEADERS", "X-Team: own");
    prompt.loads();
    let mut bytes = BASE64URL_NOPAD
        .decode(&prompt.get(STATE).unwrap().as_bytes()[1..])
        .unwrap();
    // A name of the same length in the place of one that the state holds.
    let (name, code) = (b"ANTHROPIC_CUSTOM_HEADERS", b"A;echo pwned >>pwned;:;B");
    let at = bytes
        .windows(name.len())
        .position(|window| window == name)
        .expect("the state holds the name");
    bytes[at..at + name.len()].copy_from_slice(code);
    prompt.set(STATE, "1".to_owned() + &BASE64URL_NOPAD.encode(&bytes));
    // Leaving sets what the state says was there before.
    prompt.world.write("repo/.claude-bedrock.toml", "root = true\n");
    prompt.turn();
    assert!(!prompt.world.path("repo/pwned").exists(), "a name in {STATE} was run");
}

#[test]
fn a_choice_that_is_not_utf_8_is_named_once_and_left_alone() {
    let mut prompt = with_config(CONFIG);
    let choice = OsString::from_vec(b"w\xffrk".to_vec());
    prompt.set("CLAUDE_BEDROCK_PROFILE", choice.clone());
    let message = prompt.refused();
    assert_eq!(
        prompt.environment.get(OsStr::new("CLAUDE_BEDROCK_PROFILE")),
        Some(&choice)
    );
    assert_snapshot!(message, @"
    claude-bedrock: there is no profile `w�rk`
      did you mean `work`?
      this shell chose it (CLAUDE_BEDROCK_PROFILE); back to what the directory says: claude-bedrock use --clear
    ");
}

#[test]
fn invalid_utf_8_elsewhere_in_the_environment_is_left_alone() {
    let mut prompt = with_project("profile = \"work\"\n");
    for name in [
        "MY_BYTES",
        "AWS_DEFAULT_REGION",
        "ANTHROPIC_CUSTOM_HEADERS",
        "CLAUDE_BEDROCK_LOG",
        "NO_COLOR",
    ] {
        prompt.set(name, OsString::from_vec(b"\xff\xfe".to_vec()));
    }
    let before = prompt.profile();
    prompt.loads();
    prompt.world.write("repo/.claude-bedrock.toml", "root = true\n");
    assert_eq!(prompt.turn(), "claude-bedrock: left work\n");
    assert_eq!(prompt.profile(), before);
}

// ---------------------------------------------------------------------------------------------------------
// Command lines.

#[test]
fn an_unknown_shell_is_named_with_those_that_there_are() {
    let prompt = with_config("");
    let mut all = String::new();
    for arguments in [
        &["hook", "tcsh"][..],
        &["hook", "Bash"],
        &["hook"],
        &["export", "tcsh"],
        &["export", "bahs"],
        &["export", "bash", "--bogus"],
        &["completions", "nu"],
        &["use", "work", "--hook", "tcsh"],
    ] {
        let said = prompt.program(arguments);
        assert_eq!(said.status, Some(2), "{arguments:?}");
        assert!(said.stdout.is_empty(), "{arguments:?}");
        writeln!(all, "{}:\n{}", arguments.join(" "), said.stderr).unwrap();
    }
    assert_snapshot!(all, @"
    hook tcsh:
    claude-bedrock: there is no hook for `tcsh` (bash, zsh, fish, powershell); these work in any shell: claude-bedrock exec -- COMMAND, and claude-bedrock export json

    hook Bash:
    claude-bedrock: there is no hook for `Bash` (bash, zsh, fish, powershell); these work in any shell: claude-bedrock exec -- COMMAND, and claude-bedrock export json

    hook:
    error: the following required arguments were not provided:
      <SHELL>

    Usage: claude-bedrock hook <SHELL>

    For more information, try '--help'.

    export tcsh:
    error: invalid value 'tcsh' for '<FORMAT>'
      [possible values: json, dotenv, env-file, github, bash, zsh, fish, powershell]

      tip: a similar value exists: 'zsh'

    For more information, try '--help'.

    export bahs:
    error: invalid value 'bahs' for '<FORMAT>'
      [possible values: json, dotenv, env-file, github, bash, zsh, fish, powershell]

      tip: a similar value exists: 'bash'

    For more information, try '--help'.

    export bash --bogus:
    error: unexpected argument '--bogus' found

      tip: to pass '--bogus' as a value, use '-- --bogus'

    Usage: claude-bedrock export <FORMAT>

    For more information, try '--help'.

    completions nu:
    error: invalid value 'nu' for '<SHELL>'
      [possible values: bash, zsh, fish, powershell]

    For more information, try '--help'.

    use work --hook tcsh:
    error: invalid value 'tcsh' for '--hook <SHELL>'
      [possible values: bash, zsh, fish, powershell]

      tip: a similar value exists: 'zsh'

    For more information, try '--help'.
    ");
}

#[test]
fn arguments_that_are_not_utf_8_are_an_error_not_a_panic() {
    let prompt = with_config("");
    let odd = OsString::from_vec(b"\xff".to_vec());
    for arguments in [
        &["hook".into(), odd.clone()][..],
        &["export".into(), odd.clone()],
        &["use".into(), odd.clone()],
        std::slice::from_ref(&odd),
        &["allow".into(), odd.clone()],
    ] {
        let mut command = prompt.command(PROGRAM);
        command.args(arguments);
        assert_eq!(prompt.said(run(command)).status, Some(2), "{arguments:?}");
    }
}

// ---------------------------------------------------------------------------------------------------------
// Secrets.

#[test]
fn no_message_shows_what_a_file_keeps_secret() {
    let config = |text: &str| with_config(format!("default_profile = \"work\"\n[profiles.work]\n{text}\n"));
    let prompts = [
        config("secret_access_key = \"hunter2\""),
        config("auth = { method = \"aws-profile\", secret_access_key = \"hunter2\" }"),
        config("auth = { method = \"aws-profile\", access-key = \"hunter2\" }"),
        config("auth = { method = \"api-key\", api-key = \"hunter2\" }"),
        config("auth = { profile = \"mine\", passwd = \"hunter2\""),
        config("env.MY_TOKEN = \"hunter2"),
        config("env.MY_TOKEN = [\"hunter2\"]"),
        config("env.MY_TOKEN = [\n  \"hunter2\",\n]"),
        config("env.MY_TOKEN = \"\"\"\nhunter2\n\"\"\" x"),
        config("env.MY_KEY = { a = \"hunter2\" }"),
        config("env.\"MY-PASSWORD\" = \"hunter2\""),
        config("env.HTTP_PROXY = \"http://me:hunter2@proxy:8080"),
        config("env.HTTP_PROXY = [\"http://me:hunter2@proxy:8080\"]"),
        config("env.PGPASS = \"hunter2"),
        with_config("[profiles.work.env]\nANTHROPIC_API_KEY = \"hunter2\n"),
        with_project("profile = \"work\"\nenv.MY_TOKEN = 'hunter2\n"),
    ];
    let mut shown = Vec::new();
    for mut prompt in prompts {
        prompt.secrets_may_be_shown = true;
        let message = prompt.turn();
        assert_one_message(&message);
        if message.contains("hunter2") {
            shown.push(message);
        }
    }
    assert!(shown.is_empty(), "a secret is shown:\n{}", shown.concat());
}

/// What cannot be told by its key is told by its shape: AWS key IDs, Bedrock API keys, Anthropic's.
#[test]
fn no_message_shows_what_looks_like_a_credential() {
    let credentials = [
        "AKIAIOSFODNN7EXAMPLE",
        "ASIAIOSFODNN7EXAMPLE",
        "ABSKQmVkcm9ja0FQSUtleS1leGFtcGxlLWF0LTEyMzQ1Njc4OTAxMjpleGFtcGxl",
        "bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29tLz9BY3Rpb249Q2FsbFdpdGhCZWFyZXJUb2tlbg",
        "sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789",
    ];
    let mut shown = Vec::new();
    for credential in credentials {
        for line in [
            format!("auth = \"{credential}\""),
            format!("auth.profil = \"{credential}\""),
            format!("region = {credential}"),
            format!("geography = \"{credential}\""),
            format!("extends = \"{credential}\""),
        ] {
            let message = with_config(format!("default_profile = \"work\"\n[profiles.work]\n{line}\n")).turn();
            assert_one_message(&message);
            if message.contains(credential) {
                shown.push(message);
            }
        }
    }
    assert!(
        shown.is_empty(),
        "{} times a credential is shown:\n{}",
        shown.len(),
        shown.concat()
    );
}
