//! The command line of Claude Code, as far as the launcher must understand it: whether it starts a session,
//! and where the user's own `--settings` stand.
//!
//! Claude Code (2.1.332) parses with commander: an option that needs a value takes the next argument whatever
//! it looks like, one that may have a value takes it unless it begins with `-`, one of many values takes all up
//! to the next `-`, and after `--` nothing is an option.

use std::ffi::{OsStr, OsString};

/// Options that take the next argument, listed by `claude --help` or hidden (2.1.332). Those that take more, such as
/// `--allowedTools`, take the first whatever it looks like, a `--settings` too (seen).
const WITH_VALUE: &[&str] = &[
    "--ablation",
    "--add-dir",
    "--advisor",
    "--agent",
    "--agent-color",
    "--agent-id",
    "--agent-name",
    "--agent-type",
    "--agents",
    "--allowed-tools",
    "--allowedTools",
    "--append-subagent-system-prompt",
    "--append-subagent-system-prompt-file",
    "--append-system-prompt",
    "--append-system-prompt-file",
    "--attach-serve",
    "--autocompact",
    "--betas",
    "--channels",
    "--client-data-url",
    "--cwd",
    "--dangerously-load-development-channels",
    "--debug-file",
    "--deep-link-cwd-b64",
    "--deep-link-last-fetch",
    "--deep-link-repo",
    "--disallowed-tools",
    "--disallowedTools",
    "--effort",
    "--environment",
    "--fallback-model",
    "--fast-mode",
    "--file",
    "--inherit-permission-mode",
    "--initialize-fields",
    "--input-format",
    "--json-schema",
    "--managed-settings",
    "--max-budget-usd",
    "--max-thinking-tokens",
    "--max-turns",
    "--mcp-config",
    "--messaging-socket-path",
    "--model",
    "--name",
    "--output-format",
    "--parent-session-id",
    "--permission-mode",
    "--permission-prompt-tool",
    "--permission-prompts",
    "--plan-mode-instructions",
    "--plugin-dir",
    "--plugin-dir-no-mcp",
    "--plugin-url",
    "--prefill",
    "--prefill-b64",
    "--proactivity",
    "--profile",
    "--project-config-root",
    "--remote-control-session-name-prefix",
    "--resume-drops-turn",
    "--resume-session-at",
    "--rewind-files",
    "--sdk-url",
    "--session-began-as-copy",
    "--session-id",
    "--setting-sources",
    "--settings",
    "--system-prompt",
    "--system-prompt-file",
    "--system-prompt-snapshot",
    "--task-budget",
    "--team-name",
    "--teammate-mode",
    "--thinking",
    "--thinking-display",
    "--tools",
    "--workload",
];

/// Words that the client takes for a command where they come first: those that `claude --help` lists, and those
/// that it does not (2.1.332, read in the client). A word that is none of them, and that the installed client does
/// not list either, is a prompt.
const COMMANDS: &[&str] = &[
    "agents",
    "attach",
    "auth",
    "auto-mode",
    "bridge",
    "daemon",
    "design-login",
    "doctor",
    "gateway",
    "import",
    "install",
    "kill",
    "logs",
    "mcp",
    "plugin",
    "plugins",
    "purge",
    "remote",
    "remote-control",
    "respawn",
    "rm",
    "self-hosted-agent-proxy",
    "self-hosted-runner",
    "setup-token",
    "stop",
    "sync",
    "ultrareview",
    "update",
    "upgrade",
    "workspace-trust",
    "worktree-hook",
];

/// The option that carries the profile.
pub const SETTINGS: &str = "--settings";

/// What a command line asks of Claude Code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A session, which the profile has to reach.
    Session,
    /// The view of background sessions, from which others are started.
    Agents,
    /// A command that reads again what background sessions were started with.
    Restart,
    /// A command that needs no profile.
    Other,
    /// A first word that only the installed client can tell from a prompt.
    Unknown,
}

/// What the command line asks.
pub fn kind(arguments: &[OsString]) -> Kind {
    // Before `daemon` the client passes over these two.
    let skipped = ["--dangerously-skip-permissions", "--allow-dangerously-skip-permissions"];
    let first = arguments
        .iter()
        .find(|argument| !skipped.iter().any(|known| argument.as_os_str() == *known));
    let Some(word) = first.and_then(|word| word.to_str()) else {
        return Kind::Session;
    };
    match word {
        "agents" => Kind::Agents,
        "respawn" | "attach" => Kind::Restart,
        // Answered at once, and by everybody expected to be.
        "--version" | "-v" | "--help" | "-h" => Kind::Other,
        _ if COMMANDS.contains(&word) => Kind::Other,
        _ if may_be_command(word) => Kind::Unknown,
        _ => Kind::Session,
    }
}

/// Whether a word could be the name of a command that a later client has.
fn may_be_command(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// The commands that `claude --help` lists: each line below `Commands:` that is indented by two.
pub fn listed(help: &str) -> Vec<String> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .filter_map(|line| line.strip_prefix("  "))
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| line.split_whitespace().next())
        .flat_map(|names| names.split('|'))
        .map(str::to_owned)
        .collect()
}

/// Where an argument has a value of `--settings`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Given {
    /// It is the value.
    Whole(usize),
    /// It stands behind `--settings=`.
    Behind(usize),
}

/// The arguments that are options or prompts, and not an option's value, by their place; none after `--`.
fn words(arguments: &[OsString]) -> impl Iterator<Item = (usize, &OsString)> {
    let mut next = 0;
    std::iter::from_fn(move || {
        let index = next;
        let word = arguments.get(index).filter(|word| *word != "--")?;
        next += if takes_next(word) { 2 } else { 1 };
        Some((index, word))
    })
}

/// Whether the argument behind this one is its value.
fn takes_next(word: &OsStr) -> bool {
    // Letters that take no value can stand before one that does: `-pn NAME`.
    let is_name = |letters: &str| letters.chars().all(|letter| "chpv".contains(letter));
    word.to_str().is_some_and(|word| {
        let letters = word.strip_prefix('-').and_then(|letters| letters.strip_suffix('n'));
        WITH_VALUE.contains(&word) || letters.is_some_and(is_name)
    })
}

/// Whether a background session is asked for.
pub fn is_background(arguments: &[OsString]) -> bool {
    words(arguments).any(|(_, word)| word == "--bg" || word == "--background")
}

fn given(arguments: &[OsString]) -> Vec<Given> {
    let mut found = Vec::new();
    for (index, word) in words(arguments) {
        if word == SETTINGS && index + 1 < arguments.len() {
            found.push(Given::Whole(index + 1));
        }
        if value_behind(word).is_some() {
            found.push(Given::Behind(index));
        }
    }
    found
}

fn value_behind(argument: &OsStr) -> Option<&OsStr> {
    let bytes = argument.as_encoded_bytes().strip_prefix(b"--settings=")?;
    // SAFETY: cut off behind ASCII, so what is left is as valid as the whole.
    Some(unsafe { OsStr::from_encoded_bytes_unchecked(bytes) })
}

/// The user's own `--settings`, a file or JSON: the last one, which is the one that the client reads.
pub fn settings(arguments: &[OsString]) -> Option<OsString> {
    Some(match given(arguments).pop()? {
        Given::Whole(index) => arguments[index].clone(),
        Given::Behind(index) => value_behind(&arguments[index])?.to_owned(),
    })
}

/// The command line with `file` as its settings: in the place of the user's own, so that an option before it that
/// takes many values still ends there, else before everything, or behind `agents`.
pub fn with_settings(arguments: &[OsString], kind: Kind, file: &OsStr) -> Vec<OsString> {
    let mut arguments = arguments.to_vec();
    let given = given(&arguments);
    for place in &given {
        match place {
            Given::Whole(index) => arguments[*index] = file.to_owned(),
            Given::Behind(index) => {
                arguments[*index] = OsString::from("--settings=");
                arguments[*index].push(file);
            }
        }
    }
    if given.is_empty() {
        let at = match kind {
            Kind::Agents => arguments
                .iter()
                .position(|word| word == "agents")
                .map_or(0, |at| at + 1),
            _ => 0,
        };
        arguments.splice(at..at, [OsString::from(SETTINGS), file.to_owned()]);
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> Vec<OsString> {
        shell_words::split(line)
            .unwrap()
            .into_iter()
            .map(OsString::from)
            .collect()
    }

    #[test]
    fn a_command_line_is_a_session_unless_its_first_word_is_a_command() {
        for (line, expected) in [
            ("", Kind::Session),
            ("-p hello", Kind::Session),
            ("'fix it'", Kind::Session),
            ("-- mcp", Kind::Session),
            ("-p mcp", Kind::Session),
            ("--resume", Kind::Session),
            ("--model opus doctor", Kind::Session),
            ("--bg 'do it'", Kind::Session),
            ("Hello", Kind::Session),
            ("hello", Kind::Unknown),
            ("mcp list", Kind::Other),
            ("update", Kind::Other),
            ("daemon status", Kind::Other),
            ("--dangerously-skip-permissions daemon run", Kind::Other),
            ("--version", Kind::Other),
            ("agents", Kind::Agents),
            ("respawn --all", Kind::Restart),
        ] {
            assert_eq!(kind(&split(line)), expected, "{line}");
        }
    }

    #[test]
    fn settings_come_first_or_stand_where_the_users_own_stood() {
        for (line, own, expected) in [
            ("", None, "--settings F"),
            ("-p hello", None, "--settings F -p hello"),
            ("--settings a.json -p hello", Some("a.json"), "--settings F -p hello"),
            ("-p --settings={} hello", Some("{}"), "-p --settings=F hello"),
            ("--settings a --settings b", Some("b"), "--settings F --settings F"),
            (
                "--mcp-config a b --settings s hello",
                Some("s"),
                "--mcp-config a b --settings F hello",
            ),
            // A value of another option, a prompt, and nothing at all are no settings.
            (
                "--append-system-prompt --settings x",
                None,
                "--settings F --append-system-prompt --settings x",
            ),
            ("-n --settings x", None, "--settings F -n --settings x"),
            ("-pn --settings x", None, "--settings F -pn --settings x"),
            (
                "--allowedTools --settings x -p hi",
                None,
                "--settings F --allowedTools --settings x -p hi",
            ),
            (
                "--add-dir --settings --settings s",
                Some("s"),
                "--add-dir --settings --settings F",
            ),
            ("-d --settings s", Some("s"), "-d --settings F"),
            ("-rn --settings s", Some("s"), "-rn --settings F"),
            ("-- --settings x", None, "--settings F -- --settings x"),
            ("-p --settings", None, "--settings F -p --settings"),
        ] {
            let line = split(line);
            assert_eq!(settings(&line), own.map(OsString::from), "{line:?}");
            let with = with_settings(&line, kind(&line), OsStr::new("F"));
            assert_eq!(with, split(expected), "{line:?}");
        }
        let agents = split("agents --json");
        let with = with_settings(&agents, kind(&agents), OsStr::new("F"));
        assert_eq!(with, split("agents --settings F --json"));
    }

    #[test]
    fn a_session_is_in_the_background_only_by_an_option() {
        for (line, expected) in [
            ("--bg x", true),
            ("-p --background", true),
            ("-pn x --bg", true),
            ("-n --bg x", false),
            ("--append-system-prompt --bg x", false),
            ("-- --bg", false),
        ] {
            assert_eq!(is_background(&split(line)), expected, "{line}");
        }
    }

    #[test]
    fn the_commands_of_the_help_are_read() {
        let help = "Options:\n  -v  x\n\nCommands:\n  agents [options]      Manage\n                        more words\n  plugin|plugins        Manage\n  stop|kill <id>        Stop\n";
        assert_eq!(listed(help), ["agents", "plugin", "plugins", "stop", "kill"]);
    }
}
