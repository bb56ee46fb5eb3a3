//! What only PowerShell has: a prompt that ends at the first error, prompts and actions that other tools replace,
//! preferences and variables of the user's that reach into functions, functions that are no programs, modules.
//! Each kind is a table; a row is one script in the real shell.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::support::need::need;
use crate::support::typist::Typist;
use crate::support::world::PROGRAM;
use crate::support::{Shell, World, stderr, stdout};

/// A shell with a project `repo` that wants the profile `work`.
fn world() -> World {
    need("PowerShell");
    let world = World::new(Shell::Powershell);
    world.project("repo", "profile = \"work\"\n");
    world.directory("repo/deep");
    world.settle();
    world
}

/// Runs a script after the hook's line, and returns its lines and what was said on stderr.
fn script(world: &World, before: &str, after: &str) -> (Vec<String>, String) {
    let output = world.script(&format!("{before}\n{}\n{after}", world.load_line()));
    (stdout(&output).lines().map(str::to_owned).collect(), stderr(&output))
}

/// Enters and leaves by `cd` and by the prompt, uses a profile by hand, and shows what is set each time.
const JOURNEY: &str = "\
function held { \"$([Environment]::GetEnvironmentVariable('AWS_PROFILE'))\" }
cd repo; held
$null = prompt; held
cd ..; held
claude-bedrock --quiet use home; held
$null = prompt
claude-bedrock use --clear; held
cd repo; [IO.File]::WriteAllText(\"$HOME/repo/.claude-bedrock.toml\", \"profile = `\"home`\"`n\"); claude-bedrock --quiet allow >$null
$null = prompt; held
\"end $(prompt)\"";

/// What [`JOURNEY`] shows.
const SHOWN: [&str; 7] = ["bedrock-work", "bedrock-work", "", "own", "", "own", "end > "];

#[test]
fn what_the_user_has_set_changes_nothing() {
    let mut world = world();
    world.hook_options = "--wrap probe --alias cb --quiet".into();
    let project = world.path("repo/.claude-bedrock.toml");
    let own = |names: &[&str], options: &str| {
        let names = names.join("','");
        format!(
            "foreach ($n in '{names}') {{ Set-Variable $n mine -Option {options} -Scope Global -ErrorAction Ignore }}\n"
        )
    };
    // Names of PowerShell's, and such as a hook might have.
    let names = [
        "status",
        "output",
        "process",
        "start",
        "program",
        "arguments",
        "name",
        "line",
        "lines",
        "path",
        "text",
        "value",
        "command",
        "word",
        "words",
        "i",
        "here",
        "answer",
        "module",
        "action",
        "hook",
        "succeeded",
        "result",
        "directory",
    ];
    let rows = [
        String::new(),
        "Set-StrictMode -Version Latest; $ErrorActionPreference = 'Stop'".into(),
        "$ErrorActionPreference = 'Ignore'".into(),
        "$WhatIfPreference = $true".into(),
        "$ConfirmPreference = 'Low'".into(),
        "$VerbosePreference = $DebugPreference = $InformationPreference = 'Continue'".into(),
        "$OFS = 'x'".into(),
        "$PSDefaultParameterValues['*:ErrorAction'] = 'Stop'; $PSDefaultParameterValues['*:OutVariable'] = 'mine'".into(),
        "$PSNativeCommandUseErrorActionPreference = $true; $ErrorActionPreference = 'Stop'".into(),
        "$OutputEncoding = [Text.Encoding]::Unicode".into(),
        "$global:pwd = 'hunter2'".into(),
        own(&names, "AllScope"),
        own(&names, "ReadOnly"),
        own(&names, "'ReadOnly, AllScope'"),
        "function global:Write-Error { throw 'mine' }; function global:Get-Command { throw 'mine' }; Set-Alias Set-Alias Get-Item".into(),
        "function f { param($Pwd, $Error, $Host2) cd repo; cd .. }; f".into(),
    ];
    for row in rows {
        fs::write(&project, "profile = \"work\"\n").unwrap();
        world.allow(&project);
        world.settle();
        let (shown, said) = script(&world, &format!("function prompt {{ '> ' }}\n{row}"), JOURNEY);
        assert_eq!(
            (shown, said),
            (SHOWN.map(str::to_owned).to_vec(), String::new()),
            "{row}"
        );
    }
}

#[test]
fn the_users_own_variables_stay_as_they_are() {
    let world = world();
    let names = "'cbText', 'status', 'line', 'lines', 'process', 'program', 'words', 'i'";
    let (shown, _) = script(
        &world,
        &format!("foreach ($n in {names}) {{ Set-Variable $n mine -Option AllScope -Scope Global }}"),
        &format!(
            "cd repo; $null = prompt; cd ..; claude-bedrock list >$null; foreach ($n in {names}) {{ if ($n -ne 'cbText') {{ \"$(Get-Variable $n -ValueOnly)\" }} }}"
        ),
    );
    assert_eq!(shown, ["mine"; 7]);
}

#[test]
fn whatever_goes_wrong_is_said_once_and_the_prompt_is_drawn() {
    let mut world = world();
    let program =
        |world: &World, name: &str, text: &str| world.program(format!("stand-ins/{name}"), text).display().to_string();
    // What it says of a profile that is not set then is not looked at.
    let real = format!("{PROGRAM} \"$@\" 2>/dev/null");
    let rows = [
        ("missing", "/nonexistent/claude-bedrock".to_owned()),
        ("not a program", program(&world, "data", "\u{1}\u{2}")),
        ("silent", program(&world, "silent", "#!/bin/sh\nexit 0\n")),
        ("failing", program(&world, "failing", "#!/bin/sh\nexit 126\n")),
        ("killed", program(&world, "killed", "#!/bin/sh\nkill -9 $$\n")),
        (
            "cut short",
            program(&world, "cut", &format!("#!/bin/sh\n{real} | head -c 200\n")),
        ),
        (
            "without its last line",
            program(&world, "last", &format!("#!/bin/sh\n{real} | sed '$d'\n")),
        ),
        ("noise", program(&world, "noise", "#!/bin/sh\necho nonsense\n")),
    ];
    world.hook_options = "--wrap probe".into();
    world.program("bin/probe", "#!/bin/sh\necho probed\n");
    world.set("PATH", format!("{}:/usr/bin:/bin", world.path("bin").display()));
    for (name, program) in rows {
        let (shown, said) = script(
            &world,
            "function prompt { \"$([Environment]::GetEnvironmentVariable('AWS_PROFILE'))> \" }",
            &format!(
                "$global:__ClaudeBedrockProgram = '{program}'\ncd repo; prompt; prompt; probe; \"$?\"\n\
                 $global:__ClaudeBedrockProgram = '{PROGRAM}'\nprompt; $Error.Count"
            ),
        );
        assert_eq!(shown, ["> ", "> ", "False", "bedrock-work> ", "0"], "{name}: {said}");
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(lines.len(), 3, "{name}: {said}");
        assert!(
            lines[0].starts_with("claude-bedrock: ") && lines[0].contains("no profile is set, as before"),
            "{name}: {said}"
        );
        assert!(
            lines[1].starts_with("claude-bedrock: probe is not started"),
            "{name}: {said}"
        );
        assert_eq!(
            lines[2], "claude-bedrock: work (eu-west-1, AWS profile bedrock-work)",
            "{name}"
        );
    }
}

#[test]
fn what_cannot_be_told_counts_as_changed() {
    let world = world();
    // Root may search everything; a link that leads to itself cannot be followed by anybody, and a name may be too long.
    let (shown, said) = script(
        &world,
        "function prompt { '> ' }",
        "cd repo; prompt; & $function:__ClaudeBedrockUpdate.Module { $script:cbNow = [Linq.Enumerable]::Select([string[]] ('/' + 'x' * 5000), $cbTimeOf) }\n\
         __ClaudeBedrockFresh; prompt; __ClaudeBedrockFresh; $Error.Count",
    );
    assert_eq!(shown, ["> ", "False", "> ", "True", "0"], "{said}");
}

#[test]
fn the_hook_comes_back_where_another_tool_has_taken_its_places() {
    let world = world();
    let action = "$ExecutionContext.SessionState.InvokeCommand.LocationChangedAction";
    let handler = "[EventHandler[System.Management.Automation.LocationChangedEventArgs]]";
    let venv = "copy-item function:prompt function:_OLD_VIRTUAL_PROMPT; function global:prompt { '(venv) ' + (_OLD_VIRTUAL_PROMPT) }";
    let deactivate = "copy-item function:_OLD_VIRTUAL_PROMPT function:prompt; remove-item function:_OLD_VIRTUAL_PROMPT";
    let load = world.load_line();
    // Lines, and the prompt that is drawn after all of them.
    let rows = [
        (
            "a theme later",
            "function global:prompt { 'theme> ' }".to_owned(),
            "theme> ",
        ),
        (
            "two themes",
            "function global:prompt { 'a> ' }; cd ..; $null = prompt; function global:prompt { 'b> ' }".into(),
            "b> ",
        ),
        ("a venv later", venv.into(), "(venv) > "),
        (
            "a venv there and back",
            format!("{venv}; cd repo/deep; cd ..; $null = prompt; cd ..; {deactivate}"),
            "> ",
        ),
        ("the hook twice", load.clone(), "> "),
        (
            "the hook after a theme",
            format!("function global:prompt {{ 'theme> ' }}; {load}"),
            "theme> ",
        ),
        (
            "the hook after a venv",
            format!("{venv}; {load}; {deactivate}; {load}"),
            "> ",
        ),
        (
            "an action that throws",
            format!("{action} = [Delegate]::Combine({handler} {{ throw 'theirs' }}, {action})"),
            "> ",
        ),
        ("an action instead", format!("{action} = {handler} {{ }}"), "> "),
        ("no action", format!("{action} = $null"), "> "),
        ("no prompt", "Remove-Item function:prompt".into(), "PS> "),
    ];
    for (name, line, prompt) in rows {
        let (shown, said) = script(
            &world,
            "function prompt { '> ' }",
            &format!(
                "function held {{ \"$([Environment]::GetEnvironmentVariable('AWS_PROFILE'))\" }}\n{line}\n\
                 try {{ cd ~/repo }} catch {{ }}\n$null = prompt; held; try {{ cd ~ }} catch {{ }}; held; try {{ cd ~/repo }} catch {{ }}; held\n\
                 [IO.File]::WriteAllText(\"$HOME/repo/.claude-bedrock.toml\", \"profile = `\"home`\"`n\"); & '{PROGRAM}' --quiet allow >$null\n\
                 $shown = prompt; held; \"$shown\"; ({action}).GetInvocationList().Length -le 3\n\
                 [IO.File]::WriteAllText(\"$HOME/repo/.claude-bedrock.toml\", \"profile = `\"work`\"`n\"); & '{PROGRAM}' --quiet allow >$null"
            ),
        );
        let prompt = if name == "no prompt" {
            format!("PS {}> ", world.path("repo").display())
        } else {
            prompt.to_owned()
        };
        assert_eq!(
            shown,
            ["bedrock-work", "", "bedrock-work", "own", &prompt, "True"],
            "{name}: {said}"
        );
    }
}

#[test]
fn doctor_tells_where_the_hook_stands() {
    let world = world();
    for (line, word) in [
        ("", "called at each prompt"),
        (
            "$null = prompt; $inner = $function:prompt; function global:prompt { & $inner }; $null = prompt",
            "before the hook",
        ),
        (
            "function global:prompt { 'theme> ' }; & $function:__ClaudeBedrockUpdate.Module { $script:cbCalledAt = -1 }",
            "may not call it",
        ),
    ] {
        let (shown, said) = script(
            &world,
            "function prompt { '> ' }",
            &format!("{line}\nclaude-bedrock doctor --offline --verbose"),
        );
        let shown = shown.join("\n") + &said;
        let line = shown
            .lines()
            .find(|line| line.contains("CD03"))
            .unwrap_or_else(|| panic!("{shown}"));
        assert!(line.contains(word), "{word}: {line}");
    }
}

#[test]
fn a_program_gets_the_words_that_it_would_get_without_the_hook() {
    let mut world = world();
    world.hook_options = "--wrap probe --alias cb".into();
    let recorder = "#!/bin/sh\nprintf '%s\\n' \"$@\" >$HOME/words\n";
    world.program("bin/probe", recorder);
    let direct = world.program("direct", recorder);
    let stand_in = world.program(
        "stand-in",
        &format!(
            "#!/bin/sh\ncase $1 in export|expired) exec {PROGRAM} \"$@\";; esac\nprintf '%s\\n' \"$@\" >$HOME/words\n"
        ),
    );
    world.write("globs/a.txt", "");
    world.write("globs/b.txt", "");
    world.set("PATH", format!("{}:/usr/bin:/bin", world.path("bin").display()));
    let rows = [
        "mcp add s -e K=v -- npx -y x",
        "a,b '*.txt' *.txt '~' ~ ~/x '~/x' [ab].txt '[ab].txt'",
        "-a:b -foo.bar --foo.bar --x=y -y:$x -z: $x",
        "$x \"$x\" '$x' \"a $x\" a$x/c $($x) (1+1) @(1,2) $many",
        "$none \"\" '' 007 1.10 0x10 1kb -1 -",
        "-- -- \"--\" '--' -q:r",
        "@many -- b",
        "a @many -- \"$x\" 'y z'",
        "$many,z a,$x \"a\",\"b c\" -p:\"$x y\"",
        "--% a b \"c d\"",
        "a `\n  b",
        "\"a`tb\" 'd\"e' 'back\\' 'a\\\"b' 'é♀'",
        "-Verbose -ErrorAction stop -OutVariable x",
        "x 2>&1",
        "{ a }",
    ];
    let calls = ["claude-bedrock", "cb", "probe", "& 'probe'", ". claude-bedrock"];
    let mut lines = format!(
        "$global:__ClaudeBedrockProgram = '{}'\ncd globs\n$x = '*.txt'; $many = 'p', 'q r'; $none = $null\n\
         function words {{ $w = [IO.File]::ReadAllText(\"$HOME/words\"); [IO.File]::Delete(\"$HOME/words\"); $w -replace \"`n\", '|' }}\n",
        stand_in.display()
    );
    for row in rows {
        lines += &format!("{} {row}\n$wanted = words\n", direct.display());
        for call in calls {
            lines += &format!(
                "{call} {row}\n$got = words; if ($got -cne $wanted) {{ '{} gives ' + $got + ' and not ' + $wanted }}\n",
                call.replace('\'', "''")
            );
        }
    }
    let (shown, said) = script(&world, "", &(lines + "'done'"));
    assert_eq!((shown, said), (vec!["done".to_owned()], String::new()));
}

#[test]
fn the_status_is_the_programs() {
    let mut world = world();
    world.hook_options = "--wrap probe --alias cb".into();
    world.program("bin/probe", "#!/bin/sh\nexit $1\n");
    world.set("PATH", format!("{}:/usr/bin:/bin", world.path("bin").display()));
    for (call, status) in [
        ("probe 5", 5),
        ("claude-bedrock use nosuch", 2),
        ("cb use nosuch", 2),
        ("cb show nosuch", 2),
        ("cb off extra", 2),
    ] {
        let (shown, _) = script(
            &world,
            "",
            &format!(
                "{call}; \"$? $LASTEXITCODE\"\n{call} && 'and'\n{call} || 'or'\n\
                 $PSNativeCommandUseErrorActionPreference = $true; $ErrorActionPreference = 'Stop'\n\
                 try {{ {call}; 'went on' }} catch {{ $_.Exception.GetType().Name }}"
            ),
        );
        assert_eq!(
            shown,
            [
                format!("False {status}"),
                "or".into(),
                "NativeCommandExitException".into()
            ],
            "{call}"
        );
        let output = world.script(&format!("{}\n{call}", world.load_line()));
        assert_eq!(output.status.code(), Some(1), "pwsh -Command {call}");
    }
    let (shown, _) = script(
        &world,
        "",
        "probe 0; \"$? $LASTEXITCODE\"\nclaude-bedrock list >$null && 'and'\ncb --quiet use home && \"$env:AWS_PROFILE\"\ncb -q off; \"$? [$env:AWS_PROFILE]\"",
    );
    assert_eq!(shown, ["True 0", "and", "own", "True []"]);
}

#[test]
fn input_reaches_a_program_as_it_comes() {
    let mut world = world();
    world.hook_options = "--wrap probe --alias cb".into();
    // It answers each line; the one that writes waits for the answer, and would wait for ever.
    let answering = "while read -r line; do echo \"got $line\"; : >$HOME/got; done\n";
    world.program("bin/probe", &format!("#!/bin/sh\n{answering}"));
    let stand_in = world.program(
        "stand-in",
        &format!("#!/bin/sh\ncase $1 in export|expired) exec {PROGRAM} \"$@\";; esac\n{answering}"),
    );
    world.program(
        "bin/slow",
        "#!/bin/sh\necho one; while ! [ -e $HOME/got ]; do sleep 0.01; done; rm $HOME/got; echo two\n",
    );
    world.set("PATH", format!("{}:/usr/bin:/bin", world.path("bin").display()));
    for call in ["probe", "cb x", "claude-bedrock x"] {
        let (shown, said) = script(
            &world,
            "",
            &format!(
                "$global:__ClaudeBedrockProgram = '{}'\nslow | {call}; slow | {call} | ForEach-Object {{ \"$_!\" }}",
                stand_in.display()
            ),
        );
        assert_eq!(shown, ["got one", "got two", "got one!", "got two!"], "{call}: {said}");
    }
}

/// A function gets text from PowerShell; the link that `setup --launcher` makes is a program.
#[test]
fn bytes_reach_claude_code_and_come_from_it_by_the_launchers_link() {
    let mut world = world();
    world.hook_options = "--wrap claude".into();
    world.write(
        ".aws/config",
        "[profile bedrock-work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = work\n",
    );
    world.program(
        "bin/claude",
        "#!/bin/sh\ncat >$HOME/got; shift 2; [ $# = 0 ] || printf '%s|' \"$AWS_PROFILE\" \"$@\" >$HOME/words; printf 'x\\377y'; exit 5\n",
    );
    world.program("bin/source", "#!/bin/sh\nprintf 'a\\377b\\r\\n\\001'\n");
    world.program("bin/sink", "#!/bin/sh\ncat >$HOME/sunk\n");
    world.set("PATH", format!("{}:/usr/bin:/bin", world.path("bin").display()));
    let bin = world.directory(".local/share/claude-bedrock/bin");
    std::os::unix::fs::symlink(PROGRAM, bin.join("claude")).unwrap();
    let (shown, said) = script(
        &world,
        "",
        "cd repo; source | claude -p a,b -- '*.txt' -c:d | sink\nsource | claude >$null && 'and'; \"$LASTEXITCODE\"; Get-Command claude | ForEach-Object CommandType",
    );
    assert_eq!(shown.last().map(String::as_str), Some("Alias"), "{shown:?} {said}");
    assert!(
        shown.contains(&"5".to_owned()) && !shown.contains(&"and".to_owned()),
        "{shown:?} {said}"
    );
    let read = |name: &str| fs::read(world.path(name)).unwrap();
    assert_eq!(read("sunk"), b"x\xffy", "{said}");
    assert_eq!(read("got"), b"a\xffb\r\n\x01", "{said}");
    assert_eq!(read("words"), b"bedrock-work|-p|a,b|--|*.txt|-c:|d|", "{said}");
}

#[test]
fn a_wrapped_command_is_not_started_outside_its_profile() {
    let mut world = world();
    world.hook_options = "--wrap probe".into();
    world.program("bin/probe", "#!/bin/sh\necho probed\n");
    world.set("PATH", format!("{}:/usr/bin:/bin", world.path("bin").display()));
    world.config("[profiles.work]\nauth = { method = \"api-key\", api_key = { command = \"false\" } }\n");
    let (shown, said) = script(&world, "", "cd repo; probe; $?; probe || 'refused'; cd ..; probe");
    assert_eq!(shown, ["False", "refused", "probed"], "{said}");
    assert_eq!(
        said.lines()
            .filter(|line| line.starts_with("claude-bedrock: probe is not started"))
            .count(),
        2,
        "{said}"
    );
}

#[test]
fn a_wrapped_command_is_not_started_where_there_was_no_answer() {
    let mut world = world();
    world.hook_options = "--wrap probe".into();
    world.program("bin/probe", "#!/bin/sh\necho probed\n");
    world.set("PATH", format!("{}:/usr/bin:/bin", world.path("bin").display()));
    let real = format!("{PROGRAM} \"$@\" 2>/dev/null");
    let rows = [
        ("missing", None),
        ("silent", Some("exit 0".to_owned())),
        ("failing", Some("exit 126".to_owned())),
        ("killed", Some("kill -9 $$".to_owned())),
        ("interrupted", Some("kill -2 $$".to_owned())),
        ("cut short", Some(format!("{real} | head -c 200"))),
        ("without its last line", Some(format!("{real} | sed '$d'"))),
        ("noise", Some("echo nonsense".to_owned())),
    ];
    for (what, text) in rows {
        let program = text.map_or_else(
            || "/nonexistent/claude-bedrock".into(),
            |text| world.program("stand-ins/program", &format!("#!/bin/sh\n{text}\n")),
        );
        let lines = format!(
            "$global:__ClaudeBedrockProgram = '{}'\ncd repo; probe; $?; probe || 'refused'; 'x' | probe; & probe\n\
             $global:__ClaudeBedrockProgram = '{PROGRAM}'\nprobe",
            program.display()
        );
        let (shown, said) = script(&world, "", &lines);
        assert_eq!(shown, ["False", "refused", "probed"], "{what}: {said}");
        let refusals = said.matches("claude-bedrock: probe is not started").count();
        assert_eq!(refusals, 4, "{what}: {said}");
    }
}

/// A shell at a terminal, in which `probe` and `claude` are wrapped and say that they were started.
fn typist(mut world: World, rc: &str) -> Typist {
    world.program("bin/probe", "#!/bin/sh\necho \"probed:$AWS_PROFILE.\"\n");
    world.program("bin/claude", "#!/bin/sh\necho \"asked:$AWS_PROFILE.\"\n");
    world.set("PATH", format!("{}:/usr/bin:/bin", world.path("bin").display()));
    world.hook_options = "--wrap probe --wrap claude".into();
    let line = world.load_line();
    Typist::start(world, &format!("{line}\n{rc}\n"))
}

#[test]
fn a_load_that_ctrl_c_has_ended_starts_no_wrapped_command() {
    let world = world();
    let waits = world.program("waits", "#!/bin/sh\necho waits >$HOME/waiting\nexec sleep 1000\n");
    world.config(&format!(
        "[profiles.work]\nregion = \"eu-west-1\"\nauth = {{ method = \"api-key\", api_key = {{ command = \"{}\" }} }}\n",
        waits.display()
    ));
    let mut typist = typist(world, "");
    let waiting = typist.world.path("waiting");
    for line in ["cd repo; probe", "probe", "cd ~; cd repo; claude", "claude"] {
        typist.press(&format!("{line}\r"));
        // Where one load was ended, the wrapped command tries once more.
        let mut shown = String::new();
        while !shown.contains("ready>") {
            shown += &typist.wait_for_any_or(&["ready>"], || waiting.exists());
            if fs::remove_file(&waiting).is_ok() {
                typist.press("\u{3}");
            }
        }
        assert!(
            !shown.contains("probed:") && !shown.contains("asked:"),
            "{line}: {shown}"
        );
    }
    typist.press("cd ~; probe\r");
    typist.wait_for("probed:.");
}

#[test]
fn what_a_key_handler_causes_is_neither_lost_nor_painted_over() {
    let mut typist = typist(
        world(),
        "Set-PSReadLineKeyHandler -Chord Ctrl+g -ScriptBlock { Set-Location ~/repo; [Microsoft.PowerShell.PSConsoleReadLine]::InvokePrompt() }\n\
         Set-PSReadLineKeyHandler -Chord Ctrl+t -ScriptBlock { Set-Location ~; [Microsoft.PowerShell.PSConsoleReadLine]::InvokePrompt() }",
    );
    typist.press("\u{7}");
    typist.press("probe\r");
    let shown = typist.wait_for_prompt_after("probed:bedrock-work.");
    assert_eq!(shown.matches("claude-bedrock: work").count(), 1, "{shown}");
    typist.press("\u{14}");
    typist.press("probe\r");
    let shown = typist.wait_for_prompt_after("probed:.");
    assert_eq!(shown.matches("claude-bedrock: left work").count(), 1, "{shown}");
}

#[test]
fn a_module_gives_everything_back() {
    let mut world = world();
    let modules = world.directory("Modules");
    let output = world.run(["plugin", "powershell", "--out", modules.to_str().unwrap()]);
    assert!(output.status.success(), "{}", stderr(&output));
    world.set("PSModulePath", modules);
    let bin = world.directory("bin");
    std::os::unix::fs::symlink(PROGRAM, bin.join("claude-bedrock")).unwrap();
    world.set("PATH", format!("{}:/usr/bin:/bin", bin.display()));
    world.set("AWS_PROFILE", "mine");
    let script = |lines: &str| {
        let output = world.script(&format!("function prompt {{ '> ' }}\n$CLAUDE_BEDROCK_HOOK_OPTIONS = '--quiet', '--wrap', 'probe', '--alias', 'cb'\n{lines}"));
        (
            stdout(&output).lines().map(str::to_owned).collect::<Vec<_>>(),
            stderr(&output),
        )
    };
    let left = "\"$(prompt)$env:AWS_PROFILE $env:CLAUDE_BEDROCK_STATE $(@(Get-Command claude-bedrock, probe, cb -CommandType Function, Alias -ErrorAction Ignore).Count)\"; \
                cd ..; cd repo; \"$env:AWS_PROFILE $($ExecutionContext.SessionState.InvokeCommand.LocationChangedAction) $($Error.Count)\"";
    for (name, lines) in [
        (
            "removed",
            "Import-Module ClaudeBedrock; cd repo; $null = prompt; Remove-Module ClaudeBedrock\n",
        ),
        (
            "anew and removed",
            "Import-Module ClaudeBedrock; cd repo; Import-Module ClaudeBedrock -Force; $null = prompt; Remove-Module ClaudeBedrock\n",
        ),
    ] {
        let shown = script(&format!("{lines}{left}"));
        assert_eq!(
            shown,
            (vec!["> mine  0".to_owned(), "mine  0".to_owned()], String::new()),
            "{name}"
        );
    }
    let line = "Invoke-Expression (& claude-bedrock hook powershell --quiet | Out-String)";
    for lines in [
        format!("Import-Module ClaudeBedrock; {line}"),
        format!("{line}; Import-Module ClaudeBedrock"),
        "Import-Module ClaudeBedrock; Import-Module ClaudeBedrock -Force".to_owned(),
        format!("Import-Module ClaudeBedrock; {line}; Remove-Module ClaudeBedrock"),
    ] {
        let shown = script(&format!(
            "{lines}; cd repo; \"$env:AWS_PROFILE\"; \"$(prompt)$($Error.Count)\"; cd ..; \"$env:AWS_PROFILE\"; claude-bedrock --version"
        ));
        let version = Command::new(PROGRAM).arg("--version").output().unwrap().stdout;
        let told = String::from_utf8(version).unwrap().trim().to_owned();
        assert_eq!(
            shown,
            (
                vec!["bedrock-work".to_owned(), "> 0".into(), "mine".into(), told],
                String::new()
            ),
            "{lines}"
        );
    }
}

/// `. $PROFILE` with the prompt of docs/prompt.md, before and after the hook's line.
#[test]
fn a_profile_may_be_read_twice() {
    let mut world = world();
    world.hook_options = "--quiet".into();
    let docs = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/prompt.md")).unwrap();
    let snippet = docs
        .split("```powershell\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let load = world.load_line();
    for profile in [format!("{snippet}\n{load}"), format!("{load}\n{snippet}")] {
        let file = world.write("own.ps1", profile);
        let lines = format!(
            "function prompt {{ '> ' }}\n. '{0}'\n. '{0}'\ncd repo; \"$(prompt)$(prompt)$(prompt)\"; . '{0}'; \"$(prompt)\"; cd ..; \"$(prompt)$($Error.Count)\"",
            file.display()
        );
        let output = world.script(&lines);
        assert_eq!(
            stdout(&output),
            "[work] > [work] > [work] > \n[work] > \n> 0\n",
            "{}",
            stderr(&output)
        );
    }
}

/// Scripts, `-Command` and `-File` load `$PROFILE` and never call `prompt`.
#[test]
fn without_a_prompt_a_change_of_directory_loads() {
    let world = world();
    let profile = world.write(".config/powershell/Microsoft.PowerShell_profile.ps1", world.load_line());
    assert!(profile.exists());
    let file = world.write("script.ps1", "\"[$env:AWS_PROFILE]\"; cd ~; cd ~/repo; \"[$env:AWS_PROFILE]\"; claude-bedrock --quiet use home; \"[$env:AWS_PROFILE]\"");
    let text = fs::read_to_string(&file).unwrap();
    for arguments in [["-Command", text.as_str()], ["-File", file.to_str().unwrap()]] {
        let output = world
            .command(Shell::Powershell.program().unwrap())
            .args(arguments)
            .current_dir(world.path("repo"))
            .output()
            .unwrap();
        assert_eq!(
            stdout(&output),
            "[]\n[bedrock-work]\n[own]\n",
            "{arguments:?}: {}",
            stderr(&output)
        );
    }
}

#[test]
fn a_directory_that_may_not_be_searched_does_not_end_the_prompt() {
    let world = world();
    let locked = world.directory("repo/locked");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
    let (shown, said) = script(
        &world,
        "function prompt { '> ' }",
        "cd repo; prompt; try { cd locked } catch { }; prompt; cd ~; prompt; $env:AWS_PROFILE",
    );
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(shown, ["> ", "> ", "> "], "{said}");
}

/// What of .NET and PowerShell the hook may call: all of it is in .NET Framework 4.7.2 and Windows PowerShell 5.1, by
/// <https://learn.microsoft.com/dotnet/api/?view=netframework-4.7.2>. A method has the number of its arguments behind it.
const IN_4_7_2: &str = "
    .Add/1 .Argument .Arguments .Begin/2 .Close/0 .CommandElements .CommandType .CompletionMatches .Contains/1 .Count
    .CreateNoWindow .CurrentFileSystemLocation .Dispose/0 .End/0 .EndBlock .EndOffset .EndsWith/2 .EnvironmentVariables
    .Exception .ExitCode .ExpectingInput .Extent .FileName .GetBaseException/0 .GetByteCount/1 .GetCommand/2 .GetField/2
    .GetFullScript/0 .GetMethod/1 .GetMethod/2 .GetProperty/1 .GetProperty/2 .GetSteppablePipeline/0 .GetString/1 .GetType/0 .GetValue/1
    .HistoryId .IndexOf/1 .Invoke/2 .InvokeCommand .InvokeProvider .Item .LanguageMode .Length .MakeGenericMethod/1
    .Message .Module .Name .NewBoundScriptBlock/1 .PSObject .Path .PipelineElements .Process/1 .Properties .ProviderPath
    .ReadToEnd/0 .ReadToEndAsync/0 .RedirectStandardError .RedirectStandardInput .RedirectStandardOutput .Remove/2
    .RemoveAt/1 .ScriptStackTrace .SessionState .SetValue/2 .Splatted .Split/1 .StandardError .StandardInput
    .StandardOutput .StandardOutputEncoding .StartOffset .StartScriptPosition .StartsWith/2 .Statements
    .StringConstantType .Substring/1 .Substring/2 .Text .TrimEnd/1 .UseShellExecute .WaitForExit/0 .WorkingDirectory
    .Write/1 .WriteLine/1
    [Console]::Error [Console]::OutputEncoding [Console]::TreatControlCAsInput [Convert]::FromBase64String/1
    [Delegate]::Combine/1 [Delegate]::CreateDelegate/2 [Delegate]::Remove/2 [Environment]::GetEnvironmentVariable/1
    [Environment]::SetEnvironmentVariable/2 [IO.Directory]::Exists/1 [IO.File]::Exists/1 [Linq.Enumerable]::Concat/2
    [Linq.Enumerable]::Select/2 [Linq.Enumerable]::SequenceEqual/2 [Linq.Enumerable]::Skip/2 [Linq.Enumerable]::ToArray/1
    [Math]::Max/2 [Math]::Min/2 [NullString]::Value [StringComparison]::Ordinal [System.Diagnostics.Process]::Start/1
    [System.Diagnostics.ProcessStartInfo]::new/0 [System.Diagnostics.ProcessStartInfo]::new/2 [Text.Encoding]::ASCII
    [Text.Encoding]::UTF8 [Text.Encoding]::Unicode [Uri]::UnescapeDataString/1 [object]::ReferenceEquals/2
    [scriptblock]::Create/1 [Collections.Generic.List[object]]::new/0
    [System.Management.Automation.CommandCompletion]::CompleteInput/3
    [System.Management.Automation.CommandNotFoundException]::new/1 [System.Management.Automation.CompletionResult]::new/4
    [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent/1
    [System.Management.Automation.Language.Parser]::ParseInput/3 [System.Management.Automation.PSModuleInfo]::new/1
    Microsoft.PowerShell.Utility\\Set-Alias Microsoft.PowerShell.Utility\\Write-Error Register-ArgumentCompleter Write-Warning
    Invoke-Expression Out-String
";

/// What is in later ones alone, and only used where it is there.
const ASKED_FOR: &str = ".LocationChangedAction .Statement";

/// Says what a script calls, a line each, and what 5.1 cannot read of it, the strings in it that are code themselves too.
const WALK: &str = r#"
$seen = [Collections.Generic.HashSet[string]]::new()
function walk($text, $where) {
    $errors = $null; $tokens = $null
    $tree = [System.Management.Automation.Language.Parser]::ParseInput($text, [ref] $tokens, [ref] $errors)
    foreach ($e in $errors) { "unreadable ${where}: $e" }
    foreach ($t in $tokens) {
        if ("$($t.Kind)" -in 'QuestionQuestion', 'QuestionQuestionEquals', 'QuestionDot', 'QuestionLBracket', 'AndAnd', 'OrOr', 'QuestionMark', 'Clean') { "unreadable ${where} $($t.Extent.StartLineNumber): $($t.Text)" }
        if ("$($t.Kind)" -in 'StringExpandable', 'HereStringExpandable' -and $t.Text -cmatch '`u\{|`e') { "unreadable ${where} $($t.Extent.StartLineNumber): $($t.Text)" }
        if ("$($t.Kind)" -eq 'Number' -and $t.Text -match '^0b|u?[ysln]$|[0-9]u$') { "unreadable ${where} $($t.Extent.StartLineNumber): $($t.Text)" }
    }
    foreach ($n in $tree.FindAll({ $true }, $true)) {
        $place = "$where $($n.Extent.StartLineNumber)"
        $kind = $n.GetType().Name
        if ($kind -in 'TernaryExpressionAst', 'PipelineChainAst' -or $n.GenericTypeArguments -or $n.Background -or $n.NullConditional) { "unreadable ${place}: $($n.Extent.Text)" }
        if ($kind -eq 'BinaryExpressionAst' -and "$($n.Operator)" -like '*replace' -and (@($n.Right) + @($n.Right.Elements) | Where-Object { $_ -is [System.Management.Automation.Language.ScriptBlockExpressionAst] })) { "unreadable ${place}: $($n.Extent.Text)" }
        if ($kind -in 'MemberExpressionAst', 'InvokeMemberExpressionAst') {
            $name = if ($n.Static) { "[$($n.Expression.TypeName)]::$($n.Member)" } else { ".$($n.Member)" }
            if ($kind -eq 'InvokeMemberExpressionAst') { $name += "/$(@($n.Arguments | Where-Object { $null -ne $_ }).Count)" }
            if ($seen.Add($name)) { "calls $name" }
        }
        if ($kind -eq 'CommandAst' -and $n.GetCommandName() -and $n.GetCommandName() -cnotmatch '^cb[A-Z]' -and $seen.Add($n.GetCommandName())) { "calls $($n.GetCommandName())" }
        # A prompt that is made of text.
        if ($kind -in 'ExpandableStringExpressionAst', 'StringConstantExpressionAst' -and "$($n.StringConstantType)" -eq 'DoubleQuotedHereString') { walk ($n.Value -replace '`(.)', '$1' -replace '\$\((?:[^()]|\([^()]*\))*\)', '0') "$place, within" }
    }
}
"#;

/// Windows PowerShell 5.1 is not run here: PowerShell's own parser reads the code, and whatever 5.1 or .NET Framework
/// 4.7.2 lacks is a fault, what is not known to be there included.
#[test]
fn the_hook_keeps_to_what_windows_powershell_5_1_has() {
    let world = world();
    let walked = |text: &[u8]| {
        let file = world.write("code.ps1", text);
        let output = world.script(&format!(
            "{WALK}\nwalk ([IO.File]::ReadAllText('{}')) line",
            file.display()
        ));
        assert_eq!(stderr(&output), "");
        stdout(&output).lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let known: Vec<&str> = IN_4_7_2
        .split_whitespace()
        .chain(ASKED_FOR.split_whitespace())
        .collect();
    let hook = [
        "hook",
        "powershell",
        "--wrap",
        "probe",
        "--wrap",
        "claude",
        "--alias",
        "cb",
    ];
    for arguments in [&hook[..], &["hook", "powershell"], &["completions", "powershell"]] {
        let lines = walked(&world.run(arguments).stdout);
        assert!(lines.len() > 20, "{lines:?}");
        for line in lines {
            let call = line
                .strip_prefix("calls ")
                .unwrap_or_else(|| panic!("{arguments:?}: {line}"));
            assert!(
                known.contains(&call),
                "{arguments:?}: is {call} in .NET Framework 4.7.2 and PowerShell 5.1?"
            );
        }
    }
    // What is looked for is found.
    for code in [
        "$a ? 1 : 2",
        "$a ?? 1",
        "$a ??= 1",
        "${a}?.b",
        "${a}?[0]",
        "a && b",
        "a || b",
        "a &",
        "\"`u{41}\"",
        "\"`e[1m\"",
        "0b11",
        "1uy",
        "'a' -replace 'a', { 'b' }",
        "$x = @\"\n`$a ?? 1\n\"@",
        "[IO.Path]::GetRelativePath('a', 'b')",
        "'a'.Split('b', 'c')",
        "'a'.Contains('b', 'c')",
        "$start.ArgumentList.Add('x')",
        "[Environment]::ProcessPath",
        "Get-Uptime",
        "$process.Kill($true)",
    ] {
        let faults = walked(code.as_bytes());
        assert!(
            faults
                .iter()
                .any(|line| line.strip_prefix("calls ").is_none_or(|call| !known.contains(&call))),
            "{code}: {faults:?}"
        );
    }
}

/// What answers in the place of the program on Windows: for each directory what the real one answered on this system.
const STAND_IN: &str = r#"
#include <direct.h>
#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <string.h>
int main(int count, char **words) {
    static char text[1 << 16], directory[4096], path[4096];
    _setmode(1, _O_BINARY);
    if (count > 1 && !strcmp(words[1], "fail")) return 5;
    if (count > 1 && strcmp(words[1], "export")) {
        for (int i = 1; i < count; i++) printf("%s%c", words[i], i + 1 < count ? '|' : '\n');
        return 0;
    }
    _getcwd(directory, sizeof directory);
    snprintf(path, sizeof path, "%s\\answer.txt", directory);
    FILE *file = fopen(path, "rb");
    if (!file) return 3;
    fwrite(text, 1, fread(text, 1, sizeof text, file), stdout);
    return 0;
}
"#;

/// PowerShell for Windows under Wine, where `$PWSH_WINDOWS` starts it and MinGW makes a program for it.
#[test]
fn the_hook_runs_in_powershell_for_windows() {
    let world = world();
    need("Wine");
    let (windows, compiler) = (need("PowerShell for Windows"), need("MinGW"));
    let source = world.write("stand-in.c", STAND_IN);
    let program = world.path("stand in.exe");
    let built = world
        .command(&compiler)
        .args(["-O1", "-static", "-o"])
        .args([&program, &source])
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", stderr(&built));
    let drive = |path: &std::path::Path| format!("Z:{}", path.display()).replace('/', "\\");
    // The answer on entering, with paths as Windows writes them; on leaving, as the state of the first one wants it.
    let entering = world.run_in(world.path("repo"), ["export", "powershell"]);
    let answer: String = stdout(&entering)
        .lines()
        .map(|line| match line.strip_prefix("# claude-bedrock: files\t") {
            Some(files) => format!(
                "# claude-bedrock: files\tZ:{}\n",
                files.replace('\t', "\tZ:").replace('/', "\\")
            ),
            None => format!("{line}\n"),
        })
        .collect();
    world.write("repo/answer.txt", answer);
    world.write(
        "answer.txt",
        "[Environment]::SetEnvironmentVariable('AWS_PROFILE',[NullString]::Value)\n# claude-bedrock: end\n",
    );
    let hook = world.run(["hook", "powershell", "--alias", "cb"]);
    let hook = world.write("hook.ps1", stdout(&hook).replace(PROGRAM, &drive(&program)));
    let lines = format!(
        "function prompt {{ '> ' }}\n$shown = @()\ntry {{\n\
         Invoke-Expression ([IO.File]::ReadAllText('{hook}'))\n\
         Set-Location '{repo}'; $shown += \"$env:aws_profile\"; $shown += prompt; $shown += \"$(__ClaudeBedrockFresh)\"\n\
         [IO.File]::SetLastWriteTimeUtc('{repo}\\.claude-bedrock.toml', [datetime]::UtcNow); $shown += \"$(__ClaudeBedrockFresh)\"\n\
         $shown += cb show 'a b' -- -x:y a,b '*.txt' 'C:\\dir\\'; $shown += \"$?\"\n\
         claude-bedrock fail; $shown += \"$? $LASTEXITCODE\"; claude-bedrock fail || ($shown += 'or')\n\
         function global:prompt {{ 'theme> ' }}; Set-Location '{home}'; $shown += \"$env:AWS_PROFILE$(prompt)\"\n\
         $shown += \"$($Error.Count)\"\n}} catch {{ $shown += \"$_\" }}\n\
         [IO.File]::WriteAllLines('{out}', [string[]] $shown)\n",
        hook = drive(&hook),
        repo = drive(&world.path("repo")),
        home = drive(&world.home()),
        out = drive(&world.path("out.txt")),
    );
    let file = world.write("lines.ps1", lines);
    let call = format!("'{}' -NoProfile -File '{}'", windows.display(), drive(&file));
    let ran = std::process::Command::new("script")
        .args(["-qec", &call, "/dev/null"])
        .output()
        .unwrap();
    let shown = fs::read_to_string(world.path("out.txt")).unwrap_or_else(|_| panic!("{}", stdout(&ran)));
    let shown: Vec<&str> = shown.lines().collect();
    let expected = [
        "bedrock-work",
        "> ",
        "True",
        "False",
        "show|a b|--|-x:|y|a,b|*.txt|C:\\dir\\",
        "True",
        "False 5",
        "or",
        "theme> ",
        "0",
    ];
    assert_eq!(shown, expected);
}

/// What Wine 8 lacks of what Rust's standard library asks Windows for.
const RANDOM: &str = r"
#include <windows.h>
#include <ntsecapi.h>
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size) { return RtlGenRandom(data, (ULONG)size); }
";

/// Each line writes what it found behind a name.
const PLAY: &str = r#"
$out = [Collections.Generic.List[string]]::new()
function say($what, $value) { $out.Add("$what = $value"); [IO.File]::WriteAllLines('OUT', $out) }
try {
$root = 'C:\work of mine'
$null = New-Item -ItemType Directory -Force "$root\repo a\deep", "$env:APPDATA\claude-bedrock"
[IO.File]::WriteAllText("$env:APPDATA\claude-bedrock\config.toml", @"
[profiles.work]
region = "eu-west-1"
auth = { method = "aws-profile", profile = "bedrock-work" }
[profiles.work.env]
A_PATH = 'C:\dir\with blank\'
QUOTED = "it's Grüße"
[profiles."my+own"]
region = "us-east-1"
auth = { method = "aws-profile", profile = "private" }
"@)
Set-Location -LiteralPath "$root\repo a"
$null = & $exe init work 2>$null; say init $LASTEXITCODE
Set-Location -LiteralPath $root
$env:AWS_PROFILE = 'mine'
$null = prompt
say outside "$env:AWS_PROFILE [$env:AWS_REGION]"
Set-Location -LiteralPath 'repo a'
say entered "$env:AWS_PROFILE $env:aws_region $env:A_PATH $env:QUOTED"
$null = prompt; say fresh "$(__ClaudeBedrockFresh)"
Set-Location deep; say deep "$env:AWS_PROFILE"
Set-Location -LiteralPath $root; say left "$env:AWS_PROFILE [$env:AWS_REGION]$env:QUOTED"
Set-Location -LiteralPath 'c:\WORK of mine\REPO A'; say capitals "$env:AWS_PROFILE"
claude-bedrock use 'my+own' 2>$null; say use "$? $env:AWS_PROFILE $env:AWS_REGION"
cb use --clear 2>$null; say clear "$env:AWS_PROFILE"
claude-bedrock use nosuch 2>$null; say nosuch "$? $LASTEXITCODE $env:AWS_PROFILE"
Start-Sleep -Milliseconds 2100
$file = "$env:APPDATA\claude-bedrock\config.toml"
[IO.File]::WriteAllText($file, [IO.File]::ReadAllText($file).Replace('eu-west-1', 'eu-west-3'))
say stale "$(__ClaudeBedrockFresh)"
$null = prompt; say edited "$env:AWS_REGION"
cb exec -p 'my+own' -- C:\windows\system32\cmd.exe /c 'exit 7'; say status "$? $LASTEXITCODE"
say exec "$(cb exec -p 'my+own' -- C:\windows\system32\cmd.exe /c 'echo %AWS_PROFILE% %AWS_REGION%')"
say format "$(cb status --format '{profile} {region}')"
say complete "$((TabExpansion2 'claude-bedrock use ' 19).CompletionMatches.CompletionText -join '|')"
$env:aws_Profile = 'mine2'; $null = prompt; say case "$env:AWS_PROFILE $([bool] ("$(cb status 2>&1)" -match 'AWS_PROFILE is mine2'))"
claude-bedrock use --clear 2>$null; say again "$env:AWS_PROFILE"
Set-Location -LiteralPath '\\?\C:\work of mine\repo a'; say unc "$env:AWS_PROFILE"
Set-Location -LiteralPath 'Z:\'; say drive "$env:AWS_PROFILE [$env:AWS_REGION]"
$null = New-Item -ItemType Directory -Force "$env:ProgramData\claude-bedrock"
[IO.File]::WriteAllText("$env:ProgramData\claude-bedrock\config.toml", "default_profile = `"sys`"`n[profiles.sys]`nregion = `"us-west-2`"`nauth = { method = `"ambient`" }`n")
$null = prompt; say programdata "[$env:AWS_REGION] $([bool] ("$(cb list 2>&1)" -match 'config.toml is owned by the account S-1-5-21-'))"
say errors "$($Error.Count)"
} catch { say caught "$_" }
exit
"#;

/// The program itself in PowerShell for Windows under Wine, loaded by `$PROFILE`, in a Windows of its own. Not here, for
/// Wine's sake: shares of other machines, Ctrl-C, and lists of access that let an administrator's file count.
#[test]
fn the_program_runs_in_powershell_for_windows() {
    need("Wine");
    let (windows, compiler) = (need("PowerShell for Windows"), need("MinGW"));
    let program = need("program for Windows");
    let world = World::new(Shell::Powershell);
    let drive = |path: &std::path::Path| format!("Z:{}", path.display()).replace('/', "\\");
    let own = world.directory("tools").join("claude-bedrock.exe");
    fs::copy(program, &own).unwrap();
    let source = world.write("random.c", RANDOM);
    let built = world
        .command(&compiler)
        .args(["-shared", "-o"])
        .args([&world.path("tools/bcryptprimitives.dll"), &source])
        .arg("-ladvapi32")
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", stderr(&built));
    let out = world.path("out.txt");
    let profile = format!(
        "$exe = '{}'; Invoke-Expression (& $exe hook powershell --alias cb | Out-String)",
        drive(&own)
    );
    let profile = world.write("profile.ps1", profile);
    let first = format!(
        "$null = New-Item -ItemType Directory -Force (Split-Path $PROFILE)\n[IO.File]::Copy('{}', $PROFILE)\nexit\n",
        drive(&profile)
    );
    let first = world.write("first.ps1", first);
    let play = world.write("play.ps1", PLAY.replace("OUT", &drive(&out)));
    for (file, options) in [(first, "-NoProfile "), (play, "")] {
        let call = format!("'{}' -NoLogo {options}-File '{}'", windows.display(), drive(&file));
        let ran = std::process::Command::new("script")
            .args(["-qec", &call, "/dev/null"])
            .env("WINEPREFIX", world.path("windows"))
            // Wine's Documents lie in it.
            .env("HOME", world.home())
            // .NET under Wine dies where the garbage of compiled script blocks is collected.
            .env("DOTNET_GCgen0size", "20000000")
            .output()
            .unwrap();
        assert!(ran.status.success() || out.exists(), "{}", stdout(&ran));
    }
    let found = fs::read_to_string(&out).unwrap_or_default();
    insta::assert_snapshot!(found, @r"
    init = 0
    outside = mine []
    entered = bedrock-work eu-west-1 C:\dir\with blank\ it's Grüße
    fresh = True
    deep = bedrock-work
    left = mine []
    capitals = bedrock-work
    use = True private us-east-1
    clear = bedrock-work
    nosuch = False 2 bedrock-work
    stale = False
    edited = eu-west-3
    status = False 7
    exec = private us-east-1
    format = work eu-west-3
    complete = my+own|work
    case = mine2 True
    again = bedrock-work
    unc = bedrock-work
    drive = mine []
    programdata = [] True
    errors = 0
    ");
}
