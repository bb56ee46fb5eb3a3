@{
    RootModule = 'ClaudeBedrock.psm1'
    ModuleVersion = '0.1.0'
    GUID = '5b0c6a52-9a0f-4f0e-8f43-6c1f1d0f7c1e'
    Author = 'The claude-bedrock developers'
    Copyright = 'MIT licence'
    Description = 'direnv for Claude Code on Amazon Bedrock: the right account, region and models in every directory'
    PowerShellVersion = '5.1'
    # The hook makes its functions global, so that they outlast the module.
    FunctionsToExport = @()
    CmdletsToExport = @()
    VariablesToExport = @()
    AliasesToExport = @()
}
