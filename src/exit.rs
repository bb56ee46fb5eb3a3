//! How the program ends.

/// The outcome of a command, which is its exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It did what it was asked to do: 0.
    Done,
    /// It found something broken: 1.
    Found,
    /// The command line or the configuration is wrong: 2.
    Misuse,
    /// The status of a program that it ran.
    Child(u8),
}

impl Exit {
    /// [`Self::Found`] if something was found, else [`Self::Done`].
    pub fn found_if(found: bool) -> Self {
        if found { Self::Found } else { Self::Done }
    }

    /// The status that the shell gets.
    pub fn status(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Found => 1,
            Self::Misuse => 2,
            Self::Child(status) => status,
        }
    }
}
