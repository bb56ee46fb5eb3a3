//! Models that retire, that were copied with a placeholder or from another tool, and what the account was seen to have.

use serde_json::{Value, json};

use super::{faked, stderr, stdout, world};
use crate::support::World;

/// A profile with these models.
fn profile(models: &str) -> String {
    format!(
        "[profiles.work]\nregion = \"us-east-1\"\nauth = {{ method = \"aws-profile\", profile = \"keys\" }}\n[profiles.work.models]\n{models}\n"
    )
}

/// What lint says: its status, and of each finding the code, the level, the message and the first help.
fn lint(world: &World, models: &str) -> (Option<i32>, Vec<[String; 4]>) {
    world.config(&profile(models));
    let output = world.run(["lint", "--json"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(&output)));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = found.as_array().unwrap().iter().filter(|row| row["code"] != "CB012");
    let rows = rows.map(|row| {
        [
            text(&row["code"]),
            text(&row["severity"]),
            text(&row["message"]),
            text(&row["help"][0]),
        ]
    });
    (output.status.code(), rows.collect())
}

#[test]
fn a_model_that_has_retired_is_an_error_with_what_replaces_it() {
    let world = world("http://127.0.0.1:1");
    for (name, new) in [
        (
            "us.anthropic.claude-sonnet-4-20250514-v1:0",
            "us.anthropic.claude-sonnet-5-5",
        ),
        ("claude-sonnet-4-0", "claude-sonnet-5-5"),
        (
            "us.anthropic.claude-3-7-sonnet-20250219-v1:0",
            "us.anthropic.claude-sonnet-5-5",
        ),
        (
            "us.anthropic.claude-3-5-haiku-20241022-v1:0",
            "us.anthropic.claude-haiku-5-5",
        ),
        ("claude-opus-4-20250514", "claude-opus-5-5"),
        (
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-20250514-v1:0",
            "us.anthropic.claude-sonnet-5-5",
        ),
    ] {
        let (status, found) = lint(&world, &format!("main = \"{name}\""));
        assert_eq!(status, Some(1), "{name} {found:?}");
        assert_eq!(found.len(), 1, "{found:?}");
        let [code, level, message, help] = &found[0];
        assert_eq!((code.as_str(), level.as_str()), ("CB040", "error"));
        assert!(message.starts_with(&format!("`{name}` retired on 2026-")), "{message}");
        assert_eq!(help, &format!("replace it by: {new}"));
        // The profile is loaded all the same.
        let shown = world.run(["show", "work", "--json"]);
        assert!(shown.status.success(), "{}", stderr(&shown));
        let listed = world.run(["list", "--json"]);
        let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
        assert_eq!(listed[0]["ends"][0]["model"], name);
        let said = stderr(&world.run(["list"]));
        assert!(said.contains(&format!("work: {name} retired on")), "{said}");
    }
    let report = world.run(["doctor", "work", "--offline", "--json"]);
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    let of_code = |code: &str| {
        report["checks"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["code"] == code)
            .cloned()
    };
    assert_eq!(of_code("CB040").unwrap()["level"], "broken");
    assert!(
        of_code("CD15").unwrap()["finding"]
            .as_str()
            .unwrap()
            .contains("the catalog of models and regions is from 20")
    );
}

#[test]
fn what_was_copied_is_told_from_what_is_mistyped() {
    let world = world("http://127.0.0.1:1");
    for (name, code, help) in [
        (
            "arn:aws:bedrock:us-east-1:<ACCOUNT_ID>:application-inference-profile/abc",
            "CB041",
            "put your own value there",
        ),
        ("YOUR_MODEL_ID", "CB041", "put your own value there"),
        (
            "bedrock/us.anthropic.claude-sonnet-4-6",
            "CB042",
            "write: us.anthropic.claude-sonnet-4-6",
        ),
        ("anthropic/claude-sonnet-4.6", "CB042", "write: claude-sonnet-4-6"),
        ("claude-haiku-4-5@20251001", "CB042", "write: claude-haiku-4-5-20251001"),
        // Inside an ARN.
        (
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-6",
            "CB005",
            "from there: us, global",
        ),
        (
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-6-20251001-v1:0",
            "CB007",
            "did you mean `us.anthropic.claude-sonnet-4-6`?",
        ),
    ] {
        let (_, found) = lint(&world, &format!("main = \"{name}\""));
        assert_eq!(found.len(), 1, "{name} {found:?}");
        assert_eq!((found[0][0].as_str(), found[0][3].as_str()), (code, help), "{name}");
    }
    for name in [
        "us.anthropic.claude-sonnet-4-6[1m]",
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3",
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-6",
        "opus",
    ] {
        let (status, found) = lint(&world, &format!("main = \"{name}\""));
        assert_eq!((status, found.len()), (Some(0), 0), "{name} {found:?}");
    }
}

#[test]
fn what_the_account_was_seen_to_have_is_remembered() {
    let Some((world, aws)) = faked(&json!({})) else { return };
    let (_, before) = lint(
        &world,
        "main = \"us.anthropic.claude-opus-5-5\"\nhaiku = \"claude-haiku-5-5\"",
    );
    assert_eq!(before.len(), 0, "nobody has asked: {before:?}");
    let own = json!([
        {
            "inferenceProfileName": "x", "status": "ACTIVE", "type": "SYSTEM_DEFINED",
            "inferenceProfileId": "us.anthropic.claude-opus-7",
            "inferenceProfileArn": "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-7",
            "models": [{ "modelArn": "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-7" }],
        },
    ]);
    aws.script(&json!({ "answers": { "ListInferenceProfiles": { "inferenceProfileSummaries": own } } }));
    let updated = world.run(["models", "work", "--update"]);
    assert!(updated.status.success(), "{}", stderr(&updated));
    let asked = aws.requests().len();
    let (status, found) = lint(
        &world,
        "opus = \"us.anthropic.claude-opus-7\"\nsonnet = \"claude-sonnet-4-6\"",
    );
    assert_eq!((status, found.len()), (Some(0), 1), "{found:?}");
    assert_eq!(found[0][0], "CB043");
    assert!(
        found[0][2].starts_with("the account 123456789012 did not have `us.anthropic.claude-sonnet-4-6` on 20"),
        "{found:?}"
    );
    let words = ["claude-bedrock", "add", "other", "--model", ""];
    let completed = world.run(["complete", "4", "--"].iter().chain(&words));
    let completed = stdout(&completed);
    assert!(completed.contains("us.anthropic.claude-opus-7"), "{completed}");
    assert_eq!(aws.requests().len(), asked, "nobody is asked again");
    // One record, and beside it the names of the account's own.
    let directory = world.path(".local/state/claude-bedrock/models");
    assert_eq!(std::fs::read_dir(directory).unwrap().count(), 2);
}

#[test]
fn a_profile_that_is_added_gets_the_models_that_the_account_was_seen_to_have() {
    let Some((world, _aws)) = faked(&json!({})) else { return };
    let add = |name: &str| {
        let output = world.run(["add", name, "--aws-profile", "keys", "--region", "us-east-1"]);
        assert!(output.status.success(), "{}", stderr(&output));
        (std::fs::read_to_string(world.config_path()).unwrap(), stderr(&output))
    };
    let (_, said) = add("before");
    assert!(
        said.contains("not checked yet whether the account has these models: claude-bedrock models before --update"),
        "{said}"
    );
    assert!(world.run(["models", "keys", "--update"]).status.success());
    let (text, said) = add("after");
    assert!(!said.contains("nobody has looked"), "{said}");
    let own = text.split("[profiles.after").skip(1).collect::<String>();
    for pin in [
        "opus = \"claude-opus-5-5\"",
        "sonnet = \"claude-sonnet-4-6\"",
        "haiku = \"claude-haiku-4-5\"",
    ] {
        assert!(own.contains(pin), "{pin}\n{own}");
    }
}
