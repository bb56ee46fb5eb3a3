//! What a project file does, derived from its own text before it is allowed: every key with its value, and its effect
//! on the profile that it names. Nothing is left out because it looks harmless; what runs code or moves traffic only
//! comes first and is marked.

use std::path::PathBuf;

use crate::claude::shadow;
use crate::diagnostic::{Diagnostic, Result};
use crate::environment::{self, Environment, Wanted};
use crate::load;
use crate::profile::Profile;
use crate::profile::keys::{ENV, HEADERS};
use crate::profile::layers::Project;
use crate::profile::value::{Secret, Settings, Value};
use crate::system::redact::{redacted, without_user};
use crate::system::text::visible;
use crate::variables::{MACHINE, check_free_name};

/// What a project file does.
pub struct Effects {
    /// One line each, safe to show, the gravest first.
    pub lines: Vec<String>,
    /// The same at a glance: whatever runs code, moves traffic or takes a secret, in full and marked in capitals; what is
    /// asked for; how much else changes.
    pub summary: Vec<String>,
    /// Whether it does more than name a profile and choose models, so that the user must be asked.
    pub asks: bool,
}

/// How grave an effect is, in the order in which they are shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Grade {
    /// It starts a program, or changes what programs run.
    Code,
    /// It changes where requests go, or who can read them.
    Traffic,
    /// It reads one of the user's secrets.
    Secret,
    /// Anything else.
    Plain,
}

impl Effects {
    /// The effects of `project`; `files` are those that its commands read. Errors: they cannot be determined, because
    /// there is no such profile, or it is invalid.
    pub fn of(project: &Project, files: &[PathBuf]) -> Result<Self> {
        let mut graded = Vec::new();
        let mut plain = Vec::new();
        let named = project
            .profile
            .as_ref()
            .and_then(|(named, place)| Some((named.name()?, place)));
        let profile = named.map(|(name, place)| {
            profile_named(name, project).map_err(|finding| Diagnostic {
                place: finding.place.clone().or_else(|| Some(place.clone())),
                ..*finding
            })
        });
        match profile.transpose()? {
            Some(profile) => {
                plain.push(format!(
                    "profile  {} ({}, {})",
                    profile.name,
                    profile.settings.text("region").unwrap_or("no region"),
                    environment::hint(&profile)
                ));
                let environment = Environment::of(&profile)?;
                of_environment(&environment, &project.settings, &mut graded, &mut plain);
                // What an isolated profile fetches for Claude Code alone.
                for (name, secret) in Environment::with_credentials(&profile)?.secrets() {
                    graded.push(of_secret(name, secret));
                }
                plain.extend(own(&project.settings, true, &mut graded));
                plain.extend(unset(&environment));
            }
            None => {
                plain.push(if project.profile.is_some() {
                    "profile  none from here down, not even the default one".to_owned()
                } else {
                    "profile  whichever is active".to_owned()
                });
                plain.extend(own(&project.settings, false, &mut graded));
            }
        }
        if project.root {
            plain.push("root     files above it do not count".to_owned());
        }
        graded.sort_by_key(|(grade, _)| *grade);
        let mut seen = std::collections::BTreeSet::new();
        graded.retain(|(_, line)| seen.insert(line.clone()));
        let read: Vec<String> = files.iter().map(|path| crate::system::paths::display(path)).collect();
        let summary = summary(&graded, &read, &plain, &variables_of(&project.settings));
        let read = read
            .iter()
            .map(|shown| format!("reads    {shown}; when it changes, you are asked again"));
        let grave: Vec<String> = graded.into_iter().map(|(_, line)| line).chain(read).collect();
        let lines = grave.iter().chain(&plain);
        Ok(Self {
            lines: lines.map(|line| visible(line)).collect(),
            summary: summary.iter().map(|line| visible(line)).collect(),
            asks: project.settings.iter().any(|(path, _)| !is_choice_of_model(path)),
        })
    }
}

/// What the lines come to, in a line for each of: what runs code, what moves traffic, what takes a secret, all of it in
/// full; what is asked for; what else changes. `read`: the files that commands read. `own`: the variables of the file
/// itself, each of which is shown with its value, since no list of dangerous ones is complete.
fn summary(graded: &[(Grade, String)], read: &[String], plain: &[String], own: &[&str]) -> Vec<String> {
    const NAMED: usize = 4;
    let mut lines = Vec::new();
    for grade in [Grade::Code, Grade::Traffic, Grade::Secret] {
        let of_grade = graded.iter().filter(|(own, _)| *own == grade);
        let mut parts: Vec<String> = Vec::new();
        let mut last = "";
        for (_, line) in of_grade {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            // The word stands in its column, and again only where another one comes.
            parts.push(match (parts.is_empty(), word == last) {
                (true, _) => format!("{:<9}{}", word.to_uppercase(), rest.trim_start()),
                (false, true) => rest.trim_start().to_owned(),
                (false, false) => format!("{} {}", word.to_uppercase(), rest.trim_start()),
            });
            last = word;
        }
        if parts.is_empty() {
            continue;
        }
        if grade == Grade::Code && !read.is_empty() {
            parts.push(format!("READS {}", read.join(", ")));
        }
        lines.push(parts.join(" | "));
    }
    if lines.is_empty() {
        lines.push("nothing  runs code, moves traffic or takes a secret".to_owned());
    }
    // What stands behind a word, by itself or before its value.
    let named = |word: &str| -> Vec<&str> {
        let rest = plain
            .iter()
            .filter_map(|line| line.strip_prefix(word)?.strip_prefix(' '));
        rest.map(str::trim_start).collect()
    };
    let name_of = |line: &str| line.split(" = ").next().unwrap_or_default().to_owned();
    let asked = plain.first().and_then(|line| line.strip_prefix("profile"));
    lines.extend(asked.map(|asked| format!("asks for the profile: {}", asked.trim_start())));
    let (shown, others): (Vec<&str>, Vec<&str>) = named("sets")
        .into_iter()
        .partition(|line| own.contains(&name_of(line).as_str()));
    let mut changes: Vec<String> = shown.into_iter().map(str::to_owned).collect();
    let refined: Vec<String> = named("refines").into_iter().map(name_of).collect();
    if !refined.is_empty() {
        let more = refined.len().saturating_sub(NAMED);
        let and_more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        changes.push(format!(
            "refines {}{and_more}",
            refined[..refined.len().min(NAMED)].join(", ")
        ));
    }
    let mut variables = match others.len() {
        0 => Vec::new(),
        1 => vec!["sets 1 variable".to_owned()],
        count => vec![format!("sets {count} variables")],
    };
    variables.extend(named("unsets").into_iter().map(|what| {
        // Those that every profile unsets are only counted.
        let many = what.split_once(" other variables").map(|(count, _)| count);
        format!("unsets {}", many.unwrap_or(what))
    }));
    if !variables.is_empty() {
        changes.push(variables.join(", "));
    }
    let changes = if changes.is_empty() {
        "nothing else".to_owned()
    } else {
        changes.join(" | ")
    };
    lines.push(format!("changes  {changes}"));
    lines
}

/// The variables that a file itself sets.
fn variables_of(settings: &Settings) -> Vec<&str> {
    let own = settings
        .iter()
        .filter_map(|(path, _)| path.strip_prefix(ENV)?.strip_prefix('.'));
    own.collect()
}

/// Keys that need no answer: the choice of a model is visible, runs no code and moves no traffic. The models that judge
/// whether an action is safe do need one.
fn is_choice_of_model(path: &str) -> bool {
    (path.starts_with("models.") && !path.ends_with("classifier")) || path == "description"
}

fn profile_named(name: &str, project: &Project) -> Result<Profile> {
    let profiles = load::summaries()?;
    let mut profile = match profiles.get(name) {
        Some(profile) => profile.clone()?,
        None => {
            let finding = Diagnostic::error(format!("there is no profile `{name}`"))
                .did_you_mean(name, profiles.keys().map(String::as_str))
                .help("what the file does is not known until there is one");
            let help = project.origin.help(name);
            return Err(help.into_iter().fold(finding, Diagnostic::help).into());
        }
    };
    profile.settings.refine(&project.settings);
    Ok(profile)
}

/// What the profile's variables do, those of the project file among them.
fn of_environment(
    environment: &Environment,
    theirs: &Settings,
    graded: &mut Vec<(Grade, String)>,
    plain: &mut Vec<String>,
) {
    for (name, setting) in environment.iter() {
        match &setting.wanted {
            Wanted::Text(value) if theirs.get(&format!("{ENV}.{name}")).is_some() => {
                of_variable(name, value, graded, plain);
            }
            Wanted::Text(value) => match grade_of_variable(name) {
                Grade::Code => graded.push((Grade::Code, format!("code     {name} = {}", redacted(value)))),
                Grade::Traffic => graded.push((Grade::Traffic, format!("traffic  {name} = {}", redacted(value)))),
                _ => plain.push(format!("sets     {name} = {}", shadow::shown(name, value))),
            },
            Wanted::Secret(secret) => graded.push(of_secret(name, secret)),
            Wanted::Unset => {}
        }
    }
}

/// A variable that the file itself sets. Its value is no secret of the owner's: it stands in the repository. If it
/// could be hidden, by its name or by words in it that look like a credential, anything could be allowed unseen.
fn of_variable(name: &str, value: &str, graded: &mut Vec<(Grade, String)>, plain: &mut Vec<String>) {
    match grade_of_variable(name) {
        Grade::Code => graded.push((Grade::Code, format!("code     {name} = {value}"))),
        Grade::Traffic => graded.push((Grade::Traffic, format!("traffic  {name} = {}", without_user(value)))),
        _ => plain.push(format!("sets     {name} = {}", redacted(value))),
    }
}

/// What is unset: the variables that the file names, and the number that every profile unsets.
fn unset(environment: &Environment) -> Vec<String> {
    let unset = environment
        .iter()
        .filter(|(_, setting)| setting.wanted == Wanted::Unset)
        .map(|(name, _)| name);
    let (chosen, owned): (Vec<&str>, Vec<&str>) =
        unset.partition(|name| check_free_name(name).is_ok() && !MACHINE.contains(name));
    let mut lines = Vec::new();
    if !chosen.is_empty() {
        lines.push(format!("unsets   {}", chosen.join(", ")));
    }
    if !owned.is_empty() {
        lines.push(format!(
            "unsets   {} other variables of Claude Code and AWS, so that nothing else decides",
            owned.len()
        ));
    }
    lines
}

fn of_secret(name: &str, secret: &Secret) -> (Grade, String) {
    if secret.runs_command() {
        (Grade::Code, format!("runs     for {name}: {secret}"))
    } else {
        (Grade::Secret, format!("secret   for {name}: {secret}"))
    }
}

/// What the file itself sets, key by key. `is_resolved`: its variables were already shown with the profile's.
fn own(settings: &Settings, is_resolved: bool, graded: &mut Vec<(Grade, String)>) -> Vec<String> {
    let mut plain = Vec::new();
    for (path, located) in settings.iter() {
        let variable = path.strip_prefix(ENV).and_then(|rest| rest.strip_prefix('.'));
        match (&located.value, variable) {
            (Value::Secret(_), _) if is_resolved => {}
            (Value::Secret(secret), _) => graded.push(of_secret(path, secret)),
            (Value::Unset, Some(name)) => match grade_of_variable(name) {
                Grade::Code => graded.push((Grade::Code, format!("code     {name} is unset"))),
                Grade::Traffic => graded.push((Grade::Traffic, format!("traffic  {name} is unset"))),
                _ => plain.push(format!("unsets   {name}")),
            },
            (Value::Text(value), Some(name)) if !is_resolved => of_variable(name, value, graded, &mut plain),
            (_, Some(_)) => {}
            (value, None) => {
                let name = path
                    .strip_prefix(HEADERS)
                    .map_or(path, |name| name.trim_start_matches('.'));
                if moves_traffic(path) {
                    let shown = without_user(&value.shown());
                    graded.push((Grade::Traffic, format!("traffic  {path} = {shown}")));
                } else {
                    plain.push(format!("refines  {path} = {}", shadow::shown(name, &value.shown())));
                }
            }
        }
    }
    plain
}

/// Keys that send requests elsewhere.
fn moves_traffic(path: &str) -> bool {
    const KEYS: [&str; 7] = [
        "auth.base_url",
        "auth.method",
        "base_url",
        "endpoint",
        "geography",
        "region",
        "small_fast_region",
    ];
    KEYS.contains(&path)
}

/// Variables that make programs run other code, or find other programs. Such a list is never complete: it marks the
/// known ones, and every other variable is shown with its value as well.
const CODE: &[&str] = &[
    "BASH_ENV",
    "BROWSER",
    "CC",
    "CLAUDE_CODE_EXECPATH",
    "CLAUDE_CODE_GIT_BASH_PATH",
    "CLAUDE_CODE_SHELL_PREFIX",
    "CLAUDE_ENV_FILE",
    "CLASSPATH",
    "COMSPEC",
    "CXX",
    "ENV",
    "GCONV_PATH",
    "GEM_HOME",
    "GEM_PATH",
    "GLIBC_TUNABLES",
    "GOFLAGS",
    "INPUTRC",
    "LESSCLOSE",
    "LESSOPEN",
    "LOCPATH",
    "LUA_INIT",
    "MAKEFLAGS",
    "MAKEFILES",
    "NODE_PATH",
    "OPENSSL_CONF",
    "OPENSSL_ENGINES",
    "OPENSSL_MODULES",
    "PATH",
    "PATHEXT",
    "PERL5DB",
    "PERL5LIB",
    "PERL5OPT",
    "PHPRC",
    "PHP_INI_SCAN_DIR",
    "PS0",
    "PSMODULEPATH",
    "PYTHONBREAKPOINT",
    "PYTHONHOME",
    "PYTHONINSPECT",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PYTHONWARNINGS",
    "RUBYLIB",
    "RUBYOPT",
    "SHELL",
    "TERMINFO",
    "TMUX_TMPDIR",
    "VIMINIT",
    "VISUAL",
    "ZDOTDIR",
];

/// The same by how they begin.
const CODE_BEGINS: &[&str] = &[
    "BASH_FUNC_",
    "BUNDLE_",
    "CARGO_",
    "CORECLR_",
    "COR_",
    "DOTNET_",
    "DYLD_",
    "GIT_",
    "LD_",
    "NPM_CONFIG_",
    "PIP_",
    "RUSTC",
    "RUSTUP_",
    "UV_",
    "YARN_",
];

/// The same by how they end, in capitals.
const CODE_ENDS: &[&str] = &[
    "ASKPASS",
    "COMMAND",
    "EDITOR",
    "PAGER",
    "_CMD",
    "_HELPER",
    "_HOOK",
    "_LIBRARY_PATH",
    "_OPTIONS",
    "_OPTS",
    "_PLUGINS",
    "_PRELOAD",
    "_PROGRAM",
    "_SHELL",
];

/// Variables that decide where requests go, or whose certificates are trusted.
const TRAFFIC: &[&str] = &[
    "AWS_CA_BUNDLE",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "CLAUDE_CODE_CLIENT_CERT",
    "CLAUDE_CODE_CLIENT_KEY",
    "CURL_CA_BUNDLE",
    "HOSTALIASES",
    "LOCALDOMAIN",
    "NODE_EXTRA_CA_CERTS",
    "NODE_TLS_REJECT_UNAUTHORIZED",
    "NODE_USE_ENV_PROXY",
    "NODE_USE_SYSTEM_CA",
    "REQUESTS_CA_BUNDLE",
    "RES_OPTIONS",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "SSLKEYLOGFILE",
];

/// The same by what they contain, in capitals.
const TRAFFIC_PARTS: &[&str] = &[
    "BASE_URL",
    "PROXY",
    "ENDPOINT",
    "_HOST",
    "_URL",
    "_REGION",
    "CA_BUNDLE",
    "CA_CERT",
];

fn grade_of_variable(name: &str) -> Grade {
    let upper = name.to_uppercase();
    if CODE.contains(&upper.as_str())
        || CODE_BEGINS.iter().any(|start| upper.starts_with(start))
        || CODE_ENDS.iter().any(|end| upper.ends_with(end))
    {
        return Grade::Code;
    }
    // The region of the profile that the user chose is part of the line that names it.
    if ["AWS_REGION", "AWS_DEFAULT_REGION"].contains(&name) {
        return Grade::Plain;
    }
    if TRAFFIC.contains(&upper.as_str()) || TRAFFIC_PARTS.iter().any(|part| upper.contains(part)) {
        Grade::Traffic
    } else {
        Grade::Plain
    }
}
