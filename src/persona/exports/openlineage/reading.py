"""What one entry of the log needs from the records and the bytes: read once, remembered within bounds."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from persona.errors import NotFound
from persona.model.canonical import Digest
from persona.model.demands import Held
from persona.model.measures import Measure, Measures
from persona.model.personas import PersonaSet
from persona.model.recipes import Recipe
from persona.model.records import Artefact, DocumentRecord, Noun, Source
from persona.runs.sealed import read_sealed

if TYPE_CHECKING:
    from persona.storage import Blobs, Records

Value = TypeVar("Value")

_recipe = msgspec.json.Decoder(Recipe)
_personas = msgspec.json.Decoder(PersonaSet)
_measures = msgspec.json.Decoder(list[Measure] | Measures)
_held = msgspec.json.Decoder(list[Held])
_plain = msgspec.json.Decoder(dict[str, Any])


class Kept:
    """The last values by key, up to a number of them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[str, Any] = OrderedDict()

    def get(self, key: str, make: Callable[[], Value]) -> Value:
        """The value of a key, made when it is not kept."""
        if key in self._values:
            self._values.move_to_end(key)
        else:
            self._values[key] = make()
            if len(self._values) > self._most:
                self._values.popitem(last=False)
        found: Value = self._values[key]
        return found


class Reading:
    """Records and bytes as events need them. ``lost`` counts the bytes that are gone, each time they were wanted."""

    def __init__(self, records: Records, blobs: Blobs) -> None:
        self.records = records
        self.blobs = blobs
        self.lost = 0
        self._recipes = Kept(200)
        self._plains = Kept(20)
        self._documents = Kept(20_000)
        self._last: tuple[str, PersonaSet] | None = None
        self._changes: list[int] | None = None

    def record(self, noun: type[Noun], id: str, as_of: int | None = None) -> Noun | None:
        """A record, or None where there is none."""
        try:
            return self.records.get(noun, id, as_of=as_of)
        except NotFound:
            return None

    def document(self, id: str, as_of: int) -> DocumentRecord | None:
        """A document as it was recorded. Only an erasure changes what is, so between two of them it is read once."""
        if self._changes is None:
            self._changes = [entry.seq for entry in self.records.events(kind="document.redacted")]
        key = f"{id} {bisect_right(self._changes, as_of)}"
        return self._documents.get(key, lambda: self.record(DocumentRecord, id, as_of))

    def holders(self, digest: str, successor: str | None) -> list[Source | DocumentRecord | Artefact]:
        """What has, or had before an erasure left a successor of them, these bytes."""
        found: list[Source | DocumentRecord | Artefact] = [*self.records.find(Source, digest=digest).items]
        for one in (digest, successor):
            found += self.records.find(DocumentRecord, digest=one).items if one else ()
        return [*found, *self.records.find(Artefact, digest=digest).items]

    def recipe(self, digest: Digest | None) -> Recipe | None:
        """A sealed recipe."""
        return None if digest is None else self._recipes.get(digest, lambda: self._read(digest, _recipe, "a recipe"))

    def plain(self, digest: Any) -> dict[str, Any]:
        """A sealed mapping; an empty one where there is none."""
        if not isinstance(digest, str):
            return {}
        return self._plains.get(digest, lambda: self._read(Digest(digest), _plain, "an environment")) or {}

    def measures(self, digest: Any) -> list[Measure]:
        """Sealed measures; none where there are none."""
        found = self._read(Digest(digest), _measures, "measures") if isinstance(digest, str) else None
        return found.measures if isinstance(found, Measures) else found or []

    def held(self, digest: Any) -> list[Held]:
        """Sealed verdicts on demands; none where there are none."""
        return (self._read(Digest(digest), _held, "verdicts on demands") or []) if isinstance(digest, str) else []

    def personas(self, digest: Digest) -> PersonaSet | None:
        """The personas of an artefact: those read last are at hand, because one entry asks for them several times."""
        if self._last is None or self._last[0] != digest:
            found = self._read(digest, _personas, "a set of personas")
            if found is None:
                return None
            self._last = (digest, found)
        return self._last[1]

    def _read(self, digest: Digest, decoder: msgspec.json.Decoder[Value], what: str) -> Value | None:
        try:
            return read_sealed(self.blobs, digest, decoder, what)
        except NotFound as error:
            self.lost += error.code != "erased"
            return None
