# The claude-bedrock plugin for oh-my-zsh, antidote, zinit, znap and others: loads the hook, and its
# completion with it.
# Options of `claude-bedrock hook` go into an array before: CLAUDE_BEDROCK_HOOK_OPTIONS=(--alias cb)

if [[ -n ${commands[claude-bedrock]-} ]]; then
    # For a `compinit` that comes after the first prompt's functions.
    [[ " ${fpath[*]} " == *" ${${(%):-%x}:A:h} "* ]] || fpath+=("${${(%):-%x}:A:h}")
    \builtin eval "$(\builtin command claude-bedrock hook zsh ${CLAUDE_BEDROCK_HOOK_OPTIONS-})"
fi

# What managers call that can unload a plugin (the Zsh Plugin Standard, section 4): all is as before.
function claude-bedrock_plugin_unload {
    \builtin emulate -L zsh
    fpath=("${(@)fpath:#${functions_source[claude-bedrock_plugin_unload]:A:h}}")
    if [[ -n ${functions[__claude_bedrock_evaluate]-} ]]; then
        __claude_bedrock_evaluate export zsh --leave
        [[ -z ${functions[compdef]-} ]] || \compdef -d ${(k)_comps[(R)__claude_bedrock_complete]}
        precmd_functions=(${precmd_functions:#__claude_bedrock_*})
        chpwd_functions=(${chpwd_functions:#__claude_bedrock_*})
        # Those that call the hook's, such as the ones of wrapped commands, and the hook's.
        \builtin local -aU names
        names=(${(k)functions[(R)*__claude_bedrock_*]} ${(k)functions[(I)__claude_bedrock_*]} ${(k)functions[(R)*claude-bedrock?is?gone*]})
        \builtin unfunction -- $names
        \builtin unset -m '__claude_bedrock_*'
    else
        \builtin unfunction claude-bedrock_plugin_unload
    fi
}
