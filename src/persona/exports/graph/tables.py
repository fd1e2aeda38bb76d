"""The graph as files of comma-separated values, one a table, from which ladybug loads it in bulk (``COPY``)."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from persona.exports.graph.schema import NODES, RELATIONS, statements

PLAN = "plan.json"
"""The file that says which statements make the tables, and which file goes into which table."""

LOADED = "header=false, auto_detect=false, delim=',', quote='\"', escape='\"', parallel=false"
"""How the files are read. Not in parallel, because a quoted cell may hold a line break."""


class Tables:
    """A sink (``gathering.Sink``) that writes a folder. To be closed; only then the plan is written."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._files = ExitStack()
        self._nodes: dict[str, Any] = {}
        self._edges: dict[tuple[str, str, str], Any] = {}

    def node(self, label: str, values: Mapping[str, Any]) -> None:
        """See ``Sink.node``."""
        if label not in self._nodes:
            self._nodes[label] = self._writer(f"{label}.csv")
        self._nodes[label].writerow([_cell(values.get(name)) for name, _ in NODES[label]])

    def edge(self, relation: str, source: tuple[str, str], target: tuple[str, str]) -> None:
        """See ``Sink.edge``."""
        key = (relation, source[0], target[0])
        writer = self._edges.get(key)
        if writer is None:
            writer = self._edges[key] = self._writer(f"{'-'.join(key)}.csv")
        writer.writerow((source[1], target[1]))

    def close(self) -> None:
        """Finish the files, and write the plan."""
        self._files.close()
        odd = [key for key in self._edges if key[0] not in RELATIONS or key[1:] not in RELATIONS[key[0]].pairs]
        copies = [f"COPY {label} FROM '{label}.csv' ({LOADED})" for label in self._nodes]
        copies += [
            f"COPY {relation} FROM '{relation}-{source}-{target}.csv' (from='{source}', to='{target}', {LOADED})"
            for relation, source, target in self._edges
        ]
        plan = [*statements(odd), *copies]
        (self._folder / PLAN).write_text(json.dumps(plan), encoding="utf-8")

    def _writer(self, name: str) -> Any:
        stream = (self._folder / name).open("w", encoding="utf-8", newline="")
        return csv.writer(self._files.enter_context(stream), lineterminator="\n")


def _cell(value: Any) -> Any:
    """A value as ladybug reads it. An empty cell is NULL."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value
