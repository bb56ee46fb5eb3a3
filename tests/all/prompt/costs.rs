//! What the starts that run often ask of the system. That does not depend on how busy the machine is, so each has a
//! bound that the hot path breaks when it grows.
#![cfg(target_os = "linux")]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::need::need;
use crate::support::world::PROGRAM;
use crate::support::{Shell, World};

/// A start, and what it may cost.
struct Start {
    name: &'static str,
    arguments: &'static [&'static str],
    /// Whether the profile is loaded in the shell that starts it.
    inside: bool,
    /// System calls but for those that each directory on the way takes, from the program's own first one.
    calls: usize,
    /// Page faults of a program of the developers', and of a release.
    faults: [i64; 2],
}

const STARTS: [Start; 7] = [
    start("export, unchanged", &["export", "bash"], true, 55, [460, 115]),
    start("export, entering", &["export", "bash"], false, 80, [460, 115]),
    start("credentials, kept", &["credentials", "kept"], false, 62, [430, 100]),
    start(
        "a profile's name is completed",
        &["complete", "2", "--", "claude-bedrock", "use", ""],
        false,
        2,
        [370, 95],
    ),
    start(
        "status --format",
        &["status", "--format", "{profile} {region}"],
        true,
        41,
        [440, 105],
    ),
    start(
        "status --format, with the login",
        &["status", "--format", "{expires}"],
        true,
        63,
        [445, 115],
    ),
    start("exec", &["exec", "--", "/bin/true"], false, 42, [500, 175]),
];

const fn start(
    name: &'static str,
    arguments: &'static [&'static str],
    inside: bool,
    calls: usize,
    faults: [i64; 2],
) -> Start {
    Start {
        name,
        arguments,
        inside,
        calls,
        faults,
    }
}

/// Each of these is looked for in every directory up to the root: a project file and a repository; and each directory
/// on the way to the trust records is looked at.
const FOR_EACH_DIRECTORY: usize = 3;

/// A project that is allowed, in a home where credentials are kept.
fn world() -> (World, PathBuf) {
    let world = World::new(Shell::Bash);
    let keys = r#"{"Version":1,"AccessKeyId":"ASIAKEPT","SecretAccessKey":"s","SessionToken":"t","Expiration":"2099-01-01T00:00:00Z"}"#;
    let keys = world.write("keys.json", keys);
    world.write(
        ".aws/config",
        format!(
            "[profile bedrock-work]\ncredential_process = cat {0}\n[profile kept]\ncredential_process = cat {0}\n",
            keys.display()
        ),
    );
    world.config(
        "[profiles.work]\nregion = \"eu-west-1\"\nauth = { method = \"aws-profile\", profile = \"bedrock-work\" }\n\
         [profiles.work.models]\nmain = \"sonnet\"\n\
         [profiles.kept]\nregion = \"eu-west-1\"\nauth = { method = \"aws-profile\", profile = \"kept\" }\n",
    );
    let project = world
        .project("repo", "profile = \"work\"\n")
        .parent()
        .unwrap()
        .to_path_buf();
    world.settle();
    for arguments in [&["credentials", "kept"][..], &["export", "bash"]] {
        let output = world.run_in(&project, arguments);
        assert!(output.status.success(), "{output:?}");
    }
    (world, project)
}

/// The command that a shell in `project` starts, by another program or by none.
fn command(world: &World, project: &Path, by: &[&OsStr], start: &Start) -> Command {
    let [program, before @ ..] = by else {
        let mut command = world.command(PROGRAM);
        command.args(start.arguments);
        return placed(world, project, command, start);
    };
    let mut command = world.command(program);
    command.args(before).arg(PROGRAM).args(start.arguments);
    placed(world, project, command, start)
}

fn placed(world: &World, project: &Path, mut command: Command, start: &Start) -> Command {
    command
        .current_dir(project)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if start.inside {
        let script = "eval \"$(\"$0\" export bash 2>/dev/null)\"; exec env -0";
        let loaded = world
            .command(Shell::Bash.need())
            .current_dir(project)
            .args(["-c", script, PROGRAM])
            .output()
            .unwrap();
        assert!(loaded.status.success(), "{loaded:?}");
        command.env_clear();
        for entry in loaded.stdout.split(|byte| *byte == 0).filter(|entry| !entry.is_empty()) {
            let at = entry.iter().position(|byte| *byte == b'=').unwrap();
            command.env(OsStr::from_bytes(&entry[..at]), OsStr::from_bytes(&entry[at + 1..]));
        }
    }
    command
}

#[test]
fn what_runs_often_makes_no_more_system_calls_than_it_has_to() {
    let strace = need("strace");
    let (world, project) = world();
    let mut failed = Vec::new();
    for start in &STARTS {
        let log = world.records().join("strace");
        let status = command(
            &world,
            &project,
            &[strace.as_os_str(), "-qq".as_ref(), "-o".as_ref(), log.as_os_str()],
            start,
        )
        .status()
        .unwrap();
        assert!(status.success(), "{}", start.name);
        let log = fs::read_to_string(log).unwrap();
        // The program's first own deed; what the C library does before differs between its versions.
        let own = log.lines().skip_while(|line| !line.starts_with("rt_sigaction(SIGPIPE"));
        // What a debug build asks of each file before it closes it.
        let calls = own.filter(|line| !line.contains("F_GETFD") && !line.starts_with("+++"));
        // Not those of the command that it becomes.
        let calls = calls.take_while(|line| !line.starts_with("execve")).count();
        let allowed = start.calls + FOR_EACH_DIRECTORY * project.ancestors().count();
        println!("{}: {calls} of {allowed}", start.name);
        if calls > allowed || calls * 10 < allowed * 6 {
            failed.push(format!(
                "{}: {calls} system calls, where {allowed} are allowed\n{log}",
                start.name
            ));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Each piece of the program that is touched for the first time costs microseconds, so what runs often touches few: in a
/// release, what it runs lies side by side (hot-functions.txt).
#[test]
fn what_runs_often_touches_no_more_pages_than_it_has_to() {
    let (world, project) = world();
    // As an installation makes one: of what a linker has written, the kernel hands out smaller pieces. How large they are
    // depends on its memory as well, a fourth up and down, so the bounds leave room.
    let copy = world.records().join("claude-bedrock");
    fs::copy(PROGRAM, &copy).unwrap();
    let mut failed = Vec::new();
    for start in &STARTS {
        let once = |_| {
            let mut command = world.command(&copy);
            command.args(start.arguments);
            faults(placed(&world, &project, command, start))
        };
        // Where the system was short of pages for a moment, there were more.
        let faults = (0..5).map(once).min().unwrap();
        let allowed = start.faults[usize::from(!cfg!(debug_assertions))];
        println!("{}: {faults} of {allowed}", start.name);
        if faults > allowed {
            failed.push(format!(
                "{}: {faults} page faults, where {allowed} are allowed",
                start.name
            ));
        }
    }
    assert!(
        failed.is_empty(),
        "{}\nscripts/order-functions says more",
        failed.join("\n")
    );
}

/// A second start of Claude Code in a directory has its settings file already: nothing is written to the disk and waited
/// for, nobody is asked, and nothing is started but Claude Code.
#[test]
fn the_launcher_costs_at_most_half_as_much_again_as_exec() {
    let strace = need("strace");
    let (mut world, project) = world();
    let client = world.directory("bin").join("claude");
    std::os::unix::fs::symlink("/bin/true", client).unwrap();
    world.set("PATH", format!("{}:/usr/bin:/bin", world.path("bin").display()));
    let launcher = start("claude", &["claude", "-p", "hello"], true, 0, [0, 0]);
    let exec = start("exec", &["exec", "--", "/bin/true"], true, 0, [0, 0]);
    assert!(command(&world, &project, &[], &launcher).status().unwrap().success());
    let log = world.records().join("strace");
    let by = [
        strace.as_os_str(),
        "-f".as_ref(),
        "-qq".as_ref(),
        "-o".as_ref(),
        log.as_os_str(),
    ];
    let traced = |start: &Start| {
        assert!(command(&world, &project, &by, start).status().unwrap().success());
        let log = fs::read_to_string(&log).unwrap();
        let (_, own) = log.split_once("rt_sigaction(SIGPIPE").unwrap();
        own.split_once("execve(").unwrap().0.to_owned()
    };
    let own = traced(&launcher);
    for dear in [
        "fsync",
        "fdatasync",
        "rename",
        "socket",
        "connect",
        "clone",
        "fork",
        "O_CREAT",
    ] {
        assert!(!own.contains(dear), "{dear}: {own}");
    }
    // More than `exec`: where the real program is, which settings there are, how long the login lasts, and whether three
    // files are still as they were written.
    let calls = |own: &str| own.lines().filter(|line| !line.contains("F_GETFD")).count();
    let more = calls(&own) - calls(&traced(&exec));
    println!("{more} system calls of the launcher more than of exec");
    assert!(more <= 58, "{more} system calls more than exec: {own}");
    let least = |start: &Start| {
        (0..5)
            .map(|_| faults(command(&world, &project, &[], start)))
            .min()
            .unwrap()
    };
    let (launcher, exec) = (least(&launcher), least(&exec));
    println!("{launcher} page faults of the launcher, {exec} of exec");
    assert!(
        launcher * 2 <= exec * 3,
        "{launcher} page faults, where exec has {exec}"
    );
}

/// The page faults of a command from its start to its end.
fn faults(mut command: Command) -> i64 {
    let mut child = command.spawn().unwrap();
    let id = libc::pid_t::try_from(child.id()).unwrap();
    let (mut status, mut usage) = (0, std::mem::MaybeUninit::<libc::rusage>::uninit());
    // SAFETY: both are written before they are read, if the child was waited for.
    let usage = unsafe {
        assert_eq!(libc::wait4(id, &raw mut status, 0, usage.as_mut_ptr()), id);
        usage.assume_init()
    };
    // There is nothing left to wait for.
    assert!(child.wait().is_err());
    assert_eq!(status, 0, "{command:?}");
    usage.ru_minflt
}

/// What is recognised before the command line's tree is built does what the tree would: each start beside the same one
/// with an option that leaves it to the tree.
#[test]
fn what_starts_without_the_tree_does_as_with_it() {
    let (world, project) = world();
    let home = world.home();
    let tree: &[&str] = &["--color", "auto"];
    for arguments in [
        &["exec", "--", "env"][..],
        &["exec", "-p", "kept", "--", "env"],
        &["exec", "--wrapped", "--keep=HOME", "--", "env"],
        &["exec", "-p", "nobody", "--", "env"],
        &["exec", "--", "/nowhere/to/be/found"],
        &["exec", "-p", "kept", "--"],
        &["status", "--format", "{profile} {region} {expires}"],
        &["status", "--format={account}"],
        &["status", "--format", "{nonsense}"],
        &["status", "--format", "{"],
    ] {
        for directory in [&project, &home] {
            let alone = said(&world.run_in(directory, arguments));
            assert_eq!(
                alone,
                said(&world.run_in(directory, [tree, arguments].concat())),
                "{arguments:?}"
            );
        }
    }
    let commands = world.run(["complete", "1", "--", "claude-bedrock", ""]).stdout;
    let commands = String::from_utf8(commands).unwrap();
    let names: Vec<&str> = commands.lines().map(|line| line.split('\t').next().unwrap()).collect();
    assert!(names.contains(&"use") && names.contains(&"policy"), "{names:?}");
    for name in names {
        for word in ["", "w", "K", "nobody", "-", "'w"] {
            let of = |index: &str, before: &[&str]| {
                let words = [&["complete", index, "--", "claude-bedrock"], before, &[name, word]].concat();
                said(&world.run_in(&project, words))
            };
            let answer = of("2", &[]);
            // Where the shell is to go on by itself, it counts words.
            if !answer.1.starts_with("\tcommand") {
                assert_eq!(answer, of("3", &["--quiet"]), "{name} {word}");
            }
        }
    }
}

/// What a start said and how it ended, but for what is random.
fn said(output: &std::process::Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let known = |line: &&str| !line.starts_with("CLAUDE_BEDROCK_STATE=");
    let stdout = text(&output.stdout)
        .lines()
        .filter(known)
        .collect::<Vec<_>>()
        .join("\n");
    (output.status.code(), stdout, text(&output.stderr))
}
