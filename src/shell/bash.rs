//! bash 3.2 and later.

use super::{join, quote_posix, selection, values};

pub(super) fn quote(bytes: &[u8]) -> Vec<u8> {
    quote_posix(bytes)
}

/// Unset first, because under `set -e` a read-only variable that is exported ends the shell, whatever
/// follows after `||`. The hook asks for the step back where it finds one named.
pub(super) fn set(name: &str, value: &[u8]) -> Vec<u8> {
    let name = name.as_bytes();
    join(&[
        b"\\builtin unset -v ",
        name,
        b" && \\builtin export ",
        name,
        b"=",
        value,
        b" || __claude_bedrock_fixed+=' ",
        name,
        b"'\n",
    ])
}

pub(super) fn unset(name: &str) -> Vec<u8> {
    let name = name.as_bytes();
    join(&[
        b"\\builtin unset -v ",
        name,
        b" || __claude_bedrock_fixed+=' ",
        name,
        b"'\n",
    ])
}

/// Neither newer nor older means the same time. bash takes a missing file for older than any other.
pub(super) fn same_time(path: &[u8], reference: &[u8]) -> Vec<u8> {
    join(&[
        b"-e ", path, b" && ! ", path, b" -nt ", reference, b" && ! ", path, b" -ot ", reference,
    ])
}

/// Tests of the shell's syntax stand before `test`, which no `nocasematch` makes blind to a capital letter.
pub(super) fn watch(tests: Option<Vec<Vec<u8>>>, compared: &[String]) -> Vec<u8> {
    let condition = match tests {
        None => b"[[ -n '' ]]".to_vec(),
        Some(tests) => {
            let selection = selection(|name| format!("${{{name}-}}"));
            let tests = tests.join(&b" && "[..]);
            join(&[
                b"[[ ",
                &tests,
                b" ]] && \\builtin test \"",
                &selection,
                b"\" = \"$__claude_bedrock_seen\" && __claude_bedrock_same",
            ])
        }
    };
    join(&[b"function __claude_bedrock_fresh { ", &condition, b"; }\n", &same(compared)])
}

/// Whether the compared variables are what they are now. Where `set -u` is not in force, names without braces take
/// a third of the time.
fn same(compared: &[String]) -> Vec<u8> {
    if compared.is_empty() {
        return b"function __claude_bedrock_same { [[ -z '' ]]; }\n".to_vec();
    }
    let strict = values(compared, |name| format!("${{{name}-}}"));
    let quick = values(compared, |name| format!("${name}"));
    join(&[
        b"function __claude_bedrock_same { if [[ $- == *u* ]]; then \\builtin test \"",
        &strict,
        b"\" = \"$__claude_bedrock_values\"; else \\builtin test \"",
        &quick,
        b"\" = \"$__claude_bedrock_values\"; fi; }\n__claude_bedrock_values=\"",
        &strict,
        b"\"\n",
    ])
}
