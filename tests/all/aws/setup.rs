//! `setup` where the account can be asked: it pins what the account has, and says where it could not look.

use std::fs;

use serde_json::{Value, json};

use super::faked;
use crate::support::{World, stderr};

fn listed(ids: &[&str]) -> Value {
    let summary = |id: &&str| {
        json!({
            "inferenceProfileName": id, "inferenceProfileId": id, "status": "ACTIVE", "type": "SYSTEM_DEFINED",
            "inferenceProfileArn": format!("arn:aws:bedrock:us-east-1:123456789012:inference-profile/{id}"),
            "models": [{ "modelArn": "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-6" }],
        })
    };
    let summaries: Vec<Value> = ids.iter().map(summary).collect();
    json!({ "ListInferenceProfiles": { "inferenceProfileSummaries": summaries } })
}

fn set_up(world: &World) -> (String, String) {
    world.write(
        ".aws/config",
        "[profile bedrock]\nregion = us-east-1\naws_access_key_id = AKIAI44QH8DHBEXAMPLE\n\
         aws_secret_access_key = je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY\n",
    );
    fs::remove_file(world.config_path()).unwrap();
    let output = world.run(["setup", "--yes", "--shell", "bash"]);
    assert!(output.status.success(), "{}", stderr(&output));
    (fs::read_to_string(world.config_path()).unwrap(), stderr(&output))
}

#[test]
fn setup_pins_what_the_account_has_and_nothing_else() {
    let answers = listed(&[
        "us.anthropic.claude-sonnet-4-6",
        "us.anthropic.claude-haiku-4-5-20251001-v1:0",
    ]);
    let Some((world, _aws)) = faked(&json!({ "answers": answers })) else {
        return;
    };
    let (config, said) = set_up(&world);
    for part in [
        "main = \"sonnet\"",
        "sonnet = \"claude-sonnet-4-6\"",
        "haiku = \"claude-haiku-4-5",
    ] {
        assert!(config.contains(part), "{part}: {config}\n{said}");
    }
    assert!(!config.contains("opus") && !config.contains("5-5"), "{config}");
    assert!(said.contains("pinned for bedrock what the account has"), "{said}");
    assert!(!said.contains("nobody has looked"), "{said}");
}

#[test]
fn setup_says_that_it_could_not_look() {
    let fault = json!({ "status": 403, "code": "AccessDeniedException", "message": "not for you" });
    let Some((world, _aws)) = faked(&json!({ "faults": { "ListInferenceProfiles": fault } })) else {
        return;
    };
    let (config, said) = set_up(&world);
    assert!(config.contains("opus = \"claude-opus-"), "{config}");
    assert!(
        said.contains("could not look whether the account has the models of bedrock (")
            && said.contains("claude-bedrock models bedrock --update"),
        "{said}"
    );
}
