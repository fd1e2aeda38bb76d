"""The words of imports and of their things, read from the sealed cards beside the log."""

from __future__ import annotations

import msgspec

from persona.errors import NotFound
from persona.model.canonical import Digest
from persona.model.imports import PAGE, ImportCard, PageCard, ThingCard, split_thing
from persona.model.records import Import
from persona.workspace.context import Context

_card = msgspec.json.Decoder(ImportCard)
_page = msgspec.json.Decoder(PageCard)


class ImportWords:
    """What imports and their things are called."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._cards: dict[str, ImportCard] = {}
        self._pages: dict[Digest, PageCard] = {}

    def of_thing(self, record: Import, number: int) -> ThingCard | None:
        """The words of a thing by its number; None where they were erased, or there is no such thing."""
        card = self.of(record)
        page, at = divmod(number - 1, PAGE)
        if card is None or not 0 <= page < len(card.pages):
            return None
        digest = card.pages[page]
        if digest not in self._pages:
            try:
                self._pages[digest] = _page.decode(self._context.blobs.get(digest))
            except NotFound:
                return None
        things = self._pages[digest].things
        return things[at] if at < len(things) else None

    def described(self, id: str) -> tuple[str, str, str]:
        """Kind, label and project of an import or a thing of one. Raises ``NotFound`` for every other name."""
        records = self._context.records
        if id.startswith("import_"):
            record = records.get(Import, id)
            return "import", f"{record.format}, {self._name_of(record)}", record.project
        thing = split_thing(id)
        if thing is None:
            raise NotFound("this is no thing of an import", code="lineage-not-found", place=id)
        record = records.get(Import, thing[0])
        card = self.of_thing(record, thing[2])
        label = card.label if card else "(words erased)"
        return "external", f"{label}, {thing[1]} of {self._name_of(record)}", record.project

    def _name_of(self, record: Import) -> str:
        card = self.of(record)
        return card.name if card else record.id

    def pages(self, record: Import) -> tuple[Digest, ...]:
        """The blobs with the words of the things of an import, none where its own words were erased or are lost."""
        card = self.of(record)
        return card.pages if card else ()

    def of(self, record: Import) -> ImportCard | None:
        """The words of an import as a whole; None where they were erased."""
        if record.card not in self._cards:
            try:
                self._cards[record.card] = _card.decode(self._context.blobs.get(record.card))
            except NotFound:
                return None
        return self._cards[record.card]
