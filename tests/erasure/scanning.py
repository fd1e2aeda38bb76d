"""Looking for a person's words in every byte of a folder; shares no code with what erases them."""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

ROW = 8


def words(text: str) -> list[str]:
    return re.sub(r"[\W_]+", " ", text.lower()).split()


def rows(text: str) -> set[str]:
    """Every eight words in a row, and the whole of what is shorter but long enough to be somebody's."""
    found = words(text)
    return {" ".join(found[at : at + ROW]) for at in range(len(found) - ROW + 1)}


def unpacked(data: bytes, depth: int = 4) -> Iterator[bytes]:
    yield data
    if not depth:
        return
    if data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield name.encode()
                yield from unpacked(archive.read(name), depth - 1)
    for start in (
        [found.start() for found in re.finditer(rb"PK\x03\x04", data)][:1] if data[:4] != b"PK\x03\x04" else []
    ):
        try:
            with zipfile.ZipFile(io.BytesIO(data[start:])) as archive:
                for name in archive.namelist():
                    yield from unpacked(archive.read(name), depth - 1)
        except (zipfile.BadZipFile, zlib.error, OSError):
            pass
    for start in [found.start() for found in re.finditer(rb"\x1f\x8b\x08", data)]:
        try:
            yield from unpacked(gzip.decompress(data[start:]), depth - 1)
        except (OSError, EOFError, zlib.error):
            pass
    for start in [found.end() for found in re.finditer(rb"stream\r?\n", data)]:  # the streams of a PDF
        try:
            yield zlib.decompressobj().decompress(data[start:])
        except zlib.error:
            pass
    for run in re.findall(rb"[A-Za-z0-9+/]{120,}={0,2}", data):
        try:
            yield base64.b64decode(run[: len(run) // 4 * 4])
        except ValueError:
            pass
    for run in re.findall(rb"(?:[0-9a-fA-F]{2}){60,}", data):
        yield bytes.fromhex(run.decode())


def texts(data: bytes) -> Iterator[str]:
    for piece in unpacked(data):
        plain = piece.decode("utf-8", "replace")
        yield plain
        yield piece.decode("utf-16-le", "replace")
        loose = re.sub(r"\\+u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), plain)
        loose = re.sub(r"\\+[nrt\"]", " ", loose)
        yield html.unescape(loose)
        yield html.unescape(re.sub(r"<[^<>]*>", "", loose))
        yield html.unescape(re.sub(r"<[^<>]*>", " ", loose))
        # a PDF writes words as pieces in brackets
        yield "".join(re.findall(r"\(((?:[^()\\]|\\.)*)\)", plain))


def found_in(folder: Path, wanted: set[str], names: tuple[str, ...] = ()) -> list[str]:
    """Every file below a folder in which some of the rows, or a name, is found, with what was found first."""
    hits = []
    for path in sorted(folder.rglob("*")):
        if any(name in str(path.relative_to(folder)) for name in names):
            hits.append(f"{path}: its name")
        if not path.is_file():
            continue
        for text in texts(path.read_bytes()):
            here = words(text)
            hit = next(
                (row for row in (" ".join(here[at : at + ROW]) for at in range(len(here))) if row in wanted), None
            )
            hit = hit or next((name for name in names if re.search(rf"\b{re.escape(name)}\b", text)), None)
            if hit is not None:
                hits.append(f"{path.relative_to(folder)}: {hit}")
                break
    return hits


def as_json(value: object) -> str:
    return json.dumps(value)
