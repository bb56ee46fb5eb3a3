//! A profile that is about to be written.

use std::rc::Rc;

use toml_edit::{DocumentMut, InlineTable, Item, Table, Value};

use super::document::{put, put_here};
use super::value::{Entry, split};
use crate::catalog::{geography, model};
use crate::diagnostic::Source;
use crate::lint::Seen;
use crate::profile::layers::{self, Config};
use crate::system::redact::masked;

/// The region where nothing names one, which is Claude Code's own choice too (facts: since 2.1.172).
pub const FALLBACK_REGION: &str = "us-east-1";

/// A profile that is not written yet.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Its name.
    pub name: String,
    /// Its values in the order in which they are written.
    pub entries: Vec<Entry>,
}

impl Draft {
    /// An empty profile.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            entries: Vec::new(),
        }
    }

    /// Adds a value, or replaces it where the draft has one. `path` is dotted.
    pub fn put(&mut self, path: &str, value: impl Into<Value>) {
        self.put_at(split(path), value);
    }

    /// The same for a path in its parts, of which one may have dots.
    pub fn put_at(&mut self, path: Vec<String>, value: impl Into<Value>) {
        let value = value.into();
        match self.entries.iter_mut().find(|(known, _)| *known == path) {
            Some((_, old)) => *old = value,
            None => self.entries.push((path, value)),
        }
    }

    /// The credentials are those of a profile of `~/.aws/config`.
    pub fn use_aws_profile(&mut self, name: &str) {
        self.put("auth.method", "aws-profile");
        self.put("auth.profile", name);
    }

    /// Whether there is a value at a dotted path.
    pub fn has(&self, path: &str) -> bool {
        let path = split(path);
        self.entries.iter().any(|(known, _)| *known == path)
    }

    /// The text at a dotted path.
    pub fn text(&self, path: &str) -> Option<&str> {
        let path = split(path);
        self.entries.iter().find(|(known, _)| *known == path)?.1.as_str()
    }

    /// Pins opus, sonnet and haiku where they are not given: the newest of each that the region has. Without a
    /// pin Claude Code sends paid requests at each start to find out which models answer. The classifier of auto mode,
    /// which asks for a model of its own otherwise, gets the sonnet.
    pub fn pin_models(&mut self) {
        let region = self.text("region").unwrap_or(FALLBACK_REGION).to_owned();
        for family in ["opus", "sonnet", "haiku"] {
            if !self.has(&format!("models.{family}"))
                && let Some(id) = newest(family, &region)
            {
                self.put(&format!("models.{family}"), id);
            }
        }
        self.name_main();
        if !self.has("models.classifier")
            && let Some(sonnet) = self.text("models.sonnet").map(str::to_owned)
        {
            self.put("models.classifier", &sonnet);
        }
    }

    /// Pins of each family the newest model that the account was seen to have, by an ID of an inference profile that it
    /// has. A family that it has not stays unpinned.
    pub fn pin_seen(&mut self, seen: &Seen) {
        let region = self.text("region").unwrap_or(FALLBACK_REGION).to_owned();
        for family in ["opus", "sonnet", "haiku"] {
            let path = format!("models.{family}");
            if self.text(&path).is_none()
                && let Some(id) = newest_seen(family, &region, seen)
            {
                self.put(&path, id);
            }
        }
        self.name_main();
    }

    /// Names the main model where none is: the family of a pin, Sonnet first. Without one, a `model` that `/model` left in
    /// any settings file decides, or Opus, at Opus prices.
    fn name_main(&mut self) {
        let pinned = ["sonnet", "opus", "haiku"]
            .into_iter()
            .find(|family| self.has(&format!("models.{family}")));
        if let Some(family) = pinned.filter(|_| !self.has("models.main")) {
            let first = self.entries.iter().position(|(path, _)| path[0] == "models");
            let at = first.unwrap_or(self.entries.len());
            self.entries.insert(at, (split("models.main"), family.into()));
        }
    }

    /// Takes out what no profile can hold, such as a region with a control character in it, and says why: each key and
    /// what is wrong with it. Without one of its keys `auth` goes whole.
    pub fn take_out_unreadable(&mut self) -> Vec<(String, String)> {
        let mut said = Vec::new();
        self.entries.retain(|entry| {
            let alone = Self {
                name: "x".to_owned(),
                entries: vec![entry.clone()],
            };
            let source = Rc::new(Source::new("config.toml".into(), alone.toml()));
            let read = layers::parse(&source)
                .and_then(|table| Config::new(&source, table.get_ref())?.profile(&alone.name).map(|_| ()));
            let Err(finding) = read else { return true };
            said.push((entry.0.join("."), finding.message));
            false
        });
        if said.iter().any(|(path, _)| path.starts_with("auth.")) {
            self.entries
                .retain(|(path, _)| path.first().is_none_or(|first| first != "auth"));
        }
        said
    }

    /// The profile as it would stand in the file.
    pub fn toml(&self) -> String {
        let mut document = DocumentMut::new();
        let mut profiles = Table::new();
        profiles.set_implicit(true);
        profiles.insert(&self.name, Item::Table(self.table()));
        document.insert("profiles", Item::Table(profiles));
        document.to_string()
    }

    /// The same as it may be shown on a terminal: what looks like a secret hidden, and nothing that steers it.
    pub fn shown(&self) -> String {
        masked(&self.toml())
    }

    pub(super) fn table(&self) -> Table {
        let mut table = Table::new();
        for (path, value) in &self.entries {
            match path.as_slice() {
                [first, rest @ ..] if first == "auth" => {
                    let auth = table.entry("auth").or_insert(Item::Value(InlineTable::new().into()));
                    put(auth, rest, value.clone());
                }
                [_] => put_here(&mut table, &path[0], value.clone()),
                [first, rest @ ..] => put(
                    table.entry(first).or_insert(Item::Table(Table::new())),
                    rest,
                    value.clone(),
                ),
                [] => {}
            }
        }
        // Scalars and inline tables before the tables below: a table's head ends the one before.
        table.sort_values_by(|_, one, _, other| one.is_table().cmp(&other.is_table()));
        for (_, item) in table.iter_mut() {
            if let Some(inner) = item.as_table_mut() {
                inner.decor_mut().set_prefix("\n");
            }
        }
        table
    }
}

/// The newest model of a family that an account was seen to have in a region: by Anthropic's ID where that leads to
/// what it has, else by Bedrock's.
fn newest_seen(family: &str, region: &str, seen: &Seen) -> Option<String> {
    let start = format!("claude-{family}-");
    let of_family = model::all().filter(|model| model.name().starts_with(&start) && model.end.is_none());
    of_family.into_iter().find_map(|model| {
        let id = |geography: &str| format!("{geography}.{}", model.bedrock);
        if seen.ids.contains(&id(geography::of_model(region, Some(model)))) {
            return Some(model.name().to_owned());
        }
        let mut others = geography::callable_from(region).map(id);
        others.find(|id| seen.ids.contains(id))
    })
}

/// The newest model of a family that a region is known to have, by Anthropic's ID.
pub fn newest(family: &str, region: &str) -> Option<&'static str> {
    let start = format!("claude-{family}-");
    let all: Vec<model::Model> = model::all()
        .filter(|model| model.name().starts_with(&start) && model.end.is_none())
        .collect();
    let first = *all.first()?;
    let here =
        |model: &model::Model| geography::callable_from(region).any(|geography| model.has(geography) == Some(true));
    Some(all.into_iter().find(here).unwrap_or(first).name())
}
