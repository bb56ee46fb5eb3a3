//! What happens between two calls: another project, leaving, credentials that expire.

use std::path::Path;

use crate::answer::WORDS;
use crate::client::{self, Place};
use crate::server::Request;
use crate::support::Shell;
use crate::support::typist::Typist;
use crate::support::world::PROGRAM;

type Journey = fn(Shell, &Path);

pub const ALL: &[(&str, Journey)] = &[
    ("setup at a terminal leads to the first answer in a new shell", set_up),
    (
        "a second project is another account, and outside nothing goes to Bedrock",
        two_projects,
    ),
    (
        "two isolated projects in one shell, each with its own account",
        two_isolated_projects,
    ),
    (
        "an isolated profile whose login has ended takes no other account's credentials",
        no_other_account,
    ),
    (
        "awsAuthRefresh logs in where the keys have expired",
        |shell, program| {
            renewed(shell, program, false, Expired::Before);
        },
    ),
    (
        "awsAuthRefresh logs in where the keys expire at a call",
        |shell, program| {
            renewed(shell, program, false, Expired::AtTheCall);
        },
    ),
    (
        "awsAuthRefresh and awsCredentialExport renew isolated keys that have expired",
        |shell, program| {
            renewed(shell, program, true, Expired::Before);
        },
    ),
];

/// Of a machine with an AWS profile and no file of this program's: `setup` with Enter alone, and then Claude Code.
fn set_up(shell: Shell, program: &Path) {
    let place = Place::new(shell, program);
    place.sso(&[("bedrock-work", "012345678901")]);
    let Place { mut world, server } = place;
    std::fs::remove_dir_all(world.path(".config/claude-bedrock")).unwrap();
    std::os::unix::fs::symlink(PROGRAM, world.path("bin/claude-bedrock")).unwrap();
    let of_shell = shell.need().canonicalize().unwrap();
    let of_shell = of_shell.parent().unwrap().display().to_string();
    world.set(
        "PATH",
        format!("{}:{of_shell}:/usr/bin:/bin", world.path("bin").display()),
    );
    world.set("SSL_CERT_FILE", world.path("certificate.pem").into_os_string());
    let mut typist = Typist::start(world, "");
    typist.press(&format!("claude-bedrock setup --shell {}\r", shell.name()));
    for question in [
        "Make profiles from which of these?",
        "Which region",
        "Use the first profile",
        "Write this?",
    ] {
        typist.wait_for(question);
        typist.press("\r");
    }
    typist.wait_for("then type, in a new shell: claude");
    server.take();
    // The rc file of the tests' shell has another prompt; what `setup` has added stays.
    let world = &typist.world;
    let rc = world.path(shell.rc_file());
    let text = std::fs::read_to_string(&rc).unwrap();
    let block = text.find("# >>> claude-bedrock").map_or("", |at| &text[at..]);
    std::fs::write(&rc, format!("{}\n{block}", shell.quiet_prompt())).unwrap();
    let mut terminal = if shell == Shell::Powershell {
        world.start_with_rc(". ~/.config/powershell/Microsoft.PowerShell_profile.ps1")
    } else {
        world.start_as_it_is()
    };
    let turn = client::ask(&mut terminal, None);
    let arrived = server.take();
    let lines: Vec<String> = arrived.iter().map(Request::line).collect();
    let told = format!("{lines:#?}\n{}\n{}", turn.stdout, turn.stderr);
    assert!(turn.stdout.contains(WORDS), "{told}");
    assert!(
        asked(&arrived).iter().all(|line| line
            .contains("bedrock-runtime.us-east-1.amazonaws.com/model/us.anthropic.claude-sonnet-")
            && line.ends_with("signed ASIA0123456789010000 us-east-1 bedrock")),
        "{told}"
    );
}

fn asked(arrived: &[Request]) -> Vec<String> {
    arrived
        .iter()
        .filter(|request| request.asks_a_model())
        .map(Request::line)
        .collect()
}

fn two_accounts(shell: Shell, program: &Path, auth: &str) -> Place {
    let place = Place::new(shell, program);
    place.sso(&[("bedrock-one", "011111111111"), ("bedrock-two", "022222222222")]);
    let mut config = String::new();
    for (name, region, geography) in [("one", "eu-west-1", "eu"), ("two", "us-west-2", "us")] {
        config += &format!(
            "[profiles.{name}]\nregion = \"{region}\"\nbase_url = \"{}\"\nauth = {{ method = \"aws-profile\", profile = \"bedrock-{name}\"{auth} }}\n[profiles.{name}.models]\nmain = \"sonnet\"\nopus = \"claude-opus-5-5\"\nsonnet = \"{geography}.anthropic.claude-sonnet-4-6\"\nhaiku = \"claude-haiku-4-5-20251001\"\n",
            place.server.url()
        );
    }
    place.world.config(&config);
    for name in ["one", "two"] {
        place.world.project(name, &format!("profile = \"{name}\"\n"));
    }
    place
}

const ONE: &str = "POST loopback/model/eu.anthropic.claude-sonnet-4-6/invoke-with-response-stream signed ASIA0111111111110000 eu-west-1 bedrock";
const TWO: &str = "POST loopback/model/us.anthropic.claude-sonnet-4-6/invoke-with-response-stream signed ASIA0222222222220000 us-west-2 bedrock";

fn two_projects(shell: Shell, program: &Path) {
    let place = two_accounts(shell, program, "");
    let mut terminal = place.world.start();
    for (directory, expected) in [("one", ONE), ("../two", TWO), ("../one", ONE)] {
        terminal.run(&format!("cd {directory}"));
        let turn = client::ask(&mut terminal, None);
        let arrived = place.server.take();
        assert!(turn.stdout.contains(WORDS), "{}", turn.stdout);
        assert_eq!(asked(&arrived), [expected]);
    }
    terminal.run("cd ..");
    let turn = client::ask(&mut terminal, None);
    let arrived: Vec<String> = place.server.take().iter().map(Request::line).collect();
    assert!(!turn.stdout.contains(WORDS), "{}", turn.stdout);
    assert_eq!(arrived, [""; 0]);
}

fn two_isolated_projects(shell: Shell, program: &Path) {
    let mut place = two_accounts(shell, program, ", isolate = true");
    // The shell's own, which `aws` and `terraform` go on using.
    place.world.set("AWS_PROFILE", "bedrock-own");
    place.world.set("AWS_BEARER_TOKEN_BEDROCK", "an-inherited-key");
    let mut terminal = place.world.start();
    for (directory, expected) in [("one", ONE), ("../two", TWO)] {
        let inside = terminal.run(&format!("cd {directory}"));
        assert_eq!(inside.get("AWS_PROFILE"), Some("bedrock-own"));
        assert_eq!(inside.get("AWS_BEARER_TOKEN_BEDROCK"), None);
        client::apply(&mut terminal, shell);
        let turn = client::ask(&mut terminal, None);
        let arrived = place.server.take();
        assert!(turn.stdout.contains(WORDS), "{}", turn.stdout);
        assert_eq!(asked(&arrived), [expected]);
    }
}

/// When keys expire.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expired {
    Before,
    AtTheCall,
}

/// The same call with the keys of the first login, and with those of the second after the first have expired.
fn renewed(shell: Shell, program: &Path, isolate: bool, expired: Expired) {
    let auth = if isolate { ", isolate = true" } else { "" };
    let place = two_accounts(shell, program, auth);
    let mut terminal = place.world.start();
    terminal.run("cd one");
    if isolate {
        client::apply(&mut terminal, shell);
    } else {
        let settings = serde_json::json!({ "awsAuthRefresh": format!("{PROGRAM} login one") });
        place.world.write(".claude/settings.json", settings.to_string());
    }
    let turn = client::ask(&mut terminal, None);
    let arrived = place.server.take();
    assert!(turn.stdout.contains(WORDS), "{}\n{}", turn.stdout, turn.stderr);
    assert_eq!(asked(&arrived), [ONE]);
    assert!(!place.logins().exists(), "{}", turn.stderr);

    if expired == Expired::Before {
        place.server.expire();
    } else {
        place.server.expire_at_next_call();
    }
    let turn = client::ask(&mut terminal, None);
    let arrived = place.server.take();
    let told = format!(
        "{:#?}\n{}\n{}",
        arrived.iter().map(Request::line).collect::<Vec<_>>(),
        turn.stdout,
        turn.stderr
    );
    assert!(turn.stdout.contains(WORDS), "{told}");
    let renewed = ONE.replace("0000 eu-west-1", "0001 eu-west-1");
    assert_eq!(asked(&arrived).last(), Some(&renewed), "{told}");
    let logins = std::fs::read_to_string(place.logins()).unwrap_or_default();
    assert_eq!(logins.lines().count(), 1, "{logins}{told}");
    assert!(logins.contains("--profile bedrock-one"), "{logins}");
}

/// An isolated profile whose login has ended, in a shell whose own profile is good.
fn no_other_account(shell: Shell, program: &Path) {
    let mut place = two_accounts(shell, program, ", isolate = true");
    let config = std::fs::read_to_string(place.world.path(".aws/config")).unwrap();
    place.world.write(
        ".aws/config",
        format!(
            "{config}[profile own]\naws_access_key_id = AKIAOWN\naws_secret_access_key = {}\n",
            crate::signature::secret_of("AKIAOWN")
        ),
    );
    place.world.set("AWS_PROFILE", "own");
    let mut terminal = place.world.start();
    terminal.run("cd one");
    client::apply(&mut terminal, shell);
    place.end_login();
    let turn = client::ask(&mut terminal, None);
    let arrived = place.server.take();
    let told = format!(
        "{:#?}\n{}\n{}",
        arrived.iter().map(Request::line).collect::<Vec<_>>(),
        turn.stdout,
        turn.stderr
    );
    assert!(!turn.stdout.contains(WORDS), "{told}");
    assert!(turn.stdout.contains("claude-bedrock login"), "{told}");
    // The identity is asked with the shell's own credentials; no model is.
    for request in arrived.iter().filter(|request| request.asks_a_model()) {
        assert_eq!(
            request.authorization().to_string(),
            "wrong: the session token is not that of ASIANOCREDENTIALSHAD",
            "{told}"
        );
    }
}
