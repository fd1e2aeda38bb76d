"""The graph of an open workspace: its records, and what the bytes of its personas say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property

import msgspec

from persona.lineage.fine import Rest, rests
from persona.lineage.graph import LineageGraph
from persona.model.canonical import Digest
from persona.model.personas import PersonaSet
from persona.model.records import Artefact
from persona.runs.inputs import labels_of
from persona.runs.sealed import read_left
from persona.storage.evidence import Entry, EvidenceIndex
from persona.workspace.context import Context

_personas = msgspec.json.Decoder(PersonaSet)


def graph_of(context: Context, *, fine: bool) -> LineageGraph:
    """The graph at the moment of the records; ``fine`` says whether claims are part of it."""

    @cache
    def people(project: str) -> Mapping[str, str]:
        return {card.label: id for id, card in labels_of(context.records, context.blobs, project).items()}

    return LineageGraph(context.records, _Evidence(context), people, fine=fine)


class _Evidence:
    """The evidence of claims, indexed beside the workspace. Meets ``lineage.graph.Evidence``.

    Of a workspace that is only read the index is made in memory: it holds labels of people, who may withdraw there.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    @cached_property
    def _index(self) -> EvidenceIndex:
        return EvidenceIndex(None if self._context.read_only else self._context.layout.cache / "evidence.db")

    @cached_property
    def _all(self) -> EvidenceIndex:
        """The index with all personas entered that there are now or were at this moment."""
        made = self._context.records.find(Artefact, kind="personas").items
        self._index.enter((one.digest for one in made), self._read)
        return self._index

    def of(self, digest: str) -> Iterator[Rest]:
        """See ``Evidence.of``."""
        self._index.enter([digest], self._read)
        return (_rest(entry) for entry in self._index.of(digest))

    def on_document(self, digest: str) -> Iterator[tuple[str, Rest]]:
        """See ``Evidence.on_document``."""
        return ((entry.digest, _rest(entry)) for entry in self._all.on_document(digest))

    def on_person(self, label: str) -> Iterator[tuple[str, Rest]]:
        """See ``Evidence.on_person``."""
        return ((entry.digest, _rest(entry)) for entry in self._all.on_person(label))

    def _read(self, digest: str) -> Iterable[tuple[object, ...]]:
        return rests(_personas.decode(read_left(self._context.blobs, Digest(digest))))


def _rest(entry: Entry) -> Rest:
    document = Digest(entry.document) if entry.document else None
    return Rest(entry.path, document, entry.start, entry.end, entry.participant, entry.verbatim, entry.status)
