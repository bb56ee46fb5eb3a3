//! How the source authenticates, in the order in which Claude Code looks.

use super::{Reader, Value};
use crate::import::shell::aws_profile_option;

/// Parts of AWS keys: the variable and the key of the profile.
const ACCESS_KEYS: [(&str, &str); 3] = [
    ("AWS_ACCESS_KEY_ID", "auth.access_key_id"),
    ("AWS_SECRET_ACCESS_KEY", "auth.secret_access_key"),
    ("AWS_SESSION_TOKEN", "auth.session_token"),
];

impl Reader<'_> {
    pub(super) fn auth(&mut self) {
        const SKIPS: [&str; 2] = ["CLAUDE_CODE_SKIP_BEDROCK_AUTH", "CLAUDE_CODE_SKIP_MANTLE_AUTH"];
        let endpoint = self.found.draft.text("endpoint").unwrap_or("bedrock");
        // Each counts for its own service.
        let counts = [endpoint != "mantle", endpoint != "bedrock"];
        let mut skips = [false, false];
        for (at, name) in SKIPS.into_iter().enumerate() {
            skips[at] = self.switch(name);
            if skips[at] && !counts[at] {
                self.found.taken.retain(|(taken, _)| taken != name);
                self.cannot(name, "it counts for the other service of Bedrock alone, which is off");
                skips[at] = false;
            }
        }
        if counts == [true, true] && skips[0] != skips[1] {
            let name = SKIPS[usize::from(skips[1])];
            self.found.taken.retain(|(taken, _)| taken != name);
            self.cannot(
                name,
                "a profile leaves signing to a gateway for both services or for none",
            );
            skips = [false, false];
        }
        let address = self.address();
        if skips.contains(&true) {
            if let Some((variable, url)) = address {
                return self.gateway(variable, &url);
            }
            let name = SKIPS[usize::from(!skips[0])];
            self.found.taken.retain(|(taken, _)| taken != name);
            self.cannot(
                name,
                "it leaves signing to a gateway, and no ANTHROPIC_BEDROCK_BASE_URL says where one is; AWS refuses unsigned requests",
            );
        } else if let Some((variable, url)) = address {
            self.put(variable, "base_url", &url);
        }
        self.leave(
            "ANTHROPIC_AUTH_TOKEN",
            "it counts only with CLAUDE_CODE_SKIP_BEDROCK_AUTH and a gateway's address",
        );
        self.method();
        self.leave("AWS_DEFAULT_PROFILE", "Claude Code does not read it");
        self.leave("AWS_SECURITY_TOKEN", "Claude Code does not read it");
        self.leave(
            "AWS_CREDENTIAL_EXPIRATION",
            "it belongs to keys of a session, which do not last",
        );
    }

    /// The address that is called, of the service that is on.
    fn address(&mut self) -> Option<(&'static str, String)> {
        const BEDROCK: &str = "ANTHROPIC_BEDROCK_BASE_URL";
        const MANTLE: &str = "ANTHROPIC_BEDROCK_MANTLE_BASE_URL";
        let endpoint = self.found.draft.text("endpoint").unwrap_or("bedrock").to_owned();
        if endpoint == "bedrock" {
            self.leave(MANTLE, "it counts only with CLAUDE_CODE_USE_MANTLE");
        }
        if endpoint == "mantle" {
            self.leave(BEDROCK, "it counts only with CLAUDE_CODE_USE_BEDROCK");
        }
        let (bedrock, mantle) = (self.text(BEDROCK), self.text(MANTLE));
        match (bedrock, mantle) {
            (Some(bedrock), Some(mantle)) => {
                if mantle.trim_end_matches('/') == format!("{}/anthropic", bedrock.trim_end_matches('/')) {
                    self.took(MANTLE, "base_url");
                } else {
                    self.cannot(
                        MANTLE,
                        "a profile has one address for both services, and the two differ",
                    );
                }
                Some((BEDROCK, bedrock))
            }
            (None, Some(mantle)) if endpoint == "both" => {
                self.cannot(
                    MANTLE,
                    "a profile has one address for both services; give Mantle a profile of its own",
                );
                drop(mantle);
                None
            }
            (Some(bedrock), None) if endpoint == "both" => {
                self.cannot(
                    BEDROCK,
                    "a profile has one address for both services; give Mantle a profile of its own",
                );
                drop(bedrock);
                None
            }
            (Some(url), None) => Some((BEDROCK, url)),
            (None, Some(url)) => Some((MANTLE, url)),
            (None, None) => None,
        }
    }

    fn gateway(&mut self, variable: &str, url: &str) {
        self.found.draft.put("auth.method", "gateway");
        if !self.put(variable, "auth.base_url", url) {
            self.found.draft.entries.retain(|(path, _)| path[0] != "auth");
        }
        // A Bedrock API key is sent there too, before the gateway's token.
        let mut has_token = false;
        for name in ["AWS_BEARER_TOKEN_BEDROCK", "ANTHROPIC_AUTH_TOKEN"] {
            if !self.has(name) {
                self.leave(name, "");
            } else if has_token {
                self.leave(name, "AWS_BEARER_TOKEN_BEDROCK beats it");
            } else if let Some(value) = self.left.remove(name) {
                has_token = true;
                self.hide(name, "auth.token", value);
            }
        }
        if let Some(helper) = self.keys.remove("apiKeyHelper") {
            match helper.as_str() {
                Some(command) if command.contains("claude-bedrock") => {
                    self.note(
                        "apiKeyHelper",
                        "it is this program's own; `settings apply` writes it where it is wanted",
                    );
                    self.took("apiKeyHelper", "");
                }
                Some(command) if !has_token => {
                    self.hide("apiKeyHelper", "auth.token", Value::Command(command.to_owned()));
                }
                _ => self.cannot("apiKeyHelper", "a token in a variable beats it"),
            }
        }
        for name in [
            "AWS_PROFILE",
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
        ] {
            self.leave(
                name,
                "the gateway signs, so Claude Code does not use it; while the profile is active its tools do not see it either",
            );
        }
    }

    fn method(&mut self) {
        if let Some(name) = self.wishes.aws_profile.clone() {
            self.use_profile("--aws-profile", &name);
            return self.weaker("--aws-profile replaces it");
        }
        if self.has("AWS_BEARER_TOKEN_BEDROCK")
            && let Some(key) = self.left.remove("AWS_BEARER_TOKEN_BEDROCK")
        {
            self.found.draft.put("auth.method", "api-key");
            self.hide("AWS_BEARER_TOKEN_BEDROCK", "auth.api_key", key);
            if self.found.draft.has("auth.api_key") {
                return self.weaker("the API key beats it");
            }
            self.found.draft.entries.retain(|(path, _)| path[0] != "auth");
        }
        if let Some(name) = self.text("AWS_PROFILE") {
            self.use_profile("AWS_PROFILE", &name);
            return self.weaker("AWS_PROFILE beats it in Claude Code");
        }
        // Keys that the AWS CLI reads out of a profile are that profile's.
        let profile = ACCESS_KEYS.iter().find_map(|(name, _)| match self.left.get(*name) {
            Some(Value::Command(command)) if command.contains("aws configure get") => {
                Some(aws_profile_option(command).unwrap_or_else(|| "default".to_owned()))
            }
            _ => None,
        });
        if let Some(profile) = profile {
            self.use_profile("AWS_ACCESS_KEY_ID", &profile);
            for (name, _) in ACCESS_KEYS {
                if self.left.remove(name).is_some() && name != "AWS_ACCESS_KEY_ID" {
                    self.took(name, "auth.profile");
                }
            }
            return;
        }
        self.access_keys();
    }

    fn use_profile(&mut self, variable: &str, name: &str) {
        self.found.draft.use_aws_profile(name);
        self.took(variable, "auth.profile");
    }

    fn weaker(&mut self, why: &str) {
        self.leave("AWS_BEARER_TOKEN_BEDROCK", why);
        self.leave("AWS_PROFILE", why);
        for (name, _) in ACCESS_KEYS {
            self.leave(name, why);
        }
    }

    fn access_keys(&mut self) {
        if !self.has("AWS_ACCESS_KEY_ID") || !self.has("AWS_SECRET_ACCESS_KEY") {
            for (name, _) in ACCESS_KEYS {
                self.leave(name, "half a key pair does not count: Claude Code goes on to ~/.aws");
            }
            return self.ambient();
        }
        let is_temporary =
            matches!(self.left.get("AWS_SESSION_TOKEN"), Some(Value::Text(text)) if !text.trim().is_empty());
        let is_open = ACCESS_KEYS
            .iter()
            .any(|(name, _)| matches!(self.left.get(*name), Some(Value::Open(written)) if !is_reference(written)));
        if (is_temporary && !self.wishes.secrets_stay) || is_open {
            let why = if is_open {
                "it would have to be evaluated, and import runs nothing; name the AWS profile: --aws-profile NAME"
            } else {
                "the keys are temporary and will soon expire; name their AWS profile: --aws-profile NAME"
            };
            for (name, _) in ACCESS_KEYS {
                self.leave(name, why);
            }
            return self.ambient();
        }
        self.found.draft.put("auth.method", "access-keys");
        for (name, path) in ACCESS_KEYS {
            if let Some(value) = self.left.remove(name) {
                self.hide(name, path, value);
            }
        }
    }

    /// Nothing there gives credentials: they stay those of the shell, and of `~/.aws`.
    fn ambient(&mut self) {
        self.found.draft.put("auth.method", "ambient");
        let gives = ["awsCredentialExport", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"];
        if !gives
            .iter()
            .any(|name| self.keys.contains_key(*name) || self.left.contains_key(*name))
        {
            let is_named = |name: &String| crate::variables::CREDENTIALS.contains(&name.as_str());
            let why = if self.found.unmapped.iter().any(|(name, _)| is_named(name)) {
                "what the source names could not be taken"
            } else {
                "the source names none"
            };
            self.note(
                "credentials",
                format!(
                    "{why}, so the profile leaves them as they are in the shell and in ~/.aws (`ambient`); to bind them to an AWS profile: --aws-profile NAME"
                ),
            );
        }
    }
}

/// Whether an expression is another variable's name and nothing else.
fn is_reference(written: &str) -> bool {
    written.strip_prefix('$').is_some_and(crate::variables::is_name)
}
