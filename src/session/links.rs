//! Where a path leads, link by link. The system resolves links without telling which it met; a watch needs each.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::session::watch::Timestamp;

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

/// Follows `path`, which is absolute, to its end.
pub fn follow(path: &Path) -> Way {
    let mut links = Vec::new();
    let mut target = PathBuf::new();
    let mut rest: VecDeque<OsString> = parts(path).collect();
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
