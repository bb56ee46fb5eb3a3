#!/usr/bin/env bash
# Claude Code 2.1.332 (npm), 2026-11-30: ANTHROPIC_BEDROCK_REGION_PREFIX=GLOBAL is passed over without a word.
#
# Most of its switches take any case (`CLAUDE_CODE_USE_BEDROCK=TRUE`). This one takes small letters alone: `global` puts
# global. in front of the model, `GLOBAL` leaves it at the prefix of the region.
set -euo pipefail
cd "$(mktemp -d)"
npm install --silent --no-audit --no-fund --ignore-scripts @anthropic-ai/claude-code-linux-x64@2.1.332
claude=$PWD/node_modules/@anthropic-ai/claude-code-linux-x64/claude
cat >server.mjs <<'JS'
// Notes the path of each request, and refuses it.
import { createServer } from 'node:http';
import { appendFileSync, writeFileSync } from 'node:fs';
const server = createServer((request, response) => {
    appendFileSync(process.argv[2], `${request.url}\n`);
    response.writeHead(400, { 'content-type': 'application/json' });
    request.resume().on('end', () => response.end('{"message":"refused"}'));
});
server.listen(0, '127.0.0.1', () => writeFileSync('port', String(server.address().port)));
JS
node server.mjs seen &
trap 'kill %1' EXIT
until [[ -s port ]]; do :; done

# Prints the geography of the model that is asked.
geography_with() {
    : >seen
    env -i HOME="$PWD/home" PATH="$PATH" CLAUDE_CODE_USE_BEDROCK=1 AWS_REGION=us-east-1 AWS_BEARER_TOKEN_BEDROCK=example \
        ANTHROPIC_BEDROCK_BASE_URL="http://127.0.0.1:$(<port)" ANTHROPIC_BEDROCK_REGION_PREFIX="$1" \
        "$claude" -p hi </dev/null >/dev/null 2>&1 || true
    sed -n 's|^/model/\([a-z]*\)\..*|\1|p' seen | sort -u
}
mkdir home
seen_small=$(geography_with global)
seen_capital=$(geography_with GLOBAL)
printf 'global: %s\nGLOBAL: %s\n' "$seen_small" "$seen_capital"
[[ $seen_small == global && $seen_capital == us ]]
