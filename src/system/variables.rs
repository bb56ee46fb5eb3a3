//! The variables of the process as data.

use std::collections::BTreeMap;
use std::env;
use std::ffi::{OsStr, OsString};

/// The variables of the process, as the shell handed them over.
pub type Snapshot = BTreeMap<OsString, OsString>;

/// The variables of this process. Windows takes a name in any case for the same variable: those of AWS's, Anthropic's and
/// our own are in capitals here, as they are looked for.
pub fn of_process() -> Snapshot {
    env::vars_os()
        .map(|(name, value)| (if cfg!(windows) { in_capitals(name) } else { name }, value))
        .collect()
}

fn in_capitals(name: OsString) -> OsString {
    const OWN: [&str; 3] = ["AWS_", "ANTHROPIC_", "CLAUDE"];
    match name.to_str().map(str::to_ascii_uppercase) {
        Some(capitals) if OWN.iter().any(|start| capitals.starts_with(start)) => capitals.into(),
        _ => name,
    }
}

/// A variable's value in a snapshot.
pub fn value_in<'a>(snapshot: &'a Snapshot, name: &str) -> Option<&'a OsStr> {
    snapshot.get(OsStr::new(name)).map(OsString::as_os_str)
}

/// Random bytes from the operating system. Where it gives none, bytes that no other process has: a state must not
/// fail for that, and what they name lies in a directory that is the user's alone.
pub fn random() -> [u8; 16] {
    let mut bytes = [0; 16];
    if !fill(&mut bytes) {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let unique = format!("{:?} {} {:p}", now, std::process::id(), &raw const bytes);
        bytes.copy_from_slice(&blake3::hash(unique.as_bytes()).as_bytes()[..16]);
    }
    bytes
}

/// The system call itself. The library looks for it among dynamic symbols, of which a statically linked program has
/// none, and then opens and polls two devices instead.
#[cfg(target_os = "linux")]
fn fill(bytes: &mut [u8; 16]) -> bool {
    // SAFETY: the kernel writes at most as many bytes as the array has.
    let written = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
    usize::try_from(written).is_ok_and(|written| written == bytes.len()) || getrandom::fill(bytes).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn fill(bytes: &mut [u8; 16]) -> bool {
    getrandom::fill(bytes).is_ok()
}

/// The bytes of a value. On Windows, where values are UTF-16, lone surrogates are replaced.
pub fn bytes_of(value: &OsStr) -> &[u8] {
    value.as_encoded_bytes()
}

/// The value with these bytes.
#[cfg(unix)]
pub fn value_of(bytes: Vec<u8>) -> OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes)
}

/// The value with these bytes.
#[cfg(not(unix))]
pub fn value_of(bytes: Vec<u8>) -> OsString {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

/// Gives this process the environment of a profile, for libraries and children that read it themselves.
pub fn take_on(variables: &BTreeMap<OsString, OsString>) {
    let gone: Vec<OsString> = env::vars_os()
        .map(|(name, _)| name)
        .filter(|name| !variables.contains_key(name))
        .collect();
    // SAFETY: the standard library orders these writes against every reader written in Rust; what other
    // threads there may be (the keyring's) run no C code that reads the environment, and nothing else does
    // while this function runs.
    unsafe {
        for name in gone {
            env::remove_var(name);
        }
        for (name, value) in variables {
            env::set_var(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_names_that_windows_takes_for_the_same_those_that_decide_are_in_capitals() {
        for (name, wanted) in [
            ("aws_profile", "AWS_PROFILE"),
            ("Aws_Region", "AWS_REGION"),
            ("Claude_Code_Use_Bedrock", "CLAUDE_CODE_USE_BEDROCK"),
            ("Path", "Path"),
            ("ProgramData", "ProgramData"),
        ] {
            assert_eq!(in_capitals(name.into()), OsStr::new(wanted));
        }
    }
}
