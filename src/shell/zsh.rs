//! zsh 5.3 and later.

use super::{join, list, quote_posix, selection};

pub(super) fn quote(bytes: &[u8]) -> Vec<u8> {
    quote_posix(bytes)
}

pub(super) fn set(name: &str, value: &[u8]) -> Vec<u8> {
    let name = name.as_bytes();
    join(&[b"\\builtin export ", name, b"=", value, b"\n"])
}

pub(super) fn unset(name: &str) -> Vec<u8> {
    let name = name.as_bytes();
    join(&[b"\\builtin unset ", name, b"\n"])
}

/// Looks for names that are read-only before anything is changed, and then changes nothing: to touch one would end
/// everything that is being evaluated. The hook asks what to do where it finds one named.
pub(super) fn unless_fixed(names: &[&str], code: &[u8]) -> Vec<u8> {
    let kinds: Vec<String> = names.iter().map(|name| format!("${{(t){name}-}}")).collect();
    join(&[
        b"[[ \"",
        kinds.concat().as_bytes(),
        b"\" != *readonly* ]] || for __claude_bedrock_name in ",
        &list(names),
        b"; do [[ ${(Pt)__claude_bedrock_name} != *readonly* ]] || \
          __claude_bedrock_fixed+=\" $__claude_bedrock_name\"; done\n\
          [[ -n $__claude_bedrock_fixed ]] || {\n",
        code,
        b"}\n",
    ])
}

/// Neither newer nor older means the same time. zsh says no to both where a file is missing.
pub(super) fn same_time(path: &[u8], reference: &[u8]) -> Vec<u8> {
    join(&[
        b"-e ", path, b" && -e ", reference, b" && ! ", path, b" -nt ", reference, b" && ! ", path, b" -ot ", reference,
    ])
}

/// The function holds no command, so that no alias or function of the user's can stand in its way.
pub(super) fn watch(tests: Option<Vec<Vec<u8>>>) -> Vec<u8> {
    let condition = match tests {
        None => b"-n ''".to_vec(),
        Some(tests) => {
            let selection = selection(|name| format!("${{{name}-}}"));
            join(&[
                &tests.join(&b" && "[..]),
                b" && \"",
                &selection,
                b"\" == \"${__claude_bedrock_seen-}\"",
            ])
        }
    };
    join(&[b"function __claude_bedrock_fresh { [[ ", &condition, b" ]]; }\n"])
}
