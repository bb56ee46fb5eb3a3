//! Whole profiles of `config.toml`: removed, renamed, copied, made the default.

use toml_edit::{Item, Key, RawString, Table, TableLike, Value};

use super::Edit;
use super::document::{kept, put_here, renamed, set_in, walk};
use crate::diagnostic::{Diagnostic, Result};

impl Edit {
    /// Removes a profile, with the comments directly above it. Errors: it does not exist, or others extend it.
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
}
