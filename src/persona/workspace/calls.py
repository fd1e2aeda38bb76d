"""The verbs of calls: list, show, and why one was made or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from persona.errors import PersonaError
from persona.model.calls import parts
from persona.model.canonical import Digest
from persona.model.records import Call
from persona.model.reproductions import Difference
from persona.runs.calls import calls_of, load_request, load_response
from persona.runs.inputs import load_document
from persona.workspace.context import Context
from persona.workspace.views import CallsView, CallView, KeyComparison

if TYPE_CHECKING:
    from collections.abc import Sequence

    from persona.model.reproductions import Cause
    from persona.storage import Blobs
    from persona.workspace.runs import Runs

SHOWN = 200
"""Characters of a part that are shown of either side."""

LEAD = 20
"""Characters before the first that differs, so that it is seen where in a long text that is."""


class Calls:
    """What was asked of models, and what came back."""

    def __init__(self, context: Context, runs: Runs) -> None:
        self._context = context
        self._runs = runs

    def list(self, run: str | None = None, *, project: str | None = None) -> tuple[Call, ...]:
        """The calls of a run, or of the whole project, in the order in which they were recorded."""
        if run is not None:
            return calls_of(self._context.records, self._runs.resolve(run).id)
        where = self._context.project(project).id
        return self._context.records.find(Call, project=where, order="recorded_at").items

    def page(
        self, run: str | None = None, *, project: str | None = None, limit: int | None = 50, after: str | None = None
    ) -> CallsView:
        """Some calls, and what each was about in words: of a run in their order, of a project the newest first.

        Raises ``NotFound`` for an unknown run or a position that the list does not have.
        """
        records = self._context.records
        if run is not None:
            found = records.find(Call, run=self._runs.resolve(run).id, order="ordinal", limit=limit, after=after)
        else:
            where = self._context.project(project).id
            found = records.find(Call, project=where, order="-recorded_at", limit=limit, after=after)
        return CallsView(found.items, found.next, found.total, names_of(self._context.blobs, found.items))

    def show(self, ref: str) -> CallView:
        """One call with its messages and its answer."""
        context = self._context
        call = context.records.resolve(Call, ref)
        response = load_response(context.blobs, call)
        return CallView(
            call,
            load_request(context.blobs, call).messages,
            response.text if response else None,
            response.exchanges if response else (),
            names_of(context.blobs, [call]).get(call.about, call.about),
        )

    def why(self, ref: str) -> KeyComparison:
        """Why a call was made, or why none was needed.

        It is compared with the newest call before it that asked the same step about the same thing, else the same step
        about anything: every part of its key that differs is a reason why the recorded answer could not serve.
        """
        context = self._context
        call = context.records.resolve(Call, ref)
        if call.reused:
            return KeyComparison(
                call.id,
                call.reused,
                (),
                f"it was not made: {call.reused} had asked exactly this, and its answer served",
            )
        before = self._before(call)
        if before is None:
            return KeyComparison(call.id, None, (), "it was made: nothing of this step was asked in the project before")
        old, new = (parts(load_request(context.blobs, one)) for one in (before, call))
        unlike = [one for one in [*new, *(part for part in old if part not in new)] if old.get(one) != new.get(one)]
        if len(unlike) > 1 and "salt" in unlike:  # it follows from whose words the messages hold
            unlike.remove("salt")
        differences = tuple(Difference(one, _cause(one), *_short(old.get(one), new.get(one))) for one in unlike)
        if not differences:
            status = "failed" if before.status == "failed" else "was recorded, but the run was to ask afresh"
            return KeyComparison(call.id, before.id, (), f"it was made: the same request {status}")
        count = "1 part of its key differs" if len(differences) == 1 else f"{len(differences)} parts of its key differ"
        return KeyComparison(call.id, before.id, differences, f"it was made: {count}")

    def _before(self, call: Call) -> Call | None:
        listed = self._context.records.find(Call, project=call.project, step=call.step).items
        earlier = [one for one in listed if (one.recorded_at, one.ordinal) < (call.recorded_at, call.ordinal)]
        earlier = [one for one in earlier if one.run != call.run] or earlier
        near = [one for one in earlier if one.key == call.key] or [one for one in earlier if one.about == call.about]
        return max(near or earlier, key=lambda one: (one.recorded_at, one.ordinal), default=None)


def names_of(blobs: Blobs, calls: Sequence[Call]) -> dict[str, str]:
    """What each call was about, as people call it."""
    return {about: name_of(blobs, about) for about in dict.fromkeys(one.about for one in calls)}


def name_of(blobs: Blobs, about: str) -> str:
    """A document's digest (``#2`` for its second part) as its title; anything else, and what is damaged, as it is."""
    digest, _, part = about.partition("#")
    if not digest.startswith("sha256:"):
        return about
    try:
        title = load_document(blobs, Digest(digest)).title
    except (PersonaError, msgspec.MsgspecError):
        return about
    return title + (f", part {part}" if part else "")


def _cause(part: str) -> Cause:
    if part.startswith("messages"):
        return "prompt" if part.endswith(".role") or part.startswith("messages[0]") else "input"
    if part == "salt":
        return "input"
    return "code" if part in ("key_version", "schema", "schema_name") else "parameter"


def _short(old: str | None, new: str | None) -> tuple[str | None, str | None]:
    """Both values as they are shown: long ones from shortly before the first character in which they differ."""
    both = zip(old or "", new or "", strict=False)
    start = next((at for at, (one, other) in enumerate(both) if one != other), min(len(old or ""), len(new or "")))
    start = max(0, start - LEAD) if max(len(old or ""), len(new or "")) > LEAD * 4 else 0
    return _cut(old, start), _cut(new, start)


def _cut(text: str | None, start: int) -> str | None:
    if text is None or (start == 0 and len(text) <= SHOWN):
        return text
    rest = text[start : start + SHOWN]
    return f"{'...' if start else ''}{rest}{'...' if start + SHOWN < len(text) else ''} ({len(text):,} characters)"
