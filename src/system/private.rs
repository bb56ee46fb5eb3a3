//! Files and directories that are the user's alone: mode 0600 and 0700, written whole or not at all.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

/// Makes `path` and what is missing above it, for the user alone. An existing directory that belongs
/// to somebody else is refused.
pub fn directory(path: &Path) -> io::Result<()> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => metadata,
        _ => {
            let mut builder = fs::DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(path)?;
            fs::metadata(path)?
        }
    };
    if !is_users_alone(&metadata) {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "others can write there",
        ));
    }
    #[cfg(unix)]
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK)?;
    Ok(())
}

/// Whether `path` is there, the user's own, and nobody else can write it: what lies in another directory may
/// have been put there by anybody, such as where a variable moves the state below `/tmp`.
pub fn is_own(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| is_users_alone(&metadata))
}

#[cfg(unix)]
fn is_users_alone(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o022 == 0
}

/// Windows keeps access in lists that inherit from the user's own directory; there is no mode to check.
#[cfg(not(unix))]
fn is_users_alone(_: &fs::Metadata) -> bool {
    true
}

/// Whether a file could be written into `path`, which is made for that if need be.
pub fn check(path: &Path) -> io::Result<()> {
    directory(path)?;
    tempfile::Builder::new().prefix(".new").tempfile_in(path).map(drop)
}

/// Writes `content` to `path`, mode 0600, so that a reader sees the old file or the new one.
pub fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let parent = path.parent().ok_or_else(|| io::Error::other("no directory"))?;
    directory(parent)?;
    let mut file = tempfile::Builder::new().prefix(".new").tempfile_in(parent)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
