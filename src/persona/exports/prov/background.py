"""The top of the account: what runs start from, what no run made, and the bundles themselves."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from persona.exports.prov import naming
from persona.exports.prov.erased import Erased
from persona.exports.prov.wording import (
    COLLECTION,
    PRIMARY_SOURCE,
    REVISION,
    agent,
    attributed,
    chosen,
    derived,
    entity,
    facts,
    kinds,
    pair,
)
from persona.model.cards import ParticipantLabel, SourceCard
from persona.model.prov import Kind, Name, Statement
from persona.model.records import Artefact, DocumentRecord, Experiment, Participant, Project, Run, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from persona.exports.prov.wording import Attributes
    from persona.model.canonical import Digest
    from persona.model.records import Noun
    from persona.storage import Blobs, Records

CHUNK = 500

_label = msgspec.json.Decoder(ParticipantLabel)
_source_card = msgspec.json.Decoder(SourceCard)

_TOLD: dict[Kind, tuple[type, ...]] = {
    "entity": (Project, Source, DocumentRecord, Participant, Experiment, Artefact, Run),
    "agent": (Participant,),
    "wasDerivedFrom": (DocumentRecord, Artefact),
    "wasAttributedTo": (DocumentRecord, Participant, Run),
    "specializationOf": (Artefact,),
    "hadMember": (Source, Experiment),
}
"""Which nouns say something of each kind, so that no table is read in vain."""


class Background:
    """Everything that is told outside of bundles.

    ``within`` is a project, the ids of the only things that are told, or None for all; ``runs`` gives the runs that are
    told, each of which has a bundle.
    """

    def __init__(
        self,
        records: Records,
        blobs: Blobs,
        position: int,
        root: str,
        software: str,
        *,
        words: bool,
        runs: Callable[[], Iterator[Run]],
        within: str | set[str] | None,
    ) -> None:
        self._records = records
        self._blobs = blobs
        self._state = facts(log_position=position, log_root=f"sha256:{root}")
        self._software = f"persona:software/v{software}"
        self._version = software
        self._words = words
        self._runs = runs
        self._within = within
        self._erased = Erased(records, within, lambda: [run.id for run in runs()])

    def statements(self, kind: Kind) -> Iterator[Statement]:
        """The statements of one kind."""
        if kind == "agent":
            yield agent(self._software, kinds("prov:SoftwareAgent"), facts(version=self._version))
        for noun in _TOLD.get(kind, ()):
            yield from chosen(self._of(noun, kind), kind)
        yield from chosen(iter(self._erased.statements), kind)

    def _of(self, noun: type, kind: Kind) -> Iterator[Statement]:
        match noun:
            case _ if noun is Run:
                return (self._bundle(run, kind) for run in self._runs())
            case _ if noun is Artefact:
                return self._artefacts(kind)
            case _ if noun is Project:
                told = kinds("Project", "prov:Collection")
                return (entity(naming.project(one.id), told) for one in self._all(Project))
            case _ if noun is Source:
                return (told for one in self._all(Source) for told in self._source(one))
            case _ if noun is DocumentRecord:
                return (told for one in self._all(DocumentRecord) for told in self._document(one))
            case _ if noun is Participant:
                return (told for one in self._all(Participant) for told in self._participant(one))
            case _:
                return (told for one in self._all(Experiment) for told in self._experiment(one))

    def _all(self, noun: type[Noun]) -> Iterator[Noun]:
        """The records of a noun that are in scope, in the order of the log."""
        within = self._within
        if isinstance(within, set):
            for one in self._records.scan(noun):
                if one.id in within:
                    yield one
        elif noun is Project:
            yield from self._records.scan(noun, id=within)
        else:
            yield from self._records.scan(noun, project=within)

    def _bundle(self, run: Run, kind: Kind) -> Statement:
        told = naming.name(run.id)
        name = naming.below("bundle", told)
        if kind == "wasAttributedTo":
            return attributed(name, self._software)
        return entity(name, kinds("prov:Bundle"), (("persona:run", Name(told)),), self._state)

    def _source(self, source: Source) -> Iterator[Statement]:
        name = naming.name(source.id)
        told = facts(
            digest=source.digest, bytes=source.bytes, media_type=source.media_type, imported_at=source.imported_at
        )
        yield entity(name, kinds("Source"), told, self._called(source.card))
        yield pair("hadMember", naming.project(source.project), name)

    def _called(self, card: Digest) -> Attributes:
        """The name of the file, where words are wanted and it was not erased."""
        if not self._words or not self._blobs.has(card):
            return ()
        return (("prov:label", _source_card.decode(self._blobs.get(card)).name),)

    def _document(self, document: DocumentRecord) -> Iterator[Statement]:
        name = naming.name(document.id)
        told = facts(
            digest=document.digest, ordinal=document.ordinal, turns=document.turns, characters=document.characters
        )
        yield entity(name, kinds("Document"), told)
        yield derived(name, naming.name(document.source), PRIMARY_SOURCE)
        for person in dict.fromkeys(document.participants):
            yield attributed(name, naming.name(person))

    def _participant(self, person: Participant) -> Iterator[Statement]:
        name = naming.name(person.id)
        label: Attributes = ()
        if self._words and self._blobs.has(person.card):
            label = (("prov:label", _label.decode(self._blobs.get(person.card)).label),)
        yield agent(name, kinds("prov:Person", "Participant"), label)
        card = naming.below("card", name)
        yield entity(card, kinds("ParticipantCard"), facts(digest=person.card))
        yield attributed(card, name)

    def _experiment(self, experiment: Experiment) -> Iterator[Statement]:
        name = naming.experiment(experiment.id)
        told = facts(digest=experiment.file, version=experiment.version)
        yield entity(name, kinds("Experiment", "prov:Collection"), told)
        yield pair("hadMember", naming.project(experiment.project), name)
        for one in experiment.variants:
            plan = naming.variant(experiment.id, one)
            yield entity(plan, kinds("Variant", "prov:Plan"))
            yield pair("hadMember", name, plan)

    def _artefacts(self, kind: Kind) -> Iterator[Statement]:
        """Names of artefacts, and the versions that no run made: reports, comparisons, groupings."""
        if isinstance(self._within, set):
            return
        if kind == "entity":
            for artefact in self._records.scan(Artefact, project=self._within, version="1"):
                yield entity(naming.logical(artefact.project, artefact.name), kinds("Artefact"))
        made = self._records.scan(Artefact, project=self._within, run="")
        while some := list(islice(made, CHUNK)):
            yield from self._versions(some)

    def _versions(self, artefacts: list[Artefact]) -> Iterator[Statement]:
        beyond = self._records.ends_of([artefact.id for artefact in artefacts], "out")
        for artefact in artefacts:
            name, ends = naming.name(artefact.id), beyond[artefact.id]
            yield version(artefact)
            yield pair("specializationOf", name, naming.logical(artefact.project, artefact.name))
            for one in ends.get("derived_from", ()):
                yield derived(name, naming.name(one))
            for one in ends.get("revision_of", ()):
                yield derived(name, naming.name(one), REVISION)


def version(artefact: Artefact, name: str | None = None) -> Statement:
    """A version of an artefact as an entity, under a name of its own where equal bytes were made again."""
    told = facts(kind=artefact.kind, digest=artefact.digest, bytes=artefact.bytes, version=artefact.version)
    collection = (("prov:type", COLLECTION),) if artefact.kind == "personas" else ()
    return entity(name or naming.name(artefact.id), kinds("Version"), collection, told)
