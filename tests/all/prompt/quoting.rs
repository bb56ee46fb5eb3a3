//! Behaviours 9 and 10: what `export` prints is read back by the real shells byte for byte. Values, in both
//! directions: what a profile sets, and what was there before. Directory names, in the watch.
//!
//! Many values go through one start of a shell; a child process reads them. Random rounds are those of
//! proptest: a failure prints its seed and the smallest values that still fail. `QUOTING_SEED` sets the seed,
//! `QUOTING_ROUNDS` the number of rounds.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt::{self, Write as _};
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::support::{Shell, World, world};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};

/// Values that have broken some shell integration, or could.
const FIXED: &[&str] = &[
    "",
    " ",
    "  two  spaces  ",
    "'",
    "''",
    "it's",
    "'\\''",
    "\"",
    "\"\"",
    "$HOME",
    "${HOME}",
    "$(touch pwned)",
    "$((1+1))",
    "$",
    "$$",
    "`touch pwned`",
    "`",
    "`n`$env:HOME",
    "\\",
    "\\\\",
    "\\\\\\",
    "\\n",
    "\\'",
    "\\x41\\u0041\\101",
    "trailing\\",
    "!",
    "!!",
    "!!:p wow!",
    "%s",
    "%s%n%d%%",
    ";",
    "; touch pwned",
    "&&",
    "|| true",
    "&",
    "|",
    "<>",
    ">file",
    "(",
    ")",
    "$'a'",
    "@'\n'@",
    "@(1)",
    "#",
    "# no comment",
    "\n",
    "\n\n",
    "line one\nline two",
    "trailing newline\n",
    "trailing newlines\n\n\n",
    "\nleading newline",
    "\r",
    "\r\n",
    "dos line\r\nanother\r\n",
    "old mac\rline",
    "\t",
    "a\tb\t",
    "é♀",
    "日本語",
    "\u{1F600}",
    "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}",
    "\u{10FFFF}",
    "e\u{301} (decomposed)",
    "‘",
    "’",
    "‚",
    "‛",
    "“",
    "”",
    "„",
    "‘a’ ‚b‛ “c” „d‟",
    "'‘''’'",
    "– — ―",
    "\u{2028}",
    "a\u{2029}b",
    "\u{85}",
    "\u{A0}",
    "\u{FEFF}bom",
    "\u{FFFD}",
    "\u{E000}\u{F8FF}",
    // Where fish keeps bytes that it cannot decode.
    "\u{F600}\u{F6E9}\u{F6FF}",
    "\u{1}",
    "\u{1}\u{2}\u{3}",
    "\u{7}",
    "\u{8}",
    "backspace\u{8}return\r",
    "\u{1b}",
    "\u{1b}[31mred\u{1b}[0m",
    "\u{7f}",
    "\u{1f}7",
    "\u{1}0\u{1}7\u{1}f",
    "-",
    "--",
    "-n",
    "-e",
    "--help",
    "~",
    "~/x",
    "~root",
    "a:~/b:~",
    "{}",
    "{a,b}",
    "{1..3}",
    "*",
    "?",
    "[a-z]*",
    "**/x",
    "=",
    "=ls",
    "a=b",
    "==",
    "@",
    "@args",
    "%",
    "%PATH%",
    "^",
    "^x",
    ":",
    "a::b:",
    ",",
    "[char]",
    "[char]39",
    "[string][char]1",
    "'+[char]39+'",
    "$([char]39)",
    "{0}",
    "$null",
    "$true",
    "true",
    "false",
    "0",
    "007",
    "1e3",
    "0x10",
    "not",
    "{\"json\": [\"a\", 'b', \"\\n\"]}",
    "Authorization: Bearer x\nX-Team: platform",
    "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-6",
];

/// What a shell could take for its own syntax, for random values.
const TOKENS: &[&str] = &[
    "'",
    "\"",
    "$",
    "`",
    "\\",
    "!",
    "%",
    ";",
    "&",
    "|",
    "\n",
    "\r",
    "\r\n",
    "\t",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "<",
    ">",
    "*",
    "?",
    "~",
    "#",
    "=",
    "-",
    "@",
    "^",
    ",",
    ":",
    " ",
    "‘",
    "’",
    "‚",
    "‛",
    "“",
    "”",
    "„",
    "$(",
    "${",
    "\\x",
    "\\u",
    "\\0",
    "0",
    "7",
    "f",
    "[char]",
    "'@",
    "@'",
    "\u{1}",
    "\u{1b}",
    "\u{7f}",
    "é",
    "♀",
    "\u{1F600}",
    "\u{2028}",
    "\u{85}",
    "\u{F6E9}",
];

/// One variable: what it was, and what the profile wants of it; `None` if it is not set.
#[derive(Clone)]
struct Variable {
    previous: Option<Vec<u8>>,
    wanted: Option<String>,
}

impl fmt::Debug for Variable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} -> {}",
            shown(self.previous.as_deref()),
            shown(self.wanted.as_deref().map(str::as_bytes))
        )
    }
}

/// A value in a failure's message.
fn shown(value: Option<&[u8]>) -> String {
    match value {
        None => "unset".to_owned(),
        Some(bytes) if bytes.len() > 200 => format!("\"{}…\" ({} bytes)", bytes[..100].escape_ascii(), bytes.len()),
        Some(bytes) => format!("\"{}\"", bytes.escape_ascii()),
    }
}

/// How the shell is set up before the hook is loaded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Setting {
    /// As it starts.
    Plain,
    /// In a locale that knows ASCII alone.
    LocaleC,
    /// With every option on that changes how words are read.
    OddOptions,
}

fn name(index: usize) -> String {
    format!("VALUE_{index}")
}

/// `text` as a TOML string.
fn toml_string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_ascii_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// The line by which a script in `shell` brings its environment up to date, as its prompt does.
fn hook_call(shell: Shell) -> &'static str {
    match shell {
        Shell::Powershell => "__ClaudeBedrockUpdate",
        _ => "__claude_bedrock_hook",
    }
}

/// A line by which a child process writes its environment to the file that `$RECORDS` and `file` name.
fn record(shell: Shell, file: &str) -> String {
    match shell {
        Shell::Powershell => format!("& /bin/sh -c 'exec /usr/bin/env -0 >\"$RECORDS/{file}\"'"),
        _ => format!("/usr/bin/env -0 >\"$RECORDS/{file}\""),
    }
}

fn odd_options(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash => {
            "shopt -s extglob globstar dotglob nullglob nocasematch nocaseglob xpg_echo; set -fH; IFS=aeiou/\\\\_"
        }
        Shell::Zsh => {
            "setopt rc_quotes csh_junkie_quotes ksh_arrays sh_word_split glob_subst extended_glob glob_assign bang_hist \
             magic_equal_subst brace_ccl rc_expand_param null_glob c_bases ignore_close_braces all_export; IFS=aeiou/_"
        }
        Shell::Fish => "set -g IFS x",
        Shell::Powershell => "Set-StrictMode -Version Latest; $ErrorActionPreference = 'Stop'; $OFS = 'x'",
    }
}

/// Enters a project whose profile has these variables, leaves it, and compares what a child process finds
/// inside and afterwards with what was meant.
fn round_trip(shell: Shell, setting: Setting, variables: &[Variable]) -> Result<(), String> {
    let mut world = World::new(shell);
    let mut config = String::from("[profiles.work.env]\n");
    for (index, variable) in variables.iter().enumerate() {
        let wanted = variable
            .wanted
            .as_deref()
            .map_or_else(|| "false".to_owned(), toml_string);
        writeln!(config, "{} = {wanted}", name(index)).unwrap();
        if let Some(previous) = &variable.previous {
            world.set(&name(index), OsString::from_vec(previous.clone()));
        }
    }
    world.config(&config);
    let project = world.project("repo", "profile = \"work\"\n");
    world.set("PROJECT", project.parent().unwrap());
    world.set("RECORDS", world.records());
    world.set("CLAUDE_BEDROCK_LOG", "error");
    if setting == Setting::LocaleC {
        world.set("LC_ALL", "C");
    }
    let options = if setting == Setting::OddOptions {
        odd_options(shell)
    } else {
        shell.nothing()
    };
    let script = [
        options.to_owned(),
        world.load_line(),
        shell.cd_to_variable("PROJECT"),
        hook_call(shell).to_owned(),
        record(shell, "inside"),
        shell.cd_to_variable("HOME"),
        hook_call(shell).to_owned(),
        record(shell, "after"),
    ];
    let output = world.script(&script.join("\n"));
    let records = ["inside", "after"].map(|file| environment(&world.records().join(file)));
    let [Some(inside), Some(after)] = records else {
        return Err(format!("{} recorded nothing{}", shell.name(), said(&output)));
    };
    let mut wrong = Vec::new();
    for (index, variable) in variables.iter().enumerate() {
        let found = inside.get(OsStr::new(&name(index))).map(|value| value.as_bytes());
        let wanted = variable.wanted.as_deref().map(str::as_bytes);
        if found != wanted {
            wrong.push(format!(
                "{} inside: wanted {}, found {}",
                name(index),
                shown(wanted),
                shown(found)
            ));
        }
        let found = after.get(OsStr::new(&name(index))).map(|value| value.as_bytes());
        if found != variable.previous.as_deref() {
            let previous = shown(variable.previous.as_deref());
            wrong.push(format!(
                "{} afterwards: wanted {previous}, found {}",
                name(index),
                shown(found)
            ));
        }
    }
    if world.path("pwned").exists() || world.path("repo/pwned").exists() {
        wrong.push("a value was run".to_owned());
    }
    if wrong.is_empty() && output.stderr.is_empty() && output.stdout.is_empty() {
        return Ok(());
    }
    wrong.truncate(10);
    Err(format!("{}: {}{}", shell.name(), wrong.join("\n  "), said(&output)))
}

/// The environment in a record; `None` if nothing was recorded.
fn environment(record: &Path) -> Option<BTreeMap<OsString, OsString>> {
    let record = fs::read(record).ok().filter(|record| !record.is_empty())?;
    let entries = record.split(|byte| *byte == 0).filter_map(|entry| {
        let equals = entry.iter().position(|byte| *byte == b'=')?;
        Some((
            OsString::from_vec(entry[..equals].to_vec()),
            OsString::from_vec(entry[equals + 1..].to_vec()),
        ))
    });
    Some(entries.collect())
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(&bytes[..bytes.len().min(2000)]).into_owned();
    format!(
        "\n{}\n--- stdout\n{}\n--- stderr\n{}",
        output.status,
        text(&output.stdout),
        text(&output.stderr)
    )
}

/// Runs `test` in every shell that the machine has.
fn in_each_shell(test: impl Fn(Shell)) {
    world::found().into_iter().for_each(test);
}

/// Each fixed value is both set by a profile and restored, in the place of every kind of other value.
fn fixed(shell: Shell) -> Vec<Variable> {
    let mut variables = Vec::new();
    for (index, wanted) in FIXED.iter().enumerate() {
        let previous = FIXED[(index + 7) % FIXED.len()];
        variables.push(Variable {
            previous: Some(previous.into()),
            wanted: Some((*wanted).to_owned()),
        });
        variables.push(Variable {
            previous: None,
            wanted: Some((*wanted).to_owned()),
        });
        variables.push(Variable {
            previous: Some((*wanted).into()),
            wanted: None,
        });
    }
    variables.push(Variable {
        previous: None,
        wanted: None,
    });
    variables.push(Variable {
        previous: Some(Vec::new()),
        wanted: Some("same".to_owned()),
    });
    variables.push(Variable {
        previous: Some("same".into()),
        wanted: Some("same".to_owned()),
    });
    // .NET decodes the whole environment when it starts: such bytes are lost before the hook is loaded.
    if shell != Shell::Powershell {
        for bytes in [
            &b"\xff"[..],
            b"latin \xe9",
            b"\xc3",
            b"\xc3'\n\xa9",
            b"\xed\xa0\x80 surrogate",
            b"\xf6\x80\x80\x80",
            b"\x80\x0141",
        ] {
            variables.push(Variable {
                previous: Some(bytes.to_vec()),
                wanted: Some("valid".to_owned()),
            });
            variables.push(Variable {
                previous: Some(bytes.to_vec()),
                wanted: None,
            });
        }
        let every = (1..=u8::MAX).collect();
        variables.push(Variable {
            previous: Some(every),
            wanted: Some((1..=0xff_u8).map(char::from).collect()),
        });
    }
    variables
}

#[test]
fn every_fixed_value_is_set_and_restored_byte_for_byte() {
    in_each_shell(|shell| {
        if let Err(failure) = round_trip(shell, Setting::Plain, &fixed(shell)) {
            panic!("{failure}");
        }
    });
}

#[test]
fn values_do_not_depend_on_the_locale() {
    in_each_shell(|shell| {
        let mut variables = fixed(shell);
        // fish itself decodes what it inherits as Latin-1 there, hook or no hook.
        if shell == Shell::Fish {
            variables.retain(|variable| variable.previous.as_ref().is_none_or(|bytes| bytes.is_ascii()));
        }
        if let Err(failure) = round_trip(shell, Setting::LocaleC, &variables) {
            panic!("LC_ALL=C: {failure}");
        }
    });
}

#[test]
fn values_do_not_depend_on_the_shells_options() {
    in_each_shell(|shell| {
        if let Err(failure) = round_trip(shell, Setting::OddOptions, &fixed(shell)) {
            panic!("{}: {failure}", odd_options(shell));
        }
    });
}

#[test]
fn values_of_100_kilobytes_are_set_and_restored() {
    const LENGTH: usize = 100 * 1024;
    let filled = |pattern: &str| -> String { pattern.repeat(LENGTH / pattern.len()) };
    let pairs = [
        [filled("é♀"), filled("'")],
        [filled("a line of 'text'\n"), filled("\\")],
        [filled("\u{1F600}’\r\n"), filled("x")],
    ];
    in_each_shell(|shell| {
        for [one, other] in &pairs {
            let variable = |previous: Option<&String>, wanted: Option<&String>| Variable {
                previous: previous.map(|value| value.clone().into_bytes()),
                wanted: wanted.cloned(),
            };
            let variables = [
                variable(None, Some(one)),
                variable(Some(one), Some(other)),
                variable(Some(other), None),
            ];
            if let Err(failure) = round_trip(shell, Setting::Plain, &variables) {
                panic!("{failure}");
            }
        }
    });
}

/// The state must fit into its variable, whatever has to be remembered: one that is longer than the
/// system allows keeps the shell from starting any command.
#[test]
fn many_previous_values_of_middle_length_are_restored() {
    let variables: Vec<Variable> = (0..300)
        .map(|index| Variable {
            previous: Some(vec![b'a' + u8::try_from(index % 26).unwrap(); 1000]),
            wanted: Some(index.to_string()),
        })
        .collect();
    in_each_shell(|shell| {
        if let Err(failure) = round_trip(shell, Setting::Plain, &variables) {
            panic!("{failure}");
        }
    });
}

fn any_value() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(TOKENS).prop_map(str::to_owned),
        2 => "[ -~]{1,8}",
        1 => "[\u{1}-\u{1f}\u{7f}]",
        2 => any::<char>().prop_filter("no variable holds NUL", |c| *c != '\0').prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..10).prop_map(|pieces| pieces.concat())
}

fn any_previous(shell: Shell) -> BoxedStrategy<Option<Vec<u8>>> {
    let text = any_value().prop_map(|text| Some(text.into_bytes()));
    if shell == Shell::Powershell {
        return prop_oneof![1 => Just(None), 4 => text].boxed();
    }
    let bytes = prop::collection::vec(1..=u8::MAX, 0..20).prop_map(Some);
    prop_oneof![1 => Just(None), 3 => text, 2 => bytes].boxed()
}

fn any_variable(shell: Shell) -> impl Strategy<Value = Variable> {
    let wanted = prop_oneof![1 => Just(None), 6 => any_value().prop_map(Some)];
    (any_previous(shell), wanted).prop_map(|(previous, wanted)| Variable { previous, wanted })
}

fn from_environment<T: std::str::FromStr>(name: &str, default: T) -> T {
    std::env::var(name)
        .ok()
        .and_then(|value| value.parse().ok())
        .unwrap_or(default)
}

#[test]
fn random_values_are_set_and_restored_byte_for_byte() {
    let seed = from_environment("QUOTING_SEED", 20_260_801_u64);
    let rounds = from_environment("QUOTING_ROUNDS", 5);
    in_each_shell(|shell| {
        let config = Config {
            cases: rounds,
            rng_seed: RngSeed::Fixed(seed),
            failure_persistence: None,
            max_shrink_iters: 300,
            ..Config::default()
        };
        let strategy = prop::collection::vec(any_variable(shell), 200);
        let outcome = TestRunner::new(config).run(&strategy, |variables| {
            round_trip(shell, Setting::Plain, &variables).map_err(TestCaseError::fail)
        });
        if let Err(error) = outcome {
            panic!(
                "QUOTING_SEED={seed} QUOTING_ROUNDS={rounds} in {}: {error}",
                shell.name()
            );
        }
    });
}

/// Had the loop above compared nothing, it would pass here too.
#[test]
fn the_round_trip_sees_a_value_that_is_not_restored() {
    in_each_shell(|shell| {
        let mut world = World::new(shell);
        world.set("RECORDS", world.records());
        world.set(&name(0), "before");
        let output = world.script(&[shell.export(&name(0), "other"), record(shell, "after")].join("\n"));
        let after = environment(&world.records().join("after")).unwrap_or_else(|| panic!("{}", said(&output)));
        assert_eq!(
            after.get(OsStr::new(&name(0))),
            Some(&OsString::from("other")),
            "{}",
            shell.name()
        );
    });
}

/// fish's universal variables stand below global ones: a value that the user has there is neither changed
/// nor lost, whatever it looks like to `test`, and nothing stands before it afterwards.
#[test]
fn fish_keeps_a_universal_variable_below_a_profile() {
    // Another value, and the same value.
    universal(|own, other| [Some(other.to_owned()), Some(own.to_owned())]);
}

/// fish exports a universal variable whatever stands above it, unless that is exported itself: what a
/// profile wants unset is at most blank there, and never the user's own.
#[test]
fn fish_hides_a_universal_variable_that_a_profile_wants_unset() {
    universal(|own, _| if own.is_empty() { [Some(String::new())] } else { [None] });
}

/// Gives the user a universal variable of each value, and a profile that wants what `wanted` makes of it
/// and another value.
fn universal<const KINDS: usize>(wanted: impl Fn(&str, &str) -> [Option<String>; KINDS]) {
    let program = Shell::Fish.need();
    let mut world = World::new(Shell::Fish);
    // fish's own file of universal variables cannot hold the characters in which it keeps undecodable bytes.
    let values: Vec<&str> = FIXED
        .iter()
        .copied()
        .filter(|value| !value.contains('\u{F600}'))
        .collect();
    let mut variables = Vec::new();
    for (index, own) in values.iter().enumerate() {
        for wanted in wanted(own, values[(index + 5) % values.len()]) {
            variables.push((name(variables.len()), *own, wanted));
        }
    }
    let mut config = String::from("[profiles.work.env]\n");
    let mut script = vec![world.load_line()];
    for (name, own, wanted) in &variables {
        let wanted = wanted.as_deref().map_or_else(|| "false".to_owned(), toml_string);
        writeln!(config, "{name} = {wanted}").unwrap();
        world.set(&format!("OWN_{name}"), own);
        script.push(format!("set -Ux {name} \"$OWN_{name}\""));
    }
    world.config(&config);
    let project = world.project("repo", "profile = \"work\"\n");
    world.set("PROJECT", project.parent().unwrap());
    world.set("RECORDS", world.records());
    world.set("CLAUDE_BEDROCK_LOG", "error");
    script.extend([
        "cd $PROJECT; __claude_bedrock_hook".to_owned(),
        record(Shell::Fish, "inside"),
        "cd; __claude_bedrock_hook".to_owned(),
        record(Shell::Fish, "after"),
    ]);
    script.extend(
        variables
            .iter()
            .map(|(name, ..)| format!("set -qg {name}; and echo {name} is still hidden")),
    );
    let output = world
        .command(program)
        .args(["-c", &script.join("\n")])
        .output()
        .unwrap();
    let [inside, after] = ["inside", "after"].map(|file| environment(&world.records().join(file)).unwrap());
    let mut wrong = Vec::new();
    for (name, own, wanted) in &variables {
        let found = inside.get(OsStr::new(name)).map(|value| value.as_bytes());
        if found.unwrap_or_default() != wanted.as_deref().unwrap_or_default().as_bytes() {
            wrong.push(format!("{own:?} inside: wanted {wanted:?}, found {}", shown(found)));
        }
        let found = after.get(OsStr::new(name)).map(|value| value.as_bytes());
        if found != Some(own.as_bytes()) {
            wrong.push(format!("{own:?} afterwards: found {}", shown(found)));
        }
    }
    let count = wrong.len();
    wrong.truncate(10);
    assert!(
        wrong.is_empty() && output.stdout.is_empty() && output.stderr.is_empty(),
        "{count} of {} are wrong: {}{}",
        variables.len(),
        wrong.join("\n  "),
        said(&output)
    );
}

/// Variables that mean something to one of the shells: read-only, numbers, arrays, or of its own making.
const SHELLS_OWN: &[&str] = &[
    // bash
    "BASHOPTS BASHPID BASH_ALIASES BASH_ARGC BASH_ARGV BASH_ARGV0 BASH_CMDS BASH_COMMAND BASH_COMPAT BASH_LINENO",
    "BASH_REMATCH BASH_SOURCE BASH_SUBSHELL BASH_VERSINFO BASH_VERSION BASH_XTRACEFD COMP_CWORD COMP_LINE COMP_POINT",
    "COMP_WORDBREAKS COMP_WORDS COMPREPLY COPROC DIRSTACK EPOCHREALTIME EPOCHSECONDS EUID FUNCNAME FUNCNEST GROUPS",
    "HISTCMD HISTSIZE HISTFILESIZE HOSTNAME HOSTTYPE IFS IGNOREEOF LINENO MACHTYPE MAPFILE OPTARG OPTERR OPTIND OSTYPE",
    "PIPESTATUS PPID PROMPT_COMMAND PS1 PS4 RANDOM READLINE_LINE REPLY SECONDS SHELLOPTS SHLVL SRANDOM TIMEFORMAT TMOUT UID",
    // zsh
    "ARGC BAUD CDPATH COLUMNS DIRSTACKSIZE EGID ERRNO FPATH GID HISTCHARS KEYBOARD_HACK KEYTIMEOUT LINES LISTMAX LOGCHECK",
    "MAILCHECK MAILPATH MANPATH MATCH MBEGIN MEND MODULE_PATH NULLCMD PROMPT PSVAR READNULLCMD REPORTMEMORY REPORTTIME RPS1",
    "SAVEHIST SPROMPT STTY TIMEFMT TRY_BLOCK_ERROR TRY_BLOCK_INTERRUPT TTY TTYIDLE USERNAME VENDOR WATCH WORDCHARS ZSH_ARGZERO",
    "ZSH_EVAL_CONTEXT ZSH_NAME ZSH_SUBSHELL ZSH_VERSION aliases argv builtins cdpath commands dirstack dis_aliases dis_builtins",
    "dis_functions dis_reswords errnos fignore fpath funcfiletrace funcsourcetrace funcstack functions functions_source",
    "functrace galiases histchars history historywords jobdirs jobstates jobtexts keymaps langinfo mailpath manpath mapfile",
    "match mbegin mend module_path modules nameddirs options parameters patchars path pipestatus prompt psvar reply reswords",
    "saliases signals status sysparams termcap terminfo userdirs usergroups watch widgets words zsh_eval_context",
    "zsh_scheduled_events",
    // fish
    "CMD_DURATION FISH_VERSION PWD OLDPWD _ fish_color_command fish_features fish_greeting fish_history fish_kill_signal",
    "fish_killring fish_pid fish_read_limit fish_trace fish_user_paths hostname status_generation umask version",
];

/// Variables that only look as if they were a shell's: a profile may set them.
const FREE: &[&str] = &[
    "BASH_DEFAULT_TIMEOUT_MS",
    "BASH_MAX_OUTPUT_LENGTH",
    "BASH_MAX_TIMEOUT_MS",
    "CLAUDE_CODE_SHELL",
    "CLASSPATH",
    "EDITOR",
    "HTTPS_PROXY",
    "LD_LIBRARY_PATH",
    "NODE_EXTRA_CA_CERTS",
    "NODE_PATH",
    "PYTHONPATH",
    "TMPDIR",
    "ZSH_CUSTOM",
    "http_proxy",
    "no_proxy",
    // As the hooks' own functions name things, or did.
    "answer",
    "arguments",
    "code",
    "index",
    "output",
    "place",
    "previous",
    "result",
    "word",
];

/// One that a shell refuses would leave half a profile; one that a shell changes would not be verbatim.
#[test]
fn a_variable_that_means_something_to_a_shell_is_refused_or_set_exactly() {
    // What a shell that splits at colons or spaces, or computes, would change.
    const VALUE: &str = "a::text 1:";
    let names: Vec<&str> = SHELLS_OWN
        .iter()
        .flat_map(|names| names.split(' '))
        .chain(FREE.iter().copied())
        .collect();
    let world = World::new(Shell::Bash);
    let mut config = String::new();
    for name in &names {
        writeln!(config, "[profiles.the-{name}.env]\n{name} = \"{VALUE}\"").unwrap();
    }
    world.config(&config);
    let accepted: Vec<&str> = names
        .into_iter()
        .filter(|name| world.run(["show", &format!("the-{name}")]).status.success())
        .collect();
    for name in FREE {
        assert!(accepted.contains(name), "{name} is refused");
    }
    in_each_shell(|shell| {
        let mut world = World::new(shell);
        let mut config = String::from("[profiles.work.env]\n");
        for name in &accepted {
            writeln!(config, "{name} = \"{VALUE}\"").unwrap();
        }
        world.config(&config);
        let project = world.project("repo", "profile = \"work\"\n");
        world.set("PROJECT", project.parent().unwrap());
        world.set("RECORDS", world.records());
        world.set("CLAUDE_BEDROCK_LOG", "error");
        let script = [
            world.load_line(),
            record(shell, "before"),
            shell.cd_to_variable("PROJECT"),
            hook_call(shell).to_owned(),
            record(shell, "inside"),
            shell.cd_to_variable("HOME"),
            hook_call(shell).to_owned(),
            record(shell, "after"),
        ];
        let output = world.script(&script.join("\n"));
        let [before, inside, after] =
            ["before", "inside", "after"].map(|file| environment(&world.records().join(file)).unwrap_or_default());
        let wrong: Vec<&str> = accepted
            .iter()
            .copied()
            .filter(|name| {
                let name = OsStr::new(name);
                inside.get(name).map(OsString::as_os_str) != Some(OsStr::new(VALUE))
                    || before.get(name) != after.get(name)
            })
            .collect();
        assert!(
            wrong.is_empty() && output.stderr.is_empty() && output.stdout.is_empty(),
            "{} does not keep: {}{}",
            shell.name(),
            wrong.join(" "),
            said(&output)
        );
    });
}

/// Names of directories that have broken some shell integration, or could.
const DIRECTORIES: &[&str] = &[
    "plain",
    "a space",
    " leading and trailing ",
    "it's",
    "\"double\"",
    "$test",
    "${HOME}",
    "$(touch pwned)",
    "`touch pwned`",
    "`backtick`",
    "new\nline",
    "\nleading newline",
    "trailing newline\n",
    "tab\t",
    "carriage\rreturn\r",
    "backspace\u{8}return\r",
    "\u{1b}[31mred",
    "\u{7f}",
    "-rf",
    "--help",
    "-",
    "~",
    "~root",
    "é♀ \u{1F600}",
    "日本語",
    "‘single’ ‚low‛ “double” „low‟",
    "\u{2028}",
    "*",
    "?[a-z]{b,c}",
    "[char]39",
    "**",
    "(",
    ")",
    "!",
    "!!",
    "=",
    "a=b:c",
    ";&&|",
    "#hash",
    "%s%n",
    "@{}",
    "^",
    "...",
];

/// Enters each directory and asks the watch: fresh after the hook, fresh no more once the project file has
/// been touched. Returns what the shell said, one line for each directory.
fn watch_in(world: &mut World, directories: &[PathBuf]) -> Vec<String> {
    let shell = world.shell;
    for (index, directory) in directories.iter().enumerate() {
        world.set(&format!("DIRECTORY_{index}"), directory);
    }
    world.set("CLAUDE_BEDROCK_LOG", "error");
    world.settle();
    let mut script = vec![world.load_line()];
    for index in 0..directories.len() {
        script.push(shell.cd_to_variable(&format!("DIRECTORY_{index}")));
        script.push(hook_call(shell).to_owned());
        script.push(match shell {
            Shell::Bash | Shell::Zsh => format!(
                "__claude_bedrock_fresh; a=$?; touch .claude-bedrock.toml; __claude_bedrock_fresh; echo \"{index} $a $? $PLACE\""
            ),
            Shell::Fish => format!(
                "__claude_bedrock_fresh; set a $status; touch .claude-bedrock.toml; __claude_bedrock_fresh; echo {index} $a $status $PLACE"
            ),
            Shell::Powershell => format!(
                "$a = [int] -not (__ClaudeBedrockFresh); & /usr/bin/touch .claude-bedrock.toml; $b = [int] -not (__ClaudeBedrockFresh); \"{index} $a $b $env:PLACE\""
            ),
        });
    }
    let output = world.script(&script.join("\n"));
    assert!(output.stderr.is_empty(), "{}:{}", shell.name(), said(&output));
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

/// Makes a project in the home directory for each name, and the answers that [`watch_in`] must return.
fn projects(world: &World, names: impl Iterator<Item = OsString>) -> (Vec<PathBuf>, Vec<String>) {
    let mut directories = Vec::new();
    let mut answers = Vec::new();
    for (index, name) in names.enumerate() {
        let text = format!("profile = \"work\"\n[env]\nPLACE = \"place {index}\"\n");
        // Each has a parent of its own, because `Set-Location -LiteralPath '*'` of a PowerShell without its
        // management module goes to any directory beside it.
        let path = world.project(Path::new("repos").join(index.to_string()).join(name), &text);
        directories.push(path.parent().unwrap().to_path_buf());
        answers.push(format!("{index} 0 1 place {index}"));
    }
    (directories, answers)
}

#[test]
fn the_watch_holds_in_directories_of_any_name() {
    in_each_shell(|shell| {
        let mut world = World::new(shell);
        let mut names: Vec<OsString> = DIRECTORIES.iter().map(Into::into).collect();
        // PowerShell takes a backslash for a separator everywhere, and decodes names when it reads them.
        if shell != Shell::Powershell {
            names.extend(["back\\slash", "\\", "trailing\\"].map(Into::into));
            names.push(OsString::from_vec(b"latin \xe9".to_vec()));
            names.push(OsString::from_vec(b"\xff\n'\xfe".to_vec()));
        }
        let (directories, answers) = projects(&world, names.into_iter());
        assert_eq!(watch_in(&mut world, &directories), answers, "{}", shell.name());
        assert!(
            !directories.iter().any(|directory| directory.join("pwned").exists()),
            "a name was run"
        );
    });
}

#[test]
fn the_watch_holds_where_the_users_own_directories_have_odd_names() {
    in_each_shell(|shell| {
        let mut world = World::new(shell);
        let odd = "s p'a\"c$e`id`\n\té♀ ‘’“” *?[x]{a,b}(;&&!#~-%s\u{1b}\u{8}\r";
        let config = world.write(
            format!("config {odd}/claude-bedrock/config.toml"),
            crate::support::world::CONFIG,
        );
        world.set("XDG_CONFIG_HOME", config.ancestors().nth(2).unwrap());
        world.set("XDG_STATE_HOME", world.path(format!("state {odd}")));
        fs::remove_file(world.config_path()).unwrap();
        let (directories, answers) = projects(&world, ["one", "two"].iter().map(Into::into));
        assert_eq!(watch_in(&mut world, &directories), answers, "{}", shell.name());
    });
}
