"""``persona explain``."""

from __future__ import annotations

from collections.abc import Iterable

import click
from click.shell_completion import CompletionItem

from persona.cli.answer import Answer
from persona.cli.codes import CODES, EXIT_STATUSES, FINDINGS
from persona.cli.command import command
from persona.cli.screen import Screen, facts
from persona.cli.session import Session
from persona.cli.tables import Column, table
from persona.errors import NotFound, did_you_mean

ENVELOPE = "json-envelope"
STATUSES = "exit-status"


def _topics(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    known = [*CODES, *FINDINGS, ENVELOPE, STATUSES]
    return [CompletionItem(name) for name in known if name.startswith(incomplete)]


@command(
    "explain", "persona explain variant-not-found", "persona explain exit-status", "persona explain", place=False
)
@click.argument("topic", metavar="[CODE]", required=False, shell_complete=_topics)
def explain(session: Session, topic: str | None) -> Answer:
    """Explain an error code or an exit status.

    Codes stand in the `errors` of every `--json` answer and in what `persona verify` finds. `exit-status` explains
    the exit statuses, `json-envelope` prints the JSON Schema of every `--json` answer. Alone, lists all codes.
    """
    if topic is None:
        return _everything()
    if topic == ENVELOPE:
        import json

        from persona.cli.envelope import SCHEMA

        return Answer(SCHEMA, lambda screen: json.dumps(SCHEMA, indent=2).splitlines())
    if topic == STATUSES or topic.isdigit():
        return _statuses()
    if topic in CODES:
        code = CODES[topic]
        data = {"code": topic, "error": code.error, "exit_status": code.exit_status, "meaning": code.meaning, "helps": code.helps}
        return Answer(data, lambda screen: _code(screen, topic, f"exit status {code.exit_status}", code.meaning, code.helps))
    if topic in FINDINGS:
        finding = FINDINGS[topic]
        data = {"code": topic, "finding": True, "exit_status": 6, "meaning": finding.meaning, "helps": finding.helps}
        return Answer(data, lambda screen: _code(screen, topic, "a finding of `persona verify`", finding.meaning, finding.helps))
    near = did_you_mean(topic, [*CODES, *FINDINGS, ENVELOPE, STATUSES])
    raise NotFound(
        f"there is no code `{topic}`",
        code="unknown-code",
        hints=[f"did you mean `persona explain {near}`?" if near else "see them all: `persona explain`"],
    )


def _code(screen: Screen, code: str, kind: str, meaning: str, helps: str) -> Iterable[str]:
    yield f"{screen.bold(code)}  {screen.dim(kind)}"
    yield from screen.wrap(meaning, "  ")
    yield ""
    yield from screen.wrap(helps, f"  {screen.cyan('what helps')}  ", "    ")


def _statuses() -> Answer:
    data = {str(status): meaning for status, meaning in EXIT_STATUSES.items()}
    return Answer(data, lambda screen: facts(screen, list(data.items())))


def _everything() -> Answer:
    names = [*CODES, *FINDINGS]
    statuses = [CODES[name].exit_status if name in CODES else 6 for name in names]
    meanings = [CODES[name].meaning if name in CODES else FINDINGS[name].meaning for name in names]
    data = [
        {"code": name, "exit_status": status, "meaning": meaning}
        for name, status, meaning in zip(names, statuses, meanings, strict=True)
    ]

    def lines(screen: Screen) -> Iterable[str]:
        return table(
            screen,
            [
                Column("CODE", names),
                Column("STATUS", [str(status) for status in statuses], right=True),
                Column("MEANING", meanings, cut=True),
            ],
        )

    return Answer(data, lines)
