//! A server on loopback that is everything Claude Code may call: the address in `base_url`, and the proxy in
//! `HTTPS_PROXY`, where it ends TLS itself as whatever host was asked for. So every request is seen, wherever
//! it was meant to go, and none leaves the machine.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::answer::{self, Answer};
use crate::signature::{self, Authorization};

/// What `Request::host` is where the server was addressed by itself, not as a proxy.
pub const LOOPBACK: &str = "loopback";

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    pub host: String,
    pub method: String,
    /// The path as it was sent, with the query.
    pub path: String,
    /// By names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub fn authorization(&self) -> Authorization {
        signature::authorization(self)
    }

    /// Whether a model is asked, or asked for a token as a probe.
    pub fn asks_a_model(&self) -> bool {
        self.method == "POST" && (self.path.starts_with("/model/") || self.path.starts_with("/anthropic/"))
    }

    /// The request in a line, without anything secret.
    pub fn line(&self) -> String {
        format!("{} {}{} {}", self.method, self.host, self.path, self.authorization())
    }
}

/// What the server has seen, and how it answers.
#[derive(Default)]
pub struct State {
    pub log: Vec<Request>,
    /// Which generation of Identity Center's keys is good; older ones have expired.
    pub generation: usize,
    /// The inference profiles that the account has, in this order.
    pub listed: Vec<String>,
    /// The next call to a model finds its keys expired.
    pub expires_at_next_call: bool,
}

pub struct Server {
    port: u16,
    state: Arc<Mutex<State>>,
    certificate: String,
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        // A certificate by an issuer of its own name would count as signed by itself.
        params
            .distinguished_name
            .push(DnType::CommonName, "tests of claude-bedrock");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let certificate = issuer.pem();
        let state = Arc::new(Mutex::new(State::default()));
        let (issuer, shared) = (Arc::new(issuer), Arc::clone(&state));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (issuer, state) = (Arc::clone(&issuer), Arc::clone(&shared));
                // A client that goes away ends its own connection only.
                thread::spawn(move || connection(stream, &issuer, &state));
            }
        });
        Self {
            port,
            state,
            certificate,
        }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The certificate by which clients trust it, whatever host it plays.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// What has arrived since this was last asked.
    pub fn take(&self) -> Vec<Request> {
        std::mem::take(&mut self.state.lock().unwrap().log)
    }

    /// The account has these inference profiles.
    pub fn list(&self, profiles: Vec<String>) {
        self.state.lock().unwrap().listed = profiles;
    }

    /// From now on the keys that were given have expired.
    pub fn expire(&self) {
        self.state.lock().unwrap().generation += 1;
    }

    /// The keys that were given expire when a model is called with them.
    pub fn expire_at_next_call(&self) {
        self.state.lock().unwrap().expires_at_next_call = true;
    }
}

fn connection(
    stream: TcpStream,
    issuer: &CertifiedIssuer<'static, KeyPair>,
    state: &Mutex<State>,
) -> std::io::Result<()> {
    let mut plain = BufReader::new(stream);
    let Some(request) = read(&mut plain, LOOPBACK)? else {
        return Ok(());
    };
    if request.method != "CONNECT" {
        return serve(request, plain, LOOPBACK, state);
    }
    let host = request.path.trim_end_matches(":443").to_owned();
    plain.get_mut().write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    let connection = ServerConnection::new(Arc::new(configuration(issuer, &host))).unwrap();
    let mut secure = BufReader::new(StreamOwned::new(connection, plain.into_inner()));
    match read(&mut secure, &host)? {
        Some(request) => serve(request, secure, &host, state),
        None => Ok(()),
    }
}

fn configuration(issuer: &CertifiedIssuer<'static, KeyPair>, host: &str) -> ServerConfig {
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec![host.to_owned()])
        .unwrap()
        .signed_by(&key, issuer)
        .unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap()
}

/// Answers the first request and those that follow on the same connection.
fn serve<S: Read + Write>(
    first: Request,
    mut stream: BufReader<S>,
    host: &str,
    state: &Mutex<State>,
) -> std::io::Result<()> {
    let mut next = Some(first);
    while let Some(request) = next {
        let answer = {
            let mut state = state.lock().unwrap();
            state.log.push(request.clone());
            if request.asks_a_model() && std::mem::take(&mut state.expires_at_next_call) {
                state.generation += 1;
            }
            answer::to(&request, state.generation, &state.listed)
        };
        write(stream.get_mut(), &answer)?;
        next = read(&mut stream, host)?;
    }
    Ok(())
}

fn read(stream: &mut impl BufRead, host: &str) -> std::io::Result<Option<Request>> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        return Ok(None);
    };
    // The AWS SDK for Rust names the host in a proxy's tunnel too, which servers must accept.
    let path = match path.strip_prefix("https://").and_then(|rest| rest.strip_prefix(host)) {
        Some(path) => path.to_owned(),
        None => path,
    };
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers
        .get("content-length")
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(Some(Request {
        host: host.to_owned(),
        method,
        path,
        headers,
        body,
    }))
}

fn write(stream: &mut impl Write, answer: &Answer) -> std::io::Result<()> {
    let mut text = format!(
        "HTTP/1.1 {} Answer\r\nContent-Type: {}\r\nContent-Length: {}\r\n",
        answer.status,
        answer.content_type,
        answer.body.len()
    );
    if let Some(error) = answer.error {
        text += &format!("x-amzn-ErrorType: {error}\r\n");
    }
    text += "\r\n";
    stream.write_all(text.as_bytes())?;
    stream.write_all(&answer.body)?;
    stream.flush()
}
