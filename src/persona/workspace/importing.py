"""The verbs of imports: provenance that others recorded, brought in as external things, with a report of what was lost.

The document is sealed as it is, so every external thing resolves to exact bytes. Blobs first, then everything that the
log says of it in one transaction: an import is whole or did not happen, and the same document is taken once.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import msgspec

from persona.errors import InvalidInput, NotFound
from persona.lineage.holders import holders_of
from persona.model.canonical import Digest, digest_of
from persona.model.ids import new_id
from persona.model.imports import KINDS, PAGE, ImportCard, Loss, PageCard, thing_id
from persona.model.records import Artefact, Call, DocumentRecord, Draft, Edge, Import, Participant, Run, Source
from persona.storage.erased import erased
from persona.workspace.context import Context, Progress, silent
from persona.workspace.import_words import ImportWords
from persona.workspace.prov_checking import read_file

if TYPE_CHECKING:
    from persona.lineage.foreign.told import Thing, Told

EDGES = 5_000
"""The most edges of one event."""

_encode = msgspec.json.Encoder().encode
_OWN = re.compile(r"(run|source|document|participant|call)_[A-Za-z0-9_.]*[A-Za-z0-9_]")
_NOUNS: dict[str, type] = {
    "run": Run, "source": Source, "document": DocumentRecord, "participant": Participant, "call": Call,
}  # fmt: skip
_VERSION = re.compile(r"artefact/(?P<project>[^/]+)/(?P<name>[^/]+)/(?P<version>v\d+)")


class ForeignThing(msgspec.Struct, frozen=True):
    """A thing of an import: its name in the lineage graph, and the words of the document for it."""

    id: str
    kind: str
    name: str
    label: str
    attributes: tuple[tuple[str, str], ...]


class ImportView(msgspec.Struct, frozen=True):
    """An import and its report.

    Of its ``statements``, ``taken`` stand in the graph and ``lost`` do not: together they are what the document says.
    ``reduced`` are taken without their times, roles or attributes. ``said`` counts them by kind, ``kinds`` the things.
    ``linked`` things are held by this workspace, too. ``again`` says that the document was here already, and nothing
    was added.
    """

    id: str
    project: str
    name: str
    format: str
    digest: Digest
    bytes: int
    imported_at: str
    things: int
    kinds: Mapping[str, int]
    edges: int
    linked: int
    statements: int
    said: Mapping[str, int]
    taken: int
    reduced: int
    lost: int
    losses: tuple[Loss, ...]
    reductions: tuple[Loss, ...]
    notes: tuple[str, ...]
    again: bool = False


class Imports:
    """Provenance that others recorded."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._words = ImportWords(context)

    # Bringing in

    def prov(self, path: str | Path, *, project: str | None = None, progress: Progress = silent) -> ImportView:
        """Bring in a file of PROV, in any format that is read.

        Raises ``NotFound`` where there is no such file, and ``InvalidInput`` where it is no provenance, with the place.
        """
        from persona.lineage.foreign.prov import told_by_prov
        from persona.lineage.prov.formats import format_of, read_prov

        def read(data: bytes, source: str) -> Told:
            return told_by_prov(read_prov(data, source), source)

        data = read_file(Path(path))
        return self._take(data, Path(path), format_of(data, str(path)), read, project, progress)

    def openlineage(self, path: str | Path, *, project: str | None = None, progress: Progress = silent) -> ImportView:
        """Bring in events of OpenLineage, one a line or in a list.

        Raises ``NotFound`` where there is no such file, and ``InvalidInput`` where it holds none, with the place.
        """
        from persona.lineage.foreign.openlineage import told_by_events

        origin = self._context.signing.origin

        def read(data: bytes, source: str) -> Told:
            return told_by_events(data, source, origin)

        return self._take(read_file(Path(path)), Path(path), "openlineage", read, project, progress)

    def ro_crate(self, path: str | Path, *, project: str | None = None, progress: Progress = silent) -> ImportView:
        """Bring in the metadata of a research object: of a folder, of a ZIP file, or the file itself.

        Raises ``NotFound`` where there is none, and ``InvalidInput`` where it is none, with the place.
        """
        from persona.lineage.foreign.ro_crate import read_metadata, told_by_crate

        return self._take(read_metadata(Path(path)), Path(path), "ro-crate", told_by_crate, project, progress)

    def reppl(self, path: str | Path, *, project: str | None = None, progress: Progress = silent) -> ImportView:
        """Bring in what REPPL/Persona left: a folder of experiments, a ``history.json``, or one of its databases.

        Raises ``NotFound`` where there is nothing of it, and ``InvalidInput`` where it cannot be read, with the place.
        """
        from persona.lineage.foreign.reppl import read_path, told_by_file, told_by_folder

        where = Path(path)
        read = told_by_folder if where.is_dir() else told_by_file
        return self._take(read_path(where), where, "reppl", read, project, progress)

    def _take(
        self,
        data: bytes,
        path: Path,
        format: str,
        read: Callable[[bytes, str], Told],
        project: str | None,
        progress: Progress,
    ) -> ImportView:
        context = self._context
        within = context.project(project).id
        digest = digest_of(data)
        self._refuse_erased(digest, path)
        known = self._known(digest, within)
        if known is not None:
            return msgspec.structs.replace(self.view(known), again=True)
        progress("reading", 0, 3)
        told = read(data, str(path))
        order = told.settle()
        if not order:
            raise InvalidInput(
                "the document tells of nothing", code="import-empty", place=str(path),
                hints=[f"check what it says: `persona lineage check {shlex.quote(str(path))}`"],
            )  # fmt: skip
        progress("sealing", 1, 3)
        drafts, record = self._drafts(data, path.name, format, told, order, within)
        progress("recording", 2, 3)
        with context.records.alone(f"import {within} {digest}"):
            known = self._known(digest, within)
            if known is not None:
                return msgspec.structs.replace(self.view(known), again=True)
            context.append(*drafts)
        progress("recording", 3, 3)
        return self.view(context.records.get(Import, record))

    def _known(self, digest: Digest, project: str) -> Import | None:
        found = self._context.records.find(Import, digest=digest, project=project).items
        return found[0] if found else None

    def _refuse_erased(self, digest: Digest, path: Path) -> None:
        if digest in erased(self._context.records):
            raise InvalidInput(
                "the document holds words of somebody who withdrew, and they were erased here",
                code="source-withdrawn",
                place=str(path),
                hints=["see who withdrew: `persona participant list`"],
            )

    def _drafts(
        self, data: bytes, name: str, format: str, told: Told, order: list[int], project: str
    ) -> tuple[list[Draft], str]:
        """Seal the document and the words of its things, and say what the log will hold of it."""
        from persona.lineage.foreign.told import total

        context, id = self._context, new_id("import")
        numbers = {at: number for number, at in enumerate(order, 1)}
        names = [thing_id(id, one.kind, numbers[at]) for at, one in enumerate(told.things)]
        cards = [told.things[at].card() for at in order]
        pages = [_encode(PageCard(tuple(cards[at : at + PAGE]))) for at in range(0, len(cards), PAGE)]
        out: dict[int, dict[Edge, None]] = {}
        for one in told.relations:
            edges = out.setdefault(one.src, {})
            edges[Edge(names[one.src], one.rel, names[one.dst])] = None
            if one.rel == "alternate_of":
                edges[Edge(names[one.dst], one.rel, names[one.src])] = None
        linked = 0
        held = self._held(told.things)
        for at, ids in held.items():
            linked += 1
            for mine in ids:
                edges = out.setdefault(at, {})
                edges[Edge(names[at], "alternate_of", mine)] = None
                edges[Edge(mine, "alternate_of", names[at])] = None
        joined = {edge.dst for edges in out.values() for edge in edges}
        for at, thing in enumerate(names):
            if at not in out and thing not in joined:  # nothing else would name it
                out[at] = {Edge(thing, "part_of", id): None}
        document = context.blobs.put(data)
        digests = context.blobs.put_many(pages)
        kinds = Counter(one.kind for one in told.things)
        card = ImportCard(
            name=name,
            said=dict(sorted(told.said.items())),
            kinds={kind: kinds[kind] for kind in KINDS if kinds[kind]},
            lost=told.lost,
            reduced=told.reduced,
            notes=tuple(told.notes),
            pages=tuple(digests),
        )
        statements, lost = sum(told.said.values()), total(told.lost)
        body = {
            "project": project,
            "format": format,
            "digest": document,
            "bytes": len(data),
            "card": context.blobs.put(_encode(card)),
            "things": len(order),
            "edges": sum(map(len, out.values())),
            "statements": statements,
            "taken": statements - lost,
            "reduced": total(told.reduced),
            "lost": lost,
            "linked": linked,
        }
        whose = (Edge(id, "part_of", project), Edge(id, "associated_with", context.actor))
        drafts = [Draft("provenance.imported", id, body, whose)]
        for page, digest in enumerate(digests):
            first = page * PAGE
            some = order[first : first + PAGE]
            edges_of_page = [edge for at in some for edge in out.get(at, ())]
            parts = [edges_of_page[at : at + EDGES] for at in range(0, len(edges_of_page), EDGES)] or [[]]
            said = {"first": first + 1, "things": len(some), "card": digest}
            drafts.append(Draft("provenance.told", id, said, tuple(parts[0])))
            more = {"first": first + 1, "things": 0}
            drafts += [Draft("provenance.told", id, more, tuple(part)) for part in parts[1:]]
        return drafts, id

    # What of it is held here

    def _held(self, things: Iterable[Thing]) -> dict[int, list[str]]:
        """For things that are here, too, what they are here: by the digest of their bytes, or by a name of our own."""
        from persona.exports.prov.naming import namespaces

        own = namespaces(self._context.signing.origin)["ws"]
        found: dict[int, list[str]] = {}
        listed = list(things)
        holders = holders_of(self._context.records, (digest for one in listed for digest in sorted(one.digests)))
        for at, one in enumerate(listed):
            ids = dict.fromkeys(id for digest in sorted(one.digests) for id in holders.get(digest, ()))
            if one.key.startswith(own):
                one.own.add(self._unsafe(one.key.removeprefix(own)))
            ids.update(dict.fromkeys(id for id in sorted(one.own) if self._is_held(id)))
            if ids:
                found[at] = list(ids)
        return found

    @staticmethod
    def _unsafe(local: str) -> str:
        """The id of what an account of this workspace calls so (``exports.prov.naming``); empty where it has none."""
        version = _VERSION.fullmatch(local)
        if version is not None:
            return f"{_said(version['project'])}/{_said(version['name'])}:{version['version']}"
        return local if _OWN.fullmatch(local) else ""

    def _is_held(self, id: str) -> bool:
        """Whether an id is that of a run, a source, a document, a participant, a call or a version of an artefact."""
        plain = _OWN.fullmatch(id)
        noun: type = _NOUNS[plain[1]] if plain is not None else Artefact
        try:
            self._context.records.get(noun, id)
        except NotFound:
            return False
        return True

    # Looking

    def list(self, *, project: str | None = None) -> tuple[ImportView, ...]:
        """The imports of a project, or of all, in the order in which they came."""
        within = self._context.project(project).id if project is not None else None
        return tuple(self.view(one) for one in self._context.records.scan(Import, project=within))

    def show(self, ref: str) -> ImportView:
        """One import by the beginning of its id. Raises ``NotFound``."""
        return self.view(self._context.records.resolve(Import, ref))

    def things(self, ref: str, word: str = "", limit: int = 20) -> tuple[ForeignThing, ...]:
        """The first things of an import, or those whose name or label holds a word."""
        record = self._context.records.resolve(Import, ref)
        wanted = word.casefold()
        found: list[ForeignThing] = []
        for number in range(1, record.things + 1):
            card = self._words.of_thing(record, number)
            if card is None or (wanted not in card.name.casefold() and wanted not in card.label.casefold()):
                continue
            id = thing_id(record.id, card.kind, number)
            found.append(ForeignThing(id, card.kind, card.name, card.label, card.attributes))
            if len(found) == limit:
                break
        return tuple(found)

    def view(self, record: Import) -> ImportView:
        """An import in words; without them where they were erased."""
        card = self._words.of(record)
        return ImportView(
            id=record.id,
            project=record.project,
            name=card.name if card else "(words erased)",
            format=record.format,
            digest=record.digest,
            bytes=record.bytes,
            imported_at=record.imported_at,
            things=record.things,
            kinds=card.kinds if card else {},
            edges=record.edges,
            linked=record.linked,
            statements=record.statements,
            said=card.said if card else {},
            taken=record.taken,
            reduced=record.reduced,
            lost=record.lost,
            losses=card.lost if card else (),
            reductions=card.reduced if card else (),
            notes=card.notes if card else (),
        )


def _said(text: str) -> str:
    """A part of a name of PROV as it was before it was made safe."""
    return unquote(text.removesuffix("._"))
