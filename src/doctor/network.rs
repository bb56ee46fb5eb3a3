//! What stands between this machine and AWS, as Claude Code reads it (2.1.332): proxies, exceptions from them, and
//! certificates. No network calls.

use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

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
    if !is_address(proxy) {
        let finding = format!("{name} is no address of a proxy: `{host}`");
        tell(Line::broken(CODE, finding, "write it as http://HOST:PORT"));
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

/// Whether there is a host, and a port that can be one.
fn is_address(proxy: &str) -> bool {
    let (has_scheme, rest) = proxy.split_once("://").map_or((false, proxy), |(_, rest)| (true, rest));
    let rest = rest.rsplit('@').next().unwrap_or_default();
    let path = rest.find('/').filter(|_| has_scheme);
    let rest = &rest[..path.unwrap_or(rest.len())];
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (rest, None),
    };
    !host.is_empty()
        && !host.contains(['/', ' '])
        && port.is_none_or(|port| port.is_empty() || port.parse::<u16>().is_ok_and(|port| port > 0))
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
            (_, true) => "contains a PEM certificate that is damaged".to_owned(),
            (0, false) => "contains no PEM certificate".to_owned(),
            (_, false) if path.is_relative() => {
                let finding = format!(
                    "{NAME} is `{shown}`: Claude Code finds that file only where it is started in this directory"
                );
                tell(Line::doubtful(CODE, finding, "write the path in full"));
                return;
            }
            (count, false) => {
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

/// How many certificates a file has, and whether what is between some of their lines is none.
fn certificates(bytes: &[u8]) -> (usize, bool) {
    let (good, bad): (Vec<_>, Vec<_>) = CertificateDer::pem_slice_iter(bytes).partition(Result::is_ok);
    (good.len(), !bad.is_empty())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_has_a_host_and_a_port() {
        for good in [
            "http://proxy:3128",
            "http://me:a/b:c@proxy:3128/",
            "proxy:3128",
            "http://proxy",
            "http://proxy:",
            "http://proxy:3128/path",
            "http://[::1]:3128",
            "http://[::1]",
        ] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "http://:3128",
            "http://proxy:99999",
            "http://proxy:0",
            "http://",
            "https//proxy",
            "http://pro xy:1",
            "http://proxy:port",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
