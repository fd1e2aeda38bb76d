"""``persona completion``."""

from __future__ import annotations

import click

from persona.cli.answer import Answer, given
from persona.cli.command import command
from persona.cli.session import Session


@command(
    "completion",
    'eval "$(persona completion bash)"',
    'eval "$(persona completion zsh)"',
    "persona completion fish | source",
    place=False,
)
@click.argument("shell", metavar="bash|zsh|fish", type=click.Choice(["bash", "zsh", "fish"]))
def completion(session: Session, shell: str) -> Answer:
    """Print the script that completes commands in a shell.

    Put the line of the example into the start-up file of the shell. Names of projects, sources, experiments, runs
    and artefacts are completed too.
    """
    from click.shell_completion import get_completion_class

    from persona.cli.app import COMPLETE, root

    kind = get_completion_class(shell)
    assert kind is not None  # the choice allows only what click knows
    script = kind(root, {}, "persona", COMPLETE).source()
    return Answer({"shell": shell, "script": script}, given(script.splitlines()))
