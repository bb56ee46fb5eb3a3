//! Claude Code itself: where `scripts/test` has put it, and a home in which it meets nothing but the tests'
//! server.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::answer;
use crate::server::Server;
use crate::support::terminal::{Terminal, Turn};
use crate::support::world::PROGRAM;
use crate::support::{Shell, World};

pub fn version(program: &Path) -> String {
    let output = Command::new(program)
        .arg("--version")
        .env_clear()
        .env("HOME", "/nonexistent")
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Takes every network but loopback from this process and what it starts. It must be the only thread.
/// `false` where the system does not allow it: then the proxy alone keeps requests on the machine.
pub fn leave_the_network() -> bool {
    #[cfg(target_os = "linux")]
    {
        use std::ffi::CStr;

        let (user, group) = (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
        let kinds = if user == 0 {
            libc::CLONE_NEWNET
        } else {
            libc::CLONE_NEWUSER | libc::CLONE_NEWNET
        };
        // SAFETY: no thread runs yet, and no socket is open.
        if unsafe { libc::unshare(kinds) } != 0 {
            return false;
        }
        if user != 0 {
            let _ = std::fs::write("/proc/self/setgroups", "deny");
            let _ = std::fs::write("/proc/self/gid_map", format!("{group} {group} 1"));
            let _ = std::fs::write("/proc/self/uid_map", format!("{user} {user} 1"));
        }
        let name: &CStr = c"lo";
        // SAFETY: the request is a zeroed structure with a short name; the socket is closed again.
        unsafe {
            let socket = libc::socket(libc::AF_INET, libc::SOCK_DGRAM, 0);
            let mut request: libc::ifreq = std::mem::zeroed();
            for (place, byte) in request.ifr_name.iter_mut().zip(name.to_bytes()) {
                *place = libc::c_char::from_ne_bytes([*byte]);
            }
            request.ifr_ifru.ifru_flags = libc::c_short::try_from(libc::IFF_UP).unwrap();
            let done = libc::ioctl(socket, libc::SIOCSIFFLAGS, &raw const request);
            libc::close(socket);
            assert!(done == 0, "loopback cannot be brought up in a network of its own");
        }
        true
    }
    #[cfg(not(target_os = "linux"))]
    false
}

/// A home and a server.
pub struct Place {
    pub world: World,
    pub server: Server,
}

impl Place {
    pub fn new(shell: Shell, program: &Path) -> Self {
        let mut world = World::new(shell);
        let server = Server::start();
        world.directory("bin");
        std::os::unix::fs::symlink(program, world.path("bin/claude")).unwrap();
        let certificate = world.write("certificate.pem", server.certificate());
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", world.path("bin").display());
        world.set("PATH", path);
        world.set("HTTPS_PROXY", server.url());
        world.set("NO_PROXY", "127.0.0.1");
        world.set("NODE_EXTRA_CA_CERTS", &certificate);
        world.set("AWS_CA_BUNDLE", &certificate);
        world.set("AWS_EC2_METADATA_DISABLED", "true");
        world.set("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1");
        world.set("CLAUDE_CODE_MAX_RETRIES", "2");
        Self { world, server }
    }

    /// Writes `~/.aws/config` with SSO profiles, each of its account, and the session that they share.
    pub fn sso(&self, profiles: &[(&str, &str)]) {
        let mut text = "[sso-session tests]\nsso_region = us-east-1\nsso_start_url = https://tests.awsapps.com/start\nsso_registration_scopes = sso:account:access\n".to_owned();
        for (profile, account) in profiles {
            text += &format!(
                "[profile {profile}]\nsso_session = tests\nsso_account_id = {account}\nsso_role_name = Developer\n"
            );
        }
        self.world.write(".aws/config", text);
        // The name is the SHA-1 of the session's name.
        let name = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, b"tests");
        let path = format!(".aws/sso/cache/{}.json", data_encoding::HEXLOWER.encode(name.as_ref()));
        let cache = self.world.write(path, token(0));
        // In place of a person and a browser: the AWS CLI that leaves the token of the second login.
        let renewed = self.world.write("renewed.json", token(1));
        let script = format!(
            "#!/bin/sh\ncase \"$1 $2\" in\n--version*) echo aws-cli/2.22.0 Python/3.12.6 Linux/6.8 ;;\n'sso login') echo \"$@\" >>{}; cp {} {} ;;\n*) exit 1 ;;\nesac\n",
            self.logins().display(),
            renewed.display(),
            cache.display()
        );
        self.world.program("bin/aws", &script);
    }

    /// Ends the session with Identity Center.
    pub fn end_login(&self) {
        std::fs::remove_dir_all(self.world.path(".aws/sso")).unwrap();
        self.world.directory(".aws/sso/cache");
    }

    /// Where each `aws sso login` leaves its arguments.
    pub fn logins(&self) -> PathBuf {
        self.world.path("logins")
    }
}

/// The file that `aws sso login` leaves, good for years.
fn token(generation: usize) -> String {
    format!(
        r#"{{"startUrl":"https://tests.awsapps.com/start","region":"us-east-1","accessToken":"{}","expiresAt":"2099-01-01T00:00:00Z"}}"#,
        answer::sso_token(generation)
    )
}

/// Runs `claude -p` in the shell, as a user types it.
pub fn ask(terminal: &mut Terminal, model: Option<&str>) -> Turn {
    let model = model.map(|model| format!(" --model {model}")).unwrap_or_default();
    terminal.run(&format!("claude -p hello{model}"))
}

/// Lets the program write Claude Code's settings of the project.
pub fn apply(terminal: &mut Terminal, shell: Shell) {
    let turn = terminal.run(&format!("{} settings apply", shell.call(PROGRAM)));
    assert!(
        turn.stdout.contains("awsCredentialExport"),
        "{}\n{}",
        turn.stdout,
        turn.stderr
    );
}
