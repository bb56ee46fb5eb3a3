//! A whole run with planted secrets, and the search for them in everything that came out of it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Output;

use data_encoding::BASE64URL_NOPAD;

use super::Case;
use super::bus::Bus;
use super::keyring::store;
use crate::support::World;

pub const CASES: &[Case] = &[Case::new(
    "planted_secrets_appear_nowhere_else",
    planted_secrets_appear_nowhere_else,
)
.with_keyring()];

/// Every planted value holds it.
const PLANTED: &[u8] = b"pLaNtEd";

fn holds(text: &[u8]) -> bool {
    text.windows(PLANTED.len()).any(|window| window == PLANTED)
}

fn planted_secrets_appear_nowhere_else(world: &mut World) {
    let _bus = Bus::with_keyring(world);
    world.set("CLAUDE_BEDROCK_LOG", "debug");
    // AWS is not there.
    world.set("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    world.set("AWS_EC2_METADATA_DISABLED", "true");
    world.set("AWS_MAX_ATTEMPTS", "1");
    world.set("EDITOR", "true");
    world.set("OWN_TOKEN", "pLaNtEd-variable");
    world.set("AWS_SECRET_ACCESS_KEY", "pLaNtEd-before");
    store(world, "work", "pLaNtEd-keyring");
    let file = world.write("token", "pLaNtEd-file\n");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    // Where the command has it from is no business of the search.
    let vault = world.records().join("vault");
    fs::write(&vault, "pLaNtEd-command\n").unwrap();
    let (vault, lines) = (vault.display(), "region = \"eu-west-1\"\nauth");
    let config = format!(
        "[profiles.keyring]\n{lines} = {{ method = \"api-key\", api_key = {{ keyring = \"work\" }} }}\n\
         [profiles.file]\n{lines} = {{ method = \"api-key\", api_key = {{ file = \"~/token\" }} }}\n\
         [profiles.env]\n{lines} = {{ method = \"api-key\", api_key = {{ env = \"OWN_TOKEN\" }} }}\n\
         [profiles.command]\n{lines} = {{ method = \"api-key\", api_key = {{ command = \"cat {vault}\" }} }}\n\
         [profiles.lines]\n{lines} = {{ method = \"api-key\", api_key = {{ command = \"cat {vault} {vault}\" }} }}\n\
         [profiles.plain]\n{lines} = {{ method = \"ambient\" }}\nbase_url = \"https://me:pLaNtEd-address@127.0.0.1:9\"\nheaders = {{ X-Api-Key = \"pLaNtEd-header\" }}\nenv = {{ DATABASE_PASSWORD = \"pLaNtEd-plain\", OTHER_TOKEN_OLD = \"pLaNtEd-plain\", A_KEY = \"pLaNtEd-plain\" }}\n\
         [profiles.keys]\n{lines} = {{ method = \"access-keys\", access_key_id = {{ file = \"~/token\" }}, secret_access_key = {{ keyring = \"work\" }}, session_token = {{ command = \"cat {vault}\" }} }}\n"
    );
    world.config(&config);
    let names = ["keyring", "file", "env", "command", "lines", "keys", "plain"];

    let mut said = Said::new();
    for name in names {
        world.project(name, &format!("profile = \"{name}\"\n"));
        keep(&mut said, "show", &world.run(["show", name]));
        keep(&mut said, "show --json", &world.run(["show", name, "--json"]));
        world.set("CLAUDE_BEDROCK_PROFILE", name);
        keep(&mut said, "status", &world.run(["status"]));
        keep(&mut said, "status --json", &world.run(["status", "--json"]));
        keep(&mut said, "exec", &world.run(["exec", "-p", name, "--", "true"]));
        keep_commands(world, name, &mut said);
        world.unset("CLAUDE_BEDROCK_PROFILE");
    }
    keep(&mut said, "list", &world.run(["list", "--json"]));
    keep(&mut said, "secret list", &world.run(["secret", "list"]));
    keep(
        &mut said,
        "secret set",
        &world.run_with(["secret", "set", "more"], b"pLaNtEd-set\npLaNtEd-twice\n"),
    );
    keep(
        &mut said,
        "secret set",
        &world.run_with(["secret", "set", "more"], b"pLaNtEd-set\n"),
    );
    keep(&mut said, "secret remove", &world.run(["secret", "remove", "more"]));

    keep_shell(world, &names, &mut said);

    // Plain text in the user's file: named, never shown; then moved.
    for value in ["\"pLaNtEd-plain\"", "'''\npLaNtEd-plain'''"] {
        // A key that does not look sensitive, and a comment that repeats the value.
        let auth = format!("auth = {{ method = \"api-key\", \"api\\u005fkey\" = {value} }} # pLaNtEd-plain\n");
        world.config(&format!("[profiles.work]\nregion = \"eu-west-1\"\n{auth}"));
        for arguments in [
            &["list"][..],
            &["show", "work"],
            &["status"],
            &["lint"],
            &["lint", "--json"],
            &["credentials", "work"],
            &["login", "work"],
            &["set", "work", "region", "us-east-1"],
            &["set", "work", "auth.api_key", "pLaNtEd-argument"],
            &["copy", "work", "other"],
            &["add", "new", "--region", "us-east-1", "--api-key", "pLaNtEd-argument"],
            &["rename", "work", "other", "--dry-run"],
            &["settings", "check"],
            &["settings", "check", "--json"],
            &["secret", "import", "--dry-run"],
        ] {
            keep(&mut said, &arguments.join(" "), &world.run(arguments));
        }
    }
    keep(&mut said, "secret import", &world.run(["secret", "import"]));
    keep_settings(world, &mut said);
    let rest = fs::read_to_string(world.config_path()).unwrap();
    assert!(
        rest.contains("{ keyring = \"work-api_key\" } } # pLaNtEd-plain"),
        "{rest}"
    );
    world.config("");
    keep_first_steps(world, &mut said);

    for (what, text) in said {
        assert!(!holds(&text), "{what}: {}", String::from_utf8_lossy(&text));
    }
    let stashed = search_files(world, &file);
    assert!(stashed > 0, "the user's own key was not kept anywhere");
}

/// Texts, and where each came from.
type Said = Vec<(String, Vec<u8>)>;

fn keep(said: &mut Said, what: &str, output: &Output) {
    said.push((format!("{what}: stdout"), output.stdout.clone()));
    said.push((format!("{what}: stderr"), output.stderr.clone()));
}

/// What a shell says and carries that goes through all profiles.
fn keep_shell(world: &World, names: &[&str], said: &mut Said) {
    let mut terminal = world.start();
    let mut loaded = 0;
    for name in names {
        for line in [
            format!("cd ~/{name}"),
            "claude-bedrock status".to_owned(),
            "cd ~".to_owned(),
        ] {
            let turn = terminal.run(&line);
            loaded += usize::from(
                turn.environment
                    .values()
                    .filter(|value| holds(value.as_encoded_bytes()))
                    .count()
                    > 2,
            );
            if let Some(state) = turn.get("CLAUDE_BEDROCK_STATE") {
                said.push((
                    format!("{line}: state"),
                    BASE64URL_NOPAD.decode(&state.as_bytes()[1..]).unwrap(),
                ));
            }
            said.push((format!("{line}: stdout"), turn.stdout.into_bytes()));
            said.push((format!("{line}: stderr"), turn.stderr.into_bytes()));
        }
    }
    drop(terminal);
    // The control: the values were there.
    assert!(loaded > 0, "no profile was loaded");
}

/// What is said of secrets in a settings file of Claude Code's.
fn keep_settings(world: &mut World, said: &mut Said) {
    let settings = world.write(
        ".claude/settings.json",
        r#"{"env": {"AWS_BEARER_TOKEN_BEDROCK": "pLaNtEd-settings", "AWS_SECRET_ACCESS_KEY": "pLaNtEd-settings"}}"#,
    );
    world.set("CLAUDE_BEDROCK_PROFILE", "work");
    for arguments in [
        &["settings", "check"][..],
        &["settings", "check", "--json"],
        &["status"],
        &["status", "--json"],
    ] {
        keep(said, &arguments.join(" "), &world.run(arguments));
    }
    let entered = world.run(["export", "bash"]);
    said.push(("export with settings: stderr".to_owned(), entered.stderr));
    world.unset("CLAUDE_BEDROCK_PROFILE");
    fs::remove_file(settings).unwrap();
}

/// What the commands say that have to do with the secrets of an active profile.
fn keep_commands(world: &World, name: &str, said: &mut Said) {
    // What prints secrets by its purpose says nothing of them elsewhere.
    for arguments in [
        &["export", "bash"][..],
        &["export", "zsh"],
        &["export", "fish"],
        &["export", "powershell"],
        &["export", "json"],
        &["export", "dotenv"],
        &["export", "github"],
        &["credentials", name],
        &["credentials", name, "--no-cache", "--format", "json"],
    ] {
        let output = world.run(arguments);
        said.push((format!("{}: stderr", arguments.join(" ")), output.stderr));
    }
    for arguments in [
        &["login", name][..],
        &["settings", "check"],
        &["settings", "check", "--json"],
        &["lint"],
        &["lint", "--json"],
        &["doctor", name, "--offline"],
        &["doctor", name],
        &["doctor", name, "--json"],
        &["models", name, "--refresh"],
        &["models", name, "--json"],
        &["policy", name],
        &["policy", name, "--terraform"],
        &["status", "--format", "{profile} {region} {account} {model} {expires}"],
        &["set", name, "description", "new"],
        &["rename", name, "renamed"],
        &["copy", "renamed", name],
        &["remove", "renamed"],
        &["edit"],
        &["settings", "apply", "--dry-run"],
        &["settings", "apply"],
        &["settings", "apply", "--env"],
        &["complete", "2", "--", "claude-bedrock", "use", ""],
        &["complete", "3", "--", "claude-bedrock", "secret", "get", ""],
    ] {
        keep(said, &arguments.join(" "), &world.run(arguments));
    }
}

/// What `import` and `setup` say of, and write for, secrets that are there already.
fn keep_first_steps(world: &mut World, said: &mut Said) {
    let keys = "export CLAUDE_CODE_USE_BEDROCK=1 AWS_REGION=eu-west-1 AWS_ACCESS_KEY_ID=pLaNtEd-id AWS_SECRET_ACCESS_KEY=pLaNtEd-key\n";
    let others = "export CLAUDE_CODE_CLIENT_KEY_PASSPHRASE=pLaNtEd-x CLAUDE_CODE_X_TOKEN=pLaNtEd-x\n\
                  export ANTHROPIC_CUSTOM_HEADERS='X-Api-Key: pLaNtEd-x'\n\
                  export ANTHROPIC_BEDROCK_BASE_URL=https://me:pLaNtEd-x@127.0.0.1:9\n";
    let gateway = r#"{"env": {"ANTHROPIC_BEDROCK_BASE_URL": "https://example.com", "CLAUDE_CODE_SKIP_BEDROCK_AUTH": "1",
        "ANTHROPIC_AUTH_TOKEN": "pLaNtEd-gateway", "AWS_REGION": "eu-west-1"}}"#;
    let lines = format!("{keys}{others}");
    for (name, text) in [("lines", lines.as_str()), ("pasted", gateway)] {
        for last in ["--dry-run", "--yes"] {
            let arguments = ["import", "-", "--name", name, last];
            keep(said, &arguments.join(" "), &world.run_with(arguments, text.as_bytes()));
        }
    }
    // Such files have the secrets by their nature, and go again.
    let file = world.write("lines.sh", &lines);
    let settings = world.write(".claude/settings.json", gateway);
    let credentials = world.write(
        ".aws/credentials",
        "[planted]\nregion = eu-west-1\naws_access_key_id = pLaNtEd-aws\naws_secret_access_key = pLaNtEd-aws\n",
    );
    world.set("AWS_BEARER_TOKEN_BEDROCK", "pLaNtEd-bearer");
    for arguments in [
        &["setup", "--print", "--shell", "bash"][..],
        &["import", "--name", "environment", "--yes", "--region", "eu-west-1"],
        &["import", "~/lines.sh", "--name", "file", "--yes"],
        &["import", "settings", "--name", "settings", "--yes"],
        &["import", "aws-config", "--yes"],
        &["doctor", "environment"],
        &["doctor", "planted", "--offline"],
        &["models", "planted"],
    ] {
        keep(said, &arguments.join(" "), &world.run(arguments));
    }
    let written = fs::read_to_string(world.config_path()).unwrap();
    for name in ["lines", "pasted", "environment", "file", "settings", "planted"] {
        assert!(
            written.contains(&format!("[profiles.{name}]")),
            "{name} was not imported: {written}"
        );
    }
    fs::remove_file(world.config_path()).unwrap();
    keep(
        said,
        "setup --yes",
        &world.run(["setup", "--yes", "--shell", "bash", "--shell", "zsh"]),
    );
    keep(said, "setup --undo", &world.run(["setup", "--undo"]));
    world.unset("AWS_BEARER_TOKEN_BEDROCK");
    for path in [file, settings, credentials] {
        fs::remove_file(path).unwrap();
    }
}

/// Looks through every file of the home directory, and counts the stash files that hold a value.
fn search_files(world: &World, secret: &PathBuf) -> usize {
    let mut stashed = 0;
    let mut directories = vec![world.home()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap().flatten() {
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            if kind.is_dir() {
                directories.push(path);
            } else if kind.is_file() && path != *secret && holds(&fs::read(&path).unwrap()) {
                let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
                assert!(
                    path.to_str().unwrap().contains("/claude-bedrock/stash/") && mode == 0o600,
                    "{} ({mode:o})",
                    path.display()
                );
                stashed += 1;
            }
        }
    }
    stashed
}
