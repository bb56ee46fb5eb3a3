//! bash 3.2 and later.

use super::{join, list, quote_posix, selection};

pub(super) fn quote(bytes: &[u8]) -> Vec<u8> {
    quote_posix(bytes)
}

/// Looks for names that are read-only before anything is changed, and then changes nothing: the hook asks what to
/// do where it finds one named. A local variable cannot be made of such a name; the shorter way, from bash 5.0, stops
/// under `set -u` where a variable is unset.
pub(super) fn unless_fixed(names: &[&str], code: &[u8]) -> Vec<u8> {
    let list = list(names);
    let attributes: Vec<String> = names.iter().map(|name| format!("${{{name}@a}}")).collect();
    join(&[
        b"function __claude_bedrock_writable { \\builtin local \"$@\"; }\n\
          if [[ ${BASH_VERSINFO[0]} -ge 5 && $- != *u* ]]; then [[ \"",
        attributes.concat().as_bytes(),
        b"\" != *r* ]]; else __claude_bedrock_writable ",
        &list,
        b" 2>&-; fi ||\n\
          for __claude_bedrock_name in ",
        &list,
        b"; do __claude_bedrock_writable \"$__claude_bedrock_name\" 2>&- || \
          __claude_bedrock_fixed+=\" $__claude_bedrock_name\"; done\n\
          [[ -n $__claude_bedrock_fixed ]] || {\n",
        code,
        b"}\n",
    ])
}

/// Unset first, because under `set -e` a read-only variable that is exported ends the shell, whatever
/// follows after `||`.
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
pub(super) fn watch(tests: Option<Vec<Vec<u8>>>) -> Vec<u8> {
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
                b"\" = \"${__claude_bedrock_seen-}\"",
            ])
        }
    };
    join(&[b"function __claude_bedrock_fresh { ", &condition, b"; }\n"])
}
