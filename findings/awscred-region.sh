#!/usr/bin/env bash
# awscred 1.5.0 (npm), 2026-11-30: loadRegion and loadRegionSync disagree where nothing names a region.
#
# The two are documented as one function in two forms. The one with a callback answers us-east-1, the synchronous one
# undefined: the same program calls Virginia or fails, by the form that it took.
set -euo pipefail
cd "$(mktemp -d)"
npm install --silent --no-audit --no-fund awscred@1.5.0
export HOME=$PWD
unset AWS_REGION AWS_DEFAULT_REGION AMAZON_REGION AWS_PROFILE

mkdir .aws
printf '[profile work]\noutput = json\n' >.aws/config
seen=$(node -e '
const { loadRegion, loadRegionSync } = require("awscred");
loadRegion({ profile: "work" }, (error, region) => console.log(region, loadRegionSync({ profile: "work" })));
')
printf '%s\n' "$seen"
[[ $seen == 'us-east-1 undefined' ]]
