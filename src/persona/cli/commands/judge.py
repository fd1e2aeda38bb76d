"""``persona metrics judge``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from persona.cli.answer import Answer
from persona.cli.answer import given as given_lines
from persona.cli.command import command, flags_of, limits_of_calls
from persona.cli.commands.run import newest
from persona.cli.completing import runs
from persona.cli.screen import Screen, facts
from persona.cli.session import Session
from persona.cli.wording import counted, number
from persona.errors import UsageError


@command(
    "judge",
    "persona metrics judge --sample labels.csv",
    "persona metrics judge --judge openai:gpt-4o --labels labels.csv",
)
@click.argument("ref", metavar="[RUN]", required=False, shell_complete=runs)
@click.option("--judge", "model", metavar="MODEL", help="The model to ask: `provider:model`.")
@click.option("--labels", metavar="FILE", help="A table that people filled in, to hold the judge against.")
@click.option("--sample", metavar="FILE", help="Write the claims to this table for people to label; ask nobody.")
@click.option("--endpoint", metavar="URL", help="Ask at this address instead of the provider's own.")
@limits_of_calls
def judge(
    session: Session,
    ref: str | None,
    model: str | None,
    labels: str | None,
    sample: str | None,
    fresh: bool,
    **given: Any,
) -> Answer:
    """Let a language model judge claims, and hold it against people.

    Each claim is asked about in both orders; where the judge contradicts itself, it abstains. The metric carries the
    judge's name and ranks nothing below a kappa of 0.6 on 50 labels. The judge's calls are recorded as a run.
    """
    flags = flags_of(given)
    with session.open() as ws, session.progress() as progress:
        run = newest(ws, session.project) if ref is None else ref
        if sample is not None:
            session.may_overwrite(sample)
            made = ws.judging.sample(run, sample)
            told = f"wrote {counted(made.claims, 'claim')} to {made.path}: fill in the column `label`"
            return Answer(made, given_lines([told]), (session.step("run", "show", made.run),))
        if model is None:
            raise UsageError(
                "no judge is named",
                code="no-judge",
                place="--judge",
                hints=["name one: `--judge openai:gpt-4o`, or write a table to label: `--sample labels.csv`"],
            )
        progress("judging", 0, 1)
        found = ws.judging.judge(run, model, labels=labels, flags=flags, fresh=fresh)
    details = found.measure.details
    agreed = "unknown" if details["kappa"] is None else number(details["kappa"])

    def lines(screen: Screen) -> Iterable[str]:
        value = "-" if found.measure.value is None else number(found.measure.value)
        yield f"{screen.bold(found.measure.name)}  {value}  {screen.dim(f'over {found.measure.denominator} decided')}"
        yield from facts(
            screen,
            [
                ("verdicts", ", ".join(f"{name} {count}" for name, count in details["verdicts"].items())),
                ("labels", f"{details['labels']} of people, kappa {agreed}"),
                ("ranks", "yes" if details["ranks"] else f"no: {details['reason']}"),
                ("judge's run", found.judge_run),
            ],
            "  ",
        )

    return Answer(found, lines, (session.step("call", "list", found.judge_run),))
