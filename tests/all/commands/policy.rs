//! `policy`: whole documents, written by hand.

use crate::support::{Shell, World};
use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::{BlockLabel, Body};
use hcl_edit::template::Element;
use serde_json::{Value, json};

const INVOKE: [&str; 2] = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"];

/// The statements for a profile with these keys.
fn statements(keys: &str) -> Vec<Value> {
    let world = World::new(Shell::Bash);
    world.config(&format!("[profiles.p]\n{keys}"));
    let output = world.run(["policy", "p"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["Version"], "2012-10-17");
    document["Statement"].as_array().unwrap().clone()
}

#[allow(clippy::needless_pass_by_value, reason = "reads as the documents do")]
fn allow(sid: &str, action: Value, resource: Value) -> Value {
    json!({ "Sid": sid, "Effect": "Allow", "Action": action, "Resource": resource })
}

const ALL_OPUS: &str = "[profiles.p.models]\nmain = \"opus\"\nopus = \"ID\"\nsonnet = \"ID\"\nhaiku = \"ID\"\n";

fn pinned(id: &str) -> String {
    ALL_OPUS.replace("ID", id)
}

#[test]
fn a_geography_allows_its_profile_and_the_model_in_every_region_it_routes_to() {
    let keys = format!(
        "region = \"us-west-1\"\naccount = \"123456789012\"\n{}",
        pinned("claude-opus-5-5")
    );
    let profile = json!(["arn:aws:bedrock:us-west-1:123456789012:inference-profile/us.anthropic.claude-opus-5-5"]);
    let mut behind = allow(
        "InvokeModelsBehindProfiles",
        json!(INVOKE),
        json!([
            "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-5-5",
            "arn:aws:bedrock:us-east-2::foundation-model/anthropic.claude-opus-5-5",
            "arn:aws:bedrock:us-west-1::foundation-model/anthropic.claude-opus-5-5",
            "arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-opus-5-5"
        ]),
    );
    behind["Condition"] = json!({ "ArnLike": { "bedrock:InferenceProfileArn": profile } });
    assert_eq!(
        statements(&keys),
        [
            allow("InvokeProfiles", json!(INVOKE), profile.clone()),
            behind,
            allow("ListProfiles", json!("bedrock:ListInferenceProfiles"), json!("*")),
            allow("GetProfiles", json!("bedrock:GetInferenceProfile"), profile),
        ]
    );
}

#[test]
fn govcloud_china_and_global_have_their_own_arns() {
    let gov = statements(&format!("region = \"us-gov-west-1\"\n{}", pinned("claude-opus-5-5")));
    assert_eq!(
        gov[0]["Resource"],
        json!(["arn:aws-us-gov:bedrock:us-gov-west-1:*:inference-profile/us-gov.anthropic.claude-opus-5-5"])
    );
    assert_eq!(
        gov[1]["Resource"],
        json!([
            "arn:aws-us-gov:bedrock:us-gov-east-1::foundation-model/anthropic.claude-opus-5-5",
            "arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/anthropic.claude-opus-5-5"
        ])
    );
    let china = statements(&format!(
        "region = \"cn-north-1\"\n{}",
        pinned("anthropic.claude-opus-5-5")
    ));
    assert_eq!(
        china[0]["Resource"],
        json!(["arn:aws-cn:bedrock:cn-north-1::foundation-model/anthropic.claude-opus-5-5"])
    );
    let global = statements(&format!(
        "region = \"eu-west-1\"\ngeography = \"global\"\n{}",
        pinned("claude-opus-5-5")
    ));
    assert_eq!(
        global[1]["Resource"],
        json!([
            "arn:aws:bedrock:::foundation-model/anthropic.claude-opus-5-5",
            "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-opus-5-5"
        ])
    );
}

#[test]
fn an_application_profile_a_guardrail_and_an_api_key_are_allowed() {
    let arn = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc";
    let keys = format!(
        "region = \"eu-west-1\"\nauth = {{ method = \"api-key\", api_key = {{ env = \"KEY\" }} }}\nguardrail = {{ id = \"abc123\", version = \"1\" }}\n{}",
        pinned(arn)
    );
    let found = statements(&keys);
    assert_eq!(found[0], allow("InvokeProfiles", json!(INVOKE), json!([arn])));
    assert_eq!(
        found[1]["Resource"],
        json!(["arn:aws:bedrock:*::foundation-model/anthropic.*"])
    );
    assert_eq!(
        found[1]["Condition"]["ArnLike"]["bedrock:InferenceProfileArn"],
        json!([arn])
    );
    let guardrail = json!("arn:aws:bedrock:eu-west-1:*:guardrail/abc123");
    assert_eq!(
        found[4..],
        [
            allow("ApplyGuardrail", json!("bedrock:ApplyGuardrail"), guardrail),
            allow("UseApiKey", json!("bedrock:CallWithBearerToken"), json!("*")),
        ]
    );
}

#[test]
fn mantle_alone_needs_nothing_of_the_runtime() {
    let keys = format!(
        "region = \"us-east-1\"\nendpoint = \"mantle\"\n{}",
        pinned("claude-opus-5-5")
    );
    let projects = json!("arn:aws:bedrock-mantle:us-east-1:*:project/*");
    assert_eq!(
        statements(&keys),
        [allow("InvokeMantle", json!("bedrock-mantle:CreateInference"), projects)]
    );
}

#[test]
fn an_alias_that_is_not_pinned_allows_its_family() {
    let found = statements("region = \"eu-west-1\"\n");
    assert_eq!(
        found[0]["Resource"],
        json!([
            "arn:aws:bedrock:eu-west-1:*:inference-profile/eu.anthropic.claude-haiku-*",
            "arn:aws:bedrock:eu-west-1:*:inference-profile/eu.anthropic.claude-opus-*",
            "arn:aws:bedrock:eu-west-1:*:inference-profile/eu.anthropic.claude-sonnet-*"
        ])
    );
}

#[test]
fn auckland_goes_to_the_two_others_of_its_geography_and_new_regions_of_apac_to_jakarta() {
    let of = |region: &str, id: &str| {
        let found = statements(&format!("region = \"{region}\"\n{}", pinned(id)));
        let resources = found[1]["Resource"].as_array().unwrap().clone();
        let region = |arn: &Value| arn.as_str().unwrap().split(':').nth(3).unwrap().to_owned();
        resources.iter().map(region).collect::<Vec<String>>()
    };
    assert_eq!(
        of("ap-southeast-6", "claude-sonnet-4-6"),
        ["ap-southeast-2", "ap-southeast-4", "ap-southeast-6"]
    );
    assert_eq!(
        of("ap-southeast-2", "claude-sonnet-4-6"),
        ["ap-southeast-2", "ap-southeast-4"]
    );
    let regions = of("me-central-1", "claude-sonnet-4-20250514");
    assert!(regions.contains(&"ap-southeast-3".to_owned()), "{regions:?}");
    assert!(regions.contains(&"me-central-1".to_owned()), "{regions:?}");
}

#[test]
fn a_guardrail_across_regions_is_said_to_need_more() {
    let world = World::new(Shell::Bash);
    world.config("[profiles.p]\nregion = \"us-gov-west-1\"\naccount = \"123456789012\"\nguardrail = { id = \"abc\", version = \"1\" }\n[profiles.plain]\nregion = \"us-east-1\"\n");
    let output = world.run(["policy", "p"]);
    assert!(output.status.success());
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "claude-bedrock: a guardrail that works across regions needs bedrock:ApplyGuardrail on arn:aws-us-gov:bedrock:*:123456789012:guardrail-profile/* as well\n"
    );
    assert_eq!(String::from_utf8(world.run(["policy", "plain"]).stderr).unwrap(), "");
}

/// The JSON that an expression of Terraform's language stands for, if it is one of constants.
fn constant(expression: &Expression) -> Value {
    match expression {
        Expression::String(text) => json!(text.as_str()),
        Expression::Array(array) => array.iter().map(constant).collect(),
        Expression::Object(object) => {
            let key = |key: &ObjectKey| key.as_expr().and_then(Expression::as_str).unwrap().to_owned();
            let pairs = object.iter().map(|(name, value)| (key(name), constant(value.expr())));
            Value::Object(pairs.collect())
        }
        Expression::StringTemplate(template) => {
            let literal = |element: &Element| element.as_literal().unwrap().to_string();
            json!(template.iter().map(literal).collect::<String>())
        }
        other => panic!("{other:?}"),
    }
}

/// Terraform itself is not there to ask; hcl-edit reads its language.
#[test]
fn terraform_gets_the_same_document() {
    let world = World::new(Shell::Bash);
    world.config(
        r#"
[profiles.work]
region = "eu-west-1"
[profiles."odd.name-ü"]
region = "cn-north-1"
[profiles."odd.name-ü".models]
main = "arn:aws-cn:bedrock:cn-north-1:123456789012:application-inference-profile/${aws:x}%{y}"
"#,
    );
    for (name, label) in [("work", "work"), ("odd.name-ü", "odd_name__")] {
        let output = world.run(["policy", name, "--terraform"]);
        let text = String::from_utf8(output.stdout).unwrap();
        let body: Body = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
        let blocks: Vec<_> = body.blocks().collect();
        let [resource] = blocks.as_slice() else {
            panic!("{text}")
        };
        assert_eq!(resource.ident.as_str(), "resource");
        let labels: Vec<&str> = resource.labels.iter().map(BlockLabel::as_str).collect();
        assert_eq!(labels, ["aws_iam_policy", format!("claude_bedrock_{label}").as_str()]);
        let value = |key: &str| &resource.body.get_attribute(key).unwrap().value;
        assert_eq!(constant(value("name")), format!("claude-bedrock-{label}"));
        let call = value("policy").as_func_call().unwrap();
        assert_eq!(call.name.name.as_str(), "jsonencode");
        let document: Value = serde_json::from_slice(&world.run(["policy", name]).stdout).unwrap();
        assert_eq!(constant(call.args.iter().next().unwrap()), document);
    }
}

#[test]
fn a_gateway_and_a_profile_without_a_region_are_told_why_there_is_none() {
    let world = World::new(Shell::Bash);
    world.config("[profiles.g]\nregion = \"us-east-1\"\nauth = { method = \"gateway\", base_url = \"https://g.example\" }\n[profiles.r]\n");
    for (name, words) in [("g", "its gateway signs"), ("r", "has no region")] {
        let output = world.run(["policy", name]);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains(words));
    }
}
