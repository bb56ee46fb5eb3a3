//! Managed settings that lie in no file: the preferences that a configuration profile gives a Mac, and the policies in
//! the registry of Windows. Places as in Claude Code 2.1.332 (read): a Mac's preferences and `HKLM` beat the files of
//! managed settings, which beat `HKCU`. The client takes the first of them that has a policy, unless
//! `managedSourcesBehavior` is `merge`; here each counts over the ones below it.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::rc::Rc;

use crate::claude::settings::{self, Settings, Tier};
use crate::diagnostic::Source;
use crate::system::paths;

/// The domain of the preferences.
const DOMAIN: &str = "com.anthropic.claudecode";

/// Those that every file of managed settings beats.
pub fn below_files() -> Option<Settings> {
    registry("HKCU")
}

/// Those that beat every file, the lowest first.
pub fn above_files() -> Vec<Settings> {
    if !cfg!(target_os = "macos") {
        return registry("HKLM").into_iter().collect();
    }
    let root = PathBuf::from("/Library/Managed Preferences");
    let user = paths::home().and_then(|home| Some(root.join(home.file_name()?)));
    let places = [Some(root), user].into_iter().flatten();
    places
        .filter_map(|directory| preferences(directory.join(format!("{DOMAIN}.plist"))))
        .collect()
}

fn preferences(path: PathBuf) -> Option<Settings> {
    if !path.is_file() {
        return None;
    }
    let mut plutil = Command::new("/usr/bin/plutil");
    plutil.args(["-convert", "json", "-o", "-"]).arg(&path);
    let text = answer(plutil)?;
    understood(path, text)
}

fn registry(root: &str) -> Option<Settings> {
    if !cfg!(windows) {
        return None;
    }
    let key = format!("{root}\\SOFTWARE\\Policies\\ClaudeCode");
    let mut reg = Command::new("reg");
    reg.args(["query", &key, "/v", "Settings"]);
    let text = value_in(&answer(reg)?)?.to_owned();
    understood(PathBuf::from(key), text)
}

/// The text of the value `Settings` in what `reg query` prints.
fn value_in(printed: &str) -> Option<&str> {
    let (_, rest) = printed.split_once("Settings ")?;
    let (kind, value) = rest.trim_start().split_once(char::is_whitespace)?;
    let value = value.trim();
    (["REG_SZ", "REG_EXPAND_SZ"].contains(&kind) && !value.is_empty()).then_some(value)
}

fn answer(mut command: Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then_some(text)
}

fn understood(place: PathBuf, text: String) -> Option<Settings> {
    settings::understood(Tier::Managed, &Rc::new(Source::new(place, text))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_in_the_registry_is_read_as_reg_prints_it() {
        for (printed, expected) in [
            (
                "\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\ClaudeCode\r\n    Settings    REG_SZ    {\"env\": {\"AWS_REGION\": \"eu-west-1\"}}\r\n\r\n",
                Some("{\"env\": {\"AWS_REGION\": \"eu-west-1\"}}"),
            ),
            (
                "\r\nKEY\r\n    Settings    REG_EXPAND_SZ    {\r\n  \"model\": \"opus\"\r\n}\r\n",
                Some("{\r\n  \"model\": \"opus\"\r\n}"),
            ),
            ("\r\nKEY\r\n    Settings    REG_DWORD    0x1\r\n", None),
            ("\r\nKEY\r\n    Settings    REG_SZ    \r\n", None),
            (
                "ERROR: The system was unable to find the specified registry key or value.\r\n",
                None,
            ),
        ] {
            assert_eq!(value_in(printed), expected, "{printed}");
        }
    }

    #[test]
    fn a_policy_is_the_administrators_and_says_where_it_stands() {
        let text = "{\"env\": {\"AWS_REGION\": \"eu-west-1\"}, \"model\": 5}".to_owned();
        let settings = understood(PathBuf::from("HKLM\\SOFTWARE\\Policies\\ClaudeCode"), text).unwrap();
        assert_eq!(settings.tier, Tier::Managed);
        assert_eq!(
            settings.env[0].1.place.to_string(),
            "HKLM\\SOFTWARE\\Policies\\ClaudeCode:1"
        );
        // What has a wrong type is left out alone.
        assert!(!settings.is_ignored && settings.notes.len() == 1);
    }
}
