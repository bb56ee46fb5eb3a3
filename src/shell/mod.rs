//! The shells that can have a hook, one file each: how it quotes, sets, unsets and watches, where its rc files
//! lie, and what its templates are. What bash and zsh share is what a shell has that says nothing else. Nothing outside this folder asks which shell it is.

mod bash;
mod fish;
mod powershell;
pub mod rc_file;
mod zsh;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::Path;

use clap::builder::PossibleValue;

use crate::session::changes::Changes;
use crate::system::{machine, paths};
use crate::watch::{Compared, LAST_CHARACTERS, References, Watch, Watched};
use rc_file::RcFiles;

/// What a shell must provide.
pub trait Dialect: Sync {
    /// The name on the command line.
    fn name(&self) -> &'static str;

    /// Other names on the command line.
    fn aliases(&self) -> &'static [&'static str] {
        &[]
    }

    /// The names of its program, the preferred one first.
    fn programs(&self) -> &'static [&'static str];

    /// What to type to go on in a shell without what has been loaded into this one.
    fn to_leave(&self) -> String {
        format!("to replace it: exec {}", self.name())
    }

    /// `value` as one word that the shell reads back byte for byte: POSIX's way, with `$'…'`.
    fn quote(&self, value: &OsStr) -> Vec<u8> {
        quote_posix(value.as_encoded_bytes())
    }

    /// The line that exports a variable with a quoted value.
    fn set(&self, name: &str, quoted: &[u8]) -> Vec<u8>;

    /// The line that removes a variable.
    fn unset(&self, name: &str) -> Vec<u8>;

    /// `code`, which changes these variables, made such that it changes none of them where one is read-only.
    fn unless_fixed(&self, _names: &[&str], code: Vec<u8>) -> Vec<u8> {
        code
    }

    /// The code that has the hook say a quoted text when it is time to.
    fn hold(&self, _quoted: &[u8]) -> Vec<u8> {
        Vec::new()
    }

    /// One test for each thing watched; `None` if something cannot be tested.
    fn tests(&self, watch: &Watch) -> Option<Vec<Vec<u8>>>;

    /// The code that makes the hook test this at the next prompts; without tests it loads at each.
    fn watch(&self, tests: Option<Vec<Vec<u8>>>) -> Vec<u8>;

    /// The line that puts aside a value that the shell has not exported; nothing where a shell has no such values.
    fn put_aside(&self, name: &str) -> Vec<u8> {
        format!("[[ -z ${{{name}+x}} ]] || __claude_bedrock_own_{name}=${name}\n").into_bytes()
    }

    /// The line that gives the shell back what was put aside.
    fn take_back(&self, name: &str) -> Vec<u8> {
        let own = format!("__claude_bedrock_own_{name}");
        format!("[[ -z ${{{own}+x}} ]] || {{ {name}=${own}; \\builtin unset {own}; }}\n").into_bytes()
    }

    /// The code that makes the hook compare these variables with what they are now.
    fn same(&self, compared: &[Compared]) -> Vec<u8>;

    /// The line that keeps the state as it is, for the second look at this prompt.
    fn remember(&self) -> &'static str {
        "__claude_bedrock_left=${CLAUDE_BEDROCK_STATE-}\n"
    }

    /// Where it differs from the others.
    fn quirks(&self) -> Quirks {
        Quirks::default()
    }

    /// The line that loads the hook, which `program` prints, into a running shell; with `launches` also what starts Claude
    /// Code by the launcher.
    fn load_line(&self, program: &str, launches: bool) -> String;

    /// The templates of its hook and of its plugin.
    fn templates(&self) -> &'static Templates;

    /// The file that advice names for the hook's line.
    fn advised_file(&self) -> &'static str;

    /// The rc files, with the lines by which they load the hook that `program` prints; `None` if no home directory is
    /// known.
    fn rc_files(&self, program: &str, launches: bool) -> Option<RcFiles>;

    /// The plugin manager of the user's that would find the name of `target` taken.
    fn taken_from(&self, _target: &Path) -> Option<&'static str> {
        None
    }

    /// Whether there is a sign that the user uses it. The shell itself is not started.
    fn is_set_up(&self) -> bool;
}

/// Where a shell differs from the others.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quirks {
    /// It can blank a variable of the user's, but not unset it.
    pub blank_counts_as_unset: bool,
    /// It compares its working directory by name, so that links on the way to it matter.
    pub names_its_directory: bool,
    /// Where it compares whole seconds it cannot compare times at all.
    pub blind_where_coarse: bool,
}

/// The templates of a shell.
#[derive(Debug)]
pub struct Templates {
    /// Of the hook.
    pub hook: &'static str,
    /// Of the completion, which the hook includes.
    pub completion: &'static str,
    /// The files of the plugin, the one that managers load first. Their names and places are those that the
    /// managers document.
    pub plugin: &'static [(&'static str, PluginFile)],
}

/// What a file of a plugin holds.
#[derive(Clone, Copy, Debug)]
pub enum PluginFile {
    /// What this template renders.
    Template(&'static str),
    /// The completion script.
    Completion,
}

/// One of the shells.
#[derive(Clone, Copy)]
pub struct Shell(&'static dyn Dialect);

/// All of them.
pub static ALL: &[Shell] = &[
    Shell(&bash::Bash),
    Shell(&zsh::Zsh),
    Shell(&fish::Fish),
    Shell(&powershell::Powershell),
];

/// The one whose syntax is printed where no shell is named: that of POSIX.
pub static POSIX: Shell = Shell(&bash::Bash);

/// The option of `hook` by which Claude Code is started by the launcher.
fn wrap(launches: bool) -> &'static str {
    if launches { " --wrap claude" } else { "" }
}

impl std::ops::Deref for Shell {
    type Target = dyn Dialect;

    fn deref(&self) -> &Self::Target {
        self.0
    }
}

impl PartialEq for Shell {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Shell {}

impl std::fmt::Debug for Shell {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}

impl clap::ValueEnum for Shell {
    fn value_variants<'a>() -> &'a [Self] {
        ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()).aliases(self.aliases()))
    }
}

impl Shell {
    /// The shell of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        ALL.iter()
            .copied()
            .find(|shell| shell.name() == name || shell.aliases().contains(&name))
    }

    /// The user's login shell, if it is one that has a hook.
    pub fn login() -> Option<Self> {
        let path = paths::login_shell()?;
        let name = Path::new(&path).file_name()?.to_str()?;
        Self::from_name(name.trim_end_matches(".exe"))
    }

    /// The shell that this process was called from, where the system tells, else the login shell.
    pub fn running() -> Option<Self> {
        let program = machine::parent_program();
        let is_running = |shell: &Self| program.as_deref().is_some_and(|name| shell.programs().contains(&name));
        ALL.iter().copied().find(is_running).or_else(Self::login)
    }

    /// The code that makes `changes`.
    pub fn changes(self, changes: &Changes) -> Vec<u8> {
        let mut code = Vec::new();
        for (name, value) in &changes.variables {
            if changes.aside.contains(name) {
                code.extend(self.put_aside(name));
            }
            code.extend(match value {
                Some(value) => self.set(name, &self.quote(value)),
                None => self.unset(name),
            });
            if changes.back.contains(name) {
                code.extend(self.take_back(name));
            }
        }
        let names: Vec<&str> = changes.variables.keys().map(String::as_str).collect();
        if names.is_empty() {
            return code;
        }
        self.unless_fixed(&names, code)
    }

    /// The code that makes the hook test `watch` at the next prompts. `coarse` is set for a shell that
    /// compares whole seconds.
    pub fn watched(self, watch: &Watch, coarse: bool) -> Vec<u8> {
        let blind = watch.is_unsettled(coarse) || (coarse && self.quirks().blind_where_coarse);
        self.watch(if blind { None } else { self.tests(watch) })
    }
}

/// The tests of the shells whose `test` knows files as POSIX does. `same_time` compares a file with a reference
/// file. The working directory is compared as an object, not by its name, so links on the way to it do not matter.
fn posix_tests(watch: &Watch, shell: &dyn Dialect, same_time: fn(&[u8], &[u8]) -> Vec<u8>) -> Option<Vec<Vec<u8>>> {
    let quote = |path: &Path| shell.quote(path.as_os_str());
    let references = References::open()?;
    let mut searchable = BTreeSet::new();
    let mut tests = vec![posix_directory(watch.directory.as_deref().map(quote).as_deref())];
    for watched in &watch.files {
        match watched {
            Watched::Existing { path, time, way } => {
                let file = quote(path);
                tests.push(same_time(&file, &quote(&references.at(*time)?)));
                if !way.links.is_empty() {
                    tests.push(join(&[&file, b" -ef ", &quote(&way.target)]));
                }
            }
            Watched::Present(path) => tests.push(join(&[b"-e ", &quote(path)])),
            Watched::Absent { path, .. } => {
                tests.push(join(&[b"! -e ", &quote(path)]));
                searchable.extend(nearest_directory(path, watch.directory.as_deref()));
            }
            Watched::Link(..) => {}
        }
    }
    // The way to the working directory is searched when it is compared.
    for directory in searchable {
        match watch.directory.as_deref() {
            Some(working) if working == directory => tests.push(b"-x .".to_vec()),
            Some(working) if working.starts_with(directory) => {}
            _ => tests.push(join(&[b"-x ", &quote(directory)])),
        }
    }
    Some(tests)
}

/// The directory in which a file is absent, or the nearest one above it that is there. As long as it can be
/// searched, a shell can tell that the file is absent. The `working` directory is there, as is all above it.
fn nearest_directory<'a>(path: &'a Path, working: Option<&Path>) -> Option<&'a Path> {
    let is_there = |directory: &Path| working.is_some_and(|working| working.starts_with(directory));
    path.ancestors()
        .skip(1)
        .find(|directory| is_there(directory) || directory.is_dir())
}

/// Whether the shell is still in the directory, whatever name led there. In one that was deleted: still.
fn posix_directory(quoted: Option<&[u8]>) -> Vec<u8> {
    match quoted {
        Some(directory) => join(&[b". -ef ", directory]),
        None => b"! . -ef \"$PWD\"".to_vec(),
    }
}

/// The values of variables, one after the other, as bash and zsh compare them, with what stands before and after a name:
/// under `set -u` those that are unset must be asked for with care.
fn values_posix(compared: &[Compared], [before, after]: [&str; 2]) -> Vec<u8> {
    let mut values = String::with_capacity(compared.len() * 40);
    for one in compared {
        if !values.is_empty() {
            values.push(':');
        }
        let name = one.name.as_str();
        if one.is_secret {
            values.push_str(&format!("${{{name}+${{#{name}}}${{{name}: -{LAST_CHARACTERS}}}}}"));
        } else {
            values.extend([before, name, after]);
        }
    }
    values.into_bytes()
}

/// The values of the variables that select a profile, as the hook compares them.
fn selection(value_of: impl Fn(&str) -> String) -> Vec<u8> {
    let values: Vec<String> = paths::SELECTING_VARIABLES.iter().map(|name| value_of(name)).collect();
    values.join(":").into_bytes()
}

/// Bytes one after the other.
fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// Quoting that bash and zsh share: single quotes, or `$'…'` where control characters or bytes that are not UTF-8 would
/// depend on the terminal, the locale or the transport.
fn quote_posix(bytes: &[u8]) -> Vec<u8> {
    let plain = !bytes.iter().any(u8::is_ascii_control) && std::str::from_utf8(bytes).is_ok();
    if plain {
        let parts: Vec<&[u8]> = bytes.split(|byte| *byte == b'\'').collect();
        return join(&[b"'", &parts.join(&b"'\\''"[..]), b"'"]);
    }
    let mut word = b"$'".to_vec();
    for byte in bytes {
        match byte {
            b'\\' | b'\'' => word.extend([b'\\', *byte]),
            // Three octal digits, so that no digit after them is taken for a part.
            byte if byte.is_ascii_control() || !byte.is_ascii() => word.extend(format!("\\{byte:03o}").bytes()),
            byte => word.push(*byte),
        }
    }
    word.push(b'\'');
    word
}

fn is_in_home(name: &str) -> bool {
    paths::home().is_some_and(|home| home.join(name).exists())
}

fn is_in_config(name: &str) -> bool {
    paths::config_home().is_some_and(|directory| directory.join(name).exists())
}
