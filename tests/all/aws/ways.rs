//! Ways to AWS that users have: a role that is assumed, a proxy with a certificate of its own, an API key.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::{CONFIG, SSO_TOKEN, faked, stderr, stdout, token};
use crate::support::World;
use crate::support::fake_aws::{API_KEY, doctor};

/// The role that the credentials of a profile belong to, by doctor.
fn check_role(world: &World, profile: &str) {
    let output = world.run(["credentials", profile]);
    let printed: Value = serde_json::from_str(&stdout(&output)).unwrap_or_else(|_| panic!("{}", stderr(&output)));
    assert!(
        printed["AccessKeyId"].as_str().unwrap().starts_with("ASIA"),
        "{printed}"
    );
    assert!(!printed["SessionToken"].as_str().unwrap().is_empty(), "{printed}");
    assert!(printed["Expiration"].is_string(), "{printed}");
    let (_, text) = doctor(world, &[profile]);
    let line = "✓ CD20  the credentials work: role/Build in the account 123456789012";
    assert!(text.contains(line), "{text}");
    assert!(!text.contains('✗'), "{text}");
}

#[test]
fn a_role_is_assumed_with_keys_and_with_a_session() {
    let Some((world, aws)) = faked(&json!({})) else { return };
    token(&world, SSO_TOKEN, 3600);
    check_role(&world, "build");
    let role = &aws.requests()[0];
    assert_eq!(role["operation"], "AssumeRole");
    assert_eq!(role["parameters"]["RoleArn"], "arn:aws:iam::123456789012:role/Build");
    let before = aws.requests().len();
    check_role(&world, "role");
    assert_eq!(aws.requests()[before]["operation"], "GetRoleCredentials");
    assert_eq!(aws.requests()[before + 1]["operation"], "AssumeRole");
}

#[test]
fn a_proxy_with_a_certificate_of_its_own_is_gone_through() {
    let Some((mut world, mut aws)) = faked(&json!({})) else {
        return;
    };
    let bundle = aws.speak_tls(&world);
    world.unset("AWS_ENDPOINT_URL");
    world.set("HTTPS_PROXY", aws.url());
    world.set("AWS_CA_BUNDLE", bundle);
    token(&world, SSO_TOKEN, 3600);
    check_role(&world, "role");
    let mut hosts: Vec<String> = aws
        .requests()
        .iter()
        .map(|request| request["tunnel"].as_str().unwrap_or("none").to_owned())
        .collect();
    hosts.sort();
    hosts.dedup();
    assert_eq!(
        hosts,
        [
            "bedrock.us-east-1.amazonaws.com:443",
            "portal.sso.us-east-1.amazonaws.com:443",
            "sts.us-east-1.amazonaws.com:443",
        ]
    );
}

#[test]
fn an_api_key_opens_bedrock_and_a_wrong_one_is_named() {
    let Some((mut world, aws)) = faked(&json!({})) else {
        return;
    };
    // Claude Code's runtime, and so the request for a token, goes by this alone.
    let pinned = CONFIG.replace(
        "[profiles.api-key]\n",
        &format!("[profiles.api-key]\nbase_url = \"{}\"\n", aws.url()),
    );
    world.config(&format!(
        "{pinned}[profiles.api-key.models]\nmain = \"us.anthropic.claude-opus-5-5\"\n"
    ));
    world.set("SECRET_KEY", API_KEY);
    let (status, text) = doctor(&world, &["api-key", "--invoke"]);
    assert_eq!(status, Some(0), "{text}");
    for line in [
        "✓ CD22  us-east-1 offers Bedrock",
        "✓ CD23  main: us.anthropic.claude-opus-5-5 is there",
        "✓ CD25  main: us.anthropic.claude-opus-5-5 answers",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let models = world.run(["models", "api-key"]);
    assert!(
        stdout(&models).contains("us.anthropic.claude-opus-5-5"),
        "{}",
        stderr(&models)
    );
    assert_eq!(
        aws.operations(),
        [
            "InvokeModel",
            "ListFoundationModels",
            "ListFoundationModels",
            "ListFoundationModels",
            "ListInferenceProfiles",
            "ListInferenceProfiles",
            "ListInferenceProfiles",
            "ListInferenceProfiles"
        ]
    );

    world.set("SECRET_KEY", "ABSKwrong");
    let (status, text) = doctor(&world, &["api-key"]);
    assert_eq!(status, Some(1), "{text}");
    let unknown = "AWS does not know the API key of `api-key`: deleted, expired, or from another region";
    assert_eq!(text.matches(unknown).count(), 1, "{text}");
    let models = world.run(["models", "api-key", "--refresh"]);
    let fix = "correct it: claude-bedrock show api-key says where it comes from";
    assert_eq!(stderr(&models), format!("claude-bedrock: {unknown}\n  {fix}\n"));
    assert_eq!(models.status.code(), Some(2));
}

#[test]
fn the_stand_in_allows_what_the_service_models_allow_and_no_more() {
    let Some((world, mut aws)) = faked(&json!({ "answers": { "GetCallerIdentity": {
        "UserId": "U", "Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/me", "Name": "me",
    } } })) else {
        return;
    };
    doctor(&world, &["keys"]);
    let send = |body: &str| {
        let mut stream = TcpStream::connect(aws.host()).unwrap();
        let head =
            "POST /client/register HTTP/1.1\r\nHost: oidc\r\nConnection: close\r\nContent-Type: application/json\r\n";
        write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        stream.read_to_string(&mut String::new()).unwrap();
    };
    send(r#"{"clientName": "x", "clientType": "public"}"#);
    send(r#"{"clientName": "x", "clientType": "public", "clientAge": 1}"#);
    send(r#"{"clientName": "x"}"#);
    let problems = aws.problems();
    // An output member (the SDK asks twice), an input member, and one that is required.
    for (count, what) in [
        (2, "botocore does not read"),
        (1, "'clientAge'"),
        (1, "Missing required parameter in input: \"clientType\""),
    ] {
        let found = problems.iter().filter(|problem| problem.contains(what)).count();
        assert_eq!(found, count, "{what}: {problems:?}");
    }
    assert_eq!(problems.len(), 4, "{problems:?}");
}
