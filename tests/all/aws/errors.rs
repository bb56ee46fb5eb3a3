//! What goes wrong on the way to AWS: each cause is named in one line, with its fix in the next, and no
//! secret in either.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{SECRETS, SSO_TOKEN, faked, stderr, stdout, token, token_with, world};
use crate::support::World;
use crate::support::fake_aws::ACCESS_TOKEN;
use crate::support::world::PROGRAM;

/// Runs `credentials` for a profile, and requires exactly these two lines.
fn check(world: &World, profile: &str, status: i32, host: &str, lines: [&str; 2]) {
    let output = world.run(["credentials", profile]);
    let said = stderr(&output);
    for secret in SECRETS {
        assert!(!said.contains(secret), "{said}");
    }
    let wanted = format!("claude-bedrock: {}\n  {}\n", lines[0], lines[1]).replace("HOST", host);
    assert_eq!(said, wanted);
    assert_eq!((stdout(&output).as_str(), output.status.code()), ("", Some(status)));
}

/// The same where every call has this fault.
fn check_fault(fault: &Value, profile: &str, status: i32, lines: [&str; 2]) {
    let Some((world, aws)) = faked(&json!({ "faults": { "*": fault } })) else {
        return;
    };
    token(&world, SSO_TOKEN, 3600);
    check(&world, profile, status, &aws.host(), lines);
}

/// An error of a service.
fn refusal(status: u16, code: &str, message: &str) -> Value {
    json!({ "status": status, "code": code, "message": message })
}

/// An answer of somebody else.
fn foreign(status: u16, kind: &str, body: &str) -> Value {
    json!({ "status": status, "headers": { "Content-Type": kind, "Location": "http://portal.example/" }, "body": body })
}

#[test]
fn no_network() {
    check(
        &world("http://127.0.0.1:1"),
        "keys",
        1,
        "127.0.0.1:1",
        [
            "no network: HOST refuses the connection",
            "check the connection, the VPN and HTTPS_PROXY, and AWS_ENDPOINT_URL if it is set",
        ],
    );
    // Names below `invalid` are nowhere, and nobody is asked for them (RFC 6761).
    check(
        &world("https://sts.invalid"),
        "keys",
        1,
        "sts.invalid",
        [
            "no network: the name HOST cannot be resolved",
            "check the connection and the VPN, and the region's spelling",
        ],
    );
}

#[test]
fn a_captive_portal() {
    let page = "<html>Sign in</html>";
    for (fault, status) in [
        (foreign(200, "text/html; charset=utf-8", page), "200"),
        (foreign(302, "text/plain", page), "302"),
    ] {
        for profile in ["keys", "sso"] {
            check_fault(
                &fault,
                profile,
                1,
                [
                    &format!("got a web page instead of a response from HOST ({status}): a captive portal or a proxy"),
                    "open any page in a browser and sign in to the network, or set HTTPS_PROXY",
                ],
            );
        }
    }
}

#[test]
fn tls_that_fails_and_the_bundle_that_mends_it() {
    let Some((mut world, mut aws)) = faked(&json!({})) else {
        return;
    };
    let bundle = aws.speak_tls(&world);
    world.set("AWS_ENDPOINT_URL", format!("https://{}", aws.host()));
    let unknown = [
        "the certificate of HOST is not trusted: its issuer is unknown here",
        "a proxy that inspects TLS? name its CA: export AWS_CA_BUNDLE=/path/to/ca.pem, and NODE_EXTRA_CA_CERTS for Claude Code",
    ];
    check(&world, "keys", 1, &aws.host(), unknown);
    world.set("AWS_CA_BUNDLE", bundle.as_os_str());
    assert_eq!(world.run(["credentials", "keys", "--no-cache"]).status.code(), Some(0));
    world.unset("AWS_CA_BUNDLE");
    world.set("SSL_CERT_FILE", bundle.as_os_str());
    assert_eq!(world.run(["credentials", "keys", "--no-cache"]).status.code(), Some(0));
    world.unset("SSL_CERT_FILE");
    world.set("REQUESTS_CA_BUNDLE", bundle.as_os_str());
    assert_eq!(world.run(["credentials", "keys", "--no-cache"]).status.code(), Some(0));
    world.unset("REQUESTS_CA_BUNDLE");
    let config = super::AWS_CONFIG.replacen(
        "[profile keys]",
        &format!("[profile keys]\nca_bundle = {}", bundle.display()),
        1,
    );
    world.write(".aws/config", config);
    assert_eq!(world.run(["credentials", "keys", "--no-cache"]).status.code(), Some(0));
}

#[test]
fn a_server_without_tls_and_bundles_that_are_none() {
    let Some((mut world, aws)) = faked(&json!({})) else {
        return;
    };
    world.set("AWS_ENDPOINT_URL", format!("https://{}", aws.host()));
    let output = world.run(["credentials", "keys"]);
    let said = stderr(&output);
    assert!(
        said.starts_with(&format!("claude-bedrock: {} does not speak TLS properly", aws.host())),
        "{said}"
    );
    let path = world.write("empty.pem", "no certificate\n");
    world.set("AWS_CA_BUNDLE", path);
    check(
        &world,
        "keys",
        2,
        "",
        [
            "AWS_CA_BUNDLE names ~/empty.pem, which contains no PEM certificate",
            "it must be a file with lines `-----BEGIN CERTIFICATE-----`",
        ],
    );
    world.set("AWS_CA_BUNDLE", "/nowhere.pem");
    check(
        &world,
        "keys",
        2,
        "",
        [
            "AWS_CA_BUNDLE names /nowhere.pem, which cannot be read: No such file or directory (os error 2)",
            "correct the path, or unset it to trust the system's certificates",
        ],
    );
}

#[test]
fn a_proxy_that_refuses() {
    for status in [403, 407] {
        let Some((mut world, aws)) = faked(&json!({ "tunnel": status })) else {
            return;
        };
        world.set("AWS_ENDPOINT_URL", "https://sts.invalid");
        world.set("HTTPS_PROXY", format!("http://me:hush-hush@{}", aws.host()));
        let output = world.run(["credentials", "keys"]);
        let said = stderr(&output);
        assert!(
            said.starts_with("claude-bedrock: the proxy does not let sts.invalid through"),
            "{said}"
        );
        assert!(
            said.ends_with("  check HTTPS_PROXY and its password, or exempt the host with NO_PROXY\n"),
            "{said}"
        );
        assert!(!said.contains("hush-hush"), "{said}");
    }
}

#[test]
fn refusals_of_sts() {
    check_fault(
        &refusal(
            403,
            "AccessDenied",
            "User: arn:aws:iam::123456789012:user/me is not authorized to perform: sts:GetSessionToken.",
        ),
        "keys",
        1,
        [
            "the keys of `keys` have no session token and are not allowed to get one: sts:GetSessionToken is not allowed in us-east-1: User: arn:aws:iam::123456789012:user/me is not authorized to perform: sts:GetSessionToken",
            "ask for the permission; the minimal policy: claude-bedrock policy keys",
        ],
    );
    check_fault(
        &refusal(
            403,
            "ExpiredToken",
            "The security token included in the request is expired",
        ),
        "keys",
        1,
        [
            "the session of `keys` has expired",
            "log in again: claude-bedrock login keys",
        ],
    );
    let quota = "wait a minute; if it persists, ask for a higher quota in the Service Quotas console";
    let page = "; the figure, and where to request more: https://us-east-1.console.aws.amazon.com/servicequotas/home/services/bedrock/quotas (\"requests per minute\")";
    for (fault, fix) in [
        (
            refusal(400, "Throttling", "Rate exceeded"),
            format!("{quota}, which AWS grants{page}"),
        ),
        (foreign(429, "text/plain", ""), quota.to_owned()),
    ] {
        check_fault(
            &fault,
            "keys",
            1,
            [
                "sts:GetSessionToken in us-east-1 was refused: too many requests (429)",
                &fix,
            ],
        );
    }
    check_fault(
        &refusal(500, "InternalFailure", ""),
        "keys",
        1,
        [
            "AWS itself failed at sts:GetSessionToken in us-east-1 (500)",
            "try again in a minute; https://health.aws.amazon.com lists outages",
        ],
    );
}

#[test]
fn keys_that_aws_does_not_take() {
    let Some((world, _aws)) = faked(&json!({})) else { return };
    let unknown = |name: &str| {
        format!("AWS does not know the keys of `{name}`: deleted, inactive, from another partition, or expired")
    };
    let correct = |name: &str| format!("correct them: claude-bedrock show {name} says where they come from");
    check(&world, "strange", 2, "", [&unknown("strange"), &correct("strange")]);
    // A role that is assumed with them.
    check(
        &world,
        "elsewhere",
        2,
        "",
        [&unknown("elsewhere"), &correct("elsewhere")],
    );
    check(
        &world,
        "mistyped",
        2,
        "",
        [
            "the secret access key of `mistyped` does not match its key ID, or something on the way has changed the request",
            "correct the key: claude-bedrock show mistyped says where it comes from; if there is a proxy or gateway, ask whoever runs it",
        ],
    );
}

#[test]
fn a_clock_ten_minutes_off() {
    let Some((world, _aws)) = faked(&json!({ "clock": 600 })) else {
        return;
    };
    let output = world.run(["credentials", "keys"]);
    let said = stderr(&output);
    let minutes = if said.contains("is 9 min") { 9 } else { 10 };
    assert_eq!(
        said,
        format!(
            "claude-bedrock: this machine's clock is {minutes} min behind, so AWS refuses its signatures\n  set the clock: timedatectl set-ntp true (in WSL: sudo hwclock -s)\n"
        )
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn answers_that_are_cut_off() {
    for (fault, profile, action) in [
        (json!("truncated"), "keys", "sts:GetSessionToken"),
        (json!("truncated"), "sso", "sso:GetRoleCredentials"),
        (foreign(200, "application/json", ""), "sso", "sso:GetRoleCredentials"),
        (json!("cut"), "sso", "sso:GetRoleCredentials"),
        (json!("cut"), "keys", "sts:GetSessionToken"),
        (json!("truncated"), "build", "sts:AssumeRole"),
    ] {
        check_fault(
            &fault,
            profile,
            1,
            [
                &format!("the response to {action} cannot be read: it is cut off, or not from AWS (200)"),
                "try again; if it persists, a proxy or a VPN on the way corrupts it, or AWS_ENDPOINT_URL is wrong",
            ],
        );
    }
}

#[test]
fn a_hung_connection_is_given_up_within_ten_seconds() {
    let Some((world, _aws)) = faked(&json!({ "faults": { "*": "hang" } })) else {
        return;
    };
    token(&world, SSO_TOKEN, 3600);
    let start = Instant::now();
    let children = ["keys", "sso"].map(|profile| {
        let mut command = world.command(PROGRAM);
        command.args(["credentials", profile]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    });
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
        let said = stderr(&output);
        let fix = "\n  check the connection, the VPN and HTTPS_PROXY; then try again\n";
        assert!(said.ends_with(fix), "{said}");
        assert!(said.contains("in time") || said.contains("within 8 s"), "{said}");
        assert_eq!((said.lines().count(), output.status.code()), (2, Some(1)));
    }
}

#[test]
fn refusals_of_identity_center() {
    let Some((world, _aws)) = faked(&json!({})) else { return };
    token(&world, SSO_TOKEN, 3600);
    let text = fs::read_to_string(world.path(SSO_TOKEN)).unwrap();
    world.write(SSO_TOKEN, text.replace(ACCESS_TOKEN, "revoked"));
    check(
        &world,
        "sso",
        1,
        "",
        [
            "the session of `sso` has expired",
            "log in again: claude-bedrock login sso",
        ],
    );
    world.write(SSO_TOKEN, text);
    world.write(".aws/config", super::AWS_CONFIG.replace("Developer", "Admin"));
    check(
        &world,
        "sso",
        1,
        "",
        [
            "Identity Center does not grant you this account and role",
            "check sso_account_id and sso_role_name in ~/.aws/config, or ask whoever assigns roles",
        ],
    );
}

#[test]
fn tokens_that_are_expired_missing_or_damaged() {
    let world = world("http://127.0.0.1:1");
    let log_in = "log in: claude-bedrock login sso";
    let again = "log in again: claude-bedrock login sso";
    check(
        &world,
        "sso",
        1,
        "",
        ["you are not logged in to the session of the AWS profile `sso`", log_in],
    );
    token(&world, SSO_TOKEN, -3 * 3600);
    check(
        &world,
        "sso",
        1,
        "",
        ["the session of the AWS profile `sso` expired 3 h ago", again],
    );
    // A refresh token whose registration has ended as well renews nothing.
    let more = ", \"refreshToken\": \"x\", \"clientId\": \"x\", \"clientSecret\": \"x\", \"registrationExpiresAt\": \"2020-01-01T00:00:00Z\"";
    token_with(&world, SSO_TOKEN, -3 * 3600, more);
    check(
        &world,
        "sso",
        1,
        "",
        ["the session of the AWS profile `sso` expired 3 h ago", again],
    );
    for text in [
        "",
        "{",
        "[]",
        "{\"expiresAt\": 1}",
        "{\"expiresAt\": \"soon\", \"accessToken\": \"the-access-token\"}",
        "\u{0}",
    ] {
        world.write(SSO_TOKEN, text);
        check(
            &world,
            "sso",
            1,
            "",
            [
                &format!("the token of the AWS profile `sso` cannot be read (~/{SSO_TOKEN})"),
                again,
            ],
        );
    }
}

#[test]
fn profiles_of_aws_that_lead_to_no_credentials() {
    let world = world("http://127.0.0.1:1");
    for (profile, status, lines) in [
        (
            "absent",
            2,
            [
                "there is no AWS profile `sso2` in ~/.aws/config",
                "did you mean `sso`? Then: auth = { method = \"aws-profile\", profile = \"sso\" }",
            ],
        ),
        (
            "nothing",
            2,
            [
                "the AWS profile `nothing` says nothing about credentials",
                "complete it: aws configure sso --profile nothing",
            ],
        ),
        (
            "mfa",
            1,
            [
                "the AWS profile `mfa` assumes its role with an MFA device's code (mfa_serial), which Claude Code cannot ask for; `aws` works because it keeps the session",
                "to enter the code on a terminal, which keeps the session: claude-bedrock login mfa",
            ],
        ),
        (
            "role",
            1,
            [
                "you are not logged in to the session of the AWS profile `sso`",
                "log in: claude-bedrock login role",
            ],
        ),
        (
            "ambient",
            2,
            [
                "there are no AWS credentials for `ambient`",
                "set its `auth`; what it has now: claude-bedrock show ambient",
            ],
        ),
    ] {
        check(&world, profile, status, "", lines);
    }
}

#[test]
fn a_command_that_fails_or_prints_something_else() {
    let world = world("http://127.0.0.1:1");
    for (script, what) in [
        ("echo the-access-token >&2; exit 3", "failed"),
        (
            "echo the-access-token",
            "printed something other than credentials as JSON",
        ),
        (
            "echo '{\"Version\":1}'",
            "printed no AccessKeyId or no SecretAccessKey (the case matters)",
        ),
    ] {
        world.write("process", script);
        check(
            &world,
            "process",
            1,
            "",
            [
                &format!("the credential_process of `process` {what}"),
                "see what it says: aws configure get credential_process --profile process | sh",
            ],
        );
    }
}

#[test]
fn a_token_that_cannot_be_renewed_any_more_has_expired() {
    let Some((world, aws)) = faked(&json!({})) else { return };
    for (refresh, secret) in [("revoked", "the-client-secret"), ("the-refresh-token", "revoked")] {
        let more = format!(
            ", \"refreshToken\": \"{refresh}\", \"clientId\": \"the-client\", \"clientSecret\": \"{secret}\", \"registrationExpiresAt\": \"2099-01-01T00:00:00Z\""
        );
        token_with(&world, SSO_TOKEN, -60, &more);
        let text = fs::read_to_string(world.path(SSO_TOKEN)).unwrap();
        world.write(SSO_TOKEN, text.replace(ACCESS_TOKEN, "expired"));
        check(
            &world,
            "sso",
            1,
            "",
            [
                "the session of `sso` has expired",
                "log in again: claude-bedrock login sso",
            ],
        );
    }
    // The old token is not sent to the portal.
    assert_eq!(aws.operations(), ["CreateToken", "CreateToken"]);
}

#[test]
fn a_token_is_renewed_without_anybody_being_asked() {
    let Some((world, aws)) = faked(&json!({})) else { return };
    let more = ", \"refreshToken\": \"the-refresh-token\", \"clientId\": \"the-client\", \"clientSecret\": \"the-client-secret\", \"registrationExpiresAt\": \"2099-01-01T00:00:00Z\"";
    token_with(&world, SSO_TOKEN, -60, more);
    for _ in 0..2 {
        let output = world.run(["credentials", "sso"]);
        assert!(output.status.success(), "{}", stderr(&output));
    }
    assert_eq!(
        aws.operations(),
        ["CreateToken", "GetRoleCredentials"],
        "the renewed token does not make what is kept worthless"
    );
    let kept: Value = serde_json::from_slice(&fs::read(world.path(SSO_TOKEN)).unwrap()).unwrap();
    assert_ne!(kept["accessToken"], ACCESS_TOKEN);
    assert_eq!(aws.requests()[1]["parameters"]["accessToken"], kept["accessToken"]);
}

/// What an endpoint sends is read up to a bound, whatever it says of its length.
#[test]
fn an_answer_without_an_end_is_cut_off() {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    const MOST: usize = 64 << 20;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let sent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sent);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, count) = (stream.unwrap(), Arc::clone(&count));
            std::thread::spawn(move || {
                let _ = stream.read(&mut [0; 8192]);
                let head = "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nConnection: close\r\n\r\n";
                let mut goes_on = stream.write_all(head.as_bytes());
                while goes_on.is_ok() && count.fetch_add(1 << 16, Ordering::Relaxed) < 4 * MOST {
                    goes_on = stream.write_all(&vec![b' '; 1 << 16]);
                }
            });
        }
    });
    let output = world(&format!("http://{address}")).run(["credentials", "keys"]);
    let said = stderr(&output);
    assert!(said.contains("cannot be read: it is cut off"), "{said}");
    assert_eq!(output.status.code(), Some(1));
    let sent = sent.load(Ordering::Relaxed);
    assert!(sent < MOST, "{sent} bytes were taken");
}
