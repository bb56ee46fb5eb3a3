//! Models' names as they are copied: with placeholders, or in the spelling of another tool.

/// The part of a value that is a placeholder, as guides have them: `<ACCOUNT_ID>`, `${AWS_REGION}`, `YOUR_PROFILE`.
pub(super) fn placeholder(text: &str) -> Option<&str> {
    for (open, close) in [("<", ">"), ("${", "}"), ("{{", "}}"), ("{", "}"), ("%", "%")] {
        if let Some(start) = text.find(open)
            && let Some(length) = text[start + open.len()..].find(close)
            && length > 0
        {
            return Some(&text[start..start + open.len() + length + close.len()]);
        }
    }
    let upper = text.to_ascii_uppercase();
    // Only ASCII has changed, so that the places are the same.
    for start in ["YOUR_", "YOUR-", "MY_ACCOUNT"] {
        let at = upper.match_indices(start).map(|(at, _)| at).find(|at| {
            let before = upper[..*at].chars().next_back();
            before.is_none_or(|before| !before.is_ascii_alphanumeric())
        });
        if let Some(at) = at {
            let end = text[at..]
                .find([':', '/', '.', ' '])
                .map_or(text.len(), |length| at + length);
            return text.get(at..end);
        }
    }
    for word in [
        "AWS_ACCOUNT_ID",
        "ACCOUNT_ID",
        "ACCOUNT-ID",
        "REPLACE_ME",
        "REPLACE-ME",
        "CHANGEME",
        "XXXXXXXX",
    ] {
        if let Some(at) = upper.find(word) {
            return text.get(at..at + word.len());
        }
    }
    (text.contains("...") || text.contains('\u{2026}')).then_some("...")
}

/// A model's name as Claude Code wants it, where it is written as `LiteLLM` (`bedrock/us.anthropic.…`), `OpenRouter`
/// (`anthropic/claude-sonnet-4.6`), Google (`claude-sonnet-4-5@20250929`) or another tool does; `None` if it is not,
/// and for an ARN.
pub(super) fn without_foreign_spelling(name: &str) -> Option<String> {
    if name.starts_with("arn:") {
        return None;
    }
    let start = if let Some(at) = name.find("arn:aws") {
        at
    } else if let Some(at) = name.find("anthropic.claude") {
        let before = &name[..at];
        // With its geography, but not with what stands before that.
        before.rfind(['/', ':']).map_or(0, |at| at + 1)
    } else {
        name.find("claude-")?
    };
    let rest = &name[start..];
    let right = if rest.starts_with("claude-") {
        rest.replace(['@', '.'], "-")
    } else {
        rest.to_owned()
    };
    (right != name).then_some(right)
}

/// The region in the address of one of AWS's own hosts, a VPC endpoint's too, in lower-case letters; `None` for a
/// gateway. A host counts in any case, with a user before it and a dot behind it.
pub(super) fn region_of_host(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?.rsplit('@').next()?;
    let host = authority.split(':').next()?.trim_end_matches('.').to_ascii_lowercase();
    let parts: Vec<&str> = host.split('.').collect();
    let at = parts
        .iter()
        .position(|part| part.starts_with("bedrock-runtime") || *part == "bedrock-mantle")?;
    let is_of_aws =
        host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn") || host.ends_with(".api.aws");
    parts.get(at + 1).filter(|_| is_of_aws).map(|part| (*part).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_told_from_values() {
        for (text, part) in [
            (
                "arn:aws:bedrock:us-east-1:<ACCOUNT_ID>:application-inference-profile/abc",
                "<ACCOUNT_ID>",
            ),
            ("arn:aws:bedrock:us-east-1:ACCOUNT_ID:inference-profile/x", "ACCOUNT_ID"),
            (
                "arn:aws:bedrock:us-east-1:${AWS_ACCOUNT_ID}:inference-profile/x",
                "${AWS_ACCOUNT_ID}",
            ),
            ("arn:aws:bedrock:{region}:123456789012:x/y", "{region}"),
            ("your-profile-name", "your-profile-name"),
            (
                "arn:aws:bedrock:us-east-1:your-account-id:inference-profile/x",
                "your-account-id",
            ),
            ("arn:aws:bedrock:us-east-1:xxxxxxxxxxxx:inference-profile/x", "xxxxxxxx"),
            ("https://YOUR_GATEWAY.example", "YOUR_GATEWAY"),
            ("us.anthropic...", "..."),
        ] {
            assert_eq!(placeholder(text), Some(part), "{text}");
        }
        for text in [
            "us.anthropic.claude-sonnet-4-6",
            "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6",
            "opus[1m]",
            "bedrock-work",
            "https://gateway.example/a/b?c=d",
            "me@colours.example",
            "eu-west-1",
        ] {
            assert_eq!(placeholder(text), None, "{text}");
        }
    }

    #[test]
    fn hosts_of_aws_tell_their_region() {
        for (url, region) in [
            ("https://bedrock-runtime.eu-west-1.amazonaws.com", Some("eu-west-1")),
            (
                "https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com/",
                Some("us-gov-west-1"),
            ),
            (
                "https://vpce-0a1b-x.bedrock-runtime.us-west-2.vpce.amazonaws.com",
                Some("us-west-2"),
            ),
            ("https://bedrock-mantle.us-east-1.api.aws/anthropic", Some("us-east-1")),
            (
                "https://me@BEDROCK-Runtime.cn-north-1.amazonaws.com.cn.:443",
                Some("cn-north-1"),
            ),
            ("https://gateway.example/bedrock-runtime.eu-west-1", None),
            ("https://bedrock-runtime.gateway.example", None),
            ("http://127.0.0.1:8080", None),
        ] {
            assert_eq!(region_of_host(url).as_deref(), region, "{url}");
        }
    }

    #[test]
    fn the_spellings_of_other_tools_become_ours() {
        for (name, right) in [
            (
                "bedrock/us.anthropic.claude-sonnet-4-6",
                "us.anthropic.claude-sonnet-4-6",
            ),
            (
                "bedrock/converse/us.anthropic.claude-sonnet-4-6",
                "us.anthropic.claude-sonnet-4-6",
            ),
            (
                "bedrock:us.anthropic.claude-sonnet-4-6[1m]",
                "us.anthropic.claude-sonnet-4-6[1m]",
            ),
            ("amazon-bedrock/anthropic.claude-opus-5-5", "anthropic.claude-opus-5-5"),
            (
                "bedrock/us-west-2/anthropic.claude-opus-5-5",
                "anthropic.claude-opus-5-5",
            ),
            (
                "bedrock/arn:aws:bedrock:us-east-1:1:inference-profile/x",
                "arn:aws:bedrock:us-east-1:1:inference-profile/x",
            ),
            ("anthropic/claude-sonnet-4.6", "claude-sonnet-4-6"),
            ("openrouter/anthropic/claude-opus-5", "claude-opus-5"),
            ("claude-sonnet-4-5@20250929", "claude-sonnet-4-5-20250929"),
            ("claude-sonnet-4.6", "claude-sonnet-4-6"),
        ] {
            assert_eq!(without_foreign_spelling(name).as_deref(), Some(right), "{name}");
        }
        for name in [
            "us.anthropic.claude-haiku-4-5-20251001-v1:0",
            "claude-sonnet-4-6[1m]",
            "sonnet",
            "us.amazon.nova-pro-v1:0",
            "arn:aws:bedrock:us-east-1:1:application-inference-profile/claude-a.b",
        ] {
            assert_eq!(without_foreign_spelling(name), None, "{name}");
        }
    }
}
