//! The launcher: Claude Code started with its profile in the one place that beats every settings file but managed
//! ones, `claude --settings FILE` (2.1.332, seen on the wire).
//!
//! The variables that a shell exports are not the top of Claude Code's order: any settings file's `env` beats them,
//! a background session takes most of them from a daemon that another directory's shell started, and an editor
//! never sees them.

pub mod arguments;
pub mod contents;
pub mod file;
pub mod program;
