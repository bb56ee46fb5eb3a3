//! `credentials`: what it prints, what it keeps, and that many callers fetch once.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{SSO_TOKEN, TOKEN, faked, from_now, stderr, stdout, token, world};
use crate::support::World;
use crate::support::fake_aws::{ACCESS_TOKEN, KEY_ID, SECRET_KEY};
use crate::support::world::PROGRAM;

/// The session that moto's STS gives out to everybody, as `credentials` prints it, with the end that stands in what
/// it has printed: in an hour.
fn session(printed: &str) -> String {
    let value: Value = serde_json::from_str(printed).unwrap();
    let until = value["Expiration"].as_str().unwrap();
    let left = OffsetDateTime::parse(until, &Rfc3339).unwrap() - OffsetDateTime::now_utc();
    assert!((3500..=3600).contains(&left.whole_seconds()), "{until}");
    format!(
        "{{\"Version\":1,\"AccessKeyId\":\"AKIAIOSFODNN7EXAMPLE\",\"SecretAccessKey\":\"wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY\",\"SessionToken\":\"AQoEXAMPLEH4aoAH0gNCAPyJxz4BlCFFxWNE1OPTgk5TthT+FvwqnKwRcOIfrRh3c/LTo6UDdyJwOOvEVPvLXCrrrUtdnniCEXAMPLE/IvU1dYUg2RVAJBanLiHb4IgRmpRV3zrkuWJOgQs8IZZaIv2BXIa2R4OlgkBN9bkUDNCJiBeb/AXlzBBko7b15fjrBs2+cTQtpZ3CYWFXG8C5zqx37wnOE49mRl/+OtkIKGO7fAE\",\"Expiration\":\"{until}\"}}\n"
    )
}

/// Requires that a session and nothing else was printed.
fn check(output: &Output) {
    let printed = stdout(output);
    assert_eq!(stderr(output), "");
    assert_eq!(printed, session(&printed));
}

/// The kept records, without locks.
fn records(world: &World) -> Vec<PathBuf> {
    let directory = world.path(".local/state/claude-bedrock/credentials");
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_none());
    paths
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn each_format_is_what_its_reader_wants() {
    let Some((world, _aws)) = faked(&json!({})) else { return };
    let output = world.run(["credentials", "keys"]);
    check(&output);
    let object = stdout(&output);
    assert_eq!(
        stdout(&world.run(["credentials", "keys", "--format", "process"])),
        object
    );
    let inner = object.trim_end().replace("\"Version\":1,", "");
    assert_eq!(
        stdout(&world.run(["credentials", "--format=json", "keys"])),
        format!("{{\"Credentials\":{inner}}}\n")
    );
    let value: Value = serde_json::from_str(&object).unwrap();
    let [id, secret, token, until] =
        ["AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"].map(|name| value[name].as_str().unwrap());
    assert_eq!(
        stdout(&world.run(["credentials", "keys", "--format", "env"])),
        format!(
            "export AWS_ACCESS_KEY_ID='{id}'\nexport AWS_SECRET_ACCESS_KEY='{secret}'\nexport AWS_SESSION_TOKEN='{token}'\nexport AWS_CREDENTIAL_EXPIRATION='{until}'\n"
        )
    );
}

#[test]
fn credentials_are_kept_for_nobody_else_and_served_without_the_network() {
    let Some((mut world, aws)) = faked(&json!({})) else {
        return;
    };
    for _ in 0..3 {
        check(&world.run(["credentials", "keys"]));
    }
    assert_eq!(aws.operations(), ["GetSessionToken"]);
    let [record] = records(&world).try_into().unwrap();
    assert_eq!((mode(&record), mode(record.parent().unwrap())), (0o600, 0o700));
    assert_eq!(mode(&record.with_extension("lock")), 0o600);
    // The endpoint is part of what the credentials depend on.
    world.set("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    assert_eq!(world.run(["credentials", "keys"]).status.code(), Some(1));
}

#[test]
fn without_the_cache_nothing_is_kept() {
    let Some((world, aws)) = faked(&json!({})) else { return };
    for _ in 0..2 {
        check(&world.run(["credentials", "keys", "--no-cache"]));
    }
    assert_eq!(aws.requests().len(), 2);
    assert_eq!(records(&world), [] as [PathBuf; 0]);
}

fn start(world: &World, name: &str) -> Child {
    let mut command = world.command(PROGRAM);
    command.args(["credentials", name]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn of_two_hundred_callers_at_once_one_fetches() {
    let Some((world, aws)) = faked(&json!({ "delay": 0.3 })) else {
        return;
    };
    let callers: Vec<Child> = (0..200).map(|_| start(&world, "keys")).collect();
    for caller in callers {
        check(&caller.wait_with_output().unwrap());
    }
    assert_eq!(aws.requests().len(), 1);
}

#[test]
fn a_failure_is_shared_by_all_who_waited_for_it() {
    let fault = json!({ "status": 403, "code": "AccessDenied", "message": "no" });
    let Some((world, aws)) = faked(&json!({ "delay": 2, "faults": { "GetSessionToken": fault } })) else {
        return;
    };
    let callers: Vec<Child> = (0..10).map(|_| start(&world, "keys")).collect();
    for caller in callers {
        let output = caller.wait_with_output().unwrap();
        assert_eq!((stdout(&output).as_str(), output.status.code()), ("", Some(1)));
        assert!(
            stderr(&output).contains("sts:GetSessionToken is not allowed"),
            "{}",
            stderr(&output)
        );
    }
    assert_eq!(aws.requests().len(), 1);
    assert_eq!(world.run(["credentials", "keys"]).status.code(), Some(1));
    assert_eq!(aws.requests().len(), 2, "who comes later tries again");
}

#[test]
fn what_ends_within_five_minutes_is_fetched_anew() {
    for (left, requests) in [(4 * 60, 2), (6 * 60, 1)] {
        let until = from_now(left);
        let session = json!({
            "AccessKeyId": "ASIAIOSFODNN7EXAMPLE", "SecretAccessKey": "secret", "SessionToken": "token",
            "Expiration": until,
        });
        let script = json!({ "answers": { "GetSessionToken": { "Credentials": session } } });
        let Some((world, aws)) = faked(&script) else { return };
        for _ in 0..2 {
            assert!(world.run(["credentials", "keys"]).status.success());
        }
        assert_eq!(aws.requests().len(), requests, "{left} s");
    }
}

#[test]
fn an_edit_of_the_files_of_aws_makes_what_is_kept_worthless() {
    let Some((world, aws)) = faked(&json!({})) else { return };
    assert!(world.run(["credentials", "keys"]).status.success());
    world.write(".aws/config", format!("{}\n", super::AWS_CONFIG));
    assert!(world.run(["credentials", "keys"]).status.success());
    world.write(".aws/credentials", "[other]\n");
    assert!(world.run(["credentials", "keys"]).status.success());
    assert_eq!(aws.requests().len(), 3);
}

#[test]
fn a_logout_makes_what_is_kept_worthless() {
    let Some((world, aws)) = faked(&json!({})) else { return };
    token(&world, SSO_TOKEN, 3600);
    for name in ["sso", "isolated"] {
        let first = stdout(&world.run(["credentials", name]));
        assert!(first.contains("\"AccessKeyId\":\"ASIA"), "{first}");
        assert_eq!(stdout(&world.run(["credentials", name])), first);
    }
    let requests = aws.requests();
    assert_eq!(requests.len(), 2, "once for each profile");
    assert_eq!(requests[0]["operation"], "GetRoleCredentials");
    let wanted = json!({ "accountId": "123456789012", "roleName": "Developer", "accessToken": ACCESS_TOKEN });
    assert_eq!(requests[0]["parameters"], wanted);
    fs::remove_file(world.path(SSO_TOKEN)).unwrap();
    let output = world.run(["credentials", "sso"]);
    assert_eq!((stdout(&output).as_str(), output.status.code()), ("", Some(1)));
}

#[test]
fn a_damaged_cache_is_said_and_replaced() {
    type Damage = fn(&[u8]) -> Vec<u8>;
    let damages: [Damage; 4] = [
        |_| Vec::new(),
        |content| content[..content.len() / 2].to_vec(),
        |content| [content, b"x"].concat(),
        |content| content.iter().map(|byte| byte ^ 1).collect(),
    ];
    for damage in damages {
        let Some((world, aws)) = faked(&json!({})) else { return };
        assert!(world.run(["credentials", "keys"]).status.success());
        let [record] = records(&world).try_into().unwrap();
        let content = fs::read(&record).unwrap();
        fs::write(&record, damage(&content)).unwrap();
        let output = world.run(["credentials", "keys"]);
        assert_eq!(stdout(&output), session(&stdout(&output)));
        assert_eq!(
            stderr(&output),
            "claude-bedrock: warning: the kept credentials are damaged; new ones are fetched\n  nothing to do\n"
        );
        assert_eq!(fs::read(&record).unwrap().len(), content.len());
        let output = world.run(["credentials", "keys"]);
        assert_eq!(stderr(&output), "");
        assert_eq!(aws.requests().len(), 2);
    }
}

#[test]
fn a_directory_that_cannot_be_written_is_said_and_the_credentials_are_printed() {
    let Some((world, _aws)) = faked(&json!({})) else { return };
    // A file in its place is in the way of root too, whom no mode stops.
    world.write(".local/state/claude-bedrock/credentials", "");
    let output = world.run(["credentials", "keys"]);
    assert_eq!(stdout(&output), session(&stdout(&output)));
    let said = stderr(&output);
    assert!(
        said.starts_with(
            "claude-bedrock: warning: credentials cannot be kept in ~/.local/state/claude-bedrock/credentials: "
        ),
        "{said}"
    );
    assert_eq!(said.lines().count(), 2, "{said}");
    if !rustix::process::geteuid().is_root() {
        fs::remove_file(world.path(".local/state/claude-bedrock/credentials")).unwrap();
        let directory = world.directory(".local/state/claude-bedrock/credentials");
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o500)).unwrap();
        let output = world.run(["credentials", "keys"]);
        assert_eq!(stdout(&output), session(&stdout(&output)));
        assert!(stderr(&output).contains("cannot be kept"), "{}", stderr(&output));
    }
}

#[test]
fn an_account_that_the_profile_does_not_pin_is_an_error_and_nothing_is_kept() {
    let Some((world, _aws)) = faked(&json!({})) else { return };
    let output = world.run(["credentials", "pinned"]);
    assert_eq!((stdout(&output).as_str(), output.status.code()), ("", Some(2)));
    assert_eq!(
        stderr(&output),
        "claude-bedrock: the credentials of `pinned` belong to the account 123456789012, but the profile requires 999999999999\n  choose other credentials in its `auth`, or correct its `account`: claude-bedrock show pinned\n"
    );
    assert_eq!(records(&world), [] as [PathBuf; 0]);
}

#[test]
fn keys_of_a_profile_get_a_session_and_temporary_ones_have_theirs() {
    let Some((world, aws)) = faked(&json!({})) else { return };
    check(&world.run(["credentials", "direct"]));
    assert_eq!(aws.requests().len(), 1);
    let output = world.run(["credentials", "temporary"]);
    assert_eq!(
        stdout(&output),
        format!(
            "{{\"Version\":1,\"AccessKeyId\":\"{KEY_ID}\",\"SecretAccessKey\":\"{SECRET_KEY}\",\"SessionToken\":\"{TOKEN}\"}}\n"
        )
    );
    assert_eq!(aws.requests().len(), 1, "nobody is asked for what is at hand");
}

#[test]
fn a_command_sees_the_profiles_environment_and_nothing_of_the_shells() {
    let Some((mut world, _aws)) = faked(&json!({})) else {
        return;
    };
    world.write(
        "process",
        "echo \"{\\\"Version\\\":1,\\\"AccessKeyId\\\":\\\"A\\\",\\\"SecretAccessKey\\\":\\\"B\\\",\\\"SessionToken\\\":\\\"$AWS_PROFILE:$AWS_REGION:$AWS_ACCESS_KEY_ID:$AWS_BEARER_TOKEN_BEDROCK:$CLAUDE_BEDROCK_ACTIVE\\\"}\"",
    );
    for (name, value) in [
        ("AWS_PROFILE", "keys"),
        ("AWS_ACCESS_KEY_ID", "AKIAWRONG"),
        ("AWS_SECRET_ACCESS_KEY", "wrong"),
        ("AWS_BEARER_TOKEN_BEDROCK", "wrong"),
        ("AWS_REGION", "eu-west-1"),
    ] {
        world.set(name, value);
    }
    let output = world.run(["credentials", "process"]);
    assert_eq!(
        (stdout(&output).as_str(), stderr(&output).as_str()),
        (
            "{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"B\",\"SessionToken\":\"process:us-east-1:::process\"}\n",
            ""
        )
    );
}

#[test]
fn a_profile_that_is_active_here_needs_no_name() {
    let Some((world, _aws)) = faked(&json!({})) else { return };
    world.project("here", "profile = \"keys\"\n");
    let output = world.run_in(world.path("here"), ["credentials"]);
    assert_eq!(stdout(&output), session(&stdout(&output)));
    let output = world.run(["credentials"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("no profile is active here"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn methods_without_credentials_say_so() {
    let world = world("http://127.0.0.1:1");
    for (name, said) in [
        (
            "api-key",
            "claude-bedrock: `api-key` has no AWS credentials: its method is `api-key`\n  its key is sent as a bearer token; Claude Code reads it from AWS_BEARER_TOKEN_BEDROCK\n",
        ),
        (
            "gateway",
            "claude-bedrock: `gateway` has no AWS credentials: its method is `gateway`\n  the gateway signs requests itself; Claude Code needs no credentials\n",
        ),
    ] {
        let output = world.run(["credentials", name]);
        assert_eq!((stdout(&output).as_str(), output.status.code()), ("", Some(2)));
        assert_eq!(stderr(&output), said);
    }
}
