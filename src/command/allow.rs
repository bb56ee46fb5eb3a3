//! `allow` and `deny`: which project files may take effect.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;

use clap::ValueHint;
use unicode_width::UnicodeWidthStr as _;

use crate::console::layout::{self, Screen, Tone};
use crate::diagnostic::{Diagnostic, Result, Source};
use crate::effects::Effects;
use crate::exit::Exit;
use crate::profile::command_files;
use crate::profile::layers::Project;
use crate::profile::source::{self, Read};
use crate::system::text::visible;
use crate::system::{broken_pipe, foreground, lines, paths, programs};
use crate::trust::{self, Trust, Verdict};
use crate::watch::Watch;
use crate::{command, console};

/// Shown by `--help` after the options.
pub const ALLOW_EXAMPLES: &str = "\
Examples:
  claude-bedrock allow            the nearest project file
  claude-bedrock allow ~/repo
  claude-bedrock allow --show     every line of what it does, before the question
  claude-bedrock allow --dry-run  only show what it does

On a terminal it asks if the file does more than name a profile and choose models. It shows what runs code or moves
traffic first and in full, and the rest in short; `s` shows every line. Without a terminal it shows every line before it
records them. After an edit of the file, or of a script that its commands run, it asks again.";

/// Shown by `--help` after the options.
pub const DENY_EXAMPLES: &str = "\
Examples:
  claude-bedrock deny             the nearest project file
  claude-bedrock deny ~/repo

Revokes an `allow`, and silences the question. `claude-bedrock allow` reverses it.";

#[derive(clap::Args, Debug)]
pub struct AllowArgs {
    #[command(flatten)]
    pub project: Args,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// Show every line before the question
    #[arg(long)]
    pub show: bool,
    /// Only show what the file does
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
}

#[derive(clap::Args, Debug)]
pub struct Args {
    /// The project file or its directory [default: the nearest one upward]
    #[arg(value_hint = ValueHint::AnyPath)]
    pub path: Option<PathBuf>,
}

/// Records that a project file may take effect, after showing everything that it does. What was shown is what is
/// recorded, whatever happens to the files meanwhile.
pub fn allow(arguments: &AllowArgs) -> Result<Exit> {
    let path = find(arguments.project.path.as_deref())?;
    let looked_at = LookedAt::of(&path)?;
    let is_asked = looked_at.asks && !arguments.yes && !arguments.dry_run && console::can_ask();
    if is_asked && !arguments.show {
        looked_at.show_in_short();
    } else {
        show(&looked_at.lines, is_asked);
    }
    if arguments.dry_run {
        console::say("claude-bedrock: nothing was recorded (--dry-run)");
        return Ok(Exit::Done);
    }
    if is_asked && !confirmed(&path, &looked_at.lines)? {
        console::say("claude-bedrock: not allowed; nothing was recorded");
        return Ok(Exit::Found);
    }
    looked_at.record()?;
    command::settings::say_what_is_missing();
    Ok(Exit::Done)
}

/// A project file as it is at one moment: what is shown of it, and what is recorded.
pub struct LookedAt {
    path: PathBuf,
    source: Rc<Source>,
    hash: Option<blake3::Hash>,
    trust: Trust,
    lines: Vec<String>,
    /// What they come to, and the lines that an edit has changed.
    short: Vec<String>,
    /// Whether it does more than name a profile and choose models.
    pub asks: bool,
}

impl LookedAt {
    /// Inspects the project file at `path`. Errors: it cannot be read, or what it does cannot be determined.
    pub fn of(path: &Path) -> Result<Self> {
        let source = read(path)?;
        let project = Project::parse(&source).map_err(|finding| match trust::leads_out(path) {
            Some(target) => Diagnostic::error(format!(
                "{} is a link to {}, which is not a project file",
                paths::display(path),
                paths::display(&target)
            ))
            .into(),
            None => finding,
        })?;
        let files = command_files::of(&project)?;
        let hash = (!files.is_empty()).then(|| command_files::hash(&files));
        let trust = Trust::new();
        let effects = Effects::of(&project, &files)?;
        let (mut lines, mut short) = (effects.lines, effects.summary);
        if let Verdict::Unknown {
            before: Some(before),
            command_changed: false,
        } = trust.verdict(&source, &[], &mut Watch::default())?
        {
            let mut changed = vec!["changed since it was last allowed:".to_owned()];
            changed.extend(
                lines::all_changed_lines(&before, source.text())
                    .iter()
                    .map(|line| visible(line)),
            );
            lines.extend(changed.iter().cloned());
            short.extend(changed);
        }
        Ok(Self {
            path: path.to_path_buf(),
            source,
            hash,
            trust,
            lines,
            short,
            asks: effects.asks,
        })
    }

    /// Shows everything that the file does, before the question.
    pub fn show(&self) {
        show(&self.lines, true);
    }

    /// Shows the summary before the question. If not even that fits on the terminal, it shows everything.
    fn show_in_short(&self) {
        let screen = Screen::of_errors();
        let how = "all      answer s, or: claude-bedrock allow --show".to_owned();
        let painted = |line: &String, is_colored: bool| {
            let is_grave = line.starts_with(|c: char| c.is_ascii_uppercase());
            let tone = if is_grave && is_colored { Tone::Bad } else { Tone::Plain };
            format!("  {}\n", screen.paint(&screen.folded(line, 11), tone))
        };
        let text = |is_colored| -> String {
            let lines = self.short.iter().chain([&how]);
            lines.map(|line| painted(line, is_colored)).collect()
        };
        if is_longer_than_the_terminal(&text(false)) {
            self.show();
        } else {
            console::ask(&text(true));
        }
    }

    /// Records that it may take effect.
    pub fn record(&self) -> Result<()> {
        self.trust.allow_with(&self.source, self.hash)?;
        console::say(&format!("claude-bedrock: allowed {}", paths::display(&self.path)));
        Ok(())
    }
}

/// Shows the lines; if a question follows and they do not fit on the terminal, in the user's pager. Nothing is asked
/// that was not shown, whatever `--quiet` says.
fn show(lines: &[String], is_asked: bool) {
    let text: String = lines.iter().flat_map(|line| ["  ", line, "\n"]).collect();
    if !is_asked {
        console::say(text.trim_end_matches('\n'));
    } else if !is_longer_than_the_terminal(&text) || !page(&text) {
        console::ask(&text);
    }
}

/// Whether the question below a text would scroll the text's top away.
fn is_longer_than_the_terminal(text: &str) -> bool {
    let (rows, columns) = layout::rows_and_columns();
    let taken = text.lines().map(|line| line.width().div_ceil(columns).max(1));
    taken.sum::<usize>() > rows.saturating_sub(4)
}

/// Shows a text in the user's pager, on the terminal where the question is asked too; `false` if there is none or it
/// failed.
fn page(text: &str) -> bool {
    let line = paths::pager();
    let words = shell_words::split(&line).unwrap_or_default();
    let [program, arguments @ ..] = words.as_slice() else {
        return false;
    };
    let Some(program) = programs::on_path(program) else {
        return false;
    };
    // Ctrl-C goes to the pager.
    let _wait = foreground::Wait::begin();
    let child = Command::new(program)
        .args(arguments)
        // `less` then runs no commands and only shows its input.
        .env("LESSSECURE", "1")
        .env_remove("LESSSECURE_ALLOW")
        .stdin(Stdio::piped())
        .stdout(std::io::stderr())
        .spawn();
    let Ok(mut child) = child else { return false };
    // A pager that the user quits early has closed the pipe.
    if let Some(mut input) = child.stdin.take() {
        let _guard = broken_pipe::fails();
        let _ = input.write_all(text.as_bytes());
    }
    child.wait().is_ok_and(|status| status.success())
}

fn confirmed(path: &Path, lines: &[String]) -> Result<bool> {
    loop {
        console::ask(&format!("Allow {} to do all that? [y/N] ", paths::display(path)));
        let mut answer = String::new();
        std::io::stdin()
            .read_line(&mut answer)
            .map_err(|error| Diagnostic::error(format!("the answer cannot be read: {error}")))?;
        match answer.trim().to_lowercase().as_str() {
            "s" | "show" => show(lines, true),
            answer => return Ok(["y", "yes"].contains(&answer)),
        }
    }
}

/// Records that a project file may not take effect.
pub fn deny(arguments: &Args) -> Result<Exit> {
    let path = find(arguments.path.as_deref())?;
    Trust::new().deny(&path)?;
    console::say(&format!("claude-bedrock: denied {}", paths::display(&path)));
    Ok(Exit::Done)
}

/// The project file that the argument means: the file itself, the one in that directory, or the nearest upward.
fn find(path: Option<&Path>) -> Result<PathBuf> {
    let here = paths::working_directory()
        .ok_or_else(|| Diagnostic::error("the working directory has been deleted").help("go to another: cd ~"))?;
    let directory = match path {
        None => return command::nearest_project(),
        Some(path) if path.is_dir() => path,
        Some(path) if path.file_name().is_some_and(|name| name == paths::PROJECT_FILE) => path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or(&here),
        Some(path) => {
            return Err(Diagnostic::error(format!(
                "{} is neither a directory nor named {}",
                paths::display(path),
                paths::PROJECT_FILE
            ))
            .into());
        }
    };
    // The directory's links are resolved and the file's own is not, as when a shell enters it.
    let directory = directory
        .canonicalize()
        .map_err(|error| Diagnostic::error(format!("{} cannot be entered: {error}", paths::display(directory))))?;
    let file = directory.join(paths::PROJECT_FILE);
    if file.symlink_metadata().is_err() {
        return Err(Diagnostic::error(format!("there is no {}", paths::display(&file))).into());
    }
    Ok(file)
}

fn read(path: &Path) -> Result<Rc<Source>> {
    let Read { source, ownership, .. } = source::read(path, &mut Watch::default())?
        .ok_or_else(|| Diagnostic::error(format!("{} leads nowhere", paths::display(path))))?;
    trust::refuse_foreign(&source, ownership)?;
    Ok(source)
}
