"""Experiments as people read them: what a session of runs came to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from persona import errors
from persona.cli.run_text import draw_generated, draw_many
from persona.cli.screen import Screen
from persona.cli.wording import counted, number

if TYPE_CHECKING:
    from persona.errors import PersonaError
    from persona.workspace.experiment_views import ExperimentRunView
    from persona.workspace.views import GenerateView

SHOWN = 12
"""Runs up to which each is a line of the table."""


def draw_experiment_run(
    screen: Screen, done: ExperimentRunView, made: Sequence[GenerateView], *, everything: bool
) -> Iterator[str]:
    """What was done: the personas of a single run, a table of several, a count of many."""
    if len(made) == 1 or (everything and made):
        for one in made:
            if one.view.run.variant and len(made) > 1:
                yield screen.bold(f"Variant {one.view.run.variant}, repeat {one.view.run.repeat}")
                yield ""
            yield from draw_generated(screen, one)
            yield ""
    if 1 < len(made) <= SHOWN:
        yield from draw_many(screen, made)
        yield ""
    completed = sum(one.status == "completed" for one in done.outcomes)
    there = f", {done.there} were there before" if done.there else ""
    cost = f", about ${done.cost:.4f}" if done.cost else ""
    if len(done.outcomes) != 1 or done.there:
        yield f"{completed} of {counted(done.wanted, 'run')} done in {done.seconds:.1f} s{cost}{there}"
    if done.best:
        best = done.best
        told = (
            f"{best.variant}, {best.metric} {number(best.value)}; the best of {counted(best.of, 'point')} is lucky, too"
        )
        yield from screen.wrap(told, f"{screen.bold('best')}  ", "  ")
    if done.stopped:
        yield from screen.wrap(done.stopped, f"{screen.yellow('stopped')}  ", "  ")


def failures(done: ExperimentRunView) -> Iterator[PersonaError]:
    """An error for each run that failed, as it was when the run met it."""
    for one in done.outcomes:
        if one.status == "completed":
            continue
        kind: type[errors.PersonaError] = getattr(errors, one.kind or "PersonaError")
        yield kind(
            one.message or f"the run is {one.status}",
            code=one.code or "run-failed",
            place=one.place or one.run,
            hints=list(one.hints) or [f"see what became of it: `persona run show {one.run}`"],
        )
