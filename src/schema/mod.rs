//! The JSON Schemas of both files, and the reference of every key.

pub mod json_schema;
pub mod reference;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, Result};
use crate::system::paths;
use crate::system::{files, private};

/// Which of the two files a schema is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `config.toml`.
    Config,
    /// `.claude-bedrock.toml`.
    Project,
}

impl Kind {
    /// The name of the schema beside the file.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Config => "config.schema.json",
            Self::Project => ".claude-bedrock.schema.json",
        }
    }

    /// The first line of the file, with its newline.
    pub fn line(self) -> String {
        format!("#:schema ./{}\n", self.file_name())
    }

    /// The schema.
    pub fn text(self) -> String {
        let schema = match self {
            Self::Config => json_schema::config(),
            Self::Project => json_schema::project(),
        };
        format!("{schema:#}\n")
    }

    /// Puts the schema into the directory of the file, in place of whatever has its name: a link, which may be
    /// a stranger's, is replaced and not followed.
    pub fn write_into(self, directory: &Path) -> Result<PathBuf> {
        let path = directory.join(self.file_name());
        let text = self.text();
        let is_there = path.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
        if is_there && files::read_text(&path, files::OWN).is_ok_and(|known| known == text) {
            return Ok(path);
        }
        let written = (|| {
            private::refuse_anothers(&path)?;
            let mut file = tempfile::Builder::new()
                .prefix(".claude-bedrock-new-")
                .tempfile_in(directory)?;
            file.write_all(text.as_bytes())?;
            #[cfg(unix)]
            file.as_file()
                .set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
            file.persist(&path)?;
            Ok::<(), std::io::Error>(())
        })();
        written.map_err(|error| Diagnostic::error(format!("{} cannot be written: {error}", paths::display(&path))))?;
        Ok(path)
    }
}
