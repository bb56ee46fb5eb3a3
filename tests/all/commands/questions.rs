//! What the launcher asks on a terminal before it starts Claude Code, and what it does by the answer.

use std::fs;

use crate::support::typist::Typist;
use crate::support::world::PROGRAM;
use crate::support::{Shell, World};

/// A stand-in for Claude Code: says that it runs, and for whom.
const CLAUDE: &str = "#!/bin/sh\necho \"started:$CLAUDE_BEDROCK_ACTIVE:$AWS_PROFILE\"\n";

const CONFIG: &str = r#"
[profiles.work]
region = "eu-west-1"
auth = { method = "aws-profile", profile = "bedrock-work" }

[profiles.sso]
region = "eu-west-1"
auth = { method = "aws-profile", profile = "over" }
"#;

/// An AWS CLI whose login leaves a token, where it is asked for the session.
const AWS: &str = r#"#!/bin/sh
case "$1 $2" in
--version*) echo aws-cli/2.22.0 Python/3.12.6 Linux/6.8 ;;
'sso login') mkdir -p ~/.aws/sso/cache
    echo '{"startUrl":"https://s.awsapps.com/start","region":"eu-west-1","accessToken":"t","expiresAt":"2099-01-01T00:00:00Z"}' \
        >~/.aws/sso/cache/a0f1490a20d0211c997b44bc357e1972deab8ae3.json ;;
*) exit 1 ;;
esac
"#;

fn typist() -> Typist {
    let mut world = World::new(Shell::Bash);
    world.config(CONFIG);
    world.write(
        ".aws/config",
        "[profile bedrock-work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = work\n\
         [profile over]\nsso_session = s\nsso_account_id = 012345678901\nsso_role_name = r\n\
         [sso-session s]\nsso_region = eu-west-1\nsso_start_url = https://s.awsapps.com/start\nsso_registration_scopes = sso:account:access\n",
    );
    world.program("bin/claude", CLAUDE);
    world.program("bin/aws", AWS);
    let bin = world.path("bin");
    world.set("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", bin.display()));
    world.unallowed_project("waiting", "profile = \"work\"\nregion = \"eu-west-3\"\n");
    world.project("work", "profile = \"work\"\n");
    world.project("over", "profile = \"sso\"\n");
    Typist::start(
        world,
        &format!("eval \"$('{PROGRAM}' hook bash --quiet --wrap claude)\"\n"),
    )
}

/// Types a line, answers the question, and returns what the screen shows up to the line's status.
fn answered(typist: &mut Typist, line: &str, question: &str, answer: &str) -> String {
    typist.press(&format!("{line}; echo \"status:$?.\"\r"));
    let mut shown = typist.wait_for(question);
    typist.press(answer);
    // The typed line has the words too, but not with a number.
    shown += &typist.wait_for_any(&["status:0.", "status:1.", "status:2."]);
    shown
}

#[test]
fn a_project_file_that_waits_is_shown_and_allowed_before_the_start_or_nothing_starts() {
    let mut typist = typist();
    typist.press("cd waiting\r");
    let question = "Allow ~/waiting/.claude-bedrock.toml and start?";
    for no in ["n\r", "\u{1b}", "\u{3}"] {
        let shown = answered(&mut typist, "claude", question, no);
        // Everything that the file does stands before the question.
        let (before, after) = shown.split_once(question).unwrap();
        assert!(
            before.contains("profile  work") && before.contains("region = eu-west-3"),
            "{shown}"
        );
        assert!(
            after.contains("was not started") && shown.contains("status:2."),
            "{no:?}: {shown}"
        );
        assert!(!shown.contains("started:work"), "{no:?}: {shown}");
    }
    let shown = answered(&mut typist, "claude", question, "y\r");
    assert!(
        shown.contains("started:work:bedrock-work") && shown.contains("status:0."),
        "{shown}"
    );
    typist.press("claude; echo \"status:$?.\"\r");
    let again = typist.wait_for("status:0.");
    assert!(!again.contains("Allow"), "{again}");
}

#[test]
fn a_login_that_has_ended_is_renewed_before_the_start_or_nothing_starts() {
    let mut typist = typist();
    typist.press("cd over\r");
    let shown = answered(&mut typist, "claude", "Log in now?", "n\r");
    assert!(
        shown.contains("was not started") && shown.contains("status:2."),
        "{shown}"
    );
    assert!(!shown.contains("started:sso"), "{shown}");
    let shown = answered(&mut typist, "claude", "Log in now?", "y\r");
    assert!(
        shown.contains("started:sso:over") && shown.contains("status:0."),
        "{shown}"
    );
}

#[test]
fn settings_that_claude_code_would_drop_are_named_and_left_out_only_by_a_yes() {
    let mut typist = typist();
    typist.world.write("work/own.json", "{\n  \"model\": null\n}\n");
    typist.press("cd work\r");
    let question = "Start with the profile alone?";
    let shown = answered(&mut typist, "claude --settings own.json", question, "n\r");
    assert!(shown.contains("own.json:2:") && shown.contains("status:2."), "{shown}");
    let shown = answered(&mut typist, "claude --settings own.json", question, "y\r");
    assert!(shown.contains("started:work:bedrock-work"), "{shown}");
}

#[test]
fn a_variable_that_was_given_for_the_start_loses_to_the_profile_and_is_named() {
    let mut typist = typist();
    typist.press("cd work; echo \"status:$?.\"\r");
    typist.wait_for("status:0.");
    for (line, name) in [
        ("AWS_PROFILE=mine claude", "AWS_PROFILE is mine, not bedrock-work"),
        (
            "AWS_REGION=us-east-1 claude -p x",
            "AWS_REGION is us-east-1, not eu-west-1",
        ),
        ("AWS_BEARER_TOKEN_BEDROCK=k claude", "AWS_BEARER_TOKEN_BEDROCK is set"),
    ] {
        typist.press(&format!("{line}; echo \"status:$?.\"\r"));
        let shown = typist.wait_for("status:0.");
        assert!(
            shown.contains(name) && shown.contains("to start with that: command claude"),
            "{shown}"
        );
        assert!(shown.contains("started:work:bedrock-work"), "{shown}");
    }
    typist.press("claude; echo \"status:$?.\"\r");
    let shown = typist.wait_for("status:0.");
    assert!(!shown.contains("warning"), "{shown}");
    assert_eq!(
        fs::read_to_string(typist.world.path("work/.claude-bedrock.toml")).unwrap(),
        "profile = \"work\"\n"
    );
}
