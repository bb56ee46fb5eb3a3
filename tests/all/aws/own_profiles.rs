//! Application inference profiles: made for a team or a client, listed with their tags, named in a profile, and allowed
//! by its policy.

use serde_json::{Value, json};

use super::faked;
use crate::support::fake_aws::FakeAws;
use crate::support::typist::Typist;
use crate::support::world::PROGRAM;
use crate::support::{World, stderr, stdout};

const OF_TEAM: &str = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/team";
const SONNET: &str = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-6";

fn profile(arn: &str, name: &str, kind: &str) -> Value {
    json!({
        "inferenceProfileName": name, "inferenceProfileArn": arn, "inferenceProfileId": arn.rsplit('/').next().unwrap(),
        "models": [
            { "modelArn": "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-6" },
            { "modelArn": "arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-sonnet-4-6" },
        ],
        "status": "ACTIVE", "type": kind,
    })
}

fn account() -> Value {
    json!({ "answers": {
        "ListInferenceProfiles": { "inferenceProfileSummaries": [
            profile(OF_TEAM, "team-blue", "APPLICATION"),
            profile(SONNET, "US Anthropic Claude Sonnet 4.6", "SYSTEM_DEFINED"),
        ] },
        "tags": { OF_TEAM: [{ "key": "team", "value": "blue" }, { "key": "note", "value": "" }] },
    } })
}

fn world() -> Option<(World, FakeAws)> {
    let (world, aws) = faked(&account())?;
    world.config(
        "[profiles.work]\nregion = \"us-east-1\"\nauth = { method = \"aws-profile\", profile = \"keys\" }\n[profiles.work.models]\nsonnet = \"claude-sonnet-4-6\"\n",
    );
    Some((world, aws))
}

/// The team's profile among those that `models --json` lists.
fn of_team(listed: &Value) -> &Value {
    let mut rows = listed.as_array().unwrap().iter();
    rows.find(|row| row["id"] == OF_TEAM).unwrap()
}

#[test]
fn models_lists_them_with_their_tags() {
    let Some((world, aws)) = world() else { return };
    let listed: Value = serde_json::from_str(&stdout(&world.run(["models", "work", "--json"]))).unwrap();
    let row = of_team(&listed);
    assert_eq!(row["name"], "team-blue");
    assert_eq!(
        (&row["application"], &row["tags"]),
        (&json!(true), &json!({ "team": "blue", "note": "" }))
    );
    let table = stdout(&world.run(["models", "work"]));
    let line = table.lines().find(|line| line.starts_with(OF_TEAM)).unwrap();
    assert!(
        line.contains("team-blue") && line.ends_with("team=blue, note="),
        "{table}"
    );
    assert_eq!(
        aws.operations()
            .iter()
            .filter(|name| *name == "ListTagsForResource")
            .count(),
        1
    );
    // Who may not read tags sees all else.
    let mut script = account();
    script["faults"] =
        json!({ "ListTagsForResource": { "status": 403, "code": "AccessDeniedException", "message": "no" } });
    aws.script(&script);
    let output = world.run(["models", "work", "--refresh", "--json"]);
    let listed: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let row = of_team(&listed);
    assert_eq!(row["tags"], json!({}), "{}", stderr(&output));
}

#[test]
fn a_profile_names_one_by_its_name_which_becomes_its_arn_and_is_said() {
    let Some((world, _aws)) = world() else { return };
    // Nobody has looked yet.
    let output = world.run(["set", "work", "models.sonnet", "team-blue"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("what the account has: claude-bedrock models"),
        "{}",
        stderr(&output)
    );
    assert!(world.run(["models", "work"]).status.success());
    let output = world.run(["set", "work", "models.sonnet", "team-blue"]);
    let said = stderr(&output);
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains(&format!(
            "`team-blue` is the application inference profile {OF_TEAM} (seen on "
        )),
        "{said}"
    );
    let text = std::fs::read_to_string(world.config_path()).unwrap();
    assert!(text.contains(&format!("sonnet = \"{OF_TEAM}\"")), "{text}");
    // The policy allows it, and behind it what is behind it.
    let policy: Value = serde_json::from_str(&stdout(&world.run(["policy", "work"]))).unwrap();
    let statement = |sid: &str| {
        let statements = policy["Statement"].as_array().unwrap();
        statements.iter().find(|one| one["Sid"] == sid).unwrap().clone()
    };
    assert!(
        statement("InvokeProfiles")["Resource"]
            .as_array()
            .unwrap()
            .contains(&json!(OF_TEAM))
    );
    assert!(
        statement("GetProfiles")["Resource"]
            .as_array()
            .unwrap()
            .contains(&json!(OF_TEAM))
    );
    let behind = statement("InvokeModelsBehindProfiles")["Resource"].clone();
    for region in ["us-east-1", "us-west-2"] {
        let model = format!("arn:aws:bedrock:{region}::foundation-model/anthropic.claude-sonnet-4-6");
        assert!(behind.as_array().unwrap().contains(&json!(model)), "{behind}");
    }
    assert!(
        !behind
            .as_array()
            .unwrap()
            .contains(&json!("arn:aws:bedrock:*::foundation-model/anthropic.*")),
        "{behind}"
    );
}

/// Who writes the name into the file gets the ARN as well, once the account was asked.
#[test]
fn a_name_in_the_file_is_resolved_once_the_account_was_asked_and_shown() {
    let Some((world, _aws)) = world() else { return };
    let text = std::fs::read_to_string(world.config_path()).unwrap();
    world.config(&text.replace(
        "\"claude-sonnet-4-6\"",
        "\"team-blue[1m]\"\nhaiku = \"no-such-profile\"",
    ));
    world.project("repo", "profile = \"work\"\n[models]\nopus = \"team-blue\"\n");
    let exported = || -> Value {
        let output = world.run_in(world.path("repo"), ["export", "json"]);
        serde_json::from_str(&stdout(&output)).unwrap_or_else(|_| panic!("{}", stderr(&output)))
    };
    let of = |name: &str| exported()[name].as_str().unwrap_or_default().to_owned();
    assert_eq!(of("ANTHROPIC_DEFAULT_SONNET_MODEL"), "team-blue[1m]");
    let lint = stdout(&world.run(["lint"])) + &stderr(&world.run(["lint"]));
    assert!(
        lint.contains("CB007") && lint.contains("claude-bedrock models work --update"),
        "{lint}"
    );
    // The shell looks at what is learnt: absent now.
    let watched = || stdout(&world.run_in(world.path("repo"), ["export", "bash"]));
    assert!(watched().contains(".names"), "{}", watched());
    assert!(world.run(["models", "work"]).status.success());
    assert_eq!(of("ANTHROPIC_DEFAULT_SONNET_MODEL"), format!("{OF_TEAM}[1m]"));
    assert_eq!(of("ANTHROPIC_DEFAULT_OPUS_MODEL"), OF_TEAM);
    assert_eq!(of("ANTHROPIC_DEFAULT_HAIKU_MODEL"), "no-such-profile");
    let shown = stdout(&world.run(["show", "work"]));
    assert!(shown.contains("team-blue") && shown.contains(OF_TEAM), "{shown}");
    let lint = stdout(&world.run(["lint"])) + &stderr(&world.run(["lint"]));
    assert!(
        lint.contains("no-such-profile") && !lint.contains("team-blue"),
        "{lint}"
    );
    let policy = stdout(&world.run(["policy", "work"]));
    assert!(policy.contains(OF_TEAM), "{policy}");
    // In a project file by a command, too.
    let output = world.run_in(world.path("repo"), ["set", "--project", "models.fable", "team-blue"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains(OF_TEAM), "{}", stderr(&output));
}

#[test]
fn one_is_made_from_a_model_after_it_was_shown() {
    let Some((world, aws)) = world() else { return };
    let make = |more: &[&str]| {
        let words = [
            "models",
            "create-profile",
            "client-x",
            "--from",
            "sonnet",
            "--tag",
            "client=x",
            "--tag",
            "cost=1=2",
            "-p",
            "work",
        ];
        world.run(words.iter().chain(more))
    };
    let was_asked = || aws.operations().contains(&"CreateInferenceProfile".to_owned());
    let plan = format!(
        "would make  the application inference profile client-x\nin          the account 123456789012, us-east-1\nas          user/me\nfrom        {SONNET}\nroutes to   us-east-1, us-west-2\ntags        client=x, cost=1=2\n"
    );
    for (more, status) in [(&["--dry-run"][..], 0), (&[], 2)] {
        let output = make(more);
        assert_eq!(output.status.code(), Some(status), "{}", stderr(&output));
        assert!(stderr(&output).contains(&plan), "{}", stderr(&output));
        assert!(!was_asked(), "{more:?}");
    }
    let output = make(&["--yes", "--json"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let answer: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(
        (&answer["from"], &answer["tags"]),
        (&json!(SONNET), &json!({ "client": "x", "cost": "1=2" }))
    );
    let arn = answer["arn"].as_str().unwrap();
    assert!(
        stderr(&output).contains(&format!("claude-bedrock set work models.sonnet {arn}")),
        "{}",
        stderr(&output)
    );
    let request = aws
        .requests()
        .into_iter()
        .find(|request| request["operation"] == "CreateInferenceProfile")
        .unwrap();
    assert_eq!(
        request["parameters"],
        json!({
            "inferenceProfileName": "client-x", "modelSource": { "copyFrom": SONNET },
            "tags": [{ "key": "client", "value": "x" }, { "key": "cost", "value": "1=2" }],
            "clientRequestToken": request["parameters"]["clientRequestToken"],
        })
    );
    let listed = stdout(&world.run(["models", "work"]));
    assert!(listed.contains("client=x, cost=1=2"), "{listed}");
    // A second one of that name there is not.
    let output = make(&["--yes"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("has an inference profile `client-x` already"),
        "{}",
        stderr(&output)
    );
    for (words, said) in [
        (&["x--y", "--from", "sonnet"][..], "single blanks"),
        (&["x", "--from", "opus"], "pins no model to `opus`"),
        (&["x", "--from", "sonet"], "did you mean `sonnet`"),
        (&["x", "--from", "sonnet", "--tag", "aws:x=y"], "AWS's own"),
        (
            &["x", "--from", "sonnet", "--tag", "a=1", "--tag", "a=2"],
            "given twice",
        ),
    ] {
        let output = world.run(["models", "create-profile", "-p", "work", "--yes"].iter().chain(words));
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        assert!(stderr(&output).contains(said), "{words:?}: {}", stderr(&output));
    }
}

#[test]
fn at_a_terminal_it_asks_first_and_no_is_the_default() {
    let Some((mut world, aws)) = world() else { return };
    world.directory("bin");
    std::os::unix::fs::symlink(PROGRAM, world.path("bin/claude-bedrock")).unwrap();
    world.set("PATH", format!("{}:/usr/bin:/bin", world.path("bin").display()));
    let mut typist = Typist::start(world, "");
    for (answer, status) in [("\r", 2), ("\u{1b}", 2), ("y\r", 0)] {
        typist.press("claude-bedrock models create-profile a --from claude-sonnet-4-6 -p work; echo \"status:$?.\"\r");
        typist.wait_for("Make this?");
        typist.press(answer);
        typist.wait_for(&format!("status:{status}."));
        assert_eq!(
            aws.operations().contains(&"CreateInferenceProfile".to_owned()),
            status == 0
        );
    }
}
