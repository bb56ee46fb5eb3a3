"""The wheel: no module, only the program, completions and manual pages, which `pip`, `pipx` and `uv tool` put into their
places (https://packaging.python.org/en/latest/specifications/binary-distribution-format/)."""

import base64
import hashlib

from .archives import zipped


def wheel(release):
    version = release.version.replace("-", "").replace("alpha.", "a").replace("beta.", "b").replace("rc.", "rc")
    stem = f"claude_bedrock-{version}"
    tags = release.names["wheel"]
    data, info = f"{stem}.data", f"{stem}.dist-info"
    files = {}
    for path, file in release.files().items():
        place = f"scripts/{release.executable}" if path.startswith("bin/") else f"data/{path}"
        files[f"{data}/{place}"] = file.read_bytes()
    readme = (release.root / "README.md").read_text()
    url = f"Project-URL: Source, {release.repository}\n" if release.repository else ""
    files[f"{info}/METADATA"] = (
        f"Metadata-Version: 2.4\nName: claude-bedrock\nVersion: {version}\n"
        f"Summary: Right AWS account, region and models for Claude Code on Amazon Bedrock in every directory\n"
        f"License-Expression: {release.package['license']}\nLicense-File: LICENSE\n"
        f"Keywords: {','.join(release.package['keywords'])}\n{url}Requires-Python: >=3.8\n"
        f"Description-Content-Type: text/markdown\n\n{readme}"
    ).encode()
    files[f"{info}/licenses/LICENSE"] = (release.root / "LICENSE").read_bytes()
    tag_lines = "".join(f"Tag: py3-none-{tag}\n" for tag in tags.split("."))
    files[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: scripts/package\nRoot-Is-Purelib: false\n{tag_lines}".encode()
    record = "".join(f"{name},sha256={digest(content)},{len(content)}\n" for name, content in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    is_program = lambda name: name.startswith(f"{data}/scripts/")  # noqa: E731
    zipped(release, release.out / f"{stem}-py3-none-{tags}.whl", files, lambda name: 0o755 if is_program(name) else 0o644)


def digest(content):
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
