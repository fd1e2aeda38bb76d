"""``persona model``: list, check."""

from __future__ import annotations

from collections.abc import Iterable

import click
from click.shell_completion import CompletionItem

from persona.cli.answer import Answer
from persona.cli.command import command
from persona.cli.screen import Screen, facts
from persona.cli.session import Session
from persona.cli.tables import Column, table


@command("list", "persona model list", place=False)
def list_(session: Session) -> Answer:
    """List whom personas can ask, and where keys come from.

    Write a model as `provider:model`, for example `--model ollama:llama3.1:8b`. Keys are read from the environment or
    the system keyring when a call is made, and are written nowhere. This command opens no connection.
    """
    from persona.workspace.models import providers

    known = providers()
    notes: tuple[str, ...] = ()
    if not known[0].installed:
        notes = ("the libraries that ask models are not installed: `pip install 'persona-workbench[llm]'`",)
    notes += tuple(f"{one.title} cannot be asked: {problem}" for one in known for problem in one.problems)

    def lines(screen: Screen) -> Iterable[str]:
        return table(
            screen,
            [
                Column("PROVIDER", [one.name for one in known]),
                Column("WHO", [one.title for one in known], drop=1),
                Column("KEY", [_key(one.key, one.needs_key, one.variables) for one in known], cut=True),
                Column(
                    "ENDPOINT",
                    [
                        one.endpoint or ("cannot be used" if one.problems else "give it with --endpoint")
                        for one in known
                    ],
                    cut=True,
                ),
            ],
        )

    return Answer(known, lines, (), notes)


def _key(place: str | None, needed: bool, variables: tuple[str, ...]) -> str:
    if place:
        return f"from {place}"
    if needed:
        return f"none: set {variables[0]}"
    return f"set {variables[0]} if it wants one" if variables else "needs none"


def _models(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from persona.workspace.models import provider_names

    return [CompletionItem(f"{name}:") for name in provider_names() if name.startswith(incomplete)]


@command("check", "persona model check openai:gpt-4o-mini", "persona model check ollama:llama3.1:8b", place=False)
@click.argument("model", metavar="[MODEL]", required=False, shell_complete=_models)
@click.option("--endpoint", metavar="URL", help="Ask at this address instead of the provider's own.")
@click.option("--deadline", type=click.FloatRange(min=1), default=60.0, metavar="SECONDS", help="How long it may take.")
def check(session: Session, model: str | None, endpoint: str | None, deadline: float) -> Answer:
    """Ask a model one small thing, and say how it answers.

    Without MODEL it is the one that PERSONA_MODEL or your own settings file names.
    Shows the mode in which it gives JSON, the time, the tokens and the model as it calls itself. Nobody's words are
    sent, and nothing is recorded.
    """
    from persona.workspace.models import check as ask

    with session.progress() as progress:
        progress("asking", 0, 1)
        found = ask(model, endpoint=endpoint, deadline=deadline)
    tokens = "not said" if found.input_tokens is None else f"{found.input_tokens} in, {found.output_tokens} out"

    def lines(screen: Screen) -> Iterable[str]:
        good = screen.green("answers")
        if not found.follows_schema:
            good = screen.yellow("answers, but not in the form asked for")
        yield f"{screen.bold(found.model)} {good}"
        yield from facts(
            screen,
            [
                ("answered as", found.answered),
                ("build", found.fingerprint or ""),
                ("JSON by", found.mode),
                ("seconds", f"{found.seconds:.2f}"),
                ("tokens", tokens),
                ("endpoint", found.endpoint),
            ],
            "  ",
        )

    where = () if endpoint is None else ("--endpoint", endpoint)
    return Answer(found, lines, (session.step("generate", "--model", found.model, *where, "--dry-run"),))
