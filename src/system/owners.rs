//! Who owns a file, and who else could change it.
//!
//! A mode says only that the file's group can write. Where everyone has a group of their own and a umask of 002, as
//! several distributions set it up, that group is nobody else; so it is looked up in `/etc/passwd` and `/etc/group`.
//! A statically linked program has no other directory service: where those two do not tell, the group counts as others.

use std::fs::Metadata;
use std::path::Path;
#[cfg(unix)]
use std::sync::OnceLock;

/// Who owns a file and what its mode allows.
#[derive(Clone, Copy, Debug)]
pub struct Ownership {
    /// The owner's user ID.
    pub owner: u32,
    /// The group's ID.
    pub group: u32,
    /// The permission bits.
    pub mode: u32,
}

#[cfg(unix)]
impl Ownership {
    /// The ownership in `metadata`.
    pub fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self {
            owner: metadata.uid(),
            group: metadata.gid(),
            mode: metadata.mode() & 0o7777,
        }
    }

    /// Whether entries of this directory can be replaced by their owners alone.
    pub fn is_sticky(self) -> bool {
        self.mode & 0o1000 != 0
    }
}

/// Windows keeps access in lists that inherit from the user's own directory; there is no mode to check.
#[cfg(not(unix))]
impl Ownership {
    /// The ownership in `metadata`.
    pub fn of(_: &Metadata) -> Self {
        Self {
            owner: 0,
            group: 0,
            mode: 0o600,
        }
    }

    /// Whether entries of this directory can be replaced by their owners alone.
    pub fn is_sticky(self) -> bool {
        false
    }
}

/// Who besides its owner and the administrator can write `path`, in words to precede "write it"; `None` if no one can.
pub fn other_writers(path: &Path, ownership: Ownership) -> Option<String> {
    const GROUP: u32 = 0o020;
    const ALL: u32 = 0o002;
    if ownership.mode & ALL != 0 {
        return Some("others can".to_owned());
    }
    if ownership.mode & GROUP == 0 {
        return None;
    }
    // With an access control list, these bits are a mask over all that it names.
    if let Some(named) = acl::writers(path) {
        return named;
    }
    accounts::of_system().writers(ownership)
}

/// The user whose rights this process has. It never changes them, and each directory on many ways is compared.
#[cfg(unix)]
pub fn this_user() -> u32 {
    static OWN: OnceLock<u32> = OnceLock::new();
    *OWN.get_or_init(|| rustix::process::geteuid().as_raw())
}

/// Whether a file of this owner's is another person's: neither this user's nor the administrator's.
#[cfg(unix)]
pub fn is_another_persons(owner: u32) -> bool {
    // What a user namespace does not map, such as the root directory in a sandbox.
    const UNMAPPED: u32 = 65534;
    let own = this_user();
    if [own, 0, UNMAPPED].contains(&owner) {
        return false;
    }
    // In a container, root works on directories whose owner does not exist there.
    own != 0 || crate::system::paths::sudo_user() == Some(owner) || accounts::of_system().name(owner).is_some()
}

/// Windows keeps access in lists; there is no owner to check.
#[cfg(not(unix))]
pub fn is_another_persons(_: u32) -> bool {
    false
}

/// A user as people know them: `alice` (ID 1000).
#[cfg(unix)]
pub fn user(id: u32) -> String {
    match accounts::of_system().name(id) {
        Some(name) => format!("`{name}` (ID {id})"),
        None => format!("ID {id}"),
    }
}

/// What to do about another user's file.
#[cfg(unix)]
pub fn advice(owner: u32, otherwise: &str) -> String {
    if this_user() == 0 {
        let name = accounts::of_system()
            .name(owner)
            .unwrap_or_else(|| format!("'#{owner}'"));
        return format!(
            "you are root in another user's files; leave this shell, or: sudo -u {name} -H claude-bedrock …, or give root its own home: sudo -H -s"
        );
    }
    otherwise.to_owned()
}

/// The users and groups of `/etc/passwd` and `/etc/group`.
mod accounts {
    use std::path::Path;
    use std::sync::OnceLock;

    use super::Ownership;
    use crate::system::files;

    /// Both files, as text.
    #[derive(Debug, Default)]
    pub(super) struct Accounts {
        passwd: Option<String>,
        group: Option<String>,
    }

    /// The accounts of this machine, read once.
    pub(super) fn of_system() -> &'static Accounts {
        static ACCOUNTS: OnceLock<Accounts> = OnceLock::new();
        ACCOUNTS.get_or_init(|| {
            let read = |path: &str| {
                let bytes = files::read(Path::new(path), files::SYSTEM).ok()?;
                Some(String::from_utf8_lossy(&bytes).into_owned())
            };
            Accounts {
                passwd: read("/etc/passwd"),
                group: read("/etc/group"),
            }
        })
    }

    impl Accounts {
        #[cfg(test)]
        pub(super) fn new(passwd: &str, group: &str) -> Self {
            Self {
                passwd: Some(passwd.to_owned()),
                group: Some(group.to_owned()),
            }
        }

        /// Name, ID and primary group of each user.
        fn users(&self) -> impl Iterator<Item = (&str, u32, u32)> {
            let lines = self.passwd.as_deref().unwrap_or_default().lines();
            lines.filter_map(|line| {
                let mut fields = line.split(':');
                let (name, id, group) = (fields.next()?, fields.nth(1)?, fields.next()?);
                Some((name, id.parse().ok()?, group.parse().ok()?))
            })
        }

        #[cfg(unix)]
        pub(super) fn name(&self, id: u32) -> Option<String> {
            self.users()
                .find(|(_, other, _)| *other == id)
                .map(|(name, _, _)| name.to_owned())
        }

        /// Who else is in the group of a file that its group can write.
        pub(super) fn writers(&self, ownership: Ownership) -> Option<String> {
            let Ownership { owner, group: id, .. } = ownership;
            let mut name = None;
            let mut members: Vec<&str> = Vec::new();
            for line in self.group.as_deref().unwrap_or_default().lines() {
                let fields: Vec<&str> = line.split(':').collect();
                if let [group, _, number, listed, ..] = fields[..]
                    && number.parse() == Ok(id)
                {
                    name.get_or_insert(group);
                    members.extend(listed.split(',').map(str::trim).filter(|member| !member.is_empty()));
                }
            }
            members.extend(
                self.users()
                    .filter(|(_, _, group)| *group == id)
                    .map(|(name, _, _)| name),
            );
            members.sort_unstable();
            members.dedup();
            // The owner, under all names, and the administrator, who can write everything, are no others.
            let is_owner = |member: &str| {
                self.users()
                    .any(|(name, user, _)| name == member && [owner, 0].contains(&user))
            };
            members.retain(|member| !is_owner(member));
            let shown = match name {
                Some(name) => format!("the group `{name}` (ID {id})"),
                None => format!("the group with the ID {id}"),
            };
            if !members.is_empty() {
                let others = if members.len() == 1 {
                    "1 other user"
                } else {
                    &format!("{} other users", members.len())
                };
                return Some(format!("{shown}, which has {others} in it, can"));
            }
            let is_owners =
                |(user, uid, primary): (&str, u32, u32)| uid == owner && (primary == id || Some(user) == name);
            let is_private = self.users().any(is_owners) || owner == id;
            let is_told = self.group.is_some() && self.passwd.is_some();
            (!is_private || !is_told).then(|| format!("{shown} can, and its members are not known here, so others may"))
        }
    }
}

/// Access control lists as Linux keeps them beside the mode.
mod acl {
    use std::path::Path;

    /// Who can write `path` by its list, besides its owner; `None` if it has no list.
    #[cfg(target_os = "linux")]
    #[expect(
        clippy::option_option,
        reason = "a list that lets nobody else write is not the same as no list"
    )]
    pub(super) fn writers(path: &Path) -> Option<Option<String>> {
        let mut value = [0_u8; 4096];
        match rustix::fs::getxattr(path, c"system.posix_acl_access", &mut value[..]) {
            Ok(length) => Some(named(&value[..length])),
            // An implausibly long list names someone.
            Err(rustix::io::Errno::RANGE) => Some(Some("an access control list lets others".to_owned())),
            Err(_) => None,
        }
    }

    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::option_option, reason = "the same shape as on Linux")]
    pub(super) fn writers(_: &Path) -> Option<Option<String>> {
        None
    }

    /// The layout: a version, then tag, permissions and ID of each entry (`include/uapi/linux/posix_acl_xattr.h`).
    #[cfg(any(target_os = "linux", test))]
    pub(super) fn named(list: &[u8]) -> Option<String> {
        const WRITE: u16 = 2;
        const USER: u16 = 0x02;
        const OWNING_GROUP: u16 = 0x04;
        const GROUP: u16 = 0x08;
        let entries = list.get(4..)?.chunks_exact(8);
        let writers = entries.filter_map(|entry| {
            let number = |at: usize| u16::from_le_bytes([entry[at], entry[at + 1]]);
            let id = u32::from_le_bytes([entry[4], entry[5], entry[6], entry[7]]);
            match (number(0), number(2) & WRITE != 0) {
                (USER, true) => Some(format!("the user with the ID {id}")),
                (GROUP, true) => Some(format!("the group with the ID {id}")),
                (OWNING_GROUP, true) => Some("the file's group".to_owned()),
                _ => None,
            }
        });
        let writers: Vec<String> = writers.collect();
        (!writers.is_empty()).then(|| format!("by an access control list {} can", writers.join(" and ")))
    }
}

#[cfg(test)]
mod tests {
    use super::accounts::Accounts;
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\n\
        alice:x:1000:1000:Alice:/home/alice:/bin/bash\n\
        bob:x:1001:1001::/home/bob:/bin/sh\n\
        carol:x:1002:100::/home/carol:/bin/sh\n\
        dave:x:1003:100::/home/dave:/bin/sh\n\
        erin:x:1004:2004::/home/erin:/bin/sh\n\
        alias:x:1000:1000::/home/alice:/bin/sh\n\
        torn:x\n";
    const GROUP: &str = "root:x:0:\nalice:x:1000:\nbob:x:1001:alice\nusers:x:100:\ndev:x:1500:alice,bob,carol\n\
        own:x:1600:alice\nempty:x:1700:\nerin:x:2004:erin\nmixed:x:1800:root,alice\n";

    fn writers(owner: u32, group: u32) -> Option<String> {
        let ownership = Ownership {
            owner,
            group,
            mode: 0o664,
        };
        Accounts::new(PASSWD, GROUP).writers(ownership)
    }

    #[test]
    fn a_group_of_ones_own_is_nobody_else() {
        assert_eq!(writers(1000, 1000), None, "a user-private group");
        assert_eq!(writers(0, 0), None, "the administrator's");
        assert_eq!(writers(1004, 2004), None, "listed in it by name as well");
        assert_eq!(
            writers(7000, 7000),
            None,
            "an account of neither file with a group of its number"
        );
    }

    #[test]
    fn a_group_with_others_is_named_with_their_number() {
        let said = |owner, group| writers(owner, group).unwrap();
        assert_eq!(
            said(1001, 1001),
            "the group `bob` (ID 1001), which has 1 other user in it, can"
        );
        assert_eq!(
            said(1002, 100),
            "the group `users` (ID 100), which has 1 other user in it, can"
        );
        assert_eq!(
            said(1000, 1500),
            "the group `dev` (ID 1500), which has 2 other users in it, can"
        );
        assert_eq!(
            said(1000, 100),
            "the group `users` (ID 100), which has 2 other users in it, can"
        );
    }

    #[test]
    fn a_group_that_cannot_be_told_is_not_taken_for_ones_own() {
        for (owner, group, name) in [
            (1000, 1700, "the group `empty` (ID 1700)"),
            (1000, 1600, "the group `own` (ID 1600)"),
            (1000, 1800, "the group `mixed` (ID 1800)"),
            (1000, 4242, "the group with the ID 4242"),
            (7000, 100_000, "the group with the ID 100000"),
        ] {
            let said = writers(owner, group).unwrap();
            assert!(said.starts_with(name) && said.contains("are not known here"), "{said}");
        }
        let nothing = Accounts::default();
        let ownership = Ownership {
            owner: 1000,
            group: 1000,
            mode: 0o664,
        };
        assert!(
            nothing.writers(ownership).is_some(),
            "files that cannot be read tell nothing"
        );
    }

    #[test]
    fn an_access_control_list_names_its_writers() {
        let entry = |tag: u16, permissions: u16, id: u32| {
            let mut bytes = tag.to_le_bytes().to_vec();
            bytes.extend(permissions.to_le_bytes());
            bytes.extend(id.to_le_bytes());
            bytes
        };
        let list = |entries: &[Vec<u8>]| [2_u32.to_le_bytes().to_vec(), entries.concat()].concat();
        let plain = list(&[
            entry(1, 6, u32::MAX),
            entry(4, 4, u32::MAX),
            entry(2, 4, 1001),
            entry(0x10, 6, u32::MAX),
        ]);
        assert_eq!(acl::named(&plain), None, "reading is no writing");
        let bob = list(&[
            entry(1, 6, u32::MAX),
            entry(2, 6, 1001),
            entry(8, 7, 1500),
            entry(0x10, 7, u32::MAX),
        ]);
        let said = acl::named(&bob).unwrap();
        assert_eq!(
            said,
            "by an access control list the user with the ID 1001 and the group with the ID 1500 can"
        );
        assert_eq!(acl::named(&[]), None);
    }
}
