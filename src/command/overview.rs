//! A profile in the few words people choose one by: for `list`, the picker of `use`, and `status`.

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr as _;

use crate::aws::expiry::{self, Expiry};
use crate::aws::payer;
use crate::catalog::model;
use crate::console::layout::{Screen, Tone};
use crate::diagnostic::{Diagnostic, Result};
use crate::environment::Method;
use crate::load::Active;
use crate::profile::{Profile, Reason};
use crate::session::Session;
use crate::system::text::visible;

/// A profile at a glance.
pub struct Overview {
    /// Its name.
    pub name: String,
    /// Its region.
    pub region: Option<String>,
    /// The twelve digits of its account, as far as files tell.
    pub account: Option<String>,
    /// How it authenticates, and how long that lasts.
    pub login: (String, Tone),
    /// The main model as it is sent.
    pub model: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Whether it is marked as dangerous.
    pub danger: bool,
    /// Whether it is abstract, and so not offered.
    pub is_abstract: bool,
    expiry: Option<Expiry>,
}

impl Overview {
    /// A profile; an error if its values do not fit each other.
    pub fn of(profile: &Profile, session: &Session) -> Result<Self> {
        let active = Active::of(profile.clone(), Reason::Chosen)?;
        let settings = &active.profile.settings;
        let own = |key: &str| settings.text(key).map(str::to_owned);
        let expiry = expiry::of(session, &active);
        Ok(Self {
            name: active.profile.name.clone(),
            region: own("region"),
            account: payer::account(&active.profile, session),
            login: login(&active.profile, expiry.as_ref()),
            model: main_model(&active),
            description: own("description").filter(|text| !text.trim().is_empty()),
            danger: settings.flag("danger"),
            is_abstract: settings.flag("abstract"),
            expiry,
        })
    }

    /// The columns as data.
    pub fn json(&self, profile: &Profile) -> Value {
        let text = |key| profile.settings.text(key);
        json!({
            "description": self.description, "region": self.region, "account": self.account,
            "auth": text("auth.method").unwrap_or("ambient"), "aws_profile": text("auth.profile"),
            "login": self.login.0,
            "session": self.expiry.as_ref().map(Expiry::json),
            "model": self.model, "danger": self.danger, "abstract": self.is_abstract, "extends": profile.extends,
        })
    }
}

/// The main model of a profile as it is sent; what its alias means, where the profile pins it.
pub fn main_model(active: &Active) -> Option<String> {
    let text = |name: &str| active.environment.get(name)?.wanted.text().map(str::to_owned);
    let main = text("ANTHROPIC_MODEL")?;
    let (alias, suffix) = model::split_suffix(&main);
    let variable = format!("ANTHROPIC_DEFAULT_{}_MODEL", alias.to_uppercase());
    let is_alias = crate::profile::keys::ALIASES.contains(&alias);
    match text(&variable).filter(|_| is_alias) {
        Some(pinned) if pinned.ends_with(suffix) => Some(pinned),
        Some(pinned) => Some(pinned + suffix),
        None => Some(main),
    }
}

/// A model's name without what all of them have: `sonnet-4-6` for `eu.anthropic.claude-sonnet-4-6-20260101-v1:0`,
/// the last part of an ARN.
pub fn short_model(id: &str) -> String {
    if id.starts_with("arn:") {
        let (kind, name) = id.rsplit_once('/').unwrap_or(("", id));
        return if kind.ends_with("application-inference-profile") {
            format!("profile {name}")
        } else {
            short_model(name)
        };
    }
    let (id, suffix) = model::split_suffix(id);
    let Some((_, rest)) = id.split_once("claude-") else {
        return format!("{id}{suffix}");
    };
    let is_ending = |part: &str| {
        let is_date = part.len() == 8 && part.bytes().all(|byte| byte.is_ascii_digit());
        let is_version = part
            .strip_prefix('v')
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b':'));
        is_date || is_version
    };
    let parts: Vec<&str> = rest.split('-').take_while(|part| !is_ending(part)).collect();
    format!("{}{suffix}", parts.join("-"))
}

fn login(profile: &Profile, expiry: Option<&Expiry>) -> (String, Tone) {
    if let Some(expiry) = expiry {
        let tone = if expiry.is_over() {
            Tone::Bad
        } else if expiry.is_soon() {
            Tone::Doubtful
        } else {
            Tone::Good
        };
        return (expiry.brief(), tone);
    }
    let words = match Method::of(profile) {
        Method::AwsProfile => format!("AWS {}", profile.settings.text("auth.profile").unwrap_or("default")),
        Method::AccessKeys => "keys".to_owned(),
        Method::ApiKey => "API key".to_owned(),
        Method::Gateway => "gateway".to_owned(),
        Method::Ambient => "your own".to_owned(),
    };
    (words, Tone::Plain)
}

/// A line of the list: a valid profile, or a broken one.
pub struct Row {
    /// The mark before the name: `*` for the active one, `!` where the shell holds something else.
    pub mark: char,
    /// The profile, or its name and what is wrong with it.
    pub profile: std::result::Result<Overview, (String, String)>,
}

/// A cell of the table.
struct Cell {
    text: String,
    tone: Tone,
}

fn cell(text: &str, tone: Tone) -> Cell {
    Cell {
        text: visible(text),
        tone,
    }
}

/// Below this many columns a profile takes two lines.
const NARROW: usize = 60;

/// The narrowest column of descriptions that is worth its room.
const DESCRIPTION: usize = 12;

/// The profiles in columns that fit the screen: a line each, two where it is narrow.
pub fn table(rows: &[Row], screen: Screen) -> String {
    const HEAD: [&str; 6] = ["NAME", "REGION", "ACCOUNT", "LOGIN", "MODEL", "DESCRIPTION"];
    let good = || rows.iter().filter_map(|row| row.profile.as_ref().ok());
    let has = [
        true,
        good().any(|profile| profile.region.is_some()),
        good().any(|profile| profile.account.is_some()),
        true,
        good().any(|profile| profile.model.is_some()),
        good().any(|profile| profile.description.is_some()),
    ];
    let mut widths = [0; 6];
    for (width, head) in widths.iter_mut().zip(HEAD) {
        *width = head.width();
    }
    for row in rows {
        // A broken profile's error spans the columns.
        let counted = if row.profile.is_ok() { 6 } else { 1 };
        for (width, cell) in widths.iter_mut().zip(cells(row)).take(counted) {
            *width = (*width).max(cell.text.width());
        }
    }
    let mut columns: Vec<usize> = (0..6).filter(|column| has[*column]).collect();
    if let Some(width) = screen.width {
        if has[5] {
            let without: Vec<usize> = columns.iter().copied().filter(|column| *column != 5).collect();
            let room = width.saturating_sub(needed(&without, &widths) + 2);
            if room < DESCRIPTION.min(widths[5]) {
                columns = without;
            } else {
                widths[5] = widths[5].min(room);
            }
        }
        if needed(&columns, &widths) > width {
            columns.retain(|column| *column != 4);
        }
        if width < NARROW || needed(&columns, &widths) > width {
            return rows.iter().map(|row| two_lines(row, screen)).collect();
        }
    }
    let mut text = String::from(if rows.is_empty() { "" } else { "  " });
    for column in &columns {
        pad(&mut text, HEAD[*column], Tone::Faint, widths[*column], screen);
    }
    end(&mut text);
    for row in rows {
        text.push(row.mark);
        text.push(' ');
        let cells = cells(row);
        if row.profile.is_err() {
            let [name, problem, ..] = cells;
            pad(&mut text, &name.text, name.tone, widths[0], screen);
            let room = screen
                .width
                .map_or(usize::MAX, |width| width.saturating_sub(widths[0] + 4));
            text.push_str(&screen.paint(&screen.cut(&problem.text, room), problem.tone));
        } else {
            for column in &columns {
                let cell = &cells[*column];
                pad(
                    &mut text,
                    &screen.cut(&cell.text, widths[*column]),
                    cell.tone,
                    widths[*column],
                    screen,
                );
            }
        }
        end(&mut text);
    }
    text
}

/// How many columns of the screen these take, with the mark.
fn needed(columns: &[usize], widths: &[usize; 6]) -> usize {
    columns.iter().map(|column| widths[*column] + 2).sum()
}

fn pad(text: &mut String, content: &str, tone: Tone, width: usize, screen: Screen) {
    text.push_str(&screen.paint(content, tone));
    text.extend(std::iter::repeat_n(' ', width.saturating_sub(content.width()) + 2));
}

fn end(text: &mut String) {
    text.truncate(text.trim_end_matches(' ').len());
    text.push('\n');
}

fn cells(row: &Row) -> [Cell; 6] {
    let plain = |text: Option<&str>| cell(text.unwrap_or("-"), Tone::Plain);
    match &row.profile {
        Ok(profile) => [
            name(profile, row.mark),
            plain(profile.region.as_deref()),
            plain(profile.account.as_deref()),
            cell(&profile.login.0, profile.login.1),
            plain(profile.model.as_deref().map(short_model).as_deref()),
            cell(profile.description.as_deref().unwrap_or_default(), Tone::Faint),
        ],
        Err((name, problem)) => {
            let mut cells: [Cell; 6] = std::array::from_fn(|_| cell("", Tone::Plain));
            cells[0] = cell(name, Tone::Plain);
            cells[1] = cell(&format!("broken: {problem}"), Tone::Bad);
            cells
        }
    }
}

fn name(profile: &Overview, mark: char) -> Cell {
    let notes = [(profile.danger, " (danger)"), (profile.is_abstract, " (abstract)")];
    let notes: String = notes.iter().filter(|(is, _)| *is).map(|(_, note)| *note).collect();
    let tone = match mark {
        _ if profile.danger => Tone::Bad,
        ' ' => Tone::Plain,
        _ => Tone::Strong,
    };
    cell(&format!("{}{notes}", profile.name), tone)
}

fn two_lines(row: &Row, screen: Screen) -> String {
    let width = screen.width.unwrap_or(NARROW);
    let cells = cells(row);
    let first = &cells[0];
    let mut text = format!("{} {}", row.mark, screen.paint(&first.text, first.tone));
    let below = match &row.profile {
        Ok(profile) => {
            let login = &cells[3];
            if 2 + first.text.width() + 2 + login.text.width() <= width {
                text.push_str("  ");
                text.push_str(&screen.paint(&login.text, login.tone));
            }
            let model = profile.model.as_deref().map(short_model);
            let parts = [profile.region.as_deref(), profile.account.as_deref(), model.as_deref()];
            let parts: Vec<&str> = parts.into_iter().flatten().collect();
            visible(&parts.join(", "))
        }
        Err(_) => cells[1].text.clone(),
    };
    if !below.is_empty() {
        let tone = if row.profile.is_ok() { Tone::Faint } else { Tone::Bad };
        let room = width.saturating_sub(4);
        text.push_str(&format!("\n    {}", screen.paint(&screen.cut(&below, room), tone)));
    }
    text.push('\n');
    text
}

/// What is wrong with a profile, in a line.
pub fn problem(finding: &Diagnostic) -> String {
    let place = finding.place.as_ref().map(|place| format!(" ({place})"));
    format!("{}{}", finding.redacted_message(), place.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_model_is_what_people_call_it() {
        for (id, short) in [
            ("eu.anthropic.claude-sonnet-4-6", "sonnet-4-6"),
            ("us.anthropic.claude-haiku-4-5-20251001-v1:0", "haiku-4-5"),
            ("anthropic.claude-opus-4-6-v1[1m]", "opus-4-6[1m]"),
            ("claude-3-5-sonnet-20241022", "3-5-sonnet"),
            ("opus", "opus"),
            (
                "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc",
                "profile abc",
            ),
            (
                "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-6",
                "sonnet-4-6",
            ),
        ] {
            assert_eq!(short_model(id), short, "{id}");
        }
    }
}
