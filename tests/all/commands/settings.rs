//! Claude Code's settings files: what beats a profile is said, and what is written is taken out to the byte.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::need::need;
use crate::support::world::PROGRAM;
use crate::support::{Shell, World};

/// What a profile needs, of each kind that matters here.
const CONFIG: &str = r#"
[profiles.work]
region = "eu-west-1"
auth = { method = "aws-profile", profile = "bedrock-work" }
[profiles.work.headers]
"X-Team" = "platform"

[profiles.other]
region = "us-east-1"
auth = { method = "aws-profile", profile = "bedrock-other", isolate = true }

[profiles.key]
region = "us-east-1"
auth = { method = "api-key", api_key = { env = "MY_KEY" } }
"#;

struct Place {
    world: World,
    directory: PathBuf,
}

impl Place {
    fn new() -> Self {
        let world = World::new(Shell::Bash);
        world.config(CONFIG);
        world.project("repo", "profile = \"work\"\n");
        let directory = world.path("repo");
        Self { world, directory }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.world.command(PROGRAM);
        command.args(arguments).current_dir(&self.directory);
        command
    }

    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        said(&self.command(arguments).output().unwrap())
    }

    /// Runs what must succeed; what it says on both streams.
    fn done(&self, arguments: &[&str]) -> String {
        let (status, stdout, stderr) = self.run(arguments);
        assert_eq!(status, 0, "{arguments:?}\n{stdout}\n{stderr}");
        stdout + &stderr
    }

    fn local(&self) -> PathBuf {
        self.directory.join(".claude/settings.local.json")
    }

    fn write(&self, text: impl AsRef<[u8]>) {
        self.world.write("repo/.claude/settings.local.json", text);
    }

    fn content(&self) -> String {
        String::from_utf8(fs::read(self.local()).unwrap()).unwrap()
    }
}

fn said(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let stderr = text(&output.stderr);
    assert!(!stderr.contains("panicked"), "{stderr}");
    (output.status.code().unwrap(), text(&output.stdout), stderr)
}

/// Numbers that look random and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

/// A settings file such as nobody would write, and Claude Code reads.
fn generated(seed: u64) -> String {
    let mut numbers = Numbers(seed);
    let n = &mut numbers;
    let newline = n.one(&["\n", "\n", "\r\n", ""]);
    let indent = n.one(&["  ", "    ", "\t", "", " "]);
    let colon = n.one(&[": ", ":", " : ", ":  "]);
    let keys = [
        "\"model\"",
        "\"env\"",
        "\"permissions\"",
        "\"awsAuthRefresh\"",
        "\"awsCredentialExport\"",
        "\"x\\u0041\"",
        "\"é😀\"",
        "\"env\"",
        "\"\"",
    ];
    let mut text = String::from(n.one(&["", "\u{feff}", "", " \n", ""]));
    let comments = n.below(6) == 0;
    let comment = |n: &mut Numbers| {
        if comments {
            n.one(&["", "// c\n", "/* { \" */"])
        } else {
            ""
        }
    };
    text.push('{');
    let count = n.below(7);
    for index in 0..count {
        text += &format!("{newline}{indent}{}", comment(n));
        let key = keys[n.below(keys.len())];
        text += key;
        text += colon;
        match key {
            "\"env\"" => {
                text.push('{');
                let count = n.below(4);
                for index in 0..count {
                    text += &format!("{newline}{indent}{indent}");
                    text += n.one(&[
                        "\"AWS_REGION\"",
                        "\"FOO\"",
                        "\"CLAUDE_CODE_USE_BEDROCK\"",
                        "\"AWS_PROFILE\"",
                        "\"A\\tB\"",
                    ]);
                    text += colon;
                    text += n.one(&["\"\"", "\"us-west-2\"", "\"a \\\"b\\\" \\\\ \\u00e9\"", "\"1\""]);
                    text += if index + 1 < count { "," } else { "" };
                }
                text += &format!("{newline}{indent}}}");
            }
            "\"awsAuthRefresh\"" | "\"awsCredentialExport\"" => {
                text += n.one(&["\"aws sso login\"", "\"\"", "\"'a b' c\""]);
            }
            _ => {
                text += n.one(&[
                    "1",
                    "null",
                    "true",
                    "[]",
                    "{}",
                    "[1, {\"a\": [2]}]",
                    "\"}\\\"{\"",
                    "-1.5e+3",
                    "{\"env\":{\"AWS_REGION\":\"x\"}}",
                ]);
            }
        }
        text += if index + 1 < count { "," } else { "" };
        text += comment(n);
    }
    text += newline;
    text += n.one(&["", " ", "\t"]);
    text.push('}');
    text + n.one(&["\n", "", "\r\n", "\n\n  "])
}

#[test]
fn apply_then_remove_is_the_identity_on_five_hundred_generated_files() {
    let place = Place::new();
    for seed in 0..500 {
        let text = generated(seed);
        place.write(&text);
        let options: &[&str] = match seed % 3 {
            0 => &["settings", "apply"],
            1 => &["settings", "apply", "--env"],
            _ => &["settings", "apply", "--env", "-p", "other"],
        };
        place.done(options);
        let applied = place.content();
        assert_ne!(applied, text, "seed {seed}");
        if !applied.contains("/* {") && !applied.contains("// c") {
            let json: serde_json::Value = serde_json::from_str(applied.trim_start_matches('\u{feff}')).unwrap();
            assert!(
                json["awsCredentialExport"].as_str().unwrap().contains(" credentials "),
                "seed {seed}: {applied}"
            );
            if seed % 3 > 0 {
                assert_eq!(json["env"]["CLAUDE_CODE_USE_BEDROCK"], "1", "seed {seed}: {applied}");
            }
        }
        // Again, and for another profile: what is taken out in the end is the same.
        if seed % 5 == 0 {
            place.done(&["settings", "apply", "--env", "-p", "other"]);
            place.done(&["settings", "apply", "-p", "work"]);
        }
        place.done(&["settings", "remove"]);
        assert_eq!(place.content(), text, "seed {seed}");
    }
}

#[test]
fn apply_then_remove_is_the_identity_on_nasty_files() {
    let place = Place::new();
    let deep = format!("{{\"x\":{}{}}}", "[".repeat(50_000), "]".repeat(50_000));
    let long = format!("{{\"x\":\"{}\"}}", "é".repeat(300_000));
    for text in [
        "",
        " ",
        "\n",
        "{}",
        "{ }",
        "{\n}",
        "\u{feff}{}",
        "\u{feff}",
        "{\"a\":1,}",
        "{\"env\":{},}",
        "{\"env\":{\"A\":\"1\",}}",
        "// only\n{} // after",
        "{/* a */}",
        "{\"env\":{/* a */}}",
        "{\"a\":1 /* b */ , /* c */ \"d\":2 /* e */}",
        "{\"env\":{},\"env\":{\"AWS_REGION\":\"a\",\"AWS_REGION\":\"b\"}}",
        "{\"\\u0065nv\":{\"AWS_\\u0052EGION\":\"x\"}}",
        "{\"a\":\"\\ud800\"}",
        "{\r\"a\":1\r}",
        "{\"awsAuthRefresh\":\"x\",\"awsAuthRefresh\":\"y\"}",
        &deep,
        &long,
        "{\"awsCredentialExport\":\"/usr/bin/claude-bedrock credentials work \"}x".trim_end_matches('x'),
    ] {
        for options in [&["settings", "apply"][..], &["settings", "apply", "--env"]] {
            // The last is a command of this program without a record: `remove` alone takes it out.
            if text.contains("/usr/bin/claude-bedrock") {
                continue;
            }
            place.write(text);
            place.done(options);
            place.done(&["settings", "remove"]);
            assert_eq!(place.content(), text, "{options:?}");
        }
    }
}

#[test]
fn a_file_that_was_made_goes_again_with_its_directory() {
    let place = Place::new();
    place.done(&["settings", "apply", "--env"]);
    let mode = fs::metadata(place.local()).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    place.done(&["settings", "remove"]);
    assert!(!place.directory.join(".claude").exists());
    place.done(&["settings", "apply"]);
    let text = place.content().replace("{\n", "{\n  \"model\": \"opus\",\n");
    fs::write(place.local(), text).unwrap();
    place.done(&["settings", "remove"]);
    assert_eq!(place.content(), "{\n  \"model\": \"opus\"\n}\n");
}

#[test]
fn what_was_edited_since_survives() {
    let place = Place::new();
    let before =
        "{\n  \"model\": \"opus\",\n  \"env\": {\n    \"AWS_REGION\": \"us-west-2\",\n    \"FOO\": \"1\"\n  }\n}\n";
    place.write(before);
    place.done(&["settings", "apply", "--env"]);
    let edit = |text: &str| {
        text.replace("\"model\": \"opus\",\n", "\"model\": \"haiku\",\n  \"new\": [1],\n")
            .replace("\"FOO\": \"1\"", "\"BAR\": \"2\",\n    \"FOO\": \"1\"")
    };
    fs::write(
        place.local(),
        edit(&place.content()).replace("\"bedrock-work\"", "\"by-hand\""),
    )
    .unwrap();
    place.done(&["settings", "remove"]);
    let after = place.content();
    assert!(
        after.contains("\"AWS_PROFILE\": \"by-hand\""),
        "what was changed by hand is the user's: {after}"
    );
    assert_eq!(after.replace(",\n    \"AWS_PROFILE\": \"by-hand\"", ""), edit(before));
    assert!(
        place
            .done(&["settings", "remove"])
            .contains("contains nothing from claude-bedrock")
    );
}

#[test]
fn commands_are_taken_out_without_a_record_too() {
    let place = Place::new();
    place.done(&["settings", "apply"]);
    fs::remove_dir_all(place.world.path(".local/state/claude-bedrock/settings")).unwrap();
    place.done(&["settings", "remove"]);
    assert_eq!(place.content(), "{\n}\n");
}

#[test]
fn permissions_links_and_the_first_backup_stay() {
    let place = Place::new();
    let target = place.world.write("repo/dotfiles/claude.json", "{}\n");
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
    place.world.directory("repo/.claude");
    symlink(&target, place.local()).unwrap();
    place.done(&["settings", "apply"]);
    place.done(&["settings", "apply", "--env"]);
    assert!(place.local().is_symlink());
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
    // Not in the repository, where it would be committed.
    assert_eq!(fs::read_dir(place.directory.join(".claude")).unwrap().count(), 1);
    let backups = fs::read_dir(place.world.path(".local/state/claude-bedrock/backups")).unwrap();
    let backups: Vec<_> = backups.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(backups.len(), 1, "{backups:?}");
    assert_eq!(fs::read_to_string(&backups[0]).unwrap(), "{}\n");
    assert_eq!(fs::metadata(&backups[0]).unwrap().permissions().mode() & 0o777, 0o600);
    place.done(&["settings", "remove"]);
    assert_eq!(fs::read_to_string(&target).unwrap(), "{}\n");
}

/// Whoever made the repository may have laid it.
#[test]
fn a_link_of_the_repository_leads_no_change_out_of_it() {
    let place = Place::new();
    let outside = place.world.write("outside.json", "{}\n");
    place.world.directory("repo/.git/hooks");
    let inside_git = place.world.write("repo/.git/hooks/pre-commit", "");
    place.world.directory("elsewhere");
    place.world.write("elsewhere/settings.local.json", "{}\n");
    for target in [&outside, &inside_git] {
        place.world.directory("repo/.claude");
        symlink(target, place.local()).unwrap();
        let before = fs::read(target).unwrap();
        for arguments in [&["settings", "apply"][..], &["settings", "remove"]] {
            let (_, _, stderr) = place.run(arguments);
            assert!(
                stderr.contains("outside the repository; nothing was changed"),
                "{stderr}"
            );
        }
        assert_eq!(fs::read(target).unwrap(), before);
        fs::remove_dir_all(place.directory.join(".claude")).unwrap();
    }
    symlink("../elsewhere", place.directory.join(".claude")).unwrap();
    let (_, _, stderr) = place.run(&["settings", "apply"]);
    assert!(stderr.contains("outside the repository"), "{stderr}");
    fs::remove_file(place.directory.join(".claude")).unwrap();
    // The same of the project file.
    fs::remove_file(place.directory.join(".claude-bedrock.toml")).unwrap();
    let outside = place.world.write("other.toml", "a = 1\n");
    symlink(&outside, place.directory.join(".claude-bedrock.toml")).unwrap();
    let (_, _, stderr) = place.run(&["set", "--project", "region", "eu-west-1"]);
    assert!(!stderr.is_empty());
    assert_eq!(fs::read_to_string(&outside).unwrap(), "a = 1\n");
}

#[test]
fn no_secret_is_written_or_shown() {
    let mut place = Place::new();
    place.world.set("MY_KEY", "hunter2hunter2");
    place.write("{\"env\": {\"AWS_BEARER_TOKEN_BEDROCK\": \"hunter3hunter3\"}}");
    let text = place.done(&["settings", "apply", "--env", "-p", "key"]);
    assert!(
        text.contains("AWS_BEARER_TOKEN_BEDROCK is not written: it is a secret"),
        "{text}"
    );
    assert!(!text.contains("hunter"), "{text}");
    assert!(!place.content().contains("hunter2"));
    let (_, stdout, stderr) = place.run(&["settings", "check", "--json"]);
    assert!(!(stdout.clone() + &stderr).contains("hunter"), "{stdout}{stderr}");
    let state = Command::new("grep")
        // A backup is the user's own file as it was, for the user alone.
        .args(["-r", "hunter", "--exclude-dir=backups"])
        .arg(place.world.path(".local/state"))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&state.stdout), "", "nor kept in the state");
}

#[test]
fn bad_files_are_named_with_their_line_and_left_alone() {
    let place = Place::new();
    let large = format!("{{\"x\":\"{}\"}}", "x".repeat(20 << 20));
    for (text, message) in [
        (
            "{\n  \"a\": 1\n  \"b\": 2\n}",
            "not JSON: `,` or `}` is expected here, not `\"`",
        ),
        ("{\n\n{", "not JSON: a name in double quotes is expected here"),
        ("[]", "settings are a JSON object"),
        ("{\n\"env\": []}", "`env` is an object of variables"),
        (
            "{\n\"awsAuthRefresh\": 5}",
            "`awsAuthRefresh` is a command in double quotes",
        ),
        (&large, "more than 1048576 are not read"),
    ] {
        place.write(text);
        for arguments in [
            &["settings", "apply", "--env"][..],
            &["settings", "remove"],
            &["settings", "check"],
        ] {
            let (status, _, stderr) = place.run(arguments);
            assert_eq!(
                status,
                if arguments[1] == "check" { 1 } else { 2 },
                "{arguments:?} {stderr}"
            );
            assert!(stderr.contains(message), "{arguments:?} {stderr}");
            assert!(stderr.contains("settings.local.json"), "{stderr}");
            if text.len() < 1000 {
                let line = text
                    .lines()
                    .count()
                    .min(if text.contains("\"b\"") || text.contains("\n\n") {
                        3
                    } else {
                        2
                    });
                assert!(stderr.contains(&format!("settings.local.json:{line}:")), "{stderr}");
            }
            assert_eq!(place.content(), text);
        }
    }
    fs::write(place.local(), b"{\"a\": \"\xff\"}").unwrap();
    assert!(place.run(&["settings", "apply"]).2.contains("not UTF-8"));
    fs::remove_file(place.local()).unwrap();
    symlink("nowhere", place.local()).unwrap();
    assert!(place.run(&["settings", "apply"]).2.contains("leads nowhere"));
    assert!(place.local().is_symlink());
    fs::remove_file(place.local()).unwrap();
    fs::create_dir(place.local()).unwrap();
    assert!(place.run(&["settings", "apply"]).2.contains("not a regular file"));
    assert!(place.run(&["settings", "check"]).2.contains("is a directory"));
    fs::remove_dir(place.local()).unwrap();
    place.write("{}");
    fs::set_permissions(place.local(), fs::Permissions::from_mode(0o444)).unwrap();
    assert!(
        place
            .run(&["settings", "apply"])
            .2
            .contains("read-only; nothing was changed")
    );
    assert_eq!(place.content(), "{}");
}

/// Kills the program at each of its system calls that change the file system, one after the other.
#[test]
fn a_file_of_roots_is_named_and_left_alone() {
    need("root");
    let setpriv = need("setpriv");
    let place = Place::new();
    let home = place.world.home();
    let program = place.world.program_for_others();
    place.write("{}\n");
    let given = Command::new("chown").args(["-R", "65534:65534"]).arg(&home).status();
    assert!(given.unwrap().success());
    std::os::unix::fs::chown(place.local(), Some(0), Some(0)).unwrap();
    let mut command = place.world.command(setpriv);
    command
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(&program)
        .args(["settings", "apply", "-p", "work"])
        .current_dir(&place.directory);
    let (status, _, stderr) = said(&command.output().unwrap());
    assert_eq!(status, 2, "{stderr}");
    assert!(
        stderr.contains("settings.local.json belongs to another user") && stderr.contains("nothing was changed"),
        "{stderr}"
    );
    assert_eq!(place.content(), "{}\n");
}

#[test]
fn killed_at_any_write_the_file_is_the_old_or_the_new_one() {
    need("strace");
    let place = Place::new();
    let old = "{\n  \"model\": \"opus\"\n}\n";
    place.write(old);
    place.done(&["settings", "apply", "--env"]);
    let new = place.content();
    place.done(&["settings", "remove"]);
    let calls = "write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat,fchmod,ftruncate,openat,mkdir,rmdir";
    for (arguments, from, to) in [
        (&["settings", "apply", "--env"][..], old, &new[..]),
        (&["settings", "remove"], &new, old),
    ] {
        let mut kills = 0;
        for number in 1.. {
            if from == old {
                place.write(old);
                place.done(&["settings", "remove"]);
            } else {
                place.write(old);
                place.done(&["settings", "apply", "--env"]);
            }
            assert_eq!(place.content(), from);
            let output = place
                .world
                .command("strace")
                .args(["-f", "-qq", "-o", "/dev/null"])
                .arg(format!("--inject={calls}:signal=KILL:when={number}"))
                .arg(PROGRAM)
                .args(arguments)
                .current_dir(&place.directory)
                .output()
                .unwrap();
            let content = place.content();
            assert!(content == from || content == to, "killed at {number}: {content}");
            if output.status.success() {
                assert_eq!(content, to);
                break;
            }
            kills += 1;
            // And whatever was left, the way back is open.
            place.done(&["settings", "remove"]);
            assert_eq!(place.content(), old, "after a kill at {number}");
        }
        assert!(kills > 5, "{kills}");
    }
}

#[test]
fn the_command_works_in_sh_from_a_path_with_a_space_a_quote_and_a_dollar() {
    let place = Place::new();
    let program = place.world.path("my $HOME 'bin'/claude-bedrock");
    fs::create_dir_all(program.parent().unwrap()).unwrap();
    crate::support::executable(&program, fs::read(PROGRAM).unwrap());
    let output = place
        .world
        .command(&program)
        .args(["settings", "apply"])
        .current_dir(&place.directory)
        .output()
        .unwrap();
    assert!(output.status.success());
    let json: serde_json::Value = serde_json::from_str(&place.content()).unwrap();
    let command = json["awsCredentialExport"]
        .as_str()
        .unwrap()
        .replace(" credentials --no-fallback", " --version");
    let output = place.world.command("sh").arg("-c").arg(&command).output().unwrap();
    assert!(said(&output).1.starts_with("claude-bedrock "), "{command}");
}

#[test]
fn what_beats_the_profile_is_said_with_file_line_and_both_values_and_mended() {
    let mut place = Place::new();
    place.world.set("CLAUDE_CONFIG_DIR", place.world.path("elsewhere"));
    place.world.write(
        "elsewhere/settings.json",
        "{\n\"env\": {\n\"AWS_REGION\": \"us-west-2\",\n\"CLAUDE_CODE_USE_BEDROCK\": \"true\"}}",
    );
    place.write("{\"env\": {\"CLAUDE_CODE_USE_VERTEX\": \"1\", \"ANTHROPIC_AUTH_TOKEN\": \"hunter2hunter2\"}}");
    let managed = place.world.path("../etc/claude-code/managed-settings.d/10.json");
    fs::create_dir_all(managed.parent().unwrap()).unwrap();
    fs::write(managed, "{\"env\": {\"AWS_PROFILE\": \"company\"}}").unwrap();
    let (status, _, stderr) = place.run(&["settings", "check"]);
    assert_eq!(status, 1);
    for text in [
        "`AWS_REGION` is `us-west-2` instead of the profile's `eu-west-1`: user settings",
        "~/elsewhere/settings.json:3:15",
        "`CLAUDE_CODE_USE_VERTEX` is `1`, which the profile wants unset: local settings",
        "`ANTHROPIC_AUTH_TOKEN` is `********`, which the profile wants unset",
        "`AWS_PROFILE` is `company` instead of the profile's `bedrock-work`: managed settings",
    ] {
        assert!(stderr.contains(text), "{text} is missing in:\n{stderr}");
    }
    assert!(!stderr.contains("`CLAUDE_CODE_USE_BEDROCK`"), "on is on: {stderr}");
    let (_, stdout, _) = place.run(&["status", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(json["overridden"].as_array().unwrap().len(), 4, "{stdout}");
    assert_eq!(json["overridden"][0]["line"], 3);
    let (_, stdout, stderr) = place.run(&["export", "bash"]);
    let line = "warning: AWS_REGION in user settings, ~/elsewhere/settings.json:3, is `us-west-2` instead of the profile's `eu-west-1`";
    assert!(stderr.replace("\n  ", " ").contains(line), "{stderr}");
    assert!(!(stdout + &stderr).contains("hunter2"));
    let user = place.world.path("elsewhere/settings.json");
    let before = fs::read_to_string(&user).unwrap();
    let (status, stdout, stderr) = place.run(&["settings", "check", "--fix"]);
    assert_eq!(status, 1, "the administrator's is left");
    // What counts in every directory is shown, and changed only when it is named.
    assert!(stdout.contains("- \"AWS_REGION\": \"us-west-2\","), "{stdout}");
    assert!(
        stderr.contains("claude-bedrock settings check --fix --user"),
        "{stderr}"
    );
    assert_eq!(fs::read_to_string(&user).unwrap(), before);
    let (status, ..) = place.run(&["settings", "check", "--fix", "--user"]);
    assert_eq!(status, 0, "only that tier is looked at");
    assert_eq!(
        fs::read_to_string(place.world.path("elsewhere/settings.json")).unwrap(),
        "{\n\"env\": {\n\"CLAUDE_CODE_USE_BEDROCK\": \"true\"}}"
    );
    assert_eq!(place.content(), "{\"env\": {}}");
}

#[test]
fn local_settings_of_the_repository_count_below_it_and_in_its_worktrees() {
    let place = Place::new();
    let git = |directory: &Path, arguments: &[&str]| {
        let output = place
            .world
            .command("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@example.org"])
            .args(arguments)
            .current_dir(directory)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    git(&place.directory, &["init", "-q"]);
    git(&place.directory, &["commit", "-q", "--allow-empty", "-m", "first"]);
    git(&place.directory, &["worktree", "add", "-q", "../tree"]);
    let below = place.world.directory("repo/a/b");
    for directory in [below, place.world.path("tree")] {
        let output = place
            .world
            .command(PROGRAM)
            .args(["settings", "apply", "-p", "work"])
            .current_dir(&directory)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        assert!(place.content().contains("credentials work"), "{}", directory.display());
        place.done(&["settings", "remove"]);
    }
}

#[test]
fn a_command_for_another_profile_is_found() {
    let place = Place::new();
    place.done(&["settings", "apply", "--user", "-p", "other"]);
    let (status, _, stderr) = place.run(&["settings", "check"]);
    assert_eq!(status, 1);
    assert!(stderr.contains("`awsCredentialExport` is"), "{stderr}");
    assert!(stderr.contains("claude-bedrock settings apply"), "{stderr}");
    place.done(&["settings", "apply"]);
    let (_, stdout, _) = place.run(&["status", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(
        json["overridden"],
        serde_json::json!([]),
        "the directory's own beats the user's"
    );
}

#[test]
fn the_status_line_is_added_where_none_is_and_taken_out_again() {
    for (before, file, is_added) in [
        (None, ".claude/settings.json", true),
        (Some("{\n  \"model\": \"opus\"\n}\n"), ".claude/settings.json", true),
        (
            Some("{\"statusLine\": {\"type\": \"command\", \"command\": \"mine\"}}\n"),
            ".claude/settings.json",
            false,
        ),
        (
            Some("{\"statusLine\": {\"type\": \"command\", \"command\": \"mine\"}}\n"),
            "work/.claude/settings.json",
            false,
        ),
    ] {
        let world = World::new(Shell::Bash);
        world.project("work", "profile = \"work\"\n");
        if let Some(text) = before {
            world.write(file, text);
        }
        let apply = ["settings", "apply", "--user", "--statusline"];
        let output = world.run_in(world.path("work"), apply);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        let user = world.path(".claude/settings.json");
        let settings: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&user).unwrap()).unwrap();
        let command = settings["statusLine"]["command"].as_str().unwrap_or_default();
        assert_eq!(command.ends_with(" statusline"), is_added, "{settings}");
        assert_eq!(said.contains("has a status line already"), !is_added, "{said}");
        // Once more changes nothing; `remove` gives every byte back.
        let again = world.run_in(world.path("work"), apply);
        assert_eq!(String::from_utf8_lossy(&again.stdout), "");
        assert!(world.run(["settings", "remove", "--user"]).status.success());
        let after = std::fs::read_to_string(&user).ok();
        let expected = before.filter(|_| file == ".claude/settings.json").map(str::to_owned);
        assert_eq!(after, expected);
    }
}

#[test]
fn what_forbids_the_profiles_models_or_provider_is_found_in_the_file_that_says_it() {
    const MODEL: &str = "eu.anthropic.claude-sonnet-4-6";
    let pinned = format!("{CONFIG}[profiles.work.models]\nmain = \"{MODEL}\"\n");
    let managed = "../etc/claude-code/managed-settings.json";
    let (user, local) = (".claude/settings.json", "repo/.claude/settings.local.json");
    for (config, file, text, expected) in [
        (
            &*pinned,
            managed,
            "{\"allowedProviders\": [\"anthropic\"]}",
            Some((1, "does not name `bedrock`")),
        ),
        (&pinned, managed, "{\"allowedProviders\": [\"bedrock\"]}", None),
        // It counts in managed settings alone.
        (&pinned, user, "{\"allowedProviders\": [\"anthropic\"]}", None),
        (
            &pinned,
            managed,
            "{\"policyHelper\": {\"path\": \"/x\"}}",
            Some((0, "a program decides")),
        ),
        (
            &pinned,
            local,
            "{\"deniedModels\": [\"eu.anthropic.claude-sonnet-4-6\"]}",
            Some((1, "the profile's `models.main`")),
        ),
        (&pinned, local, "{\"deniedModels\": [\"opus\"]}", None),
        (
            &pinned,
            user,
            "{\"availableModels\": [\"sonnet\"], \"enforceAvailableModels\": true}",
            Some((1, "is enforced and lacks the profile's `models.main`")),
        ),
        // Alone it blocks nothing.
        (&pinned, user, "{\"availableModels\": [\"sonnet\"]}", None),
        (
            &pinned,
            user,
            "{\"availableModels\": [\"eu.anthropic.claude-sonnet-4-6\"], \"enforceAvailableModels\": true}",
            None,
        ),
        (
            &pinned,
            user,
            "{\"awsAuthRefresh\": \"/nix/store/old/bin/claude-bedrock login work\"}",
            Some((
                1,
                "the program that `awsAuthRefresh` names is gone: /nix/store/old/bin/claude-bedrock",
            )),
        ),
        (
            &pinned,
            user,
            "{\"awsAuthRefresh\": \"'/no such/aws' sso login\"}",
            Some((1, "is gone: /no such/aws")),
        ),
        (&pinned, user, "{\"awsAuthRefresh\": \"aws sso login\"}", None),
        (CONFIG, user, "{\"model\": \"opus\"}", Some((0, "names no main model"))),
        (&pinned, user, "{\"model\": \"opus\"}", None),
    ] {
        check_says(config, file, text, expected);
    }
}

/// With this text in a settings file `settings check` ends with this status and says these words at its first line.
fn check_says(config: &str, file: &str, text: &str, expected: Option<(i32, &str)>) {
    let place = Place::new();
    place.world.config(config);
    place.world.write(file, text);
    let (status, _, stderr) = place.run(&["settings", "check"]);
    match expected {
        Some((code, words)) => {
            assert_eq!(status, code, "{file}: {text}\n{stderr}");
            assert!(
                stderr.contains(words) && stderr.contains(":1:"),
                "{file}: {text}\n{stderr}"
            );
        }
        None => assert_eq!((status, &*stderr), (0, ""), "{file}: {text}"),
    }
}

#[test]
fn what_is_configured_is_judged_as_the_client_would_run_it() {
    let pinned = format!("{CONFIG}[profiles.work.models]\nmain = \"eu.anthropic.claude-sonnet-4-6\"\n");
    let (managed, user) = ("../etc/claude-code/managed-settings.json", ".claude/settings.json");
    for (config, file, text, expected) in [
        (
            &*pinned,
            user,
            "{\"statusLine\": {\"type\": \"command\", \"command\": \"/no/such/claude-bedrock statusline\"}}",
            Some((
                1,
                "the program that `statusLine` names is gone: /no/such/claude-bedrock",
            )),
        ),
        (
            &pinned,
            user,
            "{\"awsAuthRefresh\": \"/bin/true aws sso login --profile elsewhere\"}",
            Some((
                1,
                "renews the AWS profile `elsewhere`, and the profile work signs with `bedrock-work`",
            )),
        ),
        (
            &pinned,
            user,
            "{\"awsAuthRefresh\": \"/bin/true aws sso login --profile=bedrock-work\"}",
            None,
        ),
        // Of the administrator's a wrong key is left out alone; a user's takes the whole file with it.
        (&pinned, managed, "{\"model\": 5}", Some((0, "ignores this key"))),
        (
            &pinned,
            user,
            "{\"sandbox\": {\"enabled\": 5}}",
            Some((1, "`sandbox.enabled` is true or false")),
        ),
        (
            CONFIG,
            user,
            "{\"env\": {\"CLAUDE_CODE_USE_BEDROCK\": \"1\", \"AWS_REGION\": \"eu-west-1\", \"AWS_PROFILE\": \"bedrock-work\"}}",
            Some((0, "as Claude Code's /setup-bedrock leaves it")),
        ),
    ] {
        check_says(config, file, text, expected);
    }
}

#[test]
fn claude_code_itself_is_asked_which_provider_it_would_ask() {
    for (provider, status) in [("bedrock", 0), ("firstParty", 1), ("vertex", 1)] {
        let mut place = Place::new();
        let script = format!(
            "#!/bin/sh\n[ \"$1 $2\" = 'auth status' ] && [ \"$CLAUDE_CODE_USE_BEDROCK\" = 1 ] || exit 1\necho '{{\"loggedIn\": true, \"apiProvider\": \"{provider}\"}}'\n"
        );
        place.world.program("bin/claude", &script);
        let path = format!("{}:/usr/bin:/bin", place.world.path("bin").display());
        place.world.set("PATH", path);
        let (code, _, stderr) = place.run(&["settings", "check"]);
        assert_eq!(code, status, "{provider}: {stderr}");
        assert_eq!(stderr.contains(&format!("asks `{provider}`")), status == 1, "{stderr}");
    }
}

#[test]
fn a_version_that_managed_settings_do_not_let_start_is_said() {
    for (needed, status) in [("2.1.332", 0), ("2.1.333", 1), ("3.0.0", 1), ("2.1.99", 0)] {
        let mut place = Place::new();
        let script = "#!/bin/sh\n[ \"$1\" = --version ] && echo '2.1.332 (Claude Code)'\n";
        place.world.program("bin/claude", script);
        let path = format!("{}:/usr/bin:/bin", place.world.path("bin").display());
        place.world.set("PATH", path);
        let text = format!("{{\"requiredMinimumVersion\": \"{needed}\"}}");
        place.world.write("../etc/claude-code/managed-settings.json", text);
        let (code, _, stderr) = place.run(&["settings", "check"]);
        assert_eq!(code, status, "{needed}: {stderr}");
        let words = format!("`requiredMinimumVersion` is {needed}, and Claude Code here is 2.1.332");
        assert_eq!(stderr.contains(&words), status == 1, "{stderr}");
    }
}

#[test]
fn what_apply_writes_follows_the_profile_that_is_active() {
    let mut place = Place::new();
    place.done(&["settings", "apply"]);
    let text = place.content();
    assert!(
        text.contains("credentials --no-fallback\"") && text.contains("login\""),
        "{text}"
    );
    let overridden = |place: &Place| {
        let (_, stdout, _) = place.run(&["status", "--json"]);
        let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
        json["overridden"].as_array().unwrap().len()
    };
    place.world.set("CLAUDE_BEDROCK_PROFILE", "other");
    assert_eq!(overridden(&place), 0, "`use other`");
    let (_, _, stderr) = place.run(&["export", "bash"]);
    assert!(!stderr.contains("settings"), "{stderr}");
    // With the variables it is one profile's whole, is said in one line, and is written again, not deleted.
    place.done(&["settings", "apply", "--env", "-p", "work"]);
    assert!(place.content().contains("credentials work --no-fallback"));
    assert!(overridden(&place) > 2);
    let (_, _, stderr) = place.run(&["export", "bash"]);
    assert_eq!(stderr.matches("warning").count(), 1, "{stderr}");
    assert!(
        stderr.contains("again: claude-bedrock settings apply --env"),
        "{stderr}"
    );
    let (status, _, stderr) = place.run(&["settings", "check"]);
    assert!(status == 1 && !stderr.contains("remove it from the file"), "{stderr}");
    place.done(&["settings", "check", "--fix"]);
    assert_eq!(overridden(&place), 0);
    assert!(place.content().contains("us-east-1"), "{}", place.content());
    place.done(&["settings", "remove"]);
    assert!(!place.local().exists());
}

#[test]
fn credentials_without_a_name_are_the_active_profiles_and_leave_a_directory_without_one_alone() {
    let world = World::new(Shell::Bash);
    let profile = |name: &str| {
        format!(
            "[profiles.{name}]\nregion = \"us-east-1\"\nauth = {{ method = \"api-key\", api_key = {{ env = \"KEY_{name}\" }} }}\n"
        )
    };
    world.config(&format!("{}{}", profile("one"), profile("two")));
    world.project("repo", "profile = \"one\"\n");
    world.unallowed_project("waiting", "profile = \"one\"\n");
    let run = |directory: &str, variables: &[(&str, &str)], arguments: &[&str]| {
        let mut command = world.command(PROGRAM);
        command.args(arguments).current_dir(world.directory(directory));
        command
            .env("KEY_one", "token-one")
            .env("KEY_two", "token-two")
            .envs(variables.iter().copied());
        said(&command.output().unwrap())
    };
    let (chosen, background) = (("CLAUDE_BEDROCK_PROFILE", "two"), ("CLAUDE_CODE_SESSION_KIND", "bg"));
    for (variables, expected) in [
        (&[][..], "token-one\n"),
        (&[chosen], "token-two\n"),
        // The daemon's shell has chosen, not the one that started the session.
        (&[chosen, background, ("CLAUDE_BEDROCK_STATE", "x")], "token-one\n"),
        // The launcher has, and blanks the state.
        (&[chosen, background, ("CLAUDE_BEDROCK_STATE", "")], "token-two\n"),
    ] {
        let (_, stdout, stderr) = run("repo", variables, &["credentials", "--format", "token"]);
        assert_eq!(stdout, expected, "{variables:?}: {stderr}");
    }
    // Nothing applies: Claude Code goes on as it is. Something should: it gets keys that nobody accepts.
    let (status, stdout, _) = run("outside", &[], &["credentials", "--no-fallback"]);
    assert!(status != 0 && stdout.is_empty(), "{stdout}");
    let off = [("CLAUDE_BEDROCK_PROFILE", "off")];
    assert_eq!(run("repo", &off, &["credentials", "--no-fallback"]).1, "");
    for (directory, variables) in [("waiting", &[][..]), ("repo", &[("CLAUDE_BEDROCK_PROFILE", "gone")])] {
        let (status, stdout, _) = run(directory, variables, &["credentials", "--no-fallback"]);
        assert!(
            status == 0 && stdout.contains("ASIANOCREDENTIALSHAD"),
            "{directory}: {stdout}"
        );
    }
}

#[test]
fn the_profiles_policy_of_models_is_written_and_taken_out_again() {
    let place = Place::new();
    place.world.config(&format!(
        "{CONFIG}[profiles.work.models]\navailable = [\"eu.anthropic.claude-sonnet-4-6\"]\n[profiles.work.models.overrides]\nclaude-opus-5 = \"{ARN}\"\n"
    ));
    place.done(&["settings", "apply"]);
    let settings: serde_json::Value = serde_json::from_str(&place.content()).unwrap();
    assert_eq!(
        settings["availableModels"],
        serde_json::json!(["eu.anthropic.claude-sonnet-4-6"])
    );
    assert_eq!(settings["enforceAvailableModels"], true);
    assert_eq!(settings["modelOverrides"], serde_json::json!({ "claude-opus-5": ARN }));
    place.done(&["settings", "remove"]);
    assert!(!place.local().exists());
}

/// A model of the account's own.
const ARN: &str = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abcdefghijkl";

#[test]
fn what_apply_writes_leaves_nothing_of_a_lower_file_deciding() {
    let lower = "{\"env\": {\"AWS_REGION\": \"us-west-2\", \"ANTHROPIC_CUSTOM_HEADERS\": \"X-Team: mine\", \
                 \"ANTHROPIC_MODEL\": \"opus\", \"CLAUDE_CODE_USE_VERTEX\": \"1\", \"AWS_BEARER_TOKEN_BEDROCK\": \"x\", \"MINE\": \"1\"}}";
    for arguments in [&["settings", "apply"][..], &["settings", "apply", "--env"]] {
        let place = Place::new();
        place.world.write(".claude/settings.json", lower);
        let (status, _, stderr) = place.run(&["settings", "check"]);
        assert_eq!(status, 1, "{stderr}");
        place.done(arguments);
        let text = fs::read_to_string(place.local()).unwrap();
        let settings: serde_json::Value = serde_json::from_str(&text).unwrap();
        let env = &settings["env"];
        assert_eq!(env["AWS_REGION"], "eu-west-1", "{text}");
        assert_eq!(env["ANTHROPIC_CUSTOM_HEADERS"], "X-Team: platform", "{text}");
        for name in ["ANTHROPIC_MODEL", "CLAUDE_CODE_USE_VERTEX", "AWS_BEARER_TOKEN_BEDROCK"] {
            assert_eq!(env[name], "", "{name}: {text}");
        }
        assert_eq!(env.get("MINE"), None, "{text}");
        let (_, stdout, _) = place.run(&["status", "--json"]);
        let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
        assert_eq!(json["overridden"].as_array().unwrap().len(), 0, "{stdout}");
    }
}

#[test]
fn nothing_of_this_machine_is_written_into_a_teams_settings() {
    let place = Place::new();
    let team = place.directory.join(".claude/settings.json");
    for arguments in [
        &["settings", "apply", "--project"][..],
        &["settings", "apply", "--project", "--env"],
        &["settings", "apply", "--project", "--statusline"],
        &["settings", "apply", "--project", "--dry-run"],
        &["settings", "apply", "--project", "-p", "other"],
    ] {
        let (status, stdout, stderr) = place.run(arguments);
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments:?}: {stderr}");
        assert!(stderr.contains("claude-bedrock settings apply\n"), "{stderr}");
        assert!(!team.exists(), "{arguments:?}");
    }
}

/// The local settings are a team's where a link leads to its file, and where they are committed.
#[test]
fn local_settings_that_a_team_shares_are_left_alone() {
    let place = Place::new();
    let directory = place.directory.join(".claude");
    fs::create_dir_all(&directory).unwrap();
    let (team, local) = (directory.join("settings.json"), directory.join("settings.local.json"));
    fs::write(&team, "{}\n").unwrap();
    symlink("settings.json", &local).unwrap();
    for arguments in [&["settings", "apply"][..], &["settings", "apply", "--env", "--dry-run"]] {
        let (status, _, stderr) = place.run(arguments);
        assert_eq!(status, 2, "{stderr}");
        assert!(stderr.contains("is a link to .claude/settings.json"), "{stderr}");
        assert_eq!(fs::read_to_string(&team).unwrap(), "{}\n");
    }
    fs::remove_file(&local).unwrap();
    fs::write(&local, "{}\n").unwrap();
    let git = |arguments: &[&str]| {
        let mut git = Command::new(need("git"));
        let output = git.arg("-C").arg(&place.directory).args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    git(&["init", "--quiet"]);
    // A repository's configuration starts nothing.
    git(&["config", "core.fsmonitor", "touch started"]);
    git(&[
        "-c",
        "core.fsmonitor=false",
        "add",
        "--force",
        ".claude/settings.local.json",
    ]);
    let (status, _, stderr) = place.run(&["settings", "apply"]);
    assert_eq!(status, 2, "{stderr}");
    assert!(stderr.contains("git rm --cached "), "{stderr}");
    assert_eq!(fs::read_to_string(&local).unwrap(), "{}\n");
    assert!(!place.directory.join("started").exists());
    git(&[
        "-c",
        "core.fsmonitor=false",
        "rm",
        "--cached",
        "--quiet",
        ".claude/settings.local.json",
    ]);
    let (status, _, stderr) = place.run(&["settings", "apply"]);
    assert_eq!(status, 0, "{stderr}");
}
