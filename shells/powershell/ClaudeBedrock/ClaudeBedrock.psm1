# The claude-bedrock module for PowerShell: loads the hook, and its completion with it. In the file that
# $PROFILE names, after prompt themes:
#   Import-Module ClaudeBedrock
# Options of `claude-bedrock hook` go into an array before: $CLAUDE_BEDROCK_HOOK_OPTIONS = '--alias', 'cb'

$program = @($ExecutionContext.InvokeCommand.GetCommand('claude-bedrock', 'Application'))[0]
if ($program) {
    $options = @(if (Test-Path Variable:global:CLAUDE_BEDROCK_HOOK_OPTIONS) { $global:CLAUDE_BEDROCK_HOOK_OPTIONS })
    Invoke-Expression (& $program hook powershell @options | Out-String)
    # The prompt, the actions and the environment come back. A hook that was loaded since stays.
    $hook = $function:global:__ClaudeBedrockUpdate.Module
    $ExecutionContext.SessionState.Module.OnRemove = { & $hook { cbRemove $true } }
}
Export-ModuleMember
