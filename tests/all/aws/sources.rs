//! Where credentials come from and how long they last: codes of devices, keys that other tools have written, records
//! that AWS refuses, and logins where there is no browser.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use super::{AWS_CONFIG, SSO_TOKEN, faked, from_now, stderr, stdout, token, world};
use crate::support::fake_aws::{KEY_ID, SECRET_KEY};
use crate::support::need::need;
use crate::support::pty;
use crate::support::world::{PROGRAM, found};

#[test]
fn a_devices_code_is_asked_for_on_the_terminal_and_the_session_kept() {
    let Some((world, aws)) = faked(&json!({})) else { return };
    // Without a terminal nobody is asked, whoever calls.
    for arguments in [&["credentials", "mfa"][..], &["login", "mfa"], &["doctor", "mfa"]] {
        let mut command = world.command(PROGRAM);
        let output = command.args(arguments).stdin(Stdio::null()).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?} {}", stderr(&output));
    }
    let output = world.run(["credentials", "mfa"]);
    assert!(
        stderr(&output).ends_with("claude-bedrock login mfa\n"),
        "{}",
        stderr(&output)
    );
    assert!(aws.operations().iter().all(|operation| operation != "AssumeRole"));

    let (mut master, slave) = pty::open(24, 200, false);
    let screen = pty::watch(&master);
    let mut command = world.command(PROGRAM);
    command.args(["login", "mfa"]);
    command
        .stdin(slave.try_clone().unwrap())
        .stderr(slave)
        .stdout(Stdio::piped());
    let child = command.spawn().unwrap();
    drop(command);
    while !String::from_utf8_lossy(&screen.lock().unwrap()).contains("MFA code of arn:aws:iam::123456789012:mfa/me: ") {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    master.write_all(b"123456\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let said = stdout(&output);
    assert!(
        said.starts_with("mfa: account 123456789012, role/Build, credentials for "),
        "{said}"
    );
    let requests = aws.requests();
    let assumed = requests
        .iter()
        .find(|request| request["operation"] == "AssumeRole")
        .unwrap();
    assert_eq!(
        assumed["parameters"]["SerialNumber"],
        "arn:aws:iam::123456789012:mfa/me"
    );
    assert_eq!(assumed["parameters"]["TokenCode"], "123456");
    // Claude Code, which has no terminal, is handed what is kept.
    let output = world.run(["credentials", "mfa"]);
    let kept: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(kept["SessionToken"].as_str().is_some_and(|token| !token.is_empty()));
    assert_eq!(aws.requests().len(), requests.len());
}

/// aws-mfa writes the session into `~/.aws/credentials`, under the AWS profile that the shell has: the project's.
#[test]
fn a_session_that_aws_mfa_writes_is_the_projects_and_ends_when_it_says() {
    let Some((mut world, _aws)) = faked(&json!({})) else {
        return;
    };
    let program = need("aws-mfa");
    world.config("[profiles.corp]\nregion = \"us-east-1\"\nauth = { method = \"aws-profile\", profile = \"corp\" }\n");
    world.write(".aws/config", "[profile corp]\nregion = us-east-1\n");
    world.write(
        ".aws/credentials",
        format!("[corp-long-term]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET_KEY}\naws_mfa_device = arn:aws:iam::123456789012:mfa/me\n"),
    );
    world.project("repo", "profile = \"corp\"\n");
    world.settle();
    for shell in found() {
        world.shell = shell;
        let mut terminal = world.start();
        terminal.run("cd repo");
        let turn = terminal.run(&format!(
            "echo 123456 | {} --duration 7200 --force",
            shell.call(&program.display().to_string())
        ));
        let said = format!("{}{}", turn.stdout, turn.stderr);
        assert!(
            said.contains("Your credentials will expire in"),
            "{}: {said}",
            shell.name()
        );
        assert_eq!(
            turn.get("CLAUDE_BEDROCK_ACTIVE"),
            Some("corp"),
            "{}: {said}",
            shell.name()
        );
        let status = terminal
            .run("claude-bedrock status --format '{profile} {expires}'")
            .stdout;
        assert!(
            status.contains("corp 1 h 59 min") || status.contains("corp 2 h"),
            "{}: {status}",
            shell.name()
        );
        let turn = terminal.run("claude-bedrock credentials corp --no-cache");
        assert!(
            turn.stdout.contains("\"SessionToken\""),
            "{}: {}{}",
            shell.name(),
            turn.stdout,
            turn.stderr
        );
        let turn = terminal.run("cd ..");
        assert_eq!(turn.get("AWS_PROFILE"), None, "{}: {}", shell.name(), turn.stderr);
    }
}

#[test]
fn keys_that_other_tools_have_written_end_when_those_say() {
    let Some((world, _aws)) = faked(&json!({})) else { return };
    world.write(".aws/config", "[profile keys]\nregion = us-east-1\n");
    let keys = |more: &str| {
        format!(
            "[keys]\naws_access_key_id = ASIAI44QH8DHBEXAMPLE\naws_secret_access_key = je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY\naws_session_token = some-token\n{more}\n"
        )
    };
    for (line, expiration) in [
        (
            "x_security_token_expires = 2099-01-02T00:47:31+02:00",
            Some("2099-01-01T22:47:31Z"),
        ),
        (
            "x_security_token_expires = 2099-01-02T00:47:31+0000",
            Some("2099-01-02T00:47:31Z"),
        ),
        (
            "aws_session_expiration = 2099-11-30T04:22:15.235000+00:00+0000",
            Some("2099-11-30T04:22:15Z"),
        ),
        (
            "aws_session_expiration = 2099-11-30T04:22:15+0000",
            Some("2099-11-30T04:22:15Z"),
        ),
        ("expiration = 2099-05-05 10:00:00", Some("2099-05-05T10:00:00Z")),
        ("aws_expiration = 2099-05-05T10:00:00Z", Some("2099-05-05T10:00:00Z")),
        (
            "X_Security_Token_Expires = 2099-05-05T10:00:00Z",
            Some("2099-05-05T10:00:00Z"),
        ),
        (
            "x_security_token_expires = \"2099-05-05T10:00:00Z\"",
            Some("2099-05-05T10:00:00Z"),
        ),
        ("x_security_token_expires = 4081658400", Some("2099-05-05T10:00:00Z")),
        ("expiration = 4081658400000", Some("2099-05-05T10:00:00Z")),
        (
            "expiration = 2099-05-05 11:00:00.5 +0100 CET",
            Some("2099-05-05T10:00:00Z"),
        ),
        (
            "aws_session_expires = 2099-05-05 10:00:00 GMT",
            Some("2099-05-05T10:00:00Z"),
        ),
        (
            "aws_session_token_expiry = 2099-05-05T03:00:00-07",
            Some("2099-05-05T10:00:00Z"),
        ),
        (
            "aws_credentials_expires_at = Tue, 05 May 2099 10:00:00 GMT",
            Some("2099-05-05T10:00:00Z"),
        ),
        ("sso_registration_expires = 2099-05-05T10:00:00Z", None),
        ("password_expires = 2099-05-05T10:00:00Z", None),
        ("x_security_token_expires = soon", None),
        ("x_principal_arn = arn:aws:iam::1:role/x", None),
    ] {
        world.write(".aws/credentials", keys(line));
        let output = world.run(["credentials", "keys", "--no-cache"]);
        let given: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(&output)));
        assert_eq!(given["Expiration"].as_str(), expiration, "{line}");
    }
    world.write(
        ".aws/credentials",
        keys(&format!("x_security_token_expires = {}", from_now(-7300))),
    );
    let output = world.run(["credentials", "keys"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        stderr(&output),
        "claude-bedrock: the keys of the AWS profile `keys` expired 2 h ago\n  renew them with the tool that wrote them into ~/.aws/credentials: nothing else does\n"
    );
    let login = world.run(["login", "keys"]);
    assert!(stderr(&login).contains("expired 2 h ago"), "{}", stderr(&login));
    // Keys that last for ever have no end, whatever a line says.
    let lasting =
        keys("x_security_token_expires = 2020-01-01T00:00:00Z").replace("aws_session_token = some-token\n", "");
    world.write(".aws/credentials", lasting.replace("ASIAI44", "AKIAI44"));
    let output = world.run(["credentials", "keys"]);
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn kept_credentials_that_aws_refuses_are_dropped_by_a_login() {
    let Some((mut world, aws)) = faked(&json!({})) else {
        return;
    };
    world.set("PATH", "/nowhere");
    token(&world, SSO_TOKEN, 3600 * 8);
    let first = world.run(["credentials", "sso"]);
    assert!(first.status.success(), "{}", stderr(&first));
    let login = world.run(["login", "sso"]);
    assert!(!stderr(&login).contains("dropped"), "{}", stderr(&login));
    assert_eq!(world.run(["credentials", "sso"]).stdout, first.stdout, "good ones stay");
    let expired = json!({ "status": 403, "code": "ExpiredToken", "message": "The security token included in the request is expired" });
    aws.script(&json!({ "faults": { "GetCallerIdentity": expired } }));
    let login = world.run(["login", "sso"]);
    assert!(
        stderr(&login).starts_with("claude-bedrock: AWS refuses the kept credentials of `sso`; they are dropped\n"),
        "{}",
        stderr(&login)
    );
    aws.script(&json!({}));
    let again = world.run(["credentials", "sso"]);
    assert!(again.status.success(), "{}", stderr(&again));
    assert_ne!(again.stdout, first.stdout);
    // A network that is down is no refusal.
    world.set("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    assert!(!stderr(&world.run(["login", "sso"])).contains("dropped"));
}

#[test]
fn a_file_of_aws_that_cannot_be_read_is_said_to_be_so() {
    let world = world("http://127.0.0.1:1");
    fs::remove_file(world.path(".aws/config")).unwrap();
    fs::create_dir(world.path(".aws/config")).unwrap();
    let output = world.run(["credentials", "keys"]);
    let said = stderr(&output);
    assert!(said.contains("~/.aws/config"), "{said}");
    assert!(
        !said.contains("there is no AWS profile") && !said.contains("expired"),
        "{said}"
    );
    fs::remove_dir(world.path(".aws/config")).unwrap();
    world.write(".aws/config", AWS_CONFIG);
}

#[test]
fn where_no_browser_can_be_a_login_is_by_a_code() {
    let Some((mut world, _aws)) = faked(&json!({})) else {
        return;
    };
    let aws = "#!/bin/sh\nif [ \"$1\" = --version ]; then echo 'aws-cli/2.30.1 Python/3.13'; exit; fi\necho \"$*\" >>\"$HOME/asked\"\nexit 1\n";
    world.program("bin/aws", aws);
    let path = format!("{}:/usr/bin:/bin", world.path("bin").display());
    world.set("PATH", path);
    token(&world, SSO_TOKEN, -60);
    let by_code = "sso login --profile sso --no-browser --use-device-code";
    for (set, arguments, asked) in [
        (&[("SSH_CONNECTION", "1 2 3 4")][..], &[][..], by_code),
        (
            &[("BROWSER", "firefox"), ("SSH_CONNECTION", "1 2 3 4")],
            &[],
            "sso login --profile sso",
        ),
        (&[("BROWSER", "firefox")], &["--no-browser"], by_code),
        (&[("BROWSER", "firefox")], &["--use-device-code"], by_code),
    ] {
        let mut command = world.command(PROGRAM);
        command.args(["login", "sso"]).args(arguments).envs(set.iter().copied());
        let output = command.output().unwrap();
        let last = fs::read_to_string(world.path("asked")).unwrap();
        assert_eq!(last.lines().last(), Some(asked), "{set:?} {}", stderr(&output));
        let is_said = stderr(&output).contains("the login uses a code, for a browser elsewhere");
        assert_eq!(is_said, set[0].0 == "SSH_CONNECTION", "{}", stderr(&output));
    }
}

#[test]
fn a_blank_bearer_token_is_no_api_key() {
    let mut world = world("http://127.0.0.1:1");
    for (token, is_said) in [("", false), ("  ", false), ("ABSKx", true)] {
        world.set("AWS_BEARER_TOKEN_BEDROCK", token);
        let output = world.run(["lint", "--json"]);
        assert_eq!(stdout(&output).contains("CB015"), is_said, "{token:?}");
    }
}

/// A session of `aws login` that ends in so many seconds, as the AWS CLI leaves it.
fn console_session(seconds: i64) -> String {
    json!({
        "accessToken": {
            "accessKeyId": super::KEY_ID, "secretAccessKey": super::SECRET_KEY, "sessionToken": "console-token",
            "accountId": "123456789012", "expiresAt": from_now(seconds),
        },
        "clientId": "arn:aws:signin:::devtools/same-device", "refreshToken": "x", "dpopKey": "x",
    })
    .to_string()
}

#[test]
fn a_console_session_is_renewed_by_the_aws_cli_and_begun_by_login() {
    // `printf arn:aws:iam::123456789012:user/me | sha256sum`
    const SESSION: &str = "arn:aws:iam::123456789012:user/me";
    let mut world = world("http://127.0.0.1:1");
    world.write(".aws/config", format!("[profile keys]\nlogin_session = {SESSION}\n"));
    let name = data_encoding::HEXLOWER.encode(&<sha2::Sha256 as sha2::Digest>::digest(SESSION.as_bytes()));
    let cache = format!(".aws/login/cache/{name}.json");
    // It renews the file where it is told to, and writes down how it was called.
    let aws = "#!/bin/sh\nif [ \"$1\" = --version ]; then echo 'aws-cli/2.32.1 Python/3.13'; exit; fi\necho \"$*\" >>\"$HOME/asked\"\n[ -e \"$HOME/new\" ] || exit 1\nmkdir -p \"$HOME/.aws/login/cache\"; cp \"$HOME/new\" \"$HOME/CACHE\"\n";
    world.program("bin/aws", &aws.replace("CACHE", &cache));
    world.set("PATH", format!("{}:/usr/bin:/bin", world.path("bin").display()));
    world.set("BROWSER", "firefox");
    let asked = |world: &crate::support::World| fs::read_to_string(world.path("asked")).unwrap_or_default();

    let output = world.run(["credentials", "keys"]);
    assert!(
        stderr(&output).contains("you are not logged in to the console session"),
        "{}",
        stderr(&output)
    );
    assert_eq!(asked(&world), "", "there is nothing to renew");

    world.write(&cache, console_session(600));
    let output = world.run(["credentials", "keys", "--no-cache"]);
    assert!(stdout(&output).contains("console-token"), "{}", stderr(&output));
    assert_eq!(asked(&world), "", "it is good");

    world.write(&cache, console_session(-60));
    let output = world.run(["credentials", "keys"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("could not be renewed: the AWS CLI refuses"),
        "{}",
        stderr(&output)
    );
    assert!(
        stderr(&output).ends_with("log in: claude-bedrock login keys\n"),
        "{}",
        stderr(&output)
    );

    world.write("new", console_session(900));
    let output = world.run(["credentials", "keys"]);
    assert!(stdout(&output).contains("console-token"), "{}", stderr(&output));
    assert_eq!(
        asked(&world).lines().last(),
        Some("configure export-credentials --profile keys")
    );

    // A login runs the CLI's own.
    fs::remove_file(world.path(&cache)).unwrap();
    for (arguments, wanted) in [
        (&["login", "keys"][..], "login --profile keys"),
        (&["login", "keys", "--use-device-code"], "login --profile keys --remote"),
    ] {
        let _ = fs::remove_file(world.path(&cache));
        world.run(arguments.iter());
        assert_eq!(asked(&world).lines().last(), Some(wanted));
    }
    world.program("bin/aws", "#!/bin/sh\necho 'aws-cli/2.31.9 Python/3.13'\n");
    let _ = fs::remove_file(world.path(&cache));
    let output = world.run(["login", "keys"]);
    assert!(stderr(&output).contains("came with 2.32"), "{}", stderr(&output));
}

#[test]
fn a_refused_renewal_is_remembered_for_that_token() {
    let Some((world, aws)) = faked(&json!({})) else { return };
    let renewable = |refresh: &str| {
        format!(
            ", \"refreshToken\": \"{refresh}\", \"clientId\": \"the-client\", \"clientSecret\": \"the-client-secret\", \"registrationExpiresAt\": \"2099-01-01T00:00:00Z\""
        )
    };
    super::token_with(&world, SSO_TOKEN, -60, &renewable("revoked"));
    let project = world.project("repo", "profile = \"sso\"\n");
    let session = || {
        let mut command = world.command(PROGRAM);
        let output = command
            .args(["status", "--json"])
            .current_dir(project.parent().unwrap())
            .output()
            .unwrap();
        let status: Value = serde_json::from_slice(&output.stdout).unwrap();
        status["session"]["state"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(session(), "renewable", "nobody knows yet");
    for _ in 0..2 {
        assert_eq!(world.run(["credentials", "sso"]).status.code(), Some(1));
    }
    assert_eq!(aws.operations(), ["CreateToken", "CreateToken"]);
    assert_eq!(session(), "expired");
    // Another token is another story.
    super::token_with(&world, SSO_TOKEN, -120, &renewable("the-refresh-token"));
    assert!(world.run(["credentials", "sso"]).status.success());
    assert_eq!(session(), "valid");
}

#[test]
fn a_role_is_assumed_with_the_keys_of_the_environment_where_its_profile_says_so() {
    let Some((mut world, aws)) = faked(&json!({})) else {
        return;
    };
    let config = "[profile keys]\nrole_arn = arn:aws:iam::123456789012:role/Build\ncredential_source = Environment\n";
    world.write(".aws/config", config);
    let output = world.run(["credentials", "keys"]);
    assert_eq!(output.status.code(), Some(2), "there are none: {}", stderr(&output));
    world.set("AWS_ACCESS_KEY_ID", super::KEY_ID);
    world.set("AWS_SECRET_ACCESS_KEY", super::SECRET_KEY);
    let output = world.run(["credentials", "keys"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(aws.operations(), ["AssumeRole"]);
    world.write(".aws/config", config.replace("Environment", "EnvironmentVariables"));
    let output = world.run(["credentials", "keys"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
}

#[test]
fn what_other_tools_have_left_beside_a_session_is_named() {
    let world = world("http://127.0.0.1:1");
    token(&world, SSO_TOKEN, 3600);
    world.write(".aws/sso/cache/botocore-client-id-us-east-1.json", "");
    let lines = |profile: &str| {
        let output = world.run(["doctor", profile, "--offline", "--json"]);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let rows = report["checks"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["code"] == "CD11");
        rows.map(|row| row["finding"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let said = lines("sso");
    assert!(
        said[0].contains("~/.aws/sso/cache/botocore-client-id-us-east-1.json is empty or truncated"),
        "{said:?}"
    );
    assert!(said[1].contains("is good for"), "{said:?}");
    fs::remove_file(world.path(".aws/sso/cache/botocore-client-id-us-east-1.json")).unwrap();
    assert_eq!(lines("sso").len(), 1);
    // yawsso writes keys beside the session, which Claude Code then takes.
    let keys = format!(
        "[sso]\naws_access_key_id = ASIAX\naws_secret_access_key = x\naws_session_token = x\naws_session_expiration = {}+0000\n",
        from_now(-3700).replace('Z', "+00:00")
    );
    world.write(".aws/credentials", keys);
    let said = lines("sso");
    assert!(
        said.iter()
            .any(|line| line.contains("the keys of the AWS profile `sso` expired ")),
        "{said:?}"
    );
}

#[test]
fn a_machines_role_that_would_pay_is_said_before_a_wrapped_command() {
    let mut world = world("http://127.0.0.1:1");
    world.config("[profiles.work]\nregion = \"us-east-1\"\nauth = { method = \"aws-profile\", profile = \"absent\", isolate = true }\n");
    let project = world.project("repo", "profile = \"work\"\n");
    let said = |world: &crate::support::World| {
        let mut command = world.command(PROGRAM);
        stderr(
            &command
                .arg("expired")
                .current_dir(project.parent().unwrap())
                .output()
                .unwrap(),
        )
    };
    assert_eq!(said(&world), "");
    world.set("AWS_WEB_IDENTITY_TOKEN_FILE", "/token");
    world.set("AWS_ROLE_ARN", "arn:aws:iam::999999999999:role/machine");
    let line = said(&world);
    assert!(
        line.contains("this machine's role arn:aws:iam::999999999999:role/machine"),
        "{line}"
    );
    assert!(line.contains("would pay"), "{line}");
}

/// What an EC2 instance answers about its role, on this machine; the address.
fn instance_metadata() -> String {
    use std::io::{BufRead as _, BufReader};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut stream = stream;
                let mut line = String::new();
                while reader.read_line(&mut line).is_ok_and(|read| read > 0) {
                    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
                    while line.trim() != "" {
                        line.clear();
                        reader.read_line(&mut line).unwrap();
                    }
                    let body = match path.trim_end_matches('/') {
                        "/latest/api/token" => "token".to_owned(),
                        "/latest/meta-data/iam/security-credentials" => "machine".to_owned(),
                        "/latest/meta-data/iam/security-credentials/machine" => json!({
                            "Code": "Success", "Type": "AWS-HMAC", "LastUpdated": from_now(-60), "Expiration": from_now(3600),
                            "AccessKeyId": super::KEY_ID, "SecretAccessKey": super::SECRET_KEY, "Token": "x",
                        })
                        .to_string(),
                        _ => String::new(),
                    };
                    let status = if body.is_empty() { "404 Not Found" } else { "200 OK" };
                    let head = format!(
                        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nx-aws-ec2-metadata-token-ttl-seconds: 21600\r\n\r\n",
                        body.len()
                    );
                    if stream.write_all((head + &body).as_bytes()).is_err() {
                        return;
                    }
                    line.clear();
                }
            });
        }
    });
    format!("http://{address}")
}

#[test]
fn doctor_asks_the_instance_whose_role_would_pay() {
    let Some((mut world, _aws)) = faked(&json!({})) else {
        return;
    };
    world.config("[profiles.work]\nregion = \"us-east-1\"\nauth = { method = \"aws-profile\", profile = \"absent\", isolate = true }\n");
    let said = |world: &crate::support::World| stdout(&world.run(["doctor", "work", "--json"]));
    assert!(!said(&world).contains("would pay"), "it is switched off");
    world.set("AWS_EC2_METADATA_DISABLED", "false");
    world.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", instance_metadata());
    let text = said(&world);
    assert!(
        text.contains("this EC2 instance's user/me would pay, in the account 123456789012"),
        "{text}"
    );
    let text = stdout(&world.run(["doctor", "work", "--json", "--offline"]));
    assert!(!text.contains("would pay"), "nobody is asked: {text}");
}

#[test]
fn web_identity_containers_and_instances_give_the_machines_role() {
    let Some((world, aws)) = faked(&json!({})) else { return };
    let (container, instance) = (format!("{}/container", aws.url()), aws.url());
    let token_file = world.path("identity");
    let token_file = token_file.to_str().unwrap();
    world.write("identity", "the-identity-token");
    let container = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", container.as_str()),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "the-container-token"),
    ];
    let instance = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", instance.as_str())];
    let pod = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token_file),
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/Pod"),
    ];
    let of_identity =
        format!("role_arn = arn:aws:iam::123456789012:role/Pod\nweb_identity_token_file = {token_file}\n");
    let of_source =
        |source: &str| format!("role_arn = arn:aws:iam::123456789012:role/Build\ncredential_source = {source}\n");
    let by_instance = ["InstanceToken", "InstanceRole", "InstanceCredentials"];
    for (profile, section, variables, role, asked) in [
        ("keys", of_identity, &[][..], "Pod", &["AssumeRoleWithWebIdentity"][..]),
        (
            "ambient",
            String::new(),
            &pod[..],
            "Pod",
            &["AssumeRoleWithWebIdentity"],
        ),
        (
            "ambient",
            String::new(),
            &container,
            "Machine",
            &["ContainerCredentials"],
        ),
        (
            "keys",
            of_source("EcsContainer"),
            &container,
            "Build",
            &["ContainerCredentials", "AssumeRole"],
        ),
        ("ambient", String::new(), &instance, "Machine", &by_instance),
        (
            "keys",
            of_source("Ec2InstanceMetadata"),
            &instance,
            "Build",
            &[by_instance[0], by_instance[1], by_instance[2], "AssumeRole"],
        ),
    ] {
        world.write(".aws/config", format!("[profile keys]\n{section}"));
        let before = aws.requests().len();
        let mut command = world.command(PROGRAM);
        command.args(["whoami", profile]).envs(variables.iter().copied());
        let output = command.env_remove("AWS_EC2_METADATA_DISABLED").output().unwrap();
        assert_eq!(
            stdout(&output),
            format!("role/{role} in the account 123456789012 (profile {profile}, us-east-1)\n"),
            "{section}{variables:?} {}",
            stderr(&output)
        );
        let requests = aws.requests();
        let mut found: Vec<&str> = requests[before..]
            .iter()
            .map(|request| request["operation"].as_str().unwrap())
            .collect();
        assert_eq!(found.pop(), Some("GetCallerIdentity"));
        assert_eq!(found, asked, "{section}{variables:?}");
    }
    // What nobody may have is refused in AWS's words, and a file that is not there is named.
    world.write(".aws/config", "[profile keys]\n");
    for (token, said) in [(Some("forged"), "No OpenIDConnect provider"), (None, "~/identity")] {
        match token {
            Some(token) => drop(world.write("identity", token)),
            None => fs::remove_file(world.path("identity")).unwrap(),
        }
        let mut command = world.command(PROGRAM);
        let output = command.args(["whoami", "ambient"]).envs(pod).output().unwrap();
        assert!(!output.status.success());
        assert!(stderr(&output).contains(said), "{token:?}: {}", stderr(&output));
    }
}

#[test]
fn a_session_under_any_name_is_found_by_a_login() {
    let Some((mut world, aws)) = faked(&json!({})) else {
        return;
    };
    world.set("PATH", "/nowhere");
    for (written, name) in [
        ("corp", "corp"),
        ("sso", "sso"),
        ("a.b@c+d/e:f%g", "a.b@c+d/e:f%g"),
        ("'quoted'", "quoted"),
    ] {
        world.write(
            ".aws/config",
            format!(
                "[profile keys]\nsso_session = {name}\nsso_account_id = 123456789012\nsso_role_name = Developer\n\
                 [sso-session {written}]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = us-east-1\n"
            ),
        );
        let file = sha1_smol::Sha1::from(name).digest().to_string();
        token(&world, &format!(".aws/sso/cache/{file}.json"), 3600 * 8 + 30);
        let output = world.run(["login", "keys"]);
        assert_eq!(
            stdout(&output),
            "keys: account 123456789012, role/Developer, session for 8 h\n",
            "{written}: {}",
            stderr(&output)
        );
    }
    assert!(aws.operations().contains(&"GetRoleCredentials".to_owned()));
}
