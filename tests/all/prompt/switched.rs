//! What is switched on and off by hand and sets the variables of a profile: inside, it stays and one line says so, until
//! it is switched off or a profile is asked for; outside and in another project there is never what a profile that was
//! left had set.

use crate::support::need::{have, need};
use crate::support::terminal::{Terminal, Turn};
use crate::support::{Shell, World};

use Shell::{Bash, Fish, Powershell, Zsh};

/// A tool that is switched on by `on` and off by `off`, which set `AWS_PROFILE` to `infra` and `AWS_REGION` to
/// `us-east-2`, and put back what was there.
struct Tool {
    name: &'static str,
    shells: &'static [Shell],
    load: &'static str,
    /// Whether it tells in the environment what it will put back.
    tells: bool,
}

/// `conda activate` and `conda deactivate` of conda 24 with variables of an environment (`conda/activate.py`), which
/// leaves what it has kept behind.
const CONDA_POSIX: &str = r#"
on() {
    local name old level=${CONDA_SHLVL:-0}
    for name in AWS_PROFILE AWS_REGION; do
        eval "old=\${$name-}"
        [ -z "$old" ] || export "__CONDA_SHLVL_${level}_$name=$old"
    done
    export CONDA_SHLVL=$((level + 1)) AWS_PROFILE=infra AWS_REGION=us-east-2
}
off() {
    local name old level=$((CONDA_SHLVL - 1))
    export CONDA_SHLVL=$level
    for name in AWS_PROFILE AWS_REGION; do
        eval "old=\${__CONDA_SHLVL_${level}_$name-}"
        if [ -n "$old" ]; then export "$name=$old"; else unset "$name"; fi
    done
}
"#;
const CONDA_FISH: &str = r#"
function on
    set -q CONDA_SHLVL; or set -gx CONDA_SHLVL 0
    for name in AWS_PROFILE AWS_REGION
        set -q $name; and set -gx __CONDA_SHLVL_"$CONDA_SHLVL"_$name $$name
    end
    set -gx CONDA_SHLVL (math $CONDA_SHLVL + 1)
    set -gx AWS_PROFILE infra
    set -gx AWS_REGION us-east-2
end
function off
    set -gx CONDA_SHLVL (math $CONDA_SHLVL - 1)
    for name in AWS_PROFILE AWS_REGION
        set -l old __CONDA_SHLVL_"$CONDA_SHLVL"_$name
        if set -q $old; set -gx $name $$old; else; set -e $name; end
    end
end
"#;
const CONDA_POWERSHELL: &str = r#"
function global:on {
    $level = [int] "0$env:CONDA_SHLVL"
    foreach ($name in 'AWS_PROFILE', 'AWS_REGION') {
        $old = (Get-Item "Env:$name" -ErrorAction Ignore).Value
        if ($old) { Set-Item "Env:__CONDA_SHLVL_${level}_$name" $old }
    }
    $env:CONDA_SHLVL = $level + 1; $env:AWS_PROFILE = 'infra'; $env:AWS_REGION = 'us-east-2'
}
function global:off {
    $level = [int] $env:CONDA_SHLVL - 1
    $env:CONDA_SHLVL = $level
    foreach ($name in 'AWS_PROFILE', 'AWS_REGION') {
        Set-Item "Env:$name" (Get-Item "Env:__CONDA_SHLVL_${level}_$name" -ErrorAction Ignore).Value
    }
}
"#;
/// `pushenv` as Environment Modules 5.2 keeps it, and as Lmod 8.6 does.
const MODULES: &str = r#"
on() {
    export __MODULES_PUSHENV_AWS_PROFILE="aws&infra:&$AWS_PROFILE" __MODULES_PUSHENV_AWS_REGION="aws&us-east-2:&$AWS_REGION"
    export AWS_PROFILE=infra AWS_REGION=us-east-2
}
off() {
    export AWS_PROFILE=${__MODULES_PUSHENV_AWS_PROFILE##*:&} AWS_REGION=${__MODULES_PUSHENV_AWS_REGION##*:&}
    unset __MODULES_PUSHENV_AWS_PROFILE __MODULES_PUSHENV_AWS_REGION
}
"#;
const LMOD: &str = r#"
on() {
    export __LMOD_STACK_AWS_PROFILE="aW5mcmE=:$(printf %s "$AWS_PROFILE" | base64)" __LMOD_STACK_AWS_REGION="dXMtZWFzdC0y:$(printf %s "$AWS_REGION" | base64)"
    export AWS_PROFILE=infra AWS_REGION=us-east-2
}
off() {
    export AWS_PROFILE="$(printf %s "${__LMOD_STACK_AWS_PROFILE##*:}" | base64 -d)" AWS_REGION="$(printf %s "${__LMOD_STACK_AWS_REGION##*:}" | base64 -d)"
    unset __LMOD_STACK_AWS_PROFILE __LMOD_STACK_AWS_REGION
}
"#;
/// Scripts in `activate.d` of a conda environment, as conda-forge's packages have them.
const BACKUP: &str = r"
on() {
    export CONDA_BACKUP_AWS_PROFILE=$AWS_PROFILE CONDA_BACKUP_AWS_REGION=$AWS_REGION AWS_PROFILE=infra AWS_REGION=us-east-2
}
off() {
    export AWS_PROFILE=$CONDA_BACKUP_AWS_PROFILE AWS_REGION=$CONDA_BACKUP_AWS_REGION
    unset CONDA_BACKUP_AWS_PROFILE CONDA_BACKUP_AWS_REGION
}
";
/// virtualenv's way, and virtualenvwrapper's `postactivate`: nothing is exported.
const VIRTUALENV: &str = r"
on() {
    _OLD_VIRTUAL_AWS_PROFILE=$AWS_PROFILE _OLD_VIRTUAL_AWS_REGION=$AWS_REGION
    export AWS_PROFILE=infra AWS_REGION=us-east-2
}
off() {
    export AWS_PROFILE=$_OLD_VIRTUAL_AWS_PROFILE AWS_REGION=$_OLD_VIRTUAL_AWS_REGION
    unset _OLD_VIRTUAL_AWS_PROFILE _OLD_VIRTUAL_AWS_REGION
}
";
const VIRTUALENV_FISH: &str = r"
function on
    set -g _OLD_VIRTUAL_AWS_PROFILE $AWS_PROFILE
    set -g _OLD_VIRTUAL_AWS_REGION $AWS_REGION
    set -gx AWS_PROFILE infra
    set -gx AWS_REGION us-east-2
end
function off
    set -gx AWS_PROFILE $_OLD_VIRTUAL_AWS_PROFILE
    set -gx AWS_REGION $_OLD_VIRTUAL_AWS_REGION
    set -e _OLD_VIRTUAL_AWS_PROFILE _OLD_VIRTUAL_AWS_REGION
end
";
/// Python's own `venv`, with lines of the user's in its scripts: how each shell calls it.
const VENV: &str = "on() { . ~/env/bin/activate; }\noff() { deactivate; }\n";
const VENV_FISH: &str = "function on; source ~/env/bin/activate.fish; end\nfunction off; deactivate; end\n";
const VENV_POWERSHELL: &str = "function global:on { . ~/env/bin/Activate.ps1 }\nfunction global:off { deactivate }\n";

/// A script of `venv`, the line that begins its `deactivate`, what is put behind that, and at the script's end.
const VENV_SCRIPTS: [[&str; 4]; 3] = [
    [
        "activate",
        "deactivate () {",
        r#"if [ -n "${_OLD_VIRTUAL_AWS_PROFILE:-}" ]; then
            export AWS_PROFILE="$_OLD_VIRTUAL_AWS_PROFILE" AWS_REGION="$_OLD_VIRTUAL_AWS_REGION"
            unset _OLD_VIRTUAL_AWS_PROFILE _OLD_VIRTUAL_AWS_REGION
        fi"#,
        "_OLD_VIRTUAL_AWS_PROFILE=$AWS_PROFILE _OLD_VIRTUAL_AWS_REGION=$AWS_REGION\nexport AWS_PROFILE=infra AWS_REGION=us-east-2",
    ],
    [
        "activate.fish",
        "function deactivate",
        r#"if test -n "$_OLD_VIRTUAL_AWS_PROFILE"
            set -gx AWS_PROFILE $_OLD_VIRTUAL_AWS_PROFILE
            set -gx AWS_REGION $_OLD_VIRTUAL_AWS_REGION
            set -e _OLD_VIRTUAL_AWS_PROFILE _OLD_VIRTUAL_AWS_REGION
        end"#,
        "set -g _OLD_VIRTUAL_AWS_PROFILE $AWS_PROFILE\nset -g _OLD_VIRTUAL_AWS_REGION $AWS_REGION\nset -gx AWS_PROFILE infra\nset -gx AWS_REGION us-east-2",
    ],
    [
        "Activate.ps1",
        "function global:deactivate",
        r"if (Test-Path Env:_OLD_VIRTUAL_AWS_PROFILE) {
            foreach ($name in 'AWS_PROFILE', 'AWS_REGION') {
                Copy-Item Env:_OLD_VIRTUAL_$name Env:$name; Remove-Item Env:_OLD_VIRTUAL_$name
            }
        }",
        "Copy-Item Env:AWS_PROFILE Env:_OLD_VIRTUAL_AWS_PROFILE; Copy-Item Env:AWS_REGION Env:_OLD_VIRTUAL_AWS_REGION\n$Env:AWS_PROFILE = 'infra'; $Env:AWS_REGION = 'us-east-2'",
    ],
];

/// Makes such an environment, `~/env`.
fn make_venv(world: &mut World) {
    world.set("VIRTUAL_ENV_DISABLE_PROMPT", "1");
    let mut command = world.command(need("python3"));
    let output = command.args(["-m", "venv", "--without-pip", "env"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for [script, begins, inside, end] in VENV_SCRIPTS {
        let path = world.path("env/bin").join(script);
        let text = std::fs::read_to_string(&path).unwrap();
        let lines = text.lines().map(|line| {
            if line.starts_with(begins) {
                format!("{line}\n{inside}\n")
            } else {
                format!("{line}\n")
            }
        });
        let mut text: String = lines.collect();
        assert!(text.contains(inside), "{script}: {text}");
        // PowerShell's ends with a signature.
        let at = text.find("# SIG # Begin").unwrap_or(text.len());
        text.insert_str(at, &format!("{end}\n"));
        std::fs::write(&path, text).unwrap();
    }
}

/// What keeps the old values where nobody can see them: in the text of a function.
const CLOSURE: &str = r#"
on() {
    eval "off() { export AWS_PROFILE='$AWS_PROFILE' AWS_REGION='$AWS_REGION'; }"
    export AWS_PROFILE=infra AWS_REGION=us-east-2
}
"#;

const fn tool(name: &'static str, shells: &'static [Shell], load: &'static str, tells: bool) -> Tool {
    Tool {
        name,
        shells,
        load,
        tells,
    }
}

const TOOLS: &[Tool] = &[
    tool("conda (variables of an environment)", &[Bash, Zsh], CONDA_POSIX, true),
    tool("conda (variables of an environment)", &[Fish], CONDA_FISH, true),
    tool(
        "conda (variables of an environment)",
        &[Powershell],
        CONDA_POWERSHELL,
        true,
    ),
    tool("Environment Modules (`pushenv`)", &[Bash, Zsh], MODULES, true),
    tool("Lmod (`pushenv`)", &[Bash, Zsh], LMOD, true),
    tool("scripts that keep `CONDA_BACKUP_…`", &[Bash, Zsh], BACKUP, true),
    tool("a virtual environment's scripts", &[Bash, Zsh], VIRTUALENV, true),
    tool("a virtual environment's scripts", &[Fish], VIRTUALENV_FISH, true),
    tool("Python's `venv`", &[Bash, Zsh], VENV, true),
    tool("Python's `venv`", &[Fish], VENV_FISH, true),
    tool("Python's `venv`", &[Powershell], VENV_POWERSHELL, true),
    tool("what keeps the old values out of sight", &[Bash, Zsh], CLOSURE, false),
];

type Account = [Option<&'static str>; 3];

const MODEL: Option<&str> = Some("eu.anthropic.claude-sonnet-4-6");
const WORK: Account = [Some("bedrock-work"), Some("eu-west-1"), MODEL];
const HOME: Account = [Some("own"), Some("us-east-1"), None];
const MINE: Account = [Some("mine"), Some("us-west-2"), None];
const ON: Account = [Some("infra"), Some("us-east-2"), None];
const ON_IN_WORK: Account = [Some("infra"), Some("us-east-2"), MODEL];

/// What is typed, and what holds then.
type Way = &'static [(&'static str, Account)];

const WAYS: &[Way] = &[
    &[("one", WORK), ("on", ON_IN_WORK), ("off", WORK), ("", MINE)],
    &[("one", WORK), ("on", ON_IN_WORK), ("", ON), ("off", MINE)],
    &[
        ("one", WORK),
        ("on", ON_IN_WORK),
        ("two", HOME),
        ("off", HOME),
        ("", MINE),
    ],
    &[
        ("on", ON),
        ("one", WORK),
        ("two", HOME),
        ("one/deep", HOME),
        ("", ON),
        ("off", MINE),
    ],
];

/// What can be known of those alone that tell.
const WAYS_OF_THOSE_THAT_TELL: &[Way] = &[
    &[
        ("one", WORK),
        ("on", ON_IN_WORK),
        ("one/deep", HOME),
        ("one", WORK),
        ("off", WORK),
        ("", MINE),
    ],
    &[("on", ON), ("one", WORK), ("off", WORK), ("two", HOME), ("", MINE)],
    &[
        ("one", WORK),
        ("on", ON_IN_WORK),
        ("claude-bedrock use --clear", WORK),
        ("", MINE),
        ("off", MINE),
    ],
];

fn account(turn: &Turn) -> [Option<&str>; 3] {
    ["AWS_PROFILE", "AWS_REGION", "ANTHROPIC_MODEL"].map(|name| turn.get(name))
}

fn go(tool: &Tool, shell: Shell, way: Way, is_before: bool) {
    let mut world = World::new(shell);
    world.set("AWS_PROFILE", "mine");
    world.set("AWS_REGION", "us-west-2");
    world.project("one", "profile = \"work\"\n");
    world.project("two", "profile = \"home\"\n");
    world.project("one/deep", "profile = \"home\"\n");
    if tool.name.contains("venv") {
        make_venv(&mut world);
    }
    world.settle();
    if is_before {
        tool.load.clone_into(&mut world.before_hook);
    } else {
        tool.load.clone_into(&mut world.after_hook);
    }
    let place = format!("{} in {}, before: {is_before}", tool.name, shell.name());
    let mut terminal: Terminal = world.start();
    terminal.record();
    let mut done = String::new();
    for (step, wanted) in way {
        let is_directory = !matches!(*step, "on" | "off") && !step.contains(' ');
        let turn = if is_directory {
            let path = world.path(step);
            terminal.run(&format!("cd {}", shell.quote(path.to_str().unwrap())))
        } else {
            terminal.run(step)
        };
        done += &format!(" {step:?}");
        assert_eq!(account(&turn), *wanted, "{place}, after{done}: {}", turn.stderr);
        if *wanted == ON_IN_WORK {
            let words = "AWS_PROFILE is infra, not bedrock-work";
            assert!(turn.stderr.contains(words), "{place}, after{done}: {}", turn.stderr);
        }
    }
    let last = terminal.record();
    assert_eq!(last.get("CLAUDE_BEDROCK_STATE"), None, "{place}, after{done}");
}

/// All tools and ways of one shell.
fn switch(shell: Shell) {
    shell.need();
    for tool in TOOLS.iter().filter(|tool| tool.shells.contains(&shell)) {
        if tool.name.contains("venv") && have("python3").is_none() {
            continue;
        }
        let more = if tool.tells { WAYS_OF_THOSE_THAT_TELL } else { &[] };
        for (index, way) in WAYS.iter().chain(more).enumerate() {
            go(tool, shell, way, index % 2 == 0);
        }
    }
}

#[test]
fn what_is_switched_by_hand_in_bash() {
    switch(Bash);
}

#[test]
fn what_is_switched_by_hand_in_zsh() {
    switch(Zsh);
}

#[test]
fn what_is_switched_by_hand_in_fish() {
    switch(Fish);
}

#[test]
fn what_is_switched_by_hand_in_powershell() {
    switch(Powershell);
}

/// The rows of the table of docs/shells.md that are tested here.
pub fn rows() -> impl Iterator<Item = (&'static str, Shell)> {
    TOOLS
        .iter()
        .flat_map(|tool| tool.shells.iter().map(|shell| (tool.name, *shell)))
}
