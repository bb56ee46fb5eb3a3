//! The logins of the AWS CLI.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::STEP;
use crate::diagnostic::{Diagnostic, Result};
use crate::system::{command_line, programs};
use crate::{aws, console};

/// How long the AWS CLI may take to report its version: a cold start of it takes seconds.
pub(super) const VERSION: Duration = Duration::from_secs(20);

/// The first AWS CLI that has `--use-device-code`; before it every login was one by a device code.
/// <https://github.com/aws/aws-cli/blob/v2/CHANGELOG.rst>
pub(super) const DEVICE_CODE_SINCE: (u32, u32) = (2, 22);

/// The first AWS CLI that has `aws login`.
pub(super) const CONSOLE_SINCE: (u32, u32) = (2, 32);

/// The two logins of the AWS CLI.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Login {
    /// `aws sso login`
    Sso,
    /// `aws login`, since 2.32.0.
    Console,
}

/// What is logged in to.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) aws_profile: &'a str,
    /// The file that has the AWS profile, where it is not the user's.
    pub(super) config: Option<&'a Path>,
}

impl<'a> From<&'a str> for Target<'a> {
    fn from(aws_profile: &'a str) -> Self {
        let config = None;
        Self { aws_profile, config }
    }
}

/// Runs the AWS CLI's login. Its output goes to stderr.
pub(super) fn log_in(
    login: Login,
    target: Target<'_>,
    by_code: bool,
    lacks_browser: Option<&str>,
    end: Instant,
) -> Result<()> {
    let words = if login == Login::Sso {
        "aws sso login"
    } else {
        "aws login"
    };
    let Target { aws_profile, config } = target;
    let by_hand = match config {
        // The file is gone by then.
        Some(_) => "claude-bedrock import sso".to_owned(),
        None => format!("{words} --profile {}", command_line::quote(aws_profile)),
    };
    let unconfirmed =
        || Diagnostic::error("the login was not confirmed within three minutes").help(format!("try again: {by_hand}"));
    // Another login may have taken all the time.
    let left = end.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(unconfirmed().into());
    }
    let program = aws()?;
    let version = version(&program, VERSION.min(left))?;
    if login == Login::Console && version < CONSOLE_SINCE {
        return Err(
            Diagnostic::error("the AWS CLI here is too old for `aws login`, which came with 2.32")
                .help("update it: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html")
                .into(),
        );
    }
    let mut arguments: Vec<OsString> = words.split(' ').skip(1).map(Into::into).collect();
    arguments.extend(["--profile".into(), aws_profile.into()]);
    if let Some(why) = lacks_browser {
        console::say(&format!(
            "claude-bedrock: {why}: the login uses a code, for a browser elsewhere"
        ));
    }
    match login {
        _ if !by_code && lacks_browser.is_none() => {}
        Login::Console => arguments.push("--remote".into()),
        Login::Sso => {
            arguments.push("--no-browser".into());
            // Without it the browser must be on this machine, to be sent back to it.
            if version >= DEVICE_CODE_SINCE {
                arguments.push("--use-device-code".into());
            }
        }
    }
    let mut command = Command::new(program);
    command.args(&arguments).stdout(std::io::stderr());
    if let Some(config) = config {
        command.env("AWS_CONFIG_FILE", config);
    }
    if !std::io::stdin().is_terminal() {
        command.stdin(Stdio::null());
    }
    let status = finish(&mut command, end).map_err(|error| cannot_run(&error))?;
    let status = status.ok_or_else(unconfirmed)?;
    if status.success() {
        return Ok(());
    }
    Err(Diagnostic::error(format!("the AWS CLI's login failed ({status})"))
        .help(format!("its message is above; to run it by itself: {by_hand}"))
        .into())
}

/// Runs a command to its end; `None` if it has been ended because it took too long.
pub(super) fn finish(command: &mut Command, end: Instant) -> io::Result<Option<ExitStatus>> {
    let mut child = command.spawn()?;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() > end {
            let _ = child.kill();
            let _ = child.wait();
            return Ok(None);
        }
        thread::sleep(STEP);
    }
}

/// The AWS CLI, never one in the working directory: Claude Code starts this program in whatever repository it is itself
/// started in.
pub(super) fn aws() -> Result<PathBuf> {
    programs::on_path("aws").ok_or_else(|| cannot_run(&std::io::ErrorKind::NotFound.into()))
}

/// The version of the AWS CLI, which says `aws-cli/2.9.19 Python/…`; version 1 may say it on stderr.
pub(super) fn version(program: &Path, limit: Duration) -> Result<(u32, u32)> {
    let output = aws::block_on(async {
        let mut command = tokio::process::Command::new(program);
        command.arg("--version").stdin(Stdio::null()).kill_on_drop(true);
        tokio::time::timeout(limit, command.output()).await
    })?
    .map_err(|_| {
        let limit = limit.as_secs();
        Diagnostic::error(format!("the AWS CLI did not report its version within {limit} s"))
            .help("find out what it waits for: aws --version")
    })?
    .map_err(|error| cannot_run(&error))?;
    let said = [output.stdout, output.stderr].concat();
    let version = parse_version(&String::from_utf8_lossy(&said));
    match version {
        Some(version) if version >= (2, 0) => Ok(version),
        Some(_) => Err(
            Diagnostic::error("the AWS CLI here is version 1, which cannot log in to Identity Center")
                .help(
                    "install version 2: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
                )
                .into(),
        ),
        None => Err(
            Diagnostic::error("`aws` does not report its version; is it the AWS CLI?")
                .help("try it: aws --version")
                .into(),
        ),
    }
}

pub(super) fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.strip_prefix("aws-cli/")?.split(['.', ' ']);
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

pub(super) fn cannot_run(error: &std::io::Error) -> Box<Diagnostic> {
    let finding = if error.kind() == std::io::ErrorKind::NotFound {
        Diagnostic::error("`aws` is not found: the AWS CLI does the login")
    } else {
        Diagnostic::error(format!("`aws` cannot be run: {error}"))
    };
    finding
        .help("install version 2: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html")
        .into()
}
