//! bash 3.2 and later.

use std::path::{Path, PathBuf};

use super::{Dialect, PluginFile, Templates, is_in_home, join, posix_tests, selection, values_posix, wrap};
use crate::shell::rc_file::{Plugins, RcFile, RcFiles, files_in, guarded};
use crate::system::paths;
use crate::watch::{Compared, Watch};

/// bash 3.2 and later.
pub(super) struct Bash;

impl Dialect for Bash {
    fn name(&self) -> &'static str {
        "bash"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["bash"]
    }

    /// Unset first, because under `set -e` a read-only variable that is exported ends the shell, whatever
    /// follows after `||`.
    fn set(&self, name: &str, value: &[u8]) -> Vec<u8> {
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

    fn unset(&self, name: &str) -> Vec<u8> {
        let name = name.as_bytes();
        join(&[
            b"\\builtin unset -v ",
            name,
            b" || __claude_bedrock_fixed+=' ",
            name,
            b"'\n",
        ])
    }

    /// Looks for names that are read-only before anything is changed, and then changes nothing: the hook asks what to
    /// do where it finds one named. A local variable cannot be made of such a name; the shorter way, from bash 5.0, stops
    /// under `set -u` where a variable is unset.
    fn unless_fixed(&self, names: &[&str], code: Vec<u8>) -> Vec<u8> {
        let list = names.join(" ").into_bytes();
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
            &code,
            b"}\n",
        ])
    }

    fn tests(&self, watch: &Watch) -> Option<Vec<Vec<u8>>> {
        posix_tests(watch, self, same_time)
    }

    /// Tests of the shell's syntax stand before `test`, which no `nocasematch` makes blind to a capital letter.
    fn watch(&self, tests: Option<Vec<Vec<u8>>>) -> Vec<u8> {
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
                    b"\" = \"${__claude_bedrock_seen-}\" && __claude_bedrock_same",
                ])
            }
        };
        join(&[b"function __claude_bedrock_fresh { ", &condition, b"; }\n"])
    }

    /// Whether the compared variables are what they are now. Where `set -u` is not in force, names without braces take
    /// a third of the time.
    fn same(&self, compared: &[Compared]) -> Vec<u8> {
        let strict = values_posix(compared, ["${", "-}"]);
        let quick = values_posix(compared, ["$", ""]);
        join(&[
            b"function __claude_bedrock_same { if [[ $- == *u* ]]; then \\builtin test \"",
            &strict,
            b"\" = \"${__claude_bedrock_values-}\"; else \\builtin test \"",
            &quick,
            b"\" = \"${__claude_bedrock_values-}\"; fi; }\n__claude_bedrock_values=\"",
            &strict,
            // Under `set -a` every child would inherit what is assigned.
            b"\"\n\\builtin export -n __claude_bedrock_values\n",
        ])
    }

    fn load_line(&self, program: &str, launches: bool) -> String {
        format!("eval \"$({program} hook bash{})\"", wrap(launches))
    }

    fn templates(&self) -> &'static Templates {
        &TEMPLATES
    }

    fn advised_file(&self) -> &'static str {
        "~/.bashrc"
    }

    fn rc_files(&self, program: &str, launches: bool) -> Option<RcFiles> {
        Some(rc_files(
            &paths::home()?,
            &guarded(program, &self.load_line(program, launches)),
            cfg!(target_os = "macos"),
        ))
    }

    fn is_set_up(&self) -> bool {
        [".bashrc", ".bash_profile", ".bash_login"].into_iter().any(is_in_home)
    }
}

static TEMPLATES: Templates = Templates {
    hook: include_str!("../../templates/bash/hook.bash.jinja"),
    completion: include_str!("../../templates/bash/completion.bash.jinja"),
    plugin: &[
        (
            "claude-bedrock.plugin.bash",
            PluginFile::Template(include_str!("../../templates/bash/plugin.bash.jinja")),
        ),
        ("completions/claude-bedrock", PluginFile::Completion),
    ],
};

/// Neither newer nor older means the same time. bash takes a missing file for older than any other.
fn same_time(path: &[u8], reference: &[u8]) -> Vec<u8> {
    join(&[
        b"-e ", path, b" && ! ", path, b" -nt ", reference, b" && ! ", path, b" -ot ", reference,
    ])
}

/// Interactive shells read `.bashrc`; login shells the first of three others, which on most systems leads to
/// `.bashrc`. Where it does not, and on macOS, whose terminals start login shells, it has the line as well.
fn rc_files(home: &Path, line: &str, is_macos: bool) -> RcFiles {
    let rc = home.join(".bashrc");
    let logins = [".bash_profile", ".bash_login", ".profile"].map(|name| home.join(name));
    let mut targets = vec![RcFile {
        path: rc.clone(),
        lines: format!("{line}\n"),
    }];
    let login = logins.iter().find(|path| path.exists());
    let leads_to_rc = |path: &PathBuf| {
        let text = crate::system::files::read(path, crate::system::files::OWN).unwrap_or_default();
        text.split(|byte| *byte == b'\n')
            .any(|line| !line.trim_ascii_start().starts_with(b"#") && line.windows(6).any(|part| part == b"bashrc"))
    };
    let also = match login {
        Some(path) => Some(path).filter(|path| !leads_to_rc(path)),
        None => Some(&logins[0]).filter(|_| is_macos),
    };
    if let Some(path) = also {
        // Other shells read `.profile` too, and bash for things that are no terminal.
        targets.push(RcFile {
            path: path.clone(),
            lines: format!("case \"${{BASH_VERSION:+bash}}$-\" in\nbash*i*) {line} ;;\nesac\n"),
        });
    }
    // `bash_it.sh` of bash-it 3 sources these two; oh-my-bash sources `custom/*.sh`.
    let custom = |variable: &str, directory: &str| {
        paths::place_of_another_tool(variable).unwrap_or_else(|| home.join(directory))
    };
    let bash_it = custom("BASH_IT", ".bash_it").join("custom");
    let mut of_bash_it = files_in(&bash_it, "bash");
    for directory in std::fs::read_dir(&bash_it).into_iter().flatten().flatten() {
        of_bash_it.extend(files_in(&directory.path(), "bash"));
    }
    let plugins = [
        ("bash_it", of_bash_it),
        (
            "oh-my-bash",
            files_in(&custom("OSH", ".oh-my-bash").join("custom"), "sh"),
        ),
    ];
    RcFiles {
        targets,
        all: std::iter::once(rc).chain(logins).collect(),
        plugins: plugins
            .map(|(word, files)| Plugins {
                word,
                is_list: false,
                files,
            })
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn login_shells_of_macos_load_the_hook_too() {
        let home = tempfile::tempdir().unwrap();
        let targets = |is_macos| {
            let files = rc_files(home.path(), "line", is_macos);
            let name = |target: RcFile| target.path.file_name().unwrap().to_str().unwrap().to_owned();
            files.targets.into_iter().map(name).collect::<Vec<_>>()
        };
        // Terminals of macOS start login shells, which read no .bashrc by themselves.
        assert_eq!(
            (targets(false), targets(true)),
            (vec![".bashrc".into()], vec![".bashrc".into(), ".bash_profile".into()])
        );
        std::fs::write(home.path().join(".profile"), "# . ~/.bashrc\nexport EDITOR=vi\n").unwrap();
        assert_eq!(
            (targets(false), targets(true)),
            (
                vec![".bashrc".into(), ".profile".into()],
                vec![".bashrc".into(), ".profile".into()]
            )
        );
        // One that leads to .bashrc needs nothing, and one that bash does not get to read is not touched.
        std::fs::write(home.path().join(".bash_login"), "[ -f ~/.bashrc ] && . ~/.bashrc\n").unwrap();
        assert_eq!(
            (targets(false), targets(true)),
            (vec![".bashrc".into()], vec![".bashrc".into()])
        );
    }
}
