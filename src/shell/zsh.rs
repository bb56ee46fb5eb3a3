//! zsh 5.3 and later.

use super::{join, quote_posix, selection, values};

pub(super) fn quote(bytes: &[u8]) -> Vec<u8> {
    quote_posix(bytes)
}

pub(super) fn set(name: &str, value: &[u8]) -> Vec<u8> {
    let name = name.as_bytes();
    unless_fixed(name, &join(&[b"\\builtin export ", name, b"=", value]))
}

pub(super) fn unset(name: &str) -> Vec<u8> {
    let name = name.as_bytes();
    unless_fixed(name, &join(&[b"\\builtin unset ", name]))
}

/// Touching a read-only variable would end everything that is being evaluated. The hook asks for the step
/// back where it finds one named.
fn unless_fixed(name: &[u8], command: &[u8]) -> Vec<u8> {
    join(&[
        b"[[ ${(t)",
        name,
        b"-} == *readonly* ]] && __claude_bedrock_fixed+=' ",
        name,
        b"' || ",
        command,
        b"\n",
    ])
}

/// Neither newer nor older means the same time. zsh says no to both where a file is missing.
pub(super) fn same_time(path: &[u8], reference: &[u8]) -> Vec<u8> {
    join(&[
        b"-e ", path, b" && -e ", reference, b" && ! ", path, b" -nt ", reference, b" && ! ", path, b" -ot ", reference,
    ])
}

/// The functions hold no command, so that no alias or function of the user's can stand in their way.
pub(super) fn watch(tests: Option<Vec<Vec<u8>>>, compared: &[String]) -> Vec<u8> {
    let values = values(compared, |name| format!("${{{name}-}}"));
    let same = join(&[b"\"", &values, b"\" == \"$__claude_bedrock_values\""]);
    let condition = match tests {
        None => b"-n ''".to_vec(),
        Some(tests) => {
            let selection = selection(|name| format!("${{{name}-}}"));
            join(&[
                &tests.join(&b" && "[..]),
                b" && \"",
                &selection,
                b"\" == \"$__claude_bedrock_seen\" && ",
                &same,
            ])
        }
    };
    join(&[
        b"function __claude_bedrock_fresh { [[ ",
        &condition,
        b" ]]; }\nfunction __claude_bedrock_same { [[ ",
        &same,
        b" ]]; }\n__claude_bedrock_values=\"",
        &values,
        b"\"\n",
    ])
}
