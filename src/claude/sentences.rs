//! What Claude Code itself says on Bedrock when something is wrong, and what is behind it: one table, with what the AWS CLI
//! and Node say in the same places.
//!
//! Claude Code's sentences were seen with versions 2.1.330 and 2.1.332 against a stand-in for Bedrock, but for those whose
//! cause says that they were read. docs/errors.md is made of it, and `explain` looks pasted text up in it.

/// A sentence of Claude Code's.
#[derive(Debug)]
pub struct Sentence {
    /// What of it is always the same, in lower case.
    words: &'static str,
    /// The sentence as it is shown.
    pub said: &'static str,
    /// What is behind it.
    pub cause: &'static str,
    /// What to do.
    pub fix: &'static str,
}

/// The sentences in a pasted text.
pub fn in_text(text: &str) -> Vec<&'static Sentence> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ").to_lowercase();
    SENTENCES
        .iter()
        .filter(|sentence| text.contains(sentence.words))
        .collect()
}

/// The table.
pub static SENTENCES: &[Sentence] = &[
    Sentence {
        words: "is not available on your bedrock deployment",
        said: "The model ID is not available on your bedrock deployment. Try --model to switch to …",
        cause: "AWS answered 404, and Claude Code discards its message: the model's end of life, Anthropic's use case form that was not sent, an old model that the account has not called lately, or a wrong path in base_url.",
        fix: "claude-bedrock doctor --invoke makes the same request and shows AWS's message",
    },
    Sentence {
        words: "enable this model for your account and region",
        said: "AWS authentication failed · enable this model for your account and region in the Amazon Bedrock console, or run --model to pick another model · API Error: 403 …",
        cause: "The credentials are valid; the account has no access to this model in this region. One request, no retry.",
        fix: "open the model once in the Bedrock console of that region, or claude-bedrock models --update for one that the account has",
    },
    Sentence {
        words: "refresh your aws credentials",
        said: "AWS authentication failed · refresh your AWS credentials (…) and retry · if credentials are current, check AWS permissions and model access · API Error: 403 …",
        cause: "At once: a policy (IAM or SCP) denies the request, and the credentials are valid. After about 250 s of silence (13 requests): the credentials are expired, unknown or signed wrongly, and nothing renews them.",
        fix: "claude-bedrock doctor tells which; claude-bedrock settings apply writes the command that renews them within seconds (awsAuthRefresh)",
    },
    Sentence {
        words: "could not load credentials from any providers",
        said: "Could not load AWS credentials · Could not load credentials from any providers…",
        cause: "No source gives credentials: AWS_PROFILE names a profile that is missing or has a trailing blank (Claude Code does not say which), half a key pair, or a credential_process that fails (run eight to ten times; its output is lost).",
        fix: "claude-bedrock aws-profiles shows what Claude Code can read; claude-bedrock doctor names the flaw",
    },
    Sentence {
        words: "to refresh this sso session run",
        said: "To refresh this SSO session run 'aws sso login' with the corresponding profile",
        cause: "The session of IAM Identity Center has ended and could not be renewed. Claude Code offers no login.",
        fix: "claude-bedrock login; with awsAuthRefresh (claude-bedrock settings apply) Claude Code starts it by itself",
    },
    Sentence {
        words: "evaluating 'p.sso_region'",
        said: "undefined is not an object (evaluating 'p.sso_region')",
        cause: "The AWS profile names an sso_session for which Claude Code finds no section: it is missing, in a different case, in the credentials file, its name has a blank, or AWS_CONFIG_FILE begins with `~`, which is not expanded there.",
        fix: "claude-bedrock aws-profiles NAME says which; write the section [sso-session NAME] into ~/.aws/config",
    },
    Sentence {
        words: "no mfa code callback",
        said: "Profile … requires multi-factor authentication, but no MFA code callback was provided",
        cause: "The AWS profile assumes its role with mfa_serial, and Claude Code cannot ask for the code. `aws` seems to work because it keeps the session.",
        fix: "claude-bedrock login asks for the code and keeps the session; claude-bedrock settings apply hands it to Claude Code",
    },
    Sentence {
        words: "prompt is too long",
        said: "Prompt is too long · …",
        cause: "The conversation exceeds the model's context window.",
        fix: "/compact or /clear; [1m] after the model's name selects the large window",
    },
    Sentence {
        words: "can't reach the api server",
        said: "Can't reach the API server — check your internet or DNS (ENOTFOUND)",
        cause: "The host does not exist, after 11 requests and about 186 s of silence: a region that does not exist (us-east-1a, oregon), a mistyped base_url, or no network.",
        fix: "claude-bedrock lint finds such a region; claude-bedrock doctor tries the host",
    },
    Sentence {
        words: "err_proxy_tunnel",
        said: "Couldn't connect through your proxy (ERR_PROXY_TUNNEL)…",
        cause: "The proxy refused the host (403) or requires another password (407). Lower-case https_proxy beats HTTPS_PROXY; HTTP_PROXY alone also applies to https.",
        fix: "correct the proxy, or exempt the host: NO_PROXY=.amazonaws.com (with the dot: without it only some of the calls bypass the proxy)",
    },
    Sentence {
        words: "unsupportedproxyprotocol",
        said: "UnsupportedProxyProtocol",
        cause: "Claude Code does not support SOCKS proxies.",
        fix: "name an http proxy in HTTPS_PROXY",
    },
    Sentence {
        words: "unable_to_verify_leaf_signature",
        said: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        cause: "Something on the way inspects TLS, and Claude Code does not know its certificate. NODE_EXTRA_CA_CERTS names a missing file, a directory or a file without PEM (one warning on stderr); AWS_CA_BUNDLE and REQUESTS_CA_BUNDLE are not read, SSL_CERT_FILE is; `~` is not expanded.",
        fix: "NODE_EXTRA_CA_CERTS=/whole/path/ca.pem; claude-bedrock doctor checks the file",
    },
    Sentence {
        words: "unable to verify the first certificate",
        said: "unable to verify the first certificate",
        cause: "Something on the way inspects TLS, and Claude Code does not know its certificate; AWS_CA_BUNDLE is not read.",
        fix: "NODE_EXTRA_CA_CERTS=/whole/path/ca.pem; claude-bedrock doctor checks the file",
    },
    Sentence {
        words: "bedrock streaming response has content-type",
        said: "Bedrock streaming response has content-type \"text/html\"; expected …",
        cause: "A web page came instead of Bedrock's response: a captive portal, a proxy's page, or a base_url that leads to a web server.",
        fix: "open any page in a browser and sign in; check base_url",
    },
    Sentence {
        words: "there's an issue with the selected model",
        said: "There's an issue with the selected model (…). It may not exist or you may not have access to it.",
        cause: "AWS answered 404 for the ARN of an application inference profile, or the model's ID is another provider's; AWS's message is discarded.",
        fix: "claude-bedrock doctor --invoke shows AWS's message",
    },
    Sentence {
        words: "api error: invalid url",
        said: "API Error: Invalid URL",
        cause: "The base URL has no scheme, is in quotes or begins with //.",
        fix: "write it in full: base_url = \"https://…\"",
    },
    Sentence {
        words: "invalid header name",
        said: "API Error: Invalid header name: 'X A'",
        cause: "ANTHROPIC_CUSTOM_HEADERS holds JSON, or a name with a blank, a quote or #.",
        fix: "write them as a table of the profile: headers = { \"X-Team\" = \"platform\" }",
    },
    Sentence {
        words: "has invalid value",
        said: "Header '…' has invalid value",
        cause: "A line break inside an access key or a header, or a character outside Latin-1.",
        fix: "remove it: usually a key was copied together with its line break",
    },
    Sentence {
        words: "not logged in",
        said: "Not logged in · Please run /login",
        cause: "Claude Code is not on Bedrock: CLAUDE_CODE_USE_BEDROCK is unset here, or set to something other than 1, true, yes or on.",
        fix: "claude-bedrock status says which profile is active here, and claude-bedrock doctor what beats it",
    },
    Sentence {
        words: "these settings did not load",
        said: "These settings did not load, so nothing in them is in effect…",
        cause: "A comment, a trailing comma, a null or a wrong type: the whole file is dropped, and the session runs without its profile and commands.",
        fix: "claude-bedrock settings check shows the place",
    },
    Sentence {
        words: "error getting aws credentials from awscredentialexport",
        said: "Error getting AWS credentials from awsCredentialExport (in settings or ~/.claude.json): …",
        cause: "The command failed or printed something other than the JSON, and Claude Code goes on with whatever credentials the shell has, perhaps another account's.",
        fix: "run it by hand: claude-bedrock credentials; with --no-fallback no other account is used",
    },
    Sentence {
        words: "settings file not found",
        said: "Settings file not found",
        cause: "A background session was started with a settings file that is gone.",
        fix: "claude-bedrock claude attach gives it a new one",
    },
    Sentence {
        words: "multiple credential sources detected",
        said: "Multiple credential sources detected: … will proceed with the AWS_PROFILE value",
        cause: "AWS_PROFILE and access keys are both set; Claude Code takes the profile, the AWS CLI the keys.",
        fix: "claude-bedrock doctor says where both come from; a profile sets one and unsets the other",
    },
    Sentence {
        words: "[claude-code:unrecognized_model]",
        said: "[claude-code:unrecognized_model] …",
        cause: "The client does not know the model's ID and guesses its context (1M) and output (32000).",
        fix: "claude-bedrock lint finds a mistyped one",
    },
    Sentence {
        words: "not available — using",
        said: "Warning: Opus: Opus 5.5 not available — using Opus 5 for this session",
        cause: "A model that is not pinned was tried at the start and refused. The refusal is kept for 24 hours (read), so that a model which has been enabled since stays replaced.",
        fix: "pin the models (claude-bedrock explain CB012); once: CLAUDE_CODE_SKIP_MODEL_ACCESS_MEMORY=1",
    },
    Sentence {
        words: "unable to connect to anthropic services",
        said: "Unable to connect to Anthropic services",
        cause: "At the first start no provider was set, and api.anthropic.com cannot be reached.",
        fix: "start it where a profile is active: claude-bedrock claude",
    },
    Sentence {
        words: "guardrail_intervened",
        said: "the guardrail's text as if the model had said it, exit status 0; only --output-format json may say stop_reason guardrail_intervened",
        cause: "A guardrail stopped the request or the answer; it can block Claude Code's own system prompt, and then every request.",
        fix: "claude-bedrock doctor --invoke asks with the same guardrail; loosen its DRAFT version first",
    },
    Sentence {
        words: "request rejected (429)",
        said: "about 180 s of silence (11 requests), then API Error: Request rejected (429) …, or an error 500 or 503",
        cause: "AWS throttles or is in trouble. A Retry-After of up to 60 s is waited for before each try, a longer one ends at once. 529: three requests.",
        fix: "claude-bedrock doctor --invoke says which quota; CLAUDE_CODE_MAX_RETRIES=0 ends the silence",
    },
    Sentence {
        words: "is not authorized to perform: bedrock:",
        said: "User: arn:… is not authorized to perform: bedrock:InvokeModelWithResponseStream on resource: arn:… because no identity-based policy allows …",
        cause: "The credentials are valid, but lack a permission: the message names the action and the resource. A model of a geography is called in every region that the geography routes to, so all of them must be allowed, and the inference profile, too.",
        fix: "claude-bedrock policy prints the minimal policy; ask the administrator of the account for it",
    },
    Sentence {
        words: "unable to locate credentials",
        said: "Unable to locate credentials",
        cause: "From the AWS CLI: no source gives it credentials.",
        fix: "claude-bedrock aws-profiles shows where each AWS profile's credentials come from; claude-bedrock doctor names the flaw",
    },
    Sentence {
        words: "partial credentials found",
        said: "Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY",
        cause: "From the AWS CLI: a key ID is set without its secret. Claude Code ignores such a half pair.",
        fix: "unset AWS_ACCESS_KEY_ID, or give it its secret",
    },
    Sentence {
        words: "could not be found or parsed",
        said: "Profile dev could not be found or parsed in shared credentials file.",
        cause: "AWS_PROFILE names a profile that is in neither file of ~/.aws, or whose name Claude Code's reader does not accept.",
        fix: "claude-bedrock aws-profiles lists what it can read",
    },
    Sentence {
        words: "the config profile",
        said: "The config profile (dev) could not be found",
        cause: "From the AWS CLI: AWS_PROFILE names a profile that is in neither file of ~/.aws.",
        fix: "claude-bedrock aws-profiles lists the profiles that exist",
    },
    Sentence {
        words: "error loading sso token",
        said: "Error loading SSO Token: Token for corp does not exist",
        cause: "There was no login to that session of IAM Identity Center on this machine.",
        fix: "claude-bedrock login",
    },
    Sentence {
        words: "assumerolewithwebidentity",
        said: "Not authorized to perform sts:AssumeRoleWithWebIdentity",
        cause: "The role's trust policy does not let this job or pod assume it: the policy names another repository, branch, audience or service account.",
        fix: "ask whoever manages the role to compare the condition in its trust policy with the token's `sub` and `aud`",
    },
    Sentence {
        words: "forbiddenexception: no access",
        said: "ForbiddenException: No access",
        cause: "IAM Identity Center does not grant you this account and role.",
        fix: "check sso_account_id and sso_role_name in ~/.aws/config, or ask whoever assigns roles",
    },
    Sentence {
        words: "enotfound",
        said: "getaddrinfo ENOTFOUND bedrock-runtime.eu-wst-1.amazonaws.com",
        cause: "No host has that name: a mistyped region, or no network.",
        fix: "claude-bedrock lint knows the regions; claude-bedrock doctor asks the host",
    },
    Sentence {
        words: "econnrefused",
        said: "connect ECONNREFUSED 127.0.0.1:8080",
        cause: "Nothing listens there: a proxy or a gateway on this machine is not running.",
        fix: "start it, or remove HTTPS_PROXY or base_url: claude-bedrock doctor says which is in use",
    },
    Sentence {
        words: "self signed certificate",
        said: "self signed certificate in certificate chain",
        cause: "A proxy in your network inspects TLS with its own certificate, which Claude Code does not know.",
        fix: "set NODE_EXTRA_CA_CERTS to the full path of that certificate's file; claude-bedrock doctor checks it",
    },
    Sentence {
        words: "self-signed certificate",
        said: "self-signed certificate in certificate chain",
        cause: "A proxy in your network inspects TLS with its own certificate, which Claude Code does not know.",
        fix: "set NODE_EXTRA_CA_CERTS to the full path of that certificate's file; claude-bedrock doctor checks it",
    },
    Sentence {
        words: "unable to get local issuer certificate",
        said: "unable to get local issuer certificate",
        cause: "A proxy in your network inspects TLS with its own certificate, which Claude Code does not know.",
        fix: "set NODE_EXTRA_CA_CERTS to the full path of that certificate's file; claude-bedrock doctor checks it",
    },
    Sentence {
        words: "region is missing",
        said: "Region is missing",
        cause: "No region is set for an AWS SDK. Claude Code would use us-east-1.",
        fix: "claude-bedrock show says which region the profile has, and where from",
    },
    Sentence {
        words: "missing authentication token",
        said: "Missing Authentication Token",
        cause: "The request was not signed: CLAUDE_CODE_SKIP_BEDROCK_AUTH is on although the address is AWS's own, or the path of an API Gateway is wrong.",
        fix: "claude-bedrock doctor; a profile with method gateway is for a gateway that signs",
    },
    Sentence {
        words: "connection error.",
        said: "API Error: Connection error.",
        cause: "The host of Bedrock, a proxy or a gateway cannot be reached, or hangs up.",
        fix: "claude-bedrock doctor asks the same host the same way, and says what it finds",
    },
    Sentence {
        words: "request timed out",
        said: "API Error: Request timed out.",
        cause: "No response came in time: an overloaded model, a waiting gateway, or a network that drops packets.",
        fix: "claude-bedrock doctor --invoke; API_TIMEOUT_MS in the profile's env gives more time",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sentence_is_found_in_itself() {
        for sentence in SENTENCES {
            let found = in_text(sentence.said);
            assert!(
                found.iter().any(|found| std::ptr::eq(*found, sentence)),
                "{}",
                sentence.said
            );
        }
        assert!(in_text("all is well").is_empty());
    }
}
