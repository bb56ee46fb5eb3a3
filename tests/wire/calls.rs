//! The calls of a session beside its turn, each by the launcher where every settings file says something else.

use std::path::Path;

use serde_json::{Value, json};

use crate::answer::{CUT, PAGE};
use crate::matrix::{Row, check, claude, place, told};
use crate::server::Request;

/// Runs a session under each row; `wanted` is the call that must be among what arrives, all of which is the
/// profile's.
fn each(program: &Path, rows: &[&Row], arguments: &[&str], wanted: fn(&Row, &Request) -> bool) {
    let place = place(program);
    for row in rows {
        let output = claude(&place, &format!("{}/inner", row.name), arguments)
            .output()
            .unwrap();
        let arrived = place.server.take();
        let told = told(&output, &arrived);
        assert!(
            arrived.iter().any(|request| wanted(row, request)),
            "{}: {told}",
            row.name
        );
        check(&[*row], &arrived, &told);
    }
}

fn says(request: &Request, words: &str) -> bool {
    String::from_utf8_lossy(&request.body).contains(words)
}

fn is_of(row: &Row, model: usize, request: &Request) -> bool {
    request.header("x-team") == Some(row.name) && request.path.starts_with(row.paths[model])
}

/// What a page says is summed up by the background model.
pub fn web(program: &Path, rows: &[&Row]) {
    let prompt = format!("CALL WebFetch {{\"url\": \"https://{PAGE}/page\", \"prompt\": \"THE-SUMMARY\"}}");
    let settings = json!({ "skipWebFetchPreflight": true }).to_string();
    let arguments = ["-p", &prompt, "--allowedTools", "WebFetch", "--settings", &settings];
    each(program, rows, &arguments, |row, request| {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let is_turn = body["tools"].as_array().is_some_and(|tools| !tools.is_empty());
        is_of(row, 1, request) && says(request, "a page") && says(request, "THE-SUMMARY") && !is_turn
    });
}

/// Whether something may go on is asked of the background model.
pub fn hook(program: &Path, rows: &[&Row]) {
    let hook = json!([{ "hooks": [{ "type": "prompt", "prompt": "THE-HOOK $ARGUMENTS" }] }]);
    let settings = json!({ "hooks": { "UserPromptSubmit": hook } }).to_string();
    each(
        program,
        rows,
        &["-p", "hello", "--settings", &settings],
        |row, request| is_of(row, 1, request) && says(request, "THE-HOOK"),
    );
}

/// Counting asks the foundation model, under the profile's account and region.
pub fn count(program: &Path, rows: &[&Row]) {
    each(program, rows, &["-p", "/context"], |_, request| {
        request.path.ends_with("/count-tokens")
    });
}

/// A stream that ends early is followed by a call without one.
pub fn broken(program: &Path, rows: &[&Row]) {
    each(program, rows, &["-p", CUT], |row, request| {
        is_of(row, 0, request) && request.path.ends_with("/invoke") && says(request, CUT)
    });
}
