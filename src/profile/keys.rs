//! Every key of a profile: its type, what it means, what it sets. Reading, errors, `show` and the
//! documentation all go by this one table.

/// What a key's value may be.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Any text without NUL.
    Text,
    /// The name of a profile.
    Profile,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// The twelve digits of an AWS account.
    Account,
    /// The address of a server, `https://…` or `http://…`.
    Url,
    /// A secret: where to get it, never the secret itself.
    Secret,
    /// A model: its name, or a table with `id` and what the picker shows.
    Model,
    /// An array of models.
    Models,
}

/// A key of a profile.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The path from the profile's table, with dots.
    pub path: &'static str,
    /// The type of its value.
    pub kind: Kind,
    /// Its meaning, in a sentence or two.
    pub summary: &'static str,
    /// The variables or headers that it sets, if any.
    pub sets: &'static str,
    /// Its default.
    pub default: &'static str,
    /// An example of a value, as TOML.
    pub example: &'static str,
}

const fn key(
    path: &'static str,
    kind: Kind,
    summary: &'static str,
    sets: &'static str,
    default: &'static str,
    example: &'static str,
) -> Key {
    Key {
        path,
        kind,
        summary,
        sets,
        default,
        example,
    }
}

/// The words of `geography`.
const GEOGRAPHIES: &[&str] = &["auto", "us", "eu", "apac", "jp", "au", "us-gov", "global", "none"];

/// The words of `auth.method`.
const METHODS: &[&str] = &["aws-profile", "access-keys", "api-key", "gateway", "ambient"];

/// The aliases of models that a profile can pin.
pub const ALIASES: &[&str] = &["opus", "sonnet", "haiku", "fable"];

/// Words that Claude Code takes for a model besides these (2.1.332).
pub const OTHER_ALIASES: &[&str] = &["default", "best", "opusplan", "inherit"];

/// The keys, but for the free names below `env` and `headers`, in the order of the reference.
#[rustfmt::skip]
pub const KEYS: &[Key] = &[
    key("description", Kind::Text, "What the profile is for, shown in lists and completion.", "", "none", "\"Company account over SSO\""),
    key("extends", Kind::Profile, "The profile that provides the values this one does not set; not in project files.", "", "none", "\"base\""),
    key("abstract", Kind::Flag, "A base that others extend: not offered by lists, pickers and completion. Counts for the profile that says it, not for those that extend it; not in project files.", "", "false", "true"),
    key("danger", Kind::Flag, "A profile to be careful with, such as production: marked wherever it is shown, in red if colour is on.", "", "false", "true"),
    key("region", Kind::Text, "The AWS region that is called. Always give one: without it Claude Code takes the AWS profile's, or us-east-1.", "AWS_REGION, AWS_DEFAULT_REGION", "unset", "\"eu-west-1\""),
    key("geography", Kind::OneOf(GEOGRAPHIES), "The geography whose prefix is added to models given by Anthropic's ID. `auto` goes by the region; `none` is for models of a single region.", "ANTHROPIC_BEDROCK_REGION_PREFIX where Claude Code would derive another", "\"auto\"", "\"eu\""),
    key("account", Kind::Account, "The AWS account that the credentials must belong to.", "", "any", "\"123456789012\""),
    key("endpoint", Kind::OneOf(&["bedrock", "mantle", "both"]), "Which service of Bedrock is called: InvokeModel, Mantle, or both (models named `anthropic.…` go to Mantle then, the rest to InvokeModel).", "CLAUDE_CODE_USE_BEDROCK, CLAUDE_CODE_USE_MANTLE", "\"bedrock\"", "\"mantle\""),
    key("base_url", Kind::Url, "Another address for the endpoint, such as a VPC endpoint. For Mantle the path `/anthropic` is added where it is missing.", "ANTHROPIC_BEDROCK_BASE_URL, ANTHROPIC_BEDROCK_MANTLE_BASE_URL", "AWS's own", "\"https://vpce-1.bedrock-runtime.eu-west-1.vpce.amazonaws.com\""),
    key("fips", Kind::Flag, "Call the region's FIPS endpoint. Not for Mantle, and not together with `base_url`.", "ANTHROPIC_BEDROCK_BASE_URL", "false", "true"),
    key("small_fast_region", Kind::Text, "Another region for the background model; needs `models.haiku`.", "ANTHROPIC_SMALL_FAST_MODEL_AWS_REGION", "the region", "\"us-west-2\""),
    key("service_tier", Kind::OneOf(&["default", "flex", "priority"]), "The service tier of requests. Claude Code does not send it to Mantle.", "ANTHROPIC_BEDROCK_SERVICE_TIER", "unset", "\"priority\""),
    key("auth.method", Kind::OneOf(METHODS), "How Claude Code authenticates. Naming it replaces the whole `auth` table of what is extended or refined.", "", "\"ambient\"", "\"aws-profile\""),
    key("auth.profile", Kind::Text, "`aws-profile`: the profile of ~/.aws/config: SSO, assume-role, credential_process or static keys.", "AWS_PROFILE", "required", "\"bedrock-work\""),
    key("auth.isolate", Kind::Flag, "Every method but `ambient`: keep the credentials out of the shell and out of what a session starts. The launcher, and `settings apply`, hand them to Claude Code alone. An inherited bearer token, which would beat them, is unset.", "", "false", "true"),
    key("auth.tools", Kind::Text, "With `isolate`: the profile of ~/.aws/config that everything else sees, in the shell and in a session's tools.", "AWS_PROFILE", "the shell's own credentials", "\"personal\""),
    key("auth.access_key_id", Kind::Secret, "`access-keys`: the key's ID.", "AWS_ACCESS_KEY_ID", "required", "{ keyring = \"work-id\" }"),
    key("auth.secret_access_key", Kind::Secret, "`access-keys`: the secret key.", "AWS_SECRET_ACCESS_KEY", "required", "{ keyring = \"work-key\" }"),
    key("auth.session_token", Kind::Secret, "`access-keys`: the session token of temporary keys.", "AWS_SESSION_TOKEN", "none", "{ file = \"~/.secrets/token\" }"),
    key("auth.api_key", Kind::Secret, "`api-key`: a Bedrock API key.", "AWS_BEARER_TOKEN_BEDROCK", "required", "{ command = \"op read op://team/bedrock/key\" }"),
    key("auth.base_url", Kind::Url, "`gateway`: the address of an LLM gateway, which signs requests itself. For Mantle the path `/anthropic` is added where it is missing.", "ANTHROPIC_BEDROCK_BASE_URL and CLAUDE_CODE_SKIP_BEDROCK_AUTH, for Mantle ANTHROPIC_BEDROCK_MANTLE_BASE_URL and CLAUDE_CODE_SKIP_MANTLE_AUTH", "required", "\"https://llm.example.com\""),
    key("auth.token", Kind::Secret, "`gateway`: the bearer token that the gateway expects.", "ANTHROPIC_AUTH_TOKEN", "none", "{ env = \"GATEWAY_TOKEN\" }"),
    key("login.command", Kind::Text, "What `claude-bedrock login` runs instead of `aws sso login`, for companies that log in with saml2aws, gimme-aws-creds, okta-aws-cli and the like. Its words are split as a shell splits them, and no shell runs it; it may ask on the terminal. Not in project files.", "", "`aws sso login` where the AWS profile uses IAM Identity Center", "\"saml2aws login -a acme\""),
    key("models.main", Kind::Text, "The model that answers: an alias, an Anthropic ID, a Bedrock ID or an ARN.", "ANTHROPIC_MODEL", "Claude Code's own choice, Opus at Opus prices", "\"sonnet\""),
    key("models.opus", Kind::Model, "What the alias `opus` means. Pinning opus, sonnet and haiku also stops Claude Code's paid requests at its start.", "ANTHROPIC_DEFAULT_OPUS_MODEL, and _NAME, _DESCRIPTION, _SUPPORTED_CAPABILITIES", "Claude Code's own choice", "\"claude-opus-5-5\""),
    key("models.sonnet", Kind::Model, "What the alias `sonnet` means.", "ANTHROPIC_DEFAULT_SONNET_MODEL, and as above", "Claude Code's own choice", "\"claude-sonnet-4-6\""),
    key("models.haiku", Kind::Model, "What the alias `haiku` means: the background model.", "ANTHROPIC_DEFAULT_HAIKU_MODEL, and as above", "Claude Code's own choice", "\"us.anthropic.claude-haiku-4-5-20251001-v1:0\""),
    key("models.fable", Kind::Model, "What the alias `fable` means.", "ANTHROPIC_DEFAULT_FABLE_MODEL, and as above", "Claude Code's own choice", "{ id = \"claude-fable-5\", name = \"Fable\" }"),
    key("models.custom", Kind::Model, "One more entry for the `/model` picker.", "ANTHROPIC_CUSTOM_MODEL_OPTION, and as above", "none", "{ id = \"arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc\", name = \"Team\" }"),
    key("models.subagent", Kind::Text, "The model of sub-agents whose call names none. An alias here, or in the call, gets the main model's geography.", "CLAUDE_CODE_SUBAGENT_MODEL", "the main model", "\"haiku\""),
    key("models.workflow", Kind::Text, "The model of a workflow's sub-agents.", "CLAUDE_CODE_WORKFLOW_SUBAGENT_MODEL", "Claude Code's own choice", "\"sonnet\""),
    key("models.classifier", Kind::Text, "The model that auto mode uses to decide whether an action is safe. Unpinned, that is Sonnet 5 of the region's geography, whatever else is pinned.", "CLAUDE_CODE_AUTO_MODE_MODEL", "Claude Code's own choice", "\"claude-sonnet-5-5\""),
    key("models.background_classifier", Kind::Text, "The model that reports the state of a background session.", "CLAUDE_CODE_BG_CLASSIFIER_MODEL", "the background model", "\"claude-haiku-4-5\""),
    key("models.available", Kind::Models, "The models that a session may use, and no other, also where the user or a project allows more. Give Bedrock IDs and ARNs as they are sent; an Anthropic ID gets its geography, and a family's name would let Claude Code pick a model of its own.", "availableModels and enforceAvailableModels, through the launcher and `settings apply`", "any", "[\"claude-opus-5-5\", \"claude-haiku-4-5\"]"),
    key("guardrail.id", Kind::Text, "The guardrail's ID or ARN.", "X-Amzn-Bedrock-GuardrailIdentifier in ANTHROPIC_CUSTOM_HEADERS", "no guardrail", "\"arn:aws:bedrock:us-east-1:123456789012:guardrail/abc123\""),
    key("guardrail.version", Kind::Text, "The guardrail's version. Try DRAFT first: a guardrail can block Claude Code's own system prompt.", "X-Amzn-Bedrock-GuardrailVersion", "required", "\"DRAFT\""),
    key("guardrail.trace", Kind::OneOf(&["enabled", "disabled", "enabled_full"]), "Whether answers say what the guardrail did.", "X-Amzn-Bedrock-Trace", "unset", "\"enabled\""),
];

/// The tables of keys, and what they are about.
pub const TABLES: &[(&str, &str)] = &[
    (
        "auth",
        "How Claude Code authenticates. Each method has keys of its own.",
    ),
    ("login", "How to log in, if not with IAM Identity Center."),
    (
        "models",
        "Which models are used. An Anthropic ID gets Bedrock's spelling and a geography.",
    ),
    ("guardrail", "A Bedrock guardrail, sent as request headers."),
];

/// The table whose names are variables.
pub const ENV: &str = "env";

/// The table whose names are request headers.
pub const HEADERS: &str = "headers";

/// The table whose names are Anthropic IDs, each with what is sent for it.
pub const OVERRIDES: &str = "models.overrides";

pub use crate::variables::MODEL_LABELS;
