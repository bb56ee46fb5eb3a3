#!/usr/bin/env bash
# botocore 1.44.8 (PyPI) and @aws-sdk/credential-providers 3.1175.0 (npm), 2026-11-30: one line of ~/.aws/config, two lifetimes.
#
# `duration_seconds = 7200.0` below a role: the AWS SDK for JavaScript reads what is a number at the beginning and asks STS
# for two hours. botocore takes the whole text for no number, says nothing, and leaves the duration out of its request:
# the AWS CLI and boto3 get the hour that STS gives unasked, of the same profile.
set -euo pipefail
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check botocore==1.44.8
npm install --silent --no-audit --no-fund --ignore-scripts @aws-sdk/credential-providers@3.1175.0 >/dev/null
export HOME=$PWD

mkdir .aws
cat >.aws/config <<'INI'
[profile role]
region = eu-west-1
role_arn = arn:aws:iam::123456789012:role/example
source_profile = base
duration_seconds = 7200.0
[profile base]
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = example
INI

# Answers as STS, and writes down which duration was asked for.
cat >sts.py <<'PYTHON'
import http.server, urllib.parse
ANSWER = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><AssumedRoleUser>
<AssumedRoleId>A:s</AssumedRoleId><Arn>arn:aws:sts::123456789012:assumed-role/example/s</Arn></AssumedRoleUser><Credentials>
<AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with open("asked", "a") as file:
            file.write(urllib.parse.parse_qs(body).get("DurationSeconds", ["none"])[0] + "\n")
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.end_headers()
        self.wfile.write(ANSWER.encode())
    def log_message(self, *_):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
with open("port", "w") as file:
    file.write(str(server.server_port))
server.serve_forever()
PYTHON
python3 sts.py &
trap 'kill %1' EXIT
until [[ -s port ]]; do sleep 0.1; done
AWS_ENDPOINT_URL_STS=http://127.0.0.1:$(<port)
export AWS_ENDPOINT_URL_STS AWS_PROFILE=role

cat >ask.mjs <<'JAVASCRIPT'
import { fromIni } from "@aws-sdk/credential-providers";
await fromIni({ profile: "role" })();
JAVASCRIPT
node ask.mjs
venv/bin/python -c 'import botocore.session; botocore.session.get_session().get_credentials().get_frozen_credentials()'

printf 'JavaScript, then botocore asked for:\n%s\n' "$(<asked)"
[[ $(<asked) == $'7200\nnone' ]]
