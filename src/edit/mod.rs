//! Changing the user's `config.toml` or a project file without an editor: comments, order and blank lines
//! stay, and what comes out is checked by the reader itself before anything is written.

pub mod plaintext;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use toml_edit::{DocumentMut, InlineTable, Item, Key, RawString, Table, TableLike, Value};

use crate::catalog::model;
use crate::diagnostic::{Diagnostic, Result, Source};
use crate::load;
use crate::profile::keys::{ENV, HEADERS, KEYS, Kind, MODEL_LABELS};
use crate::profile::layers::{self, Project};
use crate::profile::read::Scope;
use crate::rewrite::{Backup, Original};
use crate::schema::Kind as File;
use crate::system::redact::masked;
use crate::system::{lines, paths};

/// The region where nothing names one, which is Claude Code's own choice too (facts: since 2.1.172).
pub const FALLBACK_REGION: &str = "us-east-1";

/// A value on its way into a file: the dotted path of its key, split, and the value.
pub type Entry = (Vec<String>, Value);

/// A file that is being changed.
pub struct Edit {
    original: Original,
    before: String,
    document: DocumentMut,
    kind: File,
    /// What is wrong with each profile before the change.
    broken: BTreeMap<String, String>,
}

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
        let path = split(path);
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

    /// The text at a dotted path.
    pub fn text(&self, path: &str) -> Option<&str> {
        let path = split(path);
        self.entries.iter().find(|(known, _)| *known == path)?.1.as_str()
    }

    /// Pins opus, sonnet and haiku where they are not given: the newest of each that the region has. Without a
    /// pin Claude Code sends paid requests at each start to find out which models answer.
    pub fn pin_models(&mut self) {
        let region = self.text("region").unwrap_or(FALLBACK_REGION).to_owned();
        for family in ["opus", "sonnet", "haiku"] {
            if self.text(&format!("models.{family}")).is_none()
                && let Some(id) = newest(family, &region)
            {
                self.put(&format!("models.{family}"), id);
            }
        }
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

    fn table(&self) -> Table {
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

/// The newest model of a family that a region is known to have, by Anthropic's ID.
pub fn newest(family: &str, region: &str) -> Option<&'static str> {
    let start = format!("claude-{family}-");
    let all: Vec<model::Model> = model::all().filter(|model| model.name().starts_with(&start)).collect();
    let first = *all.first()?;
    let here = |model: &model::Model| {
        crate::catalog::geography::callable_from(region).any(|geography| model.has(geography) == Some(true))
    };
    Some(all.into_iter().find(here).unwrap_or(first).name())
}

/// A dotted path in its parts. What follows `env.` and `headers.` is one name, dots and all.
pub fn split(path: &str) -> Vec<String> {
    match path.split_once('.') {
        Some((table @ (ENV | HEADERS), name)) => vec![table.to_owned(), name.to_owned()],
        _ => path.split('.').map(str::to_owned).collect(),
    }
}

/// The value that `text` means for the key at the dotted `path`. Errors: no such key, or a value that it
/// cannot have.
pub fn typed(path: &str, text: &str, scope: Scope) -> Result<Value> {
    let parts = split(path);
    if let [table, name] = parts.as_slice() {
        match table.as_str() {
            ENV if text == "false" => {
                crate::variables::check_free_name(name)?;
                return Ok(false.into());
            }
            ENV => {
                crate::variables::check_free_name(name)?;
                return Ok(unquoted(text).into());
            }
            HEADERS => return Ok(text.into()),
            _ => {}
        }
    }
    let label = MODEL_LABELS.iter().any(|(label, _)| {
        path.strip_suffix(label)
            .and_then(|rest| rest.strip_suffix('.'))
            .is_some_and(|key| {
                KEYS.iter()
                    .any(|known| known.path == key && matches!(known.kind, Kind::Model))
            })
    });
    if label {
        return Ok(text.into());
    }
    if let Some(table) = path.strip_suffix(".timeout").filter(|table| is_secret(table)) {
        return text
            .parse::<i64>()
            .map(Into::into)
            .map_err(|_| Diagnostic::error(format!("`{table}.timeout` is a whole number of seconds")).into());
    }
    let key = KEYS.iter().find(|key| key.path == path && scope.allows(path));
    let Some(key) = key else {
        let known = KEYS.iter().map(|key| key.path).filter(|path| scope.allows(path));
        return Err(Diagnostic::error(format!("there is no key `{path}`"))
            .did_you_mean(path, known)
            .help("all keys: claude-bedrock schema --reference; a header: headers.X-Team; a variable: env.NAME")
            .into());
    };
    match key.kind {
        Kind::Flag => match text {
            "true" => Ok(true.into()),
            "false" => Ok(false.into()),
            _ => Err(Diagnostic::error(format!("`{path}` is true or false")).into()),
        },
        Kind::OneOf(words) if !words.contains(&text) => {
            Err(Diagnostic::error(format!("`{path}` is one of: {}", words.join(", ")))
                .did_you_mean(text, words.iter().copied())
                .into())
        }
        Kind::Secret => secret(path, text),
        _ => Ok(text.into()),
    }
}

fn is_secret(path: &str) -> bool {
    KEYS.iter()
        .any(|key| key.path == path && matches!(key.kind, Kind::Secret))
}

/// `"false"` in quotes is the text.
fn unquoted(text: &str) -> &str {
    text.strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or(text)
}

/// Where a secret is: `keyring:NAME`, `command:…`, `file:PATH`, `env:NAME`, or the same as a TOML table. What is
/// neither is not shown: it may be the secret itself.
pub fn secret(path: &str, text: &str) -> Result<Value> {
    const KINDS: [&str; 4] = ["keyring", "command", "file", "env"];
    if let Some((kind, rest)) = text.split_once(':')
        && KINDS.contains(&kind)
        && !rest.trim().is_empty()
    {
        let mut table = InlineTable::new();
        table.insert(kind, rest.trim().into());
        return Ok(table.into());
    }
    match text.parse::<Value>() {
        Ok(value) if value.is_inline_table() => Ok(value),
        _ => {
            let name = path.rsplit('.').next().unwrap_or(path);
            Err(Diagnostic::error(format!(
                "`{path}` says where the secret is, and never is the secret; nothing was written"
            ))
            .help("one of: keyring:NAME, command:'op read op://…', file:PATH, env:NAME")
            .help(format!(
                "put it into the keyring: claude-bedrock secret set NAME, then: {name} is keyring:NAME"
            ))
            .into())
        }
    }
}

/// Puts a value into a table-like item, with tables in between as they are needed.
fn put(item: &mut Item, path: &[String], value: Value) {
    let [first, rest @ ..] = path else { return };
    // A model that stands as text becomes a table with labels.
    if let Some(old) = item.as_value().filter(|value| value.is_str()).cloned() {
        let mut table = InlineTable::new();
        table.insert("id", bare(old));
        *item = Item::Value(table.into());
    }
    if rest.is_empty() {
        match item {
            Item::Table(table) => put_here(table, first, value),
            Item::Value(Value::InlineTable(table)) => put_inline(table, first, value),
            _ => {}
        }
        return;
    }
    match item {
        Item::Table(table) => put(
            table.entry(first).or_insert(Item::Value(InlineTable::new().into())),
            rest,
            value,
        ),
        Item::Value(Value::InlineTable(table)) => {
            // An inline table's entries are values, so a copy goes back in.
            let mut inner = table
                .get(first)
                .cloned()
                .map_or_else(|| Item::Value(InlineTable::new().into()), Item::Value);
            put(&mut inner, rest, value);
            if let Ok(inner) = inner.into_value() {
                put_inline(table, first, inner);
            }
        }
        _ => {}
    }
}

fn bare(mut value: Value) -> Value {
    value.decor_mut().clear();
    value
}

/// The old value's blanks and comment stay around the new one. A model's table keeps its labels.
fn put_here(table: &mut Table, key: &str, value: Value) {
    match table.get_mut(key) {
        Some(Item::Value(Value::InlineTable(model))) if value.is_str() && model.contains_key("id") => {
            put_inline(model, "id", value);
        }
        Some(Item::Table(model)) if value.is_str() && model.contains_key("id") => put_here(model, "id", value),
        Some(Item::Value(old)) => {
            let decor = old.decor().clone();
            *old = value;
            *old.decor_mut() = decor;
        }
        _ => {
            table.insert(key, Item::Value(value));
        }
    }
}

fn put_inline(table: &mut InlineTable, key: &str, value: Value) {
    if let Some(Value::InlineTable(model)) = table.get_mut(key)
        && value.is_str()
        && model.contains_key("id")
    {
        put_inline(model, "id", value);
        return;
    }
    if let Some(old) = table.get_mut(key) {
        let decor = old.decor().clone();
        *old = value;
        *old.decor_mut() = decor;
        return;
    }
    // The blank before the closing bracket stands behind the last value.
    if let Some((_, last)) = table.iter_mut().last() {
        last.decor_mut().set_suffix("");
    }
    table.insert(key, value);
}

impl Edit {
    /// Reads the user's file, which need not exist. Errors: it is no TOML, or not a configuration; then it
    /// stays as it is.
    pub fn config() -> Result<Self> {
        let path =
            paths::user_config().ok_or_else(|| Diagnostic::error("no home directory is known").help("set HOME"))?;
        Self::open(&path, File::Config)
    }

    /// Reads a project file.
    pub fn project(path: &Path) -> Result<Self> {
        Self::open(path, File::Project)
    }

    fn open(path: &Path, kind: File) -> Result<Self> {
        let original = Original::read(path)?;
        let unreadable = || Diagnostic::error(format!("{} is not UTF-8; nothing was changed", paths::display(path)));
        let bytes = original.bytes().unwrap_or_default()[original.mark().len()..].to_vec();
        let before = String::from_utf8(bytes).map_err(|_| unreadable())?;
        let broken = findings(path, &before, kind)
            .map_err(|finding| (*finding).help("nothing was changed; mend this first: claude-bedrock edit"))?;
        let broken = broken
            .into_iter()
            .filter_map(|(name, finding)| Some((name, finding.err()?.message)))
            .collect();
        let document = before
            .parse::<DocumentMut>()
            .map_err(|_| Diagnostic::error(format!("{} cannot be understood", paths::display(path))))?;
        Ok(Self {
            original,
            before,
            document,
            kind,
            broken,
        })
    }

    /// The file.
    pub fn path(&self) -> PathBuf {
        self.original.path.clone()
    }

    /// Whether it is a project file.
    pub fn is_project(&self) -> bool {
        self.kind == File::Project
    }

    /// The names of the profiles in this file, in its order.
    pub fn names(&self) -> Vec<String> {
        let profiles = self.document.get("profiles").and_then(Item::as_table_like);
        profiles
            .into_iter()
            .flat_map(TableLike::iter)
            .map(|(name, _)| name.to_owned())
            .collect()
    }

    fn must_have(&self, name: &str) -> Result<()> {
        let names = self.names();
        if names.iter().any(|known| known == name) {
            return Ok(());
        }
        Err(Diagnostic::error(format!(
            "{} has no profile `{name}`; nothing was changed",
            paths::display(&self.original.path)
        ))
        .did_you_mean(name, names.iter().map(String::as_str))
        .help("see what there is: claude-bedrock list")
        .into())
    }

    fn must_not_have(&self, name: &str) -> Result<()> {
        layers::check_name(name)?;
        if self.names().iter().any(|known| known == name) {
            return Err(Diagnostic::error(format!(
                "{} has a profile `{name}` already; nothing was changed",
                paths::display(&self.original.path)
            ))
            .help(format!(
                "change it: claude-bedrock set {name} KEY VALUE, or: claude-bedrock edit {name}"
            ))
            .into());
        }
        Ok(())
    }

    /// Writes a new profile at the end.
    pub fn add(&mut self, draft: &Draft) -> Result<()> {
        self.must_not_have(&draft.name)?;
        self.append(&draft.name, Item::Table(draft.table()));
        Ok(())
    }

    /// Puts a new profile behind all others, and gives the tables places of their own.
    fn append(&mut self, name: &str, mut item: Item) {
        let mut position = last_position(self.document.as_table());
        let is_empty = self.document.is_empty();
        let end = self.document.trailing().as_str().unwrap_or_default().to_owned();
        let profiles = self.document.entry("profiles").or_insert_with(|| {
            let mut table = Table::new();
            table.set_implicit(true);
            Item::Table(table)
        });
        match profiles {
            Item::Table(_) => {
                // A file's last comment stays before what is added behind it.
                if let Item::Table(table) = &mut item {
                    let gap = if is_empty && end.is_empty() { "" } else { "\n" };
                    table.decor_mut().set_prefix(format!("{end}{gap}"));
                    place(table, &mut position);
                    self.document.set_trailing("");
                }
                if let Some(profiles) = self.document.get_mut("profiles").and_then(Item::as_table_mut) {
                    profiles.insert(name, item);
                }
            }
            Item::Value(Value::InlineTable(profiles)) => {
                if let Ok(value) = item.into_value() {
                    put_inline(profiles, name, bare(value));
                }
            }
            _ => {}
        }
    }

    /// Sets a profile's values; for a project file `name` is none.
    pub fn set(&mut self, name: Option<&str>, entries: &[Entry]) -> Result<()> {
        if let Some(name) = name {
            self.must_have(name)?;
        }
        for (path, value) in entries {
            // The keys of one method mean nothing to another.
            let is_method = path.iter().map(String::as_str).eq(["auth", "method"]);
            if is_method {
                self.forget_auth(name, value);
            }
            let Some(root) = self.root(name) else { continue };
            set_in(root, path, value.clone());
        }
        Ok(())
    }

    fn forget_auth(&mut self, name: Option<&str>, method: &Value) {
        let Some(auth) = self
            .root(name)
            .and_then(|root| root.get_mut("auth"))
            .and_then(Item::as_table_like_mut)
        else {
            return;
        };
        if auth.get("method").and_then(Item::as_str) == method.as_str() {
            return;
        }
        let keys: Vec<String> = auth.iter().map(|(key, _)| key.to_owned()).collect();
        for key in keys.iter().filter(|key| *key != "method") {
            auth.remove(key);
        }
    }

    /// Takes a value out, with its comment. Errors: it is not there.
    pub fn unset(&mut self, name: Option<&str>, path: &str) -> Result<()> {
        if let Some(name) = name {
            self.must_have(name)?;
        }
        let missing = || {
            Diagnostic::error(format!("`{path}` is not set here; nothing was changed"))
                .help("see what is set, and where: claude-bedrock show")
        };
        let parts = split(path);
        let (last, tables) = parts.split_last().ok_or_else(missing)?;
        let mut table = self.root(name).ok_or_else(missing)?;
        for part in tables {
            table = table
                .get_mut(part)
                .and_then(Item::as_table_like_mut)
                .ok_or_else(missing)?;
        }
        table.remove(last).map(|_| ()).ok_or_else(|| missing().into())
    }

    fn root(&mut self, name: Option<&str>) -> Option<&mut dyn TableLike> {
        let Some(name) = name else {
            return Some(self.document.as_table_mut());
        };
        self.document
            .get_mut("profiles")?
            .as_table_like_mut()?
            .get_mut(name)?
            .as_table_like_mut()
    }

    /// Takes a profile out, with the comments that stand directly above it. Errors: it is not there, or others
    /// extend it.
    pub fn remove(&mut self, name: &str) -> Result<()> {
        self.must_have(name)?;
        let extending = self.extending(name);
        if !extending.is_empty() {
            return Err(Diagnostic::error(format!(
                "`{name}` is extended by {}; nothing was changed",
                extending.join(", ")
            ))
            .help(format!("first: claude-bedrock set {} --unset extends", extending[0]))
            .into());
        }
        let profiles = self.document.get_mut("profiles").and_then(Item::as_table_like_mut);
        if let Some(Item::Table(table)) = profiles.and_then(|profiles| profiles.remove(name))
            && !table.is_dotted()
        {
            let position = table.position().unwrap_or_default();
            let prefix = table.decor().prefix().and_then(RawString::as_str).unwrap_or_default();
            let rest = kept(prefix);
            self.give_to_next(position, &rest);
        }
        if self.default_profile() == Some(name) {
            // What stands above the key belongs to the file. It moves last: above the profile it would go with it.
            let prefix = self
                .document
                .key("default_profile")
                .and_then(|key| key.leaf_decor().prefix())
                .and_then(RawString::as_str)
                .unwrap_or_default()
                .to_owned();
            self.document.remove("default_profile");
            self.give_to_next(-1, &kept(&prefix));
        }
        Ok(())
    }

    /// Puts comments of the file's before the first thing that stands after `position`.
    fn give_to_next(&mut self, position: isize, comments: &str) {
        if comments.trim().is_empty() {
            return;
        }
        let mut next: Option<isize> = None;
        walk(self.document.as_table_mut(), &mut |table| {
            let here = table.position().filter(|here| *here > position && !table.is_implicit());
            next = [next, here].into_iter().flatten().min();
        });
        let Some(next) = next else {
            let end = self.document.trailing().as_str().unwrap_or_default().to_owned();
            self.document.set_trailing(format!("{comments}{end}"));
            return;
        };
        walk(self.document.as_table_mut(), &mut |table| {
            if table.position() == Some(next) && !table.is_implicit() {
                let own = table.decor().prefix().and_then(RawString::as_str).unwrap_or_default();
                let own = own.strip_prefix('\n').unwrap_or(own);
                let prefix = format!("{comments}{own}");
                table.decor_mut().set_prefix(prefix);
            }
        });
    }

    /// The profiles of this file that extend `name`.
    fn extending(&self, name: &str) -> Vec<String> {
        let profiles = self.document.get("profiles").and_then(Item::as_table_like);
        profiles
            .into_iter()
            .flat_map(TableLike::iter)
            .filter(|(_, item)| {
                item.as_table_like()
                    .and_then(|table| table.get("extends"))
                    .and_then(Item::as_str)
                    == Some(name)
            })
            .map(|(other, _)| other.to_owned())
            .collect()
    }

    /// The profile that is active where no project file applies, as this file says.
    pub fn default_profile(&self) -> Option<&str> {
        self.document.get("default_profile")?.as_str()
    }

    /// Makes a profile the default.
    pub fn set_default(&mut self, name: &str) {
        let value = Value::from(name);
        let is_new = self.document.get("default_profile").is_none();
        put_here(self.document.as_table_mut(), "default_profile", value);
        if is_new {
            // The key comes before all tables, and takes the file's head, such as the schema's line, from
            // the first of them.
            let mut head = None;
            walk(self.document.as_table_mut(), &mut |table| {
                let prefix = table.decor().prefix().and_then(RawString::as_str).unwrap_or_default();
                if head.is_none() && table.position().is_some() && !table.is_implicit() {
                    let rest = kept(prefix);
                    let own = prefix[rest.len()..].to_owned();
                    head = Some(rest);
                    table.decor_mut().set_prefix(format!("\n{own}"));
                }
            });
            let head = head.unwrap_or_default();
            if let Some(mut key) = self.document.as_table_mut().key_mut("default_profile") {
                key.leaf_decor_mut().set_prefix(head);
            }
        }
    }

    /// Gives a profile another name, here and where this file names it.
    pub fn rename(&mut self, old: &str, new: &str) -> Result<()> {
        self.must_have(old)?;
        self.must_not_have(new)?;
        for other in self.extending(old) {
            if let Some(table) = self.root(Some(&other)) {
                set_in(table, &["extends".to_owned()], new.into());
            }
        }
        if self.default_profile() == Some(old) {
            put_here(self.document.as_table_mut(), "default_profile", new.into());
        }
        match self.document.get_mut("profiles") {
            Some(Item::Table(profiles)) => {
                let keys: Vec<Key> = profiles
                    .iter()
                    .filter_map(|(name, _)| profiles.key(name).cloned())
                    .collect();
                // All are put back in their order: keys with dots stand where the table has them.
                for key in keys {
                    let Some(item) = profiles.remove(key.get()) else {
                        continue;
                    };
                    profiles.insert_formatted(&renamed(&key, old, new), item);
                }
            }
            Some(Item::Value(Value::InlineTable(profiles))) => {
                let keys: Vec<Key> = profiles
                    .iter()
                    .filter_map(|(name, _)| profiles.key(name).cloned())
                    .collect();
                for key in keys {
                    let Some(value) = profiles.remove(key.get()) else {
                        continue;
                    };
                    profiles.insert_formatted(&renamed(&key, old, new), value);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Writes a profile once more, under another name.
    pub fn copy(&mut self, from: &str, to: &str) -> Result<()> {
        self.must_have(from)?;
        self.must_not_have(to)?;
        let item = self
            .document
            .get("profiles")
            .and_then(|profiles| profiles.get(from))
            .cloned();
        let Some(item) = item else { return Ok(()) };
        let is_dotted = item.as_table().is_some_and(Table::is_dotted);
        match item {
            // As `work.region = …` in [profiles]: a table of its own is as good.
            Item::Table(mut table) if is_dotted => {
                table.set_dotted(false);
                self.append(to, Item::Table(table));
            }
            Item::Value(value) => {
                if let Some(profiles) = self.document.get_mut("profiles").and_then(Item::as_table_like_mut) {
                    profiles.insert(to, Item::Value(value));
                }
            }
            item => self.append(to, item),
        }
        Ok(())
    }

    /// The name in a project file.
    pub fn project_profile(&self) -> Option<&str> {
        self.document.get("profile")?.as_str()
    }

    /// Names another profile in a project file.
    pub fn set_project_profile(&mut self, name: &str) {
        put_here(self.document.as_table_mut(), "profile", name.into());
    }

    /// The file after the change. A file that is new begins with the line by which editors find its schema.
    pub fn after(&self) -> String {
        let text = self.document.to_string();
        let text = if self.original.bytes().is_none() {
            self.kind.line() + "\n" + &text
        } else {
            text
        };
        // Lines end as they did.
        if self.before.contains("\r\n") {
            text.replace("\r\n", "\n").replace('\n', "\r\n")
        } else {
            text
        }
    }

    /// The lines that change, secrets hidden.
    pub fn difference(&self) -> String {
        difference(&self.before, &self.after())
    }

    /// Checks what comes out: a profile that was right before must be right, and a new one, too.
    pub fn check(&self) -> Result<()> {
        let findings = findings(&self.original.path, &self.after(), self.kind)?;
        for (name, finding) in findings {
            if let Err(finding) = finding
                && !self.broken.contains_key(&name)
            {
                return Err((*finding).help("nothing was changed").into());
            }
        }
        Ok(())
    }

    /// Where `save` keeps the last version; `None` where the file is new.
    pub fn backup_path(&self) -> Option<PathBuf> {
        self.original.backup_path(self.backup())
    }

    /// The kind of backup: nothing is left lying about in a repository.
    fn backup(&self) -> Backup {
        match self.kind {
            File::Config => Backup::Last,
            File::Project => Backup::Apart,
        }
    }

    /// Checks, and writes the file with a backup of what it was. The lines that changed; empty where none did.
    pub fn save(&self) -> Result<String> {
        self.check()?;
        let after = self.after();
        if after == self.before {
            return Ok(String::new());
        }
        let content = self.original.with_mark(&after);
        self.original.replace(content.as_bytes(), self.backup())?;
        if self.original.bytes().is_none()
            && let Some(directory) = self.original.path.parent()
        {
            self.kind.write_into(directory)?;
        }
        Ok(self.difference())
    }
}

/// The lines that differ, secrets hidden.
pub fn difference(before: &str, after: &str) -> String {
    lines::difference(&masked(before), &masked(after))
        .iter()
        .map(|line| crate::system::text::visible(line) + "\n")
        .collect()
}

/// What is wrong with each profile of a file, or with the file as a whole.
pub fn findings(path: &Path, text: &str, kind: File) -> Result<BTreeMap<String, Result<()>>> {
    let source = Rc::new(Source::new(path.to_path_buf(), text.to_owned()));
    match kind {
        File::Config => load::check_config(&source),
        File::Project => Project::parse(&source).map(|_| BTreeMap::new()),
    }
}

fn renamed(key: &Key, old: &str, new: &str) -> Key {
    if key.get() != old {
        return key.clone();
    }
    Key::new(new)
        .with_leaf_decor(key.leaf_decor().clone())
        .with_dotted_decor(key.dotted_decor().clone())
}

/// The part of the comments above a table that belongs to the file: up to the last blank line, and the
/// schema's line.
fn kept(prefix: &str) -> String {
    let mut end = 0;
    let mut at = 0;
    for line in prefix.split_inclusive('\n') {
        at += line.len();
        if line.trim().is_empty() || line.starts_with("#:") {
            end = at;
        }
    }
    prefix[..end].to_owned()
}

fn set_in(table: &mut dyn TableLike, path: &[String], value: Value) {
    let [first, rest @ ..] = path else { return };
    if rest.is_empty() {
        match table.get_mut(first) {
            Some(Item::Value(old)) => {
                let decor = old.decor().clone();
                *old = value;
                *old.decor_mut() = decor;
            }
            _ => {
                table.insert(first, Item::Value(value));
            }
        }
        return;
    }
    if let Some(item) = table.get_mut(first) {
        put(item, rest, value);
        return;
    }
    let mut item = Item::Value(InlineTable::new().into());
    put(&mut item, rest, value);
    table.insert(first, item);
}

/// Every table, in the order of the file as far as it is nested.
fn walk(table: &mut Table, look: &mut impl FnMut(&mut Table)) {
    for (_, item) in table.iter_mut() {
        if let Some(table) = item.as_table_mut() {
            if !table.is_dotted() {
                look(table);
            }
            walk(table, look);
        }
    }
}

fn last_position(table: &Table) -> isize {
    let own = table.position().unwrap_or_default();
    let below = table.iter().filter_map(|(_, item)| item.as_table()).map(last_position);
    below.fold(own, isize::max)
}

/// Gives a table and those below it the places after `position`.
fn place(table: &mut Table, position: &mut isize) {
    *position += 1;
    table.set_position(Some(*position));
    for (_, item) in table.iter_mut() {
        if let Some(table) = item.as_table_mut() {
            place(table, position);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::subsequence;

    use super::*;

    const NAMES: [&str; 3] = ["work", "home", "team.eu"];
    const BODY: [&str; 7] = [
        "region   = 'us-east-1'   # near",
        "  description = \"ours\"",
        "models.opus = { id = \"claude-opus-4-8\", name = \"Big\" } # dear",
        "auth = { method = \"aws-profile\", profile = \"corp\" }# keys",
        "# a note",
        "",
        "\t# one more",
    ];

    /// A line of a file, and the profile that it belongs to.
    type Line = (Option<&'static str>, String);

    fn mixed<T: Clone + std::fmt::Debug + 'static>(all: Vec<T>) -> impl Strategy<Value = Vec<T>> {
        let most = all.len();
        subsequence(all, 0..=most).prop_shuffle()
    }

    fn profile(name: &'static str) -> impl Strategy<Value = Vec<Line>> {
        let above = mixed(vec!["", "# about it", "# and more"]);
        let below = mixed(vec!["A = \"1\" # a", "", "# b", "B = \"2\""]);
        (above, mixed(BODY.to_vec()), prop::option::of(below)).prop_map(move |(above, body, below)| {
            let mut lines: Vec<String> = above.into_iter().map(str::to_owned).collect();
            lines.push(format!("[profiles.{name:?}]  # {name}"));
            lines.extend(body.into_iter().map(str::to_owned));
            if let Some(below) = below {
                lines.push(format!("[ profiles.{name:?}.env ]"));
                lines.extend(below.into_iter().map(str::to_owned));
            }
            lines.into_iter().map(|line| (Some(name), line)).collect()
        })
    }

    fn file() -> impl Strategy<Value = Vec<Line>> {
        let head = mixed(vec!["# the file", "", "default_profile = \"home\" # mine"]);
        let profiles = Just(NAMES.to_vec())
            .prop_shuffle()
            .prop_flat_map(|names| names.into_iter().map(profile).collect::<Vec<_>>());
        let end = mixed(vec!["", "# the end"]);
        (head, profiles, end).prop_map(|(head, profiles, end)| {
            let free = |lines: Vec<&str>| {
                lines
                    .into_iter()
                    .map(|line| (None, line.to_owned()))
                    .collect::<Vec<Line>>()
            };
            let mut lines = free(head);
            lines.extend(profiles.into_iter().flatten());
            lines.extend(free(end));
            lines
        })
    }

    fn text(lines: &[Line]) -> String {
        lines.iter().map(|(_, line)| line.clone() + "\n").collect()
    }

    fn changed(text: &str, change: impl FnOnce(&mut Edit) -> Result<()>) -> String {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.toml");
        std::fs::write(&path, text).unwrap();
        let mut edit = Edit::open(&path, File::Config).unwrap();
        change(&mut edit).unwrap();
        edit.after()
    }

    fn set(text: &str, name: &str, path: &str, value: &str) -> String {
        changed(text, |edit| edit.set(Some(name), &[(split(path), value.into())]))
    }

    #[test]
    fn a_model_in_an_inline_table_keeps_its_labels() {
        let before = "[profiles.work]\nmodels = { opus = { id = \"a\", name = \"Big\" } } # dear\n";
        assert_eq!(
            set(before, "work", "models.opus", "b"),
            before.replace("\"a\"", "\"b\"")
        );
    }

    proptest! {
        #[test]
        fn set_changes_one_line_and_setting_back_is_the_identity(lines in file(), name in prop::sample::select(NAMES.to_vec())) {
            let before = text(&lines);
            for (key, old, path) in [
                ("description", "ours", "description"),
                ("models.opus", "claude-opus-4-8", "models.opus"),
                ("auth", "corp", "auth.profile"),
            ] {
                let is_it = |(owner, line): &Line| *owner == Some(name) && line.trim_start().starts_with(key);
                if !lines.iter().any(is_it) {
                    continue;
                }
                let after = set(&before, name, path, "other");
                let expected: Vec<Line> = lines
                    .iter()
                    .map(|line| if is_it(line) { (line.0, line.1.replace(old, "other")) } else { line.clone() })
                    .collect();
                prop_assert_eq!(&after, &text(&expected));
                prop_assert_eq!(set(&after, name, path, old), before.clone());
            }
        }

        #[test]
        fn set_of_what_is_missing_adds_one_line(lines in file(), name in prop::sample::select(NAMES.to_vec())) {
            let before = text(&lines);
            let after = set(&before, name, "small_fast_region", "eu-west-1");
            let mut rest: Vec<&str> = after.lines().collect();
            let at = rest.iter().position(|line| line.contains("small_fast_region"));
            prop_assert!(at.is_some());
            rest.remove(at.unwrap());
            prop_assert_eq!(rest, before.lines().collect::<Vec<_>>());
            let back = changed(&after, |edit| edit.unset(Some(name), "small_fast_region"));
            prop_assert_eq!(back, before);
        }

        #[test]
        fn rename_changes_the_lines_that_name_the_profile(lines in file(), name in prop::sample::select(NAMES.to_vec())) {
            let before = text(&lines);
            let after = changed(&before, |edit| edit.rename(name, "new"));
            prop_assert_eq!(before.lines().count(), after.lines().count());
            for (old, new) in before.lines().zip(after.lines()) {
                let names_it = old.contains(&format!("profiles.{name:?}")) || old.contains(&format!("default_profile = {name:?}"));
                if names_it {
                    prop_assert!(new.contains("new") && new.ends_with(old.rsplit(['"', ']']).next().unwrap()), "{}", new);
                } else {
                    prop_assert_eq!(old, new);
                }
            }
        }

        #[test]
        fn copy_writes_behind_what_is_there(lines in file(), name in prop::sample::select(NAMES.to_vec())) {
            let before = text(&lines);
            let after = changed(&before, |edit| edit.copy(name, "new"));
            prop_assert!(after.starts_with(&before), "{}", after);
            let again = changed(&after, |edit| edit.remove("new"));
            prop_assert_eq!(again.trim_end(), before.trim_end());
        }

        #[test]
        fn remove_takes_the_profile_and_nothing_else(lines in file(), name in prop::sample::select(NAMES.to_vec())) {
            let after = changed(&text(&lines), |edit| edit.remove(name));
            let is_default = |line: &str| name == "home" && line.starts_with("default_profile");
            // Comments directly above what goes belong to it.
            let mut goes: Vec<bool> = lines
                .iter()
                .map(|(owner, line)| *owner == Some(name) || line.is_empty() || is_default(line))
                .collect();
            for at in (1..lines.len()).rev() {
                let (owner, line) = &lines[at];
                let is_head = *owner == Some(name) && line.starts_with('[');
                let is_above = goes[at] && line.trim_start().starts_with('#');
                if (is_head || is_default(line) || is_above) && lines[at - 1].1.trim_start().starts_with('#') {
                    goes[at - 1] = true;
                }
            }
            let mut rest = after.lines();
            for ((_, line), _) in lines.iter().zip(goes).filter(|(_, goes)| !goes) {
                prop_assert!(rest.any(|left| left == line), "{line} is gone:\n{after}");
            }
            let head = format!("profiles.{name:?}");
            prop_assert!(!after.contains(&head));
        }
    }
}
