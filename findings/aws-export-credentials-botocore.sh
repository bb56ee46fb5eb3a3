#!/usr/bin/env bash
# aws-export-credentials 0.18.0 with botocore 1.44.8 (PyPI), 2026-11-30: no profile can be exported.
#
# It copies botocore's frozen credentials into a tuple of its own with four fields. botocore's have had a fifth, the
# account, for a long time, and pip installs both together without a word: every profile, even one with plain keys,
# ends in "takes 5 positional arguments but 6 were given".
set -euo pipefail
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check aws-export-credentials==0.18.0 botocore==1.44.8
export HOME=$PWD

mkdir .aws
printf '[profile work]\nregion = eu-west-1\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = example\n' >.aws/config

status=0
seen=$(venv/bin/aws-export-credentials --profile work --env 2>&1) || status=$?
printf '%s (status %s)\n' "$seen" "$status"
[[ $seen == *'takes 5 positional arguments but 6 were given'* && $status -ne 0 ]]
