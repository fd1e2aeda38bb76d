"""Codes of the graph that is asked in Cypher and SPARQL."""

from __future__ import annotations

from persona.cli.codes.code import Code

_LESS = "Name the thing where the question starts, bound the paths, count instead of listing."

GRAPHS: dict[str, Code] = {
    "graph-engine": Code(
        "StorageError",
        "The engine that answers queries ended without an answer, also on a graph that was just made anew.",
        "Say the query more simply. What is recorded is not touched by it.",
    ),
    "graph-format": Code(
        "UsageError", "The answer has no triples to be written as N-Triples.", "Take another form, or ask CONSTRUCT."
    ),
    "graph-memory": Code("UsageError", "A query needs more memory than one may have.", _LESS),
    "graph-query": Code(
        "UsageError",
        "A query cannot be read, or names what there is not.",
        "`persona graph schema` shows labels, properties and relations.",
    ),
    "graph-refused": Code(
        "UsageError",
        "A query would change something, read or write a file, or ask another server.",
        "Only read: MATCH and RETURN, or SELECT, ASK, CONSTRUCT and DESCRIBE without SERVICE.",
    ),
    "graph-timeout": Code("UsageError", "A query took longer than it may.", f"{_LESS} Or give it time: `--timeout`."),
}
