//! How screens fit the terminal: its width, its colours, columns and folded lines. Every screen is readable without
//! colour and in a locale without Unicode: a colour repeats what a word says.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::{colored, colored_output};
use crate::system::paths;

/// The meaning of a text, which decides its colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing in particular.
    #[default]
    Plain,
    /// In order.
    Good,
    /// Worth a look.
    Doubtful,
    /// Broken, or dangerous.
    Bad,
    /// What the eye should find first.
    Strong,
    /// What may be skipped.
    Faint,
}

impl Tone {
    /// The parameter of SGR (ECMA-48); the sixteen colours that every theme has made readable.
    fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Good => Some("32"),
            Self::Doubtful => Some("33"),
            Self::Bad => Some("31"),
            Self::Strong => Some("1"),
            Self::Faint => Some("2"),
        }
    }
}

/// `text` in the colour of its tone, where colour is shown.
pub fn painted(text: &str, tone: Tone, colored: bool) -> String {
    match tone.code().filter(|_| colored && !text.is_empty()) {
        Some(code) => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        None => text.to_owned(),
    }
}

/// Where a screen is shown.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// Its columns; `None` if there is no terminal, and lines may be of any length.
    pub width: Option<usize>,
    /// Whether colours are shown.
    pub colored: bool,
    /// Whether the locale has more than ASCII.
    pub unicode: bool,
}

impl Screen {
    /// Where stdout goes.
    pub fn of_output() -> Self {
        Self::of(terminal_columns(std::io::stdout()), colored_output())
    }

    /// Where stderr goes.
    pub fn of_errors() -> Self {
        Self::of(terminal_columns(std::io::stderr()), colored())
    }

    fn of(columns: Option<usize>, colored: bool) -> Self {
        Self {
            width: columns.or_else(paths::columns).filter(|width| *width > 0),
            colored,
            unicode: paths::locale_is_unicode(),
        }
    }

    /// Replaces text that was left out.
    fn ellipsis(self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }

    /// `text` in the colour of its tone.
    pub fn paint(self, text: &str, tone: Tone) -> String {
        painted(text, tone, self.colored)
    }

    /// `text` in at most `width` columns, its end left out if need be.
    pub fn cut(self, text: &str, width: usize) -> String {
        if text.width() <= width {
            return text.to_owned();
        }
        let room = width.saturating_sub(self.ellipsis().width());
        let mut cut = String::new();
        let mut used = 0;
        for c in text.chars() {
            used += c.width().unwrap_or_default();
            if used > room {
                break;
            }
            cut.push(c);
        }
        cut.truncate(cut.trim_end().len());
        cut + self.ellipsis()
    }

    /// `text` folded at blanks: every line but the first begins with `indent` blanks, which the first has already.
    pub fn folded(self, text: &str, indent: usize) -> String {
        let Some(width) = self.width else {
            return text.to_owned();
        };
        // A narrow rest would be worse than a line that the terminal folds.
        let room = width.saturating_sub(indent).max(16);
        let mut lines = Vec::new();
        let mut line = String::new();
        for word in text.split(' ') {
            if !line.is_empty() && line.width() + 1 + word.width() > room {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
        let between = format!("\n{}", " ".repeat(indent));
        lines.join(&between)
    }

    /// Names with what there is to say of each, the latter aligned and folded; below the name where the screen is
    /// too narrow for both.
    pub fn facts(self, facts: &[Fact]) -> String {
        let longest = facts.iter().map(|fact| fact.name.width()).max().unwrap_or_default();
        let is_narrow = self.width.is_some_and(|width| width < longest + 2 + 20);
        let mut text = String::new();
        for fact in facts {
            let name = self.paint(&fact.name, Tone::Faint);
            let indent = if is_narrow {
                text.push_str(&name);
                text.push_str("\n  ");
                2
            } else {
                text.push_str(&name);
                text.extend(std::iter::repeat_n(' ', longest + 2 - fact.name.width()));
                longest + 2
            };
            text.push_str(&self.paint(&self.folded(&fact.text, indent), fact.tone));
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
        text
    }
}

/// A name and what there is to say of it.
#[derive(Debug)]
pub struct Fact {
    name: String,
    text: String,
    tone: Tone,
}

impl Fact {
    /// A fact without colour. What steers a terminal is made visible.
    pub fn new(name: impl Into<String>, text: &str) -> Self {
        Self {
            name: name.into(),
            text: crate::system::text::visible(text),
            tone: Tone::Plain,
        }
    }

    /// The same in a tone.
    pub fn tone(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }
}

/// The columns of a prompt's lines. Its messages also go through files and pipes, so no terminal is asked for more.
pub const PROMPT_COLUMNS: usize = 80;

/// `text` with every line that is too long for a prompt broken: before what there is to type, which stays whole, else
/// at blanks. Only a line of a file and a word that is too long alone stay longer.
pub fn at_the_prompt(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(broken).collect();
    lines.join("\n")
}

/// The columns of a line, of which its colours take none.
fn columns_of(line: &str) -> usize {
    anstream::adapter::strip_str(line).to_string().width()
}

/// One line as several.
fn broken(line: &str) -> String {
    if line.len() <= PROMPT_COLUMNS || columns_of(line) <= PROMPT_COLUMNS {
        return line.to_owned();
    }
    let plain = anstream::adapter::strip_str(line).to_string();
    let own = plain.trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit());
    if own.starts_with(['|', '-']) {
        return line.to_owned();
    }
    let label = if own.starts_with("= help: ") {
        "= help: ".len()
    } else {
        2
    };
    let indent = plain.len() - plain.trim_start().len() + label;
    let between = format!("\n{}", " ".repeat(indent));
    in_lines(&unbroken(line), PROMPT_COLUMNS - indent).join(&between)
}

/// The programs that findings say to type.
const COMMANDS: &[&str] = &[
    "aws",
    "chmod",
    "chown",
    "claude-bedrock",
    "exec",
    "ls",
    "mv",
    "rm",
    "unset",
];

/// The words of a line; one is also what little stands in backticks, and a command that is to be typed.
fn unbroken(line: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut is_command = false;
    for word in line.split(' ') {
        is_command &= !word.starts_with('(') && !words.last().is_some_and(|last| last.ends_with([',', ';', ')']));
        let is_quoted = words.last().is_some_and(|last| {
            let is_short = columns_of(last) + 1 + columns_of(word) <= PROMPT_COLUMNS / 2;
            is_short && last.matches('`').count() % 2 == 1
        });
        match words.last_mut() {
            Some(last) if is_command || is_quoted => {
                last.push(' ');
                last.push_str(word);
            }
            last => {
                is_command = COMMANDS.contains(&word) && last.is_some_and(|last| last.ends_with([':', ';', '(']));
                words.push(word.to_owned());
            }
        }
    }
    words
}

/// Words in lines: the first, which has its own indent, as wide as a prompt's, the others of at most `room` columns.
fn in_lines(words: &[String], room: usize) -> Vec<String> {
    let whole = words.join(" ");
    if columns_of(&whole) <= PROMPT_COLUMNS || words.len() == 1 {
        return vec![whole];
    }
    let fits = |at: &usize| columns_of(&words[at + 1..].join(" ")) <= room;
    let after = |mark: char| (1..words.len() - 1).rev().filter(move |at| words[*at].ends_with(mark));
    let is_label =
        |at: &usize| ["warning:", "help:"].contains(&&*anstream::adapter::strip_str(&words[*at]).to_string());
    let at = after(';').find(fits);
    if let Some(at) = at.or_else(|| after(':').filter(|at| !is_label(at)).find(fits)) {
        let mut head = words[..=at].to_vec();
        if let Some(short) = head[at].strip_suffix(';') {
            head[at] = short.to_owned();
        }
        let mut lines = in_lines(&head, room);
        lines.push(words[at + 1..].join(" "));
        return lines;
    }
    let mut lines = vec![String::new()];
    for (at, word) in words.iter().enumerate() {
        let room = if lines.len() == 1 { PROMPT_COLUMNS } else { room };
        let line = lines.last_mut().expect("there is a first line");
        if line.trim_start().is_empty() || columns_of(line) + 1 + columns_of(word) <= room {
            line.push_str(if at == 0 { "" } else { " " });
            line.push_str(word);
        } else {
            lines.push(word.clone());
        }
    }
    lines
}

/// The rows and columns of the terminal at stderr, or what most have.
#[cfg(unix)]
pub fn rows_and_columns() -> (usize, usize) {
    let size = rustix::termios::tcgetwinsize(std::io::stderr()).ok();
    let size = size.filter(|size| size.ws_row > 0 && size.ws_col > 0);
    size.map_or(USUAL, |size| (size.ws_row.into(), size.ws_col.into()))
}

/// The rows and columns that most terminals have.
#[cfg(not(unix))]
pub fn rows_and_columns() -> (usize, usize) {
    USUAL
}

/// Rows and columns of a terminal that does not tell.
const USUAL: (usize, usize) = (24, 80);

/// How many columns the terminal of a stream has.
#[cfg(unix)]
fn terminal_columns(stream: impl std::os::fd::AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(stream).ok()?;
    (size.ws_col > 0).then_some(usize::from(size.ws_col))
}

#[cfg(not(unix))]
fn terminal_columns(stream: impl std::io::IsTerminal) -> Option<usize> {
    stream.is_terminal().then_some(80)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen(width: usize) -> Screen {
        Screen {
            width: Some(width),
            colored: false,
            unicode: true,
        }
    }

    #[test]
    fn no_folded_line_is_wider_than_the_screen_unless_one_word_is() {
        let text = "the session of `wörk` is over for 3 h: claude-bedrock login 日本語-profile";
        for width in 20..90 {
            let folded = screen(width).folded(text, 4);
            assert_eq!(
                folded.split_whitespace().collect::<Vec<_>>(),
                text.split(' ').collect::<Vec<_>>()
            );
            for (index, line) in folded.lines().enumerate() {
                let own = line.trim_start();
                let limit = if index == 0 { width - 4 } else { width };
                assert!(line.width() <= limit || !own.contains(' '), "{width}: {line}");
            }
        }
    }

    #[test]
    fn at_a_prompt_no_line_is_longer_than_80_columns_and_what_is_to_be_typed_stays_whole() {
        const COMMAND: &str = "claude-bedrock use acme-eu --region eu-west-1";
        let words = "the choice of another shell `left here` counts, wörk: 日本語 too; then all of it goes on ";
        for length in 0..4 * words.chars().count() {
            let said: String = words.chars().cycle().take(length).collect();
            // A mark of a pair without the other would keep together what follows it.
            let said = if said.matches('`').count() % 2 == 1 {
                said.replace('`', "")
            } else {
                said
            };
            let said = said.trim();
            for line in [
                format!("claude-bedrock: warning: {said}"),
                format!("claude-bedrock: warning: {said}: {COMMAND}"),
                format!("claude-bedrock: {said}; to have it back: {COMMAND}"),
                format!("  {said} (now: {COMMAND})"),
                format!("   = help: {said}: {COMMAND}, or start a new shell, or wait until it is over"),
                format!("\u{1b}[31mclaude-bedrock: {said}; type: {COMMAND}\u{1b}[0m"),
            ] {
                let text = at_the_prompt(&line);
                let place = format!("{line}\n{text}");
                assert!(text.lines().all(|line| columns_of(line) <= 80), "{place}");
                assert_eq!(text.contains(COMMAND), line.contains(COMMAND), "{place}");
                let all = |text: &str| text.replace(';', "").split_whitespace().collect::<Vec<_>>().join(" ");
                assert_eq!(all(&text), all(&line), "{place}");
                assert!(columns_of(&line) > 80 || text == line, "{place}");
            }
        }
        for line in ["12 | a line of a file ", " --> /a/path ", "claude-bedrock:_"] {
            let long = line.trim_end().to_owned() + &" x".repeat(60).replace(' ', "_");
            assert_eq!(at_the_prompt(&long), long);
        }
    }

    #[test]
    fn what_is_cut_says_so_and_fits() {
        for (width, cut) in [(4, "abcd"), (3, "ab…"), (1, "…")] {
            assert_eq!(screen(width).cut("abcd", width), cut);
        }
        assert_eq!(screen(9).cut("日本語日本語", 6), "日本…");
        let ascii = Screen {
            unicode: false,
            ..screen(5)
        };
        assert_eq!(ascii.cut("abcdef", 5), "ab...");
    }
}
