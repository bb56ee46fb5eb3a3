# Installs claude-bedrock: finds the platform, fetches the release's archive, verifies it, and puts the program, completions
# and manual pages below a prefix. It edits no profile of PowerShell's; `claude-bedrock setup` does that, and asks before.
#
#   irm https://…/install.ps1 | iex
#
# Variables, because `iex` takes no arguments:
#   CLAUDE_BEDROCK_VERSION    another version than the newest
#   CLAUDE_BEDROCK_PREFIX     by default ~\.local: the program goes to ~\.local\bin
#   CLAUDE_BEDROCK_FROM       a directory with the release's files, such as a mirror
#   CLAUDE_BEDROCK_FORCE      1: install over a newer version
#   CLAUDE_BEDROCK_UNINSTALL  1: take out what this script has installed; profiles and secrets stay
#
# For Windows PowerShell 5.1 and PowerShell 7. Whatever goes wrong is thrown: an `exit` would close the window.

# A block, so that a script that was cut short does nothing.
& {
    Set-StrictMode -Version 2
    $ErrorActionPreference = 'Stop'
    # Its bar makes Windows PowerShell download at a crawl.
    $ProgressPreference = 'SilentlyContinue'

    # scripts/package fills it in.
    $repository = ''

    function Say([string] $text) { [Console]::Error.WriteLine("claude-bedrock: $text") }

    function Stop-Installation([string] $text, [string] $help) {
        if ($help) { $text = "$text`n  $help" }
        throw "claude-bedrock: $text"
    }

    function Get-Setting([string] $name) {
        $value = [Environment]::GetEnvironmentVariable("CLAUDE_BEDROCK_$name")
        if ($null -eq $value) { '' } else { $value }
    }

    function Find-Target {
        $windows = [Environment]::OSVersion.Platform -eq 'Win32NT'
        $processor = if ($windows) {
            # A process of 32 bits is told of the real one by the second variable.
            $native = [Environment]::GetEnvironmentVariable('PROCESSOR_ARCHITEW6432')
            if ($native) { $native } else { [Environment]::GetEnvironmentVariable('PROCESSOR_ARCHITECTURE') }
        } else { (& uname -m) }
        $processor = switch -Regex ($processor) {
            '^(AMD64|x86_64)$' { 'x86_64' }
            '^(ARM64|aarch64)$' { 'aarch64' }
            default { $processor }
        }
        # Windows on ARM runs programs for x86_64.
        if ($windows -and ($processor -eq 'x86_64' -or $processor -eq 'aarch64')) { return 'x86_64-pc-windows-msvc' }
        $system = if ($windows) { 'Windows' } else { (& uname -s) }
        if ($processor -eq 'x86_64' -or $processor -eq 'aarch64') {
            if ($system -eq 'Linux') { return "$processor-unknown-linux-gnu" }
            if ($system -eq 'Darwin') { return "$processor-apple-darwin" }
        }
        Stop-Installation "there is no program for $system on $processor" 'build it, with Rust from https://rustup.rs: cargo install claude-bedrock'
    }

    function Receive-File([string] $address, [string] $path) {
        try {
            # Windows PowerShell offers older versions of TLS by itself.
            [Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
            Invoke-WebRequest -UseBasicParsing -Uri $address -OutFile $path
        } catch {
            Remove-Item -LiteralPath $path -Force -ErrorAction Ignore
            Stop-Installation "$address cannot be fetched whole; nothing was installed ($($_.Exception.Message))" 'is there such a release? is there a network (a proxy)? then run this again'
        }
    }

    # -1, 0 or 1. What follows a hyphen comes before the version itself.
    function Compare-Version([string] $left, [string] $right) {
        $a, $aPre = $left -split '-', 2
        $b, $bPre = $right -split '-', 2
        $order = ([Version] $a).CompareTo([Version] $b)
        if ($order -ne 0) { return $order }
        if (-not $aPre -and -not $bPre) { return 0 }
        if (-not $aPre) { return 1 }
        if (-not $bPre) { return -1 }
        [string]::CompareOrdinal($aPre, $bPre)
    }

    function Get-Version([string] $program) {
        $said = try { & $program --version 2>$null } catch { '' }
        if ("$said" -match '^claude-bedrock ([0-9][^ ]*)') { $Matches[1] } else { '' }
    }

    function Get-Listed([string] $list) {
        foreach ($file in [IO.File]::ReadAllLines($list)) {
            if ($file -match '^[/\\]|\.\.|:') { Stop-Installation "$list has been changed: $file" }
            $file
        }
    }

    $prefix = Get-Setting 'PREFIX'
    if (-not $prefix) {
        $own = [Environment]::GetFolderPath('UserProfile')
        if (-not $own) { Stop-Installation 'there is no home directory to install to' 'name a place in CLAUDE_BEDROCK_PREFIX' }
        $prefix = Join-Path $own '.local'
    }
    # .NET and PowerShell mean different working directories.
    if (-not [IO.Path]::IsPathRooted($prefix)) { Stop-Installation 'CLAUDE_BEDROCK_PREFIX must be an absolute path' }
    $list = Join-Path $prefix 'share/claude-bedrock/installed'

    if (Get-Setting 'UNINSTALL') {
        if (-not [IO.File]::Exists($list)) { Stop-Installation "nothing is installed below $prefix (there is no $list)" }
        foreach ($file in @(Get-Listed $list)) {
            $path = Join-Path $prefix $file
            if ([IO.Directory]::Exists($path)) { continue }
            try { [IO.File]::Delete($path) } catch {
                # Windows keeps a program that runs.
                Stop-Installation "$path cannot be deleted ($($_.Exception.Message))" 'end what uses it, and run this again'
            }
            # What an update has moved aside.
            if ($file -match '^bin/') {
                foreach ($old in [IO.Directory]::GetFiles([IO.Path]::GetDirectoryName($path), "$([IO.Path]::GetFileName($path)).*old")) { [IO.File]::Delete($old) }
            }
            # Directories that hold nothing else.
            $directory = [IO.Path]::GetDirectoryName($path)
            while ($directory.Length -gt $prefix.Length -and [IO.Directory]::Exists($directory) -and
                -not @([IO.Directory]::GetFileSystemEntries($directory)).Count) {
                [IO.Directory]::Delete($directory)
                $directory = [IO.Path]::GetDirectoryName($directory)
            }
        }
        Say "gone from $prefix; your profiles, settings and secrets stay"
        return
    }

    $version = (Get-Setting 'VERSION') -replace '^v', ''
    $from = Get-Setting 'FROM'
    $base = if ($from) { $from.TrimEnd('/') }
    elseif (-not $repository) { Stop-Installation 'this copy of the script belongs to no release' 'name a directory with the files of one in CLAUDE_BEDROCK_FROM' }
    elseif ($version) { "$repository/releases/download/v$version" }
    else { "$repository/releases/latest/download" }
    $target = Find-Target
    $forWindows = $target -match 'windows'
    $ending = if ($forWindows) { 'zip' } else { 'tar.gz' }
    $name = if ($forWindows) { 'claude-bedrock.exe' } else { 'claude-bedrock' }

    # Before anything is fetched.
    $bin = Join-Path $prefix 'bin'
    $program = Join-Path $bin $name
    $new = Join-Path $bin "claude-bedrock-new-$PID$(if ($forWindows) { '.exe' })"
    try {
        $null = [IO.Directory]::CreateDirectory($bin)
        [IO.File]::WriteAllText($new, '')
        [IO.File]::Delete($new)
    } catch { Stop-Installation "$bin cannot be written; nothing was installed" 'choose another place in CLAUDE_BEDROCK_PREFIX' }

    $scratch = Join-Path ([IO.Path]::GetTempPath()) "claude-bedrock-$([Guid]::NewGuid())"
    $null = [IO.Directory]::CreateDirectory($scratch)
    try {
        Receive-File "$base/SHA256SUMS" (Join-Path $scratch 'SHA256SUMS')
        $any = if ($version) { [regex]::Escape($version) } else { '[0-9][^ ]*' }
        $pattern = "^([0-9a-f]{64})  (claude-bedrock-($any)-$([regex]::Escape($target))\.$([regex]::Escape($ending)))$"
        $sums = [IO.File]::ReadAllText((Join-Path $scratch 'SHA256SUMS'))
        # Each line ends; the last one, too.
        if ($sums -notmatch '(?m)^[0-9a-f]{64}  [^ ]+$' -or -not $sums.EndsWith("`n")) {
            Stop-Installation "$base/SHA256SUMS is not a whole list of checksums; nothing was installed" 'run this again; a proxy or a login page may have answered in its place: look at that address in a browser'
        }
        $line = @(($sums -split "`n") -match $pattern)
        if (-not $line.Count) {
            Stop-Installation "the release has no program for $target; nothing was installed" 'build it, with Rust from https://rustup.rs: cargo install claude-bedrock'
        }
        $null = $line[0] -match $pattern
        $wanted, $archive, $version = $Matches[1], $Matches[2], $Matches[3]

        if ([IO.File]::Exists($program) -and -not (Get-Setting 'FORCE')) {
            $installed = Get-Version $program
            if ($installed -and (Compare-Version $installed $version) -gt 0) {
                Stop-Installation "$program is version $installed, which is newer than $version; nothing was changed" 'to install it all the same: $env:CLAUDE_BEDROCK_FORCE = 1'
            }
        }

        $packed = Join-Path $scratch $archive
        Receive-File "$base/$archive" $packed
        if ((Get-FileHash -LiteralPath $packed -Algorithm SHA256).Hash -ne $wanted) {
            Stop-Installation "$archive is not what SHA256SUMS says; nothing was installed" 'run this again; if it persists, tell the project'
        }
        if ($repository -and -not $from) {
            $slug = $repository -replace '^https://github.com/', ''
            $gh = Get-Command gh -CommandType Application -ErrorAction Ignore
            if ($gh) { $null = & gh auth status 2>&1 }
            if ($gh -and $LASTEXITCODE -eq 0) {
                $null = & gh attestation verify $packed --repo $slug 2>&1
                if ($LASTEXITCODE -ne 0) { Stop-Installation 'the archive is not attested by the release workflow of the project; nothing was installed' }
                Say 'attestation: verified by gh'
            } else { Say 'attestation: not verified (gh would); the checksum is' }
        }
        if ($forWindows) { Expand-Archive -LiteralPath $packed -DestinationPath $scratch }
        else {
            & tar -xzf $packed -C $scratch
            if ($LASTEXITCODE -ne 0) { Stop-Installation "$archive cannot be unpacked; nothing was installed" }
        }
        $tree = Join-Path $scratch "claude-bedrock-$version-$target"

        # It has to run here before it replaces another one.
        if (-not [IO.File]::Exists((Join-Path $tree "bin/$name"))) {
            Stop-Installation "$archive does not hold claude-bedrock-$version-$target/bin/$name; nothing was installed"
        }
        [IO.File]::Copy((Join-Path $tree "bin/$name"), $new)
        if ((Get-Version $new) -ne $version) {
            $said = try { "$(& $new --version 2>&1 | Select-Object -First 1)" } catch { $_.Exception.Message }
            Stop-Installation 'the program does not run here; nothing was installed' "it says: $said"
        }
        $files = @(foreach ($file in Get-ChildItem -LiteralPath $tree -Recurse -File -Force) {
                $file.FullName.Substring($tree.Length + 1).Replace('\', '/')
            }) | Sort-Object
        $own = @($files) + 'share/claude-bedrock/installed'
        $older = @(if ([IO.File]::Exists($list)) { Get-Listed $list })
        function Set-List([string[]] $names) { [IO.File]::WriteAllText($list, ($names -join "`n") + "`n") }
        try {
            # The list first, with what an older version has: however this ends, the removal finds what is there.
            $null = [IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName($list))
            Set-List @($own + $older | Sort-Object -Unique)
            foreach ($file in $files) {
                if ($file -eq "bin/$name") { continue }
                $to = Join-Path $prefix $file
                $null = [IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName($to))
                [IO.File]::Copy((Join-Path $tree $file), $to, $true)
            }
            foreach ($file in $older) {
                if ($own -notcontains $file) { [IO.File]::Delete((Join-Path $prefix $file)) }
            }
            Set-List $own
        } catch {
            Stop-Installation "what belongs below $prefix cannot be written ($($_.Exception.Message))" 'run this again when it can; what is there already goes with CLAUDE_BEDROCK_UNINSTALL=1'
        }
        # A running program cannot be replaced on Windows, but moved aside; the next installation deletes it.
        $old = "$program.old"
        function Remove-Old { try { [IO.File]::Delete($old) } catch { Write-Verbose "$old is still running" } }
        Remove-Old
        if ([IO.File]::Exists($old)) { $old = "$program.$PID.old" }
        if ([IO.File]::Exists($program)) { [IO.File]::Move($program, $old) }
        [IO.File]::Move($new, $program)
        Remove-Old
    } finally {
        Remove-Item -LiteralPath $scratch -Recurse -Force -ErrorAction Ignore
        Remove-Item -LiteralPath $new -Force -ErrorAction Ignore
        # Made above, and of no use to anybody.
        if (-not @([IO.Directory]::GetFileSystemEntries($bin)).Count) { [IO.Directory]::Delete($bin) }
    }

    Say "$version is in $bin"
    if (($env:PATH -split [IO.Path]::PathSeparator) -notcontains $bin) {
        Say 'PATH does not have that directory yet; for this user, in new windows:'
        $quoted = "'" + $bin.Replace("'", "''") + "'"
        if ($forWindows) {
            [Console]::Error.WriteLine("  [Environment]::SetEnvironmentVariable('PATH', $quoted + ';' + [Environment]::GetEnvironmentVariable('PATH', 'User'), 'User')")
        } else { [Console]::Error.WriteLine("  in `$PROFILE: `$env:PATH = $quoted + ':' + `$env:PATH") }
    }
    Say 'next: claude-bedrock setup'
}
