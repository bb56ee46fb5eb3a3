//! `packaging/install.sh` and `install.ps1` against a local server, with a stand-in for the program.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sha2::{Digest, Sha256};

use super::server::{Files, serve};
use crate::support::files::{below, executable};
use crate::support::need::{have, need};

const TARGET: &str = if cfg!(target_arch = "aarch64") {
    "aarch64-unknown-linux-gnu"
} else {
    "x86_64-unknown-linux-gnu"
};

/// What install.sh runs, beside curl and wget.
const TOOLS: &[&str] = &[
    "awk",
    "basename",
    "cat",
    "chmod",
    "cp",
    "dirname",
    "find",
    "grep",
    "gzip",
    "head",
    "mkdir",
    "mktemp",
    "mv",
    "rm",
    "rmdir",
    "sed",
    "sha256sum",
    "sort",
    "tail",
    "tar",
    "uname",
];

fn packaging(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging").join(name)
}

/// A program that says that it is of a version.
fn stand_in(version: &str) -> String {
    format!("#!/bin/sh\necho 'claude-bedrock {version} (a stand-in)'\n")
}

/// The files of a release whose program is a stand-in.
fn release(version: &str) -> BTreeMap<String, Vec<u8>> {
    let directory = tempfile::tempdir().unwrap();
    let stem = format!("claude-bedrock-{version}-{TARGET}");
    let tree = directory.path().join(&stem);
    for below in ["bin", "share/man/man1"] {
        fs::create_dir_all(tree.join(below)).unwrap();
    }
    executable(&tree.join("bin/claude-bedrock"), stand_in(version));
    fs::write(tree.join("share/man/man1/claude-bedrock.1"), "a page").unwrap();
    // Only in this version.
    fs::write(tree.join(format!("share/man/man1/of-{version}.1")), "a page").unwrap();
    let archive = format!("{stem}.tar.gz");
    let made = Command::new("tar")
        .args(["-czf", &archive, &stem])
        .current_dir(directory.path())
        .status()
        .unwrap();
    assert!(made.success());
    let content = fs::read(directory.path().join(&archive)).unwrap();
    with_checksums(BTreeMap::from([(archive, content)]))
}

fn with_checksums(mut files: BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    let mut sums = String::new();
    for (name, content) in &files {
        let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(content));
        writeln!(sums, "{hash}  {name}").unwrap();
    }
    files.insert("SHA256SUMS".to_owned(), sums.into_bytes());
    files
}

/// A place to install to, and a PATH with nothing but what is wanted.
struct Place {
    root: tempfile::TempDir,
}

impl Place {
    fn new(tools: &[&str]) -> Self {
        let root = tempfile::tempdir().unwrap();
        for below in ["bin", "home", "tmp"] {
            fs::create_dir(root.path().join(below)).unwrap();
        }
        if tools.contains(&"wget") {
            need("wget");
        }
        for tool in TOOLS.iter().chain(tools) {
            let found = ["/usr/bin", "/bin"].map(|directory| Path::new(directory).join(tool));
            let found = found.iter().find(|path| path.exists());
            symlink(
                found.unwrap_or_else(|| panic!("{tool}")),
                root.path().join("bin").join(tool),
            )
            .unwrap();
        }
        Self { root }
    }

    /// A PATH with nothing but `busybox`, as of a small container.
    fn of_busybox() -> Self {
        let busybox = need("busybox");
        let place = Self::new(&[]);
        for tool in TOOLS.iter().chain(&["sh", "wget"]) {
            let link = place.path("bin").join(tool);
            let _ = fs::remove_file(&link);
            symlink(&busybox, link).unwrap();
        }
        place
    }

    fn path(&self, below: &str) -> PathBuf {
        self.root.path().join(below)
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", self.path("bin"))
            .env("HOME", self.path("home"))
            .env("TMPDIR", self.path("tmp"));
        command
    }

    fn install(&self, arguments: &[&str]) -> Output {
        let mut command = self.command("/bin/sh");
        command.arg(packaging("install.sh")).args(arguments).output().unwrap()
    }

    /// What is below the home directory.
    fn there(&self) -> BTreeSet<String> {
        below(&self.path("home"))
    }
}

fn said(output: &Output) -> String {
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn installed(version: &str) -> BTreeSet<String> {
    [
        ".local/bin/claude-bedrock".to_owned(),
        ".local/share/claude-bedrock/installed".to_owned(),
        ".local/share/man/man1/claude-bedrock.1".to_owned(),
        format!(".local/share/man/man1/of-{version}.1"),
    ]
    .into()
}

#[test]
fn the_install_script_fetches_by_curl_or_wget_and_takes_everything_out_again() {
    let from = serve(Files {
        content: release("1.2.3"),
        cut: Vec::new(),
    });
    for tool in ["curl", "wget"] {
        let place = Place::new(&[tool]);
        let output = place.install(&["--from", &from]);
        let told = said(&output);
        assert!(output.status.success(), "{tool}: {told}");
        assert!(
            told.contains("1.2.3 is in ") && told.contains("claude-bedrock setup"),
            "{told}"
        );
        let line = format!("export PATH={}:\"$PATH\"", place.path("home/.local/bin").display());
        assert!(told.contains(&line), "{told}");
        assert_eq!(place.there(), installed("1.2.3"), "{tool}");
        let mode = fs::metadata(place.path("home/.local/bin/claude-bedrock"))
            .unwrap()
            .permissions();
        assert_eq!(mode.mode() & 0o777, 0o755);
        let output = place.install(&["--uninstall"]);
        assert!(output.status.success() && said(&output).contains("gone from"));
        // The prefix itself may have been there before.
        assert_eq!(fs::read_dir(place.path("home/.local")).unwrap().count(), 0, "{tool}");
        assert_eq!(below(&place.path("tmp")), BTreeSet::new());
    }
}

/// What is served, by what it is fetched, with which arguments, and what is said of it.
type Refusal = (
    fn() -> BTreeMap<String, Vec<u8>>,
    &'static str,
    &'static [&'static str],
    &'static str,
);

const REFUSALS: &[(&str, Refusal)] = &[
    (
        "an interrupted download",
        (good, "curl", &[], "cannot be fetched whole"),
    ),
    (
        "an interrupted download",
        (good, "wget", &[], "cannot be fetched whole"),
    ),
    (
        "a wrong checksum",
        (changed, "curl", &[], "is not what SHA256SUMS says"),
    ),
    (
        "a wrong checksum",
        (changed, "wget", &[], "is not what SHA256SUMS says"),
    ),
    ("no archive", (without_archive, "curl", &[], "cannot be fetched whole")),
    (
        "no checksums",
        (BTreeMap::new, "curl", &[], "SHA256SUMS cannot be fetched"),
    ),
    ("neither curl nor wget", (good, "true", &[], "neither curl nor wget")),
    ("for other platforms", (for_others, "curl", &[], "has no program for")),
    (
        "no such version",
        (
            good,
            "curl",
            &["--version", "4.5.6"],
            "the release 4.5.6 has no program",
        ),
    ),
    (
        "no archive in it",
        (no_archive_in_it, "curl", &[], "cannot be unpacked"),
    ),
    ("another version in it", (mislabelled, "curl", &[], "does not hold ")),
    (
        "another layout",
        (flat, "curl", &[], "does not hold claude-bedrock-1.2.3-"),
    ),
    (
        "a program of another kind",
        (of_another_kind, "curl", &[], "it says: Exec format"),
    ),
    (
        "a page instead of the checksums",
        (page, "curl", &[], "is not a whole list of checksums"),
    ),
    (
        "a page instead of the checksums",
        (page, "wget", &[], "is not a whole list of checksums"),
    ),
    (
        "checksums cut short",
        (cut_checksums, "curl", &[], "is not a whole list of checksums"),
    ),
    (
        "checksums cut in the second line",
        (cut_later, "curl", &[], "is not a whole list of checksums"),
    ),
    (
        "a read-only place",
        (good, "curl", &["--prefix", "/proc/self"], "cannot be written"),
    ),
    (
        "a file in the place",
        (good, "curl", &["--prefix", "/etc/passwd"], "cannot be written"),
    ),
];

fn archive() -> String {
    format!("claude-bedrock-1.2.3-{TARGET}.tar.gz")
}

fn good() -> BTreeMap<String, Vec<u8>> {
    release("1.2.3")
}

fn changed() -> BTreeMap<String, Vec<u8>> {
    let mut files = good();
    files.get_mut(&archive()).unwrap().push(b'x');
    files
}

fn without_archive() -> BTreeMap<String, Vec<u8>> {
    let mut files = good();
    files.remove(&archive()).unwrap();
    files
}

fn for_others() -> BTreeMap<String, Vec<u8>> {
    let archive = "claude-bedrock-1.2.3-riscv64gc-unknown-linux-gnu.tar.gz".to_owned();
    with_checksums(BTreeMap::from([(archive, Vec::new())]))
}

fn no_archive_in_it() -> BTreeMap<String, Vec<u8>> {
    with_checksums(BTreeMap::from([(archive(), b"<html>".to_vec())]))
}

fn mislabelled() -> BTreeMap<String, Vec<u8>> {
    let mut files = release("9.9.9");
    let content = files.remove(&format!("claude-bedrock-9.9.9-{TARGET}.tar.gz"));
    with_checksums(BTreeMap::from([(archive(), content.unwrap())]))
}

/// An archive of `files` of a tree.
fn packed(files: &[(&str, &str)], names: &[&str]) -> BTreeMap<String, Vec<u8>> {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        executable(&path, text);
    }
    let made = Command::new("tar")
        .args(["-czf", "archive"])
        .args(names)
        .current_dir(directory.path())
        .status();
    assert!(made.unwrap().success());
    let content = fs::read(directory.path().join("archive")).unwrap();
    with_checksums(BTreeMap::from([(archive(), content)]))
}

fn flat() -> BTreeMap<String, Vec<u8>> {
    packed(&[("claude-bedrock", &stand_in("1.2.3"))], &["claude-bedrock"])
}

fn of_another_kind() -> BTreeMap<String, Vec<u8>> {
    let tree = format!("claude-bedrock-1.2.3-{TARGET}");
    let says = "#!/bin/sh\necho 'Exec format error' >&2; exit 126\n";
    packed(&[(&format!("{tree}/bin/claude-bedrock"), says)], &[&tree])
}

fn page() -> BTreeMap<String, Vec<u8>> {
    let text = b"<!doctype html>\n<title>Log in to the network</title>\n".to_vec();
    BTreeMap::from([("SHA256SUMS".to_owned(), text)])
}

fn cut_checksums() -> BTreeMap<String, Vec<u8>> {
    let mut files = good();
    files.get_mut("SHA256SUMS").unwrap().truncate(80);
    files
}

fn cut_later() -> BTreeMap<String, Vec<u8>> {
    let mut files = good();
    files.insert("a".to_owned(), Vec::new());
    files.remove("SHA256SUMS");
    let mut files = with_checksums(files);
    let sums = files.get_mut("SHA256SUMS").unwrap();
    sums.truncate(sums.len() - 10);
    files
}

#[test]
fn whatever_goes_wrong_installs_nothing_and_says_what_to_do() {
    for (what, (content, tool, arguments, says)) in REFUSALS {
        let place = Place::new(&[tool]);
        let cut = if what.contains("interrupted") {
            vec![archive()]
        } else {
            Vec::new()
        };
        let content = content();
        let from = serve(Files { content, cut });
        let arguments: Vec<&str> = ["--from", &from].into_iter().chain(arguments.iter().copied()).collect();
        let output = place.install(&arguments);
        let told = said(&output);
        assert_eq!(output.status.code(), Some(1), "{what}: {told}");
        assert!(told.contains(says), "{what}: {told}");
        assert_eq!(place.there(), BTreeSet::new(), "{what}");
        assert_eq!(below(&place.path("tmp")), BTreeSet::new(), "{what}");
    }
}

/// Every shell that may be `sh`, and every tool that fetches.
#[test]
fn any_sh_and_any_wget_will_do() {
    let from = serve(Files {
        content: release("1.2.3"),
        cut: Vec::new(),
    });
    let cut = serve(Files {
        content: good(),
        cut: vec![archive()],
    });
    for (shell, place) in [
        (need("dash").display().to_string(), Place::new(&["curl"])),
        (need("bash").display().to_string(), Place::new(&["wget"])),
        ("sh".to_owned(), Place::of_busybox()),
    ] {
        let run = |arguments: &[&str]| {
            // As `curl … | sh` does.
            let mut command = place.command("/bin/sh");
            command
                .args(["-c", "\"$0\" -s -- \"$@\" <\"$SCRIPT\""])
                .arg(&shell)
                .args(arguments)
                .env("SCRIPT", packaging("install.sh"));
            command.output().unwrap()
        };
        let output = run(&["--from", &cut]);
        let told = said(&output);
        assert!(
            !output.status.success() && told.contains("cannot be fetched whole"),
            "{shell}: {told}"
        );
        assert_eq!(place.there(), BTreeSet::new(), "{shell}");
        for _ in 0..2 {
            let output = run(&["--from", &from]);
            assert!(output.status.success(), "{shell}: {}", said(&output));
            assert_eq!(place.there(), installed("1.2.3"), "{shell}");
        }
        let output = run(&["--uninstall"]);
        assert!(output.status.success(), "{shell}: {}", said(&output));
        assert_eq!(place.there(), BTreeSet::new(), "{shell}");
    }
}

#[test]
fn a_place_with_any_name_is_installed_to_and_named_as_a_shell_reads_it() {
    let from = serve(Files {
        content: release("1.2.3"),
        cut: Vec::new(),
    });
    for name in ["a place", "it's", "$HOME", "a\"b", "*", "plain"] {
        let place = Place::new(&["curl"]);
        let prefix = place.path("home").join(name);
        let output = place.install(&["--from", &from, "--prefix", prefix.to_str().unwrap()]);
        let told = said(&output);
        assert!(output.status.success(), "{name}: {told}");
        for (shell, start) in [
            ("bash", "  bash, zsh:  "),
            ("zsh", "  bash, zsh:  "),
            ("fish", "  fish:       "),
        ] {
            let Some(shell) = have(shell) else { continue };
            let line = told.lines().find_map(|line| line.strip_prefix(start)).unwrap();
            let mut command = Command::new(shell);
            command
                .env_clear()
                .env("PATH", "/usr/bin:/bin")
                .env("HOME", place.path("tmp"));
            let output = command
                .args(["-c", &format!("{line}\ncommand -v claude-bedrock")])
                .output()
                .unwrap();
            let found = String::from_utf8_lossy(&output.stdout).into_owned();
            assert_eq!(Path::new(found.trim_end()), prefix.join("bin/claude-bedrock"), "{line}");
        }
        let output = place.install(&["--uninstall", "--prefix", prefix.to_str().unwrap()]);
        assert!(output.status.success(), "{name}: {}", said(&output));
        assert_eq!(place.there(), BTreeSet::new(), "{name}");
    }
}

#[test]
fn without_a_home_directory_a_place_has_to_be_named() {
    let from = serve(Files {
        content: release("1.2.3"),
        cut: Vec::new(),
    });
    let place = Place::new(&["curl"]);
    let run = |arguments: &[&str]| {
        let mut command = place.command("/bin/sh");
        command.env_remove("HOME").arg(packaging("install.sh")).args(arguments);
        command.output().unwrap()
    };
    let output = run(&["--from", &from]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        said(&output),
        "claude-bedrock: HOME is not set, so there is no place to install to\n  name one: --prefix DIR\n"
    );
    // With a slash at its end as well.
    let prefix = format!("{}/", place.path("home/.local").display());
    let output = run(&["--from", &from, "--prefix", &prefix]);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(place.there(), installed("1.2.3"));
}

/// What stops the script half-way leaves nothing that --uninstall does not find.
#[test]
fn what_was_installed_in_part_is_taken_out_as_the_whole_is() {
    let from = serve(Files {
        content: release("1.2.3"),
        cut: Vec::new(),
    });
    let newer = serve(Files {
        content: release("1.2.4"),
        cut: Vec::new(),
    });
    for is_update in [false, true] {
        let place = Place::new(&["curl"]);
        if is_update {
            assert!(place.install(&["--from", &from]).status.success());
        }
        // No file can take the place of a directory.
        fs::create_dir_all(place.path("home/.local/share/man/man1/of-1.2.4.1")).unwrap();
        let output = place.install(&["--from", &newer]);
        let told = said(&output);
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains("of-1.2.4.1 cannot be written"), "{told}");
        assert!(place.there().contains(".local/share/man/man1/claude-bedrock.1"));
        let program = place.path("home/.local/bin/claude-bedrock");
        assert_eq!(program.exists(), is_update);
        assert!(place.install(&["--uninstall"]).status.success());
        assert_eq!(place.there(), BTreeSet::new());
    }
}

#[test]
fn an_unknown_platform_is_told_how_to_build_the_program() {
    for (system, processor) in [("Linux", "riscv64"), ("FreeBSD", "x86_64"), ("SunOS", "sun4v")] {
        let place = Place::new(&["curl"]);
        fs::remove_file(place.path("bin/uname")).unwrap();
        let script = format!("#!/bin/sh\n[ \"$1\" = -s ] && echo {system} || echo {processor}\n");
        executable(&place.path("bin/uname"), script);
        let output = place.install(&["--from", "http://127.0.0.1:1"]);
        let told = said(&output);
        assert_eq!(output.status.code(), Some(1), "{told}");
        let first = format!("claude-bedrock: there is no program for {system} on {processor}\n");
        assert!(
            told.starts_with(&first) && told.contains("cargo install claude-bedrock"),
            "{told}"
        );
    }
}

#[test]
fn a_newer_version_stays_unless_it_is_forced_and_an_older_one_is_replaced() {
    // What is there, and what comes: whether it is replaced.
    let cases = [
        ("1.2.3", "1.2.4", true),
        ("1.2.3", "1.10.0", true),
        ("1.2.3", "1.2.3", true),
        ("1.2.3-rc.1", "1.2.3", true),
        ("1.2.3", "1.2.3-rc.1", false),
        ("1.10.0", "1.9.9", false),
        ("2.0.0", "1.9.9", false),
        ("1.2.3-rc.2", "1.2.3-rc.1", false),
    ];
    for (old, new, is_replaced) in cases {
        let place = Place::new(&["curl"]);
        let serve = |version| {
            let content = release(version);
            serve(Files {
                content,
                cut: Vec::new(),
            })
        };
        let (first, second) = (serve(old), serve(new));
        assert!(place.install(&["--from", &first]).status.success());
        let output = place.install(&["--from", &second]);
        let told = said(&output);
        assert_eq!(output.status.success(), is_replaced, "{old} to {new}: {told}");
        if !is_replaced {
            assert!(
                told.contains("which is newer than") && told.contains("--force"),
                "{told}"
            );
            assert_eq!(place.there(), installed(old));
            assert!(place.install(&["--from", &second, "--force"]).status.success());
        }
        // What only the other version had is gone.
        assert_eq!(place.there(), installed(new), "{old} to {new}");
    }
}

#[test]
fn a_script_that_was_cut_short_does_nothing() {
    let text = fs::read_to_string(packaging("install.sh")).unwrap();
    let from = serve(Files {
        content: release("1.2.3"),
        cut: Vec::new(),
    });
    let lines: Vec<&str> = text.lines().collect();
    for length in (1..lines.len()).step_by(7) {
        let place = Place::new(&["curl"]);
        fs::write(place.path("cut.sh"), lines[..length].join("\n")).unwrap();
        let mut command = place.command("/bin/sh");
        command
            .arg(place.path("cut.sh"))
            .args(["--from", &from])
            .output()
            .unwrap();
        assert_eq!(place.there(), BTreeSet::new(), "{length} lines");
    }
}

/// Stand-ins for curl, which gives the release's files for the addresses that GitHub has, and for gh and cosign.
fn with_repository(place: &Place, gh: Option<i32>, cosign: Option<i32>) -> PathBuf {
    let text = fs::read_to_string(packaging("install.sh")).unwrap();
    let script = place.path("install.sh");
    let text = text.replace("repository=''", "repository='https://github.com/o/r'");
    fs::write(&script, text).unwrap();
    fs::create_dir(place.path("files")).unwrap();
    let mut files = release("1.2.3");
    files.insert(
        format!("claude-bedrock-1.2.3-{TARGET}.tar.gz.sigstore.json"),
        b"{}".to_vec(),
    );
    for (name, content) in files {
        fs::write(place.path("files").join(name), content).unwrap();
    }
    let (log, from) = (place.path("log"), place.path("files"));
    let (log, from) = (log.display(), from.display());
    executable(
        &place.path("bin/curl"),
        format!(
            "#!/bin/sh\nwhile [ $# -gt 1 ]; do [ \"$1\" != --output ] || out=$2; shift; done\necho \"$1\" >>{log}\ncp {from}/\"${{1##*/}}\" \"$out\"\n"
        ),
    );
    for (name, status) in [("gh", gh), ("cosign", cosign)] {
        if let Some(status) = status {
            let script = format!("#!/bin/sh\necho {name} \"$@\" >>{log}\n[ \"$1\" = auth ] || exit {status}\n");
            executable(&place.path("bin").join(name), script);
        }
    }
    script
}

#[test]
fn where_gh_or_cosign_is_there_the_attestation_must_be_good() {
    for (gh, cosign, is_installed, says) in [
        (None, None, true, "attestation: not verified"),
        (Some(0), None, true, "attestation: verified by gh"),
        (Some(1), None, false, "is not attested"),
        (None, Some(0), true, "attestation: verified by cosign"),
        (None, Some(1), false, "is not attested"),
        (Some(0), Some(1), true, "attestation: verified by gh"),
    ] {
        let place = Place::new(&[]);
        let script = with_repository(&place, gh, cosign);
        let output = place.command("/bin/sh").arg(&script).output().unwrap();
        let told = said(&output);
        assert_eq!(output.status.success(), is_installed, "{told}");
        assert!(told.contains(says), "{told}");
        assert_eq!(place.there().is_empty(), !is_installed, "{told}");
        let log = fs::read_to_string(place.path("log")).unwrap();
        assert!(
            log.starts_with("https://github.com/o/r/releases/latest/download/SHA256SUMS\n"),
            "{log}"
        );
        if gh.is_some() {
            assert!(
                log.contains("gh attestation verify /") && log.contains(" --repo o/r\n"),
                "{log}"
            );
        }
        let place = Place::new(&[]);
        let script = with_repository(&place, None, None);
        let mut command = place.command("/bin/sh");
        let output = command.arg(&script).args(["--version", "v1.2.3"]).output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        let log = fs::read_to_string(place.path("log")).unwrap();
        assert!(
            log.starts_with("https://github.com/o/r/releases/download/v1.2.3/"),
            "{log}"
        );
    }
}

#[test]
fn without_a_repository_or_with_wrong_words_nothing_is_fetched() {
    let place = Place::new(&["curl"]);
    for (arguments, status, says) in [
        (&[][..], 1, "belongs to no release"),
        (&["--prefix"], 2, "--prefix takes a value"),
        (&["--prefix", "relative"], 2, "absolute"),
        (&["--version", ".*"], 2, ".* is no version"),
        (&["--frm", "x"], 2, "unknown argument: --frm"),
        (&["--uninstall"], 1, "nothing is installed"),
    ] {
        let output = place.install(arguments);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}");
        assert!(said(&output).contains(says), "{arguments:?}");
        assert_eq!(place.there(), BTreeSet::new());
    }
}

/// Runs install.ps1 as `irm | iex` does, with these variables.
fn powershell(place: &Place, variables: &[(&str, &str)]) -> (Output, String) {
    let mut command = place.command(need("PowerShell"));
    let line = format!(
        "try {{ [IO.File]::ReadAllText('{}') | Invoke-Expression }} catch {{ [Console]::Error.WriteLine(\"$_\"); exit 1 }}",
        packaging("install.ps1").display()
    );
    command.args(["-NoProfile", "-NonInteractive", "-Command", &line]);
    // What starts PowerShell may be a script.
    command.env("PATH", std::env::var_os("PATH").unwrap());
    for (name, value) in variables {
        command.env(format!("CLAUDE_BEDROCK_{name}"), value);
    }
    let output = command.output().unwrap();
    let told = said(&output);
    (output, told)
}

#[test]
fn the_powershell_script_installs_refuses_and_takes_out_as_the_other_does() {
    let place = Place::new(&[]);
    let serve_all = |content| {
        serve(Files {
            content,
            cut: Vec::new(),
        })
    };
    let cut = serve(Files {
        content: good(),
        cut: vec![archive()],
    });
    let whole = serve_all(good());
    let refusals = [
        (vec![("FROM", cut.as_str())], "cannot be fetched whole"),
        (vec![("FROM", &serve_all(changed()))], "is not what SHA256SUMS says"),
        (vec![("FROM", &serve_all(page()))], "is not a whole list of checksums"),
        (
            vec![("FROM", &serve_all(cut_later()))],
            "is not a whole list of checksums",
        ),
        (
            vec![("FROM", &serve_all(flat()))],
            "does not hold claude-bedrock-1.2.3-",
        ),
        (
            vec![("FROM", &serve_all(of_another_kind()))],
            "it says: Exec format error",
        ),
        (
            vec![("FROM", &whole), ("PREFIX", "relative")],
            "must be an absolute path",
        ),
        (vec![("FROM", &serve_all(for_others()))], "has no program for"),
        (vec![("FROM", &whole), ("VERSION", "4.5.6")], "has no program for"),
        (vec![("FROM", &whole), ("PREFIX", "/proc/self")], "cannot be written"),
        (vec![("FROM", "")], "belongs to no release"),
        (vec![("UNINSTALL", "1")], "nothing is installed"),
    ]
    .map(|(variables, says)| {
        let owned: Vec<(String, String)> = variables
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        (owned, says)
    });
    for (variables, says) in refusals {
        let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (&**name, &**value)).collect();
        let (output, told) = powershell(&place, &variables);
        assert_eq!(output.status.code(), Some(1), "{variables:?}: {told}");
        assert!(told.contains(says), "{variables:?}: {told}");
        assert!(!place.path("home/.local/bin").exists(), "{variables:?}");
    }
    let ours = |place: &Place| -> BTreeSet<String> {
        // PowerShell keeps files of its own in the home directory.
        let of_powershell = ["powershell", ".cache", ".config"];
        let there = place.there().into_iter();
        there
            .filter(|file| !of_powershell.iter().any(|name| file.contains(name)))
            .collect()
    };
    let (output, told) = powershell(&place, &[("FROM", &whole)]);
    assert!(output.status.success() && told.contains("1.2.3 is in "), "{told}");
    assert_eq!(ours(&place), installed("1.2.3"));
    let older = serve_all(release("1.2.2"));
    let (output, told) = powershell(&place, &[("FROM", &older)]);
    assert!(
        !output.status.success() && told.contains("which is newer than 1.2.2"),
        "{told}"
    );
    let (output, told) = powershell(&place, &[("FROM", &older), ("FORCE", "1")]);
    assert!(output.status.success(), "{told}");
    assert_eq!(ours(&place), installed("1.2.2"));
    // What stops it half-way leaves nothing that the removal does not find.
    fs::create_dir(place.path("home/.local/share/man/man1/of-1.2.3.1")).unwrap();
    let (output, told) = powershell(&place, &[("FROM", &whole)]);
    assert!(!output.status.success() && told.contains("cannot be written"), "{told}");
    let (output, told) = powershell(&place, &[("UNINSTALL", "1")]);
    assert!(output.status.success() && told.contains("gone from"), "{told}");
    assert_eq!(ours(&place), BTreeSet::new());
}
