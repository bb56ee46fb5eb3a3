//! The table of cases: a profile, and what arrives when Claude Code runs in a directory that has it.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::answer::WORDS;
use crate::client::{self, Place};
use crate::server::{LOOPBACK, Request};
use crate::signature::{secret_of, token_of};
use crate::support::Shell;

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub name: String,
    /// The profile's text, in which `{server}` is the server's address.
    profile: String,
    /// Variables that the shell starts with.
    #[serde(default)]
    inherited: BTreeMap<String, String>,
    /// Whether `claude-bedrock settings apply` is run in the project.
    #[serde(default)]
    apply: bool,
    /// The argument of `--model`.
    model: Option<String>,
    /// Where it arrives; the server itself where nothing is said.
    host: Option<String>,
    path: String,
    /// The field `model` of the body, which Mantle reads.
    body_model: Option<String>,
    authorization: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Headers that must not arrive.
    #[serde(default)]
    absent: Vec<String>,
    /// How many calls, probes among them, ask a model.
    #[serde(default = "one")]
    calls: usize,
}

fn one() -> usize {
    1
}

#[derive(Deserialize)]
struct Table {
    case: Vec<Case>,
}

pub fn cases() -> Vec<Case> {
    toml::from_str::<Table>(include_str!("cases.toml")).unwrap().case
}

impl Case {
    pub fn run(&self, shell: Shell, program: &Path) {
        let mut place = Place::new(shell, program);
        place.sso(&[("bedrock-work", "012345678901")]);
        for (name, value) in secrets() {
            place.world.set(name, value);
        }
        for (name, value) in &self.inherited {
            place.world.set(name, value);
        }
        place.world.config(&format!(
            "[profiles.work]\n{}",
            self.profile.replace("{server}", &place.server.url())
        ));
        place.world.project("acme", "profile = \"work\"\n");

        let mut terminal = place.world.start();
        terminal.run("cd acme");
        if self.apply {
            client::apply(&mut terminal, shell);
        }
        let turn = client::ask(&mut terminal, self.model.as_deref());
        let arrived = place.server.take();
        let lines: Vec<String> = arrived.iter().map(Request::line).collect();
        let told = format!("{lines:#?}\n{}\n{}", turn.stdout, turn.stderr);
        assert!(turn.stdout.contains(WORDS), "{told}");
        self.check(&arrived, &told);
    }

    fn check(&self, arrived: &[Request], told: &str) {
        let host = self.host.as_deref().unwrap_or(LOOPBACK);
        let calls: Vec<&Request> = arrived.iter().filter(|request| request.asks_a_model()).collect();
        assert_eq!(calls.len(), self.calls, "{told}");
        for call in calls {
            assert_eq!(call.host, host, "{told}");
            let path = call.path.split('?').next().unwrap();
            assert_eq!(path, self.path, "{told}");
            assert_eq!(call.authorization().to_string(), self.authorization, "{told}");
            for (name, value) in &self.headers {
                assert_eq!(call.header(name), Some(value.as_str()), "{name}: {told}");
            }
            for name in &self.absent {
                assert_eq!(call.header(name), None, "{name}: {told}");
            }
            if let Some(model) = &self.body_model {
                let body: serde_json::Value = serde_json::from_slice(&call.body).unwrap();
                assert_eq!(body["model"], model.as_str(), "{told}");
            }
        }
        // Nothing else but what Bedrock's control plane, the portal and STS are asked, by the same account.
        for request in arrived.iter().filter(|request| !request.asks_a_model()) {
            let known = match request.host.as_str() {
                // Claude Code asks the control plane at the base URL.
                known if known == host => request.path.starts_with("/inference-profiles"),
                "portal.sso.us-east-1.amazonaws.com" => request.path.starts_with("/federation/credentials"),
                host => host.starts_with("bedrock.") || host.starts_with("sts."),
            };
            assert!(known, "{}: {told}", request.line());
            let authorization = request.authorization().to_string();
            assert!(!authorization.starts_with("wrong"), "{told}");
        }
    }
}

/// What secrets of the table's profiles are, by the variables that they come from.
fn secrets() -> [(&'static str, String); 7] {
    [
        ("TEST_KEY", "AKIAKEYS".to_owned()),
        ("TEST_SECRET", secret_of("AKIAKEYS")),
        ("TEST_SESSION_KEY", "ASIAKEYS".to_owned()),
        ("TEST_SESSION_SECRET", secret_of("ASIAKEYS")),
        ("TEST_SESSION_TOKEN", token_of("ASIAKEYS")),
        ("TEST_API_KEY", "api-key-of-the-tests".to_owned()),
        ("TEST_GATEWAY_TOKEN", "token-of-the-gateway".to_owned()),
    ]
}
