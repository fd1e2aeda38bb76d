"""Moments: what a person may say in ``--as-of``, and the position of the log that it means.

A position is the only moment there is; every other way to name one is looked up once and becomes a position:

``120`` or ``@120``         right after event 120
``2026-01-16``              the end of that day, in UTC
``2026-01-16T14:30[:05]``   that instant, in UTC unless it says otherwise (``Z``, ``+01:00``)
``run_20260116_143022``     when that run had ended, or as far as it has come
``tag:KEY`` or ``tag:KEY=VALUE``   when that tag was last set, on whatever
a file that is a checkpoint   the state that was signed, if the log still begins so
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from persona.errors import InvalidInput, NotFound
from persona.lineage.notes import read_checkpoint, read_note
from persona.lineage.proofs import held_against, origin_of
from persona.model.records import Run

if TYPE_CHECKING:
    from persona.storage import Records

_POSITION = re.compile(r"@?(\d{1,15})")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*")
WAYS = "a position (`120`), a time (`2026-01-16`, `2026-01-16T14:30`), a run, a tag (`tag:KEY=VALUE`), or a checkpoint"


def position_of(records: Records, moment: str) -> int:
    """The position of the log that a moment means.

    Raises ``InvalidInput`` for what names none of the ways, ``NotFound`` for a position, run or tag that there is not,
    and for a time before the log begins.
    """
    said = moment.strip()
    if found := _POSITION.fullmatch(said):
        return _position(records, int(found[1]))
    if _DAY.fullmatch(said) or _TIME.fullmatch(said):
        return _at(records, said)
    if said.startswith("tag:"):
        return _tagged(records, said.removeprefix("tag:"))
    if said.startswith("run_"):
        return _ended(records, said)
    if said and Path(said).is_file():
        return _signed(records, Path(said))
    raise InvalidInput(
        f"`{moment}` is no moment",
        code="moment-unknown",
        place="--as-of",
        hints=[f"give {WAYS}"],
    )


def _position(records: Records, position: int) -> int:
    size = records.head().size
    if not 1 <= position <= size:
        raise NotFound(
            f"the log has no event {position}",
            code="moment-not-found",
            place=f"events 1 to {size}",
            hints=["see them: `persona audit log`"],
        )
    return position


def _at(records: Records, said: str) -> int:
    try:
        read = datetime.fromisoformat(said)
    except ValueError as error:
        raise InvalidInput(
            f"`{said}` is no time: {error}", code="moment-unknown", place="--as-of", hints=[f"give {WAYS}"]
        ) from None
    if _DAY.fullmatch(said):
        read += timedelta(days=1, microseconds=-1)
    instant = (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    text = instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    position = records.position_at(text)
    if position == 0:
        first = next(iter(records.events(upto=1)), None)
        raise NotFound(
            f"nothing was recorded by {text}",
            code="moment-not-found",
            place=f"the log begins at {first.recorded_at}" if first else "the log is empty",
        )
    return position


def _tagged(records: Records, said: str) -> int:
    key, equals, value = said.partition("=")
    position = records.position_of_tag(key, value if equals else None)
    if position is None:
        raise NotFound(f"nothing was ever tagged `{said}`", code="moment-not-found", place="--as-of")
    return position


def _signed(records: Records, path: Path) -> int:
    """The size that a checkpoint names, whoever signed it: the root says whether it was a state of this log."""
    try:
        text, _ = read_note(path.read_text(encoding="utf-8"), str(path))
    except UnicodeDecodeError:
        raise InvalidInput("the file is not UTF-8 text", code="checkpoint-broken", place=str(path)) from None
    state = read_checkpoint(text, str(path))
    wrong = held_against(records, state, origin_of(records))
    if wrong or not state.size:
        told = wrong[0].message if wrong else "the checkpoint is of an empty log"
        raise NotFound(told, code="moment-not-found", place=str(path))
    return state.size


def _ended(records: Records, said: str) -> int:
    """When a run had ended: what came after (a tag, a note, a later measurement) is of another moment."""
    run = records.resolve(Run, said)
    last = 0
    for event in records.events(subject=run.id):
        if event.kind in ("run.planned", "run.started", "run.logged", "run.finished"):
            last = event.seq
    return last
