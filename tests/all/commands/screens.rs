//! Every screen, at 40, 80 and 200 columns, with colour and without: one table, a snapshot for each row.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::support::fake_aws::{ACCESS_TOKEN, SSO_PROFILE, SSO_TOKEN};
use crate::support::world::PROGRAM;
use crate::support::{Shell, World, stderr, stdout};

const CONFIG: &str = r#"
[profiles.base]
abstract = true
region = "eu-west-1"
[profiles.base.models]
main = "sonnet"
opus = "claude-opus-5-5"
sonnet = "claude-sonnet-4-6"
haiku = "claude-haiku-4-5"

[profiles.acme-eu]
extends = "base"
description = "The platform team's account, over SSO, for everything but production"
auth = { method = "aws-profile", profile = "sso" }

[profiles.acme-prod]
extends = "base"
danger = true
account = "210987654321"
auth = { method = "api-key", api_key = { keyring = "acme" } }

[profiles.lab]
region = "us-east-1"
description = "Try-outs"
auth = { method = "gateway", base_url = "https://llm.example.com" }

[profiles.misspelt]
regoin = "us-east-1"
"#;

/// How a world is before the screen is shown.
type Prepare = fn(&mut World);

fn as_it_is(_: &mut World) {}

fn logged_in(world: &mut World) {
    token(world, 7 * 3600 + 45 * 60);
}

fn token(world: &World, left: i64) {
    let length = Duration::from_secs(left.unsigned_abs());
    let now = SystemTime::now();
    let time = if left < 0 { now - length } else { now + length };
    let time = OffsetDateTime::from(time).replace_nanosecond(0).unwrap();
    let until = time.format(&Rfc3339).unwrap();
    world.write(
        SSO_TOKEN,
        format!("{{\"startUrl\": \"https://acme.awsapps.com/start\", \"region\": \"us-east-1\", \"accessToken\": \"{ACCESS_TOKEN}\", \"expiresAt\": \"{until}\"}}"),
    );
}

fn overridden(world: &mut World) {
    logged_in(world);
    world.write(
        ".claude/settings.json",
        "{ \"env\": { \"AWS_REGION\": \"ap-south-1\" } }\n",
    );
}

/// The words of a command line in the repository, after what a shell's hook has done, where it says `loaded`.
struct Row {
    name: &'static str,
    words: &'static [&'static str],
    project: &'static str,
    prepare: Prepare,
    is_loaded: bool,
}

const fn row(name: &'static str, words: &'static [&'static str], project: &'static str, prepare: Prepare) -> Row {
    Row {
        name,
        words,
        project,
        prepare,
        is_loaded: false,
    }
}

const fn loaded(name: &'static str, words: &'static [&'static str], project: &'static str, prepare: Prepare) -> Row {
    Row {
        is_loaded: true,
        ..row(name, words, project, prepare)
    }
}

const NAMED: &str = "profile = \"acme-eu\"\n";

const SCREENS: &[Row] = &[
    loaded("list", &["list"], NAMED, logged_in),
    row("list_of_none", &["list"], "", |world| world.config("")),
    loaded("status_good", &["status"], NAMED, logged_in),
    loaded("status_over", &["status"], NAMED, |world| token(world, -3 * 3600)),
    loaded("status_overridden", &["status"], NAMED, overridden),
    loaded("status_danger", &["status"], "", |world| {
        world.config(
            "default_profile = \"p\"\n[profiles.p]\nregion = \"us-east-1\"\ndanger = true\naccount = \"210987654321\"\n",
        );
    }),
    row("status_not_loaded", &["status"], NAMED, logged_in),
    row("status_nothing", &["status"], "", as_it_is),
    row("status_no_profiles", &["status"], "", |world| world.config("")),
    row("status_off", &["status"], NAMED, |world| {
        world.set("CLAUDE_BEDROCK_PROFILE", "off");
    }),
    row("show", &["show", "acme-eu"], "", as_it_is),
    row("doctor", &["doctor", "acme-eu", "--offline"], "", as_it_is),
    row(
        "doctor_verbose",
        &["doctor", "acme-eu", "--offline", "--verbose"],
        "",
        logged_in,
    ),
    row("doctor_in_claude", &["doctor", "lab", "--offline"], "", |world| {
        world.set("CLAUDECODE", "1");
    }),
    row("help", &["--help"], "", as_it_is),
    row("help_of_a_command", &["help", "use"], "", as_it_is),
    row("logout", &["logout"], "", as_it_is),
    row("setup_plan", &["setup", "--print", "--shell", "bash"], "", |world| {
        std::fs::remove_file(world.config_path()).unwrap();
        let region = SSO_PROFILE.replace("[profile sso]\n", "[profile sso]\nregion = eu-west-1\n");
        world.write(".aws/config", region);
        world.write(".claude/settings.json", "{}\n");
        world.directory(".config/Code/User");
        world.program("bin/bwrap", "#!/bin/sh\n");
        std::os::unix::fs::symlink(PROGRAM, world.path("bin/claude-bedrock")).unwrap();
    }),
];

fn shown(row: &Row, width: usize, colored: bool) -> String {
    let mut world = World::new(Shell::Bash);
    world.config(CONFIG);
    world.write(".aws/config", SSO_PROFILE);
    world.program("bin/claude", "#!/bin/sh\necho '2.1.332 (Claude Code)'\n");
    world.set("PATH", format!("{}:/usr/bin:/bin", world.path("bin").display()));
    world.set("SHELL", "/bin/bash");
    world.directory("repo");
    if !row.project.is_empty() {
        world.project("repo", row.project);
    }
    (row.prepare)(&mut world);
    let color = if colored { "--color=always" } else { "--color=never" };
    let mut command = if row.is_loaded {
        let mut command = world.command("bash");
        let script = format!("eval \"$('{PROGRAM}' export bash 2>/dev/null)\"; exec '{PROGRAM}' \"$@\"");
        command.args(["-c", &script, "bash"]);
        command
    } else {
        world.command(PROGRAM)
    };
    let output = command
        .args(row.words)
        .arg(color)
        .env("COLUMNS", width.to_string())
        .current_dir(world.path("repo"))
        .output()
        .unwrap();
    let mut text = stdout(&output);
    if !stderr(&output).is_empty() {
        let _ = write!(text, "--- on stderr\n{}", stderr(&output));
    }
    let _ = write!(text, "--- exit status {}", output.status.code().unwrap());
    text.replace('\u{1b}', "␛")
}

#[test]
fn every_screen_fits_40_80_and_200_columns_with_colour_and_without() {
    let only = std::env::var("SCREEN").ok();
    for row in SCREENS {
        if only.as_deref().is_some_and(|only| only != row.name) {
            continue;
        }
        let mut text = String::new();
        for width in [40, 80, 200] {
            let plain = shown(row, width, false);
            let colored = shown(row, width, true);
            assert!(!plain.contains('␛'), "{}: {plain}", row.name);
            assert_eq!(
                without_colour(&colored),
                plain,
                "{}: a colour says more than a word",
                row.name
            );
            let _ = write!(
                text,
                "=== {width} columns\n{plain}\n=== {width} columns in colour\n{colored}\n"
            );
        }
        // How many checks there are is not the screen's.
        insta::with_settings!({ filters => vec![(r"\d+ checks", "N checks")] }, {
            insta::assert_snapshot!(row.name, text);
        });
    }
}

fn without_colour(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("␛[") {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    plain + rest
}

/// A screen for people who have neither colour nor Unicode holds ASCII alone.
#[test]
fn a_c_locale_gets_ascii() {
    for row in SCREENS.iter().filter(|row| row.name != "status_overridden") {
        let mut world = World::new(Shell::Bash);
        world.config(CONFIG);
        world.set("LC_ALL", "C");
        world.set("COLUMNS", "60");
        let output = world.run(row.words);
        let shown = stdout(&output) + &stderr(&output);
        assert!(shown.is_ascii(), "{}: {shown}", row.name);
    }
}
