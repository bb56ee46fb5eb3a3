//! `doctor`: the verdict, and the problems.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::command::{ProfileName, Report};
use crate::console::layout::{Screen, Tone};
use crate::diagnostic::{Diagnostic, Result};
use crate::doctor::{self, Level, Line, Options, ticket};
use crate::exit::Exit;
use crate::system::text::visible;
use crate::system::{command_line, paths, programs};
use crate::{console, context, load};

/// Shown by `--help` after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock doctor
  claude-bedrock doctor work --offline
  claude-bedrock doctor work --invoke    one real request to each model, which costs a little money
  claude-bedrock doctor work --report    a text for a ticket: no secrets, accounts shortened
  claude-bedrock doctor --fix            log in, and fix Claude Code's settings, after asking once

The verdict comes first, then what is broken or doubtful, each with the command to type. docs/doctor.md explains each
code. Exit status 1 if something is broken.";

#[derive(clap::Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Args {
    #[command(flatten)]
    pub profile: ProfileName,
    /// Make no network calls
    #[arg(long)]
    pub offline: bool,
    /// Ask every model for one token, which costs money
    #[arg(long, conflicts_with = "offline")]
    pub invoke: bool,
    /// Also show the checks that passed
    #[arg(long, short)]
    pub verbose: bool,
    /// Print a report for a ticket: no secrets, accounts shortened
    #[arg(long = "report", conflicts_with = "json")]
    pub ticket: bool,
    /// Run the fixes that are safe, after asking once
    #[arg(long, conflicts_with_all = ["json", "ticket"])]
    pub fix: bool,
    /// With --fix: do not ask
    #[arg(long, requires = "fix")]
    pub yes: bool,
    #[command(flatten)]
    pub report: Report,
}

/// Prints the verdict and what is wrong. Exit status 1 if something is broken.
pub fn run(arguments: &Args) -> Result<Exit> {
    let options = Options {
        profile: crate::command::names::meant_if_given(arguments.profile.profile.as_deref())?,
        offline: arguments.offline,
        invoke: arguments.invoke,
    };
    if options.invoke && !options.offline {
        console::say("claude-bedrock: --invoke asks every model for one token, which costs a little money");
    }
    let (healthy, lines) = checked(&options)?;
    if arguments.ticket {
        let (_, active) = context::active_of(options.profile.as_deref()).ok().unzip();
        let profile = active.as_ref().map(load::summary);
        console::print(ticket::text(env!("CARGO_PKG_VERSION"), profile.as_deref(), &lines))?;
        return Ok(Exit::found_if(!healthy));
    }
    if arguments.report.json {
        console::print_json(&json!({ "healthy": healthy, "checks": lines }))?;
    } else {
        let name = options
            .profile
            .or_else(|| Some(context::active_of(None).ok()?.1.profile.name));
        let screen = Screen::of_output();
        console::print(shown(name.as_deref(), &lines, arguments.verbose, screen))?;
        if paths::is_in_claude() {
            let note = "This is a session of Claude Code: it keeps the profile that it was started with, whatever the \
                        directory or `use` says here. For another profile, start another session.";
            console::print(format!("\n{}\n", screen.folded(note, 0)))?;
        }
    }
    if arguments.fix {
        return mend(arguments, &lines, healthy);
    }
    Ok(Exit::found_if(!healthy))
}

/// Shows the safe fixes, asks, runs them, and checks again.
fn mend(arguments: &Args, lines: &[Line], healthy: bool) -> Result<Exit> {
    let mut commands: Vec<Vec<String>> = Vec::new();
    for line in lines.iter().filter(|line| line.level != Level::Good) {
        let safe = line.fix.as_deref().and_then(safe_command);
        commands.extend(safe.filter(|command| !commands.contains(command)));
    }
    if commands.is_empty() {
        if !healthy {
            console::say(
                "\nclaude-bedrock: nothing here can be fixed automatically; type the command next to each problem",
            );
        }
        return Ok(Exit::found_if(!healthy));
    }
    console::say("\nclaude-bedrock: this can be done now:");
    for command in &commands {
        console::say(&format!("  {}", typed(command)));
    }
    if !arguments.yes {
        if !console::can_ask() {
            return Err(Diagnostic::error("there is no terminal to ask on, so nothing was done")
                .help("do it without asking: claude-bedrock doctor --fix --yes")
                .into());
        }
        let question = inquire::Confirm::new("Do this?").with_default(true);
        if !question.prompt().unwrap_or(false) {
            return Ok(Exit::found_if(!healthy));
        }
    }
    for command in &commands {
        let Some((program, words)) = command.split_first() else {
            continue;
        };
        let program = if program == OWN {
            programs::own()
        } else {
            program.into()
        };
        // Its output is on the terminal; the checks show whether it helped.
        let _ = Command::new(program).args(words).status();
    }
    run(&Args {
        fix: false,
        yes: false,
        profile: ProfileName {
            profile: arguments.profile.profile.clone(),
        },
        report: Report { json: false },
        ..*arguments
    })
}

fn typed(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| command_line::quote(word)).collect();
    words.join(" ")
}

/// This program's name in what there is to type.
const OWN: &str = "claude-bedrock";

/// The command in what there is to type, where it loses nothing: a login, the lines that a settings file of one's own
/// needs or is better without, and less permission of others for a file.
fn safe_command(fix: &str) -> Option<Vec<String>> {
    let start = if fix.starts_with("fix it: chmod ") {
        "fix it: ".len()
    } else {
        fix.rfind("claude-bedrock ")?
    };
    let words = command_line::split(&fix[start..]).ok()?;
    let is_safe = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [OWN, "login", name] => !name.starts_with('-') && !name.ends_with([';', ',', ')']),
        [OWN, "login"] | [OWN, "settings", "apply"] | [OWN, "settings", "check", "--fix"] => true,
        ["chmod", "go-w" | "600", path] => Path::new(path).is_absolute(),
        _ => false,
    };
    is_safe.then_some(words)
}

/// Everything that is found, in the order in which it became known, and whether nothing is broken.
pub fn checked(options: &Options) -> Result<(bool, Vec<Line>)> {
    let mut lines: Vec<Line> = Vec::new();
    let progress = console::Progress::start("checking");
    let healthy = doctor::run(options, &mut |line| {
        progress.show(&format!("{} checks done", lines.len() + 1));
        lines.push(line.clone());
        // A reader that has gone does not wait for the rest.
        console::end_without_reader();
    })?;
    Ok((healthy, lines))
}

/// The verdict, then what is wrong, the gravest first, and what has one remedy together; all of it, each with its own,
/// where `all` is asked for.
pub fn shown(name: Option<&str>, lines: &[Line], all: bool, screen: Screen) -> String {
    let of = |level: Level| lines.iter().filter(move |line| line.level == level);
    let mut text = format!("{}\n", verdict(name, lines, screen));
    let mut levels = vec![Level::Broken, Level::Doubtful];
    levels.extend(all.then_some(Level::Good));
    for level in levels {
        let mut left: Vec<&Line> = of(level).collect();
        if !left.is_empty() {
            text.push('\n');
        }
        while let Some(first) = left.first().copied() {
            let (together, others): (Vec<&Line>, Vec<&Line>) = left
                .into_iter()
                .partition(|line| std::ptr::eq(*line, first) || (!all && first.fix.is_some() && line.fix == first.fix));
            left = others;
            for line in together {
                text.push_str(&finding(line, screen));
            }
            if let Some(fix) = &first.fix {
                let indent = indent(screen);
                let fix = screen.folded(&visible(fix), indent);
                text.push_str(&format!("{}{}\n", " ".repeat(indent), screen.paint(&fix, Tone::Strong)));
            }
        }
    }
    if !all && of(Level::Good).next().is_some() && lines.len() > of(Level::Good).count() {
        text.push_str(&format!(
            "\n{}\n",
            screen.paint("All checks: claude-bedrock doctor --verbose", Tone::Faint)
        ));
    }
    text
}

/// How many problems there are, in a line.
fn verdict(name: Option<&str>, lines: &[Line], screen: Screen) -> String {
    let count = |level: Level| lines.iter().filter(|line| line.level == level).count();
    let said = |number: usize, one: &str, many: &str| match number {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{number} {many}")),
    };
    let (broken, doubtful) = (count(Level::Broken), count(Level::Doubtful));
    let parts = [
        said(broken, "problem", "problems"),
        said(doubtful, "warning", "warnings"),
        said(count(Level::Good), "check good", "checks good"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let tone = match (broken, doubtful) {
        (0, 0) => Tone::Good,
        (0, _) => Tone::Doubtful,
        _ => Tone::Bad,
    };
    let subject = name.map_or_else(|| "no profile is active here".to_owned(), visible);
    screen.paint(&screen.folded(&format!("{subject}: {}", parts.join(", ")), 0), tone)
}

/// Where what is found begins in its line.
fn indent(screen: Screen) -> usize {
    match screen.width {
        Some(width) if width < 60 => 2,
        _ if screen.unicode => 16,
        _ => 14,
    }
}

/// A line of the checklist, with its level in a word, which the mark repeats.
fn finding(line: &Line, screen: Screen) -> String {
    let (mark, word, tone) = match line.level {
        Level::Good => ("✓", "ok", Tone::Good),
        Level::Doubtful => ("!", "warn", Tone::Doubtful),
        Level::Broken => ("✗", "broken", Tone::Bad),
    };
    let level = if screen.unicode {
        format!("{mark} {word:<6}")
    } else {
        format!("{word:<6}")
    };
    let indent = indent(screen);
    let found = screen.folded(&visible(&line.finding), indent);
    let level = screen.paint(&level, tone);
    if indent == 2 {
        return format!("{level}  {}\n  {found}\n", line.code);
    }
    format!("{level}  {}  {found}\n", line.code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_loses_nothing_is_done_without_the_user() {
        for (fix, wanted) in [
            ("log in: claude-bedrock login work", Some("claude-bedrock login work")),
            (
                "log in again: claude-bedrock login 'a b'",
                Some("claude-bedrock login 'a b'"),
            ),
            (
                "write the command that provides them: claude-bedrock settings apply",
                Some("claude-bedrock settings apply"),
            ),
            (
                "remove it from the file: claude-bedrock settings check --fix",
                Some("claude-bedrock settings check --fix"),
            ),
            ("to change it: claude-bedrock settings check --fix --user", None),
            ("look at it, then: claude-bedrock allow", None),
            ("claude-bedrock login asks for the code and keeps the session", None),
            ("claude-bedrock remove work", None),
            (
                "fix it: chmod go-w '/a b/config.toml'",
                Some("chmod go-w '/a b/config.toml'"),
            ),
            ("fix it: chmod 600 /a/key", Some("chmod 600 /a/key")),
            ("fix it: chmod go-w a", None),
            ("fix it: chmod go-w /a; see what it holds", None),
            ("fix it: chmod -R go-w /", None),
            ("if it is yours: chmod u+x /a", None),
            ("log in: aws sso login --profile x", None),
            ("log in: claude-bedrock login 'half", None),
        ] {
            let found = safe_command(fix).map(|words| typed(&words));
            assert_eq!(found.as_deref(), wanted, "{fix}");
        }
    }
}
