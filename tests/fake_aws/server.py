"""A stand-in for sso, sso-oidc, bedrock, bedrock-runtime and sts on the loopback interface, and for the endpoints that a
container (/container) and an EC2 instance (/latest/) have their credentials from.

Commands come on stdin, one a line, as JSON, and each is answered by a line of JSON on stdout; the end of stdin ends
the server. `{"open": SCRIPT}` opens another port and answers with it, `{"port": PORT, "script": SCRIPT}` replaces
that port's script, `{"port": PORT}` tells its requests so far.

A port speaks HTTP, is a proxy for whatever host it is asked to connect to, and speaks TLS where its script has an
identity. A script: {"answers": {OPERATION: output}, "faults": {OPERATION or "*": fault}, "clock": seconds ahead,
"delay": seconds before each answer, "tls": directory with server.pem and server.key, "tunnel": status of a refusal}
A fault: "hang", "html", "truncated", "cut", an error of the service {"status": 403, "code": "AccessDeniedException",
"message": "…"}, or an answer of somebody else {"status": 302, "headers": {…}, "body": "…"}
"""

import json
import re
import socket
import ssl
import sys
import threading
import time
import traceback
import uuid
import warnings
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from moto.core.request import Request

import account
import protocol
from protocol import Refusal

PAGE = "<html><body>Welcome to the hotel's network. Please sign in.</body></html>"
# Most errors that STS has stand in no model, which moto warns of.
warnings.simplefilter("ignore")
# Routers, models and moto's tables are made when they are first needed, which two threads must not do at once.
MODELS = threading.Lock()


class Port(ThreadingHTTPServer):
    daemon_threads = True
    # Two hundred callers come at once.
    request_queue_size = 256

    def __init__(self, script):
        super().__init__(("127.0.0.1", 0), Handler)
        self.script, self.requests = script, []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        """A client that has gone is no news, nor is one that does not like the certificate."""
        if not isinstance(sys.exc_info()[1], OSError):
            traceback.print_exc()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    tunnel = None

    def handle(self):
        # The first byte of a greeting in TLS.
        if self.connection.recv(1, socket.MSG_PEEK) == b"\x16":
            if not self.server.script.get("tls"):
                return self.wfile.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            self.start_tls()
        super().handle()

    def start_tls(self):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        directory = self.server.script["tls"]
        context.load_cert_chain(f"{directory}/server.pem", f"{directory}/server.key")
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)

    def do_CONNECT(self):
        if status := self.server.script.get("tunnel"):
            return self.send(status, {}, b"")
        # What follows comes only after the answer, so nothing has been read ahead.
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self.tunnel = self.path
        self.start_tls()
        self.close_connection = False

    def now(self):
        return datetime.now(timezone.utc) + timedelta(seconds=self.server.script.get("clock", 0))

    def date_time_string(self, timestamp=None):
        return format_datetime(self.now(), usegmt=True)

    def log_message(self, *_):
        pass

    def send(self, status, headers, body, missing=0):
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body) + missing)} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = self.close_connection or missing > 0

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        # The AWS SDK for Rust names the host in a proxy's tunnel too, which servers must accept.
        path = re.sub("^https://[^/]+", "", self.path)
        request = Request.from_primitives(self.command, f"http://{self.headers['Host']}{path}", self.headers, body)
        request.environ["RAW_URI"] = path
        # Kept, or reading the form would use it up.
        request.get_data()
        scope = re.search(r"Credential=([^/]+)/\d+/([^/]+)/", self.headers.get("Authorization", ""))
        record = {"key": scope and scope[1], "region": scope and scope[2], "tunnel": self.tunnel}
        self.server.requests.append(record)
        try:
            self.respond(request, record)
        except OSError:
            raise
        except Exception:
            record["problem"] = traceback.format_exc()
            self.send(500, {}, b"")

    do_GET = do_POST = do_PUT = serve

    def respond(self, request, record):
        script = self.server.script
        if request.path == "/federation":
            return self.federate(request, record)
        if request.path == "/container" or request.path.startswith("/latest/"):
            return self.be_the_machine(request, record)
        with MODELS:
            operation, in_path = protocol.route(request)
            if operation is None:
                raise LookupError(f"no operation at {self.command} {self.path}")
            record["operation"] = operation.name
            found = protocol.parameters(operation, request, in_path)
            record["parameters"] = {name: value for name, value in found.items() if not isinstance(value, bytes)}
            protocol.check_request(operation, request, found)
        fault = script.get("faults", {}).get(operation.name, script.get("faults", {}).get("*"))
        time.sleep(script.get("delay", 0))
        if fault == "hang":
            return time.sleep(60)
        if fault == "html":
            return self.send(200, {"Content-Type": "text/html"}, PAGE.encode())
        if isinstance(fault, dict) and "body" in fault:
            return self.send(fault["status"], fault.get("headers", {}), fault["body"].encode())
        request_id = str(uuid.uuid4())
        with MODELS:
            try:
                if isinstance(fault, dict):
                    raise Refusal(**fault)
                account.authorize(operation, request, self.now())
                answers, region = script.setdefault("answers", {}), record["region"] or "us-east-1"
                status, headers, body = account.answer(answers, operation, found, request, region, request_id)
            except Refusal as refusal:
                status, headers, body = protocol.write_refusal(operation, refusal, request_id)
        headers = {**headers, "x-amzn-RequestId": request_id}
        if fault in ("truncated", "cut"):
            whole, body = len(body), body[: len(body) // 2]
            return self.send(status, headers, body, whole - len(body) if fault == "cut" else 0)
        self.send(status, headers, body)

    def be_the_machine(self, request, record):
        """The endpoints of a container and of an instance, which no service model describes."""
        with MODELS:
            record["operation"], status, text = account.machine(request.method, request.path, request.headers)
        kind = "application/json" if text.startswith("{") else "text/plain"
        self.send(status, {"Content-Type": kind, "X-Aws-Ec2-Metadata-Token-Ttl-Seconds": "21600"}, text.encode())

    def federate(self, request, record):
        """The console's sign-in, of which there is no model. What it does not take it answers by a web page."""
        record["operation"] = request.args.get("Action")
        if fault := self.server.script.get("faults", {}).get(record["operation"]):
            return self.send(fault["status"], fault.get("headers", {}), fault["body"].encode())
        token = account.sign_in(json.loads(request.args["Session"]))
        if token is None:
            return self.send(400, {"Content-Type": "text/html"}, b"<html>400 Bad Request</html>")
        self.send(200, {"Content-Type": "application/json"}, json.dumps({"SigninToken": token}).encode())


def main():
    account.found()
    # Before anybody is in a hurry: many first requests at once would each make them.
    protocol.make_routers()
    ports = {}
    for line in sys.stdin:
        command = json.loads(line)
        if "open" in command:
            port = Port(command["open"])
            ports[port.server_port] = port
            reply = port.server_port
        elif "script" in command:
            ports[command["port"]].script = reply = command["script"]
        else:
            reply = ports[command["port"]].requests
        print(json.dumps(reply, default=str), flush=True)


main()
