//! The first run: which rc files there are, the block that goes into them, and the first profile.
//!
//! Nothing here asks or prints; the command does.

pub mod block;
pub mod dotfiles;
pub mod files;
pub mod outside;
pub mod profile;
pub mod reached;
