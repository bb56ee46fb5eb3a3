//! What can be checked on this machine: configuration, trust, the hook, AWS's files, Claude Code's settings.

use std::path::Path;
use std::time::SystemTime;

use crate::aws::cache::{Cache, Found};
use crate::aws::listing::{self, Kept};
use crate::aws::session::Token;
use crate::aws::{Account, expiry, session as sso};
use crate::aws_files::{Base, Decision, Sso};
use crate::catalog::lifecycle;
use crate::changed;
use crate::claude::shadow;
use crate::doctor::{Line, network, token};
use crate::environment::{Method, own};
use crate::lint::{self, Machine};
use crate::load::{Active, Load, summary};
use crate::session::Session;
use crate::shell::Shell;
use crate::system::paths::{self, HookPlace};
use crate::system::text::{quoted, visible};
use crate::system::time::{ago, spoken};
use crate::system::variables::value_in;
use crate::system::{files, private};
use crate::trust::Verdict;
use crate::watch;

type Tell<'a> = dyn FnMut(Line) + 'a;

/// The program's own state, whatever the profile.
pub(super) fn machine(session: &Session, load: &Load, tell: &mut Tell<'_>) {
    for finding in &load.findings {
        tell(Line::of_finding("CD01", finding));
    }
    match &load.active {
        Some(active) => tell(Line::good("CD01", format!("profile {}", summary(active)))),
        None if load.findings.is_empty() => tell(Line::broken(
            "CD01",
            "no profile is active here",
            "name one: claude-bedrock doctor NAME; see what there is: claude-bedrock list",
        )),
        None => {}
    }
    let allowed = load
        .projects
        .iter()
        .filter(|project| project.verdict.as_ref().is_some_and(Verdict::is_allowed));
    for project in allowed {
        tell(Line::good(
            "CD02",
            format!("{} is allowed", paths::display(&project.path)),
        ));
    }
    tell(hook());
    for line in aliases() {
        tell(line);
    }
    if watch::precision_probes().is_some() {
        tell(Line::good("CD04", "changed files are noticed to the nanosecond"));
    } else {
        tell(Line::doubtful(
            "CD04",
            "the state directory cannot be written or keeps no exact times, so every prompt starts the program",
            "move it to a local disk: export XDG_STATE_HOME=…",
        ));
    }
    shell(session, load, tell);
    for finding in shadow::findings(session.directory.as_deref(), load.active.as_ref()) {
        tell(Line::of_finding("CD05", &finding));
    }
}

/// The shell's variables compared with the profile's, and what came from elsewhere.
fn shell(session: &Session, load: &Load, tell: &mut Tell<'_>) {
    if let Some(active) = &load.active {
        let changed = changed::in_shell(session, active);
        if changed.is_empty() {
            if session.state.profile.as_ref() == Some(&active.profile.name) {
                tell(Line::good("CD07", "this shell holds what the profile says"));
            }
        } else {
            let again = format!(
                "what the profile says: {}",
                changed::again(session, &active.profile.name)
            );
            tell(Line::broken("CD07", changed::words(session, active, &changed), again));
        }
        for words in changed::overruled(session, active) {
            tell(Line::good("CD07", words));
        }
    }
    if session.state.profile.is_none()
        && let Some(strays) = changed::strays(session)
    {
        tell(Line::doubtful("CD07", strays.finding(), strays.fix()));
    }
    if remembers_aws_profile(session) {
        tell(Line::doubtful(
            "CD07",
            "oh-my-zsh's `aws` plug-in writes AWS_PROFILE into its state file for every new shell, a project's profile too (AWS_PROFILE_STATE_ENABLED)",
            "remove AWS_PROFILE_STATE_ENABLED from ~/.zshrc; a profile for all shells: default_profile in config.toml",
        ));
    }
}

/// Whether oh-my-zsh's plug-in `aws` is told to hand the AWS profile to new shells: by a variable that need not be
/// exported (`plugins/aws/aws.plugin.zsh`, 2026).
fn remembers_aws_profile(session: &Session) -> bool {
    const SWITCH: &str = "AWS_PROFILE_STATE_ENABLED";
    if value_in(&session.snapshot, SWITCH).is_some_and(|value| value == "true") {
        return true;
    }
    let path = paths::zsh_directory()
        .or_else(paths::home)
        .map(|directory| directory.join(".zshrc"));
    let text = path
        .and_then(|path| files::read_text(&path, files::OWN).ok())
        .unwrap_or_default();
    // Behind `export`, `typeset -g` or another assignment as well.
    let sets = |line: &str| {
        let words = line.split_once('#').map_or(line, |(before, _)| before);
        let mut words = words.split([' ', '\t', ';']);
        words.any(|word| word.replace(['"', '\''], "").strip_prefix(SWITCH) == Some("=true"))
    };
    text.lines().any(sets)
}

/// That an alias leads past what `--wrap` has made of its name, or what `--wrap` has made past an alias.
fn aliases() -> Vec<Line> {
    let (before, after): (Vec<_>, Vec<_>) = paths::aliased_commands()
        .into_iter()
        .partition(|name| !name.starts_with('='));
    let mut lines = Vec::new();
    if !before.is_empty() {
        let names = before.join(" ");
        let found = format!("an alias in this shell takes precedence over --wrap, which does nothing then: {names}");
        let fix = "remove it from your rc file, and start a new shell";
        lines.push(Line::doubtful("CD03", found, fix));
    }
    if !after.is_empty() {
        let names = after.join(" ").replace('=', "");
        let found =
            format!("--wrap comes after an alias or function of the same name, which does nothing then: {names}");
        let fix = "give it another name in your rc file, and start a new shell";
        lines.push(Line::doubtful("CD03", found, fix));
    }
    lines
}

/// Whether the hook is loaded in this shell, and stands where it put itself: before everything else, because a
/// prompt or a command that runs first would see the environment of the directory that was left.
fn hook() -> Line {
    let login = Shell::login();
    let rc = login.map_or("your shell's rc file", |shell| shell.advised_file());
    let move_it = format!("move the hook's line to the end of {rc}, after what sets the prompt; then open a new shell");
    match paths::hook_place() {
        Some(HookPlace::First) => Line::good("CD03", "the hook is loaded in this shell, and called at each prompt"),
        Some(HookPlace::Behind) => Line::doubtful(
            "CD03",
            "something else runs at the prompt before the hook (another prompt function, other commands in PROMPT_COMMAND), in the environment of the previous directory",
            move_it,
        ),
        Some(HookPlace::Absent) => Line::doubtful(
            "CD03",
            "the hook is loaded, but something has replaced what this shell runs at each prompt, and may not call it",
            move_it,
        ),
        Some(HookPlace::Blind) => Line::doubtful(
            "CD03",
            "this shell cannot compare the times of files, so the hook starts a process at each prompt",
            "update fish to 3.6 or later; if it is, its files lie where times are whole seconds".to_owned(),
        ),
        None if paths::hook_has_run() => Line::good("CD03", "the hook is loaded in this shell"),
        None => {
            let fix = match login {
                Some(shell) => format!("add to the end of {rc}: {}", shell.load_line("claude-bedrock", false)),
                None => "add its line to your shell's rc file: claude-bedrock hook --help".to_owned(),
            };
            Line::doubtful("CD03", "the hook is not loaded in this shell", fix)
        }
    }
}

/// The profile by itself.
pub(super) fn profile(session: &Session, active: &Active, tell: &mut Tell<'_>) {
    let mut findings = lint::findings(&active.profile, &Machine::of(&session.restored()));
    // Reported with the account, which knows how grave they are; except for variables, which are removed before the
    // account is opened.
    let is_of_account = |code: &str| lint::is_of_aws_files(code) && code != "CB039";
    findings.retain(|finding| !finding.code.is_some_and(is_of_account));
    for finding in &findings {
        tell(Line::of_finding("CD06", finding));
    }
    if findings.is_empty() {
        tell(Line::good("CD06", "lint has nothing to say about the profile"));
    }
}

/// How old what this program knows of models and regions is.
pub(super) fn catalog(tell: &mut Tell<'_>) {
    let finding = format!("the catalog of models and regions is from {}", lifecycle::DATE);
    tell(if lifecycle::is_old(SystemTime::now()) {
        let finding = format!("{finding}, more than half a year old: newer models count as unknown");
        Line::doubtful(
            "CD15",
            finding,
            "update claude-bedrock; claude-bedrock models --update asks the account itself",
        )
    } else {
        Line::good("CD15", finding)
    });
}

/// Where the credentials come from, and how they are reached.
pub(super) fn account(account: &Account, tell: &mut Tell<'_>) {
    let name = &account.profile.name;
    match account.method() {
        Method::AwsProfile => {
            for found in account.differences() {
                let line = if found.is_fatal { Line::broken } else { Line::doubtful };
                tell(line(found.code, found.message, found.help));
            }
            if let Ok(decision) = account.decision() {
                aws(account, &decision, tell);
            }
        }
        Method::ApiKey => match account.variable("AWS_BEARER_TOKEN_BEDROCK").and_then(token::expiry) {
            Some(at) => match at.duration_since(std::time::SystemTime::now()) {
                Ok(left) => tell(Line::good("CD12", format!("the API key expires in {}", spoken(left)))),
                Err(_) => tell(Line::broken(
                    "CD12",
                    format!("the API key expired {}", ago(at)),
                    format!("make a new one in the Bedrock console; claude-bedrock show {name} says where it belongs"),
                )),
            },
            None => tell(Line::good("CD12", "the API key does not say when it expires")),
        },
        Method::Gateway | Method::AccessKeys | Method::Ambient => {}
    }
    network::check(account, tell);
}

/// What is kept so that not every call goes to AWS: credentials, and the list of models.
pub(super) fn kept(session: &Session, active: &Active, tell: &mut Tell<'_>) {
    let name = &active.profile.name;
    let credentials = Cache::of(session, active);
    let models = own::record(&active.profile);
    let mut well = true;
    let mut doubt = |finding: String, fix: String| {
        well = false;
        tell(Line::doubtful("CD14", finding, fix));
    };
    if credentials
        .as_ref()
        .is_some_and(|cache| matches!(cache.read(), Found::Damaged))
    {
        let finding = format!("the kept credentials of `{name}` are damaged");
        doubt(finding, "nothing to do: the next call fetches new ones".to_owned());
    }
    if models
        .as_deref()
        .is_some_and(|path| listing::read(path) == Kept::Damaged)
    {
        let finding = format!("the kept list of the models of `{name}` is damaged");
        doubt(
            finding,
            format!("fetch it again: claude-bedrock models {name} --refresh"),
        );
    }
    let directories = [
        credentials.as_ref().map(Cache::directory),
        models.as_deref().and_then(Path::parent),
    ];
    if directories == [None, None] {
        doubt(
            "nothing can be kept: there is no directory of your own".to_owned(),
            "set HOME".to_owned(),
        );
    }
    for directory in directories.into_iter().flatten() {
        if let Err(error) = private::check(directory) {
            doubt(
                format!("nothing can be kept in {}: {error}", paths::display(directory)),
                format!(
                    "AWS is asked each time until you can write there: ls -ld {}",
                    quoted(directory)
                ),
            );
        }
    }
    if well {
        tell(Line::good("CD14", "credentials and lists of models can be kept"));
    }
}

fn aws(account: &Account, decision: &Decision, tell: &mut Tell<'_>) {
    let log_in = format!("log in: claude-bedrock login {}", account.profile.name);
    let aws_profile = &decision.profile;
    for role in decision.roles.iter().rev() {
        tell(Line::good(
            "CD10",
            format!(
                "the AWS profile `{}` assumes the role {}",
                role.profile,
                visible(&role.arn)
            ),
        ));
    }
    if let Base::Keys(keys) = &decision.base
        && let Some(end) = expiry::of_keys(keys)
    {
        tell(keys_until(aws_profile, end));
    }
    let Base::Sso(session) = &decision.base else {
        if decision.roles.is_empty() {
            tell(Line::good("CD10", format!("the AWS profile `{aws_profile}` is there")));
        }
        return;
    };
    tell(Line::good(
        "CD10",
        format!("the AWS profile `{aws_profile}` uses IAM Identity Center"),
    ));
    for path in sso::torn() {
        let finding = format!(
            "{} is empty or truncated: `aws sso login` fails on it and prints only a hash",
            paths::display(&path)
        );
        tell(Line::doubtful(
            "CD11",
            finding,
            format!("remove it: rm {}", quoted(&path)),
        ));
    }
    tell(token_of(aws_profile, session, log_in));
}

/// Until when keys of `~/.aws/credentials` are good, which a tool has written there with their end.
fn keys_until(aws_profile: &str, end: SystemTime) -> Line {
    let renew = "renew them with the tool that wrote them into ~/.aws/credentials: nothing else does";
    match end.duration_since(SystemTime::now()) {
        Ok(left) => Line::doubtful(
            "CD11",
            format!("the keys of the AWS profile `{aws_profile}` expire in {}", spoken(left)),
            renew,
        ),
        Err(_) => Line::broken(
            "CD11",
            format!("the keys of the AWS profile `{aws_profile}` expired {}", ago(end)),
            renew,
        ),
    }
}

/// Whether the session of IAM Identity Center is good, and until when.
fn token_of(aws_profile: &str, session: &Sso, log_in: String) -> Line {
    match sso::token(session) {
        token @ Token::Valid { .. } => Line::good(
            "CD11",
            format!("the session of `{aws_profile}` is good {}", token.words()),
        ),
        token @ Token::Renewable { .. } => Line::doubtful(
            "CD11",
            format!("the session of the AWS profile `{aws_profile}` is {}", token.words()),
            log_in,
        ),
        Token::Expired { at, refused } => {
            let refused = if refused {
                ", and AWS has refused to renew it"
            } else {
                ""
            };
            let finding = format!(
                "the session of the AWS profile `{aws_profile}` expired {}{refused}",
                ago(at)
            );
            Line::broken("CD11", finding, log_in)
        }
        Token::Absent => Line::broken(
            "CD11",
            format!("you are not logged in to the session of the AWS profile `{aws_profile}`"),
            log_in,
        ),
        Token::Unreadable(path) => Line::broken(
            "CD11",
            format!(
                "the token of the AWS profile `{aws_profile}` cannot be read ({})",
                paths::display(&path)
            ),
            log_in,
        ),
    }
}
