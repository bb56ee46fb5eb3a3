# Called where the hook is not loaded, as in a script: there is no shell to change then but this one. Managers
# source this file over the hook's own function when they update; it never calls itself.
function claude-bedrock --description 'direnv for Claude Code on Amazon Bedrock: the right account, region and models in every directory'
    builtin set -l fish_trace
    functions --query __claude_bedrock_command
    or command claude-bedrock hook fish --quiet | source
    if functions --query __claude_bedrock_command
        __claude_bedrock_command $argv
    else
        command claude-bedrock $argv
    end
end
