//! From IAM Identity Center: names for accounts and roles, and the block that `import sso` keeps in `~/.aws/config`.
//!
//! Whatever stands outside the block stays byte for byte. The block belongs to one start URL, so that two
//! organizations have two.

use std::ops::Range;

use super::variables::profile_name;
use crate::aws::assignments::Assignment;
use crate::aws_files::Sso;

/// The default template for profile names.
pub const TEMPLATE: &str = "{account_name}-{role}";

/// The words that a template can have.
const PLACEHOLDERS: [&str; 3] = ["{account_name}", "{account_id}", "{role}"];

/// The name of a profile for each account and role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(String);

impl Template {
    /// Errors: words in braces that stand for nothing, and a template by which all would be called the same.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut rest = text.to_owned();
        for placeholder in PLACEHOLDERS {
            rest = rest.replace(placeholder, "");
        }
        if rest.contains(['{', '}']) {
            return Err(format!("it can have {}", PLACEHOLDERS.join(", ")));
        }
        if rest.len() == text.len() {
            return Err(format!(
                "every profile would have this name; add {}",
                PLACEHOLDERS.join(" or ")
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name for an account and role. An account without a name is called by its number.
    pub fn name(&self, one: &Assignment) -> String {
        let account_name = Some(one.account_name.trim()).filter(|name| !name.is_empty());
        let account_name = profile_name(account_name.unwrap_or(&one.account));
        // Each once, so that braces in an account's name mean nothing.
        let mut name = String::new();
        let mut rest = self.0.as_str();
        while let Some(at) = rest.find('{') {
            name.push_str(&rest[..at]);
            rest = &rest[at..];
            let values = [account_name.as_str(), &one.account, &one.role];
            let known = PLACEHOLDERS
                .iter()
                .zip(values)
                .find(|(word, _)| rest.starts_with(**word));
            let Some((word, value)) = known else { break };
            name.push_str(value);
            rest = &rest[word.len()..];
        }
        name.push_str(rest);
        profile_name(&name)
    }
}

/// An AWS profile of the block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsProfile {
    /// Its name.
    pub name: String,
    /// The twelve digits of the account.
    pub account: String,
    /// The permission set.
    pub role: String,
    /// Its region.
    pub region: String,
}

/// The lines of a block. `with_session`: the session has no section elsewhere.
pub fn lines(sso: &Sso, url: &str, with_session: bool, profiles: &[AwsProfile]) -> String {
    let mut lines = format!(
        "# Renewed by: claude-bedrock import sso --start-url {url}\n# What you change between these lines is lost then.\n"
    );
    if let (Some(name), true) = (&sso.session, with_session) {
        lines.push_str(&format!(
            "[sso-session {name}]\nsso_start_url = {}\nsso_region = {}\nsso_registration_scopes = sso:account:access\n",
            sso.start_url, sso.region
        ));
    }
    for profile in profiles {
        let session = match &sso.session {
            Some(name) => format!("sso_session = {name}\n"),
            None => format!("sso_start_url = {}\nsso_region = {}\n", sso.start_url, sso.region),
        };
        lines.push_str(&format!(
            "[profile {}]\n{session}sso_account_id = {}\nsso_role_name = {}\nregion = {}\n",
            profile.name, profile.account, profile.role, profile.region
        ));
    }
    lines
}

/// A block in a file, by its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What stands between its first and its last line.
    inner: Range<usize>,
    /// The names of the AWS profiles in it.
    pub profiles: Vec<String>,
    /// Whether the session's section stands in it.
    pub has_session: bool,
}

/// Why a block cannot be renewed; the line is counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// One of its two lines is missing, or stands there twice.
    Apart(usize),
    /// A key stands behind it that belongs to the last profile in it.
    Followed(usize),
}

fn start(url: &str) -> String {
    format!("# >>> claude-bedrock import sso: {url} >>>")
}

fn end(url: &str) -> String {
    format!("# <<< claude-bedrock import sso: {url} <<<")
}

/// The block of a start URL; `None` if there is none.
pub fn find(text: &[u8], url: &str) -> Result<Option<Block>, Broken> {
    let (start, end) = (start(url), end(url));
    let (mut offset, mut open, mut found) = (0, None, None::<Block>);
    let (mut profiles, mut has_session, mut is_behind) = (Vec::new(), false, false);
    for (index, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let next = offset + line.len();
        let words = String::from_utf8_lossy(line.trim_ascii());
        let is_comment = words.is_empty() || words.starts_with(['#', ';']);
        if words == start {
            if open.is_some() || found.is_some() {
                return Err(Broken::Apart(index + 1));
            }
            open = Some((next, index + 1));
        } else if words == end {
            let Some((inner, _)) = open.take() else {
                return Err(Broken::Apart(index + 1));
            };
            is_behind = true;
            found = Some(Block {
                inner: inner..offset,
                profiles: std::mem::take(&mut profiles),
                has_session,
            });
        } else if open.is_some() {
            let head = words
                .strip_prefix('[')
                .and_then(|rest| rest.split(']').next())
                .unwrap_or_default();
            if let Some(name) = head.trim().strip_prefix("profile ") {
                profiles.push(name.trim().to_owned());
            }
            has_session |= head.trim().starts_with("sso-session ");
        } else if is_behind && !is_comment {
            if !words.starts_with('[') {
                return Err(Broken::Followed(index + 1));
            }
            is_behind = false;
        }
        offset = next;
    }
    match open {
        Some((_, line)) => Err(Broken::Apart(line)),
        None => Ok(found),
    }
}

/// `text` with these lines in the block, which comes to the end where there is none. The line endings are the file's.
pub fn with(text: &[u8], block: Option<&Block>, url: &str, lines: &str) -> Vec<u8> {
    let known = block.map_or(text, |block| &text[..block.inner.start]);
    let is_crlf = match block {
        Some(_) => known.ends_with(b"\r\n"),
        None => known.windows(2).any(|pair| pair == b"\r\n"),
    };
    let own = |lines: &str| {
        if is_crlf {
            lines.replace('\n', "\r\n")
        } else {
            lines.to_owned()
        }
    };
    let Some(block) = block else {
        let mut with = text.to_vec();
        if !text.is_empty() {
            with.extend(own(if text.ends_with(b"\n") { "\n" } else { "\n\n" }).bytes());
        }
        with.extend(own(&format!("{}\n{lines}{}\n", start(url), end(url))).bytes());
        return with;
    };
    [known, own(lines).as_bytes(), &text[block.inner.end..]].concat()
}

/// A start URL as it is written and compared: without what a browser's address bar adds. Errors, in words: no URL of
/// this kind.
pub fn start_url(text: &str) -> Result<String, &'static str> {
    let url = text.trim();
    let url = url.split(['#', '?']).next().unwrap_or(url).trim_end_matches('/');
    let host = url.strip_prefix("https://").ok_or("it must begin with https://")?;
    let host = host.split('/').next().unwrap_or(host);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/%".contains(c);
    if !host.contains('.') || host.starts_with('.') || !url.chars().all(is_plain) {
        return Err("it must look like https://acme.awsapps.com/start");
    }
    Ok(url.to_owned())
}

/// What a session of this start URL is called, and its region where the URL names it
/// (`https://ssoins-0123.portal.eu-west-1.app.aws`).
pub fn named_by(url: &str) -> (String, Option<String>) {
    let rest = url.strip_prefix("https://").unwrap_or(url);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let labels: Vec<&str> = host.split('.').collect();
    let region = match labels.as_slice() {
        [_, "portal", region, ..] => Some((*region).to_owned()),
        _ => None,
    };
    // https://identitycenter.amazonaws.com/ssoins-0123
    let name = if path.starts_with("ssoins-") { path } else { labels[0] };
    (profile_name(name), region)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const URL: &str = "https://acme.awsapps.com/start";

    fn assignment(account_name: &str) -> Assignment {
        Assignment {
            account: "012345678901".to_owned(),
            account_name: account_name.to_owned(),
            role: "Dev_Ops".to_owned(),
        }
    }

    #[test]
    fn a_template_makes_names_that_a_profile_can_have() {
        for (template, account_name, name) in [
            (TEMPLATE, "Acme Dev", "Acme-Dev-Dev_Ops"),
            (TEMPLATE, "", "012345678901-Dev_Ops"),
            (TEMPLATE, "{role}\n[profile x]", "role---profile-x--Dev_Ops"),
            ("{role}@{account_id}", "Acme", "Dev_Ops@012345678901"),
            ("bedrock.{account_name}", "a/b", "bedrock.a-b"),
            ("-{account_name}", "x", "x"),
        ] {
            assert_eq!(Template::parse(template).unwrap().name(&assignment(account_name)), name);
        }
        for wrong in ["", "work", "{account}", "{account_name", "{role}}", "{}"] {
            assert!(Template::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_start_url_is_the_same_however_it_is_pasted() {
        for pasted in [
            URL,
            "https://acme.awsapps.com/start/",
            "https://acme.awsapps.com/start#/",
            " https://acme.awsapps.com/start/#/?tab=accounts\n",
        ] {
            assert_eq!(start_url(pasted).as_deref(), Ok(URL), "{pasted}");
        }
        for wrong in [
            "http://acme.awsapps.com/start",
            "acme.awsapps.com",
            "https://",
            "https://x",
            "https://a.b/c d",
            "https://a.b/\nx",
            "https://me:secret@a.b/x",
        ] {
            assert!(start_url(wrong).is_err(), "{wrong}");
        }
        assert_eq!(named_by(URL), ("acme".to_owned(), None));
        assert_eq!(
            named_by("https://ssoins-01.portal.eu-west-1.app.aws"),
            ("ssoins-01".to_owned(), Some("eu-west-1".to_owned()))
        );
        assert_eq!(
            named_by("https://identitycenter.amazonaws.com/ssoins-02"),
            ("ssoins-02".to_owned(), None)
        );
    }

    proptest! {
        #[test]
        fn what_stands_outside_the_block_stays_to_the_byte(
            before in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), Just(b'#'), Just(b'x'), Just(b'[')], 0..40),
            after in prop_oneof![Just(""), Just("\n# mine\n[profile y]\nregion = z"), Just("[default]\n")],
        ) {
            let mut text = with(&before, None, URL, "[profile a]\nregion = b\n");
            prop_assert!(text.starts_with(&before));
            text.extend(after.bytes());
            let block = find(&text, URL).unwrap().unwrap();
            prop_assert_eq!(&block.profiles, &["a"]);
            let renewed = with(&text, Some(&block), URL, "[profile c]\nregion = d\n");
            prop_assert!(renewed.starts_with(&before) && renewed.ends_with(after.as_bytes()));
            let block = find(&renewed, URL).unwrap().unwrap();
            prop_assert_eq!(&block.profiles, &["c"]);
            prop_assert_eq!(with(&renewed, Some(&block), URL, "[profile a]\nregion = b\n"), text);
            prop_assert_eq!(find(&renewed, "https://other.awsapps.com/start"), Ok(None));
        }
    }

    #[test]
    fn a_block_that_was_taken_apart_or_that_goes_on_behind_its_end_is_not_renewed() {
        let whole = String::from_utf8(with(b"", None, URL, "[profile a]\n")).unwrap();
        assert_eq!(
            find(whole.replace(&end(URL), "").as_bytes(), URL),
            Err(Broken::Apart(1))
        );
        assert_eq!(
            find(whole.replace(&start(URL), "").as_bytes(), URL),
            Err(Broken::Apart(3))
        );
        assert_eq!(find(whole.repeat(2).as_bytes(), URL), Err(Broken::Apart(4)));
        let followed = format!("{whole}# note\n\nregion = x\n");
        assert_eq!(find(followed.as_bytes(), URL), Err(Broken::Followed(6)));
    }
}
