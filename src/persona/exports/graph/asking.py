"""Asking a graph: see that it is there, ask it in a process apart, and make it again where it is broken."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from persona.errors import StorageError, UsageError
from persona.exports.graph.accounts import write_account
from persona.exports.graph.caching import Key, kept
from persona.exports.graph.gathering import Sink
from persona.exports.graph.quads import Quads
from persona.exports.graph.refusing import refuse_cypher, refuse_sparql
from persona.exports.graph.schema import VERSION
from persona.exports.graph.tables import Tables
from persona.model.records import Head

if TYPE_CHECKING:
    from persona.model.prov import Account

Language = Literal["cypher", "sparql", "prov"]
"""In what is asked, and of what: ``prov`` is SPARQL over the account that is exported, in place of the graph."""

_PACKAGES: dict[Language, str] = {"cypher": "ladybug", "sparql": "pyoxigraph", "prov": "pyoxigraph"}
_NAMES: dict[Language, str] = {"cypher": "Cypher", "sparql": "SPARQL", "prov": "SPARQL"}
_BUILD_SECONDS = 3600.0
_GRACE_SECONDS = 15.0
"""How much longer than its time a process may live: it starts, and checks the files."""


class Rows(NamedTuple):
    """An answer: its columns, its rows, whether there are more, and whether the graph was made for it."""

    columns: list[str]
    rows: list[list[Any]]
    more: bool
    made: bool


class Asking:
    """The graphs of a place (a folder of the cache) at a moment, which ``head`` names; ``gather`` gives them to a sink.

    ``account`` gives the account of that moment, which says which program tells it.

    Raises ``UsageError`` for a query that is refused or wrong, that takes too long or too much memory, or where the
    engine is not installed; ``StorageError`` where the engine itself gives up.
    """

    def __init__(
        self, place: Path, head: Head, gather: Callable[[Sink], None], account: Callable[[], Account] | None = None
    ) -> None:
        self._place = place
        self._head = head
        self._gather = gather
        self._account = account

    def ask(self, language: Language, query: str, *, limit: int, seconds: float) -> Rows:
        """At most ``limit`` rows of the answer to a query that may take so many seconds."""
        (refuse_cypher if language == "cypher" else refuse_sparql)(query)
        key = Key(language, _version(language), VERSION, self._head)
        wanted = {"do": "ask", "language": language, "query": query, "limit": limit, "seconds": seconds}
        made, given = False, dict[str, Any]()
        for again in (False, True):
            anew = again and not made  # what was just made is no older than what others may have put in its place
            with kept(self._place, key, lambda folder: self._make(language, folder), anew=anew) as (folder, fresh):
                given = _child({**wanted, "folder": str(folder)}, seconds + _GRACE_SECONDS)
            made = made or fresh
            if given["ok"]:
                return Rows(given["columns"], given["rows"], given["more"], made)
            if given["why"] != "engine":
                break
        raise _failed(language, given, seconds)

    def _make(self, language: Language, folder: Path) -> None:
        rows = folder / "rows"
        if language == "prov":
            if self._account is None:
                raise ValueError("there is no account to be asked")
            write_account(self._account(), rows)
        else:
            with ExitStack() as stack:
                sink = Tables(rows) if language == "cypher" else Quads(rows)
                stack.callback(sink.close)
                self._gather(sink)
        graph = folder / "graph"
        graph.mkdir()
        wanted = {"do": "build", "language": language, "rows": str(rows), "folder": str(graph)}
        given = _child(wanted, _BUILD_SECONDS)
        if not given["ok"]:
            raise _failed(language, given, _BUILD_SECONDS)
        import shutil

        shutil.rmtree(rows)
        for one in graph.iterdir():
            one.rename(folder / one.name)
        graph.rmdir()


def _version(language: Language) -> str:
    """The engine and its version. Raises ``UsageError`` where it is not installed."""
    package = _PACKAGES[language]
    if find_spec(package) is None:
        raise UsageError(
            f"{_NAMES[language]} needs the package {package}",
            code="missing-extra",
            place=f"persona graph {'query' if language == 'cypher' else 'sparql'}",
            hints=["install it: `pip install 'persona-workbench[graph]'`"],
        )
    from importlib.metadata import version

    from persona import __version__

    engine = f"{package} {version(package)}"
    return f"{engine}, persona {__version__}" if language == "prov" else engine


def _child(wanted: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Do something in a process apart. What becomes of it is told as its answer is."""
    command = [sys.executable, "-P", "-m", "persona.exports.graph.child"]
    begun = time.monotonic()
    try:
        done = subprocess.run(  # noqa: S603  # this program
            command, input=json.dumps(wanted).encode(), capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return {"ok": False, "why": "time", "told": ""}
    if done.returncode == 0 and done.stdout:
        given: dict[str, Any] = json.loads(done.stdout)
        return given
    over = wanted["do"] == "ask" and time.monotonic() - begun >= wanted["seconds"]
    if done.returncode == -14 and over:  # SIGALRM: its own clock
        return {"ok": False, "why": "time", "told": ""}
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    if done.returncode == -6 and any("memory" in line for line in lines):  # SIGABRT, with these words
        return {"ok": False, "why": "memory", "told": ""}
    return {"ok": False, "why": "engine", "told": lines[-1] if lines else f"it ended with the status {done.returncode}"}


def _failed(language: Language, given: dict[str, Any], seconds: float) -> StorageError | UsageError:
    told = " ".join(str(given["told"]).split())[:500]
    name = _NAMES[language]
    schema = "see the tables and their properties: `persona graph schema`"
    shorter = (
        "bound the paths (`[:DERIVED_FROM* SHORTEST 1..10]`)" if language == "cypher" else "bind one end of a path"
    )
    match given["why"]:
        case "query":
            return UsageError(f"the {name} query is wrong: {told}", code="graph-query", hints=[schema])
        case "time":
            return UsageError(
                f"the query was stopped after {seconds:g} seconds",
                code="graph-timeout",
                hints=[
                    f"ask for less: name where it starts, {shorter}, count instead of listing",
                    "or `--timeout 300`",
                ],
            )
        case "memory":
            return UsageError(
                "the query needs more memory than one may have",
                code="graph-memory",
                hints=[f"ask for less: name where it starts, {shorter}, want fewer rows"],
            )
        case _:
            return StorageError(
                f"the engine for {name} gave up: {told}",
                code="graph-engine",
                hints=["say it more simply: the graph itself was just made anew", schema],
            )
