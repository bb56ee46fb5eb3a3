"""A stand-in for sso, sso-oidc, bedrock, bedrock-runtime and sts, on a free port of the loopback interface.

Requests are routed by the service models that botocore ships, and both they and the answers are validated with
botocore's own ParamValidator. The first line on stdout is the port. Each line on stdin is a script, as JSON, which
replaces the one before and is acknowledged by a line on stdout; the end of stdin ends the server.

A script: {"answers": {OPERATION: output}, "faults": {OPERATION or "*": fault}, "clock": seconds ahead, "log": path}
A fault: "hang", "html", "truncated", "cut", or {"status": 403, "code": "AccessDeniedException", "message": "…"}
"""

import json
import re
import sys
import threading
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from account import Refusal, answer

SERVICES = ["sso", "sso-oidc", "bedrock", "bedrock-runtime", "sts"]
PAGE = b"<html><body>Welcome to the hotel's network. Please sign in.</body></html>"


class Script:
    current = {}
    lock = threading.Lock()


def routes():
    """(method, pattern of the path, operation), those with fewer variable parts first."""
    loader = Loader()
    found = []
    for name in SERVICES:
        model = ServiceModel(loader.load_service_model(name, "service-2"), name)
        for operation in map(model.operation_model, model.operation_names):
            path = urlsplit(operation.http["requestUri"])
            if path.query:
                continue
            pattern = re.sub(r"\\\{(\w+)(?:\\\+)?\\\}", r"(?P<\1>[^/]+)", re.escape(path.path))
            found.append((path.path.count("{"), operation.http["method"], re.compile(pattern + "/?$"), operation))
    return [rest for _, *rest in sorted(found, key=lambda route: route[0])]


ROUTES = routes()


def converted(text, shape):
    return {"integer": int, "long": int, "boolean": lambda text: text == "true"}.get(shape.type_name, str)(text)


def parameters(operation, match, query, headers, body):
    """The request's parameters by the names of the service model."""
    if operation.service_model.metadata["protocol"] == "query":
        members = operation.input_shape.members if operation.input_shape else {}
        form = dict(parse_qsl(body.decode()))
        form.pop("Action"), form.pop("Version")
        return {name: converted(text, members[name]) if name in members else text for name, text in form.items()}
    found = {}
    in_body = json.loads(body) if body and not operation.input_shape.serialization.get("payload") else {}
    for name, shape in operation.input_shape.members.items():
        place, wire = shape.serialization.get("location"), shape.serialization.get("name", name)
        if place == "uri":
            found[name] = converted(unquote(match[wire]), shape)
        elif place == "querystring" and wire in query:
            found[name] = converted(query.pop(wire), shape)
        elif place == "header" and wire in headers:
            found[name] = converted(headers[wire], shape)
        elif operation.input_shape.serialization.get("payload") == name:
            found[name] = body
        elif place is None and wire in in_body:
            found[name] = in_body.pop(wire)
    return {**found, **in_body, **query}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def date_time_string(self, timestamp=None):
        return formatdate(time.time() + Script.current.get("clock", 0), usegmt=True)

    def log_message(self, *_):
        pass

    def send(self, status, body, kind, headers=()):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = urlsplit(self.path)
        form = dict(parse_qsl(body.decode(errors="replace"))) if "form" in self.headers.get("Content-Type", "") else {}
        scope = re.search(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/", self.headers.get("Authorization", ""))
        record = {"key": scope and scope[1], "region": scope and scope[2], "path": self.path}
        for method, pattern, operation in ROUTES:
            match = pattern.match(url.path)
            if match and method == self.command and ("Action" not in form or form["Action"] == operation.name):
                break
        else:
            self.log({**record, "operation": None, "problem": f"no operation at {self.command} {self.path}"})
            return self.send(404, b"{}", "application/json")
        record["operation"] = operation.name
        found = parameters(operation, match, dict(parse_qsl(url.query)), self.headers, body)
        record["parameters"] = {name: value for name, value in found.items() if not isinstance(value, bytes)}
        if operation.input_shape:
            report = ParamValidator().validate(found, operation.input_shape)
            if report.has_errors():
                record["problem"] = report.generate_report()
        self.log(record)
        faults = Script.current.get("faults", {})
        fault = faults.get(operation.name, faults.get("*"))
        region = record["region"] or "us-east-1"
        if fault == "hang":
            return time.sleep(60)
        if fault == "html":
            return self.send(200, PAGE, "text/html")
        if isinstance(fault, dict):
            return self.refuse(operation, fault)
        try:
            output = answer(Script.current.get("answers", {}), operation.name, found, region)
        except Refusal as refusal:
            return self.refuse(operation, refusal.fault)
        self.answer(operation, output, fault)

    do_GET = do_POST = serve

    def answer(self, operation, output, fault):
        payload = operation.output_shape and operation.output_shape.serialization.get("payload")
        if operation.output_shape:
            report = ParamValidator().validate(output, operation.output_shape)
            assert not report.has_errors(), report.generate_report()
        if operation.service_model.metadata["protocol"] == "query":
            inner = "".join(f"<{name}>{value}</{name}>" for name, value in output.items())
            text = f"<{operation.name}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{operation.name}Result>"
            text += f"{inner}</{operation.name}Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>"
            body, kind = (text + f"</{operation.name}Response>").encode(), "text/xml"
        elif payload:
            body, kind = output[payload], "application/json"
        else:
            body, kind = json.dumps(output).encode(), "application/json"
        if fault == "truncated":
            body = body[: len(body) // 2]
        if fault == "cut":
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
            return
        self.send(200, body, kind)

    def refuse(self, operation, fault):
        code, message = fault["code"], fault.get("message", "")
        if operation.service_model.metadata["protocol"] == "query":
            text = f"<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>"
            text += f"<Code>{code}</Code><Message>{message}</Message></Error><RequestId>1</RequestId></ErrorResponse>"
            return self.send(fault["status"], text.encode(), "text/xml")
        body = json.dumps({"message": message}).encode()
        self.send(fault["status"], body, "application/json", [("x-amzn-ErrorType", code)])

    def log(self, record):
        with Script.lock, open(Script.current["log"], "a") as file:
            file.write(json.dumps(record) + "\n")


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    for line in sys.stdin:
        Script.current = json.loads(line)
        print("ready", flush=True)


main()
