//! Behaviours 15 to 24: a guest in the user's shell.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::Scenario;
use crate::support::Shell;
use crate::support::need::need;
use crate::support::terminal::{Terminal, Turn};
use crate::support::world::{CONFIG, PROGRAM, World};

const BASH: &[Shell] = &[Shell::Bash];
const POSIX: &[Shell] = &[Shell::Bash, Shell::Zsh];

pub const TABLE: &[Scenario] = &[
    Scenario::new(
        15,
        "loads_in_silence_under_the_strictest_settings",
        loads_in_silence_under_the_strictest_settings,
    ),
    Scenario::new(
        15,
        "a_failing_program_leaves_the_shell_alive",
        a_failing_program_leaves_the_shell_alive,
    ),
    Scenario::new(16, "the_users_status_survives", the_users_status_survives),
    Scenario::new(16, "pipestatus_survives", pipestatus_survives).only(POSIX),
    Scenario::new(16, "a_trap_survives", a_trap_survives).only(POSIX),
    Scenario::new(17, "every_form_of_prompt_command", every_form_of_prompt_command).only(BASH),
    Scenario::new(17, "the_hook_evaluated_twice", the_hook_evaluated_twice),
    Scenario::new(
        17,
        "direnv_and_zoxide_beside_it_in_any_order",
        direnv_and_zoxide_beside_it_in_any_order,
    ),
    Scenario::new(18, "no_names_leak", no_names_leak),
    Scenario::new(
        18,
        "aliases_and_functions_of_the_user_do_no_harm",
        aliases_and_functions_of_the_user_do_no_harm,
    ),
    Scenario::new(
        19,
        "a_command_substitution_stays_clean",
        a_command_substitution_stays_clean,
    ),
    Scenario::new(20, "a_shell_that_starts_inside", a_shell_that_starts_inside),
    Scenario::new(20, "a_nested_shell_leaves_cleanly", a_nested_shell_leaves_cleanly),
    Scenario::new(
        1,
        "no_line_is_longer_than_80_columns",
        no_line_is_longer_than_80_columns,
    ),
    Scenario::new(
        20,
        "an_inherited_choice_is_said_once_elsewhere",
        an_inherited_choice_is_said_once_elsewhere,
    ),
    Scenario::new(21, "no_home_at_all", no_home_at_all),
    Scenario::new(21, "a_home_that_cannot_be_written", a_home_that_cannot_be_written),
    Scenario::new(21, "many_shells_at_once", many_shells_at_once),
    Scenario::new(22, "closed_pipes_and_unknown_shells", closed_pipes_and_unknown_shells),
    Scenario::new(23, "the_line_can_be_made_silent", the_line_can_be_made_silent),
    Scenario::new(24, "no_secret_in_output_or_state", no_secret_in_output_or_state),
];

fn streams(output: &std::process::Output) -> (String, String) {
    (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

/// Takes one step as a prompt does, in a script.
fn step(shell: Shell) -> &'static str {
    if shell == Shell::Powershell {
        "__ClaudeBedrockUpdate"
    } else {
        "__claude_bedrock_hook"
    }
}

fn loads_in_silence_under_the_strictest_settings(world: &mut World) {
    let strict = match world.shell {
        Shell::Bash => "set -euo pipefail",
        Shell::Zsh => "setopt nounset err_exit pipefail warn_create_global ksh_arrays sh_word_split",
        Shell::Fish => "true",
        Shell::Powershell => "Set-StrictMode -Version Latest; $ErrorActionPreference = 'Stop'",
    };
    world.project("repo", "profile = \"work\"\n");
    for options in [
        "",
        "--quiet",
        "--wrap claude",
        "--wrap claude --wrap aws --alias cb",
        "--alias cb --quiet",
    ] {
        world.hook_options = options.into();
        let load = world.load_line();
        // Loading twice, and prompts outside, inside and outside.
        let step = step(world.shell);
        let script = format!("{strict}\n{load}\n{load}\n{step}\ncd repo\n{step}\n{step}\ncd ..\n{step}\n");
        world.set("CLAUDE_BEDROCK_LOG", "error");
        let output = world.script(&script);
        assert_eq!(
            (streams(&output), output.status.success()),
            ((String::new(), String::new()), true),
            "{options}"
        );
    }
}

fn a_failing_program_leaves_the_shell_alive(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    let failing = world.program("bin/failing", "#!/bin/sh\nexit 3\n");
    world.after_hook = match world.shell {
        Shell::Bash | Shell::Zsh => "set -e".to_owned(),
        Shell::Fish => String::new(),
        Shell::Powershell => "$ErrorActionPreference = 'Stop'; Set-StrictMode -Version Latest".to_owned(),
    };
    let mut terminal = world.start();
    assert_eq!(terminal.run("cd repo").get("AWS_PROFILE"), Some("bedrock-work"));
    terminal.run(&world.shell.hook_calls(failing.to_str().unwrap()));
    terminal.run("cd ..");
    assert_eq!(terminal.run(world.shell.nothing()).stderr, "");
    // What has failed once says nothing more until it has worked again.
    terminal.run(&world.shell.hook_calls(PROGRAM));
    terminal.run("cd repo");
    assert_eq!(terminal.run("cd ..").get("AWS_PROFILE"), None);
    terminal.run(&world.shell.hook_calls("/nonexistent/claude-bedrock"));
    let gone = terminal.run("cd repo");
    assert!(
        gone.stderr.starts_with("claude-bedrock: /nonexistent/claude-bedrock"),
        "{}",
        gone.stderr
    );
    assert_eq!(gone.stderr.lines().count(), 1, "{}", gone.stderr);
    assert_eq!(terminal.run(world.shell.nothing()).stderr, "", "said once");
    terminal.run(&world.shell.hook_calls(PROGRAM));
    assert_eq!(
        terminal.run("cd ..").get("AWS_PROFILE"),
        None,
        "it goes on where it can again"
    );
}

fn the_users_status_survives(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    let mut terminal = world.start();
    let failing = "sh -c 'exit 7'";
    let expected: &[&str] = if world.shell == Shell::Powershell {
        &["False", "7"]
    } else {
        &["7"]
    };
    // At an unchanged prompt, at one that loads, and in a line that changes directory.
    assert_eq!(terminal.run_and_pass(failing, world.shell.status()).arguments, expected);
    world.config(&CONFIG.replace("eu-west-1", "eu-west-2"));
    assert_eq!(terminal.run_and_pass(failing, world.shell.status()).arguments, expected);
    let moving = format!("cd repo; {failing}");
    assert_eq!(terminal.run_and_pass(&moving, world.shell.status()).arguments, expected);
    let succeeding = if world.shell == Shell::Powershell {
        "$null = 1"
    } else {
        "true"
    };
    let first = terminal
        .run_and_pass(succeeding, world.shell.status())
        .arguments
        .remove(0);
    assert_eq!(first, if world.shell == Shell::Powershell { "True" } else { "0" });
}

fn pipestatus_survives(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    let mut terminal = world.start();
    let words = if world.shell == Shell::Bash {
        "\"${PIPESTATUS[@]}\""
    } else {
        "$pipestatus"
    };
    let turn = terminal.run_and_pass("cd repo; (exit 3) | (exit 4) | true", words);
    assert_eq!(turn.arguments, ["3", "4", "0"]);
    let turn = terminal.run_and_pass("(exit 5) | (exit 6)", words);
    assert_eq!(turn.arguments, ["5", "6"]);
}

fn a_trap_survives(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    let mut terminal = world.start();
    terminal.run("trap 'echo \"it'\\''s mine\" >&2' INT");
    assert_eq!(terminal.run("cd repo").get("AWS_PROFILE"), Some("bedrock-work"));
    let turn = terminal.run("kill -INT $$");
    assert_eq!(turn.stderr, "it's mine\n");
    terminal.run("trap - INT; cd ..");
    assert_eq!(terminal.run("trap -p INT 2>/dev/null || trap").stderr, "");
}

fn every_form_of_prompt_command(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    for (before, calls) in [
        ("unset PROMPT_COMMAND", false),
        ("PROMPT_COMMAND=", false),
        ("PROMPT_COMMAND='theirs'", true),
        ("PROMPT_COMMAND='theirs;'", true),
        ("PROMPT_COMMAND='theirs ; '", true),
        ("PROMPT_COMMAND=(theirs)", true),
        ("PROMPT_COMMAND=(: theirs)", true),
        ("PROMPT_COMMAND=$'theirs\\n'", true),
    ] {
        world.before_hook = format!("theirs() {{ THEIRS=\"$THEIRS$?,\"; }}\n{before}\n");
        let mut terminal = world.start();
        terminal.run("THEIRS=");
        let inside = terminal.run_and_pass("cd repo && (exit 4)", "\"$THEIRS\"");
        assert_eq!(inside.get("AWS_PROFILE"), Some("bedrock-work"), "{before}");
        let seen = inside.arguments.last().unwrap();
        assert_eq!(
            seen.ends_with("4,"),
            calls,
            "{before}: the next command sees the user's status: {seen}"
        );
        assert_eq!(
            inside.stderr, "claude-bedrock: work (eu-west-1, AWS profile bedrock-work)\n",
            "{before}"
        );
    }
    // Added to later, the way that older tools do.
    world.before_hook = String::new();
    world.after_hook = "theirs() { :; }; PROMPT_COMMAND=\"theirs;$PROMPT_COMMAND\"".into();
    assert_eq!(world.start().run("cd repo").get("AWS_PROFILE"), Some("bedrock-work"));
}

fn the_hook_evaluated_twice(world: &mut World) {
    let calls = world.count_calls();
    world.after_hook = format!("{}\n{}", world.load_line(), world.after_hook);
    world.project("repo", "profile = \"work\"\n");
    world.settle();
    let mut terminal = world.start();
    terminal.record();
    let count = calls();
    let inside = terminal.run("cd repo");
    assert_eq!(
        inside.stderr,
        "claude-bedrock: work (eu-west-1, AWS profile bedrock-work)\n"
    );
    assert!(
        calls() - count <= 1,
        "one change of directory, one call: {}",
        calls() - count
    );
    // Once more in a running shell, as `source ~/.bashrc` does.
    let again = terminal.run(&world.load_line());
    assert_eq!(
        (again.stderr.as_str(), again.get("AWS_PROFILE")),
        ("", Some("bedrock-work"))
    );
}

fn direnv_and_zoxide_beside_it_in_any_order(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    world.write("repo/.envrc", "export FROM_DIRENV=1\n");
    need("direnv");
    need("zoxide");
    let direnv = |world: &World| world.command("direnv").args(["allow", "repo"]).status();
    assert!(direnv(world).unwrap().success());
    world.set("DIRENV_LOG_FORMAT", "");
    let others = match world.shell {
        Shell::Bash => "eval \"$(direnv hook bash)\"; eval \"$(zoxide init bash)\"",
        Shell::Zsh => "eval \"$(direnv hook zsh)\"; eval \"$(zoxide init zsh)\"",
        Shell::Fish => "direnv hook fish | source; zoxide init fish | source",
        // Debian's direnv (2.32) has no hook for PowerShell.
        Shell::Powershell => "Invoke-Expression (& zoxide init powershell --hook prompt | Out-String)",
    };
    for before in [true, false] {
        (world.before_hook, world.after_hook) = if before {
            (others.to_owned(), String::new())
        } else {
            (String::new(), others.to_owned())
        };
        let mut terminal = world.start();
        let start = terminal.record();
        let inside = terminal.run("cd repo");
        let direnv = (world.shell != Shell::Powershell).then_some("1");
        assert_eq!(
            (inside.get("AWS_PROFILE"), inside.get("FROM_DIRENV")),
            (Some("bedrock-work"), direnv),
            "others first: {before}"
        );
        let recorder = terminal.recorder();
        let back = terminal.run_recording(&format!("cd ..; sh -c 'exit 7'; {recorder} {}", world.shell.status()));
        assert_eq!(
            back.arguments.last().map(String::as_str),
            Some("7"),
            "others first: {before}"
        );
        let names = |turn: &Turn| -> BTreeSet<String> {
            turn.environment
                .keys()
                .map(|name| name.to_string_lossy().into_owned())
                .filter(|name| !name.contains("DIRENV"))
                .collect()
        };
        assert_eq!(names(&terminal.record()), names(&start), "others first: {before}");
    }
}

fn no_names_leak(world: &mut World) {
    world.hook_options = "--wrap probe --alias cb".into();
    world.project("repo", "profile = \"work\"\n");
    let list = match world.shell {
        Shell::Bash => "compgen -A function; compgen -v; compgen -a",
        Shell::Zsh => "print -rl -- ${(k)functions} ${(k)parameters} ${(k)aliases}",
        Shell::Fish => "functions --all --names | string split ,; set --names; abbr --list",
        Shell::Powershell => {
            "Get-ChildItem Function: | ForEach-Object { $_.Name }; Get-ChildItem Variable: | ForEach-Object { $_.Name }"
        }
    };
    let load = world.load_line();
    let step = step(world.shell);
    let script = |middle: &str| {
        format!(
            "{list}\n{}\n{middle}\n{list}\n",
            world.shell.call("/bin/echo") + " '====='"
        )
    };
    let output = world.script(&script(&format!("{load}\n{step}\ncd repo\n{step}\ncd ..\n{step}")));
    let (stdout, _) = streams(&output);
    let (before, after) = stdout.split_once("=====").unwrap();
    let names = |text: &str| -> BTreeSet<String> {
        text.lines()
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty())
            .collect()
    };
    let documented = |name: &str| {
        let own = name
            .to_lowercase()
            .trim_start_matches('_')
            .replace(['_', '-'], "")
            .starts_with("claudebedrock");
        own || [
            "cb",
            "probe",
            "claude-bedrock",
            "PROMPT_COMMAND",
            "precmd_functions",
            "chpwd_functions",
            "prompt",
        ]
        .contains(&name)
    };
    // Variables that the shells themselves set by running commands.
    let shells_own = [
        "PIPESTATUS",
        "BASH_REMATCH",
        "?",
        "_",
        "pipestatus",
        "^",
        "$",
        "LASTEXITCODE",
        "OLDPWD",
        "dirprev",
        "__fish_cd_direction",
        "match",
        "mbegin",
        "mend",
        "MATCH",
        "MBEGIN",
        "MEND",
        "Matches",
        "zsh_eval_context",
    ];
    let leaked: Vec<_> = names(after)
        .difference(&names(before))
        .filter(|name| !documented(name) && !shells_own.contains(&name.as_str()))
        .cloned()
        .collect();
    assert_eq!(leaked, Vec::<String>::new());
}

fn aliases_and_functions_of_the_user_do_no_harm(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    let words = "cd command eval printf test local export unset trap return typeset emulate setopt print echo read set";
    world.before_hook = match world.shell {
        Shell::Bash | Shell::Zsh => words.split(' ').filter(|word| *word != "cd").fold(String::new(), |aliases, word| {
            aliases + &format!("alias {word}='false {word}'
")
        }),
        Shell::Fish => "alias cd 'builtin cd'\nfunction printf; false; end\nfunction sh; false; end\n".to_owned(),
        Shell::Powershell => "Set-Alias cat Get-Process -Force -Scope Global\nfunction global:Out-Null { throw 'x' }\nfunction global:Out-String2 {}\n".to_owned(),
    };
    if world.shell.is_posix() {
        // Functions, too, that shadow what hooks like to call.
        world.after_hook = "function printf { false; }; function cd { builtin cd \"$@\"; }; function test { false; }; function read { false; }\n".into();
        // The loading line itself is the user's to keep clean.
        world.before_hook = world.before_hook.replace("alias eval='false eval'\n", "");
    }
    let mut terminal = world.start();
    let inside = terminal.run("cd repo");
    assert_eq!(inside.get("AWS_PROFILE"), Some("bedrock-work"), "{}", inside.stderr);
    assert_eq!(
        inside.stderr,
        "claude-bedrock: work (eu-west-1, AWS profile bedrock-work)\n"
    );
    assert_eq!(terminal.run("claude-bedrock use home").get("AWS_PROFILE"), Some("own"));
    assert_eq!(
        terminal.run("cd ..; claude-bedrock use --clear").get("AWS_PROFILE"),
        None
    );
}

fn a_command_substitution_stays_clean(world: &mut World) {
    let path = world.path("repo");
    world.project("repo", "profile = \"work\"\n");
    let mut terminal = world.start();
    let words = match world.shell {
        Shell::Bash | Shell::Zsh => "\"$(cd repo && pwd)\"",
        Shell::Fish => "(cd repo && pwd; cd ..)",
        Shell::Powershell => "$(Push-Location repo; $PWD.ProviderPath; Pop-Location)",
    };
    let turn = terminal.run_and_pass(world.shell.nothing(), words);
    assert_eq!(turn.arguments, [path.to_str().unwrap()]);
    let quiet = matches!(world.shell, Shell::Powershell) || turn.stderr.is_empty();
    assert!(quiet, "{}", turn.stderr);
    let after = terminal.record();
    assert_eq!(after.get("AWS_PROFILE"), None);
}

fn a_shell_that_starts_inside(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    // What the first prompt itself sees.
    let at_prompt = match world.shell {
        Shell::Bash => "PS1='$(echo \"$AWS_PROFILE\" >>~/seen)'",
        Shell::Zsh => "setopt prompt_subst; PS1='$(print -r -- \"$AWS_PROFILE\" >>~/seen)'",
        Shell::Fish => "function fish_prompt; echo $AWS_PROFILE >>~/seen; end",
        Shell::Powershell => "",
    };
    world.after_hook = at_prompt.into();
    let mut terminal = world.start_in(&world.path("repo"));
    let start = terminal.record();
    assert_eq!(start.get("AWS_PROFILE"), Some("bedrock-work"));
    assert_eq!(
        start.stderr,
        "claude-bedrock: work (eu-west-1, AWS profile bedrock-work)\n"
    );
    if world.shell != Shell::Powershell {
        assert_eq!(
            fs::read_to_string(world.path("seen")).unwrap().lines().next(),
            Some("bedrock-work")
        );
    }
    assert_eq!(terminal.run("cd ..").get("AWS_PROFILE"), None);
}

/// The line that starts another shell.
fn another(world: &World) -> String {
    let program = world.shell.need();
    let words: Vec<String> = world
        .shell
        .interactive(world.path(world.shell.rc_file()).to_str().unwrap())
        .into_iter()
        .map(|word| world.shell.quote(word.to_str().unwrap()))
        .collect();
    format!("{} {}", world.shell.call(program.to_str().unwrap()), words.join(" "))
}

/// Whatever names there are: only a path or a command, in a line of its own, may be longer.
fn no_line_is_longer_than_80_columns(world: &mut World) {
    let mut heard = 0;
    let mut fits = |said: &str| {
        heard += usize::from(!said.is_empty());
        for line in said.lines() {
            let own = line.trim_start();
            let is_alone =
                own.starts_with("--> ") || !own.contains(' ') || (own != line && own.starts_with("claude-bedrock "));
            assert!(line.chars().count() <= 80 || is_alone, "{line}\nof:\n{said}");
        }
    };
    for length in [4, 21, 40, 63] {
        let name: String = "acme-eu-"
            .chars()
            .cycle()
            .take(length)
            .map(|c| if c == '-' { '_' } else { c })
            .collect();
        let config = format!(
            "[profiles.{name}]\nregion = \"ap-southeast-2\"\nauth = {{ method = \"aws-profile\", profile = \"{name}\" }}\n"
        );
        world.config(&config);
        world.project("repo", &format!("profile = \"{name}\"\n"));
        world.directory("other");
        world.settle();
        let mut terminal = world.start();
        let mut say = |line: &str| fits(&terminal.run(line).stderr);
        say("cd repo");
        say(&match world.shell {
            Shell::Fish => format!("set -gx AWS_PROFILE other_{name}"),
            Shell::Powershell => format!("$env:AWS_PROFILE = 'other_{name}'"),
            Shell::Bash | Shell::Zsh => format!("export AWS_PROFILE=other_{name}"),
        });
        say("cd ../other");
        say(&format!("claude-bedrock use {name}"));
        say("claude-bedrock use --clear");
        say("cd ../repo");
        for broken in [
            config.replace("aws-profile", "aws-profil"),
            config.replace("region", "regoin"),
            config.replace(']', &format!("]\nextends = \"{name}_base\"")),
            config.clone() + "[profiles.x",
            config.replace(&name, "another"),
            config.clone()
                + "env = { A = \""
                + &"long ".repeat(30)
                + "\", B = 1, \"C D\" = \""
                + &"long ".repeat(30)
                + "\" }\n",
        ] {
            world.config(&broken);
            say(world.shell.nothing());
        }
        world.config(&config);
        world.unallowed_project("repo", &format!("profile = \"{name}\"\nregion = \"eu-west-1\"\n"));
        say("cd .");
        say("cd ..");
        say("cd repo");
    }
    assert!(heard >= 4 * 9, "{heard}");
}

/// What one shell has chosen holds in those that it starts: in another directory, each says so once.
fn an_inherited_choice_is_said_once_elsewhere(world: &mut World) {
    const LINE: &str = "claude-bedrock: `use work` applies here:\n  it was chosen elsewhere, in an earlier shell\n  back to what the directory says: claude-bedrock use --clear";
    world.project("repo", "profile = \"home\"\n");
    world.directory("first");
    world.after_hook = match world.shell {
        Shell::Powershell => "[IO.File]::AppendAllText(\"$env:HOME/started\", \"$PID`n\")".to_owned(),
        Shell::Fish => "echo $fish_pid >>~/started".to_owned(),
        Shell::Bash | Shell::Zsh => "echo $$ >>~/started".to_owned(),
    };
    let mut terminal = world.start();
    terminal.run("cd first");
    let chosen = terminal.run("claude-bedrock use work");
    let mut own = vec![chosen.stderr];
    // The shell that has chosen knows that, wherever it goes.
    own.extend(["cd ../repo", "cd ../first"].map(|line| terminal.run(line).stderr));
    assert!(!own.concat().contains("holds here"), "{own:?}");
    let started = world.path("started");
    let start = |terminal: &mut Terminal, count: usize| {
        terminal.send(&another(world));
        terminal.wait(|_| fs::read_to_string(&started).is_ok_and(|text| text.lines().count() == count));
        terminal.record().stderr
    };
    assert!(
        !start(&mut terminal, 2).contains("holds here"),
        "in the directory of the choice"
    );
    terminal.run("cd ../repo");
    let said = start(&mut terminal, 3);
    assert!(said.contains(LINE), "{said}");
    let turn = terminal.run("cd ../first");
    assert!(!turn.stderr.contains("holds here"), "{}", turn.stderr);
    assert_eq!(turn.get("AWS_PROFILE"), Some("bedrock-work"));
    let turn = terminal.run("claude-bedrock use --clear");
    assert_eq!(turn.get("AWS_PROFILE"), None, "{}", turn.stderr);
}

/// As a tmux pane or an editor's terminal: it inherits everything, says nothing, and leaves cleanly.
fn a_nested_shell_leaves_cleanly(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    world.set("AWS_REGION", "before");
    world.set("AWS_SESSION_TOKEN", "own-token");
    world.after_hook = match world.shell {
        Shell::Powershell => "[IO.File]::AppendAllText(\"$env:HOME/started\", \"$PID`n\")".to_owned(),
        Shell::Fish => "echo $fish_pid >>~/started".to_owned(),
        Shell::Bash | Shell::Zsh => "echo $$ >>~/started".to_owned(),
    };
    let mut outer = world.start();
    let before = outer.record();
    let inside = outer.run("cd repo");
    assert_eq!(inside.get("AWS_SESSION_TOKEN"), None);
    outer.send(&another(world));
    // What is typed before it reads would be the outer shell's.
    let started = world.path("started");
    outer.wait(|_| fs::read_to_string(&started).is_ok_and(|text| text.lines().count() == 2));
    let nested = outer.record();
    assert_eq!(
        (nested.get("AWS_PROFILE"), nested.stderr.as_str()),
        (Some("bedrock-work"), "")
    );
    assert_ne!(nested.get("CLAUDE_BEDROCK_STATE"), None);
    let after = outer.run("cd ..");
    assert_eq!(
        after.environment, before.environment,
        "the nested shell restores, secret and all"
    );
    outer.send("exit");
    let process = fs::read_to_string(&started).unwrap().lines().last().unwrap().to_owned();
    outer.wait(|_| !Path::new("/proc").join(&process).exists());
    let outside = outer.record();
    assert_eq!(
        outside.get("AWS_PROFILE"),
        Some("bedrock-work"),
        "the outer shell is still inside"
    );
    assert_eq!(outer.run("cd ..").environment, before.environment);
}

fn no_home_at_all(world: &mut World) {
    for name in ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"] {
        world.unset(name);
    }
    world.set("CLAUDE_BEDROCK_LOG", "error");
    let step = step(world.shell);
    let load = world.load_line();
    let output = world.script(&format!("{load}\n{step}\ncd /\n{step}\n"));
    assert_eq!(
        (streams(&output), output.status.success()),
        ((String::new(), String::new()), true)
    );
}

/// A home below a file can be neither read nor written, even by root.
fn a_home_that_cannot_be_written(world: &mut World) {
    let file = world.write("file", "");
    let config = world.config_path();
    // PowerShell itself does not start in such a home, so it gets it afterwards.
    let home = world.shell.export("HOME", file.join("home").to_str().unwrap());
    world.set("CLAUDE_BEDROCK_CONFIG", config);
    world.config(&format!("trusted = [\"{}\"]\n{CONFIG}", world.path("repo").display()));
    world.unallowed_project("repo", "profile = \"work\"\n");
    let step = step(world.shell);
    let load = world.load_line();
    let show = world.shell.call("/usr/bin/printenv");
    let output = world.script(&format!(
        "{home}\n{load}\n{step}\ncd repo\n{step}\n{show} AWS_PROFILE\n{step}\ncd ..\n{step}\n"
    ));
    let (stdout, stderr) = streams(&output);
    assert_eq!(stdout.trim(), "bedrock-work");
    assert_eq!(
        stderr,
        "claude-bedrock: work (eu-west-1, AWS profile bedrock-work)\nclaude-bedrock: left work\n"
    );
}

fn many_shells_at_once(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    let count = if world.shell == Shell::Powershell { 3 } else { 8 };
    let mut terminals: Vec<_> = (0..count).map(|_| world.start()).collect();
    for terminal in &mut terminals {
        terminal.send("cd repo");
    }
    for terminal in &mut terminals {
        let turn = terminal.record();
        assert_eq!(turn.get("AWS_PROFILE"), Some("bedrock-work"), "{turn:?}");
        assert_eq!(
            turn.stderr,
            "claude-bedrock: work (eu-west-1, AWS profile bedrock-work)\n"
        );
    }
}

fn closed_pipes_and_unknown_shells(world: &mut World) {
    let shell = world.shell.name();
    let output = world
        .command("sh")
        .args(["-c", &format!("'{PROGRAM}' hook {shell} | head -1")])
        .output()
        .unwrap();
    let (stdout, stderr) = streams(&output);
    assert!(stdout.starts_with("# The claude-bedrock hook for "), "{stdout}");
    assert_eq!(stderr, "");
    let output = world.run(["hook", "tcsh"]);
    let (stdout, stderr) = streams(&output);
    assert_eq!((stdout.as_str(), output.status.code()), ("", Some(2)));
    assert!(
        stderr.contains("there is no hook for `tcsh`") && stderr.contains("bash, zsh, fish, powershell"),
        "{stderr}"
    );
}

fn the_line_can_be_made_silent(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    world.unallowed_project("new", "profile = \"work\"\n");
    world.hook_options = "--quiet".into();
    let mut terminal = world.start();
    assert_eq!(terminal.run("cd repo").stderr, "");
    assert_eq!(terminal.run("cd ..").stderr, "");
    assert!(
        terminal.run("cd new").stderr.contains("not used"),
        "what is wrong is still said"
    );
    world.hook_options.clear();
    for (level, lines) in [("info", 1), ("error", 0), ("off", 0)] {
        world.set("CLAUDE_BEDROCK_LOG", level);
        let turn = world.start().run("cd repo");
        assert_eq!(turn.stderr.lines().count(), lines, "{level}: {}", turn.stderr);
        assert_eq!(turn.get("AWS_PROFILE"), Some("bedrock-work"));
    }
}

fn no_secret_in_output_or_state(world: &mut World) {
    let secrets = [
        "planted-secret-key",
        "planted-session-token",
        "planted-bearer-token",
        "planted-auth-token",
        "planted-in-file",
    ];
    for (name, secret) in [
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_BEARER_TOKEN_BEDROCK",
        "ANTHROPIC_AUTH_TOKEN",
    ]
    .into_iter()
    .zip(secrets)
    {
        world.set(name, secret);
    }
    world.set("CLAUDE_BEDROCK_LOG", "debug");
    world.project("repo", "profile = \"work\"\n");
    let mut terminal = world.start();
    let before = terminal.record();
    let mut said = String::new();
    let mut hear = |turn: &Turn| said.push_str(&format!("{}{}", turn.stderr, turn.stdout));
    let inside = terminal.run("cd repo");
    hear(&inside);
    for (name, value) in &inside.environment {
        let value = value.to_string_lossy();
        assert!(
            !secrets.iter().any(|secret| value.contains(secret)),
            "{} carries a secret",
            name.display()
        );
    }
    let state = inside.get("CLAUDE_BEDROCK_STATE").unwrap().to_owned();
    let decoded = world.command(need("python3")).args(["-c", "import sys,base64; s=sys.argv[1][1:]; sys.stdout.buffer.write(base64.urlsafe_b64decode(s+'='*(-len(s)%4)))", &state]).output().unwrap();
    assert!(decoded.status.success() && !decoded.stdout.is_empty());
    let decoded = String::from_utf8_lossy(&decoded.stdout).into_owned();
    assert!(!secrets.iter().any(|secret| decoded.contains(secret)));
    for line in [
        "claude-bedrock status",
        "claude-bedrock status --json",
        "claude-bedrock show",
        "claude-bedrock show --json",
        "claude-bedrock list --json",
    ] {
        hear(&terminal.run(line));
    }
    world.config("[profiles.work]\nauth = { method = \"access-keys\", secret_access_key = \"planted-in-file\" }\n");
    hear(&terminal.run(world.shell.nothing()));
    world.config(CONFIG);
    terminal.run(world.shell.nothing());
    let after = terminal.run("cd ..");
    hear(&after);
    for secret in secrets {
        assert!(!said.contains(secret), "{secret} was said");
    }
    assert_eq!(after.environment, before.environment, "and all are back");
    // On disk a previous secret lies in one place, for the user alone.
    for path in files_with(&world.home(), &secrets) {
        use std::os::unix::fs::PermissionsExt;
        assert!(path.to_string_lossy().contains("/stash/"), "{}", path.display());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(
            fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777,
            0o700
        );
    }
}

fn files_with(directory: &Path, words: &[&str]) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap().flatten() {
        if entry.file_type().unwrap().is_dir() {
            found.extend(files_with(&entry.path(), words));
        } else if fs::read(entry.path()).is_ok_and(|content| {
            let content = String::from_utf8_lossy(&content).into_owned();
            words.iter().any(|word| content.contains(word))
        }) {
            found.push(entry.path());
        }
    }
    found
}
