//! direnv for Claude Code on Amazon Bedrock: entering a directory exports its profile, leaving restores.
//!
//! One entry and one exit. `export`, which hooks run at every change of directory, and `credentials` are
//! recognised before the command line's whole tree is built, which would cost more than the work itself.

#![cfg_attr(any(fuzzing, all(target_os = "linux", target_env = "gnu", not(test))), no_main)]

mod aws;
mod aws_files;
mod catalog;
mod changed;
mod claude;
mod cli;
mod command;
mod console;
mod context;
mod diagnostic;
mod doctor;
mod edit;
mod effects;
mod environment;
mod exit;
mod fast_path;
#[cfg(any(test, fuzzing))]
#[path = "../fuzz/mod.rs"]
mod fuzz;
mod import;
mod lint;
mod load;
mod policy;
mod profile;
mod prompt;
mod rewrite;
mod schema;
mod secret;
mod session;
mod setup;
mod shell;
mod system;
mod trust;
mod variables;
mod watch;

use exit::Exit;

/// The C library's entry. Rust's own runtime would first read `/proc/self/maps` for a handler that words a
/// stack overflow, and more that `export` has no use for and that every change of directory would pay. The
/// arguments are there without it: glibc hands them to the constructors, where the standard library keeps them.
#[cfg(all(target_os = "linux", target_env = "gnu", not(test), not(fuzzing)))]
#[unsafe(no_mangle)]
extern "C" fn main() -> libc::c_int {
    open_standard_streams();
    let status = run();
    // What the runtime would do at the end.
    let _ = std::io::Write::flush(&mut std::io::stdout());
    libc::c_int::from(status)
}

#[cfg(not(any(fuzzing, all(target_os = "linux", target_env = "gnu", not(test)))))]
fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(run())
}

/// Opens what of stdin, stdout and stderr is closed, as the runtime would: the next file that is opened
/// would take its number, and get what is meant for the terminal.
#[cfg(all(target_os = "linux", target_env = "gnu", not(test)))]
fn open_standard_streams() {
    for stream in 0..=2 {
        // SAFETY: asks for flags and opens a file that is always there; no memory is handed over.
        unsafe {
            if libc::fcntl(stream, libc::F_GETFD) == -1 {
                libc::open(c"/dev/null".as_ptr(), libc::O_RDWR);
                if stream == libc::STDOUT_FILENO {
                    console::started_without_stdout();
                }
            }
        }
    }
}

/// Does what the command line says, and returns the exit status.
fn run() -> u8 {
    #[cfg(unix)]
    system::broken_pipe::ends();
    let outcome = fast_path::run(cli::command).unwrap_or_else(cli::run);
    let exit = outcome.unwrap_or_else(|finding| {
        console::report(&finding);
        Exit::Misuse
    });
    exit.status()
}
