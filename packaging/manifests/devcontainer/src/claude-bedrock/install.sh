#!/bin/sh
# Installs claude-bedrock into the image of a dev container, as root, and adds the hook for the container's user.
# The options come as $VERSION and $HOOK (https://containers.dev/implementors/features/).
set -eu

[ "${VERSION-}" != latest ] || VERSION=''
prefix=${CLAUDE_BEDROCK_PREFIX:-/usr/local}
sh "$(dirname "$0")/install-claude-bedrock.sh" --version "${VERSION-}" --prefix "$prefix"

[ "${HOOK-true}" = true ] || exit 0
user=${_REMOTE_USER:-root}
home=${_REMOTE_USER_HOME:-$HOME}
for shell in bash zsh fish; do
    command -v "$shell" >/dev/null 2>&1 || continue
    # shellcheck disable=SC2016 # the user's shell expands it
    set -- -c 'HOME=$1 exec "$2" setup --yes --quiet --no-doctor --shell "$3"' sh "$home" "$prefix/bin/claude-bedrock" "$shell"
    if [ "$user" = "$(id -un)" ]; then
        sh "$@"
    else
        su "$user" -s /bin/sh "$@"
    fi
done
