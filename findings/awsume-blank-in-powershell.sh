#!/usr/bin/env bash
# awsume 4.5.4 (PyPI) in PowerShell 7.6.9 (pwsh on PATH, or named in PWSH), 2026-11-30: after it, no AWS tool runs.
#
# awsume.ps1 takes variables away by `$env:AWS_PROFILE = ""`. Since PowerShell 7.5 that sets a blank variable, where earlier
# ones removed it. The keys that awsume has just set are never looked at: botocore, and so the AWS CLI, takes the blank
# AWS_PROFILE for the name of a profile, which does not exist. awsume itself says that all went well.
set -euo pipefail
pwsh=$(command -v "${PWSH:-pwsh}")
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check awsume==4.5.4 botocore==1.44.8 'setuptools<81'
export HOME=$PWD PATH=$PWD/venv/bin:$PATH

mkdir .aws .awsume
printf '[work]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = example\n' >.aws/credentials
printf '[profile work]\nregion = eu-west-1\n' >.aws/config
touch .awsume/config.yaml

cat >ask.py <<'PYTHON'
import botocore.session
try:
    print(botocore.session.get_session().get_credentials().access_key)
except Exception as error:
    print(error)
PYTHON
# shellcheck disable=SC2016
said=$("$pwsh" -NoProfile -NonInteractive -Command '
    awsume.ps1 work
    "AWS_ACCESS_KEY_ID=$env:AWS_ACCESS_KEY_ID"
    "AWS_PROFILE is there: $(Test-Path Env:AWS_PROFILE)"
    python ask.py' 2>/dev/null)
printf '%s\n' "$said"
[[ $said == *'AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE'*'AWS_PROFILE is there: True'*'The config profile () could not be found'* ]]
