//! Which shells are in use, and where a file already loads the hook.

use std::path::Path;

use crate::setup::block;
use crate::shell::rc_file::RcFiles;
use crate::shell::{self, Shell};
use crate::system::{self, programs};

/// The shells in use: the login shell, and those that the machine has and the user has set up.
pub fn shells_in_use() -> Vec<Shell> {
    let login = Shell::login();
    let is_there = |shell: &Shell| shell.programs().iter().any(|name| programs::on_path(name).is_some());
    let is_used = |shell: &Shell| Some(*shell) == login || (is_there(shell) && shell.is_set_up());
    shell::ALL.iter().copied().filter(is_used).collect()
}

/// The line, counted from 1, of a file that loads the hook in a way that is not the block's: by hand, or as
/// one of a manager's plugins.
fn loads_already(text: &[u8]) -> Option<usize> {
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

/// Where a shell loads the hook already, in a way that is not the block's: the file, and the line.
pub fn already(files: &RcFiles) -> Option<(&Path, usize)> {
    let read = |path: &Path| system::files::read(path, system::files::OWN).ok();
    let texts: Vec<(&Path, Vec<u8>)> = files
        .all
        .iter()
        .filter_map(|path| Some((path.as_path(), read(path)?)))
        .collect();
    let by_hand = texts
        .iter()
        .find_map(|(path, text)| Some((*path, loads_already(text)?)));
    by_hand.or_else(|| {
        let is_loaded = |word: &str| {
            let says = |text: &[u8]| String::from_utf8_lossy(text).to_lowercase().contains(word);
            word.is_empty() || texts.iter().any(|(_, text)| says(text))
        };
        let loaded = files.plugins.iter().filter(|plugins| is_loaded(plugins.word));
        loaded
            .flat_map(|plugins| plugins.files.iter().map(move |path| (path, plugins.is_list)))
            .find_map(|(path, is_list)| {
                let text = read(path)?;
                let line = if is_list { names(&text) } else { loads_already(&text) };
                Some((path.as_path(), line?))
            })
    })
}

/// The line, counted from 1, of a list of plugins that names the hook's.
fn names(text: &[u8]) -> Option<usize> {
    let text = String::from_utf8_lossy(text).to_lowercase();
    let is_ours = |line: &str| !line.trim_start().starts_with('#') && line.contains("claude-bedrock");
    text.lines().position(is_ours).map(|index| index + 1)
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
        let own = block::added(b"x", 1, "eval \"$(claude-bedrock hook bash)\"\n", &block::Made::Nothing);
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
