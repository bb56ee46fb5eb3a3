//! Changing the user's `config.toml` or a project file without an editor: comments, order and blank lines
//! stay, and what comes out is checked by the reader itself before anything is written.

mod document;
mod draft;
pub mod plaintext;
mod profiles;
mod value;

pub use draft::{Draft, FALLBACK_REGION};
pub use value::{Entry, secret, split, typed};

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use toml_edit::{DocumentMut, Item, Table, TableLike, Value};

use crate::diagnostic::{Diagnostic, Result, Source};
use crate::load;
use crate::profile::layers::{self, Project};
use crate::rewrite::{Backup, Original};
use crate::schema::Kind as File;
use crate::system::redact::masked;
use crate::system::{lines, paths};
use document::{bare, last_position, place, put_here, put_inline, set_in};

/// A file that is being changed.
pub struct Edit {
    original: Original,
    before: String,
    document: DocumentMut,
    kind: File,
    /// What is wrong with each profile before the change.
    broken: BTreeMap<String, String>,
}

impl Edit {
    /// Reads the user's file, which need not exist. Errors: it is not TOML, or not a configuration; then it stays as it
    /// is.
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
        let original = match kind {
            File::Config => Original::read(path)?,
            File::Project => Original::read_in_repository(path, path.parent().unwrap_or(path))?,
        };
        let unreadable = || Diagnostic::error(format!("{} is not UTF-8; nothing was changed", paths::display(path)));
        let bytes = original.bytes().unwrap_or_default()[original.mark().len()..].to_vec();
        let before = String::from_utf8(bytes).map_err(|_| unreadable())?;
        let broken = findings(path, &before, kind)
            .map_err(|finding| (*finding).help("nothing was changed; fix this first: claude-bedrock edit"))?;
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
                "{} already has a profile `{name}`; nothing was changed",
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

    /// Removes a value, with its comment. Errors: it is not set.
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

    /// The name in a project file.
    pub fn project_profile(&self) -> Option<&str> {
        self.document.get("profile")?.as_str()
    }

    /// Names another profile in a project file.
    pub fn set_project_profile(&mut self, name: &str) {
        put_here(self.document.as_table_mut(), "profile", name.into());
    }

    /// The file after the change.
    pub fn after(&self) -> String {
        let text = self.document.to_string();
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

    /// Where `save` keeps the last version; `None` if the file is new.
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
