//! A `~/.aws/config` of 6 MB with 20,000 profiles, and what each reading of it costs: counted, so that it depends neither
//! on the machine nor on what else runs there. Side by side with another build, by the clock: `scripts/bench --against`.
#![cfg(target_os = "linux")]

use std::process::{Command, Stdio};

use crate::support::need::need;
use crate::support::world::PROGRAM;
use crate::support::{Shell, World, trace};

/// A command that reads `~/.aws`; how often it reads the file, and how many bytes of memory it may take for each of its.
struct Reader(&'static [&'static str], usize, usize);

const READERS: [Reader; 6] = [
    Reader(
        &[
            "complete",
            "4",
            "--",
            "claude-bedrock",
            "set",
            "work",
            "auth.profile",
            "team-0019",
        ],
        1,
        8,
    ),
    Reader(
        &["complete", "2", "--", "claude-bedrock", "aws-profiles", "team-0019"],
        1,
        8,
    ),
    Reader(&["aws-profiles", "team-00099", "--json"], 1, 16),
    Reader(&["aws-profiles", "--json"], 1, 32),
    Reader(
        &["import", "aws-config", "--aws-profile", "team-00099", "--dry-run"],
        1,
        16,
    ),
    // The load looks for `credential_source` in it, the login for its session.
    Reader(&["status", "--format", "{expires}"], 2, 8),
];

/// Of the program itself, which is mapped whole.
const PROGRAM_ITSELF: usize = 60 << 20;

fn world(count: usize) -> (World, usize) {
    let world = World::new(Shell::Bash);
    let profile = |at: usize| {
        format!(
            "[profile team-{at:05}]\nregion = eu-west-1\nsso_session = acme\nsso_account_id = 123456789012\nsso_role_name = Developer-{at:05}\noutput = json\n# {}\n",
            "x".repeat(150)
        )
    };
    let session = "[sso-session acme]\nsso_region = eu-west-1\nsso_start_url = https://acme.awsapps.com/start\n";
    let text: String = (0..count).map(profile).chain([session.to_owned()]).collect();
    world.write(".aws/config", &text);
    world.config(
        "[profiles.work]\nregion = \"eu-west-1\"\nauth = { method = \"aws-profile\", profile = \"team-00099\" }\n",
    );
    (world, text.len())
}

/// The command, in a place without a project.
fn command(world: &World, by: &[&str], reader: &Reader) -> Command {
    let mut words: Vec<&str> = by.to_vec();
    words.push(PROGRAM);
    words.extend(reader.0);
    let mut command = world.command(words[0]);
    command
        .args(&words[1..])
        .env("CLAUDE_BEDROCK_PROFILE", "work")
        .stdin(Stdio::null());
    command
}

#[test]
fn a_large_file_is_read_once_and_kept_within_its_size() {
    let (world, size) = world(20_000);
    assert!(size > 5_500_000, "{size}");
    for reader in &READERS {
        let (output, trace) = trace::traced(&command(&world, &[], reader), &world.records().join("strace"));
        assert!(output.status.success(), "{:?}: {output:?}", reader.0);
        let read = usize::try_from(trace.read).unwrap();
        let read_in_all = size * reader.1;
        assert!(
            (read_in_all..read_in_all + (64 << 10)).contains(&read),
            "{:?}: {read} of {size}",
            reader.0
        );
        let most = format!("--as={}", PROGRAM_ITSELF + reader.2 * size);
        let output = command(&world, &["prlimit", &most], reader).output().unwrap();
        assert!(output.status.success(), "{:?}: {most}: {output:?}", reader.0);
    }
}

/// Instructions, which valgrind counts. By it a program takes thirty times as long, so the file is smaller here.
#[test]
fn five_times_as_many_profiles_take_five_times_as_many_instructions() {
    let valgrind = need("valgrind");
    let by = [
        valgrind.to_str().unwrap(),
        "--tool=cachegrind",
        "--cache-sim=no",
        "--cachegrind-out-file=/dev/null",
    ];
    let (few, many) = (world(100).0, world(500).0);
    for reader in &READERS {
        let count = |world: &World| {
            let output = command(world, &by, reader).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{:?}: {said}", reader.0);
            let line = said.lines().find(|line| line.contains("I ") && line.contains("refs:"));
            let number = line
                .unwrap_or_else(|| panic!("{said}"))
                .rsplit(' ')
                .next()
                .unwrap()
                .replace(',', "");
            number.parse::<u64>().unwrap()
        };
        let (few, many) = (count(&few), count(&many));
        println!("{:?}: {few}, {many}", reader.0);
        assert!(many < few * 11 / 2, "{:?}: {few} for a fifth of {many}", reader.0);
    }
}
