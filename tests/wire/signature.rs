//! How a request says who sends it. A signature is computed anew and compared, so that the secret key, the
//! session token, the region and the service are all proved, not only read.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use std::fmt;

use data_encoding::HEXLOWER;
use ring::{digest, hmac};

use crate::server::Request;

/// The secret key that belongs to a key ID of the tests.
pub fn secret_of(key: &str) -> String {
    format!("secret/of+{key}")
}

/// The session token that belongs to a temporary key ID of the tests.
pub fn token_of(key: &str) -> String {
    format!("token/of+{key}")
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authorization {
    None,
    Bearer(String),
    /// A signature that is right: the secret key and the token are those of the key ID.
    Signed {
        key: String,
        region: String,
        service: String,
    },
    /// Anything else, and why.
    Wrong(String),
}

/// As the table of cases writes it.
impl fmt::Display for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => write!(f, "none"),
            Self::Bearer(token) => write!(f, "bearer {token}"),
            Self::Signed { key, region, service } => write!(f, "signed {key} {region} {service}"),
            Self::Wrong(why) => write!(f, "wrong: {why}"),
        }
    }
}

pub fn authorization(request: &Request) -> Authorization {
    let Some(header) = request.header("authorization") else {
        return Authorization::None;
    };
    if let Some(token) = header.strip_prefix("Bearer ") {
        return Authorization::Bearer(token.to_owned());
    }
    signed(request, header).unwrap_or_else(|| Authorization::Wrong("not a signature".to_owned()))
}

fn signed(request: &Request, header: &str) -> Option<Authorization> {
    let fields = header.strip_prefix("AWS4-HMAC-SHA256 ")?;
    let field = |name: &str| {
        fields
            .split(',')
            .find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='))
    };
    let scope: Vec<&str> = field("Credential")?.split('/').collect();
    let [key, day, region, service, _] = scope[..] else {
        return None;
    };
    let token = request.header("x-amz-security-token");
    let expected = key.starts_with("ASIA").then(|| token_of(key));
    if token != expected.as_deref() {
        return Some(Authorization::Wrong(format!("the session token is not that of {key}")));
    }

    let names = field("SignedHeaders")?;
    let mut headers = String::new();
    for name in names.split(';') {
        headers += &format!("{name}:{}\n", request.header(name).unwrap_or_default());
    }
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let mut query: Vec<&str> = query.split('&').collect();
    query.sort_unstable();
    let canonical = format!(
        "{}\n{}\n{}\n{headers}\n{names}\n{}",
        request.method,
        encode(path),
        query.join("&"),
        sha256(&request.body)
    );
    let time = request.header("x-amz-date")?;
    let text = format!(
        "AWS4-HMAC-SHA256\n{time}\n{day}/{region}/{service}/aws4_request\n{}",
        sha256(canonical.as_bytes())
    );
    let mut secret = format!("AWS4{}", secret_of(key)).into_bytes();
    for step in [day, region, service, "aws4_request", &text] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        secret = hmac::sign(&key, step.as_bytes()).as_ref().to_vec();
    }
    if field("Signature")? != HEXLOWER.encode(&secret) {
        return Some(Authorization::Wrong(format!("the signature by {key} does not fit")));
    }
    Some(Authorization::Signed {
        key: key.to_owned(),
        region: region.to_owned(),
        service: service.to_owned(),
    })
}

/// A path that was sent, encoded once more, as every service but S3 wants it.
fn encode(path: &str) -> String {
    path.bytes()
        .map(|byte| match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(digest::digest(&digest::SHA256, bytes).as_ref())
}
