//! Where a path leads, link by link. The system resolves links without telling which it met; a watch needs each.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::system::time::Timestamp;

/// After so many links Linux gives up (`MAXSYMLINKS`, `include/linux/namei.h`).
const MOST: usize = 40;

/// What was met on the way along a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The links among its components and those of the links themselves, with their own times.
    pub links: Vec<(PathBuf, Timestamp)>,
    /// The path without links. It need not exist.
    pub target: PathBuf,
}

impl Way {
    /// That of a path on which no link was met.
    pub fn plain(path: &Path) -> Self {
        Self {
            links: Vec::new(),
            target: path.components().collect(),
        }
    }
}

/// Follows `path`, which is absolute, to its end. `plain` is a path without links, such as the working directory
/// as the system names it; what `path` begins with of it is not looked at again.
pub fn follow(path: &Path, plain: Option<&Path>) -> Way {
    let mut links = Vec::new();
    let mut target = path
        .ancestors()
        .skip(1)
        .find(|ancestor| plain.is_some_and(|plain| plain.starts_with(ancestor)))
        .map_or_else(PathBuf::new, Path::to_path_buf);
    let below = path.strip_prefix(&target).unwrap_or(path);
    let mut rest: VecDeque<OsString> = parts(below).collect();
    while let Some(part) = rest.pop_front() {
        if part == ".." {
            target.pop();
            continue;
        }
        let next = target.join(&part);
        let link = fs::symlink_metadata(&next).ok().filter(fs::Metadata::is_symlink);
        let link = link.and_then(|metadata| Some((metadata, fs::read_link(&next).ok()?)));
        let Some((metadata, leads_to)) = link.filter(|_| links.len() < MOST) else {
            target = next;
            continue;
        };
        links.push((next, Timestamp::of(&metadata)));
        for part in parts(&leads_to).collect::<Vec<_>>().into_iter().rev() {
            rest.push_front(part);
        }
    }
    Way { links, target }
}

/// The components; an absolute path's first ones replace what stands before them when they are joined.
fn parts(path: &Path) -> impl Iterator<Item = OsString> + '_ {
    path.components()
        .filter(|component| *component != Component::CurDir)
        .map(|component| component.as_os_str().to_owned())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_beginning_that_is_known_to_be_plain_changes_nothing() {
        let scratch = tempfile::tempdir().unwrap();
        let plain = scratch.path().canonicalize().unwrap().join("a/b");
        let above = plain.parent().unwrap();
        fs::create_dir_all(&plain).unwrap();
        fs::write(plain.join("file"), "").unwrap();
        symlink("../b/file", plain.join("link")).unwrap();
        symlink(&plain, above.join("beside")).unwrap();
        for path in ["file", "link", "../beside/link", "missing/file"] {
            let path = plain.join(path);
            assert_eq!(follow(&path, Some(&plain)), follow(&path, None), "{}", path.display());
        }
        assert_eq!(follow(&above.join("beside/link"), Some(&plain)).links.len(), 2);
        assert_eq!(follow(&plain.join("link"), Some(&plain)).target, plain.join("file"));
    }
}
