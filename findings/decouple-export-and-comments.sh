#!/usr/bin/env bash
# python-decouple 3.8 (PyPI), 2026-11-30: `export NAME=value` defines a variable called "export NAME".
#
# Files that shells source begin their lines so, and most readers of .env files skip the word. Here the name is not
# found, and a value with a comment behind it keeps quotes and comment alike.
set -euo pipefail
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check python-decouple==3.8

printf '%s\n' 'export AWS_PROFILE=work' 'AWS_REGION="eu-west-1" # Dublin' >.env
seen=$(venv/bin/python -c 'from decouple import RepositoryEnv; print(RepositoryEnv(".env").data)')
printf '%s\n' "$seen"
[[ $seen == "{'export AWS_PROFILE': 'work', 'AWS_REGION': '\"eu-west-1\" # Dublin'}" ]]
