//! The commands that somebody types.

mod allow_in_short;
mod allowing;
mod console;
mod doctor;
mod editing;
mod exporting;
mod import_sso;
mod importing;
mod install;
mod launcher;
mod lint;
mod login;
mod names;
mod plugins;
mod policy;
mod questions;
mod schema;
mod screens;
mod settings;
mod settings_truth;
mod setup;
mod without_hook;
