//! `status --format`: what is active here in the user's own words, for prompts and status bars.

use crate::aws::expiry::Expiry;
use crate::diagnostic::{Diagnostic, Result};
use crate::environment;
use crate::load::Active;
use crate::session::state;
use crate::system::text::visible;
use crate::system::time;

const EXPIRES: &str = "expires";

/// The placeholders, with their meaning.
const PLACEHOLDERS: [(&str, &str); 6] = [
    ("profile", "the profile's name"),
    ("region", "its region"),
    ("model", "its main model"),
    ("account", "how it authenticates"),
    (EXPIRES, "how long the login still lasts"),
    ("danger", "`danger` where the profile says so"),
];

/// A piece of a format.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Placeholder(&'static str),
}

/// A format that has been checked.
#[derive(Debug, PartialEq, Eq)]
pub struct Format(Vec<Piece>);

impl Format {
    /// Reads a format: `{name}` is a placeholder, `{{` and `}}` are braces. Errors: an unknown placeholder, an unpaired
    /// brace.
    pub fn parse(text: &str) -> Result<Self> {
        let alone = |brace: char| {
            Diagnostic::error(format!("`{brace}` stands alone in the format `{}`", visible(text)))
                .help(format!("write a literal brace twice: {brace}{brace}"))
        };
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            plain.push_str(&rest[..at]);
            let tail = &rest[at..];
            if tail.starts_with("{{") || tail.starts_with("}}") {
                plain.push_str(&tail[..1]);
                rest = &tail[2..];
                continue;
            }
            let name = tail.strip_prefix('{').ok_or_else(|| alone('}'))?;
            let end = name.find('}').ok_or_else(|| alone('{'))?;
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
            pieces.push(Piece::Placeholder(known(&name[..end])?));
            rest = &name[end + 1..];
        }
        plain.push_str(rest);
        pieces.push(Piece::Text(plain));
        pieces.retain(|piece| *piece != Piece::Text(String::new()));
        Ok(Self(pieces))
    }

    /// Whether it says how long the login still lasts, for which AWS's files are read.
    pub fn tells_expiry(&self) -> bool {
        self.0.contains(&Piece::Placeholder(EXPIRES))
    }

    /// The line for `active`; where the shell is `changed`, with a sign behind the name, and with the `account` that
    /// would pay. A placeholder without a value leaves no gap: one adjacent blank is removed too.
    pub fn render(&self, active: &Active, expiry: Option<&Expiry>, account: Option<&str>, changed: bool) -> String {
        let mut line = String::new();
        // A value was missing, and the blank before it is still there.
        let mut gap = false;
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => {
                    let text = match text.strip_prefix(' ') {
                        Some(rest) if gap && (line.is_empty() || line.ends_with(' ')) => rest,
                        _ => {
                            if gap && line.ends_with(' ') {
                                line.pop();
                            }
                            text
                        }
                    };
                    line.push_str(text);
                    gap = false;
                }
                Piece::Placeholder(name) => {
                    let value = match (*name, account) {
                        ("profile", _) if changed => format!("{}{}", active.profile.name, state::CHANGED),
                        ("account", Some(account)) => account.to_owned(),
                        _ => value(name, active, expiry),
                    };
                    gap = value.is_empty();
                    line.push_str(&visible(&value));
                }
            }
        }
        line.truncate(line.trim_end().len());
        line
    }
}

fn known(name: &str) -> Result<&'static str> {
    let found = PLACEHOLDERS.iter().find(|(known, _)| *known == name);
    found.map(|(known, _)| *known).ok_or_else(|| {
        let list: Vec<String> = PLACEHOLDERS
            .iter()
            .map(|(name, meaning)| format!("{{{name}}} {meaning}"))
            .collect();
        Diagnostic::error(format!("there is no placeholder `{{{}}}`", visible(name)))
            .help(format!("there are: {}", list.join(", ")))
            .into()
    })
}

fn value(name: &str, active: &Active, expiry: Option<&Expiry>) -> String {
    match name {
        "profile" => active.profile.name.clone(),
        "region" => active.profile.settings.text("region").unwrap_or_default().to_owned(),
        "danger" if active.profile.settings.flag("danger") => "danger".to_owned(),
        "danger" => String::new(),
        "account" => environment::hint(&active.profile),
        "model" => {
            let model = active.environment.get("ANTHROPIC_MODEL");
            model
                .and_then(|setting| setting.wanted.text())
                .unwrap_or_default()
                .to_owned()
        }
        _ => match expiry {
            Some(expiry) if expiry.is_over() => "expired".to_owned(),
            // Over, and a renewal will be tried.
            Some(expiry) if expiry.state() == "renewable" => "over".to_owned(),
            Some(expiry) => expiry.left().map(time::spoken).unwrap_or_default(),
            None => String::new(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_are_written_twice_and_placeholders_are_known() {
        let text = |text: &str| Piece::Text(text.to_owned());
        assert_eq!(
            Format::parse("{{{profile}}} in {region}").unwrap().0,
            [
                text("{"),
                Piece::Placeholder("profile"),
                text("} in "),
                Piece::Placeholder("region")
            ]
        );
        assert_eq!(Format::parse("").unwrap().0, []);
        for (format, message) in [
            ("{profil}", "there is no placeholder `{profil}`"),
            ("{profile", "`{` stands alone in the format `{profile`"),
            ("a}", "`}` stands alone in the format `a}`"),
        ] {
            assert_eq!(Format::parse(format).unwrap_err().message, message);
        }
    }
}
