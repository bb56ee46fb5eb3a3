//! What the launcher's settings file says: a profile as Claude Code's settings, and the user's own `--settings`
//! merged into it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde_json::{Map, Value, json};

use crate::claude::json::{self, Kind};
use crate::claude::settings::{self, AUTH_REFRESH, CREDENTIAL_EXPORT, ENV, KEY_HELPER, Settings, Tier};
use crate::claude::shadow;
use crate::diagnostic::{Diagnostic, Place, Result, Source};
use crate::environment::{self, Method, models};
use crate::load::Active;
use crate::profile::{keys, value};
use crate::session::state::ACTIVE_VARIABLE;
use crate::variables;

/// Variables that are left out rather than written as blank: a blank one breaks the AWS CLI and boto3 wherever a
/// tool of the session runs them ("The config profile () could not be found"), and a background session takes
/// these four from its caller and not from the daemon.
const NEVER_BLANK: [&str; 4] = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"];

/// The variables with static or temporary keys, which reach the client through `awsCredentialExport`.
const KEYS: [&str; 3] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

/// The settings' key of the hooks.
const HOOKS: &str = "hooks";

/// The variable that names a file for the Bash tool's shell (2.1.332: read before each command, also where settings
/// set it).
pub const TOOLS_FILE: &str = "CLAUDE_ENV_FILE";

/// What a session is started with.
pub struct Contents {
    /// The settings.
    pub settings: Map<String, Value>,
    /// Whether there is a secret in them.
    pub has_secret: bool,
    /// What of the profile the user's own settings replace.
    pub overridden: Vec<String>,
}

/// The settings of a profile whose variables have these values. `below` are the settings files that it has to
/// beat; in the `background` another directory's variables may be there.
pub fn of(
    active: &Active,
    values: &BTreeMap<String, Option<String>>,
    below: &[Settings],
    background: bool,
    program: &Path,
) -> Result<Contents> {
    let has_export = gives_credentials(active);
    let mut env = Map::new();
    for (name, value) in values {
        let is_key = KEYS.contains(&name.as_str());
        let text = match value {
            Some(_) if has_export && is_key => {
                // The client has them from the command; the tools of a session in the foreground inherit them.
                if !background && !is_set_below(name, below) {
                    continue;
                }
                ""
            }
            Some(value) => value,
            None if NEVER_BLANK.contains(&name.as_str()) && !is_set_below(name, below) => continue,
            None => "",
        };
        env.insert(name.clone(), json!(text));
    }
    // For the status line and for prompts in a background session, whose daemon may be another directory's.
    env.insert(ACTIVE_VARIABLE.to_owned(), json!(active.profile.name));
    let has_secret = env.iter().any(|(name, value)| {
        value
            .as_str()
            .is_some_and(|value| !value.is_empty() && shadow::is_secret(name, value))
    });
    let mut settings = Map::new();
    settings.insert(ENV.to_owned(), Value::Object(env));
    let name = shell_words::quote(&active.profile.name);
    let program = crate::claude::apply::quoted_program(program)?;
    if has_export {
        // The client asks STS whether a login is due with whatever credentials the environment has; for keys there is
        // no login, so the check is off.
        let refresh = match Method::of(&active.profile) {
            Method::AccessKeys => String::new(),
            _ => format!("{program} login {name}"),
        };
        settings.insert(AUTH_REFRESH.to_owned(), json!(refresh));
        let export = format!("{program} credentials {name} --no-fallback");
        settings.insert(CREDENTIAL_EXPORT.to_owned(), json!(export));
    }
    if matches!(Method::of(&active.profile), Method::ApiKey | Method::Gateway) {
        // A token beats what the user's own commands give, or nothing signs; they would only run for nothing, and
        // `apiKeyHelper` would send its key to a gateway that wants none. An empty text is no command.
        for key in [AUTH_REFRESH, CREDENTIAL_EXPORT, KEY_HELPER] {
            settings.insert(key.to_owned(), json!(""));
        }
    }
    if environment::helped(&active.profile).is_some() {
        // The one way in for a token that enters no environment.
        let helper = format!("{program} credentials {name} --format token");
        settings.insert(KEY_HELPER.to_owned(), json!(helper));
    }
    let moved =
        json!([{ "hooks": [{ "type": "command", "command": format!("{program} cwd-changed"), "timeout": 30 }] }]);
    settings.insert(HOOKS.to_owned(), json!({ "CwdChanged": moved }));
    settings.extend(model_keys(active));
    Ok(Contents {
        settings,
        has_secret,
        overridden: Vec::new(),
    })
}

/// Whether this program's `credentials` has what the client signs with.
fn gives_credentials(active: &Active) -> bool {
    matches!(Method::of(&active.profile), Method::AwsProfile | Method::AccessKeys)
}

/// What the shell of the session's Bash tool reads before each command, from the file that `CLAUDE_ENV_FILE` names: a
/// variable that is blank for Claude Code's sake is none for the tools, and the AWS profile that `auth.tools` names
/// has a region of its own. Then `theirs`, the file that the variable named before. POSIX shell.
pub fn for_tools(settings: &Map<String, Value>, tools_have_region: bool, theirs: Option<&str>) -> String {
    let env = settings.get(ENV).and_then(Value::as_object);
    let blank = env.into_iter().flatten().filter(|(_, value)| **value == "");
    let mut names: Vec<&str> = blank.map(|(name, _)| name.as_str()).collect();
    if tools_have_region {
        names.extend(["AWS_REGION", "AWS_DEFAULT_REGION"]);
    }
    names.retain(|name| variables::is_name(name));
    let mut text = String::new();
    if !names.is_empty() {
        text.push_str(&format!("unset -v {}\n", names.join(" ")));
    }
    if let Some(theirs) = theirs.filter(|path| !path.is_empty()) {
        let path = shell_words::quote(theirs);
        text.push_str(&format!("[ ! -r {path} ] || . {path}\n"));
    }
    text
}

/// Whether a settings file that the client reads gives the variable a value.
fn is_set_below(name: &str, below: &[Settings]) -> bool {
    below.iter().filter(|settings| !settings.is_ignored).any(|settings| {
        settings
            .env
            .iter()
            .any(|(known, value)| known == name && !value.text.is_empty())
    })
}

/// The settings about models that no variable can express.
pub fn model_keys(active: &Active) -> Map<String, Value> {
    let mut keys = Map::new();
    if let Some(available) = models::available(&active.profile) {
        keys.insert("availableModels".to_owned(), json!(available));
        keys.insert("enforceAvailableModels".to_owned(), json!(true));
    }
    let overrides: Map<String, Value> = active
        .profile
        .settings
        .below(keys::OVERRIDES)
        .filter_map(|(name, located)| match &located.value {
            value::Value::Text(text) => Some((name.to_owned(), json!(text))),
            _ => None,
        })
        .collect();
    if !overrides.is_empty() {
        keys.insert("modelOverrides".to_owned(), Value::Object(overrides));
    }
    keys
}

impl Contents {
    /// Gives a variable a value.
    pub fn set_variable(&mut self, name: &str, value: &str) {
        if let Some(Value::Object(env)) = self.settings.get_mut(ENV) {
            env.insert(name.to_owned(), json!(value));
        }
    }

    /// The value of a variable, if it has one.
    pub fn variable(&self, name: &str) -> Option<String> {
        self.settings.get(ENV)?.get(name)?.as_str().map(str::to_owned)
    }

    /// Names the file that the Bash tool reads before each command.
    pub fn name_tools_file(&mut self, path: &Path) {
        if let Some(path) = path.to_str() {
            self.set_variable(TOOLS_FILE, path);
        }
    }

    /// Puts the user's own settings over the profile's, key by key and variable by variable.
    pub fn merge(&mut self, theirs: Map<String, Value>) {
        let mut overridden = BTreeSet::new();
        for (key, value) in theirs {
            match (self.settings.get_mut(&key), value) {
                (Some(Value::Object(ours)), Value::Object(theirs)) => {
                    for (name, value) in theirs {
                        // The client runs the hooks of every source, so ours and theirs go together.
                        if let (HOOKS, Some(Value::Array(ours)), Value::Array(theirs)) =
                            (key.as_str(), ours.get_mut(&name), &value)
                        {
                            ours.extend(theirs.iter().cloned());
                            continue;
                        }
                        if ours.get(&name).is_some_and(|ours| *ours != value) {
                            overridden.insert(name.clone());
                        }
                        let is_secret = value.as_str().is_some_and(|text| shadow::is_secret(&name, text));
                        self.has_secret |= key == ENV && is_secret;
                        ours.insert(name, value);
                    }
                }
                (ours, value) => {
                    if ours.is_some_and(|ours| *ours != value) {
                        overridden.insert(key.clone());
                    }
                    self.settings.insert(key, value);
                }
            }
        }
        self.overridden.extend(overridden);
    }

    /// The file's text, checked by the reader that stands for the client's: a fault would make the client drop the
    /// whole file and go on without the profile.
    pub fn text(&self) -> Result<String> {
        let text = Value::Object(self.settings.clone()).to_string();
        let source = Rc::new(Source::new(PathBuf::from("--settings"), text.clone()));
        match faults(&source)?.into_iter().next() {
            Some(fault) => Err(fault.into()),
            None => Ok(text + "\n"),
        }
    }
}

/// The user's own settings: a file, or JSON on the command line. Errors: what makes the client drop the whole.
pub fn given(value: &str) -> Result<Map<String, Value>> {
    let Some(source) = settings::given(value)? else {
        return Ok(Map::new());
    };
    if let Some(fault) = faults(&source)?.into_iter().next() {
        return Err(fault.into());
    }
    match serde_json::from_str(source.text()) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Diagnostic::error("--settings is not a JSON object").into()),
        Err(error) => Err(Diagnostic::error(format!("--settings is not JSON: {error}")).into()),
    }
}

/// What makes the client drop a settings text as a whole.
fn faults(source: &Rc<Source>) -> Result<Vec<Diagnostic>> {
    const DROPPED: &str = "Claude Code would ignore the whole text and go on without it";
    let settings = settings::understood(Tier::Given, source)?;
    let mut faults: Vec<Diagnostic> = settings.lenient.into_iter().collect();
    if settings.is_ignored {
        faults.extend(settings.faults);
    }
    let text = source.text();
    let Ok(document) = json::document(text) else {
        return Ok(faults);
    };
    let Some(top) = document.top.filter(|top| top.kind == Kind::Object) else {
        return Ok(faults);
    };
    let Ok(object) = json::object(text, &top) else {
        return Ok(faults);
    };
    let at = |span: &std::ops::Range<usize>| Place {
        source: Rc::clone(source),
        span: span.clone(),
    };
    for member in &object.members {
        let is_null = &text[member.value.span.clone()] == "null";
        if is_null && faults.is_empty() {
            let message = format!("`{}` takes no `null`", member.name);
            faults.push(Diagnostic::at(at(&member.value.span), message).help(DROPPED));
        }
    }
    let env = object
        .get(ENV)
        .and_then(|member| json::object(text, &member.value).ok());
    for member in env.iter().flat_map(|env| &env.members) {
        if &text[member.value.span.clone()] == "null" && faults.is_empty() {
            let message = format!("`{}` takes no `null`", member.name);
            let help = "Claude Code would make the text `null` of it, a region or a model of that name";
            faults.push(Diagnostic::at(at(&member.value.span), message).help(help));
        }
    }
    Ok(faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_client_would_drop_is_refused_with_its_line() {
        for (text, line) in [
            ("{\"model\": null}", 1),
            ("{\n\"model\": 5}", 2),
            ("{\n\"a\": 1,\n}", 2),
            ("{ // why\n}", 1),
            ("{\"permissions\": []}", 1),
            ("{\"env\": null}", 1),
            ("{\"awsCredentialExport\": null}", 1),
            ("{\"whatever\": null}", 1),
            ("{\"env\": {\"A\": \"1\",\n\"AWS_REGION\": null}}", 2),
            ("{\"cleanupPeriodDays\": \"9\"}", 1),
            ("{\"cleanupPeriodDays\": 1.5}", 1),
            ("{\"permissions\": {\n\"allow\": \"x\"}}", 2),
            ("{\"permissions\": {\"allow\": \n5}}", 2),
            ("{\"permissions\": {\"defaultMode\":\n5}}", 2),
            ("{\"statusLine\": {\"type\": \"command\"}}", 1),
            ("{\"statusLine\": {\"type\": \"command\",\n\"command\": 5}}", 2),
            ("{\"availableModels\": [5]}", 1),
            ("{\n\"modelOverrides\": {\"claude-opus-5\": 5}}", 2),
            ("{\"sandbox\": {\"enabled\": \"x\"}}", 1),
            ("{\"enforceAvailableModels\": \"true\"}", 1),
            ("{\"fallbackModel\": 5}", 1),
            ("{\"plansDirectory\": 5}", 1),
            ("{\"skipWebFetchPreflight\": \"true\"}", 1),
            ("{\"companyAnnouncements\": \"x\"}", 1),
            ("{\"permissions\": {\n\"defaultMode\": \"zzz\"}}", 2),
        ] {
            let finding = given(text).unwrap_err();
            assert_eq!(
                finding.place.as_ref().map(Place::line),
                Some(line),
                "{text}: {}",
                finding.message
            );
        }
        for text in [
            "{}",
            "",
            "{\"env\": {\"A\": 5}}",
            "{\"unknown\": [null]}",
            "{\"permissions\": {\"allow\": [5]}}",
            "{\"hooks\": {\"SessionStart\": \"x\"}}",
            "{\"deniedModels\": \"x\"}",
            "{\"statusLine\": {\"type\": \"command\", \"command\": \"x\", \"padding\": 0}}",
            "{\"model\": \"opus\"}",
        ] {
            assert!(given(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_the_user_gave_wins_key_by_key_and_is_named() {
        let ours = json!({"env": {"AWS_REGION": "eu-west-1", "ANTHROPIC_MODEL": "opus"}, "model": "opus"});
        let Value::Object(settings) = ours else { unreachable!() };
        let mut contents = Contents {
            settings,
            has_secret: false,
            overridden: Vec::new(),
        };
        let theirs =
            "{\"env\": {\"AWS_REGION\": \"us-east-1\", \"OWN\": \"1\"}, \"model\": \"opus\", \"outputStyle\": \"x\"}";
        contents.merge(given(theirs).unwrap());
        assert_eq!(contents.overridden, ["AWS_REGION"]);
        assert!(!contents.has_secret);
        assert_eq!(
            Value::Object(contents.settings),
            json!({"env": {"AWS_REGION": "us-east-1", "ANTHROPIC_MODEL": "opus", "OWN": "1"}, "model": "opus", "outputStyle": "x"})
        );
    }
}
