//! Every path the program uses and every variable that it reads for itself.
//!
//! Nothing else in the program touches the process environment, but for the snapshot that
//! a shell takes of the variables that a profile owns.

use std::env;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// The name of the file that a repository carries.
pub const PROJECT_FILE: &str = ".claude-bedrock.toml";

/// The variable with which `use` and `off` choose a profile for one shell.
pub const PROFILE_VARIABLE: &str = "CLAUDE_BEDROCK_PROFILE";

/// What [`PROFILE_VARIABLE`] holds when the shell wants no profile at all.
pub const OFF: &str = "off";

/// The variables whose change can lead to another profile. The hooks compare them at each prompt.
pub const SELECTING_VARIABLES: &[&str] = &[
    PROFILE_VARIABLE,
    "CLAUDE_BEDROCK_CONFIG",
    "CLAUDE_BEDROCK_SYSTEM_CONFIG",
    "XDG_CONFIG_HOME",
    "XDG_STATE_HOME",
    "HOME",
];

const DIRECTORY: &str = "claude-bedrock";
const CONFIG_FILE: &str = "config.toml";

fn non_empty(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// A directory of the user's, asked for only where a home directory is known. Without HOME the lookup would
/// go on to the system's user database, which a statically linked program must not open: glibc loads
/// libraries for it and crashes.
fn known(directory: impl FnOnce() -> Option<PathBuf>) -> Option<PathBuf> {
    if cfg!(unix) && non_empty("HOME").is_none() {
        return None;
    }
    directory().filter(|path| path.is_absolute())
}

/// The user's own profiles; `None` if there is neither a home directory nor a variable that names the file.
pub fn user_config() -> Option<PathBuf> {
    if let Some(path) = non_empty("CLAUDE_BEDROCK_CONFIG") {
        return Some(absolute(Path::new(&path)));
    }
    // The XDG specification has relative paths ignored; they would name another file in every directory.
    let directory = match non_empty("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
    {
        Some(path) => path,
        None => known(dirs::config_dir)?,
    };
    Some(directory.join(DIRECTORY).join(CONFIG_FILE))
}

/// A variable that names a file of profiles by a relative path, and its value: in each directory that would be
/// another file, perhaps a stranger's.
pub fn relative_config() -> Option<(&'static str, PathBuf)> {
    ["CLAUDE_BEDROCK_CONFIG", "CLAUDE_BEDROCK_SYSTEM_CONFIG"]
        .into_iter()
        .filter_map(|name| Some((name, PathBuf::from(non_empty(name)?))))
        .find(|(_, path)| !path.is_absolute())
}

/// The directory that the repository or worktree around `directory` begins with.
pub fn repository_top(directory: &Path) -> Option<&Path> {
    let is_top = |ancestor: &&Path| std::fs::symlink_metadata(ancestor.join(".git")).is_ok();
    directory.ancestors().find(is_top)
}

/// The administrator's profiles, the lowest layer. `CLAUDE_BEDROCK_SYSTEM_CONFIG` moves it, for
/// packagers whose prefix is not `/` and for tests.
pub fn system_config() -> PathBuf {
    if let Some(path) = non_empty("CLAUDE_BEDROCK_SYSTEM_CONFIG") {
        return absolute(Path::new(&path));
    }
    let base = if cfg!(windows) {
        non_empty("ProgramData").map_or_else(|| PathBuf::from(r"C:\ProgramData"), PathBuf::from)
    } else {
        PathBuf::from("/etc")
    };
    base.join(DIRECTORY).join(CONFIG_FILE)
}

/// Where trust records and reference files live.
pub fn state_directory() -> Option<PathBuf> {
    known(|| dirs::state_dir().or_else(dirs::data_local_dir)).map(|directory| directory.join(DIRECTORY))
}

/// Where files live that need not outlast the login session.
pub fn runtime_directory() -> Option<PathBuf> {
    dirs::runtime_dir().map(|directory| directory.join(DIRECTORY))
}

/// The user's home directory.
pub fn home() -> Option<PathBuf> {
    known(dirs::home_dir)
}

/// Where programs keep the user's settings: `$XDG_CONFIG_HOME`, else `~/.config`, on macOS too, because that
/// is where fish and PowerShell look.
pub fn config_home() -> Option<PathBuf> {
    non_empty("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| home().map(|home| home.join(".config")))
}

/// `$ZDOTDIR`, where it is exported.
pub fn zsh_directory() -> Option<PathBuf> {
    non_empty("ZDOTDIR").map(PathBuf::from)
}

/// Why no browser of this machine could show a login, in words; `None` if one may be there. `BROWSER` says that there
/// is one.
pub fn lacks_browser() -> Option<&'static str> {
    if non_empty("BROWSER").is_some() {
        return None;
    }
    if ["SSH_CONNECTION", "SSH_TTY"]
        .iter()
        .any(|name| non_empty(name).is_some())
    {
        return Some("this is an ssh session");
    }
    if ["/.dockerenv", "/run/.containerenv"]
        .iter()
        .any(|path| Path::new(path).exists())
    {
        return Some("this is a container");
    }
    let has_display = ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"]
        .iter()
        .any(|name| non_empty(name).is_some());
    (cfg!(target_os = "linux") && !has_display).then_some("there is no display")
}

/// The command lines by which the user opens an address, from `BROWSER`: separated by colons, the address in place of
/// `%s` or behind them, as xdg-open and Python's `webbrowser` read it.
pub fn browsers() -> Vec<String> {
    let value = non_empty("BROWSER")
        .map(|value| value.to_string_lossy().into_owned())
        .unwrap_or_default();
    let lines = if cfg!(windows) {
        vec![value.as_str()]
    } else {
        value.split(':').collect()
    };
    lines
        .into_iter()
        .filter(|line| !line.trim().is_empty())
        .map(str::to_owned)
        .collect()
}

/// The name of the file in which Claude Code keeps its own state, whose `env` counts as the lowest settings.
pub const CLAUDE_STATE: &str = ".claude.json";

/// Claude Code's own state: in the home directory, or where `CLAUDE_CONFIG_DIR` moves it.
pub fn claude_state() -> Option<PathBuf> {
    match non_empty("CLAUDE_CONFIG_DIR") {
        Some(path) => Some(absolute(Path::new(&path)).join(CLAUDE_STATE)),
        None => home().map(|home| home.join(CLAUDE_STATE)),
    }
}

/// The place that a variable of another tool names, where it is exported.
pub fn place_of_another_tool(variable: &str) -> Option<PathBuf> {
    non_empty(variable).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// Where Claude Code keeps the user's settings.
pub fn claude_directory() -> Option<PathBuf> {
    match non_empty("CLAUDE_CONFIG_DIR") {
        Some(path) => Some(absolute(Path::new(&path))),
        None => home().map(|home| home.join(".claude")),
    }
}

/// The file by which a step of GitHub Actions sets variables for the steps after it.
pub fn github_environment() -> Option<PathBuf> {
    non_empty("GITHUB_ENV").map(PathBuf::from)
}

/// Where Claude Code (2.1.331) looks for an administrator's settings. `CLAUDE_BEDROCK_MANAGED_SETTINGS` moves
/// it, for tests.
pub fn managed_settings_directory() -> PathBuf {
    if let Some(path) = non_empty("CLAUDE_BEDROCK_MANAGED_SETTINGS") {
        return absolute(Path::new(&path));
    }
    PathBuf::from(if cfg!(target_os = "macos") {
        "/Library/Application Support/ClaudeCode"
    } else if cfg!(windows) {
        r"C:\Program Files\ClaudeCode"
    } else {
        "/etc/claude-code"
    })
}

/// The profile that is loaded in this shell or session (`CLAUDE_BEDROCK_ACTIVE`).
pub fn active_profile() -> Option<String> {
    non_empty("CLAUDE_BEDROCK_ACTIVE").map(|name| name.to_string_lossy().into_owned())
}

/// How many columns whoever shows the output has, where it says so.
pub fn columns() -> Option<usize> {
    let columns = non_empty("COLUMNS")?.to_str()?.parse().ok()?;
    // What a terminal of no known size says.
    (columns > 0).then_some(columns)
}

/// Whether the locale has more characters than ASCII: what `LC_ALL`, else `LC_CTYPE`, else `LANG` names is UTF-8
/// (POSIX, 8.2). Windows has no such variables, and its terminals show Unicode.
pub fn locale_is_unicode() -> bool {
    let named = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| non_empty(name));
    match named {
        Some(name) => {
            let name = name.to_string_lossy().to_lowercase();
            name.contains("utf-8") || name.contains("utf8")
        }
        None => cfg!(windows),
    }
}

/// Whether the terminal can only print, one line after another (`TERM=dumb`).
pub fn terminal_is_dumb() -> bool {
    non_empty("TERM").is_none_or(|name| name == "dumb")
}

/// Whether Claude Code has started this process: its Bash tool sets `CLAUDECODE=1` (2.1.332).
pub fn is_in_claude() -> bool {
    non_empty("CLAUDECODE").is_some()
}

/// The directory of the link named `claude`, for the PATH of what starts Claude Code without a hook.
pub fn launcher_directory() -> Option<PathBuf> {
    known(dirs::data_local_dir).map(|directory| directory.join(DIRECTORY).join("bin"))
}

/// Where VS Code and its relatives keep the user's settings, each in a directory of its own.
pub fn editors_directory() -> Option<PathBuf> {
    known(dirs::config_dir)
}

/// The profile that this shell chose with `use`, or [`OFF`]. An empty variable is no choice.
pub fn chosen_profile() -> Option<String> {
    non_empty(PROFILE_VARIABLE).map(|name| name.to_string_lossy().into_owned())
}

/// The working directory with every link resolved; `None` if it has been deleted.
pub fn working_directory() -> Option<PathBuf> {
    env::current_dir().ok()
}

/// The working directory as the shell names it, links and all.
pub fn logical_directory() -> Option<PathBuf> {
    non_empty("PWD").map(PathBuf::from).filter(|path| path.is_absolute())
}

/// How much to say on stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Nothing at all.
    Off,
    /// Errors and warnings.
    Error,
    /// Also the line on entering and leaving.
    Info,
    /// Also what was looked at, and why.
    Debug,
}

/// `CLAUDE_BEDROCK_LOG`; anything unknown counts as the default, `info`.
pub fn verbosity() -> Verbosity {
    match non_empty("CLAUDE_BEDROCK_LOG")
        .and_then(|value| value.into_string().ok())
        .as_deref()
    {
        Some("off") => Verbosity::Off,
        Some("error") => Verbosity::Error,
        Some("debug") => Verbosity::Debug,
        _ => Verbosity::Info,
    }
}

/// Whether `NO_COLOR` asks for plain text (<https://no-color.org>: set and not empty).
pub fn no_color() -> bool {
    non_empty("NO_COLOR").is_some()
}

/// `path` seen from the working directory, without resolving links.
pub fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

/// `path` with a leading `~` standing for the home directory, as people write it in files.
pub fn expand_home(path: &str) -> Option<PathBuf> {
    match path.strip_prefix('~') {
        None => Some(PathBuf::from(path)),
        Some("") => home(),
        Some(rest) => rest
            .strip_prefix('/')
            .and_then(|rest| home().map(|home| home.join(rest))),
    }
}

/// `path` as people like to read it: below the home directory with `~`, control characters visible.
pub fn display(path: &Path) -> String {
    let shown = match home().as_deref().and_then(|home| path.strip_prefix(home).ok()) {
        Some(rest) if rest.as_os_str().is_empty() => "~".to_owned(),
        Some(rest) => format!("~{}{}", std::path::MAIN_SEPARATOR, rest.display()),
        None => path.display().to_string(),
    };
    crate::system::text::visible(&shown)
}

/// Whether `path` is `prefix` or below it, component by component, with no way back up.
pub fn is_below(path: &Path, prefix: &Path) -> bool {
    path.starts_with(prefix) && !path.components().any(|part| part == Component::ParentDir)
}

/// Whether a hook has run in the shell that started this process, by the state that it carries.
pub fn hook_has_run() -> bool {
    non_empty("CLAUDE_BEDROCK_STATE").is_some()
}

/// Where a hook stands among what its shell runs at each prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookPlace {
    /// Where it put itself: what runs after it sees the directory's own environment.
    First,
    /// Something runs before it, in the environment of the previous directory.
    Behind,
    /// Nowhere.
    Absent,
    /// First, in a shell that cannot compare the times of files.
    Blind,
}

/// What the hook's own function says of its place when it calls `doctor`; `None` if it was not the caller.
pub fn hook_place() -> Option<HookPlace> {
    let said = non_empty("CLAUDE_BEDROCK_HOOK")?;
    match said.to_str()?.split(' ').next()? {
        "first" => Some(HookPlace::First),
        "behind" => Some(HookPlace::Behind),
        "absent" => Some(HookPlace::Absent),
        "blind" => Some(HookPlace::Blind),
        _ => None,
    }
}

/// The wrapped commands of which the hook says that an alias of the shell's leads past them; after `=` those that came
/// after an alias.
pub fn aliased_commands() -> Vec<String> {
    let said = non_empty("CLAUDE_BEDROCK_HOOK").and_then(|text| text.into_string().ok());
    let names = said.as_deref().unwrap_or_default().split_whitespace().skip(1);
    names.map(str::to_owned).collect()
}

/// The user's login shell, for advice only.
pub fn login_shell() -> Option<String> {
    non_empty("SHELL").and_then(|path| path.into_string().ok())
}

/// The user's pager.
pub fn pager() -> String {
    non_empty("PAGER")
        .and_then(|line| line.into_string().ok())
        .unwrap_or_else(|| "less".to_owned())
}

/// The user's editor: the variable that names it, and the command line in it.
pub fn editor() -> Option<(&'static str, String)> {
    ["VISUAL", "EDITOR"].into_iter().find_map(|name| {
        let line = non_empty(name)?.into_string().ok()?;
        (!line.trim().is_empty()).then_some((name, line))
    })
}

/// The user who has become root by `sudo`, by the ID that it leaves.
#[cfg(unix)]
pub fn sudo_user() -> Option<u32> {
    non_empty("SUDO_UID")?.to_str()?.parse().ok()
}
