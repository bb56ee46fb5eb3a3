//! Reads a table of TOML into values. The first thing that is wrong is the error.

use std::ops::Range;
use std::rc::Rc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostic, Place, Result, Source};
use crate::profile::keys::{ENV, HEADERS, KEYS, Key, Kind, MODEL_LABELS, OVERRIDES};
use crate::profile::value::{COMMAND_SECONDS, Located, Secret, Settings, Value};
use crate::variables;

/// Where a table of profile keys stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// `[profiles.NAME]` in a user's or an administrator's file.
    Profile,
    /// The top level of a project file.
    Project,
}

impl Scope {
    /// The keys next to those of a profile, or invalid here.
    pub fn allows(self, path: &str) -> bool {
        !(self == Self::Project && matches!(path, "extends" | "abstract" | "login.command"))
    }
}

/// Reads a table of profile keys. The first thing that is wrong is the error.
pub fn settings<'a>(
    entries: impl IntoIterator<Item = (&'a Spanned<std::borrow::Cow<'a, str>>, &'a Spanned<DeValue<'a>>)>,
    source: &Rc<Source>,
    scope: Scope,
) -> Result<Settings> {
    let mut reader = Reader {
        source,
        scope,
        settings: Settings::default(),
    };
    for (name, value) in entries {
        reader.entry("", name, value)?;
    }
    Ok(reader.settings)
}

struct Reader<'a> {
    source: &'a Rc<Source>,
    scope: Scope,
    settings: Settings,
}

impl Reader<'_> {
    fn entry(
        &mut self,
        prefix: &str,
        name: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<()> {
        let path = if prefix.is_empty() {
            name.get_ref().to_string()
        } else {
            format!("{prefix}.{}", name.get_ref())
        };
        if path == ENV {
            return self.variables(table_at(&path, value, self.source)?);
        }
        if path == OVERRIDES {
            return self.overrides(table_at(&path, value, self.source)?);
        }
        if path == HEADERS {
            let table = table_at(&path, value, self.source).map_err(|finding| {
                finding
                    .code("CB016")
                    .help("one entry for each header: headers = { \"X-Name\" = \"value\" }")
            })?;
            return self.headers(table);
        }
        if let Some(key) = KEYS.iter().find(|key| key.path == path && self.scope.allows(key.path)) {
            return self.value(key, value);
        }
        if is_table(&path) {
            for (name, value) in table_at(&path, value, self.source)? {
                self.entry(&path, name, value)?;
            }
            return Ok(());
        }
        Err(self.unknown(prefix, name))
    }

    fn value(&mut self, key: &Key, value: &Spanned<DeValue<'_>>) -> Result<()> {
        let content = match (key.kind, value.get_ref()) {
            (Kind::Flag, DeValue::Boolean(flag)) => Value::Flag(*flag),
            (Kind::Flag, _) => return Err(wrong_type(key.path, "true or false", value, self.source)),
            (Kind::Secret, DeValue::Table(table)) => Value::Secret(self.secret(key.path, table, value)?),
            (Kind::Secret, DeValue::String(text)) => return Err(self.plain_secret(key.path, text, value.span())),
            (Kind::Secret, _) => {
                return Err(wrong_type(
                    key.path,
                    "a table that says where the secret is",
                    value,
                    self.source,
                ));
            }
            (Kind::Model, DeValue::Table(table)) => return self.model(key, table, value),
            (Kind::Models, _) => Value::List(self.list(key, value)?),
            _ => {
                let text = text_at(key.path, value, self.source)?;
                check(key, text, self.source, value.span())?;
                // Capitals in a region would go into the signature, which AWS refuses.
                let is_region = matches!(key.path, "region" | "small_fast_region");
                Value::Text(if is_region {
                    text.to_ascii_lowercase()
                } else {
                    text.to_owned()
                })
            }
        };
        self.insert(key.path.to_owned(), content, value.span());
        Ok(())
    }

    fn list(&self, key: &Key, value: &Spanned<DeValue<'_>>) -> Result<Vec<String>> {
        let wrong = |value| wrong_type(key.path, "an array of models", value, self.source);
        let entries = value.get_ref().as_array().ok_or_else(|| wrong(value))?;
        if entries.is_empty() {
            return Err(
                Diagnostic::at(self.place(value.span()), format!("`{}` allows no model", key.path))
                    .help("leave the key out to allow any")
                    .into(),
            );
        }
        let mut texts = Vec::new();
        for entry in entries {
            let text = entry.get_ref().as_str().ok_or_else(|| wrong(entry))?;
            check(key, text, self.source, entry.span())?;
            texts.push(text.to_owned());
        }
        Ok(texts)
    }

    fn overrides(&mut self, table: &DeTable<'_>) -> Result<()> {
        for (name, value) in table {
            let path = format!("{OVERRIDES}.{}", name.get_ref());
            let text = text_at(&path, value, self.source)?;
            if text.is_empty() || text.chars().any(char::is_control) {
                return Err(Diagnostic::at(
                    self.place(value.span()),
                    format!("`{path}` is the ARN or the Bedrock ID that stands for the model"),
                )
                .into());
            }
            self.insert(path, Value::Text(text.to_owned()), value.span());
        }
        Ok(())
    }

    /// A model with what the picker shows.
    fn model(&mut self, key: &Key, table: &DeTable<'_>, whole: &Spanned<DeValue<'_>>) -> Result<()> {
        for (name, value) in table {
            let path = format!("{}.{}", key.path, name.get_ref());
            if name.get_ref() == "id" {
                let text = text_at(&path, value, self.source)?;
                check(key, text, self.source, value.span())?;
                self.insert(key.path.to_owned(), Value::Text(text.to_owned()), value.span());
            } else if MODEL_LABELS.iter().any(|(label, _)| label == name.get_ref()) {
                let text = text_at(&path, value, self.source)?;
                without_nul(text, self.source, value.span())?;
                self.insert(path, Value::Text(text.to_owned()), value.span());
            } else {
                let known = ["id", "name", "description", "capabilities"];
                return Err(unknown_key(self.place(name.span()), name.get_ref(), key.path, &known));
            }
        }
        if table.is_empty() {
            return Err(wrong_type(
                key.path,
                "a model's name, or a table with its `id`",
                whole,
                self.source,
            ));
        }
        Ok(())
    }

    fn secret(&self, path: &str, table: &DeTable<'_>, whole: &Spanned<DeValue<'_>>) -> Result<Secret> {
        const KINDS: [&str; 4] = ["keyring", "command", "file", "env"];
        let mut kind = None;
        let mut timeout = None;
        for (name, value) in table {
            let word = &**name.get_ref();
            if word == "timeout" {
                let seconds = value
                    .get_ref()
                    .as_integer()
                    .and_then(|number| u64::from_str_radix(number.as_str(), number.radix()).ok());
                let wrong = || {
                    wrong_type(
                        &format!("{path}.timeout"),
                        "a whole number of seconds, at least 1",
                        value,
                        self.source,
                    )
                };
                timeout = Some((seconds.filter(|seconds| *seconds > 0).ok_or_else(wrong)?, name.span()));
            } else if let Some(known) = KINDS.iter().find(|known| **known == word) {
                let text = text_at(&format!("{path}.{word}"), value, self.source)?;
                without_nul(text, self.source, value.span())?;
                if text.trim().is_empty() {
                    return Err(Diagnostic::at(self.place(value.span()), format!("`{path}.{word}` is empty")).into());
                }
                if let Some((other, _)) = kind.replace((*known, text)) {
                    return Err(Diagnostic::at(
                        self.place(name.span()),
                        format!("`{path}` has two places: {other} and {word}"),
                    )
                    .help("keep one of them")
                    .into());
                }
            } else {
                let known = ["keyring", "command", "file", "env", "timeout"];
                return Err(unknown_key(self.place(name.span()), word, path, &known));
            }
        }
        let seconds = timeout.as_ref().map_or(COMMAND_SECONDS, |(seconds, _)| *seconds);
        match (kind, timeout) {
            (Some(("command", line)), _) => Ok(Secret::Command {
                line: line.to_owned(),
                seconds,
            }),
            (Some((other, _)), Some((_, span))) => Err(Diagnostic::at(
                self.place(span),
                format!("`timeout` is for a command, not for `{other}`"),
            )
            .into()),
            (Some(("keyring", name)), None) => Ok(Secret::Keyring(name.to_owned())),
            (Some(("file", name)), None) => Ok(Secret::File(name.to_owned())),
            (Some((_, name)), None) => Ok(Secret::Env(name.to_owned())),
            (None, _) => Err(Diagnostic::at(
                self.place(whole.span()),
                format!("`{path}` does not say where the secret is"),
            )
            .help("one of: { keyring = \"name\" }, { command = \"…\" }, { file = \"path\" }, { env = \"NAME\" }")
            .into()),
        }
    }

    fn plain_secret(&self, path: &str, secret: &str, span: Range<usize>) -> Box<Diagnostic> {
        let name = path.rsplit('.').next().unwrap_or(path);
        // However the string is written, over several lines too, the file is shown without it; and without
        // what a comment says of it.
        let mut text = self.source.text().to_owned();
        let hidden: String = text[span.clone()]
            .chars()
            .map(|c| {
                if c == '\n' {
                    c.to_string()
                } else {
                    "*".repeat(c.len_utf8())
                }
            })
            .collect();
        text.replace_range(span.clone(), &hidden);
        if !secret.is_empty() && !secret.contains('\n') {
            text = text.replace(secret, &"*".repeat(secret.len()));
        }
        let source = Rc::new(Source::new(self.source.path.clone(), text));
        let finding =
            Diagnostic::at(Place { source, span }, format!("`{path}` is in the file in plain text")).code("CB019");
        let finding = match self.scope {
            Scope::Profile => finding.help("move it into the keyring: claude-bedrock secret import"),
            Scope::Project => finding.help(format!(
                "put it into the keyring (claude-bedrock secret set NAME), and write: {name} = {{ keyring = \"NAME\" }}"
            )),
        };
        finding
            .help(format!(
                "or write where it is: {name} = {{ command = \"…\" }}, {{ file = \"path\" }} or {{ env = \"NAME\" }}"
            ))
            .into()
    }

    fn headers(&mut self, table: &DeTable<'_>) -> Result<()> {
        for (name, value) in table {
            let header = name.get_ref();
            let path = format!("{HEADERS}.{header}");
            // RFC 9110, section 5.6.2: the characters of a token.
            let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
            if header.is_empty() || !header.chars().all(is_token) {
                return Err(Diagnostic::at(
                    self.place(name.span()),
                    format!("`{header}` is not the name of a header"),
                )
                .help("one header a line: \"X-Team\" = \"platform\"")
                .into());
            }
            if let DeValue::Table(table) = value.get_ref() {
                let secret = self.secret(&path, table, value)?;
                self.insert(path, Value::Secret(secret), value.span());
                continue;
            }
            let text = text_at(&path, value, self.source)?;
            if text.chars().any(char::is_control) {
                return Err(
                    Diagnostic::at(self.place(value.span()), format!("`{path}` holds a control character"))
                        .help("a header is one line; give each header a line of its own in [headers]")
                        .into(),
                );
            }
            self.insert(path, Value::Text(text.to_owned()), value.span());
        }
        Ok(())
    }

    fn variables(&mut self, table: &DeTable<'_>) -> Result<()> {
        for (name, value) in table {
            let place = || place(self.source, name.span());
            variables::check_free_name(name.get_ref()).map_err(|error| Diagnostic {
                place: Some(place()),
                ..error
            })?;
            if self.scope == Scope::Project {
                variables::check_project_name(name.get_ref()).map_err(|error| Diagnostic {
                    place: Some(place()),
                    ..error
                })?;
            }
            let path = format!("{ENV}.{}", name.get_ref());
            let content = match value.get_ref() {
                DeValue::Boolean(false) => Value::Unset,
                DeValue::String(text) => {
                    without_nul(text, self.source, value.span())?;
                    variables::check_length(name.get_ref(), text.len()).map_err(|error| Diagnostic {
                        place: Some(self.place(value.span())),
                        ..error
                    })?;
                    Value::Text(text.to_string())
                }
                other => {
                    return Err(Diagnostic::at(
                        self.place(value.span()),
                        format!(
                            "`{path}` is {}, but a variable is text, or `false` to unset it",
                            article(other.type_str())
                        ),
                    )
                    .help(format!("put it in quotes: {} = \"…\"", name.get_ref()))
                    .into());
                }
            };
            self.insert(path, content, value.span());
        }
        Ok(())
    }

    fn insert(&mut self, path: String, value: Value, span: Range<usize>) {
        let place = self.place(span);
        self.settings.insert(path, Located { value, place });
    }

    fn place(&self, span: Range<usize>) -> Place {
        place(self.source, span)
    }

    fn unknown(&self, prefix: &str, name: &Spanned<std::borrow::Cow<'_, str>>) -> Box<Diagnostic> {
        let place = self.place(name.span());
        if self.scope == Scope::Project && name.get_ref() == "extends" {
            return Diagnostic::at(place, "`extends` belongs in a profile, not in a project file")
                .help("a project file names one profile and refines it: profile = \"…\"")
                .into();
        }
        let path = [prefix, name.get_ref()].join(if prefix.is_empty() { "" } else { "." });
        if matches!(path.as_str(), "abstract" | "login.command") && !self.scope.allows(&path) {
            return Diagnostic::at(
                place,
                format!("`{path}` belongs into a profile, not into a project file"),
            )
            .help("remove it")
            .into();
        }
        unknown_key(place, name.get_ref(), prefix, &self.known_below(prefix))
    }

    /// The names that may stand in the table `prefix`.
    fn known_below(&self, prefix: &str) -> Vec<&'static str> {
        let mut names: Vec<&str> = KEYS
            .iter()
            .filter(|key| self.scope.allows(key.path))
            .filter_map(|key| match prefix {
                "" => Some(key.path.split('.').next().unwrap_or(key.path)),
                _ => key.path.strip_prefix(prefix)?.strip_prefix('.'),
            })
            .collect();
        if prefix.is_empty() {
            names.extend([ENV, HEADERS]);
            if self.scope == Scope::Project {
                names.extend(["profile", "root", "team", "hint"]);
            }
        }
        if prefix == "models" {
            names.push("overrides");
        }
        names.dedup();
        names
    }
}

/// The error for a key that does not exist.
pub fn unknown_key(place: Place, name: &str, table: &str, known: &[&'static str]) -> Box<Diagnostic> {
    let wherein = if table.is_empty() {
        String::new()
    } else {
        format!(" in `{table}`")
    };
    let finding = Diagnostic::at(place, format!("unknown key `{name}`{wherein}"));
    let finding = match crate::system::text::nearest(name, known.iter().copied()) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding.help(format!("known here: {}", known.join(", "))),
    };
    finding.into()
}

fn is_table(path: &str) -> bool {
    KEYS.iter()
        .any(|key| key.path.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')))
}

fn check(key: &Key, text: &str, source: &Rc<Source>, span: Range<usize>) -> Result<()> {
    without_nul(text, source, span.clone())?;
    let path = key.path;
    match key.kind {
        Kind::OneOf(words) if !words.contains(&text) => Err(Diagnostic::at(
            place(source, span),
            format!("`{path}` cannot be `{text}`"),
        )
        .did_you_mean(text, words.iter().copied())
        .help(format!("allowed: {}", words.join(", ")))
        .into()),
        Kind::Account if text.len() != 12 || !text.bytes().all(|byte| byte.is_ascii_digit()) => Err(Diagnostic::at(
            place(source, span),
            format!("`{path}` cannot be `{text}`"),
        )
        .help("an AWS account's number has 12 digits, in quotes: account = \"123456789012\"")
        .into()),
        Kind::Url
            if !["https://", "http://"]
                .iter()
                .any(|scheme| text.len() > scheme.len() && text.starts_with(scheme)) =>
        {
            Err(
                Diagnostic::at(place(source, span), format!("`{path}` cannot be `{text}`"))
                    .help("an address begins with https:// (or http:// on this machine)")
                    .into(),
            )
        }
        _ if text.is_empty() && path != "description" => {
            Err(Diagnostic::at(place(source, span), format!("`{path}` is empty"))
                .help("leave the key out to leave it unset")
                .into())
        }
        // What a terminal shows as nothing is never meant in a name.
        _ if path != "description" && text.chars().any(crate::system::text::is_steering) => {
            Err(Diagnostic::at(place(source, span), format!("`{path}` holds a control character")).into())
        }
        _ => Ok(()),
    }
}

/// No environment variable can hold a NUL.
fn without_nul(text: &str, source: &Rc<Source>, span: Range<usize>) -> Result<()> {
    if text.contains('\0') {
        return Err(Diagnostic::at(place(source, span), "a NUL character, which no variable can hold").into());
    }
    Ok(())
}

/// The table at `path`, or the error that it is not a table.
pub fn table_at<'a, 'i>(path: &str, value: &'a Spanned<DeValue<'i>>, source: &Rc<Source>) -> Result<&'a DeTable<'i>> {
    value
        .get_ref()
        .as_table()
        .ok_or_else(|| wrong_type(path, "a table", value, source))
}

/// The text at `path`, or the error that it is not text.
pub fn text_at<'a>(path: &str, value: &'a Spanned<DeValue<'_>>, source: &Rc<Source>) -> Result<&'a str> {
    value
        .get_ref()
        .as_str()
        .ok_or_else(|| wrong_type(path, "text in quotes", value, source))
}

/// The error for a value of another type.
pub fn wrong_type(path: &str, expected: &str, value: &Spanned<DeValue<'_>>, source: &Rc<Source>) -> Box<Diagnostic> {
    let found = article(value.get_ref().type_str());
    Diagnostic::at(
        place(source, value.span()),
        format!("`{path}` is {found}, but must be {expected}"),
    )
    .into()
}

fn article(name: &str) -> String {
    let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {name}")
}

/// A place in `source`.
pub fn place(source: &Rc<Source>, span: Range<usize>) -> Place {
    Place {
        source: Rc::clone(source),
        span,
    }
}
