//! The minimal IAM policy with which Claude Code works under a profile. Nothing is called: what the profile says and
//! the catalogue are enough.
//!
//! Sources, read in excerpts on 2026-11-25: Amazon Bedrock user guide, "Prerequisites for inference profiles"
//! (beside a profile the model in each of its regions must be allowed, and may be limited to calls through the
//! profile), "Geographic cross-Region inference", "Control permissions for generating and using Amazon Bedrock
//! API keys" (`bedrock:CallWithBearerToken`); the managed policy `AmazonBedrockMantleInferenceAccess`. "Global
//! cross-Region inference" (a model's ARN without a region) was looked up earlier that month. On 2026-11-26:
//! "Permissions for using cross-Region inference with Amazon Bedrock Guardrails".

use serde_json::{Value, json};

use crate::catalog::geography::{self, destinations, partition_of};
use crate::catalog::model::{Form, Resource};
use crate::diagnostic::{Diagnostic, Result};
use crate::environment::{Endpoint, Method, Used, used};
use crate::load::Active;

/// The statements in the making.
struct Policy<'a> {
    active: &'a Active,
    behind: Behind<'a>,
    region: &'a str,
    account: &'a str,
    profiles: Vec<String>,
    behind_profiles: Vec<String>,
    direct: Vec<String>,
}

/// The ARNs of the models behind an account's own inference profile; `None` if they are not known.
pub type Behind<'a> = &'a dyn Fn(&str) -> Option<Vec<String>>;

/// The policy document. Errors: the gateway's own role needs it, or the profile leaves the region open.
pub fn document(active: &Active, behind: Behind<'_>) -> Result<Value> {
    let settings = &active.profile.settings;
    let name = &active.profile.name;
    if Method::of(&active.profile) == Method::Gateway {
        return Err(
            Diagnostic::error(format!("`{name}` needs no IAM policy: its gateway signs the requests"))
                .help(
                    "the gateway's own role needs one; write a profile for that role, and print that profile's policy",
                )
                .into(),
        );
    }
    let region = active
        .environment
        .get("AWS_REGION")
        .and_then(|setting| setting.wanted.text());
    let region = region.ok_or_else(|| {
        Diagnostic::error(format!(
            "the profile `{name}` has no region, on which the policy depends"
        ))
        .help("write: region = \"us-east-1\"")
    })?;
    let mut policy = Policy {
        active,
        behind,
        region,
        account: settings.text("account").unwrap_or("*"),
        profiles: Vec::new(),
        behind_profiles: Vec::new(),
        direct: Vec::new(),
    };
    for model in used::models(&active.profile, &active.environment) {
        policy.model(&model);
    }
    policy.unpinned();
    Ok(json!({ "Version": "2012-10-17", "Statement": policy.statements() }))
}

impl Policy<'_> {
    fn model(&mut self, used: &Used) {
        let region = used.region.as_deref().unwrap_or(self.region);
        match Form::of(&used.id) {
            Form::Bedrock {
                geography: Some(geography),
                id,
            } => self.through(geography, id, region),
            // With both endpoints, an ID without a geography goes to Mantle.
            Form::Bedrock { geography: None, .. } if Endpoint::of(&self.active.profile).has_mantle() => {}
            Form::Bedrock { geography: None, id } => self.direct.push(foundation(region, id)),
            Form::Arn(arn) => match arn.resource {
                Resource::InferenceProfile => {
                    let name = used.id.rsplit('/').next().unwrap_or_default();
                    if let Form::Bedrock {
                        geography: Some(geography),
                        id,
                    } = Form::of(name)
                    {
                        self.through(geography, id, arn.region);
                        self.profiles.pop();
                    }
                    self.profiles.push(used.id.clone());
                }
                Resource::ApplicationProfile => {
                    self.profiles.push(used.id.clone());
                    // Which model is behind it, and where, only the account knows, if it was asked.
                    let all = || vec![format!("arn:{}:bedrock:*::foundation-model/anthropic.*", arn.partition)];
                    self.behind_profiles.extend((self.behind)(&used.id).unwrap_or_else(all));
                }
                Resource::FoundationModel | Resource::Other => self.direct.push(used.id.clone()),
            },
            Form::Alias | Form::Anthropic => {}
        }
    }

    /// A model through the inference profile of a geography: the profile, and the model wherever it goes.
    fn through(&mut self, geography: &str, id: &str, region: &str) {
        let partition = partition_of(region);
        self.behind_profiles.push(foundation(region, id));
        self.behind_profiles.extend(destinations(geography).map(|to| {
            let to = if to == "-" { "" } else { to };
            format!("arn:{partition}:bedrock:{to}::foundation-model/{id}")
        }));
        let account = self.account;
        self.profiles.push(format!(
            "arn:{partition}:bedrock:{region}:{account}:inference-profile/{geography}.{id}"
        ));
    }

    /// What Claude Code maps itself: any model of the family.
    fn unpinned(&mut self) {
        if !Endpoint::of(&self.active.profile).has_bedrock() {
            return;
        }
        let prefix = self
            .active
            .environment
            .get("ANTHROPIC_BEDROCK_REGION_PREFIX")
            .and_then(|setting| setting.wanted.text())
            .unwrap_or_else(|| geography::derived_by_client(self.region))
            .to_owned();
        for alias in used::unpinned(&self.active.environment) {
            self.through(&prefix, &format!("anthropic.claude-{alias}-*"), self.region);
        }
    }

    fn statements(mut self) -> Vec<Value> {
        const INVOKE: [&str; 2] = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"];
        for list in [&mut self.profiles, &mut self.behind_profiles, &mut self.direct] {
            list.sort();
            list.dedup();
        }
        let settings = &self.active.profile.settings;
        let allow = |sid: &str, action: Value, resource: Value| json!({ "Sid": sid, "Effect": "Allow", "Action": action, "Resource": resource });
        let mut statements = Vec::new();
        if !self.profiles.is_empty() {
            statements.push(allow("InvokeProfiles", json!(INVOKE), json!(self.profiles)));
            let mut behind = allow("InvokeModelsBehindProfiles", json!(INVOKE), json!(self.behind_profiles));
            behind["Condition"] = json!({ "ArnLike": { "bedrock:InferenceProfileArn": self.profiles } });
            statements.push(behind);
        }
        if !self.direct.is_empty() {
            statements.push(allow("InvokeModels", json!(INVOKE), json!(self.direct)));
        }
        if Endpoint::of(&self.active.profile).has_bedrock() {
            statements.push(allow(
                "ListProfiles",
                json!("bedrock:ListInferenceProfiles"),
                json!("*"),
            ));
        }
        if !self.profiles.is_empty() {
            statements.push(allow(
                "GetProfiles",
                json!("bedrock:GetInferenceProfile"),
                json!(self.profiles),
            ));
        }
        let (partition, region, account) = (partition_of(self.region), self.region, self.account);
        if let Some(id) = settings.text("guardrail.id") {
            let arn = if id.starts_with("arn:") {
                id.to_owned()
            } else {
                format!("arn:{partition}:bedrock:{region}:{account}:guardrail/{id}")
            };
            statements.push(allow("ApplyGuardrail", json!("bedrock:ApplyGuardrail"), json!(arn)));
        }
        let has_key = Method::of(&self.active.profile) == Method::ApiKey;
        let endpoint = Endpoint::of(&self.active.profile);
        if has_key && endpoint.has_bedrock() {
            statements.push(allow("UseApiKey", json!("bedrock:CallWithBearerToken"), json!("*")));
        }
        if endpoint.has_mantle() {
            let projects = format!("arn:{partition}:bedrock-mantle:{region}:{account}:project/*");
            statements.push(allow(
                "InvokeMantle",
                json!("bedrock-mantle:CreateInference"),
                json!(projects),
            ));
            if has_key {
                let action = json!("bedrock-mantle:CallWithBearerToken");
                statements.push(allow("UseApiKeyOnMantle", action, json!("*")));
            }
        }
        statements
    }
}

/// What has to be allowed beside the document where the profile's guardrail works across regions, which the
/// guardrail knows and not the profile: the guardrail profiles, in every region that they route to.
pub fn guardrail_profiles(active: &Active) -> Option<String> {
    let settings = &active.profile.settings;
    settings.text("guardrail.id")?;
    let region = active.environment.get("AWS_REGION")?.wanted.text()?;
    let account = settings.text("account").unwrap_or("*");
    Some(format!(
        "arn:{}:bedrock:*:{account}:guardrail-profile/*",
        partition_of(region)
    ))
}

fn foundation(region: &str, id: &str) -> String {
    format!("arn:{}:bedrock:{region}::foundation-model/{id}", partition_of(region))
}

/// The document as a resource of Terraform, whose expressions take JSON as it is but for `${` and `%{`.
pub fn terraform(name: &str, document: &Value) -> String {
    let json = format!("{document:#}").replace("${", "$${").replace("%{", "%%{");
    let label: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    format!(
        "resource \"aws_iam_policy\" \"claude_bedrock_{label}\" {{\n  name   = \"claude-bedrock-{label}\"\n  policy = jsonencode({})\n}}\n",
        json.replace('\n', "\n  ")
    )
}
