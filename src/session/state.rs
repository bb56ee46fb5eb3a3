//! What a shell carries from prompt to prompt, in one variable, so that leaving restores.
//!
//! The variable holds previous values, a keyed hash of every value that was set, and what was last said,
//! but never a value that a profile set. It is inherited by nested shells, which can then leave too.

use std::collections::BTreeMap;
use std::ffi::OsStr;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::profile::choice::Choice;
use crate::system::variables::random;
use crate::variables;

/// The variable that carries the state.
pub const VARIABLE: &str = "CLAUDE_BEDROCK_STATE";

/// The variable that names the active profile, for prompts.
pub const ACTIVE_VARIABLE: &str = "CLAUDE_BEDROCK_ACTIVE";

/// The mark after the name, while the shell differs from the profile.
pub const CHANGED: &str = "*";

/// The variable by which the hook hands over, for one call, the state before its first look at this prompt.
pub const BEFORE_VARIABLE: &str = "CLAUDE_BEDROCK_BEFORE";

/// The version of the encoding, the first character of the variable.
const VERSION: char = '2';

/// The bytes of what has been added since, where it is empty.
const ADDED: usize = 5;

/// The same for what has been added without another version, which older programs pass over.
const ADDED_BEHIND: usize = 1;

/// The version before: it ended where `left` begins now.
const VERSION_BEFORE: char = '1';

/// A variable's value before a profile touched it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Previous {
    /// It was not set.
    Unset,
    /// It had this value, in the bytes of the environment.
    Value(Vec<u8>),
    /// It had a value that is in the stash.
    Stashed,
}

/// One variable that a profile set or unset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// What to restore.
    pub previous: Previous,
    /// The keyed hash of what was set; `None` if it was unset.
    pub mark: Option<[u8; 8]>,
    /// The keyed hash of where a secret came from, so that it is not fetched again while that is the same.
    pub origin: Option<[u8; 8]>,
}

/// What another tool may still put back after the profile has been left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// What must be there instead.
    pub previous: Previous,
    /// The keyed hashes of what was set; `None` if it was unset.
    pub marks: Vec<Option<[u8; 8]>>,
    /// Whether a change by the user was kept, so that `use --clear` can still restore the earlier value.
    pub kept: bool,
}

/// The state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The key of the hashes, random, made with the state.
    key: [u8; 16],
    /// The active profile.
    pub profile: Option<String>,
    /// The variables that the profile holds, by name.
    pub held: BTreeMap<String, Held>,
    /// The name of the file with stashed previous values.
    pub stash: Option<[u8; 16]>,
    /// The hash of the warnings that were shown last, so that they are shown once.
    pub said: Option<[u8; 8]>,
    /// The hash of the environment whose secrets could not be fetched, so that the attempt is not repeated.
    pub failed: Option<[u8; 8]>,
    /// The choice before the present one, for `use -`.
    pub choice_before: Option<Choice>,
    /// The variables that were left and may come back.
    pub left: BTreeMap<String, Left>,
    /// Where the profile leaves credentials as they are: their hash when it was loaded, to see whether the user has
    /// taken on others since.
    pub around: Option<[u8; 8]>,
    /// The hash of the changes by others that were reported last, so that they are reported once.
    pub told: Option<[u8; 8]>,
    /// Whether `exec` set the state, and the user has not chosen since.
    pub by_exec: bool,
    /// The held variables that another tool had something to put back for, when last looked at.
    pub claimed: Vec<String>,
    /// Where the present choice was made, or last said to be an inherited one.
    pub chosen: Option<Chosen>,
}

/// The shell and the directory of a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// The shell's process.
    pub process: u32,
    /// The hash of the directory.
    pub directory: [u8; 8],
}

impl State {
    /// A state that holds nothing.
    pub fn new() -> Self {
        Self::keyed(random())
    }

    /// The same where it is not carried and hashes nothing, so that no key has to be asked for.
    pub fn none() -> Self {
        Self::keyed([0; 16])
    }

    fn keyed(key: [u8; 16]) -> Self {
        Self {
            key,
            profile: None,
            held: BTreeMap::new(),
            stash: None,
            said: None,
            failed: None,
            choice_before: None,
            left: BTreeMap::new(),
            around: None,
            told: None,
            by_exec: false,
            claimed: Vec::new(),
            chosen: None,
        }
    }

    /// The same with nothing held, and nothing that has been left.
    pub fn emptied(&self) -> Self {
        Self {
            profile: self.profile.clone(),
            stash: self.stash,
            said: self.said,
            failed: self.failed,
            choice_before: self.choice_before.clone(),
            around: self.around,
            told: self.told,
            by_exec: self.by_exec,
            chosen: self.chosen,
            ..Self::keyed(self.key)
        }
    }

    /// What is there after `before` has been left.
    pub fn after(before: &Self) -> Self {
        Self {
            left: before.left.clone(),
            ..Self::keyed(before.key)
        }
    }

    /// Whether there is nothing to carry.
    pub fn is_empty(&self) -> bool {
        self.profile.is_none()
            && self.held.is_empty()
            && self.said.is_none()
            && self.failed.is_none()
            && self.choice_before.is_none()
            && self.left.is_empty()
            && self.chosen.is_none()
    }

    /// Whether the hashes of two states can be compared.
    pub fn has_key_of(&self, other: &Self) -> bool {
        self.key == other.key
    }

    /// The keyed hash of a value.
    pub fn mark(&self, value: &[u8]) -> [u8; 8] {
        let mut key = [0; 32];
        key[..16].copy_from_slice(&self.key);
        let hash = blake3::keyed_hash(&key, value);
        let mut mark = [0; 8];
        mark.copy_from_slice(&hash.as_bytes()[..8]);
        mark
    }

    /// The state in the variable's value.
    pub fn decode(value: &OsStr) -> Option<Self> {
        let value = value.to_str()?;
        let payload = value.strip_prefix([VERSION, VERSION_BEFORE])?;
        let mut bytes = BASE64URL_NOPAD.decode(payload.as_bytes()).ok()?;
        if value.starts_with(VERSION_BEFORE) {
            // Nothing left, no hash, no hash, not by `exec`, nothing claimed.
            bytes.extend([0; ADDED]);
        }
        bytes.extend([0; ADDED_BEHIND]);
        let state: Self = postcard::from_bytes(&bytes).ok()?;
        // Names become shell code, and another program may have set the variable.
        let held = state.held.iter().map(|(name, held)| (name, &held.previous));
        let left = state.left.iter().map(|(name, left)| (name, &left.previous));
        held.chain(left)
            .all(|(name, previous)| may_be(name, previous))
            .then_some(state)
    }

    /// The length of the variable's value, in bytes.
    pub fn encoded_length(&self) -> usize {
        let bytes =
            postcard::experimental::serialized_size(self).expect("a state has no part that cannot be serialised");
        VERSION.len_utf8() + BASE64URL_NOPAD.encode_len(bytes)
    }

    /// The variable's value.
    pub fn encode(&self) -> String {
        let bytes = postcard::to_allocvec(self).expect("a state has no part that cannot be serialised");
        format!("{VERSION}{}", BASE64URL_NOPAD.encode(&bytes))
    }
}

/// Whether this program could have written it into a state that `name` was `previous` before. Then leaving can bring
/// back nothing that runs code, whoever has written the state.
fn may_be(name: &str, previous: &Previous) -> bool {
    variables::may_be_held(name) && (variables::may_be_carried(name) || !matches!(previous, Previous::Value(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_survives_its_variable() {
        let mut state = State::new();
        state.profile = Some("work".into());
        state.held.insert(
            "AWS_REGION".into(),
            Held {
                previous: Previous::Value(b"\xff\0\n".to_vec()),
                mark: Some(state.mark(b"x")),
                origin: None,
            },
        );
        state.held.insert(
            "AWS_PROFILE".into(),
            Held {
                previous: Previous::Unset,
                mark: None,
                origin: None,
            },
        );
        state.choice_before = Some(Choice::Off);
        let encoded = state.encode();
        assert!(
            encoded
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        );
        assert_eq!(State::decode(encoded.as_ref()), Some(state));
    }

    #[test]
    fn a_state_that_cannot_be_read_is_none() {
        for value in ["", "1", "2", "3abc", "2abc", "1!!", "1AAAA", "2AAAA", "\u{e9}"] {
            assert_eq!(State::decode(value.as_ref()), None, "{value:?}");
        }
    }

    #[test]
    fn a_state_of_the_version_before_is_read() {
        let mut state = State::new();
        state.profile = Some("work".into());
        let encoded = state.encode();
        let bytes = BASE64URL_NOPAD.decode(&encoded.as_bytes()[1..]).unwrap();
        let before = format!(
            "1{}",
            BASE64URL_NOPAD.encode(&bytes[..bytes.len() - ADDED - ADDED_BEHIND])
        );
        assert_eq!(State::decode(before.as_ref()), Some(state));
    }

    #[test]
    fn a_state_of_somebody_elses_making_brings_back_no_value_that_runs_code() {
        let forged = |name: &str, previous: Previous| {
            let mut state = State::new();
            let mark = Some(state.mark(b"x"));
            state.held.insert(
                name.to_owned(),
                Held {
                    previous,
                    mark,
                    origin: None,
                },
            );
            State::decode(state.encode().as_ref()).is_some()
        };
        let value = || Previous::Value(b"/tmp/evil".to_vec());
        // Names that are no profile's, whatever they were.
        for name in [
            "PROMPT_COMMAND",
            "PS0",
            "PS1",
            "PS4",
            "PATH",
            "IFS",
            "SHELLOPTS",
            "BASHOPTS",
            "HOME",
            "CDPATH",
            "FPATH",
            "fish_function_path",
            "__claude_bedrock_program",
            "CLAUDE_BEDROCK_CONFIG",
            "A-B",
            "x[$(id)]",
            "",
        ] {
            for previous in [value(), Previous::Unset, Previous::Stashed] {
                assert!(!forged(name, previous), "{name}");
            }
        }
        // Names that a profile may set, with a value that only the stash may bring.
        for name in [
            "LD_PRELOAD",
            "LD_LIBRARY_PATH",
            "BASH_ENV",
            "ENV",
            "BROWSER",
            "EDITOR",
            "PAGER",
            "NODE_OPTIONS",
            "PYTHONPATH",
            "GIT_SSH_COMMAND",
            "ZDOTDIR",
            "HTTPS_PROXY",
            "AWS_ENDPOINT_URL",
            "XDG_CONFIG_HOME",
            "MY_OWN",
        ] {
            assert!(!forged(name, value()), "{name}");
            assert!(
                forged(name, Previous::Unset) && forged(name, Previous::Stashed),
                "{name}"
            );
        }
        // What the program itself writes, also an earlier version of it.
        for name in [
            "AWS_REGION",
            "AWS_PROFILE",
            "ANTHROPIC_BEDROCK_BASE_URL",
            "AWS_ACCESS_KEY_ID",
        ] {
            assert!(forged(name, value()), "{name}");
        }
    }

    #[test]
    fn marks_of_two_states_differ() {
        assert_ne!(State::new().mark(b"x"), State::new().mark(b"x"));
    }
}
