"""Withdrawing a person: their words are erased everywhere, and everything that rested on them is marked.

First the plan, then what takes the place of erased bytes, then one transaction that records what is erased. From there
on the outcome stands: removal follows the record, needs no words and can be repeated, so a process that is killed at
any instant leaves either nothing done or a withdrawal that the next command finishes.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from persona.errors import Conflict, NotFound, did_you_mean
from persona.model.canonical import digest_of
from persona.model.ids import new_id
from persona.model.records import Draft, Erasure, Participant, Withdrawal
from persona.runs.erasure.planning import plan_withdrawal
from persona.runs.inputs import labels_of
from persona.storage.disk import read_only
from persona.workspace.cleaning import clean_folder, find_stray, forget_pseudonyms
from persona.workspace.context import Context, Progress, silent
from persona.workspace.layout import write_atomic
from persona.workspace.views import WithdrawalView

if TYPE_CHECKING:
    from persona.runs.erasure.planning import Plan
    from persona.workspace.cleaning import Stray

TOGETHER = 500
"""Erased digests that one event names."""

AGAIN = 5
"""How often a plan is made anew because others recorded something meanwhile."""


class Withdrawing:
    """Withdrawals in one workspace."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def withdraw(self, who: Participant, *, dry_run: bool = False, progress: Progress = silent) -> WithdrawalView:
        """Erase the words of a person, or say what would be. One that was begun is finished; one that ended stays.

        Raises ``Conflict`` while a run that reads the words is at work, ``PermissionDenied`` in a folder to be read.
        """
        context = self._context
        if who.withdrawn is not None:
            withdrawal = context.records.get(Withdrawal, who.withdrawn)
            if withdrawal.ended_at is None and not dry_run:
                withdrawal = self.finish(withdrawal, progress=progress)
            return self.view(withdrawal)
        if dry_run:
            plan = plan_withdrawal(context.records, context.blobs, who, progress)
            return _planned(plan, find_stray(context, plan))
        if not getattr(context.blobs.plain, "writable", True):
            raise read_only(str(context.layout.root))
        with context.records.alone("withdrawal"):
            withdrawal, plan, stray = self._decide(who, progress)
        ended = self.finish(withdrawal, progress=progress)
        return msgspec.structs.replace(_planned(plan, stray), **_told(ended), dry_run=False)

    def _decide(self, who: Participant, progress: Progress) -> tuple[Withdrawal, Plan, Stray]:
        """Plan, store what is left of the bytes, and record. What others record meanwhile makes the plan anew."""
        context = self._context
        self._forget_lists()
        id = new_id("withdrawal")
        for _ in range(AGAIN):
            head = context.records.head()
            plan = plan_withdrawal(context.records, context.blobs, who, progress)
            stray = find_stray(context, plan)
            forget_pseudonyms(context, plan)
            context.blobs.put_many([item.left for item in plan.items if item.left is not None])
            write_atomic(self._list(id), msgspec.json.encode(stray.ours))
            with context.records.turn():
                if context.records.head() == head:
                    context.append(*_drafts(id, plan))
                    return context.records.get(Withdrawal, id), plan, stray
        self._list(id).unlink(missing_ok=True)
        raise Conflict(
            "others keep recording while the words are looked for",
            code="withdrawal-busy",
            place=who.id,
            hints=[f"wait for those runs, then repeat it: `persona participant withdraw {who.id} --yes`"],
        )

    def finish(self, withdrawal: Withdrawal, *, progress: Progress = silent) -> Withdrawal:
        """Remove every byte that a withdrawal names, and record the end. Can be repeated."""
        context = self._context
        found = [one.id for one in context.records.find(Erasure, withdrawal=withdrawal.id).items]
        progress("removing bytes", 0, 3)
        context.blobs.delete_many(found)
        progress("removing files", 1, 3)
        files = clean_folder(context, self._listed(withdrawal.id))
        progress("cleaning the database", 2, 3)
        clean = context.records.scrub()
        if not clean:
            context.notes.append(
                "others are reading the database, so its unused pages are cleaned when they are done: `persona rebuild`"
            )
        self._list(withdrawal.id).unlink(missing_ok=True)
        if withdrawal.ended_at is None:
            fields = {"blobs": len(found), "files": files}
            context.append(Draft("withdrawal.ended", withdrawal.id, {"fields": fields}))
        self._mark()
        progress("cleaning the database", 3, 3)
        return context.records.get(Withdrawal, withdrawal.id)

    def settle(self) -> None:
        """What whoever opens a folder owes: to say what was left half-done, and to clean what others withdrew."""
        context = self._context
        listed = context.records.find(Withdrawal).items
        for one in listed:
            if one.ended_at is None:
                who = one.participants[0]
                context.notes.append(
                    f"the withdrawal of {who} was interrupted; finish it: `persona participant withdraw {who} --yes`"
                )
        ended = {one.id for one in listed if one.ended_at is not None}
        if ended <= self._cleaned():
            return
        clean_folder(context)
        self._mark()

    def view(self, withdrawal: Withdrawal) -> WithdrawalView:
        """A withdrawal from the records alone."""
        items = self._context.records.find(Erasure, withdrawal=withdrawal.id).items
        kinds: dict[str, int] = {}
        for one in items:
            kinds[one.kind] = kinds.get(one.kind, 0) + 1
        base = WithdrawalView(participants=withdrawal.participants, project=withdrawal.project, kinds=kinds)
        return msgspec.structs.replace(base, **_told(withdrawal), dry_run=False)

    def _list(self, id: str) -> Path:
        """The files that a withdrawal removes, while it does. It goes with its end."""
        return self._context.layout.inner / "erasing" / f"{id}.json"

    def _forget_lists(self) -> None:
        """Remove the lists of those who were killed before their withdrawal was recorded: names of files are words."""
        begun = {one.id for one in self._context.records.find(Withdrawal).items if one.ended_at is None}
        for left in self._list("").parent.glob("*"):
            if left.stem not in begun:
                left.unlink(missing_ok=True)

    def _listed(self, id: str) -> tuple[str, ...]:
        try:
            return msgspec.json.decode(self._list(id).read_bytes(), type=tuple[str, ...])
        except (FileNotFoundError, msgspec.DecodeError):  # another folder began it, or there was nothing to list
            return ()

    @property
    def _marker(self) -> Path:
        return self._context.layout.inner / "cleaned.json"

    def _cleaned(self) -> frozenset[str]:
        """The withdrawals of which this folder is clean."""
        try:
            return msgspec.json.decode(self._marker.read_bytes(), type=frozenset[str])
        except (FileNotFoundError, msgspec.DecodeError):
            return frozenset()

    def _mark(self) -> None:
        listed = self._context.records.find(Withdrawal).items
        write_atomic(self._marker, msgspec.json.encode(sorted(one.id for one in listed if one.ended_at is not None)))


def _drafts(id: str, plan: Plan) -> list[Draft]:
    """The events of a withdrawal, in one transaction."""
    drafts = [Draft("withdrawal.begun", id, {"project": plan.project, "participants": list(plan.people)})]
    drafts += [Draft("participant.withdrawn", who, {"withdrawal": id}) for who in plan.people]
    named: list[dict[str, Any]] = [
        {"digest": one.digest, "kind": one.kind} | ({"successor": digest_of(one.left)} if one.left is not None else {})
        for one in plan.items
    ]
    drafts += [Draft("words.erased", id, {"items": named[at : at + TOGETHER]}) for at in range(0, len(named), TOGETHER)]
    drafts += [
        Draft(
            "document.redacted",
            one.document,
            {"digest": one.digest, "participants": list(one.participants), "withdrawal": id},
        )
        for one in plan.documents
    ]
    return drafts


def _planned(plan: Plan, stray: Stray) -> WithdrawalView:
    kinds: dict[str, int] = {}
    for item in plan.items:
        kinds[item.kind] = kinds.get(item.kind, 0) + 1
    return WithdrawalView(
        participants=plan.people,
        project=plan.project,
        kinds=kinds,
        bytes=sum(item.size for item in plan.items),
        documents=tuple(one.document for one in plan.documents),
        sources=plan.sources,
        runs=plan.runs,
        calls=plan.calls,
        artefacts=plan.artefacts,
        personas=plan.personas,
        claims=plan.claims,
        files=stray.ours,
        yours=stray.yours,
        typed=plan.typed,
    )


def _told(withdrawal: Withdrawal) -> dict[str, Any]:
    return {
        "withdrawal": withdrawal.id,
        "event": withdrawal.event,
        "began_at": withdrawal.began_at,
        "ended_at": withdrawal.ended_at,
    }


def resolve_participant(context: Context, ref: str, project: str | None) -> Participant:
    """A participant by label, id, or the beginning of an id. Raises ``NotFound`` with the nearest one."""
    if ref.startswith("participant_"):
        return context.records.resolve(Participant, ref)
    where = context.project(project)
    labels = {card.label: id for id, card in labels_of(context.records, context.blobs, where.id).items()}
    if ref in labels:
        return context.records.get(Participant, labels[ref])
    near = did_you_mean(ref, labels)
    raise NotFound(
        f"nobody called `{ref}` speaks in the project",
        code="participant-not-found",
        place=where.id,
        hints=[*([f"did you mean `{near}`?"] if near else []), "see who does: `persona participant list`"],
    )
