//! Every test but those with the real Claude Code (`tests/wire`), in one binary. `cargo test --test all -- WORD` runs
//! those whose name has the word in it: a module, a shell, a part of a name.

#[macro_use]
extern crate test_attribute;

#[allow(dead_code, reason = "tests/wire uses a part of it, too")]
#[path = "../support/mod.rs"]
mod support;

mod architecture;
mod aws;
mod commands;
mod documentation;
mod files;
mod packaging;
mod prompt;
mod secrets;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut rows = prompt::scenarios::rows();
    rows.extend(prompt::completion::rows());
    rows.extend(secrets::rows());
    support::harness::main(rows)
}

mod layout {
    use std::ffi::OsStr;
    use std::fs;
    use std::path::Path;

    use crate::support::files::below;

    /// A file that no module names is not compiled, and its tests are never run.
    #[test]
    fn every_file_is_a_module() {
        let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/all");
        for file in below(&all) {
            let path = Path::new(&file);
            if path.extension() != Some(OsStr::new("rs")) || file == "main.rs" {
                continue;
            }
            let module = if path.ends_with("mod.rs") {
                path.parent().unwrap()
            } else {
                path
            };
            let directory = module.parent().unwrap();
            let is_top = directory.as_os_str().is_empty();
            let parent = directory.join(if is_top { "main.rs" } else { "mod.rs" });
            let line = format!("mod {};", module.file_stem().unwrap().display());
            let text = fs::read_to_string(all.join(&parent)).unwrap_or_default();
            assert!(
                text.lines().any(|own| own.trim_start_matches("pub ") == line),
                "{file} is not compiled: {} lacks `{line}`",
                parent.display()
            );
        }
    }
}
