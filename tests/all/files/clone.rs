//! A clone with every trick in it that a stranger could think of, a directory for each: whoever walks through it with
//! the hook, looks at it, or starts Claude Code in it, reads little, waits for nothing, runs nothing of it, writes
//! nothing but this program's own state, and speaks to nobody.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::process::Output;

use crate::support::need::need;
use crate::support::trace::{Trace, of_log, traced};
use crate::support::tricks::{assert_harmless, lay, state};
use crate::support::world::{PROGRAM, found};
use crate::support::{Shell, World};

fn world() -> (World, BTreeMap<String, PathBuf>) {
    let mut world = World::new(Shell::Bash);
    world.directory("own/.git/worktrees");
    world.project("own", "profile = \"work\"\n");
    let directories = lay(&world);
    // As some have it: what lies in the working directory first.
    let path = format!(
        ".:bin:{}:/usr/local/bin:/usr/bin:/bin",
        world.path("stand-in").display()
    );
    world.program("stand-in/claude", "#!/bin/sh\n/usr/bin/env -0 >\"$HOME/started\"\n");
    world.set("PATH", path);
    (world, directories)
}

const COMMANDS: &[&[&str]] = &[
    &["export", "bash"],
    &["export", "zsh"],
    &["export", "fish"],
    &["export", "powershell"],
    &["status"],
    &["status", "--json"],
    &["doctor"],
    &["allow", "--dry-run"],
    &["settings", "check"],
    &["lint"],
    &["claude", "-p", "hello"],
];

/// More than anybody reads.
const MOST_SAID: usize = 1 << 20;

#[test]
fn nothing_in_a_strangers_clone_costs_runs_writes_or_speaks() {
    need("strace");
    let (world, directories) = world();
    let before = state(&world.path("clone"));
    let jobs: Vec<(&String, &PathBuf)> = directories.iter().collect();
    let (mut most_calls, mut most_bytes) = ((0, String::new()), (0, String::new()));
    let results: Vec<(String, Output, Trace)> = std::thread::scope(|scope| {
        let parts = jobs.chunks(jobs.len().div_ceil(4)).enumerate();
        let threads: Vec<_> = parts
            .map(|(number, part)| {
                let (world, log) = (&world, world.records().join(format!("strace.{number}")));
                scope.spawn(move || {
                    let each = part
                        .iter()
                        .flat_map(|job| COMMANDS.iter().map(move |arguments| (job, arguments)));
                    each.map(|((name, directory), arguments)| {
                        let mut command = world.command(PROGRAM);
                        command.args(*arguments).current_dir(directory);
                        let (output, trace) = traced(&command, &log);
                        (format!("{name}: {arguments:?}"), output, trace)
                    })
                    .collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    for (what, output, trace) in results {
        // What `export` prints is code, in which a name is quoted and not shown.
        let is_code = what.contains("\"export\"");
        let shown = if is_code { Vec::new() } else { output.stdout.clone() };
        let shown = String::from_utf8_lossy(&[shown, output.stderr.clone()].concat()).into_owned();
        let said = [output.stdout, output.stderr].concat();
        assert!(output.status.code().is_some(), "{what}: {:?}", output.status);
        assert!(said.len() < MOST_SAID, "{what}: {} bytes are said", said.len());
        let steers = shown.contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}', '\u{200b}']);
        assert!(!steers, "{what}: {shown:?}");
        assert_harmless(&world, &what, &trace);
        most_calls = most_calls.max((trace.calls, what.clone()));
        most_bytes = most_bytes.max((trace.read, what));
    }
    println!("most calls: {most_calls:?}; most bytes: {most_bytes:?}");
    assert!(!world.path("planted").exists());
    assert_eq!(state(&world.path("clone")), before);
    // Where Claude Code was not refused, it got nothing of theirs.
    let started = fs::read(world.path("started")).unwrap_or_default();
    let started = String::from_utf8_lossy(&started);
    assert!(!started.contains("evil"), "{started}");
}

/// The same with each shell at work: every directory is entered, and left again.
fn walk(shell: Shell) {
    need("strace");
    let (mut world, directories) = world();
    world.shell = shell;
    if shell == Shell::Fish {
        world.directory(".local/share/fish/generated_completions");
    }
    for (number, directory) in directories.values().enumerate() {
        world.set(&format!("D{number}"), directory);
    }
    let before = state(&world.path("clone"));
    let log = world.records().join("strace");
    let only = "--seccomp-bpf";
    let by = [
        "strace",
        "-f",
        "-qq",
        "-y",
        only,
        "-e",
        "trace=socket,connect,sendto,sendmsg,bind",
        "-o",
        log.to_str().unwrap(),
    ];
    let mut terminal = world.start_under(&by, &world.home());
    terminal.record();
    for (number, name) in directories.keys().enumerate() {
        let turn = terminal.run(&shell.cd_to_variable(&format!("D{number}")));
        assert!(
            turn.stderr.len() < 16_000,
            "{name}: {} bytes are said",
            turn.stderr.len()
        );
        assert!(
            !turn.stderr.contains(['\u{1b}', '\u{7}', '\u{202e}']),
            "{name}: {:?}",
            turn.stderr
        );
        for (variable, value) in &turn.environment {
            let is_theirs = ["evil", "192.0.2.1"]
                .iter()
                .any(|word| String::from_utf8_lossy(value.as_bytes()).contains(word));
            assert!(!is_theirs, "{name}: {} is {}", variable.display(), value.display());
        }
        assert_eq!(turn.get("AWS_PROFILE"), None, "{name}");
    }
    let outside = terminal.run(&shell.cd_to_variable("HOME"));
    assert_eq!(outside.get("CLAUDE_BEDROCK_ACTIVE"), None);
    drop(terminal);
    assert!(!world.path("planted").exists());
    assert_eq!(state(&world.path("clone")), before);
    // .NET makes sockets at its start, to see which families there are, and sends nothing.
    let mut spoken = of_log(&log).spoken;
    spoken.retain(|call| !call.starts_with("socket("));
    assert!(spoken.is_empty(), "{spoken:?}");
}

#[test]
fn a_walk_through_a_strangers_clone_is_harmless_in_every_shell() {
    for shell in found() {
        walk(shell);
    }
}

/// What the tests above look for is seen when it is there.
#[test]
fn what_a_program_writes_and_whom_it_asks_is_told() {
    let world = World::new(Shell::Bash);
    let log = world.records().join("strace");
    let mut command = world.command("bash");
    command.args([
        "-c",
        "echo x >made; mkdir kept; rm made; (echo >/dev/tcp/127.0.0.1/1) 2>/dev/null; cat /etc/passwd",
    ]);
    let (_, trace) = traced(&command, &log);
    let names: Vec<&str> = trace
        .written
        .iter()
        .filter_map(|path| path.file_name()?.to_str())
        .collect();
    assert!(names.contains(&"made") && names.contains(&"kept"), "{names:?}");
    assert!(
        trace.spoken.iter().any(|call| call.contains("127.0.0.1")),
        "{:?}",
        trace.spoken
    );
    assert!(trace.read > fs::metadata("/etc/passwd").unwrap().len() && trace.calls > 50);
}
