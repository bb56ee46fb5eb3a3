//! A server on this machine that answers as a test wants: in the wire forms of STS (XML) and Identity Center
//! (JSON), or as no server should.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// What a client asked.
#[derive(Clone, Debug)]
pub struct Request {
    pub line: String,
    pub headers: String,
    pub body: String,
}

impl Request {
    /// The operation of STS that is asked for.
    pub fn action(&self) -> &str {
        let start = self.body.find("Action=").map_or(0, |at| at + "Action=".len());
        self.body[start..].split('&').next().unwrap_or_default()
    }
}

/// What the server does.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Answers with a status, headers and a body.
    Reply(u16, Vec<(&'static str, String)>, String),
    /// The same, but says that the body is longer than what it sends.
    CutOff(u16, &'static str, String),
    /// Says nothing for longer than anybody waits.
    Hang,
}

impl Answer {
    pub fn xml(status: u16, body: impl Into<String>) -> Self {
        Self::Reply(status, vec![("Content-Type", "text/xml".to_owned())], body.into())
    }

    pub fn json(status: u16, body: impl Into<String>) -> Self {
        Self::Reply(
            status,
            vec![("Content-Type", "application/json".to_owned())],
            body.into(),
        )
    }

    /// An error of STS.
    pub fn refusal(status: u16, code: &str, message: &str) -> Self {
        Self::xml(
            status,
            format!(
                "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>c6104cbe</RequestId></ErrorResponse>"
            ),
        )
    }

    /// An error of Identity Center.
    pub fn sso_refusal(status: u16, code: &str, message: &str) -> Self {
        Self::Reply(
            status,
            vec![
                ("Content-Type", "application/json".to_owned()),
                ("x-amzn-ErrorType", code.to_owned()),
            ],
            format!("{{\"message\":\"{message}\"}}"),
        )
    }

    /// What STS answers to `GetSessionToken` and `GetCallerIdentity`, for the account 123456789012.
    pub fn of_sts(request: &Request) -> Self {
        let action = request.action();
        let result = match action {
            "GetCallerIdentity" => {
                "<Arn>arn:aws:iam::123456789012:user/me</Arn><UserId>AIDA</UserId><Account>123456789012</Account>"
                    .to_owned()
            }
            "GetSessionToken" => format!(
                "<Credentials><AccessKeyId>{KEY_ID}</AccessKeyId><SecretAccessKey>{SECRET}</SecretAccessKey><SessionToken>{TOKEN}</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"
            ),
            other => panic!("STS was asked for {other}"),
        };
        Self::xml(
            200,
            format!(
                "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result>{result}</{action}Result><ResponseMetadata><RequestId>c6104cbe</RequestId></ResponseMetadata></{action}Response>"
            ),
        )
    }
}

/// What the server gives out.
pub const KEY_ID: &str = "ASIAIOSFODNN7EXAMPLE";
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
pub const TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLETOKEN";

pub struct Server {
    port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        Self::listen(answer, None, false)
    }

    /// A proxy that answers by itself in place of every server that it is asked to connect to.
    pub fn start_as_proxy(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static, identity: &Identity) -> Self {
        Self::listen(answer, Some(identity.server()), true)
    }

    /// One that speaks TLS, with a certificate of an authority that nobody knows.
    pub fn start_with_tls(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static, identity: &Identity) -> Self {
        Self::listen(answer, Some(identity.server()), false)
    }

    fn listen(
        answer: impl Fn(&Request) -> Answer + Send + Sync + 'static,
        tls: Option<Arc<rustls::ServerConfig>>,
        proxy: bool,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (Arc::clone(&requests), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut stream = stream;
                let (log, answer, tls) = (Arc::clone(&log), Arc::clone(&answer), tls.clone());
                thread::spawn(move || match tls {
                    _ if proxy && connect(&mut stream).is_none() => {}
                    None => serve(stream, &log, &*answer),
                    Some(config) => {
                        let connection = rustls::ServerConnection::new(config).unwrap();
                        serve(rustls::StreamOwned::new(connection, stream), &log, &*answer);
                    }
                });
            }
        });
        Self { port, requests }
    }

    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.host())
    }

    /// What was asked so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

/// Answers `CONNECT`. What follows comes only after the answer, so nothing is read ahead.
fn connect(stream: &mut TcpStream) -> Option<()> {
    read(&mut BufReader::new(&mut *stream))?;
    stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").ok()
}

fn serve(stream: impl Read + Write, log: &Mutex<Vec<Request>>, answer: &(impl Fn(&Request) -> Answer + ?Sized)) {
    let mut stream = BufReader::new(stream);
    // A client that only knocks, fails its handshake or speaks TLS to a server without it.
    let Some(request) = read(&mut stream) else {
        let _ = stream
            .get_mut()
            .write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        return;
    };
    log.lock().unwrap().push(request.clone());
    let (status, headers, body, length) = match answer(&request) {
        Answer::Reply(status, headers, body) => {
            let length = body.len();
            (status, headers, body, length)
        }
        Answer::CutOff(status, kind, body) => {
            let length = body.len() + 100;
            (status, vec![("Content-Type", kind.to_owned())], body, length)
        }
        Answer::Hang => {
            thread::sleep(Duration::from_mins(1));
            return;
        }
    };
    let mut text = format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {length}\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    let _ = stream.get_mut().write_all(format!("{text}\r\n{body}").as_bytes());
    let _ = stream.get_mut().flush();
}

fn read(stream: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    stream.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let (mut headers, mut length) = (String::new(), 0);
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).ok()?;
        if header.trim().is_empty() {
            break;
        }
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        headers.push_str(&header);
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(Request {
        line: line.trim().to_owned(),
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

/// A certificate for 127.0.0.1 and the authority that has signed it, made by `openssl`.
pub struct Identity {
    directory: tempfile::TempDir,
}

impl Identity {
    /// `None` where the machine has no `openssl`.
    pub fn new() -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let request = |out: &str, name: &str, extension: &str, signer: &[&str]| {
            let made = Command::new("openssl")
                .args("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2".split(' '))
                .args(["-subj", name, "-addext", extension])
                .args(["-keyout", &format!("{out}.key"), "-out", &format!("{out}.pem")])
                .args(signer)
                .current_dir(directory.path())
                .output()
                .ok()?;
            assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
            Some(())
        };
        request("authority", "/CN=authority", "keyUsage=keyCertSign", &[])?;
        let signer = [
            "-CA",
            "authority.pem",
            "-CAkey",
            "authority.key",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ];
        request(
            "server",
            "/CN=server",
            "subjectAltName=IP:127.0.0.1,DNS:oidc.us-east-1.amazonaws.com",
            &signer,
        )?;
        Some(Self { directory })
    }

    /// The authority's certificate.
    pub fn authority(&self) -> PathBuf {
        self.directory.path().join("authority.pem")
    }

    fn server(&self) -> Arc<rustls::ServerConfig> {
        let certificate = CertificateDer::from_pem_file(self.directory.path().join("server.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_file(self.directory.path().join("server.key")).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        Arc::new(config)
    }
}

/// A proxy that lets nobody through.
pub fn closed_proxy() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || refuse(stream));
        }
    });
    format!("http://me:hush-hush@127.0.0.1:{port}")
}

fn refuse(stream: TcpStream) {
    let mut stream = BufReader::new(stream);
    if read(&mut stream).is_some() {
        let _ = stream
            .get_mut()
            .write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    }
}
