# The claude-bedrock plugin for fisher and others: loads the hook at the first prompt, because this file
# is read before config.fish, where PATH may be set.
# Options of `claude-bedrock hook` go into a list in config.fish: set -g CLAUDE_BEDROCK_HOOK_OPTIONS --alias cb

function __claude_bedrock_load --on-event fish_prompt
    functions --erase __claude_bedrock_load
    # A line in config.fish has loaded it, or there is nothing to load.
    functions --query __claude_bedrock_prompt
    and return
    command --query claude-bedrock
    or return
    command claude-bedrock hook fish $CLAUDE_BEDROCK_HOOK_OPTIONS | source
    and __claude_bedrock_prompt
end

# What fisher calls before it removes the files: all is as before.
function __claude_bedrock_uninstall --on-event claude-bedrock_uninstall
    functions --query __claude_bedrock_evaluate
    and __claude_bedrock_evaluate export fish --leave
    complete --command claude-bedrock --erase
    for name in $__claude_bedrock_names (functions --all --names | string split , | string match '__claude_bedrock_*')
        functions --erase $name
    end
    for name in (set --global --names | string match '__claude_bedrock_*')
        set --erase --global $name
    end
end
