# Called where the hook is not loaded, as in a script: there is no shell to change then but this one.
function claude-bedrock --description 'direnv for Claude Code on Amazon Bedrock: the right account, region and models in every directory'
    functions --query __claude_bedrock_evaluate
    or command claude-bedrock hook fish --quiet | source
    functions --query __claude_bedrock_evaluate
    and claude-bedrock $argv
end
