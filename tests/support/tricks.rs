//! A clone with every trick in it that a stranger could think of, a directory for each.

#![allow(
    clippy::format_collect,
    clippy::semicolon_if_nothing_returned,
    reason = "a trick is one short expression"
)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use super::World;
use super::trace::Trace;

const PROJECT: &str = ".claude-bedrock.toml";

/// The largest project file, in bytes.
const LONGEST: usize = 64 << 10;

fn write(path: &Path, text: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
}

fn program(path: &Path, text: &str) {
    write(path, text);
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn link(leads_to: &str, path: &Path) {
    symlink(leads_to, path).unwrap();
}

fn fifo(path: &Path) {
    let kind = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, path, kind, rustix::fs::Mode::RWXU, 0).unwrap();
}

fn huge(path: &Path) {
    fs::File::create(path).unwrap().set_len(1 << 40).unwrap();
}

fn socket(at: &Path) {
    drop(std::os::unix::net::UnixListener::bind(at.join(PROJECT)).unwrap());
}

/// Links of which each brings some two thousand parts along, and at their end a file.
fn detours(directory: &Path, first: &str, end: &str) {
    fs::create_dir_all(directory.join("d")).unwrap();
    for number in 0..39 {
        let name = if number == 0 {
            first.to_owned()
        } else {
            format!("way{number}")
        };
        let next = if number == 38 {
            end.to_owned()
        } else {
            format!("way{}", number + 1)
        };
        symlink("d/../".repeat(700) + &next, directory.join(name)).unwrap();
    }
}

/// A name, and what lays the trick into a directory.
pub type Trick = (&'static str, fn(&Path));

/// Tricks with the project file.
const WITH_PROJECT: &[Trick] = &[
    ("a file of a terabyte", |at| huge(&at.join(PROJECT))),
    ("a FIFO", |at| fifo(&at.join(PROJECT))),
    ("a link to /dev/zero", |at| link("/dev/zero", &at.join(PROJECT))),
    ("a link to a terminal", |at| link("/dev/tty", &at.join(PROJECT))),
    ("a link to itself", |at| link(PROJECT, &at.join(PROJECT))),
    ("a link to a file of the system's", |at| {
        link("/etc/shadow", &at.join(PROJECT))
    }),
    ("a directory", |at| fs::create_dir(at.join(PROJECT)).unwrap()),
    ("a socket", socket),
    ("links that lead on and on", |at| {
        write(&at.join("end"), "profile = \"work\"\n");
        detours(at, PROJECT, "end");
    }),
    ("words like keys and a byte that is no text", |at| {
        let mut bytes = b"# ".to_vec();
        bytes.extend(b"AKIAAKIAAKIAAKIA token ".iter().cycle().take(LONGEST - 10));
        bytes.extend(b"\xff\n");
        write(&at.join(PROJECT), bytes);
    }),
    ("brackets without end", |at| {
        write(&at.join(PROJECT), "a = ".to_owned() + &"[".repeat(LONGEST - 10))
    }),
    ("tables without end", |at| {
        write(&at.join(PROJECT), "env = ".to_owned() + &"{a=".repeat(LONGEST / 4))
    }),
    ("dots without end", |at| {
        write(&at.join(PROJECT), format!("[{}a]\n", "a.".repeat(LONGEST / 3)))
    }),
    ("dots without end in a key", |at| {
        write(&at.join(PROJECT), format!("{}a = 1\n", "a.".repeat(LONGEST / 3)))
    }),
    ("a long key", |at| {
        write(&at.join(PROJECT), format!("{} = 1\n", "k".repeat(LONGEST - 10)))
    }),
    ("a long name of a profile", |at| {
        write(
            &at.join(PROJECT),
            format!("profile = \"{}\"\n", "w".repeat(LONGEST - 20)),
        )
    }),
    ("variables without end", |at| {
        let lines: String = (0..5000).map(|number| format!("A{number} = \"x\"\n")).collect();
        write(&at.join(PROJECT), "profile = \"work\"\n[env]\n".to_owned() + &lines);
    }),
    ("a command of ten thousand words", |at| {
        let words: String = (0..10_000).map(|number| format!("w{number} ")).collect();
        let text = format!("auth = {{ method = \"api-key\", api_key = {{ command = \"{words}\" }} }}\n");
        write(&at.join(PROJECT), text);
    }),
    ("a command that reads many files", |at| {
        for number in 0..1000 {
            write(&at.join(format!("many/{number}")), "");
        }
        let text = "auth = { method = \"api-key\", api_key = { command = \"sh -c many\" } }\n";
        write(&at.join(PROJECT), text);
    }),
    ("a command that reads long ways", |at| {
        write(&at.join("end"), "");
        detours(at, "start", "end");
        let words = "start ./start start/../start ".repeat(90);
        let text = format!("auth = {{ method = \"api-key\", api_key = {{ command = \"{words}\" }} }}\n");
        write(&at.join(PROJECT), text);
    }),
    ("everything that runs, moves and takes", |at| {
        write(
            &at.join(PROJECT),
            "profile = \"work\"\nregion = \"us-east-1\"\nbase_url = \"http://192.0.2.1:1/\"\n\
             auth = { method = \"gateway\", base_url = \"http://192.0.2.1:1/\", token = { command = \"sh -c 'touch planted'\" } }\n\
             [env]\nLD_PRELOAD = \"./evil.so\"\nBASH_ENV = \"./evil\"\nHTTPS_PROXY = \"http://192.0.2.1:1\"\nBROWSER = \"touch planted\"\n\
             PAGER = \"touch planted\"\nGIT_SSH_COMMAND = \"touch planted\"\nNODE_OPTIONS = \"--require ./evil.js\"\n",
        );
    }),
    ("what it may not move", |at| {
        let names = [
            "HOME",
            "PATH",
            "XDG_STATE_HOME",
            "CLAUDE_CONFIG_DIR",
            "AWS_CONFIG_FILE",
            "CLAUDE_BEDROCK_CONFIG",
        ];
        let lines: String = names.iter().map(|name| format!("{name} = \"./x\"\n")).collect();
        write(&at.join(PROJECT), "profile = \"work\"\n[env]\n".to_owned() + &lines);
    }),
    ("text that steers a terminal", |at| {
        write(
            &at.join(PROJECT),
            "profile = \"w\\u001b]0;x\\u0007\\u202eork\"\ndescription = \"\\u009b31m\\u200b\"\n[env]\n\"A\\u001b[2J\" = \"x\"\n# \u{1b}[2J\u{202e}\n",
        );
    }),
    ("a file for everybody to write", |at| {
        write(&at.join(PROJECT), "profile = \"work\"\n");
        fs::set_permissions(at.join(PROJECT), fs::Permissions::from_mode(0o666)).unwrap();
    }),
];

/// Tricks with what git and Claude Code look at. The project file is plain.
pub const BESIDE: &[Trick] = &[
    ("git is a FIFO", |at| fifo(&at.join(".git"))),
    ("git is endless", |at| link("/dev/zero", &at.join(".git"))),
    ("git is a terabyte", |at| huge(&at.join(".git"))),
    ("git leads to what is endless", |at| {
        write(&at.join(".git"), "gitdir: /dev/zero\n")
    }),
    ("git is somebody else's", |at| link("../../own/.git", &at.join(".git"))),
    ("git has a record of its own", |at| {
        write(&at.join(".git"), "gitdir: record\n");
        write(&at.join("record/gitdir"), "../.git\n");
        write(&at.join("record/commondir"), "../../../own/.git\n");
    }),
    ("git has a record that is no file", |at| {
        write(&at.join(".git"), "gitdir: record\n");
        fs::create_dir(at.join("record")).unwrap();
        fifo(&at.join("record/gitdir"));
        huge(&at.join("record/commondir"));
    }),
    ("git leads on and on", |at| {
        fs::create_dir(at.join("end")).unwrap();
        detours(at, "start", "end");
        write(&at.join(".git"), format!("gitdir: {}start\n", "start/../".repeat(400)));
    }),
    ("settings are a terabyte", |at| {
        fs::create_dir(at.join(".claude")).unwrap();
        huge(&at.join(".claude/settings.json"));
    }),
    ("settings are a FIFO", |at| {
        fs::create_dir(at.join(".claude")).unwrap();
        fifo(&at.join(".claude/settings.local.json"));
    }),
    ("settings are endless", |at| {
        fs::create_dir(at.join(".claude")).unwrap();
        link("/dev/zero", &at.join(".claude/settings.json"));
    }),
    ("settings are brackets", |at| {
        write(&at.join(".claude/settings.json"), "[".repeat(1 << 20))
    }),
    ("settings are objects", |at| {
        write(&at.join(".claude/settings.json"), "{\"a\":".repeat(200_000))
    }),
    ("settings have many names", |at| {
        let env: Vec<String> = (0..20_000)
            .map(|number| format!("\"AWS_REGION{number}\": \"x\""))
            .collect();
        write(
            &at.join(".claude/settings.json"),
            format!("{{\"env\": {{{}}}}}", env.join(",")),
        );
    }),
    ("settings run and steer", |at| {
        write(
            &at.join(".claude/settings.json"),
            r#"{"env": {"AWS_REGION": "\u001b]0;x\u0007\u202e", "AWS_PROFILE": "x"}, "awsAuthRefresh": "touch planted",
                "awsCredentialExport": "./claude-bedrock credentials work", "apiKeyHelper": "touch planted"}"#,
        );
    }),
    ("settings are the system's", |at| link("/", &at.join(".claude"))),
    ("settings lead on and on", |at| {
        fs::create_dir(at.join(".claude")).unwrap();
        write(&at.join(".claude/end"), "{}");
        detours(&at.join(".claude"), "settings.json", "end");
    }),
    ("programs of the names that are called", |at| {
        for name in [
            "claude",
            "claude-bedrock",
            "aws",
            "git",
            "sh",
            "less",
            "w0",
            "bin/claude",
            "bin/aws",
        ] {
            program(&at.join(name), "#!/bin/sh\ntouch \"$HOME/planted\"\n");
        }
        let command = "auth = { method = \"api-key\", api_key = { command = \"w0\" } }\n";
        write(&at.join(PROJECT), command);
    }),
];

/// The clone's directories by the tricks that are in them.
pub fn lay(world: &World) -> BTreeMap<String, PathBuf> {
    let mut directories = BTreeMap::new();
    for (name, lay) in WITH_PROJECT.iter().chain(BESIDE) {
        let directory = world.directory(format!("clone/{}", name.replace(['/', ' '], "-")));
        lay(&directory);
        if fs::symlink_metadata(directory.join(PROJECT)).is_err() {
            write(&directory.join(PROJECT), "profile = \"work\"\n");
        }
        directories.insert((*name).to_owned(), directory);
    }
    // A name that runs and steers, for whoever does not quote it.
    let name = "$(touch planted)`touch planted`;touch planted;'\"\n\u{1b}]0;x\u{7}\u{202e}";
    let directory = world.directory(format!("clone/{name}"));
    write(&directory.join(PROJECT), "profile = 1\n");
    directories.insert("a name that runs".to_owned(), directory);
    // Many files one above the other.
    let mut directory = world.directory("clone/deep");
    for _ in 0..100 {
        write(&directory.join(PROJECT), "# ".to_owned() + &"x".repeat(LONGEST - 10));
        directory.push("d");
        fs::create_dir(&directory).unwrap();
    }
    directories.insert("files above files".to_owned(), directory);
    // One that was allowed, and is now another from its first to its last line.
    let lines = |start: usize| {
        (start..start + 4000)
            .map(|number| format!("# {number}\n"))
            .collect::<String>()
    };
    world.project("clone/edited", &lines(10_000));
    world.unallowed_project("clone/edited", &lines(20_000));
    directories.insert("a file that was edited".to_owned(), world.path("clone/edited"));
    directories
}

/// Everything below `directory`, with what tells that it is unchanged.
pub fn state(directory: &Path) -> Vec<(PathBuf, u32, u64, i64, i64)> {
    let mut found = Vec::new();
    let mut waiting = vec![directory.to_path_buf()];
    while let Some(path) = waiting.pop() {
        let metadata = fs::symlink_metadata(&path).unwrap();
        if metadata.is_dir() {
            waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
        found.push((
            path,
            metadata.mode(),
            metadata.size(),
            metadata.mtime(),
            metadata.mtime_nsec(),
        ));
    }
    found.sort();
    found
}

/// What a command may ask for in one of the directories. Most ask for a few hundred calls; the longest way up, and
/// settings of a megabyte, for more.
const MOST_CALLS: usize = 12_000;
const MOST_BYTES: u64 = 8 << 20;

/// It did bounded work, wrote nothing but this program's own state, and spoke to nobody.
pub fn assert_harmless(world: &World, what: &str, trace: &Trace) {
    assert!(trace.calls > 10, "{what}: strace tells nothing");
    assert!(trace.calls < MOST_CALLS, "{what}: {} calls", trace.calls);
    assert!(trace.read < MOST_BYTES, "{what}: {} bytes are read", trace.read);
    assert!(trace.spoken.is_empty(), "{what}: {:?}", trace.spoken);
    let own = world.path(".local/state/claude-bedrock");
    let is_own = |path: &&PathBuf| {
        let started = world.path("started");
        path.starts_with(&own)
            || own.starts_with(path)
            || **path == started
            || path.starts_with("/dev")
            || path.starts_with("/proc")
    };
    let elsewhere: Vec<&PathBuf> = trace.written.iter().filter(|path| !is_own(path)).collect();
    assert!(elsewhere.is_empty(), "{what}: {elsewhere:?} are written");
}
