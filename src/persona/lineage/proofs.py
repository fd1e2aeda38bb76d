"""Proofs that an event stands in the log, and what a kept checkpoint says of the log as it is now.

A proof is C2SP tlog-proof (https://c2sp.org/tlog-proof): the event itself, its index, the hashes that lead from it to
the root (RFC 9162, 2.1.3), and the checkpoint. Whoever holds it needs neither the workspace nor this program.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from persona.errors import InvalidInput
from persona.lineage.notes import Checkpoint, PublicKey, Signature, read_checkpoint, read_note
from persona.model.canonical import canonical_json
from persona.model.records import Event, Finding
from persona.storage import Frontier, inclusion_proof, leaf_hash, verify_inclusion
from persona.storage.log import edges_text, text_of

if TYPE_CHECKING:
    from persona.storage import Records

HEADER = "c2sp.org/tlog-proof@v1"
LARGEST = 5_000_000
"""Bytes of a proof that is read."""

_INDEX = re.compile(r"index (0|[1-9]\d{0,14})")


class Proof(NamedTuple):
    """What a proof says, checked: the event as it was hashed, its place from 0, and in which state of which log.

    ``holds``: the hashes lead from the event to the root. ``signed_by`` are the names of the known keys that signed.
    """

    event: bytes
    place: int
    checkpoint: Checkpoint
    holds: bool
    signed_by: tuple[str, ...]


def hashed(event: Event) -> bytes:
    """The bytes of which an event's leaf is the hash: its canonical JSON without the leaf."""
    body, edges = canonical_json(event.body).decode(), edges_text(event.edges)
    columns = (event.seq, event.id, event.recorded_at, event.valid_from, event.actor, event.kind, event.subject)
    return text_of((*columns, body, edges))


def prove(records: Records, event: Event, note: str, checkpoint: Checkpoint) -> str:
    """The proof that an event is in the log of a checkpoint, which a signed note holds."""
    leaves = [one.leaf for one in records.events(upto=checkpoint.size)]
    steps = inclusion_proof(leaves, event.seq - 1)
    lines = [HEADER, f"extra {_coded(hashed(event))}", f"index {event.seq - 1}", *map(_coded, steps)]
    return "\n".join(lines) + "\n\n" + note


def read_proof(text: str, keys: Sequence[PublicKey], place: str) -> Proof:
    """A proof, checked with the keys that are known. Raises ``InvalidInput`` for what is none."""
    above, split, note = text.partition("\n\n")
    lines = above.split("\n")
    index = _INDEX.fullmatch(lines[2]) if len(lines) > 2 else None
    extra = _decoded(lines[1].removeprefix("extra ")) if len(lines) > 2 and lines[1].startswith("extra ") else None
    steps = [_decoded(line) for line in lines[3:]]
    broken = not split or lines[0] != HEADER or index is None or extra is None or len(text) > LARGEST
    if broken or any(step is None or len(step) != 32 for step in steps):
        raise InvalidInput(
            "this is no proof that an event stands in a log (C2SP tlog-proof with the event as its extra data)",
            code="proof-broken",
            place=place,
            hints=["write one: `persona audit prove EVENT --output proof.txt`"],
        )
    assert index is not None
    assert extra is not None
    body, signatures = read_note(note, place)
    checkpoint = read_checkpoint(body, place)
    hashes = [step for step in steps if step is not None]
    holds = verify_inclusion(leaf_hash(extra), int(index[1]), checkpoint.size, hashes, checkpoint.root)
    return Proof(extra, int(index[1]), checkpoint, holds, signers(body, signatures, keys))


def signers(text: str, signatures: Sequence[Signature], keys: Sequence[PublicKey]) -> tuple[str, ...]:
    """The names of the known keys whose signature under a text is right."""
    return tuple(dict.fromkeys(key.name for key in keys for one in signatures if key.checks(text, one)))


def origin_of(records: Records) -> str:
    """What a log is called in checkpoints: by its first event, whose id nobody else has."""
    first = next(iter(records.events(upto=1)), None)
    return f"persona/{first.id if first else 'nothing'}"


def held_against(records: Records, checkpoint: Checkpoint, origin: str) -> list[Finding]:
    """What speaks against a log that once had this checkpoint; empty when its beginning is still the same."""
    return _held(checkpoint, origin, records.head().size, lambda size: records.head(as_of=size).root)


def all_held_against(records: Records, checkpoints: Sequence[tuple[str, Checkpoint]], origin: str) -> list[Finding]:
    """The same for many checkpoints, each with the place where it stands, in one pass over the log."""
    roots: dict[int, str] = {}
    wanted = {one.size for _, one in checkpoints}
    frontier = Frontier()
    last = max(wanted, default=0)
    for event in records.events(upto=last) if last else ():
        frontier = frontier.append(event.leaf)
        if frontier.size in wanted:
            roots[frontier.size] = frontier.root().hex()
    size = records.head().size
    found = []
    for place, checkpoint in checkpoints:
        told = _held(checkpoint, origin, size, lambda size: roots.get(size, ""))
        found += [Finding(one.code, f"{place}, {one.subject}", one.message) for one in told]
    return found


def _held(checkpoint: Checkpoint, origin: str, size: int, root_at: Callable[[int], str]) -> list[Finding]:
    if checkpoint.origin != origin:
        told = f"the checkpoint is of the log `{checkpoint.origin}`, and this is `{origin}`"
        return [Finding("checkpoint-origin", checkpoint.origin, told)]
    if checkpoint.size > size:
        told = f"the log had {checkpoint.size} events, and has {size}: its end was cut off"
        return [Finding("checkpoint-ahead", f"events {size + 1} to {checkpoint.size}", told)]
    if root_at(checkpoint.size) != checkpoint.root.hex():
        told = (
            f"the first {checkpoint.size} events are not those of the checkpoint: one was changed, put in or taken out"
        )
        return [Finding("checkpoint-root", f"events 1 to {checkpoint.size}", told)]
    return []


def _coded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
