//! Where a path leads, link by link. The system resolves links without telling which it met; a watch needs each.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::system::time::Timestamp;

/// The number of links after which Linux gives up (`MAXSYMLINKS`, `include/linux/namei.h`).
const MOST: usize = 40;

/// The number of components that are looked at. A path has fewer; but each link of a stranger may add two thousand
/// more.
const MOST_PARTS: usize = 1000;

/// What was met on the way along a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// The links among its components and those of the links themselves, with their own times.
    pub links: Vec<(PathBuf, Timestamp)>,
    /// The path without links. It need not exist. Where there were more than anyone needs, what comes after them is as
    /// it was written.
    pub target: PathBuf,
    /// Whether the end was reached.
    pub is_whole: bool,
}

impl Way {
    /// That of a path on which no link was met.
    pub fn plain(path: &Path) -> Self {
        Self {
            links: Vec::new(),
            target: path.components().collect(),
            is_whole: true,
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
    let mut looked_at = 0;
    while let Some(part) = rest.pop_front() {
        if looked_at == MOST_PARTS || links.len() == MOST {
            target.push(part);
            target.extend(rest);
            return Way {
                links,
                target,
                is_whole: false,
            };
        }
        looked_at += 1;
        if part == ".." {
            target.pop();
            continue;
        }
        let next = target.join(&part);
        let link = fs::symlink_metadata(&next).ok().filter(fs::Metadata::is_symlink);
        let link = link.and_then(|metadata| Some((metadata, fs::read_link(&next).ok()?)));
        let Some((metadata, leads_to)) = link else {
            target = next;
            continue;
        };
        links.push((next, Timestamp::of(&metadata)));
        for part in parts(&leads_to).collect::<Vec<_>>().into_iter().rev() {
            rest.push_front(part);
        }
    }
    Way {
        links,
        target,
        is_whole: true,
    }
}

/// `path`, which is absolute, without links, where it exists: as the standard library's `canonicalize`, but without
/// looking at every part that a stranger's links bring along.
pub fn canonical(path: &Path) -> Option<PathBuf> {
    let way = follow(path, None);
    // The system goes no way through what is missing, `missing/../file` neither.
    let exists = way.is_whole && fs::metadata(path).is_ok();
    exists.then_some(way.target)
}

/// The components; an absolute path's first ones replace what stands before them when they are joined.
fn parts(path: &Path) -> impl Iterator<Item = OsString> + '_ {
    path.components()
        .filter(|component| *component != Component::CurDir)
        .map(|component| component.as_os_str().to_owned())
}

/// Where `path`, in the repository at `top`, is led by a link out of it or into git's own directory; `None` if it
/// stays. Whoever made the repository may have laid the link, and whoever writes there writes elsewhere.
pub fn leads_out(path: &Path, top: &Path) -> Option<PathBuf> {
    let (way, top) = (follow(path, None), follow(top, None));
    let stays = way.is_whole && top.is_whole && way.target.starts_with(&top.target);
    (!stays || way.target.starts_with(top.target.join(".git"))).then_some(way.target)
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

    /// Forty links of two thousand parts each: Linux looks at eighty thousand.
    #[test]
    fn links_that_lead_on_and_on_are_left_after_a_while() {
        let scratch = tempfile::tempdir().unwrap();
        let top = scratch.path().canonicalize().unwrap();
        for number in 0..40 {
            let detour = "d/../".repeat(700);
            symlink(format!("{detour}l{}", number + 1), top.join(format!("l{number}"))).unwrap();
        }
        fs::create_dir(top.join("d")).unwrap();
        fs::write(top.join("l40"), "").unwrap();
        let way = follow(&top.join("l0"), None);
        assert!(!way.is_whole && way.links.len() < 3, "{}", way.links.len());
        assert_eq!(canonical(&top.join("l0")), None);
        // What was left is still the same file to the system.
        assert!(way.target.exists());
        assert_eq!(
            canonical(&top.join("l39")),
            None,
            "one detour alone is longer than any path"
        );
        symlink("d/../l40", top.join("short")).unwrap();
        assert_eq!(canonical(&top.join("short")), Some(top.join("l40")));
        assert_eq!(canonical(&top.join("missing")), None);
    }
}
