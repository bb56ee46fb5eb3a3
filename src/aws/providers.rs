//! Credentials from where [`Decision`] says that Claude Code takes them. The SDK gets no chance to decide again: this
//! module says what to call, and the SDK reads no file of `~/.aws`.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use data_encoding::HEXLOWER;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tokio::process::Command;

use crate::aws::error::Call;
use crate::aws::expiry;
use crate::aws::session::{self, Kept, Missing};
use crate::aws::{Account, Cause, Trouble};
use crate::aws_files::{Base, Decision, Keys, MachineRole, Role, Sso, WebIdentity};
use crate::console;
use crate::diagnostic::Diagnostic;
use crate::system::command_line;
use crate::system::files;
use crate::system::{paths, programs, time};

/// What credentials say of where they come from, in the SDK's words.
const OURS: &str = "claude-bedrock";

/// How long a role is assumed for where its profile does not say.
const ROLE_SECONDS: i32 = 3600;

/// How long the AWS CLI may take to renew a session of `aws login`: a cold start of it takes seconds.
const RENEWAL: Duration = Duration::from_secs(30);

/// Fetches what the decision says.
pub(super) async fn fetch(
    account: &Account,
    decision: &Decision,
    codes: &[Option<String>],
) -> Result<Credentials, Trouble> {
    let mut credentials = match &decision.base {
        Base::Keys(keys) => of_keys(&decision.profile, keys)?,
        Base::Process(command) => process(account, &decision.profile, command).await?,
        Base::WebIdentity(identity) => web_identity(account, identity).await?,
        Base::Sso(sso) => role_of_session(account, &decision.profile, sso).await?,
        Base::Login(session) => login(account, &decision.profile, session).await?,
        Base::Environment => environment(account)?,
        Base::Container => container(account).await?,
        Base::Instance => instance(account).await?,
    };
    for (at, role) in decision.roles.iter().enumerate() {
        let code = codes.get(at).cloned().flatten();
        credentials = assume(account, decision, role, code, credentials).await?;
    }
    Ok(credentials)
}

/// The machine's role, where nothing else gives credentials: the web identity of the variables, the container's,
/// the instance's.
pub(super) async fn machine(account: &Account) -> Result<Credentials, Trouble> {
    let get = |name: &str| account.variable(name).map(str::to_owned);
    match account.machine_role() {
        Some(MachineRole::WebIdentity(role)) => {
            let token_file = get("AWS_WEB_IDENTITY_TOKEN_FILE").unwrap_or_default();
            let session_name = get("AWS_ROLE_SESSION_NAME");
            web_identity(
                account,
                &WebIdentity {
                    role,
                    token_file,
                    session_name,
                },
            )
            .await
        }
        Some(MachineRole::Container) => container(account).await,
        Some(MachineRole::Instance) => instance(account).await,
        None => Err(Trouble::new(
            Cause::Misconfigured,
            format!("there are no AWS credentials for `{}`", account.profile.name),
            format!(
                "set its `auth`; what it has now: claude-bedrock show {}",
                account.profile.name
            ),
        )),
    }
}

/// Keys of a file, with their end where the tool that wrote them has said so. Without a session token they have none.
fn of_keys(aws_profile: &str, keys: &Keys) -> Result<Credentials, Trouble> {
    let end = expiry::of_keys(keys);
    if let Some(end) = end.filter(|end| *end <= SystemTime::now()) {
        return Err(Trouble::new(
            Cause::Expired,
            format!("the keys of the AWS profile `{aws_profile}` expired {}", time::ago(end)),
            "renew them with the tool that wrote them into ~/.aws/credentials: nothing else does",
        ));
    }
    Ok(Credentials::new(&keys.id, &keys.secret, keys.token.clone(), end, OURS))
}

fn environment(account: &Account) -> Result<Credentials, Trouble> {
    let get = |name: &str| account.variable(name).map(str::to_owned);
    match (get("AWS_ACCESS_KEY_ID"), get("AWS_SECRET_ACCESS_KEY")) {
        (Some(id), Some(secret)) => Ok(Credentials::new(id, secret, get("AWS_SESSION_TOKEN"), None, OURS)),
        _ => Err(Trouble::new(
            Cause::Misconfigured,
            "the environment has no access keys (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)",
            "set both, or name a source_profile in ~/.aws/config",
        )),
    }
}

async fn asked(account: &Account, action: &str, provider: impl ProvideCredentials) -> Result<Credentials, Trouble> {
    let answer = provider.provide_credentials().await;
    answer.map_err(|error| Trouble::of_credentials(&error, &Call::new(account, action)))
}

async fn container(account: &Account) -> Result<Credentials, Trouble> {
    let provider = EcsCredentialsProvider::builder()
        .configure(&account.provider_config())
        .build();
    asked(account, "fetching the container's credentials", provider).await
}

pub(super) async fn instance(account: &Account) -> Result<Credentials, Trouble> {
    let provider = ImdsCredentialsProvider::builder()
        .configure(&account.provider_config())
        .build();
    asked(account, "fetching the instance's credentials", provider).await
}

/// Runs a `credential_process` by a shell, and takes what the client takes: `credential-provider-process`.
async fn process(account: &Account, aws_profile: &str, command: &str) -> Result<Credentials, Trouble> {
    let failed = |what: String| {
        Trouble::new(
            Cause::Process,
            format!("the credential_process of `{}` {what}", account.profile.name),
            format!(
                "see what it says: aws configure get credential_process --profile {} | sh",
                command_line::quote(aws_profile)
            ),
        )
    };
    let (program, flags): (&str, &[&str]) = if cfg!(windows) {
        ("cmd.exe", &["/d", "/s", "/c"])
    } else {
        ("/bin/sh", &["-c"])
    };
    let mut shell = Command::new(program);
    shell.args(flags).arg(command).kill_on_drop(true);
    let output = shell
        .output()
        .await
        .map_err(|error| failed(format!("cannot be started: {error}")))?;
    if !output.status.success() {
        return Err(failed("failed".to_owned()));
    }
    of_process(&output.stdout).map_err(|what| failed(what.to_owned()))
}

/// What a `credential_process` has printed; an error says what is wrong with it.
fn of_process(printed: &[u8]) -> Result<Credentials, &'static str> {
    let answer: Value =
        serde_json::from_slice(printed).map_err(|_| "printed something other than credentials as JSON")?;
    let get = |key: &str| answer.get(key).and_then(Value::as_str).map(str::to_owned);
    if answer.get("Version").and_then(Value::as_f64) != Some(1.0) {
        return Err("printed credentials without `\"Version\": 1`");
    }
    let (Some(id), Some(secret)) = (get("AccessKeyId"), get("SecretAccessKey")) else {
        return Err("printed no AccessKeyId or no SecretAccessKey (the case matters)");
    };
    let expires = get("Expiration").and_then(|text| time::moment(&text));
    if expires.is_some_and(|at| at < SystemTime::now()) {
        return Err("printed credentials that have expired");
    }
    let token = get("SessionToken").filter(|token| !token.is_empty());
    Ok(Credentials::new(id, secret, token, expires, OURS))
}

fn session_name(given: Option<&str>) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    given.map_or_else(|| format!("claude-bedrock-{}", now.as_millis()), str::to_owned)
}

/// What STS gives for a role.
pub(super) fn of_sts(answer: Option<&aws_sdk_sts::types::Credentials>, action: &str) -> Result<Credentials, Trouble> {
    let given = answer.ok_or_else(|| {
        Trouble::new(
            Cause::Unreadable,
            format!("the response to {action} contains no credentials"),
            "try again; AWS_ENDPOINT_URL may be wrong",
        )
    })?;
    let expires = SystemTime::try_from(*given.expiration()).ok();
    let token = Some(given.session_token().to_owned());
    Ok(Credentials::new(
        given.access_key_id(),
        given.secret_access_key(),
        token,
        expires,
        OURS,
    ))
}

async fn assume(
    account: &Account,
    decision: &Decision,
    role: &Role,
    code: Option<String>,
    by: Credentials,
) -> Result<Credentials, Trouble> {
    let action = "sts:AssumeRole";
    let region = decision.sts_region.as_deref().unwrap_or_else(|| account.region());
    let config = account.bare_config().await.into_builder();
    let config = config.credentials_provider(SharedCredentialsProvider::new(by)).build();
    let seconds = role.seconds.as_deref().map_or(Ok(ROLE_SECONDS), |text| {
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().map_err(|_| {
            Trouble::new(
                Cause::Misconfigured,
                format!(
                    "the AWS profile `{}` has a duration_seconds that is not a number",
                    role.profile
                ),
                "write: duration_seconds = 3600",
            )
        })
    })?;
    let answer = account
        .sts_in(&config, region)
        .assume_role()
        .role_arn(&role.arn)
        .role_session_name(session_name(role.session_name.as_deref()))
        .set_external_id(role.external_id.clone())
        .duration_seconds(seconds)
        .set_serial_number(role.device.clone().filter(|_| code.is_some()))
        .set_token_code(code)
        .send()
        .await
        .map_err(|error| Trouble::of_call(&error, &Call::new(account, action)))?;
    of_sts(answer.credentials(), action)
}

async fn web_identity(account: &Account, identity: &WebIdentity) -> Result<Credentials, Trouble> {
    let action = "sts:AssumeRoleWithWebIdentity";
    // As it is written, a final newline too: that is what the client sends.
    let token = files::read_text(identity.token_file.as_ref(), files::OWN).map_err(|error| {
        Trouble::new(
            Cause::Misconfigured,
            format!(
                "the token in {} cannot be read: {error}",
                paths::display(Path::new(&identity.token_file))
            ),
            "web_identity_token_file needs an absolute path: nothing expands ~ there",
        )
    })?;
    let config = account.bare_config().await;
    let answer = account
        .sts_in(&config, account.region())
        .assume_role_with_web_identity()
        .role_arn(&identity.role)
        .role_session_name(session_name(identity.session_name.as_deref()))
        .web_identity_token(token)
        .send()
        .await
        .map_err(|error| Trouble::of_call(&error, &Call::new(account, action)))?;
    of_sts(answer.credentials(), action)
}

/// What `aws login` has left: good for 15 minutes, and renewed for up to 12 hours.
async fn login(account: &Account, aws_profile: &str, login_session: &str) -> Result<Credentials, Trouble> {
    let path = login_cache(account, login_session);
    let again = |message: String| {
        let fix = format!("log in: claude-bedrock login {}", account.profile.name);
        Trouble::new(Cause::Expired, message, fix)
    };
    let absent = || {
        again(format!(
            "you are not logged in to the console session of the AWS profile `{aws_profile}`"
        ))
    };
    let kept = left_by_login(&path).ok_or_else(absent)?;
    if is_good(&kept) {
        return Ok(kept);
    }
    let renewed = renew_login(aws_profile).await;
    match left_by_login(&path).filter(is_good) {
        Some(kept) => Ok(kept),
        None => Err(again(format!(
            "the console session of the AWS profile `{aws_profile}` could not be renewed{}",
            renewed.map(|why| format!(": {why}")).unwrap_or_default()
        ))),
    }
}

/// What any bytes are as the answer of a process, and as the file of a login.
#[cfg(any(test, fuzzing))]
pub(super) fn of_any_bytes(bytes: &[u8]) -> [Option<Credentials>; 2] {
    [of_process(bytes).ok(), of_login(bytes)]
}

fn is_good(kept: &Credentials) -> bool {
    kept.expiry().is_some_and(|at| at > SystemTime::now())
}

fn login_cache(account: &Account, login_session: &str) -> PathBuf {
    let directory = match account.variable("AWS_LOGIN_CACHE_DIRECTORY") {
        Some(directory) => Some(directory.into()),
        None => paths::home().map(|home| home.join(".aws/login/cache")),
    };
    let name = HEXLOWER.encode(&Sha256::digest(login_session.trim().as_bytes()));
    directory.unwrap_or_default().join(name + ".json")
}

fn left_by_login(path: &Path) -> Option<Credentials> {
    of_login(&files::read(path, files::OWN).ok()?)
}

/// What a file of `aws login` holds.
fn of_login(bytes: &[u8]) -> Option<Credentials> {
    let kept: Value = serde_json::from_slice(bytes).ok()?;
    let token = kept.get("accessToken")?;
    let get = |key: &str| token.get(key)?.as_str().map(str::to_owned);
    let expires = time::moment(&get("expiresAt")?);
    let (id, secret) = (get("accessKeyId")?, get("secretAccessKey")?);
    Some(Credentials::new(id, secret, get("sessionToken"), expires, OURS))
}

/// Has the AWS CLI, which every user of `aws login` has, renew the session and write it back: the request is signed
/// by a key of the session's own (`DPoP`), and the CLI does that well. Its answer is not used, but what it has left in
/// the session's file. `Some`: why it was not done.
async fn renew_login(aws_profile: &str) -> Option<&'static str> {
    let Some(program) = programs::on_path("aws") else {
        return Some("the AWS CLI, which does that, was not found");
    };
    let mut aws = Command::new(program);
    aws.args(["configure", "export-credentials", "--profile", aws_profile]);
    aws.stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    match tokio::time::timeout(RENEWAL, aws.status()).await {
        Ok(Ok(status)) if status.success() => None,
        Ok(Ok(_)) => Some("the AWS CLI refuses: the session has ended, or the AWS CLI is older than 2.32"),
        Ok(Err(_)) => Some("the AWS CLI cannot be started"),
        Err(_) => Some("the AWS CLI did not answer in time"),
    }
}

/// The credentials of the role that Identity Center gives for a session.
async fn role_of_session(account: &Account, aws_profile: &str, sso: &Sso) -> Result<Credentials, Trouble> {
    let token = access_token(account, aws_profile, sso).await?;
    role_credentials(account, &token, sso).await
}

/// The credentials of a role that a session's token is good for.
pub(super) async fn role_credentials(account: &Account, token: &str, sso: &Sso) -> Result<Credentials, Trouble> {
    let action = "sso:GetRoleCredentials";
    let answer = account
        .sso_in(&sso.region)
        .await
        .get_role_credentials()
        .access_token(token)
        .account_id(&sso.account)
        .role_name(&sso.role)
        .send()
        .await
        .map_err(|error| Trouble::of_call(&error, &Call::new(account, action)))?;
    let given = answer.role_credentials();
    let (Some(id), Some(secret), Some(token)) = (
        given.and_then(|given| given.access_key_id()),
        given.and_then(|given| given.secret_access_key()),
        given.and_then(|given| given.session_token()),
    ) else {
        return Err(Trouble::unreadable(&Call::new(account, action)));
    };
    let milliseconds = given
        .and_then(|given| u64::try_from(given.expiration()).ok())
        .filter(|time| *time > 0);
    let expires = milliseconds.map(|time| UNIX_EPOCH + Duration::from_millis(time));
    Ok(Credentials::new(id, secret, Some(token.to_owned()), expires, OURS))
}

/// The token of a session, renewed where that is due and possible.
pub(super) async fn access_token(account: &Account, aws_profile: &str, sso: &Sso) -> Result<String, Trouble> {
    let kept = session::kept(sso).map_err(|missing| no_token(account, aws_profile, &missing))?;
    let now = SystemTime::now();
    let left = |kept: &Kept| kept.expires().and_then(|end| end.duration_since(now).ok());
    let own = kept.text("accessToken").unwrap_or_default().to_owned();
    let is_good = left(&kept).is_some();
    if sso.session.is_some() && left(&kept).is_none_or(|left| left <= session::EARLY) && kept.is_renewable_at(now) {
        match renew(account, sso, &kept).await {
            Ok(token) => return Ok(token),
            // It is good for a while yet.
            Err(_) if is_good => return Ok(own),
            Err(trouble) => {
                // Another program may have renewed it meanwhile, by the same refresh token.
                if let Ok(other) = session::kept(sso)
                    && other.fields != kept.fields
                    && left(&other).is_some()
                    && let Some(token) = other.text("accessToken")
                {
                    return Ok(token.to_owned());
                }
                if trouble.cause == Cause::Expired {
                    session::remember_refusal(&kept);
                }
                return Err(trouble);
            }
        }
    }
    if is_good {
        return Ok(own);
    }
    let at = kept.expires().unwrap_or(now);
    Err(Trouble::new(
        Cause::SessionOver,
        format!(
            "the session of the AWS profile `{aws_profile}` expired {}",
            time::ago(at)
        ),
        format!("log in again: claude-bedrock login {}", account.profile.name),
    ))
}

fn no_token(account: &Account, aws_profile: &str, missing: &Missing) -> Trouble {
    let profile = &account.profile.name;
    match missing {
        Missing::Absent => Trouble::new(
            Cause::SessionOver,
            format!("you are not logged in to the session of the AWS profile `{aws_profile}`"),
            format!("log in: claude-bedrock login {profile}"),
        ),
        Missing::Unreadable(path) => Trouble::new(
            Cause::SessionOver,
            format!(
                "the token of the AWS profile `{aws_profile}` cannot be read ({})",
                paths::display(path)
            ),
            format!("log in again: claude-bedrock login {profile}"),
        ),
    }
}

/// Renews a token by its refresh token, and leaves the new one for the other tools.
async fn renew(account: &Account, sso: &Sso, kept: &Kept) -> Result<String, Trouble> {
    let field = |name: &str| kept.text(name).map(str::to_owned);
    let answer = account
        .oidc_in(&sso.region)
        .await
        .create_token()
        .set_client_id(field("clientId"))
        .set_client_secret(field("clientSecret"))
        .set_refresh_token(field("refreshToken"))
        .grant_type("refresh_token")
        .send()
        .await
        .map_err(|error| Trouble::of_call(&error, &Call::new(account, "sso-oidc:CreateToken")))?;
    let Some(token) = answer.access_token() else {
        return Err(Trouble::unreadable(&Call::new(account, "sso-oidc:CreateToken")));
    };
    let length = Duration::from_secs(u64::try_from(answer.expires_in()).unwrap_or_default());
    let mut fields = kept.fields.clone();
    fields.insert("accessToken".to_owned(), token.into());
    if let Some(end) = time::written(SystemTime::now() + length) {
        fields.insert("expiresAt".to_owned(), end.into());
    }
    // An answer without one leaves the old one good.
    if let Some(refresh) = answer.refresh_token() {
        fields.insert("refreshToken".to_owned(), refresh.into());
    }
    if let Err(error) = leave(&kept.path, &fields) {
        session::go_on_with(kept, fields);
        let finding = Diagnostic::error(format!(
            "cannot save the renewed session: cannot write {}: {error}",
            paths::display(&kept.path)
        ));
        console::report(
            &finding
                .warning()
                .help("other tools will renew it again, or ask for a login"),
        );
    }
    Ok(token.to_owned())
}

/// Writes the token's file: whole, where a file can be put beside it; else in place, as the client does.
fn leave(path: &Path, content: &Map<String, Value>) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let bytes = serde_json::to_vec_pretty(content)?;
    let replaced = path.parent().ok_or(io::ErrorKind::NotFound.into()).and_then(|parent| {
        let mut file = tempfile::Builder::new().prefix(".token").tempfile_in(parent)?;
        file.write_all(&bytes)?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|error| error.error)?;
        Ok(())
    });
    replaced.or_else(|_: io::Error| files::write_public(&path, &bytes))
}
