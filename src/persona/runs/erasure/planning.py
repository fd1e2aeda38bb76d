"""What a withdrawal touches, found from records and bytes: nothing is changed here.

Edges say where words went; they are followed first, and what they lead to keeps a successor where it can. Then every
blob is read, so that words are found also where no edge leads. Such blobs go whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec

from persona.errors import Conflict, NotFound, PersonaError
from persona.lineage.tree import UPWARD
from persona.model.canonical import Digest, canonical_json, digest_of
from persona.model.cards import SourceCard
from persona.model.recipes import Recipe
from persona.model.records import Artefact, Call, DocumentRecord, Participant, Run, Source
from persona.model.sources import Document
from persona.model.typed import Typed
from persona.runs.erasure.needles import QUOTED, WHOLE, Needles
from persona.runs.erasure.redacting import (
    Redactor,
    is_name,
    label_card,
    respent,
    source_card,
    without_people,
    without_speaker,
)
from persona.runs.erasure.typed import typed_in_log
from persona.runs.inputs import load_document, load_label
from persona.runs.sealed import references
from persona.storage.erased import erased

if TYPE_CHECKING:
    from persona.storage.base import Records
    from persona.storage.erased import Marked

Progress = Callable[[str, int, int], None]

_card = msgspec.json.Decoder(SourceCard)
_recipe = msgspec.json.Decoder(Recipe)


class _Text(msgspec.Struct):
    """The text of a document, read alone."""

    text: str


_text = msgspec.json.Decoder(_Text)


class Item(msgspec.Struct, frozen=True):
    """Bytes to erase. ``size`` is how many they are; ``left`` are those that take their place, None for none."""

    digest: Digest
    kind: str
    size: int
    left: bytes | None = None


class Redacted(msgspec.Struct, frozen=True):
    """A document record as it will read: the digest of what is left, and who is in it, silent or not."""

    document: str
    digest: Digest
    participants: tuple[str, ...]


class Plan(msgspec.Struct, frozen=True):
    """Everything that a withdrawal does to records and blobs.

    ``people`` are the participant records of one person; ``claims`` and ``personas`` count what rests on them.
    ``typed`` is what cannot go: entries of the log in which somebody typed words or a name of theirs.
    """

    project: str
    people: tuple[str, ...]
    items: tuple[Item, ...]
    documents: tuple[Redacted, ...]
    sources: tuple[str, ...]
    runs: tuple[str, ...]
    calls: tuple[str, ...]
    artefacts: tuple[str, ...]
    claims: int
    personas: int
    needles: Needles
    labels: tuple[str, ...]
    typed: tuple[Typed, ...] = ()


class _Planning:
    """One plan in the making."""

    def __init__(self, records: Records, blobs: Marked, who: Participant, progress: Progress) -> None:
        self._records = records
        self._blobs = blobs
        self._progress = progress
        self._project = who.project
        self._items: dict[Digest, Item] = {}
        self._judged: set[Digest] = set()
        self._gone = erased(records)
        self._people: dict[str, Participant] = {}
        self._documents: dict[str, DocumentRecord] = {}
        self._speaks: dict[str, dict[str, str]] = {}
        """For each document record, the keys of the person in it and the participant records they stand for."""
        self._texts: dict[Digest, Document] = {}
        self._meet(who)
        self._labels = {one.id: load_label(blobs, one.card).label for one in self._people.values()}
        self._needles = Needles(self._said())
        for text in self._said_by_others():
            self._needles.spare(text)

    # Who, and where they speak

    def _meet(self, who: Participant) -> None:
        """A person and every document they speak in; the same bytes in other projects, and whom they are there."""
        waiting = [who]
        while waiting:
            person = waiting.pop()
            if person.id in self._people:
                continue
            self._people[person.id] = person
            for record in self._records.find(DocumentRecord, project=person.project).items:
                if person.id not in record.participants:
                    continue
                mine = {
                    card.key
                    for card, id in zip(self._text(record).participants, record.participants, strict=True)
                    if id == person.id
                }
                for same in self._alike(record):
                    cards = zip(self._text(same).participants, same.participants, strict=True)
                    found = {card.key: id for card, id in cards if card.key in mine}
                    if not found:  # another version counted the parts of the file otherwise
                        continue
                    self._documents[same.id] = same
                    self._speaks.setdefault(same.id, {}).update(found)
                    waiting += [self._records.get(Participant, id) for id in found.values()]

    def _alike(self, record: DocumentRecord) -> list[DocumentRecord]:
        """A document wherever it stands: the same bytes, or the same part of the same file as others read it."""
        original = self._records.get(Source, record.source).digest
        files = {one.id for one in self._records.find(Source, digest=original).items}
        listed = {one.id: one for one in self._records.find(DocumentRecord, digest=record.digest).items}
        for file in files:
            for one in self._records.find(DocumentRecord, source=file).items:
                if one.ordinal == record.ordinal:
                    listed.setdefault(one.id, one)
        return list(listed.values())

    def _text(self, record: DocumentRecord) -> Document:
        if record.digest not in self._texts:
            self._texts[record.digest] = load_document(self._blobs, record.digest)
        return self._texts[record.digest]

    def _said(self) -> Iterable[str]:
        """The turns of the person, each by itself and all of a document together: speech goes on after a question."""
        for digest in {record.digest: None for record in self._documents.values()}:
            record = next(one for one in self._documents.values() if one.digest == digest)
            document, keys = self._text(record), self._speaks[record.id]
            turns = [document.words(turn) for turn in document.turns if turn.participant in keys]
            yield from turns
            yield " ".join(turns)

    def _said_by_others(self) -> Iterable[str]:
        """What everybody else says, and their answers: those bytes are theirs, whatever they share with this person."""
        others = {one.digest: one for one in self._records.find(DocumentRecord).items if one.id not in self._documents}
        for digest in others:
            try:
                yield _text.decode(self._blobs.get(digest)).text
            except (PersonaError, msgspec.DecodeError):
                continue
        self._judged.update(others)
        for record in self._documents.values():
            document, keys = self._text(record), self._speaks[record.id]
            yield from (document.words(turn) for turn in document.turns if turn.participant not in keys)
        for source in self._records.find(Source).items:
            self._judged.add(source.digest)
        for person in self._records.find(Participant).items:
            self._judged.add(person.card)

    # What holds words

    def plan(self) -> Plan:
        """Everything, in the order in which it is found."""
        self._progress("documents", 0, 4)
        redacted = self._plan_documents()
        sources = self._plan_sources()
        self._plan_cards()
        self._progress("what rests on them", 1, 4)
        reached = self._reached()
        runs = [self._records.get(Run, id) for id in sorted(reached) if id.startswith("run_")]
        for run in runs:
            if run.status == "running":
                raise Conflict(
                    "a run that reads these words is at work",
                    code="withdrawal-run",
                    place=run.id,
                    hints=[f"wait for it, or stop it, then repeat the command: `persona run show {run.id}`"],
                )
        artefacts = [one for id in sorted(reached) if (one := self._artefact(id)) is not None]
        calls = self._plan_runs(runs)
        personas, claims = self._plan_artefacts(artefacts)
        self._progress("everything else", 2, 4)
        self._scan()
        self._progress("everything else", 4, 4)
        touched = [one for one in artefacts if one.digest in self._items]
        return Plan(
            project=self._project,
            people=tuple(sorted(self._people)),
            items=tuple(self._items.values()),
            documents=redacted,
            sources=sources,
            runs=tuple(run.id for run in runs),
            calls=calls,
            artefacts=tuple(one.id for one in touched),
            claims=claims,
            personas=personas,
            needles=self._needles,
            labels=tuple(sorted(set(self._labels.values()))),
            typed=typed_in_log(self._records, set(self._labels.values()), self._needles),
        )

    def _take(self, digest: Digest, kind: str, left: bytes | None = None) -> None:
        """Have bytes erased. What takes the place of bytes that are erased already takes the place of those left."""
        while digest in self._gone and not self._blobs.has(digest):
            after = self._gone[digest].successor
            if after is None:
                return
            digest = after
        self._judged.add(digest)
        if digest in self._items or (left is not None and digest_of(left) == digest):
            return
        try:
            size = self._blobs.size(digest)
        except NotFound:  # lost, and `verify` says so; recorded as erased, it is not looked for again
            size = 0
        self._items[digest] = Item(digest, kind, size, left)

    def _plan_documents(self) -> tuple[Redacted, ...]:
        redacted = []
        for record in self._documents.values():
            document, keys = self._text(record), self._speaks[record.id]
            labels = {self._labels[id] for id in keys.values()} | set(keys)
            labels |= {turn.speaker for turn in document.turns if turn.participant in keys}
            alone = all(id in self._people or self._has_left(id) for id in record.participants)
            names_them = alone or any(is_name(label) and label in document.title for label in labels)
            title = record.id if names_them else None
            left = canonical_json(without_speaker(document, keys, title, labels, alone=alone))
            self._take(record.digest, "document", left)
            redacted.append(Redacted(record.id, digest_of(left), record.participants))
        return tuple(redacted)

    def _has_left(self, participant: str) -> bool:
        return self._records.get(Participant, participant).withdrawn is not None

    def _plan_sources(self) -> tuple[str, ...]:
        """The originals go. The name of a file goes with them when it names the person, or holds nobody else."""
        ids = sorted({record.source for record in self._documents.values()})
        for id in ids:
            source = self._records.get(Source, id)
            self._take(source.digest, "original")
            others = [
                one
                for one in self._records.find(DocumentRecord, source=id).items
                if any(id not in self._people and not self._has_left(id) for id in one.participants)
            ]
            try:
                card = _card.decode(self._blobs.get(source.card))
            except (PersonaError, msgspec.DecodeError):
                continue
            named = any(is_name(label) and label in card.name for label in self._labels.values())
            if named or not others:
                self._take(source.card, "card", source_card(card, id))
            else:
                self._judged.add(source.card)
        return tuple(ids)

    def _plan_cards(self) -> None:
        """Every card that a participant ever had."""
        for id in self._people:
            for event in self._records.events(subject=id):
                if event.kind in ("participant.added", "participant.changed"):
                    self._take(Digest(event.body["card"]), "card", label_card(id))

    def _reached(self) -> set[str]:
        found: set[str] = set()
        for id in self._documents:
            found.update(self._records.reach(id, "down", rels=UPWARD))
        for artefact in [one for one in found if "#" not in one and self._artefact(one) is not None]:
            # what was made of a run's outputs is reached by the documents already; alike bytes may stand elsewhere too
            digest = self._records.get(Artefact, artefact).digest
            found.update(one.id for one in self._records.find(Artefact, digest=digest).items)
        for project in {
            one.project for one in self._people.values()
        }:  # a grouping given as a file rests on no document
            found.update(one.id for one in self._records.find(Artefact, project=project, kind="grouping").items)
        return found

    def _artefact(self, id: str) -> Artefact | None:
        if ":v" not in id:
            return None
        try:
            return self._records.get(Artefact, id)
        except NotFound:
            return None

    def _redactor(self, project: str) -> Redactor:
        names = {self._labels[one.id]: one.id for one in self._people.values() if one.project == project}
        return Redactor(names, self._needles)

    def _keys(self) -> dict[str, set[str]]:
        """The keys of the person by every digest that their documents ever had."""
        found: dict[str, set[str]] = {}
        for record in self._documents.values():
            found.setdefault(record.digest, set()).update(self._speaks[record.id])
        for old, erasure in self._gone.items():
            after = erasure.successor
            while after in self._gone:
                after = self._gone[after].successor
            if after in found:
                found[old] = found[after]
        return found

    def _plan_runs(self, runs: Iterable[Run]) -> tuple[str, ...]:
        """The recipes, measures and calls of the runs that read the words."""
        keys = self._keys()
        touched: list[str] = []
        for run in runs:
            redactor = self._redactor(run.project)
            for what, digest in references(run):
                if what == "recipe":
                    self._json(digest, "recipe", lambda data: self._recipe(data, keys))
                elif what in ("measures", "constraints"):
                    self._json(digest, what, redactor.json)
                elif what != "environment":
                    self._whole(digest, what, redactor)
            calls = self._records.find(Call, run=run.id).items
            touched += [call.id for call in calls if self._plan_call(call, redactor)]
        return tuple(touched)

    def _plan_call(self, call: Call, redactor: Redactor) -> bool:
        """A call goes whole when it asks about these documents, about several people at once, or holds the words."""
        read = {edge.dst for edge in self._records.edges(call.id, "out") if edge.rel == "used"}
        theirs = not read or bool(read & self._documents.keys())
        named = list(references(call))
        held = theirs or any(self._found(digest, redactor, QUOTED) for _, digest in named)
        for what, digest in named:
            if held:
                self._take(digest, what)
            else:
                self._judged.add(digest)
        return held

    def _plan_artefacts(self, artefacts: Iterable[Artefact]) -> tuple[int, int]:
        """Personas and groupings keep what is left; how many personas and claims rested on the words."""
        personas = claims = 0
        for one in artefacts:
            redactor = self._redactor(one.project)
            if one.kind not in ("personas", "grouping"):
                self._whole(one.digest, one.kind, redactor)
                continue
            self._json(one.digest, one.kind, redactor.json)
            item = self._items.get(one.digest)
            if item is not None and item.left is not None and one.kind == "personas":
                touched = _touched(item.left, self._people)
                personas += sum(count > 0 for count in touched)
                claims += sum(touched)
        return personas, claims

    def _recipe(self, data: bytes, keys: Mapping[str, set[str]]) -> bytes | None:
        before = _recipe.decode(data)
        after = without_people(before, keys)
        return None if after == before else canonical_json(respent(msgspec.to_builtins(after)))

    def _json(self, digest: Digest, kind: str, redact: Callable[[bytes], bytes | None]) -> None:
        """Bytes of which something is left; none where they cannot be read."""
        digest = self._live(digest)
        if digest in self._judged or not self._blobs.has(digest):
            return
        self._judged.add(digest)
        try:
            left = redact(self._blobs.get(digest))
        except (PersonaError, msgspec.DecodeError):
            self._take(digest, kind)
            return
        if left is not None:
            self._take(digest, kind, left)

    def _whole(self, digest: Digest, kind: str, redactor: Redactor) -> None:
        """Bytes that go as they are, when they hold words."""
        digest = self._live(digest)
        if digest not in self._judged and self._found(digest, redactor, QUOTED):
            self._take(digest, kind)
        self._judged.add(digest)

    def _live(self, digest: Digest) -> Digest:
        """What is left of bytes after earlier erasures."""
        while digest in self._gone and not self._blobs.has(digest):
            after = self._gone[digest].successor
            if after is None:
                return digest
            digest = after
        return digest

    def _found(self, digest: Digest, redactor: Redactor, length: int) -> bool:
        try:
            data = self._blobs.get(digest)
        except PersonaError:
            return False
        return redactor.holds(data.decode("utf-8", "replace"), length) or self._needles.in_bytes(data, length)

    def _scan(self) -> None:
        """Read every other blob, whatever it is."""
        left = {digest_of(item.left) for item in self._items.values() if item.left is not None}
        for digest in self._blobs.digests():
            if digest in self._judged or digest in self._items or digest in left:
                continue
            try:
                data = self._blobs.get(digest)
            except PersonaError:  # damaged: `verify` says so, and its bytes go with the packs they stand in
                continue
            if self._needles.in_bytes(data, WHOLE):
                self._take(digest, "other")


def _touched(data: bytes, people: Iterable[str]) -> list[int]:
    """For each persona, how many of its claims rest on these people; counted in what is left."""
    ids = set(people)
    found = []
    for persona in msgspec.json.decode(data)["personas"]:
        claims = list(_claims(persona))
        found.append(sum(any(one.get("participant") in ids for one in claim["evidence"]) for claim in claims))
    return found


def _claims(value: object) -> Iterable[dict[str, list[dict[str, object]]]]:
    if isinstance(value, dict):
        if "evidence" in value and "verbatim" in value:
            yield value
        else:
            for one in value.values():
                yield from _claims(one)
    elif isinstance(value, list):
        for one in value:
            yield from _claims(one)


def plan_withdrawal(records: Records, blobs: Marked, who: Participant, progress: Progress) -> Plan:
    """What the withdrawal of a person touches. Raises ``Conflict`` while a run that reads their words is at work."""
    return _Planning(records, blobs, who, progress).plan()
