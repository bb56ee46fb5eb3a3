//! `credentials`: a profile's credentials as JSON for `awsCredentialExport` and `credential_process`.
//!
//! Claude Code runs it at every start, and so may each of many tools at once. So kept credentials are
//! printed before the command line's tree is built and before anything of the SDK is touched; and of many
//! callers one fetches.

use std::ffi::OsStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use crate::aws::cache::{Cache, Found, Record};
use crate::aws::{self, Account, Cause, Credentials, Trouble};
use crate::command::{self, ProfileName};
use crate::diagnostic::{Diagnostic, Result};
use crate::environment::{self, Environment, Method, Wanted};
use crate::exit::Exit;
use crate::load::Active;
use crate::session::Session;
use crate::system::{paths, time};
use crate::{console, context, shell};

/// Shown by `--help` after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock credentials work
  eval \"$(claude-bedrock credentials work --format env)\"
  claude-bedrock credentials llm --format token     an API key, or a gateway's token

In Claude Code's settings: \"awsCredentialExport\": \"claude-bedrock credentials work --no-fallback\"
In ~/.aws/config:           credential_process = claude-bedrock credentials work

Kept until five minutes before they expire, in a file that only you can read. The output is secret.
Exit status 1 if they cannot be fetched.";

#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    pub profile: ProfileName,
    /// How to print them
    #[arg(long, value_enum, default_value = "process")]
    pub format: Format,
    /// Fetch them, and keep them nowhere
    #[arg(long)]
    pub no_cache: bool,
    /// If they cannot be fetched, print invalid ones, so that Claude Code uses no other account's
    #[arg(long)]
    pub no_fallback: bool,
}

/// How credentials are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// The JSON of `credential_process`, which `awsCredentialExport` takes too
    #[default]
    Process,
    /// Lines for a POSIX shell to evaluate
    Env,
    /// The JSON of STS: the same below `Credentials`
    Json,
    /// An API key or a gateway's token, alone in a line, as `apiKeyHelper` wants it
    Token,
}

/// The words after `credentials` that kept credentials can answer.
pub struct Arguments {
    name: Option<String>,
    format: Format,
}

impl Arguments {
    /// The arguments of this process, if they are no more than a profile and a format.
    pub fn from_process() -> Option<Self> {
        let mut words = std::env::args_os().skip(1);
        if words.next()? != "credentials" {
            return None;
        }
        let mut arguments = Self {
            name: None,
            format: Format::default(),
        };
        while let Some(word) = words.next() {
            let word = word.to_str()?.to_owned();
            if word == "--format" {
                arguments.format = Format::from_name(words.next()?.to_str()?)?;
            } else if let Some(name) = word.strip_prefix("--format=") {
                arguments.format = Format::from_name(name)?;
            } else if word == "--no-fallback" {
                // Kept credentials are as good with it.
            } else if word.starts_with('-') || arguments.name.is_some() {
                return None;
            } else {
                arguments.name = Some(word);
            }
        }
        Some(arguments)
    }
}

impl Format {
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "process" => Some(Self::Process),
            "env" => Some(Self::Env),
            "json" => Some(Self::Json),
            "token" => Some(Self::Token),
            _ => None,
        }
    }
}

/// Prints kept credentials; `None` if there are none, or if anything else prevents it, so that the slow path runs.
pub fn run_kept(arguments: &Arguments) -> Option<Result<Exit>> {
    if arguments.format == Format::Token {
        return None;
    }
    let (session, active) = context::active_of(arguments.name.as_deref()).ok()?;
    let record = Cache::of(&session, &active)?.fresh()?;
    Some(print(&record, arguments.format))
}

/// Prints the credentials of a profile. Exit status 1 if they cannot be fetched, unless `--no-fallback` is given.
pub fn run(arguments: &Args) -> Result<Exit> {
    if arguments.format == Format::Token {
        return print_token(arguments.profile.profile.as_deref());
    }
    let outcome = run_or_fail(arguments);
    if !arguments.no_fallback || matches!(outcome, Ok(Exit::Done)) {
        return outcome;
    }
    // If no profile applies, Claude Code is left alone.
    if arguments.profile.profile.is_none() && context::nothing_applies() {
        return outcome;
    }
    if let Err(error) = outcome {
        console::report(&error);
    }
    let expires = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    let refusal = Record {
        access_key_id: REFUSED_KEY.to_owned(),
        secret_access_key: "none".to_owned(),
        session_token: "none".to_owned(),
        expires: expires.map(|now| (now + REFUSAL).as_secs()),
    };
    print(&refusal, arguments.format)
}

/// The ID of keys that AWS does not know. When `awsCredentialExport` fails, Claude Code takes whatever
/// credentials the shell has, of whatever account, and goes on (seen with 2.1.331); with these it says that
/// the login has ended, and names `awsAuthRefresh`.
const REFUSED_KEY: &str = "ASIANOCREDENTIALSHAD";

/// Claude Code asks again five minutes before credentials expire, and within six minutes of it not at all.
const REFUSAL: Duration = Duration::from_mins(7);

fn run_or_fail(arguments: &Args) -> Result<Exit> {
    let (session, active) = context::active_of(arguments.profile.profile.as_deref())?;
    let fetched = if arguments.no_cache || !expires(&active) {
        fetch(&session, &active)
    } else {
        fetch_once(&session, &active)
    }?;
    match fetched {
        Ok(record) => print(&record, arguments.format),
        Err(trouble) => command::troubled(trouble),
    }
}

/// Whether the method's credentials come from elsewhere and for a time; the others are at hand.
fn expires(active: &Active) -> bool {
    !matches!(Method::of(&active.profile), Method::ApiKey | Method::Gateway)
}

/// The outcome of fetching.
pub type Fetched = std::result::Result<Record, Trouble>;

/// Fetches credentials, or returns what another caller has fetched in the meantime.
pub fn fetch_once(session: &Session, active: &Active) -> Result<Fetched> {
    let Some(cache) = Cache::of(session, active) else {
        warn(
            "credentials cannot be kept: there is no directory of your own (no HOME)",
            "set HOME",
        );
        return fetch(session, active);
    };
    let began = SystemTime::now();
    let turn = match cache.turn() {
        Ok(turn) => turn,
        Err(error) => {
            cannot_keep(&cache, &error);
            return fetch(session, active);
        }
    };
    if let Some(record) = cache.fresh() {
        return Ok(Ok(record));
    }
    if let Some(trouble) = cache.failure_since(began) {
        return Ok(Err(trouble));
    }
    if matches!(cache.read(), Found::Damaged) {
        warn(
            "the kept credentials are damaged; new ones are fetched",
            "nothing to do",
        );
    }
    let fetched = fetch(session, active)?;
    match &fetched {
        // A login may have renewed the token's file meanwhile, by which the record is known.
        Ok(record) if record.expires.is_some() => {
            let cache = Cache::of(session, active).unwrap_or(cache);
            if let Err(error) = cache.write(record) {
                cannot_keep(&cache, &error);
            }
        }
        Ok(_) => {}
        Err(trouble) => cache.leave_failure(trouble),
    }
    drop(turn);
    Ok(fetched)
}

fn cannot_keep(cache: &Cache, error: &std::io::Error) {
    let directory = cache.directory();
    warn(
        &format!("credentials cannot be kept in {}: {error}", paths::display(directory)),
        &format!(
            "they are fetched at each call until you can write there: ls -ld {}",
            crate::system::text::quoted(directory)
        ),
    );
}

fn warn(message: &str, help: &str) {
    console::report(&Diagnostic::error(message).warning().help(help));
}

/// Fetches credentials and checks that they belong to the account that the profile pins.
fn fetch(session: &Session, active: &Active) -> Result<Fetched> {
    let account = Account::open(session, active)?.asking();
    aws::block_on(async {
        let credentials = account.temporary_credentials().await?;
        if account.profile.settings.text("account").is_some() {
            account.identity_of(credentials.clone()).await?;
        }
        record(&account, &credentials)
    })
}

fn record(account: &Account, credentials: &Credentials) -> Fetched {
    let token = credentials.session_token().filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| {
        Trouble::new(
            Cause::Misconfigured,
            format!("the credentials of `{}` have no session token", account.profile.name),
            "use Identity Center, or keys for which STS issues a session",
        )
    })?;
    let seconds = |time: SystemTime| time.duration_since(UNIX_EPOCH).map(|since| since.as_secs()).ok();
    Ok(Record {
        access_key_id: credentials.access_key_id().to_owned(),
        secret_access_key: credentials.secret_access_key().to_owned(),
        session_token: token.to_owned(),
        expires: credentials.expiry().and_then(seconds),
    })
}

/// Prints an API key or a gateway's token.
fn print_token(name: Option<&str>) -> Result<Exit> {
    let (session, active) = context::active_of(name)?;
    let environment = Environment::with_credentials(&active.profile)?;
    for variable in ["AWS_BEARER_TOKEN_BEDROCK", "ANTHROPIC_AUTH_TOKEN"] {
        let Some(setting) = environment.get(variable) else {
            continue;
        };
        if let Wanted::Secret(secret) = &setting.wanted {
            let token = context::fetch(variable, setting, secret, &session.restored())?;
            console::print_values(format!("{token}\n"))?;
            return Ok(Exit::Done);
        }
    }
    let way = environment::hint(&active.profile);
    Err(
        Diagnostic::error(format!("`{}` has no token ({way})", active.profile.name))
            .help("omit --format for the credentials of the other methods")
            .into(),
    )
}

fn print(record: &Record, format: Format) -> Result<Exit> {
    let expires = record
        .expires
        .and_then(|seconds| time::written(UNIX_EPOCH + Duration::from_secs(seconds)));
    let text = match format {
        Format::Env => {
            let variables = [
                ("AWS_ACCESS_KEY_ID", Some(record.access_key_id.as_str())),
                ("AWS_SECRET_ACCESS_KEY", Some(record.secret_access_key.as_str())),
                ("AWS_SESSION_TOKEN", Some(record.session_token.as_str())),
                ("AWS_CREDENTIAL_EXPIRATION", expires.as_deref()),
            ];
            let line = |(name, value): (&str, Option<&str>)| {
                let quoted = shell::POSIX.quote(OsStr::new(value?));
                Some(format!("export {name}={}\n", String::from_utf8_lossy(&quoted)))
            };
            variables.into_iter().filter_map(line).collect()
        }
        Format::Process | Format::Json | Format::Token => {
            let mut object = Map::new();
            if format == Format::Process {
                object.insert("Version".to_owned(), json!(1));
            }
            object.insert("AccessKeyId".to_owned(), json!(record.access_key_id));
            object.insert("SecretAccessKey".to_owned(), json!(record.secret_access_key));
            object.insert("SessionToken".to_owned(), json!(record.session_token));
            if let Some(expires) = expires {
                object.insert("Expiration".to_owned(), json!(expires));
            }
            let object = Value::Object(object);
            let whole = if format == Format::Json {
                json!({ "Credentials": object })
            } else {
                object
            };
            format!("{whole}\n")
        }
    };
    console::print_values(text)?;
    Ok(Exit::Done)
}
