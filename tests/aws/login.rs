//! `login`: nothing while the credentials are good, the AWS CLI's own login where they are not, and plain
//! words where there is none.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::server::{Answer, Identity, Request, Server};
use super::{ACME_TOKEN, stderr, stdout, token, world};

/// Identity Center, as the AWS CLI and the SDK ask it, and STS.
fn answer(request: &Request) -> Answer {
    let path = request.line.split([' ', '?']).nth(1).unwrap_or_default();
    let body = match path {
        "/client/register" => {
            "{\"clientId\":\"x\",\"clientSecret\":\"x\",\"clientIdIssuedAt\":1,\"clientSecretExpiresAt\":4070908800}"
        }
        "/device_authorization" => {
            "{\"deviceCode\":\"x\",\"userCode\":\"ABCD-EFGH\",\"verificationUri\":\"https://device.example/\",\"verificationUriComplete\":\"https://device.example/?user_code=ABCD-EFGH\",\"expiresIn\":600,\"interval\":1}"
        }
        "/token" => "{\"accessToken\":\"the-access-token\",\"tokenType\":\"Bearer\",\"expiresIn\":28800}",
        "/federation/credentials" => {
            "{\"roleCredentials\":{\"accessKeyId\":\"A\",\"secretAccessKey\":\"B\",\"sessionToken\":\"C\",\"expiration\":4070908800000}}"
        }
        _ => return Answer::of_sts(request),
    };
    Answer::json(200, body)
}

#[test]
fn nothing_is_done_while_the_session_is_good() {
    let server = Server::start(answer);
    let mut world = world(&server.url());
    token(&world, ACME_TOKEN, 3600 * 8 + 30);
    world.set("PATH", "/nowhere");
    let output = world.run(["login", "sso"]);
    assert_eq!(
        (stdout(&output).as_str(), stderr(&output).as_str()),
        ("sso: account 123456789012, user/me, session for 8 h\n", "")
    );
    assert!(output.status.success());
}

#[test]
fn an_expired_session_without_the_aws_cli_says_what_to_install() {
    let server = Server::start(answer);
    let mut world = world(&server.url());
    token(&world, ACME_TOKEN, -60);
    world.set("PATH", "/nowhere");
    let output = world.run(["login", "sso"]);
    assert_eq!(stdout(&output), "");
    assert!(
        stderr(&output).starts_with("claude-bedrock: `aws` is not found"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_dead_network_is_said_and_no_login_is_tried() {
    let mut world = world("http://127.0.0.1:1");
    token(&world, ACME_TOKEN, 3600);
    world.set("PATH", "/nowhere");
    let output = world.run(["login", "sso"]);
    assert!(
        stderr(&output).starts_with("claude-bedrock: no network"),
        "{}",
        stderr(&output)
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn where_there_is_no_login_it_says_what_to_do() {
    let world = world("http://127.0.0.1:1");
    for (profile, said) in [
        (
            "api-key",
            "claude-bedrock: `api-key` needs no login: it has an API key. Store a new one: claude-bedrock secret set NAME\n",
        ),
        (
            "gateway",
            "claude-bedrock: `gateway` needs no login here: the gateway signs requests itself\n",
        ),
    ] {
        let output = world.run(["login", profile]);
        assert_eq!((stderr(&output).as_str(), output.status.code()), (said, Some(0)));
    }
    world.write("process", "exit 1");
    let output = world.run(["login", "process"]);
    assert_eq!(
        (stderr(&output).as_str(), output.status.code()),
        (
            "claude-bedrock: the credential_process of `process` failed\n  the AWS profile `process` gets its credentials from a command (credential_process); log in as that command wants it\n",
            Some(1)
        )
    );
}

#[test]
fn the_real_aws_cli_logs_in_without_a_terminal() {
    let (Some(identity), true) = (Identity::new(), Path::new("/usr/bin/aws").exists()) else {
        println!("skipped: openssl or the AWS CLI is not installed (/usr/bin/aws)");
        return;
    };
    let server = Server::start(answer);
    // The AWS CLI shows the code while the answer is pending.
    let pending = AtomicBool::new(true);
    let confirmed_later = move |request: &Request| {
        if request.line.starts_with("POST /token ") && pending.swap(false, Ordering::Relaxed) {
            return Answer::sso_refusal(400, "AuthorizationPendingException", "");
        }
        answer(request)
    };
    let proxy = Server::start_as_proxy(confirmed_later, &identity);
    let mut world = world(&server.url());
    world.set("PATH", "/usr/bin:/bin");
    world.set("HTTPS_PROXY", proxy.url());
    world.set("AWS_CA_BUNDLE", identity.authority());
    token(&world, ACME_TOKEN, -60);
    let output = world.run(["login", "sso", "--no-browser"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(
        stdout(&output),
        "sso: account 123456789012, user/me, session for 8 h\n",
        "{}",
        stderr(&output)
    );
    assert!(stderr(&output).contains("ABCD-EFGH"), "{}", stderr(&output));
}
