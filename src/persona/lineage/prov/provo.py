"""PROV-O: the ontology of the W3C Recommendation of 2013 (https://www.w3.org/TR/prov-o/), in any RDF syntax.

RDF is parsed by pyoxigraph (the extra ``graph``). Each named graph is a bundle. A qualified influence
(``prov:qualifiedUsage`` ...) is one statement, and the direct property that it qualifies says nothing more. A qualified
influence with several values where PROV-DM has one, as two statements of one identifier become in RDF, is read as a
statement for each, so that what contradicts itself still does.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product
from typing import TYPE_CHECKING, Any, NamedTuple

from persona.errors import UsageError
from persona.lineage.prov.held import Builder, Held
from persona.lineage.prov.limits import MAX_NAME, MAX_TRIPLES, MAX_VALUES, refuse, too_much
from persona.lineage.prov.names import PROV
from persona.lineage.prov.values import AS_WRITTEN, instant, typed
from persona.model.prov import ELEMENTS, FORMS, Kind, Literally, Name, Statement, Value

if TYPE_CHECKING:
    from pyoxigraph import BlankNode, Literal, NamedNode

    Term = NamedNode | BlankNode | Literal

_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_LABEL = "http://www.w3.org/2000/01/rdf-schema#label"

SYNTAXES = {"turtle": "TURTLE", "trig": "TRIG", "n-triples": "N_TRIPLES", "n-quads": "N_QUADS"}
"""The syntaxes that are read, and what pyoxigraph calls them."""

_ELEMENTS: dict[str, tuple[Kind, str]] = {
    "Entity": ("entity", ""),
    "Activity": ("activity", ""),
    "Agent": ("agent", ""),
    "Person": ("agent", "Person"),
    "Organization": ("agent", "Organization"),
    "SoftwareAgent": ("agent", "SoftwareAgent"),
    "Plan": ("entity", "Plan"),
    "Collection": ("entity", "Collection"),
    "EmptyCollection": ("entity", "EmptyCollection"),
    "Bundle": ("entity", "Bundle"),
}


class _Form(NamedTuple):
    """How a relation is qualified: its kind, and the property that gives each argument after the first."""

    kind: Kind
    given: tuple[str, ...]
    refinement: str = ""


_QUALIFIED: dict[str, _Form] = {
    "qualifiedGeneration": _Form("wasGeneratedBy", ("activity", "atTime")),
    "qualifiedUsage": _Form("used", ("entity", "atTime")),
    "qualifiedCommunication": _Form("wasInformedBy", ("activity",)),
    "qualifiedStart": _Form("wasStartedBy", ("entity", "hadActivity", "atTime")),
    "qualifiedEnd": _Form("wasEndedBy", ("entity", "hadActivity", "atTime")),
    "qualifiedInvalidation": _Form("wasInvalidatedBy", ("activity", "atTime")),
    "qualifiedDerivation": _Form("wasDerivedFrom", ("entity", "hadActivity", "hadGeneration", "hadUsage")),
    "qualifiedRevision": _Form("wasDerivedFrom", ("entity", "hadActivity", "hadGeneration", "hadUsage"), "Revision"),
    "qualifiedQuotation": _Form("wasDerivedFrom", ("entity", "hadActivity", "hadGeneration", "hadUsage"), "Quotation"),
    "qualifiedPrimarySource": _Form(
        "wasDerivedFrom", ("entity", "hadActivity", "hadGeneration", "hadUsage"), "PrimarySource"
    ),
    "qualifiedAttribution": _Form("wasAttributedTo", ("agent",)),
    "qualifiedAssociation": _Form("wasAssociatedWith", ("agent", "hadPlan")),
    "qualifiedDelegation": _Form("actedOnBehalfOf", ("agent", "hadActivity")),
    "qualifiedInfluence": _Form("wasInfluencedBy", ("influencer",)),
}
_CLASSES = {
    "Generation": "qualifiedGeneration",
    "Usage": "qualifiedUsage",
    "Communication": "qualifiedCommunication",
    "Start": "qualifiedStart",
    "End": "qualifiedEnd",
    "Invalidation": "qualifiedInvalidation",
    "Derivation": "qualifiedDerivation",
    "Revision": "qualifiedRevision",
    "Quotation": "qualifiedQuotation",
    "PrimarySource": "qualifiedPrimarySource",
    "Attribution": "qualifiedAttribution",
    "Association": "qualifiedAssociation",
    "Delegation": "qualifiedDelegation",
    "Influence": "qualifiedInfluence",
}
_DIRECT: dict[str, tuple[Kind, str]] = {
    **{kind: (kind, "") for kind in FORMS if kind not in ELEMENTS and kind != "mentionOf"},
    "wasRevisionOf": ("wasDerivedFrom", "Revision"),
    "wasQuotedFrom": ("wasDerivedFrom", "Quotation"),
    "hadPrimarySource": ("wasDerivedFrom", "PrimarySource"),
}
_INVERSE: dict[str, Kind] = {
    "generated": "wasGeneratedBy",
    "invalidated": "wasInvalidatedBy",
    "influenced": "wasInfluencedBy",
}
_INSTANTS: dict[str, Kind] = {"generatedAtTime": "wasGeneratedBy", "invalidatedAtTime": "wasInvalidatedBy"}
_ATTRIBUTES = {_LABEL: "prov:label", f"{PROV}atLocation": "prov:location", f"{PROV}hadRole": "prov:role"}
_ABSTRACT = ("EntityInfluence", "ActivityInfluence", "AgentInfluence", "InstantaneousEvent", "Influence")

Facts = dict[str, list[tuple[str, "Term"]]]
"""What a graph says, by subject: properties and values. A blank node is written ``_:name``."""


def read_prov_o(data: bytes, syntax: str, source: str) -> Held:
    """The account that an RDF document tells in the terms of PROV-O. ``source`` names the file in errors.

    Raises ``UsageError`` (``missing-extra``) where pyoxigraph is not installed, and ``InvalidInput``: ``prov-syntax``
    for what is no RDF, ``prov-shape`` where nothing in it is PROV, ``prov-name`` for blank nodes that would need a
    name, ``prov-value`` for times that are none, ``prov-limit`` for too much.
    """
    graphs, prefixes = _parse(data, syntax, source)
    build = Builder(source)
    for prefix, uri in prefixes.items():
        if uri and not (prefix == "prov" and uri != PROV):
            build.names.declare(prefix, uri, lambda: source)
    graph = _Graph(build, source)
    for name, facts in graphs.items():
        graph.read(name, facts)
    held = build.done()
    if not held.count():
        raise refuse("nothing in it is provenance in the terms of PROV-O", "prov-shape", source)
    return held


def _parse(data: bytes, syntax: str, source: str) -> tuple[dict[str, Facts], dict[str, str]]:
    try:
        import pyoxigraph
    except ImportError:
        raise UsageError(
            "RDF is read by the library pyoxigraph, which is not installed",
            code="missing-extra",
            place=source,
            hints=["install it: `pip install 'persona-workbench[graph]'`"],
        ) from None
    graphs: dict[str, Facts] = {"": {}}
    count = 0
    try:
        parsing = pyoxigraph.parse(data, format=getattr(pyoxigraph.RdfFormat, SYNTAXES[syntax]))
        for subject, predicate, value, graph in parsing:
            count += 1
            if count > MAX_TRIPLES:
                raise too_much(f"there are more than {MAX_TRIPLES:,} triples", source)
            name = getattr(graph, "value", "")
            facts = graphs.get(name)
            if facts is None:
                facts = graphs[name] = {}
            facts.setdefault(_key(subject), []).append((predicate.value, value))
        return graphs, dict(parsing.prefixes)
    except SyntaxError as error:
        place = f"{source}, line {error.lineno}, column {error.offset}" if error.lineno else source
        reason = str(error.msg).partition(": ")[2] or str(error.msg)
        raise refuse(f"it is no RDF: {reason[:300]}", "prov-syntax", place) from None


def _key(term: Any) -> str:
    return term.value if type(term).__name__ == "NamedNode" else f"_:{getattr(term, 'value', '')}"


class _Graph:
    """One graph after another, into one account."""

    def __init__(self, build: Builder, source: str) -> None:
        self.build = build
        self.source = source
        self.bundle: str | None = None
        self.facts: Facts = {}
        self._names: dict[str, str] = {}
        self._spaces: list[tuple[str, str]] = []

    def read(self, name: str, facts: Facts) -> None:
        """The statements of a graph: the default graph is the top, and each other a bundle."""
        self.bundle = None
        self.facts = facts
        if name:
            self.bundle = self._name(name)
            self.build.bundle(self.bundle, lambda: self.source)
        qualified = self._qualified()
        for subject, said in facts.items():
            if subject not in qualified:
                self._element(subject, said)
            self._relations(subject, said)

    def _element(self, subject: str, said: list[tuple[str, Term]]) -> None:
        """A subject that is an entity, an activity or an agent: one statement for each that it is."""
        types = [_local(value) for property, value in said if property == _TYPE]
        kinds = dict.fromkeys(_ELEMENTS[one][0] for one in types if one in _ELEMENTS)
        if not kinds:
            return
        if subject.startswith("_:"):
            raise self._nameless("an element")
        for kind in kinds:
            attributes: list[tuple[str, Value]] = []
            times: list[list[str | None]] = [[], []]
            for property, value in said:
                local = property.removeprefix(PROV)
                if property == _TYPE and (known := _ELEMENTS.get(_local(value))) is not None:
                    if known[0] == kind and known[1]:
                        attributes.append(("prov:type", Name(f"prov:{known[1]}")))
                elif local in ("startedAtTime", "endedAtTime") and kind == "activity":
                    times[local == "endedAtTime"].append(self._instant(value))
                elif not _is_relation(property):
                    self._attribute(property, value, attributes)
            choices = product(*(one or [None] for one in times)) if kind == "activity" else iter([()])
            for arguments in islice(choices, 16):
                self._add(Statement(kind, self._name(subject), tuple(arguments), tuple(attributes)))

    def _relations(self, subject: str, said: list[tuple[str, Term]]) -> None:
        """The direct properties of a subject that nothing qualifies."""
        for property, value in said:
            if not property.startswith(PROV):
                continue
            local = property[len(PROV) :]
            if local in _DIRECT:
                kind, refinement = _DIRECT[local]
                self._direct(kind, self._name(subject), self._reference(value), refinement)
            elif local in _INVERSE:
                self._direct(_INVERSE[local], self._reference(value), self._name(subject), "")
            elif local in _INSTANTS:
                kind, when = _INSTANTS[local], self._instant(value)
                if (kind, self._name(subject), when) not in self._told:
                    self._add(Statement(kind, None, (self._name(subject), None, when)))
            elif local == "mentionOf":
                bundle = next((self._reference(one) for other, one in said if other == f"{PROV}asInBundle"), None)
                self._add(Statement("mentionOf", None, (self._name(subject), self._reference(value), bundle)))

    def _direct(self, kind: Kind, first: str, second: str, refinement: str) -> None:
        if (kind, first, second) in self._told:
            return
        attributes: tuple[tuple[str, Value], ...] = (("prov:type", Name(f"prov:{refinement}")),) if refinement else ()
        filled: tuple[str | None, ...] = (first, second, *[None] * (len(FORMS[kind]) - 2))
        self._add(Statement(kind, None, filled, attributes))

    def _qualified(self) -> set[str]:
        """Read the qualified influences, and remember what they say. The nodes that they are."""
        self._told: set[tuple[Kind, str | None, str | None]] = set()
        nodes: dict[str, list[tuple[str | None, _Form]]] = {}
        for subject, said in self.facts.items():
            for property, value in said:
                form = _QUALIFIED.get(property.removeprefix(PROV)) if property.startswith(PROV) else None
                if form is not None:
                    nodes.setdefault(_key(value), []).append((subject, form))
        for subject, said in self.facts.items():
            if subject not in nodes:
                for property, value in said:
                    if property == _TYPE and (word := _CLASSES.get(_local(value))) is not None:
                        nodes[subject] = [(None, _QUALIFIED[word])]
        for node, influences in nodes.items():
            for influenced, form in influences:
                self._influence(node, influenced, form)
        return set(nodes)

    def _influence(self, node: str, subject: str | None, form: _Form) -> None:
        said = self.facts.get(node, [])
        values: dict[str, list[str | None]] = {word: [] for word in form.given}
        attributes: list[tuple[str, Value]] = []
        refinements = {form.refinement} - {""}
        for property, value in said:
            local = property[len(PROV) :] if property.startswith(PROV) else ""
            if local == "influencer" and local not in values:
                local = form.given[0]
            if local in values:
                values[local].append(self._instant(value) if local == "atTime" else self._reference(value))
            elif property == _TYPE and (_local(value) in _CLASSES or _local(value) in _ABSTRACT):
                word = _QUALIFIED[_CLASSES[_local(value)]].refinement if _local(value) in _CLASSES else ""
                refinements |= {word} - {""}
            else:
                self._attribute(property, value, attributes)
        attributes = [("prov:type", Name(f"prov:{one}")) for one in sorted(refinements)] + attributes
        id = None if node.startswith("_:") else self._name(node)
        first = None if subject is None else self._name(subject)
        choices: list[list[str | None]] = [one or [None] for one in values.values()]
        for given in islice(product(*choices), 16):
            self._add(Statement(form.kind, id, (first, *given), tuple(attributes)))
            self._told.add((form.kind, first, given[0]))
            if form.given[-1] == "atTime":
                self._told.add((form.kind, first, given[-1]))

    def _attribute(self, property: str, value: Term, into: list[tuple[str, Value]]) -> None:
        if len(into) >= MAX_VALUES:
            raise too_much(f"one statement has more than {MAX_VALUES:,} attributes", self.source)
        name = "prov:type" if property == _TYPE else _ATTRIBUTES.get(property) or self._name(property)
        into.append((name, self._value(value)))

    def _value(self, value: Any) -> Value:
        kind = type(value).__name__
        if kind == "NamedNode":
            return Name(self._name(value.value))
        if kind != "Literal":
            raise self._nameless("a value")
        try:
            if value.language:
                return Literally(value.value, language=value.language)
            return typed(value.value, self._name(value.datatype.value), "")
        except ValueError as error:
            raise refuse(str(error), "prov-value", self.source) from None

    def _reference(self, value: Any) -> str:
        kind = type(value).__name__
        if kind == "Literal":
            raise refuse(f"{value.value[:60]!r} stands where a name must stand", "prov-shape", self.source)
        return self._name(_key(value))

    def _instant(self, value: Any) -> str:
        try:
            return instant(str(value.value))
        except ValueError as error:
            raise refuse(str(error), "prov-value", self.source, AS_WRITTEN) from None

    def _name(self, uri: str) -> str:
        """A URI as a qualified name: by the longest namespace that is declared, else cut after its last sign."""
        known = self._names.get(uri)
        if known is None:
            if uri.startswith("_:"):
                raise self._nameless("what a statement speaks of")
            if len(uri) > MAX_NAME:
                raise refuse(f"a name is longer than {MAX_NAME:,} characters", "prov-name", self.source)
            known = self._names[uri] = self._cut(uri)
        return known

    def _cut(self, uri: str) -> str:
        names = self.build.names
        cut = max(uri.rfind("#"), uri.rfind("/"), uri.rfind(":")) + 1 or len(uri)
        for end in _ends(uri, cut):
            prefix = names.prefix(uri[:end])
            if prefix is not None:
                return f"{prefix}:{uri[end:]}"
        return f"{names.declare('ns', uri[:cut], lambda: self.source)}:{uri[cut:]}"

    def _nameless(self, what: str) -> Exception:
        return refuse(f"{what} is a blank node, which has no name", "prov-name", self.source, "Give it a URI.")

    def _add(self, statement: Statement) -> None:
        self.build.add(statement, self.bundle)


def _ends(uri: str, cut: int) -> Iterator[int]:
    """Where a namespace may end, the longest first: after the usual signs, and otherwise where URIs are cut."""
    yield cut
    for end in range(len(uri), 0, -1):
        if uri[end - 1] in "#/:?=_-." and end != cut:
            yield end


def _local(value: Any) -> str:
    """The word of PROV that a value is, or nothing."""
    text = value.value if type(value).__name__ == "NamedNode" else ""
    return text[len(PROV) :] if text.startswith(PROV) else ""


def _is_relation(property: str) -> bool:
    if not property.startswith(PROV):
        return False
    local = property[len(PROV) :]
    return (
        local in _DIRECT
        or local in _INVERSE
        or local in _INSTANTS
        or local in _QUALIFIED
        or local in ("mentionOf", "asInBundle", "startedAtTime", "endedAtTime")
    )
