//! Names and values as people type them: parts of names, typing errors, no name at all.

use std::fmt::Write as _;

use crate::support::terminal::unbroken;
use crate::support::typist::Typist;
use crate::support::world::PROGRAM;
use crate::support::{Shell, World, stderr, stdout};

/// Sixty profiles: `client-00` to `client-59`, two of which have another word in their name.
fn many() -> World {
    let world = World::new(Shell::Bash);
    let mut config = String::new();
    for number in 0..60 {
        let ending = if number == 7 || number == 8 { "-eu" } else { "" };
        let _ = write!(
            config,
            "[profiles.client-{number:02}{ending}]\nregion = \"eu-west-1\"\nauth = {{ method = \"aws-profile\", profile = \"c{number}\" }}\n"
        );
    }
    world.config(&config);
    world
}

#[test]
fn a_part_of_a_name_is_taken_where_it_is_unique_and_said() {
    let world = many();
    for command in ["show", "doctor", "policy"] {
        let mut words = vec![command, "07"];
        words.extend((command == "doctor").then_some("--offline"));
        let output = world.run(&words);
        assert!(
            stderr(&output).contains("`07` means client-07-eu"),
            "{command}: {}",
            stderr(&output)
        );
        assert_ne!(output.status.code(), Some(2), "{command}: {}", stderr(&output));
    }
    let output = world.run_in(world.directory("repo"), ["init", "-59"]);
    assert_eq!(output.status.code(), Some(2), "an option, and no name");
    let output = world.run_in(world.directory("repo"), ["init", "T-59"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let text = std::fs::read_to_string(world.path("repo/.claude-bedrock.toml")).unwrap();
    assert!(text.contains("profile = \"client-59\"\n"), "{text}");
}

#[test]
fn several_that_could_be_meant_are_listed_and_never_all_of_many() {
    let world = many();
    for (words, said) in [
        (
            &["show", "eu"][..],
            "`eu` could be 2 profiles\n  client-07-eu\n  client-08-eu\n",
        ),
        (
            &["show", "client-1"],
            "`client-1` could be 10 profiles\n  client-10\n  client-11\n  client-12\n  client-13\n  client-14\n  client-15\n  client-16\n  client-17\n  client-18\n  client-19\n",
        ),
        (&["show", "cliet-12"], "did you mean `client-12`?"),
        (&["show", "cl07"], "did you mean `client-07-eu`?"),
        (&["set", "07", "region", "eu-west-1"], "did you mean `client-07-eu`?"),
        (&["remove", "-eu"], "unexpected argument"),
        (&["remove", "8-eu"], "did you mean `client-08-eu`?"),
        (&["edit", "8-eu"], "did you mean `client-08-eu`?"),
        (&["copy", "8-eu", "new"], "did you mean `client-08-eu`?"),
        (&["rename", "8-eu", "new"], "did you mean `client-08-eu`?"),
        (&["settings", "apply", "-p", "8-eu"], "did you mean `client-08-eu`?"),
        (
            &["exec", "-p", "nothing", "--", "true"],
            "see the 60 that there are: claude-bedrock list",
        ),
    ] {
        let output = world.run(words);
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{words:?}: {text}");
        assert!(text.contains(said), "{words:?}: {text}");
        assert!(!text.contains("client-20, client-21"), "{words:?}: {text}");
    }
}

/// What a program calls must never get another profile than it named.
#[test]
fn without_a_terminal_only_a_whole_name_gives_credentials_or_runs_a_command() {
    let world = many();
    for words in [
        &["credentials", "07"][..],
        &["exec", "-p", "07", "--", "true"],
        &["login", "07"],
    ] {
        let output = world.run(words);
        assert_eq!(output.status.code(), Some(2), "{words:?}: {}", stderr(&output));
        assert!(!stderr(&output).contains("is taken for"), "{words:?}");
    }
}

#[test]
fn use_without_a_name_and_without_a_terminal_lists_and_is_wrong_usage() {
    let output = many().run(["use"]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(2), String::new()));
    let said = stderr(&output);
    assert!(
        said.contains("client-07-eu  eu-west-1") && said.contains("claude-bedrock use NAME"),
        "{said}"
    );
}

#[test]
fn use_without_a_name_lets_choose_and_escape_leaves_all_as_it_was() {
    let mut world = many();
    world.directory("bin");
    std::os::unix::fs::symlink(PROGRAM, world.path("bin/claude-bedrock")).unwrap();
    world.set("PATH", format!("{}:/usr/bin:/bin", world.path("bin").display()));
    let mut typist = Typist::start(world, "eval \"$(claude-bedrock hook bash)\"\n");
    typist.press("claude-bedrock use\r");
    typist.wait_for("Use which profile in this shell?");
    typist.press("\u{1b}");
    // Were more typed at once, the terminal could not tell Escape from Alt.
    typist.wait_for("ready>");
    typist.press("echo \"left:$?:$CLAUDE_BEDROCK_ACTIVE:\"\r");
    typist.wait_for("left:130::");
    typist.press("claude-bedrock use\r");
    typist.wait_for("Use which profile in this shell?");
    typist.press("ct08");
    typist.wait_for("client-08-eu  eu-west-1");
    typist.press("\r");
    typist.wait_for("client-08-eu (eu-west-1, AWS profile c8)");
    typist.press("claude-bedrock switch 33\r");
    typist.wait_for("`33` means client-33");
    typist.press("echo \"active:$CLAUDE_BEDROCK_ACTIVE:\"\r");
    typist.wait_for("active:client-33:");
}

#[test]
fn exec_without_a_command_starts_the_users_shell_under_the_profile() {
    let mut world = World::new(Shell::Bash);
    let shell = world.program(
        "bin/own-shell",
        "#!/bin/sh\necho \"$# $AWS_PROFILE $CLAUDE_BEDROCK_PROFILE\"\n",
    );
    world.set("SHELL", shell);
    let output = world.run(["exec", "-p", "work"]);
    assert_eq!(stdout(&output), "0 bedrock-work work\n", "{}", stderr(&output));
    assert_eq!(world.run(["exec"]).status.code(), Some(2));
}

#[test]
fn a_mistyped_value_is_refused_when_it_is_written_also_with_dry_run() {
    let world = World::new(Shell::Bash);
    let before = std::fs::read(world.config_path()).unwrap();
    for (words, meant) in [
        (&["set", "work", "models.main", "sonet"][..], "`sonnet`"),
        (&["set", "work", "models.opus", "opus5"], "`claude-opus-5"),
        (&["set", "work", "region", "eu-wst-1"], "`eu-west-1`"),
        (&["add", "new", "--region", "us-esat-1", "--ambient"], "`us-east-1`"),
        (
            &["add", "new", "--region", "us-east-1", "--ambient", "--model", "hiaku"],
            "`haiku`",
        ),
    ] {
        for dry in [false, true] {
            let words: Vec<&str> = words.iter().copied().chain(dry.then_some("--dry-run")).collect();
            let output = world.run(&words);
            let said = stderr(&output);
            assert_eq!(output.status.code(), Some(2), "{words:?}: {said}");
            assert!(said.contains(&format!("did you mean {meant}")), "{words:?}: {said}");
            assert_eq!(std::fs::read(world.config_path()).unwrap(), before, "{words:?}");
        }
    }
}

/// `use NAME --region R --model M`: so refined in this shell alone, across directories, until another choice.
#[test]
fn a_choice_is_refined_in_its_shell_alone() {
    for shell in crate::support::world::found() {
        let world = World::new(shell);
        world.project("repo", "profile = \"home\"\n");
        let mut terminal = world.start();
        let turn = terminal.run("claude-bedrock use work --region EU-CENTRAL-1 --model haiku");
        let place = shell.name();
        assert_eq!(turn.get("AWS_REGION"), Some("eu-central-1"), "{place}: {}", turn.stderr);
        assert_eq!(turn.get("ANTHROPIC_MODEL"), Some("haiku"), "{place}");
        assert_eq!(turn.get("AWS_PROFILE"), Some("bedrock-work"), "{place}");
        assert!(
            turn.stderr.contains("work (eu-central-1, AWS profile bedrock-work)"),
            "{place}: {}",
            turn.stderr
        );
        assert_eq!(
            terminal.run("cd repo").get("AWS_REGION"),
            Some("eu-central-1"),
            "{place}"
        );
        let turn = terminal.run("claude-bedrock use --model sonnet");
        assert_eq!(
            turn.get("ANTHROPIC_MODEL"),
            Some("sonnet"),
            "{place}: the active one is refined"
        );
        assert_eq!(
            turn.get("AWS_REGION"),
            Some("eu-west-1"),
            "{place}: and nothing else of it"
        );
        let turn = terminal.run("claude-bedrock use work --region eu-wst-1");
        assert!(
            turn.stderr.contains("did you mean `eu-west-1`?"),
            "{place}: {}",
            turn.stderr
        );
        assert_eq!(
            turn.get("AWS_REGION"),
            Some("eu-west-1"),
            "{place}: a mistake changes nothing"
        );
        assert_eq!(
            terminal.run("claude-bedrock use work").get("ANTHROPIC_MODEL"),
            Some("eu.anthropic.claude-sonnet-4-6"),
            "{place}"
        );
        let turn = terminal.run("claude-bedrock use --clear");
        assert_eq!(
            turn.get("AWS_REGION"),
            Some("us-east-1"),
            "{place}: the directory's again"
        );
    }
}

/// Whoever clones a team's repository and lacks its profile is told what the team says, and what to type.
#[test]
fn a_clone_that_names_an_unknown_profile_says_where_it_comes_from() {
    let world = World::new(Shell::Bash);
    world.config("trusted = [\"~/repo\"]\n");
    let text =
        "profile = \"acme-eu\"\nteam = \"https://git.example.com/profiles\"\nhint = \"ask in #platform\\u001b[31m\"\n";
    world.unallowed_project("repo", text);
    world.unallowed_project("new", text);
    for (directory, words) in [
        ("repo", &["status"][..]),
        ("repo", &["export", "bash"]),
        ("new", &["allow"]),
    ] {
        let said = stderr(&world.run_in(world.path(directory), words));
        for line in [
            "there is no profile `acme-eu`",
            "the project says: ask in #platform\\u{1b}[31m",
            "the team's profiles are at https://git.example.com/profiles (look before you trust it)",
            "write the profile: claude-bedrock add acme-eu",
        ] {
            assert!(unbroken(&said).contains(line), "{words:?}: {line}: {said}");
        }
    }
    // Before anyone says yes, the line says which profile is asked for.
    let said = stderr(&world.run_in(world.path("new"), ["export", "bash"]));
    assert!(
        said.contains("is new here and not used\n  it asks for the profile acme-eu\n"),
        "{said}"
    );
}

#[test]
fn a_dangerous_profile_says_so_on_entering_and_in_the_prompt() {
    let world = World::new(Shell::Bash);
    world.config("[profiles.prod]\nregion = \"us-east-1\"\ndanger = true\n[profiles.base]\nabstract = true\nregion = \"us-east-1\"\n[profiles.dev]\nextends = \"base\"\n");
    world.project("repo", "profile = \"prod\"\n");
    let output = world.run_in(world.path("repo"), ["export", "bash"]);
    assert_eq!(
        stderr(&output),
        "claude-bedrock: prod (danger, us-east-1, your own AWS credentials)\n"
    );
    let segment = |place: &str| {
        let output = world.run_in(world.path(place), ["status", "--format", "{danger} {profile}"]);
        stdout(&output)
    };
    assert_eq!(segment("repo"), "danger prod\n");
    // In red where colours are wanted: the line on entering, and the prompt's.
    let red = |words: &[&str], profile: &str| {
        let mut command = world.command(PROGRAM);
        command
            .args(words)
            .env("CLAUDE_BEDROCK_PROFILE", profile)
            .env("CLICOLOR_FORCE", "1");
        let output = command.current_dir(world.path("repo")).output().unwrap();
        stdout(&output) + &stderr(&output)
    };
    for (profile, is_red) in [("prod", true), ("dev", false)] {
        let shown = red(&["status", "--format", "{profile}", "--color", "always"], profile);
        let (start, end) = if is_red { ("\u{1b}[31m", "\u{1b}[0m") } else { ("", "") };
        assert_eq!(shown, format!("{start}{profile}{end}\n"));
        assert_eq!(
            red(&["status", "--format", "{profile}", "--color", "never"], profile),
            format!("{profile}\n")
        );
        let entered = red(&["export", "bash"], profile);
        assert_eq!(
            entered.contains(&format!("\u{1b}[31mclaude-bedrock: {profile} (")),
            is_red,
            "{entered}"
        );
    }
    // Abstract profiles are not offered, and what extends them is.
    let list = |words: &[&str]| stdout(&world.run(words));
    assert!(
        !list(&["list"]).contains("base") && list(&["list"]).contains("dev"),
        "{}",
        list(&["list"])
    );
    assert!(list(&["list", "--all"]).contains("base (abstract)"));
    let refused = world.unallowed_project("own", "profile = \"dev\"\nabstract = true\n");
    assert_eq!(
        world.run(["allow".as_ref(), refused.as_os_str()]).status.code(),
        Some(2)
    );
}
