//! What happens on a write without a reader.
//!
//! On stdout it ends the program quietly (`hook | head -1`), as it ends other filters, instead of failing: the
//! system's default for the signal SIGPIPE, which Rust's runtime or a parent may have changed. On a connection to a
//! server it is an error to be named, and the signal would end the program without a word.

/// Makes it end the program.
#[cfg(unix)]
pub fn ends() {
    set(libc::SIG_DFL);
}

/// Makes it fail with an error, until the guard is dropped. Programs that are started meanwhile get the default.
pub fn fails() -> Guard {
    #[cfg(unix)]
    set(libc::SIG_IGN);
    Guard
}

/// Ends the program as the signal would.
pub fn end() {
    #[cfg(unix)]
    {
        ends();
        // SAFETY: sends a signal to this thread; no memory is handed over.
        unsafe {
            libc::raise(libc::SIGPIPE);
        }
    }
}

/// See [`fails`].
#[must_use]
#[derive(Debug)]
pub struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        #[cfg(unix)]
        ends();
    }
}

#[cfg(unix)]
fn set(action: libc::sighandler_t) {
    // SAFETY: installs the default action or none, not a handler.
    unsafe {
        libc::signal(libc::SIGPIPE, action);
    }
}
