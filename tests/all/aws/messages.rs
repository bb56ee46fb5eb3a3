//! AWS's own words, as people have reported them: each leads to its own line, which says what it means, what to do
//! and who can do it, and `doctor --invoke` shows the words themselves, which Claude Code throws away.

use serde_json::{Value, json};

use super::{faked, stderr, stdout, world};
use crate::support::World;

/// The finding about the model, and its fix.
fn invoked(world: &World, profile: &str) -> (String, String) {
    let output = world.run(["doctor", profile, "--invoke", "--json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(&output)));
    let checks = report["checks"].as_array().unwrap();
    let found = checks
        .iter()
        .find(|check| check["code"] == "CD25" && check["level"] == "broken")
        .unwrap_or_else(|| panic!("{report:#}"));
    let text = |key: &str| found[key].as_str().unwrap().to_owned();
    (text("finding"), text("fix"))
}

/// Profiles whose runtime is the stand-in, too.
fn with_model(world: &World, url: &str) {
    world.config(&format!(
        "[profiles.work]\nregion = \"us-east-1\"\nbase_url = \"{url}\"\nauth = {{ method = \"aws-profile\", profile = \"keys\" }}\n[profiles.work.models]\nmain = \"us.anthropic.claude-opus-5-5\"\n"
    ));
}

/// Status, code and message; what the finding then begins with; what the fix contains.
const REPORTED: &[(u16, &str, &str, &str, &str)] = &[
    (
        403,
        "AccessDeniedException",
        "User: arn:aws:sts::123456789012:assumed-role/me/me is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:us-east-2::foundation-model/anthropic.claude-opus-5-5 with an explicit deny in a service control policy: arn:aws:organizations::1:policy/p",
        "a service control policy (SCP) of the organization denies bedrock:InvokeModel in us-east-2 (called from us-east-1)",
        "ask the administrator of the AWS organization",
    ),
    (
        403,
        "AccessDeniedException",
        "User: arn:aws:sts::123456789012:assumed-role/me/me is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:us-east-2::foundation-model/anthropic.claude-opus-5-5 with an explicit deny in an identity-based policy",
        "a policy explicitly denies bedrock:InvokeModel in us-east-2 (called from us-east-1)",
        "ask the administrator of the account to remove the denial",
    ),
    (
        403,
        "AccessDeniedException",
        "User: arn:aws:sts::123456789012:assumed-role/me/me is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:us-east-2::foundation-model/anthropic.claude-opus-5-5 because no permissions boundary allows the bedrock:InvokeModel action",
        "the permissions boundary of the role does not allow",
        "ask the administrator of the account",
    ),
    (
        403,
        "AccessDeniedException",
        "User: arn:aws:sts::123456789012:assumed-role/me/me is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:us-east-2::foundation-model/anthropic.claude-opus-5-5 because no VPC endpoint policy allows the bedrock:InvokeModel action",
        "the policy of the VPC endpoint",
        "the administrator of the network",
    ),
    (
        403,
        "AccessDeniedException",
        "User: arn:aws:sts::123456789012:assumed-role/me/me is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:us-east-2::foundation-model/anthropic.claude-opus-5-5 because no identity-based policy allows the bedrock:InvokeModel action",
        "bedrock:InvokeModel is not allowed in us-east-1",
        "claude-bedrock policy work",
    ),
    (
        403,
        "AccessDeniedException",
        "You don't have access to the model with the specified model ID.",
        "the account has no access to the model in us-east-1",
        "open the model once in the Bedrock console, Model catalog",
    ),
    (
        404,
        "ResourceNotFoundException",
        "Model use case details have not been submitted for this account. Fill out the Anthropic use case details form before using the model. If you have already filled out the form, try again in 15 minutes.",
        "the account has no access to the model in us-east-1: Anthropic's use case form",
        "once for each account: Bedrock console, Model catalog",
    ),
    (
        403,
        "AccessDeniedException",
        "Model access is denied due to IAM user or service role is not authorized to perform the required AWS Marketplace actions (aws-marketplace:ViewSubscriptions, aws-marketplace:Subscribe) to enable access to this model.",
        "the account has no access to the model in us-east-1: nobody has called it",
        "ask an administrator with aws-marketplace:Subscribe",
    ),
    (
        403,
        "AccessDeniedException",
        "Model access is denied due to INVALID_PAYMENT_INSTRUMENT: A valid payment instrument must be provided.. Your AWS Marketplace subscription for this model cannot be completed at this time.",
        "the account has no access to the model in us-east-1: it has no valid payment method",
        "add a payment method",
    ),
    (
        400,
        "ValidationException",
        "Access to Anthropic models is not allowed from unsupported countries, regions, or territories. Please refer to https://www.anthropic.com/supported-countries for more information",
        "Anthropic does not serve the country",
        "https://www.anthropic.com/supported-countries",
    ),
    (
        404,
        "ResourceNotFoundException",
        "This model version has reached the end of its life. Please refer to the AWS documentation for more details.",
        "AWS has switched this model off",
        "use a newer one: claude-bedrock models work --update",
    ),
    (
        404,
        "ResourceNotFoundException",
        "Access denied. This Model is marked by provider as Legacy and you have not been actively using the model in the last 15 days.",
        "Bedrock in us-east-1 serves this old model only to accounts",
        "use a newer one",
    ),
    (
        400,
        "ValidationException",
        "Operation not allowed",
        "AWS does not let this account call Bedrock models",
        "only AWS can unlock the account",
    ),
    (
        400,
        "ValidationException",
        "data retention mode 'default' is not available for this model",
        "the model requires that AWS may keep requests",
        "the administrator of the account",
    ),
    (
        429,
        "ThrottlingException",
        "Too many tokens per day, please wait before trying again.",
        "bedrock:InvokeModel in us-east-1 was refused: the account's tokens for today are used up",
        "https://us-east-1.console.aws.amazon.com/servicequotas/home/services/bedrock/quotas",
    ),
    (
        429,
        "ThrottlingException",
        "Too many tokens, please wait before trying again.",
        "bedrock:InvokeModel in us-east-1 was refused: the account's tokens for this minute are used up",
        "tokens per minute",
    ),
    (
        429,
        "ThrottlingException",
        "Too many requests, please wait before trying again.",
        "bedrock:InvokeModel in us-east-1 was refused: too many requests (429)",
        "requests per minute",
    ),
    (
        503,
        "ServiceUnavailableException",
        "Bedrock is unable to process your request.",
        "AWS itself cannot serve bedrock:InvokeModel in us-east-1 right now (503)",
        "AWS's outages",
    ),
    (
        429,
        "ModelNotReadyException",
        "The model specified in the request is not ready to serve inference requests.",
        "AWS has not loaded the model yet",
        "wait a few minutes",
    ),
    (
        403,
        "ExpiredTokenException",
        "The security token included in the request is expired",
        "the session of `work` has expired",
        "claude-bedrock login work",
    ),
    (
        403,
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
        "AWS does not know the keys of `work`: deleted, inactive, from another partition",
        "claude-bedrock show work",
    ),
    (
        403,
        "InvalidSignatureException",
        "Credential should be scoped to a valid region.",
        "the request was signed for a different region",
        "the region in base_url",
    ),
    (
        400,
        "ValidationException",
        "invalid beta flag",
        "the model, or a gateway in front of it, does not know a beta feature",
        "CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS",
    ),
    (
        400,
        "ValidationException",
        "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length or `max_tokens` and try again",
        "the conversation and the requested output together do not fit",
        "/compact",
    ),
    (
        400,
        "ValidationException",
        "`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation",
        "the request asks for more thinking tokens",
        "MAX_THINKING_TOKENS",
    ),
    (
        400,
        "ValidationException",
        "max_tokens: 64000 > 32000, which is the maximum allowed number of output tokens for claude-x",
        "the request asks for more output tokens",
        "CLAUDE_CODE_MAX_OUTPUT_TOKENS",
    ),
    (
        400,
        "ValidationException",
        "Malformed input request: #: extraneous key [context_management] is not permitted, please reformat your input and try again",
        "the model, or a gateway in front of it, does not know a field",
        "CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS",
    ),
    (
        400,
        "ValidationException",
        "service tier provided is invalid",
        "Bedrock does not serve the model in the tier",
        "service_tier=default",
    ),
    (
        404,
        "ResourceNotFoundException",
        "Could not resolve the foundation model from the provided model identifier.",
        "Bedrock in us-east-1 does not know this model ID",
        "models work --update",
    ),
    (
        403,
        "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.",
        "the secret access key of `work` does not match its key ID",
        "claude-bedrock show work",
    ),
    // Nobody has reported it yet: it is shown as it is.
    (
        400,
        "ValidationException",
        "The moon is in the wrong house.",
        "bedrock:InvokeModel in us-east-1 failed: The moon is in the wrong house",
        "claude-bedrock show work",
    ),
];

#[test]
fn what_refuses_a_request_is_translated() {
    let Some((world, aws)) = faked(&json!({})) else { return };
    with_model(&world, &aws.url());
    for (status, code, message, meaning, fix) in REPORTED {
        let refusal = json!({ "status": status, "code": code, "message": message });
        aws.script(&json!({ "faults": { "InvokeModel": refusal } }));
        let (finding, advice) = invoked(&world, "work");
        let start = format!("main: us.anthropic.claude-opus-5-5 fails: {meaning}");
        assert!(finding.starts_with(&start), "{start}\n{finding}");
        assert!(advice.contains(fix), "{fix}\n{advice}");
        let words = message.trim_end_matches('.');
        assert!(finding.contains(words), "AWS's words are shown: {finding}");
        assert!(!finding.contains('{') && !advice.contains('{'), "{finding} {advice}");
    }
}

#[test]
fn a_wrong_path_of_a_gateway_is_no_missing_model() {
    let Some((world, aws)) = faked(&json!({})) else { return };
    with_model(&world, &aws.url());
    let lost = json!({ "status": 404, "headers": { "Content-Type": "text/plain" }, "body": "404 page not found" });
    aws.script(&json!({ "faults": { "InvokeModel": lost } }));
    let (finding, advice) = invoked(&world, "work");
    assert!(finding.contains("the server has nothing at the path"), "{finding}");
    assert!(advice.contains("correct the path in base_url"), "{advice}");
}

#[test]
fn what_aws_or_claude_code_has_said_is_explained_as_it_is_pasted() {
    let world = world("http://127.0.0.1:1");
    for (words, told) in [
        (
            &["API Error: 429 Too many tokens per day, please wait before trying again."][..],
            "who can do it: AWS",
        ),
        // Without quotes a shell makes words of it.
        (
            &[
                "API", "Error:", "403", "You", "don't", "have", "access", "to", "the", "model", "with", "--", "it",
            ],
            "who can do it: your administrator",
        ),
        (
            &["The model x is not available on your bedrock deployment. Try --model to switch to y"],
            "claude-bedrock doctor --invoke",
        ),
        // Without the error's code.
        (
            &["The security token included in the request is expired"],
            "log in again",
        ),
        (&["Error: Rate exceeded"], "requests per minute"),
        (
            &["Signature expired: 20260101T000000Z is now earlier than 20260101T000500Z"],
            "timedatectl",
        ),
        (
            &[
                "User: arn:aws:iam::1:user/me is not authorized to perform: bedrock:InvokeModel on resource: x because no identity-based policy allows the bedrock:InvokeModel action",
            ],
            "claude-bedrock policy",
        ),
        (
            &["Unable to locate credentials. You can configure credentials by running \"aws login\"."],
            "aws-profiles",
        ),
        (
            &["getaddrinfo ENOTFOUND bedrock-runtime.eu-wst-1.amazonaws.com"],
            "mistyped region",
        ),
        (&["self-signed certificate in certificate chain"], "NODE_EXTRA_CA_CERTS"),
        (
            &["undefined is not an object (evaluating 'p.sso_region')"],
            "[sso-session NAME]",
        ),
    ] {
        let output = world.run(["explain"].iter().chain(words));
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(stdout(&output).contains(told), "{}", stdout(&output));
    }
    let output = world.run(["explain", "good morning"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("error is not known here"),
        "{}",
        stderr(&output)
    );
    let output = world.run(["explain", "CB999"]);
    assert!(
        stderr(&output).contains("there is no finding `CB999`"),
        "{}",
        stderr(&output)
    );
}
