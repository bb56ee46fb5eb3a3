//! JSON with the place of each part, and nothing built: what reading with lines and editing byte for byte need.
//!
//! The whole text is checked. Comments and commas before a closing bracket, which people write and Claude
//! Code's strict parser refuses, are passed over and noted.

use std::ops::Range;

/// What is wrong with a text that is not JSON.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// The bytes meant.
    pub span: Range<usize>,
    /// In words.
    pub message: String,
}

type Result<T> = std::result::Result<T, Fault>;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `{…}`
    Object,
    /// `[…]`
    Array,
    /// `"…"`
    Text,
    /// A number, `true`, `false` or `null`.
    Word,
}

/// A value and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub kind: Kind,
    /// Its bytes.
    pub span: Range<usize>,
}

/// A member of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The name, without escapes.
    pub name: String,
    /// The name's bytes with its quotes.
    pub key: Range<usize>,
    /// The value.
    pub value: Item,
    /// Where the comma after it is.
    pub comma: Option<usize>,
}

/// An object with its members in their order, repeated names and all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its bytes with the brackets.
    pub span: Range<usize>,
    /// The members.
    pub members: Vec<Member>,
}

impl Object {
    /// The member of that name that counts: the last one.
    pub fn get(&self, name: &str) -> Option<&Member> {
        self.members.iter().rev().find(|member| member.name == name)
    }
}

/// A text that has been read.
#[derive(Debug)]
pub struct Document {
    /// The value at the top; `None` if there is nothing but space.
    pub top: Option<Item>,
    /// The first comment, or comma before a closing bracket.
    pub lenient: Option<Range<usize>>,
}

/// Reads a whole text.
pub fn document(text: &str) -> Result<Document> {
    let mut reader = Reader::new(text, 0);
    reader.trivia()?;
    let top = if reader.at < text.len() {
        Some(reader.value()?)
    } else {
        None
    };
    reader.trivia()?;
    if reader.at < text.len() {
        return Err(reader.unexpected("nothing more"));
    }
    Ok(Document {
        top,
        lenient: reader.lenient,
    })
}

/// The members of the object at `item`.
pub fn object(text: &str, item: &Item) -> Result<Object> {
    let mut reader = Reader::new(text, item.span.start + 1);
    let mut members = Vec::new();
    reader.trivia()?;
    while reader.peek() != Some(b'}') {
        let key = reader.key()?;
        let value = reader.value()?;
        reader.trivia()?;
        let comma = (reader.peek() == Some(b',')).then_some(reader.at);
        if comma.is_some() {
            reader.at += 1;
            reader.trivia()?;
        }
        members.push(Member {
            name: decoded(&text[key.clone()]),
            key,
            value,
            comma,
        });
    }
    Ok(Object {
        span: item.span.start..reader.at + 1,
        members,
    })
}

/// What a string in quotes says. Half a surrogate pair becomes the replacement character.
pub fn decoded(quoted: &str) -> String {
    let inner = &quoted[1..quoted.len() - 1];
    if !inner.contains('\\') {
        return inner.to_owned();
    }
    let mut units: Vec<u16> = Vec::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(c) = characters.next() {
        let c = match c {
            '\\' => match characters.next().unwrap_or('\\') {
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => {
                    let digits: String = characters.by_ref().take(4).collect();
                    units.push(u16::from_str_radix(&digits, 16).unwrap_or(0xfffd));
                    continue;
                }
                other => other,
            },
            c => c,
        };
        units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
    }
    String::from_utf16_lossy(&units)
}

/// `text` as a string in quotes.
pub fn encoded(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c < ' ' => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    lenient: Option<Range<usize>>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, at: usize) -> Self {
        Self {
            text,
            at,
            lenient: None,
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn starts_with(&self, word: &str) -> bool {
        self.text.as_bytes()[self.at..].starts_with(word.as_bytes())
    }

    fn unexpected(&self, wanted: &str) -> Fault {
        let end = self.text.ceil_char_boundary((self.at + 1).min(self.text.len()));
        let message = match self.text[self.at..].chars().next() {
            Some(c) => format!("not JSON: {wanted} is expected here, not `{c}`"),
            None => format!("not JSON: {wanted} is expected, but the file ends"),
        };
        Fault {
            span: self.at..end,
            message,
        }
    }

    fn note(&mut self, span: Range<usize>) {
        self.lenient.get_or_insert(span);
    }

    /// Passes over space and comments.
    fn trivia(&mut self) -> Result<()> {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.at += 1,
                Some(b'/') if self.starts_with("//") => {
                    let start = self.at;
                    let rest = &self.text[start..];
                    self.at += rest.find('\n').unwrap_or(rest.len());
                    self.note(start..self.at);
                }
                Some(b'/') if self.starts_with("/*") => {
                    let start = self.at;
                    let Some(length) = self.text[start + 2..].find("*/") else {
                        return Err(Fault {
                            span: start..start + 2,
                            message: "not JSON: this comment does not end".to_owned(),
                        });
                    };
                    self.at = start + 2 + length + 2;
                    self.note(start..self.at);
                }
                _ => return Ok(()),
            }
        }
    }

    /// Passes over a name, the colon and the space around it; the name's place.
    fn key(&mut self) -> Result<Range<usize>> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("a name in double quotes"));
        }
        let start = self.at;
        self.string()?;
        let key = start..self.at;
        self.trivia()?;
        if self.peek() != Some(b':') {
            return Err(self.unexpected("`:`"));
        }
        self.at += 1;
        self.trivia()?;
        Ok(key)
    }

    /// Passes over a value, without recursion: a file can nest as deep as it likes.
    fn value(&mut self) -> Result<Item> {
        let start = self.at;
        let kind = match self.peek() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::Text,
            _ => Kind::Word,
        };
        // Where each open bracket is.
        let mut open: Vec<usize> = Vec::new();
        loop {
            match self.peek() {
                Some(bracket @ (b'{' | b'[')) => {
                    open.push(self.at);
                    self.at += 1;
                    self.trivia()?;
                    if self.peek() != Some(closing(bracket)) {
                        if bracket == b'{' {
                            self.key()?;
                        }
                        continue;
                    }
                    self.at += 1;
                    open.pop();
                }
                Some(b'"') => self.string()?,
                _ => self.word()?,
            }
            loop {
                let Some(bracket) = open.last().map(|at| self.text.as_bytes()[*at]) else {
                    return Ok(Item {
                        kind,
                        span: start..self.at,
                    });
                };
                self.trivia()?;
                let closing = closing(bracket);
                if self.peek() == Some(closing) {
                    self.at += 1;
                    open.pop();
                    continue;
                }
                if self.peek() != Some(b',') {
                    return Err(self.unclosed(&open, closing));
                }
                let comma = self.at;
                self.at += 1;
                self.trivia()?;
                if self.peek() == Some(closing) {
                    self.note(comma..comma + 1);
                } else {
                    if bracket == b'{' {
                        self.key()?;
                    }
                    break;
                }
            }
        }
    }

    fn unclosed(&self, open: &[usize], closing: u8) -> Fault {
        match (self.peek(), open.last()) {
            (None, Some(at)) => Fault {
                span: *at..*at + 1,
                message: format!("not JSON: this bracket is not closed by `{}`", char::from(closing)),
            },
            _ => self.unexpected(&format!("`,` or `{}`", char::from(closing))),
        }
    }

    fn string(&mut self) -> Result<()> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => {
                    let escape = self.text.as_bytes().get(self.at + 1).copied();
                    let digits = self.text.as_bytes().get(self.at + 2..self.at + 6);
                    match escape {
                        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
                        Some(b'u') if digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) => {
                            self.at += 6;
                        }
                        _ => {
                            return Err(Fault {
                                span: self.at..self.at + 1,
                                message: "not JSON: `\\` is followed by a character that it cannot escape".to_owned(),
                            });
                        }
                    }
                }
                Some(byte) if byte >= b' ' => self.at += 1,
                _ => {
                    return Err(Fault {
                        span: start..start + 1,
                        message: "not JSON: this string does not end on its line".to_owned(),
                    });
                }
            }
        }
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self) -> Result<()> {
        let rest = &self.text[self.at..];
        let length = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)))
            .unwrap_or(rest.len());
        let word = &rest[..length];
        if matches!(word, "true" | "false" | "null") || is_number(word) {
            self.at += length;
            return Ok(());
        }
        Err(self.unexpected("a value"))
    }
}

fn closing(bracket: u8) -> u8 {
    if bracket == b'{' { b'}' } else { b']' }
}

fn is_number(word: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let word = word.strip_prefix('-').unwrap_or(word);
    let (mantissa, exponent) = match word.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (word, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole.len() == 1 || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn members_have_their_places_in_their_order() {
        let text = " {\"a\" : 1 , \"b\\u0063\":{\"x\":[1,{}]},\"a\":\"\"}";
        let top = document(text).unwrap().top.unwrap();
        let object = object(text, &top).unwrap();
        let names: Vec<&str> = object.members.iter().map(|member| member.name.as_str()).collect();
        assert_eq!(names, ["a", "bc", "a"]);
        let values: Vec<&str> = object
            .members
            .iter()
            .map(|member| &text[member.value.span.clone()])
            .collect();
        assert_eq!(values, ["1", "{\"x\":[1,{}]}", "\"\""]);
        assert_eq!(&text[object.get("a").unwrap().value.span.clone()], "\"\"");
        assert_eq!(&text[object.span], text.trim_start());
    }

    #[test]
    fn what_the_strict_parser_refuses_is_refused_or_noted() {
        for text in [
            "{",
            "[1",
            "{\"a\"}",
            "{\"a\":}",
            "{a:1}",
            "{'a':1}",
            "[01]",
            "[1.]",
            "[.5]",
            "[+1]",
            "[nul]",
            "\"\\x\"",
            "\"\\u12\"",
            "\"a",
            "\"a\nb\"",
            "{} {}",
            "[1 2]",
            "[,]",
            "{,}",
            "/* x",
            "[1,,2]",
            "[NaN]",
            "\u{feff}{}",
        ] {
            assert!(document(text).is_err(), "{text}");
            assert!(serde_json::from_str::<serde_json::Value>(text).is_err(), "{text}");
        }
        for text in ["// x\n{}", "{/* x */}", "[1,]", "{\"a\":1,}", "{} // x"] {
            assert!(document(text).unwrap().lenient.is_some(), "{text}");
        }
        assert!(document(" \n").unwrap().top.is_none());
    }

    #[test]
    fn nesting_without_end_needs_no_stack() {
        let text = format!("{}{}", "[".repeat(500_000), "]".repeat(500_000));
        assert_eq!(document(&text).unwrap().top.unwrap().span, 0..text.len());
        assert!(document(&"{\"a\":".repeat(100_000)).is_err());
    }

    proptest! {
        #[test]
        fn texts_survive_and_agree_with_another_parser(text in any::<String>()) {
            let quoted = encoded(&text);
            prop_assert_eq!(decoded(&quoted), text.clone());
            prop_assert_eq!(serde_json::from_str::<String>(&quoted).unwrap(), text.clone());
            prop_assert_eq!(decoded(&serde_json::to_string(&text).unwrap()), text);
        }

        #[test]
        fn it_accepts_what_another_parser_accepts(text in "[\\[\\]{}\",:0-9.eE+\\-ntrufalse\\\\ /*]{0,24}") {
            let other = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            // The other one has numbers out of range and lone surrogates for errors, which JSON does not.
            if other {
                let document = document(&text).unwrap();
                prop_assert_eq!(document.lenient, None);
            }
        }
    }
}
