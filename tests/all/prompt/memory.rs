//! What `export` takes of memory when a profile is entered.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::Write;
use std::time::{Duration, Instant};

use crate::support::world::PROGRAM;
use crate::support::{Shell, World};

/// In KiB. A debug build carries ten times the code; there the bound only catches what runs away.
const BOUND: u64 = if cfg!(debug_assertions) { 24 * 1024 } else { 8 * 1024 };

/// The peak is read while the program stands still, because it waits to write into a pipe that is full. What
/// the system says after its end (`wait4`) counts in the process that it was before it became this program.
#[test]
fn the_peak_of_entering_a_profile_is_bounded() {
    let mut world = World::new(Shell::Bash);
    world.set("CLAUDE_BEDROCK_PROFILE", "work");
    let (reader, mut writer) = std::io::pipe().unwrap();
    let capacity = rustix::pipe::fcntl_getpipe_size(&writer).unwrap();
    writer.write_all(&vec![b' '; capacity]).unwrap();
    let mut child = world
        .command(PROGRAM)
        .args(["export", "bash"])
        .stdout(writer)
        .spawn()
        .unwrap();
    let process = format!("/proc/{}", child.id());
    let start = Instant::now();
    while !fs::read_to_string(format!("{process}/wchan")).is_ok_and(|place| place.contains("pipe_write")) {
        assert!(child.try_wait().unwrap().is_none(), "it ended before it wrote");
        if start.elapsed() > Duration::from_secs(5) {
            // Where the kernel tells nobody in what a process waits, it has long come to that.
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let status = fs::read_to_string(format!("{process}/status")).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    drop(reader);
    child.wait().unwrap();
    assert!(peak > 512, "{peak} KiB is no program that has run");
    assert!(peak <= BOUND, "{peak} KiB at its peak, more than {BOUND}");
    println!("{peak} KiB");
}
