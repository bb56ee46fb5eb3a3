//! The hook beside what else people load into their shells, before it and after it. direnv, zoxide, fzf and zsh's
//! two plugins are Debian's own. mise, starship and bash-preexec are in no package registry that tests reach: in
//! their place stand hooks that are put in the way that theirs document.

#![cfg(unix)]

#[allow(dead_code, reason = "each test file uses a part")]
mod support;

use std::path::Path;

use support::{Shell, World};

/// Something that is loaded beside the hook.
struct Other {
    name: &'static str,
    shell: Shell,
    /// The lines that load it.
    load: &'static str,
    /// A program or a file that the machine must have.
    needs: Option<&'static str>,
}

const fn other(name: &'static str, shell: Shell, load: &'static str, needs: Option<&'static str>) -> Other {
    Other {
        name,
        shell,
        load,
        needs,
    }
}

use Shell::{Bash, Fish, Powershell, Zsh};

#[rustfmt::skip]
const OTHERS: &[Other] = &[
    other("direnv", Bash, "eval \"$(direnv hook bash)\"", Some("/usr/bin/direnv")),
    other("direnv", Zsh, "eval \"$(direnv hook zsh)\"", Some("/usr/bin/direnv")),
    other("direnv", Fish, "direnv hook fish | source", Some("/usr/bin/direnv")),
    other("zoxide", Bash, "eval \"$(zoxide init bash)\"", Some("/usr/bin/zoxide")),
    other("zoxide", Zsh, "eval \"$(zoxide init zsh)\"", Some("/usr/bin/zoxide")),
    other("zoxide", Fish, "zoxide init fish | source", Some("/usr/bin/zoxide")),
    other("zoxide", Powershell, "Invoke-Expression (& zoxide init powershell --hook prompt | Out-String)", Some("/usr/bin/zoxide")),
    other("fzf", Bash, "source /usr/share/doc/fzf/examples/key-bindings.bash 2>/dev/null", Some("/usr/share/doc/fzf/examples/key-bindings.bash")),
    other("fzf", Zsh, "setopt zle; source /usr/share/doc/fzf/examples/key-bindings.zsh", Some("/usr/share/doc/fzf/examples/key-bindings.zsh")),
    other("fzf", Fish, "source /usr/share/doc/fzf/examples/key-bindings.fish; fzf_key_bindings", Some("/usr/share/doc/fzf/examples/key-bindings.fish")),
    other("zsh-autosuggestions", Zsh, "setopt zle; source /usr/share/zsh-autosuggestions/zsh-autosuggestions.zsh", Some("/usr/share/zsh-autosuggestions/zsh-autosuggestions.zsh")),
    other("zsh-syntax-highlighting", Zsh, "setopt zle; source /usr/share/zsh-syntax-highlighting/zsh-syntax-highlighting.zsh", Some("/usr/share/zsh-syntax-highlighting/zsh-syntax-highlighting.zsh")),
    other("mise", Bash,
        "_mise_hook() { local previous=$?; eval \"$(echo export FROM_MISE=1)\"; return $previous; }\n\
         if [[ \";${PROMPT_COMMAND[*]:-};\" != *\";_mise_hook;\"* ]]; then PROMPT_COMMAND=\"_mise_hook${PROMPT_COMMAND:+;$PROMPT_COMMAND}\"; fi", None),
    other("mise", Zsh,
        "_mise_hook() { eval \"$(echo export FROM_MISE=1)\" }\n\
         typeset -ag precmd_functions chpwd_functions\n\
         precmd_functions=(_mise_hook ${precmd_functions[@]}); chpwd_functions=(_mise_hook ${chpwd_functions[@]})", None),
    other("mise", Fish,
        "function __mise_env_eval --on-event fish_prompt\n    echo set -gx FROM_MISE 1 | source\nend\n\
         function __mise_cd_hook --on-variable PWD\n    __mise_env_eval\nend", None),
    other("mise", Powershell,
        "$Global:_mise_original = $function:prompt; function global:prompt { $env:FROM_MISE = '1'; & $Global:_mise_original }", None),
    other("starship", Bash,
        "starship_precmd() { STARSHIP_CMD_STATUS=$?; eval \"$(printf 'starship_set() { return %s; }' \"$STARSHIP_CMD_STATUS\")\"\n\
         starship_set; eval \"${STARSHIP_PROMPT_COMMAND-}\"; PS1=''; return $STARSHIP_CMD_STATUS; }\n\
         if [[ -z ${PROMPT_COMMAND[*]-} ]]; then PROMPT_COMMAND=starship_precmd\n\
         elif [[ $PROMPT_COMMAND != *starship_precmd* ]]; then STARSHIP_PROMPT_COMMAND=\"$PROMPT_COMMAND\"; PROMPT_COMMAND=starship_precmd; fi", None),
    other("starship", Zsh,
        "starship_precmd() { STARSHIP_CMD_STATUS=$? }\nprecmd_functions+=(starship_precmd)\nsetopt prompt_subst; PROMPT='$(printf \"\")'", None),
    other("starship", Fish,
        "function fish_prompt\n    set STARSHIP_CMD_STATUS $status\nend", None),
    other("starship", Powershell, "function global:prompt { $null = $?; ' ' }", None),
    other("bash-preexec", Bash,
        "precmd_functions=(); preexec_functions=()\n\
         __bp_set() { return \"$1\"; }\n\
         __bp_precmd() { __bp_last=$?; local f; for f in \"${precmd_functions[@]}\"; do __bp_set \"$__bp_last\"; \"$f\"; done; __bp_set \"$__bp_last\"; }\n\
         __bp_install() { PROMPT_COMMAND=\"${PROMPT_COMMAND//__bp_install/:}\"\n\
         PROMPT_COMMAND=\"__bp_precmd\"$'\\n'\"$PROMPT_COMMAND\"$'\\n'\"__bp_interactive=1\"; trap 'true \"$_\"' DEBUG; }\n\
         PROMPT_COMMAND=\"${PROMPT_COMMAND:+$PROMPT_COMMAND;}__bp_install\"", None),
];

/// Enters, stays, fails, leaves.
fn core(other: &Other, is_before: bool) {
    let mut world = World::new(other.shell);
    world.set("DIRENV_LOG_FORMAT", "");
    world.set("TERM", "xterm");
    world.project("repo", "profile = \"work\"\n");
    world.settle();
    if is_before {
        world.before_hook = format!("{}\n", other.load);
    } else {
        world.after_hook = format!("{}\n", other.load);
    }
    let calls = world.count_calls();
    let place = format!("{} in {}, before: {is_before}", other.name, other.shell.name());
    let mut terminal = world.start();
    // What it sets at its first prompts is its own.
    terminal.record();
    let before = terminal.record();
    let inside = terminal.run("cd repo");
    assert_eq!(
        inside.get("AWS_PROFILE"),
        Some("bedrock-work"),
        "{place}: {}",
        inside.stderr
    );
    assert_eq!(
        inside.stderr.matches("claude-bedrock: work").count(),
        1,
        "{place}: {}",
        inside.stderr
    );
    terminal.record();
    let count = calls();
    for _ in 0..5 {
        terminal.send(other.shell.nothing());
    }
    terminal.record();
    assert_eq!(calls(), count, "{place}: unchanged prompts");
    let failed = if other.shell == Powershell {
        // zoxide runs a process in the prompt, which has a status of its own: the hook's part is within a line.
        let recorder = terminal.recorder();
        terminal.run_recording(&format!("cd .; sh -c 'exit 7'; {recorder} {}", other.shell.status()))
    } else {
        terminal.run_and_pass("sh -c 'exit 7'", other.shell.status())
    };
    assert_eq!(failed.arguments.last().map(String::as_str), Some("7"), "{place}");
    let after = terminal.run("cd ..");
    let names = |turn: &support::terminal::Turn| -> Vec<_> {
        let own = |name: &&std::ffi::OsString| !name.to_string_lossy().contains("DIRENV");
        turn.environment.keys().filter(own).cloned().collect()
    };
    assert_eq!(names(&after), names(&before), "{place}");
    assert_eq!(after.get("AWS_PROFILE"), None, "{place}");
    let used = terminal.run("claude-bedrock use home");
    assert_eq!(used.get("AWS_PROFILE"), Some("own"), "{place}");
}

/// The core of the behaviours beside every other of one shell.
fn beside(shell: Shell) {
    if shell.program().is_none() {
        println!("skipped: {} is not on this machine", shell.name());
        return;
    }
    for other in OTHERS.iter().filter(|other| other.shell == shell) {
        if let Some(file) = other.needs.filter(|file| !Path::new(file).exists()) {
            println!("skipped: {} is not on this machine ({file})", other.name);
            continue;
        }
        for is_before in [true, false] {
            core(other, is_before);
        }
    }
}

#[test]
fn beside_others_in_bash() {
    beside(Bash);
}

#[test]
fn beside_others_in_zsh() {
    beside(Zsh);
}

#[test]
fn beside_others_in_fish() {
    beside(Fish);
}

#[test]
fn beside_others_in_powershell() {
    beside(Powershell);
}
