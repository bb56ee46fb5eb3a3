//! Every command, flag and help text.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::error::ErrorKind;
use clap::{Args, ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand, ValueHint};
use clap_complete::engine::ArgValueCompleter;

use crate::command;
use crate::diagnostic::Result;
use crate::paths;
use crate::shell::Shell;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const OVERVIEW: &str = "\
Start:
  1. write a profile:              claude-bedrock add NAME
  2. add to your shell's rc file:  eval \"$(claude-bedrock hook bash)\"   (or zsh; see `claude-bedrock hook --help`)
  3. in a repository:              claude-bedrock init PROFILE

Exit status: 0 done, 1 something was found broken, 2 wrong usage or configuration.

Variables: CLAUDE_BEDROCK_CONFIG (another config.toml), CLAUDE_BEDROCK_PROFILE (what `use` sets),
  CLAUDE_BEDROCK_LOG=off|error|info|debug, NO_COLOR.";

/// direnv for Claude Code on Amazon Bedrock: the right account, region and models in every directory.
#[derive(Debug, Parser)]
#[command(name = "claude-bedrock", version, styles = STYLES, after_help = OVERVIEW, disable_help_subcommand = true)]
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
    /// Say only what is wrong
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
    #[command(
        after_help = "Examples:\n  claude-bedrock use work      this profile, until you say otherwise\n  claude-bedrock use -         the choice before\n  claude-bedrock use --clear   whatever the directory says\n\nNeeds the hook in this shell. Other shells are not touched."
    )]
    Use(Use),
    /// No profile in this shell, whatever the directory says
    #[command(
        after_help = "Examples:\n  claude-bedrock off\n  claude-bedrock use --clear   back again: whatever the directory says"
    )]
    Off(Hooked),
    /// Write a project file here and allow it
    #[command(
        after_help = "Examples:\n  claude-bedrock init work     ./.claude-bedrock.toml names the profile `work`\n  claude-bedrock init          the profile that is active here, or the only one\n\nThe file is meant to be committed: it names a profile and holds no secret."
    )]
    Init(Init),
    /// Let a project file take effect
    #[command(
        after_help = "Examples:\n  claude-bedrock allow            the nearest project file\n  claude-bedrock allow ~/repo\n\nShows everything that the file does before it is recorded, and on a terminal asks first where it does more than name a profile and choose models. An edit asks again, of the file or of a script that its commands run."
    )]
    Allow(Allow),
    /// Never let a project file take effect
    #[command(
        after_help = "Examples:\n  claude-bedrock deny             the nearest project file\n  claude-bedrock deny ~/repo\n\nTakes an `allow` back, and silences the question. `claude-bedrock allow` takes it back in turn."
    )]
    Deny(ProjectPath),
    /// Show the profiles that there are
    #[command(after_help = "Examples:\n  claude-bedrock list\n  claude-bedrock list --json | jq -r '.[].name'")]
    List(Report),
    /// Show a profile in full: each value, and the file and line that it comes from
    #[command(
        after_help = "Examples:\n  claude-bedrock show          the profile that is active here, as the project refines it\n  claude-bedrock show work     a profile by itself"
    )]
    Show(Show),
    /// Show what is active here, and why
    #[command(
        after_help = "Examples:\n  claude-bedrock status\n  claude-bedrock status --format '{profile} {region} {expires}'    for a prompt\n\nPlaceholders: {profile} {region} {model} {account} {expires}; {{ and }} are braces. Nothing is printed where no profile is active.\nFor the name alone a prompt needs no process: it is in CLAUDE_BEDROCK_ACTIVE.\n\nExit status 1 where something is wrong, so that no profile could be loaded."
    )]
    Status(Status),
    /// Write a new profile into config.toml
    #[command(
        after_help = "Examples:\n  claude-bedrock add work --region eu-west-1 --aws-profile bedrock-work\n  claude-bedrock add ci --region us-east-1 --api-key keyring:ci-key --model sonnet\n  claude-bedrock add work-cheap --extends work --model haiku\n  claude-bedrock add work                asks, on a terminal\n\nOpus, sonnet and haiku are pinned to the newest of the region: that stops Claude Code's paid requests at its start.\nA secret is given by where it is: keyring:NAME, command:'op read op://…', file:PATH or env:NAME."
    )]
    Add(Box<Add>),
    /// Open config.toml, at a profile, or a project file in your editor, and check it on saving
    #[command(
        after_help = "Examples:\n  claude-bedrock edit work         $VISUAL, else $EDITOR, at the profile\n  claude-bedrock edit --project    the nearest project file; what you save is allowed\n\nYou edit a copy. It takes the file's place once it is right; until then it is kept, and its path is told."
    )]
    Edit(EditFile),
    /// Set values of a profile
    #[command(
        after_help = "Examples:\n  claude-bedrock set work region eu-central-1\n  claude-bedrock set work models.haiku claude-haiku-4-5 headers.X-Team platform\n  claude-bedrock set work auth.method api-key auth.api_key keyring:work-key\n  claude-bedrock set work env.HTTP_PROXY false        unset inside; '\"false\"' is the text\n  claude-bedrock set work --unset guardrail\n  claude-bedrock set --project models.main haiku      in the nearest project file\n  claude-bedrock set work region eu-west-1 --dry-run  only shows what would change\n\nAll keys: claude-bedrock schema --reference. Comments and order stay; the last version is kept, and its place told."
    )]
    Set(SetValues),
    /// Write a profile once more under another name
    #[command(after_help = "Example:\n  claude-bedrock copy work work-eu")]
    Copy(TwoNames),
    /// Take a profile out of config.toml
    #[command(
        after_help = "Examples:\n  claude-bedrock remove old\n  claude-bedrock remove old --dry-run    only shows what would change\n\nThe last version stays in config.toml.backup. Secrets in the keyring stay: claude-bedrock secret remove NAME"
    )]
    Remove(OneName),
    /// Give a profile another name, also where it is extended, the default, or named by the project file here
    #[command(
        after_help = "Examples:\n  claude-bedrock rename work acme\n  claude-bedrock rename work acme --dry-run    only shows what would change\n\nA project file that was allowed stays allowed. Those of other directories are not looked for."
    )]
    Rename(TwoNames),
    /// Make profiles of what is there already
    #[command(
        after_help = "Examples:\n  claude-bedrock import --dry-run               of the variables of this shell\n  claude-bedrock import aws-config --aws-profile bedrock-work --name work\n  claude-bedrock import settings --name work    of `env` in Claude Code's settings here\n  claude-bedrock import ~/repo/.envrc           of its `export` lines, which are read and never run\n  wl-paste | claude-bedrock import - --yes      of an article's lines\n\nShows what it cannot take and why. Secrets go to the keyring. Without a terminal it needs --yes."
    )]
    Import(ImportProfile),
    /// Run one command under a profile, this shell untouched
    #[command(
        after_help = "Examples:\n  claude-bedrock exec -- claude -p 'what is new?'    the profile of this directory\n  claude-bedrock exec -p work -- claude\n\nExit status: the command's own; 126 where it cannot be run, 127 where it is not found."
    )]
    Exec(Exec),
    /// Renew a profile's credentials: `aws sso login` where they come from IAM Identity Center
    #[command(
        after_help = "Examples:\n  claude-bedrock login                   the profile that is active here\n  claude-bedrock login work --no-browser   a code to be typed into a browser elsewhere\n\nDoes nothing while the credentials are good. In Claude Code's settings: \"awsAuthRefresh\": \"claude-bedrock login work\"\n\nExit status 1 where there are no good credentials after it."
    )]
    Login(Login),
    /// Print a profile's credentials, for `awsCredentialExport` and `credential_process`
    #[command(
        after_help = "Examples:\n  claude-bedrock credentials work\n  eval \"$(claude-bedrock credentials work --format env)\"\n\nIn Claude Code's settings: \"awsCredentialExport\": \"claude-bedrock credentials work --no-fallback\"\nIn ~/.aws/config:           credential_process = claude-bedrock credentials work\n\nKept until five minutes before they expire, in a file that only you can read. The output is secret.\nExit status 1 where they cannot be had."
    )]
    Credentials(Credentials),
    /// Claude Code's settings files: what in them beats the profile
    #[command(subcommand)]
    Settings(Settings),
    /// Check everything between a profile and its models, each finding with its fix
    #[command(
        after_help = "Examples:\n  claude-bedrock doctor\n  claude-bedrock doctor work --offline\n  claude-bedrock doctor work --invoke    one real request to each model, which costs a little money\n\nEach line: ✓ good, ! doubtful, ✗ broken; docs/doctor.md tells of each code. Exit status 1 where something is broken."
    )]
    Doctor(Doctor),
    /// Show the models that the account has in the profile's region
    #[command(
        after_help = "Examples:\n  claude-bedrock models work\n  claude-bedrock models work --refresh --json\n\nKept for a day. Exit status 1 where the account cannot be asked."
    )]
    Models(Models),
    /// Print the least IAM policy with which a profile works
    #[command(
        after_help = "Examples:\n  claude-bedrock policy work\n  claude-bedrock policy work --terraform > policy.tf\n\nNeeds no network. `account` in the profile takes the place of `*` in the ARNs."
    )]
    Policy(Policy),
    /// Keep secrets in the system's keyring
    #[command(subcommand)]
    Secret(Secret),
    /// Print the hook, for a shell's rc file
    #[command(after_help = HOOK_EXAMPLES)]
    Hook(Hook),
    /// Print what the profile here means as variables
    #[command(
        after_help = "Examples:\n  claude-bedrock export json      a JSON object; null where a variable is unset\n  claude-bedrock export dotenv    NAME='value' lines for tools that read .env files\n  claude-bedrock export github    in a GitHub Actions step: sets them for the steps after it, secrets masked\n\nValues may be secret: this is the command whose job is to print them."
    )]
    Export(Export),
    /// Print the completion script of a shell
    #[command(
        after_help = "The hook brings completion with it; this is for shells without the hook.\n\nExamples:\n  claude-bedrock completions bash > ~/.local/share/bash-completion/completions/claude-bedrock\n  claude-bedrock completions zsh > ~/.zfunc/_claude-bedrock\n  claude-bedrock completions fish > ~/.config/fish/completions/claude-bedrock.fish"
    )]
    Completions(Completions),
    /// Check the files: what is wrong or doubtful, with its place and what to do
    #[command(
        after_help = "Examples:\n  claude-bedrock lint                    your config.toml and the project files here\n  claude-bedrock lint repo/.claude-bedrock.toml\n  claude-bedrock explain CB005           the whole story of one finding\n\nExit status 1 where something is wrong; doubts alone leave it 0."
    )]
    Lint(Lint),
    /// Tell the whole story of a finding
    #[command(
        after_help = "Examples:\n  claude-bedrock explain CB007\n  claude-bedrock explain          the list of all"
    )]
    Explain(Explain),
    /// The first run: put the hook into your shell's rc file, and write the first profile
    #[command(
        after_help = "Examples:\n  claude-bedrock setup                       shows what it would do, and asks\n  claude-bedrock setup --yes --shell zsh\n  claude-bedrock setup --print               only shows\n  claude-bedrock setup --undo                takes the hook out again, each file as it was, to the byte\n\nThe hook stands at the end of the file between two lines of comment; a second run changes nothing.\nWithout a terminal nothing is asked: --yes or --print is needed. Exit status 1 where a file could not be written."
    )]
    Setup(Setup),
    /// Print the plugin by which a shell's plugin manager loads the hook
    #[command(after_help = PLUGIN_EXAMPLES)]
    Plugin(Plugin),
    /// Print the JSON Schema of config.toml or of a project file, for editors
    #[command(
        after_help = "Examples:\n  claude-bedrock schema --write              beside your config.toml\n  claude-bedrock schema --write --project    beside the nearest .claude-bedrock.toml\n  claude-bedrock schema > elsewhere.json\n\nTaplo and editors that use it (Even Better TOML) find it by the file's first line, which `init` and `add` write:\n  #:schema ./config.schema.json"
    )]
    Schema(Schema),
    /// Print a manual page, or write all of them
    #[command(
        after_help = "Examples:\n  claude-bedrock man | man -l -            the overview\n  claude-bedrock man secret set | man -l -\n  claude-bedrock man --out ~/.local/share/man/man1\n\n`scripts/install` puts them where `man` finds them."
    )]
    Man(Manual),
    /// Say that the session of the active profile is over, where it is
    #[command(hide = true)]
    Expired,
    /// Answer a completion script
    #[command(hide = true)]
    Complete(Complete),
}

const HOOK_EXAMPLES: &str = "\
Put one of these at the end of the file named, after prompt themes:
  ~/.bashrc                    eval \"$(claude-bedrock hook bash)\"
  ~/.zshrc                     eval \"$(claude-bedrock hook zsh)\"
  ~/.config/fish/config.fish   claude-bedrock hook fish | source
  $PROFILE (PowerShell)        Invoke-Expression (& claude-bedrock hook powershell | Out-String)

Examples:
  claude-bedrock hook zsh --wrap claude    `cd repo && claude` is right in bash too
  claude-bedrock hook fish --alias cb      cb use work";

const PLUGIN_EXAMPLES: &str = "\
Examples:
  claude-bedrock plugin zsh --out ~/.oh-my-zsh/custom/plugins/claude-bedrock    then: plugins=(... claude-bedrock)
  claude-bedrock plugin fish --out ~/.config/fish
  claude-bedrock plugin bash > ~/.bash_it/custom/claude-bedrock.bash
  claude-bedrock plugin powershell --out ~/.local/share/powershell/Modules      then: Import-Module ClaudeBedrock

Other plugin managers: docs/shells.md. Without one, `claude-bedrock setup` adds a line to your rc file.";

// Arguments that the hook's shell function adds.
#[derive(Args, Debug, Default)]
pub struct Hooked {
    /// The shell that evaluates the output
    #[arg(long = "hook", hide = true)]
    pub shell: Option<Shell>,
    /// The shell compares whole seconds
    #[arg(long, hide = true)]
    pub coarse: bool,
}

#[derive(Args, Debug)]
#[command(disable_help_flag = false)]
pub struct Use {
    /// The profile, or `-` for the choice before
    #[arg(required_unless_present = "clear", add = ArgValueCompleter::new(command::complete::profiles))]
    pub profile: Option<String>,
    /// Back to whatever the directory says
    #[arg(long, conflicts_with = "profile")]
    pub clear: bool,
    #[command(flatten)]
    pub hooked: Hooked,
}

#[derive(Args, Debug)]
pub struct Init {
    /// The profile that this directory uses
    #[arg(add = ArgValueCompleter::new(command::complete::profiles))]
    pub profile: Option<String>,
    /// Without the JSON Schema with which editors complete and check the file
    #[arg(long)]
    pub no_schema: bool,
}

#[derive(Args, Debug)]
pub struct Allow {
    /// The project file or its directory; without it the nearest one upward
    #[arg(value_hint = ValueHint::AnyPath)]
    pub path: Option<PathBuf>,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// Only show what the file does
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
}

#[derive(Args, Debug)]
pub struct ProjectPath {
    /// The project file or its directory; without it the nearest one upward
    #[arg(value_hint = ValueHint::AnyPath)]
    pub path: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct Report {
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Debug)]
pub struct Status {
    /// In your own words, on one line
    #[arg(long, value_name = "FORMAT", conflicts_with = "json")]
    pub format: Option<String>,
    #[command(flatten)]
    pub report: Report,
}

#[derive(Args, Debug)]
pub struct Show {
    /// The profile; without it the one that is active here
    #[arg(add = ArgValueCompleter::new(command::complete::profiles))]
    pub profile: Option<String>,
    #[command(flatten)]
    pub report: Report,
}

// What a new profile holds.
#[derive(Args, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Add {
    /// The new profile's name
    pub name: String,
    /// The AWS region
    #[arg(long, add = ArgValueCompleter::new(command::complete::regions))]
    pub region: Option<String>,
    /// What the profile is for
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// The profile whose values count where this one has none
    #[arg(long, value_name = "PROFILE", add = ArgValueCompleter::new(command::complete::profiles))]
    pub extends: Option<String>,
    /// Authenticate by this profile of ~/.aws/config
    #[arg(long, value_name = "NAME", group = "method", add = ArgValueCompleter::new(command::complete::aws_profiles))]
    pub aws_profile: Option<String>,
    /// Keep the AWS profile's credentials out of the shell
    #[arg(long, requires = "aws_profile")]
    pub isolate: bool,
    /// Authenticate by a Bedrock API key: where it is
    #[arg(long, value_name = "SECRET", group = "method")]
    pub api_key: Option<String>,
    /// Authenticate by access keys: where the key's ID is
    #[arg(long, value_name = "SECRET", group = "method", requires = "secret_access_key")]
    pub access_key_id: Option<String>,
    /// Where the secret access key is
    #[arg(long, value_name = "SECRET", requires = "access_key_id")]
    pub secret_access_key: Option<String>,
    /// Where the session token is
    #[arg(long, value_name = "SECRET", requires = "access_key_id")]
    pub session_token: Option<String>,
    /// An LLM gateway that signs by itself
    #[arg(long, value_name = "URL", group = "method")]
    pub gateway: Option<String>,
    /// Where the gateway's token is
    #[arg(long, value_name = "SECRET", requires = "gateway")]
    pub gateway_token: Option<String>,
    /// Leave AWS credentials as they are
    #[arg(long, group = "method")]
    pub ambient: bool,
    /// The model that answers
    #[arg(long, add = ArgValueCompleter::new(command::complete::models))]
    pub model: Option<String>,
    /// What `opus` means
    #[arg(long, value_name = "MODEL", add = ArgValueCompleter::new(command::complete::models))]
    pub opus: Option<String>,
    /// What `sonnet` means
    #[arg(long, value_name = "MODEL", add = ArgValueCompleter::new(command::complete::models))]
    pub sonnet: Option<String>,
    /// What `haiku` means
    #[arg(long, value_name = "MODEL", add = ArgValueCompleter::new(command::complete::models))]
    pub haiku: Option<String>,
    /// Pin no models
    #[arg(long, conflicts_with_all = ["opus", "sonnet", "haiku"])]
    pub no_models: bool,
    /// A guardrail's ID or ARN
    #[arg(long, value_name = "ID")]
    pub guardrail: Option<String>,
    /// The guardrail's version
    #[arg(
        long,
        value_name = "VERSION",
        requires = "guardrail",
        default_value_if("guardrail", clap::builder::ArgPredicate::IsPresent, "DRAFT")
    )]
    pub guardrail_version: Option<String>,
    /// A request header, `Name: Value` (repeatable)
    #[arg(long = "header", value_name = "HEADER", add = ArgValueCompleter::new(command::complete::headers))]
    pub headers: Vec<String>,
    /// Any other value, as `set` takes it: KEY=VALUE (repeatable)
    #[arg(long = "set", value_name = "KEY=VALUE", add = ArgValueCompleter::new(command::complete::keys))]
    pub values: Vec<String>,
    /// Make it the default, active where no project file applies
    #[arg(long)]
    pub default: bool,
    /// Change nothing, only show what would change
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Args, Debug)]
pub struct EditFile {
    /// The profile at which the editor opens
    #[arg(value_name = "PROFILE", add = ArgValueCompleter::new(command::complete::profiles))]
    pub profile: Option<String>,
    /// The nearest project file instead
    #[arg(long, conflicts_with = "profile")]
    pub project: bool,
}

#[derive(Args, Debug)]
pub struct SetValues {
    /// The profile (none with --project), then keys and values in turn
    #[arg(value_name = "PROFILE KEY VALUE", num_args = 0.., allow_hyphen_values = false, add = ArgValueCompleter::new(command::complete::set_words))]
    pub words: Vec<String>,
    /// Take a key out (repeatable)
    #[arg(long, value_name = "KEY", add = ArgValueCompleter::new(command::complete::keys))]
    pub unset: Vec<String>,
    /// In the nearest project file
    #[arg(long)]
    pub project: bool,
    /// Change nothing, only show what would change
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Args, Debug)]
pub struct OneName {
    /// The profile
    #[arg(value_name = "PROFILE", add = ArgValueCompleter::new(command::complete::profiles))]
    pub name: String,
    /// Change nothing, only show what would change
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Args, Debug)]
pub struct TwoNames {
    /// The profile
    #[arg(value_name = "PROFILE", add = ArgValueCompleter::new(command::complete::profiles))]
    pub from: String,
    /// The new name
    #[arg(value_name = "NEW")]
    pub to: String,
    /// Change nothing, only show what would change
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Args, Debug)]
pub struct ImportProfile {
    /// `aws-config`, `env` (the default), `settings`, a file with shell lines, or `-` for stdin
    #[arg(value_hint = ValueHint::FilePath)]
    pub source: Option<String>,
    /// The new profile's name
    #[arg(long)]
    pub name: Option<String>,
    /// From `aws-config`: only this AWS profile
    #[arg(long, value_name = "NAME", add = ArgValueCompleter::new(command::complete::aws_profiles))]
    pub aws_profile: Option<String>,
    /// Write it without a question
    #[arg(long, short)]
    pub yes: bool,
    /// Change nothing, only show what would change
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Args, Debug)]
pub struct Exec {
    /// The profile; without it the one of this directory
    #[arg(long, short, add = ArgValueCompleter::new(command::complete::profiles))]
    pub profile: Option<String>,
    /// The command and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "COMMAND", value_hint = ValueHint::CommandWithArguments)]
    pub command: Vec<OsString>,
}

// A profile, where the active one is meant without it.
#[derive(Args, Debug)]
pub struct ProfileName {
    /// The profile; without it the one that is active here
    #[arg(value_name = "PROFILE", add = ArgValueCompleter::new(command::complete::profiles))]
    pub profile: Option<String>,
}

#[derive(Args, Debug)]
pub struct Doctor {
    #[command(flatten)]
    pub profile: ProfileName,
    /// Call nobody
    #[arg(long)]
    pub offline: bool,
    /// Ask every model for one token, which costs money
    #[arg(long, conflicts_with = "offline")]
    pub invoke: bool,
    #[command(flatten)]
    pub report: Report,
}

#[derive(Args, Debug)]
pub struct Models {
    #[command(flatten)]
    pub profile: ProfileName,
    /// Ask again, though an answer of today is kept
    #[arg(long)]
    pub refresh: bool,
    #[command(flatten)]
    pub report: Report,
}

#[derive(Args, Debug)]
pub struct Policy {
    #[command(flatten)]
    pub profile: ProfileName,
    /// As a resource of Terraform
    #[arg(long)]
    pub terraform: bool,
}

#[derive(Args, Debug)]
pub struct Login {
    #[command(flatten)]
    pub profile: ProfileName,
    /// Open no browser: show an address and a code
    #[arg(long)]
    pub no_browser: bool,
}

#[derive(Args, Debug)]
pub struct Credentials {
    #[command(flatten)]
    pub profile: ProfileName,
    /// How to print them
    #[arg(long, value_enum, default_value = "process")]
    pub format: command::credentials::Format,
    /// Fetch them, and keep them nowhere
    #[arg(long)]
    pub no_cache: bool,
    /// Where they cannot be had, print some that nobody accepts, so that Claude Code uses no other account's
    #[arg(long)]
    pub no_fallback: bool,
}

/// What to do with Claude Code's settings files.
#[derive(Debug, Subcommand)]
pub enum Settings {
    /// Show the settings files, and what in them beats the profile that is active here
    #[command(
        after_help = "Examples:\n  claude-bedrock settings check\n  claude-bedrock settings check --user --json\n\nAn `env` in a settings file beats what the shell exports, and `awsCredentialExport` the credentials in it.\nExit status 1 where one does, or where Claude Code ignores a file."
    )]
    Check(SettingsCheck),
    /// Write what Claude Code needs for the profile: awsAuthRefresh, awsCredentialExport, and with --env its variables
    #[command(
        after_help = "Examples:\n  claude-bedrock settings apply                  .claude/settings.local.json, for the profile that is active here\n  claude-bedrock settings apply --user -p work   everywhere\n  claude-bedrock settings apply --env            also for editors and programs that have no shell hook\n\nAll else in the file stays byte for byte. A secret is never written."
    )]
    Apply(SettingsApply),
    /// Take out exactly what `settings apply` wrote
    #[command(
        after_help = "Examples:\n  claude-bedrock settings remove\n  claude-bedrock settings remove --user --dry-run\n\nWhat was edited since stays."
    )]
    Remove(SettingsRemove),
}

// Which settings file is meant.
#[derive(Args, Debug)]
pub struct SettingsTier {
    /// Yours, everywhere: ~/.claude/settings.json
    #[arg(long, conflicts_with_all = ["project", "local"])]
    pub user: bool,
    /// This repository's, shared: .claude/settings.json
    #[arg(long, conflicts_with = "local")]
    pub project: bool,
    /// Yours in this repository: .claude/settings.local.json
    #[arg(long)]
    pub local: bool,
}

#[derive(Args, Debug)]
pub struct SettingsApply {
    #[command(flatten)]
    pub tier: SettingsTier,
    /// The profile; without it the one that is active here
    #[arg(long, short, add = ArgValueCompleter::new(command::complete::profiles))]
    pub profile: Option<String>,
    /// Also the profile's variables, but no secret
    #[arg(long)]
    pub env: bool,
    /// Change nothing, only show what would change
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Args, Debug)]
pub struct SettingsRemove {
    #[command(flatten)]
    pub tier: SettingsTier,
    /// Change nothing, only show what would change
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Args, Debug)]
pub struct SettingsCheck {
    #[command(flatten)]
    pub tier: SettingsTier,
    /// Take out what beats the profile
    #[arg(long)]
    pub fix: bool,
    /// With --fix: change nothing, only show what would change
    #[arg(long, requires = "fix")]
    pub dry_run: bool,
    #[command(flatten)]
    pub report: Report,
}

/// What to do with the secrets in the keyring.
#[derive(Debug, Subcommand)]
pub enum Secret {
    /// Store a secret, typed without echo or read from a pipe
    #[command(
        after_help = "Examples:\n  claude-bedrock secret set work-key                    asks for it\n  op read op://team/key | claude-bedrock secret set work-key\n\nIt replaces a secret of that name. In a profile: api_key = { keyring = \"work-key\" }\nA secret is never an argument: other users see those, and your shell keeps them."
    )]
    Set(SecretName),
    /// Print a secret
    #[command(
        after_help = "Examples:\n  claude-bedrock secret get work-key | wc -c\n  claude-bedrock secret get work-key --reveal\n\nA terminal shows it only with --reveal, so that it does not stay on the screen by accident.\nExit status 1 where the keyring has no such secret."
    )]
    Get(SecretGet),
    /// Remove a secret
    #[command(
        after_help = "Example:\n  claude-bedrock secret remove work-key\n\nExit status 1 where the keyring has no such secret."
    )]
    Remove(SecretName),
    /// Show the names of the secrets, never their values
    #[command(
        after_help = "Example:\n  claude-bedrock secret list --json\n\nOnly secrets that `claude-bedrock` has stored are shown."
    )]
    List(Report),
    /// Move the secrets that stand in config.toml in plain text into the keyring
    #[command(
        after_help = "Examples:\n  claude-bedrock secret import --dry-run    what would change\n  claude-bedrock secret import\n\nEach becomes { keyring = \"PROFILE-key\" }; comments and order stay. The old file is not kept, because it held the secrets."
    )]
    Import(Import),
}

#[derive(Args, Debug)]
pub struct SecretName {
    /// The secret's name in the keyring
    #[arg(add = ArgValueCompleter::new(command::complete::secrets))]
    pub name: String,
}

#[derive(Args, Debug)]
pub struct SecretGet {
    #[command(flatten)]
    pub secret: SecretName,
    /// Print it to a terminal too
    #[arg(long)]
    pub reveal: bool,
}

#[derive(Args, Debug)]
pub struct Import {
    /// Change nothing, only show what would change
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Args, Debug)]
pub struct Hook {
    /// The shell
    pub shell: Shell,
    /// A command that is to find the environment up to date even in `cd repo && COMMAND` (repeatable)
    #[arg(long, value_name = "COMMAND")]
    pub wrap: Vec<String>,
    /// A short name for `claude-bedrock`, with its completion
    #[arg(long, value_name = "NAME")]
    pub alias: Option<String>,
}

#[derive(Args, Debug)]
pub struct Export {
    /// What to print
    #[arg(value_parser = ["json", "dotenv", "github", "bash", "zsh", "fish", "powershell"])]
    pub format: String,
}

#[derive(Args, Debug)]
pub struct Completions {
    /// The shell
    pub shell: Shell,
}

#[derive(Args, Debug)]
pub struct Lint {
    /// A config.toml or a project file; without it your config.toml and the project files here
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub report: Report,
}

#[derive(Args, Debug)]
pub struct Explain {
    /// The code, such as CB005
    #[arg(add = ArgValueCompleter::new(command::complete::codes))]
    pub code: Option<String>,
    /// All stories, in Markdown
    #[arg(long, conflicts_with = "code")]
    pub all: bool,
}

#[derive(Args, Debug)]
pub struct Schema {
    /// Of `.claude-bedrock.toml`
    #[arg(long)]
    pub project: bool,
    /// Write it beside the file, where editors find it, instead of printing it
    #[arg(long)]
    pub write: bool,
    /// The reference of every key, in Markdown, instead
    #[arg(long, conflicts_with_all = ["project", "write"])]
    pub reference: bool,
}

#[derive(Args, Debug)]
pub struct Manual {
    /// The command whose page is printed; without it the overview
    #[arg(value_name = "COMMAND", add = ArgValueCompleter::new(command::complete::commands))]
    pub command: Vec<String>,
    /// Write all pages into this directory
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with = "command")]
    pub out: Option<PathBuf>,
}

#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Setup {
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// This shell instead of those that are in use (repeatable)
    #[arg(long, value_name = "SHELL")]
    pub shell: Vec<Shell>,
    /// Change nothing, only show what would be written
    #[arg(long, conflicts_with = "yes")]
    pub print: bool,
    /// Do not run `doctor` afterwards, which asks AWS
    #[arg(long)]
    pub no_doctor: bool,
    /// Take the hook out of the rc files again; profiles stay
    #[arg(long, conflicts_with_all = ["yes", "print"])]
    pub undo: bool,
}

#[derive(Args, Debug)]
pub struct Plugin {
    /// The shell
    pub shell: Shell,
    /// Write all files of the plugin below this directory, instead of printing the one that is loaded
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub out: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct Complete {
    /// Leave it to the shell which candidates match
    #[arg(long)]
    pub all: bool,
    /// The index of the word to complete
    pub index: usize,
    /// The words of the command line
    #[arg(last = true)]
    pub words: Vec<OsString>,
}

/// Runs what the command line says.
pub fn run() -> Result<u8> {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let parsed = command()
        .color(color_of(&arguments))
        .try_get_matches_from(&arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return Ok(usage(&error, &arguments)),
    };
    match cli.command {
        Command::Use(arguments) => command::choose::use_profile(&arguments, cli.quiet),
        Command::Off(hooked) => command::choose::off(&hooked, cli.quiet),
        Command::Init(arguments) => command::init::run(&arguments),
        Command::Allow(arguments) => command::allow::allow(&arguments),
        Command::Deny(arguments) => command::allow::deny(&arguments),
        Command::List(report) => command::list::run(&report),
        Command::Show(arguments) => command::show::run(&arguments),
        Command::Add(arguments) => command::add::run(&arguments),
        Command::Edit(arguments) => command::edit::run(&arguments),
        Command::Set(arguments) => command::set::run(&arguments),
        Command::Copy(names) => command::rename::copy(&names),
        Command::Remove(name) => command::rename::remove(&name),
        Command::Rename(names) => command::rename::run(&names),
        Command::Import(arguments) => command::import::run(&arguments),
        Command::Status(arguments) => command::status::run(&arguments),
        Command::Exec(arguments) => command::exec::run(&arguments),
        Command::Login(arguments) => command::login::run(&arguments),
        Command::Credentials(arguments) => command::credentials::run(&arguments),
        Command::Doctor(arguments) => command::doctor::run(&arguments),
        Command::Models(arguments) => command::models::run(&arguments),
        Command::Policy(arguments) => command::policy::run(&arguments),
        Command::Settings(Settings::Check(arguments)) => command::settings::check(&arguments),
        Command::Settings(Settings::Apply(arguments)) => command::settings::apply(&arguments),
        Command::Settings(Settings::Remove(arguments)) => command::settings::remove(&arguments),
        Command::Secret(action) => command::secret::run(&action),
        Command::Hook(arguments) => command::hook::run(&arguments, cli.quiet),
        Command::Export(arguments) => command::export::print(&arguments.format, cli.quiet),
        Command::Completions(arguments) => command::completions::run(arguments.shell),
        Command::Lint(arguments) => command::lint::run(&arguments),
        Command::Explain(arguments) => command::explain::run(&arguments),
        Command::Schema(arguments) => command::schema::run(&arguments),
        Command::Man(arguments) => command::man::run(&arguments),
        Command::Setup(arguments) => command::setup::run(&arguments),
        Command::Plugin(arguments) => command::plugin::run(&arguments),
        Command::Expired => command::expired::run(),
        Command::Complete(arguments) => Ok(command::complete::run(&arguments)),
    }
}

/// The command line's tree.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Prints help or the error of a wrong command line. What the hook's function asks for is evaluated, so
/// help must not go to its output.
fn usage(error: &clap::Error, arguments: &[OsString]) -> u8 {
    let for_hook = arguments.iter().any(|argument| argument == "--hook");
    let is_help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if is_help && for_hook {
        let _ = std::io::Write::write_all(&mut std::io::stderr(), error.render().to_string().as_bytes());
        return 0;
    }
    let _ = error.print();
    u8::try_from(error.exit_code()).unwrap_or(super::MISUSE)
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

/// Whether errors are coloured.
pub fn colored() -> bool {
    colored_for(&std::io::stderr())
}

/// Whether results are coloured.
pub fn colored_output() -> bool {
    colored_for(&std::io::stdout())
}

fn colored_for(stream: &impl std::io::IsTerminal) -> bool {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    match color_of(&arguments) {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => stream.is_terminal(),
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
}
