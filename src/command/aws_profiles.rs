//! `aws-profiles`: the profiles of `~/.aws` as Claude Code reads them, and who reads them differently.

use clap_complete::engine::ArgValueCompleter;
use serde_json::{Value, json};

use crate::aws::session::{self, Token};
use crate::aws_files::{Base, Decision, Difference, Files, Flaw};
use crate::command::{self, Report};
use crate::console;
use crate::diagnostic::{Diagnostic, Result};
use crate::exit::Exit;
use crate::session::Session;
use crate::system::text::{nearest, visible};
use crate::system::time;
use crate::system::variables::Snapshot;
use crate::variables as owned;

/// Shown by `--help` after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock aws-profiles
  claude-bedrock aws-profiles bedrock-work    with what to do about each finding
  claude-bedrock aws-profiles --json | jq -r '.profiles[] | select(.source == \"sso\") | .name'

Each with its source of credentials, region, and how long its session lasts. `claude-bedrock explain CODE` explains a finding in full.
Exit status 1 if the profile NAME gives Claude Code no credentials.";

#[derive(clap::Args, Debug)]
pub struct Args {
    /// One profile of ~/.aws [default: all of them]
    #[arg(value_name = "NAME", add = ArgValueCompleter::new(command::complete::aws_profiles))]
    name: Option<String>,
    #[command(flatten)]
    report: Report,
}

/// A profile with its findings.
struct Row {
    name: String,
    decided: std::result::Result<Decision, Flaw>,
    region: Option<String>,
    found: Vec<Difference>,
}

impl Row {
    fn new(files: &Files, name: &str, variables: &Snapshot) -> Self {
        let found = files.of_profile(name, variables);
        Self {
            name: name.to_owned(),
            decided: files.decide(name, variables),
            region: files.value(name, "region"),
            found,
        }
    }

    fn token(&self) -> Option<Token> {
        match &self.decided.as_ref().ok()?.base {
            Base::Sso(sso) => Some(session::token(sso)),
            _ => None,
        }
    }

    fn words(&self) -> String {
        match &self.decided {
            Ok(decision) => decision.words().trim_end_matches(',').to_owned(),
            Err(_) => "no credentials for Claude Code".to_owned(),
        }
    }

    fn as_json(&self) -> Value {
        let findings = self.found.iter().map(finding).collect::<Value>();
        let roles = self
            .decided
            .as_ref()
            .map(|decision| &decision.roles[..])
            .unwrap_or_default();
        let session = self.token().map(|token| {
            let until = match &token {
                Token::Valid { until, .. } => time::written(*until),
                Token::Expired { at, .. } | Token::Renewable { at } => time::written(*at),
                Token::Absent | Token::Unreadable(_) => None,
            };
            json!({ "state": token.words(), "until": until })
        });
        json!({
            "name": self.name,
            "source": self.decided.as_ref().ok().map(kind),
            "profile": self.decided.as_ref().ok().map(|decision| &decision.profile),
            "roles": roles.iter().map(|role| &role.arn).collect::<Vec<_>>(),
            "region": self.region,
            "session": session,
            "findings": findings,
        })
    }

    fn cells(&self) -> Vec<String> {
        let session = self
            .token()
            .map_or_else(String::new, |token| format!("session {}", token.words()));
        let region = self.region.as_deref().unwrap_or("-");
        [self.name.as_str(), region, &self.words(), &session]
            .map(visible)
            .into()
    }
}

fn finding(difference: &Difference) -> Value {
    json!({ "code": difference.code, "message": difference.message, "help": difference.help })
}

/// One word for programs.
fn kind(decision: &Decision) -> &'static str {
    match decision.base {
        _ if !decision.roles.is_empty() => "role",
        Base::Keys(_) => "keys",
        Base::WebIdentity(_) => "web-identity",
        Base::Process(_) => "process",
        Base::Sso(_) => "sso",
        Base::Login(_) => "login",
        Base::Environment => "environment",
        Base::Container => "container",
        Base::Instance => "instance",
    }
}

/// Prints the profiles. Exit status 1 if one that was asked for gives Claude Code nothing.
pub fn run(arguments: &Args) -> Result<Exit> {
    let mut variables = Session::inherited().restored();
    // A profile is shown as it is used: without other credentials next to it.
    variables.retain(|name, _| !owned::CREDENTIALS.iter().any(|owned| name == *owned));
    let files = Files::read(&variables);
    let rows: Vec<Row> = match &arguments.name {
        Some(name) => vec![Row::new(&files, name, &variables)],
        None => {
            let names = files.names().map(str::to_owned).chain(files.only_for_cli(&variables));
            names.map(|name| Row::new(&files, &name, &variables)).collect()
        }
    };
    if let (Some(name), [row]) = (&arguments.name, &rows[..])
        && row.found.iter().any(|found| found.code == "CB014")
    {
        let finding = Diagnostic::error(format!("there is no AWS profile `{}`", visible(name)));
        return Err(match nearest(name, files.names()) {
            Some(near) => finding.help(format!("did you mean `{near}`?")).into(),
            None => finding.help("see what there is: claude-bedrock aws-profiles").into(),
        });
    }
    let of_files = files.of_files(&variables);
    if arguments.report.json {
        let profiles: Value = rows.iter().map(Row::as_json).collect();
        let findings: Value = of_files.iter().map(finding).collect();
        console::print_json(&json!({ "profiles": profiles, "findings": findings }))?;
    } else {
        console::print(text(&rows, &of_files, arguments.name.is_some()))?;
    }
    let is_broken = arguments.name.is_some() && rows.iter().any(|row| row.decided.is_err());
    Ok(if is_broken { Exit::Found } else { Exit::Done })
}

fn text(rows: &[Row], of_files: &[Difference], with_help: bool) -> String {
    let mut text = if rows.is_empty() {
        "there are no profiles in ~/.aws; write one: aws configure sso\n".to_owned()
    } else {
        console::table(&rows.iter().map(Row::cells).collect::<Vec<_>>())
    };
    for found in rows.iter().flat_map(|row| &row.found).chain(of_files) {
        text.push_str(&format!("{}  {}\n", found.code, visible(&found.message)));
        if with_help {
            text.push_str(&format!("       {}\n", visible(&found.help)));
        }
    }
    text
}
