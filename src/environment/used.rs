//! Which models a profile's environment makes Claude Code call, and from where.

use crate::catalog::model::{Form, split_suffix};
use crate::environment::Environment;
use crate::profile::Profile;
use crate::profile::keys::ALIASES;

/// A model that is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used {
    /// What for: `main`, or the aliases that stand for it.
    pub roles: Vec<String>,
    /// The ID or ARN, without `[1m]`.
    pub id: String,
    /// The region that is called; `None` if the profile leaves it open.
    pub region: Option<String>,
}

/// The models of a profile, each once. An alias without a pin is not included.
pub fn models(profile: &Profile, environment: &Environment) -> Vec<Used> {
    let mut models: Vec<Used> = Vec::new();
    let text = |name: &str| environment.get(name).and_then(|setting| setting.wanted.text());
    let variables = std::iter::once(("main", "ANTHROPIC_MODEL".to_owned())).chain(
        ALIASES
            .iter()
            .copied()
            .map(|alias| (alias, format!("ANTHROPIC_DEFAULT_{}_MODEL", alias.to_uppercase()))),
    );
    for (role, variable) in variables {
        let Some(name) = text(&variable).filter(|name| Form::of(name) != Form::Alias) else {
            continue;
        };
        let own = profile.settings.text("small_fast_region").filter(|_| role == "haiku");
        let region = own.or_else(|| text("AWS_REGION")).map(str::to_owned);
        let id = split_suffix(name).0;
        match models.iter_mut().find(|used| used.id == id && used.region == region) {
            Some(used) => used.roles.push(role.to_owned()),
            None => models.push(Used {
                roles: vec![role.to_owned()],
                id: id.to_owned(),
                region,
            }),
        }
    }
    models
}

/// The aliases that Claude Code maps itself because the profile pins nothing to them.
pub fn unpinned(environment: &Environment) -> Vec<&'static str> {
    let is_pinned = |alias: &&str| {
        let name = format!("ANTHROPIC_DEFAULT_{}_MODEL", alias.to_uppercase());
        environment
            .get(&name)
            .is_some_and(|setting| setting.wanted.text().is_some())
    };
    ["opus", "sonnet", "haiku"]
        .into_iter()
        .filter(|alias| !is_pinned(alias))
        .collect()
}
