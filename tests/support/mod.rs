//! What tests of several files share: the four real shells, a throwaway home, and a terminal.

pub mod fake_aws;
pub mod files;
pub mod shell;
pub mod terminal;
pub mod typist;
pub mod world;

pub use files::{executable, set_time};
pub use shell::Shell;
pub use world::World;
