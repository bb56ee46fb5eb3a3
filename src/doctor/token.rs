//! When a short-term Bedrock API key expires. It is a presigned request, base64-encoded behind a prefix, and
//! so tells its date and how long it is good; a long-term key tells nothing.
//! The form is that of AWS's token generator for Python (aws/aws-bedrock-token-generator-python,
//! `token_generator.py`; read in November 2026): the query is signed by botocore's `SigV4QueryAuth`.

use std::time::{Duration, SystemTime};

use data_encoding::BASE64;

use crate::system::time::moment;

/// When `key` expires, if it says so.
pub(super) fn expiry(key: &str) -> Option<SystemTime> {
    let encoded = key.strip_prefix("bedrock-api-key-")?;
    let request = String::from_utf8(BASE64.decode(encoded.as_bytes()).ok()?).ok()?;
    let value = |name: &str| {
        let (_, rest) = request.split_once(&format!("{name}="))?;
        rest.split('&').next()
    };
    let date = value("X-Amz-Date")?;
    let part = |range: std::ops::Range<usize>| date.get(range);
    let (year, month, day) = (part(0..4)?, part(4..6)?, part(6..8)?);
    let (hour, minute, second) = (part(9..11)?, part(11..13)?, part(13..15)?);
    let date = moment(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z"))?;
    let length = value("X-Amz-Expires")?.parse().ok()?;
    date.checked_add(Duration::from_secs(length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_term_key_tells_when_it_expires_and_others_do_not() {
        let request = "bedrock.amazonaws.com/?Action=CallWithBearerToken&X-Amz-Date=19700101T000100Z&X-Amz-Expires=43200&Version=1";
        let key = format!("bedrock-api-key-{}", BASE64.encode(request.as_bytes()));
        assert_eq!(expiry(&key), Some(SystemTime::UNIX_EPOCH + Duration::from_mins(721)));
        for key in [
            "",
            "ABSKabc",
            "bedrock-api-key-",
            "bedrock-api-key-!",
            "bedrock-api-key-YWJj",
        ] {
            assert_eq!(expiry(key), None, "{key}");
        }
    }
}
