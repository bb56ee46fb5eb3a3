//! From lines of a shell: `export A=b`, `set -gx A b`, `$env:A = "b"`, `setx A b`, `A=b`. They are read as text and
//! never run. Lines in a function, an alias, a branch or before a command apply only there: they become a separate
//! reading if they switch Bedrock on, and are reported otherwise.

mod parts;
mod powershell;
mod values;

use std::collections::BTreeMap;

use super::words::{self, Dialect, Part, Word};
use super::{Reading, Value, Variable};
use crate::variables;

/// Where a part of a text holds.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Whole,
    Named,
    Branch,
}

#[derive(Clone, Debug)]
struct Scope {
    parent: usize,
    kind: Kind,
    label: String,
    variables: Vec<(Variable, bool)>,
    /// Names that it unsets.
    unset: Vec<String>,
    notes: Vec<(String, String)>,
}

/// What ends a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// `fi`, `done`, `esac`, `end`.
    Word,
    /// `}`
    Brace,
    /// `)`
    Round,
}

struct Block {
    end: End,
    scope: usize,
    /// `case` and `switch`: each pattern begins a branch.
    has_patterns: bool,
}

struct Reader<'a> {
    dialect: Dialect,
    home: Option<&'a str>,
    scopes: Vec<Scope>,
    blocks: Vec<Block>,
    here: usize,
    /// A function whose body is about to begin.
    pending: Option<String>,
    /// `set -a`, or a file in which nothing is exported by a word.
    exports_all: bool,
    has_exports: bool,
    first_line: usize,
}

/// What the text says, the whole first. `home` is put in place of `$HOME`.
pub fn readings(text: &str, dialect: Dialect, home: Option<&str>) -> Vec<Reading> {
    let mut reader = Reader {
        dialect,
        home,
        scopes: vec![Scope::new(0, Kind::Whole, String::new())],
        blocks: Vec::new(),
        here: 0,
        pending: None,
        exports_all: false,
        has_exports: false,
        first_line: 0,
    };
    reader.read(text);
    reader.finish()
}

impl Scope {
    fn new(parent: usize, kind: Kind, label: String) -> Self {
        Self {
            parent,
            kind,
            label,
            variables: Vec::new(),
            unset: Vec::new(),
            notes: Vec::new(),
        }
    }
}

impl Reader<'_> {
    fn read(&mut self, text: &str) {
        let mut before: Option<String> = None;
        for command in words::commands(text, self.dialect) {
            let is_test = before
                .as_deref()
                .is_some_and(|word| ["[", "[[", "test", "command", "type", "which", "grep"].contains(&word));
            let outer = self.here;
            let line = command.line + self.first_line;
            if command.depends && is_test {
                let label = format!("the condition in line {line}");
                self.here = self.open(Kind::Branch, label);
            }
            before = if command.depends { before } else { None }
                .or_else(|| command.words.first().map(|word| word.bare().to_owned()));
            let is_branch = self.here != outer;
            let branch = self.here;
            self.command(&command.words, line);
            if is_branch && self.here == branch {
                self.here = outer;
            }
        }
    }

    fn open(&mut self, kind: Kind, label: String) -> usize {
        self.scopes.push(Scope::new(self.here, kind, label));
        self.scopes.len() - 1
    }

    /// Begins a block; its scope is a new one where there is a label.
    fn begin(&mut self, end: End, scope: Option<(Kind, String)>, has_patterns: bool) {
        let outer = self.here;
        if let Some((kind, label)) = scope {
            self.here = self.open(kind, label);
        }
        self.blocks.push(Block {
            end,
            scope: outer,
            has_patterns,
        });
    }

    fn end(&mut self, end: End) {
        if let Some(at) = self.blocks.iter().rposition(|block| block.end == end) {
            self.here = self.blocks[at].scope;
            self.blocks.truncate(at);
        }
    }

    /// The next branch of the innermost block.
    fn next_branch(&mut self, label: String) {
        if let Some(block) = self.blocks.last() {
            self.here = block.scope;
            self.here = self.open(Kind::Branch, label);
        }
    }

    fn command(&mut self, words: &[Word], line: usize) {
        let Some((first, rest)) = words.split_first() else {
            return;
        };
        if self.pattern(first, rest, line) || self.bracket(first, rest, line) {
            return;
        }
        if let Some(name) = first.bare().strip_suffix("()") {
            self.pending = Some(name.to_owned());
            return self.command(rest, line);
        }
        let is_begun = match self.dialect {
            Dialect::PowerShell => self.begin_in_powershell(words, line),
            _ => self.begin_by_word(first.bare(), rest, line),
        };
        if is_begun {
            return;
        }
        // `f() { claude "$@" }`, as zsh allows.
        let ends = self.dialect == Dialect::Posix
            && rest.last().is_some_and(|word| word.bare() == "}")
            && self.blocks.last().is_some_and(|block| block.end == End::Brace);
        if ends {
            self.simple(&words[..words.len() - 1], line);
            return self.end(End::Brace);
        }
        self.simple(words, line);
    }

    /// Reads a pattern of `case` or `switch` and what follows it. False where there is none.
    fn pattern(&mut self, first: &Word, rest: &[Word], line: usize) -> bool {
        let is_inside = self.blocks.last().is_some_and(|block| block.has_patterns);
        if self.dialect == Dialect::PowerShell || !is_inside {
            return false;
        }
        let word = first.bare();
        if self.dialect == Dialect::Fish && word == "case" {
            let label = rest.iter().filter_map(Word::text).collect::<Vec<_>>().join("-");
            self.next_branch(label);
            return true;
        }
        let Some(pattern) = word.strip_suffix(')') else {
            return false;
        };
        self.next_branch(pattern.trim_start_matches('(').to_owned());
        self.command(rest, line);
        true
    }

    /// Reads a bracket, a word that ends a block, or the head of a function, and what follows it. False where the word is
    /// none of these.
    fn bracket(&mut self, first: &Word, rest: &[Word], line: usize) -> bool {
        match first.bare().to_ascii_lowercase().as_str() {
            "{" if self.dialect != Dialect::PowerShell || rest.is_empty() => {
                let scope = self.pending.take().map(|name| (Kind::Named, name));
                self.begin(End::Brace, scope, false);
                self.command(rest, line);
            }
            "}" => {
                self.end(End::Brace);
                self.command(rest, line);
            }
            "(" => self.begin(End::Round, Some(branch("a subshell", line)), false),
            ")" => self.end(End::Round),
            "function" => self.function(rest, line),
            "fi" | "done" | "esac" | "end" => self.end(End::Word),
            "then" | "do" | "not" | "!" | "time" | "and" | "or" => self.command(rest, line),
            _ => return false,
        }
        true
    }

    fn function(&mut self, rest: &[Word], line: usize) {
        let name = rest.first().and_then(Word::text).unwrap_or_default();
        let name = name.trim_end_matches("()").trim_start_matches("global:").to_owned();
        if self.dialect == Dialect::Fish {
            return self.begin(End::Word, Some((Kind::Named, name)), false);
        }
        if let Some(at) = rest.iter().position(|word| word.bare() == "{") {
            self.begin(End::Brace, Some((Kind::Named, name)), false);
            return self.command(&rest[at + 1..], line);
        }
        self.pending = Some(name);
    }

    /// Reads the beginning of a block that ends with a word. False where none begins.
    fn begin_by_word(&mut self, word: &str, rest: &[Word], line: usize) -> bool {
        match word {
            "if" | "while" | "until" | "for" | "select" | "case" | "switch" | "begin" => {
                let has_patterns = matches!(word, "case" | "switch");
                let scope = (word != "begin").then(|| branch(&format!("`{word}`"), line));
                self.begin(End::Word, scope, has_patterns);
                // `case X in A) …` in one line.
                if word == "case"
                    && let Some(at) = rest.iter().position(|word| word.bare() == "in")
                {
                    self.command(&rest[at + 1..], line);
                }
            }
            "else" | "elif" => {
                self.next_branch(format!("`{word}` in line {line}"));
                if word == "else" {
                    self.command(rest, line);
                }
            }
            _ => return false,
        }
        true
    }

    /// A command that is no part of the text's structure.
    fn simple(&mut self, words: &[Word], line: usize) {
        // What articles write before a command.
        let words = match words {
            [prompt, rest @ ..] if ["$", "%", ">", "PS>"].contains(&prompt.bare()) || is_dollar(prompt) => rest,
            words => words,
        };
        let Some((first, rest)) = words.split_first() else {
            return;
        };
        if self.dialect == Dialect::PowerShell && self.powershell(words, line) {
            return;
        }
        match first.bare() {
            "export" => self.export(rest, line),
            "declare" | "typeset" | "local" | "readonly" => {
                let exports = rest
                    .iter()
                    .any(|word| word.bare().starts_with('-') && word.bare().contains('x'));
                if exports {
                    self.export(rest, line);
                } else {
                    for word in rest {
                        self.assign(word, false, line);
                    }
                }
            }
            "set" => self.set(rest, line),
            "setx" | "setenv" | "set-env" => self.named(rest, true, line),
            "unset" => self.unset(rest),
            ":" => self.defaults(rest, line),
            // direnv's.
            "dotenv"
            | "dotenv_if_exists"
            | "source_env"
            | "source_env_if_exists"
            | "source_up"
            | "source_up_if_exists" => {
                let file = rest.first().and_then(Word::text).unwrap_or_default();
                let what = format!("{} {file}", first.bare());
                self.note(
                    what.trim_end(),
                    format!("line {line} reads a file; import it on its own"),
                );
            }
            "alias" | "abbr" => self.alias(rest, line),
            "eval" | "source" | "." => self.evaluated(rest, line),
            "env" | "command" | "exec" | "builtin" | "nohup" if !rest.is_empty() => {
                let rest: &[Word] = if first.bare() == "env" {
                    let at = rest
                        .iter()
                        .position(|word| !word.bare().starts_with('-'))
                        .unwrap_or(rest.len());
                    &rest[at..]
                } else {
                    rest
                };
                self.prefixed(rest, line);
            }
            "docker" | "podman" | "nerdctl" => self.container(rest, line),
            _ => self.prefixed(words, line),
        }
    }

    /// `docker run -e A=b …`
    fn container(&mut self, words: &[Word], line: usize) {
        let outer = self.here;
        self.here = self.open(Kind::Named, format!("line {line}"));
        for (at, word) in words.iter().enumerate() {
            let text = word.parts.iter().map(written).collect::<String>();
            if text == "-e" || text == "--env" {
                if let Some(word) = words.get(at + 1) {
                    self.assign(word, true, line);
                }
            } else if text.starts_with("--env=") {
                self.assign(&word.without("--env=".len()), true, line);
            } else if text == "--env-file" {
                let file = words.get(at + 1).and_then(Word::text).unwrap_or_default();
                self.note(
                    &format!("{text} {file}"),
                    format!("line {line} names a file; import it on its own"),
                );
            }
        }
        self.here = outer;
    }

    /// `A=b C=d`, alone or before a command.
    fn prefixed(&mut self, words: &[Word], line: usize) {
        let count = words.iter().take_while(|word| assigned(word).is_some()).count();
        let (assignments, command) = words.split_at(count);
        if command.is_empty() {
            for word in assignments {
                self.assign(word, false, line);
            }
            return;
        }
        let starts_claude = command.iter().any(is_claude);
        if !starts_claude && command.first().is_none_or(|word| word.bare() != "env") {
            return self.other(command, line);
        }
        let outer = self.here;
        // A line of its own holds for that command; in a function or an alias it is a part of what they do.
        if outer == 0 && !assignments.is_empty() {
            self.here = self.open(Kind::Named, format!("line {line}"));
        }
        for word in assignments {
            self.assign(word, true, line);
        }
        if let [first, rest @ ..] = command
            && first.bare() == "env"
        {
            self.prefixed(rest, line);
        } else if starts_claude {
            self.started(command, line);
        }
        self.here = outer;
    }

    /// Claude Code with its options.
    fn started(&mut self, command: &[Word], line: usize) {
        let at = command.iter().position(is_claude).unwrap_or_default();
        let before: Vec<&str> = command[..at].iter().filter_map(Word::text).collect();
        if let ["aws-vault" | "granted" | "assume" | "aws-okta" | "op", ..] = before.as_slice() {
            self.note(
                &before.join(" "),
                format!(
                    "line {line}: this program prints credentials, and import runs nothing; give the AWS profile: --aws-profile NAME"
                ),
            );
        }
        let mut words = command[at + 1..].iter();
        while let Some(word) = words.next() {
            let Some(text) = word.text() else { continue };
            let value = match text.split_once('=') {
                Some(("--model", value)) => Some(value.to_owned()),
                _ if text == "--model" => words.next().and_then(Word::text).map(str::to_owned),
                _ => None,
            };
            if let Some(value) = value {
                self.put("--model", Value::Text(value), true, line);
            } else if text == "--settings" {
                let file = words.next().and_then(Word::text).unwrap_or_default().to_owned();
                self.note(
                    "--settings",
                    format!("line {line}: import that file on its own: {file}"),
                );
            }
        }
    }

    /// A program that may set credentials.
    fn other(&mut self, command: &[Word], line: usize) {
        if let [first, second, ..] = command
            && first.bare() == "set"
        {
            return self.set(std::slice::from_ref(second), line);
        }
        let text: Vec<&str> = command.iter().filter_map(Word::text).collect();
        if let Some((profile, true)) = exported_credentials(&text.join(" ")) {
            self.credentials(profile, line);
        }
    }

    fn export(&mut self, words: &[Word], line: usize) {
        for word in words {
            if word.bare().starts_with('-') {
                continue;
            }
            if let [Part::Command(command)] = word.parts.as_slice()
                && let Some((profile, true)) = exported_credentials(command)
            {
                self.credentials(profile, line);
            } else if assigned(word).is_some() {
                self.assign(word, true, line);
            } else if let Some(name) = word.text() {
                // `A=b; export A`
                self.has_exports = true;
                for (variable, exported) in &mut self.scopes[self.here].variables {
                    *exported |= variable.name == name;
                }
            }
        }
    }

    /// fish's and `cmd.exe`'s `set`, and `set -a`.
    fn set(&mut self, words: &[Word], line: usize) {
        let options: Vec<&str> = words
            .iter()
            .map(Word::bare)
            .take_while(|word| word.starts_with('-'))
            .collect();
        let rest = &words[options.len()..];
        if self.dialect == Dialect::Posix && options.iter().any(|option| *option == "-a" || *option == "-o") {
            self.exports_all |= options.contains(&"-a") || rest.first().is_some_and(|word| word.bare() == "allexport");
            return;
        }
        let has = |short: char, long: &str| {
            options
                .iter()
                .any(|option| *option == long || (!option.starts_with("--") && option.contains(short)))
        };
        if has('e', "--erase") {
            return self.unset(rest);
        }
        let exports = has('x', "--export") || self.dialect != Dialect::Fish;
        match rest {
            [assignment] if assigned(assignment).is_some() => self.assign(assignment, exports, line),
            _ => self.named(rest, exports, line),
        }
    }

    /// `NAME VALUE…`
    fn named(&mut self, words: &[Word], exports: bool, line: usize) {
        let Some((name, values)) = words
            .split_first()
            .and_then(|(name, values)| Some((name.text()?, values)))
            .filter(|(name, values)| variables::is_name(name) && !values.is_empty())
        else {
            return;
        };
        // The options of `setx` come last.
        let values: Vec<&Word> = values
            .iter()
            .filter(|word| !word.bare().eq_ignore_ascii_case("/m"))
            .collect();
        let mut whole = Word::default();
        for (at, word) in values.iter().enumerate() {
            if at > 0 {
                whole.parts.push(Part::Text(" ".to_owned()));
            }
            whole.parts.extend(word.parts.iter().cloned());
        }
        let name = name.to_owned();
        let value = self.value(&whole);
        self.put(&name, value, exports, line);
    }

    /// `: "${A:=b}"`
    fn defaults(&mut self, words: &[Word], line: usize) {
        for part in words.iter().flat_map(|word| &word.parts) {
            if let Part::Variable(name, Some(default)) = part
                && self.known(name).is_none()
            {
                self.put(name, Value::Text(default.clone()), false, line);
            }
        }
    }

    fn unset(&mut self, words: &[Word]) {
        let scope = &mut self.scopes[self.here];
        for name in words.iter().filter_map(Word::text) {
            scope.variables.retain(|(variable, _)| variable.name != name);
            scope.unset.push(name.to_owned());
        }
    }

    fn alias(&mut self, words: &[Word], line: usize) {
        let words: Vec<&Word> = words.iter().filter(|word| !word.bare().starts_with('-')).collect();
        let (name, body) = match words.as_slice() {
            [word] => match word.head().split_once('=') {
                Some((name, _)) => (name.to_owned(), word.without(name.len() + 1)),
                None => return,
            },
            [name, body @ ..] => {
                let mut whole = Word::default();
                for word in body {
                    whole.parts.extend(word.parts.iter().cloned());
                    whole.parts.push(Part::Text(" ".to_owned()));
                }
                (name.text().unwrap_or_default().trim_end_matches('=').to_owned(), whole)
            }
            [] => return,
        };
        let text: String = body.parts.iter().map(written).collect();
        let outer = self.here;
        self.here = self.open(Kind::Named, name);
        let (first_line, blocks) = (self.first_line, std::mem::take(&mut self.blocks));
        self.first_line = line - 1;
        self.read(&text);
        self.first_line = first_line;
        self.blocks = blocks;
        self.here = outer;
    }

    /// `eval "$(…)"`, `source <(…)`.
    fn evaluated(&mut self, words: &[Word], line: usize) {
        for word in words {
            for part in &word.parts {
                let (Part::Command(inner) | Part::Open(inner)) = part else {
                    continue;
                };
                match exported_credentials(inner) {
                    Some((profile, true)) => self.credentials(profile, line),
                    Some((_, false)) => self.note(
                        inner,
                        format!(
                            "line {line}: it may set credentials, and import runs nothing; give the AWS profile: --aws-profile NAME"
                        ),
                    ),
                    None => {}
                }
            }
        }
        if let [file] = words
            && !file.parts.iter().any(|part| matches!(part, Part::Command(_)))
            && let path = file.parts.iter().map(written).collect::<String>()
            && ["claude", "bedrock", "aws", ".env"]
                .iter()
                .any(|word| path.to_lowercase().contains(word))
        {
            self.note(&path, format!("line {line} reads that file; import it on its own"));
        }
    }

    /// The keys that the AWS CLI prints for a profile are that profile's.
    fn credentials(&mut self, profile: Option<String>, line: usize) {
        if let Some(profile) = profile {
            self.put("AWS_PROFILE", Value::Text(profile), true, line);
        }
    }

    fn note(&mut self, what: &str, why: String) {
        self.scopes[self.here].notes.push((what.to_owned(), why));
    }
}

/// Whether a word starts Claude Code.
fn is_claude(word: &Word) -> bool {
    let text: String = word.parts.iter().map(written).collect();
    let name = text.rsplit(['/', '\\']).next().unwrap_or(&text);
    let name = name.split('@').next().unwrap_or(name);
    ["claude", "claude.exe", "claude.cmd", "claude-code"].contains(&name) || text.contains("@anthropic-ai/claude-code")
}

/// A scope that is a branch.
fn branch(what: &str, line: usize) -> (Kind, String) {
    (Kind::Branch, format!("{what} in line {line}"))
}

/// A lone `$`.
fn is_dollar(word: &Word) -> bool {
    matches!(word.parts.as_slice(), [Part::Open(text)] if text == "$")
}

/// The name of `NAME=…`.
fn assigned(word: &Word) -> Option<&str> {
    let (name, _) = word.head().split_once('=')?;
    variables::is_name(name).then_some(name)
}

/// A part as it was written.
fn written(part: &Part) -> String {
    match part {
        Part::Text(text) | Part::Open(text) => text.clone(),
        Part::Variable(name, None) => format!("${name}"),
        Part::Variable(name, Some(default)) => format!("${{{name}:-{default}}}"),
        Part::Command(command) => format!("$({command})"),
    }
}

/// Whether a command prints credentials as shell lines: whether it is `aws configure export-credentials`, and the AWS
/// profile that it names.
fn exported_credentials(command: &str) -> Option<(Option<String>, bool)> {
    const OTHERS: [&str; 9] = [
        "aws",
        "saml",
        "okta",
        "assume",
        "granted",
        "gimme",
        "leapp",
        "credential",
        "op inject",
    ];
    if command.contains("configure export-credentials") {
        return Some((aws_profile_option(command), true));
    }
    let small = command.to_lowercase();
    let completes = ["completion", "completer"].iter().any(|word| small.contains(word));
    (!completes && OTHERS.iter().any(|word| small.contains(word))).then_some((None, false))
}

/// The value of `--profile` in a command line.
pub fn aws_profile_option(command: &str) -> Option<String> {
    let words = shell_words::split(command).unwrap_or_else(|_| command.split_whitespace().map(str::to_owned).collect());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "--profile" {
            return words.next().filter(|name| !name.contains('$')).cloned();
        }
        if let Some(name) = word.strip_prefix("--profile=").filter(|name| !name.contains('$')) {
            return Some(name.to_owned());
        }
    }
    None
}

/// The variables of simple lines, such as those of a `.env` file, in their order.
pub fn variables_of(text: &str, dialect: Dialect, home: Option<&str>) -> BTreeMap<String, Value> {
    let whole = readings(text, dialect, home).into_iter().next().unwrap_or_default();
    whole
        .variables
        .into_iter()
        .map(|variable| (variable.name, variable.value))
        .collect()
}
