//! What other tools that set variables for a directory say about themselves, in the environment: what they have
//! set, and what they will put back on leaving.
//!
//! direnv keeps both in `DIRENV_DIFF` (JSON, `p` before and `n` now, compressed by zlib, as URL-safe base64;
//! `gzenv` and `env_diff.go` of 2.32), mise in `__MISE_DIFF` (`MessagePack`, `old` and `new`, compressed by zlib, as
//! base64 without padding; seen with 2026.9), shadowenv in `__shadowenv_data` (a hash, a colon, and JSON; `undo.rs` and
//! `shadowenv.rs` of 3). What is switched on and off by hand keeps what it replaced under a longer
//! name: conda in `__CONDA_SHLVL_n_NAME` (`conda/activate.py` of 24, which leaves it there afterwards), Environment
//! Modules' `pushenv` in `__MODULES_PUSHENV_NAME` (5.2), Lmod's in `__LMOD_STACK_NAME` (8.6), scripts of conda and
//! virtual environments in `CONDA_BACKUP_NAME`, `_OLD_VIRTUAL_NAME` and the like, smartcd and zsh-autoenv in
//! `__varstash_export__PLACE_NAME` (`lib/core/varstash`, 2012), and that there was none in `__varstash_nostash__PLACE_NAME`.
//! Where such a variable is not exported, the hook exports it to this program alone.

use std::collections::BTreeMap;

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL_NOPAD};
use serde::Deserialize;

use crate::system::variables::{Snapshot, bytes_of, value_in};
use crate::variables;

/// Where direnv records what it has changed.
pub const DIRENV: &str = "DIRENV_DIFF";

/// Where mise records what it has changed.
pub const MISE: &str = "__MISE_DIFF";

/// Where shadowenv keeps what it has changed.
pub const SHADOWENV: &str = "__shadowenv_data";

/// Where tools keep all that they have changed, values and all.
pub const RECORDS: [&str; 3] = [DIRENV, MISE, SHADOWENV];

/// What conda's variables begin with; the level and the name follow. What is kept at the present level or above is
/// never put back.
const CONDA: &str = "__CONDA_SHLVL_";
const CONDA_LEVEL: &str = "CONDA_SHLVL";

/// What the stacks of `pushenv` begin with: `module&value` with `:` between, and base64 with `:` between, what is set
/// first.
const MODULES: &str = "__MODULES_PUSHENV_";
const LMOD: &str = "__LMOD_STACK_";

/// Of variables that smartcd has found unset.
const NOT_STASHED: &str = "__varstash_nostash__";

/// Names of this pattern keep a variable's earlier value.
const KEPT: [&str; 9] = [
    "VARSTASH", "OLD", "BACKUP", "SAVED", "SAVE", "ORIG", "ORIGINAL", "PREV", "PREVIOUS",
];

/// A larger record is not theirs; the environment of a process is shorter.
const LONGEST: usize = 1 << 20;

/// A value, or its absence.
pub type Value = Option<Vec<u8>>;

/// What one tool says about one variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The tool's usual name.
    pub tool: &'static str,
    /// What it has set; `None` if it does not say.
    pub new: Option<Value>,
    /// What it will put back.
    pub old: Value,
}

/// What all of them report, by variable, in the order in which they acted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Others(BTreeMap<String, Vec<Claim>>);

#[derive(Default, Deserialize)]
struct Difference {
    #[serde(default, alias = "p")]
    old: BTreeMap<String, String>,
    #[serde(default, alias = "n")]
    new: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Shadowed {
    scalars: Vec<Scalar>,
}

#[derive(Deserialize)]
struct Scalar {
    name: String,
    original: Option<String>,
    current: Option<String>,
}

impl Others {
    /// Reads the records in `snapshot`. An unreadable record is ignored.
    pub fn of(snapshot: &Snapshot) -> Self {
        let mut others = Self::default();
        if let Some(difference) = direnv(snapshot) {
            others.add("direnv", difference);
        }
        if let Some(difference) = mise(snapshot) {
            others.add("mise", difference);
        }
        if let Some(difference) = shadowenv(snapshot) {
            others.add("shadowenv", difference);
        }
        let level = value_in(snapshot, CONDA_LEVEL).and_then(|level| level.to_str()?.parse().ok());
        for (name, value) in snapshot {
            let Some(name) = name.to_str() else { continue };
            if let Some((tool, name, old)) = kept(name, bytes_of(value), level.unwrap_or(0)) {
                let claims = old.into_iter().map(|old| Claim { tool, new: None, old });
                others.0.entry(name.to_owned()).or_default().extend(claims);
            }
        }
        others
    }

    fn add(&mut self, tool: &'static str, mut difference: Difference) {
        let mut names: Vec<String> = difference.old.keys().chain(difference.new.keys()).cloned().collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let claim = Claim {
                tool,
                new: Some(difference.new.remove(&name).map(String::into_bytes)),
                old: difference.old.remove(&name).map(String::into_bytes),
            };
            self.0.entry(name).or_default().push(claim);
        }
    }

    /// What the tools report about `name`.
    pub fn about(&self, name: &str) -> &[Claim] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// The tool that has set `name` to `current`.
    pub fn setter(&self, name: &str, current: &Value) -> Option<&Claim> {
        self.about(name)
            .iter()
            .find(|claim| claim.new.as_ref() == Some(current))
    }

    /// What a tool has set `name` to: the last one, where there are several.
    pub fn set_to(&self, name: &str) -> Option<&Value> {
        self.about(name).iter().rev().find_map(|claim| claim.new.as_ref())
    }

    /// Whether some tool will put one of these values back.
    pub fn will_restore(&self, name: &str, is_one: impl Fn(&Value) -> bool) -> bool {
        self.about(name).iter().any(|claim| is_one(&claim.old))
    }
}

/// What the variable `name` keeps: which tool, of which variable, and what it will put back. `level` is conda's.
fn kept<'a>(name: &'a str, value: &[u8], level: u32) -> Option<(&'static str, &'a str, Vec<Value>)> {
    let texts = || value.split(|byte| *byte == b':').skip(1);
    // Where there was nothing, there is nothing more in the stack.
    let stack = |old: Vec<Value>| if old.is_empty() { vec![None] } else { old };
    if let Some((at, name)) = name.strip_prefix(CONDA).and_then(|rest| rest.split_once('_')) {
        let is_live = at.parse::<u32>().is_ok_and(|at| at < level);
        return is_live.then(|| ("conda", name, vec![Some(value.to_vec())]));
    }
    if let Some(name) = name.strip_prefix(MODULES) {
        let after = |text: &[u8]| {
            text.iter()
                .position(|byte| *byte == b'&')
                .map(|at| text[at + 1..].to_vec())
        };
        return Some(("Environment Modules", name, stack(texts().map(after).collect())));
    }
    if let Some(name) = name.strip_prefix(LMOD) {
        return Some((
            "Lmod",
            name,
            stack(texts().map(|text| BASE64.decode(text).ok()).collect()),
        ));
    }
    if !name
        .split('_')
        .any(|word| KEPT.iter().any(|kept| kept.eq_ignore_ascii_case(word)))
    {
        return None;
    }
    let was_none = name.starts_with(NOT_STASHED);
    let mut owned = variables::CREDENTIALS.iter().chain(variables::BEDROCK);
    let name = owned.find(|owned| name.strip_suffix(**owned).is_some_and(|before| before.ends_with('_')))?;
    let old = (!was_none).then(|| value.to_vec());
    Some(("a script", name, vec![old]))
}

fn direnv(snapshot: &Snapshot) -> Option<Difference> {
    let text = value_in(snapshot, DIRENV)?.to_str()?.trim_end_matches('=');
    let bytes = inflated(&BASE64URL_NOPAD.decode(text.as_bytes()).ok()?)?;
    serde_json::from_slice(&bytes).ok()
}

fn mise(snapshot: &Snapshot) -> Option<Difference> {
    let text = value_in(snapshot, MISE)?.to_str()?.trim_end_matches('=');
    let bytes = inflated(&BASE64_NOPAD.decode(text.as_bytes()).ok()?)?;
    rmp_serde::from_slice(&bytes).ok()
}

fn shadowenv(snapshot: &Snapshot) -> Option<Difference> {
    let (_, json) = value_in(snapshot, SHADOWENV)?.to_str()?.split_once(':')?;
    let shadowed: Shadowed = serde_json::from_str(json).ok()?;
    let mut difference = Difference::default();
    for scalar in shadowed.scalars {
        let Scalar {
            name,
            original,
            current,
        } = scalar;
        difference.old.extend(original.map(|value| (name.clone(), value)));
        difference.new.extend(current.map(|value| (name, value)));
    }
    Some(difference)
}

fn inflated(bytes: &[u8]) -> Option<Vec<u8>> {
    miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(bytes, LONGEST).ok()
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// What direnv would keep for these changes.
    pub fn direnv_diff(old: &[(&str, &str)], new: &[(&str, &str)]) -> String {
        let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        let json = serde_json::json!({ "p": map(old), "n": map(new) }).to_string();
        BASE64URL_NOPAD.encode(&miniz_oxide::deflate::compress_to_vec_zlib(json.as_bytes(), 6))
    }

    #[expect(clippy::unnecessary_wraps, reason = "a value that is there")]
    fn value(text: &str) -> Value {
        Some(text.as_bytes().to_vec())
    }

    #[test]
    fn what_direnv_and_mise_keep_is_read() {
        let snapshot: Snapshot = [
            // Made by direnv 2.32.1 and mise 2026.9.15, each from AWS_PROFILE=mine to infra; direnv unset FOO.
            (DIRENV, "eJxkyr1yqkAYANB3-Wq5yF0EZSYFYQFBw7IooDaMKH9BiQsMrjq-e5pMLFKf84ALaA_Q41XiB8RyliZocK6aDEZgEQIacHiOoPmbqiZv9zAC7ASmFyXYCUADQezPFzHtxPYlP_9XxH9ZM7SHV4j1tTE3V6BB5t4-7p8941inumeoa3s8rdky4AgtqM_otrp5XWj_LxQqF_FmGIp8uyuSqzxHR9n1VaP0CoRm1_RU8hMhzKCpTOZ-fvyyXEGoQqnfCzjHwqBusi1ppUhQscmT5Tkti1itFxOGFoeVvTkMSmm4TR2F1V2aUFxyGjvIJ_z9egqtqjNKKrE4qCRsBw7aEfsW1R2a9jN_7Og6ThKFjX1l-gbP53cAAAD__2lCbUw="),
            (MISE, "eAFrXpyfk9K42jE8OD4gyN/N08d1SW5mXurivNRyFNGlmXlpRYlLChJLMiYAADL0FUQ"),
            // As shadowenv 3 writes it.
            (SHADOWENV, r#"00000000075bcd15:{"scalars":[{"name":"ANTHROPIC_MODEL","original":null,"current":"theirs","no_clobber":false},{"name":"BAR","original":"v0","current":null,"no_clobber":false}],"lists":[],"prev_dirs":[]}"#),
            ("CONDA_SHLVL", "2"),
            ("__CONDA_SHLVL_1_AWS_REGION", "eu-west-1"),
            ("__CONDA_SHLVL_x", "1"),
            // conda 24 leaves these behind.
            ("__CONDA_SHLVL_2_ANTHROPIC_MODEL", "gone"),
        ]
        .map(|(name, value)| (name.into(), value.into()))
        .into();
        let others = Others::of(&snapshot);
        let mise = Claim {
            tool: "mise",
            new: Some(value("infra")),
            old: value("mine"),
        };
        assert_eq!(others.about("AWS_PROFILE")[1], mise);
        let direnv = Claim { tool: "direnv", ..mise };
        assert_eq!(others.about("AWS_PROFILE")[0], direnv);
        assert_eq!(others.about("FOO")[0].new, Some(None));
        assert_eq!(others.about("FOO")[0].old, value("x"));
        assert_eq!(others.about("AWS_REGION")[0].old, value("eu-west-1"));
        assert_eq!(others.about("AWS_REGION")[0].new, None);
        let shadowenv = Claim {
            tool: "shadowenv",
            new: Some(value("theirs")),
            old: None,
        };
        assert_eq!(others.about("ANTHROPIC_MODEL"), [shadowenv]);
        assert_eq!(others.about("BAR")[0].new, Some(None));
        assert_eq!(others.about("BAR")[0].old, value("v0"));
    }

    #[test]
    fn what_is_kept_under_a_longer_name_is_read() {
        for (name, value, of, old) in [
            // Made by Environment Modules 5.2.0 and as Lmod 8.6 does, with and without a value before.
            (
                "__MODULES_PUSHENV_AWS_PROFILE",
                "push&infra:&mine",
                "AWS_PROFILE",
                Some("mine"),
            ),
            ("__MODULES_PUSHENV_AWS_REGION", "push&us-east-2", "AWS_REGION", None),
            (
                "__LMOD_STACK_AWS_PROFILE",
                "aW5mcmE=:bWluZQ==",
                "AWS_PROFILE",
                Some("mine"),
            ),
            ("__LMOD_STACK_AWS_REGION", "false", "AWS_REGION", None),
            ("CONDA_BACKUP_AWS_PROFILE", "mine", "AWS_PROFILE", Some("mine")),
            ("_OLD_VIRTUAL_AWS_PROFILE", "mine", "AWS_PROFILE", Some("mine")),
            ("old_AWS_REGION", "mine", "AWS_REGION", Some("mine")),
            (
                "__varstash_export___tmp__home_x_AWS_PROFILE",
                "mine",
                "AWS_PROFILE",
                Some("mine"),
            ),
            ("__varstash_nostash___tmp__home_x_AWS_PROFILE", "1", "AWS_PROFILE", None),
        ] {
            let others = Others::of(&[(name.into(), value.into())].into());
            let claims: Vec<&Value> = others.about(of).iter().map(|claim| &claim.old).collect();
            assert_eq!(claims, [&old.map(|old| old.as_bytes().to_vec())], "{name}");
        }
        for name in [
            "TF_VAR_AWS_REGION",
            "OLDPWD",
            "MY_AWS_PROFILE",
            "OLD_AWS_PROFILE_NAME",
            "AWS_PROFILE",
        ] {
            let others = Others::of(&[(name.into(), "x".into())].into());
            assert_eq!(others, Others::default(), "{name}");
        }
    }

    #[test]
    fn an_absent_value_is_told_from_a_blank_one() {
        let diff = direnv_diff(&[("A", ""), ("B", "b")], &[("A", "x"), ("C", "c")]);
        let others = Others::of(&[(DIRENV.into(), diff.into())].into());
        assert_eq!(others.about("A")[0].old, value(""));
        assert_eq!(others.about("B")[0].new, Some(None));
        assert_eq!(others.about("C")[0].old, None);
        assert_eq!(others.setter("C", &value("c")).map(|claim| claim.tool), Some("direnv"));
        assert_eq!(others.setter("C", &None), None);
    }

    #[test]
    fn what_cannot_be_read_says_nothing() {
        for text in ["", "!", "eJ", "AAAA", "eAFrXpyfk9K42jE8OD4gyN"] {
            let snapshot: Snapshot = [
                (DIRENV.into(), text.into()),
                (MISE.into(), text.into()),
                (SHADOWENV.into(), text.into()),
            ]
            .into();
            assert_eq!(Others::of(&snapshot), Others::default(), "{text:?}");
        }
    }
}
