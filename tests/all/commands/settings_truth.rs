//! Claude Code's settings files as Claude Code reads them: what counts in the end, in whatever encoding and type.

use std::fs;
use std::path::PathBuf;

use crate::support::{Shell, World, stderr, stdout};

const CONFIG: &str = r#"
[profiles.work]
region = "eu-west-1"
auth = { method = "aws-profile", profile = "bedrock-work" }
"#;

struct Place {
    world: World,
    repo: PathBuf,
}

impl Place {
    fn new() -> Self {
        let world = World::new(Shell::Bash);
        world.config(CONFIG);
        world.project("repo", "profile = \"work\"\n");
        let repo = world.path("repo");
        Self { world, repo }
    }

    /// The status, and what is said on both streams.
    fn run(&self, arguments: &[&str]) -> (i32, String) {
        let mut command = self.world.command(crate::support::world::PROGRAM);
        let output = command.args(arguments).current_dir(&self.repo).output().unwrap();
        (output.status.code().unwrap(), stdout(&output) + &stderr(&output))
    }
}

fn utf16(text: &str) -> Vec<u8> {
    let marked = format!("\u{feff}{text}");
    marked.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn what_a_higher_file_covers_neither_counts_nor_is_taken_out() {
    let place = Place::new();
    let users = "{\"env\": {\"AWS_REGION\": \"us-west-2\", \"AWS_PROFILE\": \"mine\"}}\n";
    let path = place.world.write(".claude/settings.json", users);
    let (status, text) = place.run(&["settings", "check"]);
    assert_eq!(status, 1, "{text}");
    assert!(
        text.contains("`AWS_REGION` is `us-west-2` instead of the profile's `eu-west-1`"),
        "{text}"
    );
    let (status, text) = place.run(&["settings", "apply", "--env"]);
    assert_eq!(status, 0, "{text}");
    let (status, text) = place.run(&["settings", "check"]);
    assert_eq!(status, 0, "{text}");
    assert!(!text.contains("us-west-2"), "{text}");
    let (_, text) = place.run(&["doctor", "--offline", "--json"]);
    assert!(!text.contains("us-west-2"), "{text}");
    let (status, text) = place.run(&["settings", "check", "--fix"]);
    assert_eq!(status, 0, "{text}");
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        users,
        "the user-wide file is left alone"
    );
    // Where nothing covers it, it is taken out, if that is asked for by name: it counts in every directory.
    let (status, text) = place.run(&["settings", "remove"]);
    assert_eq!(status, 0, "{text}");
    let (_, text) = place.run(&["settings", "check", "--fix"]);
    assert!(text.contains("settings check --fix --user"), "{text}");
    assert_eq!(fs::read_to_string(&path).unwrap(), users);
    let (status, text) = place.run(&["settings", "check", "--fix", "--user"]);
    assert_eq!(status, 0, "{text}");
    let left = fs::read_to_string(&path).unwrap();
    assert!(!left.contains("us-west-2") && !left.contains("mine"), "{left}");
}

#[test]
fn the_state_of_claude_code_counts_below_every_settings_file() {
    let place = Place::new();
    place.world.write(
        ".claude.json",
        "{\"model\": null, \"numStartups\": 3, \"env\": {\"AWS_REGION\": \"us-west-2\"}}",
    );
    let (status, text) = place.run(&["settings", "check"]);
    assert_eq!(status, 1, "{text}");
    assert!(text.contains("state settings beat the environment"), "{text}");
    assert!(text.contains("by hand"), "it is not edited: {text}");
    place
        .world
        .write(".claude/settings.json", "{\"env\": {\"AWS_REGION\": \"eu-west-1\"}}");
    let (status, text) = place.run(&["settings", "check"]);
    assert_eq!(status, 0, "{text}");
}

#[test]
fn a_file_counts_in_the_encoding_that_claude_code_reads() {
    let place = Place::new();
    let path = place.world.path("repo/.claude/settings.local.json");
    let text = "{\n  \"env\": {\n    \"AWS_REGION\": \"us-west-2\"\n  }\n}\n";
    place.world.write("repo/.claude/settings.local.json", utf16(text));
    let (status, said) = place.run(&["settings", "check"]);
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("is `us-west-2` instead of"), "{said}");
    let (status, said) = place.run(&["settings", "apply"]);
    assert_eq!(status, 0, "{said}");
    let written = fs::read(&path).unwrap();
    assert!(written.starts_with(&[0xff, 0xfe]), "it stays UTF-16");
    let units: Vec<u16> = written
        .chunks(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    let read = String::from_utf16(&units).unwrap();
    assert!(read.contains("awsCredentialExport"), "{read}");
    let (status, said) = place.run(&["settings", "remove"]);
    assert_eq!(status, 0, "{said}");
    assert_eq!(fs::read(&path).unwrap(), utf16(text));
    // Latin-1 is read with a replacement character.
    place.world.write(
        "repo/.claude/settings.local.json",
        b"{\"x\": \"\xe9\", \"env\": {\"AWS_REGION\": \"us-west-2\"}}".as_slice(),
    );
    let (status, said) = place.run(&["settings", "check"]);
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("is `us-west-2` instead of"), "{said}");
}

#[test]
fn a_value_that_is_no_text_is_shown_as_claude_code_makes_it() {
    for (value, shown, noted) in [
        ("null", "null", true),
        ("5", "5", false),
        ("1.0", "1", false),
        ("true", "true", false),
        ("[\"a\", 1]", "a,1", true),
        ("{\"a\": 1}", "[object Object]", true),
        ("12345678901234567890", "12345678901234567000", false),
    ] {
        let place = Place::new();
        let text = format!("{{\"env\": {{\"AWS_REGION\": {value}}}}}\n");
        let path = place.world.write("repo/.claude/settings.local.json", &text);
        let (status, said) = place.run(&["settings", "check"]);
        assert_eq!(status, 1, "{said}");
        assert!(
            said.contains(&format!("`AWS_REGION` is `{shown}` instead of")),
            "{value}: {said}"
        );
        assert_eq!(
            said.contains("is not a string: Claude Code makes"),
            noted,
            "{value}: {said}"
        );
        // It is no reason to leave the file alone.
        let (status, said) = place.run(&["settings", "apply"]);
        assert_eq!(status, 0, "{said}");
        assert!(fs::read_to_string(&path).unwrap().contains(value));
    }
}

#[test]
fn a_file_that_is_dropped_whole_counts_as_nothing_and_is_said_first() {
    for dropped in [
        "{\"model\": null, \"env\": {\"AWS_REGION\": \"us-west-2\"}}",
        "{\"permissions\": \"all\", \"env\": {\"AWS_REGION\": \"us-west-2\"}}",
        "{\"cleanupPeriodDays\": \"7\", \"env\": {\"AWS_REGION\": \"us-west-2\"}}",
        "{\"env\": {\"AWS_REGION\": \"us-west-2\"},}",
        "{\"env\": {\"AWS_REGION\": \"us-west-2\"}} // mine",
    ] {
        let place = Place::new();
        place.world.write("repo/.claude/settings.local.json", dropped);
        place
            .world
            .write(".claude/settings.json", "{\"env\": {\"AWS_REGION\": \"sa-east-1\"}}");
        let (status, said) = place.run(&["settings", "check"]);
        assert_eq!(status, 1, "{said}");
        let at = |words: &str| said.find(words).unwrap_or_else(|| panic!("{words}\n{said}"));
        assert!(
            at("Claude Code ignores the whole file") < at("`sa-east-1` instead of"),
            "{said}"
        );
        assert!(!said.contains("us-west-2` instead"), "{said}");
    }
}

#[test]
fn variables_that_lead_claude_code_elsewhere_are_told_and_break_nothing() {
    let place = Place::new();
    place.world.write(
        "repo/.claude/settings.local.json",
        "{\"env\": {\n\"AWS_CONFIG_FILE\": \"/srv/aws/config\",\n\"EDITOR\": \"vi\"}}",
    );
    let (status, said) = place.run(&["settings", "check"]);
    assert_eq!(status, 0, "{said}");
    assert!(
        said.contains("`AWS_CONFIG_FILE` is `/srv/aws/config`: Claude Code reads its AWS profiles from that file"),
        "{said}"
    );
    assert!(!said.contains("EDITOR"), "{said}");
}

#[test]
fn the_command_that_apply_writes_can_be_read_before_it_stands() {
    let place = Place::new();
    let (status, said) = place.run(&["settings", "apply", "--dry-run", "--use-device-code"]);
    assert_eq!(status, 0, "{said}");
    let line = said.lines().find(|line| line.contains("awsAuthRefresh")).unwrap();
    assert!(line.contains("claude-bedrock login --use-device-code"), "{line}");
    assert!(!line.contains("***"), "{line}");
    // The way in is kept when it is written again.
    for arguments in [
        &["settings", "apply", "--no-browser"][..],
        &["settings", "apply", "--env"],
    ] {
        let (status, said) = place.run(arguments);
        assert_eq!(status, 0, "{said}");
        let written = fs::read_to_string(place.world.path("repo/.claude/settings.local.json")).unwrap();
        assert!(written.contains(" --use-device-code\""), "{written}");
    }
    let (status, said) = place.run(&["settings", "check"]);
    assert_eq!(status, 0, "{said}");
}

#[test]
fn what_settings_gives_counts_over_all_but_managed_settings() {
    let place = Place::new();
    place.world.write(
        "repo/.claude/settings.local.json",
        "{\"env\": {\"AWS_REGION\": \"us-west-2\", \"ANTHROPIC_MODEL\": \"opus\"}}\n",
    );
    let file = place
        .world
        .write("repo/ci.json", "{\"env\": {\"AWS_REGION\": \"eu-west-3\"}}\n");
    let inline = "{\"env\": {\"AWS_REGION\": \"eu-west-1\", \"ANTHROPIC_MODEL\": \"\"}}";
    for (given, is_told, is_not) in [
        (
            "ci.json",
            &["--settings settings beat", "eu-west-3", "`ANTHROPIC_MODEL` is `opus`"][..],
            &["`us-west-2`"][..],
        ),
        (file.to_str().unwrap(), &["eu-west-3"], &["`us-west-2`"]),
        // What it says as the profile does, and what it blanks, beats nothing.
        (
            inline,
            &["--settings"],
            &["`us-west-2`", "`opus`", "beat the environment"],
        ),
        (
            "{\"awsCredentialExport\": \"/opt/creds\"}",
            &["`awsCredentialExport`", "us-west-2"],
            &[],
        ),
        (
            "{\"env\": {\"AWS_REGION\": null}}",
            &["Claude Code makes `null` of it", "--settings settings beat"],
            &["`us-west-2`"],
        ),
        // What Claude Code drops whole counts as nothing.
        (
            "{\"env\": {\"AWS_REGION\": \"eu-west-3\"},}",
            &["us-west-2", "strict JSON"],
            &["eu-west-3`"],
        ),
        ("{\"model\": 5}", &["us-west-2", "ignores the whole file"], &[]),
    ] {
        let (_, text) = place.run(&["settings", "check", "--settings", given]);
        for word in is_told {
            assert!(text.contains(word), "{given} {word}: {text}");
        }
        for word in is_not {
            assert!(!text.contains(word), "{given} {word}: {text}");
        }
    }
    let (status, text) = place.run(&["settings", "check", "--settings", "nosuch.json"]);
    assert_eq!(status, 2, "{text}");
    let (_, text) = place.run(&["settings", "check", "--settings", "ci.json", "--json"]);
    assert!(text.contains("\"tier\": \"--settings\""), "{text}");
    let (status, _) = place.run(&["settings", "check", "--settings", "ci.json", "--fix"]);
    assert_eq!(status, 2, "nothing of what is given to one session is taken out");
}

#[test]
fn keys_of_a_repository_count_in_print_mode_and_those_around_it_in_a_session() {
    let place = Place::new();
    let keys = |id: &str| format!("{{\"env\": {{\"AWS_ACCESS_KEY_ID\": \"{id}\"}}}}\n");
    place.world.write(".claude/settings.json", keys("AKIAUSER"));
    place.world.write("repo/.claude/settings.json", keys("AKIAPROJECT"));
    place.world.write("repo/.claude/settings.local.json", keys("AKIALOCAL"));
    let (_, text) = place.run(&["settings", "check", "--json"]);
    let found: serde_json::Value = serde_json::from_str(&text[..=text.rfind('}').unwrap()]).unwrap();
    let tiers: Vec<&str> = found["overrides"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["tier"].as_str())
        .collect();
    assert_eq!(tiers, ["user", "local"], "{text}");
}
