"""A registry of npm's on loopback with the packages of a directory, so that they are installed as a user installs them.
Prints its address, and serves until its standard input ends (https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md)."""

import base64
import hashlib
import http.server
import json
import sys
import tarfile
import threading
from pathlib import Path

packages = {}
for path in Path(sys.argv[1]).glob("*.tgz"):
    with tarfile.open(path) as archive:
        manifest = json.load(archive.extractfile("package/package.json"))
    packages[manifest["name"]] = (manifest, path.name, path.read_bytes())


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        name = self.path.strip("/").removesuffix(".tgz")
        manifest, file, content = packages.get(name, (None, None, None))
        if manifest and not self.path.endswith(".tgz"):
            integrity = "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()
            dist = {"tarball": f"http://{self.headers['Host']}/{name}.tgz", "integrity": integrity}
            version = manifest["version"]
            content = {"name": name, "dist-tags": {"latest": version}, "versions": {version: {**manifest, "dist": dist}}}
            content = json.dumps(content).encode()
        self.send_response(200 if content else 404)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(f"http://127.0.0.1:{server.server_port}/", flush=True)
sys.stdin.read()
