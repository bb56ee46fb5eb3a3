//! The calls: in parallel on one thread, each with its own time limit, each reported when it ends.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::process::Command;

use crate::aws::bedrock::{Answer, InferenceProfile, Model};
use crate::aws::error::TOLERATED_SKEW;
use crate::aws::{Account, Cause, Trouble};
use crate::aws_files::MachineRole;
use crate::catalog::geography;
use crate::catalog::model::{self, Form, Knowledge, Resource, knowledge};
use crate::doctor::{Line, Options, is_called};
use crate::environment::{Endpoint, Method, Used, is_isolated, used};
use crate::load::Active;
use crate::system::programs;
use crate::system::text::nearest;
use crate::system::time::spoken;

/// How long one check may take.
const LIMIT: Duration = Duration::from_secs(8);

/// How long Claude Code may take to report its version.
const VERSION_LIMIT: Duration = Duration::from_secs(4);

/// The first Claude Code that takes a missing region for us-east-1 instead of failing.
const OLDEST: (u32, u32, u32) = (2, 1, 172);

type Check<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Makes the calls.
pub(super) async fn run(account: &Account, active: &Active, options: &Options, tell: &mut dyn FnMut(Line)) {
    let tell = RefCell::new(tell);
    let tell = &|line: Line| (tell.borrow_mut())(line);
    let places = places(account, active);
    let mut checks: Vec<Check<'_>> = vec![Box::pin(async move { tell(version().await) })];
    if is_called(active, options) {
        checks.push(Box::pin(limited(account, "CD20", tell, identity(account, tell))));
        if is_left_to_the_machine(account) {
            checks.push(Box::pin(instance(account, tell)));
        }
        if Endpoint::of(&active.profile).has_bedrock() {
            for place in &places {
                checks.push(Box::pin(limited(account, "CD22", tell, region(place, tell))));
                checks.push(Box::pin(limited(account, "CD23", tell, known(place, tell))));
                if options.invoke {
                    for model in &place.models {
                        checks.push(Box::pin(limited(account, "CD25", tell, invoke(place, model, tell))));
                    }
                }
            }
        }
        if active.profile.settings.text("guardrail.id").is_some() {
            checks.push(Box::pin(limited(account, "CD24", tell, guardrail(account, tell))));
        }
    }
    futures_util::future::join_all(checks).await;
    if account.clock_skew().is_some() {
        tell(if let Some(skew) = off_by(account) {
            let off = spoken(Duration::from_secs(skew.unsigned_abs()));
            let direction = if skew > 0 { "behind" } else { "ahead" };
            Line::broken(
                "CD26",
                format!("this machine's clock is {off} {direction}, and AWS refuses signatures off by more than 5 min"),
                "set it: timedatectl set-ntp true (in WSL: sudo hwclock -s)",
            )
        } else {
            Line::good("CD26", "this machine's clock is right")
        });
    }
}

/// By how many seconds this machine's clock is behind, if that is more than AWS accepts.
fn off_by(account: &Account) -> Option<i64> {
    account.clock_skew().filter(|skew| skew.abs() > TOLERATED_SKEW)
}

/// A region, and the models that are called there.
struct Place {
    account: Account,
    models: Vec<Used>,
    /// The key that names it.
    key: &'static str,
    /// How findings about its models end: nothing for the region of the profile.
    suffix: String,
}

/// The region of the profile, and that of the background model where it has one of its own.
fn places(account: &Account, active: &Active) -> Vec<Place> {
    let mut places = vec![Place {
        account: account.in_region(account.region()),
        models: Vec::new(),
        key: "region",
        suffix: String::new(),
    }];
    for used in used::models(&active.profile, &active.environment) {
        let region = used.region.as_deref().unwrap_or_else(|| account.region());
        match places.iter_mut().find(|place| place.account.region() == region) {
            Some(place) => place.models.push(used),
            None => places.push(Place {
                account: account.in_region(region),
                key: "small_fast_region",
                suffix: format!(" in {region}"),
                models: vec![used],
            }),
        }
    }
    places
}

/// A check within its time limit. Its failure is reported under its code.
async fn limited(
    account: &Account,
    code: &'static str,
    tell: &dyn Fn(Line),
    check: impl Future<Output = Result<(), Trouble>>,
) {
    match tokio::time::timeout(LIMIT, check).await {
        Ok(Ok(())) => {}
        // Reported once for all checks.
        Ok(Err(trouble)) if trouble.cause == Cause::ClockSkew && off_by(account).is_some() => {}
        Ok(Err(trouble)) => tell(Line::of_trouble(code, &trouble)),
        Err(_) => tell(Line::broken(
            code,
            format!("no answer from AWS within {} s", LIMIT.as_secs()),
            "check the connection, the VPN and HTTPS_PROXY; then try again",
        )),
    }
}

/// Whether Claude Code would ask the EC2 instance for its role: the AWS profile gives nothing, and nothing forbids it.
fn is_left_to_the_machine(account: &Account) -> bool {
    account.method() == Method::AwsProfile
        && is_isolated(&account.profile)
        && account.decision().is_err_and(|flaw| !flaw.stops())
        && account.machine_role() == Some(MachineRole::Instance)
}

/// The role of this EC2 instance, which would pay by accident. Elsewhere nothing answers, and nothing is reported.
async fn instance(account: &Account, tell: &dyn Fn(Line)) {
    const LIMIT: Duration = Duration::from_secs(2);
    if let Ok(Ok(identity)) = tokio::time::timeout(LIMIT, account.instance()).await {
        let finding = format!(
            "the AWS profile of `{}` gives no credentials: this EC2 instance's {} would pay, in the account {}",
            account.profile.name,
            identity.who(),
            identity.account
        );
        let fix = "fix the AWS profile; or, if that role is what you want: auth = { method = \"ambient\" }";
        tell(Line::broken("CB038", finding, fix));
    }
}

async fn identity(account: &Account, tell: &dyn Fn(Line)) -> Result<(), Trouble> {
    if account.method() == Method::ApiKey {
        return Ok(());
    }
    match account.identity().await {
        Ok(identity) => {
            tell(Line::good(
                "CD20",
                format!(
                    "the credentials work: {} in the account {}",
                    identity.who(),
                    identity.account
                ),
            ));
            if account.profile.settings.text("account").is_some() {
                tell(Line::good("CD21", "it is the account that the profile pins"));
            }
            Ok(())
        }
        Err(trouble) if trouble.cause == Cause::WrongAccount => {
            tell(Line::of_trouble("CD21", &trouble));
            Ok(())
        }
        // Said already, from the token's file.
        Err(trouble) if trouble.cause == Cause::SessionOver => Ok(()),
        Err(trouble) => Err(trouble),
    }
}

async fn region(place: &Place, tell: &dyn Fn(Line)) -> Result<(), Trouble> {
    let region = place.account.region();
    match place.account.models().await {
        Ok(models) if models.iter().any(|model| model.provider == "Anthropic") => {
            tell(Line::good(
                "CD22",
                format!("{region} offers Bedrock with Anthropic's models"),
            ));
            Ok(())
        }
        Ok(_) => {
            tell(Line::broken(
                "CD22",
                format!("Bedrock in {region} offers no Anthropic models"),
                "choose another region: claude-bedrock show says where it is set",
            ));
            Ok(())
        }
        Err(trouble) if trouble.cause == Cause::AccessDenied => {
            let fix = "Claude Code works without it; doctor and models show more with it";
            tell(Line::doubtful("CD22", trouble.message, fix));
            Ok(())
        }
        Err(trouble) if trouble.cause == Cause::UnknownHost && !geography::is_known(region) => {
            let key = place.key;
            let near = nearest(region, geography::regions());
            let fix = near.map_or_else(
                || format!("correct `{key}` in the profile"),
                |near| format!("did you mean: {key} = \"{near}\""),
            );
            tell(Line::broken("CD22", format!("there is no Bedrock in {region}"), fix));
            Ok(())
        }
        Err(trouble) => Err(trouble),
    }
}

async fn known(place: &Place, tell: &dyn Fn(Line)) -> Result<(), Trouble> {
    let account = &place.account;
    let profiles = match Box::pin(account.inference_profiles()).await {
        Ok(profiles) => profiles,
        Err(trouble) if trouble.cause == Cause::AccessDenied => {
            tell(Line::doubtful("CD23", trouble.message, trouble.fix));
            return Ok(());
        }
        Err(trouble) => return Err(trouble),
    };
    // Without permission for the list, a bare ID cannot be judged.
    let models = account.models().await.unwrap_or_default();
    for used in &place.models {
        let roles = used.roles.join(", ");
        let mut line = judged(&used.id, &profiles, &models);
        let is_own = matches!(Form::of(&used.id), Form::Arn(arn) if arn.resource == Resource::ApplicationProfile);
        if is_own && line.fix.is_some() && account.inference_profile(&used.id).await.is_ok() {
            line = Line::good("CD23", format!("{} is there", used.id));
        }
        line.finding = format!("{roles}: {}{}", line.finding, place.suffix);
        tell(line);
    }
    Ok(())
}

/// What the account has for a model's ID.
fn judged(id: &str, profiles: &[InferenceProfile], models: &[Model]) -> Line {
    if let Some(profile) = profiles.iter().find(|profile| profile.id == id || profile.arn == id) {
        return if profile.active {
            Line::good("CD23", format!("{id} is there"))
        } else {
            Line::broken(
                "CD23",
                format!("{id} is there, but not active"),
                "see the Bedrock console",
            )
        };
    }
    let bare = match Form::of(id) {
        Form::Bedrock { id, .. } => id,
        _ => id,
    };
    if bare == id
        && let Some(model) = models.iter().find(|model| model.id == id)
        && model.on_demand
    {
        return Line::good("CD23", format!("{id} is there"));
    }
    let elsewhere = profiles
        .iter()
        .find(|profile| profile.id.ends_with(&format!(".{bare}")));
    let meant = match knowledge(id) {
        Knowledge::Near(name) => profiles.iter().find(|profile| profile.id == name),
        Knowledge::Plausible | Knowledge::Unknown => None,
    };
    let ids = || profiles.iter().map(|profile| profile.id.as_str());
    let right = meant
        .or(elsewhere)
        .map(|profile| profile.id.as_str())
        .or_else(|| match model::family(id) {
            // Any version of the same family, but never another one: haiku costs a fraction of opus.
            Some(family) => ids()
                .filter(|other| model::family(other) == Some(family))
                .min_by_key(|other| strsim::damerau_levenshtein(id, other)),
            None => nearest(id, ids()),
        });
    let fix = right.map_or_else(
        || "see what the account has: claude-bedrock models --refresh".to_owned(),
        |right| format!("the account has: {right}"),
    );
    Line::broken("CD23", format!("the account does not have {id}"), fix)
}

async fn guardrail(account: &Account, tell: &dyn Fn(Line)) -> Result<(), Trouble> {
    let get = |key: &str| account.profile.settings.text(key);
    let (id, version) = (
        get("guardrail.id").unwrap_or_default(),
        get("guardrail.version").unwrap_or("DRAFT"),
    );
    match account.guardrail(id, version).await {
        Ok(found) if found.status == "READY" => {
            tell(Line::good(
                "CD24",
                format!("the guardrail {} is there in version {}", found.name, found.version),
            ));
            Ok(())
        }
        Ok(found) => {
            let finding = format!("the guardrail {} is not ready: {}", found.name, found.status);
            tell(Line::broken(
                "CD24",
                finding,
                "wait, or see the Bedrock console, under Guardrails",
            ));
            Ok(())
        }
        Err(trouble) if trouble.cause == Cause::NotFound => {
            tell(Line::broken(
                "CD24",
                format!(
                    "there is no guardrail {id} with the version {version} in {}",
                    account.region()
                ),
                "see what there is: aws bedrock list-guardrails",
            ));
            Ok(())
        }
        Err(trouble) if trouble.cause == Cause::AccessDenied => {
            let fix = "Claude Code needs only bedrock:ApplyGuardrail; doctor shows more with bedrock:GetGuardrail";
            tell(Line::doubtful("CD24", trouble.message, fix));
            Ok(())
        }
        Err(trouble) => Err(trouble),
    }
}

async fn invoke(place: &Place, model: &Used, tell: &dyn Fn(Line)) -> Result<(), Trouble> {
    let roles = model.roles.join(", ");
    let line = match place.account.invoke(&model.id).await {
        Ok(Answer::Model) => Line::good("CD25", format!("{roles}: {} answers{}", model.id, place.suffix)),
        Ok(Answer::GuardrailIntervened) => Line::broken(
            "CD25",
            format!("{roles}: the guardrail stopped a request that says `Hi`"),
            "loosen it, or try its DRAFT version; it may block Claude Code's own prompt as well",
        ),
        Err(trouble) => Line::broken(
            "CD25",
            format!("{roles}: {} fails{}: {}", model.id, place.suffix, trouble.in_full()),
            trouble.fix,
        ),
    };
    tell(line);
    Ok(())
}

/// Claude Code's version.
async fn version() -> Line {
    // Not by the name alone: a script whose interpreter is missing cannot be found either.
    let Some(program) = programs::on_path("claude") else {
        let fix = "install it: npm install -g @anthropic-ai/claude-code";
        return Line::doubtful("CD40", "Claude Code is not on PATH", fix);
    };
    let asked = Command::new(program).arg("--version").kill_on_drop(true).output();
    let output = match tokio::time::timeout(VERSION_LIMIT, asked).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => {
            let finding = format!("Claude Code is on PATH, but cannot be started: {error}");
            return Line::doubtful("CD40", finding, "see: claude --version");
        }
        Err(_) => {
            let limit = VERSION_LIMIT.as_secs();
            let finding = format!("Claude Code did not report its version within {limit} s");
            return Line::doubtful("CD40", finding, "find out what it waits for: claude --version");
        }
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let word = text.split_whitespace().next().unwrap_or_default();
    let mut numbers = word.split('.').map(str::parse::<u32>);
    let mut next = || numbers.next().and_then(Result::ok);
    match (next(), next(), next()) {
        (Some(major), Some(minor), Some(patch)) if (major, minor, patch) >= OLDEST => {
            Line::good("CD40", format!("Claude Code {major}.{minor}.{patch}"))
        }
        (Some(major), Some(minor), Some(patch)) => Line::doubtful(
            "CD40",
            format!("Claude Code {major}.{minor}.{patch} is older than what this program knows"),
            "update it: claude update",
        ),
        _ => Line::doubtful(
            "CD40",
            "Claude Code does not report its version",
            "see: claude --version",
        ),
    }
}
