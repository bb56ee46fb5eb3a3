//! Claude Code's settings files: where they are, what they say, what of it beats the environment, and how to
//! change single members without touching another byte.

pub mod apply;
pub mod edit;
pub mod json;
pub mod launcher;
mod managed;
pub mod policy;
pub mod record;
pub mod sentences;
pub mod settings;
pub mod shadow;
mod shapes;
pub mod shown;

use crate::system::programs;

/// The switch by which Claude Code keeps credentials that are in variables out of its Bash tool, hooks and MCP servers.
pub const SCRUB: &str = "CLAUDE_CODE_SUBPROCESS_ENV_SCRUB";

/// Whether it can: on Linux Claude Code does so with bubblewrap, and does not start where it is told to and has none
/// (2.1.332, seen).
pub fn can_scrub() -> bool {
    !cfg!(target_os = "linux") || programs::on_path("bwrap").is_some()
}
