//! The profile that a part of a name means, and the picker if several match.

use inquire::Select;
use inquire::error::InquireError;

use crate::command::overview::{self, Overview, Row};
use crate::console::layout::Screen;
use crate::diagnostic::{Diagnostic, Result};
use crate::session::Session;
use crate::system::text::{containing, is_scattered_in};
use crate::{console, load};

/// The name of the profile that `given` means: itself if it exists, else the only one that contains it, which is
/// reported. If several do, the user at a terminal chooses. Not for calls by programs: there only the whole name
/// counts. A text that matches none is returned unchanged, for the caller's error.
pub fn meant(given: &str) -> Result<String> {
    let Ok(profiles) = load::summaries() else {
        return Ok(given.to_owned());
    };
    if profiles.contains_key(given) {
        return Ok(given.to_owned());
    }
    match containing(given, profiles.keys().map(String::as_str)).as_slice() {
        [] => Ok(given.to_owned()),
        [name] => {
            console::say(&format!("claude-bedrock: `{given}` means {name}"));
            Ok((*name).to_owned())
        }
        several => {
            let several: Vec<&str> = several.to_vec();
            if console::can_ask()
                && let Some(name) = pick(&format!("Which profile is `{given}`?"), |name| several.contains(&name))?
            {
                return Ok(name);
            }
            let finding = Diagnostic::error(format!("`{given}` could be {} profiles", several.len()));
            let shown = several.iter().take(SHOWN);
            let finding = shown.fold(finding, |finding, name| finding.help(*name));
            Err(if several.len() > SHOWN {
                finding.help("and more: claude-bedrock list").into()
            } else {
                finding.into()
            })
        }
    }
}

/// The same where a name need not be given.
pub fn meant_if_given(given: Option<&str>) -> Result<Option<String>> {
    given.map(meant).transpose()
}

/// The same for what programs call as well, without a terminal: those name a profile in full.
pub fn meant_at_a_terminal(given: Option<&str>) -> Result<Option<String>> {
    if console::can_ask() {
        meant_if_given(given)
    } else {
        Ok(given.map(str::to_owned))
    }
}

/// How many of several are named.
const SHOWN: usize = 12;

/// The profiles that can be chosen, a line each in columns, and the active one marked.
pub fn rows(session: &Session, is_offered: impl Fn(&str) -> bool) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (name, profile) in load::summaries()?.into_iter().filter(|(name, _)| is_offered(name)) {
        let Ok(overview) = profile.and_then(|profile| Overview::of(&profile, session)) else {
            continue;
        };
        let is_active = session.state.profile.as_ref() == Some(&name);
        if !overview.is_abstract {
            rows.push(Row {
                mark: if is_active { '*' } else { ' ' },
                profile: Ok(overview),
            });
        }
    }
    Ok(rows)
}

/// A line of the picker.
struct Line {
    name: String,
    text: String,
}

impl std::fmt::Display for Line {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// Lets the user choose one of the profiles, with arrows or by typing a part of its line. `None` if nothing was chosen
/// (Escape, Ctrl-C).
pub fn pick(question: &str, is_offered: impl Fn(&str) -> bool) -> Result<Option<String>> {
    let screen = Screen::of_errors();
    let rows = rows(&Session::inherited(), is_offered)?;
    // In columns whatever the width; what the terminal has no room for is cut.
    let table = overview::table(
        &rows,
        Screen {
            width: None,
            colored: false,
            ..screen
        },
    );
    let room = screen.width.unwrap_or(80).saturating_sub(4).max(10);
    let names = rows.iter().filter_map(|row| row.profile.as_ref().ok());
    let lines: Vec<Line> = names
        .zip(table.lines().skip(1))
        .map(|(profile, line)| Line {
            name: profile.name.clone(),
            text: screen.cut(line, room),
        })
        .collect();
    if lines.is_empty() {
        return Err(Diagnostic::error("there is no profile to choose")
            .help("make one: claude-bedrock setup, or: claude-bedrock add NAME")
            .into());
    }
    let start = lines
        .iter()
        .position(|line| line.text.starts_with('*'))
        .unwrap_or_default();
    let score = |typed: &str, line: &Line, _: &str, _: usize| {
        let typed = typed.to_lowercase();
        let (name, text) = (line.name.to_lowercase(), line.text.to_lowercase());
        match () {
            () if name.starts_with(&typed) => Some(3),
            () if name.contains(&typed) => Some(2),
            () if text.contains(&typed) => Some(1),
            () => is_scattered_in(&typed, &name).then_some(0),
        }
    };
    let answer = Select::new(question, lines)
        .with_starting_cursor(start)
        .with_page_size(12)
        .with_scorer(&score)
        .prompt();
    match answer {
        Ok(line) => Ok(Some(line.name)),
        Err(InquireError::OperationCanceled | InquireError::OperationInterrupted) => Ok(None),
        Err(error) => Err(Diagnostic::error(format!("cannot ask the question: {error}")).into()),
    }
}
