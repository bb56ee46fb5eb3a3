//! What is known about regions, geographies and models: `regions.txt`, `models.txt` and `retired.txt`, with their sources
//! and dates, and how they are read.
//!
//! What an account really has differs; this is for sensible defaults and hints, never for refusing. The
//! files are read line by line where something is looked up, which takes a few microseconds: a profile is
//! made of them at every change of directory.

pub mod geography;
pub mod lifecycle;
pub mod model;
pub mod unsupported;

/// The rows of a data file: its lines but for comments, in columns.
fn rows(text: &'static str) -> impl Iterator<Item = std::str::SplitAsciiWhitespace<'static>> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(str::split_ascii_whitespace)
}
