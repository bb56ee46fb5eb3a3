"""What the account behind the fake has, unless a test's script says something else, and whom it lets in.

The users, roles and sessions of IAM and STS are moto's.
"""

import json
import secrets
import time
from datetime import datetime, timedelta, timezone

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends
from moto.sts.responses import TokenResponse

import protocol
from protocol import Refusal

ACCOUNT = "123456789012"
# The keys of the user `me`, and those that moto's GetSessionToken gives out to everybody.
USER_KEYS = ("AKIAI44QH8DHBEXAMPLE", "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY")
SESSION_KEYS = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY")
API_KEY = "ABSKQmVkcm9ja0FQSUtleS1leGFtcGxl"
# The tokens of Identity Center that are good from the start; the others are given out below.
ACCESS_TOKENS = {"the-access-token"}
REFRESH_TOKENS = {"the-refresh-token"}
# What the provider of web identities has given the pod.
IDENTITY_TOKEN = "the-identity-token"
# What the container's agent wants to see, and where an instance keeps the credentials of its role.
CONTAINER_TOKEN = "the-container-token"
INSTANCE = "/latest/meta-data/iam/security-credentials/"
CLIENTS = {"the-client": "the-client-secret"}
# Device codes, each with how often it was asked for: the person in the browser takes until the second time.
DEVICES = {}
# What the person has at Identity Center: the accounts with their names, and the roles in each.
ORGANIZATION = {
    ACCOUNT: ("Acme Dev", ["Developer", "ReadOnly"]),
    "111122223333": ("Acme Prod", ["Developer"]),
    "444455556666": ("", ["Admin"]),
}
# Bedrock lets nobody in there.
WITHOUT_BEDROCK = ["444455556666"]
# The portal's pages, whatever size is asked for: it may give fewer than that.
PORTAL_PAGE = 2

# Bedrock's ID, the name, the geographies.
MODELS = [
    ("anthropic.claude-opus-5-5", "Claude Opus 5.5", ["us", "eu", "global"]),
    ("anthropic.claude-sonnet-4-6", "Claude Sonnet 4.6", ["us", "eu", "global"]),
    ("anthropic.claude-haiku-4-5-20251001-v1:0", "Claude Haiku 4.5", ["us", "eu", "global"]),
]
REGIONS = {"us": ["us-east-1", "us-west-2"], "eu": ["eu-west-1", "eu-north-1"], "global": ["us-east-1", "eu-west-1"]}


def found():
    """Makes the user that has the keys."""
    iam = iam_backends[ACCOUNT]["aws"]
    user = iam.create_user("us-east-1", "me")
    for id, secret in (USER_KEYS, SESSION_KEYS):
        key = iam.create_access_key("me")
        key.access_key_id, key.secret_access_key = id, secret
    assert len(user.access_keys) == 2


def credentials(id):
    for user in iam_backends[ACCOUNT]["aws"].users.values():
        for key in user.access_keys:
            if key.access_key_id == id:
                return Credentials(id, key.secret_access_key)
    for role in assumed_roles():
        if role.access_key_id == id:
            return Credentials(id, role.secret_access_key, role.session_token)
    return None


def assumed_roles():
    return [role for account in ORGANIZATION for role in sts_backends[account]["aws"].assumed_roles]


def authorize(operation, request, now):
    """Refuses who has no good key, as the service does."""
    service = operation.service_model.service_name
    if service.startswith("sso"):
        return
    is_sts = service == "sts"

    def refuse(of_sts, of_others, message):
        raise Refusal(403, of_sts if is_sts else of_others, message, **({} if is_sts else {"Message": message}))

    # It is not signed: whoever asks has nothing but the token.
    if operation.name == "AssumeRoleWithWebIdentity":
        if request.form["WebIdentityToken"] != IDENTITY_TOKEN:
            raise Refusal(400, "InvalidIdentityToken", "No OpenIDConnect provider found in your account")
        return
    header = request.headers.get("Authorization", "")
    kind, _, rest = header.partition(" ")
    if kind == "Bearer" and not is_sts:
        if rest != API_KEY:
            refuse("", "AccessDeniedException", "Authentication failed: Please make sure your API Key is valid.")
        return
    if kind != "AWS4-HMAC-SHA256":
        refuse("MissingAuthenticationToken", "MissingAuthenticationTokenException", "Missing Authentication Token")
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    id, _, region, name, _ = parts["Credential"].split("/")
    known = credentials(id)
    if known is None:
        message = "The security token included in the request is invalid."
        refuse("InvalidClientTokenId", "UnrecognizedClientException", message)
    stamp = request.headers["X-Amz-Date"]
    form = "%Y%m%dT%H%M%SZ"
    earliest = now - timedelta(minutes=5)
    if datetime.strptime(stamp, form).replace(tzinfo=timezone.utc) < earliest:
        message = f"Signature expired: {stamp} is now earlier than {earliest:{form}} ({now:{form}} - 5 min.)"
        refuse("SignatureDoesNotMatch", "InvalidSignatureException", message)
    signed = {name: request.headers[name] for name in parts["SignedHeaders"].split(";")}
    own = AWSRequest(request.method, request.raw_url, signed, request.data)
    own.context["timestamp"] = stamp
    signer = SigV4Auth(known, name, region)
    if signer.signature(signer.string_to_sign(own, signer.canonical_request(own)), own) != parts["Signature"]:
        message = "The request signature we calculated does not match the signature you provided. Check your AWS "
        message += "Secret Access Key and signing method. Consult the service documentation for details."
        refuse("SignatureDoesNotMatch", "InvalidSignatureException", message)
    for role in assumed_roles():
        if role.access_key_id == id and service == "bedrock" and role.role_arn.split(":")[4] in WITHOUT_BEDROCK:
            message = f"User: {role.role_arn} is not authorized to perform: bedrock:{operation.name}"
            refuse("", "AccessDeniedException", f"{message} because no identity-based policy allows the action")


def sign_in(session):
    """A token of the console for the credentials of a role's session, and for no others."""
    for role in assumed_roles():
        wanted = {"sessionId": role.access_key_id, "sessionKey": role.secret_access_key, "sessionToken": role.session_token}
        if session == wanted:
            return "the+sign-in/token=" + role.access_key_id
    return None


def machine(method, path, headers):
    """What a container's agent and an instance's metadata service answer: the name of what was asked, a status, a text."""
    arn = f"arn:aws:iam::{ACCOUNT}:role/Machine"
    if path == "/container":
        if headers.get("Authorization") != CONTAINER_TOKEN:
            return "ContainerCredentials", 401, ""
        return "ContainerCredentials", 200, json.dumps({"RoleArn": arn} | machine_keys(arn))
    if (method, path) == ("PUT", "/latest/api/token"):
        return "InstanceToken", 200, "the-instance-token"
    if headers.get("X-Aws-Ec2-Metadata-Token") != "the-instance-token":
        return "InstanceRole", 401, ""
    if path == INSTANCE:
        return "InstanceRole", 200, "Machine"
    if path == INSTANCE + "Machine":
        more = {"Code": "Success", "LastUpdated": "2026-01-01T00:00:00Z", "Type": "AWS-HMAC"}
        return "InstanceCredentials", 200, json.dumps(more | machine_keys(arn))
    return "InstanceMetadata", 404, ""


def machine_keys(arn):
    role = sts_backends[ACCOUNT]["aws"].assume_role("us-east-1", "machine", arn, None, 3600, None)
    return {
        "AccessKeyId": role.access_key_id,
        "SecretAccessKey": role.secret_access_key,
        "Token": role.session_token,
        "Expiration": f"{role.expiration:%Y-%m-%dT%H:%M:%SZ}",
    }


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


def bedrock(scripted, operation, parameters, region):
    listed = scripted.get("ListInferenceProfiles", {}).get("inferenceProfileSummaries", profiles(region))
    if operation == "ListInferenceProfiles":
        kind = parameters.get("typeEquals")
        return {"inferenceProfileSummaries": [p for p in listed if kind in (None, p["type"])]}
    if operation == "CreateInferenceProfile":
        name, source = parameters["inferenceProfileName"], parameters["modelSource"]["copyFrom"]
        if any(name == p["inferenceProfileName"] for p in listed):
            raise Refusal(400, "ConflictException", "The inference profile name is taken.")
        models = [p["models"] for p in listed if p["inferenceProfileArn"] == source]
        arn = f"arn:aws:bedrock:{region}:{ACCOUNT}:application-inference-profile/made{len(listed)}"
        made = {
            "inferenceProfileName": name,
            "inferenceProfileArn": arn,
            "inferenceProfileId": arn.rsplit("/", 1)[1],
            "models": models[0] if models else [{"modelArn": source}],
            "status": "ACTIVE",
            "type": "APPLICATION",
        }
        scripted["ListInferenceProfiles"] = {"inferenceProfileSummaries": [*listed, made]}
        scripted.setdefault("tags", {})[arn] = parameters.get("tags", [])
        return {"inferenceProfileArn": arn, "status": "ACTIVE"}
    if operation == "ListTagsForResource" and operation not in scripted:
        return {"tags": scripted.get("tags", {}).get(parameters["resourceARN"], [])}
    if operation == "InvokeModel" and operation in scripted:
        return {"body": json.dumps(scripted[operation]).encode(), "contentType": "application/json"}
    if operation in scripted:
        return scripted[operation]
    if operation == "ListFoundationModels":
        return {"modelSummaries": [model(id, name, region) for id, name, _ in MODELS]}
    if operation == "GetInferenceProfile":
        wanted = parameters["inferenceProfileIdentifier"]
        for found in listed:
            if wanted in (found["inferenceProfileId"], found["inferenceProfileArn"]):
                return found
        raise Refusal(404, "ResourceNotFoundException", "The specified inference profile does not exist.")
    if operation == "GetGuardrail":
        raise Refusal(404, "ResourceNotFoundException", "The guardrail was not found.")
    if operation == "InvokeModel":
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
    raise Refusal(400, "ValidationException", f"the fake has no answer to {operation}")


def page(name, items, parameters):
    """A page of a list, with the token of the next one where there is one."""
    start = int(parameters.get("nextToken", 0))
    end = start + PORTAL_PAGE
    return {name: items[start:end]} | ({"nextToken": str(end)} if end < len(items) else {})


def identity_center(operation, parameters):
    """The portal, which changes a token into keys of a role, and the server that gives out tokens."""
    if "accessToken" in parameters and parameters["accessToken"] not in ACCESS_TOKENS:
        raise Refusal(401, "UnauthorizedException", "Session token not found or invalid")
    if operation == "ListAccounts":
        accounts = [{"accountId": id, "accountName": name} for id, (name, _) in ORGANIZATION.items()]
        return page("accountList", accounts, parameters)
    _, roles = ORGANIZATION.get(parameters.get("accountId"), ("", []))
    if operation == "ListAccountRoles":
        listed = [{"roleName": role, "accountId": parameters["accountId"]} for role in roles]
        return page("roleList", listed, parameters)
    if operation == "GetRoleCredentials":
        if parameters["roleName"] not in roles:
            raise Refusal(403, "ForbiddenException", "No access")
        arn = f"arn:aws:iam::{parameters['accountId']}:role/aws-reserved/sso.amazonaws.com/"
        arn += f"AWSReservedSSO_{parameters['roleName']}_0123456789abcdef"
        role = sts_backends[parameters["accountId"]]["aws"].assume_role("us-east-1", "me", arn, None, 3600, None)
        return {
            "roleCredentials": {
                "accessKeyId": role.access_key_id,
                "secretAccessKey": role.secret_access_key,
                "sessionToken": role.session_token,
                "expiration": int(role.expiration.replace(tzinfo=timezone.utc).timestamp()) * 1000,
            }
        }
    if operation == "RegisterClient":
        id, secret, now = secrets.token_urlsafe(), secrets.token_urlsafe(), int(time.time())
        CLIENTS[id] = secret
        times = {"clientIdIssuedAt": now, "clientSecretExpiresAt": now + 90 * 86400}
        return {"clientId": id, "clientSecret": secret, **times}

    def refuse(status, code, error, description):
        raise Refusal(status, code, error=error, error_description=description)

    if CLIENTS.get(parameters["clientId"]) != parameters["clientSecret"]:
        refuse(401, "InvalidClientException", "invalid_client", "Invalid client provided")
    if operation == "StartDeviceAuthorization":
        code, start = secrets.token_urlsafe(), "https://device.sso.us-east-1.amazonaws.com/"
        DEVICES[code] = 0
        return {
            "deviceCode": code,
            "userCode": "ABCD-EFGH",
            "verificationUri": start,
            "verificationUriComplete": f"{start}?user_code=ABCD-EFGH",
            "expiresIn": 600,
            "interval": 1,
        }
    assert operation == "CreateToken", f"the fake has no answer to {operation}"
    if parameters["grantType"] == "refresh_token":
        if parameters["refreshToken"] not in REFRESH_TOKENS:
            refuse(400, "InvalidGrantException", "invalid_grant", "Invalid refresh token provided")
    else:
        code = parameters["deviceCode"]
        DEVICES[code] += 1
        if DEVICES[code] == 1:
            pending = "Authorization is still pending"
            refuse(400, "AuthorizationPendingException", "authorization_pending", pending)
    token, refresh = secrets.token_urlsafe(), secrets.token_urlsafe()
    ACCESS_TOKENS.add(token)
    REFRESH_TOKENS.add(refresh)
    return {"accessToken": token, "tokenType": "Bearer", "expiresIn": 28800, "refreshToken": refresh}


def answer(scripted, operation, parameters, request, region, request_id):
    """The status, headers and body of an answer."""
    service, name = operation.service_model.service_name, operation.name
    if service == "sts" and name not in scripted:
        status, headers, body = TokenResponse.dispatch(request, request.raw_url, request.headers)
        protocol.read_answer(operation, status, headers, body)
        return status, {"Content-Type": "text/xml"}, protocol.encoded(body)
    if service.startswith("bedrock"):
        output = bedrock(scripted, name, parameters, region)
    else:
        output = scripted[name] if name in scripted else identity_center(name, parameters)
    return protocol.write_answer(operation, output, request_id)
