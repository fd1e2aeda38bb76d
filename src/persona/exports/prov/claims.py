"""The fine grain: the claims of personas, and the characters of documents on which each rests.

A claim that is, whole, a quotation was quoted from its highlight (a derivation of the type ``prov:Quotation``); any
other was derived from it; one that counts people was derived from what is recorded of them. Read from the bytes of the
personas, as ``lineage.fine`` reads them. The grain of the schema (``fields``) is told beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from persona.exports.prov import naming
from persona.exports.prov.fields import Fields
from persona.exports.prov.wording import QUOTATION, attributed, derived, entity, facts, kinds, pair
from persona.lineage.fine import Rest, rests
from persona.model.canonical import Digest
from persona.model.personas import PersonaSet
from persona.model.records import DocumentRecord
from persona.runs.inputs import labels_of

if TYPE_CHECKING:
    from persona.exports.prov.wording import Attributes
    from persona.model.prov import Statement
    from persona.model.records import Artefact, Run
    from persona.storage import Blobs, Records

_WORD = re.compile(r"[a-z_]{1,40}")
_personas = msgspec.json.Decoder(PersonaSet)


class Claims:
    """Tells the personas of artefacts; with ``words`` their texts and quotations, too."""

    def __init__(self, records: Records, blobs: Blobs, *, words: bool) -> None:
        self._records = records
        self._blobs = blobs
        self._words = words
        self._fields = Fields(records, blobs, words=words)
        self._document = lru_cache(maxsize=20_000)(self._record)
        self._people = lru_cache(maxsize=4)(self._participants)

    def _record(self, id: str) -> DocumentRecord:
        return self._records.get(DocumentRecord, id)

    def _participants(self, project: str) -> Mapping[str, str]:
        """The participant of each label in a project."""
        return {card.label: id for id, card in labels_of(self._records, self._blobs, project).items()}

    def told(self, artefact: Artefact, run: Run, used: Sequence[str]) -> Iterator[Statement]:
        """The statements of some personas, whose run used these documents."""
        if not self._blobs.has(artefact.digest):
            return
        personas = _personas.decode(self._blobs.get(artefact.digest))
        documents = {self._document(one).digest: one for one in used}
        people = self._people(artefact.project)
        texts = _texts(personas) if self._words else {}
        whole = naming.name(artefact.id)
        paths = _paths(personas, words=self._words)
        seen: set[str] = set()
        for persona in personas.personas:
            name = naming.claim(whole, persona.id)
            yield entity(name, kinds("Persona", "prov:Collection"), facts(members=len(persona.members)))
            yield pair("hadMember", whole, name)
            for path, claim in persona.claims():
                shown = paths[f"{persona.id}.{path}"]
                said = naming.claim(whole, shown)
                told = facts(
                    field=shown.removeprefix(f"{persona.id}.").partition("[")[0],
                    status=claim.status,
                    method=claim.method,
                    support=claim.support,
                    of=claim.of,
                    claim=claim.id,
                )
                words: Attributes = (("prov:value", claim.text),) if self._words else ()
                yield entity(said, kinds("Claim"), told, words)
                yield pair("hadMember", name, said)
        for rest in dict.fromkeys(rests(personas)):
            claim_name = naming.claim(whole, paths[rest.path])
            if rest.document is None:
                who = people.get(rest.participant)
                if who:
                    yield derived(claim_name, naming.below("card", naming.name(who)))
            elif rest.document in documents:
                yield from self._rest(claim_name, rest, documents[rest.document], people, texts, seen)
        yield from self._fields.told(run, used, whole, personas, paths)

    def _rest(
        self,
        claim: str,
        rest: Rest,
        document: str,
        people: Mapping[str, str],
        texts: Mapping[tuple[str, int, int], str],
        seen: set[str],
    ) -> Iterator[Statement]:
        """What a claim says of the words on which it rests; the words themselves are told once."""
        source = naming.name(document)
        words = naming.highlight(source, rest.start, rest.end)
        yield derived(claim, words, QUOTATION if rest.verbatim else ())
        if words in seen:
            return
        seen.add(words)
        text = texts.get((str(rest.document), rest.start, rest.end))
        shown: Attributes = () if text is None else (("prov:value", text),)
        yield entity(words, kinds("Highlight"), facts(start=rest.start, end=rest.end), shown)
        yield derived(words, source)
        who = people.get(rest.participant)
        if who:
            yield attributed(words, naming.name(who))


def _paths(personas: PersonaSet, *, words: bool) -> dict[str, str]:
    """How the path of each claim is told.

    An attribute may be a question of a survey (``demographics.how often do you travel?``). Unless words are wanted, one
    that is more than a plain word is told by its place among all attributes.
    """
    attributes = list(dict.fromkeys(key for persona in personas.personas for key in persona.demographics))
    places = {key: key if words or _WORD.fullmatch(key) else str(at) for at, key in enumerate(attributes, 1)}
    found = {}
    for persona in personas.personas:
        for path, _ in persona.claims():
            family, _, key = path.partition(".")
            told = f"{family}.{places[key]}" if family == "demographics" else path
            found[f"{persona.id}.{path}"] = f"{persona.id}.{told}"
    return found


def _texts(personas: PersonaSet) -> dict[tuple[str, int, int], str]:
    """The words of each highlight."""
    return {
        (Digest(one.document), one.start, one.end): one.quote
        for persona in personas.personas
        for _, claim in persona.claims()
        for one in claim.evidence
    }
