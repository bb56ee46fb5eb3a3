//! Profiles made from what already exists: what is taken, what is not and why, and that nothing is run.

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
    [profiles.work]
    region = "eu-west-1"
    auth = { method = "aws-profile", profile = "bedrock work" }

    [profiles.work.models]
    main = "sonnet"
    haiku = "us.anthropic.claude-haiku-4-5-20251001-v1:0"

    [profiles.work.guardrail]
    id = "abc123"
    version = "1"

    [profiles.work.headers]
    X-Team = "platform"

    [profiles.work.env]
    CLAUDE_CODE_MAX_OUTPUT_TOKENS = "16000"
    "#);
    insta::assert_snapshot!(stderr(&output), @r#"
      not taken: ANTHROPIC_BEDROCK_BASE_URL: it is what `touch "$HOME/was-run"; echo x` prints, and import runs nothing
      left alone, not part of a profile: PATH
      not pinned there: opus, sonnet; Claude Code chooses the model itself, and tries it at each start (--pin)
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
    insta::assert_snapshot!(text(&world), @r#"
    [profiles.role]
    description = "AWS profile role: assumes a role"
    region = "us-west-2"
    auth = { method = "aws-profile", profile = "role" }

    [profiles.sso]
    description = "AWS profile sso: IAM Identity Center"
    region = "eu-central-1"
    auth = { method = "aws-profile", profile = "sso" }
    "#);
    assert!(
        stderr(&output).contains("`my-proc` has no region"),
        "{}",
        stderr(&output)
    );
    let alone = world.run(["import", "aws-config", "--yes", "--aws-profile", "my-proc"]);
    assert_eq!(alone.status.code(), Some(2), "{}", stderr(&alone));
    assert!(stderr(&alone).contains("--region"), "{}", stderr(&alone));
    let given = [
        "import",
        "aws-config",
        "--yes",
        "--aws-profile",
        "my-proc",
        "--region",
        "us-east-2",
        "--pin",
    ];
    assert!(world.run(given).status.success());
    let written = text(&world);
    assert!(
        written.contains("region = \"us-east-2\"") && written.contains("main = \"sonnet\"\nopus = \"claude-opus-5-5\""),
        "{written}"
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
fn what_the_clients_wizard_left_becomes_a_profile_and_goes_in_one_step() {
    const LEFT: &str = r#"{
  "theme": "dark",
  "env": {
    "CLAUDE_CODE_USE_BEDROCK": "1",
    "AWS_REGION": "us-west-2",
    "AWS_BEARER_TOKEN_BEDROCK": "ABSKaHVudGVyMmh1bnRlcjJodW50ZXIy",
    "ANTHROPIC_DEFAULT_SONNET_MODEL": "us.anthropic.claude-sonnet-4-6",
    "DISABLE_TELEMETRY": "1"
  }
}
"#;
    let world = world();
    world.write(".claude/settings.json", LEFT);
    let output = world.run(["settings", "check"]);
    let said = stderr(&output);
    assert!(
        said.contains("~/.claude/settings.json:5:") && said.contains("/setup-bedrock"),
        "{said}"
    );
    assert!(
        said.contains("with an API key in clear") && said.contains("import settings --move"),
        "{said}"
    );
    let file = || std::fs::read_to_string(world.path(".claude/settings.json")).unwrap();
    let arguments = ["import", "settings", "--move", "--name", "moved", "--secrets", "file"];
    for (last, is_done) in [("--dry-run", false), ("--yes", true)] {
        let output = world.run(arguments.into_iter().chain([last]));
        assert!(output.status.success(), "{}", stderr(&output));
        let shown = String::from_utf8_lossy(&output.stdout).into_owned() + &stderr(&output);
        assert!(shown.contains("-     \"AWS_REGION\": \"us-west-2\""), "{shown}");
        assert!(!shown.contains("ABSK"), "{shown}");
        assert_eq!(file() != LEFT, is_done);
        assert_eq!(text(&world).contains("[profiles.moved]"), is_done);
    }
    // What is not in the profile, and what is not Bedrock's, stays.
    let after: serde_json::Value = serde_json::from_str(&file()).unwrap();
    assert_eq!(after["theme"], "dark");
    let left: Vec<&String> = after["env"].as_object().unwrap().keys().collect();
    let written = text(&world);
    assert_eq!(
        left.contains(&&"DISABLE_TELEMETRY".to_owned()),
        !written.contains("DISABLE_TELEMETRY"),
        "{written}"
    );
    assert!(
        !left
            .iter()
            .any(|name| name.contains("BEDROCK") || name.contains("MODEL")),
        "{left:?}"
    );
    let refused = world.run(["import", "aws-config", "--move", "--yes"]);
    assert_eq!(refused.status.code(), Some(2));
}

/// What of the settings beside `env` is in the profile beats it there, and goes with the rest.
#[test]
fn keys_beside_env_move_too_and_what_is_no_part_of_the_profile_stays() {
    let world = world();
    world.write(
        ".aws/config",
        "[profile dev]\nregion = eu-west-1\ncredential_process = /bin/true\n",
    );
    world.write(
        ".claude/settings.json",
        r#"{
  "model": "opus",
  "awsAuthRefresh": "aws sso login --profile dev",
  "availableModels": ["opus"],
  "enforceAvailableModels": true,
  "modelOverrides": { "claude-opus-4-8": "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/x" },
  "fallbackModel": ["sonnet"],
  "permissions": { "allow": ["Bash(ls)"] },
  "env": { "CLAUDE_CODE_USE_BEDROCK": "1", "AWS_PROFILE": "dev", "AWS_REGION": "eu-west-1" }
}
"#,
    );
    let output = world.run(["import", "settings", "--move", "--name", "moved", "--yes"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let after = fs::read_to_string(world.path(".claude/settings.json")).unwrap();
    let after: serde_json::Value = serde_json::from_str(&after).unwrap();
    assert_eq!(
        after,
        serde_json::json!({ "fallbackModel": ["sonnet"], "permissions": { "allow": ["Bash(ls)"] }, "env": {} }),
        "{}",
        stderr(&output)
    );
    let written = text(&world);
    for part in [
        "main = \"opus\"",
        "profile = \"dev\"",
        "available = [\"opus\"]",
        "application-inference-profile/x",
    ] {
        assert!(written.contains(part), "{part}: {written}");
    }
    // What `settings apply` has written is this program's, and stays.
    assert!(
        world
            .run(["settings", "apply", "--user", "-p", "moved"])
            .status
            .success()
    );
    let with = fs::read_to_string(world.path(".claude/settings.json")).unwrap();
    world.run([
        "import",
        "settings",
        "--move",
        "--name",
        "again",
        "--region",
        "eu-west-1",
        "--yes",
    ]);
    let after = fs::read_to_string(world.path(".claude/settings.json")).unwrap();
    assert_eq!(
        after.contains("awsAuthRefresh"),
        with.contains("awsAuthRefresh"),
        "{after}"
    );
}

#[test]
fn where_no_main_model_is_named_it_is_said_what_claude_code_takes() {
    let world = world();
    let on = "export CLAUDE_CODE_USE_BEDROCK=1 AWS_REGION=us-east-1 AWS_PROFILE=x\n";
    for (more, said) in [
        ("", Some("else Opus, at its price (--pin names one)")),
        (
            "export ANTHROPIC_DEFAULT_SONNET_MODEL=claude-sonnet-4-6\n",
            Some("else the pinned sonnet"),
        ),
        (
            "export ANTHROPIC_DEFAULT_OPUS_MODEL=claude-opus-4-8 ANTHROPIC_DEFAULT_SONNET_MODEL=claude-sonnet-4-6\n",
            Some("else the pinned opus"),
        ),
        ("export ANTHROPIC_MODEL=haiku\n", None),
    ] {
        for pin in [false, true] {
            let arguments = ["import", "-", "--dry-run", "--pin"];
            let output = world.run_with(&arguments[..3 + usize::from(pin)], format!("{on}{more}").as_bytes());
            let told = stderr(&output);
            assert!(output.status.success(), "{told}");
            let shown = String::from_utf8_lossy(&output.stdout).into_owned();
            assert_eq!(shown.contains("main = "), pin || said.is_none(), "{shown}");
            assert_eq!(told.contains("the main model"), !pin && said.is_some(), "{told}");
            assert!(pin || said.is_none_or(|said| told.contains(said)), "{told}");
        }
    }
}

#[test]
fn settings_and_the_environment_are_read() {
    let mut world = world();
    world.write(
        ".claude/settings.json",
        r#"{"env": {"CLAUDE_CODE_USE_BEDROCK": 1, "AWS_REGION": "us-west-2", "AWS_PROFILE": "a", "DISABLE_TELEMETRY": "1"}}"#,
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
    let on = "export CLAUDE_CODE_USE_BEDROCK=1 AWS_REGION=us-east-1\n";
    for text in [
        "export AWS_BEARER_TOKEN_BEDROCK=hush-1\n",
        "export AWS_ACCESS_KEY_ID=hush-1 AWS_SECRET_ACCESS_KEY=hush-2\n",
        "export ANTHROPIC_CUSTOM_HEADERS='Authorization: Bearer hush-3'\n",
        "export AWS_ACCESS_KEY_ID=hush-1 AWS_SECRET_ACCESS_KEY=hush-2 AWS_SESSION_TOKEN=hush-3\n",
        "export CLAUDE_CODE_TOKEN=hush-1\n",
        "export CLAUDE_CODE_CLIENT_KEY_PASSPHRASE=hush-1\n",
        "export CLAUDE_CODE_TOKEN_OLD=hush-1\nexport CLAUDE_CODE_TOKEN_OLD=hush-2\n",
        "export AWS_PROFILE=a ANTHROPIC_BEDROCK_BASE_URL=https://me:hush-1@example.com\n",
    ] {
        let output = world.run_with(["import", "-", "--dry-run"], format!("{on}{text}").as_bytes());
        let all = stderr(&output) + &String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && !all.contains("hush"), "{all}");
        assert!(all.contains("secret") || all.contains("temporary"), "{all}");
    }
}

#[test]
fn each_public_shape_becomes_what_it_means() {
    for shape in shapes() {
        let world = world();
        world.write(
            ".aws/config",
            "[default]\nregion = eu-west-1\n[profile dev]\nregion = eu-central-1\ncredential_process = /bin/true\n",
        );
        let file = format!("app/{}", shape.file);
        world.write(&file, &shape.text);
        let path = world.path(&file);
        let mut arguments = vec!["import", path.to_str().unwrap(), "--yes", "--secrets", "env"];
        arguments.extend(shape.args.iter().map(String::as_str));
        let output = world.run(&arguments);
        let said: String = stderr(&output)
            .lines()
            .filter(|line| !line.contains("claude-bedrock: wrote ") && !line.contains("not pinned there: "))
            .map(|line| line.replace(path.to_str().unwrap(), "FILE") + "\n")
            .collect();
        let written = text(&world);
        let home = world.path("").display().to_string();
        let profiles = written.replace(home.trim_end_matches('/'), "HOME");
        assert_eq!(profiles.trim(), shape.profile.trim(), "{}\n{said}", shape.name);
        assert_eq!(said.trim(), shape.said.trim(), "{}", shape.name);
        let status = if shape.profile.is_empty() { 2 } else { 0 };
        assert_eq!(output.status.code(), Some(status), "{}", shape.name);
        // As Windows' editors save it.
        let lines = shape.text.replace('\n', "\r\n");
        let wide: Vec<u8> = lines.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [
            [&[0xff, 0xfe], wide.as_slice()].concat(),
            [b"\xef\xbb\xbf", lines.as_bytes()].concat(),
        ] {
            fs::write(&path, bytes).unwrap();
            let _ = fs::remove_file(world.config_path());
            let again = world.run(&arguments);
            assert_eq!(again.status.code(), Some(status), "{}: {}", shape.name, stderr(&again));
            assert_eq!(text(&world), written, "{}", shape.name);
        }
    }
}

/// A file as people publish it, and what must come out.
#[derive(serde::Deserialize)]
struct Shape {
    name: String,
    file: String,
    text: String,
    #[serde(default)]
    args: Vec<String>,
    /// The profiles; nothing where the file is refused.
    profile: String,
    /// What is said, but for the models that nothing pins.
    said: String,
}

fn shapes() -> Vec<Shape> {
    #[derive(serde::Deserialize)]
    struct Table {
        shape: Vec<Shape>,
    }
    toml::from_str::<Table>(include_str!("import_shapes.toml"))
        .unwrap()
        .shape
}

#[test]
fn secrets_go_where_they_are_wanted() {
    let source = "CLAUDE_CODE_USE_BEDROCK=1\nAWS_REGION=us-east-1\nAWS_BEARER_TOKEN_BEDROCK=hush-hush-hush\n";
    for (place, expected) in [
        ("file", "api_key = { file = \""),
        ("env", "api_key = { env = \"AWS_BEARER_TOKEN_BEDROCK\" }"),
        (
            "command:pass show bedrock/{name}",
            "api_key = { command = \"pass show bedrock/work-api_key\" }",
        ),
    ] {
        let world = world();
        let output = world.run_with(
            ["import", "-", "--name", "work", "--yes", "--secrets", place],
            source.as_bytes(),
        );
        assert!(output.status.success(), "{}", stderr(&output));
        let written = text(&world);
        assert!(written.contains(expected) && !written.contains("hush"), "{written}");
        if place == "file" {
            let shown = world.run(["exec", "-p", "work", "--", "sh", "-c", "echo $AWS_BEARER_TOKEN_BEDROCK"]);
            assert_eq!(
                String::from_utf8_lossy(&shown.stdout),
                "hush-hush-hush\n",
                "{}",
                stderr(&shown)
            );
        }
    }
    let world = world();
    let output = world.run_with(["import", "-", "--yes", "--secrets", "command"], source.as_bytes());
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
}

#[test]
fn settings_count_as_the_client_counts_them() {
    let mut world = world();
    world.write(
        ".claude.json",
        r#"{"env": {"CLAUDE_CODE_USE_BEDROCK": "1", "AWS_REGION": "us-east-1"}}"#,
    );
    world.write(
        ".claude/settings.json",
        r#"{"env": {"AWS_REGION": "us-east-2", "AWS_PROFILE": "user"}}"#,
    );
    world.write("repo/.claude/settings.json", r#"{"env": {"AWS_REGION": "us-west-1"}}"#);
    world.write(
        "repo/.claude/settings.local.json",
        "{ /* a comment */ \"env\": {\"AWS_REGION\": \"us-west-2\"}}",
    );
    world.write(
        "managed/managed-settings.json",
        r#"{"env": {"AWS_PROFILE": "managed"}}"#,
    );
    let managed = world.path("managed").display().to_string();
    world.set("CLAUDE_BEDROCK_MANAGED_SETTINGS", &managed);
    let output = world.run_in(world.path("repo"), ["import", "settings", "--name", "work", "--yes"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let written = text(&world);
    assert!(
        written.contains("region = \"us-west-1\"") && written.contains("profile = \"managed\""),
        "{written}"
    );
    let said = stderr(&output);
    for part in [
        "settings.local.json:1: Claude Code drops the whole file",
        "the administrator's settings beat every profile",
        "the last one counts",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn what_is_broken_is_said_with_its_place() {
    let world = world();
    world.write(
        ".claude/settings.json",
        "{\"env\": {\"CLAUDE_CODE_USE_BEDROCK\": \"1\",\n  \"AWS_REGION\" \"us-east-1\"}}\n",
    );
    let output = world.run(["import", "settings", "--yes"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("~/.claude/settings.json:2: not JSON"),
        "{}",
        stderr(&output)
    );
    world.write("cc-switch.db", b"SQLite format 3\0 and more");
    let output = world.run(["import", "cc-switch.db", "--yes"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("import settings"), "{}", stderr(&output));
}

#[test]
fn names_that_collapse_into_one_get_numbers() {
    let world = world();
    world.write(
        ".aws/config",
        "[profile a:b]\nregion = us-east-1\ncredential_process = x\n[profile a/b]\nregion = us-east-2\ncredential_process = x\n",
    );
    let output = world.run(["import", "aws-config", "--yes"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let written = text(&world);
    assert!(
        written.contains("[profiles.a-b]") && written.contains("[profiles.a-b-2]"),
        "{written}"
    );
    assert!(
        stderr(&output).contains("this one is called `a-b-2`"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn no_region_is_ever_invented() {
    let world = world();
    world.write(
        ".aws/config",
        "[profile dev]\ncredential_process = x\n[default]\nregion = eu-west-1\n",
    );
    for text in [
        "export CLAUDE_CODE_USE_BEDROCK=1 AWS_PROFILE=dev\n",
        "export CLAUDE_CODE_USE_BEDROCK=1 AWS_REGION=$(curl -s http://169.254.169.254/region)\n",
        "export CLAUDE_CODE_USE_BEDROCK=1 AWS_PROFILE=dev AWS_REGION=us_east_1\n",
        "{\"env\": {\"CLAUDE_CODE_USE_BEDROCK\": \"1\", \"AWS_PROFILE\": \"dev\", \"AWS_REGION\": null}}",
    ] {
        let output = world.run_with(["import", "-", "--yes"], text.as_bytes());
        assert_eq!(output.status.code(), Some(2), "{text}{}", stderr(&output));
        assert!(stderr(&output).contains("--region us-east-1"), "{}", stderr(&output));
        assert!(!world.config_path().exists());
    }
    let text = "export CLAUDE_CODE_USE_BEDROCK=1\n";
    let output = world.run_with(["import", "-", "--yes"], text.as_bytes());
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(
        self::text(&world).contains("region = \"eu-west-1\""),
        "{}",
        self::text(&world)
    );
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
