//! What a profile is: the keys of its TOML, the layers it is made of, and how they become one.

pub mod cache;
pub mod edit;
pub mod json_schema;
pub mod layers;
pub mod lint;
pub mod reference;
pub mod resolve;
pub mod schema;
pub mod source;

pub use resolve::{Profile, Reason};
