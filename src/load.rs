//! The profile that the present directory and the shell's choice ask for: read, checked, resolved. A load never fails
//! as a whole; every problem becomes a finding, and then no profile is active.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::aws_files::{Base, Files};
use crate::diagnostic::{Diagnostic, Place, Result, Source};
use crate::environment::{self, Environment};
use crate::profile::cache::Cache;
use crate::profile::choice::Choice;
use crate::profile::layers::{self, Config, Head, Named, Project};
use crate::profile::source::{self, Opened, Read};
use crate::profile::{Profile, Reason, resolve};
use crate::session::Session;
use crate::system::lines::changed_lines;
use crate::system::paths;
use crate::system::text::{shortened, visible};
use crate::trust::{self, Trust, Verdict};
use crate::variables;
use crate::watch::Watch;

/// How many nested project files may apply. Each is read before it is allowed, and a stranger's archive can nest
/// thousands of directories.
const MOST_PROJECTS: usize = 32;

/// A profile to activate.
#[derive(Debug)]
pub struct Active {
    /// The profile.
    pub profile: Profile,
    /// Why this profile was chosen.
    pub reason: Reason,
    /// Its variables.
    pub environment: Environment,
}

impl Active {
    /// What `profile` would be if it were active; an error if its values contradict each other.
    pub fn of(profile: Profile, reason: Reason) -> Result<Self> {
        Self::around(profile, reason, &|| Cow::Owned(Session::inherited()))
    }

    fn around(profile: Profile, reason: Reason, around: Around<'_>) -> Result<Self> {
        let mut environment = Environment::of(&profile)?;
        leave_what_is_needed(&profile, &mut environment, around);
        Ok(Self {
            profile,
            reason,
            environment,
        })
    }
}

/// A project file on the way up, and whether it takes effect.
#[derive(Debug)]
pub struct FoundProject {
    /// Where it is.
    pub path: PathBuf,
    /// Whether it takes effect; `None` if it was refused.
    pub verdict: Option<Verdict>,
    /// Whether it refines the active profile.
    pub refines: bool,
}

/// The outcome.
#[derive(Debug, Default)]
pub struct Load {
    /// The profile to be active, if any.
    pub active: Option<Active>,
    /// The project files, innermost first.
    pub projects: Vec<FoundProject>,
    /// The `profile = false` by which no profile is active.
    pub switched_off: Option<Place>,
    /// What is wrong.
    pub findings: Vec<Diagnostic>,
    /// Everything the load depended on.
    pub watch: Watch,
    /// Whether a profile was asked for that cannot be loaded. A project that waits for an answer does not count.
    pub failed: bool,
}

/// Loads what `directory` and `choice` ask for in the shell that started this process.
pub fn load(directory: Option<&Path>, choice: &Choice) -> Load {
    load_around(directory, choice, &|| Cow::Owned(Session::inherited()))
}

/// Loads what the directory of `session` and `choice` ask for.
pub fn load_in(session: &Session, choice: &Choice) -> Load {
    load_around(session.directory.as_deref(), choice, &|| Cow::Borrowed(session))
}

/// The shell that the profile is for, which few profiles need to know.
type Around<'a> = &'a dyn Fn() -> Cow<'a, Session>;

fn load_around(directory: Option<&Path>, choice: &Choice, around: Around<'_>) -> Load {
    let mut load = Load {
        watch: Watch {
            directory: directory.map(Path::to_path_buf),
            ..Watch::default()
        },
        ..Load::default()
    };
    if *choice == Choice::Off {
        return load;
    }
    if let Err(finding) = load.run(directory, choice, around) {
        load.watch.blind |= finding.unwatchable;
        load.findings.push(*finding);
        load.failed = true;
    }
    load
}

/// The parsed configuration files, to be borrowed by [`Config`].
type Parsed<'a> = Vec<toml::Spanned<toml::de::DeTable<'a>>>;

/// Parses configuration files.
fn parse_configs(files: &[Read]) -> Result<Parsed<'_>> {
    files.iter().map(|read| layers::parse(&read.source)).collect()
}

/// Understands configuration files. Only the user's own file can trust directories.
fn understand_configs<'a>(files: &[Read], parsed: &'a Parsed<'a>) -> Result<Vec<Config<'a>>> {
    let user = paths::user_config();
    let mut configs = Vec::new();
    for (read, table) in files.iter().zip(parsed) {
        let mut config = Config::new(&read.source, table.get_ref())?;
        if Some(&read.source.path) != user.as_ref() {
            config.trusted.clear();
        }
        configs.push(config);
    }
    Ok(configs)
}

/// The outcome of a search for a profile.
enum Found {
    /// The active profile, before projects refine it; `None` if no profile is active.
    Profile(Option<Profile>),
    /// The profile is not among the records.
    Unrecorded,
}

impl Load {
    fn run(&mut self, directory: Option<&Path>, choice: &Choice, around: Around<'_>) -> Result<()> {
        let files = layers::open_configs(&mut self.watch)?;
        let cache = Cache::of(&files);
        if let Some((cache, head)) = cache.as_ref().and_then(|cache| Some((cache, cache.head()?))) {
            let watch = self.watch.clone();
            let find = |name: &str, _: &Reason| Ok(cache.profile(name));
            if let Found::Profile(_) = self.activate(directory, choice, &head, find, around)? {
                return Ok(());
            }
            *self = Self {
                watch,
                ..Self::default()
            };
        }
        let files = files.into_iter().map(Opened::read).collect::<Result<Vec<_>>>()?;
        let parsed = parse_configs(&files)?;
        let configs = understand_configs(&files, &parsed)?;
        let head = Head::of(&configs);
        let find = |name: &str, reason: &Reason| resolve::extended(&configs, name, reason).map(Some);
        if let Found::Profile(profile) = self.activate(directory, choice, &head, find, around)?
            && let Some(cache) = cache
        {
            cache.store(&head, profile.as_ref());
        }
        Ok(())
    }

    /// Makes the profile active that the directory and the choice select, found by `find`.
    fn activate(
        &mut self,
        directory: Option<&Path>,
        choice: &Choice,
        head: &Head,
        find: impl Fn(&str, &Reason) -> Result<Option<Profile>>,
        around: Around<'_>,
    ) -> Result<Found> {
        let projects = match directory {
            Some(directory) => self.projects(directory, &head.trusted)?,
            None => Vec::new(),
        };
        // A project that waits for an answer must not run under another account in the meantime; a profile that the
        // user chose in this shell is an answer.
        let waits = self
            .projects
            .iter()
            .any(|found| matches!(found.verdict, Some(Verdict::Unknown { .. })));
        if waits && *choice == Choice::Directory {
            return Ok(Found::Profile(None));
        }
        let Some((name, reason)) = resolve::selection(head, &projects, choice) else {
            self.switched_off = resolve::switched_off(&projects, choice);
            return Ok(Found::Profile(None));
        };
        let found = find(&name, &reason).map_err(|finding| match &reason {
            Reason::Project(place) => {
                let naming = projects.iter().find(|project| project.path == place.source.path);
                let help = naming.map(|project| project.origin.help(&name)).unwrap_or_default();
                Box::new(help.into_iter().fold(*finding, Diagnostic::help))
            }
            _ => finding,
        });
        let Some(own) = found? else {
            return Ok(Found::Unrecorded);
        };
        let profile = resolve::refined_by(resolve::refined(own.clone(), &projects), choice);
        for (index, project) in projects.iter().enumerate() {
            if let Some(found) = self.projects.iter_mut().find(|found| found.path == project.path) {
                found.refines = !project.settings.is_empty() && resolve::refines(&projects, index, &name);
            }
        }
        // What `models` learns later changes what such a profile means.
        if environment::own::is_called_by_name(&profile)
            && let Some(names) = environment::own::names(&profile)
        {
            self.watch.file(&names);
        }
        self.active = Some(Active::around(profile, reason, around)?);
        Ok(Found::Profile(Some(own)))
    }

    /// The allowed project files from `directory` upward, innermost first.
    fn projects(&mut self, directory: &Path, trusted: &[PathBuf]) -> Result<Vec<Project>> {
        let trust = Trust::new();
        let mut projects = Vec::new();
        for ancestor in directory.ancestors() {
            let path = ancestor.join(paths::PROJECT_FILE);
            let Some(Read { source, ownership, .. }) = source::read(&path, &mut self.watch)? else {
                continue;
            };
            if trust::is_litter(&path, ownership) {
                continue;
            }
            if self.projects.len() == MOST_PROJECTS {
                return Err(Diagnostic::error(format!(
                    "no project file is used in {}: more than {MOST_PROJECTS} of them lie one above the other",
                    paths::display(directory)
                ))
                .help("`root = true` in one of them makes those above it not count")
                .into());
            }
            let mut found = FoundProject {
                path,
                verdict: None,
                refines: false,
            };
            if let Err(refusal) = trust::refuse_foreign(&source, ownership) {
                self.projects.push(found);
                return Err(refusal);
            }
            let verdict = match trust.verdict(&source, trusted, &mut self.watch) {
                Ok(verdict) => verdict,
                Err(finding) => {
                    self.projects.push(found);
                    return Err(finding);
                }
            };
            if let Verdict::Unknown {
                before,
                command_changed,
            } = &verdict
            {
                let before = before.as_deref();
                self.findings.push(not_allowed(&source, before, *command_changed));
            }
            let allowed = verdict.is_allowed();
            found.verdict = Some(verdict);
            self.projects.push(found);
            if allowed {
                let project = Project::parse(&source)?;
                let root = project.root;
                projects.push(project);
                if root {
                    break;
                }
            }
        }
        Ok(projects)
    }
}

/// Leaves to the shell what an AWS profile with `credential_source` takes its first credentials from.
fn leave_what_is_needed(profile: &Profile, environment: &mut Environment, around: Around<'_>) {
    let Some(name) = profile.settings.text("auth.profile") else {
        return;
    };
    let shell = around();
    // Such profiles are rare, and working out the variables without this program is the slowest part.
    if !shell.holds(&Files::PLACES) && !Files::read(&shell.snapshot).mention("credential_source") {
        return;
    }
    let around = shell.restored();
    let needed: &[&str] = match Files::read(&around).decide(name, &around).map(|decision| decision.base) {
        Ok(Base::Environment) => variables::KEYS,
        Ok(Base::Container) => variables::MACHINE,
        Ok(Base::Instance) => &[variables::NO_INSTANCE],
        _ => return,
    };
    environment.leave(needed);
}

/// The profile that a file waiting for an answer names, if it can be parsed. It has no effect before the answer.
fn asked_for(source: &Rc<Source>) -> Option<String> {
    match Project::parse(source).ok()?.profile? {
        (Named::Profile(name), _) => Some(format!("it asks for the profile {}", shortened(&visible(&name)))),
        (Named::None, _) => Some("it asks for no profile".to_owned()),
    }
}

fn not_allowed(source: &Rc<Source>, before: Option<&str>, command_changed: bool) -> Diagnostic {
    let path = paths::display(&source.path);
    if command_changed {
        return Diagnostic::error(format!(
            "{path} is not used: a file that its command runs or reads has changed"
        ))
        .warning()
        .help("see which, then: claude-bedrock allow   (or: claude-bedrock deny)");
    }
    match before {
        None => asked_for(source)
            .into_iter()
            .fold(
                Diagnostic::error(format!("{path} is new here and not used")).warning(),
                Diagnostic::help,
            )
            .help("look at it, then: claude-bedrock allow   (or: claude-bedrock deny)"),
        Some(_) if let Some(target) = trust::leads_out(&source.path) => Diagnostic::error(format!(
            "{path} has changed and is not used: it is a link to {}",
            paths::display(&target)
        ))
        .warning()
        .help("look at it, then: claude-bedrock allow   (or: claude-bedrock deny)"),
        Some(before) => changed_lines(before, source.text())
            .into_iter()
            .fold(
                Diagnostic::error(format!("{path} has changed and is not used")).warning(),
                Diagnostic::help,
            )
            .help("look at it, then: claude-bedrock allow   (or: claude-bedrock deny)"),
    }
}

/// Every profile, or its error.
pub fn summaries() -> Result<BTreeMap<String, Result<Profile>>> {
    summaries_in(&layers::read_configs(&mut Watch::default())?)
}

/// Every profile of one configuration file, or its error.
pub fn summaries_of(path: &Path) -> Result<BTreeMap<String, Result<Profile>>> {
    match source::read(path, &mut Watch::default())? {
        Some(read) => summaries_in(&[read]),
        None => Err(Diagnostic::error(format!("there is no {}", paths::display(path))).into()),
    }
}

/// Checks `source` as the user's file: for each of its profiles, with what it extends, the error if any. An error of
/// its own concerns the file as a whole.
pub fn check_config(source: &Rc<Source>) -> Result<BTreeMap<String, Result<()>>> {
    let table = layers::parse(source)?;
    let own = Config::new(source, table.get_ref())?;
    let system = source::read(&paths::system_config(), &mut Watch::default()).unwrap_or_default();
    let parsed = parse_configs(system.as_slice()).unwrap_or_default();
    let mut configs = understand_configs(system.as_slice(), &parsed).unwrap_or_default();
    let names: Vec<String> = own.names().map(|(name, _)| name.to_owned()).collect();
    configs.push(own);
    let checked = |name: String| {
        let profile = resolve::extended(&configs, &name, &Reason::Chosen);
        let checked = profile.and_then(|profile| Environment::of(&profile).map(|_| ()));
        (name, checked)
    };
    Ok(names.into_iter().map(checked).collect())
}

fn summaries_in(files: &[Read]) -> Result<BTreeMap<String, Result<Profile>>> {
    let parsed = parse_configs(files)?;
    let configs = understand_configs(files, &parsed)?;
    let resolved = |name: &&str| ((*name).to_owned(), resolve::extended(&configs, name, &Reason::Chosen));
    Ok(layers::names(&configs).keys().map(resolved).collect())
}

/// A profile in one line: name, region, whose account.
pub fn summary(active: &Active) -> String {
    let region = active.profile.settings.text("region").unwrap_or("no region");
    let danger = if active.profile.settings.flag("danger") {
        "danger, "
    } else {
        ""
    };
    format!(
        "{} ({danger}{region}, {})",
        active.profile.name,
        environment::hint(&active.profile)
    )
}
