//! Answers the completion scripts: a line for each candidate, its description after a tab. A line without a candidate
//! hands over to the shell: `files` for names of files, `command INDEX` for a command line of its own that begins at
//! that word. Any failure means no candidates: an error in the middle of a half-typed line helps nobody.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::sync::OnceLock;
use std::time::SystemTime;

use clap::ValueHint;
use clap_complete::CompletionCandidate;
use clap_complete::engine::ArgValueCompleter;

use crate::aws::listing;
use crate::aws_files::Files;
use crate::catalog::lifecycle::{self, Stage};
use crate::catalog::{geography, model};
use crate::exit::Exit;
use crate::lint::LINTS;
use crate::profile::Profile;
use crate::profile::choice::Choice;
use crate::profile::keys::{ALIASES, HEADERS, KEYS, Kind};
use crate::profile::value::{Located, Secret, Value};
use crate::session::Session;
use crate::system::paths;
use crate::{console, load};

#[derive(clap::Args, Debug)]
pub struct Args {
    /// Leave it to the shell which candidates match
    #[arg(long)]
    pub all: bool,
    /// The index of the word to complete
    pub index: usize,
    /// The words of the command line
    #[arg(last = true)]
    pub words: Vec<OsString>,
}

/// What builds the command line's tree, for candidates that are names of commands.
static TREE: OnceLock<fn() -> clap::Command> = OnceLock::new();

/// The candidate that stands for the names of files.
const FILES: &str = "files";

/// The words after `complete`, if the arguments of this process are exactly a completion script's call. They are
/// read without the command line's tree, which takes as long to build as all the rest.
pub fn asked() -> Option<Args> {
    let mut words = std::env::args_os().skip(1);
    if words.next()? != "complete" {
        return None;
    }
    let mut word = words.next()?;
    let all = word == "--all";
    if all {
        word = words.next()?;
    }
    let index = word.to_str()?.parse().ok()?;
    (words.next()? == "--").then(|| Args {
        all,
        index,
        words: words.collect(),
    })
}

/// Prints the candidates for one word.
pub fn run(arguments: &Args, tree: fn() -> clap::Command) -> Exit {
    let _ = TREE.set(tree);
    let words: Vec<String> = arguments.words.iter().map(|word| unquoted(word)).collect();
    let answer = names_of_profiles(&words, arguments.index, arguments.all)
        .or_else(|| answer(tree(), words, arguments.index, arguments.all))
        .unwrap_or_default();
    // The shell may have stopped reading.
    let _ = console::print_code(answer);
    Exit::Done
}

/// What was typed, without its quotes. No candidate has any, so whose quotes they are does not matter.
fn unquoted(word: &OsStr) -> String {
    word.to_string_lossy().replace(['"', '\'', '\\', '`'], "")
}

/// The commands whose first argument is the name of a profile, or nothing that could be listed instead.
const OF_PROFILES: [&str; 11] = [
    "use",
    "init",
    "show",
    "edit",
    "copy",
    "remove",
    "rename",
    "login",
    "credentials",
    "console",
    "policy",
];

/// The answer where the first word after one of [`OF_PROFILES`] is completed, which is what is asked most: the tree
/// would say the same and takes longer to build than the profiles to be read.
fn names_of_profiles(words: &[String], index: usize, all: bool) -> Option<String> {
    let [_, command, word, ..] = words else { return None };
    let is_asked = index == 2 && !word.starts_with('-') && OF_PROFILES.contains(&command.as_str());
    is_asked.then(|| lines(&profiles(OsStr::new("")), word, all))
}

/// The answer for the word at `index`. `all` leaves it to the shell which candidates match that word.
fn answer(whole: clap::Command, mut words: Vec<String>, index: usize, all: bool) -> Option<String> {
    words.truncate(index.saturating_add(1));
    let word = words.get(index)?.clone();
    let dashed = word.starts_with('-');
    // The first word is listed, not built.
    let candidates = if index == 1 && !dashed {
        listed(&whole)
    } else {
        let mut command = needed(whole, words.get(1..index).unwrap_or_default());
        // Before that its arguments cannot be looked at.
        command.build();
        if let Some(start) = handed_over(&command, &words) {
            return Some(format!("\tcommand {start}\n"));
        }
        let mut command = with_files(command);
        words[index] = match word.as_str() {
            "-" => "--".to_owned(),
            option if dashed => option.to_owned(),
            _ => String::new(),
        };
        BEFORE.set(words[..index].to_vec());
        let words: Vec<OsString> = words.into_iter().map(Into::into).collect();
        let directory = paths::working_directory();
        let candidates = clap_complete::engine::complete(&mut command, words, index, directory.as_deref()).ok()?;
        // The process ends soon, which frees the tree at once.
        std::mem::forget(command);
        candidates
    };
    Some(lines(&candidates, &word, all))
}

/// The candidates for `word` as a completion script reads them. `all` leaves it to the shell which match.
fn lines(candidates: &[CompletionCandidate], word: &str, all: bool) -> String {
    let dashed = word.starts_with('-');
    let mut lines = String::new();
    for candidate in candidates.iter().filter(|candidate| !candidate.is_hide_set()) {
        let value = candidate.get_value().to_string_lossy();
        // A shell knows better which files there are, and how it writes their names.
        if candidate.get_id().is_some_and(|id| id == FILES) && !dashed {
            return format!("\t{FILES}\n");
        }
        // Options are offered to who has typed a dash.
        if value.starts_with('-') == dashed && is_plain(&value) && (all || begins(&value, word)) {
            let help = candidate.get_help().map(ToString::to_string).unwrap_or_default();
            let help = help.lines().next().unwrap_or_default().replace(char::is_control, " ");
            lines.extend([&value, "\t", &help, "\n"]);
        }
    }
    lines
}

/// The part of the tree that can complete after the words `before`: the named command, without the others, which need
/// not be built.
fn needed(mut whole: clap::Command, before: &[String]) -> clap::Command {
    // Options that every command has may come first.
    let named = before.iter().find(|word| whole.find_subcommand(word).is_some());
    let Some(named) = named
        .and_then(|word| whole.find_subcommand_mut(word))
        .map(std::mem::take)
    else {
        return whole;
    };
    let alone = clap::Command::new(env!("CARGO_PKG_NAME"))
        .disable_help_subcommand(true)
        .args(whole.get_arguments().cloned())
        .subcommand(named);
    std::mem::forget(whole);
    alone
}

/// Where the command line of another command begins, if the last of `words` belongs to one that a command of
/// ours runs.
fn handed_over(command: &clap::Command, words: &[String]) -> Option<usize> {
    let mut commands = command.get_subcommands();
    let (inner, None) = (commands.next()?, commands.next()) else {
        return None;
    };
    let argument = inner
        .get_positionals()
        .find(|argument| argument.get_value_hint() == ValueHint::CommandWithArguments)?;
    let (word, before) = words.split_last()?;
    let matches = command.clone().ignore_errors(true).try_get_matches_from(words).ok()?;
    let (_, matches) = matches.subcommand()?;
    let count = matches.get_raw(argument.get_id().as_str())?.len();
    // The first word may still become an option.
    let undecided = count == 1 && word.starts_with('-') && !before.iter().any(|word| word == "--");
    (!undecided).then_some(words.len() - count)
}

/// The command line's tree, where every path is completed by [`FILES`].
fn with_files(command: clap::Command) -> clap::Command {
    let files = |_: &OsStr| vec![CompletionCandidate::new("").id(Some(FILES.to_owned()))];
    command
        .mut_args(|argument| match argument.get_value_hint() {
            ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath => {
                argument.add(ArgValueCompleter::new(files))
            }
            _ => argument,
        })
        .mut_subcommands(with_files)
}

/// Whether every shell takes the text as it stands for one word.
fn is_plain(value: &str) -> bool {
    !value.is_empty() && value.chars().all(|c| c.is_alphanumeric() || "-_.@+:/=".contains(c))
}

/// Whether `value` begins with `prefix`, whatever the case.
fn begins(value: &str, prefix: &str) -> bool {
    value.to_lowercase().starts_with(&prefix.to_lowercase())
}

/// The commands, for a manual page.
pub fn commands(_: &OsStr) -> Vec<CompletionCandidate> {
    TREE.get().map(|tree| listed(&tree())).unwrap_or_default()
}

/// The commands of a tree.
fn listed(tree: &clap::Command) -> Vec<CompletionCandidate> {
    let shown = tree.get_subcommands().filter(|command| !command.is_hide_set());
    shown
        .map(|command| CompletionCandidate::new(command.get_name()).help(command.get_about().cloned()))
        .collect()
}

/// The profiles.
pub fn profiles(_: &OsStr) -> Vec<CompletionCandidate> {
    let profiles = load::summaries().unwrap_or_default();
    profiles
        .into_iter()
        .filter(|(_, profile)| !profile.as_ref().is_ok_and(|profile| profile.settings.flag("abstract")))
        .map(|(name, profile)| {
            let help = profile.ok().map(|profile| {
                let parts = [profile.settings.text("region"), profile.settings.text("description")];
                crate::system::text::visible(&parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
            });
            CompletionCandidate::new(name).help(help.map(Into::into))
        })
        .collect()
}

/// The secrets that profiles look for in the keyring. The keyring itself is not asked: it might have to be
/// unlocked.
pub fn secrets(_: &OsStr) -> Vec<CompletionCandidate> {
    let profiles = load::summaries().unwrap_or_default();
    let names: BTreeSet<String> = profiles
        .into_values()
        .flatten()
        .flat_map(|profile| {
            let name = |(_, located): (&str, &Located)| match &located.value {
                Value::Secret(Secret::Keyring(name)) => Some(name.clone()),
                _ => None,
            };
            profile.settings.iter().filter_map(name).collect::<Vec<_>>()
        })
        .collect();
    names.into_iter().map(CompletionCandidate::new).collect()
}

/// The regions that are known to have Bedrock.
pub fn regions(_: &OsStr) -> Vec<CompletionCandidate> {
    geography::regions().map(CompletionCandidate::new).collect()
}

/// The profiles of `~/.aws/config` and `~/.aws/credentials`, with their region.
pub fn aws_profiles(_: &OsStr) -> Vec<CompletionCandidate> {
    let files = Files::read(&Session::inherited().snapshot);
    let candidate = |name: &str| {
        let region = files
            .value(name, "region")
            .map(|region| crate::system::text::visible(&region));
        CompletionCandidate::new(name).help(region.map(Into::into))
    };
    files.names().map(candidate).collect()
}

/// Models: the aliases, then Anthropic's IDs, with their geographies, then what the accounts have.
pub fn models(_: &OsStr) -> Vec<CompletionCandidate> {
    let aliases = ALIASES
        .iter()
        .map(|alias| CompletionCandidate::new(alias).help(Some("what the profile pins, or the newest".into())));
    let known = model::all().filter_map(|model| {
        let geographies: Vec<&str> = model.geographies().collect();
        let help = match lifecycle::stage(model.bedrock, SystemTime::now()) {
            None => geographies.join(" "),
            Some(Stage::Retiring(day, _)) => format!("{}, until {day}", geographies.join(" ")),
            Some(Stage::Retired(_)) => return None,
        };
        Some(CompletionCandidate::new(model.name()).help(Some(help.into())))
    });
    // What the accounts had when `claude-bedrock models` asked last.
    let kept = listing::all().into_iter().flat_map(|listing| listing.profiles);
    let mut ids: BTreeSet<String> = kept
        .map(|profile| if profile.own { profile.arn } else { profile.id })
        .collect();
    if ids.is_empty() {
        ids = region_before()
            .map(|region| inference_profiles(&region))
            .unwrap_or_default();
    }
    aliases
        .chain(known)
        .chain(ids.into_iter().map(CompletionCandidate::new))
        .collect()
}

/// The inference profiles that a region is known to have.
fn inference_profiles(region: &str) -> BTreeSet<String> {
    let of_geography = |geography| {
        model::all()
            .filter(move |model| model.has(geography) == Some(true) && model.end.is_none())
            .map(move |model| format!("{geography}.{}", model.bedrock))
    };
    geography::callable_from(region).flat_map(of_geography).collect()
}

/// The region of the profile that is being written, as far as the words before tell.
fn region_before() -> Option<String> {
    let before = BEFORE.with_borrow(Clone::clone);
    let option = |name: &str| {
        let value = |pair: &[String]| (pair[0] == name).then(|| pair[1].clone());
        let joined = |word: &String| Some(word.strip_prefix(name)?.strip_prefix('=')?.to_owned());
        before
            .windows(2)
            .find_map(value)
            .or_else(|| before.iter().find_map(joined))
    };
    let region = |profile: &Profile| profile.settings.text("region").map(str::to_owned);
    let of_profile = |name: &str| region(&load::summaries().ok()?.remove(name)?.ok()?);
    if let Some(region) = option("--region") {
        return Some(region);
    }
    if let Some(base) = option("--extends") {
        return of_profile(&base);
    }
    let (is_project, words) = after_set(&before);
    if is_project {
        let directory = paths::working_directory();
        return region(&load::load(directory.as_deref(), &Choice::Directory).active?.profile);
    }
    of_profile(words.first()?)
}

/// The headers that Bedrock knows, and those of the profiles.
pub fn headers(_: &OsStr) -> Vec<CompletionCandidate> {
    header_names()
        .into_iter()
        .map(|name| CompletionCandidate::new(format!("{name}:")))
        .collect()
}

fn header_names() -> BTreeSet<String> {
    let profiles = load::summaries().unwrap_or_default();
    let own = profiles.into_values().flatten().flat_map(|profile| {
        let below = profile.settings.below(HEADERS);
        below.map(|(name, _)| name.to_owned()).collect::<Vec<_>>()
    });
    own.collect()
}

/// The keys of a profile, with what they mean.
pub fn keys(_: &OsStr) -> Vec<CompletionCandidate> {
    let keys = KEYS
        .iter()
        .map(|key| CompletionCandidate::new(key.path).help(Some(key.summary.into())));
    let headers = header_names()
        .into_iter()
        .map(|name| CompletionCandidate::new(format!("{HEADERS}.{name}")));
    keys.chain(headers).collect()
}

thread_local! {
    /// The words before the one that is completed: what fits `set` depends on them, and a completer is only
    /// given the last.
    static BEFORE: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Whether `set` is for a project file, and its words without options.
fn after_set(before: &[String]) -> (bool, Vec<&str>) {
    let words = before.iter().skip_while(|word| *word != "set").skip(1);
    let (options, words): (Vec<&str>, Vec<&str>) = words.map(String::as_str).partition(|word| word.starts_with("--"));
    (options.contains(&"--project"), words)
}

/// What fits behind `set`: a profile, a key, or a value of the key before.
pub fn set_words(current: &OsStr) -> Vec<CompletionCandidate> {
    let before = BEFORE.with_borrow(Clone::clone);
    let (is_project, words) = after_set(&before);
    let pairs = if is_project {
        words.as_slice()
    } else {
        match words.split_first() {
            None => return profiles(current),
            Some((_, rest)) => rest,
        }
    };
    match pairs.last() {
        Some(key) if pairs.len() % 2 == 1 => values_of(key, current),
        _ => keys(current),
    }
}

/// What a key may hold, as far as that is known.
fn values_of(key: &str, current: &OsStr) -> Vec<CompletionCandidate> {
    match KEYS
        .iter()
        .find(|known| known.path == key)
        .map(|known| (known.path, known.kind))
    {
        Some(("region" | "small_fast_region", _)) => regions(current),
        Some(("auth.profile" | "auth.tools", _)) => aws_profiles(current),
        Some(("models.main", _) | (_, Kind::Model)) => models(current),
        Some((_, Kind::Profile)) => profiles(current),
        Some((_, Kind::OneOf(words))) => words.iter().map(CompletionCandidate::new).collect(),
        Some((_, Kind::Flag)) => ["true", "false"].map(CompletionCandidate::new).into(),
        Some((_, Kind::Secret)) => secrets(current)
            .into_iter()
            .map(|name| CompletionCandidate::new(format!("keyring:{}", name.get_value().to_string_lossy())))
            .chain(["command:", "file:", "env:"].map(CompletionCandidate::new))
            .collect(),
        _ => Vec::new(),
    }
}

/// The codes of findings.
pub fn codes(current: &OsStr) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy().to_uppercase();
    let fitting = LINTS.iter().filter(|lint| lint.code.starts_with(&current));
    fitting
        .map(|lint| CompletionCandidate::new(lint.code).help(Some(lint.title.into())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The answer for the last of `words`.
    fn answered(words: &[&str]) -> String {
        let words: Vec<String> = ["claude-bedrock"]
            .iter()
            .chain(words)
            .map(|word| unquoted(word.as_ref()))
            .collect();
        let index = words.len() - 1;
        answer(crate::cli::command(), words, index, false).unwrap_or_default()
    }

    fn values(words: &[&str]) -> Vec<String> {
        let value = |line: &str| line.split('\t').next().unwrap().to_owned();
        answered(words).lines().map(value).collect()
    }

    #[test]
    fn commands_come_in_the_order_of_the_help_without_hidden_ones() {
        let commands = values(&[""]);
        assert_eq!(commands[..3], ["use", "off", "init"]);
        assert!(!commands.contains(&"complete".to_owned()));
        assert!(answered(&[""]).contains("status\tShow what is active here, and why\n"));
    }

    #[test]
    fn case_and_quotes_do_not_matter() {
        assert_eq!(values(&["US"]), ["use"]);
        assert_eq!(values(&["\"us"]), ["use"]);
        assert_eq!(values(&["'hook'", "'z"]), ["zsh"]);
    }

    #[test]
    fn options_are_offered_after_a_dash_and_by_their_long_names() {
        assert_eq!(
            values(&["list", "-"]),
            ["--color", "--all", "--quiet", "--json", "--help"]
        );
        assert_eq!(values(&["list", "--j"]), ["--json"]);
        assert_eq!(values(&["list", ""]), Vec::<String>::new());
        assert_eq!(values(&["use", "--", "-"]), Vec::<String>::new());
        assert_eq!(values(&["--color", ""]), ["auto", "always", "never"]);
        assert_eq!(values(&["--color=al"]), ["--color=always"]);
    }

    #[test]
    fn a_path_is_left_to_the_shell() {
        assert_eq!(answered(&["allow", ""]), "\tfiles\n");
        assert_eq!(answered(&["allow", "~/re"]), "\tfiles\n");
        assert_eq!(
            values(&["allow", "-"]),
            ["--color", "--yes", "--quiet", "--show", "--dry-run", "--help"]
        );
    }

    #[test]
    fn a_command_is_left_to_the_shell_from_its_first_word() {
        for (words, start) in [
            (&["exec", ""][..], 2),
            (&["exec", "gi"], 2),
            (&["exec", "git", ""], 2),
            (&["exec", "git", "-"], 2),
            (&["exec", "--", ""], 3),
            (&["exec", "--", "-"], 3),
            (&["exec", "-p", "work", "git", "show", "w"], 4),
            (&["exec", "--profile=work", "--", "git", "--", "-x"], 4),
        ] {
            assert_eq!(answered(words), format!("\tcommand {start}\n"), "{words:?}");
        }
        assert_eq!(values(&["exec", "--pro"]), ["--profile"]);
    }

    #[test]
    fn the_shell_that_matches_by_itself_gets_all() {
        let words = vec!["claude-bedrock".to_owned(), "hook".to_owned(), "sh".to_owned()];
        let answer = answer(crate::cli::command(), words, 2, true).unwrap();
        assert_eq!(answer.lines().count(), 4, "{answer}");
    }

    #[test]
    fn an_index_without_a_word_has_no_candidates() {
        assert_eq!(
            answer(crate::cli::command(), vec!["claude-bedrock".to_owned()], 1, false),
            None
        );
        assert_eq!(answer(crate::cli::command(), Vec::new(), 0, false), None);
        let name = vec!["claude-bedrock".to_owned()];
        assert_eq!(answer(crate::cli::command(), name, 0, false), None);
    }

    #[test]
    fn nothing_is_offered_that_a_shell_would_have_to_quote() {
        for value in ["", "a b", "$(x)", "`x`", "a;b", "a'b", "~x", "a\u{1b}[1m", "a*"] {
            assert!(!is_plain(value), "{value:?}");
        }
        for value in [
            "work",
            "büro",
            "a@b+c",
            "us.anthropic.claude-haiku-4-5-20251001-v1:0",
            "--profile=a",
        ] {
            assert!(is_plain(value), "{value:?}");
        }
    }
}
