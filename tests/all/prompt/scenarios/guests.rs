//! Beside others in one prompt: what a `PROMPT_COMMAND` is, it stays; functions that are called after the hook see the
//! new environment; traps of the user's fire as without it; and what plugin managers do to files harms nothing.

use std::fs;
use std::path::Path;

use super::Scenario;
use crate::support::Shell;
use crate::support::need::need;
use crate::support::world::{PROGRAM, World};

const BASH: &[Shell] = &[Shell::Bash];
const ZSH: &[Shell] = &[Shell::Zsh];
const FISH: &[Shell] = &[Shell::Fish];
const POSIX: &[Shell] = &[Shell::Bash, Shell::Zsh];
const UNIX: &[Shell] = &[Shell::Bash, Shell::Zsh, Shell::Fish];

pub const TABLE: &[Scenario] = &[
    Scenario::new(17, "a_prompt_command_keeps_its_kind", a_prompt_command_keeps_its_kind).only(BASH),
    Scenario::new(
        17,
        "functions_of_bash_preexec_see_the_new_environment",
        functions_of_bash_preexec_see_the_new_environment,
    )
    .only(BASH),
    Scenario::new(
        17,
        "command_marks_of_an_editors_terminal_go_on",
        command_marks_of_an_editors_terminal_go_on,
    )
    .only(BASH),
    Scenario::new(16, "an_err_trap_fires_once", an_err_trap_fires_once).only(POSIX),
    Scenario::new(15, "a_restricted_shell", a_restricted_shell).only(POSIX),
    Scenario::new(
        20,
        "loaded_late_the_first_line_has_the_profile",
        loaded_late_the_first_line_has_the_profile,
    )
    .only(ZSH),
    Scenario::new(
        17,
        "what_is_wrong_waits_for_the_instant_prompt",
        what_is_wrong_waits_for_the_instant_prompt,
    )
    .only(ZSH),
    Scenario::new(
        17,
        "what_is_wrong_is_said_though_it_is_loaded_without_stderr",
        what_is_wrong_is_said_though_it_is_loaded_without_stderr,
    )
    .only(ZSH),
    Scenario::new(1, "unloading_the_plugin_restores", unloading_the_plugin_restores).only(&[Shell::Zsh, Shell::Fish]),
    Scenario::new(
        17,
        "the_plugin_is_sourced_over_the_hook",
        the_plugin_is_sourced_over_the_hook,
    )
    .only(FISH),
    Scenario::new(
        2,
        "a_fish_without_file_times_is_said",
        a_fish_without_file_times_is_said,
    )
    .only(FISH),
    Scenario::new(
        2,
        "a_hook_that_is_kept_in_a_file_makes_its_probes_anew",
        a_hook_that_is_kept_in_a_file_makes_its_probes_anew,
    )
    .only(UNIX),
];

fn a_prompt_command_keeps_its_kind(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    for (before, kind) in [
        ("unset PROMPT_COMMAND", "declare -- PROMPT_COMMAND="),
        ("PROMPT_COMMAND=", "declare -- PROMPT_COMMAND="),
        ("PROMPT_COMMAND=theirs", "declare -- PROMPT_COMMAND="),
        ("PROMPT_COMMAND=$'theirs\\n'", "declare -- PROMPT_COMMAND="),
        ("export PROMPT_COMMAND=theirs", "declare -x PROMPT_COMMAND="),
        ("PROMPT_COMMAND=(theirs)", "declare -a PROMPT_COMMAND="),
        ("PROMPT_COMMAND=(theirs 'x=1')", "declare -a PROMPT_COMMAND="),
        ("PROMPT_COMMAND=()", "declare -a PROMPT_COMMAND="),
    ] {
        world.before_hook = format!("theirs() {{ THEIRS=\"$? $AWS_PROFILE\"; }}\n{before}\n");
        let mut terminal = world.start();
        let turn = terminal.run_and_pass("cd repo && (exit 4)", "\"$(declare -p PROMPT_COMMAND)\" \"${THEIRS-}\"");
        assert!(turn.arguments[0].starts_with(kind), "{before}: {}", turn.arguments[0]);
        assert_eq!(turn.get("AWS_PROFILE"), Some("bedrock-work"), "{before}");
        if before.contains("theirs") {
            assert_eq!(turn.arguments[1], "4 bedrock-work", "{before}");
        }
    }
}

fn functions_of_bash_preexec_see_the_new_environment(world: &mut World) {
    let path = need("bash-preexec");
    world.project("repo", "profile = \"work\"\n");
    let load = format!(
        "source '{}'; seen() {{ SEEN=\"$? ${{AWS_PROFILE-none}}\"; }}; precmd_functions+=(seen)\n",
        path.display()
    );
    for before in [true, false] {
        for other in ["", "PROMPT_COMMAND=(theirs 'x=1')\n", "PROMPT_COMMAND=theirs\n"] {
            let other = format!("theirs() {{ :; }}\n{other}");
            (world.before_hook, world.after_hook) = if before {
                (other + &load, String::new())
            } else {
                (other, load.clone())
            };
            let mut terminal = world.start();
            terminal.record();
            for (line, seen) in [
                ("cd repo; (exit 3)", "3 bedrock-work"),
                ("cd ..", "0 none"),
                ("cd repo", "0 bedrock-work"),
            ] {
                let turn = terminal.run_and_pass(line, "\"$SEEN\"");
                assert_eq!(
                    turn.arguments,
                    [seen],
                    "{line}, before: {before}, {}",
                    world.before_hook
                );
            }
        }
    }
}

/// What VS Code's `shellIntegration-bash.sh` (1.96) does with `PROMPT_COMMAND` after the rc file: it keeps a text, and
/// calls it from a function of its own between its marks; of an array it sees the first element alone.
fn command_marks_of_an_editors_terminal_go_on(world: &mut World) {
    const INTEGRATION: &str = "\
        __vsc_prompt_cmd_original() { __vsc_status=\"$?\"; builtin local cmd; __vsc_restore() { return \"$1\"; }\n\
        for cmd in \"${__vsc_original_prompt_command[@]}\"; do __vsc_restore \"$__vsc_status\"; eval \"${cmd:-}\"; done\n\
        builtin printf '<D;%s>' \"$__vsc_status\"; }\n\
        __vsc_original_prompt_command=${PROMPT_COMMAND:-}\n\
        PROMPT_COMMAND=__vsc_prompt_cmd_original\n";
    world.project("repo", "profile = \"work\"\n");
    for before in ["", "PROMPT_COMMAND='theirs=1'\n"] {
        world.before_hook = before.into();
        world.after_hook = INTEGRATION.into();
        let mut terminal = world.start();
        terminal.record();
        let turn = terminal.run("cd repo; (exit 5)");
        assert_eq!(turn.stdout.matches("<D;5>").count(), 1, "{before}: {:?}", turn.stdout);
        assert_eq!(turn.get("AWS_PROFILE"), Some("bedrock-work"), "{before}");
        assert_eq!(terminal.run("cd ..").get("AWS_PROFILE"), None, "{before}");
    }
}

fn an_err_trap_fires_once(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    let name = if world.shell == Shell::Bash { "ERR" } else { "ZERR" };
    for options in ["", "set -o errtrace", "PROMPT_COMMAND=(:)"] {
        if world.shell == Shell::Zsh && !options.is_empty() {
            continue;
        }
        world.before_hook = format!("{options}\n");
        let mut terminal = world.start();
        terminal.record();
        terminal.run(&format!("trap 'printf \"<failed>\"' {name}"));
        for line in [
            "sh -c 'exit 3'",
            "cd repo; sh -c 'exit 3'",
            "cd ..; false",
            "claude-bedrock use nobody 2>&1",
        ] {
            let turn = terminal.run_and_pass(line, "\"$?\"");
            assert_eq!(
                turn.stdout.matches("<failed>").count(),
                1,
                "{options} {line}: {:?}",
                turn.stdout
            );
            assert_ne!(turn.arguments, ["0"], "{options} {line}");
        }
        assert_eq!(
            terminal.run("cd repo").stdout.matches("<failed>").count(),
            0,
            "{options}"
        );
    }
}

/// Which may start only what PATH has, and writes no files.
fn a_restricted_shell(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    world.directory("bin");
    std::os::unix::fs::symlink(PROGRAM, world.path("bin/claude-bedrock")).unwrap();
    let search = format!("{}:/usr/bin:/bin", world.path("bin").display());
    world.set("PATH", search);
    world.set("AWS_REGION", "before");
    let shell = world.shell;
    let name = shell.name();
    let flags: &[&str] = if shell == Shell::Bash {
        &["--noprofile", "--norc", "-r"]
    } else {
        &["-f", "-r"]
    };
    let script = format!(
        "eval \"$(claude-bedrock hook {name} --wrap printenv)\"; __claude_bedrock_hook; echo \"$AWS_PROFILE\"; \
         claude-bedrock use home; echo \"$AWS_PROFILE\"; claude-bedrock off; echo \"$AWS_PROFILE\"; printenv AWS_REGION; (printenv AWS_REGION)"
    );
    let output = world
        .command(shell.program().unwrap())
        .args(flags)
        .args(["-c", &script])
        .current_dir(world.path("repo"))
        .output()
        .unwrap();
    assert_eq!(
        (
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned()
        ),
        (
            "bedrock-work\nown\n\nbefore\nbefore\n".to_owned(),
            "claude-bedrock: work (eu-west-1, AWS profile bedrock-work)\n\
             claude-bedrock: home (us-east-1, AWS profile own)\n\
             claude-bedrock: left home\n"
                .to_owned()
        )
    );
}

/// As zinit does after `zinit ice wait`: the plugin is sourced by a handler of the line editor, after the first
/// prompt has been drawn.
fn loaded_late_the_first_line_has_the_profile(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    let load = world.load_line();
    let rc = format!(
        "setopt zle; late() {{ zle -F $1; exec {{fd}}<&-; {load}; : >~/loaded }}\n\
         exec {{fd}}< <(:); zle -F $fd late; cd repo"
    );
    let mut terminal = world.start_with_rc(&rc);
    let loaded = world.path("loaded");
    terminal.wait(|_| loaded.exists());
    assert_eq!(terminal.record().get("AWS_PROFILE"), Some("bedrock-work"));
}

/// What powerlevel10k 1.20 does (`internal/p10k.zsh`): its instant prompt, at the top of `.zshrc`, leads all output into
/// a file, and ends at the first prompt: in a task for the line editor, or in the theme's own function before, which shows
/// the file with a long warning, should anything be in it. Here that says `[WARNING]` in both.
const INSTANT_PROMPT: &str = "\
    setopt zle\n\
    exec 2>~/said\n\
    exec {p9k_0}<&0 {p9k_1}>&1 {p9k_2}>&2 0</dev/null 1>~/output; exec 2>&1\n\
    typeset -gi __p9k_instant_prompt_active=1\n\
    p9k_end() { (( $+__p9k_instant_prompt_active )) || return 0; unset __p9k_instant_prompt_active\n\
    exec 0<&$p9k_0 1>&$p9k_1 2>&$p9k_2; [[ ! -s ~/output ]] || print -ru2 -- \"[WARNING] $(<~/output)\"; : >~/drawn }\n";
const INSTANT_PROMPT_ENDS: [&str; 2] = [
    "p9k_first() { zmodload zsh/sched; sched +0 p9k_end; precmd_functions=(${precmd_functions:#p9k_first}) }\n\
     precmd_functions=(p9k_first $precmd_functions)\n",
    "precmd_functions+=(p9k_end)\n",
];

fn what_is_wrong_waits_for_the_instant_prompt(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    world.unallowed_project("other", "profile = \"work\"\n");
    let load = world.load_line();
    for end in INSTANT_PROMPT_ENDS {
        for (before, after, wrong) in [
            ("", "cd other", "claude-bedrock allow"),
            // What is found at a change of directory is not forgotten over what is not found at the prompt.
            ("", "cd other; cd ..", "claude-bedrock allow"),
            ("readonly AWS_PROFILE=mine", "cd repo", "AWS_PROFILE is read-only"),
            (
                "",
                "__claude_bedrock_program=/nonexistent/claude-bedrock; path=(/usr/bin /bin); rehash; cd repo",
                "gives no answer",
            ),
            ("", "export LONG=${(l:200000::x:)}; cd repo", "gives no answer"),
            (
                "typeset -gar chpwd_functions",
                "",
                "precmd_functions or chpwd_functions is read-only",
            ),
        ] {
            for name in ["said", "output", "drawn"] {
                let _ = fs::remove_file(world.path(name));
            }
            let mut terminal = world.start_with_rc(&format!("{INSTANT_PROMPT}{end}{before}\n{load}\n{after}\n"));
            let said = world.path("said");
            let text = || fs::read_to_string(&said).unwrap_or_default();
            // Nobody types anything.
            terminal.wait(|_| text().contains(wrong));
            let what = format!("{before} {after}: {}", text());
            assert!(!what.contains("[WARNING]"), "{what}");
            assert_eq!(what.matches(wrong).count(), 1, "{what}");
            assert_eq!(text().matches("claude-bedrock: ").count(), 1, "{what}");
        }
    }
}

/// As zsh-defer does, which antidote's `kind:defer` uses (`_zsh-defer-apply`), and zinit with `silent`: the plugin is read
/// by a handler of the line editor that has put `/dev/null` in the place of both streams.
fn what_is_wrong_is_said_though_it_is_loaded_without_stderr(world: &mut World) {
    world.unallowed_project("other", "profile = \"work\"\n");
    let load = world.load_line();
    let hooks = "for hook in $precmd_functions; do $hook; done";
    for (options, then) in [("local zsh_defer_options=12dmshpr", hooks), (":", ":")] {
        let said = world.path("said");
        let _ = fs::remove_file(&said);
        let rc = format!(
            "setopt zle; exec 2>~/said; late() {{ zle -F $1; exec {{1}}<&-; exec {{fd1}}>&1 {{fd2}}>&2 1>/dev/null 2>/dev/null\n\
             {{ () {{ {options}; {load}; {then} }} \
             }} always {{ exec 1>&$fd1 2>&$fd2 {{fd1}}>&- {{fd2}}>&- }} }}\n\
             exec {{fd}}</dev/null; zle -F $fd late; cd other"
        );
        let mut terminal = world.start_with_rc(&rc);
        let text = || fs::read_to_string(&said).unwrap_or_default();
        terminal.wait(|_| text().contains("claude-bedrock allow"));
        assert_eq!(text().matches("claude-bedrock: ").count(), 1, "{options}: {}", text());
    }
}

/// As `zinit unload` does by the Zsh Plugin Standard, and `fisher remove` by its event.
fn unloading_the_plugin_restores(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    world.directory("bin");
    std::os::unix::fs::symlink(PROGRAM, world.path("bin/claude-bedrock")).unwrap();
    let search = format!("{}:/usr/bin:/bin", world.path("bin").display());
    world.set("PATH", search);
    world.set("AWS_REGION", "before");
    world.set("AWS_SECRET_ACCESS_KEY", "own-secret");
    let plugin = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("shells")
        .join(world.shell.name());
    let (load, unload, names) = match world.shell {
        Shell::Zsh => (
            format!(
                "CLAUDE_BEDROCK_HOOK_OPTIONS=(--alias cb --wrap claude); source {}/claude-bedrock.plugin.zsh",
                plugin.display()
            ),
            "claude-bedrock_plugin_unload",
            "${(k)functions[(I)*claude*bedrock*]} ${(k)parameters[(I)__claude_bedrock*]} $+functions[claude] $+functions[cb] $precmd_functions $chpwd_functions",
        ),
        _ => (
            format!(
                "set -g CLAUDE_BEDROCK_HOOK_OPTIONS --alias cb --wrap claude; source {}/conf.d/claude-bedrock.fish",
                plugin.display()
            ),
            "emit claude-bedrock_uninstall",
            "(functions --all --names | string split , | string match '*claude_bedrock*') (functions --query cb; and echo cb) (functions --query claude; and echo claude) (set --names | string match '__claude_bedrock*')",
        ),
    };
    let mut terminal = world.start_with_rc(&load);
    terminal.record();
    let mut before = terminal.record();
    assert_eq!(terminal.run("cd repo").get("AWS_REGION"), Some("eu-west-1"));
    terminal.run("claude-bedrock use home");
    let after = terminal.run_and_pass(unload, names);
    before.environment.remove(std::ffi::OsStr::new("CLAUDE_BEDROCK_STATE"));
    assert_eq!(after.environment, before.environment, "{}", after.stderr);
    let left: Vec<&String> = after
        .arguments
        .iter()
        .filter(|word| !word.is_empty() && *word != "0")
        .collect();
    assert_eq!(left, Vec::<&String>::new());
    let quiet = terminal.run("cd ..");
    assert_eq!((quiet.stderr.as_str(), quiet.environment), ("", after.environment));
}

/// As `fisher update` does while the hook is loaded.
fn the_plugin_is_sourced_over_the_hook(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    world.directory("bin");
    std::os::unix::fs::symlink(PROGRAM, world.path("bin/claude-bedrock")).unwrap();
    let search = format!("{}:/usr/bin:/bin", world.path("bin").display());
    world.set("PATH", search);
    let plugin = Path::new(env!("CARGO_MANIFEST_DIR")).join("shells/fish");
    let update = format!(
        "functions --erase claude-bedrock; source {0}/functions/claude-bedrock.fish; source {0}/conf.d/claude-bedrock.fish; \
         emit claude-bedrock_update",
        plugin.display()
    );
    let mut terminal = world.start();
    terminal.record();
    terminal.run(&update);
    assert_eq!(terminal.run("claude-bedrock use home").get("AWS_PROFILE"), Some("own"));
    terminal.run(&update);
    assert_eq!(terminal.run("claude-bedrock use --clear").get("AWS_PROFILE"), None);
    assert_eq!(terminal.run("cd repo").get("AWS_PROFILE"), Some("bedrock-work"));
    // In a shell that has the stub alone, and no program.
    let output = world.script(&format!(
        "set -gx PATH /usr/bin /bin; source {}/functions/claude-bedrock.fish; claude-bedrock list",
        plugin.display()
    ));
    assert!(!output.status.success());
}

/// What `test` of a fish before 3.6 makes of the hook.
fn a_fish_without_file_times_is_said(world: &mut World) {
    let load = world.load_line();
    let doctor = "claude-bedrock doctor --offline";
    let told = |options: &str| {
        let output = world.script(&format!("{load}\n{options}\n{doctor}"));
        String::from_utf8_lossy(&output.stdout).contains("starts a process at each prompt")
    };
    assert!(told("set -a __claude_bedrock_options --coarse"));
    assert!(!told(""));
}

fn a_hook_that_is_kept_in_a_file_makes_its_probes_anew(world: &mut World) {
    world.project("repo", "profile = \"work\"\n");
    let file = world.path("kept");
    let kept = world.run(["hook", world.shell.name()]).stdout;
    fs::write(&file, kept).unwrap();
    // What a month does.
    let references = world.path(".local/state/claude-bedrock/references");
    fs::remove_dir_all(&references).unwrap();
    let calls = world.count_calls();
    world.settle();
    let after = world.after_hook.clone();
    let mut terminal = world.start_with_rc(&format!("source {}\n{after}", file.display()));
    terminal.record();
    assert_eq!(terminal.run("cd repo").get("AWS_PROFILE"), Some("bedrock-work"));
    let count = calls();
    for _ in 0..3 {
        terminal.run(world.shell.nothing());
    }
    assert_eq!(calls(), count, "nothing is started at an unchanged prompt");
}
