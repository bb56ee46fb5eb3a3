//! The four shells as a test types into them.

use std::ffi::OsString;
use std::path::PathBuf;

use super::need;

/// A shell under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
}

pub const ALL: &[Shell] = &[Shell::Bash, Shell::Zsh, Shell::Fish, Shell::Powershell];

impl Shell {
    pub fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
            Self::Powershell => "powershell",
        }
    }

    /// Its line in `tests/needs.txt`.
    pub fn needed(self) -> &'static str {
        match self {
            Self::Powershell => "PowerShell",
            _ => self.name(),
        }
    }

    /// The program. The test is left out where the machine has none.
    pub fn need(self) -> PathBuf {
        need::need(self.needed())
    }

    /// The program. What follows from it is left out where the machine has none.
    pub fn program(self) -> Option<PathBuf> {
        need::have(self.needed())
    }

    /// Whether a command line is one of a POSIX shell.
    pub fn is_posix(self) -> bool {
        matches!(self, Self::Bash | Self::Zsh)
    }

    /// `text`, without control characters, as a word that is typed.
    pub fn quote(self, text: &str) -> String {
        match self {
            Self::Bash | Self::Zsh => format!("'{}'", text.replace('\'', "'\\''")),
            Self::Fish => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
            Self::Powershell => format!("'{}'", text.replace('\'', "''")),
        }
    }

    /// Starts a program whose name stands in quotes.
    pub fn call(self, program: &str) -> String {
        let quoted = self.quote(program);
        if self == Self::Powershell {
            format!("& {quoted}")
        } else {
            quoted
        }
    }

    pub fn export(self, name: &str, value: &str) -> String {
        let value = self.quote(value);
        match self {
            Self::Bash | Self::Zsh => format!("export {name}={value}"),
            Self::Fish => format!("set -gx {name} {value}"),
            Self::Powershell => format!("[Environment]::SetEnvironmentVariable('{name}', {value})"),
        }
    }

    pub fn unset(self, name: &str) -> String {
        match self {
            Self::Bash | Self::Zsh => format!("unset {name}"),
            Self::Fish => format!("set -e {name}"),
            Self::Powershell => format!("Remove-Item Env:{name}"),
        }
    }

    /// Goes to the directory that a variable of the environment names.
    pub fn cd_to_variable(self, name: &str) -> String {
        match self {
            Self::Bash | Self::Zsh | Self::Fish => format!("cd -- \"${name}\""),
            Self::Powershell => format!("Set-Location -LiteralPath $env:{name}"),
        }
    }

    /// The line that loads the hook.
    pub fn load(self, program: &str, options: &str) -> String {
        let call = self.call(program);
        match self {
            Self::Bash | Self::Zsh => format!("eval \"$({call} hook {} {options})\"", self.name()),
            Self::Fish => format!("{call} hook fish {options} | source"),
            Self::Powershell => format!("Invoke-Expression ({call} hook powershell {options} | Out-String)"),
        }
    }

    /// A line that does nothing and starts nothing.
    pub fn nothing(self) -> &'static str {
        match self {
            Self::Bash | Self::Zsh => ":",
            Self::Fish => "true",
            Self::Powershell => "$null",
        }
    }

    /// A line that makes the hook call `program`, whatever it was loaded with.
    pub fn hook_calls(self, program: &str) -> String {
        let program = self.quote(program);
        match self {
            Self::Bash | Self::Zsh => format!("__claude_bedrock_program={program}"),
            Self::Fish => format!("set -g __claude_bedrock_program {program}"),
            Self::Powershell => format!("$global:__ClaudeBedrockProgram = {program}"),
        }
    }

    /// What the user sees as the status of the last command.
    pub fn status(self) -> &'static str {
        match self {
            Self::Bash | Self::Zsh => "\"$?\"",
            Self::Fish => "\"$status\"",
            Self::Powershell => "\"$?\" \"$LASTEXITCODE\"",
        }
    }

    /// The arguments of an interactive shell that reads `rc`.
    pub fn interactive(self, rc: &str) -> Vec<OsString> {
        let words: &[&str] = match self {
            Self::Bash => &["--noprofile", "--noediting", "--rcfile", rc, "-i"],
            Self::Zsh => &["-d", "-i"],
            Self::Fish => &["-i"],
            Self::Powershell => {
                return vec![
                    "-NoLogo".into(),
                    "-NoProfile".into(),
                    "-NoExit".into(),
                    "-Command".into(),
                    format!(". '{rc}'").into(),
                ];
            }
        };
        words.iter().map(Into::into).collect()
    }

    /// The lines that load starship from `$STARSHIP`.
    pub fn load_starship(self) -> &'static str {
        match self {
            Self::Bash => "eval \"$(\"$STARSHIP\" init bash)\"",
            Self::Zsh => "eval \"$(\"$STARSHIP\" init zsh)\"",
            Self::Fish => "$STARSHIP init fish | source",
            Self::Powershell => "Invoke-Expression (& $env:STARSHIP init powershell | Out-String)",
        }
    }

    /// Where an interactive shell looks for its rc file, below the home directory.
    pub fn rc_file(self) -> &'static str {
        match self {
            Self::Bash => ".bashrc",
            Self::Zsh => ".zshrc",
            Self::Fish => ".config/fish/config.fish",
            Self::Powershell => "profile.ps1",
        }
    }

    /// The beginning of the rc file: no prompt text, no line editor where the shell works without one, so
    /// that both streams hold nothing but what commands say.
    pub fn quiet_prompt(self) -> &'static str {
        match self {
            Self::Bash => "PS1=; PS2=; unset HISTFILE\n",
            Self::Zsh => "PS1=; PS2=; RPS1=; unsetopt zle prompt_sp prompt_cr; unset HISTFILE\n",
            Self::Fish => "function fish_prompt; end\nfunction fish_greeting; end\nfunction fish_title; end\n",
            Self::Powershell => "Remove-Module PSReadLine -ErrorAction Ignore\nfunction prompt { ' ' }\n",
        }
    }

    /// The arguments that run `script` without a terminal and without rc files.
    pub fn script(self, script: &str) -> Vec<OsString> {
        let words: &[&str] = match self {
            Self::Bash => &["--noprofile", "--norc", "-c", script],
            Self::Zsh => &["-f", "-c", script],
            Self::Fish => &["--no-config", "-c", script],
            Self::Powershell => &["-NoLogo", "-NoProfile", "-NonInteractive", "-Command", script],
        };
        words.iter().map(Into::into).collect()
    }
}
