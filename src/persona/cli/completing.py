"""Names for the shell's completion. A workspace that cannot be opened completes nothing and says nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from persona.errors import PersonaError

if TYPE_CHECKING:
    from persona.workspace import Workspace

MOST = 100


Names = Iterator[tuple[str, str]]
Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def _completer(names: Callable[[Workspace], Names]) -> Complete:
    """A completion from what a workspace holds: names, and a line about each."""

    def complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from persona.workspace import Workspace

        try:
            with Workspace.open() as ws:
                return [CompletionItem(name, help=about) for name, about in names(ws) if name.startswith(incomplete)]
        except (PersonaError, OSError):
            return []

    return complete


def _projects(ws: Workspace) -> Names:
    return ((view.project.id, view.project.title) for view in ws.project.list(archived=True))


def _sources(ws: Workspace) -> Names:
    return ((view.name, view.id) for view in ws.source.list())


def _experiments(ws: Workspace) -> Names:
    return ((view.experiment.name, view.experiment.description) for view in ws.experiment.list())


def _runs(ws: Workspace) -> Names:
    page = ws.run.list(limit=MOST, deleted=True)
    return ((run.id, f"{run.status} {run.variant or ''}".strip()) for run in page.items)


def _artefacts(ws: Workspace) -> Names:
    return ((name, "") for name in dict.fromkeys(one.name for one in ws.artefact.list()))


projects = _completer(_projects)
sources = _completer(_sources)
experiments = _completer(_experiments)
runs = _completer(_runs)
artefacts = _completer(_artefacts)
