//! `login`: renews what a profile's credentials come from, by `aws sso login` where that is IAM Identity
//! Center, and shows whose they are.
//!
//! Claude Code calls it as `awsAuthRefresh` with a limit of three minutes, without a terminal, and perhaps several
//! times at once. So it does nothing while the credentials are valid, waits for another login that is under way, and
//! ends in time with a reason.

mod aws_cli;

use std::fs::{File, TryLockError};
use std::io::{IsTerminal as _, Write as _};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::aws::cache::Cache;
use crate::aws::{self, Account, Cause, Identity, Trouble, session};
use crate::aws_files::{Base, FlawKind, Sso};
use crate::command::{self, ProfileName, credentials};
use crate::diagnostic::{Diagnostic, Result};
use crate::environment::Method;
use crate::exit::Exit;
use crate::load::Active;
use crate::session::Session;
use crate::system::{command_line, paths, private, programs, time};
use crate::{console, context};

/// Shown by `--help` after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock login                   the profile that is active here
  claude-bedrock login work --use-device-code   a code to type into a browser elsewhere

Does nothing while the credentials are valid. In Claude Code's settings: \"awsAuthRefresh\": \"claude-bedrock login work\"

Exit status 1 if there are no valid credentials afterwards.";

#[derive(clap::Args, Debug, Default)]
pub struct Args {
    #[command(flatten)]
    pub profile: ProfileName,
    /// Open no browser: show an address and a code. The default over ssh, in a container and without a display
    #[arg(long, visible_alias = "use-device-code")]
    pub no_browser: bool,
}

/// When Claude Code kills `awsAuthRefresh`, without a reason.
const CLAUDE_CODES_LIMIT: Duration = Duration::from_mins(3);

/// How long a login may take, with the wait for another one.
const LIMIT: Duration = Duration::from_secs(170);

/// How long it may then take to ask whose the credentials are.
const AFTERWARDS: Duration = Duration::from_secs(8);

const _: () = assert!(LIMIT.as_secs() + AFTERWARDS.as_secs() < CLAUDE_CODES_LIMIT.as_secs());

/// How long a session must still last to be left alone.
const ENOUGH: Duration = Duration::from_mins(5);

/// How often a login in progress is checked.
const STEP: Duration = Duration::from_millis(100);

/// Logs in if that is possible and needed. Exit status 1 if there are no valid credentials afterwards.
pub fn run(arguments: &Args) -> Result<Exit> {
    // What Claude Code calls without a terminal names a profile in full.
    let name = command::names::meant_at_a_terminal(arguments.profile.profile.as_deref())?;
    let (session, active) = context::active_of(name.as_deref())?;
    let end = Instant::now() + LIMIT;
    let mut account = Account::open(&session, &active)?;
    if let Some(line) = active.profile.settings.text("login.command") {
        return by_command(&mut account, line, end);
    }
    if account.decision().is_err_and(|flaw| flaw.kind == FlawKind::Mfa) {
        return by_code_of_device(&session, &active, &account);
    }
    let way = Way::of(&account);
    if let Way::None(why) = way {
        console::say(&format!("claude-bedrock: {why}"));
        return Ok(Exit::Done);
    }
    drop_what_is_refused(&session, &active, &account)?;
    let trouble = match aws::block_on(account.identity())? {
        Ok(identity) if lasts(&account) => return show(&account, &identity),
        Ok(_) => None,
        Err(trouble) => Some(trouble),
    };
    let aws_profile = match (way, trouble) {
        (Way::Sso(aws_profile), None) => aws_profile,
        (Way::Sso(aws_profile), Some(trouble)) if matches!(trouble.cause, Cause::Expired | Cause::SessionOver) => {
            aws_profile
        }
        (Way::Console(aws_profile), Some(trouble)) if trouble.cause == Cause::Expired => {
            aws_cli::log_in(
                aws_cli::Login::Console,
                aws_profile.as_str().into(),
                arguments.no_browser,
                lacks_browser(arguments),
                end,
            )?;
            account.forget();
            return match identity_now(&account)? {
                Ok(identity) => show(&account, &identity),
                Err(trouble) => command::troubled(trouble),
            };
        }
        (Way::Elsewhere(why), Some(trouble)) => return elsewhere(why, trouble),
        // A login fixes nothing else: neither a dead network nor a role that is not assigned.
        (_, Some(trouble)) => return command::troubled(trouble),
        (_, None) => return Ok(Exit::Done),
    };
    if let Some(home) = paths::home() {
        // The AWS CLI would leave root's files in the home of whoever became root.
        private::refuse_anothers(&home.join(".aws/sso/cache"))
            .map_err(|error| Diagnostic::error(format!("the login was not started: {error}")))?;
    }
    let turn = wait_for_turn(&aws_profile, end)?;
    account.forget();
    if let Ok(identity) = identity_now(&account)?
        && lasts(&account)
    {
        return show(&account, &identity);
    }
    aws_cli::log_in(
        aws_cli::Login::Sso,
        aws_profile.as_str().into(),
        arguments.no_browser,
        lacks_browser(arguments),
        end,
    )?;
    drop(turn);
    account.forget();
    match identity_now(&account)? {
        Ok(identity) => show(&account, &identity),
        Err(trouble) => command::troubled(trouble),
    }
}

/// Logs in to a session of Identity Center, which need not stand in `~/.aws/config`.
pub fn to_session(sso: &Sso) -> Result<()> {
    const NAME: &str = "claude-bedrock-import";
    let end = Instant::now() + LIMIT;
    let own = format!("sso_start_url = {}\nsso_region = {}\n", sso.start_url, sso.region);
    let session = match &sso.session {
        Some(name) => {
            format!("sso_session = {name}\n[sso-session {name}]\n{own}sso_registration_scopes = sso:account:access\n")
        }
        None => own,
    };
    // The account and the role are only asked for later, but the AWS CLI wants some in the older form.
    let config = format!("[profile {NAME}]\nsso_account_id = 000000000000\nsso_role_name = none\n{session}");
    let failed = |error: std::io::Error| Diagnostic::error(format!("the login was not started: {error}"));
    if let Some(home) = paths::home() {
        private::refuse_anothers(&home.join(".aws/sso/cache")).map_err(failed)?;
    }
    let mut file = tempfile::NamedTempFile::new().map_err(failed)?;
    file.write_all(config.as_bytes()).map_err(failed)?;
    let _turn = wait_for_turn(sso.session.as_ref().unwrap_or(&sso.start_url), end)?;
    let target = aws_cli::Target {
        aws_profile: NAME,
        config: Some(file.path()),
    };
    aws_cli::log_in(aws_cli::Login::Sso, target, false, paths::lacks_browser(), end)
}

/// Logs in with the company's own command if the credentials are no longer valid.
fn by_command(account: &mut Account, line: &str, end: Instant) -> Result<Exit> {
    if let Ok(identity) = identity_now(account)?
        && lasts(account)
    {
        return show(account, &identity);
    }
    let wrong = |why: &str| Diagnostic::error(format!("`login.command` {why}: {line}"));
    let words = shell_words::split(line).map_err(|_| wrong("has an unclosed quote"))?;
    let [program, arguments @ ..] = words.as_slice() else {
        return Err(wrong("is empty").into());
    };
    let program = programs::on_path(program).ok_or_else(|| {
        wrong(&format!("names `{program}`, which is not on PATH")).help("install it, or give its whole path")
    })?;
    let mut command = Command::new(&program);
    command.args(arguments).stdout(std::io::stderr());
    if let Some(name) = account.profile.settings.text("auth.profile") {
        command.env("AWS_PROFILE", name);
    }
    if !std::io::stdin().is_terminal() {
        command.stdin(Stdio::null());
    }
    let status = aws_cli::finish(&mut command, end).map_err(|error| wrong(&format!("cannot be run ({error})")))?;
    match status {
        Some(status) if status.success() => {}
        Some(status) => {
            return Err(wrong(&format!("failed ({status})")).help("its message is above").into());
        }
        None => return Err(wrong("did not end within three minutes").help("run it by hand").into()),
    }
    account.forget();
    match identity_now(account)? {
        Ok(identity) => show(account, &identity),
        Err(trouble) => command::troubled(trouble),
    }
}

/// A role that requires an MFA code: asks for it, and keeps the role's credentials for `credentials`, which hands them
/// to Claude Code until they end.
fn by_code_of_device(session: &Session, active: &Active, account: &Account) -> Result<Exit> {
    drop_what_is_refused(session, active, account)?;
    let record = match credentials::fetch_once(session, active)? {
        Ok(record) => record,
        Err(trouble) => return command::troubled(trouble),
    };
    match aws::block_on(account.identity_of(record.credentials()))? {
        Ok(identity) => {
            let left = record.left().map(time::spoken).unwrap_or_default();
            console::print(format!(
                "{}: account {}, {}, credentials for {left}\n",
                account.profile.name,
                identity.account,
                crate::system::text::visible(&identity.who())
            ))?;
            Ok(Exit::Done)
        }
        Err(trouble) => command::troubled(trouble),
    }
}

/// Drops kept credentials that AWS refuses: Claude Code calls `login` after a refusal, and `credentials` would go on
/// to hand them out until their end.
fn drop_what_is_refused(session: &Session, active: &Active, account: &Account) -> Result<()> {
    let Some(cache) = Cache::of(session, active) else {
        return Ok(());
    };
    let Some(record) = cache.fresh() else { return Ok(()) };
    let asked = async { tokio::time::timeout(AFTERWARDS, account.identity_of(record.credentials())).await };
    if let Ok(Err(trouble)) = aws::block_on(asked)?
        && matches!(
            trouble.cause,
            Cause::AccessDenied | Cause::Expired | Cause::WrongAccount | Cause::WrongKeys
        )
    {
        cache.forget();
        console::say(&format!(
            "claude-bedrock: AWS refuses the kept credentials of `{}`; they are dropped",
            active.profile.name
        ));
    }
    Ok(())
}

/// Whose the credentials are, in time to say so.
fn identity_now(account: &Account) -> Result<std::result::Result<Identity, Trouble>> {
    aws::block_on(async {
        match tokio::time::timeout(AFTERWARDS, account.identity()).await {
            Ok(answer) => answer,
            Err(_) => Err(Trouble::new(
                Cause::TimedOut,
                format!("after the login AWS did not answer within {} s", AFTERWARDS.as_secs()),
                "check the connection, the VPN and HTTPS_PROXY; then try again",
            )),
        }
    })
}

/// What can be done about a profile's credentials.
enum Way {
    /// `aws sso login` for this AWS profile.
    Sso(String),
    /// `aws login` for this AWS profile.
    Console(String),
    /// Something other than a login; the text says what.
    Elsewhere(String),
    /// There is nothing to log in to.
    None(String),
}

impl Way {
    fn of(account: &Account) -> Self {
        let name = &account.profile.name;
        match account.method() {
            Method::ApiKey => {
                return Self::None(format!(
                    "`{name}` needs no login: it has an API key. Store a new one: claude-bedrock secret set NAME"
                ));
            }
            Method::Gateway => {
                return Self::None(format!(
                    "`{name}` needs no login here: the gateway signs requests itself"
                ));
            }
            Method::AccessKeys => {
                return Self::Elsewhere(format!(
                    "`{name}` has access keys; there is no login for them. See where they come from: claude-bedrock show {name}"
                ));
            }
            Method::AwsProfile | Method::Ambient => {}
        }
        let decision = match account.decision() {
            Ok(decision) => decision,
            Err(_) if account.method() == Method::Ambient => {
                return Self::Elsewhere(
                    "your own AWS credentials are used as they are; renew them where they come from".to_owned(),
                );
            }
            Err(flaw) => {
                let said = account.said(&flaw);
                return Self::Elsewhere(match said.code {
                    "CB014" => said.help,
                    _ => format!("{}: {}", said.message, said.help),
                });
            }
        };
        let aws_profile = &decision.profile;
        let from = match decision.roles.last() {
            Some(role) if role.profile != *aws_profile => {
                format!(
                    "the AWS profile `{}` assumes its role with `{aws_profile}`, which",
                    role.profile
                )
            }
            _ => format!("the AWS profile `{aws_profile}`"),
        };
        let quoted = command_line::quote(aws_profile);
        Self::Elsewhere(match &decision.base {
            Base::Sso(_) => return Self::Sso(aws_profile.clone()),
            Base::Process(_) => format!(
                "{from} gets its credentials from a command (credential_process); log in the way that command requires"
            ),
            Base::Login(_) => return Self::Console(aws_profile.clone()),
            Base::Environment if decision.roles.is_empty() => {
                "your own AWS credentials are used as they are; renew them where they come from".to_owned()
            }
            Base::Environment | Base::Container | Base::Instance => format!(
                "{from} assumes its role with the credentials of this machine (credential_source); there is no login for them"
            ),
            Base::WebIdentity(_) => format!(
                "{from} assumes its role with a token file (web_identity_token_file); whatever writes that file must renew it"
            ),
            Base::Keys(_) => format!("{from} has fixed keys; replace them: aws configure --profile {quoted}"),
        })
    }
}

/// Reports that no login here helps, if the credentials are no longer valid.
fn elsewhere(why: String, trouble: Trouble) -> Result<Exit> {
    let is_renewed_there = matches!(
        trouble.cause,
        Cause::Expired | Cause::SessionOver | Cause::Process | Cause::WrongKeys
    );
    command::troubled(if is_renewed_there {
        Trouble { fix: why, ..trouble }
    } else {
        trouble
    })
}

/// The session of Identity Center that the credentials begin with.
fn sso(account: &Account) -> Option<Sso> {
    match account.decision().ok()?.base {
        Base::Sso(sso) => Some(sso),
        _ => None,
    }
}

/// Whether the session lasts a while yet.
fn lasts(account: &Account) -> bool {
    sso(account).is_none_or(|sso| match session::token(&sso) {
        session::Token::Valid { until, renewable } => renewable || time::until(until) > ENOUGH,
        _ => false,
    })
}

fn show(account: &Account, identity: &Identity) -> Result<Exit> {
    let until = sso(account).map_or_else(String::new, |sso| format!(", session {}", session::token(&sso).words()));
    console::print(format!(
        "{}: account {}, {}{until}\n",
        account.profile.name,
        identity.account,
        crate::system::text::visible(&identity.who())
    ))?;
    Ok(Exit::Done)
}

/// Waits while another login to the same session is in progress.
fn wait_for_turn(aws_profile: &str, end: Instant) -> Result<Option<File>> {
    let Some(directory) = paths::state_directory() else {
        return Ok(None);
    };
    let name = blake3::hash(aws_profile.as_bytes()).to_hex();
    let path = directory.join(format!("login-{}.lock", &name[..16]));
    let open = || {
        private::directory(&directory)?;
        crate::system::files::open_lock(&path)
    };
    // Without a place for locks two browser windows may open.
    match open() {
        Ok(file) => locked(file, end),
        Err(_) => Ok(None),
    }
}

/// The file, once no other process has it locked; `None` on a file system that cannot lock.
fn locked(file: File, end: Instant) -> Result<Option<File>> {
    let mut said = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::Error(_)) => return Ok(None),
            Err(TryLockError::WouldBlock) => {}
        }
        if !said {
            console::say("claude-bedrock: another login is under way; waiting for it");
            said = true;
        }
        if Instant::now() > end {
            return Err(Diagnostic::error("another login has been under way for three minutes")
                .help("finish it in the browser, or end it, and try again")
                .into());
        }
        thread::sleep(STEP);
    }
}

/// Why the login uses a code that the user did not ask for.
fn lacks_browser(arguments: &Args) -> Option<&'static str> {
    if arguments.no_browser {
        None
    } else {
        paths::lacks_browser()
    }
}

#[cfg(test)]
mod tests;
