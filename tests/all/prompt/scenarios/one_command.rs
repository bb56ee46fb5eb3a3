//! Only what the user keeps is the user's: an assignment for one command or one block is not the shell's own value.
//! A wrapped command runs under the directory's profile wherever it is started: in a pipe, in the background, in a
//! subshell, and in a shell that has inherited the functions and nothing else.

use std::fs;

use super::Scenario;
use crate::support::Shell;
use crate::support::world::{PROGRAM, World};

const UNIX: &[Shell] = &[Shell::Bash, Shell::Zsh, Shell::Fish];

pub const TABLE: &[Scenario] = &[
    Scenario::new(
        6,
        "a_change_of_directory_under_a_value_of_its_own",
        a_change_of_directory_under_a_value_of_its_own,
    )
    .only(UNIX),
    Scenario::new(6, "a_block_with_values_of_its_own", a_block_with_values_of_its_own).only(UNIX),
    Scenario::new(
        6,
        "a_wrapped_command_with_a_value_of_its_own",
        a_wrapped_command_with_a_value_of_its_own,
    )
    .only(UNIX),
    Scenario::new(
        8,
        "a_wrapped_command_in_pipes_and_subshells",
        a_wrapped_command_in_pipes_and_subshells,
    )
    .only(UNIX),
    Scenario::new(
        20,
        "functions_that_are_inherited_without_variables",
        functions_that_are_inherited_without_variables,
    )
    .only(UNIX),
];

/// A world with two projects, and a command `tool` that appends to `log` what it runs under.
fn prepare(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    world.project("other", "profile = \"home\"\n");
    let log = world.path("log");
    let tool = world.program(
        "bin/tool",
        &format!(
            "#!/bin/sh\nprintf '%s %s %s\\n' \"${{AWS_PROFILE-none}}\" \"${{AWS_REGION-none}}\" \"$*\" >>'{}'\n",
            log.display()
        ),
    );
    let search = format!("{}:/usr/bin:/bin", tool.parent().unwrap().display());
    world.set("PATH", search);
    world.hook_options = "--wrap tool".into();
}

/// What `tool` was started under since the last look.
fn started(world: &World) -> String {
    let text = fs::read_to_string(world.path("log")).unwrap_or_default();
    let _ = fs::remove_file(world.path("log"));
    text
}

/// With the variable set before and unset before: inside the profile holds, and outside is what was there.
fn is_as_if_without(world: &mut World, line: &str, own: Option<&str>) {
    match own {
        Some(value) => world.set("AWS_PROFILE", value),
        None => world.unset("AWS_PROFILE"),
    }
    let mut terminal = world.start();
    let before = terminal.record();
    let inside = terminal.run(line);
    assert_eq!(
        (inside.get("AWS_PROFILE"), inside.get("AWS_REGION")),
        (Some("bedrock-work"), Some("eu-west-1")),
        "{line}, {own:?}: {}",
        inside.stderr
    );
    assert_eq!(
        inside.stderr, "claude-bedrock: work (eu-west-1, AWS profile bedrock-work)\n",
        "{line}, {own:?}"
    );
    let after = terminal.run("cd ~");
    assert_eq!(after.environment, before.environment, "{line}, {own:?}");
}

fn a_change_of_directory_under_a_value_of_its_own(world: &mut World) {
    prepare(world);
    for own in [Some("own-before"), None] {
        for value in ["mine", "bedrock-work"] {
            is_as_if_without(world, &format!("AWS_PROFILE={value} cd repo"), own);
        }
        is_as_if_without(world, "AWS_ACCESS_KEY_ID=mine AWS_REGION=mine cd repo", own);
        is_as_if_without(world, "true && AWS_REGION=mine cd repo", own);
    }
    if world.shell == Shell::Zsh {
        world.before_hook = "alias mycd='AWS_PROFILE=mine cd'\n".into();
        is_as_if_without(world, "mycd repo", None);
        world.before_hook = "mycd() { AWS_PROFILE=mine cd \"$1\"; }\nouter() { mycd repo }\n".into();
        for own in [Some("own-before"), None] {
            is_as_if_without(world, "mycd repo", own);
            is_as_if_without(world, "true; outer", own);
        }
        world.before_hook.clear();
    }
    // And on leaving.
    world.unset("AWS_PROFILE");
    let mut terminal = world.start();
    let before = terminal.record();
    terminal.run("cd repo");
    let after = terminal.run("AWS_PROFILE=mine cd ..");
    assert_eq!(after.environment, before.environment);
    // In a line that assigns for another command, the change of directory is at once, as ever.
    if world.shell != Shell::Bash {
        terminal.run("AWS_PAGER=mine true; cd repo; command tool once");
        assert_eq!(started(world), "bedrock-work eu-west-1 once\n");
    }
}

fn a_block_with_values_of_its_own(world: &mut World) {
    prepare(world);
    let lines: &[&str] = match world.shell {
        Shell::Fish => &[
            "begin; set -lx AWS_PROFILE mine; cd repo; command tool in; end",
            "begin; set -lx AWS_REGION mine; set -lx AWS_ACCESS_KEY_ID mine; cd repo; end",
            "function go; set -lx AWS_PROFILE mine; cd repo; end; go",
            "begin; set -l AWS_PROFILE mine; cd repo; end",
            "function go; set -l AWS_REGION mine; set -fx AWS_PROFILE mine; cd repo; end; go",
            "for name in 1; set -lx AWS_PROFILE mine; pushd repo; end",
        ],
        _ => &[
            "go() { local -x AWS_PROFILE=mine; cd repo; command tool in; }; go",
            "go() { local -x AWS_REGION=mine AWS_ACCESS_KEY_ID=mine; cd repo; }; go",
            "go() { local -x AWS_PROFILE=bedrock-work; cd repo; }; go",
            "go() { local AWS_PROFILE=mine; cd repo; }; go",
            "go() { local AWS_REGION; cd repo; }; go",
            "go() { local AWS_REGION=; cd repo; }; outer() { local AWS_PROFILE=mine; go; }; outer",
            "AWS_PROFILE=mine pushd repo",
            "AWS_PROFILE=mine eval 'cd repo'",
            "AWS_PROFILE=mine builtin cd repo",
            "for one in 1; do AWS_PROFILE=mine cd repo; done",
        ],
    };
    for own in [Some("own-before"), None] {
        for line in lines {
            is_as_if_without(world, line, own);
        }
    }
    assert!(started(world).lines().all(|line| line.starts_with("mine ")));
}

fn a_wrapped_command_with_a_value_of_its_own(world: &mut World) {
    prepare(world);
    let mut terminal = world.start();
    let before = terminal.record();
    // If there is nothing to do, and if the directory has changed in the same line.
    let turn = terminal.run("AWS_PROFILE=mine tool one");
    assert_eq!(started(world), "mine none one\n");
    assert_eq!((turn.stderr.as_str(), &turn.environment), ("", &before.environment));
    let inside = terminal.run("cd repo && AWS_PROFILE=mine tool two");
    assert_eq!(started(world), "mine eu-west-1 two\n", "{}", inside.stderr);
    assert_eq!(inside.get("AWS_PROFILE"), Some("bedrock-work"));
    let inside = terminal.run("AWS_PROFILE=mine tool three");
    assert_eq!(started(world), "mine eu-west-1 three\n");
    assert_eq!(inside.get("AWS_PROFILE"), Some("bedrock-work"));
    assert_eq!(terminal.run("cd ..").environment, before.environment);
    // The choice for one command.
    let turn = terminal.run("CLAUDE_BEDROCK_PROFILE=home tool four");
    assert_eq!(started(world), "own us-east-1 four\n", "{}", turn.stderr);
    let after = terminal.run(world.shell.nothing());
    assert_eq!(after.environment, before.environment, "{}", after.stderr);
    // Other commands of the program's.
    let turn = terminal.run("cd repo && AWS_PROFILE=mine claude-bedrock list");
    assert_eq!(turn.get("AWS_PROFILE"), Some("bedrock-work"), "{}", turn.stderr);
    assert_eq!(terminal.run("cd ..").environment, before.environment);
    if world.shell == Shell::Zsh {
        let refused = terminal.run_and_pass("AWS_PROFILE=mine claude-bedrock use home", "\"$?\"");
        assert_eq!(refused.arguments, ["2"]);
        assert!(
            refused.stderr.contains("AWS_PROFILE is set here by a function"),
            "{}",
            refused.stderr
        );
        assert_eq!(refused.environment, before.environment);
    } else {
        let used = terminal.run("AWS_PROFILE=mine claude-bedrock use home");
        assert_eq!(used.get("AWS_PROFILE"), Some("own"), "{}", used.stderr);
        let mut after = terminal.run("claude-bedrock use --clear");
        after.environment.remove(std::ffi::OsStr::new("CLAUDE_BEDROCK_STATE"));
        assert_eq!(after.environment, before.environment);
    }
}

fn a_wrapped_command_in_pipes_and_subshells(world: &mut World) {
    prepare(world);
    let lines: &[&str] = match world.shell {
        Shell::Fish => &[
            "cd repo; tool x | cat",
            "cd repo; echo y | tool x",
            "cd repo; set said (tool x)",
            "echo (cd repo; tool x; cd ..)",
        ],
        _ => &[
            "cd repo; tool x | cat",
            "cd repo; echo y | tool x",
            "cd repo; tool x & wait",
            "cd repo; (tool x)",
            "cd repo; (tool x; true) | cat",
            "cd repo; said=$(tool x); printf %s \"$said\"",
            "(cd repo; tool x)",
            "(cd repo && tool x) | cat",
            "said=$(cd repo; tool x); printf %s \"$said\"",
            "(cd other; (cd ../repo; tool x))",
        ],
    };
    for line in lines {
        let mut terminal = world.start();
        let before = terminal.record();
        let turn = terminal.run(line);
        assert_eq!(started(world), "bedrock-work eu-west-1 x\n", "{line}: {}", turn.stderr);
        let stays = !line.starts_with("cd ");
        if stays {
            assert_eq!(turn.environment, before.environment, "{line}");
        }
        // What is printed else is the shell's word on its jobs, and fish's drawing.
        let lines = turn.stdout.lines().map(str::trim);
        let printed: Vec<&str> = lines
            .filter(|line| !line.is_empty() && !line.starts_with('['))
            .collect();
        if world.shell.is_posix() {
            assert_eq!(printed, Vec::<&str>::new(), "{line}");
        }
        let after = terminal.run("cd ~");
        assert_eq!(after.environment, before.environment, "{line}");
    }
    // Only for that command: what comes after it in the subshell is as before.
    if world.shell.is_posix() {
        let mut terminal = world.start();
        terminal.run("(cd repo; tool x; command tool y)");
        assert_eq!(started(world), "bedrock-work eu-west-1 x\nnone none y\n");
    }
}

/// As Claude Code's Bash tool does, and `bash -c` under a shell that exports functions: all of them, or only those
/// that a user has heard of.
fn functions_that_are_inherited_without_variables(world: &mut World) {
    prepare(world);
    let load = world.load_line();
    let list = match world.shell {
        Shell::Bash => "declare -f",
        Shell::Zsh => "typeset -f",
        _ => "for name in tool (functions --all --names | string match '*claude*'); functions $name; end",
    };
    let all = String::from_utf8(world.script(&format!("{load}\n{list}")).stdout).unwrap();
    let public = match world.shell {
        Shell::Bash => "declare -f tool claude-bedrock",
        Shell::Zsh => "typeset -f tool claude-bedrock",
        _ => "functions tool; functions claude-bedrock",
    };
    let known = String::from_utf8(world.script(&format!("{load}\n{public}")).stdout).unwrap();
    assert!(
        all.contains("claude-bedrock") && known.contains("claude-bedrock"),
        "{all}"
    );
    for (what, functions) in [("all", all), ("public ones", known)] {
        for strict in ["", "set -eu\n", "set -u\n"] {
            if !world.shell.is_posix() && !strict.is_empty() {
                continue;
            }
            let script = format!(
                "{functions}\n{strict}claude-bedrock list --json >/dev/null; cd repo; tool one; cd ..; tool two; {} ",
                match world.shell {
                    Shell::Fish => "echo (cd repo; tool three; cd ..)",
                    _ => "(cd repo; tool three) | cat",
                }
            );
            let output = world.script(&script);
            assert_eq!(
                (String::from_utf8_lossy(&output.stderr).trim(), output.status.success()),
                ("", true),
                "{what} {strict}"
            );
            assert_eq!(
                started(world),
                "bedrock-work eu-west-1 one\nnone none two\nbedrock-work eu-west-1 three\n",
                "{what} {strict}"
            );
        }
    }
    // Exported by bash itself, to a bash whose program is no longer where it was, but on PATH.
    if world.shell == Shell::Bash {
        let program = world.directory("old").join("claude-bedrock");
        std::os::unix::fs::symlink(PROGRAM, &program).unwrap();
        world.program = program.clone();
        std::os::unix::fs::symlink(PROGRAM, world.path("bin/claude-bedrock")).unwrap();
        let load = world.load_line();
        let output = world.script(&format!(
            "{load}\nexport -f tool claude-bedrock\nrm '{}'\nbash -c 'cd repo; tool one; claude-bedrock list --json' >/dev/null",
            program.display()
        ));
        assert!(output.status.success(), "{output:?}");
        assert_eq!(started(world), "bedrock-work eu-west-1 one\n");
    }
}
