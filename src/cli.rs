//! Every command, flag and help text.

use std::ffi::OsString;

use clap::builder::styling::{AnsiColor, Styles};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::diagnostic::{Diagnostic, Result};
use crate::exit::Exit;
use crate::system::paths;
use crate::{command, console, fast_path, shell};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const OVERVIEW: &str = "\
Exit status: 0 done, 1 a problem was found, 2 wrong usage or configuration.

Variables: CLAUDE_BEDROCK_CONFIG (another config.toml), CLAUDE_BEDROCK_PROFILE (what `use` sets),
  CLAUDE_BEDROCK_LOG=off|error|info|debug, NO_COLOR.";

/// The version; the commit of a release build, the target, and when the catalog's sources were read (build.rs).
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("CLAUDE_BEDROCK_BUILD"), ")");

/// direnv for Claude Code on Amazon Bedrock: the right account, region and models in every directory.
#[derive(Debug, Parser)]
#[command(name = "claude-bedrock", version = VERSION, styles = STYLES, after_help = OVERVIEW, disable_help_subcommand = true)]
pub struct Cli {
    /// When to colour
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_default_value = true
    )]
    color: ColorChoice,
    /// Print problems only
    #[arg(long, short, global = true)]
    quiet: bool,
    #[command(subcommand)]
    command: Command,
}

/// The commands. Their arguments are built where they are needed: most of the tree is not, in any one call. (What
/// their structures say of a command as a whole would then replace what stands here, so those have no doc comments.)
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// Use a profile in this shell, whatever the directory says
    #[command(visible_alias = "switch", after_help = command::choose::USE_EXAMPLES)]
    Use(command::choose::Use),
    /// Use no profile in this shell, whatever the directory says
    #[command(after_help = command::choose::OFF_EXAMPLES)]
    Off(command::choose::Hooked),
    /// Write a project file here and allow it
    #[command(after_help = command::init::EXAMPLES)]
    Init(command::init::Args),
    /// Let a project file take effect, after showing what it does
    #[command(after_help = command::allow::ALLOW_EXAMPLES)]
    Allow(command::allow::AllowArgs),
    /// Never let a project file take effect
    #[command(after_help = command::allow::DENY_EXAMPLES)]
    Deny(command::allow::Args),
    /// List the profiles
    #[command(visible_alias = "ls", after_help = command::list::EXAMPLES)]
    List(command::list::Args),
    /// Show a profile in full, each value with its file and line
    #[command(after_help = command::show::EXAMPLES)]
    Show(command::show::Args),
    /// Show what is active here, and why
    #[command(visible_alias = "current", after_help = command::status::EXAMPLES)]
    Status(command::status::Args),
    /// Print a line for Claude Code's status line
    #[command(after_help = command::statusline::EXAMPLES)]
    Statusline,
    /// Write a new profile into config.toml
    #[command(after_help = command::add::EXAMPLES)]
    Add(Box<command::add::Args>),
    /// Edit config.toml or a project file, checked on saving
    #[command(after_help = command::edit::EXAMPLES)]
    Edit(command::edit::Args),
    /// Set values of a profile
    #[command(after_help = command::set::EXAMPLES)]
    Set(command::set::Args),
    /// Copy a profile to another name
    #[command(after_help = command::rename::COPY_EXAMPLES)]
    Copy(command::rename::TwoNames),
    /// Remove a profile from config.toml
    #[command(after_help = command::rename::REMOVE_EXAMPLES)]
    Remove(command::rename::OneName),
    /// Rename a profile, also where others refer to it
    #[command(after_help = command::rename::RENAME_EXAMPLES)]
    Rename(command::rename::TwoNames),
    /// Make profiles from existing settings, files and accounts
    #[command(after_help = command::import::EXAMPLES)]
    Import(command::import::Args),
    /// Run one command, or a shell, under a profile
    #[command(visible_alias = "run", after_help = command::exec::EXAMPLES)]
    Exec(command::exec::Args),
    /// Start Claude Code with its profile above every settings file
    #[command(after_help = command::claude::EXAMPLES, disable_help_flag = true)]
    Claude(command::claude::Args),
    /// Renew a profile's credentials (`aws sso login` and others)
    #[command(after_help = command::login::EXAMPLES)]
    Login(command::login::Args),
    /// Ask AWS whose credentials the profile has
    #[command(after_help = command::whoami::EXAMPLES)]
    Whoami(command::whoami::Args),
    /// Open the AWS console of a profile, at Bedrock in its region
    #[command(after_help = command::aws_console::EXAMPLES)]
    Console(command::aws_console::Args),
    /// Explain how to end a login: in one shell, or for good
    #[command(after_help = command::whoami::LOGOUT_EXAMPLES)]
    Logout,
    /// Print a profile's credentials, for Claude Code and AWS tools
    #[command(after_help = command::credentials::EXAMPLES)]
    Credentials(command::credentials::Args),
    /// Check and change what Claude Code's settings files say
    #[command(subcommand)]
    Settings(command::settings::Action),
    /// Find problems, each with its fix
    #[command(after_help = command::doctor::EXAMPLES)]
    Doctor(command::doctor::Args),
    /// Show the profiles of ~/.aws as Claude Code reads them
    #[command(after_help = command::aws_profiles::EXAMPLES)]
    AwsProfiles(command::aws_profiles::Args),
    /// List the models that the account has in the region
    #[command(after_help = command::models::EXAMPLES)]
    Models(command::models::Args),
    /// Print the minimal IAM policy that a profile needs
    #[command(after_help = command::policy::EXAMPLES)]
    Policy(command::policy::Args),
    /// Keep secrets in the system's keyring
    #[command(subcommand)]
    Secret(command::secret::Action),
    /// Print the hook, for a shell's rc file
    #[command(after_help = command::hook::EXAMPLES)]
    Hook(command::hook::Args),
    /// Print the profile's variables for other programs
    #[command(after_help = command::export::EXAMPLES)]
    Export(command::export::Args),
    /// Print the completion script of a shell
    #[command(after_help = command::completions::EXAMPLES)]
    Completions(command::completions::Args),
    /// Check the files, as a compiler does
    #[command(after_help = command::lint::EXAMPLES)]
    Lint(command::lint::Args),
    /// Explain a `lint` or `doctor` code, or an error message
    #[command(after_help = command::explain::EXAMPLES)]
    Explain(command::explain::Args),
    /// Set everything up: hook, profiles, login, check
    #[command(after_help = command::setup::EXAMPLES)]
    Setup(command::setup::Args),
    /// Print the hook as a plugin for a plugin manager
    #[command(after_help = command::plugin::EXAMPLES)]
    Plugin(command::plugin::Args),
    /// Print the JSON Schema of the files, for editors
    #[command(after_help = command::schema::EXAMPLES)]
    Schema(command::schema::Args),
    /// Print a manual page, or write all of them
    #[command(after_help = command::man::EXAMPLES)]
    Man(command::man::Args),
    /// Explain a command
    #[command(after_help = command::help::EXAMPLES)]
    Help(command::help::Args),
    /// Print this program's version
    #[command(after_help = command::help::VERSION_EXAMPLES)]
    Version,
    /// Say that the session of the active profile is over, where it is
    #[command(hide = true)]
    Expired,
    /// Answer Claude Code's plug-in at the start of a session
    #[command(hide = true)]
    SessionStarted,
    /// Answer Claude Code where its Bash tool has gone to another directory
    #[command(hide = true)]
    CwdChanged,
    /// Answer a completion script
    #[command(hide = true)]
    Complete(command::complete::Args),
}

/// Runs what the command line says.
pub fn run() -> Result<Exit> {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let color = color_of(&arguments);
    console::set_color(match color {
        ColorChoice::Always => anstream::ColorChoice::Always,
        ColorChoice::Never => anstream::ColorChoice::Never,
        ColorChoice::Auto => anstream::ColorChoice::Auto,
    });
    let parsed = command()
        .color(color)
        .try_get_matches_from(&arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            return match other_shell(&error, &arguments) {
                Some(other) => Err(Diagnostic::error(other).into()),
                None => Ok(usage(&error, &arguments)),
            };
        }
    };
    if cli.quiet {
        console::be_quiet();
    }
    match cli.command {
        Command::Use(arguments) => command::choose::use_profile(&arguments, cli.quiet),
        Command::Off(hooked) => command::choose::off(&hooked, cli.quiet),
        Command::Init(arguments) => command::init::run(&arguments),
        Command::Allow(arguments) => command::allow::allow(&arguments),
        Command::Deny(arguments) => command::allow::deny(&arguments),
        Command::List(arguments) => command::list::run(&arguments),
        Command::Show(arguments) => command::show::run(&arguments),
        Command::Add(arguments) => command::add::run(&arguments),
        Command::Edit(arguments) => command::edit::run(&arguments),
        Command::Set(arguments) => command::set::run(&arguments),
        Command::Copy(names) => command::rename::copy(&names),
        Command::Remove(name) => command::rename::remove(&name),
        Command::Rename(names) => command::rename::run(&names),
        Command::Import(arguments) => command::import::run(&arguments),
        Command::Statusline => command::statusline::run(),
        Command::Status(arguments) => command::status::run(&arguments),
        Command::Exec(arguments) => fast_path::exec(&arguments),
        Command::Claude(arguments) => command::claude::run(&command::claude::Start::of(arguments.arguments)),
        Command::Login(arguments) => command::login::run(&arguments),
        Command::Whoami(arguments) => command::whoami::run(&arguments),
        Command::Console(arguments) => command::aws_console::run(&arguments),
        Command::Logout => Err(command::whoami::logout().into()),
        Command::Help(arguments) => command::help::run(&arguments, self::command().color(color)),
        Command::Version => {
            console::print(command().render_version())?;
            Ok(Exit::Done)
        }
        Command::Credentials(arguments) => command::credentials::run(&arguments),
        Command::Doctor(arguments) => command::doctor::run(&arguments),
        Command::AwsProfiles(arguments) => command::aws_profiles::run(&arguments),
        Command::Models(arguments) => command::models::run(&arguments),
        Command::Policy(arguments) => command::policy::run(&arguments),
        Command::Settings(command::settings::Action::Check(arguments)) => command::settings::check(&arguments),
        Command::Settings(command::settings::Action::Apply(arguments)) => command::settings::apply(&arguments),
        Command::Settings(command::settings::Action::Remove(arguments)) => command::settings::remove(&arguments),
        Command::Secret(action) => command::secret::run(&action),
        Command::Hook(arguments) => command::hook::run(&arguments, cli.quiet),
        Command::Export(arguments) => command::export::print(&arguments.format, cli.quiet),
        Command::Completions(arguments) => command::completions::run(arguments.shell),
        Command::Lint(arguments) => command::lint::run(&arguments),
        Command::Explain(arguments) => command::explain::run(&arguments),
        Command::Schema(arguments) => command::schema::run(&arguments),
        Command::Man(arguments) => command::man::run(&arguments, self::command()),
        Command::Setup(arguments) => command::setup::run(&arguments),
        Command::Plugin(arguments) => command::plugin::run(&arguments),
        Command::Expired => command::expired::run(),
        Command::SessionStarted => command::statusline::session_started(),
        Command::CwdChanged => command::cwd_changed::run(),
        Command::Complete(arguments) => Ok(command::complete::run(&arguments, self::command)),
    }
}

/// The command line's tree.
pub fn command() -> clap::Command {
    let tree = Cli::command();
    let template = command::help::overview(&tree);
    tree.help_template(template)
}

/// Prints help or the error of a wrong command line. What the hook's function asks for is evaluated, so
/// help must not go to its output.
fn usage(error: &clap::Error, arguments: &[OsString]) -> Exit {
    let for_hook = arguments.iter().any(|argument| argument == "--hook");
    let is_help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if is_help && for_hook {
        console::ask(&error.render().to_string());
        let _ = console::print_code(command::export::END);
        return Exit::Done;
    }
    if is_help {
        let _ = error.print();
        return Exit::Done;
    }
    // It contains what was typed, perhaps by a foreign script.
    let text = error.render();
    console::ask(&if console::colored() {
        text.ansi().to_string()
    } else {
        text.to_string()
    });
    Exit::Misuse
}

/// What `hook` says of a shell that it does not know.
fn other_shell(error: &clap::Error, arguments: &[OsString]) -> Option<String> {
    let name = match error.get(ContextKind::InvalidValue) {
        Some(ContextValue::String(name)) if error.kind() == ErrorKind::InvalidValue => name,
        _ => return None,
    };
    let is_for_hook = arguments.iter().skip(1).any(|word| word == "hook");
    let is_shell =
        matches!(error.get(ContextKind::InvalidArg), Some(ContextValue::String(argument)) if argument == "<SHELL>");
    let known: Vec<&str> = shell::ALL.iter().map(|shell| shell.name()).collect();
    (is_for_hook && is_shell).then(|| {
        format!(
            "there is no hook for `{name}` ({}); these work in any shell: claude-bedrock exec -- COMMAND, and claude-bedrock export json",
            known.join(", ")
        )
    })
}

/// The colour that was asked for, also where the rest of the command line is wrong.
fn color_of(arguments: &[OsString]) -> ColorChoice {
    let own: Vec<&str> = arguments
        .iter()
        .map_while(|argument| argument.to_str())
        .take_while(|word| *word != "--")
        .collect();
    let value = own.iter().enumerate().rev().find_map(|(index, word)| match *word {
        "--color" => own.get(index + 1).copied(),
        word => word.strip_prefix("--color="),
    });
    match value {
        Some("always") => ColorChoice::Always,
        Some("never") => ColorChoice::Never,
        _ if paths::no_color() => ColorChoice::Never,
        _ => ColorChoice::Auto,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_later_leaves_the_descriptions_alone() {
        let listed = command();
        let mut built = command();
        built.build();
        for command in listed.get_subcommands() {
            let name = command.get_name();
            let about = built.find_subcommand(name).unwrap().get_about();
            assert_eq!(
                about.map(ToString::to_string),
                command.get_about().map(ToString::to_string),
                "{name}"
            );
            assert!(about.is_some(), "{name}");
        }
    }

    /// The words of the program's command lines that a text shows, in code and after a prompt.
    fn command_lines(text: &str) -> Vec<String> {
        let spans = text.split('`').skip(1).step_by(2).map(str::to_owned);
        let typed = text.lines().filter_map(|line| line.split_once("$ ")).map(|(_, line)| {
            // A comment stands behind two blanks.
            line.split("  ").next().unwrap_or(line).to_owned()
        });
        spans
            .chain(typed)
            .filter(|line| line.starts_with("claude-bedrock "))
            .map(|line| {
                let end = line.find(['|', '>', '<', ';', '\n']).unwrap_or(line.len());
                line[..end].split("&&").next().unwrap_or_default().trim().to_owned()
            })
            .collect()
    }

    #[test]
    fn every_command_line_of_the_documentation_is_understood() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let docs = std::fs::read_dir(root.join("docs")).unwrap();
        let pages = docs.map(|entry| entry.unwrap().path());
        let others = ["README.md", "CONTRIBUTING.md", "SECURITY.md"].map(|name| root.join(name));
        let mut seen = 0;
        let is_page = |path: &std::path::PathBuf| path.extension().is_some_and(|end| end == "md");
        for page in pages.chain(others).filter(is_page) {
            for line in command_lines(&std::fs::read_to_string(&page).unwrap()) {
                // `...` and `…` stand for what the reader adds, a word in capitals for a value.
                let words = shell_words::split(&line).unwrap_or_default();
                let words = words.iter().filter(|word| !matches!(word.as_str(), "…" | "..."));
                let words: Vec<&str> = words
                    .map(|word| match word.trim_end_matches(['…', ',']) {
                        "SHELL" => "bash",
                        word => word,
                    })
                    .collect();
                seen += 1;
                let Err(error) = command().try_get_matches_from(&words) else {
                    continue;
                };
                let incomplete = matches!(
                    error.kind(),
                    ErrorKind::MissingRequiredArgument
                        | ErrorKind::MissingSubcommand
                        | ErrorKind::DisplayHelp
                        | ErrorKind::DisplayVersion
                        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
                );
                assert!(incomplete, "{}: {line}: {error}", page.display());
            }
        }
        assert!(seen > 80, "{seen}");
    }
}
