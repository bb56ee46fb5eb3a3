"""What all packages are made of: the version, the target's names in each format, and the tree of files to install."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# How each format calls a target. A static Linux program runs on glibc and musl alike.
LINUX_WHEEL = "manylinux2014_{0}.manylinux_2_17_{0}.musllinux_1_1_{0}"
TARGETS = {
    "x86_64-unknown-linux-gnu": {"npm": ("linux", "x64"), "deb": "amd64", "rpm": "x86_64", "wheel": LINUX_WHEEL.format("x86_64")},
    "aarch64-unknown-linux-gnu": {"npm": ("linux", "arm64"), "deb": "arm64", "rpm": "aarch64", "wheel": LINUX_WHEEL.format("aarch64")},
    "x86_64-apple-darwin": {"npm": ("darwin", "x64"), "wheel": "macosx_10_12_x86_64"},
    "aarch64-apple-darwin": {"npm": ("darwin", "arm64"), "wheel": "macosx_11_0_arm64"},
    "x86_64-pc-windows-msvc": {"npm": ("win32", "x64"), "wheel": "win_amd64"},
    "x86_64-pc-windows-gnu": {"npm": ("win32", "x64"), "wheel": "win_amd64"},
}


def die(message, status=1):
    print(f"scripts/package: {message}", file=sys.stderr)
    raise SystemExit(status)


class Release:
    def __init__(self, root, package, target, program, out, fast):
        self.root, self.package, self.target, self.program, self.out, self.fast = root, package, target, program, out, fast
        self.version = package["version"]
        self.names = TARGETS.get(target) or die(f"no package is made for {target}; known: {', '.join(TARGETS)}", 2)
        self.is_linux = "linux" in target
        self.is_windows = "windows" in target
        self.executable = "claude-bedrock.exe" if self.is_windows else "claude-bedrock"
        self.repository = package.get("repository", "")
        # Every file in every package has this time (https://reproducible-builds.org/specs/source-date-epoch/).
        self.epoch = int(os.environ.get("SOURCE_DATE_EPOCH") or self._commit_time())
        self.environment = {**os.environ, "SOURCE_DATE_EPOCH": str(self.epoch), "TZ": "UTC", "LC_ALL": "C"}

    def __enter__(self):
        self._scratch = tempfile.TemporaryDirectory(prefix="claude-bedrock-package-")
        self.scratch = Path(self._scratch.name)
        return self

    def __exit__(self, *_):
        self._scratch.cleanup()

    def _commit_time(self):
        done = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=self.root, capture_output=True, text=True)
        # Without git, in a source archive: the first of January 2026.
        return done.stdout.strip() or "1767225600"

    def run(self, command, **options):
        done = subprocess.run(command, capture_output=True, text=True, env=self.environment, **options)
        if done.returncode != 0:
            die(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def stage(self):
        """The tree below a prefix, as scripts/install would put it there, with plugins and licences."""
        self.tree = self.scratch / "tree"
        said = self.run([str(self.program), "--version"]).split()
        if said[:2] != ["claude-bedrock", self.version]:
            die(f"{self.program} is version {said[1:2]}, and Cargo.toml says {self.version}")
        # Without a prefix of the system's, so that the program's own copy is the only large file.
        command = ["bash", str(self.root / "scripts/install"), "--prefix", "/", "--program", str(self.program)]
        environment, self.environment = self.environment, {**self.environment, "DESTDIR": str(self.tree)}
        self.run(command)
        self.environment = environment
        # Windows starts no file without an ending. (The `install` of Git for Windows adds it by itself.)
        if not (self.tree / "bin" / self.executable).exists():
            (self.tree / "bin/claude-bedrock").rename(self.tree / "bin" / self.executable)
        share = self.tree / "share/claude-bedrock"
        # Every package has a list of its own.
        (share / "installed").unlink()
        shutil.copytree(self.root / "shells", share / "plugins")
        documents = self.tree / "share/doc/claude-bedrock"
        documents.mkdir(parents=True, exist_ok=True)
        for name in ["LICENSE", "README.md", "CHANGELOG.md", "SECURITY.md"]:
            shutil.copy(self.root / name, documents / name)

    def settle(self, directory):
        """Gives everything below a directory the release's time, and modes that do not follow the umask."""
        for path in [directory, *sorted(directory.rglob("*"))]:
            if not path.is_symlink():
                is_program = path.is_dir() or path.name in ("claude-bedrock", "claude-bedrock.exe") and path.parent.name == "bin"
                path.chmod(0o755 if is_program else 0o644)
            os.utime(path, (self.epoch, self.epoch), follow_symlinks=False)

    def files(self):
        """The files of the tree, by their paths below the prefix."""
        return {str(path.relative_to(self.tree)): path for path in sorted(self.tree.rglob("*")) if path.is_file()}
