//! A pseudo-terminal and what a terminal has to do behind it: it keeps what is written, and answers who asks where the
//! cursor is.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use rustix::pty::OpenptFlags;
use rustix::termios::{self, InputModes, LocalModes, OptionalActions, Winsize};

/// What .NET and `PSReadLine` write to learn where the cursor is, and read garbage without an answer to.
const CURSOR_QUERY: &[u8] = b"\x1b[6n";

/// Line and column, counted from 1. `PSReadLine` draws from there, which is as good as any other place.
const CURSOR_ANSWER: &[u8] = b"\x1b[1;1R";

/// Everything that was written to a terminal.
pub type Screen = Arc<Mutex<Vec<u8>>>;

/// Opens a pseudo-terminal with so many rows and columns: its own end, and the end for a program.
pub fn open(rows: u16, columns: u16, echoes: bool) -> (File, OwnedFd) {
    let master = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    rustix::pty::grantpt(&master).unwrap();
    rustix::pty::unlockpt(&master).unwrap();
    let name = rustix::pty::ptsname(&master, Vec::new()).unwrap();
    let slave = File::options()
        .read(true)
        .write(true)
        .open(OsStr::from_bytes(name.as_bytes()))
        .unwrap();
    if !echoes {
        let mut modes = termios::tcgetattr(&slave).unwrap();
        modes.local_modes -= LocalModes::ECHO;
        termios::tcsetattr(&slave, OptionalActions::Now, &modes).unwrap();
    }
    let size = Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    termios::tcsetwinsize(&slave, size).unwrap();
    (master.into(), slave.into())
}

/// Has `command` lead a session on the terminal that is its standard input, with a Ctrl-C that works: where the
/// tests run in the background it is ignored, and a shell that starts so cannot trap it.
pub fn lead_terminal(command: &mut Command) {
    // SAFETY: between fork and exec only system calls are made, on descriptors that exist.
    unsafe {
        command.pre_exec(|| {
            rustix::process::setsid()?;
            rustix::process::ioctl_tiocsctty(rustix::stdio::stdin())?;
            libc::signal(libc::SIGINT, libc::SIG_DFL);
            Ok(())
        });
    }
}

/// Keeps what is written to the terminal `master`, and answers what it is asked, until all programs on it have ended.
pub fn watch(master: &File) -> Screen {
    let screen = Screen::default();
    let (mut terminal, sink) = (master.try_clone().unwrap(), Arc::clone(&screen));
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        let mut answered = 0;
        while let Ok(length @ 1..) = terminal.read(&mut buffer) {
            let mut screen = sink.lock().unwrap();
            screen.extend(&buffer[..length]);
            let new = &screen[answered..];
            let queries = new
                .windows(CURSOR_QUERY.len())
                .filter(|bytes| *bytes == CURSOR_QUERY)
                .count();
            // A query may come in two parts.
            answered = screen.len() - partial(new);
            drop(screen);
            for _ in 0..queries {
                let _ = terminal.write_all(CURSOR_ANSWER);
            }
        }
    });
    screen
}

/// How many bytes at the end of `bytes` may be the beginning of a query.
fn partial(bytes: &[u8]) -> usize {
    (1..CURSOR_QUERY.len())
        .rev()
        .find(|length| bytes.ends_with(&CURSOR_QUERY[..*length]))
        .unwrap_or(0)
}

/// Whether Enter arrives as it is typed: while a line editor reads. Between two lines the terminal makes a line feed of
/// it, which `PSReadLine` takes for Ctrl-J.
pub fn passes_enter_on(master: impl AsFd) -> bool {
    !termios::tcgetattr(master)
        .unwrap()
        .input_modes
        .contains(InputModes::ICRNL)
}
