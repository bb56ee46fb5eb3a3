//! What tests of several files share: the four real shells, a throwaway home, and a terminal.

pub mod fake_aws;
pub mod files;
pub mod harness;
pub mod need;
pub mod pty;
pub mod shell;
pub mod terminal;
pub mod trace;
pub mod tricks;
pub mod typist;
pub mod world;

use std::process::Output;

pub use files::{executable, set_time};
pub use shell::Shell;
pub use world::World;

/// What a program has said on stdout.
pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What a program has said on stderr.
pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
