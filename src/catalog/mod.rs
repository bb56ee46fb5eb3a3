//! What is known about regions, geographies and models: data with source and date, and how it is read.
//!
//! What an account really has differs; this is for sensible defaults and hints, never for refusing.

pub mod geography;
pub mod model;
