//! `scripts/install` and `scripts/uninstall` into a prefix of their own, and the manual pages.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::support::files;
use crate::support::world::PROGRAM;

/// Runs one of the scripts, or another program, with a PATH that also has the prefix.
fn run(program: impl AsRef<OsStr>, arguments: &[&OsStr]) -> Output {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

fn script(name: &str, prefix: &Path) -> Output {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts").join(name);
    let mut arguments: Vec<&OsStr> = vec!["--prefix".as_ref(), prefix.as_ref()];
    if name == "install" {
        arguments.extend::<[&OsStr; 2]>(["--program".as_ref(), PROGRAM.as_ref()]);
    }
    run(path, &arguments)
}

#[test]
fn what_is_installed_works_and_is_taken_out_again() {
    let directory = tempfile::tempdir().unwrap();
    let prefix = directory.path().join("a prefix");
    fs::create_dir_all(prefix.join("share/man/man1")).unwrap();
    fs::write(prefix.join("share/man/man1/other.1"), "somebody else's").unwrap();

    script("install", &prefix);
    // A second time over the first.
    let output = script("install", &prefix);
    assert!(String::from_utf8_lossy(&output.stdout).contains("claude-bedrock setup"));
    let installed = files::below(&prefix);
    for file in [
        "bin/claude-bedrock",
        "share/bash-completion/completions/claude-bedrock",
        "share/zsh/site-functions/_claude-bedrock",
        "share/fish/vendor_completions.d/claude-bedrock.fish",
        "share/man/man1/claude-bedrock.1",
        "share/man/man1/claude-bedrock-secret-set.1",
    ] {
        assert!(installed.contains(file), "{file} is not among {installed:?}");
    }
    let version = run(prefix.join("bin/claude-bedrock"), &["--version".as_ref()]);
    assert!(String::from_utf8_lossy(&version.stdout).starts_with("claude-bedrock "));
    // Nothing of the place where it was built stays in what shells and `man` read.
    for file in installed.iter().filter(|file| !file.starts_with("bin/")) {
        let text = fs::read_to_string(prefix.join(file)).unwrap();
        let temporary = std::env::temp_dir();
        assert!(!text.contains(temporary.to_str().unwrap()), "{file}: {text}");
    }

    script("uninstall", &prefix);
    assert_eq!(
        files::below(&prefix),
        BTreeSet::from(["share/man/man1/other.1".to_owned()])
    );
    assert!(!prefix.join("bin").exists(), "directories made for it go too");
}

#[test]
fn the_version_says_target_and_date_of_the_catalog_in_one_line() {
    let said = String::from_utf8(run(PROGRAM, &["--version".as_ref()]).stdout).unwrap();
    let wanted = format!("claude-bedrock {} (", env!("CARGO_PKG_VERSION"));
    let (_, inside) = said.split_once(&wanted).unwrap_or_else(|| panic!("{said}"));
    let parts: Vec<&str> = inside.trim_end_matches(")\n").split(", ").collect();
    // Before them a release build has the commit.
    let [.., target, catalog] = parts[..] else {
        panic!("{said}");
    };
    assert!(target.starts_with(std::env::consts::ARCH), "{said}");
    let date = catalog.strip_prefix("catalog of ").unwrap();
    let sources = files::below(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/catalog")));
    let dates = sources.iter().any(|name| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/catalog").join(name);
        fs::read_to_string(path).unwrap().contains(date)
    });
    assert!(dates && date.len() == "2026-11-26".len(), "{said}");
    assert_eq!(run(PROGRAM, &["-V".as_ref()]).stdout, said.into_bytes());
}

#[test]
fn there_is_a_manual_page_for_every_command_that_help_shows() {
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("man1");
    run(PROGRAM, &["man".as_ref(), "--out".as_ref(), out.as_ref()]);
    let help = run(PROGRAM, &["--help".as_ref()]).stdout;
    let help = String::from_utf8(help).unwrap();
    let commands = help.split("Usage:").nth(1).unwrap().split("Options:").next().unwrap();
    let names: Vec<&str> = commands
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        let page = fs::read_to_string(out.join(format!("claude-bedrock-{name}.1"))).unwrap();
        assert!(page.contains(".TH"), "{page}");
        let printed = run(PROGRAM, &["man".as_ref(), name.as_ref()]).stdout;
        assert_eq!(String::from_utf8(printed).unwrap(), page);
    }
    let unknown = Command::new(PROGRAM).args(["man", "nothing"]).output().unwrap();
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("there is no command `nothing`"));
}

#[test]
fn help_has_an_example_of_every_command() {
    let directory = tempfile::tempdir().unwrap();
    run(PROGRAM, &["man".as_ref(), "--out".as_ref(), directory.path().as_ref()]);
    let pages = files::below(directory.path());
    assert!(pages.len() > 20, "{pages:?}");
    for page in &pages {
        // A hyphen stands between the names of two commands, or belongs to one.
        let name = page
            .trim_end_matches(".1")
            .trim_start_matches("claude-bedrock")
            .trim_start_matches('-');
        let apart: Vec<&OsStr> = name
            .split('-')
            .filter(|word| !word.is_empty())
            .map(OsStr::new)
            .collect();
        let whole: Vec<&OsStr> = [name]
            .into_iter()
            .filter(|word| !word.is_empty())
            .map(OsStr::new)
            .collect();
        let one_of_another = name
            .split_once('-')
            .map(|(first, rest)| vec![OsStr::new(first), OsStr::new(rest)]);
        let help = [Some(whole), Some(apart), one_of_another]
            .into_iter()
            .flatten()
            .find_map(|words| {
                let output = Command::new(PROGRAM).args(words).arg("--help").output().unwrap();
                output
                    .status
                    .success()
                    .then(|| String::from_utf8(output.stdout).unwrap())
            });
        // `claude --help` is the client's.
        let of_page = || fs::read_to_string(directory.path().join(page)).unwrap();
        let help = help.unwrap_or_else(|| {
            if name == "claude" {
                of_page()
            } else {
                panic!("{page} is the page of no command")
            }
        });
        // A command with commands of its own has the examples with those.
        let has = help.contains("Example") || help.contains("Commands:") || help.contains("Every day:");
        assert!(has, "{page}: {help}");
        assert!(!help.contains('\u{1b}'), "no colour without a terminal: {page}");
    }
}

#[test]
fn a_mistyped_command_is_answered_with_the_one_that_was_meant() {
    for (color, variable, is_colored) in [
        ("always", "", true),
        ("auto", "", false),
        ("auto", "1", false),
        ("never", "", false),
    ] {
        let output = Command::new(PROGRAM)
            .args(["stauts", "--color", color])
            .env("NO_COLOR", variable)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(said.contains("status"), "{said}");
        assert_eq!(said.contains('\u{1b}'), is_colored, "{color} {variable}: {said}");
    }
}
