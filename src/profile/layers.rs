//! The layers that a profile is made of: the administrator's file, the user's file, and every project
//! file from the root down to the working directory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostic, Place, Result, Source};
use crate::profile::read::{self, Scope, place};
use crate::profile::source::{self, Opened, Read};
use crate::profile::value::Settings;
use crate::system::owners::{self, Ownership};
use crate::system::paths;
use crate::system::text::{quoted, shortened, visible};
use crate::watch::Watch;

/// A user's or an administrator's file.
pub struct Config<'a> {
    source: Rc<Source>,
    profiles: Option<&'a DeTable<'a>>,
    /// The profile that is active where no project file applies.
    pub default_profile: Option<(String, Place)>,
    /// Directories below which every project file is allowed.
    pub trusted: Vec<PathBuf>,
}

/// The keys at the top of a configuration file.
const CONFIG_KEYS: [&str; 3] = ["default_profile", "profiles", "trusted"];

/// Where configuration files may be, the lowest layer first.
pub fn config_paths() -> Vec<PathBuf> {
    [Some(paths::system_config()), paths::user_config()]
        .into_iter()
        .flatten()
        .collect()
}

/// Opens the configuration files, refusing those that others can write.
pub fn open_configs(watch: &mut Watch) -> Result<Vec<Opened>> {
    if let Some((name, path)) = paths::relative_config() {
        return Err(Diagnostic::error(format!(
            "{name} is a relative path, `{}`, so no profile is loaded: it would name another file in each directory",
            path.display()
        ))
        .help(format!(
            "write it in full, or begin it with $HOME: unset {name}, or export {name}=\"$HOME/…\""
        ))
        .into());
    }
    let mut files = Vec::new();
    for path in config_paths() {
        if let Some(file) = source::opened(&path, watch)? {
            refuse(&file)?;
            files.push(file);
        }
    }
    Ok(files)
}

/// Reads the configuration files, refusing those that others can write.
pub fn read_configs(watch: &mut Watch) -> Result<Vec<Read>> {
    open_configs(watch)?.into_iter().map(Opened::read).collect()
}

fn refuse(file: &Opened) -> Result<()> {
    let path = &file.path;
    refuse_strangers(path, file.ownership)?;
    refuse_writable(path, file.ownership)?;
    path.parent().map_or(Ok(()), refuse_writable_directory)?;
    // A link's target can be replaced in its own directory.
    if !file.is_link {
        return Ok(());
    }
    match path.canonicalize() {
        Ok(target) => target.parent().map_or(Ok(()), refuse_writable_directory),
        Err(_) => Ok(()),
    }
}

/// Refuses a file of another user, who could run any command through it. The administrator can do that anyway and is
/// trusted; and the administrator trusts everyone, as in a shell that `sudo -s` starts.
fn refuse_strangers(path: &Path, ownership: Ownership) -> Result<()> {
    #[cfg(unix)]
    {
        let own = owners::this_user();
        if own != 0 && ![own, 0].contains(&ownership.owner) {
            return Err(Diagnostic::error(format!(
                "{} is not used: it belongs to another user (ID {})",
                paths::display(path),
                ownership.owner
            ))
            .help(format!(
                "make a copy of your own, or: sudo chown \"$USER\" {}",
                quoted(path)
            ))
            .unwatchable()
            .into());
        }
    }
    #[cfg(not(unix))]
    let _ = (path, ownership);
    #[cfg(windows)]
    refuse_no_administrators(path)?;
    Ok(())
}

/// Refuses the system's file where an account that is no administrator's has made it or its directory, or can change them:
/// everybody may make a directory below `%ProgramData%`.
#[cfg(windows)]
fn refuse_no_administrators(path: &Path) -> Result<()> {
    use crate::system::descriptors;
    if path != paths::system_config() {
        return Ok(());
    }
    for (place, is_directory) in [(Some(path), false), (path.parent(), true)] {
        let Some(place) = place else { continue };
        let descriptor = descriptors::of(place).unwrap_or_default();
        if let Some(why) = descriptors::not_an_administrators(&descriptor, is_directory) {
            let shown = paths::display(place);
            return Err(
                Diagnostic::error(format!("{shown} {why}, so {} is not used", paths::display(path)))
                    .help("for all users it counts only where an administrator alone can change it")
                    .help(format!(
                        "as an administrator: icacls \"{shown}\" /setowner *S-1-5-32-544; icacls \"{shown}\" /reset"
                    ))
                    .unwatchable()
                    .into(),
            );
        }
    }
    Ok(())
}

/// Parses a file's TOML.
pub fn parse(source: &Rc<Source>) -> Result<Spanned<DeTable<'_>>> {
    let (table, errors) = DeTable::parse_recoverable(source.text());
    let first = errors
        .into_iter()
        .min_by_key(|error| error.span().map_or(0, |span| span.start));
    let Some(error) = first else { return Ok(table) };
    let message = error.message().lines().next().unwrap_or("not TOML").to_owned();
    Err(Diagnostic::at(place(source, error.span().unwrap_or_default()), message).into())
}

impl<'a> Config<'a> {
    /// Understands a parsed configuration file.
    pub fn new(source: &Rc<Source>, table: &'a DeTable<'a>) -> Result<Self> {
        let mut config = Self {
            source: Rc::clone(source),
            profiles: None,
            default_profile: None,
            trusted: Vec::new(),
        };
        for (name, value) in table {
            match &**name.get_ref() {
                "profiles" => config.profiles = Some(read::table_at("profiles", value, source)?),
                "default_profile" => {
                    let text = read::text_at("default_profile", value, source)?;
                    config.default_profile = Some((text.to_owned(), place(source, value.span())));
                }
                "trusted" => config.trusted = trusted(value, source)?,
                other => {
                    return Err(read::unknown_key(place(source, name.span()), other, "", &CONFIG_KEYS));
                }
            }
        }
        Ok(config)
    }

    /// The names of the profiles, in the order of the alphabet, with their places.
    pub fn names(&self) -> impl Iterator<Item = (&str, Place)> {
        self.profiles
            .into_iter()
            .flatten()
            .map(|(name, _)| (&**name.get_ref(), place(&self.source, name.span())))
    }

    /// One profile's own settings, without what it extends.
    pub fn profile(&self, name: &str) -> Result<Option<(Settings, Place)>> {
        let Some((key, value)) = self.profiles.and_then(|profiles| profiles.get_key_value(name)) else {
            return Ok(None);
        };
        let here = place(&self.source, key.span());
        check_name(name).map_err(|error| Diagnostic {
            place: Some(here.clone()),
            ..error
        })?;
        let table = read::table_at(&format!("profiles.{name}"), value, &self.source)?;
        Ok(Some((read::settings(table, &self.source, Scope::Profile)?, here)))
    }
}

fn trusted(value: &Spanned<DeValue<'_>>, source: &Rc<Source>) -> Result<Vec<PathBuf>> {
    let wrong = |value| read::wrong_type("trusted", "an array of directories", value, source);
    let entries = value.get_ref().as_array().ok_or_else(|| wrong(value))?;
    let mut prefixes = Vec::new();
    for entry in entries {
        let text = entry.get_ref().as_str().ok_or_else(|| wrong(entry))?;
        let in_home = text == "~" || text.starts_with("~/");
        // A user without a home directory (a daemon, a container's user) has nothing below it to trust.
        if in_home && paths::home().is_none() {
            continue;
        }
        let path = paths::expand_home(text)
            .filter(|path| path.is_absolute())
            .ok_or_else(|| {
                Diagnostic::at(
                    place(source, entry.span()),
                    "a trusted directory must be an absolute path or begin with `~/`",
                )
            })?;
        // A directory that does not exist yet has nothing below it to trust.
        prefixes.extend(path.canonicalize());
    }
    Ok(prefixes)
}

/// Checks that a name can be typed, completed and shown in any shell's prompt.
pub fn check_name(name: &str) -> std::result::Result<(), Diagnostic> {
    let shape = !name.is_empty()
        && name.chars().all(|c| c.is_alphanumeric() || "-_.@+".contains(c))
        && !name.starts_with(['-', '.']);
    if !shape {
        return Err(Diagnostic::error(format!("`{name}` cannot be a profile's name"))
            .help("a name consists of letters, digits and - _ . @ +, and begins with neither - nor ."));
    }
    if name == paths::OFF {
        return Err(Diagnostic::error(format!(
            "`{name}` cannot be a profile's name: it means no profile"
        )));
    }
    Ok(())
}

/// Refuses a file that its group or others can write.
pub fn refuse_writable(path: &Path, ownership: Ownership) -> Result<()> {
    match owners::other_writers(path, ownership) {
        Some(who) => Err(writable(path, &format!("{who} write it"), ownership)),
        None => Ok(()),
    }
}

/// Refuses a directory in which others can replace files.
fn refuse_writable_directory(directory: &Path) -> Result<()> {
    let Ok(metadata) = std::fs::metadata(directory) else {
        return Ok(());
    };
    let ownership = Ownership::of(&metadata);
    match owners::other_writers(directory, ownership).filter(|_| !ownership.is_sticky()) {
        Some(who) => Err(writable(directory, &format!("{who} write in it"), ownership)),
        None => Ok(()),
    }
}

fn writable(path: &Path, who: &str, ownership: Ownership) -> Box<Diagnostic> {
    Diagnostic::error(format!(
        "{} is not used: {who} (mode {:04o})",
        paths::display(path),
        ownership.mode
    ))
    .help(format!("fix it: chmod go-w {}", quoted(path)))
    .unwatchable()
    .into()
}

/// What a project file says of the profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// This one, from here down.
    Profile(String),
    /// None from here down, not even the default one.
    None,
}

impl Named {
    /// The name, if it is one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Profile(name) => Some(name),
            Self::None => None,
        }
    }
}

/// A project file that is allowed and understood.
pub struct Project {
    /// Where it is.
    pub path: PathBuf,
    /// What it says of the profile: `profile = "NAME"` or `profile = false`.
    pub profile: Option<(Named, Place)>,
    /// Whether the search ends here.
    pub root: bool,
    /// What it refines.
    pub settings: Settings,
    /// Where its profile comes from.
    pub origin: Origin,
}

/// What a project file says of where its profile can be had. It is only shown to a user who lacks the profile: no
/// address is ever called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The address of the team's profiles.
    pub team: Option<String>,
    /// The team's own words.
    pub hint: Option<String>,
}

impl Origin {
    /// Help for a user who has no profile of this name.
    pub fn help(&self, name: &str) -> Vec<String> {
        let shown = |text: &String| shortened(&visible(text));
        let mut lines = Vec::new();
        lines.extend(
            self.hint
                .as_ref()
                .map(|hint| format!("the project says: {}", shown(hint))),
        );
        let team = self.team.as_ref();
        lines.extend(team.map(|team| format!("the team's profiles are at {} (look before you trust it)", shown(team))));
        // An invalid name must not be suggested.
        if check_name(name).is_ok() {
            lines.push(format!("write the profile: claude-bedrock add {name}"));
        }
        lines
    }
}

impl Project {
    /// Understands a project file.
    pub fn parse(source: &Rc<Source>) -> Result<Self> {
        let table = parse(source)?;
        let mut project = Self {
            path: source.path.clone(),
            profile: None,
            root: false,
            settings: Settings::default(),
            origin: Origin::default(),
        };
        let mut rest = Vec::new();
        for (name, value) in table.get_ref() {
            match &**name.get_ref() {
                "profile" => {
                    let named = match value.get_ref() {
                        DeValue::Boolean(false) => Named::None,
                        DeValue::Boolean(true) => {
                            let expected = "the name of a profile, or false for none";
                            return Err(read::wrong_type("profile", expected, value, source));
                        }
                        _ => Named::Profile(read::text_at("profile", value, source)?.to_owned()),
                    };
                    project.profile = Some((named, place(source, value.span())));
                }
                "root" => {
                    let wrong = || read::wrong_type("root", "true or false", value, source);
                    project.root = value.get_ref().as_bool().ok_or_else(wrong)?;
                }
                "team" => project.origin.team = Some(read::text_at("team", value, source)?.to_owned()),
                "hint" => project.origin.hint = Some(read::text_at("hint", value, source)?.to_owned()),
                _ => rest.push((name, value)),
            }
        }
        project.settings = read::settings(rest, source, Scope::Project)?;
        if let (Some((Named::None, _)), Some((path, located))) = (&project.profile, project.settings.iter().next()) {
            let message = format!("`{path}` has no effect together with `profile = false`");
            return Err(Diagnostic::at(located.place.clone(), message)
                .help("remove it, or name the profile that it refines")
                .into());
        }
        Ok(project)
    }
}

/// What stands at the top of the configuration files, the user's over the administrator's.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// The profile that is active where no project file applies.
    pub default_profile: Option<(String, Place)>,
    /// Directories below which every project file is allowed.
    pub trusted: Vec<PathBuf>,
}

impl Head {
    /// The head of these files.
    pub fn of(configs: &[Config<'_>]) -> Self {
        Self {
            default_profile: configs.iter().rev().find_map(|config| config.default_profile.clone()),
            trusted: configs
                .iter()
                .flat_map(|config| config.trusted.iter().cloned())
                .collect(),
        }
    }
}

/// The names of all profiles, each once, with the place of the uppermost layer.
pub fn names<'a>(configs: &'a [Config<'_>]) -> BTreeMap<&'a str, Place> {
    configs.iter().flat_map(Config::names).collect()
}
