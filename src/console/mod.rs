//! The only way out: results on stdout, everything else on stderr. Whether to print, and in colour, is decided here.

pub mod layout;

use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

use anstream::{AutoStream, ColorChoice};
use unicode_width::UnicodeWidthStr as _;

use crate::diagnostic::{Diagnostic, Result};
use crate::system::broken_pipe;
use crate::system::paths::{self, Verbosity};
use crate::system::redact;
use crate::system::text::{fit, judged};

/// Set by `--quiet`.
static QUIET: AtomicBool = AtomicBool::new(false);

/// Whether this process was started without a stdout.
static NO_STDOUT: AtomicBool = AtomicBool::new(false);

/// Something for the user's eyes, on stderr.
#[derive(Debug)]
pub struct Notice {
    /// Whether it reports a problem, rather than the line on entering and leaving.
    pub grave: bool,
    /// One or more lines without the last newline.
    pub text: String,
}

/// Remembers that this process was started without a stdout.
#[cfg(all(target_os = "linux", target_env = "gnu", not(test)))]
pub fn started_without_stdout() {
    NO_STDOUT.store(true, Ordering::Relaxed);
}

/// Whether no one can ever read what this process prints.
pub fn had_no_stdout() -> bool {
    NO_STDOUT.load(Ordering::Relaxed)
}

/// Makes a descriptor that the hook has opened this process's stderr. What was stderr before is where the shell
/// would have said that it cannot start this program.
#[cfg(unix)]
pub fn speak_on(descriptor: i32) {
    // SAFETY: no memory is handed over, and a descriptor that is not open is an error without effect.
    unsafe {
        if libc::dup2(descriptor, libc::STDERR_FILENO) != -1 && descriptor > libc::STDERR_FILENO {
            libc::close(descriptor);
        }
    }
}

/// Only hooks of Unix shells ask for it.
#[cfg(not(unix))]
pub fn speak_on(_: i32) {}

/// From now on prints problems only (`--quiet`).
pub fn be_quiet() {
    QUIET.store(true, Ordering::Relaxed);
}

/// Whether `--quiet` was given.
pub fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// From now on colours as `--color` says, questions as well.
pub fn set_color(choice: ColorChoice) {
    choice.write_global();
    inquire::set_global_render_config(if colored() {
        inquire::ui::RenderConfig::default_colored()
    } else {
        inquire::ui::RenderConfig::empty()
    });
}

/// Whether what goes to stderr is coloured: by `--color`, else where a terminal shows it and neither `NO_COLOR`
/// nor `TERM=dumb` speaks against it.
pub fn colored() -> bool {
    AutoStream::choice(&std::io::stderr()) != ColorChoice::Never
}

/// Whether results, on stdout, are coloured.
pub fn colored_output() -> bool {
    AutoStream::choice(&std::io::stdout()) != ColorChoice::Never
}

/// Writes a result to stdout. A secret that this run has fetched is hidden in it, and whatever would steer a terminal or
/// disguise the text is made visible, wherever it has come from.
pub fn print(text: impl AsRef<str>) -> Result<()> {
    print_values(clean(text.as_ref(), colored_output))
}

/// Writes this program's own texts, and output for programs: code, pages, answers to a shell.
pub fn print_code(text: impl AsRef<[u8]>) -> Result<()> {
    match std::str::from_utf8(text.as_ref()) {
        Ok(text) => print_values(redact::without_known(text)),
        Err(_) => print_values(text),
    }
}

/// Writes a result as JSON. What steers a terminal is escaped in it as well: people look at it, too.
pub fn print_json(value: &serde_json::Value) -> Result<()> {
    print_values(fit(&redact::without_known(&format!("{}\n", json(value))), false))
}

/// A value as JSON over several lines, with every character escaped that steers a terminal or disguises the text.
pub fn json(value: &serde_json::Value) -> String {
    escaped(&format!("{value:#}"))
}

/// The same on one line.
pub fn json_line(value: &serde_json::Value) -> String {
    escaped(&value.to_string())
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (_, c, is_hidden) in judged(text) {
        if c == '\n' || !is_hidden {
            escaped.push(c);
            continue;
        }
        // In JSON they stand in strings alone.
        for unit in c.encode_utf16(&mut [0; 2]) {
            escaped.push_str(&format!("\\u{unit:04x}"));
        }
    }
    escaped
}

/// Writes a result that may hold secrets, because it is what hands them on.
pub fn print_values(bytes: impl AsRef<[u8]>) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout
        .write_all(bytes.as_ref())
        .and_then(|()| stdout.flush())
        .map_err(|error| {
            if error.kind() == std::io::ErrorKind::BrokenPipe {
                broken_pipe::end();
            }
            Diagnostic::error(format!("the output cannot be written: {error}")).into()
        })
}

/// Ends the program, as a write would, if stdout is a pipe whose reader has gone.
#[cfg(unix)]
pub fn end_without_reader() {
    let mut stdout = libc::pollfd {
        fd: libc::STDOUT_FILENO,
        events: 0,
        revents: 0,
    };
    // SAFETY: one structure of this function's own is read and written; no time is waited.
    let answered = unsafe { libc::poll(&raw mut stdout, 1, 0) };
    if answered == 1 && stdout.revents & libc::POLLERR != 0 {
        broken_pipe::end();
    }
}

/// Pipes of other systems are noticed when something is written.
#[cfg(not(unix))]
pub fn end_without_reader() {}

/// Asks the user at the terminal, who answers on the same line. `--quiet` does not silence it.
pub fn ask(question: &str) {
    let _ = std::io::stderr().lock().write_all(clean(question, colored).as_bytes());
}

/// Says something that is neither a result nor a finding, unless `--quiet` or `CLAUDE_BEDROCK_LOG` asks for less.
pub fn say(text: &str) {
    if paths::verbosity() >= Verbosity::Info && !is_quiet() {
        write_error(text);
    }
}

/// Shows a finding. It is shown whatever `--quiet` says, as long as the log's level shows errors.
pub fn report(finding: &Diagnostic) {
    if paths::verbosity() >= Verbosity::Error {
        write_error(&finding.render(colored()));
    }
}

/// Shows a finding as a compiler does, its severity and code first.
pub fn report_with_code(finding: &Diagnostic) {
    if paths::verbosity() >= Verbosity::Error {
        write_error(&finding.render_with_code(colored()));
    }
}

/// Prints a step's notices, as far as the user wants to see them.
pub fn notify(notices: &[Notice], quiet: bool) {
    // In one write, so that the lines of two shells on one terminal do not mix.
    let _ = std::io::stderr().lock().write_all(notable(notices, quiet).as_bytes());
}

/// The notices that the user wants to see, a line each.
pub fn notable(notices: &[Notice], quiet: bool) -> String {
    let verbosity = paths::verbosity();
    let wanted = |notice: &&Notice| {
        if notice.grave {
            verbosity >= Verbosity::Error
        } else {
            verbosity >= Verbosity::Info && !quiet
        }
    };
    let mut text = String::new();
    for notice in notices.iter().filter(wanted) {
        text.push_str(&layout::at_the_prompt(&notice.text));
        text.push('\n');
    }
    clean(&text, colored)
}

/// Whether there is a user at a terminal to ask.
pub fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// A line on the terminal that says what goes on, and is gone afterwards. Elsewhere than on a terminal that can take
/// a line back, nothing.
pub struct Progress {
    what: Option<&'static str>,
}

impl Progress {
    /// Begins to show progress.
    pub fn start(what: &'static str) -> Self {
        let can = std::io::stderr().is_terminal() && !paths::terminal_is_dumb();
        let is_wanted = can && paths::verbosity() >= Verbosity::Info && !is_quiet();
        let progress = Self {
            what: is_wanted.then_some(what),
        };
        progress.show("");
        progress
    }

    /// Says how far it is.
    pub fn show(&self, how_far: &str) {
        if let Some(what) = self.what {
            let line = format!("\r{CLEAR}claude-bedrock: {what} ... {how_far}");
            let _ = std::io::stderr().lock().write_all(line.as_bytes());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.what.is_some() {
            let _ = std::io::stderr().lock().write_all(format!("\r{CLEAR}").as_bytes());
        }
    }
}

/// Erases the rest of the line (ECMA-48, EL).
const CLEAR: &str = "\u{1b}[K";

/// `text` as it may leave this program. Whether it may be coloured, and what the locale has, is asked only where it matters.
fn clean(text: &str, is_colored: fn() -> bool) -> String {
    let is_colored = text.contains('\u{1b}') && is_colored();
    let text = fit(&redact::without_known(text), is_colored);
    if text.contains('…') && !paths::locale_is_unicode() {
        return text.replace('…', "...");
    }
    text
}

/// With stderr closed, there is no one to tell.
fn write_error(text: &str) {
    let text = clean(text, colored);
    let _ = std::io::stderr().lock().write_all(format!("{text}\n").as_bytes());
}

/// Rows as a table with aligned columns, two spaces between them.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.width())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            // Not by a format's width, which ends at 65,535.
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width - cell.width() + 2));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn json_says_the_same_with_nothing_in_it_that_steers(name in ".{0,12}", text in proptest::prelude::any::<String>()) {
            let value = serde_json::json!({ name: [text, { "\u{202e}\u{9b}": "\u{e0041}\u{feff}\n" }] });
            let shown = json(&value);
            proptest::prop_assert!(!judged(&shown).any(|(_, c, hidden)| c != '\n' && hidden), "{shown:?}");
            proptest::prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
        }
    }
}
