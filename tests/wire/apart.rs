//! Claude's account apart from the tools': what of an isolated profile's credentials the real client gives to what it
//! starts, and what the tools have when the Bash tool goes to another directory.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::answer::WORDS;
use crate::client::Place;
use crate::server::Request;
use crate::signature::{secret_of, token_of};
use crate::support::Shell;
use crate::support::world::PROGRAM;

/// An isolated profile, and what its requests carry.
struct Row {
    name: &'static str,
    text: &'static str,
    authorization: &'static str,
    /// Texts of which none may be in an environment.
    secrets: &'static [&'static str],
}

const ROWS: [Row; 5] = [
    Row {
        name: "aws",
        text: "auth = { method = \"aws-profile\", profile = \"bedrock-work\", isolate = true, tools = \"personal\" }",
        authorization: "signed ASIA0123456789010000 eu-west-1 bedrock",
        secrets: &["ASIA012345678901", "bedrock-work"],
    },
    Row {
        name: "keys",
        text: "auth = { method = \"access-keys\", access_key_id = { file = \"~/.id\" }, secret_access_key = { file = \"~/.secret\" }, isolate = true, tools = \"personal\" }",
        authorization: "signed ASIAKEYS eu-west-1 bedrock",
        secrets: &["AKIAKEYS", "ASIAKEYS"],
    },
    Row {
        name: "token",
        text: "auth = { method = \"api-key\", api_key = { file = \"~/.key\" }, isolate = true, tools = \"personal\" }",
        authorization: "bearer key-of-the-tests",
        secrets: &["key-of-the-tests"],
    },
    Row {
        name: "gateway",
        text: "auth = { method = \"gateway\", base_url = \"{server}\", token = { file = \"~/.key\" }, isolate = true, tools = \"personal\" }",
        authorization: "bearer key-of-the-tests",
        secrets: &["key-of-the-tests"],
    },
    Row {
        name: "mantle",
        text: "endpoint = \"mantle\"\nauth = { method = \"api-key\", api_key = { file = \"~/.key\" }, isolate = true, tools = \"personal\" }",
        authorization: "bearer key-of-the-tests",
        secrets: &["key-of-the-tests"],
    },
];

/// What writes its environment below `~/seen`: a hook, an MCP server.
const WITNESS: &str = "#!/bin/sh\nenv -0 >\"$HOME/seen/$1\"\n";

fn place(program: &Path) -> Place {
    let mut place = Place::new(Shell::Bash, program);
    place.sso(&[("bedrock-work", "012345678901")]);
    let config = fs::read_to_string(place.world.path(".aws/config")).unwrap();
    let personal =
        "[profile personal]\nregion = sa-east-1\naws_access_key_id = AKIAPERSONAL\naws_secret_access_key = p\n";
    place.world.write(".aws/config", config + personal);
    for (file, text) in [
        (".id", "AKIAKEYS".to_owned()),
        (".secret", secret_of("AKIAKEYS")),
        (".key", "key-of-the-tests".to_owned()),
    ] {
        let path = place.world.write(file, text);
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }
    // The shell's own.
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", "ASIAOWN".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", secret_of("ASIAOWN")),
        ("AWS_SESSION_TOKEN", token_of("ASIAOWN")),
        ("AWS_BEARER_TOKEN_BEDROCK", "inherited".to_owned()),
    ] {
        place.world.set(name, value);
    }
    place.world.directory("seen");
    place.world.program("bin/witness", WITNESS);
    let witness = |what: &str| json!([{ "hooks": [{ "type": "command", "command": format!("witness {what}") }] }]);
    let settings = json!({ "hooks": { "SessionStart": witness("start"), "PreToolUse": witness("hook") } });
    place.world.write(".claude/settings.json", settings.to_string());
    let mut config = String::new();
    for row in &ROWS {
        let address = if row.name == "gateway" {
            ""
        } else {
            "base_url = \"{server}\"\n"
        };
        config += &format!(
            "[profiles.{0}]\nregion = \"eu-west-1\"\n{address}{1}\n[profiles.{0}.models]\nmain = \"sonnet\"\nopus = \"claude-opus-5-5\"\nsonnet = \"claude-sonnet-5\"\nhaiku = \"claude-haiku-4-5\"\n",
            row.name, row.text
        )
        .replace("{server}", &place.server.url());
    }
    config += "[profiles.other]\nregion = \"us-west-2\"\nauth = { method = \"aws-profile\", profile = \"personal\" }\n";
    place.world.config(&config);
    let mut trusted = serde_json::Map::new();
    for row in &ROWS {
        place.world.project(row.name, &format!("profile = \"{}\"\n", row.name));
        let path = place.world.path(row.name).to_string_lossy().into_owned();
        trusted.insert(path, json!({ "hasTrustDialogAccepted": true }));
    }
    let global = json!({
        "hasCompletedOnboarding": true,
        "projects": trusted,
        "mcpServers": { "witness": { "command": "witness", "args": ["mcp"] } },
    });
    place.world.write(".claude.json", global.to_string());
    place
}

fn claude(place: &Place, directory: &str, prompt: &str) -> Command {
    let mut command = place.world.command(PROGRAM);
    command
        .args(["claude", "--allowedTools", "Bash", "-p", prompt])
        .current_dir(place.world.path(directory))
        .stdin(Stdio::null());
    command
}

fn call(command: &str) -> String {
    format!("CALL Bash {}", json!({ "command": command, "description": "x" }))
}

/// The environment that a witness has written.
fn seen(place: &Place, what: &str) -> BTreeMap<String, String> {
    let bytes = fs::read(place.world.path(format!("seen/{what}"))).unwrap_or_else(|error| panic!("{what}: {error}"));
    let text = String::from_utf8_lossy(&bytes);
    let pairs = text.split('\0').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// For every method: Claude Code asks the profile's account, and nothing that it starts has the profile's credentials.
pub fn isolated(program: &Path) {
    let place = place(program);
    for row in &ROWS {
        let output = claude(&place, row.name, &format!("go\n{}", call("witness bash")))
            .output()
            .unwrap();
        let arrived = place.server.take();
        let told = format!(
            "{}: {:#?}\n{}\n{}",
            row.name,
            arrived.iter().map(Request::line).collect::<Vec<_>>(),
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(String::from_utf8_lossy(&output.stdout).contains(WORDS), "{told}");
        let asked: Vec<&Request> = arrived.iter().filter(|request| request.asks_a_model()).collect();
        assert!(asked.len() >= 2, "{told}");
        for request in asked {
            assert_eq!(request.authorization().to_string(), row.authorization, "{told}");
        }
        for what in ["start", "hook", "mcp", "bash"] {
            let variables = seen(&place, what);
            for (name, value) in &variables {
                let has_secret = row.secrets.iter().any(|secret| value.contains(secret));
                assert!(!has_secret, "{}: {what}: {name}={value}", row.name);
            }
            assert_eq!(
                variables.get("AWS_PROFILE").map(String::as_str),
                Some("personal"),
                "{what}: {told}"
            );
            let own = variables.get("AWS_ACCESS_KEY_ID").is_none_or(String::is_empty);
            assert!(own, "{what}: the named account is not the shell's: {told}");
            if what == "bash" {
                // Hooks may see blank variables, and Claude Code's own region.
                for name in [
                    "AWS_BEARER_TOKEN_BEDROCK",
                    "ANTHROPIC_AUTH_TOKEN",
                    "AWS_REGION",
                    "AWS_DEFAULT_REGION",
                ] {
                    assert_eq!(variables.get(name), None, "{}", row.name);
                }
            }
        }
        fs::remove_dir_all(place.world.path("seen")).unwrap();
        place.world.directory("seen");
    }
}

/// `cd` in the Bash tool: the later commands have what a shell would have there, the session asks as before.
pub fn cd(program: &Path) {
    let place = place(program);
    place.world.project("aws/other", "profile = \"other\"\n");
    place.world.project(
        "aws/token",
        "profile = \"token\"\nauth = { method = \"api-key\", api_key = { file = \"~/.key\" } }\n",
    );
    place.world.project("aws/none", "profile = false\n");
    place.world.unallowed_project("aws/waiting", "profile = \"other\"\n");
    // The hook runs beside the next command, so that has to wait for what it writes, as a model's answer does.
    let wait = |directory: &str| {
        let (is_there, words) = match directory {
            "." => ("! ", ".".to_owned()),
            "none" | "waiting" => ("", "unset -v CLAUDE_BEDROCK_ACTIVE".to_owned()),
            profile => ("", format!("CLAUDE_BEDROCK_ACTIVE=.*{profile}")),
        };
        format!("until {is_there}grep -q '{words}' ~/.claude/session-env/*/cwdchanged-hook-*; do sleep 0.05; done")
    };
    let directories = ["other", "token", "none", "waiting", "."];
    let there = |directory: &&str| {
        let name = directory.replace('.', "back");
        [
            call(&format!("cd ~/aws/{directory}")),
            call(&wait(directory)),
            call(&format!("witness {name}")),
        ]
        .join("\n")
    };
    let prompt = format!("go\n{}", directories.iter().map(there).collect::<Vec<_>>().join("\n"));
    let output = claude(&place, "aws", &prompt).output().unwrap();
    let arrived = place.server.take();
    let told = format!(
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    for request in arrived.iter().filter(|request| request.asks_a_model()) {
        assert_eq!(request.authorization().to_string(), ROWS[0].authorization, "{told}");
    }
    for (directory, profile, aws, region, key) in [
        ("other", Some("other"), Some("personal"), Some("us-west-2"), None),
        ("token", Some("token"), None, Some("eu-west-1"), None),
        // The shell's own keys, but for what is secret of them.
        ("none", None, None, None, None),
        ("waiting", None, None, None, None),
        ("back", Some("aws"), Some("personal"), None, None),
    ] {
        assert!(
            place.world.path(format!("seen/{directory}")).exists(),
            "{directory}: {told}"
        );
        let variables = seen(&place, directory);
        let value = |name: &str| {
            variables
                .get(name)
                .map(String::as_str)
                .filter(|value| !value.is_empty())
        };
        assert_eq!(value("CLAUDE_BEDROCK_ACTIVE"), profile, "{directory}: {told}");
        assert_eq!(value("AWS_PROFILE"), aws, "{directory}: {told}");
        assert_eq!(value("AWS_REGION"), region, "{directory}: {told}");
        assert_eq!(value("AWS_SECRET_ACCESS_KEY"), key, "{directory}: {told}");
        assert_eq!(value("AWS_BEARER_TOKEN_BEDROCK"), None, "{directory}: {told}");
    }
}
