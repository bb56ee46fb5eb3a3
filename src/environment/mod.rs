//! What a profile means as variables: a map from name to a value or to "unset".
//!
//! One file per concern fills the map; every owned variable that no concern sets is unset, so that
//! nothing of another profile or of the user's own settings reaches Claude Code half-mixed.

mod auth;
mod endpoint;
mod headers;
pub mod models;
pub mod own;
mod region;
pub mod used;

use std::collections::BTreeMap;
use std::ffi::OsStr;

use crate::diagnostic::{Diagnostic, Place, Result};
use crate::profile::value::{Secret, Value};
use crate::profile::{Profile, keys};
use crate::system::variables::Snapshot;
use crate::variables;

pub use auth::{Method, helped, hint, is_isolated, way_in};
pub use endpoint::Endpoint;
pub use used::Used;

/// What is wanted of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// This value.
    Text(String),
    /// A secret that has to be fetched.
    Secret(Secret),
    /// Nothing: the variable is unset.
    Unset,
}

impl Wanted {
    /// The value, where it is no secret.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Secret(_) | Self::Unset => None,
        }
    }
}

/// What a profile wants of one variable.
#[derive(Clone, Debug)]
pub struct Setting {
    /// What is wanted.
    pub wanted: Wanted,
    /// Where the value comes from; `None` if it follows from the profile as a whole.
    pub place: Option<Place>,
}

/// The variables of one profile.
#[derive(Clone, Debug, Default)]
pub struct Environment(BTreeMap<String, Setting>);

impl Environment {
    /// The environment of `profile`; an error if its values do not fit each other.
    pub fn of(profile: &Profile) -> Result<Self> {
        let mut environment = Self::default();
        for name in variables::BEDROCK {
            environment.unset(name);
        }
        let endpoint = endpoint::add(profile, &mut environment)?;
        region::add(profile, endpoint, &mut environment);
        auth::add(profile, endpoint, &mut environment)?;
        models::add(profile, endpoint, &mut environment)?;
        headers::add(profile, &mut environment)?;
        environment.copy("ANTHROPIC_BEDROCK_SERVICE_TIER", profile, "service_tier");
        for (name, located) in profile.settings.below(keys::ENV) {
            let wanted = match &located.value {
                Value::Text(text) => Wanted::Text(text.clone()),
                _ => Wanted::Unset,
            };
            environment.0.insert(
                name.to_owned(),
                Setting {
                    wanted,
                    place: Some(located.place.clone()),
                },
            );
        }
        for (name, setting) in &environment.0 {
            variables::check_length(name, setting.wanted.text().map_or(0, str::len)).map_err(|error| Diagnostic {
                place: setting.place.clone(),
                ..error
            })?;
        }
        let set = environment.iter();
        variables::check_total(
            set.filter_map(|(name, setting)| Some((name.as_ref(), setting.wanted.text()?.as_ref()))),
        )?;
        Ok(environment)
    }

    /// The environment that Claude Code itself works with: of an isolated profile, with the credentials that the shell
    /// does not get.
    pub fn with_credentials(profile: &Profile) -> Result<Self> {
        let mut profile = profile.clone();
        profile.settings.remove("auth.isolate");
        profile.settings.remove("auth.tools");
        Self::of(&profile)
    }

    /// The variables in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Setting)> {
        self.0.iter().map(|(name, setting)| (name.as_str(), setting))
    }

    /// Sets and unsets them in `variables`. Secrets are not fetched here, and so are unset.
    pub fn lay_over(&self, variables: &mut Snapshot) {
        for (name, setting) in self.iter() {
            match setting.wanted.text() {
                Some(text) => variables.insert(name.into(), text.into()),
                None => variables.remove(OsStr::new(name)),
            };
        }
    }

    /// Leaves these variables to the shell.
    pub fn leave(&mut self, names: &[&str]) {
        self.0
            .retain(|name, setting| setting.place.is_some() || !names.contains(&name.as_str()));
    }

    /// The variables that need a secret.
    pub fn secrets(&self) -> Vec<(&str, &Secret)> {
        self.0
            .iter()
            .filter_map(|(name, setting)| match &setting.wanted {
                Wanted::Secret(secret) => Some((name.as_str(), secret)),
                _ => None,
            })
            .collect()
    }

    /// What is wanted of one variable, if anything.
    pub fn get(&self, name: &str) -> Option<&Setting> {
        self.0.get(name)
    }

    fn set(&mut self, name: &str, value: impl Into<String>, place: Option<Place>) {
        self.want(name, Wanted::Text(value.into()), place);
    }

    fn want(&mut self, name: &str, wanted: Wanted, place: Option<Place>) {
        self.0.insert(name.to_owned(), Setting { wanted, place });
    }

    fn unset(&mut self, name: &str) {
        self.0.insert(
            name.to_owned(),
            Setting {
                wanted: Wanted::Unset,
                place: None,
            },
        );
    }

    /// Copies the value of a profile's key.
    fn copy(&mut self, name: &str, profile: &Profile, key: &str) {
        let Some(located) = profile.settings.get(key) else {
            return;
        };
        let wanted = match &located.value {
            Value::Text(text) => Wanted::Text(text.clone()),
            Value::Secret(secret) => Wanted::Secret(secret.clone()),
            Value::Flag(_) | Value::Unset | Value::List(_) => return,
        };
        self.0.insert(
            name.to_owned(),
            Setting {
                wanted,
                place: Some(located.place.clone()),
            },
        );
    }
}
