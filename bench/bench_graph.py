"""Graphs: the same closures by our SQL, networkx in memory, ladybug and pyoxigraph, and what the copies cost to make.

All four walk one graph of 100,000 things and 200,000 edges down from its root. The engines are measured inside of their
process, with the graph open: what a question costs besides, a start of Python and a hash of the files, stands apart.
"""

from __future__ import annotations

import os
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import networkx  # noqa: E402  # the folder of the tests must be found first
from harness import report  # noqa: E402

from persona.exports.graph import cypher, sparql  # noqa: E402
from persona.exports.graph.asking import Asking  # noqa: E402
from persona.exports.graph.gathering import Sink, gather  # noqa: E402
from persona.exports.graph.quads import PROV, Quads, iri  # noqa: E402
from persona.exports.graph.tables import Tables  # noqa: E402
from persona.lineage.graph import LineageGraph  # noqa: E402
from persona.storage.opening import open_file  # noqa: E402
from persona.storage.records import DatabaseRecords  # noqa: E402
from persona.storage.tables import OPEN  # noqa: E402

LARGE = 100_000
MILLION = 500_000
"""So many things have a million edges."""


class Nothing:
    """No claims."""

    def of(self, _: str) -> list[Any]:
        """Nothing, whatever is asked."""
        return []

    on_document = on_person = of


def name(number: int) -> str:
    return f"thing-{number:08d}"


def laid(path: Path, things: int) -> tuple[DatabaseRecords, list[tuple[int, int]]]:
    """Records in which each thing was derived from two earlier ones."""
    chance = random.Random(1)
    edges = sorted({(one, other) for one in range(2, things + 1) for other in (one // 2, chance.randrange(1, one))})
    records = open_file(path, create=True)
    connection: sqlite3.Connection = records.engine.connection  # type: ignore[attr-defined]
    connection.execute("begin")
    connection.executemany("insert into node values (?, ?)", ((one, name(one)) for one in range(1, things + 1)))
    rows = ((source, "derived_from", target, OPEN, source) for source, target in edges)
    connection.executemany("insert into edge (src, rel, dst, sys_to, sys_from) values (?, ?, ?, ?, ?)", rows)
    connection.execute("commit")
    return records, edges


def best(work: Callable[[], Any], times: int = 3) -> dict[str, float]:
    walls, cpus = [], []
    for _ in range(times):
        begun, before = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - begun)
        cpus.append(time.process_time() - before)
    return {"ms": round(min(walls) * 1000), "processor, ms": round(min(cpus) * 1000)}


def made(records: DatabaseRecords, folder: Path) -> dict[str, dict[str, float]]:
    """Write the rows and load them, for both engines."""
    lineage = LineageGraph(records, Nothing(), lambda _: {}, fine=True)
    found = {}
    for label, kind, engine in (("ladybug", Tables, cypher), ("pyoxigraph", Quads, sparql)):
        begun = time.perf_counter()
        sink = kind(folder / f"{label}-rows")
        gather(records, lineage, sink)
        sink.close()
        written = time.perf_counter() - begun
        (folder / label).mkdir()
        engine.build(folder / f"{label}-rows", folder / label)
        whole = time.perf_counter() - begun
        size = sum(one.stat().st_size for one in (folder / label).rglob("*") if one.is_file())
        found[label] = {"written, s": round(written, 1), "whole, s": round(whole, 1), "megabytes": round(size / 1e6)}
    return found


def closures(folder: Path) -> dict[str, dict[str, float]]:
    records, edges = laid(folder / "w.db", LARGE)
    made(records, folder)
    graph = networkx.DiGraph((name(target), name(source)) for source, target in edges)
    start = name(1)
    ladybug, pyoxigraph = cypher.Graph(folder / "ladybug"), sparql.Graph(folder / "pyoxigraph")
    match = f"MATCH (a {{id: '{start}'}})<-[:DERIVED_FROM* SHORTEST]-(b:Data) RETURN b.id"
    counting = match.replace("b.id", "count(b)")
    select = f"SELECT ?x {{ ?x <{PROV}wasDerivedFrom>+ {iri(start)} }}"
    ways: dict[str, Callable[[], int]] = {
        "our SQL": lambda: len(records.reach(start, "down")) - 1,
        "networkx, in memory": lambda: len(networkx.descendants(graph, start)),
        "ladybug, every id": lambda: len(list(ladybug.ask(match, 600)[1])),
        "ladybug, counted": lambda: next(ladybug.ask(counting, 600)[1])[0],
        "pyoxigraph, every id": lambda: len(list(pyoxigraph.ask(select, 600)[1])),
    }
    found = {}
    for label, way in ways.items():
        assert way() == LARGE - 1, label
        found[f"the closure of 100,000 things: {label}"] = best(way)
    records.close()
    return found


def asked(folder: Path) -> dict[str, dict[str, float]]:
    """What a question costs besides its answer."""

    def few(sink: Sink) -> None:
        sink.node("Run", {"id": "run_1", "type": "run"})

    from persona.model.records import Head

    asking = Asking(folder / "cache", Head(1, "00"), few)
    queries = {"cypher": "MATCH (r:Run) RETURN r.id", "sparql": "ASK { ?a ?b ?c }"}
    found = {}
    for language, query in queries.items():
        ask = partial(asking.ask, language, query, limit=9, seconds=60)  # type: ignore[arg-type]
        ask()
        found[f"a question of a graph of one thing, with the process: {language}"] = {"ms": best(ask)["ms"]}
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for one in ("closures", "million"):
            (folder / one).mkdir()
        results = closures(folder / "closures") | asked(folder)
        records, edges = laid(folder / "million" / "w.db", MILLION)
        for label, figures in made(records, folder / "million").items():
            results[f"the copy of {len(edges):,} edges for {label}"] = figures
        records.close()
        results["how busy the machine was: processes that wanted to run, of late"] = {
            "average": round(os.getloadavg()[1], 1)
        }
        report(
            "graph",
            "the same closures by SQL, networkx, ladybug and pyoxigraph, and what the copies cost to make",
            "the closure of 100,000 things by our SQL under 200 ms",
            results,
        )


if __name__ == "__main__":
    main()
