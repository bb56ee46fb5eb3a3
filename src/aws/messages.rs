//! What AWS says when it refuses, and what that means: one table, most particular rows first.
//!
//! The messages are those that public reports contain; each row names one. docs/errors.md is made of it, and
//! `explain` looks pasted text up in it. A message that no row knows is shown as it is.

use crate::aws::Cause;

/// Who can change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Whoever types the command.
    You,
    /// Whoever manages the account, the organization or the network.
    Administrator,
    /// AWS alone: by waiting, or by a case with its support.
    Aws,
}

impl Who {
    /// The words for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::You => "you",
            Self::Administrator => "your administrator",
            Self::Aws => "AWS",
        }
    }
}

/// A message of AWS's, and what it means. In `means` and `fix`, `{action}`, `{region}` and `{profile}` stand
/// for what was called, `{there}` for the region that the message itself names, `{said}` for AWS's own words.
#[derive(Debug)]
pub struct Meaning {
    /// What is behind it.
    pub cause: Cause,
    /// The error's codes; none: any.
    codes: &'static [&'static str],
    /// The statuses; none: any.
    statuses: &'static [u16],
    /// What the message must contain, all of it, in lower case.
    words: &'static [&'static str],
    /// What it means.
    pub means: &'static str,
    /// What to do.
    pub fix: &'static str,
    /// Who can do it.
    pub who: Who,
    /// Status, code and message as they were reported.
    pub example: (u16, &'static str, &'static str),
    /// Where.
    pub source: &'static str,
}

impl Meaning {
    /// Whether an answer has this meaning.
    fn fits(&self, status: u16, code: &str, text: &str) -> bool {
        (self.codes.is_empty() || self.codes.contains(&code))
            && (self.statuses.is_empty() || self.statuses.contains(&status))
            && self.words.iter().all(|word| text.contains(word))
    }

    /// Whether a pasted text contains this message. A row without words is recognised by its code.
    fn is_in(&self, text: &str) -> bool {
        if self.words.is_empty() {
            self.codes.iter().any(|code| text.contains(&code.to_lowercase()))
        } else {
            self.words.iter().all(|word| text.contains(word))
        }
    }
}

/// What an answer means; `None` if it is unknown.
pub fn of_answer(status: u16, code: &str, text: &str) -> Option<&'static Meaning> {
    let text = plain(text);
    MEANINGS.iter().find(|meaning| meaning.fits(status, code, &text))
}

/// What a pasted text means, if it holds a message that is known.
pub fn in_text(text: &str) -> Option<&'static Meaning> {
    let text = plain(text);
    let by_words = MEANINGS.iter().find(|meaning| meaning.is_in(&text));
    by_words.or_else(|| {
        let (_, code) = WITHOUT_CODE.iter().find(|(words, _)| text.contains(words))?;
        MEANINGS
            .iter()
            .find(|meaning| meaning.words.is_empty() && meaning.codes.contains(code))
    })
}

/// What messages say whose row goes by the error's code, which a pasted text need not hold.
const WITHOUT_CODE: &[(&str, &str)] = &[
    ("security token included in the request is expired", "ExpiredToken"),
    ("provided token has expired", "ExpiredToken"),
    ("sso session associated with this profile has expired", "ExpiredToken"),
    ("refreshed credentials are still expired", "ExpiredToken"),
    ("session token not found or invalid", "ExpiredToken"),
    (
        "security token included in the request is invalid",
        "UnrecognizedClientException",
    ),
    (
        "access key id you provided does not exist",
        "UnrecognizedClientException",
    ),
    ("needs a subscription for the service", "OptInRequired"),
    ("not ready to serve", "ModelNotReadyException"),
    ("exceeds the service quota", "ServiceQuotaExceededException"),
    ("exceeded the account quota", "ServiceQuotaExceededException"),
    ("too many requests", "ThrottlingException"),
    ("rate exceeded", "ThrottlingException"),
    ("request rate is too high", "ThrottlingException"),
    ("request count exceeded", "ThrottlingException"),
    ("exceeded the number of", "ThrottlingException"),
    ("request was denied due to request throttling", "ThrottlingException"),
    ("timed out in processing", "ModelTimeoutException"),
    ("took too long to process", "ModelTimeoutException"),
    ("error while processing the model", "ModelErrorException"),
    ("unexpected error during processing", "ServiceUnavailableException"),
    ("unable to process your request", "ServiceUnavailableException"),
    ("service unavailable", "ServiceUnavailableException"),
    ("internal server error", "ServiceUnavailableException"),
    ("experiencing high demand", "ServiceUnavailableException"),
    ("is overloaded", "ServiceUnavailableException"),
    ("operation is not recognized", "UnknownOperationException"),
];

/// Lower case, plain apostrophes, and one blank in place of several.
fn plain(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").to_lowercase().replace('’', "'")
}

/// The page of the quotas, with the figures, and the command that prints them.
macro_rules! quotas {
    ($start:literal, $kind:literal) => {
        concat!(
            $start,
            "; the figure, and where to request more: https://{region}.console.aws.amazon.com/servicequotas/home/services/bedrock/quotas (",
            $kind,
            ")"
        )
    };
}

/// The table.
pub static MEANINGS: &[Meaning] = &[
    // Policies.
    Meaning {
        cause: Cause::AccessDenied,
        codes: &[],
        statuses: &[],
        words: &["service control policy"],
        means: "a service control policy (SCP) of the organization denies {action}{there}; no permission in the account can override that",
        fix: "ask the administrator of the AWS organization to allow Bedrock in every region that the model's geography routes to (claude-bedrock policy {profile} lists them); or use a model whose geography stays in the allowed regions",
        who: Who::Administrator,
        example: (
            403,
            "AccessDeniedException",
            "User: arn:aws:sts::123456789012:assumed-role/me/me is not authorized to perform: bedrock:InvokeModelWithResponseStream on resource: arn:aws:bedrock:us-east-2::foundation-model/anthropic.claude-opus-4-6-v1 with an explicit deny in a service control policy: arn:aws:organizations::123456789012:policy/o-example/service_control_policy/p-example",
        ),
        source: "tinovyatkin/amazon-bedrock-copilot-chat#396",
    },
    Meaning {
        cause: Cause::AccessDenied,
        codes: &[],
        statuses: &[],
        words: &["resource control policy"],
        means: "a resource control policy (RCP) of the organization denies {action}{there}",
        fix: "ask the administrator of the AWS organization: nothing in the account can override it",
        who: Who::Administrator,
        example: (
            403,
            "AccessDeniedException",
            "User: arn:aws:iam::123456789012:user/me is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-5-5 with an explicit deny in a resource control policy",
        ),
        source: "IAM user guide, \"Troubleshoot access denied error messages\"",
    },
    Meaning {
        cause: Cause::AccessDenied,
        codes: &[],
        statuses: &[],
        words: &["permissions boundary"],
        means: "the permissions boundary of the role does not allow {action}{there}; a policy of the role cannot override that",
        fix: "ask the administrator of the account to add Bedrock to the boundary; what is needed: claude-bedrock policy {profile}",
        who: Who::Administrator,
        example: (
            403,
            "AccessDeniedException",
            "User: arn:aws:iam::123456789012:user/me is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-5-5 because no permissions boundary allows the bedrock:InvokeModel action",
        ),
        source: "IAM user guide, \"Troubleshoot access denied error messages\"",
    },
    Meaning {
        cause: Cause::AccessDenied,
        codes: &[],
        statuses: &[],
        words: &["vpc endpoint policy"],
        means: "the policy of the VPC endpoint, through which this network reaches Bedrock, does not allow {action}{there}",
        fix: "ask the administrator of the network to allow it in the endpoint's policy; or call Bedrock from outside that network",
        who: Who::Administrator,
        example: (
            403,
            "AccessDeniedException",
            "User: arn:aws:iam::123456789012:user/me is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-5-5 because no VPC endpoint policy allows the bedrock:InvokeModel action",
        ),
        source: "IAM user guide, \"Troubleshoot access denied error messages\"",
    },
    Meaning {
        cause: Cause::AccessDenied,
        codes: &[],
        statuses: &[],
        words: &["session policy"],
        means: "the session has a policy of its own, set when its role was assumed, that does not allow {action}{there}",
        fix: "use credentials without that restriction, or ask the administrator who issues these to allow Bedrock in them",
        who: Who::Administrator,
        example: (
            403,
            "AccessDeniedException",
            "User: arn:aws:sts::123456789012:assumed-role/me/me is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-5-5 because no session policy allows the bedrock:InvokeModel action",
        ),
        source: "IAM user guide, \"Troubleshoot access denied error messages\"",
    },
    Meaning {
        cause: Cause::AccessDenied,
        codes: &[],
        statuses: &[],
        words: &["bedrock:applyguardrail"],
        means: "the credentials may not use the guardrail (bedrock:ApplyGuardrail)",
        fix: "ask the administrator of the account for bedrock:ApplyGuardrail on it; the minimal policy: claude-bedrock policy {profile}",
        who: Who::Administrator,
        example: (
            403,
            "AccessDeniedException",
            "User: arn:aws:iam::123456789012:user/me is not authorized to perform: bedrock:ApplyGuardrail on resource: arn:aws:bedrock:us-east-1:123456789012:guardrail/abc123 because no identity-based policy allows the bedrock:ApplyGuardrail action",
        ),
        source: "openclaw/openclaw#58588",
    },
    Meaning {
        cause: Cause::AccessDenied,
        codes: &[],
        statuses: &[],
        words: &["bedrock:callwithbearertoken"],
        means: "the account does not let this user call Bedrock with an API key (bedrock:CallWithBearerToken)",
        fix: "use AWS credentials instead (auth.method = \"aws-profile\"), or ask the administrator of the account to allow API keys",
        who: Who::Administrator,
        example: (
            403,
            "AccessDeniedException",
            "User: arn:aws:iam::123456789012:user/BedrockAPIKey-abcd is not authorized to perform: bedrock:CallWithBearerToken on resource: * with an explicit deny in an identity-based policy",
        ),
        source: "aws-solutions-library-samples/guidance-for-claude-code-with-amazon-bedrock#315",
    },
    Meaning {
        cause: Cause::AccessDenied,
        codes: &[],
        statuses: &[],
        words: &["with an explicit deny"],
        means: "a policy explicitly denies {action}{there}; no other permission can override that",
        fix: "ask the administrator of the account to remove the denial: a restriction to some regions also stops a model whose geography routes elsewhere (claude-bedrock policy {profile} lists the regions)",
        who: Who::Administrator,
        example: (
            403,
            "AccessDeniedException",
            "User: arn:aws:sts::123456789012:assumed-role/mcp/me is not authorized to perform: bedrock:InvokeModelWithResponseStream on resource: arn:aws:bedrock:::foundation-model/anthropic.claude-sonnet-4-20250514-v1:0 with an explicit deny in an identity-based policy",
        ),
        source: "posit-dev/positron#10683",
    },
    Meaning {
        cause: Cause::AccessDenied,
        codes: &[],
        statuses: &[],
        words: &["not authorized to perform: sts:assumerole"],
        means: "the role's trust policy does not let these credentials assume it, or their own policy does not",
        fix: "check role_arn in ~/.aws/config; then ask the administrator of the role's account to trust you in it",
        who: Who::Administrator,
        example: (
            403,
            "AccessDenied",
            "User: arn:aws:iam::123456789012:user/me is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::210987654321:role/bedrock",
        ),
        source: "nccgroup/aws-inventory#34",
    },
    // What stands between an account and a model.
    Meaning {
        cause: Cause::ModelAccess,
        codes: &[],
        statuses: &[],
        words: &["payment_instrument"],
        means: "the account has no access to the model in {region}: it has no valid payment method, which AWS Marketplace requires for Anthropic's models",
        fix: "ask the administrator who pays for the account to add a payment method (AWS console, Billing, Payment preferences); then try again after 2 minutes",
        who: Who::Administrator,
        example: (
            403,
            "AccessDeniedException",
            "Model access is denied due to INVALID_PAYMENT_INSTRUMENT: A valid payment instrument must be provided.. Your AWS Marketplace subscription for this model cannot be completed at this time.",
        ),
        source: "Tracer-Cloud/opensre#1812",
    },
    Meaning {
        cause: Cause::ModelAccess,
        codes: &[],
        statuses: &[],
        words: &["aws-marketplace:"],
        means: "the account has no access to the model in {region}: nobody has called it there yet, and the first call subscribes the account in AWS Marketplace, which these credentials may not do",
        fix: "ask an administrator with aws-marketplace:Subscribe, Unsubscribe and ViewSubscriptions to call the model once in this account; it then works for everybody after 2 to 15 minutes",
        who: Who::Administrator,
        example: (
            403,
            "AccessDeniedException",
            "Model access is denied due to IAM user or service role is not authorized to perform the required AWS Marketplace actions (aws-marketplace:ViewSubscriptions, aws-marketplace:Subscribe) to enable access to this model. Refer to the Amazon Bedrock documentation for further details. Your AWS Marketplace subscription for this model cannot be completed at this time. If you recently fixed this issue, try again after 2 minutes.",
        ),
        source: "aws-samples/anthropic-on-aws#252",
    },
    Meaning {
        cause: Cause::ModelAccess,
        codes: &[],
        statuses: &[],
        words: &["use case details"],
        means: "the account has no access to the model in {region}: Anthropic's use case form has not been sent for it",
        fix: "once for each account: Bedrock console, Model catalog, any Anthropic model, Submit use case details (an administrator may have to); if already sent, try again after 15 minutes",
        who: Who::Administrator,
        example: (
            404,
            "ResourceNotFoundException",
            "Model use case details have not been submitted for this account. Fill out the Anthropic use case details form before using the model. If you have already filled out the form, try again in 15 minutes.",
        ),
        source: "anthropics/claude-code#16997",
    },
    Meaning {
        cause: Cause::ModelAccess,
        codes: &[],
        statuses: &[],
        words: &["use-case form"],
        means: "the account has no access to the model in {region}: Anthropic's use case form has not been sent for it",
        fix: "once for each account: Bedrock console, Model catalog, any Anthropic model, Submit use case details (an administrator may have to); if already sent, try again after 15 minutes",
        who: Who::Administrator,
        example: (
            400,
            "ValidationException",
            "You have not filled out the required use-case form for this model. Complete the form at https://ap-southeast-4.console.aws.amazon.com/bedrock/ before requesting access.",
        ),
        source: "truefoundry/models#934",
    },
    Meaning {
        cause: Cause::ModelAccess,
        codes: &[],
        statuses: &[],
        words: &["not available for this account"],
        means: "AWS has not released this model to the account; its permissions are not the reason",
        fix: "use a model that the account has: claude-bedrock models {profile} --update; only AWS Sales can release this one: https://aws.amazon.com/contact-us/sales-support/",
        who: Who::Aws,
        example: (
            403,
            "AccessDeniedException",
            "anthropic.claude-opus-4-7 is not available for this account. You can explore other available models on Amazon Bedrock. For additional access options, contact AWS Sales at https://aws.amazon.com/contact-us/sales-support/",
        ),
        source: "anthropics/claude-code#49238",
    },
    Meaning {
        cause: Cause::ModelAccess,
        codes: &[],
        statuses: &[],
        words: &["data retention mode"],
        means: "the model requires that AWS may keep requests for review (data retention), which the account does not allow",
        fix: "use another model; or ask the administrator of the account whether its data retention mode may be aws_review or provider_data_share: https://docs.aws.amazon.com/bedrock/latest/userguide/data-retention.html",
        who: Who::Administrator,
        example: (
            400,
            "ValidationException",
            "data retention mode 'default' is not available for this model",
        ),
        source: "anomalyco/opencode#31560",
    },
    Meaning {
        cause: Cause::Location,
        codes: &[],
        statuses: &[],
        words: &["unsupported countries"],
        means: "Anthropic does not serve the country that the request comes from, as AWS sees it (this machine's address, or that of its VPN or proxy)",
        fix: "call it from a country of https://www.anthropic.com/supported-countries; a VPN or proxy that exits elsewhere (HTTPS_PROXY) may be the reason",
        who: Who::You,
        example: (
            400,
            "ValidationException",
            "Access to Anthropic models is not allowed from unsupported countries, regions, or territories. Please refer to https://www.anthropic.com/supported-countries for more information on the countries and regions Anthropic currently supports.",
        ),
        source: "anthropics/claude-code#2656",
    },
    Meaning {
        cause: Cause::ModelAccess,
        codes: &[],
        statuses: &[],
        words: &["access to the model"],
        means: "the account has no access to the model in {region}",
        fix: "open the model once in the Bedrock console, Model catalog, in that region; an administrator may have to, and an organization's policy (SCP) may forbid it",
        who: Who::Administrator,
        example: (
            403,
            "AccessDeniedException",
            "You don't have access to the model with the specified model ID.",
        ),
        source: "anthropics/claude-code#568",
    },
    // The account itself.
    Meaning {
        cause: Cause::AccountBlocked,
        codes: &[],
        statuses: &[],
        words: &["operation not allowed"],
        means: "AWS does not let this account call Bedrock models, whatever its permissions: this affects new accounts until they are verified, and old models in their last months",
        fix: "try a newer model; otherwise only AWS can unlock the account: open a case, https://console.aws.amazon.com/support (Account and billing)",
        who: Who::Aws,
        example: (400, "ValidationException", "Operation not allowed"),
        source: "kirodotdev/Kiro#11191",
    },
    Meaning {
        cause: Cause::AccountBlocked,
        codes: &[],
        statuses: &[],
        words: &["account is not authorized to"],
        means: "AWS has not opened this part of Bedrock to the account in {region}",
        fix: "check the region first (claude-bedrock show {profile}); then only AWS can open it: open a case, https://console.aws.amazon.com/support",
        who: Who::Aws,
        example: (
            403,
            "AccessDeniedException",
            "Your account is not authorized to invoke this API operation.",
        ),
        source: "aws-samples/amazon-bedrock-audio-summarizer#3",
    },
    Meaning {
        cause: Cause::AccountBlocked,
        codes: &["OptInRequired", "SubscriptionRequiredException"],
        statuses: &[],
        words: &[],
        means: "the account has not been activated, or not for this service",
        fix: "finish the account's registration (a payment method, a verified phone number): https://portal.aws.amazon.com/billing/signup; AWS activates it within a day",
        who: Who::Administrator,
        example: (
            403,
            "SubscriptionRequiredException",
            "The AWS Access Key Id needs a subscription for the service",
        ),
        source: "AWS knowledge center, \"The AWS Access Key Id needs a subscription for the service\"",
    },
    // Models.
    Meaning {
        cause: Cause::Retired,
        codes: &[],
        statuses: &[],
        words: &["end of its life"],
        means: "AWS has switched this model off (end of life)",
        fix: "use a newer one: claude-bedrock models {profile} --update shows what the account has, and claude-bedrock lint what replaces it",
        who: Who::You,
        example: (
            404,
            "ResourceNotFoundException",
            "This model version has reached the end of its life. Please refer to the AWS documentation for more details.",
        ),
        source: "aws-solutions-library-samples/accelerated-intelligent-document-processing-on-aws#708",
    },
    Meaning {
        cause: Cause::Retired,
        codes: &[],
        statuses: &[],
        words: &["marked by provider as legacy"],
        means: "Bedrock in {region} serves this old model only to accounts that have called it in the last few weeks",
        fix: "use a newer one: claude-bedrock models {profile} --update shows what the account has",
        who: Who::You,
        example: (
            404,
            "ResourceNotFoundException",
            "Access denied. This Model is marked by provider as Legacy and you have not been actively using the model in the last 30 days. Please upgrade to an active model on Amazon Bedrock",
        ),
        source: "awslabs/llmeter#35",
    },
    Meaning {
        cause: Cause::OnDemand,
        codes: &[],
        statuses: &[],
        words: &["on-demand throughput"],
        means: "the model cannot be called by its bare ID (on-demand throughput isn't supported)",
        fix: "call it through an inference profile: claude-bedrock models {profile}",
        who: Who::You,
        example: (
            400,
            "ValidationException",
            "Invocation of model ID anthropic.claude-3-7-sonnet-20250219-v1:0 with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.",
        ),
        source: "anthropics/claude-code#110",
    },
    Meaning {
        cause: Cause::NotFound,
        codes: &[],
        statuses: &[],
        words: &["model identifier is invalid"],
        means: "Bedrock in {region} does not know this model ID",
        fix: "see what the account has: claude-bedrock models {profile}",
        who: Who::You,
        example: (400, "ValidationException", "The provided model identifier is invalid."),
        source: "anthropics/claude-code#12621",
    },
    Meaning {
        cause: Cause::NotFound,
        codes: &[],
        statuses: &[],
        words: &["'modelid' failed to satisfy constraint"],
        means: "the value given as the model's ID is not one: a placeholder, a blank, or another tool's prefix",
        fix: "correct it (claude-bedrock show {profile} says where it is set); an ID looks like us.anthropic.claude-sonnet-4-6",
        who: Who::You,
        example: (
            400,
            "ValidationException",
            "1 validation error detected: Value 'bedrock/us.anthropic.claude-sonnet-4-6' at 'modelId' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}",
        ),
        source: "aws-samples/amazon-bedrock-client-for-mac#11",
    },
    Meaning {
        cause: Cause::Misconfigured,
        codes: &[],
        statuses: &[],
        words: &["guardrail identifier"],
        means: "there is no such guardrail in this account and region, or not in this version",
        fix: "correct guardrail.id and guardrail.version; see what there is: aws bedrock list-guardrails --region {region}",
        who: Who::You,
        example: (
            400,
            "ValidationException",
            "The provided guardrail identifier is invalid.",
        ),
        source: "openclaw/openclaw#58588",
    },
    // What the client or a gateway put into the request.
    Meaning {
        cause: Cause::Request,
        codes: &[],
        statuses: &[],
        words: &["invalid beta flag"],
        means: "the model, or a gateway in front of it, does not know a beta feature that Claude Code requests",
        fix: "in the profile: env.CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS = \"1\"; remove [1m] from the model's name; update the gateway",
        who: Who::You,
        example: (400, "ValidationException", "invalid beta flag"),
        source: "anthropics/claude-code#49370",
    },
    Meaning {
        cause: Cause::Request,
        codes: &[],
        statuses: &[],
        words: &["extra inputs are not permitted"],
        means: "the model, or a gateway in front of it, does not know a field that Claude Code puts into requests; the message names it",
        fix: "in the profile: env.CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS = \"1\"; a newer model or gateway knows the field",
        who: Who::You,
        example: (
            400,
            "ValidationException",
            "output_config.effort: Extra inputs are not permitted",
        ),
        source: "anthropics/claude-code-action#1005",
    },
    Meaning {
        cause: Cause::Request,
        codes: &[],
        statuses: &[],
        words: &["is too long"],
        means: "the conversation is longer than the model's context window",
        fix: "in Claude Code: /compact or /clear; [1m] after a model's name selects its 1M context",
        who: Who::You,
        example: (400, "ValidationException", "Input is too long for requested model."),
        source: "anthropics/claude-code#760",
    },
    Meaning {
        cause: Cause::Request,
        codes: &[],
        statuses: &[],
        words: &["maximum tokens you requested exceed"],
        means: "the request asks for more output tokens than the model allows",
        fix: "in the profile: env.CLAUDE_CODE_MAX_OUTPUT_TOKENS = \"4096\", or the number that AWS names",
        who: Who::You,
        example: (
            400,
            "ValidationException",
            "The maximum tokens you requested exceeds the model limit of 4096. Try again with a maximum tokens value that is lower than 4096.",
        ),
        source: "RooCodeInc/Roo-Code#248",
    },
    // Keys, sessions, places.
    Meaning {
        cause: Cause::Misconfigured,
        codes: &[],
        statuses: &[],
        words: &["scoped to a valid region"],
        means: "the request was signed for a different region than the one that received it",
        fix: "make `region` and the region in base_url the same: claude-bedrock show {profile}",
        who: Who::You,
        example: (
            403,
            "InvalidSignatureException",
            "Credential should be scoped to a valid region.",
        ),
        source: "aws/aws-sdk-js-v3#5576",
    },
    Meaning {
        cause: Cause::Expired,
        codes: &[],
        statuses: &[],
        words: &["multifactorauthentication failed"],
        means: "the MFA device's code was wrong",
        fix: "wait for the next code (each works once), and type that; check that mfa_serial in ~/.aws/config is your device's",
        who: Who::You,
        example: (
            403,
            "AccessDenied",
            "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
        ),
        source: "aws/aws-cli#2279",
    },
    Meaning {
        cause: Cause::WrongKeys,
        codes: &[],
        statuses: &[],
        words: &["api key is valid"],
        means: "AWS does not know the API key of `{profile}`: deleted, expired, or from another region",
        fix: "correct it: claude-bedrock show {profile} says where it comes from",
        who: Who::You,
        example: (
            403,
            "AccessDeniedException",
            "Authentication failed: Please make sure your API Key is valid.",
        ),
        source: "earendil-works/pi#3481",
    },
    Meaning {
        cause: Cause::WrongKeys,
        codes: &[],
        statuses: &[],
        words: &["invalid api key format"],
        means: "the profile's API key is not a Bedrock API key, or its role lacks bedrock:CallWithBearerToken",
        fix: "correct it (claude-bedrock show {profile} says where it comes from): a Bedrock API key begins with ABSK or bedrock-api-key-",
        who: Who::You,
        example: (
            403,
            "AccessDeniedException",
            "Invalid API Key format: Must start with pre-defined prefix",
        ),
        source: "aws-solutions-library-samples/guidance-for-claude-code-with-amazon-bedrock#784",
    },
    Meaning {
        cause: Cause::WrongKeys,
        codes: &[],
        statuses: &[],
        words: &["bearer token has expired"],
        means: "the API key of `{profile}` has expired: a short-term key is valid for at most 12 hours",
        fix: "make a new one in the Bedrock console; claude-bedrock show {profile} says where it belongs",
        who: Who::You,
        example: (403, "AccessDeniedException", "Bearer Token has expired"),
        source: "BerriAI/litellm, tests of AnthropicExceptionMapping",
    },
    Meaning {
        cause: Cause::Expired,
        codes: &[
            "ExpiredToken",
            "ExpiredTokenException",
            "InvalidGrantException",
            "InvalidClientException",
            "UnauthorizedException",
        ],
        statuses: &[],
        words: &[],
        means: "the session of `{profile}` has expired",
        fix: "log in again: claude-bedrock login {profile}",
        who: Who::You,
        example: (
            403,
            "ExpiredTokenException",
            "The security token included in the request is expired",
        ),
        source: "anthropics/claude-code#28032",
    },
    Meaning {
        cause: Cause::WrongKeys,
        codes: &[
            "InvalidClientTokenId",
            "UnrecognizedClientException",
            "InvalidAccessKeyId",
            "AuthFailure",
        ],
        statuses: &[],
        words: &[],
        means: "AWS does not know the keys of `{profile}`: deleted, inactive, from another partition, or expired",
        fix: "correct them: claude-bedrock show {profile} says where they come from",
        who: Who::You,
        example: (
            403,
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        ),
        source: "anthropics/claude-code#2260",
    },
    Meaning {
        cause: Cause::ClockSkew,
        codes: &[],
        statuses: &[],
        words: &["signature expired"],
        means: "this machine's clock is behind by more than five minutes",
        fix: "set it: timedatectl set-ntp true",
        who: Who::You,
        example: (
            403,
            "InvalidSignatureException",
            "Signature expired: 20260101T000000Z is now earlier than 20260101T000500Z (20260101T001000Z - 5 min.)",
        ),
        source: "AWS, troubleshooting Signature Version 4",
    },
    Meaning {
        cause: Cause::ClockSkew,
        codes: &[],
        statuses: &[],
        words: &["signature not yet current"],
        means: "this machine's clock is ahead by more than five minutes",
        fix: "set it: timedatectl set-ntp true",
        who: Who::You,
        example: (
            403,
            "InvalidSignatureException",
            "Signature not yet current: 20260101T001500Z is still later than 20260101T000500Z (20260101T000000Z + 5 min.)",
        ),
        source: "AWS, troubleshooting Signature Version 4",
    },
    Meaning {
        cause: Cause::WrongKeys,
        codes: &[],
        statuses: &[],
        words: &["does not match the signature you provided"],
        means: "the secret access key of `{profile}` does not match its key ID, or something on the way has changed the request",
        fix: "correct the key: claude-bedrock show {profile} says where it comes from; if there is a proxy or gateway, ask whoever runs it",
        who: Who::You,
        example: (
            403,
            "InvalidSignatureException",
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
        ),
        source: "AWS, troubleshooting Signature Version 4",
    },
    Meaning {
        cause: Cause::NotFound,
        codes: &[],
        statuses: &[],
        words: &["could not resolve the foundation model"],
        means: "Bedrock in {region} does not know this model ID",
        fix: "use an ID that the account has: claude-bedrock models {profile} --update",
        who: Who::You,
        example: (
            404,
            "ResourceNotFoundException",
            "Could not resolve the foundation model from the provided model identifier.",
        ),
        source: "aws-samples/bedrock-chat#91",
    },
    Meaning {
        cause: Cause::Request,
        codes: &[],
        statuses: &[],
        words: &["context limit"],
        means: "the conversation and the requested output together do not fit into the model's context window",
        fix: "shorten it with /compact or /clear; or lower CLAUDE_CODE_MAX_OUTPUT_TOKENS in the profile's env",
        who: Who::You,
        example: (
            400,
            "ValidationException",
            "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length or `max_tokens` and try again",
        ),
        source: "anthropics/claude-code#228",
    },
    Meaning {
        cause: Cause::Request,
        codes: &[],
        statuses: &[],
        words: &["maximum allowed number of output tokens"],
        means: "the request asks for more output tokens than the model allows",
        fix: "lower CLAUDE_CODE_MAX_OUTPUT_TOKENS in the profile's env: claude-bedrock show {profile}",
        who: Who::You,
        example: (
            400,
            "ValidationException",
            "max_tokens: 64000 > 32000, which is the maximum allowed number of output tokens for this model",
        ),
        source: "Anthropic's API, which answers behind Bedrock",
    },
    Meaning {
        cause: Cause::Request,
        codes: &[],
        statuses: &[],
        words: &["thinking.budget_tokens"],
        means: "the request asks for more thinking tokens than output tokens",
        fix: "lower MAX_THINKING_TOKENS in the profile's env, or raise CLAUDE_CODE_MAX_OUTPUT_TOKENS above it: claude-bedrock show {profile}",
        who: Who::You,
        example: (
            400,
            "ValidationException",
            "`max_tokens` must be greater than `thinking.budget_tokens`",
        ),
        source: "anthropics/claude-code#8756",
    },
    Meaning {
        cause: Cause::Request,
        codes: &[],
        statuses: &[],
        words: &["extraneous key"],
        means: "the model, or a gateway in front of it, does not know a field that Claude Code puts into requests; the message names it",
        fix: "set CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS = \"1\" in the profile's env, or use a newer model",
        who: Who::You,
        example: (
            400,
            "ValidationException",
            "Malformed input request: #: extraneous key [stream] is not permitted, please reformat your input and try again.",
        ),
        source: "BerriAI/litellm#7416, sigoden/aichat#543",
    },
    Meaning {
        cause: Cause::NotFound,
        codes: &[],
        statuses: &[],
        words: &["'guardrailidentifier' failed to satisfy constraint"],
        means: "the value given as the guardrail's ID is not one",
        fix: "correct guardrail.id: claude-bedrock show {profile} says where it stands",
        who: Who::You,
        example: (
            400,
            "ValidationException",
            "1 validation error detected: Value 'abc/1' at 'guardrailIdentifier' failed to satisfy constraint: Member must satisfy regular expression pattern",
        ),
        source: "Amazon Bedrock API reference, InvokeModel",
    },
    Meaning {
        cause: Cause::Request,
        codes: &[],
        statuses: &[],
        words: &["service tier"],
        means: "Bedrock does not serve the model in the tier that the profile asks for",
        fix: "use another tier: claude-bedrock set {profile} service_tier=default",
        who: Who::You,
        example: (400, "ValidationException", "service tier provided is invalid"),
        source: "NousResearch/hermes-agent#34476",
    },
    Meaning {
        cause: Cause::Request,
        codes: &[],
        statuses: &[],
        words: &["reservation not found"],
        means: "the request asks for the tier `reserved`, but the account has no reservation for the model",
        fix: "use another tier: claude-bedrock set {profile} service_tier=default",
        who: Who::You,
        example: (400, "ValidationException", "Reservation not found."),
        source: "envoyproxy/ai-gateway#1749",
    },
    // Too much, or too little on the other side.
    Meaning {
        cause: Cause::Throttled,
        codes: &[],
        statuses: &[],
        words: &["tokens per day"],
        means: "{action} in {region} was refused: the account's tokens for today are used up",
        fix: quotas!(
            "wait until tomorrow, or use a model of another family; only AWS can raise the limit",
            "\"tokens per day\"; new accounts begin far below the default"
        ),
        who: Who::Aws,
        example: (
            429,
            "ThrottlingException",
            "Too many tokens per day, please wait before trying again.",
        ),
        source: "Ivy-Interactive/Ivy-Tendril#1756",
    },
    Meaning {
        cause: Cause::Throttled,
        codes: &[],
        statuses: &[],
        words: &["too many tokens"],
        means: "{action} in {region} was refused: the account's tokens for this minute are used up; output tokens count several times",
        fix: quotas!(
            "wait a minute; a global. model has its own quota; only AWS can raise it",
            "\"cross-region model inference tokens per minute\""
        ),
        who: Who::Aws,
        example: (
            429,
            "ThrottlingException",
            "Too many tokens, please wait before trying again.",
        ),
        source: "anthropics/claude-code#1466",
    },
    Meaning {
        cause: Cause::ServiceDown,
        codes: &[],
        statuses: &[],
        words: &["too many connections"],
        means: "AWS is short of capacity for the model in {region} right now: none of your quotas is used up",
        fix: "wait, or use a global. model, which AWS serves from wherever it has capacity",
        who: Who::Aws,
        example: (
            503,
            "ServiceUnavailableException",
            "Too many connections, please wait before trying again.",
        ),
        source: "anthropics/claude-code#562",
    },
    Meaning {
        cause: Cause::ServiceDown,
        codes: &["ModelNotReadyException"],
        statuses: &[],
        words: &[],
        means: "AWS has not loaded the model yet",
        fix: "wait a few minutes: AWS loads it automatically",
        who: Who::Aws,
        example: (
            429,
            "ModelNotReadyException",
            "The model specified in the request is not ready to serve inference requests.",
        ),
        source: "Amazon Bedrock API reference, InvokeModel, Errors",
    },
    Meaning {
        cause: Cause::Throttled,
        codes: &["ServiceQuotaExceededException"],
        statuses: &[],
        words: &[],
        means: "{action} in {region} was refused: a quota of the account is used up",
        fix: quotas!("AWS's message names it; only AWS can raise it", "Amazon Bedrock"),
        who: Who::Aws,
        example: (
            400,
            "ServiceQuotaExceededException",
            "Your request exceeds the service quota for your account.",
        ),
        source: "Amazon Bedrock API reference, InvokeModel, Errors",
    },
    Meaning {
        cause: Cause::Throttled,
        codes: &[
            "Throttling",
            "ThrottlingException",
            "ThrottledException",
            "TooManyRequestsException",
            "RequestLimitExceeded",
            "SlowDown",
        ],
        statuses: &[],
        words: &[],
        means: "{action} in {region} was refused: too many requests (429)",
        fix: quotas!(
            "wait a minute; if it persists, ask for a higher quota in the Service Quotas console, which AWS grants",
            "\"requests per minute\""
        ),
        who: Who::Aws,
        example: (
            429,
            "ThrottlingException",
            "Too many requests, please wait before trying again.",
        ),
        source: "aws-samples/bedrock-chat#553",
    },
    Meaning {
        cause: Cause::ServiceDown,
        codes: &["ModelTimeoutException"],
        statuses: &[],
        words: &[],
        means: "the model took longer than AWS waits for it",
        fix: "try again; if it persists, shorten the conversation (/compact); otherwise it is up to AWS",
        who: Who::Aws,
        example: (
            408,
            "ModelTimeoutException",
            "The request took too long to process. Processing time exceeded the model timeout length.",
        ),
        source: "Amazon Bedrock API reference, InvokeModel, Errors",
    },
    Meaning {
        cause: Cause::ServiceDown,
        codes: &["ModelErrorException", "ModelStreamErrorException"],
        statuses: &[],
        words: &[],
        means: "the model failed while it worked on the request",
        fix: "try again; if it persists, the fault is AWS's: https://health.aws.amazon.com",
        who: Who::Aws,
        example: (
            424,
            "ModelErrorException",
            "The request failed due to an error while processing the model.",
        ),
        source: "Amazon Bedrock API reference, InvokeModel, Errors",
    },
    Meaning {
        cause: Cause::ServiceDown,
        codes: &["ServiceUnavailableException", "ServiceUnavailable"],
        statuses: &[],
        words: &[],
        means: "AWS itself cannot serve {action} in {region} right now (503): an outage or no capacity, not one of your quotas",
        fix: "wait, or use a global. model or another region; https://health.aws.amazon.com lists AWS's outages",
        who: Who::Aws,
        example: (
            503,
            "ServiceUnavailableException",
            "Bedrock is unable to process your request.",
        ),
        source: "darko-mesaros/bedrust#47",
    },
    // The way there.
    Meaning {
        cause: Cause::Misconfigured,
        codes: &["UnknownOperationException"],
        statuses: &[],
        words: &[],
        means: "the server does not know this operation: the address belongs to another service, or its path is wrong",
        fix: "correct base_url: claude-bedrock show {profile} says where it is set",
        who: Who::You,
        example: (
            404,
            "UnknownOperationException",
            "The requested operation is not recognized by the service.",
        ),
        source: "aws-samples/aws-genai-llm-chatbot#156",
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_reported_message_leads_to_its_own_row_and_to_no_other() {
        let mut seen = BTreeSet::new();
        for row in MEANINGS {
            let (status, code, text) = row.example;
            for found in [
                of_answer(status, code, text),
                in_text(&format!("API Error: {status} {code}: {text}")),
            ] {
                assert!(found.is_some_and(|found| std::ptr::eq(found, row)), "{text}: {found:?}");
            }
            assert!(seen.insert((code, text)), "{text} stands twice");
        }
    }

    #[test]
    fn words_are_in_the_form_that_messages_are_brought_into() {
        for word in MEANINGS.iter().flat_map(|row| row.words) {
            assert_eq!(*word, plain(word));
        }
    }

    #[test]
    fn each_fix_names_who_can_do_it_where_that_is_not_you() {
        for row in MEANINGS {
            let wanted = match row.who {
                Who::You => continue,
                Who::Administrator => "administrator",
                Who::Aws => "AWS",
            };
            assert!(
                row.fix.contains(wanted) || row.fix.contains("registration"),
                "{}",
                row.fix
            );
        }
    }

    /// The same messages as other reports have them: other actions, resources and clients around them.
    #[test]
    fn messages_in_other_words_lead_to_the_same_rows() {
        for (status, code, text, cause) in [
            (
                403,
                "AccessDeniedException",
                "User: arn:aws:sts::1:assumed-role/a/b is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:eu-west-3::foundation-model/amazon.nova-pro-v1:0 with an explicit deny in a service control policy",
                Cause::AccessDenied,
            ),
            (
                403,
                "AccessDeniedException",
                "Model access is denied due to INVALID_PAYMENT_INSTRUMENT",
                Cause::ModelAccess,
            ),
            (
                404,
                "ResourceNotFoundException",
                "Access denied. This Model is marked by provider as Legacy and you have not been actively using the model in the last 15 days.",
                Cause::Retired,
            ),
            (
                400,
                "ValidationException",
                "Invocation of model ID x with on-demand throughput isn't supported.",
                Cause::OnDemand,
            ),
            (
                400,
                "ValidationException",
                "Access to Anthropic models is not allowed from unsupported countries",
                Cause::Location,
            ),
            (
                429,
                "ThrottlingException",
                "Your request rate is too high. Reduce the frequency of requests.",
                Cause::Throttled,
            ),
            (
                400,
                "ValidationException",
                "Your account is not authorized to perform this action. Please create a support case",
                Cause::AccountBlocked,
            ),
            (
                400,
                "ValidationException",
                "prompt is too long: 210000 tokens > 200000 maximum",
                Cause::Request,
            ),
        ] {
            assert_eq!(
                of_answer(status, code, text).map(|row| row.cause),
                Some(cause),
                "{text}"
            );
        }
        for (status, code, text) in [
            (
                403,
                "AccessDeniedException",
                "User: arn:aws:iam::1:user/me is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:us-east-1::foundation-model/x because no identity-based policy allows the bedrock:InvokeModel action",
            ),
            (400, "ValidationException", "something new"),
            (404, "ResourceNotFoundException", "The guardrail was not found."),
            (500, "InternalServerException", ""),
        ] {
            assert!(of_answer(status, code, text).is_none(), "{text}");
        }
    }
}
