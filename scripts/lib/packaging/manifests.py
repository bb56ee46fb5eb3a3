"""Fills in the manifests of package managers, packaging/manifests/, for a release: what it is called, where it lies and
which checksums its archives have. scripts/release calls it.

In a template `@NAME@` stands for a field, and `@NAME TARGET@` for one of the archive of a target. Names of files are
filled in as well. The version is that of the archives in SHA256SUMS."""

import argparse
import re
import shutil
import tomllib
from pathlib import Path

from . import archives, formats

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = ROOT / "packaging/manifests"
# Where a manifest runs the install script, which knows platforms, checksums and attestations.
INSTALL_SCRIPTS = ["asdf/lib/install.sh", "devcontainer/src/claude-bedrock/install-claude-bedrock.sh"]

ARCHIVE = re.compile(r"claude-bedrock-([0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.]+)?)-((?:x86_64|aarch64)-[a-z0-9-]+?)\.(?:tar\.gz|zip)")
FIELD = re.compile(r"@([A-Z0-9]+)(?: ([a-z0-9_-]+))?@")


def die(message):
    raise SystemExit(f"scripts/release: {message}")


def read(sums):
    """The version of a release, and the name and the checksum of the archive of each target."""
    found, versions = {}, set()
    for line in sums.read_text().splitlines():
        checksum, _, name = line.partition("  ")
        archive = ARCHIVE.fullmatch(name)
        if archive and re.fullmatch("[0-9a-f]{64}", checksum):
            versions.add(archive[1])
            found[archive[2]] = (name, checksum)
    if len(versions) != 1:
        die(f"{sums} has archives of {len(versions)} versions ({', '.join(sorted(versions))}); it must be the SHA256SUMS of one release")
    version = versions.pop()
    if "-" in version:
        die(f"{version} is a candidate, and package managers get releases only")
    return version, found


class Fields:
    """What stands in the place of each field of a template."""

    def __init__(self, version, targets, package, repository):
        self.targets = targets
        self.base = f"{repository}/releases/download/v{version}"
        self.plain = {
            "VERSION": version,
            "REPOSITORY": repository,
            "OWNER": repository.rsplit("/", 2)[1],
            "LICENSE": package["license"],
            "SUMMARY": formats.SUMMARY,
        }

    def fill(self, text, where):
        def one(field):
            name, target = field.groups()
            if target is None:
                return self.plain.get(name) or die(f"{where}: there is no field {name}")
            file, checksum = self.targets.get(target) or die(f"{where}: the release has no archive for {target}")
            values = {"URL": f"{self.base}/{file}", "SHA256": checksum, "NAME": re.sub(r"\.(tar\.gz|zip)$", "", file)}
            return values.get(name) or die(f"{where}: there is no field {name} of a target")

        return FIELD.sub(one, text)


def render(sums, repository, out):
    with open(ROOT / "Cargo.toml", "rb") as file:
        package = tomllib.load(file)["package"]
    repository = (repository or package.get("repository") or die("Cargo.toml names no repository; name one: --repository URL")).rstrip("/")
    # It is put between quotes of five languages.
    if not re.fullmatch(r"https?://[A-Za-z0-9.:-]+(/[A-Za-z0-9._-]+){2,}", repository):
        die(f"{repository!r} is not the address of a repository, such as https://github.com/OWNER/NAME")
    version, targets = read(sums)
    fields = Fields(version, targets, package, repository)
    files = {}
    for template in sorted(path for path in TEMPLATES.rglob("*") if path.is_file()):
        where = template.relative_to(TEMPLATES)
        mode = 0o755 if template.stat().st_mode & 0o100 else 0o644
        files[fields.fill(str(where), where)] = (fields.fill(template.read_text(), where), mode)
    script = archives.filled(ROOT / "packaging/install.sh", repository)
    files.update({name: (script, 0o755) for name in INSTALL_SCRIPTS})
    # Nothing is written before everything is known to be good.
    shutil.rmtree(out, ignore_errors=True)
    for name, (text, mode) in files.items():
        place = out / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(mode)


def main():
    parser = argparse.ArgumentParser(prog="scripts/release --manifests", description="Fills in packaging/manifests/ for a release.")
    parser.add_argument("sums", type=Path, metavar="SHA256SUMS", help="the checksums of the archives of all targets")
    parser.add_argument("--repository", metavar="URL", help="where the releases are; by default what Cargo.toml says")
    parser.add_argument("--out", type=Path, default=ROOT / "target/manifests", metavar="DIR")
    options = parser.parse_args()
    options.sums.is_file() or die(f"{options.sums} is not there")
    render(options.sums, options.repository, options.out)


if __name__ == "__main__":
    main()
