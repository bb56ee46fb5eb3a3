//! How long a session still lasts, where people look: `status`, the line on entering, and before a wrapped
//! command starts. Nothing is called: the endpoint that the world names is closed.

use super::{CONFIG, SSO_TOKEN, stderr, stdout, token, token_with};
use crate::support::{World, world::found};

/// Where the token of the older form lies: the SHA-1 of its start URL.
const OLD_TOKEN: &str = ".aws/sso/cache/OLD.json";

const RENEWED: &str = ", \"refreshToken\": \"x\", \"clientId\": \"x\", \"clientSecret\": \"x\", \"registrationExpiresAt\": \"2099-01-01T00:00:00Z\"";

fn project(profile: &str) -> World {
    let world = super::world("http://127.0.0.1:1");
    world.project("here", &format!("profile = \"{profile}\"\n"));
    world
}

/// What `status` says of the session, as text and as JSON.
fn status(world: &World) -> (String, String) {
    let run = |arguments: &[&str]| stdout(&world.run_in(world.path("here"), arguments));
    let text = run(&["status"]);
    let line = text.lines().find_map(|line| line.strip_prefix("login"));
    let json: serde_json::Value = serde_json::from_str(&run(&["status", "--json"])).unwrap();
    (
        line.unwrap_or_default().trim().to_owned(),
        json["session"]["state"].as_str().unwrap_or_default().to_owned(),
    )
}

#[test]
fn status_says_how_long_the_session_lasts() {
    let world = project("sso");
    let says = |text: &str, state: &str| assert_eq!(status(&world), (text.to_owned(), state.to_owned()));
    says("not logged in: claude-bedrock login sso", "absent");
    token(&world, SSO_TOKEN, 12 * 60 + 30);
    says("session for 7 min", "valid");
    token(&world, SSO_TOKEN, -3 * 3600);
    says("session over for 3 h: claude-bedrock login sso", "expired");
    token_with(&world, SSO_TOKEN, -60, RENEWED);
    says("session over for 1 min; a renewal will be tried", "renewable");
    world.write(SSO_TOKEN, "{");
    says("session cannot be read: claude-bedrock login sso", "unreadable");
}

#[test]
fn the_older_form_is_known_by_its_start_url_and_a_role_by_what_assumes_it() {
    let world = project("old");
    let sum = world
        .command("sh")
        .args(["-c", "printf %s https://old.awsapps.com/start | sha1sum | cut -c1-40"])
        .output()
        .unwrap();
    token(&world, &OLD_TOKEN.replace("OLD", stdout(&sum).trim()), 12 * 60 + 30);
    assert_eq!(
        status(&world).0,
        "session for 12 min",
        "this form counts to its last second"
    );
    let world = project("role");
    token(&world, SSO_TOKEN, 12 * 60 + 30);
    assert_eq!(status(&world).0, "session for 7 min");
    assert_eq!(status(&project("keys")).0, "", "keys do not expire");
}

#[test]
fn the_line_on_entering_says_what_will_soon_be_in_the_way() {
    let world = project("sso");
    for (left, said) in [
        (12 * 60 + 30, "; session for 7 min"),
        (-3 * 3600, "\n  session over for 3 h: claude-bedrock login sso"),
        (8 * 3600, ""),
    ] {
        token(&world, SSO_TOKEN, left);
        let output = world.run_in(world.path("here"), ["export", "bash"]);
        assert_eq!(
            stderr(&output),
            format!("claude-bedrock: sso (us-east-1, AWS profile sso){said}\n")
        );
    }
}

#[test]
fn a_wrapped_command_starts_after_a_line_that_the_session_has_expired() {
    for shell in found() {
        let mut world = World::new(shell);
        world.config(CONFIG);
        world.write(".aws/config", super::AWS_CONFIG);
        world.hook_options = "--wrap env".to_owned();
        world.project("here", "profile = \"sso\"\n");
        token(&world, SSO_TOKEN, -3 * 3600);
        world.settle();
        let mut terminal = world.start();
        terminal.run("cd here");
        let turn = terminal.run("env true");
        assert_eq!(
            turn.stderr, "claude-bedrock: session over for 3 h: claude-bedrock login sso\n",
            "{shell:?}"
        );
        token(&world, SSO_TOKEN, 8 * 3600);
        assert_eq!(terminal.run("env true").stderr, "", "{shell:?}");
        token(&world, SSO_TOKEN, -3 * 3600);
        terminal.run("cd ..");
        assert_eq!(
            terminal.run("env true").stderr,
            "",
            "{shell:?}: no profile, nothing to say"
        );
    }
}
