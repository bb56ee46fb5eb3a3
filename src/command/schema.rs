//! `schema`: the JSON Schemas of both files, and the reference of every key.
//!
//! An editor finds a schema by the first line of a file, `#:schema ./NAME`. The schema lies beside the file, so
//! that the line is right without a network, in a colleague's checkout, and in a directory of dotfiles.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::cli::Schema;
use crate::command;
use crate::diagnostic::{Diagnostic, Result};
use crate::paths;
use crate::profile::{json_schema, reference};
use crate::system::files;

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
            crate::session::private::refuse_anothers(&path)?;
            let mut file = tempfile::Builder::new()
                .prefix(".claude-bedrock")
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

/// Prints one of them, or writes a schema to where an editor finds it.
pub fn run(arguments: &Schema) -> Result<u8> {
    let kind = if arguments.project { Kind::Project } else { Kind::Config };
    if arguments.write {
        write(kind)?;
    } else if arguments.reference {
        command::print(reference::markdown())?;
    } else {
        command::print(kind.text())?;
    }
    Ok(0)
}

/// Writes a schema beside its file, and says which line the file lacks.
fn write(kind: Kind) -> Result<()> {
    let file = match kind {
        Kind::Config => {
            paths::user_config().ok_or_else(|| Diagnostic::error("no home directory is known").help("set HOME"))?
        }
        Kind::Project => command::nearest_project()?,
    };
    let directory = file.parent().unwrap_or(Path::new("/"));
    if kind == Kind::Config {
        crate::session::private::directory(directory)
            .map_err(|error| Diagnostic::error(format!("{} cannot be made: {error}", paths::display(directory))))?;
    }
    let path = kind.write_into(directory)?;
    command::say(&format!("claude-bedrock: wrote {}", paths::display(&path)));
    let line = kind.line();
    let text = files::read_text(&file, files::OWN).unwrap_or_default();
    if !text.lines().any(|known| known == line.trim_end()) {
        command::say(&format!(
            "  editors look for it if {} begins with this line: {}",
            paths::display(&file),
            line.trim_end()
        ));
    }
    Ok(())
}
