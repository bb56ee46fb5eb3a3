//! PowerShell 7, and Windows PowerShell 5.1.

use std::ffi::OsStr;

use data_encoding::BASE64;

use super::join;

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
    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    format!(
        "[Text.Encoding]::Unicode.GetString([Convert]::FromBase64String('{}'))",
        BASE64.encode(&units)
    )
    .into_bytes()
}

/// By .NET, because `$env:NAME = ''` removes a variable.
pub(super) fn set(name: &str, value: &[u8]) -> Vec<u8> {
    join(&[
        b"[Environment]::SetEnvironmentVariable('",
        name.as_bytes(),
        b"',",
        value,
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

/// The hook compares the directory's name itself; here it only has to exist, or still not.
pub(super) fn in_directory(exists: bool) -> Vec<u8> {
    let not: &[u8] = if exists { b"" } else { b"-not " };
    join(&[not, b"[IO.Directory]::Exists($PWD.ProviderPath)"])
}

/// The time of a file, or of a link itself: this call does not follow links.
pub(super) fn time(path: &[u8], ticks: i64) -> Vec<u8> {
    join(&[
        b"[IO.File]::GetLastWriteTimeUtc(",
        path,
        format!(").Ticks -eq {ticks}").as_bytes(),
    ])
}

pub(super) fn present(path: &[u8]) -> Vec<u8> {
    join(&[b"[IO.File]::Exists(", path, b")"])
}

pub(super) fn absent(path: &[u8]) -> Vec<u8> {
    time(path, MISSING)
}

pub(super) fn watch(tests: Option<Vec<Vec<u8>>>, compared: &[String]) -> Vec<u8> {
    let condition = match tests {
        None => b"$false".to_vec(),
        Some(tests) => {
            let same = b"((__ClaudeBedrockSelection) -ceq $global:__ClaudeBedrockSeen) -and (__ClaudeBedrockSame)";
            join(&[same, b" -and ", &tests.join(&b" -and "[..])])
        }
    };
    // By .NET, a quarter of what `$env:` costs.
    let value = |name: &String| format!(" + ':' + [Environment]::GetEnvironmentVariable('{name}')");
    let values: String = compared.iter().map(value).collect();
    join(&[
        b"function global:__ClaudeBedrockFresh { ",
        &condition,
        b" }\nfunction global:__ClaudeBedrockSame { (''",
        values.as_bytes(),
        b") -ceq $global:__ClaudeBedrockValues }\n$global:__ClaudeBedrockValues = ''",
        values.as_bytes(),
        b"\n",
    ])
}
