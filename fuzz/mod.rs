//! A target for every reader of bytes that somebody else has written. Each does what the program does with them, and
//! says what must hold whatever they are.
//!
//! `scripts/fuzz` gives them to libFuzzer. What it has found interesting lies in `fuzz/corpus/TARGET`, what once broke
//! something in `fuzz/found/TARGET`; the test at the end runs all of it with every other test.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD};

use crate::aws;
use crate::aws_files::Files;
use crate::claude::edit::Editor;
use crate::claude::launcher::contents::{self, Contents};
use crate::claude::settings::{self, Tier};
use crate::claude::shadow::Own;
use crate::claude::{json, record};
use crate::command::statusline::of_any_bytes as statusline_of;
use crate::diagnostic::{Diagnostic, Source};
use crate::effects::Effects;
use crate::import;
use crate::load;
use crate::profile::command_files;
use crate::profile::layers::Project;
use crate::session::Look;
use crate::session::others::{self, Others};
use crate::session::state::State;
use crate::session::transition::{self, Situation};
use crate::setup::block::{self, Made};
use crate::shell;
use crate::system::text::{fit, judged, shortened, visible};
use crate::system::variables::Snapshot;
use crate::system::{command_line, lines, redact, time};
use crate::variables;

/// A target: its name, and what it does with bytes.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: &[Target] = &[
    ("aws_answer", aws_answer),
    ("aws_config", aws_config),
    ("command_line", command_line),
    ("configuration", configuration),
    ("git_file", git_file),
    ("launcher_settings", launcher_settings),
    ("links", links),
    ("other_tools", other_tools),
    ("project_file", project_file),
    ("quoting", quoting),
    ("rc_file", rc_file),
    ("settings_json", settings_json),
    ("settings_record", settings_record),
    ("state", state),
    ("statusline", statusline),
    ("text", text),
    ("token", token),
    ("trust_record", trust_record),
];

/// More than anybody is shown of one finding, in bytes.
const LONGEST_FINDING: usize = 64 << 10;

/// Nothing in a text that somebody sees may steer a terminal.
fn assert_fit(text: &str) {
    let hidden = judged(text).find(|(_, c, is_hidden)| *c != '\n' && *is_hidden);
    assert_eq!(hidden, None, "{text:?}");
}

fn assert_finding(finding: &Diagnostic) {
    for text in [finding.render(false), finding.render_with_code(false)] {
        assert_fit(&text);
        assert!(text.len() <= LONGEST_FINDING, "{} bytes", text.len());
    }
    let json: serde_json::Value = serde_json::from_str(&finding.json().to_string()).unwrap();
    assert!(json["message"].is_string());
}

fn source(path: &str, bytes: &[u8]) -> Option<Rc<Source>> {
    let text = std::str::from_utf8(bytes).ok()?;
    Some(Rc::new(Source::new(PathBuf::from(path), text.to_owned())))
}

/// `.claude-bedrock.toml`: read before anybody has allowed it, then shown and asked about.
fn project_file(bytes: &[u8]) {
    let Some(source) = source("/nonexistent/repository/.claude-bedrock.toml", bytes) else {
        return;
    };
    let project = match Project::parse(&source) {
        Ok(project) => project,
        Err(finding) => return assert_finding(&finding),
    };
    let files = match command_files::of(&project) {
        Ok(files) => files,
        Err(finding) => return assert_finding(&finding),
    };
    match Effects::of(&project, &files) {
        Ok(effects) => {
            effects.lines.iter().for_each(|line| assert_fit(line));
            let text = effects.lines.join("\n");
            // Nothing is left out because it looks harmless.
            for (path, _) in project.settings.iter() {
                let name = path.strip_prefix("env.").unwrap_or(path);
                let shown = visible(name);
                assert!(text.contains(&shown) || project.profile.is_some(), "{path} in {text}");
            }
        }
        Err(finding) => assert_finding(&finding),
    }
}

/// `config.toml`: the user's own, an administrator's, or one that another tool has written.
fn configuration(bytes: &[u8]) {
    let Some(source) = source("/nonexistent/config.toml", bytes) else {
        return;
    };
    match load::check_config(&source) {
        Ok(profiles) => {
            for finding in profiles.into_values().filter_map(Result::err) {
                assert_finding(&finding);
            }
        }
        Err(finding) => assert_finding(&finding),
    }
}

/// `CLAUDE_BEDROCK_STATE`: whoever starts the shell can have set it. The bytes are the payload; behind a first byte of
/// 0xff they are the variable as it stands.
fn state(bytes: &[u8]) {
    let value = match bytes.split_first() {
        Some((0xff, rest)) => String::from_utf8_lossy(rest).into_owned(),
        Some((version, rest)) => format!("{}{}", 1 + version % 2, BASE64URL_NOPAD.encode(rest)),
        None => String::new(),
    };
    let Some(state) = State::decode(OsStr::new(&value)) else {
        return;
    };
    assert_eq!(State::decode(OsStr::new(&state.encode())).as_ref(), Some(&state));
    if state.stash.is_some() {
        return;
    }
    let snapshot = Snapshot::from([
        ("AWS_REGION".into(), "eu-west-1".into()),
        ("HOME".into(), "/home/x".into()),
    ]);
    let others = Others::default();
    let situation = Situation {
        others: &others,
        look: Look::First,
        before: None,
    };
    let Ok((changes, _)) = transition::between(&snapshot, &state, None, situation) else {
        return;
    };
    for (name, value) in &changes.variables {
        assert!(variables::may_be_held(name), "{name}");
        assert!(value.is_none() || variables::may_be_carried(name), "{name}");
    }
    for shell in shell::ALL {
        shell.changes(&changes);
    }
}

/// What other tools keep in the environment: the first byte says how the rest is packed.
fn other_tools(bytes: &[u8]) {
    let Some((kind, rest)) = bytes.split_first() else {
        return;
    };
    let packed = miniz_oxide::deflate::compress_to_vec_zlib(rest, 1);
    let mut parts = rest.splitn(2, |byte| *byte == b'=');
    let (name, value) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let snapshot = Snapshot::from(match kind % 7 {
        0 => [(others::DIRENV.into(), os_string(rest))],
        1 => [(others::DIRENV.into(), BASE64URL_NOPAD.encode(rest).into())],
        2 => [(others::DIRENV.into(), BASE64URL_NOPAD.encode(&packed).into())],
        3 => [(others::MISE.into(), BASE64_NOPAD.encode(rest).into())],
        4 => [(others::MISE.into(), BASE64_NOPAD.encode(&packed).into())],
        5 => [(others::SHADOWENV.into(), os_string(&[b"0:", rest].concat()))],
        // Under a longer name, as scripts keep it.
        _ => [(os_string(name), os_string(value))],
    });
    let others = Others::of(&snapshot);
    others.about("AWS_PROFILE");
}

fn os_string(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStrExt as _;
    OsStr::from_bytes(bytes).to_owned()
}

/// `.claude/settings.json` and its like: read, and edited in place.
fn settings_json(bytes: &[u8]) {
    let Some(source) = source("/nonexistent/.claude/settings.json", bytes) else {
        return;
    };
    let text = source.text();
    match settings::understood(Tier::Project, &source) {
        Ok(settings) => settings.faults.iter().chain(&settings.lenient).for_each(assert_finding),
        Err(finding) => assert_finding(&finding),
    }
    let read = json::document(text);
    let strict = serde_json::from_str::<serde_json::Value>(text);
    if strict.is_ok() {
        let document = read.as_ref().expect("another parser reads it");
        assert!(document.lenient.is_none());
    }
    let is_blank = read
        .as_ref()
        .is_ok_and(|document| document.top.is_none() && document.lenient.is_none());
    if is_blank || matches!(&strict, Ok(value) if value.is_object()) {
        let members = [
            (vec!["awsAuthRefresh".to_owned()], "\"x login y\"".to_owned()),
            (
                vec!["env".to_owned(), "AWS_REGION".to_owned()],
                "\"eu-west-1\"".to_owned(),
            ),
        ];
        let (written, record) = record::written(text, false, &members);
        assert_eq!(Editor::undone(&written, &record.splices).as_deref(), Some(text));
        let after: serde_json::Value = serde_json::from_str(&written).expect("what is written is JSON");
        let env_is_object =
            strict.is_err() || strict.is_ok_and(|value| value.get("env").is_none_or(serde_json::Value::is_object));
        assert_eq!(after["awsAuthRefresh"], "x login y");
        assert!(!env_is_object || after["env"]["AWS_REGION"] == "eu-west-1", "{written}");
    }
}

/// What the user has given Claude Code by `--settings`, which the launcher merges into its own.
fn launcher_settings(bytes: &[u8]) {
    let text = format!("{{{}", String::from_utf8_lossy(bytes));
    match contents::given(&text) {
        Ok(theirs) => {
            let mut ours = Contents {
                settings: settings_map(r#"{"env":{"AWS_REGION":"eu-west-1"},"model":"opus"}"#),
                has_secret: false,
                overridden: Vec::new(),
            };
            ours.merge(theirs);
            if let Ok(text) = ours.text() {
                settings_map(&text);
            }
        }
        Err(finding) => assert_finding(&finding),
    }
}

fn settings_map(text: &str) -> serde_json::Map<String, serde_json::Value> {
    serde_json::from_str(text).unwrap()
}

/// What this program has remembered of a settings file, as a damaged disk may give it back.
fn settings_record(bytes: &[u8]) {
    if let Ok(record) = serde_json::from_slice::<record::Record>(bytes) {
        Editor::undone("{\n  \"env\": {}\n}\n", &record.splices);
    }
}

/// `~/.aws/config` up to a line of `----`, `~/.aws/credentials` behind it.
fn aws_config(bytes: &[u8]) {
    let at = bytes.windows(6).position(|part| part == b"\n----\n");
    let (config, credentials) = at.map_or((bytes, &b""[..]), |at| (&bytes[..at], &bytes[at + 6..]));
    let files = Files::of(config, credentials);
    let variables = Snapshot::from([("AWS_REGION".into(), "eu-west-1".into())]);
    let names: Vec<&str> = files.names().take(50).collect();
    for name in &names {
        if let Err(flaw) = files.decide(name, &variables) {
            assert!(!files.said(name, &flaw, &variables).message.is_empty());
        }
        files.of_profile(name, &variables);
        files.endpoint(name, "sts");
    }
    for found in import::aws::profiles(&files, None, &variables).iter().take(50) {
        assert_readable(&found.draft.toml());
        assert_fit(&found.draft.shown());
    }
}

/// A profile that is made of somebody's lines is one that can be read.
fn assert_readable(toml: &str) {
    let source = Rc::new(Source::new(PathBuf::from("/nonexistent/config.toml"), toml.to_owned()));
    let profiles = load::check_config(&source);
    let finding = match &profiles {
        Ok(profiles) => profiles.values().find_map(|profile| profile.as_ref().err()),
        Err(finding) => Some(finding),
    };
    assert!(finding.is_none(), "{}\n{toml}", finding.unwrap().render(false));
}

/// Lines of a shell's start-up file, which `import` reads and `setup` adds to; also pasted JSON.
fn rc_file(bytes: &[u8]) {
    match block::find(bytes) {
        Ok(Some(block)) => {
            block.removed(bytes);
            let with = block.replaced(bytes, "x\n");
            if let Ok(Some(block)) = block::find(&with) {
                assert_eq!(block.replaced(&with, "x\n"), with);
            }
        }
        Ok(None) => {
            let with = block::added(bytes, bytes.len(), "x\n", &Made::File(1));
            let block = block::find(&with).unwrap().expect("what was added is found");
            assert_eq!(block.removed(&with), bytes);
        }
        Err(line) => assert!(line > 0),
    }
    let text = String::from_utf8_lossy(bytes);
    let wishes = import::variables::Wishes {
        secrets_stay: true,
        is_on: true,
        ..Default::default()
    };
    for name in [
        ".zshrc",
        "config.fish",
        "profile.ps1",
        "config.nu",
        "settings.json",
        "mise.toml",
        "compose.yaml",
        "Dockerfile",
        "home.nix",
    ] {
        let readings = import::formats::readings(Some(Path::new(name)), &text, Some("/home/me")).unwrap_or_default();
        for reading in &readings {
            let profile = import::variables::profile("imported", reading, &wishes);
            if profile.is_other.is_none() && !profile.draft.entries.is_empty() {
                assert_readable(&profile.draft.toml());
                assert_fit(&profile.draft.shown());
            }
        }
    }
}

/// What was allowed last, up to a zero byte, against what is there now.
fn trust_record(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (before, after) = text.split_once('\0').unwrap_or((&text, ""));
    let changed = lines::all_changed_lines(before, after);
    let before: Vec<&str> = before.lines().collect();
    let shown: Vec<String> = redact::masked(after)
        .lines()
        .map(|line| format!("+ {}", line.trim_end()))
        .collect();
    for (line, shown) in after.lines().zip(shown) {
        // Nothing that was not allowed before goes unseen.
        assert!(
            before.contains(&line) || changed.contains(&shown),
            "{line:?} in {changed:?}"
        );
    }
}

/// `.git` as a stranger has laid it.
fn git_file(bytes: &[u8]) {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join(".git"), bytes).unwrap();
    // It leads to no repository that agrees.
    let file = directory.path().join(".claude-bedrock.toml");
    assert_eq!(crate::trust::repository_of(&file), None);
}

/// Links of a stranger's, each byte pair one link: its name, and where it leads.
fn links(bytes: &[u8]) {
    use std::os::unix::fs::symlink;
    let directory = tempfile::tempdir().unwrap();
    let top = directory.path().canonicalize().unwrap();
    std::fs::create_dir_all(top.join("d/e")).unwrap();
    std::fs::write(top.join("d/file"), "").unwrap();
    let names = ["a", "b", "c", "d/a", "d/b", "d/e/c"];
    let parts = ["a", "b", "c", "d", "e", "..", ".", "file", "d/e", "missing"];
    for link in bytes.chunks(6).take(12) {
        let name = names[usize::from(link[0]) % names.len()];
        let mut target: PathBuf = link[1..]
            .iter()
            .map(|part| parts[usize::from(*part) % parts.len()])
            .collect();
        if link[0] > 200 {
            target = top.join(target);
        }
        let _ = symlink(target, top.join(name));
    }
    for path in ["a", "b/c", "d/a/b", "d/e/../b", "c/file", "d/e/c/a/b/c"] {
        let path = top.join(path);
        let way = crate::system::links::follow(&path, None);
        assert_eq!(way, crate::system::links::follow(&path, Some(&top)));
        assert!(way.links.len() <= 40);
        if let Ok(canonical) = path.canonicalize() {
            assert_eq!(way.target, canonical, "{}", path.display());
        }
    }
}

/// Words that a person or a settings file has written.
fn command_line(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    Own::parse(&text, Some(Path::new("/nonexistent/repository")));
    if let Ok(words) = command_line::split(&text) {
        let quoted: Vec<String> = words.iter().map(|word| command_line::quote(word)).collect();
        assert_eq!(command_line::split(&quoted.join(" ")), Ok(words));
    }
    time::moment(&text);
}

/// Values on their way into a shell's code: what comes out again is what went in.
fn quoting(bytes: &[u8]) {
    let bytes: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
    for shell in shell::ALL {
        let quoted = shell.quote(&os_string(&bytes));
        match shell.name() {
            "bash" | "zsh" => assert_eq!(of_posix(&quoted), bytes, "{}", String::from_utf8_lossy(&quoted)),
            "fish" => assert_eq!(of_fish(&quoted), bytes, "{}", String::from_utf8_lossy(&quoted)),
            _ => assert!(quoted.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ')),
        }
    }
}

/// What a POSIX shell makes of a word of `'…'`, `\'` and `$'…'` with octal escapes; panics at anything else.
fn of_posix(word: &[u8]) -> Vec<u8> {
    let mut value = Vec::new();
    let mut at = 0;
    while at < word.len() {
        if word[at] == b'\'' {
            let end = at + 1 + word[at + 1..].iter().position(|byte| *byte == b'\'').unwrap();
            value.extend(&word[at + 1..end]);
            at = end + 1;
        } else if word[at..].starts_with(b"\\'") {
            value.push(b'\'');
            at += 2;
        } else {
            assert!(word[at..].starts_with(b"$'"));
            at += 2;
            while word[at] != b'\'' {
                match (word[at], word[at + 1]) {
                    (b'\\', b'0'..=b'7') => {
                        let digits = std::str::from_utf8(&word[at + 1..at + 4]).unwrap();
                        value.push(u8::from_str_radix(digits, 8).unwrap());
                        at += 4;
                    }
                    (b'\\', escaped) => {
                        value.push(escaped);
                        at += 2;
                    }
                    (byte, _) => {
                        value.push(byte);
                        at += 1;
                    }
                }
            }
            at += 1;
        }
    }
    value
}

/// The same of fish: `'…'` with `\'` and `\\`, and outside quotes `\xHH`, `\XHH` and what needs no quotes.
fn of_fish(word: &[u8]) -> Vec<u8> {
    let mut value = Vec::new();
    let mut quoted = false;
    let mut at = 0;
    while at < word.len() {
        match (word[at], quoted) {
            (b'\'', _) => quoted = !quoted,
            (b'\\', true) => {
                at += 1;
                assert!(b"'\\".contains(&word[at]));
                value.push(word[at]);
            }
            (b'\\', false) => {
                assert!(b"xX".contains(&word[at + 1]));
                let digits = std::str::from_utf8(&word[at + 2..at + 4]).unwrap();
                value.push(u8::from_str_radix(digits, 16).unwrap());
                at += 3;
            }
            (byte, true) => value.push(byte),
            (byte, false) => {
                assert!(byte.is_ascii_alphanumeric() || b"/._-:+@,".contains(&byte));
                value.push(byte);
            }
        }
        at += 1;
    }
    assert!(!quoted);
    value
}

/// What somebody sends in AWS's place: the first byte says to which question and with which status, the rest is the
/// body.
fn aws_answer(bytes: &[u8]) {
    #[cfg(fuzzing)]
    redact::forget();
    let Some((number, body)) = bytes.split_first() else {
        return;
    };
    let Some(trouble) = aws::canned::trouble(*number, body) else {
        return;
    };
    let full = trouble.in_full();
    assert!(full.len() <= 2000 && trouble.fix.len() <= 2000, "{full}");
    // A token that it echoes is in nothing that is said or kept.
    if let Ok(serde_json::Value::Object(fields)) = serde_json::from_slice(body)
        && let Some(token) = fields.get("accessToken").and_then(serde_json::Value::as_str)
        && token.len() >= 30
    {
        assert!(!full.contains(token) && !trouble.fix.contains(token), "{full}");
    }
    assert_fit(&visible(&full));
    assert_finding(&Box::<Diagnostic>::from(trouble));
}

/// A file of `~/.aws/sso/cache`, of `aws login`, or what a `credential_process` prints.
fn token(bytes: &[u8]) {
    for token in aws::session::of_any_bytes(bytes) {
        assert_fit(&token.words());
    }
    let id = |credentials: aws::Credentials| credentials.access_key_id().len();
    let read = aws::credentials_of_any_bytes(bytes).into_iter().flatten();
    assert!(read.map(id).all(|length| length <= bytes.len()));
}

/// What Claude Code pipes into its status line; the first byte is the width.
fn statusline(bytes: &[u8]) {
    let Some((columns, input)) = bytes.split_first() else {
        return;
    };
    let line = statusline_of(input, usize::from(*columns));
    assert!(
        !line.contains('\n') && line.starts_with("no Bedrock profile"),
        "{line:?}"
    );
    assert_fit(&line);
}

/// Any text on its way to a terminal or a log.
fn text(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    assert_fit(&visible(&text));
    assert_fit(&fit(&text.replace('\t', " "), false));
    // Colours are all that is left of what steers, where there may be any.
    let colored = fit(&text, true);
    let steers = colored.match_indices('\u{1b}').any(|(at, _)| {
        let rest = colored[at + 1..].trim_start_matches('[');
        !rest
            .trim_start_matches(|c: char| c.is_ascii_digit() || c == ';')
            .starts_with('m')
    });
    assert!(!steers, "{colored:?}");
    assert_eq!(visible(&visible(&text)), visible(&text));
    assert!(shortened(&text).len() <= 700);
    let masked = redact::masked(&text);
    assert_eq!(masked.len(), text.len());
    assert_eq!(masked.lines().count(), text.lines().count());
    let redacted = redact::redacted(&text);
    assert_eq!(redacted.len(), text.len());
    // A second time, an address may seem to have a user whose end was hidden in a credential: no more is shown.
    let again = redact::redacted(&redacted);
    assert_eq!(again.len(), redacted.len());
    assert!(
        again
            .bytes()
            .zip(redacted.bytes())
            .all(|(again, once)| again == once || again == b'*')
    );
    assert_eq!(redact::without_user(&text).len(), text.len());
}

/// What libFuzzer calls with each input. `FUZZ_TARGET` names the target; a panic is what it looks for.
#[cfg(fuzzing)]
#[unsafe(no_mangle)]
extern "C" fn LLVMFuzzerTestOneInput(start: *const u8, length: usize) -> libc::c_int {
    static CHOSEN: std::sync::OnceLock<fn(&[u8])> = std::sync::OnceLock::new();
    let run = CHOSEN.get_or_init(|| {
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            report(info);
            std::process::abort();
        }));
        let name = std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names a target (scripts/fuzz)");
        let target = TARGETS.iter().find(|(known, _)| *known == name);
        target.unwrap_or_else(|| panic!("there is no target {name}")).1
    });
    let bytes = if length == 0 {
        &[]
    } else {
        // SAFETY: libFuzzer hands over that many bytes, which stay as they are until this function returns.
        unsafe { std::slice::from_raw_parts(start, length) }
    };
    run(bytes);
    0
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::*;

    /// The inputs below `fuzz/KIND`, each with its target.
    fn inputs(kind: &str) -> Vec<(String, PathBuf)> {
        let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(kind);
        let mut found = Vec::new();
        for target in fs::read_dir(top).into_iter().flatten().flatten() {
            for input in fs::read_dir(target.path()).unwrap().flatten() {
                found.push((target.file_name().into_string().unwrap(), input.path()));
            }
        }
        found
    }

    #[test]
    fn whatever_fuzzing_has_found_is_read_without_a_fault() {
        let mut seen = BTreeSet::new();
        for (name, input) in [inputs("corpus"), inputs("found")].concat() {
            let (known, run) = TARGETS.iter().find(|(known, _)| *known == name).expect(&name);
            seen.insert(*known);
            let bytes = fs::read(&input).unwrap();
            std::panic::catch_unwind(|| run(&bytes)).unwrap_or_else(|_| panic!("{}", input.display()));
        }
        let all: BTreeSet<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
        assert_eq!(seen, all, "every target has a corpus");
    }
}
