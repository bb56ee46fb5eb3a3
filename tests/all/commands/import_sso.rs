//! `import sso`: what a person has at IAM Identity Center, asked of the stand-in and written into both files.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Output;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::fake_aws::{ACCESS_TOKEN, FakeAws, SSO_TOKEN};
use crate::support::typist::Typist;
use crate::support::world::PROGRAM;
use crate::support::{Shell, World, stderr, stdout};

const URL: &str = "https://acme.awsapps.com/start";

/// A careful person's file.
const AWS_CONFIG: &str = "# mine, by hand\n[default]\nregion = us-west-2   ; not for Bedrock\n\n[sso-session acme]\n  sso_start_url = https://acme.awsapps.com/start/#/\nsso_region=us-east-1\n\n[profile old-dev]\nsso_session = acme\nsso_account_id = 123456789012\nsso_role_name = ReadOnly\nregion = eu-central-1\n# the end";

fn token(world: &World) {
    world.write(
        SSO_TOKEN,
        format!("{{\"startUrl\": \"{URL}\", \"region\": \"us-east-1\", \"accessToken\": \"{ACCESS_TOKEN}\", \"expiresAt\": \"2099-01-01T00:00:00Z\"}}"),
    );
}

fn world_with(script: &Value) -> Option<(World, FakeAws)> {
    FakeAws::with(script, || {
        let world = World::new(Shell::Bash);
        world.config("# my profiles\n");
        world.write(".aws/config", AWS_CONFIG);
        token(&world);
        world
    })
}

fn aws_config(world: &World) -> String {
    fs::read_to_string(world.path(".aws/config")).unwrap()
}

fn config(world: &World) -> String {
    fs::read_to_string(world.config_path()).unwrap()
}

fn import(world: &World, more: &[&str]) -> Output {
    let output = world.run(["import", "sso"].iter().chain(more));
    for shown in [stdout(&output), stderr(&output)] {
        assert!(!shown.contains(ACCESS_TOKEN), "{shown}");
    }
    output
}

fn good(world: &World, more: &[&str]) -> String {
    let output = import(world, more);
    assert!(output.status.success(), "{more:?}: {}", stderr(&output));
    stdout(&output) + &stderr(&output)
}

#[test]
fn every_account_and_role_is_listed_page_by_page_and_marked_where_bedrock_answers() {
    let Some((world, aws)) = world_with(&json!({})) else {
        return;
    };
    let before = (aws_config(&world), config(&world));
    let listed: Value = serde_json::from_str(&good(&world, &["--json"])).unwrap();
    let row = |account: &str, name: &str, role: &str, region: &str, bedrock: &str, aws_profile: &str, exists: bool| {
        json!({
            "account": account, "account_name": name, "role": role, "region": region, "bedrock": bedrock,
            "aws_profile": aws_profile, "aws_profile_exists": exists, "profile": null,
        })
    };
    assert_eq!(
        listed,
        json!([
            row(
                "444455556666",
                "",
                "Admin",
                "us-east-1",
                "refuses",
                "444455556666-Admin",
                false
            ),
            row(
                "123456789012",
                "Acme Dev",
                "Developer",
                "us-east-1",
                "answers",
                "Acme-Dev-Developer",
                false
            ),
            row(
                "123456789012",
                "Acme Dev",
                "ReadOnly",
                "eu-central-1",
                "answers",
                "old-dev",
                true
            ),
            row(
                "111122223333",
                "Acme Prod",
                "Developer",
                "us-east-1",
                "answers",
                "Acme-Prod-Developer",
                false
            ),
        ])
    );
    assert_eq!((aws_config(&world), config(&world)), before, "nothing is written");
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for name in aws.operations() {
        *counts.entry(name).or_default() += 1;
    }
    let counted = |name: &str, count| assert_eq!(counts.get(name), Some(&count), "{counts:?}");
    counted("ListAccounts", 2);
    counted("ListAccountRoles", 3);
    counted("GetRoleCredentials", 4);
    counted("ListInferenceProfiles", 4);
    // Each is asked in its own region.
    let regions: Vec<Value> = aws
        .requests()
        .into_iter()
        .filter(|request| request["operation"] == "ListInferenceProfiles")
        .map(|request| request["region"].clone())
        .collect();
    assert!(
        regions.contains(&json!("eu-central-1")) && regions.contains(&json!("us-east-1")),
        "{regions:?}"
    );
}

#[test]
fn both_files_get_what_answers_and_all_else_in_them_stays() {
    let Some((world, _aws)) = world_with(&json!({})) else {
        return;
    };
    let said = good(&world, &["--yes"]);
    let block = "
# >>> claude-bedrock import sso: https://acme.awsapps.com/start >>>
# Renewed by: claude-bedrock import sso --start-url https://acme.awsapps.com/start
# What you change between these lines is lost then.
[profile Acme-Dev-Developer]
sso_session = acme
sso_account_id = 123456789012
sso_role_name = Developer
region = us-east-1
[profile Acme-Prod-Developer]
sso_session = acme
sso_account_id = 111122223333
sso_role_name = Developer
region = us-east-1
# <<< claude-bedrock import sso: https://acme.awsapps.com/start <<<
";
    assert_eq!(aws_config(&world), format!("{AWS_CONFIG}\n{block}"), "{said}");
    insta::assert_snapshot!(config(&world), @r#"
    # my profiles

    [profiles.Acme-Dev-Developer]
    description = "Acme Dev, Developer"
    region = "us-east-1"
    account = "123456789012"
    auth = { method = "aws-profile", profile = "Acme-Dev-Developer" }

    [profiles.old-dev]
    description = "Acme Dev, ReadOnly"
    region = "eu-central-1"
    account = "123456789012"
    auth = { method = "aws-profile", profile = "old-dev" }

    [profiles.Acme-Prod-Developer]
    description = "Acme Prod, Developer"
    region = "us-east-1"
    account = "111122223333"
    auth = { method = "aws-profile", profile = "Acme-Prod-Developer" }
    "#);
    // What was written works.
    let output = world.run(["whoami", "Acme-Dev-Developer"]);
    assert!(
        stdout(&output).starts_with("role/Developer in the account 123456789012"),
        "{}",
        stderr(&output)
    );
    // And a second time there is nothing to do.
    let before = (aws_config(&world), config(&world));
    let said = good(&world, &["--yes"]);
    assert!(said.contains("~/.aws/config already says so"), "{said}");
    assert_eq!((aws_config(&world), config(&world)), before);
}

#[test]
fn the_block_is_renewed_in_place() {
    let Some((world, aws)) = world_with(&json!({})) else {
        return;
    };
    good(
        &world,
        &["--only", "Acme-Prod-Developer", "--yes", "--region", "EU-WEST-1"],
    );
    let first = aws_config(&world);
    world.write(".aws/config", format!("{first}\n[profile mine]\nregion = x\n"));
    // The person has lost one role that nothing uses, and one that a profile uses.
    let organization = |accounts: &[&str]| {
        let accounts: Vec<Value> = accounts
            .iter()
            .map(|id| json!({ "accountId": id, "accountName": "Acme Dev" }))
            .collect();
        json!({ "answers": { "ListAccounts": { "accountList": accounts } } })
    };
    aws.script(&organization(&["123456789012"]));
    let said = good(&world, &["--yes"]);
    assert!(
        said.contains(
            "`Acme-Prod-Developer` is no longer yours; it stays, because the profile `Acme-Prod-Developer` uses it"
        ),
        "{said}"
    );
    let second = aws_config(&world);
    assert!(
        second.starts_with(AWS_CONFIG) && second.ends_with("\n[profile mine]\nregion = x\n"),
        "{second}"
    );
    assert!(
        second.contains("[profile Acme-Prod-Developer]") && second.contains("[profile Acme-Dev-Developer]"),
        "{second}"
    );
    assert!(
        second.contains("sso_account_id = 111122223333\nsso_role_name = Developer\nregion = eu-west-1\n"),
        "{second}"
    );
    world.run(["remove", "Acme-Prod-Developer"]);
    let said = good(&world, &["--yes"]);
    assert!(
        said.contains("`Acme-Prod-Developer` is no longer yours; it is removed"),
        "{said}"
    );
    let third = aws_config(&world);
    assert!(
        !third.contains("Acme-Prod") && third.contains("[profile Acme-Dev-Developer]"),
        "{third}"
    );
    assert_eq!(third.matches("# >>>").count(), 1, "{third}");
}

#[test]
fn a_person_without_any_file_gets_both() {
    let Some((world, _aws)) = world_with(&json!({})) else {
        return;
    };
    fs::remove_file(world.path(".aws/config")).unwrap();
    fs::remove_file(world.config_path()).unwrap();
    let output = import(&world, &["--yes"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("--start-url https://acme.awsapps.com/start"),
        "{}",
        stderr(&output)
    );
    let output = import(&world, &["--start-url", URL, "--yes"]);
    assert!(
        stderr(&output).contains("--sso-region us-east-1"),
        "{}",
        stderr(&output)
    );
    let template = "{role}.{account_id}";
    good(
        &world,
        &[
            "--start-url",
            &format!("{URL}#/"),
            "--region",
            "us-east-1",
            "--template",
            template,
            "--yes",
        ],
    );
    let written = aws_config(&world);
    assert!(
        written.contains(&format!("[sso-session acme]\nsso_start_url = {URL}\nsso_region = us-east-1\nsso_registration_scopes = sso:account:access\n[profile Developer.123456789012]\nsso_session = acme\n")),
        "{written}"
    );
    let mode = fs::metadata(world.path(".aws/config")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let output = world.run(["whoami", "Developer.123456789012"]);
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn without_a_terminal_nothing_is_written_unasked() {
    let Some((world, _aws)) = world_with(&json!({})) else {
        return;
    };
    let before = (aws_config(&world), config(&world));
    for (words, status, said) in [
        (&[][..], 2, "those where Bedrock answers: --yes"),
        (&["--all"], 2, "to write it: --yes"),
        (&["--only", "Acme-Prod-Developer"], 2, "to write it: --yes"),
        (
            &["--only", "Acme-Pord-Developer", "--yes"],
            2,
            "did you mean `Acme-Prod-Developer`?",
        ),
        (&["--dry-run"], 0, "would write ~/.aws/config"),
        (&["--template", "all", "--yes"], 2, "every profile would have this name"),
        (
            &["--start-url", "http://acme.awsapps.com/start", "--yes"],
            2,
            "it must begin with https://",
        ),
        (&["--name", "x", "--yes"], 2, "--template"),
    ] {
        let output = import(&world, words);
        assert_eq!(output.status.code(), Some(status), "{words:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(said), "{words:?}: {}", stderr(&output));
        assert_eq!((aws_config(&world), config(&world)), before, "{words:?}");
    }
    let output = world.run(["import", "env", "--all"]);
    assert!(
        stderr(&output).contains("--all is for `import sso`"),
        "{}",
        stderr(&output)
    );
    // `--all` takes what does not answer as well.
    assert!(good(&world, &["--all", "--yes"]).contains("[profiles.444455556666-Admin]"));
}

#[test]
fn what_goes_wrong_is_said_and_leaves_both_files() {
    let refusal = |status: u16, code: &str| json!({ "status": status, "code": code, "message": "no" });
    let lists = |key: &str, value: Value| json!({ "answers": { key: value } });
    let hostile = json!({ "accountList": [{ "accountId": "123456789012", "accountName": "x\n[profile evil]\ncredential_process = touch /tmp/evil\u{1b}[31m" }] });
    let hostile_role =
        json!({ "roleList": [{ "roleName": "x\ncredential_process = y", "accountId": "123456789012" }] });
    let endless = json!({ "accountList": [{ "accountId": "123456789012", "accountName": "x" }], "nextToken": "again" });
    for (script, words, said) in [
        (
            json!({ "faults": { "ListAccounts": refusal(401, "UnauthorizedException") } }),
            &["--yes"][..],
            "you are not logged in at https://acme.awsapps.com/start",
        ),
        (
            json!({ "faults": { "ListAccountRoles": refusal(429, "TooManyRequestsException") } }),
            &["--yes"],
            "too many requests",
        ),
        (
            json!({ "faults": { "ListAccounts": "html" } }),
            &["--yes"],
            "a web page instead of",
        ),
        (
            json!({ "faults": { "ListAccounts": "truncated" } }),
            &["--yes"],
            "cannot be read",
        ),
        (lists("ListAccounts", endless), &["--yes"], "cannot be read"),
        (
            lists("ListAccountRoles", hostile_role),
            &["--all", "--yes"],
            "Bedrock answers none of your 0 roles",
        ),
        (
            json!({ "faults": { "ListInferenceProfiles": refusal(403, "AccessDeniedException") } }),
            &["--yes"],
            "Bedrock answers none of your 4 roles",
        ),
    ] {
        let Some((world, _aws)) = world_with(&script) else {
            return;
        };
        let before = (aws_config(&world), config(&world));
        let output = import(&world, words);
        assert_ne!(output.status.code(), Some(0), "{script}: {}", stdout(&output));
        assert!(stderr(&output).contains(said), "{script}: {}", stderr(&output));
        assert_eq!((aws_config(&world), config(&world)), before, "{script}");
    }
    // A name is data, and no line of a file.
    let Some((world, _aws)) = world_with(&lists("ListAccounts", hostile)) else {
        return;
    };
    let shown = good(&world, &["--yes"]);
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
    assert!(
        !aws_config(&world)
            .lines()
            .any(|line| line.starts_with("[profile evil]") || line.starts_with("credential_process"))
    );
    assert!(
        aws_config(&world).contains("[profile x--profile-evil--credential_process---touch--tmp-evil--31m-Developer]"),
        "{}",
        aws_config(&world)
    );
    assert!(world.run(["list"]).status.success());
}

#[test]
fn neither_file_changes_where_the_other_cannot() {
    let Some((world, _aws)) = world_with(&json!({})) else {
        return;
    };
    // A block that was taken apart.
    let apart = format!("{AWS_CONFIG}\n# >>> claude-bedrock import sso: {URL} >>>\n");
    world.write(".aws/config", &apart);
    let output = import(&world, &["--yes"]);
    assert!(
        stderr(&output).contains("~/.aws/config:15: the block"),
        "{}",
        stderr(&output)
    );
    assert_eq!(
        (aws_config(&world), config(&world)),
        (apart, "# my profiles\n".to_owned())
    );
    // A config.toml that may not be replaced.
    world.write(".aws/config", AWS_CONFIG);
    let set = |mode| fs::set_permissions(world.config_path(), fs::Permissions::from_mode(mode)).unwrap();
    set(0o444);
    let output = import(&world, &["--yes"]);
    set(0o644);
    assert_ne!(output.status.code(), Some(0));
    assert_eq!(
        (aws_config(&world).as_str(), config(&world).as_str()),
        (AWS_CONFIG, "# my profiles\n")
    );
}

#[test]
fn ctrl_c_ends_it_while_aws_is_slow_and_writes_nothing() {
    let Some((world, aws)) = world_with(&json!({ "faults": { "ListAccountRoles": "hang" } })) else {
        return;
    };
    let before = (aws_config(&world), config(&world));
    let mut command = world.command(PROGRAM);
    command.args(["import", "sso", "--yes"]);
    // What a shell has started in the background does not hear it, and the tests may have been.
    // SAFETY: `signal` may be called between fork and exec.
    unsafe {
        std::os::unix::process::CommandExt::pre_exec(&mut command, || {
            libc::signal(libc::SIGINT, libc::SIG_DFL);
            Ok(())
        });
    }
    let mut child = command.spawn().unwrap();
    let start = Instant::now();
    while !aws.operations().iter().any(|name| name == "ListAccountRoles") {
        assert!(start.elapsed() < Duration::from_mins(1));
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let status = child.wait().unwrap();
    assert!(!status.success(), "{status}");
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    assert_eq!((aws_config(&world), config(&world)), before);
}

/// An AWS CLI whose login leaves the token where the session in its file says.
const AWS: &str = r#"#!/bin/sh
case "$1 $2" in
--version*) echo aws-cli/2.22.0 Python/3.12.6 Linux/6.8 ;;
'sso login') cat "$AWS_CONFIG_FILE" >~/login-config; mkdir -p ~/.aws/sso/cache; cp ~/token "$HOME/TOKEN" ;;
*) exit 1 ;;
esac
"#;

fn at_a_terminal() -> Option<(Typist, FakeAws, PathBuf)> {
    let (mut world, aws) = world_with(&json!({}))?;
    fs::rename(world.path(SSO_TOKEN), world.path("token")).unwrap();
    world.program("bin/aws", &AWS.replace("TOKEN", SSO_TOKEN));
    std::os::unix::fs::symlink(PROGRAM, world.path("bin/claude-bedrock")).unwrap();
    world.set("PATH", format!("{}:/usr/bin:/bin", world.path("bin").display()));
    let home = world.home();
    Some((Typist::start(world, ""), aws, home))
}

#[test]
fn on_a_terminal_it_logs_in_and_lets_choose_and_escape_leaves_all_as_it_was() {
    let Some((mut typist, _aws, home)) = at_a_terminal() else {
        return;
    };
    typist.press("claude-bedrock import sso\r");
    typist.wait_for("logging in at https://acme.awsapps.com/start");
    typist.wait_for("Which of them?");
    let login = fs::read_to_string(home.join("login-config")).unwrap();
    assert!(login.contains("[sso-session acme]\n"), "{login}");
    typist.press("\u{1b}");
    typist.wait_for("ready>");
    typist.press("echo \"left:$?:\"\r");
    typist.wait_for("left:130:");
    assert_eq!(aws_config(&typist.world), AWS_CONFIG);
    typist.press("claude-bedrock import sso\r");
    typist.wait_for("Which of them?");
    typist.press("prod ");
    typist.press("\r");
    typist.wait_for("Write this?");
    typist.press("y\r");
    typist.wait_for("wrote ~/.config/claude-bedrock/config.toml");
    let written = aws_config(&typist.world);
    assert!(
        written.contains("[profile Acme-Prod-Developer]") && !written.contains("Acme-Dev"),
        "{written}"
    );
}

#[test]
fn the_list_fits_40_80_and_200_columns_with_colour_and_without() {
    let Some((world, _aws)) = world_with(&json!({})) else {
        return;
    };
    let mut text = String::new();
    for (width, color) in [("40", "never"), ("80", "never"), ("200", "never"), ("80", "always")] {
        let output = world
            .command(PROGRAM)
            .args(["import", "sso", "--color", color])
            .env("COLUMNS", width)
            .output()
            .unwrap();
        text += &format!(
            "=== {width} columns, colour {color}\n{}",
            stderr(&output).replace('\u{1b}', "␛")
        );
    }
    insta::assert_snapshot!("import_sso_list", text);
}
