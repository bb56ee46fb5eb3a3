"""AWS's protocols, by the service models that botocore ships.

moto's half of a server (router, parser, serializer) reads requests and writes answers; botocore's half of a client
proves both. A request must be what botocore itself sends for the same parameters, and an answer must come back whole
through botocore's parser. What either lacks (a parameter, an output member) is a `Mismatch`.
"""

import json
from urllib.parse import parse_qsl, unquote, urlsplit

from botocore.awsrequest import HeadersDict
from botocore.exceptions import ParamValidationError
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from botocore.utils import parse_to_aware_datetime
from botocore.validate import ParamValidator
from moto.core.errors import get_error_model
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.routing import NotFound, get_service_router
from moto.core.serialize import QuerySerializer, RestJSONSerializer, SerializationContext

SERVICES = ["sts", "sso", "sso-oidc", "bedrock", "bedrock-runtime"]
# Where the services' own error types live, as they say it in the header.
NAMESPACES = {
    "sso": "com.amazonaws.switchboard.portal",
    "sso-oidc": "com.amazonaws.sso.oidc",
    "bedrock": "com.amazon.bedrock",
    "bedrock-runtime": "com.amazon.bedrock",
}


class Mismatch(Exception):
    """A request or an answer that the service model does not allow."""


class Refusal(Exception):
    """An error of a service. `members`: its body, where that is more than a message."""

    def __init__(self, status, code, message="", **members):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.members = members or {"message": message}


class Query(QuerySerializer):
    def _serialize_error_metadata(self, serialized, error, shape):
        kind = "Sender" if error.status < 500 else "Receiver"
        serialized.update(Type=kind, Code=error.code, Message=error.message)


class RestJson(RestJSONSerializer):
    def _get_protocol_specific_error_code(self, error):
        namespace = NAMESPACES[self.service_model.service_name]
        return f"{error.error_code}:http://internal.amazon.com/coral/{namespace}/"

    def _serialize_error_metadata(self, serialized, error, shape):
        serialized.update(error.members)


SERIALIZERS = {"query": Query, "rest-json": RestJson}


def protocol(operation):
    return operation.service_model.protocol


def make_routers():
    """Makes what `route` looks in, which takes seconds."""
    for service in SERVICES:
        get_service_router(service)


def route(request):
    """The operation that a request is for, and the parameters in its path; `None` where there is none."""
    for service in SERVICES:
        try:
            return get_service_router(service).match(request)
        except (NotFound, NotImplementedError):
            pass
    return None, {}


def parameters(operation, request, in_path):
    """The parameters of a request by the names of the service model."""
    wire = {
        "method": request.method,
        "values": request.values,
        "headers": request.headers,
        "body": request.data,
        "url_path": request.raw_path,
        "url_params": in_path,
    }
    return PROTOCOL_PARSERS[protocol(operation)](operation).parse(wire)


def check_request(operation, request, found):
    """Whether botocore sends the same for these parameters."""
    try:
        own = create_serializer(protocol(operation)).serialize_to_request(found, operation)
    except ParamValidationError as error:
        raise Mismatch(str(error)) from error
    url = urlsplit(own["url_path"])
    query = dict(parse_qsl(url.query)) | {name: str(value) for name, value in dict(own["query_string"] or {}).items()}
    pairs = [
        ("method", own["method"], request.method),
        ("path", unquote(url.path), unquote(request.raw_path)),
        ("query", query, request.args.to_dict()),
    ]
    if protocol(operation) == "query":
        pairs.append(("body", {name: str(value) for name, value in own["body"].items()}, request.form.to_dict()))
    elif operation.input_shape.serialization.get("payload"):
        pairs.append(("body", own["body"], request.data))
    else:
        pairs.append(("body", json.loads(own["body"] or "{}"), json.loads(request.data or "{}")))
    for name, value in own["headers"].items():
        # Not a parameter of the type, such as its character set.
        pairs.append((name, value.split(";")[0], request.headers.get(name, "").split(";")[0]))
    for name, wanted, sent in pairs:
        if wanted != sent:
            raise Mismatch(f"{operation.name}: {name} is {sent!r}, and botocore sends {wanted!r}")


def write_answer(operation, output, request_id):
    """An answer's status, headers and body."""
    serializer = SERIALIZERS[protocol(operation)](operation, SerializationContext(request_id))
    wire = serializer.serialize(output)
    headers, body = wire["headers"], encoded(wire["body"])
    if not same(output, read_answer(operation, wire["status_code"], headers, body)):
        raise Mismatch(f"{operation.name}: botocore does not read {output!r} in {body!r}")
    return wire["status_code"], headers, body


def read_answer(operation, status, headers, body):
    """What botocore reads in an answer, which the service model must allow."""
    wire = {"status_code": status, "headers": HeadersDict(headers), "body": encoded(body)}
    found = create_parser(protocol(operation)).parse(wire, operation.output_shape)
    found.pop("ResponseMetadata")
    report = ParamValidator().validate(found, operation.output_shape)
    if report.has_errors():
        raise Mismatch(f"{operation.name}: {report.generate_report()}")
    return found


def write_refusal(operation, refusal, request_id):
    """An error's status, headers and body."""
    serializer = SERIALIZERS[protocol(operation)](operation, SerializationContext(request_id))
    wire = serializer.serialize(refusal)
    headers, body = wire["headers"], encoded(wire["body"])
    shape = get_error_model(refusal, operation.service_model)
    if unknown := set(refusal.members) - set(shape.members) - {"message", "Message"}:
        raise Mismatch(f"{operation.name}: {refusal.code} has no {unknown}")
    read = {"status_code": refusal.status, "headers": HeadersDict(headers), "body": body}
    error = create_parser(protocol(operation)).parse(read, operation.output_shape)["Error"]
    if error["Code"] != refusal.code or (error.get("Message") or "") != refusal.message:
        raise Mismatch(f"{operation.name}: botocore reads {error} in {body!r}, not {refusal.code}")
    return refusal.status, headers, body


def encoded(body):
    return body if isinstance(body, bytes) else body.encode()


def same(given, read):
    """Whether botocore has read what was given; a time may be given as text."""
    if isinstance(read, dict):
        return given.keys() == read.keys() and all(same(given[name], read[name]) for name in read)
    if isinstance(read, list):
        return len(given) == len(read) and all(map(same, given, read))
    if hasattr(read, "tzinfo"):
        return parse_to_aware_datetime(given) == read
    return (given.decode() if isinstance(given, bytes) else given) == read
