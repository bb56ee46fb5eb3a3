//! `doctor`: the checklist, line by line as it goes.

use serde_json::json;

use crate::command::{ProfileName, Report};
use crate::console;
use crate::diagnostic::Result;
use crate::doctor::{self, Level, Line, Options};
use crate::exit::Exit;
use crate::system::text::visible;

/// What `--help` shows after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock doctor
  claude-bedrock doctor work --offline
  claude-bedrock doctor work --invoke    one real request to each model, which costs a little money

Each line: ✓ good, ! doubtful, ✗ broken; docs/doctor.md tells of each code. Exit status 1 where something is broken.";

#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    pub profile: ProfileName,
    /// Call nobody
    #[arg(long)]
    pub offline: bool,
    /// Ask every model for one token, which costs money
    #[arg(long, conflicts_with = "offline")]
    pub invoke: bool,
    #[command(flatten)]
    pub report: Report,
}

/// Prints the checklist. Exit status 1 where something is broken.
pub fn run(arguments: &Args) -> Result<Exit> {
    let options = Options {
        profile: arguments.profile.profile.clone(),
        offline: arguments.offline,
        invoke: arguments.invoke,
    };
    if options.invoke && !options.offline {
        console::say("claude-bedrock: --invoke asks every model for one token, which costs a little money");
    }
    let mut lines = Vec::new();
    let mut failure = None;
    let healthy = doctor::run(&options, &mut |line| {
        if arguments.report.json {
            lines.push(line.clone());
        } else if let Err(error) = console::print(rendered(line, console::colored_output())) {
            failure.get_or_insert(error);
        }
    })?;
    if let Some(error) = failure {
        return Err(error);
    }
    if arguments.report.json {
        console::print(format!("{:#}\n", json!({ "healthy": healthy, "checks": lines })))?;
    }
    Ok(Exit::found_if(!healthy))
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
