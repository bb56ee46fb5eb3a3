//! Behaviour 3 at its sharpest: a file that is replaced while it is being loaded. Whatever the moment and the
//! way, the next prompt has what was written last. And at the edges: which replacements a watch sees, and which
//! one it cannot.
//!
//! `RACES_SEED` sets the seed of the moments, which a failure prints; `RACES_TRIALS` the number of trials.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::support::{Shell, World, set_time, world};

/// The number, for each way of replacing a file.
const TRIALS: u32 = 1000;

/// The same loop in the other shells, which differ only in how they test the watch.
const TRIALS_ELSEWHERE: u32 = 200;

/// How a program replaces a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// `sed -i` of an editor that keeps the inode: over the old bytes.
    InPlace,
    /// `>file`: empty for a moment, then half, then whole.
    TruncateAndWrite,
    /// `mv new file`.
    Rename,
    /// `rm file`, then a new one.
    UnlinkAndCreate,
    /// `ln -sfn other file`, sometimes to a target of the same time.
    MoveLink,
}

const WAYS: [Way; 5] = [
    Way::InPlace,
    Way::TruncateAndWrite,
    Way::Rename,
    Way::UnlinkAndCreate,
    Way::MoveLink,
];

/// The file that is replaced.
struct Target {
    path: PathBuf,
    way: Way,
    count: u32,
}

impl Target {
    fn new(path: PathBuf, way: Way) -> Self {
        if way == Way::MoveLink {
            let first = path.with_extension("0");
            fs::rename(&path, &first).unwrap();
            symlink(&first, &path).unwrap();
        }
        Self { path, way, count: 0 }
    }

    /// Puts `text` in the place of what was there.
    fn replace(&mut self, text: &str) {
        self.count += 1;
        let new = self.path.with_extension("new");
        match self.way {
            Way::InPlace => {
                let file = File::options().write(true).open(&self.path).unwrap();
                file.write_all_at(text.as_bytes(), 0).unwrap();
            }
            Way::TruncateAndWrite => {
                let (first, second) = text.split_at(text.len() / 2);
                let mut file = created(&self.path);
                thread::yield_now();
                file.write_all(first.as_bytes()).unwrap();
                thread::yield_now();
                file.write_all(second.as_bytes()).unwrap();
            }
            Way::Rename => {
                created(&new).write_all(text.as_bytes()).unwrap();
                fs::rename(new, &self.path).unwrap();
            }
            Way::UnlinkAndCreate => {
                fs::remove_file(&self.path).unwrap();
                thread::yield_now();
                created(&self.path).write_all(text.as_bytes()).unwrap();
            }
            Way::MoveLink => {
                let other = self.path.with_extension((self.count % 3).to_string());
                let mut file = created(&other);
                file.write_all(text.as_bytes()).unwrap();
                if self.count.is_multiple_of(2) {
                    file.set_modified(long_ago()).unwrap();
                }
                symlink(other, &new).unwrap();
                fs::rename(new, &self.path).unwrap();
            }
        }
    }
}

/// An empty file that only its owner can write, whatever the umask.
fn created(path: &Path) -> File {
    File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o644)
        .open(path)
        .unwrap()
}

fn long_ago() -> SystemTime {
    UNIX_EPOCH + Duration::new(1_700_000_000, 123_456_789)
}

/// A long-lived shell with the hook. Each line it reads is a prompt: the hook runs, and the shell answers with
/// the variable `RACE` and whether the watch holds now.
struct Prompt {
    shell: Shell,
    child: Child,
    lines: ChildStdin,
    answers: BufReader<ChildStdout>,
    errors: PathBuf,
}

impl Prompt {
    fn start(world: &World, directory: &Path) -> Self {
        Self::start_with(world, directory, "")
    }

    /// `instead` stands in the hook's place, if it is not empty.
    fn start_with(world: &World, directory: &Path, instead: &str) -> Self {
        let shell = world.shell;
        let hook = match (instead, shell) {
            ("", Shell::Powershell) => "__ClaudeBedrockUpdate",
            ("", _) => "__claude_bedrock_hook",
            (instead, _) => instead,
        };
        let turn = match shell {
            Shell::Bash | Shell::Zsh => format!(
                "while IFS= read -r line; do {hook}; __claude_bedrock_fresh; printf '%s %s\\n' \"${{RACE-none}}\" $?; done"
            ),
            Shell::Fish => format!(
                "while read line; {hook}; __claude_bedrock_fresh; set fresh $status; set -q RACE; or set -l RACE none; echo $RACE $fresh; end"
            ),
            Shell::Powershell => format!(
                "while ($null -ne [Console]::In.ReadLine()) {{ {hook}; $fresh = [int] -not (__ClaudeBedrockFresh); \
                 $race = if ($env:RACE) {{ $env:RACE }} else {{ 'none' }}; [Console]::Out.WriteLine(\"$race $fresh\") }}"
            ),
        };
        let script = format!("{}\n{turn}", world.load_line());
        let errors = world.records().join("stderr");
        let mut child = world
            .command(shell.need())
            .args(shell.script(&script))
            .current_dir(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&errors).unwrap())
            .spawn()
            .unwrap();
        let (lines, answers) = (
            child.stdin.take().unwrap(),
            BufReader::new(child.stdout.take().unwrap()),
        );
        Self {
            shell,
            child,
            lines,
            answers,
            errors,
        }
    }

    /// Starts a prompt.
    fn ask(&mut self) {
        self.lines.write_all(b"\n").unwrap();
    }

    /// Waits for what [`Self::ask`] started: the value, and whether the watch holds.
    fn answer(&mut self) -> (String, bool) {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        let Some((value, fresh)) = line.trim_end().rsplit_once(' ') else {
            panic!("{} answered {line:?}\n{}", self.shell.name(), self.errors());
        };
        (value.to_owned(), fresh == "0")
    }

    /// One whole prompt.
    fn turn(&mut self) -> String {
        self.ask();
        self.answer().0
    }

    /// Prompts until the watch holds; returns the value then.
    fn settled(&mut self) -> String {
        let start = Instant::now();
        loop {
            self.ask();
            let (value, fresh) = self.answer();
            if fresh {
                return value;
            }
            assert!(
                start.elapsed() < Duration::from_secs(10),
                "{} never settles",
                self.shell.name()
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn errors(&self) -> String {
        fs::read_to_string(&self.errors).unwrap()
    }
}

impl Drop for Prompt {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A small generator of random numbers (xorshift64*), so that a seed is enough to repeat a run.
struct Random(u64);

impl Random {
    fn new() -> Self {
        let now = || u64::from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos());
        Self(number("RACES_SEED").unwrap_or_else(now) | 1)
    }

    /// A number from 0 to `limit` inclusive.
    fn up_to(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16) % (limit + 1)
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// A profile whose only variable is `value`, of one length for all values.
fn config(value: u32) -> String {
    format!("default_profile = \"work\"\n[profiles.work.env]\nRACE = \"value-{value:06}\"\n")
}

/// What [`race`] has seen.
struct Outcome {
    /// Trials after which the next prompt did not have what was written last.
    stale: Vec<String>,
    /// Trials in which the load that was raced had the old value, and in which it had the new one.
    before: u32,
    after: u32,
}

/// Replaces the user's file at a random moment of a load, again and again.
fn race(shell: Shell, way: Way, trials: u32, instead: impl Fn(&World) -> String) -> Outcome {
    let mut random = Random::new();
    let seed = random.0;
    let world = World::new(shell);
    world.config(&config(0));
    let mut target = Target::new(world.config_path(), way);
    let mut prompt = Prompt::start_with(&world, &world.home(), &instead(&world));
    prompt.turn();
    let mut outcome = Outcome {
        stale: Vec::new(),
        before: 0,
        after: 0,
    };
    // How long a prompt that loads takes here and now; the moments lie in one and a half times that.
    let mut usual = Duration::from_millis(5);
    for trial in 1..=trials {
        let (old, new) = (trial * 2, trial * 2 + 1);
        target.replace(&config(old));
        // Now and then the old file has long been there when the load comes.
        if trial.is_multiple_of(32) {
            prompt.turn();
            thread::sleep(Duration::from_millis(25));
        }
        let start = Instant::now();
        prompt.ask();
        let span = u64::try_from(usual.as_micros()).unwrap() * 3 / 2;
        let moment = Duration::from_micros(random.up_to(span));
        thread::sleep(moment);
        target.replace(&config(new));
        let (raced, _) = prompt.answer();
        usual = (usual * 7 + start.elapsed().min(Duration::from_millis(50))) / 8;
        let wanted = format!("value-{new:06}");
        outcome.before += u32::from(raced == format!("value-{old:06}"));
        outcome.after += u32::from(raced == wanted);
        let next = prompt.turn();
        if next != wanted {
            let later = prompt.turn();
            outcome.stale.push(format!(
                "trial {trial}, edited after {moment:?}: {raced} while it was loaded, then {next}, then {later}"
            ));
        }
    }
    println!(
        "{} {way:?}, RACES_SEED={seed}: {trials} trials, {} saw the old file, {} the new, {} stale",
        shell.name(),
        outcome.before,
        outcome.after,
        outcome.stale.len()
    );
    let errors = prompt.errors();
    assert!(!errors.contains("panicked"), "{errors}");
    outcome
}

/// Runs all trials of one way in one shell.
fn nothing_is_stale(shell: Shell, way: Way, trials: u32) {
    shell.need();
    let trials = number("RACES_TRIALS").map_or(trials, |trials| u32::try_from(trials).unwrap());
    let outcome = race(shell, way, trials, |_| String::new());
    assert!(
        outcome.before > 0 && outcome.after > 0,
        "{}: the edits did not meet the loads: {} came after, {} before",
        shell.name(),
        outcome.before,
        outcome.after
    );
    assert!(
        outcome.stale.is_empty(),
        "{} of {trials} are stale in {} ({way:?}):\n{}",
        outcome.stale.len(),
        shell.name(),
        outcome.stale.join("\n")
    );
}

#[test]
fn a_file_written_in_place_while_it_is_loaded_is_never_stale() {
    nothing_is_stale(Shell::Bash, Way::InPlace, TRIALS);
}

#[test]
fn a_file_truncated_and_written_while_it_is_loaded_is_never_stale() {
    nothing_is_stale(Shell::Bash, Way::TruncateAndWrite, TRIALS);
}

#[test]
fn a_file_replaced_by_rename_while_it_is_loaded_is_never_stale() {
    nothing_is_stale(Shell::Bash, Way::Rename, TRIALS);
}

#[test]
fn a_file_unlinked_and_created_while_it_is_loaded_is_never_stale() {
    nothing_is_stale(Shell::Bash, Way::UnlinkAndCreate, TRIALS);
}

#[test]
fn a_link_moved_while_it_is_loaded_is_never_stale() {
    nothing_is_stale(Shell::Bash, Way::MoveLink, TRIALS);
}

#[test]
fn zsh_is_never_stale_in_any_way() {
    for way in WAYS {
        nothing_is_stale(Shell::Zsh, way, TRIALS_ELSEWHERE);
    }
}

#[test]
fn fish_is_never_stale_in_any_way() {
    for way in WAYS {
        nothing_is_stale(Shell::Fish, way, TRIALS_ELSEWHERE);
    }
}

#[test]
fn powershell_is_never_stale_in_any_way() {
    for way in WAYS {
        nothing_is_stale(Shell::Powershell, way, TRIALS_ELSEWHERE);
    }
}

/// What the profiles of a large file mean is remembered between loads. A load that goes by this memory is
/// raced, too: the file has been as it is for a while, it has been loaded, and then something else asks for
/// another load.
#[test]
fn a_large_file_whose_meaning_is_remembered_is_never_stale() {
    const TRIALS: u32 = 20;
    let large = |value: u32| config(value) + &"# a line of a large file\n".repeat(1000);
    let mut random = Random::new();
    let seed = random.0;
    for way in WAYS {
        let world = World::new(Shell::Bash);
        world.config(&large(0));
        let mut target = Target::new(world.config_path(), way);
        let forced = "[[ $line != again ]] || function __claude_bedrock_fresh { [[ -n '' ]]; }; __claude_bedrock_hook";
        let mut prompt = Prompt::start_with(&world, &world.home(), forced);
        let (mut remembered, mut stale) = (0, Vec::new());
        for trial in 1..=TRIALS {
            let (old, new) = (trial * 2, trial * 2 + 1);
            target.replace(&large(old));
            assert_eq!(prompt.settled(), value(old));
            remembered += u32::from(records(&world) > 0);
            prompt.lines.write_all(b"again\n").unwrap();
            let moment = Duration::from_micros(random.up_to(8000));
            thread::sleep(moment);
            target.replace(&large(new));
            let (raced, _) = prompt.answer();
            let next = prompt.turn();
            if next != value(new) {
                stale.push(format!("trial {trial}, edited after {moment:?}: {raced}, then {next}"));
            }
        }
        assert!(stale.is_empty(), "RACES_SEED={seed}, {way:?}:\n{}", stale.join("\n"));
        assert!(
            remembered > 0,
            "nothing is remembered of a large file: this test has no subject"
        );
    }
}

/// How many records of large files there are.
fn records(world: &World) -> usize {
    fs::read_dir(world.path(".local/state/claude-bedrock/cache")).map_or(0, Iterator::count)
}

/// The control: a hook that looks at the file's time when it has loaded, not before, goes stale in the very
/// same loop.
#[test]
fn a_watch_that_is_taken_after_the_load_goes_stale_in_the_same_loop() {
    let naive = |world: &World| {
        let (file, reference) = (world.config_path(), world.path("reference"));
        let (file, reference) = (file.display(), reference.display());
        format!(
            "if [[ ! -e {reference} || {file} -nt {reference} || {file} -ot {reference} ]]; then \
             eval \"$(\"$__claude_bedrock_program\" export bash)\"; touch -r {file} {reference}; fi"
        )
    };
    let stale: usize = [Way::InPlace, Way::Rename]
        .map(|way| race(Shell::Bash, way, 100, naive).stale.len())
        .iter()
        .sum();
    assert!(
        stale > 0,
        "200 trials without the product's watch were never stale: the loop sees nothing"
    );
}

/// Runs `test` in every shell that the machine has.
fn in_each_shell(test: impl FnMut(Shell)) {
    world::found().into_iter().for_each(test);
}

/// A world whose user's file has the value 0 and a time long ago, and a shell for which it is settled.
fn settled(shell: Shell) -> (World, Prompt) {
    let world = World::new(shell);
    world.config(&config(0));
    set_time(&world.config_path(), long_ago());
    let mut prompt = Prompt::start(&world, &world.home());
    assert_eq!(prompt.settled(), value(0), "{}", shell.name());
    (world, prompt)
}

fn value(number: u32) -> String {
    format!("value-{number:06}")
}

/// Writes another file and puts it in the place of the user's with a rename, at `time`.
fn replace_at(world: &World, number: u32, time: SystemTime) {
    let new = world.write("new.toml", config(number));
    set_time(&new, time);
    fs::rename(new, world.config_path()).unwrap();
}

#[test]
fn an_older_file_in_the_place_of_a_newer_one_is_noticed() {
    in_each_shell(|shell| {
        let (world, mut prompt) = settled(shell);
        replace_at(&world, 1, long_ago() - Duration::from_hours(24));
        assert_eq!(prompt.turn(), value(1), "{}", shell.name());
    });
}

#[test]
fn an_edit_whose_time_is_set_into_the_past_is_noticed() {
    in_each_shell(|shell| {
        let (world, mut prompt) = settled(shell);
        world.config(&config(1));
        set_time(&world.config_path(), long_ago() - Duration::from_secs(1));
        assert_eq!(prompt.turn(), value(1), "{}", shell.name());
    });
}

/// One nanosecond is a difference to bash, zsh and fish; PowerShell knows steps of a hundred.
#[test]
fn the_least_difference_of_two_times_is_noticed() {
    in_each_shell(|shell| {
        let least = Duration::from_nanos(if shell == Shell::Powershell { 100 } else { 1 });
        let (world, mut prompt) = settled(shell);
        replace_at(&world, 1, long_ago() + least);
        assert_eq!(prompt.settled(), value(1), "{}: later", shell.name());
        replace_at(&world, 2, long_ago());
        assert_eq!(prompt.turn(), value(2), "{}: earlier", shell.name());
    });
}

/// Times that programs which make builds repeatable give to all files, and the edges of file systems.
#[test]
fn files_from_the_edges_of_time_settle_and_are_noticed() {
    let zero = UNIX_EPOCH;
    let half = Duration::from_millis(500);
    let times = [
        zero,
        zero + Duration::from_secs(1),
        zero + half,
        zero - half,
        zero - Duration::from_hours(24),
        zero + Duration::from_secs(1 << 31),
    ];
    in_each_shell(|shell| {
        let (world, mut prompt) = settled(shell);
        for (number, time) in (1..).zip(times) {
            replace_at(&world, number, time);
            assert_eq!(prompt.settled(), value(number), "{}: {time:?}", shell.name());
        }
        // Whole seconds from now on count as unsettled; in the end they settle, too.
        replace_at(
            &world,
            99,
            UNIX_EPOCH + Duration::from_secs(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + 3600),
        );
        assert_eq!(prompt.settled(), value(99), "{}: an hour ahead", shell.name());
    });
}

/// The limit that docs/limits.md names: a file in another's place with the very same time. Nobody but a program
/// that sets times can make one. Anything else about the file does not help it: its size may differ.
#[test]
fn a_file_of_exactly_the_same_time_is_not_noticed_until_anything_else_changes() {
    in_each_shell(|shell| {
        let (world, mut prompt) = settled(shell);
        replace_at(&world, 1, long_ago());
        assert_eq!(
            prompt.turn(),
            value(0),
            "{} can see it now: change docs/limits.md and this test",
            shell.name()
        );
        world.config(&config(1));
        assert_eq!(prompt.turn(), value(1), "{}: the next edit", shell.name());
    });
}

/// A link that leads nowhere is a file that is not there: nothing is loaded at each prompt because of it, and
/// what it leads to one day is noticed.
#[test]
fn a_link_that_leads_nowhere_settles_and_its_target_is_noticed() {
    in_each_shell(|shell| {
        let (world, mut prompt) = settled(shell);
        fs::remove_file(world.config_path()).unwrap();
        symlink(world.path("later.toml"), world.config_path()).unwrap();
        assert_eq!(prompt.settled(), "none", "{}", shell.name());
        world.write("later.toml", config(1));
        set_time(&world.path("later.toml"), long_ago());
        assert_eq!(prompt.turn(), value(1), "{}", shell.name());
    });
}

/// Makes the user's file out of links, with the value 1, and returns the link to move and where to.
type Links = fn(&World) -> (PathBuf, PathBuf);

/// Where a link can stand on the way to the file.
const LINKS: [(&str, Links); 4] = [
    ("the file itself", |world| {
        symlink(world.path("first/config.toml"), world.config_path()).unwrap();
        (world.config_path(), world.path("second/config.toml"))
    }),
    ("a link that the file's link leads to", |world| {
        symlink(world.path("first/config.toml"), world.path("between")).unwrap();
        symlink(world.path("between"), world.config_path()).unwrap();
        (world.path("between"), world.path("second/config.toml"))
    }),
    ("a directory that the file's link leads through", |world| {
        symlink(world.path("first"), world.path("generation")).unwrap();
        symlink(world.path("generation/config.toml"), world.config_path()).unwrap();
        (world.path("generation"), world.path("second"))
    }),
    ("the file's directory", |world| {
        let directory = world.config_path().parent().unwrap().to_path_buf();
        fs::remove_dir(&directory).unwrap();
        symlink(world.path("first"), &directory).unwrap();
        (directory, world.path("second"))
    }),
];

/// As dotfile managers keep files, and systems that give every file the same time.
#[test]
fn a_link_that_is_moved_is_noticed_wherever_it_stands_and_whatever_the_times() {
    let mut missed = Vec::new();
    for (place, build) in LINKS {
        for (times, second_time) in [
            ("other", long_ago() - Duration::from_hours(1)),
            ("the same", long_ago()),
        ] {
            in_each_shell(|shell| {
                let world = World::new(shell);
                fs::remove_file(world.config_path()).unwrap();
                for (name, number, time) in [("first", 1, long_ago()), ("second", 2, second_time)] {
                    let path = world.write(Path::new(name).join("config.toml"), config(number));
                    set_time(&path, time);
                }
                let (link, target) = build(&world);
                let mut prompt = Prompt::start(&world, &world.home());
                assert_eq!(prompt.settled(), value(1), "{}: {place}", shell.name());
                symlink(target, world.path("new-link")).unwrap();
                fs::rename(world.path("new-link"), link).unwrap();
                if prompt.turn() != value(2) {
                    missed.push(format!("{}: {place} moved to a target of {times} time", shell.name()));
                }
            });
        }
    }
    assert!(missed.is_empty(), "not noticed: {missed:#?}");
}
