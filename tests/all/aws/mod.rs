//! Amazon's side: credentials, logins and their expiry, against servers on this machine.

mod catalog;
mod conditions;
mod console;
mod credentials;
mod errors;
mod expiry;
mod findings;
mod large;
mod login;
mod messages;
mod own_profiles;
mod screens;
mod setup;
mod sources;
mod ways;
mod whoami;

use std::time::{Duration, SystemTime};

use crate::support::fake_aws::{ACCESS_TOKEN, FakeAws, KEY_ID, SECRET_KEY, SSO_TOKEN};
use crate::support::{Shell, World, stderr, stdout};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Profiles of each kind.
const CONFIG: &str = r#"
[profiles.keys]
region = "us-east-1"
auth = { method = "aws-profile", profile = "keys" }
[profiles.pinned]
extends = "keys"
account = "999999999999"
[profiles.direct]
region = "us-east-1"
auth = { method = "access-keys", access_key_id = { env = "KEY_ID" }, secret_access_key = { env = "SECRET_KEY" } }
[profiles.temporary]
region = "us-east-1"
auth = { method = "access-keys", access_key_id = { env = "KEY_ID" }, secret_access_key = { env = "SECRET_KEY" }, session_token = { env = "TOKEN" } }
[profiles.api-key]
region = "us-east-1"
auth = { method = "api-key", api_key = { env = "SECRET_KEY" } }
[profiles.gateway]
region = "us-east-1"
auth = { method = "gateway", base_url = "https://gateway.example" }
[profiles.ambient]
region = "us-east-1"
[profiles.absent]
region = "us-east-1"
auth = { method = "aws-profile", profile = "sso2" }
[profiles.sso]
region = "us-east-1"
auth = { method = "aws-profile", profile = "sso" }
[profiles.isolated]
region = "us-east-1"
auth = { method = "aws-profile", profile = "sso", isolate = true }
[profiles.old]
region = "us-east-1"
auth = { method = "aws-profile", profile = "old" }
[profiles.process]
region = "us-east-1"
auth = { method = "aws-profile", profile = "process" }
[profiles.role]
region = "us-east-1"
auth = { method = "aws-profile", profile = "role" }
[profiles.mfa]
region = "us-east-1"
auth = { method = "aws-profile", profile = "mfa" }
[profiles.nothing]
region = "us-east-1"
auth = { method = "aws-profile", profile = "nothing" }
[profiles.strange]
region = "us-east-1"
auth = { method = "aws-profile", profile = "strange" }
[profiles.mistyped]
region = "us-east-1"
auth = { method = "aws-profile", profile = "mistyped" }
[profiles.build]
region = "us-east-1"
account = "123456789012"
auth = { method = "aws-profile", profile = "build" }
[profiles.elsewhere]
region = "us-east-1"
auth = { method = "aws-profile", profile = "elsewhere" }
"#;

const AWS_CONFIG: &str = "\
[profile keys]
aws_access_key_id = AKIAI44QH8DHBEXAMPLE
aws_secret_access_key = je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY
[profile sso]
sso_session = acme
sso_account_id = 123456789012
sso_role_name = Developer
[sso-session acme]
sso_start_url = https://acme.awsapps.com/start
sso_region = us-east-1
[profile old]
sso_start_url = https://old.awsapps.com/start
sso_region = us-east-1
sso_account_id = 123456789012
sso_role_name = Developer
[profile process]
credential_process = sh ~/process
[profile role]
role_arn = arn:aws:iam::123456789012:role/Build
source_profile = sso
[profile mfa]
role_arn = arn:aws:iam::123456789012:role/Build
source_profile = keys
mfa_serial = arn:aws:iam::123456789012:mfa/me
[profile nothing]
region = us-east-1
[profile strange]
aws_access_key_id = AKIAIOSFODNN7STRANGE
aws_secret_access_key = je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY
[profile mistyped]
aws_access_key_id = AKIAI44QH8DHBEXAMPLE
aws_secret_access_key = je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEx
[profile build]
role_arn = arn:aws:iam::123456789012:role/Build
source_profile = keys
[profile elsewhere]
role_arn = arn:aws:iam::123456789012:role/Build
source_profile = strange
";

/// The session token of the profile `temporary`.
const TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLETOKEN";

/// The secrets that the world holds, none of which may be seen.
const SECRETS: &[&str] = &[KEY_ID, SECRET_KEY, ACCESS_TOKEN, "hush-hush"];

fn world(server: &str) -> World {
    let mut world = World::new(Shell::Bash);
    world.config(CONFIG);
    world.write(".aws/config", AWS_CONFIG);
    for (name, value) in [
        ("AWS_ENDPOINT_URL", server),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("KEY_ID", KEY_ID),
        ("SECRET_KEY", SECRET_KEY),
        ("TOKEN", TOKEN),
    ] {
        world.set(name, value);
    }
    world
}

/// A world whose AWS follows a script; `None` if the machine has no moto.
fn faked(script: &Value) -> Option<(World, FakeAws)> {
    let aws = FakeAws::start(script)?;
    Some((world(&aws.url()), aws))
}

/// Writes the token of the session `acme`, which ends after `left` seconds.
fn token(world: &World, path: &str, left: i64) {
    token_with(world, path, left, "");
}

fn token_with(world: &World, path: &str, left: i64, more: &str) {
    let until = from_now(left);
    world.write(
        path,
        format!("{{\"startUrl\": \"https://acme.awsapps.com/start\", \"region\": \"us-east-1\", \"accessToken\": \"{ACCESS_TOKEN}\", \"expiresAt\": \"{until}\"{more}}}"),
    );
}

/// The time in so many seconds, as the AWS CLI writes it.
fn from_now(seconds: i64) -> String {
    let length = Duration::from_secs(seconds.unsigned_abs());
    let now = SystemTime::now();
    let time = if seconds < 0 { now - length } else { now + length };
    let time = OffsetDateTime::from(time).replace_nanosecond(0).unwrap();
    time.format(&Rfc3339).unwrap()
}
