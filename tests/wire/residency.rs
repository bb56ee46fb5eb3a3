//! Data residency: a profile that names a geography and pins its models, in an account whose list has every other
//! geography first. No request leaves it.

use std::path::Path;
use std::process::Stdio;

use serde_json::json;

use crate::answer::WORDS;
use crate::client::Place;
use crate::server::Request;
use crate::signature::secret_of;
use crate::support::Shell;
use crate::support::world::PROGRAM;

/// A geography and a region of it.
const ROWS: [(&str, &str); 6] = [
    ("us", "us-east-1"),
    ("eu", "eu-central-1"),
    ("jp", "ap-northeast-1"),
    ("au", "ap-southeast-2"),
    ("apac", "ap-south-1"),
    ("us-gov", "us-gov-west-1"),
];

const MODELS: [&str; 4] = [
    "opus-5-5",
    "sonnet-5",
    "haiku-4-5-20251001-v1:0",
    "sonnet-4-5-20250929-v1:0",
];

/// The turn, sub-agents by three aliases, the classifier of auto mode, the counting of a large file's tokens.
pub fn stays(program: &Path) {
    let mut place = Place::new(Shell::Bash, program);
    for (name, value) in [
        ("TEST_KEY", "AKIAKEYS".to_owned()),
        ("TEST_SECRET", secret_of("AKIAKEYS")),
    ] {
        place.world.set(name, value);
    }
    place.world.set("AWS_CA_BUNDLE", place.world.path("certificate.pem"));
    let mut config = String::new();
    for (geography, region) in ROWS {
        config += &format!(
            "[profiles.{geography}]\nregion = \"{region}\"\ngeography = \"{geography}\"\nbase_url = \"{}\"\n\
             auth = {{ method = \"access-keys\", access_key_id = {{ env = \"TEST_KEY\" }}, secret_access_key = {{ env = \"TEST_SECRET\" }} }}\n\
             [profiles.{geography}.models]\nmain = \"sonnet\"\nopus = \"claude-opus-5-5\"\nsonnet = \"claude-sonnet-5\"\nhaiku = \"claude-haiku-4-5\"\nclassifier = \"claude-sonnet-4-5\"\n",
            place.server.url()
        );
    }
    place.world.config(&config);
    let call = |tool: &str, input: &serde_json::Value| format!("CALL {tool} {input}");
    let agent = |model: &str| {
        let input =
            json!({ "description": "x", "prompt": "hello", "subagent_type": "general-purpose", "model": model });
        call("Agent", &input)
    };
    let agents = ["go".to_owned(), agent("haiku"), agent("sonnet"), agent("opus")].join("\n");
    let touch = format!(
        "go\n{}",
        call("Bash", &json!({ "command": "perl -e 1", "description": "x" }))
    );
    let starts = [
        ["--permission-mode", "default", "--allowedTools", "Agent", "-p", &agents],
        ["--permission-mode", "auto", "--disallowedTools", "Agent", "-p", &touch],
    ];
    for (geography, region) in ROWS {
        let others = ROWS.iter().map(|(name, _)| *name).filter(|name| *name != geography);
        let listed = ["global"].into_iter().chain(others).chain([geography]);
        let listed = listed.flat_map(|geography| MODELS.map(|model| format!("{geography}.anthropic.claude-{model}")));
        place.server.list(listed.collect());
        place.world.project(geography, &format!("profile = \"{geography}\"\n"));
        let outputs = starts.map(|arguments| {
            let mut command = place.world.command(PROGRAM);
            command
                .arg("claude")
                .args(arguments)
                .current_dir(place.world.path(geography))
                .stdin(Stdio::null());
            command.output().unwrap()
        });
        let arrived = place.server.take();
        let mut told = format!(
            "{geography}: {:#?}",
            arrived.iter().map(Request::line).collect::<Vec<_>>()
        );
        for output in &outputs {
            for text in [&output.stdout, &output.stderr] {
                told = told + "\n" + &String::from_utf8_lossy(text);
            }
        }
        for output in &outputs {
            assert!(String::from_utf8_lossy(&output.stdout).contains(WORDS), "{told}");
        }
        let asked: Vec<&Request> = arrived.iter().filter(|request| request.asks_a_model()).collect();
        for request in &asked {
            let is_there = request.path.starts_with(&format!("/model/{geography}.anthropic."));
            // Tokens are counted by the model itself, in the region.
            assert!(
                is_there || request.path.ends_with("/count-tokens"),
                "{}: {told}",
                request.path
            );
            assert_eq!(
                request.authorization().to_string(),
                format!("signed ASIAKEYS {region} bedrock"),
                "{told}"
            );
        }
        // Each of them was asked: the sub-agents by their aliases, and the classifier.
        for model in ["opus-5-5", "sonnet-5", "haiku-4-5", "sonnet-4-5"] {
            let path = format!("/model/{geography}.anthropic.claude-{model}");
            assert!(
                asked.iter().any(|request| request.path.starts_with(&path)),
                "{model}: {told}"
            );
        }
    }
}
