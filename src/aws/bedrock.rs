//! What Bedrock has for the account: models, inference profiles, guardrails; and one request of one token.
//!
//! Listings are kept and shown, so whatever an endpoint echoes of what it was sent is hidden in them.

use aws_sdk_bedrock::types::{
    FoundationModelLifecycleStatus, InferenceProfileModel, InferenceProfileModelSource, InferenceProfileType,
    InferenceType, Tag,
};
use aws_sdk_bedrockruntime::types::Trace;
use aws_smithy_types::Blob;
use serde::{Deserialize, Serialize};

use crate::aws::error::Call;
use crate::aws::{Account, Service, Trouble};
use crate::system::redact::redacted;

/// A model of `ListFoundationModels`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    /// The bare ID, such as `anthropic.claude-sonnet-4-6`.
    pub id: String,
    /// The name that people know.
    pub name: String,
    /// Who made it.
    pub provider: String,
    /// Whether it streams its answer.
    pub streaming: bool,
    /// Whether it can be called by its bare ID, without an inference profile.
    pub on_demand: bool,
    /// Whether AWS will switch it off.
    pub legacy: bool,
}

/// An inference profile: a model in a geography, or one of the account's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InferenceProfile {
    /// The ID, such as `eu.anthropic.claude-sonnet-4-6`.
    pub id: String,
    /// The ARN.
    pub arn: String,
    /// The name that people know.
    pub name: String,
    /// Whether it is the account's own (an application inference profile).
    pub own: bool,
    /// Whether it can be used.
    pub active: bool,
    /// The ARNs of the models behind it, one for each region that it routes to.
    pub models: Vec<String>,
    /// The tags of an account's own profile, which tell its costs apart; empty if they may not be read.
    pub tags: Vec<(String, String)>,
}

/// A guardrail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guardrail {
    /// Its name.
    pub name: String,
    /// The version that was found.
    pub version: String,
    /// Its state in AWS's words; `READY` is good.
    pub status: String,
}

/// How a request of one token went, where it got an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The model answered.
    Model,
    /// The guardrail stopped it.
    GuardrailIntervened,
}

impl Account {
    async fn bedrock(&self) -> Result<aws_sdk_bedrock::Client, Trouble> {
        let builder = aws_sdk_bedrock::config::Builder::from(&self.config().await?);
        Ok(aws_sdk_bedrock::Client::from_conf(
            match self.endpoint(Service::Bedrock) {
                Some(url) => builder.endpoint_url(url).build(),
                None => builder.build(),
            },
        ))
    }

    /// The models that are offered in the region.
    pub async fn models(&self) -> Result<Vec<Model>, Trouble> {
        let answer = self
            .bedrock()
            .await?
            .list_foundation_models()
            .send()
            .await
            .map_err(|error| Trouble::of_call(&error, &Call::new(self, "bedrock:ListFoundationModels")))?;
        let model = |model: &aws_sdk_bedrock::types::FoundationModelSummary| Model {
            id: redacted(model.model_id()),
            name: redacted(model.model_name().unwrap_or_default()),
            provider: redacted(model.provider_name().unwrap_or_default()),
            streaming: model.response_streaming_supported().unwrap_or_default(),
            on_demand: model.inference_types_supported().contains(&InferenceType::OnDemand),
            legacy: model
                .model_lifecycle()
                .is_some_and(|life| *life.status() == FoundationModelLifecycleStatus::Legacy),
        };
        Ok(answer.model_summaries().iter().map(model).collect())
    }

    /// The inference profiles of one kind that the account has in the region: its own, or those of AWS.
    async fn profiles_of(&self, kind: InferenceProfileType) -> Result<Vec<InferenceProfile>, Trouble> {
        const PAGE: i32 = 1000;
        let own = kind == InferenceProfileType::Application;
        let mut pages = self
            .bedrock()
            .await?
            .list_inference_profiles()
            .max_results(PAGE)
            .type_equals(kind)
            .into_paginator()
            .send();
        let mut profiles = Vec::new();
        while let Some(page) = pages.next().await {
            let page =
                page.map_err(|error| Trouble::of_call(&error, &Call::new(self, "bedrock:ListInferenceProfiles")))?;
            profiles.extend(
                page.inference_profile_summaries()
                    .iter()
                    .map(|profile| InferenceProfile {
                        id: redacted(profile.inference_profile_id()),
                        arn: redacted(profile.inference_profile_arn()),
                        name: redacted(profile.inference_profile_name()),
                        own,
                        active: profile.status().as_str() == "ACTIVE",
                        models: arns(profile.models()),
                        tags: Vec::new(),
                    }),
            );
        }
        Ok(profiles)
    }

    /// Asks for the first of the inference profiles: whether there is an answer to what Claude Code asks at each start.
    pub(super) async fn has_bedrock(&self) -> Result<(), Trouble> {
        let request = self.bedrock().await?.list_inference_profiles().max_results(1);
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(Trouble::of_call(
                &error,
                &Call::new(self, "bedrock:ListInferenceProfiles"),
            )),
        }
    }

    /// All inference profiles that the account has in the region.
    pub async fn inference_profiles(&self) -> Result<Vec<InferenceProfile>, Trouble> {
        let (mut profiles, own) = tokio::try_join!(
            self.profiles_of(InferenceProfileType::SystemDefined),
            self.profiles_of(InferenceProfileType::Application)
        )?;
        profiles.extend(own);
        Ok(profiles)
    }

    /// One inference profile, by its ID or ARN.
    pub async fn inference_profile(&self, id: &str) -> Result<InferenceProfile, Trouble> {
        let answer = self
            .bedrock()
            .await?
            .get_inference_profile()
            .inference_profile_identifier(id)
            .send()
            .await
            .map_err(|error| Trouble::of_call(&error, &Call::new(self, "bedrock:GetInferenceProfile")))?;
        Ok(InferenceProfile {
            id: redacted(answer.inference_profile_id()),
            arn: redacted(answer.inference_profile_arn()),
            name: redacted(answer.inference_profile_name()),
            own: *answer.r#type() == InferenceProfileType::Application,
            active: answer.status().as_str() == "ACTIVE",
            models: arns(answer.models()),
            tags: Vec::new(),
        })
    }

    /// The tags of an account's own inference profile.
    pub(super) async fn tags(&self, arn: &str) -> Result<Vec<(String, String)>, Trouble> {
        let request = self.bedrock().await?.list_tags_for_resource().resource_arn(arn);
        let answer = request.send().await;
        let answer =
            answer.map_err(|error| Trouble::of_call(&error, &Call::new(self, "bedrock:ListTagsForResource")))?;
        let tag = |tag: &Tag| (redacted(tag.key()), redacted(tag.value()));
        Ok(answer.tags().iter().map(tag).collect())
    }

    /// Makes an inference profile of the account's own for the model or the inference profile at the ARN `from`, and
    /// returns its ARN.
    pub async fn create_inference_profile(
        &self,
        name: &str,
        from: &str,
        tags: &[(String, String)],
    ) -> Result<String, Trouble> {
        let action = "bedrock:CreateInferenceProfile";
        let tag = |(key, value): &(String, String)| Tag::builder().key(key).value(value).build();
        let tags: Result<Vec<Tag>, _> = tags.iter().map(tag).collect();
        let tags = tags.map_err(|_| Trouble::unreadable(&Call::new(self, action)))?;
        let request = self
            .bedrock()
            .await?
            .create_inference_profile()
            .inference_profile_name(name)
            .model_source(InferenceProfileModelSource::CopyFrom(from.to_owned()))
            .set_tags((!tags.is_empty()).then_some(tags));
        let answer = request.send().await;
        let answer = answer.map_err(|error| Trouble::of_call(&error, &Call::new(self, action)))?;
        Ok(redacted(answer.inference_profile_arn()))
    }

    /// A guardrail, by its ID or ARN and version (`DRAFT` or a number).
    pub async fn guardrail(&self, id: &str, version: &str) -> Result<Guardrail, Trouble> {
        let answer = self
            .bedrock()
            .await?
            .get_guardrail()
            .guardrail_identifier(id)
            .guardrail_version(version)
            .send()
            .await
            .map_err(|error| Trouble::of_call(&error, &Call::new(self, "bedrock:GetGuardrail")))?;
        Ok(Guardrail {
            name: redacted(answer.name()),
            version: redacted(answer.version()),
            status: redacted(answer.status().as_str()),
        })
    }

    /// The address that Claude Code's runtime calls: neither `AWS_ENDPOINT_URL` and its kin nor a key of the AWS
    /// profile moves it (seen with 2.1.332).
    fn runtime(&self) -> String {
        let own = self.variable("ANTHROPIC_BEDROCK_BASE_URL").map(str::to_owned);
        own.unwrap_or_else(|| format!("https://bedrock-runtime.{}.amazonaws.com", self.region()))
    }

    /// Asks a model for one token, as Claude Code would: same endpoint, same guardrail. It costs money.
    pub async fn invoke(&self, model: &str) -> Result<Answer, Trouble> {
        const BODY: &str =
            r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":1,"messages":[{"role":"user","content":"Hi"}]}"#;
        let config = aws_sdk_bedrockruntime::config::Builder::from(&self.config().await?);
        let config = config.endpoint_url(self.runtime());
        let get = |key: &str| self.profile.settings.text(key);
        let mut request = aws_sdk_bedrockruntime::Client::from_conf(config.build())
            .invoke_model()
            .model_id(model)
            .content_type("application/json")
            .accept("application/json")
            .body(Blob::new(BODY))
            .set_guardrail_identifier(get("guardrail.id").map(str::to_owned))
            .set_guardrail_version(get("guardrail.version").map(str::to_owned));
        if let Some(trace) = get("guardrail.trace") {
            request = request.trace(Trace::from(trace.to_uppercase().as_str()));
        }
        let answer = request
            .send()
            .await
            .map_err(|error| Trouble::of_call(&error, &Call::new(self, "bedrock:InvokeModel")))?;
        let body: serde_json::Value = serde_json::from_slice(answer.body().as_ref()).unwrap_or_default();
        let intervened = body["amazon-bedrock-guardrailAction"] == "INTERVENED";
        Ok(if intervened {
            Answer::GuardrailIntervened
        } else {
            Answer::Model
        })
    }
}

fn arns(models: &[InferenceProfileModel]) -> Vec<String> {
    models
        .iter()
        .filter_map(|model| model.model_arn().map(redacted))
        .collect()
}
