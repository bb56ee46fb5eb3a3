//! The screens that ask AWS, at 40, 80 and 200 columns, with colour and without: a snapshot for each row.

use std::fmt::Write as _;

use serde_json::json;

use super::{faked, token};
use crate::support::fake_aws::SSO_TOKEN;
use crate::support::world::PROGRAM;
use crate::support::{stderr, stdout};

/// A screen's name, and the words of its command line.
const SCREENS: &[(&str, &[&str])] = &[
    ("console_without_a_browser", &["console", "sso"]),
    ("console_print", &["console", "sso", "--print"]),
    (
        "create_profile_dry_run",
        &[
            "models",
            "create-profile",
            "team-blue",
            "--from",
            "claude-sonnet-4-6",
            "--tag",
            "team=blue",
            "--tag",
            "cost-center=4711",
            "-p",
            "keys",
            "--dry-run",
        ],
    ),
    (
        "create_profile_unasked",
        &[
            "models",
            "create-profile",
            "team-blue",
            "--from",
            "claude-sonnet-4-6",
            "-p",
            "keys",
        ],
    ),
    (
        "create_profile",
        &[
            "models",
            "create-profile",
            "team-blue",
            "--from",
            "claude-sonnet-4-6",
            "-p",
            "keys",
            "--yes",
        ],
    ),
];

#[test]
fn every_screen_of_aws_fits_40_80_and_200_columns_with_colour_and_without() {
    for (name, words) in SCREENS {
        let mut text = String::new();
        for width in [40, 80, 200] {
            let shown = |color: &str| {
                let (mut world, aws) = faked(&json!({}))?;
                token(&world, SSO_TOKEN, 3600);
                // No browser, in a container or not.
                world.set("BROWSER", "");
                let output = world
                    .command(PROGRAM)
                    .args(*words)
                    .arg(format!("--color={color}"))
                    .env("COLUMNS", width.to_string())
                    .output()
                    .unwrap();
                let mut text = stdout(&output).replace(&aws.url(), "https://signin.example.com");
                let _ = write!(text, "--- on stderr\n{}", stderr(&output));
                let _ = write!(text, "--- exit status {}", output.status.code().unwrap());
                Some(text.replace('\u{1b}', "␛"))
            };
            let Some(plain) = shown("never") else { return };
            assert!(!plain.contains('␛'), "{name}: {plain}");
            let colored = shown("always").unwrap();
            let _ = write!(
                text,
                "=== {width} columns\n{plain}\n=== {width} columns in colour\n{colored}\n"
            );
        }
        insta::with_settings!({ filters => vec![
            (r"there is no display|this is a container", "[why]"),
            (r"%3DASIA\w+", "%3D[key]"),
            (r"application-inference-profile/\S+", "application-inference-profile/[id]"),
        ] }, {
            insta::assert_snapshot!(*name, text);
        });
    }
}
