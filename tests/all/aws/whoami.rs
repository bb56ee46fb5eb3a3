//! `whoami`: whose credentials a profile has, as AWS says.

use serde_json::{Value, json};

use super::{SECRETS, faked, token};
use crate::support::fake_aws::SSO_TOKEN;
use crate::support::{stderr, stdout};

#[test]
fn whoami_says_role_account_profile_and_region() {
    let Some((world, aws)) = faked(&json!({})) else { return };
    token(&world, SSO_TOKEN, 3600);
    for (profile, who) in [("keys", "user/me"), ("sso", "role/Developer"), ("role", "role/Build")] {
        let output = world.run(["whoami", profile]);
        let line = format!("{who} in the account 123456789012 (profile {profile}, us-east-1)\n");
        assert_eq!(
            (stdout(&output), output.status.code()),
            (line, Some(0)),
            "{}",
            stderr(&output)
        );
        let answer: Value = serde_json::from_str(&stdout(&world.run(["whoami", profile, "--json"]))).unwrap();
        assert_eq!(answer["account"], "123456789012");
        assert_eq!(
            (&answer["who"], &answer["profile"], &answer["region"]),
            (&json!(who), &json!(profile), &json!("us-east-1"))
        );
        assert!(answer["arn"].as_str().unwrap().contains(":123456789012:"), "{answer}");
    }
    assert!(aws.operations().contains(&"GetCallerIdentity".to_owned()));
}

#[test]
fn whoami_that_gets_no_answer_says_why() {
    let gone = json!({ "faults": { "GetCallerIdentity": { "status": 403, "code": "ExpiredToken", "message": "The security token included in the request is expired" } } });
    for (script, words, status, said) in [
        (json!({}), &["whoami", "gateway"][..], 2, "goes through a gateway"),
        (json!({}), &["whoami", "api-key"], 2, "its method is `api-key`"),
        (
            json!({}),
            &["whoami", "pinned"],
            2,
            "belong to the account 123456789012, but the profile requires 999999999999",
        ),
        (json!({}), &["whoami", "sso"], 1, "you are not logged in"),
        (gone, &["whoami", "keys"], 1, "expired"),
        (json!({}), &["whoami"], 2, "no profile is active here"),
        (json!({}), &["whoami", "kyes"], 2, "did you mean `keys`?"),
    ] {
        let Some((world, _aws)) = faked(&script) else { return };
        let output = world.run(words);
        let text = stderr(&output);
        assert_eq!(
            (output.status.code(), stdout(&output).as_str()),
            (Some(status), ""),
            "{words:?}: {text}"
        );
        assert!(text.contains(said), "{words:?}: {text}");
        for secret in SECRETS {
            assert!(!text.contains(secret), "{words:?}: {text}");
        }
    }
}
