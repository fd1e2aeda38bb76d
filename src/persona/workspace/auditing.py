"""The verbs of auditing: sign the state of the log, hold the log against a kept one, prove what stands in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from persona.errors import InvalidInput, NotFound
from persona.lineage.anchors import checkpoint_in, signed_parts
from persona.lineage.notes import (
    Checkpoint,
    PublicKey,
    read_key,
)
from persona.lineage.proofs import held_against, prove, read_proof, signers
from persona.model.records import Event, Finding, Run
from persona.storage.bodies import WITHHELD
from persona.workspace.context import Context
from persona.workspace.layout import write_atomic

if TYPE_CHECKING:
    from persona.workspace.things import Things


class KeyView(msgspec.Struct, frozen=True):
    """The key that signs for this log: its public line, and the file that holds the secret half."""

    public: str
    file: str
    made: bool


class CheckpointView(msgspec.Struct, frozen=True):
    """A checkpoint as a signed note, and where it was written."""

    note: str
    origin: str
    size: int
    root: str
    path: str | None


class EventView(msgspec.Struct, frozen=True):
    """An event of the log, without its edges; ``leaf`` is the hash that stands for it in the tree."""

    seq: int
    id: str
    recorded_at: str
    actor: str
    kind: str
    subject: str
    body: dict[str, Any]
    leaf: str


class LogView(msgspec.Struct, frozen=True):
    """Some events, and the position after which to go on; None at the end."""

    events: tuple[EventView, ...]
    next: int | None


class AuditView(msgspec.Struct, frozen=True):
    """What an audit found.

    ``anchored`` is how many events, from the first, are those of a checkpoint that a known key signed; the events after
    it rest on this workspace's own word. ``signed_by`` names the keys. Of ``withheld`` events an archive kept back
    all but the leaves: that they stand in the log can be shown, and not what they say.
    """

    ok: bool
    events: int
    root: str
    anchored: int
    signed_by: tuple[str, ...]
    findings: tuple[Finding, ...]
    withheld: int = 0


class ProofView(msgspec.Struct, frozen=True):
    """A proof, written or checked."""

    holds: bool
    event: dict[str, Any]
    index: int
    origin: str
    size: int
    root: str
    signed_by: tuple[str, ...]
    text: str
    path: str | None = None


class Auditing:
    """Whether anybody changed what was recorded, and how to show that nobody did."""

    def __init__(self, context: Context, things: Things) -> None:
        self._context = context
        self._things = things
        self._signing = context.signing

    @property
    def origin(self) -> str:
        """What this log is called in checkpoints."""
        return self._signing.origin

    # Keys

    def key(self) -> KeyView:
        """The key that signs for this log, made when there is none: outside of the workspace, for its owner only."""
        path = self._signing.file
        made = not path.exists()
        return KeyView(self._signing.signer().public().line(), str(path), made)

    def _known(self, lines: Sequence[str]) -> list[PublicKey]:
        """The keys whose signatures count: this workspace's own, and those that were given."""
        own = self._signing.key(make=False)
        return [*([own.public()] if own else []), *keys_of(lines)]

    # Checkpoints

    def checkpoint(self, output: str | Path | None = None) -> CheckpointView:
        """The state of the log, signed; written into a file where one is named."""
        note, state = self._signed()
        if output is not None:
            write_atomic(Path(output), note.encode())
        return CheckpointView(note, state.origin, state.size, state.root.hex(), str(output) if output else None)

    def _signed(self) -> tuple[str, Checkpoint]:
        state = self._signing.state()
        return self._signing.signer().signed(state.text()), state

    def verify(self, against: Sequence[str | Path] = (), keys: Sequence[str] = ()) -> AuditView:
        """Check the log, its tree and its tables, and hold it against kept checkpoints.

        ``against`` are checkpoints, or anything that carries one (``lineage.anchors``). ``keys`` are public keys, or
        files that hold one, that may have signed beside this workspace's own.
        """
        records = self._context.records
        findings = records.check()
        known = self._known(keys)
        anchored, signed_by = 0, dict[str, None]()
        for path in against:
            state, text, signatures = signed_parts(checkpoint_in(Path(path)), str(path))
            names = signers(text, signatures, known)
            found = held_against(records, state, self.origin)
            if not names:
                told = "none of the known keys signed this checkpoint, so it vouches for nothing"
                found.append(Finding("checkpoint-unsigned", str(path), told))
            findings += found
            if not found:
                anchored = max(anchored, state.size)
                signed_by.update(dict.fromkeys(names))
        head = records.head()
        withheld = sum(1 for _ in records.events(kind=WITHHELD))
        return AuditView(not findings, head.size, head.root, anchored, tuple(signed_by), tuple(findings), withheld)

    # Proofs

    def prove(self, thing: str, output: str | Path | None = None) -> ProofView:
        """The proof that an event stands in the log: by its position, its id, or the thing that it first spoke of."""
        event = self._event(thing)
        note, state = self._signed()
        text = prove(self._context.records, event, note, state)
        if output is not None:
            write_atomic(Path(output), text.encode())
        return _told(text, str(output) if output else None, self._known(()), thing)

    def check_proof(self, path: str | Path, keys: Sequence[str] = ()) -> ProofView:
        """Check a proof that somebody handed over, with the key of this workspace and those that are given."""
        return _told(_read(Path(path)), str(path), self._known(keys), str(path))

    def _event(self, thing: str) -> Event:
        records = self._context.records
        if thing.isascii() and thing.isdecimal() and len(thing) < 16:
            found = next(iter(records.events(after=int(thing) - 1, upto=int(thing))), None) if int(thing) else None
        else:
            found = next((event for event in records.events() if event.id == thing), None)
            if found is None:
                id, _ = self._things.find(thing)
                found = next(iter(records.events(subject=id)), None) or self._speaks_of(id)
        if found is None:
            raise NotFound(
                f"no event of the log is `{thing}` or speaks of it",
                code="event-not-found",
                place=thing,
                hints=["see the newest: `persona audit log --limit 5`"],
            )
        return found

    def _speaks_of(self, id: str) -> Event | None:
        edges = (event for event in self._context.records.events() if any(id in (e.src, e.dst) for e in event.edges))
        return next(edges, None)

    # The log

    def log(
        self,
        *,
        project: str | None = None,
        experiment: str | None = None,
        run: str | None = None,
        actor: str | None = None,
        kind: str | None = None,
        subject: str | None = None,
        since: str | None = None,
        until: str | None = None,
        after: int = 0,
        limit: int = 50,
    ) -> LogView:
        """Events in order, those that fit everything asked for. Times are as ``--as-of`` takes them."""
        from persona.lineage.moments import position_of

        records = self._context.records
        first = max(after, position_of(records, since) - 1 if since else 0)
        last = position_of(records, until) if until else None
        if run is not None:
            run = records.resolve(Run, run).id
        events = records.events(after=first, upto=last, subject=subject, kind=kind)
        chosen = self._belonging(events, project, experiment, run)
        found: list[EventView] = []
        for event in chosen:
            if actor is not None and actor not in (event.actor, event.actor.partition(":")[2]):
                continue
            if len(found) == limit:
                return LogView(tuple(found), found[-1].seq)
            found.append(_view(event))
        return LogView(tuple(found), None)

    def _belonging(
        self, events: Iterable[Event], project: str | None, experiment: str | None, run: str | None
    ) -> Iterator[Event]:
        """Events about a project, an experiment of it, a run: what was said when, whatever became of it later."""
        runs: dict[str, tuple[str, str | None]] = {}
        if project or experiment:
            for one in self._context.records.find(Run, deleted=True, project=project, experiment=experiment).items:
                runs[one.id] = (one.project, one.experiment)
        for event in events:
            about = event.subject if event.subject.startswith("run_") else event.body.get("run")
            if run is not None and about != run:
                continue
            if experiment is not None:
                named = event.subject == f"{project}/{experiment}" or event.body.get("experiment") == experiment
                if not named and about not in runs:
                    continue
            elif project is not None:
                within = event.subject == project or event.subject.startswith(f"{project}/")
                if not within and event.body.get("project") != project and about not in runs:
                    continue
            yield event


def check_proof(path: str | Path, keys: Sequence[str]) -> ProofView:
    """Check a proof where there is no workspace, with the keys that are given."""
    return _told(_read(Path(path)), str(path), keys_of(keys), str(path))


def keys_of(lines: Sequence[str]) -> list[PublicKey]:
    """Public keys from their lines or from files that hold one."""
    return [read_key(_read(Path(line)) if Path(line).is_file() else line, line) for line in lines]


def _told(text: str, path: str | None, keys: Sequence[PublicKey], place: str) -> ProofView:
    proof = read_proof(text, keys, place)
    try:
        event = msgspec.json.decode(proof.event, type=dict[str, Any])
    except msgspec.DecodeError:
        raise InvalidInput("what is proved is no event", code="proof-broken", place=place) from None
    state = proof.checkpoint
    return ProofView(
        proof.holds, event, proof.place, state.origin, state.size, state.root.hex(), proof.signed_by, text, path
    )


def _view(event: Event) -> EventView:
    return EventView(
        event.seq, event.id, event.recorded_at, event.actor, event.kind, event.subject, event.body, event.leaf.hex()
    )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFound(
            "there is no such file", code="file-not-found", place=str(path), hints=["see what is there: `ls`"]
        ) from None
    except (UnicodeDecodeError, OSError):
        raise InvalidInput("the file cannot be read as text", code="checkpoint-broken", place=str(path)) from None
