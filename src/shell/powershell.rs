//! PowerShell 7, and Windows PowerShell 5.1.
//!
//! The answer to a hook is PowerShell that can be run, but the hook reads it instead, because PowerShell takes a
//! millisecond to compile what it has not seen before: a line for each variable, in one of three forms, then
//! comments that say what the answer depended on.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use data_encoding::BASE64;

use super::{Dialect, PluginFile, Quirks, Templates, is_in_config, join, wrap};
use crate::shell::rc_file::{RcFile, RcFiles, said};
use crate::system::time::Timestamp;
use crate::system::{paths, programs};
use crate::watch::{Compared, Watch, Watched};

/// PowerShell 7, and Windows PowerShell 5.1.
pub(super) struct Powershell;

impl Dialect for Powershell {
    fn name(&self) -> &'static str {
        "powershell"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["pwsh"]
    }

    fn programs(&self) -> &'static [&'static str] {
        &["pwsh", "powershell"]
    }

    /// It has no `exec`, and one that is started in it would hold what this one has exported.
    fn to_leave(&self) -> String {
        "to leave it, for a new one: exit".to_owned()
    }

    fn quote(&self, value: &OsStr) -> Vec<u8> {
        quote(value)
    }

    fn set(&self, name: &str, quoted: &[u8]) -> Vec<u8> {
        set(name, quoted)
    }

    fn unset(&self, name: &str) -> Vec<u8> {
        unset(name)
    }

    /// The times of files, as `TICKS PATH`; `None` if a path cannot be named in PowerShell, or has gone in the
    /// meantime. The call that the hook makes does not follow links, and no test of its own needs the directory.
    fn tests(&self, watch: &Watch) -> Option<Vec<Vec<u8>>> {
        let mut files = Vec::new();
        let mut add = |path: &Path, ticks: i64| {
            files.push(format!("{ticks} {}", field(path)?).into_bytes());
            Some(())
        };
        for watched in &watch.files {
            let (links, end) = match watched {
                Watched::Existing { time, way, .. } => (&*way.links, Some((&way.target, time.ticks()))),
                Watched::Present(path) => {
                    let metadata = fs::symlink_metadata(path).ok()?;
                    (&[][..], Some((path, Timestamp::of(&metadata).ticks())))
                }
                Watched::Absent { path, way: None } => (&[][..], Some((path, MISSING))),
                Watched::Absent { way: Some(way), .. } => (&*way.links, Some((&way.target, MISSING))),
                Watched::Link(path, time) => (&[][..], Some((path, time.ticks()))),
            };
            links.iter().try_for_each(|(path, time)| add(path, time.ticks()))?;
            end.map_or(Some(()), |(path, ticks)| add(path, ticks))?;
        }
        Some(files)
    }

    fn watch(&self, tests: Option<Vec<Vec<u8>>>) -> Vec<u8> {
        watch(tests)
    }

    fn quirks(&self) -> Quirks {
        Quirks {
            names_its_directory: true,
            ..Quirks::default()
        }
    }

    /// The last such line counts.
    fn same(&self, compared: &[Compared]) -> Vec<u8> {
        let names = paths::SELECTING_VARIABLES
            .iter()
            .copied()
            .chain(compared.iter().map(|one| one.name.as_str()));
        let names: Vec<&str> = names.collect();
        format!("# claude-bedrock: variables\t{}\n", names.join("\t")).into_bytes()
    }

    /// Every variable of PowerShell's environment is exported.
    fn put_aside(&self, _name: &str) -> Vec<u8> {
        Vec::new()
    }

    fn take_back(&self, _name: &str) -> Vec<u8> {
        Vec::new()
    }

    fn remember(&self) -> &'static str {
        "# claude-bedrock: leaves\n"
    }

    fn load_line(&self, program: &str, launches: bool) -> String {
        format!(
            "Invoke-Expression (& {program} hook powershell{} | Out-String)",
            wrap(launches)
        )
    }

    fn templates(&self) -> &'static Templates {
        &TEMPLATES
    }

    fn advised_file(&self) -> &'static str {
        "$PROFILE"
    }

    fn rc_files(&self, program: &str, launches: bool) -> Option<RcFiles> {
        let path = powershell_profile()?;
        // Files of PowerShell travel between machines. A name of nothing but an application makes it look in no module,
        // and a path is no pattern.
        let is_there = if program == "claude-bedrock" {
            "Get-Command claude-bedrock -CommandType Application -ErrorAction Ignore".to_owned()
        } else {
            format!("Test-Path -LiteralPath {program}")
        };
        let lines = format!("if ({is_there}) {{ {} }}\n", self.load_line(program, launches));
        let beside = path.with_file_name("profile.ps1");
        Some(RcFiles {
            all: vec![path.clone(), beside],
            targets: vec![RcFile { path, lines }],
            plugins: Vec::new(),
        })
    }

    fn is_set_up(&self) -> bool {
        cfg!(windows) || is_in_config("powershell")
    }
}

static TEMPLATES: Templates = Templates {
    hook: include_str!("../../templates/powershell/hook.ps1.jinja"),
    completion: include_str!("../../templates/powershell/completion.ps1.jinja"),
    plugin: &[
        (
            "ClaudeBedrock/ClaudeBedrock.psm1",
            PluginFile::Template(include_str!("../../templates/powershell/plugin.psm1.jinja")),
        ),
        (
            "ClaudeBedrock/ClaudeBedrock.psd1",
            PluginFile::Template(include_str!("../../templates/powershell/plugin.psd1.jinja")),
        ),
        ("ClaudeBedrock/ClaudeBedrock.Completion.ps1", PluginFile::Completion),
    ],
};

/// What `GetLastWriteTimeUtc` says of a file that does not exist: the year 1601 in ticks.
const MISSING: i64 = 504_911_232_000_000_000;

/// Only ASCII leaves the program, because Windows decodes its output by a code page, and no control
/// characters, because output arrives in lines. An expression of many parts would not do for the rest:
/// PowerShell descends into it part by part, and ends in a stack overflow after some thousand.
fn quote(value: &OsStr) -> Vec<u8> {
    let text = value.to_string_lossy();
    if text.chars().all(|c| c == ' ' || c.is_ascii_graphic()) {
        return format!("'{}'", text.replace('\'', "''")).into_bytes();
    }
    encoded(&text)
}

fn encoded(text: &str) -> Vec<u8> {
    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    format!(
        "[Text.Encoding]::Unicode.GetString([Convert]::FromBase64String('{}'))",
        BASE64.encode(&units)
    )
    .into_bytes()
}

/// By .NET, because `$env:NAME = ''` removes a variable in Windows PowerShell. The hook takes these lines apart at
/// their quotes, so no value has one.
fn set(name: &str, quoted: &[u8]) -> Vec<u8> {
    let inside = quoted.strip_prefix(b"'").and_then(|rest| rest.strip_suffix(b"'"));
    let text = inside.and_then(|inside| std::str::from_utf8(inside).ok());
    let encoded = text
        .filter(|text| text.contains('\''))
        .map(|text| encoded(&text.replace("''", "'")));
    join(&[
        b"[Environment]::SetEnvironmentVariable('",
        name.as_bytes(),
        b"',",
        encoded.as_deref().unwrap_or(quoted),
        b")\n",
    ])
}

fn unset(name: &str) -> Vec<u8> {
    join(&[
        b"[Environment]::SetEnvironmentVariable('",
        name.as_bytes(),
        b"',[NullString]::Value)\n",
    ])
}

/// What the hook compares at each prompt: variables, and files with their times. Without times the next prompt
/// loads again.
fn watch(files: Option<Vec<Vec<u8>>>) -> Vec<u8> {
    let mut lines = format!(
        "# claude-bedrock: variables\t{}\n",
        paths::SELECTING_VARIABLES.join("\t")
    )
    .into_bytes();
    let Some(files) = files.filter(|files| !files.is_empty()) else {
        return lines;
    };
    let (times, names): (Vec<&[u8]>, Vec<&[u8]>) = files
        .iter()
        .map(|file| file.split_at(file.iter().position(|byte| *byte == b' ').unwrap_or(0)))
        .map(|(time, name)| (time, &name[1..]))
        .unzip();
    for (key, values) in [("files", names.join(&b'\t')), ("times", times.join(&b' '))] {
        lines.extend(join(&[b"# claude-bedrock: ", key.as_bytes(), b"\t", &values, b"\n"]));
    }
    lines
}

/// A path as one field of a line: `%` and two digits stand for each byte that is no printable character of ASCII.
fn field(path: &Path) -> Option<String> {
    let mut field = String::new();
    for byte in path.to_str()?.bytes() {
        if (byte == b' ' || byte.is_ascii_graphic()) && byte != b'%' {
            field.push(char::from(byte));
        } else {
            field += &format!("%{byte:02X}");
        }
    }
    Some(field)
}

/// `$PROFILE`, which PowerShell alone knows for certain: on Windows documents can be anywhere.
fn powershell_profile() -> Option<PathBuf> {
    let asked = Powershell
        .programs()
        .iter()
        .find_map(|name| programs::on_path(name))
        .and_then(|program| {
            let ask = "[Console]::Write([char] 0x1e + $PROFILE + [char] 0x1e + [char] 0x1e)";
            let mut command = Command::new(program);
            said(
                "PowerShell",
                command.args(["-NoLogo", "-NoProfile", "-NonInteractive", "-Command", ask]),
            )
        });
    asked.filter(|path| path.is_absolute()).or_else(|| {
        let directory = if cfg!(windows) {
            paths::home()?.join("Documents").join("PowerShell")
        } else {
            paths::config_home()?.join("powershell")
        };
        Some(directory.join("Microsoft.PowerShell_profile.ps1"))
    })
}
