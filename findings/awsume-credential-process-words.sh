#!/usr/bin/env bash
# awsume 4.5.4 (PyPI), 2026-11-30: the command of credential_process is cut at blanks alone.
#
# The AWS CLI and botocore split the line as a shell splits words, so that quotes hold an argument together. awsume
# hands the quotes on and cuts inside them: a helper in a directory with a blank, or with an argument that has one,
# works in the AWS CLI and fails here.
set -euo pipefail
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check awsume==4.5.4 boto3==1.44.8
export HOME=$PWD PATH=$PWD/venv/bin:$PATH AWSUME_SKIP_ALIAS_SETUP=true

cat >helper <<'HELPER'
#!/bin/sh
printf '<%s>' "$@" >>"$HOME/words"
echo '{"Version": 1, "AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "example", "SessionToken": "example"}'
HELPER
chmod +x helper
mkdir .aws
printf '[profile work]\nregion = eu-west-1\ncredential_process = %s/helper --account "two words"\n' "$PWD" >.aws/config

awsumepy work >/dev/null
seen=$(<words)
printf '%s\n' "$seen"
[[ $seen == '<--account><"two><words">' ]]
rm words
venv/bin/python -c 'import boto3; boto3.Session(profile_name="work").get_credentials()'
[[ $(<words) == '<--account><two words>' ]]
