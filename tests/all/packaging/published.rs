//! What `cargo publish` would publish: all that the build reads, and nothing that only tests read. The hosted job
//! `oldest-rust` builds the program from it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use crate::support::files::below;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn published() -> BTreeSet<PathBuf> {
    let output = Command::new(env!("CARGO"))
        .args(["package", "--list", "--allow-dirty", "--offline", "--quiet"])
        .current_dir(root())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    said.lines().map(PathBuf::from).collect()
}

/// A path without `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => assert!(plain.pop(), "{}", path.display()),
            part => plain.push(part),
        }
    }
    plain
}

/// The files that a source file takes in as it is compiled.
fn taken_in(file: &Path, text: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for word in ["include_str!", "include_bytes!", "include!"] {
        for (at, _) in text.match_indices(word) {
            let rest = text[at + word.len()..].trim_start_matches(['(', ' ', '\n']);
            let name = rest.strip_prefix('"').and_then(|rest| rest.split('"').next());
            let name = name.unwrap_or_else(|| panic!("{}: {word} of what is no text: {rest:.40}", file.display()));
            found.push(plain(&file.parent().unwrap().join(name)));
        }
    }
    found
}

#[test]
fn the_crate_holds_every_file_that_its_build_reads() {
    let published = published();
    let mut sources: Vec<PathBuf> = below(&root().join("src"))
        .into_iter()
        .map(|name| Path::new("src").join(name))
        .filter(|path| path.extension().is_some_and(|end| end == "rs"))
        .collect();
    sources.push("build.rs".into());
    let mut count = 0;
    for source in sources {
        assert!(published.contains(&source), "{}", source.display());
        let text = fs::read_to_string(root().join(&source)).unwrap();
        for file in taken_in(&source, &text) {
            assert!(
                published.contains(&file),
                "{} takes in {}",
                source.display(),
                file.display()
            );
            count += 1;
        }
    }
    assert!(count > 20, "{count}");
    // build.rs reads the first of these, and Cargo the others.
    for file in below(&root().join("src/catalog")) {
        assert!(published.contains(&Path::new("src/catalog").join(&file)), "{file}");
    }
    for file in ["Cargo.toml", "Cargo.lock", "LICENSE", "README.md"] {
        assert!(published.contains(Path::new(file)), "{file}");
    }
}

#[test]
fn the_crate_holds_nothing_that_only_tests_or_developers_read() {
    let tops: BTreeSet<String> = published()
        .iter()
        .map(|path| {
            path.components()
                .next()
                .unwrap()
                .as_os_str()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    let tops: Vec<&str> = tops.iter().map(String::as_str).collect();
    // Cargo writes the three that are called after it.
    let wanted = [
        ".cargo_vcs_info.json",
        "CHANGELOG.md",
        "Cargo.lock",
        "Cargo.toml",
        "Cargo.toml.orig",
        "LICENSE",
        "README.md",
        "SECURITY.md",
        "build.rs",
        "docs",
        "packaging",
        "src",
        "templates",
    ];
    let wanted: Vec<&str> = wanted
        .into_iter()
        .filter(|name| *name != ".cargo_vcs_info.json" || tops.contains(name))
        .collect();
    assert_eq!(tops, wanted);
}
