#!/usr/bin/env bash
# awscred 1.5.0 (npm), 2026-11-30: keys in the environment beat the profile that the caller names.
#
# The SDKs take a profile that is given in code before the environment's keys. Here `loadCredentials({profile: "work"})`
# answers with AWS_ACCESS_KEY_ID of the shell, another account, without a word.
set -euo pipefail
cd "$(mktemp -d)"
npm install --silent --no-audit --no-fund awscred@1.5.0
export HOME=$PWD
unset AWS_SESSION_TOKEN AWS_PROFILE

mkdir .aws
printf '[work]\naws_access_key_id = AKIAOFTHEPROFILE0000\naws_secret_access_key = example\n' >.aws/credentials
seen=$(AWS_ACCESS_KEY_ID=AKIAOFTHESHELL000000 AWS_SECRET_ACCESS_KEY=example node -e '
require("awscred").loadCredentials({ profile: "work" }, (error, found) => console.log(found.accessKeyId));
')
printf '%s\n' "$seen"
[[ $seen == AKIAOFTHESHELL000000 ]]
