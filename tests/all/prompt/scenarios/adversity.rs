//! The behaviours under whatever a user may have made of the shell: options, read-only variables, aliases and
//! functions of every name, shells within shells, a state or a program that changes under the hook.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::Scenario;
use crate::support::Shell;
use crate::support::terminal::Terminal;
use crate::support::world::{CONFIG, PROGRAM, World};

const POSIX: &[Shell] = &[Shell::Bash, Shell::Zsh];

pub const TABLE: &[Scenario] = &[
    Scenario::new(15, "works_under_any_options", works_under_any_options),
    Scenario::new(
        7,
        "a_read_only_variable_is_named_once",
        a_read_only_variable_is_named_once,
    )
    .only(POSIX),
    Scenario::new(
        7,
        "each_bad_project_file_is_named_once",
        each_bad_project_file_is_named_once,
    ),
    Scenario::new(7, "a_state_of_nobody_is_named_once", a_state_of_nobody_is_named_once),
    Scenario::new(
        15,
        "the_program_is_replaced_and_removed",
        the_program_is_replaced_and_removed,
    ),
    Scenario::new(20, "bash_in_zsh_in_fish_and_exec", bash_in_zsh_in_fish_and_exec).only(&[Shell::Fish]),
];

/// Enters, prompts, changes and leaves: each says its line and nothing else, and all is unchanged.
fn main_job(world: &World, terminal: &mut Terminal, what: &str) {
    let before = terminal.record();
    assert_eq!(before.stderr, "", "{what}");
    let inside = terminal.run("cd repo");
    assert_eq!(
        (
            inside.stderr.as_str(),
            inside.get("AWS_PROFILE"),
            inside.get("AWS_REGION")
        ),
        (
            "claude-bedrock: work (eu-west-1, AWS profile bedrock-work)\n",
            Some("bedrock-work"),
            Some("eu-west-1")
        ),
        "{what}"
    );
    world.config(&CONFIG.replace("eu-west-1", "eu-west-2"));
    assert_eq!(
        terminal.run(world.shell.nothing()).get("AWS_REGION"),
        Some("eu-west-2"),
        "{what}"
    );
    assert_eq!(terminal.run(world.shell.nothing()).stderr, "", "{what}");
    let used = terminal.run("claude-bedrock use home");
    assert_eq!(
        (used.stderr.as_str(), used.get("AWS_PROFILE")),
        ("claude-bedrock: home (us-east-1, AWS profile own)\n", Some("own")),
        "{what}"
    );
    terminal.run("claude-bedrock use --clear");
    let mut after = terminal.run("cd ..");
    assert_eq!(after.stderr, "claude-bedrock: left work\n", "{what}");
    // What `use -` goes back to.
    after.environment.remove(std::ffi::OsStr::new("CLAUDE_BEDROCK_STATE"));
    assert_eq!(after.environment, before.environment, "{what}");
    world.config(CONFIG);
}

fn works_under_any_options(world: &mut World) {
    let options: &[&str] = match world.shell {
        Shell::Bash => &[
            "set -euo pipefail",
            "set -o noclobber -o noglob",
            "set -o posix",
            "POSIXLY_CORRECT=1",
            "shopt -s nullglob failglob extglob nocaseglob nocasematch dotglob",
            "shopt -s compat31 2>/dev/null; shopt -s compat42",
            "shopt -s xpg_echo lastpipe execfail",
            "shopt -s localvar_inherit localvar_unset; set -a",
            "IFS=",
            "IFS=:/ebr",
            "set -o functrace -o errtrace; trap 'true' DEBUG; trap 'true' ERR",
            "shopt -u expand_aliases; set -P",
            "CDPATH=.:/; cd() { builtin cd \"$@\" >/dev/null; }",
            "GLOBIGNORE='*'; TIMEFORMAT=x; PROMPT_DIRTRIM=1",
        ],
        Shell::Zsh => &[
            "setopt KSH_ARRAYS SH_WORD_SPLIT GLOB_SUBST NULL_GLOB NO_UNSET",
            "setopt ERR_EXIT",
            "setopt ERR_RETURN PIPE_FAIL",
            "setopt CSH_NULL_GLOB KSH_GLOB EXTENDED_GLOB NO_NOMATCH NO_CASE_GLOB NO_CASE_MATCH",
            "setopt RC_EXPAND_PARAM RC_QUOTES IGNORE_BRACES NO_EQUALS NO_BANG_HIST",
            "setopt ALL_EXPORT WARN_CREATE_GLOBAL WARN_NESTED_VAR",
            "setopt POSIX_BUILTINS POSIX_STRINGS POSIX_ALIASES",
            "setopt SH_FILE_EXPANSION KSH_TYPESET SH_GLOB SH_NULLCMD",
            "setopt NO_CLOBBER NO_GLOB CHASE_LINKS AUTO_PUSHD",
            "setopt PRINT_EXIT_VALUE NO_FUNCTION_ARGZERO LOCAL_OPTIONS LOCAL_TRAPS",
            "setopt NO_MULTIOS NO_SHORT_LOOPS TYPESET_SILENT NO_ALIASES",
            "IFS=",
            "IFS=:/ebr",
            "trap 'true' DEBUG",
            "emulate ksh",
        ],
        Shell::Fish => &[
            "set -g IFS",
            "set -g fish_handle_reflow 0; set -g CDPATH . /",
            "set -U fish_features all",
            "function cd; builtin cd $argv; end",
        ],
        Shell::Powershell => &[
            "Set-StrictMode -Version Latest; $ErrorActionPreference = 'Stop'",
            "$OFS = ':'; $PSNativeCommandUseErrorActionPreference = $true; $ErrorActionPreference = 'Stop'",
            "[Console]::OutputEncoding = [Text.Encoding]::Unicode; $OutputEncoding = [Text.Encoding]::Unicode",
            "$PSDefaultParameterValues = @{ 'Out-String:Width' = 20; '*:ErrorAction' = 'Stop' }",
            "$PSModuleAutoLoadingPreference = 'None'",
        ],
    };
    world.project("repo", "profile = \"work\"\n");
    world.set("AWS_REGION", "before");
    for line in options {
        // What PowerShell reads the hook with is up to the user's line; what the hook reads is not.
        let orders = if line.contains("Encoding") || line.contains("Module") {
            &[false][..]
        } else {
            &[true, false]
        };
        for before in orders.iter().copied() {
            (world.before_hook, world.after_hook) = if before {
                (format!("{line}\n"), String::new())
            } else {
                (String::new(), format!("{line}\n"))
            };
            let mut terminal = world.start();
            main_job(world, &mut terminal, &format!("{line} (before the hook: {before})"));
        }
    }
}

fn a_read_only_variable_is_named_once(world: &mut World) {
    const MESSAGE: &str = "claude-bedrock: work (eu-west-1, AWS profile bedrock-work)\n\
        claude-bedrock: AWS_REGION is read-only in this shell, so nothing of work is set\n  \
        remove the `readonly` or `declare -r` from your shell's files, then start a\n    new shell\n";
    world.project("repo", "profile = \"work\"\n");
    for line in ["", "set -eu"] {
        world.before_hook = format!("readonly AWS_REGION=mine\nexport AWS_PROFILE=before\n{line}\n");
        let mut terminal = world.start();
        let before = terminal.record();
        // Just written, so that the next prompts look again.
        world.config(CONFIG);
        let mut inside = terminal.run("cd repo");
        assert_eq!(inside.stderr, MESSAGE);
        inside.environment.remove(std::ffi::OsStr::new("CLAUDE_BEDROCK_STATE"));
        assert_eq!(inside.environment, before.environment);
        for _ in 0..3 {
            assert_eq!(terminal.run(":").stderr, "");
        }
        // A change is tried; one that needs no read-only variable works.
        world.config(&CONFIG.replace("region = \"eu-west-1\"\n", ""));
        let changed = terminal.run(":");
        assert_eq!(changed.get("AWS_PROFILE"), Some("bedrock-work"), "{}", changed.stderr);
        let after = terminal.run("cd ..");
        assert_eq!(
            (after.stderr.as_str(), after.environment),
            ("claude-bedrock: left work\n", before.environment)
        );
        world.config(CONFIG);
    }
    // One that became read-only inside is left as it is, and said once.
    world.before_hook.clear();
    let mut terminal = world.start();
    terminal.run("cd repo");
    terminal.run("readonly AWS_REGION");
    let after = terminal.run("cd ..");
    assert!(
        after.stderr.contains("AWS_REGION is read-only in this shell"),
        "{}",
        after.stderr
    );
    assert_eq!(
        (after.get("AWS_PROFILE"), after.get("AWS_REGION")),
        (None, Some("eu-west-1"))
    );
    assert_eq!(terminal.run(":").stderr, "");
}

/// FIFO, directory, invalid UTF-8, NUL, a name that no variable can have, ten mebibytes.
fn each_bad_project_file_is_named_once(world: &mut World) {
    let put = |directory: &str, text: &[u8]| drop(world.write(format!("{directory}/.claude-bedrock.toml"), text));
    world.config(&format!("trusted = [\"~\"]\n{CONFIG}"));
    world.directory("fifo");
    let fifo = world.path("fifo/.claude-bedrock.toml");
    assert!(Command::new("mkfifo").arg(fifo).status().unwrap().success());
    world.directory("directory/.claude-bedrock.toml");
    put("utf8", b"profile = \"work\"\n# \xff\n");
    put("nul", b"profile = \"work\"\n[env]\nA = \"a\\u0000b\"\n");
    put("name", b"profile = \"work\"\n[env]\n\"A B\" = \"x\"\n");
    put("long", "# comment\n".repeat(1 << 20).as_bytes());
    put("good", b"profile = \"work\"\n");
    let mut terminal = world.start();
    let before = terminal.record();
    terminal.run("cd good");
    for directory in ["fifo", "directory", "utf8", "nul", "name", "long"] {
        let mut inside = terminal.run(&format!("cd ../{directory}"));
        let messages = inside
            .stderr
            .lines()
            .filter(|line| line.starts_with("claude-bedrock: ") && !line.starts_with("claude-bedrock: left "));
        assert_eq!(messages.count(), 1, "{directory}: {}", inside.stderr);
        inside.environment.remove(std::ffi::OsStr::new("CLAUDE_BEDROCK_STATE"));
        assert_eq!(inside.environment, before.environment, "{directory}");
        for _ in 0..2 {
            assert_eq!(terminal.run(world.shell.nothing()).stderr, "", "{directory}");
        }
    }
    assert_eq!(terminal.run("cd ../good").get("AWS_PROFILE"), Some("bedrock-work"));
}

/// Damaged, or of another version: nothing is set by us, and that is said once.
fn a_state_of_nobody_is_named_once(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    for state in ["1AAAA", "9AAAA"] {
        world.set("CLAUDE_BEDROCK_STATE", state);
        let mut terminal = world.start();
        assert_eq!(
            terminal.record().stderr,
            "claude-bedrock: warning: the variable CLAUDE_BEDROCK_STATE cannot be read\n  what it held is not restored\n  \
             to recover, start a new shell\n"
        );
        assert_eq!(terminal.run(world.shell.nothing()).stderr, "", "{state}");
        assert_eq!(terminal.run("cd repo").get("AWS_PROFILE"), Some("bedrock-work"));
        let after = terminal.run("cd ..");
        assert_eq!(
            (after.stderr.as_str(), after.get("AWS_PROFILE")),
            ("claude-bedrock: left work\n", None)
        );
    }
}

fn the_program_is_replaced_and_removed(world: &mut World) {
    // By another process: an executable that this one has open for writing cannot be started.
    let install = |path: &Path| {
        let new = path.with_extension("new");
        assert!(
            Command::new("cp")
                .args([Path::new(PROGRAM), &new])
                .status()
                .unwrap()
                .success()
        );
        fs::rename(new, path).unwrap();
    };
    world.project("repo", "profile = \"work\"\n");
    world.program = world.directory("bin").join("claude-bedrock");
    install(&world.program);
    let mut terminal = world.start();
    let before = terminal.record();
    assert_eq!(terminal.run("cd repo").get("AWS_PROFILE"), Some("bedrock-work"));
    install(&world.program);
    assert_eq!(terminal.run(world.shell.nothing()).stderr, "");
    let after = terminal.run("cd ..");
    assert_eq!(
        (after.stderr.as_str(), &after.environment),
        ("claude-bedrock: left work\n", &before.environment)
    );
    fs::remove_file(&world.program).unwrap();
    let gone = terminal.run("cd repo");
    assert!(gone.stderr.starts_with("claude-bedrock: "), "{}", gone.stderr);
    assert_eq!(gone.stderr.lines().count(), 1, "{}", gone.stderr);
    assert_eq!(terminal.run(world.shell.nothing()).stderr, "");
    terminal.run("cd ..");
    install(&world.program);
    assert_eq!(terminal.run("cd repo").get("AWS_PROFILE"), Some("bedrock-work"));
}

fn bash_in_zsh_in_fish_and_exec(world: &mut World) {
    for shell in POSIX {
        shell.need();
        let load = shell.load(PROGRAM, "");
        let rc = format!("{}{load}\necho $$ >>~/started\n", shell.quiet_prompt());
        world.write(shell.rc_file(), rc);
    }
    world.project("repo", "profile = \"work\"\n");
    world.set("AWS_REGION", "before");
    let started = world.path("started");
    let mut terminal = world.start();
    let before = terminal.record();
    terminal.run("cd repo");
    let bash = "bash --noprofile --noediting --rcfile ~/.bashrc -i";
    for (index, line) in ["zsh -d -i", bash, &format!("exec {bash}")].into_iter().enumerate() {
        terminal.send(line);
        // What is typed before it reads would be the outer shell's.
        terminal.wait(|_| fs::read_to_string(&started).is_ok_and(|text| text.lines().count() == index + 1));
        let inside = terminal.record();
        assert_eq!(
            (inside.get("AWS_PROFILE"), inside.stderr.as_str()),
            (Some("bedrock-work"), ""),
            "{line}"
        );
        let outside = terminal.run("cd ..");
        assert_eq!(
            (outside.get("AWS_PROFILE"), outside.get("AWS_REGION")),
            (None, Some("before")),
            "{line}"
        );
        assert_eq!(terminal.run("cd repo").get("AWS_REGION"), Some("eu-west-1"), "{line}");
    }
    let last = fs::read_to_string(&started).unwrap().lines().last().unwrap().to_owned();
    terminal.send("exit");
    terminal.wait(|_| !Path::new("/proc").join(&last).exists());
    assert_eq!(terminal.run("cd ..").get("AWS_REGION"), Some("before"));
    let zsh = fs::read_to_string(&started).unwrap().lines().next().unwrap().to_owned();
    terminal.send("exit");
    terminal.wait(|_| !Path::new("/proc").join(&zsh).exists());
    assert_eq!(terminal.run("cd ..").environment, before.environment);
}
