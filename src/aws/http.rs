//! The HTTP client: proxies, certificates and names as the AWS CLI takes them, and a look at every answer.
//!
//! An answer that is a web page does not come from AWS; the `Date` of the others tells how far this machine's clock is
//! off.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::DateTime;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::date_time::Format;
use data_encoding::BASE64_MIME;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::aws::guard;
use crate::aws::names::Names;
use crate::aws_files::Files;
use crate::diagnostic::{Diagnostic, Result};
use crate::system::files;
use crate::system::paths;
use crate::system::variables::{Snapshot, value_in};

/// How long one request and its whole answer may take.
const EXCHANGE: Duration = Duration::from_secs(20);

/// The largest answer, in bytes. `ListInferenceProfiles` with its thousand entries a page has less than one million.
const LARGEST_BODY: usize = 8 << 20;

/// What the skew holds before there was an answer.
const UNKNOWN: i64 = i64::MIN;

/// A client for all calls of one account.
#[derive(Clone, Debug)]
pub(super) struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// For `http://`: endpoints on this machine.
    plain: SharedHttpClient,
    /// For `https://`, made when first needed, because reading certificates takes time.
    secure: OnceLock<SharedHttpClient>,
    trust: Trust,
    secure_proxy: ProxyConfig,
    names: Names,
    /// Seconds that the servers are ahead.
    skew: Arc<AtomicI64>,
}

impl Client {
    /// A client as `variables` and the AWS profile's `ca_bundle` want it. Errors: an invalid proxy address or
    /// certificate file.
    pub(super) fn new(variables: &Snapshot, files: &Files) -> Result<Self> {
        let names = Names::default();
        let plain_proxy = proxy(variables, &["http_proxy", "HTTP_PROXY"])?;
        Ok(Self {
            inner: Arc::new(Inner {
                plain: hyper(
                    TlsContext::builder().with_trust_store(TrustStore::empty()),
                    plain_proxy,
                    names.clone(),
                ),
                secure: OnceLock::new(),
                trust: Trust::of(variables, files)?,
                secure_proxy: proxy(variables, &["https_proxy", "HTTPS_PROXY"])?,
                names,
                skew: Arc::new(AtomicI64::new(UNKNOWN)),
            }),
        })
    }

    /// Seconds that the servers' clocks are ahead of this machine's.
    pub(super) fn clock_skew(&self) -> Option<i64> {
        Some(self.inner.skew.load(Ordering::Relaxed)).filter(|skew| *skew != UNKNOWN)
    }
}

/// The proxy for one kind of address. The lower-case letters go first, as in Python's `urllib`, which the AWS CLI asks.
fn proxy(variables: &Snapshot, names: &[&str]) -> Result<ProxyConfig> {
    let get = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| value_in(variables, name).filter(|value| !value.is_empty()))
            .and_then(OsStr::to_str)
    };
    let Some(address) = get(names) else {
        return Ok(ProxyConfig::disabled());
    };
    let url = if address.contains("://") {
        address.to_owned()
    } else {
        format!("http://{address}")
    };
    let config = ProxyConfig::all(url).map_err(|_| {
        // Not the value: it may hold a password.
        Diagnostic::error(format!("the proxy in {} has an invalid address", names[1]))
            .help("write it as http://HOST:PORT")
    })?;
    Ok(match get(&["no_proxy", "NO_PROXY"]) {
        Some(rules) => config.no_proxy(rules),
        None => config,
    })
}

fn hyper(context: tls::TlsContextBuilder, proxy: ProxyConfig, names: Names) -> SharedHttpClient {
    let context = context.build().unwrap_or_default();
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder()
            .proxy_config(proxy.clone())
            .tls_provider(tls::Provider::rustls(tls::rustls_provider::CryptoMode::Ring))
            .tls_context(context.clone());
        if let Some(settings) = settings {
            connector.set_connector_settings(Some(settings.clone()));
        }
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        connector.build_with_resolver(names.clone())
    })
}

/// Which certificates are trusted.
#[derive(Debug)]
enum Trust {
    /// Those of the system; `SSL_CERT_FILE` and `SSL_CERT_DIR` move them.
    System,
    /// Those of one file and no others, as the AWS CLI has it.
    Bundle(Vec<CertificateDer<'static>>),
}

/// The file with the certificates that are trusted in place of the system's, and what names it, in the order of
/// the AWS CLI: botocore takes the variable of Python's requests as well.
pub(super) fn ca_bundle(variables: &Snapshot, files: &Files) -> Option<(&'static str, PathBuf)> {
    let profile = value_in(variables, "AWS_PROFILE")
        .and_then(OsStr::to_str)
        .unwrap_or("default");
    let get = |name: &str| {
        value_in(variables, name)
            .filter(|value| !value.is_empty())
            .and_then(OsStr::to_str)
    };
    let in_file = files.value(profile, "ca_bundle");
    let named = [
        ("AWS_CA_BUNDLE", get("AWS_CA_BUNDLE")),
        ("ca_bundle in ~/.aws/config", in_file.as_deref()),
        ("REQUESTS_CA_BUNDLE", get("REQUESTS_CA_BUNDLE")),
    ];
    let (origin, path) = named.into_iter().find_map(|(origin, path)| Some((origin, path?)))?;
    Some((origin, paths::expand_home(path).unwrap_or_else(|| path.into())))
}

impl Trust {
    fn of(variables: &Snapshot, files: &Files) -> Result<Self> {
        match ca_bundle(variables, files) {
            Some((origin, path)) => Ok(Self::Bundle(bundle(origin, &path)?)),
            None => Ok(Self::System),
        }
    }

    /// The certificates as PEM, which the client requires. It panics on one that it cannot use, so those are left out.
    fn pem(&self) -> String {
        let certificates = match self {
            Self::System => rustls_native_certs::load_native_certs().certs,
            Self::Bundle(certificates) => certificates.clone(),
        };
        let mut pem = String::new();
        let mut store = RootCertStore::empty();
        for certificate in certificates {
            let text = BASE64_MIME.encode(&certificate);
            if store.add(certificate).is_ok() {
                pem.push_str("-----BEGIN CERTIFICATE-----\n");
                pem.push_str(&text);
                pem.push_str("-----END CERTIFICATE-----\n");
            }
        }
        pem
    }
}

/// The certificates of a file.
fn bundle(origin: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let shown = paths::display(path);
    let bytes = files::read(path, files::SYSTEM).map_err(|error| {
        Diagnostic::error(format!("{origin} names {shown}, which cannot be read: {error}"))
            .help("correct the path, or unset it to trust the system's certificates")
    })?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&bytes)
        .filter_map(std::result::Result::ok)
        .collect();
    if certificates.is_empty() {
        return Err(
            Diagnostic::error(format!("{origin} names {shown}, which contains no PEM certificate"))
                .help("it must be a file with lines `-----BEGIN CERTIFICATE-----`")
                .into(),
        );
    }
    Ok(certificates)
}

impl HttpClient for Client {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Switch {
            client: self.clone(),
            settings: settings.clone(),
            components: components.clone(),
        })
    }
}

/// What answers a request: the plain or the secure client.
#[derive(Debug)]
struct Switch {
    client: Client,
    settings: HttpConnectorSettings,
    components: RuntimeComponents,
}

impl HttpConnector for Switch {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let inner = &self.client.inner;
        let is_secure = request.uri().starts_with("https:");
        let client = if is_secure {
            inner.secure.get_or_init(|| {
                let trusted = TrustStore::empty().with_pem_certificate(inner.trust.pem());
                hyper(
                    TlsContext::builder().with_trust_store(trusted),
                    inner.secure_proxy.clone(),
                    inner.names.clone(),
                )
            })
        } else {
            &inner.plain
        };
        let host = host(request.uri()).to_owned();
        guard::learn_from_request(&request);
        if let Err(refusal) = guard::check(&request, &host) {
            return HttpConnectorFuture::ready(Err(ConnectorError::user(Box::new(refusal))));
        }
        let answer = client.http_connector(&self.settings, &self.components).call(request);
        let skew = Arc::clone(&inner.skew);
        HttpConnectorFuture::new(async move {
            let exchange = async {
                let response = match answer.await {
                    Ok(response) => response,
                    Err(error) => return Err(at_host(error, host.clone())),
                };
                note_clock(&response, &skew);
                looked_at(response, &host).await
            };
            let in_time = tokio::time::timeout(EXCHANGE, exchange).await;
            in_time.unwrap_or_else(|late| Err(at_host(ConnectorError::timeout(Box::new(late)), host)))
        })
    }
}

/// The whole answer of a host, if it is one of AWS.
pub(super) async fn looked_at(response: HttpResponse, host: &str) -> std::result::Result<HttpResponse, ConnectorError> {
    if is_web_page(&response) {
        let (host, status) = (host.to_owned(), response.status().as_u16());
        return Err(ConnectorError::other(Box::new(WebPage { host, status }), None));
    }
    whole(response).await
}

/// The host of an address.
pub(super) fn host(uri: &str) -> &str {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or(rest)
}

/// An error with the host that it concerns.
fn at_host(error: ConnectorError, host: String) -> ConnectorError {
    let (is_timeout, is_io, is_user) = (error.is_timeout(), error.is_io(), error.is_user());
    let source = Box::new(Unreached { host, source: error });
    if is_timeout {
        ConnectorError::timeout(source)
    } else if is_user {
        ConnectorError::user(source)
    } else if is_io {
        ConnectorError::io(source)
    } else {
        ConnectorError::other(source, None)
    }
}

/// A host that gave no answer.
#[derive(Debug)]
pub(super) struct Unreached {
    /// The host, with the port where one is named.
    pub host: String,
    source: ConnectorError,
}

impl std::fmt::Display for Unreached {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} gave no answer", self.host)
    }
}

impl std::error::Error for Unreached {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// A web page instead of an answer.
#[derive(Debug)]
pub(super) struct WebPage {
    /// The host that was asked.
    pub host: String,
    /// The status that came with it.
    pub status: u16,
}

impl std::fmt::Display for WebPage {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "a web page instead of a response from {}", self.host)
    }
}

impl std::error::Error for WebPage {}

/// Whether this is a web page, or a redirection to one: no AWS service answers with either.
fn is_web_page(response: &HttpResponse) -> bool {
    let is_html = response
        .headers()
        .get("content-type")
        .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("text/html"));
    is_html || matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308 | 511)
}

/// An answer that is truncated, that never ends, or that is XML but not from STS.
#[derive(Debug)]
pub(super) struct CutOff {
    /// The status that came with it.
    pub status: u16,
}

impl std::fmt::Display for CutOff {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an answer that is cut off")
    }
}

impl std::error::Error for CutOff {}

fn is_xml(response: &HttpResponse) -> bool {
    let kind = response.headers().get("content-type").unwrap_or_default();
    response.status().is_success() && kind.to_ascii_lowercase().starts_with("text/xml")
}

/// The answer with its whole body, if that has an end. The SDK's XML reader accepts a truncated answer as complete, so
/// that half a session token would pass for a whole one.
async fn whole(mut response: HttpResponse) -> std::result::Result<HttpResponse, ConnectorError> {
    let mut pieces = ByteStream::new(std::mem::replace(response.body_mut(), SdkBody::taken()));
    let mut body = Vec::new();
    let mut is_whole = true;
    while let Some(piece) = pieces.next().await {
        match piece {
            Ok(piece) if body.len() + piece.len() <= LARGEST_BODY => body.extend_from_slice(&piece),
            _ => {
                is_whole = false;
                break;
            }
        }
    }
    if !is_whole || (is_xml(&response) && !body.trim_ascii_end().ends_with(b"Response>")) {
        let status = response.status().as_u16();
        return Err(ConnectorError::other(Box::new(CutOff { status }), None));
    }
    guard::learn_from_json(&body);
    *response.body_mut() = SdkBody::from(body);
    Ok(response)
}

fn note_clock(response: &HttpResponse, skew: &AtomicI64) {
    let server = response
        .headers()
        .get("date")
        .and_then(|date| DateTime::from_str(date, Format::HttpDate).ok());
    let own = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    if let (Some(server), Some(own)) = (server, own) {
        skew.store(server.secs() - own.as_secs().cast_signed(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> Snapshot {
        pairs.iter().map(|(name, value)| (name.into(), value.into())).collect()
    }

    #[test]
    fn a_proxy_is_named_with_or_without_its_scheme_and_small_letters_go_first() {
        for (pairs, wanted) in [
            (&[("HTTPS_PROXY", "proxy:3128")][..], "http://proxy:3128/"),
            (
                &[("https_proxy", "http://a:1"), ("HTTPS_PROXY", "http://b:2")][..],
                "http://a:1/",
            ),
        ] {
            let config = proxy(&variables(pairs), &["https_proxy", "HTTPS_PROXY"]).unwrap();
            assert!(format!("{config:?}").contains(wanted), "{config:?}");
        }
        let none = proxy(&variables(&[("HTTPS_PROXY", "")]), &["https_proxy", "HTTPS_PROXY"]).unwrap();
        assert!(none.is_disabled());
    }

    #[test]
    fn a_proxy_that_makes_no_sense_is_an_error_without_its_password() {
        let variables = variables(&[("HTTPS_PROXY", "http://me:hush@:bad port")]);
        let error = proxy(&variables, &["https_proxy", "HTTPS_PROXY"]).unwrap_err();
        assert!(!error.render(false).contains("hush"), "{error:?}");
    }

    #[test]
    fn the_host_of_an_address_has_its_port() {
        assert_eq!(host("https://sts.amazonaws.com/x?y"), "sts.amazonaws.com");
        assert_eq!(host("http://127.0.0.1:80?y"), "127.0.0.1:80");
    }
}
