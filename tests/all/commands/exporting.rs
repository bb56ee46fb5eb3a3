//! What `export` prints is what the programs read for which it is meant: each reader of docs/ci.md, the real one.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::thread;

use crate::support::{Shell, World, need, stderr};

/// A value, and who reads something else in a `.env` file: each reader that is wrong about it is a row of the table.
struct Row {
    name: &'static str,
    value: &'static str,
    wrong: &'static [&'static str],
    /// Whether an env file can hold it.
    in_env_file: bool,
}

const ROWS: &[Row] = &[
    Row {
        name: "PLAIN",
        value: "arn:aws:bedrock:eu-west-1:1:x/y",
        wrong: &[],
        in_env_file: true,
    },
    Row {
        name: "EQUALS",
        value: "a=b,c=d+e%20",
        wrong: &[],
        in_env_file: true,
    },
    Row {
        name: "BLANKS",
        value: "Team A",
        wrong: &[],
        in_env_file: true,
    },
    Row {
        name: "HASH",
        value: "a #b",
        wrong: &[],
        in_env_file: true,
    },
    Row {
        name: "URL",
        value: "https://a.example/b?c=d&e=f",
        wrong: &[],
        in_env_file: true,
    },
    Row {
        name: "DOLLAR",
        value: "a$HOME",
        wrong: &[],
        in_env_file: true,
    },
    Row {
        name: "BRACES",
        value: "a${HOME}",
        wrong: &["python-dotenv", "docker-compose"],
        in_env_file: true,
    },
    Row {
        name: "BACKSLASH",
        value: "C:\\new\\table",
        wrong: &[],
        in_env_file: true,
    },
    Row {
        name: "BACKSLASHES",
        value: "a\\\\b",
        wrong: &["python-dotenv", "docker-compose"],
        in_env_file: true,
    },
    Row {
        name: "DOUBLE",
        value: "say \"x\"",
        wrong: &[],
        in_env_file: true,
    },
    Row {
        name: "SINGLE",
        value: "it's",
        wrong: &[],
        in_env_file: true,
    },
    Row {
        name: "BOTH",
        value: "it's \"x\"",
        wrong: &["node"],
        in_env_file: true,
    },
    Row {
        name: "LINES",
        value: "X-Team: a\nX-Cost: b # c",
        wrong: &[],
        in_env_file: false,
    },
    Row {
        name: "UMLAUT",
        value: "Grüße",
        wrong: &[],
        in_env_file: true,
    },
];

fn world(rows: &[&Row]) -> World {
    let world = World::new(Shell::Bash);
    let mut text = "[profiles.work]\nregion = \"eu-west-1\"\n[profiles.work.env]\n".to_owned();
    for row in rows {
        text += &format!("T_{} = {}\n", row.name, serde_json::json!(row.value));
    }
    world.config(&text);
    world.project("acme", "profile = \"work\"\n");
    world
}

fn exported(world: &World, format: &str) -> String {
    let output = world.run_in(world.path("acme"), ["export", format]);
    assert!(output.status.success(), "{}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// What a reader makes of the values, as JSON.
fn read(mut command: Command) -> BTreeMap<String, String> {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let all: BTreeMap<String, serde_json::Value> =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} {text} {}", stderr(&output)));
    all.into_iter()
        .map(|(name, value)| (name, value.as_str().unwrap_or_default().to_owned()))
        .collect()
}

fn compare(reader: &str, read: &BTreeMap<String, String>, rows: &[&Row]) {
    for row in rows {
        let found = read.get(&format!("T_{}", row.name)).map(String::as_str);
        let is_right = found == Some(row.value);
        let expected = !row.wrong.contains(&reader);
        assert_eq!(is_right, expected, "{reader} reads {} as {found:?}", row.name);
    }
}

#[test]
fn every_reader_of_env_files_reads_what_dotenv_prints() {
    let rows: Vec<&Row> = ROWS.iter().collect();
    let world = world(&rows);
    let file = world.write("acme.env", exported(&world, "dotenv"));
    if let Some(node) = need::have("node 20.6") {
        let mut command = world.command(node);
        command
            .arg(format!("--env-file={}", file.display()))
            .args(["-e", "console.log(JSON.stringify(process.env))"]);
        compare("node", &read(command), &rows);
    }
    if let Some(module) = need::have("python-dotenv") {
        let mut command = world.command("python3");
        command
            .env("PYTHONPATH", module.parent().unwrap().parent().unwrap())
            .args([
                "-c",
                "import dotenv, json, sys; print(json.dumps(dotenv.dotenv_values(sys.argv[1])))",
            ])
            .arg(&file);
        compare("python-dotenv", &read(command), &rows);
    }
    if let Some(compose) = need::have("docker-compose") {
        let services = format!(
            "version: '3'\nservices: {{a: {{image: x, env_file: {}}}}}\n",
            file.display()
        );
        let services = world.write("compose.yml", services);
        let mut command = world.command("/usr/bin/python3");
        command
            .args([
                "-c",
                "import json, subprocess, sys, yaml; out = subprocess.check_output([sys.argv[1], '-f', sys.argv[2], 'config']); \
                 env = yaml.safe_load(out)['services']['a']['environment']; \
                 print(json.dumps({k: str(v).replace('$$', '$') for k, v in env.items()}))",
            ])
            .args([&compose, &services]);
        compare("docker-compose", &read(command), &rows);
    }
    let mut command = world.command("bash");
    command
        .args([
            "-c",
            "set -a; . \"$1\"; exec python3 -c 'import json, os; print(json.dumps(dict(os.environ)))'",
            "bash",
        ])
        .arg(&file);
    compare("sh", &read(command), &rows);
}

#[test]
fn every_reader_of_docker_reads_what_env_file_prints() {
    let rows: Vec<&Row> = ROWS.iter().filter(|row| row.in_env_file).collect();
    let world = world(&rows);
    let file = world.write("acme.env", exported(&world, "env-file"));
    if let Some(module) = need::have("docker-py") {
        let mut command = world.command("python3");
        command
            .env("PYTHONPATH", module.parent().unwrap().parent().unwrap())
            .args([
                "-c",
                "import docker.utils, json, sys; print(json.dumps(docker.utils.parse_env_file(sys.argv[1])))",
            ])
            .arg(&file);
        compare("docker-py", &read(command), &rows);
    }
    if let Some(docker) = need::have("docker") {
        compare("docker", &docker_run(&world, &docker, &file), &rows);
    }
    if let Some(podman) = need::have("podman")
        && need::have("root").is_some()
    {
        compare("podman", &podman_create(&world, &podman, &file), &rows);
    }
    compare("GitLab", &gitlab_report(&fs::read_to_string(&file).unwrap()), &rows);
    // The client is on Bedrock: no quote is a part of the switch.
    assert!(
        fs::read_to_string(&file)
            .unwrap()
            .contains("CLAUDE_CODE_USE_BEDROCK=1\n")
    );
}

#[test]
fn what_an_env_file_cannot_hold_is_refused() {
    for row in ROWS.iter().filter(|row| !row.in_env_file) {
        let world = world(&[row]);
        let output = world.run_in(world.path("acme"), ["export", "env-file"]);
        assert_eq!(output.status.code(), Some(2), "{}", row.name);
        assert!(
            output.stdout.is_empty() && stderr(&output).contains(row.name),
            "{}",
            stderr(&output)
        );
    }
}

/// What GitLab makes of a job's `artifacts:reports:dotenv` by its rules (`ParseDotenvArtifactService`, GitLab 13 to 18):
/// what stands before the first `=` of each line and what comes after, both without blanks around; a line without one
/// refuses the whole file, and so do 5 KiB.
fn gitlab_report(text: &str) -> BTreeMap<String, String> {
    assert!(text.len() < 5 * 1024);
    let pairs = text
        .lines()
        .map(|line| line.split_once('=').expect("a name and a value"));
    pairs
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect()
}

/// The variables of a container that the real podman has made, and not started.
fn podman_create(world: &World, podman: &Path, file: &Path) -> BTreeMap<String, String> {
    let podman = |arguments: &[&str]| {
        let mut command = world.command(podman);
        let stored = [
            "--storage-driver",
            "vfs",
            "--root",
            "podman/root",
            "--runroot",
            "podman/run",
        ];
        let output = command
            .current_dir(world.path(""))
            .args(stored)
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        output.stdout
    };
    let root = world.directory("empty").display().to_string();
    let file = file.display().to_string();
    podman(&[
        "create",
        "--name",
        "acme",
        "--network",
        "none",
        "--env-file",
        &file,
        "--rootfs",
        &root,
        "/none",
    ]);
    let env: Vec<String> =
        serde_json::from_slice(&podman(&["inspect", "acme", "--format", "{{json .Config.Env}}"])).unwrap();
    let pairs = env.iter().filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The variables that the real client of Docker sends for a container, to a stand-in for its daemon.
fn docker_run(world: &World, docker: &Path, file: &Path) -> BTreeMap<String, String> {
    let socket = world.path("docker.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    let daemon = thread::spawn(move || {
        loop {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            let mut part = [0; 4096];
            let body = loop {
                let length = stream.read(&mut part).unwrap();
                request.extend_from_slice(&part[..length]);
                let text = String::from_utf8_lossy(&request);
                let Some((head, body)) = text.split_once("\r\n\r\n") else {
                    continue;
                };
                let wanted = head
                    .lines()
                    .find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok())
                    .unwrap_or(0);
                if body.len() >= wanted || length == 0 {
                    break body.to_owned();
                }
            };
            let is_create = String::from_utf8_lossy(&request).contains("/containers/create");
            let (status, answer) = if is_create {
                ("404 Not Found", "{\"message\":\"seen\"}")
            } else {
                ("200 OK", "OK")
            };
            let head = format!(
                "HTTP/1.1 {status}\r\nApi-Version: 1.41\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                answer.len()
            );
            let _ = stream.write_all((head + answer).as_bytes());
            if is_create {
                return body;
            }
        }
    });
    let mut command = world.command(docker);
    command
        .arg("-H")
        .arg(format!("unix://{}", socket.display()))
        .args(["create", "--pull", "never", "--env-file"])
        .arg(file)
        .arg("image");
    let output = command.output().unwrap();
    assert!(daemon.is_finished(), "{}", stderr(&output));
    let body: serde_json::Value = serde_json::from_str(&daemon.join().unwrap()).unwrap();
    let pairs = body["Env"].as_array().unwrap();
    pairs
        .iter()
        .filter_map(|pair| pair.as_str()?.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}
