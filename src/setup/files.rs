//! The rc files of each shell: where its hook belongs, and where it may stand already.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::paths;
use crate::setup::block;
use crate::shell::Shell;

/// A file that is to load the hook, and the lines with which it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The file, which need not exist.
    pub path: PathBuf,
    /// The lines, each with its newline.
    pub lines: String,
}

/// The rc files of a shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// Where the hook belongs.
    pub targets: Vec<Target>,
    /// Every file in which somebody may have put it by hand, or named a plugin that brings it.
    pub all: Vec<PathBuf>,
}

/// The shells in use: the login shell, and those that the machine has and the user has set up.
pub fn shells_in_use() -> Vec<Shell> {
    let login = Shell::login();
    let is_used = |shell: &Shell| Some(*shell) == login || (executable(*shell).is_some() && has_files(*shell));
    Shell::ALL.into_iter().filter(is_used).collect()
}

fn executable(shell: Shell) -> Option<PathBuf> {
    match shell {
        Shell::Powershell => paths::program_on_path("pwsh").or_else(|| paths::program_on_path("powershell")),
        _ => paths::program_on_path(shell.name()),
    }
}

/// Whether there is a sign that somebody uses the shell; PowerShell is not asked for it, which takes a second.
fn has_files(shell: Shell) -> bool {
    let exists = |path: Option<PathBuf>| path.is_some_and(|path| path.exists());
    let in_home = |name: &str| exists(paths::home().map(|home| home.join(name)));
    let in_config = |name: &str| exists(paths::config_home().map(|directory| directory.join(name)));
    match shell {
        Shell::Bash => [".bashrc", ".bash_profile", ".bash_login"].into_iter().any(in_home),
        Shell::Zsh => in_home(".zshrc") || in_home(".zshenv") || paths::zsh_directory().is_some(),
        Shell::Fish => in_config("fish"),
        Shell::Powershell => cfg!(windows) || in_config("powershell"),
    }
}

/// The rc files of `shell`, whose hook `program` prints; `None` where no home directory is known.
pub fn of(shell: Shell, program: &str) -> Option<Files> {
    let home = paths::home()?;
    match shell {
        Shell::Bash => Some(bash(&home, program, cfg!(target_os = "macos"))),
        Shell::Zsh => Some(zsh(&home, program)),
        Shell::Fish => {
            let directory = paths::config_home()?.join("fish");
            let own = directory.join("conf.d/claude-bedrock.fish");
            // conf.d comes before config.fish, where PATH may be set and a theme loaded: wait for the prompt.
            let lines = format!(
                "function __claude_bedrock_load --on-event fish_prompt\n    \
                 functions --erase __claude_bedrock_load\n    \
                 functions --query __claude_bedrock_prompt\n    or begin\n        \
                 {}\n        and __claude_bedrock_prompt\n    end\nend\n",
                shell.load_line(program)
            );
            let mut all = vec![directory.join("config.fish")];
            let more = std::fs::read_dir(directory.join("conf.d"))
                .into_iter()
                .flatten()
                .flatten();
            all.extend(
                more.map(|entry| entry.path())
                    .filter(|path| path.extension().is_some_and(|end| end == "fish")),
            );
            Some(Files {
                targets: vec![Target { path: own, lines }],
                all,
            })
        }
        Shell::Powershell => {
            let path = powershell_profile()?;
            let lines = shell.load_line(program) + "\n";
            let beside = path.with_file_name("profile.ps1");
            Some(Files {
                all: vec![path.clone(), beside],
                targets: vec![Target { path, lines }],
            })
        }
    }
}

/// Interactive shells read `.bashrc`; login shells the first of three others, which on most systems leads to
/// `.bashrc`. Where it does not, and on macOS, whose terminals start login shells, it has the line as well.
fn bash(home: &Path, program: &str, is_macos: bool) -> Files {
    let line = Shell::Bash.load_line(program);
    let rc = home.join(".bashrc");
    let logins = [".bash_profile", ".bash_login", ".profile"].map(|name| home.join(name));
    let mut targets = vec![Target {
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
        targets.push(Target {
            path: path.clone(),
            lines: format!("case \"${{BASH_VERSION:+bash}}$-\" in\nbash*i*) {line} ;;\nesac\n"),
        });
    }
    Files {
        targets,
        all: std::iter::once(rc).chain(logins).collect(),
    }
}

fn zsh(home: &Path, program: &str) -> Files {
    let directory = paths::zsh_directory()
        .or_else(|| {
            // Most who move it do so in `.zshenv`, without exporting it.
            said(Command::new(executable(Shell::Zsh)?).args(["-c", "print -rn -- $'\\x1e'${ZDOTDIR:-$HOME}"]))
        })
        .filter(|path| path.is_absolute())
        .unwrap_or_else(|| home.to_path_buf());
    Files {
        targets: vec![Target {
            path: directory.join(".zshrc"),
            lines: Shell::Zsh.load_line(program) + "\n",
        }],
        all: [".zshrc", ".zprofile", ".zlogin", ".zsh_plugins.txt"]
            .map(|name| directory.join(name))
            .to_vec(),
    }
}

/// `$PROFILE`, which PowerShell alone knows for certain: on Windows documents can be anywhere.
fn powershell_profile() -> Option<PathBuf> {
    let asked = executable(Shell::Powershell).and_then(|program| {
        let ask = "[Console]::Write([char] 0x1e + $PROFILE)";
        said(Command::new(program).args(["-NoLogo", "-NoProfile", "-NonInteractive", "-Command", ask]))
    });
    asked.filter(|path| path.is_absolute()).or_else(|| {
        let directory = if cfg!(windows) {
            paths::home()?.join("Documents").join("PowerShell")
        } else {
            paths::config_home()?.join("powershell")
        };
        Some(directory.join("Microsoft.PowerShell_profile.ps1"))
    })
}

/// The path that a shell prints after a mark; what its own files may print stands before it.
fn said(command: &mut Command) -> Option<PathBuf> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (_, path) = text.rsplit_once('\u{1e}')?;
    Some(PathBuf::from(path.trim_end_matches(['\r', '\n'])))
}

/// The line, counted from 1, of a file that loads the hook in a way that is not the block's: by hand, or as
/// one of a manager's plugins.
pub fn loads_already(text: &[u8]) -> Option<usize> {
    let block = block::find(text).ok().flatten();
    let mut offset = 0;
    for (index, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let is_block = block.as_ref().is_some_and(|block| block.contains(offset));
        offset += line.len();
        if line.len() > 4096 || is_block {
            continue;
        }
        let line = String::from_utf8_lossy(line).to_lowercase();
        let line = line.trim();
        let named = line.contains("claude-bedrock") || line.contains("claudebedrock");
        let loads = [
            "hook",
            "plugin",
            "antigen",
            "zinit",
            "znap",
            "zplug",
            "zgen",
            "bundle",
            "import-module",
        ]
        .into_iter()
        .any(|word| line.contains(word));
        if !line.starts_with('#') && (line == "claude-bedrock" || (named && loads)) {
            return Some(index + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn login_shells_of_macos_load_the_hook_too() {
        let home = tempfile::tempdir().unwrap();
        let targets = |is_macos| {
            let files = bash(home.path(), "claude-bedrock", is_macos);
            let name = |target: Target| target.path.file_name().unwrap().to_str().unwrap().to_owned();
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

    #[test]
    fn the_hook_is_recognised_in_other_forms() {
        for text in [
            "eval \"$(claude-bedrock hook bash)\"\n",
            "a\r\neval \"$(/opt/bin/claude-bedrock hook zsh --alias cb)\"\r\n",
            "source <(claude-bedrock hook zsh)",
            "plugins=(git claude-bedrock)\n",
            "plugins=(\n  git\n  claude-bedrock\n)\n",
            "claude-bedrock hook fish | source\n",
            "Import-Module ClaudeBedrock\n",
        ] {
            assert!(loads_already(text.as_bytes()).is_some(), "{text}");
        }
        let own = block::added(b"x", "eval \"$(claude-bedrock hook bash)\"\n", &block::Made::Nothing);
        for text in [
            "# eval \"$(claude-bedrock hook bash)\"\n",
            "alias cb=claude-bedrock\n",
            "cd ~/src/claude-bedrock\n",
            std::str::from_utf8(&own).unwrap(),
        ] {
            assert_eq!(loads_already(text.as_bytes()), None, "{text}");
        }
    }
}
