#!/usr/bin/env bash
# envfile 7.1.0 (npm), 2026-11-30: quotes go from the middle of a value too, and a comment behind a value belongs to it.
#
# `say "hi" twice` loses its quotes, and `NAME="value" # why` gives `value # why`. What its own `stringify`
# wrote for a value with quotes does not come back as it was.
set -euo pipefail
cd "$(mktemp -d)"
npm install --silent --no-audit --no-fund envfile@7.1.0

seen=$(node --input-type=module -e '
import { parse, stringify } from "envfile";
const text = "TITLE=say \"hi\" twice\nNAME=\"value\" # why\n";
console.log(JSON.stringify([parse(text), parse(stringify({ A: "say \"hi\" twice" }))]));
')
printf '%s\n' "$seen"
[[ $seen == '[{"TITLE":"say hi twice","NAME":"value # why"},'* ]]
