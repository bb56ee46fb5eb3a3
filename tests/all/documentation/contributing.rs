//! CONTRIBUTING.md: its recipes name files that are there and have in them what they are said to have, and its table has
//! every script.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use super::root;

fn text() -> String {
    fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap()
}

/// What stands between backticks in a line.
fn quoted(line: &str) -> Vec<&str> {
    line.split('`').skip(1).step_by(2).collect()
}

/// The files that a path of a recipe stands for: `NAME` is an example of each kind, `*` any name.
fn files(path: &str, name: &str) -> Vec<PathBuf> {
    let path = root().join(path.replace("NAME", name));
    if path.file_name().is_none_or(|file| file != "*.toml") {
        return vec![path];
    }
    let entries = fs::read_dir(path.parent().unwrap()).unwrap().flatten();
    let all = entries.map(|entry| entry.path());
    all.filter(|file| file.extension().is_some_and(|end| end == "toml"))
        .collect()
}

#[test]
fn the_recipes_name_files_that_are_there_and_what_is_in_them() {
    let text = text();
    let recipes = text.split_once("\n## Six recipes\n").unwrap().1;
    let recipes = recipes.split("\n## ").next().unwrap();
    let (mut paths, mut words) = (0, 0);
    for recipe in recipes.split("\n### ").skip(1) {
        let title = recipe.lines().next().unwrap();
        // An example of what the recipe makes; a shell's file, templates and row are called after it.
        let name = if title == "A shell" { "zsh" } else { "doctor" };
        let mut steps = 0;
        for line in recipe
            .lines()
            .filter(|line| line.starts_with(|c: char| c.is_ascii_digit()))
        {
            steps += 1;
            let (own, others): (Vec<&str>, Vec<&str>) = quoted(line).into_iter().partition(|word| word.contains('/'));
            let files: Vec<PathBuf> = own.iter().flat_map(|path| files(path, name)).collect();
            assert!(own.is_empty() || !files.is_empty(), "{title}: {line}");
            for file in &files {
                assert!(file.exists(), "{title}: {}", file.display());
                paths += 1;
            }
            for word in others {
                let word = word.replace("NAME", name);
                let has = |file: &PathBuf| fs::read_to_string(file).is_ok_and(|text| text.contains(&word));
                assert!(files.iter().any(has), "{title}: no `{word}` in {files:?}");
                words += 1;
            }
        }
        assert_eq!(steps, if title == "An owned variable" { 2 } else { 3 }, "{title}");
    }
    assert!(paths > 12 && words > 5, "{paths} {words}");
}

#[test]
fn the_table_has_every_script() {
    let text = text();
    let told: BTreeSet<String> = text
        .lines()
        .filter(|line| line.starts_with("| `scripts/"))
        .flat_map(|line| quoted(line.split('|').nth(1).unwrap()))
        .map(|path| path.trim_start_matches("scripts/").to_owned())
        .collect();
    let there: BTreeSet<String> = fs::read_dir(root().join("scripts"))
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    assert_eq!(told, there);
}
