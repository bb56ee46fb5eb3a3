//! `lint` and `explain`: every kind of finding, from a profile that has it and from none that has not.

use std::collections::BTreeSet;

use crate::support::{Shell, World};

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
        "[default]\nregion = x\n[profile bedrock]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n[sso-session s]\n",
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

/// Profiles that have one thing that is doubtful each, and its code.
fn doubtful() -> Vec<(&'static str, String)> {
    let models = "region = \"us-east-1\"";
    vec![
        ("CB002", CLEAN.replace("region = \"us-east-1\"\n", "")),
        (
            "CB042",
            CLEAN.replace(
                "main = \"sonnet\"",
                "main = \"sonnet\"\nsubagent = \"bedrock/us.anthropic.claude-sonnet-4-6\"",
            ),
        ),
        (
            "CB003",
            CLEAN
                .replace(models, "region = \"us_east_1\"")
                .replace("us.anthropic", "global.anthropic"),
        ),
        ("CB004", CLEAN.replace(models, "region = \"us-esat-1\"")),
        ("CB005", CLEAN.replace("us-east-1", "eu-west-1")),
        (
            "CB005",
            CLEAN
                .replace(models, "region = \"us-east-1\"\ngeography = \"eu\"")
                .replace("us.anthropic.claude-sonnet-4-6", "claude-sonnet-4-6")
                + "classifier = \"sonnet\"\n",
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
        (
            "CB016",
            CLEAN.to_owned() + "[profiles.work.headers]\nX-Team = 'a\\nX-Cost: 7'\n",
        ),
        (
            "CB019",
            CLEAN.to_owned() + "[profiles.work.headers]\nx-api-key = \"0123456789abcdef\"\n",
        ),
        ("CB020", CLEAN.replace("bedrock:us-east-1", "bedrock:us-east-2")),
        (
            "CB021",
            CLEAN
                .replace(models, "region = \"us-east-1\"\nendpoint = \"mantle\"")
                .replace("us.anthropic.claude-sonnet-4-6", "claude-sonnet-4-6"),
        ),
        (
            "CB022",
            CLEAN.to_owned() + "[profiles.work.env]\nAWS_USE_FIPS_ENDPOINT = \"true\"\n",
        ),
        (
            "CB024",
            CLEAN.replace(models, "region = \"us-east-1\"\ngeography = \"us\""),
        ),
        (
            "CB025",
            CLEAN.replace("\"claude-opus-5-5\"", "\"global.anthropic.claude-opus-5-5\""),
        ),
    ]
}

/// Profiles that have one thing that is wrong each, and its code.
fn wrong() -> Vec<(&'static str, String)> {
    let models = "region = \"us-east-1\"";
    vec![
        ("CB001", CLEAN.replace("region", "regoin")),
        (
            "CB040",
            CLEAN.replace(
                "main = \"sonnet\"",
                "main = \"sonnet\"\nsubagent = \"claude-sonnet-4-0\"",
            ),
        ),
        (
            "CB041",
            CLEAN.replace("main = \"sonnet\"", "main = \"sonnet\"\nsubagent = \"<MODEL_ID>\""),
        ),
        (
            "CB044",
            CLEAN.replace(
                models,
                "region = \"us-east-1\"\nbase_url = \"https://bedrock-runtime.eu-west-1.amazonaws.com\"",
            ),
        ),
        (
            "CB016",
            CLEAN.to_owned() + "[profiles.work.env]\nANTHROPIC_CUSTOM_HEADERS = '{\"X-Team\": \"a\"}'\n",
        ),
        (
            "CB016",
            CLEAN.replace(models, "region = \"us-east-1\"\nheaders = '{\"X-Team\": \"a\"}'"),
        ),
        (
            "CB017",
            CLEAN.to_owned() + "[profiles.work.env]\nANTHROPIC_SMALL_FAST_MODEL = \"x\"\n",
        ),
        (
            "CB018",
            CLEAN.to_owned() + "[profiles.work.env]\nAWS_REGION = \"us-east-1\"\n",
        ),
        (
            "CB019",
            CLEAN.replace(
                "method = \"aws-profile\", profile = \"bedrock\"",
                "method = \"api-key\", api_key = \"hush\"",
            ),
        ),
        (
            "CB023",
            CLEAN
                .replace(models, "region = \"us-east-1\"\ngeography = \"us\"")
                .replace("us.anthropic", "global.anthropic")
                + "classifier = \"sonnet\"\n",
        ),
    ]
}

#[test]
fn every_finding_has_its_code() {
    // CB043 has its case where an account is asked, in tests/all/aws/catalog.rs.
    let mut covered = BTreeSet::from(["CB015".to_owned(), "CB043".to_owned()]);
    let doubtful = doubtful().into_iter().map(|(code, config)| (code, config, 0));
    let wrong = wrong().into_iter().map(|(code, config)| (code, config, 1));
    for (code, config, expected) in doubtful.chain(wrong) {
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
    // Those about files of AWS that another tool reads otherwise have their cases in tests/aws_files.
    let is_of_aws = |code: &&String| ("CB030"..="CB039").contains(&code.as_str());
    let of_files: BTreeSet<String> = all.iter().filter(|code| !is_of_aws(code)).cloned().collect();
    assert_eq!(of_files, covered, "every kind has a case");
    for code in all {
        let story = with_token.run(["explain", &code.to_lowercase()]);
        assert!(story.status.success() && String::from_utf8_lossy(&story.stdout).starts_with(&format!("{code}: ")));
    }
}

/// All findings of a file, as `lint` shows them.
fn shown(config: &str) -> String {
    let output = world(config).run(["lint"]);
    String::from_utf8(output.stdout).unwrap()
}

/// What the usual how-to articles tell to write, as a profile would have it.
const ARTICLE: &str = r#"
[profiles.article]
auth = { method = "api-key", api_key = { command = "aws configure export-credentials --profile x --format env" } }
endpoint = "both"
service_tier = "priority"
small_fast_region = "us-wets-2"
[profiles.article.models]
main = "us.anthropic.claude-sonnet-4-6-20251001-v1:0"
opus = "anthropic.claude-opus-4-6-v1"
sonnet = "claude-sonet-5"
haiku = "anthropic.claude-haiku-4-5-20251001-v1:0"
[profiles.article.guardrail]
id = "arn:aws:bedrock:us-east-1:123456789012:guardrail/abc123"
version = "7"
[profiles.article.headers]
X-Team = "platform, X-Cost: 7"
"#;

#[test]
fn what_articles_tell_to_write_is_found_with_the_fix() {
    insta::assert_snapshot!(shown(ARTICLE));
}

#[test]
fn what_articles_tell_to_export_is_an_error_with_the_key() {
    let variables = [
        "ANTHROPIC_CUSTOM_HEADERS = '{\"X-Amzn-Bedrock-GuardrailIdentifier\": \"abc\"}'",
        "ANTHROPIC_SMALL_FAST_MODEL = \"us.anthropic.claude-haiku-4-5-20251001-v1:0\"",
        "AWS_REGION = \"us-east-1\"",
        "AWS_BEARER_TOKEN_BEDROCK = \"hush\"",
        "CLAUDE_CODE_USE_BEDROCK = \"1\"",
    ];
    let all: String = variables
        .iter()
        .map(|line| {
            shown(&format!(
                "[profiles.article]\nregion = \"us-east-1\"\n[profiles.article.env]\n{line}\n"
            ))
        })
        .collect();
    assert!(!all.contains("hush"), "{all}");
    insta::assert_snapshot!(all);
}

/// A profile about which there is nothing to say, in Europe.
const EUROPEAN: &str = r#"[profiles.a]
region = "eu-west-1"
auth = { method = "aws-profile", profile = "bedrock" }
account = "123456789012"
models = { opus = "opus", sonnet = "sonnet", haiku = "haiku" }
"#;

#[test]
fn models_are_judged_by_their_own_region_geography_and_kind() {
    let arn = "arn:aws:bedrock:us-east-1:123456789012";
    let profile = |line: &str| EUROPEAN.replace("haiku = \"haiku\"", line);
    let messages = |lines: &str| {
        let output = world(&profile(lines)).run(["lint", "--json"]);
        let findings: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
        findings
            .iter()
            .map(|finding| {
                assert_eq!(finding["severity"], "warning", "{lines}");
                assert_eq!(finding["line"], 5, "{lines}");
                format!(
                    "{} {}",
                    finding["code"].as_str().unwrap(),
                    finding["message"].as_str().unwrap()
                )
            })
            .collect::<Vec<_>>()
    };
    let cases = [
        ("haiku = \"claude-haiku-4-5\"", None),
        ("haiku = \"eu.anthropic.claude-haiku-4-5-20251001-v1:0[1m]\"", None),
        (
            "haiku = \"us.anthropic.claude-haiku-4-5-20251001-v1:0\"",
            Some("CB005 `us.` cannot be called from eu-west-1"),
        ),
        (
            "haiku = \"jp.anthropic.claude-opus-5\"",
            Some("CB005 `jp.` cannot be called from eu-west-1"),
        ),
        (
            "haiku = \"claude-mythos-5\"",
            Some("CB005 `claude-mythos-5` is not known to have the geography `eu`"),
        ),
        (
            "haiku = \"eu.anthropic.claude-mythos-5\"",
            Some("CB005 `claude-mythos-5` is not known to have the geography `eu`"),
        ),
        (
            "haiku = \"claude-haiku-9\"",
            Some("CB007 `claude-haiku-9` is not among the models that are known"),
        ),
        (
            "haiku = \"anthropic.claude-haiku-5-5\"",
            Some("CB006 `anthropic.claude-haiku-5-5` names the model in one region, where it is rarely offered"),
        ),
        (
            &format!("haiku = \"{arn}:application-inference-profile/a\""),
            Some("CB020 the ARN is in us-east-1, but the profile calls eu-west-1"),
        ),
        (
            &format!(
                "haiku = \"{}:inference-profile/eu.anthropic.claude-haiku-5-5\"",
                arn.replace("us-east-1", "eu-west-1")
            ),
            None,
        ),
        (
            &format!(
                "haiku = \"{}:application-inference-profile/a\"",
                arn.replace("us-east-1:12", "eu-west-1:99")
            ),
            Some("CB020 the ARN belongs to the account 993456789012, not to 123456789012"),
        ),
        (
            "haiku = \"arn:aws-us-gov:bedrock:us-gov-west-1:123456789012:inference-profile/a\"",
            Some("CB020 the ARN is in the partition aws-us-gov, but eu-west-1 is not"),
        ),
        (
            "haiku = \"arn:aws-cn:bedrock:eu-west-1:123456789012:inference-profile/a\"",
            Some("CB020 the ARN is in the partition aws-cn, but eu-west-1 is not"),
        ),
        (
            "haiku = \"arn:aws:sagemaker:eu-west-1:123456789012:endpoint/a\"",
            Some("CB020 this is not a Bedrock ARN"),
        ),
        (
            "haiku = \"arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-haiku-5-5\"",
            Some("CB006 the ARN names the model in one region, where it is rarely offered"),
        ),
    ];
    for (lines, expected) in cases {
        let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(messages(lines), expected, "{lines}");
    }
    // The background model in a region of its own.
    let own = |id: &str| {
        let config = profile(&format!("haiku = \"{id}\""));
        codes(&world(
            &config.replace("account", "small_fast_region = \"us-west-2\"\naccount"),
        ))
        .0
    };
    assert_eq!(own("us.anthropic.claude-haiku-5-5"), Vec::<String>::new());
    assert_eq!(own("eu.anthropic.claude-haiku-5-5"), ["CB005"]);
}

#[test]
fn what_is_newer_than_the_program_is_a_warning() {
    let config = CLEAN
        .replace("us-east-1", "us-north-9")
        .replace("claude-opus-5-5", "claude-opus-9")
        .replace("us.anthropic.claude-sonnet-4-6", "us.anthropic.claude-sonnet-9");
    let (found, status) = codes(&world(&config));
    assert_eq!(
        (found, status),
        (
            vec!["CB004".to_owned(), "CB007".to_owned(), "CB007".to_owned()],
            Some(0)
        )
    );
}

#[test]
fn all_stories_are_the_page_of_the_documentation() {
    let page = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/findings.md")).unwrap();
    assert_eq!(world(CLEAN).run(["explain", "--all"]).stdout, page);
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
    warning[CB014]: there is no AWS profile `bedrok` in ~/.aws/config
     --> ~/.config/claude-bedrock/config.toml:4:44
      |
    4 | auth = { method = "aws-profile", profile = "bedrok" }
      |                                            ^^^^^^^^
      |
      = help: did you mean `bedrock`? Then: auth = { method = "aws-profile", profile = "bedrock" }

    warning[CB007]: `us.anthropic.claude-sonnet-4-6-20251001-v1:0` does not exist, though articles name it
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
fn a_project_file_that_names_no_profile_has_its_own_values_checked() {
    let world = world(CLEAN);
    let lint = |path: &std::path::Path| {
        let output = world.run(["lint".as_ref(), "--json".as_ref(), path.as_os_str()]);
        let findings: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
        findings
            .iter()
            .map(|finding| {
                (
                    finding["code"].as_str().unwrap().to_owned(),
                    finding["line"].as_u64().unwrap(),
                )
            })
            .collect::<Vec<_>>()
    };
    let path = world.unallowed_project("repo", "# ours\nregion = \"Europe 1\"\n");
    assert_eq!(lint(&path), [("CB003".to_owned(), 2)]);
    // What it leaves to the profile is not missed.
    let path = world.unallowed_project("other", "models = { main = \"sonnet\" }\n");
    assert_eq!(lint(&path), []);
}

#[test]
fn a_file_that_is_not_there_is_wrong_usage_and_one_that_is_no_toml_is_a_finding() {
    let world = world(CLEAN);
    let output = world.run(["lint", "nowhere.toml"]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "claude-bedrock: there is no file nowhere.toml\n"
    );
    let path = world.write("broken.toml", "[profiles.a\n");
    let output = world.run(["lint".as_ref(), "--json".as_ref(), path.as_os_str()]);
    assert_eq!(output.status.code(), Some(1));
    let findings: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&findings[0]["code"], &findings[0]["line"]),
        (&"CB001".into(), &1.into())
    );
}

#[test]
fn an_unknown_code_suggests_the_nearest() {
    let output = world(CLEAN).run(["explain", "CB0005"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("did you mean `CB005`?"));
}
