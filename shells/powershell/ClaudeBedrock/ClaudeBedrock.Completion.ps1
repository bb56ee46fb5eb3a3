# Asks the program with the words as they stand, up to the cursor: nothing that was typed is evaluated. A
# process of .NET's leaves $LASTEXITCODE alone.
Register-ArgumentCompleter -Native -CommandName @('claude-bedrock') -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $line = $commandAst.Extent.StartScriptPosition.GetFullScript().Substring(0, $cursorPosition)
    $starts = @(foreach ($element in $commandAst.CommandElements) { $element.Extent.StartOffset }) -lt $cursorPosition
    $ends = @(foreach ($element in $commandAst.CommandElements) { $element.Extent.EndOffset })
    $words = @(for ($i = 0; $i -lt $starts.Count; $i++) { $line.Substring($starts[$i], [Math]::Min($ends[$i], $cursorPosition) - $starts[$i]) })
    if ($ends[$starts.Count - 1] -lt $cursorPosition) {
        $words += ''
        $starts += $cursorPosition
    }

    $program = $ExecutionContext.InvokeCommand.GetCommand('claude-bedrock', 'Application')
    $program = if ($program) { $program.Path }
    $answer = ''
    if ([IO.File]::Exists($program)) {
        # The quoting that programs undo on Windows, and .NET elsewhere.
        $quoted = foreach ($word in $words) { '"' + ($word -replace '(\\*)"', '$1$1\"' -replace '(\\+)$', '$1$1') + '"' }
        $start = [System.Diagnostics.ProcessStartInfo]::new()
        $start.FileName = $program
        $start.Arguments = "complete $($words.Count - 1) -- " + ($quoted -join ' ')
        $start.UseShellExecute = $false
        $start.CreateNoWindow = $true
        $start.RedirectStandardInput = $true
        $start.RedirectStandardOutput = $true
        $start.RedirectStandardError = $true
        $start.StandardOutputEncoding = [Text.Encoding]::UTF8
        $process = [System.Diagnostics.Process]::Start($start)
        $process.StandardInput.Close()
        $null = $process.StandardError.ReadToEndAsync()
        $answer = $process.StandardOutput.ReadToEnd()
        $process.WaitForExit()
        if ($process.ExitCode -ne 0) { $answer = '' }
    }

    # What PowerShell completes better by itself: names of files, and another command's line.
    if ($answer -ceq "`tfiles`n") { return }
    if ($answer -cmatch '^\tcommand (\d+)') {
        $inner = $line.Substring($starts[[int] $Matches[1]])
        return [System.Management.Automation.CommandCompletion]::CompleteInput($inner, $inner.Length, $null).CompletionMatches
    }
    $candidates = @(foreach ($candidate in $answer -split "`n") {
            $value, $help = $candidate -split "`t", 2
            if (-not $value) { continue }
            if (-not $help) { $help = $value }
            # Anything else is taken for a number, an array, an operator.
            $text = if ($value -match '^(--)?[\p{L}_][\w.:/=+@-]*$') { $value } else { "'$value'" }
            [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $help)
        })
    if ($candidates.Count -gt 0) { return $candidates }
    # PowerShell would offer names of files. What is there already changes nothing; at a quote it is what
    # was typed, which PowerShell has closed.
    if ($wordToComplete -match '^[''"]') { $commandAst.CommandElements[$words.Count - 1].Extent.Text }
    elseif ($wordToComplete) { $wordToComplete }
    else { ' ' }
}
