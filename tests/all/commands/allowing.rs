//! What `allow` shows on a terminal before it asks: all of it, whatever pager the user or somebody else has set, and
//! nothing is recorded without a yes.

use std::fs;

use crate::support::need::need;
use crate::support::typist::Typist;
use crate::support::world::PROGRAM;
use crate::support::{Shell, World};

const QUESTION: &str = "to do all that? [y/N]";

/// More lines than the terminal has.
const LINES: usize = 150;

/// A file that runs something, and sets more variables than fit on the screen.
fn project(number: usize) -> String {
    let lines: Vec<String> = (0..LINES)
        .map(|line| format!("V{line} = \"{line} of {number}\"\n"))
        .collect();
    let lines = lines.concat();
    format!("profile = \"work\"\n[env]\nBROWSER = \"./evil\"\n{lines}")
}

/// A shell in a repository whose file was allowed, and has changed from its first line to its last.
fn typist(variables: &[(&str, &str)]) -> Typist {
    let mut world = World::new(Shell::Bash);
    world.project("repo", &project(1));
    world.unallowed_project("repo", &project(2));
    world.program("bin/x", "#!/bin/sh\ntouch ~/planted\n");
    world.program("bin/refuses", "#!/bin/sh\nexit 3\n");
    world.program("bin/marks", "#!/bin/sh\necho 'by the pager'\nexec cat\n");
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", world.path("bin").display());
    world.set("PATH", path);
    for (name, value) in variables {
        world.set(name, *value);
    }
    let mut typist = Typist::start(
        world,
        &format!("cd repo; allow() {{ '{PROGRAM}' \"$@\" >~/out; echo \"status:$?.\"; }}\n"),
    );
    typist.press("export TERM=xterm\r");
    typist
}

fn is_allowed(typist: &Typist) -> bool {
    let output = typist.world.run_in(typist.world.path("repo"), ["export", "json"]);
    output.status.success()
}

/// The gravest stands first, and every line of what changed is there.
fn assert_whole(shown: &str) {
    let at = |part: &str| shown.find(part).unwrap_or_else(|| panic!("{part} is not in {shown}"));
    assert!(at("code     BROWSER = ./evil") < at("sets     V0 = 0 of 2"), "{shown}");
    for line in 0..LINES {
        at(&format!("- V{line} = \"{line} of 1\""));
        at(&format!("+ V{line} = \"{line} of 2\""));
    }
}

#[test]
fn what_is_longer_than_the_terminal_is_shown_whole_whatever_the_pager() {
    for (pager, words) in [
        ("cat", &["allow"][..]),
        ("marks", &["allow"]),
        // Without one that works, it is shown all the same.
        ("/nonexistent/pager", &["allow"]),
        ("refuses", &["allow"]),
        ("'", &["allow"]),
        ("./evil", &["allow"]),
        // `--quiet` is no reason to be asked about what was not seen, nor is a log that is off.
        ("cat", &["--quiet", "allow"]),
        ("cat", &["allow", "~/repo"]),
    ] {
        let mut typist = typist(&[("PAGER", pager), ("CLAUDE_BEDROCK_LOG", "error")]);
        typist.world.program("repo/evil", "#!/bin/sh\ntouch ~/planted\n");
        for (answer, status) in [("\r", "status:1."), ("n\r", "status:1."), ("y\r", "status:0.")] {
            typist.press(&format!("allow {}\r", words.join(" ")));
            let shown = typist.wait_for(QUESTION);
            assert_whole(&shown);
            assert_eq!(shown.contains("by the pager"), pager == "marks", "{shown}");
            assert!(!is_allowed(&typist), "{pager}");
            typist.press(answer);
            typist.wait_for(status);
        }
        assert!(is_allowed(&typist), "{pager}");
        // What stdout leads to is another matter: the question stands on the terminal, and so does what it is about.
        assert_eq!(fs::read_to_string(typist.world.path("out")).unwrap(), "");
        assert!(!typist.world.path("planted").exists());
    }
}

#[test]
fn less_shows_all_of_it_and_runs_nothing_whoever_has_set_its_variables() {
    need("less");
    for pager in ["", "less"] {
        let planted = "touch ~/planted";
        let mut typist = typist(&[
            ("PAGER", pager),
            ("LESSOPEN", &format!("|-{planted}; echo replaced")),
            ("LESSCLOSE", planted),
            ("LESSSECURE_ALLOW", "shell,lessopen,edit,pipe"),
            ("LESSEDIT", planted),
            ("VISUAL", planted),
        ]);
        typist.press("allow allow\r");
        typist.wait_for("code     BROWSER = ./evil");
        // Ctrl-C paints it again.
        typist.press("\u{3}");
        typist.wait_for("code     BROWSER = ./evil");
        // A command for a shell, and the end of the text.
        typist.press("!x\r");
        typist.press("G");
        typist.wait_for(&format!("+ V{} = \"{} of 2\"", LINES - 1, LINES - 1));
        typist.press("q");
        typist.wait_for(QUESTION);
        assert!(!typist.world.path("planted").exists());
        typist.press("n\r");
        typist.wait_for("status:1.");
        assert!(!is_allowed(&typist));
        typist.press("allow allow --yes\r");
        let shown = typist.wait_for("status:0.");
        assert!(!shown.contains(QUESTION), "{shown}");
        assert!(is_allowed(&typist));
        assert!(!typist.world.path("planted").exists());
    }
}

#[test]
fn lines_that_fill_the_screen_by_their_length_are_paged_too() {
    let mut typist = typist(&[("PAGER", "marks")]);
    let long = "x".repeat(200 * 20);
    let lines: Vec<String> = (0..6).map(|line| format!("V{line} = \"{long}\"\n")).collect();
    let lines = lines.concat();
    typist.world.unallowed_project(
        "long",
        &format!("profile = \"work\"\n[env]\nBROWSER = \"./evil\"\n{lines}"),
    );
    typist
        .world
        .unallowed_project("short", "profile = \"work\"\n[env]\nBROWSER = \"./evil\"\n");
    for (directory, is_paged) in [("long", true), ("short", false)] {
        typist.press(&format!("allow allow ~/{directory}\r"));
        let shown = typist.wait_for(QUESTION);
        assert_eq!(shown.contains("by the pager"), is_paged, "{directory}");
        let mark = if is_paged { "code" } else { "CODE" };
        assert!(shown.contains(&format!("{mark}     BROWSER = ./evil")), "{shown}");
        typist.press("n\r");
        typist.wait_for("status:1.");
    }
}

/// Whoever can write the repository can do so while its owner reads.
#[test]
fn what_is_swapped_while_the_question_waits_is_not_what_was_allowed() {
    let mut typist = typist(&[("PAGER", "cat")]);
    let file = |command: &str| {
        format!("profile = \"work\"\nauth = {{ method = \"api-key\", api_key = {{ command = \"sh {command}\" }} }}\n")
    };
    for (swapped, text) in [
        ("swapped/.claude-bedrock.toml", file("other.sh")),
        ("swapped/token.sh", "touch ~/planted; echo other\n".to_owned()),
    ] {
        typist.world.write("swapped/token.sh", "echo token\n");
        typist.world.write("swapped/other.sh", "touch ~/planted; echo other\n");
        typist.world.unallowed_project("swapped", &file("token.sh"));
        typist.press("allow allow ~/swapped\r");
        let shown = typist.wait_for(QUESTION);
        assert!(shown.contains("sh token.sh"), "{shown}");
        typist.world.write(swapped, text);
        typist.press("y\r");
        typist.wait_for("status:0.");
        let load = || typist.world.run_in(typist.world.path("swapped"), ["export", "json"]);
        assert!(!load().status.success(), "{swapped}");
        assert!(!typist.world.path("planted").exists(), "{swapped}");
        // What was shown is what is allowed.
        typist.world.write("swapped/token.sh", "echo token\n");
        typist.world.unallowed_project("swapped", &file("token.sh"));
        assert!(load().status.success(), "{swapped}");
        fs::remove_dir_all(typist.world.path(".local/state/claude-bedrock/trust")).unwrap();
    }
}

#[test]
fn without_a_terminal_nobody_is_asked_and_no_pager_is_started() {
    let mut world = World::new(Shell::Bash);
    world.set("PAGER", "touch ~/planted");
    let path = world.project("repo", &project(1));
    fs::write(&path, project(2)).unwrap();
    let output = world.run_in(world.path("repo"), ["allow"]);
    let shown = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{shown}");
    assert_whole(&shown);
    assert!(!shown.contains(QUESTION) && !world.path("planted").exists());
}

#[test]
fn what_only_names_a_profile_and_chooses_models_is_shown_and_recorded() {
    let mut typist = typist(&[]);
    typist
        .world
        .unallowed_project("plain", "profile = \"work\"\n[models]\nmain = \"haiku\"\n");
    typist.press("allow allow ~/plain\r");
    let shown = typist.wait_for("status:0.");
    assert!(
        shown.contains("refines  models.main = haiku") && !shown.contains(QUESTION),
        "{shown}"
    );
}

/// By a name or by words that look like a secret's, a stranger could have hidden what he sets.
#[test]
fn a_value_of_the_file_is_shown_whatever_it_is_called_and_looks_like() {
    let world = World::new(Shell::Bash);
    for head in ["profile = \"work\"\n", ""] {
        let path = world.unallowed_project(
            "repo",
            &format!(
                "{head}[env]\nRESTIC_PASSWORD_COMMAND = \"sh -c ./evil\"\nX_SECRET_HOOK = \"./evil\"\nMY_TOKEN = \"./evil\"\n\
                 GIT_SSH_COMMAND = \"./ASIAEVILEVILEVILEVIL/run\"\nHTTPS_PROXY = \"http://me:hush@ASIAEVILEVILEVILEVIL.example\"\n"
            ),
        );
        let output = world.run(["allow".as_ref(), "--dry-run".as_ref(), path.as_os_str()]);
        let shown = String::from_utf8(output.stderr).unwrap();
        for line in [
            "code     RESTIC_PASSWORD_COMMAND = sh -c ./evil\n",
            "code     X_SECRET_HOOK = ./evil\n",
            "sets     MY_TOKEN = ./evil\n",
            "code     GIT_SSH_COMMAND = ./ASIAEVILEVILEVILEVIL/run\n",
            "traffic  HTTPS_PROXY = http://*******@ASIAEVILEVILEVILEVIL.example\n",
        ] {
            assert!(shown.contains(line), "{line}{shown}");
        }
    }
    // Of a change, the lines are there even where all that differs is hidden in them.
    let path = world.project("repo", "profile = \"work\"\n[env]\nMY_TOKEN = \"./good\"\n");
    world.unallowed_project("repo", "profile = \"work\"\n[env]\nMY_TOKEN = \"./evil\"\n");
    let output = world.run(["allow".as_ref(), "--dry-run".as_ref(), path.as_os_str()]);
    let shown = String::from_utf8(output.stderr).unwrap();
    assert!(
        shown.contains("- MY_TOKEN = ") && shown.contains("+ MY_TOKEN = "),
        "{shown}"
    );
}
