"""``persona config``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from persona.cli.answer import Answer
from persona.cli.command import command, flags_of, parameters_of_a_run
from persona.cli.screen import Screen
from persona.cli.session import Session
from persona.cli.tables import Column, table
from persona.cli.wording import plain


@command("show", "persona config show", "persona config show --temperature 0.7", "PERSONA_SEED=7 persona config show")
@parameters_of_a_run
def show(session: Session, **given: Any) -> Answer:
    """Show every setting, the layer that won and its place.

    The layers, first wins: flag, environment (PERSONA_*), project, workspace, user, default. Flags given here show
    what a run with them would take. With `-v` also the values that lost.
    """
    with session.open() as ws:
        flags = flags_of(given) | ({"project": session.project} if session.project else {})
        views = ws.config(flags, session.project)

    def lines(screen: Screen) -> Iterable[str]:
        lost = [
            ", ".join(f"{plain(value)} ({layer})" for layer, _, value in view.beaten if layer != "default")
            for view in views
        ]
        return table(
            screen,
            [
                Column("SETTING", [view.name for view in views]),
                Column("VALUE", [plain(view.value) for view in views], cut=True),
                Column("FROM", [view.layer for view in views]),
                Column("WHERE", [view.place for view in views], cut=True, drop=2),
                *([Column("INSTEAD OF", lost, cut=True)] if session.verbose else []),
                Column("MEANING", [view.meaning for view in views], cut=True, drop=1),
            ],
        )

    return Answer(views, lines)
