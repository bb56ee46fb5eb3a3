//! Setting and removing single members of a JSON text by cutting and pasting bytes: everything else stays as it
//! is, and each cut knows how to be taken back.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::claude::json::{self, Kind, Member, Object};

/// One cut: at `at`, `removed` gave way to `inserted`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Splice {
    /// The byte where it begins, in the text as it was then.
    pub at: usize,
    /// What was there.
    pub removed: String,
    /// What is there now.
    pub inserted: String,
}

/// A text under the knife.
#[derive(Debug)]
pub struct Editor {
    /// The text as it is now.
    pub text: String,
    /// The cuts in their order.
    pub splices: Vec<Splice>,
}

/// How members are set apart in an object.
struct Style {
    /// The line's end and the indentation before a name, or what follows a comma on one line.
    before: String,
    /// The same before the closing bracket.
    closing: String,
    colon: String,
}

impl Editor {
    /// An editor of a text that is JSON, or nothing but space.
    pub fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            splices: Vec::new(),
        }
    }

    /// The object at the end of `path`; `None` if there is none.
    fn object(&self, path: &[&str]) -> Option<Object> {
        let mut item = json::document(&self.text).ok()?.top?;
        for name in path {
            item = json::object(&self.text, &item).ok()?.get(name)?.value.clone();
        }
        if item.kind != Kind::Object {
            return None;
        }
        json::object(&self.text, &item).ok()
    }

    /// The value of a member as it is written: the last one of its name.
    pub fn get(&self, path: &[&str]) -> Option<&str> {
        let (name, parents) = path.split_last()?;
        let member = self.object(parents)?.get(name)?.clone();
        Some(&self.text[member.value.span])
    }

    /// Whether the object at `path` is there and has no members.
    pub fn is_empty(&self, path: &[&str]) -> bool {
        self.object(path).is_some_and(|object| object.members.is_empty())
    }

    /// Gives a member a value, written as JSON. The objects above it are made where they are missing.
    pub fn set(&mut self, path: &[&str], value: &str) {
        let Some((name, parents)) = path.split_last() else {
            return;
        };
        if self.object(parents).is_none() {
            if parents.is_empty() {
                let end = if self.text.is_empty() { "\n" } else { "" };
                self.splice(0..0, &format!("{{}}{end}"));
            } else {
                self.set(parents, "{}");
            }
        }
        let Some(object) = self.object(parents) else { return };
        if let Some(member) = object.get(name) {
            self.splice(member.value.span.clone(), value);
            return;
        }
        let style = self.style(parents, &object);
        let member = format!("{}{}{value}", json::encoded(name), style.colon);
        let (at, inserted) = match object.members.last() {
            None => {
                let at = object.span.start + 1;
                let inner = &self.text[at..object.span.end - 1];
                let closing = if inner.contains('\n') { "" } else { &style.closing };
                (at, format!("{}{member}{closing}", style.before))
            }
            Some(Member { comma: Some(comma), .. }) => (comma + 1, format!("{}{member},", style.before)),
            Some(last) => (last.value.span.end, format!(",{}{member}", style.before)),
        };
        self.splice(at..at, &inserted);
    }

    /// Removes every member of that name, with its comma.
    pub fn remove(&mut self, path: &[&str]) {
        let Some((name, parents)) = path.split_last() else {
            return;
        };
        while let Some(object) = self.object(parents) {
            let Some(index) = object.members.iter().rposition(|member| member.name == *name) else {
                return;
            };
            self.remove_at(&object, index);
        }
    }

    fn remove_at(&mut self, object: &Object, index: usize) {
        let member = &object.members[index];
        let before = index.checked_sub(1).map(|index| &object.members[index]);
        let has_comment = |range: Range<usize>| self.text[range].contains('/');
        // After the comma before it, or the bracket.
        let start = before.and_then(|before| before.comma).unwrap_or(object.span.start) + 1;
        let lead = if has_comment(start..member.key.start) {
            member.key.start
        } else {
            start
        };
        if let Some(comma) = member.comma {
            self.splice(lead..comma + 1, "");
        } else if before.is_some() && lead == start {
            self.splice(start - 1..member.value.span.end, "");
        } else {
            self.splice(lead..member.value.span.end, "");
            if before.is_some() {
                self.splice(start - 1..start, "");
            }
        }
    }

    /// Takes cuts of an earlier time back; `None` if the text is not what they left behind.
    pub fn undone(text: &str, splices: &[Splice]) -> Option<String> {
        let mut text = text.to_owned();
        for splice in splices.iter().rev() {
            let range = splice.at..splice.at.checked_add(splice.inserted.len())?;
            if text.get(range.clone())? != splice.inserted {
                return None;
            }
            text.replace_range(range, &splice.removed);
        }
        Some(text)
    }

    fn splice(&mut self, range: Range<usize>, inserted: &str) {
        self.splices.push(Splice {
            at: range.start,
            removed: self.text[range.clone()].to_owned(),
            inserted: inserted.to_owned(),
        });
        self.text.replace_range(range, inserted);
    }

    fn style(&self, path: &[&str], object: &Object) -> Style {
        let newline = if self.text.contains("\r\n") { "\r\n" } else { "\n" };
        if let Some(last) = object.members.last() {
            let start = object
                .members
                .len()
                .checked_sub(2)
                .and_then(|index| object.members[index].comma)
                .unwrap_or(object.span.start)
                + 1;
            let lead = &self.text[start..last.key.start];
            let colon = &self.text[last.key.end..last.value.span.start];
            let indent = |(at, _): (usize, &str)| {
                let rest = &lead[at + 1..];
                &rest[..rest.find(|c: char| !" \t".contains(c)).unwrap_or(rest.len())]
            };
            return Style {
                before: match lead.rmatch_indices('\n').next().map(indent) {
                    Some(indent) => format!("{newline}{indent}"),
                    None if object.members.len() > 1 && lead.is_empty() => String::new(),
                    None => " ".to_owned(),
                },
                closing: String::new(),
                colon: if colon.contains(['\n', '/']) { ": " } else { colon }.to_owned(),
            };
        }
        // An empty object: as the one around it does.
        let Some((_, parents)) = path.split_last() else {
            return Style {
                before: format!("{newline}  "),
                closing: newline.to_owned(),
                colon: ": ".to_owned(),
            };
        };
        let around = self.object(parents).map(|object| self.style(parents, &object));
        let Some(around) = around.filter(|around| around.before.contains('\n')) else {
            return Style {
                before: String::new(),
                closing: String::new(),
                colon: ": ".to_owned(),
            };
        };
        // One level down is as much again as this level has.
        let indent = around.before.trim_start_matches(['\r', '\n']).to_owned();
        Style {
            before: format!("{newline}{indent}{}", if indent.is_empty() { "  " } else { &indent }),
            closing: format!("{newline}{indent}"),
            colon: around.colon,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str, edit: impl Fn(&mut Editor)) -> String {
        let mut editor = Editor::new(text);
        edit(&mut editor);
        assert_eq!(Editor::undone(&editor.text, &editor.splices).as_deref(), Some(text));
        editor.text
    }

    #[test]
    fn a_member_is_added_in_the_file_s_own_style() {
        let add = |text: &str| {
            edited(text, |editor| {
                editor.set(&["k"], "1");
                editor.set(&["env", "X"], "\"2\"");
            })
        };
        for (before, after) in [
            ("", "{\n  \"k\": 1,\n  \"env\": {\n    \"X\": \"2\"\n  }\n}\n"),
            ("{}\n", "{\n  \"k\": 1,\n  \"env\": {\n    \"X\": \"2\"\n  }\n}\n"),
            ("{\"a\":1}", "{\"a\":1, \"k\":1, \"env\":{\"X\": \"2\"}}"),
            ("{\"a\":1,\"b\":2}", "{\"a\":1,\"b\":2,\"k\":1,\"env\":{\"X\": \"2\"}}"),
            (
                "{\r\n\t\"a\" : 1\r\n}",
                "{\r\n\t\"a\" : 1,\r\n\t\"k\" : 1,\r\n\t\"env\" : {\r\n\t\t\"X\" : \"2\"\r\n\t}\r\n}",
            ),
            (
                "{\n  \"env\": {\"A\": \"1\"},\n}",
                "{\n  \"env\": {\"A\": \"1\", \"X\": \"2\"},\n  \"k\": 1,\n}",
            ),
            ("{\"k\":0,\"k\":[]}", "{\"k\":0,\"k\":1,\"env\":{\"X\": \"2\"}}"),
        ] {
            assert_eq!(add(before), after, "{before}");
        }
    }

    #[test]
    fn a_member_is_taken_out_with_its_comma_and_no_comment() {
        let take = |text: &str| edited(text, |editor| editor.remove(&["k"]));
        for (before, after) in [
            ("{\"k\": 1}", "{}"),
            ("{\n  \"k\": 1\n}", "{\n}"),
            ("{\n  \"k\": 1,\n  \"b\": 2\n}", "{\n  \"b\": 2\n}"),
            ("{\n  \"b\": 2,\n  \"k\": 1\n}", "{\n  \"b\": 2\n}"),
            ("{\"a\":1,\"k\":2,\"b\":3,\"k\":4}", "{\"a\":1,\"b\":3}"),
            ("{\"a\":1,\"k\":2,}", "{\"a\":1,}"),
            ("{\"a\":1, // a\n\"k\":2}", "{\"a\":1 // a\n}"),
            ("{\"a\":1, /* k */ \"k\":2,\"b\":3}", "{\"a\":1, /* k */ \"b\":3}"),
        ] {
            assert_eq!(take(before), after, "{before}");
        }
    }
}
