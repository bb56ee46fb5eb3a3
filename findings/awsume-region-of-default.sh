#!/usr/bin/env bash
# awsume 4.5.4 (PyPI), 2026-11-30: a profile without a region gets the one of [default].
#
# No profile inherits from [default] in the AWS CLI and the SDKs: there such a profile has no region. awsume exports
# the region of [default] for it.
set -euo pipefail
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check awsume==4.5.4 boto3==1.44.8
export HOME=$PWD PATH=$PWD/venv/bin:$PATH AWSUME_SKIP_ALIAS_SETUP=true

mkdir .aws
printf '[default]\nregion = ap-south-1\n[profile work]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = example\n' >.aws/config

seen=$(awsumepy work)
printf '%s\n' "$seen"
[[ $seen == 'Awsume AKIAIOSFODNN7EXAMPLE example None ap-south-1 work None None' ]]
[[ $(venv/bin/python -c 'import boto3; print(boto3.Session(profile_name="work").region_name)') == None ]]
