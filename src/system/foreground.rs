//! The terminal's foreground, and who has it while the program waits for a secret.
//!
//! What waits becomes a job of its own: Ctrl-C then reaches it alone and not the user's shell, which would
//! give up its prompt half-way or run the user's INT trap. When the job ends, the shell has the terminal
//! again. Away from a terminal, or in the background, nothing changes hands.

#[cfg(unix)]
mod system {
    use std::os::unix::process::{CommandExt, ExitStatusExt};
    use std::process::{Child, Command, ExitStatus, Stdio};
    use std::sync::atomic::{AtomicBool, Ordering};

    use rustix::process::{Pid, Signal, getpgrp, kill_process_group, setpgid};
    use rustix::termios::{tcgetpgrp, tcsetpgrp};

    /// While it lives, the job has the terminal; then it goes back to whoever had it.
    pub struct Job {
        /// Who had it; `None` if this process is not in the foreground of a terminal.
        before: Option<Pid>,
    }

    /// This process' own group, if it has the terminal.
    fn in_foreground() -> Option<Pid> {
        let own = getpgrp();
        tcgetpgrp(std::io::stdin()).ok().filter(|group| *group == own)
    }

    impl Job {
        /// Makes a command, not yet started, a job of its own that can read from the terminal. Without a
        /// terminal it reads nothing.
        pub fn of(command: &mut Command) -> Self {
            let before = in_foreground();
            command.stdin(if before.is_some() {
                Stdio::inherit()
            } else {
                Stdio::null()
            });
            if before.is_some() {
                // SAFETY: between fork and exec only async-signal-safe calls are made: setpgid, tcsetpgrp, signal.
                unsafe {
                    command.pre_exec(move || {
                        setpgid(None, None)?;
                        libc::signal(libc::SIGTTOU, libc::SIG_IGN);
                        let _ = tcsetpgrp(std::io::stdin(), getpgrp());
                        for signal in [libc::SIGTTOU, libc::SIGINT, libc::SIGQUIT] {
                            libc::signal(signal, libc::SIG_DFL);
                        }
                        // Nothing could continue a stopped command: the shell waits for its output, not for a job.
                        libc::signal(libc::SIGTSTP, libc::SIG_IGN);
                        Ok(())
                    });
                }
            }
            Self { before }
        }

        /// Ends the command and, where it is a job of its own, everything that it has started.
        pub fn kill(&self, child: &mut Child) {
            let group = i32::try_from(child.id())
                .ok()
                .and_then(Pid::from_raw)
                .filter(|_| self.before.is_some());
            if let Some(group) = group {
                let _ = kill_process_group(group, Signal::KILL);
            }
            let _ = child.kill();
        }
    }

    impl Drop for Job {
        fn drop(&mut self) {
            if let Some(group) = self.before {
                give_terminal(group);
            }
        }
    }

    /// Gives the terminal to a group, also from the background, where taking it would stop this process.
    fn give_terminal(group: Pid) {
        // SAFETY: installs a default action, not a handler.
        let action = unsafe { libc::signal(libc::SIGTTOU, libc::SIG_IGN) };
        let _ = tcsetpgrp(std::io::stdin(), group);
        // SAFETY: puts back what was there.
        unsafe { libc::signal(libc::SIGTTOU, action) };
    }

    /// Whether the command was ended by Ctrl-C.
    pub fn interrupted(status: ExitStatus) -> bool {
        // Programs that clean up after Ctrl-C end with the status that a shell gives to its signal.
        status.signal() == Some(libc::SIGINT) || status.code() == Some(128 + libc::SIGINT)
    }

    /// Whether Ctrl-C came while a [`Wait`] lived.
    static INTERRUPTED: AtomicBool = AtomicBool::new(false);

    extern "C" fn note(_: libc::c_int) {
        INTERRUPTED.store(true, Ordering::Relaxed);
    }

    /// While it lives, this process itself is the job in the foreground, and Ctrl-C is only noted.
    pub struct Wait {
        before: Option<Pid>,
        interrupt: libc::sighandler_t,
        stop: libc::sighandler_t,
    }

    impl Wait {
        pub fn begin() -> Self {
            INTERRUPTED.store(false, Ordering::Relaxed);
            let note: extern "C" fn(libc::c_int) = note;
            // SAFETY: the handler does nothing but store into an atomic.
            let interrupt = unsafe { libc::signal(libc::SIGINT, note as libc::sighandler_t) };
            // SAFETY: ignores a signal: nobody could continue a stopped process of which the shell wants output.
            let stop = unsafe { libc::signal(libc::SIGTSTP, libc::SIG_IGN) };
            let before = in_foreground().filter(|_| setpgid(None, None).is_ok());
            if before.is_some() {
                give_terminal(getpgrp());
            }
            Self {
                before,
                interrupt,
                stop,
            }
        }

        pub fn is_interrupted() -> bool {
            INTERRUPTED.load(Ordering::Relaxed)
        }
    }

    impl Drop for Wait {
        fn drop(&mut self) {
            if let Some(group) = self.before {
                let _ = setpgid(None, Some(group));
                give_terminal(group);
            }
            // SAFETY: puts back what was there.
            unsafe {
                libc::signal(libc::SIGINT, self.interrupt);
                libc::signal(libc::SIGTSTP, self.stop);
            }
        }
    }
}

/// Windows has no jobs of this kind: Ctrl-C reaches every process on the console.
#[cfg(not(unix))]
mod system {
    use std::io::IsTerminal;
    use std::process::{Child, Command, ExitStatus, Stdio};

    pub struct Job;

    impl Job {
        pub fn of(command: &mut Command) -> Self {
            command.stdin(if std::io::stdin().is_terminal() {
                Stdio::inherit()
            } else {
                Stdio::null()
            });
            Self
        }

        pub fn kill(&self, child: &mut Child) {
            let _ = child.kill();
        }
    }

    pub fn interrupted(status: ExitStatus) -> bool {
        // STATUS_CONTROL_C_EXIT
        status.code() == Some(-1_073_741_510)
    }

    pub struct Wait;

    impl Wait {
        pub fn begin() -> Self {
            Self
        }

        pub fn is_interrupted() -> bool {
            false
        }
    }
}

pub use system::{Job, Wait, interrupted};
