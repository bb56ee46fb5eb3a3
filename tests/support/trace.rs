//! What a program asks of the system, by strace: how much it does, what it writes, and whether it speaks to anybody.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::need::{need, on_path};

/// When a command is killed that waits for ever.
const SECONDS: &str = "120";

/// What a program and its children have asked for.
#[derive(Debug, Default)]
pub struct Trace {
    /// How many system calls.
    pub calls: usize,
    /// How many bytes they have read.
    pub read: u64,
    /// The paths that they have made, changed, opened to write or taken away.
    pub written: BTreeSet<PathBuf>,
    /// The calls by which they have spoken, or made ready to speak, to another machine.
    pub spoken: Vec<String>,
}

/// Runs a command, and what it has asked for.
pub fn traced(command: &Command, log: &Path) -> (Output, Trace) {
    run(command, log, &[])
}

/// The same up to where it becomes another program, which goes on at its full speed.
pub fn traced_until_it_becomes_another(command: &Command, log: &Path) -> (Output, Trace) {
    // The tracer stands aside (`-D`): the status is the command's.
    run(command, log, &["-D", "--detach-on=execve"])
}

fn run(command: &Command, log: &Path, more: &[&str]) -> (Output, Trace) {
    // The command's own PATH may be a stranger's.
    let timeout = on_path(Path::new("timeout")).unwrap();
    let mut tracer = Command::new(timeout);
    tracer
        .arg(SECONDS)
        .arg(need("strace"))
        .args(["-f", "-qq", "-y"])
        .args(more)
        .arg("-o")
        .arg(log)
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear()
        .envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .stdin(Stdio::null());
    if let Some(directory) = command.get_current_dir() {
        tracer.current_dir(directory);
    }
    let output = tracer.output().unwrap();
    (output, of_log(log))
}

/// What a log of strace tells, written with `-y`.
pub fn of_log(log: &Path) -> Trace {
    let text = fs::read(log).unwrap();
    let text = String::from_utf8_lossy(&text);
    let mut trace = Trace::default();
    for line in text.lines() {
        // The process, and the rest.
        let call = line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
        if call.starts_with(['+', '-']) {
            continue;
        }
        // Half of a call that another process has cut in two.
        let resumed = call.starts_with("<...");
        if !resumed {
            trace.calls += 1;
        }
        let name = call.trim_start_matches("<... ");
        let name = name
            .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .next()
            .unwrap();
        if [
            "read",
            "pread64",
            "readv",
            "preadv",
            "getdents64",
            "recvmsg",
            "recvfrom",
        ]
        .contains(&name)
        {
            let result = call
                .rsplit(" = ")
                .next()
                .and_then(|result| result.trim().parse::<u64>().ok());
            trace.read += result.unwrap_or_default();
        }
        if resumed {
            continue;
        }
        if ["socket", "connect", "sendto", "sendmsg", "sendmmsg", "bind"].contains(&name) && call.contains("AF_INET") {
            trace.spoken.push(call.to_owned());
        }
        if writes(name, call) {
            trace.written.extend(paths(call));
        }
    }
    trace
}

fn writes(name: &str, call: &str) -> bool {
    const CHANGES: [&str; 22] = [
        "mkdir",
        "mkdirat",
        "rename",
        "renameat",
        "renameat2",
        "unlink",
        "unlinkat",
        "rmdir",
        "symlink",
        "symlinkat",
        "link",
        "linkat",
        "chmod",
        "fchmodat",
        "chown",
        "lchown",
        "fchownat",
        "truncate",
        "mknod",
        "mknodat",
        "utimensat",
        "creat",
    ];
    let opens = ["open", "openat", "openat2"].contains(&name);
    let to_write = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"]
        .iter()
        .any(|flag| call.contains(flag));
    (opens && to_write) || CHANGES.contains(&name)
}

/// The paths among the arguments of a call, each below the directory that the call names before it.
fn paths(call: &str) -> Vec<PathBuf> {
    let arguments = call.split_once('(').map_or("", |(_, rest)| rest);
    let mut found = Vec::new();
    let mut directory = PathBuf::new();
    let mut rest = arguments;
    while let Some(at) = rest.find(['"', '<']) {
        if rest[at..].starts_with('<') {
            let end = rest[at..].find('>').map_or(rest.len(), |end| at + end);
            directory = PathBuf::from(&rest[at + 1..end]);
            rest = &rest[end..];
            continue;
        }
        let mut end = at + 1;
        let bytes = rest.as_bytes();
        while end < bytes.len() && bytes[end] != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        found.push(directory.join(OsStr::new(&rest[at + 1..end.min(rest.len())])));
        rest = &rest[(end + 1).min(rest.len())..];
    }
    // A file that is open already.
    if found.is_empty() && !directory.as_os_str().is_empty() {
        found.push(directory);
    }
    found
}
