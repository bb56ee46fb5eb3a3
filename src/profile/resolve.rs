//! From layers to one profile: which profile is active, what it extends, and what the project refines.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::diagnostic::{Diagnostic, Place, Result, Source};
use crate::profile::choice::{self, Choice};
use crate::profile::layers::{self, Config, Head, Named, Project};
use crate::profile::value::{Located, Settings, Value};
use crate::system::paths;
use crate::system::text::offered;

/// Why a profile is the active one.
#[derive(Clone, Debug)]
pub enum Reason {
    /// `use` chose it in this shell.
    Chosen,
    /// A project file names it.
    Project(Place),
    /// It is the default of a configuration file.
    Default(Place),
}

/// A profile, merged with everything that it extends and that refines it.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// Every value, with its place.
    pub settings: Settings,
    /// The names of the profiles it extends, nearest first.
    pub extends: Vec<String>,
    /// Where it is written, in the uppermost layer; `None` if it comes from the records of the cache.
    pub place: Option<Place>,
}

/// Which profile is active, by name.
pub fn selection(head: &Head, projects: &[Project], choice: &Choice) -> Option<(String, Reason)> {
    match choice {
        Choice::Off => return None,
        Choice::Profile(chosen) => return Some((choice::split(chosen).0.to_owned(), Reason::Chosen)),
        Choice::Directory => {}
    }
    if let Some((named, place)) = projects.iter().find_map(|project| project.profile.as_ref()) {
        return Some((named.name()?.to_owned(), Reason::Project(place.clone())));
    }
    let (name, place) = head.default_profile.as_ref()?;
    Some((name.clone(), Reason::Default(place.clone())))
}

/// The place of the `profile = false` that counts here, if one does.
pub fn switched_off(projects: &[Project], choice: &Choice) -> Option<Place> {
    let (named, place) = projects.iter().find_map(|project| project.profile.as_ref())?;
    (*choice == Choice::Directory && *named == Named::None).then(|| place.clone())
}

/// `profile` as the project files refine it.
///
/// A project file refines the profile that it names, or that the nearest file above it names; one that
/// has no such name refines any. So `use other` inside a project, or a nested project of another
/// client, takes nothing from settings that were written for the first.
pub fn refined(mut profile: Profile, projects: &[Project]) -> Profile {
    let mut subject = None;
    for project in projects.iter().rev() {
        subject = project.profile.as_ref().map(|(named, _)| named.name()).or(subject);
        if subject.is_none_or(|subject| subject == Some(profile.name.as_str())) {
            profile.settings.refine(&project.settings);
        }
    }
    profile
}

/// `profile` as the shell's choice refines it, over all files.
pub fn refined_by(mut profile: Profile, choice: &Choice) -> Profile {
    let Choice::Profile(chosen) = choice else {
        return profile;
    };
    let (_, pairs) = choice::split(chosen);
    if !pairs.is_empty() {
        let source = Rc::new(Source::new(paths::PROFILE_VARIABLE.into(), chosen.clone()));
        for (key, value) in pairs {
            let start = value.as_ptr().addr() - chosen.as_ptr().addr();
            let place = Place {
                source: Rc::clone(&source),
                span: start..start + value.len(),
            };
            let value = Value::Text(value.to_owned());
            profile.settings.insert(key.to_owned(), Located { value, place });
        }
    }
    profile
}

/// The profile `name` with what it extends, without projects.
pub fn extended(configs: &[Config<'_>], name: &str, reason: &Reason) -> Result<Profile> {
    let mut chain: Vec<(String, Settings)> = Vec::new();
    let mut next = Some((name.to_owned(), None::<Place>));
    let mut place = None;
    while let Some((name, from)) = next {
        if chain.iter().any(|(known, _)| *known == name) {
            return Err(cyclic(&chain, &name, from));
        }
        let own = own_settings(configs, &name)?;
        let (mut settings, here) = own.ok_or_else(|| unknown(configs, &name, from, reason))?;
        place.get_or_insert(here);
        next = settings.remove("extends").and_then(|located| match located.value {
            Value::Text(name) => Some((name, Some(located.place))),
            _ => None,
        });
        chain.push((name, settings));
    }
    let extends = chain.iter().skip(1).map(|(name, _)| name.clone()).collect();
    let mut settings = Settings::default();
    for (index, (_, own)) in chain.iter_mut().enumerate().rev() {
        // These keys apply to their own profile only.
        if index > 0 {
            own.remove("description");
            own.remove("abstract");
        }
        settings.refine(own);
    }
    Ok(Profile {
        name: name.to_owned(),
        settings,
        extends,
        place,
    })
}

/// One profile's own settings, the user's over the administrator's, and where the uppermost are.
fn own_settings(configs: &[Config<'_>], name: &str) -> Result<Option<(Settings, Place)>> {
    let mut merged: Option<(Settings, Place)> = None;
    for config in configs {
        let Some((settings, place)) = config.profile(name)? else {
            continue;
        };
        merged = Some(match merged {
            None => (settings, place),
            Some((mut below, _)) => {
                below.refine(&settings);
                (below, place)
            }
        });
    }
    Ok(merged)
}

fn cyclic(chain: &[(String, Settings)], name: &str, from: Option<Place>) -> Box<Diagnostic> {
    let start = chain.iter().position(|(known, _)| known == name).unwrap_or_default();
    let circle: Vec<&str> = chain[start..]
        .iter()
        .map(|(name, _)| name.as_str())
        .chain([name])
        .collect();
    let message = format!("`extends` leads in a circle: {}", circle.join(" -> "));
    Diagnostic {
        place: from,
        ..Diagnostic::error(message)
    }
    .help("remove one of the `extends`")
    .into()
}

/// How many names can be read at a glance.
const FEW: usize = 8;

fn unknown(configs: &[Config<'_>], name: &str, from: Option<Place>, reason: &Reason) -> Box<Diagnostic> {
    let names: BTreeMap<&str, Place> = layers::names(configs);
    let is_chosen = from.is_none() && paths::chosen_profile().is_some_and(|chosen| choice::split(&chosen).0 == name);
    let place = from.or_else(|| match reason {
        Reason::Chosen => None,
        Reason::Project(place) | Reason::Default(place) => Some(place.clone()),
    });
    let finding = Diagnostic {
        place,
        ..Diagnostic::error(format!("there is no profile `{name}`"))
    };
    let is_like_another = !offered(name, names.keys().copied()).is_empty();
    let finding = match names.len() {
        _ if is_like_another => finding.did_you_mean(name, names.keys().copied()),
        0 => {
            let file = paths::user_config().map_or_else(|| "config.toml".to_owned(), |path| paths::display(&path));
            finding.help(format!(
                "no profile is written yet; the first goes into {file}: [profiles.{name}]"
            ))
        }
        1..=FEW => finding.help(format!(
            "there are: {}",
            names.keys().copied().collect::<Vec<_>>().join(", ")
        )),
        many => finding.help(format!("see the {many} that there are: claude-bedrock list")),
    };
    if is_chosen {
        return finding
            .help(format!(
                "this shell chose it ({}); back to what the directory says: claude-bedrock use --clear",
                paths::PROFILE_VARIABLE
            ))
            .into();
    }
    finding.into()
}

/// Whether a project's refinements count for the profile `name`, for what `status` says.
pub fn refines(projects: &[Project], index: usize, name: &str) -> bool {
    let subject = projects[index..].iter().find_map(|project| project.profile.as_ref());
    subject.is_none_or(|(subject, _)| subject.name() == Some(name))
}
