# The claude-bedrock plugin for bash-it and oh-my-bash: loads the hook, and its completion with it.
# Options of `claude-bedrock hook` go into an array before: CLAUDE_BEDROCK_HOOK_OPTIONS=(--wrap claude)

# `declare -f +t` prints nothing, and tells whether there is such a function.
if \builtin declare -f +t about-plugin; then
    about-plugin 'direnv for Claude Code on Amazon Bedrock: the right account, region and models in every directory'
fi

if [[ -n $(\builtin type -P claude-bedrock) ]]; then
    \builtin eval "$(\builtin command claude-bedrock hook bash "${CLAUDE_BEDROCK_HOOK_OPTIONS[@]+"${CLAUDE_BEDROCK_HOOK_OPTIONS[@]}"}")"
fi
