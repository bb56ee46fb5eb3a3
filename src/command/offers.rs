//! What `setup` offers beside the hook and the first profiles: each with a default, and each to be left out.

use inquire::MultiSelect;

use crate::claude::settings::{Found, Tier};
use crate::claude::{self, SCRUB};
use crate::command::{self, import, settings};
use crate::console::layout::Screen;
use crate::diagnostic::Result;
use crate::edit::Edit;
use crate::import::Found as Source;
use crate::setup::outside::{self, Editor};
use crate::system::{command_line, paths};
use crate::{console, context};

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// `claude` in the shells is the launcher.
    Launcher,
    /// Editors start Claude Code by the launcher.
    Editors,
    /// What the profile has from Claude Code's settings goes from there.
    Move,
    /// A login that ends is renewed while Claude Code runs, whoever has started it.
    Renewal,
    /// Claude Code keeps credentials from what a session starts.
    Hiding,
}

/// What is offered here, and what is chosen of it.
#[derive(Default)]
pub struct Offers {
    all: Vec<(Offer, bool)>,
    editors: Vec<Editor>,
    moved: Vec<Vec<String>>,
}

impl Offers {
    /// What there is to offer: the launcher to shells; `source` is the profile of Claude Code's settings, and `has_login`
    /// says whether the first profile's credentials come from a login. Without a first profile the rest is offered later.
    pub fn of(source: Option<&Source>, has_profile: bool, has_login: bool) -> Self {
        let mut all = vec![(Offer::Launcher, true)];
        let mut editors = outside::editors();
        editors.retain(|editor| !outside::is_wrapped(editor));
        if !editors.is_empty() {
            all.push((Offer::Editors, true));
        }
        let moved = source.map(|source| import::moved(std::slice::from_ref(source)));
        let moved = moved.unwrap_or_default();
        if !moved.is_empty() {
            all.push((Offer::Move, true));
        }
        if has_login && !is_renewed() {
            all.push((Offer::Renewal, true));
        }
        if has_profile && claude::can_scrub() {
            all.push((Offer::Hiding, false));
        }
        Self { all, editors, moved }
    }

    /// Whether it is chosen.
    pub fn has(&self, offer: Offer) -> bool {
        self.all.contains(&(offer, true))
    }

    /// What is chosen beside what stands in rc files and in the file of profiles, and what could be.
    pub fn plan(&self, screen: Screen) -> String {
        let mut text = String::new();
        for (offer, is_chosen) in &self.all {
            let words = match is_chosen {
                true => self.words(*offer),
                false => format!("not chosen: {}", self.words(*offer)),
            };
            let words = screen.folded(&words, 4).replace("\n    ", "\n#   ");
            match (offer, is_chosen) {
                // It stands in the rc files' lines.
                (Offer::Launcher, true) => {}
                _ => text.push_str(&format!("# {words}\n")),
            }
        }
        text
    }

    fn words(&self, offer: Offer) -> String {
        match offer {
            Offer::Launcher => {
                "`claude` in the shells starts with the profile of its directory (--wrap claude)".to_owned()
            }
            Offer::Editors => {
                let names: Vec<&str> = self.editors.iter().map(|editor| editor.name.as_str()).collect();
                format!(
                    "in {} Claude Code starts with the profile of its workspace, by the process wrapper",
                    names.join(", ")
                )
            }
            Offer::Move => format!(
                "out of {}, where they beat every profile: {}",
                user_settings(),
                self.moved
                    .iter()
                    .filter_map(|member| member.last().map(String::as_str))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
            Offer::Renewal => format!(
                "logins are renewed while Claude Code runs: awsAuthRefresh and awsCredentialExport in {}",
                user_settings()
            ),
            Offer::Hiding => format!(
                "credentials in variables are kept from Claude Code's Bash tool, hooks and MCP servers ({SCRUB}, with bubblewrap)"
            ),
        }
    }

    /// Asks which. An error is that there is no answer.
    pub fn choose(&mut self) -> std::result::Result<(), inquire::InquireError> {
        let labels = self.all.iter().map(|(offer, _)| self.words(*offer)).collect();
        let chosen: Vec<usize> = (0..self.all.len()).filter(|index| self.all[*index].1).collect();
        let answer = MultiSelect::new(
            "In addition to the hook and the profiles (space selects, Enter continues)",
            labels,
        )
        .with_default(&chosen)
        .raw_prompt()?;
        for (index, (_, is_chosen)) in self.all.iter_mut().enumerate() {
            *is_chosen = answer.iter().any(|answer| answer.index == index);
        }
        Ok(())
    }

    /// Does what is chosen of it; `name` is the first profile, where there is one. What fails is said, and the rest is done.
    pub fn make(&self, name: Option<&str>) -> bool {
        let mut is_whole = true;
        let mut done = |result: Result<()>| {
            if let Err(finding) = result {
                console::report(&finding);
                is_whole = false;
            }
        };
        if self.has(Offer::Editors) {
            for editor in &self.editors {
                done(outside::wrap(editor).map(|_| {
                    console::say(&format!(
                        "claude-bedrock: set the process wrapper in {} ({}); reload its windows",
                        paths::display(&editor.settings),
                        editor.name
                    ));
                }));
            }
        }
        if self.has(Offer::Move) && name.is_some() {
            done(settings::take_out_of_users(&self.moved, false).map(drop));
        }
        if let Some(name) = name.filter(|_| self.has(Offer::Hiding)) {
            done(hide(name));
        }
        if let Some(name) = name.filter(|_| self.has(Offer::Renewal)) {
            let applied = context::active_of(Some(name)).and_then(|(_, active)| settings::apply_to_user(&active));
            done(applied.map(drop));
        }
        is_whole
    }
}

fn user_settings() -> String {
    crate::claude::settings::user_file()
        .map_or_else(|| "~/.claude/settings.json".to_owned(), |path| paths::display(&path))
}

/// Whether the user's settings name a command that renews, ours or another.
fn is_renewed() -> bool {
    let files = Found::in_directory(None).files;
    let mut of_user = files.iter().filter(|settings| settings.tier == Tier::User);
    of_user.any(|settings| settings.auth_refresh.is_some())
}

/// Has Claude Code keep credentials from what a session of the profile starts.
fn hide(name: &str) -> Result<()> {
    let mut edit = Edit::config()?;
    let path = vec!["env".to_owned(), SCRUB.to_owned()];
    edit.set(Some(name), &[(path, "1".into())])?;
    command::write_change(&edit, false)?;
    console::say(&format!(
        "claude-bedrock: to remove it again: claude-bedrock set {} --unset env.{SCRUB}",
        command_line::quote(name)
    ));
    Ok(())
}
