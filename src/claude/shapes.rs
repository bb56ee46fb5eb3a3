//! What the keys of Claude Code's settings hold, where another type makes the client drop the whole file. Each was tried
//! with 2.1.332; keys whose faults drop only themselves (hooks, `deniedModels`, `env`'s values) are not here.

use std::ops::Range;

use serde_json::Value;

use crate::claude::json::{self, Object};

/// What a value must be.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Text,
    /// A text that is run.
    Command,
    Flag,
    /// A whole number from 0.
    Count,
    Object,
    Array,
    /// Any number.
    Number,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// An array of texts.
    Texts,
    /// An object whose values are texts.
    TextMap,
}

impl Shape {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Text | Self::Command => value.is_string(),
            Self::Flag => value.is_boolean(),
            Self::Count => value.is_u64(),
            Self::Number => value.is_number(),
            Self::OneOf(texts) => value.as_str().is_some_and(|value| texts.contains(&value)),
            Self::Object => value.is_object(),
            Self::Array => value.is_array(),
            Self::Texts => value
                .as_array()
                .is_some_and(|values| values.iter().all(Value::is_string)),
            Self::TextMap => value
                .as_object()
                .is_some_and(|object| object.values().all(Value::is_string)),
        }
    }

    fn words(self) -> String {
        let words = match self {
            Self::OneOf(texts) => return format!("one of \"{}\"", texts.join("\", \"")),
            Self::Number => "a number",
            Self::Text => "a string in double quotes",
            Self::Command => "a command in double quotes",
            Self::Flag => "true or false",
            Self::Count => "a whole number",
            Self::Object => "an object",
            Self::Array => "an array",
            Self::Texts => "an array of strings",
            Self::TextMap => "an object of strings",
        };
        words.to_owned()
    }
}

/// The keys, those of inner objects with their path.
const SHAPES: &[(&[&str], Shape)] = &[
    (&["advisorModel"], Shape::Text),
    (&["agent"], Shape::Text),
    (&["agentPushNotifEnabled"], Shape::Flag),
    (&["allowAllClaudeAiMcps"], Shape::Flag),
    (&["allowClaudeInChromeWithManagedMcp"], Shape::Flag),
    (&["allowManagedHooksOnly"], Shape::Flag),
    (&["allowManagedMcpServersOnly"], Shape::Flag),
    (&["allowManagedPermissionRulesOnly"], Shape::Flag),
    (&["allowNestedModelAccessUnderForceLogin"], Shape::Flag),
    (&["allowedChannelPlugins"], Shape::Array),
    (&["allowedHttpHookUrls"], Shape::Texts),
    (&["alwaysThinkingEnabled"], Shape::Flag),
    (&["apiKeyHelper"], Shape::Command),
    (&["attribution"], Shape::Object),
    (&["attribution", "commit"], Shape::Text),
    (&["attributionProject"], Shape::Text),
    (&["autoCompactEnabled"], Shape::Flag),
    (&["autoContinueAtUsageLimit"], Shape::Flag),
    (&["autoDreamEnabled"], Shape::Flag),
    (&["autoMemoryDirectory"], Shape::Text),
    (&["autoMemoryEnabled"], Shape::Flag),
    (&["autoScrollEnabled"], Shape::Flag),
    (&["autoUpdatesChannel"], Shape::OneOf(&["latest", "stable", "rc"])),
    (&["autoUploadSessions"], Shape::Flag),
    (&["availableModels"], Shape::Texts),
    (&["awaySummaryEnabled"], Shape::Flag),
    (&["awsAuthRefresh"], Shape::Command),
    (&["awsCredentialExport"], Shape::Command),
    (&["bashEditDiffEnabled"], Shape::Flag),
    (&["blockedMarketplaces"], Shape::Array),
    (&["channelsEnabled"], Shape::Flag),
    (&["claudeMd"], Shape::Text),
    (&["claudeMdExcludes"], Shape::Texts),
    (&["clawdFileProgressEnabled"], Shape::Flag),
    (&["cleanupPeriodDays"], Shape::Count),
    (&["companyAnnouncements"], Shape::Texts),
    (&["daemonColdStart"], Shape::OneOf(&["transient", "ask"])),
    (&["defaultShell"], Shape::OneOf(&["bash", "powershell"])),
    (&["desktopSessionCleanupPeriodDays"], Shape::Number),
    (&["disableAgentView"], Shape::Flag),
    (&["disableAllHooks"], Shape::Flag),
    (&["disableArtifact"], Shape::Flag),
    (&["disableAutoMode"], Shape::OneOf(&["disable"])),
    (&["disableBundledSkills"], Shape::Flag),
    (&["disableClaudeAiConnectors"], Shape::Flag),
    (&["disableCommandPluginSources"], Shape::Flag),
    (&["disableDirectMcpSkills"], Shape::Flag),
    (&["disableRemoteControl"], Shape::Flag),
    (&["disableReplyCheck"], Shape::Flag),
    (&["disableSideloadFlags"], Shape::Flag),
    (&["disableSkillShellExecution"], Shape::Flag),
    (&["disableWindowsBashCommandSplit"], Shape::Flag),
    (&["disableWorkflows"], Shape::Flag),
    (&["disabledMcpjsonServers"], Shape::Texts),
    (&["doneMeansMerged"], Shape::Flag),
    (&["downloadsMirrorUrl"], Shape::Text),
    (&["emojiCompletionEnabled"], Shape::Flag),
    (&["enableAllProjectMcpServers"], Shape::Flag),
    (&["enableArtifact"], Shape::Flag),
    (&["enableWorkflows"], Shape::Flag),
    (&["enabledMcpjsonServers"], Shape::Texts),
    (&["enabledPlugins"], Shape::Object),
    (&["enforceAvailableModels"], Shape::Flag),
    (&["fallbackModel"], Shape::Texts),
    (&["fastMode"], Shape::Flag),
    (&["fastModePerSessionOptIn"], Shape::Flag),
    (&["feedbackDrafts"], Shape::OneOf(&["notify", "quiet", "off"])),
    (&["feedbackSurveyRate"], Shape::Number),
    (&["fileCheckpointingEnabled"], Shape::Flag),
    (&["fileSuggestion"], Shape::Object),
    (&["forceRemoteSettingsRefresh"], Shape::Flag),
    (&["gcpAuthRefresh"], Shape::Text),
    (&["hooks"], Shape::Object),
    (&["httpHookAllowedEnvVars"], Shape::Texts),
    (&["idleCompaction"], Shape::Flag),
    (&["includeCoAuthoredBy"], Shape::Flag),
    (&["includeGitInstructions"], Shape::Flag),
    (&["inputNeededNotifEnabled"], Shape::Flag),
    (&["isolatePeerMachines"], Shape::Flag),
    (&["language"], Shape::Text),
    (&["managedSourcesBehavior"], Shape::OneOf(&["first-wins", "merge"])),
    (&["minimumVersion"], Shape::Text),
    (&["model"], Shape::Text),
    (&["modelCatalogPublicKey"], Shape::Text),
    (&["modelCatalogUrl"], Shape::Text),
    (&["modelOverrides"], Shape::TextMap),
    (&["otelHeadersHelper"], Shape::Text),
    (&["outputStyle"], Shape::Text),
    (&["parentSettingsBehavior"], Shape::OneOf(&["first-wins", "merge"])),
    (&["permissions"], Shape::Object),
    (&["permissions", "additionalDirectories"], Shape::Array),
    (&["permissions", "allow"], Shape::Array),
    (&["permissions", "ask"], Shape::Array),
    (
        &["permissions", "defaultMode"],
        Shape::OneOf(&["acceptEdits", "auto", "bypassPermissions", "default", "dontAsk", "plan"]),
    ),
    (&["permissions", "deny"], Shape::Array),
    (&["plansDirectory"], Shape::Text),
    (&["pluginSuggestionMarketplaces"], Shape::Texts),
    (&["pluginTrustMessage"], Shape::Text),
    (&["prUrlTemplate"], Shape::Text),
    (&["precomputeCompactionEnabled"], Shape::Flag),
    (&["prefersReducedMotion"], Shape::Flag),
    (&["processWrapper"], Shape::Text),
    (&["promptSuggestionEnabled"], Shape::Flag),
    (&["proxyAuthHelper"], Shape::Text),
    (&["requiredMinimumVersion"], Shape::Text),
    (&["respondToBashCommands"], Shape::Flag),
    (&["responseComparisonEnabled"], Shape::Flag),
    (&["sandbox"], Shape::Object),
    (&["sandbox", "enabled"], Shape::Flag),
    (&["sandbox", "network"], Shape::Object),
    (&["showClearContextOnPlanAccept"], Shape::Flag),
    (&["skillListingBudgetFraction"], Shape::Number),
    (&["skillListingMaxDescChars"], Shape::Number),
    (&["skipDangerousModePermissionPrompt"], Shape::Flag),
    (&["skipWebFetchPreflight"], Shape::Flag),
    (&["spinnerTipsEnabled"], Shape::Flag),
    (&["statusLine"], Shape::Object),
    (&["statusLine", "command"], Shape::Text),
    (&["statusLine", "type"], Shape::Text),
    (&["syncClaudeAiPlugins"], Shape::Flag),
    (&["syncClaudeAiSkills"], Shape::Flag),
    (&["syntaxHighlightingDisabled"], Shape::Flag),
    (&["terminalProgressBarEnabled"], Shape::Flag),
    (&["terminalTitleFromRename"], Shape::Flag),
    (&["timeZone"], Shape::Text),
    (
        &["totalTokensReminder"],
        Shape::OneOf(&["off", "infinite", "fixed", "countdown", "padded-countdown"]),
    ),
    (&["totalTokensReminderAfterUserTurn"], Shape::Flag),
    (&["totalTokensReminderBudget"], Shape::Number),
    (&["verbose"], Shape::Flag),
    (&["workflowKeywordTriggerEnabled"], Shape::Flag),
    (&["worktree"], Shape::Object),
    (&["wslInheritsWindowsSettings"], Shape::Flag),
];

/// Inner keys that must be there.
const NEEDED: &[(&[&str], &str)] = &[(&["statusLine"], "type"), (&["statusLine"], "command")];

/// What makes the client drop these settings, a JSON object: the name of the key that is wrong, where its value stands,
/// and what it takes.
pub fn faults(text: &str, top: &Object) -> Vec<(&'static str, Range<usize>, String)> {
    let Ok(settings) = serde_json::from_str::<Value>(text) else {
        return Vec::new();
    };
    let mut faults = Vec::new();
    for (path, shape) in SHAPES {
        let value = path.iter().try_fold(&settings, |value, name| value.get(name));
        if value.is_some_and(|value| !shape.fits(value)) {
            faults.push((*path, format!("`{}` is {}", path.join("."), shape.words())));
        }
    }
    for (outer, inner) in NEEDED {
        let object = settings.get(outer[0]).and_then(Value::as_object);
        if object.is_some_and(|object| !object.contains_key(*inner)) {
            faults.push((*outer, format!("`{}` needs `{inner}`", outer[0])));
        }
    }
    let place = |path: &[&str]| {
        let outer = &top.get(path[0])?.value;
        let Some(name) = path.get(1) else {
            return Some(outer.span.clone());
        };
        let inner = json::object(text, outer).ok()?;
        Some(inner.get(name)?.value.span.clone())
    };
    faults
        .into_iter()
        .filter_map(|(path, message)| Some((path[0], place(path)?, message)))
        .collect()
}
