//! Moving secrets that stand in the user's file in plain text into the keyring.
//!
//! All are stored first, then the file is replaced as a whole. Whatever fails, the file is unchanged and
//! the keyring holds nothing new.

use std::fs;
use std::ops::Range;
use std::path::PathBuf;
use std::rc::Rc;

use toml_edit::{Document, DocumentMut, InlineTable, Item, TableLike, Value};

use crate::diagnostic::{Diagnostic, Place, Result, Source};
use crate::profile::keys::{KEYS, Kind};
use crate::profile::layers;
use crate::rewrite::{Backup, Original};
use crate::secret::{Flaw, ONE_LINE, keyring, single_line};
use crate::system::files;
use crate::system::text::visible;
use crate::system::{lines, paths};
use crate::watch::Watch;

/// One secret on its way.
pub struct Move {
    /// The profile.
    profile: String,
    /// The path of its key.
    key: &'static str,
    value: String,
    /// Where the string stands.
    span: Range<usize>,
}

impl Move {
    /// The secret's name in the keyring.
    fn name(&self) -> String {
        format!("{}-{}", self.profile, self.key.rsplit('.').next().unwrap_or(self.key))
    }
}

/// What is to be moved, and the file without it.
pub struct Plan {
    /// The user's file.
    pub path: PathBuf,
    /// The secrets in the order of the file.
    pub moves: Vec<Move>,
    source: Rc<Source>,
    after: String,
}

impl Plan {
    /// Looks through the user's file.
    pub fn read() -> Result<Self> {
        let path =
            paths::user_config().ok_or_else(|| Diagnostic::error("no home directory is known").help("set HOME"))?;
        let read = layers::read_configs(&mut Watch::default())?;
        let source = read
            .into_iter()
            .map(|read| read.source)
            .find(|source| source.path == path);
        let source = source.ok_or_else(|| Diagnostic::error(format!("there is no file {}", paths::display(&path))))?;
        // Names the place, if it is not TOML.
        layers::parse(&source)?;
        let unreadable = |_| Diagnostic::error(format!("{} cannot be understood", paths::display(&path)));
        let document = Document::parse(source.text()).map_err(unreadable)?;
        let moves = find(&document, &source)?;
        let after = rewritten(document.into_mut(), &moves);
        Ok(Self {
            path,
            moves,
            source,
            after,
        })
    }

    /// The lines that change, the secrets hidden.
    pub fn difference(&self) -> String {
        let mut hidden = self.source.text().to_owned();
        for moved in self.moves.iter().rev() {
            hidden.replace_range(moved.span.clone(), "\"…\"");
        }
        let lines: String = lines::difference(&hidden, &self.after)
            .iter()
            .map(|line| visible(line) + "\n")
            .collect();
        // A comment on the line may hold the secret once more.
        self.moves
            .iter()
            .fold(lines, |lines, moved| lines.replace(&moved.value, "…"))
    }

    /// Where else in the file a secret stands, such as in a comment.
    pub fn remains(&self) -> Option<Diagnostic> {
        let position = self.moves.iter().find_map(|moved| self.after.find(&moved.value))?;
        let line = self.after[..position].matches('\n').count() + 1;
        let path = paths::display(&self.path);
        Some(
            Diagnostic::error(format!("{path} contains one of the secrets again, in line {line}"))
                .warning()
                .help("remove it by hand"),
        )
    }

    /// Stores the secrets and replaces the file.
    pub fn carry_out(self) -> Result<()> {
        let mut stored = Vec::new();
        let secrets: Vec<(String, String)> = self
            .moves
            .iter()
            .map(|moved| (moved.name(), moved.value.clone()))
            .collect();
        let result = store(&secrets, &mut stored).and_then(|()| self.write());
        if result.is_err() {
            take_back(&stored);
        }
        result
    }

    /// Replaces the file, and removes the backup that `set` and its like have left beside it if that holds one
    /// of the secrets.
    fn write(&self) -> Result<()> {
        let original = Original::read(&self.path)?;
        if original.bytes() != Some(original.with_mark(self.source.text()).as_bytes()) {
            let path = paths::display(&self.path);
            return Err(
                Diagnostic::error(format!("{path} has been changed in the meantime; nothing was changed"))
                    .help("try again: claude-bedrock secret import")
                    .into(),
            );
        }
        original.replace(original.with_mark(&self.after).as_bytes(), Backup::No)?;
        let backup = original.backup_beside();
        let text = files::read_text(&backup, files::OWN).unwrap_or_default();
        if self.moves.iter().any(|moved| text.contains(&moved.value)) {
            // One that cannot be removed is still for its user alone to read.
            let _ = fs::remove_file(backup);
        }
        Ok(())
    }
}

/// Stores secrets by their names, and says in `stored` which are new. Errors: the keyring holds another of that
/// name.
pub fn store(secrets: &[(String, String)], stored: &mut Vec<String>) -> Result<()> {
    for (name, value) in secrets {
        match keyring::get(name).map_err(|finding| finding.help("nothing was changed"))? {
            Some(known) if known == *value => {}
            Some(_) => {
                return Err(Diagnostic::error(format!(
                    "the keyring holds another secret `{name}` already; nothing was changed"
                ))
                .help(format!("if you no longer need it: claude-bedrock secret remove {name}"))
                .into());
            }
            None => {
                keyring::set(name, value).map_err(|finding| finding.help("nothing was changed"))?;
                stored.push(name.clone());
            }
        }
    }
    Ok(())
}

/// Takes out of the keyring again what was stored before something failed.
pub fn take_back(stored: &[String]) {
    for name in stored {
        // The first error is the one to tell.
        let _ = keyring::remove(name);
    }
}

/// The secrets that stand in the document as plain strings.
fn find(document: &Document<&str>, source: &Rc<Source>) -> Result<Vec<Move>> {
    let mut moves = Vec::new();
    let profiles = document.get("profiles").and_then(Item::as_table_like);
    for (profile, item) in profiles.into_iter().flat_map(TableLike::iter) {
        for key in KEYS.iter().filter(|key| matches!(key.kind, Kind::Secret)) {
            let item = key
                .path
                .split('.')
                .try_fold(item, |item, part| item.as_table_like()?.get(part));
            let Some((item, raw)) = item.and_then(|item| Some((item, item.as_str()?))) else {
                continue;
            };
            let span = item.span().unwrap_or_default();
            // The place only as a number: the line itself may show the secret.
            let place = Place {
                source: Rc::clone(source),
                span: span.clone(),
            };
            let shown = format!("{place}: `profiles.{profile}.{}`", key.path);
            let value = single_line(raw).map_err(|flaw| match flaw {
                Flaw::Empty => Diagnostic::error(format!("{shown} is empty; nothing was changed")).help("remove it"),
                Flaw::Lines => {
                    Diagnostic::error(format!("{shown} has more than one line; nothing was changed")).help(ONE_LINE)
                }
            })?;
            moves.push(Move {
                profile: profile.to_owned(),
                key: key.path,
                value: value.to_owned(),
                span,
            });
        }
    }
    moves.sort_by_key(|moved| moved.span.start);
    Ok(moves)
}

/// The document with each string replaced by where the secret is, comments and order kept.
fn rewritten(mut document: DocumentMut, moves: &[Move]) -> String {
    for moved in moves {
        let mut path = ["profiles", &moved.profile].into_iter().chain(moved.key.split('.'));
        let item = path.try_fold(document.as_item_mut(), |item, part| {
            item.as_table_like_mut()?.get_mut(part)
        });
        if let Some(value) = item.and_then(Item::as_value_mut) {
            let mut place = InlineTable::new();
            place.insert("keyring", moved.name().into());
            let decor = value.decor().clone();
            *value = Value::InlineTable(place);
            *value.decor_mut() = decor;
        }
    }
    document.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(text: &str) -> Plan {
        let source = Rc::new(Source::new(PathBuf::from("/config.toml"), text.to_owned()));
        let document = Document::parse(text).unwrap();
        let moves = find(&document, &source).unwrap_or_else(|finding| panic!("{}", finding.render(false)));
        let after = rewritten(document.into_mut(), &moves);
        Plan {
            path: PathBuf::from("/config.toml"),
            moves,
            source,
            after,
        }
    }

    #[test]
    fn strings_become_places_and_all_else_stays() {
        let plan = plan(
            "# mine\n[profiles.work] # the first\nregion = \"x\"\nauth = { method = \"api-key\", api_key = 'hush-1' } # why\n\n\
             [profiles.\"a b\".auth]\naccess_key_id = \"hush-2\" # the ID\nsecret_access_key = { env = \"KEY\" }\nsession_token = \"\"\"\nhush-3\"\"\"\n\n\
             [profiles.dotted]\nauth.token = \"hush-4\"\n",
        );
        insta::assert_snapshot!(plan.after, @r#"
        # mine
        [profiles.work] # the first
        region = "x"
        auth = { method = "api-key", api_key = { keyring = "work-api_key" } } # why

        [profiles."a b".auth]
        access_key_id = { keyring = "a b-access_key_id" } # the ID
        secret_access_key = { env = "KEY" }
        session_token = { keyring = "a b-session_token" }

        [profiles.dotted]
        auth.token = { keyring = "dotted-token" }
        "#);
        insta::assert_snapshot!(plan.difference(), @r#"
        - auth = { method = "api-key", api_key = "…" } # why
        + auth = { method = "api-key", api_key = { keyring = "work-api_key" } } # why
        - access_key_id = "…" # the ID
        + access_key_id = { keyring = "a b-access_key_id" } # the ID
        - session_token = "…"
        + session_token = { keyring = "a b-session_token" }
        - auth.token = "…"
        + auth.token = { keyring = "dotted-token" }
        "#);
        assert!(plan.remains().is_none());
    }

    #[test]
    fn a_secret_that_stands_in_a_comment_too_is_told() {
        let plan = plan("[profiles.work]\n# was hush-1 before\nauth = { api_key = \"hush-1\" } # hush-1\n");
        insta::assert_snapshot!(plan.remains().unwrap().render(false), @r"
        claude-bedrock: warning: /config.toml contains one of the secrets again, in line 2
          remove it by hand
        ");
        assert!(!plan.difference().contains("hush"), "{}", plan.difference());
    }
}
