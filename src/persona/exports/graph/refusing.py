"""What is refused of a query before any engine sees it: to change something, to read or write files, to open sockets.

The engines are opened for reading only, and asked in a process that can open nothing more (``child``). That alone would
keep everything safe; this tells a person at once, and in words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from persona.errors import UsageError

MAX_LENGTH = 100_000
"""The most characters of a query."""

MAX_NESTED = 200
"""The most brackets that stand open at once: engines read nested ones by recursion, and die of too many."""

_WRITING = re.compile(
    r"ALTER|ANALYZE|ATTACH|BEGIN|CHECKPOINT|COMMENT|COMMIT|COPY|CREATE|DELETE|DETACH|DROP|EXPORT|FORCE|IMPORT|INSTALL|"
    r"LOAD|MERGE|REMOVE|ROLLBACK|SET|UNINSTALL|UPDATE|USE",
    re.IGNORECASE,
)
_TELLING = frozenset({"show_tables", "table_info", "show_connection", "show_functions", "db_version"})

_CYPHER = re.compile(
    r"""(?P<comment>//[^\r\n]*|/\*.*?(?:\*/|\Z))
    |(?P<string>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`[^`]*`)
    |(?P<word>[A-Za-z_]\w*)
    |(?P<mark>[^\s\w])""",
    re.DOTALL | re.VERBOSE,
)
_SPARQL = re.compile(
    r'''(?P<comment>\#[^\r\n]*)
    |(?P<iri><[^<>"{}|^`\\\s]*>)
    |(?P<string>"""(?:\\.|[^\\])*?"""|\'\'\'(?:\\.|[^\\])*?\'\'\'|"(?:\\.|[^"\\\r\n])*"|\'(?:\\.|[^\'\\\r\n])*\')
    |(?P<word>[?$@]?[\w.-]*:[\w.:%-]*|[?$@]?\w[\w-]*)
    |(?P<mark>[^\s\w])''',
    re.DOTALL | re.VERBOSE,
)


def refuse_cypher(query: str) -> None:
    """Raise ``UsageError`` for a Cypher query that does more than read."""
    words: list[str] = []
    kinds: list[str] = []
    for kind, text in _tokens(_CYPHER, query):
        words.append(text)
        kinds.append(kind)
    _whole(words, kinds)
    for at, word in enumerate(words):
        if kinds[at] != "word":
            continue
        if _WRITING.fullmatch(word):
            raise _refused(f"`{word.upper()}` does more than read", word)
        if word.upper() == "CALL" and "".join(words[at + 1 : at + 2]).lower() not in _TELLING:
            raise _refused("`CALL` is only for what tells of the tables", " ".join(words[at : at + 2]))
    if ";" in words[:-1]:
        raise _refused("one query at a time", ";")


def refuse_sparql(query: str) -> None:
    """Raise ``UsageError`` for a SPARQL query that asks another server, or that does more than read."""
    found = [(kind, text) for kind, text in _tokens(_SPARQL, query)]
    _whole([text for _, text in found], [kind for kind, _ in found])
    words = [text.upper() for kind, text in found if kind == "word"]
    if "SERVICE" in words:
        raise _refused("`SERVICE` asks another server, and nothing here opens a connection", "SERVICE")
    for at, word in enumerate(words):
        if word in ("BASE", "PREFIX", "VERSION") or word.endswith(":"):
            continue
        if word not in ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE"):
            raise _refused("a query begins with SELECT, ASK, CONSTRUCT or DESCRIBE", words[at])
        return


def _tokens(grammar: re.Pattern[str], query: str) -> Iterator[tuple[str, str]]:
    if not query.strip():
        raise UsageError("the query is empty", code="graph-query", hints=["see what there is: `persona graph schema`"])
    if len(query) > MAX_LENGTH:
        raise UsageError(
            f"a query has at most {MAX_LENGTH:,} characters", code="graph-query", place=query[:60] + " ..."
        )
    for one in grammar.finditer(query):
        if one.lastgroup not in (None, "comment"):
            yield str(one.lastgroup), one.group()


def _whole(words: list[str], kinds: list[str]) -> None:
    """Refuse what is nested too deep, and a quotation mark that nothing closes: what follows could be read two ways."""
    depth = 0
    for kind, word in zip(kinds, words, strict=True):
        if kind != "mark":
            continue
        if word in "\"'`":
            raise UsageError("a quotation mark has no partner", code="graph-query", place=word)
        depth += (word in "([{") - (word in ")]}")
        if depth > MAX_NESTED:
            raise UsageError(f"at most {MAX_NESTED} brackets stand open at once", code="graph-query", place=word)


def _refused(message: str, place: str) -> UsageError:
    return UsageError(
        f"the graph is only read: {message}",
        code="graph-refused",
        place=place,
        hints=["see what can be asked: `persona graph schema`"],
    )
