//! Profiles mean exactly what Bedrock and Claude Code need: whole environments by a table that was written by
//! hand (README.md), the error for every wrong value, and that leaving restores everything.

mod errors;
mod restore;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::support::{Shell, World};
use serde::Deserialize;

/// The variables that a profile owns, apart from credentials (design, section 4).
const OWNED: [&str; 51] = [
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_MANTLE",
    "CLAUDE_CODE_USE_VERTEX",
    "CLAUDE_CODE_USE_FOUNDRY",
    "CLAUDE_CODE_USE_ANTHROPIC_AWS",
    "CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD",
    "CLAUDE_CODE_USE_GATEWAY",
    "CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST",
    "CLAUDE_CODE_HOST_AUTH_ENV_VAR",
    "CLAUDE_CODE_HOST_CREDS_FILE",
    "ANTHROPIC_UNIX_SOCKET",
    "CLAUDE_CODE_RUNNER_MODEL_SOCKET",
    "CLAUDE_CODE_SKIP_BEDROCK_AUTH",
    "CLAUDE_CODE_SKIP_MANTLE_AUTH",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "ANTHROPIC_MODEL",
    "ANTHROPIC_DEFAULT_MODEL",
    "ANTHROPIC_DEFAULT_OPUS_MODEL",
    "ANTHROPIC_DEFAULT_SONNET_MODEL",
    "ANTHROPIC_DEFAULT_HAIKU_MODEL",
    "ANTHROPIC_DEFAULT_FABLE_MODEL",
    "ANTHROPIC_CUSTOM_MODEL_OPTION",
    "CLAUDE_CODE_SUBAGENT_MODEL",
    "CLAUDE_CODE_SUBAGENT_MODEL_FORCE",
    "CLAUDE_CODE_WORKFLOW_SUBAGENT_MODEL",
    "CLAUDE_CODE_AUTO_MODE_MODEL",
    "CLAUDE_CODE_BG_CLASSIFIER_MODEL",
    "ANTHROPIC_SMALL_FAST_MODEL",
    "ANTHROPIC_SMALL_FAST_MODEL_AWS_REGION",
    "ANTHROPIC_CUSTOM_HEADERS",
    "ANTHROPIC_BEDROCK_SERVICE_TIER",
    "ANTHROPIC_BEDROCK_REGION_PREFIX",
    "ANTHROPIC_BEDROCK_BASE_URL",
    "ANTHROPIC_BEDROCK_MANTLE_BASE_URL",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_DEFAULT_OPUS_MODEL_NAME",
    "ANTHROPIC_DEFAULT_OPUS_MODEL_DESCRIPTION",
    "ANTHROPIC_DEFAULT_OPUS_MODEL_SUPPORTED_CAPABILITIES",
    "ANTHROPIC_DEFAULT_SONNET_MODEL_NAME",
    "ANTHROPIC_DEFAULT_SONNET_MODEL_DESCRIPTION",
    "ANTHROPIC_DEFAULT_SONNET_MODEL_SUPPORTED_CAPABILITIES",
    "ANTHROPIC_DEFAULT_HAIKU_MODEL_NAME",
    "ANTHROPIC_DEFAULT_HAIKU_MODEL_DESCRIPTION",
    "ANTHROPIC_DEFAULT_HAIKU_MODEL_SUPPORTED_CAPABILITIES",
    "ANTHROPIC_DEFAULT_FABLE_MODEL_NAME",
    "ANTHROPIC_DEFAULT_FABLE_MODEL_DESCRIPTION",
    "ANTHROPIC_DEFAULT_FABLE_MODEL_SUPPORTED_CAPABILITIES",
    "ANTHROPIC_CUSTOM_MODEL_OPTION_NAME",
    "ANTHROPIC_CUSTOM_MODEL_OPTION_DESCRIPTION",
    "ANTHROPIC_CUSTOM_MODEL_OPTION_SUPPORTED_CAPABILITIES",
];

/// The credentials, owned unless the profile leaves them to the user.
const CREDENTIALS: [&str; 15] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SECURITY_TOKEN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_BEARER_TOKEN_BEDROCK",
];

/// Those of them that are left to the user where `AWS_PROFILE` is.
const FOLLOWS_PROFILE: &[&str] = CREDENTIALS.split_at(10).0;

/// The names of planted secrets: variables `PLANTED_…` and files in `~/.secrets`.
const PLANTED: [(&str, &str); 5] = [
    ("PLANTED_ID", "id"),
    ("PLANTED_KEY", "key"),
    ("PLANTED_TOKEN", "token"),
    ("PLANTED_API_KEY", "api-key"),
    ("PLANTED_GATEWAY", "gateway"),
];

type Document = BTreeMap<String, Option<String>>;
type Values = BTreeMap<String, String>;

/// A home whose user has a value of their own for every variable that a profile can own, and planted secrets.
fn world(shell: Shell) -> World {
    let mut world = World::new(shell);
    for name in OWNED.into_iter().chain(CREDENTIALS) {
        world.set(name, format!("the user's own {name}"));
    }
    for (variable, file) in PLANTED {
        world.set(variable, format!("from-variable-{file}"));
        let path = world.write(format!(".secrets/{file}"), format!("from-file-{file}\n"));
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    world
}

/// Runs `export json` in `directory`: the document, or the error.
fn export(world: &World, directory: &Path, profile: Option<&str>) -> Result<Document, String> {
    let mut command = world.command(crate::support::world::PROGRAM);
    command.args(["export", "json"]).current_dir(directory);
    if let Some(name) = profile {
        command.env("CLAUDE_BEDROCK_PROFILE", name);
    }
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    if output.status.success() {
        assert_eq!(text(&output.stderr), "");
        Ok(serde_json::from_slice(&output.stdout).unwrap())
    } else {
        assert_eq!(text(&output.stdout), "", "an error leaves no half document");
        Err(text(&output.stderr))
    }
}

/// The whole document that a profile must become.
fn expected(set: &Values, unset: &[String], untouched: &[String]) -> Document {
    let owned = OWNED.into_iter().chain(CREDENTIALS).map(str::to_owned);
    let leaves_all = untouched.iter().any(|name| name == "AWS_PROFILE");
    let mut document: Document = owned
        .filter(|name| !(untouched.contains(name) || leaves_all && FOLLOWS_PROFILE.contains(&name.as_str())))
        .chain(unset.iter().cloned())
        .map(|name| (name, None))
        .collect();
    document.extend(set.iter().map(|(name, value)| (name.clone(), Some(value.clone()))));
    document
}

/// What differs, a line for each variable.
fn difference(document: &Document, expected: &Document) -> String {
    let names: BTreeSet<&String> = document.keys().chain(expected.keys()).collect();
    let mut lines = String::new();
    for name in names
        .into_iter()
        .filter(|name| document.get(*name) != expected.get(*name))
    {
        let (is, should) = (document.get(name), expected.get(name));
        lines += &format!("    {name}: {is:?}, but should be {should:?}\n");
    }
    lines
}

// -------------------------------------------------------------------------------------------------------
// The table.

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    untouched: Vec<String>,
    case: Vec<Case>,
}

/// A profile and the environment that it means; README.md explains the fields.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    config: String,
    #[serde(default)]
    others: String,
    #[serde(default)]
    projects: Vec<String>,
    set: Values,
    #[serde(default)]
    unset: Vec<String>,
    untouched: Option<Vec<String>>,
}

impl Case {
    /// The document that the program makes of it.
    fn run(&self) -> Result<Document, String> {
        let world = world(Shell::Bash);
        world.config(&format!("[profiles.work]\n{}\n{}", self.config, self.others));
        let mut projects = self.projects.clone();
        if projects.is_empty() {
            projects.push(String::new());
        }
        if !projects
            .iter()
            .any(|text| text.lines().any(|line| line.starts_with("profile =")))
        {
            projects[0].insert_str(0, "profile = \"work\"\n");
        }
        let mut directory = PathBuf::from("project");
        for text in projects {
            world.project(&directory, &text);
            directory.push("inner");
        }
        export(&world, world.path(&directory).parent().unwrap(), None)
    }
}

/// The cases of every file, with the file's own `untouched` filled in.
fn cases() -> Vec<Case> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/all/files/profiles");
    ["auth", "geography", "models", "requests", "refinement"]
        .into_iter()
        .flat_map(|name| {
            let text = fs::read_to_string(directory.join(name).with_extension("toml")).unwrap();
            let file: File = toml::from_str(&text).unwrap_or_else(|error| panic!("{name}.toml: {error}"));
            file.case.into_iter().map(move |mut case| {
                case.untouched.get_or_insert_with(|| file.untouched.clone());
                case
            })
        })
        .collect()
}

#[test]
fn every_profile_of_the_table_becomes_its_whole_environment() {
    let cases = cases();
    assert!(cases.len() >= 150, "the table has {} cases", cases.len());
    let names: BTreeSet<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names.len(), cases.len(), "each case has a name of its own");
    let mut failures = String::new();
    for case in &cases {
        let should = expected(&case.set, &case.unset, case.untouched.as_deref().unwrap_or_default());
        match case.run() {
            Ok(document) if document == should => {}
            Ok(document) => failures += &format!("  {}:\n{}", case.name, difference(&document, &should)),
            Err(error) => failures += &format!("  {}:\n{error}\n", case.name),
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}

// -------------------------------------------------------------------------------------------------------
// Every combination.

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Axes {
    auth: Vec<Part>,
    endpoint: Vec<Part>,
    region: Vec<Part>,
    refinement: Vec<Part>,
}

/// What one choice adds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    config: String,
    #[serde(default)]
    set: Values,
    #[serde(default)]
    runtime: Values,
    #[serde(default)]
    mantle: Values,
    #[serde(default)]
    untouched: Vec<String>,
    #[serde(default)]
    runs: Vec<String>,
}

#[test]
fn every_combination_of_auth_endpoint_region_and_refinement_adds_up() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/all/files/profiles/axes.toml");
    let axes: Axes = toml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let mut failures = String::new();
    for auth in &axes.auth {
        let mut combinations = Vec::new();
        for endpoint in &axes.endpoint {
            combinations.extend(axes.region.iter().map(|region| [auth, endpoint, region]));
        }
        failures += &wrong_combinations(&combinations, &axes.refinement);
    }
    assert!(failures.is_empty(), "\n{failures}");
}

/// Makes a profile of each combination and refines it in every way; what differs from what the parts add.
fn wrong_combinations(combinations: &[[&Part; 3]], refinements: &[Part]) -> String {
    let mut config = String::new();
    for (index, parts) in combinations.iter().enumerate() {
        config += &format!("[profiles.p{index}]\nmodels.main = \"claude-haiku-4-5\"\n");
        config.extend(parts.iter().map(|part| format!("{}\n", part.config)));
    }
    let world = world(Shell::Bash);
    world.config(&config);
    let mut failures = String::new();
    for (number, refinement) in refinements.iter().enumerate() {
        let directory = format!("project{number}");
        world.project(&directory, &refinement.config);
        for (index, parts) in combinations.iter().enumerate() {
            let [auth, endpoint, _] = parts;
            let mut set = Values::new();
            for part in parts.iter().copied().chain([refinement]) {
                set.extend(part.set.clone());
                for (run, values) in [("runtime", &part.runtime), ("mantle", &part.mantle)] {
                    if endpoint.runs.iter().any(|name| name == run) {
                        set.extend(values.clone());
                    }
                }
            }
            let should = expected(&set, &[], &auth.untouched);
            let document = export(&world, &world.path(&directory), Some(&format!("p{index}")));
            if document.as_ref() != Ok(&should) {
                let texts: Vec<&str> = parts.iter().map(|part| part.config.as_str()).collect();
                let what = document.map_or_else(|error| error, |document| difference(&document, &should));
                failures += &format!("  {texts:?} refined by {:?}:\n{what}", refinement.config);
            }
        }
    }
    failures
}
