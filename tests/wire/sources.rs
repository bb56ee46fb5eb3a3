//! What a source means to Claude Code, and what the profile means that `import` makes of it, are the same requests.

use std::fs;
use std::path::Path;

use crate::answer::WORDS;
use crate::client::{self, Place};
use crate::server::Request;
use crate::signature::secret_of;
use crate::support::Shell;
use crate::support::world::PROGRAM;

/// A set-up as people have it. `{server}` is the server's address, `{secret}` the secret of the key AKIAKEYS.
pub struct Source {
    pub name: &'static str,
    text: &'static str,
    from: From,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// `~/.claude/settings.json`; the profile acts through the hook.
    Settings,
    /// The same; the profile acts through the launcher, as what no variable can say does.
    Launched,
    /// Lines that a shell reads.
    Lines,
    /// Lines that define what this command starts.
    Command(&'static str),
}

pub const SOURCES: &[Source] = &[
    Source {
        name: "an AWS profile, a region and pins",
        from: From::Settings,
        text: r#"{"env": {"CLAUDE_CODE_USE_BEDROCK": "1", "AWS_PROFILE": "bedrock-work", "AWS_REGION": "eu-west-1",
            "ANTHROPIC_DEFAULT_OPUS_MODEL": "eu.anthropic.claude-opus-4-8", "ANTHROPIC_DEFAULT_SONNET_MODEL": "eu.anthropic.claude-sonnet-4-6",
            "ANTHROPIC_DEFAULT_HAIKU_MODEL": "eu.anthropic.claude-haiku-4-5-20251001-v1:0", "ANTHROPIC_MODEL": "sonnet",
            "ANTHROPIC_BEDROCK_BASE_URL": "{server}"}}"#,
    },
    Source {
        name: "the region of the AWS profile, and nothing pinned",
        from: From::Settings,
        text: r#"{"env": {"CLAUDE_CODE_USE_BEDROCK": "1", "AWS_PROFILE": "bedrock-eu", "ANTHROPIC_BEDROCK_BASE_URL": "{server}"}}"#,
    },
    Source {
        name: "numbers and switches",
        from: From::Settings,
        text: r#"{"env": {"CLAUDE_CODE_USE_BEDROCK": 1, "AWS_PROFILE": "bedrock-work", "AWS_REGION": "us-west-2",
            "CLAUDE_CODE_MAX_OUTPUT_TOKENS": 4096.0, "DISABLE_PROMPT_CACHING": true, "ANTHROPIC_BEDROCK_BASE_URL": "{server}"}}"#,
    },
    Source {
        name: "an API key and Anthropic's ID of a model",
        from: From::Settings,
        text: r#"{"env": {"CLAUDE_CODE_USE_BEDROCK": "true", "AWS_BEARER_TOKEN_BEDROCK": "api-key-of-the-tests", "AWS_PROFILE": "bedrock-work",
            "AWS_REGION": "us-east-1", "ANTHROPIC_MODEL": "claude-opus-4-8", "ANTHROPIC_BEDROCK_BASE_URL": "{server}"}}"#,
    },
    Source {
        name: "a gateway with a token",
        from: From::Settings,
        text: r#"{"env": {"CLAUDE_CODE_USE_BEDROCK": "1", "CLAUDE_CODE_SKIP_BEDROCK_AUTH": "1", "ANTHROPIC_AUTH_TOKEN": "token-of-the-gateway",
            "ANTHROPIC_BEDROCK_BASE_URL": "{server}", "AWS_REGION": "us-east-1", "ANTHROPIC_SMALL_FAST_MODEL": "us.anthropic.claude-haiku-4-5-20251001-v1:0"}}"#,
    },
    Source {
        name: "a gateway keyed by a header",
        from: From::Settings,
        text: r#"{"env": {"CLAUDE_CODE_USE_BEDROCK": "1", "CLAUDE_CODE_SKIP_BEDROCK_AUTH": "1", "ANTHROPIC_BEDROCK_BASE_URL": "{server}",
            "ANTHROPIC_CUSTOM_HEADERS": "x-api-key: 0123456789abcdef\nX-Team: platform", "AWS_REGION": "us-east-1"}}"#,
    },
    Source {
        name: "a gateway with a helper",
        from: From::Settings,
        text: r#"{"apiKeyHelper": "echo token-of-the-gateway", "env": {"CLAUDE_CODE_USE_BEDROCK": "1", "CLAUDE_CODE_SKIP_BEDROCK_AUTH": "1",
            "ANTHROPIC_BEDROCK_BASE_URL": "{server}", "AWS_REGION": "us-east-1"}}"#,
    },
    Source {
        name: "a guardrail, a tier and a header",
        from: From::Settings,
        text: r#"{"env": {"CLAUDE_CODE_USE_BEDROCK": "1", "AWS_PROFILE": "bedrock-work", "AWS_REGION": "eu-central-1", "ANTHROPIC_BEDROCK_SERVICE_TIER": "flex",
            "ANTHROPIC_CUSTOM_HEADERS": "X-Amzn-Bedrock-GuardrailIdentifier: abc123\nX-Amzn-Bedrock-GuardrailVersion: 1\nX-Amzn-Bedrock-Trace: ENABLED\nX-Team: a:b",
            "ANTHROPIC_BEDROCK_BASE_URL": "{server}"}}"#,
    },
    Source {
        name: "application inference profiles with labels",
        from: From::Settings,
        text: r#"{"env": {"CLAUDE_CODE_USE_BEDROCK": "1", "AWS_PROFILE": "bedrock-work", "AWS_REGION": "us-east-1", "ANTHROPIC_MODEL": "opus",
            "ANTHROPIC_DEFAULT_OPUS_MODEL": "arn:aws:bedrock:us-east-1:012345678901:application-inference-profile/abc", "ANTHROPIC_DEFAULT_OPUS_MODEL_NAME": "Ours",
            "ANTHROPIC_DEFAULT_OPUS_MODEL_SUPPORTED_CAPABILITIES": "thinking", "ANTHROPIC_BEDROCK_BASE_URL": "{server}"}}"#,
    },
    Source {
        name: "a geography and an alias",
        from: From::Settings,
        text: r#"{"env": {"CLAUDE_CODE_USE_BEDROCK": "1", "AWS_PROFILE": "bedrock-work", "AWS_REGION": "us-east-1", "ANTHROPIC_BEDROCK_REGION_PREFIX": "global",
            "ANTHROPIC_BEDROCK_BASE_URL": "{server}"}, "model": "sonnet"}"#,
    },
    Source {
        name: "a geography in capitals",
        from: From::Lines,
        text: "export CLAUDE_CODE_USE_BEDROCK=1 AWS_PROFILE=bedrock-work AWS_REGION=us-east-1\nexport ANTHROPIC_BEDROCK_REGION_PREFIX=EU\n\
               export ANTHROPIC_BEDROCK_BASE_URL={server}\n",
    },
    Source {
        name: "an override of a model",
        from: From::Launched,
        text: r#"{"modelOverrides": {"claude-opus-4-6": "arn:aws:bedrock:us-east-1:012345678901:application-inference-profile/over"},
            "env": {"ANTHROPIC_MODEL": "claude-opus-4-6", "CLAUDE_CODE_USE_BEDROCK": "1", "AWS_PROFILE": "bedrock-work", "AWS_REGION": "us-east-1", "ANTHROPIC_BEDROCK_BASE_URL": "{server}"}}"#,
    },
    Source {
        name: "Mantle",
        from: From::Settings,
        text: r#"{"env": {"CLAUDE_CODE_USE_MANTLE": "1", "AWS_PROFILE": "bedrock-work", "AWS_REGION": "us-east-1", "ANTHROPIC_MODEL": "anthropic.claude-opus-4-8",
            "ANTHROPIC_BEDROCK_MANTLE_BASE_URL": "{server}/anthropic"}}"#,
    },
    Source {
        name: "lines with keys",
        from: From::Lines,
        text: "export CLAUDE_CODE_USE_BEDROCK=1 AWS_REGION=us-west-2\nexport AWS_ACCESS_KEY_ID=AKIAKEYS\nexport AWS_SECRET_ACCESS_KEY='{secret}'\n\
               export ANTHROPIC_BEDROCK_BASE_URL={server}\nM=us.anthropic.claude-sonnet-4-6; export ANTHROPIC_MODEL=\"$M\"\n",
    },
    Source {
        name: "an alias with assignments",
        from: From::Command("work -p hello"),
        text: "shopt -s expand_aliases\nalias work='CLAUDE_CODE_USE_BEDROCK=1 AWS_PROFILE=bedrock-work AWS_REGION=eu-west-1 ANTHROPIC_BEDROCK_BASE_URL={server} claude'\n",
    },
    Source {
        name: "a function with an option",
        from: From::Command("work -p hello"),
        text: "work() {\n  export CLAUDE_CODE_USE_BEDROCK=1 AWS_PROFILE=bedrock-work AWS_REGION=${AWS_REGION:-us-west-2}\n  export ANTHROPIC_BEDROCK_BASE_URL={server}\n\
               \x20 claude --model us.anthropic.claude-opus-4-8 \"$@\"\n}\n",
    },
];

impl Source {
    /// The source alone, then the profile alone.
    pub fn means_the_same_as_its_profile(&self, program: &Path) {
        let mut place = Place::new(Shell::Bash, program);
        place.sso(&[("bedrock-work", "012345678901"), ("bedrock-eu", "022222222222")]);
        let config = place.world.path(".aws/config");
        let text = fs::read_to_string(&config).unwrap();
        fs::write(&config, format!("{text}region = eu-central-1\n")).unwrap();
        place.world.unset("CLAUDE_CODE_MAX_OUTPUT_TOKENS");
        let text = self
            .text
            .replace("{server}", &place.server.url())
            .replace("{secret}", &secret_of("AKIAKEYS"));
        let is_settings = matches!(self.from, From::Settings | From::Launched);
        let file = place.world.write(
            if is_settings {
                ".claude/settings.json"
            } else {
                "lines.sh"
            },
            &text,
        );
        place.world.directory("acme");

        let mut terminal = place.world.start();
        terminal.run("cd acme");
        if !is_settings {
            terminal.run(&format!(". {}", file.display()));
        }
        let turn = match self.from {
            From::Command(command) => terminal.run(command),
            _ => client::ask(&mut terminal, None),
        };
        assert!(
            turn.stdout.contains(WORDS),
            "{}: {}\n{}",
            self.name,
            turn.stdout,
            turn.stderr
        );
        let mut before = told(&place.server.take());
        drop(terminal);

        fs::remove_file(place.world.config_path()).unwrap();
        let from = if is_settings {
            "settings"
        } else {
            file.to_str().unwrap()
        };
        let output = place
            .world
            .run(["import", from, "--name", "work", "--yes", "--secrets", "file"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{}: {said}", self.name);
        if !is_settings {
            fs::remove_file(&file).unwrap();
        }
        place.world.project("acme", "profile = \"work\"\n");

        // Which models answered is remembered for a quarter of an hour.
        let _ = fs::remove_dir_all(place.world.path(".claude"));
        let _ = fs::remove_file(place.world.path(".claude.json"));
        let mut terminal = place.world.start();
        terminal.run("cd acme");
        let turn = match self.from {
            From::Launched => terminal.run(&format!("{PROGRAM} claude -p hello")),
            _ => client::ask(&mut terminal, None),
        };
        let profile = fs::read_to_string(place.world.config_path()).unwrap();
        assert!(
            turn.stdout.contains(WORDS),
            "{}: {}\n{}\n{profile}",
            self.name,
            turn.stdout,
            turn.stderr
        );
        let mut after = told(&place.server.take());
        if self.from == From::Launched {
            // With modelOverrides in `--settings` the client no longer asks for effort (2.1.332), as it does with the same
            // in the user's file.
            for line in &mut before {
                *line = line.replace(",effort-2025-11-24", "");
            }
            after.sort();
        }
        assert_eq!(after, before, "{}\n{profile}\n{said}", self.name);
    }
}

/// The requests to Bedrock: who asks for what, with which headers of the user's, and what of the body a profile decides.
fn told(requests: &[Request]) -> Vec<String> {
    let mut lines: Vec<String> = requests
        .iter()
        .filter(|request| request.asks_a_model() || request.path.starts_with("/inference-profiles"))
        .map(|request| {
            let own = request.headers.iter().filter(|(name, _)| {
                name.starts_with("x-amzn-bedrock") || ["x-team", "x-api-key", "anthropic-beta"].contains(&name.as_str())
            });
            let headers: Vec<String> = own.map(|(name, value)| format!("{name}: {value}")).collect();
            let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap_or_default();
            let caches = String::from_utf8_lossy(&request.body).matches("cache_control").count();
            format!(
                "{} {headers:?} {} {} {caches}",
                request.line(),
                body["model"],
                body["max_tokens"]
            )
        })
        .collect();
    lines.sort();
    lines.dedup();
    lines
}
