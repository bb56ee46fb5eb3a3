#!/usr/bin/env bash
# honcho 2.0.0 (PyPI), 2026-11-30: a blank variable of a .env file is not set, and a backslash outside quotes is eaten.
#
# `NAME=` sets a blank variable for every other reader of such files. honcho leaves it out, so that one inherited from
# the shell stays in force. `a\nb` arrives as `anb`.
set -euo pipefail
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check honcho==2.0.0

printf '%s\n' 'AWS_PROFILE=' 'AWS_REGION=eu-west-1' 'SHARE=\\host\share' >.env
# shellcheck disable=SC2016 # for the shell that honcho starts
seen=$(AWS_PROFILE=of-the-shell venv/bin/honcho run sh -c 'echo "$AWS_PROFILE $AWS_REGION $SHARE"')
printf '%s\n' "$seen"
[[ $seen == 'of-the-shell eu-west-1 \hostshare' ]]
