"""The two narrow doors of storage: ``Records`` and ``Blobs``.

One contract suite (``tests/storage/contract``) runs against every implementation.

The vocabulary of events (``kind``: body). Bodies hold digests, ids, numbers and spans only.

``workspace.created``   {format, blobs?}
``project.created``     {title, status, file?, fields, tags}; subject is the project id
``project.changed``     any of {title, status, file, fields}
``source.imported``     {project, digest, media_type, bytes, card, reader,
                        documents: [{id, digest, ordinal, turns, characters, participants}]}
``participant.added``   {project, card}
``participant.changed`` {card}
``participant.consented`` any of {use, quotation, hosted, retention}; None means that nothing is said any more
``participant.withdrawn`` {withdrawal}
``withdrawal.begun``    {project, participants}; from here on what ``words.erased`` names counts as erased
``words.erased``        {items: [{digest, kind, successor?}]}; subject is the withdrawal
``document.redacted``   {digest, participants, withdrawal}; the document as it reads without the words of some
``withdrawal.ended``    {fields}; nothing that it names is left
``experiment.created``  {project, name, description, version, file, variants, fields, tags}
``experiment.changed``  any of {description, version, file, variants, fields}
``run.planned``         {uuid, project, experiment, variant, recipe, seed, repeat, params, tags, fields}
``run.started``         {at, fields}
``run.logged``          {params?, metrics?: [{key, value, step, at}], fields?}
``run.finished``        {status, at, error?, metrics, fields}; status completed | failed | cancelled | interrupted
``call.recorded``       {run, ordinal, step, about, key, provider, model, answered?, mode, status, reused?, request,
                        sent?, received?, response?, input_tokens?, output_tokens?, cost?, seconds, attempts, error?}
``artefact.logged``     {project, name, version, kind, digest, bytes, path, run, fields, tags, alias?};
                        ``alias`` is moved to the new version in the same breath
``alias.moved``         {project, name, alias, artefact}; subject is ``project/name``, artefact None removes it
``thing.tagged``        {noun, set: {key: value}, unset: [key]}; any noun with tags
``thing.noted``         {noun, fields: {key: value}}; merges into ``fields``, a None value removes the key
``provenance.imported`` {project, format, digest, bytes, card, things, edges, statements, taken, reduced, lost, linked}
``provenance.told``     {first, things, card?}; some things of an import and their edges, in the order of the numbers of
                        things: nothing is told before what it came from. Subject is the import
``run.deleted``, ``run.restored``   {}
``event.withheld``      {}; stands only in logs that came from an archive of a part, in place of what was kept back
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from persona.model.canonical import Digest
    from persona.model.filters import Expression
    from persona.model.records import Draft, Edge, Event, Finding, Graph, Head, MetricPoint, Noun, Page


class Records(Protocol):
    """The log, the tables projected from it, and the edges.

    Implementations are safe to use from several processes at once; one instance belongs to one thread.
    """

    def append(
        self, drafts: Sequence[Draft], *, expect: Mapping[str, str] | None = None, actor: str = ""
    ) -> tuple[Event, ...]:
        """Write events, their rows and their edges in one durable transaction, or nothing.

        ``expect`` maps run ids to the status each must have now: the compare-and-set that lets only one
        process take a run. Raises ``Conflict`` when it does not hold or an id exists already,
        ``StorageError`` when disk or database refuse.
        """
        ...

    def head(self, *, as_of: int | None = None) -> Head:
        """The size of the log and its Merkle root, now or right after the event ``as_of``."""
        ...

    def events(
        self, *, after: int = 0, upto: int | None = None, subject: str | None = None, kind: str | None = None
    ) -> Iterator[Event]:
        """Events in order of ``seq``, ``after`` excluded, ``upto`` included."""
        ...

    def position_at(self, time: str) -> int:
        """The last event recorded at or before a time (UTC, as ``recorded_at`` writes it); 0 when there is none.

        The order of the log decides where a clock went back: everything up to that event belongs to the moment.
        """
        ...

    def position_of_tag(self, key: str, value: str | None = None) -> int | None:
        """The last event that set a tag, to a value where one is named; None when none did."""
        ...

    def get(self, noun: type[Noun], id: str, *, as_of: int | None = None) -> Noun:
        """One record by its exact id. Raises ``NotFound`` with the nearest id as a hint."""
        ...

    def get_many(self, noun: type[Noun], ids: Sequence[str], *, as_of: int | None = None) -> dict[str, Noun]:
        """The records that there are of some ids, by id, in the order asked for."""
        ...

    def resolve(self, noun: type[Noun], prefix: str, *, project: str | None = None, as_of: int | None = None) -> Noun:
        """One record by an unambiguous prefix of its id.

        Raises ``NotFound``, or ``UsageError`` naming the candidates.
        """
        ...

    def find(
        self,
        noun: type[Noun],
        where: Expression | None = None,
        *,
        order: str = "",
        after: str | None = None,
        limit: int | None = None,
        deleted: bool = False,
        as_of: int | None = None,
        **equal: str | tuple[str, ...] | None,
    ) -> Page[Noun]:
        """Records that fit ``where`` and the columns named in ``equal``, each a value or a tuple of those it may be.

        ``order`` is ``field`` or ``-field`` (descending); fields are columns, ``params.KEY``, ``metrics.KEY``
        or ``tags.KEY``; the default is newest first for runs and by id for the rest. Absent values sort last.
        ``deleted`` includes soft-deleted runs.
        """
        ...

    def scan(self, noun: type[Noun], *, as_of: int | None = None, **equal: str | None) -> Iterator[Noun]:
        """Every record with these columns, soft-deleted runs too, in the order in which they were first mentioned.

        The empty text finds the records that have nothing in a column.
        A page is read at a time and nothing is held open between, so that any number of records can be gone through.
        """
        ...

    def metrics(self, run: str, *, as_of: int | None = None) -> tuple[MetricPoint, ...]:
        """The whole series of every metric of a run, by key, step and time."""
        ...

    def edges(
        self, id: str, direction: Literal["out", "in", "both"] = "both", *, as_of: int | None = None
    ) -> tuple[Edge, ...]:
        """The edges that touch one node."""
        ...

    def all_edges(self, *, as_of: int | None = None) -> Iterator[Edge]:
        """Every edge there is, in no order, as they come from the database. Nothing may be written meanwhile."""
        ...

    def ends_of(
        self, ids: Sequence[str], direction: Literal["out", "in"], *, as_of: int | None = None
    ) -> dict[str, dict[str, tuple[str, ...]]]:
        """The other ends of the edges that leave (``out``) or reach (``in``) some nodes, by node and relation.

        Each node that is asked about is a key, also where it has no edges. Ends stand in the order in which they were
        first mentioned.
        """
        ...

    def walk(
        self,
        id: str,
        direction: Literal["up", "down"],
        *,
        depth: int | None = None,
        as_of: int | None = None,
        rels: Sequence[str] | None = None,
    ) -> Graph:
        """Everything a thing rests on (up: along edges) or that rests on it (down: against them).

        ``rels`` are the relations that are followed; all of them when None.
        """
        ...

    def turn(self) -> AbstractContextManager[None]:
        """Wait until no other process writes, and be the next who does.

        Who has the turn can see what else has come to be written meanwhile, and append all of it at once. Appending
        without it is as right, and takes it.
        """
        ...

    def reach(
        self, id: str, direction: Literal["up", "down"], *, as_of: int | None = None, rels: Sequence[str] | None = None
    ) -> tuple[str, ...]:
        """The nodes of ``walk`` to the end, in alphabetical order: a fifth of its time where no edge is asked for."""
        ...

    def names(self, prefix: str, limit: int = 20, *, oldest: bool = False) -> tuple[str, ...]:
        """The ids and other names of the graph that begin so, whenever they were first said.

        In alphabetical order, or with ``oldest`` in the order in which they were first said, which later ones leave
        as it is.
        """
        ...

    def alone(self, name: str) -> AbstractContextManager[None]:
        """Hold the lock of a name: for what reads and then writes, where two who do so at once would both write.

        Others who want the same name wait. The lock is freed when its holder dies.
        """
        ...

    def presence(self) -> str | None:
        """A word by which others who use these records can see that this process is connected; None where none can."""
        ...

    def is_present(self, word: str) -> bool | None:
        """Whether whoever was given a word is still connected; None where these records cannot tell."""
        ...

    def scrub(self) -> bool:
        """Have the database forget what its rows no longer say: free pages, write-ahead log, dead rows.

        False where others who are reading or writing kept a part of it from being done now.
        """
        ...

    def adopt(self, events: Iterable[Event]) -> int:
        """Take over a whole log, event by event as it stands elsewhere, into records that are empty; how many events.

        Every leaf must be that of its event, but for those withheld. All in one transaction.
        Raises ``Conflict`` where records are not empty, ``IntegrityError`` for a leaf, a gap or an order that is wrong.
        """
        ...

    def check(self) -> list[Finding]:
        """Verify the log (sequence, leaves, root) and compare every table with a projection made anew."""
        ...

    def rebuild(self) -> int:
        """Drop the tables and project the log again, in one transaction; the number of events replayed."""
        ...

    def close(self) -> None:
        """Release the connection."""
        ...


class Blobs(Protocol):
    """Bytes under their own digest."""

    def put(self, data: bytes | BinaryIO) -> Digest:
        """Store bytes durably before returning; bytes already there are a no-op."""
        ...

    def put_many(self, items: Sequence[bytes]) -> list[Digest]:
        """Store many small blobs with one flush to disk."""
        ...

    def get(self, digest: Digest) -> bytes:
        """All the bytes. Raises ``NotFound``; raises ``IntegrityError`` when they do not hash to their name."""
        ...

    def open(self, digest: Digest) -> BinaryIO:
        """The bytes as a stream, unchecked, for large blobs."""
        ...

    def has(self, digest: Digest) -> bool:
        """Whether the bytes are stored, undamaged or not."""
        ...

    def size(self, digest: Digest) -> int:
        """How many bytes. Raises ``NotFound``."""
        ...

    def digests(self) -> Iterator[Digest]:
        """Every blob, each once, in order of its digest."""
        ...

    def delete(self, digest: Digest) -> None:
        """Remove the bytes for good, from packs too. Does nothing when they are not there."""
        ...

    def delete_many(self, digests: Collection[Digest]) -> None:
        """Remove many blobs for good, and what writers that died left half-written: it may hold the same words."""
        ...

    def check(self) -> list[Finding]:
        """Re-hash everything and say what is wrong; never raises for damage."""
        ...

    def close(self) -> None:
        """Release what is held open."""
        ...
