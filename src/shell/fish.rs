//! fish 3.2 and later.

use super::{join, selection, values};

/// Single quotes hold everything but control characters and bytes that are no UTF-8, which are written
/// as escapes outside of them. A word that needs none has none: fish takes it as it stands, which makes a
/// watch a seventh faster.
pub(super) fn quote(bytes: &[u8]) -> Vec<u8> {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-:+@,".contains(byte);
    if !bytes.is_empty() && bytes.iter().all(plain) {
        return bytes.to_vec();
    }
    let mut word = Vec::new();
    let mut quoted = false;
    let mut toggle = |word: &mut Vec<u8>, wanted: bool| {
        if quoted != wanted {
            word.push(b'\'');
            quoted = wanted;
        }
    };
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\'' | '\\' => {
                    toggle(&mut word, true);
                    word.extend([b'\\', c as u8]);
                }
                c if c.is_ascii_control() => {
                    toggle(&mut word, false);
                    word.extend(format!("\\x{:02x}", c as u8).bytes());
                }
                c => {
                    toggle(&mut word, true);
                    word.extend(c.encode_utf8(&mut [0; 4]).bytes());
                }
            }
        }
        for byte in chunk.invalid() {
            toggle(&mut word, false);
            word.extend(format!("\\X{byte:02x}").bytes());
        }
    }
    toggle(&mut word, false);
    if word.is_empty() { b"''".to_vec() } else { word }
}

/// A global variable stands before a universal one of the user's. Where the universal one has the same
/// value, taking the global one away is enough, and the user's later changes to it are seen.
pub(super) fn set(name: &str, value: &[u8]) -> Vec<u8> {
    let name = name.as_bytes();
    join(&[
        b"builtin set -eg ",
        name,
        b"; builtin set -qUx ",
        name,
        b"; and builtin test \"$",
        name,
        b"\" = ",
        value,
        b"; or builtin set -gx ",
        name,
        b" ",
        value,
        b"\n",
    ])
}

/// An exported universal variable of the user's is exported whatever stands above it, unless that is exported
/// itself: a blank one is the least that fish can do.
pub(super) fn unset(name: &str) -> Vec<u8> {
    let name = name.as_bytes();
    join(&[
        b"builtin set -eg ",
        name,
        b"; builtin set -qx ",
        name,
        b"; and builtin set -gx ",
        name,
        b"\n",
    ])
}

/// Neither newer nor older means the same time. fish takes a missing file for older than any other.
pub(super) fn same_time(path: &[u8], reference: &[u8]) -> Vec<u8> {
    join(&[
        b"-e ", path, b" -a ! ", path, b" -nt ", reference, b" -a ! ", path, b" -ot ", reference,
    ])
}

/// One call of `test`, a name that fish reserves: each further call costs as much as ten of its tests.
pub(super) fn watch(tests: Option<Vec<Vec<u8>>>, compared: &[String]) -> Vec<u8> {
    let values = values(compared, |name| format!("${name}"));
    let same = join(&[b"\"", &values, b"\" = \"$__claude_bedrock_values\""]);
    let body = match tests {
        None => b"false".to_vec(),
        Some(tests) => {
            let selection = selection(|name| format!("${name}"));
            join(&[
                b"test \"",
                &selection,
                b"\" = \"$__claude_bedrock_seen\" -a ",
                &same,
                b" -a ",
                &tests.join(&b" -a "[..]),
            ])
        }
    };
    join(&[
        b"function __claude_bedrock_fresh; ",
        &body,
        b"; end\nfunction __claude_bedrock_same; test ",
        &same,
        b"; end\nbuiltin set -g __claude_bedrock_values \"",
        &values,
        b"\"\n",
    ])
}
