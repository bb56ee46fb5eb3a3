//! Profiles made of what is there already: what is taken, what is not and why, and that nothing is run.

use std::fs;

use crate::support::{Shell, World, stderr};

fn world() -> World {
    let world = World::new(Shell::Bash);
    fs::remove_file(world.config_path()).unwrap();
    world
}

fn text(world: &World) -> String {
    fs::read_to_string(world.config_path()).unwrap_or_default()
}

const ARTICLE: &str = r#"
# Enable Bedrock integration
export CLAUDE_CODE_USE_BEDROCK=1
export AWS_REGION=eu-west-1  # or your preferred region
export AWS_PROFILE='bedrock work'
export ANTHROPIC_MODEL="sonnet"
export ANTHROPIC_SMALL_FAST_MODEL='us.anthropic.claude-haiku-4-5-20251001-v1:0'
export ANTHROPIC_CUSTOM_HEADERS='X-Amzn-Bedrock-GuardrailIdentifier: abc123
X-Amzn-Bedrock-GuardrailVersion: 1
X-Team: platform'
export CLAUDE_CODE_MAX_OUTPUT_TOKENS=16000
export ANTHROPIC_BEDROCK_BASE_URL=$(touch "$HOME/was-run"; echo x)
export PATH="$HOME/bin:$PATH"
"#;

#[test]
fn an_articles_lines_become_a_profile_and_none_is_run() {
    let world = world();
    let output = world.run_with(["import", "-", "--name", "work", "--yes"], ARTICLE.as_bytes());
    assert!(output.status.success(), "{}", stderr(&output));
    insta::assert_snapshot!(text(&world), @r#"
    #:schema ./config.schema.json

    [profiles.work]
    region = "eu-west-1"
    auth = { method = "aws-profile", profile = "bedrock work" }

    [profiles.work.models]
    main = "sonnet"
    haiku = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
    opus = "claude-opus-5-5"
    sonnet = "claude-sonnet-5-5"
    classifier = "claude-sonnet-5-5"

    [profiles.work.guardrail]
    id = "abc123"
    version = "1"

    [profiles.work.headers]
    X-Team = "platform"

    [profiles.work.env]
    CLAUDE_CODE_MAX_OUTPUT_TOKENS = "16000"
    "#);
    insta::assert_snapshot!(stderr(&output), @r#"
      not taken: ANTHROPIC_BEDROCK_BASE_URL: a shell would have to work its value out, and nothing is run
    claude-bedrock: wrote ~/.config/claude-bedrock/config.toml
    "#);
    assert!(!world.path("was-run").exists());
    assert!(world.run(["show", "work"]).status.success());
}

#[test]
fn without_a_terminal_it_neither_asks_nor_writes() {
    let world = world();
    let output = world.run_with(["import", "-"], ARTICLE.as_bytes());
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--yes"), "{}", stderr(&output));
    let output = world.run_with(["import", "-", "--dry-run"], ARTICLE.as_bytes());
    assert!(String::from_utf8_lossy(&output.stdout).contains("+ [profiles.imported]"));
    assert!(!world.config_path().exists());
}

#[test]
fn each_aws_profile_becomes_one() {
    let world = world();
    world.write(
        ".aws/config",
        "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = us-east-1\n\
         [profile sso]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Dev\nregion = eu-central-1\n\
         [profile role]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = sso\nregion = us-west-2\n\
         [profile my-proc]\ncredential_process = touch was-run\n[profile my proc]\ncredential_process = touch was-run\n",
    );
    let output = world.run(["import", "aws-config", "--yes"]);
    assert!(output.status.success(), "{}", stderr(&output));
    insta::assert_snapshot!(text(&world).replace("claude-", ""), @r#"
    #:schema ./config.schema.json

    [profiles.my-proc]
    description = "AWS profile my-proc: credential_process"
    region = "us-east-1"
    auth = { method = "aws-profile", profile = "my-proc" }

    [profiles.my-proc.models]
    opus = "opus-5-5"
    sonnet = "sonnet-5-5"
    haiku = "haiku-5-5"
    classifier = "sonnet-5-5"

    [profiles.role]
    description = "AWS profile role: assumes a role"
    region = "us-west-2"
    auth = { method = "aws-profile", profile = "role" }

    [profiles.role.models]
    opus = "opus-5-5"
    sonnet = "sonnet-5-5"
    haiku = "haiku-5-5"
    classifier = "sonnet-5-5"

    [profiles.sso]
    description = "AWS profile sso: IAM Identity Center"
    region = "eu-central-1"
    auth = { method = "aws-profile", profile = "sso" }

    [profiles.sso.models]
    opus = "opus-5-5"
    sonnet = "sonnet-5-5"
    haiku = "haiku-5-5"
    classifier = "sonnet-5-5"
    "#);
    assert!(
        stderr(&output).contains("my-proc: has no region"),
        "{}",
        stderr(&output)
    );
    let again = world.run(["import", "aws-config", "--yes", "--aws-profile", "sso"]);
    assert!(
        stderr(&again).contains("there is a profile `sso` already"),
        "{}",
        stderr(&again)
    );
    assert!(
        world
            .run([
                "import",
                "aws-config",
                "--yes",
                "--aws-profile",
                "sso",
                "--name",
                "corp"
            ])
            .status
            .success()
    );
}

#[test]
fn settings_and_the_environment_are_read() {
    let mut world = world();
    world.write(
        ".claude/settings.json",
        r#"{"env": {"AWS_REGION": "us-west-2", "AWS_PROFILE": "a", "DISABLE_TELEMETRY": "1"}}"#,
    );
    let output = world.run(["import", "settings", "--name", "a", "--yes"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let written = text(&world);
    assert!(
        written.contains("region = \"us-west-2\"") && written.contains("DISABLE_TELEMETRY = \"1\""),
        "{written}"
    );
    world.set("AWS_REGION", "ap-northeast-1");
    world.set("CLAUDE_CODE_USE_BEDROCK", "1");
    let output = world.run(["import", "--name", "b", "--yes"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(
        text(&world).contains("[profiles.b]\nregion = \"ap-northeast-1\""),
        "{}",
        text(&world)
    );
}

#[test]
fn a_secret_is_never_shown() {
    let world = world();
    for text in [
        "export AWS_BEARER_TOKEN_BEDROCK=hush-1 AWS_REGION=us-east-1\n",
        "set -gx AWS_ACCESS_KEY_ID hush-1\nset -gx AWS_SECRET_ACCESS_KEY hush-2\n",
        "{\"env\": {\"AWS_REGION\": \"us-east-1\", \"ANTHROPIC_CUSTOM_HEADERS\": \"Authorization: Bearer hush-3\"}}",
        "export AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=hush-1 AWS_SECRET_ACCESS_KEY=hush-2 AWS_SESSION_TOKEN=hush-3\n",
        "export AWS_REGION=us-east-1 CLAUDE_CODE_TOKEN=hush-1\n",
        "export AWS_REGION=us-east-1 CLAUDE_CODE_CLIENT_KEY_PASSPHRASE=hush-1\n",
        "export AWS_REGION=us-east-1 CLAUDE_CODE_TOKEN_OLD=hush-1\n",
        "export AWS_PROFILE=a ANTHROPIC_BEDROCK_BASE_URL=https://me:hush-1@example.com\n",
    ] {
        let output = world.run_with(["import", "-", "--dry-run"], text.as_bytes());
        let all = stderr(&output) + &String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && !all.contains("hush"), "{all}");
        assert!(all.contains("secret") || all.contains("temporary"), "{all}");
    }
}

#[test]
fn what_holds_nothing_is_said() {
    let world = world();
    for (arguments, text) in [
        (&["import", "-", "--yes"][..], "hello\n"),
        (&["import", "-", "--yes"], ""),
        (&["import", "settings", "--yes"], ""),
        (&["import", "aws-config", "--yes"], ""),
        (&["import", "nowhere.sh", "--yes"], ""),
        (&["import", "--yes"], ""),
    ] {
        let output = world.run_with(arguments, text.as_bytes());
        assert_eq!(output.status.code(), Some(2), "{arguments:?} {}", stderr(&output));
        assert!(!world.config_path().exists());
    }
}

#[test]
fn a_config_that_is_broken_stays_as_it_is() {
    let world = world();
    world.config("[profiles.a\n");
    let output = world.run_with(["import", "-", "--yes"], ARTICLE.as_bytes());
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&world), "[profiles.a\n");
}
