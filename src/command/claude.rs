//! `claude`: becomes Claude Code with the profile of the working directory, or refuses. Also what this program
//! does under the name `claude`, and as an editor's process wrapper.
//!
//! It fails closed. If a project file waits for an answer, a profile does not exist, a secret cannot be fetched or a
//! login has ended, a `claude` that starts anyway would use whatever account there is: a company's code would go to a
//! personal login. So it asks on a terminal, and refuses elsewhere.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::aws::expiry::{self, Expiry};
use crate::aws_files::Files;
use crate::changed::{self, Changed};
use crate::claude::launcher::arguments::{self, Kind};
use crate::claude::launcher::contents::{self, Contents, TOOLS_FILE};
use crate::claude::launcher::file::{self, Identity, Origin};
use crate::claude::launcher::program::{self, Program};
use crate::claude::settings::{self, Found, Settings, Tier};
use crate::claude::shadow::{self, Shadow};
use crate::command::allow::LookedAt;
use crate::command::exec;
use crate::diagnostic::{Diagnostic, Result, Severity};
use crate::exit::Exit;
use crate::load::{self, Active, Load};
use crate::profile::choice::Choice;
use crate::session::{Session, state};
use crate::system::text::quoted;
use crate::system::variables::{Snapshot, value_in};
use crate::system::{paths, programs};
use crate::trust::Verdict;
use crate::{console, context};

pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock claude                    a session under this directory's profile
  claude-bedrock claude -p 'what is new?'
  claude-bedrock exec -p work -- claude    under another one

`claude-bedrock hook SHELL --wrap claude` makes `claude` mean this. If no profile applies, Claude Code starts as usual.
If the profile cannot be loaded, nothing starts and the exit status is 2. To bypass it: command claude";

#[derive(clap::Args, Debug)]
pub struct Args {
    /// What Claude Code gets
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
    pub arguments: Vec<OsString>,
}

/// What is to be started.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// The program, if the caller named one; otherwise the `claude` on `PATH`.
    program: Option<Program>,
    arguments: Vec<OsString>,
}

impl Start {
    /// What this process was started for, if it is Claude Code: by the command, by the name `claude`, or as an
    /// editor's process wrapper.
    pub fn from_process() -> Option<Self> {
        let mut words = std::env::args_os();
        let own = words.next()?;
        let rest: Vec<OsString> = words.collect();
        if is_claude(&own) {
            return Some(Self::of(rest));
        }
        if rest.first()? == program::NAME {
            return Some(Self::of(rest[1..].to_vec()));
        }
        let (program, arguments) = program::wrapped(&rest)?;
        Some(Self {
            program: Some(program),
            arguments,
        })
    }

    /// A start with these arguments.
    pub fn of(arguments: Vec<OsString>) -> Self {
        Self {
            program: None,
            arguments,
        }
    }

    /// What `exec` is to start, if it is Claude Code.
    pub fn of_exec(arguments: &exec::Args) -> Option<Self> {
        let (program, rest) = arguments.command.split_first()?;
        // Variables that were given for one command ask for something else than the profile, which the launcher would
        // put above them.
        if !is_claude(program) || !arguments.kept().is_empty() {
            return None;
        }
        let named = Path::new(program).components().count() > 1;
        Some(Self {
            program: named.then(|| Program {
                path: paths::absolute(Path::new(program)),
                script: Vec::new(),
            }),
            arguments: rest.to_vec(),
        })
    }
}

/// Whether a program is called `claude`.
fn is_claude(program: &OsStr) -> bool {
    let path = Path::new(program);
    let name = if cfg!(windows) {
        path.file_stem()
    } else {
        path.file_name()
    };
    name.is_some_and(|name| name == program::NAME)
}

/// Starts Claude Code under the profile of the working directory, or of this shell.
pub fn run(start: &Start) -> Result<Exit> {
    run_under(None, start)
}

/// The same under the profile `name`.
pub fn run_under(name: Option<&str>, start: &Start) -> Result<Exit> {
    let choice = match name {
        Some(name) => Choice::Profile(name.to_owned()),
        None => Choice::of(paths::chosen_profile().as_deref()),
    };
    let session = Session::inherited();
    let in_vain = program::in_vain();
    let program = match &start.program {
        Some(program) if !program::is_this_program(&program.path) => program.clone(),
        _ => program::find(&std::env::var_os("PATH").unwrap_or_default(), &in_vain)?,
    };
    if !in_vain.is_empty() {
        // The profile is in the arguments already.
        return started(&program, &start.arguments, session.snapshot, &in_vain);
    }
    let kind = match arguments::kind(&start.arguments) {
        Kind::Unknown if is_listed(&program, &start.arguments) => Kind::Other,
        Kind::Unknown => Kind::Session,
        kind => kind,
    };
    match kind {
        Kind::Other => return started(&program, &start.arguments, session.snapshot, &[]),
        Kind::Restart => {
            restore_jobs(&session);
            return started(&program, &start.arguments, session.snapshot, &[]);
        }
        Kind::Session | Kind::Agents | Kind::Unknown => {}
    }
    let past = || way_past(&program);
    let load = ready(&session, &choice).map_err(|finding| refused(*finding, &past()))?;
    let Some(active) = &load.active else {
        return started(&program, &start.arguments, session.restored(), &[]);
    };
    say_what_loses(&session, active);
    log_in(&session, active).map_err(|finding| refused(*finding, &past()))?;
    let launch = Launch {
        session: &session,
        choice: &choice,
        load: &load,
        active,
        background: kind == Kind::Agents || arguments::is_background(&start.arguments),
    };
    let own = arguments::settings(&start.arguments);
    let (file, environment) = launch
        .prepare(own.as_deref())
        .map_err(|finding| refused(*finding, &past()))?;
    let arguments = arguments::with_settings(&start.arguments, kind, file.as_os_str());
    started(&program, &arguments, environment, &[])
}

fn is_listed(program: &Program, arguments: &[OsString]) -> bool {
    arguments
        .first()
        .and_then(|word| word.to_str())
        .is_some_and(|word| program::lists(program, word))
}

fn started(program: &Program, arguments: &[OsString], mut environment: Snapshot, in_vain: &[PathBuf]) -> Result<Exit> {
    let arguments: Vec<OsString> = program.script.iter().chain(arguments).cloned().collect();
    environment.extend(program::started_entry(program, in_vain));
    exec::become_program(program.path.as_os_str(), &arguments, &environment)
}

/// What to type to start Claude Code without the profile.
fn way_past(program: &Program) -> String {
    let first = programs::on_path(program::NAME);
    if first.as_ref() == Some(&program.path) {
        "command claude".to_owned()
    } else {
        quoted(&program.path)
    }
}

fn refused(finding: Diagnostic, past: &str) -> Box<Diagnostic> {
    Diagnostic {
        severity: Severity::Error,
        ..finding
    }
    .help(format!(
        "so Claude Code was not started; to start it without the profile: {past}"
    ))
    .into()
}

/// Asks, on a terminal. Anything but a yes is a no.
fn agreed(question: &str, default: bool) -> bool {
    console::can_ask()
        && inquire::Confirm::new(question)
            .with_default(default)
            .prompt()
            .unwrap_or(false)
}

/// The profile that applies here, if any. Errors: a profile applies and cannot be loaded.
fn ready(session: &Session, choice: &Choice) -> Result<Load> {
    let load = load::load_in(session, choice);
    let mut load = match waiting(&load) {
        Some(path) if console::can_ask() => {
            for finding in &load.findings {
                console::report(finding);
            }
            let looked_at = LookedAt::of(&path)?;
            looked_at.show();
            // Enter alone does not consent to running code or moving traffic.
            if agreed(&format!("Allow {} and start?", paths::display(&path)), !looked_at.asks) {
                looked_at.record()?;
                load::load_in(session, choice)
            } else {
                load
            }
        }
        _ => load,
    };
    if load.active.is_none() && !load.findings.is_empty() {
        return Err(load.findings.swap_remove(0).into());
    }
    Ok(load)
}

/// The project file that waits for an answer, where that is why no profile is active.
fn waiting(load: &Load) -> Option<PathBuf> {
    let unknown = |verdict: &Option<Verdict>| matches!(verdict, Some(Verdict::Unknown { .. }));
    let found = load.projects.iter().find(|project| unknown(&project.verdict))?;
    load.active.is_none().then(|| found.path.clone())
}

/// Reports what the session does not get from the shell: what was given for this one start, or changed by hand since
/// the profile was loaded. The profile decides; in a shell of Claude Code's own, the client has changed things itself.
fn say_what_loses(session: &Session, active: &Active) {
    if value_in(&session.snapshot, "CLAUDECODE").is_some() {
        return;
    }
    let mut session = session.clone();
    session.take_blank_for_unset();
    let changed = changed::in_shell(&session, active);
    if !changed.is_empty() {
        let words: Vec<String> = changed.iter().map(Changed::words).collect();
        console::say(&format!(
            "claude-bedrock: warning: the session gets what the profile {} says, though {}; to start with that: command claude",
            active.profile.name,
            words.join(", ")
        ));
    }
}

/// Runs another command of this program on the same terminal.
fn runs(arguments: &[&OsStr]) -> bool {
    let status = Command::new(programs::own()).args(arguments).status();
    status.is_ok_and(|status| status.success())
}

/// Makes sure that the login lasts: it is renewed now, while the user can be asked, not after minutes of silent
/// retries.
fn log_in(session: &Session, active: &Active) -> Result<()> {
    let over = |expiry: &Expiry| expiry.is_over();
    let Some(expiry) = expiry::of(session, active).filter(over) else {
        return Ok(());
    };
    let name = &active.profile.name;
    let words = expiry.words(name);
    if console::can_ask() {
        console::say(&format!("claude-bedrock: {words}"));
        if agreed("Log in now?", true) {
            runs(&[OsStr::new("login"), OsStr::new(name)]);
        }
    }
    match expiry::of(session, active).filter(over) {
        Some(expiry) => Err(Diagnostic::error(expiry.words(name)).into()),
        None => Ok(()),
    }
}

/// A session about to be started.
struct Launch<'a> {
    session: &'a Session,
    choice: &'a Choice,
    load: &'a Load,
    active: &'a Active,
    background: bool,
}

impl Launch<'_> {
    /// Writes the settings file; the variables are for the session's own process.
    fn prepare(&self, own: Option<&OsStr>) -> Result<(PathBuf, Snapshot)> {
        let values = context::values(self.session, &self.active.environment)?;
        let mut found = Found::in_directory(self.session.directory.as_deref());
        let program = programs::own();
        let mut contents = contents::of(self.active, &values, &found.files, self.background, &program)?;
        let own = own
            .map(|own| {
                own.to_str().map(str::to_owned).ok_or_else(|| {
                    Diagnostic::error("the path given with --settings is not UTF-8").help("give the file another name")
                })
            })
            .transpose()?;
        if let Some(own) = &own {
            // What is wrong with it is said where it is put over the profile.
            found.give(own).ok();
        }
        let managed: Vec<Shadow> = shadow::effective(self.active, &found.files)
            .into_iter()
            .filter(|shadow| shadow.tier == Tier::Managed)
            .collect();
        for shadow in &managed {
            console::say(&format!("claude-bedrock: warning: {}", shadow.line()));
        }
        self.merge(&mut contents, own.as_deref(), &managed)?;
        if let Choice::Profile(name) = self.choice {
            // So that a shell of the session, and a change of its directory, keep what was chosen.
            contents.set_variable(paths::PROFILE_VARIABLE, name);
        }
        if self.background {
            // The daemon has the state of whichever shell started it.
            contents.set_variable(state::VARIABLE, "");
        }
        let for_tools = self.for_tools(&contents, &found.files);
        let identity = Identity {
            profile: &self.active.profile.name,
            refined_by: self
                .load
                .projects
                .iter()
                .filter(|project| project.refines)
                .map(|project| project.path.as_path())
                .collect(),
            settings: own.as_deref(),
            background: self.background,
        };
        let origin = Origin {
            directory: self.session.directory.clone().unwrap_or_default(),
            choice: self.choice.clone(),
            settings: own.clone(),
            background: self.background,
        };
        let file = file::write(&identity, &mut contents, &for_tools, &origin)?;
        let environment = if self.background {
            context::environment_with(self.session, self.active, &values)
        } else {
            context::environment_to_pass_on_with(self.session, self.active, &values)
        };
        Ok((file, environment))
    }

    /// What the Bash tool reads before each command. What `CLAUDE_ENV_FILE` named before is read too.
    fn for_tools(&self, contents: &Contents, below: &[Settings]) -> String {
        let around = self.session.restored();
        let theirs = contents
            .variable(TOOLS_FILE)
            .or_else(|| settings::variable(below, TOOLS_FILE))
            .or_else(|| value_in(&around, TOOLS_FILE)?.to_str().map(str::to_owned))
            .filter(|path| !file::is_ours(Path::new(path)));
        let tools = self.active.profile.settings.text("auth.tools");
        let have_region = tools.is_some_and(|name| Files::read(&around).value(name, "region").is_some());
        contents::for_tools(&contents.settings, have_region, theirs.as_deref())
    }

    /// Puts the user's own settings over the profile's. Where the client would drop them, it would drop the profile
    /// too. What managed settings decide, neither does.
    fn merge(&self, contents: &mut Contents, own: Option<&str>, managed: &[Shadow]) -> Result<()> {
        let Some(own) = own else { return Ok(()) };
        match contents::given(own) {
            Ok(theirs) => contents.merge(theirs),
            Err(finding) if console::can_ask() => {
                console::report(&finding);
                if !agreed("Start with the profile alone?", true) {
                    return Err(Diagnostic::error("the settings given with --settings cannot be used").into());
                }
            }
            Err(finding) => return Err(finding),
        }
        let is_theirs = |name: &&String| managed.iter().all(|shadow| shadow.name != **name);
        let decided: Vec<&str> = contents
            .overridden
            .iter()
            .filter(is_theirs)
            .map(String::as_str)
            .collect();
        if !decided.is_empty() {
            console::say(&format!(
                "claude-bedrock: --settings decides instead of the profile {}: {}",
                self.active.profile.name,
                decided.join(", ")
            ));
        }
        Ok(())
    }
}

/// Rewrites the settings files of background jobs from their profiles as they are now. A job whose profile cannot be
/// loaded is left unchanged, and reported.
fn restore_jobs(session: &Session) {
    for path in file::of_jobs() {
        let Some(origin) = file::origin_of(&path) else {
            continue;
        };
        let mut elsewhere = session.clone();
        elsewhere.directory = Some(origin.directory.clone());
        let mut load = load::load_in(&elsewhere, &origin.choice);
        let mut choice = origin.choice;
        // Directories share the file of their profile, and the last to start a session may be gone since or have
        // another profile.
        let is_others = match &load.active {
            Some(active) => file::profile_of(&path) != Some(active.profile.name.as_str()),
            None => load.findings.is_empty(),
        };
        if let Some(name) = file::profile_of(&path).filter(|_| is_others) {
            choice = Choice::Profile(name.to_owned());
            load = load::load_in(&elsewhere, &choice);
        }
        let restored = match (&load.active, load.findings.first()) {
            (Some(active), _) => Launch {
                session: &elsewhere,
                choice: &choice,
                load: &load,
                active,
                background: origin.background,
            }
            .prepare(origin.settings.as_deref().map(OsStr::new))
            .map(|_| ()),
            (None, Some(finding)) => Err(finding.clone().into()),
            (None, None) => Err(Diagnostic::error("no profile is active there").into()),
        };
        if let Err(finding) = restored {
            let directory = paths::display(&origin.directory);
            console::say(&format!(
                "claude-bedrock: warning: the background session of {directory} keeps its settings: {}",
                finding.redacted_message()
            ));
        }
    }
}
