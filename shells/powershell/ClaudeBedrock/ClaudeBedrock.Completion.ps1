# Asks the program with the words as they stand, up to the cursor: nothing that was typed is evaluated. A
# process of .NET's leaves $LASTEXITCODE alone.
Register-ArgumentCompleter -Native -CommandName @('claude-bedrock') -ScriptBlock {
    [Diagnostics.DebuggerHidden()] param($wordToComplete, $commandAst, $cursorPosition)
    $cbLine = $commandAst.Extent.StartScriptPosition.GetFullScript().Substring(0, $cursorPosition)
    $cbStarts = @(foreach ($cbElement in $commandAst.CommandElements) { $cbElement.Extent.StartOffset }) -lt $cursorPosition
    $cbEnds = @(foreach ($cbElement in $commandAst.CommandElements) { $cbElement.Extent.EndOffset })
    $cbWords = @(for ($cbI = 0; $cbI -lt $cbStarts.Count; $cbI++) { $cbLine.Substring($cbStarts[$cbI], [Math]::Min($cbEnds[$cbI], $cursorPosition) - $cbStarts[$cbI]) })
    if ($cbEnds[$cbStarts.Count - 1] -lt $cursorPosition) {
        $cbWords += ''
        $cbStarts += $cursorPosition
    }

    $cbProgram = $ExecutionContext.InvokeCommand.GetCommand('claude-bedrock', 'Application')
    $cbProgram = if ($cbProgram) { $cbProgram.Path }
    $cbAnswer = ''
    if ([IO.File]::Exists($cbProgram)) {
        # The quoting that programs undo on Windows, and .NET elsewhere.
        $cbQuoted = foreach ($cbWord in $cbWords) { '"' + ($cbWord -replace '(\\*)"', '$1$1\"' -replace '(\\+)$', '$1$1') + '"' }
        $cbStart = [System.Diagnostics.ProcessStartInfo]::new()
        $cbStart.FileName = $cbProgram
        $cbStart.Arguments = "complete $($cbWords.Count - 1) -- " + ($cbQuoted -join ' ')
        $cbStart.UseShellExecute = $false
        $cbStart.CreateNoWindow = $true
        $cbStart.RedirectStandardInput = $true
        $cbStart.RedirectStandardOutput = $true
        $cbStart.RedirectStandardError = $true
        $cbStart.StandardOutputEncoding = [Text.Encoding]::UTF8
        $cbProcess = [System.Diagnostics.Process]::Start($cbStart)
        $cbProcess.StandardInput.Close()
        $null = $cbProcess.StandardError.ReadToEndAsync()
        $cbAnswer = $cbProcess.StandardOutput.ReadToEnd()
        $cbProcess.WaitForExit()
        if ($cbProcess.ExitCode -ne 0) { $cbAnswer = '' }
    }

    # What PowerShell completes better by itself: names of files, and another command's line.
    if ($cbAnswer -ceq "`tfiles`n") { return }
    if ($cbAnswer -cmatch '^\tcommand (\d+)') {
        $cbInner = $cbLine.Substring($cbStarts[[int] $Matches[1]])
        return [System.Management.Automation.CommandCompletion]::CompleteInput($cbInner, $cbInner.Length, $null).CompletionMatches
    }
    $cbCandidates = @(foreach ($cbCandidate in $cbAnswer -split "`n") {
            $cbValue, $cbHelp = $cbCandidate -split "`t", 2
            if (-not $cbValue) { continue }
            if (-not $cbHelp) { $cbHelp = $cbValue }
            # Anything else is taken for a number, an array, an operator.
            $cbText = if ($cbValue -match '^(--)?[\p{L}_][\w.:/=+@-]*$') { $cbValue } else { "'" + [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($cbValue) + "'" }
            [System.Management.Automation.CompletionResult]::new($cbText, $cbValue, 'ParameterValue', $cbHelp)
        })
    if ($cbCandidates.Count -gt 0) { return $cbCandidates }
    # PowerShell would offer names of files. What is there already changes nothing; at a quote it is what
    # was typed, which PowerShell has closed.
    if ($wordToComplete -match '^[''"]') { $commandAst.CommandElements[$cbWords.Count - 1].Extent.Text }
    elseif ($wordToComplete) { $wordToComplete }
    # A blank one is refused, which leaves the line as it is, and an error that nobody has made.
    else {
        ''
    }
}
