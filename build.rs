//! What `--version` says beside the version: the commit, the target, and the date of the catalog of models and regions.
//! And the order of the functions in a release program.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let catalog = catalog_date(&root.join("src/catalog"));
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/catalog");
    let target = env::var("TARGET").unwrap_or_default();
    let parts: Vec<String> = [commit(&root), Some(target), Some(format!("catalog of {catalog}"))]
        .into_iter()
        .flatten()
        .collect();
    println!("cargo::rustc-env=CLAUDE_BEDROCK_BUILD={}", parts.join(", "));
    let list = root.join("hot-functions.txt");
    // A published package, which is built without this repository's configuration, has none.
    if list.is_file() {
        println!("cargo::rerun-if-changed={}", list.display());
    }
    if takes_linker_script()
        && let Some(script) = order(&list)
    {
        println!("cargo::rustc-link-arg-bins=-T");
        println!("cargo::rustc-link-arg-bins={}", script.display());
    }
}

/// Whether the program is one for users, linked statically (`.cargo/config.toml`), and its linker one that takes a script
/// beside its own: Rust's own lld and GNU's ld do; gold and mold do not.
fn takes_linker_script() -> bool {
    let is = |variable: &str, value: &str| env::var(variable).as_deref() == Ok(value);
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let is_usual = env::var_os("RUSTC_LINKER").is_none() && !flags.contains("fuse-ld") && !flags.contains("linker=");
    let features = env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    let is_static = features.split(',').any(|feature| feature == "crt-static");
    is("PROFILE", "release") && is("TARGET", "x86_64-unknown-linux-gnu") && is_static && is_usual
}

/// A linker script that leaves out the tables by which a stack is unwound, and puts the functions of a list
/// (scripts/order-functions) side by side. One that is not in the program does no harm.
fn order(list: &Path) -> Option<PathBuf> {
    let mut script = String::from("SECTIONS {\n  .hot : {\n");
    for name in fs::read_to_string(list)
        .ok()?
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        script += &if Path::new(name).extension().is_some_and(|ending| ending == "o") {
            format!("    *libc.a:{name}(.text .text.*)\n")
        } else {
            format!("    *(.text.{name} .text.unlikely.{name})\n")
        };
    }
    script += "  }\n}\nINSERT BEFORE .text;\n";
    // Nothing unwinds: a panic ends the program (`panic = "abort"`), and a stripped one has no names for a backtrace.
    script += "SECTIONS { /DISCARD/ : { *(.eh_frame) *(.eh_frame_hdr) } }\nINSERT AFTER .text;\n";
    let path = PathBuf::from(env::var_os("OUT_DIR")?).join("order.ld");
    fs::write(&path, script).ok()?;
    Some(path)
}

/// The commit that is built, in release builds: a development build would otherwise be linked anew for each commit.
fn commit(root: &Path) -> Option<String> {
    println!("cargo::rerun-if-env-changed=CLAUDE_BEDROCK_COMMIT");
    let named = env::var("CLAUDE_BEDROCK_COMMIT").ok().filter(|name| !name.is_empty());
    let full = match named {
        Some(name) => name,
        None if env::var("PROFILE").as_deref() != Ok("release") => return None,
        None => published(root).or_else(|| checked_out(root))?,
    };
    Some(full.chars().take(12).collect())
}

/// The commit that Cargo wrote into a published package (`.cargo_vcs_info.json`, Cargo 1.30 and later).
fn published(root: &Path) -> Option<String> {
    let text = fs::read_to_string(root.join(".cargo_vcs_info.json")).ok()?;
    let (_, after) = text.split_once("\"sha1\"")?;
    after.split('"').nth(1).map(str::to_owned)
}

/// The commit of the checkout whose top is `root`, which a source archive inside another repository is not.
fn checked_out(root: &Path) -> Option<String> {
    if !root.join(".git").exists() {
        return None;
    }
    let git = |arguments: &[&str]| -> Option<String> {
        let output = Command::new("git").current_dir(root).args(arguments).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned())
    };
    // The log of HEAD changes with every commit and checkout.
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"]) {
        println!("cargo::rerun-if-changed={}", root.join(log).display());
    }
    git(&["rev-parse", "HEAD"])
}

/// The last day (`YYYY-MM-DD`) that the comments of the catalog's files name: when their sources were read.
fn catalog_date(directory: &Path) -> String {
    let files = fs::read_dir(directory).expect("src/catalog can be listed");
    let texts = files.flatten().filter_map(|file| fs::read_to_string(file.path()).ok());
    let days = texts.flat_map(|text| {
        let comments = text.lines().filter(|line| line.starts_with('#'));
        let words = comments.flat_map(|line| line.split(|letter: char| !letter.is_ascii_digit() && letter != '-'));
        words.filter(|word| is_day(word)).map(str::to_owned).collect::<Vec<_>>()
    });
    days.max()
        .expect("a file of src/catalog says when its sources were read")
}

fn is_day(word: &str) -> bool {
    let parts: Vec<usize> = word.split('-').map(str::len).collect();
    parts == [4, 2, 2]
}
