//! What the services answer, in their wire formats.
//!
//! Keys of the portal carry their account and generation in their ID (`ASIA` + account + generation), so that
//! a request shows whose they are and how old.

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use data_encoding::BASE64;
use serde_json::{Value, json};

use crate::server::Request;
use crate::signature::{self, Authorization};

/// What the model says.
pub const WORDS: &str = "the answer of the server";

/// A host that has a page, for a fetch.
pub const PAGE: &str = "docs.example.com";

/// A prompt with these words is answered by a stream that ends early.
pub const CUT: &str = "LET THE STREAM END EARLY";

fn is_cut(request: &Request) -> bool {
    String::from_utf8_lossy(&request.body).contains(CUT)
}

const SSO_TOKEN: &str = "sso-token-of-login-";

/// The token of a session with IAM Identity Center, for which the portal gives the keys of a generation.
pub fn sso_token(generation: usize) -> String {
    format!("{SSO_TOKEN}{generation}")
}

pub struct Answer {
    pub status: u16,
    pub content_type: &'static str,
    /// The value of `x-amzn-ErrorType`.
    pub error: Option<&'static str>,
    pub body: Vec<u8>,
}

/// The ID of the keys that the portal gives for an account.
pub fn key_of(account: &str, generation: usize) -> String {
    format!("ASIA{account}{generation:04}")
}

/// The answer, where keys of `generation` are good and these inference profiles are listed.
pub fn to(request: &Request, generation: usize, listed: &[String]) -> Answer {
    if request.path.starts_with("/federation/credentials") {
        return portal(request);
    }
    if let Authorization::Signed { key, .. } = request.authorization() {
        // Keys of the portal are those of a generation; others never expire.
        let expired = key.starts_with("ASIA0") && !key.ends_with(&format!("{generation:04}"));
        if expired && request.host.starts_with("sts.") {
            return sts_error();
        }
        if expired {
            let message = "The security token included in the request is expired";
            return refusal("ExpiredTokenException", &json!({ "message": message }));
        }
    }
    if let Authorization::Wrong(_) = request.authorization() {
        let message = "The security token included in the request is invalid.";
        return refusal("UnrecognizedClientException", &json!({ "message": message }));
    }
    if request.host.starts_with("sts.") && request.body.starts_with(b"Action=GetSessionToken") {
        return session(request);
    }
    if request.host.starts_with("sts.") {
        return identity(request);
    }
    if request.host == PAGE {
        return Answer {
            content_type: "text/html",
            body: b"<p>a page</p>".to_vec(),
            ..json_answer(&json!({}))
        };
    }
    match request.path.split(['?', '/']).next_back() {
        Some("count-tokens") => json_answer(&json!({ "inputTokens": 7 })),
        _ if request.path.starts_with("/inference-profiles/") => json_answer(&profile(request)),
        _ if request.path.starts_with("/inference-profiles") => {
            let summary = |id: &String| {
                json!({
                    "inferenceProfileId": id, "inferenceProfileName": id, "status": "ACTIVE", "type": "SYSTEM_DEFINED",
                    "inferenceProfileArn": format!("arn:aws:bedrock:us-east-1::inference-profile/{id}"),
                    "models": [],
                })
            };
            let summaries: Vec<Value> = listed.iter().map(summary).collect();
            json_answer(&json!({ "inferenceProfileSummaries": summaries }))
        }
        Some("invoke-with-response-stream") => Answer {
            status: 200,
            content_type: "application/vnd.amazon.eventstream",
            error: None,
            // One that ends early has nothing behind its first words.
            body: events(&said(request))
                .iter()
                .take(if is_cut(request) { 3 } else { usize::MAX })
                .flat_map(frame)
                .collect(),
        },
        Some("invoke") => json_answer(&message(&[json!({ "type": "text", "text": WORDS })])),
        _ if request.path.starts_with("/anthropic/v1/messages") => mantle(request),
        _ => Answer {
            status: 404,
            content_type: "text/plain",
            error: None,
            body: Vec::new(),
        },
    }
}

fn mantle(request: &Request) -> Answer {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    if body["stream"] != true {
        return json_answer(&message(&[json!({ "type": "text", "text": WORDS })]));
    }
    let mut text = String::new();
    for event in events(&said(request)) {
        text += &format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap());
    }
    Answer {
        status: 200,
        content_type: "text/event-stream",
        error: None,
        body: text.into(),
    }
}

/// `GetRoleCredentials`.
fn portal(request: &Request) -> Answer {
    let generation = request
        .header("x-amz-sso_bearer_token")
        .and_then(|token| token.strip_prefix(SSO_TOKEN)?.parse().ok());
    let Some(generation) = generation else {
        return Answer {
            status: 401,
            ..refusal(
                "UnauthorizedException",
                &json!({ "message": "Session token not found or invalid" }),
            )
        };
    };
    let account = query(request, "account_id").unwrap_or_default();
    let key = key_of(account, generation);
    let expiration = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_millis()
        + 8 * 3600 * 1000;
    json_answer(&json!({ "roleCredentials": {
        "accessKeyId": key,
        "secretAccessKey": signature::secret_of(&key),
        "sessionToken": signature::token_of(&key),
        "expiration": u64::try_from(expiration).unwrap(),
    }}))
}

fn query<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let (_, query) = request.path.split_once('?')?;
    let pair = |pair: &'a str| pair.strip_prefix(name)?.strip_prefix('=');
    query.split('&').find_map(pair)
}

/// `GetCallerIdentity`.
fn identity(request: &Request) -> Answer {
    let account = match request.authorization() {
        Authorization::Signed { key, .. } => key.get(4..16).unwrap_or("000000000000").to_owned(),
        _ => "000000000000".to_owned(),
    };
    Answer {
        status: 200,
        content_type: "text/xml",
        error: None,
        body: format!(
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><Arn>arn:aws:sts::{account}:assumed-role/Developer/test</Arn><UserId>AROA:test</UserId><Account>{account}</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
        )
        .into(),
    }
}

/// `GetSessionToken`: temporary keys whose ID is the static one's with another beginning.
fn session(request: &Request) -> Answer {
    let Authorization::Signed { key, .. } = request.authorization() else {
        return sts_error();
    };
    let key = key.replace("AKIA", "ASIA");
    let (secret, token) = (signature::secret_of(&key), signature::token_of(&key));
    Answer {
        status: 200,
        content_type: "text/xml",
        error: None,
        body: format!(
            "<GetSessionTokenResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetSessionTokenResult><Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey><SessionToken>{token}</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></GetSessionTokenResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetSessionTokenResponse>"
        )
        .into(),
    }
}

fn sts_error() -> Answer {
    Answer {
        status: 403,
        content_type: "text/xml",
        error: None,
        body: b"<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>The security token included in the request is expired</Message></Error><RequestId>1</RequestId></ErrorResponse>".to_vec(),
    }
}

fn refusal(error: &'static str, body: &Value) -> Answer {
    Answer {
        status: 403,
        error: Some(error),
        ..json_answer(body)
    }
}

fn json_answer(body: &Value) -> Answer {
    Answer {
        status: 200,
        content_type: "application/json",
        error: None,
        body: body.to_string().into(),
    }
}

/// `GetInferenceProfile` of an application profile for Sonnet.
fn profile(request: &Request) -> Value {
    let arn = request
        .path
        .trim_start_matches("/inference-profiles/")
        .replace("%3A", ":")
        .replace("%2F", "/");
    let model = "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-6";
    json!({
        "inferenceProfileArn": arn,
        "inferenceProfileId": arn.rsplit('/').next(),
        "inferenceProfileName": "tests",
        "models": [{ "modelArn": model }],
        "status": "ACTIVE",
        "type": "APPLICATION",
    })
}

fn message(content: &[Value]) -> Value {
    let stop = if content.is_empty() {
        Value::Null
    } else {
        json!("end_turn")
    };
    json!({
        "id": "msg_test", "type": "message", "role": "assistant", "model": "claude", "content": content,
        "stop_reason": stop, "stop_sequence": null, "usage": { "input_tokens": 1, "output_tokens": 1 },
    })
}

/// What the model says next: text, or the use of a tool.
enum Said {
    Text(String),
    Use { id: String, name: String, input: String },
}

/// A prompt whose lines read `CALL Tool {"its": "input"}` has the model use these tools, one after the other, and say
/// then what came of them.
fn said(request: &Request) -> Said {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let blocks = |kind: &'static str| {
        let messages = body["messages"].as_array().into_iter().flatten();
        let users = messages.filter(|message| message["role"] == "user");
        users
            .filter_map(|message| message["content"].as_array())
            .flatten()
            .filter(move |block| block["type"] == kind)
    };
    let texts: Vec<&str> = blocks("text").filter_map(|block| block["text"].as_str()).collect();
    let calls: Vec<(&str, &str)> = texts
        .iter()
        .flat_map(|text| text.lines())
        .filter_map(|line| line.strip_prefix("CALL ")?.split_once(' '))
        .collect();
    let results: Vec<&Value> = blocks("tool_result").map(|block| &block["content"]).collect();
    if let Some((name, input)) = calls.get(results.len()) {
        return Said::Use {
            id: format!("toolu_{}", results.len()),
            name: (*name).to_owned(),
            input: (*input).to_owned(),
        };
    }
    let shown = |result: &Value| match result.as_array() {
        Some(blocks) => blocks.iter().filter_map(|block| block["text"].as_str()).collect(),
        None => result.as_str().unwrap_or_default().to_owned(),
    };
    let results: Vec<String> = results.into_iter().map(shown).collect();
    Said::Text(
        [WORDS.to_owned()]
            .into_iter()
            .chain(results)
            .collect::<Vec<_>>()
            .join("\n"),
    )
}

/// An answer as the Messages API streams it.
fn events(said: &Said) -> [Value; 6] {
    let (block, delta, stop) = match said {
        Said::Text(text) => (
            json!({ "type": "text", "text": "" }),
            json!({ "type": "text_delta", "text": text }),
            "end_turn",
        ),
        Said::Use { id, name, input } => (
            json!({ "type": "tool_use", "id": id, "name": name, "input": {} }),
            json!({ "type": "input_json_delta", "partial_json": input }),
            "tool_use",
        ),
    };
    [
        json!({ "type": "message_start", "message": message(&[]) }),
        json!({ "type": "content_block_start", "index": 0, "content_block": block }),
        json!({ "type": "content_block_delta", "index": 0, "delta": delta }),
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({ "type": "message_delta", "delta": { "stop_reason": stop, "stop_sequence": null },
            "usage": { "output_tokens": 1 } }),
        json!({ "type": "message_stop" }),
    ]
}

/// One event as a frame of `application/vnd.amazon.eventstream`, with its checksums.
fn frame(event: &Value) -> Vec<u8> {
    let payload = json!({ "bytes": BASE64.encode(event.to_string().as_bytes()) });
    let header = |name: &'static str, value: &'static str| Header::new(name, HeaderValue::String(value.into()));
    let message = Message::new(payload.to_string().into_bytes())
        .add_header(header(":event-type", "chunk"))
        .add_header(header(":content-type", "application/json"))
        .add_header(header(":message-type", "event"));
    let mut bytes = Vec::new();
    write_message_to(&message, &mut bytes).unwrap();
    bytes
}
