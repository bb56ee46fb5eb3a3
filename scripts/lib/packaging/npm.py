"""The npm packages: a small one, `claude-bedrock`, and one for the platform with the program, which the small one names
as an optional dependency, as esbuild and Claude Code do."""

import json
import shutil

from .release import TARGETS

ABOUT = {
    "description": "Right AWS account, region and models for Claude Code on Amazon Bedrock in every directory",
    "license": "MIT",
}


def platform_name(names):
    return "claude-bedrock-" + "-".join(names["npm"])


def make(release):
    about = dict(ABOUT)
    if release.repository:
        about["repository"] = {"type": "git", "url": f"git+{release.repository}.git"}
    documents = release.tree / "share/doc/claude-bedrock"

    own = release.scratch / "npm-platform"
    (own / "bin").mkdir(parents=True)
    shutil.copy(release.program, own / "bin" / release.executable)
    for name in ["LICENSE", "THIRD-PARTY-LICENSES"]:
        shutil.copy(documents / name, own / name)
    system, processor = release.names["npm"]
    (own / "README.md").write_text(f"The program of [claude-bedrock](https://www.npmjs.com/package/claude-bedrock) for {system} {processor}.\n")
    package = {
        "name": platform_name(release.names),
        "version": release.version,
        **about,
        "os": [system],
        "cpu": [processor],
        "files": ["bin", "THIRD-PARTY-LICENSES"],
        "preferUnplugged": True,
    }
    pack(release, own, package)

    small = release.scratch / "npm"
    shutil.copytree(release.root / "packaging/npm", small)
    shutil.copytree(release.tree / "share/man/man1", small / "man")
    shutil.copy(documents / "LICENSE", small / "LICENSE")
    shutil.copy(documents / "README.md", small / "README.md")
    platforms = sorted({platform_name(names) for names in TARGETS.values()})
    package = {
        "name": "claude-bedrock",
        "version": release.version,
        **about,
        "keywords": release.package["keywords"],
        "bin": {"claude-bedrock": "bin/claude-bedrock"},
        "man": [f"man/{page.name}" for page in sorted((small / "man").iterdir())],
        "scripts": {"postinstall": "node install.js"},
        "files": ["bin", "man", "install.js", "program.js"],
        "engines": {"node": ">=18"},
        "optionalDependencies": {name: release.version for name in platforms},
    }
    pack(release, small, package)


def pack(release, directory, package):
    (directory / "package.json").write_text(json.dumps(package, indent=2) + "\n")
    release.settle(directory)
    # npm gives every file the same time, and its mode from `bin`.
    command = ["npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", str(release.out)]
    release.run(command, cwd=directory)
