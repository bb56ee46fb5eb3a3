//! Writing what Claude Code needs for a profile into a settings file, and taking exactly that out again.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::claude::edit::Editor;
use crate::claude::launcher::contents;
use crate::claude::record::{self, Member, Records};
use crate::claude::settings::{self, AUTH_REFRESH, CREDENTIAL_EXPORT, ENV, KEY_HELPER, Settings, Tier};
use crate::claude::{json, shadow};
use crate::diagnostic::{Diagnostic, Result, Source};
use crate::environment::{self, Method, Wanted};
use crate::load::Active;
use crate::profile::source;
use crate::rewrite::{Backup, Original};
use crate::system::{command_line, files, paths};

/// A settings file about to be changed.
pub struct File {
    original: Original,
    /// Whether it is one that is committed: a new one is for everybody to read.
    shared: bool,
    /// Whether it is UTF-16, and stays so.
    is_utf16: bool,
    /// The text, without a byte order mark.
    pub text: String,
}

/// What a change leads to.
pub struct Change {
    /// The new text, without the mark; `None` if the file is to go.
    pub text: Option<String>,
    record: Option<record::Record>,
    /// What is taken out is kept elsewhere now, and may be secret.
    is_moved: bool,
}

impl Change {
    /// The same, after what is taken out was stored elsewhere: no copy of the old file is kept, because it held the
    /// secrets.
    pub fn moved(self) -> Self {
        Self { is_moved: true, ..self }
    }
}

impl File {
    /// Reads the file at `path`, which need not exist. Errors: it cannot be read, or is nothing that can be
    /// edited without harm.
    pub fn read(path: &Path, tier: Tier) -> Result<Self> {
        let original = match tier {
            Tier::State | Tier::User | Tier::Given | Tier::Managed => Original::read(path)?,
            Tier::Project | Tier::Local => {
                // Of the directory that `.claude` is in.
                let directory = path.parent().and_then(Path::parent).unwrap_or(path);
                Original::read_in_repository(path, directory)?
            }
        };
        let bytes = original.bytes().unwrap_or_default();
        if bytes.len() as u64 > files::OWN {
            return Err(Diagnostic::error(format!(
                "{} has {} bytes; more than {} are not read, so nothing was changed",
                paths::display(path),
                bytes.len(),
                files::OWN
            ))
            .into());
        }
        let utf16 = source::utf16(bytes);
        let is_utf16 = utf16.is_some();
        let text = match utf16.as_deref().map_or_else(|| std::str::from_utf8(bytes), Ok) {
            Ok(text) => text,
            Err(error) => {
                let start = error.valid_up_to();
                let source = Rc::new(Source::new(
                    path.to_path_buf(),
                    String::from_utf8_lossy(bytes).into_owned(),
                ));
                let place = crate::diagnostic::Place {
                    source,
                    span: start..start + char::REPLACEMENT_CHARACTER.len_utf8(),
                };
                return Err(Diagnostic::at(place, "not UTF-8, so nothing was changed").into());
            }
        };
        let text = text.trim_start_matches('\u{feff}').to_owned();
        let source = Rc::new(Source::new(path.to_path_buf(), text.clone()));
        let understood = settings::understood(tier, &source).map_err(|finding| nothing_changed(*finding))?;
        // What is wrong must be fixed by whoever knows what was meant.
        if let Some(fault) = understood.faults.into_iter().next() {
            return Err(nothing_changed(fault));
        }
        Ok(Self {
            original,
            shared: tier == Tier::Project,
            is_utf16,
            text,
        })
    }

    /// Whether there is such a file.
    pub fn exists(&self) -> bool {
        self.original.bytes().is_some()
    }

    fn path(&self) -> &Path {
        &self.original.path
    }

    /// What writing `members` leads to.
    pub fn with(&self, members: &[Member]) -> Result<Change> {
        let pristine = Records::of(self.path())?.pristine(&self.text);
        let made = !self.exists() || pristine.is_ours;
        let start = if made { "" } else { &pristine.text };
        let (text, record) = record::written(start, made, members);
        Ok(Change {
            text: Some(text),
            record: Some(record),
            is_moved: false,
        })
    }

    /// What taking out leads to; `None` if there is nothing of ours.
    pub fn without(&self) -> Result<Option<Change>> {
        let pristine = Records::of(self.path())?.pristine(&self.text);
        Ok(pristine.changed.then(|| Change {
            text: (!pristine.is_ours).then_some(pristine.text),
            record: None,
            is_moved: false,
        }))
    }

    /// What taking these variables out leads to.
    pub fn without_variables(&self, names: &[&str]) -> Change {
        let members: Vec<Vec<String>> = names
            .iter()
            .map(|name| vec![ENV.to_owned(), (*name).to_owned()])
            .collect();
        self.without_members(&members)
    }

    /// What taking these members out leads to.
    pub fn without_members(&self, members: &[Vec<String>]) -> Change {
        let mut editor = Editor::new(&self.text);
        for member in members {
            let names: Vec<&str> = member.iter().map(String::as_str).collect();
            editor.remove(&names);
        }
        Change {
            text: Some(editor.text),
            record: None,
            is_moved: false,
        }
    }

    /// Makes a change. Killed at any moment, the file is the old or the new one.
    pub fn make(&self, change: &Change) -> Result<()> {
        let records = Records::of(self.path())?;
        if let Some(record) = &change.record {
            records.store(record)?;
        }
        match &change.text {
            Some(text) => {
                let content = if self.is_utf16 {
                    let units = ['\u{feff}'].into_iter().chain(text.chars()).collect::<String>();
                    units.encode_utf16().flat_map(u16::to_le_bytes).collect()
                } else {
                    self.original.with_mark(text).into_bytes()
                };
                let backup = if change.is_moved {
                    Backup::No
                } else {
                    Backup::FirstApart
                };
                if self.shared {
                    self.original.replace_shared(&content, backup)?;
                } else {
                    self.original.replace(&content, backup)?;
                }
                if let Some(before) = self
                    .original
                    .backup_path(Backup::FirstApart)
                    .filter(|_| change.is_moved)
                {
                    let _ = std::fs::remove_file(before);
                }
            }
            None => self.delete()?,
        }
        if change.record.is_some() || change.text.as_ref().is_none_or(|text| *text != self.text) {
            records.forget_all_but(change.record.as_ref());
        }
        Ok(())
    }

    fn delete(&self) -> Result<()> {
        let path = self.path();
        let now = Original::read(path)?;
        let failed = |error: std::io::Error| {
            Diagnostic::error(format!(
                "{} cannot be removed: {error}; nothing was changed",
                paths::display(path)
            ))
        };
        if now.bytes() != self.original.bytes() || path.is_symlink() {
            let message = format!(
                "{} has been changed in the meantime; nothing was changed",
                paths::display(path)
            );
            return Err(Diagnostic::error(message).help("try again").into());
        }
        std::fs::remove_file(path).map_err(failed)?;
        // Its directory, where nothing else is in it.
        let _ = path.parent().map(std::fs::remove_dir);
        Ok(())
    }
}

fn nothing_changed(finding: Diagnostic) -> Box<Diagnostic> {
    finding.help("nothing was changed").into()
}

/// The file of a tier that counts in the working directory.
pub fn path_of(tier: Tier) -> Result<PathBuf> {
    let here = || {
        paths::working_directory()
            .ok_or_else(|| Diagnostic::error("the working directory has been deleted").help("go to another: cd ~"))
    };
    Ok(match tier {
        Tier::State | Tier::User | Tier::Given | Tier::Managed => {
            settings::user_file().ok_or_else(|| Diagnostic::error("no home directory is known").help("set HOME"))?
        }
        Tier::Project => settings::project_file(&here()?),
        Tier::Local => {
            let here = here()?;
            settings::local_file(&settings::repository(&here).unwrap_or(here))
        }
    })
}

/// What is written beside the commands, and how they are.
#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Written {
    /// Also the profile's variables.
    pub env: bool,
    /// Also the status line, where there is none.
    pub statusline: bool,
    /// A login is by a code for a browser elsewhere.
    pub by_code: bool,
    /// The commands name the profile.
    pub is_named: bool,
}

/// The members that a profile needs: the commands for its credentials, and with `env` its variables, never a
/// secret. What is not written is named with the reason. The commands follow the profile that is active where Claude Code
/// runs, but where the profile is named or its variables are written too, which would stay with another's credentials.
///
/// Whatever a lower file, one of `below`, decides otherwise is decided here: by the profile's value, or by a blank one,
/// since a settings file cannot unset.
pub fn members(
    active: &Active,
    written: Written,
    program: &Path,
    below: &[Settings],
) -> Result<(Vec<Member>, Vec<String>)> {
    let mut members = Vec::new();
    let mut left_out = Vec::new();
    let name = if written.env || written.is_named {
        format!(" {}", command_line::quote(&active.profile.name))
    } else {
        String::new()
    };
    if matches!(Method::of(&active.profile), Method::AwsProfile | Method::AccessKeys) {
        let program = quoted_program(program)?;
        for (key, command) in [
            (
                AUTH_REFRESH,
                format!(
                    "{program} login{name}{}",
                    if written.by_code { " --use-device-code" } else { "" }
                ),
            ),
            (CREDENTIAL_EXPORT, format!("{program} credentials{name} --no-fallback")),
        ] {
            members.push((vec![key.to_owned()], json::encoded(&command)));
        }
    }
    if environment::helped(&active.profile).is_some() {
        let program = quoted_program(program)?;
        let command = format!("{program} credentials{name} --format token");
        members.push((vec![KEY_HELPER.to_owned()], json::encoded(&command)));
    }
    let lower = shadow::effective(active, below);
    let is_contrary = |variable: &str| lower.iter().any(|shadow| shadow.name == variable);
    for (variable, setting) in active.environment.iter() {
        if written.env || is_contrary(variable) {
            match &setting.wanted {
                Wanted::Text(value) if shadow::is_secret(variable, value) => {
                    left_out.push(format!("{variable} is not written: it looks like a secret"));
                }
                Wanted::Text(value) => {
                    members.push((vec![ENV.to_owned(), variable.to_owned()], json::encoded(value)));
                }
                Wanted::Secret(_) => left_out.push(format!("{variable} is not written: it is a secret")),
                Wanted::Unset if is_contrary(variable) => {
                    if variable == "AWS_PROFILE" {
                        left_out.push(
                            "AWS_PROFILE is written blank, which `aws` in a session reads as a profile's name; better remove it from the file below"
                                .to_owned(),
                        );
                    }
                    members.push((vec![ENV.to_owned(), variable.to_owned()], json::encoded("")));
                }
                // Nothing of it is there.
                Wanted::Unset => {}
            }
        }
    }
    for (key, value) in contents::model_keys(active) {
        members.push((vec![key], value.to_string()));
    }
    Ok((members, left_out))
}

/// The key of the status line.
pub const STATUS_LINE: &str = "statusLine";

/// The member that makes this program Claude Code's status line.
pub fn statusline(program: &Path) -> Result<Member> {
    let command = json::encoded(&format!("{} statusline", quoted_program(program)?));
    let value = format!("{{ \"type\": \"command\", \"command\": {command} }}");
    Ok((vec![STATUS_LINE.to_owned()], value))
}

/// The program as a word of the shell that Claude Code runs such commands with: sh; on Windows cmd, whose
/// double quotes PowerShell reads the same way behind `&`.
pub fn quoted_program(program: &Path) -> Result<String> {
    let text = program.to_str().ok_or_else(|| {
        Diagnostic::error(format!("{} is not a path that JSON can hold", program.display()))
            .help("install claude-bedrock under a path that is UTF-8")
    })?;
    Ok(if cfg!(windows) {
        format!("\"{text}\"")
    } else {
        command_line::quote(text)
    })
}
