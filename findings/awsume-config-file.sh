#!/usr/bin/env bash
# awsume 4.5.4 (PyPI), 2026-11-30: AWS_CONFIG_FILE beats the option --config-file.
#
# Elsewhere an option on the command line beats a variable. awsume asks the variable first, so that the option does
# nothing, without a word, in a shell that has the variable.
set -euo pipefail
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check awsume==4.5.4 boto3==1.44.8
export HOME=$PWD PATH=$PWD/venv/bin:$PATH AWSUME_SKIP_ALIAS_SETUP=true

profile() {
    printf '[profile work]\nregion = %s\naws_access_key_id = %s\naws_secret_access_key = example\n' "$1" "$2"
}
profile eu-west-1 AKIAOFTHEVARIABLE000 >of-the-variable
profile eu-west-2 AKIAOFTHEOPTION00000 >of-the-option

seen=$(AWS_CONFIG_FILE=$PWD/of-the-variable awsumepy --config-file "$PWD/of-the-option" work)
printf '%s\n' "$seen"
[[ $seen == 'Awsume AKIAOFTHEVARIABLE000 example None eu-west-1 work None None' ]]
# Without the variable the option counts.
seen=$(awsumepy --config-file "$PWD/of-the-option" work)
[[ $seen == 'Awsume AKIAOFTHEOPTION00000 example None eu-west-2 work None None' ]]
