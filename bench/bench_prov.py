"""PROV: how fast is a million statements written from the database, how much memory does it take, beside ``prov``?

The records are made by events as runs make them: each run used 40 documents and made personas derived from all of
them. Times are of the processor: the library ``prov`` builds its document from the same statements, of a smaller part.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from harness import report  # noqa: E402  # the folder of the tests must be found first

from persona.exports.prov.account import Moment, WorkspaceAccount  # noqa: E402
from persona.exports.prov.writing import FORMATS, write  # noqa: E402
from persona.model.canonical import digest_of  # noqa: E402
from persona.model.prov import FORMS  # noqa: E402
from persona.model.records import Draft, Edge  # noqa: E402
from persona.storage import open_records  # noqa: E402

DOCUMENTS, RUNS = 40, 10_600
AT = "2026-01-01T00:00:00.000000Z"
DIGEST = digest_of(b"something")


def drafts() -> Iterator[list[Draft]]:
    """The events of a workspace, a hundred runs at a time."""
    yield [Draft("project.created", "p", {"title": "P"})]
    documents = []
    for number in range(DOCUMENTS):
        source, tail = f"source_20260101_000000_{number:06d}", f"20260101_000000_{number:06d}"
        document, who = f"document_{tail}.0001", f"participant_{tail}.0001"
        documents.append(document)
        record = {"id": document, "digest": DIGEST, "ordinal": 1, "turns": 9, "characters": 99, "participants": [who]}
        body = {
            "project": "p",
            "digest": DIGEST,
            "media_type": "text/plain",
            "bytes": 99,
            "card": DIGEST,
            "reader": "txt/1",
            "documents": [record],
        }
        edges = (Edge(document, "derived_from", source), Edge(document, "associated_with", who))
        yield [
            Draft("participant.added", who, {"project": "p", "card": DIGEST}),
            Draft("source.imported", source, body, edges),
        ]
    batch: list[Draft] = []
    for number in range(RUNS):
        batch += run(number, documents)
        if len(batch) >= 300:
            yield batch
            batch = []
    yield batch


def run(number: int, documents: list[str]) -> list[Draft]:
    """A run as it is recorded: planned, started, its output, finished."""
    id, made = f"run_20260101_000000_{number:06d}", f"p/personas-{number}:v1"
    edges = [Edge(id, "used", one) for one in [*documents, "template:default@1.0.0"]]
    edges += [Edge(id, "associated_with", one) for one in ("engine:extractive@1.0.0", "person:ada")]
    plan = {"uuid": f"uuid-{number}", "project": "p", "recipe": DIGEST, "seed": 0}
    output = {
        "project": "p",
        "name": f"personas-{number}",
        "version": 1,
        "kind": "personas",
        "digest": DIGEST,
        "bytes": 9,
        "path": "output/personas.json",
        "run": id,
    }
    rests = (*(Edge(made, "derived_from", one) for one in documents), Edge(made, "generated_by", id))
    return [
        Draft("run.planned", id, plan, tuple(edges)),
        Draft("run.started", id, {"at": AT}),
        Draft("artefact.logged", made, output, rests),
        Draft("run.finished", id, {"status": "completed", "at": AT}),
    ]


def account(path: Path) -> WorkspaceAccount:
    """What the records tell; no bytes of personas are read."""
    records = open_records(path)
    head = records.head()
    moment = Moment("persona/bench", head.size, head.root)
    return WorkspaceAccount(records, None, moment, software="1", claims=False)  # type: ignore[arg-type]


def writing(path: Path, format: str, output: Path) -> dict[str, Any]:
    """One format in a process of its own: seconds, and the most memory that it held."""
    command = [sys.executable, __file__, "--write", str(path), format, str(output)]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True).stdout))


def write_one(path: Path, format: str, output: Path) -> None:
    """What that process does."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.perf_counter(), time.process_time()
    with output.open("wb") as stream:
        size = write(account(path), format, stream, distinct=True)
    took = {"cpu_s": round(time.process_time() - cpu, 2), "wall_s": round(time.perf_counter() - wall, 2)}
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        json.dumps(took | {"megabytes": size // 1_000_000, "resident_mb": most // 1024, "at_start_mb": before // 1024})
    )


def counted(told: WorkspaceAccount) -> int:
    """How many statements an account has."""
    total = sum(1 for kind in FORMS for _ in told.statements(kind))
    for bundle in told.bundles():
        total += sum(1 for kind in FORMS for _ in told.statements(kind, bundle))
    return total


def library(part: Path) -> dict[str, Any]:
    """The library: a document that it read, written again. The rate is that of writing alone."""
    import prov.model

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        document = prov.model.ProvDocument.deserialize(source=str(part), format="json")
    count = len(list(document.get_records())) + sum(len(list(one.get_records())) for one in document.bundles)
    cpu = time.process_time()
    document.serialize(format="json")
    return {"statements": count, "per_s": round(count / (time.process_time() - cpu))}


def main() -> None:
    """Make the records, write them in every format, and report."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "workspace.db"
        records = open_records(path, create=True)
        for batch in drafts():
            records.append(batch, actor="person:ada")
        records.close()
        total = counted(account(path))
        results: dict[str, Any] = {"statements": total}
        for format in FORMATS:
            best = min((writing(path, format, Path(folder) / "out") for _ in range(3)), key=lambda one: one["cpu_s"])
            results[format] = best | {"per_s": round(total / best["cpu_s"])}
        few = Path(folder) / "few.db"
        records = open_records(few, create=True)
        for number, batch in enumerate(drafts()):
            if number <= DOCUMENTS + 3:
                records.append(batch, actor="person:ada")
        records.close()
        write_one(few, "json", Path(folder) / "few.json")
        results["prov 3.2.3, PROV-JSON"] = library(Path(folder) / "few.json")
    ratio = results["json"]["per_s"] / results["prov 3.2.3, PROV-JSON"]["per_s"]
    results["PROV-JSON, times the library"] = round(ratio, 1)
    report(
        "prov",
        "How fast is a million statements of PROV written from the database, and how much memory does it take?",
        "1 million PROV-JSON statements in 3 s of the processor and under 300 MB resident",
        results,
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        write_one(Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
    else:
        main()
