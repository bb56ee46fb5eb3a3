//! The commands by which PowerShell sets and removes variables.

use super::super::Value;
use super::super::words::{self, Command, Dialect, Part, Word};
use super::{End, Reader, branch, written};

impl Reader<'_> {
    /// Reads the line that begins a block. False where it ends with no brace.
    pub(super) fn begin_in_powershell(&mut self, words: &[Word], line: usize) -> bool {
        const WORDS: [&str; 8] = ["if", "elseif", "else", "switch", "foreach", "while", "try", "catch"];
        if words.last().is_none_or(|word| word.bare() != "{") {
            return false;
        }
        let first = &words[0];
        if matches!(first.parts.first(), Some(Part::Variable(name, None)) if name.starts_with("env:")) {
            self.powershell(words, line);
        }
        let small = first.bare().to_ascii_lowercase();
        let what = if WORDS.contains(&small.as_str()) {
            &small
        } else {
            "a block"
        };
        self.begin(End::Brace, Some(branch(what, line)), false);
        true
    }

    /// `$env:A = "b"`, `[Environment]::SetEnvironmentVariable("A", "b")`, `Set-Item Env:A b`, `Remove-Item Env:A`.
    pub(super) fn powershell(&mut self, words: &[Word], line: usize) -> bool {
        let Some((first, rest)) = words.split_first() else {
            return false;
        };
        if let Some(Part::Variable(name, None)) = first.parts.first()
            && let Some(name) = name.strip_prefix("env:").map(str::to_owned)
        {
            let mut value = Word {
                parts: first.parts[1..].to_vec(),
                is_quoted: false,
            };
            for word in rest {
                value.parts.extend(word.parts.iter().cloned());
            }
            if value.head().starts_with('=') {
                let value = value.without(1);
                let is_null =
                    matches!(value.parts.as_slice(), [Part::Open(text)] if text.eq_ignore_ascii_case("$null"));
                if is_null {
                    self.scopes[self.here].unset.push(name.clone());
                    self.scopes[self.here]
                        .variables
                        .retain(|(variable, _)| variable.name != name);
                } else if rest.iter().filter(|word| word.bare() != "=").count() > 1 {
                    let written: Vec<String> = rest
                        .iter()
                        .map(|word| word.parts.iter().map(written).collect())
                        .collect();
                    let written = written.join(" ");
                    let written = written.trim_start_matches('=').trim_start().to_owned();
                    self.put(&name, Value::Open(written), true, line);
                } else {
                    let value = self.value(&value);
                    self.put(&name, value, true, line);
                }
            }
            return true;
        }
        let small = first.bare().to_ascii_lowercase();
        if let Some(arguments) = small
            .find("::setenvironmentvariable(")
            .map(|at| &first.bare()[at + "::setenvironmentvariable(".len()..])
        {
            let inner = arguments.trim_end_matches(')');
            let inner: Vec<Command> = words::commands(&inner.replace(',', " "), Dialect::PowerShell);
            if let Some([name, value, ..]) = inner.first().map(|command| command.words.as_slice())
                && let Some(name) = name.text()
            {
                let value = self.value(value);
                self.put(name, value, true, line);
            }
            return true;
        }
        if ["set-item", "new-item", "si", "remove-item", "ri", "clear-item"].contains(&small.as_str()) {
            let words: Vec<&Word> = rest.iter().filter(|word| !word.bare().starts_with('-')).collect();
            let name = words.first().and_then(|word| word.text()).unwrap_or_default();
            let is_environment = name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("env:"));
            if is_environment {
                let name = name[4..].trim_start_matches(['\\', '/']).to_owned();
                match words.get(1) {
                    Some(value) if !small.starts_with('r') => {
                        let value = self.value(value);
                        self.put(&name, value, true, line);
                    }
                    _ => self.scopes[self.here].unset.push(name),
                }
                return true;
            }
        }
        false
    }
}
