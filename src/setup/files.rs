//! Which shells are in use, and where a file loads the hook already.

use crate::setup::block;
use crate::shell::{self, Shell};
use crate::system::programs;

/// The shells in use: the login shell, and those that the machine has and the user has set up.
pub fn shells_in_use() -> Vec<Shell> {
    let login = Shell::login();
    let is_there = |shell: &Shell| shell.programs().iter().any(|name| programs::on_path(name).is_some());
    let is_used = |shell: &Shell| Some(*shell) == login || (is_there(shell) && shell.is_set_up());
    shell::ALL.iter().copied().filter(is_used).collect()
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
