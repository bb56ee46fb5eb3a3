//! The variables that the program owns while a profile is active: each is set or unset on entering and
//! comes back on leaving.

use std::ffi::OsStr;

use crate::diagnostic::Diagnostic;
use crate::system::redact::masked;
use crate::system::text::is_steering;

/// Variables of Claude Code and the AWS SDK that say which service, region, model and headers are used.
/// Names as in Claude Code 2.1.332 (November 2026); `tests/wire` reads them out of the installed client and fails
/// for one that decides and is neither here nor on its reviewed list.
pub const BEDROCK: &[&str] = &[
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_MANTLE",
    "CLAUDE_CODE_USE_VERTEX",
    "CLAUDE_CODE_USE_FOUNDRY",
    "CLAUDE_CODE_USE_ANTHROPIC_AWS",
    "CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD",
    "CLAUDE_CODE_USE_GATEWAY",
    // Each of these two makes the client ignore the provider's variables in every settings file (2.1.332, seen).
    "CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST",
    "CLAUDE_CODE_HOST_AUTH_ENV_VAR",
    "CLAUDE_CODE_HOST_CREDS_FILE",
    "ANTHROPIC_UNIX_SOCKET",
    "CLAUDE_CODE_RUNNER_MODEL_SOCKET",
    "CLAUDE_CODE_SKIP_BEDROCK_AUTH",
    "CLAUDE_CODE_SKIP_MANTLE_AUTH",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "ANTHROPIC_MODEL",
    "ANTHROPIC_DEFAULT_MODEL",
    "ANTHROPIC_DEFAULT_OPUS_MODEL",
    "ANTHROPIC_DEFAULT_SONNET_MODEL",
    "ANTHROPIC_DEFAULT_HAIKU_MODEL",
    "ANTHROPIC_DEFAULT_FABLE_MODEL",
    "ANTHROPIC_CUSTOM_MODEL_OPTION",
    "CLAUDE_CODE_SUBAGENT_MODEL",
    "CLAUDE_CODE_SUBAGENT_MODEL_FORCE",
    "CLAUDE_CODE_WORKFLOW_SUBAGENT_MODEL",
    "CLAUDE_CODE_AUTO_MODE_MODEL",
    "CLAUDE_CODE_BG_CLASSIFIER_MODEL",
    "ANTHROPIC_SMALL_FAST_MODEL",
    "ANTHROPIC_SMALL_FAST_MODEL_AWS_REGION",
    "ANTHROPIC_CUSTOM_HEADERS",
    "ANTHROPIC_BEDROCK_SERVICE_TIER",
    "ANTHROPIC_BEDROCK_REGION_PREFIX",
    "ANTHROPIC_BEDROCK_BASE_URL",
    "ANTHROPIC_BEDROCK_MANTLE_BASE_URL",
    "ANTHROPIC_AUTH_TOKEN",
    // What the picker shows of a model, and which capabilities are asked of it: they belong to the pins.
    "ANTHROPIC_DEFAULT_OPUS_MODEL_NAME",
    "ANTHROPIC_DEFAULT_OPUS_MODEL_DESCRIPTION",
    "ANTHROPIC_DEFAULT_OPUS_MODEL_SUPPORTED_CAPABILITIES",
    "ANTHROPIC_DEFAULT_SONNET_MODEL_NAME",
    "ANTHROPIC_DEFAULT_SONNET_MODEL_DESCRIPTION",
    "ANTHROPIC_DEFAULT_SONNET_MODEL_SUPPORTED_CAPABILITIES",
    "ANTHROPIC_DEFAULT_HAIKU_MODEL_NAME",
    "ANTHROPIC_DEFAULT_HAIKU_MODEL_DESCRIPTION",
    "ANTHROPIC_DEFAULT_HAIKU_MODEL_SUPPORTED_CAPABILITIES",
    "ANTHROPIC_DEFAULT_FABLE_MODEL_NAME",
    "ANTHROPIC_DEFAULT_FABLE_MODEL_DESCRIPTION",
    "ANTHROPIC_DEFAULT_FABLE_MODEL_SUPPORTED_CAPABILITIES",
    "ANTHROPIC_CUSTOM_MODEL_OPTION_NAME",
    "ANTHROPIC_CUSTOM_MODEL_OPTION_DESCRIPTION",
    "ANTHROPIC_CUSTOM_MODEL_OPTION_SUPPORTED_CAPABILITIES",
];

/// Variables with AWS credentials, owned unless the profile leaves credentials as they are.
pub const CREDENTIALS: &[&str] = &[
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_BEARER_TOKEN_BEDROCK",
];

/// Keys in the environment, which an AWS profile with `credential_source = Environment` needs.
pub const KEYS: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
];

/// Labels that other tools put beside the credentials that they export, by which prompts and programs name the
/// account: `starship` and `powerlevel10k` show them before `AWS_PROFILE`. Names: awsume 4, aws-vault 7,
/// aws-sso-cli 2, awsu, granted 0.3x (which has more, all of one beginning), starship's `aws` module 1.2x, aws-okta 1,
/// aws-runas 2, oh-my-zsh's plug-in `aws` (2026; its last two).
const LABELS: &[&str] = &[
    "AWSUME_PROFILE",
    "AWSUME_EXPIRATION",
    "AWSUME_COMMAND",
    "AWS_VAULT",
    "AWS_SESSION_EXPIRATION",
    "AWS_SSO_PROFILE",
    "AWS_SSO_ACCOUNT_ID",
    "AWS_SSO_ROLE_NAME",
    "AWS_SSO_ROLE_ARN",
    "AWS_SSO_SESSION_EXPIRATION",
    "AWS_SSO_DEFAULT_REGION",
    "AWSU_PROFILE",
    "AWSU_EXPIRES",
    "AWS_OKTA_PROFILE",
    "AWS_OKTA_ASSUMED_ROLE",
    "AWS_OKTA_ASSUMED_ROLE_ARN",
    "AWS_OKTA_ASSUMED_ROLE_NAME",
    "AWS_OKTA_BASE_ROLE_ARN",
    "AWS_OKTA_BASE_ROLE_NAME",
    "AWS_OKTA_SESSION_EXPIRATION",
    "AWSRUNAS_PROFILE",
    "AWS_EB_PROFILE",
    "AWS_PROFILE_REGION",
];

/// What the names of credentials, and of all labels but granted's, begin with. Most names that are looked up begin
/// otherwise.
const AWS: &str = "AWS";

/// What granted's labels begin with, and what of that beginning is a setting of the user's.
const GRANTED: &str = "GRANTED_";
const GRANTED_SETTINGS: &[&str] = &[
    "GRANTED_ALIAS_CONFIGURED",
    "GRANTED_ENABLE_AUTO_REASSUME",
    "GRANTED_QUIET",
];

/// The names of the region, which goes with the credentials.
pub const REGION: &[&str] = &["AWS_REGION", "AWS_DEFAULT_REGION"];

/// Whether `name` is a label of credentials.
pub fn is_label(name: &str) -> bool {
    (name.starts_with(AWS) && LABELS.contains(&name))
        || (name.starts_with(GRANTED) && !GRANTED_SETTINGS.contains(&name))
}

/// Whether `name` is a part of the credentials, which are one thing.
pub fn is_credential(name: &str) -> bool {
    (name.starts_with(AWS) && (CREDENTIALS.contains(&name) || MACHINE.contains(&name))) || is_label(name)
}

/// A role of the machine: what Claude Code goes on to, without a word, where an AWS profile gives nothing (EKS, ECS,
/// CI; seen with 2.1.332). Taken away unless the profile leaves credentials as they are; `env` may set them again.
pub const MACHINE: &[&str] = &[
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
];

/// Closes the question to an EC2 instance for its role, with any value but `false`.
pub const NO_INSTANCE: &str = "AWS_EC2_METADATA_DISABLED";

/// Variables whose previous values must not lie in the environment.
pub const SECRET: &[&str] = &[
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_BEARER_TOKEN_BEDROCK",
    "ANTHROPIC_AUTH_TOKEN",
];

/// Whether a value is private, by the variable's or header's name or by what it looks like.
pub fn is_secret(name: &str, value: &str) -> bool {
    const ENDINGS: [&str; 10] = [
        "TOKEN",
        "SECRET",
        "PASSWORD",
        "PASSWD",
        "PASSPHRASE",
        "_PASS",
        "_KEY",
        "CREDENTIALS",
        "AUTHORIZATION",
        "COOKIE",
    ];
    // Such as `DATABASE_PASSWORD_OLD`; but `…_TOKEN_FILE` says where a secret is, and a number or a flag, as of
    // `CLAUDE_CODE_API_KEY_HELPER_TTL_MS` and `CLAUDE_CODE_MAX_OUTPUT_TOKENS`, is none.
    const WORDS: [&str; 6] = ["_TOKEN_", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "_KEY_"];
    const PLACES: [&str; 4] = ["_FILE", "_PATH", "_DIR", "_ID"];
    let upper = name.to_uppercase().replace('-', "_");
    let is_plain = value.parse::<u64>().is_ok()
        || ["true", "false"].contains(&value)
        || PLACES.iter().any(|ending| upper.ends_with(ending));
    SECRET.contains(&name)
        || ENDINGS.iter().any(|ending| upper.ends_with(ending))
        || (!is_plain && WORDS.iter().any(|word| upper.contains(word)))
        || value.lines().any(|line| {
            // What steers a terminal is masked too, and is no secret.
            let plain: String = line.chars().filter(|c| !is_steering(*c)).collect();
            masked(&plain) != plain
        })
}

/// Whether the value of an owned variable may be shown: it names something, and authorises nothing.
pub fn is_shown(name: &str) -> bool {
    let is_plain = |names: &[&str]| names.contains(&name) && !SECRET.contains(&name);
    (is_plain(BEDROCK) || is_plain(CREDENTIALS))
        && !["AWS_ACCESS_KEY_ID", "ANTHROPIC_CUSTOM_HEADERS"].contains(&name)
        && !name.ends_with("_BASE_URL")
}

/// The keys that name a model, and the variable that each sets.
pub const MODELS: &[(&str, &str)] = &[
    ("models.main", "ANTHROPIC_MODEL"),
    ("models.opus", "ANTHROPIC_DEFAULT_OPUS_MODEL"),
    ("models.sonnet", "ANTHROPIC_DEFAULT_SONNET_MODEL"),
    ("models.haiku", "ANTHROPIC_DEFAULT_HAIKU_MODEL"),
    ("models.fable", "ANTHROPIC_DEFAULT_FABLE_MODEL"),
    ("models.custom", "ANTHROPIC_CUSTOM_MODEL_OPTION"),
    ("models.subagent", "CLAUDE_CODE_SUBAGENT_MODEL"),
    ("models.workflow", "CLAUDE_CODE_WORKFLOW_SUBAGENT_MODEL"),
    ("models.classifier", "CLAUDE_CODE_AUTO_MODE_MODEL"),
    ("models.background_classifier", "CLAUDE_CODE_BG_CLASSIFIER_MODEL"),
];

/// What a model's table may hold beside its `id`, and the variable's ending.
pub const MODEL_LABELS: &[(&str, &str)] = &[
    ("name", "_NAME"),
    ("description", "_DESCRIPTION"),
    ("capabilities", "_SUPPORTED_CAPABILITIES"),
];

/// The key of the model that the variable `name` labels, and the label.
pub fn labelled(name: &str) -> Option<(&'static str, &'static str)> {
    MODELS.iter().find_map(|(key, variable)| {
        let ending = name.strip_prefix(variable)?;
        let label = MODEL_LABELS.iter().find(|(_, known)| *known == ending)?;
        Some((*key, label.0))
    })
}

/// Variables whose values cannot be a secret: names of regions, models, profiles, roles and tiers, switches, times. The
/// previous value of any other variable is kept out of the environment, where every child could read it.
const HARMLESS: &[&str] = &[
    "ANTHROPIC_BEDROCK_REGION_PREFIX",
    "ANTHROPIC_BEDROCK_SERVICE_TIER",
    "ANTHROPIC_DEFAULT_FABLE_MODEL",
    "ANTHROPIC_DEFAULT_HAIKU_MODEL",
    "ANTHROPIC_DEFAULT_MODEL",
    "ANTHROPIC_DEFAULT_OPUS_MODEL",
    "ANTHROPIC_DEFAULT_SONNET_MODEL",
    "ANTHROPIC_MODEL",
    "ANTHROPIC_SMALL_FAST_MODEL",
    "ANTHROPIC_SMALL_FAST_MODEL_AWS_REGION",
    "AWSUME_PROFILE",
    "AWSU_PROFILE",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_DEFAULT_PROFILE",
    "AWS_DEFAULT_REGION",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_ROLE_ARN",
    "AWS_SSO_PROFILE",
    "AWS_VAULT",
    "CLAUDE_CODE_EFFORT_LEVEL",
    "CLAUDE_CODE_MAX_OUTPUT_TOKENS",
    "CLAUDE_CODE_MAX_RETRIES",
    "CLAUDE_CODE_SKIP_BEDROCK_AUTH",
    "CLAUDE_CODE_SKIP_MANTLE_AUTH",
    "CLAUDE_CODE_SUBAGENT_MODEL",
    "CLAUDE_CODE_USE_ANTHROPIC_AWS",
    "CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_FOUNDRY",
    "CLAUDE_CODE_USE_GATEWAY",
    "CLAUDE_CODE_USE_MANTLE",
    "CLAUDE_CODE_USE_VERTEX",
    "MAX_THINKING_TOKENS",
];

/// Whether a previous value of `name` may lie in the environment.
pub fn is_harmless(name: &str) -> bool {
    HARMLESS.contains(&name)
}

/// Whether a state may hold `name`: it is one that the program owns or that a profile may set. Whoever has set the
/// state need not have been this program.
pub fn may_be_held(name: &str) -> bool {
    BEDROCK.contains(&name) || is_credential(name) || name == NO_INSTANCE || check_free_name(name).is_ok()
}

/// Whether a state may bring a value of its own for `name`. A value of any other variable comes from the stash, which
/// only the user can write: it could have programs run something.
pub fn may_be_carried(name: &str) -> bool {
    is_harmless(name) || BEDROCK.contains(&name) || CREDENTIALS.contains(&name)
}

/// Names that mean something to a shell: read-only in one of the four, numbers, arrays, or the shell's own
/// bookkeeping. Setting one would fail half-way through a profile, set something else, or break the shell.
/// From the manuals of bash 5.2, zsh 5.9 and fish 3.6, and tried in each (`tests/all/prompt/quoting.rs`).
#[rustfmt::skip]
const SHELLS_OWN: &[&str] = &[
    // bash
    "BASHOPTS", "BASHPID", "BASH_ALIASES", "BASH_ARGC", "BASH_ARGV", "BASH_ARGV0", "BASH_CMDS", "BASH_COMMAND",
    "BASH_COMPAT", "BASH_LINENO", "BASH_REMATCH", "BASH_SOURCE", "BASH_SUBSHELL", "BASH_VERSINFO", "BASH_VERSION",
    "BASH_XTRACEFD", "COMPREPLY", "COMP_CWORD", "COMP_LINE", "COMP_POINT", "COMP_WORDBREAKS", "COMP_WORDS", "COPROC",
    "DIRSTACK", "EPOCHREALTIME", "EPOCHSECONDS", "EUID", "FUNCNAME", "FUNCNEST", "GROUPS", "HISTCMD", "HISTFILESIZE",
    "HISTSIZE", "HOME", "HOSTNAME", "HOSTTYPE", "IFS", "IGNOREEOF", "LINENO", "MACHTYPE", "MAPFILE", "OPTARG", "OPTERR",
    "OPTIND", "OSTYPE", "PATH", "PIPESTATUS", "PPID", "PROMPT_COMMAND", "PS0", "PS1", "PS2", "PS3", "PS4", "RANDOM",
    "READLINE_LINE", "REPLY", "SECONDS", "SHELLOPTS", "SHLVL", "SRANDOM", "TIMEFORMAT", "TMOUT", "UID",
    // zsh
    "ARGC", "BAUD", "CDPATH", "COLUMNS", "DIRSTACKSIZE", "EGID", "ERRNO", "FPATH", "GID", "HISTCHARS", "KEYBOARD_HACK",
    "KEYTIMEOUT", "LINES", "LISTMAX", "LOGCHECK", "MAILCHECK", "MAILPATH", "MANPATH", "MATCH", "MBEGIN", "MEND",
    "MODULE_PATH", "NULLCMD", "PROMPT", "PROMPT2", "PROMPT3", "PROMPT4", "PSVAR", "READNULLCMD", "REPORTMEMORY",
    "REPORTTIME", "RPROMPT", "RPROMPT2", "RPS1", "RPS2", "SAVEHIST", "SPROMPT", "STTY", "TIMEFMT", "TRY_BLOCK_ERROR",
    "TRY_BLOCK_INTERRUPT", "TTY", "TTYIDLE", "USERNAME", "VENDOR", "WATCH", "WORDCHARS", "ZSH_ARGZERO",
    "ZSH_EVAL_CONTEXT", "ZSH_NAME", "ZSH_SUBSHELL", "ZSH_VERSION", "aliases", "argv", "builtins", "cdpath", "commands",
    "dirstack", "dis_aliases", "dis_builtins", "dis_functions", "dis_reswords", "errnos", "fignore", "fpath",
    "funcfiletrace", "funcsourcetrace", "funcstack", "functions", "functions_source", "functrace", "galiases",
    "histchars", "history", "historywords", "jobdirs", "jobstates", "jobtexts", "keymaps", "langinfo", "mailpath",
    "manpath", "mapfile", "match", "mbegin", "mend", "module_path", "modules", "nameddirs", "options", "parameters",
    "patchars", "path", "pipestatus", "prompt", "psvar", "reply", "reswords", "saliases", "signals", "status",
    "sysparams", "termcap", "terminfo", "userdirs", "usergroups", "watch", "widgets", "words", "zsh_eval_context",
    "zsh_scheduled_events",
    // fish
    "CMD_DURATION", "FISH_VERSION", "OLDPWD", "PWD", "_", "hostname", "status_generation", "umask", "version",
];

/// Beginnings of names that fish and this program's hook keep for themselves.
const OWN_PREFIXES: &[&str] = &["fish_", "__fish", "__claude_bedrock"];

/// What the variables begin with by which the program itself is steered.
const STEERING: &str = "CLAUDE_BEDROCK_";

/// The longest `NAME=value` that a Linux process can hand to another: `MAX_ARG_STRLEN`, 32 pages of
/// 4 KiB, with the final NUL (`include/uapi/linux/binfmts.h`). Other systems allow less in all, but no
/// single limit; the profile is checked against this one everywhere, so that it works everywhere it can.
const LONGEST: usize = 131_072 - 1;

/// Whether `name` is the name of a variable in every shell.
pub fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    let starts = characters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    starts && characters.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The names that `env` cannot set, for the schema.
pub fn not_free() -> impl Iterator<Item = &'static str> {
    let names = [SHELLS_OWN, BEDROCK, CREDENTIALS];
    names.into_iter().flat_map(|names| names.iter().copied())
}

/// What the names begin with that `env` cannot set either.
pub fn not_free_prefixes() -> impl Iterator<Item = &'static str> {
    OWN_PREFIXES.iter().copied().chain([STEERING])
}

/// Whether `name` may be set in a profile's `env`.
pub fn check_free_name(name: &str) -> std::result::Result<(), Diagnostic> {
    if !is_name(name) {
        return Err(Diagnostic::error(format!("`{name}` is not the name of a variable"))
            .help("a name consists of letters, digits and _, and does not begin with a digit"));
    }
    if name.starts_with(STEERING) {
        return Err(Diagnostic::error(format!(
            "`{name}` steers claude-bedrock itself and cannot be set by a profile"
        )));
    }
    if SHELLS_OWN.contains(&name) || OWN_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) {
        return Err(Diagnostic::error(format!(
            "`{name}` belongs to the shell and cannot be set by a profile"
        )));
    }
    if let Some(key) = key_of(name) {
        let code = match name {
            "ANTHROPIC_CUSTOM_HEADERS" => "CB016",
            "ANTHROPIC_SMALL_FAST_MODEL" => "CB017",
            _ => "CB018",
        };
        return Err(Diagnostic::error(format!("`{name}` is set by claude-bedrock itself"))
            .code(code)
            .help(key));
    }
    Ok(())
}

/// Variables that say where this program, Claude Code, the AWS SDKs or the keyring keep their configuration, their
/// state and their credentials, or whom they ask for them. A repository must not move any of it. Claude Code's are those of
/// 2.1.332.
const PLACES: &[&str] = &[
    "APPDATA",
    "AWS_CONFIG_FILE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CREDENTIAL_FILE",
    "AWS_DATA_PATH",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "AWS_LOGIN_CACHE_DIRECTORY",
    "AWS_ROLE_ARN",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "BOTO_CONFIG",
    "CLAUDE_BG_AUTH_SNAPSHOT_PATH",
    "CLAUDE_BG_SOCKET_TOKENS_PATH",
    "CLAUDE_CODE_DEBUG_LOGS_DIR",
    "CLAUDE_CODE_DIAGNOSTICS_FILE",
    "CLAUDE_CODE_FEDERATION_CACHE_DIR",
    "CLAUDE_CODE_HOST_OWNED_CONFIG_DIR",
    "CLAUDE_CODE_PLUGIN_CACHE_DIR",
    "CLAUDE_CODE_PLUGIN_DIRS",
    "CLAUDE_CODE_PLUGIN_MCPB_DIR",
    "CLAUDE_CODE_PLUGIN_SEED_DIR",
    "CLAUDE_CODE_REMOTE_MEMORY_DIR",
    "CLAUDE_CODE_REMOTE_SETTINGS_PATH",
    "CLAUDE_CODE_SCRATCHPAD_DIR",
    "CLAUDE_CODE_TMPDIR",
    "CLAUDE_CONFIG_DIR",
    "CLAUDE_ENV_FILE",
    "CLAUDE_JOB_DIR",
    "CLAUDE_PLUGIN_ROOT",
    "CLAUDE_PROJECT_DIR",
    "CLAUDE_SESSION_INGRESS_TOKEN_FILE",
    "CLAUDE_SSH_RUN_DIR",
    "CLAUDE_TMPDIR",
    "DBUS_SESSION_BUS_ADDRESS",
    "GITHUB_ENV",
    "GNOME_KEYRING_CONTROL",
    "HOME",
    "HOMEDRIVE",
    "HOMEPATH",
    "LOCALAPPDATA",
    "PATH",
    "PROGRAMDATA",
    "SUDO_UID",
    "TEMP",
    "TMP",
    "TMPDIR",
    "USERPROFILE",
    "ZDOTDIR",
];

/// The same by how they begin.
const PLACES_BEGIN: &[&str] = &[
    "XDG_",
    "CLAUDE_BEDROCK_",
    "CLAUDE_CODE_MANAGED_SETTINGS",
    "CLAUDE_CONFIG",
    "CLAUDE_SECURESTORAGE",
    "AWS_ENDPOINT_URL",
];

/// The names that a project's `env` cannot set besides those of [`not_free`], for the schema: in capitals, and meant in
/// lower case as well.
pub fn not_a_projects() -> impl Iterator<Item = &'static str> {
    PLACES.iter().copied()
}

/// What the names begin with that a project's `env` cannot set either.
pub fn not_a_projects_prefixes() -> impl Iterator<Item = &'static str> {
    PLACES_BEGIN.iter().copied()
}

/// Whether a project file may set `name` in its `env`, besides what no profile may.
pub fn check_project_name(name: &str) -> std::result::Result<(), Diagnostic> {
    // Windows takes lower-case letters for capitals.
    let upper = name.to_ascii_uppercase();
    let is_place = PLACES.contains(&upper.as_str()) || PLACES_BEGIN.iter().any(|start| upper.starts_with(start));
    if !is_place {
        return Ok(());
    }
    let finding = Diagnostic::error(format!(
        "`{name}` cannot be set by a project file: it says where credentials and settings are looked for"
    ));
    Err(if upper.starts_with("AWS_ENDPOINT_URL") {
        finding.help("for another address of Bedrock write: base_url = \"https://…\"")
    } else {
        finding.help("set it in a profile of your own config.toml, if you want it there")
    })
}

/// What to write instead of an owned variable in `env`.
fn key_of(name: &str) -> Option<String> {
    if !BEDROCK.contains(&name) && !CREDENTIALS.contains(&name) {
        return None;
    }
    Some(match name {
        "AWS_REGION" | "AWS_DEFAULT_REGION" => "write: region = \"…\"".to_owned(),
        "ANTHROPIC_CUSTOM_HEADERS" => {
            "write a table, from which the lines are made: headers = { \"X-Name\" = \"value\" }".to_owned()
        }
        "AWS_BEARER_TOKEN_BEDROCK" => {
            "write: auth = { method = \"api-key\", api_key = { keyring = \"…\" } }".to_owned()
        }
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" | "AWS_SESSION_TOKEN" | "AWS_SECURITY_TOKEN" => {
            "write: auth = { method = \"access-keys\", … }".to_owned()
        }
        "ANTHROPIC_AUTH_TOKEN" | "CLAUDE_CODE_SKIP_BEDROCK_AUTH" | "CLAUDE_CODE_SKIP_MANTLE_AUTH" => {
            "write: auth = { method = \"gateway\", base_url = \"…\" }".to_owned()
        }
        "ANTHROPIC_BEDROCK_SERVICE_TIER" => "write: service_tier = \"…\"".to_owned(),
        "ANTHROPIC_BEDROCK_BASE_URL" | "ANTHROPIC_BEDROCK_MANTLE_BASE_URL" => "write: base_url = \"…\"".to_owned(),
        "ANTHROPIC_SMALL_FAST_MODEL_AWS_REGION" => "write: small_fast_region = \"…\"".to_owned(),
        "CLAUDE_CODE_USE_BEDROCK" => "remove it: every profile sets it".to_owned(),
        "CLAUDE_CODE_USE_MANTLE" => "write: endpoint = \"mantle\"".to_owned(),
        "ANTHROPIC_SMALL_FAST_MODEL" => "write: models.haiku = \"…\" (the old variable is deprecated)".to_owned(),
        "AWS_PROFILE" | "AWS_DEFAULT_PROFILE" => {
            "write: auth = { method = \"aws-profile\", profile = \"…\" }".to_owned()
        }
        "ANTHROPIC_BEDROCK_REGION_PREFIX" => "write: geography = \"…\"".to_owned(),
        _ if labelled(name).is_some() => {
            let (key, label) = labelled(name).unwrap_or_default();
            format!("write: {key} = {{ id = \"…\", {label} = \"…\" }}")
        }
        _ => match MODELS.iter().find(|(_, variable)| *variable == name) {
            Some((key, _)) => format!("write: {key} = \"…\""),
            None => "while a profile is active it has the value that the profile's keys give it, or none".to_owned(),
        },
    })
}

/// Whether the system can hand `name` with a value of so many bytes to a process.
pub fn check_length(name: &str, length_of_value: usize) -> std::result::Result<(), Diagnostic> {
    let length = name.len() + 1 + length_of_value;
    if length > LONGEST {
        return Err(Diagnostic::error(format!(
            "`{name}` would have {length} bytes; a process accepts {LONGEST} at most"
        )));
    }
    Ok(())
}

/// Whether the system can hand these variables to a process together. On Linux a quarter of the stack's
/// limit holds them, the arguments, and a pointer to each; what `ls` on a long line needs is left free.
#[cfg(unix)]
pub fn check_total<'a>(variables: impl Iterator<Item = (&'a OsStr, &'a OsStr)>) -> std::result::Result<(), Diagnostic> {
    const FOR_ARGUMENTS: usize = 64 * 1024;
    // SAFETY: asks for a number, and touches no memory.
    let limit = unsafe { libc::sysconf(libc::_SC_ARG_MAX) };
    let Ok(limit) = usize::try_from(limit) else {
        return Ok(());
    };
    let size = |(name, value): (&OsStr, &OsStr)| name.len() + value.len() + 2 + size_of::<usize>();
    let total: usize = variables.map(size).sum();
    if total + FOR_ARGUMENTS > limit {
        return Err(Diagnostic::error(format!(
            "all variables together would have more than a process accepts ({} bytes)",
            limit - FOR_ARGUMENTS
        ))
        .help("so the profile is not loaded; give it fewer or shorter variables in `env`"));
    }
    Ok(())
}

/// Windows has no limit but that of each value.
#[cfg(not(unix))]
pub fn check_total<'a>(_: impl Iterator<Item = (&'a OsStr, &'a OsStr)>) -> std::result::Result<(), Diagnostic> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_none_or_belong_to_others_are_refused() {
        for name in [
            "",
            "1A",
            "A-B",
            "A B",
            "É",
            "CLAUDE_BEDROCK_STATE",
            "PWD",
            "__claude_bedrock_program",
            "fish_trace",
            "AWS_REGION",
            "AWS_SECRET_ACCESS_KEY",
        ] {
            assert!(check_free_name(name).is_err(), "{name}");
        }
        for name in ["A", "_A1", "CLAUDE_CODE_MAX_OUTPUT_TOKENS", "HTTP_PROXY"] {
            assert!(check_free_name(name).is_ok(), "{name}");
        }
    }
}
