//! The settings files that Claude Code reads in a directory, and what in them concerns Bedrock.
//!
//! Places and order as Claude Code 2.1.331 (November 2026) was seen to have them: the project's file counts in
//! the working directory alone; the local file there and, above it, in the main worktree of the git
//! repository; managed settings above all, with the files of `managed-settings.d` in the order of their names.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::claude::json::{self, Fault, Item, Kind, Object};
use crate::claude::managed;
use crate::claude::shapes;
use crate::diagnostic::{Diagnostic, Place, Result, Source};
use crate::profile::source::{self, Opened, Read};
use crate::system::{files, paths};
use crate::trust;
use crate::watch::Watch;

/// The key of the command that renews credentials.
pub const AUTH_REFRESH: &str = "awsAuthRefresh";

/// The key of the command that prints credentials.
pub const CREDENTIAL_EXPORT: &str = "awsCredentialExport";

/// The key of the command that prints a bearer token.
pub const KEY_HELPER: &str = "apiKeyHelper";

/// The key of the variables.
pub const ENV: &str = "env";

/// Whose settings a file holds; a later one beats an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// The `env` of Claude Code's own state, `~/.claude.json`: over the shell, under every settings file.
    State,
    /// The user's, everywhere.
    User,
    /// A repository's, shared by committing it.
    Project,
    /// The user's own in a repository.
    Local,
    /// Those that `claude --settings` gives to one session.
    Given,
    /// The administrator's.
    Managed,
}

impl Tier {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::User => "user",
            Self::Project => "project",
            Self::Local => "local",
            Self::Given => "--settings",
            Self::Managed => "managed",
        }
    }
}

/// A place where Claude Code looks for settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Whose they are.
    pub tier: Tier,
    /// The file, which need not exist.
    pub path: PathBuf,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct Value {
    /// The text, or the text that Claude Code makes of a value of another type.
    pub text: String,
    /// The value's place.
    pub place: Place,
}

/// What a settings file says about Bedrock.
#[derive(Debug)]
pub struct Settings {
    /// Whose it is.
    pub tier: Tier,
    /// The file.
    pub source: Rc<Source>,
    /// The variables of `env` in their order; the last of a name counts.
    pub env: Vec<(String, Value)>,
    /// The command that renews credentials.
    pub auth_refresh: Option<Value>,
    /// The command that prints credentials.
    pub credential_export: Option<Value>,
    /// The command that prints a bearer token.
    pub key_helper: Option<Value>,
    /// The first comment or comma that strict JSON does not know, or value of another's key that has a wrong type: they
    /// do no harm to an edit.
    pub lenient: Option<Diagnostic>,
    /// What else Claude Code's parser or its schema do not take.
    pub faults: Vec<Diagnostic>,
    /// Variables whose value Claude Code turns into an unexpected text.
    pub notes: Vec<Diagnostic>,
    /// Whether Claude Code ignores the whole file for its faults.
    pub is_ignored: bool,
}

/// Where Claude Code, started in `directory`, looks for settings, the lowest tier first.
pub fn candidates(directory: Option<&Path>) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    // Started in the home directory, the user's file is the project's too.
    let mut add = |tier, path: Option<PathBuf>| {
        if let Some(path) = path.filter(|path| found.iter().all(|known| known.path != *path)) {
            found.push(Candidate { tier, path });
        }
    };
    add(Tier::State, paths::claude_state().filter(|path| path.exists()));
    add(Tier::User, user_file());
    add(Tier::Project, directory.map(project_file));
    add(Tier::Local, directory.map(local_file));
    add(
        Tier::Local,
        directory.and_then(repository).map(|root| local_file(&root)),
    );
    let managed = paths::managed_settings_directory();
    add(Tier::Managed, Some(managed.join("managed-settings.json")));
    for path in drop_ins(&managed.join("managed-settings.d")) {
        add(Tier::Managed, Some(path));
    }
    found
}

/// The user's file.
pub fn user_file() -> Option<PathBuf> {
    paths::claude_directory().map(|directory| directory.join("settings.json"))
}

/// The project's file in a directory.
pub fn project_file(directory: &Path) -> PathBuf {
    directory.join(".claude").join("settings.json")
}

/// The local file in a directory.
pub fn local_file(directory: &Path) -> PathBuf {
    directory.join(".claude").join("settings.local.json")
}

/// The main worktree of the repository around `directory`. A home directory that is a repository is none to
/// Claude Code.
pub fn repository(directory: &Path) -> Option<PathBuf> {
    let (shared, _) = trust::repository_of(&directory.join(".claude"))?;
    let root = shared.parent().filter(|_| shared.ends_with(".git"))?;
    let is_home = paths::home().is_some_and(|home| home.canonicalize().unwrap_or(home) == root);
    (!is_home).then(|| root.to_path_buf())
}

fn drop_ins(directory: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(directory)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    paths.sort();
    paths
}

/// What the highest of these files, the lowest tier first, makes of a variable.
pub fn variable(files: &[Settings], name: &str) -> Option<String> {
    let counts = files.iter().rev().filter(|settings| !settings.is_ignored);
    let mut values = counts.flat_map(|settings| settings.env.iter().rev());
    values
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.text.clone())
}

/// What was read of the files in `directory`, the lowest tier first.
#[derive(Debug, Default)]
pub struct Found {
    /// The files that are there.
    pub files: Vec<Settings>,
    /// Those that cannot be read or are not JSON objects: Claude Code ignores them.
    pub broken: Vec<(Candidate, Diagnostic)>,
}

impl Found {
    /// Reads every file that Claude Code reads in `directory`, and what else manages it.
    pub fn in_directory(directory: Option<&Path>) -> Self {
        let mut found = Self::of(&candidates(directory));
        let files = found.files.iter().take_while(|settings| settings.tier < Tier::Managed);
        let first = files.count();
        found.files.splice(first..first, managed::below_files());
        found.files.extend(managed::above_files());
        found
    }

    /// Puts what `--settings` gives, a file or JSON, in its place: over all but managed settings. Errors: there is no
    /// such file.
    pub fn give(&mut self, value: &str) -> Result<()> {
        let Some(source) = given(value)? else { return Ok(()) };
        let files = self.files.iter().take_while(|settings| settings.tier < Tier::Managed);
        let at = files.count();
        match understood(Tier::Given, &source) {
            Ok(settings) => self.files.insert(at, settings),
            Err(finding) => self.broken.push((
                Candidate {
                    tier: Tier::Given,
                    path: source.path.clone(),
                },
                *finding,
            )),
        }
        Ok(())
    }

    /// Reads these files.
    pub fn of(candidates: &[Candidate]) -> Self {
        let mut found = Self::default();
        for candidate in candidates {
            match read(candidate, &mut Watch::default()) {
                Ok(Some(settings)) => found.files.push(settings),
                Ok(None) => {}
                Err(finding) => found.broken.push((candidate.clone(), *finding)),
            }
        }
        found
    }
}

/// Reads one file; `None` if there is none. Errors: it cannot be read, or is not a JSON object.
pub fn read(candidate: &Candidate, watch: &mut Watch) -> Result<Option<Settings>> {
    let opened = source::opened(&candidate.path, watch).map_err(|finding| {
        if is_too_large(&candidate.path) {
            let help = "this program stops there, so that no prompt waits for a file; Claude Code reads on: the content is not known here";
            return finding.help(help).into();
        }
        finding
    })?;
    match opened.map(Opened::read_as_settings).transpose()? {
        Some(Read { source, .. }) => Ok(Some(understood(candidate.tier, &source)?)),
        None => Ok(None),
    }
}

/// The text that `--settings` gives: JSON, or that of a file; `None` if it is blank. Errors: the file cannot be read.
pub fn given(value: &str) -> Result<Option<Rc<Source>>> {
    if value.trim().is_empty() {
        return Ok(None);
    }
    let (path, bytes) = if value.trim_start().starts_with('{') {
        (PathBuf::from("--settings"), value.as_bytes().to_vec())
    } else {
        let path = paths::absolute(Path::new(value));
        let bytes = files::read(&path, files::OWN).map_err(|error| {
            Diagnostic::error(format!("--settings: {value} cannot be read: {error}"))
                .help("give another file, or omit the option")
        })?;
        (path, bytes)
    };
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_start_matches('\u{feff}');
    Ok((!text.trim().is_empty()).then(|| Rc::new(Source::new(path, text.to_owned()))))
}

/// Whether this program does not read a file for its size, which Claude Code does.
pub fn is_too_large(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.len() > files::OWN)
}

/// The text that Claude Code makes of a value of another type (2.1.332, seen): as JavaScript does.
fn made_of(kind: Kind, written: &str) -> String {
    match kind {
        Kind::Text => json::decoded(written),
        Kind::Object => "[object Object]".to_owned(),
        Kind::Word => written
            .parse::<f64>()
            .map_or_else(|_| written.to_owned(), |number| number.to_string()),
        Kind::Array => match serde_json::from_str::<Vec<serde_json::Value>>(written) {
            Ok(items) => {
                let text = |item: &serde_json::Value| item.as_str().map_or_else(|| item.to_string(), str::to_owned);
                items.iter().map(text).collect::<Vec<_>>().join(",")
            }
            Err(_) => written.to_owned(),
        },
    }
}

/// Understands the text of a file.
pub fn understood(tier: Tier, source: &Rc<Source>) -> Result<Settings> {
    let mut settings = Settings {
        tier,
        source: Rc::clone(source),
        env: Vec::new(),
        auth_refresh: None,
        credential_export: None,
        key_helper: None,
        lenient: None,
        faults: Vec::new(),
        notes: Vec::new(),
        is_ignored: false,
    };
    let text = source.text();
    let fault = |fault: Fault| Diagnostic::at(place(source, fault.span), fault.message).help(IGNORED);
    let document = json::document(text).map_err(fault)?;
    if let Some(span) = document.lenient {
        settings.lenient = Some(
            Diagnostic::at(
                place(source, span),
                "Claude Code reads strict JSON, without comments and without commas before a bracket",
            )
            .help(IGNORED),
        );
        settings.is_ignored = true;
    }
    let Some(top) = document.top else { return Ok(settings) };
    let top = object(source, &top, "settings are a JSON object, `{…}`")?;
    // The commands there do not count.
    if tier != Tier::State {
        settings.take_commands(&top);
        settings.take_faults(shapes::faults(text, &top));
    }
    if let Some(env) = top.get(ENV) {
        settings.take_variables(&env.value);
    }
    Ok(settings)
}

impl Settings {
    fn take_commands(&mut self, top: &Object) {
        for (key, slot) in [
            (AUTH_REFRESH, &mut self.auth_refresh),
            (CREDENTIAL_EXPORT, &mut self.credential_export),
            (KEY_HELPER, &mut self.key_helper),
        ] {
            if let Some(member) = top.get(key).filter(|member| member.value.kind == Kind::Text) {
                *slot = Some(value(&self.source, &member.value));
            }
        }
    }

    /// Keys of a wrong type, for which Claude Code leaves out more than the key.
    fn take_faults(&mut self, faults: Vec<(&'static str, Range<usize>, String)>) {
        for (key, span, message) in faults {
            let fault = Diagnostic::at(place(&self.source, span), message);
            if self.tier == Tier::Managed {
                // Of the administrator's the client leaves out the key alone (2.1.332, seen).
                let help = "until it is fixed, Claude Code ignores this key";
                self.notes.push(fault.warning().help(help));
                continue;
            }
            let fault = fault.help(IGNORED);
            if [AUTH_REFRESH, CREDENTIAL_EXPORT, KEY_HELPER].contains(&key) {
                self.faults.push(fault);
            } else {
                self.lenient.get_or_insert(fault);
            }
            self.is_ignored = true;
        }
    }

    /// The variables under `env`.
    fn take_variables(&mut self, item: &Item) {
        let expected = "`env` is an object of variables, `{\"NAME\": \"value\"}`";
        let env = match object(&self.source, item, expected) {
            Ok(env) => env,
            Err(finding) => {
                self.faults.push(*finding);
                self.is_ignored = true;
                return;
            }
        };
        for member in &env.members {
            let found = value(&self.source, &member.value);
            // Numbers and flags are taken as people mean them.
            let is_odd = match member.value.kind {
                Kind::Text => false,
                Kind::Word => found.text == "null",
                Kind::Object | Kind::Array => true,
            };
            if is_odd {
                let message = format!(
                    "the value of `{}` is not a string: Claude Code makes `{}` of it",
                    member.name, found.text
                );
                let note = Diagnostic::at(found.place.clone(), message).warning();
                self.notes.push(note.help("write it in double quotes, or remove it"));
            }
            self.env.push((member.name.clone(), found));
        }
    }
}

/// What follows from a fault in the whole file.
const IGNORED: &str = "until it is fixed, Claude Code ignores the whole file";

fn place(source: &Rc<Source>, span: std::ops::Range<usize>) -> Place {
    Place {
        source: Rc::clone(source),
        span,
    }
}

fn value(source: &Rc<Source>, item: &Item) -> Value {
    let written = &source.text()[item.span.clone()];
    Value {
        text: made_of(item.kind, written),
        place: place(source, item.span.clone()),
    }
}

fn object(source: &Rc<Source>, item: &Item, wanted: &str) -> Result<Object> {
    let here = || place(source, item.span.start..item.span.start + 1);
    if item.kind != Kind::Object {
        return Err(Diagnostic::at(here(), wanted).help(IGNORED).into());
    }
    json::object(source.text(), item).map_err(|fault| Diagnostic::at(here(), fault.message).into())
}
