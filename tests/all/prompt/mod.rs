//! What happens at a prompt, in each of the four shells.

mod beside;
pub mod completion;
#[cfg(target_os = "linux")]
mod memory;
mod powershell;
mod quoting;
mod races;
pub mod scenarios;
mod segment;
