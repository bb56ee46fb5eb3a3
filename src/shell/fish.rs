//! fish 3.2 and later.

use std::ffi::OsStr;

use super::{Dialect, PluginFile, Quirks, Templates, is_in_config, join, posix_tests, selection, wrap};
use std::path::Path;

use crate::shell::rc_file::{Plugins, RcFile, RcFiles, files_in};
use crate::system::paths;
use crate::watch::{Compared, LAST_CHARACTERS, Watch};

/// fish 3.2 and later.
pub(super) struct Fish;

impl Dialect for Fish {
    fn name(&self) -> &'static str {
        "fish"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["fish"]
    }

    fn quote(&self, value: &OsStr) -> Vec<u8> {
        quote(value.as_encoded_bytes())
    }

    fn set(&self, name: &str, quoted: &[u8]) -> Vec<u8> {
        set(name, quoted)
    }

    fn unset(&self, name: &str) -> Vec<u8> {
        unset(name)
    }

    fn tests(&self, watch: &Watch) -> Option<Vec<Vec<u8>>> {
        posix_tests(watch, self, same_time)
    }

    fn watch(&self, tests: Option<Vec<Vec<u8>>>) -> Vec<u8> {
        watch(tests)
    }

    fn quirks(&self) -> Quirks {
        Quirks {
            blank_counts_as_unset: true,
            blind_where_coarse: true,
            ..Quirks::default()
        }
    }

    /// A global variable that is not exported, but no universal one, which comes back by itself.
    fn put_aside(&self, name: &str) -> Vec<u8> {
        format!("builtin set -qg {name}; and builtin set -g __claude_bedrock_own_{name} ${name}\n").into_bytes()
    }

    fn take_back(&self, name: &str) -> Vec<u8> {
        let own = format!("__claude_bedrock_own_{name}");
        format!("builtin set -qg {own}; and builtin set -g {name} ${own}; and builtin set -eg {own}\n").into_bytes()
    }

    /// One call of `test` for all that is no secret, and one of `string match` for the secrets that are there: each
    /// call costs as much as ten variables more.
    fn same(&self, compared: &[Compared]) -> Vec<u8> {
        let (secrets, others): (Vec<&Compared>, Vec<&Compared>) =
            compared.iter().partition(|one| one.is_secret && one.is_there);
        let list = |all: &[&Compared], between: &str| {
            let values: Vec<String> = all.iter().map(|one| format!("${}", one.name)).collect();
            values.join(between)
        };
        let values = list(&others, ":");
        if secrets.is_empty() {
            return format!(
                "function __claude_bedrock_same; test \"{values}\" = \"$__claude_bedrock_values\"; end\n\
                 builtin set -g __claude_bedrock_values \"{values}\"\n"
            )
            .into_bytes();
        }
        let (joined, separate) = (list(&secrets, ":"), list(&secrets, "\" \""));
        // PCRE counts no further.
        let longest = u16::MAX;
        format!(
            "function __claude_bedrock_same; test \"{values}\" = \"$__claude_bedrock_values\"; \
             and builtin string match -qr -- \"$__claude_bedrock_pattern\" \"{joined}:\"; end\n\
             builtin set -g __claude_bedrock_values \"{values}\"\n\
             builtin set -g __claude_bedrock_pattern '(?s)^'\n\
             for __claude_bedrock_value in \"{separate}\"\n\
             builtin set -l __claude_bedrock_end (builtin string sub --start=-{LAST_CHARACTERS} -- \
             $__claude_bedrock_value | builtin string escape --style=regex | builtin string collect)\n\
             builtin set -l __claude_bedrock_length (builtin string length -- $__claude_bedrock_value)\n\
             builtin test $__claude_bedrock_length -le {longest}; or builtin set __claude_bedrock_length 0,\n\
             builtin set __claude_bedrock_pattern \
             \"$__claude_bedrock_pattern.{{$__claude_bedrock_length}}(?<=$__claude_bedrock_end):\"\nend\n\
             builtin set __claude_bedrock_pattern $__claude_bedrock_pattern'$'\n"
        )
        .into_bytes()
    }

    fn remember(&self) -> &'static str {
        "builtin set -g __claude_bedrock_left $CLAUDE_BEDROCK_STATE\n"
    }

    fn load_line(&self, program: &str, launches: bool) -> String {
        format!("{program} hook fish{} | source", wrap(launches))
    }

    fn templates(&self) -> &'static Templates {
        &TEMPLATES
    }

    fn advised_file(&self) -> &'static str {
        "~/.config/fish/config.fish"
    }

    fn rc_files(&self, program: &str, launches: bool) -> Option<RcFiles> {
        let directory = paths::config_home()?.join("fish");
        let own = directory.join("conf.d/claude-bedrock.fish");
        // conf.d comes before config.fish, where PATH may be set and a theme loaded: wait for the prompt.
        let lines = format!(
            "function __claude_bedrock_load --on-event fish_prompt\n    \
                 functions --erase __claude_bedrock_load\n    \
                 functions --query __claude_bedrock_prompt\n    \
                 or not command --query {program}\n    or begin\n        \
                 {}\n        and __claude_bedrock_prompt\n    end\nend\n",
            self.load_line(program, launches)
        );
        let mut all = vec![directory.join("config.fish")];
        all.extend(files_in(&directory.join("conf.d"), "fish"));
        Some(RcFiles {
            targets: vec![RcFile { path: own, lines }],
            all,
            plugins: vec![Plugins {
                word: "",
                is_list: true,
                // fisher's list, and that of oh-my-fish.
                files: vec![
                    directory.join("fish_plugins"),
                    directory.with_file_name("omf").join("bundle"),
                ],
            }],
        })
    }

    /// fisher 4.4 installs nothing of a plugin one of whose files already exists.
    fn taken_from(&self, target: &Path) -> Option<&'static str> {
        let fisher = target.parent()?.parent()?.join("functions/fisher.fish");
        (fisher.exists()).then_some("fisher")
    }

    fn is_set_up(&self) -> bool {
        is_in_config("fish")
    }
}

static TEMPLATES: Templates = Templates {
    hook: include_str!("../../templates/fish/hook.fish.jinja"),
    completion: include_str!("../../templates/fish/completion.fish.jinja"),
    plugin: &[
        (
            "conf.d/claude-bedrock.fish",
            PluginFile::Template(include_str!("../../templates/fish/plugin.fish.jinja")),
        ),
        ("completions/claude-bedrock.fish", PluginFile::Completion),
        (
            "functions/claude-bedrock.fish",
            PluginFile::Template(include_str!("../../templates/fish/plugin-function.fish.jinja")),
        ),
    ],
};

/// Single quotes hold everything but control characters and bytes that are not UTF-8, which are written as escapes
/// outside of them. A word that needs none has none: fish takes it as it stands, which makes a watch a seventh faster.
fn quote(bytes: &[u8]) -> Vec<u8> {
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
fn set(name: &str, value: &[u8]) -> Vec<u8> {
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
fn unset(name: &str) -> Vec<u8> {
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
fn same_time(path: &[u8], reference: &[u8]) -> Vec<u8> {
    join(&[
        b"-e ", path, b" -a ! ", path, b" -nt ", reference, b" -a ! ", path, b" -ot ", reference,
    ])
}

/// One call of `test`, a name that fish reserves: each further call costs as much as ten of its tests.
fn watch(tests: Option<Vec<Vec<u8>>>) -> Vec<u8> {
    let body = match tests {
        None => b"false".to_vec(),
        Some(tests) => {
            let selection = selection(|name| format!("${name}"));
            join(&[
                b"test \"",
                &selection,
                b"\" = \"$__claude_bedrock_seen\" -a ",
                &tests.join(&b" -a "[..]),
                b"; and __claude_bedrock_same",
            ])
        }
    };
    join(&[b"function __claude_bedrock_fresh; ", &body, b"; end\n"])
}
