//! `init`: a project file for this directory.

use std::io::Write as _;

use clap_complete::engine::ArgValueCompleter;

use crate::diagnostic::{Diagnostic, Result, Source};
use crate::exit::Exit;
use crate::profile::choice::Choice;
use crate::schema::Kind;
use crate::system::paths;
use crate::trust::Trust;
use crate::{command, console, load};

/// Shown by `--help` after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock init work     ./.claude-bedrock.toml names the profile `work`
  claude-bedrock init          the profile that is active here, or the only one

The file is meant to be committed: it names a profile and holds no secret. Completion in editors: --schema, or the
schema of the whole machine: claude-bedrock schema --project.";

#[derive(clap::Args, Debug)]
pub struct Args {
    /// The profile that this directory uses
    #[arg(add = ArgValueCompleter::new(command::complete::profiles))]
    pub profile: Option<String>,
    /// Also write the JSON Schema next to it, which editors use to complete and check the file
    #[arg(long, conflicts_with = "no_schema")]
    pub schema: bool,
    /// Write the project file only, which is the default
    #[arg(long, hide = true)]
    pub no_schema: bool,
}

/// Writes `.claude-bedrock.toml` here and allows it.
pub fn run(arguments: &Args) -> Result<Exit> {
    let directory = paths::working_directory()
        .ok_or_else(|| Diagnostic::error("the working directory has been deleted").help("go to another: cd ~"))?;
    let path = directory.join(paths::PROJECT_FILE);
    if path.symlink_metadata().is_ok() {
        return Err(Diagnostic::error(format!("{} already exists", paths::display(&path)))
            .help("edit it, then: claude-bedrock allow")
            .into());
    }
    let profiles = load::summaries()?;
    let name = match &arguments.profile {
        Some(name) => command::names::meant(name)?,
        None => active_here().or_else(|error| {
            profiles
                .keys()
                .next()
                .filter(|_| profiles.len() == 1)
                .cloned()
                .ok_or(error)
        })?,
    };
    match profiles.get(&name) {
        None => {
            let finding = Diagnostic::error(format!("there is no profile `{name}`"))
                .did_you_mean(&name, profiles.keys().map(String::as_str));
            return Err(finding
                .help("nothing was written; see what there is: claude-bedrock list")
                .into());
        }
        Some(Err(finding)) => return Err(finding.clone()),
        Some(Ok(_)) => {}
    }
    let schema = if arguments.schema {
        Kind::Project.write_into(&directory)?;
        Kind::Project.line()
    } else {
        String::new()
    };
    let text = format!(
        "{schema}# Claude Code on Amazon Bedrock: what `claude-bedrock` exports in this directory and below.\nprofile = \"{name}\"\n"
    );
    write(&path, &text)
        .map_err(|error| Diagnostic::error(format!("{} cannot be written: {error}", paths::display(&path))))?;
    let trust = Trust::new();
    let source = std::rc::Rc::new(Source::new(path.clone(), text));
    trust.allow(&source)?;
    console::say(&format!("claude-bedrock: wrote and allowed {}", paths::display(&path)));
    if arguments.schema {
        console::say(&format!("  {} next to it is for editors", Kind::Project.file_name()));
    }
    command::settings::say_what_is_missing();
    Ok(Exit::Done)
}

fn active_here() -> Result<String> {
    let choice = Choice::of(paths::chosen_profile().as_deref());
    match load::load(paths::working_directory().as_deref(), &choice).active {
        Some(active) => Ok(active.profile.name),
        None => Err(Diagnostic::error("which profile? None is active here")
            .help("name one: claude-bedrock init PROFILE")
            .help("see what there is: claude-bedrock list")
            .into()),
    }
}

/// World-readable and writable by the user alone, whatever the umask: a project file that its group can write is
/// refused. It appears whole or not at all, and never replaces an existing file.
fn write(path: &std::path::Path, text: &str) -> std::io::Result<()> {
    let parent = path.parent().unwrap_or(path);
    crate::system::private::refuse_anothers(path)?;
    let mut file = tempfile::Builder::new()
        .prefix(".claude-bedrock-new-")
        .tempfile_in(parent)?;
    file.write_all(text.as_bytes())?;
    #[cfg(unix)]
    file.as_file()
        .set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    file.persist_noclobber(path)?;
    Ok(())
}
