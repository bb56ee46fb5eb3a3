//! The text of a shell as commands of words: POSIX shells, fish, PowerShell, and Windows' command prompt.
//!
//! Nothing is run. What a shell would put in place of a part of a word is kept as that part, so that whoever reads
//! can look up what the text itself says and leave the rest.

use std::iter::Peekable;
use std::path::Path;
use std::str::Chars;

/// Whose rules of quoting hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// sh, bash, zsh and `.env` files.
    Posix,
    /// fish.
    Fish,
    /// PowerShell.
    PowerShell,
    /// `cmd.exe`.
    Cmd,
}

impl Dialect {
    /// By the file's name, else by what the text looks like.
    pub fn of(path: Option<&Path>, text: &str) -> Self {
        let extension = path.and_then(Path::extension).map(std::ffi::OsStr::to_ascii_lowercase);
        match extension.as_ref().and_then(|extension| extension.to_str()) {
            Some("fish") => return Self::Fish,
            Some("ps1" | "psm1" | "psd1") => return Self::PowerShell,
            Some("bat" | "cmd") => return Self::Cmd,
            Some("sh" | "bash" | "zsh") => return Self::Posix,
            _ => {}
        }
        let small = text.to_ascii_lowercase();
        if ["$env:", "${env:", "[environment]::", "[system.environment]::", " env:"]
            .iter()
            .any(|sign| small.contains(sign))
        {
            return Self::PowerShell;
        }
        let starts = |words: &[&str]| {
            small
                .lines()
                .any(|line| words.iter().any(|word| line.trim_start().starts_with(word)))
        };
        if starts(&[
            "set -gx",
            "set -x",
            "set -ux",
            "set -lx",
            "set -gux",
            "set -xg",
            "set --export",
            "set -fx",
        ]) {
            return Self::Fish;
        }
        if starts(&[
            "setx ",
            "@echo",
            "rem ",
            "set \"claude",
            "set claude",
            "set aws",
            "set anthropic",
        ]) {
            return Self::Cmd;
        }
        Self::Posix
    }
}

/// A part of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Itself.
    Text(String),
    /// The value of a variable, and what stands for it where it has none.
    Variable(String, Option<String>),
    /// What a command prints.
    Command(String),
    /// Anything else that only the shell can work out.
    Open(String),
}

/// A word of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// Its parts, none of them empty texts.
    pub parts: Vec<Part>,
    /// Whether a part of it stood in quotes: then it is no keyword.
    pub is_quoted: bool,
}

impl Word {
    fn push(&mut self, c: char) {
        if let Some(Part::Text(text)) = self.parts.last_mut() {
            text.push(c);
        } else {
            self.parts.push(Part::Text(c.to_string()));
        }
    }

    /// As it is written, where nothing has to be worked out.
    pub fn text(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The keyword or the name of a command that it is.
    pub fn bare(&self) -> &str {
        self.text().filter(|_| !self.is_quoted).unwrap_or_default()
    }

    /// The word without a text that it begins with.
    pub fn without(&self, length: usize) -> Self {
        let mut word = self.clone();
        if let Some(Part::Text(text)) = word.parts.first_mut() {
            *text = text.get(length..).unwrap_or_default().to_owned();
            if text.is_empty() {
                word.parts.remove(0);
            }
        }
        word
    }

    /// The text before the first part that has to be worked out.
    pub fn head(&self) -> &str {
        match self.parts.first() {
            Some(Part::Text(text)) => text,
            _ => "",
        }
    }
}

/// A command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// Its words; keywords stand as words of their own.
    pub words: Vec<Word>,
    /// The line that it begins in, from 1.
    pub line: usize,
    /// Whether it is run only if the one before it says so (`&&`, `||`).
    pub depends: bool,
}

/// The commands of a text.
pub fn commands(text: &str, dialect: Dialect) -> Vec<Command> {
    let mut reader = Reader {
        characters: text.chars().peekable(),
        dialect,
        line: 1,
        commands: Vec::new(),
        current: Command::default(),
        word: None,
        ends: Vec::new(),
    };
    reader.run();
    reader.commands
}

struct Reader<'a> {
    characters: Peekable<Chars<'a>>,
    dialect: Dialect,
    line: usize,
    commands: Vec<Command>,
    current: Command,
    word: Option<Word>,
    /// The lines that end the texts that begin after this line (`<<EOF`).
    ends: Vec<String>,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.characters.next()?;
        if c == '\n' {
            self.line += 1;
        }
        Some(c)
    }

    fn peek(&mut self) -> Option<char> {
        self.characters.peek().copied()
    }

    fn here(&mut self) -> &mut Word {
        if self.current.words.is_empty() && self.word.is_none() {
            self.current.line = self.line;
        }
        self.word.get_or_insert_default()
    }

    fn end_word(&mut self) {
        if let Some(word) = self.word.take() {
            self.current.words.push(word);
        }
    }

    fn end_command(&mut self, depends: bool) {
        self.end_word();
        let current = std::mem::take(&mut self.current);
        if !current.words.is_empty() {
            self.commands.push(current);
        }
        self.current.depends = depends;
    }

    /// A bracket as a command of its own.
    fn bracket(&mut self, c: char) {
        self.here().push(c);
        self.end_command(false);
    }

    fn run(&mut self) {
        while let Some(c) = self.next() {
            match c {
                '\r' => {}
                ' ' | '\t' | '\u{a0}' => self.end_word(),
                '\n' => {
                    self.end_command(false);
                    self.skip_texts();
                }
                ';' if self.dialect != Dialect::Cmd => self.end_command(false),
                '&' | '|' => {
                    let twice = self.characters.next_if_eq(&c).is_some();
                    self.end_command(twice);
                }
                '#' if self.word.is_none() && self.dialect != Dialect::Cmd => self.comment(),
                '<' if self.dialect == Dialect::PowerShell && self.peek() == Some('#') => self.block_comment(),
                '<' if self.dialect == Dialect::Posix && self.word.is_none() && self.peek() == Some('<') => {
                    self.next();
                    self.text_below();
                }
                '{' | '}' if self.dialect == Dialect::PowerShell => self.powershell_bracket(c),
                '(' if self.dialect == Dialect::Posix && self.word.is_none() && self.current.words.is_empty() => {
                    self.bracket(c);
                }
                ')' if self.dialect == Dialect::Posix && self.word.is_none() => {
                    self.end_command(false);
                    self.bracket(c);
                }
                '(' => self.round(),
                '\\' | '`' if self.is_escape(c) => self.escape(c),
                '^' if self.dialect == Dialect::Cmd => {
                    if let Some(c) = self.next() {
                        self.here().push(c);
                    }
                }
                '\'' if self.dialect != Dialect::Cmd => self.single(),
                '"' => self.double(),
                '`' => {
                    let inner = self.until('`');
                    self.here().parts.push(Part::Command(inner));
                }
                '$' => self.dollar(),
                '%' if self.dialect == Dialect::Cmd => {
                    let name = self.until('%');
                    self.here().parts.push(Part::Variable(name, None));
                }
                '~' if self.at_home() => self.here().parts.push(Part::Variable("HOME".to_owned(), None)),
                c => self.here().push(c),
            }
        }
        self.end_command(false);
    }

    /// Whether a tilde stands for the home directory: at the start of a word or of a value, before a slash.
    fn at_home(&mut self) -> bool {
        let starts = self
            .word
            .as_ref()
            .is_none_or(|word| word.parts.len() == 1 && word.head().ends_with('='));
        starts && matches!(self.peek(), Some('/')) && matches!(self.dialect, Dialect::Posix | Dialect::Fish)
    }

    fn is_escape(&self, c: char) -> bool {
        match self.dialect {
            Dialect::PowerShell => c == '`',
            Dialect::Cmd => false,
            Dialect::Posix | Dialect::Fish => c == '\\',
        }
    }

    fn escape(&mut self, sign: char) {
        match self.next() {
            // A line that goes on.
            Some('\n') | None => {}
            Some('\r') if self.peek() == Some('\n') => {
                self.next();
            }
            Some(c) => {
                let c = if sign == '`' { powershell_escape(c) } else { c };
                self.here().push(c);
            }
        }
    }

    fn comment(&mut self) {
        while self.peek().is_some_and(|c| c != '\n') {
            self.next();
        }
    }

    fn block_comment(&mut self) {
        let mut last = ' ';
        while let Some(c) = self.next() {
            if last == '#' && c == '>' {
                return;
            }
            last = c;
        }
    }

    /// `<<EOF`: the text below is no command.
    fn text_below(&mut self) {
        if self.characters.next_if_eq(&'<').is_some() {
            return;
        }
        let _ = self.characters.next_if_eq(&'-');
        let mut end = String::new();
        while let Some(c) = self.peek().filter(|c| !c.is_whitespace() && !";|&)".contains(*c)) {
            self.next();
            if !"'\"\\".contains(c) {
                end.push(c);
            }
        }
        self.ends.push(end);
    }

    fn skip_texts(&mut self) {
        for end in std::mem::take(&mut self.ends) {
            loop {
                let mut line = String::new();
                let mut is_last = true;
                while let Some(c) = self.next() {
                    if c == '\n' {
                        is_last = false;
                        break;
                    }
                    line.push(c);
                }
                if line.trim() == end || is_last {
                    break;
                }
            }
        }
    }

    fn powershell_bracket(&mut self, c: char) {
        if c == '{' {
            // It belongs to the words before it.
            self.end_word();
            self.here().push(c);
            self.end_command(false);
        } else {
            self.end_command(false);
            self.bracket(c);
        }
    }

    fn round(&mut self) {
        let is_name = self.word.is_some();
        if self.dialect == Dialect::Posix && self.peek() == Some(')') {
            // A function's name.
            self.next();
            let word = self.here();
            word.push('(');
            word.push(')');
            self.end_word();
            return;
        }
        let inner = self.balanced();
        let part = match self.dialect {
            Dialect::Fish => Part::Command(inner),
            Dialect::PowerShell if is_name => {
                // A method's arguments.
                let word = self.here();
                word.push('(');
                for c in inner.chars() {
                    word.push(c);
                }
                word.push(')');
                return;
            }
            _ => Part::Open(format!("({inner})")),
        };
        self.here().parts.push(part);
    }

    /// What stands up to the bracket that closes the one just read, whatever is in quotes.
    fn balanced(&mut self) -> String {
        let mut inner = String::new();
        let mut depth = 1;
        let mut quote = None;
        while let Some(c) = self.next() {
            match (quote, c) {
                (Some(open), c) if c == open => quote = None,
                (None, '\'' | '"') => quote = Some(c),
                (None, '(') => depth += 1,
                (None, ')') => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
            inner.push(c);
        }
        inner.trim().to_owned()
    }

    fn until(&mut self, end: char) -> String {
        let mut text = String::new();
        while let Some(c) = self.next().filter(|c| *c != end) {
            text.push(c);
        }
        text
    }

    fn single(&mut self) {
        let is_ansi = self.dialect == Dialect::Posix
            && matches!(self.word.as_mut().and_then(|word| word.parts.last_mut()), Some(Part::Open(text)) if text == "$");
        if is_ansi && let Some(word) = &mut self.word {
            word.parts.pop();
        }
        self.here().is_quoted = true;
        while let Some(c) = self.next() {
            match c {
                '\'' if self.dialect == Dialect::PowerShell && self.peek() == Some('\'') => {
                    self.next();
                    self.here().push('\'');
                }
                '\'' => break,
                '\\' if is_ansi => match self.next() {
                    Some('n') => self.here().push('\n'),
                    Some('t') => self.here().push('\t'),
                    Some('r') => self.here().push('\r'),
                    Some(c) => self.here().push(c),
                    None => {}
                },
                '\\' if self.dialect == Dialect::Fish && matches!(self.peek(), Some('\'' | '\\')) => {
                    if let Some(c) = self.next() {
                        self.here().push(c);
                    }
                }
                c => self.here().push(c),
            }
        }
    }

    fn double(&mut self) {
        self.here().is_quoted = true;
        while let Some(c) = self.next() {
            match (self.dialect, c) {
                (Dialect::PowerShell, '"') if self.peek() == Some('"') => {
                    self.next();
                    self.here().push('"');
                }
                (_, '"') => break,
                (Dialect::Cmd, '%') => {
                    let name = self.until('%');
                    self.here().parts.push(Part::Variable(name, None));
                }
                (Dialect::Cmd, c) => self.here().push(c),
                (Dialect::PowerShell, '`') => {
                    if let Some(c) = self.next() {
                        self.here().push(powershell_escape(c));
                    }
                }
                (Dialect::Posix | Dialect::Fish, '\\') => match self.next() {
                    Some('\n') | None => {}
                    Some(c @ ('"' | '\\' | '$' | '`')) => self.here().push(c),
                    Some(c) => {
                        self.here().push('\\');
                        self.here().push(c);
                    }
                },
                (Dialect::Posix, '`') => {
                    let inner = self.until('`');
                    self.here().parts.push(Part::Command(inner));
                }
                (_, '$') => self.dollar(),
                (_, c) => self.here().push(c),
            }
        }
    }

    fn dollar(&mut self) {
        let part = match self.peek() {
            Some('(') => {
                self.next();
                Part::Command(self.balanced())
            }
            Some('{') => {
                self.next();
                let mut inner = String::new();
                let mut depth = 1;
                while let Some(c) = self.next() {
                    depth += match c {
                        '{' => 1,
                        '}' => -1,
                        _ => 0,
                    };
                    if depth == 0 {
                        break;
                    }
                    inner.push(c);
                }
                braced(&inner, self.dialect)
            }
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                let mut name = String::new();
                while let Some(c) = self
                    .characters
                    .next_if(|c| c.is_ascii_alphanumeric() || *c == '_' || *c == ':')
                {
                    name.push(c);
                }
                if self.dialect == Dialect::PowerShell {
                    powershell_name(&name)
                } else {
                    // A colon ends a name.
                    let (name, rest) = name.split_at(name.find(':').unwrap_or(name.len()));
                    let (name, rest) = (name.to_owned(), rest.to_owned());
                    self.here().parts.push(Part::Variable(name, None));
                    for c in rest.chars() {
                        self.here().push(c);
                    }
                    return;
                }
            }
            _ => Part::Open("$".to_owned()),
        };
        self.here().parts.push(part);
    }
}

fn powershell_escape(c: char) -> char {
    match c {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        c => c,
    }
}

/// `$env:NAME`, `$true`, `$null`: those that name a variable of the environment keep their beginning.
fn powershell_name(name: &str) -> Part {
    let small = name.to_ascii_lowercase();
    match small.as_str() {
        "true" => Part::Text("True".to_owned()),
        "false" => Part::Text("False".to_owned()),
        "home" => Part::Variable("HOME".to_owned(), None),
        _ => match small.strip_prefix("env:") {
            Some(_) => Part::Variable(format!("env:{}", &name[4..]), None),
            None => Part::Open(format!("${name}")),
        },
    }
}

/// `${NAME}`, `${NAME:-default}`, `${env:NAME}`.
fn braced(inner: &str, dialect: Dialect) -> Part {
    let is_name = |name: &str| crate::variables::is_name(name);
    if dialect == Dialect::PowerShell {
        return powershell_name(inner);
    }
    if is_name(inner) {
        return Part::Variable(inner.to_owned(), None);
    }
    for sign in [":-", ":=", "-", "="] {
        if let Some((name, default)) = inner.split_once(sign).filter(|(name, _)| is_name(name)) {
            let default = default.trim_matches(['"', '\'']);
            if default.contains(['$', '`']) {
                break;
            }
            return Part::Variable(name.to_owned(), Some(default.to_owned()));
        }
    }
    Part::Open(format!("${{{inner}}}"))
}
