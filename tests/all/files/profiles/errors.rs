//! The error for every wrong value: it names the key, the file, the line and what is allowed.

#![allow(clippy::too_many_lines, reason = "the expected text is long, not the code")]

use super::{Shell, export, world};

/// The errors of profiles with these texts, one after the other. `None` is no project file.
fn errors<'a>(texts: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> String {
    let mut errors = String::new();
    for (text, project) in texts {
        let world = world(Shell::Bash);
        let trusted = if project.is_some() {
            "trusted = [\"~/project\"]\n"
        } else {
            ""
        };
        let directory = world.directory("project");
        if let Some(project) = project {
            world.unallowed_project("project", &format!("profile = \"work\"\n{project}\n"));
        }
        world.config(&format!("{trusted}[profiles.work]\n{text}\n"));
        let result = export(&world, &directory, project.is_none().then_some("work"));
        errors += &result.expect_err(text);
        errors.push('\n');
    }
    errors
}

/// The errors of profiles without a project file.
fn profile_errors(texts: &[&str]) -> String {
    errors(texts.iter().map(|text| (*text, None)))
}

/// Runs a check with the throwaway home's path taken out of the text.
fn without_home(check: impl FnOnce()) {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\S*/claude-bedrock-test-\w+/home", "[HOME]");
    settings.bind(check);
}

#[test]
fn a_value_of_the_wrong_type_is_named_with_what_is_wanted() {
    let texts = [
        "description = 1",
        "extends = true",
        "region = 1",
        r#"geography = ["us"]"#,
        "account = 123456789012",
        "endpoint = 1",
        "base_url = false",
        r#"fips = "yes""#,
        "small_fast_region = 2",
        "service_tier = 1",
        r#"auth = "aws-profile""#,
        "auth.method = 1",
        r#"auth = { method = "aws-profile", profile = 3 }"#,
        r#"auth = { method = "aws-profile", profile = "p", isolate = "true" }"#,
        r#"models = "sonnet""#,
        r#"models.main = { id = "sonnet" }"#,
        "models.opus = 5",
        "models.opus = {}",
        "models.opus.id = 5",
        r#"models.opus = { id = "opus", name = 5 }"#,
        r#"models.opus = { id = "opus", capabilities = ["effort", "thinking"] }"#,
        r#"guardrail = "abc""#,
        "guardrail = { id = 1 }",
        r#"guardrail = { id = "abc", version = 3 }"#,
        r#"guardrail = { id = "abc", version = "3", trace = true }"#,
        r#"headers = "X-Team: platform""#,
        "headers.X-Team = 1",
        r#"env = "A=1""#,
        "env.A = 1",
        "env.A = true",
    ];
    without_home(|| {
        insta::assert_snapshot!(profile_errors(&texts), @r#"
        claude-bedrock: `description` is an integer, but must be text in quotes
         --> ~/.config/claude-bedrock/config.toml:2:15
          |
        2 | description = 1
          |               ^

        claude-bedrock: `extends` is a boolean, but must be text in quotes
         --> ~/.config/claude-bedrock/config.toml:2:11
          |
        2 | extends = true
          |           ^^^^

        claude-bedrock: `region` is an integer, but must be text in quotes
         --> ~/.config/claude-bedrock/config.toml:2:10
          |
        2 | region = 1
          |          ^

        claude-bedrock: `geography` is an array, but must be text in quotes
         --> ~/.config/claude-bedrock/config.toml:2:13
          |
        2 | geography = ["us"]
          |             ^^^^^^

        claude-bedrock: `account` is an integer, but must be text in quotes
         --> ~/.config/claude-bedrock/config.toml:2:11
          |
        2 | account = 123456789012
          |           ^^^^^^^^^^^^

        claude-bedrock: `endpoint` is an integer, but must be text in quotes
         --> ~/.config/claude-bedrock/config.toml:2:12
          |
        2 | endpoint = 1
          |            ^

        claude-bedrock: `base_url` is a boolean, but must be text in quotes
         --> ~/.config/claude-bedrock/config.toml:2:12
          |
        2 | base_url = false
          |            ^^^^^

        claude-bedrock: `fips` is a string, but must be true or false
         --> ~/.config/claude-bedrock/config.toml:2:8
          |
        2 | fips = "yes"
          |        ^^^^^

        claude-bedrock: `small_fast_region` is an integer, but must be text in quotes
         --> ~/.config/claude-bedrock/config.toml:2:21
          |
        2 | small_fast_region = 2
          |                     ^

        claude-bedrock: `service_tier` is an integer, but must be text in quotes
         --> ~/.config/claude-bedrock/config.toml:2:16
          |
        2 | service_tier = 1
          |                ^

        claude-bedrock: `auth` is a string, but must be a table
         --> ~/.config/claude-bedrock/config.toml:2:8
          |
        2 | auth = "aws-profile"
          |        ^^^^^^^^^^^^^

        claude-bedrock: `auth.method` is an integer, but must be text in quotes
         --> ~/.config/claude-bedrock/config.toml:2:15
          |
        2 | auth.method = 1
          |               ^

        claude-bedrock: `auth.profile` is an integer, but must be text in quotes
         --> ~/.config/claude-bedrock/config.toml:2:44
          |
        2 | auth = { method = "aws-profile", profile = 3 }
          |                                            ^

        claude-bedrock: `auth.isolate` is a string, but must be true or false
         --> ~/.config/claude-bedrock/config.toml:2:59
          |
        2 | auth = { method = "aws-profile", profile = "p", isolate = "true" }
          |                                                           ^^^^^^

        claude-bedrock: `models` is a string, but must be a table
         --> ~/.config/claude-bedrock/config.toml:2:10
          |
        2 | models = "sonnet"
          |          ^^^^^^^^

        claude-bedrock: `models.main` is a table, but must be text in quotes
         --> ~/.config/claude-bedrock/config.toml:2:15
          |
        2 | models.main = { id = "sonnet" }
          |               ^^^^^^^^^^^^^^^^^

        claude-bedrock: `models.opus` is an integer, but must be text in quotes
         --> ~/.config/claude-bedrock/config.toml:2:15
          |
        2 | models.opus = 5
          |               ^

        claude-bedrock: `models.opus` is a table, but must be a model's name, or a table with its `id`
         --> ~/.config/claude-bedrock/config.toml:2:15
          |
        2 | models.opus = {}
          |               ^^

        claude-bedrock: `models.opus.id` is an integer, but must be text in quotes
         --> ~/.config/claude-bedrock/config.toml:2:18
          |
        2 | models.opus.id = 5
          |                  ^

        claude-bedrock: `models.opus.name` is an integer, but must be text in quotes
         --> ~/.config/claude-bedrock/config.toml:2:37
          |
        2 | models.opus = { id = "opus", name = 5 }
          |                                     ^

        claude-bedrock: `models.opus.capabilities` is an array, but must be text in quotes
         --> ~/.config/claude-bedrock/config.toml:2:45
          |
        2 | models.opus = { id = "opus", capabilities = ["effort", "thinking"] }
          |                                             ^^^^^^^^^^^^^^^^^^^^^^

        claude-bedrock: `guardrail` is a string, but must be a table
         --> ~/.config/claude-bedrock/config.toml:2:13
          |
        2 | guardrail = "abc"
          |             ^^^^^

        claude-bedrock: `guardrail.id` is an integer, but must be text in quotes
         --> ~/.config/claude-bedrock/config.toml:2:20
          |
        2 | guardrail = { id = 1 }
          |                    ^

        claude-bedrock: `guardrail.version` is an integer, but must be text in quotes
         --> ~/.config/claude-bedrock/config.toml:2:37
          |
        2 | guardrail = { id = "abc", version = 3 }
          |                                     ^

        claude-bedrock: `guardrail.trace` is a boolean, but must be text in quotes
         --> ~/.config/claude-bedrock/config.toml:2:50
          |
        2 | guardrail = { id = "abc", version = "3", trace = true }
          |                                                  ^^^^

        claude-bedrock: `headers` is a string, but must be a table
         --> ~/.config/claude-bedrock/config.toml:2:11
          |
        2 | headers = "X-Team: platform"
          |           ^^^^^^^^^^^^^^^^^^
          |
          = help: one entry for each header: headers = { "X-Name" = "value" }

        claude-bedrock: `headers.X-Team` is an integer, but must be text in quotes
         --> ~/.config/claude-bedrock/config.toml:2:18
          |
        2 | headers.X-Team = 1
          |                  ^

        claude-bedrock: `env` is a string, but must be a table
         --> ~/.config/claude-bedrock/config.toml:2:7
          |
        2 | env = "A=1"
          |       ^^^^^

        claude-bedrock: `env.A` is an integer, but a variable is text, or `false` to unset it
         --> ~/.config/claude-bedrock/config.toml:2:9
          |
        2 | env.A = 1
          |         ^
          |
          = help: put it in quotes: A = "…"

        claude-bedrock: `env.A` is a boolean, but a variable is text, or `false` to unset it
         --> ~/.config/claude-bedrock/config.toml:2:9
          |
        2 | env.A = true
          |         ^^^^
          |
          = help: put it in quotes: A = "…"
        "#);
    });
}

#[test]
fn a_word_that_is_not_allowed_is_named_with_those_that_are() {
    let texts = [
        r#"geography = "europe""#,
        r#"geography = "EU""#,
        r#"endpoint = "invoke""#,
        r#"service_tier = "prority""#,
        r#"auth.method = "sso""#,
        r#"auth.method = "aws_profile""#,
        r#"guardrail = { id = "abc", version = "1", trace = "ENABLED" }"#,
        r#"account = "1234""#,
        r#"account = "1234-5678-9012""#,
        r#"base_url = "llm.example.com""#,
        r#"base_url = "https://""#,
        r#"auth = { method = "gateway", base_url = "ftp://llm.example.com" }"#,
    ];
    without_home(|| {
        insta::assert_snapshot!(profile_errors(&texts), @r#"
        claude-bedrock: `geography` cannot be `europe`
         --> ~/.config/claude-bedrock/config.toml:2:13
          |
        2 | geography = "europe"
          |             ^^^^^^^^
          |
          = help: allowed: auto, us, eu, apac, jp, au, us-gov, global, none

        claude-bedrock: `geography` cannot be `EU`
         --> ~/.config/claude-bedrock/config.toml:2:13
          |
        2 | geography = "EU"
          |             ^^^^
          |
          = help: did you mean `eu`?
          = help: allowed: auto, us, eu, apac, jp, au, us-gov, global, none

        claude-bedrock: `endpoint` cannot be `invoke`
         --> ~/.config/claude-bedrock/config.toml:2:12
          |
        2 | endpoint = "invoke"
          |            ^^^^^^^^
          |
          = help: allowed: bedrock, mantle, both

        claude-bedrock: `service_tier` cannot be `prority`
         --> ~/.config/claude-bedrock/config.toml:2:16
          |
        2 | service_tier = "prority"
          |                ^^^^^^^^^
          |
          = help: did you mean `priority`?
          = help: allowed: default, flex, priority

        claude-bedrock: `auth.method` cannot be `sso`
         --> ~/.config/claude-bedrock/config.toml:2:15
          |
        2 | auth.method = "sso"
          |               ^^^^^
          |
          = help: allowed: aws-profile, access-keys, api-key, gateway, ambient

        claude-bedrock: `auth.method` cannot be `aws_profile`
         --> ~/.config/claude-bedrock/config.toml:2:15
          |
        2 | auth.method = "aws_profile"
          |               ^^^^^^^^^^^^^
          |
          = help: did you mean `aws-profile`?
          = help: allowed: aws-profile, access-keys, api-key, gateway, ambient

        claude-bedrock: `guardrail.trace` cannot be `ENABLED`
         --> ~/.config/claude-bedrock/config.toml:2:50
          |
        2 | guardrail = { id = "abc", version = "1", trace = "ENABLED" }
          |                                                  ^^^^^^^^^
          |
          = help: did you mean `enabled`?
          = help: allowed: enabled, disabled, enabled_full

        claude-bedrock: `account` cannot be `1234`
         --> ~/.config/claude-bedrock/config.toml:2:11
          |
        2 | account = "1234"
          |           ^^^^^^
          |
          = help: an AWS account's number has 12 digits, in quotes: account = "123456789012"

        claude-bedrock: `account` cannot be `1234-5678-9012`
         --> ~/.config/claude-bedrock/config.toml:2:11
          |
        2 | account = "1234-5678-9012"
          |           ^^^^^^^^^^^^^^^^
          |
          = help: an AWS account's number has 12 digits, in quotes: account = "123456789012"

        claude-bedrock: `base_url` cannot be `llm.example.com`
         --> ~/.config/claude-bedrock/config.toml:2:12
          |
        2 | base_url = "llm.example.com"
          |            ^^^^^^^^^^^^^^^^^
          |
          = help: an address begins with https:// (or http:// on this machine)

        claude-bedrock: `base_url` cannot be `https://`
         --> ~/.config/claude-bedrock/config.toml:2:12
          |
        2 | base_url = "https://"
          |            ^^^^^^^^^^
          |
          = help: an address begins with https:// (or http:// on this machine)

        claude-bedrock: `auth.base_url` cannot be `ftp://llm.example.com`
         --> ~/.config/claude-bedrock/config.toml:2:41
          |
        2 | auth = { method = "gateway", base_url = "ftp://llm.example.com" }
          |                                         ^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: an address begins with https:// (or http:// on this machine)
        "#);
    });
}

#[test]
fn an_empty_value_is_no_value() {
    let texts = [
        r#"extends = """#,
        r#"region = """#,
        r#"account = """#,
        r#"base_url = """#,
        r#"small_fast_region = """#,
        r#"auth = { method = "aws-profile", profile = "" }"#,
        r#"models.main = """#,
        r#"models.sonnet = """#,
        r#"models.haiku.id = """#,
        r#"guardrail.id = """#,
        r#"guardrail = { id = "abc", version = "" }"#,
        r#"headers."" = "x""#,
    ];
    without_home(|| {
        insta::assert_snapshot!(profile_errors(&texts), @r#"
        claude-bedrock: `extends` is empty
         --> ~/.config/claude-bedrock/config.toml:2:11
          |
        2 | extends = ""
          |           ^^
          |
          = help: leave the key out to leave it unset

        claude-bedrock: `region` is empty
         --> ~/.config/claude-bedrock/config.toml:2:10
          |
        2 | region = ""
          |          ^^
          |
          = help: leave the key out to leave it unset

        claude-bedrock: `account` cannot be ``
         --> ~/.config/claude-bedrock/config.toml:2:11
          |
        2 | account = ""
          |           ^^
          |
          = help: an AWS account's number has 12 digits, in quotes: account = "123456789012"

        claude-bedrock: `base_url` cannot be ``
         --> ~/.config/claude-bedrock/config.toml:2:12
          |
        2 | base_url = ""
          |            ^^
          |
          = help: an address begins with https:// (or http:// on this machine)

        claude-bedrock: `small_fast_region` is empty
         --> ~/.config/claude-bedrock/config.toml:2:21
          |
        2 | small_fast_region = ""
          |                     ^^
          |
          = help: leave the key out to leave it unset

        claude-bedrock: `auth.profile` is empty
         --> ~/.config/claude-bedrock/config.toml:2:44
          |
        2 | auth = { method = "aws-profile", profile = "" }
          |                                            ^^
          |
          = help: leave the key out to leave it unset

        claude-bedrock: `models.main` is empty
         --> ~/.config/claude-bedrock/config.toml:2:15
          |
        2 | models.main = ""
          |               ^^
          |
          = help: leave the key out to leave it unset

        claude-bedrock: `models.sonnet` is empty
         --> ~/.config/claude-bedrock/config.toml:2:17
          |
        2 | models.sonnet = ""
          |                 ^^
          |
          = help: leave the key out to leave it unset

        claude-bedrock: `models.haiku` is empty
         --> ~/.config/claude-bedrock/config.toml:2:19
          |
        2 | models.haiku.id = ""
          |                   ^^
          |
          = help: leave the key out to leave it unset

        claude-bedrock: `guardrail.id` is empty
         --> ~/.config/claude-bedrock/config.toml:2:16
          |
        2 | guardrail.id = ""
          |                ^^
          |
          = help: leave the key out to leave it unset

        claude-bedrock: `guardrail.version` is empty
         --> ~/.config/claude-bedrock/config.toml:2:37
          |
        2 | guardrail = { id = "abc", version = "" }
          |                                     ^^
          |
          = help: leave the key out to leave it unset

        claude-bedrock: `` is not the name of a header
         --> ~/.config/claude-bedrock/config.toml:2:9
          |
        2 | headers."" = "x"
          |         ^^
          |
          = help: one header a line: "X-Team" = "platform"
        "#);
    });
}

#[test]
fn an_unknown_key_is_named_with_the_nearest() {
    let texts = [
        r#"regoin = "us-east-1""#,
        r#"model = "sonnet""#,
        r#"models.sonet = "sonnet""#,
        r#"models.opus = { id = "opus", label = "x" }"#,
        r#"guardrail.identifier = "abc""#,
        r#"auth.token_file = "x""#,
        r#"auth = { method = "api-key", api_key = { keychain = "x" } }"#,
        r#"AWS_REGION = "us-east-1""#,
    ];
    without_home(|| {
        insta::assert_snapshot!(profile_errors(&texts), @r#"
        claude-bedrock: unknown key `regoin`
         --> ~/.config/claude-bedrock/config.toml:2:1
          |
        2 | regoin = "us-east-1"
          | ^^^^^^
          |
          = help: did you mean `region`?

        claude-bedrock: unknown key `model`
         --> ~/.config/claude-bedrock/config.toml:2:1
          |
        2 | model = "sonnet"
          | ^^^^^
          |
          = help: did you mean `models`?

        claude-bedrock: unknown key `sonet` in `models`
         --> ~/.config/claude-bedrock/config.toml:2:8
          |
        2 | models.sonet = "sonnet"
          |        ^^^^^
          |
          = help: did you mean `sonnet`?

        claude-bedrock: unknown key `label` in `models.opus`
         --> ~/.config/claude-bedrock/config.toml:2:30
          |
        2 | models.opus = { id = "opus", label = "x" }
          |                              ^^^^^
          |
          = help: known here: id, name, description, capabilities

        claude-bedrock: unknown key `identifier` in `guardrail`
         --> ~/.config/claude-bedrock/config.toml:2:11
          |
        2 | guardrail.identifier = "abc"
          |           ^^^^^^^^^^
          |
          = help: known here: id, version, trace

        claude-bedrock: unknown key `token_file` in `auth`
         --> ~/.config/claude-bedrock/config.toml:2:6
          |
        2 | auth.token_file = "*"
          |      ^^^^^^^^^^
          |
          = help: known here: method, profile, isolate, tools, access_key_id, secret_access_key, session_token, api_key, base_url, token

        claude-bedrock: unknown key `keychain` in `auth.api_key`
         --> ~/.config/claude-bedrock/config.toml:2:42
          |
        2 | auth = { method = "api-key", api_key = { ******** = "*" } }
          |                                          ^^^^^^^^
          |
          = help: known here: keyring, command, file, env, timeout

        claude-bedrock: unknown key `AWS_REGION`
         --> ~/.config/claude-bedrock/config.toml:2:1
          |
        2 | AWS_REGION = "us-east-1"
          | ^^^^^^^^^^
          |
          = help: known here: description, extends, abstract, danger, region, geography, account, endpoint, base_url, fips, small_fast_region, service_tier, auth, login, models, guardrail, env, headers
        "#);
    });
}

#[test]
fn what_no_variable_can_hold_is_refused() {
    let texts = [
        r#"region = "us-east-1\n""#,
        r#"models.main = "sonnet\u001b[31m""#,
        r#"auth = { method = "aws-profile", profile = "a\u0000b" }"#,
        r#"env.A = "a\u0000b""#,
        r#"description = "a\u0000b""#,
    ];
    without_home(|| {
        insta::assert_snapshot!(profile_errors(&texts), @r#"
        claude-bedrock: `region` holds a control character
         --> ~/.config/claude-bedrock/config.toml:2:10
          |
        2 | region = "us-east-1\n"
          |          ^^^^^^^^^^^^^

        claude-bedrock: `models.main` holds a control character
         --> ~/.config/claude-bedrock/config.toml:2:15
          |
        2 | models.main = "sonnet\u001b[31m"
          |               ^^^^^^^^^^^^^^^^^^

        claude-bedrock: a NUL character, which no variable can hold
         --> ~/.config/claude-bedrock/config.toml:2:44
          |
        2 | auth = { method = "aws-profile", profile = "a\u0000b" }
          |                                            ^^^^^^^^^^

        claude-bedrock: a NUL character, which no variable can hold
         --> ~/.config/claude-bedrock/config.toml:2:9
          |
        2 | env.A = "a\u0000b"
          |         ^^^^^^^^^^

        claude-bedrock: a NUL character, which no variable can hold
         --> ~/.config/claude-bedrock/config.toml:2:15
          |
        2 | description = "a\u0000b"
          |               ^^^^^^^^^^
        "#);
    });
}

#[test]
fn a_secret_says_where_it_is_in_one_way() {
    let texts = [
        r#"auth = { method = "api-key", api_key = "ABSKplanted-secret" }"#,
        r#"auth = { method = "access-keys", access_key_id = "AKIAPLANTED", secret_access_key = { env = "B" } }"#,
        r#"auth = { method = "gateway", base_url = "https://llm.example.com", token = "planted-secret" }"#,
        r#"auth = { method = "api-key", api_key = 1 }"#,
        r#"auth = { method = "api-key", api_key = {} }"#,
        r#"auth = { method = "api-key", api_key = { timeout = 5 } }"#,
        r#"auth = { method = "api-key", api_key = { env = "A", file = "~/a" } }"#,
        r#"auth = { method = "api-key", api_key = { env = "" } }"#,
        r#"auth = { method = "api-key", api_key = { keyring = 1 } }"#,
        r#"auth = { method = "api-key", api_key = { file = "~/a", timeout = 5 } }"#,
        r#"auth = { method = "api-key", api_key = { command = "true", timeout = 0 } }"#,
        r#"auth = { method = "api-key", api_key = { command = "true", timeout = "5s" } }"#,
        r#"auth = { method = "api-key", api_key = { command = "true", timeout = 1.5 } }"#,
    ];
    without_home(|| {
        insta::assert_snapshot!(profile_errors(&texts), @r#"
        claude-bedrock: `auth.api_key` is in the file in plain text
         --> ~/.config/claude-bedrock/config.toml:2:40
          |
        2 | auth = { method = "api-key", api_key = ******************** }
          |                                        ^^^^^^^^^^^^^^^^^^^^
          |
          = help: move it into the keyring: claude-bedrock secret import
          = help: or write where it is: api_key = { command = "…" }, { file = "path" } or { env = "NAME" }

        claude-bedrock: `auth.access_key_id` is in the file in plain text
         --> ~/.config/claude-bedrock/config.toml:2:50
          |
        2 | auth = { method = "access-keys", access_key_id = *************, ******_******_*** = { *** = "*" } }
          |                                                  ^^^^^^^^^^^^^
          |
          = help: move it into the keyring: claude-bedrock secret import
          = help: or write where it is: access_key_id = { command = "…" }, { file = "path" } or { env = "NAME" }

        claude-bedrock: `auth.token` is in the file in plain text
         --> ~/.config/claude-bedrock/config.toml:2:76
          |
        2 | auth = { method = "gateway", base_url = "https://llm.example.com", token = **************** }
          |                                                                            ^^^^^^^^^^^^^^^^
          |
          = help: move it into the keyring: claude-bedrock secret import
          = help: or write where it is: token = { command = "…" }, { file = "path" } or { env = "NAME" }

        claude-bedrock: `auth.api_key` is an integer, but must be a table that says where the secret is
         --> ~/.config/claude-bedrock/config.toml:2:40
          |
        2 | auth = { method = "api-key", api_key = * }
          |                                        ^

        claude-bedrock: `auth.api_key` does not say where the secret is
         --> ~/.config/claude-bedrock/config.toml:2:40
          |
        2 | auth = { method = "api-key", api_key = {} }
          |                                        ^^
          |
          = help: one of: { keyring = "name" }, { command = "…" }, { file = "path" }, { env = "NAME" }

        claude-bedrock: `auth.api_key` does not say where the secret is
         --> ~/.config/claude-bedrock/config.toml:2:40
          |
        2 | auth = { method = "api-key", api_key = { ******* = * } }
          |                                        ^^^^^^^^^^^^^^^
          |
          = help: one of: { keyring = "name" }, { command = "…" }, { file = "path" }, { env = "NAME" }

        claude-bedrock: `auth.api_key` has two places: env and file
         --> ~/.config/claude-bedrock/config.toml:2:53
          |
        2 | auth = { method = "api-key", api_key = { env = "A", file = "~/a" } }
          |                                                     ^^^^
          |
          = help: keep one of them

        claude-bedrock: `auth.api_key.env` is empty
         --> ~/.config/claude-bedrock/config.toml:2:48
          |
        2 | auth = { method = "api-key", api_key = { env = "" } }
          |                                                ^^

        claude-bedrock: `auth.api_key.keyring` is an integer, but must be text in quotes
         --> ~/.config/claude-bedrock/config.toml:2:52
          |
        2 | auth = { method = "api-key", api_key = { keyring = 1 } }
          |                                                    ^

        claude-bedrock: `timeout` is for a command, not for `file`
         --> ~/.config/claude-bedrock/config.toml:2:56
          |
        2 | auth = { method = "api-key", api_key = { file = "~/a", timeout = 5 } }
          |                                                        ^^^^^^^

        claude-bedrock: `auth.api_key.timeout` is an integer, but must be a whole number of seconds, at least 1
         --> ~/.config/claude-bedrock/config.toml:2:70
          |
        2 | auth = { method = "api-key", api_key = { command = "true", timeout = 0 } }
          |                                                                      ^

        claude-bedrock: `auth.api_key.timeout` is a string, but must be a whole number of seconds, at least 1
         --> ~/.config/claude-bedrock/config.toml:2:70
          |
        2 | auth = { method = "api-key", api_key = { command = "true", timeout = "5s" } }
          |                                                                      ^^^^

        claude-bedrock: `auth.api_key.timeout` is a float, but must be a whole number of seconds, at least 1
         --> ~/.config/claude-bedrock/config.toml:2:70
          |
        2 | auth = { method = "api-key", api_key = { command = "true", timeout = 1.5 } }
          |                                                                      ^^^
        "#);
    });
}

#[test]
fn a_secret_that_cannot_be_had_says_which_why_and_what_to_type() {
    let texts = [
        r#"auth = { method = "api-key", api_key = { env = "NOT_THERE" } }"#,
        r#"auth = { method = "api-key", api_key = { file = "~/not-there" } }"#,
        r#"auth = { method = "api-key", api_key = { file = "relative" } }"#,
        r#"auth = { method = "api-key", api_key = { file = "~/.config/claude-bedrock/config.toml" } }"#,
        r#"auth = { method = "api-key", api_key = { command = "false" } }"#,
        r#"auth = { method = "api-key", api_key = { command = "true" } }"#,
        r#"auth = { method = "api-key", api_key = { command = "printf 'a\\nb'" } }"#,
        r#"auth = { method = "api-key", api_key = { command = "sleep 9", timeout = 1 } }"#,
        r#"auth = { method = "api-key", api_key = { command = "no-such-program --x" } }"#,
        r#"auth = { method = "api-key", api_key = { command = "echo '" } }"#,
    ];
    without_home(|| {
        insta::assert_snapshot!(profile_errors(&texts), @r#"
        claude-bedrock: the variable NOT_THERE, which holds a secret, is not set
         --> ~/.config/claude-bedrock/config.toml:2:40
          |
        2 | auth = { method = "api-key", api_key = { env = "NOT_THERE" } }
          |                                        ^^^^^^^^^^^^^^^^^^^^^
          |
          = help: set NOT_THERE before the profile is loaded

        claude-bedrock: the secret's file ~/not-there cannot be read: No such file or directory (os error 2)
         --> ~/.config/claude-bedrock/config.toml:2:40
          |
        2 | auth = { method = "api-key", api_key = { file = "~/not-there" } }
          |                                        ^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: look at: ls -l [HOME]/not-there

        claude-bedrock: the secret's file `relative` must be an absolute path or begin with `~/`
         --> ~/.config/claude-bedrock/config.toml:2:40
          |
        2 | auth = { method = "api-key", api_key = { file = "relative" } }
          |                                        ^^^^^^^^^^^^^^^^^^^^^

        claude-bedrock: the secret's file ~/.config/claude-bedrock/config.toml can be read by others (mode 0644)
         --> ~/.config/claude-bedrock/config.toml:2:40
          |
        2 | auth = { method = "api-key", api_key = { file = "~/.config/claude-bedrock/config.toml" } }
          |                                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: fix it: chmod 600 [HOME]/.config/claude-bedrock/config.toml

        claude-bedrock: the secret's command `false` failed (exit status: 1)
         --> ~/.config/claude-bedrock/config.toml:2:40
          |
        2 | auth = { method = "api-key", api_key = { command = "false" } }
          |                                        ^^^^^^^^^^^^^^^^^^^^^
          |
          = help: try it: false

        claude-bedrock: the secret (command: true) is empty
         --> ~/.config/claude-bedrock/config.toml:2:40
          |
        2 | auth = { method = "api-key", api_key = { command = "true" } }
          |                                        ^^^^^^^^^^^^^^^^^^^^
          |
          = help: see what it prints: true

        claude-bedrock: the secret (command: printf 'a\nb') has more than one line
         --> ~/.config/claude-bedrock/config.toml:2:40
          |
        2 | auth = { method = "api-key", api_key = { command = "printf 'a\\nb'" } }
          |                                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: a secret is a single line; print or store only that

        claude-bedrock: the secret's command `sleep` did not answer within 1 s
         --> ~/.config/claude-bedrock/config.toml:2:40
          |
        2 | auth = { method = "api-key", api_key = { command = "sleep 9", timeout = 1 } }
          |                                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: try it: sleep 9
          = help: a longer limit: { command = "…", timeout = 120 }

        claude-bedrock: the secret's command `no-such-program` is not on PATH
         --> ~/.config/claude-bedrock/config.toml:2:40
          |
        2 | auth = { method = "api-key", api_key = { command = "no-such-program --x" } }
          |                                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: try it: no-such-program --x

        claude-bedrock: the secret's command cannot be split into words: missing closing quote
         --> ~/.config/claude-bedrock/config.toml:2:40
          |
        2 | auth = { method = "api-key", api_key = { command = "echo '" } }
          |                                        ^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: it is: echo '
        "#);
    });
}

#[test]
fn a_method_has_its_own_keys_and_needs_some() {
    let texts = [
        r#"auth.method = "aws-profile""#,
        r#"auth = { method = "access-keys", access_key_id = { env = "A" } }"#,
        r#"auth = { method = "access-keys", secret_access_key = { env = "A" } }"#,
        r#"auth.method = "api-key""#,
        r#"auth.method = "gateway""#,
        r#"auth.profile = "p""#,
        r#"auth = { method = "ambient", profile = "p" }"#,
        r#"auth = { method = "aws-profile", profile = "p", api_key = { env = "A" } }"#,
        r#"auth = { method = "ambient", isolate = true }"#,
        r#"auth = { method = "api-key", api_key = { env = "A" }, tools = "own" }"#,
        r#"auth = { method = "access-keys", access_key_id = { env = "A" }, secret_access_key = { env = "B" }, token = { env = "A" } }"#,
        r#"auth = { method = "aws-profile", profile = "p", base_url = "https://llm.example.com" }"#,
    ];
    without_home(|| {
        insta::assert_snapshot!(profile_errors(&texts), @r#"
        claude-bedrock: the method `aws-profile` needs `auth.profile`
         --> ~/.config/claude-bedrock/config.toml:2:15
          |
        2 | auth.method = "aws-profile"
          |               ^^^^^^^^^^^^^
          |
          = help: such as: auth = { method = "aws-profile", profile = "bedrock-work" }

        claude-bedrock: the method `access-keys` needs `auth.secret_access_key`
         --> ~/.config/claude-bedrock/config.toml:2:19
          |
        2 | auth = { method = "access-keys", access_key_id = { env = "A" } }
          |                   ^^^^^^^^^^^^^
          |
          = help: such as: auth = { method = "access-keys", secret_access_key = { keyring = "work-key" } }

        claude-bedrock: the method `access-keys` needs `auth.access_key_id`
         --> ~/.config/claude-bedrock/config.toml:2:19
          |
        2 | auth = { method = "access-keys", secret_access_key = { env = "A" } }
          |                   ^^^^^^^^^^^^^
          |
          = help: such as: auth = { method = "access-keys", access_key_id = { keyring = "work-id" } }

        claude-bedrock: the method `api-key` needs `auth.api_key`
         --> ~/.config/claude-bedrock/config.toml:2:15
          |
        2 | auth.method = "api-key"
          |               ^^^^^^^^^
          |
          = help: such as: auth = { method = "api-key", api_key = { command = "op read op://team/bedrock/key" } }

        claude-bedrock: the method `gateway` needs `auth.base_url`
         --> ~/.config/claude-bedrock/config.toml:2:15
          |
        2 | auth.method = "gateway"
          |               ^^^^^^^^^
          |
          = help: such as: auth = { method = "gateway", base_url = "https://llm.example.com" }

        claude-bedrock: `auth.profile` means nothing with the method `ambient`
         --> ~/.config/claude-bedrock/config.toml:2:16
          |
        2 | auth.profile = "p"
          |                ^^^
          |
          = help: write: method = "aws-profile", or remove the key

        claude-bedrock: `auth.profile` means nothing with the method `ambient`
         --> ~/.config/claude-bedrock/config.toml:2:40
          |
        2 | auth = { method = "ambient", profile = "p" }
          |                                        ^^^
          |
          = help: write: method = "aws-profile", or remove the key

        claude-bedrock: `auth.api_key` means nothing with the method `aws-profile`
         --> ~/.config/claude-bedrock/config.toml:2:59
          |
        2 | auth = { method = "aws-profile", profile = "p", api_key = { env = "A" } }
          |                                                           ^^^^^^^^^^^^^
          |
          = help: write: method = "api-key", or remove the key

        claude-bedrock: `auth.isolate` keeps a profile's own credentials apart, and the method `ambient` has none
         --> ~/.config/claude-bedrock/config.toml:2:40
          |
        2 | auth = { method = "ambient", isolate = true }
          |                                        ^^^^
          |
          = help: name a method with credentials, or remove the key

        claude-bedrock: `auth.tools` counts only if the profile's own credentials are kept apart
         --> ~/.config/claude-bedrock/config.toml:2:63
          |
        2 | auth = { method = "api-key", api_key = { env = "A" }, tools = "own" }
          |                                                               ^^^^^
          |
          = help: write too: isolate = true

        claude-bedrock: `auth.token` means nothing with the method `access-keys`
         --> ~/.config/claude-bedrock/config.toml:2:108
          |
        2 | auth = { method = "access-keys", access_key_id = { env = "A" }, secret_access_key = { env = "B" }, token = { env = "A" } }
          |                                                                                                            ^^^^^^^^^^^^^
          |
          = help: write: method = "gateway", or remove the key

        claude-bedrock: `auth.base_url` means nothing with the method `aws-profile`
         --> ~/.config/claude-bedrock/config.toml:2:60
          |
        2 | auth = { method = "aws-profile", profile = "p", base_url = "https://llm.example.com" }
          |                                                            ^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: write: method = "gateway", or remove the key
        "#);
    });
}

#[test]
fn values_that_do_not_fit_each_other() {
    let texts = [
        r#"region = "us-east-1"
endpoint = "mantle"
fips = true"#,
        r#"region = "us-east-1"
endpoint = "both"
fips = true"#,
        r#"region = "us-east-1"
base_url = "https://proxy.example.com"
fips = true"#,
        r#"region = "us-east-1"
fips = true
auth = { method = "gateway", base_url = "https://llm.example.com" }"#,
        "fips = true",
        r#"base_url = "https://proxy.example.com"
auth = { method = "gateway", base_url = "https://llm.example.com" }"#,
        r#"guardrail.id = "abc""#,
        r#"guardrail.version = "1""#,
        r#"guardrail.trace = "enabled""#,
        r#"guardrail = { version = "1", trace = "enabled" }"#,
        r#"guardrail = { id = "abc", version = "1" }
headers.X-Amzn-Bedrock-GuardrailIdentifier = "abc""#,
        r#"guardrail = { id = "abc", version = "1", trace = "enabled" }
headers.x-amzn-bedrock-trace = "ENABLED""#,
        r#"headers.X-Team = "a"
headers.x-team = "b""#,
        r#"headers."X Team" = "a""#,
        r#"headers."X-Team:" = "a""#,
        r#"headers.X-Team = "a\nX-Other: b""#,
        r#"models.opus.name = "Opus""#,
        r#"models.haiku = { capabilities = "effort" }"#,
        r#"small_fast_region = "us-west-2""#,
        r#"small_fast_region = "us-west-2"
models.main = "haiku""#,
    ];
    without_home(|| {
        insta::assert_snapshot!(profile_errors(&texts), @r#"
        claude-bedrock: `fips` is for the endpoint `bedrock`; Mantle has no FIPS address
         --> ~/.config/claude-bedrock/config.toml:4:8
          |
        4 | fips = true
          |        ^^^^
          |
          = help: remove `fips`, or write: endpoint = "bedrock"

        claude-bedrock: `fips` is for the endpoint `bedrock`; Mantle has no FIPS address
         --> ~/.config/claude-bedrock/config.toml:4:8
          |
        4 | fips = true
          |        ^^^^
          |
          = help: remove `fips`, or write: endpoint = "bedrock"

        claude-bedrock: `fips` and `base_url` both say which address is called
         --> ~/.config/claude-bedrock/config.toml:4:8
          |
        4 | fips = true
          |        ^^^^
          |
          = help: keep one of them

        claude-bedrock: `fips` and `base_url` both say which address is called
         --> ~/.config/claude-bedrock/config.toml:3:8
          |
        3 | fips = true
          |        ^^^^
          |
          = help: keep one of them

        claude-bedrock: `fips` needs a `region`, whose FIPS address is called
         --> ~/.config/claude-bedrock/config.toml:2:8
          |
        2 | fips = true
          |        ^^^^
          |
          = help: write: region = "us-east-1"

        claude-bedrock: `base_url` and the gateway's `auth.base_url` both say which address is called
         --> ~/.config/claude-bedrock/config.toml:2:12
          |
        2 | base_url = "https://proxy.example.com"
          |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: keep the gateway's

        claude-bedrock: the guardrail has no `version`
         --> ~/.config/claude-bedrock/config.toml:2:16
          |
        2 | guardrail.id = "abc"
          |                ^^^^^
          |
          = help: try the working draft first: version = "DRAFT"

        claude-bedrock: the guardrail has no `id`
         --> ~/.config/claude-bedrock/config.toml:2:21
          |
        2 | guardrail.version = "1"
          |                     ^^^
          |
          = help: write: id = "…", its ID or ARN

        claude-bedrock: the guardrail has no `id`
         --> ~/.config/claude-bedrock/config.toml:2:19
          |
        2 | guardrail.trace = "enabled"
          |                   ^^^^^^^^^
          |
          = help: write: id = "…", its ID or ARN

        claude-bedrock: the guardrail has no `id`
         --> ~/.config/claude-bedrock/config.toml:2:25
          |
        2 | guardrail = { version = "1", trace = "enabled" }
          |                         ^^^
          |
          = help: write: id = "…", its ID or ARN

        claude-bedrock: the header `X-Amzn-Bedrock-GuardrailIdentifier` is also set by `guardrail.id`
         --> ~/.config/claude-bedrock/config.toml:3:46
          |
        3 | headers.X-Amzn-Bedrock-GuardrailIdentifier = "abc"
          |                                              ^^^^^
          |
          = help: keep one of them; the guardrail's own keys are the safer place

        claude-bedrock: the header `x-amzn-bedrock-trace` is also set by `guardrail.trace`
         --> ~/.config/claude-bedrock/config.toml:3:32
          |
        3 | headers.x-amzn-bedrock-trace = "ENABLED"
          |                                ^^^^^^^^^
          |
          = help: keep one of them; the guardrail's own keys are the safer place

        claude-bedrock: the header `x-team` is also set as `X-Team`
         --> ~/.config/claude-bedrock/config.toml:3:18
          |
        3 | headers.x-team = "b"
          |                  ^^^
          |
          = help: header names have no case; keep one of them

        claude-bedrock: `X Team` is not the name of a header
         --> ~/.config/claude-bedrock/config.toml:2:9
          |
        2 | headers."X Team" = "a"
          |         ^^^^^^^^
          |
          = help: one header a line: "X-Team" = "platform"

        claude-bedrock: `X-Team:` is not the name of a header
         --> ~/.config/claude-bedrock/config.toml:2:9
          |
        2 | headers."X-Team:" = "a"
          |         ^^^^^^^^^
          |
          = help: one header a line: "X-Team" = "platform"

        claude-bedrock: `headers.X-Team` holds a control character
         --> ~/.config/claude-bedrock/config.toml:2:18
          |
        2 | headers.X-Team = "a\nX-Other: b"
          |                  ^^^^^^^^^^^^^^^
          |
          = help: a header is one line; give each header a line of its own in [headers]

        claude-bedrock: `models.opus.name` labels a model that is not set
         --> ~/.config/claude-bedrock/config.toml:2:20
          |
        2 | models.opus.name = "Opus"
          |                    ^^^^^^
          |
          = help: write: opus = { id = "…", name = "…" }

        claude-bedrock: `models.haiku.capabilities` labels a model that is not set
         --> ~/.config/claude-bedrock/config.toml:2:33
          |
        2 | models.haiku = { capabilities = "effort" }
          |                                 ^^^^^^^^
          |
          = help: write: haiku = { id = "…", capabilities = "…" }

        claude-bedrock: `small_fast_region` counts only for a pinned background model
         --> ~/.config/claude-bedrock/config.toml:2:21
          |
        2 | small_fast_region = "us-west-2"
          |                     ^^^^^^^^^^^
          |
          = help: write too: models.haiku = "…"

        claude-bedrock: `small_fast_region` counts only for a pinned background model
         --> ~/.config/claude-bedrock/config.toml:2:21
          |
        2 | small_fast_region = "us-west-2"
          |                     ^^^^^^^^^^^
          |
          = help: write too: models.haiku = "…"
        "#);
    });
}

#[test]
fn a_variable_that_is_not_the_profiles_to_set() {
    let texts = [
        r#"env.AWS_REGION = "us-east-1""#,
        r#"env.ANTHROPIC_MODEL = "sonnet""#,
        r#"env.ANTHROPIC_DEFAULT_OPUS_MODEL = "x""#,
        r#"env.ANTHROPIC_SMALL_FAST_MODEL = "x""#,
        r#"env.AWS_PROFILE = "p""#,
        r#"env.ANTHROPIC_CUSTOM_HEADERS = "X-Team: platform""#,
        r#"env.ANTHROPIC_BEDROCK_BASE_URL = "https://x""#,
        r#"env.AWS_BEARER_TOKEN_BEDROCK = "planted-secret""#,
        "env.CLAUDE_CODE_USE_BEDROCK = false",
        r#"env.CLAUDE_BEDROCK_PROFILE = "x""#,
        r#"env.PATH-X = "1""#,
        r#"env.PWD = "/""#,
    ];
    without_home(|| {
        insta::assert_snapshot!(profile_errors(&texts), @r#"
        claude-bedrock: `AWS_REGION` is set by claude-bedrock itself
         --> ~/.config/claude-bedrock/config.toml:2:5
          |
        2 | env.AWS_REGION = "us-east-1"
          |     ^^^^^^^^^^
          |
          = help: write: region = "…"

        claude-bedrock: `ANTHROPIC_MODEL` is set by claude-bedrock itself
         --> ~/.config/claude-bedrock/config.toml:2:5
          |
        2 | env.ANTHROPIC_MODEL = "sonnet"
          |     ^^^^^^^^^^^^^^^
          |
          = help: write: models.main = "…"

        claude-bedrock: `ANTHROPIC_DEFAULT_OPUS_MODEL` is set by claude-bedrock itself
         --> ~/.config/claude-bedrock/config.toml:2:5
          |
        2 | env.ANTHROPIC_DEFAULT_OPUS_MODEL = "x"
          |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: write: models.opus = "…"

        claude-bedrock: `ANTHROPIC_SMALL_FAST_MODEL` is set by claude-bedrock itself
         --> ~/.config/claude-bedrock/config.toml:2:5
          |
        2 | env.ANTHROPIC_SMALL_FAST_MODEL = "x"
          |     ^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: write: models.haiku = "…" (the old variable is deprecated)

        claude-bedrock: `AWS_PROFILE` is set by claude-bedrock itself
         --> ~/.config/claude-bedrock/config.toml:2:5
          |
        2 | env.AWS_PROFILE = "p"
          |     ^^^^^^^^^^^
          |
          = help: write: auth = { method = "aws-profile", profile = "…" }

        claude-bedrock: `ANTHROPIC_CUSTOM_HEADERS` is set by claude-bedrock itself
         --> ~/.config/claude-bedrock/config.toml:2:5
          |
        2 | env.ANTHROPIC_CUSTOM_HEADERS = "X-Team: platform"
          |     ^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: write a table, from which the lines are made: headers = { "X-Name" = "value" }

        claude-bedrock: `ANTHROPIC_BEDROCK_BASE_URL` is set by claude-bedrock itself
         --> ~/.config/claude-bedrock/config.toml:2:5
          |
        2 | env.ANTHROPIC_BEDROCK_BASE_URL = "https://x"
          |     ^^^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: write: base_url = "…"

        claude-bedrock: `AWS_BEARER_TOKEN_BEDROCK` is set by claude-bedrock itself
         --> ~/.config/claude-bedrock/config.toml:2:5
          |
        2 | env.AWS_BEARER_TOKEN_BEDROCK = "*******-******"
          |     ^^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: write: auth = { method = "api-key", api_key = { keyring = "…" } }

        claude-bedrock: `CLAUDE_CODE_USE_BEDROCK` is set by claude-bedrock itself
         --> ~/.config/claude-bedrock/config.toml:2:5
          |
        2 | env.CLAUDE_CODE_USE_BEDROCK = false
          |     ^^^^^^^^^^^^^^^^^^^^^^^
          |
          = help: remove it: every profile sets it

        claude-bedrock: `CLAUDE_BEDROCK_PROFILE` steers claude-bedrock itself and cannot be set by a profile
         --> ~/.config/claude-bedrock/config.toml:2:5
          |
        2 | env.CLAUDE_BEDROCK_PROFILE = "x"
          |     ^^^^^^^^^^^^^^^^^^^^^^

        claude-bedrock: `PATH-X` is not the name of a variable
         --> ~/.config/claude-bedrock/config.toml:2:5
          |
        2 | env.PATH-X = "1"
          |     ^^^^^^
          |
          = help: a name consists of letters, digits and _, and does not begin with a digit

        claude-bedrock: `PWD` belongs to the shell and cannot be set by a profile
         --> ~/.config/claude-bedrock/config.toml:2:5
          |
        2 | env.PWD = "/"
          |     ^^^
        "#);
    });
}

#[test]
fn a_project_file_is_judged_in_the_same_way_at_its_own_lines() {
    let texts = [
        (r#"region = "us-east-1""#, Some(r#"extends = "base""#)),
        (r#"region = "us-east-1""#, Some(r#"service_tier = "fast""#)),
        (r#"region = "us-east-1""#, Some(r#"root = "yes""#)),
        (
            r#"region = "us-east-1""#,
            Some(
                r#"[models]
mian = "haiku""#,
            ),
        ),
        (
            r#"guardrail = { id = "abc", version = "1" }"#,
            Some(r#"headers.X-Amzn-Bedrock-GuardrailVersion = "2""#),
        ),
        (r#"headers.X-Team = "a""#, Some(r#"headers.x-team = "b""#)),
        (
            r#"region = "us-east-1"
fips = true"#,
            Some(r#"endpoint = "mantle""#),
        ),
        (
            r#"auth = { method = "aws-profile", profile = "p" }"#,
            Some(r#"auth = { method = "api-key" }"#),
        ),
        (
            r#"auth = { method = "aws-profile", profile = "p" }"#,
            Some(r#"auth.api_key = { env = "A" }"#),
        ),
    ];
    insta::assert_snapshot!(errors(texts), @r#"
    claude-bedrock: `extends` belongs in a profile, not in a project file
     --> ~/project/.claude-bedrock.toml:2:1
      |
    2 | extends = "base"
      | ^^^^^^^
      |
      = help: a project file names one profile and refines it: profile = "…"

    claude-bedrock: `service_tier` cannot be `fast`
     --> ~/project/.claude-bedrock.toml:2:16
      |
    2 | service_tier = "fast"
      |                ^^^^^^
      |
      = help: allowed: default, flex, priority

    claude-bedrock: `root` is a string, but must be true or false
     --> ~/project/.claude-bedrock.toml:2:8
      |
    2 | root = "yes"
      |        ^^^^^

    claude-bedrock: unknown key `mian` in `models`
     --> ~/project/.claude-bedrock.toml:3:1
      |
    3 | mian = "haiku"
      | ^^^^
      |
      = help: did you mean `main`?

    claude-bedrock: the header `X-Amzn-Bedrock-GuardrailVersion` is also set by `guardrail.version`
     --> ~/project/.claude-bedrock.toml:2:43
      |
    2 | headers.X-Amzn-Bedrock-GuardrailVersion = "2"
      |                                           ^^^
      |
      = help: keep one of them; the guardrail's own keys are the safer place

    claude-bedrock: the header `x-team` is also set as `X-Team`
     --> ~/project/.claude-bedrock.toml:2:18
      |
    2 | headers.x-team = "b"
      |                  ^^^
      |
      = help: header names have no case; keep one of them

    claude-bedrock: `fips` is for the endpoint `bedrock`; Mantle has no FIPS address
     --> ~/.config/claude-bedrock/config.toml:4:8
      |
    4 | fips = true
      |        ^^^^
      |
      = help: remove `fips`, or write: endpoint = "bedrock"

    claude-bedrock: the method `api-key` needs `auth.api_key`
     --> ~/project/.claude-bedrock.toml:2:19
      |
    2 | auth = { method = "api-key" }
      |                   ^^^^^^^^^
      |
      = help: such as: auth = { method = "api-key", api_key = { command = "op read op://team/bedrock/key" } }

    claude-bedrock: `auth.api_key` means nothing with the method `aws-profile`
     --> ~/project/.claude-bedrock.toml:2:16
      |
    2 | auth.api_key = { env = "A" }
      |                ^^^^^^^^^^^^^
      |
      = help: write: method = "api-key", or remove the key
    "#);
}
