#!/usr/bin/env bash
# awsume 4.5.4 (PyPI), 2026-11-30: --output-profile takes every comment out of the credentials file.
#
# The file is read and written whole by Python's configparser, so that comments go from all profiles, and keys get
# blanks around their "=", whichever profile was asked for.
set -euo pipefail
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check awsume==4.5.4 boto3==1.44.8
export HOME=$PWD PATH=$PWD/venv/bin:$PATH AWSUME_SKIP_ALIAS_SETUP=true

mkdir .aws
printf '[profile work]\nregion = eu-west-1\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = example\n' >.aws/config
printf '# Ask Kim before you change this one.\n[other]\naws_access_key_id=AKIAIOSFODNN7EXAMPL2\naws_secret_access_key=example\n' >.aws/credentials

awsumepy work --output-profile copy >/dev/null
cat .aws/credentials
! grep Kim .aws/credentials || exit 1
grep -q '^aws_access_key_id = AKIAIOSFODNN7EXAMPL2$' .aws/credentials
grep -q '^\[copy\]$' .aws/credentials
