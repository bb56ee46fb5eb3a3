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
use crate::system::{files, links, paths, programs};

/// How many files the commands of a project file may read, and how many bytes in total.
const MOST: (usize, u64) = (200, 8 << 20);

/// How many words are looked up for all commands of a project file, since this happens before they are allowed.
const MOST_WORDS: usize = 300;

/// How many directories of the repository may be on `PATH`.
const MOST_ON_PATH: usize = 10;

/// Files that programs read from their working directory without being told.
const IMPLIED: &[(&str, &str)] = &[
    ("ansible", "ansible.cfg"),
    ("ansible-playbook", "ansible.cfg"),
    ("ansible-vault", "ansible.cfg"),
    ("bun", "package.json bunfig.toml .env"),
    ("bundle", "Gemfile"),
    ("bunx", "package.json bunfig.toml"),
    ("cargo", "Cargo.toml build.rs src .cargo"),
    ("deno", "deno.json deno.jsonc"),
    ("devbox", "devbox.json"),
    ("direnv", ".envrc"),
    (
        "docker",
        "compose.yaml compose.yml docker-compose.yaml docker-compose.yml .env",
    ),
    (
        "docker-compose",
        "compose.yaml compose.yml docker-compose.yaml docker-compose.yml .env",
    ),
    ("doppler", "doppler.yaml .doppler.yaml"),
    ("dotenv", ".env"),
    ("dotnet", "Directory.Build.props Directory.Build.targets global.json"),
    ("fnox", "fnox.toml"),
    ("gmake", "GNUmakefile makefile Makefile"),
    ("go", "go.mod main.go"),
    ("gradle", "build.gradle build.gradle.kts settings.gradle"),
    ("infisical", ".infisical.json"),
    ("invoke", "tasks.py tasks"),
    ("just", "justfile Justfile .justfile"),
    ("make", "GNUmakefile makefile Makefile"),
    ("mise", "mise.toml .mise.toml .tool-versions"),
    ("mvn", "pom.xml .mvn"),
    ("ninja", "build.ninja"),
    ("nix", "flake.nix"),
    ("nix-shell", "shell.nix default.nix"),
    ("npm", "package.json .npmrc"),
    ("npx", "package.json .npmrc"),
    ("pipenv", "Pipfile .env"),
    ("pnpm", "package.json .npmrc pnpm-workspace.yaml"),
    (
        "podman-compose",
        "compose.yaml compose.yml docker-compose.yaml docker-compose.yml .env",
    ),
    ("poetry", "pyproject.toml"),
    ("pulumi", "Pulumi.yaml"),
    ("rake", "Rakefile rakefile"),
    ("task", "Taskfile.yml Taskfile.yaml"),
    ("teller", ".teller.yml"),
    ("terraform", "main.tf"),
    ("tofu", "main.tf"),
    ("uv", "pyproject.toml uv.toml"),
    ("uvx", "pyproject.toml uv.toml"),
    ("vagrant", "Vagrantfile"),
    ("yarn", "package.json .yarnrc.yml .yarnrc"),
];

/// What an interpreter puts behind a name that it is to load: Python, Ruby, Lua and Perl a module's, Node a file's.
const ENDINGS: &[&str] = &["py", "js", "cjs", "mjs", "json", "ts", "rb", "lua", "pm", "pl", "sh"];

/// The files of the repository that the commands of `project` name, in the order of their paths. An error if a command
/// names more than can be looked at.
pub fn of(project: &Project) -> Result<Vec<PathBuf>> {
    let Some(directory) = project.path.parent() else {
        return Ok(Vec::new());
    };
    let directory = &links::canonical(directory).unwrap_or_else(|| directory.to_path_buf());
    let top = paths::repository_top(directory).unwrap_or(directory);
    // What a name alone means there: with `.` or `bin` on PATH, or a directory of the repository, one of its files.
    let on_path: Vec<PathBuf> = programs::directories_on_path()
        .map(|entry| directory.join(entry))
        .filter(|entry| entry.starts_with(top) && entry != directory)
        .take(MOST_ON_PATH)
        .collect();
    let mut found = BTreeSet::new();
    let mut words = 0;
    for (path, located) in project.settings.iter() {
        let Value::Secret(Secret::Command { line, .. }) = &located.value else {
            continue;
        };
        let candidates = candidates(line);
        words += candidates.len();
        if words > MOST_WORDS {
            let message = format!("cannot tell what the command of `{path}` reads: it has too many words");
            return Err(Diagnostic::at(located.place.clone(), message)
                .help("put it into a script, and name the script")
                .into());
        }
        for (candidate, place) in candidates.iter().flat_map(|word| {
            places(directory, word, &on_path)
                .into_iter()
                .map(move |place| (word, place))
        }) {
            add(directory, &place, &mut found).map_err(|()| {
                let (files, bytes) = MOST;
                let message = format!("cannot tell what the command of `{path}` reads: `{candidate}` holds more than {files} files or {bytes} bytes");
                Diagnostic::at(located.place.clone(), message).help("name the files that it reads")
            })?;
        }
    }
    Ok(found.into_iter().collect())
}

/// What in a command line could be a path: its words, those of a command line in a word, and their parts between what
/// no shell or option takes for a part of a name.
fn candidates(line: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut lines = vec![(line.to_owned(), 0)];
    while let Some((line, depth)) = lines.pop() {
        let words = shell_words::split(&line).unwrap_or_else(|_| vec![line.clone()]);
        for word in words {
            add_parts(&word, &mut found);
            // Such as `sh -c "python 'my token.py'"`.
            if depth < 3 && word != line && word.contains(char::is_whitespace) {
                lines.push((word.clone(), depth + 1));
            }
            found.insert(word);
        }
    }
    for word in found.clone() {
        let name = word.rsplit('/').next().unwrap_or(&word);
        for (program, files) in IMPLIED {
            if name == *program {
                found.extend(files.split(' ').map(str::to_owned));
            }
        }
        // A module of Python or Perl: a file or a directory below the working directory.
        for separator in [".", "::"] {
            if let Some((package, _)) = word.split_once(separator).filter(|_| !word.contains('/')) {
                found.insert(word.replace(separator, "/"));
                found.insert(package.to_owned());
            }
        }
    }
    found.retain(|word| !word.is_empty() && word != "." && word != "..");
    found
}

/// Adds the parts of a word.
fn add_parts(word: &str, found: &mut BTreeSet<String>) {
    let mut start = 0;
    // What stands before the part.
    let mut before = ' ';
    for (end, c) in word.char_indices().chain([(word.len(), ' ')]) {
        if !(c.is_whitespace() || "=:,;&|<>(){}'\"`$@".contains(c)) {
            continue;
        }
        let part = &word[start..end];
        found.insert(part.to_owned());
        // Behind what a shell works out: $PWD/x, "$PWD"/x, ${PWD}/x, $(pwd)/x.
        if "$})`\"'".contains(before)
            && let Some((_, rest)) = part.split_once('/')
        {
            found.insert(rest.to_owned());
        }
        // A short option with its value: -Ctools.
        if part.starts_with('-')
            && let Some(value) = part.get(2..)
        {
            found.insert(value.to_owned());
        }
        (start, before) = (end + c.len_utf8(), c);
    }
}

/// Where a word could lead, seen from `directory`: to what it says, that with an ending, and in a directory of the
/// repository that is on `PATH`.
fn places(directory: &Path, word: &str, on_path: &[PathBuf]) -> Vec<PathBuf> {
    let Some(path) = paths::expand_home(word) else {
        return Vec::new();
    };
    let path = directory.join(path);
    let with_ending = |ending: &&str| {
        let mut path = path.clone().into_os_string();
        path.push(format!(".{ending}"));
        PathBuf::from(path)
    };
    let mut places: Vec<PathBuf> = ENDINGS.iter().map(with_ending).collect();
    if !word.contains('/') {
        places.extend(on_path.iter().map(|directory| directory.join(word)));
    }
    places.push(path);
    places
}

/// Adds what lies at `path`, if that is below `directory` or the repository around it.
fn add(directory: &Path, path: &Path, found: &mut BTreeSet<PathBuf>) -> std::result::Result<(), ()> {
    // One question to the system for all that is not there, which is most.
    if fs::symlink_metadata(path).is_err() && fs::metadata(path).is_err() {
        return Ok(());
    }
    let top = paths::repository_top(directory).unwrap_or(directory);
    let is_inside = |path: &Path| path.starts_with(top) && path != directory && path != top;
    let way = links::follow(path, None);
    // A link of the repository may lead out of it, and elsewhere tomorrow.
    found.extend(
        way.links
            .into_iter()
            .map(|(link, _)| link)
            .filter(|link| is_inside(link)),
    );
    if !way.is_whole {
        return Err(());
    }
    if !is_inside(&way.target) {
        return Ok(());
    }
    let mut waiting = vec![way.target];
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
        } else if metadata.is_file() || metadata.is_symlink() {
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
        let content = match fs::read_link(path) {
            Ok(leads_to) => Ok(leads_to.as_os_str().as_encoded_bytes().to_vec()),
            Err(_) => files::read(path, MOST.1),
        };
        let content = content.map(|bytes| *blake3::hash(&bytes).as_bytes());
        let name = path.as_os_str().as_encoded_bytes();
        hasher.update(&(name.len() as u64).to_le_bytes()).update(name);
        hasher.update(&content.unwrap_or_default());
    }
    hasher.finalize()
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;
    use std::rc::Rc;

    use super::*;
    use crate::diagnostic::Source;

    /// A repository with a file in each place that a command could mean.
    fn repository() -> (tempfile::TempDir, PathBuf) {
        let scratch = tempfile::tempdir().unwrap();
        let top = scratch.path().canonicalize().unwrap().join("repo");
        for directory in [".git", "tools", "lib", "tokens", "app", "src", "my dir"] {
            fs::create_dir_all(top.join(directory)).unwrap();
        }
        for file in [
            "x",
            "x.sh",
            "tools/x",
            "tools/x.js",
            "tools/t.py",
            "lib/env",
            "lib/Tok.pm",
            "tokens/fetch.py",
            "main.go",
            "go.mod",
            "Makefile",
            "package.json",
            "justfile",
            "secrets.yaml",
            "body.json",
            "tok.rb",
            "tok.lua",
            "src/main.rs",
            "Cargo.toml",
            "Rakefile",
            "my dir/my token.py",
            "app/inner",
            ".env",
            "flake.nix",
            "tasks.py",
            "plain.py",
            "-x",
        ] {
            fs::write(top.join(file), file).unwrap();
        }
        fs::write(scratch.path().join("outside"), "").unwrap();
        symlink("tools/x", top.join("link")).unwrap();
        symlink("../outside", top.join("out")).unwrap();
        symlink("link", top.join("again")).unwrap();
        (scratch, top)
    }

    fn read(top: &Path, line: &str) -> Result<Vec<String>> {
        let value = line.replace('\\', "\\\\").replace('"', "\\\"");
        let text = format!("auth = {{ method = \"api-key\", api_key = {{ command = \"{value}\" }} }}\n");
        let source = Rc::new(Source::new(top.join(".claude-bedrock.toml"), text));
        let found = of(&Project::parse(&source).unwrap())?;
        let short = |path: &PathBuf| path.strip_prefix(top).unwrap().to_str().unwrap().to_owned();
        Ok(found.iter().map(short).collect())
    }

    #[test]
    fn whatever_could_be_a_file_of_the_repository_is_looked_up() {
        let (_scratch, top) = repository();
        let absolute = |rest: &str| format!("{}/{rest}", top.display());
        for (line, file) in [
            // In every spelling of a path.
            ("./x", "x"),
            ("x", "x"),
            ("tools/x", "tools/x"),
            ("./tools/../x", "x"),
            ("../repo/x", "x"),
            ("tools/./x", "tools/x"),
            ("tools//x", "tools/x"),
            (&absolute("x"), "x"),
            (&absolute("tools/../x"), "x"),
            ("'./x'", "x"),
            ("\"./x\"", "x"),
            (".\\/x", "x"),
            ("link", "link"),
            ("link", "tools/x"),
            ("again", "link"),
            ("out", "out"),
            // An argument of a shell, an interpreter, another program.
            ("sh ./x.sh", "x.sh"),
            ("sh -c ./x", "x"),
            ("sh -c './x'", "x"),
            ("sh -c './x | tail -1'", "x"),
            ("sh -c 'true&&./x'", "x"),
            ("sh -c 'exec ./x'", "x"),
            ("sh -c \"exec './x'\"", "x"),
            ("sh -c \"python 'my dir/my token.py'\"", "my dir/my token.py"),
            ("sh -c 'python my\\ dir/my\\ token.py'", "my dir/my token.py"),
            ("sh -c '. lib/env;tool'", "lib/env"),
            ("sh -c '$(./x)'", "x"),
            ("sh -c '`./x`'", "x"),
            ("sh -c '$PWD/x'", "x"),
            ("sh -c '\"$PWD\"/x'", "x"),
            ("sh -c '${PWD}/x'", "x"),
            ("sh -c '$(pwd)/x'", "x"),
            ("sh -c '`pwd`/tools/x'", "tools/x"),
            ("sh -c 'cat <x'", "x"),
            ("sh -c 'cd tools && ./t.py'", "tools/t.py"),
            ("bash -lc './x'", "x"),
            ("env ./x", "x"),
            ("env A=b ./x", "x"),
            ("env -C tools ./t.py", "tools/t.py"),
            ("nice -n 5 ./x", "x"),
            ("timeout 5 tools/x", "tools/x"),
            ("xargs -a x echo", "x"),
            ("python tools/t.py", "tools/t.py"),
            ("python3 -u 'my dir/my token.py' --x", "my dir/my token.py"),
            ("python -m tokens.fetch", "tokens/fetch.py"),
            ("python -m tokens", "tokens/fetch.py"),
            ("python -mtokens.fetch", "tokens/fetch.py"),
            ("python -m plain", "plain.py"),
            ("python -c 'import plain'", "plain.py"),
            ("python -c 'from tokens import fetch'", "tokens/fetch.py"),
            ("node tools/x.js", "tools/x.js"),
            ("node tools/x", "tools/x.js"),
            ("node --require=./tools/x.js main", "tools/x.js"),
            ("node -e \"require('./tools/x')\"", "tools/x.js"),
            ("ruby -r./tok -e x", "tok.rb"),
            ("ruby tok.rb", "tok.rb"),
            ("lua -l tok", "tok.lua"),
            ("perl -Ilib -MTok -e x", "lib/Tok.pm"),
            ("curl --data @body.json https://x", "body.json"),
            ("curl -K x", "x"),
            ("sops -d --extract '[\"k\"]' secrets.yaml", "secrets.yaml"),
            ("op run --env-file=.env -- printenv K", ".env"),
            // What is read without being named.
            ("make token", "Makefile"),
            ("make -Ctools token", "tools/x"),
            ("make -C tools token", "tools/x"),
            ("/usr/bin/make -f x", "x"),
            ("env FOO=bar just token", "justfile"),
            ("npm run --silent token", "package.json"),
            ("go run .", "main.go"),
            ("cargo run -q", "src/main.rs"),
            ("rake token", "Rakefile"),
            ("nix run .#token", "flake.nix"),
            ("invoke token", "tasks.py"),
            ("sh -c 'make token'", "Makefile"),
            ("a './x", "x"),
        ] {
            let found = read(&top, line).unwrap();
            assert!(
                found.iter().any(|found| found == file),
                "{line}: {file} is not among {found:?}"
            );
        }
        for line in [
            "op read op://vault/item/field",
            "aws --version",
            "pass show work/key",
            "/usr/bin/env true",
            "../outside",
        ] {
            assert_eq!(read(&top, line).unwrap(), [""; 0], "{line}");
        }
    }

    #[test]
    fn a_link_that_leads_elsewhere_is_a_change() {
        let (scratch, top) = repository();
        for link in ["out", "link", "tools/inner"] {
            fs::write(scratch.path().join("other"), "").unwrap();
            let path = top.join(link);
            let _ = fs::remove_file(&path);
            symlink("/etc/hostname", &path).unwrap();
            let line = format!("sh {}", link.split('/').next().unwrap());
            let files =
                |top: &Path| -> Vec<PathBuf> { read(top, &line).unwrap().iter().map(|file| top.join(file)).collect() };
            let before = hash(&files(&top));
            fs::remove_file(&path).unwrap();
            symlink(scratch.path().join("other"), &path).unwrap();
            assert_ne!(hash(&files(&top)), before, "{link}");
        }
    }

    #[test]
    fn a_command_of_more_words_than_anyone_writes_is_not_looked_through() {
        let (_scratch, top) = repository();
        let words: Vec<String> = (0..20_000).map(|number| format!("w{number}")).collect();
        let refused = read(&top, &words.join(" ")).unwrap_err();
        assert!(refused.message.contains("it has too many words"), "{}", refused.message);
    }
}
