"""Documents of every format that is imported, as long as wanted, each unlike the others."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from tests.imports.test_openlineage import dataset, event
from tests.imports.test_reppl import lineage
from tests.imports.test_ro_crate import crate

VERBS = ("prov", "openlineage", "ro_crate", "reppl")


def document(verb: str, folder: Path, mark: str, digest: str, count: int) -> Path:
    """A document about the interview with this digest, of about ``count`` things."""
    told = digest.removeprefix("sha256:")
    if verb == "prov":
        path = folder / f"{mark}.provn"
        lines = [f'entity(ex:e0, [ex:sha256="{told}"])']
        lines += [f"entity(ex:e{n})\n wasDerivedFrom(ex:e{n}, ex:e{n - 1})" for n in range(1, count)]
        body = "\n".join(lines)
        path.write_text(f"document\n prefix ex <http://example.org/{mark}/>\n{body}\nendDocument\n")
    elif verb == "openlineage":
        path = folder / f"{mark}.ndjson"
        steps = [
            event(f"{mark} {n}", [dataset(f"d{n}", told if n == 0 else "")], [dataset(f"d{n + 1}")])
            for n in range(max(1, count // 3))
        ]
        path.write_text("\n".join(map(json.dumps, steps)))
    elif verb == "ro_crate":
        path = folder / f"{mark}.json"
        files = [
            {"@id": f"f{n}", "@type": "File", "name": f"{mark} {n}", "isBasedOn": {"@id": f"f{n - 1}"}}
            for n in range(1, count)
        ]
        path.write_bytes(crate({"@id": "f0", "@type": "File", "sha256": told}, *files))
    else:
        path = lineage(folder / f"{mark}.db", digest)
        with sqlite3.connect(path) as db:
            rows = [(f"{mark} {n}", "note", f"{mark} {n}", "", None, None, "{}", "act-1", "t") for n in range(count)]
            db.executemany(f"insert into lineage_entities values ({', '.join('?' * 9)})", rows)
        db.close()
    return path
