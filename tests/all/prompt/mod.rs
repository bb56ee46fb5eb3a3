//! What happens at a prompt, in each of the four shells.

mod beside;
mod changed;
pub mod completion;
#[cfg(target_os = "linux")]
mod costs;
#[cfg(target_os = "linux")]
mod memory;
mod other_tools;
mod powershell;
mod quoting;
mod races;
pub mod scenarios;
mod segment;
mod switched;
mod tracing;
