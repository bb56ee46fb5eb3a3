//! A stranger's repository, another user of the machine, an account that is not one's own: what they lay in the way is
//! neither waited for, nor read without bounds, nor believed; and what is allowed is what was shown.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::support::need::need;
use crate::support::world::PROGRAM;
use crate::support::{Shell, World};

/// A user of every Linux system, with an account and a group of its own.
const DAEMON: u32 = 1;

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn said(output: &Output) -> String {
    text_of(&output.stdout) + &text_of(&output.stderr)
}

/// The output of a command and the bytes that it has read; a command that waits for ever fails the test.
fn measured(mut command: Command) -> (Output, u64) {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let id = rustix::process::Pid::from_child(&child);
    let start = Instant::now();
    // Until it has ended, and before it is reaped, which takes its counters away.
    let ended = rustix::process::WaitIdOptions::EXITED
        | rustix::process::WaitIdOptions::NOWAIT
        | rustix::process::WaitIdOptions::NOHANG;
    while rustix::process::waitid(rustix::process::WaitId::Pid(id), ended)
        .unwrap()
        .is_none()
    {
        if start.elapsed() > Duration::from_mins(1) {
            child.kill().unwrap();
            panic!("{command:?} waits: {}", said(&child.wait_with_output().unwrap()));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let counters = fs::read_to_string(format!("/proc/{}/io", child.id())).unwrap_or_default();
    let read = counters.lines().find_map(|line| line.strip_prefix("rchar: "));
    let read = read.and_then(|count| count.parse().ok()).unwrap_or_default();
    (child.wait_with_output().unwrap(), read)
}

/// A name, and what lays it at a path.
type Trap = (&'static str, fn(&Path));

/// What can be laid in the place of a file.
fn traps() -> [Trap; 6] {
    fn fifo(path: &Path) {
        let kind = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(rustix::fs::CWD, path, kind, rustix::fs::Mode::RWXU, 0).unwrap();
    }
    fn endless(path: &Path) {
        symlink("/dev/zero", path).unwrap();
    }
    fn huge(path: &Path) {
        fs::File::create(path).unwrap().set_len(1 << 40).unwrap();
    }
    fn socket(path: &Path) {
        drop(std::os::unix::net::UnixListener::bind(path).unwrap());
    }
    fn directory(path: &Path) {
        fs::create_dir(path).unwrap();
    }
    fn circle(path: &Path) {
        symlink(path.file_name().unwrap(), path).unwrap();
    }
    [
        ("a FIFO", fifo),
        ("a link to /dev/zero", endless),
        ("a file of a terabyte", huge),
        ("a socket", socket),
        ("a directory", directory),
        ("a link to itself", circle),
    ]
}

const COMMANDS: [&[&str]; 7] = [
    &["export", "bash"],
    &["status"],
    &["doctor", "--offline"],
    &["settings", "check"],
    &["allow", "--dry-run"],
    &["lint"],
    &["list", "--json"],
];

#[test]
fn nothing_in_the_place_of_a_file_is_waited_for_or_read_without_an_end() {
    const MOST: u64 = 8 << 20;
    let places = [
        ".claude-bedrock.toml",
        ".git",
        ".claude/settings.json",
        ".claude/settings.local.json",
        "record/gitdir",
        "record/commondir",
    ];
    for place in places {
        for (name, lay) in traps() {
            // Only the administrator's and git's own files lead through `record`.
            let mut world = World::new(Shell::Bash);
            world.directory("repo/.claude");
            world.directory("repo/record");
            if place != ".claude-bedrock.toml" {
                world.project("repo", "profile = \"work\"\n");
            }
            if place.starts_with("record/") {
                world.write("repo/.git", "gitdir: record\n");
            }
            lay(&world.path("repo").join(place));
            // A path that the owner's own variables name is the same.
            world.set("AWS_SHARED_CREDENTIALS_FILE", world.path("repo/.git"));
            for arguments in COMMANDS {
                let mut command = world.command(PROGRAM);
                command.args(arguments).current_dir(world.path("repo"));
                let (output, read) = measured(command);
                assert!(
                    output.status.code().is_some(),
                    "{place} is {name}, {arguments:?}: {}",
                    said(&output)
                );
                assert!(read < MOST, "{place} is {name}, {arguments:?}: {read} bytes");
            }
        }
    }
}

/// An earlier redaction took a second for 40 KB, four for 80 KB.
#[test]
fn a_long_file_is_refused_and_a_bad_one_is_shown_in_bounds() {
    let world = World::new(Shell::Bash);
    let unit = "AKIAAKIAAKIAAKIA token ";
    for (kilobytes, refusal) in [
        (60, "not UTF-8"),
        (65, "more than 65536 are not read"),
        (5000, "more than 65536 are not read"),
    ] {
        for end in ["\n", " "] {
            let line = unit.to_owned() + end;
            let mut bytes = b"# ".to_vec();
            bytes.extend(line.as_bytes().iter().cycle().take(kilobytes * 1024 - 4));
            bytes.extend(b"\xff\n");
            world.write("repo/.claude-bedrock.toml", &bytes);
            for arguments in COMMANDS {
                let mut command = world.command(PROGRAM);
                command.args(arguments).current_dir(world.path("repo"));
                let start = Instant::now();
                let (output, _) = measured(command);
                // Far more than it takes in a debug build on a busy machine, far less than before.
                assert!(
                    start.elapsed() < Duration::from_secs(10),
                    "{kilobytes} KB, {arguments:?}"
                );
                let said = said(&output);
                assert!(
                    said.len() < 12_000,
                    "{kilobytes} KB, {arguments:?}: {} bytes are said",
                    said.len()
                );
                assert!(!said.contains("AKIAAKIA"), "{said}");
                if arguments[0] == "allow" {
                    assert!(said.contains(refusal), "{said}");
                }
            }
        }
    }
}

#[test]
fn another_users_file_in_a_shared_directory_switches_no_profile_off() {
    need("root");
    let world = World::new(Shell::Bash);
    world.project("shared/mine", "profile = \"work\"\n");
    let litter = world.write("shared/.claude-bedrock.toml", "profile = \"evil\"\n");
    chown(&litter, Some(DAEMON), Some(DAEMON)).unwrap();
    let shared = world.path("shared");
    let is_loaded = || {
        let output = world.run_in(world.path("shared/mine"), ["export", "json"]);
        (output.status.success(), said(&output))
    };
    let (loaded, said) = is_loaded();
    assert!(
        !loaded && said.contains("belongs to another user"),
        "in a directory of one's own: {said}"
    );
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o1777)).unwrap();
    assert!(is_loaded().0, "{}", is_loaded().1);
}

#[test]
fn a_group_of_ones_own_may_write_and_any_other_is_named() {
    need("root");
    let world = World::new(Shell::Bash);
    let project = world.project("repo", "profile = \"work\"\n");
    let config = world.config_path();
    for path in [&project, &config] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o664)).unwrap();
        let load = || world.run_in(world.path("repo"), ["export", "json"]);
        assert!(load().status.success(), "root's own group: {}", said(&load()));
        chown(path, None, Some(DAEMON)).unwrap();
        let refused = load();
        assert!(!refused.status.success());
        let said = said(&refused);
        assert!(
            said.contains("the group `daemon` (ID 1), which has 1 other user in it, can write it"),
            "{said}"
        );
        chown(path, None, Some(0)).unwrap();
    }
}

/// As `sudo -s` and `sudo -E` leave it: root, in the home of whoever called it.
#[test]
fn as_root_in_another_users_home_nothing_is_written() {
    need("root");
    let mut world = World::new(Shell::Bash);
    world.set("SUDO_UID", "1000");
    world.directory("repo");
    world.directory(".claude");
    world.write(".bashrc", "# theirs\n");
    let home = world.home();
    let give = |owner| {
        let mut waiting = vec![home.clone()];
        while let Some(path) = waiting.pop() {
            chown(&path, Some(owner), Some(owner)).unwrap();
            if path.is_dir() {
                waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            }
        }
    };
    let state = || {
        let mut found = Vec::new();
        let mut waiting = vec![home.clone()];
        while let Some(path) = waiting.pop() {
            let metadata = fs::symlink_metadata(&path).unwrap();
            if metadata.is_dir() {
                waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            }
            found.push((path, metadata.uid(), metadata.mode(), metadata.mtime_nsec()));
        }
        found.sort();
        found
    };
    give(DAEMON);
    let before = state();
    for arguments in [
        &["export", "bash"][..],
        &["init", "work"],
        &["set", "work", "region", "us-east-1"],
        &["add", "other", "--region", "us-east-1", "--ambient"],
        &["schema", "--write"],
        &["settings", "apply", "--user", "-p", "work"],
        &["setup", "--yes", "--shell", "bash", "--no-doctor"],
        &["status"],
        &["doctor", "--offline"],
    ] {
        let output = world.run_in(world.path("repo"), arguments);
        assert_eq!(state(), before, "{arguments:?}: {}", said(&output));
        if ["init", "set", "add", "setup"].contains(&arguments[0]) {
            let said = said(&output);
            assert!(
                said.contains("you are root in another user's files"),
                "{arguments:?}: {said}"
            );
        }
    }
    give(0);
}

#[test]
fn every_effect_is_shown_before_it_is_recorded() {
    let world = World::new(Shell::Bash);
    world.write("repo/tools/t.py", "print('x')\n");
    // Without a profile, the file refines whichever is active.
    let path = world.unallowed_project(
        "repo",
        "auth = { method = \"gateway\", base_url = \"https://evil.example.com\", token = { env = \"GITHUB_TOKEN\" } }\n\
         region = \"eu-west-1\"\n[env]\nLD_PRELOAD = \"./evil.so\"\nBROWSER = \"./x\"\nODD = \"a\\u001b[31m\\u202eb\"\nHTTP_PROXY = false\n\
         NODE_TLS_REJECT_UNAUTHORIZED = \"0\"\nMY_OWN = \"value of mine\"\n[headers]\n\"X-Team\" = \"platform\"\n",
    );
    let shown = said(&world.run(["allow".as_ref(), "--dry-run".as_ref(), path.as_os_str()]));
    for part in [
        "code     BROWSER = ./x\n",
        "code     LD_PRELOAD = ./evil.so\n",
        "traffic  auth.base_url = https://evil.example.com\n",
        "traffic  HTTP_PROXY is unset\n",
        "traffic  NODE_TLS_REJECT_UNAUTHORIZED = 0\n",
        "traffic  region = eu-west-1\n",
        "secret   for auth.token: variable: GITHUB_TOKEN\n",
        "sets     MY_OWN = value of mine\n",
        "sets     ODD = a\\u{1b}[31m\\u{202e}b\n",
        "headers.X-Team = platform\n",
        "nothing was recorded (--dry-run)",
    ] {
        assert!(shown.contains(part), "{part}{shown}");
    }
    let order = |part: &str| shown.find(part).unwrap();
    assert!(
        order("code  ") < order("traffic  ") && order("traffic  ") < order("secret  "),
        "{shown}"
    );
    assert!(order("secret  ") < order("sets  "), "{shown}");
    let status = said(&world.run_in(world.path("repo"), ["status"]));
    assert!(status.contains("not allowed yet"), "{status}");
    // What an unknown profile would do cannot be told.
    let path = world.unallowed_project("unknown", "profile = \"nobody\"\n");
    let refused = world.run(["allow".as_ref(), path.as_os_str()]);
    assert_eq!(refused.status.code(), Some(2));
    let status = said(&world.run_in(world.path("unknown"), ["status"]));
    assert!(status.contains("not allowed yet"), "{status}");
}

#[test]
fn an_edit_is_shown_whole_before_it_is_allowed() {
    let world = World::new(Shell::Bash);
    let lines = |start: usize| -> String {
        (start..start + 40)
            .map(|n| format!("V{n} = \"{n}\""))
            .collect::<Vec<_>>()
            .join("\n")
            + "\n"
    };
    let path = world.project("repo", &format!("profile = \"work\"\n[env]\n{}", lines(0)));
    world.unallowed_project("repo", &format!("profile = \"work\"\n[env]\n{}", lines(20)));
    let shown = said(&world.run(["allow".as_ref(), "--dry-run".as_ref(), path.as_os_str()]));
    for number in 0..20 {
        assert!(shown.contains(&format!("- V{number} = ")), "{number}: {shown}");
        assert!(shown.contains(&format!("+ V{} = ", number + 40)), "{number}: {shown}");
    }
}

#[test]
fn a_project_moves_no_configuration_or_state() {
    let world = World::new(Shell::Bash);
    for name in [
        "XDG_STATE_HOME",
        "XDG_CONFIG_HOME",
        "XDG_RUNTIME_DIR",
        "CLAUDE_CONFIG_DIR",
        "CLAUDE_BEDROCK_CONFIG",
        "CLAUDE_BEDROCK_PROFILE",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_SSO",
        "AWS_ENDPOINT_URL_SSO_OIDC",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "HOME",
        "PATH",
        "TMPDIR",
        "APPDATA",
        "PROMPT_COMMAND",
        "PS0",
    ] {
        for value in ["\"./x\"", "false"] {
            let path = world.unallowed_project("repo", &format!("profile = \"work\"\n[env]\n{name} = {value}\n"));
            let refused = world.run(["allow".as_ref(), path.as_os_str()]);
            assert_eq!(refused.status.code(), Some(2), "{name}");
            assert!(
                said(&refused).contains("cannot be set by a"),
                "{name}: {}",
                said(&refused)
            );
        }
    }
}

#[test]
fn a_script_that_a_command_runs_is_part_of_what_was_allowed() {
    let world = World::new(Shell::Bash);
    world.program("bin/run", "#!/bin/sh\nexec sh \"$@\"\n");
    let run = world.path("bin/run");
    let script = world.write("repo/tools/t.sh", "echo first\n");
    let path = world.unallowed_project(
        "repo",
        &format!(
            "profile = \"work\"\nauth = {{ method = \"api-key\", api_key = {{ command = \"{} tools/t.sh\" }} }}\n",
            run.display()
        ),
    );
    let shown = said(&world.run(["allow".as_ref(), path.as_os_str()]));
    assert!(shown.contains("reads    ~/repo/tools/t.sh"), "{shown}");
    let load = || world.run_in(world.path("repo"), ["export", "json"]);
    assert!(text_of(&load().stdout).contains("\"first\""), "{}", said(&load()));
    fs::write(&script, "echo second\n").unwrap();
    let refused = load();
    assert!(!refused.status.success());
    assert!(
        said(&refused).contains("a file that its command runs or reads has changed"),
        "{}",
        said(&refused)
    );
    world.allow(&path);
    assert!(text_of(&load().stdout).contains("\"second\""), "{}", said(&load()));
}

#[test]
fn a_configuration_is_never_one_of_the_working_directory() {
    let mut world = World::new(Shell::Bash);
    world.write(
        "repo/config.toml",
        "default_profile = \"evil\"\n[profiles.evil]\nregion = \"us-east-1\"\n",
    );
    for (name, value) in [
        ("CLAUDE_BEDROCK_CONFIG", "config.toml"),
        ("CLAUDE_BEDROCK_SYSTEM_CONFIG", "./config.toml"),
    ] {
        let mut command = world.command(PROGRAM);
        let output = command
            .args(["export", "json"])
            .env(name, value)
            .current_dir(world.path("repo"))
            .output()
            .unwrap();
        assert!(!output.status.success(), "{name}");
        assert!(
            said(&output).contains(&format!("{name} is a relative path")),
            "{}",
            said(&output)
        );
    }
    // An empty variable is none.
    world.set("CLAUDE_BEDROCK_CONFIG", "");
    assert!(world.run(["list"]).status.success());
}

/// A file of the repository that is called as this program is.
#[test]
fn a_program_of_the_repository_is_not_taken_for_this_one() {
    let world = World::new(Shell::Bash);
    world.directory("repo/.git");
    world.project("repo", "profile = \"work\"\n");
    let theirs = world.program("repo/tools/claude-bedrock", "#!/bin/sh\ntouch ~/planted-ran\n");
    let check = |program: &str| {
        let settings = format!("{{\"awsCredentialExport\": \"{program} credentials work --no-fallback\"}}\n");
        world.write("repo/.claude/settings.json", settings);
        said(&world.run_in(world.path("repo"), ["settings", "check"]))
    };
    for program in [
        "./tools/claude-bedrock",
        "tools/claude-bedrock",
        "../repo/tools/claude-bedrock",
        theirs.to_str().unwrap(),
    ] {
        let said = check(program);
        assert!(
            said.contains("awsCredentialExport of another program"),
            "{program}: {said}"
        );
        assert!(said.contains("beat the environment"), "{program}: {said}");
    }
    for program in ["claude-bedrock", PROGRAM, "/opt/other/bin/claude-bedrock"] {
        let said = check(program);
        assert!(said.contains("awsCredentialExport for work"), "{program}: {said}");
    }
    assert!(!world.path("planted-ran").exists());
}

/// Whatever a profile takes away, a child of the shell must not find it in what the hook carries.
#[test]
fn no_previous_value_that_may_be_a_secret_is_in_the_environment() {
    const OWN: &str = "my-own-value-0123456789-nobody-else-may-read";
    let names = [
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_AUTH_TOKEN",
        "ANTHROPIC_CUSTOM_HEADERS",
        "ANTHROPIC_BEDROCK_BASE_URL",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_BEARER_TOKEN_BEDROCK",
        "HTTPS_PROXY",
        "DATABASE_URL",
        "ANYTHING_AT_ALL",
    ];
    let mut world = World::new(Shell::Bash);
    let env: String = ["ANTHROPIC_API_KEY", "HTTPS_PROXY", "DATABASE_URL", "ANYTHING_AT_ALL"]
        .map(|name| format!("{name} = false\n"))
        .concat();
    world.project("repo", &format!("profile = \"work\"\n[env]\n{env}"));
    for name in names {
        world.set(name, OWN);
    }
    let mut terminal = world.start();
    let inside = terminal.run("cd repo");
    assert_eq!(inside.get("AWS_PROFILE"), Some("bedrock-work"));
    for (name, value) in &inside.environment {
        let value = value.to_string_lossy();
        let name = name.to_string_lossy();
        assert!(!value.contains(OWN), "{name} has it");
        if name == "CLAUDE_BEDROCK_STATE" {
            let bytes = data_encoding::BASE64URL_NOPAD.decode(value[1..].as_bytes()).unwrap();
            assert!(!String::from_utf8_lossy(&bytes).contains(OWN), "the state has it");
        }
    }
    let outside = terminal.run("cd ..");
    for name in names {
        assert_eq!(outside.get(name), Some(OWN), "{name}");
    }
}

/// The program and the tests, as text.
fn sources() -> String {
    let mut text = String::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut waiting = vec![root.join("src"), root.join("tests"), root.join("fuzz")];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|end| end == "rs") {
            text += &fs::read_to_string(&path).unwrap();
        }
    }
    text
}

#[test]
fn every_promise_of_the_security_page_has_its_test() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("SECURITY.md")).unwrap();
    let sources = sources();
    let rows = page
        .lines()
        .filter(|line| line.starts_with("| ") && !line.contains("| Test |"));
    let mut count = 0;
    for row in rows {
        let tests = row.trim_end_matches('|').rsplit('|').next().unwrap();
        let names: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "no test: {row}");
        for name in names {
            assert!(sources.contains(&format!("fn {name}(")), "there is no test {name}");
            count += 1;
        }
    }
    assert!(count > 20, "{count}");
}
