"""The grain of the schema: the fields of personas, and the columns of surveys and fields of documents they rest on.

A field of a version of personas is an entity, a member of the version, and its claims are members of it. What it rests
on is an entity, too, derived from its source: a column of a survey, a value in the head of transcripts, or what
participants say. Columns are counted in the order in which the documents of their source first hold them, because what
they are called is words of a file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from persona.errors import NotFound
from persona.exports.prov import naming
from persona.exports.prov.wording import derived, entity, facts, kinds, pair
from persona.generation.demographics import keys_of
from persona.lineage.fields import Outline, field_of, fields_of
from persona.model.canonical import Digest
from persona.model.prov import Name, Statement
from persona.model.recipes import Recipe
from persona.model.records import DocumentRecord, Run, Source
from persona.runs.sealed import read_sealed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from persona.exports.prov.wording import Attributes
    from persona.lineage.fields import FieldRest
    from persona.model.personas import PersonaSet
    from persona.storage import Blobs, Records

OUTLINES = 5000
"""How many documents' outlines are remembered; one takes about as much as its number of turns."""

SOURCES = 64
"""Of how many sources the numbers of columns are remembered."""

_KINDS = {"column": "SurveyColumn", "header": "DocumentField", "speech": "DocumentField"}
_DERIVATION: Attributes = (("prov:type", Name("persona:FieldDerivation")),)

_outline = msgspec.json.Decoder(Outline)
_recipe = msgspec.json.Decoder(Recipe)


class _Read(NamedTuple):
    """Meets ``lineage.fields.Read``."""

    digest: Digest
    document: Outline
    people: Mapping[str, str]


class Fields:
    """Tells the fields of personas; with ``words`` what columns are called, too."""

    def __init__(self, records: Records, blobs: Blobs, *, words: bool) -> None:
        self._records = records
        self._blobs = blobs
        self._words = words
        self._outline = lru_cache(maxsize=OUTLINES)(self._read_outline)
        self._columns = lru_cache(maxsize=SOURCES)(self._columns_of)

    def told(
        self, run: Run, used: Sequence[str], whole: str, personas: PersonaSet, paths: Mapping[str, str]
    ) -> Iterator[Statement]:
        """The fields of the personas, called ``whole``, that a run made of the documents it ``used``.

        ``paths`` gives, by the path of each claim, how it is told. Nothing is told of a run without a recipe, and
        nothing of documents of which nothing is left.
        """
        inputs = self._inputs(run)
        if not inputs:
            return
        sources = self._sources(used)
        shown = {field_of(path): field_of(told) for path, told in paths.items()}
        for field in dict.fromkeys(shown.values()):
            name = naming.field(whole, field)
            yield entity(name, kinds("Field", "prov:Collection"), facts(field=field))
            yield pair("hadMember", whole, name)
        for told in paths.values():
            yield pair("hadMember", naming.field(whole, field_of(told)), naming.claim(whole, told))
        seen: set[str] = set()
        for rest in fields_of(personas, inputs, keys_of, apart=True):
            source = sources.get(rest.sources[0])
            if source is not None:
                yield from self._rest(naming.field(whole, shown[rest.field]), rest, source, seen)

    def _rest(self, field: str, rest: FieldRest, source: str, seen: set[str]) -> Iterator[Statement]:
        """What a field rests on; each column is told once."""
        number = 1 if rest.origin == "speech" else self._columns(source).number(rest.name)
        column = naming.column(naming.name(source), rest.origin, number)
        told = facts(claims=rest.claims, highlights=rest.highlights, people=rest.people, verbatim=rest.verbatim)
        yield derived(field, column, _DERIVATION + told)
        if column in seen:
            return
        seen.add(column)
        called: Attributes = (("prov:label", rest.name),) if self._words and rest.name else ()
        yield entity(column, kinds(_KINDS[rest.origin]), facts(origin=rest.origin, number=number), called)
        yield derived(column, naming.name(source))

    def _inputs(self, run: Run) -> Sequence[_Read]:
        """The documents of a run, but for those of which nothing is left."""
        try:
            recipe = read_sealed(self._blobs, run.recipe, _recipe, "a recipe") if run.recipe else None
        except NotFound:
            return ()
        found = ((ref, self._outline(ref.document)) for ref in (recipe.inputs if recipe else ()))
        return [_Read(ref.document, outline, ref.people) for ref, outline in found if outline is not None]

    def _sources(self, used: Sequence[str]) -> Mapping[str, str]:
        """The sources of some documents, by the digest of their bytes."""
        documents = self._records.get_many(DocumentRecord, used)
        sources = self._records.get_many(Source, list(dict.fromkeys(one.source for one in documents.values())))
        return {source.digest: id for id, source in sources.items()}

    def _read_outline(self, digest: Digest) -> Outline | None:
        try:
            return read_sealed(self._blobs, digest, _outline, "a document")
        except NotFound:
            return None

    def _columns_of(self, source: str) -> _Columns:
        documents = sorted(self._records.scan(DocumentRecord, source=source), key=lambda one: one.ordinal)
        return _Columns(outline for one in documents if (outline := self._outline(one.digest)) is not None)


class _Columns:
    """The columns of a source by the order in which its documents first hold them; only so many are read as needed."""

    def __init__(self, outlines: Iterator[Outline]) -> None:
        self._numbers: dict[str, int] = {}
        self._met = _named(outlines)
        self._next = count(1)

    def number(self, name: str) -> int:
        """The number of a column."""
        while name not in self._numbers:
            met = next(self._met, name)
            if met not in self._numbers:
                self._numbers[met] = next(self._next)
        return self._numbers[name]


def _named(outlines: Iterator[Outline]) -> Iterator[str]:
    """What the columns of documents are called: attributes that are given, questions that are answered."""
    for outline in outlines:
        for card in outline.participants:
            yield from card.attributes
        for turn in outline.turns:
            if turn.question is not None:
                yield turn.question
