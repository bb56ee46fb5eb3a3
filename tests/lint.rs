//! `lint` and `explain`: every kind of finding, from a profile that has it and from none that has not.

#[allow(dead_code, reason = "each test file uses a part")]
mod support;

use std::collections::BTreeSet;

use support::{Shell, World};

/// A profile about which there is nothing to say.
const CLEAN: &str = r#"
[profiles.work]
region = "us-east-1"
auth = { method = "aws-profile", profile = "bedrock" }
[profiles.work.models]
main = "sonnet"
opus = "claude-opus-5-5"
sonnet = "us.anthropic.claude-sonnet-4-6"
haiku = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc"
"#;

fn world(config: &str) -> World {
    let world = World::new(Shell::Bash);
    world.write(
        ".aws/config",
        "[default]\nregion = x\n[profile bedrock]\n[sso-session s]\n",
    );
    world.config(config);
    world
}

fn codes(world: &World) -> (Vec<String>, Option<i32>) {
    let output = world.run(["lint", "--json"]);
    let findings: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    let code = |finding: &serde_json::Value| finding["code"].as_str().unwrap().to_owned();
    (findings.iter().map(code).collect(), output.status.code())
}

#[test]
fn a_clean_profile_has_no_finding() {
    assert_eq!(codes(&world(CLEAN)), (vec![], Some(0)));
}

#[test]
fn every_finding_has_its_code() {
    let models = "region = \"us-east-1\"";
    let cases = [
        ("CB001", CLEAN.replace("region", "regoin")),
        ("CB002", CLEAN.replace("region = \"us-east-1\"\n", "")),
        (
            "CB003",
            CLEAN
                .replace(models, "region = \"US-EAST-1\"")
                .replace("us.anthropic", "global.anthropic"),
        ),
        ("CB004", CLEAN.replace(models, "region = \"us-esat-1\"")),
        ("CB005", CLEAN.replace(models, "region = \"eu-west-1\"")),
        (
            "CB005",
            CLEAN.replace(models, "region = \"us-east-1\"\ngeography = \"eu\""),
        ),
        ("CB006", CLEAN.replace("us.anthropic", "anthropic")),
        (
            "CB007",
            CLEAN.replace("claude-sonnet-4-6", "claude-sonnet-4-6-20251001-v1:0"),
        ),
        (
            "CB008",
            CLEAN.replace(
                models,
                "region = \"us-east-1\"\nendpoint = \"both\"\nservice_tier = \"priority\"",
            ),
        ),
        (
            "CB009",
            CLEAN.replace(models, "region = \"us-east-1\"\nendpoint = \"mantle\""),
        ),
        (
            "CB010",
            CLEAN.replace(
                "method = \"aws-profile\", profile = \"bedrock\"",
                "method = \"api-key\", api_key = { command = \"aws configure export-credentials --format env\" }",
            ),
        ),
        (
            "CB011",
            CLEAN.replace(models, "region = \"us-east-1\"\nbase_url = \"http://10.0.0.1/\""),
        ),
        ("CB012", CLEAN.replace("opus = \"claude-opus-5-5\"\n", "")),
        (
            "CB013",
            CLEAN.to_owned() + "[profiles.work.guardrail]\nid = \"x\"\nversion = \"3\"\n",
        ),
        ("CB014", CLEAN.replace("\"bedrock\"", "\"bedrok\"")),
    ];
    let mut covered = BTreeSet::from(["CB015".to_owned()]);
    for (code, config) in cases {
        let expected = i32::from(code == "CB001");
        assert_eq!(
            codes(&world(&config)),
            (vec![code.to_owned()], Some(expected)),
            "{config}"
        );
        covered.insert(code.to_owned());
    }
    let mut with_token = world(&CLEAN.replace("auth = { method = \"aws-profile\", profile = \"bedrock\" }\n", ""));
    with_token.set("AWS_BEARER_TOKEN_BEDROCK", "token");
    assert_eq!(codes(&with_token).0, ["CB015"]);
    let explained = with_token.run(["explain"]);
    let all: BTreeSet<String> = String::from_utf8(explained.stdout)
        .unwrap()
        .lines()
        .map(|line| line[..5].to_owned())
        .collect();
    assert_eq!(all, covered, "every kind has a case");
    for code in all {
        let story = with_token.run(["explain", &code.to_lowercase()]);
        assert!(story.status.success() && String::from_utf8_lossy(&story.stdout).starts_with(&format!("{code}: ")));
    }
}

#[test]
fn findings_look_like_a_compilers() {
    let world = world(
        &CLEAN
            .replace("claude-sonnet-4-6", "claude-sonnet-4-6-20251001-v1:0")
            .replace("\"bedrock\"", "\"bedrok\""),
    );
    let output = world.run(["lint"]);
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap(), @r#"
    warning[CB014]: there is no AWS profile `bedrok` in the AWS configuration files
     --> ~/.config/claude-bedrock/config.toml:4:44
      |
    4 | auth = { method = "aws-profile", profile = "bedrok" }
      |                                            ^^^^^^^^
      |
      = help: did you mean `bedrock`?

    warning[CB007]: `us.anthropic.claude-sonnet-4-6-20251001-v1:0` is not among the models that are known
     --> ~/.config/claude-bedrock/config.toml:8:10
      |
    8 | sonnet = "us.anthropic.claude-sonnet-4-6-20251001-v1:0"
      |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: did you mean `us.anthropic.claude-sonnet-4-6`?
    "#);
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "claude-bedrock: 2 warnings\n"
    );
}

#[test]
fn a_project_file_is_checked_with_the_profile_that_it_names() {
    let world = world(CLEAN);
    let path = world.unallowed_project("repo", "profile = \"work\"\nregion = \"eu-west-1\"\n");
    let output = world.run(["lint".as_ref(), "--json".as_ref(), path.as_os_str()]);
    let findings: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (findings[0]["code"].as_str(), findings[0]["line"].as_u64()),
        (Some("CB005"), Some(8))
    );
    let broken = world.unallowed_project("other", "profile = \"wrok\"\n");
    let output = world.run(["lint".as_ref(), broken.as_os_str()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("did you mean `work`?"));
}

#[test]
fn an_unknown_code_suggests_the_nearest() {
    let output = world(CLEAN).run(["explain", "CB0005"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("did you mean `CB005`?"));
}
