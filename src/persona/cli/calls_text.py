"""Calls, and what would be asked, as text for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from persona.cli.screen import Screen, facts
from persona.cli.tables import Column, table
from persona.cli.wording import counted, short_digest

if TYPE_CHECKING:
    from persona.model.records import Call
    from persona.workspace.views import CallsView, CallView, OutlookView


def money(cost: float | None) -> str:
    """An amount in US dollars, always said to be an estimate."""
    if cost is None:
        return "no price is known"
    return f"${cost:.4f} (estimate)" if cost < 1 else f"${cost:.2f} (estimate)"


def draw_outlook(screen: Screen, seen: OutlookView, *, everything: bool) -> Iterator[str]:
    """The prompts that would be sent, the first of them whole, and what all calls may take."""
    shown = seen.prompts if everything else seen.prompts[:1]
    for prompt in shown:
        recorded = screen.dim("  recorded already") if prompt.recorded else ""
        yield screen.bold(f"{prompt.step} {prompt.name or prompt.about}") + recorded
        yield from (screen.dim(line) for line in prompt.system.splitlines())
        yield ""
        yield from prompt.user.splitlines()
        yield ""
    if len(shown) < len(seen.prompts):
        yield screen.dim(f"and {counted(len(seen.prompts) - len(shown), 'more prompt')} like it: see them with `-v`")
        yield ""
    known = sum(prompt.recorded for prompt in seen.prompts)
    first = f"{len(seen.prompts)} about interviews" + (
        f", {known} of them recorded already, which cost nothing" if known else ""
    )
    yield from facts(
        screen,
        [
            ("model", seen.model),
            ("endpoint", seen.endpoint or ""),
            ("calls", f"{first}, then {seen.later} or more about groups; a refused answer adds one"),
            ("tokens", f"about {seen.input_tokens:,} in and {seen.output_tokens:,} out, counted offline"),
            ("cost", money(seen.cost)),
            ("sent", "nothing"),
        ],
    )


def draw_calls(screen: Screen, view: CallsView) -> Iterator[str]:
    """Calls as a table."""
    calls = view.items
    yield from table(
        screen,
        [
            Column("CALL", [one.id for one in calls]),
            Column("STEP", [one.step for one in calls]),
            Column("ABOUT", [view.names.get(one.about, one.about) for one in calls], cut=True),
            Column("MODEL", [one.answered or one.model for one in calls], drop=1),
            Column("STATUS", ["reused" if one.reused else one.status for one in calls]),
            Column("TOKENS", [_tokens(one) for one in calls], right=True, drop=2),
            Column("SECONDS", [f"{one.seconds:.2f}" for one in calls], right=True, drop=3),
            Column("TRIES", [str(one.attempts) for one in calls], right=True, drop=4),
        ],
    )


def draw_call(screen: Screen, view: CallView) -> Iterator[str]:
    """One call: the facts, what was asked, what came back."""
    call = view.call
    yield screen.bold(call.id)
    status = f"answered by {call.reused} before" if call.reused else call.status
    error = f"{call.error.get('code')}: {call.error.get('message')}" if call.error else ""
    yield from facts(
        screen,
        [
            ("run", call.run),
            ("step", call.step),
            ("about", view.about if view.about == call.about else f"{view.about}  {short_digest(call.about)}"),
            ("model", f"{call.provider}:{call.model}" + (f", answered as {call.answered}" if call.answered else "")),
            ("status", status),
            ("error", error),
            ("mode", call.mode),
            ("tokens", _tokens(call)),
            ("cost", money(call.cost)),
            ("seconds", f"{call.seconds:.3f} in {counted(call.attempts, 'exchange')}"),
            ("key", call.key),
            ("request", call.request),
            ("sent", call.sent or ""),
            ("received", call.received or ""),
        ],
        "  ",
    )
    for one in view.exchanges:
        told = f"{one.mode}: {one.status or one.error}, {one.seconds:.3f} s"
        yield screen.dim(f"  exchange  {told}" + (f" after a wait of {one.waited:g} s" if one.waited else ""))
    for message in view.messages:
        yield ""
        yield screen.bold(message.role)
        yield from message.text.splitlines()
    if view.text is not None:
        yield ""
        yield screen.bold("answer")
        yield from view.text.splitlines()


def _tokens(call: Call) -> str:
    if call.input_tokens is None and call.output_tokens is None:
        return ""
    return f"{call.input_tokens or 0:,} + {call.output_tokens or 0:,}"
