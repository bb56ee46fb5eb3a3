//! `login` around the AWS CLI: which one, how it is called, one at a time, and what follows. A stand-in takes the
//! place of `aws`, because several versions of it are meant; the real one logs in in `tests/all/aws`.

use std::fs;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use crate::support::fake_aws::{FakeAws, SSO_PROFILE, SSO_TOKEN};
use crate::support::typist::Typist;
use crate::support::world::PROGRAM;
use crate::support::{Shell, World};
use serde_json::json;

const CONFIG: &str = r#"
[profiles.sso]
region = "us-east-1"
auth = { method = "aws-profile", profile = "sso" }
"#;

/// A token that is long over, in place of the one that `printf acme | sha1sum` names.
const EXPIRED: &str = r#"{"accessToken": "the-access-token", "expiresAt": "2026-01-01T00:00:00Z"}"#;

/// What a stand-in for `aws` does when it has been asked to log in: it leaves a token that is good.
const LOGS_IN: &str = r#"printf '%s' '{"accessToken": "the-access-token", "expiresAt": "2099-01-01T00:00:00Z"}' >"$HOME/.aws/sso/cache/293abb6b76d7791c0732cc517d38c4b5c734b87f.json""#;

/// A world whose session has expired, with an AWS CLI that says `version`, writes down how it is called and then does
/// `then`; `None` if the machine has no botocore.
fn expired(version: &str, then: &str) -> Option<(World, FakeAws)> {
    let aws = FakeAws::start(&json!({}))?;
    let mut world = World::new(Shell::Bash);
    world.config(CONFIG);
    world.write(".aws/config", SSO_PROFILE);
    world.write(SSO_TOKEN, EXPIRED);
    world.program(
        "bin/aws",
        &format!(
            "#!/bin/sh\nif [ \"$1\" = --version ]; then {version}; exit; fi\necho \"$*\" >>\"$HOME/calls\"\necho 'the CLI speaks'\n{then}\n"
        ),
    );
    let path = format!("{}:/usr/bin:/bin", world.path("bin").display());
    world.set("PATH", path);
    world.set("BROWSER", "firefox");
    aws.serve(&mut world);
    Some((world, aws))
}

fn calls(world: &World) -> Vec<String> {
    let text = fs::read_to_string(world.path("calls")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn said(output: &Output) -> (String, String, Option<i32>) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    for shown in [&stdout, &stderr] {
        assert!(!shown.contains("the-access-token"), "{shown}");
    }
    (stdout, stderr, output.status.code())
}

#[test]
fn each_version_of_the_aws_cli_is_called_as_it_understands() {
    for (version, flags, wanted) in [
        ("aws-cli/2.34.1", &[][..], "sso login --profile sso"),
        (
            "aws-cli/2.9.19",
            &["--no-browser"][..],
            "sso login --profile sso --no-browser",
        ),
        (
            "aws-cli/2.21.9",
            &["--no-browser"][..],
            "sso login --profile sso --no-browser",
        ),
        (
            "aws-cli/2.22.0",
            &["--no-browser"][..],
            "sso login --profile sso --no-browser --use-device-code",
        ),
        (
            "aws-cli/3.0.0",
            &["--no-browser"][..],
            "sso login --profile sso --no-browser --use-device-code",
        ),
    ] {
        let version = format!("echo '{version} Python/3.13.7 Linux/6.1'");
        let Some((world, _aws)) = expired(&version, LOGS_IN) else {
            return;
        };
        let output = world.run(["login", "sso"].iter().chain(flags));
        let (stdout, stderr, status) = said(&output);
        assert_eq!(calls(&world), [wanted], "{stderr}");
        assert!(
            stdout.starts_with("sso: account 123456789012, role/Developer, session for "),
            "{stdout}{stderr}"
        );
        // What the CLI says on stdout would be taken for a result.
        assert_eq!((stderr.as_str(), status), ("the CLI speaks\n", Some(0)));
    }
}

#[test]
fn an_aws_cli_that_cannot_log_in_is_told_apart() {
    for (version, line, fix) in [
        (
            "echo 'aws-cli/1.45.11 Python/3.11.7'",
            "the AWS CLI here is version 1, which cannot log in to Identity Center",
            "install version 2: https://",
        ),
        (
            "echo 'aws-cli/1.14.44 Python/2.7.17' >&2",
            "the AWS CLI here is version 1, which cannot log in to Identity Center",
            "install version 2: https://",
        ),
        (
            "echo 'a way to say'",
            "`aws` does not report its version; is it the AWS CLI?",
            "try it: aws --version",
        ),
    ] {
        let Some((world, _aws)) = expired(version, LOGS_IN) else {
            return;
        };
        let (stdout, stderr, status) = said(&world.run(["login", "sso"]));
        assert_eq!((stdout.as_str(), status), ("", Some(2)), "{stderr}");
        assert!(
            stderr.starts_with(&format!("claude-bedrock: {line}\n  {fix}")) && stderr.lines().count() == 2,
            "{stderr}"
        );
        assert_eq!(calls(&world), [] as [String; 0]);
    }
}

#[test]
fn a_login_that_fails_says_how_to_try_it_alone() {
    let Some((world, _aws)) = expired("echo 'aws-cli/2.34.1 Python/3'", "exit 255") else {
        return;
    };
    let (stdout, stderr, status) = said(&world.run(["login", "sso"]));
    assert_eq!((stdout.as_str(), status), ("", Some(2)));
    assert_eq!(
        stderr,
        "the CLI speaks\nclaude-bedrock: the AWS CLI's login failed (exit status: 255)\n  its message is above; to run it by itself: aws sso login --profile sso\n"
    );
}

#[test]
fn who_comes_during_a_login_waits_for_it_and_opens_no_second_browser() {
    let Some((world, _aws)) = expired("echo 'aws-cli/2.34.1 Python/3'", &format!("sleep 2\n{LOGS_IN}")) else {
        return;
    };
    let start = || {
        let mut command = world.command(PROGRAM);
        command.args(["login", "sso"]).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let logins: Vec<_> = (0..4).map(|_| start()).collect();
    let outputs: Vec<_> = logins
        .into_iter()
        .map(|login| said(&login.wait_with_output().unwrap()))
        .collect();
    assert_eq!(calls(&world).len(), 1, "{outputs:?}");
    for (stdout, stderr, status) in &outputs {
        assert!(stdout.starts_with("sso: account 123456789012"), "{stdout}{stderr}");
        assert_eq!(*status, Some(0));
    }
    let waiting = "claude-bedrock: another login is under way; waiting for it\n";
    let waited = outputs.iter().filter(|(_, stderr, _)| stderr == waiting).count();
    assert_eq!(waited, 3, "{outputs:?}");
}

#[test]
fn a_network_that_dies_during_the_login_does_not_take_the_time_that_claude_code_gives() {
    let Some((world, aws)) = expired("echo 'aws-cli/2.34.1 Python/3'", LOGS_IN) else {
        return;
    };
    aws.script(&json!({ "faults": { "*": "hang" } }));
    let start = Instant::now();
    let (stdout, stderr, status) = said(&world.run(["login", "sso"]));
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert_eq!((stdout.as_str(), status), ("", Some(1)), "{stderr}");
    assert!(
        stderr.ends_with("  check the connection, the VPN and HTTPS_PROXY; then try again\n"),
        "{stderr}"
    );
}

/// A world with a company's own login, which leaves keys as saml2aws does, and asks first where somebody can answer.
fn company(script: &str) -> Option<(World, FakeAws)> {
    let aws = FakeAws::start(&json!({}))?;
    let mut world = World::new(Shell::Bash);
    world.config(
        "[profiles.corp]\nregion = \"us-east-1\"\nauth = { method = \"aws-profile\", profile = \"corp\" }\nlogin = { command = \"corp-login --idp 'a b'\" }\n",
    );
    world.write(".aws/config", "[profile corp]\nregion = us-east-1\n");
    world.program("bin/corp-login", script);
    world.set("PATH", format!("{}:/usr/bin:/bin", world.path("bin").display()));
    aws.serve(&mut world);
    Some((world, aws))
}

const LEAVES_KEYS: &str = "#!/bin/sh
printf '%s|' \"$AWS_PROFILE\" \"$@\" >>~/calls
echo 'welcome to acme'
printf '[corp]\\naws_access_key_id = AKIAI44QH8DHBEXAMPLE\\naws_secret_access_key = je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY\\n' >~/.aws/credentials
";

#[test]
fn a_companys_own_login_is_run_where_the_credentials_are_not_good_any_more() {
    let Some((world, _aws)) = company(LEAVES_KEYS) else {
        return;
    };
    for _ in 0..2 {
        let (stdout, stderr, status) = said(&world.run(["login", "corp"]));
        assert_eq!(status, Some(0), "{stderr}");
        assert_eq!(stdout, "corp: account 123456789012, user/me\n", "{stderr}");
    }
    // Once: the second time they are good. Its words are split as a shell does it, and what it says is no result.
    assert_eq!(fs::read_to_string(world.path("calls")).unwrap(), "corp|--idp|a b|");
}

#[test]
fn a_companys_own_login_that_fails_is_named_with_its_line() {
    let Some((world, _aws)) = company("#!/bin/sh\necho 'no such idp' >&2\nexit 3\n") else {
        return;
    };
    let (stdout, stderr, status) = said(&world.run(["login", "corp"]));
    assert_eq!((stdout.as_str(), status), ("", Some(2)), "{stderr}");
    assert!(
        stderr.contains("no such idp") && stderr.contains("`login.command` failed (exit status: 3)"),
        "{stderr}"
    );
    assert!(stderr.contains("corp-login --idp 'a b'"), "{stderr}");
    for (script, wanted) in [
        // It ends well and leaves nothing.
        (Some("#!/bin/sh\n"), "corp"),
        (Some("\u{7f}ELF"), "`login.command` cannot be run"),
        (None, "`corp-login`, which is not on PATH"),
    ] {
        match script {
            Some(script) => drop(world.program("bin/corp-login", script)),
            None => fs::remove_file(world.path("bin/corp-login")).unwrap(),
        }
        let (_, stderr, status) = said(&world.run(["login", "corp"]));
        assert_ne!(status, Some(0), "{stderr}");
        assert!(
            stderr.contains(wanted) && !stderr.contains("AWS CLI"),
            "{wanted}: {stderr}"
        );
    }
}

#[test]
fn a_companys_own_login_may_ask_on_the_terminal() {
    let asks = format!(
        "#!/bin/sh\nprintf 'password of acme: '\nread -r word\n[ \"$word\" = open ] || exit 1\n{}",
        LEAVES_KEYS.replace("#!/bin/sh\n", "")
    );
    let Some((world, _aws)) = company(&asks) else { return };
    std::os::unix::fs::symlink(PROGRAM, world.path("bin/claude-bedrock")).unwrap();
    let mut typist = Typist::start(world, "");
    typist.press("claude-bedrock login corp\r");
    typist.wait_for("password of acme: ");
    typist.press("open\r");
    typist.wait_for("corp: account 123456789012, user/me");
}
