//! The plugins of `shells/`: equal to what `plugin` writes, and loaded the way that each plugin manager
//! documents. Antigen and zplug are the real ones, where the machine has them; of the others, which are in
//! no package registry that tests reach, it is the layout of files that their loaders look for, and what these
//! do with it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::support::need::need;
use crate::support::terminal::Turn;
use crate::support::typist::{self, HONEST, Typist};
use crate::support::world::PROGRAM;
use crate::support::{Shell, World, files, shell};

/// The files below `directory`, by their path from there.
fn tree(directory: &Path) -> BTreeMap<String, String> {
    let read = |name: String| (name.clone(), fs::read_to_string(directory.join(name)).unwrap());
    files::below(directory).into_iter().map(read).collect()
}

fn ready_made(shell: Shell) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("shells").join(shell.name())
}

#[test]
fn what_is_ready_made_is_what_the_program_writes() {
    for shell in shell::ALL {
        let world = World::new(*shell);
        let out = world.path("out");
        let output = world.run(["plugin", shell.name(), "--out", out.to_str().unwrap()]);
        assert!(output.status.success() && output.stdout.is_empty(), "{output:?}");
        assert_eq!(
            tree(&out),
            tree(&ready_made(*shell)),
            "write them again: claude-bedrock plugin {0} --out shells/{0}",
            shell.name()
        );
        let printed = world.run(["plugin", shell.name()]);
        assert!(
            tree(&out).values().any(|text| text.as_bytes() == printed.stdout),
            "without --out one of them is printed"
        );
    }
}

#[test]
fn the_plug_in_of_claude_code_is_what_the_program_writes() {
    let world = World::new(Shell::Bash);
    let out = world.path("out");
    let output = world.run(["plugin", "claude-code", "--out", out.to_str().unwrap()]);
    assert!(output.status.success() && output.stdout.is_empty(), "{output:?}");
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("shells/claude-code");
    let advice = "write it again: claude-bedrock plugin claude-code --out shells/claude-code";
    assert_eq!(tree(&out), tree(&kept), "{advice}");
    let printed = world.run(["plugin", "claude-code"]);
    assert_eq!(
        String::from_utf8_lossy(&printed.stdout),
        tree(&out)["bedrock-profiles/.claude-plugin/plugin.json"]
    );
}

#[test]
fn a_directory_that_cannot_be_written_is_said() {
    let world = World::new(Shell::Bash);
    world.write("file", "");
    let output = world.run(["plugin", "bash", "--out", "file/below"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("cannot be written"), "{said}");
}

/// Copies a shell's plugin into the world's home.
fn copy(world: &World, shell: Shell, to: &str) {
    for (name, text) in tree(&ready_made(shell)) {
        world.write(Path::new(to).join(name), text);
    }
}

/// Enters, leaves and completes in a shell that loads the plugin as `rc` does.
fn enter_leave_complete(shell: Shell, install: impl Fn(&World), rc: &str) {
    shell.need();
    let mut world = World::new(shell);
    world.directory("bin");
    symlink(PROGRAM, world.path("bin/claude-bedrock")).unwrap();
    let search = format!("{}:/usr/local/bin:/usr/bin:/bin", world.path("bin").display());
    world.set("PATH", search);
    world.project("repo", "profile = \"work\"\n");
    install(&world);
    let mut terminal = world.start_with_rc(rc);
    // What a manager does at the first start may be said.
    terminal.record();
    let before = terminal.record();
    let inside = terminal.run("cd repo");
    assert_eq!(inside.get("AWS_PROFILE"), Some("bedrock-work"), "{}", inside.stderr);
    assert_eq!(
        inside.stderr,
        "claude-bedrock: work (eu-west-1, AWS profile bedrock-work)\n"
    );
    assert_eq!(terminal.run("cd ..").environment, before.environment);
    let used = terminal.run("claude-bedrock use home");
    assert_eq!(used.get("AWS_PROFILE"), Some("own"), "the function is there");
    drop(terminal);

    let mut world = World::new(shell);
    typist::stand_in(&mut world, HONEST);
    install(&world);
    let mut typist = Typist::start(world, rc);
    assert_eq!(typist.enter("claude-bedrock show w\t"), ["show", "work"]);
    assert_eq!(typist.enter("claude-bedrock sta\t"), ["status"]);
}

// As `oh-my-zsh.sh` does: a plugin is `$ZSH_CUSTOM/plugins/NAME/NAME.plugin.zsh`, its directory goes into fpath
// before compinit, the file is sourced after it.
#[test]
fn oh_my_zsh() {
    enter_leave_complete(
        Shell::Zsh,
        |world| copy(world, Shell::Zsh, ".oh-my-zsh/custom/plugins/claude-bedrock"),
        "ZSH_CUSTOM=~/.oh-my-zsh/custom; plugins=(claude-bedrock)\n\
         for plugin in $plugins; do fpath=($ZSH_CUSTOM/plugins/$plugin $fpath); done\n\
         autoload -U compinit; compinit -u\n\
         for plugin in $plugins; do source $ZSH_CUSTOM/plugins/$plugin/$plugin.plugin.zsh; done",
    );
}

#[test]
fn antidote() {
    // The static file that `antidote bundle <~/.zsh_plugins.txt` makes, with compinit before it and after.
    let bundle = "fpath+=( \"$HOME/src/claude-bedrock/shells/zsh\" )\n\
         source \"$HOME/src/claude-bedrock/shells/zsh/claude-bedrock.plugin.zsh\"";
    let compinit = "autoload -Uz compinit && compinit -u";
    for rc in [format!("{bundle}\n{compinit}"), format!("{compinit}\n{bundle}")] {
        enter_leave_complete(
            Shell::Zsh,
            |world| copy(world, Shell::Zsh, "src/claude-bedrock/shells/zsh"),
            &rc,
        );
    }
}

#[test]
fn zinit_and_znap() {
    // Both source the file from a function with options of their own, and leave compinit to later: zinit to
    // `zicompinit`, znap to the first prompt.
    for compinit in [
        "autoload -Uz compinit && compinit -u",
        "later() { autoload -Uz compinit && compinit -u; precmd_functions=(${precmd_functions:#later}) }; precmd_functions+=(later)",
    ] {
        enter_leave_complete(
            Shell::Zsh,
            |world| copy(world, Shell::Zsh, "plugins/claude-bedrock"),
            &format!(
                "load() {{ setopt local_options extended_glob warn_create_global typeset_silent\n\
                 local ZERO=$1; builtin source $1 }}\n\
                 load ~/plugins/claude-bedrock/claude-bedrock.plugin.zsh\n{compinit}"
            ),
        );
    }
}

#[test]
fn antigen_itself() {
    const ANTIGEN: &str = "/usr/share/zsh-antigen/antigen.zsh";
    need("antigen");
    enter_leave_complete(
        Shell::Zsh,
        |world| copy(world, Shell::Zsh, "plugins/claude-bedrock"),
        &format!("source {ANTIGEN}\nantigen bundle $HOME/plugins/claude-bedrock --no-local-clone\nantigen apply"),
    );
}

#[test]
fn zplug_itself() {
    const ZPLUG: &str = "/usr/share/zplug/init.zsh";
    need("zplug");
    enter_leave_complete(
        Shell::Zsh,
        |world| copy(world, Shell::Zsh, "plugins/claude-bedrock"),
        &format!("source {ZPLUG}\nzplug \"$HOME/plugins/claude-bedrock\", from:local\nzplug load"),
    );
}

#[test]
fn fisher() {
    // fisher 4.4 copies what lies in functions, conf.d, completions and themes; config.fish comes after conf.d,
    // and may set PATH and the options.
    enter_leave_complete(
        Shell::Fish,
        |world| copy(world, Shell::Fish, ".config/fish"),
        "set -g CLAUDE_BEDROCK_HOOK_OPTIONS --alias cb",
    );
}

#[test]
fn the_plugin_of_fish_and_the_line_in_config_fish_go_together() {
    enter_leave_complete(
        Shell::Fish,
        |world| copy(world, Shell::Fish, ".config/fish"),
        "claude-bedrock hook fish | source",
    );
}

#[test]
fn a_script_of_fish_can_use_a_profile() {
    let mut world = World::new(Shell::Fish);
    world.directory("bin");
    symlink(PROGRAM, world.path("bin/claude-bedrock")).unwrap();
    let search = format!("{}:/usr/bin:/bin", world.path("bin").display());
    world.set("PATH", search);
    copy(&world, Shell::Fish, ".config/fish");
    let output = world
        .command(Shell::Fish.need())
        .args(["-c", "claude-bedrock use home; echo $AWS_PROFILE"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "own\n", "{output:?}");
}

#[test]
fn bash_it() {
    // `bash_it.sh` sources custom/*.bash in the end, after the libraries, which define what describes a plugin.
    enter_leave_complete(
        Shell::Bash,
        |world| {
            let text = fs::read(ready_made(Shell::Bash).join("claude-bedrock.plugin.bash")).unwrap();
            world.write(".bash_it/custom/claude-bedrock.bash", text);
        },
        "about-plugin() { [[ $# -eq 1 ]]; }\nset -u; for file in ~/.bash_it/custom/*.bash; do source \"$file\"; done; set +u",
    );
}

#[test]
fn zimfw() {
    // `init.zsh` as `zimfw build` (1.18) writes it for `zmodule ~/src/claude-bedrock/shells/zsh --name claude-bedrock`:
    // the file of the module's name is sourced by its whole path, compiled beforehand; zim's completion module is the
    // last, as its manual says, or the first.
    let init = "ZIM_HOME=~/.zim; () { local module=~/src/claude-bedrock/shells/zsh/claude-bedrock.plugin.zsh\n\
         mkdir -p $ZIM_HOME; zcompile -R $module; print -r \"source ${module:A}\" >$ZIM_HOME/init.zsh; zcompile -R $ZIM_HOME/init.zsh }\n\
         source $ZIM_HOME/init.zsh";
    let compinit = "autoload -Uz compinit && compinit -u";
    for rc in [format!("{init}\n{compinit}"), format!("{compinit}\n{init}")] {
        enter_leave_complete(
            Shell::Zsh,
            |world| copy(world, Shell::Zsh, "src/claude-bedrock/shells/zsh"),
            &rc,
        );
    }
}

/// What a manager does with a plugin while a shell has it loaded: it writes the files anew, reads them once more, and
/// takes them away. Each is told as the manager's own code does it; the version and the functions are named beside.
struct Manager {
    shell: Shell,
    /// Where the plugin's files are.
    place: &'static str,
    rc: &'static str,
    /// After the files have been rewritten.
    updated: &'static str,
    read_again: &'static str,
    /// Before the files go.
    removing: &'static str,
}

const ZSH_COMPILES: &str = "zcompile -R ~/PLACE/claude-bedrock.plugin.zsh";

const MANAGERS: &[Manager] = &[
    // antidote 1.9: `antidote-load` makes the static file anew where the list is newer, and sources it from within a
    // function; `antidote-update` pulls, and sources nothing but itself; `antidote-purge` takes the line out of the list.
    Manager {
        shell: Shell::Zsh,
        place: "src/claude-bedrock/shells/zsh",
        rc: "antidote() { setopt extended_glob; local f=~/.zsh_plugins; [[ $f.zsh -nt $f.txt ]] || \
             print -rl -- \"fpath+=( $HOME/PLACE )\" \"source $HOME/PLACE/claude-bedrock.plugin.zsh\" >|$f.zsh; source $f.zsh; }\n\
             : >~/.zsh_plugins.txt; antidote load",
        updated: ":",
        read_again: "antidote load",
        removing: "rm -f ~/.zsh_plugins.zsh ~/.zsh_plugins.txt",
    },
    // zimfw 1.18: `_zimfw_build_init` and `_zimfw_compile`; `zimfw update` does both again, and asks for a new shell;
    // `zimfw uninstall` removes the directory.
    Manager {
        shell: Shell::Zsh,
        place: "src/claude-bedrock/shells/zsh",
        rc: "mkdir -p ~/.zim; zcompile -R ~/PLACE/claude-bedrock.plugin.zsh; print -r \"source $HOME/PLACE/claude-bedrock.plugin.zsh\" >|~/.zim/init.zsh\n\
             zcompile -R ~/.zim/init.zsh; source ~/.zim/init.zsh",
        updated: ZSH_COMPILES,
        read_again: "source ~/.zim/init.zsh",
        removing: "rm -rf ~/.zim",
    },
    // oh-my-zsh (2025): `omz update` pulls, and starts the shell anew; `source ~/.zshrc` is what users do.
    Manager {
        shell: Shell::Zsh,
        place: ".oh-my-zsh/custom/plugins/claude-bedrock",
        rc: "fpath=(~/PLACE $fpath); autoload -U compinit; compinit -u; source ~/PLACE/claude-bedrock.plugin.zsh",
        updated: ":",
        read_again: "source ~/.zshrc",
        removing: ":",
    },
    // zinit 3.13: `.zinit-load-plugin` compiles and sources from within functions with options of their own; `zinit update`
    // pulls and compiles; `zinit delete` unloads nothing.
    Manager {
        shell: Shell::Zsh,
        place: "plugins/claude-bedrock",
        rc: "zinit() { setopt local_options extended_glob warn_create_global typeset_silent; zcompile -U ~/PLACE/claude-bedrock.plugin.zsh\n\
             builtin source ~/PLACE/claude-bedrock.plugin.zsh }\nzinit load",
        updated: ":",
        read_again: "zinit load",
        removing: ":",
    },
    // bash-it 3: `bash_it.sh` sources `custom/*.bash`; `_bash-it-reload` sources `~/.bashrc` from within two functions.
    Manager {
        shell: Shell::Bash,
        place: ".bash_it/custom",
        rc: "about-plugin() { [[ $# -eq 1 ]]; }; _bash-it-reload() { source ~/.bashrc; }; bash-it() { \"_bash-it-$1\"; }\n\
             for file in ~/.bash_it/custom/*.bash; do [[ -e $file ]] && source \"$file\"; done; :",
        updated: ":",
        read_again: "bash-it reload",
        removing: ":",
    },
    // The same by `bash-it enable plugin`: a link in `enabled`, which `bash-it disable plugin` removes.
    Manager {
        shell: Shell::Bash,
        place: ".bash_it/plugins/available",
        rc: "about-plugin() { [[ $# -eq 1 ]]; }; _bash-it-reload() { source ~/.bashrc; }; bash-it() { \"_bash-it-$1\"; }\n\
             mkdir -p ~/.bash_it/enabled; ln -sf ~/PLACE/claude-bedrock.plugin.bash ~/.bash_it/enabled/250---claude-bedrock.plugin.bash\n\
             for file in ~/.bash_it/enabled/*.bash; do [[ -e $file ]] && source \"$file\"; done; :",
        updated: ":",
        read_again: "bash-it reload",
        removing: "rm -f ~/.bash_it/enabled/*",
    },
    // oh-my-bash (2025): `_omb_module_require` sources from within a function.
    Manager {
        shell: Shell::Bash,
        place: ".oh-my-bash/custom/plugins/claude-bedrock",
        rc: "load() { local name=$1; source ~/PLACE/$name.plugin.bash; }; load claude-bedrock",
        updated: ":",
        read_again: "source ~/.bashrc",
        removing: ":",
    },
    // fisher 4.4: `fisher update` copies the files and sources each, then emits `NAME_update`; `fisher remove` emits
    // `NAME_uninstall`, and erases functions and completions.
    Manager {
        shell: Shell::Fish,
        place: ".config/fish",
        rc: ":",
        updated: "for file in ~/PLACE/{functions,conf.d,completions}/claude-bedrock.fish; source $file; end; emit claude-bedrock_update",
        read_again: "source ~/PLACE/conf.d/claude-bedrock.fish",
        removing: "emit claude-bedrock_uninstall; functions --erase claude-bedrock; complete --erase --command claude-bedrock",
    },
];

/// The directory goes on to be what the shell holds, whatever the manager does.
fn survives(manager: &Manager) {
    let shell = manager.shell;
    if shell.program().is_none() {
        return;
    }
    let mut world = World::new(shell);
    world.directory("bin");
    symlink(PROGRAM, world.path("bin/claude-bedrock")).unwrap();
    let search = format!("{}:/usr/local/bin:/usr/bin:/bin", world.path("bin").display());
    world.set("PATH", search);
    world.set("AWS_REGION", "before");
    world.project("repo", "profile = \"work\"\n");
    copy(&world, shell, manager.place);
    let placed = |line: &str| line.replace("PLACE", manager.place);
    let rc = world.write(
        shell.rc_file(),
        format!("{}{}\n", shell.quiet_prompt(), placed(manager.rc)),
    );
    let hooks = match shell {
        Shell::Bash => "\"${PROMPT_COMMAND[*]}\"",
        Shell::Zsh => "\"$precmd_functions $chpwd_functions\"",
        _ => "(functions --handlers-type fish_prompt)",
    };
    let anew: Vec<_> = shell.interactive(rc.to_str().unwrap());
    let anew: Vec<_> = anew.iter().map(|word| shell.quote(word.to_str().unwrap())).collect();
    let anew = format!("exec {} {}", shell.name(), anew.join(" "));
    let what = |line: &str| format!("{}, {line}", placed(manager.rc));
    // The state may remember the choice before.
    let but_state = |turn: Turn| {
        let mut environment = turn.environment;
        environment.remove(std::ffi::OsStr::new("CLAUDE_BEDROCK_STATE"));
        environment
    };

    let mut terminal = world.start_as_it_is();
    terminal.record();
    let before = terminal.run_and_pass(shell.nothing(), hooks);
    let (hooked, before) = (before.arguments.clone(), but_state(before));
    let inside = terminal.run("cd repo");
    assert_eq!(inside.get("AWS_REGION"), Some("eu-west-1"), "{}", what("cd repo"));
    // An update: other files, with the same in them and more.
    let plugin = files::below(&world.path(manager.place)).into_iter();
    for name in plugin.filter(|name| name.contains("claude-bedrock")) {
        let path = world.path(manager.place).join(&name);
        // Not what zsh has compiled.
        if let Ok(text) = fs::read_to_string(&path) {
            fs::remove_file(path).unwrap();
            world.write(Path::new(manager.place).join(name), format!("{text}\n# newer\n"));
        }
    }
    for line in [manager.updated, manager.read_again, manager.read_again, anew.as_str()] {
        let line = placed(line);
        let turn = terminal.run(&line);
        assert_eq!(
            (turn.get("AWS_REGION"), turn.stderr.as_str()),
            (Some("eu-west-1"), ""),
            "{}",
            what(&line)
        );
        let left = terminal.run_and_pass("cd ..", hooks);
        assert_eq!(left.arguments, hooked, "{}", what(&line));
        assert_eq!(but_state(left), before, "{}", what(&line));
        terminal.run("claude-bedrock use home");
        assert_eq!(
            terminal.run(shell.nothing()).get("AWS_REGION"),
            Some("us-east-1"),
            "{}",
            what(&line)
        );
        terminal.run("claude-bedrock use --clear");
        assert_eq!(
            terminal.run("cd repo").get("AWS_REGION"),
            Some("eu-west-1"),
            "{}",
            what(&line)
        );
    }
    // Removed: with it goes what it has set, where the manager lets it know; else the shell goes on with what it has.
    let removed = terminal.run(&placed(manager.removing));
    fs::remove_dir_all(world.path(manager.place)).unwrap();
    assert_eq!(removed.stderr, "", "{}", what("removal"));
    let told = manager.removing.contains("uninstall");
    assert_eq!(
        removed.get("AWS_REGION"),
        Some(if told { "before" } else { "eu-west-1" })
    );
    assert_eq!(but_state(terminal.run("cd ..")), before, "{}", what("removal"));
    let again = terminal.run("cd repo");
    assert_eq!(again.get("AWS_REGION"), Some(if told { "before" } else { "eu-west-1" }));
}

#[test]
fn each_manager_updates_reads_again_and_removes() {
    for manager in MANAGERS {
        survives(manager);
    }
}

// As `_omb_module_require` of `oh-my-bash.sh` does: it sources `$OSH_CUSTOM/plugins/NAME/NAME.plugin.bash` from
// within a function.
#[test]
fn oh_my_bash() {
    enter_leave_complete(
        Shell::Bash,
        |world| copy(world, Shell::Bash, ".oh-my-bash/custom/plugins/claude-bedrock"),
        "OSH_CUSTOM=~/.oh-my-bash/custom; CLAUDE_BEDROCK_HOOK_OPTIONS=(--wrap claude --alias cb)\n\
         load() { local name=$1; source \"$OSH_CUSTOM/plugins/$name/$name.plugin.bash\"; }\nload claude-bedrock",
    );
}

#[test]
fn a_module_of_powershell() {
    enter_leave_complete(
        Shell::Powershell,
        |world| copy(world, Shell::Powershell, "Modules"),
        "$env:PSModulePath = \"$HOME/Modules\" + [IO.Path]::PathSeparator + $env:PSModulePath\n\
         Set-StrictMode -Version Latest\n\
         Import-Module ClaudeBedrock\nImport-Module ClaudeBedrock -Force\n",
    );
}

#[test]
fn options_of_the_hook_reach_it_through_the_plugin() {
    for (shell, file, set) in [
        (
            Shell::Bash,
            "claude-bedrock.plugin.bash",
            "CLAUDE_BEDROCK_HOOK_OPTIONS=(--alias cb --quiet)",
        ),
        (
            Shell::Zsh,
            "claude-bedrock.plugin.zsh",
            "CLAUDE_BEDROCK_HOOK_OPTIONS=(--alias cb --quiet)",
        ),
        (
            Shell::Powershell,
            "ClaudeBedrock/ClaudeBedrock.psd1",
            "$CLAUDE_BEDROCK_HOOK_OPTIONS = '--alias', 'cb', '--quiet'",
        ),
    ] {
        if shell.program().is_none() {
            continue;
        }
        let mut world = World::new(shell);
        world.directory("bin");
        symlink(PROGRAM, world.path("bin/claude-bedrock")).unwrap();
        let search = format!("{}:/usr/bin:/bin", world.path("bin").display());
        world.set("PATH", search);
        let load = if shell == Shell::Powershell {
            "Import-Module"
        } else {
            "source"
        };
        let plugin = shell.quote(ready_made(shell).join(file).to_str().unwrap());
        let output = world.script(&format!("{set}\n{load} {plugin}\ncb list --json\n"));
        let listed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(listed.contains("eu-west-1"), "{}: {output:?}", shell.name());
    }
}

#[test]
fn without_the_program_nothing_happens() {
    for (shell, load) in [
        (Shell::Bash, "set -eu; source PLUGIN/claude-bedrock.plugin.bash"),
        (
            Shell::Zsh,
            "setopt err_return nounset; source PLUGIN/claude-bedrock.plugin.zsh",
        ),
        (
            Shell::Fish,
            "source PLUGIN/conf.d/claude-bedrock.fish; emit fish_prompt",
        ),
        (
            Shell::Powershell,
            "Set-StrictMode -Version Latest; $ErrorActionPreference = 'Stop'; Import-Module PLUGIN/ClaudeBedrock",
        ),
    ] {
        if shell.program().is_none() {
            continue;
        }
        let world = World::new(shell);
        let plugin = ready_made(shell).to_str().unwrap().to_owned();
        let output = world.script(&load.replace("PLUGIN", &plugin));
        assert!(
            output.stdout.is_empty() && output.stderr.is_empty(),
            "{}: {output:?}",
            shell.name()
        );
    }
}
