//! The hook beside what else people load into their shells, before it and after it: direnv, zoxide, fzf and zsh's
//! two plugins as Debian has them; mise, starship and bash-preexec where `$MISE`, `$STARSHIP` and `$BASH_PREEXEC`
//! say, as `scripts/test` installs them. npm has mise for one platform only, so beside the real one a hook is run
//! that is put in the way that mise's documents. bash-preexec's functions export `SEEN_STATUS`, the status that
//! they find at a prompt, and `SEEN_COMMAND`, the command before which they ran last.

use crate::support::need::{have, need};
use crate::support::{Shell, World};

/// Something that is loaded beside the hook.
struct Other {
    name: &'static str,
    shell: Shell,
    /// The lines that load it; starship's are the shell's.
    load: &'static str,
    /// What it needs (`tests/needs.txt`).
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
    other("direnv", Bash, "eval \"$(direnv hook bash)\"", Some("direnv")),
    other("direnv", Zsh, "eval \"$(direnv hook zsh)\"", Some("direnv")),
    other("direnv", Fish, "direnv hook fish | source", Some("direnv")),
    other("zoxide", Bash, "eval \"$(zoxide init bash)\"", Some("zoxide")),
    other("zoxide", Zsh, "eval \"$(zoxide init zsh)\"", Some("zoxide")),
    other("zoxide", Fish, "zoxide init fish | source", Some("zoxide")),
    other("zoxide", Powershell, "Invoke-Expression (& zoxide init powershell --hook prompt | Out-String)", Some("zoxide")),
    other("fzf", Bash, "source /usr/share/doc/fzf/examples/key-bindings.bash 2>/dev/null", Some("fzf")),
    other("fzf", Zsh, "setopt zle; source /usr/share/doc/fzf/examples/key-bindings.zsh", Some("fzf")),
    other("fzf", Fish, "source /usr/share/doc/fzf/examples/key-bindings.fish; fzf_key_bindings", Some("fzf")),
    other("zsh-autosuggestions", Zsh, "setopt zle; source /usr/share/zsh-autosuggestions/zsh-autosuggestions.zsh", Some("zsh-autosuggestions")),
    other("zsh-syntax-highlighting", Zsh, "setopt zle; source /usr/share/zsh-syntax-highlighting/zsh-syntax-highlighting.zsh", Some("zsh-syntax-highlighting")),
    other("mise itself", Bash, "eval \"$(\"$MISE\" activate bash)\"", Some("mise")),
    other("mise itself", Zsh, "eval \"$(\"$MISE\" activate zsh)\"", Some("mise")),
    other("mise itself", Fish, "$MISE activate fish | source", Some("mise")),
    other("mise itself", Powershell, "& $env:MISE activate pwsh | Out-String | Invoke-Expression", Some("mise")),
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
    other("starship", Bash, "", Some("starship")),
    other("starship", Zsh, "", Some("starship")),
    other("starship", Fish, "", Some("starship")),
    other("starship", Powershell, "", Some("starship")),
    // It installs itself at the first prompt, into the first element of PROMPT_COMMAND.
    other("bash-preexec", Bash,
        "source \"$BASH_PREEXEC\"\n\
         precmd() { export SEEN_STATUS=$?; }; preexec() { export SEEN_COMMAND=\"$1\"; }", Some("bash-preexec")),
    other("bash-preexec and an array", Bash,
        "PROMPT_COMMAND+=('export SEEN_LAST=1'); source \"$BASH_PREEXEC\"\n\
         precmd_functions+=(seen_status); preexec_functions+=(seen_command)\n\
         seen_status() { export SEEN_STATUS=$?; }; seen_command() { export SEEN_COMMAND=\"$1\"; }", Some("bash-preexec")),
];

/// The variables by which the lines above name what no distribution packages.
const NAMED: &[(&str, &str)] = &[
    ("MISE", "mise"),
    ("STARSHIP", "starship"),
    ("BASH_PREEXEC", "bash-preexec"),
];

/// Enters, stays, fails, leaves, selects, switches off.
fn core(other: &Other, is_before: bool) {
    let mut world = World::new(other.shell);
    world.set("DIRENV_LOG_FORMAT", "");
    world.set("TERM", "xterm");
    world.set("MISE_OFFLINE", "1");
    for (variable, needed) in NAMED {
        if other.needs == Some(*needed) {
            world.set(variable, need(needed));
        }
    }
    world.project("repo", "profile = \"work\"\n");
    world.settle();
    let load = if other.load.is_empty() {
        other.shell.load_starship()
    } else {
        other.load
    };
    if is_before {
        world.before_hook = format!("{load}\n");
    } else {
        world.after_hook = format!("{load}\n");
    }
    let calls = world.count_calls();
    let place = format!("{} in {}, before: {is_before}", other.name, other.shell.name());
    let mut terminal = world.start();
    if other.shell == Powershell && other.name == "starship" {
        // It loads PSReadLine.
        terminal = terminal.wait_for_prompt("❯");
    }
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
    let failed = if other.shell == Powershell && other.name == "zoxide" {
        // It runs a process in the prompt, which has a status of its own: the hook's part is within a line.
        let recorder = terminal.recorder();
        terminal.run_recording(&format!("cd .; sh -c 'exit 7'; {recorder} {}", other.shell.status()))
    } else {
        terminal.run_and_pass("sh -c 'exit 7'", other.shell.status())
    };
    assert_eq!(failed.arguments.last().map(String::as_str), Some("7"), "{place}");
    if other.load.contains("SEEN_STATUS") {
        assert_eq!(
            failed.get("SEEN_STATUS"),
            Some("7"),
            "{place}: the status that it finds"
        );
    }
    if other.load.contains("SEEN_COMMAND") {
        let seen = failed.get("SEEN_COMMAND").unwrap_or_default();
        assert!(seen.contains("record"), "{place}: the command that it sees: {seen:?}");
    }
    let after = terminal.run("cd ..");
    let names = |turn: &crate::support::terminal::Turn| -> Vec<_> {
        let own = |name: &&std::ffi::OsString| !["DIRENV", "MISE"].iter().any(|it| name.to_string_lossy().contains(it));
        turn.environment.keys().filter(own).cloned().collect()
    };
    assert_eq!(names(&after), names(&before), "{place}");
    assert_eq!(after.get("AWS_PROFILE"), None, "{place}");
    let used = terminal.run("claude-bedrock use home");
    assert_eq!(used.get("AWS_PROFILE"), Some("own"), "{place}");
    let off = terminal.run("claude-bedrock off");
    assert_eq!(off.get("AWS_PROFILE"), None, "{place}: {}", off.stderr);
    assert_eq!(terminal.run("cd repo").get("AWS_PROFILE"), None, "{place}");
}

/// The core of the behaviours beside every other of one shell.
fn beside(shell: Shell) {
    shell.need();
    for other in OTHERS.iter().filter(|other| other.shell == shell) {
        if other.needs.is_some_and(|needed| have(needed).is_none()) {
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
