"""Fields: which field of a persona rests on which field, and which characters, of which document; without words.

A document has the field ``text``, or, where it is somebody's answers to a survey, one field a question: ``question 2``.
Questions are counted in the order in which the documents of their source first answer them, because what is asked is
words of a file. The fields of personas are those of ``model.personas``; attributes, which are named by words too, are
counted: ``persona-1.demographics[0]``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from persona.errors import NotFound
from persona.exports.openlineage.facets import facet
from persona.exports.openlineage.own import EvidenceFacet
from persona.lineage.fine import Rest, rests
from persona.model.personas import CLAIM_FIELDS, PersonaSet
from persona.model.records import DocumentRecord
from persona.model.sources import Turn
from persona.runs.sealed import read_sealed

if TYPE_CHECKING:
    from persona.storage import Blobs, Records

KEPT = 2000
"""How many documents' fields are remembered at once; one takes about as much as its number of turns."""

FIELDS = ("name", "summary", "demographics", *CLAIM_FIELDS)
"""The fields of a persona that hold claims, in reading order."""

TEXT = "text"


class _Spoken(msgspec.Struct, frozen=True):
    """Of a document only its turns: its text is not even decoded into memory that is kept."""

    turns: tuple[Turn, ...]


_turns = msgspec.json.Decoder(_Spoken)


class DocumentFields(NamedTuple):
    """The fields of a document: where each turn begins, and the field it belongs to."""

    starts: tuple[int, ...]
    names: tuple[str, ...]

    def at(self, start: int) -> str:
        """The field in which a character stands."""
        place = bisect_right(self.starts, start) - 1
        return self.names[place] if place >= 0 else TEXT

    def all(self) -> list[str]:
        """Every field once."""
        return sorted(dict.fromkeys(self.names), key=lambda name: (len(name), name)) or [TEXT]


ONLY_TEXT = DocumentFields((0,), (TEXT,))


class Columns:
    """The fields of the documents of a workspace, read when first asked for; the last ``KEPT`` are remembered."""

    def __init__(self, records: Records, blobs: Blobs) -> None:
        self._records = records
        self._blobs = blobs
        self._known: OrderedDict[str, DocumentFields] = OrderedDict()
        self._questions: OrderedDict[str, _Questions] = OrderedDict()

    def of(self, document: DocumentRecord) -> DocumentFields:
        """The fields of a document; only ``text`` where its words are gone."""
        found = self._known.get(document.id)
        if found is None:
            found = self._known[document.id] = self._read(document)
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(document.id)
        return found

    def _read(self, document: DocumentRecord) -> DocumentFields:
        turns = _turns_of(self._blobs, document.digest)
        if not turns or all(turn.question is None for turn in turns):
            return ONLY_TEXT
        questions = self._questions.get(document.source)
        if questions is None:
            questions = self._questions[document.source] = _Questions(self._records, self._blobs, document.source)
            if len(self._questions) > 8:
                self._questions.popitem(last=False)
        names = tuple(TEXT if turn.question is None else questions.name(turn.question) for turn in turns)
        return DocumentFields(tuple(turn.start for turn in turns), names)


class _Questions:
    """The questions of a source by the order in which its documents first answer them."""

    def __init__(self, records: Records, blobs: Blobs, source: str) -> None:
        self._numbers: dict[str, int] = {}
        self._met = self._walk(records, blobs, source)

    def name(self, question: str) -> str:
        """The field of a question."""
        while question not in self._numbers:
            met = next(self._met, question)
            self._numbers.setdefault(met, len(self._numbers) + 1)
        return f"question {self._numbers[question]}"

    @staticmethod
    def _walk(records: Records, blobs: Blobs, source: str) -> Iterator[str]:
        for one in sorted(records.find(DocumentRecord, source=source).items, key=lambda one: one.ordinal):
            for turn in _turns_of(blobs, one.digest):
                if turn.question is not None:
                    yield turn.question


def _turns_of(blobs: Blobs, digest: Any) -> tuple[Turn, ...]:
    try:
        return read_sealed(blobs, digest, _turns, "a document").turns
    except NotFound:
        return ()


def persona_schema() -> dict[str, Any]:
    """The structure of a set of personas: one row a persona."""
    kinds = {"name": "claim", "summary": "claim", "demographics": "map<string,distribution>"}
    fields = [{"name": name, "type": kinds.get(name, "array<claim>")} for name in FIELDS]
    return facet("schema", fields=[{"name": "id", "type": "string"}, *fields])


def document_schema(fields: DocumentFields) -> dict[str, Any]:
    """The structure of a document."""
    return facet("schema", fields=[{"name": name, "type": "string"} for name in fields.all()])


class Point(NamedTuple):
    """A document as datasets name it, with its fields."""

    namespace: str
    name: str
    fields: DocumentFields


def lineage_of(personas: PersonaSet, documents: Mapping[str, Point]) -> dict[str, Any]:
    """The facets ``columnLineage`` (field to field) and ``lineage`` (claim to characters) of some personas.

    ``documents`` gives the dataset of each document that was read, by its digest; what rests on others is left out.
    A claim that is, whole, a quotation is an ``IDENTITY`` of its characters, any other a ``TRANSFORMATION``.
    """
    coarse: dict[str, dict[tuple[str, str, str], bool]] = {}
    fine: dict[str, list[dict[str, Any]]] = {}
    paths = _numbered(personas)
    for rest in rests(personas):
        path = paths[rest.path]
        entries = fine.setdefault(path, [])
        point = documents.get(rest.document) if rest.document is not None else None
        if point is None:
            continue
        entries.append(
            {
                "type": "DATASET",
                "namespace": point.namespace,
                "name": point.name,
                "field": f"{rest.start}-{rest.end}",
                "transformations": [_transformation(rest.verbatim)],
            }
        )
        column = (point.namespace, point.name, point.fields.at(rest.start))
        whole = coarse.setdefault(_field(rest), {})
        whole[column] = whole.get(column, True) and rest.verbatim
    fields = {
        name: {
            "inputFields": [
                {"namespace": space, "name": dataset, "field": field, "transformations": [_transformation(verbatim)]}
                for (space, dataset, field), verbatim in sorted(found.items())
            ]
        }
        for name, found in coarse.items()
    }
    return {
        "columnLineage": facet("columnLineage", fields=fields),
        "lineage": facet("lineage", fields={path: {"inputs": entries} for path, entries in fine.items()}),
    }


def _transformation(verbatim: bool) -> dict[str, Any]:
    return {"type": "DIRECT", "subtype": "IDENTITY" if verbatim else "TRANSFORMATION", "masking": False}


def _field(rest: Rest) -> str:
    """The field of a persona to which a claim belongs."""
    return rest.path.partition(".")[2].partition(".")[0].partition("[")[0]


def _numbered(personas: PersonaSet) -> dict[str, str]:
    """The name of each claim here by its path: attributes are counted, because what they are called is words."""
    names: dict[str, str] = {}
    for persona in personas.personas:
        attributes = {f"demographics.{key}": f"demographics[{at}]" for at, key in enumerate(persona.demographics)}
        for path, _ in persona.claims():
            names[f"{persona.id}.{path}"] = f"{persona.id}.{attributes.get(path, path)}"
    return names


def quality_of(personas: PersonaSet, size: int) -> dict[str, Any]:
    """What ``dataQualityMetrics`` says of some personas: how many, and of each field how many claims, how many null."""
    columns: dict[str, Any] = {}
    for name in FIELDS:
        values = [getattr(persona, name) for persona in personas.personas]
        kept = [value for value in values if value is not None]
        count = sum(len(value) for value in kept) if name not in ("name", "summary") else len(kept)
        columns[name] = {"nullCount": len(values) - len(kept), "count": count}
    return {"rowCount": len(personas.personas), "bytes": size, "columnMetrics": columns}


def evidence_of(personas: PersonaSet) -> EvidenceFacet:
    """On how much some personas rest."""
    claims = [claim for persona in personas.personas for _, claim in persona.claims()]
    spans = [one for claim in claims for one in claim.evidence]
    status = [claim.status for claim in claims]
    return EvidenceFacet(
        personas=len(personas.personas),
        claims=len(claims),
        observed=status.count("observed"),
        inferred=status.count("inferred"),
        unsupported=status.count("unsupported"),
        verbatim=sum(claim.verbatim for claim in claims),
        highlights=len({(one.document, one.start, one.end) for one in spans}),
        documents=len({one.document for one in spans}),
        participants=len({label for persona in personas.personas for label in persona.members}),
    )
