"""What an engine is given beside inputs and parameters."""

from __future__ import annotations

from typing import NamedTuple

from persona.model.calls import Ask


class Means(NamedTuple):
    """``ask`` answers prompts, None where no model is to be asked. ``template`` is the text of the template.

    ``grouping`` is who belongs together, as a person decided it; None leaves it to the engine.
    """

    ask: Ask | None = None
    template: str = ""
    grouping: tuple[tuple[str, ...], ...] | None = None


NOTHING = Means()
"""No model, no template, no grouping."""
