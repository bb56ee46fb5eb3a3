//! A session bus with a gnome-keyring-daemon on it, and its end.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::World;

/// Longer than a keyring takes to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// The bus. The keyring ends with it.
pub struct Bus(Child);

impl Bus {
    /// Starts a bus, without the machine's services, and tells the world about it.
    pub fn start(world: &mut World) -> Self {
        let runtime = world.directory("runtime");
        std::fs::set_permissions(&runtime, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        world.set("XDG_RUNTIME_DIR", &runtime);
        let settings = world.write(
            "bus.conf",
            format!(
                "<busconfig><type>session</type><listen>unix:path={}/bus</listen><policy context=\"default\">\
                 <allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>",
                runtime.display()
            ),
        );
        let mut command = world.command("dbus-daemon");
        command
            .arg("--nofork")
            .arg("--print-address=1")
            .arg(format!("--config-file={}", settings.display()));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut address)
            .unwrap();
        world.set("DBUS_SESSION_BUS_ADDRESS", address.trim());
        Self(child)
    }

    /// Starts a bus with an unlocked keyring.
    pub fn with_keyring(world: &mut World) -> Self {
        let bus = Self::start(world);
        keyring(world, "--unlock");
        bus
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a keyring and waits until it is on the bus, which is a little later than it goes into the background.
pub fn keyring(world: &World, option: &str) {
    let mut command: Command = world.command("gnome-keyring-daemon");
    command.args(["--components=secrets", option]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"the keyring's own password")
        .unwrap();
    assert!(child.wait().unwrap().success());
    let start = Instant::now();
    loop {
        let answer = world.run(["secret", "list"]);
        if !String::from_utf8_lossy(&answer.stderr).contains("none is running") {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "the keyring does not come");
        thread::sleep(Duration::from_millis(5));
    }
}
