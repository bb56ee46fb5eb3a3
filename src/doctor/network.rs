//! What stands between this machine and AWS, as Claude Code reads it (2.1.332): proxies, exceptions from them, and
//! certificates. No network calls.

use std::path::Path;

use crate::aws::Account;
use crate::doctor::Line;
use crate::system::text::{quoted, visible};
use crate::system::{files, paths};

type Tell<'a> = dyn FnMut(Line) + 'a;

/// The code of these checks.
const CODE: &str = "CD13";

/// Where systems keep the certificates that Claude Code trusts anyway.
const SYSTEM_BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// All findings.
pub(super) fn check(account: &Account, tell: &mut Tell<'_>) {
    proxy(account, tell);
    exceptions(account, tell);
    extra_certificates(account, tell);
    bundle(account, tell);
}

/// The value that counts of a variable with two spellings: the lower-case letters, as Claude Code has it.
fn either<'a>(account: &'a Account, small: &'static str, large: &'static str) -> Option<(&'static str, &'a str)> {
    [small, large]
        .into_iter()
        .find_map(|name| Some((name, account.variable(name)?)))
}

fn proxy(account: &Account, tell: &mut Tell<'_>) {
    // HTTP_PROXY alone counts for https, too.
    let found = either(account, "https_proxy", "HTTPS_PROXY").or_else(|| either(account, "http_proxy", "HTTP_PROXY"));
    let Some((name, proxy)) = found else {
        if let Some((name, _)) = either(account, "all_proxy", "ALL_PROXY") {
            let finding = format!("{name} redirects Claude Code's model calls, but not its lists and logins");
            tell(Line::doubtful(CODE, finding, "set HTTPS_PROXY instead"));
        }
        return;
    };
    // A password may stand before the `@`.
    let host = visible(proxy.rsplit('@').next().unwrap_or_default());
    if proxy.starts_with("socks") {
        let finding =
            format!("{name} names a socks proxy ({host}), which Claude Code cannot use: UnsupportedProxyProtocol");
        tell(Line::broken(CODE, finding, "name an http proxy there"));
        return;
    }
    tell(Line::good(CODE, format!("AWS is called through the proxy {host}")));
    let capital = name.to_ascii_uppercase();
    if name != capital
        && let Some(other) = account.variable(&capital).filter(|other| *other != proxy)
    {
        let other = visible(other.rsplit('@').next().unwrap_or_default());
        let finding = format!(
            "{name} and {capital} ({other}) differ: Claude Code uses the lower-case one, other programs may not"
        );
        tell(Line::doubtful(
            CODE,
            finding,
            format!("make both the same: export {capital}=\"${name}\""),
        ));
    }
}

/// `NO_PROXY`: which of Claude Code's calls go past the proxy.
fn exceptions(account: &Account, tell: &mut Tell<'_>) {
    let Some((name, list)) = either(account, "no_proxy", "NO_PROXY") else {
        return;
    };
    let words: Vec<&str> = list
        .split([',', ' '])
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .collect();
    let frees_all = words.iter().any(|word| ["*", ".amazonaws.com"].contains(word));
    let frees_models = words
        .iter()
        .find(|word| ["amazonaws.com", "*.amazonaws.com"].contains(word));
    if let Some(word) = frees_models.filter(|_| !frees_all) {
        let finding =
            format!("`{word}` in {name} sends Claude Code's model calls past the proxy, but not its lists and logins");
        tell(Line::doubtful(CODE, finding, "write: .amazonaws.com"));
    }
}

/// `NODE_EXTRA_CA_CERTS`, which Node only warns of when it is wrong.
fn extra_certificates(account: &Account, tell: &mut Tell<'_>) {
    const NAME: &str = "NODE_EXTRA_CA_CERTS";
    let Some(value) = account.variable(NAME) else { return };
    let shown = visible(value);
    if value.starts_with('~') {
        let whole = paths::expand_home(value).map_or_else(|| value.to_owned(), |path| quoted(&path));
        let finding =
            format!("{NAME} is `{shown}`: Node does not expand `~`, so Claude Code trusts no additional certificates");
        tell(Line::broken(
            CODE,
            finding,
            format!("write it in full: export {NAME}={whole}"),
        ));
        return;
    }
    let path = Path::new(value);
    let wrong = match files::read(path, files::SYSTEM) {
        Err(error) => format!("cannot be read: {error}"),
        Ok(bytes) => match certificates(&bytes) {
            0 => "contains no PEM certificate".to_owned(),
            count => {
                let plural = if count == 1 { "" } else { "s" };
                let finding = format!("Claude Code trusts {count} more certificate{plural}, from {shown} ({NAME})");
                tell(Line::good(CODE, finding));
                return;
            }
        },
    };
    let fix = "correct the path; the file has lines `-----BEGIN CERTIFICATE-----` (from DER: openssl x509 -inform der)";
    tell(Line::broken(
        CODE,
        format!("{NAME} names {shown}, which {wrong}; Claude Code goes on without it"),
        fix,
    ));
}

fn certificates(bytes: &[u8]) -> usize {
    const HEAD: &[u8] = b"-----BEGIN CERTIFICATE-----";
    bytes.windows(HEAD.len()).filter(|window| *window == HEAD).count()
}

/// The bundle that the AWS CLI and this program check AWS's certificates by.
fn bundle(account: &Account, tell: &mut Tell<'_>) {
    let Some((origin, path)) = account.ca_bundle() else {
        return;
    };
    let finding = format!(
        "AWS's certificates are checked against {} ({origin})",
        paths::display(&path)
    );
    // Seen with Claude Code 2.1.331: "unable to verify the first certificate" with AWS_CA_BUNDLE alone.
    let is_known = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"]
        .iter()
        .any(|name| account.variable(name).is_some())
        || SYSTEM_BUNDLES.iter().any(|own| path == Path::new(own));
    tell(if is_known {
        Line::good(CODE, finding)
    } else {
        Line::doubtful(
            CODE,
            format!("{finding}, which Claude Code does not read"),
            format!("for its own calls: export NODE_EXTRA_CA_CERTS={}", quoted(&path)),
        )
    });
}
