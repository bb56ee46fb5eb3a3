//! Behaviours 1 to 8: entering, leaving, restoring, noticing.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::Scenario;
use crate::support::terminal::{Terminal, Turn};
use crate::support::world::{CONFIG, World};
use crate::support::{Shell, set_time};

pub const TABLE: &[Scenario] = &[
    Scenario::new(
        1,
        "entering_sets_and_leaving_restores",
        entering_sets_and_leaving_restores,
    ),
    Scenario::new(
        2,
        "an_unchanged_prompt_starts_no_process",
        an_unchanged_prompt_starts_no_process,
    ),
    Scenario::new(
        3,
        "edits_are_noticed_at_the_next_prompt",
        edits_are_noticed_at_the_next_prompt,
    ),
    Scenario::new(
        3,
        "files_that_come_and_go_are_noticed",
        files_that_come_and_go_are_noticed,
    ),
    Scenario::new(
        3,
        "links_and_older_files_are_noticed",
        links_and_older_files_are_noticed,
    ),
    Scenario::new(
        3,
        "allow_and_deny_elsewhere_are_noticed",
        allow_and_deny_elsewhere_are_noticed,
    ),
    Scenario::new(
        4,
        "from_one_project_straight_into_another",
        from_one_project_straight_into_another,
    ),
    Scenario::new(
        5,
        "subdirectories_belong_and_nested_projects_refine",
        subdirectories_belong_and_nested_projects_refine,
    ),
    Scenario::new(5, "root_stops_the_search", root_stops_the_search),
    Scenario::new(
        6,
        "a_change_by_hand_stays_on_leaving",
        a_change_by_hand_stays_on_leaving,
    ),
    Scenario::new(
        7,
        "a_failed_load_reports_once_and_is_not_retried",
        a_failed_load_reports_once_and_is_not_retried,
    ),
    Scenario::new(8, "use_and_off_and_back", use_and_off_and_back),
    Scenario::new(8, "cd_and_command_in_one_line", cd_and_command_in_one_line),
];

fn entering_sets_and_leaving_restores(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    world.set("AWS_REGION", "before");
    world.set("ANTHROPIC_MODEL", "");
    world.set("AWS_BEARER_TOKEN_BEDROCK", "own-token");
    let mut terminal = world.start();
    let before = terminal.record();
    assert_eq!(before.stderr, "");
    let inside = terminal.run("cd repo");
    assert_eq!(
        inside.stderr,
        "claude-bedrock: work (eu-west-1, AWS profile bedrock-work)\n"
    );
    for (name, value) in [
        ("CLAUDE_CODE_USE_BEDROCK", Some("1")),
        ("AWS_REGION", Some("eu-west-1")),
        ("AWS_DEFAULT_REGION", Some("eu-west-1")),
        ("AWS_PROFILE", Some("bedrock-work")),
        ("ANTHROPIC_MODEL", Some("eu.anthropic.claude-sonnet-4-6")),
        ("AWS_BEARER_TOKEN_BEDROCK", None),
        ("CLAUDE_BEDROCK_ACTIVE", Some("work")),
    ] {
        assert_eq!(inside.get(name), value, "{name}");
    }
    let after = terminal.run("cd ..");
    assert_eq!(after.stderr, "claude-bedrock: left work\n");
    assert_eq!(after.environment, before.environment);
    assert_eq!(after.get("ANTHROPIC_MODEL"), Some(""));
    assert_eq!(after.get("AWS_BEARER_TOKEN_BEDROCK"), Some("own-token"));
}

/// Processes are counted by the kernel's word: every clone that is no thread, every execve.
fn an_unchanged_prompt_starts_no_process(world: &mut World) {
    let project = world.project("repo", "profile = \"work\"\n");
    world.settle();
    let log = world.records().join("strace");
    let mut terminal = world.start_under(
        &[
            "strace",
            "-f",
            "-qq",
            "-e",
            "trace=clone,clone3,fork,vfork,execve",
            "-o",
            log.to_str().unwrap(),
        ],
        &world.home(),
    );
    let counted = |terminal: &mut Terminal, lines: usize| {
        let before = processes(&log);
        let mut said = String::new();
        for _ in 0..lines {
            terminal.send(world.shell.nothing());
        }
        let turn = terminal.record();
        said.push_str(&turn.stderr);
        (processes(&log) - before, said)
    };
    terminal.run("cd repo");
    terminal.record();
    // fish starts its own helpers in the background at first.
    let mut idle = counted(&mut terminal, 0).0;
    loop {
        let (again, said) = counted(&mut terminal, 0);
        assert_eq!(said, "");
        if again == idle {
            break;
        }
        idle = again;
    }
    assert!(idle > 0, "the recorder itself is counted");
    let (unchanged, said) = counted(&mut terminal, 20);
    assert_eq!((unchanged, said.as_str()), (idle, ""), "20 unchanged prompts");
    // The control: the same count sees the process that a change costs.
    set_time(&project, SystemTime::now());
    let (changed, _) = counted(&mut terminal, 1);
    assert!(changed > idle, "a change was not counted: {changed} and {idle}");
}

fn processes(log: &Path) -> usize {
    let log = fs::read_to_string(log).unwrap();
    let starts = |line: &&str| {
        let call =
            line.contains("execve(") || line.contains("clone(") || line.contains("clone3(") || line.contains("fork(");
        call && !line.contains("CLONE_THREAD")
    };
    log.lines().filter(starts).count()
}

fn model(turn: &Turn) -> &str {
    turn.get("ANTHROPIC_MODEL").unwrap_or("none")
}

fn config_with(model: &str) -> String {
    CONFIG.replace("eu.anthropic.claude-sonnet-4-6", model)
}

fn edits_are_noticed_at_the_next_prompt(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    let mut terminal = world.start();
    terminal.run("cd repo");
    // Many edits in the same second, each seen at once: in place, and by a new file in the old one's place.
    for round in 0..5 {
        world.config(&config_with(&format!("in-place-{round}")));
        assert_eq!(model(&terminal.run(world.shell.nothing())), format!("in-place-{round}"));
        let new = world.write("new", config_with(&format!("replaced-{round}")));
        fs::rename(new, world.config_path()).unwrap();
        assert_eq!(model(&terminal.run(world.shell.nothing())), format!("replaced-{round}"));
    }
    // The project file itself: an edit asks again, and nothing is loaded until it is allowed.
    let path = world.unallowed_project("repo", "profile = \"work\"\n[models]\nmain = \"haiku\"\n");
    let asked = terminal.run(world.shell.nothing());
    assert_eq!(model(&asked), "none");
    assert!(asked.stderr.contains("has changed and is not used"), "{}", asked.stderr);
    assert!(asked.stderr.contains("+ main = \"haiku\""), "{}", asked.stderr);
    world.allow(&path);
    assert_eq!(model(&terminal.run(world.shell.nothing())), "haiku");
}

fn files_that_come_and_go_are_noticed(world: &mut World) {
    let deep = world.directory("a/b/c/d");
    world.settle();
    let mut terminal = world.start_in(&deep);
    assert_eq!(model(&terminal.record()), "none");
    // Created in a parent directory.
    let path = world.project("a/b", "profile = \"work\"\n");
    assert_eq!(
        model(&terminal.run(world.shell.nothing())),
        "eu.anthropic.claude-sonnet-4-6"
    );
    fs::remove_file(path).unwrap();
    let left = terminal.run(world.shell.nothing());
    assert_eq!(
        (model(&left), left.stderr.as_str()),
        ("none", "claude-bedrock: left work\n")
    );
    // The user's own file deleted, and back.
    world.project("a", "profile = \"work\"\n");
    assert_eq!(
        model(&terminal.run(world.shell.nothing())),
        "eu.anthropic.claude-sonnet-4-6"
    );
    fs::remove_file(world.config_path()).unwrap();
    let without = terminal.run(world.shell.nothing());
    assert_eq!(model(&without), "none");
    assert!(
        without.stderr.contains("there is no profile `work`"),
        "{}",
        without.stderr
    );
    world.config(CONFIG);
    assert_eq!(
        model(&terminal.run(world.shell.nothing())),
        "eu.anthropic.claude-sonnet-4-6"
    );
    // The administrator's file comes.
    let system = world.path("../etc/config.toml");
    fs::create_dir(system.parent().unwrap()).unwrap();
    fs::write(&system, "[profiles.work.models]\nopus = \"from-system\"\n").unwrap();
    let turn = terminal.run(world.shell.nothing());
    assert_eq!(turn.get("ANTHROPIC_DEFAULT_OPUS_MODEL"), Some("from-system"));
}

fn links_and_older_files_are_noticed(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    let hour = Duration::from_hours(1);
    let first = world.write("dotfiles/first.toml", config_with("first"));
    let second = world.write("dotfiles/second.toml", config_with("second"));
    // Two targets of the same time: only the link tells them apart.
    let time = SystemTime::now() - 2 * hour;
    for path in [&first, &second] {
        set_time(path, time);
    }
    fs::remove_file(world.config_path()).unwrap();
    symlink(&first, world.config_path()).unwrap();
    let mut terminal = world.start();
    assert_eq!(model(&terminal.run("cd repo")), "first");
    symlink(&second, world.path("link")).unwrap();
    fs::rename(world.path("link"), world.config_path()).unwrap();
    assert_eq!(
        model(&terminal.run(world.shell.nothing())),
        "second",
        "the link was moved"
    );
    fs::write(&second, config_with("edited")).unwrap();
    assert_eq!(
        model(&terminal.run(world.shell.nothing())),
        "edited",
        "the link's target was edited"
    );
    // A file older than the one it replaces.
    let older = world.write("older.toml", config_with("older"));
    set_time(&older, time - hour);
    fs::rename(older, world.config_path()).unwrap();
    assert_eq!(model(&terminal.run(world.shell.nothing())), "older");
}

fn allow_and_deny_elsewhere_are_noticed(world: &mut World) {
    let path = world.unallowed_project("repo", "profile = \"work\"\n");
    let mut terminal = world.start();
    let asked = terminal.run("cd repo");
    assert_eq!(model(&asked), "none");
    assert_eq!(
        asked.stderr,
        "claude-bedrock: warning: ~/repo/.claude-bedrock.toml is new here and not used\n  it asks for the profile work\n  look at it, then: claude-bedrock allow   (or: claude-bedrock deny)\n"
    );
    world.allow(&path);
    assert_eq!(
        model(&terminal.run(world.shell.nothing())),
        "eu.anthropic.claude-sonnet-4-6"
    );
    assert!(world.run(["deny".as_ref(), path.as_os_str()]).status.success());
    let denied = terminal.run(world.shell.nothing());
    assert_eq!(
        (model(&denied), denied.stderr.as_str()),
        ("none", "claude-bedrock: left work\n")
    );
    world.allow(&path);
    assert_eq!(
        model(&terminal.run(world.shell.nothing())),
        "eu.anthropic.claude-sonnet-4-6"
    );
}

fn from_one_project_straight_into_another(world: &mut World) {
    world.config(&format!(
        "{CONFIG}\n[profiles.work.env]\nONLY_WORK = \"1\"\nHTTP_PROXY = false\n"
    ));
    world.project("one", "profile = \"work\"\n");
    world.project("two", "profile = \"home\"\n");
    let mut terminal = world.start();
    let before = terminal.run(&world.shell.export("HTTP_PROXY", "http://proxy"));
    let one = terminal.run("cd one");
    assert_eq!(
        (one.get("ONLY_WORK"), one.get("HTTP_PROXY"), one.get("AWS_PROFILE")),
        (Some("1"), None, Some("bedrock-work"))
    );
    let two = terminal.run("cd ../two");
    assert_eq!(two.stderr, "claude-bedrock: home (us-east-1, AWS profile own)\n");
    assert_eq!(
        (two.get("ONLY_WORK"), two.get("HTTP_PROXY"), two.get("AWS_PROFILE")),
        (None, Some("http://proxy"), Some("own"))
    );
    assert_eq!(two.get("ANTHROPIC_MODEL"), None);
    assert_eq!(terminal.run("cd ..").environment, before.environment);
}

fn subdirectories_belong_and_nested_projects_refine(world: &mut World) {
    world.project("repo", "profile = \"work\"\n[env]\nFROM_OUTER = \"1\"\n");
    world.project(
        "repo/deep/inner",
        "[models]\nhaiku = \"nested\"\n[env]\nFROM_OUTER = \"2\"\n",
    );
    world.project("repo/client", "profile = \"home\"\n");
    let mut terminal = world.start();
    terminal.run("cd repo");
    let deep = terminal.run("cd deep");
    assert_eq!(
        (deep.get("AWS_PROFILE"), deep.stderr.as_str()),
        (Some("bedrock-work"), ""),
        "nothing to say in a subdirectory"
    );
    let inner = terminal.run("cd inner");
    assert_eq!(inner.get("ANTHROPIC_DEFAULT_HAIKU_MODEL"), Some("nested"));
    assert_eq!(
        (inner.get("FROM_OUTER"), inner.get("AWS_PROFILE")),
        (Some("2"), Some("bedrock-work"))
    );
    let client = terminal.run("cd ../../client");
    assert_eq!(
        (client.get("AWS_PROFILE"), client.get("FROM_OUTER")),
        (Some("own"), None),
        "another profile takes nothing from it"
    );
    let outer = terminal.run("cd ..");
    assert_eq!(
        (outer.get("ANTHROPIC_DEFAULT_HAIKU_MODEL"), outer.get("FROM_OUTER")),
        (None, Some("1"))
    );
}

fn root_stops_the_search(world: &mut World) {
    world.project("repo", "profile = \"work\"\n[env]\nFROM_OUTER = \"1\"\n");
    world.project("repo/alone", "root = true\n");
    let mut terminal = world.start();
    assert_eq!(terminal.run("cd repo").get("FROM_OUTER"), Some("1"));
    let alone = terminal.run("cd alone");
    assert_eq!((alone.get("FROM_OUTER"), alone.get("AWS_PROFILE")), (None, None));
}

fn a_change_by_hand_stays_on_leaving(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    world.directory("repo/sub");
    let mut terminal = world.start();
    terminal.run("cd repo");
    terminal.run(&world.shell.export("AWS_REGION", "by-hand"));
    terminal.run(&world.shell.unset("AWS_PROFILE"));
    terminal.run(&world.shell.export("AWS_SESSION_TOKEN", "by-hand"));
    let sub = terminal.run("cd sub");
    assert_eq!(
        sub.get("AWS_REGION"),
        Some("by-hand"),
        "a subdirectory does not take it back"
    );
    let after = terminal.run("cd ../..");
    assert_eq!(after.get("AWS_REGION"), Some("by-hand"));
    assert_eq!(after.get("AWS_PROFILE"), None);
    assert_eq!(after.get("AWS_SESSION_TOKEN"), Some("by-hand"));
    assert_eq!(after.get("ANTHROPIC_MODEL"), None, "the rest is restored");
}

fn a_failed_load_reports_once_and_is_not_retried(world: &mut World) {
    let calls = world.count_calls();
    world.project("repo", "profile = \"work\"\n");
    world.settle();
    let mut terminal = world.start();
    let before = terminal.record();
    terminal.run("cd repo");
    for (broken, message, place) in [
        ("[profiles.work\nregion = 1\n", "unclosed table", "config.toml:1"),
        (
            "[profiles.other]\nregion = \"x\"\n",
            "there is no profile `work`",
            ".claude-bedrock.toml:1:11",
        ),
        (
            "[profiles.work]\nregoin = \"x\"\n",
            "did you mean `region`?",
            "config.toml:2:1",
        ),
        (
            "[profiles.work]\nextends = \"work\"\n",
            "in a circle: work -> work",
            "config.toml:2:11",
        ),
    ] {
        world.config(broken);
        let failed = terminal.run(world.shell.nothing());
        assert!(
            failed.stderr.contains(message) && failed.stderr.contains(place),
            "{message}: {}",
            failed.stderr
        );
        assert_eq!(failed.get("AWS_REGION"), None, "no half profile");
        assert_eq!(failed.get("CLAUDE_CODE_USE_BEDROCK"), None, "no half profile");
        // Settled: then nothing is started, and nothing said, until something changes.
        world.settle();
        assert_eq!(terminal.run(world.shell.nothing()).stderr, "");
        let count = calls();
        for _ in 0..3 {
            assert_eq!(terminal.run(world.shell.nothing()).stderr, "");
        }
        assert_eq!(calls(), count, "{message}: tried again");
    }
    world.config(CONFIG);
    assert_eq!(terminal.run(world.shell.nothing()).get("AWS_REGION"), Some("eu-west-1"));
    assert_eq!(terminal.run("cd ..").environment, before.environment);
}

fn use_and_off_and_back(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    let mut terminal = world.start();
    let before = terminal.record();
    let profile = |turn: &Turn| turn.get("AWS_PROFILE").map(str::to_owned);
    let used = terminal.run("claude-bedrock use home");
    assert_eq!(
        (profile(&used).as_deref(), used.stderr.as_str()),
        (Some("own"), "claude-bedrock: home (us-east-1, AWS profile own)\n")
    );
    assert_eq!(
        profile(&terminal.run("cd repo")).as_deref(),
        Some("own"),
        "the choice beats the directory"
    );
    assert_eq!(
        profile(&terminal.run("claude-bedrock use --clear")).as_deref(),
        Some("bedrock-work")
    );
    assert_eq!(profile(&terminal.run("claude-bedrock use -")).as_deref(), Some("own"));
    assert_eq!(
        profile(&terminal.run("claude-bedrock use -")).as_deref(),
        Some("bedrock-work")
    );
    let off = terminal.run("claude-bedrock off");
    assert_eq!(
        (profile(&off), off.stderr.as_str()),
        (None, "claude-bedrock: left work\n")
    );
    assert_eq!(
        profile(&terminal.run("claude-bedrock use -")).as_deref(),
        Some("bedrock-work")
    );
    let unknown = terminal.run_and_pass("claude-bedrock use wrok", world.shell.status());
    assert!(
        unknown
            .stderr
            .contains("there is no profile `wrok`\n  did you mean `work`?"),
        "{}",
        unknown.stderr
    );
    assert_eq!(unknown.arguments.last().map(String::as_str), Some("2"));
    assert_eq!(profile(&unknown).as_deref(), Some("bedrock-work"), "nothing changed");
    let help = terminal.run("claude-bedrock use --help");
    assert!(
        help.stderr.contains("Usage: claude-bedrock use"),
        "help is shown, not evaluated: {}",
        help.stderr
    );
    terminal.run("cd ..");
    terminal.run("claude-bedrock use home");
    let mut after = terminal.run("claude-bedrock use --clear");
    after.environment.remove(std::ffi::OsStr::new("CLAUDE_BEDROCK_STATE"));
    assert_eq!(
        after.environment, before.environment,
        "but for the choice that `use -` goes back to"
    );
}

/// `cd repo && claude`: the shells that know a change of directory make it at once, bash for a wrapped
/// command.
fn cd_and_command_in_one_line(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    world.program("bin/probe", "#!/bin/sh\nexec \"$@\"\n");
    world.set("PATH", format!("{}:/usr/bin:/bin", world.path("bin").display()));
    world.hook_options = "--wrap probe".into();
    let mut terminal = world.start();
    let recorder = terminal.recorder();
    let inside = terminal.run_recording(&format!("cd repo && probe {recorder}"));
    assert_eq!(inside.get("AWS_PROFILE"), Some("bedrock-work"));
    assert_eq!(
        inside.stderr, "claude-bedrock: work (eu-west-1, AWS profile bedrock-work)\n",
        "the work is done once"
    );
    assert_eq!(terminal.record().stderr, "");
    let recorder = terminal.recorder();
    let command = if world.shell == Shell::Bash {
        format!("probe {recorder}")
    } else {
        recorder
    };
    let outside = terminal.run_recording(&format!("cd .. && {command}"));
    assert_eq!(outside.get("AWS_PROFILE"), None);
}
