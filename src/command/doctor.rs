//! `doctor`: the checklist, line by line as it goes.

use serde_json::json;

use crate::cli;
use crate::command;
use crate::diagnostic::{Result, visible};
use crate::doctor::{self, Level, Line, Options};

/// Prints the checklist. Exit status 1 where something is broken.
pub fn run(arguments: &cli::Doctor) -> Result<u8> {
    let options = Options {
        profile: arguments.profile.profile.clone(),
        offline: arguments.offline,
        invoke: arguments.invoke,
    };
    if options.invoke && !options.offline {
        command::say("claude-bedrock: --invoke asks every model for one token, which costs a little money");
    }
    let mut lines = Vec::new();
    let mut failure = None;
    let healthy = doctor::run(&options, &mut |line| {
        if arguments.report.json {
            lines.push(line.clone());
        } else if let Err(error) = command::print(rendered(line, cli::colored_output())) {
            failure.get_or_insert(error);
        }
    })?;
    if let Some(error) = failure {
        return Err(error);
    }
    if arguments.report.json {
        command::print(format!("{:#}\n", json!({ "healthy": healthy, "checks": lines })))?;
    }
    Ok(u8::from(!healthy))
}

/// A line of the checklist, with what to do below it.
pub fn rendered(line: &Line, colored: bool) -> String {
    let (mark, color) = match line.level {
        Level::Good => ("✓", "32"),
        Level::Doubtful => ("!", "33"),
        Level::Broken => ("✗", "31"),
    };
    let mark = if colored {
        format!("\u{1b}[{color}m{mark}\u{1b}[0m")
    } else {
        mark.to_owned()
    };
    let mut text = format!("{mark} {}  {}\n", line.code, visible(&line.finding));
    if let Some(fix) = &line.fix {
        text.push_str(&format!("         {}\n", visible(fix)));
    }
    text
}
