//! Windows' security descriptors: whether a file is an administrator's, by its owner and by its list of access.
//!
//! They are read in the form of text that Windows makes of them (the Security Descriptor Definition Language,
//! <https://learn.microsoft.com/windows/win32/secauthz/security-descriptor-string-format>), which any system can read.

#[cfg(windows)]
use std::path::Path;

/// The accounts that may do anything anyway: the administrators, the system, and the installer of Windows' own files.
const ADMINISTRATORS: [&str; 4] = [
    "BA",
    "SY",
    "LA",
    "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",
];

/// Whoever made a file, in lists that are handed down.
const CREATOR: &str = "CO";

/// What lets a file be changed or replaced: data, attributes, deletion, list and owner.
const CHANGES_FILE: u32 = 0x2 | 0x4 | 0x10 | 0x100 | 0x1_0000 | 0x4_0000 | 0x8_0000 | 0x1000_0000 | 0x4000_0000;

/// What lets a file in a directory be replaced. Files may be added by others: what they add is theirs.
const CHANGES_DIRECTORY: u32 = 0x40 | 0x1_0000 | 0x4_0000 | 0x8_0000 | 0x1000_0000;

/// Rights by their two letters, as those of files.
const RIGHTS: [(&str, u32); 21] = [
    ("CC", 0x1),
    ("DC", 0x2),
    ("LC", 0x4),
    ("SW", 0x8),
    ("RP", 0x10),
    ("WP", 0x20),
    ("DT", 0x40),
    ("LO", 0x80),
    ("CR", 0x100),
    ("SD", 0x1_0000),
    ("RC", 0x2_0000),
    ("WD", 0x4_0000),
    ("WO", 0x8_0000),
    ("GA", 0x1000_0000),
    ("GX", 0x2000_0000),
    ("GW", 0x4000_0000),
    ("GR", 0x8000_0000),
    ("FA", 0x1f_01ff),
    ("FR", 0x12_0089),
    ("FW", 0x12_0116),
    ("FX", 0x12_00a0),
];

/// Why not only administrators can change a file or directory with this descriptor, in words that follow its path;
/// `None` if only they can. An unreadable descriptor is a reason, too.
pub fn not_an_administrators(descriptor: &str, is_directory: bool) -> Option<String> {
    let (owner, list) = parts(descriptor);
    if !ADMINISTRATORS.contains(&owner) {
        return Some(format!("is owned by {}", shown(owner)));
    }
    let Some(list) = list.filter(|list| !list.contains("NO_ACCESS_CONTROL")) else {
        return Some("has no list of access, so everybody can write it".to_owned());
    };
    let dangerous = if is_directory { CHANGES_DIRECTORY } else { CHANGES_FILE };
    let entries = list.split('(').skip(1).filter_map(|entry| entry.split_once(')'));
    for (entry, _) in entries {
        let fields: Vec<&str> = entry.split(';').collect();
        let [kind, flags, rights, _, _, who, ..] = fields.as_slice() else {
            return Some("has a list of access that is not understood".to_owned());
        };
        // What is denied lets nobody in, and what is only handed down does not count here.
        let counts = matches!(*kind, "A" | "XA" | "OA" | "ZA") && !flags.contains("IO");
        if !counts || ADMINISTRATORS.contains(who) || *who == CREATOR {
            continue;
        }
        let can = mask(rights).is_none_or(|mask| mask & dangerous != 0);
        if can {
            return Some(format!("can be written by {}", shown(who)));
        }
    }
    None
}

/// The owner and the list of a descriptor: `O:BAG:SYD:PAI(A;;FA;;;SY)`.
fn parts(descriptor: &str) -> (&str, Option<&str>) {
    let owner = descriptor.split_once("O:").map_or("", |(_, rest)| rest);
    let end = owner.find([':', '(']).unwrap_or(owner.len());
    // The letter before the colon begins the next part.
    let owner = if owner[end..].starts_with(':') {
        &owner[..end.saturating_sub(1)]
    } else {
        owner
    };
    let list = descriptor
        .split_once("D:")
        .map(|(_, rest)| rest.split("S:").next().unwrap_or(rest));
    (owner, list)
}

/// The rights as bits; `None` if a word is unknown.
fn mask(rights: &str) -> Option<u32> {
    if let Some(number) = rights.strip_prefix("0x") {
        return u32::from_str_radix(number, 16).ok();
    }
    let mut mask = 0;
    let mut rest = rights;
    while !rest.is_empty() {
        let (word, after) = rest.split_at_checked(2)?;
        mask |= RIGHTS.iter().find(|(known, _)| *known == word)?.1;
        rest = after;
    }
    Some(mask)
}

/// An account as people know it.
fn shown(who: &str) -> String {
    let known = match who {
        "" => "nobody that can be told",
        "WD" => "everybody",
        "AU" => "every user who has logged in",
        "BU" => "every user of this machine",
        "IU" => "whoever sits at this machine",
        "BG" => "guests",
        who => return format!("the account {who}"),
    };
    known.to_owned()
}

/// The descriptor of a file or a directory; `None` if Windows does not tell it.
#[cfg(windows)]
pub fn of(path: &Path) -> Option<String> {
    use std::ffi::c_void;
    use std::os::windows::ffi::OsStrExt as _;

    const FILE: i32 = 1;
    const OWNER_AND_LIST: u32 = 0x1 | 0x4;
    const REVISION: u32 = 1;

    #[link(name = "advapi32")]
    unsafe extern "system" {
        fn GetNamedSecurityInfoW(
            name: *const u16,
            kind: i32,
            asked: u32,
            owner: *mut *mut c_void,
            group: *mut *mut c_void,
            list: *mut *mut c_void,
            audit: *mut *mut c_void,
            descriptor: *mut *mut c_void,
        ) -> u32;
        fn ConvertSecurityDescriptorToStringSecurityDescriptorW(
            descriptor: *mut c_void,
            revision: u32,
            asked: u32,
            text: *mut *mut u16,
            length: *mut u32,
        ) -> i32;
    }
    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn LocalFree(memory: *mut c_void) -> *mut c_void;
    }

    let name: Vec<u16> = path.as_os_str().encode_wide().chain([0]).collect();
    let mut descriptor = std::ptr::null_mut();
    let nothing = std::ptr::null_mut;
    // SAFETY: the name ends in a zero, what is not asked for may be null, and the descriptor is freed below.
    let failed = unsafe {
        GetNamedSecurityInfoW(
            name.as_ptr(),
            FILE,
            OWNER_AND_LIST,
            nothing(),
            nothing(),
            nothing(),
            nothing(),
            &raw mut descriptor,
        )
    };
    if failed != 0 || descriptor.is_null() {
        return None;
    }
    let (mut text, mut length) = (std::ptr::null_mut(), 0);
    // SAFETY: the descriptor is Windows' own; the text is as long as it says, and both are freed once.
    unsafe {
        let made = ConvertSecurityDescriptorToStringSecurityDescriptorW(
            descriptor,
            REVISION,
            OWNER_AND_LIST,
            &raw mut text,
            &raw mut length,
        );
        LocalFree(descriptor);
        if made == 0 || text.is_null() {
            return None;
        }
        let units = std::slice::from_raw_parts(text, usize::try_from(length).unwrap_or_default());
        let shown = String::from_utf16_lossy(units);
        LocalFree(text.cast());
        Some(shown.trim_end_matches('\0').to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_an_administrator_alone_can_change_is_an_administrators() {
        // As Windows makes them below C:\ProgramData, by the elevated administrator's own hand.
        const FILE: &str = "O:BAG:S-1-5-21-1-2-3-513D:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;0x1200a9;;;BU)";
        const DIRECTORY: &str = "O:BAG:SYD:AI(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;OICIIOID;GA;;;CO)(A;OICIID;0x1200a9;;;BU)(A;CIID;DCLCRPCR;;;BU)";
        for (descriptor, is_directory, why) in [
            (FILE, false, None),
            (DIRECTORY, true, None),
            ("O:SYG:SYD:PAI(A;;FA;;;SY)", false, None),
            (
                "O:S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464G:SYD:(A;;FRFX;;;BU)",
                false,
                None,
            ),
            ("O:BAG:SYD:(D;;FA;;;WD)(A;;FA;;;BA)", false, None),
            // Somebody who was there first.
            (
                "O:S-1-5-21-1-2-3-1001G:BUD:(A;;FA;;;BA)",
                false,
                Some("the account S-1-5-21-1-2-3-1001"),
            ),
            ("O:S-1-5-21-1-2-3-1001G:BUD:(A;;FA;;;BA)", true, Some("is owned by")),
            ("O:BUD:(A;;FA;;;BA)", false, Some("every user of this machine")),
            // Somebody who may.
            ("O:BAG:SYD:(A;;FA;;;WD)", false, Some("everybody")),
            (
                "O:BAG:SYD:(A;;0x1301bf;;;AU)",
                false,
                Some("every user who has logged in"),
            ),
            ("O:BAG:SYD:(A;ID;FW;;;BU)", false, Some("every user of this machine")),
            ("O:BAG:SYD:(A;;SD;;;BU)", false, Some("every user")),
            ("O:BAG:SYD:(A;;DT;;;BU)", true, Some("every user")),
            (
                "O:BAG:SYD:(A;;WO;;;S-1-5-21-1-2-3-1001)",
                true,
                Some("S-1-5-21-1-2-3-1001"),
            ),
            ("O:BAG:SYD:NO_ACCESS_CONTROL", false, Some("no list")),
            ("O:BAG:SY", false, Some("no list")),
            // What nobody understands.
            ("O:BAG:SYD:(A;;??;;;BU)", false, Some("every user")),
            ("O:BAG:SYD:(A;;FA)", false, Some("not understood")),
            ("", false, Some("nobody that can be told")),
            // Rights that are only handed down.
            ("O:BAG:SYD:(A;OICIIO;FA;;;BU)(A;;FR;;;BU)", true, None),
        ] {
            let found = not_an_administrators(descriptor, is_directory);
            match why {
                None => assert_eq!(found, None, "{descriptor}"),
                Some(why) => assert!(
                    found.as_deref().is_some_and(|found| found.contains(why)),
                    "{descriptor}: {found:?}"
                ),
            }
        }
    }
}
