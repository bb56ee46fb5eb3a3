//! What the program knows about the operating system: paths, programs, variables, files, times, text.

pub mod broken_pipe;
pub mod command_line;
#[cfg(any(windows, test))]
pub mod descriptors;
pub mod files;
pub mod foreground;
pub mod lines;
pub mod links;
pub mod machine;
pub mod owners;
pub mod paths;
pub mod private;
pub mod programs;
pub mod redact;
pub mod text;
pub mod time;
pub mod variables;
