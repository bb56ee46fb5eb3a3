//! What installs the program and what is published. scripts/check-packages installs each package for real.

mod install_scripts;
mod manifests;
mod published;
mod server;
