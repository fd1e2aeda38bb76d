"""Exported runs taken apart, changed and put together again."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from persona.errors import PersonaError
from persona.model.canonical import canonical_json, digest_of
from persona.storage.merkle import leaf_hash
from persona.workspace.elsewhere import reproduce_file


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(path: Path, parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def vouched(parts: dict[str, bytes]) -> dict[str, bytes]:
    """The parts with a header that fits them: what somebody writes who knows the form."""
    header = json.loads(parts["header.json"])
    rest = {name: data for name, data in parts.items() if name != "header.json"}
    header["leaves"] = [leaf_hash(line).hex() for line in rest["events.jsonl"].splitlines()]
    header["members"] = [
        {"name": name, "bytes": len(data), "digest": digest_of(data)} for name, data in rest.items()
    ]  # fmt: skip
    return {"header.json": canonical_json(header), **rest}


def events_of(parts: dict[str, bytes]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in parts["events.jsonl"].splitlines()]


def written(events: list[dict[str, Any]]) -> bytes:
    return b"".join(canonical_json(event) + b"\n" for event in events)


def refused(path: Path, level: str = "replay") -> PersonaError:
    with pytest.raises(PersonaError) as caught:
        reproduce_file(path, level)
    return caught.value
