//! The launcher: what it starts, with which settings, and that it starts nothing where the profile cannot be had.
//! `tests/wire` shows what the real client makes of it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::world::PROGRAM;
use crate::support::{Shell, World, set_time};

/// A stand-in for Claude Code, which says how it was started.
const CLAUDE: &str = r#"#!/bin/sh
[ "$1" = --help ] && { printf 'Commands:\n  agents [options]  x\n  novel <id>  a command of a later client\n'; exit; }
for argument; do printf 'argument %s\n' "$argument"; done
for argument; do
    case $argument in
    */launcher/*.json) printf 'settings %s\n' "$(cat "$argument")" ;;
    esac
done
env | sed 's/^/variable /'
"#;

const CONFIG: &str = r#"
[profiles.work]
region = "eu-west-1"
auth = { method = "aws-profile", profile = "bedrock-work" }
models = { main = "sonnet", opus = "claude-opus-5-5" }

[profiles.keys]
region = "eu-west-1"
auth = { method = "access-keys", access_key_id = { env = "MY_ID" }, secret_access_key = { env = "MY_SECRET" } }

[profiles.key]
region = "us-east-1"
auth = { method = "api-key", api_key = { env = "MY_KEY" } }

[profiles.gateway]
region = "us-east-1"
auth = { method = "gateway", base_url = "https://llm.example.com", token = { env = "MY_KEY" } }

[profiles.apart]
region = "us-east-1"
auth = { method = "api-key", api_key = { env = "MY_KEY" }, isolate = true, tools = "bedrock-work" }

[profiles.sso]
region = "eu-west-1"
auth = { method = "aws-profile", profile = "over" }

[profiles.absent]
region = "eu-west-1"
auth = { method = "api-key", api_key = { env = "NOT_THERE" } }

[profiles.twice]
region = "eu-west-1"
base_url = "https://one.example.com"
auth = { method = "gateway", base_url = "https://two.example.com" }
"#;

fn place() -> World {
    let mut world = World::new(Shell::Bash);
    world.config(CONFIG);
    world.write(
        ".aws/config",
        "[profile bedrock-work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = work\n\
         [profile over]\nsso_session = s\nsso_account_id = 012345678901\nsso_role_name = r\n\
         [sso-session s]\nsso_region = eu-west-1\nsso_start_url = https://s.awsapps.com/start\n",
    );
    world.program("bin/claude", CLAUDE);
    let bin = world.path("bin");
    world.set("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", bin.display()));
    world.set("MY_KEY", "s3cret-of-the-tests");
    world.set("MY_ID", "AKIAOWN");
    world.set("MY_SECRET", "own-s3cret");
    world.project("work", "profile = \"work\"\n");
    world
}

/// What the stand-in said.
#[derive(Debug, Default)]
struct Started {
    arguments: Vec<String>,
    settings: Value,
    file: PathBuf,
    variables: BTreeMap<String, String>,
}

fn started(output: &Output) -> Started {
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{stdout}\n{stderr}");
    let mut started = Started::default();
    for line in stdout.lines() {
        match line.split_once(' ') {
            Some(("argument", word)) => started.arguments.push(word.to_owned()),
            Some(("settings", text)) => started.settings = serde_json::from_str(text).unwrap(),
            Some(("variable", pair)) => {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                started.variables.insert(name.to_owned(), value.to_owned());
            }
            _ => {}
        }
    }
    for word in &mut started.arguments {
        let path = word.trim_start_matches("--settings=").to_owned();
        if Path::new(&path)
            .parent()
            .is_some_and(|parent| parent.ends_with("launcher"))
        {
            *word = word.replace(&path, "FILE");
            started.file = PathBuf::from(path);
        }
    }
    started
}

fn claude(world: &World, directory: &str, arguments: &[&str]) -> Command {
    let mut command = world.command(PROGRAM);
    command.arg("claude").args(arguments).current_dir(world.path(directory));
    command
}

#[test]
fn a_session_gets_the_settings_and_a_command_is_passed_on_unchanged() {
    let world = place();
    for (arguments, expected) in [
        (&[][..], "--settings FILE"),
        (&["-p", "hello"], "--settings FILE -p hello"),
        (&["hello"], "--settings FILE hello"),
        (&["--", "mcp"], "--settings FILE -- mcp"),
        (&["--resume", "x", "-p"], "--settings FILE --resume x -p"),
        (&["--continue"], "--settings FILE --continue"),
        (&["--bg", "do it"], "--settings FILE --bg do it"),
        (&["--worktree", "w", "-p", "x"], "--settings FILE --worktree w -p x"),
        (&["agents", "--json"], "agents --settings FILE --json"),
        (&["mcp", "list"], "mcp list"),
        (&["daemon", "status"], "daemon status"),
        (&["attach", "x"], "attach x"),
        (&["respawn", "--all"], "respawn --all"),
        (&["update"], "update"),
        (&["--version"], "--version"),
        // A command that only the installed client knows.
        (&["novel", "x"], "novel x"),
    ] {
        let started = started(&claude(&world, "work", arguments).output().unwrap());
        assert_eq!(started.arguments.join(" "), expected);
        let has_profile = started.settings["env"]["AWS_PROFILE"] == "bedrock-work";
        assert_eq!(has_profile, expected.contains("FILE"), "{expected}");
        assert_eq!(started.variables.contains_key("AWS_PROFILE"), has_profile, "{expected}");
    }
}

#[test]
fn the_settings_say_the_whole_profile_and_hold_a_secret_only_where_nothing_else_can() {
    let mut world = place();
    let runtime = world.directory("runtime");
    fs::set_permissions(&runtime, fs::Permissions::from_mode(0o700)).unwrap();
    world.set("XDG_RUNTIME_DIR", &runtime);
    // What another shell may have left.
    for name in [
        "AWS_BEARER_TOKEN_BEDROCK",
        "CLAUDE_CODE_USE_GATEWAY",
        "CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST",
    ] {
        world.set(name, "1");
    }
    for (profile, method, has_export, secret) in [
        ("work", "AWS_PROFILE", true, None),
        ("keys", "", true, None),
        ("key", "AWS_BEARER_TOKEN_BEDROCK", false, Some("s3cret-of-the-tests")),
        ("gateway", "ANTHROPIC_AUTH_TOKEN", false, Some("s3cret-of-the-tests")),
        ("apart", "AWS_PROFILE", false, None),
    ] {
        world.project(profile, &format!("profile = \"{profile}\"\n"));
        let output = claude(&world, profile, &["-p", "x"]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{profile}");
        let started = started(&output);
        let env = started.settings["env"].as_object().unwrap();
        assert!(env.values().all(Value::is_string), "{env:?}");
        for blank in [
            "CLAUDE_CODE_USE_GATEWAY",
            "CLAUDE_CODE_USE_VERTEX",
            "CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST",
        ] {
            assert_eq!(env[blank], "", "{profile}");
            assert_eq!(started.variables.get(blank), None, "{profile}");
        }
        for name in ["AWS_PROFILE", "AWS_REGION"] {
            assert_ne!(
                env.get(name),
                Some(&Value::from("")),
                "{profile}: a blank {name} breaks tools"
            );
        }
        if !method.is_empty() {
            assert_ne!(env[method], "", "{profile}");
        }
        if method != "AWS_BEARER_TOKEN_BEDROCK" {
            assert_eq!(env["AWS_BEARER_TOKEN_BEDROCK"], "", "{profile}");
        }
        let export = started.settings["awsCredentialExport"].as_str().unwrap();
        assert_eq!(!export.is_empty(), has_export, "{profile}");
        if has_export {
            assert!(
                export.ends_with(&format!("credentials {profile} --no-fallback")),
                "{export}"
            );
        }
        let helper = started
            .settings
            .get("apiKeyHelper")
            .and_then(Value::as_str)
            .unwrap_or_default();
        assert_eq!(
            helper.ends_with("credentials apart --format token"),
            profile == "apart",
            "{helper}"
        );
        let tools = fs::read_to_string(env["CLAUDE_ENV_FILE"].as_str().unwrap()).unwrap();
        assert!(
            tools.starts_with("unset -v ") && tools.contains(" CLAUDE_CODE_USE_VERTEX"),
            "{tools}"
        );
        let text = fs::read_to_string(&started.file).unwrap();
        assert_eq!(text.contains("s3cret"), secret.is_some(), "{profile}");
        assert_eq!(started.file.starts_with(&runtime), secret.is_some(), "{profile}");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode(&started.file), 0o600);
        assert_eq!(mode(started.file.parent().unwrap()), 0o700);
        assert!(started.arguments.iter().all(|word| !word.contains("s3cret")));
    }
}

#[test]
fn one_file_for_a_profile_and_what_refines_it_replaced_at_each_start() {
    let world = place();
    world.directory("work/below");
    let first = started(&claude(&world, "work", &[]).output().unwrap());
    let below = started(&claude(&world, "work/below", &[]).output().unwrap());
    assert_eq!(first.file, below.file);
    world.config(&CONFIG.replace("eu-west-1", "eu-central-1"));
    let edited = started(&claude(&world, "work", &[]).output().unwrap());
    assert_eq!(first.file, edited.file);
    assert_eq!(edited.settings["env"]["AWS_REGION"], "eu-central-1");
    world.project("other", "profile = \"work\"\nregion = \"eu-west-3\"\n");
    let other = started(&claude(&world, "other", &[]).output().unwrap());
    assert_ne!(first.file, other.file);
    let background = started(&claude(&world, "work", &["--bg", "x"]).output().unwrap());
    assert_ne!(first.file, background.file);
}

/// Every way in.
fn ways(world: &World) -> Vec<(&'static str, Command)> {
    let link = world.path("link/claude");
    if !link.exists() {
        world.directory("link");
        symlink(PROGRAM, &link).unwrap();
    }
    let mut wrapper = world.command(PROGRAM);
    wrapper.arg(world.path("bin/claude"));
    let mut exec = world.command(PROGRAM);
    exec.args(["exec", "--", "claude"]);
    vec![
        ("claude", claude(world, "", &[])),
        ("link", world.command(link)),
        ("wrapper", wrapper),
        ("exec", exec),
    ]
}

#[test]
fn where_the_profile_cannot_be_had_nothing_is_started_by_any_way_in() {
    let world = place();
    world.unallowed_project("waiting", "profile = \"work\"\n");
    world.project("changed", "profile = \"work\"\n");
    world.write("changed/.claude-bedrock.toml", "profile = \"key\"\n");
    world.directory("trusted");
    world.config(&format!("trusted = [\"~/trusted\"]\n{CONFIG}"));
    world.unallowed_project("trusted/broken", "profile = \"work\"\nregion = \n");
    world.unallowed_project("trusted/misspelt", "profile = \"work\"\nregoin = \"x\"\n");
    for profile in ["nosuch", "sso", "absent", "twice"] {
        world.unallowed_project(format!("trusted/{profile}"), &format!("profile = \"{profile}\"\n"));
    }
    for (directory, said) in [
        ("waiting", "claude-bedrock allow"),
        ("changed", "has changed"),
        ("trusted/broken", "broken/.claude-bedrock.toml"),
        ("trusted/misspelt", "unknown key `regoin`"),
        ("trusted/nosuch", "there is no profile `nosuch`"),
        ("trusted/sso", "claude-bedrock login sso"),
        ("trusted/absent", "NOT_THERE"),
        ("trusted/twice", "keep the gateway's"),
    ] {
        for (way, mut command) in ways(&world) {
            let output = command.arg("-p").current_dir(world.path(directory)).output().unwrap();
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{directory} by {way}: {stderr}");
            assert_eq!(output.stdout, b"", "{directory} by {way}");
            assert!(stderr.contains(said), "{directory} by {way}: {stderr}");
            assert!(stderr.contains("was not started"), "{directory} by {way}: {stderr}");
        }
    }
}

#[test]
fn where_no_profile_applies_claude_code_starts_as_it_is() {
    let mut world = place();
    world.directory("plain");
    world.config(&format!("default_profile = \"work\"\n{CONFIG}"));
    world.project("none", "profile = false\n");
    world.project("none/inner", "profile = \"key\"\n");
    world.directory("none/below");
    for (directory, profile) in [
        ("plain", Some("work")),
        ("none", None),
        ("none/below", None),
        ("none/inner", Some("key")),
    ] {
        let started = started(&claude(&world, directory, &["-p", "x"]).output().unwrap());
        assert_eq!(
            started.variables.get("CLAUDE_BEDROCK_ACTIVE").map(String::as_str),
            profile,
            "{directory}"
        );
        assert_eq!(
            started.arguments.contains(&"--settings".to_owned()),
            profile.is_some(),
            "{directory}"
        );
    }
    let status = world.run_in(world.path("none/below"), ["status"]);
    assert!(String::from_utf8_lossy(&status.stdout).contains("none/.claude-bedrock.toml:1 (profile = false)"));
    world.set("CLAUDE_BEDROCK_PROFILE", "work");
    let chosen = started(&claude(&world, "none", &[]).output().unwrap());
    assert_eq!(chosen.variables["CLAUDE_BEDROCK_ACTIVE"], "work");
    world.set("CLAUDE_BEDROCK_PROFILE", "off");
    let off = started(&claude(&world, "plain", &["-p", "x"]).output().unwrap());
    assert_eq!(off.arguments, ["-p", "x"]);
}

#[test]
fn the_users_own_settings_win_key_by_key_and_are_named_or_stop_the_start() {
    let world = place();
    world.write(
        "work/own.json",
        r#"{"env": {"AWS_REGION": "us-east-1", "OWN": "1"}, "outputStyle": "x"}"#,
    );
    let output = claude(&world, "work", &["-p", "--settings", "own.json", "x"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(
        said,
        "claude-bedrock: --settings decides instead of the profile work: AWS_REGION\n"
    );
    let merged = started(&output);
    assert_eq!(merged.arguments, ["-p", "--settings", "FILE", "x"]);
    assert_eq!(merged.settings["env"]["AWS_REGION"], "us-east-1");
    assert_eq!(merged.settings["env"]["OWN"], "1");
    assert_eq!(merged.settings["env"]["AWS_PROFILE"], "bedrock-work");
    assert_eq!(merged.settings["outputStyle"], "x");

    for (text, place) in [
        ("{\n  // a comment\n}", ":2:"),
        ("{\"a\": 1,}", ":1:8"),
        ("{\"model\": null}", ":1:11"),
        ("[]", ":1:1"),
        ("{\"a\"", ":1:"),
    ] {
        world.write("work/bad.json", text);
        for own in ["--settings=bad.json", "--settings=bad.json --settings bad.json"] {
            let words: Vec<&str> = own.split(' ').chain(["-p", "x"]).collect();
            let output = claude(&world, "work", &words).output().unwrap();
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{text}: {stderr}");
            assert!(stderr.contains(&format!("bad.json{place}")), "{text}: {stderr}");
            assert_eq!(output.stdout, b"");
        }
    }
    let output = claude(&world, "work", &["--settings", "gone.json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_real_claude_is_found_behind_every_guise_of_this_program() {
    let mut world = place();
    let guises = world.directory("guises");
    for (name, make) in [
        ("link", 0),
        ("link-of-link", 1),
        ("copy", 2),
        ("script", 3),
        ("not-executable", 4),
    ] {
        let file = world.directory(guises.join(name)).join("claude");
        match make {
            0 => symlink(PROGRAM, &file).unwrap(),
            1 => {
                symlink(PROGRAM, guises.join("other")).unwrap();
                symlink("../other", &file).unwrap();
            }
            2 => drop(fs::copy(PROGRAM, &file).unwrap()),
            3 => drop(world.program(&file, "#!/bin/sh\nexec claude-bedrock claude \"$@\"\n")),
            _ => fs::write(&file, "no program").unwrap(),
        }
        let path = format!(
            "{}:{}:/usr/bin:/bin",
            file.parent().unwrap().display(),
            world.path("bin").display()
        );
        world.set("PATH", path);
        let started = started(&claude(&world, "work", &["-p", "x"]).output().unwrap());
        assert_eq!(started.arguments, ["--settings", "FILE", "-p", "x"], "{name}");
    }
    world.set("PATH", format!("{}:/usr/bin:/bin", guises.join("link").display()));
    let output = claude(&world, "work", &[]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no `claude` on PATH"));
}

/// A version manager's shim, or a script of the user's, that finds what it starts on `PATH` again.
#[test]
fn a_claude_that_calls_claude_does_not_lead_back_to_the_launcher() {
    let mut world = place();
    let guise = world.directory("guise");
    symlink(PROGRAM, guise.join("claude")).unwrap();
    let (shims, bin) = (world.directory("shims"), world.path("bin"));
    let first = format!("{}:{}", guise.display(), shims.display());
    for call in ["exec claude \"$@\"", "claude \"$@\"", "exec env claude \"$@\""] {
        let count = "COUNT=x$COUNT; export COUNT; [ $COUNT != xxxx ] || exit 9";
        world.program("shims/claude", &format!("#!/bin/sh\n{count}\n{call}\n"));
        world.set("PATH", format!("{first}:{}:/usr/bin:/bin", bin.display()));
        for (words, expected) in [(["-p", "x"], "--settings FILE -p x"), (["mcp", "list"], "mcp list")] {
            let output = claude(&world, "work", &words).output().unwrap();
            assert_eq!(started(&output).arguments.join(" "), expected, "{call}");
        }
        world.set("PATH", format!("{first}:/usr/bin:/bin"));
        let output = claude(&world, "work", &["-p", "x"]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{call}: {said}");
        assert!(
            said.contains("starts no Claude Code, but the `claude` on PATH again"),
            "{call}: {said}"
        );
    }
    // What the session starts is a start of its own.
    let inner = "#!/bin/sh\ncase $* in *inner*) exec \"$REAL\" \"$@\" ;; esac\nCLAUDECODE=1 claude -p inner\n";
    world.program("shims/claude", inner);
    world.set("REAL", bin.join("claude"));
    world.set("PATH", format!("{first}:/usr/bin:/bin"));
    let output = claude(&world, "work", &["-p", "outer"]).output().unwrap();
    assert_eq!(started(&output).arguments.join(" "), "--settings FILE -p inner");
}

#[test]
fn an_editors_wrapper_gets_its_own_program_script_and_arguments() {
    let world = place();
    world.program("editor/extension/claude", CLAUDE);
    world.program("editor/node", CLAUDE);
    world.write("editor/cli.js", "");
    let (binary, node, script) = (
        world.path("editor/extension/claude"),
        world.path("editor/node"),
        world.path("editor/cli.js"),
    );
    let mut command = world.command(PROGRAM);
    command
        .arg(&binary)
        .args(["--output-format", "stream-json", "--input-format", "stream-json"]);
    let native = started(&command.current_dir(world.path("work")).output().unwrap());
    assert_eq!(
        native.arguments.join(" "),
        "--settings FILE --output-format stream-json --input-format stream-json"
    );
    let mut command = world.command(PROGRAM);
    command.arg(&node).arg(&script).arg("--verbose");
    let older = started(&command.current_dir(world.path("work")).output().unwrap());
    assert_eq!(
        older.arguments.join(" "),
        format!("{} --settings FILE --verbose", script.display())
    );
    assert_eq!(older.settings["env"]["AWS_PROFILE"], "bedrock-work");
    let mut command = world.command(PROGRAM);
    command.arg(&node).args(["--no-warnings", "--max-old-space-size=8192"]);
    command.arg(&script).args(["-p", "/a/prompt.js"]);
    let with_options = started(&command.current_dir(world.path("work")).output().unwrap());
    assert_eq!(
        with_options.arguments.join(" "),
        format!(
            "--no-warnings --max-old-space-size=8192 {} --settings FILE -p /a/prompt.js",
            script.display()
        )
    );
    let mut command = world.command(PROGRAM);
    command.arg(&binary).args(["-p", "/a/prompt.js"]);
    let prompt = started(&command.current_dir(world.path("work")).output().unwrap());
    assert_eq!(prompt.arguments.join(" "), "--settings FILE -p /a/prompt.js");
}

#[test]
fn doctor_says_what_an_endpoint_of_other_tools_moves() {
    let mut world = place();
    for name in [
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_BEDROCK",
        "AWS_ENDPOINT_URL_STS",
        "AWS_ENDPOINT_URL_SSO",
        "AWS_ENDPOINT_URL_SSO_OIDC",
    ] {
        for (value, is_said) in [("http://localhost:4566", true), ("", false)] {
            world.set(name, value);
            let output = world.run_in(world.path("work"), ["doctor", "--offline"]);
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let line = text.lines().find(|line| line.contains("CD42"));
            assert_eq!(line.is_some(), is_said, "{name}={value}: {text}");
            assert!(
                line.is_none_or(|line| line.contains(&format!("{name} is {value}"))),
                "{text}"
            );
        }
    }
}

#[test]
fn doctor_says_whom_a_sessions_tools_get_credentials_from_and_what_hides_them() {
    const NAME: &str = "CLAUDE_CODE_SUBPROCESS_ENV_SCRUB";
    for (has_bubblewrap, value, auth, words) in [
        (
            true,
            "",
            "",
            Some("everything that a session starts gets the credentials of key"),
        ),
        (true, "1", "", None),
        (true, "", ", isolate = true", None),
        (false, "", "", None),
        (false, "yes", "", Some("bubblewrap (`bwrap`) is not on PATH")),
    ] {
        let mut world = World::new(Shell::Bash);
        world.config(&format!(
            "[profiles.key]\nregion = \"eu-west-1\"\nauth = {{ method = \"api-key\", api_key = {{ env = \"MINE\" }}{auth} }}\n"
        ));
        world.project("work", "profile = \"key\"\n");
        world.set("MINE", "x");
        world.set(NAME, value);
        world.directory("bin");
        if has_bubblewrap {
            world.program("bin/bwrap", "#!/bin/sh\n");
        }
        world.set("PATH", world.path("bin"));
        let output = world.run_in(world.path("work"), ["doctor", "--offline"]);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = text.lines().find(|line| line.contains("CD43"));
        assert_eq!(
            line.is_some(),
            words.is_some(),
            "{has_bubblewrap} {value} {auth}: {text}"
        );
        assert!(words.is_none_or(|words| text.contains(words)), "{text}");
    }
}

#[test]
fn a_background_session_finds_its_settings_again_with_todays_profile() {
    let world = place();
    let job = started(&claude(&world, "work", &["--bg", "x"]).output().unwrap());
    let other = started(&claude(&world, "work", &["-p", "x"]).output().unwrap());
    let state = serde_json::json!({ "respawnFlags": ["--settings", job.file] });
    world.write(".claude/jobs/1/state.json", state.to_string());
    world.config(&CONFIG.replace("eu-west-1", "eu-north-1"));
    let said = |directory: &str| {
        let output = world.run_in(world.path(directory), ["doctor", "--offline"]);
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert!(!said("work").contains("CD41"), "{}", said("work"));
    fs::remove_file(&job.file).unwrap();
    let gone = said("work");
    let name = job.file.file_name().unwrap().to_string_lossy();
    assert!(gone.contains("CD41") && gone.contains(&*name), "{gone}");
    let output = claude(&world, "work", &["respawn", "1"]).output().unwrap();
    assert!(!said("work").contains("CD41"), "{}", said("work"));
    assert!(output.status.success());
    let text = fs::read_to_string(&job.file).unwrap();
    assert!(text.contains("\"AWS_REGION\":\"eu-north-1\""), "{text}");
    // Another directory with the same profile has started one since, and then left the profile or gone.
    for after in ["profile = \"key\"\n", "profile = false\n", ""] {
        world.project("last", "profile = \"work\"\n");
        started(&claude(&world, "last", &["--bg", "x"]).output().unwrap());
        if after.is_empty() {
            fs::remove_dir_all(world.path("last")).unwrap();
        } else {
            world.project("last", after);
        }
        fs::remove_file(&job.file).unwrap();
        let output = claude(&world, "work", &["respawn", "1"]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{after}");
        let text = fs::read_to_string(&job.file).unwrap();
        assert!(text.contains("\"AWS_REGION\":\"eu-north-1\""), "{after}: {text}");
    }
    // Unused for long: what a job names stays, the rest goes when the next new file is written.
    for file in [&job.file, &other.file] {
        set_time(
            file,
            std::time::SystemTime::now() - std::time::Duration::from_hours(24 * 100),
        );
    }
    world.project("new", "profile = \"work\"\nregion = \"eu-west-3\"\n");
    started(&claude(&world, "new", &[]).output().unwrap());
    assert!(job.file.exists());
    assert!(!other.file.exists());
}

#[test]
fn an_editors_settings_keep_every_byte_and_name_the_wrapper() {
    let world = place();
    let before = "{\n  // mine\n  \"editor.fontSize\": 13, /* why */\n}\n";
    let code = world.write(".config/Code/User/settings.json", before);
    world.write(".config/Code/User/profiles/abc/settings.json", "{}");
    world.directory(".vscode-server/data");
    let output = world.run(["setup", "--editor"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("profiles/abc/settings.json"), "{said}");
    let text = fs::read_to_string(&code).unwrap();
    let line = format!(",\n  \"claudeCode.claudeProcessWrapper\": \"{PROGRAM}\"");
    assert!(text.contains(&line[1..]), "{text}");
    let kept = ["// mine", "\"editor.fontSize\": 13,", "/* why */"];
    assert!(kept.iter().all(|part| text.contains(part)), "{text}");
    let server = fs::read_to_string(world.path(".vscode-server/data/Machine/settings.json")).unwrap();
    assert!(server.contains(PROGRAM), "{server}");
    // A second time changes nothing; `--undo` gives every byte back.
    world.run(["setup", "--editor"]);
    assert_eq!(fs::read_to_string(&code).unwrap(), text);
    world.run(["setup", "--editor", "--undo"]);
    assert_eq!(fs::read_to_string(&code).unwrap(), before);
    assert!(!world.path(".vscode-server/data/Machine/settings.json").exists());
}

#[test]
fn the_link_that_setup_makes_is_the_launcher() {
    let world = place();
    assert!(world.run(["setup", "--launcher"]).status.success());
    let link = world.path(".local/share/claude-bedrock/bin/claude");
    let output = world
        .command(&link)
        .arg("-p")
        .current_dir(world.path("work"))
        .output()
        .unwrap();
    assert_eq!(started(&output).arguments, ["--settings", "FILE", "-p"]);
    assert!(world.run(["setup", "--launcher", "--undo"]).status.success());
    assert!(!link.exists());
}

#[test]
fn the_status_line_says_whose_account_the_session_asks() {
    let mut world = place();
    world.config(
        &format!("{CONFIG}account = \"123456789012\"\n")
            .replace("[profiles.twice]", "[profiles.pinned]")
            .replace("base_url = \"https://one.example.com\"\n", ""),
    );
    let input = r#"{"model": {"display_name": "Sonnet 4.6"}, "cost": {"total_cost_usd": 0.4249}, "context_window": {"used_percentage": 23.4}}"#;
    for (profile, columns, expected) in [
        (None, "", "no Bedrock profile · Sonnet 4.6 · $0.42 · 23% context"),
        (Some("work"), "", "work · eu-west-1 · Sonnet 4.6 · $0.42 · 23% context"),
        (Some("work"), "30", "work · eu-west-1 · Sonnet 4.6"),
        (
            Some("pinned"),
            "",
            "pinned · 123456789012 · eu-west-1 · Sonnet 4.6 · $0.42 · 23% context",
        ),
        (Some("pinned"), "20", "pinned · eu-west-1"),
        (
            Some("sso"),
            "65",
            "sso · …8901 · eu-west-1 · not logged in: claude-bedrock login sso",
        ),
        (
            Some("gone"),
            "",
            "gone · the profile cannot be read: claude-bedrock status · Sonnet 4.6 · $0.42 · 23% context",
        ),
    ] {
        world.unset("CLAUDE_BEDROCK_ACTIVE");
        if let Some(profile) = profile {
            world.set("CLAUDE_BEDROCK_ACTIVE", profile);
        }
        world.set("COLUMNS", columns);
        let output = world.run_with(["statusline"], input.as_bytes());
        let line = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{profile:?}");
        assert_eq!(line, format!("{expected}\n"), "{profile:?} {columns}");
    }
    world.set("COLUMNS", "0");
    for odd in [
        "no json",
        "",
        "null",
        "[5]",
        r#"{"model": 5, "cost": null}"#,
        r#"{"model": {"display_name": ["x"]}, "cost": {"total_cost_usd": "3"}, "context_window": []}"#,
        r#"{"cost": {"total_cost_usd": -1}, "context_window": {"used_percentage": 1e300}}"#,
        r#"{"cost": {"total_cost_usd": 1e300}, "workspace": {"project_dir": 5}}"#,
    ] {
        let output = world.run_with(["statusline"], odd.as_bytes());
        assert!(output.status.success(), "{odd}");
        let line = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(
            line, "gone · the profile cannot be read: claude-bedrock status\n",
            "{odd}"
        );
    }
}

#[test]
fn an_alias_that_comes_before_the_wrap_is_seen_by_the_hook_and_told_by_doctor() {
    for shell in [Shell::Bash, Shell::Zsh] {
        if shell.program().is_none() {
            continue;
        }
        for (alias, is_told) in [
            ("alias claude=~/.claude/local/claude", true),
            ("alias claude='X=1 /opt/claude --continue'", true),
            ("alias claude='claude --continue'", false),
            ("alias claude='X=1 claude'", false),
            ("alias c=claude", false),
        ] {
            let words = "an alias takes precedence over --wrap, which does nothing then: claude";
            let mut world = World::new(shell);
            world.hook_options = "--wrap claude".to_owned();
            world.before_hook = format!("{alias}\n");
            world.directory("bin");
            std::os::unix::fs::symlink(PROGRAM, world.path("bin/claude-bedrock")).unwrap();
            let path = format!("{}:/usr/bin:/bin", world.path("bin").display());
            world.set("PATH", path);
            let mut terminal = world.start();
            let first = terminal.run("claude-bedrock doctor --offline --verbose");
            let doctor = first.stdout.replace("\n                ", " ").replace('\n', " ");
            let told = "an alias in this shell takes precedence over --wrap, which does nothing then: claude";
            assert_eq!(doctor.contains(told), is_told, "{} {alias}: {doctor}", shell.name());
            assert!(doctor.contains("CD03  the hook is loaded in this shell"), "{doctor}");
            // What the hook says when it is loaded, in a shell whose output is at hand.
            let hook = world.run(["hook", shell.name(), "--wrap", "claude"]);
            let hook = world.write("hook", hook.stdout);
            let script = format!("{alias}\n. {}\n", hook.display());
            let mut command = world.command(shell.need());
            let output = command
                .args(if shell == Shell::Bash {
                    ["--norc", "-ic"]
                } else {
                    ["-f", "-ic"]
                })
                .arg(script)
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(said.contains(words), is_told, "{} {alias}: {said}", shell.name());
        }
    }
}

#[test]
fn where_an_alias_is_a_function_or_comes_first_always_the_hook_and_doctor_say_which_of_the_two_is_called() {
    const FIRST: &str = "takes precedence over --wrap, which does nothing then: claude";
    const REPLACED: &str = "--wrap comes after an alias or function of the same name, which does nothing then: claude";
    for (shell, before, after, of_hook, of_doctor) in [
        (Shell::Fish, "alias claude='claude --continue'", "", REPLACED, REPLACED),
        (
            Shell::Fish,
            "function claude; /opt/claude $argv; end",
            "",
            REPLACED,
            REPLACED,
        ),
        (Shell::Fish, "", "alias claude=/opt/claude", "", FIRST),
        (Shell::Fish, "alias c=claude", "", "", ""),
        (Shell::Powershell, "Set-Alias claude /opt/claude", "", FIRST, FIRST),
        (
            Shell::Powershell,
            "New-Alias claude /opt/claude -Option ReadOnly",
            "",
            FIRST,
            FIRST,
        ),
        (Shell::Powershell, "", "Set-Alias claude /opt/claude", "", FIRST),
        (Shell::Powershell, "Set-Alias c claude", "", "", ""),
    ] {
        let Some(program) = shell.program() else { continue };
        let mut world = World::new(shell);
        world.hook_options = "--wrap claude".to_owned();
        world.before_hook = format!("{before}\n");
        let mut terminal = world.start();
        if !after.is_empty() {
            terminal.run(after);
        }
        let said = terminal.run("claude-bedrock doctor --offline --verbose").stdout;
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(
            said.contains("does nothing then"),
            !of_doctor.is_empty(),
            "{before}: {said}"
        );
        assert!(said.contains(of_doctor), "{before}: {said}");
        assert!(said.contains("CD03 the hook is loaded in this shell"), "{said}");
        let options = if shell == Shell::Fish {
            ["--no-config", "-c"]
        } else {
            ["-NoProfile", "-Command"]
        };
        let line = format!("{before}\n{}", shell.load(PROGRAM, "--wrap claude"));
        let output = world.command(program).args(options).arg(line).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            said.contains("does nothing then"),
            !of_hook.is_empty(),
            "{before}: {said}"
        );
        assert!(said.contains(of_hook), "{before}: {said}");
    }
}
