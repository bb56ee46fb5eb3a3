//! `setup`, as a new user runs it: into rc files of every kind and out of them again, and the way from there
//! to the first directory with a profile.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::support::typist::Typist;
use crate::support::world::{PROGRAM, found};
use crate::support::{Shell, World, shell, stderr};

const AWS_CONFIG: &str = "[default]\nregion = us-east-1\n[profile bedrock-work]\nregion = eu-west-1\n";

/// A home without any of the program's files, where PATH has the program.
fn new_user(shell: Shell) -> World {
    let mut world = World::new(shell);
    fs::remove_dir_all(world.path(".config/claude-bedrock")).unwrap();
    world.directory("bin");
    symlink(PROGRAM, world.path("bin/claude-bedrock")).unwrap();
    let search = format!("{}:/usr/local/bin:/usr/bin:/bin", world.path("bin").display());
    world.set("PATH", search);
    world.write(".aws/config", AWS_CONFIG);
    world
}

/// Has the first profile count only where a repository names it.
fn only_where_asked(world: &World) {
    let text = fs::read_to_string(world.config_path()).unwrap();
    let rest = text.replace("default_profile = \"bedrock-work\"\n", "");
    assert_ne!(rest, text);
    world.config(&rest);
}

fn setup(world: &World, arguments: &[&str]) -> (i32, String) {
    // AWS, which `doctor` asks, is not to be reached from here.
    let quiet: &[&str] = if arguments.contains(&"--yes") {
        &["--no-doctor"]
    } else {
        &[]
    };
    let output = world.run(["setup"].iter().chain(arguments).chain(quiet));
    told(&output)
}

fn told(output: &Output) -> (i32, String) {
    (
        output.status.code().unwrap(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

/// Every file and link of the home directory with its content and mode, but for the program's own.
fn everything(world: &World) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
    let mut found = BTreeMap::new();
    let mut left = vec![world.home()];
    while let Some(directory) = left.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            // What PowerShell writes for itself, when it gets to it.
            let of_powershell = [".cache", ".local/share/powershell"]
                .iter()
                .any(|end| path.ends_with(end));
            if path.ends_with(".config/claude-bedrock") || of_powershell {
                continue;
            }
            let metadata = path.symlink_metadata().unwrap();
            if metadata.is_dir() {
                if !path.ends_with(".local") && !path.ends_with(".local/share") {
                    found.insert(path.clone(), (metadata.permissions().mode(), Vec::new()));
                }
                left.push(path);
            } else if metadata.is_symlink() {
                let target = fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes();
                found.insert(path, (0, target));
            } else {
                found.insert(path.clone(), (metadata.permissions().mode(), fs::read(&path).unwrap()));
            }
        }
    }
    found
}

/// The same numbers in every run, so that a failure can be run again.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// A text of lines such as rc files have, and of some that no editor writes.
fn generated(numbers: &mut Numbers, number: u64) -> Vec<u8> {
    const LINES: &[&[u8]] = &[
        b"",
        b"export PATH=$HOME/bin:$PATH",
        b"# >>> conda initialize >>>",
        b"alias ll='ls -l' \\",
        b"\xff\xfe not utf-8 \xe9",
        "PS1='\u{e9}\u{1f600} '".as_bytes(),
        b"[[ ! -f ~/.p10k.zsh ]] || source ~/.p10k.zsh",
        b"\ttrailing blanks  \t ",
        b"cat <<'EOF'",
        b"\x00\x01",
    ];
    let ending: &[u8] = [&b"\n"[..], b"\r\n", b"\r", b"\n\n"][usize::try_from(numbers.below(4)).unwrap()];
    let mut text = Vec::new();
    for _ in 0..numbers.below(12) {
        text.extend(LINES[usize::try_from(numbers.below(LINES.len() as u64)).unwrap()]);
        text.extend(ending);
    }
    if numbers.below(3) == 0 {
        text.extend(b"no final newline");
    }
    if number % 50 == 7 {
        let line = b"# a long history of settings\r\n";
        text.extend(line.iter().cycle().take(5 << 20));
    }
    text
}

#[test]
fn two_hundred_rc_files_are_restored_to_the_byte() {
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    for number in 0..200 {
        let shell = shell::ALL[usize::try_from(number % 4).unwrap()];
        let mut world = new_user(shell);
        // PowerShell is not asked, which would take a minute for all of them.
        world.set("PATH", world.path("bin").into_os_string());
        let rc = world.path(match shell {
            Shell::Bash => ".bashrc",
            Shell::Zsh => ".zshrc",
            Shell::Fish => ".config/fish/conf.d/claude-bedrock.fish",
            Shell::Powershell => ".config/powershell/Microsoft.PowerShell_profile.ps1",
        });
        let kind = numbers.below(5);
        let text = generated(&mut numbers, number);
        let mode = [0o644, 0o600, 0o664, 0o755][usize::try_from(numbers.below(4)).unwrap()];
        match kind {
            0 => {}
            1 => {
                let target = world.write("dotfiles/rc", &text);
                fs::set_permissions(&target, fs::Permissions::from_mode(mode)).unwrap();
                fs::create_dir_all(rc.parent().unwrap()).unwrap();
                symlink(&target, &rc).unwrap();
            }
            _ => {
                world.write(rc.strip_prefix(world.home()).unwrap(), &text);
                fs::set_permissions(&rc, fs::Permissions::from_mode(mode)).unwrap();
            }
        }
        if kind == 2 {
            // The user's own backup is nobody else's.
            let mut own = rc.clone().into_os_string();
            own.push(".backup");
            fs::write(own, &text).unwrap();
        }
        let before = everything(&world);
        let once = setup(&world, &["--yes", "--shell", shell.name()]);
        assert_eq!(once.0, 0, "{number}: {}", once.1);
        let with = everything(&world);
        assert_ne!(with, before, "{number}");
        let twice = setup(&world, &["--yes", "--shell", shell.name()]);
        assert_eq!(
            (twice.0, everything(&world) == with),
            (0, true),
            "{number}: {}",
            twice.1
        );
        assert!(twice.1.contains("already has the hook"), "{number}: {}", twice.1);
        let undone = setup(&world, &["--undo"]);
        assert_eq!(undone.0, 0, "{number}: {}", undone.1);
        let after = everything(&world);
        let other = |path: &&PathBuf| after.get(*path) != before.get(*path);
        let changed: Vec<&PathBuf> = after.keys().chain(before.keys()).filter(other).collect();
        assert!(
            changed.is_empty(),
            "{number} {} kind {kind}: {changed:?}: {}",
            shell.name(),
            undone.1
        );
    }
}

#[test]
fn three_commands_lead_to_the_first_directory_with_a_profile() {
    for shell in crate::support::world::found() {
        let mut world = new_user(shell);
        // As in a home that is in use: the rc file keeps the prompt silent, so that streams can be read.
        world.write(shell.rc_file(), shell.quiet_prompt());
        let mut rc = String::new();
        if shell == Shell::Powershell {
            let program = shell.need();
            let directory = program.canonicalize().unwrap();
            let search = format!(
                "{}:{}:/usr/bin:/bin",
                world.path("bin").display(),
                directory.parent().unwrap().display()
            );
            world.set("PATH", search);
            rc = ". ~/.config/powershell/Microsoft.PowerShell_profile.ps1".into();
        }
        let (status, said) = setup(&world, &["--yes", "--shell", shell.name()]);
        assert_eq!(status, 0, "{said}");
        assert!(said.contains("claude-bedrock init bedrock-work"), "{said}");
        world.directory("repo");
        let mut terminal = if shell == Shell::Powershell {
            world.start_with_rc(&rc)
        } else {
            world.start_as_it_is()
        };
        let before = terminal.record();
        terminal.run("cd repo");
        let inside = terminal.run("claude-bedrock init");
        for (name, value) in [
            ("CLAUDE_CODE_USE_BEDROCK", "1"),
            ("AWS_PROFILE", "bedrock-work"),
            ("AWS_REGION", "eu-west-1"),
            ("ANTHROPIC_MODEL", "sonnet"),
        ] {
            assert_eq!(
                inside.get(name),
                Some(value),
                "{}: {name} {}",
                shell.name(),
                inside.stderr
            );
        }
        let pinned = inside.get("ANTHROPIC_DEFAULT_HAIKU_MODEL").unwrap();
        assert!(pinned.starts_with("eu.anthropic.claude-haiku-"), "{pinned}");
        let after = terminal.run("cd ..");
        assert_eq!(after.environment, before.environment, "{}", shell.name());
        let lint = world.run(["lint"]);
        assert_eq!(lint.status.code(), Some(0), "{lint:?}");
    }
}

#[test]
fn the_line_that_setup_tells_makes_the_running_shell_ready() {
    for shell in crate::support::world::found() {
        let mut world = new_user(shell);
        world.write(shell.rc_file(), shell.quiet_prompt());
        // PowerShell is not asked for its profile, which it finds elsewhere.
        world.set("SHELL", format!("/usr/bin/{}", shell.name()));
        world.directory("repo");
        let mut terminal = if shell == Shell::Powershell {
            world.start_with_rc("")
        } else {
            world.start_as_it_is()
        };
        let before = terminal.record();
        let set_up = terminal.run(&format!(
            "claude-bedrock setup --yes --no-doctor --shell {}",
            shell.name()
        ));
        let start = "claude-bedrock: new shells have the hook; for this one, type: ";
        let line = set_up.stderr.lines().find_map(|line| line.strip_prefix(start));
        let line = line
            .unwrap_or_else(|| panic!("{}: {}", shell.name(), set_up.stderr))
            .to_owned();
        only_where_asked(&world);
        terminal.run(&line);
        terminal.run("cd repo");
        let inside = terminal.run("claude-bedrock init");
        assert_eq!(
            inside.get("AWS_PROFILE"),
            Some("bedrock-work"),
            "{}: {}",
            shell.name(),
            inside.stderr
        );
        assert_eq!(
            terminal.run("cd ..").environment,
            before.environment,
            "{}",
            shell.name()
        );
        // Where the hook is loaded there is nothing to type for it.
        terminal.run("cd repo");
        let again = terminal.run(&format!("claude-bedrock setup --yes --shell {}", shell.name()));
        assert!(
            again.stderr.contains("in a repository, type: claude-bedrock init")
                && !again.stderr.contains("for this one"),
            "{}: {}",
            shell.name(),
            again.stderr
        );
    }
}

/// powerlevel10k's instant prompt must stay at the top of `.zshrc`, and takes any output from there to its first
/// prompt for a mistake, with a long warning. In its place stands what it does with the output.
#[test]
fn powerlevel10ks_instant_prompt_stays_at_the_top_and_sees_no_output() {
    const PREAMBLE: &str = "# Enable Powerlevel10k instant prompt. Should stay close to the top of ~/.zshrc.\n\
        if [[ -r \"${XDG_CACHE_HOME:-$HOME/.cache}/p10k-instant-prompt-${(%):-%n}.zsh\" ]]; then\n  \
        source \"${XDG_CACHE_HOME:-$HOME/.cache}/p10k-instant-prompt-${(%):-%n}.zsh\"\nfi\n";
    const THEME: &str = "_p9k_precmd() {\n    \
        (( $+__p9k_instant_prompt_active )) || return\n    \
        unset __p9k_instant_prompt_active\n    \
        exec 1>&$p9k_1 2>&$p9k_2\n    \
        [[ ! -s ~/output ]] || print -ru2 -- \"[WARNING]: Console output during zsh initialization: $(<~/output)\"\n}\n\
        precmd_functions+=(_p9k_precmd)\n";
    let world = new_user(Shell::Zsh);
    world.write(
        ".cache/instant",
        "exec {p9k_1}>&1 {p9k_2}>&2 1>~/output 2>&1\ntypeset -gi __p9k_instant_prompt_active=1\n",
    );
    let rc = format!("{PREAMBLE}{}{THEME}", Shell::Zsh.quiet_prompt());
    world.write(".zshrc", &rc);
    let name = world
        .command(Shell::Zsh.need())
        .args(["-fc", "print -rn -- ${(%):-%n}"])
        .output()
        .unwrap();
    let name = String::from_utf8(name.stdout).unwrap();
    symlink("instant", world.path(format!(".cache/p10k-instant-prompt-{name}.zsh"))).unwrap();
    let (status, said) = setup(&world, &["--yes", "--shell", "zsh"]);
    assert_eq!(status, 0, "{said}");
    only_where_asked(&world);
    let text = fs::read_to_string(world.path(".zshrc")).unwrap();
    assert!(text.starts_with(&rc) && text[rc.len()..].contains("hook zsh"), "{text}");
    world.project("repo", "profile = \"bedrock-work\"\n");
    world.unallowed_project("other", "profile = \"bedrock-work\"\n");
    let mut terminal = world.start_as_it_is_in(&world.path("repo"));
    let started = terminal.record();
    assert_eq!(started.get("AWS_PROFILE"), Some("bedrock-work"), "{}", started.stderr);
    assert_eq!(started.stderr, "");
    // From then on it says what it says.
    assert!(terminal.run("cd ..").stderr.contains("claude-bedrock"));
    assert!(terminal.run("cd repo").stderr.contains("claude-bedrock: bedrock-work"));
    // What is wrong is said all the same, once the prompt stands.
    let mut terminal = world.start_as_it_is_in(&world.path("other"));
    let blocked = terminal.record().stderr + &terminal.run("true").stderr;
    assert!(
        !blocked.contains("[WARNING]") && blocked.contains("claude-bedrock allow"),
        "{blocked}"
    );
}

#[test]
fn without_a_terminal_nothing_is_asked_and_nothing_is_done() {
    let world = new_user(Shell::Bash);
    world.write(".bashrc", "x\n");
    let before = everything(&world);
    let (status, said) = setup(&world, &["--shell", "bash"]);
    assert_eq!(status, 2);
    assert!(said.contains("--print") && said.contains("--yes"), "{said}");
    let printed = world.run(["setup", "--print", "--shell", "bash"]);
    let plan = String::from_utf8(printed.stdout).unwrap();
    assert!(
        plan.contains(
            "# at the end of ~/.bashrc\nif command -v claude-bedrock >/dev/null; then eval \"$(claude-bedrock hook bash --wrap claude)\"; fi\n"
        ),
        "{plan}"
    );
    assert!(plan.contains("[profiles.bedrock-work]"), "{plan}");
    assert_eq!(everything(&world), before);
    assert!(!world.config_path().exists());
}

#[test]
fn on_a_terminal_it_asks_first_and_ctrl_c_changes_nothing() {
    let mut world = new_user(Shell::Bash);
    world.set("SHELL", "/bin/bash");
    let mut typist = Typist::start(world, "");
    let before = everything(&typist.world);
    for keys in ["\u{3}", "\u{1b}", "\r\u{3}", "\r\r\u{3}", "\r\rn\r"] {
        typist.press("claude-bedrock setup --shell bash --no-doctor\r");
        typist.wait_for("Make profiles from which of these?");
        let mut answer = keys;
        for question in ["Use the first profile", "Write this?"] {
            let Some(rest) = answer.strip_prefix('\r') else { break };
            typist.press("\r");
            typist.wait_for(question);
            answer = rest;
        }
        typist.press(answer);
        typist.wait_for("cancelled; nothing was changed");
        typist.press("echo \"status:$?\"\r");
        typist.wait_for("status:130");
        assert_eq!(everything(&typist.world), before, "{keys:?}");
    }
    typist.press("claude-bedrock setup --shell bash --no-doctor\r");
    typist.wait_for("Make profiles from which of these?");
    // The likeliest is chosen already; the second as well.
    typist.press("\u{1b}[B");
    typist.press(" \r");
    typist.wait_for("Use the first profile");
    typist.press("\r");
    let plan = typist.wait_for("Write this?");
    assert!(plan.contains("default_profile = \"bedrock-work\""), "{plan}");
    assert!(
        plan.contains("[profiles.bedrock-work]") && plan.contains("[profiles.default]"),
        "{plan}"
    );
    typist.press("\r");
    typist.wait_for("in a repository, type: claude-bedrock init bedrock-work");
    let text = fs::read_to_string(typist.world.path(".bashrc")).unwrap();
    assert!(text.contains("claude-bedrock hook bash"), "{text}");
    let config = fs::read_to_string(typist.world.config_path()).unwrap();
    assert!(
        config.contains("[profiles.bedrock-work]") && config.contains("[profiles.default]"),
        "{config}"
    );
}

#[test]
fn a_hook_that_is_there_in_another_form_is_said_and_not_doubled() {
    for (shell, file, line) in [
        (Shell::Bash, ".bash_profile", "source <(claude-bedrock hook bash)\n"),
        (Shell::Zsh, ".zshrc", "plugins=(git claude-bedrock)\n"),
        (
            Shell::Fish,
            ".config/fish/config.fish",
            "claude-bedrock hook fish --quiet | source\n",
        ),
        (
            Shell::Powershell,
            ".config/powershell/profile.ps1",
            "Import-Module ClaudeBedrock\r\n",
        ),
    ] {
        let mut world = new_user(shell);
        world.set("PATH", world.path("bin").into_os_string());
        world.write(file, format!("# mine\n{line}"));
        let before = everything(&world);
        let (status, said) = setup(&world, &["--yes", "--shell", shell.name()]);
        assert_eq!(status, 0, "{said}");
        assert!(
            said.contains(&format!("~/{file}:2 already loads the hook")),
            "{}: {said}",
            shell.name()
        );
        assert_eq!(everything(&world), before);
    }
}

#[test]
fn a_plugin_that_a_manager_loads_is_found_where_the_manager_keeps_it() {
    for (shell, rc, file, text, line) in [
        (
            Shell::Zsh,
            (".zshrc", "source ~/.antidote/antidote.zsh\nantidote load\n"),
            ".zsh_plugins.txt",
            "zsh-users/zsh-autosuggestions\n~/src/claude-bedrock path:shells/zsh\n",
            2,
        ),
        (
            Shell::Zsh,
            (".zshrc", "ZIM_HOME=~/.zim\nsource ${ZIM_HOME}/init.zsh\n"),
            ".zimrc",
            "zmodule environment\nzmodule ~/src/claude-bedrock --root shells/zsh\n",
            2,
        ),
        (
            Shell::Zsh,
            (".zshrc", "eval \"$(sheldon source)\"\n"),
            ".config/sheldon/plugins.toml",
            "[plugins.claude-bedrock]\nlocal = \"~/src/claude-bedrock/shells/zsh\"\n",
            1,
        ),
        (
            Shell::Zsh,
            (".zshrc", "source ~/.oh-my-zsh/oh-my-zsh.sh\n"),
            ".oh-my-zsh/custom/work.zsh",
            "eval \"$(claude-bedrock hook zsh)\"\n",
            1,
        ),
        (
            Shell::Bash,
            (".bashrc", "export BASH_IT=~/.bash_it\nsource \"$BASH_IT/bash_it.sh\"\n"),
            ".bash_it/custom/claude-bedrock.bash",
            "\n\\builtin eval \"$(\\builtin command claude-bedrock hook bash)\"\n",
            2,
        ),
        (
            Shell::Fish,
            (".config/fish/config.fish", "set -g fish_greeting\n"),
            ".config/fish/fish_plugins",
            "jorgebucaran/fisher\n/src/claude-bedrock/shells/fish\n",
            2,
        ),
    ] {
        let mut world = new_user(shell);
        world.set("PATH", world.path("bin").into_os_string());
        world.write(rc.0, rc.1);
        world.write(file, text);
        let before = everything(&world);
        let (status, said) = setup(&world, &["--yes", "--shell", shell.name()]);
        assert_eq!(status, 0, "{said}");
        let place = format!("~/{file}:{line} already loads the hook");
        assert!(said.contains(&place), "{file}: {said}");
        assert_eq!(everything(&world), before, "{file}");
        // A list that nothing reads any more loads nothing.
        if shell != Shell::Fish {
            world.write(rc.0, "# nothing\n");
            let (_, said) = setup(&world, &["--print", "--shell", shell.name()]);
            assert!(!said.contains("already loads the hook"), "{file}: {said}");
        }
    }
}

#[test]
fn what_fisher_would_find_taken_is_said_beforehand() {
    let world = new_user(Shell::Fish);
    world.write(".config/fish/functions/fisher.fish", "function fisher; end\n");
    let words = "fisher would find claude-bedrock.fish taken: before you install the plugin with fisher, type: claude-bedrock setup --undo";
    let plan = world.run(["setup", "--print", "--shell", "fish"]);
    assert!(String::from_utf8_lossy(&plan.stdout).contains(words), "{plan:?}");
    let (_, said) = setup(&world, &["--yes", "--shell", "fish"]);
    assert!(said.contains(words), "{said}");
}

#[test]
fn a_file_that_cannot_be_changed_is_said_and_the_others_are_done() {
    let world = new_user(Shell::Bash);
    let read_only = world.write(".bashrc", "mine\n");
    fs::set_permissions(&read_only, fs::Permissions::from_mode(0o444)).unwrap();
    symlink("nowhere", world.path(".zshrc")).unwrap();
    let (status, said) = setup(
        &world,
        &["--yes", "--shell", "bash", "--shell", "zsh", "--shell", "fish"],
    );
    assert_eq!(status, 1, "{said}");
    for text in [
        "~/.bashrc is read-only",
        "or load the hook in your own way: if command -v claude-bedrock >/dev/null; then eval \"$(claude-bedrock hook bash --wrap claude)\"; fi",
        "~/.zshrc is a link that leads nowhere",
        "added the hook to ~/.config/fish/conf.d/claude-bedrock.fish",
    ] {
        assert!(said.contains(text), "{text}: {said}");
    }
    assert_eq!(fs::read(&read_only).unwrap(), b"mine\n");
    assert!(!world.path(".bashrc.backup").exists());
}

#[test]
fn a_block_that_was_taken_apart_is_said_and_left_alone() {
    let world = new_user(Shell::Bash);
    world.write(".bashrc", "mine\n");
    setup(&world, &["--yes", "--shell", "bash"]);
    let text = fs::read_to_string(world.path(".bashrc")).unwrap();
    let broken = text.replace("# <<< claude-bedrock setup <<<\n", "");
    world.write(".bashrc", &broken);
    // The line is still there, so the hook is loaded.
    let (status, said) = setup(&world, &["--yes", "--shell", "bash"]);
    assert_eq!(
        (status, said.contains("~/.bashrc:4 already loads the hook")),
        (0, true),
        "{said}"
    );
    let (status, said) = setup(&world, &["--undo"]);
    assert_eq!(status, 1);
    assert!(
        said.contains("~/.bashrc has been taken apart") && said.contains("from line 3"),
        "{said}"
    );
    world.write(".bashrc", broken.replace("if command", "# "));
    let (status, said) = setup(&world, &["--yes", "--shell", "bash"]);
    assert_eq!((status, said.contains("has been taken apart")), (1, true), "{said}");
    assert_eq!(
        fs::read_to_string(world.path(".bashrc")).unwrap(),
        broken.replace("if command", "# ")
    );
}

#[test]
fn a_broken_configuration_is_said_before_anything_is_changed() {
    let world = new_user(Shell::Bash);
    world.write(".bashrc", "mine\n");
    world.config("[profiles.work\n");
    let before = everything(&world);
    let (status, said) = setup(&world, &["--yes", "--shell", "bash"]);
    assert_eq!(status, 2, "{said}");
    assert!(said.contains("config.toml:1"), "{said}");
    assert_eq!(everything(&world), before);
}

#[test]
fn profiles_that_are_there_stay_as_they_are() {
    let world = new_user(Shell::Bash);
    world.config(crate::support::world::CONFIG);
    setup(&world, &["--yes", "--shell", "bash"]);
    assert_eq!(
        fs::read_to_string(world.config_path()).unwrap(),
        crate::support::world::CONFIG
    );
    // One that has other keys only keeps them and its comments.
    let own = "# mine\ntrusted = [\"~/work\"] # and this";
    world.config(own);
    setup(&world, &["--yes", "--shell", "bash"]);
    let text = fs::read_to_string(world.config_path()).unwrap();
    assert!(
        text.starts_with(own) && text.contains("[profiles.bedrock-work]"),
        "{text}"
    );
    assert!(world.run(["list"]).status.success());
}

#[test]
fn the_environments_own_credentials_make_a_profile_without_a_secret() {
    let mut world = new_user(Shell::Bash);
    fs::remove_file(world.path(".aws/config")).unwrap();
    world.set("AWS_REGION", "eu-central-1");
    world.set("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
    world.set("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY");
    setup(&world, &["--yes", "--shell", "bash"]);
    let text = fs::read_to_string(world.config_path()).unwrap();
    assert!(
        text.contains("method = \"ambient\"") && text.contains("eu-central-1"),
        "{text}"
    );
    assert!(!text.contains("AKIA") && !text.contains("wJalr"), "{text}");
    // Nothing to make one of: no profile, and it is said.
    let world = new_user(Shell::Bash);
    fs::remove_file(world.path(".aws/config")).unwrap();
    let (status, said) = setup(&world, &["--yes", "--shell", "bash"]);
    assert_eq!(status, 0);
    assert!(said.contains("no profile was written"), "{said}");
    assert!(!world.config_path().exists());
}

#[test]
fn an_aws_profiles_region_cannot_steer_the_terminal() {
    let world = new_user(Shell::Bash);
    world.write(
        ".aws/config",
        "[profile work]\nsso_session = x\nregion = us-\u{9b}2Jeast\u{202e}-1\n",
    );
    let output = world.run(["setup", "--print", "--shell", "bash"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.contains("region = ") && !said.contains(['\u{9b}', '\u{202e}']),
        "{said:?}"
    );
}

#[test]
fn rc_files_are_found_where_the_shells_look() {
    // bash: a login file that does not lead to .bashrc gets the line too; one that does, does not.
    let world = new_user(Shell::Bash);
    // The system's own profile sets PATH anew.
    world.write(".profile", "PATH=~/bin:$PATH\n");
    setup(&world, &["--yes", "--shell", "bash"]);
    let login = fs::read_to_string(world.path(".profile")).unwrap();
    assert!(login.contains("hook bash"), "{login}");
    for (program, arguments, loads) in [("bash", &["-l", "-i", "-c"][..], true), ("sh", &["-c"], false)] {
        let output = world
            .command(format!("/bin/{program}"))
            .args(arguments)
            .arg(". ~/.profile; command -v __claude_bedrock_hook")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(said.contains("__claude_bedrock_hook"), loads, "{program}: {output:?}");
    }
    let world = new_user(Shell::Bash);
    world.write(".profile", "[ -n \"$BASH_VERSION\" ] && . ~/.bashrc\n");
    setup(&world, &["--yes", "--shell", "bash"]);
    let login = fs::read_to_string(world.path(".profile")).unwrap();
    assert!(!login.contains("hook bash"), "{login}");

    // zsh: ZDOTDIR, exported or only set in .zshenv.
    if Shell::Zsh.program().is_some() {
        let world = new_user(Shell::Zsh);
        world.write(".zshenv", "echo noise; ZDOTDIR=~/.zsh\n");
        setup(&world, &["--yes", "--shell", "zsh"]);
        assert!(world.path(".zsh/.zshrc").exists() && !world.path(".zshrc").exists());
        assert!(setup(&world, &["--undo"]).1.contains("removed ~/.zsh/.zshrc"));
        assert!(!world.path(".zsh").exists());
    }
    let mut world = new_user(Shell::Zsh);
    world.set("ZDOTDIR", world.path("elsewhere").into_os_string());
    setup(&world, &["--yes", "--shell", "zsh"]);
    assert!(world.path("elsewhere/.zshrc").exists());

    // fish: XDG_CONFIG_HOME.
    let mut world = new_user(Shell::Fish);
    world.set("XDG_CONFIG_HOME", world.path("xdg").into_os_string());
    setup(&world, &["--yes", "--shell", "fish"]);
    assert!(world.path("xdg/fish/conf.d/claude-bedrock.fish").exists());
}

#[test]
fn the_shells_in_use_are_found() {
    let mut world = new_user(Shell::Bash);
    world.set("SHELL", "/usr/bin/fish");
    world.write(".bashrc", "");
    let (_, said) = setup(&world, &["--yes"]);
    assert!(
        said.contains("~/.bashrc") && said.contains("claude-bedrock.fish"),
        "{said}"
    );
    assert!(!said.contains(".zshrc"), "{said}");
    // None: which is to be named.
    let mut world = new_user(Shell::Bash);
    world.set("SHELL", "/bin/tcsh");
    fs::remove_dir_all(world.path(".local")).ok();
    let (status, said) = setup(&world, &["--yes"]);
    assert_eq!(status, 2, "{said}");
    assert!(said.contains("--shell"), "{said}");
}

#[test]
fn a_program_that_is_not_on_path_is_named_by_its_place() {
    for shell in crate::support::world::found() {
        if shell == Shell::Powershell {
            // Its line is the hook's own, which other tests load with such a path.
            continue;
        }
        let mut world = new_user(shell);
        world.set("PATH", "/usr/bin:/bin");
        let place = world.directory("a place's $HOME");
        let program = place.join("claude-bedrock");
        symlink(PROGRAM, &program).unwrap();
        world.write(shell.rc_file(), shell.quiet_prompt());
        let output = world
            .command(&program)
            .args(["setup", "--yes", "--no-doctor", "--shell", shell.name()])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        world.project("repo", "profile = \"bedrock-work\"\n");
        let inside = world.start_as_it_is().run("cd repo");
        assert_eq!(
            inside.get("AWS_PROFILE"),
            Some("bedrock-work"),
            "{}: {}",
            shell.name(),
            inside.stderr
        );
    }
}

#[test]
fn nothing_is_taken_out_where_nothing_was_put_in() {
    let world = new_user(Shell::Bash);
    world.write(".bashrc", "eval \"$(claude-bedrock hook bash)\"\n");
    let before = everything(&world);
    let (status, said) = setup(&world, &["--undo"]);
    assert_eq!((status, everything(&world) == before), (0, true));
    assert!(said.contains("nothing to remove"), "{said}");
    assert!(Path::new(PROGRAM).exists());
}

#[test]
fn doctor_checks_the_new_profile_and_decides_nothing() {
    let mut world = new_user(Shell::Bash);
    // Nobody is reached: an endpoint where nobody listens, and no metadata of a machine in the cloud.
    world.set("AWS_ENDPOINT_URL", "http://127.0.0.1:9");
    world.set("AWS_EC2_METADATA_DISABLED", "true");
    let output = world.run(["setup", "--yes", "--shell", "bash"]);
    let (status, said) = told(&output);
    assert_eq!(status, 0, "{said}");
    for text in [
        "checking the profile `bedrock-work`",
        "bedrock-work: 1 problem",
        "CB031",
        "new shells have the hook",
    ] {
        assert!(said.contains(text), "{text}: {said}");
    }
    // The shell that it was called from cannot have the hook yet.
    assert!(!said.contains("CD03"), "{said}");
    // Where nothing was changed nothing is checked.
    let (_, said) = told(&world.run(["setup", "--yes", "--shell", "bash"]));
    assert!(!said.contains("CB031"), "{said}");
}

/// Where everything that this program wrote is taken out again, the home is as it was before it came.
#[test]
fn undo_of_all_leaves_no_trace() {
    let world = new_user(Shell::Bash);
    world.write(".bashrc", "alias ll='ls -l'\n");
    world.write(".claude/settings.json", "{\n  \"model\": \"opus\"\n}\n");
    world.write(".config/Code/User/settings.json", "{\n  \"editor.tabSize\": 2\n}\n");
    let before = everything(&world);
    assert_eq!(setup(&world, &["--yes", "--shell", "bash"]).0, 0);
    assert_eq!(setup(&world, &["--launcher"]).0, 0);
    assert_eq!(setup(&world, &["--editor"]).0, 0);
    let applied = world.run(["settings", "apply", "--user", "-p", "bedrock-work"]);
    assert!(applied.status.success(), "{}", told(&applied).1);
    world.project("repo", "profile = \"bedrock-work\"\n");
    let repo = world.path("repo");
    let applied = world.run_in(&repo, ["settings", "apply"]);
    assert!(applied.status.success(), "{}", told(&applied).1);
    assert!(repo.join(".claude/settings.local.json").exists());
    assert_ne!(everything(&world), before);
    let unasked = world.run(["setup", "--undo", "--all"]);
    assert_eq!(unasked.status.code(), Some(2), "nobody was asked");
    assert!(world.config_path().exists());
    let (status, said) = setup(&world, &["--undo", "--all", "--yes"]);
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("~/.config/claude-bedrock   your profiles"), "{said}");
    assert!(!world.config_path().exists());
    // Wherever a settings file has lines of ours, they go.
    fs::remove_file(repo.join(".claude-bedrock.toml")).unwrap();
    fs::remove_dir(repo).unwrap();
    let after = everything(&world);
    let other: Vec<_> = after.iter().filter(|(path, _)| !before.contains_key(*path)).collect();
    assert!(other.is_empty(), "{other:?}");
    assert_eq!(after, before);
}

/// Whatever the login shell is.
#[test]
fn undo_says_what_to_type_in_the_shell_that_still_has_the_hook() {
    for shell in found() {
        let mut world = World::new(shell);
        world.set("SHELL", if shell == Shell::Bash { "/bin/zsh" } else { "/bin/bash" });
        world.project("repo", "profile = \"work\"\n");
        let mut terminal = world.start();
        terminal.run("cd repo");
        let turn = terminal.run("claude-bedrock setup --undo --all --yes");
        let line = match shell {
            Shell::Powershell => "to leave it, for a new one: exit",
            Shell::Bash => "to replace it: exec bash",
            Shell::Zsh => "to replace it: exec zsh",
            Shell::Fish => "to replace it: exec fish",
        };
        assert!(
            turn.stderr
                .contains(&format!("this shell still has the hook; {line}\n")),
            "{}: {}",
            shell.name(),
            turn.stderr
        );
    }
}

#[test]
fn undo_names_what_it_leaves() {
    let world = new_user(Shell::Bash);
    assert_eq!(setup(&world, &["--yes", "--shell", "bash"]).0, 0);
    let (status, said) = setup(&world, &["--undo"]);
    assert_eq!(status, 0);
    assert!(
        said.contains("left in its place:\n  ~/.config/claude-bedrock   your profiles"),
        "{said}"
    );
    assert!(said.contains("claude-bedrock setup --undo --all"), "{said}");
}

#[test]
fn what_claude_codes_settings_say_comes_before_the_default_aws_profile() {
    let world = new_user(Shell::Bash);
    world.write(
        ".claude/settings.json",
        r#"{"env": {"CLAUDE_CODE_USE_BEDROCK": "1", "AWS_PROFILE": "bedrock-work", "AWS_REGION": "eu-central-1", "ANTHROPIC_MODEL": "opus"}}"#,
    );
    let (status, said) = setup(&world, &["--yes", "--shell", "bash"]);
    assert_eq!(status, 0, "{said}");
    let written = fs::read_to_string(world.config_path()).unwrap();
    for part in [
        "[profiles.bedrock]",
        "region = \"eu-central-1\"",
        "profile = \"bedrock-work\"",
        "main = \"opus\"",
    ] {
        assert!(written.contains(part), "{part}: {written}");
    }

    // A secret stays where it is until `import` moves it.
    let world = new_user(Shell::Bash);
    world.write(
        ".claude/settings.json",
        r#"{"env": {"CLAUDE_CODE_USE_BEDROCK": "1", "AWS_BEARER_TOKEN_BEDROCK": "hush-hush-hush", "AWS_REGION": "eu-central-1"}}"#,
    );
    let plan = world.run(["setup", "--print", "--shell", "bash"]);
    let plan = String::from_utf8(plan.stdout).unwrap();
    assert!(plan.contains("api_key = { keyring = \"bedrock-api_key\" }"), "{plan}");
    let (status, said) = setup(&world, &["--yes", "--shell", "bash"]);
    assert!(status == 0 && said.contains("claude-bedrock import settings"), "{said}");
    assert!(!said.contains("hush") && !world.config_path().exists(), "{said}");

    // A subscriber's settings are no set-up of Bedrock's.
    let world = new_user(Shell::Bash);
    world.write(".claude/settings.json", r#"{"env": {"DISABLE_TELEMETRY": "1"}}"#);
    let (status, said) = setup(&world, &["--yes", "--shell", "bash"]);
    assert_eq!(status, 0, "{said}");
    let written = fs::read_to_string(world.config_path()).unwrap();
    assert!(written.contains("profile = \"bedrock-work\""), "{written}");
}

#[test]
fn the_hook_stands_where_it_is_reached() {
    for (rc, expected) in [
        (
            "a=1\nexec fish\n",
            "# before line 2 (`exec fish`), after which nothing is read, of ~/.bashrc\n",
        ),
        (
            "case $- in *i*) ;; *) return ;; esac\nb=1\n",
            "# at the end of ~/.bashrc\n",
        ),
        (
            "a=1\nreturn 0\nb=1\n",
            "# before line 2 (`return 0`), after which nothing is read, of ~/.bashrc\n",
        ),
    ] {
        let world = new_user(Shell::Bash);
        let path = world.write(".bashrc", rc);
        let printed = world.run(["setup", "--print", "--shell", "bash"]);
        let plan = String::from_utf8(printed.stdout).unwrap();
        assert!(plan.contains(expected), "{rc:?}: {plan}");
        let (_, said) = setup(&world, &["--yes", "--shell", "bash"]);
        // What bash runs of the file: a function of its own tells whether the line was reached.
        let reached = world
            .command("bash")
            .args([
                "--norc",
                "-ic",
                "claude-bedrock() { :; }; exec() { :; }; eval() { echo reached; }; . ~/.bashrc",
            ])
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&reached.stdout), "reached\n", "{rc:?}: {said}");
        let (status, said) = setup(&world, &["--undo", "--shell", "bash"]);
        assert_eq!(status, 0, "{said}");
        assert_eq!(fs::read_to_string(&path).unwrap(), rc);
    }
    let world = new_user(Shell::Bash);
    world.write(".bashrc", "cat <<END\nb\n");
    let (_, said) = setup(&world, &["--yes", "--shell", "bash"]);
    assert!(
        said.contains("the here-document in line 1 of .bashrc seems to have no end"),
        "{said}"
    );
}

/// The account that a profile is for is written down wherever the files know it, so that another one is an error.
#[test]
fn the_account_of_the_aws_profile_that_settings_name_is_filled_in() {
    let world = World::new(Shell::Bash);
    fs::remove_file(world.config_path()).unwrap();
    world.write(
        ".aws/config",
        "[profile acme]\nsso_session = acme\nsso_account_id = 123456789012\nsso_role_name = Dev\n[profile role]\nrole_arn = arn:aws:iam::210987654321:role/Build\nsource_profile = acme\n[profile keys]\naws_access_key_id = AKIA\naws_secret_access_key = x\n[sso-session acme]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = us-east-1\n",
    );
    for (name, account) in [
        ("acme", Some("123456789012")),
        ("role", Some("210987654321")),
        ("keys", None),
    ] {
        world.write(
            ".claude/settings.json",
            format!(
                r#"{{"env": {{"CLAUDE_CODE_USE_BEDROCK": "1", "AWS_REGION": "eu-west-1", "AWS_PROFILE": "{name}"}}}}"#
            ),
        );
        let output = world.run(["setup", "--shell", "bash", "--yes"]);
        let text = fs::read_to_string(world.config_path()).unwrap_or_else(|_| panic!("{}", stderr(&output)));
        let line = account.map(|account| format!("account = \"{account}\"\n"));
        assert_eq!(text.contains("account = "), account.is_some(), "{text}");
        assert!(line.is_none_or(|line| text.contains(&line)), "{text}");
        assert!(text.contains(&format!("profile = \"{name}\"")), "{text}");
        fs::remove_file(world.config_path()).unwrap();
    }
}

#[test]
fn a_region_is_asked_for_or_said_to_be_missing_and_models_are_pinned_as_they_were_seen() {
    let world = new_user(Shell::Bash);
    world.write(".aws/config", "[profile work]\nsso_session = x\n");
    for flag in ["--yes", "--print"] {
        let (status, said) = setup(&world, &[flag, "--shell", "bash"]);
        assert_eq!(status, 0, "{said}");
        assert!(
            said.contains("the AWS profile work has no region, and setup does not guess one; to write one: claude-bedrock add work --aws-profile work --region REGION"),
            "{said}"
        );
        assert!(
            !said.contains("us-east-1") && !said.contains("neither ~/.aws/config"),
            "{said}"
        );
        assert!(!world.config_path().exists());
    }
    world.write(".aws/config", "[profile work]\nregion = eu-west-1\n");
    let (_, said) = setup(&world, &["--yes", "--shell", "bash"]);
    assert!(
        said.contains("not checked yet whether the account has these models: claude-bedrock models work --update"),
        "{said}"
    );
}

#[test]
fn rc_files_travel_to_machines_without_the_program() {
    for shell in crate::support::world::found() {
        if shell == Shell::Powershell {
            // The tests start it with another file than its profile.
            continue;
        }
        let world = new_user(shell);
        world.write(shell.rc_file(), shell.quiet_prompt());
        setup(&world, &["--yes", "--shell", shell.name()]);
        let inside = world.start_as_it_is().run("");
        assert_eq!(
            inside.get("AWS_PROFILE"),
            Some("bedrock-work"),
            "{}: {}",
            shell.name(),
            inside.stderr
        );
        fs::remove_file(world.path("bin/claude-bedrock")).unwrap();
        let inside = world.start_as_it_is().run("");
        assert_eq!(inside.stderr, "", "{}", shell.name());
    }
}

#[test]
fn whoever_keeps_the_dotfiles_is_named() {
    let bash = ["--yes", "--shell", "bash"];
    // stow: the file itself, or a directory of it, is a link.
    let world = new_user(Shell::Bash);
    world.write("dotfiles/bash/.bashrc", "a=1\n");
    symlink("dotfiles/bash/.bashrc", world.path(".bashrc")).unwrap();
    let (_, said) = setup(&world, &bash);
    assert!(
        said.contains(
            "~/.bashrc is a link to ~/dotfiles/bash/.bashrc, which is the file that changes: commit it there"
        ),
        "{said}"
    );
    assert!(world.path(".bashrc").is_symlink());
    let world = new_user(Shell::Fish);
    world.directory("dotfiles/fish");
    world.directory(".config");
    symlink("../dotfiles/fish", world.path(".config/fish")).unwrap();
    let (_, said) = setup(&world, &["--yes", "--shell", "fish"]);
    assert!(
        said.contains("is a link to ~/dotfiles/fish/conf.d/claude-bedrock.fish, which is the file that changes"),
        "{said}"
    );

    // chezmoi: the file is a copy, of a source here or where its configuration says.
    for (configuration, source) in [
        ("", ".local/share/chezmoi/dot_bashrc.tmpl"),
        ("sourceDir = \"~/dots\"\n", "dots/private_dot_bashrc"),
    ] {
        let world = new_user(Shell::Bash);
        world.write(".config/chezmoi/chezmoi.toml", configuration);
        world.write(source, "a=1\n");
        world.write(".bashrc", "a=1\n");
        let (_, said) = setup(&world, &bash);
        let wanted = format!("chezmoi generates ~/.bashrc from ~/{source}, and removes the hook the next time");
        assert!(said.contains(&wanted), "{said}");
    }

    // home-manager: nobody may change the file.
    let world = new_user(Shell::Bash);
    world.write("nix/store/abc-home-manager-files/.bashrc", "a=1\n");
    symlink("nix/store/abc-home-manager-files/.bashrc", world.path(".bashrc")).unwrap();
    let (status, said) = setup(&world, &bash);
    assert_eq!(status, 1, "{said}");
    assert!(
        said.contains("home-manager generates ~/.bashrc from your Nix configuration, so nothing was changed\n  put into programs.bash.initExtra: if command -v claude-bedrock"),
        "{said}"
    );
    assert_eq!(fs::read_to_string(world.path(".bashrc")).unwrap(), "a=1\n");
}

#[test]
fn a_slow_file_of_zshs_is_waited_for_aloud_and_what_it_leaves_running_is_not() {
    if Shell::Zsh.program().is_none() {
        return;
    }
    let world = new_user(Shell::Zsh);
    world.write(".zshenv", "sleep 20 &\nsleep 1.2\nZDOTDIR=~/.zsh\n");
    let (status, said) = setup(&world, &["--yes", "--shell", "zsh"]);
    assert_eq!(status, 0, "{said}");
    assert!(
        said.contains("waiting for zsh, which runs its own files first"),
        "{said}"
    );
    assert!(world.path(".zsh/.zshrc").exists());
}

/// Everything that is offered is in the plan, is done by one word, and goes again by one.
#[test]
fn what_is_offered_is_shown_done_by_yes_and_undone_to_the_byte() {
    let world = new_user(Shell::Bash);
    world.write(
        ".aws/config",
        "[profile a-bedrock]\nsso_session = acme\nsso_account_id = 123456789012\nsso_role_name = Dev\nregion = eu-west-1\n\
         [profile bedrock-two]\nregion = us-east-1\ncredential_process = /bin/true\n[profile other]\nregion = us-west-2\n\
         [sso-session acme]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = us-east-1\n",
    );
    world.write(".claude/settings.json", "{\n  \"theme\": \"dark\" \n}\n");
    world.write(
        ".config/Code/User/settings.json",
        "{\n  // mine\n  \"editor.tabSize\": 2,\n}\n",
    );
    let before = everything(&world);
    let printed = world.run(["setup", "--print", "--shell", "bash"]);
    let plan = String::from_utf8(printed.stdout).unwrap();
    for part in [
        "hook bash --wrap claude",
        "default_profile = \"a-bedrock\"",
        "[profiles.a-bedrock]",
        "account = \"123456789012\"",
        "[profiles.bedrock-two]",
        "# in Code Claude Code starts with the profile of its workspace, by the process wrapper",
        "# logins are renewed while Claude Code runs: awsAuthRefresh and awsCredentialExport in ~/.claude/settings.json",
    ] {
        assert!(plan.contains(part), "{part}: {plan}");
    }
    assert_eq!(plan.matches("[profiles.a-bedrock]").count(), 1, "{plan}");
    assert!(
        !plan.contains("[profiles.other]") && everything(&world) == before,
        "{plan}"
    );
    let (status, said) = setup(&world, &["--yes", "--shell", "bash"]);
    assert_eq!(status, 0, "{said}");
    assert!(
        said.contains("~/.aws has 1 more; each becomes a profile by: claude-bedrock import aws-config"),
        "{said}"
    );
    let read = |path: &str| fs::read_to_string(world.path(path)).unwrap();
    assert!(read(".claude/settings.json").contains("awsAuthRefresh"));
    assert!(read(".config/Code/User/settings.json").contains("claudeCode.claudeProcessWrapper"));
    let with = everything(&world);
    let (status, said) = setup(&world, &["--yes", "--shell", "bash"]);
    assert_eq!((status, everything(&world) == with), (0, true), "{said}");
    let (status, said) = setup(&world, &["--undo"]);
    assert_eq!(status, 0, "{said}");
    assert!(
        said.contains("~/.local/state/claude-bedrock   what was allowed"),
        "{said}"
    );
    fs::remove_dir_all(world.path(".local/state")).unwrap();
    assert_eq!(everything(&world), before, "{said}");
    assert!(
        said.contains("removed our lines from ~/.claude/settings.json"),
        "{said}"
    );
}

#[test]
fn a_set_up_of_claude_codes_settings_moves_out_of_them_and_no_key_is_lost() {
    let world = new_user(Shell::Bash);
    world.write(
        ".claude/settings.json",
        "{\n  \"env\": {\n    \"CLAUDE_CODE_USE_BEDROCK\": \"1\",\n    \"AWS_PROFILE\": \"bedrock-work\",\n    \"AWS_REGION\": \"eu-central-1\",\n    \"MY_OWN\": \"x\"\n  },\n  \"theme\": \"dark\"\n}\n",
    );
    let plan = world.run(["setup", "--print", "--shell", "bash"]);
    let plan = String::from_utf8(plan.stdout).unwrap();
    assert!(
        plan.contains("# out of ~/.claude/settings.json, where they beat every profile: CLAUDE_CODE_USE_BEDROCK, AWS_PROFILE, AWS_REGION, MY_OWN\n"),
        "{plan}"
    );
    let (status, said) = setup(&world, &["--yes", "--shell", "bash"]);
    assert_eq!(status, 0, "{said}");
    let left = fs::read_to_string(world.path(".claude/settings.json")).unwrap();
    let left: serde_json::Value = serde_json::from_str(&left).unwrap();
    assert_eq!(left, serde_json::json!({ "env": {}, "theme": "dark" }));
    let config = fs::read_to_string(world.config_path()).unwrap();
    for part in [
        "profile = \"bedrock-work\"",
        "region = \"eu-central-1\"",
        "default_profile = \"bedrock\"",
        "MY_OWN = \"x\"",
    ] {
        assert!(config.contains(part), "{part}: {config}");
    }
    // It is one profile, though the AWS profile is in ~/.aws/config too.
    assert_eq!(config.matches("auth = ").count(), 1, "{config}");
}

/// Nobody is asked with `--yes`, so the settings of a directory, which may be a stranger's, count for nothing.
#[test]
fn the_settings_of_a_strangers_clone_make_no_profile_unasked() {
    let world = new_user(Shell::Bash);
    let clone = world.directory("clone");
    world.write(
        "clone/.claude/settings.json",
        r#"{"env": {"CLAUDE_CODE_USE_BEDROCK": "1", "AWS_REGION": "us-east-1", "ANTHROPIC_BEDROCK_BASE_URL": "https://evil.example.com"}}"#,
    );
    let output = world.run_in(&clone, ["setup", "--yes", "--no-doctor", "--shell", "bash"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let config = fs::read_to_string(world.config_path()).unwrap();
    assert!(
        config.contains("profile = \"bedrock-work\"") && !config.contains("evil"),
        "{config}"
    );
}

#[test]
fn each_offer_can_be_left_out_at_the_terminal() {
    let mut world = new_user(Shell::Bash);
    world.set("SHELL", "/bin/bash");
    world.write(".config/Code/User/settings.json", "{}\n");
    world.program("bin/bwrap", "#!/bin/sh\n");
    let mut typist = Typist::start(world, "");
    typist.press("claude-bedrock setup --shell bash --no-doctor\r");
    typist.wait_for("Make profiles from which of these?");
    typist.press("\r");
    typist.wait_for("Use the first profile");
    typist.press("\r");
    let plan = typist.wait_for("Write this?");
    assert!(
        plan.contains("# not chosen: credentials in variables are kept from Claude Code's Bash tool, hooks and MCP servers (CLAUDE_CODE_SUBPROCESS_ENV_SCRUB"),
        "{plan}"
    );
    typist.press("c\r");
    typist.wait_for("In addition to the hook and the profiles");
    // Neither the launcher nor the editor; but the credentials are hidden.
    typist.press(" \u{1b}[B \u{1b}[B \r");
    let plan = typist.wait_for("Write this?");
    assert!(
        plan.contains("hook bash)") && plan.contains("# not chosen: in Code Claude Code starts"),
        "{plan}"
    );
    typist.press("\r");
    typist.wait_for("in a repository, type: claude-bedrock init bedrock-work");
    let read = |path: &str| fs::read_to_string(typist.world.path(path)).unwrap();
    assert!(!read(".bashrc").contains("--wrap"));
    assert_eq!(read(".config/Code/User/settings.json"), "{}\n");
    let config = fs::read_to_string(typist.world.config_path()).unwrap();
    assert!(config.contains("CLAUDE_CODE_SUBPROCESS_ENV_SCRUB = \"1\""), "{config}");
}
