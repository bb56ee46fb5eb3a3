//! `plugin`: the files by which the plugin managers of a shell load the hook.
//!
//! `shells/` in the repository holds them ready made; a test keeps the two equal.

use minijinja::context;

use crate::cli::{self, Plugin};
use crate::command::{self, hook};
use crate::diagnostic::{Diagnostic, Result};
use crate::shell::Shell;

/// What a file of a plugin holds.
#[derive(Clone, Copy)]
enum Content {
    /// What this template renders.
    Template(&'static str),
    /// The completion script.
    Completion,
}

/// The files of a shell's plugin, the one that managers load first. Their names and places are those that
/// the managers document.
fn files(shell: Shell) -> &'static [(&'static str, Content)] {
    use Content::{Completion, Template};
    match shell {
        Shell::Bash => &[
            (
                "claude-bedrock.plugin.bash",
                Template(include_str!("../../templates/plugin.bash.jinja")),
            ),
            ("completions/claude-bedrock", Completion),
        ],
        Shell::Zsh => &[
            (
                "claude-bedrock.plugin.zsh",
                Template(include_str!("../../templates/plugin.zsh.jinja")),
            ),
            ("_claude-bedrock", Completion),
        ],
        Shell::Fish => &[
            (
                "conf.d/claude-bedrock.fish",
                Template(include_str!("../../templates/plugin.fish.jinja")),
            ),
            ("completions/claude-bedrock.fish", Completion),
            (
                "functions/claude-bedrock.fish",
                Template(include_str!("../../templates/plugin-function.fish.jinja")),
            ),
        ],
        Shell::Powershell => &[
            (
                "ClaudeBedrock/ClaudeBedrock.psm1",
                Template(include_str!("../../templates/plugin.psm1.jinja")),
            ),
            (
                "ClaudeBedrock/ClaudeBedrock.psd1",
                Template(include_str!("../../templates/plugin.psd1.jinja")),
            ),
            ("ClaudeBedrock/ClaudeBedrock.Completion.ps1", Completion),
        ],
    }
}

/// Prints the file that managers load, or writes all of them below a directory.
pub fn run(arguments: &Plugin) -> Result<u8> {
    let shell = arguments.shell;
    let Some(directory) = &arguments.out else {
        let (_, content) = files(shell)[0];
        command::print(render(shell, content)?)?;
        return Ok(0);
    };
    for (name, content) in files(shell) {
        command::write_file(directory, name, render(shell, *content)?.as_bytes())?;
    }
    Ok(0)
}

fn render(shell: Shell, content: Content) -> Result<String> {
    let template = match content {
        Content::Completion => return hook::render(shell, hook::Part::Completion, &hook::Options::default()),
        Content::Template(template) => template,
    };
    let about = cli::command().get_about().map(ToString::to_string).unwrap_or_default();
    hook::templates(shell)
        .render_str(template, context! { version => env!("CARGO_PKG_VERSION"), about })
        .map_err(|error| Diagnostic::error(format!("a {} template cannot be rendered: {error}", shell.name())).into())
}
