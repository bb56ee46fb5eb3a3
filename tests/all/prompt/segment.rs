//! The prompt segments of docs/prompt.md in the real shells, and `status --format`.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use crate::support::need::need;
use crate::support::typist::Typist;
use crate::support::world::PROGRAM;
use crate::support::{Shell, World};

/// The first code block of the section of docs/prompt.md with this title.
fn snippet(title: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/prompt.md");
    let text = fs::read_to_string(path).unwrap();
    let section = text.split(&format!("\n## {title}\n")).nth(1).unwrap();
    let block = section.split("```").nth(1).unwrap();
    block.split_once('\n').unwrap().1.to_owned()
}

/// What a shell prints that has run the documented snippet and prints its prompt, with this profile active.
fn prompt(shell: Shell, title: &str, show: &str, active: Option<&str>) -> Option<String> {
    shell.program()?;
    let mut world = World::new(shell);
    if let Some(name) = active {
        world.set("CLAUDE_BEDROCK_ACTIVE", name);
    }
    // Twice, as where the rc file is read again.
    let output = world.script(&format!("{0}\n{0}\n{show}", snippet(title)));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn the_documented_segments_show_the_active_profile() {
    let p10k = "p10k() { print -r -- \"${(%)5}\"; }\nprompt_claude_bedrock || :";
    for (shell, title, show, name, shown) in [
        (Shell::Bash, "bash", "printf %s \"${PS1@P}\"", "work", "[work] "),
        (Shell::Zsh, "zsh", "print -rnP -- $RPROMPT", "50%off", "[50%off]"),
        (Shell::Fish, "fish", "fish_right_prompt", "work", "[work]"),
        (
            Shell::Powershell,
            "PowerShell",
            "[Console]::Write((prompt).Substring(0, 7))",
            "work",
            "[work] ",
        ),
        (Shell::Zsh, "powerlevel10k", p10k, "50%off", "50%off\n"),
    ] {
        if let Some(printed) = prompt(shell, title, show, Some(name)) {
            assert_eq!(printed, shown, "{title}");
            let without = prompt(shell, title, show, None).unwrap();
            assert!(!without.contains('[') && !without.contains("off"), "{title}: {without}");
        }
    }
}

/// starship's own prompt, in every shell, loaded before the hook and after it.
#[test]
fn starship_shows_the_profile_where_there_is_one_and_the_status_as_it_was() {
    let starship = need("starship");
    for shell in crate::support::world::found() {
        let load = shell.load_starship();
        for is_before in [true, false] {
            let mut world = World::new(shell);
            world.set("STARSHIP", &starship);
            world.project("repo", "profile = \"work\"\n");
            let configuration = "add_newline = false\nformat = '<$env_var$status>ready> '\n\
                                 [status]\ndisabled = false\nformat = '$status'\n";
            world.write(
                ".config/starship.toml",
                format!("{configuration}{}", snippet("starship")),
            );
            let hook = world.load_line();
            let rc = if is_before {
                format!("{load}\n{hook}\n")
            } else {
                format!("{hook}\n{load}\n")
            };
            let mut typist = Typist::start(world, &rc);
            typist.press("\r");
            typist.wait_for("<>ready>");
            for (line, shown) in [
                ("cd repo", "<work >ready>"),
                ("sh -c 'exit 7'", "<work 7>ready>"),
                ("cd ..", "<>ready>"),
            ] {
                typist.press(&format!("{line}\r"));
                typist.wait_for(shown);
            }
        }
    }
}

/// oh-my-posh, which is in no registry that tests reach, renders a segment's template as Go's `text/template`, with
/// the environment in `.Env`, where a variable that is not set is empty
/// (<https://ohmyposh.dev/docs/configuration/templates>).
#[test]
fn the_segment_for_oh_my_posh_shows_the_active_profile() {
    let segment: serde_json::Value = serde_json::from_str(&snippet("oh-my-posh")).unwrap();
    assert_eq!([&segment["type"], &segment["style"]], ["text", "plain"]);
    let template = segment["template"].as_str().unwrap();
    for (active, shown) in [("work", "[work] "), ("", "")] {
        let env = HashMap::from([("CLAUDE_BEDROCK_ACTIVE".to_owned(), active.to_owned())]);
        let context = HashMap::from([("Env".to_owned(), env)]);
        assert_eq!(gtmpl::template(template, context).unwrap(), shown);
    }
}

#[test]
fn a_format_is_filled_in_and_leaves_no_gaps() {
    let world = World::new(Shell::Bash);
    world.project("repo", "profile = \"work\"\n");
    let status = |directory: &str, format: &str| {
        let mut command = world.command(PROGRAM);
        let arguments: [&OsStr; 3] = ["status".as_ref(), "--format".as_ref(), format.as_ref()];
        command
            .args(arguments)
            .current_dir(world.path(directory))
            .output()
            .unwrap()
    };
    for (format, shown) in [
        ("{profile} {region} {expires}", "work eu-west-1\n"),
        ("{expires} {profile}", "work\n"),
        ("({profile} {expires})", "(work)\n"),
        ("{{{model}}}", "{eu.anthropic.claude-sonnet-4-6}\n"),
        ("{account}", "AWS profile bedrock-work\n"),
    ] {
        let output = status("repo", format);
        assert_eq!(String::from_utf8_lossy(&output.stdout), shown, "{format}");
        assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{format}");
    }
    let outside = status("", "{profile}");
    assert_eq!((outside.status.code(), outside.stdout.len()), (Some(0), 0));
    let unknown = status("repo", "{profil}");
    assert_eq!((unknown.status.code(), unknown.stdout.len()), (Some(2), 0));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("{profile} the profile's name"));
}
