# Tries the program where the tests of shells do not run, on Windows: scripts/smoke.ps1 PROGRAM
param([Parameter(Mandatory)] [string] $Program)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

$Program = (Resolve-Path -LiteralPath $Program).ProviderPath
$root = Join-Path ([IO.Path]::GetTempPath()) "claude-bedrock smoke $([Guid]::NewGuid())"
$repository = Join-Path $root 'a repository'
$null = New-Item -ItemType Directory -Path $repository
$windows = [Environment]::OSVersion.Platform -eq 'Win32NT'

function Test-That([string] $what, [bool] $holds) {
    if (-not $holds) { throw "smoke: $what" }
    "ok: $what"
}

# Runs the program; what it says on stderr is shown, and is no error of PowerShell's.
function Invoke-Program {
    $ErrorActionPreference = 'Continue'
    & $Program @args 2>$null
}

try {
    $env:CLAUDE_BEDROCK_CONFIG = Join-Path $root 'config.toml'
    $env:XDG_STATE_HOME = Join-Path $root 'state'
    $words = if ($windows) { 'cmd /c echo from-a-command' } else { 'printf from-a-command' }
    [IO.File]::WriteAllText($env:CLAUDE_BEDROCK_CONFIG, @"
[profiles.work]
region = "eu-west-1"
auth = { method = "api-key", api_key = { command = "$words" } }

[profiles.plain]
region = "us-east-1"
env = { A_PATH = 'C:\dir\with blank\', QUOTED = "it's" }
"@)
    Set-Location -LiteralPath $repository
    Test-That 'the version is said' ("$(Invoke-Program --version)" -match '^claude-bedrock [0-9]')
    Test-That 'list names both profiles' (((Invoke-Program list) -join ' ') -match 'plain[\s\S]*work')
    Test-That 'show has the region' (((Invoke-Program show plain) -join ' ') -match 'us-east-1')
    $null = Invoke-Program init work
    Test-That 'init wrote a project file' ($LASTEXITCODE -eq 0 -and [IO.File]::Exists((Join-Path $repository '.claude-bedrock.toml')))
    $json = (Invoke-Program export json) -join "`n" | ConvertFrom-Json
    Test-That 'the secret of a command arrives' ($json.AWS_BEARER_TOKEN_BEDROCK -eq 'from-a-command')
    $null = Invoke-Program exec -p plain -- $(if ($windows) { 'cmd' } else { 'sh' }) $(if ($windows) { '/c' } else { '-c' }) 'exit 7'
    Test-That 'exec hands on the exit status' ($LASTEXITCODE -eq 7)
    Invoke-Expression ((Invoke-Program hook powershell) -join "`n")
    $null = prompt
    Test-That 'the hook sets the region' ($env:AWS_REGION -eq 'eu-west-1')
    claude-bedrock use plain 2>$null
    Test-That 'use changes the profile, and backslashes stay' ($env:AWS_REGION -eq 'us-east-1' -and $env:A_PATH -eq 'C:\dir\with blank\' -and $env:QUOTED -eq "it's")
    claude-bedrock off 2>$null
    Test-That 'off takes it away' (-not $env:A_PATH)
    $null = Invoke-Program set plain region us-west-2
    Test-That 'set rewrites the file in one piece' ($LASTEXITCODE -eq 0 -and [IO.File]::ReadAllText($env:CLAUDE_BEDROCK_CONFIG) -match 'us-west-2')
} finally {
    Set-Location -LiteralPath ([IO.Path]::GetTempPath())
    Remove-Item -LiteralPath $root -Recurse -Force -ErrorAction Ignore
}
