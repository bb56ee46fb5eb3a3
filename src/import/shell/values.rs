//! What a variable is set to, as far as the text says it.

use super::super::words::{Part, Word};
use super::super::{Value, Variable};
use super::{Reader, assigned, written};

impl Reader<'_> {
    pub(super) fn assign(&mut self, word: &Word, exports: bool, line: usize) {
        let Some(name) = assigned(word) else { return };
        let value = self.value(&word.without(name.len() + 1));
        self.put(name, value, exports, line);
    }

    pub(super) fn put(&mut self, name: &str, value: Value, exports: bool, line: usize) {
        self.has_exports |= exports;
        let exports = exports || self.exports_all;
        self.scopes[self.here].variables.push((
            Variable {
                name: name.to_owned(),
                value,
                place: format!("line {line}"),
            },
            exports,
        ));
    }

    /// What is known of a variable here.
    pub(super) fn known(&self, name: &str) -> Option<&Value> {
        let mut scope = self.here;
        loop {
            let there = &self.scopes[scope];
            if let Some((variable, _)) = there.variables.iter().rev().find(|(variable, _)| variable.name == name) {
                return Some(&variable.value);
            }
            if scope == 0 {
                return None;
            }
            scope = there.parent;
        }
    }

    pub(super) fn value(&self, word: &Word) -> Value {
        if let [Part::Command(command)] = word.parts.as_slice() {
            return Value::Command(command.clone());
        }
        let mut text = String::new();
        for part in &word.parts {
            let looked_up = match part {
                Part::Text(part) => Some(part.clone()),
                Part::Variable(name, default) => {
                    let name = name.strip_prefix("env:").unwrap_or(name);
                    match self.known(name) {
                        Some(Value::Text(text)) if !text.is_empty() || default.is_none() => Some(text.clone()),
                        Some(_) if default.is_none() => None,
                        None if name == "HOME" || name == "USERPROFILE" => self.home.map(str::to_owned),
                        _ => default.clone(),
                    }
                }
                Part::Command(_) | Part::Open(_) => None,
            };
            match looked_up {
                Some(part) => text.push_str(&part),
                None => return Value::Open(word.parts.iter().map(written).collect()),
            }
        }
        Value::Text(text)
    }
}
