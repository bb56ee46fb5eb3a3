//! `settings`: Claude Code's settings files, what in them beats the profile, and what this program puts there.

use serde_json::{Value, json};

use crate::claude::settings::{self, Candidate, Found, Settings, Tier};
use crate::claude::shadow;
use crate::cli::{SettingsCheck, SettingsTier};
use crate::command;
use crate::diagnostic::{Diagnostic, Place, Result};
use crate::paths;
use crate::session::load::{self, Active};
use crate::session::state::Choice;

/// Shows the settings files and what in them beats the profile. Exit status 1 where something does.
pub fn check(arguments: &SettingsCheck) -> Result<u8> {
    let directory = paths::working_directory();
    let active = active_here()?;
    let candidates: Vec<Candidate> = settings::candidates(directory.as_deref())
        .into_iter()
        .filter(|candidate| arguments.tier.chosen().is_none_or(|tier| tier == candidate.tier))
        .collect();
    let found = Found::of(&candidates);
    let mut findings = shadow::findings_in(&found, active.as_ref());
    if arguments.tier.chosen().is_none()
        && let Some(active) = &active
    {
        findings.extend(shadow::not_applied(active, &found.files));
    }
    if arguments.report.json {
        command::print(format!(
            "{:#}\n",
            as_json(&candidates, &found, &findings, active.as_ref())
        ))?;
    } else {
        let rows: Vec<Vec<String>> = candidates.iter().map(|candidate| row(candidate, &found)).collect();
        command::print(command::table(&rows))?;
        let colored = crate::cli::colored();
        for finding in &findings {
            command::say(&format!("\n{}", finding.render(colored)));
        }
        if active.is_none() {
            command::say("claude-bedrock: no profile is active here to compare them with");
        }
    }
    Ok(u8::from(!findings.is_empty()))
}

/// The active profile, if any; what is wrong with it is an error.
fn active_here() -> Result<Option<Active>> {
    let choice = Choice::of(paths::chosen_profile().as_deref());
    let load = load::load(paths::working_directory().as_deref(), &choice);
    match (load.active, load.findings.into_iter().next()) {
        (Some(active), _) => Ok(Some(active)),
        (None, Some(finding)) => Err(finding.into()),
        (None, None) => Ok(None),
    }
}

fn row(candidate: &Candidate, found: &Found) -> Vec<String> {
    let settings = found
        .files
        .iter()
        .find(|settings| settings.source.path == candidate.path);
    let what = match settings {
        Some(settings) => summary(settings),
        None if found.broken.iter().any(|(broken, _)| broken == candidate) => "ignored by Claude Code".to_owned(),
        None => "not there".to_owned(),
    };
    vec![candidate.tier.name().to_owned(), paths::display(&candidate.path), what]
}

fn summary(settings: &Settings) -> String {
    if settings.is_ignored {
        return "ignored by Claude Code".to_owned();
    }
    let mut parts: Vec<String> = Vec::new();
    for (key, value) in [
        (settings::AUTH_REFRESH, &settings.auth_refresh),
        (settings::CREDENTIAL_EXPORT, &settings.credential_export),
    ] {
        match value.as_ref().map(|value| shadow::Own::parse(&value.text)) {
            Some(Some(own)) => parts.push(format!("{key} for {}", own.profile)),
            Some(None) => parts.push(format!("{key} of another program")),
            None => {}
        }
    }
    match settings.env.len() {
        0 => {}
        1 => parts.push("1 variable".to_owned()),
        count => parts.push(format!("{count} variables")),
    }
    if parts.is_empty() {
        return "nothing about Bedrock".to_owned();
    }
    parts.join(", ")
}

fn as_json(candidates: &[Candidate], found: &Found, findings: &[Diagnostic], active: Option<&Active>) -> Value {
    let file = |candidate: &Candidate| {
        let settings = found
            .files
            .iter()
            .find(|settings| settings.source.path == candidate.path);
        let text = |value: &Option<settings::Value>| value.as_ref().map(|value| crate::diagnostic::masked(&value.text));
        json!({
            "tier": candidate.tier.name(),
            "path": candidate.path.to_string_lossy(),
            "exists": settings.is_some() || found.broken.iter().any(|(broken, _)| broken == candidate),
            "ignored": settings.map_or_else(|| found.broken.iter().any(|(broken, _)| broken == candidate), |settings| settings.is_ignored),
            settings::AUTH_REFRESH: settings.and_then(|settings| text(&settings.auth_refresh)),
            settings::CREDENTIAL_EXPORT: settings.and_then(|settings| text(&settings.credential_export)),
            "env": settings.map(|settings| settings.env.iter().map(|(name, _)| name).collect::<Vec<_>>()),
        })
    };
    let finding = |finding: &Diagnostic| {
        json!({
            "message": crate::diagnostic::masked(&finding.message),
            "help": finding.help,
            "file": finding.place.as_ref().map(|place| place.source.path.to_string_lossy()),
            "line": finding.place.as_ref().map(Place::line),
            "column": finding.place.as_ref().map(Place::column),
        })
    };
    json!({
        "profile": active.map(|active| &active.profile.name),
        "files": candidates.iter().map(file).collect::<Vec<_>>(),
        "overrides": active.map(|active| shadow::all(active, &found.files).iter().map(shadow_json).collect::<Vec<_>>()),
        "findings": findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

/// What beats the profile, for programs.
pub fn shadow_json(shadow: &shadow::Shadow) -> Value {
    json!({
        "name": shadow.name,
        "tier": shadow.tier.name(),
        "file": shadow.place.source.path.to_string_lossy(),
        "line": shadow.place.line(),
        "value": shadow.theirs,
        "wanted": shadow.ours,
    })
}

impl SettingsTier {
    /// The tier that was named, if one was.
    pub fn chosen(&self) -> Option<Tier> {
        match (self.user, self.project, self.local) {
            (true, _, _) => Some(Tier::User),
            (_, true, _) => Some(Tier::Project),
            (_, _, true) => Some(Tier::Local),
            _ => None,
        }
    }
}
