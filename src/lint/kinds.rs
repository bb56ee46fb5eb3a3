//! The kinds of findings: one list, each with a code that never changes its meaning.

/// A kind of finding.
#[derive(Debug)]
pub struct Lint {
    /// Its code, which never changes its meaning.
    pub code: &'static str,
    /// What it is about, in a few words.
    pub title: &'static str,
    /// The whole story, for `explain`.
    pub story: &'static str,
}

/// All kinds. Facts about Claude Code were observed with version 2.1.330 in August 2026.
pub const LINTS: &[Lint] = &[
    Lint {
        code: "CB001",
        title: "the file cannot be understood",
        story: "The file is not TOML, or has a key, a type or a value that does not exist, or values that do not fit each other. Such a profile is not loaded: none of its variables is set. The message says what is allowed there; `claude-bedrock schema` prints a JSON Schema with which editors complete and check.",
    },
    Lint {
        code: "CB002",
        title: "no region",
        story: "Without AWS_REGION, Claude Code takes the region of the AWS profile, and then us-east-1 (before version 2.1.172 it failed with a cryptic authentication error). So it calls some region, perhaps one where the account has no access to models. Write `region` into the profile, or into one that it extends.",
    },
    Lint {
        code: "CB003",
        title: "a region of the wrong shape",
        story: "Claude Code skips a value of AWS_REGION silently that does not look like a region (`^[a-z]{2,}(-[a-z0-9]+){0,4}$`), and goes on as if there were none: AWS_DEFAULT_REGION, the AWS profile's region, us-east-1.",
    },
    Lint {
        code: "CB004",
        title: "an unknown region",
        story: "The region has the right shape, but is not in the table of regions with Bedrock. Claude Code uses a plausible typo (eu-wets-1) as it is, and every request fails to connect. If the region is new, all is well: this is a warning, never an error. China has no Bedrock.",
    },
    Lint {
        code: "CB005",
        title: "a geography that the region cannot call",
        story: "A model ID begins with the prefix of a geography (us., eu., jp., au., apac., us-gov.), whose inference profile can be called from the regions of that geography only. From another region Bedrock answers that the model identifier is invalid. Use the prefix of your region, or global., which every commercial region can call. Not every model has every geography: Fable 5.1 has no jp., hardly any model after Sonnet 4 has apac. The account decides what it really has.",
    },
    Lint {
        code: "CB006",
        title: "a model without an inference profile",
        story: "An ID that begins with `anthropic.` names the model itself, in one region. Most models are not offered that way (\"on-demand throughput isn't supported\"); they are called through an inference profile, whose ID begins with a geography: us.anthropic.…, eu.anthropic.…, global.anthropic.…. Write Anthropic's ID (claude-…), and the profile puts the prefix there. On Mantle the bare ID is right. The ARN of a foundation model is the same thing.",
    },
    Lint {
        code: "CB007",
        title: "an unknown model",
        story: "Claude Code does not check a model ID at its start; a mistyped one fails at the first call with 400, \"The provided model identifier is invalid\". The table holds the models of August 2026, so a newer one is a warning here and works. us.anthropic.claude-sonnet-4-6-20251001-v1:0, which articles give, does not exist: it is us.anthropic.claude-sonnet-4-6. The same holds of a word that is neither an alias nor an ID nor the name of an application inference profile of the account's own: such a name becomes its ARN, which `show` shows, once `claude-bedrock models` has learnt it.",
    },
    Lint {
        code: "CB008",
        title: "a service tier that is not sent",
        story: "Claude Code sends the service tier to the Bedrock runtime only, not to Mantle. With endpoint = \"both\" the models that go to Mantle are served at the default tier.",
    },
    Lint {
        code: "CB009",
        title: "a geography on Mantle",
        story: "Mantle has no cross-region routing: its IDs look like anthropic.claude-haiku-4-5, with no geography in front and no date at the end. With endpoint = \"both\" an ID with a geography goes to the Bedrock runtime.",
    },
    Lint {
        code: "CB010",
        title: "credentials in a form that is not read",
        story: "`aws configure export-credentials --format env` prints several lines of shell code, which is neither a one-line secret nor what Claude Code's awsCredentialExport reads; no other format of that command is a secret either. Name the AWS profile instead: auth = { method = \"aws-profile\", profile = \"…\" }.",
    },
    Lint {
        code: "CB011",
        title: "an address without encryption",
        story: "The address begins with http:// and is not on this machine, so credentials and everything that you and Claude say cross the network in the clear. Use https://.",
    },
    Lint {
        code: "CB012",
        title: "models that are not pinned",
        story: "Without ANTHROPIC_DEFAULT_OPUS_MODEL, …_SONNET_… and …_HAIKU_…, Claude Code asks at its start which models the account has, by requests of one token that cost money and need permissions, and a new release may choose other models. Give models.opus, models.sonnet and models.haiku.",
    },
    Lint {
        code: "CB013",
        title: "a numbered guardrail version",
        story: "A guardrail can block Claude Code's own system prompt; then every request fails. The working draft (version = \"DRAFT\") can be fixed at once, a numbered version cannot be changed. Try DRAFT first, and a number when it works.",
    },
    Lint {
        code: "CB014",
        title: "an AWS profile that does not exist",
        story: "The profile that auth.profile names is neither in ~/.aws/config nor in ~/.aws/credentials (AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE move them). On a laptop Claude Code stops at its first request (\"Could not load credentials from any providers\"). On a machine that has a role (EC2, ECS, EKS, CI) it goes on to that role without a word, and another account pays. `claude-bedrock aws-profiles` prints what there is; `aws configure sso` writes a new one.",
    },
    Lint {
        code: "CB015",
        title: "a bearer token that beats everything",
        story: "AWS_BEARER_TOKEN_BEDROCK is set in this shell, and in Claude Code it beats access keys, AWS_PROFILE and awsCredentialExport. A profile with the method `ambient` leaves credentials as they are, so the token decides whose account pays. Unset it, or give the profile a method of its own; every other method unsets it.",
    },
    Lint {
        code: "CB016",
        title: "headers in one piece",
        story: "Claude Code wants ANTHROPIC_CUSTOM_HEADERS as lines, `Name: Value`, with real newlines between them. JSON there is fatal (Invalid header name); commas or a literal `\\n` make one wrong header, silently. Write a table, and claude-bedrock makes the lines from it: headers = { \"X-Team\" = \"platform\", \"X-Cost\" = \"7\" }. A guardrail has keys of its own: guardrail.id, guardrail.version, guardrail.trace.",
    },
    Lint {
        code: "CB017",
        title: "the old variable of the background model",
        story: "ANTHROPIC_SMALL_FAST_MODEL is deprecated, still read, and beats ANTHROPIC_DEFAULT_HAIKU_MODEL, so that a pinned haiku model is silently not used. Write models.haiku; a profile unsets the old variable.",
    },
    Lint {
        code: "CB018",
        title: "a variable that a key sets",
        story: "While a profile is active, every variable that decides how Claude Code reaches a model has the value that the profile's keys give it, or none; so `env` cannot set it too. The message names the key.",
    },
    Lint {
        code: "CB019",
        title: "a secret in plain text",
        story: "Files are copied, backed up, shown to colleagues and committed; a secret in one is soon in many places. A profile with one in `auth` is not loaded; a header that looks like one (Authorization, X-Api-Key) is reported. `claude-bedrock secret import` moves the secrets of your config.toml into the system's keyring and leaves { keyring = \"…\" } in their place. { command = \"…\" }, { file = \"…\" } and { env = \"…\" } say where else a secret may be. Replace a secret that was committed.",
    },
    Lint {
        code: "CB020",
        title: "an ARN from another place",
        story: "An ARN holds a partition, a region and an account: arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc. It can be called in that region only, with credentials that may use that account's resource. This one does not match the profile's `region` or `account`, or is not a Bedrock ARN.",
    },
    Lint {
        code: "CB021",
        title: "a model that Mantle does not have",
        story: "With endpoint = \"mantle\", and with \"both\" for IDs that begin with `anthropic.`, requests go to Mantle, which has fewer models than the Bedrock runtime. The table is from August 2026; a newer model may be there. Otherwise use another model, or endpoint = \"bedrock\".",
    },
    Lint {
        code: "CB022",
        title: "a variable that does nothing here",
        story: "While Claude Code calls Bedrock, ANTHROPIC_API_KEY and ANTHROPIC_BASE_URL have no effect, and AWS_USE_FIPS_ENDPOINT and AWS_ENDPOINT_URL_BEDROCK_RUNTIME do not move its requests: write fips = true or base_url = \"…\" for that. Setting one to `false`, to be rid of it, is fine.",
    },
    Lint {
        code: "CB023",
        title: "a model that leaves the geography",
        story: "The profile names a geography (`geography = \"eu\"`), so no request may leave it, but one of its models belongs to another: an ID that begins with `global.` or another geography's prefix, or such an inference profile's ARN. `lint` and `doctor` end with 1; the profile is loaded all the same, because an ID is sent as it is written. Write the geography's own ID, or Anthropic's (claude-…), which gets the prefix; or, if the request may go there, leave `geography` out, or write \"auto\".",
    },
    Lint {
        code: "CB024",
        title: "a geography that does not bind what Claude Code chooses",
        story: "Claude Code chooses the models that are not pinned. It prefers the geography that the profile names, but where the account's list has a model in other geographies only, it takes the first that is listed, of whatever geography; the classifier of auto mode asks for a model of its own. Pin models.opus, models.sonnet, models.haiku and models.classifier: then every request goes where the profile says (seen on the wire with Claude Code 2.1.332).",
    },
    Lint {
        code: "CB025",
        title: "pins of two geographies",
        story: "A sub-agent that asks for an alias (in the call, its front matter or CLAUDE_CODE_SUBAGENT_MODEL) gets the main model's geography, even over a pinned ID: with the main model eu.… and haiku pinned to us.…, that sub-agent asks eu.…, which the account may not have, or which must not be asked. The background model's own calls go where it is pinned. Give all pins one geography, or name an application inference profile's ARN, which is left alone.",
    },
    Lint {
        code: "CB030",
        title: "an AWS profile that Claude Code cannot see",
        story: "The profile is written down, and the AWS CLI may well find it, but the AWS SDK inside Claude Code reads heads by a stricter rule: the word `profile`, one blank, and a name of letters, digits and _ - @ + . % : / alone, bare or in one pair of quotes. A name with a blank, an umlaut, a comma or a parenthesis does not count, nor does a head with two blanks, a blank before the bracket, or a comment inside. In ~/.aws/config the head is [profile NAME], in ~/.aws/credentials [NAME]; a profile under the other form does not count. Capitals count. Rename the profile; nothing else has to change. On a machine with a role of its own Claude Code would take that role instead, silently.",
    },
    Lint {
        code: "CB031",
        title: "an AWS profile without credentials",
        story: "The profile is there, and nothing in it gives Claude Code credentials: half a key pair, a role_arn with no source_profile and no credential_source (or with both), a source_profile that is missing or leads in a circle, an sso_session that has no section, keys of Identity Center that are missing, or keys in capitals, which the AWS CLI reads and Claude Code does not. A `~` at the beginning of AWS_CONFIG_FILE is expanded for profiles, but not where Claude Code looks for [sso-session]. The message says which; `claude-bedrock aws-profiles NAME` shows what Claude Code reads.",
    },
    Lint {
        code: "CB032",
        title: "an AWS profile that the AWS CLI reads otherwise",
        story: "Claude Code, the AWS CLI and Python's tools look for credentials in different orders. With keys and an SSO session in one profile Claude Code signs with the keys, the AWS CLI with the session; with credential_process and an SSO session Claude Code runs the command, the AWS CLI uses the session; with keys and credential_process in ~/.aws/config Claude Code uses the keys, the AWS CLI the command; [profile default] replaces [default] for Claude Code, and for the AWS CLI the later of the two counts. So `aws sts get-caller-identity` can show another account than the one that Claude Code bills. Keep one source in each profile, or give the other one a profile of its own.",
    },
    Lint {
        code: "CB033",
        title: "a file that the AWS CLI cannot read",
        story: "The AWS CLI and botocore parse ~/.aws/config and ~/.aws/credentials as a whole and stop at the first thing they do not accept: the same head or the same key twice, a line without `=`, a byte order mark, bytes that are not UTF-8, a line before the first head. Then every `aws` command and every Python tool fails, whatever the profile, also `aws sso login`. Claude Code reads such a file without a word. Correct the line that the message names.",
    },
    Lint {
        code: "CB034",
        title: "a region in an AWS profile that does not count",
        story: "Claude Code takes a `region` of ~/.aws only if it looks like one (`^[a-z]{2,}(-[a-z0-9]+){0,4}$`, in any case); quotes, a comment without a blank before it or an underscore make it none, silently, and us-east-1 is called. The AWS CLI knows no comments after a value, and reads keys in any case. Roles are assumed in the region of the profile, as it is written. Capitals go into the signature, which AWS refuses. Give the profile in config.toml a `region`: it is exported and beats the file.",
    },
    Lint {
        code: "CB035",
        title: "a role that asks for a code",
        story: "The AWS profile assumes its role with an MFA device's code (mfa_serial). Claude Code has no way to ask for it and stops: \"requires multi-factor authentication, but no MFA code callback was provided\". `aws` seems to work with the same profile, because it keeps the session for an hour in ~/.aws/cli/cache, which Claude Code does not read. `claude-bedrock login` asks for the code on the terminal and keeps the role's credentials until they end; `claude-bedrock credentials`, which `settings apply` and the launcher name to Claude Code, hands them out. Or use Identity Center, or let a credential_process ask (such as aws-vault).",
    },
    Lint {
        code: "CB036",
        title: "a credential_process that not every tool can run",
        story: "Claude Code runs a credential_process in a shell, so ~, $HOME, pipes and assignments work; the AWS CLI splits the line into words and starts the first one. Claude Code cuts the line at a blank before # or ;, and does not read a continuation on an indented line; the AWS CLI does the opposite. The answer must be JSON with \"Version\": 1 (a number) and the keys in their capitals. A command that fails is run eight to ten times for one prompt, so that a window or a request for a PIN appears as often; what it says on stderr is shown nowhere. Nothing answers on its standard input, and Claude Code sets no limit of time, so a command that asks there hangs.",
    },
    Lint {
        code: "CB037",
        title: "an AWS file that is not a regular file",
        story: "Claude Code reads ~/.aws/config and ~/.aws/credentials more than once, and treats one that it cannot read as if it were not there, without a word. A pipe or a device, as secret managers mount them, can keep it from starting; a directory, or a file that belongs to another user, counts as missing. This program opens regular files only, so that it never consumes what a pipe holds.",
    },
    Lint {
        code: "CB038",
        title: "a machine whose role would pay",
        story: "If an AWS profile gives no credentials (it is missing, cannot be read, or its command fails), Claude Code does not stop: it goes on to AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN, to the container's credentials and to the EC2 instance's, and works under that role without a word. The AWS CLI ends with an error there. So on EKS, ECS, EC2 and in CI a typo bills the machine's account. While a profile of another method than `ambient` is active, claude-bedrock takes these variables away, so that Claude Code stops instead. Fix the AWS profile; or, if the machine's role is what you want: auth = { method = \"ambient\" }.",
    },
    Lint {
        code: "CB039",
        title: "a web identity that only some tools use",
        story: "AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN (EKS, CI) are set in addition to AWS_PROFILE. Claude Code takes the profile; the AWS CLI and botocore let the variables win over the profile's keys and its SSO session. So `aws` in the same shell works under another role. While a profile of another method than `ambient` is active, the variables are unset.",
    },
    Lint {
        code: "CB040",
        title: "a model that retires",
        story: "Amazon Bedrock switches old models off, on dates of its own, which are not Anthropic's: from then on every request fails with 404, of which Claude Code shows no more than \"not available on your bedrock deployment\". Half a year before, the model is `legacy`: accounts that have not called it for some weeks lose it at once, and its price rises. A retired model is an error of lint; its profile is loaded all the same, because AWS has kept single accounts longer. The days stand in the program's catalog, whose date `claude-bedrock doctor` shows (CD15).",
    },
    Lint {
        code: "CB041",
        title: "a placeholder",
        story: "The value was copied from a guide with its placeholder: <ACCOUNT_ID>, ${AWS_REGION}, YOUR_PROFILE, xxxxxxxxxxxx. Nothing is expanded in a profile. Your account's number: claude-bedrock doctor shows it; the ARNs of your inference profiles: claude-bedrock models.",
    },
    Lint {
        code: "CB042",
        title: "a model's name in another tool's spelling",
        story: "LiteLLM, OpenRouter, Google and others write the same model otherwise: bedrock/us.anthropic.…, anthropic/claude-sonnet-4.6, claude-sonnet-4-5@20250929. Claude Code sends a name that it does not know as it stands, and Bedrock answers that the model identifier is invalid. Write Anthropic's ID (claude-sonnet-4-6) or Bedrock's (us.anthropic.claude-sonnet-4-6).",
    },
    Lint {
        code: "CB043",
        title: "a model that the account did not have",
        story: "`claude-bedrock models` (or `models --update`) asks the account what it has in the profile's region, and remembers it for 30 days. This model was not there. It may have been enabled since: ask again. A model from that list that the catalog does not know does not count as unknown (CB007).",
    },
    Lint {
        code: "CB044",
        title: "a base URL for another region",
        story: "Claude Code signs its requests for `region`, wherever base_url sends them. A host of AWS (bedrock-runtime.REGION.amazonaws.com, a VPC endpoint) takes only signatures for its own region and answers 403, \"Credential should be scoped to a valid region\". Make both the same. A gateway of your own may do as it likes.",
    },
];

/// The kind of that code, whatever the case.
pub fn by_code(code: &str) -> Option<&'static Lint> {
    LINTS.iter().find(|lint| lint.code.eq_ignore_ascii_case(code))
}

/// Whether a kind of finding is about the files of AWS and the machine, not about the profile alone.
pub fn is_of_aws_files(code: &str) -> bool {
    code == "CB014" || ("CB030"..="CB039").contains(&code)
}

/// The list as a page of the documentation, in Markdown.
pub fn markdown() -> String {
    let mut text = String::from(
        "# Findings\n\n\
         What `claude-bedrock lint` finds. `claude-bedrock explain CODE` prints the same stories; a test keeps this page equal to them. What is certainly wrong is an\n\
         error, and such a profile is not loaded; what is only doubtful, such as a model or a region that is newer than this program, is a warning.\n",
    );
    for Lint { code, title, story } in LINTS {
        text.push_str(&format!("\n## {code}: {title}\n\n{story}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_in_order() {
        let codes: Vec<&str> = LINTS.iter().map(|lint| lint.code).collect();
        let mut sorted = codes.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(codes, sorted);
    }

    #[test]
    fn the_findings_in_the_documentation_are_these() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/findings.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, markdown()).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert_eq!(written, markdown(), "run: UPDATE_DOCS=1 cargo test findings");
    }
}
