//! What stands in files: profiles and what they mean, and what is said of bad ones.

mod bad_input;
mod clone;
mod disguises;
mod hostile;
mod profiles;
mod strangers;
