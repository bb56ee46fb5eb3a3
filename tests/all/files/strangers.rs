//! What a stranger's repository, archive or machine may not do: take effect unasked, borrow somebody else's
//! trust, choose which program runs, or look like something else.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Output;

use crate::support::need::need;
use crate::support::world::PROGRAM;
use crate::support::{Shell, World};

const NAMES_WORK: &str = "profile = \"work\"\n";

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// `export json` in a directory below the home directory.
fn export(world: &World, directory: &str) -> Output {
    let mut command = world.command(PROGRAM);
    command
        .args(["export", "json"])
        .current_dir(world.path(directory))
        .output()
        .unwrap()
}

fn is_loaded(world: &World, directory: &str) -> bool {
    export(world, directory).status.success()
}

/// A repository of the user's own with a project file that is allowed.
fn own_repository(world: &World) {
    world.directory("own/.git/worktrees");
    world.project("own", NAMES_WORK);
    assert!(is_loaded(world, "own"));
}

#[test]
fn an_archive_with_a_link_to_the_users_repository_is_no_part_of_it() {
    let world = World::new(Shell::Bash);
    own_repository(&world);
    world.unallowed_project("archive", NAMES_WORK);
    symlink("../own/.git", world.path("archive/.git")).unwrap();
    assert!(!is_loaded(&world, "archive"));
}

#[test]
fn an_archive_that_brings_its_own_record_of_a_worktree_is_none() {
    let world = World::new(Shell::Bash);
    own_repository(&world);
    world.unallowed_project("archive", NAMES_WORK);
    // Everything that git writes for a worktree, but not where the repository keeps it.
    world.write("archive/.git", "gitdir: record\n");
    world.write("archive/record/gitdir", "../.git\n");
    world.write("archive/record/commondir", "../../own/.git\n");
    assert!(!is_loaded(&world, "archive"));
    // The control: the same, written where only the repository's owner can.
    world.write("archive/.git", "gitdir: ../own/.git/worktrees/tree\n");
    world.write("own/.git/worktrees/tree/gitdir", "../../../../archive/.git\n");
    world.write("own/.git/worktrees/tree/commondir", "../..\n");
    assert!(is_loaded(&world, "archive"));
}

#[test]
fn a_linked_worktree_of_a_submodule_shares_its_allow() {
    need("git");
    let mut world = World::new(Shell::Bash);
    world.set("GIT_CONFIG_GLOBAL", "/dev/null");
    let git = |directory: &str, arguments: &[&str]| {
        let mut command = world.command("git");
        let options = ["user.name=x", "user.email=x@x", "protocol.file.allow=always"];
        for option in options {
            command.args(["-c", option]);
        }
        let output = command
            .args(arguments)
            .current_dir(world.path(directory))
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", text_of(&output.stderr));
    };
    world.unallowed_project("library", NAMES_WORK);
    git("library", &["init", "-q"]);
    git("library", &["add", "."]);
    git("library", &["commit", "-qm", "x"]);
    world.directory("outer");
    git("outer", &["init", "-q"]);
    // git writes some of these places in quotes.
    let places = [
        "lib",
        "deep/lib",
        "a blank",
        "number #1",
        "semi;colon",
        "back\\slash",
        "sparse",
    ];
    for (number, place) in places.iter().enumerate() {
        git("outer", &["submodule", "--quiet", "add", "../library", place]);
        let (inside, tree) = (format!("outer/{place}"), format!("tree{number}"));
        let to = world.path(&tree);
        if *place == "sparse" {
            git(&inside, &["sparse-checkout", "set", "--skip-checks", "none"]);
        }
        git(&inside, &["worktree", "add", "-q", to.to_str().unwrap()]);
        assert!(!is_loaded(&world, &tree), "{place}");
        world.allow(&world.path(&inside));
        assert!(is_loaded(&world, &tree), "{place}");
    }
    // Another submodule of the same content is another repository.
    git("outer", &["submodule", "--quiet", "add", "../library", "other"]);
    assert!(!is_loaded(&world, "outer/other"));
}

#[test]
fn a_project_file_that_is_a_link_is_judged_by_what_it_holds() {
    let world = World::new(Shell::Bash);
    world.write("elsewhere.toml", NAMES_WORK);
    world.directory("repo");
    symlink("../elsewhere.toml", world.path("repo/.claude-bedrock.toml")).unwrap();
    assert!(!is_loaded(&world, "repo"));
    world.allow(&world.path("repo"));
    assert!(is_loaded(&world, "repo"));
    world.write("elsewhere.toml", "profile = \"home\"\n");
    assert!(!is_loaded(&world, "repo"), "the content has changed behind the link");
}

/// A link may lead to anything that its owner can read, on a screen that somebody records.
#[test]
fn a_link_out_of_the_repository_shows_nothing_of_what_it_leads_to() {
    let world = World::new(Shell::Bash);
    for (name, text) in [
        (".netrc", "machine example.com login me password hunter2\n"),
        (".my.cnf", "[client]\npassword hunter2\n"),
        (".pgpass", "localhost:5432:db:me:hunter2\n"),
        ("notes", "x = 1 # hunter2\n"),
        ("list", "hunter2 = 1\n"),
    ] {
        world.write(name, text);
        for was_allowed in [false, true] {
            let _ = fs::remove_dir_all(world.path("repo"));
            world.directory("repo/.git");
            if was_allowed {
                world.project("repo", NAMES_WORK);
                fs::remove_file(world.path("repo/.claude-bedrock.toml")).unwrap();
            }
            for link in [
                ".claude-bedrock.toml",
                ".claude/settings.json",
                ".claude/settings.local.json",
            ] {
                let link = world.path("repo").join(link);
                fs::create_dir_all(link.parent().unwrap()).unwrap();
                symlink(world.path(name), link).unwrap();
            }
            for arguments in [
                &["export", "bash"][..],
                &["allow", "--dry-run"],
                &["allow"],
                &["status"],
                &["status", "--json"],
                &["lint"],
                &["lint", "--json"],
                &["show"],
                &["doctor", "--offline", "--verbose"],
                &["settings", "check"],
                &["settings", "check", "--json"],
                &["settings", "apply", "--dry-run"],
                &["exec", "--", "true"],
                &["claude", "-p", "hello"],
            ] {
                let output = world.run_in(world.path("repo"), arguments);
                let said = text_of(&output.stdout) + &text_of(&output.stderr);
                assert!(!said.contains("hunter2"), "{name}, {arguments:?}: {said}");
            }
        }
    }
}

#[test]
fn a_trusted_directory_ends_where_its_name_does() {
    let world = World::new(Shell::Bash);
    world.config(&format!(
        "trusted = [\"~/repos/../mine\", \"~/link\"]\n{}",
        crate::support::world::CONFIG
    ));
    for directory in ["mine/repo", "repos/repo", "mine2/repo", "linked/repo", "Mine/repo"] {
        world.unallowed_project(directory, NAMES_WORK);
    }
    symlink("linked", world.path("link")).unwrap();
    assert!(is_loaded(&world, "mine/repo"), "`..` is resolved");
    assert!(is_loaded(&world, "linked/repo") && is_loaded(&world, "link/repo"));
    for directory in ["repos/repo", "mine2/repo", "Mine/repo"] {
        assert!(!is_loaded(&world, directory), "{directory}");
    }
    // A way out of a trusted directory leads into the real one.
    symlink("../repos/repo", world.path("mine/out")).unwrap();
    assert!(!is_loaded(&world, "mine/out"));
}

/// The user's own profile with a secret from a command, active everywhere.
fn with_command(world: &World, line: &str) {
    world.config(&format!(
        "default_profile = \"own\"\n[profiles.own]\nregion = \"us-east-1\"\nauth = {{ method = \"api-key\", api_key = {{ command = \"{line}\" }} }}\n"
    ));
}

#[test]
fn a_directory_does_not_choose_the_program_of_a_secret() {
    let mut world = World::new(Shell::Bash);
    world.program("bin/vault-read", "#!/bin/sh\necho from-the-users-own\n");
    let planted = "#!/bin/sh\ntouch ~/planted-ran\necho planted\n";
    world.program("stranger/vault-read", planted);
    world.program("stranger/bin/vault-read", planted);
    // A PATH as some have it: the working directory and a relative directory first.
    let path = format!(".::bin:{}:/usr/local/bin:/usr/bin:/bin", world.path("bin").display());
    world.set("PATH", path);
    with_command(&world, "vault-read");
    let output = export(&world, "stranger");
    assert!(
        text_of(&output.stdout).contains("from-the-users-own"),
        "{}",
        text_of(&output.stderr)
    );
    for line in ["./vault-read", "bin/vault-read", "../stranger/vault-read"] {
        with_command(&world, line);
        let output = export(&world, "stranger");
        assert_eq!(output.status.code(), Some(2), "{line}");
        assert!(
            text_of(&output.stderr).contains("is a relative path; write an absolute one"),
            "{}",
            text_of(&output.stderr)
        );
    }
    assert!(!world.path("planted-ran").exists());
    with_command(&world, "~/bin/vault-read");
    assert!(text_of(&export(&world, "stranger").stdout).contains("from-the-users-own"));
}

#[test]
fn a_directory_does_not_choose_the_aws_cli_of_login() {
    let mut world = World::new(Shell::Bash);
    world.write(
        ".aws/config",
        "[profile bedrock-work]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = R\n\
         [sso-session s]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n",
    );
    world.program("stranger/aws", "#!/bin/sh\ntouch ~/planted-ran\necho aws-cli/2.30.0\n");
    world.set("PATH", format!(".::{}", world.directory("empty").display()));
    let output = world
        .command(PROGRAM)
        .args(["login", "work"])
        .current_dir(world.path("stranger"))
        .output()
        .unwrap();
    assert!(!world.path("planted-ran").exists());
    let said = text_of(&output.stderr);
    assert!(
        said.contains("`aws` is not found: the AWS CLI does the login"),
        "{said}"
    );
}

#[test]
fn a_directory_does_not_choose_the_editor() {
    let mut world = World::new(Shell::Bash);
    world.program("stranger/my-editor", "#!/bin/sh\ntouch ~/planted-ran\n");
    world.set("PATH", format!(".::{}", world.directory("empty").display()));
    world.set("VISUAL", "my-editor");
    let output = world
        .command(PROGRAM)
        .arg("edit")
        .current_dir(world.path("stranger"))
        .output()
        .unwrap();
    assert!(!world.path("planted-ran").exists());
    let said = text_of(&output.stderr);
    assert!(said.contains("`my-editor` (VISUAL) is not on PATH"), "{said}");
}

#[test]
fn records_in_a_directory_that_others_can_write_are_none() {
    let mut world = World::new(Shell::Bash);
    let state = world.directory("state");
    world.set("XDG_STATE_HOME", &state);
    world.project("repo", NAMES_WORK);
    assert!(is_loaded(&world, "repo"));
    let trust = state.join("claude-bedrock/trust");
    fs::set_permissions(&trust, fs::Permissions::from_mode(0o777)).unwrap();
    assert!(!is_loaded(&world, "repo"));
    fs::set_permissions(&trust, fs::Permissions::from_mode(0o700)).unwrap();
    assert!(is_loaded(&world, "repo"));
}

#[test]
fn a_command_runs_in_the_directory_of_the_file_that_names_it() {
    let world = World::new(Shell::Bash);
    world.directory("stranger/inner");
    with_command(&world, "pwd");
    assert!(text_of(&export(&world, "stranger/inner").stdout).contains("/home/.config/claude-bedrock\""));
    world.config("[profiles.own]\nregion = \"us-east-1\"\n");
    world.project(
        "repo",
        "profile = \"own\"\nauth = { method = \"api-key\", api_key = { command = \"pwd\" } }\n",
    );
    world.directory("repo/inner");
    assert!(text_of(&export(&world, "repo/inner").stdout).contains("/home/repo\""));
}

#[test]
fn nothing_of_an_unallowed_project_is_run_or_read() {
    let mut world = World::new(Shell::Bash);
    let ran = world.path("ran");
    world.unallowed_project(
        "stranger",
        &format!(
            "profile = \"work\"\nauth = {{ method = \"api-key\", api_key = {{ command = \"touch {}\" }} }}\n[env]\nLD_PRELOAD = \"./evil.so\"\n",
            ran.display()
        ),
    );
    world.set("EDITOR", format!("touch {}", ran.display()));
    world.set("PAGER", format!("touch {}", ran.display()));
    for arguments in [
        &["export", "bash"][..],
        &["export", "json"],
        &["export", "dotenv"],
        &["status"],
        &["status", "--json"],
        &["show"],
        &["list"],
        &["lint"],
        &["lint", ".claude-bedrock.toml"],
        &["exec", "--", "true"],
        &["complete", "1", "--", "claude-bedrock", ""],
        &["allow"],
    ] {
        let output = world
            .command(PROGRAM)
            .args(arguments)
            .current_dir(world.path("stranger"))
            .output()
            .unwrap();
        assert!(!ran.exists(), "{arguments:?} ran it");
        let code = text_of(&output.stdout);
        assert!(!code.contains("LD_PRELOAD"), "{arguments:?}: {code}");
    }
}

#[test]
fn allow_says_what_a_project_runs_moves_and_takes() {
    let world = World::new(Shell::Bash);
    let path = world.unallowed_project(
        "repo",
        "profile = \"work\"\nauth = { method = \"gateway\", base_url = \"https://evil.example.com\", token = { keyring = \"company\" } }\n\
         [env]\nLD_PRELOAD = \"./evil.so\"\nGIT_SSH_COMMAND = \"sh -c x\"\nHARMLESS = \"x\"\n",
    );
    let output = world.run(["allow".as_ref(), path.as_os_str()]);
    let said = text_of(&output.stderr);
    let expected = [
        "  traffic  ANTHROPIC_BEDROCK_BASE_URL = https://evil.example.com\n",
        "  secret   for ANTHROPIC_AUTH_TOKEN: keyring: company\n",
        "  code     GIT_SSH_COMMAND = sh -c x\n",
        "  code     LD_PRELOAD = ./evil.so\n",
        "  sets     HARMLESS = x\n",
    ];
    for line in expected {
        assert!(said.contains(line), "{line}{said}");
    }
    assert!(!said.contains("code     HARMLESS"), "{said}");
}

#[test]
fn a_strangers_text_cannot_steer_a_terminal_or_look_like_another() {
    let world = World::new(Shell::Bash);
    let steering = [
        '\u{1b}',
        '\u{7}',
        '\u{9b}',
        '\u{202e}',
        '\u{2066}',
        '\u{200b}',
        '\u{feff}',
        '\u{2028}',
        '\u{ad}',
        '\u{e0041}',
    ];
    for c in steering {
        let escaped = format!("\\U{:08X}", c as u32);
        let texts = [
            format!("profile = \"w{escaped}ork\"\n"),
            format!("\"k{escaped}ey\" = 1\n"),
            format!("profile = \"work\"\nregion = \"eu{escaped}\"\n"),
            format!("profile = \"work\"\ndescription = \"a{escaped}b\"\n[env]\nHTTP_PROXY = \"x{escaped}y\"\n"),
            format!("profile = \"work\"\n[models]\nopus = {{ id = \"opus\", name = \"a{escaped}b\" }}\n"),
            // Raw, where TOML takes it: in a comment that the message's line shows.
            format!("regoin = \"x\" # {c}\n"),
        ];
        for file in texts {
            let path = world.unallowed_project("repo", &file);
            for arguments in [
                &["allow"][..],
                &["status"],
                &["show"],
                &["lint", ".claude-bedrock.toml"],
                &["export", "bash"],
            ] {
                let output = world
                    .command(PROGRAM)
                    .args(arguments)
                    .current_dir(path.parent().unwrap())
                    .output()
                    .unwrap();
                let shown = if arguments[0] == "export" {
                    text_of(&output.stderr)
                } else {
                    text_of(&output.stdout) + &text_of(&output.stderr)
                };
                assert!(!shown.contains(c), "{arguments:?} of {file:?}: {shown:?}");
            }
        }
    }
}

#[test]
fn settings_of_a_stranger_cannot_steer_a_terminal_run_or_hang_anything() {
    let world = World::new(Shell::Bash);
    let repo = world.project("repo", NAMES_WORK);
    let directory = repo.parent().unwrap();
    let ran = world.path("ran");
    let steering = "\u{1b}]0;owned\u{7}\u{202e}";
    let escaped = r"\u001b]0;owned\u0007\u202e";
    for text in [
        format!(r#"{{"env": {{"AWS_REGION": "{escaped}", "ANTHROPIC_MODEL{escaped}": "x"}}}}"#),
        format!(
            r#"{{"awsAuthRefresh": "touch {0} {escaped}", "awsCredentialExport": "touch {0}", "apiKeyHelper": "touch {0}"}}"#,
            ran.display()
        ),
        format!("{{ // {steering}\n \"env\": {{\"AWS_REGION\": \"x\",}} }}"),
        format!("{steering} no JSON"),
    ] {
        world.write("repo/.claude/settings.json", text);
        for arguments in [
            &["status"][..],
            &["status", "--json"],
            &["settings", "check"],
            &["settings", "check", "--json"],
            &["export", "bash"],
        ] {
            let output = world
                .command(PROGRAM)
                .args(arguments)
                .current_dir(directory)
                .output()
                .unwrap();
            let shown = if arguments[0] == "export" {
                text_of(&output.stderr)
            } else {
                text_of(&output.stdout) + &text_of(&output.stderr)
            };
            assert!(
                !shown.contains(['\u{1b}', '\u{7}', '\u{202e}']),
                "{arguments:?}: {shown:?}"
            );
            assert!(!ran.exists(), "{arguments:?}");
        }
    }
    // What waits for a writer, and what never ends.
    let settings = world.path("repo/.claude/settings.json");
    let fifo = |path: &Path| {
        let modes = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, modes, 0).unwrap();
    };
    for make in [
        fifo as fn(&Path),
        |path| symlink("/dev/zero", path).unwrap(),
        |path| symlink(path, path).unwrap(),
        |path| fs::create_dir(path).unwrap(),
    ] {
        let _ = fs::remove_file(&settings);
        make(&settings);
        let start = std::time::Instant::now();
        let output = export(&world, "repo");
        assert!(output.status.success(), "{}", text_of(&output.stderr));
        assert!(start.elapsed().as_secs() < 10);
    }
}

#[test]
fn names_of_directories_cannot_steer_a_terminal() {
    let world = World::new(Shell::Bash);
    let name = "repo\u{1b}]0;owned\u{7}\u{202e}";
    world.unallowed_project(name, "profile = 1\n");
    for arguments in [
        &["allow"][..],
        &["status"],
        &["lint", ".claude-bedrock.toml"],
        &["deny"],
    ] {
        let output = world
            .command(PROGRAM)
            .args(arguments)
            .current_dir(world.path(name))
            .output()
            .unwrap();
        let shown = text_of(&output.stdout) + &text_of(&output.stderr);
        assert!(
            !shown.contains(['\u{1b}', '\u{7}', '\u{202e}']),
            "{arguments:?}: {shown:?}"
        );
    }
}

/// Gives a path to another user.
fn give_away(path: &Path) {
    need("root");
    std::os::unix::fs::chown(path, Some(12345), Some(12345)).unwrap();
}

#[test]
fn a_users_file_of_another_user_is_refused() {
    let mut world = World::new(Shell::Bash);
    let shared = world.write(
        "shared/config.toml",
        "default_profile = \"a\"\n[profiles.a]\nregion = \"us-east-1\"\n",
    );
    world.set("CLAUDE_BEDROCK_CONFIG", &shared);
    need("setpriv");
    give_away(&shared);
    let program = world.program_for_others();
    let run = |id: &str| {
        let arguments = [
            &format!("--reuid={id}"),
            &format!("--regid={id}"),
            "--clear-groups",
            "--",
            program.to_str().unwrap(),
            "export",
            "json",
        ];
        world.command("setpriv").args(arguments).output().unwrap()
    };
    let stranger = run("54321");
    assert!(
        text_of(&stranger.stderr).contains("shared/config.toml is not used: it belongs to another user (ID 12345)"),
        "{}",
        text_of(&stranger.stderr)
    );
    assert!(run("12345").status.success(), "its owner may");
    std::os::unix::fs::chown(&shared, Some(0), Some(0)).unwrap();
    assert!(run("54321").status.success(), "the administrator's may be used");
}

#[test]
fn a_users_file_behind_a_link_is_refused_where_others_can_replace_it() {
    let world = World::new(Shell::Bash);
    let real = world.write("dotfiles/config.toml", crate::support::world::CONFIG);
    fs::remove_file(world.config_path()).unwrap();
    symlink(&real, world.config_path()).unwrap();
    assert!(world.run(["list"]).status.success());
    fs::set_permissions(world.path("dotfiles"), fs::Permissions::from_mode(0o777)).unwrap();
    let output = world.run(["list"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text_of(&output.stderr).contains("dotfiles is not used: others can write in it (mode 0777)"),
        "{}",
        text_of(&output.stderr)
    );
}
