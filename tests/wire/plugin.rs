//! The plug-in of Claude Code, in the real client: it is taken, its command shows what applies, and a session starts
//! with its line.

use std::path::Path;
use std::process::Stdio;

use serde_json::json;

use crate::client::Place;
use crate::support::Shell;
use crate::support::world::PROGRAM;

pub fn plugin(program: &Path) {
    let mut place = Place::new(Shell::Bash, program);
    let out = place.world.path("plugins");
    let written = place
        .world
        .run(["plugin", "claude-code", "--out", out.to_str().unwrap()]);
    assert!(written.status.success());
    let directory = out.join("bedrock-profiles");
    let output = place
        .world
        .command(program)
        .args(["plugin", "validate", "--strict"])
        .arg(&directory)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.contains("Validation passed"), "{said}");
    // What the directory of plug-ins would refuse a submission for is a problem; a warning is the missing icon.
    assert!(!said.contains("refuses a submission"), "{said}");

    std::os::unix::fs::symlink(PROGRAM, place.world.path("bin/claude-bedrock")).unwrap();
    place.world.set("MY_KEY", "key-of-the-tests");
    place.world.config(&format!(
        "[profiles.work]\nregion = \"eu-west-1\"\naccount = \"123456789012\"\nbase_url = \"{}\"\nauth = {{ method = \"api-key\", api_key = {{ env = \"MY_KEY\" }} }}\n\
         models = {{ main = \"sonnet\", opus = \"claude-opus-5-5\", sonnet = \"claude-sonnet-5\", haiku = \"claude-haiku-4-5\" }}\n",
        place.server.url()
    ));
    place.world.project("work", "profile = \"work\"\n");
    let trusted = place.world.path("work").to_string_lossy().into_owned();
    let global = json!({ "hasCompletedOnboarding": true, "projects": { trusted: { "hasTrustDialogAccepted": true } } });
    place.world.write(".claude.json", global.to_string());
    let output = place
        .world
        .command(PROGRAM)
        .args(["claude", "--plugin-dir"])
        .arg(&directory)
        .args([
            "--verbose",
            "--output-format",
            "stream-json",
            "-p",
            "/bedrock-profiles:status",
        ])
        .current_dir(place.world.path("work"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let arrived = place.server.take();
    let stdout = String::from_utf8_lossy(&output.stdout);
    let told = format!("{stdout}\n{}", String::from_utf8_lossy(&output.stderr));
    // The command's prompt holds what `status` printed.
    let prompt = arrived
        .iter()
        .filter(|request| request.asks_a_model())
        .map(|request| String::from_utf8_lossy(&request.body).into_owned())
        .find(|body| body.contains("repeat every warning"))
        .unwrap_or_else(|| panic!("{told}"));
    assert!(prompt.contains("work") && prompt.contains("eu-west-1"), "{prompt}");
    assert!(told.contains("work · 123456789012 · eu-west-1"), "{told}");
}
