"""``persona explain``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click
from click.shell_completion import CompletionItem

from persona.cli.answer import Answer, given
from persona.cli.codes import CODES, EXIT_STATUSES, FINDINGS
from persona.cli.command import command
from persona.cli.screen import Screen, facts
from persona.cli.session import Session
from persona.cli.tables import Column, table
from persona.errors import NotFound, did_you_mean

ENVELOPE = "json-envelope"
PERSONA_SET = "persona-set"
STATUSES = "exit-status"
TOPICS = (ENVELOPE, PERSONA_SET, STATUSES)


def _topics(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    known = [*CODES, *FINDINGS, *TOPICS]
    return [CompletionItem(name) for name in known if name.startswith(incomplete)]


@command("explain", "persona explain variant-not-found", "persona explain exit-status", "persona explain", place=False)
@click.argument("topic", metavar="[CODE]", required=False, shell_complete=_topics)
def explain(session: Session, topic: str | None) -> Answer:
    """Explain an error code or an exit status.

    Codes stand in the `errors` of every `--json` answer and in what `persona verify` finds. `exit-status` explains
    the exit statuses, `json-envelope` prints the JSON Schema of every `--json` answer, `persona-set` that of
    `personas.json`. Alone, lists all codes.
    """
    if topic is None:
        return _everything()
    if topic == ENVELOPE:
        from persona.cli.envelope import SCHEMA

        return _schema(SCHEMA)
    if topic == PERSONA_SET:
        from persona.model.schema import persona_set_schema

        return _schema(persona_set_schema())
    if topic == STATUSES or topic.isdigit():
        return _statuses()
    if topic in CODES:
        code = CODES[topic]
        kind = f"exit status {' or '.join(str(status) for status in code.statuses)}"
        return _one(topic, kind, code.statuses, code.meaning, code.helps)
    if topic in FINDINGS:
        finding = FINDINGS[topic]
        return _one(topic, "a finding of `persona verify`", (6,), finding.meaning, finding.helps)
    near = did_you_mean(topic, [*CODES, *FINDINGS, *TOPICS])
    raise NotFound(
        f"there is no code `{topic}`",
        code="unknown-code",
        hints=[f"did you mean `persona explain {near}`?" if near else "see them all: `persona explain`"],
    )


def _schema(rules: dict[str, Any]) -> Answer:
    import json

    return Answer(rules, given(json.dumps(rules, indent=2, ensure_ascii=False).splitlines()))


def _one(topic: str, kind: str, statuses: tuple[int, ...], meaning: str, helps: str) -> Answer:
    def lines(screen: Screen) -> Iterable[str]:
        yield f"{screen.bold(topic)}  {screen.dim(kind)}"
        yield from screen.wrap(meaning, "  ")
        yield ""
        yield from screen.wrap(helps, f"  {screen.cyan('what helps')}  ", "    ")

    return Answer({"code": topic, "exit_statuses": statuses, "meaning": meaning, "helps": helps}, lines)


def _statuses() -> Answer:
    data = {str(status): meaning for status, meaning in EXIT_STATUSES.items()}
    return Answer(data, lambda screen: facts(screen, list(data.items())))


def _everything() -> Answer:
    data = [{"code": name, "exit_statuses": one.statuses, "meaning": one.meaning} for name, one in CODES.items()]
    data += [
        {"code": name, "exit_statuses": (6,), "meaning": one.meaning}
        for name, one in FINDINGS.items()
        if name not in CODES
    ]

    def lines(screen: Screen) -> Iterable[str]:
        return table(
            screen,
            [
                Column("CODE", [str(one["code"]) for one in data]),
                Column("MEANING", [str(one["meaning"]) for one in data], cut=True),
            ],
        )

    return Answer(data, lines)
