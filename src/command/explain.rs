//! `explain`: the whole story of a finding, and what an error of AWS's or of Claude Code's means.

use clap_complete::engine::ArgValueCompleter;

use crate::aws::messages::{self, MEANINGS, Meaning};
use crate::claude::sentences::{self, SENTENCES, Sentence};
use crate::diagnostic::{Diagnostic, Result};
use crate::exit::Exit;
use crate::lint::{self, LINTS, Lint};
use crate::{command, console};

/// What `--help` shows after the options.
pub const EXAMPLES: &str = "\
Examples:
  claude-bedrock explain CB007
  claude-bedrock explain          the list of all
  claude-bedrock explain 'API Error: 429 Too many tokens, please wait before trying again.'";

#[derive(clap::Args, Debug)]
pub struct Args {
    /// A code, such as CB005, or what AWS or Claude Code has said
    #[arg(add = ArgValueCompleter::new(command::complete::codes), value_name = "CODE|TEXT")]
    pub code: Option<String>,
    /// More words of what was said
    #[arg(hide = true, requires = "code", trailing_var_arg = true)]
    pub more: Vec<String>,
    /// All stories, in Markdown
    #[arg(long, conflicts_with = "code")]
    pub all: bool,
    /// All errors of AWS and of Claude Code, in Markdown
    #[arg(long, conflicts_with_all = ["code", "all"])]
    pub errors: bool,
}

/// Prints one story, all of them, or the list of all kinds; or what a text means.
pub fn run(arguments: &Args) -> Result<Exit> {
    if arguments.all {
        console::print(lint::markdown())?;
        return Ok(Exit::Done);
    }
    if arguments.errors {
        console::print(markdown())?;
        return Ok(Exit::Done);
    }
    let Some(code) = &arguments.code else {
        let rows: Vec<Vec<String>> = LINTS
            .iter()
            .map(|lint| vec![lint.code.to_owned(), lint.title.to_owned()])
            .collect();
        console::print(console::table(&rows))?;
        return Ok(Exit::Done);
    };
    if let (Some(Lint { code, title, story }), true) = (lint::by_code(code), arguments.more.is_empty()) {
        console::print(format!("{code}: {title}\n\n{story}\n"))?;
        return Ok(Exit::Done);
    }
    let words: Vec<&str> = std::iter::once(code)
        .chain(&arguments.more)
        .map(String::as_str)
        .collect();
    let text = words.join(" ");
    if let Some(told) = told(&text) {
        console::print(told)?;
        return Ok(Exit::Done);
    }
    if text.contains(' ') {
        return Err(Diagnostic::error("this is no error that is known here")
            .help("AWS's own words help most: claude-bedrock doctor --invoke; all that are known: claude-bedrock explain --errors")
            .into());
    }
    let finding = Diagnostic::error(format!("there is no finding `{code}`"));
    Err(finding
        .did_you_mean(code, LINTS.iter().map(|lint| lint.code))
        .help("see all of them: claude-bedrock explain")
        .into())
}

/// What a pasted text means, where it holds an error that is known.
fn told(text: &str) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    if let Some(meaning) = messages::in_text(text) {
        parts.push(format!(
            "AWS: {}\n  what it means: {}\n  what to do:    {}\n  who can do it: {}\n",
            meaning.example.2,
            general(meaning.means),
            general(meaning.fix),
            meaning.who.name()
        ));
    }
    for sentence in sentences::in_text(text) {
        parts.push(format!(
            "Claude Code: {}\n  what it means: {}\n  what to do:    {}\n",
            sentence.said, sentence.cause, sentence.fix
        ));
    }
    (!parts.is_empty()).then(|| parts.join("\n"))
}

/// A text of the table without anybody's account.
fn general(text: &str) -> String {
    text.replace("{action}", "the call")
        .replace(" in {region}", " in the region")
        .replace("{region}", "REGION")
        .replace(" `{profile}`", " the profile")
        .replace(" {profile}", "")
        .replace("{there}", "")
        .replace("{said}", "")
}

/// The list as a page of the documentation, in Markdown.
fn markdown() -> String {
    let mut text = String::from(
        "# Errors\n\n\
         What AWS and Claude Code say when something is wrong on Bedrock, what it means, and who can do something about it. `claude-bedrock explain 'TEXT'` looks a text up here;\n\
         `claude-bedrock doctor --invoke` makes the same requests and shows AWS's own words. This page is made by `claude-bedrock explain --errors`; a test keeps both equal.\n\
         \n## What AWS says\n\n\
         The message as it was reported, and where.\n",
    );
    for Meaning {
        means,
        fix,
        who,
        example: (status, code, message),
        source,
        ..
    } in MEANINGS
    {
        text.push_str(&format!(
            "\n### {status} {code}: {}\n\n> {message}\n\n{}. **What to do ({}):** {}. Reported in {source}.\n",
            shortened(message),
            capitalized(&general(means)),
            who.name(),
            general(fix),
        ));
    }
    text.push_str("\n## What Claude Code says\n\nSeen with versions 2.1.330 and 2.1.332.\n");
    for Sentence { said, cause, fix, .. } in SENTENCES {
        text.push_str(&format!("\n### {said}\n\n{cause} **What to do:** {fix}.\n"));
    }
    text
}

fn shortened(message: &str) -> String {
    const WORDS: usize = 9;
    let words: Vec<&str> = message.split_whitespace().collect();
    match words.get(..WORDS) {
        Some(first) => format!("{} …", first.join(" ")),
        None => words.join(" "),
    }
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_errors_in_the_documentation_are_these() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/errors.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, markdown()).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert_eq!(
            written,
            markdown(),
            "run: claude-bedrock explain --errors > docs/errors.md"
        );
        assert!(!written.contains('{') || !written.contains("{profile}"));
    }

    #[test]
    fn what_somebody_pastes_is_found_whatever_stands_around_it() {
        for (text, wanted) in [
            (
                "API Error: 429 Too many tokens, please wait before trying again.",
                "who can do it: AWS",
            ),
            (
                "⎿  API Error (us.anthropic.claude-opus-5-5): 400 The provided model\n identifier is invalid.. Try --model",
                "what the account has",
            ),
            (
                "The model us.anthropic.claude-opus-4-1-20250805-v1:0 is not available on your bedrock deployment. Try --model to switch to x",
                "throws its words away",
            ),
            (
                "botocore.errorfactory.AccessDeniedException: An error occurred (AccessDeniedException) when calling the InvokeModel operation: User: x is not authorized to perform: bedrock:InvokeModel on resource: y with an explicit deny in a service control policy",
                "who can do it: your administrator",
            ),
        ] {
            let told = told(text).unwrap();
            assert!(told.contains(wanted), "{told}");
            assert!(!told.contains('{'), "{told}");
        }
        assert_eq!(told("good morning"), None);
    }
}
