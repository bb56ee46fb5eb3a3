//! `tests/aws_files`: small files, and what Claude Code, its SDK, the AWS CLI and botocore made of each
//! (`scripts/record-aws-files`). The readers here agree with every row.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::aws_files::{Files, MachineRole, machine_role};
use crate::system::variables::Snapshot;

/// A case's input.
#[derive(Deserialize)]
struct Case {
    name: String,
    config: Option<String>,
    credentials: Option<String>,
    encoding: Option<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    files: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

/// How a reader understood it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct Outcome {
    is: String,
    region: Option<String>,
    sts: Option<String>,
}

#[derive(Deserialize)]
struct Recorded {
    cases: BTreeMap<String, BTreeMap<String, Outcome>>,
}

fn encoded(text: &str, encoding: Option<&str>) -> Vec<u8> {
    let units = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    match encoding {
        None => text.as_bytes().to_vec(),
        Some("latin-1") => text
            .chars()
            .map(|character| u8::try_from(u32::from(character)).unwrap())
            .collect(),
        Some("utf-16") => [vec![0xff, 0xfe], units(u16::to_le_bytes)].concat(),
        Some("utf-16-le") => units(u16::to_le_bytes),
        Some("utf-32") => {
            let characters = std::iter::once('\u{feff}').chain(text.chars());
            characters
                .flat_map(|character| u32::from(character).to_le_bytes())
                .collect()
        }
        Some(other) => panic!("{other}"),
    }
}

/// Writes a case's files, and returns the variables that it has them read under.
fn lay_out(case: &Case, home: &Path) -> Snapshot {
    let filled = |text: &str| text.replace("{home}", home.to_str().unwrap());
    let write = |name: &str, bytes: Vec<u8>| {
        let path = home.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    for (name, text) in [(".aws/config", &case.config), (".aws/credentials", &case.credentials)] {
        if let Some(text) = text {
            write(name, encoded(&filled(text), case.encoding.as_deref()));
        }
    }
    for (name, text) in &case.files {
        write(name, filled(text).into_bytes());
    }
    let mut variables: Snapshot = [("HOME", home.to_str().unwrap()), ("AWS_EC2_METADATA_DISABLED", "true")]
        .map(|(name, value)| (OsString::from(name), OsString::from(value)))
        .into();
    for (name, value) in &case.env {
        // A test has no directory of its own to be relative to.
        let value = match filled(value) {
            value if name.ends_with("_FILE") && value.starts_with("x/") || value.starts_with("y/") => {
                home.join(value).into_os_string()
            }
            value => value.into(),
        };
        variables.insert(name.into(), value);
    }
    variables
}

/// What Claude Code does, by this program.
fn claudes(files: &Files, variables: &Snapshot) -> Outcome {
    let name = variables
        .get(&OsString::from("AWS_PROFILE"))
        .and_then(|name| name.to_str());
    let region = files.region_in(name.filter(|name| !name.is_empty()).unwrap_or("default"), variables);
    let (is, sts) = match files.decide_in(variables) {
        Ok(decision) => {
            let sts =
                (!decision.roles.is_empty()).then(|| decision.sts_region.clone().unwrap_or_else(|| region.clone()));
            (decision.label(), sts)
        }
        Err(flaw) if flaw.stops() => ("fails".to_owned(), None),
        Err(_) => match machine_role(variables) {
            Some(MachineRole::WebIdentity(role)) => (format!("web identity {role}"), None),
            Some(MachineRole::Container | MachineRole::Instance) => ("machine".to_owned(), None),
            None => ("nothing".to_owned(), None),
        },
    };
    Outcome {
        is,
        region: Some(region),
        sts,
    }
}

/// Whether only running it tells: a command that fails, a machine or a portal that gives nothing.
fn is_of_the_run(theirs: &str, own: &str) -> bool {
    let gives_nothing = matches!(theirs, "nothing" | "fails" | "hangs");
    gives_nothing && ["process", "machine"].iter().any(|base| own.ends_with(base))
}

impl Case {
    /// Whether the token is what the case is about, which `aws/session.rs` judges.
    fn is_of_token(&self, own: &str) -> bool {
        own.starts_with("sso ") && self.files.keys().any(|name| name.starts_with(".aws/sso/cache/"))
    }
}

/// What no reader of files can know, each with its reason.
fn excepted(name: &str, who: &str) -> bool {
    const ALL: [(&str, &str, &str); 17] = [
        (
            "AWS_CONFIG_FILE tilde with the old form",
            "cli",
            "2.9 looks for the token where the recorder, which moves HOME, has none",
        ),
        ("by sso", "cli", "2.9 stumbles over a session behind a role"),
        ("by keys and sso", "cli", "the same"),
        ("by process and sso", "cli", "the same"),
        (
            "no region, AWS_REGION",
            "javascript",
            "the client decides, and the SDK was given us-east-1",
        ),
        ("no region, AWS_DEFAULT_REGION", "javascript", "the same"),
        (
            "AWS_CONFIG_FILE tilde, a directory of that name",
            "javascript",
            "a directory `~` below the working directory",
        ),
        ("AWS_CONFIG_FILE tilde, a directory of that name", "claude", "the same"),
        (
            "credential_source = constructor, keys there",
            "javascript",
            "a name of JavaScript's own: another error, and none works",
        ),
        ("credential_source = constructor, no keys", "javascript", "the same"),
        ("credential_source = constructor, keys there", "claude", "the same"),
        ("credential_source = constructor, no keys", "claude", "the same"),
        (
            "AWS_DEFAULT_PROFILE and AWS_PROFILE",
            "botocore",
            "botocore prefers the first, the AWS CLI the second",
        ),
        (
            "web identity and a session that is missing",
            "cli",
            "it wants the session for a client that needs none",
        ),
        ("web identity and a session that is missing", "botocore", "the same"),
        ("a start URL with a comment", "cli", "there is no token of that address"),
        ("a start URL with a comment", "botocore", "the same"),
    ];
    ALL.iter().any(|(case, whose, _)| *case == name && *whose == who)
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/aws_files")
}

/// Every case with what was recorded of it. `AWS_FILES` names another directory of the same form.
fn cases() -> Vec<(Case, BTreeMap<String, Outcome>)> {
    let directory = std::env::var_os("AWS_FILES").map_or_else(corpus, PathBuf::from);
    let mut recorded: Recorded = serde_json::from_slice(&fs::read(directory.join("recorded.json")).unwrap()).unwrap();
    let mut all = Vec::new();
    for entry in fs::read_dir(&directory).unwrap().flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "toml") {
            let cases: Cases = toml::from_str(&fs::read_to_string(entry.path()).unwrap()).unwrap();
            for case in cases.case {
                let outcomes = recorded.cases.remove(&case.name);
                let outcomes =
                    outcomes.unwrap_or_else(|| panic!("not recorded: {}; scripts/record-aws-files", case.name));
                all.push((case, outcomes));
            }
        }
    }
    assert!(
        recorded.cases.is_empty(),
        "recorded, but no case: {:?}",
        recorded.cases.keys()
    );
    all
}

#[test]
fn the_reader_agrees_with_claude_code_and_its_sdk_in_every_row() {
    let mut wrong = Vec::new();
    for (case, recorded) in cases() {
        let home = tempfile::tempdir().unwrap();
        let variables = lay_out(&case, home.path());
        let own = claudes(&Files::read(&variables), &variables);
        for who in ["javascript", "claude"] {
            let Some(theirs) = recorded.get(who) else { continue };
            if is_of_the_run(&theirs.is, &own.is) || case.is_of_token(&own.is) || excepted(&case.name, who) {
                continue;
            }
            let regions = [(&theirs.region, &own.region), (&theirs.sts, &own.sts)];
            let agrees = theirs.is == own.is && regions.iter().all(|(theirs, own)| theirs.is_none() || theirs == own);
            if !agrees {
                wrong.push(format!("{}: {who} {theirs:?}, here {own:?}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{} differ", wrong.join("\n"), wrong.len());
}

#[test]
fn the_reading_of_the_aws_cli_agrees_with_it_and_with_botocore_in_every_row() {
    let mut wrong = Vec::new();
    for (case, recorded) in cases() {
        let home = tempfile::tempdir().unwrap();
        let variables = lay_out(&case, home.path());
        let own = Files::read(&variables).cli_label(&variables);
        for who in ["cli", "botocore"] {
            let Some(theirs) = recorded.get(who) else { continue };
            // The AWS CLI of Debian is older than `aws login`, and botocore wants a library for it.
            let is_login = own.contains("login");
            let is_same = theirs.is == own || is_of_the_run(&theirs.is, &own) || excepted(&case.name, who) || is_login;
            let is_same = is_same || case.is_of_token(&own);
            if !is_same {
                wrong.push(format!("{}: {who} {}, here {own}", case.name, theirs.is));
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{} differ", wrong.join("\n"), wrong.len());
}
