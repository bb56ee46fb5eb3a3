"""What the program costs beside another build of it: time as ratios of runs that stand side by side, and what does not
depend on how busy the machine is: page faults and system calls."""

import os
import pty
import random
import select
import shutil
import signal
import statistics
import subprocess
import tempfile
import time

# What each shell runs before its first prompt; the hook's code stands in $HOOK. The prompt tells that a turn is over.
PROMPT = "@ready@"
RC = {
    "bash": f"PS1='{PROMPT}'\nPS2=\neval \"$HOOK\"\nunset HOOK\n",
    "zsh": f"PS1='{PROMPT}'\nunsetopt PROMPT_SP ZLE\neval \"$HOOK\"\nunset HOOK\n",
    # fish draws its prompt again while a line is typed.
    "fish": "function fish_prompt\n echo -n '> '\nend\nset -g fish_greeting\neval $HOOK\nset -e HOOK\n"
    f"function tell --on-event fish_prompt\n echo -n '{PROMPT}'\nend\n",
}


def spread(values):
    """The median, and the quartiles on its two sides."""
    low, _, high = statistics.quantiles(values, n=4)
    return {"median": statistics.median(values), "quartiles": (low, high)}


def compare_processes(cases, programs, runs):
    """Runs each case with each of `programs` (this one first), in random order, `runs` times. The ratio is that of runs
    which stood side by side, so that a slow moment of the machine is in both."""
    sink = os.open(os.devnull, os.O_RDWR)
    quiet = [(os.POSIX_SPAWN_DUP2, sink, stream) for stream in range(3)]
    times = {name: {program: [] for program in programs} for name in cases}
    alone = []
    for _ in range(runs):
        for name in random.sample(list(cases), len(cases)):
            for program in random.sample(programs, len(programs)):
                times[name][program].append(run_once(cases[name], program, quiet))
            if name == next(iter(cases)):
                alone.append(run_once((("/bin/true",), *cases[name][1:]), "/bin/true", quiet))
    os.close(sink)
    this, other = programs
    true = statistics.median(alone)
    return [
        {
            "case": name,
            "this": statistics.median(of[this]),
            "other": statistics.median(of[other]),
            "to_true": statistics.median(of[this]) / true,
            "ratio": spread([a / b for a, b in zip(of[this], of[other])]),
            "costs": {role: costs(cases[name], program) for role, program in zip(("this", "other"), programs)},
        }
        for name, of in times.items()
    ]


def run_once(case, program, quiet):
    command, variables, directory = case
    os.chdir(directory)
    start = time.perf_counter_ns()
    child = os.posix_spawn(program, (program, *command[1:]), variables, file_actions=quiet)
    os.waitpid(child, 0)
    return (time.perf_counter_ns() - start) / 1000


def costs(case, program):
    """Page faults and system calls, which are the same at each run."""
    return {"faults": page_faults(case, program), "calls": calls(case, program)}


def page_faults(case, program):
    """The fewest of some runs: where the kernel was short of pages for a moment there were more."""
    command, variables, directory = case
    os.chdir(directory)
    sink = os.open(os.devnull, os.O_RDWR)
    quiet = [(os.POSIX_SPAWN_DUP2, sink, stream) for stream in range(3)]
    faults = []
    for _ in range(9):
        child = os.posix_spawn(program, (program, *command[1:]), variables, file_actions=quiet)
        faults.append(os.wait4(child, 0)[2].ru_minflt)
    os.close(sink)
    return min(faults)


def calls(case, program):
    """`None` where strace is missing."""
    if not shutil.which("strace"):
        return None
    command, variables, directory = case
    with tempfile.NamedTemporaryFile() as log:
        subprocess.run(
            ["strace", "-qq", "-o", log.name, program, *command[1:]], cwd=directory, env=variables,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        return sum(1 for line in log if not line.startswith(b"+++"))


class Typed:
    """A shell on a pseudo-terminal, with the hook of `program` or with none."""

    def __init__(self, shell, words, program, variables, directory):
        hook = subprocess.run([program, "hook", shell], env=variables, stdout=subprocess.PIPE, check=True).stdout if program else b""
        self.scratch = tempfile.mkdtemp()
        rc = os.path.join(self.scratch, {"bash": "rc", "zsh": ".zshrc", "fish": "rc"}[shell])
        with open(rc, "w") as file:
            file.write(RC[shell])
        variables = {**variables, "HOOK": os.fsdecode(hook), "ZDOTDIR": self.scratch}
        command = {
            "bash": [words[0], "--noprofile", "--rcfile", rc, "-i"],
            "zsh": [words[0], "-d", "-i"],
            "fish": [words[0], "--no-config", "-i", "-C", f"source {rc}"],
        }[shell]
        self.child, self.terminal = pty.fork()
        if self.child == 0:
            os.chdir(directory)
            os.execvpe(command[0], command, variables)
        self.wait()

    def wait(self):
        """Reads up to the next prompt."""
        shown = b""
        while PROMPT.encode() not in shown:
            shown += os.read(self.terminal, 65536)

    def settle(self):
        """Reads what a shell shows after its prompt: fish draws it more than once."""
        while select.select([self.terminal], [], [], 0.005)[0]:
            os.read(self.terminal, 65536)

    def turn(self, directory):
        """Microseconds from the end of the line `cd DIRECTORY` to the next prompt."""
        self.settle()
        start = time.perf_counter_ns()
        os.write(self.terminal, f"cd {directory}\r".encode())
        self.wait()
        return (time.perf_counter_ns() - start) / 1000

    def end(self):
        # Closing its terminal does not end each of them.
        os.kill(self.child, signal.SIGKILL)
        os.waitpid(self.child, 0)
        os.close(self.terminal)
        shutil.rmtree(self.scratch)


def compare_turns(scene, shell, words, programs, rounds):
    """Entering the project in one shell without a hook and in one for each of `programs`, in turn."""
    shells = {who: Typed(shell, words, who, scene.outside, scene.home) for who in (None, *programs)}
    times = {who: [] for who in shells}
    for _ in range(rounds):
        for who in random.sample(list(shells), len(shells)):
            times[who].append(shells[who].turn(scene.project))
            shells[who].turn(scene.home)
    for typed in shells.values():
        typed.end()
    this, other = programs
    return {
        "shell": shell,
        "without": statistics.median(times[None]),
        "this": statistics.median(times[this]),
        "other": statistics.median(times[other]),
        "ratio": spread([a / b for a, b in zip(times[this], times[other])]),
    }


def print_comparison(turns, processes):
    print("\nEntering a project by `cd`, up to the prompt: µs without a hook, with this build and with the other; their ratio")
    print(f"{'shell':36}{'without':>9}{'this':>9}{'other':>9}{'ratio':>8}{'quartiles':>14}")
    for row in turns:
        print(f"{row['shell']:36}{row['without']:>9.0f}{row['this']:>9.0f}{row['other']:>9.0f}{of(row['ratio'])}")
    print("\nProcesses: µs, the ratio of runs side by side, to /bin/true; page faults and system calls")
    print(f"{'case':36}{'this':>9}{'other':>9}{'ratio':>8}{'quartiles':>14}{'/true':>7}{'faults':>14}{'calls':>14}")
    for row in processes:
        this, other = row["costs"]["this"], row["costs"]["other"]
        print(
            f"{row['case']:36}{row['this']:>9.0f}{row['other']:>9.0f}{of(row['ratio'])}{row['to_true']:>7.2f}"
            + "".join(f"{f'{this[what]} of {other[what]}':>14}" for what in ("faults", "calls"))
        )


def of(ratio):
    quartiles = "{:.2f}-{:.2f}".format(*ratio["quartiles"])
    return f"{ratio['median']:>8.3f}{quartiles:>14}"
