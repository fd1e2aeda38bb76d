"""Names for the shell's completion. A workspace that cannot be opened completes nothing and says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem

from persona.errors import PersonaError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import click

    from persona.workspace import Workspace

MOST = 100


def _complete(
    context: click.Context, incomplete: str, names: Callable[[Workspace], Iterable[tuple[str, str]]]
) -> list[CompletionItem]:
    from persona.workspace import Workspace

    try:
        with Workspace.open() as ws:
            return [CompletionItem(name, help=about) for name, about in names(ws) if name.startswith(incomplete)]
    except (PersonaError, OSError):
        return []


def projects(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The projects of the workspace."""
    return _complete(
        context, incomplete, lambda ws: ((view.project.id, view.project.title) for view in ws.project.list(archived=True))
    )


def sources(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The files of the sources of the chosen project."""
    return _complete(context, incomplete, lambda ws: ((view.name, view.id) for view in ws.source.list()))


def experiments(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The experiments of the chosen project."""
    return _complete(
        context, incomplete, lambda ws: ((view.experiment.name, view.experiment.description) for view in ws.experiment.list())
    )


def runs(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The newest runs of the chosen project."""
    return _complete(
        context,
        incomplete,
        lambda ws: ((run.id, f"{run.status} {run.variant or ''}") for run in ws.run.list(limit=MOST, deleted=True).items),
    )


def artefacts(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The names of the artefacts of the chosen project."""
    return _complete(
        context, incomplete, lambda ws: ((name, "") for name in dict.fromkeys(one.name for one in ws.artefact.list()))
    )
