//! One file of `~/.aws` as the AWS SDK for JavaScript reads it, which Claude Code has inside: `parseIni` and
//! `getConfigData` of `@smithy/core`, module `shared-ini-file-loader`, as it is in
//! `@aws-sdk/credential-providers` 3.1175.0. Nothing in such a file is an error.
//!
//! The heads are found at once, the keys of a section when somebody asks for them.

use std::collections::BTreeMap;
use std::ops::Range;

/// The words that may stand before a name in a head; a section with any other word is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Prefix {
    Profile,
    SsoSession,
    Services,
}

impl Prefix {
    const ALL: [Self; 3] = [Self::Profile, Self::SsoSession, Self::Services];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::SsoSession => "sso-session",
            Self::Services => "services",
        }
    }

    fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|prefix| prefix.word() == word)
    }
}

/// A value, and where its line begins in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) text: String,
    pub(super) at: usize,
}

/// The keys of a section. Those of a nested section have its name and a dot in front: `s3.region`.
pub(super) type Section = BTreeMap<String, Value>;

/// A head whose section counts.
#[derive(Debug)]
struct Head {
    prefix: Option<Prefix>,
    name: Range<usize>,
    /// The lines up to the next head.
    body: Range<usize>,
}

/// A file, decoded, with the places of its sections.
#[derive(Debug, Default)]
pub(super) struct Ini {
    text: String,
    heads: Vec<Head>,
    /// The heads by prefix and name, those of one name in their order: a file may have thousands.
    order: Vec<usize>,
    /// A head at which the SDK gives up, so that nothing in the file counts.
    pub(super) refused: Option<usize>,
}

/// A line that looks like a head, as the SDK takes it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Headline<'a> {
    /// A section that counts, if the file's kind lets it.
    Section(Option<Prefix>, &'a str),
    /// Prefix and name, with a prefix that the SDK does not know.
    Nobodys,
    /// The SDK throws, and the file counts as empty.
    Refused,
}

/// What `\s` matches in JavaScript, and what `trim` takes away.
pub(super) fn is_space(character: char) -> bool {
    matches!(
        character,
        '\t'..='\r' | ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}'
            | '\u{205f}' | '\u{3000}' | '\u{feff}'
    )
}

/// A line without its comment and the blanks around it: `line.split(/(^|\s)[;#]/)[0].trim()`.
fn trimmed(line: &str) -> &str {
    let mut end = line.len();
    for (at, _) in line.match_indices(['#', ';']) {
        if line[..at].chars().next_back().is_none_or(is_space) {
            end = at;
            break;
        }
    }
    line[..end].trim_matches(is_space)
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-')
}

fn is_of_name(character: char) -> bool {
    is_word(character) || matches!(character, '@' | '+' | '.' | '%' | ':' | '/')
}

/// Word, one blank and name, by `/^([\w-]+)\s(["'])?([\w-@+.%:/]+)\2$/`.
fn word_and_name(head: &str) -> Option<(&str, &str)> {
    let at = head.find(is_space)?;
    let (word, rest) = head.split_at(at);
    let rest = &rest[rest.chars().next()?.len_utf8()..];
    let name = match rest.chars().next()? {
        quote @ ('"' | '\'') => rest[1..].strip_suffix(quote)?,
        _ => rest,
    };
    let fits = !word.is_empty() && word.chars().all(is_word) && !name.is_empty() && name.chars().all(is_of_name);
    fits.then_some((word, name))
}

/// The text of a head between its brackets, as the SDK takes it.
pub(super) fn headline(head: &str) -> Headline<'_> {
    if head == "__proto__" || head == "profile __proto__" {
        return Headline::Refused;
    }
    if let Some((word, name)) = word_and_name(head) {
        return match Prefix::of(word) {
            Some(prefix) => Headline::Section(Some(prefix), name),
            None => Headline::Nobodys,
        };
    }
    // `[profile.x]` is the same section as `[profile x]`.
    let (prefix, name) = dotted(head);
    Headline::Section(prefix, name)
}

/// A section by the name that it has for the SDK: prefix, dot and name, or the name alone.
pub(super) fn dotted(name: &str) -> (Option<Prefix>, &str) {
    let prefixed = name
        .split_once('.')
        .and_then(|(word, name)| Some((Prefix::of(word)?, name)));
    prefixed.map_or((None, name), |(prefix, name)| (Some(prefix), name))
}

/// The text between the brackets, where a line is a head.
pub(super) fn between_brackets(line: &str) -> Option<&str> {
    // Nearly every line ends here.
    if line.trim_start_matches(is_space).as_bytes().first() != Some(&b'[') {
        return None;
    }
    trimmed(line).strip_prefix('[')?.strip_suffix(']')
}

/// The lines of a part of the text with their places.
fn lines(text: &str, part: Range<usize>) -> impl Iterator<Item = (usize, &str)> {
    let mut at = part.start;
    text[part].split_inclusive('\n').map(move |line| {
        let place = at;
        at += line.len();
        (place, line)
    })
}

impl Ini {
    /// Whether `key` stands anywhere in the text, in capitals or not.
    pub(super) fn mentions(&self, key: &str) -> bool {
        let (text, key) = (self.text.as_bytes(), key.as_bytes());
        text.windows(key.len()).any(|part| part.eq_ignore_ascii_case(key))
    }

    /// Reads a file. Bytes that are not UTF-8 are no error.
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        let text =
            String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        let mut heads: Vec<Head> = Vec::new();
        let mut open = false;
        let mut refused = None;
        for (at, line) in lines(&text, 0..text.len()) {
            let Some(head) = between_brackets(line) else { continue };
            if open && let Some(last) = heads.last_mut() {
                last.body.end = at;
            }
            open = false;
            match headline(head) {
                Headline::Section(prefix, name) if prefix.is_some() || !name.is_empty() => {
                    let start = name.as_ptr() as usize - text.as_ptr() as usize;
                    let name = start..start + name.len();
                    let body = at + line.len()..text.len();
                    heads.push(Head { prefix, name, body });
                    open = true;
                }
                Headline::Section(..) | Headline::Nobodys => {}
                Headline::Refused => {
                    heads.clear();
                    refused = Some(at);
                    break;
                }
            }
        }
        let mut order: Vec<usize> = (0..heads.len()).collect();
        order.sort_by_key(|index| (heads[*index].prefix, &text[heads[*index].name.clone()]));
        Self {
            text,
            heads,
            order,
            refused,
        }
    }

    /// The text, decoded.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The number of the line that begins at or spans `at`, from 1.
    pub(super) fn line_of(&self, at: usize) -> usize {
        self.text[..at].matches('\n').count() + 1
    }

    /// Calls `found` with each key and value of a section's lines until it returns `false`.
    fn pairs(&self, head: &Head, found: &mut dyn FnMut(Option<&str>, &str, Value) -> bool) {
        let mut nested: Option<&str> = None;
        for (at, line) in lines(&self.text, head.body.clone()) {
            let Some((key, value)) = trimmed(line).split_once('=') else {
                continue;
            };
            if key.is_empty() {
                continue;
            }
            let (key, value) = (key.trim_matches(is_space), value.trim_matches(is_space));
            if value.is_empty() {
                nested = Some(key).filter(|key| !key.is_empty());
                continue;
            }
            if !line.starts_with(is_space) {
                nested = None;
            }
            let value = Value {
                text: value.to_owned(),
                at,
            };
            if !found(nested, key, value) {
                return;
            }
        }
    }

    fn has_keys(&self, head: &Head) -> bool {
        let mut has = false;
        self.pairs(head, &mut |_, _, _| {
            has = true;
            false
        });
        has
    }

    /// All heads of that prefix and name, in their order.
    fn heads_of(&self, prefix: Option<Prefix>, name: &str) -> impl Iterator<Item = &Head> {
        let key = |index: &usize| (self.heads[*index].prefix, &self.text[self.heads[*index].name.clone()]);
        let wanted = (prefix, name);
        let start = self.order.partition_point(|index| key(index) < wanted);
        let found = self.order[start..].iter().take_while(move |index| key(index) == wanted);
        found.map(|index| &self.heads[*index])
    }

    /// The section of that head with all that repeat it, later keys over earlier ones, and where its first key made it
    /// be; `None` if there is none, or no key in it.
    pub(super) fn section(&self, prefix: Option<Prefix>, name: &str) -> Option<(usize, Section)> {
        let mut first = None;
        let mut section = Section::new();
        for head in self.heads_of(prefix, name) {
            self.pairs(head, &mut |nested, key, value| {
                first.get_or_insert(value.at);
                let key = nested.map_or_else(|| key.to_owned(), |nested| format!("{nested}.{key}"));
                section.insert(key, value);
                true
            });
        }
        Some((first?, section))
    }

    /// Prefixes and names of all sections that have keys; a repeated one comes again.
    pub(super) fn names(&self) -> impl Iterator<Item = (Option<Prefix>, &str)> {
        self.heads
            .iter()
            .filter(|head| self.has_keys(head))
            .map(|head| (head.prefix, &self.text[head.name.clone()]))
    }
}
