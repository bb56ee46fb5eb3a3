//! Variables in JSON and TOML: Claude Code's settings, VS Code's, development containers, mise, and programs that keep
//! several set-ups in one file (cc-switch), whose parts have an `env` each.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde_json::{Map, Value as Json};

use super::variables::concerns;
use super::{Reading, Value, Variable, clauth};
use crate::claude::json;
use crate::diagnostic::{Diagnostic, Place, Result, Source};
use crate::variables::is_name;

/// VS Code's setting for the variables of Claude Code's extension.
const EXTENSION: &str = "claudeCode.environmentVariables";

/// VS Code's settings for the variables of its terminals; the system's name follows.
const TERMINALS: &str = "terminal.integrated.env.";

/// Keys by which Claude Code's settings are known where there is no `env`.
const SETTINGS: [&str; 5] = [
    "awsAuthRefresh",
    "awsCredentialExport",
    "apiKeyHelper",
    "modelOverrides",
    "availableModels",
];

/// The content of a JSON text. Errors: it is not JSON, with the place.
pub fn json(path: Option<&Path>, text: &str) -> Result<Vec<Reading>> {
    let name = path.map_or_else(|| PathBuf::from("stdin"), Path::to_path_buf);
    let source = Rc::new(Source::new(name, text.to_owned()));
    let at = |span| Place {
        source: Rc::clone(&source),
        span,
    };
    let document = json::document(text).map_err(|fault| Diagnostic::at(at(fault.span), fault.message))?;
    let value: Json = serde_json::from_str(&strict(text))
        .map_err(|error| Diagnostic::error(format!("{} is not JSON: {error}", source.path.display())))?;
    let mut readings = of(&value);
    // VS Code and development containers allow both.
    let is_settings = value.get("env").is_some() || SETTINGS.iter().any(|key| value.get(*key).is_some());
    if let Some(span) = document.lenient.filter(|_| is_settings)
        && let Some(reading) = readings.first_mut()
    {
        let line = text[..span.start].matches('\n').count() + 1;
        let why = format!(
            "line {line} has a comment or an extra comma: because of it, Claude Code would drop its whole settings file"
        );
        reading.remarks.push(("this file".to_owned(), why));
    }
    Ok(readings)
}

/// What a TOML text says: the tables `env`, as in mise's.
pub fn toml(text: &str) -> Option<Vec<Reading>> {
    let value: Json = ::toml::from_str(text).ok()?;
    if let Some(reading) = clauth::reading(&value) {
        return Some(vec![reading]);
    }
    let mut readings = Vec::new();
    walk(&value, None, &mut readings);
    for reading in &mut readings {
        reading.is_claudes = false;
        reading.keys.clear();
        if value.pointer("/env/_").is_some() {
            let why = "mise reads files and paths by it; import such a file on its own";
            reading.notes.push(("env._".to_owned(), why.to_owned()));
        }
        for variable in &mut reading.variables {
            if let Value::Text(text) = &variable.value
                && text.contains("{{")
            {
                variable.value = Value::Open(text.clone());
            }
        }
    }
    Some(readings)
}

/// What a value says.
pub fn of(value: &Json) -> Vec<Reading> {
    let Some(object) = value.as_object() else {
        let mut readings = Vec::new();
        walk(value, None, &mut readings);
        return readings;
    };
    // A workspace of VS Code's.
    if let Some(settings) = object.get("settings").filter(|_| object.contains_key("folders")) {
        return of(settings);
    }
    let terminals: Vec<(&String, &Json)> = object.iter().filter(|(key, _)| key.starts_with(TERMINALS)).collect();
    if object.contains_key(EXTENSION) || !terminals.is_empty() {
        return vscode(object.get(EXTENSION), &terminals);
    }
    if ["containerEnv", "remoteEnv", "runArgs"]
        .iter()
        .any(|key| object.contains_key(*key))
    {
        let mut reading = Reading::default();
        for key in ["containerEnv", "remoteEnv"] {
            let found = object.get(key).map(|env| variables(env, key)).unwrap_or_default();
            reading.variables.extend(found);
        }
        run_arguments(object.get("runArgs"), &mut reading);
        if let Some(list) = object
            .get("customizations")
            .and_then(|value| value.pointer("/vscode/settings"))
            .and_then(|settings| settings.get(EXTENSION))
        {
            reading.variables.extend(variables(list, EXTENSION));
        }
        return vec![reading];
    }
    if object.get("env").is_some_and(|env| env.is_object() || env.is_array())
        || SETTINGS.iter().any(|key| object.contains_key(*key))
    {
        return vec![settings(object)];
    }
    let mut readings = Vec::new();
    walk(value, None, &mut readings);
    if readings.is_empty() && object.keys().next().is_some_and(|name| is_variable(name)) {
        readings.push(Reading {
            variables: variables(value, ""),
            is_claudes: true,
            ..Reading::default()
        });
    }
    readings
}

/// `-e A=b` and `--env-file F` among the arguments of `docker run`.
fn run_arguments(list: Option<&Json>, reading: &mut Reading) {
    let words: Vec<&str> = list
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect();
    for (option, value) in container_options(&words) {
        if option == "--env-file" {
            let why = "`runArgs` names a file; import it on its own";
            reading.notes.push((format!("{option} {value}"), why.to_owned()));
        } else {
            let pair = Json::Array(vec![Json::String(value.to_owned())]);
            reading.variables.extend(variables(&pair, "runArgs"));
        }
    }
}

/// The values of `-e`, `--env` and `--env-file` among the words of a command that starts a container.
pub fn container_options<'a>(words: &[&'a str]) -> Vec<(&'static str, &'a str)> {
    let mut found = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        for (written, option) in [("-e", "--env"), ("--env", "--env"), ("--env-file", "--env-file")] {
            let value = if *word == written {
                words.clone().next().copied()
            } else {
                word.strip_prefix(written).and_then(|rest| rest.strip_prefix('='))
            };
            found.extend(value.map(|value| (option, value)));
        }
    }
    found
}

/// VS Code's settings. Its terminals are for a Claude Code that is started there; what they say otherwise than the
/// extension's own list is told.
fn vscode(list: Option<&Json>, terminals: &[(&String, &Json)]) -> Vec<Reading> {
    let Some(list) = list else {
        return terminals
            .iter()
            .map(|(key, env)| Reading {
                label: (terminals.len() > 1).then(|| key[TERMINALS.len()..].to_owned()),
                variables: variables(env, key),
                ..Reading::default()
            })
            .collect();
    };
    let mut reading = Reading {
        variables: variables(list, EXTENSION),
        is_claudes: true,
        ..Reading::default()
    };
    for (key, env) in terminals {
        for other in variables(env, key) {
            if concerns(&other.name)
                && !reading
                    .variables
                    .iter()
                    .any(|one| one.name == other.name && one.value == other.value)
            {
                let why = format!("{} sets it for terminals alone, which is left alone", other.place);
                reading.notes.push((other.name, why));
            }
        }
    }
    vec![reading]
}

/// Claude Code's settings: the variables, and every other key.
pub fn settings(object: &Map<String, Json>) -> Reading {
    Reading {
        variables: object.get("env").map(|env| variables(env, "env")).unwrap_or_default(),
        keys: object
            .iter()
            .filter(|(key, _)| *key != "env")
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
        is_claudes: true,
        ..Reading::default()
    }
}

/// Every object with an `env`, under the name that it has.
fn walk(value: &Json, label: Option<&str>, readings: &mut Vec<Reading>) {
    match value {
        Json::Object(object) => {
            let own = object.get("name").and_then(Json::as_str).or(label);
            if object.get("env").is_some_and(|env| env.is_object() || env.is_array()) {
                readings.push(Reading {
                    label: own.map(str::to_owned),
                    ..settings(object)
                });
                return;
            }
            for (key, value) in object {
                // Servers of the Model Context Protocol have an `env` of their own.
                if key == "mcpServers" {
                    continue;
                }
                let wraps = ["settingsConfig", "settings", "config"].contains(&key.as_str());
                walk(value, if wraps { own } else { Some(key) }, readings);
            }
        }
        Json::Array(list) => {
            for value in list {
                walk(value, label, readings);
            }
        }
        _ => {}
    }
}

fn is_variable(name: &str) -> bool {
    is_name(name) && name.chars().all(|c| !c.is_ascii_lowercase()) && name.len() > 2
}

/// An object of variables, or a list of `{"name": …, "value": …}`.
pub fn variables(value: &Json, place: &str) -> Vec<Variable> {
    let variable = |name: &str, value: &Json| Variable {
        name: name.to_owned(),
        value: text(value),
        place: format!("`{place}`"),
    };
    match value {
        Json::Object(object) => object
            .iter()
            // mise: `_.file`, `_.path`.
            .filter(|(name, _)| *name != "_")
            .map(|(name, value)| variable(name, value.get("value").unwrap_or(value)))
            .collect(),
        Json::Array(list) => list
            .iter()
            .flat_map(|entry| match (entry.get("name"), entry.get("value")) {
                (Some(Json::String(name)), Some(value)) => vec![variable(name, value)],
                _ => match entry {
                    Json::Object(_) => variables(entry, place),
                    Json::String(pair) => pair
                        .split_once('=')
                        .map(|(name, value)| variable(name, &Json::String(value.to_owned())))
                        .into_iter()
                        .collect(),
                    _ => Vec::new(),
                },
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// A value as Claude Code makes a text of it (2.1.332, seen): 5 becomes `5`, 1.0 becomes `1`, true `true`.
fn text(value: &Json) -> Value {
    match value {
        Json::String(text) if text.contains("${") => of_this_machine(text).unwrap_or_else(|| Value::Open(text.clone())),
        Json::String(text) => Value::Text(text.clone()),
        Json::Bool(flag) => Value::Text(flag.to_string()),
        Json::Number(number) => {
            let whole = number
                .as_f64()
                .filter(|number| number.fract() == 0.0 && number.abs() < 1e15);
            Value::Text(whole.map_or_else(|| number.to_string(), |number| format!("{number:.0}")))
        }
        Json::Array(list) if list.len() == 1 => text(&list[0]),
        other => Value::Open(other.to_string()),
    }
}

/// `${localEnv:NAME}`, `${localEnv:NAME:default}` and `${env:NAME}` of VS Code and development containers.
fn of_this_machine(text: &str) -> Option<Value> {
    let inner = text.strip_prefix("${")?.strip_suffix('}')?;
    let inner = inner.strip_prefix("localEnv:").or_else(|| inner.strip_prefix("env:"))?;
    let (name, default) = inner
        .split_once(':')
        .map_or((inner, None), |(name, default)| (name, Some(default)));
    let is_plain = is_name(name) && default.is_none_or(|default| !default.contains('$'));
    is_plain.then(|| {
        default.map_or_else(
            || Value::Open(format!("${name}")),
            |default| Value::Text(default.to_owned()),
        )
    })
}

/// The text without comments and without commas before a closing bracket, which serde's reader refuses.
fn strict(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    let mut in_text = false;
    while let Some(c) = characters.next() {
        match c {
            '\\' if in_text => {
                plain.push(c);
                plain.extend(characters.next());
            }
            '"' => {
                in_text = !in_text;
                plain.push(c);
            }
            '/' if !in_text && characters.peek() == Some(&'/') => while characters.next_if(|c| *c != '\n').is_some() {},
            '/' if !in_text && characters.peek() == Some(&'*') => {
                let mut last = ' ';
                for c in characters.by_ref() {
                    if last == '*' && c == '/' {
                        break;
                    }
                    last = c;
                }
            }
            ']' | '}' if !in_text => {
                let end = plain.trim_end().len();
                if plain[..end].ends_with(',') {
                    plain.truncate(end - 1);
                }
                plain.push(c);
            }
            c => plain.push(c),
        }
    }
    plain
}
