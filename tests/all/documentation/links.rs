//! Links between pages, the table of contents of the book, and the words of messages.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{pages, prose, root};
use crate::support::files::below;

/// The targets of the links of a page that lead into the repository.
fn links(text: &str) -> Vec<String> {
    let text: Vec<&str> = prose(text).collect();
    let text = text.join("\n");
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets
        .filter(|target| !target.contains("://") && !target.starts_with("mailto:"))
        .map(str::to_owned)
        .collect()
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = prose(text).filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            title
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
                .map(|c| if c == ' ' { '-' } else { c })
                .collect()
        })
        .collect()
}

#[test]
fn every_link_between_pages_leads_to_a_file_and_a_heading() {
    let mut seen = 0;
    for (page, text) in pages() {
        for link in links(&text) {
            seen += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let here = root().join(&page);
            let target = if file.is_empty() {
                here
            } else {
                here.parent().unwrap().join(file)
            };
            assert!(target.exists(), "{page} links to {link}, which is not there");
            if !anchor.is_empty() {
                let headings = anchors(&fs::read_to_string(&target).unwrap());
                assert!(headings.contains(anchor), "{page} links to {link}: {headings:?}");
            }
        }
    }
    assert!(seen > 60, "{seen}");
}

#[test]
fn the_book_has_every_page() {
    let summary = fs::read_to_string(root().join("docs/SUMMARY.md")).unwrap();
    let listed: BTreeSet<String> = links(&summary).into_iter().collect();
    let there: BTreeSet<String> = below(&root().join("docs"))
        .into_iter()
        .filter(|name| Path::new(name).extension().is_some_and(|end| end == "md") && name != "SUMMARY.md")
        .collect();
    assert_eq!(listed, there);
}

/// The headings of a section of a page.
fn headings(text: &str, section: &str) -> Vec<String> {
    let after = text.split_once(&format!("\n## {section}\n")).unwrap().1;
    let own = after.split("\n## ").next().unwrap();
    own.lines()
        .filter_map(|line| line.strip_prefix("### "))
        .map(str::to_owned)
        .collect()
}

/// The page is looked up by the words of a message.
#[test]
fn troubleshooting_quotes_messages_that_the_program_has() {
    let text = fs::read_to_string(root().join("docs/troubleshooting.md")).unwrap();
    let source: Vec<String> = below(&root().join("src"))
        .into_iter()
        .map(|file| fs::read_to_string(root().join("src").join(file)).unwrap())
        .collect();
    let quoted = headings(&text, "From claude-bedrock");
    assert!(quoted.len() > 9, "{quoted:?}");
    for words in quoted {
        let found = source.iter().any(|file| file.contains(&words));
        assert!(found, "no message has the words: {words}");
    }
}
