//! The floors of docs/architecture.md are those of the code.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The modules at the root of the crate, floor by floor, the lowest first.
fn floors() -> Vec<BTreeSet<String>> {
    let page = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let (_, list) = page.split_once("<!-- floors -->\n```\n").unwrap();
    let (list, _) = list.split_once("```").unwrap();
    let names = |line: &str| line.split("  ").next().unwrap().split(' ').map(str::to_owned).collect();
    list.lines().map(names).collect()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|end| end == "rs"))
        .collect()
}

/// The modules at the root that a file names after `crate::`, outside its tests and comments.
fn named(text: &str) -> BTreeSet<String> {
    let code: Vec<&str> = text
        .split("#[cfg(test)]\nmod tests")
        .next()
        .unwrap()
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let code = code.join("\n");
    code.split("crate::")
        .skip(1)
        .flat_map(|rest| match rest.strip_prefix('{') {
            Some(group) => group.split('}').next().unwrap().split(',').map(first_word).collect(),
            None => vec![first_word(rest)],
        })
        .collect()
}

fn first_word(text: &str) -> String {
    let word = text.trim_start();
    word.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// For each module at the root, those that it uses.
fn uses() -> BTreeMap<String, BTreeSet<String>> {
    let source = root().join("src");
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in sources(&source) {
        let below = path.strip_prefix(&source).unwrap();
        let first = below.iter().next().unwrap().to_str().unwrap();
        let module = first.trim_end_matches(".rs").to_owned();
        let others = named(&fs::read_to_string(&path).unwrap());
        uses.entry(module.clone())
            .or_default()
            .extend(others.into_iter().filter(|other| *other != module));
    }
    uses
}

#[test]
fn every_module_stands_on_one_floor_and_uses_only_lower_ones() {
    let floors = floors();
    let floor_of = |module: &str| floors.iter().position(|floor| floor.contains(module));
    let uses = uses();
    let listed: Vec<&String> = floors.iter().flatten().collect();
    let existing: BTreeSet<&String> = uses.keys().collect();
    assert_eq!(
        listed.len(),
        existing.len(),
        "{listed:?} are listed, {existing:?} are there"
    );
    let mut backward = Vec::new();
    for (module, others) in &uses {
        let own = floor_of(module).unwrap_or_else(|| panic!("{module} stands on no floor of docs/architecture.md"));
        for other in others {
            if floor_of(other).is_some_and(|floor| floor >= own) {
                backward.push(format!("{module} uses {other}"));
            }
        }
    }
    assert!(backward.is_empty(), "arrows back: {backward:?}");
    assert!(uses["prompt"].contains("session"), "the test reads `use` lines");
}
