//! A load that did not happen is not a load that succeeded: whatever keeps the program's answer from the shell,
//! nothing of it counts, one line says so once, and the next prompt tries again. And what the shell will not let be
//! changed leaves nothing half done.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::Scenario;
use crate::support::Shell;
use crate::support::need::need;
use crate::support::terminal::{Terminal, unbroken};
use crate::support::world::{CONFIG, PROGRAM, World};

const POSIX: &[Shell] = &[Shell::Bash, Shell::Zsh];
const UNIX: &[Shell] = &[Shell::Bash, Shell::Zsh, Shell::Fish];

pub const TABLE: &[Scenario] = &[
    Scenario::new(
        2,
        "records_that_cannot_be_searched_are_not_absent",
        records_that_cannot_be_searched_are_not_absent,
    ),
    Scenario::new(7, "without_an_answer_nothing_counts", without_an_answer_nothing_counts),
    Scenario::new(
        7,
        "an_environment_too_long_for_any_program",
        an_environment_too_long_for_any_program,
    )
    .only(UNIX),
    Scenario::new(7, "no_descriptor_left", no_descriptor_left).only(UNIX),
    Scenario::new(
        7,
        "a_wrapped_command_is_refused_without_an_answer",
        a_wrapped_command_is_refused_without_an_answer,
    )
    .only(UNIX),
    Scenario::new(7, "names_that_must_be_written", names_that_must_be_written).only(POSIX),
    Scenario::new(7, "a_read_only_prompt_command", a_read_only_prompt_command).only(POSIX),
    Scenario::new(
        7,
        "own_credentials_whose_stash_is_gone_come_back_whole_or_not_at_all",
        own_credentials_whose_stash_is_gone_come_back_whole_or_not_at_all,
    ),
    Scenario::new(11, "unreadable_is_not_absent", unreadable_is_not_absent),
    Scenario::new(
        22,
        "any_other_shell_is_told_what_works",
        any_other_shell_is_told_what_works,
    ),
];

/// Programs that give no answer, or not all of it.
fn unanswering(world: &World) -> Vec<(&'static str, String)> {
    let script = |name: &str, body: &str| {
        let path = world.program(format!("bin/{name}"), &format!("#!/bin/sh\n{body}\n"));
        path.to_str().unwrap().to_owned()
    };
    let unstartable = script("unstartable", "exit 0");
    fs::set_permissions(&unstartable, fs::Permissions::from_mode(0o644)).unwrap();
    vec![
        ("killed before it answers", script("killed", "kill -9 $$")),
        ("terminated", script("terminated", "kill -15 $$")),
        ("an answer of nothing", script("nothing", "exit 0")),
        ("a failure", script("failure", "exit 3")),
        ("an error of the loader's", script("loader", "exit 127")),
        (
            "half of an answer",
            script(
                "half",
                &format!("'{PROGRAM}' \"$@\" 2>/dev/null 3>/dev/null | head -c 600"),
            ),
        ),
        (
            "all but the last line",
            script(
                "most",
                &format!("'{PROGRAM}' \"$@\" 2>/dev/null 3>/dev/null | sed '$d'; kill -9 $$"),
            ),
        ),
        ("no longer there", "/nonexistent/claude-bedrock".to_owned()),
        ("not to be started", unstartable),
    ]
}

/// How often a stderr says that there was no answer.
fn complaints(stderr: &str) -> usize {
    stderr.matches("gives no answer").count()
}

fn without_an_answer_nothing_counts(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    world.project("other", "profile = \"home\"\n");
    let programs = unanswering(world);
    let mut terminal = world.start();
    let before = terminal.record();
    for (what, program) in &programs {
        // From nothing: nothing is set.
        terminal.run(&world.shell.hook_calls(program));
        let mut inside = terminal.run("cd repo");
        assert_eq!(complaints(&inside.stderr), 1, "{what}: {}", inside.stderr);
        assert_eq!(inside.stderr.lines().count(), 1, "{what}: {}", inside.stderr);
        assert!(inside.stderr.contains("no profile is set"), "{what}: {}", inside.stderr);
        inside.environment.remove(std::ffi::OsStr::new("CLAUDE_BEDROCK_STATE"));
        assert_eq!(inside.environment, before.environment, "{what}");
        assert_eq!(terminal.run(world.shell.nothing()).stderr, "", "{what}: said once");
        // Where it answers again, the very next prompt has the profile, without a change of anything.
        terminal.send(&world.shell.hook_calls(PROGRAM));
        let again = terminal.run(world.shell.nothing());
        assert_eq!(
            again.get("AWS_PROFILE"),
            Some("bedrock-work"),
            "{what}: {}",
            again.stderr
        );
        // From one profile to another: the old one stays, and that is said.
        terminal.run(&world.shell.hook_calls(program));
        let stale = terminal.run("cd ../other");
        assert!(
            stale.stderr.contains("work is set, as before"),
            "{what}: {}",
            stale.stderr
        );
        assert_eq!(stale.get("AWS_PROFILE"), Some("bedrock-work"), "{what}");
        terminal.send(&world.shell.hook_calls(PROGRAM));
        assert_eq!(
            terminal.run(world.shell.nothing()).get("AWS_PROFILE"),
            Some("own"),
            "{what}"
        );
        let after = terminal.run("cd ..");
        assert_eq!(after.environment, before.environment, "{what}");
    }
}

fn an_environment_too_long_for_any_program(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    let mut terminal = world.start();
    terminal.record();
    terminal.send(match world.shell {
        Shell::Fish => "set -gx LONG (string repeat -n 200000 x)",
        Shell::Zsh => "export LONG=${(l:200000::x:)}",
        _ => "printf -v LONG '%*s' 200000 x; export LONG",
    });
    terminal.send("cd repo");
    terminal.send(world.shell.nothing());
    terminal.send(world.shell.nothing());
    terminal.send(&world.shell.unset("LONG"));
    let turn = terminal.record();
    assert_eq!(complaints(&turn.stderr), 1, "{}", turn.stderr);
    assert_eq!(turn.get("AWS_PROFILE"), Some("bedrock-work"), "{}", turn.stderr);
    if world.shell == Shell::Bash {
        assert!(turn.stderr.contains("(Argument list too long)"), "{}", turn.stderr);
    }
    // fish tells itself, once, of a program that it could not start.
    let lines = turn.stderr.lines().filter(|line| !line.starts_with("exec: ")).count();
    assert_eq!(lines, 2, "{}", turn.stderr);
    assert_eq!(
        turn.stderr.matches("exec: ").count(),
        usize::from(world.shell == Shell::Fish),
        "{}",
        turn.stderr
    );
}

/// zsh then starts the program all the same, and loses what it answers. fish has words of its own, of itself.
fn no_descriptor_left(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    let fish = world.shell == Shell::Fish;
    for limit in [6, 9, 12, 14, 15, 16] {
        let mut terminal = world.start();
        terminal.record();
        // Without a descriptor fish changes no directory either.
        terminal.send(&if fish {
            format!("ulimit -Sn {limit}; set -gx CLAUDE_BEDROCK_PROFILE work")
        } else {
            format!("ulimit -Sn {limit}; cd repo")
        });
        terminal.send(world.shell.nothing());
        terminal.send("echo \"<$AWS_PROFILE>\"");
        // Here every program starts again.
        let again = terminal.run("ulimit -Sn 256");
        let loaded = again.stdout.contains("<bedrock-work>");
        assert_ne!(loaded, again.stdout.contains("<>"), "{limit}: {}", again.stdout);
        assert!(!again.stderr.contains("/dev/null"), "{limit}: {}", again.stderr);
        assert_eq!(
            complaints(&again.stderr),
            usize::from(!loaded),
            "{limit}: {}",
            again.stderr
        );
        if !fish {
            // Words of bash's own on job control come at each line that is typed.
            let lines = again.stderr.lines().filter(|line| !line.starts_with("bash: "));
            assert_eq!(lines.count(), 1 + usize::from(!loaded), "{limit}: {}", again.stderr);
        }
        let announced = again.stderr.matches("claude-bedrock: work (").count();
        assert_eq!(announced, 1, "{limit}: {}", again.stderr);
        if !loaded {
            let (before, _) = again.stderr.split_once("gives no answer").unwrap();
            assert!(!before.contains("work ("), "{limit}: {}", again.stderr);
        }
        assert_eq!(
            again.get("AWS_PROFILE"),
            Some("bedrock-work"),
            "{limit}: {}",
            again.stderr
        );
    }
}

fn a_wrapped_command_is_refused_without_an_answer(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    world.project("other", "profile = \"home\"\n");
    world.hook_options = "--wrap tool".into();
    let tool = world.program(
        "bin/tool",
        "#!/bin/sh\necho \"started under ${AWS_PROFILE-none}\" >&2\n",
    );
    let search = format!("{}:/usr/bin:/bin", tool.parent().unwrap().display());
    world.set("PATH", search);
    let mut terminal = world.start();
    let first = terminal.run("cd repo && tool");
    assert!(first.stderr.contains("started under bedrock-work"), "{}", first.stderr);
    terminal.run(&world.shell.hook_calls("/nonexistent/claude-bedrock"));
    let stale = terminal.run("cd ../other && tool");
    assert!(!stale.stderr.contains("started under bedrock"), "{}", stale.stderr);
    assert!(
        stale.stderr.contains("tool is not started under work"),
        "{}",
        stale.stderr
    );
    let wanted = terminal.run("command tool");
    assert!(
        wanted.stderr.contains("started under bedrock-work"),
        "{}",
        wanted.stderr
    );
}

/// The product's own variables, one of a profile's `env`, and one that a profile unsets.
fn names_that_must_be_written(world: &mut World) {
    world.config(&format!("{CONFIG}\n[profiles.work.env]\nOWN_SETTING = \"x\"\n"));
    world.project("repo", "profile = \"work\"\n");
    world.project("other", "profile = \"home\"\n");
    let enters = |terminal: &mut Terminal, name: &str| {
        let mut before = terminal.record();
        let mut inside = terminal.run("cd repo");
        before.environment.remove(std::ffi::OsStr::new("CLAUDE_BEDROCK_STATE"));
        let said = unbroken(&inside.stderr);
        let last: String = said.lines().skip_while(|line| line.contains("work (")).collect();
        assert!(
            last.contains(&format!("claude-bedrock: {name} is read-only in this shell, so no")),
            "{name}: {}",
            inside.stderr
        );
        inside.environment.remove(std::ffi::OsStr::new("CLAUDE_BEDROCK_STATE"));
        assert_eq!(inside.environment, before.environment, "{name}: nothing half done");
        assert_eq!(terminal.run(":").stderr, "", "{name}: said once");
    };
    for name in [
        "CLAUDE_BEDROCK_STATE",
        "CLAUDE_BEDROCK_ACTIVE",
        "OWN_SETTING",
        "AWS_BEARER_TOKEN_BEDROCK",
        "AWS_PROFILE",
    ] {
        for line in ["", "set -eu", "set -u"] {
            world.before_hook = format!("{line}\nexport {name}=mine; readonly {name}\n");
            let stated = name == "CLAUDE_BEDROCK_STATE";
            if stated {
                // Nothing to be read, so that it is as good as none.
                world.before_hook = format!("{line}\nreadonly {name}\n");
            }
            enters(&mut world.start(), name);
        }
        // What is unset already needs no change on leaving.
        if name == "AWS_BEARER_TOKEN_BEDROCK" {
            continue;
        }
        // One that becomes read-only inside: what was set stays or goes, and that is said.
        world.before_hook.clear();
        let mut terminal = world.start();
        terminal.run("cd repo");
        let inside = terminal.run(&format!("readonly {name}"));
        let after = terminal.run("cd ..");
        assert!(
            after.stderr.contains(&format!("{name} is read-only in this shell")),
            "{name}: {}",
            after.stderr
        );
        if name == "CLAUDE_BEDROCK_STATE" {
            assert_eq!(
                after.environment, inside.environment,
                "what cannot be written down is not done"
            );
            assert!(after.stderr.contains("work stays set"), "{}", after.stderr);
            let other = terminal.run("cd other");
            assert_eq!(other.environment, inside.environment);
        } else {
            assert_eq!(after.get("AWS_REGION"), None, "{name}");
            assert_eq!(after.get(name), inside.get(name), "{name}");
        }
    }
    // A choice that cannot be written down is not made.
    world.before_hook = "readonly CLAUDE_BEDROCK_PROFILE\n".into();
    let mut terminal = world.start();
    let before = terminal.record();
    let turn = terminal.run_and_pass("claude-bedrock use home", "\"$?\"");
    assert_eq!(turn.arguments, ["1"]);
    assert!(
        turn.stderr
            .contains("CLAUDE_BEDROCK_PROFILE is read-only in this shell"),
        "{}",
        turn.stderr
    );
    assert_eq!(turn.environment, before.environment);
    // A child of the shell has nothing read-only, and nothing is said there.
    world.before_hook = "readonly AWS_REGION=mine\n".into();
    let mut terminal = world.start();
    terminal.run("cd repo");
    let child = terminal.run("( : ); (exit 3); $SHELL -c : 2>&1");
    assert_eq!(child.stderr, "");
}

fn a_read_only_prompt_command(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    world.before_hook = if world.shell == Shell::Bash {
        "readonly PROMPT_COMMAND=\n".into()
    } else {
        "typeset -gar precmd_functions chpwd_functions\n".into()
    };
    let mut terminal = world.start();
    let start = terminal.record();
    assert!(start.stderr.contains("read-only in this shell"), "{}", start.stderr);
    assert!(start.stderr.contains("type: claude-bedrock status"), "{}", start.stderr);
    assert_eq!(terminal.run("cd repo").get("AWS_PROFILE"), None);
    assert_eq!(
        terminal.run("claude-bedrock status").get("AWS_PROFILE"),
        Some("bedrock-work")
    );
}

/// As after the logout of another session of the same user, which removes the runtime directory, or a tmpfs that
/// something has cleared.
fn own_credentials_whose_stash_is_gone_come_back_whole_or_not_at_all(world: &mut World) {
    const OWN: [(&str, &str); 4] = [
        ("AWS_ACCESS_KEY_ID", "AKIAOWN"),
        ("AWS_SECRET_ACCESS_KEY", "own-secret"),
        ("AWS_SESSION_TOKEN", "own-token"),
        ("AWS_BEARER_TOKEN_BEDROCK", "own-bearer"),
    ];
    world.project("repo", "profile = \"work\"\n");
    world.project("other", "profile = \"home\"\n");
    let runtime = world.path("run");
    world.set("XDG_RUNTIME_DIR", &runtime);
    world.set("AWS_REGION", "before");
    for count in [4, 3, 2] {
        for (name, _) in OWN {
            world.unset(name);
        }
        for (name, value) in &OWN[..count] {
            world.set(name, *value);
        }
        let spoils: [&dyn Fn(); 3] = [
            &|| fs::remove_dir_all(&runtime).unwrap(),
            &|| fs::remove_dir_all(runtime.join("claude-bedrock/stash")).unwrap(),
            &|| {
                for entry in fs::read_dir(runtime.join("claude-bedrock/stash")).unwrap().flatten() {
                    fs::write(entry.path(), "").unwrap();
                }
            },
        ];
        for spoil in spoils {
            let _ = fs::remove_dir_all(&runtime);
            fs::create_dir(&runtime).unwrap();
            fs::set_permissions(&runtime, fs::Permissions::from_mode(0o700)).unwrap();
            let mut terminal = world.start();
            let before = terminal.record();
            assert_eq!(before.get("AWS_SECRET_ACCESS_KEY"), Some("own-secret"));
            let inside = terminal.run("cd repo");
            assert_eq!(inside.get("AWS_SECRET_ACCESS_KEY"), None, "{}", inside.stderr);
            spoil();
            // Straight into another project nothing is restored yet.
            let other = terminal.run("cd ../other");
            assert_eq!(other.get("AWS_PROFILE"), Some("own"), "{}", other.stderr);
            let after = terminal.run("cd ..");
            let there = OWN[..count]
                .iter()
                .filter(|(name, _)| after.get(name).is_some())
                .count();
            assert_eq!(there, 0, "{:?}", after.environment);
            assert_eq!(after.get("AWS_PROFILE"), None);
            assert_eq!(after.get("AWS_REGION"), Some("before"));
            let said = unbroken(&(other.stderr + &after.stderr));
            assert_eq!(said.matches("had before are lost").count(), 1, "{said}");
            assert!(said.contains("AWS_SECRET_ACCESS_KEY"), "{said}");
            assert_eq!(terminal.run(world.shell.nothing()).stderr, "");
        }
    }
}

/// Root searches every directory; without its capabilities the test shows what everybody else meets.
fn unreadable_is_not_absent(world: &mut World) {
    need("setpriv");
    need("root");
    world.config(&format!("default_profile = \"home\"\n{CONFIG}"));
    world.settle();
    let directory = world.config_path().parent().unwrap().to_path_buf();
    let close = |mode: u32| fs::set_permissions(&directory, fs::Permissions::from_mode(mode)).unwrap();
    let by = [
        "setpriv",
        "--bounding-set=-dac_override,-dac_read_search",
        "--inh-caps=-all",
    ];
    let mut terminal = world.start_under(&by, &world.home());
    assert_eq!(terminal.record().get("AWS_PROFILE"), Some("own"));
    close(0o000);
    let closed = terminal.run(world.shell.nothing());
    close(0o755);
    assert!(closed.stderr.contains("may not be searched"), "{}", closed.stderr);
    assert!(closed.stderr.contains("chmod u+x"), "{}", closed.stderr);
    assert_eq!(closed.get("AWS_PROFILE"), None);
    let open = terminal.run(world.shell.nothing());
    assert_eq!(open.get("AWS_PROFILE"), Some("own"), "{}", open.stderr);
    // The same where there was nothing before: that nothing is seen any more is a change. Of root, zsh believes that
    // it may search every directory.
    if world.shell == Shell::Zsh {
        return;
    }
    fs::remove_file(world.config_path()).unwrap();
    assert_eq!(terminal.run(world.shell.nothing()).get("AWS_PROFILE"), None);
    terminal.run(world.shell.nothing());
    close(0o000);
    let closed = terminal.run(world.shell.nothing());
    close(0o755);
    assert!(closed.stderr.contains("may not be searched"), "{}", closed.stderr);
    assert!(
        !closed.stderr.contains("no profile is written yet"),
        "{}",
        closed.stderr
    );
}

fn records_that_cannot_be_searched_are_not_absent(world: &mut World) {
    need("setpriv");
    need("root");
    world.project("repo", "profile = \"work\"\n");
    world.settle();
    let by = [
        "setpriv",
        "--bounding-set=-dac_override,-dac_read_search",
        "--inh-caps=-all",
    ];
    let records = world.path(".local/state/claude-bedrock/trust");
    for directory in [records.clone(), records.join("allow"), records.join("deny")] {
        if !directory.exists() {
            continue;
        }
        let close = |mode: u32| fs::set_permissions(&directory, fs::Permissions::from_mode(mode)).unwrap();
        close(0o000);
        let mut terminal = world.start_under(&by, &world.home());
        terminal.record();
        let closed = terminal.run("cd repo");
        close(0o700);
        assert!(
            unbroken(&closed.stderr).contains("it is unknown whether it is allowed"),
            "{}",
            closed.stderr
        );
        assert!(closed.stderr.contains("chmod u+x"), "{}", closed.stderr);
        assert!(!closed.stderr.contains("claude-bedrock allow"), "{}", closed.stderr);
        assert_eq!(closed.get("AWS_PROFILE"), None);
        let open = terminal.run(world.shell.nothing());
        assert_eq!(open.get("AWS_PROFILE"), Some("bedrock-work"), "{}", open.stderr);
    }
}

fn any_other_shell_is_told_what_works(world: &mut World) {
    for name in ["tcsh", "nu", "elvish", "/bin/sh"] {
        let output = world.run(["hook", name]);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        for word in [
            name,
            "bash, zsh, fish",
            "powershell",
            "claude-bedrock exec",
            "claude-bedrock export json",
        ] {
            assert!(stderr.contains(word), "{word}: {stderr}");
        }
    }
}
