//! The matrix of the launcher: every method of authentication, started in every way, where every settings file that
//! Claude Code reads says something else and the shell is another directory's. Whatever arrives is the profile's.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::answer::{PAGE, WORDS};
use crate::client::Place;
use crate::server::Request;
use crate::signature::{secret_of, token_of};
use crate::support::world::PROGRAM;
use crate::support::{Shell, pty};
use crate::{calls, journeys, table};

/// A profile of the matrix, and what its requests are. The header `X-Team` carries its name.
pub struct Row {
    pub name: &'static str,
    /// What docs/proof.md calls it.
    head: &'static str,
    text: &'static str,
    authorization: &'static str,
    /// What the control plane is asked with.
    control: &'static str,
    /// The main model's path and the background model's.
    pub paths: [&'static str; 2],
    tier: Option<&'static str>,
}

const EU: [&str; 2] = [
    "/model/eu.anthropic.claude-sonnet-4-6/",
    "/model/eu.anthropic.claude-haiku-4-5-20251001-v1:0/",
];
const US: [&str; 2] = [
    "/model/us.anthropic.claude-sonnet-4-6/",
    "/model/us.anthropic.claude-haiku-4-5-20251001-v1:0/",
];

pub const ROWS: [Row; 6] = [
    Row {
        name: "sso",
        head: "AWS profile",
        text: "region = \"eu-west-1\"\nservice_tier = \"flex\"\nauth = { method = \"aws-profile\", profile = \"bedrock-work\" }",
        authorization: "signed ASIA0123456789010000 eu-west-1 bedrock",
        control: "signed ASIA0123456789010000 eu-west-1 bedrock",
        paths: EU,
        tier: Some("flex"),
    },
    Row {
        name: "isolated",
        head: "isolated",
        text: "region = \"eu-central-1\"\nauth = { method = \"aws-profile\", profile = \"bedrock-other\", isolate = true }",
        authorization: "signed ASIA0222222222220000 eu-central-1 bedrock",
        control: "signed ASIA0222222222220000 eu-central-1 bedrock",
        paths: EU,
        tier: None,
    },
    Row {
        name: "keys",
        head: "access keys",
        text: "region = \"us-west-2\"\nauth = { method = \"access-keys\", access_key_id = { env = \"TEST_KEY\" }, secret_access_key = { env = \"TEST_SECRET\" } }",
        // The keys have no session token, so the session has temporary ones from STS.
        authorization: "signed ASIAKEYS us-west-2 bedrock",
        control: "signed ASIAKEYS us-west-2 bedrock",
        paths: US,
        tier: None,
    },
    Row {
        name: "token",
        head: "API key",
        text: "region = \"us-east-2\"\nauth = { method = \"api-key\", api_key = { env = \"TEST_API_KEY\" } }",
        authorization: "bearer api-key-of-the-tests",
        control: "bearer api-key-of-the-tests",
        paths: US,
        tier: None,
    },
    Row {
        name: "gateway",
        head: "gateway",
        text: "region = \"eu-west-3\"\nauth = { method = \"gateway\", base_url = \"{server}\", token = { env = \"TEST_GATEWAY_TOKEN\" } }",
        authorization: "bearer token-of-the-gateway",
        control: "none",
        paths: EU,
        tier: None,
    },
    Row {
        name: "mantle",
        head: "Mantle",
        text: "region = \"us-east-1\"\nendpoint = \"mantle\"\nauth = { method = \"api-key\", api_key = { file = \"~/.mantle-key\" } }",
        authorization: "bearer key-of-mantle",
        control: "bearer key-of-mantle",
        paths: ["/anthropic/v1/messages", "/anthropic/v1/messages"],
        tier: None,
    },
];

const MODELS: &str = "main = \"sonnet\"\nopus = \"claude-opus-5-5\"\nsonnet = \"claude-sonnet-4-6\"\nhaiku = \"claude-haiku-4-5-20251001\"";
const MANTLE_MODELS: &str =
    "main = \"sonnet\"\nopus = \"claude-opus-5-5\"\nsonnet = \"claude-sonnet-5\"\nhaiku = \"claude-haiku-4-5\"";

/// What somebody else's settings say of everything.
fn contrary() -> String {
    json!({
        "env": {
            "AWS_REGION": "ap-southeast-2",
            "AWS_PROFILE": "somebody-else",
            "AWS_BEARER_TOKEN_BEDROCK": "somebody-elses",
            "AWS_ACCESS_KEY_ID": "AKIASOMEBODYELSE",
            "AWS_SECRET_ACCESS_KEY": "x",
            "ANTHROPIC_AUTH_TOKEN": "somebody-elses",
            "ANTHROPIC_MODEL": "claude-opus-4-8",
            "ANTHROPIC_DEFAULT_HAIKU_MODEL": "claude-opus-4-8",
            "ANTHROPIC_SMALL_FAST_MODEL": "claude-opus-4-8",
            "ANTHROPIC_CUSTOM_HEADERS": "X-Team: somebody-else",
            "ANTHROPIC_BEDROCK_SERVICE_TIER": "priority",
            "ANTHROPIC_BEDROCK_BASE_URL": "http://127.0.0.1:9",
            "CLAUDE_CODE_USE_VERTEX": "1",
            "CLAUDE_CODE_USE_GATEWAY": "1",
            "CLAUDE_CODE_SUBAGENT_MODEL": "claude-opus-4-8",
        },
        "model": "claude-opus-4-8",
        "apiKeyHelper": "echo somebody-elses",
        "awsCredentialExport":
            "echo '{\"AccessKeyId\":\"ASIASOMEBODYELSE\",\"SecretAccessKey\":\"x\",\"SessionToken\":\"y\"}'",
    })
    .to_string()
}

/// A home in which each profile has a repository, and all settings files are against it.
pub fn place(program: &Path) -> Place {
    let mut place = Place::new(Shell::Bash, program);
    place.sso(&[("bedrock-work", "012345678901"), ("bedrock-other", "022222222222")]);
    place.world.write(".mantle-key", "key-of-mantle");
    let key = place.world.path(".mantle-key");
    fs::set_permissions(key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    for (name, value) in [
        ("TEST_KEY", "AKIAKEYS".to_owned()),
        ("TEST_SECRET", secret_of("AKIAKEYS")),
        ("TEST_API_KEY", "api-key-of-the-tests".to_owned()),
        ("TEST_GATEWAY_TOKEN", "token-of-the-gateway".to_owned()),
        // What the shell of another directory, or another program's session, has left.
        ("AWS_ACCESS_KEY_ID", "ASIALEFT".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", secret_of("ASIALEFT")),
        ("AWS_SESSION_TOKEN", token_of("ASIALEFT")),
        ("AWS_BEARER_TOKEN_BEDROCK", "left".to_owned()),
        ("CLAUDE_CODE_USE_GATEWAY", "1".to_owned()),
        ("ANTHROPIC_BASE_URL", "http://127.0.0.1:9".to_owned()),
        ("CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST", "1".to_owned()),
        ("CLAUDE_CODE_HOST_AUTH_ENV_VAR", "LEFT".to_owned()),
        ("ANTHROPIC_UNIX_SOCKET", "/nowhere".to_owned()),
    ] {
        place.world.set(name, value);
    }
    let mut config = String::new();
    let mut trusted = serde_json::Map::new();
    for row in &ROWS {
        let models = if row.name == "mantle" { MANTLE_MODELS } else { MODELS };
        let address = if row.name == "gateway" {
            ""
        } else {
            "base_url = \"{server}\"\n"
        };
        config += &format!(
            "[profiles.{0}]\n{address}{1}\nheaders = {{ X-Team = \"{0}\" }}\n[profiles.{0}.models]\n{models}\n",
            row.name, row.text
        )
        .replace("{server}", &place.server.url());
        let inner = format!("{}/inner", row.name);
        place.world.directory(&inner);
        git(&place, row.name, &["init", "-q"]);
        place.world.write(format!("{inner}/.claude/settings.json"), contrary());
        place
            .world
            .write(format!("{inner}/.claude/settings.local.json"), contrary());
        place
            .world
            .write(format!("{}/.claude/settings.local.json", row.name), contrary());
        for directory in [row.name, &inner] {
            let path = place.world.path(directory).to_string_lossy().into_owned();
            trusted.insert(path, json!({ "hasTrustDialogAccepted": true }));
        }
    }
    place.world.config(&config);
    // Allowed in the repository, and so in its linked worktrees.
    for row in &ROWS {
        let inner = format!("{}/inner", row.name);
        place.world.project(&inner, &format!("profile = \"{}\"\n", row.name));
    }
    place.world.write(".claude/settings.json", contrary());
    let global = json!({
        "hasCompletedOnboarding": true,
        "projects": trusted,
        "env": { "AWS_REGION": "sa-east-1", "AWS_BEARER_TOKEN_BEDROCK": "of-the-global-file" },
    });
    place.world.write(".claude.json", global.to_string());
    place
}

fn git(place: &Place, directory: &str, arguments: &[&str]) {
    let output = place
        .world
        .command("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@example.com"])
        .args(arguments)
        .current_dir(place.world.path(directory))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

pub fn claude(place: &Place, directory: &str, arguments: &[&str]) -> Command {
    let mut command = place.world.command(PROGRAM);
    command
        .arg("claude")
        .args(arguments)
        .current_dir(place.world.path(directory))
        .stdin(Stdio::null());
    command
}

pub fn told(output: &Output, arrived: &[Request]) -> String {
    let lines: Vec<String> = arrived.iter().map(Request::line).collect();
    format!(
        "{lines:#?}\n{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Hosts that an interactive session asks for itself, without credentials: plug-ins, the change log, its own release.
const OF_ANTHROPIC: &[&str] = &[
    "api.anthropic.com",
    "downloads.claude.ai",
    "github.com",
    "raw.githubusercontent.com",
    "registry.npmjs.org",
];

/// Every request is that of one of these rows, whole.
pub fn check(rows: &[&Row], arrived: &[Request], told: &str) {
    for request in arrived {
        let authorization = request.authorization().to_string();
        // What an interactive session asks of Anthropic's own hosts: plug-ins and the change log, without credentials.
        if authorization == "none" && OF_ANTHROPIC.contains(&request.host.as_str()) {
            continue;
        }
        // The page that a tool was asked for, and the check of its host, have nothing of an account.
        if authorization == "none" && [PAGE, "api.anthropic.com"].contains(&request.host.as_str()) {
            continue;
        }
        // Tokens are counted by the foundation model, without headers of one's own (2.1.332).
        if !request.asks_a_model() || request.path.ends_with("/count-tokens") {
            let is_ours = rows.iter().any(|row| row.control == authorization);
            // STS gives temporary keys for the static ones; the portal is asked without a signature.
            let is_helper = request.host.starts_with("portal.sso.") || request.host.starts_with("sts.");
            assert!(is_ours || is_helper, "{}: {told}", request.line());
            assert!(
                !authorization.contains("SOMEBODY") && !authorization.contains("LEFT"),
                "{told}"
            );
            continue;
        }
        let team = request.header("x-team").unwrap_or("no team");
        let row = rows.iter().find(|row| row.name == team);
        let row = row.unwrap_or_else(|| panic!("{team}: {} {told}", request.line()));
        assert_eq!(authorization, row.authorization, "{team}: {told}");
        let fits = row.paths.iter().any(|path| request.path.starts_with(path));
        assert!(fits, "{team}: {} {told}", request.path);
        assert_eq!(
            request.header("x-amzn-bedrock-service-tier"),
            row.tier,
            "{team}: {told}"
        );
    }
}

pub fn asks(row: &Row, arrived: &[Request]) -> bool {
    arrived
        .iter()
        .any(|request| request.asks_a_model() && request.header("x-team") == Some(row.name))
}

/// In print mode, where the project is.
fn print(program: &Path, rows: &[&Row]) {
    let place = place(program);
    for row in rows {
        let inner = format!("{}/inner", row.name);
        let output = claude(&place, &inner, &["-p", "hello"]).output().unwrap();
        let arrived = place.server.take();
        let told = told(&output, &arrived);
        assert!(
            String::from_utf8_lossy(&output.stdout).contains(WORDS),
            "{}: {told}",
            row.name
        );
        assert!(asks(row, &arrived), "{told}");
        check(&[*row], &arrived, &told);
    }
}

/// In linked worktrees, whose local settings are those of the main one.
fn worktree(program: &Path, rows: &[&Row]) {
    let place = place(program);
    for row in rows {
        git(&place, row.name, &["add", "-A"]);
        git(&place, row.name, &["commit", "-qm", "all"]);
        git(&place, row.name, &["worktree", "add", "-q", "../linked"]);
        let output = claude(&place, "linked/inner", &["-p", "hello"]).output().unwrap();
        let arrived = place.server.take();
        assert!(asks(row, &arrived), "{}", told(&output, &arrived));
        check(&[*row], &arrived, &told(&output, &arrived));
    }
}

/// Begun under another profile, and continued under this one.
fn continued(program: &Path, rows: &[&Row]) {
    let place = place(program);
    for row in rows {
        let other = ROWS.iter().find(|other| other.name != row.name).unwrap();
        let inner = format!("{}/inner", row.name);
        for (current, words) in [
            (other, &["-p", "hello"][..]),
            (row, &["-p", "--continue", "hello again"]),
        ] {
            place
                .world
                .project(&inner, &format!("profile = \"{}\"\n", current.name));
            let output = claude(&place, &inner, words).output().unwrap();
            let arrived = place.server.take();
            assert!(asks(current, &arrived), "{}", told(&output, &arrived));
            check(&[current], &arrived, &told(&output, &arrived));
        }
    }
}

/// As VS Code's panel starts it, through the process wrapper: two workspaces at once.
fn editor(program: &Path, rows: &[&Row]) {
    let place = place(program);
    let sessions: Vec<_> = rows
        .iter()
        .map(|row| {
            let mut command = place.world.command(PROGRAM);
            command
                .arg(program)
                .args([
                    "--output-format",
                    "stream-json",
                    "--verbose",
                    "--input-format",
                    "stream-json",
                ])
                .args(["--permission-mode", "default"])
                .current_dir(place.world.path(format!("{}/inner", row.name)))
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            let mut child = command.spawn().unwrap();
            let question = json!({ "type": "user", "message": { "role": "user", "content": "hello" } });
            let mut stdin = child.stdin.take().unwrap();
            writeln!(stdin, "{question}").unwrap();
            drop(stdin);
            child
        })
        .collect();
    let outputs: Vec<Output> = sessions
        .into_iter()
        .map(|child| child.wait_with_output().unwrap())
        .collect();
    let arrived = place.server.take();
    for (row, output) in rows.iter().zip(&outputs) {
        let told = told(output, &arrived);
        assert!(String::from_utf8_lossy(&output.stdout).contains(WORDS), "{told}");
        assert!(asks(row, &arrived), "{told}");
        check(rows, &arrived, &told);
    }
}

/// In two terminals at once.
fn interactive(program: &Path, rows: &[&Row]) {
    let place = place(program);
    let start = |row: &&Row| {
        let (master, slave) = pty::open(40, 120, false);
        let prompt = "please explain how the parser of this repository reads its configuration";
        let mut command = claude(&place, &format!("{}/inner", row.name), &[prompt]);
        command
            .env("TERM", "xterm-256color")
            .env_remove("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC")
            .stdin(slave.try_clone().unwrap())
            .stdout(slave.try_clone().unwrap())
            .stderr(slave);
        pty::lead_terminal(&mut command);
        let screen = pty::watch(&master);
        (command.spawn().unwrap(), master, screen)
    };
    let mut sessions: Vec<_> = rows.iter().map(start).collect();
    let mut arrived: Vec<Request> = Vec::new();
    let end = Instant::now() + Duration::from_mins(2);
    // The turn, and the title, which the background model gives.
    let has_title = |row: &&Row, arrived: &[Request]| {
        arrived
            .iter()
            .any(|request| request.header("x-team") == Some(row.name) && request.path.starts_with(row.paths[1]))
    };
    let is_done = |arrived: &[Request]| rows.iter().all(|row| asks(row, arrived) && has_title(row, arrived));
    while !is_done(&arrived) && Instant::now() < end {
        thread::sleep(Duration::from_millis(50));
        arrived.extend(place.server.take());
    }
    for (child, _, _) in &mut sessions {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let shown: Vec<String> = sessions
        .iter()
        .map(|(_, _, screen)| String::from_utf8_lossy(&screen.lock().unwrap()).into_owned())
        .collect();
    let lines: Vec<String> = arrived.iter().map(Request::line).collect();
    let told = format!("{lines:#?}\n{}", shown.join("\n"));
    assert!(is_done(&arrived), "{told}");
    check(rows, &arrived, &told);
}

/// Background sessions under one daemon, which somebody has started in a directory without a profile.
fn background_of_nobody(program: &Path, rows: &[&Row]) {
    let place = place(program);
    let mut daemon = place.world.command(program);
    let daemon = daemon
        .args(["daemon", "run"])
        .current_dir(place.world.home())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let mut daemon = daemon.unwrap();
    let end = Instant::now() + Duration::from_mins(1);
    let is_running = || {
        let output = place
            .world
            .command(program)
            .args(["daemon", "status"])
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).contains(&daemon.id().to_string())
    };
    while !is_running() {
        assert!(Instant::now() < end, "the daemon does not start");
        thread::sleep(Duration::from_millis(100));
    }
    background_in(&place, rows);
    daemon.wait().unwrap();
}

/// Background sessions under one daemon, which the first of them starts in another directory than the rest.
fn background(program: &Path, rows: &[&Row]) {
    background_in(&place(program), rows);
}

fn background_in(place: &Place, rows: &[&Row]) {
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut arrived = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            let inner = format!("{}/inner", row.name);
            let output = claude(place, &inner, &["--bg", "hello"]).output().unwrap();
            assert!(output.status.success(), "{}: {}", row.name, told(&output, &arrived));
            let end = Instant::now() + Duration::from_mins(2);
            while !asks(row, &arrived) {
                assert!(
                    Instant::now() < end,
                    "{} never asked: {}",
                    row.name,
                    told(&output, &arrived)
                );
                thread::sleep(Duration::from_millis(50));
                arrived.extend(place.server.take());
            }
            check(&rows[..=index], &arrived, &told(&output, &arrived));
        }
        let teams: BTreeSet<_> = arrived.iter().filter_map(|request| request.header("x-team")).collect();
        assert_eq!(teams.len(), rows.len());
    }));
    let stopped = claude(place, "", &["daemon", "stop", "--any"]).output().unwrap();
    assert!(stopped.status.success(), "{}", String::from_utf8_lossy(&stopped.stderr));
    if let Err(panic) = result {
        std::panic::resume_unwind(panic);
    }
}

/// A way to start a session, or a call of one.
pub struct Journey {
    /// The test's name.
    pub name: &'static str,
    /// What docs/proof.md calls it.
    words: &'static str,
    /// The rows that it is shown for.
    rows: &'static [&'static str],
    run: fn(&Path, &[&Row]),
}

impl Journey {
    fn covers(&self) -> Vec<&'static Row> {
        let is_covered = |row: &&Row| self.rows.contains(&row.name);
        let rows: Vec<&Row> = ROWS.iter().filter(is_covered).collect();
        assert_eq!(rows.len(), self.rows.len(), "{}", self.name);
        rows
    }

    pub fn run(&self, program: &Path) {
        (self.run)(program, &self.covers());
    }
}

const EACH: &[&str] = &["sso", "isolated", "keys", "token", "gateway", "mantle"];
const TWO: &[&str] = &["sso", "token"];
/// Those that Bedrock's runtime answers: Mantle has no call without a stream and no counting of its own.
const OF_BEDROCK: &[&str] = &["sso", "isolated", "keys", "token", "gateway"];

pub const ALL: &[Journey] = &[
    Journey {
        name: "print mode",
        words: "print mode",
        rows: EACH,
        run: print,
    },
    Journey {
        name: "print mode in a linked worktree",
        words: "in a linked worktree",
        rows: &["sso"],
        run: worktree,
    },
    Journey {
        name: "continued where another profile applied before",
        words: "`--continue` of what began under another profile",
        rows: TWO,
        run: continued,
    },
    Journey {
        name: "an editor's process wrapper in two workspaces at once",
        words: "an editor's process wrapper, stream-json both ways, two at once",
        rows: TWO,
        run: editor,
    },
    Journey {
        name: "interactive, in two terminals at once",
        words: "interactive, two terminals at once: the turn, and the session's title",
        rows: TWO,
        run: interactive,
    },
    Journey {
        name: "background sessions under a daemon of another directory",
        words: "`--bg`, one daemon, started by the first",
        rows: EACH,
        run: background,
    },
    Journey {
        name: "background sessions under a daemon of no profile's directory",
        words: "`--bg`, one daemon, started where no profile applies",
        rows: EACH,
        run: background_of_nobody,
    },
    Journey {
        name: "WebFetch's summary is asked of the background model",
        words: "WebFetch's summary, of the background model",
        rows: OF_BEDROCK,
        run: calls::web,
    },
    Journey {
        name: "a prompt hook is asked of the background model",
        words: "a `prompt` hook, of the background model",
        rows: OF_BEDROCK,
        run: calls::hook,
    },
    Journey {
        name: "tokens are counted by the profile",
        words: "token counting (`/context`)",
        rows: OF_BEDROCK,
        run: calls::count,
    },
    Journey {
        name: "the second call after a broken stream",
        words: "the second call after a broken stream",
        rows: OF_BEDROCK,
        run: calls::broken,
    },
];

/// The matrix as docs/proof.md has it.
fn as_table() -> String {
    let heads: Vec<&str> = ROWS.iter().map(|row| row.head).collect();
    let mut text = format!("| | {} |\n|---{}|\n", heads.join(" | "), "|---".repeat(ROWS.len()));
    for journey in ALL {
        let covered = journey.covers();
        let marks = ROWS.iter().map(|row| {
            let is_covered = covered.iter().any(|covered| covered.name == row.name);
            if is_covered { " ✓ |" } else { " |" }
        });
        text += &format!("| {} |{}\n", journey.words, marks.collect::<String>());
    }
    text
}

/// The page that shows the matrix shows this one; `PROOF=write` renews it.
pub fn is_printed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/proof.md");
    let page = fs::read_to_string(path).unwrap();
    let (before, rest) = page.split_once("<!-- matrix -->\n").unwrap();
    let (printed, after) = rest.split_once("<!-- /matrix -->").unwrap();
    let wanted = as_table();
    if std::env::var("PROOF").is_ok_and(|word| word == "write") {
        fs::write(
            path,
            format!("{before}<!-- matrix -->\n{wanted}<!-- /matrix -->{after}"),
        )
        .unwrap();
        return;
    }
    assert_eq!(printed, wanted, "PROOF=write renews docs/proof.md");
    // The README counts what runs in each shell.
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let count = table::cases().len() + journeys::ALL.len();
    assert!(
        readme.contains(&format!("{count} cases in each of the four shells")),
        "{count}"
    );
}
