//! What a test needs of the machine: `tests/needs.txt` says where it is looked for and how to get it. A test whose need
//! is not met is left out, in whole or in part, and counted; at the end each need says how many tests miss it. With
//! `REQUIRE=all` such a test fails.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs::{self, File};
use std::io::Write;
use std::panic;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};

use super::harness;

/// A line of `tests/needs.txt`.
struct Need {
    name: &'static str,
    variable: &'static str,
    places: &'static str,
    package: &'static str,
    how: &'static str,
}

static NEEDS: LazyLock<Vec<Need>> = LazyLock::new(|| {
    let lines = include_str!("../needs.txt").lines();
    let need = |line: &'static str| {
        let fields: Vec<&str> = line.split('|').map(str::trim).collect();
        let [name, variable, places, package, how] = fields[..] else {
            panic!("tests/needs.txt: {line}");
        };
        Need {
            name,
            variable,
            places,
            package,
            how,
        }
    };
    lines.filter(|line| !line.starts_with('#')).map(need).collect()
});

/// What a test panics with that is left out.
pub struct LeftOut(pub &'static str);

/// The tests that miss each need.
static MISSED: Mutex<BTreeMap<&'static str, BTreeSet<String>>> = Mutex::new(BTreeMap::new());

fn named(name: &str) -> &'static Need {
    let found = NEEDS.iter().find(|need| need.name == name);
    found.unwrap_or_else(|| panic!("tests/needs.txt has no line for {name}"))
}

/// Where `name` is. The test is left out where it is not.
pub fn need(name: &str) -> PathBuf {
    have(name).unwrap_or_else(|| panic::panic_any(LeftOut(named(name).name)))
}

/// Where `name` is; where it is not, what follows from it is left out, and the test goes on.
pub fn have(name: &str) -> Option<PathBuf> {
    let need = named(name);
    let found = need.find();
    if found.is_none() {
        assert!(
            env::var_os("REQUIRE").is_none_or(|what| what != "all"),
            "{name} is missing ({}), and REQUIRE=all leaves nothing out",
            need.remedy()
        );
        let mut missed = MISSED.lock().unwrap_or_else(PoisonError::into_inner);
        missed.entry(need.name).or_default().insert(harness::current());
    }
    found
}

/// The same without leaving anything out.
pub fn find(name: &str) -> Option<PathBuf> {
    named(name).find()
}

/// Says what was left out; where `LEFT_OUT` names a file, into that, for the script that runs more than these tests.
pub fn tell() {
    let missed = MISSED.lock().unwrap_or_else(PoisonError::into_inner);
    let gathers = env::var_os("LEFT_OUT").filter(|path| !path.is_empty());
    let file = gathers.map(|path| File::options().append(true).create(true).open(path).unwrap());
    for (name, tests) in missed.iter() {
        let count = tests.len();
        if let Some(mut file) = file.as_ref() {
            writeln!(file, "{name}|{count}|tests").unwrap();
            continue;
        }
        let plural = if count == 1 { "" } else { "s" };
        println!("left out: {name} ({}): {count} test{plural}", named(name).remedy());
    }
}

impl Need {
    fn remedy(&self) -> String {
        match (self.package, self.how) {
            (package, "") => format!("apt-get install {package}"),
            (_, how) => how.to_owned(),
        }
    }

    fn find(&self) -> Option<PathBuf> {
        let named = env::var_os(self.variable).filter(|path| !path.is_empty());
        if let (false, Some(path)) = (self.variable.is_empty(), named) {
            return on_path(Path::new(&path));
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        self.places.split(' ').find_map(|place| match place {
            "(root)" => rustix::process::geteuid().is_root().then(PathBuf::new),
            place if place.starts_with("target/") => below(root, place),
            place => on_path(Path::new(place)),
        })
    }
}

/// The file that a path with a slash names, or a program on PATH.
pub fn on_path(program: &Path) -> Option<PathBuf> {
    if program.components().count() > 1 {
        return program.is_file().then(|| program.to_path_buf());
    }
    env::split_paths(&env::var_os("PATH")?)
        .map(|directory| directory.join(program))
        .find(|path| path.is_file())
}

/// The file below `directory` whose path is `pattern`, in which `*` stands for one name.
fn below(directory: &Path, pattern: &str) -> Option<PathBuf> {
    let Some((before, after)) = pattern.split_once("/*/") else {
        return Some(directory.join(pattern)).filter(|path| path.is_file());
    };
    let entries = fs::read_dir(directory.join(before)).ok()?.flatten();
    entries
        .map(|entry| entry.path().join(after))
        .find(|path| path.is_file())
}
