//! `login`: nothing while the credentials are good, the AWS CLI's own login where they are not, and plain
//! words where there is none.

use serde_json::{Value, json};

use super::{SSO_TOKEN, faked, stderr, stdout, token, world};
use crate::support::World;
use crate::support::need::need;
use crate::support::world::PROGRAM;

#[test]
fn nothing_is_done_while_the_session_is_good() {
    let Some((mut world, _aws)) = faked(&json!({})) else {
        return;
    };
    token(&world, SSO_TOKEN, 3600 * 8 + 30);
    world.set("PATH", "/nowhere");
    let output = world.run(["login", "sso"]);
    assert_eq!(
        (stdout(&output).as_str(), stderr(&output).as_str()),
        ("sso: account 123456789012, role/Developer, session for 8 h\n", "")
    );
    assert!(output.status.success());
}

#[test]
fn an_expired_session_without_the_aws_cli_says_what_to_install() {
    let Some((mut world, _aws)) = faked(&json!({})) else {
        return;
    };
    token(&world, SSO_TOKEN, -60);
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
    token(&world, SSO_TOKEN, 3600);
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
            "claude-bedrock: the credential_process of `process` failed\n  the AWS profile `process` gets its credentials from a command (credential_process); log in the way that command requires\n",
            Some(1)
        )
    );
}

/// Whoever is asked to, runs Debian's AWS CLI, through the proxy that `world` has.
fn aws(world: &World, arguments: &[&str]) -> Value {
    let output = world.command("/usr/bin/aws").args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_real_aws_cli_logs_in_and_reads_what_we_print() {
    need("AWS CLI");
    let Some((mut world, mut fake)) = faked(&json!({})) else {
        return;
    };
    let bundle = fake.speak_tls(&world);
    // That CLI knows no AWS_ENDPOINT_URL: it and we call Amazon's names, and the proxy is Amazon.
    world.unset("AWS_ENDPOINT_URL");
    world.set("PATH", "/usr/bin:/bin");
    world.set("HTTPS_PROXY", fake.url());
    world.set("AWS_CA_BUNDLE", bundle);
    token(&world, SSO_TOKEN, -60);
    let output = world.run(["login", "sso", "--no-browser"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(
        stdout(&output),
        "sso: account 123456789012, role/Developer, session for 8 h, then a renewal will be tried\n",
        "{}",
        stderr(&output)
    );
    // The CLI shows the code while the answer is pending.
    assert!(stderr(&output).contains("ABCD-EFGH"), "{}", stderr(&output));
    let asked: Vec<Value> = fake
        .requests()
        .iter()
        .map(|request| request["operation"].clone())
        .collect();
    let login = [
        "RegisterClient",
        "StartDeviceAuthorization",
        "CreateToken",
        "CreateToken",
        "GetRoleCredentials",
        "GetCallerIdentity",
    ];
    assert_eq!(asked, login);

    // What we print is what the CLI reads, for itself and for others.
    let config = format!(
        "{}[profile ours]\ncredential_process = {PROGRAM} credentials sso\n",
        super::AWS_CONFIG
    );
    world.write(".aws/config", config);
    let ours: Value = serde_json::from_str(&stdout(&world.run(["credentials", "sso"]))).unwrap();
    let read = aws(&world, &["configure", "export-credentials", "--profile", "ours"]);
    for name in ["Version", "AccessKeyId", "SecretAccessKey", "SessionToken"] {
        assert_eq!(read[name], ours[name], "{name}");
    }
    // The same person, whether we or the CLI itself fetch the keys.
    let own = aws(&world, &["configure", "export-credentials", "--profile", "sso"]);
    assert_ne!(own["AccessKeyId"], ours["AccessKeyId"]);
    let arguments = [
        "sts",
        "get-caller-identity",
        "--region",
        "us-east-1",
        "--output",
        "json",
        "--profile",
    ];
    let identity = |profile| aws(&world, &[&arguments[..], &[profile]].concat());
    let (own, ours) = (identity("sso"), identity("ours"));
    assert_eq!((&own["Account"], &own["Arn"]), (&ours["Account"], &ours["Arn"]));
    let arn = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Developer_0123456789abcdef/me";
    assert_eq!(ours["Arn"], arn);
    for request in fake.requests() {
        let host = request["tunnel"].as_str().unwrap_or_default();
        assert!(host.ends_with(".us-east-1.amazonaws.com:443"), "{request}");
    }
}
