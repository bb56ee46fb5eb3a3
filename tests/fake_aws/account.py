"""What the account behind the fake has, unless a test's script says something else, and how Bedrock refuses."""

import json

ACCOUNT = "123456789012"
TIME = "2026-01-01T00:00:00Z"

# Bedrock's ID, the name, the geographies.
MODELS = [
    ("anthropic.claude-opus-5-5", "Claude Opus 5.5", ["us", "eu", "global"]),
    ("anthropic.claude-sonnet-4-6", "Claude Sonnet 4.6", ["us", "eu", "global"]),
    ("anthropic.claude-haiku-4-5-20251001-v1:0", "Claude Haiku 4.5", ["us", "eu", "global"]),
]
REGIONS = {"us": ["us-east-1", "us-west-2"], "eu": ["eu-west-1", "eu-north-1"], "global": ["us-east-1", "eu-west-1"]}


class Refusal(Exception):
    def __init__(self, status, code, message):
        self.fault = {"status": status, "code": code, "message": message}


def model(id, name, region):
    return {
        "modelArn": f"arn:aws:bedrock:{region}::foundation-model/{id}",
        "modelId": id,
        "modelName": name,
        "providerName": "Anthropic",
        "responseStreamingSupported": True,
        "inferenceTypesSupported": ["INFERENCE_PROFILE"],
        "modelLifecycle": {"status": "ACTIVE"},
    }


def profile(geography, id, name, region):
    return {
        "inferenceProfileName": f"{geography.upper()} Anthropic {name}",
        "inferenceProfileArn": f"arn:aws:bedrock:{region}:{ACCOUNT}:inference-profile/{geography}.{id}",
        "inferenceProfileId": f"{geography}.{id}",
        "models": [{"modelArn": f"arn:aws:bedrock:{r}::foundation-model/{id}"} for r in REGIONS[geography]],
        "status": "ACTIVE",
        "type": "SYSTEM_DEFINED",
    }


def profiles(region):
    own = "eu" if region.startswith("eu-") else "us"
    return [profile(g, id, name, region) for id, name, gs in MODELS for g in gs if g in (own, "global")]


def answer(scripted, operation, parameters, region):
    """The output of an operation."""
    listed = scripted.get("ListInferenceProfiles", {}).get("inferenceProfileSummaries", profiles(region))
    if operation == "ListInferenceProfiles":
        kind = parameters.get("typeEquals")
        return {"inferenceProfileSummaries": [p for p in listed if kind in (None, p["type"])]}
    if operation == "GetInferenceProfile" and operation not in scripted:
        wanted = parameters["inferenceProfileIdentifier"]
        for found in listed:
            if wanted in (found["inferenceProfileId"], found["inferenceProfileArn"]):
                return found
        raise Refusal(404, "ResourceNotFoundException", "The specified inference profile does not exist.")
    if operation == "GetGuardrail" and operation not in scripted:
        raise Refusal(404, "ResourceNotFoundException", "The guardrail was not found.")
    if operation == "InvokeModel" and operation not in scripted:
        wanted = parameters["modelId"]
        if wanted in [id for id, _, _ in MODELS]:
            raise Refusal(
                400,
                "ValidationException",
                f"Invocation of model ID {wanted} with on-demand throughput isn’t supported. Retry your request "
                "with the ID or ARN of an inference profile that contains this model.",
            )
        if not any(wanted in (p["inferenceProfileId"], p["inferenceProfileArn"]) for p in listed):
            raise Refusal(400, "ValidationException", "The provided model identifier is invalid.")
        body = {"type": "message", "content": [{"type": "text", "text": "Hi"}], "stop_reason": "max_tokens"}
        return {"body": json.dumps(body).encode(), "contentType": "application/json"}
    if operation in scripted:
        output = dict(scripted[operation])
        if operation == "InvokeModel":
            output = {"body": json.dumps(output).encode(), "contentType": "application/json"}
        return output
    if operation == "GetCallerIdentity":
        arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSReservedSSO_Developer_0123456789abcdef/me"
        return {"UserId": "AROAEXAMPLE:me", "Account": ACCOUNT, "Arn": arn}
    if operation == "ListFoundationModels":
        return {"modelSummaries": [model(id, name, region) for id, name, _ in MODELS]}
    if operation == "GetRoleCredentials":
        keys = {"accessKeyId": "ASIAEXAMPLE", "secretAccessKey": "secret", "sessionToken": "token"}
        return {"roleCredentials": {**keys, "expiration": 4102444800000}}
    raise Refusal(400, "ValidationException", f"the fake has no answer to {operation}")
