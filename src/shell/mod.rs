//! The four shells: how each quotes, sets, unsets and watches. One file each, the same shape.

mod bash;
mod fish;
mod powershell;
mod zsh;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::session::difference::Changes;
use crate::session::watch::{References, Timestamp, Watch, Watched};

/// A shell that can have a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Shell {
    /// bash 3.2 and later.
    Bash,
    /// zsh 5.3 and later.
    Zsh,
    /// fish 3.2 and later.
    Fish,
    /// PowerShell 7, and Windows PowerShell 5.1.
    #[value(alias = "pwsh")]
    Powershell,
}

impl Shell {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Bash, Self::Zsh, Self::Fish, Self::Powershell];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
            Self::Powershell => "powershell",
        }
    }

    /// The shell of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "pwsh" => Some(Self::Powershell),
            name => Self::ALL.into_iter().find(|shell| shell.name() == name),
        }
    }

    /// The user's login shell, if it is one that has a hook.
    pub fn login() -> Option<Self> {
        let path = crate::paths::login_shell()?;
        let name = Path::new(&path).file_name()?.to_str()?;
        Self::from_name(name.trim_end_matches(".exe"))
    }

    /// The line that loads the hook, which `program` prints, into a running shell.
    pub fn load_line(self, program: &str) -> String {
        match self {
            Self::Bash | Self::Zsh => format!("eval \"$({program} hook {})\"", self.name()),
            Self::Fish => format!("{program} hook fish | source"),
            Self::Powershell => format!("Invoke-Expression (& {program} hook powershell | Out-String)"),
        }
    }

    /// `value` as one word that the shell reads back byte for byte.
    pub fn quote(self, value: &OsStr) -> Vec<u8> {
        let bytes = value.as_encoded_bytes();
        match self {
            Self::Bash => bash::quote(bytes),
            Self::Zsh => zsh::quote(bytes),
            Self::Fish => fish::quote(bytes),
            Self::Powershell => powershell::quote(value),
        }
    }

    /// The code that makes `changes`.
    pub fn changes(self, changes: &Changes) -> Vec<u8> {
        let mut code = Vec::new();
        for (name, value) in &changes.variables {
            let line = match (self, value) {
                (Self::Bash, Some(value)) => bash::set(name, &self.quote(value)),
                (Self::Bash, None) => bash::unset(name),
                (Self::Zsh, Some(value)) => zsh::set(name, &self.quote(value)),
                (Self::Zsh, None) => zsh::unset(name),
                (Self::Fish, Some(value)) => fish::set(name, &self.quote(value)),
                (Self::Fish, None) => fish::unset(name),
                (Self::Powershell, Some(value)) => powershell::set(name, &self.quote(value)),
                (Self::Powershell, None) => powershell::unset(name),
            };
            code.extend(line);
        }
        code
    }

    /// The code that remembers the state as it is, for the second look at this prompt.
    pub fn remember(self) -> Vec<u8> {
        let line: &str = match self {
            Self::Bash | Self::Zsh => "__claude_bedrock_left=${CLAUDE_BEDROCK_STATE-}\n",
            Self::Fish => "builtin set -g __claude_bedrock_left $CLAUDE_BEDROCK_STATE\n",
            Self::Powershell => {
                "$global:__ClaudeBedrockLeft = [Environment]::GetEnvironmentVariable('CLAUDE_BEDROCK_STATE')\n"
            }
        };
        line.into()
    }

    /// The code that makes the hook test `watch`, and the values of the variables `compared`, at the next
    /// prompts. `coarse` is set for a shell that compares whole seconds.
    pub fn watch(self, watch: &Watch, compared: &[String], coarse: bool) -> Vec<u8> {
        let blind = watch.is_unsettled(coarse) || (coarse && self == Self::Fish);
        let tests = if blind { None } else { self.tests(watch) };
        match self {
            Self::Bash => bash::watch(tests, compared),
            Self::Zsh => zsh::watch(tests, compared),
            Self::Fish => fish::watch(tests, compared),
            Self::Powershell => powershell::watch(tests, compared),
        }
    }

    /// One test for each thing watched; `None` where something cannot be tested.
    fn tests(self, watch: &Watch) -> Option<Vec<Vec<u8>>> {
        let quote = |path: &Path| self.quote(path.as_os_str());
        let references = if self == Self::Powershell {
            None
        } else {
            Some(References::open()?)
        };
        let mut tests = vec![match self {
            Self::Powershell => powershell::in_directory(watch.directory.is_some()),
            _ => posix_directory(self, watch.directory.as_deref()),
        }];
        for watched in &watch.files {
            match (watched, &references) {
                (Watched::Existing { path, time, way }, Some(references)) => {
                    let (file, reference) = (quote(path), quote(&references.at(*time)?));
                    tests.push(match self {
                        Self::Bash => bash::same_time(&file, &reference),
                        Self::Zsh => zsh::same_time(&file, &reference),
                        _ => fish::same_time(&file, &reference),
                    });
                    if !way.links.is_empty() {
                        tests.push(join(&[&file, b" -ef ", &quote(&way.target)]));
                    }
                }
                (Watched::Present(path), Some(_)) => tests.push(join(&[b"-e ", &quote(path)])),
                (Watched::Absent { path, .. }, Some(_)) => tests.push(join(&[b"! -e ", &quote(path)])),
                // The shell's working directory is compared as an object, not by its name.
                (Watched::Link(..), Some(_)) => {}
                (Watched::Existing { time, way, .. }, None) => {
                    tests.extend(powershell_links(&way.links));
                    tests.push(powershell::time(&quote(&way.target), time.ticks()));
                }
                (Watched::Present(path), None) => tests.push(powershell::present(&quote(path))),
                (Watched::Absent { path, way: None }, None) => tests.push(powershell::absent(&quote(path))),
                (Watched::Absent { way: Some(way), .. }, None) => {
                    tests.extend(powershell_links(&way.links));
                    tests.push(powershell::absent(&quote(&way.target)));
                }
                (Watched::Link(path, time), None) => tests.push(powershell::time(&quote(path), time.ticks())),
            }
        }
        Some(tests)
    }
}

/// One test for each link on the way to a file.
fn powershell_links(links: &[(PathBuf, Timestamp)]) -> impl Iterator<Item = Vec<u8>> {
    let test = |(path, time): &(PathBuf, Timestamp)| {
        powershell::time(&Shell::Powershell.quote(path.as_os_str()), time.ticks())
    };
    links.iter().map(test)
}

/// Whether the shell is still in the directory, whatever name led there. In one that was deleted: still.
fn posix_directory(shell: Shell, directory: Option<&Path>) -> Vec<u8> {
    match directory {
        Some(directory) => join(&[b". -ef ", &shell.quote(directory.as_os_str())]),
        None => b"! . -ef \"$PWD\"".to_vec(),
    }
}

/// The values of the variables that select a profile, as the hook compares them.
fn selection(value_of: impl Fn(&str) -> String) -> Vec<u8> {
    let values: Vec<String> = crate::paths::SELECTING_VARIABLES
        .iter()
        .map(|name| value_of(name))
        .collect();
    values.join(":").into_bytes()
}

/// The values of variables, one after the other.
fn values(names: &[String], value_of: impl Fn(&str) -> String) -> Vec<u8> {
    let values: Vec<String> = names.iter().map(|name| value_of(name)).collect();
    values.join(":").into_bytes()
}

/// Bytes one after the other.
fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// Quoting that bash and zsh share: single quotes, or `$'…'` where control characters or bytes that are
/// no UTF-8 would depend on the terminal, the locale or the transport.
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
