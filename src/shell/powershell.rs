//! PowerShell 7, and Windows PowerShell 5.1.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use data_encoding::BASE64;

use super::{Dialect, PluginFile, Quirks, Templates, is_in_config, join};
use crate::shell::rc_file::{RcFile, RcFiles, said};
use crate::system::time::Timestamp;
use crate::system::{paths, programs};
use crate::watch::{Watch, Watched};

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

    fn quote(&self, value: &OsStr) -> Vec<u8> {
        quote(value)
    }

    fn set(&self, name: &str, quoted: &[u8]) -> Vec<u8> {
        set(name, quoted)
    }

    fn unset(&self, name: &str) -> Vec<u8> {
        unset(name)
    }

    fn tests(&self, watch: &Watch) -> Option<Vec<Vec<u8>>> {
        let quote = |path: &Path| quote(path.as_os_str());
        let links = |links: &[(PathBuf, Timestamp)]| -> Vec<Vec<u8>> {
            links.iter().map(|(path, at)| time(&quote(path), at.ticks())).collect()
        };
        let mut tests = vec![in_directory(watch.directory.is_some())];
        for watched in &watch.files {
            match watched {
                Watched::Existing { time: at, way, .. } => {
                    tests.extend(links(&way.links));
                    tests.push(time(&quote(&way.target), at.ticks()));
                }
                Watched::Present(path) => tests.push(present(&quote(path))),
                Watched::Absent { path, way: None } => tests.push(absent(&quote(path))),
                Watched::Absent { way: Some(way), .. } => {
                    tests.extend(links(&way.links));
                    tests.push(absent(&quote(&way.target)));
                }
                Watched::Link(path, at) => tests.push(time(&quote(path), at.ticks())),
            }
        }
        Some(tests)
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

    fn load_line(&self, program: &str) -> String {
        format!("Invoke-Expression (& {program} hook powershell | Out-String)")
    }

    fn templates(&self) -> &'static Templates {
        &TEMPLATES
    }

    fn advised_file(&self) -> &'static str {
        "$PROFILE"
    }

    fn rc_files(&self, program: &str) -> Option<RcFiles> {
        let path = powershell_profile()?;
        let lines = self.load_line(program) + "\n";
        let beside = path.with_file_name("profile.ps1");
        Some(RcFiles {
            all: vec![path.clone(), beside],
            targets: vec![RcFile { path, lines }],
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
    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    format!(
        "[Text.Encoding]::Unicode.GetString([Convert]::FromBase64String('{}'))",
        BASE64.encode(&units)
    )
    .into_bytes()
}

/// By .NET, because `$env:NAME = ''` removes a variable.
fn set(name: &str, value: &[u8]) -> Vec<u8> {
    join(&[
        b"[Environment]::SetEnvironmentVariable('",
        name.as_bytes(),
        b"',",
        value,
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

/// The hook compares the directory's name itself; here it only has to exist, or still not.
fn in_directory(exists: bool) -> Vec<u8> {
    let not: &[u8] = if exists { b"" } else { b"-not " };
    join(&[not, b"[IO.Directory]::Exists($PWD.ProviderPath)"])
}

/// The time of a file, or of a link itself: this call does not follow links.
fn time(path: &[u8], ticks: i64) -> Vec<u8> {
    join(&[
        b"[IO.File]::GetLastWriteTimeUtc(",
        path,
        format!(").Ticks -eq {ticks}").as_bytes(),
    ])
}

fn present(path: &[u8]) -> Vec<u8> {
    join(&[b"[IO.File]::Exists(", path, b")"])
}

fn absent(path: &[u8]) -> Vec<u8> {
    time(path, MISSING)
}

fn watch(tests: Option<Vec<Vec<u8>>>) -> Vec<u8> {
    let condition = match tests {
        None => b"$false".to_vec(),
        Some(tests) => {
            let same = b"((__ClaudeBedrockSelection) -ceq $global:__ClaudeBedrockSeen)";
            join(&[same, b" -and ", &tests.join(&b" -and "[..])])
        }
    };
    join(&[b"function global:__ClaudeBedrockFresh { ", &condition, b" }\n"])
}

/// `$PROFILE`, which PowerShell alone knows for certain: on Windows documents can be anywhere.
fn powershell_profile() -> Option<PathBuf> {
    let asked = Powershell
        .programs()
        .iter()
        .find_map(|name| programs::on_path(name))
        .and_then(|program| {
            let ask = "[Console]::Write([char] 0x1e + $PROFILE)";
            said(Command::new(program).args(["-NoLogo", "-NoProfile", "-NonInteractive", "-Command", ask]))
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
