//! What the program needs of the operating system.

pub mod files;
pub mod owners;
pub mod redact;
