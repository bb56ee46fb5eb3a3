//! What is in the way of a call to AWS, as each command that calls it says it: one line that names the condition, and
//! what to do in the next; no stack of causes, and no secret.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::fake_aws::{ACCESS_TOKEN, FakeAws, KEY_ID, SECRET_KEY, SSO_PROFILE, SSO_TOKEN, checklist};
use crate::support::need::need;
use crate::support::world::PROGRAM;
use crate::support::{Shell, World, stderr, stdout};
use serde_json::{Value, json};

const SECRETS: &[&str] = &[ACCESS_TOKEN, SECRET_KEY, "hush-hush"];

const CONFIG: &str = r#"
[profiles.sso]
region = "us-east-1"
auth = { method = "aws-profile", profile = "sso" }
[profiles.sso.models]
main = "opus"
opus = "claude-opus-5-5"
sonnet = "claude-sonnet-4-6"
haiku = "claude-haiku-4-5"
[profiles.keys]
extends = "sso"
auth = { method = "aws-profile", profile = "keys" }
"#;

/// A world that is logged in, and has a Claude Code but no AWS CLI.
fn world() -> World {
    let mut world = World::new(Shell::Bash);
    world.config(CONFIG);
    world.write(
        ".aws/config",
        format!("{SSO_PROFILE}[profile keys]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET_KEY}\n"),
    );
    world.write(
        SSO_TOKEN,
        r#"{"accessToken": "the-access-token", "expiresAt": "2099-01-01T00:00:00Z"}"#,
    );
    world.program("bin/claude", "#!/bin/sh\necho '2.1.330 (Claude Code)'\n");
    world.set("PATH", world.path("bin").into_os_string());
    world.set("AWS_EC2_METADATA_DISABLED", "true");
    world
}

fn faked(script: &Value) -> Option<(World, FakeAws)> {
    FakeAws::with(script, world)
}

fn texts(output: &Output) -> (String, String) {
    let (stdout, stderr) = (checklist(&stdout(output)), stderr(output));
    for shown in [&stdout, &stderr] {
        assert!(!SECRETS.iter().any(|secret| shown.contains(secret)), "{shown}");
        for debris in ["source()", "Error {", "Error(", "dispatch failure", "panicked"] {
            assert!(!shown.contains(debris), "{shown}");
        }
    }
    (stdout, stderr)
}

/// The commands, side by side, each name the condition once and say what to do in the next line; `doctor` finds
/// nothing else broken.
fn named(world: &World, profile: &str, commands: &[&str], line: &str, fix: &str) {
    thread::scope(|scope| {
        for command in commands {
            scope.spawn(move || {
                let start = Instant::now();
                let output = world.run([command, profile]);
                assert!(
                    start.elapsed() < Duration::from_secs(10),
                    "{command}: {:?}",
                    start.elapsed()
                );
                let (stdout, stderr) = texts(&output);
                assert_ne!(output.status.code(), Some(0), "{command}: {stdout}{stderr}");
                let said: Vec<&str> = if *command == "doctor" {
                    let lines: Vec<&str> = stdout.lines().collect();
                    let is_broken = |line: &&&str| line.starts_with('✗');
                    assert_eq!(lines.iter().filter(is_broken).count(), 1, "{stdout}");
                    let at = lines.iter().position(|line| line.starts_with('✗')).unwrap();
                    lines[at..at + 2].to_vec()
                } else {
                    assert_eq!(stdout, "", "{command}: {stderr}");
                    stderr.lines().collect()
                };
                assert_eq!(said.len(), 2, "{command}: {said:?}");
                assert!(said[0].contains(line) && said[1].contains(fix), "{command}: {said:?}");
            });
        }
    });
}

const ALL: &[&str] = &["doctor", "credentials", "login", "models"];

const CONNECTION: &str = "check the connection, the VPN and HTTPS_PROXY";

#[test]
fn no_network() {
    let mut world = world();
    world.set("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    named(
        &world,
        "sso",
        ALL,
        "no network: 127.0.0.1:1 refuses the connection",
        CONNECTION,
    );
    // Names below `invalid` are nowhere, and nobody is asked for them (RFC 6761).
    world.set("AWS_ENDPOINT_URL", "https://portal.invalid");
    let line = "no network: the name portal.invalid cannot be resolved";
    named(
        &world,
        "keys",
        &["doctor", "models"],
        line,
        "check the connection and the VPN",
    );
    // A token of Identity Center goes to AWS's own hosts alone.
    let line = "an IAM Identity Center token would go to portal.invalid, so nothing was sent";
    named(&world, "sso", ALL, line, "find what names portal.invalid");
}

#[test]
fn what_a_server_in_the_way_answers() {
    let refusal = |status: u16, code: &str| json!({ "status": status, "code": code, "message": "no" });
    for (fault, line, fix) in [
        (json!("html"), "a captive portal or a proxy", "sign in to the network"),
        (json!("truncated"), "cannot be read: it is cut off", "try again"),
        (json!("cut"), "cannot be read: it is cut off", "try again"),
        (
            refusal(403, "AccessDeniedException"),
            "sso:GetRoleCredentials is not allowed in us-east-1: no",
            "claude-bedrock policy sso",
        ),
        (
            refusal(403, "ForbiddenException"),
            "Identity Center does not grant you this account and role",
            "check sso_account_id and sso_role_name",
        ),
        (
            refusal(429, "TooManyRequestsException"),
            "too many requests (429)",
            "wait a minute",
        ),
        (
            refusal(500, "InternalServerException"),
            "AWS itself failed at sso:GetRoleCredentials in us-east-1 (500)",
            "try again in a minute",
        ),
    ] {
        let Some((world, _aws)) = faked(&json!({ "faults": { "*": fault } })) else {
            return;
        };
        named(&world, "sso", ALL, line, fix);
    }
}

#[test]
fn what_bedrock_itself_answers() {
    for (fault, line, fix) in [
        (json!("html"), "a captive portal or a proxy", "sign in to the network"),
        (json!("truncated"), "cannot be read", "try again"),
        (
            json!({ "status": 403, "code": "AccessDeniedException", "message": "no" }),
            "bedrock:ListInferenceProfiles is not allowed in us-east-1: no",
            "claude-bedrock policy sso",
        ),
        (
            json!({ "status": 429, "code": "ThrottlingException", "message": "no" }),
            "bedrock:ListInferenceProfiles in us-east-1 was refused: too many requests (429)",
            "wait a minute",
        ),
        (
            json!({ "status": 500, "code": "InternalServerException", "message": "no" }),
            "AWS itself failed at bedrock:ListInferenceProfiles",
            "try again in a minute",
        ),
    ] {
        let is_denied = fault["status"] == 403;
        let Some((world, _aws)) = faked(&json!({ "faults": { "ListInferenceProfiles": fault } })) else {
            return;
        };
        named(&world, "sso", &["models"], line, fix);
        // Claude Code can do without the list, so that is no more than doubtful.
        if is_denied {
            let output = world.run(["doctor", "--verbose", "sso"]);
            let (text, _) = texts(&output);
            assert_eq!(output.status.code(), Some(0), "{text}");
            assert_eq!(
                text.matches(&format!("! CD23  {line}\n         ask for")).count(),
                1,
                "{text}"
            );
        } else {
            named(&world, "sso", &["doctor"], line, fix);
        }
    }
}

#[test]
fn a_hung_connection() {
    let Some((world, _aws)) = faked(&json!({ "faults": { "*": "hang" } })) else {
        return;
    };
    named(&world, "sso", ALL, "", CONNECTION);
}

#[test]
fn a_server_without_tls() {
    let Some((mut world, aws)) = faked(&json!({})) else {
        return;
    };
    world.set("AWS_ENDPOINT_URL", format!("https://127.0.0.1:{}", aws.port));
    let line = format!("127.0.0.1:{} does not speak TLS properly", aws.port);
    named(&world, "sso", ALL, &line, "a proxy or a captive portal?");
}

#[test]
fn a_certificate_that_is_not_trusted() {
    let Some((mut world, mut aws)) = faked(&json!({})) else {
        return;
    };
    aws.speak_tls(&world);
    world.set("AWS_ENDPOINT_URL", format!("https://{}", aws.host()));
    let line = format!(
        "the certificate of {} is not trusted: its issuer is unknown here",
        aws.host()
    );
    named(&world, "sso", ALL, &line, "export AWS_CA_BUNDLE=/path/to/ca.pem");
    let authority = world.path("tls/authority.pem");
    world.set("AWS_CA_BUNDLE", authority.as_os_str());
    let (text, _) = texts(&world.run(["doctor", "--verbose", "sso"]));
    let lines = format!(
        "! CD13  AWS's certificates are checked against ~/tls/authority.pem (AWS_CA_BUNDLE), which Claude Code does not read\n         for its own calls: export NODE_EXTRA_CA_CERTS={}\n",
        authority.display()
    );
    assert!(text.contains(&lines) && !text.contains('✗'), "{text}");
    world.set("AWS_CA_BUNDLE", "/etc/ssl/certs/ca-certificates.crt");
    let (text, _) = texts(&world.run(["doctor", "--verbose", "sso", "--offline"]));
    let line = "✓ CD13  AWS's certificates are checked against /etc/ssl/certs/ca-certificates.crt (AWS_CA_BUNDLE)\n";
    assert!(text.contains(line), "{text}");
    world.set("AWS_CA_BUNDLE", authority.as_os_str());
    world.set("NODE_EXTRA_CA_CERTS", authority.as_os_str());
    let (text, _) = texts(&world.run(["doctor", "--verbose", "sso"]));
    let line = "✓ CD13  AWS's certificates are checked against ~/tls/authority.pem (AWS_CA_BUNDLE)\n";
    assert!(text.contains(line), "{text}");
    world.set("AWS_CA_BUNDLE", "/nowhere.pem");
    let line = "AWS_CA_BUNDLE names /nowhere.pem, which cannot be read";
    named(&world, "sso", ALL, line, "correct the path, or unset it");
}

#[test]
fn a_proxy_that_makes_no_sense_or_is_not_there() {
    let mut world = world();
    world.set("HTTPS_PROXY", "http://me:hush-hush@127.0.0.1:1");
    named(&world, "sso", ALL, "", "HTTPS_PROXY");
    world.set("HTTPS_PROXY", "http://me:hush-hush@:bad port");
    let line = "the proxy in HTTPS_PROXY has an invalid address";
    named(&world, "sso", ALL, line, "write it as http://HOST:PORT");
}

#[test]
fn a_session_that_has_expired_is_absent_or_damaged() {
    // A login is what mends it: `login` itself goes on to the AWS CLI.
    let commands = &["doctor", "credentials", "models"];
    for (token, line) in [
        (
            Some(r#"{"accessToken": "the-access-token", "expiresAt": "2026-01-01T00:00:00Z"}"#),
            "the session of the AWS profile `sso` expired ",
        ),
        (
            Some(r#"{"accessToken": "the-access-token", "expi"#),
            "the token of the AWS profile `sso` cannot be read (~/.aws/sso/cache/",
        ),
        (None, "you are not logged in to the session of the AWS profile `sso`"),
    ] {
        let world = world();
        match token {
            Some(token) => _ = world.write(SSO_TOKEN, token),
            None => fs::remove_file(world.path(SSO_TOKEN)).unwrap(),
        }
        named(&world, "sso", commands, line, "claude-bedrock login sso");
        named(
            &world,
            "sso",
            &["login"],
            "`aws` is not found",
            "install version 2: https://",
        );
    }
}

#[test]
fn a_clock_that_is_ten_minutes_off() {
    let refusal = json!({
        "status": 403, "code": "SignatureDoesNotMatch",
        "message": "Signature expired: 20261125T080000Z is now earlier than 20261125T080500Z",
    });
    for (clock, line) in [
        (630, "this machine's clock is 10 min behind"),
        (-630, "this machine's clock is 10 min ahead"),
    ] {
        let Some((world, _aws)) = faked(&json!({ "clock": clock, "faults": { "*": refusal } })) else {
            return;
        };
        named(&world, "keys", ALL, line, "timedatectl set-ntp true");
    }
}

#[test]
fn a_damaged_cache_is_fetched_anew() {
    let Some((world, _aws)) = faked(&json!({})) else {
        return;
    };
    for (command, directory, line, finding) in [
        (
            "credentials",
            "credentials",
            "claude-bedrock: warning: the kept credentials are damaged; new ones are fetched",
            "! CD14  the kept credentials of `sso` are damaged\n         nothing to do",
        ),
        (
            "models",
            "models",
            "claude-bedrock: warning: the kept list of models is damaged; a new one is fetched",
            "! CD14  the kept list of the models of `sso` is damaged\n         fetch it again: claude-bedrock models sso --refresh",
        ),
    ] {
        let whole = world.run([command, "sso"]);
        for entry in fs::read_dir(world.path(".local/state/claude-bedrock").join(directory)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none() {
                fs::write(path, "torn").unwrap();
            }
        }
        let output = world.run(["doctor", "--verbose", "sso"]);
        let (text, _) = texts(&output);
        assert_eq!(text.matches(finding).count(), 1, "{text}");
        assert_eq!(output.status.code(), Some(0), "{text}");
        let output = world.run([command, "sso"]);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(stderr, format!("{line}\n  nothing to do\n"));
        // Credentials are others each time.
        if command == "models" {
            assert_eq!(output.stdout, whole.stdout);
        } else {
            assert!(output.stdout.starts_with(b"{\"Version\":1,"));
        }
    }
    let (text, _) = texts(&world.run(["doctor", "--verbose", "sso"]));
    assert!(text.contains("✓ CD14  "), "{text}");
}

/// A command of the program that no mode stops if it is root's: as `nobody` where this process is root.
fn as_nobody(world: &World) -> Command {
    if !rustix::process::geteuid().is_root() {
        return world.command(PROGRAM);
    }
    let program = world.program_for_others();
    if fs::metadata(world.home()).unwrap().uid() == 0 {
        let all = world.home();
        let owned = Command::new("chown").args(["-R", "65534:65534"]).arg(all).status();
        assert!(owned.unwrap().success());
    }
    let mut command = world.command(need("setpriv"));
    command
        .args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"])
        .arg(program);
    command
}

#[test]
fn a_cache_directory_that_cannot_be_written() {
    let Some((world, _aws)) = faked(&json!({})) else {
        return;
    };
    let state = world.directory(".local/state/claude-bedrock");
    as_nobody(&world);
    fs::set_permissions(&state, fs::Permissions::from_mode(0o500)).unwrap();
    for (command, what) in [("credentials", "credentials"), ("models", "the list of models")] {
        let output = as_nobody(&world).args([command, "sso"]).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && !output.stdout.is_empty(), "{stderr}");
        let line = format!(
            "claude-bedrock: warning: {what} cannot be kept in ~/.local/state/claude-bedrock/{command}: Permission denied (os error 13)\n  "
        );
        assert!(stderr.starts_with(&line) && stderr.lines().count() == 2, "{stderr}");
    }
    let output = as_nobody(&world).args(["login", "sso"]).output().unwrap();
    let (stdout, stderr) = texts(&output);
    assert!(stdout.starts_with("sso: account 123456789012"), "{stdout}{stderr}");
    let output = as_nobody(&world).args(["doctor", "--verbose", "sso"]).output().unwrap();
    let (text, _) = texts(&output);
    for line in [
        "! CD04  the state directory cannot be written",
        "! CD14  nothing can be kept in ~/.local/state/claude-bedrock/credentials: Permission denied",
        "! CD14  nothing can be kept in ~/.local/state/claude-bedrock/models: Permission denied",
    ] {
        assert_eq!(text.matches(line).count(), 1, "{line}\n{text}");
    }
    assert_eq!(output.status.code(), Some(0), "{text}");
    fs::set_permissions(&state, fs::Permissions::from_mode(0o700)).unwrap();
}

/// A session's file that cannot be written, alone or with its directory: a token that is good is used and nothing is said;
/// one that is over is renewed, used, and said not to be kept, unless there is a way to keep it.
#[test]
fn a_session_in_a_cache_that_cannot_be_written_is_used() {
    let renewable = ", \"refreshToken\": \"the-refresh-token\", \"clientId\": \"the-client\", \"clientSecret\": \"the-client-secret\", \"registrationExpiresAt\": \"2099-01-01T00:00:00Z\"";
    let over = format!("{{\"accessToken\": \"old\", \"expiresAt\": \"2020-01-01T00:00:00Z\"{renewable}}}");
    let good = format!("{{\"accessToken\": \"the-access-token\", \"expiresAt\": \"2099-01-01T00:00:00Z\"{renewable}}}");
    for (directory, file, token, renewed, kept) in [
        (0o500, 0o400, &good, false, true),
        (0o500, 0o400, &over, true, false),
        // In place, as the AWS CLI does, and beside it.
        (0o500, 0o600, &over, true, true),
        (0o700, 0o400, &over, true, true),
    ] {
        for command in ["credentials", "login", "doctor"] {
            let Some((world, aws)) = faked(&json!({})) else {
                return;
            };
            let path = world.write(SSO_TOKEN, token);
            as_nobody(&world);
            fs::set_permissions(&path, fs::Permissions::from_mode(file)).unwrap();
            let cache = path.parent().unwrap();
            fs::set_permissions(cache, fs::Permissions::from_mode(directory)).unwrap();
            let output = as_nobody(&world).args([command, "sso"]).output().unwrap();
            fs::set_permissions(cache, fs::Permissions::from_mode(0o700)).unwrap();
            let (stdout, stderr) = texts(&output);
            let what = format!("{directory:o} {file:o} {command}: {stdout}{stderr}");
            assert!(output.status.success(), "{what}");
            // What `doctor` sees before it asks is that it is over.
            assert!(command == "doctor" || !stderr.contains("log in"), "{what}");
            assert_eq!(aws.operations().contains(&"CreateToken".to_owned()), renewed, "{what}");
            assert!(aws.operations().contains(&"GetRoleCredentials".to_owned()), "{what}");
            let told = format!("cannot write ~/{SSO_TOKEN}: Permission denied");
            assert_eq!(stderr.matches(&told).count(), usize::from(!kept), "{what}");
            let now = fs::read_to_string(&path).unwrap();
            assert_eq!(now == **token, !renewed || !kept, "{what}");
        }
    }
}

/// A socket whose queue is full, so that a connection to it never comes about, as behind a firewall that drops.
fn black_hole() -> (TcpListener, Vec<TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // SAFETY: the descriptor is the listener's, which lives; to listen again only sets the length of the queue.
    assert_eq!(unsafe { libc::listen(listener.as_raw_fd(), 0) }, 0);
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
        waiting.push(stream);
        assert!(waiting.len() < 50, "the queue has no end");
    }
    (listener, waiting)
}

#[test]
fn doctor_ends_within_ten_seconds_on_every_dead_network() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let (hole, _waiting) = black_hole();
    let (silent, hole) = (silent.local_addr().unwrap(), hole.local_addr().unwrap());
    let cases = [
        ("AWS_ENDPOINT_URL", format!("http://{silent}")),
        ("AWS_ENDPOINT_URL", format!("https://{silent}")),
        ("AWS_ENDPOINT_URL", format!("http://{hole}")),
        ("HTTPS_PROXY", format!("http://{silent}")),
        ("HTTPS_PROXY", format!("http://{hole}")),
    ];
    thread::scope(|scope| {
        for (name, value) in &cases {
            for profile in ["sso", "keys"] {
                scope.spawn(move || {
                    let mut world = world();
                    world.set(name, value);
                    if *name == "AWS_ENDPOINT_URL" {
                        // Which does not move the runtime.
                        let region = "[profiles.sso]\n";
                        world.config(&CONFIG.replace(region, &format!("{region}base_url = \"{value}\"\n")));
                    }
                    let start = Instant::now();
                    let output = world.run(["doctor", "--verbose", profile, "--invoke"]);
                    let took = start.elapsed();
                    let (text, _) = texts(&output);
                    assert!(took < Duration::from_secs(10), "{name}={value} {profile}: {took:?}");
                    assert_eq!(output.status.code(), Some(1), "{text}");
                    assert!(
                        text.contains("did not answer in time")
                            || text.contains("did not arrive within")
                            || text.contains("no answer from AWS"),
                        "{name}={value} {profile}: {text}"
                    );
                    assert!(text.contains(CONNECTION), "{text}");
                });
            }
        }
    });
}

#[test]
fn an_aws_profile_that_is_not_there_and_a_file_that_cannot_be_read() {
    let mut world = world();
    let config = format!(
        "{CONFIG}[profiles.absent]\nextends = \"sso\"\nauth = {{ method = \"aws-profile\", profile = \"ssso\" }}\n"
    );
    world.config(&config);
    let moved = world.path("aws");
    fs::rename(world.path(".aws/config"), &moved).unwrap();
    world.set("AWS_CONFIG_FILE", moved);
    let line = "there is no AWS profile `ssso` in ~/aws";
    named(
        &world,
        "absent",
        ALL,
        line,
        "did you mean `sso`? Then: auth = { method = ",
    );
    fs::write(world.config_path(), format!("{config}x = [\n")).unwrap();
    let output = world.run(["doctor", "--verbose", "sso"]);
    let (text, _) = texts(&output);
    let place = format!(
        "config.toml:{})\n         correct it there; the line itself: claude-bedrock lint\n",
        config.lines().count() + 1
    );
    assert!(
        text.contains("✗ CD01  unclosed array") && text.contains(&place),
        "{text}"
    );
}
