//! What a profile is: the keys of its TOML, the layers it is made of, and how they become one.

pub mod cache;
pub mod choice;
pub mod command_files;
pub mod keys;
pub mod layers;
pub mod read;
pub mod resolve;
pub mod source;
pub mod value;

pub use resolve::{Profile, Reason};
