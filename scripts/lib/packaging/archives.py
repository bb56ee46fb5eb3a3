"""The archive that the install scripts fetch, and the checksums."""

import gzip
import hashlib
import io
import tarfile
import time
import zipfile

# What zip can say of a regular file's mode (Unix, in the upper half of the attributes).
REGULAR = 0o100000


def make(release):
    name = f"claude-bedrock-{release.version}-{release.target}"
    files = release.files()
    if release.is_windows:
        return zipped(release, release.out / f"{name}.zip", {f"{name}/{path}": file for path, file in files.items()})
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, file in files.items():
            entry = tarfile.TarInfo(f"{name}/{path}")
            entry.size, entry.mtime, entry.mode = file.stat().st_size, release.epoch, mode(path)
            with open(file, "rb") as content:
                archive.addfile(entry, content)
    level = 1 if release.fast else 9
    with open(release.out / f"{name}.tar.gz", "wb") as out:
        with gzip.GzipFile(filename="", fileobj=out, mode="wb", compresslevel=level, mtime=0) as packed:
            packed.write(body.getvalue())


def mode(path):
    return 0o755 if path.startswith("bin/") else 0o644


def zipped(release, path, files, modes=mode):
    """A zip of files and texts, with the release's time (zip knows none before 1980)."""
    when = time.gmtime(max(release.epoch, 315532800))[:6]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1 if release.fast else 9) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, when)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = (REGULAR | modes(name)) << 16
            archive.writestr(entry, content if isinstance(content, (str, bytes)) else content.read_bytes())


def filled(script, repository):
    """An install script that knows where the releases are."""
    text = script.read_text()
    empty = "repository = ''" if script.suffix == ".ps1" else "repository=''"
    if text.count(empty) != 1:
        raise SystemExit(f"{script} has no place for the repository")
    return text.replace(empty, empty[:-1] + repository + "'")


def scripts(release):
    for name in ["install.sh", "install.ps1"]:
        (release.out / name).write_text(filled(release.root / "packaging" / name, release.repository))


def checksums(out):
    """In the form that `sha256sum --check` reads."""
    lines = []
    for path in sorted(out.iterdir()):
        lines.append(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n")
    (out / "SHA256SUMS").write_text("".join(lines))
