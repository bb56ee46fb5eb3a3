#!/usr/bin/env bash
# env-cmd 11.0.0 (npm), 2026-11-30: `\n` becomes a line feed without quotes, `\"` stays as it is inside them.
#
# Other readers of .env files do the reverse: they take escapes inside double quotes only. A Windows path such as
# C:\new gets a line feed, and a quoted text with quotes in it keeps its backslashes.
set -euo pipefail
cd "$(mktemp -d)"
npm install --silent --no-audit --no-fund env-cmd@11.0.0

printf '%s\n' 'FOLDER=C:\new' 'QUOTED="say \"hi\""' 'HASH=a#b' >.env
# shellcheck disable=SC2016 # for node
seen=$(node_modules/.bin/env-cmd -f .env -- node -p 'JSON.stringify([process.env.FOLDER, process.env.QUOTED, process.env.HASH])')
printf '%s\n' "$seen"
[[ $seen == '["C:\new","say \\\"hi\\\"","a"]' ]]
