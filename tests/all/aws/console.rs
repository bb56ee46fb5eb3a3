//! `console`: the link into the AWS console, asked of the stand-in, and the browser that is sent to it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Stdio;

use serde_json::json;

use super::{faked, token};
use crate::support::fake_aws::{ACCESS_TOKEN, FakeAws, KEY_ID, SECRET_KEY, SSO_TOKEN};
use crate::support::world::PROGRAM;
use crate::support::{World, stderr, stdout};

fn logged_in(script: &serde_json::Value) -> Option<(World, FakeAws)> {
    let (world, aws) = faked(script)?;
    token(&world, SSO_TOKEN, 3600);
    Some((world, aws))
}

#[test]
fn the_link_leads_to_bedrock_in_the_profiles_region_and_is_printed_only_when_asked_for() {
    let Some((mut world, aws)) = logged_in(&json!({})) else {
        return;
    };
    let output = world.run(["console", "sso", "--print"]);
    let (link, said) = (stdout(&output), stderr(&output));
    assert!(output.status.success(), "{said}");
    let start = format!(
        "{}/federation?Action=login&Issuer=claude-bedrock&Destination=https%3A%2F%2Fus-east-1.console.aws.amazon.com%2Fbedrock%2Fhome%3Fregion%3Dus-east-1%23%2Foverview&SigninToken=the%2Bsign-in%2Ftoken%3D",
        aws.url()
    );
    assert!(link.starts_with(&start) && link.lines().count() == 1, "{link}");
    assert!(
        said.contains("the console of 123456789012 as role/Developer in us-east-1; the link is a secret"),
        "{said}"
    );
    assert!(
        !said.contains("the%2Bsign-in") && !said.contains("the+sign-in"),
        "{said}"
    );
    world.set("CLAUDE_BEDROCK_LOG", "debug");
    for words in [&["console", "sso"][..], &["--quiet", "console", "sso"]] {
        // No display, no BROWSER.
        let output = world.run(words);
        let said = stderr(&output);
        assert_eq!(
            (output.status.code(), stdout(&output).as_str()),
            (Some(1), ""),
            "{said}"
        );
        assert!(
            said.contains("there is no display") || said.contains("this is a container"),
            "{said}"
        );
        assert!(said.contains("claude-bedrock console sso --print"), "{said}");
    }
}

#[test]
fn the_browser_gets_an_address_of_this_machine_which_is_good_once() {
    let Some((mut world, aws)) = logged_in(&json!({})) else {
        return;
    };
    let fifo = world.path("address");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    world.program("bin/own-browser", "#!/bin/sh\nprintf '%s\\n' \"$@\" >~/address\n");
    world.set("PATH", format!("{}:/usr/bin:/bin", world.path("bin").display()));
    world.set("BROWSER", "not-there:own-browser --new %s");
    let child = world
        .command(PROGRAM)
        .args(["console", "sso"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let arguments = fs::read_to_string(&fifo).unwrap();
    let address = arguments.strip_prefix("--new\nhttp://").unwrap().trim_end();
    assert!(!arguments.contains("Token"), "{arguments}");
    let (host, path) = address.split_once('/').unwrap();
    let get = |path: &str| {
        let mut stream = TcpStream::connect(host).ok()?;
        write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    };
    // Who guesses gets nothing.
    let wrong = get("favicon.ico").unwrap();
    assert!(
        wrong.starts_with("HTTP/1.1 404") && !wrong.contains("Location"),
        "{wrong}"
    );
    let answer = get(path).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 302") && answer.contains("no-referrer"),
        "{answer}"
    );
    assert!(
        answer.contains(&format!("Location: {}/federation?Action=login&", aws.url())),
        "{answer}"
    );
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(!(stdout(&output) + &stderr(&output)).contains("SigninToken"));
    assert_eq!(get(path), None, "a second visit finds nobody");
}

#[test]
fn what_opens_no_console_is_said() {
    let moved = |status: u16| json!({ "faults": { "getSigninToken": { "status": status, "headers": { "Location": "https://evil.example/" }, "body": "" } } });
    let odd =
        json!({ "faults": { "getSigninToken": { "status": 200, "headers": {}, "body": "{\"SigninToken\": 7}" } } });
    for (script, profile, status, said) in [
        (
            json!({}),
            "keys",
            2,
            "`keys` has long-lived keys, but the console accepts only a session's credentials",
        ),
        (json!({}), "api-key", 2, "its method is `api-key`"),
        (moved(302), "sso", 1, "got a web page instead of a response"),
        (
            moved(400),
            "sso",
            1,
            "the console does not accept the credentials of `sso`",
        ),
        (odd, "sso", 1, "cannot be read"),
        (
            json!({ "faults": { "GetRoleCredentials": { "status": 401, "code": "UnauthorizedException", "message": "Session token not found or invalid" } } }),
            "sso",
            1,
            "log in",
        ),
    ] {
        let Some((world, _aws)) = logged_in(&script) else {
            return;
        };
        let output = world.run(["console", profile, "--print"]);
        let text = stderr(&output);
        assert_eq!(
            (output.status.code(), stdout(&output).as_str()),
            (Some(status), ""),
            "{profile}: {text}"
        );
        assert!(text.contains(said), "{profile}: {text}");
        for secret in [KEY_ID, SECRET_KEY, ACCESS_TOKEN] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

/// The account that the profile pins is asked for first: nobody is signed in to another one.
#[test]
fn another_account_than_the_profiles_is_never_opened() {
    let Some((world, aws)) = logged_in(&json!({})) else {
        return;
    };
    let text = fs::read_to_string(world.config_path()).unwrap();
    world.config(&text.replace("[profiles.sso]\n", "[profiles.sso]\naccount = \"999999999999\"\n"));
    let output = world.run(["console", "sso", "--print"]);
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(2), ""));
    assert!(
        stderr(&output).contains("belong to the account 123456789012"),
        "{}",
        stderr(&output)
    );
    assert!(
        !aws.operations().contains(&"getSigninToken".to_owned()),
        "{:?}",
        aws.operations()
    );
}

/// A variable that moves every service elsewhere does not move the console's credentials there.
#[test]
fn credentials_go_to_aws_or_stay_on_this_machine() {
    let Some((mut world, aws)) = logged_in(&json!({})) else {
        return;
    };
    for name in ["STS", "SSO"] {
        world.set(&format!("AWS_ENDPOINT_URL_{name}"), aws.url());
    }
    for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SIGNIN"] {
        world.unset("AWS_ENDPOINT_URL");
        world.set(name, "https://evil.example");
        // A proxy that is not there: nothing leaves this machine.
        world.set("HTTPS_PROXY", "http://127.0.0.1:9");
        let output = world.run(["console", "sso", "--print"]);
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(
            text.contains("signin.aws.amazon.com") && !text.contains("evil"),
            "{name}: {text}"
        );
    }
}
