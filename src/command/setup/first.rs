//! The first profiles, and the questions about them.

use inquire::error::InquireError;

use super::Cancelled;
use crate::aws::expiry;
use crate::aws_files::Files as AwsFiles;
use crate::catalog::geography;
use crate::diagnostic::{Diagnostic, Result};
use crate::edit::{Draft, FALLBACK_REGION};
use crate::session::Session;
use crate::setup::profile;
use crate::system::command_line;
use crate::system::text::visible;
use crate::{command, console, context};

/// The first profiles.
#[derive(Default)]
pub(super) struct First {
    pub(super) drafts: Vec<Draft>,
    /// Whether it was said why there is none.
    pub(super) is_told: bool,
    /// Whether they pin models of the catalog, which nobody has looked for in the account.
    pub(super) is_unseen: bool,
}

/// The first profiles, of what the user picks or of the likeliest; none where there is nothing to make one of.
pub(super) fn first_profiles(asks: bool) -> Result<std::result::Result<First, Cancelled>> {
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
pub(super) fn without_region(candidate: &profile::Candidate) -> String {
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
pub(super) fn region_of(candidate: &profile::Candidate) -> Result<std::result::Result<String, Cancelled>> {
    let regions: Vec<&str> = geography::regions().collect();
    let start = regions.iter().position(|name| *name == FALLBACK_REGION);
    let question = format!("In which region ({})", visible(&candidate.name));
    let answer = inquire::Select::new(&question, regions)
        .with_starting_cursor(start.unwrap_or_default())
        .prompt();
    Ok(picked(answer)?.map(str::to_owned))
}

/// Whether the first profile is to count wherever no repository names another.
pub(super) fn everywhere() -> Result<std::result::Result<bool, Cancelled>> {
    const EVERYWHERE: &str = "everywhere, unless a repository names another (default_profile)";
    const ASKED: &str = "only in repositories that name it";
    let answer = inquire::Select::new("It is to be used", vec![EVERYWHERE, ASKED]).prompt();
    Ok(picked(answer)?.map(|answer| answer == EVERYWHERE))
}

/// Offers the login, where all that is missing is one. Whether one is missing still.
pub(super) fn log_in(name: &str, asks: bool) -> Result<bool> {
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
pub(super) fn picked<T>(answer: std::result::Result<T, InquireError>) -> Result<std::result::Result<T, Cancelled>> {
    match answer {
        Ok(answer) => Ok(Ok(answer)),
        Err(InquireError::OperationCanceled | InquireError::OperationInterrupted) => Ok(Err(Cancelled)),
        Err(error) => Err(Diagnostic::error(format!("the question cannot be asked: {error}")).into()),
    }
}
