//! The kind of machine this is.

use std::path::Path;

use super::files;

/// Whether this is an EC2 instance, as its firmware says, or a container on one: Nitro names the vendor, Xen has
/// it in the version of its BIOS. Amazon EC2 user guide, "Detect whether a host is an EC2 instance", read in
/// November 2026.
pub fn is_ec2() -> bool {
    says_ec2(Path::new("/sys/class/dmi/id"))
}

/// The process that has started this one; 0 where the system does not tell.
pub fn parent() -> u32 {
    #[cfg(unix)]
    return std::os::unix::process::parent_id();
    #[cfg(not(unix))]
    0
}

/// The name of the program that has started this one, where the system tells: on Linux, of which it keeps 15 bytes
/// (`proc_pid_comm(5)`).
pub fn parent_program() -> Option<String> {
    let path = format!("/proc/{}/comm", parent());
    let name = files::read_text(Path::new(&path), files::GIT).ok()?;
    Some(name.trim_end().to_owned())
}

fn says_ec2(firmware: &Path) -> bool {
    let said = |name: &str| {
        let said = files::read_text(&firmware.join(name), files::GIT).unwrap_or_default();
        said.to_ascii_lowercase()
    };
    let vendor = said("sys_vendor");
    if !(vendor.is_empty() || vendor.contains("xen")) {
        return vendor.contains("amazon");
    }
    ["bios_version", "product_version"]
        .iter()
        .any(|name| said(name).contains("amazon"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_known_by_its_firmware() {
        for (name, said, is_ec2) in [
            ("sys_vendor", "Amazon EC2\n", true),
            ("sys_vendor", "Xen\n", false),
            ("bios_version", "4.11.amazon\n", true),
            ("product_version", "4.2.amazon\n", true),
            ("sys_vendor", "LENOVO\n", false),
            ("bios_vendor", "Amazon EC2\n", false),
        ] {
            let firmware = tempfile::tempdir().unwrap();
            std::fs::write(firmware.path().join(name), said).unwrap();
            assert_eq!(says_ec2(firmware.path()), is_ec2, "{name} {said}");
        }
        assert!(!says_ec2(Path::new("/nonexistent")));
    }
}
