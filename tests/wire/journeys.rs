//! What happens between two calls: another project, leaving, credentials that expire.

use std::path::Path;

use crate::answer::WORDS;
use crate::client::{self, Place};
use crate::server::Request;
use crate::support::Shell;
use crate::support::world::PROGRAM;

type Journey = fn(Shell, &Path);

pub const ALL: &[(&str, Journey)] = &[
    (
        "a second project is another account, and outside nothing goes to Bedrock",
        two_projects,
    ),
    (
        "two isolated projects in one shell, each with its own account",
        two_isolated_projects,
    ),
];

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
        place.world.project(name, &format!("profile = \"{name}\"\n"));
    }
    place.world.config(&config);
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
    for name in ["one", "two"] {
        place.world.write(
            format!("{name}/.claude/settings.local.json"),
            format!("{{\"awsCredentialExport\": \"{PROGRAM} credentials {name}\"}}"),
        );
    }
    let mut terminal = place.world.start();
    for (directory, expected) in [("one", ONE), ("../two", TWO)] {
        let inside = terminal.run(&format!("cd {directory}"));
        assert_eq!(inside.get("AWS_PROFILE"), Some("bedrock-own"));
        assert_eq!(inside.get("AWS_BEARER_TOKEN_BEDROCK"), None);
        let turn = client::ask(&mut terminal, None);
        let arrived = place.server.take();
        assert!(turn.stdout.contains(WORDS), "{}", turn.stdout);
        assert_eq!(asked(&arrived), [expected]);
    }
}
