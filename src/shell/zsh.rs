//! zsh 5.3 and later.

use std::path::Path;
use std::process::Command;

use super::{Dialect, PluginFile, Templates, is_in_home, join, posix_tests, selection, values_posix, wrap};
use crate::shell::rc_file::{Plugins, RcFile, RcFiles, files_in, guarded, said};
use crate::system::{paths, programs};
use crate::watch::{Compared, Watch};

/// zsh 5.3 and later.
pub(super) struct Zsh;

impl Dialect for Zsh {
    fn name(&self) -> &'static str {
        "zsh"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["zsh"]
    }

    fn set(&self, name: &str, value: &[u8]) -> Vec<u8> {
        let name = name.as_bytes();
        join(&[b"\\builtin export ", name, b"=", value, b"\n"])
    }

    fn unset(&self, name: &str) -> Vec<u8> {
        let name = name.as_bytes();
        join(&[b"\\builtin unset ", name, b"\n"])
    }

    /// Looks for names that are read-only before anything is changed, and then changes nothing: to touch one would end
    /// everything that is being evaluated. The hook asks what to do where it finds one named.
    fn unless_fixed(&self, names: &[&str], code: Vec<u8>) -> Vec<u8> {
        let kinds: Vec<String> = names.iter().map(|name| format!("${{(t){name}-}}")).collect();
        join(&[
            b"[[ \"",
            kinds.concat().as_bytes(),
            b"\" != *readonly* ]] || for __claude_bedrock_name in ",
            names.join(" ").as_bytes(),
            b"; do [[ ${(Pt)__claude_bedrock_name} != *readonly* ]] || \
              __claude_bedrock_fixed+=\" $__claude_bedrock_name\"; done\n\
              [[ -n $__claude_bedrock_fixed ]] || {\n",
            &code,
            b"}\n",
        ])
    }

    fn hold(&self, quoted: &[u8]) -> Vec<u8> {
        join(&[b"__claude_bedrock_tell ", quoted, b"\n"])
    }

    fn tests(&self, watch: &Watch) -> Option<Vec<Vec<u8>>> {
        posix_tests(watch, self, same_time)
    }

    /// The function holds no command, so that no alias or function of the user's can stand in its way.
    fn watch(&self, tests: Option<Vec<Vec<u8>>>) -> Vec<u8> {
        let condition = match tests {
            None => b"[[ -n '' ]]".to_vec(),
            Some(tests) => {
                let selection = selection(|name| format!("${{{name}-}}"));
                join(&[
                    b"[[ ",
                    &tests.join(&b" && "[..]),
                    b" && \"",
                    &selection,
                    b"\" == \"${__claude_bedrock_seen-}\" ]] && __claude_bedrock_same",
                ])
            }
        };
        join(&[b"function __claude_bedrock_fresh { ", &condition, b"; }\n"])
    }

    fn same(&self, compared: &[Compared]) -> Vec<u8> {
        let values = values_posix(compared, ["${", "-}"]);
        join(&[
            b"function __claude_bedrock_same { [[ \"",
            &values,
            b"\" == \"${__claude_bedrock_values-}\" ]]; }\n__claude_bedrock_values=\"",
            &values,
            b"\"\n",
        ])
    }

    fn load_line(&self, program: &str, launches: bool) -> String {
        format!("eval \"$({program} hook zsh{})\"", wrap(launches))
    }

    fn templates(&self) -> &'static Templates {
        &TEMPLATES
    }

    fn advised_file(&self) -> &'static str {
        "~/.zshrc"
    }

    fn rc_files(&self, program: &str, launches: bool) -> Option<RcFiles> {
        Some(rc_files(
            &paths::home()?,
            &guarded(program, &self.load_line(program, launches)),
        ))
    }

    fn is_set_up(&self) -> bool {
        is_in_home(".zshrc") || is_in_home(".zshenv") || paths::zsh_directory().is_some()
    }
}

static TEMPLATES: Templates = Templates {
    hook: include_str!("../../templates/zsh/hook.zsh.jinja"),
    completion: include_str!("../../templates/zsh/completion.zsh.jinja"),
    plugin: &[
        (
            "claude-bedrock.plugin.zsh",
            PluginFile::Template(include_str!("../../templates/zsh/plugin.zsh.jinja")),
        ),
        ("_claude-bedrock", PluginFile::Completion),
    ],
};

/// Neither newer nor older means the same time. zsh says no to both where a file is missing.
fn same_time(path: &[u8], reference: &[u8]) -> Vec<u8> {
    join(&[
        b"-e ", path, b" && -e ", reference, b" && ! ", path, b" -nt ", reference, b" && ! ", path, b" -ot ", reference,
    ])
}

fn rc_files(home: &Path, line: &str) -> RcFiles {
    let directory = paths::zsh_directory()
        .or_else(|| {
            // Most who move it do so in `.zshenv`, without exporting it.
            let ask = "print -rn -- $'\\x1e'${ZDOTDIR:-$HOME}$'\\x1e\\x1e'";
            said("zsh", Command::new(programs::on_path("zsh")?).args(["-c", ask]))
        })
        .filter(|path| path.is_absolute())
        .unwrap_or_else(|| home.to_path_buf());
    RcFiles {
        targets: vec![RcFile {
            path: directory.join(".zshrc"),
            lines: format!("{line}\n"),
        }],
        all: [".zshrc", ".zprofile", ".zlogin"]
            .map(|name| directory.join(name))
            .to_vec(),
        plugins: plugins(home, &directory),
    }
}

/// The lists and folders of zsh's plugin managers: antidote 1.9 (also antibody's), zimfw 1.18 and sheldon 0.8 by their
/// manuals, antigen 2, and what `oh-my-zsh.sh` sources by itself.
fn plugins(home: &Path, directory: &Path) -> Vec<Plugins> {
    let list = |word, files| Plugins {
        word,
        is_list: true,
        files,
    };
    let zim = paths::place_of_another_tool("ZIM_CONFIG_FILE").unwrap_or_else(|| directory.join(".zimrc"));
    let sheldon = paths::config_home().map(|config| config.join("sheldon/plugins.toml"));
    let custom = paths::place_of_another_tool("ZSH_CUSTOM");
    let custom = custom.unwrap_or_else(|| home.join(".oh-my-zsh/custom"));
    let text = |name: &str| vec![directory.join(name), home.join(name)];
    vec![
        list("antidote", text(".zsh_plugins.txt")),
        list("antibody", text(".zsh_plugins.txt")),
        list("zsh_plugins", text(".zsh_plugins.txt")),
        list("zim", vec![zim]),
        list("antigen", text(".antigenrc")),
        list("sheldon", sheldon.into_iter().collect()),
        Plugins {
            word: "oh-my-zsh",
            is_list: false,
            files: files_in(&custom, "zsh"),
        },
    ]
}
