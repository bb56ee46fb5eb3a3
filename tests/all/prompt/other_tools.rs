//! Where another tool sets the variables of a profile: inside, the profile holds; straight in another project, that
//! one's; outside, there is what was there before either. The table is the one of docs/shells.md.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use super::{changed, switched};
use crate::support::need::{find, have};
use crate::support::terminal::{Terminal, Turn};
use crate::support::world::PROGRAM;
use crate::support::{Shell, World, set_time};

use Shell::{Bash, Fish, Powershell, Zsh};

/// A tool that sets variables for a directory.
#[derive(Clone, Copy)]
struct Tool {
    /// Its name, as docs/shells.md has it.
    name: &'static str,
    shell: Shell,
    /// The lines that load it.
    load: &'static str,
    /// The line that hangs it in, where a text for two has none.
    place: &'static str,
    /// A program that the machine must have.
    needs: Option<&'static str>,
    /// The file in a directory, with NAME and VALUE for what it sets.
    file: (&'static str, &'static str),
    /// What allows a directory's file.
    allow: Option<&'static str>,
    /// Whether its line must come after the hook's.
    after: bool,
}

/// A line of a file that a POSIX shell reads.
const EXPORT: &str = "export AWS_PROFILE=VALUE AWS_REGION=us-east-2\n";

const EXPORT_FISH: &str = "set -gx AWS_PROFILE VALUE; set -gx AWS_REGION us-east-2\n";

/// Sets what a file of `NAME VALUE` lines says and puts back what was there: what direnv's kind does by itself,
/// without a word in the environment (shadowenv's and smartcd's way of remembering, zsh-autoenv's `autostash`).
const KEEPS_TO_ITSELF_BASH: &str = r#"
_kept_dir=
_kept_leave=
_kept() {
    [[ $_kept_dir == "$PWD" ]] && return
    _kept_dir=$PWD
    eval "$_kept_leave"; _kept_leave=
    [[ -f .kept ]] || return 0
    local name value
    while read -r name value; do
        if [[ -n ${!name+x} ]]; then _kept_leave+="export $name='${!name}';"; else _kept_leave+="unset $name;"; fi
        export "$name=$value"
    done <.kept
}
"#;
const KEEPS_TO_ITSELF_ZSH: &str = r#"
typeset -g _kept_leave=
_kept() {
    eval "$_kept_leave"; _kept_leave=
    [[ -f .kept ]] || return 0
    local name value
    while read -r name value; do
        if [[ -n ${(P)name+x} ]]; then _kept_leave+="export $name=${(qP)name};"; else _kept_leave+="unset $name;"; fi
        export "$name=$value"
    done <.kept
}
autoload -Uz add-zsh-hook
add-zsh-hook chpwd _kept
"#;
const KEEPS_TO_ITSELF_FISH: &str = r#"
set -g _kept_leave
function _kept --on-variable PWD
    status is-command-substitution; and return
    eval "$_kept_leave"
    set -g _kept_leave
    test -f .kept; or return 0
    while read -l name value
        if set -q $name
            set -a _kept_leave "set -gx $name "(string escape -- $$name)";"
        else
            set -a _kept_leave "set -e $name;"
        end
        set -gx $name $value
    end <.kept
end
"#;
/// The same at each prompt, as direnv's hook for PowerShell stands there.
const KEEPS_TO_ITSELF_POWERSHELL: &str = r#"
$global:keptLeave = @()
$global:keptIn = ''
function global:kept {
    if ($global:keptIn -ceq "$PWD") { return }
    $global:keptIn = "$PWD"
    foreach ($entry in $global:keptLeave) { Set-Item "Env:$($entry[0])" $entry[1] }
    $global:keptLeave = @()
    if (-not (Test-Path .kept)) { return }
    foreach ($line in Get-Content .kept) {
        $name, $value = $line.Split(' ')
        $global:keptLeave += , @($name, (Get-Item "Env:$name" -ErrorAction Ignore).Value)
        Set-Item "Env:$name" $value
    }
}
"#;
const KEPT_AT_THE_PROMPT: &str =
    "$global:keptPrompt = $function:prompt; function global:prompt { kept; & $global:keptPrompt }";
const KEPT_AT_CD: &str = "$invoke = $ExecutionContext.SessionState.InvokeCommand\n\
    $invoke.LocationChangedAction = [Delegate]::Combine($invoke.LocationChangedAction, \
    [EventHandler[System.Management.Automation.LocationChangedEventArgs]] { kept })";
/// shadowenv 3's way (`src/hook.rs`, `undo.rs`, `shadowenv.rs`): what it has set, and what was there, stand in
/// `__shadowenv_data`, and it puts back only what still is as it set it. The first argument is the shell.
const SHADOWENV: &str = r#"#!/usr/bin/env python3
import json, os, pathlib, sys
env = dict(os.environ)
digest, _, data = env.get("__shadowenv_data", "").partition(":")
here = pathlib.Path(os.environ["PWD"])
found = next((p / ".shadowenv" for p in [here, *here.parents] if (p / ".shadowenv").exists()), None)
text = found.read_text() if found else ""
target = "%016x" % (sum(map(ord, str(found) + text)) if found else 0)
if target == digest or not (found or data):
    sys.exit()
kept = set()
for one in json.loads(data or "{}").get("scalars", []):
    if env.get(one["name"]) != one["current"]:
        kept.add(one["name"])
    elif one["original"] is None:
        env.pop(one["name"])
    else:
        env[one["name"]] = one["original"]
scalars, changes = [], {}
before = dict(env)
for line in text.splitlines():
    name, value = line.split(" ")
    env[name] = value
    scalars.append({"name": name, "original": before.get(name), "current": value, "no_clobber": name in kept})
for name in set(env) | set(os.environ):
    if env.get(name) != os.environ.get(name) and name not in kept:
        changes[name] = env.get(name)
changes["__shadowenv_data"] = target + ":" + json.dumps({"scalars": scalars, "lists": [], "prev_dirs": []})
for name, value in changes.items():
    if sys.argv[1] == "fish":
        print(f"set -e {name}" if value is None else f"set -gx {name} '{value}'")
    else:
        print(f"unset {name}" if value is None else f"export {name}='{value}'")
"#;
/// smartcd's and zsh-autoenv's `autostash` (`lib/core/varstash`): the old value lies in a variable of the shell's whose
/// name has the place and the variable in it, and comes back when the place is left.
const VARSTASH: &str = r#"
_autostash() {
    local name=${1%%=*} at; at="_tmp_${_stash_dir//[^A-Za-z0-9]/_}_${1%%=*}"
    if eval "[[ -n \${$name+x} ]]"; then eval "__varstash_export__$at=\$$name"; else eval "__varstash_nostash__$at=1"; fi
    export "$1"
}
_autounstash() {
    local name at
    for name in AWS_PROFILE AWS_REGION; do
        at="_tmp_${_stash_dir//[^A-Za-z0-9]/_}_$name"
        if eval "[[ -n \${__varstash_export__$at+x} ]]"; then
            eval "export $name=\$__varstash_export__$at"; unset "__varstash_export__$at"
        elif eval "[[ -n \${__varstash_nostash__$at+x} ]]"; then
            unset "$name" "__varstash_nostash__$at"
        fi
    done
}
_stash_move() {
    [[ -z ${_stash_dir-} ]] || _autounstash
    _stash_dir=
    [[ -f .stash ]] || return 0
    _stash_dir=$PWD
    . ./.stash
}
"#;
const STASH_FILE: &str = "_autostash AWS_PROFILE=VALUE\n_autostash AWS_REGION=us-east-2\n";
const STASH_BY_CD: &str = "cd() { builtin cd \"$@\" && _stash_move; }";
const STASH_BY_CHPWD: &str = "autoload -Uz add-zsh-hook; add-zsh-hook chpwd _stash_move";

/// ondir's manual keeps the old value (`OLDUMASK`) in the lines that it runs on entering, and puts it back on leaving.
const ONDIR_FILE: &str = "enter .*/(one|two|tool)$\n  OLD_AWS_PROFILE=$AWS_PROFILE; OLD_AWS_REGION=$AWS_REGION; . $ONDIRWD/.ondir\n\
    leave .*/(one|two|tool)$\n  export AWS_PROFILE=$OLD_AWS_PROFILE AWS_REGION=$OLD_AWS_REGION; unset OLD_AWS_PROFILE OLD_AWS_REGION\n";
const ONDIR_FILE_FISH: &str = "enter .*/(one|two|tool)$\n  set -g OLD_AWS_PROFILE $AWS_PROFILE; set -g OLD_AWS_REGION $AWS_REGION; source $ONDIRWD/.ondir;\n\
    leave .*/(one|two|tool)$\n  set -gx AWS_PROFILE $OLD_AWS_PROFILE; set -gx AWS_REGION $OLD_AWS_REGION; set -e OLD_AWS_PROFILE OLD_AWS_REGION;\n";
/// oh-my-zsh's `dotenv`: reads `.env` in the directory, at each change and when it is loaded, and puts nothing back.
const DOTENV: &str = "source_env() { if [[ -f .env ]]; then setopt localoptions allexport; source ./.env; fi }\n\
    autoload -U add-zsh-hook; add-zsh-hook chpwd source_env; source_env";

#[rustfmt::skip]
const TOOLS: &[Tool] = &[
    Tool { name: "direnv", shell: Bash, load: "eval \"$(direnv hook bash)\"", place: "", needs: Some("direnv"), file: (".envrc", EXPORT), allow: Some("direnv allow"), after: false },
    Tool { name: "direnv", shell: Zsh, load: "eval \"$(direnv hook zsh)\"", place: "", needs: Some("direnv"), file: (".envrc", EXPORT), allow: Some("direnv allow"), after: false },
    Tool { name: "direnv", shell: Fish, load: "direnv hook fish | source", place: "", needs: Some("direnv"), file: (".envrc", EXPORT), allow: Some("direnv allow"), after: false },
    Tool { name: "mise", shell: Bash, load: "eval \"$(\"$MISE\" activate bash)\"", place: "", needs: Some("mise"), file: ("mise.toml", MISE_FILE), allow: Some("\"$MISE\" trust --quiet"), after: false },
    Tool { name: "mise", shell: Zsh, load: "eval \"$(\"$MISE\" activate zsh)\"", place: "", needs: Some("mise"), file: ("mise.toml", MISE_FILE), allow: Some("\"$MISE\" trust --quiet"), after: false },
    Tool { name: "mise", shell: Fish, load: "$MISE activate fish | source", place: "", needs: Some("mise"), file: ("mise.toml", MISE_FILE), allow: Some("\"$MISE\" trust --quiet"), after: false },
    Tool { name: "mise", shell: Powershell, load: "& $env:MISE activate pwsh | Out-String | Invoke-Expression", place: "", needs: Some("mise"), file: ("mise.toml", MISE_FILE), allow: Some("\"$MISE\" trust --quiet"), after: false },
    Tool { name: "a tool that keeps to itself what it replaces", shell: Bash, load: KEEPS_TO_ITSELF_BASH, place: IN_PROMPT_COMMAND, needs: None, file: (".kept", KEPT_FILE), allow: None, after: false },
    Tool { name: "a tool that keeps to itself what it replaces", shell: Zsh, load: KEEPS_TO_ITSELF_ZSH, place: "", needs: None, file: (".kept", KEPT_FILE), allow: None, after: false },
    Tool { name: "a tool that keeps to itself what it replaces", shell: Fish, load: KEEPS_TO_ITSELF_FISH, place: "", needs: None, file: (".kept", KEPT_FILE), allow: None, after: true },
    Tool { name: "a tool that keeps to itself what it replaces", shell: Powershell, load: KEEPS_TO_ITSELF_POWERSHELL, place: KEPT_AT_THE_PROMPT, needs: None, file: (".kept", KEPT_FILE), allow: None, after: false },
    Tool { name: "a tool that keeps to itself what it replaces", shell: Powershell, load: KEEPS_TO_ITSELF_POWERSHELL, place: KEPT_AT_CD, needs: None, file: (".kept", KEPT_FILE), allow: None, after: false },
    Tool { name: "shadowenv", shell: Bash, load: "_shadow() { eval \"$(shadowenv bash)\"; }", place: "PROMPT_COMMAND=\"_shadow${PROMPT_COMMAND:+;$PROMPT_COMMAND}\"", needs: Some("python3"), file: (".shadowenv", KEPT_FILE), allow: None, after: false },
    Tool { name: "shadowenv", shell: Zsh, load: "_shadow() { eval \"$(shadowenv zsh)\"; }", place: "precmd_functions+=(_shadow); chpwd_functions+=(_shadow)", needs: Some("python3"), file: (".shadowenv", KEPT_FILE), allow: None, after: false },
    Tool { name: "shadowenv", shell: Fish, load: "function _shadow --on-event fish_prompt; shadowenv fish | source; end", place: "", needs: Some("python3"), file: (".shadowenv", KEPT_FILE), allow: None, after: false },
    Tool { name: "smartcd", shell: Bash, load: VARSTASH, place: STASH_BY_CD, needs: None, file: (".stash", STASH_FILE), allow: None, after: false },
    Tool { name: "smartcd", shell: Zsh, load: VARSTASH, place: STASH_BY_CD, needs: None, file: (".stash", STASH_FILE), allow: None, after: false },
    Tool { name: "zsh-autoenv", shell: Zsh, load: VARSTASH, place: STASH_BY_CHPWD, needs: None, file: (".stash", STASH_FILE), allow: None, after: false },
    Tool { name: "ondir", shell: Bash, load: "source /usr/share/ondir/integration/bash", place: "", needs: Some("ondir"), file: (".ondir", EXPORT), allow: None, after: false },
    Tool { name: "ondir", shell: Zsh, load: "source /usr/share/ondir/integration/zsh", place: "", needs: Some("ondir"), file: (".ondir", EXPORT), allow: None, after: false },
    Tool { name: "ondir", shell: Fish, load: "source /usr/share/ondir/integration/fish", place: "", needs: Some("ondir"), file: (".ondir", EXPORT_FISH), allow: None, after: false },
    Tool { name: "autoenv", shell: Bash, load: "source \"$AUTOENV\"", place: "", needs: Some("autoenv"), file: (".env", EXPORT), allow: None, after: false },
    Tool { name: "autoenv", shell: Zsh, load: "source \"$AUTOENV\"", place: "", needs: Some("autoenv"), file: (".env", EXPORT), allow: None, after: false },
    Tool { name: "oh-my-zsh's dotenv", shell: Zsh, load: DOTENV, place: "", needs: None, file: (".env", "AWS_PROFILE=VALUE\nAWS_REGION=us-east-2\n"), allow: None, after: false },
];

const MISE_FILE: &str = "[env]\nAWS_PROFILE = \"VALUE\"\nAWS_REGION = \"us-east-2\"\n";
const KEPT_FILE: &str = "AWS_PROFILE VALUE\nAWS_REGION us-east-2\n";

/// In bash such a tool hangs on the prompt as the user's own line there does.
const IN_PROMPT_COMMAND: &str = "PROMPT_COMMAND=\"_kept${PROMPT_COMMAND:+;$PROMPT_COMMAND}\"\n";

/// What decides who pays, and where.
fn account(turn: &Turn) -> [Option<&str>; 3] {
    for name in [
        "AWS_ACCESS_KEY_ID",
        "AWS_SESSION_TOKEN",
        "AWS_VAULT",
        "CLAUDE_CODE_USE_VERTEX",
    ] {
        assert_eq!(turn.get(name), None, "{name}: {}", turn.stderr);
    }
    ["AWS_PROFILE", "AWS_REGION", "ANTHROPIC_MODEL"].map(|name| turn.get(name))
}

const WORK: [Option<&str>; 3] = [
    Some("bedrock-work"),
    Some("eu-west-1"),
    Some("eu.anthropic.claude-sonnet-4-6"),
];
const HOME: [Option<&str>; 3] = [Some("own"), Some("us-east-1"), None];
const MINE: [Option<&str>; 3] = [Some("mine"), Some("us-west-2"), None];

impl Tool {
    fn write(&self, world: &World, directory: &str, value: &str) {
        world.write(
            format!("{directory}/{}", self.file.0),
            self.file.1.replace("VALUE", value),
        );
        if self.name == "autoenv" {
            world.write(
                format!("{directory}/.env.leave"),
                "AWS_PROFILE=mine\nAWS_REGION=us-west-2\n",
            );
        }
        if let Some(allow) = self.allow {
            let output = world
                .command("sh")
                .args(["-c", allow])
                .current_dir(world.path(directory))
                .output()
                .unwrap();
            assert!(output.status.success(), "{allow}: {output:?}");
        }
    }

    /// Both files in two projects, a project without one inside the first, and the tool's alone beside them.
    fn world(&self, is_before: bool) -> World {
        let mut world = World::new(self.shell);
        for (name, value) in [
            ("DIRENV_LOG_FORMAT", ""),
            ("MISE_OFFLINE", "1"),
            ("AUTOENV_ASSUME_YES", "1"),
            ("AUTOENV_ENABLE_LEAVE", "1"),
            ("AWS_PROFILE", "mine"),
            ("AWS_REGION", "us-west-2"),
        ] {
            world.set(name, value);
        }
        for (variable, needed) in [("MISE", "mise"), ("AUTOENV", "autoenv")] {
            if let Some(path) = self.needs.filter(|needs| *needs == needed).and_then(find) {
                world.set(variable, path);
            }
        }
        if self.name == "shadowenv" {
            world.program("bin/shadowenv", SHADOWENV);
            world.set(
                "PATH",
                format!("{}:/usr/local/bin:/usr/bin:/bin", world.path("bin").display()),
            );
        }
        if self.name == "ondir" {
            let rules = if self.shell == Fish {
                ONDIR_FILE_FISH
            } else {
                ONDIR_FILE
            };
            world.write(".ondirrc", rules);
        }
        world.project("one", "profile = \"work\"\n");
        world.project("two", "profile = \"home\"\n");
        world.project("one/deep", "profile = \"home\"\n");
        self.write(&world, "one", "infra");
        self.write(&world, "two", "second");
        self.write(&world, "tool", "alone");
        world.settle();
        let lines = format!("{}\n{}\n", self.load, self.place);
        if is_before {
            world.before_hook = lines;
        } else {
            world.after_hook = lines;
        }
        world
    }
}

/// Both at once, straight from one into the other, nested, an edit inside, and out.
fn in_and_out(tool: &Tool, is_before: bool) {
    let world = tool.world(is_before);
    let place = format!("{} in {}, before: {is_before}", tool.name, tool.shell.name());
    let mut terminal = world.start();
    terminal.record();
    let before = terminal.record();
    assert_eq!(account(&before), MINE, "{place}");
    let go = |terminal: &mut Terminal, directory: &str| {
        let path = world.path(directory);
        terminal.run(&format!("cd {}", tool.shell.quote(path.to_str().unwrap())))
    };
    for (directory, wanted) in [
        ("one", WORK),
        ("two", HOME),
        ("one", WORK),
        ("one/deep", HOME),
        ("one", WORK),
        ("two", HOME),
        ("one/deep", HOME),
    ] {
        let turn = go(&mut terminal, directory);
        assert_eq!(account(&turn), wanted, "{place}, in {directory}: {}", turn.stderr);
    }
    go(&mut terminal, "one");
    tool.write(&world, "one", "edited");
    terminal.send(tool.shell.nothing());
    // A tool may notice the edit a prompt later.
    let mut turns = (0..4).map(|_| account(&terminal.record()).map(|value| value.map(str::to_owned)));
    let wanted = WORK.map(|value| value.map(str::to_owned));
    assert!(turns.any(|turn| turn == wanted), "{place}, edited");
    let after = go(&mut terminal, "");
    assert_eq!(account(&after), MINE, "{place}, outside: {}", after.stderr);
    let last = terminal.record();
    for name in ["CLAUDE_BEDROCK_STATE", "CLAUDE_BEDROCK_ACTIVE", "CLAUDE_BEDROCK_BEFORE"] {
        assert_eq!(last.get(name), None, "{place}: {name} is left");
    }
}

/// Through a directory that the tool has alone, and with a choice that goes along and ends inside.
fn alone_and_chosen(tool: &Tool, is_before: bool) {
    // What a tool will put back later that says nothing, nobody can tell when its directory is entered.
    if !["direnv", "mise", "shadowenv"].contains(&tool.name) {
        return;
    }
    let world = tool.world(is_before);
    let place = format!("{} in {}, before: {is_before}", tool.name, tool.shell.name());
    let mut terminal = world.start();
    terminal.record();
    let go = |terminal: &mut Terminal, directory: &str| {
        let path = world.path(directory);
        terminal.run(&format!("cd {}", tool.shell.quote(path.to_str().unwrap())))
    };
    let alone = [Some("alone"), Some("us-east-2"), None];
    go(&mut terminal, "one");
    let turn = go(&mut terminal, "tool");
    assert_eq!(
        account(&turn),
        alone,
        "{place}: straight to the tool's: {}",
        turn.stderr
    );
    assert_eq!(account(&go(&mut terminal, "")), MINE, "{place}: out of the tool's");
    terminal.run("claude-bedrock use home");
    let turn = go(&mut terminal, "tool");
    assert_eq!(account(&turn), HOME, "{place}: chosen, in the tool's: {}", turn.stderr);
    let turn = go(&mut terminal, "");
    assert_eq!(
        account(&turn),
        HOME,
        "{place}: chosen, out of the tool's: {}",
        turn.stderr
    );
    go(&mut terminal, "tool");
    let turn = terminal.run("claude-bedrock use --clear");
    assert_eq!(account(&turn), alone, "{place}: cleared in the tool's: {}", turn.stderr);
    assert_eq!(account(&go(&mut terminal, "")), MINE, "{place}: out");
    let turn = terminal.run("claude-bedrock use --clear");
    assert_eq!(account(&turn), MINE, "{place}: cleared: {}", turn.stderr);
}

fn beside(shell: Shell, check: fn(&Tool, bool)) {
    shell.need();
    for tool in TOOLS.iter().filter(|tool| tool.shell == shell) {
        if tool.needs.is_some_and(|needed| have(needed).is_none()) {
            continue;
        }
        for is_before in [true, false]
            .into_iter()
            .filter(|is_before| !(*is_before && tool.after))
        {
            check(tool, is_before);
        }
    }
}

#[test]
fn in_and_out_in_bash() {
    beside(Bash, in_and_out);
}

#[test]
fn in_and_out_in_zsh() {
    beside(Zsh, in_and_out);
}

#[test]
fn in_and_out_in_fish() {
    beside(Fish, in_and_out);
}

#[test]
fn in_and_out_in_powershell() {
    beside(Powershell, in_and_out);
}

/// What else stands in `.envrc`: variables that are taken away, keys, a file above, another file.
const ENVRC: &[&str] = &[
    "unset AWS_PROFILE AWS_REGION ANTHROPIC_MODEL\n",
    "export AWS_ACCESS_KEY_ID=VALUE AWS_SECRET_ACCESS_KEY=s AWS_SESSION_TOKEN=t\nunset AWS_PROFILE\n",
    "source_up_if_exists\nexport AWS_REGION=us-east-2 CLAUDE_CODE_USE_VERTEX=1\n",
    "export AWS_VAULT=VALUE AWS_PROFILE=VALUE AWS_DEFAULT_PROFILE=VALUE\nexport AWS_PROFILE=\n",
    "echo AWS_PROFILE=VALUE >.env\ndotenv\nlayout node\n",
];

#[test]
fn whatever_stands_in_envrc_gives_way_and_comes_back() {
    if have("direnv").is_none() {
        return;
    }
    for tool in TOOLS
        .iter()
        .filter(|tool| tool.name == "direnv" && tool.shell.program().is_some())
    {
        for (number, text) in ENVRC.iter().enumerate() {
            let tool = Tool {
                file: (".envrc", text),
                ..*tool
            };
            in_and_out(&tool, number % 2 == 0);
        }
    }
}

#[test]
fn alone_and_chosen_in_bash() {
    beside(Bash, alone_and_chosen);
}

#[test]
fn alone_and_chosen_in_zsh() {
    beside(Zsh, alone_and_chosen);
}

#[test]
fn alone_and_chosen_in_fish() {
    beside(Fish, alone_and_chosen);
}

#[test]
fn alone_and_chosen_in_powershell() {
    beside(Powershell, alone_and_chosen);
}

/// The recipe of docs/ci.md sets the profile's variables itself: with the hook, before and after it, and without.
fn by_recipe(shell: Shell) {
    shell.need();
    if have("direnv").is_none() {
        return;
    }
    let recipe = include_str!("../../../docs/ci.md");
    let line = recipe.lines().find(|line| line.starts_with("direnv_load")).unwrap();
    let line = line.replace("claude-bedrock", PROGRAM);
    let tool = Tool {
        name: "direnv by the recipe",
        shell,
        load: TOOLS.iter().find(|tool| tool.shell == shell).unwrap().load,
        place: "",
        needs: Some("direnv"),
        file: (".envrc", ""),
        allow: Some("direnv allow"),
        after: false,
    };
    for order in ["before", "after", "alone"] {
        let world = tool.world(order == "before");
        for directory in ["one", "two"] {
            world.write(
                format!("{directory}/.envrc"),
                format!("{line}\nwatch_file .claude-bedrock.toml\n"),
            );
            let allowed = world
                .command("direnv")
                .args(["allow", directory])
                .current_dir(world.home())
                .output();
            assert!(allowed.unwrap().status.success());
        }
        world.settle();
        let mut terminal = if order == "alone" {
            world.start_with_rc(tool.load)
        } else {
            world.start()
        };
        terminal.record();
        let place = format!("{}, {order}", shell.name());
        for (directory, wanted) in [
            ("one", WORK),
            ("", MINE),
            ("two", HOME),
            ("one", WORK),
            ("two", HOME),
            ("", MINE),
            ("one", WORK),
        ] {
            let path = world.path(directory);
            let turn = terminal.run(&format!("cd {}", shell.quote(path.to_str().unwrap())));
            assert_eq!(account(&turn), wanted, "{place}, in {directory}: {}", turn.stderr);
            assert!(
                !turn.stderr.contains("not as"),
                "{place}, in {directory}: {}",
                turn.stderr
            );
        }
        let edited = world.project("one", "profile = \"home\"\n");
        // A prompt may have seen it before it was allowed, and direnv looks at the time alone.
        set_time(&edited, SystemTime::now() - Duration::from_hours(1));
        let said = terminal.run(shell.nothing()).stderr;
        let turn = terminal.run(shell.nothing());
        assert_eq!(account(&turn), HOME, "{place}, edited: {said}{}", turn.stderr);
        let path = world.home();
        let turn = terminal.run(&format!("cd {}", shell.quote(path.to_str().unwrap())));
        assert_eq!(account(&turn), MINE, "{place}, out: {}", turn.stderr);
        let last = terminal.record();
        assert_eq!(last.get("CLAUDE_BEDROCK_STATE"), None, "{place}");
    }
}

#[test]
fn by_the_recipe_in_bash() {
    by_recipe(Bash);
}

#[test]
fn by_the_recipe_in_zsh() {
    by_recipe(Zsh);
}

#[test]
fn by_the_recipe_in_fish() {
    by_recipe(Fish);
}

/// VS Code's shell integration for fish (1.10x): the variables that its settings and extensions give to terminals are set
/// while the first prompt is drawn (`__vsc_apply_env_vars` of `shellIntegration.fish`).
const VSCODE_FISH: &str = r#"
function __vsc_apply_env_vars
    if test -n "$VSCODE_ENV_REPLACE"
        set ITEMS (string split : $VSCODE_ENV_REPLACE)
        for B in $ITEMS
            set split (string split -m1 = $B)
            set -gx "$split[1]" (echo -e "$split[2]")
        end
        set -e VSCODE_ENV_REPLACE
    end
end
function __preserve_fish_prompt --on-event fish_prompt
    functions --query fish_prompt; or function fish_prompt; end
    functions --copy fish_prompt __vsc_fish_prompt
    functions --erase __preserve_fish_prompt
    function fish_prompt
        __vsc_apply_env_vars
        __vsc_fish_prompt
    end
end
"#;

/// What an editor gives to its terminals is the shell's own, though it comes with the first prompt.
#[test]
fn what_comes_with_the_first_prompt_is_the_shells_own() {
    Fish.need();
    for is_before in [true, false] {
        for directory in ["", "one"] {
            let mut world = World::new(Fish);
            world.set("AWS_PROFILE", "old");
            world.set("VSCODE_ENV_REPLACE", "AWS_PROFILE=mine:AWS_REGION=us-west-2");
            world.project("one", "profile = \"work\"\n");
            world.project("two", "profile = \"home\"\n");
            world.settle();
            let start = format!("cd {}\n", world.path(directory).display());
            if is_before {
                world.before_hook = start + VSCODE_FISH;
            } else {
                world.before_hook = start;
                world.after_hook = VSCODE_FISH.to_owned();
            }
            let mut terminal = world.start();
            let first = terminal.record();
            let wanted = if directory.is_empty() { MINE } else { WORK };
            assert_eq!(account(&first), wanted, "{is_before}: {}", first.stderr);
            for (directory, wanted) in [("one", WORK), ("two", HOME), ("", MINE)] {
                let turn = terminal.run(&format!("cd {}", world.path(directory).display()));
                assert_eq!(account(&turn), wanted, "{is_before}, {directory}: {}", turn.stderr);
            }
        }
    }
}

/// A user's own line that sets a value at each prompt.
const EACH_PROMPT: &[(Shell, &str)] = &[
    (
        Bash,
        "PROMPT_COMMAND=\"$PROMPT_COMMAND\"$'\\n''export AWS_REGION=eu-north-1'",
    ),
    (
        Zsh,
        "set_it() { export AWS_REGION=eu-north-1 }; precmd_functions+=(set_it)",
    ),
    (
        Fish,
        "function set_it --on-event fish_prompt; set -gx AWS_REGION eu-north-1; end",
    ),
    (
        Powershell,
        "$inner = $function:prompt; function prompt { $env:AWS_REGION = 'eu-north-1'; & $inner }",
    ),
];

#[test]
fn what_sets_a_value_at_each_prompt_is_told_and_costs_no_process_for_ever() {
    for (shell, line) in EACH_PROMPT.iter().filter(|(shell, _)| shell.program().is_some()) {
        let mut world = World::new(*shell);
        world.set("AWS_PROFILE", "mine");
        world.project("one", "profile = \"work\"\n");
        world.settle();
        world.after_hook = format!("{line}\n");
        let calls = world.count_calls();
        let mut terminal = world.start();
        terminal.record();
        let mut said = terminal.run("cd one").stderr;
        for _ in 0..6 {
            said += &terminal.run(shell.nothing()).stderr;
        }
        let before = calls();
        let turn = terminal.run(shell.nothing());
        assert_eq!(calls(), before, "{}", shell.name());
        assert_eq!(turn.get("AWS_REGION"), Some("eu-north-1"), "{}", shell.name());
        assert_eq!(turn.get("AWS_PROFILE"), Some("bedrock-work"), "{}", shell.name());
        let words = "AWS_REGION is eu-north-1, not eu-west-1";
        assert_eq!(said.matches(words).count(), 1, "{}: {said}", shell.name());
        let turn = terminal.run("cd ..");
        assert_eq!(
            turn.get("AWS_PROFILE"),
            Some("mine"),
            "{}: {}",
            shell.name(),
            turn.stderr
        );
    }
}

/// The rows of the table of docs/shells.md, by the tests that they stand for; each with every shell that it runs in.
fn tested() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let here = TOOLS.iter().map(|tool| (tool.name, tool.shell));
    let editor = [("VS Code's variables for terminals", Fish)];
    let mut rows: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (name, shell) in here.chain(editor).chain(switched::rows()).chain(changed::rows()) {
        rows.entry(name).or_default().insert(shell.name());
    }
    rows
}

/// Both ways: what is tested is documented for these shells, and what is documented is tested.
#[test]
fn the_table_of_the_documentation_is_the_table_of_the_tests() {
    let text = include_str!("../../../docs/shells.md");
    let start = text.find("| Tool | Shells |").unwrap();
    let documented: BTreeMap<&str, BTreeSet<String>> = text[start..]
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let mut cells = line.trim_matches('|').split('|').map(str::trim);
            let (name, shells) = (cells.next().unwrap(), cells.next().unwrap());
            (name, shells.split(", ").map(str::to_lowercase).collect())
        })
        .collect();
    let tested = tested();
    for (name, shells) in &documented {
        // What stands behind the name explains it.
        let found = tested.iter().find(|(tool, _)| {
            let rest = name.strip_prefix(**tool);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', ',']))
        });
        let (_, run) = found.unwrap_or_else(|| panic!("no test has the row {name} of docs/shells.md"));
        assert!(run.iter().copied().eq(shells.iter()), "{name}: {run:?} are tested");
    }
    for name in tested.keys() {
        let is_it = |row: &&&str| row.starts_with(*name);
        assert!(
            documented.keys().find(is_it).is_some(),
            "docs/shells.md has no row for {name}"
        );
    }
}
