//! `hook`: the code that a shell's rc file evaluates.

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Value, context};

use crate::claude::launcher::program;
use crate::diagnostic::{Diagnostic, Result};
use crate::exit::Exit;
use crate::setup::outside;
use crate::shell::Shell;
use crate::system::{paths, programs};
use crate::{console, watch};

/// Shown by `--help` after the options.
pub const EXAMPLES: &str = "\
Put one of these at the end of the file named, after prompt themes:
  ~/.bashrc                    eval \"$(claude-bedrock hook bash)\"
  ~/.zshrc                     eval \"$(claude-bedrock hook zsh)\"
  ~/.config/fish/config.fish   status is-interactive; and claude-bedrock hook fish | source
  $PROFILE (PowerShell)        Invoke-Expression (& claude-bedrock hook powershell | Out-String)

Examples:
  claude-bedrock hook zsh --wrap claude    `cd repo && claude` finds the new directory's profile
  claude-bedrock hook fish --alias cb      cb use work";

#[derive(clap::Args, Debug)]
pub struct Args {
    /// The shell
    pub shell: Shell,
    /// A command that gets the new directory's environment even in `cd repo && COMMAND` (repeatable)
    #[arg(long, value_name = "COMMAND")]
    pub wrap: Vec<String>,
    /// A short name for `claude-bedrock`, with its completion
    #[arg(long, value_name = "NAME")]
    pub alias: Option<String>,
}

/// Which template of a shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The hook, with its completion.
    Hook,
    /// Only the completion.
    Completion,
}

/// What the user asked of the hook.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Commands that find the environment up to date.
    pub wrap: Vec<String>,
    /// A short name.
    pub alias: Option<String>,
    /// Only errors.
    pub quiet: bool,
}

/// Prints the hook.
pub fn run(arguments: &Args, quiet: bool) -> Result<Exit> {
    for name in arguments.wrap.iter().chain(&arguments.alias) {
        check_command_name(name)?;
    }
    let options = Options {
        wrap: arguments.wrap.clone(),
        alias: arguments.alias.clone(),
        quiet,
    };
    console::print_code(render(arguments.shell, Part::Hook, &options)?)?;
    Ok(Exit::Done)
}

/// The name of a function in every shell.
fn check_command_name(name: &str) -> Result<()> {
    let mut characters = name.chars();
    let starts = characters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if starts && characters.all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) && name != "claude-bedrock" {
        return Ok(());
    }
    Err(
        Diagnostic::error(format!("`{name}` cannot be the name of a shell function"))
            .help("give a plain command name, without a directory")
            .into(),
    )
}

/// What renders templates of a shell: undefined names are errors, and `quote` makes a word of the shell's.
pub fn templates(shell: Shell) -> Environment<'static> {
    let mut templates = Environment::new();
    templates.set_auto_escape_callback(|_| AutoEscape::None);
    templates.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build();
    templates.set_syntax(syntax.expect("the usual delimiters"));
    templates.add_filter("quote", move |value: String| {
        String::from_utf8_lossy(&shell.quote(value.as_ref())).into_owned()
    });
    templates
}

/// Renders a template of a shell.
pub fn render(shell: Shell, part: Part, options: &Options) -> Result<String> {
    let mut templates = templates(shell);
    let probes = watch::precision_probes();
    let probes = probes.as_ref().map(|(older, newer)| {
        vec![
            older.to_string_lossy().into_owned(),
            newer.to_string_lossy().into_owned(),
        ]
    });
    let launches = options.wrap.iter().any(|name| name == program::NAME);
    let rendered = templates
        .add_template("completion", shell.templates().completion)
        .and_then(|()| templates.add_template("hook", shell.templates().hook))
        .and_then(|()| templates.get_template(if part == Part::Hook { "hook" } else { "completion" }))
        .and_then(|template| {
            template.render(context! {
                program => programs::own().to_string_lossy(),
                wrap => options.wrap.iter().filter(|name| *name != program::NAME).cloned().collect::<Vec<String>>(),
                launches => launches,
                launcher => launches.then(outside::made_link).flatten().map(|link| link.to_string_lossy().into_owned()),
                alias => &options.alias,
                quiet => options.quiet,
                probes => probes,
                variables => Value::from(paths::SELECTING_VARIABLES.to_vec()),
                standalone => part == Part::Completion,
            })
        });
    rendered
        .map_err(|error| Diagnostic::error(format!("the {} template cannot be rendered: {error}", shell.name())).into())
}
