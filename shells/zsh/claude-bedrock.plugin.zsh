# The claude-bedrock plugin for oh-my-zsh, antidote, zinit, znap and others: loads the hook, and its
# completion with it.
# Options of `claude-bedrock hook` go into an array before: CLAUDE_BEDROCK_HOOK_OPTIONS=(--alias cb)

if \builtin whence -p claude-bedrock >/dev/null; then
    # For a `compinit` that comes after the first prompt's functions.
    [[ " ${fpath[*]} " == *" ${${(%):-%x}:A:h} "* ]] || fpath+=("${${(%):-%x}:A:h}")
    \builtin eval "$(\builtin command claude-bedrock hook zsh ${CLAUDE_BEDROCK_HOOK_OPTIONS-})"
fi
