"""What is linked into the program: a bill of materials (CycloneDX 1.6) and the licences' texts."""

import json
import subprocess
import tomllib
from pathlib import Path

LICENCES = ("LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE")


def linked(release):
    """The crates that the program of the target is built from, but not its tests, with what each depends on."""
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", release.target]
    done = subprocess.run(command, cwd=release.root, capture_output=True, text=True, check=True)
    metadata = json.loads(done.stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    root = metadata["resolve"]["root"]
    found, waiting = {}, [root]
    while waiting:
        own = waiting.pop()
        if own in found:
            continue
        needs = [
            dependency["pkg"]
            for dependency in nodes[own]["deps"]
            if any(kind["kind"] in (None, "build") for kind in dependency["dep_kinds"])
        ]
        found[own] = sorted(needs)
        waiting += needs
    return root, packages, found


def reference(package):
    return f"pkg:cargo/{package['name']}@{package['version']}"


def checksums(release):
    with open(release.root / "Cargo.lock", "rb") as file:
        locked = tomllib.load(file)["package"]
    return {(package["name"], package["version"]): package.get("checksum") for package in locked}


def component(package, checksum):
    described = {
        "type": "library",
        "bom-ref": reference(package),
        "name": package["name"],
        "version": package["version"],
        "purl": reference(package),
    }
    if package["license"]:
        # Cargo still takes the old form with a slash.
        described["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    if checksum:
        described["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    if package["repository"]:
        described["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    return described


def write(release):
    root, packages, found = linked(release)
    sums = checksums(release)
    ordered = sorted((packages[name] for name in found if name != root), key=lambda p: (p["name"], p["version"]))
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": reference(release.package),
                "name": release.package["name"],
                "version": release.version,
                "licenses": [{"expression": release.package["license"]}],
            },
            "properties": [{"name": "target", "value": release.target}],
        },
        "components": [component(package, sums.get((package["name"], package["version"]))) for package in ordered],
        "dependencies": [
            {"ref": reference(packages[name]), "dependsOn": [reference(packages[need]) for need in needs]}
            for name, needs in sorted(found.items(), key=lambda item: reference(packages[item[0]]))
        ],
    }
    name = f"claude-bedrock-{release.version}-{release.target}.cdx.json"
    (release.out / name).write_text(json.dumps(bill, indent=1, sort_keys=True) + "\n")
    texts = "\n".join(licences(ordered))
    (release.tree / "share/doc/claude-bedrock/THIRD-PARTY-LICENSES").write_text(texts)


def licences(packages):
    """Each text once, with the crates that it belongs to."""
    owners = {}
    for package in packages:
        directory = Path(package["manifest_path"]).parent
        files = sorted(p for p in directory.iterdir() if p.is_file() and p.name.upper().startswith(LICENCES))
        texts = [file.read_text(errors="replace").strip() for file in files] or [f"Licence: {package['license']} (the crate brings no text)"]
        for text in texts:
            owners.setdefault(text, []).append(f"{package['name']} {package['version']}")
    for text, names in sorted(owners.items(), key=lambda item: (item[1], item[0])):
        yield f"{'=' * 80}\n{', '.join(names)}\n{'-' * 80}\n{text}\n"
