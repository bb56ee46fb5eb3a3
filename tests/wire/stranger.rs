//! The real client in a stranger's clone: without a yes it is not started for the clone's profile, and for a profile that
//! the user has chosen it asks that profile's account, whatever lies around it. What this program does until it becomes
//! the client is counted.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::json;

use crate::client::Place;
use crate::server::Request;
use crate::support::Shell;
use crate::support::trace::{traced, traced_until_it_becomes_another};
use crate::support::tricks::{BESIDE, assert_harmless, lay, state};
use crate::support::world::PROGRAM;

/// Where Claude Code itself (2.1.332) gives no answer in time, with and without this program.
const WAITS_BY_ITSELF: &[&str] = &["git is a terabyte"];

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.clone(), output.stderr.clone()].concat()).into_owned()
}

pub fn a_real_session_in_a_strangers_clone_asks_your_account_or_is_not_started(program: &Path) {
    let mut place = Place::new(Shell::Bash, program);
    place.world.set("MY_KEY", "key-of-the-tests");
    place.world.config(&format!(
        "[profiles.work]\nregion = \"eu-west-1\"\nbase_url = \"{}\"\nauth = {{ method = \"api-key\", api_key = {{ env = \"MY_KEY\" }} }}\n\
         models = {{ main = \"sonnet\", opus = \"claude-opus-5-5\", sonnet = \"claude-sonnet-5\", haiku = \"claude-haiku-4-5\" }}\n",
        place.server.url()
    ));
    place.world.directory("own/.git/worktrees");
    place.world.project("own", "profile = \"work\"\n");
    let directories = lay(&place.world);
    let global = json!({ "hasCompletedOnboarding": true });
    place.world.write(".claude.json", global.to_string());
    let before = state(&place.world.path("clone"));
    let claude = |directory: &Path| -> Command {
        let mut command = place.world.command(PROGRAM);
        command.args(["claude", "-p", "hello"]).current_dir(directory);
        command
    };
    let log = place.world.records().join("strace");
    for (name, directory) in &directories {
        let (output, trace) = traced(&claude(directory), &log);
        assert_harmless(&place.world, name, &trace);
        assert_eq!(output.status.code(), Some(2), "{name}: {}", said(&output));
        assert!(
            said(&output).contains("Claude Code was not started"),
            "{name}: {}",
            said(&output)
        );
    }
    assert_eq!(place.server.take().len(), 0, "nobody is asked");
    // For a profile that the user has chosen.
    for (name, _) in BESIDE.iter().filter(|(name, _)| !WAITS_BY_ITSELF.contains(name)) {
        let mut command = claude(&directories[*name]);
        command.env("CLAUDE_BEDROCK_PROFILE", "work");
        let (output, trace) = traced_until_it_becomes_another(&command, &log);
        assert_harmless(&place.world, name, &trace);
        assert_eq!(output.status.code(), Some(0), "{name}: {}", said(&output));
        let arrived = place.server.take();
        let asked: Vec<&Request> = arrived.iter().filter(|request| request.asks_a_model()).collect();
        assert!(!asked.is_empty(), "{name}: {}", said(&output));
        for request in asked {
            let authorization = request.authorization().to_string();
            assert_eq!(authorization, "bearer key-of-the-tests", "{name}: {}", said(&output));
        }
    }
    assert!(!place.world.path("planted").exists());
    assert_eq!(state(&place.world.path("clone")), before);
}
