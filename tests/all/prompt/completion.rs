//! Tab completion, as somebody at a real shell has it: keys go to the shell's own line editor, and what
//! the line became is what the program is called with.

use std::fs;
use std::path::Path;

use crate::support::Shell::{Bash, Fish, Powershell, Zsh};
use crate::support::need::need;
use crate::support::typist::{self, HONEST, Typist};
use crate::support::world::CONFIG;
use crate::support::{Shell, World, harness, shell};
use libtest_mimic::Trial;

const BASH_COMPLETION: &str = "/usr/share/bash-completion/bash_completion";

/// What a model's ID will be.
const MODEL_ID: &str = "us.anthropic.claude-haiku-4-5-20251001-v1:0";

struct Scenario {
    name: &'static str,
    shells: &'static [Shell],
    run: fn(World),
    /// Whether the package bash-completion is loaded.
    has_package: bool,
}

const fn scenario(name: &'static str, shells: &'static [Shell], run: fn(World)) -> Scenario {
    Scenario {
        name,
        shells,
        run,
        has_package: false,
    }
}

const fn with_package(name: &'static str, run: fn(World)) -> Scenario {
    Scenario {
        name,
        shells: &[Bash],
        run,
        has_package: true,
    }
}

/// The shells whose line editor can do more than insert.
const EDITORS: &[Shell] = &[Bash, Zsh, Fish];

#[rustfmt::skip]
const TABLE: &[Scenario] = &[
    scenario("commands_are_listed_with_what_they_do", EDITORS, commands_are_listed_with_what_they_do),
    scenario("profiles_are_listed_with_what_they_are", EDITORS, profiles_are_listed_with_what_they_are),
    scenario("a_list_at_the_first_tab_inserts_what_is_shared", &[Bash], a_list_at_the_first_tab_inserts_what_is_shared),
    scenario("a_menu_inserts_candidates_alone", &[Bash], a_menu_inserts_candidates_alone),
    scenario("in_a_narrow_window_names_stay_whole", &[Bash], in_a_narrow_window_names_stay_whole),
    scenario("a_menu_and_a_list_of_predictions_stay_out_of_each_others_way", &[Powershell], a_menu_and_a_list_of_predictions_stay_out_of_each_others_way),
    scenario("tooltips_say_what_candidates_are", &[Powershell], tooltips_say_what_candidates_are),
    scenario("profiles_complete_wherever_one_is_named", shell::ALL, profiles_complete_wherever_one_is_named),
    scenario("arguments_of_editing_complete", shell::ALL, arguments_of_editing_complete),
    scenario("what_keys_and_codes_mean_is_shown", EDITORS, what_keys_and_codes_mean_is_shown),
    scenario("a_profile_that_add_writes_completes_at_once", shell::ALL, a_profile_that_add_writes_completes_at_once),
    scenario("the_alias_completes", shell::ALL, the_alias_completes),
    scenario("a_new_profile_completes_at_once", shell::ALL, a_new_profile_completes_at_once),
    scenario("case_does_not_matter", shell::ALL, case_does_not_matter),
    scenario("names_need_not_be_ascii", shell::ALL, names_need_not_be_ascii),
    scenario("words_in_quotes_complete", shell::ALL, words_in_quotes_complete),
    scenario("a_colon_is_part_of_a_word", shell::ALL, a_colon_is_part_of_a_word),
    scenario("a_colon_need_not_break_words", &[Bash], a_colon_need_not_break_words),
    scenario("an_at_sign_is_part_of_a_word", shell::ALL, an_at_sign_is_part_of_a_word),
    scenario("in_the_middle_of_the_line", EDITORS, in_the_middle_of_the_line),
    scenario("at_every_place_of_the_line", &[Powershell], at_every_place_of_the_line),
    scenario("a_name_that_means_something_else_is_quoted", &[Powershell], a_name_that_means_something_else_is_quoted),
    scenario("after_other_commands_and_assignments", EDITORS, after_other_commands_and_assignments),
    scenario("paths_complete_as_the_shell_completes_them", shell::ALL, paths_complete_as_the_shell_completes_them),
    scenario("a_redirection_goes_to_a_file", &[Bash], a_redirection_goes_to_a_file),
    scenario("commands_complete_after_exec", shell::ALL, commands_complete_after_exec),
    scenario("arguments_complete_after_exec", &[Zsh, Fish, Powershell], arguments_complete_after_exec),
    scenario("without_the_package_files_complete_after_exec", &[Bash], without_the_package_files_complete_after_exec),
    with_package("with_the_package_arguments_complete_after_exec", the_package_arguments),
    with_package("with_the_package_profiles_complete", the_package_profiles),
    with_package("with_the_package_a_colon_is_part_of_a_word", the_package_colons),
    scenario("without_a_match_the_line_stays", shell::ALL, without_a_match_the_line_stays),
    scenario("a_failing_program_is_silent", shell::ALL, a_failing_program_is_silent),
    scenario("a_missing_program_is_silent", shell::ALL, a_missing_program_is_silent),
    scenario("a_broken_file_is_silent", shell::ALL, a_broken_file_is_silent),
    scenario("nothing_typed_is_evaluated", shell::ALL, nothing_typed_is_evaluated),
    scenario("odd_settings_do_not_matter", shell::ALL, odd_settings_do_not_matter),
    scenario("odd_settings_before_the_hook_do_not_matter", shell::ALL, odd_settings_before_the_hook_do_not_matter),
    scenario("no_names_are_leaked", shell::ALL, no_names_are_leaked),
    scenario("the_last_status_stays", &[Powershell], the_last_status_stays),
    scenario("compinit_may_come_later", &[Zsh], compinit_may_come_later),
    scenario("compinit_may_come_after_the_first_prompt", &[Zsh], compinit_may_come_after_the_first_prompt),
    scenario("compinit_may_come_twice", &[Zsh], compinit_may_come_twice),
    scenario("without_compinit_nothing_is_said", &[Zsh], without_compinit_nothing_is_said),
    scenario("a_menu_and_grouped_styles_work", &[Zsh], a_menu_and_grouped_styles_work),
    scenario("the_script_alone_completes", shell::ALL, the_script_alone_completes),
    with_package("the_installed_script_completes", the_installed_script_completes),
    scenario("the_installed_script_completes", &[Zsh, Fish], the_installed_script_completes),
    with_package("the_hook_and_the_installed_script_go_together", the_hook_and_the_installed_script_go_together),
    scenario("the_hook_and_the_installed_script_go_together", &[Zsh, Fish], the_hook_and_the_installed_script_go_together),
    scenario("loaded_twice_it_asks_once", shell::ALL, loaded_twice_it_asks_once),
];

/// A test for each row and each of its shells.
pub fn rows() -> Vec<Trial> {
    let rows = TABLE.iter().flat_map(|scenario| {
        scenario.shells.iter().map(|shell| {
            let name = format!("prompt::completion::{}::{}", shell.name(), scenario.name);
            harness::row(name, || {
                shell.need();
                if scenario.has_package {
                    need("bash-completion");
                }
                (scenario.run)(World::new(*shell));
            })
        })
    });
    rows.collect()
}

// ---------------------------------------------------------------------------------------------------
// What several scenarios need.

const COMPINIT: &str = "autoload -Uz compinit && compinit -u";

/// A shell with the hook, behind which `complete` answers, and the keys of somebody at it.
fn typist(mut world: World, complete: &str) -> Typist {
    if world.shell == Zsh {
        world.before_hook.insert_str(0, &format!("{COMPINIT}\n"));
    }
    Typist::start_with(world, complete)
}

/// Asks for candidates where there are none: nothing is said, and the line stays as it is.
fn stays_as_it_is(typist: &mut Typist, line: &str) {
    let arguments: Vec<String> = line.split_whitespace().skip(1).map(|word| format!("{word}x")).collect();
    typist.press(&format!("{line}\tx"));
    let last = line.split_whitespace().last().unwrap();
    let screen = typist.wait_for(&format!("{last}x"));
    assert!(!screen.contains('\n'), "{line}: {screen}");
    let entered = typist.enter("");
    assert_eq!(entered.last(), arguments.last(), "{line}");
}

/// Presses Tab after each of `lines`, and clears the line again.
fn tab(typist: &mut Typist, lines: &[&str]) {
    for line in lines {
        typist.press(&format!("{line}\t"));
        typist.clear();
    }
}

/// What PowerShell's engine answers with the cursor at the `^` of each line: what is replaced, by what, and
/// the tooltips.
fn engine(world: &mut World, lines: &[&str]) -> Vec<String> {
    let mut script = format!("{}\n", world.load_line());
    for line in lines {
        let quoted = world.shell.quote(&line.replacen('^', "", 1));
        let cursor = line.find('^').unwrap();
        script.push_str(&format!(
            "$r = try {{ TabExpansion2 {quoted} {cursor} }} catch {{ [Console]::WriteLine('nothing'); $null }}\n\
             if ($r) {{ [Console]::WriteLine({quoted}.Substring($r.ReplacementIndex, $r.ReplacementLength) + '>' + \
             (@(foreach ($m in $r.CompletionMatches) {{ $m.CompletionText + '=' + $m.ToolTip }}) -join '|')) }}\n",
        ));
    }
    let output = world.script(&script);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

// ---------------------------------------------------------------------------------------------------
// What is offered.

fn commands_are_listed_with_what_they_do(world: World) {
    let mut typist = typist(world, HONEST);
    // readline lists at the second Tab; with the second one fish would go into its list.
    typist.press(if typist.world.shell == Bash {
        "claude-bedrock \t\t"
    } else {
        "claude-bedrock \t"
    });
    let list = typist.wait_for("Print the completion script of a shell");
    for text in [
        "use",
        "Use a profile in this shell",
        "status",
        "Show what is active here, and why",
    ] {
        assert!(list.contains(text), "{text}: {list}");
    }
    for text in ["Answer a completion script", "--color"] {
        assert!(!list.contains(text), "{text}: {list}");
    }
}

fn profiles_are_listed_with_what_they_are(world: World) {
    world.config(&CONFIG.replace(
        "region = \"us-east-1\"",
        "region = \"us-east-1\"\ndescription = \"my own\"",
    ));
    let mut typist = typist(world, HONEST);
    typist.press(if typist.world.shell == Bash {
        "claude-bedrock use \t\t"
    } else {
        "claude-bedrock use \t"
    });
    let list = typist.wait_for("eu-west-1");
    assert!(list.contains("us-east-1, my own"), "{list}");
}

/// Profiles one of whose names is the beginning of another.
const TEAMS: &str = "[profiles.team]\nregion = \"us-east-1\"\n[profiles.team-eu]\nregion = \"eu-west-1\"\n";

fn a_list_at_the_first_tab_inserts_what_is_shared(mut world: World) {
    world.config(TEAMS);
    world.after_hook = "bind 'set show-all-if-ambiguous on'\n".into();
    let mut typist = typist(world, HONEST);
    typist.press("claude-bedrock show t\t");
    let list = typist.wait_for("eu-west-1");
    assert!(list.contains("team     us-east-1"), "{list}");
    assert_eq!(typist.enter("-\t"), ["show", "team-eu"]);
}

fn a_menu_inserts_candidates_alone(mut world: World) {
    world.config(TEAMS);
    world.after_hook = "bind 'TAB:menu-complete'\n".into();
    let mut typist = typist(world, HONEST);
    assert_eq!(typist.enter("claude-bedrock show \t\t"), ["show", "team-eu"]);
}

/// Tab as some have it, with a list of what was typed before below the line.
fn a_menu_and_a_list_of_predictions_stay_out_of_each_others_way(mut world: World) {
    world.config(TEAMS);
    world.after_hook = "Set-PSReadLineKeyHandler -Key Tab -Function MenuComplete\nSet-PSReadLineOption -PredictionSource History -PredictionViewStyle ListView\n".into();
    let mut typist = typist(world, HONEST);
    assert_eq!(typist.enter("claude-bedrock list"), ["list"]);
    typist.press("claude-bedrock show \t");
    typist.wait_for("team-eu");
    // The second of the menu, taken, and the line.
    typist.press("\t\r");
    let taken = typist.enter("");
    assert!(
        taken.len() == 2 && taken[0] == "show" && taken[1].starts_with("team-"),
        "{taken:?}"
    );
    assert_eq!(typist.enter("claude-bedrock show team-e\t"), ["show", "team-eu"]);
    assert_eq!(typist.enter("claude-bedrock show z\t"), ["show", "z"]);
}

fn in_a_narrow_window_names_stay_whole(mut world: World) {
    world.config(TEAMS);
    world.after_hook = "shopt -u checkwinsize; COLUMNS=5; bind 'set show-all-if-ambiguous on'\n".into();
    let mut typist = typist(world, HONEST);
    typist.press("claude-bedrock show t\t");
    typist.wait_for("team-eu");
    assert_eq!(typist.enter("-\t"), ["show", "team-eu"]);
}

fn tooltips_say_what_candidates_are(mut world: World) {
    let answers = engine(
        &mut world,
        &[
            "claude-bedrock use ^",
            "claude-bedrock st^",
            "claude-bedrock list -^",
            "claude-bedrock explain CB002^",
            "claude-bedrock set work models.ha^",
        ],
    );
    assert_eq!(answers[0], ">home=us-east-1|work=eu-west-1");
    assert_eq!(
        answers[1],
        "st>status=Show what is active here, and why|statusline=Print a line for Claude Code's status line"
    );
    assert!(
        answers[2].starts_with("->--color=When to colour|--all="),
        "{}",
        answers[2]
    );
    assert_eq!(answers[3], "CB002>CB002=no region");
    assert!(
        answers[4].starts_with("models.ha>models.haiku=What the alias `haiku` means"),
        "{}",
        answers[4]
    );
}

fn profiles_complete_wherever_one_is_named(world: World) {
    let mut typist = typist(world, HONEST);
    assert_eq!(typist.enter("claude-bedrock show w\t"), ["show", "work"]);
    assert_eq!(typist.enter("claude-bedrock init h\t"), ["init", "home"]);
    assert_eq!(
        typist.enter("claude-bedrock exec -p w\t true"),
        ["exec", "-p", "work", "true"]
    );
    assert_eq!(
        typist.enter("claude-bedrock exec --profile=w\t true"),
        ["exec", "--profile=work", "true"]
    );
    assert_eq!(typist.enter("claude-bedrock use w\t").last().unwrap(), "work");
    assert_eq!(typist.enter("claude-bedrock show -- w\t").last().unwrap(), "work");
    assert_eq!(typist.enter("claude-bedrock sta\t"), ["status"]);
    assert_eq!(typist.enter("claude-bedrock list --j\t"), ["list", "--json"]);
}

/// What each line becomes: the line as far as it is typed before Tab, and the last argument that comes of it.
#[rustfmt::skip]
const EDITING: &[(&str, &str)] = &[
    ("set w", "work"),
    ("set work reg", "region"),
    ("set work auth.pro", "auth.profile"),
    ("set work models.op", "models.opus"),
    ("set work region ca-c", "ca-central-1"),
    ("set work auth.method am", "ambient"),
    ("set work auth.profile Co", "Corp"),
    ("set work models.opus claude-my", "claude-mythos-5"),
    ("set work models.haiku claude-opus-4-8", "claude-opus-4-8"),
    ("add new --reg", "--region"),
    ("add new --region ca-c", "ca-central-1"),
    ("add new --aws-profile Co", "Corp"),
    ("add new --aws-profile=Co", "--aws-profile=Corp"),
    ("add new --haiku claude-haiku-4", "claude-haiku-4-5"),
    ("explain CB001", "CB001"),
    ("edit w", "work"),
    ("rename w", "work"),
    ("copy w", "work"),
    ("remove w", "work"),
];

fn arguments_of_editing_complete(world: World) {
    world.write(".aws/config", "[profile Corp]\nregion = eu-west-1\n");
    let mut typist = typist(world, HONEST);
    for (line, last) in EDITING {
        let entered = typist.enter(&format!("claude-bedrock {line}\t"));
        assert_eq!(entered.last().map(String::as_str), Some(*last), "{line}: {entered:?}");
    }
}

fn what_keys_and_codes_mean_is_shown(world: World) {
    let tabs = if world.shell == Bash { "\t\t" } else { "\t" };
    let mut typist = typist(world, HONEST);
    for (line, text) in [
        ("set work auth.", "How Claude Code authenticates"),
        ("explain CB00", "no region"),
        ("add new --opus claude-", "us eu jp au"),
    ] {
        typist.press(&format!("claude-bedrock {line}{tabs}"));
        typist.wait_for(text);
        typist.clear();
    }
}

fn a_profile_that_add_writes_completes_at_once(world: World) {
    let mut typist = typist(world, HONEST);
    assert_eq!(typist.enter("claude-bedrock show w\t"), ["show", "work"]);
    let output = typist
        .world
        .run(["add", "brand-new", "--region", "us-east-1", "--ambient"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(typist.enter("claude-bedrock set br\t"), ["set", "brand-new"]);
    assert_eq!(
        typist.enter("claude-bedrock rename br\t newer"),
        ["rename", "brand-new", "newer"]
    );
}

fn the_alias_completes(mut world: World) {
    world.hook_options = "--alias cb".into();
    let mut typist = typist(world, HONEST);
    assert_eq!(typist.enter("cb show w\t"), ["show", "work"]);
    assert_eq!(typist.enter("cb sta\t"), ["status"]);
}

fn a_new_profile_completes_at_once(world: World) {
    let mut typist = typist(world, HONEST);
    assert_eq!(typist.enter("claude-bedrock show w\t"), ["show", "work"]);
    typist
        .world
        .config(&format!("{CONFIG}\n[profiles.brand-new]\nregion = \"us-east-1\"\n"));
    assert_eq!(typist.enter("claude-bedrock show br\t"), ["show", "brand-new"]);
}

fn case_does_not_matter(world: World) {
    world.config(&format!("{CONFIG}\n[profiles.Team]\nregion = \"us-east-1\"\n"));
    let mut typist = typist(world, HONEST);
    assert_eq!(typist.enter("claude-bedrock show WO\t"), ["show", "work"]);
    assert_eq!(typist.enter("claude-bedrock show te\t"), ["show", "Team"]);
    assert_eq!(typist.enter("claude-bedrock SHO\t work"), ["show", "work"]);
}

fn names_need_not_be_ascii(world: World) {
    world.config("[profiles.\"büro\"]\nregion = \"us-east-1\"\n[profiles.\"ünit@éu\"]\nregion = \"us-east-1\"\n");
    let mut typist = typist(world, HONEST);
    assert_eq!(typist.enter("claude-bedrock show b\t"), ["show", "büro"]);
    assert_eq!(typist.enter("claude-bedrock show bü\t"), ["show", "büro"]);
    assert_eq!(typist.enter("claude-bedrock show ünit@é\t"), ["show", "ünit@éu"]);
}

fn words_in_quotes_complete(world: World) {
    let mut typist = typist(world, HONEST);
    assert_eq!(typist.enter("claude-bedrock show \"w\t"), ["show", "work"]);
    assert_eq!(typist.enter("claude-bedrock show 'w\t"), ["show", "work"]);
    assert_eq!(typist.enter("claude-bedrock 'show' w\t"), ["show", "work"]);
    assert_eq!(typist.enter("claude-bedrock init 'a b' w\t"), ["init", "a b", "w"]);
    assert_eq!(
        typist.enter("claude-bedrock exec -p 'a b' --profile w\t"),
        ["exec", "-p", "a b", "--profile", "work"]
    );
}

// ---------------------------------------------------------------------------------------------------
// Where a word begins and ends.

/// The keys that ask for a model before it is whole, as far as each of its parts.
fn words_with_colons(mut typist: Typist) {
    let upto_colon = MODEL_ID.strip_suffix('0').unwrap();
    for line in [
        "claude-bedrock show us.\t".to_owned(),
        "claude-bedrock show \"us.\t".to_owned(),
        "claude-bedrock show 'us.\t".to_owned(),
        format!("claude-bedrock show {upto_colon}\t"),
        format!("claude-bedrock show '{upto_colon}\t"),
        format!("claude-bedrock show {MODEL_ID}\t"),
    ] {
        assert_eq!(typist.enter(&line), ["show", MODEL_ID], "{line}");
    }
}

/// A program that knows the one model.
fn one_model() -> String {
    format!("printf '{MODEL_ID}\\tthe fast one\\n'; exit")
}

fn a_colon_is_part_of_a_word(world: World) {
    words_with_colons(typist(world, &one_model()));
}

fn a_colon_need_not_break_words(mut world: World) {
    world.after_hook = "COMP_WORDBREAKS=${COMP_WORDBREAKS//[:@=]/}\n".into();
    words_with_colons(typist(world, &one_model()));
}

fn an_at_sign_is_part_of_a_word(world: World) {
    world.config("[profiles.\"team@eu\"]\nregion = \"eu-west-1\"\n");
    let mut typist = typist(world, HONEST);
    for word in ["t", "team", "team@", "team@e", "team@eu"] {
        assert_eq!(
            typist.enter(&format!("claude-bedrock show {word}\t")),
            ["show", "team@eu"]
        );
    }
    assert_eq!(
        typist.enter("claude-bedrock exec --profile=team@\t true"),
        ["exec", "--profile=team@eu", "true"]
    );
}

fn in_the_middle_of_the_line(world: World) {
    const LEFT: &str = "\u{1b}[D";
    let mut typist = typist(world, HONEST);
    for (line, left, expected) in [
        ("claude-bedrock show w rest", 5, ["show", "work", "rest"]),
        ("claude-bedrock sho work rest", 10, ["show", "work", "rest"]),
        ("claude-bedrock show  rest 'w", 0, ["show", "rest", "w"]),
    ] {
        let keys = format!("{line}{}\t{}", LEFT.repeat(left), if left == 0 { "'" } else { "" });
        assert_eq!(typist.enter(&keys), expected, "{line}");
    }
}

fn at_every_place_of_the_line(mut world: World) {
    let cases = [
        ("claude-bedrock show w^ rest", "w>work=eu-west-1"),
        ("claude-bedrock show w^rong", "wrong>work=eu-west-1"),
        ("claude-bedrock show ^ rest", ">home=us-east-1|work=eu-west-1"),
        ("claude-bedrock show ^| Out-Null", ">home=us-east-1|work=eu-west-1"),
        ("claude-bedrock show w^ | Out-Null", "w>work=eu-west-1"),
        ("$x = 1; claude-bedrock show w^", "w>work=eu-west-1"),
        ("$x = claude-bedrock show w^", "w>work=eu-west-1"),
        ("& claude-bedrock show w^", "w>work=eu-west-1"),
        ("claude-bedrock show \"w^", "\"w>work=eu-west-1"),
        ("claude-bedrock show 'w^'", "'w'>work=eu-west-1"),
        ("claude-bedrock exec -p:w^", "w>w=w"),
        ("claude-bedrock show z^", "z>z=z"),
        ("claude-bedrock show 'z^", "'z>'z='z"),
        ("claude-bedrock show \"z^", "\"z>\"z=\"z"),
        // PSReadLine leaves the line as it is where the engine fails; a blank would be inserted.
        ("claude-bedrock status ^", "nothing"),
        (
            "claude-bedrock --^ show",
            "-->--color=When to colour|--quiet=Print problems only|--help=Print help|--version=Print version",
        ),
    ];
    let lines: Vec<&str> = cases.iter().map(|(line, _)| *line).collect();
    let answers = engine(&mut world, &lines);
    for ((line, expected), answer) in cases.iter().zip(answers) {
        assert_eq!(answer, *expected, "{line}");
    }
}

fn a_name_that_means_something_else_is_quoted(mut world: World) {
    world.config("[profiles.007]\nregion = \"us-east-1\"\n[profiles.\"@x\"]\nregion = \"us-east-1\"\n[profiles.b-1]\nregion = \"us-east-1\"\n");
    let answers = engine(&mut world, &["claude-bedrock use ^"]);
    assert_eq!(answers, [">'007'=us-east-1|'@x'=us-east-1|b-1=us-east-1"]);
    let mut typist = typist(world, HONEST);
    assert_eq!(typist.enter("claude-bedrock show 0\t"), ["show", "007"]);
}

fn after_other_commands_and_assignments(world: World) {
    let mut typist = typist(world, HONEST);
    for before in ["true; ", "true && ", "NAME=1 "] {
        assert_eq!(
            typist.enter(&format!("{before}claude-bedrock show w\t")),
            ["show", "work"],
            "{before}"
        );
    }
    // In a substitution bash completes the outer command.
    match typist.world.shell {
        Zsh => assert_eq!(typist.enter("echo $(claude-bedrock show w\t)"), ["show", "work"]),
        Fish => assert_eq!(typist.enter("echo (claude-bedrock show w\t)"), ["show", "work"]),
        _ => {}
    }
}

// ---------------------------------------------------------------------------------------------------
// What the shell completes itself.

fn paths_complete_as_the_shell_completes_them(world: World) {
    world.directory("some where/inner");
    let mut typist = typist(world, HONEST);
    let arguments = typist.enter("claude-bedrock allow som\t");
    assert_eq!(arguments[0], "allow");
    assert!(
        arguments[1].trim_end_matches('/').ends_with("some where"),
        "{arguments:?}"
    );
    if typist.world.shell == Bash {
        let arguments = typist.enter("claude-bedrock allow ~/som\t");
        assert_eq!(arguments[1], format!("{}/", typist.world.path("some where").display()));
    }
}

fn a_redirection_goes_to_a_file(world: World) {
    world.write("workbook", "");
    let mut typist = typist(world, HONEST);
    assert_eq!(typist.enter("claude-bedrock show work > workb\t"), ["show", "work"]);
    assert!(!typist.world.path("workb").exists());
}

/// A command of the user's, which has a completion of its own.
fn with_tool(world: &mut World) {
    world.program("bin/cbtool", "#!/bin/sh\n");
    world.after_hook = match world.shell {
        Bash => "complete -W alphabet cbtool\n",
        Zsh => "_cbtool() { compadd alphabet; }; compdef _cbtool cbtool\n",
        Fish => "complete --command cbtool --no-files --arguments alphabet\n",
        Powershell => "Register-ArgumentCompleter -Native -CommandName cbtool -ScriptBlock { 'alphabet' }\n",
    }
    .to_owned();
}

fn commands_complete_after_exec(mut world: World) {
    with_tool(&mut world);
    let mut typist = typist(world, HONEST);
    assert_eq!(typist.enter("claude-bedrock exec cbto\t x"), ["exec", "cbtool", "x"]);
    assert_eq!(
        typist.enter("claude-bedrock exec -p work cbto\t x"),
        ["exec", "-p", "work", "cbtool", "x"]
    );
    assert_eq!(typist.enter("claude-bedrock exec -- cbto\t x").last().unwrap(), "x");
}

fn arguments_of_other_commands(mut typist: Typist) {
    assert_eq!(
        typist.enter("claude-bedrock exec cbtool al\t"),
        ["exec", "cbtool", "alphabet"]
    );
    assert_eq!(
        typist.enter("claude-bedrock exec -p work cbtool al\t"),
        ["exec", "-p", "work", "cbtool", "alphabet"]
    );
    assert_eq!(
        typist.enter("claude-bedrock exec -- cbtool 'a b' al\t").last().unwrap(),
        "alphabet"
    );
}

fn arguments_complete_after_exec(mut world: World) {
    with_tool(&mut world);
    arguments_of_other_commands(typist(world, HONEST));
}

fn without_the_package_files_complete_after_exec(mut world: World) {
    with_tool(&mut world);
    world.write("some.txt", "");
    let mut typist = typist(world, HONEST);
    assert_eq!(
        typist.enter("claude-bedrock exec cbtool som\t"),
        ["exec", "cbtool", "some.txt"]
    );
}

// ---------------------------------------------------------------------------------------------------
// Nothing but candidates.

fn without_a_match_the_line_stays(world: World) {
    for file in ["zfile", "other"] {
        world.write(file, "");
    }
    let mut typist = typist(world, HONEST);
    stays_as_it_is(&mut typist, "claude-bedrock show z");
    stays_as_it_is(&mut typist, "claude-bedrock z");
    stays_as_it_is(&mut typist, "claude-bedrock show work ot");
    assert_eq!(typist.enter("claude-bedrock status \t"), ["status"]);
}

fn a_failing_program_is_silent(world: World) {
    let mut typist = typist(world, "echo loud; echo loud >&2; exit 1");
    stays_as_it_is(&mut typist, "claude-bedrock show lo");
    assert_eq!(typist.enter("claude-bedrock show \t"), ["show"]);
}

fn a_missing_program_is_silent(world: World) {
    let mut typist = typist(world, HONEST);
    let program = typist.world.path("bin/claude-bedrock");
    let away = typist.world.path("away");
    fs::rename(&program, &away).unwrap();
    typist.press("claude-bedrock show w\tx");
    let screen = typist.wait_for("wx");
    assert!(!screen.contains('\n'), "{screen}");
    fs::rename(&away, &program).unwrap();
    assert_eq!(typist.enter(""), ["show", "wx"]);
}

fn a_broken_file_is_silent(world: World) {
    let mut typist = typist(world, HONEST);
    for broken in [
        "[profiles.work",
        "profiles = 1",
        "[profiles.work]\nregion = 1\n[profiles.\"a b\"]\n",
    ] {
        typist.world.config(broken);
        stays_as_it_is(&mut typist, "claude-bedrock show a");
    }
    assert_eq!(typist.enter("claude-bedrock sta\t"), ["status"]);
}

fn nothing_typed_is_evaluated(world: World) {
    let log = world.records().join("asked");
    let mut typist = typist(world, &format!("printf '%s\\n' \"$*\" >>{}; {HONEST}", log.display()));
    let lines: &[&str] = match typist.world.shell {
        // Not with the cursor in the same word: there zsh's Tab expands it, whatever the command.
        Bash | Zsh => &[
            "claude-bedrock show $(touch evil) ",
            "claude-bedrock show $(touch evil) w",
            "claude-bedrock show $(touch evil",
            "claude-bedrock show `touch evil` w",
            "claude-bedrock show \"$(touch evil)\" w",
            "claude-bedrock show <(touch evil) w",
            "claude-bedrock show ${x:=$(touch evil)} w",
            "claude-bedrock show ';touch evil;' w",
            "claude-bedrock show a[$(touch evil)] w",
        ],
        Fish => &[
            "claude-bedrock show (touch evil) ",
            "claude-bedrock show (touch evil) w",
            "claude-bedrock show (touch evil)",
            "claude-bedrock show $(touch evil) w",
            "claude-bedrock show \"$(touch evil)\" w",
            "claude-bedrock show ';touch evil;' w",
            "claude-bedrock exec (touch evil) cb",
        ],
        Powershell => &[
            "claude-bedrock show $(New-Item evil) ",
            "claude-bedrock show $(New-Item evil) w",
            "claude-bedrock show (New-Item evil) w",
            "claude-bedrock show @(New-Item evil) w",
            "claude-bedrock show \"$(New-Item evil)\" w",
            "claude-bedrock show \"$(New-Item evil) w",
            "claude-bedrock show { New-Item evil } w",
            "claude-bedrock show ';New-Item evil;' w",
            "claude-bedrock exec $(New-Item evil) cb",
            "claude-bedrock exec cb $(New-Item evil) cb",
        ],
    };
    tab(&mut typist, lines);
    assert!(!typist.world.path("evil").exists());
    // The control: the program was asked about such lines.
    let asked = fs::read_to_string(log).unwrap();
    assert!(asked.contains("evil"), "{asked}");
}

fn odd_settings_do_not_matter(mut world: World) {
    let settings = match world.shell {
        Bash => {
            "set -eu; IFS=ow; shopt -s nullglob failglob extglob nocasematch nocaseglob\n\
             function read { false; }; function printf { false; }; function command { false; }\n\
             alias local=false read=false printf=false command=false complete=false declare=false\n"
        }
        Zsh => {
            "setopt err_exit nounset ksh_arrays sh_word_split ksh_glob glob_subst csh_null_glob warn_create_global\n\
             IFS=ow\n\
             function whence { false }; function command { false }\n\
             alias whence=false command=false\n"
        }
        Fish => {
            "function commandline; end\nfunction complete; end\nfunction count; end\nfunction test; end\n\
             function string; end\nfunction math; end\n"
        }
        Powershell => {
            "Set-StrictMode -Version Latest; $ErrorActionPreference = 'Stop'; $OFS = 'ow'\n\
             $PSNativeCommandUseErrorActionPreference = $true\n\
             function New-Object { throw 'mine' }; function Where-Object { throw 'mine' }\n\
             function ForEach-Object { throw 'mine' }\n"
        }
    };
    world.after_hook = settings.to_owned();
    let mut typist = typist(world, HONEST);
    assert_eq!(typist.enter("claude-bedrock show w\t"), ["show", "work"]);
    assert_eq!(
        typist.enter("claude-bedrock hook zs\t; claude-bedrock show wo\t"),
        ["show", "work"]
    );
    stays_as_it_is(&mut typist, "claude-bedrock show z");
}

/// Settings that are there when the hook is read.
fn odd_settings_before_the_hook_do_not_matter(mut world: World) {
    let settings = match world.shell {
        Bash => "set -u; set -o posix; IFS=ow; shopt -s extglob nocasematch\nalias local=false read=false\n",
        Zsh => {
            // zsh's own completion does not stand these, so they go again.
            world.after_hook = "unalias -a\n".into();
            "setopt nounset ksh_arrays sh_word_split ksh_glob no_bare_glob_qual; IFS=ow\n\
             alias local=false builtin=false whence=false compdef=false\n"
        }
        Fish => "set -g fish_trace\n",
        Powershell => "Set-StrictMode -Version Latest; $ErrorActionPreference = 'Stop'; $OFS = 'ow'\n",
    };
    world.before_hook = settings.to_owned();
    let mut typist = typist(world, HONEST);
    assert_eq!(typist.enter("claude-bedrock show w\t"), ["show", "work"]);
}

fn no_names_are_leaked(world: World) {
    let dump = match world.shell {
        Bash => "{ compgen -v; compgen -A function; }",
        Zsh => "print -l ${(k)parameters} ${(k)functions}",
        Fish => "begin; set --names; functions --all --names; end",
        Powershell => "@(Get-ChildItem Variable:).Name + @(Get-ChildItem Function:).Name",
    };
    let (before, after) = (world.path("before"), world.path("after"));
    let shell = world.shell;
    let mut typist = typist(world, HONEST);
    let dump_to = |path: &Path| match shell {
        Powershell => format!(
            "[IO.File]::WriteAllLines('{}', [string[]]({dump})); claude-bedrock done",
            path.display()
        ),
        _ => format!("{dump} >{}; claude-bedrock done", path.display()),
    };
    // What the shell loads at its first completion is its own.
    typist.enter("true \t; claude-bedrock done".trim_start_matches(if shell == Powershell { "true \t; " } else { "" }));
    typist.enter(&dump_to(&before));
    for line in [
        "claude-bedrock show w\t",
        "claude-bedrock sta\t",
        "claude-bedrock exec --profile=w\t true",
    ] {
        typist.enter(line);
    }
    tab(&mut typist, &["claude-bedrock allow ", "claude-bedrock show z"]);
    typist.enter(&dump_to(&after));
    let names = |path: &Path| -> Vec<String> {
        let text = fs::read_to_string(path).unwrap();
        text.lines().map(str::to_owned).collect()
    };
    let known = names(&before);
    let own: Vec<String> = names(&after)
        .into_iter()
        .filter(|name| !known.contains(name) && !SHELLS_OWN.iter().any(|own| name.starts_with(own)))
        .collect();
    assert_eq!(own, Vec::<String>::new());
    // The control: the hook's own names are among those compared.
    assert!(
        known
            .iter()
            .any(|name| name.to_lowercase().starts_with("__claude") && name.to_lowercase().contains("bedrock"))
    );
}

/// What shells themselves define on the way.
const SHELLS_OWN: &[&str] = &[
    "_",
    "COMP",
    "BASH_",
    "PIPESTATUS",
    "LINES",
    "COLUMNS",
    "history",
    "^",
    "$",
    "?",
];

fn the_last_status_stays(mut world: World) {
    let script = format!(
        "{}\n$global:LASTEXITCODE = 7; $Error.Clear()\n\
         $null = TabExpansion2 'claude-bedrock use w' 20\n\
         $null = TabExpansion2 'claude-bedrock use z' 20\n\
         [Console]::WriteLine(\"$LASTEXITCODE $($Error.Count)\")",
        world.load_line()
    );
    typist::stand_in(&mut world, "exit 3");
    let output = world.script(&script);
    assert_eq!(
        (output.stdout.as_slice(), output.stderr.as_slice()),
        (&b"7 0\n"[..], &b""[..])
    );
}

// ---------------------------------------------------------------------------------------------------
// How it comes into the shell.

/// A shell whose rc file is the hook and `rc`, without `compinit`.
fn plain(world: World, rc: &str) -> Typist {
    let mut world = world;
    world.after_hook = format!("{rc}\n");
    Typist::start_with(world, HONEST)
}

fn compinit_may_come_later(world: World) {
    let mut typist = plain(world, COMPINIT);
    assert_eq!(typist.enter("claude-bedrock show w\t"), ["show", "work"]);
}

fn compinit_may_come_after_the_first_prompt(world: World) {
    let mut typist = plain(world, "");
    typist.enter(&format!("{COMPINIT}; claude-bedrock done"));
    assert_eq!(typist.enter("claude-bedrock show w\t"), ["show", "work"]);
}

fn compinit_may_come_twice(mut world: World) {
    // The second one reads what the first one has dumped, and forgets all else.
    world.before_hook = format!("{COMPINIT}\n");
    world.hook_options = "--alias cb".into();
    let mut typist = plain(world, COMPINIT);
    assert_eq!(typist.enter("claude-bedrock show w\t"), ["show", "work"]);
    typist.enter(&format!("{COMPINIT}; claude-bedrock done"));
    assert_eq!(typist.enter("claude-bedrock show w\t"), ["show", "work"]);
    assert_eq!(typist.enter("cb show w\t"), ["show", "work"]);
}

fn without_compinit_nothing_is_said(world: World) {
    world.write("zfile", "");
    let mut typist = plain(world, "setopt nounset");
    stays_as_it_is(&mut typist, "claude-bedrock show w");
}

fn a_menu_and_grouped_styles_work(world: World) {
    let mut typist = plain(
        world,
        &format!(
            "{COMPINIT}\nzstyle ':completion:*' menu select\nzstyle ':completion:*' group-name ''\n\
             zstyle ':completion:*:descriptions' format '<%d>'\nsetopt complete_in_word\n\
             zstyle ':completion:*' matcher-list '' 'r:|[._-]=* l:|=*'\n"
        ),
    );
    assert_eq!(typist.enter("claude-bedrock show w\t"), ["show", "work"]);
    // The user's own matching finds what only contains the word, and looks behind the cursor too.
    assert_eq!(typist.enter("claude-bedrock show om\t"), ["show", "home"]);
    assert_eq!(
        typist.enter("claude-bedrock show hme\u{1b}[D\u{1b}[D\t"),
        ["show", "home"]
    );
    // A menu: the second candidate.
    assert_eq!(typist.enter("claude-bedrock show \t\t\t\r"), ["show", "work"]);
}

/// The completion script of the world's shell.
fn script_of(world: &World) -> Vec<u8> {
    let output = world.run(["completions", world.shell.name()]);
    assert!(output.status.success());
    output.stdout
}

fn the_script_alone_completes(mut world: World) {
    typist::stand_in(&mut world, HONEST);
    let script = String::from_utf8(script_of(&world)).unwrap();
    let before = if world.shell == Zsh { COMPINIT } else { "" };
    let mut typist = Typist::start(world, &format!("{before}\n{script}"));
    assert_eq!(typist.enter("claude-bedrock show w\t"), ["show", "work"]);
    assert_eq!(typist.enter("claude-bedrock sta\t"), ["status"]);
    stays_as_it_is(&mut typist, "claude-bedrock show z");
}

/// Writes the script where the shell looks for it, and returns what its rc file needs.
fn install(world: &World) -> String {
    let script = script_of(world);
    match world.shell {
        Zsh => {
            world.write(".zfunc/_claude-bedrock", script);
            format!("fpath=(~/.zfunc $fpath)\n{COMPINIT}\n")
        }
        Fish => {
            world.write(".config/fish/completions/claude-bedrock.fish", script);
            String::new()
        }
        _ => {
            world.write(".local/share/bash-completion/completions/claude-bedrock", script);
            format!("source {BASH_COMPLETION}\n")
        }
    }
}

fn the_installed_script_completes(mut world: World) {
    typist::stand_in(&mut world, HONEST);
    let rc = install(&world);
    let mut typist = Typist::start(world, &rc);
    assert_eq!(typist.enter("claude-bedrock show w\t"), ["show", "work"]);
    assert_eq!(typist.enter("claude-bedrock show h\t"), ["show", "home"]);
}

fn the_hook_and_the_installed_script_go_together(mut world: World) {
    world.hook_options = "--alias cb".into();
    world.before_hook = install(&world);
    let mut typist = plain(world, "");
    assert_eq!(typist.enter("claude-bedrock show w\t"), ["show", "work"]);
    assert_eq!(typist.enter("cb show h\t"), ["show", "home"]);
}

fn loaded_twice_it_asks_once(mut world: World) {
    let log = world.records().join("asked");
    world.before_hook = format!("{}\n", world.load_line());
    let mut typist = typist(world, &format!("printf '%s\\n' \"$*\" >>{}; {HONEST}", log.display()));
    assert_eq!(typist.enter("claude-bedrock show w\t"), ["show", "work"]);
    let asked = fs::read_to_string(log).unwrap();
    assert_eq!(asked.lines().count(), 1, "{asked}");
}

fn with_the_package(mut world: World) -> World {
    world.before_hook = format!("source {BASH_COMPLETION}\n");
    world
}

fn the_package_profiles(world: World) {
    profiles_complete_wherever_one_is_named(with_the_package(world));
}

fn the_package_colons(world: World) {
    a_colon_is_part_of_a_word(with_the_package(world));
}

fn the_package_arguments(world: World) {
    let mut world = with_the_package(world);
    with_tool(&mut world);
    arguments_of_other_commands(typist(world, HONEST));
}
