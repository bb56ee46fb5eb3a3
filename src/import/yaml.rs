//! Variables in YAML: GitHub workflows, Compose files, GitLab's jobs, containers of Kubernetes. Only blocks named `env`,
//! `environment` or `variables` are read, with what stands around them; a line at a time, as people write them.

use super::variables::{concerns, switches_on};
use super::words::Dialect;
use super::{Reading, Value, Variable, anchors, objects, shell};
use crate::variables::is_name;

const BLOCKS: [&str; 3] = ["env", "environment", "variables"];

/// The steps of a job of GitHub's, which have the job's variables and what earlier steps have set.
const STEPS: &str = "steps";

/// A block of variables and the keys above it.
#[derive(Debug, Default)]
struct Block {
    above: Vec<String>,
    label: String,
    variables: Vec<Variable>,
}

#[derive(Debug)]
struct Level {
    indent: usize,
    key: String,
    /// The `name:` of the entry.
    name: Option<String>,
}

/// What the text says: a reading for each block that switches Bedrock on, with the variables of the blocks around it.
pub fn readings(text: &str) -> Vec<Reading> {
    let (blocks, notes) = blocks(text);
    let around = |block: &Block| -> Vec<Variable> {
        blocks
            .iter()
            .filter(|other| block.above.starts_with(&other.above))
            .flat_map(|other| other.variables.clone())
            .collect()
    };
    let mut readings: Vec<(&Block, Reading)> = blocks
        .iter()
        .filter(|block| switches_on(&block.variables))
        .map(|block| {
            let reading = Reading {
                label: Some(block.label.clone()).filter(|label| !label.is_empty()),
                variables: around(block),
                ..Reading::default()
            };
            (block, reading)
        })
        .collect();
    // A Compose file's `x-…` is what services take up, and none itself.
    let is_service = |block: &Block| !block.above.first().is_some_and(|key| key.starts_with("x-"));
    if readings.iter().any(|(block, _)| is_service(block)) {
        readings.retain(|(block, _)| is_service(block));
    }
    if readings.is_empty() {
        let all: Vec<Variable> = blocks.iter().flat_map(|block| block.variables.clone()).collect();
        return vec![Reading {
            variables: all,
            notes,
            ..Reading::default()
        }];
    }
    for block in blocks.iter().filter(|block| !switches_on(&block.variables)) {
        let nearest = readings
            .iter_mut()
            .filter(|(reading, _)| block.above.starts_with(&reading.above) && block.above != reading.above)
            .max_by_key(|(reading, _)| reading.above.len());
        if let Some((_, reading)) = nearest {
            for variable in block.variables.iter().filter(|variable| concerns(&variable.name)) {
                let why = format!(
                    "{} sets it only for `{}`, which is left alone",
                    variable.place, block.label
                );
                reading.notes.push((variable.name.clone(), why));
            }
        }
    }
    if let Some((_, first)) = readings.first_mut() {
        first.notes.extend(notes);
    }
    readings.into_iter().map(|(_, reading)| reading).collect()
}

#[derive(Default)]
struct Scan {
    found: Vec<Block>,
    notes: Vec<(String, String)>,
    levels: Vec<Level>,
    entries: usize,
    /// `- name: X`, whose value follows.
    named: Option<String>,
}

fn blocks(text: &str) -> (Vec<Block>, Vec<(String, String)>) {
    let mut scan = Scan::default();
    let lines = anchors::expanded(text);
    let mut at = 0;
    while let Some((number, line)) = lines.get(at) {
        let plain = without_comment(line);
        at += 1;
        let indent = plain.len() - plain.trim_start().len();
        if plain.trim().is_empty() || plain.starts_with("---") {
            continue;
        }
        // A text over several lines.
        let mut below = Vec::new();
        let is_block = plain
            .split_once(": ")
            .is_some_and(|(_, value)| value.trim_start().starts_with(['|', '>']));
        while is_block && let Some((_, next)) = lines.get(at) {
            let deeper = next.len() - next.trim_start().len() > indent;
            if !deeper && !next.trim().is_empty() {
                break;
            }
            below.push(next.trim());
            at += 1;
        }
        while below.last().is_some_and(|line| line.is_empty()) {
            below.pop();
        }
        scan.line(plain, *number, &below);
    }
    (scan.found, scan.notes)
}

impl Scan {
    fn line(&mut self, plain: &str, number: usize, below: &[&str]) {
        let mut rest = plain.trim_start();
        let mut indent = plain.len() - rest.len();
        let is_entry = rest.starts_with("- ");
        self.levels.retain(|level| {
            level.indent < indent || (level.indent == indent && is_entry && !level.key.starts_with('#'))
        });
        while let Some(entry) = rest.strip_prefix("- ") {
            self.entries += 1;
            self.levels.push(Level {
                indent,
                key: format!("#{}", self.entries),
                name: None,
            });
            indent += 2;
            rest = entry.trim_start();
        }
        let in_block = self
            .levels
            .iter()
            .rposition(|level| BLOCKS.contains(&level.key.as_str()))
            .filter(|at| self.levels[at + 1..].iter().all(|level| level.key.starts_with('#')));
        // `- A=b`
        if let (Some(block), Some((name, value))) = (in_block, unquoted(rest).split_once('='))
            && is_name(name)
        {
            return self.add(block, name, value_of(value), number);
        }
        // `- A`: the value that it has where Compose runs.
        if let Some(block) = in_block.filter(|_| is_entry && is_name(unquoted(rest))) {
            return self.add(block, unquoted(rest), around(unquoted(rest)), number);
        }
        let Some((key, value)) = rest
            .split_once(':')
            .filter(|(_, value)| value.is_empty() || value.starts_with(' '))
        else {
            return;
        };
        let key = unquoted(key.trim());
        let value = value.trim();
        let content = if value.starts_with('|') {
            Value::Text(below.join("\n"))
        } else if value.starts_with('>') {
            Value::Text(below.join(" "))
        } else {
            value_of(value)
        };
        match in_block {
            Some(block) => self.in_block(block, key, value, content, number),
            None => self.elsewhere(key, value, content, number),
        }
        if value.is_empty() {
            self.levels.push(Level {
                indent,
                key: key.to_owned(),
                name: None,
            });
        } else if in_block.is_none() && BLOCKS.contains(&key) && value.starts_with('{') {
            // `env: { A: b, C: "d" }`
            for pair in value.trim_matches(['{', '}']).split(',') {
                if let Some((name, value)) = pair.split_once(':') {
                    self.add(self.levels.len(), unquoted(name.trim()), value_of(value.trim()), number);
                }
            }
        }
    }

    fn in_block(&mut self, block: usize, key: &str, text: &str, value: Value, number: usize) {
        let is_entry = self.levels.last().is_some_and(|level| level.key.starts_with('#'));
        match key {
            "name" if is_entry => self.named = value.text().map(str::to_owned),
            "value" | "valueFrom" if self.named.is_some() => {
                let name = self.named.take().unwrap_or_default();
                let value = if key == "value" {
                    value
                } else {
                    Value::Open(key.to_owned())
                };
                self.add(block, &name, value, number);
            }
            "<<" => {
                let why = format!("line {number} takes variables from elsewhere in the file; they are not followed");
                self.notes.push((key.to_owned(), why));
            }
            name if is_name(name) && text.is_empty() => match self.levels[block].key.as_str() {
                // GitLab's `value:` may follow.
                "variables" => {}
                // The value that it has where Compose runs.
                "environment" => self.add(block, name, around(name), number),
                _ => self.add(block, name, value, number),
            },
            // GitLab's `{ value: "…", description: "…" }`.
            name if is_name(name) && text.starts_with('{') => {
                let pairs = text.trim_matches(['{', '}']).split(',');
                let value = pairs
                    .filter_map(|pair| pair.split_once(':'))
                    .find(|(key, _)| unquoted(key.trim()) == "value")
                    .map_or_else(|| Value::Open(text.to_owned()), |(_, value)| value_of(value.trim()));
                self.add(block, name, value, number);
            }
            name if is_name(name) => self.add(block, name, value, number),
            _ => {}
        }
    }

    /// What claude-code-action hands to Claude Code: its options, settings or variables.
    fn handed(&mut self, key: &str, text: &Value, number: usize) {
        let above = self.levels.len().saturating_sub(1);
        let Some(text) = text.text().map(str::to_owned) else {
            return;
        };
        if key == "claude_args" {
            let model = shell::variables_of(&format!("claude {}", text.replace('\n', " ")), Dialect::Posix, None);
            if let Some(model) = model.get("--model") {
                self.add(above, "--model", model.clone(), number);
            }
        } else if key == "settings" {
            let read = serde_json::from_str::<serde_json::Value>(&text).ok();
            match read
                .as_ref()
                .and_then(serde_json::Value::as_object)
                .map(objects::settings)
            {
                Some(reading) => {
                    for variable in reading.variables {
                        self.add(above, &variable.name, variable.value, number);
                    }
                    for (key, _) in reading.keys {
                        let why = format!("line {number} has it in the action's settings, which are left alone");
                        self.notes.push((key, why));
                    }
                }
                None if text.contains('/') => self.notes.push((
                    key.to_owned(),
                    format!("line {number} names a file; import it on its own"),
                )),
                None => {}
            }
        } else {
            for line in text.lines() {
                if let Some((name, value)) = line.split_once(':').filter(|(name, _)| is_name(name.trim())) {
                    self.add(above, name.trim(), value_of(value.trim()), number);
                }
            }
        }
    }

    fn elsewhere(&mut self, key: &str, text: &str, value: Value, number: usize) {
        let in_with = self.levels.last().is_some_and(|level| level.key == "with");
        let above = self.levels.len().saturating_sub(1);
        match key {
            "name" => {
                if let Some(level) = self.levels.last_mut() {
                    level.name = Some(unquoted(text).to_owned());
                }
            }
            "env_file" => self.notes.push((
                key.to_owned(),
                format!("line {number} names a file; import it on its own"),
            )),
            "role-to-assume" => self.notes.push((
                key.to_owned(),
                format!("line {number}: the runner's role; name an AWS profile: --aws-profile NAME"),
            )),
            // GitHub: a step's lines.
            "run" => {
                let first = number + usize::from(text.starts_with(['|', '>']));
                self.script(value.text().unwrap_or_default(), first);
            }
            // GitLab: below a variable's name.
            "value" if self.is_gitlabs() => {
                let block = self.levels.len() - 2;
                let name = self.levels[block + 1].key.clone();
                self.add(block, &name, value, number);
            }
            // aws-actions/configure-aws-credentials sets it for the steps that follow, over what the job says.
            "aws-region" if in_with => {
                let steps = self.levels.iter().position(|level| level.key == STEPS);
                self.add(steps.unwrap_or(above), "AWS_REGION", value, number);
            }
            // anthropics/claude-code-action
            "claude_args" | "settings" | "claude_env" if in_with => self.handed(key, &value, number),
            "use_bedrock" if in_with => self.add(above, "CLAUDE_CODE_USE_BEDROCK", value, number),
            "model" if in_with && text.contains("anthropic") => self.add(above, "--model", value, number),
            _ => {}
        }
    }

    /// What lines of a shell export, and what they hand to the steps that follow.
    fn script(&mut self, text: &str, number: usize) {
        let own_level = self.levels.len();
        let steps = self
            .levels
            .iter()
            .position(|level| level.key == STEPS)
            .unwrap_or(own_level);
        let mut own = "\n".repeat(number - 1);
        for (at, line) in text.lines().enumerate() {
            let handed = line.trim().strip_prefix("echo ").and_then(|rest| rest.split_once(">>"));
            match handed.filter(|(_, file)| file.contains("GITHUB_ENV")) {
                Some((pair, _)) => {
                    if let Some((name, value)) = unquoted(pair.trim()).split_once('=').filter(|(name, _)| is_name(name))
                    {
                        self.add(steps, name, value_of(value), number + at);
                    }
                }
                None => own.push_str(line),
            }
            own.push('\n');
        }
        let whole = shell::readings(&own, Dialect::Posix, None)
            .into_iter()
            .next()
            .unwrap_or_default();
        for variable in whole.variables {
            if variable.name == "--model" || own.contains(&format!("export {}", variable.name)) {
                self.put(own_level, variable);
            }
        }
    }

    /// Whether this is below a variable of GitLab's.
    fn is_gitlabs(&self) -> bool {
        matches!(self.levels.as_slice(), [.., block, name] if block.key == "variables" && is_name(&name.key))
    }

    /// Adds a variable to the block below the first levels.
    fn add(&mut self, levels: usize, name: &str, value: Value, number: usize) {
        let variable = Variable {
            name: name.to_owned(),
            value,
            place: format!("line {number}"),
        };
        self.put(levels, variable);
    }

    fn put(&mut self, levels: usize, variable: Variable) {
        let levels = &self.levels[..levels];
        let above: Vec<String> = levels.iter().map(|level| level.key.clone()).collect();
        let label = levels
            .iter()
            .rev()
            .find_map(|level| {
                let key = Some(level.key.clone()).filter(|key| !key.starts_with('#') && key != STEPS);
                level.name.clone().or(key)
            })
            .unwrap_or_default();
        match self.found.iter_mut().find(|block| block.above == above) {
            Some(block) => block.variables.push(variable),
            None => self.found.push(Block {
                above,
                label,
                variables: vec![variable],
            }),
        }
    }
}

/// The line up to a `#` after a blank that is in no quotes.
fn without_comment(line: &str) -> &str {
    let mut quote = None;
    let mut last = ' ';
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') if !last.is_alphanumeric() => quote = Some(c),
            (None, '#') if last.is_whitespace() => return line[..at].trim_end(),
            _ => {}
        }
        last = c;
    }
    line.trim_end()
}

fn unquoted(text: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote)) {
            return inner;
        }
    }
    text
}

/// The value that a variable has where the file is used.
fn around(name: &str) -> Value {
    value_of(&format!("${{{name}}}"))
}

fn value_of(text: &str) -> Value {
    let inner = unquoted(text.trim());
    if inner.contains("${{") || inner.starts_with(['*', '&', '!']) {
        return Value::Open(inner.to_owned());
    }
    if inner.contains('$') {
        let line = format!("V=\"{}\"", inner.replace('"', "\\\""));
        return shell::variables_of(&line, Dialect::Posix, None)
            .remove("V")
            .unwrap_or_else(|| Value::Open(inner.to_owned()));
    }
    let is_double = text.trim().starts_with('"');
    Value::Text(if is_double {
        inner.replace("\\n", "\n").replace("\\\"", "\"").replace("\\\\", "\\")
    } else {
        inner.to_owned()
    })
}
