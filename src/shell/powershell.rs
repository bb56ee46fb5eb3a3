//! PowerShell 7, and Windows PowerShell 5.1.
//!
//! The answer to a hook is PowerShell that can be run, but the hook reads it instead, because PowerShell takes a
//! millisecond to compile what it has not seen before: a line for each variable, in one of three forms, then
//! comments that say what the answer depended on.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;

use super::join;
use crate::paths;
use crate::session::watch::{Timestamp, Watch, Watched};

/// What `GetLastWriteTimeUtc` says of a file that does not exist: the year 1601 in ticks.
const MISSING: i64 = 504_911_232_000_000_000;

/// Only ASCII leaves the program, because Windows decodes its output by a code page, and no control
/// characters, because output arrives in lines. An expression of many parts would not do for the rest:
/// PowerShell descends into it part by part, and ends in a stack overflow after some thousand.
pub(super) fn quote(value: &OsStr) -> Vec<u8> {
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

/// By .NET, because `$env:NAME = ''` has not always set a blank variable.
pub(super) fn set(name: &str, value: &OsStr) -> Vec<u8> {
    let text = value.to_string_lossy();
    let value = if text.contains('\'') { encoded(&text) } else { quote(value) };
    join(&[
        b"[Environment]::SetEnvironmentVariable('",
        name.as_bytes(),
        b"',",
        &value,
        b")\n",
    ])
}

pub(super) fn unset(name: &str) -> Vec<u8> {
    join(&[
        b"[Environment]::SetEnvironmentVariable('",
        name.as_bytes(),
        b"',[NullString]::Value)\n",
    ])
}

/// What the hook compares at each prompt: variables, and files with their times in ticks. Without the times, the
/// next prompt loads again.
pub(super) fn watch(watch: &Watch, blind: bool) -> Vec<u8> {
    let mut lines = format!(
        "# claude-bedrock: variables\t{}\n",
        paths::SELECTING_VARIABLES.join("\t")
    );
    let files = if blind { None } else { files(watch) };
    if let Some(files) = files {
        lines += "# claude-bedrock: files";
        for (path, _) in &files {
            lines.push('\t');
            lines += path;
        }
        let times: Vec<String> = files.iter().map(|(_, ticks)| ticks.to_string()).collect();
        lines += &format!("\n# claude-bedrock: times\t{}\n", times.join(" "));
    }
    lines.into_bytes()
}

/// The paths to ask for their times, which does not follow links, and the times; `None` where one of the paths
/// cannot be named in PowerShell, or has gone in the meantime.
fn files(watch: &Watch) -> Option<Vec<(String, i64)>> {
    let mut files = Vec::new();
    let mut add = |path: &Path, ticks| {
        files.push((field(path)?, ticks));
        Some(())
    };
    let links = |add: &mut dyn FnMut(&Path, i64) -> Option<()>, links: &[(PathBuf, Timestamp)]| {
        links.iter().try_for_each(|(path, time)| add(path, time.ticks()))
    };
    for watched in &watch.files {
        match watched {
            Watched::Existing { time, way, .. } => {
                links(&mut add, &way.links)?;
                add(&way.target, time.ticks())?;
            }
            Watched::Present(path) => {
                let metadata = std::fs::symlink_metadata(path).ok()?;
                add(path, Timestamp::of(&metadata).ticks())?;
            }
            Watched::Absent { path, way: None } => add(path, MISSING)?,
            Watched::Absent { way: Some(way), .. } => {
                links(&mut add, &way.links)?;
                add(&way.target, MISSING)?;
            }
            Watched::Link(path, time) => add(path, time.ticks())?,
        }
    }
    Some(files)
}

/// A path as one field of a line, with `%` before the code of each byte that is no plain character of ASCII.
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
