//! The overview that `--help` prints: six lines for new users, then the commands grouped by purpose.

use clap::Command;
use clap_complete::engine::ArgValueCompleter;

use crate::command;
use crate::console::layout::{Fact, Screen, Tone};
use crate::diagnostic::{Diagnostic, Result};
use crate::exit::Exit;

/// Shown by `--help` after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock help           all commands
  claude-bedrock help secret set";

/// Shown by `--help` after the options.
pub const VERSION_EXAMPLES: &str = "\
Examples:
  claude-bedrock version";

#[derive(clap::Args, Debug)]
pub struct Args {
    /// The command [default: all of them]
    #[arg(value_name = "COMMAND", add = ArgValueCompleter::new(command::complete::commands))]
    pub command: Vec<String>,
}

/// What a new user types, in this order.
const FIRST: [(&str, &str); 6] = [
    ("setup", "once: the hook, the first profile, a check"),
    ("list", "the profiles you have"),
    ("use NAME", "this shell uses that one"),
    ("init NAME", "this directory uses that one"),
    ("status", "what is active here, why, and what to type next"),
    ("doctor", "what is wrong, and how to fix it"),
];

/// The commands grouped by purpose.
const GROUPS: &[(&str, &[&str])] = &[
    (
        "Start",
        &["setup", "import", "init", "allow", "deny", "help", "version"],
    ),
    (
        "Every day",
        &["use", "off", "status", "list", "exec", "doctor", "login", "logout"],
    ),
    (
        "Profiles",
        &[
            "show", "add", "set", "edit", "copy", "rename", "remove", "secret", "lint", "explain",
        ],
    ),
    (
        "AWS",
        &["whoami", "console", "models", "policy", "aws-profiles", "credentials"],
    ),
    ("Claude Code", &["claude", "settings", "statusline"]),
    (
        "For programs",
        &["hook", "export", "completions", "plugin", "schema", "man"],
    ),
];

/// Prints the help of a command.
pub fn run(arguments: &Args, tree: Command) -> Result<Exit> {
    let mut found = &tree;
    for word in &arguments.command {
        found = found.find_subcommand(word).ok_or_else(|| {
            let names = found.get_subcommands().map(Command::get_name);
            Diagnostic::error(format!("there is no command `{word}`"))
                .did_you_mean(word, names)
                .help("all commands: claude-bedrock --help")
        })?;
    }
    let words = [tree.get_name()]
        .into_iter()
        .chain(arguments.command.iter().map(String::as_str));
    let words: Vec<String> = words.map(str::to_owned).chain(["--help".to_owned()]).collect();
    if let Err(help) = tree.try_get_matches_from(words) {
        let _ = help.print();
    }
    Ok(Exit::Done)
}

/// The template of the overview. Commands that no group names come last.
pub fn overview(tree: &Command) -> String {
    let screen = Screen::of_output();
    let mut text = String::from("{about-with-newline}\n");
    let facts: Vec<Fact> = FIRST
        .iter()
        .map(|(words, about)| Fact::new(format!("  claude-bedrock {words}"), about))
        .collect();
    text.push_str(&screen.facts(&facts));
    text.push_str("\n{usage-heading} {usage}\n");
    let visible: Vec<&Command> = tree
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .collect();
    let is_grouped = |name: &str| GROUPS.iter().any(|(_, names)| names.contains(&name));
    let rest = visible
        .iter()
        .map(|command| command.get_name())
        .filter(|name| !is_grouped(name));
    let rest: Vec<&str> = rest.collect();
    let longest = visible
        .iter()
        .map(|command| command.get_name().len())
        .max()
        .unwrap_or_default();
    for (title, names) in GROUPS.iter().copied().chain([("More", rest.as_slice())]) {
        let of = |name: &&str| {
            let command = visible.iter().find(|command| command.get_name() == *name)?;
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            let aliases: Vec<&str> = command.get_visible_aliases().collect();
            let also = if aliases.is_empty() {
                String::new()
            } else {
                format!(" (also: {})", aliases.join(", "))
            };
            Some(Fact::new(format!("  {name:<longest$}"), &format!("{about}{also}")))
        };
        let facts: Vec<Fact> = names.iter().filter_map(of).collect();
        if !facts.is_empty() {
            text.push_str(&format!(
                "\n{}\n{}",
                screen.paint(&format!("{title}:"), Tone::Strong),
                screen.facts(&facts)
            ));
        }
    }
    text.push_str("\nOptions:\n{options}{after-help}");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_in_one_group_and_every_group_has_commands_alone() {
        let tree = crate::cli::command();
        let named: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        for command in tree.get_subcommands().filter(|command| !command.is_hide_set()) {
            let name = command.get_name();
            assert_eq!(named.iter().filter(|known| **known == name).count(), 1, "{name}");
        }
        for name in named {
            assert!(tree.find_subcommand(name).is_some(), "{name}");
        }
    }
}
