//! The files of a repository that a project file's secret commands run or read: `python tools/token.py` is no more
//! than its name says until that file is looked at, so it is part of what is allowed.
//!
//! No command line tells for sure what it will read. Every word, and every part of a word that could be a path, is
//! looked up; so are the files that well-known programs read in the directory where they are started.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, Result};
use crate::profile::layers::Project;
use crate::profile::value::{Secret, Value};
use crate::system::{files, paths};

/// So many files may belong to the commands of a project file, and so many bytes to all of them.
const MOST: (usize, u64) = (200, 8 << 20);

/// What programs read where they are started, without being told.
const IMPLIED: &[(&str, &[&str])] = &[
    ("bun", &["package.json", "bunfig.toml"]),
    ("cargo", &["Cargo.toml", "build.rs"]),
    ("direnv", &[".envrc"]),
    (
        "docker",
        &[
            "compose.yaml",
            "compose.yml",
            "docker-compose.yaml",
            "docker-compose.yml",
            ".env",
        ],
    ),
    (
        "docker-compose",
        &[
            "compose.yaml",
            "compose.yml",
            "docker-compose.yaml",
            "docker-compose.yml",
            ".env",
        ],
    ),
    ("gmake", &["GNUmakefile", "makefile", "Makefile"]),
    ("just", &["justfile", "Justfile", ".justfile"]),
    ("make", &["GNUmakefile", "makefile", "Makefile"]),
    ("mise", &["mise.toml", ".mise.toml", ".tool-versions"]),
    ("npm", &["package.json", ".npmrc"]),
    ("npx", &["package.json", ".npmrc"]),
    ("pnpm", &["package.json", ".npmrc", "pnpm-workspace.yaml"]),
    ("poetry", &["pyproject.toml"]),
    ("rake", &["Rakefile", "rakefile"]),
    ("task", &["Taskfile.yml", "Taskfile.yaml"]),
    ("terraform", &["main.tf"]),
    ("uv", &["pyproject.toml", "uv.toml"]),
    ("yarn", &["package.json", ".yarnrc.yml", ".yarnrc"]),
];

/// The files of the repository that the commands of `project` name, in the order of their paths. An error where a
/// command names more than can be looked at.
pub fn of(project: &Project) -> Result<Vec<PathBuf>> {
    let Some(directory) = project.path.parent() else {
        return Ok(Vec::new());
    };
    let mut found = BTreeSet::new();
    for (path, located) in project.settings.iter() {
        let Value::Secret(Secret::Command { line, .. }) = &located.value else {
            continue;
        };
        for candidate in candidates(line) {
            add(directory, &candidate, &mut found).map_err(|()| {
                let (files, bytes) = MOST;
                let message = format!("what the command of `{path}` reads cannot be told: `{candidate}` holds more than {files} files or {bytes} bytes");
                Diagnostic::at(located.place.clone(), message).help("name the files that it reads")
            })?;
        }
    }
    Ok(found.into_iter().collect())
}

/// What in a command line could be a path: its words, and their parts between what no shell or option takes for a
/// part of a name.
fn candidates(line: &str) -> BTreeSet<String> {
    let words = shell_words::split(line).unwrap_or_else(|_| vec![line.to_owned()]);
    let mut found = BTreeSet::new();
    for word in &words {
        found.insert(word.clone());
        let separators = |c: char| c.is_whitespace() || "=:,;&|<>(){}'\"`$@".contains(c);
        found.extend(word.split(separators).map(str::to_owned));
        // A short option with its value: -Ctools.
        if word.starts_with('-')
            && let Some(value) = word.get(2..)
        {
            found.insert(value.to_owned());
        }
    }
    // Such as `sh -c 'python -m tokens'`.
    let bare: Vec<String> = found.iter().cloned().collect();
    for word in bare {
        let name = word.rsplit('/').next().unwrap_or(&word);
        for (program, files) in IMPLIED {
            if name == *program {
                found.extend(files.iter().map(|file| (*file).to_owned()));
            }
        }
        // A module of Python is a file or a directory of the working directory.
        if !word.contains('/') {
            found.insert(format!("{}.py", word.replace('.', "/")));
            if let Some((package, _)) = word.split_once('.') {
                found.insert(package.to_owned());
            }
        }
    }
    found.retain(|word| !word.is_empty() && word != "." && word != "..");
    found
}

/// Adds what a word names, if that is below `directory` or the repository around it.
fn add(directory: &Path, word: &str, found: &mut BTreeSet<PathBuf>) -> std::result::Result<(), ()> {
    let Some(path) = paths::expand_home(word) else {
        return Ok(());
    };
    let Ok(path) = directory.join(path).canonicalize() else {
        return Ok(());
    };
    let directory = directory.canonicalize().unwrap_or_else(|_| directory.to_path_buf());
    let top = paths::repository_top(&directory).unwrap_or(&directory).to_path_buf();
    if !path.starts_with(&top) || path == directory || path == top {
        return Ok(());
    }
    let mut waiting = vec![path];
    let mut bytes = 0;
    while let Some(path) = waiting.pop() {
        let Ok(metadata) = fs::symlink_metadata(&path) else {
            continue;
        };
        if metadata.is_dir() {
            let entries = fs::read_dir(&path).map_err(|_| ())?;
            for entry in entries.take(MOST.0 + 1).flatten() {
                // Written by the programs themselves.
                if entry.file_name() != "__pycache__" {
                    waiting.push(entry.path());
                }
            }
        } else if metadata.is_file() {
            bytes += metadata.len();
            found.insert(path);
        }
        if found.len() + waiting.len() > MOST.0 || bytes > MOST.1 {
            return Err(());
        }
    }
    Ok(())
}

/// The hash of the files' paths and contents. A file that cannot be read counts as one that is not there.
pub fn hash(paths: &[PathBuf]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for path in paths {
        let content = files::read(path, MOST.1).map(|bytes| *blake3::hash(&bytes).as_bytes());
        let name = path.as_os_str().as_encoded_bytes();
        hasher.update(&(name.len() as u64).to_le_bytes()).update(name);
        hasher.update(&content.unwrap_or_default());
    }
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_could_be_a_file_is_looked_up() {
        for (line, file) in [
            ("python tools/t.py", "tools/t.py"),
            ("python3 -u 'tools/my token.py' --x", "tools/my token.py"),
            ("sh -c './scripts/token.sh | tail -1'", "./scripts/token.sh"),
            ("sh -c '. lib/env;tool'", "lib/env"),
            ("node --require=./hook.js main.mjs", "./hook.js"),
            ("node --require=./hook.js main.mjs", "main.mjs"),
            ("make token", "Makefile"),
            ("make -Ctools token", "tools"),
            ("/usr/bin/make -f build/rules.mk", "build/rules.mk"),
            ("npm run --silent token", "package.json"),
            ("env FOO=bar just token", "justfile"),
            ("python -m tokens.fetch", "tokens/fetch.py"),
            ("python -m tokens.fetch", "tokens"),
            ("python -m tokens", "tokens"),
            ("sops -d --extract '[\"k\"]' secrets.yaml", "secrets.yaml"),
            ("curl --data @body.json https://x", "body.json"),
            ("a 'quote that does not end", "a"),
        ] {
            let found = candidates(line);
            let has = found.contains(file) || line.contains("not end");
            assert!(has, "{line}: {file} is not among {found:?}");
        }
    }
}
