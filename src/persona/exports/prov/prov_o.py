"""PROV-O (https://www.w3.org/TR/prov-o/) as N-Quads (https://www.w3.org/TR/n-quads/) and Turtle.

A relation of two things and no more is one triple. One with a time, a plan, a role, an identifier or anything else is a
node of its own (PROV-O section 3.3, qualified terms). In N-Quads each bundle is a named graph under its own name.
Turtle has one graph, which takes in the statements of every bundle: which bundle said what is not told there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from itertools import chain
from typing import NamedTuple

from persona.exports.prov.patterns import MARKS, Patterns, gathered
from persona.exports.prov.terms import KNOWN, Iris, lexical
from persona.model.prov import FORMS, Account, Kind, Name, Rows, Statement, Value

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"

Term = Callable[[str], str]
Triple = tuple[str, str, str]


class _Qualified(NamedTuple):
    """How PROV-O tells a relation as a node: its class, and the property of each argument after the first.

    ``plain``: the simple triple stands beside the node, too.
    """

    name: str
    properties: tuple[str, ...]
    plain: bool = False


_QUALIFIED: Mapping[Kind, _Qualified] = {
    "wasGeneratedBy": _Qualified("Generation", ("activity", "atTime")),
    "used": _Qualified("Usage", ("entity", "atTime")),
    "wasInformedBy": _Qualified("Communication", ("activity",), plain=True),
    "wasStartedBy": _Qualified("Start", ("entity", "hadActivity", "atTime")),
    "wasEndedBy": _Qualified("End", ("entity", "hadActivity", "atTime")),
    "wasInvalidatedBy": _Qualified("Invalidation", ("activity", "atTime")),
    "wasDerivedFrom": _Qualified("Derivation", ("entity", "hadActivity", "hadGeneration", "hadUsage")),
    "wasAttributedTo": _Qualified("Attribution", ("agent",), plain=True),
    "wasAssociatedWith": _Qualified("Association", ("agent", "hadPlan")),
    "actedOnBehalfOf": _Qualified("Delegation", ("agent", "hadActivity"), plain=True),
    "wasInfluencedBy": _Qualified("Influence", ("influencer",), plain=True),
}
_CLASSES: Mapping[Kind, str] = {"entity": "Entity", "activity": "Activity", "agent": "Agent"}
_DERIVATIONS = {Name(f"prov:{word}"): word for word in ("Revision", "Quotation", "PrimarySource")}
_DIRECT = {"Revision": "wasRevisionOf", "Quotation": "wasQuotedFrom", "PrimarySource": "hadPrimarySource"}
_PROPERTIES = {
    "prov:type": "rdf:type",
    "prov:label": "rdfs:label",
    "prov:location": "prov:atLocation",
    "prov:role": "prov:hadRole",
}
_SIMPLE = re.compile(r"[A-Za-z_]([A-Za-z0-9_.-]*[A-Za-z0-9_-])?")
_TEXT = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"})


def n_quads(account: Account) -> Iterator[bytes]:
    """An account as N-Quads, in pieces; bundles are named graphs."""
    return gathered(_texts(account, _Writer(_iris(account)), _lines))


def merged_quads(account: Account) -> Iterator[bytes]:
    """An account as N-Quads to be asked, in pieces: the default graph holds what every bundle says, too.

    Each relation that is a node stands there as a simple triple besides, and a quotation, a revision and a primary
    source as their own properties. PROV-O implies them (section 3.3); who reads statements back would find two.
    """
    return gathered(_texts(account, _Writer(_iris(account), direct=True), _merged))


def _iris(account: Account) -> Term:
    """Names as N-Quads write them."""
    iris = Iris({**account.namespaces, "rdf": _RDF, "rdfs": _RDFS})

    @lru_cache(maxsize=KNOWN)
    def term(name: str) -> str:
        return f"<{iris(name)}>" if ":" in name else name  # the mark of a pattern

    return term


def turtle(account: Account) -> Iterator[bytes]:
    """An account as Turtle, in pieces; everything is in one graph."""
    spaces = {"rdfs": _RDFS, **account.namespaces}
    iris = Iris({**account.namespaces, "rdf": _RDF, "rdfs": _RDFS})
    known = {"prov", "xsd", *spaces}

    @lru_cache(maxsize=KNOWN)
    def term(name: str) -> str:
        if name == "rdf:type":
            return "a"
        prefix, colon, local = name.partition(":")
        if not colon:
            return name  # the mark of a pattern
        return name if prefix in known and _SIMPLE.fullmatch(local) else f"<{iris(name)}>"

    head = "".join(
        f"@prefix {prefix}: <{uri}> .\n"
        for prefix, uri in {"prov": iris("prov:"), "xsd": iris("xsd:"), **spaces}.items()
    )
    return gathered(chain((f"{head}\n",), _texts(account, _Writer(term), _block)))


def _texts(account: Account, writer: _Writer, text: Callable[[list[Triple], str], str]) -> Iterator[str]:
    """Every statement as triples, written by ``text``, which is also given the graph, after a space."""
    term = writer.term
    patterns = Patterns(
        lambda one, graph: text(writer.triples(one, MARKS[0]), graph), lambda names: list(map(term, names))
    )
    for bundle in chain((None,), account.bundles()):
        graph = "" if bundle is None else f" {term(bundle)}"
        for one in account.told(bundle):
            if isinstance(one, Rows):
                yield patterns.text(one, graph, partial(writer.blanks, one.size))
            else:
                yield text(writer.triples(one), graph)


def _lines(triples: list[Triple], graph: str) -> str:
    """Triples as N-Quads."""
    return "".join([f"{subject} {verb} {thing}{graph} .\n" for subject, verb, thing in triples])


def _merged(triples: list[Triple], graph: str) -> str:
    """Triples as N-Quads, in the default graph and in their own."""
    return "".join(
        [f"{subject} {verb} {thing} .\n{subject} {verb} {thing}{graph} .\n" for subject, verb, thing in triples]
    )


def _block(triples: list[Triple], _graph: str) -> str:
    """Triples as Turtle, with each subject said once."""
    text, last = "", ""
    for subject, verb, thing in triples:
        if subject == last:
            text += f" ;\n    {verb} {thing}"
        else:
            text += f"{' .' if last else ''}{chr(10) if last else ''}{subject} {verb} {thing}"
        last = subject
    return f"{text} .\n" if text else ""


class _Writer:
    """Turns statements into triples of terms; blank nodes are numbered through the whole account."""

    def __init__(self, term: Term, *, direct: bool = False) -> None:
        self.term = term
        self._direct = direct
        self._blank = 0

    def blanks(self, size: int) -> list[str]:
        """Nodes that no statement has had."""
        first = self._blank + 1
        self._blank += size
        return [f"_:b{number}" for number in range(first, first + size)]

    def triples(self, one: Statement, node: str | None = None) -> list[Triple]:
        """The triples of one statement; ``node`` stands for the blank node of one without identifier."""
        if one.kind in _CLASSES:
            return self._element(one)
        qualified = _QUALIFIED.get(one.kind)
        if qualified is None:
            return self._pair(one)
        return self._relation(one, qualified, node)

    def _element(self, one: Statement) -> list[Triple]:
        term, subject = self.term, self.term(str(one.id))
        found = [(subject, term("rdf:type"), term(f"prov:{_CLASSES[one.kind]}"))]
        for value, word in zip(one.arguments, ("startedAtTime", "endedAtTime"), strict=False):
            if value is not None:
                found.append((subject, term(f"prov:{word}"), self._instant(value)))
        return found + self._attributes(subject, one)

    def _pair(self, one: Statement) -> list[Triple]:
        """A relation that is never more than its arguments. One that lacks either end cannot be told."""
        term = self.term
        first, second, *rest = one.arguments
        if first is None or second is None:
            return []
        found = [(term(first), term(f"prov:{one.kind}"), term(second))]
        return found + [(term(first), term("prov:asInBundle"), term(bundle)) for bundle in rest if bundle is not None]

    def _relation(self, one: Statement, qualified: _Qualified, node: str | None) -> list[Triple]:
        term = self.term
        first, second, *more = one.arguments
        given = one.arguments[1:]
        found: list[Triple] = []
        names = [
            _DERIVATIONS[value]
            for key, value in one.attributes
            if one.kind == "wasDerivedFrom" and key == "prov:type" and isinstance(value, Name) and value in _DERIVATIONS
        ]
        name = names[0] if len(names) == 1 else qualified.name
        if first is not None and second is not None:
            plain = one.id is None and not any(more) and not one.attributes
            if plain or self._direct or (qualified.plain and one.id is None):
                found.append((term(first), term(f"prov:{one.kind}"), term(second)))
            if plain:
                return found
            if self._direct:
                found += [(term(first), term(f"prov:{_DIRECT[each]}"), term(second)) for each in names]
        node = term(one.id) if one.id is not None else node or self.blanks(1)[0]
        if first is not None:
            found.append((term(first), term(f"prov:qualified{name}"), node))
        found.append((node, term("rdf:type"), term(f"prov:{name}")))
        for value, word, form in zip(given, qualified.properties, FORMS[one.kind][1:], strict=True):
            if value is not None:
                told = self._instant(value) if form.part == "time" else term(value)
                found.append((node, term(f"prov:{word}"), told))
        said = (node, term("rdf:type"), term(f"prov:{name}"))
        return found + [each for each in self._attributes(node, one) if each != said]

    def _attributes(self, subject: str, one: Statement) -> list[Triple]:
        term = self.term
        return [(subject, term(_PROPERTIES.get(key, key)), self._value(value)) for key, value in one.attributes]

    def _instant(self, text: str) -> str:
        return f'"{text}"^^{self.term("xsd:dateTime")}'

    def _value(self, value: Value) -> str:
        if isinstance(value, Name):
            return self.term(value.text)
        text, datatype, language = lexical(value)
        quoted = f'"{text.translate(_TEXT)}"'
        if language:
            return f"{quoted}@{language}"
        return quoted if datatype == "xsd:string" else f"{quoted}^^{self.term(datatype)}"
