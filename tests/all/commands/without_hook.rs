//! Profiles without the hook: `exec`, `export` for CI, direnv and mise.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::need::need;
use crate::support::world::{self, PROGRAM};
use crate::support::{Shell, World};

/// A world in whose directory `repo` the profile `work` is active, and where the program is on PATH.
fn place(shell: Shell) -> (World, PathBuf) {
    let mut world = World::new(shell);
    world.config(
        r#"
[profiles.work]
region = "eu-west-1"
auth = { method = "aws-profile", profile = "bedrock-work" }

[profiles.key]
region = "us-east-1"
auth = { method = "api-key", api_key = { env = "MY_KEY" } }
[profiles.key.env]
NODE_OPTIONS = "--x"
MY_PASSWORD = "first line 100%\nsecond line"
TEXT = "a\nb << 'c'\n"
"#,
    );
    world.project("repo", "profile = \"work\"\n");
    let programs = Path::new(PROGRAM).parent().unwrap().display().to_string();
    let bin = world.directory("bin").display().to_string();
    world.set("PATH", format!("{bin}:{programs}:/usr/local/bin:/usr/bin:/bin"));
    let directory = world.path("repo");
    (world, directory)
}

fn exec(world: &World, directory: &Path, words: &[&str]) -> Command {
    let mut command = world.command(PROGRAM);
    command
        .args(["exec", "-p", "work", "--"])
        .args(words)
        .current_dir(directory);
    command
}

#[test]
fn exec_passes_arguments_status_signals_and_input_unchanged() {
    let (world, directory) = place(Shell::Bash);
    let words = ["", " ", "-p", "--", "a b", "'\"$HOME`", "é\n", "--help", "-"];
    let mut arguments = vec!["printf", "%s\\0"];
    arguments.extend(words);
    let output = exec(&world, &directory, &arguments).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.split_terminator('\0').collect::<Vec<_>>(), words);
    for status in [0, 1, 42, 255] {
        let script = format!("exit {status}");
        let output = exec(&world, &directory, &["sh", "-c", &script]).output().unwrap();
        assert_eq!(output.status.code(), Some(status));
    }
    assert_eq!(
        exec(&world, &directory, &["no-such-command"])
            .output()
            .unwrap()
            .status
            .code(),
        Some(127)
    );
    assert_eq!(
        exec(&world, &directory, &["/etc"]).output().unwrap().status.code(),
        Some(126)
    );
    // None that whoever runs the tests may have them ignore, as nohup does.
    for signal in [9, 14, 15] {
        let script = format!("kill -{signal} $$");
        let output = exec(&world, &directory, &["sh", "-c", &script]).output().unwrap();
        assert_eq!(output.status.signal(), Some(signal));
    }
    let mut child = exec(&world, &directory, &["cat"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"a\0b\n").unwrap();
    assert_eq!(child.wait_with_output().unwrap().stdout, b"a\0b\n");
}

#[test]
fn exec_becomes_the_command_so_that_no_process_stays_between() {
    let (world, directory) = place(Shell::Bash);
    let child = exec(&world, &directory, &["sh", "-c", "echo $$ $PPID"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let expected = format!("{} {}\n", child.id(), std::process::id());
    assert_eq!(
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap(),
        expected
    );
}

/// A program that is stopped, continued, reads a line and leaves with a status, in every shell that has jobs.
#[test]
fn stopping_continuing_and_interrupting_work_under_exec_and_wrap() {
    for shell in world::found().into_iter().filter(|shell| *shell != Shell::Powershell) {
        for by in ["command claude-bedrock exec -p work -- fake", "fake"] {
            let (mut world, directory) = place(shell);
            world.hook_options = "--wrap fake".to_owned();
            world.program(
                "bin/fake",
                "#!/bin/sh\n[ -t 0 ] && echo $$ >\"$HOME/pid\" && echo \"started $1 $AWS_REGION\"\nread line\necho \"got $line\"\nexit 7\n",
            );
            let mut terminal = world.start_in(&directory);
            terminal.record();
            terminal.send(&format!("{by} 'a b'"));
            terminal.wait(|terminal| terminal.output().contains("started a b eu-west-1"));
            terminal.suspend();
            // What is typed before the stop is thrown away with it.
            let id = fs::read_to_string(world.path("pid")).unwrap();
            let status = format!("/proc/{}/status", id.trim());
            terminal.wait(|_| fs::read_to_string(&status).unwrap().contains("State:\tT"));
            let turn = terminal.record();
            assert!(!turn.stdout.contains("got"), "{shell:?} {by}");
            terminal.send("fg");
            terminal.send_to_program("hello");
            terminal.wait(|terminal| terminal.output().contains("got hello"));
            let turn = terminal.run_and_pass(shell.nothing(), "");
            assert!(!turn.stderr.contains("error"), "{shell:?} {by}: {}", turn.stderr);
            terminal.send(&format!("{by} again"));
            terminal.wait(|terminal| terminal.output().contains("started again"));
            let id = fs::read_to_string(world.path("pid")).unwrap();
            terminal.interrupt();
            let process = PathBuf::from(format!("/proc/{}", id.trim()));
            terminal.wait(|_| !process.exists());
            let recorder = terminal.recorder();
            let turn = terminal.run_recording(&format!("{recorder} {}", shell.status()));
            assert_eq!(turn.arguments, ["130"], "{shell:?} {by}: {turn:?}");
        }
    }
}

#[test]
fn a_wrapped_command_gets_its_arguments_input_and_status_in_every_shell() {
    for shell in world::found() {
        let (mut world, directory) = place(shell);
        world.hook_options = "--wrap fake".to_owned();
        world.program("bin/fake", "#!/bin/sh\nprintf '<%s>' \"$@\"\ncat\nexit 7\n");
        let mut terminal = world.start_in(&directory);
        terminal.record();
        let pipe = if shell == Shell::Powershell {
            "'in' | fake 'a b' '--x'"
        } else {
            "echo in | fake 'a b' '' --x"
        };
        let recorder = terminal.recorder();
        terminal.send(pipe);
        let turn = terminal.run_recording(&format!("{recorder} {}", shell.status()));
        let last = turn.arguments.last().unwrap();
        assert_eq!(last, "7", "{shell:?}: {turn:?}");
        let expected = if shell == Shell::Powershell {
            "<a b><--x>in"
        } else {
            "<a b><><--x>in"
        };
        assert!(turn.stdout.contains(expected), "{shell:?}: {}", turn.stdout);
    }
}

/// What a runner makes of the file that `$GITHUB_ENV` names.
fn runner(text: &str) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    let mut lines = text.split('\n');
    while let Some(line) = lines.next().filter(|line| !line.is_empty()) {
        let (name, word) = line.split_once("<<").unwrap();
        let value: Vec<&str> = lines.by_ref().take_while(|line| *line != word).collect();
        variables.insert(name.to_owned(), value.join("\n"));
    }
    variables
}

#[test]
fn export_github_sets_variables_and_masks_every_line_of_a_secret() {
    let (mut world, directory) = place(Shell::Bash);
    let secret = "first line 100%\nsecond line";
    world.set("MY_KEY", "hunter2");
    world.set("AWS_PROFILE", "of-the-job");
    world.set("CLAUDE_BEDROCK_PROFILE", "key");
    let file = world.write("github-env", "BEFORE=1\n");
    let masks = "::add-mask::hunter2\n::add-mask::first line 100%25%0Asecond line\n::add-mask::first line 100%25\n::add-mask::second line\n";
    let check = |text: &str| {
        let variables = runner(text);
        assert_eq!(variables["AWS_BEARER_TOKEN_BEDROCK"], "hunter2");
        assert_eq!(variables["MY_PASSWORD"], secret);
        assert_eq!(variables["TEXT"], "a\nb << 'c'\n");
        assert_eq!(variables["AWS_PROFILE"], "", "what cannot be unset is blank");
        assert!(!variables.contains_key("NODE_OPTIONS") && !variables.contains_key("AWS_SESSION_TOKEN"));
    };
    world.set("GITHUB_ENV", &file);
    let output = world
        .command(PROGRAM)
        .args(["export", "github"])
        .current_dir(&directory)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), masks);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("the job's AWS_PROFILE is set to blank") && said.contains("NODE_OPTIONS is left out"),
        "{said}"
    );
    check(fs::read_to_string(&file).unwrap().strip_prefix("BEFORE=1\n").unwrap());
    // As it is done with other tools.
    fs::write(&file, "").unwrap();
    let append = fs::File::options().append(true).open(&file).unwrap();
    let output = world
        .command(PROGRAM)
        .args(["export", "github"])
        .current_dir(&directory)
        .stdout(append)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
        .wait_with_output()
        .unwrap();
    assert!(String::from_utf8(output.stderr).unwrap().contains(masks));
    check(&fs::read_to_string(&file).unwrap());
}

#[test]
fn the_documented_line_for_direnv_sets_and_unsets() {
    need("direnv");
    let (mut world, directory) = place(Shell::Bash);
    let line = "direnv_load claude-bedrock exec -- direnv dump\n";
    assert!(include_str!("../../../docs/ci.md").contains(line));
    world.write("repo/.envrc", line);
    world.set("AWS_ACCESS_KEY_ID", "of-the-shell");
    let direnv = |arguments: &[&str]| {
        world
            .command("direnv")
            .args(arguments)
            .current_dir(&directory)
            .output()
            .unwrap()
    };
    assert!(direnv(&["allow", "."]).status.success());
    let output = direnv(&["exec", ".", "env"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("AWS_PROFILE=bedrock-work\n") && text.contains("CLAUDE_CODE_USE_BEDROCK=1\n"),
        "{text}"
    );
    assert!(!text.contains("AWS_ACCESS_KEY_ID"), "{text}");
}

#[test]
fn the_documented_line_for_mise_runs_claude_under_the_profile() {
    let mise = need("mise");
    let (mut world, directory) = place(Shell::Bash);
    let line = "tasks.claude = \"claude-bedrock exec -- claude\"\n";
    assert!(include_str!("../../../docs/ci.md").contains(line));
    world.write("repo/mise.toml", line);
    world.program(
        "bin/claude",
        "#!/bin/sh\necho \"$AWS_PROFILE ${AWS_ACCESS_KEY_ID-unset} $*\"\n",
    );
    world.set("AWS_ACCESS_KEY_ID", "of-the-shell");
    let run = |arguments: &[&str]| {
        world
            .command(&mise)
            .args(arguments)
            .current_dir(&directory)
            .output()
            .unwrap()
    };
    assert!(run(&["trust", "mise.toml"]).status.success());
    let output = run(&["run", "claude", "-p", "x"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // The launcher puts the profile's settings before the words.
    assert!(text.contains("bedrock-work unset --settings "), "{output:?}");
    assert!(text.trim_end().ends_with(".json -p x"), "{output:?}");
}

/// Two repositories with two accounts, open at once in one shell after the other, and what `aws` sees there.
#[test]
fn isolated_repositories_have_their_own_credentials_and_leave_the_shell_its_own() {
    for shell in world::found() {
        let (mut world, _) = place(shell);
        world.config(
            r#"
[profiles.a]
region = "eu-west-1"
auth = { method = "aws-profile", profile = "bedrock-a", isolate = true }
[profiles.b]
region = "us-east-1"
auth = { method = "aws-profile", profile = "bedrock-b", isolate = true }
"#,
        );
        world.set("AWS_PROFILE", "own");
        world.set("AWS_BEARER_TOKEN_BEDROCK", "hunter2");
        for name in ["a", "b"] {
            let path = world.unallowed_project(name, &format!("profile = \"{name}\"\n"));
            let directory = path.parent().unwrap().to_path_buf();
            let run = |words: &[&str]| {
                world
                    .command(PROGRAM)
                    .args(words)
                    .current_dir(&directory)
                    .output()
                    .unwrap()
            };
            let said = String::from_utf8(run(&["allow"]).stderr).unwrap();
            assert!(said.contains("claude-bedrock settings apply"), "{said}");
            assert!(
                String::from_utf8(run(&["status"]).stdout)
                    .unwrap()
                    .contains("settings apply")
            );
            assert!(run(&["settings", "apply"]).status.success());
            assert!(
                !String::from_utf8(run(&["status"]).stdout)
                    .unwrap()
                    .contains("settings apply")
            );
        }
        let mut terminals = Vec::new();
        for name in ["a", "b"] {
            let directory = world.path(name);
            let mut terminal = world.start_in(&directory);
            let turn = terminal.record();
            assert!(
                turn.stderr.contains("AWS_BEARER_TOKEN_BEDROCK is unset here"),
                "{shell:?}: {}",
                turn.stderr
            );
            assert!(
                !turn.stderr.contains("hunter2") && !turn.stderr.contains("warning"),
                "{}",
                turn.stderr
            );
            terminals.push((name, terminal));
        }
        for (name, terminal) in &mut terminals {
            let turn = terminal.record();
            assert_eq!(turn.get("CLAUDE_BEDROCK_ACTIVE"), Some(*name));
            assert_eq!(turn.get("AWS_PROFILE"), Some("own"), "`aws` goes on as before");
            assert_eq!(turn.get("AWS_BEARER_TOKEN_BEDROCK"), None);
            let text = fs::read_to_string(world.path(format!("{name}/.claude/settings.local.json"))).unwrap();
            assert!(text.contains("credentials --no-fallback"), "{text}");
            let turn = terminal.run(&shell_home(shell));
            assert_eq!(turn.get("AWS_BEARER_TOKEN_BEDROCK"), Some("hunter2"), "back on leaving");
        }
    }
}

fn shell_home(shell: Shell) -> String {
    shell.cd_to_variable("HOME")
}
