//! Claude Code's settings files: where they are, what they say, what of it beats the environment, and how to
//! change single members without touching another byte.

pub mod apply;
pub mod edit;
pub mod json;
pub mod launcher;
mod managed;
pub mod policy;
pub mod record;
pub mod sentences;
pub mod settings;
pub mod shadow;
mod shapes;
