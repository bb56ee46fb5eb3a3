//! Errors and warnings as the user sees them: what happened, where, and what to type now.
//!
//! A [`Diagnostic`] knows a place in a file; rendering underlines it as a compiler does. Nothing that
//! looks like a secret is ever shown, and nothing in a file can send control sequences to a terminal.

use std::cell::OnceCell;
use std::fmt::Write as _;
use std::ops::Range;
use std::path::PathBuf;
use std::rc::Rc;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use serde_json::{Value, json};

use crate::system::files;
use crate::system::redact::{masked, redacted};
use crate::system::text::{offered, shortened, visible};

/// A result whose error is for a person.
pub type Result<T> = std::result::Result<T, Box<Diagnostic>>;

/// A text file that is read once at most, shared by everything that points into it.
#[derive(Debug)]
pub struct Source {
    /// Where it is.
    pub path: PathBuf,
    text: OnceCell<String>,
    masked: OnceCell<String>,
}

impl Source {
    /// A file that has been read.
    pub fn new(path: PathBuf, text: String) -> Self {
        Self {
            path,
            text: OnceCell::from(text),
            masked: OnceCell::new(),
        }
    }

    /// A file that is read only when a place in it is shown. If it has changed or is gone by then, the place is shown
    /// as well as possible.
    pub fn unread(path: PathBuf) -> Self {
        Self {
            path,
            text: OnceCell::new(),
            masked: OnceCell::new(),
        }
    }

    /// The whole content.
    pub fn text(&self) -> &str {
        self.text
            .get_or_init(|| files::read_text(&self.path, files::OWN).unwrap_or_default())
    }

    /// The whole content with what looks like a secret hidden, for messages.
    fn masked(&self) -> &str {
        self.masked.get_or_init(|| masked(self.text()))
    }
}

/// A place in a file.
#[derive(Clone, Debug)]
pub struct Place {
    /// The file.
    pub source: Rc<Source>,
    /// The bytes meant, for underlining.
    pub span: Range<usize>,
}

impl Place {
    /// The line, counted from 1.
    pub fn line(&self) -> usize {
        self.before().matches('\n').count() + 1
    }

    /// The column in characters, counted from 1.
    pub fn column(&self) -> usize {
        let before = self.before();
        before[before.rfind('\n').map_or(0, |at| at + 1)..].chars().count() + 1
    }

    fn before(&self) -> &str {
        let mut end = self.span.start.min(self.source.text().len());
        while !self.source.text().is_char_boundary(end) {
            end -= 1;
        }
        &self.source.text()[..end]
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "{}:{}",
            crate::system::paths::display(&self.source.path),
            self.line()
        )
    }
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Nothing works until it is fixed.
    Error,
    /// Worth knowing; everything else works.
    Warning,
}

/// One finding.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// How grave it is.
    pub severity: Severity,
    /// What happened, in one sentence without a full stop.
    pub message: String,
    /// Where, if it is in a file.
    pub place: Option<Place>,
    /// What to know or type now, one line each.
    pub help: Vec<String>,
    /// The code of its kind, for findings that `explain` knows.
    pub code: Option<&'static str>,
    /// Whether no watch can see the cause being fixed (a file's owner or mode).
    pub unwatchable: bool,
}

impl Diagnostic {
    /// An error that belongs to no place in a file.
    pub fn error(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            message: message.into(),
            place: None,
            help: Vec::new(),
            code: None,
            unwatchable: false,
        }
    }

    /// An error at a place in a file.
    pub fn at(place: Place, message: impl Into<String>) -> Self {
        Self {
            place: Some(place),
            ..Self::error(message)
        }
    }

    /// The same as a warning.
    pub fn warning(self) -> Self {
        Self {
            severity: Severity::Warning,
            ..self
        }
    }

    /// The same, of the kind that `explain` knows by this code.
    pub fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// The same with one more line of help.
    pub fn help(mut self, line: impl Into<String>) -> Self {
        self.help.push(line.into());
        self
    }

    /// The same, with "did you mean" where `given` may stand for some of `known`.
    pub fn did_you_mean<'a>(self, given: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let names: Vec<String> = offered(given, known).iter().map(|name| format!("`{name}`")).collect();
        match names.as_slice() {
            [] => self,
            [name] => self.help(format!("did you mean {name}?")),
            [names @ .., last] => self.help(format!("did you mean {} or {last}?", names.join(", "))),
        }
    }

    /// The same, marked as one whose fix changes no file's time.
    pub fn unwatchable(mut self) -> Self {
        self.unwatchable = true;
        self
    }

    /// The message with anything that looks like a credential removed.
    pub fn redacted_message(&self) -> String {
        redacted(&self.message)
    }

    /// The finding for `--json`. As in the text, anything that looks like a credential is removed.
    pub fn json(&self) -> Value {
        let place = self.place.as_ref();
        json!({
            "code": self.code,
            "severity": match self.severity { Severity::Error => "error", Severity::Warning => "warning" },
            "message": self.redacted_message(),
            "help": self.help.iter().map(|line| redacted(line)).collect::<Vec<_>>(),
            "file": place.map(|place| place.source.path.to_string_lossy()),
            "line": place.map(Place::line),
            "column": place.map(Place::column),
        })
    }

    /// The level, the message and the advice, as they may be shown.
    fn parts(&self) -> (Level<'static>, String, Vec<String>) {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let shown = |text: &String| shortened(&visible(&redacted(text)));
        (level, shown(&self.message), self.help.iter().map(shown).collect())
    }

    /// The finding as several lines of text, the last without a newline.
    pub fn render(&self, colored: bool) -> String {
        self.rendered(&renderer(colored))
    }

    /// The same with a line of a file cut around the place where it is longer than `columns`.
    pub fn render_within(&self, columns: usize, colored: bool) -> String {
        self.rendered(&renderer(colored).term_width(columns))
    }

    fn rendered(&self, renderer: &Renderer) -> String {
        let (level, message, help) = self.parts();
        let Some(place) = &self.place else {
            let mut text = match self.severity {
                Severity::Error => message,
                Severity::Warning => format!("warning: {message}"),
            };
            for line in &help {
                let _ = write!(text, "\n  {line}");
            }
            return format!("claude-bedrock: {text}");
        };
        let title = format!("claude-bedrock: {message}");
        render_place(place, level.no_name().primary_title(&title), &help, renderer)
    }

    /// The finding as `lint` shows it: its severity and code first, as a compiler does.
    pub fn render_with_code(&self, colored: bool) -> String {
        let (level, message, help) = self.parts();
        let mut title = level.primary_title(&message);
        if let Some(code) = self.code {
            title = title.id(code);
        }
        if let Some(place) = &self.place {
            return render_place(place, title, &help, &renderer(colored));
        }
        let mut group = annotate_snippets::Group::with_title(title);
        for line in &help {
            group = group.element(Level::HELP.message(line));
        }
        renderer(colored).render(&[group]).trim_end().to_owned()
    }
}

fn renderer(colored: bool) -> Renderer {
    if colored { Renderer::styled() } else { Renderer::plain() }
}

/// The longest line, in bytes, and the most lines of a file that a finding shows. Anything longer is only referred to
/// by line and column.
const SHOWN: (usize, usize) = (2000, 8);

/// A title with the line that is meant, underlined, and help below it.
fn render_place(place: &Place, title: annotate_snippets::Title<'_>, help: &[String], renderer: &Renderer) -> String {
    let text = place.source.masked();
    let start = text.floor_char_boundary(place.span.start);
    let end = text.ceil_char_boundary(place.span.end).max(start);
    let path = crate::system::paths::display(&place.source.path);
    // Only the lines to show: the renderer scans its whole input.
    let first = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let last = text[end..].find('\n').map_or(text.len(), |at| end + at);
    let shown = &text[first..last];
    let mut group = if shown.len() <= SHOWN.0 && shown.lines().count() <= SHOWN.1 {
        title.element(
            Snippet::source(shown)
                .line_start(place.line())
                .path(&path)
                .annotation(AnnotationKind::Primary.span(start - first..end - first)),
        )
    } else {
        title.element(Origin::path(&path).line(place.line()).char_column(place.column()))
    };
    for line in help {
        group = group.element(Level::HELP.message(line));
    }
    renderer.render(&[group]).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, span: Range<usize>) -> Diagnostic {
        let source = Rc::new(Source::new(PathBuf::from("/etc/x.toml"), text.to_owned()));
        Diagnostic::at(Place { source, span }, "unknown key `regoin`").did_you_mean("regoin", ["region", "auth"])
    }

    #[test]
    fn a_finding_underlines_its_place_and_names_the_nearest_word() {
        insta::assert_snapshot!(at("[profiles.a]\nregoin = \"x\"\n", 13..19).render(false), @r#"
        claude-bedrock: unknown key `regoin`
         --> /etc/x.toml:2:1
          |
        2 | regoin = "x"
          | ^^^^^^
          |
          = help: did you mean `region`?
        "#);
    }

    #[test]
    fn values_of_sensitive_keys_are_masked_and_columns_stay() {
        let text = at("auth = { secret_access_key = \"wJalrXUtnFEMI\" }\n", 9..26).render(false);
        assert!(!text.contains("wJalr"), "{text}");
        assert!(text.contains("secret_access_key = \"*************\""), "{text}");
    }

    #[test]
    fn where_a_secret_is_may_be_shown() {
        let line = "auth = { method = \"api-key\", api_key = { keyring = \"work-api_key\" } }\n";
        assert_eq!(masked(line), line);
        let line = "token = { command = \"curl -H 'Authorization: hush' x\" }\n";
        assert_eq!(
            masked(line),
            "token = { command = \"curl -H 'Authorization: **** *\" }\n".replace("**** *", "****' *")
        );
        let line = "auth = { api_key = { env = \"KEY\" }, token = \"hush\" }\n";
        assert_eq!(
            masked(line),
            "auth = { api_key = { env = \"KEY\" }, token = \"****\" }\n"
        );
    }

    #[test]
    fn control_characters_of_a_file_do_not_reach_the_terminal() {
        let text = at("# \u{1b}]0;owned\u{7}\nregoin\n", 0..5).render(false);
        assert!(!text.contains(['\u{1b}', '\u{7}']), "{text:?}");
        assert_eq!(visible("a\u{1b}[31m\nb"), "a\\u{1b}[31m\\nb");
    }

    #[test]
    fn lines_and_columns_count_from_one_in_characters() {
        let source = Rc::new(Source::new(PathBuf::from("x"), "é = 1\néé = 2\n".to_owned()));
        let place = Place { span: 12..13, source };
        assert_eq!((place.line(), place.column()), (2, 4));
    }
}
