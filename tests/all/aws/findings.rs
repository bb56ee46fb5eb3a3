//! The findings about `~/.aws` (CB014, CB030 to CB039), one case each with a control, and `aws-profiles`; the network as
//! Claude Code reads it; the text for a ticket.

use serde_json::Value;

use super::{stderr, stdout};
use crate::support::{Shell, World};

const KEYS: &str = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n";
const SSO: &str = "sso_session = a\nsso_account_id = 123456789012\nsso_role_name = Dev\n";
const SESSION: &str = "[sso-session a]\nsso_start_url = https://a.awsapps.com/start\nsso_region = us-east-1\n";

/// A profile of ours with this AWS profile and more of `auth`.
fn world(config: &str, name: &str, more: &str) -> World {
    let mut world = World::new(Shell::Bash);
    world.config(&format!(
        "[profiles.work]\nregion = \"us-east-1\"\nauth = {{ method = \"aws-profile\", profile = \"{name}\"{more} }}\n"
    ));
    if !config.is_empty() {
        world.write(".aws/config", config);
    }
    world.set("AWS_EC2_METADATA_DISABLED", "true");
    world
}

/// The codes of lint's findings that are about the files of AWS.
fn codes(world: &World) -> Vec<String> {
    let output = world.run(["lint", "--json"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(&output)));
    let codes = found
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["code"].as_str().unwrap().to_owned());
    codes
        .filter(|code| code == "CB014" || ("CB030"..="CB039").contains(&code.as_str()))
        .collect()
}

#[test]
fn each_finding_about_the_files_of_aws_has_its_case_and_its_control() {
    let role = "role_arn = arn:aws:iam::123456789012:role/x\n";
    let good = format!("[profile p]\n{KEYS}");
    let none: &[(&str, &str)] = &[];
    let web: &[(&str, &str)] = &[
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/token"),
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/web"),
    ];
    let container: &[(&str, &str)] = &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/x")];
    let isolated = ", isolate = true";
    for (config, name, more, variables, wanted) in [
        (good.clone(), "p", "", none, &[][..]),
        (format!("[profile q]\n{KEYS}"), "p", "", none, &["CB014"]),
        (format!("[profile my work]\n{KEYS}"), "my work", "", none, &["CB030"]),
        (format!("[profile größe]\n{KEYS}"), "größe", "", none, &["CB030"]),
        (format!("[profile a,b]\n{KEYS}"), "a,b", "", none, &["CB030"]),
        (
            "[profile p]\naws_access_key_id = AKIA\n".to_owned(),
            "p",
            "",
            none,
            &["CB031"],
        ),
        (format!("[profile p]\n{role}"), "p", "", none, &["CB031"]),
        (format!("[profile p]\n{SSO}"), "p", "", none, &["CB031"]),
        (format!("[profile p]\n{KEYS}{SSO}{SESSION}"), "p", "", none, &["CB032"]),
        (format!("[profile p]\n{SSO}{SESSION}"), "p", "", none, &[]),
        (
            format!("{good}[profile p]\nregion = us-east-1\n"),
            "p",
            "",
            none,
            &["CB033"],
        ),
        (format!("{good}region\n"), "p", "", none, &["CB033"]),
        (format!("{good}region = eu-west-1#x\n"), "p", "", none, &["CB034"]),
        (format!("{good}region = eu-west-1\n"), "p", "", none, &[]),
        (
            format!("[profile p]\n{role}source_profile = q\nmfa_serial = arn:aws:iam::1:mfa/me\n[profile q]\n{KEYS}"),
            "p",
            "",
            none,
            &["CB035"],
        ),
        (
            format!("[profile p]\n{role}source_profile = q\n[profile q]\n{KEYS}"),
            "p",
            "",
            none,
            &[],
        ),
        (
            "[profile p]\ncredential_process = sh ~/x.sh\n".to_owned(),
            "p",
            "",
            none,
            &["CB036"],
        ),
        (
            "[profile p]\ncredential_process = /bin/true --y\n".to_owned(),
            "p",
            "",
            none,
            &[],
        ),
        (
            format!("[profile q]\n{KEYS}"),
            "p",
            isolated,
            container,
            &["CB014", "CB038"],
        ),
        (good.clone(), "p", isolated, container, &[]),
        (good.clone(), "p", isolated, web, &["CB039"]),
        // The profile takes the variables away.
        (good.clone(), "p", "", web, &[]),
    ] {
        let mut world = world(&config, name, more);
        for (variable, value) in variables {
            world.set(variable, value);
        }
        assert_eq!(codes(&world), wanted, "{config}{more} {variables:?}");
        // `doctor` says the same, and its page knows it.
        let report = world.run(["doctor", "work", "--offline", "--json"]);
        let report: Value = serde_json::from_slice(&report.stdout).unwrap();
        for code in wanted {
            let is_told = report["checks"]
                .as_array()
                .unwrap()
                .iter()
                .any(|row| row["code"] == *code);
            assert!(is_told, "{code} {report:#}");
        }
    }
}

/// What may stand in a file that cannot be read is not said to be missing.
#[test]
fn a_file_that_cannot_be_read_is_named_in_place_of_what_seems_to_be_missing() {
    let role = "[profile p]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = other\n";
    for (config, closed) in [
        ("", ".aws/config"),
        ("[profile p]\nregion = us-east-1\n", ".aws/credentials"),
        ("[profile p]\naws_access_key_id = AKIA\n", ".aws/credentials"),
        (role, ".aws/credentials"),
    ] {
        for loops in [false, true] {
            let world = world(config, "p", "");
            let path = world.path(closed);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let _ = std::fs::remove_file(&path);
            if loops {
                std::os::unix::fs::symlink(&path, &path).unwrap();
            } else {
                std::fs::create_dir_all(&path).unwrap();
            }
            for command in [
                &["doctor", "work", "--offline", "--verbose"][..],
                &["credentials", "work"],
                &["login", "work"],
                &["lint"],
            ] {
                let output = world.run(command);
                let said = stdout(&output) + &stderr(&output);
                let why = if loops { "cannot be read" } else { "is a directory" };
                assert!(said.contains(&format!("~/{closed} {why}")), "{command:?} {said}");
                for wrong in ["there is no AWS profile", "says nothing", "half a key pair", "expired"] {
                    assert!(!said.contains(wrong), "{command:?} {said}");
                }
            }
        }
    }
}

#[test]
fn aws_profiles_shows_what_claude_code_reads_of_each() {
    let config = format!(
        "[profile keys]\n{KEYS}region = eu-west-1\n[profile sso]\n{SSO}{SESSION}[profile role]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = keys\n[profile half]\naws_access_key_id = AKIA\n[profile my work]\n{KEYS}"
    );
    let world = world(&config, "keys", "");
    let shown = world.run(["aws-profiles", "--json"]);
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    let rows: Vec<(&str, Option<&str>, Option<&str>)> = shown["profiles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["name"].as_str().unwrap(),
                row["source"].as_str(),
                row["region"].as_str(),
            )
        })
        .collect();
    assert_eq!(
        rows.len(),
        4,
        "a name that Claude Code cannot see is not offered: {rows:?}"
    );
    for row in [
        ("keys", Some("keys"), Some("eu-west-1")),
        ("sso", Some("sso"), None),
        ("half", None, None),
    ] {
        assert!(rows.contains(&row), "{rows:?}");
    }
    let one = world.run(["aws-profiles", "half", "--json"]);
    assert!(stdout(&one).contains("CB031"), "{}", stdout(&one));
    let absent = world.run(["aws-profiles", "haf"]);
    assert!(
        !absent.status.success() && stderr(&absent).contains("half"),
        "{}",
        stderr(&absent)
    );
}

/// What `doctor` says of the network, without calling anybody: level and finding.
fn network(world: &World) -> Vec<(String, String)> {
    let report = world.run(["doctor", "work", "--offline", "--json"]);
    let report: Value = serde_json::from_slice(&report.stdout).unwrap_or_else(|_| panic!("{}", stderr(&report)));
    let rows = report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["code"] == "CD13");
    rows.map(|row| {
        let text = |key: &str| row[key].as_str().unwrap().to_owned();
        (text("level"), text("finding"))
    })
    .collect()
}

#[test]
fn proxies_and_certificates_are_judged_as_claude_code_reads_them() {
    let good = format!("[profile p]\n{KEYS}");
    for (variables, level, said) in [
        (
            &[("NODE_EXTRA_CA_CERTS", "~/ca.pem")][..],
            "broken",
            "Node does not expand `~`",
        ),
        (&[("NODE_EXTRA_CA_CERTS", "/nowhere.pem")], "broken", "cannot be read"),
        (&[("NODE_EXTRA_CA_CERTS", "DAMAGED")], "broken", "that is damaged"),
        (
            &[("HTTPS_PROXY", "http://me:hush-hush@:3128")],
            "broken",
            "no address of a proxy",
        ),
        (&[("NODE_EXTRA_CA_CERTS", "/tmp")], "broken", "cannot be read"),
        (
            &[("NODE_EXTRA_CA_CERTS", "EMPTY")],
            "broken",
            "contains no PEM certificate",
        ),
        (
            &[("NODE_EXTRA_CA_CERTS", "PEM")],
            "good",
            "Claude Code trusts 1 more certificate,",
        ),
        (
            &[("HTTPS_PROXY", "http://me:hush-hush@proxy:3128")],
            "good",
            "through the proxy proxy:3128",
        ),
        (
            &[("HTTP_PROXY", "http://proxy:3128")],
            "good",
            "through the proxy http://proxy:3128",
        ),
        (
            &[("https_proxy", "http://a:1"), ("HTTPS_PROXY", "http://b:2")],
            "doubtful",
            "https_proxy and HTTPS_PROXY (http://b:2) differ",
        ),
        (
            &[("ALL_PROXY", "http://proxy:3128")],
            "doubtful",
            "redirects Claude Code's model calls, but not",
        ),
        (
            &[
                ("HTTPS_PROXY", "http://proxy:3128"),
                ("NO_PROXY", "localhost, amazonaws.com"),
            ],
            "doubtful",
            "`amazonaws.com` in NO_PROXY sends Claude Code's model calls past the proxy, but not",
        ),
    ] {
        let mut world = world(&good, "p", "");
        let empty = world.write("empty.pem", "nothing\n").display().to_string();
        let pem = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n";
        let damaged = world.write("damaged.pem", pem.replace("MA==", "M"));
        let damaged = damaged.display().to_string();
        let pem = world.write("ca.pem", pem).display().to_string();
        for (name, value) in variables {
            let value = match *value {
                "EMPTY" => &empty,
                "PEM" => &pem,
                "DAMAGED" => &damaged,
                value => value,
            };
            world.set(name, value);
        }
        let found = network(&world);
        let is_it = |(found_level, finding): &(String, String)| found_level == level && finding.contains(said);
        assert!(found.iter().any(is_it), "{variables:?} {found:?}");
        assert!(!format!("{found:?}").contains("hush-hush"), "{found:?}");
    }
    let mut world = world(&good, "p", "");
    world.set("HTTPS_PROXY", "http://proxy:3128");
    world.set("NO_PROXY", ".amazonaws.com,localhost");
    assert_eq!(network(&world).len(), 1, "nothing to say: {:?}", network(&world));
}

#[test]
fn the_text_for_a_ticket_has_no_secret_and_no_whole_account() {
    let config = format!("[profile p]\n{KEYS}{SSO}{SESSION}");
    let mut world = world(&config, "p", "");
    world.set("HTTPS_PROXY", "http://me:hush-hush@proxy:3128");
    let output = world.run(["doctor", "work", "--offline", "--report"]);
    let text = stdout(&output);
    assert!(text.starts_with("claude-bedrock "), "{text}");
    assert!(text.contains("profile: work (us-east-1"), "{text}");
    assert!(text.contains("CB032: Claude Code uses the keys"), "{text}");
    for hidden in [
        "123456789012",
        "hush-hush",
        "AKIAIOSFODNN7EXAMPLE",
        world.path("").to_str().unwrap(),
    ] {
        assert!(!text.contains(hidden), "{hidden}\n{text}");
    }
    assert!(text.contains("…9012"), "{text}");
}
