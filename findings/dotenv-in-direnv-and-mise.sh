#!/usr/bin/env bash
# direnv 2.32.1 (Debian 12) and mise 2026.9.15 (npm), 2026-11-30: the two read one .env file differently.
#
# `\n` outside quotes is a line feed for mise and two letters for direnv. `#` with no blank before it begins a comment
# for direnv and belongs to the value for mise. A value of quoted pieces, as shells join them, is joined by mise;
# direnv leaves the inner quotes in it.
set -euo pipefail
cd "$(mktemp -d)"
npm install --silent --no-audit --no-fund @jdxcode/mise-linux-x64@2026.9.15
# apt's own user may not write here.
apt-get download --quiet=2 -o APT::Sandbox::User=root direnv=2.32.1-2+b4
dpkg --extract direnv_*.deb .
export HOME=$PWD
mise=node_modules/@jdxcode/mise-linux-x64/bin/mise

cat >.env <<'ENV'
BACKSLASH=C:\new
HASH=a#b
PIECES='it'"'"'s'
ENV
printf '[env]\n_.file = ".env"\n' >mise.toml
$mise trust --quiet
value_of() {
    env "${@:2}" bash -c "eval \"\$(cat)\"; printf '%q ' \"\$BACKSLASH\" \"\$HASH\" \"\$PIECES\"" <"$1"
}
usr/bin/direnv dotenv bash .env >of-direnv
$mise env --shell bash >of-mise
seen="direnv: $(value_of of-direnv) mise: $(value_of of-mise)"
printf '%s\n' "$seen"
wanted=$(
    cat <<'WANTED'
direnv: C:\\new a it\'\"\'\"\'s  mise: $'C:\new' a#b it\'s 
WANTED
)
[[ $seen == "$wanted" ]]
