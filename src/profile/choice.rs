//! A shell's choice.

use serde::{Deserialize, Serialize};

/// What a shell chose: `use NAME`, `off` or `use --clear`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Choice {
    /// What the directory says.
    Directory,
    /// No profile.
    Off,
    /// This profile: its name, and behind commas what is refined in this shell alone (`work,region=eu-west-1`).
    Profile(String),
}

/// What a choice can refine: the word in the variable, and the key of a profile.
const REFINABLE: [(&str, &str); 2] = [("region", "region"), ("model", "models.main")];

/// The name in a chosen profile, and the keys that it refines with their values. What is of another form is a name,
/// which no profile has: no name has a comma.
pub fn split(chosen: &str) -> (&str, Vec<(&'static str, &str)>) {
    let mut parts = chosen.split(',');
    let name = parts.next().unwrap_or(chosen);
    let refinement = |part: &'_ str| {
        let (word, _) = part.split_once('=')?;
        let (_, key) = REFINABLE.iter().find(|(known, _)| *known == word)?;
        Some(*key)
    };
    let pairs: Option<Vec<_>> = parts
        .map(|part| Some((refinement(part)?, part.split_once('=')?.1)))
        .collect();
    match pairs {
        Some(pairs) if pairs.iter().all(|(_, value)| !value.trim().is_empty()) => (name, pairs),
        _ => (chosen, Vec::new()),
    }
}

impl Choice {
    /// A profile, refined in this shell alone.
    pub fn refined(name: &str, region: Option<&str>, model: Option<&str>) -> Self {
        let parts = [("region", region), ("model", model)];
        let parts = parts
            .iter()
            .filter_map(|(word, value)| Some(format!(",{word}={}", (*value)?)));
        Self::Profile(name.to_owned() + &parts.collect::<String>())
    }

    /// The choice that the value of `CLAUDE_BEDROCK_PROFILE` stands for.
    pub fn of(value: Option<&str>) -> Self {
        match value {
            None => Self::Directory,
            Some(crate::system::paths::OFF) => Self::Off,
            Some(name) => Self::Profile(name.to_owned()),
        }
    }

    /// The value of `CLAUDE_BEDROCK_PROFILE` that stands for the choice.
    pub fn value(&self) -> Option<&str> {
        match self {
            Self::Directory => None,
            Self::Off => Some(crate::system::paths::OFF),
            Self::Profile(name) => Some(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_holds_a_name_and_what_is_refined() {
        let choice = Choice::refined(
            "work",
            Some("eu-west-1"),
            Some("us.anthropic.claude-haiku-4-5-20251001-v1:0"),
        );
        let value = choice.value().unwrap();
        assert_eq!(
            split(value),
            (
                "work",
                vec![
                    ("region", "eu-west-1"),
                    ("models.main", "us.anthropic.claude-haiku-4-5-20251001-v1:0")
                ]
            )
        );
        assert_eq!(Choice::of(Some(value)), choice);
        assert_eq!(Choice::refined("work", None, None), Choice::Profile("work".to_owned()));
        for odd in [
            "work,",
            "work,zone=a",
            "work,region",
            "work,region=",
            "work,region= ,model=x",
            ",a",
        ] {
            assert_eq!(split(odd), (odd, Vec::new()), "{odd}");
        }
    }
}
