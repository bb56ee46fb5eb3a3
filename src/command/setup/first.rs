//! The first profiles, and the questions about them.

use inquire::error::InquireError;

use super::Cancelled;
use crate::aws::expiry;
use crate::aws_files::Files as AwsFiles;
use crate::catalog::geography;
use crate::diagnostic::{Diagnostic, Result};
use crate::edit::{Draft, Edit, FALLBACK_REGION};
use crate::import::Found;
use crate::import::places::Place;
use crate::session::Session;
use crate::setup::profile::{self, OfSettings};
use crate::system::command_line;
use crate::system::text::visible;
use crate::{command, console, context};

/// The first profiles.
#[derive(Default)]
pub(super) struct First {
    pub(super) drafts: Vec<Draft>,
    /// Those of them that pin models of the catalog, unchecked in the account, without their pins.
    pub(super) unseen: Vec<Draft>,
    /// What Claude Code's settings say of Bedrock.
    pub(super) source: Option<Box<Found>>,
    /// Whether `import` makes a profile of that.
    pub(super) is_by_import: bool,
    /// Whether the reason for having none was reported.
    pub(super) is_told: bool,
    /// Whether credentials of one come from a login.
    pub(super) has_login: bool,
    /// What is there too and was not asked about.
    pub(super) also: Vec<String>,
}

impl First {
    /// The name of the first profile.
    pub(super) fn name(&self) -> Option<&str> {
        let imported = self.source.as_ref().filter(|_| self.is_by_import);
        let draft = self.drafts.first().or(imported.map(|found| &found.draft));
        draft.map(|draft| draft.name.as_str())
    }
}

/// What the first profiles can be made of.
enum Source {
    /// Claude Code's settings.
    Settings(Box<Found>),
    /// Credentials of this machine.
    Candidate(profile::Candidate),
}

impl std::fmt::Display for Source {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Candidate(candidate) => candidate.fmt(formatter),
            Self::Settings(found) => {
                let part = |path: &str, words: &str| found.draft.text(path).map(|text| format!("{words}{text}"));
                let known: Vec<String> = [
                    part("region", ""),
                    part("auth.profile", "AWS profile "),
                    part("account", "account "),
                ]
                .into_iter()
                .flatten()
                .collect();
                write!(
                    formatter,
                    "what Claude Code's settings say ({})",
                    visible(&known.join(", "))
                )
            }
        }
    }
}

/// The first profiles, from the user's choice or from the likeliest candidate; none if there are no candidates. The
/// settings of a directory may be a stranger's: without a question they do not count.
pub(super) fn first_profiles(asks: bool) -> Result<std::result::Result<First, Cancelled>> {
    let session = Session::inherited();
    let variables = session.restored();
    let files = AwsFiles::read(&variables);
    let mut first = First::default();
    let mut sources = Vec::new();
    let directory = session.directory.as_deref().filter(|_| asks);
    match profile::of_settings(&files, directory, &variables) {
        OfSettings::Nothing => {}
        OfSettings::Whole(found) => sources.push(Source::Settings(found)),
        OfSettings::ByImport(mut found) => {
            if asks && !found.draft.has("region") {
                match region_of(&found.draft.name)? {
                    Err(cancelled) => return Ok(Err(cancelled)),
                    Ok(region) => found.draft.put("region", region),
                }
            }
            // So that the plan says where its secrets go.
            Place::Keyring.settle(&mut found);
            first.source = Some(found);
            first.is_by_import = true;
            return Ok(Ok(first));
        }
    }
    let of_settings = sources.first().and_then(|source| match source {
        Source::Settings(found) => found.draft.text("auth.profile").map(str::to_owned),
        Source::Candidate(_) => None,
    });
    let mut candidates = profile::candidates(&files, &variables);
    candidates.retain(|candidate| of_settings.is_none() || candidate.aws_profile != of_settings);
    let usual: Vec<usize> = if sources.is_empty() {
        profile::usual(&candidates)
    } else {
        vec![0]
    };
    sources.extend(candidates.into_iter().map(Source::Candidate));
    let taken: Vec<usize> = if asks && !sources.is_empty() {
        let options: Vec<String> = sources.iter().map(ToString::to_string).collect();
        let question = "Make profiles from which of these? (space selects, Enter continues)";
        let answer = inquire::MultiSelect::new(question, options)
            .with_default(&usual)
            .raw_prompt();
        match picked(answer)? {
            Err(cancelled) => return Ok(Err(cancelled)),
            Ok(answers) => answers.iter().map(|answer| answer.index).collect(),
        }
    } else {
        let left = sources.len() - usual.len().min(sources.len());
        if left > 0 {
            let more = if left == 1 {
                "1 more".to_owned()
            } else {
                format!("{left} more")
            };
            first.also.push(format!(
                "~/.aws has {more}; each becomes a profile by: claude-bedrock import aws-config"
            ));
        }
        usual
    };
    for (index, source) in sources.into_iter().enumerate() {
        if !taken.contains(&index) {
            continue;
        }
        let (draft, unpinned) = match source {
            // What the settings name stays as it is, and what they do not name is not pinned.
            Source::Settings(found) => {
                let draft = found.draft.clone();
                first.source = Some(found);
                (draft, None)
            }
            Source::Candidate(candidate) => {
                let region = match (&candidate.region, asks) {
                    (Some(region), _) => region.clone(),
                    (None, false) => {
                        console::say(&format!("claude-bedrock: {}", without_region(&candidate)));
                        first.is_told = true;
                        continue;
                    }
                    (None, true) => match region_of(&candidate.name)? {
                        Err(cancelled) => return Ok(Err(cancelled)),
                        Ok(region) => region,
                    },
                };
                let unpinned = profile::draft(&candidate, &region);
                let mut draft = unpinned.clone();
                let is_seen = command::add::pin(&mut draft);
                (draft, (!is_seen).then_some(unpinned))
            }
        };
        if first.drafts.iter().any(|known| known.name == draft.name) {
            continue;
        }
        let name = draft.text("auth.profile");
        first.has_login |= name.is_some_and(|name| profile::has_login(&files, name, &variables));
        first.unseen.extend(unpinned);
        first.drafts.push(draft);
    }
    Ok(Ok(first))
}

/// The notice that no region is guessed, and what to type.
pub(super) fn without_region(candidate: &profile::Candidate) -> String {
    let option = candidate.aws_profile.as_ref().map_or_else(
        || "--ambient".to_owned(),
        |name| format!("--aws-profile {}", command_line::quote(name)),
    );
    format!(
        "no profile was written: {candidate} has no region, and setup does not guess one; to write one: claude-bedrock add {} {option} --region REGION",
        command_line::quote(&candidate.name)
    )
}

/// Asks for the region of a candidate that names none.
pub(super) fn region_of(name: &str) -> Result<std::result::Result<String, Cancelled>> {
    let regions: Vec<&str> = geography::regions().collect();
    let start = regions.iter().position(|name| *name == FALLBACK_REGION);
    let question = format!("Which region ({})", visible(name));
    let answer = inquire::Select::new(&question, regions)
        .with_starting_cursor(start.unwrap_or_default())
        .prompt();
    Ok(picked(answer)?.map(str::to_owned))
}

/// Asks whether the first profile applies wherever no repository names another.
pub(super) fn everywhere() -> Result<std::result::Result<bool, Cancelled>> {
    const EVERYWHERE: &str = "everywhere, unless a repository names another (default_profile)";
    const ASKED: &str = "only in repositories that name it";
    let answer = inquire::Select::new("Use the first profile", vec![EVERYWHERE, ASKED]).prompt();
    Ok(picked(answer)?.map(|answer| answer == EVERYWHERE))
}

/// Offers the login, where all that is missing is one; with `agrees` it is agreed to already. Whether one is missing still.
pub(super) fn log_in(name: &str, asks: bool, agrees: bool) -> Result<bool> {
    let (session, active) = context::active_of(Some(name))?;
    let is_over = || expiry::of(&session, &active).is_some_and(|expiry| expiry.is_over());
    if !is_over() {
        return Ok(false);
    }
    if asks || (agrees && console::can_ask()) {
        let question = format!("Log in now (claude-bedrock login {name})?");
        if agrees || matches!(inquire::Confirm::new(&question).with_default(true).prompt(), Ok(true)) {
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

/// The answer, or `Cancelled` after Ctrl-C or Escape.
pub(super) fn picked<T>(answer: std::result::Result<T, InquireError>) -> Result<std::result::Result<T, Cancelled>> {
    match answer {
        Ok(answer) => Ok(Ok(answer)),
        Err(InquireError::OperationCanceled | InquireError::OperationInterrupted) => Ok(Err(Cancelled)),
        Err(error) => Err(Diagnostic::error(format!("cannot ask the question: {error}")).into()),
    }
}

/// Makes the profile of Claude Code's settings, with its secrets, and takes out there what it has; whether it could.
pub(super) fn import_settings(first: &First, everywhere: bool, asks: bool) -> bool {
    let Some(draft) = first.source.as_ref().map(|found| &found.draft) else {
        return false;
    };
    let name = draft.name.clone();
    let arguments = command::import::Args::of_settings(&name, draft.text("region"), !asks);
    let made = command::import::run(&arguments).and_then(|_| {
        if everywhere {
            let mut edit = Edit::config()?;
            edit.set_default(&name);
            command::write_change(&edit, false)?;
        }
        Ok(())
    });
    if let Err(finding) = made {
        console::report(&finding);
        console::say(&format!(
            "claude-bedrock: Claude Code's settings use Bedrock already, and stay; to make a profile from them: claude-bedrock import settings --name {name} --move"
        ));
        return false;
    }
    true
}

/// Asks the account of a new profile what it has, and pins that; says where it could not.
pub(super) fn pin_what_is_seen(unpinned: &Draft) -> Result<()> {
    let name = &unpinned.name;
    let (session, active) = context::active_of(Some(name))?;
    let trouble = match command::models::look(&session, &active) {
        Ok(Ok(Some(seen))) => {
            let mut draft = unpinned.clone();
            draft.pin_seen(&seen);
            return pin(&draft);
        }
        Ok(Ok(None)) => "the answer could not be kept".to_owned(),
        Ok(Err(trouble)) => trouble.message,
        Err(finding) => finding.message,
    };
    console::say(&format!(
        "claude-bedrock: could not look whether the account has the models of {name} ({}); when it can be asked: claude-bedrock models {} --update",
        visible(&trouble),
        command_line::quote(name)
    ));
    Ok(())
}

/// Writes the pins of a draft in place of those that the profile has.
fn pin(draft: &Draft) -> Result<()> {
    let mut edit = Edit::config()?;
    for family in ["opus", "sonnet", "haiku", "classifier"] {
        let path = format!("models.{family}");
        if !draft.has(&path) {
            // It may not be there.
            let _ = edit.unset(Some(&draft.name), &path);
        }
    }
    let pins: Vec<_> = draft
        .entries
        .iter()
        .filter(|(path, _)| path[0] == "models")
        .cloned()
        .collect();
    edit.set(Some(&draft.name), &pins)?;
    if edit.difference().is_empty() {
        console::say(&format!("claude-bedrock: the account has the models of {}", draft.name));
        return Ok(());
    }
    command::write_change(&edit, false)?;
    console::say(&format!(
        "claude-bedrock: pinned for {} what the account has",
        draft.name
    ));
    Ok(())
}
