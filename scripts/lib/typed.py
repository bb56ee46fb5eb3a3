"""What a person meets in PowerShell at a terminal with PSReadLine: the first ten prompts after a `cd`, and the `cd`."""

import os
import pty
import select
import shutil
import statistics
import time
from pathlib import Path

ROUNDS = 30
PROMPTS = 10

# A prompt takes from the end of a line to the call that reads the next one. Both are noted in the shell itself, for
# the way through the terminal takes longer than what is looked for; and in processor time of the shell and of what it has
# started, so that other programs of the machine do not count.
RC = """
Import-Module PSReadLine
Add-Type @'
using System.Runtime.InteropServices;
public static class Bench {
    [StructLayout(LayoutKind.Sequential)] struct Usage { public long s, us, ss, sus, a, b, c, d, e, f, g, h, i, j, k, l, m, n; }
    [StructLayout(LayoutKind.Sequential)] struct Time { public long s, ns; }
    [DllImport("libc")] static extern int clock_gettime(int clock, ref Time time);
    [DllImport("libc")] static extern int getrusage(int who, ref Usage usage);
    public static long Now() {
        Time own = default; Usage others = default;
        clock_gettime(2, ref own); getrusage(-1, ref others);
        return own.s * 1000000000 + own.ns + (others.s + others.ss) * 1000000000 + (others.us + others.sus) * 1000;
    }
}
'@
$null = [Bench]::Now()
Set-PSReadLineOption -PredictionSource None -HistorySaveStyle SaveNothing
function global:prompt { '> ' }
$global:benchTimes = [Collections.Generic.List[string]]::new()
$global:benchRead = $function:PSConsoleHostReadLine
$global:benchEnd = 0L
function global:PSConsoleHostReadLine {
    $now = [Bench]::Now()
    if ($benchEnd) { $benchTimes.Add("$benchWhat $($now - $benchEnd)"); $global:benchEnd = 0L }
    & $benchRead
}
function global:n($what) { $global:benchWhat = $what; $global:benchEnd = [Bench]::Now() }
function global:c($what, $directory) {
    $start = [Bench]::Now()
    Set-Location $directory
    $end = [Bench]::Now()
    $benchTimes.Add("$what $($end - $start)")
    $global:benchWhat = 'after'
    $global:benchEnd = [Bench]::Now()
}
function global:w { [IO.File]::WriteAllLines($env:RESULTS, $benchTimes); exit }
"""

HOOK = "Invoke-Expression (& '{program}' hook powershell | Out-String)\n"


class Typed:
    """A shell at a terminal of its own."""

    def __init__(self, scene, name, pwsh, program):
        self.results = scene.home / f"typed.{name}"
        rc = scene.write(scene.home / f"typed-{name}.ps1", RC + (HOOK.format(program=program) if program else ""))
        variables = {**scene.outside, "TERM": "xterm-256color", "RESULTS": str(self.results)}
        child, self.terminal = pty.fork()
        if child == 0:
            os.chdir(scene.home)
            os.execvpe(pwsh, [pwsh, "-NoLogo", "-NoProfile", "-NoExit", "-File", str(rc)], variables)
        self.child = child
        self.wait(first=30)

    def line(self, text):
        os.write(self.terminal, text.encode() + b"\r")
        self.wait(first=5)

    def wait(self, first):
        """Until the shell has drawn something and is quiet."""
        patience, seen = first, b""
        while select.select([self.terminal], [], [], patience)[0]:
            try:
                part = os.read(self.terminal, 4096)
            except OSError:
                return
            if not part:
                return
            # .NET asks the terminal where the cursor is.
            for _ in range(part.count(b"\x1b[6n")):
                os.write(self.terminal, b"\x1b[1;1R")
            seen += part
            patience = 0.05 if b"> " in seen else first

    def end(self):
        """Microseconds by what was measured."""
        self.line("w")
        os.waitpid(self.child, 0)
        os.close(self.terminal)
        times = {}
        for what, ticks in map(str.split, self.results.read_text().splitlines()):
            times.setdefault(what, []).append(float(ticks) / 1000)
        return times


def measure(scene, pwsh, programs):
    """Medians in microseconds for a shell without the hook, and for each program's hook beyond that shell's: the first
    prompts after a `cd`, and the `cd` into a project and out of it. The shells are typed to in turn."""
    names = {"none": None, **programs}
    shells = {name: Typed(scene, name, shutil.which(pwsh), program) for name, program in names.items()}
    lines = [f"c enter {scene.project}", *(f"n {number}" for number in range(1, PROMPTS + 1)), f"c leave {scene.home}"]
    for _ in range(ROUNDS):
        for line in lines:
            for shell in shells.values():
                shell.line(line)
    times = {name: shell.end() for name, shell in shells.items()}
    medians = {
        name: {what: statistics.median(values[2:]) for what, values in found.items()} for name, found in times.items()
    }
    numbers = [str(number) for number in range(1, PROMPTS + 1)]
    rows = []
    for name, found in medians.items():
        base = {what: 0 for what in found} if name == "none" else medians["none"]
        prompts = [found[number] - base[number] for number in numbers]
        rows.append({
            "shell": name,
            "prompts": prompts,
            "prompt": statistics.mean(prompts),
            "enter": found["enter"] - base["enter"],
            "leave": found["leave"] - base["leave"],
        })
    return rows


def show(rows):
    print(f"\nPowerShell, typed to at a terminal with PSReadLine: µs of processor time, medians of {ROUNDS} rounds; the hook's beyond a shell without it")
    print(f"{'':10}{'cd in':>9}{'cd out':>9}{'prompts':>9}   the first {PROMPTS} after a cd")
    for row in rows:
        each = " ".join(f"{value:.0f}" for value in row["prompts"])
        print(f"{row['shell']:10}{row['enter']:>9.0f}{row['leave']:>9.0f}{row['prompt']:>9.0f}   {each}")
