//! `lint`: errors and doubts in the files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::ValueHint;
use serde_json::{Value, json};

use crate::aws::listing;
use crate::command::Report;
use crate::diagnostic::{Diagnostic, Result, Severity};
use crate::environment::Environment;
use crate::exit::Exit;
use crate::lint::{self, Machine};
use crate::profile::Profile;
use crate::profile::layers::{Named, Project};
use crate::profile::source::{self, Read};
use crate::session::Session;
use crate::system::paths;
use crate::watch::Watch;
use crate::{console, load};

/// Shown by `--help` after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock lint                    your config.toml and the project files here
  claude-bedrock lint repo/.claude-bedrock.toml
  claude-bedrock explain CB005           one finding in full

Exit status 1 if there is an error; warnings alone leave it 0.";

#[derive(clap::Args, Debug)]
pub struct Args {
    /// A config.toml or a project file [default: your config.toml and the project files here]
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub report: Report,
}

/// The code for files that cannot be parsed.
const UNREADABLE: &str = "CB001";

/// Prints every finding. Exit status 1 if one is an error.
pub fn run(arguments: &Args) -> Result<Exit> {
    let machine = Machine::of(&Session::inherited().restored()).seeing(listing::seen);
    if let Some(path) = arguments
        .file
        .as_deref()
        .filter(|path| path.symlink_metadata().is_err())
    {
        return Err(Diagnostic::error(format!("there is no file {}", paths::display(path))).into());
    }
    let findings = match &arguments.file {
        Some(path) => of_file(&paths::absolute(path), &machine),
        None => here(&machine),
    };
    let mut findings = lint::without_repetition(findings);
    for finding in &mut findings {
        finding.code.get_or_insert(UNREADABLE);
    }
    let errors = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .count();
    if arguments.report.json {
        let objects: Vec<Value> = findings.iter().map(Diagnostic::json).collect();
        console::print_json(&json!(objects))?;
    } else {
        let colored = console::colored_output();
        let text: Vec<String> = findings
            .iter()
            .map(|finding| finding.render_with_code(colored) + "\n\n")
            .collect();
        console::print(text.concat())?;
        console::say(&format!("claude-bedrock: {}", count(errors, findings.len() - errors)));
    }
    Ok(Exit::found_if(errors > 0))
}

fn count(errors: usize, warnings: usize) -> String {
    let plural = |count: usize, name: &str| format!("{count} {name}{}", if count == 1 { "" } else { "s" });
    match (errors, warnings) {
        (0, 0) => "nothing to say".to_owned(),
        (0, warnings) => plural(warnings, "warning"),
        (errors, 0) => plural(errors, "error"),
        (errors, warnings) => format!("{}, {}", plural(errors, "error"), plural(warnings, "warning")),
    }
}

/// The user's profiles, and what the project files here make of them.
fn here(machine: &Machine) -> Vec<Diagnostic> {
    let mut findings = of_profiles(load::summaries(), machine);
    let load = load::load(
        paths::working_directory().as_deref(),
        &crate::profile::choice::Choice::Directory,
    );
    findings.extend(load.findings);
    if let Some(active) = load.active {
        findings.extend(lint::findings(&active.profile, machine));
    }
    findings
}

/// The findings before a file is changed, so that only new ones are reported afterwards.
pub struct Before {
    path: PathBuf,
    known: BTreeSet<String>,
}

impl Before {
    /// The findings of the user's file or of a project file, as it stands.
    pub fn of(path: &Path) -> Self {
        Self {
            path: path.to_path_buf(),
            known: of_changed(path).iter().map(identity).collect(),
        }
    }

    /// Reports the findings that the change has introduced.
    pub fn report(self) {
        let mut findings = of_changed(&self.path);
        findings.retain(|finding| {
            let is_lack = finding.code.is_some_and(|code| LACKS.contains(&code));
            !is_lack && !self.known.contains(&identity(finding))
        });
        for finding in lint::without_repetition(findings) {
            console::report_with_code(&finding);
        }
    }
}

/// Findings about what a profile lacks, which the change did not write.
const LACKS: [&str; 2] = ["CB002", "CB012"];

/// What identifies a finding, wherever the change has moved it.
fn identity(finding: &Diagnostic) -> String {
    format!("{:?} {} {:?}", finding.code, finding.message, finding.help)
}

/// The findings of the user's profiles with what they extend, or of a project file.
fn of_changed(path: &Path) -> Vec<Diagnostic> {
    let machine = Machine::of(&Session::inherited().restored());
    if path.file_name().is_some_and(|name| name == paths::PROJECT_FILE) {
        return of_file(path, &machine);
    }
    of_profiles(load::summaries(), &machine)
}

/// What is wrong with each of many profiles.
fn of_profiles(profiles: Result<BTreeMap<String, Result<Profile>>>, machine: &Machine) -> Vec<Diagnostic> {
    let of_one = |profile: Result<Profile>| {
        profile.map_or_else(|finding| vec![*finding], |profile| of_profile(&profile, machine))
    };
    profiles.map_or_else(
        |finding| vec![*finding],
        |profiles| profiles.into_values().flat_map(of_one).collect(),
    )
}

fn of_profile(profile: &Profile, machine: &Machine) -> Vec<Diagnostic> {
    let mut findings = lint::findings(profile, machine);
    if let Err(finding) = Environment::of(profile) {
        findings.push(*finding);
    }
    findings
}

fn of_file(path: &Path, machine: &Machine) -> Vec<Diagnostic> {
    if path.file_name().is_some_and(|name| name == paths::PROJECT_FILE) {
        return of_project(path, machine).unwrap_or_else(|finding| vec![*finding]);
    }
    of_profiles(load::summaries_of(path), machine)
}

/// A project file by itself, with the profile that it names.
fn of_project(path: &Path, machine: &Machine) -> Result<Vec<Diagnostic>> {
    let Some(Read { source, .. }) = source::read(path, &mut Watch::default())? else {
        return Err(Diagnostic::error(format!("there is no {}", paths::display(path))).into());
    };
    let project = Project::parse(&source)?;
    let Some((named, place)) = &project.profile else {
        // Its own values can be checked, whatever profile it will refine.
        let profile = Profile {
            name: String::new(),
            settings: project.settings,
            extends: Vec::new(),
            place: None,
        };
        let mut findings = lint::findings(&profile, machine);
        findings.retain(|finding| finding.place.is_some());
        return Ok(findings);
    };
    let Named::Profile(name) = named else {
        return Ok(Vec::new());
    };
    let mut profiles = load::summaries()?;
    let Some(profile) = profiles.remove(name) else {
        let known = profiles.keys().map(String::as_str);
        return Err(Diagnostic::at(place.clone(), format!("there is no profile `{name}`"))
            .did_you_mean(name, known)
            .into());
    };
    let mut profile = profile?;
    profile.settings.refine(&project.settings);
    Ok(of_profile(&profile, machine))
}
