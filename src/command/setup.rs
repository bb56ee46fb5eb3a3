//! `setup`: the first run. All is found and shown first; nothing is changed before the answer.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use inquire::error::InquireError;

use crate::aws::expiry;
use crate::aws_files::Files as AwsFiles;
use crate::catalog::geography;
use crate::console::layout::Screen;
use crate::diagnostic::{Diagnostic, Result};
use crate::edit::{Draft, FALLBACK_REGION};
use crate::exit::Exit;
use crate::rewrite::{Backup, Original};
use crate::session::Session;
use crate::setup::block::{self, Made};
use crate::setup::dotfiles::{self, Keeper};
use crate::setup::reached::{self, Reached};
use crate::setup::{files, outside, profile};
use crate::shell::rc_file::{RcFile, RcFiles};
use crate::shell::{self, Shell};
use crate::system::command_line;
use crate::system::text::visible;
use crate::system::{paths, programs};
use crate::{command, console, context, doctor, load};

/// What `--help` shows after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock setup                       shows what it would do, and asks
  claude-bedrock setup --yes --shell zsh
  claude-bedrock setup --print               only shows
  claude-bedrock setup --undo                takes the hook out again, each file as it was, to the byte
  claude-bedrock setup --undo --all          takes out everything: profiles, records, settings (asks first)
  claude-bedrock setup --launcher            a link named claude, for the PATH of editors, cron, make and the Agent SDK
  claude-bedrock setup --editor              the process wrapper of VS Code, VSCodium, Cursor and their remote servers
  claude-bedrock setup --editor --undo       takes it out again

The hook stands at the end of the file, or before a line such as `exec fish`, between two lines of comment; a second run changes nothing.
Without a terminal nothing is asked: --yes or --print is needed. Exit status 1 where a file could not be written.";

#[derive(clap::Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Args {
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// This shell instead of those that are in use (repeatable)
    #[arg(long, value_name = "SHELL")]
    pub shell: Vec<Shell>,
    /// Change nothing, only show what would be written
    #[arg(long, conflicts_with = "yes")]
    pub print: bool,
    /// Do not run `doctor` afterwards, which asks AWS
    #[arg(long)]
    pub no_doctor: bool,
    /// Take the hook out of the rc files again; profiles stay
    #[arg(long, conflicts_with = "print")]
    pub undo: bool,
    /// With --undo: everything, profiles and records, too
    #[arg(long, requires = "undo", conflicts_with = "shell")]
    pub all: bool,
    /// Make a link named `claude` that starts Claude Code with the profile of its directory
    #[arg(long, conflicts_with_all = ["shell", "print"])]
    pub launcher: bool,
    /// Have VS Code and its relatives start Claude Code with the profile of the workspace
    #[arg(long, conflicts_with_all = ["shell", "print"])]
    pub editor: bool,
}

/// The exit status of a program that Ctrl-C has ended.
const INTERRUPTED: u8 = 130;

/// A change of one rc file.
struct Change {
    original: Original,
    content: Vec<u8>,
    backup: Backup,
    lines: String,
    /// How far the file is read, where the block is new in it.
    reached: Reached,
    /// The plugin manager that finds the file's name taken then.
    taken_from: Option<&'static str>,
    /// Who keeps the file, where it is not what it looks like.
    keeper: Option<Keeper>,
}

impl Change {
    /// What keeps the hook from being loaded, or what follows for who installs the plugin later and for the dotfiles.
    fn warnings(&self) -> Vec<String> {
        let path = &self.original.path;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut warnings = Vec::new();
        if let Reached::OpenDocument(line) = self.reached {
            warnings.push(format!(
                "the here-document in line {line} of {name} seems to have no end, and the hook is a part of it then: end it"
            ));
        }
        if let Some(manager) = self.taken_from {
            warnings.push(format!(
                "{manager} would find {name} taken: before you install the plugin with {manager}, type: claude-bedrock setup --undo"
            ));
        }
        match &self.keeper {
            Some(Keeper::Link(target)) => warnings.push(format!(
                "{} leads to {}, which is what changes: commit it there",
                paths::display(path),
                paths::display(target)
            )),
            Some(Keeper::Chezmoi(source)) => warnings.push(format!(
                "chezmoi makes {} of {}, and takes the hook out the next time: put the lines in there, too",
                paths::display(path),
                paths::display(source)
            )),
            Some(Keeper::HomeManager) | None => {}
        }
        warnings
    }
}

/// What is to be done to an rc file, or why nothing is.
enum Step {
    Write(Change),
    Done(String),
    Refused(Box<Diagnostic>),
}

/// What has been given up by Ctrl-C, Escape or an answer.
struct Cancelled;

/// The first profiles.
#[derive(Default)]
struct First {
    drafts: Vec<Draft>,
    /// Whether it was said why there is none.
    is_told: bool,
    /// Whether they pin models of the catalog, which nobody has looked for in the account.
    is_unseen: bool,
}

/// Finds, shows, asks, does.
pub fn run(arguments: &Args) -> Result<Exit> {
    if arguments.launcher || arguments.editor {
        return set_up_outside(arguments);
    }
    let shells = shells(arguments)?;
    if arguments.undo && arguments.all {
        return command::undo::all(arguments.yes, || undo(&shells));
    }
    if arguments.undo {
        let exit = undo(&shells)?;
        command::undo::say_what_is_left();
        return Ok(exit);
    }
    // A file that is broken is said before anything is changed.
    let profiles = load::summaries()?;
    let asks = !arguments.yes && !arguments.print;
    if asks && !console::can_ask() {
        return Err(
            Diagnostic::error("there is no terminal to ask at, so nothing was changed")
                .help("see what would be done: claude-bedrock setup --print")
                .help("do it without asking: claude-bedrock setup --yes")
                .into(),
        );
    }
    let steps = steps(&shells)?;
    let First {
        drafts,
        is_told,
        is_unseen,
    } = if profiles.is_empty() {
        match first_profiles(asks)? {
            Ok(first) => first,
            Err(Cancelled) => return Ok(cancelled()),
        }
    } else {
        First::default()
    };
    let first = drafts.first();
    if arguments.print {
        console::print(plan(&steps, &drafts, first.is_some()))?;
        return Ok(Exit::Done);
    }
    let everywhere = match first {
        Some(_) if asks => match everywhere()? {
            Ok(everywhere) => everywhere,
            Err(Cancelled) => return Ok(cancelled()),
        },
        first => first.is_some(),
    };
    let changes = steps.iter().any(|step| matches!(step, Step::Write(_))) || first.is_some();
    if asks && changes {
        let _ = std::io::stderr()
            .lock()
            .write_all(plan(&steps, &drafts, everywhere).as_bytes());
        let answer = inquire::Confirm::new("Write this?").with_default(true).prompt();
        if !matches!(answer, Ok(true)) {
            return Ok(cancelled());
        }
    }
    let exit = make(&steps);
    for (index, draft) in drafts.iter().enumerate() {
        command::add::write(draft, everywhere && index == 0, false)?;
    }
    let name = first
        .map(|first| first.name.clone())
        .or_else(|| profiles.into_keys().next());
    let Some(name) = name else {
        if !is_told {
            console::say(
                "claude-bedrock: no profile was written, because neither ~/.aws/config nor the environment has credentials; \
                 when one does, try again, or see: claude-bedrock add --help",
            );
        }
        return Ok(exit);
    };
    if changes && !arguments.no_doctor {
        check(&name)?;
    }
    let lacks_login = changes && !arguments.no_doctor && log_in(&name, asks)?;
    if exit == Exit::Done && !paths::hook_has_run() {
        say_how_to_load(&shells);
    }
    if is_unseen {
        console::say(&format!("claude-bedrock: {}", command::add::unseen(&name)));
    }
    console::say(&format!(
        "claude-bedrock: in a repository, type: claude-bedrock init {name}"
    ));
    say_what_is_missing(&name, lacks_login, everywhere);
    Ok(exit)
}

/// The last line: the one thing that is missing, else what to type.
fn say_what_is_missing(name: &str, lacks_login: bool, everywhere: bool) {
    let missing = if lacks_login {
        Some(format!("log in: claude-bedrock login {name}"))
    } else if programs::on_path("claude").is_none() {
        Some("install Claude Code: npm install -g @anthropic-ai/claude-code".to_owned())
    } else {
        None
    };
    match missing {
        Some(missing) => console::say(&format!("claude-bedrock: one thing is missing: {missing}")),
        None if everywhere => console::say("claude-bedrock: then type, in a new shell: claude"),
        None => {}
    }
}

/// Does each step, and says so. Exit status 1 where one was refused.
fn make(steps: &[Step]) -> Exit {
    let mut exit = Exit::Done;
    for step in steps {
        match done(step) {
            Ok(said) => console::say(&format!("claude-bedrock: {said}")),
            Err(finding) => {
                console::report(&finding);
                exit = Exit::Found;
            }
        }
    }
    exit
}

/// Tells a shell that is running already how it gets the hook.
fn say_how_to_load(shells: &[Shell]) {
    let line = running(shells)
        .map(|shell| format!("; for this one, type: {}", shell.load_line(&program(shell))))
        .unwrap_or_default();
    console::say(&format!("claude-bedrock: new shells have the hook{line}"));
}

/// The launcher for what has no shell's hook. Exit status 1 where no editor is found.
fn set_up_outside(arguments: &Args) -> Result<Exit> {
    if arguments.launcher {
        if arguments.undo {
            console::say(&match outside::remove_link()? {
                Some(link) => format!("claude-bedrock: took out {}", paths::display(&link)),
                None => "claude-bedrock: there is no link of ours".to_owned(),
            });
        } else {
            let link = outside::make_link()?;
            let directory = link.parent().map(paths::display).unwrap_or_default();
            console::say(&format!(
                "claude-bedrock: {} starts Claude Code with the profile of its directory; put {directory} first into the PATH of editors, cron and make",
                paths::display(&link)
            ));
        }
    }
    if !arguments.editor {
        return Ok(Exit::Done);
    }
    let editors = outside::editors();
    if editors.is_empty() {
        return Err(
            Diagnostic::error("no editor is found: VS Code, VSCodium, Cursor, Windsurf")
                .help(format!(
                    "in an editor's settings: \"{}\": \"{}\"",
                    outside::WRAPPER,
                    programs::own().display()
                ))
                .into(),
        );
    }
    for editor in &editors {
        let settings = paths::display(&editor.settings);
        let said = match arguments.undo {
            true if outside::unwrap(editor)? => "took the process wrapper out of",
            true => "nothing of ours is in",
            false if outside::wrap(editor)? => "named the process wrapper in",
            false => "the process wrapper is named already in",
        };
        console::say(&format!("claude-bedrock: {said} {settings} ({})", editor.name));
        for profile in &editor.apart {
            console::say(&format!(
                "claude-bedrock: a profile of the editor does not inherit it: {}",
                paths::display(profile)
            ));
        }
    }
    if !arguments.undo {
        console::say(
            "claude-bedrock: with a process wrapper the extension decides the permission mode itself, and no longer looks for its own updates; reload the editor's windows",
        );
    }
    Ok(Exit::Done)
}

/// What `doctor` finds of the profile. It decides nothing here: the hook and the profile are in their places,
/// and a login may be all that is missing.
fn check(name: &str) -> Result<()> {
    console::say(&format!(
        "claude-bedrock: checking the profile `{name}` (again at any time: claude-bedrock doctor {name})"
    ));
    let options = doctor::Options {
        profile: Some(name.to_owned()),
        ..doctor::Options::default()
    };
    let (_, mut lines) = command::doctor::checked(&options)?;
    // This shell cannot have the hook yet, which is said in the end.
    lines.retain(|line| line.code != "CD03");
    let screen = Screen::of_errors();
    console::say(command::doctor::shown(Some(name), &lines, false, screen).trim_end());
    Ok(())
}

fn cancelled() -> Exit {
    console::say("claude-bedrock: cancelled; nothing was changed");
    Exit::Child(INTERRUPTED)
}

/// The shell that `setup` was called from, as far as it can be known.
fn running(shells: &[Shell]) -> Option<Shell> {
    match shells {
        [only] => Some(*only),
        _ => Shell::login().filter(|shell| shells.contains(shell)),
    }
}

fn shells(arguments: &Args) -> Result<Vec<Shell>> {
    let shells = if arguments.shell.is_empty() && arguments.undo {
        shell::ALL.to_vec()
    } else if arguments.shell.is_empty() {
        files::shells_in_use()
    } else {
        let mut shells = arguments.shell.clone();
        shells.dedup();
        shells
    };
    if shells.is_empty() {
        return Err(
            Diagnostic::error("no shell is found that has a hook: bash, zsh, fish, PowerShell")
                .help("name one: claude-bedrock setup --shell zsh")
                .into(),
        );
    }
    Ok(shells)
}

/// How a shell's line calls the program: by the name that PATH knows, else by its whole path.
fn program(shell: Shell) -> String {
    let name = "claude-bedrock";
    if programs::on_path(name).is_some() {
        name.to_owned()
    } else {
        // A quoted word begins a command in every shell but PowerShell, whose line has the call operator.
        String::from_utf8_lossy(&shell.quote(programs::own().as_os_str())).into_owned()
    }
}

/// The rc files of a shell.
fn rc_files(shell: Shell) -> Result<RcFiles> {
    shell
        .rc_files(&program(shell))
        .ok_or_else(|| Diagnostic::error("no home directory is known").help("set HOME").into())
}

fn steps(shells: &[Shell]) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    for shell in shells {
        let files = rc_files(*shell)?;
        if let Some((path, line)) = files::already(&files) {
            steps.push(Step::Done(format!(
                "{}:{line} loads the hook already; nothing was added for {}",
                paths::display(path),
                shell.name()
            )));
            continue;
        }
        let step_of = |target: &RcFile| step(target, *shell).unwrap_or_else(Step::Refused);
        steps.extend(files.targets.iter().map(step_of));
    }
    Ok(steps)
}

fn step(target: &RcFile, shell: Shell) -> Result<Step> {
    let shown = paths::display(&target.path);
    let keeper = dotfiles::keeper(&target.path);
    if keeper == Some(Keeper::HomeManager) {
        return Err(made_by_home_manager(&shown, shell, &target.lines));
    }
    let original = Original::read(&target.path)?;
    let text = original.bytes().unwrap_or_default();
    let found = block::find(text).map_err(|line| taken_apart(&shown, line))?;
    let mut reached = Reached::Whole;
    let (content, backup) = if let Some(block) = found {
        let content = block.replaced(text, &target.lines);
        if content == text {
            return Ok(Step::Done(format!("{shown} has the hook already")));
        }
        (content, Backup::No)
    } else {
        reached = reached::reached(text);
        let at = match reached {
            Reached::Until { offset, .. } => offset,
            Reached::Whole | Reached::OpenDocument(_) => text.len(),
        };
        let backup = original.backup_beside();
        let (made, backup) = match original.bytes() {
            None => (Made::File(missing_directories(&target.path)), Backup::No),
            Some(_) if backup.symlink_metadata().is_ok() => (Made::Nothing, Backup::No),
            Some(_) => {
                let name = backup.file_name().unwrap_or_default().to_string_lossy().into_owned();
                (Made::Backup(name), Backup::First)
            }
        };
        (block::added(text, at, &target.lines, &made), backup)
    };
    Ok(Step::Write(Change {
        original,
        content,
        backup,
        lines: target.lines.clone(),
        reached,
        taken_from: shell.taken_from(&target.path),
        keeper,
    }))
}

fn made_by_home_manager(shown: &str, shell: Shell, lines: &str) -> Box<Diagnostic> {
    let finding = Diagnostic::error(format!(
        "home-manager makes {shown} of your Nix configuration, so nothing was changed"
    ));
    let place = match shell.name() {
        "bash" => "programs.bash.initExtra",
        "zsh" => "programs.zsh.initContent",
        "fish" => "programs.fish.interactiveShellInit",
        _ => "the text of that file",
    };
    finding
        .help(format!("put into {place}: {}", lines.trim_end().replace('\n', "; ")))
        .into()
}

fn taken_apart(shown: &str, line: usize) -> Box<Diagnostic> {
    Diagnostic::error(format!(
        "the block of `claude-bedrock setup` in {shown} has been taken apart"
    ))
    .help(format!("take out what is left of it, from line {line}, then try again"))
    .into()
}

fn missing_directories(path: &Path) -> usize {
    path.ancestors()
        .skip(1)
        .take_while(|directory| !directory.exists())
        .count()
}

fn done(step: &Step) -> Result<String> {
    match step {
        Step::Done(said) => Ok(said.clone()),
        Step::Refused(finding) => Err(finding.clone()),
        Step::Write(change) => {
            change
                .original
                .replace_shared(&change.content, change.backup)
                .map_err(|finding| {
                    let line = change.lines.lines().collect::<Vec<_>>().join("; ");
                    Box::new(finding.help(format!("or load the hook in your own way: {line}")))
                })?;
            let shown = paths::display(&change.original.path);
            let mut said = vec![format!("added the hook to {shown}")];
            said.extend(change.warnings());
            Ok(said.join("; "))
        }
    }
}

/// What would be written, file by file.
fn plan(steps: &[Step], drafts: &[Draft], everywhere: bool) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Write(change) => {
                let place = match &change.reached {
                    Reached::Whole | Reached::OpenDocument(_) => "at the end of".to_owned(),
                    Reached::Until { line, text, .. } => format!(
                        "before line {line} (`{}`), behind which nothing is read, of",
                        visible(text)
                    ),
                };
                text.push_str(&format!(
                    "# {place} {}\n{}\n",
                    paths::display(&change.original.path),
                    change.lines
                ));
                text.extend(change.warnings().iter().map(|warning| format!("# {warning}\n\n")));
            }
            Step::Done(said) => text.push_str(&format!("# {said}\n\n")),
            Step::Refused(finding) => text.push_str(&format!("# {}\n\n", finding.message)),
        }
    }
    if let Some((first, path)) = drafts.first().zip(paths::user_config()) {
        let default = if everywhere {
            format!("default_profile = \"{}\"\n\n", first.name)
        } else {
            String::new()
        };
        let shown: String = drafts.iter().map(|draft| draft.shown() + "\n").collect();
        text.push_str(&format!("# in {}\n{default}{shown}", paths::display(&path)));
    }
    text
}

/// The first profiles, of what the user picks or of the likeliest; none where there is nothing to make one of.
fn first_profiles(asks: bool) -> Result<std::result::Result<First, Cancelled>> {
    let told = |why: &str| {
        console::say(&format!("claude-bedrock: {why}"));
        let first = First {
            is_told: true,
            ..First::default()
        };
        Ok(first)
    };
    let session = Session::inherited();
    let variables = session.restored();
    let files = AwsFiles::read(&variables);
    let (of_settings, why) = profile::of_settings(&files, session.directory.as_deref(), &variables);
    if let Some(why) = why {
        return Ok(told(&why));
    }
    // What the settings name stays as it is, and what they do not name is not pinned.
    if let Some(draft) = of_settings {
        let first = First {
            drafts: vec![draft],
            ..First::default()
        };
        return Ok(Ok(first));
    }
    let mut candidates = profile::candidates(&files, &variables);
    if !asks || candidates.is_empty() {
        candidates.truncate(1);
    } else {
        let options: Vec<String> = candidates.iter().map(ToString::to_string).collect();
        let question = "The first profile is to use, and others (blank chooses, Enter goes on)";
        let answer = inquire::MultiSelect::new(question, options)
            .with_default(&[0])
            .raw_prompt();
        match picked(answer)? {
            Err(cancelled) => return Ok(Err(cancelled)),
            Ok(answers) => {
                let chosen = answers.iter().map(|answer| candidates[answer.index].clone());
                candidates = chosen.collect();
            }
        }
    }
    let mut first = First::default();
    for candidate in &candidates {
        let region = match (&candidate.region, asks) {
            (Some(region), _) => region.clone(),
            (None, false) => return Ok(told(&without_region(candidate))),
            (None, true) => match region_of(candidate)? {
                Err(cancelled) => return Ok(Err(cancelled)),
                Ok(region) => region,
            },
        };
        if first.drafts.iter().all(|draft| draft.name != candidate.name) {
            let mut draft = profile::draft(candidate, &region);
            first.is_unseen |= !command::add::pin(&mut draft);
            first.drafts.push(draft);
        }
    }
    Ok(Ok(first))
}

/// That no region is guessed, and what to type.
fn without_region(candidate: &profile::Candidate) -> String {
    let option = candidate.aws_profile.as_ref().map_or_else(
        || "--ambient".to_owned(),
        |name| format!("--aws-profile {}", command_line::quote(name)),
    );
    format!(
        "no profile is written: {candidate} has no region, and none is guessed; to write one: claude-bedrock add {} {option} --region REGION",
        command_line::quote(&candidate.name)
    )
}

/// Asks for the region of one that names none.
fn region_of(candidate: &profile::Candidate) -> Result<std::result::Result<String, Cancelled>> {
    let regions: Vec<&str> = geography::regions().collect();
    let start = regions.iter().position(|name| *name == FALLBACK_REGION);
    let question = format!("In which region ({})", visible(&candidate.name));
    let answer = inquire::Select::new(&question, regions)
        .with_starting_cursor(start.unwrap_or_default())
        .prompt();
    Ok(picked(answer)?.map(str::to_owned))
}

/// Whether the first profile is to count wherever no repository names another.
fn everywhere() -> Result<std::result::Result<bool, Cancelled>> {
    const EVERYWHERE: &str = "everywhere, unless a repository names another (default_profile)";
    const ASKED: &str = "only in repositories that name it";
    let answer = inquire::Select::new("It is to be used", vec![EVERYWHERE, ASKED]).prompt();
    Ok(picked(answer)?.map(|answer| answer == EVERYWHERE))
}

/// Offers the login, where all that is missing is one. Whether one is missing still.
fn log_in(name: &str, asks: bool) -> Result<bool> {
    let (session, active) = context::active_of(Some(name))?;
    let is_over = || expiry::of(&session, &active).is_some_and(|expiry| expiry.is_over());
    if !is_over() {
        return Ok(false);
    }
    if asks {
        let question = format!("Log in now (claude-bedrock login {name})?");
        let answer = inquire::Confirm::new(&question).with_default(true).prompt();
        if matches!(answer, Ok(true)) {
            let arguments = command::login::Args {
                profile: command::ProfileName {
                    profile: Some(name.to_owned()),
                },
                ..command::login::Args::default()
            };
            if let Err(finding) = command::login::run(&arguments) {
                console::report(&finding);
            }
        }
    }
    Ok(is_over())
}

/// An answer, or that there is none because of Ctrl-C or Escape.
fn picked<T>(answer: std::result::Result<T, InquireError>) -> Result<std::result::Result<T, Cancelled>> {
    match answer {
        Ok(answer) => Ok(Ok(answer)),
        Err(InquireError::OperationCanceled | InquireError::OperationInterrupted) => Ok(Err(Cancelled)),
        Err(error) => Err(Diagnostic::error(format!("the question cannot be asked: {error}")).into()),
    }
}

/// Takes every block out again.
fn undo(shells: &[Shell]) -> Result<Exit> {
    let (mut exit, mut found) = (Exit::Done, false);
    for shell in shells {
        let files = rc_files(*shell)?;
        let mut places: Vec<&Path> = files.all.iter().map(AsRef::as_ref).collect();
        places.extend(files.targets.iter().map(|target| target.path.as_path()));
        places.sort_unstable();
        places.dedup();
        for path in places {
            match taken_out(path) {
                Ok(None) => {}
                Ok(Some(said)) => {
                    found = true;
                    console::say(&format!("claude-bedrock: {said}"));
                }
                Err(finding) => {
                    found = true;
                    exit = Exit::Found;
                    console::report(&finding);
                }
            }
        }
    }
    if !found {
        console::say("claude-bedrock: nothing to take out");
    }
    Ok(exit)
}

fn taken_out(path: &Path) -> Result<Option<String>> {
    // What cannot be read has no block of ours, or is said when it is to be written.
    let Ok(original) = Original::read(path) else {
        return Ok(None);
    };
    let Some(text) = original.bytes() else { return Ok(None) };
    let shown = paths::display(path);
    let Some(block) = block::find(text).map_err(|line| taken_apart(&shown, line))? else {
        return Ok(None);
    };
    let content = block.removed(text);
    let failed = |error: std::io::Error| Diagnostic::error(format!("{shown} cannot be removed: {error}"));
    match &block.made {
        Made::File(directories) if content.is_empty() => {
            fs::remove_file(path).map_err(failed)?;
            for directory in path.ancestors().skip(1).take(*directories) {
                // One that has come to hold something else stays.
                if fs::remove_dir(directory).is_err() {
                    break;
                }
            }
            return Ok(Some(format!("removed {shown}, which `setup` had made")));
        }
        made => {
            original.replace_shared(&content, Backup::No)?;
            if let Made::Backup(name) = made {
                let backup = path.with_file_name(name);
                if backup.parent() == path.parent()
                    && crate::system::files::read(&backup, crate::rewrite::LARGEST).is_ok_and(|old| old == content)
                {
                    let _ = fs::remove_file(backup);
                }
            }
        }
    }
    Ok(Some(format!("took the hook out of {shown}")))
}
