"""An environment as files from which it can be built again, all made from what a run sealed of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import msgspec

from persona.model.canonical import Digest, canonical_json

BOM_FORMAT = "1.6"


def bill_of_materials(environment: Mapping[str, Any], digest: Digest) -> dict[str, Any]:
    """A CycloneDX document of the distributions of an environment.

    Follows CycloneDX 1.6 (ECMA-424). The same environment gives the same document: it carries no time, and its serial
    number is made from the digest. What a distribution's RECORD says is a property, because it is no hash of a file.
    """
    contents = environment.get("contents") or {}
    components = [
        {
            "type": "library",
            "bom-ref": f"pkg:pypi/{name}@{version}",
            "name": name,
            "version": version,
            "purl": f"pkg:pypi/{name}@{version}",
            **({"properties": [{"name": "persona:record", "value": contents[name]}]} if name in contents else {}),
        }
        for name, version in sorted((environment.get("packages") or {}).items())
    ]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": BOM_FORMAT,
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, digest)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": f"{environment.get('tool')}@{environment.get('version')}",
                "name": str(environment.get("tool")),
                "version": str(environment.get("version")),
            },
            "properties": [
                {"name": f"persona:{name}", "value": str(environment[name])}
                for name in ("python", "platform", "machine", "code")
                if name in environment
            ],
        },
        "components": components,
    }


def files(environment: Mapping[str, Any], digest: Digest, run: str) -> dict[str, bytes]:
    """What is needed to build an environment again, by file name.

    The versions are those that ran; whether an index still has them is not known here.
    """
    packages = dict(sorted((environment.get("packages") or {}).items()))
    python = str(environment.get("python", ""))
    wanted = "".join(f"{name}=={version}\n" for name, version in packages.items())
    return {
        "environment.json": msgspec.json.format(canonical_json(dict(environment)), indent=2) + b"\n",
        "requirements.txt": wanted.encode(),
        ".python-version": f"{python}\n".encode(),
        "sbom.cdx.json": msgspec.json.format(canonical_json(bill_of_materials(environment, digest)), indent=2) + b"\n",
        "README.txt": _README.format(run=run, python=python, platform=environment.get("platform", "")).encode(),
    }


_README = """The environment of {run}, as it was recorded when the run started.

It was Python {python} on {platform}. Nothing here was built or run to write these files.

To build it again:

    python{python} -m venv again
    again/bin/pip install --no-deps -r requirements.txt
    again/bin/persona run reproduce {run} --level environment
    again/bin/persona run reproduce {run} --level rerun

environment.json   everything that was recorded
requirements.txt   each distribution and its version
sbom.cdx.json      the same as a CycloneDX 1.6 bill of materials
"""
