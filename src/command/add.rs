//! `add`: a new profile, from flags or from questions on a terminal.

use clap_complete::engine::ArgValueCompleter;
use inquire::{InquireError, Select, Text};

use crate::aws::listing;
use crate::aws_files::{Files, has_region_shape};
use crate::catalog::geography;
use crate::command::lint::Before;
use crate::diagnostic::{Diagnostic, Result};
use crate::edit::{self, Draft, Edit};
use crate::exit::Exit;
use crate::profile::keys::HEADERS;
use crate::profile::layers;
use crate::profile::read::Scope;
use crate::session::Session;
use crate::{command, console};

/// Shown by `--help` after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock add work --region eu-west-1 --aws-profile bedrock-work
  claude-bedrock add ci --region us-east-1 --api-key keyring:ci-key --model sonnet
  claude-bedrock add work-cheap --extends work --model haiku
  claude-bedrock add work                asks, on a terminal

Pins opus, sonnet and haiku to the region's newest, which stops Claude Code's paid requests at its start.
For a secret, give the place where it is: keyring:NAME, command:'op read op://…', file:PATH or env:NAME.";

#[derive(clap::Args, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Args {
    /// The new profile's name
    pub name: String,
    /// The AWS region
    #[arg(long, add = ArgValueCompleter::new(command::complete::regions))]
    pub region: Option<String>,
    /// What the profile is for
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// The profile that provides the values this one does not set
    #[arg(long, value_name = "PROFILE", add = ArgValueCompleter::new(command::complete::profiles))]
    pub extends: Option<String>,
    /// Authenticate with this profile of ~/.aws/config
    #[arg(long, value_name = "NAME", group = "method", add = ArgValueCompleter::new(command::complete::aws_profiles))]
    pub aws_profile: Option<String>,
    /// Keep the profile's credentials out of the shell and of what a session starts
    #[arg(long)]
    pub isolate: bool,
    /// With --isolate: the profile of ~/.aws/config that everything but Claude Code sees
    #[arg(long, value_name = "NAME", requires = "isolate", add = ArgValueCompleter::new(command::complete::aws_profiles))]
    pub tools: Option<String>,
    /// Authenticate with a Bedrock API key: where it is
    #[arg(long, value_name = "SECRET", group = "method")]
    pub api_key: Option<String>,
    /// Authenticate with access keys: where the key's ID is
    #[arg(long, value_name = "SECRET", group = "method", requires = "secret_access_key")]
    pub access_key_id: Option<String>,
    /// Where the secret access key is
    #[arg(long, value_name = "SECRET", requires = "access_key_id")]
    pub secret_access_key: Option<String>,
    /// Where the session token is
    #[arg(long, value_name = "SECRET", requires = "access_key_id")]
    pub session_token: Option<String>,
    /// An LLM gateway that signs requests itself
    #[arg(long, value_name = "URL", group = "method")]
    pub gateway: Option<String>,
    /// Where the gateway's token is
    #[arg(long, value_name = "SECRET", requires = "gateway")]
    pub gateway_token: Option<String>,
    /// Leave AWS credentials as they are
    #[arg(long, group = "method")]
    pub ambient: bool,
    /// The model that answers
    #[arg(long, add = ArgValueCompleter::new(command::complete::models))]
    pub model: Option<String>,
    /// What `opus` means
    #[arg(long, value_name = "MODEL", add = ArgValueCompleter::new(command::complete::models))]
    pub opus: Option<String>,
    /// What `sonnet` means
    #[arg(long, value_name = "MODEL", add = ArgValueCompleter::new(command::complete::models))]
    pub sonnet: Option<String>,
    /// What `haiku` means
    #[arg(long, value_name = "MODEL", add = ArgValueCompleter::new(command::complete::models))]
    pub haiku: Option<String>,
    /// Pin no models
    #[arg(long, conflicts_with_all = ["opus", "sonnet", "haiku"])]
    pub no_models: bool,
    /// A guardrail's ID or ARN
    #[arg(long, value_name = "ID")]
    pub guardrail: Option<String>,
    /// The guardrail's version
    #[arg(
        long,
        value_name = "VERSION",
        requires = "guardrail",
        default_value_if("guardrail", clap::builder::ArgPredicate::IsPresent, "DRAFT")
    )]
    pub guardrail_version: Option<String>,
    /// A request header, `Name: Value` (repeatable)
    #[arg(long = "header", value_name = "HEADER", add = ArgValueCompleter::new(command::complete::headers))]
    pub headers: Vec<String>,
    /// Any other value, as `set` takes it: KEY=VALUE (repeatable)
    #[arg(long = "set", value_name = "KEY=VALUE", add = ArgValueCompleter::new(command::complete::keys))]
    pub values: Vec<String>,
    /// Make it the default, active where no project file applies
    #[arg(long)]
    pub default: bool,
    /// Change nothing, only show what would change
    #[arg(long)]
    pub dry_run: bool,
}

/// Pins the models that the account was seen to have, or else those of the catalog. Returns whether the account was
/// asked.
pub fn pin(draft: &mut Draft) -> bool {
    let asked = draft.text("auth.profile").zip(draft.text("region"));
    match asked.and_then(|(name, region)| listing::seen_by(name, region)) {
        Some(seen) => {
            draft.pin_seen(&seen);
            true
        }
        None => {
            draft.pin_models();
            false
        }
    }
}

/// The notice about pins that come from the catalog alone.
pub fn unseen(name: &str) -> String {
    format!("not checked yet whether the account has these models: claude-bedrock models {name} --update")
}

/// Writes the profile.
pub fn run(arguments: &Args) -> Result<Exit> {
    layers::check_name(&arguments.name)?;
    // Before any question: a file that cannot be changed is reported at once.
    let mut file = Edit::config()?;
    file.add(&Draft::new(&arguments.name))?;
    let mut draft = draft(arguments)?;
    complete(&mut draft, arguments)?;
    // The extended profile may have pins of its own.
    let is_unseen = !arguments.no_models && arguments.extends.is_none() && !pin(&mut draft);
    let before = Before::of(&file.path());
    write(&draft, arguments.default, arguments.dry_run)?;
    if !arguments.dry_run {
        before.report();
        console::say(&format!("  in a repository: claude-bedrock init {}", arguments.name));
        if is_unseen {
            console::say(&format!("  {}", unseen(&arguments.name)));
        }
    }
    Ok(Exit::Done)
}

/// Writes a new profile into the user's file, and reports it; with `dry_run` it only shows it. Errors: the file cannot
/// be understood, already has the profile, or would be invalid with it; then it stays unchanged.
pub fn write(draft: &Draft, is_default: bool, dry_run: bool) -> Result<()> {
    let mut file = Edit::config()?;
    file.add(draft)?;
    if is_default {
        file.set_default(&draft.name);
    }
    command::write_change(&file, dry_run)
}

/// The profile that the flags describe.
fn draft(arguments: &Args) -> Result<Draft> {
    let mut draft = Draft::new(&arguments.name);
    let mut put = |path: &str, text: &Option<String>| -> Result<()> {
        if let Some(text) = text {
            draft.put(path, edit::typed(path, text, Scope::Profile)?);
            command::plausible::check(path, text)?;
        }
        Ok(())
    };
    put("description", &arguments.description)?;
    put("extends", &arguments.extends)?;
    put("region", &arguments.region)?;
    let method = match arguments {
        Args {
            aws_profile: Some(_), ..
        } => Some("aws-profile"),
        Args { api_key: Some(_), .. } => Some("api-key"),
        Args {
            access_key_id: Some(_), ..
        } => Some("access-keys"),
        Args { gateway: Some(_), .. } => Some("gateway"),
        Args { ambient: true, .. } => Some("ambient"),
        _ => None,
    };
    put("auth.method", &method.map(str::to_owned))?;
    put("auth.profile", &arguments.aws_profile)?;
    put("auth.isolate", &arguments.isolate.then(|| "true".to_owned()))?;
    put("auth.tools", &arguments.tools)?;
    put("auth.api_key", &arguments.api_key)?;
    put("auth.access_key_id", &arguments.access_key_id)?;
    put("auth.secret_access_key", &arguments.secret_access_key)?;
    put("auth.session_token", &arguments.session_token)?;
    put("auth.base_url", &arguments.gateway)?;
    put("auth.token", &arguments.gateway_token)?;
    put("models.main", &arguments.model)?;
    put("models.opus", &arguments.opus)?;
    put("models.sonnet", &arguments.sonnet)?;
    put("models.haiku", &arguments.haiku)?;
    put("guardrail.id", &arguments.guardrail)?;
    put("guardrail.version", &arguments.guardrail_version)?;
    for header in &arguments.headers {
        let (name, value) = header.split_once(':').ok_or_else(|| {
            Diagnostic::error(format!("`{header}` is not a header")).help("write: --header 'X-Team: platform'")
        })?;
        put(&format!("{HEADERS}.{}", name.trim()), &Some(value.trim().to_owned()))?;
    }
    for pair in &arguments.values {
        let (key, value) = pair.split_once('=').ok_or_else(|| {
            Diagnostic::error(format!("`{pair}` has no value")).help("write: --set service_tier=priority")
        })?;
        put(key, &Some(value.to_owned()))?;
    }
    Ok(draft)
}

/// Asks for what a profile must have, or reports the missing flag if there is no terminal.
fn complete(draft: &mut Draft, arguments: &Args) -> Result<()> {
    if draft.text("extends").is_some() {
        return Ok(());
    }
    let can_ask = console::can_ask();
    let missing = |what: &str, flag: &str| {
        Diagnostic::error(format!("{what}; nothing was written"))
            .help(flag.replace("NAME", &arguments.name))
            .help("on a terminal it asks")
    };
    let files = Files::read(&Session::inherited().snapshot);
    if draft.text("auth.method").is_none() {
        if !can_ask {
            return Err(missing(
                "nothing says how Claude Code authenticates",
                "one of: --aws-profile PROFILE, --api-key SECRET, --access-key-id SECRET, --gateway URL, --ambient",
            )
            .into());
        }
        let profile = ask_aws_profile(&files)?;
        match profile {
            Some(name) => {
                draft.put("auth.method", "aws-profile");
                draft.put("auth.profile", name);
            }
            None => draft.put("auth.method", "ambient"),
        }
    }
    if draft.text("region").is_none() {
        let known = draft.text("auth.profile").and_then(|name| files.value(name, "region"));
        let region = match known.filter(|region| has_region_shape(region)) {
            known if can_ask => ask_region(known.as_deref().unwrap_or("us-east-1"))?,
            Some(region) => region,
            None => return Err(missing("no region is named", "such as: --region us-east-1").into()),
        };
        // Before the method, in reading order.
        draft.entries.insert(0, (edit::split("region"), region.into()));
    }
    Ok(())
}

const NO_PROFILE: &str = "(leave AWS credentials as they are)";

fn ask_aws_profile(files: &Files) -> Result<Option<String>> {
    // A name with control characters is not offered; the flag accepts it.
    let mut names: Vec<String> = files
        .names()
        .filter(|name| crate::system::text::visible(name) == *name)
        .map(str::to_owned)
        .collect();
    names.push(NO_PROFILE.to_owned());
    let answer = Select::new("Authenticate with which profile of ~/.aws/config?", names)
        .prompt()
        .map_err(|error| unasked(&error))?;
    Ok((answer != NO_PROFILE).then_some(answer))
}

fn ask_region(default: &str) -> Result<String> {
    let suggest = |typed: &str| {
        let fitting = geography::regions().filter(|region| region.starts_with(typed));
        Ok(fitting.map(str::to_owned).collect())
    };
    Text::new("Which region?")
        .with_default(default)
        .with_autocomplete(suggest)
        .prompt()
        .map_err(|error| unasked(&error).into())
}

/// Why there is no answer.
fn unasked(error: &InquireError) -> Diagnostic {
    match error {
        InquireError::OperationCanceled | InquireError::OperationInterrupted => {
            Diagnostic::error("cancelled; nothing was written")
        }
        error => Diagnostic::error(format!("cannot ask on the terminal: {error}; nothing was written")),
    }
}
