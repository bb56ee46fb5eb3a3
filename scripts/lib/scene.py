"""A home directory with profiles, in which the program is measured."""

import json
import os
import shutil
import subprocess
import time

DEPTHS = (1, 8, 64)
PROFILES = (1, 100, 1000)
CHAIN = 50

# The starts that happen many times a day.
FREQUENT = (
    "export: unchanged", "export: entering", "export: leaving", "export: no project", "credentials: kept",
    "complete: profiles", "status: format", "exec",
)

PROFILE = """
[profiles.{name}]
{extends}description = "Account {name}"
region = "eu-west-1"
auth = {{ method = "aws-profile", profile = "bedrock-{name}" }}
[profiles.{name}.models]
main = "sonnet"
haiku = "eu.anthropic.claude-haiku-4-5-20251001-v1:0"
"""

# As many variables as the profile sets.
ENVRC = "".join(f"export DIRENV_BENCH_{i}=value\n" for i in range(8))


class Scene:
    """A home directory with profiles, a project that both tools may load, and what to run there."""

    def __init__(self, scratch, program):
        self.home = scratch / "home"
        self.project = self.home / "repo"
        binaries = scratch / "bin"
        binaries.mkdir()
        # A copy, as an installation makes one: what a linker wrote lies in the page cache in single pages, and starts
        # a fifth slower until it is read from the disk again.
        self.program = shutil.copy(program, binaries / "claude-bedrock")
        self.directory(max(DEPTHS)).mkdir(parents=True)
        self.write(self.home / ".config/claude-bedrock/config.toml", self.profiles(2))
        self.write(self.project / ".claude-bedrock.toml", 'profile = "work"\n')
        self.write(self.project / ".envrc", ENVRC)
        self.outside = {
            "HOME": str(self.home),
            "PATH": f"{binaries}:{os.environ['PATH']}",
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "AWS_PROFILE": "private",
        }
        # Made where `aws-vault` and its like stand; asked once, then `credentials` keeps what it prints.
        keys = {
            "Version": 1, "AccessKeyId": "ASIABENCH", "SecretAccessKey": "bench", "SessionToken": "bench",
            "Expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 86400)),
        }
        printed = self.write(self.home / "keys.json", json.dumps(keys))
        self.write(self.home / ".aws/config", f"[profile bedrock-work]\ncredential_process = cat {printed}\n")
        for command in (["claude-bedrock", "allow"], ["direnv", "allow"], ["claude-bedrock", "credentials", "work"]):
            subprocess.run(
                command, cwd=self.project, env=self.outside, check=True,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )
        # Until then the files just written count as unsettled.
        time.sleep(0.1)

    def write(self, path, text):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o600)
        return path

    def profiles(self, count):
        """So many profiles in chains of `extends`, `work` at the end of one as deep as it can be up to CHAIN."""
        names = ["work"] + [f"other{i}" for i in range(1, count)]
        text = ""
        for index, name in enumerate(names):
            extends = index % CHAIN < CHAIN - 1 and index + 1 < count
            parent = f'extends = "{names[index + 1]}"\n' if extends else ""
            text += PROFILE.format(name=name, extends=parent)
        return text

    def directory(self, depth):
        """The project's own directory has depth 1."""
        return self.project.joinpath(*(f"level{i}" for i in range(2, depth + 1)))

    def inside(self, tool, **variables):
        """The environment after `tool` has loaded the project."""
        script = f'eval "$({tool} export bash 2>/dev/null)"; exec env -0'
        variables = {**self.outside, **variables}
        loaded = subprocess.run(
            ["bash", "--noprofile", "--norc", "-c", script],
            cwd=self.project, env=variables, stdout=subprocess.PIPE, check=True,
        ).stdout
        return dict(entry.split("=", 1) for entry in os.fsdecode(loaded).split("\0") if entry)

    def processes(self):
        """Each process to measure: its command, environment and directory."""
        export = (self.program, "export", "bash")
        direnv = (shutil.which("direnv"), "export", "bash")
        inside = self.inside("claude-bedrock")
        direnv_inside = self.inside("direnv")
        cases = {
            "/bin/true": (("/bin/true",), self.outside, self.project),
            "direnv: unchanged": (direnv, direnv_inside, self.project),
            "direnv: first load": (direnv, self.outside, self.project),
            "direnv: leaving": (direnv, direnv_inside, self.home),
            "export: unchanged": (export, inside, self.project),
            "export: entering": (export, self.outside, self.project),
            "export: leaving": (export, inside, self.home),
            "export: no project": (export, self.outside, self.home),
            "credentials: kept": ((self.program, "credentials", "work"), self.outside, self.project),
            "status: format": ((self.program, "status", "--format", "{profile} {region}"), inside, self.project),
            "exec": ((self.program, "exec", "--", "/bin/true"), self.outside, self.project),
            # What a completion costs beyond the shell's own work.
            "complete: commands": ((self.program, "complete", "1", "--", "claude-bedrock", ""), self.outside, self.project),
            "complete: profiles": ((self.program, "complete", "2", "--", "claude-bedrock", "use", ""), self.outside, self.project),
            "complete: keys": ((self.program, "complete", "3", "--", "claude-bedrock", "set", "p", ""), self.outside, self.project),
            "complete: models": ((self.program, "complete", "4", "--", "claude-bedrock", "set", "p", "models.opus", ""), self.outside, self.project),
            "complete: codes": ((self.program, "complete", "2", "--", "claude-bedrock", "explain", ""), self.outside, self.project),
        }
        for depth in DEPTHS:
            cases[f"export: unchanged, depth {depth}"] = (export, inside, self.directory(depth))
        for count in PROFILES:
            config = self.write(self.home / f"{count}.toml", self.profiles(count))
            variables = self.inside("claude-bedrock", CLAUDE_BEDROCK_CONFIG=str(config))
            cases[f"export: unchanged, profiles {count}"] = (export, variables, self.project)
            variables = {**self.outside, "CLAUDE_BEDROCK_CONFIG": str(config)}
            cases[f"export: entering, profiles {count}"] = (export, variables, self.project)
        return {
            name: (command, {**variables, "PWD": str(directory)}, directory)
            for name, (command, variables, directory) in cases.items()
        }
