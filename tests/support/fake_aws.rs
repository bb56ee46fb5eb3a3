//! A stand-in for the services of AWS that the program calls: `tests/fake_aws/server.py`, on the service models of
//! botocore and on moto. All tests of a file share its process; each has a port of its own, with its own script.
//!
//! ```ignore
//! let Some(aws) = FakeAws::start(&json!({ "faults": { "GetCallerIdentity": "hang" } })) else { return };
//! aws.serve(&mut world);                                   // AWS_ENDPOINT_URL
//! assert_eq!(aws.operations(), ["GetCallerIdentity"]);
//! ```
//!
//! What a script may hold stands in `server.py`. A request that its service model does not allow, and an answer that
//! botocore would not understand, fail the test when the stand-in is dropped.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{LazyLock, Mutex, PoisonError};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use serde_json::{Value, json};

use super::{World, need, stderr, stdout};

/// What the account lets in: `tests/fake_aws/account.py`.
pub const KEY_ID: &str = "AKIAI44QH8DHBEXAMPLE";
pub const SECRET_KEY: &str = "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY";
pub const API_KEY: &str = "ABSKQmVkcm9ja0FQSUtleS1leGFtcGxl";
pub const ACCESS_TOKEN: &str = "the-access-token";

/// What stands in `~/.aws/config` of the AWS profile `sso`.
pub const SSO_PROFILE: &str = "\
[profile sso]
sso_session = acme
sso_account_id = 123456789012
sso_role_name = Developer
[sso-session acme]
sso_start_url = https://acme.awsapps.com/start
sso_region = us-east-1
";

/// Where the AWS CLI keeps the token of its session: the SHA-1 of its name, as `printf acme | sha1sum` says.
pub const SSO_TOKEN: &str = ".aws/sso/cache/293abb6b76d7791c0732cc517d38c4b5c734b87f.json";

/// The process. It ends when its input does, with the tests.
struct Server {
    _child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

static SERVER: LazyLock<Mutex<Server>> = LazyLock::new(|| {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/fake-aws/bin/python");
    let mut child = Command::new(python)
        .arg("-B")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fake_aws/server.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    Mutex::new(Server {
        input: child.stdin.take().unwrap(),
        output: BufReader::new(child.stdout.take().unwrap()),
        _child: child,
    })
});

/// The reply to a command.
fn ask(command: &Value) -> Value {
    let mut server = SERVER.lock().unwrap_or_else(PoisonError::into_inner);
    writeln!(server.input, "{command}").unwrap();
    let mut line = String::new();
    server.output.read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap_or_else(|_| panic!("tests/fake_aws/server.py has ended: {line}"))
}

pub struct FakeAws {
    pub port: u16,
    /// The directory of its certificate, once it has one.
    identity: Option<PathBuf>,
    /// Whether it was asked what is wrong with the requests.
    problems_are_told: bool,
}

impl FakeAws {
    /// Opens a port; `None` if the machine has no moto.
    pub fn start(script: &Value) -> Option<Self> {
        need::have("moto")?;
        let port = ask(&json!({ "open": script })).as_u64().unwrap().try_into().unwrap();
        Some(Self {
            port,
            identity: None,
            problems_are_told: false,
        })
    }

    /// Gives the server another script.
    pub fn script(&self, script: &Value) {
        let mut script = script.clone();
        script["tls"] = json!(self.identity);
        ask(&json!({ "port": self.port, "script": script }));
    }

    /// Makes it speak TLS, too, and what it is a proxy for: by a certificate for all hosts of AWS in us-east-1 and
    /// for 127.0.0.1. Returns the certificate of the authority that has signed it, which nobody knows.
    pub fn speak_tls(&mut self, world: &World) -> PathBuf {
        let directory = world.directory("tls");
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.distinguished_name.push(DnType::CommonName, "authority");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let names = [
            "127.0.0.1",
            "*.us-east-1.amazonaws.com",
            "*.sso.us-east-1.amazonaws.com",
        ];
        let mut server = CertificateParams::new(names.map(str::to_owned)).unwrap();
        server.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate().unwrap();
        let server = server.signed_by(&key, &authority).unwrap();
        fs::write(directory.join("server.pem"), server.pem()).unwrap();
        fs::write(directory.join("server.key"), key.serialize_pem()).unwrap();
        fs::write(directory.join("authority.pem"), authority.pem()).unwrap();
        self.identity = Some(directory.clone());
        self.script(&json!({}));
        directory.join("authority.pem")
    }

    /// A world whose AWS follows a script; `None` if the machine has no moto.
    pub fn with(script: &Value, world: impl FnOnce() -> World) -> Option<(World, Self)> {
        let aws = Self::start(script)?;
        let mut world = world();
        aws.serve(&mut world);
        Some((world, aws))
    }

    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.host())
    }

    /// Makes every call of `world` come here.
    pub fn serve(&self, world: &mut World) {
        world.set("AWS_ENDPOINT_URL", self.url());
        world.set("AWS_EC2_METADATA_DISABLED", "true");
    }

    /// The requests so far, each with `operation`, `parameters`, `key` (its access key ID), `region` and `tunnel`
    /// (the host that a proxy was asked for).
    pub fn requests(&self) -> Vec<Value> {
        let Value::Array(requests) = ask(&json!({ "port": self.port })) else {
            panic!("the stand-in tells no requests")
        };
        requests
    }

    /// What is wrong with the requests so far and their answers, which is then no failure.
    pub fn problems(&mut self) -> Vec<String> {
        self.problems_are_told = true;
        let problem = |request: &Value| request["problem"].as_str().map(str::to_owned);
        self.requests().iter().filter_map(problem).collect()
    }

    /// The names of the operations so far, in the order of the alphabet.
    pub fn operations(&self) -> Vec<String> {
        let name = |request: &Value| request["operation"].as_str().unwrap_or("?").to_owned();
        let mut names: Vec<String> = self.requests().iter().map(name).collect();
        names.sort();
        names
    }
}

/// The checklist of `doctor --verbose` without the words that repeat the marks: `✓ CD20  …`.
pub fn checklist(text: &str) -> String {
    let mut plain = String::new();
    for line in text.lines() {
        let marks = [("✓ ok      ", "✓ "), ("! warn    ", "! "), ("✗ broken  ", "✗ ")];
        let marked = marks
            .iter()
            .find_map(|(long, short)| Some(format!("{short}{}", line.strip_prefix(long)?)));
        let fix = || Some(format!("         {}", line.strip_prefix("                ")?));
        plain.push_str(&marked.or_else(fix).unwrap_or_else(|| line.to_owned()));
        plain.push('\n');
    }
    plain
}

/// The exit status of `doctor` and its checklist, in which no secret stands.
pub fn doctor(world: &World, arguments: &[&str]) -> (Option<i32>, String) {
    let output = world.run(["doctor", "--verbose"].iter().chain(arguments));
    let (text, errors) = (checklist(&stdout(&output)), stderr(&output));
    for shown in [&text, &errors] {
        for secret in [SECRET_KEY, API_KEY, ACCESS_TOKEN] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(!shown.contains("source()") && !shown.contains("Error {"), "{shown}");
    }
    (output.status.code(), text)
}

impl Drop for FakeAws {
    fn drop(&mut self) {
        if !std::thread::panicking() && !self.problems_are_told {
            let problems = self.problems();
            assert!(problems.is_empty(), "{}", problems.join("\n"));
        }
    }
}
