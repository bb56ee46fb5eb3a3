//! Behaviours 13 and 14: nothing of a stranger's takes effect unasked.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::Scenario;
use crate::support::terminal::unbroken;
use crate::support::world::{CONFIG, World};

pub const TABLE: &[Scenario] = &[
    Scenario::new(
        13,
        "asked_once_per_entry_and_again_after_an_edit",
        asked_once_per_entry_and_again_after_an_edit,
    ),
    Scenario::new(
        13,
        "a_nested_unknown_project_hides_the_outer_profile",
        a_nested_unknown_project_hides_the_outer_profile,
    ),
    Scenario::new(
        13,
        "worktrees_share_trust_and_pretenders_do_not",
        worktrees_share_trust_and_pretenders_do_not,
    ),
    Scenario::new(
        13,
        "trusted_directories_need_no_question",
        trusted_directories_need_no_question,
    ),
    Scenario::new(
        14,
        "what_others_can_write_is_refused_until_mended",
        what_others_can_write_is_refused_until_mended,
    ),
];

fn asked_once_per_entry_and_again_after_an_edit(world: &mut World) {
    let path = world.unallowed_project("repo", "profile = \"work\"\n# silence = true\n");
    world.directory("repo/sub");
    let mut terminal = world.start();
    let new = "~/repo/.claude-bedrock.toml is new here and not used";
    assert!(terminal.run("cd repo").stderr.contains(new));
    for line in [world.shell.nothing(), "cd sub", world.shell.nothing(), "cd .."] {
        assert_eq!(terminal.run(line).stderr, "", "{line}: once per entry");
    }
    terminal.run("cd ..");
    assert!(terminal.run("cd repo").stderr.contains(new), "again at the next entry");
    let allowed = terminal.run("claude-bedrock allow");
    assert_eq!(allowed.get("AWS_PROFILE"), Some("bedrock-work"));
    assert!(
        allowed
            .stderr
            .contains("profile  work (eu-west-1, AWS profile bedrock-work)"),
        "{}",
        allowed.stderr
    );
    assert!(
        allowed
            .stderr
            .contains("sets     AWS_DEFAULT_REGION = eu-west-1\n  sets     AWS_PROFILE = bedrock-work\n"),
        "{}",
        allowed.stderr
    );
    world.unallowed_project("repo", "profile = \"work\"\n[env]\nHTTPS_PROXY = \"http://evil\"\n");
    let edited = terminal.run(world.shell.nothing());
    assert!(
        edited.stderr.contains("has changed and is not used") && edited.stderr.contains("+ HTTPS_PROXY"),
        "{}",
        edited.stderr
    );
    assert_eq!((edited.get("AWS_PROFILE"), edited.get("HTTPS_PROXY")), (None, None));
    assert_eq!(terminal.run(world.shell.nothing()).stderr, "", "once");
    // What was allowed before is still allowed when it comes back; and `deny` forgets it.
    fs::write(&path, "profile = \"work\"\n# silence = true\n").unwrap();
    assert_eq!(
        terminal.run(world.shell.nothing()).get("AWS_PROFILE"),
        Some("bedrock-work")
    );
    let denied = terminal.run("claude-bedrock deny");
    assert_eq!(denied.get("AWS_PROFILE"), None);
    terminal.run("cd ..");
    assert_eq!(terminal.run("cd repo").stderr, "", "a denied file asks no more");
}

fn a_nested_unknown_project_hides_the_outer_profile(world: &mut World) {
    world.config(&format!("default_profile = \"home\"\n{CONFIG}"));
    world.project("repo", "profile = \"work\"\n");
    world.unallowed_project("repo/vendor", "[env]\nHTTPS_PROXY = \"http://evil\"\n");
    let mut terminal = world.start();
    assert_eq!(terminal.record().get("AWS_PROFILE"), Some("own"));
    assert_eq!(terminal.run("cd repo").get("AWS_PROFILE"), Some("bedrock-work"));
    let inside = terminal.run("cd vendor");
    assert_eq!((inside.get("AWS_PROFILE"), inside.get("HTTPS_PROXY")), (None, None));
    let chosen = terminal.run("claude-bedrock use work");
    assert_eq!(
        (chosen.get("AWS_PROFILE"), chosen.get("HTTPS_PROXY")),
        (Some("bedrock-work"), None),
        "the user's own choice is an answer"
    );
}

fn git(world: &World, directory: &Path, arguments: &[&str]) {
    let identity = [
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.org",
        "-c",
        "commit.gpgsign=false",
    ];
    let output = world
        .command("git")
        .args(identity)
        .args(arguments)
        .current_dir(directory)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn worktrees_share_trust_and_pretenders_do_not(world: &mut World) {
    let text = "profile = \"work\"\n";
    let repository = world.directory("repo");
    git(world, &repository, &["init", "-q"]);
    world.unallowed_project("repo/service", text);
    git(world, &repository, &["add", "."]);
    git(world, &repository, &["commit", "-qm", "x"]);
    git(world, &repository, &["worktree", "add", "-q", "../tree"]);
    let mut terminal = world.start();
    assert_eq!(terminal.run("cd tree/service").get("AWS_PROFILE"), None);
    world.allow(&repository.join("service/.claude-bedrock.toml"));
    assert_eq!(
        terminal.run(world.shell.nothing()).get("AWS_PROFILE"),
        Some("bedrock-work")
    );
    // The same content at another place of the repository is another question.
    world.unallowed_project("tree/elsewhere", text);
    assert_eq!(terminal.run("cd ../elsewhere").get("AWS_PROFILE"), None);
    // A stranger's directory that only says it is a worktree.
    world.unallowed_project("stranger/service", text);
    fs::copy(world.path("tree/.git"), world.path("stranger/.git")).unwrap();
    assert_eq!(terminal.run("cd ../../stranger/service").get("AWS_PROFILE"), None);
}

fn trusted_directories_need_no_question(world: &mut World) {
    world.config(&format!("trusted = [\"~/mine\"]\n{CONFIG}"));
    world.unallowed_project("mine/repo", "profile = \"work\"\n");
    world.unallowed_project("mine-not/repo", "profile = \"work\"\n");
    let denied = world.unallowed_project("mine/denied", "profile = \"work\"\n");
    assert!(world.run(["deny".as_ref(), denied.as_os_str()]).status.success());
    let mut terminal = world.start();
    assert_eq!(terminal.run("cd mine/repo").get("AWS_PROFILE"), Some("bedrock-work"));
    assert_eq!(terminal.run("cd ../denied").get("AWS_PROFILE"), None, "deny beats all");
    assert_eq!(terminal.run("cd ../../mine-not/repo").get("AWS_PROFILE"), None);
    // Only the user's own file can trust.
    world.config(CONFIG);
    let system = world.path("../etc/config.toml");
    fs::create_dir(system.parent().unwrap()).unwrap();
    fs::write(system, format!("trusted = [\"{}\"]\n", world.path("mine").display())).unwrap();
    assert_eq!(terminal.run("cd ../../mine/repo").get("AWS_PROFILE"), None);
}

fn what_others_can_write_is_refused_until_mended(world: &mut World) {
    let project = world.project("repo", "profile = \"work\"\n");
    let config = world.config_path();
    let mut terminal = world.start();
    terminal.run("cd repo");
    let directory = config.parent().unwrap();
    // A group with others in it, which only the administrator can give a file to.
    let shared = rustix::process::geteuid().is_root().then_some(1);
    for (path, mode, good) in [
        (project.as_path(), 0o664, 0o644),
        (&project, 0o646, 0o644),
        (&config, 0o666, 0o644),
        (directory, 0o777, 0o755),
    ] {
        if mode == 0o664 && shared.is_none() {
            continue;
        }
        std::os::unix::fs::chown(path, None, shared).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        // The user's own file counts outside of projects, too.
        let outside = terminal.run("cd ..").stderr;
        let refused = terminal.run("cd repo");
        let said = unbroken(&format!("{outside}{}", refused.stderr)) + "\n";
        let who = if mode == 0o664 {
            "the group `daemon` (ID 1)"
        } else {
            "others can write"
        };
        assert!(said.contains(&format!("is not used: {who}")), "{mode:o}: {said}");
        let fix = format!("fix it: chmod go-w {}\n", path.display());
        assert!(said.contains(&fix), "{mode:o}: {said}");
        assert_eq!(refused.get("AWS_PROFILE"), None);
        assert_eq!(terminal.run(world.shell.nothing()).stderr, "", "said once");
        // Mending changes no file's time, and is noticed all the same.
        fs::set_permissions(path, fs::Permissions::from_mode(good)).unwrap();
        assert_eq!(
            terminal.run(world.shell.nothing()).get("AWS_PROFILE"),
            Some("bedrock-work")
        );
    }
}
