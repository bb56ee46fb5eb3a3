//! Request headers that hold a secret: fetched where the profile is loaded, and shown nowhere.

use super::Case;
use crate::support::{World, stderr};

pub const CASES: &[Case] = &[
    Case::new("a_header_takes_a_secret", a_header_takes_a_secret).in_every_shell(),
    Case::new(
        "a_header_that_looks_like_a_secret_is_told_without_it",
        a_plain_one_is_told,
    ),
    Case::new("set_takes_the_place_of_a_headers_secret", set_takes_the_place),
];

const VARIABLE: &str = "ANTHROPIC_CUSTOM_HEADERS";

fn profile(headers: &str) -> String {
    format!("[profiles.work]\nregion = \"eu-west-1\"\n[profiles.work.headers]\n{headers}")
}

fn a_header_takes_a_secret(world: &mut World) {
    world.set("GATE", "hush-hush-hush");
    let headers = |team: &str| profile(&format!("X-Api-Key = {{ env = \"GATE\" }}\nX-Team = \"{team}\"\n"));
    world.config(&headers("a"));
    world.project("acme", "profile = \"work\"\n");
    let mut terminal = world.start();
    let inside = terminal.run("cd acme");
    assert_eq!(
        inside.get(VARIABLE),
        Some("X-Api-Key: hush-hush-hush\nX-Team: a"),
        "{}",
        inside.stderr
    );
    // The text beside it is not held for the secret's sake.
    world.config(&headers("b"));
    let inside = terminal.run("true");
    assert_eq!(
        inside.get(VARIABLE),
        Some("X-Api-Key: hush-hush-hush\nX-Team: b"),
        "{}",
        inside.stderr
    );
    assert_eq!(terminal.run("cd ..").get(VARIABLE), None);
    for arguments in [
        &["show", "work"][..],
        &["show", "work", "--json"],
        &["list"],
        &["lint"],
        &["status"],
    ] {
        let output = world.run_in(world.path("acme"), arguments);
        let all = stderr(&output) + &String::from_utf8_lossy(&output.stdout);
        assert!(!all.contains("hush"), "{all}");
    }
}

fn a_plain_one_is_told(world: &mut World) {
    for (name, value) in [
        ("x-api-key", "0123456789abcdef"),
        ("Authorization", "Bearer 0123456789"),
        ("Proxy-Authorization", "Basic 0123456789"),
        ("X-Note", "AKIAIOSFODNN7EXAMPLE"),
    ] {
        world.config(&profile(&format!("{name} = \"{value}\"\n# {value}\n")));
        let output = world.run(["lint"]);
        let all = stderr(&output) + &String::from_utf8_lossy(&output.stdout);
        assert!(all.contains("CB019") && !all.contains(value), "{name}: {all}");
    }
}

fn set_takes_the_place(world: &mut World) {
    world.config(&profile("X-Team = \"a\"\n"));
    for (key, value, expected) in [
        (
            "headers.X-Api-Key",
            "keyring:gate",
            "X-Api-Key = { keyring = \"gate\" }",
        ),
        ("headers.X-Other", "{ env = \"GATE\" }", "X-Other = { env = \"GATE\" }"),
        ("headers.X-Stage", "env:prod", "X-Stage = \"env:prod\""),
    ] {
        let output = world.run(["set", "work", key, value]);
        assert!(output.status.success(), "{}", stderr(&output));
        let text = std::fs::read_to_string(world.config_path()).unwrap();
        assert!(text.contains(expected), "{text}");
    }
}
