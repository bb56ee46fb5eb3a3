//! `import sso`: profiles of the accounts and roles that a person has at IAM Identity Center.

mod screen;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use inquire::error::InquireError;
use inquire::{Confirm, MultiSelect, Select};
use serde_json::Value;

use crate::aws::assignments::{Assignment, Assignments, Bedrock};
use crate::aws::{self, Account, Cause, Trouble};
use crate::aws_files::{Base, Files, Sso, has_region_shape};
use crate::command::import::Args;
use crate::command::{self, login};
use crate::console::layout::Screen;
use crate::console::{self, Progress};
use crate::diagnostic::{Diagnostic, Result};
use crate::edit::{self, Draft, Edit};
use crate::exit::Exit;
use crate::import::sso::{self, AwsProfile, Block, Broken, Template};
use crate::load;
use crate::rewrite::{Backup, Original};
use crate::session::Session;
use crate::system::paths;
use crate::system::text::visible;
use crate::system::variables::Snapshot;

// What only `import sso` takes. (A doc comment would be the command's.)
#[derive(clap::Args, Debug, Default)]
pub struct Options {
    /// From `sso`: the portal's address [default: the one in ~/.aws/config]
    #[arg(long, value_name = "URL")]
    pub start_url: Option<String>,
    /// From `sso`: the region of Identity Center, where neither ~/.aws/config nor the address says it [default: --region]
    #[arg(long, value_name = "REGION")]
    pub sso_region: Option<String>,
    /// From `sso`: how to name profiles, from `{account_name}`, `{account_id}`, `{role}` [default: {account_name}-{role}]
    #[arg(long, value_name = "TEMPLATE", value_parser = Template::parse)]
    pub template: Option<Template>,
    /// From `sso`: every role, even if Bedrock does not answer
    #[arg(long)]
    pub all: bool,
    /// From `sso`: write nothing, print the roles as JSON
    #[arg(long)]
    pub json: bool,
}

impl Options {
    /// The first of these options that was given.
    pub fn given(&self) -> Option<&'static str> {
        let given = [
            ("--start-url", self.start_url.is_some()),
            ("--sso-region", self.sso_region.is_some()),
            ("--template", self.template.is_some()),
            ("--all", self.all),
            ("--json", self.json),
        ];
        given.into_iter().find_map(|(name, is_given)| is_given.then_some(name))
    }
}

/// The exit status of a program that Ctrl-C has ended.
const INTERRUPTED: u8 = 130;

/// A role: its name, and what exists of it already.
#[derive(Clone)]
struct Offer {
    one: Assignment,
    /// The name of its AWS profile: of the one that is there, else a new one.
    aws_profile: String,
    /// Whether the AWS profile is there.
    is_there: bool,
    /// The profile of this program that uses it.
    profile: Option<String>,
    region: String,
    bedrock: Bedrock,
}

/// What the files say beforehand.
struct Before {
    files: Files,
    /// AWS profiles by account and role; those of the block first.
    of_role: BTreeMap<(String, String), String>,
    /// Account and role of each AWS profile.
    role_of: BTreeMap<String, (String, String)>,
    /// The profile of this program that uses an AWS profile.
    users: BTreeMap<String, String>,
    original: Original,
    /// The start URL by which the block is known.
    url: String,
    block: Option<Block>,
}

/// Asks which roles, and writes both files.
pub fn run(arguments: &Args) -> Result<Exit> {
    for (option, is_given) in [
        ("--name (see --template)", arguments.name.is_some()),
        ("--aws-profile", arguments.aws_profile.is_some()),
    ] {
        if is_given {
            return Err(Diagnostic::error(format!("{option} is not for `import sso`; nothing was written")).into());
        }
    }
    let session = Session::inherited();
    let variables = session.restored();
    let files = Files::read(&variables);
    let sso = wanted(arguments, &files)?;
    let before = Before::of(files, &variables, &sso)?;
    let mut file = Edit::config()?;

    let account = Account::without_profile(&session, &sso.region)?;
    let (token, found) = match listed(&account, &sso, &before)? {
        Ok(listed) => listed,
        Err(trouble) => return command::troubled(trouble),
    };
    for (account, trouble) in &found.unknown {
        let what = format!("the roles in the account {account} are not known: {}", trouble.message);
        console::report(
            &Diagnostic::error(what)
                .warning()
                .help("it is left out; try again later"),
        );
    }
    let mut offers = offers(arguments, &sso, &before, &file.names(), &found.all);
    if let Some(only) = &arguments.only {
        keep_only(&mut offers, only)?;
    }
    if !(arguments.sso.all && arguments.yes) {
        ask(&account, &sso, &token, &mut offers)?;
    }
    if arguments.sso.json {
        console::print_json(&offers.iter().map(screen::as_json).collect::<Value>())?;
        return Ok(Exit::Done);
    }
    let Some(chosen) = chosen(arguments, &offers)? else {
        return Ok(Exit::Child(INTERRUPTED));
    };
    if chosen.is_empty() {
        let none = format!(
            "Bedrock answers none of your {} roles; nothing was written",
            offers.len()
        );
        console::report(&Diagnostic::error(none).help("take one anyway: --only NAME; every one: --all"));
        return Ok(Exit::Found);
    }
    let after = before.renewed(arguments, &sso, &chosen, &found);
    for offer in chosen.iter().filter(|offer| offer.profile.is_none()) {
        file.add(&draft(offer, &file.names(), arguments.pin))?;
    }
    file.check()?;
    write(arguments, &before.original, &after, &file)
}

/// The session that is asked: of `--start-url`, else the only one in `~/.aws/config`, else one that the user chooses.
fn wanted(arguments: &Args, files: &Files) -> Result<Sso> {
    let known = files.sso_sessions();
    let url_of = |sso: &Sso| sso::start_url(&sso.start_url).unwrap_or_else(|_| sso.start_url.clone());
    let found = match &arguments.sso.start_url {
        Some(given) => {
            let url = sso::start_url(given)
                .map_err(|why| Diagnostic::error(format!("`{}` is not a start URL: {why}", visible(given))))?;
            match known.iter().find(|sso| url_of(sso) == url) {
                Some(sso) => sso.clone(),
                None => new_session(arguments, &known, url)?,
            }
        }
        None => {
            let mut urls = BTreeSet::new();
            let distinct: Vec<&Sso> = known.iter().filter(|sso| urls.insert(url_of(sso))).collect();
            match distinct.as_slice() {
                [] => {
                    return Err(Diagnostic::error("~/.aws/config names no portal of IAM Identity Center")
                        .help("say where it is: claude-bedrock import sso --start-url https://acme.awsapps.com/start --sso-region us-east-1")
                        .into());
                }
                [one] => (*one).clone(),
                several if console::can_ask() => {
                    let urls: Vec<String> = several.iter().map(|sso| visible(&sso.start_url)).collect();
                    match Select::new("Which portal?", urls).raw_prompt() {
                        Ok(answer) => several[answer.index].clone(),
                        Err(_) => return Err(Diagnostic::error("cancelled; nothing was written").into()),
                    }
                }
                several => {
                    let finding = Diagnostic::error("~/.aws/config names several portals; which one?");
                    let lines = several
                        .iter()
                        .map(|sso| format!("--start-url {}", visible(&sso.start_url)));
                    return Err(lines.fold(finding, Diagnostic::help).into());
                }
            }
        }
    };
    if !has_region_shape(&found.region) {
        let what = format!("`{}` is not a region (sso_region)", visible(&found.region));
        return Err(Diagnostic::error(what)
            .help("correct it in ~/.aws/config, or say: --sso-region us-east-1")
            .into());
    }
    Ok(found)
}

/// A session that the files do not know.
fn new_session(arguments: &Args, known: &[Sso], url: String) -> Result<Sso> {
    let (name, region) = sso::named_by(&url);
    let given = arguments
        .sso
        .sso_region
        .clone()
        .or(region)
        .or_else(|| arguments.region.clone());
    let region = given.ok_or_else(|| {
        Diagnostic::error(format!(
            "the region of {url} is not known: ~/.aws/config does not have it"
        ))
        .help("the portal shows it, under \"Access keys\": --sso-region us-east-1")
    })?;
    let is_taken = |name: &str| known.iter().any(|sso| sso.session.as_deref() == Some(name));
    Ok(Sso {
        session: Some(unused(&name, is_taken)),
        start_url: url,
        region: region.to_ascii_lowercase(),
        account: String::new(),
        role: String::new(),
    })
}

/// `name`, with a number appended if it is taken.
fn unused(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names.find(|name| !is_taken(name)).unwrap_or_default()
}

impl Before {
    /// Errors: `~/.aws/config` cannot be read, or its block has been taken apart.
    fn of(files: Files, variables: &Snapshot, sso: &Sso) -> Result<Self> {
        let path = files.config_path().ok_or_else(|| {
            Diagnostic::error("there is no home directory, so there is no ~/.aws/config")
                .help("name one: AWS_CONFIG_FILE")
        })?;
        let original = Original::read(path)?;
        let url_of = |url: &str| sso::start_url(url).unwrap_or_else(|_| url.to_owned());
        let url = url_of(&sso.start_url);
        let shown = paths::display(path);
        let block = sso::find(original.bytes().unwrap_or_default(), &url).map_err(|broken| match broken {
            Broken::Apart(line) => Diagnostic::error(format!(
                "{shown}:{line}: the block of `import sso` has lost its first or last line"
            ))
            .help("put the line back, or remove the rest of the block; nothing was written"),
            Broken::Followed(line) => Diagnostic::error(format!(
                "{shown}:{line}: this line after the block of `import sso` belongs to the last profile in it"
            ))
            .help("move it to the section that it is meant for; nothing was written"),
        })?;
        let mut role_of = BTreeMap::new();
        for name in files.names() {
            if let Ok(decision) = files.decide(name, variables)
                && let Base::Sso(found) = decision.base
                && decision.roles.is_empty()
                && url_of(&found.start_url) == url
            {
                role_of.insert(name.to_owned(), (found.account, found.role));
            }
        }
        let mut of_role = BTreeMap::new();
        let in_block = block.iter().flat_map(|block| &block.profiles);
        for name in in_block.chain(role_of.keys()) {
            if let Some(role) = role_of.get(name) {
                of_role.entry(role.clone()).or_insert_with(|| name.clone());
            }
        }
        let mut users = BTreeMap::new();
        for (name, profile) in load::summaries().unwrap_or_default() {
            let used = profile.ok().and_then(|profile| {
                let is_abstract = profile.settings.flag("abstract");
                profile
                    .settings
                    .text("auth.profile")
                    .filter(|_| !is_abstract)
                    .map(str::to_owned)
            });
            if let Some(used) = used {
                users.entry(used).or_insert(name);
            }
        }
        Ok(Self {
            files,
            of_role,
            role_of,
            users,
            original,
            url,
            block,
        })
    }

    /// The region of an AWS profile, where it is one.
    fn region(&self, aws_profile: &str) -> Option<String> {
        let region = self.files.value(aws_profile, "region")?;
        has_region_shape(&region).then_some(region)
    }

    /// `~/.aws/config` with the block renewed: chosen roles are added, and roles that the person has lost are removed,
    /// unless a profile uses them.
    fn renewed(&self, arguments: &Args, sso: &Sso, chosen: &[Offer], found: &Assignments) -> Vec<u8> {
        let text = self.original.bytes().unwrap_or_default();
        let of_block: &[String] = self.block.as_ref().map_or(&[], |block| &block.profiles);
        let mut profiles = Vec::new();
        for name in of_block {
            let Some((account, role)) = self.role_of.get(name) else {
                console::say(&format!(
                    "  `{}` matches no role of this portal; it is removed from the block",
                    visible(name)
                ));
                continue;
            };
            let is_known = found.all.iter().any(|one| (&one.account, &one.role) == (account, role))
                || found.unknown.iter().any(|(unknown, _)| unknown == account);
            match self.users.get(name).filter(|_| !is_known) {
                Some(user) => console::say(&format!(
                    "  `{}` is no longer yours; it stays, because the profile `{}` uses it",
                    visible(name),
                    visible(user)
                )),
                None if !is_known => {
                    console::say(&format!("  `{}` is no longer yours; it is removed", visible(name)));
                    continue;
                }
                None => {}
            }
            let is_chosen = chosen.iter().any(|offer| offer.aws_profile == *name);
            let given = arguments.region.clone().filter(|_| is_chosen);
            profiles.push(AwsProfile {
                name: name.clone(),
                account: account.clone(),
                role: role.clone(),
                region: given
                    .or_else(|| self.region(name))
                    .unwrap_or_else(|| sso.region.clone()),
            });
        }
        profiles.extend(chosen.iter().filter(|offer| !offer.is_there).map(|offer| AwsProfile {
            name: offer.aws_profile.clone(),
            account: offer.one.account.clone(),
            role: offer.one.role.clone(),
            region: offer.region.clone(),
        }));
        if profiles.is_empty() && self.block.is_none() {
            return text.to_vec();
        }
        let is_elsewhere = self
            .files
            .sso_sessions()
            .iter()
            .any(|known| known.session == sso.session);
        let with_session = !is_elsewhere || self.block.as_ref().is_some_and(|block| block.has_session);
        let lines = sso::lines(sso, &self.url, with_session, &profiles);
        sso::with(text, self.block.as_ref(), &self.url, &lines)
    }
}

/// The token, and the person's roles. On a terminal it logs in if needed.
fn listed(
    account: &Account,
    sso: &Sso,
    before: &Before,
) -> Result<std::result::Result<(String, Assignments), Trouble>> {
    let listed = async || {
        let token = account.token_of_session(sso).await?;
        let progress = Progress::start("asking Identity Center for your roles");
        let told = |done: usize, total: usize| progress.show(&format!("{done} of {total} accounts"));
        let found = account.assignments(sso, &token, &told).await?;
        Ok((token, found))
    };
    let needs_login = |trouble: &Trouble| matches!(trouble.cause, Cause::SessionOver | Cause::Expired);
    let said = |trouble: Trouble| {
        if !needs_login(&trouble) {
            return trouble;
        }
        let known = before.files.sso_sessions().contains(sso);
        let fix = match &sso.session {
            Some(name) if known => format!(
                "log in: aws sso login --sso-session {}",
                crate::system::command_line::quote(name)
            ),
            _ => format!(
                "to log in on a terminal: claude-bedrock import sso --start-url {}",
                before.url
            ),
        };
        let what = format!("you are not logged in at {}, or the session is over", before.url);
        Trouble::new(trouble.cause, what, fix)
    };
    let first = aws::block_on(listed())?;
    let again = match first {
        Err(trouble) if needs_login(&trouble) && console::can_ask() => {
            console::say(&format!("claude-bedrock: logging in at {}", before.url));
            login::to_session(sso)?;
            aws::block_on(listed())?
        }
        first => first,
    };
    Ok(again.map_err(said))
}

/// The roles with their names. What already exists keeps its name.
fn offers(arguments: &Args, sso: &Sso, before: &Before, names: &[String], all: &[Assignment]) -> Vec<Offer> {
    let default = Template::parse(sso::TEMPLATE);
    let template = arguments.sso.template.as_ref().or(default.as_ref().ok());
    let mut taken: BTreeSet<String> = names.iter().cloned().collect();
    let mut offers = Vec::new();
    for one in all {
        let there = before.of_role.get(&(one.account.clone(), one.role.clone()));
        let aws_profile = there.cloned().unwrap_or_else(|| {
            let name = template.map(|template| template.name(one)).unwrap_or_default();
            unused(&name, |name| taken.contains(name) || before.files.has_profile(name))
        });
        taken.insert(aws_profile.clone());
        let of_file = there.and_then(|name| before.region(name));
        let region = arguments.region.as_ref().map(|region| region.to_ascii_lowercase());
        offers.push(Offer {
            one: one.clone(),
            is_there: there.is_some(),
            profile: before.users.get(&aws_profile).cloned(),
            region: region.or(of_file).unwrap_or_else(|| sso.region.clone()),
            aws_profile,
            bedrock: Bedrock::Unknown,
        });
    }
    offers
}

/// Leaves what `--only` names: a profile, an account by number or name, a role, or `ACCOUNT/ROLE`.
fn keep_only(offers: &mut Vec<Offer>, only: &str) -> Result<()> {
    let names: Vec<String> = offers.iter().map(|offer| offer.aws_profile.clone()).collect();
    offers.retain(|offer| {
        let one = &offer.one;
        let both = format!("{}/{}", one.account, one.role);
        [&offer.aws_profile, &one.account, &one.account_name, &one.role, &both].contains(&&only.to_owned())
    });
    if !offers.is_empty() {
        return Ok(());
    }
    Err(
        Diagnostic::error(format!("you have no `{}` there; nothing was written", visible(only)))
            .did_you_mean(only, names.iter().map(String::as_str))
            .help("see what there is: claude-bedrock import sso --json")
            .into(),
    )
}

/// Asks Bedrock with each role.
fn ask(account: &Account, sso: &Sso, token: &str, offers: &mut [Offer]) -> Result<()> {
    let roles: Vec<(Assignment, String)> = offers
        .iter()
        .map(|offer| (offer.one.clone(), offer.region.clone()))
        .collect();
    let progress = Progress::start("asking Bedrock with each role");
    let told = |done: usize, total: usize| progress.show(&format!("{done} of {total}"));
    let answers = aws::block_on(account.ask_bedrock(sso, token, &roles, &told))?;
    for (offer, answer) in offers.iter_mut().zip(answers) {
        offer.bedrock = answer;
    }
    Ok(())
}

/// The roles that are wanted; `None` if the user left the list by Escape or Ctrl-C.
fn chosen(arguments: &Args, offers: &[Offer]) -> Result<Option<Vec<Offer>>> {
    let answering = || {
        offers
            .iter()
            .filter(|offer| offer.bedrock == Bedrock::Answers)
            .cloned()
            .collect()
    };
    if arguments.sso.all || arguments.only.is_some() {
        return Ok(Some(offers.to_vec()));
    }
    if arguments.yes || (arguments.dry_run && !console::can_ask()) {
        return Ok(Some(answering()));
    }
    if !console::can_ask() {
        console::say(screen::table(offers, Screen::of_errors()).trim_end());
        return Err(
            Diagnostic::error("which of them? there is no terminal to ask on; nothing was written")
                .help("those where Bedrock answers: --yes; one: --only NAME --yes; every one: --all --yes")
                .into(),
        );
    }
    let screen = Screen::of_errors();
    let room = screen.width.unwrap_or(80).saturating_sub(6).max(20);
    let wide = Screen {
        width: None,
        colored: false,
        ..screen
    };
    let lines: Vec<String> = screen::table(offers, wide)
        .lines()
        .skip(1)
        .map(|line| screen.cut(line, room))
        .collect();
    let there: Vec<usize> = (0..offers.len())
        .filter(|index| offers[*index].profile.is_some())
        .collect();
    let answer = MultiSelect::new("Which of them? (space selects, Enter ends)", lines)
        .with_default(&there)
        .with_page_size(12)
        .raw_prompt();
    match answer {
        Ok(answers) => Ok(Some(
            answers.iter().map(|answer| offers[answer.index].clone()).collect(),
        )),
        Err(InquireError::OperationCanceled | InquireError::OperationInterrupted) => Ok(None),
        Err(error) => Err(Diagnostic::error(format!("cannot ask the question: {error}")).into()),
    }
}

fn draft(offer: &Offer, known: &[String], pin: bool) -> Draft {
    let one = &offer.one;
    let mut draft = Draft::new(unused(&offer.aws_profile, |name| {
        known.iter().any(|known| known == name)
    }));
    let account_name = Some(one.account_name.trim()).filter(|name| !name.is_empty());
    draft.put(
        "description",
        format!("{}, {}", account_name.unwrap_or(&one.account), one.role),
    );
    draft.put("region", offer.region.as_str());
    draft.put("account", one.account.as_str());
    draft.use_aws_profile(&offer.aws_profile);
    // An account's name may be any text, and a description may not.
    draft.take_out_unreadable();
    if pin {
        draft.pin_models();
    }
    draft
}

/// Shows what changes, asks, and writes both files or neither.
fn write(arguments: &Args, original: &Original, after: &[u8], file: &Edit) -> Result<Exit> {
    let before = original.bytes().unwrap_or_default();
    let changes_aws = before != after;
    let aws_difference = edit::difference(&String::from_utf8_lossy(before), &String::from_utf8_lossy(after));
    let is_asked = !arguments.yes && !arguments.dry_run;
    if is_asked && !console::can_ask() {
        return Err(Diagnostic::error("there is no terminal to ask on; nothing was written")
            .help("to write it: --yes; to see it only: --dry-run")
            .into());
    }
    let shown = paths::display(&original.path);
    if is_asked {
        console::say(format!("{aws_difference}{}", file.difference()).trim_end());
    } else {
        console::print(&aws_difference)?;
    }
    if arguments.dry_run {
        let what = if changes_aws {
            "would write"
        } else {
            "already up to date:"
        };
        console::say(&format!("claude-bedrock: {what} {shown}"));
        command::show_change(file)?;
        return Ok(Exit::Done);
    }
    if is_asked && !Confirm::new("Write this?").with_default(true).prompt().unwrap_or(false) {
        return Err(Diagnostic::error("cancelled; nothing was written").into());
    }
    let aws_backup = original.backup_path(Backup::Last).filter(|_| changes_aws);
    if changes_aws {
        original.replace(after, Backup::Last)?;
    }
    let backup = file.backup_path();
    let saved = file.save();
    if saved.is_err() && changes_aws {
        take_back(&original.path, original.bytes());
    }
    let difference = saved?;
    if changes_aws {
        let backup = aws_backup.map(|path| format!("; the last version is {}", paths::display(&path)));
        console::say(&format!("claude-bedrock: wrote {shown}{}", backup.unwrap_or_default()));
    } else {
        console::say(&format!("claude-bedrock: {shown} already says so"));
    }
    if !is_asked || difference.is_empty() {
        command::report_change(&file.path(), &difference, backup)?;
        return Ok(Exit::Done);
    }
    let backup = backup.map(|path| format!("; the last version is {}", paths::display(&path)));
    let shown = paths::display(&file.path());
    console::say(&format!("claude-bedrock: wrote {shown}{}", backup.unwrap_or_default()));
    Ok(Exit::Done)
}

/// Restores `~/.aws/config` if the other file could not be written.
fn take_back(path: &Path, before: Option<&[u8]>) {
    let undone = match before {
        Some(bytes) => Original::read(path).and_then(|now| now.replace(bytes, Backup::No)),
        None => std::fs::remove_file(path).map_err(|error| Diagnostic::error(error.to_string()).into()),
    };
    if undone.is_err() {
        let what = format!(
            "{} keeps its new block, though nothing else was written",
            paths::display(path)
        );
        console::report(&Diagnostic::error(what).warning().help("it does no harm; try again"));
    }
}
