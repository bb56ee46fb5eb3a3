//! A stand-in for the services of AWS that the program calls: `tests/fake_aws/server.py`, on botocore's service
//! models, started for one test and ended with it.
//!
//! ```ignore
//! let Some(mut aws) = FakeAws::start() else { return };   // says `skipped: …` where botocore is missing
//! aws.script(&json!({ "faults": { "GetCallerIdentity": "hang" } }));
//! aws.serve(&mut world);                                   // AWS_ENDPOINT_URL
//! assert_eq!(aws.operations(), ["GetCallerIdentity"]);
//! ```
//!
//! A script holds `answers` (an operation's output, in place of the fake account's), `faults` (by operation, or `*`:
//! `"hang"`, `"html"`, `"truncated"`, `"cut"`, or an error's status, code and message) and `clock` (seconds ahead).
//! A request that its service model does not allow fails the test when the server ends.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use super::World;

pub struct FakeAws {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    directory: tempfile::TempDir,
    pub port: u16,
}

/// A Python that has botocore: the one that `scripts/test` makes, else the machine's.
fn python() -> Option<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/fake-aws/bin/python");
    [own, "python3".into()].into_iter().find(|python| {
        let status = Command::new(python)
            .args(["-c", "import botocore"])
            .stderr(Stdio::null())
            .status();
        status.is_ok_and(|status| status.success())
    })
}

impl FakeAws {
    /// Starts a server; `None` where the machine has no botocore.
    pub fn start() -> Option<Self> {
        let Some(python) = python() else {
            println!("skipped: botocore is not on this machine (scripts/test installs it)");
            return None;
        };
        let directory = tempfile::tempdir().unwrap();
        let mut child = Command::new(python)
            .arg("-B")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fake_aws/server.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let mut server = Self {
            input: child.stdin.take().unwrap(),
            child,
            output,
            directory,
            port: line.trim().parse().unwrap(),
        };
        server.script(&json!({}));
        Some(server)
    }

    fn log(&self) -> PathBuf {
        self.directory.path().join("log")
    }

    /// Gives the server another script.
    pub fn script(&mut self, script: &Value) {
        let mut script = script.clone();
        script["log"] = json!(self.log());
        writeln!(self.input, "{script}").unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
    }

    /// Makes every call of `world` come here.
    pub fn serve(&self, world: &mut World) {
        world.set("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", self.port));
        world.set("AWS_EC2_METADATA_DISABLED", "true");
    }

    /// The requests so far, each with `operation`, `parameters`, `key` (its access key ID) and `region`.
    pub fn requests(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.log()).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The names of the operations so far, in the order of the alphabet.
    pub fn operations(&self) -> Vec<String> {
        let name = |request: &Value| request["operation"].as_str().unwrap_or("?").to_owned();
        let mut names: Vec<String> = self.requests().iter().map(name).collect();
        names.sort();
        names
    }
}

impl Drop for FakeAws {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if !std::thread::panicking() {
            for request in self.requests() {
                assert!(request["problem"].is_null(), "{request}");
            }
        }
    }
}
