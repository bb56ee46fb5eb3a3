//! What runs the tests of a binary: functions under `#[test]`, and rows of tables, each under a name of its own. Most of
//! them wait for a shell, so more of them run at once than there are cores. At the end it says what was left out.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::RefCell;
use std::env;
use std::fs::File;
use std::io::Write;
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use super::need::{self, LeftOut};

/// A function under `#[test]` (`tests/test_attribute`).
pub struct Test {
    /// With its modules, as `all::prompt::beside::beside_others_in_bash`.
    pub name: &'static str,
    pub run: fn(),
}

inventory::collect!(Test);

/// How many tests run at once on a core, where `--test-threads` says nothing.
const TESTS_PER_CORE: usize = 3;

/// Held for reading by each test that runs, for writing by one that must be alone.
static TURN: RwLock<()> = RwLock::new(());

enum Turn {
    Shared(#[expect(dead_code, reason = "held")] RwLockReadGuard<'static, ()>),
    Alone(#[expect(dead_code, reason = "held")] RwLockWriteGuard<'static, ()>),
}

thread_local! {
    static CURRENT: RefCell<Option<Current>> = const { RefCell::new(None) };
}

/// The test that a thread runs.
struct Current {
    name: String,
    turn: Option<Turn>,
    /// What it panicked with, and where.
    panic: Option<String>,
}

/// The name of the test that this thread runs.
pub fn current() -> String {
    CURRENT.with_borrow(|current| {
        current
            .as_ref()
            .map_or_else(|| "(no test)".to_owned(), |current| current.name.clone())
    })
}

/// Waits until no other test runs, and keeps all others waiting until this one ends: for a test that measures time.
pub fn alone() {
    let change = |turn: Option<Turn>| {
        CURRENT.with_borrow_mut(|current| current.as_mut().expect("a test").turn = turn);
    };
    change(None);
    change(Some(Turn::Alone(TURN.write().unwrap_or_else(PoisonError::into_inner))));
}

/// A test that is no function under `#[test]`.
pub fn row(name: impl Into<String>, run: impl FnOnce() + Send + 'static) -> Trial {
    let name = name.into();
    Trial::ignorable_test(name.clone(), move || run_one(name, run))
}

/// Runs the functions under `#[test]` and `rows`, as the command line says.
pub fn main(rows: Vec<Trial>) -> ExitCode {
    let mut arguments = Arguments::from_args();
    let cores = thread::available_parallelism().map_or(1, Into::into);
    arguments.test_threads.get_or_insert(TESTS_PER_CORE * cores);
    let mut trials = rows;
    for test in inventory::iter::<Test> {
        let (_, name) = test.name.split_once("::").expect("a test is in a module");
        trials.push(row(name, test.run));
    }
    trials.sort_by(|one, other| one.name().cmp(other.name()));
    keep_panics();
    let conclusion = libtest_mimic::run(&arguments, trials);
    if !arguments.list {
        need::tell();
    }
    conclusion.exit_code()
}

fn run_one(name: String, run: impl FnOnce()) -> Result<Completion, Failed> {
    let turn = Turn::Shared(TURN.read().unwrap_or_else(PoisonError::into_inner));
    CURRENT.set(Some(Current {
        name,
        turn: Some(turn),
        panic: None,
    }));
    let start = Instant::now();
    let result = panic::catch_unwind(AssertUnwindSafe(run));
    note_time(start.elapsed());
    let current = CURRENT.take().expect("set above");
    drop(current.turn);
    match result {
        Ok(()) => Ok(Completion::Completed),
        Err(payload) => match payload.downcast::<LeftOut>() {
            Ok(left_out) => Ok(Completion::ignored_with(format!("{} is missing", left_out.0))),
            Err(_) => Err(current.panic.unwrap_or_default().into()),
        },
    }
}

/// Appends how long this test took, in milliseconds, to the file that `TEST_TIMES` names.
fn note_time(taken: Duration) {
    if let Some(path) = env::var_os("TEST_TIMES") {
        let mut file = File::options()
            .create(true)
            .append(true)
            .open(path)
            .expect("TEST_TIMES");
        let line = format!("{:>6} {}\n", taken.as_millis(), current());
        file.write_all(line.as_bytes()).expect("TEST_TIMES");
    }
}

/// Has the panic of a test appear in the report of its failure, and not between other tests.
fn keep_panics() {
    let default = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if info.payload().is::<LeftOut>() {
            return;
        }
        let is_kept = CURRENT
            .try_with(|current| {
                let Ok(mut current) = current.try_borrow_mut() else {
                    return false;
                };
                let Some(current) = current.as_mut() else { return false };
                current.panic = Some(report(info));
                true
            })
            .unwrap_or(false);
        if !is_kept {
            default(info);
        }
    }));
}

fn report(info: &panic::PanicHookInfo<'_>) -> String {
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let backtrace = Backtrace::capture();
    let lines = match backtrace.status() {
        BacktraceStatus::Captured => own_frames(&backtrace.to_string()),
        _ => String::new(),
    };
    format!("{place}: {}\n    {lines}", message(info.payload()))
}

fn message(payload: &dyn Any) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a message")
}

/// The lines of a backtrace that lie in the tests.
fn own_frames(backtrace: &str) -> String {
    let is_own = |line: &&str| line.contains("tests/") && !line.contains("support/harness.rs");
    let own: Vec<&str> = backtrace.lines().map(str::trim).filter(is_own).collect();
    own.join("\n    ")
}
