//! No text looks like another: whatever a stranger has written, in whatever place, nothing that steers a terminal, takes
//! no room or only looks like a blank comes out of any command as it is, in JSON as little as elsewhere.

use std::process::Output;

use unicode_width::UnicodeWidthChar;

use crate::support::{Shell, World};

/// One of each kind, by its name in Unicode. The tests' own list, so that it does not follow a mistake of the program's.
const DISGUISES: &[(&str, char)] = &[
    ("BELL", '\u{7}'),
    ("BACKSPACE", '\u{8}'),
    ("LINE TABULATION", '\u{b}'),
    ("FORM FEED", '\u{c}'),
    ("CARRIAGE RETURN", '\r'),
    ("SHIFT OUT", '\u{e}'),
    ("ESCAPE", '\u{1b}'),
    ("DELETE", '\u{7f}'),
    ("NEXT LINE", '\u{85}'),
    ("REVERSE LINE FEED", '\u{8d}'),
    ("DEVICE CONTROL STRING", '\u{90}'),
    ("CONTROL SEQUENCE INTRODUCER", '\u{9b}'),
    ("OPERATING SYSTEM COMMAND", '\u{9d}'),
    ("NO-BREAK SPACE", '\u{a0}'),
    ("SOFT HYPHEN", '\u{ad}'),
    ("COMBINING GRAPHEME JOINER", '\u{34f}'),
    ("ARABIC LETTER MARK", '\u{61c}'),
    ("HANGUL CHOSEONG FILLER", '\u{115f}'),
    ("HANGUL JUNGSEONG FILLER", '\u{1160}'),
    ("OGHAM SPACE MARK", '\u{1680}'),
    ("KHMER VOWEL INHERENT AQ", '\u{17b4}'),
    ("MONGOLIAN FREE VARIATION SELECTOR ONE", '\u{180b}'),
    ("MONGOLIAN VOWEL SEPARATOR", '\u{180e}'),
    ("EM SPACE", '\u{2003}'),
    ("HAIR SPACE", '\u{200a}'),
    ("ZERO WIDTH SPACE", '\u{200b}'),
    ("ZERO WIDTH NON-JOINER", '\u{200c}'),
    ("ZERO WIDTH JOINER", '\u{200d}'),
    ("LEFT-TO-RIGHT MARK", '\u{200e}'),
    ("RIGHT-TO-LEFT MARK", '\u{200f}'),
    ("LINE SEPARATOR", '\u{2028}'),
    ("PARAGRAPH SEPARATOR", '\u{2029}'),
    ("LEFT-TO-RIGHT EMBEDDING", '\u{202a}'),
    ("POP DIRECTIONAL FORMATTING", '\u{202c}'),
    ("RIGHT-TO-LEFT OVERRIDE", '\u{202e}'),
    ("NARROW NO-BREAK SPACE", '\u{202f}'),
    ("MEDIUM MATHEMATICAL SPACE", '\u{205f}'),
    ("WORD JOINER", '\u{2060}'),
    ("INVISIBLE TIMES", '\u{2062}'),
    ("RIGHT-TO-LEFT ISOLATE", '\u{2067}'),
    ("POP DIRECTIONAL ISOLATE", '\u{2069}'),
    ("INHIBIT SYMMETRIC SWAPPING", '\u{206a}'),
    ("BRAILLE PATTERN BLANK", '\u{2800}'),
    ("IDEOGRAPHIC SPACE", '\u{3000}'),
    ("HANGUL FILLER", '\u{3164}'),
    ("VARIATION SELECTOR-1", '\u{fe00}'),
    ("VARIATION SELECTOR-16", '\u{fe0f}'),
    ("ZERO WIDTH NO-BREAK SPACE", '\u{feff}'),
    ("HALFWIDTH HANGUL FILLER", '\u{ffa0}'),
    ("INTERLINEAR ANNOTATION ANCHOR", '\u{fff9}'),
    ("a noncharacter", '\u{ffff}'),
    ("EGYPTIAN HIEROGLYPH VERTICAL JOINER", '\u{13430}'),
    ("SHORTHAND FORMAT LETTER OVERLAP", '\u{1bca0}'),
    ("MUSICAL SYMBOL BEGIN BEAM", '\u{1d173}'),
    ("LANGUAGE TAG", '\u{e0001}'),
    ("TAG LATIN SMALL LETTER A", '\u{e0061}'),
    ("VARIATION SELECTOR-17", '\u{e0100}'),
    ("a noncharacter of the last plane", '\u{10ffff}'),
];

/// More marks on one letter than any language has.
const STACKED: &str = "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}";

/// All of them in one text.
fn all() -> String {
    let each: String = DISGUISES.iter().flat_map(|(_, c)| ['x', *c]).collect();
    each + STACKED
}

/// The same as it stands in a string of TOML.
fn in_toml() -> String {
    let escape = |c: char| format!("\\U{:08X}", u32::from(c));
    all().chars().map(escape).collect()
}

/// The same as it stands in a string of JSON.
fn in_json() -> String {
    let escape = |unit: u16| format!("\\u{unit:04x}");
    all().encode_utf16().map(escape).collect()
}

/// Those that TOML takes as they are, in a comment.
fn raw() -> String {
    all().chars().filter(|c| !c.is_ascii_control()).collect()
}

/// What is shown of an answer: code that a shell evaluates is not.
fn shown(arguments: &[&str], output: &Output) -> String {
    let is_code = arguments[0] == "export" || arguments[0] == "complete";
    let stdout = if is_code { &[][..] } else { &output.stdout };
    String::from_utf8([stdout, &output.stderr].concat()).unwrap_or_else(|error| panic!("{arguments:?}: {error}"))
}

fn assert_plain(what: &str, arguments: &[&str], output: &Output) {
    let text = shown(arguments, output);
    for (name, c) in DISGUISES {
        assert!(!text.contains(*c), "{what}, {arguments:?}: {name} in {text:?}");
    }
    let mut marks = 0;
    for c in text.chars() {
        marks = if c.is_ascii() || c.width() != Some(0) {
            0
        } else {
            marks + 1
        };
        assert!(marks <= 4, "{what}, {arguments:?}: {text:?}");
    }
    if arguments.contains(&"--json") && !output.stdout.is_empty() {
        let json: Result<serde_json::Value, _> = serde_json::from_slice(&output.stdout);
        assert!(json.is_ok(), "{what}, {arguments:?}: {text}");
    }
}

const COMMANDS: &[&[&str]] = &[
    &["export", "bash"],
    &["export", "powershell"],
    &["allow", "--dry-run"],
    &["allow"],
    &["status"],
    &["status", "--json"],
    &["status", "--format", "{profile} {region} {account}"],
    &["list"],
    &["list", "--json"],
    &["show"],
    &["show", "--json"],
    &["show", "work", "--json"],
    &["lint"],
    &["lint", "--json"],
    &["lint", ".claude-bedrock.toml", "--json"],
    &["doctor", "--offline", "--verbose"],
    &["doctor", "--offline", "--json"],
    &["settings", "check"],
    &["settings", "check", "--json"],
    &["aws-profiles"],
    &["aws-profiles", "--json"],
    &["import", "--dry-run", "aws"],
    &["exec", "--", "true"],
    &["use", "--hook", "bash", "work"],
    &["statusline"],
    &["policy"],
    &["deny"],
];

/// Runs every command in the repository.
fn walk(world: &World, what: &str, directory: &str) {
    for arguments in COMMANDS {
        let output = world.run_in(world.path(directory), *arguments);
        assert_plain(what, arguments, &output);
    }
}

#[test]
fn no_disguise_in_a_project_file_comes_out_of_any_command() {
    let (text, raw) = (in_toml(), raw());
    let places = [
        ("a profile's name", format!("profile = \"w{text}ork\"\n")),
        ("a key", format!("\"k{text}ey\" = 1\n")),
        ("a region", format!("profile = \"work\"\nregion = \"eu{text}\"\n")),
        (
            "a description",
            format!("profile = \"work\"\ndescription = \"a{text}b\"\n"),
        ),
        (
            "a variable",
            format!("profile = \"work\"\n[env]\nBROWSER = \"{text}\"\nHTTP_PROXY = \"{text}\"\nOTHER = \"{text}\"\n"),
        ),
        (
            "a variable without a profile",
            format!("[env]\nBROWSER = \"{text}\"\nHTTP_PROXY = \"{text}\"\nOTHER = \"{text}\"\n"),
        ),
        (
            "a variable's name",
            format!("profile = \"work\"\n[env]\n\"A{text}\" = \"x\"\n"),
        ),
        (
            "a header",
            format!("profile = \"work\"\n[headers]\n\"X-Team\" = \"a{text}\"\n"),
        ),
        (
            "a header's name",
            format!("profile = \"work\"\n[headers]\n\"X{text}\" = \"a\"\n"),
        ),
        (
            "a model",
            format!("profile = \"work\"\n[models]\nmain = \"sonnet{text}\"\n"),
        ),
        (
            "a model's label",
            format!("profile = \"work\"\n[models]\nopus = {{ id = \"opus\", name = \"a{text}b\" }}\n"),
        ),
        (
            "a command",
            format!(
                "profile = \"work\"\nauth = {{ method = \"api-key\", api_key = {{ command = \"./t {text}\" }} }}\n"
            ),
        ),
        (
            "a secret's name",
            format!("profile = \"work\"\nauth = {{ method = \"api-key\", api_key = {{ keyring = \"{text}\" }} }}\n"),
        ),
        (
            "an address",
            format!("profile = \"work\"\nbase_url = \"https://a{text}.example.com\"\n"),
        ),
        ("a comment beside a mistake", format!("regoin = \"x\" # {raw}\n")),
        ("a comment that is no TOML", format!("regoin # {raw}\n")),
    ];
    let world = World::new(Shell::Bash);
    for (what, file) in places {
        world.unallowed_project("repo", &file);
        walk(&world, what, "repo");
    }
    // What was allowed, and was edited.
    world.project("repo", &format!("profile = \"work\"\n# old {raw}\n"));
    world.unallowed_project("repo", &format!("profile = \"work\"\n# new {raw}\n"));
    walk(&world, "an edit", "repo");
}

#[test]
fn no_disguise_beside_a_project_file_comes_out_of_any_command() {
    let (toml, json, raw) = (in_toml(), in_json(), raw());
    // What a file's name and a line of an INI file can hold.
    let name: String = all().chars().filter(|c| !"\r/".contains(*c)).collect();
    let mut world = World::new(Shell::Bash);
    world.write(
        ".aws/config",
        format!("[profile bedrock-work]\nregion = eu-west-1\nrole_arn = arn:{name}\nsource_profile = {name}\n[profile a{name}]\nsso_session = {name}\nregion = {name}\n[sso-session {name}]\nsso_region = {name}\n"),
    );
    world.project("repo", "profile = \"work\"\n");
    for (what, settings) in [
        (
            "a variable of the settings",
            format!(r#"{{"env": {{"AWS_REGION": "{json}", "ANTHROPIC_MODEL{json}": "x"}}, "model": "{json}"}}"#),
        ),
        (
            "a helper of the settings",
            format!(
                r#"{{"awsAuthRefresh": "./x {json}", "awsCredentialExport": "/opt/claude-bedrock credentials {json}", "apiKeyHelper": "{json}"}}"#
            ),
        ),
        (
            "settings that are none",
            format!("{{ // {raw}\n \"env\": {{\"AWS_REGION\": \"x\",}} }}"),
        ),
        (
            "a name in the settings",
            format!(r#"{{"{json}": 1, "env": {{"{json}": "1"}}}}"#),
        ),
    ] {
        world.write("repo/.claude/settings.json", settings);
        walk(&world, what, "repo");
    }
    std::fs::remove_dir_all(world.path("repo/.claude")).unwrap();
    let directory = format!("d{name}");
    world.project(&directory, "profile = \"work\"\n");
    walk(&world, "a directory's name", &directory);
    world.unallowed_project(&directory, "profile = 1\n");
    walk(&world, "a directory's name", &directory);
    // What the environment holds, and what is typed.
    for variable in [
        "CLAUDE_BEDROCK_PROFILE",
        "AWS_REGION",
        "AWS_PROFILE",
        "HTTPS_PROXY",
        "ANTHROPIC_MODEL",
        "CLAUDE_BEDROCK_STATE",
        "CLAUDE_BEDROCK_ACTIVE",
    ] {
        world.set(variable, &name);
        walk(&world, variable, "repo");
        world.unset(variable);
    }
    for words in [
        &["show", "NAME"][..],
        &["use", "--hook", "bash", "NAME"],
        &["explain", "NAME"],
        &["allow", "NAME"],
        &["console", "NAME"],
        &["whoami", "NAME"],
        &["import", "NAME", "--dry-run"],
        &["secret", "get", "NAME"],
        &["set", "work", "NAME", "x"],
        &["NAME"],
        &["show", "--NAME"],
    ] {
        let words: Vec<String> = words.iter().map(|word| word.replace("NAME", &name)).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        assert_plain("what is typed", &words, &world.run_in(world.path("repo"), &words));
    }
    // The user's own file, which somebody may have given him.
    for (what, config) in [
        (
            "a profile's name in config.toml",
            format!("[profiles.\"w{toml}\"]\nregion = \"us-east-1\"\n"),
        ),
        (
            "a description in config.toml",
            format!("[profiles.work]\nregion = \"us-east-1\"\ndescription = \"{toml}\"\n"),
        ),
        (
            "a region in config.toml",
            format!("[profiles.work]\nregion = \"{toml}\"\n"),
        ),
    ] {
        world.config(&config);
        walk(&world, what, "repo");
    }
}

#[test]
fn no_disguise_in_what_claude_code_pipes_in_comes_out_of_the_status_line() {
    let world = World::new(Shell::Bash);
    let text = in_json();
    let input = format!(
        r#"{{"model": {{"display_name": "{text}"}}, "workspace": {{"project_dir": "/{text}"}}, "new_cwd": "/{text}", "old_cwd": "/{text}"}}"#
    );
    for arguments in [&["statusline"][..], &["session-started"], &["cwd-changed"]] {
        let output = world.run_with(arguments, input.as_bytes());
        assert_plain("what is piped in", arguments, &output);
    }
}
