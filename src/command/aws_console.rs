//! `console`: the AWS console of a profile's account and region, in the browser.
//!
//! The link is a secret for as long as it is good. It never appears in a program's arguments, which every user of the
//! machine can read: the browser is sent to an address on this machine, which works once and redirects.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use data_encoding::HEXLOWER;

use crate::aws::{self, Account};
use crate::command::{self, ProfileName};
use crate::console::layout::Screen;
use crate::diagnostic::{Diagnostic, Result};
use crate::exit::Exit;
use crate::system::text::visible;
use crate::system::{command_line, paths, programs};
use crate::{console, context};

/// Shown by `--help` after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock console          for the profile that is active here, at Bedrock in its region
  claude-bedrock console work --print | wl-copy

Needs the credentials of a session (IAM Identity Center, a role); long-lived keys cannot open the console. The link works for
15 minutes, for anyone who has it.

Exit status 1 if no browser opened it, or AWS does not accept the credentials.";

#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    pub profile: ProfileName,
    /// Print the link, which is a secret, instead of opening a browser
    #[arg(long)]
    pub print: bool,
}

/// How long the browser may take to ask for the address. A cold start of one takes seconds.
const PATIENCE: Duration = Duration::from_mins(1);

/// The largest head of a request that is read, in bytes.
const LARGEST: usize = 8192;

/// Signs in, and opens or prints the link.
pub fn run(arguments: &Args) -> Result<Exit> {
    let name = command::names::meant_if_given(arguments.profile.profile.as_deref())?;
    let (session, active) = context::active_of(name.as_deref())?;
    let name = &active.profile.name;
    let by_hand = format!("claude-bedrock console {} --print", command_line::quote(name));
    if let Some(why) = paths::lacks_browser().filter(|_| !arguments.print) {
        console::report(
            &Diagnostic::error(format!("no browser can be opened: {why}")).help(format!(
                "print the link, for a browser elsewhere; it is a secret: {by_hand}"
            )),
        );
        return Ok(Exit::Found);
    }
    let account = Account::open(&session, &active)?;
    let asked = aws::block_on(async {
        // Whose console it will be; another account than the profile's is an error here.
        let identity = account.identity().await?;
        Ok((identity, account.console_link().await?))
    })?;
    let (identity, link) = match asked {
        Ok(answer) => answer,
        Err(trouble) => return command::troubled(trouble),
    };
    let whose = format!(
        "the console of {} as {} in {}",
        visible(&identity.account),
        visible(&identity.who()),
        visible(account.region())
    );
    if arguments.print {
        let text = format!("claude-bedrock: {whose}; the link is a secret, and good for 15 minutes");
        console::say(&Screen::of_errors().folded(&text, 2));
        console::print_values(format!("{link}\n"))?;
        return Ok(Exit::Done);
    }
    console::say(&Screen::of_errors().folded(&format!("claude-bedrock: opening {whose}"), 2));
    open(&link).map_err(|error| {
        Diagnostic::error(format!("no browser opened it: {error}"))
            .help(format!("print the link; it is a secret: {by_hand}"))
    })?;
    Ok(Exit::Done)
}

/// Sends the browser to the link. Errors: there is no browser, or it never asked for the address.
fn open(link: &str) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
    let path = format!("/{}", HEXLOWER.encode(&random));
    let address = format!("http://127.0.0.1:{}{path}", listener.local_addr()?.port());
    let (came, has_come) = mpsc::channel();
    let link = link.to_owned();
    thread::spawn(move || {
        for visitor in listener.incoming().flatten() {
            if lead_on(visitor, &path, &link).unwrap_or_default() {
                let _ = came.send(());
                return;
            }
        }
    });
    start_browser(&address)?;
    has_come
        .recv_timeout(PATIENCE)
        .map_err(|_| io::Error::other("it did not come within a minute"))
}

/// Answers a connection; returns whether it was the browser.
fn lead_on(mut visitor: TcpStream, path: &str, link: &str) -> io::Result<bool> {
    visitor.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut head = Vec::new();
    let mut piece = [0; 1024];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < LARGEST {
        match visitor.read(&mut piece)? {
            0 => break,
            length => head.extend(&piece[..length]),
        }
    }
    let is_browser = head.starts_with(format!("GET {path} HTTP/1.").as_bytes());
    let (status, location) = if is_browser {
        ("302 Found", format!("Location: {link}\r\n"))
    } else {
        ("404 Not Found", String::new())
    };
    let answer = format!(
        "HTTP/1.1 {status}\r\n{location}Referrer-Policy: no-referrer\r\nCache-Control: no-store\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    visitor.write_all(answer.as_bytes())?;
    Ok(is_browser)
}

/// The programs that open an address, those first that the user has chosen: each with its arguments before the address.
fn openers() -> Vec<Vec<String>> {
    let of_user = paths::browsers();
    let words = |line: &str| shell_words::split(line).unwrap_or_default();
    let mut openers: Vec<Vec<String>> = of_user.iter().map(|line| words(line)).collect();
    let of_system: &[&str] = if cfg!(target_os = "macos") {
        &["open"]
    } else if cfg!(windows) {
        &["rundll32 url.dll,FileProtocolHandler"]
    } else {
        // The first is there in WSL alone.
        &["wslview", "xdg-open", "gio open", "x-www-browser"]
    };
    openers.extend(of_system.iter().map(|line| words(line)));
    openers
}

fn start_browser(address: &str) -> io::Result<()> {
    for opener in openers() {
        let [name, arguments @ ..] = opener.as_slice() else {
            continue;
        };
        let Some(program) = programs::on_path(name) else {
            continue;
        };
        let mut command = Command::new(program);
        let mut is_placed = false;
        for argument in arguments {
            is_placed |= argument.contains("%s");
            command.arg(argument.replace("%s", address));
        }
        if !is_placed {
            command.arg(address);
        }
        // A browser that BROWSER runs in the foreground lives on; what it prints is not part of this program's output.
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if command.spawn().is_ok() {
            return Ok(());
        }
    }
    Err(io::Error::other("no program that opens an address is installed"))
}
