"""SPARQL 1.1, by pyoxigraph. Loaded in a process apart and nowhere else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyoxigraph

from persona.exports.graph.quads import FILE, PREFIXES, SPACES

STORE = "store"
_XSD = PREFIXES["xsd"]


def build(rows: Path, folder: Path) -> None:
    """Make the store of a folder from a file of N-Quads (``quads.Quads``)."""
    store = pyoxigraph.Store(folder / STORE)
    store.bulk_load(path=rows / FILE, format=pyoxigraph.RdfFormat.N_QUADS)
    store.optimize()
    store.flush()
    if (rows / SPACES).exists():
        shutil.copyfile(rows / SPACES, folder / SPACES)


class Graph:
    """The store of a folder, to be asked."""

    memory = 4 << 30

    def __init__(self, folder: Path) -> None:
        told = folder / SPACES
        self._prefixes = dict(PREFIXES) | (json.loads(told.read_text(encoding="utf-8")) if told.exists() else {})
        self._store = pyoxigraph.Store.read_only(str(folder / STORE))
        for _ in self._store.quads_for_pattern(None, None, None):
            break  # what is opened at the first question

    def ask(self, query: str, _seconds: float) -> tuple[list[str], Iterator[list[Any]]]:
        """The columns and the rows of an answer. Of ASK one cell; of CONSTRUCT three, as N-Triples writes them.

        Raises as ``why`` tells apart.
        """
        found = self._store.query(query, prefixes=self._prefixes)
        if isinstance(found, pyoxigraph.QueryBoolean):
            return ["answer"], iter([[bool(found)]])
        if isinstance(found, pyoxigraph.QuerySolutions):
            names = [one.value for one in found.variables]
            return names, ([_plain(row[at]) for at in range(len(names))] for row in found)
        return ["subject", "predicate", "object"], (
            [str(one) for one in (triple.subject, triple.predicate, triple.object)] for triple in found
        )


def why(error: Exception) -> str:
    """Why a query failed: ``query`` (it is wrong) or ``engine`` (perhaps the files are broken)."""
    return "query" if isinstance(error, SyntaxError | ValueError) else "engine"


def _plain(term: Any) -> Any:
    """A term as JSON holds it: an IRI and a text as they are, numbers and truth values as such."""
    if term is None:
        return None
    if not isinstance(term, pyoxigraph.Literal):
        return str(term.value) if isinstance(term, pyoxigraph.NamedNode) else str(term)
    kind = term.datatype.value.removeprefix(_XSD)
    try:
        if kind in ("integer", "int", "long"):
            return int(term.value)
        if kind in ("double", "decimal", "float"):
            return float(term.value)
    except ValueError:
        return term.value
    return term.value in ("true", "1") if kind == "boolean" else term.value
